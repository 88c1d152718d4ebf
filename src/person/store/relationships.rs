//! Who stands for whom, as it is written down. Whether somebody may act is decided by `crate::standing`.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use super::Evidence;
use crate::{
    db::{Link, on},
    person::registration::ConfidantPerson,
};

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
            AND (verification_status = 'VERIFIED' OR (verification_status = 'VERIFICATION_NEEDED'
                AND (verification_reason = 'MANUAL_CREATED_BY_DOCTOR' OR register_confirmed_at IS NOT NULL)))";
    let count: i64 = on!(link, |c| sqlx::query_scalar(SQL)
        .bind(person_id)
        .bind(now)
        .fetch_one(c)
        .await)?;
    Ok(count > 0)
}

/// For how many current persons somebody stands at `now`, confirmed or waiting, and how many are confirmed to stand for
/// them: one question.
///
/// # Errors
/// When the database fails.
pub async fn wards_and_confidants(
    link: Link<'_>,
    person_id: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<(u32, u32)> {
    const SQL: &str = "SELECT
            (SELECT count(*) FROM confidant_person_relationships r JOIN persons p ON p.id = r.person_id
                WHERE r.confidant_person_id = $1 AND r.is_active = true AND (r.active_to IS NULL OR r.active_to > $2)
                    AND r.verification_status IN ('VERIFIED', 'VERIFICATION_NEEDED') AND p.status = 'active' AND p.is_active = true),
            (SELECT count(*) FROM confidant_person_relationships
                WHERE person_id = $1 AND is_active = true AND (active_to IS NULL OR active_to > $2)
                    AND (verification_status = 'VERIFIED' OR (verification_status = 'VERIFICATION_NEEDED'
                        AND (verification_reason = 'MANUAL_CREATED_BY_DOCTOR' OR register_confirmed_at IS NOT NULL))))";
    let (wards, confidants): (i64, i64) = on!(link, |c| sqlx::query_as(SQL)
        .bind(person_id)
        .bind(now)
        .fetch_one(c)
        .await)?;
    let number = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
    Ok((number(wards), number(confidants)))
}

/// For whom somebody stands by a relationship in use, whatever it is worth.
///
/// # Errors
/// When the database fails.
pub async fn wards(link: Link<'_>, confidant_id: Uuid) -> sqlx::Result<Vec<Uuid>> {
    const SQL: &str = "SELECT person_id FROM confidant_person_relationships WHERE confidant_person_id = $1 AND is_active = true";
    on!(link, |c| sqlx::query_scalar(SQL)
        .bind(confidant_id)
        .fetch_all(c)
        .await)
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
    /// When a register of civil status confirmed it.
    pub register_confirmed_at: Option<DateTime<Utc>>,
    /// The user who made it; none for the operator.
    pub inserted_by: Option<Uuid>,
}

/// Stores a relationship.
///
/// # Errors
/// When the database fails, or both are related already.
pub async fn save_relationship(
    link: Link<'_>,
    new: &NewRelationship<'_>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    const SQL: &str = "INSERT INTO confidant_person_relationships (id, person_id, confidant_person_id, relation_type, is_active, verification_status, verification_reason, active_to, documents_relationship, inserted_at, inserted_by, updated_at, updated_by, register_confirmed_at)
        VALUES ($1, $2, $3, $4, true, $5, $6, $7, $8, $9, $10, $9, $10, $11)";
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
        .bind(new.register_confirmed_at)
        .execute(c)
        .await
        .map(|_| ()))
}

/// Stores a relationship of a provisioning file, or brings the one of that id to what the file says. One that is not in use
/// ended when it was ended first, by decision where nothing is known of it.
///
/// # Errors
/// When the database fails, or both are related already by another one.
pub async fn import_relationship(
    link: Link<'_>,
    new: &NewRelationship<'_>,
    is_active: bool,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    const SQL: &str = "INSERT INTO confidant_person_relationships (id, person_id, confidant_person_id, relation_type, is_active, verification_status, verification_reason, active_to, documents_relationship, inserted_at, inserted_by, updated_at, updated_by, ended_at, ended_reason)
        VALUES ($1, $2, $3, $4, $11, $5, $6, $7, $8, $9, $10, $9, $10, $12, $13)
        ON CONFLICT (id) DO UPDATE SET relation_type = excluded.relation_type, is_active = excluded.is_active, verification_status = excluded.verification_status,
            verification_reason = excluded.verification_reason, active_to = excluded.active_to, documents_relationship = excluded.documents_relationship,
            ended_at = CASE WHEN excluded.is_active = false THEN COALESCE(confidant_person_relationships.ended_at, excluded.ended_at) END,
            ended_reason = CASE WHEN excluded.is_active = false THEN COALESCE(confidant_person_relationships.ended_reason, excluded.ended_reason) END,
            updated_at = excluded.updated_at, updated_by = excluded.updated_by";
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
        .bind(is_active)
        .bind((!is_active).then_some(now))
        .bind((!is_active).then_some("DECISION"))
        .execute(c)
        .await
        .map(|_| ()))
}

/// Writes down that a doctor saw what proves a relationship that waits. Documents that are not named leave those that are there.
///
/// # Errors
/// When the database fails.
pub async fn see_relationship(
    link: Link<'_>,
    id: Uuid,
    documents: &[Value],
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    const SEEN: &str = "UPDATE confidant_person_relationships SET verification_status = 'VERIFICATION_NEEDED', verification_reason = 'MANUAL_CREATED_BY_DOCTOR', updated_at = $2 WHERE id = $1 AND is_active = true";
    const PROVED: &str = "UPDATE confidant_person_relationships SET verification_status = 'VERIFICATION_NEEDED', verification_reason = 'MANUAL_CREATED_BY_DOCTOR', updated_at = $2, documents_relationship = $3
        WHERE id = $1 AND is_active = true";
    if documents.is_empty() {
        on!(link, |c| sqlx::query(SEEN)
            .bind(id)
            .bind(now)
            .execute(c)
            .await
            .map(|_| ()))
    } else {
        on!(link, |c| sqlx::query(PROVED)
            .bind(id)
            .bind(now)
            .bind(Json(documents))
            .execute(c)
            .await
            .map(|_| ()))
    }
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
    const SQL: &str = "UPDATE confidant_person_relationships SET is_active = false, ended_at = active_to, ended_reason = 'EXPIRED', updated_at = $3
        WHERE person_id = $1 AND confidant_person_id = $2 AND is_active = true AND active_to <= $3";
    on!(link, |c| sqlx::query(SQL)
        .bind(person_id)
        .bind(confidant_person_id)
        .bind(now)
        .execute(c)
        .await
        .map(|_| ()))
}

/// Keeps what a claim was made with. It uses no signature up: what was refused can be tried again with the same one.
///
/// # Errors
/// When the database fails.
pub async fn add_claim(
    link: Link<'_>,
    relationship_id: Uuid,
    evidence: &Evidence<'_>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    const SQL: &str = "INSERT INTO relationship_claims (relationship_id, signature_sha256, certificate_sha256, signed_content, claimed_at)
        VALUES ($1, $2, $3, $4, $5)";
    on!(link, |c| sqlx::query(SQL)
        .bind(relationship_id)
        .bind(evidence.signature_sha256.as_slice())
        .bind(evidence.certificate_sha256.as_slice())
        .bind(evidence.signed_content)
        .bind(now)
        .execute(c)
        .await
        .map(|_| ()))
}

/// For how long a registration or claim of a confidant counts.
pub const SIGN_UPS_COUNT_FOR: TimeDelta = TimeDelta::hours(24);

/// Counts a registration or a claim of a confidant; false, and it is not counted, when there were `most` in a day already.
/// Zero: nothing is counted. Nobody else counts for them until the transaction ends (`wait_for_rivals`).
///
/// # Errors
/// When the database fails.
pub async fn count_sign_up(
    link: Link<'_>,
    id: Uuid,
    confidant_id: Uuid,
    most: u32,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    const SQL: &str = "INSERT INTO confidant_sign_ups (id, confidant_person_id, inserted_at) SELECT $1, $2, $3
        WHERE (SELECT count(*) FROM confidant_sign_ups WHERE confidant_person_id = $2 AND inserted_at > $4) < $5";
    if most == 0 {
        return Ok(true);
    }
    let rows = on!(link, |c| sqlx::query(SQL)
        .bind(id)
        .bind(confidant_id)
        .bind(now)
        .bind(now - SIGN_UPS_COUNT_FOR)
        .bind(i64::from(most))
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(rows == 1)
}

/// When the oldest registration or claim of a confidant was that still counts.
///
/// # Errors
/// When the database fails.
pub async fn oldest_sign_up(
    link: Link<'_>,
    confidant_id: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<DateTime<Utc>>> {
    const SQL: &str = "SELECT min(inserted_at) FROM confidant_sign_ups WHERE confidant_person_id = $1 AND inserted_at > $2";
    on!(link, |c| sqlx::query_scalar(SQL)
        .bind(confidant_id)
        .bind(now - SIGN_UPS_COUNT_FOR)
        .fetch_one(c)
        .await)
}

/// How many registrations and claims of a confidant count now.
///
/// # Errors
/// When the database fails.
pub async fn count_of_sign_ups(
    link: Link<'_>,
    confidant_id: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<u32> {
    const SQL: &str = "SELECT count(*) FROM confidant_sign_ups WHERE confidant_person_id = $1 AND inserted_at > $2";
    let count: i64 = on!(link, |c| sqlx::query_scalar(SQL)
        .bind(confidant_id)
        .bind(now - SIGN_UPS_COUNT_FOR)
        .fetch_one(c)
        .await)?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Removes registrations and claims that do not count any more. Safe on every process at once.
///
/// # Errors
/// When the database fails.
pub async fn purge_sign_ups(link: Link<'_>, now: DateTime<Utc>) -> sqlx::Result<u64> {
    const SQL: &str = "DELETE FROM confidant_sign_ups WHERE inserted_at <= $1";
    on!(link, |c| sqlx::query(SQL)
        .bind(now - SIGN_UPS_COUNT_FOR)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))
}

/// What an answer says of the relationship in use between two people, beside the confidant's names: `relation_type` and
/// `documents_relationship`.
///
/// # Errors
/// When the database fails.
pub async fn as_answered(
    link: Link<'_>,
    person_id: Uuid,
    confidant_person_id: Uuid,
) -> sqlx::Result<Option<(String, Value)>> {
    const SQL: &str =
        "SELECT relation_type, documents_relationship FROM confidant_person_relationships
        WHERE person_id = $1 AND confidant_person_id = $2 AND is_active = true";
    let row: Option<(String, Json<Value>)> = on!(link, |c| sqlx::query_as(SQL)
        .bind(person_id)
        .bind(confidant_person_id)
        .fetch_optional(c)
        .await)?;
    Ok(row.map(|(kind, Json(documents))| (kind, documents)))
}
