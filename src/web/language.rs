//! Which language a page speaks: the one asked for in the address, else the one chosen before, else Ukrainian.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, Uri, header},
    middleware::Next,
    response::Response,
};

use url::form_urlencoded;

use super::cookies::{cookie, cookie_name};
use crate::{config::PublicUrl, locale::Locale, paths, state::App};

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
///
/// A page that answers a form has the address of the page with that form, and the person is still there; only what comes
/// in by a form has nothing to return to.
#[must_use]
pub fn switch_of(method: &Method, uri: &Uri, locale: Locale) -> Option<String> {
    let is_a_place = match *method {
        Method::GET => true,
        Method::POST => !paths::is_entry(uri.path()),
        _ => false,
    };
    let only_language = uri.query().is_none_or(|query| {
        query
            .split('&')
            .all(|pair| pair.is_empty() || pair.starts_with("lang="))
    });
    (is_a_place && only_language).then(|| format!("?{PARAMETER}={}", locale.other().code()))
}

/// The parameters of an entry that say nothing of a person: who asks, for what, and where the browser returns to.
const IMPERSONAL: [&str; 4] = ["client_id", "redirect_uri", "scope", "state"];
/// The longest switch that repeats them, in octets.
const LONGEST_SWITCH: usize = 4096;

/// The same for the error page of an entry that is refused before anything personal is looked at: without what was signed
/// and without the token the error is the same.
#[must_use]
pub fn switch_of_entry(method: &Method, uri: &Uri, locale: Locale) -> Option<String> {
    if *method != Method::GET || !paths::is_entry(uri.path()) {
        return None;
    }
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(uri.query()?.as_bytes()) {
        if IMPERSONAL.contains(&&*name) {
            query.append_pair(&name, &value);
        }
    }
    query.append_pair(PARAMETER, locale.other().code());
    let address = format!("?{}", query.finish());
    (address.len() <= LONGEST_SWITCH).then_some(address)
}

/// Where the form of an entry is sent for the same page in the other language.
#[must_use]
pub fn other_language(path: &str, locale: Locale) -> String {
    format!("{path}?{PARAMETER}={}", locale.other().code())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> Uri {
        text.parse().unwrap()
    }

    #[rstest::rstest]
    #[case(Method::GET, "/confidant/sign-up/1", Some("?lang=en"))]
    #[case(Method::GET, "/confidant/sign-up/1?lang=uk", Some("?lang=en"))]
    #[case(Method::POST, "/confidant/sign-up/1", Some("?lang=en"))]
    #[case(Method::POST, "/confidant/sign-up", None)]
    #[case(Method::POST, "/sign-up", None)]
    #[case(Method::POST, "/sign-in", None)]
    #[case(Method::POST, "/confidant/sign-in", None)]
    #[case(Method::POST, "/sign-up/1/code", Some("?lang=en"))]
    #[case(Method::GET, "/confidant/sign-up?token=t", None)]
    #[case(Method::PUT, "/confidant/sign-up/1", None)]
    fn the_switch_keeps_the_place(
        #[case] method: Method,
        #[case] address: &str,
        #[case] switch: Option<&str>,
    ) {
        let found = switch_of(&method, &uri(address), Locale::Uk);
        assert_eq!(found.as_deref(), switch);
    }

    #[test]
    fn the_switch_of_an_entry_repeats_nothing_personal() {
        let address = "/confidant/sign-up?client_id=a%26b&user_data=DATA&token=TOKEN&redirect_uri=https%3A%2F%2Fa%2F%3Fq&lang=uk&x=y&state=%D1%97";
        let switch =
            |method: &Method, address: &str| switch_of_entry(method, &uri(address), Locale::Uk);
        assert_eq!(
            switch(&Method::GET, address).as_deref(),
            Some("?client_id=a%26b&redirect_uri=https%3A%2F%2Fa%2F%3Fq&state=%D1%97&lang=en")
        );
        assert_eq!(switch(&Method::POST, address), None);
        assert_eq!(switch(&Method::GET, "/accept/1?state=a"), None);
        let long = format!("/confidant/sign-up?state={}", "a".repeat(5000));
        assert_eq!(switch(&Method::GET, &long), None);
    }
}
