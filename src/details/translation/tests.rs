//! signup 12, 13.1.

mod tables;

use std::collections::HashMap;

use axum::http::StatusCode;
use fluent_templates::{
    fluent_bundle::{FluentArgs, FluentBundle, FluentResource},
    langid,
};
use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

use self::tables::{MESSAGES, NAMES, OWN_MESSAGES, OWN_NAMES, TOO_FEW};
use crate::{
    details::translation::*,
    person::{
        dictionaries::shipped,
        samples,
        schema::{self, Registration},
    },
};

const UKRAINIAN: &str = include_str!("../../../locales/uk/errors.ftl");
const ENGLISH: &str = include_str!("../../../locales/en/errors.ftl");

/// The words of one language.
struct Words(FluentBundle<FluentResource>);

impl Words {
    fn of(text: &str) -> Self {
        let resource = FluentResource::try_new(text.to_owned()).unwrap();
        let mut bundle = FluentBundle::new(vec![langid!("uk")]);
        bundle.set_use_isolating(false);
        bundle.add_resource(resource).unwrap();
        Self(bundle)
    }

    fn text(&self, key: &str, arguments: &[(&'static str, String)]) -> String {
        let message = self
            .0
            .get_message(key)
            .unwrap_or_else(|| panic!("no text for {key}"));
        let arguments: FluentArgs = arguments
            .iter()
            .map(|(name, value)| (*name, value.clone()))
            .collect();
        let mut errors = Vec::new();
        let text = self
            .0
            .format_pattern(message.value().unwrap(), Some(&arguments), &mut errors);
        assert!(errors.is_empty(), "{key}: {errors:?}");
        text.into_owned()
    }

    fn line(&self, line: &Line) -> String {
        let arguments: Vec<_> = line
            .arguments
            .iter()
            .map(|(name, argument)| match argument {
                Argument::Word(key) => (*name, self.text(key, &[])),
                Argument::Text(text) => (*name, text.clone()),
            })
            .collect();
        self.text(&line.key, &arguments)
    }
}

fn ukrainian(error: &ApiError) -> Vec<String> {
    let words = Words::of(UKRAINIAN);
    lines(error).iter().map(|line| words.line(line)).collect()
}

/// Keys and values of a file, in its order.
fn entries(text: &str) -> Vec<(&str, &str)> {
    text.lines()
        .filter_map(|line| line.split_once(" = "))
        .collect()
}

fn content() -> Value {
    samples::confidant_registration(Uuid::from_u128(1))
}

fn schema_error(content: &Value) -> ApiError {
    ApiError::validation(schema::check(
        shipped::dictionaries(),
        Registration::Confidant,
        content,
    ))
}

fn missing(entry: &str) -> ApiError {
    let property = entry.rsplit('.').next().unwrap();
    let rule = Rule::with_description(
        "required",
        "required property %{property} was not present",
        json!({ "property": property }),
    );
    ApiError::validation(vec![Invalid::property(entry, rule)])
}

fn too_few(entry: &str) -> ApiError {
    let rule = Rule::with_description(
        "length",
        "expected a minimum of %{min} items but got %{actual}",
        json!({ "min": 1, "actual": 0 }),
    );
    ApiError::validation(vec![Invalid::property(entry, rule)])
}

fn rule_error(entry: &str, rule: &'static str) -> ApiError {
    ApiError::validation(vec![Invalid::property(
        entry,
        Rule::with_description(rule, "text", json!({})),
    )])
}

#[test]
fn both_languages_have_every_key_and_no_other() {
    let mut keys: Vec<String> = keys().collect();
    keys.sort();
    let unique = keys.len();
    keys.dedup();
    assert_eq!(keys.len(), unique, "keys are distinct");
    for text in [UKRAINIAN, ENGLISH] {
        let mut found: Vec<_> = entries(text).into_iter().map(|(key, _)| key).collect();
        found.sort_unstable();
        assert_eq!(found, keys);
    }
}

#[test]
fn both_languages_fill_in_the_same_places() {
    let places = |text: &str| -> Vec<String> {
        text.match_indices("{ $")
            .map(|(at, _)| text[at..].split('}').next().unwrap().to_owned())
            .collect()
    };
    let english: HashMap<_, _> = entries(ENGLISH).into_iter().collect();
    for (key, text) in entries(UKRAINIAN) {
        assert_eq!(places(text), places(english[key]), "{key}");
    }
}

#[test]
fn ukrainian_texts_are_written_with_ukrainian_letters() {
    for (key, text) in entries(UKRAINIAN) {
        assert!(
            !text.contains(['\'', '\u{2019}', 'ы', 'э', 'ё', 'ъ']),
            "{key}"
        );
        for word in text.split(|c: char| !c.is_alphabetic()) {
            assert!(
                word.is_ascii() || !word.contains(|c: char| c.is_ascii_alphabetic()),
                "{key}: {word} mixes scripts"
            );
        }
    }
}

#[test]
fn the_tables_are_whole() {
    assert_eq!(MESSAGES.len(), 16);
    assert_eq!(NAMES.len(), 53);
    assert_eq!(TOO_FEW.len(), 6);
    let entries: Vec<_> = NAMES
        .iter()
        .chain(OWN_NAMES)
        .map(|(entry, _)| *entry)
        .collect();
    assert_eq!(entries, ENTRIES);
    let messages: Vec<_> = MESSAGES.iter().map(|(message, _)| *message).collect();
    assert_eq!(messages, SEED);
}

#[test]
fn business_errors_are_told_by_their_message() {
    for (message, text) in MESSAGES.iter().chain(OWN_MESSAGES) {
        let error = ApiError::new(StatusCode::UNAUTHORIZED, *message);
        assert_eq!(ukrainian(&error), [*text], "{message}");
        // Texts vary in the final dot.
        let other = match message.strip_suffix('.') {
            Some(bare) => format!(" {bare} "),
            None => format!("{message}."),
        };
        let error = ApiError::new(StatusCode::CONFLICT, other);
        assert_eq!(ukrainian(&error), [*text], "{message}");
    }
}

#[test]
fn every_business_error_tied_to_a_field_is_one_line_about_it() {
    for message in SEED.iter().chain(OURS) {
        let error = ApiError::field("$.person.documents.[2].type", "invalid", *message);
        let lines = lines(&error);
        assert_eq!(lines.len(), 1, "{message}");
        assert_eq!(lines[0].key, key(TextKeyKind::Error, message));
        assert_eq!(
            lines[0].entry.as_deref(),
            Some("$.person.documents.[2].type")
        );
    }
}

#[rstest]
#[case("NOT_VERIFIED")]
#[case("CHANGES_NEEDED")]
fn any_verification_status_is_the_same_message(#[case] status: &str) {
    let message = format!(
        "Person with cumulative verification status {status} can not be submitted as confidant"
    );
    let error = ApiError::field("$.person.confidant_person.person_id", "invalid", message);
    assert_eq!(
        ukrainian(&error),
        ["Особа яка вказана як законний представник не верифікована"]
    );
}

#[rstest]
#[case("Person with cumulative verification status  can not be submitted as confidant")]
#[case("Person with cumulative verification status")]
#[case("Person not found..")]
#[case("person not found.")]
#[case("")]
#[case("Internal server error.")]
fn what_nobody_knows_is_an_internal_error(#[case] message: &str) {
    let error = ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, message.to_owned());
    assert_eq!(
        ukrainian(&error),
        ["Внутрішня помилка. Вибачте за тимчасові незручності"]
    );
}

#[rstest]
#[case(
    "Your scope does not allow to access this resource. Missing allowances: confidant_person:sign_up",
    "У даного користувача недостатньо прав для доступу"
)]
#[case(
    "expiration_date is mandatory for document_type NATIONAL_ID",
    "Укажіть дату закінчення дії: документ цього типу її має"
)]
#[case(
    "Single address of type 'RESIDENCE' is required, got: 2",
    "Укажіть лише одну адресу проживання"
)]
#[case(
    "This phone number is present more than 5 times in the system",
    "Цей номер телефону вже використано найбільшу дозволену кількість разів. Укажіть інший"
)]
#[case(
    "Document issued date should greater than person.birth_date ",
    "Перевірте дату видачі документа: вона раніша за дату народження"
)]
fn messages_with_something_filled_in(#[case] message: &str, #[case] text: &str) {
    let error = ApiError::new(StatusCode::FORBIDDEN, message.to_owned());
    assert_eq!(ukrainian(&error), [text]);
}

#[test]
fn every_missing_entry_is_told_by_its_name() {
    for (entry, name) in NAMES.iter().chain(OWN_NAMES) {
        let expected = format!("Обов\u{2BC}язковий атрибут \"{name}\" відсутній");
        assert_eq!(ukrainian(&missing(entry)), [expected.as_str()], "{entry}");
        let other_place = entry.replace("[0]", "[17]");
        assert_eq!(
            ukrainian(&missing(&other_place)),
            [expected.as_str()],
            "{other_place}"
        );
        let lines = lines(&missing(&other_place));
        assert_eq!(lines[0].entry.as_deref(), Some(other_place.as_str()));
    }
}

/// Those of the 53 that the schema can produce, from a document that lacks them.
#[test]
fn missing_members_of_a_registration_are_told_by_their_names() {
    let mut produced = 0;
    for (entry, name) in NAMES {
        let pointer = entry
            .trim_start_matches('$')
            .replace(".[0]", "/0")
            .replace('.', "/");
        for pointer in [pointer.clone(), pointer.replace("/person/", "/")] {
            let mut content = content();
            let (parent, member) = pointer.rsplit_once('/').unwrap();
            let Some(parent) = content.pointer_mut(parent).and_then(Value::as_object_mut) else {
                continue;
            };
            if parent.remove(member).is_none() {
                continue;
            }
            let told = ukrainian(&schema_error(&content));
            if schema::check(shipped::dictionaries(), Registration::Confidant, &content).is_empty()
            {
                continue;
            }
            produced += 1;
            assert_eq!(
                told,
                [format!("Обов\u{2BC}язковий атрибут \"{name}\" відсутній")],
                "{entry}"
            );
        }
    }
    assert_eq!(
        produced, 41,
        "39 members of the person and the two consents"
    );
}

#[test]
fn an_entry_without_a_name_is_told_by_its_raw_name() {
    assert_eq!(
        ukrainian(&missing("$.signed_content")),
        ["Обов\u{2BC}язковий атрибут \"signed_content\" відсутній"]
    );
}

#[test]
fn consents_are_known_in_both_places() {
    for (place, name) in [
        ("$.patient_signed", "Ознака підпису запиту пацієнтом"),
        ("$.person.patient_signed", "Ознака підпису запиту пацієнтом"),
        (
            "$.process_disclosure_data_consent",
            "Згода з передачею даних в ЕСОЗ",
        ),
        (
            "$.person.process_disclosure_data_consent",
            "Згода з передачею даних в ЕСОЗ",
        ),
    ] {
        let expected = format!("Обов\u{2BC}язковий атрибут \"{name}\" відсутній");
        assert_eq!(ukrainian(&missing(place)), [expected]);
    }
}

#[test]
fn every_empty_list_has_its_text() {
    for (entry, text) in TOO_FEW {
        assert_eq!(ukrainian(&too_few(entry)), [*text]);
        let pointer = entry.trim_start_matches('$').replace('.', "/");
        let mut content = content();
        *content.pointer_mut(&pointer).unwrap() = json!([]);
        assert_eq!(
            ukrainian(&schema_error(&content)),
            [*text],
            "{entry} from the schema"
        );
    }
    assert_eq!(
        ukrainian(&too_few("$.list")),
        ["Некоректне значення атрибуту \"list\""]
    );
}

/// signup 12.5.
#[rstest]
#[case("$.person.tax_id", "format", "Некоректне значення атрибуту \"ІПН\"")]
#[case(
    "$.person.birth_date",
    "date",
    "Некоректне значення атрибуту \"Дата народження\""
)]
#[case(
    "$.person.email",
    "email",
    "Некоректне значення атрибуту \"Адреса електронної пошти\""
)]
#[case(
    "$.person.no_tax_id",
    "cast",
    "Некоректне значення атрибуту \"Ознака відсутності ІПН\""
)]
#[case(
    "$.person.secret",
    "length",
    "Некоректне значення атрибуту \"Кодове слово\""
)]
#[case(
    "$.person.documents.[3].type",
    "inclusion",
    "Недопустиме значення атрибуту \"Тип документу\""
)]
#[case(
    "$.person.documents.[3].scan",
    "schema",
    "Зайвий атрибут \"$.person.documents.[3].scan\""
)]
#[case(
    "$.person.documents.[3]",
    "cast",
    "Некоректне значення атрибуту \"Документи\""
)]
#[case(
    "$.person.phones.[1].type",
    "invalid",
    "Некоректне значення атрибуту \"Тип телефону\""
)]
#[case("$.person", "cast", "Некоректне значення атрибуту \"person\"")]
#[case("$", "cast", "Некоректне значення атрибуту \"$\"")]
fn other_rules(#[case] entry: &str, #[case] rule: &'static str, #[case] text: &str) {
    assert_eq!(ukrainian(&rule_error(entry, rule)), [text]);
}

#[test]
fn several_errors_are_a_line_each_in_the_order_received_and_none_twice() {
    let mut content = content();
    content["person"]["first_name"] = json!("");
    content["person"]["gender"] = json!("X");
    content["person"]
        .as_object_mut()
        .unwrap()
        .shift_remove("last_name");
    content["person"]["nickname"] = json!("x");
    assert_eq!(
        ukrainian(&schema_error(&content)),
        [
            "Некоректне значення атрибуту \"Імʼя\"",
            "Обовʼязковий атрибут \"Прізвище\" відсутній",
            "Недопустиме значення атрибуту \"Стать\"",
            "Зайвий атрибут \"$.person.nickname\"",
        ]
    );
}

/// signup 8.4: several rules of the registry at once, whatever the message of the whole is.
#[rstest]
#[case("Validation failed.")]
#[case("No duplicate values.")]
fn several_business_errors_are_a_line_each(#[case] message: &'static str) {
    let of = |entry: &str, text: &str| Invalid::property(entry, Rule::business("invalid", text));
    let mut error = ApiError::validation(vec![
        of("$.person.documents.[1]", "No duplicate values."),
        of("$.person.phones.[2]", "No duplicate values."),
        of("$.person.documents.[1]", "No duplicate values."),
        of("$.person.unzr", "unzr or birthdate are not correct"),
    ]);
    error.message = message.into();
    let entries: Vec<_> = lines(&error)
        .into_iter()
        .map(|line| line.entry.unwrap())
        .collect();
    assert_eq!(
        entries,
        [
            "$.person.documents.[1]",
            "$.person.phones.[2]",
            "$.person.unzr"
        ]
    );
    assert_eq!(
        ukrainian(&error),
        [
            "Значення вказано двічі. Залиште одне",
            "Значення вказано двічі. Залиште одне",
            "Перевірте УНЗР і дату народження: вони не збігаються",
        ]
    );
}

#[test]
fn what_is_no_field_is_an_internal_error() {
    let mut error = ApiError::new(StatusCode::BAD_REQUEST, "Malformed request.");
    error.invalid = vec![Invalid {
        entry: None,
        entry_type: EntryType::Request,
        rules: vec![Rule::from_name("json")],
    }];
    assert_eq!(
        ukrainian(&error),
        ["Внутрішня помилка. Вибачте за тимчасові незручності"]
    );
}

#[test]
fn labels_of_fields_are_the_names_of_entries() {
    assert_eq!(
        entry_key("$.person.documents.[4].type").as_deref(),
        Some("entry-person-documents-type")
    );
    assert_eq!(
        entry_key("$.patient_signed"),
        entry_key("$.person.patient_signed")
    );
    assert_eq!(entry_key("$.person.documents.[x].type"), None);
    assert_eq!(entry_key("$.person.documents.[4]"), None);
    assert_eq!(entry_key(""), None);
    let words = Words::of(ENGLISH);
    for entry in ENTRIES {
        assert!(!words.text(&entry_key(entry).unwrap(), &[]).is_empty());
    }
}
