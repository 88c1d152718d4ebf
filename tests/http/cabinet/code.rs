//! Cabinet 8.5.

use chrono::TimeDelta;
use rstest::rstest;
use serde_json::json;

use super::with;
use crate::support::{
    Answer, Cabinet,
    Database::{self, Postgres, Sqlite},
    OWN_PHONE, Otp, body, patient, wrong,
};

#[track_caller]
fn refused(answer: &Answer) {
    answer.refuses_field("$.otp", "invalid", "Invalid verification code");
}

/// G-01, G-02
#[rstest]
#[tokio::test]
async fn g_01_a_wrong_code_counts(#[values(Sqlite, Postgres)] database: Database) {
    let app = with(database, &[]).await;
    let cabinet = Cabinet::new(&app).await;
    let rows = cabinet.rows().await;
    let (_, jwt) = cabinet.proven().await;
    let code = cabinet.code(&jwt).await;
    refused(
        &cabinet
            .post(&jwt, &json!(wrong(code)), &body(patient()))
            .await,
    );
    assert_eq!(cabinet.attempts().await, 1);
    assert_eq!(cabinet.rows().await, rows);
    cabinet
        .post(&jwt, &json!(code), &body(patient()))
        .await
        .is(201);
}

/// G-03
#[rstest]
#[tokio::test]
async fn g_03_four_wrong_codes_lock(#[values(Sqlite, Postgres)] database: Database) {
    let app = with(database, &[]).await;
    let cabinet = Cabinet::new(&app).await;
    let (_, jwt) = cabinet.proven().await;
    let code = cabinet.code(&jwt).await;
    for _ in 0..4 {
        refused(
            &cabinet
                .post(&jwt, &json!(wrong(code)), &body(patient()))
                .await,
        );
    }
    refused(&cabinet.post(&jwt, &json!(code), &body(patient())).await);
    assert_eq!(app.count("verifications", "status = 'UNVERIFIED'").await, 1);
}

/// G-04: the route of codes answers 200 to this one.
#[rstest]
#[tokio::test]
async fn g_04_a_right_code_too_late(#[values(Sqlite, Postgres)] database: Database) {
    let app = with(database, &[]).await;
    let cabinet = Cabinet::new(&app).await;
    let (_, jwt) = cabinet.proven().await;
    let code = cabinet.code(&jwt).await;
    app.clock.advance(TimeDelta::seconds(300));
    refused(&cabinet.post(&jwt, &json!(code), &body(patient())).await);
    assert_eq!(app.count("persons", "tax_id = '3126509816'").await, 0);
}

/// G-05 to G-08
#[rstest]
#[tokio::test]
async fn g_05_codes_of_others(#[values(Sqlite, Postgres)] database: Database) {
    let app = with(database, &[]).await;
    let cabinet = Cabinet::new(&app).await;
    let (_, jwt) = cabinet.proven().await;
    refused(&cabinet.post(&jwt, &json!(1234), &body(patient())).await);
    let other = cabinet.code_to(&jwt, "+380931234500").await;
    refused(&cabinet.post(&jwt, &json!(other), &body(patient())).await);
    // Used by another flow, and proven for ever: neither is a consent now.
    let otp = Otp::new(&app).await;
    otp.send_to(OWN_PHONE).await.is(200);
    let code = otp.last_code();
    let path = format!("/api/verifications/{OWN_PHONE}/actions/complete");
    otp.complete_with(&path, &json!({ "code": code }))
        .await
        .is(200);
    refused(&cabinet.post(&jwt, &json!(code), &body(patient())).await);
    let proven = format!("phone_number = '{OWN_PHONE}'");
    assert_eq!(app.count("verified_phones", &proven).await, 1);
    assert_eq!(app.count("persons", "tax_id = '3126509816'").await, 0);
}
