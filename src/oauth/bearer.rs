//! Who calls: the access token of a JSON route and the key of its broker.

use chrono::{DateTime, Utc};

use super::{
    client::api_key_hash,
    error::OAuthError,
    store::{self, LegalEntity, TokenInHand, User},
    token::{Token, TokenName},
};
use crate::{api::Call, config::People, db::Link, secrets::Plain};

/// A caller whose access token is good and allows what they want.
#[derive(Debug, Clone)]
pub struct Bearer {
    /// The token.
    pub token: Token,
    /// The token's user; may be blocked or inactive: each rule says what that means to it.
    pub user: Option<User>,
}

/// The bearer of `value`, which must be a live access token with `scope`; whoever acts for another must have the right to
/// do so now.
///
/// # Errors
/// 401 `Invalid access token`; 403 `Your scope does not allow …`.
pub async fn bearer(
    link: Link<'_>,
    people: &People,
    value: Option<&Plain>,
    scope: Option<&'static str>,
    now: DateTime<Utc>,
) -> Result<Bearer, OAuthError> {
    let value = value.ok_or(OAuthError::InvalidAccessToken)?;
    let borne = store::find_token_in_hand(link, TokenName::Access, &value.hash()).await?;
    check(borne, people, scope, now)
}

/// The bearer of a token that was checked earlier, by its id: it may have been ended since.
///
/// # Errors
/// As [`bearer`].
pub async fn bearer_again(
    link: Link<'_>,
    people: &People,
    token_id: uuid::Uuid,
    scope: Option<&'static str>,
    now: DateTime<Utc>,
) -> Result<Bearer, OAuthError> {
    check(
        store::borne_by_id(link, token_id).await?,
        people,
        scope,
        now,
    )
}

fn check(
    borne: Option<TokenInHand>,
    people: &People,
    scope: Option<&'static str>,
    now: DateTime<Utc>,
) -> Result<Bearer, OAuthError> {
    let borne = borne
        .filter(|borne| borne.token.is_live(now) && borne.has_standing(&people.into(), now))
        .ok_or(OAuthError::InvalidAccessToken)?;
    if let Some(scope) = scope
        && !borne.token.scope.contains(scope)
    {
        return Err(OAuthError::MissingScope(scope));
    }
    if borne.client_is_blocked {
        return Err(OAuthError::ClientBlocked);
    }
    Ok(Bearer {
        token: borne.token,
        user: Some(borne.user),
    })
}

/// A caller from a medical institution.
#[derive(Debug, Clone)]
pub struct Staff {
    /// The token.
    pub token: Token,
    /// Its user, active and not blocked.
    pub user: User,
    /// Where they work; none: nowhere that this program knows.
    pub legal_entity: Option<LegalEntity>,
    /// As whom they receive patients there, now; none: they do not.
    pub employee_id: Option<uuid::Uuid>,
}

impl Staff {
    /// The id of the legal entity: the client itself where nothing else is known of it.
    #[must_use]
    pub fn legal_entity_id(&self) -> uuid::Uuid {
        self.legal_entity
            .as_ref()
            .map_or(self.token.client_id, |entity| entity.id)
    }
}

/// The caller from a medical institution: a live access token with one of `scopes`, and an api key. One question to the
/// database.
///
/// # Errors
/// 401 `API-KEY header required`, `Invalid access token`, `Invalid API-KEY`, `User is blocked.`; 403 `Your scope does not
/// allow …`, which names the first of `scopes`.
pub async fn staff(call: &Call, scopes: &[&'static str]) -> Result<Staff, OAuthError> {
    let key = call.api_key.as_ref().ok_or(OAuthError::ApiKeyRequired)?;
    let value = call.bearer.as_ref().ok_or(OAuthError::InvalidAccessToken)?;
    let found = {
        let mut held = call.app.db.read().await?;
        store::at_work(held.link(), &value.hash(), &api_key_hash(key)).await?
    };
    let found = found
        .filter(|found| found.borne.token.is_live(call.now))
        .ok_or(OAuthError::InvalidAccessToken)?;
    if !found.api_key_is_known {
        return Err(OAuthError::InvalidApiKey);
    }
    let held_scope = scopes
        .iter()
        .find(|scope| found.borne.token.scope.contains(scope));
    let scope = held_scope.or_else(|| scopes.first()).copied();
    let people = &call.app.config.people;
    let Bearer { token, user } = check(Some(found.borne), people, scope, call.now)?;
    match user {
        Some(user) if user.is_blocked => Err(OAuthError::UserBlocked),
        Some(user) if user.is_active => Ok(Staff {
            // Nobody works in the place of another.
            employee_id: found
                .employee_id
                .filter(|_| token.subject.applicant.is_none()),
            token,
            user,
            legal_entity: found.legal_entity,
        }),
        _ => Err(OAuthError::InvalidAccessToken),
    }
}

/// Makes sure that the call carries the api key of a client that is not blocked.
///
/// # Errors
/// 401 `API-KEY header required` or `Invalid API-KEY`.
pub async fn require_api_key(call: &Call) -> Result<(), OAuthError> {
    let key = call.api_key.as_ref().ok_or(OAuthError::ApiKeyRequired)?;
    let mut held = call.app.db.read().await?;
    match store::client_by_api_key(held.link(), &api_key_hash(key)).await? {
        Some(_) => Ok(()),
        None => Err(OAuthError::InvalidApiKey),
    }
}
