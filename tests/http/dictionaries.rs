//! Dictionaries are data: what an operator changes holds from the next round of housekeeping on (person requests 9).

use std::{sync::Arc, time::Duration};

use dovira::{
    db::Db,
    housekeeping, import,
    locale::Locale,
    person::{
        dictionaries::{Dictionaries, DictionaryEntry},
        schema::Schemas,
        store,
    },
};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    Answer, Child,
    Database::{self, Postgres, Sqlite},
    Scratch, TestApp, World,
};

async fn values(db: &Db) -> Vec<(String, DictionaryEntry)> {
    let mut held = db.read().await.unwrap();
    store::dictionary_values(held.link()).await.unwrap()
}

/// The child with one more document.
fn with_document(kind: &str, number: &str) -> Value {
    let mut content = Child::content();
    let document =
        json!({ "type": kind, "number": number, "issued_by": "Порт", "issued_at": "2025-03-01" });
    let documents = content["person"]["documents"].as_array_mut().unwrap();
    documents.push(document);
    content
}

fn with_gender(code: &str) -> Value {
    let mut content = Child::content();
    content["person"]["gender"] = json!(code);
    content
}

async fn validated(world: &World<'_>, content: &Value) -> Answer {
    world.validate(&world.sign(content)).await
}

/// Entry, rule and parameters of each item of a refusal.
#[track_caller]
fn refused(answer: &Answer) -> Vec<(String, String, Value)> {
    let body = answer.is(422).json();
    let items = body["error"]["invalid"].as_array().unwrap();
    items
        .iter()
        .map(|item| {
            let rule = &item["rules"][0];
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (
                text(&item["entry"]),
                text(&rule["rule"]),
                rule["params"].clone(),
            )
        })
        .collect()
}

#[tokio::test]
async fn both_databases_hold_the_same_values() {
    let (sqlite, postgres) = (TestApp::new(Sqlite).await, TestApp::new(Postgres).await);
    let values = values(&sqlite.app.db).await;
    assert_eq!(values, self::values(&postgres.app.db).await);
    let dictionaries = Dictionaries::new(values.clone());
    assert_eq!(dictionaries.counts(), (11, 330));
    assert_eq!(dictionaries.empty().count(), 0);
    assert!(sqlite.app.dictionaries().is_made_of(&values));
    let words = |name, code| dictionaries.words(name, code, Locale::Uk).unwrap();
    assert_eq!(words("COUNTRY", "UA"), "Україна");
    assert_eq!(
        words("DOCUMENT_TYPE", "PASSPORT"),
        "Паспорт громадянина України"
    );
}

/// A type that an operator brings must be allowed for a registration besides.
const SEAMAN_CARD_ALLOWED: [&str; 2] = [
    "--pis-person-registration-document-types",
    "BIRTH_CERTIFICATE,PASSPORT,NATIONAL_ID,SEAMAN_CARD",
];

#[rstest]
#[tokio::test]
async fn an_imported_code_is_accepted_and_shown(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::with(database, &SEAMAN_CARD_ALLOWED).await;
    let world = app.world().await;
    let content = with_document("SEAMAN_CARD", "АВ № 1/2");
    let before = refused(&validated(&world, &content).await);
    assert_eq!(before.len(), 1);
    assert_eq!(before[0].0, "$.person.documents.[1].type");
    assert_eq!(before[0].1, "inclusion");
    world
        .import(&json!({ "dictionaries": {
            "DOCUMENT_TYPE": { "SEAMAN_CARD": "Посвідчення моряка з пам'яті" },
            "GENDER": { "FEMALE": "жінка" },
        } }))
        .await;
    // Requests do not ask the database: what was read last holds.
    assert_eq!(refused(&validated(&world, &content).await), before);
    app.app.refresh_dictionaries().await.unwrap();
    validated(&world, &content).await.is(200);
    let browser = app.browser();
    let details = world.enter(&browser, &world.sign(&content)).await;
    let shown = details.words();
    assert!(shown.contains("Посвідчення моряка з памʼяті"), "{shown}");
    assert!(shown.contains("Стать жінка"), "{shown}");
    let english = browser.get(&format!("{}?lang=en", details.path)).await;
    let shown = english.words();
    // Nobody wrote it in English, and the English word for the former description is forgotten.
    assert!(shown.contains("Посвідчення моряка з памʼяті"), "{shown}");
    assert!(
        shown.contains("жінка") && !shown.contains("female"),
        "{shown}"
    );
    assert!(shown.contains("Birth certificate"), "{shown}");
    let confirmed = browser.decide(&details, "confirm").await;
    browser.follow(&confirmed).await.is(200);
    assert_eq!(
        app.count("person_documents", "type = 'SEAMAN_CARD'").await,
        1
    );
}

#[rstest]
#[tokio::test]
async fn housekeeping_reads_what_another_process_imported(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    world
        .import(&json!({ "dictionaries": { "GENDER": { "OTHER": "інша" } } }))
        .await;
    let housekeeping = tokio::spawn(housekeeping::run(app.app.clone()));
    let read = async {
        while !app
            .app
            .dictionaries()
            .codes("GENDER")
            .any(|code| code == "OTHER")
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), read)
        .await
        .expect("it is read in the first round");
    housekeeping.abort();
    validated(&world, &with_gender("OTHER")).await.is(200);
}

#[rstest]
#[tokio::test]
async fn a_server_is_ready_when_it_has_read_them(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let read = app.app.dictionaries();
    app.app.refresh_dictionaries().await.unwrap();
    assert!(
        Arc::ptr_eq(&read, &app.app.dictionaries()),
        "what did not change is not compiled again"
    );
    app.api().get("/health/ready").await.is(200);
    app.app.dictionaries.replace(Schemas::default());
    let answer = app.api().get("/health/ready").await;
    assert_eq!(answer.is(503).text(), "the dictionaries are not read yet");
    app.app.refresh_dictionaries().await.unwrap();
    app.api().get("/health/ready").await.is(200);
}

#[rstest]
#[tokio::test]
async fn a_code_out_of_use_is_refused_and_still_has_words(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let browser = app.browser();
    let details = world.enter(&browser, &world.signed_child()).await;
    app.execute(
        "UPDATE dictionary_values SET is_active = false WHERE name = 'GENDER' AND code = 'FEMALE'",
    )
    .await;
    app.app.refresh_dictionaries().await.unwrap();
    assert_eq!(
        refused(&validated(&world, &Child::content()).await),
        [(
            "$.person.gender".to_owned(),
            "inclusion".to_owned(),
            json!({ "values": ["MALE"] })
        )]
    );
    validated(&world, &Child::other()).await.is(200);
    let shown = browser.get(&details.path).await.words();
    assert!(shown.contains("Стать жіноча"), "{shown}");
    // NA is known from the beginning and never a choice.
    let mut content = Child::other();
    content["person"]["authentication_methods"][0]["type"] = json!("NA");
    assert_eq!(
        refused(&validated(&world, &content).await),
        [(
            "$.person.authentication_methods.[0].type".to_owned(),
            "inclusion".to_owned(),
            json!({ "values": ["OTP", "OFFLINE", "THIRD_PERSON"] })
        )]
    );
}

#[rstest]
#[tokio::test]
async fn numbers_of_imported_documents_are_bounded(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::with(database, &SEAMAN_CARD_ALLOWED).await;
    let world = app.world().await;
    world
        .import(&json!({ "dictionaries": {
            "DOCUMENT_TYPE": { "SEAMAN_CARD": "Посвідчення моряка" },
            "DOCUMENT_RELATIONSHIP_TYPE": { "FOSTER_DECISION": "Рішення про патронат" },
        } }))
        .await;
    app.app.refresh_dictionaries().await.unwrap();
    let document = |number: &str| with_document("SEAMAN_CARD", number);
    let relationship = |number: &str| {
        let mut content = Child::content();
        let document = &mut content["person"]["confidant_person"]["documents_relationship"][0];
        document["type"] = json!("FOSTER_DECISION");
        document["number"] = json!(number);
        content
    };
    for good in ["AB", "№ 1234567890/1234567890-Є"] {
        validated(&world, &document(good)).await.is(200);
        validated(&world, &relationship(good)).await.is(200);
    }
    let long = "1".repeat(100_000);
    for bad in ["1", "12345678901234567890123456", "1\n2", "1\u{0}", &long] {
        for (content, entry) in [
            (document(bad), "$.person.documents.[1].number"),
            (
                relationship(bad),
                "$.person.confidant_person.documents_relationship.[0].number",
            ),
        ] {
            let items = refused(&validated(&world, &content).await);
            let pattern = (
                entry.to_owned(),
                "format".to_owned(),
                json!({ "pattern": r"^\P{Cc}{2,25}$" }),
            );
            assert!(items.contains(&pattern), "{items:?}");
            assert!(items.iter().all(|(other, ..)| other == entry), "{items:?}");
        }
    }
}

#[rstest]
#[tokio::test]
async fn a_dictionary_that_nothing_asks_is_kept(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    world
        .import(&json!({ "dictionaries": { "EYE_COLOUR": { "BLUE": "сині" } } }))
        .await;
    app.app.refresh_dictionaries().await.unwrap();
    assert_eq!(app.app.dictionaries().counts(), (12, 331));
    assert_eq!(
        refused(&validated(&world, &with_gender("BLUE")).await)[0].2,
        json!({ "values": ["MALE", "FEMALE"] })
    );
}

#[rstest]
#[tokio::test]
async fn of_an_empty_dictionary_no_code_is_right(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    app.execute("DELETE FROM dictionary_values WHERE name = 'GENDER'")
        .await;
    app.app.refresh_dictionaries().await.unwrap();
    assert_eq!(
        app.app.dictionaries().empty().collect::<Vec<_>>(),
        ["GENDER"]
    );
    assert_eq!(
        refused(&validated(&world, &Child::content()).await)[0].2,
        json!({ "values": [] })
    );
}

#[test]
fn what_cannot_be_a_value_is_named_by_its_path() {
    let long_code = "A".repeat(65);
    let file = json!({ "dictionaries": {
        "gender": { "MALE": "чоловіча" },
        "": { "X": "так" },
        "A\nB": {},
        "GENDER": { "male": "чоловіча", "ІНША": "інша", "": "ніяка", &long_code: "довга", "OK": "", "TAB": "а\tб",
                    "LONG": "ї".repeat(256), "BLANK": "  ", "NUMBER": 5, "FINE": "ї".repeat(255) },
        "PREFERRED_WAY_COMMUNICATION": { "email": "електронна пошта", "Phone!": "телефон" },
        "LIST": [],
    } });
    let problems = import::read(&serde_json::to_vec(&file).unwrap())
        .err()
        .expect("it is refused")
        .0;
    let paths: Vec<&str> = problems
        .iter()
        .map(|line| line.split_once(": ").unwrap().0)
        .collect();
    let long_path = format!("$.dictionaries.GENDER.{}", "A".repeat(64));
    let mut expected = vec![
        "$.dictionaries.gender",
        "$.dictionaries.",
        r"$.dictionaries.A\nB",
        "$.dictionaries.GENDER.male",
        "$.dictionaries.GENDER.ІНША",
        "$.dictionaries.GENDER.",
        &long_path,
        "$.dictionaries.GENDER.OK",
        "$.dictionaries.GENDER.TAB",
        "$.dictionaries.GENDER.LONG",
        "$.dictionaries.GENDER.BLANK",
        "$.dictionaries.GENDER.NUMBER",
        "$.dictionaries.PREFERRED_WAY_COMMUNICATION.Phone!",
        "$.dictionaries.LIST",
    ];
    let mut found = paths.clone();
    expected.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, expected, "{problems:#?}");
    assert!(problems.iter().all(|line| !line.contains('\n')));
}

#[rstest]
#[tokio::test]
async fn values_that_an_operator_brought_before_stay(
    #[values(Sqlite, Postgres)] database: Database,
) {
    // What the release before does, and goes on doing while both run.
    const IMPORT: &str = "INSERT INTO dictionary_values (name, code, description) VALUES
            ('GENDER', 'MALE', 'хлопець'), ('GENDER', 'FEMALE', 'жіноча'), ('GENDER', 'OTHER', 'інша'),
            ('AUTHENTICATION_METHOD', 'NA', 'Не визначено'), ('EYE_COLOUR', 'BLUE', 'сині')
        ON CONFLICT (name, code) DO UPDATE SET description = excluded.description";
    let scratch = Scratch::new(database).await;
    scratch.migrate_before("0004").await;
    let db = Db::connect(&scratch.url, 2).await.unwrap();
    for _ in 0..2 {
        let mut held = db.write().await.unwrap();
        dovira::on!(held.link(), |c| sqlx::query(IMPORT)
            .execute(c)
            .await
            .map(|_| ()))
        .unwrap();
        drop(held);
        db.migrate().await.unwrap();
    }
    let dictionaries = Dictionaries::new(values(&db).await);
    assert_eq!(dictionaries.counts(), (12, 332));
    assert_eq!(
        dictionaries.codes("GENDER").collect::<Vec<_>>(),
        ["MALE", "FEMALE", "OTHER"],
        "what has no place of its own comes last"
    );
    assert_eq!(
        dictionaries.codes("AUTHENTICATION_METHOD").last(),
        Some("THIRD_PERSON"),
        "NA cannot be chosen, whoever brought it"
    );
    let female = dictionaries.words("GENDER", "FEMALE", Locale::En);
    assert_eq!(female.unwrap(), "female");
    for locale in [Locale::Uk, Locale::En] {
        let words = dictionaries.words("GENDER", "MALE", locale);
        assert_eq!(words.unwrap(), "хлопець");
    }
    db.close().await;
}
