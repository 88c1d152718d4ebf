//! What a sign-up keeps from the entry to the confirmation.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{entry::Entry, error::SignUpError, views::KnownAs};
use crate::{
    details::SignUpKind,
    journey::{codes::CodeOrder, flow::Flow, payload},
    person::age::is_adult,
    state::App,
    web::error::PageError,
};

/// What a sign-up keeps from the entry to the confirmation.
#[derive(Serialize, Deserialize)]
pub(super) struct SignUpPayload {
    pub signed_content: String,
    pub(super) session_token: String,
    pub(super) person: Value,
    pub(super) patient_signed: bool,
    pub(super) process_disclosure_data_consent: bool,
    /// Whether the patient is registered already, as far as whoever looks may know.
    #[serde(default)]
    pub(super) is_known: bool,
    pub who: Registrant,
}

/// Who registers whom.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Registrant {
    /// A confidant, with this access token.
    Confidant {
        /// The id of the token.
        bearer_token_id: Uuid,
    },
    /// A person themselves.
    Own(Phone),
}

/// The phone of somebody who registers themselves, and how far it is proven.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Phone {
    /// The number.
    pub number: String,
    /// Whether the right code was given.
    pub is_proven: bool,
    /// The code that was ordered.
    pub ordered: Option<CodeOrder>,
}

impl SignUpPayload {
    pub fn read(flow: &Flow) -> Result<Self, PageError> {
        payload::read(flow)
    }

    pub fn write(&self) -> Result<Value, SignUpError> {
        serde_json::to_value(self).map_err(|error| SignUpError::Internal(error.to_string()))
    }

    pub(super) fn kind(&self) -> SignUpKind {
        match self.who {
            Registrant::Confidant { .. } => SignUpKind::Confidant,
            Registrant::Own(_) => SignUpKind::Own,
        }
    }

    /// What is said of a patient who is registered already.
    pub(super) fn registered_as(&self, now: DateTime<Utc>, app: &App) -> KnownAs {
        let birth_date = self.person.get("birth_date").and_then(Value::as_str);
        let birth_date = birth_date.and_then(|text| text.parse().ok());
        let age = app.config.people.full_legal_capacity_age;
        match (&self.who, birth_date) {
            (Registrant::Own(_), _) => KnownAs::Oneself,
            (Registrant::Confidant { .. }, Some(birth_date)) if is_adult(birth_date, age, now) => {
                KnownAs::Patient
            }
            (Registrant::Confidant { .. }, _) => KnownAs::Child,
        }
    }

    pub(super) fn entry(&self) -> Entry {
        match self.who {
            Registrant::Confidant { .. } => Entry::ConfidantSignUp,
            Registrant::Own(_) => Entry::SignUp,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What flows hold that an earlier release began: before patients could be known, and with a code on its way.
    #[test]
    fn what_was_kept_before_is_read() {
        let mut kept = json!({
            "signed_content": "QUJD",
            "session_token": "token",
            "person": { "birth_date": "2020-01-31" },
            "patient_signed": true,
            "process_disclosure_data_consent": true,
            "who": { "confidant": { "bearer_token_id": "00000000-0000-0000-0000-000000000001" } },
        });
        let read = SignUpPayload::deserialize(&kept).unwrap();
        assert!(!read.is_known);
        assert_eq!(read.entry(), Entry::ConfidantSignUp);
        kept["who"] = json!({ "own": {
            "number": "+380501234567",
            "is_proven": false,
            "ordered": { "sent_at": "2026-06-15T12:00:00Z", "next_at": "2026-06-15T12:01:00Z", "news": "sent_again" },
        } });
        let read = SignUpPayload::deserialize(&kept).unwrap();
        assert_eq!(read.entry(), Entry::SignUp);
        let again = SignUpPayload::deserialize(&read.write().unwrap()).unwrap();
        assert!(matches!(again.who, Registrant::Own(phone) if phone.ordered.is_some()));
    }
}
