//! What the data of a person must keep to beyond the schema (signup 8.4 and 8.5, person requests 5.3 to 5.7).
//!
//! ```text
//!  person, limits, today ──▶ check ──▶ the first rule that is broken, in the order of signup 5.1:
//!                                      birth date (8.2) ▶ 7 tax number ▶ 9 document types ▶ 10 documents ▶
//!                                      11 legal capacity ▶ 12 addresses
//! ```
//!
//! Row 8, the age of somebody who registers themselves, is [`check_own_age`]: whom a confidant registers may be of any age.
//! Whether the area, the region and the settlement of an address agree is not asked: there is no registry of addresses here.

use chrono::NaiveDate;
use serde_json::Value;

use super::{
    age::full_years,
    registration::{Document, Person},
};
use crate::config::PersonLimits;

/// The oldest age of a registered person, in full years (signup 8.2).
const OLDEST: i32 = 150;

const NATIONAL_ID: &str = "NATIONAL_ID";
const PASSPORT: &str = "PASSPORT";
const BIRTH_CERTIFICATES: [&str; 2] = ["BIRTH_CERTIFICATE", "BIRTH_CERTIFICATE_FOREIGN"];
const RESIDENCE: &str = "RESIDENCE";

/// The documents that must say until when they are good.
const EXPIRING: [&str; 6] = [
    NATIONAL_ID,
    "COMPLEMENTARY_PROTECTION_CERTIFICATE",
    "PERMANENT_RESIDENCE_PERMIT",
    "REFUGEE_CERTIFICATE",
    "TEMPORARY_CERTIFICATE",
    "TEMPORARY_PASSPORT",
];

/// A list whose items are each of another type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// `person.documents`.
    Documents,
    /// `person.phones`.
    Phones,
    /// `person.emergency_contact.phones`.
    EmergencyPhones,
}

impl List {
    const fn path(self) -> &'static str {
        match self {
            Self::Documents => "$.person.documents",
            Self::Phones => "$.person.phones",
            Self::EmergencyPhones => "$.person.emergency_contact.phones",
        }
    }
}

/// A rule that the data of a person break. The text of a variant is the exact message of the API; a number is the
/// position of the item that is to blame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokenRule {
    /// The person is not born yet, or was born too long ago.
    #[error("Invalid birth date")]
    BirthDate,
    /// The person refused a tax number and has one.
    #[error("Persons who refused the tax_id should be without tax_id")]
    TaxIdRefused,
    /// The person did not refuse a tax number, is old enough for one and has none.
    #[error("Only persons who refused the tax_id could be without tax_id")]
    TaxIdMissing,
    /// The person is too young to register themselves.
    #[error("Incorrect person age for such an action")]
    Age,
    /// A document of a type that no registration may have.
    #[error("Submitted document type is not allowed")]
    DocumentType(usize),
    /// A document from the future.
    #[error("Document issued date should be in the past")]
    IssuedLater(usize),
    /// A document older than the person.
    #[error("Document issued date should greater than person.birth_date")]
    IssuedBeforeBirth(usize),
    /// A document that is not good any more.
    #[error("Document expiration_date should be in future")]
    Expired(usize),
    /// A document that does not say until when it is good.
    #[error("expiration_date is mandatory for document_type {kind}")]
    ExpirationMissing {
        /// Which of the documents.
        at: usize,
        /// One of six types.
        kind: &'static str,
    },
    /// The number in the demographic register begins with another birth date.
    #[error("unzr or birthdate are not correct")]
    UnzrOfAnotherDay,
    /// An identity card without that number.
    #[error("unzr is mandatory for document type NATIONAL_ID")]
    UnzrMissing,
    /// Both kinds of passport.
    #[error("Person can have only new passport NATIONAL_ID or old PASSPORT")]
    TwoPassports,
    /// Two items of one type.
    #[error("No duplicate values.")]
    Duplicate {
        /// Where.
        list: List,
        /// The second of them.
        at: usize,
        /// Their type.
        kind: String,
    },
    /// A child without a certificate of birth.
    #[error("Must contain required item.")]
    BirthCertificateMissing,
    /// More than one authentication method, or none.
    #[error("Must be one and only one authentication method.")]
    AuthenticationMethods,
    /// A confidant for somebody who proves that they can act for themselves.
    #[error(
        "Confidant can not be submitted for person who has document that proves legal capacity"
    )]
    LegalCapacity,
    /// Nowhere to live.
    #[error("Addresses with type RESIDENCE should be present")]
    ResidenceMissing,
    /// Several places to live; how many.
    #[error("Single address of type 'RESIDENCE' is required, got: {0}")]
    Residences(usize),
    /// Too many people are reached by the phone of an authentication method.
    #[error("This phone number is present more than {limit} times in the system")]
    PhoneLimit {
        /// Which of the methods.
        at: usize,
        /// How many people one phone may serve.
        limit: u32,
    },
}

impl BrokenRule {
    /// The path of what is to blame, as the API names it.
    #[must_use]
    pub fn entry(&self) -> String {
        let document = |at: &usize, member: &str| format!("$.person.documents.[{at}].{member}");
        match self {
            Self::BirthDate | Self::Age => "$.person.birth_date".to_owned(),
            Self::TaxIdRefused | Self::TaxIdMissing => "$.person.tax_id".to_owned(),
            Self::DocumentType(at) => document(at, "type"),
            Self::IssuedLater(at) | Self::IssuedBeforeBirth(at) => document(at, "issued_at"),
            Self::Expired(at) | Self::ExpirationMissing { at, .. } => {
                document(at, "expiration_date")
            }
            Self::UnzrOfAnotherDay => "$.person.unzr".to_owned(),
            Self::UnzrMissing => "$.person".to_owned(),
            Self::TwoPassports | Self::BirthCertificateMissing => "$.person.documents".to_owned(),
            Self::Duplicate { list, at, .. } => format!("{}.[{at}].type", list.path()),
            Self::AuthenticationMethods => "$.person.authentication_methods".to_owned(),
            Self::LegalCapacity => "$.person.confidant_person".to_owned(),
            Self::ResidenceMissing | Self::Residences(_) => "$.person.addresses".to_owned(),
            Self::PhoneLimit { at, .. } => {
                format!("$.person.authentication_methods.[{at}].phone_number")
            }
        }
    }

    /// What the answer gives beside the rule.
    #[must_use]
    pub fn params(&self) -> Vec<&str> {
        match self {
            Self::UnzrMissing => vec!["unzr"],
            Self::Duplicate { kind, .. } => vec![kind],
            Self::BirthCertificateMissing => vec!["BIRTH_CERTIFICATE"],
            _ => Vec::new(),
        }
    }

    /// The word for the log and the support.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BirthDate => "birth_date",
            Self::TaxIdRefused => "tax_id_refused",
            Self::TaxIdMissing => "tax_id_missing",
            Self::Age => "age",
            Self::DocumentType(_) => "document_type",
            Self::IssuedLater(_) => "issued_later",
            Self::IssuedBeforeBirth(_) => "issued_before_birth",
            Self::Expired(_) => "expired",
            Self::ExpirationMissing { .. } => "expiration_missing",
            Self::UnzrOfAnotherDay => "unzr_of_another_day",
            Self::UnzrMissing => "unzr_missing",
            Self::TwoPassports => "two_passports",
            Self::Duplicate { .. } => "duplicate",
            Self::BirthCertificateMissing => "birth_certificate_missing",
            Self::AuthenticationMethods => "authentication_methods",
            Self::LegalCapacity => "legal_capacity",
            Self::ResidenceMissing => "residence_missing",
            Self::Residences(_) => "residences",
            Self::PhoneLimit { .. } => "phone_limit",
        }
    }
}

/// Whether the data of a person keep to every rule; `today` is a day in Kyiv.
///
/// # Errors
/// The first rule that is broken, in the order of signup 5.1.
pub fn check(
    person: &Person,
    limits: &PersonLimits<'_>,
    today: NaiveDate,
) -> Result<(), BrokenRule> {
    check_birth_date(person.birth_date, today)?;
    check_tax_id(person, limits, today)?;
    check_rest(person, limits, today)
}

/// The same for somebody who registers themselves: with row 8 in its place.
///
/// # Errors
/// The first rule that is broken, in the order of signup 5.1.
pub fn check_own(
    person: &Person,
    limits: &PersonLimits<'_>,
    today: NaiveDate,
) -> Result<(), BrokenRule> {
    check_birth_date(person.birth_date, today)?;
    check_tax_id(person, limits, today)?;
    check_own_age(person, limits, today)?;
    check_rest(person, limits, today)
}

/// Rows 9 to 12.
fn check_rest(
    person: &Person,
    limits: &PersonLimits<'_>,
    today: NaiveDate,
) -> Result<(), BrokenRule> {
    check_document_types(&person.documents, limits)?;
    check_document_dates(&person.documents, person.birth_date, today)?;
    check_unzr(person)?;
    check_document_set(person)?;
    check_phone_types(person)?;
    check_birth_certificate(person, limits, today)?;
    check_authentication_methods(person)?;
    check_legal_capacity(person, limits)?;
    check_addresses(&person.addresses)
}

/// The birth date is not in the future and not more than 150 years ago (8.2).
///
/// # Errors
/// [`Broken::BirthDate`].
pub fn check_birth_date(birth_date: NaiveDate, today: NaiveDate) -> Result<(), BrokenRule> {
    match full_years(birth_date, today) {
        0..=OLDEST => Ok(()),
        _ => Err(BrokenRule::BirthDate),
    }
}

/// Who refused a tax number has none; who did not has one from the age of acting for themselves (row 7).
///
/// # Errors
/// [`Broken::TaxIdRefused`], [`Broken::TaxIdMissing`].
pub fn check_tax_id(
    person: &Person,
    limits: &PersonLimits<'_>,
    today: NaiveDate,
) -> Result<(), BrokenRule> {
    let is_child = is_younger(person.birth_date, limits.no_self_auth_age, today);
    match (person.no_tax_id, person.tax_id.is_some()) {
        (true, true) => Err(BrokenRule::TaxIdRefused),
        (false, false) if !is_child => Err(BrokenRule::TaxIdMissing),
        _ => Ok(()),
    }
}

/// Whether somebody may register themselves: of full legal capacity, or old enough for it with a document that proves
/// legal capacity (row 8).
///
/// # Errors
/// [`Broken::Age`].
pub fn check_own_age(
    person: &Person,
    limits: &PersonLimits<'_>,
    today: NaiveDate,
) -> Result<(), BrokenRule> {
    let is_younger = |age| is_younger(person.birth_date, age, today);
    if is_younger(limits.no_self_registration_age)
        || (is_younger(limits.full_legal_capacity_age) && !proves_legal_capacity(person, limits))
    {
        return Err(BrokenRule::Age);
    }
    Ok(())
}

/// Every document is of a type that a registration may have (row 9).
///
/// # Errors
/// [`Broken::DocumentType`].
pub fn check_document_types(
    documents: &[Document],
    limits: &PersonLimits<'_>,
) -> Result<(), BrokenRule> {
    let allowed = limits.registration_document_types;
    match documents
        .iter()
        .position(|document| !allowed.contains(&document.kind))
    {
        Some(at) => Err(BrokenRule::DocumentType(at)),
        None => Ok(()),
    }
}

/// Every document was issued in the person's life, is good for longer than today, and says until when where it must
/// (row 10).
///
/// # Errors
/// [`Broken::IssuedLater`], [`Broken::IssuedBeforeBirth`], [`Broken::Expired`], [`Broken::ExpirationMissing`] of the first
/// document with a wrong date.
pub fn check_document_dates(
    documents: &[Document],
    birth_date: NaiveDate,
    today: NaiveDate,
) -> Result<(), BrokenRule> {
    for (at, document) in documents.iter().enumerate() {
        if document.issued_at.is_some_and(|issued| issued > today) {
            return Err(BrokenRule::IssuedLater(at));
        }
        if document.issued_at.is_some_and(|issued| issued < birth_date) {
            return Err(BrokenRule::IssuedBeforeBirth(at));
        }
        let expiring = EXPIRING.into_iter().find(|kind| *kind == document.kind);
        match (document.expiration_date, expiring) {
            (Some(day), _) if day <= today => return Err(BrokenRule::Expired(at)),
            (None, Some(kind)) => return Err(BrokenRule::ExpirationMissing { at, kind }),
            _ => {}
        }
    }
    Ok(())
}

/// The number in the demographic register begins with the birth date, and is there when there is an identity card (row 10).
///
/// # Errors
/// [`Broken::UnzrOfAnotherDay`], [`Broken::UnzrMissing`].
pub fn check_unzr(person: &Person) -> Result<(), BrokenRule> {
    if unzr_contradicts_birth_date(person) {
        return Err(BrokenRule::UnzrOfAnotherDay);
    }
    check_unzr_is_there(person)
}

/// The number in the demographic register is there when there is an identity card (row 10).
///
/// # Errors
/// [`Broken::UnzrMissing`].
pub fn check_unzr_is_there(person: &Person) -> Result<(), BrokenRule> {
    if person.unzr.is_none() && has_document(person, NATIONAL_ID) {
        return Err(BrokenRule::UnzrMissing);
    }
    Ok(())
}

/// Whether there is a number in the demographic register that begins with another birth date.
#[must_use]
pub fn unzr_contradicts_birth_date(person: &Person) -> bool {
    let birth_date = || person.birth_date.format("%Y%m%d").to_string();
    person
        .unzr
        .as_ref()
        .is_some_and(|unzr| !unzr.starts_with(&birth_date()))
}

/// One kind of passport, and no type twice (row 10).
///
/// # Errors
/// [`Broken::TwoPassports`], [`Broken::Duplicate`].
pub fn check_document_set(person: &Person) -> Result<(), BrokenRule> {
    if has_document(person, NATIONAL_ID) && has_document(person, PASSPORT) {
        return Err(BrokenRule::TwoPassports);
    }
    let kinds = person
        .documents
        .iter()
        .map(|document| document.kind.as_str());
    check_unique(List::Documents, kinds)
}

/// No type of phone twice, neither the person's own nor of whom to call (row 10).
///
/// # Errors
/// [`Broken::Duplicate`].
pub fn check_phone_types(person: &Person) -> Result<(), BrokenRule> {
    check_unique(List::Phones, kinds(&person.phones))?;
    let contact = person.emergency_contact.as_ref();
    let phones = contact
        .and_then(|contact| contact.get("phones"))
        .and_then(Value::as_array);
    check_unique(List::EmergencyPhones, kinds(phones.into_iter().flatten()))
}

/// A child who cannot act for themselves has a certificate of birth (row 10).
///
/// # Errors
/// [`Broken::BirthCertificateMissing`].
pub fn check_birth_certificate(
    person: &Person,
    limits: &PersonLimits<'_>,
    today: NaiveDate,
) -> Result<(), BrokenRule> {
    let is_child = is_younger(person.birth_date, limits.no_self_auth_age, today);
    if is_child
        && !BIRTH_CERTIFICATES
            .iter()
            .any(|kind| has_document(person, kind))
    {
        return Err(BrokenRule::BirthCertificateMissing);
    }
    Ok(())
}

/// One authentication method (row 10).
///
/// # Errors
/// [`Broken::AuthenticationMethods`].
pub fn check_authentication_methods(person: &Person) -> Result<(), BrokenRule> {
    match person.authentication_methods.len() {
        1 => Ok(()),
        _ => Err(BrokenRule::AuthenticationMethods),
    }
}

/// Nobody stands for a person who proves legal capacity (row 11).
///
/// # Errors
/// [`Broken::LegalCapacity`].
pub fn check_legal_capacity(person: &Person, limits: &PersonLimits<'_>) -> Result<(), BrokenRule> {
    if person.confidant_person.is_some() && proves_legal_capacity(person, limits) {
        return Err(BrokenRule::LegalCapacity);
    }
    Ok(())
}

/// One address where the person lives (row 12).
///
/// # Errors
/// [`Broken::ResidenceMissing`], [`Broken::Residences`].
pub fn check_addresses(addresses: &[Value]) -> Result<(), BrokenRule> {
    match kinds(addresses).filter(|kind| *kind == RESIDENCE).count() {
        0 => Err(BrokenRule::ResidenceMissing),
        1 => Ok(()),
        more => Err(BrokenRule::Residences(more)),
    }
}

/// Whether one more person may be reached by the phone of the authentication method at `at`: `others` is the number of
/// methods in use with that phone (signup 8.4, person requests 6.5). Codes cannot tell people apart who share a phone.
///
/// # Errors
/// [`Broken::PhoneLimit`].
pub fn check_phone_limit(at: usize, others: u32, limit: u32) -> Result<(), BrokenRule> {
    if others >= limit {
        return Err(BrokenRule::PhoneLimit { at, limit });
    }
    Ok(())
}

/// Whether somebody has not had so many birthdays yet.
#[must_use]
pub fn is_younger(birth_date: NaiveDate, age: u16, today: NaiveDate) -> bool {
    full_years(birth_date, today) < i32::from(age)
}

/// Whether a document of that type is among the person's.
#[must_use]
pub fn has_document(person: &Person, kind: &str) -> bool {
    person
        .documents
        .iter()
        .any(|document| document.kind == kind)
}

/// Whether a document among the person's proves legal capacity.
#[must_use]
pub fn proves_legal_capacity(person: &Person, limits: &PersonLimits<'_>) -> bool {
    limits
        .legal_capacity_document_types
        .iter()
        .any(|kind| has_document(person, kind))
}

/// The member `type` of each item; the schema saw to it that every item has one.
fn kinds<'a>(items: impl IntoIterator<Item = &'a Value>) -> impl Iterator<Item = &'a str> {
    items
        .into_iter()
        .map(|item| item.get("type").and_then(Value::as_str).unwrap_or_default())
}

/// Lists are short: nothing is gained by remembering more than the list itself.
fn check_unique<'a>(list: List, kinds: impl Iterator<Item = &'a str>) -> Result<(), BrokenRule> {
    let mut seen = Vec::new();
    for (at, kind) in kinds.enumerate() {
        if seen.contains(&kind) {
            let kind = kind.to_owned();
            return Err(BrokenRule::Duplicate { list, at, kind });
        }
        seen.push(kind);
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests;
