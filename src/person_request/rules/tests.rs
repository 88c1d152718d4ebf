//! The order of the rules (§3.3 rows 8 to 17): of two that are broken the earlier one is told. "Today" is 15 June 2026.

use clap::Parser;
use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::{
    config::{Config, Settings},
    person::samples,
};

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    settings: Settings,
}

/// Who stands for the ward.
const MOTHER: Uuid = Uuid::from_u128(7);

/// An installation in which a marriage certificate is no document of a child.
fn installation() -> Config {
    let line = [
        "dovira",
        "--secret",
        "0123456789abcdef0123456789abcdef",
        "--trusted-certificates",
        ".",
        "--no-self-auth-age-document-types",
        "PASSPORT,NATIONAL_ID,BIRTH_CERTIFICATE,COMPLEMENTARY_PROTECTION_CERTIFICATE,TEMPORARY_PASSPORT,PERMANENT_RESIDENCE_PERMIT",
    ];
    Config::read(&Line::parse_from(line).settings).unwrap_or_else(|problems| panic!("{problems}"))
}

/// What is told of a request of that version about `person`.
fn check_request(version: Version, person: Value) -> Result<(), String> {
    let body = json!({ "person": person, "patient_signed": false, "process_disclosure_data_consent": true });
    let wanted = PersonRequestBody::from_valid_body(version, body).unwrap();
    let config = installation();
    let setting = Setting {
        people: &config.people,
        requests: &config.person_requests,
        today: "2026-06-15".parse().unwrap(),
    };
    check_ages(&wanted, &setting)
        .and_then(|()| check_data(&wanted, &setting))
        .map_err(|error| format!("{error:?}"))
}

fn add(list: &mut Value, item: Value) {
    list.as_array_mut().unwrap().push(item);
}

fn add_again(list: &mut Value) {
    let item = list[0].clone();
    add(list, item);
}

fn remove(owner: &mut Value, name: &str) {
    owner.as_object_mut().unwrap().shift_remove(name);
}

fn document(kind: &str) -> Value {
    json!({ "type": kind, "number": "АА123456", "issued_by": "РВ", "issued_at": "2025-02-11", "expiration_date": "2035-02-11" })
}

/// Breaks one rule.
type Spoil = fn(&mut Value);
/// How the telling of it begins.
type Row = (Spoil, &'static str);

const BIRTH_DATE: Row = (
    |person| person["birth_date"] = json!("1850-01-01"),
    "Data(BirthDate)",
);
const NOBODY_STANDS: Row = (
    |person| remove(person, "confidant_person"),
    "ConfidantMissing",
);
const TAX_ID: Row = (
    |person| person["no_tax_id"] = json!(true),
    "Data(TaxIdRefused)",
);
const ISSUED_LATER: Row = (
    |person| person["documents"][0]["issued_at"] = json!("2026-06-16"),
    "Data(IssuedLater(0))",
);
const ISSUED_BEFORE_BIRTH: Row = (
    |person| person["documents"][0]["issued_at"] = json!("1799-01-01"),
    "Data(IssuedBeforeBirth(0))",
);
const EXPIRED: Row = (
    |person| person["documents"][0]["expiration_date"] = json!("2026-06-15"),
    "Data(Expired(0))",
);
const EXPIRATION_MISSING: Row = (
    |person| {
        let mut document = document("TEMPORARY_PASSPORT");
        remove(&mut document, "expiration_date");
        add(&mut person["documents"], document);
    },
    "Data(ExpirationMissing",
);
const TWO_PASSPORTS: Row = (
    |person| {
        for kind in ["PASSPORT", "NATIONAL_ID"] {
            add(&mut person["documents"], document(kind));
        }
    },
    "Data(TwoPassports)",
);
const DOCUMENT_TWICE: Row = (
    |person| {
        for _ in 0..2 {
            let document = document("COMPLEMENTARY_PROTECTION_CERTIFICATE");
            add(&mut person["documents"], document);
        }
    },
    "Data(Duplicate { list: Documents",
);
const NO_CERTIFICATE: Row = (
    |person| person["documents"][0] = document("PERMANENT_RESIDENCE_PERMIT"),
    "Data(BirthCertificateMissing)",
);
const UNZR_MISSING: Row = (
    |person| {
        remove(person, "unzr");
        add(&mut person["documents"], document("NATIONAL_ID"));
    },
    "Data(UnzrMissing)",
);
const PHONE_TWICE: Row = (
    |person| add_again(&mut person["phones"]),
    "Data(Duplicate { list: Phones",
);
const CONTACT_PHONE_TWICE: Row = (
    |person| add_again(&mut person["emergency_contact"]["phones"]),
    "Data(Duplicate { list: EmergencyPhones",
);
const NO_RESIDENCE: Row = (
    |person| {
        for address in person["addresses"].as_array_mut().unwrap() {
            address["type"] = json!("REGISTRATION");
        }
    },
    "Data(ResidenceMissing)",
);
const RESIDENCES: Row = (
    |person| add_again(&mut person["addresses"]),
    "Data(Residences(2))",
);
const METHODS: Row = (
    |person| add_again(&mut person["authentication_methods"]),
    "Methods",
);
const OWN_METHOD: Spoil =
    |person| person["authentication_methods"][0] = json!({ "type": "OFFLINE" });

/// The rules about a child of version 1, in their order.
const OF_CHILD: [Row; 24] = [
    BIRTH_DATE,
    NOBODY_STANDS,
    (
        |person| person["confidant_person"][0]["birth_date"] = json!("2012-06-16"),
        r#"TooYoung("$.person.confidant_person.[0].birth_date")"#,
    ),
    TAX_ID,
    (
        |person| add(&mut person["documents"], document("MARRIAGE_CERTIFICATE")),
        "Data(DocumentType(",
    ),
    ISSUED_LATER,
    ISSUED_BEFORE_BIRTH,
    EXPIRED,
    EXPIRATION_MISSING,
    TWO_PASSPORTS,
    DOCUMENT_TWICE,
    NO_CERTIFICATE,
    (
        |person| person["unzr"] = json!("20250205-00000"),
        "Data(UnzrOfAnotherDay)",
    ),
    UNZR_MISSING,
    PHONE_TWICE,
    CONTACT_PHONE_TWICE,
    (
        |person| add_again(&mut person["confidant_person"]),
        r#"Duplicate { entry: "$.person.confidant_person.[1].relation_type""#,
    ),
    (
        |person| person["confidant_person"][0]["relation_type"] = json!("SECONDARY"),
        "PrimaryMissing",
    ),
    (
        |person| add_again(&mut person["confidant_person"][0]["documents_person"]),
        r#"Duplicate { entry: "$.person.confidant_person.[0].documents_person.[1].type""#,
    ),
    (
        |person| add_again(&mut person["confidant_person"][0]["documents_relationship"]),
        r#"Duplicate { entry: "$.person.confidant_person.[0].documents_relationship.[1].type""#,
    ),
    (
        |person| add_again(&mut person["confidant_person"][0]["phones"]),
        r#"Duplicate { entry: "$.person.confidant_person.[0].phones.[1].type""#,
    ),
    NO_RESIDENCE,
    RESIDENCES,
    METHODS,
];

/// The rules about a ward of version 2, in their order.
const OF_WARD: [Row; 20] = [
    BIRTH_DATE,
    NOBODY_STANDS,
    TAX_ID,
    (
        |person| add(&mut person["documents"], document("FOREIGN_PASSPORT")),
        "Data(DocumentType(",
    ),
    ISSUED_LATER,
    ISSUED_BEFORE_BIRTH,
    EXPIRED,
    EXPIRATION_MISSING,
    TWO_PASSPORTS,
    DOCUMENT_TWICE,
    NO_CERTIFICATE,
    UNZR_MISSING,
    PHONE_TWICE,
    CONTACT_PHONE_TWICE,
    (
        |person| add_again(&mut person["confidant_person"]["documents_relationship"]),
        r#"Duplicate { entry: "$.person.confidant_person.documents_relationship.[1].type""#,
    ),
    NO_RESIDENCE,
    RESIDENCES,
    METHODS,
    (OWN_METHOD, "NotThirdPerson"),
    (ANOTHER_THIRD_PERSON, "ThirdPersonIsAnother"),
];

const ANOTHER_THIRD_PERSON: Spoil =
    |person| person["authentication_methods"][0]["value"] = json!(Uuid::from_u128(8));

/// The rules that only somebody of sixteen can break in version 2, among their neighbours.
const OF_SIXTEEN: [Row; 4] = [
    BIRTH_DATE,
    (
        |person| add(&mut person["documents"], document("MARRIAGE_CERTIFICATE")),
        "Data(LegalCapacity)",
    ),
    TAX_ID,
    NO_RESIDENCE,
];

/// The same for somebody who is of age.
const OF_AGE: [Row; 6] = [
    (
        |person| {
            remove(person, "tax_id");
        },
        "Data(TaxIdMissing)",
    ),
    RESIDENCES,
    METHODS,
    (
        |person| {
            person["confidant_person"]["documents_relationship"][0]["type"] =
                json!("BIRTH_CERTIFICATE");
        },
        "RelationshipDocument(0)",
    ),
    (OWN_METHOD, "NotThirdPerson"),
    (ANOTHER_THIRD_PERSON, "ThirdPersonIsAnother"),
];

/// Version 1: the last rule is about the way a child confirms; an adult without a confidant has one of their own.
const LAST_OF_CHILD: [Row; 3] = [RESIDENCES, METHODS, (OWN_METHOD, "SelfMethod")];
const LAST_OF_ADULT: [Row; 4] = [
    BIRTH_DATE,
    TAX_ID,
    METHODS,
    (
        |person| {
            person["authentication_methods"][0] =
                json!({ "type": "THIRD_PERSON", "value": MOTHER, "alias": "мама" });
        },
        r#"MethodType(["OTP", "OFFLINE"])"#,
    ),
];

fn child() -> Value {
    samples::child_request(MOTHER)["person"].clone()
}

fn adult() -> Value {
    samples::person_request()["person"].clone()
}

fn ward() -> Value {
    let mut person = child();
    let mut paper = document("BIRTH_CERTIFICATE");
    remove(&mut paper, "expiration_date");
    person["confidant_person"] = json!({ "person_id": MOTHER, "documents_relationship": [paper] });
    person
}

/// A ward of another age, for whom a court appointed somebody.
fn older_ward(birth_date: &str) -> Value {
    let mut person = ward();
    person["birth_date"] = json!(birth_date);
    remove(&mut person, "unzr");
    person["documents"] = json!([document("PASSPORT")]);
    person["confidant_person"]["documents_relationship"][0]["type"] = json!("COURT_DECISION");
    person
}

#[rstest]
#[case::of_a_child(Version::V1, child(), &OF_CHILD)]
#[case::of_a_child_s_method(Version::V1, child(), &LAST_OF_CHILD)]
#[case::of_an_adult(Version::V1, adult(), &LAST_OF_ADULT)]
#[case::of_a_ward(Version::V2, ward(), &OF_WARD)]
#[case::of_a_ward_of_sixteen(Version::V2, older_ward("2010-01-01"), &OF_SIXTEEN)]
#[case::of_a_ward_who_is_of_age(Version::V2, older_ward("2008-06-15"), &OF_AGE)]
fn the_earlier_of_two_rules_is_told(
    #[case] version: Version,
    #[case] good: Value,
    #[case] rows: &[Row],
) {
    assert_eq!(check_request(version, good.clone()), Ok(()));
    for (at, (spoil, expected)) in rows.iter().enumerate() {
        for (spoil_more, other) in &rows[at..] {
            let mut person = good.clone();
            // The earlier one last: it is broken, whatever the later one did.
            if expected != other {
                spoil_more(&mut person);
            }
            spoil(&mut person);
            let told = check_request(version, person).unwrap_err();
            assert!(told.starts_with(expected), "{told} beside {other}");
        }
    }
}

/// §3.10: a contradiction is proved by a copy.
#[test]
fn a_number_of_another_day_is_no_error_in_version_2() {
    let mut person = ward();
    person["unzr"] = json!("20250205-00000");
    assert_eq!(check_request(Version::V2, person), Ok(()));
}
