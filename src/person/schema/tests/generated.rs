//! Registrations that nobody thought of: valid ones by chance, and what a missing member does to each.

use chrono::{Days, NaiveDate};
use proptest::{option, prelude::*, sample::select};
use serde::Deserialize;

use super::{members::required_pointers, *};
use crate::person::rules::tests as rules;

/// A code of a dictionary.
fn code(dictionary: &'static str) -> impl Strategy<Value = Value> {
    let codes: Vec<&str> = shipped::dictionaries().codes(dictionary).collect();
    select(codes).prop_map(|code| json!(code))
}

/// A text of the regular language of `pattern`.
fn text(pattern: &'static str) -> impl Strategy<Value = Value> {
    proptest::string::string_regex(pattern)
        .unwrap()
        .prop_map(|text| json!(text))
}

fn person_name() -> impl Strategy<Value = Value> {
    text(
        "[А-ЩЬЮЯҐЇІЄа-щьюяґїіє'\u{2019}\u{2BC}-]{1,20}([ \u{A0}][А-ЩЬЮЯҐЇІЄа-щьюяґїіє'-]{1,20}){0,3}",
    )
}

fn name() -> impl Strategy<Value = Value> {
    text("[a-zA-ZА-ЩЬЮЯҐЇІЄа-щьюяґїіє0-9№\"!*)(._-][^ЫЪЭЁыъэё@%&$#\\^\\p{Cc}]{5,40}")
}

fn day() -> impl Strategy<Value = Value> {
    (1_i32..=9999, 1_u32..=366).prop_map(|(year, day)| {
        let date = chrono::NaiveDate::from_yo_opt(year, day)
            .or_else(|| chrono::NaiveDate::from_yo_opt(year, 1));
        json!(date.unwrap().format("%Y-%m-%d").to_string())
    })
}

fn uuid() -> impl Strategy<Value = Value> {
    any::<u128>().prop_map(|bits| json!(Uuid::from_u128(bits)))
}

/// An object with these members, and those that may be left out, in any order: a document need not follow the schema's.
fn object(
    there: Vec<(&'static str, BoxedStrategy<Value>)>,
    optional: Vec<(&'static str, BoxedStrategy<Value>)>,
) -> BoxedStrategy<Value> {
    let always = there
        .into_iter()
        .map(|(name, value)| value.prop_map(move |value| (name, Some(value))).boxed());
    let sometimes = optional.into_iter().map(|(name, value)| {
        option::of(value)
            .prop_map(move |value| (name, value))
            .boxed()
    });
    always
        .chain(sometimes)
        .collect::<Vec<_>>()
        .prop_shuffle()
        .prop_map(|members| {
            members
                .into_iter()
                .filter_map(|(name, value)| Some((name.to_owned(), value?)))
                .collect::<Map<_, _>>()
                .into()
        })
        .boxed()
}

fn list(item: BoxedStrategy<Value>, most: usize) -> BoxedStrategy<Value> {
    prop::collection::vec(item, 1..=most)
        .prop_map(Value::Array)
        .boxed()
}

/// The number of a document of this type.
fn number(kind: &str) -> BoxedStrategy<Value> {
    const SERIES: &str = "[А-ЩЬЮЯҐЇІЄ]{2}[0-9]{6}";
    match kind {
        "PASSPORT" | "COMPLEMENTARY_PROTECTION_CERTIFICATE" | "REFUGEE_CERTIFICATE" => {
            text(SERIES).boxed()
        }
        "NATIONAL_ID" => text("[0-9]{9}").boxed(),
        "BIRTH_CERTIFICATE" | "TEMPORARY_PASSPORT" => text("[A-ZА-ЩЬЮЯҐЇІЄ0-9№/()-]{2,25}").boxed(),
        "TEMPORARY_CERTIFICATE" | "PERMANENT_RESIDENCE_PERMIT" => {
            text("[А-ЩЬЮЯҐЇІЄ]{2}[0-9]{4,6}|[0-9]{9}|[А-ЩЬЮЯҐЇІЄ]{2}[0-9]{5}/[0-9]{5}").boxed()
        }
        "BIRTH_CERTIFICATE_FOREIGN" => text("\\P{Cc}{2,25}").boxed(),
        _ => text("\\P{Cc}{1,25}").boxed(),
    }
}

fn document() -> BoxedStrategy<Value> {
    code("DOCUMENT_TYPE")
        .prop_flat_map(|kind| {
            let number = number(kind.as_str().unwrap());
            object(
                vec![
                    ("type", Just(kind).boxed()),
                    ("number", number),
                    ("issued_by", text("\\P{Cc}{1,60}").boxed()),
                    ("issued_at", day().boxed()),
                ],
                vec![("expiration_date", day().boxed())],
            )
        })
        .boxed()
}

fn address() -> BoxedStrategy<Value> {
    object(
        vec![
            ("type", code("ADDRESS_TYPE").boxed()),
            ("country", code("COUNTRY").boxed()),
            ("area", name().boxed()),
            ("settlement", name().boxed()),
            ("settlement_type", code("SETTLEMENT_TYPE").boxed()),
            ("settlement_id", uuid().boxed()),
        ],
        vec![
            ("region", name().boxed()),
            ("street_type", code("STREET_TYPE").boxed()),
            ("street", name().boxed()),
            (
                "building",
                text("[1-9][А-ЩЬЮЯҐЇІЄа-щьюяґїіє /'0-9-]{0,20}").boxed(),
            ),
            ("apartment", text("\\P{Cc}{0,20}").boxed()),
            ("zip", text("[0-9]{5}").boxed()),
        ],
    )
}

fn phones() -> BoxedStrategy<Value> {
    let phone = object(
        vec![
            ("type", code("PHONE_TYPE").boxed()),
            ("number", text("\\+38[0-9]{10}").boxed()),
        ],
        vec![],
    );
    list(phone, 3)
}

fn emergency_contact() -> BoxedStrategy<Value> {
    object(
        vec![
            ("first_name", person_name().boxed()),
            ("last_name", person_name().boxed()),
            ("phones", phones()),
        ],
        vec![("second_name", person_name().boxed())],
    )
}

fn confidant_person() -> BoxedStrategy<Value> {
    let document = object(
        vec![
            ("type", code("DOCUMENT_RELATIONSHIP_TYPE").boxed()),
            ("number", text("\\P{Cc}{1,60}").boxed()),
            ("issued_by", text("\\P{Cc}{1,60}").boxed()),
            ("issued_at", day().boxed()),
        ],
        vec![],
    );
    object(
        vec![
            ("person_id", uuid().boxed()),
            ("documents_relationship", list(document, 3)),
        ],
        vec![("relation_type", code("CONFIDANT_PERSON_TYPE").boxed())],
    )
}

fn method(kind: Registration) -> BoxedStrategy<Value> {
    let phone = || text("\\+380[0-9]{9}").boxed();
    let alias = || text("\\P{Cc}{0,30}").boxed();
    let kinds =
        |kinds: &[&str]| select(kinds.iter().map(|kind| json!(kind)).collect::<Vec<_>>()).boxed();
    if kind == Registration::Own {
        return object(
            vec![("type", kinds(&["OTP"])), ("phone_number", phone())],
            vec![("value", uuid().boxed()), ("alias", alias())],
        );
    }
    let third_person = object(
        vec![
            ("type", kinds(&["THIRD_PERSON"])),
            ("value", uuid().boxed()),
            ("alias", alias()),
        ],
        vec![("phone_number", phone())],
    );
    // That a confidant's patient has no such method is the registry's own rule (signup 5.1, row 16), not the schema's.
    let another = object(
        vec![("type", kinds(&["OTP", "OFFLINE"]))],
        vec![("phone_number", phone()), ("alias", alias())],
    );
    prop_oneof![another, third_person].boxed()
}

/// A registration that the schema has nothing against.
fn registration(kind: Registration) -> BoxedStrategy<Value> {
    let email =
        text("[a-zA-Z0-9_+'-]{1,20}(\\.[a-z0-9]{1,9}){0,2}@([a-z0-9-]{1,12}\\.){1,3}[a-z]{2,12}");
    let mut there = vec![
        ("first_name", person_name().boxed()),
        ("last_name", person_name().boxed()),
        ("birth_date", day().boxed()),
        ("birth_country", text("\\P{Cc}{1,60}").boxed()),
        ("birth_settlement", name().boxed()),
        ("gender", code("GENDER").boxed()),
        ("no_tax_id", any::<bool>().prop_map(Value::Bool).boxed()),
        ("secret", name().boxed()),
        ("documents", list(document(), 4)),
        ("addresses", list(address(), 3)),
        ("authentication_methods", list(method(kind), 3)),
        ("emergency_contact", emergency_contact()),
    ];
    if kind == Registration::Confidant {
        there.push(("confidant_person", confidant_person()));
    }
    let person = object(
        there,
        vec![
            ("second_name", person_name().boxed()),
            ("email", email.boxed()),
            ("tax_id", text("[0-9]{10}").boxed()),
            ("unzr", text("[0-9]{8}-[0-9]{5}").boxed()),
            ("phones", phones()),
            (
                "preferred_way_communication",
                code("PREFERRED_WAY_COMMUNICATION").boxed(),
            ),
        ],
    );
    let flag = || any::<bool>().prop_map(Value::Bool).boxed();
    let jwt = ("jwt", text("[A-Za-z0-9_.-]{0,200}").boxed());
    let mut there = vec![
        ("person", person),
        ("patient_signed", flag()),
        ("process_disclosure_data_consent", flag()),
    ];
    let mut optional = Vec::new();
    match kind {
        Registration::Own => there.push(jwt),
        Registration::Confidant => optional.push(jwt),
        // Generated requests differ in more than a nonce: they are made elsewhere.
        _ => {}
    }
    object(there, optional)
}

fn any_registration() -> impl Strategy<Value = (Registration, Value)> {
    prop_oneof![
        registration(Registration::Own).prop_map(|content| (Registration::Own, content)),
        registration(Registration::Confidant)
            .prop_map(|content| (Registration::Confidant, content)),
    ]
}

/// Today.
fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 6, 15).unwrap()
}

/// `content` with what the rules of the data (signup 8.4) ask for beyond the schema; `born` and `later` are days before
/// and after today.
fn with_valid_data(mut content: Value, born: u64, later: u64) -> Value {
    let birth = today() - Days::new(born);
    let is_child = crate::person::age::full_years(birth, today()) < 14;
    let iso = |day: NaiveDate| json!(day.format("%Y-%m-%d").to_string());
    let person = content["person"].as_object_mut().unwrap();
    person.insert("birth_date".into(), iso(birth));
    let unzr = format!("{}-00017", birth.format("%Y%m%d"));
    person.insert("unzr".into(), json!(unzr));
    let has_tax_id = person.contains_key("tax_id");
    let refused = person["no_tax_id"] == json!(true);
    if has_tax_id && refused {
        person.shift_remove("tax_id");
    } else if !has_tax_id && !is_child {
        person.insert("no_tax_id".into(), json!(true));
    }
    let once_each = |list: &mut Value| {
        let mut seen = std::collections::HashSet::new();
        let items = list.as_array_mut().unwrap();
        items.retain(|item| seen.insert(item["type"].to_string()));
    };
    let documents = person.get_mut("documents").unwrap();
    let registered = |kind: &Value| rules::REGISTRATION.contains(&kind.as_str().unwrap());
    let items = documents.as_array_mut().unwrap();
    items.retain(|item| registered(&item["type"]) && item["type"] != "PASSPORT");
    let certificate = json!({ "type": "BIRTH_CERTIFICATE", "number": "І-БК№123456", "issued_by": "РАЦС", "issued_at": "" });
    items.push(certificate);
    once_each(documents);
    for document in documents.as_array_mut().unwrap() {
        document["issued_at"] = iso(birth + Days::new(born / 2));
        document["expiration_date"] = iso(today() + Days::new(later));
    }
    if let Some(phones) = person.get_mut("phones") {
        once_each(phones);
    }
    once_each(&mut person["emergency_contact"]["phones"]);
    let methods = person["authentication_methods"].as_array_mut().unwrap();
    methods.truncate(1);
    let addresses = person["addresses"].as_array_mut().unwrap();
    for (index, address) in addresses.iter_mut().enumerate() {
        address["type"] = json!(if index == 0 {
            "RESIDENCE"
        } else {
            "REGISTRATION"
        });
    }
    content
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A registration that keeps the schema and every rule of the data passes both.
    #[test]
    fn valid_registrations_pass_the_rules_too(
        (kind, content) in any_registration(),
        born in 0_u64..=40_000,
        later in 1_u64..=10_000,
    ) {
        let content = with_valid_data(content, born, later);
        prop_assert_eq!(check(kind, &content), []);
        let typed = crate::person::registration::Content::deserialize(&content).unwrap();
        let installation = rules::Installation::new(&[]);
        let checked = crate::person::rules::check(&typed.person, &installation.limits(), today());
        prop_assert!(checked.is_ok(), "{checked:?} {content}");
    }

    /// Whatever the schema describes it accepts, and each required member is missed by its name and alone.
    #[test]
    fn valid_registrations_pass_and_each_required_member_is_missed((kind, content) in any_registration()) {
        prop_assert_eq!(check(kind, &content), []);
        let pointers = required_pointers(kind, &content);
        prop_assert!(pointers.len() >= 30, "{pointers:?}");
        for pointer in &pointers {
            let found = reported_rules(&check(kind, &without(content.clone(), pointer)));
            let name = pointer.rsplit_once('/').unwrap().1;
            let expected = item(&entry(pointer), "required", &format!("required property {name} was not present"));
            prop_assert_eq!(found, [expected]);
        }
    }

    /// A code that no dictionary has is refused wherever it stands, and nothing else is.
    #[test]
    fn an_unknown_code_is_the_only_problem((kind, content) in any_registration(), code in "[A-Z_]{12,20}") {
        for pointer in ["/person/gender", "/person/addresses/0/country", "/person/documents/0/type", "/person/emergency_contact/phones/0/type"] {
            let found = reported_rules(&check(kind, &with(content.clone(), pointer, json!(code))));
            prop_assert_eq!(found, [item(&entry(pointer), "inclusion", "value is not allowed in enum")]);
        }
    }
}
