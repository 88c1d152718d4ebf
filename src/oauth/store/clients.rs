//! Clients: who asks for access.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

use super::Stored;
use crate::{
    db::{Inconsistent, Link, on},
    oauth::{
        client::{Client, ClientType},
        redirect_uri::{Match, RedirectUri},
        scope::Scopes,
    },
    secrets::Hash,
};

/// The columns of a client, also beside those of a flow.
#[derive(FromRow)]
pub(crate) struct ClientRow {
    client_id: Uuid,
    name: String,
    client_type: String,
    secret_hash: Option<Hash>,
    redirect_uris: Json<Vec<String>>,
    redirect_uri_match: String,
    scopes: String,
    allowed_grant_types: Json<Vec<String>>,
    is_blocked: bool,
    owner: Option<String>,
}

impl TryFrom<ClientRow> for Client {
    type Error = Inconsistent;

    fn try_from(row: ClientRow) -> Result<Self, Inconsistent> {
        let inconsistent = Inconsistent {
            table: "clients",
            id: row.client_id,
        };
        let redirect_uris: Result<Vec<_>, _> = row
            .redirect_uris
            .0
            .iter()
            .map(|uri| RedirectUri::parse(uri))
            .collect();
        let (Some(client_type), Some(scopes), Ok(redirect_uris)) = (
            ClientType::from_name(&row.client_type),
            Scopes::parse(&row.scopes),
            redirect_uris,
        ) else {
            return Err(inconsistent);
        };
        Ok(Self {
            id: row.client_id,
            name: row.name,
            client_type,
            secret_hash: row.secret_hash,
            redirect_uris,
            redirect_uri_match: if row.redirect_uri_match == "prefix" {
                Match::Prefix
            } else {
                Match::Exact
            },
            scopes,
            allowed_grant_types: row.allowed_grant_types.0,
            is_blocked: row.is_blocked,
            owner: row.owner,
        })
    }
}

const CLIENT: &str = "SELECT c.id AS client_id, c.name, c.client_type, c.secret_hash, c.redirect_uris, c.redirect_uri_match, c.scopes, c.allowed_grant_types, c.is_blocked, e.name AS owner FROM clients c LEFT JOIN legal_entities e ON e.id = c.legal_entity_id WHERE c.id = $1";

const CLIENT_BY_API_KEY: &str = "SELECT id FROM clients WHERE api_key_hash = $1 AND NOT is_blocked";

const CLIENTS: &str = "SELECT c.id AS client_id, c.name, c.client_type, c.secret_hash, c.redirect_uris, c.redirect_uri_match, c.scopes, c.allowed_grant_types, c.is_blocked, e.name AS owner FROM clients c LEFT JOIN legal_entities e ON e.id = c.legal_entity_id ORDER BY c.name, c.id";

/// The client of that id.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub async fn client(link: Link<'_>, id: Uuid) -> Stored<Option<Client>> {
    let row: Option<ClientRow> = on!(link, |c| sqlx::query_as(CLIENT)
        .bind(id)
        .fetch_optional(c)
        .await)?;
    Ok(row.map(Client::try_from).transpose()?)
}

/// Every client, by name.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub async fn clients(link: Link<'_>) -> Stored<Vec<Client>> {
    let rows: Vec<ClientRow> = on!(link, |c| sqlx::query_as(CLIENTS).fetch_all(c).await)?;
    Ok(rows
        .into_iter()
        .map(Client::try_from)
        .collect::<Result<_, _>>()?)
}

/// The id of the client, not blocked, that has this api key.
///
/// # Errors
/// When the database fails.
pub async fn client_by_api_key(link: Link<'_>, api_key: &Hash) -> sqlx::Result<Option<Uuid>> {
    on!(link, |c| sqlx::query_scalar(CLIENT_BY_API_KEY)
        .bind(api_key)
        .fetch_optional(c)
        .await)
}

/// Shuts a client out or lets it in again; false when there is none of that id.
///
/// # Errors
/// When the database fails.
pub async fn set_client_blocked(
    link: Link<'_>,
    id: Uuid,
    is_blocked: bool,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    const SQL: &str = "UPDATE clients SET is_blocked = $2, updated_at = $3 WHERE id = $1";
    let rows = on!(link, |c| sqlx::query(SQL)
        .bind(id)
        .bind(is_blocked)
        .bind(now)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(rows == 1)
}

/// Gives a client a new secret; false when there is none of that id.
///
/// # Errors
/// When the database fails.
pub async fn set_client_secret(
    link: Link<'_>,
    id: Uuid,
    secret: &Hash,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    const SQL: &str = "UPDATE clients SET secret_hash = $2, updated_at = $3 WHERE id = $1";
    let rows = on!(link, |c| sqlx::query(SQL)
        .bind(id)
        .bind(secret)
        .bind(now)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(rows == 1)
}

/// What is stored of a client when it is registered or changed.
#[derive(Debug)]
pub struct ClientRecord<'a> {
    /// `client_id`.
    pub id: Uuid,
    /// The name that people see.
    pub name: &'a str,
    /// Its kind.
    pub client_type: ClientType,
    /// The hash of its secret.
    pub secret_hash: Option<Hash>,
    /// The hash of its api key.
    pub api_key_hash: Option<Hash>,
    /// Registered addresses.
    pub redirect_uris: &'a [String],
    /// How they are compared.
    pub redirect_uri_match: Match,
    /// Scopes that it may ask for.
    pub scopes: &'a Scopes,
    /// Grant types that it may use.
    pub allowed_grant_types: &'a [String],
    /// Whether it is shut out.
    pub is_blocked: bool,
    /// Its legal entity.
    pub legal_entity_id: Option<Uuid>,
}

/// Registers a client, or changes the one of that id.
///
/// # Errors
/// When the database fails, or another client has the api key.
pub async fn save_client(
    link: Link<'_>,
    client: &ClientRecord<'_>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    const SQL: &str = "INSERT INTO clients (id, name, client_type, secret_hash, api_key_hash, redirect_uris, redirect_uri_match, scopes, allowed_grant_types, is_blocked, legal_entity_id, inserted_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, client_type = excluded.client_type,
            secret_hash = excluded.secret_hash, api_key_hash = excluded.api_key_hash,
            redirect_uris = excluded.redirect_uris, redirect_uri_match = excluded.redirect_uri_match,
            scopes = excluded.scopes, allowed_grant_types = excluded.allowed_grant_types,
            is_blocked = excluded.is_blocked, legal_entity_id = excluded.legal_entity_id, updated_at = excluded.updated_at";
    let how = match client.redirect_uri_match {
        Match::Exact => "exact",
        Match::Prefix => "prefix",
    };
    on!(link, |c| sqlx::query(SQL)
        .bind(client.id)
        .bind(client.name)
        .bind(client.client_type.as_str())
        .bind(client.secret_hash.as_ref())
        .bind(client.api_key_hash.as_ref())
        .bind(Json(client.redirect_uris))
        .bind(how)
        .bind(client.scopes.to_string())
        .bind(Json(client.allowed_grant_types))
        .bind(client.is_blocked)
        .bind(client.legal_entity_id)
        .bind(now)
        .execute(c)
        .await
        .map(|_| ()))
}
