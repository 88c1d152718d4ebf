//! The data rules of a registration (§8.4, §8.5) through `POST /api/pis/confidant/sign-up_validation`, row by row.
//!
//! What each rule finds good or bad in every detail is told by the tests beside `src/person/rules.rs`; here every row is
//! answered once, whole, and in its place among the other checks.

use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{
    CLIENT, CONFIDANT, Child,
    Database::{self, Postgres, Sqlite},
    OTHER_CLIENT, SECRET, Statements, TestApp, World, address, field, provisioning,
};

/// Changes the person of a registration.
type Spoil = fn(&mut Value);

/// What the answer names: the message, the entry, the parameters.
type Told = (&'static str, &'static str, &'static [&'static str]);

fn remove(person: &mut Value, member: &str) {
    person.as_object_mut().unwrap().shift_remove(member);
}

fn add(person: &mut Value, list: &str, item: Value) {
    person[list].as_array_mut().unwrap().push(item);
}

fn add_again(person: &mut Value, list: &str) {
    let item = person[list][0].clone();
    add(person, list, item);
}

fn document(kind: &str, issued: &str, expires: Option<&str>) -> Value {
    let number = if kind == "NATIONAL_ID" {
        "000000025"
    } else {
        "АА123456"
    };
    let mut document =
        json!({ "type": kind, "number": number, "issued_by": "РВ", "issued_at": issued });
    if let Some(expires) = expires {
        document["expiration_date"] = json!(expires);
    }
    document
}

/// Each row of §8.4 and §8.5 that a confidant's registration can break, in the order of §5.1. None mends another.
const ROWS: [(Spoil, Told); 17] = [
    (
        |person| person["birth_date"] = json!("1850-01-01"),
        ("Invalid birth date", "$.person.birth_date", &[]),
    ),
    (
        |person| person["no_tax_id"] = json!(true),
        (
            "Persons who refused the tax_id should be without tax_id",
            "$.person.tax_id",
            &[],
        ),
    ),
    (
        |person| {
            add(
                person,
                "documents",
                document("MARRIAGE_CERTIFICATE", "2025-02-11", None),
            )
        },
        (
            "Submitted document type is not allowed",
            "$.person.documents.[1].type",
            &[],
        ),
    ),
    (
        |person| {
            let permit = document(
                "PERMANENT_RESIDENCE_PERMIT",
                "2026-06-16",
                Some("2036-06-16"),
            );
            add(person, "documents", permit);
        },
        (
            "Document issued date should be in the past",
            "$.person.documents.[1].issued_at",
            &[],
        ),
    ),
    (
        |person| {
            let certificate = document("REFUGEE_CERTIFICATE", "1799-12-31", Some("2036-06-16"));
            add(person, "documents", certificate);
        },
        (
            "Document issued date should greater than person.birth_date",
            "$.person.documents.[1].issued_at",
            &[],
        ),
    ),
    (
        |person| {
            let certificate = document("TEMPORARY_CERTIFICATE", "2025-02-11", Some("2026-06-15"));
            add(person, "documents", certificate);
        },
        (
            "Document expiration_date should be in future",
            "$.person.documents.[1].expiration_date",
            &[],
        ),
    ),
    (
        |person| {
            add(
                person,
                "documents",
                document("TEMPORARY_PASSPORT", "2025-02-11", None),
            )
        },
        (
            "expiration_date is mandatory for document_type TEMPORARY_PASSPORT",
            "$.person.documents.[1].expiration_date",
            &[],
        ),
    ),
    (
        |person| person["unzr"] = json!("20250205-00000"),
        ("unzr or birthdate are not correct", "$.person.unzr", &[]),
    ),
    (
        |person| {
            add(
                person,
                "documents",
                document("PASSPORT", "2025-02-11", None),
            );
            let card = document("NATIONAL_ID", "2025-02-11", Some("2036-06-16"));
            add(person, "documents", card);
        },
        (
            "Person can have only new passport NATIONAL_ID or old PASSPORT",
            "$.person.documents",
            &[],
        ),
    ),
    (
        |person| {
            for _ in 0..2 {
                let kind = "COMPLEMENTARY_PROTECTION_CERTIFICATE";
                add(
                    person,
                    "documents",
                    document(kind, "2025-02-11", Some("2036-06-16")),
                );
            }
        },
        (
            "No duplicate values.",
            "$.person.documents.[2].type",
            &["COMPLEMENTARY_PROTECTION_CERTIFICATE"],
        ),
    ),
    (
        |person| add_again(person, "phones"),
        (
            "No duplicate values.",
            "$.person.phones.[1].type",
            &["MOBILE"],
        ),
    ),
    (
        |person| add_again(&mut person["emergency_contact"], "phones"),
        (
            "No duplicate values.",
            "$.person.emergency_contact.phones.[1].type",
            &["LAND_LINE"],
        ),
    ),
    (
        |person| {
            let permit = document(
                "PERMANENT_RESIDENCE_PERMIT",
                "2025-02-11",
                Some("2036-06-16"),
            );
            person["documents"][0] = permit;
        },
        (
            "Must contain required item.",
            "$.person.documents",
            &["BIRTH_CERTIFICATE"],
        ),
    ),
    (
        |person| add_again(person, "authentication_methods"),
        (
            "Must be one and only one authentication method.",
            "$.person.authentication_methods",
            &[],
        ),
    ),
    (
        // Proves legal capacity in the installation of these tests.
        |person| {
            let certificate = document("REFUGEE_CERTIFICATE", "2025-02-11", Some("2036-06-16"));
            add(person, "documents", certificate);
        },
        (
            "Confidant can not be submitted for person who has document that proves legal capacity",
            "$.person.confidant_person",
            &[],
        ),
    ),
    (
        |person| {
            add_again(person, "addresses");
            add_again(person, "addresses");
        },
        (
            "Single address of type 'RESIDENCE' is required, got: 3",
            "$.person.addresses",
            &[],
        ),
    ),
    // Row 13: what comes after the data.
    (
        |person| person["confidant_person"]["person_id"] = json!(Uuid::nil()),
        (
            "Person who initiates registration of patient must be submitted as confidant person",
            "$.person.confidant_person.person_id",
            &[],
        ),
    ),
];

const SETTINGS: [&str; 2] = [
    "--pis-person-legal-capacity-document-types",
    "REFUGEE_CERTIFICATE",
];

async fn refused(world: &World<'_>, content: &Value, (message, entry, params): Told) {
    let rule = json!({ "rule": "invalid", "description": message, "params": params });
    world.validate(&world.sign(content)).await.refuses_with(
        422,
        "validation_failed",
        message,
        Some(json!([field(entry, &rule)])),
    );
}

#[rstest]
#[tokio::test]
async fn every_row(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::with(database, &SETTINGS).await;
    let world = app.world().await;
    for (spoil, told) in ROWS {
        let mut content = Child::content();
        spoil(&mut content["person"]);
        refused(&world, &content, told).await;
    }
    assert_eq!(app.registered().await, [1, 1, 1, 0, 1, 0]);
}

#[rstest]
#[tokio::test]
async fn the_earlier_of_two_rows_is_told(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::with(database, &SETTINGS).await;
    let world = app.world().await;
    for pair in ROWS.windows(2) {
        let [(spoil, told), (spoil_more, _)] = pair else {
            panic!("a pair");
        };
        let mut content = Child::content();
        spoil(&mut content["person"]);
        spoil_more(&mut content["person"]);
        refused(&world, &content, *told).await;
    }
    // All of them at once, and the schema before all of them.
    let mut content = Child::content();
    for (spoil, _) in ROWS {
        spoil(&mut content["person"]);
    }
    refused(&world, &content, ROWS[0].1).await;
    content["person"]["gender"] = json!("OTHER");
    let answer = world.validate(&world.sign(&content)).await;
    let invalid = &answer.is(422).json()["error"]["invalid"];
    assert_eq!(invalid[0]["entry"], "$.person.gender");
}

#[rstest]
#[tokio::test]
async fn rows_of_somebody_older(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let older = |spoil: Spoil| {
        let mut content = Child::content();
        let person = &mut content["person"];
        // Fourteen today.
        person["birth_date"] = json!("2012-06-15");
        remove(person, "unzr");
        spoil(person);
        content
    };
    let good = older(|person| person["documents"][0] = document("PASSPORT", "2026-06-15", None));
    world.validate(&world.sign(&good)).await.is(200);
    refused(
        &world,
        &older(|person| remove(person, "tax_id")),
        (
            "Only persons who refused the tax_id could be without tax_id",
            "$.person.tax_id",
            &[],
        ),
    )
    .await;
    refused(
        &world,
        &older(|person| {
            person["documents"][0] = document("NATIONAL_ID", "2026-06-15", Some("2036-06-15"));
        }),
        (
            "unzr is mandatory for document type NATIONAL_ID",
            "$.person",
            &["unzr"],
        ),
    )
    .await;
    refused(
        &world,
        &older(|person| person["addresses"][0]["type"] = json!("REGISTRATION")),
        (
            "Addresses with type RESIDENCE should be present",
            "$.person.addresses",
            &[],
        ),
    )
    .await;
    // Thirteen until midnight in Kyiv, which is 21:00 UTC.
    let younger = older(|person| {
        person["birth_date"] = json!("2012-06-16");
        remove(person, "tax_id");
    });
    world.validate(&world.sign(&younger)).await.is(200);
    app.clock.advance(chrono::TimeDelta::hours(11));
    refused(
        &world,
        &younger,
        (
            "Only persons who refused the tax_id could be without tax_id",
            "$.person.tax_id",
            &[],
        ),
    )
    .await;
}

#[rstest]
#[tokio::test]
async fn the_types_of_documents_are_a_setting(#[values(Sqlite, Postgres)] database: Database) {
    // §9
    let types = "BIRTH_CERTIFICATE_FOREIGN, MARRIAGE_CERTIFICATE";
    let settings = ["--pis-person-registration-document-types", types];
    let app = TestApp::with(database, &settings).await;
    let world = app.world().await;
    refused(
        &world,
        &Child::content(),
        (
            "Submitted document type is not allowed",
            "$.person.documents.[0].type",
            &[],
        ),
    )
    .await;
    let mut content = Child::content();
    content["person"]["documents"] = json!([
        document("BIRTH_CERTIFICATE_FOREIGN", "2025-02-11", None),
        document("MARRIAGE_CERTIFICATE", "2025-02-11", None),
    ]);
    world.validate(&world.sign(&content)).await.is(200);
}

/// Rules about data are read by people too: the line of the row is on the page, and the client learns the message in
/// the characters that a redirect may have (RFC 6749 §4.1.2.1).
#[rstest]
#[tokio::test]
async fn what_a_browser_is_told(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let mut content = Child::content();
    content["person"]["addresses"][0]["type"] = json!("REGISTRATION");
    let page = app.browser().get(&world.entry(&world.sign(&content))).await;
    page.page(422);
    assert_eq!(page.heading(), "Дані не пройшли перевірку");
    let back = url::Url::parse(&page.way_back().unwrap()).unwrap();
    let back: Vec<_> = back.query_pairs().into_owned().collect();
    let expected = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert!(back.contains(&expected("error", "invalid_request")));
    assert!(back.contains(&expected(
        "error_description",
        "Addresses with type RESIDENCE should be present"
    )));

    // A confidant whom codes do not reach: the message has quotation marks.
    let mut confidant = world.confidant();
    confidant["authentication_methods"][0]["is_active"] = json!(false);
    world.import(&json!({ "persons": [confidant] })).await;
    let page = app.browser().get(&world.entry(&world.signed_child())).await;
    page.page(422);
    let back = url::Url::parse(&page.way_back().unwrap()).unwrap();
    let description = back
        .query_pairs()
        .find(|(name, _)| name == "error_description");
    assert_eq!(
        description.unwrap().1,
        "Confidant person must have active authentication method with type 'OTP' where ended_at is equal to or greater than current date"
    );
}

/// Who may not act at all is not told that data were checked: nothing of them was looked at yet.
#[rstest]
#[tokio::test]
async fn an_applicant_who_is_not_there(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let entry = world.entry(&world.signed_child());
    for (birth_date, status, is_active) in [("1985-03-17", 404, false), ("2012-06-16", 403, true)] {
        let mut confidant = world.confidant();
        confidant["id"] = json!(CONFIDANT);
        confidant["birth_date"] = json!(birth_date);
        confidant["is_active"] = json!(is_active);
        world.import(&json!({ "persons": [confidant] })).await;
        let page = app.browser().get(&entry).await;
        page.page(status);
        assert_eq!(page.heading(), "Немає доступу");
        assert!(
            page.words()
                .contains("Не вдалося ідентифікувати підписанта")
        );
    }
}

/// Every question to the database is a way there and back; a browser waits for all of them.
#[rstest]
#[tokio::test]
async fn a_validation_asks_the_database_three_times(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let body = json!({ "client_id": CLIENT, "client_secret": SECRET });
    let nonce = app.api().post("/oauth/nonce", &body).await.is(200).json();
    let mut with_nonce = Child::content();
    with_nonce["jwt"] = nonce["data"]["token"].clone();
    for content in [Child::content(), with_nonce] {
        let signed = world.sign(&content);
        let statements = Statements::begin();
        let answer = world.validate(&signed).await;
        answer.is(200);
        let asked = statements.of(&answer);
        assert_eq!(asked.len(), 3, "{asked:#?}");
    }
}

/// The client of the token may be another than the one that the browser comes from; when it is blocked, the page says so.
#[rstest]
#[tokio::test]
async fn the_client_of_the_token_is_blocked(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let mut client = provisioning()["clients"][0].clone();
    client["is_blocked"] = json!(true);
    world.import(&json!({ "clients": [client] })).await;
    let user_data = world.signed_child();
    let mut parameters = world.parameters(&user_data);
    let other = OTHER_CLIENT.to_string();
    for (name, value) in &mut parameters {
        match *name {
            "client_id" => *value = &other,
            "redirect_uri" => *value = "https://other.example/back",
            _ => {}
        }
    }
    let page = app.browser().get(&address(&parameters)).await;
    page.page(403);
    assert_eq!(page.heading(), "Застосунок не може звертатися до eHealth");
    assert!(!page.words().contains("Внутрішня помилка"));
    world
        .validate(&user_data)
        .await
        .refuses(401, "access_denied", "Client is blocked");
}
