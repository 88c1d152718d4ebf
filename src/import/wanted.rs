//! What a provisioning file wants.

use serde::Serialize;
use serde_json::Value;
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

use super::{
    file::{Client, Employee, FileEntry, LegalEntity, Method, Relationship, User, UserRequest},
    people::Person,
};
use crate::secrets::Hash;

/// Everything that a file wants.
#[derive(Default)]
pub(super) struct ImportChanges {
    pub clients: Vec<ClientChange>,
    pub persons: Vec<(Person, Vec<Change<Method>>)>,
    pub users: Vec<Change<User>>,
    pub employees: Vec<Change<Employee>>,
    pub relationships: Vec<Change<Relationship>>,
    pub user_requests: Vec<Change<UserRequest>>,
}

/// One thing, before the import and after it.
pub(super) struct Change<T> {
    /// Its id.
    pub id: Uuid,
    /// None: it was not there.
    pub before: Option<T>,
    /// What it is to be.
    pub after: T,
}

impl<T: PartialEq> Change<T> {
    /// Whether anything is to be written.
    pub(super) fn is_any(&self) -> bool {
        self.before.as_ref() != Some(&self.after)
    }
}

/// A client, with what is not compared with the file: hashes, and its legal entity.
pub(super) struct ClientChange {
    pub client: Change<Client>,
    pub known: Option<KnownClient>,
    pub secret: HashedMember<String>,
    pub api_key: HashedMember<String>,
    pub legal_entity_id: Option<Uuid>,
    pub legal_entity: Option<Change<LegalEntity>>,
}

/// What a file says of a member of which only a hash is kept.
pub(super) enum HashedMember<T> {
    /// Nothing: it stays.
    Nothing,
    /// That there is none.
    None,
    /// What it is.
    Some(T),
}

impl HashedMember<String> {
    pub(super) fn of(entry: &FileEntry, name: &str) -> Self {
        match entry.get(name) {
            None => Self::Nothing,
            Some(Value::String(text)) => Self::Some(text.clone()),
            Some(_) => Self::None,
        }
    }
}

/// A client that is registered.
#[derive(FromRow, Serialize)]
pub(super) struct KnownClient {
    name: String,
    client_type: String,
    redirect_uris: Json<Vec<String>>,
    redirect_uri_match: String,
    scopes: String,
    allowed_grant_types: Json<Vec<String>>,
    is_blocked: bool,
    #[serde(skip)]
    pub secret_hash: Option<Hash>,
    #[serde(skip)]
    pub api_key_hash: Option<Hash>,
    #[serde(skip)]
    pub legal_entity_id: Option<Uuid>,
}

impl KnownClient {
    pub(super) fn entry(&self) -> FileEntry {
        entry(self)
    }
}

/// A row as an entry of a file.
pub(super) fn entry(row: impl Serialize) -> FileEntry {
    match serde_json::to_value(row) {
        Ok(Value::Object(entry)) => entry,
        // Rows are objects of texts, numbers and times.
        _ => FileEntry::new(),
    }
}
