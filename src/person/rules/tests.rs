//! Each rule, good and bad; "today" is 15 June 2026 unless a test says otherwise.

use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::{
    config::PersonLimits,
    person::{age::kyiv_day, registration::Content, samples},
};

/// The documents that a registration may have.
pub(crate) const REGISTRATION: [&str; 9] = [
    "PASSPORT",
    "NATIONAL_ID",
    "BIRTH_CERTIFICATE",
    "COMPLEMENTARY_PROTECTION_CERTIFICATE",
    "REFUGEE_CERTIFICATE",
    "TEMPORARY_CERTIFICATE",
    "TEMPORARY_PASSPORT",
    "PERMANENT_RESIDENCE_PERMIT",
    "BIRTH_CERTIFICATE_FOREIGN",
];

/// What an installation decides unless it says otherwise, and which documents prove legal capacity.
pub(crate) struct Installation {
    registration: Vec<String>,
    legal_capacity: Vec<String>,
}

impl Installation {
    pub(crate) fn new(legal_capacity: &[&str]) -> Self {
        let owned = |kinds: &[&str]| kinds.iter().map(|&kind| kind.to_owned()).collect();
        Self {
            registration: owned(&REGISTRATION),
            legal_capacity: owned(legal_capacity),
        }
    }

    pub(crate) fn limits(&self) -> PersonLimits<'_> {
        PersonLimits {
            no_self_auth_age: 14,
            no_self_registration_age: 14,
            full_legal_capacity_age: 18,
            registration_document_types: &self.registration,
            legal_capacity_document_types: &self.legal_capacity,
        }
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn today() -> NaiveDate {
    day("2026-06-15")
}

fn child() -> Value {
    samples::confidant_registration(Uuid::from_u128(7))
}

fn adult() -> Value {
    samples::self_registration("jwt")
}

fn person(content: Value) -> Person {
    let content: Content = serde_json::from_value(content).unwrap();
    content.person
}

/// `content` with members of its person replaced, or removed for `null`.
fn with(mut content: Value, changes: &[(&str, Value)]) -> Person {
    for (pointer, value) in changes {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let members = content.pointer_mut(&format!("/person{parent}")).unwrap();
        if let Value::Array(items) = members {
            items[name.parse::<usize>().unwrap()] = value.clone();
            continue;
        }
        let members = members.as_object_mut().unwrap();
        if value.is_null() {
            members.shift_remove(name);
        } else {
            members.insert(name.to_owned(), value.clone());
        }
    }
    person(content)
}

fn check_with_defaults(person: &Person) -> Result<(), BrokenRule> {
    check(person, &Installation::new(&[]).limits(), today())
}

/// What the API answers: message, entry, parameters.
#[track_caller]
fn assert_refusal(person: &Person, message: &str, entry: &str, params: &[&str]) {
    let broken = check_with_defaults(person).unwrap_err();
    assert_eq!(broken.to_string(), message);
    assert_eq!(broken.entry(), entry);
    assert_eq!(broken.params(), params);
}

fn document(kind: &str, issued: &str, expires: Option<&str>) -> Value {
    let mut document =
        json!({ "type": kind, "number": "АА123456", "issued_by": "РВ", "issued_at": issued });
    if let Some(expires) = expires {
        document["expiration_date"] = json!(expires);
    }
    document
}

fn certificate() -> Value {
    document("BIRTH_CERTIFICATE", "2025-02-11", None)
}

#[rstest]
fn samples_are_good(
    #[values(
        samples::Size::Ordinary,
        samples::Size::Minimal,
        samples::Size::Longest
    )]
    size: samples::Size,
) {
    let child = samples::confidant_registration_of(size, Uuid::from_u128(7));
    assert_eq!(check_with_defaults(&person(child)), Ok(()));
    let adult = samples::self_registration_of(size, "jwt");
    assert_eq!(check_with_defaults(&person(adult)), Ok(()));
}

/// 8.2: born today is fine, tomorrow is not; 150 years are fine, 151 are not.
#[rstest]
#[case("2026-06-15", true)]
#[case("2026-06-16", false)]
#[case("1876-06-15", true)]
#[case("1875-06-16", true)]
#[case("1875-06-15", false)]
fn birth_dates(#[case] birth: &str, #[case] is_possible: bool) {
    let expected = if is_possible {
        Ok(())
    } else {
        Err(BrokenRule::BirthDate)
    };
    assert_eq!(check_birth_date(day(birth), today()), expected);
}

/// Row 7. Fourteen is the age from which a number must be there or be refused; the day before, on and after each birthday.
#[rstest]
#[case("2012-06-14", true)]
#[case("2012-06-15", true)]
#[case("2012-06-16", false)]
#[case("2012-06-17", false)]
fn tax_numbers(#[case] birth: &str, #[case] is_needed: bool) {
    let installation = Installation::new(&[]);
    let checked = |no_tax_id: bool, tax_id: Value| {
        let changes = [
            ("/birth_date", json!(birth)),
            ("/no_tax_id", json!(no_tax_id)),
            ("/tax_id", tax_id),
        ];
        check_tax_id(&with(child(), &changes), &installation.limits(), today())
    };
    assert_eq!(checked(false, json!("4569100028")), Ok(()));
    assert_eq!(
        checked(true, json!("4569100028")),
        Err(BrokenRule::TaxIdRefused)
    );
    assert_eq!(checked(true, json!(null)), Ok(()));
    let missing = checked(false, json!(null));
    assert_eq!(missing.is_err(), is_needed);
    assert!(matches!(missing, Ok(()) | Err(BrokenRule::TaxIdMissing)));
}

/// Row 8: the ages of signup 8.5, with and without a document that proves legal capacity.
#[rstest]
#[case("2012-06-16", false, false)]
#[case("2012-06-15", false, true)]
#[case("2012-06-14", false, true)]
#[case("2008-06-16", false, true)]
#[case("2008-06-15", true, true)]
#[case("2008-06-14", true, true)]
fn who_may_register_themselves(
    #[case] birth: &str,
    #[case] alone: bool,
    #[case] with_document: bool,
) {
    let person = with(adult(), &[("/birth_date", json!(birth))]);
    let without = Installation::new(&[]);
    let proving = Installation::new(&["NATIONAL_ID"]);
    for (installation, is_allowed) in [(without, alone), (proving, with_document)] {
        let checked = check_own_age(&person, &installation.limits(), today());
        let expected = if is_allowed {
            Ok(())
        } else {
            Err(BrokenRule::Age)
        };
        assert_eq!(checked, expected);
    }
    let message = BrokenRule::Age.to_string();
    assert_eq!(message, "Incorrect person age for such an action");
    assert_eq!(BrokenRule::Age.entry(), "$.person.birth_date");
}

/// Row 8: who was born on 29 February is fourteen on 1 March, and on 29 February of a leap year; Kyiv's day counts,
/// which begins at 22:00 UTC in winter.
#[rstest]
#[case("2012-02-29", "2026-02-28T21:59:59Z", false)]
#[case("2012-02-29", "2026-02-28T22:00:00Z", true)]
#[case("2010-02-28", "2024-02-27T22:00:00Z", true)]
#[case("2010-02-28", "2024-02-27T21:59:59Z", false)]
#[case("2010-03-01", "2024-02-29T21:59:59Z", false)]
#[case("2010-03-01", "2024-02-29T22:00:00Z", true)]
fn birthdays_come_in_kyiv(#[case] birth: &str, #[case] now: &str, #[case] is_fourteen: bool) {
    let installation = Installation::new(&["NATIONAL_ID"]);
    let person = with(adult(), &[("/birth_date", json!(birth))]);
    let today = kyiv_day(now.parse().unwrap());
    let own = check_own_age(&person, &installation.limits(), today);
    assert_eq!(own.is_ok(), is_fourteen);
    let numberless = with(
        adult(),
        &[("/birth_date", json!(birth)), ("/tax_id", json!(null))],
    );
    let numberless = check_tax_id(&numberless, &installation.limits(), today);
    assert_eq!(numberless.is_err(), is_fourteen);
    let certificate = check_birth_certificate(&person, &installation.limits(), today);
    assert_eq!(certificate.is_ok(), is_fourteen);
}

/// Row 9.
#[rstest]
fn document_types_that_no_registration_has(
    #[values(
        "MARRIAGE_CERTIFICATE",
        "COURT_DECISION_LEGAL_CAPACITY",
        "passport",
        "",
        "BIRTH_CERTIFICATE "
    )]
    kind: &str,
) {
    let person = with(
        child(),
        &[(
            "/documents",
            json!([certificate(), document(kind, "2025-02-11", None)]),
        )],
    );
    assert_refusal(
        &person,
        "Submitted document type is not allowed",
        "$.person.documents.[1].type",
        &[],
    );
}

#[rstest]
fn document_types_that_registrations_have(#[values(0, 1, 2, 3, 4, 5, 6, 7, 8)] at: usize) {
    let documents = json!([document(REGISTRATION[at], "2003-05-20", Some("2030-01-01"))]);
    let person = with(adult(), &[("/documents", documents)]);
    assert_eq!(check_with_defaults(&person), Ok(()));
}

/// Row 10: from the birth to today, and good for longer than today.
#[rstest]
#[case("2026-06-15", None, None)]
#[case("2026-06-16", None, Some(("Document issued date should be in the past", "issued_at")))]
#[case("2025-02-04", None, None)]
#[case("2025-02-03", None, Some(("Document issued date should greater than person.birth_date", "issued_at")))]
#[case("2025-02-11", Some("2026-06-16"), None)]
#[case("2025-02-11", Some("2026-06-15"), Some(("Document expiration_date should be in future", "expiration_date")))]
#[case("2025-02-11", Some("2026-06-14"), Some(("Document expiration_date should be in future", "expiration_date")))]
fn document_dates(
    #[case] issued: &str,
    #[case] expires: Option<&str>,
    #[case] expected: Option<(&str, &str)>,
) {
    let second = document("BIRTH_CERTIFICATE_FOREIGN", issued, expires);
    let person = with(child(), &[("/documents", json!([certificate(), second]))]);
    match expected {
        None => assert_eq!(check_with_defaults(&person), Ok(())),
        Some((message, member)) => {
            let entry = format!("$.person.documents.[1].{member}");
            assert_refusal(&person, message, &entry, &[]);
        }
    }
}

/// Row 10: six types must say until when they are good, the others need not.
#[rstest]
fn documents_that_expire(#[values(0, 1, 2, 3, 4, 5, 6, 7, 8)] at: usize) {
    let kind = REGISTRATION[at];
    let documents = json!([document(kind, "2003-05-20", None)]);
    let person = with(adult(), &[("/documents", documents)]);
    let may_last = ["PASSPORT", "BIRTH_CERTIFICATE", "BIRTH_CERTIFICATE_FOREIGN"].contains(&kind);
    if may_last {
        assert_eq!(check_with_defaults(&person), Ok(()));
    } else {
        assert_refusal(
            &person,
            &format!("expiration_date is mandatory for document_type {kind}"),
            "$.person.documents.[0].expiration_date",
            &[],
        );
    }
}

/// Row 10, person requests 5.5.
#[test]
fn numbers_of_the_demographic_register() {
    for unzr in ["20250205-00000", "19250204-00000"] {
        assert_refusal(
            &with(child(), &[("/unzr", json!(unzr))]),
            "unzr or birthdate are not correct",
            "$.person.unzr",
            &[],
        );
    }
    let mut nothing = child();
    nothing["person"]["unzr"] = json!(null);
    assert_eq!(
        check_with_defaults(&person(nothing)),
        Ok(()),
        "null is as absent"
    );
    assert_eq!(
        check_with_defaults(&with(child(), &[("/unzr", json!("20250204-99999"))])),
        Ok(())
    );
    assert_refusal(
        &with(adult(), &[("/unzr", json!(null))]),
        "unzr is mandatory for document type NATIONAL_ID",
        "$.person",
        &["unzr"],
    );
}

#[test]
fn one_kind_of_passport() {
    let both = [
        document("PASSPORT", "2003-05-20", None),
        document("NATIONAL_ID", "2021-06-01", Some("2031-06-01")),
    ];
    for documents in [
        json!(both),
        json!(both.iter().rev().collect::<Vec<_>>()),
        json!([both[0], both[1], both[1]]),
    ] {
        assert_refusal(
            &with(adult(), &[("/documents", documents)]),
            "Person can have only new passport NATIONAL_ID or old PASSPORT",
            "$.person.documents",
            &[],
        );
    }
}

#[test]
fn every_type_once() {
    let mobile = json!({ "type": "MOBILE", "number": "+380500000025" });
    let land_line = json!({ "type": "LAND_LINE", "number": "+380440000000" });
    let twice = json!([mobile, land_line, mobile]);
    let text = "No duplicate values.";
    assert_refusal(
        &with(
            child(),
            &[("/documents", json!([certificate(), certificate()]))],
        ),
        text,
        "$.person.documents.[1].type",
        &["BIRTH_CERTIFICATE"],
    );
    assert_refusal(
        &with(child(), &[("/phones", twice.clone())]),
        text,
        "$.person.phones.[2].type",
        &["MOBILE"],
    );
    assert_refusal(
        &with(child(), &[("/emergency_contact/phones", twice)]),
        text,
        "$.person.emergency_contact.phones.[2].type",
        &["MOBILE"],
    );
    let each = json!([mobile, land_line]);
    let each = [
        ("/phones", each.clone()),
        ("/emergency_contact/phones", each),
    ];
    assert_eq!(check_with_defaults(&with(child(), &each)), Ok(()));
    let none = [
        ("/phones", json!(null)),
        ("/emergency_contact", json!(null)),
    ];
    assert_eq!(check_with_defaults(&with(child(), &none)), Ok(()));
}

/// Row 10: below fourteen; the day before, on and after the birthday.
#[rstest]
#[case("2012-06-17", true)]
#[case("2012-06-16", true)]
#[case("2012-06-15", false)]
#[case("2012-06-14", false)]
fn certificates_of_birth(#[case] birth: &str, #[case] is_needed: bool) {
    let with = |kind: &str| {
        let changes = [
            ("/birth_date", json!(birth)),
            ("/unzr", json!(null)),
            ("/documents", json!([document(kind, "2025-02-11", None)])),
        ];
        with(child(), &changes)
    };
    assert_eq!(check_with_defaults(&with("BIRTH_CERTIFICATE")), Ok(()));
    assert_eq!(
        check_with_defaults(&with("BIRTH_CERTIFICATE_FOREIGN")),
        Ok(())
    );
    if is_needed {
        assert_refusal(
            &with("PASSPORT"),
            "Must contain required item.",
            "$.person.documents",
            &["BIRTH_CERTIFICATE"],
        );
    } else {
        assert_eq!(check_with_defaults(&with("PASSPORT")), Ok(()));
    }
}

#[test]
fn one_authentication_method() {
    let method = json!({ "type": "THIRD_PERSON", "value": Uuid::from_u128(7), "alias": "мама" });
    for methods in [json!([]), json!([method, method])] {
        assert_refusal(
            &with(child(), &[("/authentication_methods", methods)]),
            "Must be one and only one authentication method.",
            "$.person.authentication_methods",
            &[],
        );
    }
}

/// Row 11: nobody stands for a person who proves legal capacity; without a confidant there is nothing to refuse.
#[test]
fn legal_capacity() {
    let proving = Installation::new(&["PASSPORT", "BIRTH_CERTIFICATE"]);
    let broken = check(&person(child()), &proving.limits(), today()).unwrap_err();
    assert_eq!(broken, BrokenRule::LegalCapacity);
    assert_eq!(
        broken.to_string(),
        "Confidant can not be submitted for person who has document that proves legal capacity"
    );
    assert_eq!(broken.entry(), "$.person.confidant_person");
    let alone = with(child(), &[("/confidant_person", json!(null))]);
    assert_eq!(check(&alone, &proving.limits(), today()), Ok(()));
    let other = Installation::new(&["PASSPORT"]);
    assert_eq!(check(&person(child()), &other.limits(), today()), Ok(()));
}

/// Row 12.
#[test]
fn one_place_to_live() {
    let addresses = |kinds: &[&str]| {
        let sample = child()["person"]["addresses"][0].clone();
        let addresses: Vec<Value> = kinds
            .iter()
            .map(|kind| {
                let mut address = sample.clone();
                address["type"] = json!(kind);
                address
            })
            .collect();
        with(child(), &[("/addresses", json!(addresses))])
    };
    assert_eq!(
        check_with_defaults(&addresses(&["REGISTRATION", "RESIDENCE", "REGISTRATION"])),
        Ok(())
    );
    for kinds in [&[][..], &["REGISTRATION"]] {
        assert_refusal(
            &addresses(kinds),
            "Addresses with type RESIDENCE should be present",
            "$.person.addresses",
            &[],
        );
    }
    assert_refusal(
        &addresses(&["RESIDENCE", "REGISTRATION", "RESIDENCE", "RESIDENCE"]),
        "Single address of type 'RESIDENCE' is required, got: 3",
        "$.person.addresses",
        &[],
    );
}

/// Person requests 6.5.
#[rstest]
#[case(0, true)]
#[case(4, true)]
#[case(5, false)]
#[case(6, false)]
fn people_who_share_a_phone(#[case] others: u32, #[case] is_allowed: bool) {
    match check_phone_limit(0, others, 5) {
        Ok(()) => assert!(is_allowed),
        Err(broken) => {
            assert!(!is_allowed);
            assert_eq!(
                broken.to_string(),
                "This phone number is present more than 5 times in the system"
            );
            assert_eq!(
                broken.entry(),
                "$.person.authentication_methods.[0].phone_number"
            );
        }
    }
}

/// One way to break each rule of [`check`] for a child, in the order of the rules. None of them mends another; a
/// refugee's certificate proves legal capacity here.
type Spoil = fn(&mut Value);
const SPOILT: [(Spoil, &str); 15] = [
    (
        |person| person["birth_date"] = json!("1850-01-01"),
        "birth_date",
    ),
    (|person| person["no_tax_id"] = json!(true), "tax_id_refused"),
    (
        |person| {
            add(
                person,
                "documents",
                document("MARRIAGE_CERTIFICATE", "2025-02-11", None),
            )
        },
        "document_type",
    ),
    (
        |person| {
            add(
                person,
                "documents",
                document(
                    "PERMANENT_RESIDENCE_PERMIT",
                    "2099-01-01",
                    Some("2099-02-01"),
                ),
            )
        },
        "issued_later",
    ),
    (
        |person| {
            add(
                person,
                "documents",
                document("REFUGEE_CERTIFICATE", "1799-01-01", Some("2099-02-01")),
            )
        },
        "issued_before_birth",
    ),
    (
        |person| {
            add(
                person,
                "documents",
                document("TEMPORARY_CERTIFICATE", "2025-02-11", Some("2026-06-15")),
            )
        },
        "expired",
    ),
    (
        |person| {
            add(
                person,
                "documents",
                document("TEMPORARY_PASSPORT", "2025-02-11", None),
            )
        },
        "expiration_missing",
    ),
    (
        |person| person["unzr"] = json!("20250205-00000"),
        "unzr_of_another_day",
    ),
    (
        |person| {
            add(
                person,
                "documents",
                document("PASSPORT", "2025-02-11", None),
            );
            add(
                person,
                "documents",
                document("NATIONAL_ID", "2025-02-11", Some("2099-02-01")),
            );
        },
        "two_passports",
    ),
    (
        |person| {
            let kind = "COMPLEMENTARY_PROTECTION_CERTIFICATE";
            for _ in 0..2 {
                add(
                    person,
                    "documents",
                    document(kind, "2025-02-11", Some("2099-02-01")),
                );
            }
        },
        "duplicate",
    ),
    (
        |person| {
            person["documents"][0] = document(
                "PERMANENT_RESIDENCE_PERMIT",
                "2025-02-11",
                Some("2099-02-01"),
            )
        },
        "birth_certificate_missing",
    ),
    (
        |person| {
            let method = person["authentication_methods"][0].clone();
            add(person, "authentication_methods", method);
        },
        "authentication_methods",
    ),
    (
        |person| {
            add(
                person,
                "documents",
                document("REFUGEE_CERTIFICATE", "2025-02-11", Some("2099-02-01")),
            )
        },
        "legal_capacity",
    ),
    (
        |person| person["addresses"][0]["type"] = json!("REGISTRATION"),
        "residence_missing",
    ),
    (
        |person| {
            let address = person["addresses"][0].clone();
            for _ in 0..2 {
                add(person, "addresses", address.clone());
            }
        },
        "residences",
    ),
];

fn add(person: &mut Value, list: &str, item: Value) {
    person[list].as_array_mut().unwrap().push(item);
}

/// Signup 5.1: of two broken rules the earlier one is told.
#[rstest]
fn the_earlier_of_two_rules_is_told(
    #[values(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14)] earlier: usize,
) {
    let installation = Installation::new(&["REFUGEE_CERTIFICATE"]);
    let (spoil, expected) = SPOILT[earlier];
    for (spoil_more, other) in SPOILT.into_iter().skip(earlier) {
        // One list of addresses cannot have no residence and several.
        if (expected, other) == ("residence_missing", "residences") {
            continue;
        }
        let mut content = child();
        spoil(&mut content["person"]);
        if expected != other {
            spoil_more(&mut content["person"]);
        }
        let broken = check(&person(content), &installation.limits(), today()).unwrap_err();
        assert_eq!(broken.code(), expected, "beside {other}");
    }
}
