//! signup 3.2, 3.3, 8, 13.2.

use proptest::{prelude::*, sample::subsequence};
use rstest::rstest;
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::{
    api::{ApiError, error::VALIDATION_FAILED},
    person::samples::{self, Size},
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
fn told(found: &[Invalid]) -> Vec<(String, String, String)> {
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
    let mut told = told(&check(kind, content));
    assert_eq!(told.len(), 1, "{told:#?}");
    told.remove(0)
}

fn item(entry: &str, rule: &str, description: &str) -> (String, String, String) {
    (entry.to_owned(), rule.to_owned(), description.to_owned())
}

#[test]
fn the_embedded_schemas_compile() {
    assert!(
        CONFIDANT_SCHEMA.is_ok(),
        "{:?}",
        CONFIDANT_SCHEMA.as_ref().err()
    );
    assert!(SELF_SCHEMA.is_ok(), "{:?}", SELF_SCHEMA.as_ref().err());
}

#[test]
fn a_pattern_that_nothing_checks_is_no_schema() {
    for keyword in [
        json!({ "pattern": "^a$" }),
        json!({ "dictionary": "NONE" }),
        json!({ "format": "ipv9" }),
    ] {
        assert!(Schema::compile(&keyword.to_string()).is_err(), "{keyword}");
    }
}

#[rstest]
fn samples_pass(
    #[values(Registration::Confidant, Registration::Own)] kind: Registration,
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

/// The pointers of every required member of a valid `content`, in the order of the schema.
fn required(kind: Registration, content: &Value) -> Vec<String> {
    let schema = match kind {
        Registration::Confidant => CONFIDANT,
        Registration::Own => SELF,
    };
    let definitions: Value = serde_json::from_str(DEFINITIONS).unwrap();
    let mut found = Vec::new();
    walk(
        &serde_json::from_str(schema).unwrap(),
        &definitions,
        content,
        "",
        &mut found,
    );
    found
}

fn walk(schema: &Value, definitions: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = definitions
            .pointer(reference.split_once('#').unwrap().1)
            .unwrap();
        return walk(target, definitions, value, at, found);
    }
    let mut names: Vec<&str> = strings(&schema["required"]);
    for part in schema["allOf"].as_array().into_iter().flatten() {
        if strings(&part["if"]["properties"]["type"]["enum"])
            .contains(&value["type"].as_str().unwrap_or(""))
        {
            names.extend(strings(&part["then"]["required"]));
        }
    }
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        if value.get(name).is_some() {
            let at = format!("{at}/{name}");
            if names.contains(&name.as_str()) {
                found.push(at.clone());
            }
            walk(member, definitions, &value[name], &at, found);
        }
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        walk(
            &schema["items"],
            definitions,
            item,
            &format!("{at}/{index}"),
            found,
        );
    }
}

fn strings(list: &Value) -> Vec<&str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// The rows of signup 12.3 that a document can break by leaving a member out.
const REQUIRED_ROWS: &[&str] = &[
    "$.person.first_name",
    "$.person.last_name",
    "$.person.birth_date",
    "$.person.birth_country",
    "$.person.birth_settlement",
    "$.person.gender",
    "$.person.no_tax_id",
    "$.person.secret",
    "$.person.documents",
    "$.person.documents.[0].type",
    "$.person.documents.[0].number",
    "$.person.documents.[0].issued_by",
    "$.person.documents.[0].issued_at",
    "$.person.addresses",
    "$.person.addresses.[0].type",
    "$.person.addresses.[0].country",
    "$.person.addresses.[0].area",
    "$.person.addresses.[0].settlement",
    "$.person.addresses.[0].settlement_type",
    "$.person.addresses.[0].settlement_id",
    "$.person.phones.[0].type",
    "$.person.phones.[0].number",
    "$.person.authentication_methods",
    "$.person.authentication_methods.[0].type",
    "$.person.authentication_methods.[0].value",
    "$.person.authentication_methods.[0].alias",
    "$.person.confidant_person",
    "$.person.confidant_person.person_id",
    "$.person.confidant_person.documents_relationship",
    "$.person.confidant_person.documents_relationship.[0].type",
    "$.person.confidant_person.documents_relationship.[0].number",
    "$.person.confidant_person.documents_relationship.[0].issued_by",
    "$.person.confidant_person.documents_relationship.[0].issued_at",
    "$.person.emergency_contact",
    "$.person.emergency_contact.first_name",
    "$.person.emergency_contact.last_name",
    "$.person.emergency_contact.phones",
    "$.person.emergency_contact.phones.[0].type",
    "$.person.emergency_contact.phones.[0].number",
];

#[test]
fn every_required_row_of_the_seed_comes_from_a_missing_member() {
    let content = confidant();
    let pointers = required(Registration::Confidant, &content);
    let entries: Vec<String> = pointers.iter().map(|pointer| entry(pointer)).collect();
    let beside = [
        "$.person",
        "$.patient_signed",
        "$.process_disclosure_data_consent",
    ];
    let rows: Vec<&str> = REQUIRED_ROWS.iter().chain(&beside).copied().collect();
    for entry in &entries {
        assert!(
            rows.contains(&entry.as_str()),
            "{entry} is required and not in the table"
        );
    }
    assert_eq!(rows.len(), entries.len());
    for (pointer, entry) in pointers.iter().zip(&entries) {
        let name = pointer.rsplit_once('/').unwrap().1;
        assert_eq!(
            one(Registration::Confidant, &without(content.clone(), pointer)),
            item(
                entry,
                "required",
                &format!("required property {name} was not present")
            )
        );
    }
}

#[rstest]
#[case("/person/documents")]
#[case("/person/addresses")]
#[case("/person/phones")]
#[case("/person/authentication_methods")]
#[case("/person/confidant_person/documents_relationship")]
#[case("/person/emergency_contact/phones")]
fn an_empty_list_is_too_short(#[case] pointer: &str) {
    assert_eq!(
        one(
            Registration::Confidant,
            &with(confidant(), pointer, json!([]))
        ),
        item(
            &entry(pointer),
            "length",
            "expected a minimum of 1 items but got 0"
        )
    );
}

fn registration_without_some() -> impl Strategy<Value = (Registration, Value, Vec<String>)> {
    let kinds = prop_oneof![Just(Registration::Confidant), Just(Registration::Own)];
    let sizes = prop_oneof![
        Just(Size::Ordinary),
        Just(Size::Minimal),
        Just(Size::Longest)
    ];
    (kinds, sizes).prop_flat_map(|(kind, size)| {
        let content = sample(kind, size);
        let pointers = required(kind, &content);
        let most = pointers.len();
        (
            Just(kind),
            Just(content),
            subsequence(pointers, 1..=most.min(4)),
        )
    })
}

proptest! {
    /// Each missing member is told once, at its path, in the order of the schema; what was inside it is not told.
    #[test]
    fn removed_members_are_told_and_nothing_else((kind, content, removed) in registration_without_some()) {
        let inside = |pointer: &String| removed.iter().any(|other| pointer.starts_with(&format!("{other}/")));
        let expected: Vec<String> = removed.iter().filter(|pointer| !inside(pointer)).cloned().collect();
        // A list item without its type asks for nothing that depends on the type.
        let expected: Vec<String> = expected.iter().filter(|pointer| {
            let conditional = pointer.ends_with("/value") || pointer.ends_with("/alias");
            let (parent, _) = pointer.rsplit_once('/').unwrap();
            !(conditional && removed.contains(&format!("{parent}/type")))
        }).cloned().collect();
        let left = expected.iter().chain(&removed).fold(content, |content, pointer| {
            match content.pointer(pointer) {
                Some(_) => without(content, pointer),
                None => content,
            }
        });
        let found: Vec<_> = told(&check(kind, &left)).into_iter().map(|(entry, rule, _)| (entry, rule)).collect();
        let expected: Vec<_> = expected.iter().map(|pointer| (entry(pointer), "required".to_owned())).collect();
        prop_assert_eq!(found, expected);
    }

    /// No document whatever makes the check fail, and the answer is bounded.
    #[test]
    fn any_value_in_any_place_is_answered(text in ".{0,300}", number in any::<i64>(), place in 0_usize..200) {
        let content = confidant();
        let pointers = required(Registration::Confidant, &content);
        let pointer = &pointers[place % pointers.len()];
        for value in [json!(text), json!(number), json!({ &text: number }), json!([[text]]), Value::Null] {
            prop_assert!(check(Registration::Confidant, &with(content.clone(), pointer, value)).len() <= MOST_REPORTED);
        }
    }
}

#[rstest]
#[case("PASSPORT", "АА120518", "AA120518", patterns::SERIES_NUMBER.source)]
#[case("COMPLEMENTARY_PROTECTION_CERTIFICATE", "СТ123456", "СТ12345", patterns::SERIES_NUMBER.source)]
#[case("REFUGEE_CERTIFICATE", "РБ123456", "ЫБ123456", patterns::SERIES_NUMBER.source)]
#[case("NATIONAL_ID", "001234567", "АА120518", patterns::NATIONAL_ID.source)]
#[case("BIRTH_CERTIFICATE", "І-БК№123456", "і-бк 123", patterns::CERTIFICATE.source)]
#[case("TEMPORARY_PASSPORT", "ТП/1234", "т", patterns::CERTIFICATE.source)]
#[case("TEMPORARY_CERTIFICATE", "ІВ12345/12345", "ІВ123", patterns::RESIDENCE_PERMIT.source)]
#[case("PERMANENT_RESIDENCE_PERMIT", "900123456", "ІВ1234567", patterns::RESIDENCE_PERMIT.source)]
#[case("BIRTH_CERTIFICATE_FOREIGN", "Nr 12 ą", "1", patterns::FOREIGN_CERTIFICATE.source)]
#[case("MARRIAGE_CERTIFICATE", "І-БК 1", "", patterns::SHORT_TEXT.source)]
fn numbers_of_documents_have_the_form_of_their_type(
    #[case] kind: &str,
    #[case] good: &str,
    #[case] bad: &str,
    #[case] pattern: &str,
) {
    let typed = with(confidant(), "/person/documents/0/type", json!(kind));
    let good = with(typed.clone(), "/person/documents/0/number", json!(good));
    assert_eq!(check(Registration::Confidant, &good), []);
    let bad = with(typed, "/person/documents/0/number", json!(bad));
    let found = check(Registration::Confidant, &bad);
    assert_eq!(
        serde_json::to_value(found).unwrap(),
        json!([{
            "entry": "$.person.documents.[0].number",
            "entry_type": "json_data_property",
            "rules": [{
                "description": format!("string does not match pattern \"{pattern}\""),
                "params": { "pattern": pattern },
                "raw_description": "string does not match pattern \"%{pattern}\"",
                "rule": "format"
            }]
        }])
    );
}

#[test]
fn every_type_of_document_has_a_form() {
    for kind in dictionaries::DOCUMENT_TYPE {
        let typed = with(confidant(), "/person/documents/0/type", json!(kind));
        let content = with(typed, "/person/documents/0/number", json!("\u{1}"));
        assert_eq!(one(Registration::Confidant, &content).1, "format", "{kind}");
    }
}

#[rstest]
#[case("/person/documents/0/type", dictionaries::DOCUMENT_TYPE)]
#[case("/person/gender", dictionaries::GENDER)]
#[case("/person/addresses/0/type", dictionaries::ADDRESS_TYPE)]
#[case("/person/addresses/0/country", dictionaries::COUNTRY)]
#[case("/person/addresses/0/settlement_type", dictionaries::SETTLEMENT_TYPE)]
#[case("/person/addresses/0/street_type", dictionaries::STREET_TYPE)]
#[case("/person/phones/0/type", dictionaries::PHONE_TYPE)]
#[case("/person/emergency_contact/phones/0/type", dictionaries::PHONE_TYPE)]
#[case(
    "/person/authentication_methods/0/type",
    dictionaries::AUTHENTICATION_METHOD
)]
#[case(
    "/person/preferred_way_communication",
    dictionaries::PREFERRED_WAY_COMMUNICATION
)]
#[case(
    "/person/confidant_person/relation_type",
    dictionaries::CONFIDANT_PERSON_TYPE
)]
#[case(
    "/person/confidant_person/documents_relationship/0/type",
    dictionaries::DOCUMENT_RELATIONSHIP_TYPE
)]
fn an_unknown_code_is_not_included(#[case] pointer: &str, #[case] codes: &[&str]) {
    for code in ["", "UNKNOWN", "male", "PASSPORT "] {
        let found = check(
            Registration::Confidant,
            &with(confidant(), pointer, json!(code)),
        );
        assert_eq!(
            serde_json::to_value(found).unwrap(),
            json!([{
                "entry": entry(pointer),
                "entry_type": "json_data_property",
                "rules": [{
                    "description": "value is not allowed in enum",
                    "params": { "values": codes },
                    "raw_description": "value is not allowed in enum",
                    "rule": "inclusion"
                }]
            }])
        );
    }
    for code in codes {
        let found = check(
            Registration::Confidant,
            &with(confidant(), pointer, json!(code)),
        );
        assert!(
            found
                .iter()
                .all(|invalid| invalid.rules[0].rule != "inclusion"),
            "{code}"
        );
    }
}

#[rstest]
#[case("/person", json!("x"), "object", "string")]
#[case("/patient_signed", json!("true"), "boolean", "string")]
#[case("/process_disclosure_data_consent", json!(1), "boolean", "integer")]
#[case("/jwt", json!(1.5), "string", "number")]
#[case("/person/first_name", Value::Null, "string", "null")]
#[case("/person/birth_date", json!(20_200_101), "string", "integer")]
#[case("/person/no_tax_id", json!("false"), "boolean", "string")]
#[case("/person/tax_id", json!(3_112_201_416_u64), "string", "integer")]
#[case("/person/documents", json!({}), "array", "object")]
#[case("/person/documents/0", json!([]), "object", "array")]
#[case("/person/documents/0/number", json!(1), "string", "integer")]
#[case("/person/confidant_person", json!([]), "object", "array")]
#[case("/person/emergency_contact/phones", json!(true), "array", "boolean")]
fn another_type_cannot_be_cast(
    #[case] pointer: &str,
    #[case] value: Value,
    #[case] expected: &str,
    #[case] actual: &str,
) {
    let found = check(Registration::Confidant, &with(confidant(), pointer, value));
    assert_eq!(
        serde_json::to_value(found).unwrap(),
        json!([{
            "entry": entry(pointer),
            "entry_type": "json_data_property",
            "rules": [{
                "description": format!("type mismatch. Expected {expected} but got {actual}"),
                "params": { "expected": expected, "actual": actual },
                "raw_description": "type mismatch. Expected %{expected} but got %{actual}",
                "rule": "cast"
            }]
        }])
    );
}

#[test]
fn what_is_no_object_is_one_error() {
    for value in [Value::Null, json!([]), json!("x"), json!(1)] {
        assert_eq!(told(&check(Registration::Own, &value)).len(), 1);
    }
}

#[rstest]
#[case(
    "/person/birth_date",
    "01.02.2020",
    "expected \"01.02.2020\" to be a valid ISO 8601 date"
)]
#[case("/person/birth_date", "", "expected \"\" to be a valid ISO 8601 date")]
#[case(
    "/person/documents/0/issued_at",
    "2023-02-29",
    "expected \"2023-02-29\" to be an existing date"
)]
#[case(
    "/person/documents/0/expiration_date",
    "20300101",
    "expected \"20300101\" to be an existing date"
)]
#[case(
    "/person/confidant_person/documents_relationship/0/issued_at",
    "2017-W08-7",
    "expected \"2017-W08-7\" to be an existing date"
)]
fn a_date_is_written_right_and_exists(
    #[case] pointer: &str,
    #[case] text: &str,
    #[case] told: &str,
) {
    let content = with(confidant(), pointer, json!(text));
    assert_eq!(
        one(Registration::Confidant, &content),
        item(&entry(pointer), "date", told)
    );
    let params = check(Registration::Confidant, &content)[0].rules[0]
        .params
        .clone();
    let expected = if told.ends_with("existing date") {
        json!({ "actual": text })
    } else {
        json!({ "pattern": patterns::DATE.source, "actual": text })
    };
    assert_eq!(params, expected);
}

#[test]
fn an_email_address_is_one() {
    let content = with(own(), "/person/email", json!("no address"));
    let found = check(Registration::Own, &content);
    assert_eq!(
        serde_json::to_value(found).unwrap(),
        json!([{
            "entry": "$.person.email",
            "entry_type": "json_data_property",
            "rules": [{
                "description": "expected \"no address\" to be an email address",
                "params": { "pattern": patterns::EMAIL.source, "actual": "no address" },
                "raw_description": "expected \"%{actual}\" to be an email address",
                "rule": "email"
            }]
        }])
    );
}

#[rstest]
#[case("/person/last_name", patterns::PERSON_NAME, "Smith")]
#[case("/person/emergency_contact/first_name", patterns::PERSON_NAME, "Ыя")]
#[case("/person/birth_settlement", patterns::NAME, "@")]
#[case("/person/secret", patterns::NAME, "пароль@")]
#[case("/person/tax_id", patterns::TAX_ID, "31122O1416")]
#[case("/person/unzr", patterns::UNZR, "19850317")]
#[case("/person/addresses/0/area", patterns::NAME, "")]
#[case("/person/addresses/0/settlement_id", patterns::UUID, "kyiv")]
#[case("/person/addresses/0/building", patterns::BUILDING, "А1")]
#[case("/person/addresses/0/zip", patterns::ZIP, "1001")]
#[case("/person/phones/0/number", patterns::CONTACT_PHONE, "0501112233")]
#[case("/person/authentication_methods/0/value", patterns::UUID, "")]
#[case(
    "/person/authentication_methods/0/phone_number",
    patterns::CODE_PHONE,
    "+381112223344"
)]
#[case("/person/confidant_person/person_id", patterns::UUID, "me")]
#[case("/person/birth_country", patterns::TEXT, "Україна\0")]
#[case("/person/documents/0/issued_by", patterns::TEXT, "a\nb")]
fn a_value_has_the_form_of_its_field(
    #[case] pointer: &str,
    #[case] pattern: patterns::Pattern,
    #[case] text: &str,
) {
    assert_eq!(
        one(
            Registration::Confidant,
            &with(confidant(), pointer, json!(text))
        ),
        item(
            &entry(pointer),
            "format",
            &format!("string does not match pattern \"{}\"", pattern.source)
        )
    );
}

#[rstest]
#[case(
    "/person/birth_country",
    "",
    "expected value to have a minimum length of 1 but was 0"
)]
#[case(
    "/person/secret",
    "слово",
    "expected value to have a minimum length of 6 but was 5"
)]
#[case("/person/birth_country", &"я".repeat(256), "expected value to have a maximum length of 255 but was 256")]
#[case("/person/first_name", &"я".repeat(256), "expected value to have a maximum length of 255 but was 256")]
#[case("/person/documents/0/issued_by", &"я".repeat(513), "expected value to have a maximum length of 512 but was 513")]
fn a_text_has_a_length(#[case] pointer: &str, #[case] text: &str, #[case] told: &str) {
    assert_eq!(
        one(
            Registration::Confidant,
            &with(confidant(), pointer, json!(text))
        ),
        item(&entry(pointer), "length", told)
    );
}

#[test]
fn two_rules_broken_by_one_entry_are_two_items() {
    let content = with(confidant(), "/person/first_name", json!(""));
    let found = told(&check(Registration::Confidant, &content));
    let rules: Vec<_> = found
        .iter()
        .map(|(entry, rule, _)| (entry.as_str(), rule.as_str()))
        .collect();
    assert_eq!(
        rules,
        [
            ("$.person.first_name", "length"),
            ("$.person.first_name", "format")
        ]
    );
}

#[test]
fn extra_members_are_one_item_each() {
    let content = with(confidant(), "/person/nickname", json!("x"));
    let content = with(content, "/person/documents/0/scan", json!({}));
    let content = with(content, "/person/documents/0/colour", json!({}));
    let content = with(content, "/person/id", json!(1));
    let content = with(content, "/signed", json!(true));
    let found = check(Registration::Confidant, &content);
    let entries: Vec<_> = found
        .iter()
        .filter_map(|invalid| invalid.entry.as_deref())
        .collect();
    assert_eq!(
        entries,
        [
            "$.person.documents.[0].scan",
            "$.person.documents.[0].colour",
            "$.person.nickname",
            "$.person.id",
            "$.signed",
        ]
    );
    assert_eq!(
        serde_json::to_value(&found[0].rules).unwrap(),
        json!([{
            "description": "schema does not allow additional properties",
            "params": { "properties": ["scan"] },
            "raw_description": "schema does not allow additional properties",
            "rule": "schema"
        }])
    );
}

#[test]
fn the_persons_own_registration_has_no_confidant_and_asks_for_otp() {
    let stranger = confidant()["person"]["confidant_person"].clone();
    assert_eq!(
        one(
            Registration::Own,
            &with(own(), "/person/confidant_person", stranger)
        ),
        item(
            "$.person.confidant_person",
            "schema",
            "schema does not allow additional properties"
        )
    );
    let content = with(
        own(),
        "/person/authentication_methods/0/type",
        json!("THIRD_PERSON"),
    );
    assert_eq!(
        one(Registration::Own, &content),
        item(
            "$.person.authentication_methods.[0].type",
            "inclusion",
            "value is not allowed in enum"
        )
    );
    let content = without(own(), "/person/authentication_methods/0/phone_number");
    assert_eq!(
        one(Registration::Own, &content),
        item(
            "$.person.authentication_methods.[0].phone_number",
            "required",
            "required property phone_number was not present"
        )
    );
    assert_eq!(
        one(Registration::Own, &without(own(), "/jwt")),
        item("$.jwt", "required", "required property jwt was not present")
    );
}

/// The registry's own text for it (signup 5.1, row 16) must be within reach.
#[test]
fn another_method_of_the_confidants_patient_is_not_the_schemas_business() {
    let methods = json!([{ "type": "OTP", "phone_number": "+380500000017" }]);
    let content = with(confidant(), "/person/authentication_methods", methods);
    assert_eq!(check(Registration::Confidant, &content), []);
}

#[test]
fn refused_consents_are_not_the_schemas_business() {
    let content = with(confidant(), "/patient_signed", json!(false));
    let content = with(content, "/process_disclosure_data_consent", json!(false));
    assert_eq!(check(Registration::Confidant, &content), []);
}

#[test]
fn items_follow_the_order_of_the_schema_and_not_of_the_document() {
    let mut content = confidant();
    let person = content["person"].as_object_mut().unwrap();
    *person = person.clone().into_iter().rev().collect();
    let content = ["gender", "last_name", "secret"]
        .iter()
        .fold(content, |content, name| {
            with(content, &format!("/person/{name}"), json!(1))
        });
    let content = without(content, "/person/birth_date");
    let content = without(content, "/person/emergency_contact/phones/0/number");
    let content = without(content, "/patient_signed");
    let found = check(Registration::Confidant, &content);
    let entries: Vec<_> = found
        .iter()
        .filter_map(|invalid| invalid.entry.as_deref())
        .collect();
    assert_eq!(
        entries,
        [
            "$.person.last_name",
            "$.person.birth_date",
            "$.person.gender",
            "$.person.secret",
            "$.person.emergency_contact.phones.[0].number",
            "$.patient_signed",
        ]
    );
    assert_eq!(found, check(Registration::Confidant, &content));
}

#[test]
fn a_list_beyond_its_limit_is_told_alone() {
    let content = with(confidant(), "/person/documents", json!(vec![1; 1000]));
    let content = with(content, "/person/first_name", json!(1));
    assert_eq!(
        one(Registration::Confidant, &content),
        item(
            "$.person.documents",
            "length",
            "expected a maximum of 30 items but got 1000"
        )
    );
}

#[test]
fn no_more_items_than_the_limit_are_told() {
    let mut content = confidant();
    for number in 0..1000 {
        content["person"][format!("extra{number}")] = json!(1);
    }
    content["person"]["documents"] = json!(vec![json!({}); 20]);
    let found = check(Registration::Confidant, &content);
    assert_eq!(found.len(), MOST_REPORTED);
    assert_eq!(
        found[0].entry.as_deref(),
        Some("$.person.documents.[0].type")
    );
}

#[test]
fn long_pieces_of_the_document_are_not_repeated() {
    let long = "ї".repeat(100_000);
    let content = with(confidant(), "/person/birth_date", json!(long));
    let content = with(content, "/person/email", json!(long));
    let content = with(content, &format!("/person/{long}"), json!(long));
    let answer = serde_json::to_string(&check(Registration::Confidant, &content)).unwrap();
    assert!(answer.len() < 20_000, "{}", answer.len());
}

/// Prints how long hostile documents take: `cargo test --release -- --ignored --nocapture hostile`.
#[test]
#[ignore = "measures, proves nothing"]
fn hostile_documents_are_answered_fast() {
    let two_mebibytes = "а".repeat(1 << 20);
    let mut everywhere = confidant();
    for pointer in required(Registration::Confidant, &everywhere) {
        if everywhere.pointer(&pointer).is_some_and(Value::is_string) {
            everywhere = with(everywhere, &pointer, json!("-'".repeat(1 << 16)));
        }
    }
    let mut members = confidant();
    members["person"] = (0..200_000)
        .map(|n| (format!("m{n}"), json!(1)))
        .collect::<Map<_, _>>()
        .into();
    let document = confidant()["person"]["documents"][0].clone();
    let cases = [
        ("valid", confidant()),
        (
            "name of 2 MiB",
            with(confidant(), "/person/first_name", json!(two_mebibytes)),
        ),
        (
            "2 MiB of words",
            with(
                confidant(),
                "/person/first_name",
                json!("а ".repeat(700_000)),
            ),
        ),
        (
            "settlement of 2 MiB",
            with(
                confidant(),
                "/person/birth_settlement",
                json!(two_mebibytes),
            ),
        ),
        (
            "number of 2 MiB",
            with(
                confidant(),
                "/person/documents/0/number",
                json!(two_mebibytes),
            ),
        ),
        (
            "date of 2 MiB",
            with(
                confidant(),
                "/person/birth_date",
                json!("2".repeat(1 << 21)),
            ),
        ),
        (
            "address of 2 MiB",
            with(confidant(), "/person/email", json!("a.".repeat(1 << 20))),
        ),
        (
            "type of 2 MiB",
            with(
                confidant(),
                "/person/documents/0/type",
                json!(two_mebibytes),
            ),
        ),
        ("long strings everywhere", everywhere),
        (
            "a thousand documents",
            with(
                confidant(),
                "/person/documents",
                json!(vec![document.clone(); 1000]),
            ),
        ),
        (
            "thirty documents",
            with(confidant(), "/person/documents", json!(vec![document; 30])),
        ),
        (
            "a million items",
            with(confidant(), "/person/documents", json!(vec![1; 1_000_000])),
        ),
        ("two hundred thousand members", members),
        (
            "a member's name of 2 MiB",
            with(confidant(), &format!("/person/{two_mebibytes}"), json!(1)),
        ),
    ];
    for (name, content) in cases {
        let start = std::time::Instant::now();
        let found = check(Registration::Confidant, &content).len();
        println!("{name}: {:?}, {found} items", start.elapsed());
    }
}
