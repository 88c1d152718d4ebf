//! Persons of a file: what they say, laid over what is registered.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::file::{self, FileEntry};
use crate::person::{
    origin::Origin,
    registration::Person as Registered,
    verification::{self, VerificationStatus},
};

/// What a new person cannot do without.
pub(super) const NEEDS: &[&str] = &["first_name", "last_name", "birth_date"];

/// The members that are what a record says; a new version is made when one of them differs.
const RECORD: [(&str, Empty); 17] = [
    ("first_name", Empty::Nothing),
    ("last_name", Empty::Nothing),
    ("second_name", Empty::Nothing),
    ("birth_date", Empty::Nothing),
    ("birth_country", Empty::Nothing),
    ("birth_settlement", Empty::Nothing),
    ("gender", Empty::Nothing),
    ("email", Empty::Nothing),
    ("no_tax_id", Empty::No),
    ("tax_id", Empty::Nothing),
    ("unzr", Empty::Nothing),
    ("secret", Empty::Nothing),
    ("documents", Empty::List),
    ("addresses", Empty::List),
    ("phones", Empty::List),
    ("preferred_way_communication", Empty::Nothing),
    ("emergency_contact", Empty::Nothing),
];

/// The members of a document.
const DOCUMENT: [&str; 5] = [
    "type",
    "number",
    "issued_by",
    "issued_at",
    "expiration_date",
];

/// What a member is when nothing is said of it.
#[derive(Clone, Copy)]
enum Empty {
    Nothing,
    No,
    List,
}

impl Empty {
    fn value(self) -> Value {
        match self {
            Self::Nothing => Value::Null,
            Self::No => json!(false),
            Self::List => json!([]),
        }
    }
}

/// A person who is registered.
pub(super) struct KnownPerson {
    /// The members of [`RECORD`].
    pub record: FileEntry,
    pub status: String,
    pub is_active: bool,
    pub verification_status: VerificationStatus,
    pub verification: Map<String, Value>,
    pub version_origin: Origin,
}

/// A person as they are after the import.
pub(super) struct Person {
    pub id: Uuid,
    pub registered: Registered,
    /// Whether the record says something else than before, or was not there.
    pub is_new_version: bool,
    /// Whether anything is to be written at all.
    pub is_changed: bool,
    pub status: String,
    pub is_active: bool,
    pub verification_status: VerificationStatus,
    pub verification: Map<String, Value>,
    /// Who answers for the record as it is.
    pub origin: Origin,
    pub origin_confidant_id: Option<Uuid>,
}

/// `said` laid over `known`; none when it cannot be read.
pub(super) fn merge_person(said: &FileEntry, known: Option<&KnownPerson>) -> Option<Person> {
    let before = known.map(|known| whole(&known.record, None));
    let after = whole(said, before.as_ref());
    let is_new_version = before.as_ref() != Some(&after);
    let origin: Option<Origin> = said
        .get("origin")
        .and_then(|origin| serde_json::from_value(origin.clone()).ok());
    let origin = match (origin, known) {
        (Some(origin), _) => origin,
        (None, Some(known)) if !is_new_version => known.version_origin,
        (None, _) => Origin::Operator,
    };
    let flag = |name: &str| said.get(name).and_then(Value::as_bool);
    let status = file::text(said, "status").or(known.map(|known| known.status.as_str()));
    let (verification, verification_status) = merge_verification_streams(said, known);
    let mut person = Person {
        id: file::id(said),
        registered: serde_json::from_value(Value::Object(after)).ok()?,
        is_new_version,
        is_changed: true,
        status: status.unwrap_or("active").to_owned(),
        is_active: flag("is_active")
            .or(known.map(|known| known.is_active))
            .unwrap_or(true),
        verification_status,
        verification,
        origin,
        origin_confidant_id: file::id_of(said, "origin_confidant_id"),
    };
    person.is_changed = known.is_none_or(|known| is_new_version || person.differs(known));
    Some(person)
}

impl Person {
    /// Whether anything beside the record differs.
    fn differs(&self, known: &KnownPerson) -> bool {
        self.status != known.status
            || self.is_active != known.is_active
            || self.verification_status != known.verification_status
            || self.verification != known.verification
            || self.origin != known.version_origin
    }
}

/// Every member of a record: as `said`, else as it was, else empty.
fn whole(said: &FileEntry, before: Option<&FileEntry>) -> FileEntry {
    let member = |(name, empty): (&str, Empty)| {
        let value = said
            .get(name)
            .or_else(|| before.and_then(|before| before.get(name)))
            .filter(|value| !value.is_null())
            .cloned()
            .unwrap_or_else(|| empty.value());
        let value = match (name, value) {
            ("documents", Value::Array(documents)) => documents.into_iter().map(document).collect(),
            (_, value) => value,
        };
        (name.to_owned(), value)
    };
    RECORD.into_iter().map(member).collect()
}

/// A document with every member, so that two can be compared.
fn document(document: Value) -> Value {
    let member = |name: &str| {
        let value = document.get(name).cloned().unwrap_or_default();
        (name.to_owned(), value)
    };
    Value::Object(DOCUMENT.into_iter().map(member).collect())
}

/// The streams, and what they say together: as the file says, else as they come to. A stream that is named is replaced whole.
fn merge_verification_streams(
    said: &FileEntry,
    known: Option<&KnownPerson>,
) -> (Map<String, Value>, VerificationStatus) {
    let named = said.get("verification").and_then(Value::as_object);
    let status = file::text(said, "verification_status").and_then(VerificationStatus::parse);
    let mut streams = known
        .map(|known| known.verification.clone())
        .unwrap_or_default();
    for (name, stream) in named.into_iter().flatten() {
        let member = |name: &str| stream.get(name).and_then(Value::as_str);
        let (stated, reason) = (member("status").unwrap_or_default(), member("reason"));
        streams = match known {
            Some(known) => {
                let together = known.verification_status;
                verification::with_stream(streams, together, name, stated, reason)
            }
            // Of somebody new nothing was said before.
            None => {
                let stream = json!({ "status": stated, "reason": reason });
                streams.insert(name.clone(), stream);
                streams
            }
        };
    }
    let together = match (status, named, known) {
        (Some(status), ..) => status,
        (None, Some(_), _) => verification::cumulative(&streams),
        (None, None, Some(known)) => known.verification_status,
        (None, None, None) => VerificationStatus::Verified,
    };
    (streams, together)
}

/// What is wrong with the streams of a person, and with where they come from.
pub(super) fn problems(path: &str, said: &FileEntry, problems: &mut Vec<String>) {
    let named = said.get("verification").and_then(Value::as_object);
    for (name, stream) in named.into_iter().flatten() {
        let path = format!("{path}.verification.{}", super::echo(name));
        if !verification::STREAMS.contains(&name.as_str()) {
            let known = verification::STREAMS.join(", ");
            problems.push(format!("{path}: the streams are {known}."));
            continue;
        }
        let status = stream.get("status").and_then(Value::as_str);
        if !status.is_some_and(|status| verification::can_have(name, status)) {
            let known = verification::statuses_of(name).join(", ");
            problems.push(format!("{path}.status: it is one of {known}."));
        }
    }
    let has_confidant = said
        .get("origin_confidant_id")
        .is_some_and(Value::is_string);
    if has_confidant && file::text(said, "origin") != Some(Origin::Confidant.as_str()) {
        problems.push(format!(
            "{path}.origin_confidant_id: only a person whose origin is confidant has one."
        ));
    }
}
