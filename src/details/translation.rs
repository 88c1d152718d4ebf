//! What an error of the API says to people (signup 12).
//!
//! The API speaks to developers, in English; people read a line in their own language. Here an error only chooses
//! the words: their texts are `locales/*/errors.ftl`. A business error is recognised by its message, a schema error
//! by its rule and entry. Whatever is recognised by nothing is an internal error to people.

use std::collections::HashSet;

use crate::{
    api::ApiError,
    invalid::{EntryType, Invalid, Rule},
};

/// One line for people.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Line {
    /// The key of its text.
    pub key: String,
    /// What the text is filled with, by name.
    pub arguments: Vec<(&'static str, Argument)>,
    /// The entry it is about, as the API names it: `$.person.documents.[1].type`.
    pub entry: Option<String>,
}

/// What fills a place in a text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Argument {
    /// The text of this key.
    Word(String),
    /// Itself.
    Text(String),
}

/// The lines that tell people of `error`: at least one, none twice, in the order received.
#[must_use]
pub fn lines(error: &ApiError) -> Vec<Line> {
    let entry = error.invalid.first().and_then(|item| item.entry.clone());
    // A message that is a rule's own text speaks for one item at most; of several, each speaks for itself.
    let is_alone = error.invalid.len() < 2;
    if let Some(key) = business(&error.message).filter(|_| is_alone) {
        return vec![Line {
            key,
            arguments: Vec::new(),
            entry,
        }];
    }
    let mut told = HashSet::new();
    let mut lines: Vec<Line> = error
        .invalid
        .iter()
        .filter(|item| item.entry_type == EntryType::JsonDataProperty)
        .flat_map(|item| item.rules.iter().map(|rule| line(item, rule)))
        .filter(|line| told.insert(line.clone()))
        .collect();
    if lines.is_empty() {
        lines.push(Line {
            key: key(TextKeyKind::Error, "internal"),
            arguments: Vec::new(),
            entry,
        });
    }
    lines
}

/// The key of the Ukrainian (or other) name of an entry: also the label of the same field on the page of details.
///
/// Positions in lists do not matter; the consents are known under `$.person` and beside it (signup 12.2).
#[must_use]
pub fn entry_key(entry: &str) -> Option<String> {
    let entry = canonical(entry);
    ENTRIES
        .iter()
        .find(|known| **known == entry)
        .map(|known| key(TextKeyKind::Entry, known))
}

/// Every key that [`lines`] and [`entry_key`] can give.
pub fn keys() -> impl Iterator<Item = String> {
    let errors = RULES.iter().chain(SEED).chain(OURS);
    let errors = errors.map(|source| key(TextKeyKind::Error, source));
    let entries = ENTRIES.iter().map(|source| key(TextKeyKind::Entry, source));
    let minimums = MINIMUMS
        .iter()
        .map(|source| key(TextKeyKind::Minimum, source));
    errors.chain(entries).chain(minimums)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TextKeyKind {
    Error,
    Entry,
    Minimum,
}

/// The key of a message, an entry or a rule: its words in small letters joined by hyphens, after its kind.
/// `$.person.documents.[0].type` is `entry-person-documents-type`.
fn key(kind: TextKeyKind, source: &str) -> String {
    let mut key = String::from(match kind {
        TextKeyKind::Error => "error",
        TextKeyKind::Entry => "entry",
        TextKeyKind::Minimum => "minimum",
    });
    let source = source.replace(".[0]", "").to_ascii_lowercase();
    for word in source.split(|c: char| !c.is_ascii_alphanumeric()) {
        if !word.is_empty() {
            key.push('-');
            key.push_str(word);
        }
    }
    key
}

/// The key of a business error's text.
fn business(message: &str) -> Option<String> {
    let message = bare(message);
    SEED.iter()
        .chain(OURS)
        .find(|known| is_message(bare(known), message))
        .map(|known| key(TextKeyKind::Error, known))
}

/// A message without surrounding white space and without one final dot: the API's texts vary in both.
fn bare(message: &str) -> &str {
    let message = message.trim();
    message.strip_suffix('.').unwrap_or(message).trim_end()
}

/// Whether `message` is `known`, in which one `<name>` stands for anything.
fn is_message(known: &str, message: &str) -> bool {
    match known
        .split_once('<')
        .and_then(|(before, rest)| Some((before, rest.split_once('>')?.1)))
    {
        None => known == message,
        Some((before, after)) => message
            .strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(after))
            .is_some_and(|name| !name.is_empty()),
    }
}

fn line(item: &Invalid, rule: &Rule) -> Line {
    let entry = item.entry.as_deref().unwrap_or_default();
    let (key, arguments) = text(entry, rule);
    Line {
        key,
        arguments,
        entry: item.entry.clone(),
    }
}

fn text(entry: &str, rule: &Rule) -> (String, Vec<(&'static str, Argument)>) {
    if let Some(key) = rule.description.as_deref().and_then(business) {
        return (key, Vec::new());
    }
    let error = |rule: &str| key(TextKeyKind::Error, rule);
    match rule.rule.as_ref() {
        "required" => (error("required"), vec![("property", property(entry, rule))]),
        "length" if is_minimum_of_items(rule) && is_minimum(entry) => {
            (key(TextKeyKind::Minimum, &canonical(entry)), Vec::new())
        }
        "inclusion" => (error("inclusion"), vec![("name", name(entry))]),
        "schema" => {
            let entry = Argument::Text(entry.to_owned());
            (error("schema"), vec![("entry", entry)])
        }
        _ => (error("value"), vec![("name", name(entry))]),
    }
}

fn is_minimum_of_items(rule: &Rule) -> bool {
    rule.raw_description.as_deref() == Some("expected a minimum of %{min} items but got %{actual}")
}

fn is_minimum(entry: &str) -> bool {
    MINIMUMS.contains(&canonical(entry).as_str())
}

/// What a missing member is called: by its entry, else by its raw name.
fn property(entry: &str, rule: &Rule) -> Argument {
    let raw = rule.params.get("property").and_then(|name| name.as_str());
    match (entry_key(entry), raw) {
        (Some(key), _) => Argument::Word(key),
        (None, Some(raw)) => Argument::Text(raw.to_owned()),
        (None, None) => name(entry),
    }
}

/// What an entry is called. An item of a list without a name of its own is called as the list.
fn name(entry: &str) -> Argument {
    let mut entry = entry;
    while let Some((list, "")) = entry.rsplit_once(".[").map(|(list, index)| {
        (
            list,
            index
                .trim_end_matches(']')
                .trim_matches(|c: char| c.is_ascii_digit()),
        )
    }) {
        entry = list;
    }
    match entry_key(entry) {
        Some(key) => Argument::Word(key),
        None => Argument::Text(entry.rsplit('.').next().unwrap_or(entry).to_owned()),
    }
}

/// `entry` as the tables write it: every position `[0]`, the consents under `$.person`.
fn canonical(entry: &str) -> String {
    let segments: Vec<&str> = entry
        .split('.')
        .map(|segment| {
            let inner = segment
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'));
            match inner {
                Some(index) if index.parse::<u64>().is_ok() => "[0]",
                _ => segment,
            }
        })
        .collect();
    match segments.join(".").as_str() {
        "$.patient_signed" => "$.person.patient_signed".to_owned(),
        "$.process_disclosure_data_consent" => {
            "$.person.process_disclosure_data_consent".to_owned()
        }
        other => other.to_owned(),
    }
}

/// Texts that are not tied to one message.
const RULES: &[&str] = &["internal", "required", "value", "inclusion", "schema"];

/// The business errors of the seed, in its order (signup 12.1).
const SEED: &[&str] = &[
    "user_data missing",
    "Invalid signed content.",
    "JWT is invalid.",
    "Unable to authenticate signer",
    "expected true but got false for attribute patient_signed",
    "expected true but got false for attribute process_disclosure_data_consent",
    "It is impossible to uniquely identify the person.",
    "Relationship not confirmed",
    "Submitted document type is not allowed",
    "User is blocked.",
    "Person not found.",
    "Person who initiates registration of patient must be submitted as confidant person",
    "Person with cumulative verification status <verification_status> can not be submitted as confidant",
    "Confidant person must have active authentication method with type \"OTP\" where ended_at is equal to or greater than current date",
    "Only THIRD_PERSON authentication method can be created for person",
    "Person who initiates registration of patient must be submitted as THIRD_PERSON",
];

/// Messages that the seed does not translate: those of signup 12.1 after its table, then those of the data rules
/// (signup 8.4, 8.5, 11.5), which would otherwise be internal errors to the people who can mend them.
const OURS: &[&str] = &[
    "Registration person and person that sign should be the same",
    "Input name doesn't match name from digital signature",
    "Applicant user not found.",
    "Applicant person not found.",
    "Incorrect applicant person age for such an action.",
    "Applicant user is blocked.",
    "Digital signature timestamp is expired",
    "Invalid access token",
    "Unauthorized",
    "Your scope does not allow <action>",
    "User with such tax_id already exists",
    "Confidant person and signer must be the same",
    "Incorrect person age for such an action",
    "Signed content has already been used",
    "Invalid verification code",
    "Verification code expired",
    "Maximum attempts exceed",
    "Confidant can not be submitted for person who has document that proves legal capacity",
    "Patient who has confidant person can not be used as confidant for other patients",
    "Relationship between confidant patient and related patient already exists",
    "Invalid birth date",
    "Persons who refused the tax_id should be without tax_id",
    "Only persons who refused the tax_id could be without tax_id",
    "unzr or birthdate are not correct",
    "unzr is mandatory for document type NATIONAL_ID",
    "Document issued date should be in the past",
    "Document issued date should greater than person.birth_date",
    "Document expiration_date should be in future",
    "expiration_date is mandatory for document_type <document_type>",
    "Person can have only new passport NATIONAL_ID or old PASSPORT",
    "Must be one and only one authentication method.",
    "Addresses with type RESIDENCE should be present",
    "Single address of type 'RESIDENCE' is required, got: <number>",
    "This phone number is present more than <limit> times in the system",
    "This fiduciary person is present more than <limit> times in the system",
    "No duplicate values.",
    "Must contain required item.",
    "Client is blocked",
];

/// The entries that have names: the 53 of signup 12.3 in its order, then the five that the seed leaves out.
const ENTRIES: &[&str] = &[
    "$.person.first_name",
    "$.person.last_name",
    "$.person.second_name",
    "$.person.birth_date",
    "$.person.birth_country",
    "$.person.birth_settlement",
    "$.person.gender",
    "$.person.email",
    "$.person.no_tax_id",
    "$.person.secret",
    "$.person.documents",
    "$.person.documents.[0].type",
    "$.person.documents.[0].number",
    "$.person.documents.[0].issued_by",
    "$.person.documents.[0].issued_at",
    "$.person.documents.[0].expiration_date",
    "$.person.addresses",
    "$.person.addresses.[0].type",
    "$.person.addresses.[0].country",
    "$.person.addresses.[0].area",
    "$.person.addresses.[0].region",
    "$.person.addresses.[0].settlement",
    "$.person.addresses.[0].settlement_type",
    "$.person.addresses.[0].settlement_id",
    "$.person.addresses.[0].street_type",
    "$.person.addresses.[0].street",
    "$.person.addresses.[0].building",
    "$.person.addresses.[0].apartment",
    "$.person.addresses.[0].zip",
    "$.person.phones",
    "$.person.phones.[0].type",
    "$.person.phones.[0].number",
    "$.person.authentication_methods",
    "$.person.authentication_methods.[0].type",
    "$.person.authentication_methods.[0].value",
    "$.person.authentication_methods.[0].alias",
    "$.person.preferred_way_communication",
    "$.person.confidant_person",
    "$.person.confidant_person.person_id",
    "$.person.confidant_person.documents_relationship",
    "$.person.confidant_person.documents_relationship.[0].type",
    "$.person.confidant_person.documents_relationship.[0].number",
    "$.person.confidant_person.documents_relationship.[0].issued_by",
    "$.person.confidant_person.documents_relationship.[0].issued_at",
    "$.person.emergency_contact",
    "$.person.emergency_contact.first_name",
    "$.person.emergency_contact.last_name",
    "$.person.emergency_contact.second_name",
    "$.person.emergency_contact.phones",
    "$.person.emergency_contact.phones.[0].type",
    "$.person.emergency_contact.phones.[0].number",
    "$.person.patient_signed",
    "$.person.process_disclosure_data_consent",
    "$.person.tax_id",
    "$.person.unzr",
    "$.person.authentication_methods.[0].phone_number",
    "$.person.confidant_person.relation_type",
    "$.jwt",
];

/// The lists whose emptiness has a text of its own (signup 12.4).
const MINIMUMS: &[&str] = &[
    "$.person.documents",
    "$.person.addresses",
    "$.person.phones",
    "$.person.authentication_methods",
    "$.person.confidant_person.documents_relationship",
    "$.person.emergency_contact.phones",
];

/// Errors with everything that the tables hold.
#[cfg(test)]
pub(crate) mod samples {
    use serde_json::json;

    use super::{ENTRIES, MINIMUMS, OURS, SEED};
    use crate::{
        api::ApiError,
        invalid::{Invalid, Rule},
    };

    fn missing(entry: &str) -> Invalid {
        let property = entry.rsplit('.').next().unwrap();
        let params = json!({ "property": property });
        let raw = "required property %{property} was not present";
        // The API reports the consents where they are: beside the person.
        let entry = match property {
            "patient_signed" | "process_disclosure_data_consent" => format!("$.{property}"),
            _ => entry.to_owned(),
        };
        Invalid::property(entry, Rule::with_description("required", raw, params))
    }

    fn business_rule(entry: &str, message: &str) -> Invalid {
        Invalid::property(entry, Rule::business("invalid", message))
    }

    /// Every entry with a name missing.
    pub(crate) fn missing_entries() -> ApiError {
        ApiError::validation(ENTRIES.iter().map(|entry| missing(entry)).collect())
    }

    /// Every list with a text of its own empty.
    pub(crate) fn minimums() -> ApiError {
        let raw = "expected a minimum of %{min} items but got %{actual}";
        let rule = Rule::with_description("length", raw, json!({ "actual": 0, "min": 1 }));
        let of = |entry: &&str| Invalid::property(*entry, rule.clone());
        ApiError::validation(MINIMUMS.iter().map(of).collect())
    }

    /// Every message of the registry, each about another entry.
    pub(crate) fn business() -> ApiError {
        let messages = SEED.iter().chain(OURS);
        let entries = ENTRIES.iter().cycle();
        let all = messages.zip(entries);
        ApiError::validation(
            all.map(|(message, entry)| business_rule(entry, message))
                .collect(),
        )
    }

    /// Some of each.
    pub(crate) fn some() -> ApiError {
        ApiError::validation(vec![
            missing("$.person.birth_settlement"),
            business_rule(
                "$.person.documents.[1].expiration_date",
                "Document expiration_date should be in future",
            ),
            business_rule("$.person.confidant_person.person_id", SEED.get(12).unwrap()),
        ])
    }
}

#[cfg(test)]
mod tests;
