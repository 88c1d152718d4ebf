//! The JSON routes of one-time codes (verifications §5), and the door for a gateway's reports (decisions §4).

mod body;
mod sign_up;

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, StatusCode},
    routing::{get, patch, post},
};
use chrono::SecondsFormat;
use openssl::{hash::MessageDigest, pkey::PKey, sign::Signer};
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

use super::{
    Actor, Aim, CodeStatus, Completion, Initialize, InitializeError, Verification, admit, complete,
    initialize, is_verified_phone, reports,
};
use crate::{
    api::{Answer, ApiError, Body, Call},
    oauth::{
        bearer::{Bearer, bearer, require_api_key},
        error::OAuthError,
    },
    paths,
    phone::PhoneNumber,
    secrets::{constant_time_eq, hex},
    state::App,
};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route(paths::API_VERIFICATIONS, post(send_code))
        .route(paths::API_VERIFICATION, get(find))
        .route(paths::API_VERIFICATION_COMPLETE, patch(take_code))
        .route(paths::API_SMS_VERIFICATIONS, post(sign_up::send_code))
        .route(paths::SMS_REPORTS, post(report))
}

type Answered = Result<Answer, ApiError>;

/// What one door calls the refusals that both have.
struct Words {
    too_many: &'static str,
}

impl Words {
    fn refusal(&self, error: InitializeError) -> ApiError {
        match error {
            InitializeError::TooManyRequests { retry_after } => {
                ApiError::too_many_requests(self.too_many, retry_after)
            }
            InitializeError::SmsNotSent => ApiError {
                kind: "service_unavailable",
                ..ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "SMS not sent. Try later")
            },
            InitializeError::Database(error) => error.into(),
        }
    }
}

const WORDS: Words = Words {
    too_many: "too many requests",
};

/// A client with an api key and a user's access token of `scope`.
async fn caller(call: &Call, scope: &'static str) -> Result<Bearer, ApiError> {
    require_api_key(call).await?;
    let mut held = call.app.db.read().await?;
    let (value, people) = (call.bearer.as_ref(), &call.app.config.people);
    let bearer = bearer(held.link(), people, value, Some(scope), call.now).await?;
    match &bearer.user {
        Some(user) if user.is_blocked => Err(OAuthError::UserBlocked.into()),
        Some(user) if user.is_active => Ok(bearer),
        _ => Err(OAuthError::InvalidAccessToken.into()),
    }
}

async fn send_code(call: Call, Body(body): Body) -> Answered {
    let bearer = caller(&call, "otp:write").await?;
    let (phone, provider) = body::read_code_request(&body)?;
    let wanted = Initialize {
        phone: &phone,
        provider,
        content_hash: None,
        actor: Some(Actor {
            user_id: bearer.token.subject.actor_user_id(),
            client_id: bearer.token.client_id,
        }),
    };
    let verification = initialize(&call.app, &wanted, call.now)
        .await
        .map_err(|error| WORDS.refusal(error))?;
    Ok(Answer::ok(verification_json(&verification)))
}

async fn take_code(
    call: Call,
    path: Result<Path<String>, PathRejection>,
    Body(body): Body,
) -> Answered {
    caller(&call, "otp:write").await?;
    let code = body::code(&body)?;
    let phone = number(path)?;
    admit(&call.app, &phone, call.now)
        .await?
        .map_err(|retry_after| ApiError::too_many_requests(WORDS.too_many, retry_after))?;
    match complete(&call.app, &phone, code, Aim::Number, call.now).await? {
        Completion::Verified(verification) | Completion::Expired(verification) => {
            Ok(Answer::ok(verification_json(&verification)))
        }
        Completion::InvalidCode { .. } => Err(forbidden("Invalid verification code")),
        Completion::MaxAttempts(_) => Err(forbidden("Maximum attempts exceed")),
        Completion::NotFound => Err(not_found()),
    }
}

async fn find(call: Call, path: Result<Path<String>, PathRejection>) -> Answered {
    caller(&call, "otp:read").await?;
    let phone = number(path)?;
    let mut held = call.app.db.read().await?;
    if is_verified_phone(held.link(), &phone).await? {
        Ok(Answer::ok(json!({ "phone_number": phone.as_str() })))
    } else {
        Err(not_found())
    }
}

/// The number of a path. Any text will do; what is no number was never sent a code.
fn number(path: Result<Path<String>, PathRejection>) -> Result<PhoneNumber, ApiError> {
    let Path(text) = path.map_err(|_| not_found())?;
    PhoneNumber::parse(&text).map_err(|_| not_found())
}

fn not_found() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "not found")
}

fn forbidden(message: &'static str) -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, message)
}

/// A verification as callers see it (verifications §1.4): of all statuses `expired` alone is in small letters.
fn verification_json(verification: &Verification) -> Value {
    let status = match verification.status {
        CodeStatus::Expired => "expired",
        status => status.as_str(),
    };
    json!({
        "id": verification.id,
        "status": status,
        "code_expired_at": verification.code_expired_at.to_rfc3339_opts(SecondsFormat::Micros, true),
        "active": verification.is_active(),
    })
}

/// Takes a report that is signed with the secret of the gateway.
async fn report(
    State(app): State<App>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<StatusCode, ApiError> {
    let Some(secret) = &app.config.verification.report_secret else {
        return Err(not_found());
    };
    let signature = headers
        .get("x-signature")
        .and_then(|value| value.to_str().ok());
    if !is_signed(secret.expose_secret(), &bytes, signature)? {
        return Err(ApiError::new(StatusCode::UNAUTHORIZED, "Invalid signature"));
    }
    let body: Map<String, Value> = serde_json::from_slice(&bytes).map_err(|_| {
        ApiError::new(
            StatusCode::BAD_REQUEST,
            "Malformed request. Probably, you have sent corrupted JSON.",
        )
    })?;
    let report = body::report(&body).inspect_err(|_| {
        tracing::error!(
            reason = "unreadable",
            "a report of the SMS gateway is refused"
        );
    })?;
    if reports::take(&app, &report, app.clock.now()).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(not_found())
    }
}

/// Whether `signature` is the HMAC-SHA-256 of `body` under `secret`, in hexadecimal digits of any case.
fn is_signed(secret: &str, body: &[u8], signature: Option<&str>) -> Result<bool, ApiError> {
    let made = || {
        let key = PKey::hmac(secret.as_bytes())?;
        Signer::new(MessageDigest::sha256(), &key)?.sign_oneshot_to_vec(body)
    };
    let made = made().map_err(|error: openssl::error::ErrorStack| {
        tracing::error!(reason = %error, "internal error");
        ApiError::internal()
    })?;
    let given = signature.unwrap_or_default().trim().to_ascii_lowercase();
    Ok(constant_time_eq(hex(&made).as_bytes(), given.as_bytes()))
}
