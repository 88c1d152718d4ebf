//! The fields of the form: what they are called, what a person types into them, and the `patient` that comes of it.
//!
//! Typed texts are kept as they were typed, also wrong ones: nothing is lost. What is sent to the rules is made of them
//! anew each time.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use openssl::sha::sha256;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::{
    api::Invalid,
    person::{patterns, rules::Broken},
    verification::PhoneNumber,
};

/// What was typed: the name of a field and its text.
pub type Typed = BTreeMap<String, String>;

/// Who the provider says somebody is, as the form shows it: locked.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Proven {
    /// Tax number.
    pub tax_id: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Patronymic, where the provider tells it apart.
    pub second_name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
}

impl Proven {
    /// First name and patronymic as they are registered: a provider may write them as one name, and then what is behind
    /// the first word is proposed as the patronymic, to be changed.
    #[must_use]
    pub fn names(&self) -> (&str, Option<&str>) {
        match (&self.second_name, self.first_name.split_once(' ')) {
            (None, Some((first, rest))) => (first, Some(rest.trim())),
            (second, _) => (&self.first_name, second.as_deref()),
        }
    }
}

/// How a field is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A line of text.
    Text,
    /// A line of digits.
    Digits,
    /// An address for e-mail.
    Email,
    /// A phone.
    Phone,
    /// One value of a dictionary.
    Choice(&'static str),
    /// A mark.
    Mark,
}

/// A field.
#[derive(Debug)]
pub struct Field {
    /// Its name in the form, and its id on the page.
    pub name: &'static str,
    /// The entry of the API that it answers.
    pub entry: &'static str,
    /// The key of its label.
    pub label: &'static str,
    /// The key of its hint.
    pub hint: Option<&'static str>,
    /// How it is answered.
    pub kind: Kind,
    /// The browser's own answer.
    pub autocomplete: &'static str,
    /// Whether it may be left empty.
    pub is_optional: bool,
}

/// A group of fields with the key of its heading.
pub type Group = (&'static str, &'static [Field]);

const fn field(
    name: &'static str,
    entry: &'static str,
    label: &'static str,
    hint: Option<&'static str>,
    kind: Kind,
    is_optional: bool,
) -> Field {
    let autocomplete = match kind {
        Kind::Email => "email",
        _ => "off",
    };
    Field {
        name,
        entry,
        label,
        hint,
        kind,
        autocomplete,
        is_optional,
    }
}

const MUST: bool = false;
const MAY: bool = true;

/// Step 1.
pub const DETAILS: &[Group] = &[
    (
        "cabinet-group-birth",
        &[
            field(
                "second_name",
                "$.patient.second_name",
                "cabinet-second-name",
                Some("cabinet-second-name.hint"),
                Kind::Text,
                MAY,
            ),
            field(
                "birth_date",
                "$.patient.birth_date",
                "cabinet-birth-date",
                Some("cabinet-birth-date.hint"),
                Kind::Text,
                MUST,
            ),
            field(
                "birth_country",
                "$.patient.birth_country",
                "cabinet-birth-country",
                None,
                Kind::Text,
                MUST,
            ),
            field(
                "birth_settlement",
                "$.patient.birth_settlement",
                "cabinet-birth-settlement",
                None,
                Kind::Text,
                MUST,
            ),
            field(
                "gender",
                "$.patient.gender",
                "cabinet-gender",
                None,
                Kind::Choice("GENDER"),
                MUST,
            ),
            field(
                "unzr",
                "$.patient.unzr",
                "cabinet-unzr",
                Some("cabinet-unzr.hint"),
                Kind::Text,
                MAY,
            ),
        ],
    ),
    (
        "cabinet-group-document",
        &[
            field(
                "document_type",
                "$.patient.documents.[0].type",
                "cabinet-document-type",
                None,
                Kind::Choice("DOCUMENT_TYPE"),
                MUST,
            ),
            field(
                "document_number",
                "$.patient.documents.[0].number",
                "cabinet-document-number",
                Some("cabinet-document-number.hint"),
                Kind::Text,
                MUST,
            ),
            field(
                "document_issued_by",
                "$.patient.documents.[0].issued_by",
                "cabinet-document-issued-by",
                None,
                Kind::Text,
                MUST,
            ),
            field(
                "document_issued_at",
                "$.patient.documents.[0].issued_at",
                "cabinet-document-issued-at",
                Some("cabinet-document-issued-at.hint"),
                Kind::Text,
                MUST,
            ),
            field(
                "document_expiration_date",
                "$.patient.documents.[0].expiration_date",
                "cabinet-document-expiration-date",
                Some("cabinet-document-expiration-date.hint"),
                Kind::Text,
                MAY,
            ),
        ],
    ),
];

/// Step 2.
pub const CONTACTS: &[Group] = &[
    (
        "cabinet-group-contacts",
        &[
            Field {
                autocomplete: "tel",
                ..field(
                    "phone",
                    "$.patient.authentication_methods.[0].phone_number",
                    "cabinet-phone",
                    Some("cabinet-phone.hint"),
                    Kind::Phone,
                    MUST,
                )
            },
            field(
                "email",
                "$.patient.email",
                "cabinet-email",
                None,
                Kind::Email,
                MUST,
            ),
        ],
    ),
    (
        "cabinet-group-address",
        &[
            field(
                "area",
                "$.patient.addresses.[0].area",
                "cabinet-area",
                None,
                Kind::Text,
                MUST,
            ),
            field(
                "region",
                "$.patient.addresses.[0].region",
                "cabinet-region",
                None,
                Kind::Text,
                MAY,
            ),
            field(
                "settlement_type",
                "$.patient.addresses.[0].settlement_type",
                "cabinet-settlement-type",
                None,
                Kind::Choice("SETTLEMENT_TYPE"),
                MUST,
            ),
            field(
                "settlement",
                "$.patient.addresses.[0].settlement",
                "cabinet-settlement",
                None,
                Kind::Text,
                MUST,
            ),
            field(
                "street",
                "$.patient.addresses.[0].street",
                "cabinet-street",
                Some("cabinet-street.hint"),
                Kind::Text,
                MAY,
            ),
            field(
                "building",
                "$.patient.addresses.[0].building",
                "cabinet-building",
                None,
                Kind::Text,
                MUST,
            ),
            field(
                "apartment",
                "$.patient.addresses.[0].apartment",
                "cabinet-apartment",
                None,
                Kind::Text,
                MAY,
            ),
            Field {
                autocomplete: "postal-code",
                ..field(
                    "zip",
                    "$.patient.addresses.[0].zip",
                    "cabinet-zip",
                    None,
                    Kind::Digits,
                    MAY,
                )
            },
        ],
    ),
    (
        "cabinet-group-emergency",
        &[
            field(
                "emergency_last_name",
                "$.patient.emergency_contact.last_name",
                "cabinet-emergency-last-name",
                None,
                Kind::Text,
                MUST,
            ),
            field(
                "emergency_first_name",
                "$.patient.emergency_contact.first_name",
                "cabinet-emergency-first-name",
                None,
                Kind::Text,
                MUST,
            ),
            field(
                "emergency_phone",
                "$.patient.emergency_contact.phones.[0].number",
                "cabinet-emergency-phone",
                None,
                Kind::Phone,
                MUST,
            ),
        ],
    ),
    (
        "cabinet-group-consent",
        &[field(
            "consent",
            "$.patient.process_disclosure_data_consent",
            "cabinet-consent",
            None,
            Kind::Mark,
            MUST,
        )],
    ),
];

/// Every field of a step.
pub fn of_step(groups: &'static [Group]) -> impl Iterator<Item = &'static Field> {
    groups.iter().flat_map(|(_, fields)| fields.iter())
}

/// What is wrong with a field, each with words of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is empty.
    Missing,
    /// It is not of its form.
    Form,
    /// It is no date.
    Date,
    /// It is no day on which somebody who lives was born.
    BirthDate,
    /// The number in the demographic register begins with another birth date.
    UnzrOfAnotherDay,
    /// An identity card is there, and that number is not.
    UnzrMissing,
    /// The person is too young.
    Age,
    /// The address is another than the provider's.
    AnotherEmail,
    /// Somebody else has the address.
    EmailTaken,
    /// Too many people have the phone.
    PhoneTaken,
}

impl Fault {
    /// The key of its words.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Missing => "cabinet-fault-missing",
            Self::Form => "cabinet-fault-form",
            Self::Date => "cabinet-fault-date",
            Self::BirthDate => "cabinet-fault-birth-date",
            Self::UnzrOfAnotherDay => "cabinet-fault-unzr-of-another-day",
            Self::UnzrMissing => "cabinet-fault-unzr-missing",
            Self::Age => "cabinet-fault-age",
            Self::AnotherEmail => "cabinet-fault-another-email",
            Self::EmailTaken => "cabinet-fault-email-taken",
            Self::PhoneTaken => "cabinet-fault-phone-taken",
        }
    }
}

/// What is wrong, field by field.
pub type Faults = BTreeMap<&'static str, Fault>;

/// The text of a field without white space around it; none when nothing is left.
#[must_use]
pub fn text<'a>(typed: &'a Typed, name: &str) -> Option<&'a str> {
    typed
        .get(name)
        .map(|text| text.trim())
        .filter(|text| !text.is_empty())
}

/// The fields of a step that a form brought; others are dropped. A mark that was not set is not sent.
#[must_use]
pub fn keep(groups: &'static [Group], form: &Typed) -> Typed {
    const LONGEST: usize = 1024;
    of_step(groups)
        .filter_map(|field| {
            let text = form.get(field.name)?;
            // Nobody types U+0000, and PostgreSQL keeps none.
            let text: String = text
                .chars()
                .filter(|one| *one != '\0')
                .take(LONGEST)
                .collect();
            Some((field.name.to_owned(), text))
        })
        .collect()
}

/// The date of a text: `19.08.1991`, or as programs write it.
#[must_use]
pub fn date(text: &str) -> Option<NaiveDate> {
    let dotted = || {
        let mut parts = text.split(['.', '/', '-']).map(str::trim);
        let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
        let number = |text: &str| text.parse::<u32>().ok();
        if parts.next().is_some() || year.len() != 4 {
            return None;
        }
        NaiveDate::from_ymd_opt(year.parse().ok()?, number(month)?, number(day)?)
    };
    patterns::date(text).or_else(dotted)
}

/// The `patient` of what was typed in both steps, as the API takes it. What cannot be made of a text stays as it was typed,
/// for the rules to refuse.
#[must_use]
pub fn patient(proven: &Proven, details: &Typed, contacts: &Typed) -> Map<String, Value> {
    let (first_name, _) = proven.names();
    let second_name = match &proven.second_name {
        Some(known) => Some(known.as_str()),
        None => text(details, "second_name"),
    };
    let day = |name| {
        text(details, name)
            .map(|text| date(text).map_or_else(|| text.to_owned(), |day| day.to_string()))
    };
    let number = |name| {
        text(contacts, name).map(|text| match PhoneNumber::typed(text) {
            Ok(number) => number.as_str().to_owned(),
            Err(_) => text.to_owned(),
        })
    };
    let email = proven.email.as_deref().or_else(|| text(contacts, "email"));
    let mut document = Map::new();
    let mut address = Map::new();
    let mut contact = Map::new();
    let mut patient = Map::new();
    put(&mut document, "type", text(details, "document_type"));
    let document_number = text(details, "document_number").map(|text| tidy(&text.to_uppercase()));
    put(&mut document, "number", document_number);
    put(
        &mut document,
        "issued_by",
        text(details, "document_issued_by"),
    );
    put(&mut document, "issued_at", day("document_issued_at"));
    put(
        &mut document,
        "expiration_date",
        day("document_expiration_date"),
    );
    put(&mut address, "type", Some("RESIDENCE"));
    put(&mut address, "country", Some("UA"));
    for name in [
        "area",
        "region",
        "settlement_type",
        "settlement",
        "street",
        "building",
        "apartment",
        "zip",
    ] {
        put(&mut address, name, text(contacts, name));
    }
    put(
        &mut address,
        "settlement_id",
        Some(settlement_id(contacts).to_string()),
    );
    put(
        &mut contact,
        "first_name",
        text(contacts, "emergency_first_name"),
    );
    put(
        &mut contact,
        "last_name",
        text(contacts, "emergency_last_name"),
    );
    if let Some(number) = number("emergency_phone") {
        contact.insert(
            "phones".to_owned(),
            json!([{ "type": "MOBILE", "number": number }]),
        );
    }
    put(&mut patient, "first_name", Some(first_name));
    put(&mut patient, "last_name", Some(proven.last_name.as_str()));
    put(&mut patient, "second_name", second_name);
    put(&mut patient, "birth_date", day("birth_date"));
    for name in ["birth_country", "birth_settlement", "gender"] {
        put(&mut patient, name, text(details, name));
    }
    put(&mut patient, "email", email);
    put(&mut patient, "tax_id", Some(proven.tax_id.as_str()));
    put(&mut patient, "unzr", text(details, "unzr").map(unzr));
    patient.insert("documents".to_owned(), json!([document]));
    patient.insert("addresses".to_owned(), json!([address]));
    let phone = number("phone").unwrap_or_default();
    let method = json!([{ "type": "OTP", "phone_number": phone }]);
    patient.insert("authentication_methods".to_owned(), method);
    patient.insert("emergency_contact".to_owned(), Value::Object(contact));
    let consent = text(contacts, "consent") == Some("yes");
    patient.insert("process_disclosure_data_consent".to_owned(), json!(consent));
    patient
}

fn put(object: &mut Map<String, Value>, name: &str, value: Option<impl Into<String>>) {
    if let Some(value) = value {
        object.insert(name.to_owned(), Value::String(value.into()));
    }
}

/// A number without the white space that people put into it.
fn tidy(text: &str) -> String {
    text.chars().filter(|one| !one.is_whitespace()).collect()
}

/// `1991081954321` as `19910819-54321`.
fn unzr(text: &str) -> String {
    let digits = tidy(text);
    match digits.split_at_checked(8) {
        Some((day, rest)) if digits.len() == 13 => format!("{day}-{rest}"),
        _ => digits,
    }
}

/// The id of a settlement. There is no register of addresses to ask for it: it is made of the names, the same for the same
/// place (RFC 9562 §5.5, with SHA-256 in the place of SHA-1).
fn settlement_id(contacts: &Typed) -> Uuid {
    let parts = ["area", "region", "settlement_type", "settlement"];
    let place: Vec<String> = parts
        .map(|name| text(contacts, name).unwrap_or_default().to_lowercase())
        .into();
    let digest = sha256(place.join("\n").as_bytes());
    let mut octets = [0; 16];
    octets
        .iter_mut()
        .zip(digest)
        .for_each(|(octet, made)| *octet = made);
    let version = u128::from_be_bytes(octets) & !(0xf << 76) | (0x5 << 76);
    Uuid::from_u128(version & !(0x3 << 62) | (0x2 << 62))
}

/// The faults of a step among those that a schema found; of another step nothing is said. The second: something is wrong
/// that no field of the form can mend.
#[must_use]
pub fn faults(groups: &'static [Group], invalid: &[Invalid]) -> (Faults, bool) {
    let mut faults = Faults::new();
    let mut is_locked_wrong = false;
    for item in invalid {
        let entry = item.entry.as_deref().unwrap_or_default();
        let rule = item.rules.first().map_or("", |rule| &*rule.rule);
        if [
            "$.patient.first_name",
            "$.patient.last_name",
            "$.patient.tax_id",
        ]
        .contains(&entry)
        {
            is_locked_wrong = true;
        }
        // A list that is missing is missing in its first item.
        let entry = match entry {
            "$.patient.emergency_contact.phones" => "$.patient.emergency_contact.phones.[0].number",
            entry => entry,
        };
        let found = of_step(groups).find(|field| field.entry == entry);
        if let Some(field) = found {
            let fault = match rule {
                "required" => Fault::Missing,
                "date" => Fault::Date,
                _ => Fault::Form,
            };
            faults.entry(field.name).or_insert(fault);
        }
    }
    (faults, is_locked_wrong)
}

/// The fields that have to be answered and are not.
pub fn missing(groups: &'static [Group], typed: &Typed, proven: &Proven, faults: &mut Faults) {
    for field in of_step(groups) {
        let is_locked = field.name == "email" && proven.email.is_some();
        if !field.is_optional && !is_locked && text(typed, field.name).is_none() {
            faults.insert(field.name, Fault::Missing);
        }
    }
}

/// Where a rule of the registry is broken; none where no field can mend it.
#[must_use]
pub fn of_rule(broken: &Broken) -> Option<(&'static str, Fault)> {
    Some(match broken {
        Broken::BirthDate => ("birth_date", Fault::BirthDate),
        Broken::UnzrOfAnotherDay => ("unzr", Fault::UnzrOfAnotherDay),
        Broken::UnzrMissing => ("unzr", Fault::UnzrMissing),
        Broken::DocumentType(_) => ("document_type", Fault::Form),
        Broken::ExpirationMissing { .. } => ("document_expiration_date", Fault::Missing),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("19.08.1991", Some("1991-08-19"))]
    #[case("1.8.1991", Some("1991-08-01"))]
    #[case("19/08/1991", Some("1991-08-19"))]
    #[case("19 . 08 . 1991", Some("1991-08-19"))]
    #[case("1991-08-19", Some("1991-08-19"))]
    #[case("31.02.1991", None)]
    #[case("19.08.91", None)]
    #[case("19.08", None)]
    #[case("вчора", None)]
    fn dates(#[case] text: &str, #[case] expected: Option<&str>) {
        assert_eq!(date(text).map(|day| day.to_string()).as_deref(), expected);
    }

    #[test]
    fn a_settlement_has_one_id() {
        let place = |name: &str| {
            let typed = Typed::from([("settlement".to_owned(), name.to_owned())]);
            settlement_id(&typed)
        };
        assert_eq!(place("Київ"), place(" київ "));
        assert_ne!(place("Київ"), place("Львів"));
        assert!((patterns::UUID.matches)(&place("Київ").to_string()));
        assert_eq!(place("Київ").get_version_num(), 5);
    }

    #[test]
    fn names_of_the_provider() {
        let proven = |first: &str, second: Option<&str>| Proven {
            first_name: first.to_owned(),
            second_name: second.map(str::to_owned),
            ..Proven::default()
        };
        assert_eq!(proven("Петро", None).names(), ("Петро", None));
        assert_eq!(
            proven("Петро Миколайович", None).names(),
            ("Петро", Some("Миколайович"))
        );
        assert_eq!(
            proven("Анна Марія", Some("Іванівна")).names(),
            ("Анна Марія", Some("Іванівна"))
        );
    }

    #[rstest]
    #[case("1991081954321", "19910819-54321")]
    #[case("19910819-54321", "19910819-54321")]
    #[case("19910819 - 54321", "19910819-54321")]
    #[case("ї", "ї")]
    fn numbers_of_the_register(#[case] typed: &str, #[case] expected: &str) {
        assert_eq!(unzr(typed), expected);
    }

    #[test]
    fn every_field_has_its_own_name_and_entry() {
        let mut names = std::collections::HashSet::new();
        for field in of_step(DETAILS).chain(of_step(CONTACTS)) {
            assert!(
                names.insert(field.name) && names.insert(field.entry),
                "{}",
                field.name
            );
        }
    }
}
