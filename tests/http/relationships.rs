//! The register of relationships, by each of its answers and without one (§5.2 row 7, §11.5, contract §11.5).

use std::sync::atomic::Ordering;

use chrono::TimeDelta;
use dovira::sign_up::{error::SignUpError, registration};
use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    atomicity::prepare,
    support::{
        Answer, CLIENT, CONFIDANT, Child,
        Database::{self, Postgres, Sqlite},
        FakeRegistry, Log, Reply, TestApp, World, cut_short, nobody,
    },
};

const TOKEN: &str = "a-token-that-only-the-register-knows";

/// What of the people here must not be logged.
const PERSONAL: [&str; 11] = [
    "Марʼяна",
    "Зразков",
    "Демʼян",
    "Миколайович",
    "4569100028",
    "3112201416",
    "2025-02-04",
    "1985-03-17",
    "540021",
    "540022",
    TOKEN,
];

async fn app(database: Database, url: &str, more: &[&str]) -> TestApp {
    let mut settings = vec![
        "--relationship-registry",
        url,
        "--relationship-registry-token",
        TOKEN,
    ];
    settings.extend(more);
    TestApp::with(database, &settings).await
}

/// `data` of a registration of the sample child.
fn registered() -> Value {
    let mut person = Child::content()["person"].clone();
    let named = person["confidant_person"].as_object_mut().unwrap();
    named.insert("first_name".into(), json!("Демʼян"));
    named.insert("last_name".into(), json!("Зразковий"));
    named.insert("second_name".into(), json!("Миколайович"));
    person["id"] = json!("[uuid]");
    json!({
        "person": person,
        "user": { "id": "[uuid]", "tax_id": "4569100028" },
        "access_token": "[token]",
    })
}

/// `data` of a registration of the sample child who is there already (authority §4: the registry's record), related without
/// documents.
fn joined() -> Value {
    let mut data = registered();
    let person = data["person"].as_object_mut().unwrap();
    // The code word is for nobody, and no method came with the record.
    person.shift_remove("secret");
    person.shift_remove("authentication_methods");
    person.insert("verification_status".into(), json!("VERIFIED"));
    person["confidant_person"]["documents_relationship"] = json!([]);
    data
}

/// The child is registered, and their relationship waits.
async fn waiting_child(world: &World<'_>) -> Uuid {
    let id = world.import_child(&Child::content()).await;
    let reason = Some("ONLINE_TRIGGERED");
    world
        .relate(id, CONFIDANT, "VERIFICATION_NEEDED", reason)
        .await;
    id
}

#[track_caller]
fn unavailable(answer: &Answer) {
    answer.refuses(503, "internal_error", "Service unavailable.");
}

#[track_caller]
fn not_confirmed(answer: &Answer) {
    answer.refuses(409, "request_conflict", "Relationship not confirmed");
}

#[rstest]
#[tokio::test]
async fn what_it_is_asked_and_a_confirmed_answer(#[values(Sqlite, Postgres)] database: Database) {
    let register = FakeRegistry::new(&[Reply::Says("confirmed")]).await;
    let app = app(database, &register.url(), &[]).await;
    let world = app.world().await;
    let id = waiting_child(&world).await;
    // The question is about the record of the registry, not about what was typed; so is the answer.
    let mut content = Child::content();
    content["person"]["second_name"] = json!("Інша");
    content["person"]["documents"][0]["number"] = json!("І-БК№540022");
    let log = Log::begin();
    let data = world
        .validate_and_register(&content)
        .await
        .gives(201, joined());
    assert_eq!(data["person"]["id"], json!(id));
    log.says_nothing_of(&PERSONAL);
    assert_eq!(
        register.questions(),
        [(
            "POST /relationships".to_owned(),
            Some(format!("Bearer {TOKEN}")),
            json!({
                "patient": {
                    "last_name": "Зразкова",
                    "first_name": "Марʼяна",
                    "second_name": "Демʼянівна",
                    "birth_date": "2025-02-04",
                    "tax_id": "4569100028",
                },
                "birth_certificate_number": "І-БК№540021",
                "confidant": {
                    "last_name": "Зразковий",
                    "first_name": "Демʼян",
                    "second_name": "Миколайович",
                    "birth_date": "1985-03-17",
                    "tax_id": "3112201416",
                },
            })
        )]
    );
    // Authority §3: the register's word is kept with its time; nothing else of what was signed is.
    assert_eq!(app.registered().await, [2, 2, 1, 1, 2, 1]);
    assert_eq!(waiting(&app).await, 0);
    assert_eq!(confirmed(&app).await, 1);
}

/// Relationships as they are made online.
const ONLINE: &str = "is_active = true AND verification_status = 'VERIFICATION_NEEDED' AND verification_reason = 'ONLINE_TRIGGERED'";

/// Those that wait.
async fn waiting(app: &TestApp) -> i64 {
    let condition = format!("{ONLINE} AND register_confirmed_at IS NULL");
    app.count("confidant_person_relationships", &condition)
        .await
}

/// Those that a register confirmed.
async fn confirmed(app: &TestApp) -> i64 {
    let condition = format!("{ONLINE} AND register_confirmed_at IS NOT NULL");
    app.count("confidant_person_relationships", &condition)
        .await
}

/// Those that a register refused.
async fn refused(app: &TestApp) -> i64 {
    let condition = "is_active = true AND verification_status = 'NOT_VERIFIED' AND verification_reason = 'REGISTER_NOT_CONFIRMED'";
    app.count("confidant_person_relationships", condition).await
}

#[rstest]
#[tokio::test]
async fn each_answer_about_a_relationship_that_waits(
    #[values(Sqlite, Postgres)] database: Database,
    #[values("confirmed", "not_confirmed", "unknown")] says: &'static str,
) {
    let register = FakeRegistry::new(&[Reply::Says(says)]).await;
    let app = app(database, &register.url(), &[]).await;
    let world = app.world().await;
    waiting_child(&world).await;
    let before = app.registered().await;
    let answer = world.validate_and_register(&Child::content()).await;
    if says == "confirmed" {
        answer.gives(201, joined());
    } else {
        not_confirmed(&answer);
        assert_eq!(app.registered().await, before);
    }
    // Authority §4, `Waiting`: `unknown` is no yes, `not_confirmed` refuses the claim.
    let expected = match says {
        "confirmed" => (1, 0, 0),
        "unknown" => (0, 1, 0),
        _ => (0, 0, 1),
    };
    let found = (
        confirmed(&app).await,
        waiting(&app).await,
        refused(&app).await,
    );
    assert_eq!(found, expected);
    assert_eq!(register.questions().len(), 1);
}

#[rstest]
#[tokio::test]
async fn each_answer_where_there_is_no_relationship(
    #[values(Sqlite, Postgres)] database: Database,
    #[values("confirmed", "not_confirmed", "unknown")] says: &'static str,
    #[values("2025-02-04", "1985-02-04")] birth_date: &str,
) {
    let register = FakeRegistry::new(&[Reply::Says(says)]).await;
    let app = app(database, &register.url(), &[]).await;
    let world = app.world().await;
    let is_minor = birth_date == "2025-02-04";
    let mut content = Child::content();
    if !is_minor {
        content["person"]["birth_date"] = json!(birth_date);
        // It begins with the day of birth.
        content["person"]
            .as_object_mut()
            .unwrap()
            .shift_remove("unzr");
    }
    world.import_child(&content).await;
    let before = app.registered().await;
    let signed = world.sign(&content);
    if !is_minor {
        // Authority §4: an adult is claimed by nobody, and nobody is asked about them.
        not_confirmed(&world.validate(&signed).await);
        assert_eq!(app.registered().await, before);
        assert_eq!(register.questions(), []);
        return;
    }
    let session_token = world.session_token(&signed).await;
    let answer = world.register(&signed, &session_token).await;
    if says == "confirmed" {
        // The relationship is new, with the documents that were signed.
        let mut expected = joined();
        expected["person"]["confidant_person"]["documents_relationship"] =
            content["person"]["confidant_person"]["documents_relationship"].clone();
        answer.gives(201, expected);
        assert_eq!(confirmed(&app).await, 1);
        return;
    }
    // Authority §4, `None`: the claim is written down, as what the register said of it, and gives nothing.
    not_confirmed(&answer);
    let mut after = before;
    after[3] += 1;
    assert_eq!(app.registered().await, after);
    let expected = if says == "unknown" { (1, 0) } else { (0, 1) };
    assert_eq!((waiting(&app).await, refused(&app).await), expected);
    assert_eq!(app.count("tokens", "grant_type = 'pis_auth'").await, 0);
}

#[rstest]
#[tokio::test]
async fn a_claim_that_nobody_answers(#[values(Sqlite, Postgres)] database: Database) {
    // Authority §4: the claim is recorded, once; 503, and the same session token is good for the next try
    let register = FakeRegistry::new(&[Reply::Status(503)]).await;
    let app = app(database, &register.url(), &[]).await;
    let world = app.world().await;
    world.import_child(&Child::content()).await;
    let mut claimed = app.registered().await;
    claimed[3] += 1;
    let signed = world.signed_child();
    let session_token = world.session_token(&signed).await;
    for _ in 0..2 {
        unavailable(&world.register(&signed, &session_token).await);
        assert_eq!(app.registered().await, claimed);
        assert_eq!(waiting(&app).await, 1);
        assert_eq!(app.count("used_jwts", "1 = 1").await, 0);
    }
    register.replies(&[Reply::Says("confirmed")]);
    let mut expected = joined();
    expected["person"]["confidant_person"]["documents_relationship"] =
        Child::content()["person"]["confidant_person"]["documents_relationship"].clone();
    world
        .register(&signed, &session_token)
        .await
        .gives(201, expected);
    assert_eq!((waiting(&app).await, confirmed(&app).await), (0, 1));
}

#[rstest]
#[tokio::test]
async fn nobody_is_asked_in_vain(#[values(Sqlite, Postgres)] database: Database) {
    let register = FakeRegistry::new(&[Reply::Says("confirmed")]).await;
    // Somebody new: there is no record yet that could be opened.
    let first = app(database, &register.url(), &[]).await;
    let world = first.world().await;
    world
        .validate_and_register(&Child::content())
        .await
        .gives(201, registered());
    // Approved already; refused by somebody, which a register does not undo.
    for (status, is_good) in [("VERIFIED", true), ("NOT_VERIFIED", false)] {
        let app = app(database, &register.url(), &[]).await;
        let world = app.world().await;
        let id = world.import_child(&Child::content()).await;
        world.relate(id, CONFIDANT, status, None).await;
        let answer = world.validate_and_register(&Child::content()).await;
        if is_good {
            answer.gives(201, joined());
        } else {
            not_confirmed(&answer);
        }
    }
    // No certificate of birth in the record: nothing to ask about.
    let last = app(database, &register.url(), &[]).await;
    let world = last.world().await;
    let mut known = Child::content();
    known["person"]["documents"][0]["type"] = json!("BIRTH_CERTIFICATE_FOREIGN");
    let id = world.import_child(&known).await;
    let reason = Some("ONLINE_TRIGGERED");
    world
        .relate(id, CONFIDANT, "VERIFICATION_NEEDED", reason)
        .await;
    not_confirmed(&world.validate_and_register(&Child::content()).await);
    assert_eq!(register.questions(), []);
}

#[rstest]
#[tokio::test]
async fn a_session_token_that_is_used_up_asks_nobody(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let register = FakeRegistry::new(&[Reply::Says("confirmed")]).await;
    let app = app(database, &register.url(), &[]).await;
    let world = app.world().await;
    waiting_child(&world).await;
    let signed = world.signed_child();
    let session_token = world.session_token(&signed).await;
    world
        .register(&signed, &session_token)
        .await
        .gives(201, joined());
    world
        .register(&signed, &session_token)
        .await
        .refuses(401, "access_denied", "Unauthorized");
    assert_eq!(register.questions().len(), 1);
}

/// A body that is good but for its length.
fn long_body() -> String {
    json!({ "status": "confirmed", "note": "x".repeat(16 * 1024) }).to_string()
}

#[rstest]
#[case::server_error(Reply::Status(500), 2, "reason=\"status\" status=500")]
#[case::not_allowed(Reply::Status(401), 1, "reason=\"status\" status=401")]
#[case::another_success(Reply::Status(202), 1, "reason=\"status\" status=202")]
#[case::redirect(Reply::Redirect, 1, "reason=\"status\" status=307")]
#[case::not_json(Reply::Body("Марʼяна 4569100028".to_owned()), 1, "reason=\"unreadable\"")]
#[case::another_word(Reply::Body("{\"status\":\"Марʼяна\"}".to_owned()), 1, "reason=\"unreadable\"")]
#[case::no_word(Reply::Body("{\"confirmed\":true}".to_owned()), 1, "reason=\"unreadable\"")]
#[case::nothing(Reply::Body(String::new()), 1, "reason=\"unreadable\"")]
#[case::too_long(Reply::Body(long_body()), 1, "reason=\"too_large\"")]
#[case::hangs(Reply::Hang, 1, "reason=\"timeout\"")]
#[tokio::test]
async fn no_answer_uses_nothing_up(
    #[values(Sqlite, Postgres)] database: Database,
    #[case] reply: Reply,
    #[case] questions: usize,
    #[case] logged: &str,
) {
    let register = FakeRegistry::new(std::slice::from_ref(&reply)).await;
    // Long enough for every other reply on a busy machine.
    let seconds = if matches!(reply, Reply::Hang) {
        "0.05"
    } else {
        "20"
    };
    let timeout = ["--relationship-registry-timeout-seconds", seconds];
    let app = app(database, &register.url(), &timeout).await;
    let world = app.world().await;
    waiting_child(&world).await;
    let nonce = app
        .api()
        .post("/oauth/nonce", &json!({ "client_id": CLIENT }))
        .await
        .json();
    let mut content = Child::content();
    content["jwt"] = nonce["data"]["token"].clone();
    let signed = world.sign(&content);
    let session_token = world.session_token(&signed).await;
    let before = app.registered().await;
    let tokens = app.count("tokens", "1 = 1").await;

    let log = Log::begin();
    unavailable(&world.register(&signed, &session_token).await);
    log.says_nothing_of(&PERSONAL);
    assert!(log.text().contains(logged), "{}", log.text());
    let asked = register.questions();
    assert_eq!(asked.len(), questions);
    assert!(
        asked
            .iter()
            .all(|question| question.0 == "POST /relationships")
    );
    assert_eq!(app.registered().await, before);
    assert_eq!(app.count("tokens", "1 = 1").await, tokens);
    assert_eq!(app.count("used_jwts", "1 = 1").await, 0);

    // The register comes back; the same session token, nonce and signature are good. It can be late by then.
    if !matches!(reply, Reply::Hang) {
        register.replies(&[Reply::Says("confirmed")]);
        world
            .register(&signed, &session_token)
            .await
            .gives(201, joined());
        assert_eq!(app.count("used_jwts", "1 = 1").await, 2);
    }
}

#[rstest]
#[tokio::test]
async fn nobody_listens(#[values(Sqlite, Postgres)] database: Database) {
    let app = app(database, &nobody().await, &[]).await;
    let world = app.world().await;
    waiting_child(&world).await;
    let before = app.registered().await;
    let log = Log::begin();
    unavailable(&world.validate_and_register(&Child::content()).await);
    log.says_nothing_of(&PERSONAL);
    assert!(
        log.text().contains("reason=\"unreachable\""),
        "{}",
        log.text()
    );
    assert_eq!(app.registered().await, before);
    assert_eq!(app.count("used_jwts", "1 = 1").await, 0);
    // Whom the table knows is not kept waiting, nor is somebody new.
    world.validate_and_register(&Child::other()).await.is(201);
}

/// A connection that breaks before there is a status is tried again; a body that breaks off is not.
#[rstest]
#[case::before_the_status("", 2, "reason=\"interrupted\"")]
#[case::in_the_body(
    "HTTP/1.1 200 OK\r\ncontent-length: 90\r\n\r\n{\"status\":\"confirmed\"",
    1,
    "reason=\"cut_short\""
)]
#[tokio::test]
async fn an_answer_that_is_cut_short(
    #[values(Sqlite, Postgres)] database: Database,
    #[case] answer: &'static str,
    #[case] tries: usize,
    #[case] logged: &str,
) {
    let (url, connections) = cut_short(answer).await;
    let app = app(database, &url, &[]).await;
    let world = app.world().await;
    waiting_child(&world).await;
    let log = Log::begin();
    unavailable(&world.validate_and_register(&Child::content()).await);
    log.says_nothing_of(&PERSONAL);
    assert!(log.text().contains(logged), "{}", log.text());
    assert_eq!(connections.load(Ordering::SeqCst), tries);
    assert_eq!(app.count("used_jwts", "1 = 1").await, 0);
}

#[rstest]
#[tokio::test]
async fn one_failure_of_the_server_is_tried_again(#[values(Sqlite, Postgres)] database: Database) {
    let replies = [Reply::Status(500), Reply::Says("confirmed")];
    let register = FakeRegistry::new(&replies).await;
    let app = app(database, &register.url(), &[]).await;
    let world = app.world().await;
    waiting_child(&world).await;
    world
        .validate_and_register(&Child::content())
        .await
        .gives(201, joined());
    let asked = register.questions();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0], asked[1]);
}

#[rstest]
#[tokio::test]
async fn a_register_that_keeps_failing_is_left_alone(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let register = FakeRegistry::new(&[Reply::Status(503)]).await;
    let circuit = [
        "--relationship-registry-circuit-failures",
        "3",
        "--relationship-registry-circuit-seconds",
        "40",
    ];
    let app = app(database, &register.url(), &circuit).await;
    let world = app.world().await;
    waiting_child(&world).await;
    let signed = world.signed_child();
    let session_token = world.session_token(&signed).await;
    let register_now = async || world.register(&signed, &session_token).await;
    for failures in 1..=3 {
        unavailable(&register_now().await);
        // Each is tried twice.
        assert_eq!(register.questions().len(), 2 * failures);
    }
    let log = Log::begin();
    unavailable(&register_now().await);
    app.clock.advance(TimeDelta::seconds(39));
    unavailable(&register_now().await);
    assert_eq!(register.questions().len(), 6, "it is not asked any more");
    assert!(log.text().contains("reason=\"circuit_open\""));
    log.says_nothing_of(&PERSONAL);

    // One question finds it as it was, and the next ones are kept from it again.
    app.clock.advance(TimeDelta::seconds(1));
    unavailable(&register_now().await);
    assert_eq!(register.questions().len(), 8);
    unavailable(&register_now().await);
    assert_eq!(register.questions().len(), 8);

    register.replies(&[Reply::Says("confirmed")]);
    app.clock.advance(TimeDelta::seconds(40));
    register_now().await.gives(201, joined());
    assert_eq!(register.questions().len(), 9);
}

#[rstest]
#[tokio::test]
async fn a_register_that_refuses_questions_is_asked_the_next_one(
    #[values(Sqlite, Postgres)] database: Database,
) {
    // What it refuses of one person says nothing of the others.
    let register = FakeRegistry::new(&[Reply::Status(400)]).await;
    let circuit = ["--relationship-registry-circuit-failures", "2"];
    let app = app(database, &register.url(), &circuit).await;
    let world = app.world().await;
    waiting_child(&world).await;
    let signed = world.signed_child();
    let session_token = world.session_token(&signed).await;
    for questions in 1..=3 {
        unavailable(&world.register(&signed, &session_token).await);
        assert_eq!(register.questions().len(), questions);
    }
    register.replies(&[Reply::Says("confirmed")]);
    let registered_now = world.register(&signed, &session_token).await;
    registered_now.gives(201, joined());
}

#[rstest]
#[tokio::test]
async fn on_the_pages(#[values(Sqlite, Postgres)] database: Database) {
    let register = FakeRegistry::new(&[Reply::Status(503)]).await;
    let app = app(database, &register.url(), &[]).await;
    let world = app.world().await;
    waiting_child(&world).await;
    let browser = app.browser();
    let details = world.enter(&browser, &world.signed_child()).await;
    let before = app.registered().await;
    let page = browser.decide(&details, "confirm").await;
    page.page(503);
    assert_eq!(page.heading(), "Сервіс тимчасово недоступний");
    assert_eq!(app.registered().await, before);
    assert_eq!(app.count("flows", "stage = 'details'").await, 1);
    // The same page is confirmed once more, later.
    register.replies(&[Reply::Says("confirmed")]);
    let confirmed = browser.decide(&details, "confirm").await;
    browser.follow(&confirmed).await.is(200);
}

#[rstest]
#[tokio::test]
async fn in_a_redirect(#[values(Sqlite, Postgres)] database: Database) {
    // §2.6
    let register = FakeRegistry::new(&[Reply::Status(503)]).await;
    let redirects = ["--redirect-errors", "true"];
    let app = app(database, &register.url(), &redirects).await;
    let world = app.world().await;
    waiting_child(&world).await;
    let browser = app.browser();
    let details = world.enter(&browser, &world.signed_child()).await;
    let answer = browser.decide(&details, "confirm").await;
    answer.is(302);
    let sent = |name: &str| answer.parameter(name);
    assert_eq!(sent("error").as_deref(), Some("temporarily_unavailable"));
    assert_eq!(
        sent("error_description").as_deref(),
        Some("Service unavailable.")
    );
    assert_eq!(sent("state").as_deref(), Some("стан & co"));
    // The flow stands: whoever goes back can still confirm.
    register.replies(&[Reply::Says("confirmed")]);
    let confirmed = browser.decide(&details, "confirm").await;
    browser.follow(&confirmed).await.is(200);
}

#[rstest]
#[tokio::test]
async fn a_refresh_token_of_a_confirmed_confidant(#[values(Sqlite, Postgres)] database: Database) {
    // §6.4 asks the table alone, and finds there what the registration left
    let register = FakeRegistry::new(&[Reply::Says("confirmed")]).await;
    let app = app(database, &register.url(), &[]).await;
    let world = app.world().await;
    world.import_child(&Child::content()).await;
    let code = world.code().await;
    let tokens = world.exchange(&code).await.is(201).json();
    let refresh_token = tokens["data"]["details"]["refresh_token"].as_str().unwrap();
    world.refresh(refresh_token).await.is(201);
    assert_eq!(register.questions().len(), 1);
}

#[rstest]
#[tokio::test]
async fn related_by_somebody_else_in_the_meantime(#[values(Sqlite, Postgres)] database: Database) {
    // §11.5 "Create": refuse duplicates
    let app = TestApp::new(database).await;
    let world = app.world().await;
    world.import_child(&Child::content()).await;
    let before = app.registered().await;
    // Stands for another process between the look at the table and the writing to it.
    let columns = "person_id, confidant_person_id, relation_type, is_active, verification_status, verification_reason, active_to, documents_relationship, inserted_at, inserted_by, updated_at, updated_by";
    let values: String = columns
        .split(", ")
        .map(|column| format!(", NEW.{column}"))
        .collect();
    let insert = |id: &str| {
        format!("INSERT INTO confidant_person_relationships (id, {columns}) VALUES ({id}{values})")
    };
    let statements = match database {
        Sqlite => vec![format!(
            "CREATE TRIGGER rival BEFORE INSERT ON confidant_person_relationships BEGIN {}; END",
            insert("randomblob(16)")
        )],
        Postgres => vec![
            format!(
                "CREATE FUNCTION rival() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                     IF pg_trigger_depth() = 1 THEN {}; END IF; RETURN NEW; END $$",
                insert("gen_random_uuid()")
            ),
            "CREATE TRIGGER rival BEFORE INSERT ON confidant_person_relationships FOR EACH ROW EXECUTE FUNCTION rival()".to_owned(),
        ],
    };
    for statement in statements {
        app.execute(&statement).await;
    }
    world
        .validate_and_register(&Child::content())
        .await
        .refuses_field(
            "$.person.confidant_person.person_id",
            "invalid",
            "Relationship between confidant patient and related patient already exists",
        );
    assert_eq!(app.registered().await, before);
    assert_eq!(app.count("used_jwts", "1 = 1").await, 0);
}

#[rstest]
#[tokio::test]
async fn nobody_waits_while_the_register_thinks(#[values(Sqlite, Postgres)] database: Database) {
    // SQLite has one writer: whoever asks a register does not hold it
    let register = FakeRegistry::new(&[Reply::Hang]).await;
    let patience = ["--relationship-registry-timeout-seconds", "20"];
    let app = app(database, &register.url(), &patience).await;
    let world = app.world().await;
    waiting_child(&world).await;
    let signed = world.signed_child();
    let body = json!({
        "signed_content": signed, "signed_content_encoding": "base64",
        "jwt": world.session_token(&signed).await,
    });
    let api = app.api().bearer(&world.token);
    let asking = api.post_later("/api/pis/confidant/register", &body);
    let asking = tokio::spawn(app.send_later(asking));
    while register.questions().is_empty() {
        tokio::task::yield_now().await;
    }
    world.validate_and_register(&Child::other()).await.is(201);
    assert!(!asking.is_finished());
    // The one who asked gives up: nothing of it is left.
    asking.abort();
    assert!(asking.await.unwrap_err().is_cancelled());
    register.replies(&[Reply::Says("confirmed")]);
    api.post("/api/pis/confidant/register", &body)
        .await
        .gives(201, joined());
}

#[rstest]
#[tokio::test]
async fn somebody_who_was_registered_after_the_register_was_asked(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let register = FakeRegistry::new(&[Reply::Says("not_confirmed")]).await;
    let app = app(database, &register.url(), &[]).await;
    let world = app.world().await;
    let signed = world.signed_child();
    let session_token = world.session_token(&signed).await;
    let prepared = prepare(&world, &signed, &session_token).await;
    world.import_child(&Child::content()).await;
    let before = app.registered().await;
    let tx = app.app.db.begin().await.unwrap();
    let refused = registration::register(tx, &app.app, prepared, app.now()).await;
    // Nobody has said anything about them: not a claim that is made, but another try.
    assert!(matches!(refused, Err(SignUpError::RegistryUnavailable)));
    assert_eq!(app.registered().await, before);
    assert_eq!(register.questions(), []);
    not_confirmed(&world.register(&signed, &session_token).await);
    assert_eq!(register.questions().len(), 1);
}
