//! A register of civil status that is asked over HTTP.
//!
//! ```text
//!  POST DOVIRA_RELATIONSHIP_REGISTRY
//!  { "patient": { … }, "birth_certificate_number": "…", "confidant": { … } }
//!    200 { "status": "confirmed" | "not_confirmed" | "unknown" }
//! ```
//!
//! Anything else is no answer. What a register says and is told is personal: the log gets a word for what went wrong
//! and a status, never an address, a body or an error of the client, which may repeat them.

use std::sync::Arc;

use reqwest::{Client, StatusCode, redirect::Policy};
use secrecy::ExposeSecret;
use serde::Deserialize;

use super::{Check, Question, circuit::Circuit};
use crate::{clock::Clock, config::RelationshipRegistry, limits};

/// The register.
#[derive(Debug)]
pub struct HttpRegistry {
    http: Client,
    settings: RelationshipRegistry,
    circuit: Circuit,
    clock: Arc<dyn Clock>,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failure {
    /// The time ran out.
    Timeout,
    /// Nobody is there, or the connection broke before there was a status.
    Connection,
    /// Another status than 200.
    Status(StatusCode),
    /// The body is too long.
    TooLarge,
    /// The body broke off.
    Interrupted,
    /// The body is not what was agreed on.
    Unreadable,
}

impl Failure {
    fn word(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Connection => "connection",
            Self::Status(_) => "status",
            Self::TooLarge => "too_large",
            Self::Interrupted => "interrupted",
            Self::Unreadable => "unreadable",
        }
    }

    fn status(self) -> Option<u16> {
        match self {
            Self::Status(status) => Some(status.as_u16()),
            _ => None,
        }
    }

    /// Whether the register itself is in trouble. One that refuses a question, or answers it in a form of its own, is
    /// there: the next question may get its answer.
    fn is_outage(self) -> bool {
        match self {
            Self::Timeout | Self::Connection | Self::Interrupted => true,
            Self::Status(status) => status.is_server_error(),
            Self::TooLarge | Self::Unreadable => false,
        }
    }

    /// Whether the same question may get an answer at once. It changes nothing, so asking twice does no harm.
    fn may_pass(self) -> bool {
        match self {
            Self::Connection => true,
            Self::Status(status) => status.is_server_error(),
            _ => false,
        }
    }
}

/// The body of an answer. Members that a register adds are passed over.
#[derive(Deserialize)]
struct Body {
    status: Status,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Confirmed,
    NotConfirmed,
    Unknown,
}

impl From<Status> for Check {
    fn from(status: Status) -> Self {
        match status {
            Status::Confirmed => Self::Approved,
            Status::NotConfirmed => Self::NotApproved,
            Status::Unknown => Self::NotFound,
        }
    }
}

impl HttpRegistry {
    /// The register of these settings.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(settings: RelationshipRegistry, clock: Arc<dyn Clock>) -> reqwest::Result<Self> {
        let mut http = Client::builder().redirect(Policy::none());
        if settings.url.scheme() == "http" {
            // It is on loopback: a proxy would take the question elsewhere, in the clear.
            http = http.no_proxy();
        }
        Ok(Self {
            http: http.build()?,
            circuit: Circuit::new(settings.circuit_failures, settings.circuit_time),
            settings,
            clock,
        })
    }

    /// What the register knows. The time limit is for both tries together.
    pub async fn check(&self, question: &Question) -> Check {
        if !self.circuit.admits(self.clock.now()) {
            tracing::warn!(
                reason = "circuit_open",
                "the relationship registry is not asked"
            );
            return Check::Unavailable;
        }
        let answered = tokio::time::timeout(self.settings.timeout, self.ask(question)).await;
        match answered.unwrap_or(Err(Failure::Timeout)) {
            Ok(check) => {
                self.circuit.succeeded();
                check
            }
            Err(failure) => {
                let is_open = if failure.is_outage() {
                    self.circuit.failed(self.clock.now())
                } else {
                    self.circuit.succeeded();
                    false
                };
                tracing::warn!(
                    reason = failure.word(),
                    status = failure.status(),
                    circuit_open = is_open,
                    "the relationship registry does not answer"
                );
                Check::Unavailable
            }
        }
    }

    async fn ask(&self, question: &Question) -> Result<Check, Failure> {
        match self.ask_once(question).await {
            Err(failure) if failure.may_pass() => self.ask_once(question).await,
            answered => answered,
        }
    }

    async fn ask_once(&self, question: &Question) -> Result<Check, Failure> {
        let mut request = self.http.post(self.settings.url.clone()).json(question);
        if let Some(token) = &self.settings.token {
            request = request.bearer_auth(token.expose_secret());
        }
        let mut answer = request.send().await.map_err(|_| Failure::Connection)?;
        if answer.status() != StatusCode::OK {
            return Err(Failure::Status(answer.status()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|_| Failure::Interrupted)? {
            if body.len() + chunk.len() > limits::REGISTRY_ANSWER {
                return Err(Failure::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        let body: Body = serde_json::from_slice(&body).map_err(|_| Failure::Unreadable)?;
        Ok(body.status.into())
    }
}
