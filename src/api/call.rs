//! What a JSON handler gets: the call itself, and its body.

use std::net::IpAddr;

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, StatusCode, header, request::Parts},
};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::{answer::request_error, error::ApiError};
use crate::{http::caller::client_address, secrets::Plain, state::App};

/// One call of a JSON route: the application, the moment, and who says they are calling.
///
/// Taking it out of the request also makes sure that the caller accepts JSON.
#[derive(Debug)]
pub struct Call {
    /// The application.
    pub app: App,
    /// The moment of the call.
    pub now: DateTime<Utc>,
    /// The token of the header `Authorization: Bearer …`, unchecked.
    pub bearer: Option<Plain>,
    /// The header `api-key`, unchecked.
    pub api_key: Option<Plain>,
    /// Where it came from, as far as that is known.
    pub client_address: Option<IpAddr>,
}

impl FromRequestParts<App> for Call {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        if !accepts_json(&parts.headers) {
            return Err(ApiError::new(
                StatusCode::NOT_ACCEPTABLE,
                "Accept header is missing or invalid. Try to set 'Accept: application/json' header.",
            ));
        }
        let text = |name: &str| {
            parts
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let bearer = text("authorization").and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            let token = token.trim();
            (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then(|| Plain::from(token))
        });
        Ok(Self {
            now: app.clock.now(),
            bearer,
            api_key: text("api-key")
                .filter(|key| !key.is_empty())
                .map(Plain::from),
            client_address: client_address(parts, app.config.client_address_header.as_ref()),
            app: app.clone(),
        })
    }
}

/// Whether the caller takes JSON. Without the header it takes anything (RFC 9110 §12.5.1).
fn accepts_json(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::ACCEPT).iter().peekable();
    if values.peek().is_none() {
        return true;
    }
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|range| {
            let mut parts = range.split(';').map(str::trim);
            let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
            let refused =
                parts.any(|parameter| matches!(parameter, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
            !refused && matches!(kind.as_str(), "*/*" | "application/*" | "application/json")
        })
}

/// The JSON object of a body.
#[derive(Debug)]
pub struct Body(pub Map<String, Value>);

/// The JSON object of a body that may be left out.
#[derive(Debug)]
pub struct OptionalBody(pub Map<String, Value>);

impl FromRequest<App> for Body {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let is_json = is_json(request.headers());
        let bytes = read(request, app).await?;
        object(is_json, &bytes).map(Self)
    }
}

impl FromRequest<App> for OptionalBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let is_json = is_json(request.headers());
        let bytes = read(request, app).await?;
        if bytes.is_empty() {
            return Ok(Self(Map::new()));
        }
        object(is_json, &bytes).map(Self)
    }
}

fn object(is_json: bool, bytes: &Bytes) -> Result<Map<String, Value>, ApiError> {
    if !is_json {
        return Err(ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Invalid Content-Type header. Try to set 'Content-Type: application/json' header: http://docs.apimanifest.apiary.io/#introduction/interacting-with-api/content-type.",
        ));
    }
    serde_json::from_slice(bytes).map_err(|_| malformed_json())
}

async fn read(request: Request, app: &App) -> Result<Bytes, ApiError> {
    Bytes::from_request(request, app)
        .await
        .map_err(|rejection| {
            let status = axum::response::IntoResponse::into_response(rejection).status();
            if status == StatusCode::PAYLOAD_TOO_LARGE {
                request_error(status, "Request body is too large.", "size")
            } else {
                malformed_json()
            }
        })
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|kind| {
            let kind = kind.trim().to_ascii_lowercase();
            kind == "application/json"
                || (kind.starts_with("application/") && kind.ends_with("+json"))
        })
}

fn malformed_json() -> ApiError {
    request_error(
        StatusCode::BAD_REQUEST,
        "Malformed request. Probably, you have sent corrupted JSON.",
        "json",
    )
}

/// The text of member `name`, unless it is absent, empty or not a text.
#[must_use]
pub fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    object
        .get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}
