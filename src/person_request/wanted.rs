//! The body of a request, after its schema found it good.

use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    error::RequestError,
    versions::{Action, Version},
};
use crate::person::{
    registration::{AuthenticationMethod, Person},
    schema::{self, Schemas},
};

/// What a request asks for.
#[derive(Debug)]
pub(super) struct PersonRequestBody {
    pub(super) version: Version,
    /// Whom it changes; none: somebody new.
    pub(super) person_id: Option<Uuid>,
    /// The data, without confidants.
    pub(super) person: Person,
    pub(super) confidants: Confidants,
    /// The method that is to confirm a change.
    pub(super) authorize_with: Option<Uuid>,
    /// The body as it was sent.
    pub(super) body: Value,
}

/// Who stands for the person.
#[derive(Debug)]
pub(super) enum Confidants {
    /// Nobody.
    None,
    /// People who are described in full (version 1).
    Described(Vec<Confidant>),
    /// A person of the registry (version 2).
    Registered(RegisteredConfidant),
}

/// A confidant who is described in full, as far as rules ask (person requests 5.8).
#[derive(Debug, Deserialize)]
pub(super) struct Confidant {
    pub(super) relation_type: String,
    pub(super) first_name: String,
    pub(super) last_name: String,
    #[serde(default)]
    pub(super) tax_id: Option<String>,
    pub(super) birth_date: NaiveDate,
    pub(super) documents_person: Vec<Paper>,
    pub(super) documents_relationship: Vec<Paper>,
    #[serde(default)]
    pub(super) phones: Vec<PhoneType>,
}

/// A confidant who is a person of the registry (person requests 5.9).
#[derive(Debug, Clone, Deserialize)]
pub(super) struct RegisteredConfidant {
    pub(super) person_id: Uuid,
    pub(super) documents_relationship: Vec<Paper>,
}

/// Type and number of a document.
#[derive(Clone, Deserialize)]
pub(super) struct Paper {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) number: String,
}

impl std::fmt::Debug for Paper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Paper({})", self.kind)
    }
}

/// Something that has a type.
#[derive(Debug, Deserialize)]
pub(super) struct PhoneType {
    #[serde(rename = "type")]
    pub(super) kind: String,
}

impl PersonRequestBody {
    /// Reads a body (§3.3 rows 5 to 7: schema, consents, members of a change).
    ///
    /// # Errors
    /// Everything that the schema finds wrong.
    pub(super) fn read(
        version: Version,
        body: Map<String, Value>,
        schemas: &Schemas,
    ) -> Result<Self, RequestError> {
        let body = Value::Object(body);
        let action = match body.pointer("/person/id") {
            None => Action::Create,
            Some(_) => Action::Update,
        };
        let invalid = schema::check(schemas, version.schema(action), &body);
        if !invalid.is_empty() {
            return Err(RequestError::Schema(invalid));
        }
        Self::from_valid_body(version, body)
    }

    /// Reads a body that was found good, now or when it was stored.
    ///
    /// # Errors
    /// When it was not.
    pub(super) fn from_valid_body(version: Version, body: Value) -> Result<Self, RequestError> {
        // The schema allows nothing that does not fit; the message names members, never values.
        let unreadable = |error: serde_json::Error| {
            RequestError::Internal(format!("body of a request: {:?}", error.classify()))
        };
        let person = body
            .get("person")
            .and_then(Value::as_object)
            .ok_or_else(|| RequestError::Internal("a request without a person".to_owned()))?;
        let confidants = match (person.get("confidant_person"), version) {
            (None, _) => Confidants::None,
            (Some(list), Version::V1) => {
                Confidants::Described(Vec::deserialize(list).map_err(unreadable)?)
            }
            (Some(one), Version::V2) => {
                Confidants::Registered(RegisteredConfidant::deserialize(one).map_err(unreadable)?)
            }
        };
        let own: Map<String, Value> = person
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "confidant_person" | "id"))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let id = |value: Option<&Value>| {
            value
                .and_then(Value::as_str)
                .and_then(|text| Uuid::parse_str(text).ok())
        };
        Ok(Self {
            version,
            person_id: id(person.get("id")),
            person: serde_json::from_value(Value::Object(own)).map_err(unreadable)?,
            confidants,
            authorize_with: id(body.get("authorize_with")),
            body,
        })
    }

    /// The authentication method that somebody new is to have.
    pub(super) fn method(&self) -> Option<&AuthenticationMethod> {
        self.person.authentication_methods.first()
    }
}
