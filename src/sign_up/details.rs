//! From the signed data to what the person reads: cards of labelled rows, nothing left out.
//!
//! The shape of `person` is that of the specification (signup 8.2), with the confidant's names added (5.1).
//! Data are shown as they were signed; only the form of dates and phone numbers is ours. A row is called as its entry
//! is (signup 12.3), so that an error about it says the same name.

use chrono::NaiveDate;
use serde_json::Value as Json;

use super::translation::entry_key;
use crate::{
    person::dictionaries::Dictionaries,
    web::words::{Value, Words},
};

/// Who signs for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
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
pub struct Card {
    /// The id of the heading on the page.
    pub id: &'static str,
    /// The heading.
    pub heading: String,
    /// One group, or several with headings.
    pub groups: Vec<Group>,
}

/// Rows that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The heading, where a card has several groups.
    pub heading: Option<String>,
    /// The rows.
    pub rows: Vec<Row>,
}

impl Group {
    fn of(rows: Vec<Row>) -> Self {
        Self {
            heading: None,
            rows,
        }
    }
}

/// A label and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The entry of the API that it shows: `$.person.documents.[0].type`.
    pub entry: String,
    /// The label, in the person's language.
    pub label: String,
    /// The value.
    pub shown: Shown,
    /// What is wrong with it, in the person's language.
    pub errors: Vec<String>,
}

impl Row {
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
pub enum Shown {
    /// «Не вказано».
    Missing,
    /// Text.
    Text(String),
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
pub struct Sent<'a> {
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
    sent: &Sent<'_>,
    kind: Kind,
    extent: Extent,
) -> Vec<Card> {
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
    if kind == Kind::Confidant || confidant.is_some() {
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
) -> Vec<Row> {
    let reader = Reader {
        words,
        dictionaries,
        extent,
    };
    let mut rows = Vec::new();
    let mut push = |at: String, owner: &Json, member: &str| {
        let row = match value(owner, member) {
            Some(code) => reader.row(at, member, Shown::Code(reader.cut(&code))),
            None if extent == Extent::Bounded => reader.row(at, member, Shown::Missing),
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

struct Reader<'a> {
    words: Words,
    dictionaries: &'a Dictionaries,
    extent: Extent,
}

/// Where the members of the person are.
const PERSON: &str = "$.person";

impl Reader<'_> {
    fn identity(&self, person: &Json, kind: Kind) -> Card {
        let heading = match kind {
            Kind::Own => "card-own",
            Kind::Confidant => "card-patient",
        };
        let mut rows = self.names(PERSON, person);
        rows.extend([
            self.date(PERSON, person, "birth_date"),
            self.text(PERSON, person, "birth_country"),
            self.text(PERSON, person, "birth_settlement"),
            self.dictionary(PERSON, person, "gender", "GENDER"),
            self.text(PERSON, person, "tax_id"),
            self.no_tax_id(person),
            self.text(PERSON, person, "unzr"),
            self.secret(person),
        ]);
        self.card("patient", heading, vec![Group::of(rows)])
    }

    fn names(&self, at: &str, owner: &Json) -> Vec<Row> {
        ["last_name", "first_name", "second_name"]
            .into_iter()
            .map(|member| self.text(at, owner, member))
            .collect()
    }

    fn no_tax_id(&self, person: &Json) -> Row {
        let said = match person.get("no_tax_id") {
            Some(Json::Bool(true)) => Some(self.words.text("tax-id-refused")),
            Some(Json::Bool(false)) => Some(self.words.text("tax-id-not-refused")),
            _ => value(person, "no_tax_id"),
        };
        self.row(PERSON, "no_tax_id", self.given(said))
    }

    fn secret(&self, person: &Json) -> Row {
        let said = value(person, "secret").map(|_| self.words.text("secret-given"));
        self.row(PERSON, "secret", self.given(said))
    }

    fn documents(&self, person: &Json) -> Card {
        let groups = self.list(PERSON, person, "documents", |at, document| {
            let mut rows = self.document(at, document, "DOCUMENT_TYPE");
            rows.push(self.date(at, document, "expiration_date"));
            rows
        });
        self.card("documents", "card-documents", groups)
    }

    fn document(&self, at: &str, document: &Json, dictionary: &str) -> Vec<Row> {
        vec![
            self.dictionary(at, document, "type", dictionary),
            self.text(at, document, "number"),
            self.text(at, document, "issued_by"),
            self.date(at, document, "issued_at"),
        ]
    }

    fn addresses(&self, person: &Json) -> Card {
        let groups = self.list(PERSON, person, "addresses", |at, address| {
            vec![
                self.dictionary(at, address, "type", "ADDRESS_TYPE"),
                self.dictionary(at, address, "country", "COUNTRY"),
                self.text(at, address, "area"),
                self.text(at, address, "region"),
                self.dictionary(at, address, "settlement_type", "SETTLEMENT_TYPE"),
                self.text(at, address, "settlement"),
                self.dictionary(at, address, "street_type", "STREET_TYPE"),
                self.text(at, address, "street"),
                self.text(at, address, "building"),
                self.text(at, address, "apartment"),
                self.text(at, address, "zip"),
            ]
        });
        self.card("addresses", "card-addresses", groups)
    }

    fn contacts(&self, person: &Json) -> Card {
        let mut rows = self.phones(PERSON, person);
        rows.push(self.text(PERSON, person, "email"));
        rows.push(self.dictionary(
            PERSON,
            person,
            "preferred_way_communication",
            "PREFERRED_WAY_COMMUNICATION",
        ));
        self.card("contacts", "card-contacts", vec![Group::of(rows)])
    }

    fn phones(&self, at: &str, owner: &Json) -> Vec<Row> {
        let groups = self.list(at, owner, "phones", |at, phone| {
            vec![
                self.dictionary(at, phone, "type", "PHONE_TYPE"),
                self.phone(at, phone, "number"),
            ]
        });
        groups.into_iter().flat_map(|group| group.rows).collect()
    }

    fn methods(&self, person: &Json) -> Card {
        let groups = self.list(PERSON, person, "authentication_methods", |at, method| {
            let mut rows = vec![self.dictionary(at, method, "type", "AUTHENTICATION_METHOD")];
            // Of a method through somebody else no phone is registered.
            if value(method, "type").as_deref() == Some("OTP") {
                rows.push(self.phone(at, method, "phone_number"));
            }
            rows.push(self.text(at, method, "alias"));
            rows
        });
        self.card("methods", "card-methods", groups)
    }

    fn emergency_contact(&self, person: &Json) -> Card {
        let member = "emergency_contact";
        let rows = match person.get(member) {
            Some(contact) if contact.is_object() => {
                let at = "$.person.emergency_contact";
                let mut rows = self.names(at, contact);
                rows.extend(self.phones(at, contact));
                rows
            }
            _ => vec![self.text(PERSON, person, member)],
        };
        self.card(
            "emergency-contact",
            "card-emergency-contact",
            vec![Group::of(rows)],
        )
    }

    fn confidant(&self, confidant: Option<&Json>) -> Card {
        let at = "$.person.confidant_person";
        let groups = match confidant {
            Some(confidant) if confidant.is_object() => {
                let mut rows = Vec::new();
                // Whoever sent the data named only the id: the names are the registry's, and not known of a refused one.
                if self.extent == Extent::Whole {
                    rows.extend(self.names(at, confidant));
                }
                rows.push(self.dictionary(at, confidant, "relation_type", "CONFIDANT_PERSON_TYPE"));
                let mut groups = vec![Group::of(rows)];
                let member = "documents_relationship";
                groups.extend(self.list(at, confidant, member, |at, document| {
                    self.document(at, document, "DOCUMENT_RELATIONSHIP_TYPE")
                }));
                groups
            }
            other => {
                let shown = other.and_then(scalar);
                vec![Group::of(vec![self.row(
                    PERSON,
                    "confidant_person",
                    self.given(shown),
                )])]
            }
        };
        self.card("confidant", "card-confidant", groups)
    }

    fn consents(&self, sent: &Sent<'_>) -> Card {
        let row = |member: &str, given: Option<bool>| {
            let said = given.map(|given| {
                self.words.text(if given {
                    "consent-given"
                } else {
                    "consent-not-given"
                })
            });
            self.row("$", member, self.given(said))
        };
        let rows = vec![
            row("patient_signed", sent.patient_signed),
            row(
                "process_disclosure_data_consent",
                sent.process_disclosure_data_consent,
            ),
        ];
        self.card("consents", "card-consents", vec![Group::of(rows)])
    }

    fn card(&self, id: &'static str, heading: &str, groups: Vec<Group>) -> Card {
        Card {
            id,
            heading: self.words.text(heading),
            groups,
        }
    }

    /// A group for each item of a list, with a heading where there are several; a row that says so where there are none,
    /// or more than are shown.
    fn list(
        &self,
        at: &str,
        owner: &Json,
        member: &str,
        rows: impl Fn(&str, &Json) -> Vec<Row>,
    ) -> Vec<Group> {
        let count = list_of(owner, member).len();
        if count == 0 {
            let other = owner.get(member).filter(|list| !list.is_array());
            let shown = self.given(other.and_then(scalar));
            return vec![Group::of(vec![self.row(at, member, shown)])];
        }
        let shown = self.items(owner, at, member);
        let left_out = count - shown.len();
        let mut groups: Vec<Group> = (1_u32..)
            .zip(shown)
            .map(|(number, (at, item))| Group {
                heading: (count > 1).then(|| {
                    self.words
                        .text_with("list-item", &[("number", number.into())])
                }),
                rows: rows(&at, item),
            })
            .collect();
        if left_out > 0 {
            let number = Value::Number(u32::try_from(left_out).unwrap_or(u32::MAX));
            let text = self.words.text_with("list-more", &[("number", number)]);
            groups.push(Group::of(vec![self.row(at, member, Shown::Text(text))]));
        }
        groups
    }

    /// The items of a list that are shown, each with its entry.
    fn items<'a>(&self, owner: &'a Json, at: &str, member: &str) -> Vec<(String, &'a Json)> {
        let most = match self.extent {
            Extent::Whole => usize::MAX,
            Extent::Bounded => MOST_SHOWN,
        };
        list_of(owner, member)
            .iter()
            .take(most)
            .enumerate()
            .map(|(index, item)| (format!("{at}.{member}.[{index}]"), item))
            .collect()
    }

    fn row(&self, at: impl AsRef<str>, member: &str, shown: Shown) -> Row {
        let entry = format!("{}.{member}", at.as_ref());
        // The confidant's names have no name of their own in the tables: they are called as the patient's.
        let key = entry_key(&entry).or_else(|| entry_key(&format!("{PERSON}.{member}")));
        Row {
            label: key.map_or_else(|| member.to_owned(), |key| self.words.text(&key)),
            entry,
            shown,
            errors: Vec::new(),
        }
    }

    fn given(&self, text: Option<String>) -> Shown {
        text.map_or(Shown::Missing, |text| Shown::Text(self.cut(&text)))
    }

    fn text(&self, at: &str, owner: &Json, member: &str) -> Row {
        self.row(at, member, self.given(value(owner, member)))
    }

    fn date(&self, at: &str, owner: &Json, member: &str) -> Row {
        let text = value(owner, member);
        let day = text
            .as_deref()
            .and_then(|text| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok());
        let shown = match day {
            Some(day) => Shown::Date {
                iso: day.format("%Y-%m-%d").to_string(),
                text: self.words.date(day),
            },
            None => self.given(text),
        };
        self.row(at, member, shown)
    }

    fn phone(&self, at: &str, owner: &Json, member: &str) -> Row {
        let shown = value(owner, member).map_or(Shown::Missing, |number| {
            let (text, end) = mask(&number);
            let digits = Value::from(end.as_str());
            let spoken = self
                .words
                .text_with("phone-ends-with", &[("digits", digits)]);
            Shown::MaskedPhone { text, spoken }
        });
        self.row(at, member, shown)
    }

    fn dictionary(&self, at: &str, owner: &Json, member: &str, dictionary: &str) -> Row {
        let meaning = value(owner, member).map(|code| self.meaning(dictionary, &code));
        self.row(at, member, self.given(meaning))
    }

    /// The value of a dictionary in words; its code when the dictionary does not know it.
    fn meaning(&self, dictionary: &str, code: &str) -> String {
        self.dictionaries
            .words(dictionary, code, self.words.locale())
            .unwrap_or_else(|| code.to_owned())
    }

    /// `text`, cut where a bounded row ends.
    fn cut(&self, text: &str) -> String {
        match (self.extent, text.char_indices().nth(LONGEST_SHOWN)) {
            (Extent::Bounded, Some((end, _))) => {
                format!("{}…", text.get(..end).unwrap_or_default())
            }
            _ => text.to_owned(),
        }
    }
}

/// A member that is something to be read.
fn value(owner: &Json, member: &str) -> Option<String> {
    owner.get(member).and_then(scalar)
}

/// A text with something in it, a number or a truth value as it is; of what should not be a list or an object, that it
/// is one.
fn scalar(value: &Json) -> Option<String> {
    match value {
        Json::Null => None,
        Json::String(text) => (!text.trim().is_empty()).then(|| text.clone()),
        Json::Bool(_) | Json::Number(_) => Some(value.to_string()),
        Json::Array(_) => Some("[…]".to_owned()),
        Json::Object(_) => Some("{…}".to_owned()),
    }
}

/// The items of a member that is a list; none when it is not.
fn list_of<'a>(owner: &'a Json, member: &str) -> &'a [Json] {
    owner
        .get(member)
        .and_then(Json::as_array)
        .map_or(&[], Vec::as_slice)
}

/// The digits after `+38` of a Ukrainian number, or none for another form.
fn national(number: &str) -> Option<&str> {
    let digits = number.strip_prefix("+38")?;
    (digits.len() == 10 && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

/// A number of which only operator and end are seen, `+380 50 ••• •• 67`, and that end.
#[must_use]
pub fn mask(number: &str) -> (String, String) {
    let end: String = {
        let mut last: Vec<char> = number.chars().rev().take(2).collect();
        last.reverse();
        last.into_iter().collect()
    };
    let start = national(number).and_then(|digits| Some((digits.get(..1)?, digits.get(1..3)?)));
    let text = match start {
        Some((zero, code)) => format!("+38{zero}\u{A0}{code}\u{A0}•••\u{A0}••\u{A0}{end}"),
        None => format!("••••\u{A0}{end}"),
    };
    (text, end)
}

/// Persons as signed, from the fullest to the barest.
#[cfg(test)]
pub(crate) mod people {
    use serde_json::{Value as Json, json};

    /// A child with everything that the schema knows.
    pub(crate) fn child() -> Json {
        json!({
            "first_name": "Дар'я", "last_name": "Короленко", "second_name": "Захарівна",
            "birth_date": "2019-08-19", "birth_country": "Україна", "birth_settlement": "м. Кам'янець-Подільський",
            "gender": "FEMALE", "email": "korolenko.family+daria@example.ua",
            "no_tax_id": false, "tax_id": "3126509816", "unzr": "20190819-01234", "secret": "синій кит",
            "documents": [
                { "type": "BIRTH_CERTIFICATE", "number": "І-БК №123456", "issued_at": "2019-08-27",
                  "issued_by": "Кам'янець-Подільський відділ державної реєстрації актів цивільного стану" },
                { "type": "NATIONAL_ID", "number": "002345678", "issued_by": "6821", "issued_at": "2024-01-10",
                  "expiration_date": "2028-01-10" }
            ],
            "addresses": [
                { "type": "RESIDENCE", "country": "UA", "area": "ХМЕЛЬНИЦЬКА", "region": "КАМ'ЯНЕЦЬ-ПОДІЛЬСЬКИЙ",
                  "settlement": "КАМ'ЯНЕЦЬ-ПОДІЛЬСЬКИЙ", "settlement_type": "CITY",
                  "settlement_id": "b075f148-7f93-4fc2-b2ec-2d81b19a9b7b", "street_type": "STREET",
                  "street": "Князів Коріатовичів", "building": "12/3А", "apartment": "45", "zip": "32300" },
                { "type": "REGISTRATION", "country": "UA", "area": "КИЇВСЬКА", "settlement": "Хотів",
                  "settlement_type": "VILLAGE", "settlement_id": "adaa4abf-f530-461c-bcbf-a0ac210d955b" }
            ],
            "phones": [
                { "type": "MOBILE", "number": "+380501234567" },
                { "type": "LAND_LINE", "number": "+380384912345" }
            ],
            "authentication_methods": [
                { "type": "THIRD_PERSON", "value": "13001c60-45a0-4b5a-b425-9505e1de18bd", "alias": "мама" }
            ],
            "preferred_way_communication": "phone",
            "emergency_contact": {
                "first_name": "Зиновій", "last_name": "Короленко", "second_name": "Лук'янович",
                "phones": [{ "type": "MOBILE", "number": "+380677654321" }]
            },
            "confidant_person": {
                "person_id": "ed5a7bb8-8f5c-4c2b-9c66-2f1d3a7f0b11", "first_name": "Мар'яна",
                "last_name": "Короленко", "second_name": "Олегівна", "relation_type": "PRIMARY",
                "documents_relationship": [
                    { "type": "BIRTH_CERTIFICATE", "number": "ІІ-БК 654321", "issued_by": "Відділ РАЦС",
                      "issued_at": "2019-08-28" }
                ]
            }
        })
    }

    /// The same child with names that hardly fit on a line.
    pub(crate) fn long_names() -> Json {
        let mut person = child();
        person["last_name"] = json!("Переяславська-Голованевська-Нечуй-Левицька");
        person["first_name"] = json!("Олександра-Єлизавета-Вікторія-Соломія");
        person["second_name"] = json!("Святополківна-Костянтинопільська");
        person["email"] = json!(
            "oleksandra.yelyzaveta.viktoriia.solomiia.pereiaslavska@very-long-domain.example.ua"
        );
        person["documents"][0]["number"] = json!("ІІІ-БК№1234567890123456");
        person
    }

    /// An adult with nothing optional.
    pub(crate) fn bare() -> Json {
        json!({
            "first_name": "Ян", "last_name": "Лі", "birth_date": "1991-08-19", "birth_country": "KR",
            "birth_settlement": "Сеул", "gender": "OTHER", "no_tax_id": true, "secret": "кодове слово",
            "documents": [{ "type": "FOREIGN_ID", "number": "АА12", "issued_by": "0001", "issued_at": "2020-02-03" }],
            "addresses": [{ "type": "RESIDENCE", "country": "UA", "area": "М.КИЇВ", "settlement": "КИЇВ",
                "settlement_type": "CITY", "settlement_id": "adaa4abf-f530-461c-bcbf-a0ac210d955b" }],
            "authentication_methods": [{ "type": "OTP", "phone_number": "+380501112233" }],
            "emergency_contact": { "first_name": "Ім", "last_name": "Лі",
                "phones": [{ "type": "MOBILE", "number": "+380671112244" }] }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        person::dictionaries::{NEEDED, shipped::dictionaries},
        web::words::Locale,
    };
    use serde_json::json;

    fn sent(person: &Json) -> Sent<'_> {
        Sent {
            person,
            patient_signed: Some(true),
            process_disclosure_data_consent: Some(true),
        }
    }

    fn shown(person: &Json) -> String {
        let words = Locale::Uk.words();
        let cards = cards(
            words,
            dictionaries(),
            &sent(person),
            Kind::Confidant,
            Extent::Whole,
        );
        format!(
            "{cards:?}{:?}",
            identifiers(words, dictionaries(), person, Extent::Whole)
        )
    }

    fn rows(person: &Json, kind: Kind) -> Vec<Row> {
        cards(
            Locale::Uk.words(),
            dictionaries(),
            &sent(person),
            kind,
            Extent::Whole,
        )
        .into_iter()
        .flat_map(|card| card.groups)
        .flat_map(|group| group.rows)
        .collect()
    }

    /// The cards of a person as lines `label: value`.
    fn lines(person: &Json, kind: Kind) -> Vec<String> {
        rows(person, kind)
            .into_iter()
            .map(|row| {
                let value = match row.shown {
                    Shown::Missing => "–".to_owned(),
                    Shown::Date { text, .. }
                    | Shown::Text(text)
                    | Shown::MaskedPhone { text, .. }
                    | Shown::Code(text) => text,
                };
                format!("{}: {value}", row.label).replace('\u{A0}', " ")
            })
            .collect()
    }

    fn leaves<'a>(value: &'a Json, path: &str, found: &mut Vec<(String, &'a str)>) {
        match value {
            Json::Object(members) => {
                for (name, member) in members {
                    leaves(member, &format!("{path}.{name}"), found);
                }
            }
            Json::Array(items) => {
                for item in items {
                    leaves(item, &format!("{path}.[0]"), found);
                }
            }
            Json::String(text) => found.push((path.to_owned(), text)),
            _ => {}
        }
    }

    #[test]
    fn everything_that_will_be_registered_is_shown() {
        for person in [people::child(), people::long_names(), people::bare()] {
            let all = shown(&person);
            let mut found = Vec::new();
            leaves(&person, "$", &mut found);
            for (path, text) in found {
                let expected = match path.rsplit('.').next().unwrap() {
                    "secret" => continue,
                    "phone_number" => mask(text).0,
                    "number" if path.contains("phones") => mask(text).0,
                    name if name.ends_with("_at") || name.ends_with("_date") => {
                        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").unwrap();
                        day.format("%d.%m.%Y").to_string()
                    }
                    _ => text.to_owned(),
                };
                let expected = format!("{expected:?}");
                let in_words = NEEDED
                    .iter()
                    .filter_map(|name| dictionaries().words(name, text, Locale::Uk))
                    .any(|word| all.contains(&word));
                assert!(
                    in_words || all.contains(expected.trim_matches('"')),
                    "{path} = {text} is not shown"
                );
            }
        }
    }

    #[test]
    fn the_secret_and_phone_numbers_are_masked() {
        let all = shown(&people::child());
        assert!(!all.contains("синій кит"));
        for number in ["1234567", "123\u{A0}45", "4912345", "7654321"] {
            assert!(!all.contains(number), "{number}");
        }
        let all = shown(&people::bare());
        assert!(!all.contains("кодове слово"));
        assert!(!all.contains("1112233") && !all.contains("111\u{A0}22"));
    }

    #[test]
    fn rows_of_a_child() {
        let lines = lines(&people::child(), Kind::Confidant);
        for expected in [
            "Прізвище: Короленко",
            "Імʼя: Дар'я",
            "По-батькові: Захарівна",
            "Дата народження: 19.08.2019",
            "Стать: жіноча",
            "ІПН: 3126509816",
            "Ознака відсутності ІПН: Ні",
            "Кодове слово: Вказано (тут не показуємо)",
            "Тип документу: Свідоцтво про народження (для осіб, які не досягли 14-річного віку)",
            "Номер документу: І-БК №123456",
            "Дата закінчення дії документу: 10.01.2028",
            "Тип адреси: проживання",
            "Країна прописки (проживання): Україна",
            "Район прописки (проживання): КАМ'ЯНЕЦЬ-ПОДІЛЬСЬКИЙ",
            "Вулиця прописки (проживання): Князів Коріатовичів",
            "Квартира прописки (проживання): –",
            "Тип телефону: мобільний",
            "Номер телефону: +380 50 ••• •• 67",
            "Номер телефону: +380 38 ••• •• 45",
            "Номер телефону контактної особи для екстрених випадків: +380 67 ••• •• 21",
            "Бажаний спосіб комунікації: телефон",
            "Тип методу автентифікації: Авторизація через третю особу",
            "Найменування методу автентифікації: мама",
            "Прізвище: Короленко",
            "Тип законного представника: Законний представник пацієнта головний",
            "Дата видачі документу довіреної особи: 28.08.2019",
            "Ознака підпису запиту пацієнтом: Так, підписано",
            "Згода з передачею даних в ЕСОЗ: Так, підписано",
        ] {
            assert!(
                lines.iter().any(|line| line == expected),
                "{expected}\n{lines:#?}"
            );
        }
    }

    #[test]
    fn what_is_not_given_is_said_and_unknown_codes_stay() {
        let lines = lines(&people::bare(), Kind::Own);
        for expected in [
            "По-батькові: –",
            "УНЗР: –",
            "Стать: OTHER",
            "ІПН: –",
            "Ознака відсутності ІПН: Так, особа відмовилася від РНОКПП",
            "Дата закінчення дії документу: –",
            "Телефони: –",
            "Адреса електронної пошти: –",
            "Номер телефону методу автентифікації: +380 50 ••• •• 33",
        ] {
            assert!(
                lines.iter().any(|line| line == expected),
                "{expected}\n{lines:#?}"
            );
        }
    }

    #[test]
    fn a_person_without_anything_still_gives_every_card() {
        let cards = cards(
            Locale::Uk.words(),
            dictionaries(),
            &sent(&json!({})),
            Kind::Own,
            Extent::Whole,
        );
        let ids: Vec<&str> = cards.iter().map(|card| card.id).collect();
        assert_eq!(
            ids,
            [
                "patient",
                "documents",
                "addresses",
                "contacts",
                "methods",
                "emergency-contact",
                "consents"
            ]
        );
        assert!(
            cards
                .iter()
                .all(|card| card.groups.iter().any(|group| !group.rows.is_empty()))
        );
    }

    /// One source for labels and lines of errors: every row whose entry has a name in signup 12.3 is called by it.
    #[test]
    fn labels_are_the_names_of_entries() {
        let words = Locale::Uk.words();
        let mut named = std::collections::BTreeSet::new();
        for person in [people::child(), people::bare()] {
            let mut all = rows(&person, Kind::Confidant);
            all.extend(identifiers(words, dictionaries(), &person, Extent::Whole));
            for row in all {
                match entry_key(&row.entry) {
                    Some(key) => {
                        assert_eq!(row.label, words.text(&key), "{}", row.entry);
                        named.insert(key);
                    }
                    None => assert!(
                        [
                            "$.person.confidant_person.first_name",
                            "$.person.confidant_person.last_name",
                            "$.person.confidant_person.second_name"
                        ]
                        .contains(&&*row.entry),
                        "{}",
                        row.entry
                    ),
                }
            }
        }
        // What is no row of its own: the lists and objects that are there, and the nonce.
        let unnamed: Vec<String> = crate::sign_up::translation::keys()
            .filter(|key| key.starts_with("entry-") && !named.contains(key))
            .collect();
        assert_eq!(
            unnamed,
            [
                "entry-person-documents",
                "entry-person-addresses",
                "entry-person-authentication-methods",
                "entry-person-confidant-person-documents-relationship",
                "entry-person-emergency-contact",
                "entry-person-emergency-contact-phones",
                "entry-jwt",
            ]
        );
    }

    #[test]
    fn every_row_has_an_id_of_its_own() {
        let person = people::child();
        let ids: Vec<String> = rows(&person, Kind::Confidant).iter().map(Row::id).collect();
        let unique: std::collections::HashSet<_> = ids.iter().collect();
        assert_eq!(ids.len(), unique.len(), "{ids:?}");
        assert!(ids.contains(&"row-person-documents-1-expiration-date".to_owned()));
    }

    #[rstest::rstest]
    #[case("+380501234567", "+380 50 ••• •• 67", "67")]
    #[case("0501234567", "•••• 67", "67")]
    #[case("+38050123456х", "•••• 6х", "6х")]
    #[case("", "•••• ", "")]
    fn phone_numbers(#[case] number: &str, #[case] masked: &str, #[case] end: &str) {
        let (text, last) = mask(number);
        assert_eq!(
            (text.replace('\u{A0}', " ").as_str(), last.as_str()),
            (masked, end)
        );
    }
}
