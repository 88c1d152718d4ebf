//! The SQL of the registry.
//!
//! Everything that writes takes a transaction's connection: what belongs together is registered together.

mod erasure;
mod history;
pub mod lookup;
mod methods;
pub mod related;
mod relationships;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde_json::{Map, Value};
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

use super::{
    dictionaries::DictionaryEntry,
    documents::{Identifiers, normalise_number},
    matching::Traits,
    names,
    origin::Origin,
    registration::{Document, Person},
    verification::VerificationStatus,
};
use crate::{
    db::{Link, Tx, on},
    outside::relationships::Party,
};

pub use self::{
    erasure::{Evidence as ErasedEvidence, erase},
    history::{NewVersion, Outgoing, find_person_json, keep_outgoing, keep_version},
    methods::{NewMethod, methods_with_phone, prove_by_code, save_method},
    relationships::{
        NewRelationship, SIGN_UPS_COUNT_FOR, add_claim, as_answered, count_of_sign_ups,
        count_sign_up, end_expired_relationship, has_confidant, import_relationship,
        oldest_sign_up, purge_sign_ups, save_relationship, see_relationship, wards,
        wards_and_confidants,
    },
};

/// A registered person, as far as rules ask.
#[derive(Clone, FromRow)]
pub struct RegisteredPerson {
    /// Their id.
    pub id: Uuid,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
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
    /// What the streams of verification say together.
    pub verification_status: String,
    /// `MALE` or `FEMALE`.
    pub gender: Option<String>,
    /// Whether a register says that they are dead.
    pub is_deceased: bool,
    /// Who made what the record says now.
    pub version_origin: Origin,
    /// When the person first acted for themselves.
    pub owned_at: Option<DateTime<Utc>>,
}

impl From<&RegisteredPerson> for Party {
    fn from(person: &RegisteredPerson) -> Self {
        Self {
            last_name: person.last_name.clone(),
            first_name: person.first_name.clone(),
            second_name: person.second_name.clone(),
            birth_date: person.birth_date,
            tax_id: person.tax_id.clone(),
        }
    }
}

impl std::fmt::Debug for RegisteredPerson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Known({})", self.id)
    }
}

impl RegisteredPerson {
    /// Whether the person is in the registry now, and alive.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.is_active && self.status == "active" && !self.is_deceased
    }

    /// Whether what it says is somebody else's word alone: nobody who answers for it wrote it, and its owner never came.
    #[must_use]
    pub fn is_claimed(&self) -> bool {
        self.version_origin.is_claimed() && self.owned_at.is_none()
    }

    /// The status of verification; a status that nobody knows counts as not verified.
    #[must_use]
    pub fn verification(&self) -> VerificationStatus {
        VerificationStatus::parse(&self.verification_status)
            .unwrap_or(VerificationStatus::NotVerified)
    }

    /// Last name, first name and patronymic.
    #[must_use]
    pub fn full_name(&self) -> String {
        full_name(
            &self.last_name,
            &self.first_name,
            self.second_name.as_deref(),
        )
    }
}

/// Last name, first name and patronymic, as a person is addressed in documents.
#[must_use]
pub fn full_name(last_name: &str, first_name: &str, second_name: Option<&str>) -> String {
    match second_name {
        Some(second_name) => format!("{last_name} {first_name} {second_name}"),
        None => format!("{last_name} {first_name}"),
    }
}

/// The person of that id.
///
/// # Errors
/// When the database fails.
pub async fn find_person(link: Link<'_>, id: Uuid) -> sqlx::Result<Option<RegisteredPerson>> {
    const SQL: &str = "SELECT id, first_name, last_name, second_name, birth_date, tax_id, status, is_active, verification_status, gender, is_deceased, version_origin, owned_at FROM persons WHERE id = $1";
    on!(link, |c| sqlx::query_as(SQL)
        .bind(id)
        .fetch_optional(c)
        .await)
}

/// Type and number of each document of a person.
///
/// # Errors
/// When the database fails.
pub async fn document_numbers(
    link: Link<'_>,
    person_id: Uuid,
) -> sqlx::Result<Vec<(String, String)>> {
    const SQL: &str =
        "SELECT type, number FROM person_documents WHERE person_id = $1 ORDER BY position";
    on!(link, |c| sqlx::query_as(SQL)
        .bind(person_id)
        .fetch_all(c)
        .await)
}

/// What a person can be recognised by in a certificate.
///
/// # Errors
/// When the database fails.
pub async fn identifiers(link: Link<'_>, person: &RegisteredPerson) -> sqlx::Result<Identifiers> {
    let documents = document_numbers(link, person.id).await?;
    Ok(Identifiers {
        tax_id: person.tax_id.clone(),
        documents,
    })
}

/// The person of that id, and whether they have a one-time-code method in use: `is_active`, and not ended before `today`,
/// the beginning of the day in Kyiv (§11.4).
///
/// # Errors
/// When the database fails.
pub async fn known_with_otp(
    link: Link<'_>,
    id: Uuid,
    today: DateTime<Utc>,
) -> sqlx::Result<Option<(RegisteredPerson, bool)>> {
    #[derive(FromRow)]
    struct Row {
        #[sqlx(flatten)]
        person: RegisteredPerson,
        has_otp_method: bool,
    }
    const SQL: &str = "SELECT id, first_name, last_name, second_name, birth_date, tax_id, status, is_active, verification_status, gender, is_deceased, version_origin, owned_at,
            EXISTS (SELECT 1 FROM person_authentication_methods m WHERE m.person_id = persons.id AND m.type = 'OTP' AND m.is_active = true
                AND (m.ended_at IS NULL OR m.ended_at >= $2)) AS has_otp_method
        FROM persons WHERE id = $1";
    let row: Option<Row> = on!(link, |c| sqlx::query_as(SQL)
        .bind(id)
        .bind(today)
        .fetch_optional(c)
        .await)?;
    Ok(row.map(|row| (row.person, row.has_otp_method)))
}

/// A current person who could be the one being registered, with type and number of each of their documents.
#[derive(Debug)]
pub struct Candidate {
    /// The person.
    pub known: RegisteredPerson,
    /// Their documents.
    pub documents: Vec<(String, String)>,
}

impl Candidate {
    /// What of them is compared with a submitted person, with documents of `search_types` only.
    #[must_use]
    pub fn traits(&self, search_types: &[String]) -> Traits {
        let is_searched = |(kind, _): &&(String, String)| search_types.contains(kind);
        Traits {
            first_name: self.known.first_name.clone(),
            last_name: self.known.last_name.clone(),
            birth_date: self.known.birth_date,
            tax_id: self.known.tax_id.clone(),
            documents: self.documents.iter().filter(is_searched).cloned().collect(),
        }
    }
}

/// The most documents by which candidates are looked for in one question.
const SEARCHED_AT_ONCE: usize = 4;

/// Current persons, dead ones too, born on `birth_date` who have this tax number or one of these documents: one question for
/// each four documents, and at least one.
///
/// # Errors
/// When the database fails.
pub async fn candidates(
    mut link: Link<'_>,
    tax_id: Option<&str>,
    birth_date: NaiveDate,
    documents: &[(String, String)],
) -> sqlx::Result<Vec<Candidate>> {
    #[derive(FromRow)]
    struct Row {
        #[sqlx(flatten)]
        known: RegisteredPerson,
        document_type: Option<String>,
        document_number: Option<String>,
    }
    const SQL: &str = "SELECT p.id, p.first_name, p.last_name, p.second_name, p.birth_date, p.tax_id, p.status, p.is_active, p.verification_status, p.gender, p.is_deceased, p.version_origin, p.owned_at,
            d.type AS document_type, d.number AS document_number
        FROM persons p LEFT JOIN person_documents d ON d.person_id = p.id
        WHERE p.id IN (SELECT n.id FROM persons n WHERE n.tax_id = $1 AND n.birth_date = $2 UNION SELECT k.person_id FROM person_documents k WHERE k.number_key IN ($3, $4, $5, $6))
            AND p.birth_date = $2 AND p.status = 'active' AND p.is_active = true
        ORDER BY p.id, d.position";
    if tax_id.is_none() && documents.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<String> = documents
        .iter()
        .map(|(_, number)| normalise_number(number))
        .collect();
    let mut found: Vec<Candidate> = Vec::new();
    for at in 0..keys.len().div_ceil(SEARCHED_AT_ONCE).max(1) {
        let key = |offset: usize| keys.get(at * SEARCHED_AT_ONCE + offset);
        let rows: Vec<Row> = on!(link.reborrow(), |c| sqlx::query_as(SQL)
            .bind(tax_id)
            .bind(birth_date)
            .bind(key(0))
            .bind(key(1))
            .bind(key(2))
            .bind(key(3))
            .fetch_all(c)
            .await)?;
        let known_before = found.len();
        for row in rows {
            let is_known = |one: &Candidate| one.known.id == row.known.id;
            if found.iter().take(known_before).any(is_known) {
                continue;
            }
            if !found.last().is_some_and(is_known) {
                found.push(Candidate {
                    known: row.known,
                    documents: Vec::new(),
                });
            }
            if let (Some(candidate), Some(kind), Some(number)) =
                (found.last_mut(), row.document_type, row.document_number)
            {
                candidate.documents.push((kind, number));
            }
        }
    }
    Ok(found)
}

/// Current persons with this tax number, whenever they were born.
///
/// # Errors
/// When the database fails.
pub async fn by_tax_id_alone(link: Link<'_>, tax_id: &str) -> sqlx::Result<Vec<RegisteredPerson>> {
    const SQL: &str = "SELECT id, first_name, last_name, second_name, birth_date, tax_id, status, is_active, verification_status, gender, is_deceased, version_origin, owned_at
        FROM persons WHERE tax_id = $1 AND status = 'active' AND is_active = true ORDER BY id";
    on!(link, |c| sqlx::query_as(SQL)
        .bind(tax_id)
        .fetch_all(c)
        .await)
}

/// Lets transactions about one person follow one another. SQLite writes one at a time anyway.
///
/// # Errors
/// When the database fails.
pub async fn lock(link: Link<'_>, id: Uuid) -> sqlx::Result<()> {
    const POSTGRES: &str = "SELECT id FROM persons WHERE id = $1 FOR UPDATE";
    match link {
        Link::Sqlite(_) => Ok(()),
        Link::Postgres(c) => sqlx::query(POSTGRES).bind(id).execute(c).await.map(|_| ()),
    }
}

/// Current persons with a document of this type and number.
///
/// # Errors
/// When the database fails.
pub async fn by_document(
    link: Link<'_>,
    kind: &str,
    number: &str,
) -> sqlx::Result<Vec<RegisteredPerson>> {
    const SQL: &str = "SELECT p.id, p.first_name, p.last_name, p.second_name, p.birth_date, p.tax_id, p.status, p.is_active, p.verification_status, p.gender, p.is_deceased, p.version_origin, p.owned_at
        FROM persons p JOIN person_documents d ON d.person_id = p.id
        WHERE d.number_key = $1 AND d.type = $2 AND p.status = 'active' AND p.is_active = true";
    let key = normalise_number(number);
    on!(link, |c| sqlx::query_as(SQL)
        .bind(key)
        .bind(kind)
        .fetch_all(c)
        .await)
}

/// A person with a tax number and a birth date, as a registration in the cabinet finds them: also one who is not in the
/// registry any more.
#[derive(Clone, FromRow)]
pub struct Alike {
    /// The person.
    #[sqlx(flatten)]
    pub known: RegisteredPerson,
    /// The streams of verification.
    pub verification: Json<Map<String, Value>>,
    /// E-mail address.
    pub email: Option<String>,
    /// Number in the demographic register.
    pub unzr: Option<String>,
    /// Code word.
    pub secret: Option<String>,
    /// Phones, as they were given.
    pub phones: Json<Vec<Value>>,
}

impl std::fmt::Debug for Alike {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Alike({})", self.known.id)
    }
}

/// Everybody with this tax number and birth date, in the registry or not any more.
///
/// # Errors
/// When the database fails.
pub async fn alike(
    link: Link<'_>,
    tax_id: &str,
    birth_date: NaiveDate,
) -> sqlx::Result<Vec<Alike>> {
    const SQL: &str = "SELECT id, first_name, last_name, second_name, birth_date, tax_id, status, is_active, verification_status, gender, is_deceased, version_origin, owned_at, verification, email, unzr, secret, phones
        FROM persons WHERE tax_id = $1 AND birth_date = $2 ORDER BY id";
    on!(link, |c| sqlx::query_as(SQL)
        .bind(tax_id)
        .bind(birth_date)
        .fetch_all(c)
        .await)
}

/// Remembers that a person agreed to their data and to their being processed.
///
/// # Errors
/// When the database fails.
pub async fn save_consents(link: Link<'_>, id: Uuid) -> sqlx::Result<()> {
    const SQL: &str = "UPDATE persons SET patient_signed = true, process_disclosure_data_consent = true WHERE id = $1";
    on!(link, |c| sqlx::query(SQL)
        .bind(id)
        .execute(c)
        .await
        .map(|_| ()))
}

/// A person who is to be stored, with what the registration itself does not say.
#[derive(Debug)]
pub struct NewPerson<'a> {
    /// Their id.
    pub id: Uuid,
    /// The data.
    pub person: &'a Person,
    /// `active` or `inactive`.
    pub status: &'a str,
    /// Whether the record is in use.
    pub is_active: bool,
    /// What the streams of verification say together.
    pub verification_status: VerificationStatus,
    /// The streams.
    pub verification: Map<String, Value>,
    /// The user who registers them; none for the operator.
    pub inserted_by: Option<Uuid>,
    /// Who makes this version of the record.
    pub origin: Origin,
    /// The confidant who does, where one does.
    pub confidant_id: Option<Uuid>,
}

/// Stores a person, or replaces the one of that id (a new version). Documents come with it, authentication methods do not.
///
/// # Errors
/// When the database fails.
pub async fn save_person(
    mut link: Link<'_>,
    new: &NewPerson<'_>,
    ids: impl Fn() -> Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    const PERSON: &str = "INSERT INTO persons (id, version, status, is_active, verification_status, verification, first_name, last_name, second_name, first_name_key, last_name_key,
            birth_date, birth_country, birth_settlement, gender, email, no_tax_id, tax_id, unzr, secret, preferred_way_communication, addresses, phones, emergency_contact,
            inserted_at, inserted_by, updated_at, updated_by, origin, origin_confidant_id, version_origin, owned_at)
        VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $24, $25, $26, $27, $26, $28)
        ON CONFLICT (id) DO UPDATE SET version = persons.version + 1, status = excluded.status, is_active = excluded.is_active,
            verification_status = excluded.verification_status, verification = excluded.verification,
            first_name = excluded.first_name, last_name = excluded.last_name, second_name = excluded.second_name,
            first_name_key = excluded.first_name_key, last_name_key = excluded.last_name_key, birth_date = excluded.birth_date,
            birth_country = excluded.birth_country, birth_settlement = excluded.birth_settlement, gender = excluded.gender, email = excluded.email,
            no_tax_id = excluded.no_tax_id, tax_id = excluded.tax_id, unzr = excluded.unzr, secret = excluded.secret,
            preferred_way_communication = excluded.preferred_way_communication, addresses = excluded.addresses, phones = excluded.phones,
            emergency_contact = excluded.emergency_contact, updated_at = excluded.updated_at, updated_by = excluded.updated_by,
            version_origin = excluded.version_origin
        RETURNING version";
    const FORGET_DOCUMENTS: &str = "DELETE FROM person_documents WHERE person_id = $1";
    let person = new.person;
    let version: i64 = on!(link.reborrow(), |c| sqlx::query_scalar(PERSON)
        .bind(new.id)
        .bind(new.status)
        .bind(new.is_active)
        .bind(new.verification_status.as_str())
        .bind(Json(&new.verification))
        .bind(&person.first_name)
        .bind(&person.last_name)
        .bind(person.second_name.as_ref())
        .bind(names::fold_name(&person.first_name))
        .bind(names::fold_name(&person.last_name))
        .bind(person.birth_date)
        .bind(person.birth_country.as_ref())
        .bind(person.birth_settlement.as_ref())
        .bind(person.gender.as_ref())
        .bind(person.email.as_ref())
        .bind(person.no_tax_id)
        .bind(person.tax_id.as_ref())
        .bind(person.unzr.as_ref())
        .bind(person.secret.as_ref())
        .bind(person.preferred_way_communication.as_ref())
        .bind(Json(&person.addresses))
        .bind(Json(&person.phones))
        .bind(person.emergency_contact.as_ref().map(Json))
        .bind(now)
        .bind(new.inserted_by)
        .bind(new.origin.as_str())
        .bind(new.confidant_id)
        .bind((new.origin == Origin::Own).then_some(now))
        .fetch_one(c)
        .await)?;
    if version > 1 {
        on!(link.reborrow(), |c| sqlx::query(FORGET_DOCUMENTS)
            .bind(new.id)
            .execute(c)
            .await
            .map(|_| ()))?;
    }
    for (position, document) in (0..).zip(&person.documents) {
        add_document(link.reborrow(), ids(), new.id, position, document).await?;
    }
    Ok(())
}

async fn add_document(
    link: Link<'_>,
    id: Uuid,
    person_id: Uuid,
    position: i64,
    document: &Document,
) -> sqlx::Result<()> {
    const SQL: &str = "INSERT INTO person_documents (id, person_id, position, type, number, number_key, issued_by, issued_at, expiration_date)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    on!(link, |c| sqlx::query(SQL)
        .bind(id)
        .bind(person_id)
        .bind(position)
        .bind(&document.kind)
        .bind(&document.number)
        .bind(normalise_number(&document.number))
        .bind(document.issued_by.as_ref())
        .bind(document.issued_at)
        .bind(document.expiration_date)
        .execute(c)
        .await
        .map(|_| ()))
}

/// Whether something was registered with this signature before, also of somebody who was erased since.
///
/// # Errors
/// When the database fails.
pub async fn signature_is_used(link: Link<'_>, signature_sha256: &[u8; 32]) -> sqlx::Result<bool> {
    const SQL: &str = "SELECT EXISTS (SELECT 1 FROM used_signatures WHERE signature_sha256 = $1) OR EXISTS (SELECT 1 FROM erased_evidence WHERE signature_sha256 = $1 AND is_used = true)";
    on!(link, |c| sqlx::query_scalar(SQL)
        .bind(signature_sha256.as_slice())
        .fetch_one(c)
        .await)
}

/// Whether something was registered with this signature before, and whether the JWT of that id was used.
///
/// # Errors
/// When the database fails.
pub async fn signature_or_jwt_is_used(
    link: Link<'_>,
    signature_sha256: &[u8; 32],
    jti: Option<Uuid>,
) -> sqlx::Result<(bool, bool)> {
    const SQL: &str = "SELECT EXISTS (SELECT 1 FROM used_signatures WHERE signature_sha256 = $1) OR EXISTS (SELECT 1 FROM erased_evidence WHERE signature_sha256 = $1 AND is_used = true),
            EXISTS (SELECT 1 FROM used_jwts WHERE jti = $2)";
    on!(link, |c| sqlx::query_as(SQL)
        .bind(signature_sha256.as_slice())
        .bind(jti)
        .fetch_one(c)
        .await)
}

/// Lets those who register somebody born on that day, or with that tax number, follow one another: whoever could be the
/// same person was, since every match needs an equal birth date. So do the registrations of one confidant, which are
/// counted. SQLite writes one at a time anyway.
///
/// # Errors
/// When the database fails.
pub async fn wait_for_rivals(
    tx: &mut Tx,
    birth_date: NaiveDate,
    tax_id: Option<&str>,
    confidant_id: Option<Uuid>,
) -> sqlx::Result<()> {
    const POSTGRES: &str = "SELECT pg_advisory_xact_lock($1, $2), pg_advisory_xact_lock($3, $4), pg_advisory_xact_lock($5, $6)";
    /// Tells these locks from others of the same database.
    const BIRTHDAY: i32 = 0x0D0_71EA;
    const TAX_NUMBER: i32 = 0x0D0_71EC;
    const CONFIDANT: i32 = 0x0D0_71ED;
    if let Tx::Postgres(tx) = tx {
        // Nine of its ten digits fit: two that differ in the last one alone wait for each other.
        let tax_number = tax_id.and_then(|tax_id| tax_id.get(..9));
        let tax_number: i32 = tax_number
            .and_then(|digits| digits.parse().ok())
            .unwrap_or(-1);
        // Two who share these bits wait for each other.
        let confidant = confidant_id.map_or(-1, |id| {
            let [a, b, c, d, ..] = *id.as_bytes();
            let [.., w, x, y, z] = *id.as_bytes();
            i32::from_be_bytes([a ^ w, b ^ x, c ^ y, d ^ z])
        });
        sqlx::query(POSTGRES)
            .bind(BIRTHDAY)
            .bind(birth_date.num_days_from_ce())
            .bind(TAX_NUMBER)
            .bind(tax_number)
            .bind(CONFIDANT)
            .bind(confidant)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// What was signed, and with what.
#[derive(Debug)]
pub struct Evidence<'a> {
    /// SHA-256 of the signature value.
    pub signature_sha256: &'a [u8; 32],
    /// SHA-256 of the signer's certificate.
    pub certificate_sha256: &'a [u8; 32],
    /// The base64 text of the container.
    pub signed_content: &'a str,
}

/// Keeps what a person was registered with; false when the signature was used before, also for somebody who was erased since. The one statement that makes a
/// signature good for one registration.
///
/// # Errors
/// When the database fails.
pub async fn use_signature(
    link: Link<'_>,
    evidence: &Evidence<'_>,
    person_id: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    const SQL: &str = "INSERT INTO used_signatures (signature_sha256, certificate_sha256, person_id, signed_content, used_at)
        SELECT $1, $2, $3, $4, $5 WHERE NOT EXISTS (SELECT 1 FROM erased_evidence WHERE signature_sha256 = $1 AND is_used = true)
        ON CONFLICT (signature_sha256) DO NOTHING";
    let rows = on!(link, |c| sqlx::query(SQL)
        .bind(evidence.signature_sha256.as_slice())
        .bind(evidence.certificate_sha256.as_slice())
        .bind(person_id)
        .bind(evidence.signed_content)
        .bind(now)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(rows == 1)
}

/// Every value of every dictionary with the dictionary's name, in the order of each.
///
/// # Errors
/// When the database fails.
pub async fn dictionary_values(link: Link<'_>) -> sqlx::Result<Vec<(String, DictionaryEntry)>> {
    const SQL: &str = "SELECT name, code, description, description_en, is_active, position FROM dictionary_values";
    type Row = (String, String, String, Option<String>, bool, i32);
    let mut rows: Vec<Row> = on!(link, |c| sqlx::query_as(SQL).fetch_all(c).await)?;
    // The databases compare text each in its own way.
    rows.sort_by(
        |(name, code, .., position), (other_name, other_code, .., other)| {
            (name, position, code).cmp(&(other_name, other, other_code))
        },
    );
    let value = |(name, code, description, description_en, is_active, _)| {
        let entry = DictionaryEntry {
            code,
            description,
            description_en,
            is_active,
        };
        (name, entry)
    };
    Ok(rows.into_iter().map(value).collect())
}
