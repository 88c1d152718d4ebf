//! Where a browser may be sent back to.
//!
//! A `redirect_uri` is compared with the registered ones after parsing: scheme, host, port and path. What could be read
//! in two ways (user info, a fragment, dot segments in any encoding, backslashes, white space) is refused, never repaired:
//! a browser might repair it differently. The query is the client's own and is kept.

use std::fmt;

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use crate::limits;

/// How a given address is compared with a registered one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Match {
    /// The whole path.
    #[default]
    Exact,
    /// The registered path, then the end or a `/`.
    Prefix,
}

/// An address that browsers may be sent to: well-formed, but not yet compared with anything.
#[derive(Clone, PartialEq, Eq)]
pub struct RedirectUri(Url);

/// Why an address cannot be a `redirect_uri`, for the operator who registers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RedirectUriError {
    /// It is not an absolute address.
    #[error("it is not an absolute address")]
    NotAbsolute,
    /// Longer than [`limits::PARAMETER`].
    #[error("it is too long")]
    TooLong,
    /// White space, control characters, backslashes or letters beyond ASCII.
    #[error("it holds white space, control characters, backslashes or letters beyond ASCII")]
    Characters,
    /// `user:password@`.
    #[error("it holds user info")]
    UserInfo,
    /// `#…`.
    #[error("it holds a fragment")]
    Fragment,
    /// `.` or `..` as a segment, or a slash in disguise.
    #[error("its path holds dot segments or encoded slashes")]
    DotSegments,
    /// A parameter that the answer brings is there already.
    #[error("its query names code, state, error or error_description")]
    AnswerInQuery,
    /// http to another machine, or a scheme that runs what follows.
    #[error("only https, http on loopback, and an application's own scheme can be used")]
    Scheme,
}

impl RedirectUri {
    /// Reads an address.
    ///
    /// # Errors
    /// Why it cannot be used, whoever registered it.
    pub fn parse(text: &str) -> Result<Self, RedirectUriError> {
        if text.len() > limits::PARAMETER {
            return Err(RedirectUriError::TooLong);
        }
        if text
            .bytes()
            .any(|byte| !byte.is_ascii_graphic() || byte == b'\\')
        {
            return Err(RedirectUriError::Characters);
        }
        if text.contains('#') {
            return Err(RedirectUriError::Fragment);
        }
        let url = Url::parse(text).map_err(|_| RedirectUriError::NotAbsolute)?;
        if authority(text).contains('@') || !url.username().is_empty() || url.password().is_some() {
            return Err(RedirectUriError::UserInfo);
        }
        if path(text).split('/').any(is_ambiguous) {
            return Err(RedirectUriError::DotSegments);
        }
        if matches!(url.scheme(), "http" | "https") && !is_written_plainly(text, &url) {
            return Err(RedirectUriError::NotAbsolute);
        }
        if url.query_pairs().any(|(name, _)| ANSWERS.contains(&&*name)) {
            return Err(RedirectUriError::AnswerInQuery);
        }
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" | "ws" | "wss" | "ftp" | "file" | "javascript" | "data" | "blob" | "about"
            | "vbscript" | "view-source" | "filesystem" | "mailto" | "tel" | "sms" => {
                return Err(RedirectUriError::Scheme);
            }
            _ => {}
        }
        Ok(Self(url))
    }

    /// Whether this address is the registered one, or below it.
    #[must_use]
    pub fn matches(&self, registered: &Self, how: Match) -> bool {
        let (given, known) = (&self.0, &registered.0);
        let same_place = given.scheme() == known.scheme()
            && given.host() == known.host()
            && given.port_or_known_default() == known.port_or_known_default()
            && given.cannot_be_a_base() == known.cannot_be_a_base();
        same_place
            && match how {
                Match::Exact => given.path() == known.path(),
                Match::Prefix => given.path().strip_prefix(known.path()).is_some_and(|rest| {
                    rest.is_empty() || rest.starts_with('/') || known.path().ends_with('/')
                }),
            }
    }

    /// The address with `parameters` added to its query.
    #[must_use]
    pub fn with(&self, parameters: &[(&str, &str)]) -> String {
        let mut url = self.0.clone();
        url.query_pairs_mut().extend_pairs(parameters);
        url.into()
    }

    /// The origin for a `form-action` directive; none for an application's own scheme, which has none.
    #[must_use]
    pub fn origin(&self) -> Option<String> {
        matches!(self.0.scheme(), "https" | "http").then(|| self.0.origin().ascii_serialization())
    }

    /// What a person is shown of the address: its host and an unusual port, or the application's own scheme.
    #[must_use]
    pub fn domain(&self) -> String {
        match (self.0.host_str(), self.0.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (Some(host), None) => host.to_owned(),
            (None, _) => format!("{}:", self.0.scheme()),
        }
    }

    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Debug for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The query is the client's own and may name a person.
        write!(f, "RedirectUri({})", self.domain())
    }
}

/// The parameters that an answer adds to the query: given twice, a client might read the wrong one.
const ANSWERS: [&str; 4] = ["code", "state", "error", "error_description"];

/// Whether the scheme is followed by `//` and the very host that was understood: no host in octal, no missing slashes.
fn is_written_plainly(text: &str, url: &Url) -> bool {
    let Some(rest) = text
        .split_once(':')
        .and_then(|(_, rest)| rest.strip_prefix("//"))
    else {
        return false;
    };
    let host = url.host_str().unwrap_or_default();
    let rest = rest.to_ascii_lowercase();
    let Some(after) = rest.strip_prefix(host) else {
        return false;
    };
    !host.is_empty() && (after.is_empty() || after.starts_with([':', '/', '?']))
}

fn authority(text: &str) -> &str {
    let rest = text.split_once("//").map_or("", |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or_default()
}

fn path(text: &str) -> &str {
    let text = text.split('?').next().unwrap_or_default();
    match text.split_once("//") {
        Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
        None => text.split_once(':').map_or("", |(_, path)| path),
    }
}

/// Whether a browser and a server might disagree on what this segment of a path means.
fn is_ambiguous(segment: &str) -> bool {
    let mut text = segment.to_owned();
    loop {
        if matches!(text.as_str(), "." | "..")
            || text.contains(['/', '\\'])
            || text.contains(char::is_control)
        {
            return true;
        }
        let decoded = percent_decode_str(&text).decode_utf8_lossy().into_owned();
        if decoded == text {
            return false;
        }
        text = decoded;
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn uri(text: &str) -> RedirectUri {
        RedirectUri::parse(text).unwrap_or_else(|refused| panic!("{text}: {refused}"))
    }

    #[rstest]
    #[case("/callback", RedirectUriError::NotAbsolute)]
    #[case("https://", RedirectUriError::NotAbsolute)]
    #[case("https://pis.example/ callback", RedirectUriError::Characters)]
    #[case("https://pis.example\\@evil.example/", RedirectUriError::Characters)]
    #[case("https://pis.example/\u{7f}", RedirectUriError::Characters)]
    #[case("https://пацієнт.example/", RedirectUriError::Characters)]
    #[case("https://user@pis.example/", RedirectUriError::UserInfo)]
    #[case("https://:@pis.example/", RedirectUriError::UserInfo)]
    #[case("https:@pis.example/", RedirectUriError::NotAbsolute)]
    #[case("https:/pis.example/", RedirectUriError::NotAbsolute)]
    #[case("https:pis.example/", RedirectUriError::NotAbsolute)]
    #[case("https:////pis.example/", RedirectUriError::NotAbsolute)]
    #[case("http://2130706433/", RedirectUriError::NotAbsolute)]
    #[case("http://0x7f.1/", RedirectUriError::NotAbsolute)]
    #[case("http://127%2e0.0.1/", RedirectUriError::NotAbsolute)]
    #[case("https://pis.example/?code=x", RedirectUriError::AnswerInQuery)]
    #[case("https://pis.example/?a=b&st%61te=x", RedirectUriError::AnswerInQuery)]
    #[case("https://pis.example/#top", RedirectUriError::Fragment)]
    #[case("https://pis.example/a/../b", RedirectUriError::DotSegments)]
    #[case("https://pis.example/a/%2e%2E/b", RedirectUriError::DotSegments)]
    #[case("https://pis.example/a/%252e%252e/b", RedirectUriError::DotSegments)]
    #[case("https://pis.example/a/.%2e", RedirectUriError::DotSegments)]
    #[case("https://pis.example/a%2f..%2fb", RedirectUriError::DotSegments)]
    #[case("https://pis.example/a%5cb", RedirectUriError::DotSegments)]
    #[case("https://pis.example/a%0d%0ab", RedirectUriError::DotSegments)]
    #[case("http://pis.example/", RedirectUriError::Scheme)]
    #[case("http://127.0.0.1.evil.example/", RedirectUriError::Scheme)]
    #[case("javascript:alert(1)", RedirectUriError::Scheme)]
    #[case("data:text/html,x", RedirectUriError::Scheme)]
    fn refused_outright(#[case] text: &str, #[case] refused: RedirectUriError) {
        assert_eq!(RedirectUri::parse(text), Err(refused));
    }

    #[rstest]
    #[case("https://pis.example/callback", true)]
    #[case("https://PIS.example:443/callback", true)]
    #[case("https://pis.example/callback?next=%2e%2e", true)]
    #[case("https://pis.example/callback/", false)]
    #[case("https://pis.example/callback/more", false)]
    #[case("https://pis.example/callbackmore", false)]
    #[case("https://pis.example/CALLBACK", false)]
    #[case("https://pis.example:8443/callback", false)]
    #[case("https://pis.example.evil.example/callback", false)]
    #[case("http://localhost/callback", false)]
    fn compared_exactly(#[case] given: &str, #[case] expected: bool) {
        let registered = uri("https://pis.example/callback");
        assert_eq!(uri(given).matches(&registered, Match::Exact), expected);
    }

    #[rstest]
    #[case("https://pis.example/app", true)]
    #[case("https://pis.example/app/", true)]
    #[case("https://pis.example/app/a/b", true)]
    #[case("https://pis.example/application", false)]
    #[case("https://pis.example/", false)]
    fn compared_by_prefix(#[case] given: &str, #[case] expected: bool) {
        let registered = uri("https://pis.example/app");
        assert_eq!(uri(given).matches(&registered, Match::Prefix), expected);
    }

    #[test]
    fn schemes_of_applications_and_loopback_are_allowed() {
        let app = uri("ua.example.patient:/callback");
        assert!(app.matches(&uri("ua.example.patient:/callback"), Match::Exact));
        assert!(!app.matches(&uri("ua.example.other:/callback"), Match::Exact));
        assert_eq!(app.origin(), None);
        assert_eq!(app.domain(), "ua.example.patient:");
        assert_eq!(
            uri("http://127.0.0.1:9000/cb").origin().as_deref(),
            Some("http://127.0.0.1:9000")
        );
        uri("http://[::1]:9000/cb");
    }

    #[test]
    fn the_query_of_the_client_is_kept() {
        let given = uri("https://pis.example/cb?tab=1&q=%D1%96");
        assert_eq!(
            given.with(&[("code", "a b"), ("state", "x&y")]),
            "https://pis.example/cb?tab=1&q=%D1%96&code=a+b&state=x%26y"
        );
    }
}
