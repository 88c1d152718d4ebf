//! Cookies: their names, and reading them.

use axum::http::{HeaderMap, header};

use crate::config::PublicUrl;

/// The name of a cookie: browsers tie `__Host-` to this very host, over https only (RFC 6265bis §4.1.3.2).
#[must_use]
pub fn cookie_name(name: &str, url: &PublicUrl) -> String {
    if url.is_https() {
        format!("__Host-{name}")
    } else {
        name.to_owned()
    }
}

/// The value of the cookie `name` of a request.
#[must_use]
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(known, value)| (known == name).then_some(value))
}
