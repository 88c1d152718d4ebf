//! Who stands for whom, as an operator looks at it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

use super::lookup::Part;
use crate::{
    db::{Link, on},
    secrets::hex,
};

/// A relationship, with whom it is between.
#[derive(FromRow, Serialize)]
pub struct RelationshipRecord {
    /// Its id.
    pub id: Uuid,
    /// For whom the confidant stands.
    pub person_id: Uuid,
    /// Who stands for them.
    pub confidant_person_id: Uuid,
    /// `PRIMARY` or `SECONDARY`.
    pub relation_type: String,
    /// Whether it was not ended.
    pub is_active: bool,
    /// The status of its verification.
    pub verification_status: String,
    /// Why it has that status.
    pub verification_reason: String,
    /// Until when it is in force; none: without end.
    pub active_to: Option<DateTime<Utc>>,
    /// When a register of civil status confirmed it.
    pub register_confirmed_at: Option<DateTime<Utc>>,
    /// When it was ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Why.
    pub ended_reason: Option<String>,
    /// What an operator said of it.
    pub comment: Option<String>,
    /// What proves it.
    pub documents_relationship: Json<Value>,
    /// When it was made.
    pub inserted_at: DateTime<Utc>,
    /// The user who made it; none: the operator.
    pub inserted_by: Option<Uuid>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
    /// The user who did; none: the operator or the program.
    pub updated_by: Option<Uuid>,
    /// Names of the patient.
    #[serde(skip)]
    #[sqlx(flatten)]
    pub patient: PatientNames,
    /// Names of the confidant.
    #[serde(skip)]
    #[sqlx(flatten)]
    pub confidant: ConfidantNames,
}

/// The names of a patient.
#[derive(FromRow)]
pub struct PatientNames {
    /// Last name.
    pub patient_last_name: String,
    /// First name.
    pub patient_first_name: String,
    /// Patronymic.
    pub patient_second_name: Option<String>,
}

/// The names of a confidant.
#[derive(FromRow)]
pub struct ConfidantNames {
    /// Last name.
    pub confidant_last_name: String,
    /// First name.
    pub confidant_first_name: String,
    /// Patronymic.
    pub confidant_second_name: Option<String>,
}

/// Which relationships a list shows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Which {
    /// Only those that wait for somebody to confirm them.
    pub is_waiting: bool,
    /// Only those for this person.
    pub person_id: Option<Uuid>,
    /// Only those of this confidant.
    pub confidant_id: Option<Uuid>,
}

const ALL: &str = "SELECT r.id, r.person_id, r.confidant_person_id, r.relation_type, r.is_active, r.verification_status, r.verification_reason, r.active_to, r.register_confirmed_at, r.ended_at, r.ended_reason, r.comment,
        r.documents_relationship, r.inserted_at, r.inserted_by, r.updated_at, r.updated_by, p.last_name AS patient_last_name, p.first_name AS patient_first_name, p.second_name AS patient_second_name,
        a.last_name AS confidant_last_name, a.first_name AS confidant_first_name, a.second_name AS confidant_second_name
    FROM confidant_person_relationships r JOIN persons p ON p.id = r.person_id JOIN persons a ON a.id = r.confidant_person_id
    ORDER BY r.inserted_at, r.id LIMIT $1 OFFSET $2";
// The conditions are those of an index, letter by letter.
const WAITING: &str = "SELECT r.id, r.person_id, r.confidant_person_id, r.relation_type, r.is_active, r.verification_status, r.verification_reason, r.active_to, r.register_confirmed_at, r.ended_at, r.ended_reason, r.comment,
        r.documents_relationship, r.inserted_at, r.inserted_by, r.updated_at, r.updated_by, p.last_name AS patient_last_name, p.first_name AS patient_first_name, p.second_name AS patient_second_name,
        a.last_name AS confidant_last_name, a.first_name AS confidant_first_name, a.second_name AS confidant_second_name
    FROM confidant_person_relationships r JOIN persons p ON p.id = r.person_id JOIN persons a ON a.id = r.confidant_person_id
    WHERE r.is_active = true AND r.verification_status = 'VERIFICATION_NEEDED' AND r.verification_reason <> 'MANUAL_CREATED_BY_DOCTOR' AND r.register_confirmed_at IS NULL
        AND (r.active_to IS NULL OR r.active_to > $3)
    ORDER BY r.inserted_at, r.id LIMIT $1 OFFSET $2";
const OF_PERSON: &str = "SELECT r.id, r.person_id, r.confidant_person_id, r.relation_type, r.is_active, r.verification_status, r.verification_reason, r.active_to, r.register_confirmed_at, r.ended_at, r.ended_reason, r.comment,
        r.documents_relationship, r.inserted_at, r.inserted_by, r.updated_at, r.updated_by, p.last_name AS patient_last_name, p.first_name AS patient_first_name, p.second_name AS patient_second_name,
        a.last_name AS confidant_last_name, a.first_name AS confidant_first_name, a.second_name AS confidant_second_name
    FROM confidant_person_relationships r JOIN persons p ON p.id = r.person_id JOIN persons a ON a.id = r.confidant_person_id
    WHERE r.person_id = $4 AND (r.confidant_person_id = $5 OR $5 IS NULL) AND ($6 = false OR (r.is_active = true AND r.verification_status = 'VERIFICATION_NEEDED'
        AND r.verification_reason <> 'MANUAL_CREATED_BY_DOCTOR' AND r.register_confirmed_at IS NULL AND (r.active_to IS NULL OR r.active_to > $3)))
    ORDER BY r.inserted_at, r.id LIMIT $1 OFFSET $2";
const OF_CONFIDANT: &str = "SELECT r.id, r.person_id, r.confidant_person_id, r.relation_type, r.is_active, r.verification_status, r.verification_reason, r.active_to, r.register_confirmed_at, r.ended_at, r.ended_reason, r.comment,
        r.documents_relationship, r.inserted_at, r.inserted_by, r.updated_at, r.updated_by, p.last_name AS patient_last_name, p.first_name AS patient_first_name, p.second_name AS patient_second_name,
        a.last_name AS confidant_last_name, a.first_name AS confidant_first_name, a.second_name AS confidant_second_name
    FROM confidant_person_relationships r JOIN persons p ON p.id = r.person_id JOIN persons a ON a.id = r.confidant_person_id
    WHERE r.confidant_person_id = $4 AND ($5 = false OR (r.is_active = true AND r.verification_status = 'VERIFICATION_NEEDED'
        AND r.verification_reason <> 'MANUAL_CREATED_BY_DOCTOR' AND r.register_confirmed_at IS NULL AND (r.active_to IS NULL OR r.active_to > $3)))
    ORDER BY r.inserted_at, r.id LIMIT $1 OFFSET $2";
const ONE: &str = "SELECT r.id, r.person_id, r.confidant_person_id, r.relation_type, r.is_active, r.verification_status, r.verification_reason, r.active_to, r.register_confirmed_at, r.ended_at, r.ended_reason, r.comment,
        r.documents_relationship, r.inserted_at, r.inserted_by, r.updated_at, r.updated_by, p.last_name AS patient_last_name, p.first_name AS patient_first_name, p.second_name AS patient_second_name,
        a.last_name AS confidant_last_name, a.first_name AS confidant_first_name, a.second_name AS confidant_second_name
    FROM confidant_person_relationships r JOIN persons p ON p.id = r.person_id JOIN persons a ON a.id = r.confidant_person_id WHERE r.id = $1";

/// Relationships, those that were made first before others.
///
/// # Errors
/// When the database fails.
pub async fn relationships(
    link: Link<'_>,
    which: Which,
    part: Part,
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<RelationshipRecord>> {
    on!(link, |c| match (which.person_id, which.confidant_id) {
        (Some(person_id), confidant_id) => {
            sqlx::query_as(OF_PERSON)
                .bind(part.limit)
                .bind(part.offset)
                .bind(now)
                .bind(person_id)
                .bind(confidant_id)
                .bind(which.is_waiting)
                .fetch_all(c)
                .await
        }
        (None, Some(confidant_id)) => {
            sqlx::query_as(OF_CONFIDANT)
                .bind(part.limit)
                .bind(part.offset)
                .bind(now)
                .bind(confidant_id)
                .bind(which.is_waiting)
                .fetch_all(c)
                .await
        }
        (None, None) if which.is_waiting => {
            sqlx::query_as(WAITING)
                .bind(part.limit)
                .bind(part.offset)
                .bind(now)
                .fetch_all(c)
                .await
        }
        (None, None) => {
            sqlx::query_as(ALL)
                .bind(part.limit)
                .bind(part.offset)
                .fetch_all(c)
                .await
        }
    })
}

/// The relationship of that id.
///
/// # Errors
/// When the database fails.
pub async fn relationship(link: Link<'_>, id: Uuid) -> sqlx::Result<Option<RelationshipRecord>> {
    on!(link, |c| sqlx::query_as(ONE)
        .bind(id)
        .fetch_optional(c)
        .await)
}

/// With what a relationship was claimed, or its patient registered by the confidant who made it.
#[derive(Serialize)]
pub struct RelationshipEvidence {
    signature_sha256: String,
    certificate_sha256: String,
    signed_at: DateTime<Utc>,
    /// `claim`: for somebody who was registered already; `registration`: the patient was registered with it.
    kind: &'static str,
}

/// What a relationship rests on: the claim, else what the patient was registered with at the moment when it was made.
///
/// # Errors
/// When the database fails.
pub async fn evidence_of_relationship(
    link: Link<'_>,
    relationship: &RelationshipRecord,
) -> sqlx::Result<Vec<RelationshipEvidence>> {
    type Row = (Vec<u8>, Vec<u8>, DateTime<Utc>);
    const CLAIM: &str = "SELECT signature_sha256, certificate_sha256, claimed_at FROM relationship_claims WHERE relationship_id = $1";
    const REGISTRATION: &str = "SELECT signature_sha256, certificate_sha256, used_at FROM used_signatures WHERE person_id = $1 AND used_at = $2 ORDER BY signature_sha256";
    let (claims, registrations): (Vec<Row>, Vec<Row>) = on!(link, |c| {
        let claims = sqlx::query_as(CLAIM).bind(relationship.id);
        let claims = claims.fetch_all(&mut *c).await?;
        let registrations = sqlx::query_as(REGISTRATION)
            .bind(relationship.person_id)
            .bind(relationship.inserted_at);
        Ok::<_, sqlx::Error>((claims, registrations.fetch_all(&mut *c).await?))
    })?;
    let of_kind = |kind| {
        move |(signature, certificate, signed_at): Row| RelationshipEvidence {
            signature_sha256: hex(&signature),
            certificate_sha256: hex(&certificate),
            signed_at,
            kind,
        }
    };
    let claims = claims.into_iter().map(of_kind("claim"));
    let registrations = registrations.into_iter().map(of_kind("registration"));
    Ok(claims.chain(registrations).collect())
}

/// Keeps what an operator said of a relationship.
///
/// # Errors
/// When the database fails.
pub async fn comment_relationship(link: Link<'_>, id: Uuid, comment: &str) -> sqlx::Result<()> {
    const SQL: &str = "UPDATE confidant_person_relationships SET comment = $2 WHERE id = $1";
    on!(link, |c| sqlx::query(SQL)
        .bind(id)
        .bind(comment)
        .execute(c)
        .await
        .map(|_| ()))
}
