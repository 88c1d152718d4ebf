//! Approvals as the person sees them who gave them: which application may do what, since when, until when (§6.7).
//!
//! Whoever acts for themselves sees and revokes everything that opens their data; a confidant only what they gave
//! themselves: of others who act for the same patient they learn nothing. What is revoked gives no new token from that
//! moment on, and its access tokens end with it.

use axum::{
    Router,
    extract::{Path, RawQuery},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};
use sqlx::FromRow;
use url::form_urlencoded;
use uuid::Uuid;

use super::{
    bearer::{Bearer, bearer, require_api_key},
    error::OAuthError,
    scope::Scopes,
    store::StoreError,
    token::Subject,
};
use crate::{
    api::{Answer, ApiError, Call},
    db::{Inconsistent, Link, on},
    invalid::{EntryType, Invalid, Rule},
    paths,
    state::App,
};

/// The scope that shows approvals.
const READ: &str = "app:read_pis";
/// The scope that revokes them.
const DELETE: &str = "app:delete_pis";
/// The approvals of one page of the list, unless asked otherwise, and at most.
const PAGE_SIZE: (usize, usize) = (50, 100);

/// What a person allowed a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalDetails {
    /// Its id.
    pub id: Uuid,
    /// Whose data it opens.
    pub user_id: Uuid,
    /// Who acts under it.
    pub actor_user_id: Uuid,
    /// The client.
    pub client_id: Uuid,
    /// The client's name.
    pub client_name: String,
    /// What it allows.
    pub scope: Scopes,
    /// Since when.
    pub inserted_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
    /// When the last of its tokens ends.
    pub ends_at: Option<DateTime<Utc>>,
    /// When the client got its last access token.
    pub used_at: Option<DateTime<Utc>>,
}

#[derive(FromRow)]
struct ApprovalRow {
    id: Uuid,
    user_id: Uuid,
    actor_user_id: Uuid,
    client_id: Uuid,
    client_name: String,
    scope: String,
    inserted_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    ends_at: Option<DateTime<Utc>>,
    used_at: Option<DateTime<Utc>>,
}

impl TryFrom<ApprovalRow> for ApprovalDetails {
    type Error = Inconsistent;

    fn try_from(row: ApprovalRow) -> Result<Self, Inconsistent> {
        let scope = Scopes::parse(&row.scope).ok_or(Inconsistent {
            table: "approvals",
            id: row.id,
        })?;
        Ok(Self {
            id: row.id,
            user_id: row.user_id,
            actor_user_id: row.actor_user_id,
            client_id: row.client_id,
            client_name: row.client_name,
            scope,
            inserted_at: row.inserted_at,
            updated_at: row.updated_at,
            ends_at: row.ends_at,
            used_at: row.used_at,
        })
    }
}

/// The approvals that `subject` may see, the oldest first.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub async fn list_approvals(
    link: Link<'_>,
    subject: Subject,
) -> Result<Vec<ApprovalDetails>, StoreError> {
    const SQL: &str = "SELECT a.id, a.user_id, a.actor_user_id, a.client_id, c.name AS client_name, a.scope, a.inserted_at, a.updated_at,
            (SELECT max(t.expires_at) FROM tokens t WHERE t.approval_id = a.id AND t.name <> 'authorization_code') AS ends_at,
            (SELECT max(t.inserted_at) FROM tokens t WHERE t.approval_id = a.id AND t.name = 'access_token') AS used_at
        FROM approvals a JOIN clients c ON c.id = a.client_id WHERE a.user_id = $1 ORDER BY a.inserted_at, a.id";
    let rows: Vec<ApprovalRow> = on!(link, |c| sqlx::query_as(SQL)
        .bind(subject.user_id)
        .fetch_all(c)
        .await)?;
    let mut given = Vec::new();
    for row in rows {
        let one = ApprovalDetails::try_from(row)?;
        let is_seen = subject
            .applicant
            .is_none_or(|applicant| applicant.user_id == one.actor_user_id);
        if is_seen {
            given.push(one);
        }
    }
    Ok(given)
}

/// The approval of that id, if `subject` may see it.
///
/// # Errors
/// 404; when the database fails.
pub async fn one(
    link: Link<'_>,
    subject: Subject,
    id: Uuid,
) -> Result<ApprovalDetails, OAuthError> {
    let given = list_approvals(link, subject).await?;
    given
        .into_iter()
        .find(|approval| approval.id == id)
        .ok_or(OAuthError::ApprovalNotFound)
}

/// Revokes an approval, and ends its access tokens: what is left of it gives none. The login tokens of the same person and
/// client end too, but for the one of the page on which it is revoked: whoever reads it decides anew.
///
/// # Errors
/// 404; when the database fails.
pub async fn revoke(
    app: &App,
    subject: Subject,
    id: Uuid,
    own_login_token: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<(), OAuthError> {
    const REMOVE: &str = "DELETE FROM approvals WHERE id = $1";
    const END: &str = "UPDATE tokens SET expires_at = $2 WHERE approval_id = $1 AND name = 'access_token' AND expires_at > $2";
    const END_LOGINS: &str = "UPDATE tokens SET expires_at = $4 WHERE user_id = $1 AND client_id = $2 AND COALESCE(applicant_user_id, user_id) = $3
        AND approval_id IS NULL AND scope = 'app:authorize' AND name = 'access_token' AND expires_at > $4 AND id <> $5";
    let mut tx = app.db.begin().await?;
    let revoked = one(tx.link(), subject, id).await?;
    on!(tx.link(), |c| sqlx::query(REMOVE)
        .bind(id)
        .execute(c)
        .await
        .map(|_| ()))?;
    on!(tx.link(), |c| sqlx::query(END)
        .bind(id)
        .bind(now)
        .execute(c)
        .await
        .map(|_| ()))?;
    on!(tx.link(), |c| sqlx::query(END_LOGINS)
        .bind(revoked.user_id)
        .bind(revoked.client_id)
        .bind(revoked.actor_user_id)
        .bind(now)
        .bind(own_login_token.unwrap_or_default())
        .execute(c)
        .await
        .map(|_| ()))?;
    tx.commit().await?;
    tracing::info!(approval_id = %id, "approval revoked");
    Ok(())
}

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route(paths::API_APPS, get(list))
        .route(paths::API_APP, get(show).delete(delete))
}

async fn caller(call: &Call, scope: &'static str) -> Result<Bearer, ApiError> {
    require_api_key(call).await?;
    let mut held = call.app.db.read().await?;
    let people = &call.app.config.people;
    let bearer = bearer(
        held.link(),
        people,
        call.bearer.as_ref(),
        Some(scope),
        call.now,
    )
    .await?;
    match &bearer.user {
        Some(user) if user.is_active && user.is_blocked => Err(OAuthError::UserBlocked.into()),
        Some(user) if user.is_active => Ok(bearer),
        _ => Err(OAuthError::Unauthorized.into()),
    }
}

async fn list(call: Call, RawQuery(query): RawQuery) -> Result<Answer, ApiError> {
    let bearer = caller(&call, READ).await?;
    let asked = ApprovalsQuery::read(query.as_deref().unwrap_or_default())?;
    let mut given = {
        let mut held = call.app.db.read().await?;
        list_approvals(held.link(), bearer.token.subject)
            .await
            .map_err(OAuthError::from)?
    };
    given.retain(|approval| asked.wants(approval));
    let total = given.len();
    let skipped = asked
        .page_number
        .saturating_sub(1)
        .saturating_mul(asked.page_size);
    let page: Vec<Value> = given
        .iter()
        .skip(skipped)
        .take(asked.page_size)
        .map(approval_json)
        .collect();
    Ok(Answer::ok(page.into()).paging(json!({
        "page_number": asked.page_number,
        "page_size": asked.page_size,
        "total_entries": total,
        "total_pages": total.div_ceil(asked.page_size).max(1),
    })))
}

async fn show(call: Call, Path(id): Path<String>) -> Result<Answer, ApiError> {
    let bearer = caller(&call, READ).await?;
    let id = Uuid::parse_str(&id).map_err(|_| OAuthError::ApprovalNotFound)?;
    let mut held = call.app.db.read().await?;
    let approval = one(held.link(), bearer.token.subject, id).await?;
    Ok(Answer::ok(approval_json(&approval)))
}

async fn delete(call: Call, Path(id): Path<String>) -> Result<Response, ApiError> {
    let bearer = caller(&call, DELETE).await?;
    let id = Uuid::parse_str(&id).map_err(|_| OAuthError::ApprovalNotFound)?;
    revoke(&call.app, bearer.token.subject, id, None, call.now).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// An approval of an answer.
fn approval_json(approval: &ApprovalDetails) -> Value {
    let moment = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Micros, true);
    let applicant = (approval.actor_user_id != approval.user_id).then_some(approval.actor_user_id);
    let mut members = Map::new();
    for (name, value) in [
        ("id", json!(approval.id)),
        ("user_id", json!(approval.user_id)),
        ("applicant_user_id", json!(applicant)),
        ("client_name", json!(approval.client_name)),
        ("client_id", json!(approval.client_id)),
        ("scope", json!(approval.scope.to_string())),
        ("created_at", json!(moment(approval.inserted_at))),
        ("updated_at", json!(moment(approval.updated_at))),
    ] {
        members.insert(name.to_owned(), value);
    }
    Value::Object(members)
}

/// Which approvals are wanted. A `user_id` is passed over: it is always the token's user.
#[derive(Debug, PartialEq, Eq)]
struct ApprovalsQuery {
    page_number: usize,
    page_size: usize,
    client_ids: Option<Vec<String>>,
    client_names: Option<Vec<String>>,
}

impl ApprovalsQuery {
    fn read(query: &str) -> Result<Self, ApiError> {
        let mut asked = Self {
            page_number: 1,
            page_size: PAGE_SIZE.0,
            client_ids: None,
            client_names: None,
        };
        let list = |value: &str| {
            let named = value
                .split(',')
                .map(str::trim)
                .filter(|name| !name.is_empty());
            Some(named.map(str::to_owned).collect::<Vec<_>>()).filter(|list| !list.is_empty())
        };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "page_number" => asked.page_number = number("page_number", &value, usize::MAX)?,
                "page_size" => asked.page_size = number("page_size", &value, PAGE_SIZE.1)?,
                "client_ids" => asked.client_ids = list(&value),
                "client_names" => asked.client_names = list(&value),
                _ => {}
            }
        }
        Ok(asked)
    }

    fn wants(&self, approval: &ApprovalDetails) -> bool {
        let id = approval.client_id.to_string();
        let has = |list: &Option<Vec<String>>, wanted: &str| {
            list.as_ref()
                .is_none_or(|list| list.iter().any(|one| one.eq_ignore_ascii_case(wanted)))
        };
        has(&self.client_ids, &id) && has(&self.client_names, &approval.client_name)
    }
}

/// A whole number from 1 to `most`.
fn number(name: &'static str, value: &str, most: usize) -> Result<usize, ApiError> {
    let refused = |rule| {
        ApiError::validation(vec![Invalid {
            entry: Some(name.to_owned()),
            entry_type: EntryType::QueryParameter,
            rules: vec![rule],
        }])
    };
    match value.parse::<usize>() {
        Ok(number) if number > most => Err(refused(Rule::with_description(
            "number",
            "expected the value to be <= %{less_than_or_equal_to}",
            json!({ "less_than_or_equal_to": most }),
        ))),
        Ok(0) => Err(refused(Rule::with_description(
            "number",
            "expected the value to be >= %{greater_than_or_equal_to}",
            json!({ "greater_than_or_equal_to": 1 }),
        ))),
        Ok(number) => Ok(number),
        Err(_) => Err(refused(Rule::with_description(
            "cast",
            "type mismatch. Expected %{expected} but got %{actual}",
            json!({ "expected": "integer", "actual": "string" }),
        ))),
    }
}
