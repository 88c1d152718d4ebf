use rstest::rstest;
use serde_json::json;

use super::*;
use crate::person::{dictionaries::shipped, origin::Origin, store::RegisteredPerson};

fn request() -> UserRequest {
    UserRequest {
        id: Uuid::from_u128(1),
        tax_id: "3126509816".to_owned(),
        first_name: "Петро".to_owned(),
        last_name: "Іванов".to_owned(),
        second_name: None,
        email: Some("email@example.com".to_owned()),
        user_id: None,
        client_id: Uuid::from_u128(2),
        redirect_uri: String::new(),
        scope: String::new(),
        expires_at: now() + chrono::TimeDelta::hours(1),
        consumed_at: None,
    }
}

fn now() -> DateTime<Utc> {
    "2026-06-15T10:05:00Z".parse().unwrap()
}

fn person(first_name: &str, last_name: &str, tax_id: &str) -> Person {
    Person::deserialize(json!({
        "first_name": first_name, "last_name": last_name, "birth_date": "1991-08-19", "tax_id": tax_id,
    }))
    .unwrap()
}

fn error_text(result: Result<(), CabinetError>) -> String {
    result
        .err()
        .map_or_else(String::new, |error| error.to_string())
}

/// Cabinet 8.6 H-01 to H-04, 8.1 A-15
#[rstest]
#[case(
    "Петро",
    "Іванов",
    "3126509817",
    "Registration person and person that sign should be the same"
)]
#[case(
    "Петро",
    "Іваненко",
    "3126509816",
    "Input last_name doesn't match name from id.gov.ua"
)]
#[case("Петро", " іВАНОВ", "3126509816", "")]
#[case(
    "Павло",
    "Іванов",
    "3126509816",
    "Input first_name doesn't match name from id.gov.ua"
)]
#[case("ПЕТРО", "Іванов", "3126509816", "")]
fn identities(#[case] first: &str, #[case] last: &str, #[case] tax_id: &str, #[case] text: &str) {
    let person = person(first, last, tax_id);
    assert_eq!(error_text(check_identity(&person, &request())), text);
}

#[test]
fn a_first_name_may_have_the_patronymic_behind_it() {
    let mut request = request();
    request.first_name = "Петро Миколайович".to_owned();
    let given = person("Петро", "Іванов", "3126509816");
    assert!(check_identity(&given, &request).is_ok());
    // The provider tells them apart: then the first name is the whole one.
    request.second_name = Some("Миколайович".to_owned());
    assert!(check_identity(&given, &request).is_err());
    request.last_name = "О'Ніл".to_owned();
    request.first_name = "Петро".to_owned();
    for apostrophe in ["О\u{2019}Ніл", "О\u{2bc}ніл", "О'НІЛ"] {
        let given = person("Петро", apostrophe, "3126509816");
        assert!(check_identity(&given, &request).is_ok(), "{apostrophe}");
    }
}

/// Cabinet §2.4
#[rstest]
#[case(None, Some("a@b.ua"), Ok("a@b.ua"))]
#[case(Some("A@B.ua"), Some("a@b.ua"), Ok("a@b.ua"))]
#[case(Some("A@B.ua"), None, Ok("a@b.ua"))]
#[case(
    Some("c@b.ua"),
    Some("a@b.ua"),
    Err("Email does not match data from id.gov.ua")
)]
#[case(None, None, Err("required property email was not present"))]
fn addresses(
    #[case] given: Option<&str>,
    #[case] proven: Option<&str>,
    #[case] expected: Result<&str, &str>,
) {
    let found = email(given, proven).map_err(|error| error.to_string());
    assert_eq!(found.as_deref().map_err(|text| &**text), expected);
}

/// Cabinet 8.3 D-02, 8.1 A-08
#[rstest]
#[case(json!("1234"), true)]
#[case(json!(1234), true)]
#[case(json!("0012"), true)]
#[case(json!("99999999999999999999999"), true)]
#[case(json!(""), false)]
#[case(json!("1234.5"), false)]
#[case(json!("1234test.5"), false)]
#[case(json!(" 1234"), false)]
#[case(json!("١٢٣٤"), false)]
#[case(json!(1234.5), false)]
#[case(json!(-1), false)]
#[case(json!(null), false)]
#[case(json!([1234]), false)]
fn codes(#[case] value: Value, #[case] is_code: bool) {
    assert_eq!(code(&value).is_some(), is_code);
    let body = json!({ "otp": value, "password": "x", "patient": {} });
    let Value::Object(body) = body else { panic!() };
    let Err(CabinetError::Schema(invalid)) = Form::read(shipped::dictionaries(), body) else {
        panic!("an empty patient is no patient");
    };
    let entries: Vec<_> = invalid
        .iter()
        .filter_map(|item| item.entry.as_deref())
        .collect();
    assert_eq!(entries.contains(&"$.otp"), !is_code);
    assert!(entries.contains(&"$.patient.first_name"));
}

fn account(id: u128, tax_id: Option<&str>, person: Option<u128>, is_current: bool) -> Account {
    Account {
        id: Uuid::from_u128(id),
        tax_id: tax_id.map(str::to_owned),
        is_blocked: false,
        person_id: person.map(Uuid::from_u128),
        person_is_current: is_current,
        tax_id_is_trusted: true,
    }
}

fn blocked_account(account: Account) -> Account {
    Account {
        is_blocked: true,
        ..account
    }
}

fn alike(id: u128, is_current: bool, is_dead: bool) -> Alike {
    let status = if is_dead {
        "DEAD"
    } else {
        "VERIFICATION_NEEDED"
    };
    let Value::Object(verification) =
        json!({ "dracs_death": { "status": status, "reason": null } })
    else {
        panic!()
    };
    Alike {
        known: RegisteredPerson {
            id: Uuid::from_u128(id),
            first_name: "Петро".to_owned(),
            last_name: "Іванов".to_owned(),
            second_name: Some("Миколайович".to_owned()),
            birth_date: "1985-08-07".parse().unwrap(),
            tax_id: Some("3126509816".to_owned()),
            status: if is_current { "active" } else { "inactive" }.to_owned(),
            is_active: is_current,
            verification_status: "VERIFIED".to_owned(),
            gender: Some("MALE".to_owned()),
            is_deceased: is_dead,
            version_origin: Origin::Operator,
            owned_at: None,
        },
        verification: sqlx::types::Json(verification),
        email: None,
        unzr: None,
        secret: Some("таємниця".to_owned()),
        phones: sqlx::types::Json(vec![json!({ "type": "MOBILE", "number": "+380503410870" })]),
    }
}

const TAX: Option<&str> = Some("3126509816");
const OTHER: Option<&str> = Some("3000080053");

/// Cabinet §3.6.2: every row of the table, and what it leaves open.
#[rstest]
#[case::nobody(None, None, Ok(None))]
#[case::empty(None, Some(account(2, None, None, false)), Ok(Some(2)))]
#[case::empty_text(None, Some(account(2, Some(""), None, false)), Ok(Some(2)))]
#[case::address_of_another(
    None,
    Some(account(2, OTHER, None, false)),
    Err("User with this email already exists")
)]
#[case::blocked_by_tax_id(
    Some(blocked_account(account(1, TAX, None, false))),
    None,
    Err("User blocked")
)]
#[case::blocked_by_email(
    None,
    Some(blocked_account(account(2, None, None, false))),
    Err("User blocked")
)]
#[case::blocked_by_email_beside_another(
    Some(account(1, TAX, Some(7), true)),
    Some(blocked_account(account(2, OTHER, None, false))),
    Err("User blocked")
)]
#[case::known(
    Some(account(1, TAX, Some(7), true)),
    None,
    Err("User with this tax_id already exists")
)]
#[case::known_with_the_address(
    Some(account(1, TAX, Some(7), true)),
    Some(account(1, TAX, Some(7), true)),
    Err("User with this tax_id already exists")
)]
#[case::without_a_person(Some(account(1, TAX, None, false)), None, Ok(Some(1)))]
#[case::with_an_inactive_person(
    Some(account(1, TAX, Some(7), false)),
    Some(account(1, TAX, Some(7), false)),
    Ok(Some(1))
)]
#[case::two_accounts(
    Some(account(1, TAX, None, false)),
    Some(account(2, None, None, false)),
    Err("User with this email already exists")
)]
#[case::address_of_somebody_registered(
    None,
    Some(account(2, None, Some(8), true)),
    Err("User with this email already exists")
)]
fn accounts(
    #[case] by_tax_id: Option<Account>,
    #[case] by_email: Option<Account>,
    #[case] expected: Result<Option<u128>, &str>,
) {
    let facts = RegistrationFacts {
        by_tax_id,
        by_email,
        email_is_proven: true,
        alike: Vec::new(),
        of_person: None,
        phone_uses: 0,
    };
    let found = plan(&facts, 5).map(|plan| plan.user_id.map(|id| id.as_u128()));
    let found = found.map_err(|error| error.to_string());
    assert_eq!(found, expected.map_err(str::to_owned));
}

/// Cabinet §3.6.1; 8.6 H-11 to H-14
#[rstest]
#[case::nobody(vec![], 0, Ok(None))]
#[case::one(vec![alike(7, true, false)], 0, Ok(Some(7)))]
#[case::one_that_was(vec![alike(7, false, false)], 0, Ok(None))]
#[case::one_of_two(vec![alike(7, false, false), alike(8, true, false)], 0, Ok(Some(8)))]
#[case::two(vec![alike(7, true, false), alike(8, true, false)], 0, Err("It is impossible to uniquely identify the person."))]
#[case::dead(vec![alike(7, true, true)], 0, Err("Person is not active"))]
#[case::dead_and_gone(vec![alike(7, false, true)], 0, Err("Person is not active"))]
#[case::phone(vec![], 5, Err("This phone number is present more than 5 times in the system"))]
fn persons(
    #[case] alike: Vec<Alike>,
    #[case] phone_uses: u32,
    #[case] expected: Result<Option<u128>, &str>,
) {
    let facts = RegistrationFacts {
        by_tax_id: None,
        by_email: None,
        email_is_proven: true,
        alike,
        of_person: None,
        phone_uses,
    };
    let found = plan(&facts, 5).map(|plan| plan.person_id.map(|id| id.as_u128()));
    let found = found.map_err(|error| error.to_string());
    assert_eq!(found, expected.map_err(str::to_owned));
}

#[test]
fn a_person_with_an_account_of_another_name_has_an_account() {
    let facts = RegistrationFacts {
        by_tax_id: None,
        by_email: None,
        email_is_proven: true,
        alike: vec![alike(7, true, false)],
        of_person: of_person(OTHER, true, false),
        phone_uses: 0,
    };
    assert!(matches!(plan(&facts, 5), Err(CabinetError::TaxIdExists)));
}

fn of_person(tax_id: Option<&str>, is_active: bool, is_blocked: bool) -> Option<OfPerson> {
    Some(OfPerson {
        id: Uuid::from_u128(3),
        tax_id: tax_id.map(str::to_owned),
        is_active,
        is_blocked,
    })
}

/// Authority §2, §6: the account that others made is the person's; one that is shut out is not replaced.
#[rstest]
#[case::made_by_others(of_person(None, true, false), Ok(Some(3)))]
#[case::blocked(of_person(None, true, true), Err("User blocked"))]
#[case::not_in_use(of_person(None, false, false), Err("User blocked"))]
fn the_account_of_the_person(
    #[case] of_person: Option<OfPerson>,
    #[case] expected: Result<Option<u128>, &str>,
) {
    let facts = RegistrationFacts {
        by_tax_id: None,
        by_email: None,
        email_is_proven: true,
        alike: vec![alike(7, true, false)],
        of_person,
        phone_uses: 0,
    };
    let planned = plan(&facts, 5).map(|plan| plan.user_id);
    let planned = planned.map_err(|error| error.to_string());
    let expected = expected.map(|id| id.map(Uuid::from_u128));
    assert_eq!(planned, expected.map_err(str::to_owned));
}

#[test]
fn what_was_not_sent_stays() {
    let mut sent = person("Петро", "Іванов", "3126509816");
    sent.secret = Some("нове слово".to_owned());
    fill(&mut sent, &alike(7, true, false));
    assert_eq!(sent.second_name.as_deref(), Some("Миколайович"));
    assert_eq!(sent.secret.as_deref(), Some("нове слово"));
    assert_eq!(sent.phones.len(), 1);
}

#[test]
fn an_update_verifies_nothing_and_forgets_no_refusal() {
    let Value::Object(patient) = json!({ "tax_id": "3126509816", "birth_date": "1991-08-19" })
    else {
        panic!()
    };
    let (_, new) = verification(&patient, None);
    assert_eq!(new, VerificationStatus::VerificationNeeded);
    // Verified data were replaced by others.
    let (_, updated) = verification(&patient, Some(&alike(7, true, false)));
    assert_eq!(updated, VerificationStatus::VerificationNeeded);
    let mut refused = alike(7, true, false);
    refused.known.verification_status = "NOT_VERIFIED".to_owned();
    refused.verification.0.insert(
        "nhs".to_owned(),
        json!({ "status": "NOT_VERIFIED", "reason": "MANUAL" }),
    );
    let (streams, still) = verification(&patient, Some(&refused));
    assert_eq!(still, VerificationStatus::NotVerified);
    assert_eq!(streams["nhs"]["reason"], "MANUAL");
}

/// Cabinet §3.8: ten calls in a minute.
#[rstest]
#[case(10, 0, None)]
#[case(11, 0, Some(60))]
#[case(11, 59, Some(1))]
#[case(12, 60, Some(1))]
fn waits(#[case] calls: u32, #[case] after: i64, #[case] expected: Option<u64>) {
    let began_at = now();
    let at = began_at + chrono::TimeDelta::seconds(after);
    assert_eq!(wait(calls, began_at, 10, at), expected);
}
