//! The tables of §12, row by row, from a signed registration: what a program is answered, whole, and what a person reads.

use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{
    Answer, Authority, CONFIDANT, Child,
    Database::{self, Postgres, Sqlite},
    TestApp, World, address, field, required,
};

const VALIDATION_FAILED: &str = "Validation failed. You can find validators description at our API Manifest: http://docs.apimanifest.apiary.io/#introduction/interacting-with-api/errors.";

/// Where a person reads of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// At the entry.
    Validation,
    /// After the confirmation.
    Registration,
}

/// How a business error is answered.
#[derive(Debug, Clone, Copy)]
enum Told {
    /// Status and type, tied to no field.
    Whole(u16, &'static str),
    /// 422, tied to this entry.
    Field(&'static str),
}

struct Row {
    number: u8,
    message: &'static str,
    text: &'static str,
    step: Step,
    told: Told,
    page: u16,
}

const fn row(
    number: u8,
    message: &'static str,
    text: &'static str,
    step: Step,
    told: Told,
    page: u16,
) -> Row {
    Row {
        number,
        message,
        text,
        step,
        told,
        page,
    }
}

/// §12.1, but for row 1, which only a page can say.
const MESSAGES: &[Row] = &[
    row(
        2,
        "Invalid signed content.",
        "Підписаний контент некоректний або прострочений.",
        Step::Validation,
        Told::Whole(400, "request_malformed"),
        400,
    ),
    row(
        3,
        "JWT is invalid.",
        "Підписаний контент некоректний або прострочений.",
        Step::Validation,
        Told::Whole(401, "access_denied"),
        403,
    ),
    row(
        4,
        "Unable to authenticate signer",
        "Не вдалося ідентифікувати підписанта",
        Step::Validation,
        Told::Whole(401, "access_denied"),
        403,
    ),
    row(
        5,
        "expected true but got false for attribute patient_signed",
        "Користувач повинен погодитись з підписанням даних",
        Step::Validation,
        Told::Field("$.patient_signed"),
        422,
    ),
    row(
        6,
        "expected true but got false for attribute process_disclosure_data_consent",
        "Користувач повинен погодитись з передачею даних в ЄСОЗ",
        Step::Validation,
        Told::Field("$.process_disclosure_data_consent"),
        422,
    ),
    row(
        7,
        "It is impossible to uniquely identify the person.",
        "Не вдалося ідентифікувати персону. Зверніться до служби підтримки",
        Step::Registration,
        Told::Whole(401, "access_denied"),
        403,
    ),
    row(
        8,
        "Relationship not confirmed",
        "Звʼязок між авторизованою особою і довіреною особою не підтверджено",
        Step::Registration,
        Told::Whole(409, "request_conflict"),
        409,
    ),
    row(
        9,
        "Submitted document type is not allowed",
        "Некоректний тип документу",
        Step::Validation,
        Told::Field("$.person.documents.[1].type"),
        422,
    ),
    row(
        10,
        "User is blocked.",
        "Користувача заблоковано",
        Step::Registration,
        Told::Whole(401, "access_denied"),
        403,
    ),
    row(
        11,
        "Person not found.",
        "Не вдалося ідентифікувати персону. Зверніться до служби підтримки",
        Step::Registration,
        Told::Whole(401, "access_denied"),
        403,
    ),
    row(
        12,
        "Person who initiates registration of patient must be submitted as confidant person",
        "Особа що створює запит на реєстрацію має бути вказана як законний представник",
        Step::Validation,
        Told::Field("$.person.confidant_person.person_id"),
        422,
    ),
    row(
        13,
        "Person with cumulative verification status NOT_VERIFIED can not be submitted as confidant",
        "Особа яка вказана як законний представник не верифікована",
        Step::Validation,
        Told::Field("$.person.confidant_person.person_id"),
        422,
    ),
    row(
        14,
        "Confidant person must have active authentication method with type \"OTP\" where ended_at is equal to or greater than current date",
        "Не коректний метод авторизації особи що вказана як законний представник",
        Step::Validation,
        Told::Field("$.person.confidant_person.person_id"),
        422,
    ),
    row(
        15,
        "Only THIRD_PERSON authentication method can be created for person",
        "Дозволена авторизація тільки через законного представника",
        Step::Validation,
        Told::Field("$.person.authentication_methods.[0].type"),
        422,
    ),
    row(
        16,
        "Person who initiates registration of patient must be submitted as THIRD_PERSON",
        "Не коректний ідентифікатор особи що автенторизує дії",
        Step::Validation,
        Told::Field("$.person.authentication_methods.[0].value"),
        422,
    ),
];

const STRANGER: &str = "57210000-0000-4000-8000-000000000001";

/// What is signed so that `row` is broken; the registry is changed where that takes it.
async fn signed(world: &World<'_>, row: &Row) -> String {
    let mut content = Child::content();
    let confidant = |member: &str, value: Value| {
        let mut person = world.confidant();
        *person.pointer_mut(member).unwrap() = value;
        json!({ "persons": [person] })
    };
    match row.number {
        2 => return "QUJD".to_owned(),
        3 => content["jwt"] = json!("nonsense"),
        4 => {
            let stranger = Authority::new("Чужий").person(Some("3112201416"));
            return stranger.sign(&content, world.app.now());
        }
        5 => content["patient_signed"] = json!(false),
        6 => content["process_disclosure_data_consent"] = json!(false),
        7 => {
            world.import_child(&content).await;
            world.import_child(&content).await;
        }
        8 => {
            let id = world.import_child(&content).await;
            let reason = Some("MANUAL_CREATED_BY_DOCTOR");
            world.relate(id, CONFIDANT, "NOT_VERIFIED", reason).await;
        }
        9 => {
            let documents = content["person"]["documents"].as_array_mut().unwrap();
            documents.push(json!({
                "type": "MARRIAGE_CERTIFICATE",
                "number": "І-БК №123456",
                "issued_by": "Печерський відділ державної реєстрації актів цивільного стану",
                "issued_at": "2025-02-11",
            }));
        }
        // Authority §3, §4: it is told of a patient for whom the confidant could act otherwise.
        10 => {
            let person_id = world.import_child(&content).await;
            world.relate(person_id, CONFIDANT, "VERIFIED", None).await;
            let id = Uuid::from_u128(0xae3_u128 << 116 | 0x4000_8000_0000_0000_0004);
            let user = json!({ "id": id, "person_id": person_id, "is_blocked": true });
            world.import(&json!({ "users": [user] })).await;
        }
        11 => {
            let person_id = world.import_child(&content).await;
            world.relate(person_id, CONFIDANT, "VERIFIED", None).await;
            let dead = r#"{"dracs_death": {"status": "DEAD", "reason": null}}"#;
            let sql =
                format!("UPDATE persons SET verification = '{dead}' WHERE tax_id = '4569100028'");
            world.app.execute(&sql).await;
        }
        12 => content["person"]["confidant_person"]["person_id"] = json!(STRANGER),
        13 => {
            // Provisioned last, so that it stands as it is given.
            let mut file = confidant("/gender", json!("MALE"));
            file["persons"][0]["verification_status"] = json!("NOT_VERIFIED");
            world.import(&file).await;
        }
        14 => {
            let mut file = confidant("/gender", json!("MALE"));
            file["persons"][0]["authentication_methods"][0]["is_active"] = json!(false);
            world.import(&file).await;
        }
        15 => {
            content["person"]["authentication_methods"][0] = json!({ "type": "OTP", "phone_number": "+380500000017", "value": CONFIDANT, "alias": "мама" });
        }
        16 => content["person"]["authentication_methods"][0]["value"] = json!(STRANGER),
        other => panic!("row {other}"),
    }
    world.sign(&content)
}

#[track_caller]
fn assert_told(answer: &Answer, row: &Row) {
    match row.told {
        Told::Whole(status, kind) => answer.refuses(status, kind, row.message),
        Told::Field(entry) => answer.refuses_field(entry, "invalid", row.message),
    }
}

/// The lines of a page's summary: text, and where it leads.
#[track_caller]
fn summary(page: &Answer) -> Vec<(String, Option<String>)> {
    let html = page.text();
    let (before, rest) = html
        .split_once("<div class=\"error-summary\" tabindex=\"-1\" autofocus")
        .unwrap_or_else(|| panic!("no summary on {html}"));
    assert!(!before.contains("<h1"), "the summary comes first");
    assert!(rest.contains("<div role=\"alert\">"));
    let (list, _) = rest.split_once("</ul>").unwrap();
    list.split("<li>")
        .skip(1)
        .map(|item| {
            let item = item.split("</li>").next().unwrap();
            let (href, text) = match item.strip_prefix("<a href=\"") {
                Some(link) => {
                    let (href, rest) = link.split_once("\">").unwrap();
                    let target = format!("id=\"{}\"", href.strip_prefix('#').unwrap());
                    assert_eq!(html.matches(&target).count(), 1, "{target}");
                    (Some(href.to_owned()), rest.split("</a>").next().unwrap())
                }
                None => (None, item),
            };
            (text.replace("&#34;", "\""), href)
        })
        .collect()
}

#[track_caller]
fn assert_says(page: &Answer, text: &str, is_linked: bool) {
    let lines = summary(page);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(lines[0].0, text);
    assert_eq!(lines[0].1.is_some(), is_linked, "{lines:?}");
    assert!(
        page.text().contains("<title>Помилка: "),
        "the title says that it is an error"
    );
}

#[rstest]
#[tokio::test]
async fn business_errors(#[values(Sqlite, Postgres)] database: Database) {
    // §12.1
    let rows: Vec<u8> = MESSAGES.iter().map(|row| row.number).collect();
    let expected: Vec<u8> = (2..=16).collect();
    assert_eq!(rows, expected);
    for row in MESSAGES {
        let app = TestApp::new(database).await;
        let world = app.world().await;
        let user_data = signed(&world, row).await;
        let before = app.registered().await;
        let browser = app.browser();
        let page = match row.step {
            Step::Validation => {
                assert_told(&world.validate(&user_data).await, row);
                browser.get(&world.entry(&user_data)).await
            }
            Step::Registration => {
                let token = world.session_token(&user_data).await;
                assert_told(&world.register(&user_data, &token).await, row);
                let details = world.enter(&browser, &user_data).await;
                browser.decide(&details, "confirm").await
            }
        };
        page.page(row.page);
        let is_linked = matches!(row.told, Told::Field(_));
        assert_says(&page, row.text, is_linked);
        assert_eq!(app.registered().await, before, "row {}", row.number);
    }
}

#[rstest]
#[tokio::test]
async fn row_1_of_the_business_errors(#[values(Sqlite, Postgres)] database: Database) {
    // §12.1: a page alone says it; a program is told which member of its body is missing
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let page = app.browser().get(&world.entry("")).await;
    page.page(400);
    assert!(page.words().contains("Відсутні дані для реєстрації"));
    let way_back = page.way_back().unwrap();
    assert!(way_back.contains("error_description=user_data+missing"));
}

#[rstest]
#[tokio::test]
async fn a_refused_confirmation_shows_the_details_again(
    #[values(Sqlite, Postgres)] database: Database,
) {
    // ux rule 3: the same page, with what is wrong leading to its row, and nothing lost
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let browser = app.browser();
    let details = world.enter(&browser, &world.signed_child()).await;
    let mut person = world.confidant();
    person["verification_status"] = json!("NOT_VERIFIED");
    world.import(&json!({ "persons": [person] })).await;
    let refused = browser.decide(&details, "confirm").await;
    refused.page(422);
    assert_eq!(refused.heading(), "Перевірте дані пацієнта");
    assert_says(
        &refused,
        "Особа яка вказана як законний представник не верифікована",
        true,
    );
    assert!(refused.words().contains("Марʼяна"));
    let way_back = refused.way_back().unwrap();
    assert!(way_back.contains("error=invalid_request"), "{way_back}");
    // The other language is at the same place.
    assert!(refused.text().contains("href=\"?lang=en\""));
    let english = browser.get(&format!("{}?lang=en", refused.path)).await;
    english.page(200);
    assert_eq!(english.heading(), "Check the patient’s details");
    // Once the confidant is verified the same page goes on.
    let mut person = world.confidant();
    person["verification_status"] = json!("VERIFIED");
    world.import(&json!({ "persons": [person] })).await;
    let confirmed = browser.decide(&refused, "confirm").await;
    assert!(confirmed.see_other().starts_with("/accept/"));
}

/// §12.3.
const NAMES: &[(&str, &str)] = &[
    ("$.person.first_name", "Імʼя"),
    ("$.person.last_name", "Прізвище"),
    ("$.person.second_name", "По-батькові"),
    ("$.person.birth_date", "Дата народження"),
    ("$.person.birth_country", "Країна народження"),
    ("$.person.birth_settlement", "Місце народження"),
    ("$.person.gender", "Стать"),
    ("$.person.email", "Адреса електронної пошти"),
    ("$.person.no_tax_id", "Ознака відсутності ІПН"),
    ("$.person.secret", "Кодове слово"),
    ("$.person.documents", "Документи"),
    ("$.person.documents.[0].type", "Тип документу"),
    ("$.person.documents.[0].number", "Номер документу"),
    ("$.person.documents.[0].issued_by", "Місце видачі документу"),
    ("$.person.documents.[0].issued_at", "Дата видачі документу"),
    (
        "$.person.documents.[0].expiration_date",
        "Дата закінчення дії документу",
    ),
    ("$.person.addresses", "Адреса"),
    ("$.person.addresses.[0].type", "Тип адреси"),
    (
        "$.person.addresses.[0].country",
        "Країна прописки (проживання)",
    ),
    (
        "$.person.addresses.[0].area",
        "Область прописки (проживання)",
    ),
    (
        "$.person.addresses.[0].region",
        "Район прописки (проживання)",
    ),
    (
        "$.person.addresses.[0].settlement",
        "Населений пункт прописки (проживання)",
    ),
    (
        "$.person.addresses.[0].settlement_type",
        "Тип населеного пункту прописки (проживання)",
    ),
    (
        "$.person.addresses.[0].settlement_id",
        "Ідентифікатор населеного пункту прописки (проживання)",
    ),
    (
        "$.person.addresses.[0].street_type",
        "Тип вулиці прописки (проживання)",
    ),
    (
        "$.person.addresses.[0].street",
        "Вулиця прописки (проживання)",
    ),
    (
        "$.person.addresses.[0].building",
        "Будинок прописки (проживання)",
    ),
    (
        "$.person.addresses.[0].apartment",
        "Квартира прописки (проживання)",
    ),
    (
        "$.person.addresses.[0].zip",
        "Поштовий індекс прописки (проживання)",
    ),
    ("$.person.phones", "Телефони"),
    ("$.person.phones.[0].type", "Тип телефону"),
    ("$.person.phones.[0].number", "Номер телефону"),
    ("$.person.authentication_methods", "Методи автентифікації"),
    (
        "$.person.authentication_methods.[0].type",
        "Тип методу автентифікації",
    ),
    (
        "$.person.authentication_methods.[0].value",
        "Значення методу автентифікації",
    ),
    (
        "$.person.authentication_methods.[0].alias",
        "Найменування методу автентифікації",
    ),
    (
        "$.person.preferred_way_communication",
        "Бажаний спосіб комунікації",
    ),
    ("$.person.confidant_person", "Довірена особа"),
    (
        "$.person.confidant_person.person_id",
        "Ідентифікатор довіреної особи",
    ),
    (
        "$.person.confidant_person.documents_relationship",
        "Документ що підтверджує звʼязок з довіреною особою",
    ),
    (
        "$.person.confidant_person.documents_relationship.[0].type",
        "Тип документу довіреної особи",
    ),
    (
        "$.person.confidant_person.documents_relationship.[0].number",
        "Номер документу довіреної особи",
    ),
    (
        "$.person.confidant_person.documents_relationship.[0].issued_by",
        "Місце видачі документу довіреної особи",
    ),
    (
        "$.person.confidant_person.documents_relationship.[0].issued_at",
        "Дата видачі документу довіреної особи",
    ),
    (
        "$.person.emergency_contact",
        "Контактна особа для екстрених випадків",
    ),
    (
        "$.person.emergency_contact.first_name",
        "Імʼя контактної особи для екстрених випадків",
    ),
    (
        "$.person.emergency_contact.last_name",
        "Прізвище контактної особи для екстрених випадків",
    ),
    (
        "$.person.emergency_contact.second_name",
        "По-батькові контактної особи для екстрених випадків",
    ),
    (
        "$.person.emergency_contact.phones",
        "Телефони контактної особи для екстрених випадків",
    ),
    (
        "$.person.emergency_contact.phones.[0].type",
        "Тип телефону контактної особи для екстрених випадків",
    ),
    (
        "$.person.emergency_contact.phones.[0].number",
        "Номер телефону контактної особи для екстрених випадків",
    ),
    ("$.patient_signed", "Ознака підпису запиту пацієнтом"),
    (
        "$.process_disclosure_data_consent",
        "Згода з передачею даних в ЕСОЗ",
    ),
];

/// Entries of §12.3 that may be left out (§8.2): their names are read when their values are of no use.
const OPTIONAL: &[&str] = &[
    "$.person.second_name",
    "$.person.email",
    "$.person.documents.[0].expiration_date",
    "$.person.addresses.[0].region",
    "$.person.addresses.[0].street_type",
    "$.person.addresses.[0].street",
    "$.person.addresses.[0].building",
    "$.person.addresses.[0].apartment",
    "$.person.addresses.[0].zip",
    "$.person.phones",
    "$.person.preferred_way_communication",
    "$.person.emergency_contact.second_name",
];

/// The JSON pointer of an entry.
fn pointer(entry: &str) -> String {
    entry
        .trim_start_matches('$')
        .replace(".[0]", "/0")
        .replace('.', "/")
}

#[rstest]
#[tokio::test]
async fn names_of_entries(#[values(Sqlite, Postgres)] database: Database) {
    // §12.2, §12.3
    assert_eq!(NAMES.len(), 53);
    let app = TestApp::new(database).await;
    let world = app.world().await;
    for (entry, name) in NAMES {
        let mut content = Child::content();
        let pointer = pointer(entry);
        let (parent, member) = pointer.rsplit_once('/').unwrap();
        let parent = content
            .pointer_mut(parent)
            .unwrap()
            .as_object_mut()
            .unwrap();
        let (item, text) = if OPTIONAL.contains(entry) {
            parent.insert(member.to_owned(), json!(5));
            let expected = if *entry == "$.person.phones" {
                "array"
            } else {
                "string"
            };
            let rule = json!({
                "rule": "cast", "params": { "expected": expected, "actual": "integer" },
                "description": format!("type mismatch. Expected {expected} but got integer"),
                "raw_description": "type mismatch. Expected %{expected} but got %{actual}",
            });
            let text = format!("Некоректне значення атрибуту \"{name}\"");
            (field(entry, &rule), text)
        } else {
            parent.shift_remove(member);
            let text = format!("Обов\u{2BC}язковий атрибут \"{name}\" відсутній");
            (required(entry, member), text)
        };
        let user_data = world.sign(&content);
        let answer = world.validate(&user_data).await;
        answer.refuses_with(
            422,
            "validation_failed",
            VALIDATION_FAILED,
            Some(json!([item])),
        );
        let page = app.browser().get(&world.entry(&user_data)).await;
        page.page(422);
        assert_says(&page, &text, true);
    }
    assert_eq!(app.registered().await, [1, 1, 1, 0, 1, 0]);
}

/// §12.4.
const MINIMUMS: &[(&str, &str)] = &[
    (
        "$.person.documents",
        "Мінімум один документ особи що реєструється має бути вказаний",
    ),
    ("$.person.addresses", "Мінімум одна адреса має бути вказана"),
    ("$.person.phones", "Мінімум один телефон має бути вказаний"),
    (
        "$.person.authentication_methods",
        "Мінімум один метод автентифікації має бути вказаний",
    ),
    (
        "$.person.confidant_person.documents_relationship",
        "Мінімум один документ законного представника має бути вказаний",
    ),
    (
        "$.person.emergency_contact.phones",
        "Мінімум один телефон контактної особи для екстрених випадків має бути вказаний",
    ),
];

#[rstest]
#[tokio::test]
async fn lists_with_too_few_items(#[values(Sqlite, Postgres)] database: Database) {
    // §12.4
    let app = TestApp::new(database).await;
    let world = app.world().await;
    for (entry, text) in MINIMUMS {
        let mut content = Child::content();
        *content.pointer_mut(&pointer(entry)).unwrap() = json!([]);
        let user_data = world.sign(&content);
        let rule = json!({
            "rule": "length", "params": { "min": 1, "actual": 0 },
            "description": "expected a minimum of 1 items but got 0",
            "raw_description": "expected a minimum of %{min} items but got %{actual}",
        });
        let answer = world.validate(&user_data).await;
        answer.refuses_with(
            422,
            "validation_failed",
            VALIDATION_FAILED,
            Some(json!([field(entry, &rule)])),
        );
        let page = app.browser().get(&world.entry(&user_data)).await;
        page.page(422);
        assert_says(&page, text, true);
    }
    assert_eq!(app.registered().await, [1, 1, 1, 0, 1, 0]);
}

#[rstest]
#[tokio::test]
async fn several_errors_at_once(#[values(Sqlite, Postgres)] database: Database) {
    // §12.5: a line each, none twice, each leading to its own row; what was sent stands below, masked
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let mut content = Child::content();
    let person = content["person"].as_object_mut().unwrap();
    person.shift_remove("birth_date");
    person.insert("documents".into(), json!([]));
    person.insert("gender".into(), json!("<b>X</b>"));
    let user_data = world.sign(&content);
    let page = app.browser().get(&world.entry(&user_data)).await;
    page.page(422);
    let lines = summary(&page);
    let of = |text: &str, href: &str| (text.to_owned(), Some(href.to_owned()));
    let expected = [
        of(
            "Обовʼязковий атрибут \"Дата народження\" відсутній",
            "#row-person-birth-date",
        ),
        of(
            "Недопустиме значення атрибуту \"Стать\"",
            "#row-person-gender",
        ),
        of(
            "Мінімум один документ особи що реєструється має бути вказаний",
            "#row-person-documents",
        ),
    ];
    // In the order received: the answer to a program is the same list.
    assert_eq!(lines, expected);
    let received = world.validate(&user_data).await.json()["error"]["invalid"].clone();
    let entries: Vec<_> = received
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["entry"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        entries,
        [
            "$.person.birth_date",
            "$.person.gender",
            "$.person.documents"
        ]
    );
    let html = page.text();
    assert!(html.contains("Марʼяна") && html.contains("&#60;b&#62;X"));
    assert!(!html.contains("синя гойдалка") && !html.contains("+380500000025"));
    let title = html.split("<title>").nth(1).unwrap();
    assert!(!title.split("</title>").next().unwrap().contains("Марʼяна"));
}

#[rstest]
#[tokio::test]
async fn the_switch_of_a_refused_entry(#[values(Sqlite, Postgres)] database: Database) {
    // decisions §2: the other language without what was signed and without the token
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let user_data = world.signed_child();
    let mut parameters = world.parameters(&user_data);
    parameters[2] = ("scope", "");
    let page = app.browser().get(&address(&parameters)).await;
    page.page(400);
    let (_, rest) = page.text().split_once("class=\"switch\" href=\"").unwrap();
    let switch = rest.split('"').next().unwrap().replace("&#38;", "&");
    assert!(!switch.contains("user_data") && !switch.contains("token"));
    let english = app
        .browser()
        .get(&format!("/confidant/sign-up{switch}"))
        .await;
    english.page(400);
    assert_eq!(english.way_back(), page.way_back());
    assert!(english.text().contains("<html lang=\"en\">"));
}

/// The fields of the form that leads to the other language, and where it is posted.
fn switch_form(page: &Answer) -> (String, Vec<(String, String)>) {
    let (header, _) = page.text().split_once("</header>").unwrap();
    let (_, form) = header
        .split_once("<form method=\"post\" action=\"")
        .unwrap();
    let (action, rest) = form.split_once('"').unwrap();
    let fields = rest
        .split("<input type=\"hidden\" name=\"")
        .skip(1)
        .map(|field| {
            let (name, rest) = field.split_once("\" value=\"").unwrap();
            let value = rest.split('"').next().unwrap().replace("&#38;", "&");
            (name.to_owned(), value)
        })
        .collect();
    (action.to_owned(), fields)
}

#[rstest]
#[tokio::test]
async fn the_other_language_of_refused_data(#[values(Sqlite, Postgres)] database: Database) {
    // decisions §2: what was signed must not be written into an address: it is sent again, and the same is wrong with it
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let mut content = Child::content();
    content["person"]
        .as_object_mut()
        .unwrap()
        .remove("birth_date");
    for user_data in ["QUJD".to_owned(), world.sign(&content)] {
        let browser = app.browser();
        let parameters = world.parameters(&user_data);
        for refused in [
            browser.get(&address(&parameters)).await,
            browser
                .post_from_elsewhere("/confidant/sign-up", &parameters)
                .await,
        ] {
            let (action, fields) = switch_form(&refused);
            assert_eq!(action, "/confidant/sign-up?lang=en");
            let fields: Vec<_> = fields
                .iter()
                .map(|(name, value)| (&**name, &**value))
                .collect();
            assert_eq!(fields, parameters);
            let english = browser.post_form(&action, &fields).await;
            english.page(refused.status.as_u16());
            assert!(english.text().contains("<html lang=\"en\">"));
            assert_eq!(english.way_back(), refused.way_back());
            let (action, _) = switch_form(&english);
            assert_eq!(action, "/confidant/sign-up?lang=uk");
        }
    }
    // What is doubtful or very long is not repeated.
    let mut twice = world.parameters("QUJD");
    twice.push(("state", "a"));
    twice.push(("state", "b"));
    let long = "QUJD".repeat(40_000);
    for parameters in [twice, world.parameters(&long)] {
        let refused = app
            .browser()
            .post_from_elsewhere("/confidant/sign-up", &parameters)
            .await;
        refused.page(400);
        assert!(!refused.text().contains("class=\"switch\""));
    }
}

#[rstest]
#[tokio::test]
async fn the_support_of_the_installation_is_on_every_page(
    #[values(Sqlite, Postgres)] database: Database,
) {
    // WCAG 2.2, 3.2.6
    let settings = [
        "--support-phone",
        "+380 44 000 00 01",
        "--support-hours",
        "9:00–18:00",
        "--support-email",
        "help@dovira.example",
    ];
    let app = TestApp::with(database, &settings).await;
    let world = app.world().await;
    let browser = app.browser();
    let details = world.enter(&browser, &world.signed_child()).await;
    let refused = app.browser().get(&world.entry("QUJD")).await;
    for page in [
        &details,
        &refused,
        &browser.get("/").await,
        &browser.get("/nothing").await,
    ] {
        let html = page.text();
        for part in [
            "href=\"tel:+380440000001\"",
            "9:00–18:00",
            "href=\"mailto:help@dovira.example\"",
        ] {
            assert!(html.contains(part), "{part} is not on {}", page.path);
        }
    }
    // The print says where and when, in Kyiv.
    assert!(details.words().contains(&format!(
        "Сторінка https://my.dovira.example{}, 15.06.2026, 13:05",
        details.path
    )));
}
