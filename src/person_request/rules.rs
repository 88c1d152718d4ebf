//! What the data of a request must keep to: the body and the day go in, the first rule that is broken comes out, in the order of
//! §3.3 rows 8 to 17. What only the registry knows is asked by [`super::methods`].

use chrono::NaiveDate;

use super::{
    error::RequestError,
    versions::Version,
    wanted::{Confidant, Confidants, Paper, PersonRequestBody, RegisteredConfidant},
};
use crate::{
    config::{People, PersonLimits, PersonRequests},
    person::{
        age::full_years,
        registration::{AuthenticationMethod, Person},
        rules::{self, BrokenRule},
    },
};

pub(super) const OTP: &str = "OTP";
pub(super) const OFFLINE: &str = "OFFLINE";
pub(super) const THIRD_PERSON: &str = "THIRD_PERSON";
pub(super) const NA: &str = "NA";

const PRIMARY: &str = "PRIMARY";
const BIRTH_CERTIFICATES: [&str; 2] = ["BIRTH_CERTIFICATE", "BIRTH_CERTIFICATE_FOREIGN"];

/// The legal entities that register people (§1.3).
const REGISTERING: [&str; 4] = ["MSP", "OUTPATIENT", "EMERGENCY", "PRIMARY_CARE"];

/// Whether legal entities of this type register people (row 3).
pub(super) fn registers(kind: &str) -> bool {
    REGISTERING.contains(&kind)
}

/// What an installation decides, and what day it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting<'a> {
    pub(super) people: &'a People,
    pub(super) requests: &'a PersonRequests,
    /// A day in Kyiv.
    pub(super) today: NaiveDate,
}

impl Setting<'_> {
    /// Whether somebody born then cannot act for themselves.
    pub(super) fn is_child(&self, birth_date: NaiveDate) -> bool {
        rules::is_younger(birth_date, self.people.no_self_auth_age, self.today)
    }

    /// Whether somebody born then is of age.
    pub(super) fn is_adult(&self, birth_date: NaiveDate) -> bool {
        !rules::is_younger(birth_date, self.people.full_legal_capacity_age, self.today)
    }

    /// What the rules about any person's data ask for.
    fn limits(&self) -> PersonLimits<'_> {
        PersonLimits {
            registration_document_types: &self.requests.registration_document_types,
            legal_capacity_document_types: &self.requests.legal_capacity_document_types,
            ..self.people.limits()
        }
    }

    /// Whether somebody has to have a confidant in the second version (§3.10), were they born on `birth_date`.
    pub(super) fn needs_confidant(&self, person: &Person, birth_date: NaiveDate) -> bool {
        let limits = self.limits();
        let is_younger = |age| rules::is_younger(birth_date, age, self.today);
        is_younger(limits.no_self_registration_age)
            || (is_younger(limits.full_legal_capacity_age)
                && !rules::proves_legal_capacity(person, &limits))
    }
}

/// Rows 8 to 10: how old the person is, and who stands for them. A confidant of the registry is looked for afterwards.
///
/// # Errors
/// The first rule that is broken.
pub(super) fn check_ages(
    wanted: &PersonRequestBody,
    setting: &Setting<'_>,
) -> Result<(), RequestError> {
    rules::check_birth_date(wanted.person.birth_date, setting.today)?;
    check_confidants(wanted, setting)
}

/// Rows 11 to 17.
///
/// # Errors
/// The first rule that is broken.
pub(super) fn check_data(
    wanted: &PersonRequestBody,
    setting: &Setting<'_>,
) -> Result<(), RequestError> {
    let person = &wanted.person;
    let limits = setting.limits();
    rules::check_tax_id(person, &limits, setting.today)?;
    check_documents(wanted, setting, &limits)?;
    match wanted.version {
        Version::V1 => rules::check_unzr(person)?,
        // A contradiction is proved by a copy (§7 row 8).
        Version::V2 => rules::check_unzr_is_there(person)?,
    }
    rules::check_phone_types(person)?;
    check_confidant_lists(&wanted.confidants)?;
    rules::check_addresses(&person.addresses)?;
    match wanted.person_id {
        None => check_methods(wanted, setting),
        Some(_) => Ok(()),
    }
}

/// Rows 9 and 10.
fn check_confidants(wanted: &PersonRequestBody, setting: &Setting<'_>) -> Result<(), RequestError> {
    let person = &wanted.person;
    match (wanted.version, &wanted.confidants) {
        (Version::V1, Confidants::None) if setting.is_child(person.birth_date) => {
            Err(RequestError::ConfidantMissing)
        }
        // A change never names a confidant in the second version.
        (Version::V2, Confidants::None)
            if wanted.person_id.is_none() && setting.needs_confidant(person, person.birth_date) =>
        {
            Err(RequestError::ConfidantMissing)
        }
        (_, Confidants::Described(confidants)) => check_confidant_ages(confidants, setting),
        (_, Confidants::Registered(_)) if has_legal_capacity(person, setting) => {
            Err(BrokenRule::LegalCapacity.into())
        }
        _ => Ok(()),
    }
}

/// Whether somebody who is not of age proves that they can act for themselves.
fn has_legal_capacity(person: &Person, setting: &Setting<'_>) -> bool {
    let limits = setting.limits();
    let is_younger = |age| rules::is_younger(person.birth_date, age, setting.today);
    !is_younger(limits.no_self_registration_age)
        && is_younger(limits.full_legal_capacity_age)
        && rules::proves_legal_capacity(person, &limits)
}

fn check_confidant_ages(
    confidants: &[Confidant],
    setting: &Setting<'_>,
) -> Result<(), RequestError> {
    match confidants
        .iter()
        .position(|confidant| setting.is_child(confidant.birth_date))
    {
        Some(at) => Err(RequestError::TooYoung(format!(
            "$.person.confidant_person.[{at}].birth_date"
        ))),
        None => Ok(()),
    }
}

/// Row 13 (§5.4).
fn check_documents(
    wanted: &PersonRequestBody,
    setting: &Setting<'_>,
    limits: &PersonLimits<'_>,
) -> Result<(), RequestError> {
    let person = &wanted.person;
    if let Some(at) = person
        .documents
        .iter()
        .position(|document| !is_allowed(wanted, setting, limits, &document.kind))
    {
        return Err(BrokenRule::DocumentType(at).into());
    }
    rules::check_document_dates(&person.documents, person.birth_date, setting.today)?;
    rules::check_document_set(person)?;
    rules::check_birth_certificate(person, limits, setting.today)?;
    Ok(())
}

/// The second version allows the types of a list; either version those of an age, where an installation names them (§10).
fn is_allowed(
    wanted: &PersonRequestBody,
    setting: &Setting<'_>,
    limits: &PersonLimits<'_>,
    kind: &String,
) -> bool {
    let by_version = wanted.version == Version::V1
        || limits.registration_document_types.contains(kind)
        || limits.legal_capacity_document_types.contains(kind);
    let by_age = if setting.is_child(wanted.person.birth_date) {
        &setting.requests.child_document_types
    } else {
        &setting.requests.adult_document_types
    };
    by_version && (by_age.is_empty() || by_age.contains(kind))
}

/// Row 15: what only confidants have (§5.8).
fn check_confidant_lists(confidants: &Confidants) -> Result<(), RequestError> {
    match confidants {
        Confidants::None => Ok(()),
        Confidants::Described(confidants) => {
            const LIST: &str = "$.person.confidant_person";
            let relations = confidants
                .iter()
                .map(|confidant| confidant.relation_type.as_str());
            check_unique(relations, |at| format!("{LIST}.[{at}].relation_type"))?;
            if confidants
                .iter()
                .all(|confidant| confidant.relation_type != PRIMARY)
            {
                return Err(RequestError::PrimaryMissing);
            }
            for (of, confidant) in confidants.iter().enumerate() {
                let entry = |list: &str, at: usize| format!("{LIST}.[{of}].{list}.[{at}].type");
                check_unique(kinds(&confidant.documents_person), |at| {
                    entry("documents_person", at)
                })?;
                check_unique(kinds(&confidant.documents_relationship), |at| {
                    entry("documents_relationship", at)
                })?;
                let phones = confidant.phones.iter().map(|phone| phone.kind.as_str());
                check_unique(phones, |at| entry("phones", at))?;
            }
            Ok(())
        }
        Confidants::Registered(confidant) => {
            check_unique(kinds(&confidant.documents_relationship), |at| {
                format!("$.person.confidant_person.documents_relationship.[{at}].type")
            })
        }
    }
}

fn kinds(papers: &[Paper]) -> impl Iterator<Item = &str> {
    papers.iter().map(|paper| paper.kind.as_str())
}

/// Lists are short: nothing is gained by remembering more than the list itself.
fn check_unique<'a>(
    kinds: impl Iterator<Item = &'a str>,
    entry: impl Fn(usize) -> String,
) -> Result<(), RequestError> {
    let mut seen = Vec::new();
    for (at, kind) in kinds.enumerate() {
        if seen.contains(&kind) {
            return Err(RequestError::Duplicate {
                entry: entry(at),
                kind: kind.to_owned(),
            });
        }
        seen.push(kind);
    }
    Ok(())
}

/// Row 17, what the body alone decides (§5.1, §6.2, §5.9).
fn check_methods(wanted: &PersonRequestBody, setting: &Setting<'_>) -> Result<(), RequestError> {
    rules::check_authentication_methods(&wanted.person).map_err(|_| RequestError::Methods)?;
    let Some(method) = wanted.method() else {
        return Err(RequestError::Methods);
    };
    let is_through_another = method.kind == THIRD_PERSON;
    match (&wanted.confidants, wanted.version) {
        (Confidants::Registered(confidant), _) => {
            check_method_of_ward(method, confidant, &wanted.person, setting)
        }
        (_, Version::V1) if setting.is_child(wanted.person.birth_date) && !is_through_another => {
            Err(RequestError::SelfMethod)
        }
        (Confidants::None, _) if is_through_another => {
            Err(RequestError::MethodType(&[OTP, OFFLINE]))
        }
        _ => Ok(()),
    }
}

/// The method of somebody for whom a person of the registry stands (§5.9).
fn check_method_of_ward(
    method: &AuthenticationMethod,
    confidant: &RegisteredConfidant,
    person: &Person,
    setting: &Setting<'_>,
) -> Result<(), RequestError> {
    // Of age nobody is a parent's ward by birth.
    let age = i32::from(setting.people.full_legal_capacity_age);
    if full_years(person.birth_date, setting.today) >= age
        && let Some(at) = kinds(&confidant.documents_relationship)
            .position(|kind| BIRTH_CERTIFICATES.contains(&kind))
    {
        return Err(RequestError::RelationshipDocument(at));
    }
    if method.kind != THIRD_PERSON {
        return Err(RequestError::NotThirdPerson);
    }
    if method.value != Some(confidant.person_id) {
        return Err(RequestError::ThirdPersonIsAnother);
    }
    Ok(())
}

/// A child is searched by the digits of the birth certificate (§3.9).
///
/// # Errors
/// When there are none.
pub(super) fn check_certificate_digits(
    person: &Person,
    setting: &Setting<'_>,
) -> Result<(), RequestError> {
    let has_no_digits = |number: &str| !number.contains(|c: char| c.is_ascii_digit());
    let is_broken = setting.is_child(person.birth_date)
        && person.documents.iter().any(|document| {
            document.kind == "BIRTH_CERTIFICATE" && has_no_digits(&document.number)
        });
    if is_broken {
        return Err(RequestError::CertificateWithoutDigits);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
