//! The provisioning file (design 3, decisions §6).

use dovira::import::{self, ImportError, Imported};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    CLIENT, CONFIDANT, CONFIDANT_USER, Child,
    Database::{self, Postgres, Sqlite},
    Otp, PHONE, TestApp, provisioning,
};

const TABLES: [&str; 12] = [
    "clients",
    "legal_entities",
    "persons",
    "person_documents",
    "person_authentication_methods",
    "users",
    "employees",
    "confidant_person_relationships",
    "verified_phones",
    "user_requests",
    "dictionary_values",
    "scopes",
];

async fn import(app: &TestApp, file: &Value) -> Result<Imported, String> {
    let file = import::read(&serde_json::to_vec(file).unwrap())
        .map_err(|problems| problems.to_string())?;
    let parts = &app.app;
    match import::import(&parts.db, &parts.keys, &*parts.random, &file, app.now()).await {
        Ok(imported) => Ok(imported),
        Err(ImportError::Problems(problems)) => Err(problems.to_string()),
        Err(error) => Err(error.to_string()),
    }
}

async fn counts(app: &TestApp) -> Vec<i64> {
    let mut counts = Vec::new();
    for table in TABLES {
        // Those that the program brings have places of their own.
        let condition = match table {
            "dictionary_values" => "position = 1000",
            _ => "1 = 1",
        };
        counts.push(app.count(table, condition).await);
    }
    counts
}

/// A file with something in every list.
fn full() -> Value {
    let mut file = provisioning();
    let mut child = Child::content()["person"].clone();
    for member in ["authentication_methods", "confidant_person"] {
        child.as_object_mut().unwrap().shift_remove(member);
    }
    let id = "c4110000-0000-4000-8000-000000000001";
    child["id"] = json!(id);
    file["persons"].as_array_mut().unwrap().push(child);
    file["employees"] = json!([{
        "id": "e0000000-0000-4000-8000-000000000001", "user_id": CONFIDANT_USER, "legal_entity_id": CLIENT,
        "employee_type": "DOCTOR", "status": "APPROVED", "tax_id": "3112201416",
    }]);
    file["confidant_person_relationships"] = json!([{
        "id": "f0000000-0000-4000-8000-000000000001", "person_id": id, "confidant_person_id": CONFIDANT,
        "verification_status": "VERIFIED", "verification_reason": "MANUAL", "active_to": null, "documents_relationship": [],
    }]);
    file["verified_phones"] = json!(["+380500000017"]);
    file["user_requests"] = json!([{
        "id": "d0000000-0000-4000-8000-000000000001", "tax_id": "3112201416", "first_name": "Демʼян",
        "last_name": "Зразковий", "second_name": null, "email": null, "client_id": CLIENT,
        "redirect_uri": "https://pis.example/", "scope": "person:read", "expires_at": "2026-07-01T00:00:00Z",
    }]);
    file["dictionaries"] = json!({ "GENDER": { "MALE": "чоловіча", "OTHER": "інша" }, "EYE_COLOUR": { "BLUE": "сині" } });
    file["scopes"] = json!({ "x:read": { "uk": "переглядати зразки", "en": "view samples", "sensitive": true } });
    file["clients"][0]["scopes"] = json!("person:read x:read");
    file
}

#[rstest]
#[tokio::test]
async fn importing_again_changes_nothing(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let imported = import(&app, &full()).await.unwrap();
    assert_eq!(
        imported,
        Imported {
            clients: 3,
            persons: 2,
            users: 1,
            others: 7
        }
    );
    let first = counts(&app).await;
    assert_eq!(first, [3, 3, 2, 2, 1, 1, 1, 1, 1, 1, 2, 1]);
    import(&app, &full()).await.unwrap();
    assert_eq!(counts(&app).await, first);
}

/// Verifications 1.2: a number that an operator knows to be proven is proven
#[rstest]
#[tokio::test]
async fn an_imported_phone_is_verified(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let otp = Otp::new(&app).await;
    otp.find(PHONE).await.is(404);
    let file = json!({ "verified_phones": [PHONE] });
    import(&app, &file).await.unwrap();
    otp.find(PHONE)
        .await
        .gives(200, json!({ "phone_number": PHONE }));
    // Importing again does not say that it was proven again.
    app.clock.advance(chrono::TimeDelta::days(1));
    import(&app, &file).await.unwrap();
    let unchanged = app.count("verified_phones", "inserted_at = updated_at");
    assert_eq!(unchanged.await, 1);
    let otherwise = json!({ "verified_phones": ["+390631112233"] });
    assert!(import(&app, &otherwise).await.is_err());
}

#[rstest]
#[tokio::test]
async fn an_imported_scope_is_shown_in_its_own_words(
    #[values(Sqlite, Postgres)] database: Database,
) {
    // decisions §2 "Scope descriptions"
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let mut file = full();
    file["persons"].as_array_mut().unwrap().truncate(1);
    file["confidant_person_relationships"] = json!([]);
    import(&app, &file).await.unwrap();
    let browser = app.browser();
    let user_data = world.signed_child();
    let mut parameters = world.parameters(&user_data);
    parameters[2].1 = "x:read person:read";
    let entered = browser.get(&crate::support::address(&parameters)).await;
    let details = browser.follow(&entered).await;
    let confirmed = browser.decide(&details, "confirm").await;
    let accept = browser.follow(&confirmed).await;
    assert!(accept.words().contains("переглядати зразки"));
    let english = browser.get(&format!("{}?lang=en", accept.path)).await;
    assert!(
        english.words().contains("view samples"),
        "{}",
        english.words()
    );
}

#[rstest]
#[tokio::test]
async fn all_or_nothing(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let mut file = full();
    let nobody = json!("c4110000-0000-4000-8000-0000000000ff");
    let known = file["confidant_person_relationships"][0]["person_id"].clone();
    file["confidant_person_relationships"][0]["person_id"] = nobody.clone();
    assert_eq!(
        import(&app, &file).await.unwrap_err(),
        "$.confidant_person_relationships.[0].person_id: there is no such person."
    );
    assert_eq!(counts(&app).await, [0; 12]);
    // One of the last lists fails in the database: the same two people are related twice.
    let mut again = file["confidant_person_relationships"][0].clone();
    again["id"] = nobody;
    again["person_id"] = known.clone();
    file["confidant_person_relationships"][0]["person_id"] = known;
    let relationships = file["confidant_person_relationships"].as_array_mut();
    relationships.unwrap().push(again);
    let refused = import(&app, &file).await.unwrap_err();
    assert!(
        refused.starts_with("The database refused the import, and nothing was changed"),
        "{refused}"
    );
    assert_eq!(counts(&app).await, [0; 12]);
}

#[rstest]
#[tokio::test]
async fn every_problem_by_its_path(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let mut file = full();
    file["clients"][0]["redirect_uris"] = json!(["https://pis.example/", "http://pis.example/"]);
    file["clients"][1]["scopes"] = json!("person:read y:read");
    file["clients"][2]["scopes"] = json!("особа");
    file["persons"][0]["authentication_methods"][0]["ended_at"] = json!("tomorrow");
    let problems = import(&app, &file).await.unwrap_err();
    assert_eq!(
        problems.lines().collect::<Vec<_>>(),
        [
            "$.clients.[0].redirect_uris.[1]: only https, http on loopback, and an application's own scheme can be used.",
            "$.clients.[1].scopes: \"y:read\" has no description, so no person could be asked for it.",
            "$.clients.[2].scopes: it is not a list of scopes.",
            "$.persons.[0].authentication_methods.[0].ended_at: it is neither a date nor a time.",
        ]
    );
    let mut file = full();
    file["persons"][0]["birth_date"] = json!("1985-02-30");
    file["persons"][0]["authentication_methods"][0]["phone_number"] = json!("0500000017");
    file["users"][0]["id"] = json!("nobody");
    file["user_requests"][0]["expires_at"] = json!("soon");
    let problems = import(&app, &file).await.unwrap_err();
    for path in [
        "$.persons.[0].birth_date: ",
        "$.persons.[0].authentication_methods.[0].phone_number: ",
        "$.users.[0].id: ",
        "$.user_requests.[0].expires_at: ",
    ] {
        assert!(problems.contains(path), "{path} is not among\n{problems}");
    }
    for value in ["1985-02-30", "0500000017", "nobody", "soon"] {
        assert!(
            !problems.contains(value),
            "{value} is repeated in\n{problems}"
        );
    }
    assert_eq!(counts(&app).await, [0; 12]);
}

#[rstest]
#[tokio::test]
async fn a_secret_that_is_not_given_is_kept(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let code = world.code().await;
    let mut client = provisioning()["clients"][0].clone();
    for member in ["secret", "api_key"] {
        client.as_object_mut().unwrap().shift_remove(member);
    }
    client["name"] = json!("Нова назва");
    import(&app, &json!({ "clients": [client] })).await.unwrap();
    let body = world.exchange(&code).await.is(201).json();
    world
        .person(body["data"]["value"].as_str().unwrap())
        .await
        .is(200);
    assert_eq!(app.count("clients", "name = 'Нова назва'").await, 1);
}
