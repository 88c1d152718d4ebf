//! The SQL of the import: every row is added, or brought to what the file says, by its id.

use chrono::{DateTime, Utc};
use serde_json::Map;
use uuid::Uuid;

use super::file::{
    self, Client, Employee, File, LegalEntity, Person, Relationship, ScopeWords, User, UserRequest,
};
use crate::{
    db::{Link, Tx, on},
    oauth::{
        client::DEFAULT_GRANT_TYPES,
        scope::Scopes,
        store::{self as oauth_store, ClientRecord},
    },
    person::{
        registration::ConfidantPerson,
        store::{self as person_store, NewMethod, NewPerson, NewRelationship},
    },
    secrets::Hash,
};

pub(super) async fn save_scope(link: Link<'_>, name: &str, words: &ScopeWords) -> sqlx::Result<()> {
    const SQL: &str = "INSERT INTO scopes (name, uk, en, sensitive) VALUES ($1, $2, $3, $4)
        ON CONFLICT (name) DO UPDATE SET uk = excluded.uk, en = excluded.en, sensitive = excluded.sensitive";
    on!(link, |c| sqlx::query(SQL)
        .bind(name)
        .bind(&words.uk)
        .bind(&words.en)
        .bind(words.sensitive)
        .execute(c)
        .await
        .map(|_| ()))
}

async fn save_legal_entity(link: Link<'_>, id: Uuid, entity: &LegalEntity) -> sqlx::Result<()> {
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
    tx: &mut Tx,
    client: &Client,
    secret_hash: Option<Hash>,
    api_key_hash: Option<Hash>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    // A client's legal entity has the client's id unless another is given.
    let legal_entity_id = match &client.legal_entity {
        Some(entity) => {
            let id = entity.id.unwrap_or(client.id);
            save_legal_entity(tx.link(), id, entity).await?;
            Some(id)
        }
        None => None,
    };
    let default = || DEFAULT_GRANT_TYPES.map(str::to_owned).to_vec();
    let record = ClientRecord {
        id: client.id,
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
    oauth_store::save_client(tx.link(), &record, now).await
}

pub(super) async fn save_person(
    tx: &mut Tx,
    person: &Person,
    ids: impl Fn() -> Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let new = NewPerson {
        id: person.id,
        person: &person.data.person,
        status: &person.status,
        is_active: person.is_active,
        verification_status: person.verification_status,
        verification: Map::new(),
        inserted_by: None,
    };
    person_store::save_person(tx.link(), &new, ids, now).await?;
    for method in &person.authentication_methods {
        let at = |text: &Option<String>| text.as_deref().and_then(file::time);
        let new = NewMethod {
            id: method.id,
            person_id: person.id,
            kind: &method.kind,
            phone_number: method.phone_number.as_deref(),
            value: method.value,
            alias: method.alias.as_deref(),
            is_active: method.is_active,
            is_primary: method.is_primary,
            started_at: at(&method.started_at).unwrap_or(now),
            ended_at: at(&method.ended_at),
        };
        person_store::save_method(tx.link(), &new, now).await?;
    }
    Ok(())
}

pub(super) async fn save_user(link: Link<'_>, user: &User, now: DateTime<Utc>) -> sqlx::Result<()> {
    const SQL: &str = "INSERT INTO users (id, tax_id, email, person_id, is_active, is_blocked, tax_id_is_trusted, inserted_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, true, $7, $7)
        ON CONFLICT (id) DO UPDATE SET tax_id = excluded.tax_id, email = excluded.email, person_id = excluded.person_id,
            tax_id_is_trusted = excluded.tax_id_is_trusted, is_active = excluded.is_active, is_blocked = excluded.is_blocked, updated_at = excluded.updated_at";
    on!(link, |c| sqlx::query(SQL)
        .bind(user.id)
        .bind(user.tax_id.as_ref())
        .bind(user.email.as_deref().map(str::to_lowercase))
        .bind(user.person_id)
        .bind(user.is_active)
        .bind(user.is_blocked)
        .bind(now)
        .execute(c)
        .await
        .map(|_| ()))
}

pub(super) async fn save_employee(link: Link<'_>, employee: &Employee) -> sqlx::Result<()> {
    const SQL: &str = "INSERT INTO employees (id, user_id, legal_entity_id, employee_type, status, tax_id) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (id) DO UPDATE SET user_id = excluded.user_id, legal_entity_id = excluded.legal_entity_id,
            employee_type = excluded.employee_type, status = excluded.status, tax_id = excluded.tax_id";
    on!(link, |c| sqlx::query(SQL)
        .bind(employee.id)
        .bind(employee.user_id)
        .bind(employee.legal_entity_id)
        .bind(&employee.employee_type)
        .bind(&employee.status)
        .bind(employee.tax_id.as_ref())
        .execute(c)
        .await
        .map(|_| ()))
}

pub(super) async fn save_relationship(
    link: Link<'_>,
    relationship: &Relationship,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let confidant = ConfidantPerson {
        person_id: relationship.confidant_person_id,
        relation_type: relationship.relation_type,
        documents_relationship: relationship.documents_relationship.clone(),
    };
    let new = NewRelationship {
        id: relationship.id,
        person_id: relationship.person_id,
        confidant: &confidant,
        verification_status: &relationship.verification_status,
        verification_reason: relationship
            .verification_reason
            .as_deref()
            .unwrap_or_default(),
        active_to: relationship.active_to.as_deref().and_then(file::time),
        inserted_by: None,
    };
    person_store::save_relationship(link, &new, now).await
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
    request: &UserRequest,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    const SQL: &str = "INSERT INTO user_requests (id, tax_id, first_name, last_name, second_name, email, client_id, redirect_uri, scope, expires_at, inserted_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        ON CONFLICT (id) DO UPDATE SET tax_id = excluded.tax_id, first_name = excluded.first_name, last_name = excluded.last_name,
            second_name = excluded.second_name, email = excluded.email, client_id = excluded.client_id,
            redirect_uri = excluded.redirect_uri, scope = excluded.scope, expires_at = excluded.expires_at";
    on!(link, |c| sqlx::query(SQL)
        .bind(request.id)
        .bind(&request.tax_id)
        .bind(&request.first_name)
        .bind(&request.last_name)
        .bind(request.second_name.as_ref())
        .bind(request.email.as_deref().map(str::to_lowercase))
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

/// Users of a file with the e-mail address of another active user, and proofs of identity for a client that nobody knows,
/// by path.
pub(super) async fn strange_users(tx: &mut Tx, file: &File) -> sqlx::Result<Vec<String>> {
    const SQL: &str = "SELECT id FROM users WHERE email = $1 AND is_active = true";
    let mut problems = Vec::new();
    for (at, user) in file
        .users
        .iter()
        .enumerate()
        .filter(|(_, user)| user.is_active)
    {
        let Some(email) = user.email.as_deref().map(str::to_lowercase) else {
            continue;
        };
        let known: Option<Uuid> = on!(tx.link(), |c| sqlx::query_scalar(SQL)
            .bind(&email)
            .fetch_optional(c)
            .await)?;
        let is_of_known =
            known.is_some_and(|id| id != user.id && !file.users.iter().any(|other| other.id == id));
        let is_of_another = file.users.iter().take(at).any(|other| {
            other.is_active && other.email.as_deref().map(str::to_lowercase) == Some(email.clone())
        });
        if is_of_known || is_of_another {
            problems.push(format!("$.users.[{at}].email: another user has it."));
        }
    }
    for (at, request) in file.user_requests.iter().enumerate() {
        let is_in_file = file
            .clients
            .iter()
            .any(|client| client.id == request.client_id);
        let is_known = is_in_file
            || oauth_store::client(tx.link(), request.client_id)
                .await
                .is_ok_and(|client| client.is_some());
        if !is_known {
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
    for (at, user) in file.users.iter().enumerate() {
        spoken_of.extend(
            user.person_id
                .map(|id| (format!("$.users.[{at}].person_id"), id)),
        );
    }
    for (at, relationship) in file.confidant_person_relationships.iter().enumerate() {
        let path = format!("$.confidant_person_relationships.[{at}]");
        spoken_of.push((format!("{path}.person_id"), relationship.person_id));
        spoken_of.push((
            format!("{path}.confidant_person_id"),
            relationship.confidant_person_id,
        ));
    }
    let mut problems = Vec::new();
    for (path, id) in spoken_of {
        let is_in_file = file.persons.iter().any(|person| person.id == id);
        if !is_in_file && person_store::known(tx.link(), id).await?.is_none() {
            problems.push(format!("{path}: there is no such person."));
        }
    }
    Ok(problems)
}
