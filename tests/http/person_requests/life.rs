//! The end of a request's time (§1.5, §2.3), and what becomes of what is personal.

use dovira::housekeeping::round;
use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::support::Database::{self, Postgres, Sqlite};

const PERSONAL: &str = "person_data IS NOT NULL OR authentication_method_current IS NOT NULL OR printout_form IS NOT NULL OR documents IS NOT NULL
    OR tax_id IS NOT NULL OR first_name IS NOT NULL OR last_name IS NOT NULL OR second_name IS NOT NULL OR birth_date IS NOT NULL
    OR person_documents IS NOT NULL OR pending_key IS NOT NULL";

async fn go_round(app: &TestApp) -> u64 {
    round(&app.app, app.now()).await.unwrap()
}

#[rstest]
#[tokio::test]
async fn acceptance_15_a_request_expires_after_a_day(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let (approved, _) = clinic.approved(&offline()).await;
    let made = app.now();
    let new = id_of(&clinic.api().post(PATH, &change(ADULT)).await);
    app.clock.advance(TimeDelta::days(1));
    assert_eq!(app.now() - made, TimeDelta::days(1));
    for id in [&new, &approved] {
        clinic.get(id).await.is(200);
    }
    app.clock.advance(TimeDelta::microseconds(1));
    // Nobody wrote it down yet: no answer depends on that.
    let told = async || {
        let mut told: Vec<Value> = Vec::new();
        for id in [&new, &approved] {
            let mut answers = vec![clinic.get(id).await];
            for action in ["approve", "reject"] {
                answers.push(clinic.act(id, action, &json!({})).await);
            }
            answers.push(
                clinic
                    .api()
                    .post(&format!("{PATH}/{id}/actions/resend_otp"), &json!({}))
                    .await,
            );
            let signed = clinic.signed(&json!({ "patient_signed": true }));
            answers.push(clinic.act(id, "sign", &signed).await);
            for answer in &answers {
                answer.refuses(404, "not_found", "not found");
            }
            let json = answers[0].json();
            told.push(json["error"].clone());
        }
        told
    };
    let before = told().await;
    assert_eq!(
        app.count("person_requests", "status IN ('NEW', 'APPROVED')")
            .await,
        2
    );
    assert_eq!(files(&app), [0, 1]);
    assert!(go_round(&app).await >= 2);
    assert_eq!(
        app.count(
            "person_requests",
            "status = 'EXPIRED' AND updated_by IS NULL"
        )
        .await,
        2
    );
    assert_eq!(app.count("person_requests", PERSONAL).await, 0);
    assert_eq!(files(&app), [0, 0], "copies are removed");
    assert_eq!(told().await, before);
    assert_eq!(go_round(&app).await, 0);
    // The same person may be asked about again.
    clinic.create(&offline()).await.is(201);
}

#[rstest]
#[tokio::test]
async fn a_list_counts_what_has_expired(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    clinic.created(&adult()).await;
    app.clock
        .advance(TimeDelta::days(1) + TimeDelta::microseconds(1));
    let list = async |status: &str| {
        clinic
            .api()
            .get(&format!("{PATH}?status={status}"))
            .await
            .is(200)
            .json()
    };
    assert_eq!(list("NEW").await["paging"]["total_entries"], 0);
    let expired = list("EXPIRED").await;
    assert_eq!(expired["paging"]["total_entries"], 1);
    assert_eq!(expired["data"][0]["person"], json!(null));
}

#[rstest]
#[tokio::test]
async fn the_term_is_a_setting(#[values(Sqlite, Postgres)] database: Database) {
    let settings = [
        "--person-request-expiration",
        "2",
        "--person-request-term-unit",
        "HOURS",
    ];
    let app = TestApp::with(database, &settings).await;
    let clinic = Clinic::new(&app).await;
    let id = clinic.created(&adult()).await;
    app.clock.advance(TimeDelta::hours(2));
    clinic.get(&id).await.is(200);
    app.clock.advance(TimeDelta::microseconds(1));
    clinic.get(&id).await.is(404);
}

#[rstest]
#[tokio::test]
async fn data_are_cleared_after_thirty_days(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let rejected = clinic
        .create(&with(offline(), "/person/tax_id", json!("3112201417")))
        .await;
    clinic.upload(&rejected).await;
    let rejected = id_of(&rejected);
    clinic.act(&rejected, "reject", &json!({})).await.is(200);
    clinic.registered(&offline()).await;
    app.clock.advance(TimeDelta::days(30));
    go_round(&app).await;
    assert_eq!(
        app.count("person_requests", PERSONAL).await,
        1,
        "the signed one is younger"
    );
    app.clock.advance(TimeDelta::minutes(2));
    go_round(&app).await;
    assert_eq!(app.count("person_requests", PERSONAL).await, 0);
    assert_eq!(app.count("person_requests", "status = 'REJECTED'").await, 1);
    assert_eq!(app.count("person_requests", "status = 'SIGNED'").await, 1);
    // What is in the registry rests on the copies of the signed one.
    assert_eq!(files(&app), [0, 1]);
    let shown = clinic.get(&rejected).await;
    let data =
        json!({ "id": rejected, "status": "REJECTED", "channel": "MIS", "authorize_with": null });
    assert_answer(&shown, 200, data, None);
    let listed = clinic.api().get(PATH).await.is(200).json();
    assert_eq!(listed["data"][0]["person"], json!(null));
    assert_eq!(go_round(&app).await, 0);
}
