//! Values of the wrong type, form or length.

use super::*;

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
    for kind in shipped::dictionaries().codes("DOCUMENT_TYPE") {
        let typed = with(confidant(), "/person/documents/0/type", json!(kind));
        let content = with(typed, "/person/documents/0/number", json!("\u{1}"));
        assert_eq!(one(Registration::Confidant, &content).1, "format", "{kind}");
    }
}

#[rstest]
#[case("/person/documents/0/type", "DOCUMENT_TYPE")]
#[case("/person/gender", "GENDER")]
#[case("/person/addresses/0/type", "ADDRESS_TYPE")]
#[case("/person/addresses/0/country", "COUNTRY")]
#[case("/person/addresses/0/settlement_type", "SETTLEMENT_TYPE")]
#[case("/person/addresses/0/street_type", "STREET_TYPE")]
#[case("/person/phones/0/type", "PHONE_TYPE")]
#[case("/person/emergency_contact/phones/0/type", "PHONE_TYPE")]
#[case("/person/authentication_methods/0/type", "AUTHENTICATION_METHOD")]
#[case("/person/preferred_way_communication", "PREFERRED_WAY_COMMUNICATION")]
#[case("/person/confidant_person/relation_type", "CONFIDANT_PERSON_TYPE")]
#[case(
    "/person/confidant_person/documents_relationship/0/type",
    "DOCUMENT_RELATIONSHIP_TYPE"
)]
fn an_unknown_code_is_not_included(#[case] pointer: &str, #[case] dictionary: &str) {
    let codes: Vec<&str> = shipped::dictionaries().codes(dictionary).collect();
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
    let found = reported_rules(&check(Registration::Confidant, &content));
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
