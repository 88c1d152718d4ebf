//! signup 3.2, 3.3, 8, 13.2.

mod generated;
mod limits;
mod members;
mod values;

use rstest::rstest;
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::{
    api::{ApiError, error::VALIDATION_FAILED},
    person::{
        dictionaries::shipped,
        samples::{self, Size},
    },
};

const CONFIDANT_PERSON: Uuid = Uuid::from_u128(0x1c6f_c0de_0000_4000_8000_0000_0000_0001);

fn confidant() -> Value {
    samples::confidant_registration(CONFIDANT_PERSON)
}

fn own() -> Value {
    samples::self_registration("nonce")
}

fn sample(kind: Registration, size: Size) -> Value {
    match kind {
        Registration::Confidant => samples::confidant_registration_of(size, CONFIDANT_PERSON),
        Registration::Own => samples::self_registration_of(size, "nonce"),
        Registration::RequestCreate | Registration::RequestCreateV2 => {
            samples::person_request_of(size)
        }
        Registration::RequestUpdate | Registration::RequestUpdateV2 => {
            let content = samples::person_request_of(size);
            let content = without(content, "/person/authentication_methods");
            with(content, "/person/id", json!(CONFIDANT_PERSON))
        }
    }
}

/// `content` with the value at `pointer` replaced, or added to its object.
fn with(mut content: Value, pointer: &str, value: Value) -> Value {
    match content.pointer_mut(pointer) {
        Some(place) => *place = value,
        None => {
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            content.pointer_mut(parent).unwrap()[name] = value;
        }
    }
    content
}

fn without(mut content: Value, pointer: &str) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = content.pointer_mut(parent).unwrap();
    parent.as_object_mut().unwrap().shift_remove(name).unwrap();
    content
}

/// `/person/documents/0/type` as `$.person.documents.[0].type`.
fn entry(pointer: &str) -> String {
    pointer
        .split('/')
        .skip(1)
        .fold("$".to_owned(), |entry, step| match step.parse::<usize>() {
            Ok(index) => format!("{entry}.[{index}]"),
            Err(_) => format!("{entry}.{step}"),
        })
}

/// Entry, rule and description of each item.
fn reported_rules(found: &[Invalid]) -> Vec<(String, String, String)> {
    found
        .iter()
        .map(|invalid| {
            assert_eq!(invalid.rules.len(), 1, "one rule in each item");
            let rule = &invalid.rules[0];
            (
                invalid.entry.clone().unwrap(),
                rule.rule.to_string(),
                rule.description.clone().unwrap(),
            )
        })
        .collect()
}

fn one(kind: Registration, content: &Value) -> (String, String, String) {
    let mut told = reported_rules(&check(kind, content));
    assert_eq!(told.len(), 1, "{told:#?}");
    told.remove(0)
}

fn item(entry: &str, rule: &str, description: &str) -> (String, String, String) {
    (entry.to_owned(), rule.to_owned(), description.to_owned())
}

/// What is wrong by the dictionaries that nobody has changed.
fn check(kind: Registration, content: &Value) -> Vec<Invalid> {
    super::check(shipped::dictionaries(), kind, content)
}

#[test]
fn the_embedded_schemas_compile() {
    let Schemas {
        confidant,
        own,
        request_create,
        request_update,
        request_v2_create,
        request_v2_update,
        search,
        cabinet,
        dictionaries: _,
    } = shipped::dictionaries();
    for schema in [
        cabinet,
        confidant,
        own,
        request_create,
        request_update,
        request_v2_create,
        request_v2_update,
        search,
    ] {
        assert!(schema.is_ok(), "{:?}", schema.as_ref().err());
    }
}

#[test]
fn a_pattern_that_nothing_checks_is_no_schema() {
    for keyword in [
        json!({ "pattern": "^a$" }),
        json!({ "dictionary": "NONE" }),
        json!({ "dictionary": 1 }),
        json!({ "format": "ipv9" }),
    ] {
        assert!(
            Schema::compile(&keyword.to_string(), &Arc::default()).is_err(),
            "{keyword}"
        );
    }
}

#[rstest]
fn samples_pass(
    #[values(
        Registration::Confidant,
        Registration::Own,
        Registration::RequestCreate,
        Registration::RequestUpdate,
        Registration::RequestCreateV2,
        Registration::RequestUpdateV2
    )]
    kind: Registration,
    #[values(Size::Ordinary, Size::Minimal, Size::Longest)] size: Size,
) {
    assert_eq!(check(kind, &sample(kind, size)), []);
}

#[test]
fn a_missing_birth_date_gives_the_seeds_item() {
    let found = check(
        Registration::Confidant,
        &without(confidant(), "/person/birth_date"),
    );
    assert_eq!(
        serde_json::to_value(found).unwrap(),
        json!([{
            "entry": "$.person.birth_date",
            "entry_type": "json_data_property",
            "rules": [{
                "description": "required property birth_date was not present",
                "params": { "property": "birth_date" },
                "raw_description": "required property %{property} was not present",
                "rule": "required"
            }]
        }])
    );
}

#[test]
fn empty_documents_give_the_seeds_body() {
    let content = with(confidant(), "/person/documents", json!([]));
    let error = ApiError::validation(check(Registration::Confidant, &content));
    assert_eq!(error.status.as_u16(), 422);
    assert_eq!(
        json!({ "invalid": error.invalid, "message": error.message, "type": error.kind }),
        json!({
            "invalid": [{
                "entry": "$.person.documents",
                "entry_type": "json_data_property",
                "rules": [{
                    "description": "expected a minimum of 1 items but got 0",
                    "params": { "actual": 0, "min": 1 },
                    "raw_description": "expected a minimum of %{min} items but got %{actual}",
                    "rule": "length"
                }]
            }],
            "message": VALIDATION_FAILED,
            "type": "validation_failed"
        })
    );
}
