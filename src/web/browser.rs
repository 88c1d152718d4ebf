//! Which browser this is, and whether a form is its own.
//!
//! A session holds one thing: a random key of the browser. Flows know the hash of the key, forms carry a token made from
//! the key and the address that they are posted to.
//!
//! A flow begun by a cross-site `POST` meets a browser that sends no cookies, though it may well hold a session. Its
//! answer therefore leaves the session alone and hands the key over in a cookie of its own, for the next request only:
//! another tab keeps its session.

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponseParts, ResponseParts},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, de::DeserializeOwned};
use tower_sessions::Session;

use super::{
    cookies::{cookie, cookie_name},
    error::PageError,
    error_page::Problem,
};
use crate::{
    config::PublicUrl,
    random::{Draw, Random},
    secrets::{Hash, Keys, Purpose, constant_time_eq},
    state::App,
};

/// The member of the session that holds the key.
const KEY: &str = "browser";
/// Seconds for which a key is handed over.
const HAND_OVER_SECONDS: u32 = 600;

/// The key of a browser.
#[derive(Clone, PartialEq, Eq)]
pub struct Browser([u8; 16]);

impl Browser {
    /// A new key.
    #[must_use]
    pub fn new(random: &dyn Random) -> Self {
        Self(random.bytes())
    }

    /// The key in the session, if it has one.
    ///
    /// # Errors
    /// When the session cannot be read.
    pub async fn load(session: &Session) -> Result<Option<Self>, PageError> {
        let text: Option<String> = session.get(KEY).await.map_err(session_failed)?;
        Ok(text.as_deref().and_then(Self::parse))
    }

    /// The key in the session, put there if need be.
    ///
    /// # Errors
    /// When the session cannot be read or written.
    pub async fn ensure(session: &Session, random: &dyn Random) -> Result<Self, PageError> {
        if let Some(browser) = Self::load(session).await? {
            return Ok(browser);
        }
        let browser = Self::new(random);
        session
            .insert(KEY, browser.text())
            .await
            .map_err(session_failed)?;
        Ok(browser)
    }

    /// The key in the session, or a new one that is not there yet: [`keep`](Self::keep) puts it there.
    ///
    /// # Errors
    /// When the session cannot be read.
    pub async fn known_or_new(session: &Session, random: &dyn Random) -> Result<Self, PageError> {
        let known = Self::load(session).await?;
        Ok(known.unwrap_or_else(|| Self::new(random)))
    }

    /// Puts the key into the session.
    ///
    /// # Errors
    /// When the session cannot be written.
    pub async fn keep(&self, session: &Session) -> Result<(), PageError> {
        session
            .insert(KEY, self.text())
            .await
            .map_err(session_failed)
    }

    /// What a flow knows of its browser.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::of(&self.0)
    }

    /// The token of this browser's forms that are posted to `path`.
    ///
    /// # Errors
    /// When OpenSSL fails.
    pub fn csrf(&self, keys: &Keys, path: &str) -> Result<String, PageError> {
        let mac = keys
            .mac(Purpose::Csrf, &[&self.0, path.as_bytes()])
            .map_err(|error| {
                tracing::error!(%error, "cryptography failed");
                PageError::internal()
            })?;
        Ok(URL_SAFE_NO_PAD.encode(mac))
    }

    fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    fn parse(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }
}

impl std::fmt::Debug for Browser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Browser(…)")
    }
}

fn session_failed(error: tower_sessions::session::Error) -> PageError {
    tracing::error!(%error, "session failed");
    PageError::unavailable()
}

/// A key handed over from the answer to a cross-site `POST` to the next request.
#[derive(Debug)]
pub struct HandOver {
    cookie: String,
}

impl HandOver {
    /// Hands `browser` over.
    #[must_use]
    pub fn give(browser: &Browser, url: &PublicUrl) -> Self {
        Self::cookie(&browser.text(), HAND_OVER_SECONDS, url)
    }

    /// Takes what was handed over away again.
    #[must_use]
    pub fn clear(url: &PublicUrl) -> Self {
        Self::cookie("", 0, url)
    }

    fn cookie(value: &str, seconds: u32, url: &PublicUrl) -> Self {
        let name = cookie_name("dovira-begin", url);
        let secure = if url.is_https() { "; Secure" } else { "" };
        Self {
            cookie: format!(
                "{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
            ),
        }
    }

    /// The key that the request brings, if it was handed one.
    #[must_use]
    pub fn receive(headers: &HeaderMap, url: &PublicUrl) -> Option<Browser> {
        cookie(headers, &cookie_name("dovira-begin", url)).and_then(Browser::parse)
    }
}

impl IntoResponseParts for HandOver {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        if let Ok(value) = HeaderValue::try_from(self.cookie) {
            parts.headers_mut().append(header::SET_COOKIE, value);
        }
        Ok(parts)
    }
}

/// A form that was made for this browser and this address: it cannot be read otherwise.
#[derive(Debug)]
pub struct Guarded<T> {
    form: T,
    browser: Browser,
}

impl<T> Guarded<T> {
    /// The form and the browser that it belongs to.
    #[must_use]
    pub fn open(self) -> (T, Browser) {
        (self.form, self.browser)
    }
}

impl<T: DeserializeOwned + Send> FromRequest<App> for Guarded<T> {
    type Rejection = PageError;

    async fn from_request(request: Request, app: &App) -> Result<Self, PageError> {
        let path = request.uri().path().to_owned();
        // A browser that says where a request comes from is believed when that is elsewhere. One that says nothing is
        // not refused: the token below is what decides.
        let site = request
            .headers()
            .get("sec-fetch-site")
            .and_then(|value| value.to_str().ok());
        if matches!(site, Some("cross-site" | "same-site")) {
            return Err(stale(&path));
        }
        let (mut parts, body) = request.into_parts();
        let session = session(&mut parts, app).await?;
        let request = Request::from_parts(parts, body);
        let axum::Form(submitted) = axum::Form::<Submitted<T>>::from_request(request, app)
            .await
            .map_err(|rejection| match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => {
                    PageError::of_status(StatusCode::PAYLOAD_TOO_LARGE)
                }
                _ => PageError::of_status(StatusCode::BAD_REQUEST),
            })?;
        let Some(browser) = Browser::load(&session).await? else {
            return Err(PageError::session_lost());
        };
        let expected = browser.csrf(&app.keys, &path)?;
        if !constant_time_eq(submitted.csrf.as_bytes(), expected.as_bytes()) {
            return Err(stale(&path));
        }
        Ok(Self {
            form: submitted.form,
            browser,
        })
    }
}

/// What a browser posts: the token beside the fields.
#[derive(Deserialize)]
struct Submitted<T> {
    #[serde(default)]
    csrf: String,
    #[serde(flatten)]
    form: T,
}

fn stale(path: &str) -> PageError {
    PageError::new(StatusCode::FORBIDDEN, Problem::StalePage, "stale_page").again(path)
}

/// The session of the request.
///
/// # Errors
/// 503 when the session layer is not there.
pub async fn session(parts: &mut Parts, app: &App) -> Result<Session, PageError> {
    Session::from_request_parts(parts, app)
        .await
        .map_err(|_| PageError::unavailable())
}
