//! The headers that every answer carries.

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponseParts, Response, ResponseParts},
};

use crate::state::App;

/// Where the form of a page may end besides this service: browsers apply `form-action` to the redirect too (CSP 3 §6.6).
#[derive(Debug, Clone)]
pub enum FormEndsAt {
    /// At this origin.
    Origin(String),
    /// At an application with a scheme of its own, which no `form-action` can name: the directive is left out.
    Application,
}

impl FormEndsAt {
    /// The end of a form that redirects to `uri`.
    #[must_use]
    pub fn of(origin: Option<String>) -> Self {
        origin.map_or(Self::Application, Self::Origin)
    }
}

impl IntoResponseParts for FormEndsAt {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        parts.extensions_mut().insert(self);
        Ok(parts)
    }
}

/// A policy of a page's own, in the place of the one that all share.
#[derive(Debug, Clone, Copy)]
pub struct Policy(pub &'static str);

impl IntoResponseParts for Policy {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        parts.extensions_mut().insert(self);
        Ok(parts)
    }
}

const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Adds the headers.
pub async fn secure(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let form_action = match response.extensions().get::<FormEndsAt>() {
        None => "; form-action 'self'".to_owned(),
        Some(FormEndsAt::Origin(origin)) => format!("; form-action 'self' {origin}"),
        Some(FormEndsAt::Application) => String::new(),
    };
    let own = response.extensions().get::<Policy>();
    let policy = own.map_or(POLICY, |Policy(own)| own);
    let policy = HeaderValue::try_from(format!("{policy}{form_action}"))
        .unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    let mut set = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "no-referrer");
    set(
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=()",
    );
    set(
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
    if app.config.public_url.is_https() {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}
