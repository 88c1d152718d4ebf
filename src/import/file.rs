//! The shapes of a provisioning file, after the schema found them right.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    oauth::{client::ClientType, redirect_uri::Match},
    person::{age::kyiv_midnight, registration::RelationType},
};

/// What a file says of one thing: the members that it names, and no others.
pub type FileEntry = Map<String, Value>;

/// A provisioning file; every list may be missing.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct File {
    pub(super) clients: Vec<FileEntry>,
    pub(super) persons: Vec<FileEntry>,
    pub(super) users: Vec<FileEntry>,
    pub(super) employees: Vec<FileEntry>,
    pub(super) confidant_person_relationships: Vec<FileEntry>,
    pub(super) verified_phones: Vec<String>,
    pub(super) user_requests: Vec<FileEntry>,
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

/// The id of an entry; the schema wants one everywhere.
pub(super) fn id(entry: &FileEntry) -> Uuid {
    id_of(entry, "id").unwrap_or_default()
}

/// The id that a member holds.
pub(super) fn id_of(entry: &FileEntry, name: &str) -> Option<Uuid> {
    entry.get(name)?.as_str()?.parse().ok()
}

/// The text that a member holds.
pub(super) fn text<'a>(entry: &'a FileEntry, name: &str) -> Option<&'a str> {
    entry.get(name)?.as_str()
}

/// The objects of a list that a member holds.
pub(super) fn entries<'a>(entry: &'a FileEntry, name: &str) -> impl Iterator<Item = &'a FileEntry> {
    let list = entry.get(name).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_object)
}

/// What a thing is when what the file says is laid over what it was.
pub(super) trait EntryShape: for<'de> Deserialize<'de> + PartialEq {
    /// What a new one cannot do without.
    const NEEDS: &'static [&'static str];
}

#[derive(Deserialize, PartialEq)]
pub(super) struct Client {
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
}

impl EntryShape for Client {
    const NEEDS: &'static [&'static str] = &["name", "client_type", "redirect_uris", "scopes"];
}

#[derive(Deserialize, PartialEq)]
pub(super) struct LegalEntity {
    #[serde(rename = "type")]
    pub kind: String,
    pub name: String,
    pub edrpou: Option<String>,
    pub license: Option<String>,
    pub address: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
}

impl EntryShape for LegalEntity {
    const NEEDS: &'static [&'static str] = &["type", "name"];
}

#[derive(Deserialize, PartialEq)]
pub(super) struct Method {
    #[serde(rename = "type")]
    pub kind: String,
    pub phone_number: Option<String>,
    pub value: Option<Uuid>,
    pub alias: Option<String>,
    #[serde(default = "yes")]
    pub is_active: bool,
    #[serde(default)]
    pub is_primary: bool,
    #[serde(default, deserialize_with = "maybe_time")]
    pub started_at: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "maybe_time")]
    pub ended_at: Option<DateTime<Utc>>,
}

impl EntryShape for Method {
    const NEEDS: &'static [&'static str] = &["type"];
}

#[derive(Deserialize, PartialEq)]
pub(super) struct User {
    pub tax_id: Option<String>,
    #[serde(default)]
    pub tax_id_is_trusted: bool,
    pub email: Option<String>,
    pub person_id: Option<Uuid>,
    #[serde(default = "yes")]
    pub is_active: bool,
    #[serde(default)]
    pub is_blocked: bool,
}

impl EntryShape for User {
    const NEEDS: &'static [&'static str] = &[];
}

#[derive(Deserialize, PartialEq)]
pub(super) struct Employee {
    pub user_id: Uuid,
    pub legal_entity_id: Uuid,
    pub employee_type: String,
    pub status: String,
    pub tax_id: Option<String>,
    #[serde(default = "yes")]
    pub is_active: bool,
}

impl EntryShape for Employee {
    const NEEDS: &'static [&'static str] =
        &["user_id", "legal_entity_id", "employee_type", "status"];
}

#[derive(Deserialize, PartialEq)]
pub(super) struct Relationship {
    pub person_id: Uuid,
    pub confidant_person_id: Uuid,
    #[serde(default)]
    pub relation_type: RelationType,
    pub verification_status: String,
    pub verification_reason: Option<String>,
    #[serde(default, deserialize_with = "maybe_time")]
    pub active_to: Option<DateTime<Utc>>,
    #[serde(default)]
    pub documents_relationship: Vec<Value>,
    #[serde(default = "yes")]
    pub is_active: bool,
}

impl EntryShape for Relationship {
    const NEEDS: &'static [&'static str] =
        &["person_id", "confidant_person_id", "verification_status"];
}

#[derive(Deserialize, PartialEq)]
pub(super) struct UserRequest {
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

impl EntryShape for UserRequest {
    const NEEDS: &'static [&'static str] = &[
        "tax_id",
        "first_name",
        "last_name",
        "client_id",
        "redirect_uri",
        "scope",
        "expires_at",
    ];
}

#[derive(Deserialize)]
pub(super) struct ScopeWords {
    pub uk: String,
    pub en: String,
    pub sensitive: Option<bool>,
}

/// A moment written as RFC 3339, or as a day, which begins at midnight in Kyiv.
pub(super) fn time(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text)
        .map(|at| at.with_timezone(&Utc))
        .ok()
        .or_else(|| text.parse::<NaiveDate>().ok().map(kyiv_midnight))
}

/// A moment that may be missing. One that cannot be read was a problem before.
fn maybe_time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    Ok(text.as_deref().and_then(time))
}

fn yes() -> bool {
    true
}
