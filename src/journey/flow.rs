//! A flow: one way of one browser from a client's link back to the client.
//!
//! ```text
//!            begin                confirm                    confirm
//!  (entry) ────────▶ Details ───────────────▶ Accept ─────────────────▶ Accepted ──▶ redirect with the code
//!                       │ decline, leave        │ decline
//!                       └────────▶ Declined ◀───┘ ──▶ redirect with access_denied
//! ```
//!
//! A sign-in has nothing to confirm: its flow begins at Accept. What a sign-up asks for between its details and the
//! registration (a code from a message) is its own: it keeps that in the payload, with [`keep`].
//!
//! At `expires_at` a flow ends wherever it is. A stage is left by one guarded statement, so that of two requests at the
//! same moment one moves on and the other finds where it went. Only the browser that began a flow can see it.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

use crate::{
    db::{Inconsistent, Link, on},
    oauth::{
        client::Client,
        redirect_uri::RedirectUri,
        scope::Scopes,
        store::{ClientRow, StoreError},
    },
    secrets::Hash,
};

/// Where a flow is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The person looks at what will be registered.
    Details,
    /// The person decides on the scopes; the token says who they are.
    Accept {
        /// The access token of scope `app:authorize`.
        token_id: Uuid,
    },
    /// The client was allowed.
    Accepted {
        /// The code that went to it.
        code_id: Uuid,
    },
    /// The person said no.
    Declined,
}

impl Stage {
    fn as_str(self) -> &'static str {
        match self {
            Self::Details => "details",
            Self::Accept { .. } => "accept",
            Self::Accepted { .. } => "accepted",
            Self::Declined => "declined",
        }
    }
}

/// The id of a flow: 128 random bits, as 32 hexadecimal digits in addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlowId(pub Uuid);

impl std::fmt::Display for FlowId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.simple())
    }
}

impl FlowId {
    /// The id of an address.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 32)
            .then(|| Uuid::parse_str(text).ok())
            .flatten()
            .map(Self)
    }
}

/// A flow.
#[derive(Clone)]
pub struct Flow {
    /// Its id.
    pub id: FlowId,
    /// The hash of the key of its browser.
    pub browser: Hash,
    /// The address of its first page, which the room that began it answers.
    pub first_page: String,
    /// Where it is.
    pub stage: Stage,
    /// The client that sent the browser.
    pub client_id: Uuid,
    /// Where the browser returns to; found good at the entry.
    pub redirect_uri: RedirectUri,
    /// What the client asks for.
    pub scope: Scopes,
    /// What the client wants back.
    pub state: Option<String>,
    /// What the room that began it keeps; personal.
    pub payload: Value,
    /// When it began.
    pub inserted_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

impl std::fmt::Debug for Flow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Flow({:?})", self.stage)
    }
}

impl Flow {
    /// The client's address with `parameters`, and `state` when the client gave one.
    #[must_use]
    pub fn return_address(&self, parameters: &[(&str, &str)]) -> String {
        return_address(&self.redirect_uri, self.state.as_deref(), parameters)
    }

    /// The client's address with the error that says that the person said no.
    #[must_use]
    pub fn declined_address(&self, why: &str) -> String {
        self.return_address(&[("error", "access_denied"), ("error_description", why)])
    }

    /// Whether the time is over.
    #[must_use]
    pub fn is_expired(&self, now: DateTime<Utc>) -> bool {
        self.expires_at <= now
    }
}

/// A client's address with `parameters` and its `state`.
#[must_use]
pub fn return_address(
    uri: &RedirectUri,
    state: Option<&str>,
    parameters: &[(&str, &str)],
) -> String {
    let state = state.map(|state| ("state", state));
    let all: Vec<_> = parameters.iter().copied().chain(state).collect();
    uri.with(&all)
}

#[derive(FromRow)]
struct FlowRow {
    id: Uuid,
    browser_hash: Hash,
    first_page: String,
    stage: String,
    client_id: Uuid,
    redirect_uri: String,
    scope: String,
    state: Option<String>,
    payload: Json<Value>,
    token_id: Option<Uuid>,
    code_id: Option<Uuid>,
    inserted_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

impl TryFrom<FlowRow> for Flow {
    type Error = Inconsistent;

    fn try_from(row: FlowRow) -> Result<Self, Inconsistent> {
        let stage = match (row.stage.as_str(), row.token_id, row.code_id) {
            ("details", None, None) => Some(Stage::Details),
            ("accept", Some(token_id), None) => Some(Stage::Accept { token_id }),
            ("accepted", Some(_), Some(code_id)) => Some(Stage::Accepted { code_id }),
            ("declined", _, None) => Some(Stage::Declined),
            _ => None,
        };
        let redirect_uri = RedirectUri::parse(&row.redirect_uri).ok();
        let scope = Scopes::parse(&row.scope);
        match (stage, redirect_uri, scope) {
            (Some(stage), Some(redirect_uri), Some(scope)) => Ok(Self {
                id: FlowId(row.id),
                browser: row.browser_hash,
                first_page: row.first_page,
                stage,
                client_id: row.client_id,
                redirect_uri,
                scope,
                state: row.state,
                payload: row.payload.0,
                inserted_at: row.inserted_at,
                expires_at: row.expires_at,
            }),
            _ => Err(Inconsistent {
                table: "flows",
                id: row.id,
            }),
        }
    }
}

/// Stores a flow that begins.
///
/// # Errors
/// When the database fails.
pub async fn begin(link: Link<'_>, flow: &Flow) -> sqlx::Result<()> {
    const SQL: &str = "INSERT INTO flows (id, browser_hash, first_page, stage, client_id, redirect_uri, scope, state, payload, token_id, inserted_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let token_id = match flow.stage {
        Stage::Accept { token_id } => Some(token_id),
        Stage::Details | Stage::Accepted { .. } | Stage::Declined => None,
    };
    on!(link, |c| sqlx::query(SQL)
        .bind(flow.id.0)
        .bind(&flow.browser)
        .bind(&flow.first_page)
        .bind(flow.stage.as_str())
        .bind(flow.client_id)
        .bind(flow.redirect_uri.as_str())
        .bind(flow.scope.to_string())
        .bind(flow.state.as_ref())
        .bind(Json(&flow.payload))
        .bind(token_id)
        .bind(flow.inserted_at)
        .bind(flow.expires_at)
        .execute(c)
        .await
        .map(|_| ()))
}

/// The flow of that id, whichever browser it belongs to.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub async fn find(link: Link<'_>, id: FlowId) -> Result<Option<Flow>, StoreError> {
    const SQL: &str = "SELECT id, browser_hash, first_page, stage, client_id, redirect_uri, scope, state, payload, token_id, code_id, inserted_at, expires_at FROM flows WHERE id = $1";
    let row: Option<FlowRow> = on!(link, |c| sqlx::query_as(SQL)
        .bind(id.0)
        .fetch_optional(c)
        .await)?;
    Ok(row.map(Flow::try_from).transpose()?)
}

#[derive(FromRow)]
struct RowWithClient {
    #[sqlx(flatten)]
    flow: FlowRow,
    #[sqlx(flatten)]
    client: ClientRow,
}

/// The flow of that id with its client, whichever browser it belongs to: what every page begins with, in one statement.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub async fn find_with_client(
    link: Link<'_>,
    id: FlowId,
) -> Result<Option<(Flow, Client)>, StoreError> {
    const SQL: &str = "SELECT f.id, f.browser_hash, f.first_page, f.stage, f.client_id, f.redirect_uri, f.scope, f.state, f.payload, f.token_id, f.code_id, f.inserted_at, f.expires_at,
            c.name, c.client_type, c.secret_hash, c.redirect_uris, c.redirect_uri_match, c.scopes, c.allowed_grant_types, c.is_blocked, e.name AS owner
        FROM flows f JOIN clients c ON c.id = f.client_id LEFT JOIN legal_entities e ON e.id = c.legal_entity_id WHERE f.id = $1";
    let row: Option<RowWithClient> = on!(link, |c| sqlx::query_as(SQL)
        .bind(id.0)
        .fetch_optional(c)
        .await)?;
    Ok(row
        .map(|row| Ok::<_, Inconsistent>((row.flow.try_into()?, row.client.try_into()?)))
        .transpose()?)
}

/// The flow of that id, locked until the transaction ends: a second request waits here and finds where the first one went.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub async fn find_locked(link: Link<'_>, id: FlowId) -> Result<Option<Flow>, StoreError> {
    const POSTGRES: &str = "SELECT id, browser_hash, first_page, stage, client_id, redirect_uri, scope, state, payload, token_id, code_id, inserted_at, expires_at FROM flows WHERE id = $1 FOR UPDATE";
    match link {
        // The transaction holds the one right to write from its beginning.
        Link::Sqlite(c) => find(Link::Sqlite(c), id).await,
        Link::Postgres(c) => {
            let row: Option<FlowRow> = sqlx::query_as(POSTGRES)
                .bind(id.0)
                .fetch_optional(c)
                .await?;
            Ok(row.map(Flow::try_from).transpose()?)
        }
    }
}

/// Gives the flow to the browser that its key was handed over to; false when it was given to another before.
///
/// # Errors
/// When the database fails.
pub async fn hand_over(link: Link<'_>, flow: &Flow, browser: &Hash) -> sqlx::Result<bool> {
    const SQL: &str = "UPDATE flows SET browser_hash = $3 WHERE id = $1 AND browser_hash = $2";
    let rows = on!(link, |c| sqlx::query(SQL)
        .bind(flow.id.0)
        .bind(&flow.browser)
        .bind(browser)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(rows == 1)
}

/// Moves a flow from the stage it was found in to `next`, with what is kept from there on and the time it has; false when
/// another request moved it.
///
/// # Errors
/// When the database fails.
pub async fn advance(
    link: Link<'_>,
    flow: &Flow,
    next: Stage,
    payload: &Value,
    expires_at: DateTime<Utc>,
) -> sqlx::Result<bool> {
    const SQL: &str = "UPDATE flows SET stage = $3, payload = $4, token_id = COALESCE($5, token_id), code_id = $6, expires_at = $7 WHERE id = $1 AND stage = $2";
    let (token_id, code_id) = match next {
        Stage::Accept { token_id } => (Some(token_id), None),
        Stage::Accepted { code_id } => (None, Some(code_id)),
        Stage::Details | Stage::Declined => (None, None),
    };
    let rows = on!(link, |c| sqlx::query(SQL)
        .bind(flow.id.0)
        .bind(flow.stage.as_str())
        .bind(next.as_str())
        .bind(Json(payload))
        .bind(token_id)
        .bind(code_id)
        .bind(expires_at)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(rows == 1)
}

/// Keeps another payload in a flow that stays where it is; false when another request moved it.
///
/// # Errors
/// When the database fails.
pub async fn keep(link: Link<'_>, flow: &Flow, payload: &Value) -> sqlx::Result<bool> {
    const SQL: &str = "UPDATE flows SET payload = $3 WHERE id = $1 AND stage = $2";
    let rows = on!(link, |c| sqlx::query(SQL)
        .bind(flow.id.0)
        .bind(flow.stage.as_str())
        .bind(Json(payload))
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(rows == 1)
}

/// Clears what expired flows hold of a person, and removes flows a day after their end: until then they can say that
/// they expired. Safe on every process at once.
///
/// # Errors
/// When the database fails.
pub async fn purge(link: Link<'_>, now: DateTime<Utc>) -> sqlx::Result<u64> {
    const SQLITE: &str =
        "UPDATE flows SET payload = '{}' WHERE expires_at <= $1 AND payload <> '{}'";
    const POSTGRES: &str =
        "UPDATE flows SET payload = '{}' WHERE expires_at <= $1 AND payload <> '{}'::jsonb";
    const REMOVE: &str = "DELETE FROM flows WHERE expires_at <= $1";
    let day_ago = now - chrono::TimeDelta::days(1);
    match link {
        Link::Sqlite(c) => {
            let cleared = sqlx::query(SQLITE)
                .bind(now)
                .execute(&mut *c)
                .await?
                .rows_affected();
            Ok(cleared
                + sqlx::query(REMOVE)
                    .bind(day_ago)
                    .execute(&mut *c)
                    .await?
                    .rows_affected())
        }
        Link::Postgres(c) => {
            let cleared = sqlx::query(POSTGRES)
                .bind(now)
                .execute(&mut *c)
                .await?
                .rows_affected();
            Ok(cleared
                + sqlx::query(REMOVE)
                    .bind(day_ago)
                    .execute(&mut *c)
                    .await?
                    .rows_affected())
        }
    }
}
