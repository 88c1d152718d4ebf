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

use secrecy::ExposeSecret;
use serde::Deserialize;

use super::{Check, Question};
use crate::{
    clock::Clock,
    config::RelationshipRegistry,
    limits,
    outside::{
        circuit::Circuit,
        client::{self, Failure, HttpClient},
    },
};

/// The register.
#[derive(Debug)]
pub struct HttpRegistry {
    http: HttpClient,
    settings: RelationshipRegistry,
    circuit: Circuit,
    clock: Arc<dyn Clock>,
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
        Ok(Self {
            http: HttpClient::new(&settings.url, settings.timeout)?,
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
        match self.http.in_time(self.ask(question)).await {
            Ok(check) => {
                self.circuit.record_success();
                check
            }
            Err(failure) => {
                let is_open = if failure.is_outage() {
                    self.circuit.record_failure(self.clock.now())
                } else {
                    self.circuit.record_success();
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
            Err(failure) if may_pass(failure) => self.ask_once(question).await,
            answered => answered,
        }
    }

    async fn ask_once(&self, question: &Question) -> Result<Check, Failure> {
        let mut request = self.http.post(self.settings.url.clone()).json(question);
        if let Some(token) = &self.settings.token {
            request = request.bearer_auth(token.expose_secret());
        }
        let body: Body = client::ask(request, limits::REGISTRY_ANSWER).await?;
        Ok(body.status.into())
    }
}

/// Whether the same question may get an answer at once. It changes nothing, so asking twice does no harm.
fn may_pass(failure: Failure) -> bool {
    match failure {
        Failure::Unreachable | Failure::Interrupted => true,
        Failure::Status(status) => status.is_server_error(),
        Failure::Timeout | Failure::CutShort | Failure::TooLarge | Failure::Unreadable => false,
    }
}
