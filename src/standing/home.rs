//! A record comes home: its owner acts for themselves, and what others did by their own word alone is over (authority §6).
//!
//! ```text
//!  own sign-up ─┐                       user: the proven number · other users of the person: none
//!  sign-in ─────┼─ the record is known ▶ relationships: kept or ended, as [`stays`] says
//!  cabinet ─────┘                       methods: the proven phone · through others from online registrations: ended
//!                                       tokens of whoever may not act any more: ended
//! ```
//!
//! All of it happens in the transaction that lets the owner in.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    rules::Relationship,
    store::{self, Ended},
};
use crate::{
    config::People,
    db::{Link, Tx, on},
    events::{self, Actor, Event},
    person::{age, store as person_store, store::RegisteredPerson},
};

/// How the owner came.
#[derive(Debug, Clone, Copy)]
pub enum Arrival<'a> {
    /// With a phone that was proven by a code; the method that is made for it gets this id.
    WithPhone {
        /// The number.
        number: &'a str,
        /// The id of the new method.
        method_id: Uuid,
    },
    /// By a signature alone.
    BySignature,
}

/// Whether a relationship outlives the day on which its patient acts for themselves: a confirmed one as long as they are a
/// minor, later only by the decision of an institution or the operator.
#[must_use]
pub fn stays(relationship: &Relationship, patient_is_adult: bool, now: DateTime<Utc>) -> bool {
    relationship.is_in_force(now)
        && if patient_is_adult {
            relationship.is_decided()
        } else {
            relationship.is_approved()
        }
}

/// The record of `known` meets its owner, who is the user `user_id`. Whether anything of others ended.
///
/// Somebody who came home before and signs in again finds everything as it was: what was claimed meanwhile opens nothing.
///
/// # Errors
/// When the database fails.
pub async fn come_home(
    tx: &mut Tx,
    known: &RegisteredPerson,
    user_id: Uuid,
    arrival: Arrival<'_>,
    people: &People,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    if known.owned_at.is_some() && matches!(arrival, Arrival::BySignature) {
        return Ok(false);
    }
    own(tx.link(), known.id, user_id, now).await?;
    let is_adult = age::is_adult(known.birth_date, people.full_legal_capacity_age, now);
    let mut has_ended = end_relationships(tx.link(), known.id, is_adult, now).await?;
    if let Arrival::WithPhone { number, method_id } = arrival {
        person_store::prove_by_code(tx.link(), method_id, known.id, number, now).await?;
    }
    if is_adult || matches!(arrival, Arrival::WithPhone { .. }) {
        has_ended |= end_online_methods(tx.link(), known.id, now).await? > 0;
    }
    end_tokens_of_strangers(tx.link(), known.id, now).await?;
    events::tell(&Event {
        kind: "record.came_home",
        actor: Actor::Person(known.id),
        person_id: Some(known.id),
        subject_id: Some(user_id),
    });
    Ok(has_ended)
}

/// The person acts for themselves from now on, as this user alone.
async fn own(
    link: Link<'_>,
    person_id: Uuid,
    user_id: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    const PERSON: &str = "UPDATE persons SET owned_at = $2 WHERE id = $1 AND owned_at IS NULL";
    const OTHERS: &str =
        "UPDATE users SET tax_id = NULL, tax_id_is_trusted = false, updated_at = $3
        WHERE person_id = $1 AND id <> $2 AND tax_id IS NOT NULL";
    on!(link, |c| {
        sqlx::query(PERSON)
            .bind(person_id)
            .bind(now)
            .execute(&mut *c)
            .await?;
        sqlx::query(OTHERS)
            .bind(person_id)
            .bind(user_id)
            .bind(now)
            .execute(&mut *c)
            .await
            .map(|_| ())
    })
}

#[derive(FromRow)]
struct InUse {
    id: Uuid,
    active_to: Option<DateTime<Utc>>,
    verification_status: String,
    verification_reason: String,
    register_confirmed_at: Option<DateTime<Utc>>,
}

impl From<InUse> for Relationship {
    fn from(row: InUse) -> Self {
        Self {
            id: row.id,
            is_active: true,
            active_to: row.active_to,
            verification_status: row.verification_status,
            verification_reason: row.verification_reason,
            register_confirmed_at: row.register_confirmed_at,
            is_ended_by_decision: false,
        }
    }
}

/// Ends what does not stay; what somebody refused stays refused.
async fn end_relationships(
    mut link: Link<'_>,
    person_id: Uuid,
    is_adult: bool,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    const SQLITE: &str = "SELECT id, active_to, verification_status, verification_reason, register_confirmed_at FROM confidant_person_relationships
        WHERE person_id = $1 AND is_active = true ORDER BY id";
    const POSTGRES: &str = "SELECT id, active_to, verification_status, verification_reason, register_confirmed_at FROM confidant_person_relationships
        WHERE person_id = $1 AND is_active = true ORDER BY id FOR UPDATE";
    let rows: Vec<InUse> = match link.reborrow() {
        Link::Sqlite(c) => sqlx::query_as(SQLITE).bind(person_id).fetch_all(c).await?,
        Link::Postgres(c) => {
            sqlx::query_as(POSTGRES)
                .bind(person_id)
                .fetch_all(c)
                .await?
        }
    };
    let mut has_ended = false;
    for relationship in rows.into_iter().map(Relationship::from) {
        let is_refused = !relationship.is_approved() && !relationship.waits();
        if is_refused || stays(&relationship, is_adult, now) {
            continue;
        }
        let why = if relationship.is_in_force(now) {
            Ended::CameHome
        } else {
            Ended::Expired
        };
        has_ended |=
            store::end(link.reborrow(), relationship.id, why, now).await? && why == Ended::CameHome;
    }
    Ok(has_ended)
}

/// Ends the ways of confirming through others that came from registrations online.
async fn end_online_methods(
    link: Link<'_>,
    person_id: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    const SQL: &str = "UPDATE person_authentication_methods SET is_active = false, is_primary = false, ended_at = $2, updated_at = $2
        WHERE person_id = $1 AND type = 'THIRD_PERSON' AND origin = 'confidant' AND is_active = true AND (ended_at IS NULL OR ended_at > $2)";
    on!(link, |c| sqlx::query(SQL)
        .bind(person_id)
        .bind(now)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))
}

/// Ends every token by which somebody without a confirmed relationship acts for the person. Which of the confirmed ones may
/// still act is asked where a token is read.
async fn end_tokens_of_strangers(
    link: Link<'_>,
    person_id: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    const SQL: &str = "UPDATE tokens SET expires_at = $2 WHERE expires_at > $2 AND applicant_person_id IS NOT NULL
        AND user_id IN (SELECT u.id FROM users u WHERE u.person_id = $1)
        AND NOT EXISTS (SELECT 1 FROM confidant_person_relationships r WHERE r.person_id = $1 AND r.confidant_person_id = tokens.applicant_person_id
            AND r.is_active = true AND (r.active_to IS NULL OR r.active_to > $2)
            AND (r.verification_status = 'VERIFIED' OR (r.verification_status = 'VERIFICATION_NEEDED'
                AND (r.verification_reason = 'MANUAL_CREATED_BY_DOCTOR' OR r.register_confirmed_at IS NOT NULL))))";
    on!(link, |c| sqlx::query(SQL)
        .bind(person_id)
        .bind(now)
        .execute(c)
        .await
        .map(|_| ()))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::standing::rules::reasons;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// Authority §6: what stays, for a minor and for an adult.
    #[rstest]
    #[case::claimed("VERIFICATION_NEEDED", reasons::ONLINE, false, false, false)]
    #[case::verified("VERIFIED", "", false, true, true)]
    #[case::by_a_doctor("VERIFICATION_NEEDED", reasons::BY_DOCTOR, false, true, true)]
    #[case::by_a_register("VERIFICATION_NEEDED", reasons::ONLINE, true, true, false)]
    fn what_stays(
        #[case] status: &str,
        #[case] reason: &str,
        #[case] by_register: bool,
        #[case] of_a_minor: bool,
        #[case] of_an_adult: bool,
    ) {
        let now = at("2026-06-15T10:00:00Z");
        let mut relationship = Relationship {
            id: Uuid::nil(),
            is_active: true,
            active_to: None,
            verification_status: status.to_owned(),
            verification_reason: reason.to_owned(),
            register_confirmed_at: by_register.then_some(now),
            is_ended_by_decision: false,
        };
        assert_eq!(stays(&relationship, false, now), of_a_minor);
        assert_eq!(stays(&relationship, true, now), of_an_adult);
        relationship.active_to = Some(now);
        assert!(!stays(&relationship, false, now), "it ran out");
    }
}
