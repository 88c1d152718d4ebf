//! Members that are missing or not expected.

use proptest::{prelude::*, sample::subsequence};

use super::*;

/// The pointers of every required member of a valid `content`, in the order of the schema.
pub(super) fn required_pointers(kind: Registration, content: &Value) -> Vec<String> {
    let schema = match kind {
        Registration::Confidant => CONFIDANT,
        Registration::Own => SELF,
        Registration::RequestCreate => REQUEST_CREATE,
        Registration::RequestUpdate => REQUEST_UPDATE,
        Registration::RequestCreateV2 => REQUEST_V2_CREATE,
        Registration::RequestUpdateV2 => REQUEST_V2_UPDATE,
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
    let pointers = required_pointers(Registration::Confidant, &content);
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

/// Person requests 5: each member that must be there is missed by its name, and alone.
#[rstest]
#[case(Registration::RequestCreate, samples::person_request())]
#[case(Registration::RequestCreate, samples::child_request(CONFIDANT_PERSON))]
#[case(
    Registration::RequestUpdate,
    sample(Registration::RequestUpdate, Size::Ordinary)
)]
#[case(Registration::RequestCreateV2, samples::person_request())]
#[case(
    Registration::RequestUpdateV2,
    sample(Registration::RequestUpdateV2, Size::Ordinary)
)]
fn every_required_member_of_a_request(#[case] kind: Registration, #[case] content: Value) {
    assert_eq!(check(kind, &content), []);
    let pointers = required_pointers(kind, &content);
    assert!(pointers.len() > 25, "{}", pointers.len());
    for pointer in pointers {
        let name = pointer.rsplit_once('/').unwrap().1;
        let missed = format!("required property {name} was not present");
        assert_eq!(
            one(kind, &without(content.clone(), &pointer)),
            item(&entry(&pointer), "required", &missed)
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
        let pointers = required_pointers(kind, &content);
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
        let found: Vec<_> = reported_rules(&check(kind, &left)).into_iter().map(|(entry, rule, _)| (entry, rule)).collect();
        let expected: Vec<_> = expected.iter().map(|pointer| (entry(pointer), "required".to_owned())).collect();
        prop_assert_eq!(found, expected);
    }

    /// No document whatever makes the check fail, and the answer is bounded.
    #[test]
    fn any_value_in_any_place_is_answered(text in ".{0,300}", number in any::<i64>(), place in 0_usize..200) {
        let content = confidant();
        let pointers = required_pointers(Registration::Confidant, &content);
        let pointer = &pointers[place % pointers.len()];
        for value in [json!(text), json!(number), json!({ &text: number }), json!([[text]]), Value::Null] {
            prop_assert!(check(Registration::Confidant, &with(content.clone(), pointer, value)).len() <= MOST_REPORTED);
        }
    }
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
