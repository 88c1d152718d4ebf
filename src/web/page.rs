//! What a page's handler gets besides its form.

use std::net::IpAddr;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use tower_sessions::Session;

use super::{
    browser::{HandOver, session},
    error::PageError,
    language::{locale_of, switch_of},
    layout::{Layout, Switch},
};
use crate::{
    http::{caller::client_address, request::RequestId},
    locale::Locale,
    state::App,
};

/// One request of a browser: the application, the moment, the language, the session.
#[derive(Debug)]
pub struct Page {
    /// The application.
    pub app: App,
    /// The moment of the request.
    pub now: DateTime<Utc>,
    /// The language of the answer.
    pub locale: Locale,
    /// The session of the browser; read from the database when it is first asked.
    pub session: Session,
    /// Where the request came from, as far as that is known.
    pub client_address: Option<IpAddr>,
    layout: Layout,
    headers: HeaderMap,
}

impl Page {
    /// The frame of the answer.
    #[must_use]
    pub fn layout(&self) -> Layout {
        self.layout.clone()
    }

    /// The key that was handed over to this browser, if any.
    #[must_use]
    pub fn handed_over(&self) -> Option<super::browser::Browser> {
        HandOver::receive(&self.headers, &self.app.config.public_url)
    }
}

impl FromRequestParts<App> for Page {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let url = &app.config.public_url;
        let locale = locale_of(&parts.uri, &parts.headers, url);
        let now = app.clock.now();
        let mut layout = Layout::new(locale, RequestId::of(&parts.extensions).as_str())
            .demo(app.demo)
            .support(app.config.support.clone())
            .with_print_origin(format!("{}{}", url.origin(), parts.uri.path()), now);
        layout.switch = switch_of(&parts.method, &parts.uri, locale).map(Switch::Link);
        Ok(Self {
            app: app.clone(),
            now,
            locale,
            session: session(parts, app).await?,
            client_address: client_address(parts, app.config.client_address_header.as_ref()),
            layout,
            headers: parts.headers.clone(),
        })
    }
}

/// 303 to `address`: the browser asks for it with `GET`.
#[must_use]
pub fn see_other(address: &str) -> Response {
    match axum::http::HeaderValue::try_from(address) {
        Ok(location) => (
            axum::http::StatusCode::SEE_OTHER,
            [(header::LOCATION, location)],
        )
            .into_response(),
        Err(_) => PageError::internal().into_response(),
    }
}

/// The form of a page that asks for a decision.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Decided {
    /// The button that was pressed.
    pub decision: Decision,
}

/// What a person decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Yes.
    Confirm,
    /// No.
    Decline,
    /// No, and back to the client.
    Leave,
}
