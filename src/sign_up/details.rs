//! From the signed data to what the person reads: cards of labelled rows, nothing left out.
//!
//! The shape of `person` is that of the specification (signup 8.2), with the confidant's names added (5.1).
//! Data are shown as they were signed; only the form of dates and phone numbers is ours.

use chrono::NaiveDate;
use serde_json::Value as Json;

use crate::{person::dictionaries::Dictionaries, web::words::Words};

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
pub fn cards(
    words: Words,
    dictionaries: &Dictionaries,
    person: &Json,
    kind: Kind,
    consents: Consents,
) -> Vec<Card> {
    let reader = Reader {
        words,
        dictionaries,
    };
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

struct Reader<'a> {
    words: Words,
    dictionaries: &'a Dictionaries,
}

impl Reader<'_> {
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
                        |code| {
                            let kind = self.meaning("ADDRESS_TYPE", code);
                            self.words.text_with(
                                "label-address-of-type",
                                &[("type", kind.as_str().into())],
                            )
                        },
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
                // Of a method through somebody else no phone is registered.
                let own_phone =
                    text(method, "phone_number").filter(|_| text(method, "type") == Some("OTP"));
                if let Some(number) = own_phone {
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

    /// The value of a dictionary in words; its code when the dictionary does not know it.
    fn meaning(&self, dictionary: &str, code: &str) -> String {
        self.dictionaries
            .words(dictionary, code, self.words.locale())
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

    const SIGNED: Consents = Consents {
        patient_signed: true,
        process_disclosure_data_consent: true,
    };

    fn shown(person: &Json) -> String {
        let words = Locale::Uk.words();
        let cards = cards(words, dictionaries(), person, Kind::Confidant, SIGNED);
        format!("{cards:?}{:?}", identifiers(words, person))
    }

    /// The cards of a person as lines `label: value`.
    fn lines(person: &Json, kind: Kind) -> Vec<String> {
        cards(Locale::Uk.words(), dictionaries(), person, kind, SIGNED)
            .into_iter()
            .flat_map(|card| card.groups)
            .flat_map(|group| group.rows)
            .map(|row| {
                let value = match row.shown {
                    Shown::Missing => "–".to_owned(),
                    Shown::Lines(lines) => lines.join(" / "),
                    Shown::Date { text, .. } => text,
                    Shown::Phone(text) | Shown::MaskedPhone { text, .. } | Shown::Code(text) => {
                        text
                    }
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
                    "number" if path.contains("phones") => phone_number(text),
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
    fn the_secret_and_the_phone_for_codes_are_not_shown() {
        let all = shown(&people::child());
        assert!(!all.contains("синій кит"));
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
            "По батькові: Захарівна",
            "Дата народження: 19.08.2019",
            "Стать: жіноча",
            "РНОКПП (колишній ІПН): 3126509816",
            "Слово-пароль: Вказано (тут не показуємо)",
            "Номер: І-БК №123456",
            "Дійсний до: 10.01.2028",
            "Адреса проживання: вулиця Князів Коріатовичів, будинок 12/3А, квартира 45 / місто КАМ'ЯНЕЦЬ-ПОДІЛЬСЬКИЙ / \
             Район: КАМ'ЯНЕЦЬ-ПОДІЛЬСЬКИЙ / Область: ХМЕЛЬНИЦЬКА / 32300, Україна",
            "Адреса реєстрації: село Хотів / Область: КИЇВСЬКА / Україна",
            "Телефон, мобільний: +380 50 123 45 67",
            "Телефон, стаціонарний: +380 38 491 23 45",
            "Бажаний спосіб звʼязку: телефон",
            "Як підтверджувати дії: Авторизація через третю особу",
            "Назва способу: мама",
            "Роль представника: Законний представник пацієнта головний",
            "Дані підписано від імені пацієнта: Так, підписано",
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
            "По батькові: –",
            "УНЗР (номер запису в реєстрі): –",
            "Стать: OTHER",
            "РНОКПП (колишній ІПН): Немає: відмова від РНОКПП",
            "Дійсний до: –",
            "Телефон: –",
            "Електронна пошта: –",
            "Номер для кодів із СМС: +380 50 ••• •• 33",
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
            &json!({}),
            Kind::Own,
            SIGNED,
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

    #[rstest::rstest]
    #[case("+380501234567", "+380 50 123 45 67", "+380 50 ••• •• 67", "67")]
    #[case("0501234567", "0501234567", "•••• 67", "67")]
    #[case("+38050123456х", "+38050123456х", "•••• 6х", "6х")]
    #[case("", "", "•••• ", "")]
    fn phone_numbers(
        #[case] number: &str,
        #[case] shown: &str,
        #[case] masked: &str,
        #[case] end: &str,
    ) {
        assert_eq!(phone_number(number).replace('\u{A0}', " "), shown);
        let (text, last) = mask(number);
        assert_eq!(
            (text.replace('\u{A0}', " ").as_str(), last.as_str()),
            (masked, end)
        );
    }
}
