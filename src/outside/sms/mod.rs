//! Who carries a message to a phone.
//!
//! ```text
//!                 ┌─ log:        a masked line in the log, nothing else
//!  Message ─send─▶┼─ file:PATH   a line of JSON in a file
//!                 ├─ http(s)://  a gateway                              ──▶ Accepted | NotSent
//!                 └─ recorder    kept in this process, for the demonstration and for tests
//! ```
//!
//! No transaction is open while a gateway is asked. What a message says is a secret: nothing here prints it but the file
//! and the recorder, which are for development.
//!
//! Source: verifications §7; the protocol of the HTTP gateway is ours (`docs/verifications.md` §7.2).

mod file;
mod http;
mod recorder;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

pub use self::{file::FileGateway, http::HttpGateway, recorder::Recorder};
use crate::{config::SmsGateway, phone::PhoneNumber};

/// A message to a phone.
#[derive(Clone)]
pub struct Message {
    /// Our id of it.
    pub id: Uuid,
    /// To whom.
    pub phone_number: PhoneNumber,
    /// What it says: a secret.
    pub body: String,
    /// When it was handed over.
    pub at: DateTime<Utc>,
}

impl Message {
    /// One object with everything, for those who may see it.
    fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "phone_number": self.phone_number.as_str(),
            "body": self.body,
            "at": self.at.to_rfc3339_opts(SecondsFormat::Micros, true),
        })
    }
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Message({}, {:?})", self.id, self.phone_number)
    }
}

/// The gateway took the message over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Its own id of the message, where it has one.
    pub gateway_id: Option<String>,
}

/// The message was not taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSent {
    /// The gateway said so, or could not be reached at all.
    Refused,
    /// It did not say anything: the message may be on its way.
    NoAnswer,
}

/// The gateway of an installation.
#[derive(Debug)]
pub enum Gateway {
    /// A masked line in the log.
    Log,
    /// A line in a file.
    File(FileGateway),
    /// Over HTTP.
    Http(Box<HttpGateway>),
    /// Kept in this process.
    Recorder(Recorder),
}

impl Gateway {
    /// The gateway that the settings name; reports are asked for at `report_url`.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(settings: &SmsGateway, report_url: String) -> reqwest::Result<Self> {
        Ok(match settings {
            SmsGateway::Log => Self::Log,
            SmsGateway::File(path) => Self::File(FileGateway::new(path.clone())),
            SmsGateway::Http(http) => {
                Self::Http(Box::new(HttpGateway::new(http.clone(), report_url)?))
            }
        })
    }

    /// The word that records name it by.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::File(_) => "file",
            Self::Http(_) => "http",
            Self::Recorder(_) => "recorder",
        }
    }

    /// What an operator should know of it, as a sentence; nothing secret: of an address no more than scheme, host and port.
    #[must_use]
    pub fn description(&self) -> String {
        match self {
            Self::Log => {
                "none; a masked line in the log, so nobody gets a code (DOVIRA_SMS_GATEWAY)"
                    .to_owned()
            }
            Self::File(_) => "a file, for development; nobody gets a code by SMS".to_owned(),
            Self::Http(http) => http.description(),
            Self::Recorder(_) => "kept in the process; nobody gets a code by SMS".to_owned(),
        }
    }

    /// Hands `message` over.
    ///
    /// # Errors
    /// When it was not taken over; the log says why.
    pub async fn send(&self, message: &Message) -> Result<Accepted, NotSent> {
        match self {
            Self::Log => {
                tracing::info!(id = %message.id, phone_number = message.phone_number.mask(), "an SMS goes nowhere: the gateway is the log");
                Ok(Accepted { gateway_id: None })
            }
            Self::File(file) => file.send(message).await,
            Self::Http(http) => http.send(message).await,
            Self::Recorder(recorder) => recorder.send(message),
        }
    }

    /// The recorder, if this is one.
    #[must_use]
    pub fn recorder(&self) -> Option<&Recorder> {
        match self {
            Self::Recorder(recorder) => Some(recorder),
            Self::Log | Self::File(_) | Self::Http(_) => None,
        }
    }
}
