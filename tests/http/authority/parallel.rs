//! What two people do at the same moment, on connections of their own.

use rstest::rstest;
use serde_json::json;

use super::*;
use crate::{
    person_requests::Clinic,
    support::Database::{self, Postgres, Sqlite},
};

/// Two claims of one confidant are one.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn two_claims_are_one(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let attacker = Somebody::new(&world, 1).await;
    let content = child(1);
    let id = world.import_child(&content).await;
    let mut requests = Vec::new();
    for _ in 0..4 {
        requests.push(attacker.brings_later(&content).await);
    }
    for answer in app.at_once(requests).await {
        refuses(&answer, NOT_CONFIRMED);
    }
    assert_eq!(app.between(id, attacker.person_id).await.len(), 1);
    assert_eq!(app.count("relationship_claims", "1 = 1").await, 1);
    assert_eq!(app.count("confidant_sign_ups", "1 = 1").await, 4);
}

/// Two mothers who bring one child: one registers it, the other claims it; it is one child.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn two_confidants_of_one_child(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let (one, two) = (
        Somebody::new(&world, 1).await,
        Somebody::new(&world, 2).await,
    );
    let content = child(1);
    let requests = vec![
        one.brings_later(&content).await,
        two.brings_later(&content).await,
    ];
    let mut statuses: Vec<u16> = app
        .at_once(requests)
        .await
        .iter()
        .map(|answer| answer.status.as_u16())
        .collect();
    statuses.sort_unstable();
    // Who lost the race where a register must be asked first is told to come again.
    assert!(
        statuses == [201, 409] || statuses == [201, 503],
        "{statuses:?}"
    );
    let tax_id = content["person"]["tax_id"].as_str().unwrap();
    let of_child = format!("tax_id = '{tax_id}'");
    assert_eq!(app.count("persons", &of_child).await, 1);
}

/// A claim beside the doctor's signature about the same child: whatever comes first, the doctor's word stands, and the
/// claim of another gives nothing.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_claim_beside_a_signature(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let mother = Somebody::new(&world, 1).await;
    let attacker = Somebody::new(&world, 2).await;
    let content = child(1);
    let id = person_in(&mother.brings(&content).await);
    let clinic = Clinic::new(&app).await;
    let body = super::tries::doctors_version(&mother, &content, id, true);
    let (request, mut shown) = clinic.approved(&body).await;
    shown["patient_signed"] = json!(true);
    let sign = clinic.api().later(
        axum::http::Method::PATCH,
        &format!("/api/person_requests/{request}/actions/sign"),
        &clinic.signed(&shown),
    );
    let answers = app
        .at_once(vec![
            sign,
            attacker.brings_later(&content).await,
            mother.brings_later(&content).await,
        ])
        .await;
    answers[0].is(200);
    refuses(&answers[1], NOT_CONFIRMED);
    answers[2].is(201);
    assert_eq!(
        app.between(id, mother.person_id).await,
        ["VERIFICATION_NEEDED MANUAL_CREATED_BY_DOCTOR"]
    );
    assert_eq!(
        app.between(id, attacker.person_id).await,
        ["VERIFICATION_NEEDED ONLINE_TRIGGERED"]
    );
    assert_eq!(mother.acts_for(&content).await.status, 201);
    assert_ne!(attacker.acts_for(&content).await.status, 201);
}

/// A refusal beside refreshes: when it is done no token that came of one is good.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_beside_refreshes(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let mother = Somebody::new(&world, 1).await;
    let content = child(1);
    let id = world.import_child(&content).await;
    world.relate(id, mother.person_id, "VERIFIED", None).await;
    let relationship = app.relationship(id, mother.person_id).await;
    let mut refresh = Vec::new();
    for _ in 0..3 {
        refresh.push(mother.gets_tokens_for(&content).await.refresh);
    }
    let requests = refresh
        .iter()
        .map(|refresh| {
            let body = json!({ "token": {
                "grant_type": "refresh_token", "client_id": CLIENT, "client_secret": SECRET, "refresh_token": refresh,
            } });
            app.api().post_later("/oauth/tokens", &body)
        })
        .collect();
    let (answers, ()) = tokio::join!(
        app.at_once(requests),
        app.change(
            "UPDATE confidant_person_relationships SET verification_status = 'NOT_VERIFIED', updated_at = $2 WHERE id = $1",
            relationship
        )
    );
    for answer in answers {
        match answer.status.as_u16() {
            201 => {
                let access = answer.json()["data"]["value"].clone();
                refuses(&world.person(access.as_str().unwrap()).await, NO_TOKEN);
            }
            _ => refuses(&answer, NOT_CONFIRMED),
        }
    }
}

/// A record comes home while a confidant reads it: they see it or they do not, and afterwards they do not.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_home_coming_beside_reads(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let mother = Somebody::new(&world, 1).await;
    // Fourteen tomorrow, with the name of every certificate here.
    let birthday = "2010-06-16";
    let tax_id = TaxId::of(birthday.parse().unwrap(), 1011)
        .unwrap()
        .to_string();
    let ward = Somebody {
        signer: authority().person(Some(&tax_id)),
        tax_id: tax_id.clone(),
        ..stranger(&world, 5).await
    };
    let mut content = ward.own_content("+380501110094").await;
    content.as_object_mut().unwrap().shift_remove("jwt");
    let person = &mut content["person"];
    person["birth_date"] = json!(birthday);
    person["unzr"] = json!("20100616-00011");
    for member in ["authentication_methods", "confidant_person"] {
        person[member] = child(1)["person"][member].clone();
    }
    let id = person_in(&mother.brings(&content).await);
    let tokens = mother.gets_tokens_for(&content).await;
    let read = || {
        let api = app
            .api()
            .key(crate::support::API_KEY)
            .bearer(&tokens.access);
        api.later(axum::http::Method::GET, "/api/pis/person", &json!({}))
    };
    let requests = vec![read(), ward.logs_in_later().await, read(), read()];
    let answers = app.at_once(requests).await;
    let signed_in = answers[1].is(201).json()["data"].clone();
    assert_eq!(signed_in["user"]["person_id"], json!(id));
    for (at, answer) in answers.iter().enumerate() {
        assert!(at == 1 || matches!(answer.status.as_u16(), 200 | 401));
    }
    refuses(&world.person(&tokens.access).await, NO_TOKEN);
    refuses(&world.refresh(&tokens.refresh).await, NOT_CONFIRMED);
    assert_eq!(app.between(id, mother.person_id).await.len(), 0);
}
