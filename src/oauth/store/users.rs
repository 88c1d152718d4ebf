//! Users and their tokens, as an operator looks at them and ends them.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    db::{Link, on},
    person::store::lookup::Part,
};

/// A user, but for what nobody may see: passwords are never read.
#[derive(FromRow, Serialize)]
pub struct UserRecord {
    /// Their id.
    pub id: Uuid,
    /// The person they are.
    pub person_id: Option<Uuid>,
    /// Tax number, proven or vouched for.
    pub tax_id: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Whether the record is in use.
    pub is_active: bool,
    /// Whether they are shut out.
    pub is_blocked: bool,
    /// When it was made.
    pub inserted_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
}

/// Which users a list shows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Which {
    /// Only those of this person.
    pub person_id: Option<Uuid>,
    /// Only those who are shut out.
    pub is_blocked: bool,
}

const ALL: &str = "SELECT id, person_id, tax_id, email, is_active, is_blocked, inserted_at, updated_at FROM users ORDER BY id LIMIT $1 OFFSET $2";
const BLOCKED: &str = "SELECT id, person_id, tax_id, email, is_active, is_blocked, inserted_at, updated_at FROM users WHERE is_blocked = true ORDER BY id LIMIT $1 OFFSET $2";
const OF_PERSON: &str =
    "SELECT id, person_id, tax_id, email, is_active, is_blocked, inserted_at, updated_at FROM users
    WHERE person_id = $3 AND ($4 = false OR is_blocked = true) ORDER BY id LIMIT $1 OFFSET $2";

/// Users, in the order of their ids.
///
/// # Errors
/// When the database fails.
pub async fn users(link: Link<'_>, which: Which, part: Part) -> sqlx::Result<Vec<UserRecord>> {
    on!(link, |c| match which.person_id {
        Some(person_id) => {
            sqlx::query_as(OF_PERSON)
                .bind(part.limit)
                .bind(part.offset)
                .bind(person_id)
                .bind(which.is_blocked)
                .fetch_all(c)
                .await
        }
        None => {
            let query = if which.is_blocked {
                sqlx::query_as(BLOCKED)
            } else {
                sqlx::query_as(ALL)
            };
            query.bind(part.limit).bind(part.offset).fetch_all(c).await
        }
    })
}

/// Shuts a user out or lets them in again; false when there is none of that id.
///
/// # Errors
/// When the database fails.
pub async fn set_user_blocked(
    link: Link<'_>,
    id: Uuid,
    is_blocked: bool,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    const SQL: &str = "UPDATE users SET is_blocked = $2, updated_at = $3 WHERE id = $1";
    let rows = on!(link, |c| sqlx::query(SQL)
        .bind(id)
        .bind(is_blocked)
        .bind(now)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(rows == 1)
}

/// Ends every token of a user, and every one with which they act for others; how many.
///
/// # Errors
/// When the database fails.
pub async fn end_tokens_of_user(
    link: Link<'_>,
    user_id: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    const SQL: &str = "UPDATE tokens SET expires_at = $2 WHERE expires_at > $2
        AND (user_id = $1 OR (applicant_user_id = $1 AND applicant_person_id IN (SELECT u.person_id FROM users u WHERE u.id = $1)))";
    on!(link, |c| sqlx::query(SQL)
        .bind(user_id)
        .bind(now)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))
}

/// Ends every token of a person's users, and every one with which the person acts for others.
///
/// # Errors
/// When the database fails.
pub async fn end_tokens_of_person(
    link: Link<'_>,
    person_id: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    const SQL: &str = "UPDATE tokens SET expires_at = $2 WHERE expires_at > $2
        AND (applicant_person_id = $1 OR user_id IN (SELECT u.id FROM users u WHERE u.person_id = $1))";
    on!(link, |c| sqlx::query(SQL)
        .bind(person_id)
        .bind(now)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))
}

/// Ends every token with which a confidant acts for a person.
///
/// # Errors
/// When the database fails.
pub async fn end_tokens_between(
    link: Link<'_>,
    person_id: Uuid,
    confidant_id: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    const SQL: &str =
        "UPDATE tokens SET expires_at = $3 WHERE expires_at > $3 AND applicant_person_id = $2
        AND user_id IN (SELECT u.id FROM users u WHERE u.person_id = $1)";
    on!(link, |c| sqlx::query(SQL)
        .bind(person_id)
        .bind(confidant_id)
        .bind(now)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))
}

/// A token that can be used, without its value.
#[derive(FromRow, Serialize)]
pub struct TokenRecord {
    /// Its id.
    pub id: Uuid,
    /// `access_token`, `refresh_token` or `authorization_code`.
    pub name: String,
    /// Whose it is.
    pub user_id: Uuid,
    /// The user who acts with it for that one.
    pub applicant_user_id: Option<Uuid>,
    /// The person who that is.
    pub applicant_person_id: Option<Uuid>,
    /// The client that it was given to.
    pub client_id: Uuid,
    /// The name of that client.
    pub client_name: String,
    /// What it allows.
    pub scope: String,
    /// When it was given.
    pub inserted_at: DateTime<Utc>,
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
}

/// The tokens of a user, and those with which they act for others, that can be used at `now`.
///
/// # Errors
/// When the database fails.
pub async fn live_tokens(
    link: Link<'_>,
    user_id: Uuid,
    part: Part,
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<TokenRecord>> {
    const SQL: &str = "SELECT t.id, t.name, t.user_id, t.applicant_user_id, t.applicant_person_id, t.client_id, c.name AS client_name, t.scope, t.inserted_at, t.expires_at
        FROM tokens t JOIN clients c ON c.id = t.client_id
        WHERE (t.user_id = $3 OR (t.applicant_user_id = $3 AND t.applicant_person_id IN (SELECT u.person_id FROM users u WHERE u.id = $3))) AND t.expires_at > $4 AND t.used_at IS NULL
        ORDER BY t.inserted_at, t.id LIMIT $1 OFFSET $2";
    on!(link, |c| sqlx::query_as(SQL)
        .bind(part.limit)
        .bind(part.offset)
        .bind(user_id)
        .bind(now)
        .fetch_all(c)
        .await)
}

/// What a person allowed a client.
#[derive(FromRow, Serialize)]
pub struct ApprovalRecord {
    id: Uuid,
    user_id: Uuid,
    client_id: Uuid,
    client_name: String,
    actor_user_id: Uuid,
    scope: String,
    inserted_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// The users of a person, and what they allowed.
///
/// # Errors
/// When the database fails.
pub async fn accounts(
    link: Link<'_>,
    person_id: Uuid,
) -> sqlx::Result<(Vec<UserRecord>, Vec<ApprovalRecord>)> {
    const USERS: &str = "SELECT id, person_id, tax_id, email, is_active, is_blocked, inserted_at, updated_at FROM users WHERE person_id = $1 ORDER BY id";
    const APPROVALS: &str = "SELECT a.id, a.user_id, a.client_id, c.name AS client_name, a.actor_user_id, a.scope, a.inserted_at, a.updated_at
        FROM approvals a JOIN clients c ON c.id = a.client_id WHERE a.user_id IN (SELECT u.id FROM users u WHERE u.person_id = $1) ORDER BY a.inserted_at, a.id";
    on!(link, |c| {
        let users = sqlx::query_as(USERS)
            .bind(person_id)
            .fetch_all(&mut *c)
            .await?;
        let approvals = sqlx::query_as(APPROVALS)
            .bind(person_id)
            .fetch_all(&mut *c)
            .await?;
        Ok((users, approvals))
    })
}

/// Removes the users of a person with everything that hangs on them: tokens, approvals, passwords, the places where they work.
///
/// # Errors
/// When the database fails.
pub async fn erase_users(link: Link<'_>, person_id: Uuid) -> sqlx::Result<u64> {
    const EMPLOYEES: &str =
        "DELETE FROM employees WHERE user_id IN (SELECT u.id FROM users u WHERE u.person_id = $1)";
    const USERS: &str = "DELETE FROM users WHERE person_id = $1";
    on!(link, |c| {
        let employees = sqlx::query(EMPLOYEES).bind(person_id);
        employees.execute(&mut *c).await?;
        sqlx::query(USERS)
            .bind(person_id)
            .execute(&mut *c)
            .await
            .map(|done| done.rows_affected())
    })
}
