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

/// What a row says, as text.
async fn text(app: &TestApp, sql: &'static str) -> Option<String> {
    let mut held = app.app.db.read().await.unwrap();
    dovira::on!(held.link(), |c| sqlx::query_scalar(sql).fetch_one(c).await).unwrap()
}

async fn is(app: &TestApp, table: &str, condition: &str) {
    assert_eq!(app.count(table, condition).await, 1, "{table}: {condition}");
}

/// Authority §10: a member that is left out stays as it is
#[rstest]
#[tokio::test]
async fn silence_keeps(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let mut file = full();
    file["users"][0]["email"] = json!("Demian@Example.com");
    file["users"][0]["is_blocked"] = json!(true);
    file["employees"][0]["is_active"] = json!(false);
    file["persons"][1]["verification"] =
        json!({ "nhs": { "status": "VERIFIED", "reason": "SEEN" } });
    let relationship = &mut file["confidant_person_relationships"][0];
    relationship["active_to"] = json!("2030-01-01T00:00:00Z");
    relationship["documents_relationship"] =
        json!([{ "type": "BIRTH_CERTIFICATE", "number": "І-БК№540022" }]);
    relationship["relation_type"] = json!("SECONDARY");
    file["user_requests"][0]["email"] = json!("demian@example.com");
    import(&app, &file).await.unwrap();
    let first = counts(&app).await;
    app.clock.advance(chrono::TimeDelta::days(1));
    // Every entry is named, and nothing is said of it.
    let mut silent = json!({});
    for list in [
        "clients",
        "persons",
        "users",
        "employees",
        "confidant_person_relationships",
        "user_requests",
    ] {
        let entries = file[list].as_array().unwrap();
        let ids = entries.iter().map(|entry| json!({ "id": entry["id"] }));
        silent[list] = ids.collect();
    }
    silent["persons"][0]["authentication_methods"] = json!([
        { "id": file["persons"][0]["authentication_methods"][0]["id"] }
    ]);
    silent["scopes"] = json!({ "x:read": { "uk": "переглядати зразки", "en": "view samples" } });
    import(&app, &silent).await.unwrap();
    assert_eq!(counts(&app).await, first);
    for (table, condition) in [
        (
            "users",
            "email = 'demian@example.com' AND is_blocked = true AND tax_id = '3112201416' AND tax_id_is_trusted = true AND person_id IS NOT NULL",
        ),
        ("employees", "is_active = false AND tax_id = '3112201416'"),
        (
            "confidant_person_relationships",
            "active_to IS NOT NULL AND relation_type = 'SECONDARY' AND verification_reason = 'MANUAL' AND is_active = true AND inserted_at = updated_at",
        ),
        ("user_requests", "email = 'demian@example.com'"),
        (
            "person_authentication_methods",
            "phone_number = '+380500000017' AND inserted_at = updated_at",
        ),
        ("scopes", "sensitive = true"),
        (
            "clients",
            "api_key_hash IS NOT NULL AND secret_hash IS NOT NULL AND legal_entity_id IS NOT NULL AND inserted_at = updated_at",
        ),
        (
            "legal_entities",
            "edrpou = '00000001' AND id = (SELECT legal_entity_id FROM clients WHERE name = 'Мій лікар')",
        ),
    ] {
        is(&app, table, condition).await;
    }
    // Nothing of people differs: no version, no time, no stream.
    assert_eq!(
        app.count("persons", "version = 1 AND inserted_at = updated_at")
            .await,
        2
    );
    let streams = text(&app, "SELECT CAST(verification AS TEXT) FROM persons WHERE version_origin = 'operator' AND birth_date > '2010-01-01'").await;
    let streams: Value = serde_json::from_str(&streams.unwrap()).unwrap();
    assert_eq!(streams, file["persons"][1]["verification"]);
    let proofs = text(
        &app,
        "SELECT CAST(documents_relationship AS TEXT) FROM confidant_person_relationships",
    )
    .await;
    let proofs: Value = serde_json::from_str(&proofs.unwrap()).unwrap();
    assert_eq!(
        proofs,
        file["confidant_person_relationships"][0]["documents_relationship"]
    );
    // So does the same file once more.
    import(&app, &file).await.unwrap();
    assert_eq!(
        app.count("persons", "version = 1 AND inserted_at = updated_at")
            .await,
        2
    );
    assert_eq!(app.count("clients", "inserted_at = updated_at").await, 3);
}

#[rstest]
#[tokio::test]
async fn null_empties_what_may_be_empty(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let file = full();
    import(&app, &file).await.unwrap();
    let ids = |list: &str| file[list][0]["id"].clone();
    import(
        &app,
        &json!({
            "clients": [{ "id": ids("clients"), "api_key": null, "legal_entity": null }],
            "persons": [{ "id": ids("persons"), "second_name": null, "documents": null, "phones": null, "email": null, "unzr": null, "tax_id": null }],
            "users": [{ "id": ids("users"), "tax_id": null, "email": null }],
            "employees": [{ "id": ids("employees"), "tax_id": null }],
            "confidant_person_relationships": [{ "id": ids("confidant_person_relationships"), "verification_reason": null, "documents_relationship": null }],
        }),
    )
    .await
    .unwrap();
    for (table, condition) in [
        (
            "clients",
            "name = 'Мій лікар' AND api_key_hash IS NULL AND legal_entity_id IS NULL AND secret_hash IS NOT NULL",
        ),
        (
            "persons",
            "second_name IS NULL AND tax_id IS NULL AND unzr IS NULL AND email IS NULL AND version = 2 AND last_name = 'Зразковий'",
        ),
        ("person_documents", "1 = 1"),
        (
            "users",
            "tax_id IS NULL AND tax_id_is_trusted = false AND person_id IS NOT NULL",
        ),
        ("employees", "tax_id IS NULL AND employee_type = 'DOCTOR'"),
        (
            "confidant_person_relationships",
            "verification_reason = '' AND verification_status = 'VERIFIED'",
        ),
    ] {
        is(&app, table, condition).await;
    }
    // What nothing can do without cannot be emptied, and something new must have it.
    let problems = import(
        &app,
        &json!({
            "clients": [{ "id": ids("clients"), "name": null }],
            "persons": [{ "id": ids("persons"), "first_name": null, "is_active": null, "documents": [{ "type": "PASSPORT", "number": "АБ123456", "issued_at": "today" }] }],
        }),
    )
    .await
    .unwrap_err();
    for path in [
        "$.clients.[0].name: ",
        "$.persons.[0].first_name: ",
        "$.persons.[0].is_active: ",
        "$.persons.[0].documents.[0].issued_at: ",
    ] {
        assert!(problems.contains(path), "{path} is not among\n{problems}");
    }
    let new = "0e000000-0000-4000-8000-000000000001";
    let problems = import(
        &app,
        &json!({
            "clients": [{ "id": new, "name": "Нова", "legal_entity": { "edrpou": "1" } }],
            "persons": [{ "id": new, "last_name": "Новий", "authentication_methods": [{ "id": new }] }],
            "employees": [{ "id": new }],
            "confidant_person_relationships": [{ "id": new, "active_to": "tomorrow" }],
            "user_requests": [{ "id": new }],
        }),
    )
    .await
    .unwrap_err();
    let needed: Vec<_> = problems
        .lines()
        .filter_map(|line| line.strip_suffix(": a new entry needs it."))
        .collect();
    assert_eq!(
        needed,
        [
            "$.clients.[0].client_type",
            "$.clients.[0].redirect_uris",
            "$.clients.[0].scopes",
            "$.persons.[0].first_name",
            "$.persons.[0].birth_date",
            "$.persons.[0].authentication_methods.[0].type",
            "$.employees.[0].user_id",
            "$.employees.[0].legal_entity_id",
            "$.employees.[0].employee_type",
            "$.employees.[0].status",
            "$.confidant_person_relationships.[0].person_id",
            "$.confidant_person_relationships.[0].confidant_person_id",
            "$.confidant_person_relationships.[0].verification_status",
            "$.user_requests.[0].tax_id",
            "$.user_requests.[0].first_name",
            "$.user_requests.[0].last_name",
            "$.user_requests.[0].client_id",
            "$.user_requests.[0].redirect_uri",
            "$.user_requests.[0].scope",
            "$.user_requests.[0].expires_at",
        ]
    );
    assert!(
        problems.contains(
            "$.confidant_person_relationships.[0].active_to: it is neither a date nor a time."
        ),
        "{problems}"
    );
}

/// Authority §1: where a record comes from is said once, and never changes
#[rstest]
#[tokio::test]
async fn an_origin_stays(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let mut file = full();
    file["persons"][1]["origin"] = json!("confidant");
    file["persons"][1]["origin_confidant_id"] = json!(CONFIDANT);
    import(&app, &file).await.unwrap();
    is(&app, "persons", "origin = 'confidant' AND origin_confidant_id IS NOT NULL AND version_origin = 'confidant' AND version = 1").await;
    is(
        &app,
        "persons",
        "origin = 'operator' AND origin_confidant_id IS NULL AND version_origin = 'operator'",
    )
    .await;
    let id = file["persons"][1]["id"].clone();
    import(
        &app,
        &json!({ "persons": [{ "id": id, "origin": "institution" }] }),
    )
    .await
    .unwrap();
    is(&app, "persons", "origin = 'confidant' AND origin_confidant_id IS NOT NULL AND version_origin = 'institution' AND version = 1").await;
    // Another record that names no origin is the operator's.
    import(&app, &json!({ "persons": [{ "id": id, "gender": null }] }))
        .await
        .unwrap();
    is(
        &app,
        "persons",
        "origin = 'confidant' AND version_origin = 'operator' AND version = 2",
    )
    .await;
    for (said, problem) in [
        (
            json!({ "origin": "own", "origin_confidant_id": CONFIDANT }),
            "$.persons.[0].origin_confidant_id: only a person whose origin is confidant has one.",
        ),
        (
            json!({ "origin": "confidant", "origin_confidant_id": "c4110000-0000-4000-8000-0000000000ff" }),
            "$.persons.[0].origin_confidant_id: there is no such person.",
        ),
    ] {
        let mut person = said;
        person["id"] = id.clone();
        let problems = import(&app, &json!({ "persons": [person] }))
            .await
            .unwrap_err();
        assert_eq!(problems, problem);
    }
}

#[rstest]
#[tokio::test]
async fn streams_are_imported_one_by_one(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let mut file = full();
    file["persons"][1]["verification"] =
        json!({ "nhs": { "status": "VERIFIED" }, "drfo": { "status": "VERIFICATION_NEEDED" } });
    file["persons"][0]["verification_status"] = json!("NOT_VERIFIED");
    import(&app, &file).await.unwrap();
    let (child, confidant) = (
        file["persons"][1]["id"].clone(),
        file["persons"][0]["id"].clone(),
    );
    is(
        &app,
        "persons",
        "verification_status = 'VERIFICATION_NEEDED' AND birth_date > '2010-01-01'",
    )
    .await;
    let set = async |id: &Value, verification: Value| {
        let file = json!({ "persons": [{ "id": id, "verification": verification }] });
        import(&app, &file).await
    };
    set(
        &child,
        json!({ "drfo": { "status": "VERIFIED", "reason": "AUTO" } }),
    )
    .await
    .unwrap();
    is(
        &app,
        "persons",
        "verification_status = 'VERIFIED' AND birth_date > '2010-01-01'",
    )
    .await;
    // A status without streams was the operator's word, and one stream does not mend it.
    set(&confidant, json!({ "drfo": { "status": "VERIFIED" } }))
        .await
        .unwrap();
    is(
        &app,
        "persons",
        "verification_status = 'NOT_VERIFIED' AND birth_date < '2010-01-01'",
    )
    .await;
    set(&confidant, json!({ "nhs": { "status": "VERIFIED" } }))
        .await
        .unwrap();
    is(
        &app,
        "persons",
        "verification_status = 'VERIFIED' AND birth_date < '2010-01-01'",
    )
    .await;
    set(&confidant, json!({ "dracs_death": { "status": "DEAD" } }))
        .await
        .unwrap();
    is(
        &app,
        "persons",
        "verification_status = 'NOT_VERIFIED' AND is_deceased = true",
    )
    .await;
    // No version of a record is made by what is thought of it.
    assert_eq!(app.count("persons", "version = 1").await, 2);
    let problems = set(
        &child,
        json!({ "horoscope": { "status": "VERIFIED" }, "nhs": { "status": "DEAD" } }),
    )
    .await
    .unwrap_err();
    let problems: Vec<_> = problems
        .lines()
        .map(|line| line.split(": ").next().unwrap())
        .collect();
    assert_eq!(
        problems,
        [
            "$.persons.[0].verification.horoscope",
            "$.persons.[0].verification.nhs.status"
        ]
    );
}

/// Authority §8: nobody is granted a login token
#[rstest]
#[tokio::test]
async fn no_client_has_the_scope_of_login_tokens(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let mut file = full();
    file["clients"][1]["scopes"] = json!("person:read app:authorize");
    let problems = import(&app, &file).await.unwrap_err();
    assert_eq!(
        problems,
        "$.clients.[1].scopes: \"app:authorize\" is the scope of login tokens, with which somebody approves a client; no client can be granted it."
    );
    let mut file = full();
    file["user_requests"][0]["scope"] = json!("app:authorize person:read");
    import(&app, &file).await.unwrap();
    is(&app, "user_requests", "scope = 'person:read'").await;
}

/// What ran out comes back with another end; what somebody ended comes back only where the file says so
#[rstest]
#[tokio::test]
async fn relationships_that_were_ended(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let mut file = full();
    file["confidant_person_relationships"][0]["active_to"] = json!("2026-06-01");
    import(&app, &file).await.unwrap();
    let ended = async |reason: &str| {
        let sql = format!(
            "UPDATE confidant_person_relationships SET is_active = false, ended_at = updated_at, ended_reason = '{reason}'"
        );
        app.execute(&sql).await;
    };
    let id = file["confidant_person_relationships"][0]["id"].clone();
    let say = async |mut said: Value| {
        said["id"] = id.clone();
        import(&app, &json!({ "confidant_person_relationships": [said] }))
            .await
            .unwrap();
        app.count(
            "confidant_person_relationships",
            "is_active = true AND ended_at IS NULL AND ended_reason IS NULL",
        )
        .await
            == 1
    };
    ended("EXPIRED").await;
    assert!(!say(json!({ "active_to": "2026-06-01" })).await);
    assert!(say(json!({ "active_to": null })).await);
    ended("DECISION").await;
    assert!(!say(json!({ "active_to": "2031-01-01", "verification_status": "VERIFIED" })).await);
    assert!(say(json!({ "is_active": true })).await);
    assert!(!say(json!({ "is_active": false })).await);
    is(
        &app,
        "confidant_person_relationships",
        "ended_reason = 'DECISION' AND ended_at IS NOT NULL",
    )
    .await;
    // It stays between the people whom it was made for.
    let said = json!({ "confidant_person_relationships": [{ "id": id, "person_id": CONFIDANT }] });
    assert_eq!(
        import(&app, &said).await.unwrap_err(),
        "$.confidant_person_relationships.[0].person_id: a relationship stays between the people whom it was made for."
    );
}
