//! The routes of trusted clients, which show pages of their own: what the pages do in steps is one call here, and the
//! approval is given with it (§7).

use axum::{Router, extract::DefaultBodyLimit, middleware::from_fn_with_state, routing::post};
use serde_json::{Map, Value, json};

use super::{
    api::{prove_phone, user},
    confidant::{self, ConfidantLookup},
    confidant_sign_in,
    error::SignUpError,
    own,
    registration::{self, IdentifiedPatient},
    sign_in,
    signed::SignedContent,
};
use crate::{
    api::{Answer, ApiError, Body, Call, call::text},
    db::Tx,
    http::request::large_body,
    limits,
    oauth::{
        bearer::require_api_key,
        client::{Client, ClientType},
        error::OAuthError,
        grants::{self, ClientCredentials, GrantedTokens},
        jwt::Audience,
        scope::Scopes,
        token,
    },
    paths,
    state::App,
};

/// The routes.
pub fn routes(app: &App) -> Router<App> {
    Router::new()
        .route(paths::TRUSTED_SIGN_IN, post(sign_in))
        .route(paths::TRUSTED_CONFIDANT_SIGN_IN, post(sign_in_confidant))
        .route(paths::TRUSTED_SIGN_UP, post(sign_up))
        .route(paths::TRUSTED_CONFIDANT_SIGN_UP, post(sign_up_confidant))
        .layer(DefaultBodyLimit::max(limits::SIGNED_BODY))
        .layer(from_fn_with_state(app.clone(), large_body))
}

type Answered = Result<Answer, ApiError>;

/// A client that proved itself, and what it asks for.
struct Trusted {
    client: Client,
    scope: Scopes,
}

/// The member `token` of the body.
fn token_of(body: &Map<String, Value>) -> Map<String, Value> {
    let token = body.get("token").and_then(Value::as_object);
    token.cloned().unwrap_or_default()
}

/// The client: a broker's key, the client's own secret, its type, its grant types, its scopes.
async fn authenticate_trusted_client(
    call: &Call,
    token: &Map<String, Value>,
) -> Result<Trusted, OAuthError> {
    require_api_key(call).await?;
    let client_id = text(token, "client_id").ok_or(OAuthError::Blank("token.client_id"))?;
    let client_secret = text(token, "client_secret").ok_or(OAuthError::SecretRequired)?;
    let credentials = ClientCredentials {
        client_id,
        client_secret,
    };
    let client = grants::authenticate_client(&call.app, credentials).await?;
    if client.client_type != ClientType::TrustedPis {
        return Err(OAuthError::GrantTypeNotAllowed);
    }
    grants::check_login_grant(&client, text(token, "grant_type"))?;
    let scope = text(token, "scope").ok_or(OAuthError::ScopeEmpty)?;
    let scope = Scopes::parse(scope).ok_or(OAuthError::ScopeNotAllowed)?;
    if scope.is_empty() {
        return Err(OAuthError::ScopeEmpty);
    }
    if !client.may_ask_for(&scope) {
        return Err(OAuthError::ScopeNotAllowed);
    }
    Ok(Trusted { client, scope })
}

/// The approval and its tokens, committed with everything before them.
async fn grant(
    mut tx: Tx,
    call: &Call,
    trusted: &Trusted,
    identified: &IdentifiedPatient,
) -> Result<Value, SignUpError> {
    let granted = grants::grant(
        &mut tx,
        &call.app,
        identified.subject,
        identified.person_id,
        &trusted.client,
        &trusted.scope,
        call.now,
    )
    .await?;
    tx.commit().await.map_err(SignUpError::Database)?;
    let GrantedTokens {
        access,
        refresh,
        person_id,
    } = granted;
    let refresh = refresh.as_ref().map(|refresh| &refresh.value);
    Ok(token::answer(
        &access.token,
        &access.value,
        refresh,
        person_id,
    ))
}

async fn sign_in(call: Call, Body(body): Body) -> Answered {
    let token = token_of(&body);
    let trusted = authenticate_trusted_client(&call, &token).await?;
    let (app, now) = (&call.app, call.now);
    let content = SignedContent::read_token(&token)?;
    let (audience, client_id) = (Audience::TrustedClient, trusted.client.id);
    let prepared = sign_in::prepare(app, &content, audience, client_id, now).await?;
    let mut tx = app.db.begin().await?;
    let identified = sign_in::sign_in(&mut tx, app, prepared, now).await?;
    let token = grant(tx, &call, &trusted, &identified).await?;
    Ok(Answer::created_resource(token))
}

async fn sign_in_confidant(call: Call, Body(body): Body) -> Answered {
    let trusted = authenticate_trusted_client(&call, &token_of(&body)).await?;
    let (app, now) = (&call.app, call.now);
    let content = SignedContent::read(&body)?;
    let (found, audience) = (ConfidantLookup::BySignature, Audience::TrustedClient);
    let client_id = trusted.client.id;
    let prepared =
        confidant_sign_in::prepare(app, found, &content, audience, client_id, now).await?;
    let mut tx = app.db.begin().await?;
    let identified = confidant_sign_in::sign_in(&mut tx, app, prepared, now).await?;
    let token = grant(tx, &call, &trusted, &identified).await?;
    Ok(Answer::created_resource(token))
}

async fn sign_up(call: Call, Body(body): Body) -> Answered {
    let trusted = authenticate_trusted_client(&call, &token_of(&body)).await?;
    let (app, now) = (&call.app, call.now);
    let content = SignedContent::read_own(&body)?;
    let prepared = own::prepare_trusted(app, content, trusted.client.id, now).await?;
    prove_phone(&call, &prepared, body.get("otp")).await?;
    let mut tx = app.db.begin().await?;
    let registered = registration::own::register(&mut tx, app, prepared, now).await?;
    let token = grant(tx, &call, &trusted, &registered.identified).await?;
    Ok(Answer::created_resource(json!({
        "person": registered.person,
        "user": user(&registered.identified),
        "token": token,
    })))
}

async fn sign_up_confidant(call: Call, Body(body): Body) -> Answered {
    let trusted = authenticate_trusted_client(&call, &token_of(&body)).await?;
    let (app, now) = (&call.app, call.now);
    let content = SignedContent::read(&body)?;
    let client_id = trusted.client.id;
    let prepared = confidant::prepare_trusted(app, content, client_id, now).await?;
    let tx = app.db.begin().await?;
    let (tx, registered) = registration::register(tx, app, prepared, now).await?;
    let token = grant(tx, &call, &trusted, &registered.identified).await?;
    Ok(Answer::created_resource(json!({
        "person": registered.person,
        "user": user(&registered.identified),
        "token": token,
    })))
}
