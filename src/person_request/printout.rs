//! The form that a patient reads and signs (person requests 3.8): always in Ukrainian, kept with the request as it was shown.

use askama::Template;
use chrono::NaiveDate;
use serde_json::Value;

use super::{current::CurrentMethod, wanted::PersonRequestBody};
use crate::{
    details::address_line,
    locale::Locale,
    oauth::store::LegalEntity,
    patterns,
    person::{
        dictionaries::Dictionaries,
        store::{RegisteredPerson, full_name},
    },
    web::words::Words,
};

/// What stands in the place of something that is not there.
const ABSENT: &str = "––";

#[derive(Template)]
#[template(path = "person_request/printout.html")]
struct Printout {
    words: Words,
    name: String,
    is_male: bool,
    is_female: bool,
    birth_date: String,
    birth_place: String,
    document: String,
    tax_id: String,
    unzr: String,
    address: String,
    phone: String,
    email: String,
    secret: String,
    way: String,
    emergency_contact: Contact,
    confidants: Vec<Confidant>,
    by_code: bool,
    by_documents: bool,
    legal_entity: Institution,
}

struct Institution {
    name: String,
    edrpou: String,
    license: String,
    address: String,
    phone: String,
    email: String,
}

struct Contact {
    name: String,
    phone: String,
}

struct Confidant {
    relation: String,
    name: String,
    birth_date: String,
    tax_id: String,
    document: String,
    relationship_document: String,
    phone: String,
}

/// The form of a request; `confidant` is the person of the registry who stands for the one of the request.
///
/// # Errors
/// When the template cannot be filled in.
pub(super) fn form(
    wanted: &PersonRequestBody,
    current: &CurrentMethod,
    confidant: Option<&RegisteredPerson>,
    legal_entity: &LegalEntity,
    dictionaries: &Dictionaries,
) -> askama::Result<String> {
    let reader = Reader {
        words: Locale::Uk.words(),
        dictionaries,
    };
    let empty = Value::Null;
    let person = wanted.body.get("person").unwrap_or(&empty);
    let contact = person.get("emergency_contact").unwrap_or(&empty);
    let confidants = match person.get("confidant_person") {
        Some(Value::Array(confidants)) => {
            let mut confidants: Vec<_> = confidants.iter().collect();
            // The first one first, whatever the order of the body.
            confidants.sort_by_key(|confidant| text(confidant, "relation_type") != Some("PRIMARY"));
            confidants
                .into_iter()
                .map(|confidant| reader.confidant(confidant))
                .collect()
        }
        Some(registered) => confidant
            .map(|known| reader.registered_confidant(registered, known))
            .into_iter()
            .collect(),
        None => Vec::new(),
    };
    Printout {
        words: reader.words,
        name: name(person),
        is_male: text(person, "gender") == Some("MALE"),
        is_female: text(person, "gender") == Some("FEMALE"),
        birth_date: date(person, "birth_date"),
        birth_place: join_parts([
            text(person, "birth_settlement"),
            text(person, "birth_country"),
        ]),
        document: reader.first_document(person, "documents", "DOCUMENT_TYPE"),
        tax_id: text_or_absent(person, "tax_id"),
        unzr: text_or_absent(person, "unzr"),
        address: reader.residence(person),
        phone: first_phone(person),
        email: text_or_absent(person, "email"),
        secret: text_or_absent(person, "secret"),
        way: reader.meaning(
            "PREFERRED_WAY_COMMUNICATION",
            text(person, "preferred_way_communication"),
        ),
        emergency_contact: Contact {
            name: name(contact),
            phone: first_phone(contact),
        },
        confidants,
        by_code: current.number().is_some(),
        by_documents: current.number().is_none(),
        legal_entity: Institution {
            name: legal_entity.name.clone(),
            edrpou: or_absent(legal_entity.edrpou.as_deref()),
            license: or_absent(legal_entity.license.as_deref()),
            address: or_absent(legal_entity.address.as_deref()),
            phone: or_absent(legal_entity.phone.as_deref()),
            email: or_absent(legal_entity.email.as_deref()),
        },
    }
    .render()
}

struct Reader<'a> {
    words: Words,
    dictionaries: &'a Dictionaries,
}

impl Reader<'_> {
    fn meaning(&self, dictionary: &str, code: Option<&str>) -> String {
        code.map_or_else(
            || ABSENT.to_owned(),
            |code| {
                self.dictionaries
                    .words(dictionary, code, Locale::Uk)
                    .unwrap_or_else(|| code.to_owned())
            },
        )
    }

    fn first_document(&self, owner: &Value, list: &str, dictionary: &str) -> String {
        let documents = owner.get(list).and_then(Value::as_array);
        let Some(document) = documents.and_then(|documents| documents.first()) else {
            return ABSENT.to_owned();
        };
        let mut line = format!(
            "{} {}",
            self.meaning(dictionary, text(document, "type")),
            text_or_absent(document, "number")
        );
        if let (Some(_), Some(authority)) =
            (text(document, "issued_at"), text(document, "issued_by"))
        {
            let day = date(document, "issued_at");
            let issued = [
                ("day", day.as_str().into()),
                ("authority", authority.into()),
            ];
            line.push_str(", ");
            line.push_str(&self.words.text_with("printout-document-issued", &issued));
        }
        line
    }

    fn residence(&self, person: &Value) -> String {
        let addresses = person.get("addresses").and_then(Value::as_array);
        addresses
            .into_iter()
            .flatten()
            .find(|address| text(address, "type") == Some("RESIDENCE"))
            .map_or_else(
                || ABSENT.to_owned(),
                |address| address_line(self.words, self.dictionaries, address),
            )
    }

    fn confidant(&self, confidant: &Value) -> Confidant {
        Confidant {
            relation: self.meaning("CONFIDANT_PERSON_TYPE", text(confidant, "relation_type")),
            name: name(confidant),
            birth_date: date(confidant, "birth_date"),
            tax_id: text_or_absent(confidant, "tax_id"),
            document: self.first_document(confidant, "documents_person", "DOCUMENT_TYPE"),
            relationship_document: self.first_document(
                confidant,
                "documents_relationship",
                "DOCUMENT_RELATIONSHIP_TYPE",
            ),
            phone: first_phone(confidant),
        }
    }

    /// A confidant of whom the body says only who they are; their phone is theirs.
    fn registered_confidant(&self, confidant: &Value, known: &RegisteredPerson) -> Confidant {
        Confidant {
            relation: self.meaning("CONFIDANT_PERSON_TYPE", Some("PRIMARY")),
            name: known.full_name(),
            birth_date: known.birth_date.format("%d.%m.%Y").to_string(),
            tax_id: or_absent(known.tax_id.as_deref()),
            document: ABSENT.to_owned(),
            relationship_document: self.first_document(
                confidant,
                "documents_relationship",
                "DOCUMENT_RELATIONSHIP_TYPE",
            ),
            phone: ABSENT.to_owned(),
        }
    }
}

fn text<'a>(owner: &'a Value, name: &str) -> Option<&'a str> {
    owner.get(name).and_then(Value::as_str)
}

fn text_or_absent(owner: &Value, name: &str) -> String {
    or_absent(text(owner, name))
}

fn or_absent(text: Option<&str>) -> String {
    text.unwrap_or(ABSENT).to_owned()
}

fn name(owner: &Value) -> String {
    match (text(owner, "last_name"), text(owner, "first_name")) {
        (Some(last), Some(first)) => full_name(last, first, text(owner, "second_name")),
        _ => ABSENT.to_owned(),
    }
}

fn date(owner: &Value, name: &str) -> String {
    let day: Option<NaiveDate> = text(owner, name).and_then(patterns::date);
    day.map_or_else(
        || ABSENT.to_owned(),
        |day| day.format("%d.%m.%Y").to_string(),
    )
}

fn first_phone(owner: &Value) -> String {
    owner
        .pointer("/phones/0/number")
        .and_then(Value::as_str)
        .unwrap_or(ABSENT)
        .to_owned()
}

fn join_parts(parts: [Option<&str>; 2]) -> String {
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    if parts.is_empty() {
        ABSENT.to_owned()
    } else {
        parts.join(", ")
    }
}
