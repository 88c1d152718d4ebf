//! The rules of a confidant's sign-up: what was signed, who signed it and what is known of them, and the moment go in;
//! the first rule that is broken comes out (sign-up §5.1, rows 3–4 and 13–19).

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::error::SignUpError;
use crate::{
    config::People,
    oauth::store::User,
    person::{
        age::{adult_on, day_before, full_years, kyiv_day, kyiv_midnight},
        documents::{Identifiers, signer_is},
        registration::Content,
        store::Known,
    },
};

/// The authentication method through a confidant.
pub const THIRD_PERSON: &str = "THIRD_PERSON";

/// Who begins the sign-up, as far as the registry knows them.
#[derive(Debug)]
pub struct ApplicantFacts {
    /// The user of the access token.
    pub user: Option<User>,
    /// The person of that user.
    pub person: Option<Known>,
    /// What that person can be recognised by.
    pub identifiers: Identifiers,
    /// Whether codes can reach them.
    pub has_otp_method: bool,
}

/// Whether the signer is the one whose token this is, and may act for somebody (rows 3–4).
///
/// # Errors
/// The first rule that is broken.
pub fn check_applicant<'a>(
    facts: &'a ApplicantFacts,
    drfo: Option<&str>,
    people: &People,
    now: DateTime<Utc>,
) -> Result<(&'a User, &'a Known), SignUpError> {
    let Some(drfo) = drfo else {
        return Err(SignUpError::SignerUntrusted);
    };
    if facts.person.is_some() && !signer_is(drfo, &facts.identifiers) {
        return Err(SignUpError::SignerIsAnother);
    }
    let user = facts
        .user
        .as_ref()
        .filter(|user| user.is_active)
        .ok_or(SignUpError::ApplicantUserNotFound)?;
    if user.is_blocked {
        return Err(SignUpError::ApplicantUserBlocked);
    }
    let person = facts
        .person
        .as_ref()
        .filter(|person| person.is_current())
        .ok_or(SignUpError::ApplicantPersonNotFound)?;
    if full_years(person.birth_date, kyiv_day(now)) < i32::from(people.no_self_auth_age) {
        return Err(SignUpError::ApplicantTooYoung);
    }
    Ok((user, person))
}

/// Whether the content names its signer as the confidant in every place, and both consents were given (rows 13–19).
///
/// # Errors
/// The first rule that is broken.
pub fn check_confidant(
    content: &Content,
    confidant: &Known,
    has_otp_method: bool,
    people: &People,
) -> Result<(), SignUpError> {
    let named = content
        .person
        .confidant_person
        .as_ref()
        .map(|named| named.person_id);
    if named != Some(confidant.id) {
        return Err(SignUpError::ConfidantIsAnother);
    }
    let status = confidant.verification();
    if people
        .confidant_forbidden_statuses
        .iter()
        .any(|forbidden| forbidden == status.as_str())
    {
        return Err(SignUpError::ConfidantStatus(status));
    }
    if !has_otp_method {
        return Err(SignUpError::ConfidantWithoutOtp);
    }
    let methods = &content.person.authentication_methods;
    if let Some(at) = methods
        .iter()
        .position(|method| method.kind != THIRD_PERSON)
    {
        return Err(SignUpError::NotThirdPerson(at));
    }
    if let Some(at) = methods
        .iter()
        .position(|method| method.value != Some(confidant.id))
    {
        return Err(SignUpError::ThirdPersonIsAnother(at));
    }
    if !content.patient_signed {
        return Err(SignUpError::ConsentMissing("patient_signed"));
    }
    if !content.process_disclosure_data_consent {
        return Err(SignUpError::ConsentMissing(
            "process_disclosure_data_consent",
        ));
    }
    Ok(())
}

/// When the method through a confidant ends: after the term, or the day before the patient comes of age (§11.6).
#[must_use]
pub fn third_person_ends(
    birth_date: NaiveDate,
    people: &People,
    now: DateTime<Utc>,
) -> DateTime<Utc> {
    let by_term = now + people.third_person_term;
    match comes_of_age(birth_date, people, now) {
        Some(adult_on) => by_term.min(kyiv_midnight(day_before(adult_on))),
        None => by_term,
    }
}

/// When a relationship ends by itself: the day the patient comes of age; never for an adult (§11.5).
#[must_use]
pub fn relationship_ends(
    birth_date: NaiveDate,
    people: &People,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    comes_of_age(birth_date, people, now).map(kyiv_midnight)
}

/// The day somebody comes of age; none when they have.
fn comes_of_age(birth_date: NaiveDate, people: &People, now: DateTime<Utc>) -> Option<NaiveDate> {
    let day = adult_on(birth_date, people.full_legal_capacity_age);
    (day > kyiv_day(now)).then_some(day)
}

/// The beginning of today in Kyiv: a method that ends today is still good.
#[must_use]
pub fn today(now: DateTime<Utc>) -> DateTime<Utc> {
    kyiv_midnight(kyiv_day(now))
}

/// How long a page may tell people that they have, in minutes.
#[must_use]
pub fn minutes(life: TimeDelta) -> u32 {
    u32::try_from(life.num_minutes()).unwrap_or(u32::MAX)
}
