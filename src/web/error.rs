//! How a page says no.
//!
//! A handler returns a [`PageError`]: what happened, for whom, with which way out. It becomes an empty response that
//! carries it along; the layer [`draw`] outside all others turns it, or a bare status of the framework, into a page in
//! the person's language. The reason goes to the log; the person sees the code and the request id.

use std::{fmt, sync::Arc};

use askama::Template;
use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse, IntoResponseParts, Response, ResponseParts},
};

use super::{
    error_page::{BadLink, ErrorLine, ErrorPage, Part, Problem, ReturnLink, Saved},
    language::{locale_of, other_language, switch_of, switch_of_entry},
    layout::{Layout, Switch},
};
use crate::{db::is_outage, http::request::RequestId, paths, state::App};

/// Why a page cannot be shown.
#[derive(Debug, Clone)]
pub struct PageError(Arc<ErrorDetails>);

/// What is told.
#[derive(Clone)]
struct ErrorDetails {
    status: StatusCode,
    problem: Problem,
    code: &'static str,
    lines: Vec<ErrorLine>,
    return_to: Option<ReturnLink>,
    again: Option<String>,
    sent: Option<Part>,
    entry: Option<Fields>,
}

/// The names and values of a form that was sent here.
pub type Fields = Vec<(&'static str, String)>;

/// What a browser came with is personal, and what is told to people says nothing to whoever reads a log.
impl fmt::Debug for ErrorDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorDetails")
            .field("status", &self.status)
            .field("code", &self.code)
            .finish_non_exhaustive()
    }
}

impl PageError {
    /// An error page of `problem` under `status`; `code` is the reason for the log and the support, without personal data.
    #[must_use]
    pub fn new(status: StatusCode, problem: Problem, code: &'static str) -> Self {
        Self(Arc::new(ErrorDetails {
            status,
            problem,
            code,
            lines: Vec::new(),
            return_to: None,
            again: None,
            sent: None,
            entry: None,
        }))
    }

    /// The link that led here is wrong: 400, no way out.
    #[must_use]
    pub fn bad_link(link: BadLink) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Problem::BadLink(link), link.key())
    }

    /// The browser does not have the flow it asks for: 400, nothing about the flow.
    #[must_use]
    pub fn session_lost() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            Problem::SessionLost,
            "session_lost",
        )
    }

    /// The client is shut out: 403.
    #[must_use]
    pub fn client_blocked() -> Self {
        let status = StatusCode::FORBIDDEN;
        Self::new(status, Problem::ClientBlocked, "client_blocked")
    }

    /// Something broke on our side: 500.
    #[must_use]
    pub fn internal() -> Self {
        let problem = Problem::Internal {
            saved: Saved::Unknown,
        };
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, problem, "internal")
    }

    /// The service cannot answer now: 503.
    #[must_use]
    pub fn unavailable() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            Problem::Unavailable { until: None },
            "unavailable",
        )
    }

    /// The page of a status that the framework answered with.
    #[must_use]
    pub fn of_status(status: StatusCode) -> Self {
        let (problem, code) = match status {
            StatusCode::NOT_FOUND => (Problem::NotFound, "not_found"),
            StatusCode::METHOD_NOT_ALLOWED => (Problem::MethodNotAllowed, "method_not_allowed"),
            StatusCode::PAYLOAD_TOO_LARGE => (Problem::PayloadTooLarge, "payload_too_large"),
            StatusCode::TOO_MANY_REQUESTS => (
                Problem::TooManyRequests { retry_at: None },
                "too_many_requests",
            ),
            StatusCode::SERVICE_UNAVAILABLE => {
                (Problem::Unavailable { until: None }, "unavailable")
            }
            status if status.is_server_error() => (
                Problem::Internal {
                    saved: Saved::Unknown,
                },
                "internal",
            ),
            _ => (Problem::BadRequest, "bad_request"),
        };
        Self::new(status, problem, code)
    }

    fn with(mut self, change: impl FnOnce(&mut ErrorDetails)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// The same with what is wrong in particular, a line each.
    #[must_use]
    pub fn lines(self, lines: Vec<ErrorLine>) -> Self {
        self.with(|told| told.lines = lines)
    }

    /// The same with the data that the lines are about, drawn in the language of the request.
    #[must_use]
    pub fn with_submitted_data(self, sent: Option<Part>) -> Self {
        self.with(|told| told.sent = sent)
    }

    /// The same with what the browser came with: the other language is had by sending it again.
    #[must_use]
    pub fn entry(self, entry: Option<Fields>) -> Self {
        self.with(|told| told.entry = entry)
    }

    /// The same with a way back to the client. Only after its `redirect_uri` was found good.
    #[must_use]
    pub fn return_to(self, client: impl Into<String>, href: impl Into<String>) -> Self {
        let link = ReturnLink {
            client: client.into(),
            href: href.into(),
        };
        self.with(|told| told.return_to = Some(link))
    }

    /// The same with a link to try again.
    #[must_use]
    pub fn again(self, href: impl Into<String>) -> Self {
        let href = href.into();
        self.with(|told| told.again = Some(href))
    }
}

/// Says that an answer with an error status is complete as it is.
#[derive(Debug, Clone, Copy)]
pub struct CompleteAnswer;

impl IntoResponseParts for CompleteAnswer {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        parts.extensions_mut().insert(self);
        Ok(parts)
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let mut response = self.0.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<sqlx::Error> for PageError {
    fn from(error: sqlx::Error) -> Self {
        crate::http::request::database_failed(&error);
        if is_outage(&error) {
            Self::unavailable()
        } else {
            Self::internal()
        }
    }
}

/// Draws the error page of every answer that is one.
pub async fn draw(State(app): State<App>, request: Request, next: Next) -> Response {
    if paths::is_json(request.uri().path()) {
        return next.run(request).await;
    }
    let locale = locale_of(request.uri(), request.headers(), &app.config.public_url);
    let switch = switch_of(request.method(), request.uri(), locale);
    let entry_switch = switch_of_entry(request.method(), request.uri(), locale);
    let entry = other_language(request.uri().path(), locale);
    let request_id = RequestId::of(request.extensions());
    let answer = next.run(request).await;
    let status = answer.status();
    if !status.is_client_error() && !status.is_server_error() {
        return answer;
    }
    let PageError(told) = match answer.extensions().get::<PageError>() {
        Some(error) => error.clone(),
        // A page that was drawn already (a form with errors in its summary) stays as it is, and so does plain text
        // for a probe. An error of the framework has a text of its own, in English and of no use to people.
        None if answer.extensions().get::<CompleteAnswer>().is_some() => return answer,
        None => PageError::of_status(status),
    };
    tracing::info!(code = told.code, "error page");
    let mut layout = Layout::new(locale, request_id.as_str())
        .demo(app.demo)
        .support(app.config.support.clone())
        .with_print_origin(app.config.public_url.origin(), app.clock.now());
    let link = switch.or(entry_switch.filter(|_| told.problem.is_impersonal()));
    layout.switch = match (link, &told.entry) {
        (Some(href), _) => Some(Switch::Link(href)),
        (None, Some(fields)) => Some(Switch::Form {
            action: entry,
            fields: fields.clone(),
        }),
        (None, None) => None,
    };
    let mut page = ErrorPage::new(layout, told.problem, told.code).messages(told.lines.clone());
    page.return_to.clone_from(&told.return_to);
    page.again.clone_from(&told.again);
    page.sent.clone_from(&told.sent);
    let Ok(html) = page.render() else {
        return status.into_response();
    };
    let mut drawn = (status, Html(html)).into_response();
    if let Some(at) = told.problem.retry_at() {
        let seconds = (at - app.clock.now()).num_seconds().max(1);
        drawn
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    for (name, value) in answer.headers() {
        if !matches!(
            name.as_str(),
            "content-type" | "content-length" | "content-encoding" | "transfer-encoding"
        ) {
            drawn.headers_mut().append(name, value.clone());
        }
    }
    drawn
}
