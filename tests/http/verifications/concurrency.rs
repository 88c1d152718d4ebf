//! Many at once (verifications §10.5): every outcome is one of those in some order, one after the other.

use std::sync::Arc;

use chrono::TimeDelta;
use dovira::{
    phone::PhoneNumber,
    verification::{Aim, Completion, GivenCode, complete, upkeep},
};
use rstest::rstest;
use serde_json::json;

use super::{max_attempts, unlimited};
use crate::support::{
    Answer,
    Database::{self, Postgres, Sqlite},
    Otp, PHONE, PHONE_PATH, TestApp, wrong,
};

fn with_message(answers: &[Answer], message: &str) -> usize {
    let has = |answer: &&Answer| answer.json()["error"]["message"] == message;
    answers.iter().filter(has).count()
}

fn good(answers: &[Answer]) -> usize {
    answers.iter().filter(|answer| answer.status == 200).count()
}

/// Verifications 10.5 N-01
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn n_01_right_codes(
    #[values(Sqlite, Postgres)] database: Database,
    #[values(2, 20)] many: usize,
) {
    let app = unlimited(database).await;
    let otp = Otp::new(&app).await;
    let body = json!({ "code": otp.code().await });
    let requests = (0..many).map(|_| otp.complete_later(PHONE_PATH, &body));
    let answers = app.at_once(requests.collect()).await;
    assert_eq!(good(&answers), 1);
    assert_eq!(with_message(&answers, "Maximum attempts exceed"), many - 1);
    assert_eq!(app.count("verified_phones", "1 = 1").await, 1);
    otp.stands("VERIFIED", 1).await;
}

/// Verifications 10.5 N-02
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn n_02_wrong_codes(
    #[values(Sqlite, Postgres)] database: Database,
    #[values(20, 200)] many: usize,
) {
    let app = unlimited(database).await;
    let otp = Otp::new(&app).await;
    let code = otp.code().await;
    let body = json!({ "code": wrong(code) });
    let requests = (0..many).map(|_| otp.complete_later(PHONE_PATH, &body));
    let answers = app.at_once(requests.collect()).await;
    assert_eq!(with_message(&answers, "Invalid verification code"), 3);
    assert_eq!(with_message(&answers, "Maximum attempts exceed"), many - 3);
    otp.stands("UNVERIFIED", 4).await;
    max_attempts(&otp.complete(code).await);
}

/// Verifications 10.5 N-03
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn n_03_the_last_attempt(#[values(Sqlite, Postgres)] database: Database) {
    let app = unlimited(database).await;
    let otp = Otp::new(&app).await;
    for _ in 0..10 {
        let code = otp.code().await;
        for _ in 0..3 {
            otp.complete(wrong(code)).await.is(403);
        }
        app.execute("DELETE FROM verified_phones").await;
        let requests = [code, wrong(code)]
            .map(|code| otp.complete_later(PHONE_PATH, &json!({ "code": code })));
        let answers = app.at_once(requests.into()).await;
        max_attempts(&answers[1]);
        let proven = app.count("verified_phones", "1 = 1").await;
        if answers[0].status == 200 {
            otp.stands("VERIFIED", 4).await;
            assert_eq!(proven, 1);
        } else {
            max_attempts(&answers[0]);
            otp.stands("UNVERIFIED", 4).await;
            assert_eq!(proven, 0);
        }
    }
}

/// Verifications 10.5 N-04
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn n_04_new_codes(#[values(Sqlite, Postgres)] database: Database) {
    let app = unlimited(database).await;
    let otp = Otp::new(&app).await;
    let send = json!({ "phone_number": PHONE });
    let requests = (0..10).map(|_| otp.api().post_later("/api/verifications", &send));
    let answers = app.at_once(requests.collect()).await;
    for answer in &answers {
        assert!([200, 429].contains(&answer.status.as_u16()), "{answer:?}");
    }
    assert_eq!(app.count("verifications", "active = true").await, 1);
    assert_eq!(app.count("verifications", "1 = 1").await, 10);
}

/// Decisions §4 `INIT_VERIFICATION_LIMIT`: a limit is kept also when everybody comes at once
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn n_04_new_codes_with_a_pause(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let otp = Otp::new(&app).await;
    let send = json!({ "phone_number": PHONE });
    let requests = (0..20).map(|_| otp.api().post_later("/api/verifications", &send));
    let answers = app.at_once(requests.collect()).await;
    assert_eq!(good(&answers), 1);
    assert_eq!(with_message(&answers, "too many requests"), 19);
    assert_eq!(otp.messages().len(), 1);
    let code = otp.last_code();
    otp.complete(code).await.is(200);
}

/// Decisions §4 `VERIFICATION_REQUESTS_PER_MINUTE`, all at once
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn requests_of_a_minute_at_once(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::with(database, &["--verification-requests-per-minute", "7"]).await;
    let otp = Otp::new(&app).await;
    let body = json!({ "code": 1000 });
    let requests = (0..50).map(|_| otp.complete_later(PHONE_PATH, &body));
    let answers = app.at_once(requests.collect()).await;
    assert_eq!(with_message(&answers, "not found"), 7);
    assert_eq!(with_message(&answers, "too many requests"), 43);
}

/// Verifications 10.5 N-05
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn n_05_a_new_code_while_the_old_is_given(#[values(Sqlite, Postgres)] database: Database) {
    let app = unlimited(database).await;
    let otp = Otp::new(&app).await;
    let send = json!({ "phone_number": PHONE });
    for _ in 0..20 {
        let old = otp.code().await;
        let requests = vec![
            otp.api().post_later("/api/verifications", &send),
            otp.complete_later(PHONE_PATH, &json!({ "code": old })),
        ];
        let answers = app.at_once(requests).await;
        answers[0].is(200);
        if otp.last_code() == old {
            continue;
        }
        if answers[1].status == 200 {
            otp.stands("NEW", 0).await;
        } else {
            super::invalid_code(&answers[1]);
            otp.stands("NEW", 1).await;
        }
        assert_eq!(app.count("verifications", "active = true").await, 1);
    }
}

/// Verifications 10.5 N-06
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn n_06_the_housekeeping_and_a_late_code(#[values(Sqlite, Postgres)] database: Database) {
    let app = unlimited(database).await;
    let otp = Otp::new(&app).await;
    for _ in 0..10 {
        let code = otp.code().await;
        app.clock.advance(TimeDelta::seconds(300));
        let parts = app.app.clone();
        let kept = tokio::spawn(async move {
            upkeep::round(&parts.db, &parts.config.verification, parts.clock.now()).await
        });
        let answer = otp.complete(code).await;
        kept.await.unwrap().unwrap();
        assert_eq!(answer.is(200).json()["data"]["status"], "expired");
        otp.stands("EXPIRED", 0).await;
    }
    assert_eq!(app.count("verified_phones", "1 = 1").await, 0);
}

/// Verifications 10.5 N-08: a caller who fails afterwards takes nothing back
#[rstest]
#[tokio::test]
async fn n_08_an_attempt_is_counted_whatever_the_caller_does(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let app = unlimited(database).await;
    let otp = Otp::new(&app).await;
    let code = otp.code().await;
    let phone = PhoneNumber::parse(PHONE).unwrap();
    let given = GivenCode::from_text(&wrong(code).to_string());
    let parts = Arc::new(app.app.clone());
    // SQLite has one writer: nobody takes a code while they hold a transaction there.
    let outer = match database {
        Sqlite => None,
        Postgres => Some(parts.db.begin().await.unwrap()),
    };
    let answered = complete(&parts, &phone, given, Aim::Number, app.now())
        .await
        .unwrap();
    assert_eq!(answered, Completion::InvalidCode { left: 3 });
    drop(outer);
    drop(parts.db.begin().await.unwrap());
    otp.stands("NEW", 1).await;
}
