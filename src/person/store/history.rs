//! What people were before they were changed, and what is registered of them whole.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

use crate::{
    db::{Link, on},
    person::origin::Origin,
};

/// The version of a person who is about to be changed.
#[derive(Debug, FromRow)]
pub struct Outgoing {
    /// Counted from one.
    pub version: i64,
    /// Whether the person is in the registry still.
    pub is_current: bool,
    /// Whether it is among [`NewVersion`]s already.
    is_kept: bool,
    updated_at: DateTime<Utc>,
    updated_by: Option<Uuid>,
    version_origin: Origin,
}

/// The version of a person. Nobody else changes them until the transaction ends.
async fn lock_version(link: Link<'_>, person_id: Uuid) -> sqlx::Result<Option<Outgoing>> {
    const SQLITE: &str = "SELECT p.version, p.status = 'active' AND p.is_active = true AS is_current, p.updated_at, p.updated_by, p.version_origin, EXISTS (SELECT 1 FROM person_versions v WHERE v.person_id = p.id AND v.version = p.version) AS is_kept
        FROM persons p WHERE p.id = $1";
    const POSTGRES: &str = "SELECT p.version, p.status = 'active' AND p.is_active = true AS is_current, p.updated_at, p.updated_by, p.version_origin, EXISTS (SELECT 1 FROM person_versions v WHERE v.person_id = p.id AND v.version = p.version) AS is_kept
        FROM persons p WHERE p.id = $1 FOR UPDATE OF p";
    match link {
        Link::Sqlite(c) => {
            sqlx::query_as(SQLITE)
                .bind(person_id)
                .fetch_optional(c)
                .await
        }
        Link::Postgres(c) => {
            sqlx::query_as(POSTGRES)
                .bind(person_id)
                .fetch_optional(c)
                .await
        }
    }
}

/// What a person's record was or becomes.
#[derive(Debug)]
pub struct NewVersion<'a> {
    /// Whose.
    pub person_id: Uuid,
    /// Counted from one.
    pub version: i64,
    /// The person.
    pub person: &'a Value,
    /// The request that made it; none: it was not made by one.
    pub person_request_id: Option<Uuid>,
    /// The user who made it, as far as that is known.
    pub inserted_by: Option<Uuid>,
    /// Who made it.
    pub origin: Origin,
}

/// Keeps what a person is before they are changed, where it is not kept yet: who made it so, and when. None when they are
/// not there.
///
/// # Errors
/// When the database fails.
pub async fn keep_outgoing(mut link: Link<'_>, person_id: Uuid) -> sqlx::Result<Option<Outgoing>> {
    let Some(outgoing) = lock_version(link.reborrow(), person_id).await? else {
        return Ok(None);
    };
    if !outgoing.is_kept
        && let Some(person) = whole(link.reborrow(), person_id).await?
    {
        let kept = NewVersion {
            person_id,
            version: outgoing.version,
            person: &person,
            person_request_id: None,
            inserted_by: outgoing.updated_by,
            origin: outgoing.version_origin,
        };
        keep_version(link, &kept, outgoing.updated_at).await?;
    }
    Ok(Some(outgoing))
}

/// Keeps a version of a person.
///
/// # Errors
/// When the database fails.
pub async fn keep_version(
    link: Link<'_>,
    new: &NewVersion<'_>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    const SQL: &str = "INSERT INTO person_versions (person_id, version, person_data, person_request_id, inserted_at, inserted_by, origin) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    on!(link, |c| sqlx::query(SQL)
        .bind(new.person_id)
        .bind(new.version)
        .bind(Json(new.person))
        .bind(new.person_request_id)
        .bind(now)
        .bind(new.inserted_by)
        .bind(new.origin.as_str())
        .execute(c)
        .await
        .map(|_| ()))
}

/// The names of a registered person and everything else that a program of theirs may read: the object of `GET /api/pis/person`,
/// without the code word.
///
/// # Errors
/// When the database fails.
pub async fn find_person_json(link: Link<'_>, id: Uuid) -> sqlx::Result<Option<Value>> {
    let mut person = whole(link, id).await?;
    if let Some(Value::Object(members)) = &mut person {
        members.shift_remove("secret");
    }
    Ok(person)
}

/// Everything that is registered of a person, the code word too: for the history of their record.
///
/// # Errors
/// When the database fails.
async fn whole(mut link: Link<'_>, id: Uuid) -> sqlx::Result<Option<Value>> {
    #[derive(FromRow)]
    struct Row {
        verification_status: String,
        first_name: String,
        last_name: String,
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
    }
    type DocumentRow = (
        String,
        String,
        Option<String>,
        Option<NaiveDate>,
        Option<NaiveDate>,
    );
    const PERSON: &str = "SELECT verification_status, first_name, last_name, second_name, birth_date, birth_country, birth_settlement, gender, email,
            no_tax_id, tax_id, unzr, secret, preferred_way_communication, addresses, phones, emergency_contact
        FROM persons WHERE id = $1 AND status = 'active' AND is_active = true";
    const DOCUMENTS: &str = "SELECT type, number, issued_by, issued_at, expiration_date FROM person_documents WHERE person_id = $1 ORDER BY position";
    let row: Option<Row> = on!(link.reborrow(), |c| sqlx::query_as(PERSON)
        .bind(id)
        .fetch_optional(c)
        .await)?;
    let Some(row) = row else { return Ok(None) };
    let documents: Vec<DocumentRow> = on!(link, |c| sqlx::query_as(DOCUMENTS)
        .bind(id)
        .fetch_all(c)
        .await)?;
    let documents: Vec<Value> = documents
        .into_iter()
        .map(|(kind, number, issued_by, issued_at, expiration_date)| {
            object([
                ("type", Some(kind.into())),
                ("number", Some(number.into())),
                ("issued_by", issued_by.map(Value::from)),
                ("issued_at", issued_at.map(|day| day.to_string().into())),
                (
                    "expiration_date",
                    expiration_date.map(|day| day.to_string().into()),
                ),
            ])
        })
        .collect();
    let list = |value: Value| {
        value
            .as_array()
            .is_some_and(|list| !list.is_empty())
            .then_some(value)
    };
    Ok(Some(object([
        ("id", Some(id.to_string().into())),
        ("verification_status", Some(row.verification_status.into())),
        ("first_name", Some(row.first_name.into())),
        ("last_name", Some(row.last_name.into())),
        ("second_name", row.second_name.map(Value::from)),
        ("birth_date", Some(row.birth_date.to_string().into())),
        ("birth_country", row.birth_country.map(Value::from)),
        ("birth_settlement", row.birth_settlement.map(Value::from)),
        ("gender", row.gender.map(Value::from)),
        ("email", row.email.map(Value::from)),
        ("no_tax_id", Some(row.no_tax_id.into())),
        ("tax_id", row.tax_id.map(Value::from)),
        ("unzr", row.unzr.map(Value::from)),
        ("secret", row.secret.map(Value::from)),
        ("documents", list(documents.into())),
        ("addresses", list(row.addresses.0)),
        ("phones", list(row.phones.0)),
        (
            "preferred_way_communication",
            row.preferred_way_communication.map(Value::from),
        ),
        (
            "emergency_contact",
            row.emergency_contact.map(|Json(contact)| contact),
        ),
    ])))
}

/// An object of the members that are there.
fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    let there = members
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(there.collect())
}
