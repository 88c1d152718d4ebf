//! The JSON routes of OAuth (§6.1–6.5).

use axum::{Router, routing::post};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    bearer::bearer,
    error::OAuthError,
    grants::{self, AUTHORIZE_SCOPE, AuthorizationRequest, ClientCredentials},
    redirect_uri::RedirectUri,
    scope::Scopes,
    token,
};
use crate::{
    api::{Answer, ApiError, Body, Call, call::text},
    paths,
    secrets::Plain,
    state::App,
};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route(paths::OAUTH_NONCE, post(nonce))
        .route(paths::OAUTH_AUTHORIZE, post(authorize))
        .route(paths::OAUTH_TOKENS, post(tokens))
        .route(paths::AUTH_LOGOUT, post(log_out))
}

type Answered = Result<Answer, ApiError>;

async fn nonce(call: Call, Body(body): Body) -> Answered {
    let client_id = text(&body, "client_id").ok_or(OAuthError::Blank("client_id"))?;
    let secret = text(&body, "client_secret");
    let token = grants::nonce(&call.app, client_id, secret, call.now).await?;
    Ok(Answer::ok(json!({ "token": token })))
}

async fn authorize(call: Call, Body(body): Body) -> Answered {
    let bearer = {
        let mut held = call.app.db.read().await?;
        bearer(
            held.link(),
            &call.app.config.people,
            call.bearer.as_ref(),
            Some(AUTHORIZE_SCOPE),
            call.now,
        )
        .await?
    };
    let request = authorization_request(&body)?;
    grants::check_login_token(&bearer.token, &request)?;
    let value = Plain::generate(&*call.app.random);
    let mut tx = call.app.db.begin().await?;
    let subject = bearer.token.subject;
    let authorized =
        grants::authorize(&mut tx, &call.app, subject, &request, &value, call.now).await?;
    tx.commit().await?;
    let code = &authorized.code;
    let data = json!({
        "id": code.id,
        "name": code.name.as_str(),
        "value": value.expose(),
        "user_id": subject.user_id,
        "expires_at": code.expires_at.timestamp(),
        "details": {
            "scope_request": code.scope.to_string(),
            "redirect_uri": code.redirect_uri,
            "grant_type": code.grant_type,
            "client_id": code.client_id,
        },
    });
    Ok(Answer::created_resource(data)
        .urgent(json!({ "redirect_uri": authorized.location }))
        .location(authorized.location))
}

fn authorization_request(body: &Map<String, Value>) -> Result<AuthorizationRequest, OAuthError> {
    let app = body
        .get("app")
        .and_then(Value::as_object)
        .ok_or(OAuthError::AuthorizeIncomplete)?;
    let (Some(client_id), Some(redirect_uri), Some(Value::String(scope))) = (
        text(app, "client_id"),
        text(app, "redirect_uri"),
        app.get("scope"),
    ) else {
        return Err(OAuthError::AuthorizeIncomplete);
    };
    Ok(AuthorizationRequest {
        client_id: Uuid::parse_str(client_id).map_err(|_| OAuthError::AuthorizeClientNotFound)?,
        redirect_uri: RedirectUri::parse(redirect_uri)
            .map_err(|_| OAuthError::RedirectMismatch { exchange: false })?,
        scope: Scopes::parse(scope).ok_or(OAuthError::ScopeNotAllowed)?,
    })
}

async fn tokens(call: Call, Body(body): Body) -> Answered {
    let empty = Map::new();
    let token = body
        .get("token")
        .and_then(Value::as_object)
        .unwrap_or(&empty);
    let grant_type = text(token, "grant_type").ok_or(OAuthError::GrantTypeMissing)?;
    let client_id = text(token, "client_id");
    let client_secret = text(token, "client_secret");
    let granted = match grant_type {
        "authorization_code" => {
            let (Some(client_id), Some(client_secret), Some(code), Some(redirect_uri), Some(_)) = (
                client_id,
                client_secret,
                text(token, "code"),
                text(token, "redirect_uri"),
                text(token, "scope"),
            ) else {
                return Err(OAuthError::ExchangeIncomplete.into());
            };
            let credentials = ClientCredentials {
                client_id,
                client_secret,
            };
            grants::exchange_code(&call.app, credentials, code, redirect_uri, call.now).await?
        }
        "refresh_token" => {
            let (Some(client_id), Some(client_secret), Some(refresh_token)) =
                (client_id, client_secret, text(token, "refresh_token"))
            else {
                return Err(OAuthError::RefreshIncomplete.into());
            };
            let credentials = ClientCredentials {
                client_id,
                client_secret,
            };
            grants::refresh(&call.app, credentials, refresh_token, call.now).await?
        }
        _ => return Err(OAuthError::GrantTypeUnknown.into()),
    };
    let refresh = granted.refresh.as_ref().map(|refresh| &refresh.value);
    let access = &granted.access;
    Ok(Answer::created_resource(token::answer(
        &access.token,
        &access.value,
        refresh,
        granted.person_id,
    )))
}

async fn log_out(call: Call) -> Answered {
    let bearer = {
        let mut held = call.app.db.read().await?;
        let people = &call.app.config.people;
        bearer(held.link(), people, call.bearer.as_ref(), None, call.now).await?
    };
    grants::log_out(&call.app, &bearer.token, call.now).await?;
    Ok(Answer::ok(json!({})))
}
