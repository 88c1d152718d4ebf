//! The data of a registration, after the schema found them good.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::matching::Traits;

/// What is signed (sign-up, §8.1).
#[derive(Debug, Clone, Deserialize)]
pub struct Content {
    /// The person.
    pub person: Person,
    /// Whether the patient agreed to the data being signed.
    pub patient_signed: bool,
    /// Whether the patient agreed to the data being processed.
    pub process_disclosure_data_consent: bool,
    /// The nonce, where one was asked for.
    #[serde(default)]
    pub jwt: Option<String>,
}

/// A person (§8.2).
#[derive(Clone, Deserialize)]
pub struct Person {
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Patronymic.
    #[serde(default)]
    pub second_name: Option<String>,
    /// Date of birth.
    pub birth_date: NaiveDate,
    /// Country of birth.
    #[serde(default)]
    pub birth_country: Option<String>,
    /// Place of birth.
    #[serde(default)]
    pub birth_settlement: Option<String>,
    /// `MALE` or `FEMALE`.
    #[serde(default)]
    pub gender: Option<String>,
    /// E-mail address.
    #[serde(default)]
    pub email: Option<String>,
    /// Whether the person refused a tax number.
    #[serde(default)]
    pub no_tax_id: bool,
    /// Tax number.
    #[serde(default)]
    pub tax_id: Option<String>,
    /// Number in the demographic register.
    #[serde(default)]
    pub unzr: Option<String>,
    /// Code word.
    #[serde(default)]
    pub secret: Option<String>,
    /// Documents, one or more.
    #[serde(default)]
    pub documents: Vec<Document>,
    /// Addresses, kept as they were given.
    #[serde(default)]
    pub addresses: Vec<Value>,
    /// Phones, kept as they were given.
    #[serde(default)]
    pub phones: Vec<Value>,
    /// How the person is to be asked for their consent later.
    #[serde(default)]
    pub authentication_methods: Vec<AuthenticationMethod>,
    /// `email` or `phone`.
    #[serde(default)]
    pub preferred_way_communication: Option<String>,
    /// Whom to call, kept as it was given.
    #[serde(default)]
    pub emergency_contact: Option<Value>,
    /// Who stands for the person.
    #[serde(default)]
    pub confidant_person: Option<ConfidantPerson>,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Person(…)")
    }
}

/// A document (§8.3).
#[derive(Clone, Deserialize)]
pub struct Document {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its number.
    pub number: String,
    /// Who issued it.
    #[serde(default)]
    pub issued_by: Option<String>,
    /// When.
    #[serde(default)]
    pub issued_at: Option<NaiveDate>,
    /// Until when it is good.
    #[serde(default)]
    pub expiration_date: Option<NaiveDate>,
}

/// An authentication method as it is submitted.
#[derive(Clone, Deserialize)]
pub struct AuthenticationMethod {
    /// `OTP`, `THIRD_PERSON`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// The phone of `OTP`.
    #[serde(default)]
    pub phone_number: Option<String>,
    /// The person of `THIRD_PERSON`.
    #[serde(default)]
    pub value: Option<Uuid>,
    /// What the person calls it.
    #[serde(default)]
    pub alias: Option<String>,
}

/// Who stands for the person.
#[derive(Debug, Clone, Deserialize)]
pub struct ConfidantPerson {
    /// Their id in the registry.
    pub person_id: Uuid,
    /// `PRIMARY` unless given.
    #[serde(default)]
    pub relation_type: RelationType,
    /// What proves it, kept as it was given.
    pub documents_relationship: Vec<Value>,
}

/// Which confidant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum RelationType {
    /// The first.
    #[default]
    Primary,
    /// Another.
    Secondary,
}

impl RelationType {
    /// The name in the database and in answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Primary => "PRIMARY",
            Self::Secondary => "SECONDARY",
        }
    }
}

impl Person {
    /// What of the person is compared with others, with documents of `search_types` only.
    #[must_use]
    pub fn traits(&self, search_types: &[String]) -> Traits {
        Traits {
            first_name: self.first_name.clone(),
            last_name: self.last_name.clone(),
            birth_date: self.birth_date,
            tax_id: self.tax_id.clone(),
            documents: self.numbers(|kind| search_types.iter().any(|known| known == kind)),
        }
    }

    fn numbers(&self, wanted: impl Fn(&str) -> bool) -> Vec<(String, String)> {
        self.documents
            .iter()
            .filter(|document| wanted(&document.kind))
            .map(|document| (document.kind.clone(), document.number.clone()))
            .collect()
    }
}
