//! What a person's authentication methods are now.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    members::{mask_number, object},
    rules::{NA, OFFLINE, OTP},
};

/// The method by which a request is confirmed (§6.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CurrentMethod {
    /// By a code to this number.
    Otp {
        /// It.
        number: String,
    },
    /// By copies of the person's documents.
    Offline,
    /// Through somebody else.
    ThirdPerson {
        /// Who.
        person_id: Uuid,
        /// What the person calls them.
        alias: Option<String>,
        /// Their number; none: by copies of their documents.
        number: Option<String>,
    },
    /// Nothing is known.
    Undetermined,
}

impl CurrentMethod {
    fn kind(&self) -> &'static str {
        match self {
            Self::Otp { .. }
            | Self::ThirdPerson {
                number: Some(_), ..
            } => OTP,
            Self::Offline | Self::ThirdPerson { number: None, .. } => OFFLINE,
            Self::Undetermined => NA,
        }
    }

    /// The number that gets codes.
    pub(super) fn number(&self) -> Option<&str> {
        match self {
            Self::Otp { number } => Some(number),
            Self::ThirdPerson { number, .. } => number.as_deref(),
            Self::Offline | Self::Undetermined => None,
        }
    }

    fn alias(&self) -> Option<&str> {
        match self {
            Self::ThirdPerson { alias, .. } => alias.as_deref(),
            _ => None,
        }
    }

    /// As it is stored.
    pub(super) fn stored_json(&self) -> Value {
        let third_person_id = match self {
            Self::ThirdPerson { person_id, .. } => Some(json!(person_id)),
            _ => None,
        };
        object([
            ("type", Some(json!(self.kind()))),
            ("number", self.number().map(Value::from)),
            ("third_person_id", third_person_id),
            ("alias", self.alias().map(Value::from)),
        ])
    }

    /// What is stored as `value`.
    pub(super) fn read(value: &Value) -> Self {
        let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let third_person = text("third_person_id").and_then(|id| Uuid::parse_str(&id).ok());
        match (third_person, text("type").as_deref(), text("number")) {
            (Some(person_id), _, number) => Self::ThirdPerson {
                person_id,
                alias: text("alias"),
                number,
            },
            (None, Some(OTP), Some(number)) => Self::Otp { number },
            (None, Some(OFFLINE), _) => Self::Offline,
            _ => Self::Undetermined,
        }
    }

    /// As callers see it: the number masked, never who the third person is.
    pub(super) fn answer_json(&self) -> Value {
        object([
            ("type", Some(json!(self.kind()))),
            (
                "phone_number",
                self.number().map(|number| mask_number(number).into()),
            ),
            ("alias", self.alias().map(Value::from)),
        ])
    }
}
