//! The JSON routes of a confidant's sign-up (§5.1, §5.2), and the token's own person.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::from_fn_with_state,
    routing::{get, post},
};
use serde_json::json;

use super::{
    confidant::{self, SCOPE, SignedContent},
    error::SignUpError,
    registration,
};
use crate::{
    api::{Answer, ApiError, Body, Call, call::text},
    limits,
    oauth::{
        bearer::{Bearer, bearer, require_api_key},
        error::OAuthError,
    },
    person::store,
    state::App,
    web::{paths, request::large_body},
};

/// The routes.
pub fn routes(app: &App) -> Router<App> {
    Router::new()
        .route(paths::API_CONFIDANT_VALIDATION, post(validate))
        .route(paths::API_CONFIDANT_REGISTRATION, post(register))
        .route(paths::API_CONFIDANT_REGISTER, post(register))
        .layer(DefaultBodyLimit::max(limits::SIGNED_BODY))
        .layer(from_fn_with_state(app.clone(), large_body))
        .route(paths::API_PERSON, get(person))
}

type Answered = Result<Answer, ApiError>;

async fn caller(call: &Call, scope: &'static str) -> Result<Bearer, ApiError> {
    let mut held = call.app.db.read().await?;
    Ok(bearer(held.link(), call.bearer.as_ref(), Some(scope), call.now).await?)
}

async fn validate(call: Call, Body(body): Body) -> Answered {
    let bearer = caller(&call, SCOPE).await?;
    let content = SignedContent::new(
        text(&body, "signed_content"),
        text(&body, "signed_content_encoding"),
    )?;
    let validated = confidant::validate(&call.app, &bearer, &content, call.now).await?;
    Ok(Answer::ok(
        json!({ "person": validated.person, "token": validated.session_token }),
    ))
}

async fn register(call: Call, Body(body): Body) -> Answered {
    let bearer = caller(&call, SCOPE).await?;
    let content = SignedContent::new(
        text(&body, "signed_content"),
        text(&body, "signed_content_encoding"),
    )?;
    let session_token = text(&body, "jwt").ok_or(SignUpError::SessionTokenInvalid)?;
    let app = &call.app;
    let client_id = bearer.token.client_id;
    let prepared = confidant::prepare(app, &bearer, content, session_token, call.now).await?;
    let mut tx = app.db.begin().await?;
    let registered = registration::register(&mut tx, app, prepared, client_id, call.now).await?;
    tx.commit().await?;
    let (user_id, tax_id) = registered.user;
    Ok(Answer::created(json!({
        "person": registered.person,
        "user": { "id": user_id, "tax_id": tax_id },
        "access_token": registered.token.value.expose(),
    })))
}

async fn person(call: Call) -> Answered {
    require_api_key(&call).await?;
    let bearer = caller(&call, "person:read").await?;
    let user = bearer
        .user
        .filter(|user| user.is_active)
        .ok_or(OAuthError::InvalidAccessToken)?;
    if user.is_blocked {
        return Err(OAuthError::UserBlocked.into());
    }
    let person_id = user.person_id.ok_or(OAuthError::UserNotFound)?;
    let mut held = call.app.db.read().await?;
    match store::described(held.link(), person_id).await? {
        Some(person) => Ok(Answer::ok(person)),
        None => Err(ApiError::new(
            axum::http::StatusCode::NOT_FOUND,
            "not found",
        )),
    }
}
