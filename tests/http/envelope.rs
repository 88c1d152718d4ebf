//! What the JSON routes answer before any handler is asked (§3.1), and what pages answer in its place.

use axum::{
    body::Body,
    http::{Method, Request},
};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    Answer, CLIENT,
    Database::{self, Postgres, Sqlite},
    TestApp,
};

const JSON: Option<&str> = Some("application/json");
const TOKENS: &str = "/oauth/tokens";
const VALIDATION: &str = "/api/pis/confidant/sign-up_validation";

fn request_rule(rule: &str) -> Option<Value> {
    Some(json!([{ "entry_type": "request", "rules": [{ "rule": rule }] }]))
}

#[rstest]
#[tokio::test]
async fn not_found(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    for path in [
        "/api/",
        "/api/pis/nothing",
        "/oauth/token",
        "/auth/login/",
        "/api/pis/person/",
    ] {
        app.api()
            .get(path)
            .await
            .refuses(404, "not_found", "not found");
        app.api()
            .post(path, &json!({}))
            .await
            .refuses(404, "not_found", "not found");
    }
    for path in [
        "/nothing",
        "/api",
        "/oauth",
        "/confidant/sign-up/",
        "/static/none.css",
        "/accept",
    ] {
        let answer = app.browser().get(path).await;
        answer.page(404);
        assert_eq!(answer.heading(), "Сторінку не знайдено");
        assert_eq!(answer.way_back(), None);
    }
}

#[rstest]
#[tokio::test]
async fn method_not_allowed(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    for (path, allowed) in [
        (TOKENS, "POST"),
        (VALIDATION, "POST"),
        ("/oauth/nonce", "POST"),
        ("/api/pis/person", "GET,HEAD"),
    ] {
        for method in [Method::DELETE, Method::PUT, Method::PATCH] {
            let answer = app.api().send(method, path, None, Body::empty()).await;
            answer.refuses(405, "request_malformed", "Method not allowed.");
            assert_eq!(answer.header("allow"), allowed);
        }
    }
    let put = Request::builder()
        .method("PUT")
        .uri("/confidant/sign-up")
        .body(Body::empty())
        .unwrap();
    let answer = app.send(put).await;
    answer.page(405);
    assert_eq!(answer.heading(), "Так відкрити сторінку не можна");
    assert_eq!(answer.header("allow"), "GET,HEAD,POST");
}

#[rstest]
#[tokio::test]
async fn not_acceptable(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    for accept in ["text/html", "application/xml", "application/json;q=0", ""] {
        let answer = app
            .api()
            .header("accept", accept)
            .post(TOKENS, &json!({}))
            .await;
        answer.refuses(
            406,
            "content_type_invalid",
            "Accept header is missing or invalid. Try to set 'Accept: application/json' header.",
        );
    }
    for accept in [
        "application/json",
        "*/*",
        "text/html, application/*;q=0.5",
        "APPLICATION/JSON; charset=utf-8",
    ] {
        app.api()
            .header("accept", accept)
            .post(TOKENS, &json!({}))
            .await
            .is(400);
    }
}

#[rstest]
#[tokio::test]
async fn request_too_large(#[values(Sqlite, Postgres)] database: Database) {
    // design 4.5: 64 KiB, and 6 MiB where something signed is carried
    let app = TestApp::new(database).await;
    for (path, limit) in [(TOKENS, 64 * 1024), (VALIDATION, 6 * 1024 * 1024)] {
        let body = |length: usize| {
            let frame = r#"{"x":""}"#.len();
            format!("{{\"x\":\"{}\"}}", "x".repeat(length - frame))
        };
        let answer = app
            .api()
            .send(Method::POST, path, JSON, body(limit).into())
            .await;
        assert_ne!(answer.status, 413, "{path}");
        let answer = app
            .api()
            .send(Method::POST, path, JSON, body(limit + 1).into())
            .await;
        answer.refuses_with(
            413,
            "request_too_large",
            "Request body is too large.",
            request_rule("size"),
        );
    }
    let form = format!("user_data={}", "x".repeat(7 * 1024 * 1024));
    let request = Request::builder()
        .method("POST")
        .uri("/confidant/sign-up")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(form))
        .unwrap();
    let answer = app.send(request).await;
    answer.page(413);
    assert_eq!(answer.heading(), "Даних забагато");
}

#[rstest]
#[tokio::test]
async fn unsupported_media_type(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    for kind in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("application/jsonx"),
    ] {
        let answer = app
            .api()
            .send(Method::POST, TOKENS, kind, "{}".into())
            .await;
        answer.refuses(
            415,
            "content_type_invalid",
            "Invalid Content-Type header. Try to set 'Content-Type: application/json' header: http://docs.apimanifest.apiary.io/#introduction/interacting-with-api/content-type.",
        );
    }
    for kind in [
        "application/json; charset=utf-8",
        "Application/JSON",
        "application/problem+json",
    ] {
        app.api()
            .send(Method::POST, TOKENS, Some(kind), "{}".into())
            .await
            .is(400);
    }
}

#[rstest]
#[tokio::test]
async fn corrupted_json(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    for body in [
        "",
        "{",
        "[]",
        "null",
        "{}{}",
        "{\"a\":}",
        "\"text\"",
        "{\"a\":\"\u{1}\"}",
    ] {
        let answer = app
            .api()
            .send(Method::POST, TOKENS, JSON, body.into())
            .await;
        answer.refuses_with(
            400,
            "request_malformed",
            "Malformed request. Probably, you have sent corrupted JSON.",
            request_rule("json"),
        );
    }
}

#[track_caller]
fn id_of(answer: &Answer) -> String {
    answer.header("x-request-id").to_owned()
}

#[rstest]
#[tokio::test]
async fn request_id_and_idempotency_key(#[values(Sqlite, Postgres)] database: Database) {
    // §3.1
    let app = TestApp::new(database).await;
    app.world().await;
    let body = json!({ "client_id": CLIENT });
    let api = app
        .api()
        .header("x-request-id", "mine")
        .header("x-idempotency-key", "key 7");
    let answer = api.post("/oauth/nonce", &body).await;
    let meta = &answer.is(200).json()["meta"];
    assert_eq!(meta["request_id"], id_of(&answer));
    assert_ne!(meta["request_id"], "mine");
    assert_eq!(meta["idempotency_key"], "key 7");
    assert_eq!(answer.header("cache-control"), "no-store");
    let other = app.api().post("/oauth/nonce", &body).await;
    assert_ne!(id_of(&other), id_of(&answer));
    assert_eq!(other.json()["meta"].get("idempotency_key"), None);
    // A page tells its id as the code for the support.
    let page = app.browser().get("/nothing").await;
    assert!(
        page.words()
            .contains(&format!("not_found-{}", id_of(&page)))
    );
}

#[rstest]
#[tokio::test]
async fn probes(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let entry = {
        let world = app.world().await;
        world.entry(&world.signed_child())
    };
    let live = app.browser().get("/health/live").await;
    assert_eq!(live.is(200).text(), "live");
    let ready = app.browser().get("/health/ready").await;
    assert_eq!(ready.is(200).text(), "ready");
    app.execute("DELETE FROM _sqlx_migrations WHERE version = 3")
        .await;
    let behind = app.browser().get("/health/ready").await;
    assert_eq!(behind.is(503).text(), "the schema is not up to date");
    app.app.db.close().await;
    let gone = app.browser().get("/health/ready").await;
    assert_eq!(gone.is(503).text(), "the database does not answer");
    app.browser().get("/health/live").await.is(200);
    // Nothing of the failure reaches a caller.
    let answer = app
        .api()
        .post("/oauth/nonce", &json!({ "client_id": CLIENT }))
        .await;
    answer.refuses(503, "internal_error", "Service unavailable.");
    let page = app
        .browser()
        .get("/accept/0123456789abcdef0123456789abcdef")
        .await;
    page.page(503);
    assert_eq!(page.heading(), "Сервіс тимчасово недоступний");
    let page = app.browser().get(&entry).await;
    page.page(503);
    assert_eq!(page.heading(), "Сервіс тимчасово недоступний");
}
