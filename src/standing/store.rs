//! The look-up: what the decision needs, in one statement, or as columns of the statement that reads a token.
//!
//! The views `standing_pairs` and `tokens_in_hand` name the same columns, which [`FactsRow`] reads.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::rules::{self, Limits, Relationship, Standing, StandingFacts, UserState};
use crate::{
    db::{Link, on},
    person::{origin::Origin, verification::VerificationStatus},
};

/// The columns of a view; what belongs to a relationship is empty where there is none.
#[derive(Debug, Clone, FromRow)]
pub struct FactsRow {
    relationship_id: Option<Uuid>,
    confidant_id: Option<Uuid>,
    relationship_is_active: Option<bool>,
    relationship_active_to: Option<DateTime<Utc>>,
    relationship_status: Option<String>,
    relationship_reason: Option<String>,
    relationship_confirmed_at: Option<DateTime<Utc>>,
    relationship_ended_reason: Option<String>,
    patient_is_current: Option<bool>,
    patient_origin: Option<Origin>,
    patient_origin_confidant_id: Option<Uuid>,
    patient_version: Option<i64>,
    patient_owned_at: Option<DateTime<Utc>>,
    patient_has_another: Option<bool>,
    confidant_is_current: Option<bool>,
    confidant_birth_date: Option<NaiveDate>,
    confidant_verification: Option<String>,
}

impl FactsRow {
    /// The facts; none where there is no relationship.
    #[must_use]
    pub fn facts(self) -> Option<StandingFacts> {
        let verification = self.confidant_verification?;
        Some(StandingFacts {
            relationship: Relationship {
                id: self.relationship_id?,
                is_active: self.relationship_is_active?,
                active_to: self.relationship_active_to,
                verification_status: self.relationship_status?,
                verification_reason: self.relationship_reason?,
                register_confirmed_at: self.relationship_confirmed_at,
                is_ended_by_decision: self.relationship_ended_reason.as_deref() == Some(DECISION),
            },
            patient_is_current: self.patient_is_current?,
            origin: self.patient_origin?,
            origin_confidant_id: self.patient_origin_confidant_id,
            version: self.patient_version?,
            is_owned: self.patient_owned_at.is_some(),
            has_another: self.patient_has_another?,
            confidant_id: self.confidant_id?,
            confidant_is_current: self.confidant_is_current?,
            confidant_birth_date: self.confidant_birth_date?,
            // A status that nobody knows counts as not verified.
            confidant_verification: VerificationStatus::parse(&verification)
                .unwrap_or(VerificationStatus::NotVerified),
        })
    }
}

#[derive(FromRow)]
struct RelationshipRow {
    is_active: bool,
    active_to: Option<DateTime<Utc>>,
    verification_status: String,
    verification_reason: String,
    register_confirmed_at: Option<DateTime<Utc>>,
    ended_reason: Option<String>,
}

impl RelationshipRow {
    fn relationship(self, id: Uuid) -> Relationship {
        Relationship {
            id,
            is_active: self.is_active,
            active_to: self.active_to,
            verification_status: self.verification_status,
            verification_reason: self.verification_reason,
            register_confirmed_at: self.register_confirmed_at,
            is_ended_by_decision: self.ended_reason.as_deref() == Some(DECISION),
        }
    }
}

/// Why a relationship is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Its date came.
    Expired,
    /// Somebody decided it.
    Decision,
    /// The patient acts for themselves.
    CameHome,
}

const DECISION: &str = "DECISION";

impl Ended {
    /// The name in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "EXPIRED",
            Self::Decision => DECISION,
            Self::CameHome => "CAME_HOME",
        }
    }
}

/// Two people, with what is known of them.
#[derive(Debug, Clone)]
pub struct StandingPair {
    /// The relationship in use, else the last one that there was; with both people.
    pub facts: Option<StandingFacts>,
    /// The confidant's user.
    pub confidant_user: UserState,
    /// The patient's user: the one in use, else one that is not; none: there never was one.
    pub patient_user: Option<UserState>,
}

impl StandingPair {
    /// Whether the one may act for the other at `now`.
    #[must_use]
    pub fn standing(&self, limits: &Limits<'_>, now: DateTime<Utc>) -> Standing {
        let users = (self.confidant_user, self.patient_user);
        rules::standing(self.facts.as_ref(), users.0, users.1, limits, now)
    }
}

#[derive(FromRow)]
struct PairRow {
    #[sqlx(flatten)]
    facts: FactsRow,
    confidant_user_is_active: Option<bool>,
    confidant_user_is_blocked: Option<bool>,
    patient_user_is_active: Option<bool>,
    patient_user_is_blocked: Option<bool>,
}

/// The confidant `confidant_user_id`, who is the person `confidant_id`, and the patient `person_id`. In a transaction that
/// gives a right, nobody changes the relationship until it ends.
///
/// # Errors
/// When the database fails.
pub async fn pair(
    link: Link<'_>,
    person_id: Uuid,
    confidant_id: Uuid,
    confidant_user_id: Uuid,
) -> sqlx::Result<StandingPair> {
    const SQL: &str = "SELECT s.confidant_id, s.relationship_id, s.relationship_is_active, s.relationship_active_to, s.relationship_status, s.relationship_reason, s.relationship_confirmed_at, s.relationship_ended_reason,
            s.patient_is_current, s.patient_origin, s.patient_origin_confidant_id, s.patient_version, s.patient_owned_at, s.patient_has_another, s.confidant_is_current, s.confidant_birth_date, s.confidant_verification,
            s.patient_user_is_active, s.patient_user_is_blocked, au.is_active AS confidant_user_is_active, au.is_blocked AS confidant_user_is_blocked
        FROM standing_pairs s LEFT JOIN users au ON au.id = $3 AND au.person_id = s.confidant_id
        WHERE s.patient_id = $1 AND s.confidant_id = $2";
    let row: Option<PairRow> = on!(link, |c| sqlx::query_as(SQL)
        .bind(person_id)
        .bind(confidant_id)
        .bind(confidant_user_id)
        .fetch_optional(c)
        .await)?;
    let state = |is_active: Option<bool>, is_blocked: Option<bool>| {
        Some(UserState {
            is_active: is_active?,
            is_blocked: is_blocked?,
        })
    };
    // A user who is not this person acts for nobody.
    let nobody = UserState {
        is_active: false,
        is_blocked: true,
    };
    // Nobody acts for themselves as for another, nor for somebody who is not there.
    let Some(row) = row else {
        return Ok(StandingPair {
            facts: None,
            confidant_user: nobody,
            patient_user: None,
        });
    };
    Ok(StandingPair {
        facts: row.facts.facts(),
        confidant_user: state(row.confidant_user_is_active, row.confidant_user_is_blocked)
            .unwrap_or(nobody),
        patient_user: state(row.patient_user_is_active, row.patient_user_is_blocked),
    })
}

/// Lets nobody change what is between two people until the transaction ends: what is given on its strength and what takes
/// it away follow one another. SQLite writes one at a time anyway.
///
/// # Errors
/// When the database fails.
pub async fn hold(link: Link<'_>, person_id: Uuid, confidant_id: Uuid) -> sqlx::Result<()> {
    const POSTGRES: &str = "SELECT id FROM confidant_person_relationships WHERE person_id = $1 AND confidant_person_id = $2 AND is_active = true FOR SHARE";
    match link {
        Link::Sqlite(_) => Ok(()),
        Link::Postgres(c) => sqlx::query(POSTGRES)
            .bind(person_id)
            .bind(confidant_id)
            .execute(c)
            .await
            .map(|_| ()),
    }
}

/// The facts as they are when nobody can change their relationship any more until the transaction ends. SQLite writes one at a
/// time: there they are as they were read in it.
///
/// # Errors
/// When the database fails.
pub async fn hold_facts(
    link: Link<'_>,
    facts: &StandingFacts,
) -> sqlx::Result<Option<StandingFacts>> {
    const POSTGRES: &str = "SELECT is_active, active_to, verification_status, verification_reason, register_confirmed_at, ended_reason
        FROM confidant_person_relationships WHERE id = $1 FOR SHARE";
    let Link::Postgres(c) = link else {
        return Ok(Some(facts.clone()));
    };
    let id = facts.relationship.id;
    let row: Option<RelationshipRow> = sqlx::query_as(POSTGRES).bind(id).fetch_optional(c).await?;
    Ok(row.map(|row| StandingFacts {
        relationship: row.relationship(id),
        ..facts.clone()
    }))
}

/// Writes down that a register of civil status confirmed a relationship that waits.
///
/// # Errors
/// When the database fails.
pub async fn confirm_by_register(
    link: Link<'_>,
    relationship_id: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    const SQL: &str =
        "UPDATE confidant_person_relationships SET register_confirmed_at = $2, updated_at = $2
        WHERE id = $1 AND is_active = true AND verification_status = 'VERIFICATION_NEEDED'";
    on!(link, |c| sqlx::query(SQL)
        .bind(relationship_id)
        .bind(now)
        .execute(c)
        .await
        .map(|_| ()))
}

/// Decides about a relationship that is in use; false when it is not in use any more.
///
/// # Errors
/// When the database fails.
pub async fn decide(
    link: Link<'_>,
    relationship_id: Uuid,
    status: VerificationStatus,
    reason: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    const SQL: &str = "UPDATE confidant_person_relationships SET verification_status = $2, verification_reason = $3, updated_at = $4
        WHERE id = $1 AND is_active = true";
    let rows = on!(link, |c| sqlx::query(SQL)
        .bind(relationship_id)
        .bind(status.as_str())
        .bind(reason)
        .bind(now)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(rows == 1)
}

/// Takes a relationship out of use; false when it was before.
///
/// # Errors
/// When the database fails.
pub async fn end(
    link: Link<'_>,
    relationship_id: Uuid,
    why: Ended,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    const SQL: &str = "UPDATE confidant_person_relationships SET is_active = false, ended_at = $3, ended_reason = $2, updated_at = $3
        WHERE id = $1 AND is_active = true";
    let rows = on!(link, |c| sqlx::query(SQL)
        .bind(relationship_id)
        .bind(why.as_str())
        .bind(now)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(rows == 1)
}

/// Takes every relationship that ran out out of use; how many there were.
///
/// # Errors
/// When the database fails.
pub async fn end_expired(link: Link<'_>, now: DateTime<Utc>) -> sqlx::Result<u64> {
    const SQL: &str = "UPDATE confidant_person_relationships SET is_active = false, ended_at = active_to, ended_reason = 'EXPIRED', updated_at = $1
        WHERE is_active = true AND active_to <= $1";
    on!(link, |c| sqlx::query(SQL)
        .bind(now)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))
}
