//! The SQL of person requests.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde_json::Value;
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

use super::{current::CurrentMethod, versions::Version};
use crate::{
    db::{Db, Inconsistent, Link, on},
    person::{documents::normalise_number, names, registration::Person},
};

/// Where a request stands (§1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RequestStatus {
    New,
    Approved,
    Signed,
    Rejected,
    Cancelled,
    Expired,
}

impl RequestStatus {
    pub(super) const ALL: [Self; 6] = [
        Self::New,
        Self::Approved,
        Self::Signed,
        Self::Rejected,
        Self::Cancelled,
        Self::Expired,
    ];

    /// As it is stored and shown.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::New => "NEW",
            Self::Approved => "APPROVED",
            Self::Signed => "SIGNED",
            Self::Rejected => "REJECTED",
            Self::Cancelled => "CANCELLED",
            Self::Expired => "EXPIRED",
        }
    }

    /// The status that is written as `text`.
    pub(super) fn from_name(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// Whether somebody still has to do something.
    pub(super) fn waits(self) -> bool {
        matches!(self, Self::New | Self::Approved)
    }
}

/// A request.
pub(super) struct Request {
    pub(super) id: Uuid,
    pub(super) version: Version,
    /// As stored: [`Request::status_at`] says what it is.
    status: RequestStatus,
    pub(super) channel: String,
    pub(super) legal_entity_id: Uuid,
    pub(super) authorize_with: Option<Uuid>,
    /// What is personal; none once it was cleared.
    pub(super) content: Option<Content>,
    pub(super) inserted_at: DateTime<Utc>,
}

/// What is cleared when a request is over.
pub(super) struct Content {
    /// The body as it was sent.
    pub(super) body: Value,
    pub(super) current: CurrentMethod,
    /// The types of the copies to upload.
    pub(super) documents: Vec<String>,
    pub(super) printout: String,
}

impl Request {
    /// Where it stands at `now`: whose time is over has expired, whether that was written down yet or not.
    pub(super) fn status_at(&self, now: DateTime<Utc>, expiration: TimeDelta) -> RequestStatus {
        if self.status.waits() && self.inserted_at + expiration < now {
            RequestStatus::Expired
        } else {
            self.status
        }
    }
}

#[derive(FromRow)]
struct RequestRow {
    id: Uuid,
    version: i64,
    status: String,
    channel: String,
    legal_entity_id: Uuid,
    authorize_with: Option<Uuid>,
    person_data: Option<Json<Value>>,
    authentication_method_current: Option<Json<Value>>,
    documents: Option<Json<Vec<String>>>,
    printout_form: Option<String>,
    inserted_at: DateTime<Utc>,
}

impl TryFrom<RequestRow> for Request {
    type Error = sqlx::Error;

    fn try_from(row: RequestRow) -> sqlx::Result<Self> {
        let inconsistent = || {
            sqlx::Error::Decode(Box::new(Inconsistent {
                table: "person_requests",
                id: row.id,
            }))
        };
        let content = match (
            row.person_data,
            row.authentication_method_current,
            row.printout_form,
        ) {
            (Some(Json(body)), Some(Json(current)), Some(printout)) => Some(Content {
                body,
                current: CurrentMethod::read(&current),
                documents: row.documents.map(|Json(kinds)| kinds).unwrap_or_default(),
                printout,
            }),
            (None, None, None) => None,
            _ => return Err(inconsistent()),
        };
        Ok(Self {
            id: row.id,
            version: Version::from_number(row.version).ok_or_else(inconsistent)?,
            status: RequestStatus::from_name(&row.status).ok_or_else(inconsistent)?,
            channel: row.channel,
            legal_entity_id: row.legal_entity_id,
            authorize_with: row.authorize_with,
            content,
            inserted_at: row.inserted_at,
        })
    }
}

/// The request of that id.
pub(super) async fn request(link: Link<'_>, id: Uuid) -> sqlx::Result<Option<Request>> {
    const SQL: &str = "SELECT id, version, status, channel, legal_entity_id, authorize_with, person_data, authentication_method_current, documents, printout_form, inserted_at
        FROM person_requests WHERE id = $1 AND is_active = true";
    let row: Option<RequestRow> = on!(link, |c| sqlx::query_as(SQL)
        .bind(id)
        .fetch_optional(c)
        .await)?;
    row.map(Request::try_from).transpose()
}

/// A request that is to be stored.
pub(super) struct New<'a> {
    pub(super) id: Uuid,
    pub(super) version: Version,
    pub(super) legal_entity_id: Uuid,
    pub(super) employee_id: Uuid,
    pub(super) person_id: Option<Uuid>,
    pub(super) person: &'a Person,
    pub(super) body: &'a Value,
    pub(super) current: &'a CurrentMethod,
    pub(super) authorize_with: Option<Uuid>,
    pub(super) documents: &'a [String],
    pub(super) printout: &'a str,
    pub(super) inserted_by: Uuid,
}

impl New<'_> {
    /// What tells the person from others of the same legal entity (§3.7).
    fn pending_key(&self) -> String {
        match (self.person_id, &self.person.tax_id) {
            (Some(id), _) => format!("person {id}"),
            (None, Some(tax_id)) => format!("tax_id {tax_id}"),
            (None, None) => format!(
                "name {} {} {}",
                self.person.birth_date,
                names::fold_name(&self.person.last_name),
                names::fold_name(&self.person.first_name)
            ),
        }
    }
}

/// Stores a request and cancels the one that waits about the same person (§3.5, §3.7), all or nothing; false when somebody
/// did the same at this moment. One that was made before `overdue` has expired and is not cancelled any more: it gives up its
/// key and waits for the housekeeping. On PostgreSQL it is one statement, one way there and back.
pub(super) async fn add(
    db: &Db,
    new: &New<'_>,
    overdue: DateTime<Utc>,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    const SQLITE_CANCEL: &str = "UPDATE person_requests SET status = CASE WHEN inserted_at < $5 THEN status ELSE 'CANCELLED' END,
            pending_key = CASE WHEN inserted_at < $5 THEN 'overdue ' || hex(id) END, updated_at = $3, updated_by = $4
        WHERE legal_entity_id = $1 AND pending_key = $2";
    const SQLITE: &str = "INSERT INTO person_requests (id, version, status, channel, is_active, legal_entity_id, employee_id, person_id, person_data, authentication_method_current,
            authorize_with, pending_key, tax_id, last_name, first_name, second_name, birth_date, person_documents, documents, printout_form, inserted_at, inserted_by, updated_at, updated_by)
        VALUES ($1, $2, 'NEW', 'MIS', true, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $18, $19)
        ON CONFLICT DO NOTHING";
    const POSTGRES: &str = "WITH cancelled AS (
            UPDATE person_requests SET status = CASE WHEN inserted_at < $20 THEN status ELSE 'CANCELLED' END,
                pending_key = CASE WHEN inserted_at < $20 THEN 'overdue ' || id END, updated_at = $18, updated_by = $19
            WHERE legal_entity_id = $3 AND pending_key = $9 RETURNING id),
        added AS (
            INSERT INTO person_requests (id, version, status, channel, is_active, legal_entity_id, employee_id, person_id, person_data, authentication_method_current,
                authorize_with, pending_key, tax_id, last_name, first_name, second_name, birth_date, person_documents, documents, printout_form, inserted_at, inserted_by, updated_at, updated_by)
            SELECT $1, $2, 'NEW', 'MIS', true, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $18, $19
            FROM (SELECT count(*) FROM cancelled) first
            ON CONFLICT DO NOTHING RETURNING id)
        SELECT id FROM added";
    let person = new.person;
    let key = new.pending_key();
    let papers: Vec<_> = person
        .documents
        .iter()
        .map(|document| serde_json::json!({ "type": document.kind, "number": document.number }))
        .collect();
    macro_rules! bound {
        ($query:expr) => {
            $query
                .bind(new.id)
                .bind(new.version.number())
                .bind(new.legal_entity_id)
                .bind(new.employee_id)
                .bind(new.person_id)
                .bind(Json(new.body))
                .bind(Json(new.current.stored_json()))
                .bind(new.authorize_with)
                .bind(&key)
                .bind(person.tax_id.as_ref())
                .bind(&person.last_name)
                .bind(&person.first_name)
                .bind(person.second_name.as_ref())
                .bind(person.birth_date)
                .bind(Json(papers))
                .bind(Json(new.documents))
                .bind(new.printout)
                .bind(now)
                .bind(new.inserted_by)
        };
    }
    match db {
        Db::Sqlite(_) => {
            let mut tx = db.begin().await?;
            let Link::Sqlite(c) = tx.link() else {
                return Err(sqlx::Error::BeginFailed);
            };
            sqlx::query(SQLITE_CANCEL)
                .bind(new.legal_entity_id)
                .bind(&key)
                .bind(now)
                .bind(new.inserted_by)
                .bind(overdue)
                .execute(&mut *c)
                .await?;
            let added = bound!(sqlx::query(SQLITE)).execute(c).await?;
            tx.commit().await?;
            Ok(added.rows_affected() == 1)
        }
        Db::Postgres(pool) => {
            let added = bound!(sqlx::query(POSTGRES))
                .bind(overdue)
                .execute(pool)
                .await?;
            Ok(added.rows_affected() == 1)
        }
    }
}

/// Approves a request that is new; false when it is not.
pub(super) async fn approve(
    link: Link<'_>,
    id: Uuid,
    user_id: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    const SQL: &str = "UPDATE person_requests SET status = 'APPROVED', updated_at = $2, updated_by = $3 WHERE id = $1 AND status = 'NEW'";
    let rows = on!(link, |c| sqlx::query(SQL)
        .bind(id)
        .bind(now)
        .bind(user_id)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(rows == 1)
}

/// Rejects a request that waits; false when it does not.
pub(super) async fn reject(
    link: Link<'_>,
    id: Uuid,
    user_id: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    const SQL: &str = "UPDATE person_requests SET status = 'REJECTED', pending_key = NULL, updated_at = $2, updated_by = $3
        WHERE id = $1 AND status IN ('NEW', 'APPROVED')";
    let rows = on!(link, |c| sqlx::query(SQL)
        .bind(id)
        .bind(now)
        .bind(user_id)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(rows == 1)
}

/// Ends an approved request with the person it made or changed; false when it is not approved.
pub(super) async fn sign(
    link: Link<'_>,
    id: Uuid,
    person_id: Uuid,
    user_id: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    const SQL: &str = "UPDATE person_requests SET status = 'SIGNED', pending_key = NULL, person_id = $2, updated_at = $3, updated_by = $4
        WHERE id = $1 AND status = 'APPROVED'";
    let rows = on!(link, |c| sqlx::query(SQL)
        .bind(id)
        .bind(person_id)
        .bind(now)
        .bind(user_id)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(rows == 1)
}

/// How many people have what somebody new would have too (§6.5).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct AuthenticationMethodCounts {
    /// Whether the phone was proven at any time.
    pub(super) is_phone_verified: bool,
    /// Methods in use, of persons in the registry, with the phone.
    pub(super) phones: u32,
    /// Methods in use through the third person.
    pub(super) wards: u32,
}

/// A person of the registry with the same names and birth date as somebody new.
#[derive(Debug)]
pub(super) struct Namesake {
    pub(super) second_name: Option<String>,
    pub(super) tax_id: Option<String>,
    /// Type and number of each document, as they are compared.
    pub(super) documents: Vec<(String, String)>,
}

/// What the registry knows that bears on somebody new, in one question: the counts of their phone or third person, and
/// their namesakes. A record of an adult that somebody else typed is in nobody's way (authority §2).
pub(super) async fn facts(
    link: Link<'_>,
    person: &Person,
    (phone, third_person): (Option<&str>, Option<Uuid>),
    is_adult: bool,
    now: DateTime<Utc>,
) -> sqlx::Result<(AuthenticationMethodCounts, Vec<Namesake>)> {
    #[derive(FromRow)]
    struct Row {
        is_phone_verified: bool,
        phones: i64,
        wards: i64,
        id: Option<Uuid>,
        second_name: Option<String>,
        tax_id: Option<String>,
        document_type: Option<String>,
        number_key: Option<String>,
    }
    const SQL: &str = "SELECT counted.is_phone_verified, counted.phones, counted.wards, p.id, p.second_name, p.tax_id, d.type AS document_type, d.number_key
        FROM (SELECT
                EXISTS (SELECT 1 FROM verified_phones WHERE phone_number = $1) AS is_phone_verified,
                (SELECT count(*) FROM person_authentication_methods m JOIN persons o ON o.id = m.person_id
                    WHERE m.phone_number = $1 AND m.type = 'OTP' AND m.is_active = true AND (m.ended_at IS NULL OR m.ended_at > $2)
                        AND o.status = 'active' AND o.is_active = true) AS phones,
                (SELECT count(*) FROM person_authentication_methods m
                    WHERE m.value = $3 AND m.type = 'THIRD_PERSON' AND m.is_active = true AND (m.ended_at IS NULL OR m.ended_at > $2)) AS wards) counted
            LEFT JOIN persons p ON p.birth_date = $4 AND p.last_name_key = $5 AND p.first_name_key = $6 AND p.status = 'active' AND p.is_active = true
                AND (p.version_origin <> 'confidant' OR p.owned_at IS NOT NULL OR $7 = false)
            LEFT JOIN person_documents d ON d.person_id = p.id
        ORDER BY p.id";
    let rows: Vec<Row> = on!(link, |c| sqlx::query_as(SQL)
        .bind(phone)
        .bind(now)
        .bind(third_person)
        .bind(person.birth_date)
        .bind(names::fold_name(&person.last_name))
        .bind(names::fold_name(&person.first_name))
        .bind(is_adult)
        .fetch_all(c)
        .await)?;
    let number = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
    let facts = rows
        .first()
        .map_or_else(AuthenticationMethodCounts::default, |row| {
            AuthenticationMethodCounts {
                is_phone_verified: row.is_phone_verified,
                phones: number(row.phones),
                wards: number(row.wards),
            }
        });
    let mut found: Vec<(Uuid, Namesake)> = Vec::new();
    for row in rows {
        let Some(id) = row.id else { continue };
        if found.last().is_none_or(|(last, _)| *last != id) {
            let namesake = Namesake {
                second_name: row.second_name,
                tax_id: row.tax_id,
                documents: Vec::new(),
            };
            found.push((id, namesake));
        }
        if let (Some((_, namesake)), Some(kind), Some(number)) =
            (found.last_mut(), row.document_type, row.number_key)
        {
            namesake.documents.push((kind, number));
        }
    }
    let namesakes = found.into_iter().map(|(_, namesake)| namesake).collect();
    Ok((facts, namesakes))
}

impl Namesake {
    /// Whether this is the very same person (§3.9): the same patronymic, and the same tax number; or, for a child, the same
    /// digits of the birth certificate; or, for somebody without a tax number, a document.
    pub(super) fn is(&self, person: &Person, is_child: bool) -> bool {
        let folded = |name: &Option<String>| name.as_deref().map(names::fold_name);
        if folded(&self.second_name) != folded(&person.second_name) {
            return false;
        }
        if person.tax_id.is_some() && person.tax_id == self.tax_id {
            return true;
        }
        const BIRTH_CERTIFICATE: &str = "BIRTH_CERTIFICATE";
        let digits =
            |number: &str| -> String { number.chars().filter(char::is_ascii_digit).collect() };
        person.documents.iter().any(|document| {
            let number = normalise_number(&document.number);
            self.documents.iter().any(|(kind, known)| {
                *kind == document.kind
                    && ((person.tax_id.is_none() && *known == number)
                        || (is_child
                            && kind == BIRTH_CERTIFICATE
                            && digits(known) == digits(&number)))
            })
        })
    }
}

/// Whether there is an authentication method of that id, whosever it is.
pub(super) async fn method_exists(link: Link<'_>, id: Uuid) -> sqlx::Result<bool> {
    const SQL: &str = "SELECT count(*) FROM person_authentication_methods WHERE id = $1";
    let count: i64 = on!(link, |c| sqlx::query_scalar(SQL)
        .bind(id)
        .fetch_one(c)
        .await)?;
    Ok(count > 0)
}

/// How many requests that were made on a day there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub(super) struct Day {
    pub(super) day: NaiveDate,
    pub(super) requests: i64,
}

/// The requests of a legal entity, counted by the day (UTC) they were made on, the latest day first.
pub(super) async fn days(
    link: Link<'_>,
    legal_entity_id: Uuid,
    status: Option<RequestStatus>,
) -> sqlx::Result<Vec<Day>> {
    const ALL: &str = "SELECT day, CAST(sum(requests) AS BIGINT) AS requests FROM person_request_counts WHERE legal_entity_id = $1
        GROUP BY day ORDER BY day DESC";
    const OF_STATUS: &str = "SELECT day, requests FROM person_request_counts WHERE legal_entity_id = $1 AND status = $2 ORDER BY day DESC";
    match status {
        None => on!(link, |c| sqlx::query_as(ALL)
            .bind(legal_entity_id)
            .fetch_all(c)
            .await),
        Some(status) => on!(link, |c| sqlx::query_as(OF_STATUS)
            .bind(legal_entity_id)
            .bind(status.as_str())
            .fetch_all(c)
            .await),
    }
}

/// A request as a list shows it.
#[derive(FromRow)]
pub(super) struct Listed {
    pub(super) id: Uuid,
    pub(super) status: String,
    pub(super) version: i64,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    pub(super) second_name: Option<String>,
}

/// Which requests of a list.
pub(super) struct Page {
    pub(super) legal_entity_id: Uuid,
    pub(super) status: Option<RequestStatus>,
    /// Made before this moment …
    pub(super) before: DateTime<Utc>,
    /// … but for so many of the latest …
    pub(super) skip: i64,
    /// … and so many.
    pub(super) limit: i64,
}

/// A page of a list, the latest first.
pub(super) async fn page(link: Link<'_>, page: &Page) -> sqlx::Result<Vec<Listed>> {
    const ALL: &str = "SELECT id, status, version, first_name, last_name, second_name FROM person_requests
        WHERE legal_entity_id = $1 AND inserted_at < $2 ORDER BY inserted_at DESC, id DESC LIMIT $3 OFFSET $4";
    const OF_STATUS: &str = "SELECT id, status, version, first_name, last_name, second_name FROM person_requests
        WHERE legal_entity_id = $1 AND inserted_at < $2 AND status = $5 ORDER BY inserted_at DESC, id DESC LIMIT $3 OFFSET $4";
    match page.status {
        None => on!(link, |c| sqlx::query_as(ALL)
            .bind(page.legal_entity_id)
            .bind(page.before)
            .bind(page.limit)
            .bind(page.skip)
            .fetch_all(c)
            .await),
        Some(status) => on!(link, |c| sqlx::query_as(OF_STATUS)
            .bind(page.legal_entity_id)
            .bind(page.before)
            .bind(page.limit)
            .bind(page.skip)
            .bind(status.as_str())
            .fetch_all(c)
            .await),
    }
}

/// A request that is over, with the types of the copies that were to be uploaded for it.
#[derive(FromRow)]
pub(super) struct Over {
    pub(super) id: Uuid,
    status: String,
    documents: Option<Json<Vec<String>>>,
}

impl Over {
    /// The types of the copies.
    pub(super) fn kinds(&self) -> &[String] {
        self.documents
            .as_ref()
            .map_or(&[], |Json(kinds)| kinds.as_slice())
    }

    /// Whether the copies are evidence of what is in the registry.
    pub(super) fn is_signed(&self) -> bool {
        self.status == RequestStatus::Signed.as_str()
    }
}

/// Some requests of a legal entity that were made before `until` and still wait.
pub(super) async fn overdue_in(
    link: Link<'_>,
    legal_entity_id: Uuid,
    until: DateTime<Utc>,
) -> sqlx::Result<Vec<Over>> {
    const SQL: &str = "SELECT id, status, documents FROM person_requests
        WHERE pending_key IS NOT NULL AND inserted_at < $2 AND legal_entity_id = $1 ORDER BY inserted_at LIMIT 100";
    on!(link, |c| sqlx::query_as(SQL)
        .bind(legal_entity_id)
        .bind(until)
        .fetch_all(c)
        .await)
}

/// Some requests that were made before `until` and still wait.
pub(super) async fn overdue(link: Link<'_>, until: DateTime<Utc>) -> sqlx::Result<Vec<Over>> {
    const SQL: &str = "SELECT id, status, documents FROM person_requests WHERE pending_key IS NOT NULL AND inserted_at < $1 ORDER BY inserted_at LIMIT 100";
    on!(link, |c| sqlx::query_as(SQL).bind(until).fetch_all(c).await)
}

/// Some requests that were made before `until` and still have their data.
pub(super) async fn requests_to_clear(
    link: Link<'_>,
    until: DateTime<Utc>,
) -> sqlx::Result<Vec<Over>> {
    const SQL: &str = "SELECT id, status, documents FROM person_requests WHERE person_data IS NOT NULL AND inserted_at < $1 AND pending_key IS NULL ORDER BY inserted_at LIMIT 100";
    on!(link, |c| sqlx::query_as(SQL).bind(until).fetch_all(c).await)
}

/// Writes down that a request expired, and clears what is personal (§1.5).
pub(super) async fn expire(link: Link<'_>, id: Uuid, now: DateTime<Utc>) -> sqlx::Result<u64> {
    const SQL: &str = "UPDATE person_requests SET status = 'EXPIRED', pending_key = NULL, updated_at = $2, updated_by = NULL, person_data = NULL,
            authentication_method_current = NULL, printout_form = NULL, documents = NULL, tax_id = NULL, first_name = NULL, last_name = NULL, second_name = NULL,
            birth_date = NULL, person_documents = NULL
        WHERE id = $1 AND status IN ('NEW', 'APPROVED')";
    on!(link, |c| sqlx::query(SQL)
        .bind(id)
        .bind(now)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))
}

/// Clears what is personal of a request that does not wait (§1.5).
pub(super) async fn clean(link: Link<'_>, id: Uuid) -> sqlx::Result<u64> {
    const SQL: &str = "UPDATE person_requests SET person_data = NULL, authentication_method_current = NULL, printout_form = NULL, documents = NULL,
            tax_id = NULL, first_name = NULL, last_name = NULL, second_name = NULL, birth_date = NULL, person_documents = NULL
        WHERE id = $1 AND pending_key IS NULL AND person_data IS NOT NULL";
    on!(link, |c| sqlx::query(SQL)
        .bind(id)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))
}

/// A request about a person, but for what is personal in it.
#[derive(FromRow, serde::Serialize)]
pub struct RequestRecord {
    /// Its id.
    pub id: Uuid,
    version: i64,
    status: String,
    channel: String,
    legal_entity_id: Uuid,
    employee_id: Uuid,
    inserted_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// The requests about a person who is registered.
///
/// # Errors
/// When the database fails.
pub async fn about(link: Link<'_>, person_id: Uuid) -> sqlx::Result<Vec<RequestRecord>> {
    const SQL: &str = "SELECT id, CAST(version AS BIGINT) AS version, status, channel, legal_entity_id, employee_id, inserted_at, updated_at FROM person_requests WHERE person_id = $1 ORDER BY inserted_at, id";
    on!(link, |c| sqlx::query_as(SQL)
        .bind(person_id)
        .fetch_all(c)
        .await)
}

/// Lets the requests about a person know nothing of them any more; those that wait are cancelled.
///
/// # Errors
/// When the database fails.
pub async fn forget(link: Link<'_>, person_id: Uuid, now: DateTime<Utc>) -> sqlx::Result<()> {
    const SQL: &str = "UPDATE person_requests SET status = CASE WHEN status IN ('NEW', 'APPROVED') THEN 'CANCELLED' ELSE status END, pending_key = NULL, person_id = NULL,
            authorize_with = NULL, person_data = NULL, authentication_method_current = NULL, printout_form = NULL, documents = NULL, tax_id = NULL, first_name = NULL, last_name = NULL,
            second_name = NULL, birth_date = NULL, person_documents = NULL, updated_at = $2, updated_by = NULL
        WHERE person_id = $1";
    on!(link, |c| sqlx::query(SQL)
        .bind(person_id)
        .bind(now)
        .execute(c)
        .await
        .map(|_| ()))
}
