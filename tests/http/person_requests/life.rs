//! The end of a request's time (§1.5, §2.3), and what becomes of what is personal.

use dovira::{
    clock::{Clock, SystemClock},
    housekeeping::round,
};
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

/// §1.5: nobody wrote it down yet, but its time was over before the newer one came.
#[rstest]
#[tokio::test]
async fn a_newer_request_does_not_cancel_an_overdue_one(
    #[values(Sqlite, Postgres)] database: Database,
    #[values(false, true)] is_approved: bool,
) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let first = clinic.create(&offline()).await;
    clinic.upload(&first).await;
    let first = id_of(&first);
    if is_approved {
        clinic.act(&first, "approve", &json!({})).await.is(200);
    }
    app.clock
        .advance(TimeDelta::days(1) + TimeDelta::microseconds(1));
    let second = id_of(&clinic.api().post(PATH, &offline()).await);
    assert_eq!(
        app.count("person_requests", "status = 'CANCELLED'").await,
        0
    );
    clinic
        .get(&first)
        .await
        .refuses(404, "not_found", "not found");
    assert!(go_round(&app).await >= 1);
    let expired = format!(
        "id = {} AND status = 'EXPIRED' AND updated_by IS NULL AND updated_at = {}",
        id_in(database, Uuid::parse_str(&first).unwrap()),
        time_in(database, app.now())
    );
    assert_eq!(app.count("person_requests", &expired).await, 1);
    assert_eq!(app.count("person_requests", PERSONAL).await, 1);
    assert_eq!(files(&app), [0, 0], "copies are removed");
    let shown = clinic.get(&second).await.is(200).json();
    assert_eq!(shown["data"]["status"], "NEW");
}

#[rstest]
#[tokio::test]
async fn a_newer_request_cancels_an_approved_one(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let (first, shown) = clinic.approved(&offline()).await;
    // To the last moment of its time.
    app.clock.advance(TimeDelta::days(1));
    clinic.api().post(PATH, &offline()).await.is(201);
    let got = clinic.get(&first).await.is(200).json();
    assert_eq!(got["data"]["status"], "CANCELLED");
    let signed = clinic.signed(&with(shown, "/patient_signed", json!(true)));
    clinic.act(&first, "sign", &signed).await.refuses_field(
        "$.status",
        "invalid",
        "Incorrect status",
    );
    clinic.act(&first, "reject", &json!({})).await.refuses(
        409,
        "request_conflict",
        "Invalid transition",
    );
}

/// §1.4: who moved a request last, and when.
#[rstest]
#[case::approve("APPROVED")]
#[case::reject("REJECTED")]
#[case::cancel("CANCELLED")]
#[case::sign("SIGNED")]
#[tokio::test]
async fn every_move_says_who_and_when(
    #[case] status: &str,
    #[values(Sqlite, Postgres)] database: Database,
) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let employee = json!({ "id": id(0xe0, 4), "user_id": OWNER, "legal_entity_id": CLINIC, "employee_type": "DOCTOR", "status": "APPROVED", "tax_id": DOCTOR_TAX_ID });
    clinic.import(&json!({ "employees": [employee] })).await;
    let owner = clinic.api_of(CLINIC, OWNER, SCOPES).await;
    let created = clinic.create(&offline()).await;
    clinic.upload(&created).await;
    let id = id_of(&created);
    let made_at = app.now();
    let moved = |by: Uuid, at: DateTime<Utc>| {
        format!(
            "id = {} AND inserted_by = {} AND inserted_at = {} AND updated_by = {} AND updated_at = {}",
            id_in(database, Uuid::parse_str(&id).unwrap()),
            id_in(database, DOCTOR),
            time_in(database, made_at),
            id_in(database, by),
            time_in(database, at),
        )
    };
    let count = async |condition: String| app.count("person_requests", &condition).await;
    assert_eq!(count(moved(DOCTOR, made_at)).await, 1);
    let actions = format!("{PATH}/{id}/actions");
    let mut body = json!({});
    if status == "SIGNED" {
        let approved = clinic.act(&id, "approve", &body).await.is(200).json();
        let content = with(approved["data"].clone(), "/patient_signed", json!(true));
        body = clinic.signed(&content);
    }
    app.clock.advance(TimeDelta::minutes(1));
    let answer = match status {
        "APPROVED" => owner.patch(&format!("{actions}/approve"), &body).await,
        "REJECTED" => owner.patch(&format!("{actions}/reject"), &body).await,
        "SIGNED" => owner.patch(&format!("{actions}/sign"), &body).await,
        _ => owner.post(PATH, &offline()).await,
    };
    assert!(answer.status.is_success(), "{}", answer.text());
    let condition = format!("{} AND status = '{status}'", moved(OWNER, app.now()));
    assert_eq!(count(condition).await, 1);
}

/// A link outlives the request that it is for: what it brings then is waited for by nobody.
#[rstest]
#[tokio::test]
async fn a_copy_that_comes_too_late_is_removed(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let id = clinic.created(&offline()).await;
    app.clock.advance(TimeDelta::days(1));
    let shown = clinic.get(&id).await.is(200).json();
    let link = shown["urgent"]["documents"][0]["url"].as_str().unwrap();
    app.clock.advance(TimeDelta::microseconds(1));
    go_round(&app).await;
    clinic.put(link).await;
    assert_eq!(go_round(&app).await, 0);
    assert_eq!(files(&app), [1, 0]);
    // The time of the disk, which nobody moves.
    let (media, day) = (&app.app.media, TimeDelta::days(1));
    let now = SystemClock.now();
    assert_eq!(media.purge(day, now).await.unwrap(), 0);
    let later = now + day + TimeDelta::minutes(1);
    assert_eq!(media.purge(day, later).await.unwrap(), 1);
    assert_eq!(files(&app), [0, 0]);
}
