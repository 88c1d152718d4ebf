//! The code by which a request is confirmed (§4.3 rows 7 and 8, §4.6, §6.7).

use dovira::outside::sms::NotSent;
use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::support::Database::{self, Postgres, Sqlite};

/// Two codes of nine digits are never the same one.
const LONG_CODES: [&str; 2] = ["--otp-code-length", "9"];

fn given(code: u64) -> Value {
    json!({ "verification_code": code })
}

/// A code that is not `code`.
fn wrong(code: u64) -> Value {
    given(if code == 123_456_789 {
        123_456_780
    } else {
        123_456_789
    })
}

/// Sends the code of a request again, a minute later.
async fn resend(clinic: &Clinic<'_>, id: &str) -> Answer {
    clinic.app.clock.advance(TimeDelta::seconds(60));
    let path = format!("{PATH}/{id}/actions/resend_otp");
    clinic.api().post(&path, &json!({})).await
}

#[rstest]
#[tokio::test]
async fn a_right_code_is_used_up_when_a_copy_is_missing(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let app = TestApp::with(database, &LONG_CODES).await;
    let clinic = Clinic::new(&app).await;
    let body = with(adult(), "/person/tax_id", json!("3112201417"));
    let created = clinic.create(&body).await;
    let id = id_of(&created);
    let right = given(clinic.code());
    clinic.act(&id, "approve", &right).await.refuses(
        409,
        "request_conflict",
        "Documents person.tax_id is not uploaded",
    );
    clinic.upload(&created).await;
    clinic
        .act(&id, "approve", &right)
        .await
        .refuses(422, "forbidden", "Maximum attempts exceed");
    resend(&clinic, &id).await.is(200);
    clinic
        .act(&id, "approve", &given(clinic.code()))
        .await
        .is(200);
}

#[rstest]
#[tokio::test]
async fn no_code_is_kept_any_more(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let id = clinic.created(&adult()).await;
    app.execute("DELETE FROM verifications").await;
    clinic
        .act(&id, "approve", &given(clinic.code()))
        .await
        .refuses(404, "not_found", "Verification not found");
    assert_eq!(app.count("person_requests", "status = 'NEW'").await, 1);
}

/// `POST /api/verifications` proves that a phone is somebody's, not that somebody agreed to a request.
#[rstest]
#[tokio::test]
async fn a_code_for_nothing_in_particular_approves_nothing(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let app = TestApp::with(database, &LONG_CODES).await;
    let clinic = Clinic::new(&app).await;
    let id = clinic.created(&adult()).await;
    app.clock.advance(TimeDelta::seconds(61));
    let number = json!({ "phone_number": "+380500000017" });
    let sender = clinic.api_of(CLINIC, DOCTOR, "otp:write").await;
    sender.post("/api/verifications", &number).await.is(200);
    let code = clinic.code();
    let refused = clinic.act(&id, "approve", &given(code)).await;
    refused.refuses(422, "forbidden", "Invalid verification code");
    assert_eq!(app.count("person_requests", "status = 'NEW'").await, 1);
    // Nor is it spent: it proves the phone still.
    let path = "/api/verifications/+380500000017/actions/complete";
    let proven = sender.patch(path, &json!({ "code": code })).await;
    assert_eq!(proven.is(200).json()["data"]["status"], "VERIFIED");
}

/// §4.3 "Effect": through a third person, too, the phone that got the code is proven.
#[rstest]
#[case::of_an_adult(adult(), "+380500000017")]
#[case::of_a_child(child(), "+380500000033")]
#[tokio::test]
async fn a_right_code_proves_the_phone(
    #[case] body: Value,
    #[case] phone: &str,
    #[values(Sqlite, Postgres)] database: Database,
) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let created = clinic.create(&body).await;
    clinic.upload(&created).await;
    app.execute("DELETE FROM verified_phones").await;
    clinic
        .act(&id_of(&created), "approve", &given(clinic.code()))
        .await
        .is(200);
    let proven = format!("phone_number = '{phone}'");
    assert_eq!(app.count("verified_phones", &proven).await, 1);
    assert_eq!(app.count("verified_phones", "1 = 1").await, 1);
}

#[rstest]
#[tokio::test]
async fn a_code_that_is_sent_again_has_all_its_attempts(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let app = TestApp::with(database, &LONG_CODES).await;
    let clinic = Clinic::new(&app).await;
    let id = clinic.created(&adult()).await;
    let old = clinic.code();
    for message in [
        "Invalid verification code",
        "Invalid verification code",
        "Invalid verification code",
        "Maximum attempts exceed",
    ] {
        clinic
            .act(&id, "approve", &wrong(old))
            .await
            .refuses(422, "forbidden", message);
    }
    resend(&clinic, &id).await.is(200);
    let new = clinic.code();
    assert_ne!(old, new);
    for given in [wrong(new), given(old)] {
        clinic.act(&id, "approve", &given).await.refuses(
            422,
            "forbidden",
            "Invalid verification code",
        );
    }
    clinic.act(&id, "approve", &given(new)).await.is(200);
}

/// §4.6 "Effect": the code before is no code any more.
#[rstest]
#[tokio::test]
async fn a_code_that_is_sent_again_cancels_the_one_before(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let app = TestApp::with(database, &LONG_CODES).await;
    let clinic = Clinic::new(&app).await;
    let id = clinic.created(&adult()).await;
    let old = clinic.code();
    resend(&clinic, &id).await.is(200);
    for (status, active) in [("CANCELED", false), ("NEW", true)] {
        let condition = format!("status = '{status}' AND active = {active}");
        assert_eq!(app.count("verifications", &condition).await, 1, "{status}");
    }
    clinic.act(&id, "approve", &given(old)).await.refuses(
        422,
        "forbidden",
        "Invalid verification code",
    );
    assert_eq!(app.count("person_requests", "status = 'NEW'").await, 1);
}

#[rstest]
#[tokio::test]
async fn a_code_that_cannot_be_sent_again(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let id = clinic.created(&adult()).await;
    let gateway = app.app.sms.recorder().unwrap();
    gateway.refuse(Some(NotSent::Refused));
    resend(&clinic, &id)
        .await
        .refuses(503, "service_unavailable", "SMS not sent. Try later");
    gateway.refuse(None);
    resend(&clinic, &id).await.is(200);
    clinic
        .act(&id, "approve", &given(clinic.code()))
        .await
        .is(200);
}
