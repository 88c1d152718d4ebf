//! The JSON routes behind the pages: sign-up (§5.1–5.4), sign-in (§5.5, §5.6), and the token's own person.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::from_fn_with_state,
    routing::{get, post},
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    confidant::{self, ConfidantLookup, SCOPE},
    confidant_sign_in,
    error::SignUpError,
    own, own_prepared,
    registration::{self, IdentifiedPatient, issue_token},
    sign_in,
    signed::SignedContent,
};
use crate::{
    api::{Answer, ApiError, Body, Call, call::text},
    http::request::large_body,
    limits,
    oauth::{
        bearer::{Bearer, bearer, require_api_key},
        error::OAuthError,
        grants::{self, Issued, LoginTokenFor},
        jwt::Audience,
        token,
    },
    paths,
    person::store,
    phone::PhoneNumber,
    state::App,
    verification::{self, Aim, Completion, GivenCode},
};

/// The routes.
pub fn routes(app: &App) -> Router<App> {
    Router::new()
        .route(paths::API_CONFIDANT_VALIDATION, post(validate))
        .route(paths::API_CONFIDANT_REGISTRATION, post(register))
        .route(paths::API_CONFIDANT_REGISTER, post(register))
        .route(paths::API_OWN_VALIDATION, post(validate_own))
        .route(paths::API_OWN_REGISTRATION, post(register_own))
        .route(paths::API_OWN_REGISTER, post(register_own))
        .route(paths::AUTH_LOGIN, post(log_in))
        .route(paths::API_CONFIDANT_LOGIN, post(log_in_confidant))
        .layer(DefaultBodyLimit::max(limits::SIGNED_BODY))
        .layer(from_fn_with_state(app.clone(), large_body))
        .route(paths::API_PERSON, get(person))
}

type Answered = Result<Answer, ApiError>;

async fn caller(call: &Call, scope: Option<&'static str>) -> Result<Bearer, ApiError> {
    let mut held = call.app.db.read().await?;
    let (value, people) = (call.bearer.as_ref(), &call.app.config.people);
    Ok(bearer(held.link(), people, value, scope, call.now).await?)
}

async fn validate(call: Call, Body(body): Body) -> Answered {
    let bearer = caller(&call, Some(SCOPE)).await?;
    let content = SignedContent::read(&body)?;
    let validated = confidant::validate(&call.app, &bearer, &content, call.now).await?;
    Ok(Answer::ok(
        json!({ "person": validated.person, "token": validated.session_token }),
    ))
}

async fn register(call: Call, Body(body): Body) -> Answered {
    let bearer = caller(&call, Some(SCOPE)).await?;
    let content = SignedContent::read(&body)?;
    let session_token = text(&body, "jwt").ok_or(SignUpError::SessionTokenInvalid)?;
    let (app, now) = (&call.app, call.now);
    let client_id = bearer.token.client_id;
    let prepared = confidant::prepare(app, &bearer, content, session_token, now).await?;
    let tx = app.db.begin().await?;
    let (mut tx, registered) = registration::register(tx, app, prepared, now).await?;
    let (identified, whose) = (&registered.identified, LoginTokenFor::Caller);
    let issued = issue_token(&mut tx, app, identified, client_id, whose, now).await?;
    tx.commit().await?;
    Ok(Answer::created_resource(json!({
        "person": registered.person,
        "user": user(&registered.identified),
        "access_token": issued.value.expose(),
    })))
}

async fn validate_own(call: Call, Body(body): Body) -> Answered {
    let content = SignedContent::read_own(&body)?;
    let validated = own::validate(&call.app, &content, None, call.now).await?;
    Ok(Answer::ok(
        json!({ "person": validated.person, "token": validated.session_token }),
    ))
}

async fn register_own(call: Call, Body(body): Body) -> Answered {
    let content = SignedContent::read_own(&body)?;
    let session_token = call.bearer.as_ref();
    let session_token = session_token.ok_or(SignUpError::SessionTokenInvalid)?;
    let (app, now) = (&call.app, call.now);
    let prepared = own::prepare(app, content, session_token.expose(), now).await?;
    let client_id = prepared
        .client_id()
        .ok_or(SignUpError::SessionTokenInvalid)?;
    prepared.check_unused(app).await?;
    prove_phone(&call, &prepared, body.get("otp")).await?;
    let mut tx = app.db.begin().await?;
    let registered = registration::own::register(&mut tx, app, prepared, now).await?;
    let (identified, whose) = (&registered.identified, LoginTokenFor::Caller);
    let issued = issue_token(&mut tx, app, identified, client_id, whose, now).await?;
    tx.commit().await?;
    Ok(Answer::created_resource(json!({
        "person": registered.person,
        "user": user(identified),
        "access_token": issued.value.expose(),
        "token": token_json(&issued, identified),
    })))
}

/// The phone is that of whoever registers: proven by the code `otp`, or before, where that is enough (§5.4 step 3).
pub(super) async fn prove_phone(
    call: &Call,
    prepared: &own_prepared::PreparedOwnRegistration,
    otp: Option<&Value>,
) -> Result<(), SignUpError> {
    let app = &call.app;
    let number = own_prepared::phone_number(&prepared.content).unwrap_or_default();
    let phone = PhoneNumber::parse(number).map_err(|_| SignUpError::CodeInvalid)?;
    if !app.config.verification.validate_all_phones {
        let mut held = app.db.read().await?;
        if verification::is_verified_phone(held.link(), &phone).await? {
            return Ok(());
        }
    }
    let given = match otp {
        None | Some(Value::Null) => return Err(SignUpError::CodeInvalid),
        Some(Value::String(text)) => GivenCode::from_text(text),
        Some(value) => GivenCode::of_json(value),
    };
    if let Err(retry_after) = verification::admit(app, &phone, call.now).await? {
        return Err(SignUpError::CodeTooOften { retry_after });
    }
    let aim = Aim::Content(&prepared.content_hash);
    match verification::complete(app, &phone, given, aim, call.now).await? {
        Completion::Verified(_) => Ok(()),
        Completion::Expired(_) => Err(SignUpError::CodeExpired),
        Completion::InvalidCode { .. } | Completion::NotFound => Err(SignUpError::CodeInvalid),
        Completion::MaxAttempts(_) => Err(SignUpError::CodeAttempts),
    }
}

async fn log_in(call: Call, Body(body): Body) -> Answered {
    let empty = Map::new();
    let token = body
        .get("token")
        .and_then(Value::as_object)
        .unwrap_or(&empty);
    let (app, now) = (&call.app, call.now);
    let (client_id, grant_type) = (text(token, "client_id"), text(token, "grant_type"));
    let secret = text(token, "client_secret");
    let member = "token.client_id";
    let client = grants::login_client(app, client_id, secret, member, grant_type).await?;
    let content = SignedContent::read_token(token)?;
    let audience = Audience::MithrilLogin;
    let prepared = sign_in::prepare(app, &content, audience, client.id, now).await?;
    grants::check_login_scope(text(token, "scope"))?;
    let mut tx = app.db.begin().await?;
    let identified = sign_in::sign_in(&mut tx, app, prepared, now).await?;
    let whose = LoginTokenFor::Caller;
    let issued = issue_token(&mut tx, app, &identified, client.id, whose, now).await?;
    tx.commit().await?;
    Ok(Answer::created_resource(token_json(&issued, &identified))
        .urgent(json!({ "next_step": "REQUEST_APPS" })))
}

async fn log_in_confidant(call: Call, Body(body): Body) -> Answered {
    let bearer = caller(&call, None).await?;
    let (app, now) = (&call.app, call.now);
    let (client_id, grant_type) = (text(&body, "client_id"), text(&body, "grant_type"));
    let (secret, member) = (text(&body, "client_secret"), "client_id");
    let client = grants::login_client(app, client_id, secret, member, grant_type).await?;
    // The confidant's token is of the client that calls (authority §7).
    if bearer.token.client_id != client.id {
        return Err(OAuthError::InvalidAccessToken.into());
    }
    let (found, audience) = (ConfidantLookup::ByToken(&bearer), Audience::MithrilLogin);
    let content = SignedContent::read(&body)?;
    let prepared =
        confidant_sign_in::prepare(app, found, &content, audience, client.id, now).await?;
    grants::check_login_scope(text(&body, "scope"))?;
    let mut tx = app.db.begin().await?;
    let identified = confidant_sign_in::sign_in(&mut tx, app, prepared, now).await?;
    let whose = LoginTokenFor::Caller;
    let issued = issue_token(&mut tx, app, &identified, client.id, whose, now).await?;
    tx.commit().await?;
    Ok(Answer::created_resource(json!({
        "user": user(&identified),
        "access_token": issued.value.expose(),
        "token": token_json(&issued, &identified),
    })))
}

/// The user of an answer.
pub(super) fn user(identified: &IdentifiedPatient) -> Value {
    let id: Uuid = identified.subject.user_id;
    json!({ "id": id, "tax_id": identified.tax_id })
}

/// The token of an answer (§6.6).
fn token_json(issued: &Issued, identified: &IdentifiedPatient) -> Value {
    let person_id = Some(identified.person_id);
    token::answer(&issued.token, &issued.value, None, person_id)
}

async fn person(call: Call) -> Answered {
    require_api_key(&call).await?;
    let bearer = caller(&call, Some("person:read")).await?;
    let user = bearer
        .user
        .filter(|user| user.is_active)
        .ok_or(OAuthError::InvalidAccessToken)?;
    if user.is_blocked {
        return Err(OAuthError::UserBlocked.into());
    }
    let person_id = user.person_id.ok_or(OAuthError::UserNotFound)?;
    let mut held = call.app.db.read().await?;
    match store::find_person_json(held.link(), person_id).await? {
        Some(person) => Ok(Answer::ok(person)),
        None => Err(ApiError::new(
            axum::http::StatusCode::NOT_FOUND,
            "not found",
        )),
    }
}
