//! The SQL of the cabinet room.

use std::net::IpAddr;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    password::{self, StoredPassword},
    rules::{Account, OfPerson, RegistrationFacts, UserRequest, find_registered_person},
};
use crate::{
    db::{Link, on},
    person::store::{self as person_store, RegisteredPerson},
    phone::PhoneNumber,
    secrets::Hash,
};

/// A visit to the provider: who was sent there, and what the client that sent them asked for.
#[derive(Debug, Clone, FromRow)]
pub struct AuthRequest {
    /// The hash of the `state` of the provider.
    pub id: Hash,
    /// The hash of the key of the browser.
    pub browser_hash: Hash,
    /// The client.
    pub client_id: Uuid,
    /// Where the browser returns to in the end.
    pub redirect_uri: String,
    /// What the client asks for.
    pub scope: String,
    /// What the client wants back.
    pub state: Option<String>,
    /// When it began.
    pub inserted_at: DateTime<Utc>,
    /// Until when the browser may come back.
    pub expires_at: DateTime<Utc>,
    /// When it came back.
    pub used_at: Option<DateTime<Utc>>,
}

/// Remembers that a browser was sent to the provider.
///
/// # Errors
/// When the database fails.
pub async fn add_auth_request(link: Link<'_>, request: &AuthRequest) -> sqlx::Result<()> {
    const SQL: &str = "INSERT INTO auth_requests (id, browser_hash, client_id, redirect_uri, scope, state, inserted_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    on!(link, |c| sqlx::query(SQL)
        .bind(&request.id)
        .bind(&request.browser_hash)
        .bind(request.client_id)
        .bind(&request.redirect_uri)
        .bind(&request.scope)
        .bind(request.state.as_ref())
        .bind(request.inserted_at)
        .bind(request.expires_at)
        .execute(c)
        .await
        .map(|_| ()))
}

/// The visit of that `state`.
///
/// # Errors
/// When the database fails.
pub async fn auth_request(link: Link<'_>, id: &Hash) -> sqlx::Result<Option<AuthRequest>> {
    const SQL: &str = "SELECT id, browser_hash, client_id, redirect_uri, scope, state, inserted_at, expires_at, used_at
        FROM auth_requests WHERE id = $1";
    on!(link, |c| sqlx::query_as(SQL)
        .bind(id)
        .fetch_optional(c)
        .await)
}

/// Marks a visit as over; false when it was over before.
///
/// # Errors
/// When the database fails.
pub async fn use_auth_request(link: Link<'_>, id: &Hash, now: DateTime<Utc>) -> sqlx::Result<bool> {
    const SQL: &str = "UPDATE auth_requests SET used_at = $2 WHERE id = $1 AND used_at IS NULL AND expires_at > $2";
    let rows = on!(link, |c| sqlx::query(SQL)
        .bind(id)
        .bind(now)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(rows == 1)
}

/// Stores a proof of identity.
///
/// # Errors
/// When the database fails.
pub async fn add_user_request(
    link: Link<'_>,
    request: &UserRequest,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    const SQL: &str = "INSERT INTO user_requests (id, tax_id, first_name, last_name, second_name, email, user_id, client_id, redirect_uri, scope, inserted_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    on!(link, |c| sqlx::query(SQL)
        .bind(request.id)
        .bind(&request.tax_id)
        .bind(&request.first_name)
        .bind(&request.last_name)
        .bind(request.second_name.as_ref())
        .bind(request.email.as_ref())
        .bind(request.user_id)
        .bind(request.client_id)
        .bind(&request.redirect_uri)
        .bind(&request.scope)
        .bind(now)
        .bind(request.expires_at)
        .execute(c)
        .await
        .map(|_| ()))
}

/// The proof of identity of that id.
///
/// # Errors
/// When the database fails.
pub async fn user_request(link: Link<'_>, id: Uuid) -> sqlx::Result<Option<UserRequest>> {
    const SQL: &str = "SELECT id, tax_id, first_name, last_name, second_name, email, user_id, client_id, redirect_uri, scope, expires_at, consumed_at
        FROM user_requests WHERE id = $1";
    on!(link, |c| sqlx::query_as(SQL)
        .bind(id)
        .fetch_optional(c)
        .await)
}

#[derive(FromRow)]
struct Counted {
    #[sqlx(flatten)]
    request: UserRequest,
    calls: i32,
    calls_began_at: DateTime<Utc>,
}

/// Counts a call with a proof of identity; the proof, and how many calls there were in this minute since when.
///
/// # Errors
/// When the database fails.
pub async fn count_call(
    link: Link<'_>,
    id: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<(UserRequest, u32, DateTime<Utc>)>> {
    const SQL: &str = "UPDATE user_requests SET
            calls = CASE WHEN calls_began_at > $3 THEN calls + 1 ELSE 1 END,
            calls_began_at = CASE WHEN calls_began_at > $3 THEN calls_began_at ELSE $2 END
        WHERE id = $1
        RETURNING id, tax_id, first_name, last_name, second_name, email, user_id, client_id, redirect_uri, scope, expires_at, consumed_at, calls, calls_began_at";
    let row: Option<Counted> = on!(link, |c| sqlx::query_as(SQL)
        .bind(id)
        .bind(now)
        .bind(now - TimeDelta::minutes(1))
        .fetch_optional(c)
        .await)?;
    Ok(row.map(|row| {
        let calls = u32::try_from(row.calls).unwrap_or(u32::MAX);
        (row.request, calls, row.calls_began_at)
    }))
}

/// Uses a proof of identity up; false when it was used, or is over. The one statement that makes it good for one
/// registration.
///
/// # Errors
/// When the database fails.
pub async fn consume(link: Link<'_>, id: Uuid, now: DateTime<Utc>) -> sqlx::Result<bool> {
    const SQL: &str = "UPDATE user_requests SET consumed_at = $2 WHERE id = $1 AND consumed_at IS NULL AND expires_at > $2";
    let rows = on!(link, |c| sqlx::query(SQL)
        .bind(id)
        .bind(now)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(rows == 1)
}

/// The active account with this tax number: a blocked one first, then one with a person.
///
/// # Errors
/// When the database fails.
pub async fn account_by_tax_id(link: Link<'_>, tax_id: &str) -> sqlx::Result<Option<Account>> {
    const SQL: &str = "SELECT u.id, u.tax_id, u.is_blocked, u.person_id, COALESCE(p.status = 'active' AND p.is_active = true AND p.is_deceased = false, false) AS person_is_current, u.tax_id_is_trusted
        FROM users u LEFT JOIN persons p ON p.id = u.person_id
        WHERE u.tax_id = $1 AND u.tax_id_is_trusted = true AND u.is_active = true ORDER BY u.is_blocked DESC, 5 DESC, u.id LIMIT 1";
    on!(link, |c| sqlx::query_as(SQL)
        .bind(tax_id)
        .fetch_optional(c)
        .await)
}

/// The active account with this e-mail address, which is in small letters.
///
/// # Errors
/// When the database fails.
pub async fn account_by_email(link: Link<'_>, email: &str) -> sqlx::Result<Option<Account>> {
    const SQL: &str = "SELECT u.id, u.tax_id, u.is_blocked, u.person_id, COALESCE(p.status = 'active' AND p.is_active = true AND p.is_deceased = false, false) AS person_is_current, u.tax_id_is_trusted
        FROM users u LEFT JOIN persons p ON p.id = u.person_id
        WHERE u.email = $1 AND u.is_active = true";
    on!(link, |c| sqlx::query_as(SQL)
        .bind(email)
        .fetch_optional(c)
        .await)
}

/// Who a registration is about, and by what they are found.
#[derive(Clone, Copy)]
pub struct RegistrantSearch<'a> {
    /// Whether a record with the number and the day of birth is theirs; any other is as if not there.
    pub is_theirs: &'a (dyn Fn(&RegisteredPerson) -> bool + Sync),
    /// The tax number.
    pub tax_id: &'a str,
    /// The day of birth.
    pub birth_date: NaiveDate,
    /// The e-mail address, in small letters.
    pub email: &'a str,
    /// Whether the provider of identities gave it; else they typed it.
    pub email_is_proven: bool,
    /// The phone.
    pub phone: &'a PhoneNumber,
}

/// What is stored about somebody who registers. As many questions whoever is known.
///
/// # Errors
/// When the database fails.
pub async fn facts(
    mut link: Link<'_>,
    who: &RegistrantSearch<'_>,
    now: DateTime<Utc>,
) -> sqlx::Result<RegistrationFacts> {
    const OF_PERSON: &str = "SELECT id, tax_id, is_active, is_blocked FROM users WHERE person_id = $1 ORDER BY is_active DESC, is_blocked DESC, id LIMIT 1";
    let by_tax_id = account_by_tax_id(link.reborrow(), who.tax_id).await?;
    let by_email = account_by_email(link.reborrow(), who.email).await?;
    let mut alike = person_store::alike(link.reborrow(), who.tax_id, who.birth_date).await?;
    alike.retain(|person| (who.is_theirs)(&person.known));
    let found = find_registered_person(&alike).ok().flatten();
    let found = found.map(|person| person.known.id);
    let of_person: Option<OfPerson> = on!(link.reborrow(), |c| sqlx::query_as(OF_PERSON)
        .bind(found)
        .fetch_optional(c)
        .await)?;
    let phone = who.phone.as_str();
    let phone_uses = person_store::methods_with_phone(link, phone, found, now).await?;
    Ok(RegistrationFacts {
        by_tax_id,
        by_email,
        email_is_proven: who.email_is_proven,
        alike,
        of_person,
        phone_uses,
    })
}

/// The last passwords of an account; of none when there is no account.
///
/// # Errors
/// When the database fails.
pub async fn passwords(link: Link<'_>, user_id: Option<Uuid>) -> sqlx::Result<Vec<StoredPassword>> {
    const SQL: &str = "SELECT password_hash FROM password_history WHERE user_id = $1 ORDER BY inserted_at DESC, id LIMIT $2";
    let hashes: Vec<String> = on!(link, |c| sqlx::query_scalar(SQL)
        .bind(user_id)
        .bind(i64::try_from(password::REMEMBERED).unwrap_or(i64::MAX))
        .fetch_all(c)
        .await)?;
    Ok(hashes
        .into_iter()
        .map(StoredPassword::from_phc_string)
        .collect())
}

/// What an account becomes.
#[derive(Debug)]
pub struct NewAccount<'a> {
    /// Its id.
    pub id: Uuid,
    /// The tax number, which the provider proved.
    pub tax_id: &'a str,
    /// The e-mail address, in small letters.
    pub email: &'a str,
    /// The person.
    pub person_id: Uuid,
    /// The password.
    pub password: &'a StoredPassword,
}

/// Makes an account, or updates the one of that id.
///
/// # Errors
/// When the database fails, or another account has the address or the person.
pub async fn save_account(
    link: Link<'_>,
    account: &NewAccount<'_>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    const SQL: &str = "INSERT INTO users (id, tax_id, tax_id_is_trusted, email, person_id, password_hash, password_set_at, is_active, is_blocked, inserted_at, updated_at)
        VALUES ($1, $2, true, $3, $4, $5, $6, true, false, $6, $6)
        ON CONFLICT (id) DO UPDATE SET tax_id = excluded.tax_id, tax_id_is_trusted = excluded.tax_id_is_trusted, email = excluded.email,
            person_id = excluded.person_id, password_hash = excluded.password_hash, password_set_at = excluded.password_set_at, updated_at = excluded.updated_at";
    on!(link, |c| sqlx::query(SQL)
        .bind(account.id)
        .bind(account.tax_id)
        .bind(account.email)
        .bind(account.person_id)
        .bind(account.password.as_str())
        .bind(now)
        .execute(c)
        .await
        .map(|_| ()))
}

/// Remembers a password of an account, and forgets those before the last ones.
///
/// # Errors
/// When the database fails.
pub async fn remember_password(
    link: Link<'_>,
    id: Uuid,
    user_id: Uuid,
    password: &StoredPassword,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    const ADD: &str = "INSERT INTO password_history (id, user_id, password_hash, inserted_at) VALUES ($1, $2, $3, $4)";
    const FORGET: &str = "DELETE FROM password_history WHERE user_id = $1 AND id NOT IN
        (SELECT id FROM password_history WHERE user_id = $1 ORDER BY inserted_at DESC, id LIMIT $2)";
    on!(link, |c| {
        sqlx::query(ADD)
            .bind(id)
            .bind(user_id)
            .bind(password.as_str())
            .bind(now)
            .execute(&mut *c)
            .await?;
        sqlx::query(FORGET)
            .bind(user_id)
            .bind(i64::try_from(password::REMEMBERED).unwrap_or(i64::MAX))
            .execute(&mut *c)
            .await
            .map(|_| ())
    })
}

/// Makes the phone the second factor of an account.
///
/// # Errors
/// When the database fails.
pub async fn save_factor(
    link: Link<'_>,
    id: Uuid,
    user_id: Uuid,
    phone: &PhoneNumber,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    const SQL: &str = "INSERT INTO authentication_factors (id, user_id, type, factor, is_active, inserted_at, updated_at)
        VALUES ($1, $2, 'SMS', $3, true, $4, $4)
        ON CONFLICT (user_id, type) DO UPDATE SET factor = excluded.factor, is_active = excluded.is_active, updated_at = excluded.updated_at";
    on!(link, |c| sqlx::query(SQL)
        .bind(id)
        .bind(user_id)
        .bind(phone.as_str())
        .bind(now)
        .execute(c)
        .await
        .map(|_| ()))
}

/// Gives an account a role, unless it has it.
///
/// # Errors
/// When the database fails.
pub async fn save_role(
    link: Link<'_>,
    user_id: Uuid,
    role_id: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    const SQL: &str = "INSERT INTO global_user_roles (user_id, role_id, inserted_at) VALUES ($1, $2, $3) ON CONFLICT (user_id, role_id) DO NOTHING";
    on!(link, |c| sqlx::query(SQL)
        .bind(user_id)
        .bind(role_id)
        .bind(now)
        .execute(c)
        .await
        .map(|_| ()))
}

/// Ends whatever an account was given: with the password its owner may have changed.
///
/// # Errors
/// When the database fails.
pub async fn end_tokens(link: Link<'_>, user_id: Uuid, now: DateTime<Utc>) -> sqlx::Result<()> {
    const SQL: &str = "UPDATE tokens SET expires_at = $2 WHERE user_id = $1 AND expires_at > $2";
    on!(link, |c| sqlx::query(SQL)
        .bind(user_id)
        .bind(now)
        .execute(c)
        .await
        .map(|_| ()))
}

/// What came of a registration, for the audit.
#[derive(Debug, Clone, Copy)]
pub struct Outcome {
    /// The proof of identity.
    pub user_request_id: Uuid,
    /// The HTTP status.
    pub status: u16,
    /// Why it was refused, in a word.
    pub reason: Option<&'static str>,
    /// The person.
    pub person_id: Option<Uuid>,
    /// The account.
    pub user_id: Option<Uuid>,
    /// Where it came from, as far as that is known.
    pub client_address: Option<IpAddr>,
}

/// Writes down what came of a registration.
///
/// # Errors
/// When the database fails.
pub async fn note(
    link: Link<'_>,
    id: Uuid,
    outcome: &Outcome,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    const SQL: &str = "INSERT INTO cabinet_registrations (id, user_request_id, status, reason, person_id, user_id, client_address, inserted_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    on!(link, |c| sqlx::query(SQL)
        .bind(id)
        .bind(outcome.user_request_id)
        .bind(i32::from(outcome.status))
        .bind(outcome.reason)
        .bind(outcome.person_id)
        .bind(outcome.user_id)
        .bind(outcome.client_address.map(|address| address.to_string()))
        .bind(now)
        .execute(c)
        .await
        .map(|_| ()))
}

/// Removes what is over: visits to the provider an hour after their end, proofs of identity a day after theirs, outcomes
/// when they are no longer kept. Safe on every process at once.
///
/// # Errors
/// When the database fails.
pub async fn purge(link: Link<'_>, now: DateTime<Utc>) -> sqlx::Result<u64> {
    const VISITS: &str = "DELETE FROM auth_requests WHERE expires_at <= $1";
    const PROOFS: &str = "DELETE FROM user_requests WHERE expires_at <= $1";
    const OUTCOMES: &str = "DELETE FROM cabinet_registrations WHERE inserted_at <= $1";
    let hour_ago = now - TimeDelta::hours(1);
    let day_ago = now - TimeDelta::days(1);
    let long_ago = now - TimeDelta::days(crate::limits::REGISTRATIONS_KEPT);
    on!(link, |c| {
        let visits = sqlx::query(VISITS).bind(hour_ago).execute(&mut *c).await?;
        let proofs = sqlx::query(PROOFS).bind(day_ago).execute(&mut *c).await?;
        let outcomes = sqlx::query(OUTCOMES)
            .bind(long_ago)
            .execute(&mut *c)
            .await?;
        Ok(visits.rows_affected() + proofs.rows_affected() + outcomes.rows_affected())
    })
}
