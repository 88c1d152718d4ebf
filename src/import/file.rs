//! The shapes of a provisioning file, after the schema found them right.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    oauth::{client::ClientType, redirect_uri::Match},
    person::{
        age::kyiv_midnight,
        registration::{Person as Registered, RelationType},
        verification::VerificationStatus,
    },
};

/// A provisioning file; every list may be missing.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct File {
    pub(super) clients: Vec<Client>,
    pub(super) persons: Vec<Person>,
    pub(super) users: Vec<User>,
    pub(super) employees: Vec<Employee>,
    pub(super) confidant_person_relationships: Vec<Relationship>,
    pub(super) verified_phones: Vec<String>,
    pub(super) user_requests: Vec<UserRequest>,
    pub(super) dictionaries: BTreeMap<String, BTreeMap<String, String>>,
    pub(super) scopes: BTreeMap<String, ScopeWords>,
}

/// How many of each were imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imported {
    /// Clients.
    pub clients: usize,
    /// Persons.
    pub persons: usize,
    /// Users.
    pub users: usize,
    /// Everything else.
    pub others: usize,
}

impl File {
    pub(super) fn counts(&self) -> Imported {
        Imported {
            clients: self.clients.len(),
            persons: self.persons.len(),
            users: self.users.len(),
            others: self.employees.len()
                + self.confidant_person_relationships.len()
                + self.verified_phones.len()
                + self.user_requests.len()
                + self.dictionaries.len()
                + self.scopes.len(),
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Client {
    pub id: Uuid,
    pub name: String,
    pub client_type: ClientType,
    pub secret: Option<String>,
    pub api_key: Option<String>,
    pub redirect_uris: Vec<String>,
    #[serde(default)]
    pub redirect_uri_match: Match,
    pub scopes: String,
    pub allowed_grant_types: Option<Vec<String>>,
    #[serde(default)]
    pub is_blocked: bool,
    pub legal_entity: Option<LegalEntity>,
}

#[derive(Deserialize)]
pub(super) struct LegalEntity {
    pub id: Option<Uuid>,
    #[serde(rename = "type")]
    pub kind: String,
    pub name: String,
    pub edrpou: Option<String>,
    pub license: Option<String>,
    pub address: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Person {
    pub id: Uuid,
    #[serde(default = "active")]
    pub status: String,
    #[serde(default = "yes")]
    pub is_active: bool,
    #[serde(default = "verified")]
    pub verification_status: VerificationStatus,
    #[serde(default)]
    pub authentication_methods: Vec<Method>,
    #[serde(flatten)]
    pub data: PersonData,
}

/// The person object without its authentication methods, which have ids of their own here.
#[derive(Deserialize)]
pub(super) struct PersonData {
    #[serde(flatten)]
    pub person: Registered,
}

#[derive(Deserialize)]
pub(super) struct Method {
    pub id: Uuid,
    #[serde(rename = "type")]
    pub kind: String,
    pub phone_number: Option<String>,
    pub value: Option<Uuid>,
    pub alias: Option<String>,
    #[serde(default = "yes")]
    pub is_active: bool,
    #[serde(default)]
    pub is_primary: bool,
    pub started_at: Option<String>,
    pub ended_at: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct User {
    pub id: Uuid,
    pub tax_id: Option<String>,
    pub email: Option<String>,
    pub person_id: Option<Uuid>,
    #[serde(default = "yes")]
    pub is_active: bool,
    #[serde(default)]
    pub is_blocked: bool,
}

#[derive(Deserialize)]
pub(super) struct Employee {
    pub id: Uuid,
    pub user_id: Uuid,
    pub legal_entity_id: Uuid,
    pub employee_type: String,
    pub status: String,
    pub tax_id: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Relationship {
    pub id: Uuid,
    pub person_id: Uuid,
    pub confidant_person_id: Uuid,
    #[serde(default)]
    pub relation_type: RelationType,
    pub verification_status: String,
    pub verification_reason: Option<String>,
    pub active_to: Option<String>,
    #[serde(default)]
    pub documents_relationship: Vec<Value>,
}

#[derive(Deserialize)]
pub(super) struct UserRequest {
    pub id: Uuid,
    pub tax_id: String,
    pub first_name: String,
    pub last_name: String,
    pub second_name: Option<String>,
    pub email: Option<String>,
    pub client_id: Uuid,
    pub redirect_uri: String,
    pub scope: String,
    pub expires_at: DateTime<Utc>,
}

#[derive(Deserialize)]
pub(super) struct ScopeWords {
    pub uk: String,
    pub en: String,
    #[serde(default)]
    pub sensitive: bool,
}

/// A moment written as RFC 3339, or as a day, which begins at midnight in Kyiv.
pub(super) fn time(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text)
        .map(|at| at.with_timezone(&Utc))
        .ok()
        .or_else(|| text.parse::<NaiveDate>().ok().map(kyiv_midnight))
}

fn yes() -> bool {
    true
}

fn active() -> String {
    "active".to_owned()
}

fn verified() -> VerificationStatus {
    VerificationStatus::Verified
}
