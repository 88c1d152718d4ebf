//! What can be wrong with a field, and what is said of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Field, FieldGroup, FieldKind, FieldTexts, ProviderIdentity, names_no_day, of_step, text,
};
use crate::{invalid::Invalid, person::rules::BrokenRule};

/// What is wrong with a field, each with words of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldFault {
    /// It is empty.
    Missing,
    /// It is not of its form.
    Form,
    /// It is too long.
    Long,
    /// It is no date.
    Date,
    /// It is a date of a day that never comes: the 31st of February.
    NoSuchDay,
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

/// The key of what is said of a fault: what to do.
#[must_use]
pub fn cure(field: &Field, fault: FieldFault, typed: &FieldTexts) -> &'static str {
    match fault {
        FieldFault::Missing | FieldFault::Form if field.kind == FieldKind::Mark => {
            "cabinet-fault-consent"
        }
        FieldFault::Missing => "cabinet-fault-missing",
        FieldFault::Form => form(field, typed),
        FieldFault::Long => "cabinet-fault-long",
        FieldFault::Date => "cabinet-fault-date",
        FieldFault::NoSuchDay => "cabinet-fault-no-such-day",
        FieldFault::BirthDate => "cabinet-fault-birth-date",
        FieldFault::UnzrOfAnotherDay => "cabinet-fault-unzr-of-another-day",
        FieldFault::UnzrMissing => "cabinet-fault-unzr-missing",
        FieldFault::Age => "cabinet-fault-age",
        FieldFault::AnotherEmail => "cabinet-fault-another-email",
        FieldFault::EmailTaken => "cabinet-fault-email-taken",
        FieldFault::PhoneTaken => "cabinet-fault-phone-taken",
    }
}

/// The key of the form that an answer has to have.
fn form(field: &Field, typed: &FieldTexts) -> &'static str {
    match field.kind {
        FieldKind::Text => "cabinet-form-text",
        FieldKind::Name => "cabinet-form-name",
        FieldKind::Place => "cabinet-form-place",
        FieldKind::Date => "cabinet-fault-date",
        FieldKind::Building => "cabinet-form-building",
        FieldKind::Zip => "cabinet-form-zip",
        FieldKind::Unzr => "cabinet-form-unzr",
        FieldKind::Document => number(text(typed, "document_type")),
        FieldKind::Email => "cabinet-form-email",
        FieldKind::Phone => "cabinet-form-phone",
        FieldKind::Choice(_) | FieldKind::Mark => "cabinet-form-choice",
    }
}

/// The key of the form of a number, by the type of the document (person/schema/definitions.json).
fn number(document_type: Option<&str>) -> &'static str {
    match document_type {
        Some("PASSPORT" | "COMPLEMENTARY_PROTECTION_CERTIFICATE" | "REFUGEE_CERTIFICATE") => {
            "cabinet-form-number-series"
        }
        Some("NATIONAL_ID") => "cabinet-form-number-card",
        Some("TEMPORARY_CERTIFICATE" | "PERMANENT_RESIDENCE_PERMIT") => {
            "cabinet-form-number-permit"
        }
        Some("BIRTH_CERTIFICATE" | "TEMPORARY_PASSPORT") => "cabinet-form-number-certificate",
        _ => "cabinet-form-number",
    }
}

/// What is wrong, field by field.
pub type FieldFaults = BTreeMap<&'static str, FieldFault>;

/// The faults of a step among those that a schema found; of another step nothing is said. The second: something is wrong
/// that no field of the form can mend.
#[must_use]
pub fn faults(
    groups: &'static [FieldGroup],
    typed: &FieldTexts,
    invalid: &[Invalid],
) -> (FieldFaults, bool) {
    let mut faults = FieldFaults::new();
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
                "required" => FieldFault::Missing,
                "date" if text(typed, field.name).is_some_and(names_no_day) => {
                    FieldFault::NoSuchDay
                }
                "date" => FieldFault::Date,
                "length" => FieldFault::Long,
                _ => FieldFault::Form,
            };
            faults.entry(field.name).or_insert(fault);
        }
    }
    (faults, is_locked_wrong)
}

/// The fields that have to be answered and are not.
pub fn missing(
    groups: &'static [FieldGroup],
    typed: &FieldTexts,
    proven: &ProviderIdentity,
    faults: &mut FieldFaults,
) {
    for field in of_step(groups) {
        let is_locked = field.name == "email" && proven.email.is_some();
        if !field.is_optional && !is_locked && text(typed, field.name).is_none() {
            faults.insert(field.name, FieldFault::Missing);
        }
    }
}

/// Where a rule of the registry is broken; none where no field can mend it.
#[must_use]
pub fn of_rule(broken: &BrokenRule) -> Option<(&'static str, FieldFault)> {
    Some(match broken {
        BrokenRule::BirthDate => ("birth_date", FieldFault::BirthDate),
        BrokenRule::UnzrOfAnotherDay => ("unzr", FieldFault::UnzrOfAnotherDay),
        BrokenRule::UnzrMissing => ("unzr", FieldFault::UnzrMissing),
        BrokenRule::DocumentType(_) => ("document_type", FieldFault::Form),
        BrokenRule::ExpirationMissing { .. } => ("document_expiration_date", FieldFault::Missing),
        _ => return None,
    })
}
