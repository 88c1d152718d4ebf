//! Which language a page speaks: the one asked for in the address, else the one chosen before, else Ukrainian.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Uri, header},
    middleware::Next,
    response::Response,
};

use super::{
    cookies::{cookie, cookie_name},
    words::Locale,
};
use crate::{config::PublicUrl, state::App};

/// The parameter of an address.
const PARAMETER: &str = "lang";
/// How long a choice is remembered, in seconds: a year.
const REMEMBERED: u32 = 31_536_000;

fn asked_for(uri: &Uri) -> Option<Locale> {
    let query = uri.query()?;
    let value = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("lang="))?;
    Locale::parse(value)
}

/// The language of the answer to this request.
#[must_use]
pub fn locale_of(uri: &Uri, headers: &HeaderMap, url: &PublicUrl) -> Locale {
    asked_for(uri)
        .or_else(|| cookie(headers, &cookie_name("dovira-lang", url)).and_then(Locale::parse))
        .unwrap_or_default()
}

/// The address of the same page in the other language: none where the query holds more than the language, since what an
/// entry brings with it must not be written into a link.
#[must_use]
pub fn switch_of(uri: &Uri, locale: Locale) -> Option<String> {
    let only_language = uri.query().is_none_or(|query| {
        query
            .split('&')
            .all(|pair| pair.is_empty() || pair.starts_with("lang="))
    });
    only_language.then(|| format!("?{PARAMETER}={}", locale.other().code()))
}

/// Remembers the language that an address asks for.
pub async fn remember(State(app): State<App>, request: Request, next: Next) -> Response {
    let asked = asked_for(request.uri());
    let mut response = next.run(request).await;
    if let Some(locale) = asked {
        let url = &app.config.public_url;
        let secure = if url.is_https() { "; Secure" } else { "" };
        let cookie = format!(
            "{}={}; Path=/; Max-Age={REMEMBERED}; HttpOnly; SameSite=Lax{secure}",
            cookie_name("dovira-lang", url),
            locale.code()
        );
        if let Ok(value) = HeaderValue::try_from(cookie) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    response
}
