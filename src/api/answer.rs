//! What a JSON route answers when the answer is yes, and how both answers get their envelope.
//!
//! A handler returns an [`Answer`] or an [`ApiError`]; the layer [`envelope`] adds what only it knows: the address,
//! the request id, and the form of an error that never met a handler (404, 405, a timeout, a panic).

use std::borrow::Cow;

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

use super::error::ApiError;
use crate::{
    db::is_outage,
    http::request::{RequestId, database_failed},
    invalid::{EntryType, Invalid, Rule},
    paths,
    state::App,
};

/// An answer with data.
#[derive(Debug, Clone)]
pub struct Answer {
    status: StatusCode,
    data: Value,
    urgent: Option<Value>,
    paging: Option<Value>,
    location: Option<String>,
}

impl Answer {
    /// 200 with `data`.
    #[must_use]
    pub fn ok(data: Value) -> Self {
        Self {
            status: StatusCode::OK,
            data,
            urgent: None,
            paging: None,
            location: None,
        }
    }

    /// 201 with `data`.
    #[must_use]
    pub fn created_resource(data: Value) -> Self {
        Self {
            status: StatusCode::CREATED,
            ..Self::ok(data)
        }
    }

    /// Adds the object `urgent`, which stands beside the data.
    #[must_use]
    pub fn urgent(self, urgent: Value) -> Self {
        Self {
            urgent: Some(urgent),
            ..self
        }
    }

    /// Adds the object `paging`, which says which part of a list this is (§3.1).
    #[must_use]
    pub fn paging(self, paging: Value) -> Self {
        Self {
            paging: Some(paging),
            ..self
        }
    }

    /// Adds the header `Location`.
    #[must_use]
    pub fn location(self, location: String) -> Self {
        Self {
            location: Some(location),
            ..self
        }
    }
}

/// What the layer finds in the response of a handler.
#[derive(Clone)]
enum Content {
    Answer(Box<Answer>),
    Error(Box<ApiError>),
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response
            .extensions_mut()
            .insert(Content::Answer(Box::new(self)));
        response
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if let Some(seconds) = self.retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
            .extensions_mut()
            .insert(Content::Error(Box::new(self)));
        response
    }
}

/// Puts every answer of the JSON routes into the envelope: `meta` with `data` or `error`.
pub async fn envelope(State(app): State<App>, request: Request, next: Next) -> Response {
    if !paths::is_json(request.uri().path()) {
        return next.run(request).await;
    }
    let uri = request.uri().clone();
    let request_id = RequestId::of(request.extensions());
    let idempotency_key = request.headers().get("x-idempotency-key").cloned();

    let mut response = next.run(request).await;

    let content = response.extensions_mut().remove::<Content>();
    let status = response.status();
    let content = match content {
        Some(content) => content,
        None if status.is_success() || status.is_redirection() => return response,
        None => Content::Error(Box::new(error_of_status(status))),
    };
    let idempotency_key = idempotency_key.and_then(|key| key.to_str().map(str::to_owned).ok());
    let url = url(&app, &uri, &content);
    let kind = kind(&content);
    let mut body = Map::new();
    let mut location = None;
    match content {
        Content::Answer(answer) => {
            let mut meta = Map::new();
            meta.insert("code".into(), json!(status.as_u16()));
            meta.insert("url".into(), json!(url));
            meta.insert("type".into(), json!(kind));
            meta.insert("request_id".into(), json!(request_id.as_str()));
            if let Some(key) = idempotency_key {
                meta.insert("idempotency_key".into(), Value::String(key));
            }
            body.insert("meta".into(), Value::Object(meta));
            body.insert("data".into(), answer.data);
            if let Some(paging) = answer.paging {
                body.insert("paging".into(), paging);
            }
            if let Some(urgent) = answer.urgent {
                body.insert("urgent".into(), urgent);
            }
            location = answer.location;
        }
        // The order of the seed's samples, here and wherever an error has members (§12.2, §12.4).
        Content::Error(error) => {
            let mut meta = Map::new();
            meta.insert("code".into(), json!(status.as_u16()));
            if let Some(key) = idempotency_key {
                meta.insert("idempotency_key".into(), Value::String(key));
            }
            meta.insert("request_id".into(), json!(request_id.as_str()));
            meta.insert("type".into(), json!(kind));
            meta.insert("url".into(), json!(url));
            body.insert("error".into(), describe(*error));
            body.insert("meta".into(), Value::Object(meta));
        }
    }
    let mut enveloped = (status, Json(Value::Object(body))).into_response();
    // What the router said about methods, and what a handler said about retrying, is kept.
    for name in [header::ALLOW, header::RETRY_AFTER] {
        if let Some(value) = response.headers().get(&name) {
            enveloped.headers_mut().insert(name, value.clone());
        }
    }
    enveloped
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(location) = location.and_then(|location| HeaderValue::try_from(location).ok()) {
        enveloped.headers_mut().insert(header::LOCATION, location);
    }
    enveloped
}

/// The address of the request without its query; of what was made, where something was.
fn url(app: &App, uri: &Uri, content: &Content) -> String {
    let mut url = format!("{}{}", app.config.public_url.origin(), uri.path());
    if let Content::Answer(answer) = content
        && answer.status == StatusCode::CREATED
        && let Some(Value::String(id)) = answer.data.get("id")
    {
        url.push('/');
        url.push_str(id);
    }
    url
}

fn kind(content: &Content) -> &'static str {
    match content {
        Content::Answer(answer) if answer.data.is_array() => "list",
        _ => "object",
    }
}

fn describe(error: ApiError) -> Value {
    let mut body = Map::new();
    if !error.invalid.is_empty() {
        body.insert("invalid".into(), json!(error.invalid));
    }
    body.insert("message".into(), json!(error.message));
    body.insert("type".into(), json!(error.kind));
    Value::Object(body)
}

/// The error of an answer that no handler gave.
fn error_of_status(status: StatusCode) -> ApiError {
    match status {
        StatusCode::NOT_FOUND => ApiError::new(status, "not found"),
        StatusCode::METHOD_NOT_ALLOWED => ApiError::new(status, "Method not allowed."),
        StatusCode::PAYLOAD_TOO_LARGE => {
            request_error(status, "Request body is too large.", "size")
        }
        StatusCode::SERVICE_UNAVAILABLE => ApiError::new(status, "Service unavailable."),
        status if status.is_server_error() => ApiError::internal(),
        status => ApiError::new(
            status,
            status.canonical_reason().unwrap_or("Request refused."),
        ),
    }
}

/// An error of the request as a whole, by the rule it broke.
pub(super) fn request_error(
    status: StatusCode,
    message: impl Into<Cow<'static, str>>,
    rule: &'static str,
) -> ApiError {
    let mut error = ApiError::new(status, message);
    error.invalid = vec![Invalid {
        entry: None,
        entry_type: EntryType::Request,
        rules: vec![Rule::from_name(rule)],
    }];
    error
}

impl From<sqlx::Error> for ApiError {
    fn from(error: sqlx::Error) -> Self {
        database_failed(&error);
        if is_outage(&error) {
            Self::new(StatusCode::SERVICE_UNAVAILABLE, "Service unavailable.")
        } else {
            Self::internal()
        }
    }
}
