//! A gateway over HTTP.
//!
//! ```text
//!  POST DOVIRA_SMS_GATEWAY
//!  { "id": "uuid", "phone_number": "+380…", "body": "…", "report_url": "…" }
//!    2xx  { "id": "the gateway's own" } or anything else
//! ```
//!
//! Only a connection that could not be made is tried once more: whatever was sent may have reached a phone. The log gets a
//! word for what went wrong and a status, never an address, a body or an error of the client, which may repeat them.

use reqwest::Response;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{Accepted, Message, NotSent};
use crate::{
    config::{HttpSmsGateway, is_loopback},
    limits,
    outside::client::{Failure, HttpClient, read_body, send},
};

/// The gateway.
#[derive(Debug)]
pub struct HttpGateway {
    http: HttpClient,
    settings: HttpSmsGateway,
    report_url: String,
}

impl From<Failure> for NotSent {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Unreachable | Failure::Status(_) => Self::Refused,
            Failure::Interrupted
            | Failure::Timeout
            | Failure::CutShort
            | Failure::TooLarge
            | Failure::Unreadable => Self::NoAnswer,
        }
    }
}

impl HttpGateway {
    /// The gateway of these settings, which reports to `report_url`.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(settings: HttpSmsGateway, report_url: String) -> reqwest::Result<Self> {
        Ok(Self {
            http: HttpClient::new(&settings.url, settings.timeout)?,
            settings,
            report_url,
        })
    }

    /// Where it is, as far as it is no secret.
    pub(super) fn description(&self) -> String {
        let HttpSmsGateway { url, token, .. } = &self.settings;
        let token = if token.is_some() { "with" } else { "without" };
        let in_the_clear = if url.scheme() == "http" && !is_loopback(url) {
            "; codes and numbers travel in the clear"
        } else {
            ""
        };
        let origin = url.origin().ascii_serialization();
        format!("{origin}, {token} a token{in_the_clear}")
    }

    /// Hands `message` over. The time limit is for everything together.
    ///
    /// # Errors
    /// When the gateway does not take it.
    pub async fn send(&self, message: &Message) -> Result<Accepted, NotSent> {
        let end = self.http.deadline();
        let sent = tokio::time::timeout_at(end, self.try_twice(message)).await;
        let answer = sent.unwrap_or(Err(Failure::Timeout)).map_err(|failure| {
            tracing::error!(
                id = %message.id,
                reason = failure.word(),
                status = failure.status(),
                "the SMS gateway does not take a message"
            );
            NotSent::from(failure)
        })?;
        // It is taken over: what the gateway calls it is welcome, as far as there is time.
        let id = tokio::time::timeout_at(end, own_id(answer)).await;
        Ok(Accepted {
            gateway_id: id.ok().flatten(),
        })
    }

    async fn try_twice(&self, message: &Message) -> Result<Response, Failure> {
        match self.try_once(message).await {
            Err(Failure::Unreachable) => self.try_once(message).await,
            tried => tried,
        }
    }

    async fn try_once(&self, message: &Message) -> Result<Response, Failure> {
        let mut request = self.http.post(self.settings.url.clone()).json(&json!({
            "id": message.id,
            "phone_number": message.phone_number.as_str(),
            "body": message.body,
            "report_url": self.report_url,
        }));
        if let Some(token) = &self.settings.token {
            request = request.bearer_auth(token.expose_secret());
        }
        let answer = send(request).await?;
        if answer.status().is_success() {
            Ok(answer)
        } else {
            Err(Failure::Status(answer.status()))
        }
    }
}

/// The gateway's id of a message, where its answer is JSON with one that can be kept.
async fn own_id(answer: Response) -> Option<String> {
    let body = read_body(answer, limits::GATEWAY_ANSWER).await.ok()?;
    let id = match serde_json::from_slice::<Value>(&body).ok()?.get("id")? {
        Value::String(id) => id.clone(),
        Value::Number(id) => id.to_string(),
        _ => return None,
    };
    let is_kept = !id.is_empty()
        && id.chars().count() <= limits::GATEWAY_ID
        && !id.chars().any(char::is_control);
    is_kept.then_some(id)
}
