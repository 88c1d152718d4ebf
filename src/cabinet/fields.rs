//! The fields of the form: what they are called, how they are answered, and what is kept of an answer.
//!
//! Typed texts are kept as they were typed, also wrong ones: nothing is lost. What is sent to the rules is made of them
//! anew each time ([`patient`]); what those find is led back to the fields ([`faults`]).

use std::collections::BTreeMap;

mod faults;
mod patient;

pub use faults::{FieldFault, FieldFaults, cure, faults, missing, of_rule};
pub use patient::{ProviderIdentity, date, names_no_day, patient, phone};

/// What was typed: the name of a field and its text.
pub type FieldTexts = BTreeMap<String, String>;

/// How a field is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// A line of text.
    Text,
    /// The name of a person.
    Name,
    /// The name of a place.
    Place,
    /// A day.
    Date,
    /// The number of a house.
    Building,
    /// A postal code.
    Zip,
    /// The number of a record in the demographic register.
    Unzr,
    /// The number of a document; its type says of which form.
    Document,
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
    /// The keys of an abbreviation in its label, and of what it stands for.
    pub short: Option<(&'static str, &'static str)>,
    /// The key of its hint.
    pub hint: Option<&'static str>,
    /// The key of an answer that its hint shows.
    pub example: Option<&'static str>,
    /// How it is answered.
    pub kind: FieldKind,
    /// The browser's own answer (WCAG 1.3.5).
    pub autocomplete: &'static str,
    /// Whether it may be left empty.
    pub is_optional: bool,
}

/// A group of fields with the key of its heading.
pub type FieldGroup = (&'static str, &'static [Field]);

const fn field(
    name: &'static str,
    entry: &'static str,
    label: &'static str,
    hint: Option<&'static str>,
    kind: FieldKind,
    is_optional: bool,
) -> Field {
    let autocomplete = match kind {
        FieldKind::Email => "email",
        _ => "off",
    };
    Field {
        name,
        entry,
        label,
        short: None,
        hint,
        example: None,
        kind,
        autocomplete,
        is_optional,
    }
}

impl Field {
    /// How many characters an answer may have (person/schema/definitions.json).
    #[must_use]
    pub fn most(&self) -> u32 {
        match self.name {
            "document_issued_by" => 512,
            _ => 255,
        }
    }

    const fn with_autocomplete(self, autocomplete: &'static str) -> Self {
        Self {
            autocomplete,
            ..self
        }
    }

    const fn showing(self, example: &'static str) -> Self {
        Self {
            example: Some(example),
            ..self
        }
    }

    const fn short(self, short: &'static str, full: &'static str) -> Self {
        Self {
            short: Some((short, full)),
            ..self
        }
    }
}

const MUST: bool = false;
const MAY: bool = true;

/// Step 1.
pub const DETAILS: &[FieldGroup] = &[
    (
        "cabinet-group-birth",
        &[
            field(
                "second_name",
                "$.patient.second_name",
                "cabinet-second-name",
                Some("cabinet-second-name.hint"),
                FieldKind::Name,
                MAY,
            )
            .with_autocomplete("additional-name"),
            field(
                "birth_date",
                "$.patient.birth_date",
                "cabinet-birth-date",
                Some("cabinet-birth-date.hint"),
                FieldKind::Date,
                MUST,
            )
            .with_autocomplete("bday"),
            field(
                "birth_country",
                "$.patient.birth_country",
                "cabinet-birth-country",
                None,
                FieldKind::Text,
                MUST,
            ),
            field(
                "birth_settlement",
                "$.patient.birth_settlement",
                "cabinet-birth-settlement",
                None,
                FieldKind::Place,
                MUST,
            ),
            field(
                "gender",
                "$.patient.gender",
                "cabinet-gender",
                None,
                FieldKind::Choice("GENDER"),
                MUST,
            )
            .with_autocomplete("sex"),
            field(
                "unzr",
                "$.patient.unzr",
                "cabinet-unzr",
                Some("cabinet-unzr.hint"),
                FieldKind::Unzr,
                MAY,
            )
            .short("cabinet-unzr.short", "cabinet-unzr.full"),
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
                FieldKind::Choice("DOCUMENT_TYPE"),
                MUST,
            ),
            field(
                "document_number",
                "$.patient.documents.[0].number",
                "cabinet-document-number",
                Some("cabinet-document-number.hint"),
                FieldKind::Document,
                MUST,
            ),
            field(
                "document_issued_by",
                "$.patient.documents.[0].issued_by",
                "cabinet-document-issued-by",
                None,
                FieldKind::Text,
                MUST,
            ),
            field(
                "document_issued_at",
                "$.patient.documents.[0].issued_at",
                "cabinet-document-issued-at",
                Some("cabinet-document-issued-at.hint"),
                FieldKind::Date,
                MUST,
            ),
            field(
                "document_expiration_date",
                "$.patient.documents.[0].expiration_date",
                "cabinet-document-expiration-date",
                Some("cabinet-document-expiration-date.hint"),
                FieldKind::Date,
                MAY,
            ),
        ],
    ),
];

/// Step 2.
pub const CONTACTS: &[FieldGroup] = &[
    (
        "cabinet-group-contacts",
        &[
            field(
                "phone",
                "$.patient.authentication_methods.[0].phone_number",
                "cabinet-phone",
                Some("cabinet-phone.hint"),
                FieldKind::Phone,
                MUST,
            )
            .with_autocomplete("tel"),
            field(
                "email",
                "$.patient.email",
                "cabinet-email",
                None,
                FieldKind::Email,
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
                FieldKind::Place,
                MUST,
            )
            .with_autocomplete("address-level1"),
            field(
                "region",
                "$.patient.addresses.[0].region",
                "cabinet-region",
                None,
                FieldKind::Place,
                MAY,
            ),
            field(
                "settlement_type",
                "$.patient.addresses.[0].settlement_type",
                "cabinet-settlement-type",
                None,
                FieldKind::Choice("SETTLEMENT_TYPE"),
                MUST,
            ),
            field(
                "settlement",
                "$.patient.addresses.[0].settlement",
                "cabinet-settlement",
                None,
                FieldKind::Place,
                MUST,
            )
            .with_autocomplete("address-level2"),
            field(
                "street",
                "$.patient.addresses.[0].street",
                "cabinet-street",
                Some("cabinet-street.hint"),
                FieldKind::Place,
                MAY,
            )
            .showing("cabinet-street.example"),
            field(
                "building",
                "$.patient.addresses.[0].building",
                "cabinet-building",
                None,
                FieldKind::Building,
                MUST,
            ),
            field(
                "apartment",
                "$.patient.addresses.[0].apartment",
                "cabinet-apartment",
                None,
                FieldKind::Text,
                MAY,
            ),
            field(
                "zip",
                "$.patient.addresses.[0].zip",
                "cabinet-zip",
                None,
                FieldKind::Zip,
                MAY,
            )
            .with_autocomplete("postal-code"),
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
                FieldKind::Name,
                MUST,
            ),
            field(
                "emergency_first_name",
                "$.patient.emergency_contact.first_name",
                "cabinet-emergency-first-name",
                None,
                FieldKind::Name,
                MUST,
            ),
            field(
                "emergency_phone",
                "$.patient.emergency_contact.phones.[0].number",
                "cabinet-emergency-phone",
                None,
                FieldKind::Phone,
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
            FieldKind::Mark,
            MUST,
        )],
    ),
];

/// Every field of a step.
pub fn of_step(groups: &'static [FieldGroup]) -> impl Iterator<Item = &'static Field> {
    groups.iter().flat_map(|(_, fields)| fields.iter())
}

/// The text of a field without white space around it; none when nothing is left.
#[must_use]
pub fn text<'a>(typed: &'a FieldTexts, name: &str) -> Option<&'a str> {
    typed
        .get(name)
        .map(|text| text.trim())
        .filter(|text| !text.is_empty())
}

/// The fields of a step that a form brought; others are dropped. A mark that was not set is not sent.
#[must_use]
pub fn keep(groups: &'static [FieldGroup], form: &FieldTexts) -> FieldTexts {
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

#[cfg(test)]
mod tests {
    use super::*;

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

    /// WCAG 1.3.5: what is asked about the person themselves; nothing of anybody else is filled in.
    #[test]
    fn what_a_browser_fills_in() {
        let filled: Vec<_> = of_step(DETAILS)
            .chain(of_step(CONTACTS))
            .filter(|field| field.autocomplete != "off")
            .map(|field| (field.name, field.autocomplete))
            .collect();
        assert_eq!(
            filled,
            [
                ("second_name", "additional-name"),
                ("birth_date", "bday"),
                ("gender", "sex"),
                ("phone", "tel"),
                ("email", "email"),
                ("area", "address-level1"),
                ("settlement", "address-level2"),
                ("zip", "postal-code"),
            ]
        );
    }
}
