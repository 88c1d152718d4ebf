//! The SQL of the OAuth room: users, tokens, approvals; clients and institutions have files of their own.

mod clients;
pub mod users;
mod work;

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    scope::Scopes,
    token::{Applicant, Subject, Token, TokenName},
};
use crate::{
    db::{Inconsistent, Link, on},
    secrets::Hash,
    standing::{self, Limits, StandingFacts, UserState, store::FactsRow},
    web::{error::PageError, stop::Stop},
};

pub(crate) use self::clients::ClientRow;
pub use self::{
    clients::{
        ClientRecord, client, client_by_api_key, clients, save_client, set_client_blocked,
        set_client_secret,
    },
    work::{AtWork, LegalEntity, at_work, tax_ids_at_work, works_for},
};

/// A user: the login record of a person.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct User {
    /// Their id.
    pub id: Uuid,
    /// Their tax number, where they have one.
    pub tax_id: Option<String>,
    /// The person they are.
    pub person_id: Option<Uuid>,
    /// Whether the record is in use.
    pub is_active: bool,
    /// Whether they are shut out.
    pub is_blocked: bool,
    /// Whether their tax number comes from their own certificate or from the operator; else somebody typed it for them.
    pub tax_id_is_trusted: bool,
}

/// Why a row could not be had.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// The row contradicts itself.
    #[error(transparent)]
    Inconsistent(#[from] Inconsistent),
}

impl From<StoreError> for PageError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Database(error) => error.into(),
            StoreError::Inconsistent(error) => {
                tracing::error!(reason = %error, "internal error");
                Self::internal()
            }
        }
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::No(error.into())
    }
}

impl From<StoreError> for super::error::OAuthError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Database(error) => error.into(),
            StoreError::Inconsistent(error) => error.into(),
        }
    }
}

type Stored<T> = Result<T, StoreError>;

/// The user of that id.
///
/// # Errors
/// When the database fails.
pub async fn user(link: Link<'_>, id: Uuid) -> sqlx::Result<Option<User>> {
    const SQL: &str = "SELECT id, tax_id, person_id, is_active, is_blocked, tax_id_is_trusted FROM users WHERE id = $1";
    on!(link, |c| sqlx::query_as(SQL)
        .bind(id)
        .fetch_optional(c)
        .await)
}

/// The user of a person: the one in use, else one that is not. Whoever is not in use stands in the way of a new one.
///
/// # Errors
/// When the database fails.
pub async fn user_of_person(link: Link<'_>, person_id: Uuid) -> sqlx::Result<Option<User>> {
    const SQL: &str =
        "SELECT id, tax_id, person_id, is_active, is_blocked, tax_id_is_trusted FROM users
        WHERE person_id = $1 ORDER BY is_active DESC, is_blocked DESC, id LIMIT 1";
    on!(link, |c| sqlx::query_as(SQL)
        .bind(person_id)
        .fetch_optional(c)
        .await)
}

/// The users with this tax number, proven or vouched for: those in use first, among them blocked ones, then those with a
/// person.
///
/// # Errors
/// When the database fails.
pub async fn users_by_tax_id(link: Link<'_>, tax_id: &str) -> sqlx::Result<Vec<User>> {
    const SQL: &str = "SELECT id, tax_id, person_id, is_active, is_blocked, tax_id_is_trusted FROM users
        WHERE tax_id = $1 AND tax_id_is_trusted = true ORDER BY is_active DESC, is_blocked DESC, person_id IS NULL, id LIMIT 100";
    on!(link, |c| sqlx::query_as(SQL)
        .bind(tax_id)
        .fetch_all(c)
        .await)
}

/// Adds an active user, with a tax number that is proven or vouched for, or none.
///
/// # Errors
/// When the database fails, or the person has an active user already.
pub async fn add_user(
    link: Link<'_>,
    id: Uuid,
    person_id: Uuid,
    tax_id: Option<&str>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    const SQL: &str =
        "INSERT INTO users (id, tax_id, person_id, is_active, is_blocked, tax_id_is_trusted, inserted_at, updated_at)
        VALUES ($1, $2, $3, true, false, $4, $5, $5)";
    on!(link, |c| sqlx::query(SQL)
        .bind(id)
        .bind(tax_id)
        .bind(person_id)
        .bind(tax_id.is_some())
        .bind(now)
        .execute(c)
        .await
        .map(|_| ()))
}

/// Gives a user the tax number of their own certificate.
///
/// # Errors
/// When the database fails.
pub async fn prove_tax_id(
    link: Link<'_>,
    id: Uuid,
    tax_id: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    const SQL: &str =
        "UPDATE users SET tax_id = $2, tax_id_is_trusted = true, updated_at = $3 WHERE id = $1";
    on!(link, |c| sqlx::query(SQL)
        .bind(id)
        .bind(tax_id)
        .bind(now)
        .execute(c)
        .await
        .map(|_| ()))
}

#[derive(FromRow)]
struct TokenRow {
    id: Uuid,
    name: String,
    user_id: Uuid,
    applicant_user_id: Option<Uuid>,
    applicant_person_id: Option<Uuid>,
    client_id: Uuid,
    approval_id: Option<Uuid>,
    parent_id: Option<Uuid>,
    scope: String,
    grant_type: String,
    redirect_uri: Option<String>,
    expires_at: DateTime<Utc>,
    used_at: Option<DateTime<Utc>>,
}

impl TryFrom<TokenRow> for Token {
    type Error = Inconsistent;

    fn try_from(row: TokenRow) -> Result<Self, Inconsistent> {
        let inconsistent = || Inconsistent {
            table: "tokens",
            id: row.id,
        };
        let applicant = match (row.applicant_user_id, row.applicant_person_id) {
            (Some(user_id), Some(person_id)) => Some(Applicant { user_id, person_id }),
            (None, None) => None,
            _ => return Err(inconsistent()),
        };
        let name = match row.name.as_str() {
            "access_token" => TokenName::Access,
            "refresh_token" => TokenName::Refresh,
            "authorization_code" => TokenName::Code,
            _ => return Err(inconsistent()),
        };
        Ok(Self {
            id: row.id,
            name,
            subject: Subject {
                user_id: row.user_id,
                applicant,
            },
            client_id: row.client_id,
            approval_id: row.approval_id,
            parent_id: row.parent_id,
            scope: Scopes::parse(&row.scope).ok_or_else(inconsistent)?,
            grant_type: row.grant_type,
            redirect_uri: row.redirect_uri,
            expires_at: row.expires_at,
            used_at: row.used_at,
        })
    }
}

/// The token of that id.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub async fn token_by_id(link: Link<'_>, id: Uuid) -> Stored<Option<Token>> {
    const SQL: &str = "SELECT id, name, user_id, applicant_user_id, applicant_person_id, client_id, approval_id, parent_id, scope, grant_type, redirect_uri, expires_at, used_at FROM tokens WHERE id = $1";
    let row: Option<TokenRow> = on!(link, |c| sqlx::query_as(SQL)
        .bind(id)
        .fetch_optional(c)
        .await)?;
    Ok(row.map(Token::try_from).transpose()?)
}

/// Stores a token by the hash of its value.
///
/// # Errors
/// When the database fails.
pub async fn add_token(
    link: Link<'_>,
    token: &Token,
    value: &Hash,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    const SQL: &str = "INSERT INTO tokens (id, name, value_hash, user_id, applicant_user_id, applicant_person_id, client_id, approval_id, parent_id, scope, grant_type, redirect_uri, inserted_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    on!(link, |c| sqlx::query(SQL)
        .bind(token.id)
        .bind(token.name.as_str())
        .bind(value)
        .bind(token.subject.user_id)
        .bind(token.subject.applicant.map(|applicant| applicant.user_id))
        .bind(token.subject.applicant.map(|applicant| applicant.person_id))
        .bind(token.client_id)
        .bind(token.approval_id)
        .bind(token.parent_id)
        .bind(token.scope.to_string())
        .bind(&token.grant_type)
        .bind(token.redirect_uri.as_ref())
        .bind(now)
        .bind(token.expires_at)
        .execute(c)
        .await
        .map(|_| ()))
}

/// Marks a code as used; false when somebody did so before. The one statement that makes a code work once.
///
/// # Errors
/// When the database fails.
pub async fn use_code(link: Link<'_>, id: Uuid, now: DateTime<Utc>) -> sqlx::Result<bool> {
    const SQL: &str = "UPDATE tokens SET used_at = $2 WHERE id = $1 AND used_at IS NULL";
    let rows = on!(link, |c| sqlx::query(SQL)
        .bind(id)
        .bind(now)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(rows == 1)
}

/// Ends the token of that id and every token it gave, directly or through a refresh token.
///
/// # Errors
/// When the database fails.
pub async fn end_token_family(link: Link<'_>, id: Uuid, now: DateTime<Utc>) -> sqlx::Result<()> {
    const SQL: &str =
        "UPDATE tokens SET expires_at = $2 WHERE expires_at > $2 AND (id = $1 OR parent_id = $1
        OR parent_id IN (SELECT child.id FROM tokens child WHERE child.parent_id = $1))";
    on!(link, |c| sqlx::query(SQL)
        .bind(id)
        .bind(now)
        .execute(c)
        .await
        .map(|_| ()))
}

/// Ends every token that the one of that id gave, directly or through a refresh token; not itself.
///
/// # Errors
/// When the database fails.
pub async fn end_given_tokens(link: Link<'_>, id: Uuid, now: DateTime<Utc>) -> sqlx::Result<()> {
    const SQL: &str = "UPDATE tokens SET expires_at = $2 WHERE expires_at > $2 AND (parent_id = $1
        OR parent_id IN (SELECT child.id FROM tokens child WHERE child.parent_id = $1))";
    on!(link, |c| sqlx::query(SQL)
        .bind(id)
        .bind(now)
        .execute(c)
        .await
        .map(|_| ()))
}

/// An access token with the user it acts for, and whether the client that it was given to is blocked: what every call
/// asks first, in one statement.
#[derive(Debug)]
pub struct TokenInHand {
    /// The token.
    pub token: Token,
    /// Its user.
    pub user: User,
    /// Whether its client is shut out.
    pub client_is_blocked: bool,
    /// What is known of the applicant and the user's person; none where the token names no applicant.
    applicant: Option<ApplicantFacts>,
}

/// What is known of somebody who acts for another.
#[derive(Debug)]
struct ApplicantFacts {
    facts: Option<StandingFacts>,
    user: UserState,
}

impl TokenInHand {
    /// Whether the token acts for its own user, or for somebody for whom its applicant may act at `now` (authority §5).
    #[must_use]
    pub fn has_standing(&self, limits: &Limits<'_>, now: DateTime<Utc>) -> bool {
        let Some(applicant) = &self.applicant else {
            return true;
        };
        self.may_act(applicant, applicant.facts.as_ref(), limits, now)
    }

    /// The same, and nobody changes what is between the two until the transaction ends.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keeps_standing(
        &self,
        link: Link<'_>,
        limits: &Limits<'_>,
        now: DateTime<Utc>,
    ) -> sqlx::Result<bool> {
        let Some(applicant) = &self.applicant else {
            return Ok(true);
        };
        let facts = match &applicant.facts {
            Some(facts) => standing::store::hold_facts(link, facts).await?,
            None => None,
        };
        Ok(self.may_act(applicant, facts.as_ref(), limits, now))
    }

    fn may_act(
        &self,
        applicant: &ApplicantFacts,
        facts: Option<&StandingFacts>,
        limits: &Limits<'_>,
        now: DateTime<Utc>,
    ) -> bool {
        let patient = UserState {
            is_active: self.user.is_active,
            is_blocked: self.user.is_blocked,
        };
        standing::rules::standing(facts, applicant.user, Some(patient), limits, now).may_act()
    }
}

#[derive(FromRow)]
struct BorneRow {
    #[sqlx(flatten)]
    token: TokenRow,
    #[sqlx(flatten)]
    facts: FactsRow,
    applicant_is_active: Option<bool>,
    applicant_is_blocked: Option<bool>,
    tax_id: Option<String>,
    person_id: Option<Uuid>,
    is_active: bool,
    user_is_blocked: bool,
    tax_id_is_trusted: bool,
    client_is_blocked: bool,
}

impl TryFrom<BorneRow> for TokenInHand {
    type Error = Inconsistent;

    fn try_from(row: BorneRow) -> Result<Self, Inconsistent> {
        let user = User {
            id: row.token.user_id,
            tax_id: row.tax_id,
            person_id: row.person_id,
            is_active: row.is_active,
            is_blocked: row.user_is_blocked,
            tax_id_is_trusted: row.tax_id_is_trusted,
        };
        let token = Token::try_from(row.token)?;
        let applicant = token.subject.applicant.map(|_| ApplicantFacts {
            facts: row.facts.facts(),
            // A user who is not the applicant's person any more acts for nobody.
            user: UserState {
                is_active: row.applicant_is_active.unwrap_or(false),
                is_blocked: row.applicant_is_blocked.unwrap_or(true),
            },
        });
        Ok(Self {
            token,
            user,
            client_is_blocked: row.client_is_blocked,
            applicant,
        })
    }
}

/// The token of that kind and value, with whom it acts for.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub async fn find_token_in_hand(
    link: Link<'_>,
    name: TokenName,
    value: &Hash,
) -> Stored<Option<TokenInHand>> {
    const SQL: &str = "SELECT b.id, b.name, b.user_id, b.applicant_user_id, b.applicant_person_id, b.client_id, b.approval_id, b.parent_id, b.scope, b.grant_type, b.redirect_uri, b.expires_at, b.used_at,
            b.tax_id, b.person_id, b.is_active, b.user_is_blocked, b.tax_id_is_trusted, b.client_is_blocked, b.applicant_is_active, b.applicant_is_blocked,
            b.confidant_id, b.relationship_id, b.relationship_is_active, b.relationship_active_to, b.relationship_status, b.relationship_reason, b.relationship_confirmed_at, b.relationship_ended_reason,
            b.patient_is_current, b.patient_origin, b.patient_origin_confidant_id, b.patient_version, b.patient_owned_at, b.patient_has_another, b.confidant_is_current, b.confidant_birth_date, b.confidant_verification
        FROM tokens_in_hand b WHERE b.value_hash = $1 AND b.name = $2";
    let row: Option<BorneRow> = on!(link, |c| sqlx::query_as(SQL)
        .bind(value)
        .bind(name.as_str())
        .fetch_optional(c)
        .await)?;
    Ok(row.map(TokenInHand::try_from).transpose()?)
}

/// The token of that id, with whom it acts for.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub async fn borne_by_id(link: Link<'_>, id: Uuid) -> Stored<Option<TokenInHand>> {
    const SQL: &str = "SELECT b.id, b.name, b.user_id, b.applicant_user_id, b.applicant_person_id, b.client_id, b.approval_id, b.parent_id, b.scope, b.grant_type, b.redirect_uri, b.expires_at, b.used_at,
            b.tax_id, b.person_id, b.is_active, b.user_is_blocked, b.tax_id_is_trusted, b.client_is_blocked, b.applicant_is_active, b.applicant_is_blocked,
            b.confidant_id, b.relationship_id, b.relationship_is_active, b.relationship_active_to, b.relationship_status, b.relationship_reason, b.relationship_confirmed_at, b.relationship_ended_reason,
            b.patient_is_current, b.patient_origin, b.patient_origin_confidant_id, b.patient_version, b.patient_owned_at, b.patient_has_another, b.confidant_is_current, b.confidant_birth_date, b.confidant_verification
        FROM tokens_in_hand b WHERE b.id = $1";
    let row: Option<BorneRow> = on!(link, |c| sqlx::query_as(SQL)
        .bind(id)
        .fetch_optional(c)
        .await)?;
    Ok(row.map(TokenInHand::try_from).transpose()?)
}

/// An approval: what a person allowed a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Its id.
    pub id: Uuid,
    /// The scopes it allows.
    pub scope: Scopes,
}

/// Whether the approval of that id still stands; if so, nobody revokes it until the transaction ends: whoever does then
/// finds the tokens that it gave.
///
/// # Errors
/// When the database fails.
pub async fn approval_stands(link: Link<'_>, id: Uuid) -> sqlx::Result<bool> {
    const SQLITE: &str = "SELECT id FROM approvals WHERE id = $1";
    const POSTGRES: &str = "SELECT id FROM approvals WHERE id = $1 FOR SHARE";
    let found: Option<Uuid> = match link {
        Link::Sqlite(c) => {
            sqlx::query_scalar(SQLITE)
                .bind(id)
                .fetch_optional(c)
                .await?
        }
        Link::Postgres(c) => {
            sqlx::query_scalar(POSTGRES)
                .bind(id)
                .fetch_optional(c)
                .await?
        }
    };
    Ok(found.is_some())
}

/// The approval of a client by a user, locked for this transaction.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub async fn approval(
    link: Link<'_>,
    subject: Subject,
    client_id: Uuid,
) -> Stored<Option<Approval>> {
    const SQLITE: &str = "SELECT id, scope FROM approvals WHERE user_id = $1 AND client_id = $2 AND actor_user_id = $3";
    const POSTGRES: &str = "SELECT id, scope FROM approvals WHERE user_id = $1 AND client_id = $2 AND actor_user_id = $3 FOR UPDATE";
    let (user_id, actor_user_id) = (subject.user_id, subject.actor_user_id());
    let row: Option<(Uuid, String)> = match link {
        Link::Sqlite(c) => {
            let query = sqlx::query_as(SQLITE)
                .bind(user_id)
                .bind(client_id)
                .bind(actor_user_id);
            query.fetch_optional(c).await?
        }
        Link::Postgres(c) => {
            let query = sqlx::query_as(POSTGRES)
                .bind(user_id)
                .bind(client_id)
                .bind(actor_user_id);
            query.fetch_optional(c).await?
        }
    };
    row.map(|(id, scope)| {
        let scope = Scopes::parse(&scope).ok_or(Inconsistent {
            table: "approvals",
            id,
        })?;
        Ok(Approval { id, scope })
    })
    .transpose()
}

/// Adds an approval, or sets the scopes of the one that a parallel request added; its id.
///
/// # Errors
/// When the database fails.
pub async fn save_approval(
    link: Link<'_>,
    id: Uuid,
    subject: Subject,
    client_id: Uuid,
    scope: &Scopes,
    now: DateTime<Utc>,
) -> sqlx::Result<Uuid> {
    const SQL: &str = "INSERT INTO approvals (id, user_id, client_id, actor_user_id, scope, inserted_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $6)
        ON CONFLICT (user_id, client_id, actor_user_id) DO UPDATE SET scope = excluded.scope, updated_at = excluded.updated_at
        RETURNING id";
    on!(link, |c| sqlx::query_scalar(SQL)
        .bind(id)
        .bind(subject.user_id)
        .bind(client_id)
        .bind(subject.actor_user_id())
        .bind(scope.to_string())
        .bind(now)
        .fetch_one(c)
        .await)
}

/// Remembers that a one-time JWT was used; false when it was used before.
///
/// # Errors
/// When the database fails.
pub async fn use_jwt(link: Link<'_>, jti: Uuid, expires_at: DateTime<Utc>) -> sqlx::Result<bool> {
    const SQL: &str =
        "INSERT INTO used_jwts (jti, expires_at) VALUES ($1, $2) ON CONFLICT (jti) DO NOTHING";
    let rows = on!(link, |c| sqlx::query(SQL)
        .bind(jti)
        .bind(expires_at)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(rows == 1)
}

/// Whether a one-time JWT was used.
///
/// # Errors
/// When the database fails.
pub async fn jwt_is_used(link: Link<'_>, jti: Uuid) -> sqlx::Result<bool> {
    const SQL: &str = "SELECT count(*) FROM used_jwts WHERE jti = $1";
    let count: i64 = on!(link, |c| sqlx::query_scalar(SQL)
        .bind(jti)
        .fetch_one(c)
        .await)?;
    Ok(count > 0)
}

/// The sentence for a scope beyond those of `locales/`: Ukrainian, English, whether it is sensitive.
///
/// # Errors
/// When the database fails.
pub async fn described_scopes(link: Link<'_>) -> sqlx::Result<Vec<(String, String, String, bool)>> {
    const SQL: &str = "SELECT name, uk, en, sensitive FROM scopes";
    on!(link, |c| sqlx::query_as(SQL).fetch_all(c).await)
}

/// Removes what nobody can use any more: tokens a week after their end, one-time JWTs at theirs.
/// A token that gave others stays until they are gone too. Safe on every process at once.
///
/// # Errors
/// When the database fails.
pub async fn purge(link: Link<'_>, now: DateTime<Utc>) -> sqlx::Result<u64> {
    const TOKENS: &str = "DELETE FROM tokens WHERE expires_at < $1
        AND NOT EXISTS (SELECT 1 FROM tokens child WHERE child.parent_id = tokens.id AND child.expires_at >= $1)";
    const JWTS: &str = "DELETE FROM used_jwts WHERE expires_at < $1";
    let week_ago = now - chrono::TimeDelta::days(7);
    on!(link, |c| {
        let tokens = sqlx::query(TOKENS)
            .bind(week_ago)
            .execute(&mut *c)
            .await?
            .rows_affected();
        let jwts = sqlx::query(JWTS)
            .bind(now)
            .execute(&mut *c)
            .await?
            .rows_affected();
        Ok(tokens + jwts)
    })
}
