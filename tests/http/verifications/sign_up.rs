//! `POST /api/sms_verifications` (verifications §5.5, §10.4).

use chrono::TimeDelta;
use dovira::{
    oauth::jwt::{self, Audience},
    outside::sms::NotSent,
    random::Draw,
};
use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

use super::VALIDATION_FAILED;
use crate::support::{
    API_KEY, Answer, CONFIDANT_USER,
    Database::{self, Postgres, Sqlite},
    Otp, PHONE, PUBLIC_URL, TestApp, UNLIMITED, assert_json, field,
};

const PATH: &str = "/api/sms_verifications";
const HASH: &str = "76dea970d89477ed03dc5289f297443c";

/// A JWT of the installation for `audience`.
fn token(app: &TestApp, audience: Audience, life: TimeDelta) -> String {
    let id = app.app.random.uuid();
    let more = json!({ "email": "rodyna@example.ua" });
    jwt::issue(app.app.keys.jwt(), audience, id, id, more, app.now(), life).unwrap()
}

async fn post(app: &TestApp, token: &str, body: &Value) -> Answer {
    // The key is asked for with a nonce only; it does no harm with the others.
    app.api().key(API_KEY).bearer(token).post(PATH, body).await
}

fn body() -> Value {
    json!({ "factor": PHONE, "type": "SMS", "content_hash": HASH })
}

#[track_caller]
fn says(answer: &Answer, result: &str, urgent: &Value) {
    let body = answer.is(200).json();
    let expected = json!({
        "meta": { "code": 200, "url": format!("{PUBLIC_URL}{PATH}"), "type": "object", "request_id": "[uuid]" },
        "data": { "result": result },
        "urgent": urgent,
    });
    assert_json(&body, &expected);
}

#[track_caller]
fn sent(answer: &Answer) {
    says(answer, "OTP sent", &json!({ "next_step": "REQUEST_OTP" }));
}

async fn with(database: Database, more: &[&str]) -> TestApp {
    let mut settings = UNLIMITED.to_vec();
    settings.extend(more);
    TestApp::with(database, &settings).await
}

/// Verifications 10.4 S-01 to S-05, S-21
#[rstest]
#[tokio::test]
async fn s_01_codes_and_numbers_that_need_none(
    #[values(Sqlite, Postgres)] database: Database,
    #[values("true", "false")] all: &str,
) {
    let app = with(database, &["--pis-validate-all-phones", all]).await;
    let otp = Otp::new(&app).await;
    let life = TimeDelta::hours(1);
    let audiences = [
        Audience::CabinetRegistration,
        Audience::PisRegistration,
        Audience::TrustedClient,
    ];
    for audience in audiences {
        sent(&post(&app, &token(&app, audience, life), &body()).await);
        otp.stands("NEW", 0).await;
    }
    assert_eq!(otp.messages().len(), 3);
    // The cabinet's content hash is passed over; the others' is kept.
    assert_eq!(
        app.count("verifications", &format!("content_hash = '{HASH}'"))
            .await,
        2
    );
    let code = otp.code().await;
    otp.complete(code).await.is(200);
    let before = app.count("verifications", "1 = 1").await;
    for audience in audiences {
        let answer = post(&app, &token(&app, audience, life), &body()).await;
        if audience != Audience::CabinetRegistration && all == "false" {
            says(&answer, "Verified", &json!({}));
        } else {
            sent(&answer);
        }
    }
    let more = if all == "false" { 1 } else { 3 };
    assert_eq!(app.count("verifications", "1 = 1").await, before + more);
}

/// Verifications 10.4 S-06, S-07, S-13 to S-15
#[rstest]
#[tokio::test]
async fn s_06_bodies(#[values(Sqlite, Postgres)] database: Database) {
    let app = with(database, &[]).await;
    let otp = Otp::new(&app).await;
    let life = TimeDelta::hours(1);
    let pis = token(&app, Audience::PisRegistration, life);
    let cabinet = token(&app, Audience::CabinetRegistration, life);
    let hash_required = "content hash is required for pis and trusted_pis clients";
    for audience in [Audience::PisRegistration, Audience::TrustedClient] {
        let token = token(&app, audience, life);
        for none in [
            json!({ "factor": PHONE, "type": "SMS" }),
            json!({ "factor": PHONE, "type": "SMS", "content_hash": "" }),
        ] {
            post(&app, &token, &none).await.refuses_field(
                "$.content_hash",
                "required",
                hash_required,
            );
        }
    }
    for (member, value, rule, text) in [
        ("factor", json!("invalid"), "format", "invalid phone"),
        ("factor", json!("+38063111"), "format", "invalid phone"),
        ("factor", json!(380_631_112_233_u64), "cast", "is invalid"),
        ("factor", json!(""), "required", "can't be blank"),
        ("factor", json!(null), "required", "can't be blank"),
        ("type", json!("EMAIL"), "inclusion", "is invalid"),
        ("type", json!("sms"), "inclusion", "is invalid"),
        ("type", json!(""), "required", "can't be blank"),
        (
            "content_hash",
            json!("76DEA970D89477ED03DC5289F297443C"),
            "format",
            "has invalid format",
        ),
        (
            "content_hash",
            json!("76dea"),
            "format",
            "has invalid format",
        ),
    ] {
        let mut body = body();
        body[member] = value;
        post(&app, &pis, &body)
            .await
            .refuses_field(&format!("$.{member}"), rule, text);
    }
    let blank = json!({ "rule": "required", "description": "can't be blank", "params": [] });
    let empty = post(&app, &cabinet, &json!({})).await;
    let both = json!([field("$.factor", &blank), field("$.type", &blank)]);
    empty.refuses_with(422, "validation_failed", "can't be blank", Some(both));
    let several = post(&app, &pis, &json!({})).await;
    let hash = json!({ "rule": "required", "description": hash_required, "params": [] });
    let all = json!([
        field("$.factor", &blank),
        field("$.type", &blank),
        field("$.content_hash", &hash),
    ]);
    several.refuses_with(422, "validation_failed", VALIDATION_FAILED, Some(all));
    let mut extra = body();
    extra["x"] = json!(1);
    post(&app, &pis, &extra).await.is(422);
    assert_eq!(otp.messages().len(), 0);
    // S-07
    sent(&post(&app, &cabinet, &json!({ "factor": PHONE, "type": "SMS" })).await);
}

/// Verifications 10.4 S-08 to S-12; decisions §3 "api-key"
#[rstest]
#[tokio::test]
async fn s_08_tokens(#[values(Sqlite, Postgres)] database: Database) {
    let app = with(database, &[]).await;
    let otp = Otp::new(&app).await;
    let life = TimeDelta::hours(1);
    let invalid = |answer: &Answer| answer.refuses(401, "access_denied", "JWT is invalid");
    invalid(&app.api().post(PATH, &body()).await);
    let good = token(&app, Audience::PisRegistration, life);
    let parts: Vec<&str> = good.split('.').collect();
    let foreign = {
        let id = Uuid::from_u128(1);
        let key = [7; 64];
        jwt::issue(
            &key,
            Audience::PisRegistration,
            id,
            id,
            json!({}),
            app.now(),
            life,
        )
        .unwrap()
    };
    // {"alg":"none","typ":"JWT"}
    let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{}.", parts[1]);
    let access = app
        .world()
        .await
        .issue(CONFIDANT_USER, "otp:write", life)
        .await;
    for bad in ["x", "a.b.c", &foreign, &unsigned, &access] {
        invalid(&post(&app, bad, &body()).await);
    }
    let login = token(&app, Audience::MithrilLogin, life);
    post(&app, &login, &body()).await.refuses(
        401,
        "jwt_aud_invalid",
        "JWT is not permitted for this action",
    );
    let brief = token(&app, Audience::PisRegistration, TimeDelta::seconds(60));
    app.clock.advance(TimeDelta::seconds(60));
    post(&app, &brief, &body())
        .await
        .refuses(401, "jwt_expired", "JWT expired");
    // A session token needs no key; a nonce does.
    let without_key = async |token: &str| app.api().bearer(token).post(PATH, &body()).await;
    let nonce = token(&app, Audience::TrustedClient, life);
    without_key(&nonce)
        .await
        .refuses(401, "access_denied", "API-KEY header required");
    assert_eq!(otp.messages().len(), 0);
    sent(&without_key(&good).await);
}

/// Verifications 10.4 S-16, S-17
#[rstest]
#[tokio::test]
async fn s_16_the_limit_is_shared(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let otp = Otp::new(&app).await;
    let pis = token(&app, Audience::PisRegistration, TimeDelta::hours(1));
    sent(&post(&app, &pis, &body()).await);
    let refused = post(&app, &pis, &body()).await;
    refused.refuses(429, "too_many_requests", "Too many attemts");
    assert_eq!(refused.header("retry-after"), "60");
    otp.send()
        .await
        .refuses(429, "too_many_requests", "too many requests");
    app.clock.advance(TimeDelta::seconds(60));
    otp.send().await.is(200);
    post(&app, &pis, &body()).await.is(429);
}

/// Verifications 10.4 S-18
#[rstest]
#[tokio::test]
async fn s_18_the_gateway_refuses(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let otp = Otp::new(&app).await;
    let recorder = app.app.sms.recorder().unwrap();
    recorder.refuse(Some(NotSent::Refused));
    let pis = token(&app, Audience::PisRegistration, TimeDelta::hours(1));
    post(&app, &pis, &body())
        .await
        .refuses(503, "service_unavailable", "SMS not sent. Try later");
    otp.stands("CANCELED", 0).await;
}
