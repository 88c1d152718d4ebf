//! From the signed data to what the person reads: cards of labelled rows, nothing left out.
//!
//! The shape of `person` is that of the specification (signup 8.2), with the confidant's names added (5.1).
//! Data are shown as they were signed; only the form of dates and phone numbers is ours. A row is called as its entry
//! is (signup 12.3), so that an error about it says the same name.

mod address;
#[cfg(test)]
pub(crate) mod people;
mod reader;
pub mod refusal;
#[cfg(test)]
mod tests;
pub mod translation;
mod values;

use serde_json::Value as Json;

pub use self::{address::address_line, values::mask};
use self::{reader::Reader, values::value};
use crate::{person::dictionaries::Dictionaries, web::words::Words};

/// Who signs for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignUpKind {
    /// A person registers themselves.
    Own,
    /// A confidant registers a patient.
    Confidant,
}

/// How much of the data is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All of it: it passed the schema, which bounds it.
    Whole,
    /// The beginning of what is long, and what is missing too: nobody knows what was sent.
    Bounded,
}

/// The longest text of a bounded row, in characters.
const LONGEST_SHOWN: usize = 255;
/// The most items of a bounded list.
const MOST_SHOWN: usize = 30;

/// A part of the page with a heading of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetailsCard {
    /// The id of the heading on the page.
    pub id: &'static str,
    /// The heading.
    pub heading: String,
    /// One group, or several with headings.
    pub groups: Vec<DetailsGroup>,
}

/// Rows that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetailsGroup {
    /// The heading, where a card has several groups.
    pub heading: Option<String>,
    /// The rows.
    pub rows: Vec<DetailsRow>,
}

impl DetailsGroup {
    fn of(rows: Vec<DetailsRow>) -> Self {
        Self {
            heading: None,
            rows,
        }
    }
}

/// A label and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetailsRow {
    /// The entry of the API that it shows: `$.person.documents.[0].type`.
    pub entry: String,
    /// The label, in the person's language.
    pub label: String,
    /// The value.
    pub shown: DetailsValue,
    /// What is wrong with it, in the person's language.
    pub errors: Vec<String>,
}

impl DetailsRow {
    /// The id of the row on the page. Entries of rows are names of the schema and positions: nothing personal.
    #[must_use]
    pub fn id(&self) -> String {
        let mut id = String::from("row");
        for word in self
            .entry
            .split(|character: char| !character.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
        {
            id.push('-');
            id.push_str(word);
        }
        id
    }
}

/// How a value is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DetailsValue {
    /// «Не вказано».
    Missing,
    /// Text.
    Text(String),
    /// Text of several lines.
    Lines(Vec<String>),
    /// A day: machine form, then the form for people.
    Date {
        /// `YYYY-MM-DD`.
        iso: String,
        /// `DD.MM.YYYY`.
        text: String,
    },
    /// A phone number of which only the end may be seen.
    MaskedPhone {
        /// What is seen.
        text: String,
        /// What is read aloud.
        spoken: String,
    },
    /// An identifier.
    Code(String),
}

/// The data of a registration as they were sent.
#[derive(Debug, Clone, Copy)]
pub struct SubmittedData<'a> {
    /// `person` of the signed content (signup 8.2).
    pub person: &'a Json,
    /// `patient_signed`, which stands beside it.
    pub patient_signed: Option<bool>,
    /// `process_disclosure_data_consent`, which stands beside it.
    pub process_disclosure_data_consent: Option<bool>,
}

/// The cards of the data of a registration, in the order of reading.
#[must_use]
pub fn cards(
    words: Words,
    dictionaries: &Dictionaries,
    sent: &SubmittedData<'_>,
    kind: SignUpKind,
    extent: Extent,
) -> Vec<DetailsCard> {
    let reader = Reader {
        words,
        dictionaries,
        extent,
    };
    let person = sent.person;
    let mut cards = vec![
        reader.identity(person, kind),
        reader.documents(person),
        reader.addresses(person),
        reader.contacts(person),
        reader.methods(person),
        reader.emergency_contact(person),
    ];
    let confidant = person.get("confidant_person");
    if kind == SignUpKind::Confidant || confidant.is_some() {
        cards.push(reader.confidant(confidant));
    }
    cards.push(reader.consents(sent));
    cards
}

/// The identifiers among the data: true, registered, and of no use to most readers.
#[must_use]
pub fn identifiers(
    words: Words,
    dictionaries: &Dictionaries,
    person: &Json,
    extent: Extent,
) -> Vec<DetailsRow> {
    let reader = Reader {
        words,
        dictionaries,
        extent,
    };
    let mut rows = Vec::new();
    let mut push = |at: String, owner: &Json, member: &str| {
        let row = match value(owner, member) {
            Some(code) => reader.row(at, member, DetailsValue::Code(reader.cut(&code))),
            None if extent == Extent::Bounded => reader.row(at, member, DetailsValue::Missing),
            None => return,
        };
        rows.push(row);
    };
    for (at, address) in reader.items(person, "$.person", "addresses") {
        push(at, address, "settlement_id");
    }
    for (at, method) in reader.items(person, "$.person", "authentication_methods") {
        if value(method, "type").as_deref() != Some("OTP") {
            push(at, method, "value");
        }
    }
    if let Some(confidant) = person.get("confidant_person") {
        push(
            "$.person.confidant_person".to_owned(),
            confidant,
            "person_id",
        );
    }
    rows
}

/// Last name, first name, patronymic, as far as they are given.
#[must_use]
pub fn full_name(person: &Json) -> String {
    ["last_name", "first_name", "second_name"]
        .into_iter()
        .filter_map(|member| value(person, member))
        .collect::<Vec<_>>()
        .join(" ")
}
