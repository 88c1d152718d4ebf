//! What OAuth gives: a nonce, an approval with its code, the tokens for a code, a fresh access token.
//!
//! ```text
//! nonce ─(signed by the person)─▶ sign-up | sign-in ─▶ access token "app:authorize"
//!                                                          │ authorize
//!                                                          ▼
//!                      tokens ◀─(exchange, once)── code + approval
//!                        │ refresh, as long as the approval stands
//!                        ▼
//!                   access token
//! ```
//!
//! Source: RFC 6749; the order of the checks and their texts are the eHealth specification's (OAuth, §6.1–6.5).

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{
    client::{Client, ClientType},
    error::OAuthError,
    jwt::{self, Audience, Nonce},
    redirect_uri::RedirectUri,
    scope::Scopes,
    store::{self, TokenInHand, User},
    token::{Subject, Token, TokenName},
};
use crate::{
    config::Lives,
    db::{Link, Tx},
    random::{Draw, Random},
    secrets::{Hash, Plain},
    state::App,
};

/// The scope of tokens that the pages use to approve a client.
pub const AUTHORIZE_SCOPE: &str = super::client::LOGIN_SCOPE;
/// The grant type of whoever signs in by a signature.
pub const PIS_AUTH: &str = "pis_auth";

/// A token with its value, which is seen this once.
#[derive(Debug)]
pub struct Issued {
    /// What is stored.
    pub token: Token,
    /// What the client gets.
    pub value: Plain,
}

/// Who a login token lets approve a client (authority §8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginTokenFor {
    /// Whoever called a JSON route: the token lives for minutes.
    Caller,
    /// A page of ours, which gives it to nobody: it lives as long as the page.
    Page,
}

impl LoginTokenFor {
    fn life(self, lives: &Lives) -> TimeDelta {
        match self {
            Self::Caller => lives.login_token,
            Self::Page => lives.registration,
        }
    }
}

/// Makes a login token: an access token of scope `app:authorize`, which approves the client that brought the person, and
/// no other.
///
/// # Errors
/// When the database fails.
pub async fn issue_login_token(
    tx: &mut Tx,
    random: &dyn Random,
    lives: &Lives,
    subject: Subject,
    client_id: Uuid,
    whose: LoginTokenFor,
    now: DateTime<Utc>,
) -> sqlx::Result<Issued> {
    let token = Token {
        id: random.uuid(),
        name: TokenName::Access,
        subject,
        client_id,
        approval_id: None,
        parent_id: None,
        scope: Scopes::parse(AUTHORIZE_SCOPE).unwrap_or_default(),
        grant_type: PIS_AUTH.to_owned(),
        redirect_uri: None,
        expires_at: now + whose.life(lives),
        used_at: None,
    };
    let value = Plain::generate(random);
    store::add_token(tx.link(), &token, &value.hash(), now).await?;
    Ok(Issued { token, value })
}

/// A nonce for `client_id` (§6.1).
///
/// # Errors
/// 404, 401 or 422 of the table there.
pub async fn nonce(
    app: &App,
    client_id: &str,
    secret: Option<&str>,
    now: DateTime<Utc>,
) -> Result<String, OAuthError> {
    let client_id = Uuid::parse_str(client_id).map_err(|_| OAuthError::ClientNotFound)?;
    let mut held = app.db.read().await?;
    let client = store::client(held.link(), client_id)
        .await?
        .ok_or(OAuthError::ClientNotFound)?;
    if client.is_blocked {
        return Err(OAuthError::ClientBlocked);
    }
    let audience = match client.client_type {
        ClientType::TrustedPis => {
            let secret = secret.ok_or(OAuthError::SecretRequired)?;
            if !client.has_secret(&app.keys, secret) {
                return Err(OAuthError::InvalidClient);
            }
            Audience::TrustedClient
        }
        _ => Audience::MithrilLogin,
    };
    let nonce = app.random.uuid();
    let life = app.config.lives.nonce;
    jwt::issue(
        app.keys.jwt(),
        audience,
        app.random.uuid(),
        nonce,
        Nonce {
            nonce,
            client_id: Some(client.id),
        },
        now,
        life,
    )
    .map_err(|error| OAuthError::Crypto(error.to_string()))
}

/// What a client asks a person for.
#[derive(Debug, Clone)]
pub struct AuthorizationRequest {
    /// The client.
    pub client_id: Uuid,
    /// Where the code goes.
    pub redirect_uri: RedirectUri,
    /// The scopes.
    pub scope: Scopes,
}

/// A code with the approval it stands for.
#[derive(Debug)]
pub struct Authorized {
    /// The code as it is stored.
    pub code: Token,
    /// The address that carries the code to the client, without `state`.
    pub location: String,
}

/// Checks an authorization request against its client (§6.2 rows 2, 4, 5, 7).
///
/// # Errors
/// 422 of the table there.
pub fn check_authorization(
    client: &Client,
    request: &AuthorizationRequest,
) -> Result<(), OAuthError> {
    if client.is_blocked {
        return Err(OAuthError::ClientBlocked);
    }
    if !client.may_redirect_to(&request.redirect_uri) {
        return Err(OAuthError::RedirectMismatch { exchange: false });
    }
    if request.scope.is_empty() {
        return Err(OAuthError::ScopeEmpty);
    }
    if !client.may_ask_for(&request.scope) {
        return Err(OAuthError::ScopeNotAllowed);
    }
    Ok(())
}

/// Whether `token` is a login token of the client that `request` names (authority §8): one that was granted by consent is
/// none, whatever its scope.
///
/// # Errors
/// 401 `Invalid access token`, 422 `Client not found`.
pub fn check_login_token(token: &Token, request: &AuthorizationRequest) -> Result<(), OAuthError> {
    if token.approval_id.is_some() {
        return Err(OAuthError::InvalidAccessToken);
    }
    if token.client_id != request.client_id {
        return Err(OAuthError::AuthorizeClientNotFound);
    }
    Ok(())
}

/// Whether `scope` holds something that only staff of the client can use (authority §9).
#[must_use]
pub fn asks_for_staff(client: &Client, scope: &Scopes) -> bool {
    const STAFF: [&str; 3] = ["person_request:", "otp:", "authentication_method"];
    let is_for_staff = |scope: &str| {
        scope == "person:search" || STAFF.iter().any(|begin| scope.starts_with(begin))
    };
    client.client_type == ClientType::Mis && scope.iter().any(is_for_staff)
}

/// Whether `subject` may be asked for `scope`: what only staff can use is offered to staff, acting for themselves.
///
/// # Errors
/// 422 `User requested scope that is not allowed by role based access policies.`; when the database fails.
pub async fn check_roles(
    link: Link<'_>,
    client: &Client,
    subject: Subject,
    scope: &Scopes,
) -> Result<(), OAuthError> {
    if !asks_for_staff(client, scope) {
        return Ok(());
    }
    let works_there =
        subject.applicant.is_none() && store::works_for(link, subject.user_id, client.id).await?;
    if works_there {
        Ok(())
    } else {
        Err(OAuthError::ScopeNotOfRole)
    }
}

/// Approves `request` on behalf of `subject` and makes the code with the value `value` (§6.2).
/// An earlier approval keeps its scopes and gets the new ones.
///
/// # Errors
/// 401 and 422 of the table there.
pub async fn authorize(
    tx: &mut Tx,
    app: &App,
    subject: Subject,
    request: &AuthorizationRequest,
    value: &Plain,
    now: DateTime<Utc>,
) -> Result<Authorized, OAuthError> {
    let client = store::client(tx.link(), request.client_id)
        .await?
        .ok_or(OAuthError::AuthorizeClientNotFound)?;
    let user = store::user(tx.link(), subject.user_id)
        .await?
        .ok_or(OAuthError::UserNotFound)?;
    check_user(&user)?;
    check_authorization(&client, request)?;
    check_roles(tx.link(), &client, subject, &request.scope).await?;
    let approval_id = approve(tx, app, subject, client.id, &request.scope, now).await?;
    let code = Token {
        id: app.random.uuid(),
        name: TokenName::Code,
        subject,
        client_id: client.id,
        approval_id: Some(approval_id),
        parent_id: None,
        scope: request.scope.clone(),
        grant_type: "password".to_owned(),
        redirect_uri: Some(request.redirect_uri.as_str().to_owned()),
        expires_at: now + app.config.lives.code,
        used_at: None,
    };
    store::add_token(tx.link(), &code, &value.hash(), now).await?;
    let location = request.redirect_uri.with(&[("code", value.expose())]);
    Ok(Authorized { code, location })
}

/// The approval of a client by `subject`, made or extended by `scope`; its id.
async fn approve(
    tx: &mut Tx,
    app: &App,
    subject: Subject,
    client_id: Uuid,
    scope: &Scopes,
    now: DateTime<Utc>,
) -> Result<Uuid, OAuthError> {
    let known = store::approval(tx.link(), subject, client_id).await?;
    let scope = match &known {
        Some(approval) => approval.scope.union(scope),
        None => scope.clone(),
    };
    let id = known.map_or_else(|| app.random.uuid(), |approval| approval.id);
    Ok(store::save_approval(tx.link(), id, subject, client_id, &scope, now).await?)
}

/// Approves a trusted client, which shows pages of its own, and gives it its tokens at once (§7). Whether a confidant may
/// act was asked in this transaction.
///
/// # Errors
/// When the database fails.
pub async fn grant(
    tx: &mut Tx,
    app: &App,
    subject: Subject,
    person_id: Uuid,
    client: &Client,
    scope: &Scopes,
    now: DateTime<Utc>,
) -> Result<GrantedTokens, OAuthError> {
    let approval_id = approve(tx, app, subject, client.id, scope, now).await?;
    let token = Token {
        id: app.random.uuid(),
        name: TokenName::Refresh,
        subject,
        client_id: client.id,
        approval_id: Some(approval_id),
        parent_id: None,
        scope: scope.clone(),
        grant_type: PIS_AUTH.to_owned(),
        redirect_uri: None,
        expires_at: now + app.config.lives.refresh_token,
        used_at: None,
    };
    let refresh = if client.may_use("refresh_token") {
        let value = Plain::generate(&*app.random);
        store::add_token(tx.link(), &token, &value.hash(), now).await?;
        Some(Issued {
            token: token.clone(),
            value,
        })
    } else {
        None
    };
    let mut token = descend(app, &token, TokenName::Access, PIS_AUTH, now);
    token.parent_id = refresh.as_ref().map(|refresh| refresh.token.id);
    let value = Plain::generate(&*app.random);
    store::add_token(tx.link(), &token, &value.hash(), now).await?;
    Ok(GrantedTokens {
        access: Issued { token, value },
        refresh,
        person_id: Some(person_id),
    })
}

/// The client that somebody signs in to (§5.5 rows 1, 2), which proves itself: these are the pages' own routes
/// (authority §7). `member` is what the body calls it.
///
/// # Errors
/// 422 or 401 of the table there.
pub async fn login_client(
    app: &App,
    client_id: Option<&str>,
    client_secret: Option<&str>,
    member: &'static str,
    grant_type: Option<&str>,
) -> Result<Client, OAuthError> {
    let client_id = client_id.ok_or(OAuthError::Blank(member))?;
    let id = Uuid::parse_str(client_id).map_err(|_| OAuthError::LoginClientUnknown)?;
    let client = {
        let mut held = app.db.read().await?;
        store::client(held.link(), id).await?
    };
    let client = client.ok_or(OAuthError::LoginClientUnknown)?;
    let is_proven = client_secret.is_some_and(|secret| client.has_secret(&app.keys, secret));
    if !is_proven && !app.config.login_without_secret {
        return Err(OAuthError::InvalidClient);
    }
    if client.is_blocked {
        return Err(OAuthError::ClientBlocked);
    }
    check_login_grant(&client, grant_type)?;
    Ok(client)
}

/// Whether somebody may sign in to `client` by a signature.
///
/// # Errors
/// 422 without a grant type, 401 for one that is not known or not allowed.
pub fn check_login_grant(client: &Client, grant_type: Option<&str>) -> Result<(), OAuthError> {
    match grant_type {
        None => Err(OAuthError::GrantTypeRequired),
        // The specification writes it in two ways (§14.16).
        Some(PIS_AUTH | "pis-auth") if client.may_use(PIS_AUTH) => Ok(()),
        Some(PIS_AUTH | "pis-auth") => Err(OAuthError::GrantTypeNotAllowed),
        Some(_) => Err(OAuthError::GrantTypeUnknown),
    }
}

/// Whether a login token may have `scope` (§5.5 row 4): it approves a client, and reads nothing.
///
/// # Errors
/// 422 `Scope is not allowed by client type.`
pub fn check_login_scope(scope: Option<&str>) -> Result<(), OAuthError> {
    let Some(scope) = scope else { return Ok(()) };
    let scope = Scopes::parse(scope).ok_or(OAuthError::ScopeNotAllowed)?;
    let mut named = scope.iter();
    if named.all(|scope| matches!(scope, AUTHORIZE_SCOPE | "profile:read")) {
        Ok(())
    } else {
        Err(OAuthError::ScopeNotAllowed)
    }
}

fn check_user(user: &User) -> Result<(), OAuthError> {
    match user {
        User {
            is_active: false, ..
        } => Err(OAuthError::UserNotFound),
        User {
            is_blocked: true, ..
        } => Err(OAuthError::UserBlocked),
        _ => Ok(()),
    }
}

/// A client that names itself and proves it.
#[derive(Debug, Clone, Copy)]
pub struct ClientCredentials<'a> {
    /// `client_id` as it was sent.
    pub client_id: &'a str,
    /// `client_secret` as it was sent.
    pub client_secret: &'a str,
}

/// The client that `credentials` prove.
///
/// # Errors
/// 401 `Invalid client id or secret.`, whichever of them is wrong; `Client is blocked`.
pub async fn authenticate_client(
    app: &App,
    credentials: ClientCredentials<'_>,
) -> Result<Client, OAuthError> {
    let id = Uuid::parse_str(credentials.client_id).map_err(|_| OAuthError::InvalidClient)?;
    // Outside the transaction: whoever cannot prove who they are does not make writers wait.
    let mut held = app.db.read().await?;
    let client = store::client(held.link(), id)
        .await?
        .ok_or(OAuthError::InvalidClient)?;
    if !client.has_secret(&app.keys, credentials.client_secret) {
        return Err(OAuthError::InvalidClient);
    }
    if client.is_blocked {
        return Err(OAuthError::ClientBlocked);
    }
    Ok(client)
}

/// What a client gets for a code or a refresh token.
#[derive(Debug)]
pub struct GrantedTokens {
    /// The access token.
    pub access: Issued,
    /// The refresh token, when the client may use one and did not bring one.
    pub refresh: Option<Issued>,
    /// The person whose data it opens.
    pub person_id: Option<Uuid>,
}

/// Exchanges a code for tokens (§6.3). A code works once: the one statement that marks it decides between two exchanges
/// at the same moment; whoever brings it a second time ends everything that it gave (RFC 6749 §4.1.2).
///
/// # Errors
/// 401 of the table there.
pub async fn exchange_code(
    app: &App,
    credentials: ClientCredentials<'_>,
    code: &str,
    redirect_uri: &str,
    now: DateTime<Utc>,
) -> Result<GrantedTokens, OAuthError> {
    let client = authenticate_client(app, credentials).await?;
    if !client.may_use("authorization_code") {
        return Err(OAuthError::GrantTypeNotAllowed);
    }
    let mut tx = app.db.begin().await?;
    let value = Hash::of(code.as_bytes());
    let borne = store::find_token_in_hand(tx.link(), TokenName::Code, &value).await?;
    let borne = borne.ok_or(OAuthError::TokenNotFound)?;
    let code = &borne.token;
    if code.client_id != client.id {
        return Err(OAuthError::TokenOfAnotherClient);
    }
    if code.used_at.is_some() {
        return revoke_reused(tx, code, now).await;
    }
    check_live(app, &borne, now)?;
    let given = RedirectUri::parse(redirect_uri).ok();
    if given.as_ref().map(RedirectUri::as_str) != code.redirect_uri.as_deref() {
        return Err(OAuthError::RedirectMismatch { exchange: true });
    }
    check_grant(&mut tx, app, &borne, now).await?;
    if !store::use_code(tx.link(), code.id, now).await? {
        return revoke_reused(tx, code, now).await;
    }
    let refresh = if client.may_use("refresh_token") {
        let token = descend(app, code, TokenName::Refresh, "authorization_code", now);
        let value = Plain::generate(&*app.random);
        store::add_token(tx.link(), &token, &value.hash(), now).await?;
        Some(Issued { token, value })
    } else {
        None
    };
    let parent = refresh.as_ref().map_or(code, |refresh| &refresh.token);
    let token = descend(app, parent, TokenName::Access, "authorization_code", now);
    let value = Plain::generate(&*app.random);
    store::add_token(tx.link(), &token, &value.hash(), now).await?;
    tx.commit().await?;
    Ok(GrantedTokens {
        access: Issued { token, value },
        refresh,
        person_id: borne.user.person_id,
    })
}

/// Ends what a code gave that is brought a second time, and says so.
async fn revoke_reused(
    mut tx: Tx,
    code: &Token,
    now: DateTime<Utc>,
) -> Result<GrantedTokens, OAuthError> {
    store::end_given_tokens(tx.link(), code.id, now).await?;
    tx.commit().await?;
    tracing::warn!(reason = "code_reused", client_id = %code.client_id, code_id = %code.id, "tokens revoked");
    Err(if code.is_live(now) {
        OAuthError::TokenUsed
    } else {
        OAuthError::TokenExpired
    })
}

/// A new access token for a refresh token, which stays as it is (§6.4).
///
/// # Errors
/// 401 of the table there; 409 when a confidant no longer stands for the person.
pub async fn refresh(
    app: &App,
    credentials: ClientCredentials<'_>,
    refresh_token: &str,
    now: DateTime<Utc>,
) -> Result<GrantedTokens, OAuthError> {
    let client = authenticate_client(app, credentials).await?;
    if !client.may_use("refresh_token") {
        return Err(OAuthError::GrantTypeNotAllowed);
    }
    let mut tx = app.db.begin().await?;
    let value = Hash::of(refresh_token.as_bytes());
    let borne = store::find_token_in_hand(tx.link(), TokenName::Refresh, &value).await?;
    let borne = borne.ok_or(OAuthError::TokenNotFound)?;
    let refresh = &borne.token;
    if refresh.client_id != client.id {
        return Err(OAuthError::TokenOfAnotherClient);
    }
    check_live(app, &borne, now)?;
    check_grant(&mut tx, app, &borne, now).await?;
    let token = descend(app, refresh, TokenName::Access, "refresh_token", now);
    let value = Plain::generate(&*app.random);
    store::add_token(tx.link(), &token, &value.hash(), now).await?;
    tx.commit().await?;
    Ok(GrantedTokens {
        access: Issued { token, value },
        refresh: None,
        person_id: borne.user.person_id,
    })
}

/// Makes sure that a code or refresh token is one still. Whether its applicant may act is asked first: the answer is the same
/// before and after housekeeping ended what a lost right gave (authority §5).
fn check_live(app: &App, borne: &TokenInHand, now: DateTime<Utc>) -> Result<(), OAuthError> {
    if !borne.has_standing(&(&app.config.people).into(), now) {
        return Err(OAuthError::RelationshipNotConfirmed);
    }
    if !borne.token.is_live(now) {
        return Err(OAuthError::TokenExpired);
    }
    Ok(())
}

/// Makes sure that the approval behind a code or refresh token stands, its user may still act, and whoever acts for them
/// too: what is given and what takes the right away follow one another.
async fn check_grant(
    tx: &mut Tx,
    app: &App,
    borne: &TokenInHand,
    now: DateTime<Utc>,
) -> Result<(), OAuthError> {
    let stands = match borne.token.approval_id {
        Some(id) => store::approval_stands(tx.link(), id).await?,
        None => false,
    };
    if !stands {
        return Err(OAuthError::AccessRevoked);
    }
    let limits = (&app.config.people).into();
    if borne.keeps_standing(tx.link(), &limits, now).await? {
        check_user(&borne.user)
    } else {
        Err(OAuthError::RelationshipNotConfirmed)
    }
}

/// A token that `parent` gives: the same person, client, scopes and approval.
fn descend(
    app: &App,
    parent: &Token,
    name: TokenName,
    grant_type: &str,
    now: DateTime<Utc>,
) -> Token {
    let life = match name {
        TokenName::Refresh => app.config.lives.refresh_token,
        TokenName::Access | TokenName::Code => app.config.lives.access_token,
    };
    Token {
        id: app.random.uuid(),
        name,
        parent_id: Some(parent.id),
        grant_type: grant_type.to_owned(),
        expires_at: now + life,
        used_at: None,
        ..parent.clone()
    }
}

/// Ends an access token and the refresh token that gave it, with all that it gave (§6.5).
///
/// # Errors
/// When the database fails.
pub async fn log_out(app: &App, token: &Token, now: DateTime<Utc>) -> Result<(), OAuthError> {
    let mut tx = app.db.begin().await?;
    store::end_token_family(tx.link(), token.id, now).await?;
    if let Some(parent_id) = token.parent_id {
        store::end_token_family(tx.link(), parent_id, now).await?;
    }
    tx.commit().await?;
    Ok(())
}
