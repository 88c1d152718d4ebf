//! The rules of a confidant's sign-up: what was signed, who signed it and what is known of them, and the moment go in;
//! the first rule that is broken comes out (sign-up §5.1, rows 3–4 and 13–19). Rows 7–12 are [`crate::person::rules`].

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::error::SignUpError;
use crate::{
    config::People,
    oauth::store::User,
    patterns::TAX_ID,
    person::{
        age::{full_years, kyiv_day},
        documents::{Identifiers, signer_is},
        names,
        registration::Content,
        signer::ProvenIdentity,
        store::RegisteredPerson,
    },
    signed_content::PersonName,
};

/// The authentication method through a confidant.
pub const THIRD_PERSON: &str = "THIRD_PERSON";

/// Who begins the sign-up, as far as the registry knows them.
#[derive(Debug)]
pub struct ApplicantFacts {
    /// The user of the access token.
    pub user: Option<User>,
    /// The person of that user.
    pub person: Option<RegisteredPerson>,
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
    name: &PersonName,
    people: &People,
    now: DateTime<Utc>,
) -> Result<(&'a User, &'a RegisteredPerson), SignUpError> {
    let Some(drfo) = drfo else {
        return Err(SignUpError::SignerUntrusted);
    };
    if let Some(person) = &facts.person
        && !is_signed_by(person, &facts.identifiers, drfo, name)
    {
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

/// Whether the number in a certificate is this person's. A code that stands for a document may stand for another one too:
/// the names decide then (authority §2 row 4).
fn is_signed_by(
    person: &RegisteredPerson,
    identifiers: &Identifiers,
    drfo: &str,
    name: &PersonName,
) -> bool {
    let proven = ProvenIdentity {
        number: drfo,
        surname: name.surname.as_deref(),
        given_name: name.given_name.as_deref(),
    };
    signer_is(drfo, identifiers) && ((TAX_ID.matches)(drfo) || proven.has_names(person))
}

/// Whether the content names its signer as the confidant in every place, and both consents were given (rows 13–19).
///
/// # Errors
/// The first rule that is broken.
pub fn check_confidant(
    content: &Content,
    confidant: &RegisteredPerson,
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
    check_consents(content)
}

/// Whether both consents were given (§5.1 rows 18 and 19, §5.3 row 8).
///
/// # Errors
/// The first that was not.
pub fn check_consents(content: &Content) -> Result<(), SignUpError> {
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

/// Whether the certificate names the one who is to be registered: the same last name, and a given name that contains the
/// first name (§5.3 rows 3, 4). A name that is missing is for the schema to miss.
///
/// # Errors
/// [`SignUpError::NameMismatch`].
pub fn check_names(person: &Value, signer: &PersonName) -> Result<(), SignUpError> {
    let name = |member: &str| person.get(member).and_then(Value::as_str);
    let is_same_last_name = name("last_name").is_none_or(|last_name| {
        let surname = signer.surname.as_deref();
        surname.is_some_and(|surname| names::same(surname, last_name))
    });
    let is_contained = name("first_name").is_none_or(|first_name| {
        let given_name = signer.given_name.as_deref();
        given_name.is_some_and(|given| names::contains(given, first_name))
    });
    if is_same_last_name && is_contained {
        Ok(())
    } else {
        Err(SignUpError::NameMismatch)
    }
}

/// Whether a registered person is old enough to act for themselves (§5.4 steps 4, 5, §8.5).
///
/// # Errors
/// [`SignUpError::PersonTooYoung`].
pub fn check_person(
    person: &RegisteredPerson,
    people: &People,
    now: DateTime<Utc>,
) -> Result<(), SignUpError> {
    if full_years(person.birth_date, kyiv_day(now)) < i32::from(people.no_self_auth_age) {
        return Err(SignUpError::PersonTooYoung);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use rstest::rstest;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::{
        config::samples::people,
        person::{origin::Origin, samples::confidant_registration},
    };

    const CONFIDANT: Uuid = Uuid::from_u128(7);

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn registered_person(birth_date: &str) -> RegisteredPerson {
        RegisteredPerson {
            id: CONFIDANT,
            first_name: "Оксана".to_owned(),
            last_name: "Зразкова".to_owned(),
            second_name: None,
            birth_date: day(birth_date),
            tax_id: Some("3112201416".to_owned()),
            status: "active".to_owned(),
            is_active: true,
            verification_status: "VERIFIED".to_owned(),
            gender: Some("FEMALE".to_owned()),
            is_deceased: false,
            version_origin: Origin::Operator,
            owned_at: None,
        }
    }

    fn name(surname: &str, given_name: &str) -> PersonName {
        PersonName {
            surname: Some(surname.to_owned()),
            given_name: Some(given_name.to_owned()),
            common_name: None,
        }
    }

    fn facts() -> ApplicantFacts {
        let user = User {
            id: Uuid::from_u128(8),
            tax_id: None,
            person_id: Some(CONFIDANT),
            is_active: true,
            is_blocked: false,
            tax_id_is_trusted: true,
        };
        ApplicantFacts {
            user: Some(user),
            person: Some(registered_person("1985-03-17")),
            identifiers: Identifiers {
                tax_id: Some("3112201416".to_owned()),
                documents: Vec::new(),
            },
            has_otp_method: true,
        }
    }

    /// Sign-up §8.3, §9, decisions 4: what an installation that says nothing decides.
    #[test]
    fn limits_of_the_specification() {
        let people = people();
        let limits = people.limits();
        assert_eq!(
            limits.registration_document_types,
            [
                "PASSPORT",
                "NATIONAL_ID",
                "BIRTH_CERTIFICATE",
                "COMPLEMENTARY_PROTECTION_CERTIFICATE",
                "REFUGEE_CERTIFICATE",
                "TEMPORARY_CERTIFICATE",
                "TEMPORARY_PASSPORT",
                "PERMANENT_RESIDENCE_PERMIT",
                "BIRTH_CERTIFICATE_FOREIGN",
            ]
        );
        assert!(limits.legal_capacity_document_types.is_empty());
        let ages = (
            limits.no_self_auth_age,
            limits.no_self_registration_age,
            limits.full_legal_capacity_age,
        );
        assert_eq!(ages, (14, 14, 18));
        assert_eq!(people.phone_number_auth_limit, 5);
    }

    /// Sign-up §5.1 rows 3 and 4, in their order: each change is refused, the earlier row first.
    #[rstest]
    #[case(|_: &mut ApplicantFacts| {}, Some("3112201416"), "ok")]
    #[case(|_: &mut ApplicantFacts| {}, None, "Unable to authenticate signer")]
    #[case(|_: &mut ApplicantFacts| {}, Some("3112201417"), "Unable to authenticate signer")]
    #[case(|f: &mut ApplicantFacts| f.user = None, Some("3112201416"), "Applicant user not found.")]
    #[case(|f: &mut ApplicantFacts| f.user.as_mut().unwrap().is_active = false, Some("3112201416"), "Applicant user not found.")]
    #[case(|f: &mut ApplicantFacts| f.user.as_mut().unwrap().is_blocked = true, Some("3112201416"), "Applicant user is blocked.")]
    #[case(|f: &mut ApplicantFacts| f.user.as_mut().unwrap().is_blocked = true, Some("1"), "Unable to authenticate signer")]
    #[case(|f: &mut ApplicantFacts| f.person = None, Some("3112201416"), "Applicant person not found.")]
    #[case(|f: &mut ApplicantFacts| f.person.as_mut().unwrap().is_active = false, Some("3112201416"), "Applicant person not found.")]
    #[case(|f: &mut ApplicantFacts| f.person.as_mut().unwrap().status = "inactive".to_owned(), Some("3112201416"), "Applicant person not found.")]
    fn applicants(
        #[case] change: fn(&mut ApplicantFacts),
        #[case] drfo: Option<&str>,
        #[case] expected: &str,
    ) {
        let mut facts = facts();
        change(&mut facts);
        let (name, now) = (name("Інша", "Інша"), at("2026-06-15T10:00:00Z"));
        let checked = check_applicant(&facts, drfo, &name, &people(), now);
        let said = checked.map_or_else(|error| error.to_string(), |_| "ok".to_owned());
        assert_eq!(said, expected);
    }

    /// Authority §2 row 4, §11.9: a code may stand for two series; the names say whose it is.
    #[rstest]
    #[case("KP777123", "Зразкова", "Оксана Іванівна", true)]
    #[case("KP777123", "Зразкова", "Ольга Іванівна", false)]
    #[case("KP777123", "Інша", "Оксана Іванівна", false)]
    #[case("3112201416", "Інша", "Ольга", true)]
    fn a_code_of_a_document_needs_the_names(
        #[case] drfo: &str,
        #[case] surname: &str,
        #[case] given_name: &str,
        #[case] is_theirs: bool,
    ) {
        let mut facts = facts();
        facts.identifiers.documents = vec![("PASSPORT".to_owned(), "КП777123".to_owned())];
        let (name, now) = (name(surname, given_name), at("2026-06-15T10:00:00Z"));
        let checked = check_applicant(&facts, Some(drfo), &name, &people(), now);
        assert_eq!(checked.is_ok(), is_theirs);
    }

    /// Sign-up §5.1 row 4: the birthday counts as Kyiv sees it; 21:00 UTC is midnight there in summer.
    #[rstest]
    #[case("2026-06-14T20:59:59Z", false)]
    #[case("2026-06-14T21:00:00Z", true)]
    fn an_applicant_is_old_enough_from_their_birthday(#[case] now: &str, #[case] is_enough: bool) {
        let mut facts = facts();
        facts.person = Some(registered_person("2012-06-15"));
        let name = name("Зразкова", "Оксана");
        let checked = check_applicant(&facts, Some("3112201416"), &name, &people(), at(now));
        match checked {
            Ok(_) => assert!(is_enough),
            Err(error) => {
                assert!(!is_enough && matches!(error, SignUpError::ApplicantTooYoung));
            }
        }
    }

    fn content(pointer: &str, value: Value) -> Content {
        let mut content = confidant_registration(CONFIDANT);
        if !pointer.is_empty() {
            *content.pointer_mut(pointer).unwrap() = value;
        }
        serde_json::from_value(content).unwrap()
    }

    /// Sign-up §5.1 rows 13 to 19.
    #[rstest]
    #[case("", json!(null), "ok")]
    #[case("/person/confidant_person/person_id", json!(Uuid::nil()), "Person who initiates registration of patient must be submitted as confidant person")]
    #[case("/person/authentication_methods/0/type", json!("OTP"), "Only THIRD_PERSON authentication method can be created for person")]
    #[case("/person/authentication_methods/0/value", json!(Uuid::nil()), "Person who initiates registration of patient must be submitted as THIRD_PERSON")]
    #[case("/patient_signed", json!(false), "expected true but got false for attribute patient_signed")]
    #[case("/process_disclosure_data_consent", json!(false), "expected true but got false for attribute process_disclosure_data_consent")]
    fn contents(#[case] pointer: &str, #[case] value: Value, #[case] expected: &str) {
        let content = content(pointer, value);
        let checked = check_confidant(&content, &registered_person("1985-03-17"), true, &people());
        let said = checked.map_or_else(|error| error.to_string(), |()| "ok".to_owned());
        assert_eq!(said, expected);
    }

    /// Sign-up §5.1 rows 14 and 15, §11.4.
    #[rstest]
    #[case("VERIFIED", true, "ok")]
    #[case("VERIFICATION_NEEDED", true, "ok")]
    #[case("CHANGES_NEEDED", true, "ok")]
    #[case(
        "NOT_VERIFIED",
        true,
        "Person with cumulative verification status NOT_VERIFIED can not be submitted as confidant"
    )]
    #[case(
        "surprise",
        true,
        "Person with cumulative verification status NOT_VERIFIED can not be submitted as confidant"
    )]
    #[case(
        "VERIFIED",
        false,
        "Confidant person must have active authentication method with type \"OTP\" where ended_at is equal to or greater than current date"
    )]
    fn confidants(#[case] status: &str, #[case] has_otp: bool, #[case] expected: &str) {
        let mut confidant = registered_person("1985-03-17");
        confidant.verification_status = status.to_owned();
        let checked = check_confidant(&content("", json!(null)), &confidant, has_otp, &people());
        let said = checked.map_or_else(|error| error.to_string(), |()| "ok".to_owned());
        assert_eq!(said, expected);
    }
}
