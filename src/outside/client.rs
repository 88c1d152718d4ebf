//! How a service is asked over HTTP: one way to fail, to limit and to log.
//!
//! No redirect is followed. Over plain HTTP no proxy is used: it would carry secrets elsewhere, in the clear. The log gets
//! a word for what went wrong and a status, never an address, a body or an error of the library, which may repeat them.

use std::time::Duration;

use reqwest::{Client, IntoUrl, RequestBuilder, Response, StatusCode, redirect::Policy};
use serde::de::DeserializeOwned;
use url::Url;

/// A client of one service.
#[derive(Debug, Clone)]
pub struct HttpClient {
    http: Client,
    timeout: Duration,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The time ran out.
    Timeout,
    /// Nobody is there: nothing was sent.
    Unreachable,
    /// The connection broke before there was a status: the question may have arrived.
    Interrupted,
    /// Another status than was agreed on.
    Status(StatusCode),
    /// The body broke off.
    CutShort,
    /// The body is too long.
    TooLarge,
    /// The body is not what was agreed on.
    Unreadable,
}

impl Failure {
    /// The word for it in the log.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Unreachable => "unreachable",
            Self::Interrupted => "interrupted",
            Self::Status(_) => "status",
            Self::CutShort => "cut_short",
            Self::TooLarge => "too_large",
            Self::Unreadable => "unreadable",
        }
    }

    /// The status, where that is what was wrong.
    #[must_use]
    pub fn status(self) -> Option<u16> {
        match self {
            Self::Status(status) => Some(status.as_u16()),
            _ => None,
        }
    }

    /// Whether the service itself is in trouble. One that refuses a question, or answers it in a form of its own, is
    /// there: the next question may get its answer.
    #[must_use]
    pub fn is_outage(self) -> bool {
        match self {
            Self::Timeout | Self::Unreachable | Self::Interrupted | Self::CutShort => true,
            Self::Status(status) => status.is_server_error(),
            Self::TooLarge | Self::Unreadable => false,
        }
    }
}

impl HttpClient {
    /// A client for the service at `url`, which has `timeout` for all that is asked [`Self::in_time`].
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(url: &Url, timeout: Duration) -> reqwest::Result<Self> {
        let http = Client::builder().redirect(Policy::none());
        let http = if url.scheme() == "http" {
            http.no_proxy()
        } else {
            http
        };
        Ok(Self {
            http: http.build()?,
            timeout,
        })
    }

    /// A client that never uses a proxy, and gives each request `timeout`.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn direct(timeout: Duration) -> reqwest::Result<Self> {
        let http = Client::builder().redirect(Policy::none());
        Ok(Self {
            http: http.no_proxy().timeout(timeout).build()?,
            timeout,
        })
    }

    /// A question of `GET`.
    pub fn get(&self, url: impl IntoUrl) -> RequestBuilder {
        self.http.get(url)
    }

    /// A question of `POST`.
    pub fn post(&self, url: impl IntoUrl) -> RequestBuilder {
        self.http.post(url)
    }

    /// A question of `HEAD`.
    pub fn head(&self, url: impl IntoUrl) -> RequestBuilder {
        self.http.head(url)
    }

    /// A question of `PUT`.
    pub fn put(&self, url: impl IntoUrl) -> RequestBuilder {
        self.http.put(url)
    }

    /// A question of `DELETE`.
    pub fn delete(&self, url: impl IntoUrl) -> RequestBuilder {
        self.http.delete(url)
    }

    /// The end of the time that the service has, from now on.
    #[must_use]
    pub fn deadline(&self) -> tokio::time::Instant {
        tokio::time::Instant::now() + self.timeout
    }

    /// Does `work`, several questions perhaps, within the time that the service has.
    ///
    /// # Errors
    /// Those of `work`, or that the time ran out.
    pub async fn in_time<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let done = tokio::time::timeout(self.timeout, work).await;
        done.unwrap_or(Err(Failure::Timeout))
    }
}

/// Sends `request`; the answer may have any status.
///
/// # Errors
/// When there is none.
pub async fn send(request: RequestBuilder) -> Result<Response, Failure> {
    request.send().await.map_err(|error| {
        if error.is_timeout() {
            Failure::Timeout
        } else if error.is_connect() {
            Failure::Unreachable
        } else {
            Failure::Interrupted
        }
    })
}

/// Reads a body of `most` octets at the most.
///
/// # Errors
/// When it breaks off or is longer.
pub async fn read_body(mut answer: Response, most: usize) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|_| Failure::CutShort)? {
        if body.len() + chunk.len() > most {
            return Err(Failure::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Sends `request` and reads the JSON of an answer that must be 200 and `most` octets long at the most.
///
/// # Errors
/// Whatever kept it from being read.
pub async fn ask<T: DeserializeOwned>(request: RequestBuilder, most: usize) -> Result<T, Failure> {
    let answer = send(request).await?;
    if answer.status() != StatusCode::OK {
        return Err(Failure::Status(answer.status()));
    }
    serde_json::from_slice(&read_body(answer, most).await?).map_err(|_| Failure::Unreadable)
}
