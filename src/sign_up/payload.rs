//! What a sign-up keeps from the entry to the confirmation.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{entry::Entry, error::SignUpError, views::KnownAs};
use crate::{
    details::SignUpKind as DetailsKind,
    journey::{codes::CodeOrder, flow::Flow, payload},
    person::age::is_adult,
    state::App,
    web::error::PageError,
};

/// What a sign-up keeps from the entry to the confirmation.
#[derive(Serialize, Deserialize)]
pub(super) struct Payload {
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

impl Payload {
    pub fn read(flow: &Flow) -> Result<Self, PageError> {
        payload::read(flow)
    }

    pub fn write(&self) -> Result<Value, SignUpError> {
        serde_json::to_value(self).map_err(|error| SignUpError::Internal(error.to_string()))
    }

    pub(super) fn kind(&self) -> DetailsKind {
        match self.who {
            Registrant::Confidant { .. } => DetailsKind::Confidant,
            Registrant::Own(_) => DetailsKind::Own,
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
