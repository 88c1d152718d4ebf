//! A registration leaves everything or nothing, wherever it is cut off (design 4.3).

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::Poll,
};

use dovira::{
    clock::{Clock, SystemClock},
    oauth::{bearer::bearer, grants::LoginTokenFor},
    secrets::Plain,
    sign_up::{
        confidant::{self, SCOPE},
        prepared::PreparedConfidantRegistration,
        registration::{self, issue_token},
        signed::SignedContent,
    },
};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    CLIENT, CONFIDANT_USER, Child,
    Database::{self, Postgres, Sqlite},
    Program, Scratch, TestApp, World, authority, provisioning,
};

/// What `future` gives, unless it needs more than `times` turns: then it is dropped where it is.
async fn cut_off<F: Future>(future: F, times: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = times;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

/// A registration by the confidant that only waits for its transaction.
pub async fn prepare(
    world: &World<'_>,
    signed: &str,
    session_token: &str,
) -> PreparedConfidantRegistration {
    let app = &world.app.app;
    let now = world.app.now();
    let token = Plain::from(world.token.as_str());
    let bearer = {
        let mut held = app.db.read().await.unwrap();
        let people = &app.config.people;
        bearer(held.link(), people, Some(&token), Some(SCOPE), now)
            .await
            .unwrap()
    };
    let content = SignedContent::from_text(signed.to_owned());
    confidant::prepare(app, &bearer, content, session_token, now)
        .await
        .unwrap()
}

#[rstest]
#[tokio::test]
async fn a_registration_cut_off_wherever_it_waits(#[values(Sqlite, Postgres)] database: Database) {
    // Where it waits depends on how fast the database answers; the outcome does not.
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let signed = world.signed_child();
    let session_token = world.session_token(&signed).await;
    let before = app.registered().await;
    let tokens = app.count("tokens", "1 = 1").await;
    let mut cuts = 0;
    loop {
        let prepared = prepare(&world, &signed, &session_token).await;
        let tx = app.app.db.begin().await.unwrap();
        let registration = async {
            let (now, whose) = (app.now(), LoginTokenFor::Caller);
            let (mut tx, registered) = registration::register(tx, &app.app, prepared, now).await?;
            issue_token(
                &mut tx,
                &app.app,
                &registered.identified,
                CLIENT,
                whose,
                now,
            )
            .await
        };
        // The transaction is dropped, whether it was cut off or only not committed.
        let ended = cut_off(registration, cuts).await;
        assert_eq!(app.registered().await, before, "after {cuts} turns");
        assert_eq!(app.count("tokens", "1 = 1").await, tokens);
        assert_eq!(app.count("used_jwts", "1 = 1").await, 0);
        if let Some(ended) = ended {
            ended.unwrap();
            break;
        }
        cuts += 1;
    }
    // Nothing of that stands in the way of the one that is not cut off.
    world.register(&signed, &session_token).await.is(201);
    assert_eq!(app.registered().await, [2, 2, 2, 1, 2, 1]);
}

#[rstest]
#[tokio::test]
async fn a_consent_cut_off_wherever_it_waits(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let browser = app.browser();
    let accept = world
        .enter_and_confirm(&browser, &world.signed_child())
        .await;
    let mut cuts = 1;
    loop {
        let click = browser.decide_later(&accept, "confirm");
        if let Some(accepted) = cut_off(app.send(click), cuts).await {
            assert!(accepted.parameter("code").is_some());
            break;
        }
        // Whatever was reached: a code stands with its approval and its flow, or there is none of them.
        let codes = app.count("tokens", "name = 'authorization_code'").await;
        assert!(codes <= 1);
        assert_eq!(app.count("approvals", "1 = 1").await, codes);
        assert_eq!(app.count("flows", "stage = 'accepted'").await, codes);
        cuts += 1;
    }
    assert_eq!(app.count("tokens", "name = 'authorization_code'").await, 1);
}

/// Makes the database refuse to write to `table`, or ends that.
async fn sabotage(app: &TestApp, database: Database, table: &str, is_on: bool) {
    let statements: &[&str] = match (database, is_on) {
        (Sqlite, true) => &[
            "CREATE TRIGGER sabotage BEFORE {} ON TABLE_NAME BEGIN SELECT RAISE(ABORT, 'sabotage'); END",
        ],
        (Sqlite, false) => &["DROP TRIGGER sabotage"],
        (Postgres, true) => &[
            "CREATE OR REPLACE FUNCTION sabotage() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'sabotage'; END $$",
            "CREATE TRIGGER sabotage BEFORE {} ON TABLE_NAME FOR EACH ROW EXECUTE FUNCTION sabotage()",
        ],
        (Postgres, false) => &["DROP TRIGGER sabotage ON TABLE_NAME"],
    };
    let event = if table == "flows" { "UPDATE" } else { "INSERT" };
    for statement in statements {
        app.execute(&statement.replace("{}", event).replace("TABLE_NAME", table))
            .await;
    }
}

#[rstest]
#[tokio::test]
async fn a_registration_that_fails_at_any_of_its_statements(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let signed = world.signed_child();
    let session_token = world.session_token(&signed).await;
    let browser = app.browser();
    let details = world.enter(&browser, &world.signed_child()).await;
    let before = app.registered().await;
    let tokens = app.count("tokens", "1 = 1").await;
    for table in [
        "used_jwts",
        "persons",
        "person_documents",
        "person_authentication_methods",
        "confidant_person_relationships",
        "used_signatures",
        "users",
        "tokens",
        "flows",
    ] {
        sabotage(&app, database, table, true).await;
        if table != "flows" {
            let answer = world.register(&signed, &session_token).await;
            answer.refuses(500, "internal_error", "Internal server error.");
        }
        let page = browser.decide(&details, "confirm").await;
        page.page(500);
        assert_eq!(page.heading(), "Сталася помилка сервісу");
        assert!(
            page.words().contains("Дані не збережено."),
            "{}",
            page.words()
        );
        sabotage(&app, database, table, false).await;
        assert_eq!(app.registered().await, before, "{table}");
        assert_eq!(app.count("tokens", "1 = 1").await, tokens, "{table}");
        assert_eq!(app.count("used_jwts", "1 = 1").await, 0, "{table}");
        assert_eq!(app.count("flows", "stage = 'details'").await, 1, "{table}");
    }
    // The same confirmation succeeds once the database does.
    browser.decide(&details, "confirm").await.is(303);
    assert_eq!(app.registered().await, [2, 2, 2, 1, 2, 1]);
}

/// One of many children.
fn child(number: usize) -> Value {
    let mut content = Child::content();
    content["person"]["tax_id"] = json!(format!("45691{number:05}"));
    content["person"]["documents"][0]["number"] = json!(format!("І-БК№{number:06}"));
    content
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_killed_in_the_middle_of_registrations(
    #[values(Sqlite, Postgres)] database: Database,
) {
    // what was acknowledged is there, and of the others everything or nothing
    const ENOUGH: usize = 6;
    let scratch = Scratch::new(database).await;
    let program = Program::new(&scratch);
    let file = program.file("world.json", &serde_json::to_vec(&provisioning()).unwrap());
    program.run(&["import", &file]).ends(0);
    let (client, user) = (CLIENT.to_string(), CONFIDANT_USER.to_string());
    let token = program
        .run(&[
            "token", "issue", "--client", &client, "--user", &user, "--scope", SCOPE,
        ])
        .ends(0)
        .out;
    let server = program.serve(&[]);
    let signer = authority().person(Some("3112201416"));
    let (http, token, address) = (
        reqwest::Client::new(),
        Arc::<str>::from(token.trim()),
        server.address.clone(),
    );
    let (enough, killed) = tokio::sync::oneshot::channel::<()>();
    let enough = Arc::new(std::sync::Mutex::new(Some(enough)));
    let done = Arc::new(AtomicUsize::new(0));
    let now = SystemClock.now();
    let mut workers = Vec::new();
    for worker in 0..3 {
        // Signed beforehand, so that the server is busy all the time.
        let contents: Vec<_> = (0..200)
            .map(|at| signer.sign(&child(worker * 1000 + at), now))
            .collect();
        let (http, token, address) = (http.clone(), Arc::clone(&token), address.clone());
        let (enough, done) = (Arc::clone(&enough), Arc::clone(&done));
        workers.push(tokio::spawn(async move {
            let post = async |name: &str, body: Value| {
                let url = format!("http://{address}/api/pis/confidant/{name}");
                let answer = http
                    .post(url)
                    .bearer_auth(&token)
                    .json(&body)
                    .send()
                    .await?;
                let status = answer.status().as_u16();
                answer.json::<Value>().await.map(|body| (status, body))
            };
            let mut acknowledged = Vec::new();
            for content in contents {
                let mut body =
                    json!({ "signed_content": content, "signed_content_encoding": "base64" });
                let Ok((200, validated)) = post("sign-up_validation", body.clone()).await else {
                    break;
                };
                body["jwt"] = validated["data"]["token"].clone();
                let Ok((201, registered)) = post("register", body).await else {
                    break;
                };
                acknowledged.push(
                    registered["data"]["person"]["id"]
                        .as_str()
                        .unwrap()
                        .to_owned(),
                );
                if done.fetch_add(1, Ordering::SeqCst) + 1 == ENOUGH
                    && let Some(enough) = enough.lock().unwrap().take()
                {
                    let _ = enough.send(());
                }
            }
            acknowledged
        }));
    }
    drop(enough);
    let _ = killed.await;
    server.signal("KILL");
    let mut acknowledged = Vec::new();
    for worker in workers {
        acknowledged.extend(worker.await.unwrap());
    }
    drop(server);
    assert!(
        acknowledged.len() >= ENOUGH,
        "{} were registered",
        acknowledged.len()
    );

    let app = TestApp::on(scratch, &[]).await;
    let [
        persons,
        documents,
        methods,
        relationships,
        users,
        signatures,
    ] = app.registered().await;
    let children = persons - 1;
    assert!(children >= i64::try_from(acknowledged.len()).unwrap());
    assert_eq!(
        [
            documents - 1,
            methods - 1,
            relationships,
            users - 1,
            signatures
        ],
        [children; 5]
    );
    assert_eq!(
        app.count("tokens", "scope = 'app:authorize'").await,
        children
    );
    assert_eq!(app.count("used_jwts", "1 = 1").await, children);
    for id in acknowledged {
        let condition = match database {
            Sqlite => format!("id = x'{}'", id.replace('-', "")),
            Postgres => format!("id = '{id}'"),
        };
        assert_eq!(
            app.count("persons", &condition).await,
            1,
            "{id} was acknowledged"
        );
    }
}
