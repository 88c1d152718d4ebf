//! What an operator asks of people: who they are, and everything that is kept about one of them.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

use crate::{
    db::{Link, on},
    person::{
        documents::normalise_number, names, origin::Origin, verification::VerificationStatus,
    },
    secrets::hex,
};

/// A part of a list: how many entries, after how many others.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// The most entries.
    pub limit: i64,
    /// The entries before them.
    pub offset: i64,
}

/// By what people are looked for; what is not given does not matter.
#[derive(Debug, Default)]
pub struct Criteria<'a> {
    /// Their tax number.
    pub tax_id: Option<&'a str>,
    /// The number of one of their documents.
    pub document_number: Option<&'a str>,
    /// Last name and first name.
    pub names: Option<(&'a str, &'a str)>,
    /// Date of birth.
    pub birth_date: Option<NaiveDate>,
}

/// Somebody who was found.
#[derive(Debug, FromRow)]
pub struct FoundPerson {
    /// Their id.
    pub id: Uuid,
    /// Last name.
    pub last_name: String,
    /// First name.
    pub first_name: String,
    /// Patronymic.
    pub second_name: Option<String>,
    /// Date of birth.
    pub birth_date: NaiveDate,
    /// Tax number.
    pub tax_id: Option<String>,
    /// `active` or `inactive`.
    pub status: String,
    /// Whether the record is in use.
    pub is_active: bool,
    /// Whether a register says that they are dead.
    pub is_deceased: bool,
    /// What the streams of verification say together.
    pub verification_status: String,
    /// Who made the record.
    pub origin: Origin,
}

const BY_TAX_ID: &str = "SELECT p.id, p.last_name, p.first_name, p.second_name, p.birth_date, p.tax_id, p.status, p.is_active, p.is_deceased, p.verification_status, p.origin FROM persons p
    WHERE p.tax_id = $1 AND (EXISTS (SELECT 1 FROM person_documents d WHERE d.person_id = p.id AND d.number_key = $2) OR $2 IS NULL)
        AND (p.last_name_key = $3 OR $3 IS NULL) AND (p.first_name_key = $4 OR $4 IS NULL) AND (p.birth_date = $5 OR $5 IS NULL)
    ORDER BY p.id LIMIT $6 OFFSET $7";
const BY_DOCUMENT: &str = "SELECT p.id, p.last_name, p.first_name, p.second_name, p.birth_date, p.tax_id, p.status, p.is_active, p.is_deceased, p.verification_status, p.origin FROM persons p
    WHERE p.id IN (SELECT d.person_id FROM person_documents d WHERE d.number_key = $2) AND (p.tax_id = $1 OR $1 IS NULL)
        AND (p.last_name_key = $3 OR $3 IS NULL) AND (p.first_name_key = $4 OR $4 IS NULL) AND (p.birth_date = $5 OR $5 IS NULL)
    ORDER BY p.id LIMIT $6 OFFSET $7";
const BY_NAMES: &str = "SELECT p.id, p.last_name, p.first_name, p.second_name, p.birth_date, p.tax_id, p.status, p.is_active, p.is_deceased, p.verification_status, p.origin FROM persons p
    WHERE p.last_name_key = $3 AND p.first_name_key = $4 AND (p.birth_date = $5 OR $5 IS NULL) AND (p.tax_id = $1 OR $1 IS NULL)
        AND (EXISTS (SELECT 1 FROM person_documents d WHERE d.person_id = p.id AND d.number_key = $2) OR $2 IS NULL)
    ORDER BY p.id LIMIT $6 OFFSET $7";
const BY_BIRTH_DATE: &str = "SELECT p.id, p.last_name, p.first_name, p.second_name, p.birth_date, p.tax_id, p.status, p.is_active, p.is_deceased, p.verification_status, p.origin FROM persons p
    WHERE p.birth_date = $5 AND (p.tax_id = $1 OR $1 IS NULL) AND (p.last_name_key = $3 OR $3 IS NULL) AND (p.first_name_key = $4 OR $4 IS NULL)
        AND (EXISTS (SELECT 1 FROM person_documents d WHERE d.person_id = p.id AND d.number_key = $2) OR $2 IS NULL)
    ORDER BY p.id LIMIT $6 OFFSET $7";

/// The people to whom every criterion applies, in the registry or not any more; nobody without a criterion. Numbers of
/// documents and names are compared as everywhere: folded.
///
/// # Errors
/// When the database fails.
pub async fn find(
    link: Link<'_>,
    criteria: &Criteria<'_>,
    part: Part,
) -> sqlx::Result<Vec<FoundPerson>> {
    let key = criteria.document_number.map(normalise_number);
    let last_name = criteria
        .names
        .map(|(last_name, _)| names::fold_name(last_name));
    let first_name = criteria
        .names
        .map(|(_, first_name)| names::fold_name(first_name));
    on!(link, |c| {
        // The criterion that fewest people share is the one that an index is asked for.
        let query = if criteria.tax_id.is_some() {
            sqlx::query_as(BY_TAX_ID)
        } else if key.is_some() {
            sqlx::query_as(BY_DOCUMENT)
        } else if last_name.is_some() {
            sqlx::query_as(BY_NAMES)
        } else {
            sqlx::query_as(BY_BIRTH_DATE)
        };
        query
            .bind(criteria.tax_id)
            .bind(key)
            .bind(last_name)
            .bind(first_name)
            .bind(criteria.birth_date)
            .bind(part.limit)
            .bind(part.offset)
            .fetch_all(c)
            .await
    })
}

/// Octets as hexadecimal digits.
fn in_hex<S: Serializer>(octets: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&hex(octets))
}

/// The same, where they are not there for everybody.
fn maybe_in_hex<S: Serializer>(octets: &Option<Vec<u8>>, serializer: S) -> Result<S::Ok, S::Error> {
    match octets {
        Some(octets) => in_hex(octets, serializer),
        None => serializer.serialize_none(),
    }
}

/// The record of a person, whole.
#[derive(FromRow, Serialize)]
pub struct Record {
    /// Their id.
    pub id: Uuid,
    version: i64,
    status: String,
    is_active: bool,
    is_deceased: bool,
    verification_status: String,
    verification: Json<Value>,
    last_name: String,
    first_name: String,
    second_name: Option<String>,
    birth_date: NaiveDate,
    birth_country: Option<String>,
    birth_settlement: Option<String>,
    gender: Option<String>,
    email: Option<String>,
    no_tax_id: bool,
    tax_id: Option<String>,
    unzr: Option<String>,
    secret: Option<String>,
    preferred_way_communication: Option<String>,
    addresses: Json<Value>,
    phones: Json<Value>,
    emergency_contact: Option<Json<Value>>,
    patient_signed: Option<bool>,
    process_disclosure_data_consent: Option<bool>,
    origin: Origin,
    origin_confidant_id: Option<Uuid>,
    version_origin: Origin,
    owned_at: Option<DateTime<Utc>>,
    inserted_at: DateTime<Utc>,
    inserted_by: Option<Uuid>,
    updated_at: DateTime<Utc>,
    updated_by: Option<Uuid>,
}

#[derive(FromRow, Serialize)]
struct DocumentRecord {
    id: Uuid,
    r#type: String,
    number: String,
    issued_by: Option<String>,
    issued_at: Option<NaiveDate>,
    expiration_date: Option<NaiveDate>,
}

#[derive(FromRow, Serialize)]
struct MethodRecord {
    id: Uuid,
    r#type: String,
    phone_number: Option<String>,
    value: Option<Uuid>,
    alias: Option<String>,
    is_active: bool,
    is_primary: bool,
    origin: Origin,
    started_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
    inserted_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(FromRow, Serialize)]
struct VersionRecord {
    version: i64,
    origin: Option<Origin>,
    person_request_id: Option<Uuid>,
    inserted_at: DateTime<Utc>,
    inserted_by: Option<Uuid>,
    person_data: Json<Value>,
}

/// What somebody was registered with.
#[derive(FromRow, Serialize)]
pub struct EvidenceRecord {
    #[serde(serialize_with = "in_hex")]
    signature_sha256: Vec<u8>,
    #[serde(serialize_with = "maybe_in_hex")]
    certificate_sha256: Option<Vec<u8>>,
    used_at: DateTime<Utc>,
    /// The base64 text of the container.
    pub signed_content: Option<String>,
}

/// Everything that the registry itself keeps about one person, but for relationships.
#[derive(Serialize)]
pub struct Everything {
    /// What the record says now.
    pub person: Record,
    documents: Vec<DocumentRecord>,
    authentication_methods: Vec<MethodRecord>,
    /// What was signed about them.
    pub evidence: Vec<EvidenceRecord>,
    versions: Vec<VersionRecord>,
}

/// Everything that the registry itself keeps about one person.
///
/// # Errors
/// When the database fails.
pub async fn everything(mut link: Link<'_>, id: Uuid) -> sqlx::Result<Option<Everything>> {
    const PERSON: &str = "SELECT id, version, status, is_active, is_deceased, verification_status, verification, last_name, first_name, second_name, birth_date, birth_country,
            birth_settlement, gender, email, no_tax_id, tax_id, unzr, secret, preferred_way_communication, addresses, phones, emergency_contact, patient_signed,
            process_disclosure_data_consent, origin, origin_confidant_id, version_origin, owned_at, inserted_at, inserted_by, updated_at, updated_by
        FROM persons WHERE id = $1";
    const DOCUMENTS: &str = "SELECT id, type, number, issued_by, issued_at, expiration_date FROM person_documents WHERE person_id = $1 ORDER BY position";
    const METHODS: &str = "SELECT id, type, phone_number, value, alias, is_active, is_primary, origin, started_at, ended_at, inserted_at, updated_at
        FROM person_authentication_methods WHERE person_id = $1 ORDER BY inserted_at, id";
    const EVIDENCE: &str = "SELECT signature_sha256, certificate_sha256, used_at, signed_content FROM used_signatures WHERE person_id = $1 ORDER BY used_at, signature_sha256";
    const VERSIONS: &str = "SELECT version, origin, person_request_id, inserted_at, inserted_by, person_data FROM person_versions WHERE person_id = $1 ORDER BY version";
    let person: Option<Record> = on!(link.reborrow(), |c| sqlx::query_as(PERSON)
        .bind(id)
        .fetch_optional(c)
        .await)?;
    let Some(person) = person else {
        return Ok(None);
    };
    let (documents, authentication_methods) = on!(link.reborrow(), |c| {
        let documents = sqlx::query_as(DOCUMENTS)
            .bind(id)
            .fetch_all(&mut *c)
            .await?;
        let methods = sqlx::query_as(METHODS).bind(id).fetch_all(&mut *c).await?;
        Ok::<_, sqlx::Error>((documents, methods))
    })?;
    let (evidence, versions) = on!(link, |c| {
        let evidence = sqlx::query_as(EVIDENCE).bind(id).fetch_all(&mut *c).await?;
        let versions = sqlx::query_as(VERSIONS).bind(id).fetch_all(&mut *c).await?;
        Ok::<_, sqlx::Error>((evidence, versions))
    })?;
    Ok(Some(Everything {
        person,
        documents,
        authentication_methods,
        evidence,
        versions,
    }))
}

/// The streams of verification of a person, and what they say together. Nobody else changes them until the transaction
/// ends.
///
/// # Errors
/// When the database fails.
pub async fn streams(
    mut link: Link<'_>,
    id: Uuid,
) -> sqlx::Result<Option<(Map<String, Value>, VerificationStatus)>> {
    const SQL: &str = "SELECT verification, verification_status FROM persons WHERE id = $1";
    super::lock(link.reborrow(), id).await?;
    let row: Option<(Json<Map<String, Value>>, String)> = on!(link, |c| sqlx::query_as(SQL)
        .bind(id)
        .fetch_optional(c)
        .await)?;
    Ok(row.map(|(Json(streams), status)| {
        // A status that nobody knows counts as not verified.
        let status = VerificationStatus::parse(&status).unwrap_or(VerificationStatus::NotVerified);
        (streams, status)
    }))
}

/// What a person's record is worth, beside what it says.
#[derive(Debug)]
pub struct State<'a> {
    /// `active` or `inactive`.
    pub status: &'a str,
    /// Whether the record is in use.
    pub is_active: bool,
    /// What the streams of verification say together.
    pub verification_status: VerificationStatus,
    /// The streams.
    pub verification: &'a Map<String, Value>,
    /// Who answers for what the record says now.
    pub version_origin: Origin,
}

/// Changes what a person's record is worth. What it says, and so its version, stays.
///
/// # Errors
/// When the database fails.
pub async fn save_state(
    link: Link<'_>,
    id: Uuid,
    state: &State<'_>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    const SQL: &str = "UPDATE persons SET status = $2, is_active = $3, verification_status = $4, verification = $5, version_origin = $6, updated_at = $7, updated_by = NULL WHERE id = $1";
    on!(link, |c| sqlx::query(SQL)
        .bind(id)
        .bind(state.status)
        .bind(state.is_active)
        .bind(state.verification_status.as_str())
        .bind(Json(state.verification))
        .bind(state.version_origin.as_str())
        .bind(now)
        .execute(c)
        .await
        .map(|_| ()))
}

/// Changes the streams of verification of a person, and what they say together.
///
/// # Errors
/// When the database fails.
pub async fn save_streams(
    link: Link<'_>,
    id: Uuid,
    streams: &Map<String, Value>,
    together: VerificationStatus,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    const SQL: &str = "UPDATE persons SET verification = $2, verification_status = $3, updated_at = $4, updated_by = NULL WHERE id = $1";
    on!(link, |c| sqlx::query(SQL)
        .bind(id)
        .bind(Json(streams))
        .bind(together.as_str())
        .bind(now)
        .execute(c)
        .await
        .map(|_| ()))
}

/// Takes a person out of the registry; false when there is none of that id.
///
/// # Errors
/// When the database fails.
pub async fn deactivate(link: Link<'_>, id: Uuid, now: DateTime<Utc>) -> sqlx::Result<bool> {
    const SQL: &str = "UPDATE persons SET status = 'inactive', is_active = false, updated_at = $2, updated_by = NULL WHERE id = $1";
    let rows = on!(link, |c| sqlx::query(SQL)
        .bind(id)
        .bind(now)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(rows == 1)
}
