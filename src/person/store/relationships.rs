//! Who stands for whom.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

use crate::{
    db::{Link, on},
    person::registration::ConfidantPerson,
};

/// A relationship between a person and a confidant that is in force.
#[derive(Debug, Clone, FromRow)]
pub struct Relationship {
    /// Its id.
    pub id: Uuid,
    /// `VERIFIED`, `VERIFICATION_NEEDED`, `NOT_VERIFIED`, …
    pub verification_status: String,
    /// Why it has that status.
    pub verification_reason: String,
}

impl Relationship {
    /// Whether the confidant may act (§11.5).
    #[must_use]
    pub fn is_approved(&self) -> bool {
        match self.verification_status.as_str() {
            "VERIFIED" => true,
            "VERIFICATION_NEEDED" => self.verification_reason == "MANUAL_CREATED_BY_DOCTOR",
            _ => false,
        }
    }
}

impl Relationship {
    /// Whether it waits for somebody to verify it.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.verification_status == "VERIFICATION_NEEDED" && !self.is_approved()
    }
}

/// The relationship in force at `now` between a person and a confidant.
///
/// # Errors
/// When the database fails.
pub async fn relationship(
    link: Link<'_>,
    person_id: Uuid,
    confidant_person_id: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<Relationship>> {
    const SQL: &str = "SELECT id, verification_status, verification_reason FROM confidant_person_relationships
        WHERE person_id = $1 AND confidant_person_id = $2 AND is_active = true AND (active_to IS NULL OR active_to > $3)";
    on!(link, |c| sqlx::query_as(SQL)
        .bind(person_id)
        .bind(confidant_person_id)
        .bind(now)
        .fetch_optional(c)
        .await)
}

/// Whether somebody is confirmed to stand for this person at `now`. One that waits for its verification does not count:
/// anybody can claim it.
///
/// # Errors
/// When the database fails.
pub async fn has_confidant(
    link: Link<'_>,
    person_id: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    const SQL: &str = "SELECT count(*) FROM confidant_person_relationships
        WHERE person_id = $1 AND is_active = true AND (active_to IS NULL OR active_to > $2)
            AND (verification_status = 'VERIFIED' OR (verification_status = 'VERIFICATION_NEEDED' AND verification_reason = 'MANUAL_CREATED_BY_DOCTOR'))";
    let count: i64 = on!(link, |c| sqlx::query_scalar(SQL)
        .bind(person_id)
        .bind(now)
        .fetch_one(c)
        .await)?;
    Ok(count > 0)
}

/// A relationship that is to be stored.
#[derive(Debug)]
pub struct NewRelationship<'a> {
    /// Its id.
    pub id: Uuid,
    /// For whom the confidant stands.
    pub person_id: Uuid,
    /// Who, as which, and by which documents.
    pub confidant: &'a ConfidantPerson,
    /// The status of its verification.
    pub verification_status: &'a str,
    /// Why it has that status.
    pub verification_reason: &'a str,
    /// Until when it is in force; none: without end.
    pub active_to: Option<DateTime<Utc>>,
    /// The user who made it; none for the operator.
    pub inserted_by: Option<Uuid>,
}

/// Stores a relationship, or replaces the one of that id.
///
/// # Errors
/// When the database fails, or both are related already.
pub async fn save_relationship(
    link: Link<'_>,
    new: &NewRelationship<'_>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    const SQL: &str = "INSERT INTO confidant_person_relationships (id, person_id, confidant_person_id, relation_type, is_active, verification_status, verification_reason, active_to, documents_relationship, inserted_at, inserted_by, updated_at, updated_by)
        VALUES ($1, $2, $3, $4, true, $5, $6, $7, $8, $9, $10, $9, $10)
        ON CONFLICT (id) DO UPDATE SET verification_status = excluded.verification_status, verification_reason = excluded.verification_reason,
            active_to = excluded.active_to, documents_relationship = excluded.documents_relationship, updated_at = excluded.updated_at";
    on!(link, |c| sqlx::query(SQL)
        .bind(new.id)
        .bind(new.person_id)
        .bind(new.confidant.person_id)
        .bind(new.confidant.relation_type.as_str())
        .bind(new.verification_status)
        .bind(new.verification_reason)
        .bind(new.active_to)
        .bind(Json(&new.confidant.documents_relationship))
        .bind(now)
        .bind(new.inserted_by)
        .execute(c)
        .await
        .map(|_| ()))
}

/// Takes a relationship that ran out out of use, so that a new one can take its place.
///
/// # Errors
/// When the database fails.
pub async fn end_expired_relationship(
    link: Link<'_>,
    person_id: Uuid,
    confidant_person_id: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    const SQL: &str = "UPDATE confidant_person_relationships SET is_active = false, updated_at = $3
        WHERE person_id = $1 AND confidant_person_id = $2 AND is_active = true AND active_to <= $3";
    on!(link, |c| sqlx::query(SQL)
        .bind(person_id)
        .bind(confidant_person_id)
        .bind(now)
        .execute(c)
        .await
        .map(|_| ()))
}
