//! What is done once a minute (verifications §7.4, §10.6), and that no answer depends on it.

use chrono::TimeDelta;
use dovira::verification::upkeep::{self, Done};
use rstest::rstest;
use serde_json::json;

use super::{invalid_code, unlimited};
use crate::support::{
    Database::{self, Postgres, Sqlite},
    Otp, PHONE, TestApp, UNLIMITED, wrong,
};

async fn round(app: &TestApp) -> Done {
    upkeep::round(&app.app.db, &app.app.config.verification, app.now())
        .await
        .unwrap()
}

/// Verifications 10.6 J-01, J-02
#[rstest]
#[tokio::test]
async fn j_01_codes_expire(#[values(Sqlite, Postgres)] database: Database) {
    let app = unlimited(database).await;
    let otp = Otp::new(&app).await;
    let code = otp.code().await;
    otp.complete(code).await.is(200);
    otp.send_to("+380631112201").await.is(200);
    otp.send_to("+380631112202").await.is(200);
    app.clock.advance(TimeDelta::seconds(300));
    otp.send_to("+380631112203").await.is(200);
    assert_eq!(round(&app).await.expired, 2);
    for (phone, status, active) in [
        (PHONE, "VERIFIED", false),
        ("+380631112201", "EXPIRED", false),
        ("+380631112202", "EXPIRED", false),
        ("+380631112203", "NEW", true),
    ] {
        let (found, is_active, _) = otp.record_of(phone).await;
        assert_eq!((found.as_str(), is_active), (status, active));
    }
    assert_eq!(round(&app).await.expired, 0);
}

/// Verifications 10.6 J-03; 10.3 F-05; design 4.10
#[rstest]
#[tokio::test]
async fn j_03_old_records_are_removed(#[values(Sqlite, Postgres)] database: Database) {
    let app = unlimited(database).await;
    let otp = Otp::new(&app).await;
    let code = otp.code().await;
    otp.complete(code).await.is(200);
    app.clock.advance(TimeDelta::days(30));
    otp.send_to("+380631112201").await.is(200);
    round(&app).await;
    assert_eq!(app.count("verifications", "1 = 1").await, 2);
    app.clock.advance(TimeDelta::microseconds(1));
    // What is too old is as good as removed, before and after.
    otp.complete(code).await.is(404);
    // A record and its message; nobody asked for codes in this minute.
    assert_eq!(round(&app).await.removed, 2);
    otp.complete(code).await.is(404);
    assert_eq!(app.count("verifications", "1 = 1").await, 1);
    assert_eq!(app.count("sms_logs", "1 = 1").await, 1);
    otp.find(PHONE).await.is(200);
}

/// Verifications 10.6 J-04
#[rstest]
#[tokio::test]
async fn j_04_nothing_is_removed(
    #[values(Sqlite, Postgres)] database: Database,
    #[values("", "0", "-1")] days: &str,
) {
    let mut settings = UNLIMITED.to_vec();
    let argument = format!("--validations-expiration-period-days={days}");
    settings.push(&argument);
    let app = TestApp::with(database, &settings).await;
    let otp = Otp::new(&app).await;
    let code = otp.code().await;
    app.clock.advance(TimeDelta::days(300));
    assert_eq!(round(&app).await.removed, 0);
    assert_eq!(app.count("verifications", "1 = 1").await, 1);
    assert_eq!(
        otp.complete(code).await.is(200).json()["data"]["status"],
        "expired"
    );
}

/// Verifications 10.6 J-07, J-08: nobody is asked; a message that nobody reported on is given up after 30 minutes
#[rstest]
#[tokio::test]
async fn j_07_messages_are_given_up(#[values(Sqlite, Postgres)] database: Database) {
    let mut settings = UNLIMITED.to_vec();
    settings.extend(["--otp-lifetime", "3600"]);
    let app = TestApp::with(database, &settings).await;
    let otp = Otp::new(&app).await;
    let code = otp.code().await;
    app.clock
        .advance(TimeDelta::minutes(30) - TimeDelta::microseconds(1));
    assert_eq!(round(&app).await.given_up, 0);
    otp.stands("NEW", 0).await;
    app.clock.advance(TimeDelta::microseconds(1));
    assert_eq!(round(&app).await.given_up, 1);
    assert_eq!(
        app.count("sms_logs", "gateway_status = 'Terminated'").await,
        1
    );
    otp.stands("CANCELED", 0).await;
    super::max_attempts(&otp.complete(code).await);
    app.clock.advance(TimeDelta::minutes(3));
    assert_eq!(round(&app).await.given_up, 0);
}

#[rstest]
#[tokio::test]
async fn a_used_code_stays_used_when_its_message_is_given_up(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let app = unlimited(database).await;
    let otp = Otp::new(&app).await;
    let code = otp.code().await;
    otp.complete(code).await.is(200);
    app.clock.advance(TimeDelta::minutes(30));
    assert_eq!(round(&app).await.given_up, 1);
    otp.stands("VERIFIED", 1).await;
    // A late code is expired, not cancelled, whichever was written down first.
    let late = otp.code().await;
    app.clock.advance(TimeDelta::minutes(30));
    round(&app).await;
    invalid_code(&otp.complete(wrong(late)).await);
    otp.stands("EXPIRED", 0).await;
}

#[rstest]
#[tokio::test]
async fn counts_of_a_minute_are_forgotten(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let otp = Otp::new(&app).await;
    let path = "/api/verifications/+380631112201/actions/complete";
    otp.complete_with(path, &json!({ "code": 1000 }))
        .await
        .is(404);
    app.clock
        .advance(TimeDelta::seconds(60) - TimeDelta::microseconds(1));
    assert_eq!(round(&app).await.removed, 0);
    app.clock.advance(TimeDelta::microseconds(1));
    assert_eq!(round(&app).await.removed, 1);
    assert_eq!(app.count("verification_requests", "1 = 1").await, 0);
}
