//! What can be wrong with a field, and what is said of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Field, Group, Kind, Proven, Typed, names_no_day, of_step, text};
use crate::{invalid::Invalid, person::rules::Broken};

/// What is wrong with a field, each with words of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
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
pub fn cure(field: &Field, fault: Fault, typed: &Typed) -> &'static str {
    match fault {
        Fault::Missing | Fault::Form if field.kind == Kind::Mark => "cabinet-fault-consent",
        Fault::Missing => "cabinet-fault-missing",
        Fault::Form => form(field, typed),
        Fault::Long => "cabinet-fault-long",
        Fault::Date => "cabinet-fault-date",
        Fault::NoSuchDay => "cabinet-fault-no-such-day",
        Fault::BirthDate => "cabinet-fault-birth-date",
        Fault::UnzrOfAnotherDay => "cabinet-fault-unzr-of-another-day",
        Fault::UnzrMissing => "cabinet-fault-unzr-missing",
        Fault::Age => "cabinet-fault-age",
        Fault::AnotherEmail => "cabinet-fault-another-email",
        Fault::EmailTaken => "cabinet-fault-email-taken",
        Fault::PhoneTaken => "cabinet-fault-phone-taken",
    }
}

/// The key of the form that an answer has to have.
fn form(field: &Field, typed: &Typed) -> &'static str {
    match field.kind {
        Kind::Text => "cabinet-form-text",
        Kind::Name => "cabinet-form-name",
        Kind::Place => "cabinet-form-place",
        Kind::Date => "cabinet-fault-date",
        Kind::Building => "cabinet-form-building",
        Kind::Zip => "cabinet-form-zip",
        Kind::Unzr => "cabinet-form-unzr",
        Kind::Document => number(text(typed, "document_type")),
        Kind::Email => "cabinet-form-email",
        Kind::Phone => "cabinet-form-phone",
        Kind::Choice(_) | Kind::Mark => "cabinet-form-choice",
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
pub type Faults = BTreeMap<&'static str, Fault>;

/// The faults of a step among those that a schema found; of another step nothing is said. The second: something is wrong
/// that no field of the form can mend.
#[must_use]
pub fn faults(groups: &'static [Group], typed: &Typed, invalid: &[Invalid]) -> (Faults, bool) {
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
                "date" if text(typed, field.name).is_some_and(names_no_day) => Fault::NoSuchDay,
                "date" => Fault::Date,
                "length" => Fault::Long,
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
