//! The frame around every request: its id, its span, its one line in the log.
//!
//! What is logged is the route as the router knows it, never the address itself: addresses may carry personal data.

use std::{sync::Arc, time::Instant};

use axum::{
    body::HttpBody,
    extract::{MatchedPath, Request, State},
    http::{Extensions, HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tracing::Instrument;

use crate::{limits, random::Draw, state::App};

/// The header that carries the id back.
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request: in its answer, on its error page, in every line of its log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// The id among the extensions of a request; empty outside the layer [`frame`].
    #[must_use]
    pub fn of(extensions: &Extensions) -> Self {
        extensions
            .get::<Self>()
            .cloned()
            .unwrap_or_else(|| Self("".into()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Gives the request an id and a span, and writes one line when it is answered.
pub async fn frame(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = RequestId(app.random.uuid().to_string().into());
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "unmatched".to_owned(), |path| path.as_str().to_owned());
    let span = tracing::info_span!("request", request_id = %id.as_str(), method = %request.method(), route);
    request.extensions_mut().insert(id.clone());

    let mut response = next.run(request).instrument(span.clone()).await;

    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    let status = response.status().as_u16();
    // Whole hundredths: a longer tail of digits says nothing, and could look like somebody's number.
    let milliseconds = (started.elapsed().as_secs_f64() * 100_000.0).round() / 100.0;
    let _entered = span.enter();
    if status >= 500 {
        tracing::error!(status, milliseconds, "answered");
    } else {
        tracing::info!(status, milliseconds, "answered");
    }
    response
}

/// Lets in so many large bodies at once and no more; one that says beforehand that it is too large is not read at all.
/// Ordinary bodies pass.
pub async fn large_body(State(app): State<App>, request: Request, next: Next) -> Response {
    let size = request.body().size_hint();
    if size.lower() > limits::SIGNED_BODY as u64 {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    }
    if size.upper().is_some_and(|most| most <= limits::BODY as u64) {
        return next.run(request).await;
    }
    match app.large_bodies.try_acquire() {
        Ok(_slot) => next.run(request).await,
        Err(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            [(header::RETRY_AFTER, "5")],
        )
            .into_response(),
    }
}

/// Logs that the database failed: the class of the failure, never the values of the statement.
pub fn database_failed(error: &sqlx::Error) {
    let code = error
        .as_database_error()
        .and_then(|error| error.code().map(|code| code.into_owned()));
    let reason = match error {
        sqlx::Error::Io(_) => "io",
        sqlx::Error::Tls(_) => "tls",
        sqlx::Error::PoolTimedOut => "pool_timed_out",
        sqlx::Error::PoolClosed => "pool_closed",
        sqlx::Error::Database(_) => "refused",
        sqlx::Error::RowNotFound
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::ColumnDecode { .. } => "row",
        _ => "other",
    };
    tracing::error!(reason, code, "database failed");
}
