//! From the signed data to what the person reads: cards of labelled rows, nothing left out.
//!
//! The shape of `person` is that of the specification (signup 8.2), with the confidant's names added (5.1).
//! Data are shown as they were signed; only the form of dates and phone numbers is ours.

use chrono::NaiveDate;
use serde_json::Value as Json;

use crate::web::words::Words;

/// Who signs for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A person registers themselves.
    Own,
    /// A confidant registers a patient.
    Confidant,
}

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

/// A label and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The label, in the person's language.
    pub label: String,
    /// The value.
    pub shown: Shown,
}

/// How a value is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// «Не вказано».
    Missing,
    /// Text, one line or several.
    Lines(Vec<String>),
    /// A day: machine form, then the form for people.
    Date {
        /// `YYYY-MM-DD`.
        iso: String,
        /// `DD.MM.YYYY`.
        text: String,
    },
    /// A phone number in groups of digits.
    Phone(String),
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

/// The cards of a person's data, in the order of reading.
///
/// `person` is the `person` object of the signed content; the two consents stand beside it there.
#[must_use]
pub fn cards(words: Words, person: &Json, kind: Kind, consents: Consents) -> Vec<Card> {
    let reader = Reader { words };
    let mut cards = vec![
        reader.identity(person, kind),
        reader.documents(person),
        reader.addresses(person),
        reader.contacts(person),
        reader.methods(person),
        reader.emergency_contact(person),
    ];
    cards.extend(
        person
            .get("confidant_person")
            .map(|confidant| reader.confidant(confidant)),
    );
    cards.push(reader.consents(consents));
    cards
}

/// The identifiers among the data: true, registered, and of no use to most readers.
#[must_use]
pub fn identifiers(words: Words, person: &Json) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut push = |label: &str, value: Option<&str>| {
        if let Some(value) = value {
            rows.push(Row {
                label: words.text(label),
                shown: Shown::Code(value.to_owned()),
            });
        }
    };
    for address in items(person, "addresses") {
        push("label-settlement-id", text(address, "settlement_id"));
    }
    for method in items(person, "authentication_methods") {
        push("label-method-value", text(method, "value"));
    }
    let confidant = person.get("confidant_person");
    push(
        "label-confidant-person-id",
        confidant.and_then(|confidant| text(confidant, "person_id")),
    );
    rows
}

/// Last name, first name, patronymic, as far as they are given.
#[must_use]
pub fn full_name(person: &Json) -> String {
    ["last_name", "first_name", "second_name"]
        .into_iter()
        .filter_map(|member| text(person, member))
        .collect::<Vec<_>>()
        .join(" ")
}

/// The two consents as signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Consents {
    /// `patient_signed`.
    pub patient_signed: bool,
    /// `process_disclosure_data_consent`.
    pub process_disclosure_data_consent: bool,
}

struct Reader {
    words: Words,
}

impl Reader {
    fn identity(&self, person: &Json, kind: Kind) -> Card {
        let heading = match kind {
            Kind::Own => "card-own",
            Kind::Confidant => "card-patient",
        };
        let mut rows = self.names(person);
        rows.extend([
            self.date("label-birth-date", text(person, "birth_date")),
            self.text("label-birth-country", text(person, "birth_country")),
            self.text("label-birth-settlement", text(person, "birth_settlement")),
            self.dictionary("label-gender", "GENDER", text(person, "gender")),
            self.tax_id(person),
            self.text("label-unzr", text(person, "unzr")),
            self.secret(person),
        ]);
        self.card(
            "patient",
            heading,
            vec![Group {
                heading: None,
                rows,
            }],
        )
    }

    fn names(&self, person: &Json) -> Vec<Row> {
        vec![
            self.text("label-last-name", text(person, "last_name")),
            self.text("label-first-name", text(person, "first_name")),
            self.text("label-second-name", text(person, "second_name")),
        ]
    }

    fn tax_id(&self, person: &Json) -> Row {
        let refused = person.get("no_tax_id").and_then(Json::as_bool) == Some(true);
        match text(person, "tax_id") {
            None if refused => self.text("label-tax-id", Some(&self.words.text("tax-id-refused"))),
            tax_id => self.text("label-tax-id", tax_id),
        }
    }

    fn secret(&self, person: &Json) -> Row {
        let given = text(person, "secret").map(|_| self.words.text("secret-given"));
        self.text("label-secret", given.as_deref())
    }

    fn documents(&self, person: &Json) -> Card {
        let groups = items(person, "documents")
            .iter()
            .map(|document| self.document(document, "DOCUMENT_TYPE", true))
            .collect();
        self.card("documents", "card-documents", groups)
    }

    fn document(&self, document: &Json, dictionary: &str, expires: bool) -> Group {
        let mut rows = vec![
            self.text("label-document-number", text(document, "number")),
            self.text("label-document-issued-by", text(document, "issued_by")),
            self.date("label-document-issued-at", text(document, "issued_at")),
        ];
        if expires {
            rows.push(self.date(
                "label-document-expiration-date",
                text(document, "expiration_date"),
            ));
        }
        Group {
            heading: text(document, "type").map(|code| self.meaning(dictionary, code)),
            rows,
        }
    }

    fn addresses(&self, person: &Json) -> Card {
        let rows = items(person, "addresses")
            .iter()
            .map(|address| {
                let lines = self.address(address);
                Row {
                    label: text(address, "type").map_or_else(
                        || self.words.text("label-address"),
                        |code| self.meaning("ADDRESS_TYPE", code),
                    ),
                    shown: if lines.is_empty() {
                        Shown::Missing
                    } else {
                        Shown::Lines(lines)
                    },
                }
            })
            .collect();
        self.card(
            "addresses",
            "card-addresses",
            vec![Group {
                heading: None,
                rows,
            }],
        )
    }

    /// From the door to the country, as on an envelope.
    fn address(&self, address: &Json) -> Vec<String> {
        let kinded = |dictionary: &str, kind: &str, member: &str| {
            let name = text(address, member)?;
            Some(match text(address, kind) {
                Some(code) => format!("{} {name}", self.meaning(dictionary, code)),
                None => name.to_owned(),
            })
        };
        let worded = |key: &str, member: &str| {
            let value = text(address, member)?;
            Some(self.words.text_with(key, &[("value", value.into())]))
        };
        let joined = |parts: [Option<String>; 3]| {
            let line = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
            (!line.is_empty()).then_some(line)
        };
        let street = joined([
            kinded("STREET_TYPE", "street_type", "street"),
            worded("address-building", "building"),
            worded("address-apartment", "apartment"),
        ]);
        let country = text(address, "country").map(|code| self.meaning("COUNTRY", code));
        [
            street,
            kinded("SETTLEMENT_TYPE", "settlement_type", "settlement"),
            worded("address-region", "region"),
            worded("address-area", "area"),
            joined([text(address, "zip").map(str::to_owned), country, None]),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn contacts(&self, person: &Json) -> Card {
        let mut rows = self.phones(person);
        rows.push(self.text("label-email", text(person, "email")));
        rows.push(self.dictionary(
            "label-preferred-way-communication",
            "PREFERRED_WAY_COMMUNICATION",
            text(person, "preferred_way_communication"),
        ));
        self.card(
            "contacts",
            "card-contacts",
            vec![Group {
                heading: None,
                rows,
            }],
        )
    }

    fn phones(&self, owner: &Json) -> Vec<Row> {
        let phones = items(owner, "phones");
        if phones.is_empty() {
            return vec![self.text("label-phone", None)];
        }
        phones
            .iter()
            .map(|phone| Row {
                label: text(phone, "type").map_or_else(
                    || self.words.text("label-phone"),
                    |code| {
                        let kind = self.meaning("PHONE_TYPE", code);
                        self.words
                            .text_with("label-phone-of-type", &[("type", kind.as_str().into())])
                    },
                ),
                shown: text(phone, "number")
                    .map_or(Shown::Missing, |number| Shown::Phone(phone_number(number))),
            })
            .collect()
    }

    fn methods(&self, person: &Json) -> Card {
        let groups = items(person, "authentication_methods")
            .iter()
            .map(|method| {
                let mut rows = vec![self.dictionary(
                    "label-method-type",
                    "AUTHENTICATION_METHOD",
                    text(method, "type"),
                )];
                if let Some(number) = text(method, "phone_number") {
                    rows.push(self.masked_phone(number));
                }
                if let Some(alias) = text(method, "alias") {
                    rows.push(self.text("label-method-alias", Some(alias)));
                }
                Group {
                    heading: None,
                    rows,
                }
            })
            .collect();
        self.card("methods", "card-methods", groups)
    }

    fn masked_phone(&self, number: &str) -> Row {
        let (text, end) = mask(number);
        Row {
            label: self.words.text("label-method-phone"),
            shown: Shown::MaskedPhone {
                text,
                spoken: self
                    .words
                    .text_with("phone-ends-with", &[("digits", end.as_str().into())]),
            },
        }
    }

    fn emergency_contact(&self, person: &Json) -> Card {
        let contact = person.get("emergency_contact").unwrap_or(&Json::Null);
        let mut rows = self.names(contact);
        rows.extend(self.phones(contact));
        self.card(
            "emergency-contact",
            "card-emergency-contact",
            vec![Group {
                heading: None,
                rows,
            }],
        )
    }

    fn confidant(&self, confidant: &Json) -> Card {
        let mut rows = self.names(confidant);
        rows.push(self.dictionary(
            "label-relation-type",
            "CONFIDANT_PERSON_TYPE",
            text(confidant, "relation_type"),
        ));
        let mut groups = vec![Group {
            heading: None,
            rows,
        }];
        groups.extend(
            items(confidant, "documents_relationship")
                .iter()
                .map(|document| self.document(document, "DOCUMENT_RELATIONSHIP_TYPE", false)),
        );
        self.card("confidant", "card-confidant", groups)
    }

    fn consents(&self, consents: Consents) -> Card {
        let answer = |given: bool| {
            self.words.text(if given {
                "consent-given"
            } else {
                "consent-not-given"
            })
        };
        let rows = vec![
            self.text(
                "label-patient-signed",
                Some(&answer(consents.patient_signed)),
            ),
            self.text(
                "label-process-disclosure-data-consent",
                Some(&answer(consents.process_disclosure_data_consent)),
            ),
        ];
        self.card(
            "consents",
            "card-consents",
            vec![Group {
                heading: None,
                rows,
            }],
        )
    }

    fn card(&self, id: &'static str, heading: &str, groups: Vec<Group>) -> Card {
        let groups = if groups.iter().all(|group| group.rows.is_empty()) {
            vec![Group {
                heading: None,
                rows: vec![Row {
                    label: self.words.text(heading),
                    shown: Shown::Missing,
                }],
            }]
        } else {
            groups
        };
        Card {
            id,
            heading: self.words.text(heading),
            groups,
        }
    }

    fn text(&self, label: &str, value: Option<&str>) -> Row {
        Row {
            label: self.words.text(label),
            shown: value.map_or(Shown::Missing, |value| Shown::Lines(vec![value.to_owned()])),
        }
    }

    fn date(&self, label: &str, value: Option<&str>) -> Row {
        let shown = match value.map(|value| (value, NaiveDate::parse_from_str(value, "%Y-%m-%d"))) {
            None => Shown::Missing,
            Some((iso, Ok(day))) => Shown::Date {
                iso: iso.to_owned(),
                text: self.words.date(day),
            },
            Some((other, Err(_))) => Shown::Lines(vec![other.to_owned()]),
        };
        Row {
            label: self.words.text(label),
            shown,
        }
    }

    fn dictionary(&self, label: &str, dictionary: &str, code: Option<&str>) -> Row {
        let meaning = code.map(|code| self.meaning(dictionary, code));
        self.text(label, meaning.as_deref())
    }

    /// The value of a dictionary in words; its code when the catalogue does not know it.
    fn meaning(&self, dictionary: &str, code: &str) -> String {
        self.words
            .find(&format!("dictionary-{dictionary}-{code}"))
            .unwrap_or_else(|| code.to_owned())
    }
}

/// A member that is a text with something in it.
fn text<'a>(owner: &'a Json, member: &str) -> Option<&'a str> {
    owner
        .get(member)
        .and_then(Json::as_str)
        .filter(|text| !text.trim().is_empty())
}

/// The items of a member that is a list; none when it is not.
fn items<'a>(owner: &'a Json, member: &str) -> &'a [Json] {
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

/// `+380501234567` as `+380 50 123 45 67`, with no-break spaces; another form as it is.
#[must_use]
pub fn phone_number(number: &str) -> String {
    let parts = national(number).and_then(|digits| {
        Some((
            digits.get(..1)?,
            digits.get(1..3)?,
            digits.get(3..6)?,
            digits.get(6..8)?,
            digits.get(8..)?,
        ))
    });
    match parts {
        Some((zero, code, first, second, last)) => {
            format!("+38{zero}\u{A0}{code}\u{A0}{first}\u{A0}{second}\u{A0}{last}")
        }
        None => number.to_owned(),
    }
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
