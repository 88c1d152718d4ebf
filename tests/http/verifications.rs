//! One-time codes by their JSON routes (verifications §10, decisions §4). Numbers such as K-12 are those of §10.

mod concurrency;
mod model;
mod sign_up;
mod upkeep;

use axum::{body::Body, http::Method};
use chrono::TimeDelta;
use dovira::{
    outside::sms::NotSent,
    phone::PhoneNumber,
    verification::{GivenCode, Initialize},
};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    API_KEY, Answer, CONFIDANT_USER,
    Database::{self, Postgres, Sqlite},
    Log, Otp, PHONE, PHONE_PATH, Statements, TestApp, UNLIMITED, field, required, wrong,
};

pub const VALIDATION_FAILED: &str = "Validation failed. You can find validators description at our API Manifest: http://docs.apimanifest.apiary.io/#introduction/interacting-with-api/errors.";
const EXPIRES: &str = "2026-06-15T10:10:00.000000Z";

async fn unlimited(database: Database) -> TestApp {
    TestApp::with(database, &UNLIMITED).await
}

fn data(status: &str, active: bool) -> Value {
    json!({ "id": "[uuid]", "status": status, "code_expired_at": EXPIRES, "active": active })
}

#[track_caller]
fn invalid_code(answer: &Answer) {
    answer.refuses(403, "forbidden", "Invalid verification code");
}

#[track_caller]
fn max_attempts(answer: &Answer) {
    answer.refuses(403, "forbidden", "Maximum attempts exceed");
}

#[track_caller]
fn refuses_body(answer: &Answer, invalid: Value) {
    answer.refuses_with(422, "validation_failed", VALIDATION_FAILED, Some(invalid));
}

/// Verifications 10.1 I-01, I-02, I-04; 10.2 K-40 for an answer that is good
#[rstest]
#[tokio::test]
async fn i_01_a_code_is_sent(#[values(Sqlite, Postgres)] database: Database) {
    let app = unlimited(database).await;
    let otp = Otp::new(&app).await;
    otp.send().await.gives(200, data("NEW", true));
    otp.stands("NEW", 0).await;
    let messages = otp.messages();
    assert_eq!(messages.len(), 1);
    let (phone, text) = &messages[0];
    assert_eq!(phone.as_str(), PHONE);
    let code = text
        .strip_prefix("Код авторизації дій в системі eHealth: ")
        .unwrap();
    assert_eq!(code.len(), 4);
    assert!(code.bytes().all(|digit| digit.is_ascii_digit()) && !code.starts_with('0'));
    let is_told = "initiated_by IS NOT NULL AND client_id IS NOT NULL";
    assert_eq!(app.count("verifications", is_told).await, 1);
}

/// Verifications 10.1 I-03, 6.3, 6.7
#[rstest]
#[tokio::test]
async fn i_03_no_code_and_no_number_is_written_anywhere(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let app = unlimited(database).await;
    let otp = Otp::new(&app).await;
    let log = Log::begin();
    let code = otp.code().await;
    otp.complete(wrong(code)).await.is(403);
    otp.complete(code).await.is(200);
    otp.find(PHONE).await.is(200);
    let digits = code.to_string();
    for (table, columns) in [
        (
            "verifications",
            "id, phone_number, code_hash, status, active, attempts_count, code_expired_at, content_hash, provider",
        ),
        (
            "sms_logs",
            "id, phone_number, body, type, gateway_id, gateway_status, provider",
        ),
    ] {
        for column in columns.split(", ") {
            let hit = format!(
                "CAST({column} AS TEXT) = '{digits}' OR CAST({column} AS TEXT) LIKE '%: {digits}%'"
            );
            assert_eq!(app.count(table, &hit).await, 0, "{table}.{column}");
        }
    }
    assert_eq!(
        app.count(
            "sms_logs",
            "body = 'VERIFICATION' AND type = 'verification' AND gateway_status = 'Accepted'"
        )
        .await,
        1
    );
    log.says_nothing_of(&[
        PHONE,
        "631112233",
        &format!("={digits} "),
        &format!("\"{digits}\""),
    ]);
}

/// Verifications 10.1 I-05, I-06, I-07
#[rstest]
#[tokio::test]
async fn i_05_a_newer_code_cancels_the_older(#[values(Sqlite, Postgres)] database: Database) {
    let app = unlimited(database).await;
    let otp = Otp::new(&app).await;
    let first = otp.send().await.gives(200, data("NEW", true));
    let old = otp.last_code();
    let second = otp.send().await.gives(200, data("NEW", true));
    let code = otp.last_code();
    assert_ne!(first["id"], second["id"]);
    assert_eq!(app.count("verifications", "active = true").await, 1);
    if old != code {
        invalid_code(&otp.complete(old).await);
        otp.stands("NEW", 1).await;
    }
    assert_eq!(
        app.count(
            "verifications",
            "status = 'CANCELED' AND attempts_count = 0"
        )
        .await,
        1
    );
    otp.complete(code).await.gives(200, data("VERIFIED", false));
}

/// Verifications 10.1 I-08
#[rstest]
#[tokio::test]
async fn i_08_the_last_of_four_codes_works(#[values(Sqlite, Postgres)] database: Database) {
    let app = unlimited(database).await;
    let otp = Otp::new(&app).await;
    for _ in 0..3 {
        otp.code().await;
    }
    let code = otp.code().await;
    otp.complete(code).await.gives(200, data("VERIFIED", false));
    assert_eq!(app.count("verifications", "status = 'CANCELED'").await, 3);
}

/// Processes may have different clocks: the latest code is the one that was made last all the same.
#[rstest]
#[tokio::test]
async fn a_code_by_an_earlier_clock(#[values(Sqlite, Postgres)] database: Database) {
    let app = unlimited(database).await;
    let otp = Otp::new(&app).await;
    let old = otp.code().await;
    app.clock.advance(TimeDelta::seconds(-30));
    let code = otp.code().await;
    if old != code {
        invalid_code(&otp.complete(old).await);
    }
    otp.complete(code).await.is(200);
}

/// Verifications 10.1 I-09 to I-15
#[rstest]
#[tokio::test]
async fn i_09_to_i_15_bodies(#[values(Sqlite, Postgres)] database: Database) {
    let app = unlimited(database).await;
    let otp = Otp::new(&app).await;
    let path = "/api/verifications";
    let post = async |body: Value| otp.api().post(path, &body).await;
    let missing = json!([required("$.phone_number", "phone_number")]);
    refuses_body(&post(json!({})).await, missing.clone());
    let form = json!([field(
        "$.phone_number",
        &json!({
            "rule": "format", "params": { "pattern": r"^\+380[0-9]{9}$" },
            "description": r#"string does not match pattern "^\+380[0-9]{9}$""#,
            "raw_description": r#"string does not match pattern "%{pattern}""#,
        })
    )]);
    for number in [
        "+38063111",
        "380631112233",
        "+390631112233",
        "+380631112233\n",
        " +380631112233",
        "+380631112233 ",
        "",
        "+38063111223٣",
    ] {
        refuses_body(&post(json!({ "phone_number": number })).await, form.clone());
    }
    let cast = |actual: &str, expected: &str, entry: &str| {
        field(
            entry,
            &json!({
                "rule": "cast", "params": { "actual": actual, "expected": expected },
                "description": format!("type mismatch. Expected {expected} but got {actual}"),
                "raw_description": "type mismatch. Expected %{expected} but got %{actual}",
            }),
        )
    };
    for (value, actual) in [
        (json!(12_312_312_312_u64), "integer"),
        (json!(null), "null"),
        (json!([]), "array"),
    ] {
        refuses_body(
            &post(json!({ "phone_number": value })).await,
            json!([cast(actual, "string", "$.phone_number")]),
        );
    }
    let extra = |name: &str| {
        field(
            &format!("$.{name}"),
            &json!({
                "rule": "schema", "params": { "properties": [name] },
                "description": "schema does not allow additional properties",
                "raw_description": "schema does not allow additional properties",
            }),
        )
    };
    refuses_body(
        &post(json!({ "phone_number": PHONE, "x": 1 })).await,
        json!([extra("x")]),
    );
    refuses_body(
        &post(json!({ "provider": 5, "code": 1 })).await,
        json!([
            required("$.phone_number", "phone_number"),
            cast("integer", "string", "$.provider"),
            extra("code"),
        ]),
    );
    assert_eq!(otp.messages().len(), 0);
    assert_eq!(app.count("verifications", "1 = 1").await, 0);
}

/// Verifications 10.1 I-16, I-17; 10.2 K-36; 10.3 F-08, F-09; decisions §3 "api-key"
#[rstest]
#[tokio::test]
async fn i_16_callers(#[values(Sqlite, Postgres)] database: Database) {
    let app = unlimited(database).await;
    let world = app.world().await;
    let otp = Otp::new(&app).await;
    let code = otp.code().await;
    let writes = world
        .issue(CONFIDANT_USER, "otp:write", TimeDelta::hours(1))
        .await;
    let reads = world
        .issue(CONFIDANT_USER, "otp:read", TimeDelta::hours(1))
        .await;
    let send = json!({ "phone_number": PHONE });
    let complete = json!({ "code": code });
    let bearer = |token: Option<&str>| match token {
        Some(token) => app.api().key(API_KEY).bearer(token),
        None => app.api().key(API_KEY),
    };
    let all = async |write: Option<&str>, read: Option<&str>| {
        let patch = Body::from(complete.to_string());
        [
            bearer(write).post("/api/verifications", &send).await,
            bearer(write)
                .send(Method::PATCH, PHONE_PATH, Some("application/json"), patch)
                .await,
            bearer(read)
                .get(&format!("/api/verifications/{PHONE}"))
                .await,
        ]
    };
    for token in [None, Some("no such token")] {
        for answer in all(token, token).await {
            answer.refuses(401, "access_denied", "Invalid access token");
        }
    }
    let [send_answer, complete_answer, find_answer] = all(Some(&reads), Some(&writes)).await;
    let lacks = |scope: &str| {
        format!("Your scope does not allow to access this resource. Missing allowances: {scope}")
    };
    send_answer.refuses(403, "forbidden", &lacks("otp:write"));
    complete_answer.refuses(403, "forbidden", &lacks("otp:write"));
    find_answer.refuses(403, "forbidden", &lacks("otp:read"));
    let keyless = app
        .api()
        .bearer(&writes)
        .post("/api/verifications", &send)
        .await;
    keyless.refuses(401, "access_denied", "API-KEY header required");
    let stranger = app.api().key("no such key").bearer(&writes);
    stranger.post("/api/verifications", &send).await.refuses(
        401,
        "access_denied",
        "Invalid API-KEY",
    );
    otp.stands("NEW", 0).await;
    assert_eq!(otp.messages().len(), 1);
    app.execute("UPDATE users SET is_blocked = true").await;
    otp.send()
        .await
        .refuses(401, "access_denied", "User is blocked.");
}

/// Verifications 10.1 I-18 to I-21, 6.5, decisions §4: the pause is 60 seconds unless somebody says otherwise
#[rstest]
#[case::five(&["--init-verification-limit", "5"], 5)]
#[case::default(&[], 60)]
#[tokio::test]
async fn i_18_a_pause_between_two_codes(
    #[values(Sqlite, Postgres)] database: Database,
    #[case] settings: &[&str],
    #[case] pause: i64,
) {
    let app = TestApp::with(database, settings).await;
    let otp = Otp::new(&app).await;
    let code = otp.code().await;
    app.clock.advance(TimeDelta::milliseconds(1500));
    let refused = otp.send().await;
    refused.refuses(429, "too_many_requests", "too many requests");
    assert_eq!(refused.header("retry-after"), (pause - 1).to_string());
    assert_eq!(otp.messages().len(), 1);
    otp.stands("NEW", 0).await;
    // I-19
    otp.send_to("+380631112234").await.is(200);
    // A refusal does not make the pause longer.
    app.clock.advance(
        TimeDelta::seconds(pause) - TimeDelta::milliseconds(1500) - TimeDelta::microseconds(1),
    );
    assert_eq!(otp.send().await.is(429).header("retry-after"), "1");
    // I-21
    otp.complete(code).await.is(200);
    // I-20; a used code counts as any other.
    app.clock.advance(TimeDelta::microseconds(1));
    otp.send().await.is(200);
    assert_eq!(
        app.count("verifications", &format!("phone_number = '{PHONE}'"))
            .await,
        2
    );
}

/// Verifications 10.1 I-22, I-22a, by the limit of decisions §4: so many codes in an hour
#[rstest]
#[case::three(&["--init-verification-limit", "0", "--otp-sends-per-hour", "3"], 3)]
#[case::default(&["--init-verification-limit", "0"], 10)]
#[tokio::test]
async fn i_22_so_many_codes_in_an_hour(
    #[values(Sqlite, Postgres)] database: Database,
    #[case] settings: &[&str],
    #[case] most: usize,
) {
    let app = TestApp::with(database, settings).await;
    let otp = Otp::new(&app).await;
    let mut code = 0;
    for _ in 0..most {
        code = otp.code().await;
        app.clock.advance(TimeDelta::seconds(20));
    }
    let refused = otp.send().await;
    refused.refuses(429, "too_many_requests", "too many requests");
    let waited = 20 * i64::try_from(most).unwrap();
    assert_eq!(refused.header("retry-after"), (3600 - waited).to_string());
    assert_eq!(otp.messages().len(), most);
    otp.complete(code).await.is(200);
    app.clock
        .advance(TimeDelta::seconds(3600 - waited) - TimeDelta::microseconds(1));
    otp.send().await.is(429);
    app.clock.advance(TimeDelta::microseconds(1));
    otp.send().await.is(200);
    // The second of them was twenty seconds later.
    assert_eq!(otp.send().await.is(429).header("retry-after"), "20");
}

/// Verifications 10.1 I-23, I-24, 4.2 E4: what the gateway refused begins no pause
#[rstest]
#[tokio::test]
async fn i_23_the_gateway_refuses(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let otp = Otp::new(&app).await;
    let recorder = app.app.sms.recorder().unwrap();
    recorder.refuse(Some(NotSent::Refused));
    let refused = otp.send().await;
    refused.refuses(503, "service_unavailable", "SMS not sent. Try later");
    otp.stands("CANCELED", 0).await;
    assert_eq!(
        app.count("sms_logs", "gateway_status = 'Rejected'").await,
        1
    );
    recorder.refuse(None);
    let code = otp.code().await;
    otp.complete(code).await.is(200);
    // Nobody knows whether the next one left: it counts. The last was made in the same microsecond as the one before it,
    // so it stands one later.
    app.clock
        .advance(TimeDelta::seconds(60) + TimeDelta::microseconds(1));
    recorder.refuse(Some(NotSent::NoAnswer));
    otp.send().await.is(503);
    otp.stands("CANCELED", 0).await;
    recorder.refuse(None);
    otp.send().await.is(429);
}

/// Verifications 10.1 I-25; 10.2 K-39
#[rstest]
#[tokio::test]
async fn i_25_a_number_is_proven_again(#[values(Sqlite, Postgres)] database: Database) {
    let app = unlimited(database).await;
    let otp = Otp::new(&app).await;
    let code = otp.code().await;
    otp.complete(code).await.is(200);
    app.clock.advance(TimeDelta::seconds(1));
    let code = otp.code().await;
    otp.find(PHONE).await.is(200);
    let same = "inserted_at = updated_at";
    assert_eq!(app.count("verified_phones", same).await, 1);
    otp.complete(code).await.is(200);
    assert_eq!(app.count("verified_phones", "1 = 1").await, 1);
    assert_eq!(
        app.count("verified_phones", "updated_at > inserted_at")
            .await,
        1
    );
}

/// Verifications 10.1 I-26
#[rstest]
#[tokio::test]
async fn i_26_another_provider(#[values(Sqlite, Postgres)] database: Database) {
    let app = unlimited(database).await;
    let otp = Otp::new(&app).await;
    let log = Log::begin();
    let body = json!({ "phone_number": PHONE, "provider": "mouth_twilio" });
    otp.api()
        .post("/api/verifications", &body)
        .await
        .gives(200, data("NEW", true));
    assert_eq!(otp.messages().len(), 1);
    assert!(log.text().contains("reason=\"unknown_provider\""));
    let kept = app.count("verifications", "provider = 'mouth_twilio'");
    assert_eq!(kept.await, 1);
    let body = json!({ "phone_number": PHONE, "provider": "ж".repeat(256) });
    otp.api().post("/api/verifications", &body).await.is(422);
}

/// Verifications 10.1 I-28, 5 "Common errors"
#[rstest]
#[tokio::test]
async fn i_28_no_json(#[values(Sqlite, Postgres)] database: Database) {
    let app = unlimited(database).await;
    let otp = Otp::new(&app).await;
    for (content_type, body, status) in [
        (Some("application/json"), "{", 400),
        (Some("application/json"), "[]", 400),
        (Some("application/json"), r#"{"phone_number":1e400}"#, 400),
        (Some("text/plain"), "{}", 415),
        (None, "{}", 415),
    ] {
        let sent = otp
            .api()
            .send(
                Method::POST,
                "/api/verifications",
                content_type,
                body.into(),
            )
            .await;
        sent.is(status);
    }
    assert_eq!(otp.messages().len(), 0);
}

/// Verifications 10.2 K-01, K-09, K-10, K-38; C2, T2, T10
#[rstest]
#[tokio::test]
async fn k_01_the_right_code(#[values(Sqlite, Postgres)] database: Database) {
    let app = unlimited(database).await;
    let otp = Otp::new(&app).await;
    let code = otp.code().await;
    let answer = otp.complete(code).await;
    let told = answer.gives(200, data("VERIFIED", false));
    let members: Vec<_> = told.as_object().unwrap().keys().cloned().collect();
    assert_eq!(members, ["id", "status", "code_expired_at", "active"]);
    otp.stands("VERIFIED", 1).await;
    otp.find(PHONE)
        .await
        .gives(200, json!({ "phone_number": PHONE }));
    max_attempts(&otp.complete(code).await);
    max_attempts(&otp.complete(wrong(code)).await);
    otp.stands("VERIFIED", 1).await;
    otp.find(PHONE).await.is(200);
}

/// Verifications 10.2 K-02 to K-04, K-06, K-07; 10.3 F-04
#[rstest]
#[tokio::test]
async fn k_02_wrong_codes(#[values(Sqlite, Postgres)] database: Database) {
    let app = unlimited(database).await;
    let otp = Otp::new(&app).await;
    let code = otp.code().await;
    for attempts in 1..=3 {
        invalid_code(&otp.complete(wrong(code)).await);
        otp.stands("NEW", attempts).await;
    }
    max_attempts(&otp.complete(wrong(code)).await);
    otp.stands("UNVERIFIED", 4).await;
    max_attempts(&otp.complete(code).await);
    for _ in 0..5 {
        max_attempts(&otp.complete(wrong(code)).await);
    }
    otp.stands("UNVERIFIED", 4).await;
    otp.find(PHONE).await.refuses(404, "not_found", "not found");
    // K-21: a lock is not lifted by time.
    app.clock.advance(TimeDelta::seconds(301));
    dovira::housekeeping::round(&app.app, app.now())
        .await
        .unwrap();
    max_attempts(&otp.complete(code).await);
    otp.stands("UNVERIFIED", 4).await;
    // F-04: proven with another code, locked once more.
    let code = otp.code().await;
    otp.complete(code).await.is(200);
    let code = otp.code().await;
    for _ in 0..4 {
        otp.complete(wrong(code)).await.is(403);
    }
    otp.stands("UNVERIFIED", 4).await;
    otp.find(PHONE).await.is(200);
}

/// Verifications 10.2 K-05, K-08; C3
#[rstest]
#[case::k_05(3)]
#[case::k_08(2)]
#[tokio::test]
async fn k_05_right_after_wrong(
    #[values(Sqlite, Postgres)] database: Database,
    #[case] wrongs: i64,
) {
    let app = unlimited(database).await;
    let otp = Otp::new(&app).await;
    let code = otp.code().await;
    for _ in 0..wrongs {
        invalid_code(&otp.complete(wrong(code)).await);
    }
    otp.complete(code).await.gives(200, data("VERIFIED", false));
    otp.stands("VERIFIED", wrongs + 1).await;
}

/// Verifications 10.2 K-11 to K-20, K-22; 10.3 F-10; C4, C5. What the housekeeping wrote down makes no difference.
#[rstest]
#[tokio::test]
async fn k_11_time(
    #[values(Sqlite, Postgres)] database: Database,
    #[values(false, true)] is_kept: bool,
) {
    let app = unlimited(database).await;
    let otp = Otp::new(&app).await;
    let tidy = async || {
        if is_kept {
            dovira::housekeeping::round(&app.app, app.now())
                .await
                .unwrap();
        }
    };
    // The moment of the last code is told, whatever the clock says then.
    let expired = |sent: &Answer| {
        let mut told = sent.json()["data"].clone();
        told["status"] = json!("expired");
        told["active"] = json!(false);
        told
    };
    // K-11
    let code = otp.code().await;
    app.clock
        .advance(TimeDelta::seconds(300) - TimeDelta::microseconds(1));
    tidy().await;
    otp.complete(code).await.gives(200, data("VERIFIED", false));
    app.execute("DELETE FROM verified_phones").await;
    // K-12, K-16; K-13, K-17 with the housekeeping
    for late in [TimeDelta::seconds(300), TimeDelta::seconds(301)] {
        let sent = otp.send().await;
        let code = otp.last_code();
        app.clock.advance(late);
        tidy().await;
        for _ in 0..2 {
            otp.complete(code).await.gives(200, expired(&sent));
            otp.stands("EXPIRED", 0).await;
        }
        otp.find(PHONE).await.is(404);
    }
    // K-14, K-15; K-18 with the housekeeping
    let sent = otp.send().await;
    let code = otp.last_code();
    app.clock.advance(TimeDelta::seconds(301));
    tidy().await;
    invalid_code(&otp.complete(wrong(code)).await);
    otp.stands("EXPIRED", 0).await;
    otp.complete(code).await.gives(200, expired(&sent));
    // K-19, K-20, K-22
    let sent = otp.send().await;
    let code = otp.last_code();
    for _ in 0..3 {
        invalid_code(&otp.complete(wrong(code)).await);
    }
    app.clock.advance(TimeDelta::seconds(301));
    tidy().await;
    for _ in 0..10 {
        invalid_code(&otp.complete(wrong(code)).await);
    }
    otp.stands("EXPIRED", 3).await;
    otp.complete(code).await.gives(200, expired(&sent));
    otp.find(PHONE).await.is(404);
}

/// Verifications 10.2 K-24 to K-27; 10.3 F-01, F-02, F-06, F-07
#[rstest]
#[tokio::test]
async fn k_24_paths(#[values(Sqlite, Postgres)] database: Database) {
    let app = unlimited(database).await;
    let otp = Otp::new(&app).await;
    let code = otp.code().await;
    let long = "1".repeat(3000);
    for number in [
        "+380631112234",
        "123456",
        "13123123",
        "%22%20or%20%22%22%3D%22",
        "%D0%B6",
        "%FF",
        "%00",
        "380631112233",
        "%20380631112233",
        &long,
    ] {
        let path = format!("/api/verifications/{number}/actions/complete");
        let answer = otp.complete_with(&path, &json!({ "code": code })).await;
        answer.refuses(404, "not_found", "not found");
        otp.find(number)
            .await
            .refuses(404, "not_found", "not found");
    }
    otp.stands("NEW", 0).await;
    // K-26, F-01
    let path = PHONE_PATH.replace('+', "%2B");
    otp.complete_with(&path, &json!({ "code": code }))
        .await
        .gives(200, data("VERIFIED", false));
    otp.find("%2B380631112233")
        .await
        .gives(200, json!({ "phone_number": PHONE }));
    // K-27
    let code = otp.code().await;
    otp.complete(code).await.gives(200, data("VERIFIED", false));
}

/// Verifications 10.2 K-28 to K-32
#[rstest]
#[tokio::test]
async fn k_28_bodies(#[values(Sqlite, Postgres)] database: Database) {
    let app = unlimited(database).await;
    let otp = Otp::new(&app).await;
    let code = otp.code().await;
    let cast = |actual: &str| {
        json!([field(
            "$.code",
            &json!({
                "rule": "cast", "params": { "actual": actual, "expected": "number" },
                "description": format!("type mismatch. Expected number but got {actual}"),
                "raw_description": "type mismatch. Expected %{expected} but got %{actual}",
            })
        )])
    };
    let extra = |name: &str| {
        field(
            &format!("$.{name}"),
            &json!({
                "rule": "schema", "params": { "properties": [name] },
                "description": "schema does not allow additional properties",
                "raw_description": "schema does not allow additional properties",
            }),
        )
    };
    let missing = required("$.code", "code");
    for (body, invalid) in [
        (json!({ "code": code.to_string() }), cast("string")),
        (json!({ "code": null }), cast("null")),
        (json!({ "code": [code] }), cast("array")),
        (json!({}), json!([missing])),
        (json!({ "codse": code }), json!([missing, extra("codse")])),
        (json!({ "code": code, "x": 1 }), json!([extra("x")])),
    ] {
        refuses_body(&otp.complete_with(PHONE_PATH, &body).await, invalid);
        otp.stands("NEW", 0).await;
    }
}

/// Verifications 10.2 K-33 to K-35
#[rstest]
#[tokio::test]
async fn k_33_numbers_that_are_no_code(#[values(Sqlite, Postgres)] database: Database) {
    let app = unlimited(database).await;
    let otp = Otp::new(&app).await;
    for number in [
        "12345",
        "0",
        "3782.5",
        "-1",
        "1e30",
        "99999999999999999999999",
        "EXACT.0",
    ] {
        let code = otp.code().await;
        let number = number.replace("EXACT", &code.to_string());
        let body: Value = serde_json::from_str(&format!("{{\"code\":{number}}}")).unwrap();
        invalid_code(&otp.complete_with(PHONE_PATH, &body).await);
        otp.stands("NEW", 1).await;
    }
}

/// Verifications 10.2 K-37
#[rstest]
#[tokio::test]
async fn k_37_the_code_of_another_number(#[values(Sqlite, Postgres)] database: Database) {
    let app = unlimited(database).await;
    let otp = Otp::new(&app).await;
    let code = otp.code().await;
    otp.send_to("+380631112234").await.is(200);
    let other = otp.last_code();
    if code != other {
        invalid_code(&otp.complete(other).await);
    }
    otp.complete(code).await.is(200);
    let untouched = otp.record_of("+380631112234").await;
    assert_eq!(untouched, ("NEW".to_owned(), true, 0));
}

/// Verifications 10.3 F-03
#[rstest]
#[tokio::test]
async fn f_03_what_proves_nothing(#[values(Sqlite, Postgres)] database: Database) {
    let app = unlimited(database).await;
    let otp = Otp::new(&app).await;
    let is_unknown = async || {
        otp.find(PHONE).await.refuses(404, "not_found", "not found");
    };
    is_unknown().await;
    let code = otp.code().await;
    is_unknown().await;
    for _ in 0..4 {
        otp.complete(wrong(code)).await.is(403);
    }
    is_unknown().await;
    let code = otp.code().await;
    app.clock.advance(TimeDelta::seconds(300));
    otp.complete(code).await.is(200);
    is_unknown().await;
    otp.code().await;
    let code = otp.code().await;
    otp.complete(wrong(code)).await.is(403);
    assert_eq!(app.count("verifications", "status = 'CANCELED'").await, 1);
    is_unknown().await;
}

/// Decisions §4 `VERIFICATION_REQUESTS_PER_MINUTE`: counted in the database, for a number, whatever the answer
#[rstest]
#[case::three(&["--init-verification-limit", "0", "--verification-requests-per-minute", "3"], 3)]
#[case::default(&["--init-verification-limit", "0"], 60)]
#[tokio::test]
async fn so_many_requests_in_a_minute(
    #[values(Sqlite, Postgres)] database: Database,
    #[case] settings: &[&str],
    #[case] most: usize,
) {
    let app = TestApp::with(database, settings).await;
    let otp = Otp::new(&app).await;
    for _ in 0..most {
        otp.complete(1000).await.is(404);
        app.clock.advance(TimeDelta::milliseconds(500));
    }
    let code = otp.code().await;
    let refused = otp.complete(code).await;
    refused.refuses(429, "too_many_requests", "too many requests");
    let left = 60_000 - 500 * u64::try_from(most).unwrap();
    assert_eq!(
        refused.header("retry-after"),
        left.div_ceil(1000).to_string()
    );
    otp.stands("NEW", 0).await;
    // Another number, and what is not a number, is another matter; a bad body is told before.
    let other = PHONE_PATH.replace("2233", "2234");
    let body = json!({ "code": code });
    otp.complete_with(&other, &body).await.is(404);
    otp.complete_with(PHONE_PATH, &json!({})).await.is(422);
    app.clock.advance(
        TimeDelta::milliseconds(i64::try_from(left).unwrap()) - TimeDelta::microseconds(1),
    );
    otp.complete(code).await.is(429);
    app.clock.advance(TimeDelta::microseconds(1));
    otp.complete(code).await.is(200);
}

/// Every question to the database is a way there and back: two for the code itself, two for who asks, one for the limit.
#[rstest]
#[tokio::test]
async fn a_code_asks_the_database_twice(#[values(Sqlite, Postgres)] database: Database) {
    let app = unlimited(database).await;
    let otp = Otp::new(&app).await;
    let asked = async |code: u64, expected: usize| {
        let statements = Statements::begin();
        let answer = otp.complete(code).await;
        let asked = statements.of(&answer);
        assert_eq!(asked.len(), 2 + expected, "{asked:#?}");
    };
    let code = otp.code().await;
    asked(wrong(code), 2).await;
    asked(code, 2).await;
    // What is decided already is only read.
    asked(code, 1).await;
    let code = otp.code().await;
    app.clock.advance(TimeDelta::seconds(300));
    asked(code, 2).await;
    asked(code, 1).await;
    let limited = TestApp::new(database).await;
    let otp = Otp::new(&limited).await;
    let code = otp.code().await;
    let statements = Statements::begin();
    let answer = otp.complete(code).await;
    assert_eq!(statements.of(&answer).len(), 2 + 1 + 2);
}

/// Verifications 8: the settings
#[rstest]
#[tokio::test]
async fn settings_of_a_code(#[values(Sqlite, Postgres)] database: Database) {
    let mut settings = UNLIMITED.to_vec();
    settings.extend([
        "--otp-code-length",
        "6",
        "--otp-lifetime",
        "60",
        "--otp-max-failed-attempts",
        "1",
        "--otp-code-text",
        "Код eHealth: ",
    ]);
    let app = TestApp::with(database, &settings).await;
    let otp = Otp::new(&app).await;
    let code = otp.code().await;
    assert!((100_000..=999_999).contains(&code));
    assert_eq!(otp.messages()[0].1, format!("Код eHealth: {code}"));
    invalid_code(&otp.complete(1000).await);
    max_attempts(&otp.complete(1000).await);
    let code = otp.code().await;
    app.clock.advance(TimeDelta::seconds(60));
    assert_eq!(
        otp.complete(code).await.is(200).json()["data"]["status"],
        "expired"
    );
}

/// Verifications 5.6: a code obtained for one document approves no other (S-19, S-20); and what callers get
#[rstest]
#[tokio::test]
async fn s_19_a_code_is_for_its_content(#[values(Sqlite, Postgres)] database: Database) {
    use dovira::verification::{Aim, Closed, Completion, complete, initialize, is_verified_phone};
    let app = unlimited(database).await;
    let otp = Otp::new(&app).await;
    let phone = PhoneNumber::parse(PHONE).unwrap();
    let given = |code: u64, hash: Option<&'static str>| {
        let aim = hash.map_or(Aim::Number, Aim::Content);
        let (app, phone) = (app.app.clone(), phone.clone());
        let now = app.clock.now();
        async move {
            let code = GivenCode::from_text(&code.to_string());
            complete(&app, &phone, code, aim, now).await.unwrap()
        }
    };
    let sent = async |content_hash| {
        let wanted = Initialize {
            phone: &phone,
            provider: None,
            content_hash,
            actor: None,
        };
        initialize(&app.app, &wanted, app.now()).await.unwrap();
        otp.last_code()
    };
    assert_eq!(given(1000, None).await, Completion::NotFound);
    let code = sent(Some("76dea970d89477ed03dc5289f297443c")).await;
    let other = Some("00000000000000000000000000000000");
    assert_eq!(
        given(code, other).await,
        Completion::InvalidCode { left: 3 }
    );
    assert_eq!(given(code, None).await, Completion::InvalidCode { left: 2 });
    otp.stands("NEW", 2).await;
    let right = given(code, Some("76dea970d89477ed03dc5289f297443c")).await;
    assert!(matches!(right, Completion::Verified(_)), "{right:?}");
    let used = Completion::MaxAttempts(Closed::Used);
    assert_eq!(given(code, None).await, used);
    let mut held = app.app.db.read().await.unwrap();
    assert!(is_verified_phone(held.link(), &phone).await.unwrap());
    drop(held);
    // A code that is for nothing in particular is for everything.
    let code = sent(None).await;
    assert!(matches!(given(code, other).await, Completion::Verified(_)));
    // A right code that is late is no success, and says so.
    let code = sent(None).await;
    app.clock.advance(TimeDelta::seconds(300));
    assert!(matches!(given(code, None).await, Completion::Expired(_)));
    assert_eq!(
        given(wrong(code), None).await,
        Completion::InvalidCode { left: 0 }
    );
}
