use chrono::NaiveDate;
use serde_json::json;

use super::translation::entry_key;
use crate::{
    details::*,
    locale::Locale,
    person::dictionaries::{NEEDED, shipped::dictionaries},
};

fn submitted_data(person: &Json) -> SubmittedData<'_> {
    SubmittedData {
        person,
        patient_signed: Some(true),
        process_disclosure_data_consent: Some(true),
    }
}

fn details_text(person: &Json) -> String {
    let words = Locale::Uk.words();
    let cards = cards(
        words,
        dictionaries(),
        &submitted_data(person),
        SignUpKind::Confidant,
        Extent::Whole,
    );
    format!(
        "{cards:?}{:?}",
        identifiers(words, dictionaries(), person, Extent::Whole)
    )
}

fn rows(person: &Json, kind: SignUpKind, extent: Extent) -> Vec<DetailsRow> {
    cards(
        Locale::Uk.words(),
        dictionaries(),
        &submitted_data(person),
        kind,
        extent,
    )
    .into_iter()
    .flat_map(|card| card.groups)
    .flat_map(|group| group.rows)
    .collect()
}

/// The cards of a person as lines `label: value`.
fn lines(person: &Json, kind: SignUpKind) -> Vec<String> {
    rows(person, kind, Extent::Whole)
        .into_iter()
        .map(|row| {
            let value = match row.shown {
                DetailsValue::Missing => "–".to_owned(),
                DetailsValue::Date { text, .. }
                | DetailsValue::Text(text)
                | DetailsValue::MaskedPhone { text, .. }
                | DetailsValue::Code(text) => text,
                DetailsValue::Lines(lines) => lines.join(" | "),
            };
            format!("{}: {value}", row.label).replace('\u{A0}', " ")
        })
        .collect()
}

fn leaves<'a>(value: &'a Json, path: &str, found: &mut Vec<(String, &'a str)>) {
    match value {
        Json::Object(members) => {
            for (name, member) in members {
                leaves(member, &format!("{path}.{name}"), found);
            }
        }
        Json::Array(items) => {
            for item in items {
                leaves(item, &format!("{path}.[0]"), found);
            }
        }
        Json::String(text) => found.push((path.to_owned(), text)),
        _ => {}
    }
}

#[test]
fn everything_that_will_be_registered_is_shown() {
    for person in [people::child(), people::long_names(), people::bare()] {
        let all = details_text(&person);
        let mut found = Vec::new();
        leaves(&person, "$", &mut found);
        for (path, text) in found {
            let expected = match path.rsplit('.').next().unwrap() {
                "secret" => continue,
                "phone_number" => mask(text).0,
                "number" if path.contains("phones") => mask(text).0,
                name if name.ends_with("_at") || name.ends_with("_date") => {
                    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").unwrap();
                    day.format("%d.%m.%Y").to_string()
                }
                _ => text.to_owned(),
            };
            let expected = format!("{expected:?}");
            let in_words = NEEDED
                .iter()
                .filter_map(|name| dictionaries().words(name, text, Locale::Uk))
                .any(|word| all.contains(&word));
            assert!(
                in_words || all.contains(expected.trim_matches('"')),
                "{path} = {text} is not shown"
            );
        }
    }
}

#[test]
fn the_secret_and_phone_numbers_are_masked() {
    let all = details_text(&people::child());
    assert!(!all.contains("синій кит"));
    for number in ["1234567", "123\u{A0}45", "4912345", "7654321"] {
        assert!(!all.contains(number), "{number}");
    }
    let all = details_text(&people::bare());
    assert!(!all.contains("кодове слово"));
    assert!(!all.contains("1112233") && !all.contains("111\u{A0}22"));
}

#[test]
fn rows_of_a_child() {
    let lines = lines(&people::child(), SignUpKind::Confidant);
    for expected in [
        "Прізвище: Короленко",
        "Імʼя: Дар'я",
        "По-батькові: Захарівна",
        "Дата народження: 19.08.2019",
        "Стать: жіноча",
        "ІПН: 3126509816",
        "Ознака відсутності ІПН: Ні",
        "Кодове слово: Вказано (тут не показуємо)",
        "Тип документу: Свідоцтво про народження (для осіб, які не досягли 14-річного віку)",
        "Номер документу: І-БК №123456",
        "Дата закінчення дії документу: 10.01.2028",
        "Адреса (проживання): вулиця Князів Коріатовичів, буд. 12/3А, кв. 45 | місто КАМ'ЯНЕЦЬ-ПОДІЛЬСЬКИЙ \
         | КАМ'ЯНЕЦЬ-ПОДІЛЬСЬКИЙ район | ХМЕЛЬНИЦЬКА область | 32300, Україна",
        "Адреса (реєстрації): село Хотів | КИЇВСЬКА область | Україна",
        "Тип телефону: мобільний",
        "Номер телефону: +380 50 ••• •• 67",
        "Номер телефону: +380 38 ••• •• 45",
        "Номер телефону контактної особи для екстрених випадків: +380 67 ••• •• 21",
        "Бажаний спосіб комунікації: телефон",
        "Тип методу автентифікації: Авторизація через третю особу",
        "Найменування методу автентифікації: мама",
        "Прізвище: Короленко",
        "Тип законного представника: Законний представник пацієнта головний",
        "Дата видачі документу довіреної особи: 28.08.2019",
        "Ознака підпису запиту пацієнтом: Так, підписано",
        "Згода з передачею даних в ЕСОЗ: Так, підписано",
    ] {
        assert!(
            lines.iter().any(|line| line == expected),
            "{expected}\n{lines:#?}"
        );
    }
}

#[test]
fn what_is_not_given_is_said_and_unknown_codes_stay() {
    let lines = lines(&people::bare(), SignUpKind::Own);
    for expected in [
        "По-батькові: –",
        "УНЗР: –",
        "Стать: OTHER",
        "ІПН: –",
        "Ознака відсутності ІПН: Так, особа відмовилася від ІПН (РНОКПП)",
        "Дата закінчення дії документу: –",
        "Телефони: –",
        "Адреса електронної пошти: –",
        "Номер телефону методу автентифікації: +380 50 ••• •• 33",
    ] {
        assert!(
            lines.iter().any(|line| line == expected),
            "{expected}\n{lines:#?}"
        );
    }
}

#[test]
fn a_person_without_anything_still_gives_every_card() {
    let cards = cards(
        Locale::Uk.words(),
        dictionaries(),
        &submitted_data(&json!({})),
        SignUpKind::Own,
        Extent::Whole,
    );
    let ids: Vec<&str> = cards.iter().map(|card| card.id).collect();
    assert_eq!(
        ids,
        [
            "patient",
            "documents",
            "addresses",
            "contacts",
            "methods",
            "emergency-contact",
            "consents"
        ]
    );
    assert!(
        cards
            .iter()
            .all(|card| card.groups.iter().any(|group| !group.rows.is_empty()))
    );
}

/// One source for labels and lines of errors: every row whose entry has a name in signup 12.3 is called by it.
#[test]
fn labels_are_the_names_of_entries() {
    let words = Locale::Uk.words();
    let mut named = std::collections::BTreeSet::new();
    let extents = [Extent::Whole, Extent::Bounded];
    for (person, extent) in [people::child(), people::bare()]
        .into_iter()
        .flat_map(|person| extents.map(|extent| (person.clone(), extent)))
    {
        let mut all = rows(&person, SignUpKind::Confidant, extent);
        all.extend(identifiers(words, dictionaries(), &person, extent));
        for row in all {
            match entry_key(&row.entry) {
                Some(key) => {
                    assert_eq!(row.label, words.text(&key), "{}", row.entry);
                    named.insert(key);
                }
                None => assert!(
                    [
                        "$.person.confidant_person.first_name",
                        "$.person.confidant_person.last_name",
                        "$.person.confidant_person.second_name",
                        "$.person.addresses.[0]",
                        "$.person.addresses.[1]",
                    ]
                    .contains(&&*row.entry),
                    "{}",
                    row.entry
                ),
            }
        }
    }
    // What is no row of its own: the lists and objects that are there, and the nonce.
    let unnamed: Vec<String> = crate::details::translation::keys()
        .filter(|key| key.starts_with("entry-") && !named.contains(key))
        .collect();
    assert_eq!(
        unnamed,
        [
            "entry-person-documents",
            "entry-person-addresses",
            "entry-person-authentication-methods",
            "entry-person-confidant-person-documents-relationship",
            "entry-person-emergency-contact",
            "entry-person-emergency-contact-phones",
            "entry-jwt",
        ]
    );
}

#[test]
fn every_row_has_an_id_of_its_own() {
    let person = people::child();
    let ids: Vec<String> = rows(&person, SignUpKind::Confidant, Extent::Bounded)
        .iter()
        .map(DetailsRow::id)
        .collect();
    let unique: std::collections::HashSet<_> = ids.iter().collect();
    assert_eq!(ids.len(), unique.len(), "{ids:?}");
    assert!(ids.contains(&"row-person-documents-1-expiration-date".to_owned()));
}

#[rstest::rstest]
#[case("+380501234567", "+380 50 ••• •• 67", "67")]
#[case("0501234567", "•••• 67", "67")]
#[case("+38050123456х", "•••• 6х", "6х")]
#[case("", "•••• ", "")]
fn phone_numbers(#[case] number: &str, #[case] masked: &str, #[case] end: &str) {
    let (text, last) = mask(number);
    assert_eq!(
        (text.replace('\u{A0}', " ").as_str(), last.as_str()),
        (masked, end)
    );
}

/// Refused data keep a row for each member of an address, given or not: any of them may be what is wrong.
#[test]
fn a_refused_address_has_a_row_for_each_member() {
    let entries: Vec<String> = rows(&people::bare(), SignUpKind::Own, Extent::Bounded)
        .into_iter()
        .map(|row| row.entry)
        .filter(|entry| entry.starts_with("$.person.addresses"))
        .collect();
    assert_eq!(entries.len(), 11);
    assert!(entries.contains(&"$.person.addresses.[0].zip".to_owned()));
}

#[rstest::rstest]
#[case(json!({ "area": "М.КИЇВ", "settlement": "КИЇВ", "settlement_type": "CITY" }), "місто КИЇВ | М.КИЇВ")]
#[case(json!({ "area": "ДОНЕЦЬКА", "region": "БАХМУТСЬКИЙ" }), "БАХМУТСЬКИЙ район | ДОНЕЦЬКА область")]
#[case(json!({ "region": "Бучанський район", "area": "Київська область" }), "Бучанський район | Київська область")]
#[case(json!({ "building": "1", "zip": "01001" }), "буд. 1 | 01001")]
#[case(json!({ "street": "Лісова", "apartment": "2" }), "Лісова, кв. 2")]
#[case(json!({ "country": "ZZ", "street_type": "NONE" }), "NONE | ZZ")]
#[case(json!({}), "")]
fn addresses_as_written(#[case] address: Json, #[case] expected: &str) {
    let reader = Reader {
        words: Locale::Uk.words(),
        dictionaries: dictionaries(),
        extent: Extent::Whole,
    };
    let lines = reader.address_lines(&address).join(" | ");
    assert_eq!(lines.replace('\u{A0}', " "), expected);
}
