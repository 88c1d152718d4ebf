//! The SQL of the import: every row is added, or brought to what the file says, by its id.

use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde_json::{Map, Value};
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

use super::{
    file::{
        self, Client, Employee, File, FileEntry, LegalEntity, Method, ScopeWords, User, UserRequest,
    },
    people::{KnownPerson, Person},
    wanted::{ImportChanges, KnownClient, entry},
};
use crate::{
    db::{Link, Tx, on},
    oauth::{
        client::DEFAULT_GRANT_TYPES,
        scope::Scopes,
        store::{self as oauth_store, ClientRecord},
    },
    person::{
        origin::Origin,
        registration::ConfidantPerson,
        store::{
            self as person_store, NewMethod, NewPerson, NewRelationship,
            lookup::{self, State},
        },
        verification::VerificationStatus,
    },
    secrets::Hash,
};

pub(super) async fn client(link: Link<'_>, id: Uuid) -> sqlx::Result<Option<KnownClient>> {
    const SQL: &str = "SELECT name, client_type, redirect_uris, redirect_uri_match, scopes, allowed_grant_types, is_blocked, secret_hash, api_key_hash, legal_entity_id FROM clients WHERE id = $1";
    on!(link, |c| sqlx::query_as(SQL)
        .bind(id)
        .fetch_optional(c)
        .await)
}

pub(super) async fn legal_entity(link: Link<'_>, id: Uuid) -> sqlx::Result<Option<FileEntry>> {
    #[derive(FromRow, Serialize)]
    struct Row {
        r#type: String,
        name: String,
        edrpou: Option<String>,
        license: Option<String>,
        address: Option<String>,
        phone: Option<String>,
        email: Option<String>,
    }
    const SQL: &str = "SELECT type, name, edrpou, license, address, phone, email FROM legal_entities WHERE id = $1";
    let row: Option<Row> = on!(link, |c| sqlx::query_as(SQL)
        .bind(id)
        .fetch_optional(c)
        .await)?;
    Ok(row.map(entry))
}

pub(super) async fn person(tx: &mut Tx, id: Uuid) -> sqlx::Result<Option<KnownPerson>> {
    #[derive(FromRow, Serialize)]
    struct Row {
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
        #[serde(skip)]
        status: String,
        #[serde(skip)]
        is_active: bool,
        #[serde(skip)]
        verification_status: String,
        #[serde(skip)]
        verification: Json<Map<String, Value>>,
        #[serde(skip)]
        version_origin: Origin,
    }
    #[derive(FromRow, Serialize)]
    struct Document {
        r#type: String,
        number: String,
        issued_by: Option<String>,
        issued_at: Option<NaiveDate>,
        expiration_date: Option<NaiveDate>,
    }
    const PERSON: &str = "SELECT first_name, last_name, second_name, birth_date, birth_country, birth_settlement, gender, email, no_tax_id, tax_id, unzr, secret,
            preferred_way_communication, addresses, phones, emergency_contact, status, is_active, verification_status, verification, version_origin
        FROM persons WHERE id = $1";
    const DOCUMENTS: &str = "SELECT type, number, issued_by, issued_at, expiration_date FROM person_documents WHERE person_id = $1 ORDER BY position";
    // Nobody else changes what the file is laid over.
    person_store::lock(tx.link(), id).await?;
    let row: Option<Row> = on!(tx.link(), |c| sqlx::query_as(PERSON)
        .bind(id)
        .fetch_optional(c)
        .await)?;
    let Some(row) = row else { return Ok(None) };
    let documents: Vec<Document> = on!(tx.link(), |c| sqlx::query_as(DOCUMENTS)
        .bind(id)
        .fetch_all(c)
        .await)?;
    let mut record = entry(&row);
    let documents = documents.into_iter().map(entry).map(Value::Object);
    record.insert("documents".to_owned(), documents.collect());
    Ok(Some(KnownPerson {
        record,
        status: row.status,
        is_active: row.is_active,
        // A status that nobody knows counts as not verified.
        verification_status: VerificationStatus::parse(&row.verification_status)
            .unwrap_or(VerificationStatus::NotVerified),
        verification: row.verification.0,
        version_origin: row.version_origin,
    }))
}

/// A method, and whose it is.
pub(super) async fn method(link: Link<'_>, id: Uuid) -> sqlx::Result<Option<(Uuid, FileEntry)>> {
    #[derive(FromRow, Serialize)]
    struct Row {
        #[serde(skip)]
        person_id: Uuid,
        r#type: String,
        phone_number: Option<String>,
        value: Option<Uuid>,
        alias: Option<String>,
        is_active: bool,
        is_primary: bool,
        started_at: DateTime<Utc>,
        ended_at: Option<DateTime<Utc>>,
    }
    const SQL: &str = "SELECT person_id, type, phone_number, value, alias, is_active, is_primary, started_at, ended_at FROM person_authentication_methods WHERE id = $1";
    let row: Option<Row> = on!(link, |c| sqlx::query_as(SQL)
        .bind(id)
        .fetch_optional(c)
        .await)?;
    Ok(row.map(|row| (row.person_id, entry(row))))
}

pub(super) async fn user(link: Link<'_>, id: Uuid) -> sqlx::Result<Option<FileEntry>> {
    #[derive(FromRow, Serialize)]
    struct Row {
        tax_id: Option<String>,
        tax_id_is_trusted: bool,
        email: Option<String>,
        person_id: Option<Uuid>,
        is_active: bool,
        is_blocked: bool,
    }
    const SQL: &str = "SELECT tax_id, tax_id_is_trusted, email, person_id, is_active, is_blocked FROM users WHERE id = $1";
    let row: Option<Row> = on!(link, |c| sqlx::query_as(SQL)
        .bind(id)
        .fetch_optional(c)
        .await)?;
    Ok(row.map(entry))
}

pub(super) async fn employee(link: Link<'_>, id: Uuid) -> sqlx::Result<Option<FileEntry>> {
    #[derive(FromRow, Serialize)]
    struct Row {
        user_id: Uuid,
        legal_entity_id: Uuid,
        employee_type: String,
        status: String,
        tax_id: Option<String>,
        is_active: bool,
    }
    const SQL: &str = "SELECT user_id, legal_entity_id, employee_type, status, tax_id, is_active FROM employees WHERE id = $1";
    let row: Option<Row> = on!(link, |c| sqlx::query_as(SQL)
        .bind(id)
        .fetch_optional(c)
        .await)?;
    Ok(row.map(entry))
}

/// A relationship that is written down.
pub(super) struct KnownRelationship {
    pub entry: FileEntry,
    /// Whether it is over because its date came.
    pub has_expired: bool,
}

pub(super) async fn relationship(
    link: Link<'_>,
    id: Uuid,
) -> sqlx::Result<Option<KnownRelationship>> {
    #[derive(FromRow, Serialize)]
    struct Row {
        person_id: Uuid,
        confidant_person_id: Uuid,
        relation_type: String,
        verification_status: String,
        verification_reason: String,
        active_to: Option<DateTime<Utc>>,
        documents_relationship: Json<Value>,
        is_active: bool,
        #[serde(skip)]
        ended_reason: Option<String>,
    }
    const SQL: &str = "SELECT person_id, confidant_person_id, relation_type, verification_status, verification_reason, active_to, documents_relationship, is_active, ended_reason
        FROM confidant_person_relationships WHERE id = $1";
    let row: Option<Row> = on!(link, |c| sqlx::query_as(SQL)
        .bind(id)
        .fetch_optional(c)
        .await)?;
    Ok(row.map(|row| KnownRelationship {
        has_expired: row.ended_reason.as_deref() == Some("EXPIRED"),
        entry: entry(row),
    }))
}

pub(super) async fn user_request(link: Link<'_>, id: Uuid) -> sqlx::Result<Option<FileEntry>> {
    #[derive(FromRow, Serialize)]
    struct Row {
        tax_id: String,
        first_name: String,
        last_name: String,
        second_name: Option<String>,
        email: Option<String>,
        client_id: Uuid,
        redirect_uri: String,
        scope: String,
        expires_at: DateTime<Utc>,
    }
    const SQL: &str = "SELECT tax_id, first_name, last_name, second_name, email, client_id, redirect_uri, scope, expires_at FROM user_requests WHERE id = $1";
    let row: Option<Row> = on!(link, |c| sqlx::query_as(SQL)
        .bind(id)
        .fetch_optional(c)
        .await)?;
    Ok(row.map(entry))
}

pub(super) async fn save_scope(link: Link<'_>, name: &str, words: &ScopeWords) -> sqlx::Result<()> {
    const SQL: &str = "INSERT INTO scopes (name, uk, en, sensitive) VALUES ($1, $2, $3, COALESCE($4, false))
        ON CONFLICT (name) DO UPDATE SET uk = excluded.uk, en = excluded.en, sensitive = COALESCE($4, scopes.sensitive)";
    on!(link, |c| sqlx::query(SQL)
        .bind(name)
        .bind(&words.uk)
        .bind(&words.en)
        .bind(words.sensitive)
        .execute(c)
        .await
        .map(|_| ()))
}

pub(super) async fn save_legal_entity(
    link: Link<'_>,
    id: Uuid,
    entity: &LegalEntity,
) -> sqlx::Result<()> {
    const SQL: &str = "INSERT INTO legal_entities (id, type, name, edrpou, license, address, phone, email) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (id) DO UPDATE SET type = excluded.type, name = excluded.name, edrpou = excluded.edrpou, license = excluded.license,
            address = excluded.address, phone = excluded.phone, email = excluded.email";
    on!(link, |c| sqlx::query(SQL)
        .bind(id)
        .bind(&entity.kind)
        .bind(&entity.name)
        .bind(entity.edrpou.as_ref())
        .bind(entity.license.as_ref())
        .bind(entity.address.as_ref())
        .bind(entity.phone.as_ref())
        .bind(entity.email.as_ref())
        .execute(c)
        .await
        .map(|_| ()))
}

pub(super) async fn save_client(
    link: Link<'_>,
    id: Uuid,
    client: &Client,
    (secret_hash, api_key_hash): (Option<Hash>, Option<Hash>),
    legal_entity_id: Option<Uuid>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let default = || DEFAULT_GRANT_TYPES.map(str::to_owned).to_vec();
    let record = ClientRecord {
        id,
        name: &client.name,
        client_type: client.client_type,
        secret_hash,
        api_key_hash,
        redirect_uris: &client.redirect_uris,
        redirect_uri_match: client.redirect_uri_match,
        scopes: &Scopes::parse(&client.scopes).unwrap_or_default(),
        allowed_grant_types: &client.allowed_grant_types.clone().unwrap_or_else(default),
        is_blocked: client.is_blocked,
        legal_entity_id,
    };
    oauth_store::save_client(link, &record, now).await
}

/// Writes down a person: a new version where the record differs, else only what it is worth.
pub(super) async fn save_person(
    link: Link<'_>,
    person: &Person,
    ids: impl Fn() -> Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    if !person.is_new_version {
        let state = State {
            status: &person.status,
            is_active: person.is_active,
            verification_status: person.verification_status,
            verification: &person.verification,
            version_origin: person.origin,
        };
        return lookup::save_state(link, person.id, &state, now).await;
    }
    let new = NewPerson {
        id: person.id,
        person: &person.registered,
        status: &person.status,
        is_active: person.is_active,
        verification_status: person.verification_status,
        verification: person.verification.clone(),
        inserted_by: None,
        origin: person.origin,
        confidant_id: person.origin_confidant_id,
    };
    person_store::save_person(link, &new, ids, now).await
}

pub(super) async fn save_method(
    link: Link<'_>,
    person_id: Uuid,
    id: Uuid,
    method: &Method,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let new = NewMethod {
        id,
        person_id,
        kind: &method.kind,
        phone_number: method.phone_number.as_deref(),
        value: method.value,
        alias: method.alias.as_deref(),
        is_active: method.is_active,
        is_primary: method.is_primary,
        started_at: method.started_at.unwrap_or(now),
        ended_at: method.ended_at,
        origin: Origin::Operator,
    };
    person_store::save_method(link, &new, now).await
}

pub(super) async fn save_user(
    link: Link<'_>,
    id: Uuid,
    user: &User,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    const SQL: &str = "INSERT INTO users (id, tax_id, email, person_id, is_active, is_blocked, tax_id_is_trusted, inserted_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
        ON CONFLICT (id) DO UPDATE SET tax_id = excluded.tax_id, email = excluded.email, person_id = excluded.person_id,
            tax_id_is_trusted = excluded.tax_id_is_trusted, is_active = excluded.is_active, is_blocked = excluded.is_blocked, updated_at = excluded.updated_at";
    on!(link, |c| sqlx::query(SQL)
        .bind(id)
        .bind(user.tax_id.as_ref())
        .bind(user.email.as_ref())
        .bind(user.person_id)
        .bind(user.is_active)
        .bind(user.is_blocked)
        .bind(user.tax_id_is_trusted)
        .bind(now)
        .execute(c)
        .await
        .map(|_| ()))
}

pub(super) async fn save_employee(
    link: Link<'_>,
    id: Uuid,
    employee: &Employee,
) -> sqlx::Result<()> {
    const SQL: &str = "INSERT INTO employees (id, user_id, legal_entity_id, employee_type, status, tax_id, is_active) VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (id) DO UPDATE SET user_id = excluded.user_id, legal_entity_id = excluded.legal_entity_id,
            employee_type = excluded.employee_type, status = excluded.status, tax_id = excluded.tax_id, is_active = excluded.is_active";
    on!(link, |c| sqlx::query(SQL)
        .bind(id)
        .bind(employee.user_id)
        .bind(employee.legal_entity_id)
        .bind(&employee.employee_type)
        .bind(&employee.status)
        .bind(employee.tax_id.as_ref())
        .bind(employee.is_active)
        .execute(c)
        .await
        .map(|_| ()))
}

pub(super) async fn save_relationship(
    link: Link<'_>,
    id: Uuid,
    relationship: &file::Relationship,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let confidant = ConfidantPerson {
        person_id: relationship.confidant_person_id,
        relation_type: relationship.relation_type,
        documents_relationship: relationship.documents_relationship.clone(),
    };
    let reason = relationship.verification_reason.as_deref();
    let new = NewRelationship {
        id,
        person_id: relationship.person_id,
        confidant: &confidant,
        verification_status: &relationship.verification_status,
        verification_reason: reason.unwrap_or_default(),
        active_to: relationship.active_to,
        register_confirmed_at: None,
        inserted_by: None,
    };
    person_store::import_relationship(link, &new, relationship.is_active, now).await
}

pub(super) async fn save_verified_phone(
    link: Link<'_>,
    phone: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    const SQL: &str = "INSERT INTO verified_phones (phone_number, inserted_at, updated_at) VALUES ($1, $2, $2) ON CONFLICT (phone_number) DO NOTHING";
    on!(link, |c| sqlx::query(SQL)
        .bind(phone)
        .bind(now)
        .execute(c)
        .await
        .map(|_| ()))
}

pub(super) async fn save_user_request(
    link: Link<'_>,
    id: Uuid,
    request: &UserRequest,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    const SQL: &str = "INSERT INTO user_requests (id, tax_id, first_name, last_name, second_name, email, client_id, redirect_uri, scope, expires_at, inserted_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        ON CONFLICT (id) DO UPDATE SET tax_id = excluded.tax_id, first_name = excluded.first_name, last_name = excluded.last_name,
            second_name = excluded.second_name, email = excluded.email, client_id = excluded.client_id,
            redirect_uri = excluded.redirect_uri, scope = excluded.scope, expires_at = excluded.expires_at";
    on!(link, |c| sqlx::query(SQL)
        .bind(id)
        .bind(&request.tax_id)
        .bind(&request.first_name)
        .bind(&request.last_name)
        .bind(request.second_name.as_ref())
        .bind(request.email.as_ref())
        .bind(request.client_id)
        .bind(&request.redirect_uri)
        .bind(&request.scope)
        .bind(request.expires_at)
        .bind(now)
        .execute(c)
        .await
        .map(|_| ()))
}

/// Adds a value, or gives a known one other words. What it is in English is forgotten when the words change: nothing
/// says that it still means the same.
pub(super) async fn save_dictionary_value(
    link: Link<'_>,
    name: &str,
    code: &str,
    description: &str,
) -> sqlx::Result<()> {
    const SQL: &str = "INSERT INTO dictionary_values (name, code, description) VALUES ($1, $2, $3)
        ON CONFLICT (name, code) DO UPDATE SET description = excluded.description,
            description_en = CASE WHEN dictionary_values.description = excluded.description THEN dictionary_values.description_en END";
    on!(link, |c| sqlx::query(SQL)
        .bind(name)
        .bind(code)
        .bind(description)
        .execute(c)
        .await
        .map(|_| ()))
}

/// Users with the e-mail address of another active user, and proofs of identity for a client that nobody knows, by path.
pub(super) async fn strange_users(
    tx: &mut Tx,
    file: &File,
    wanted: &ImportChanges,
) -> sqlx::Result<Vec<String>> {
    const SQL: &str = "SELECT id FROM users WHERE email = $1 AND is_active = true";
    let mut problems = Vec::new();
    let users = wanted.users.iter().enumerate();
    for (at, user) in users.filter(|(_, user)| user.after.is_active) {
        let Some(email) = &user.after.email else {
            continue;
        };
        let known: Option<Uuid> = on!(tx.link(), |c| sqlx::query_scalar(SQL)
            .bind(email)
            .fetch_optional(c)
            .await)?;
        let is_in_file = |id: Uuid| wanted.users.iter().any(|other| other.id == id);
        let is_of_known = known.is_some_and(|id| id != user.id && !is_in_file(id));
        let is_of_another = wanted
            .users
            .iter()
            .take(at)
            .any(|other| other.after.is_active && other.after.email.as_ref() == Some(email));
        if is_of_known || is_of_another {
            problems.push(format!("$.users.[{at}].email: another user has it."));
        }
    }
    for (at, request) in file.user_requests.iter().enumerate() {
        let Some(client_id) = file::id_of(request, "client_id") else {
            continue;
        };
        let is_in_file = file.clients.iter().any(|one| file::id(one) == client_id);
        if !is_in_file && client(tx.link(), client_id).await?.is_none() {
            problems.push(format!(
                "$.user_requests.[{at}].client_id: there is no such client."
            ));
        }
    }
    Ok(problems)
}

/// Persons that a file speaks of and that are neither in it nor in the registry, by path.
pub(super) async fn missing_persons(tx: &mut Tx, file: &File) -> sqlx::Result<Vec<String>> {
    let mut spoken_of = Vec::new();
    let mut speaks = |list: &str, entries: &[FileEntry], names: &[&str]| {
        for (at, entry) in entries.iter().enumerate() {
            for name in names {
                let id = file::id_of(entry, name);
                spoken_of.extend(id.map(|id| (format!("$.{list}.[{at}].{name}"), id)));
            }
        }
    };
    speaks("persons", &file.persons, &["origin_confidant_id"]);
    speaks("users", &file.users, &["person_id"]);
    speaks(
        "confidant_person_relationships",
        &file.confidant_person_relationships,
        &["person_id", "confidant_person_id"],
    );
    let in_file: HashSet<Uuid> = file.persons.iter().map(file::id).collect();
    let mut problems = Vec::new();
    for (path, id) in spoken_of {
        if !in_file.contains(&id) && person_store::find_person(tx.link(), id).await?.is_none() {
            problems.push(format!("{path}: there is no such person."));
        }
    }
    Ok(problems)
}
