//! What an installation may decide otherwise (§10).

use dovira::housekeeping::round;
use rstest::rstest;
use serde_json::json;

use super::*;
use crate::support::Database::{self, Postgres, Sqlite};

#[rstest]
#[tokio::test]
async fn the_age_of_acting_for_oneself(#[values(Sqlite, Postgres)] database: Database) {
    let mut body = without(without(offline(), "/person/unzr"), "/person/tax_id");
    body["person"]["no_tax_id"] = json!(true);
    // Fifteen, and sixteen tomorrow.
    body["person"]["birth_date"] = json!("2010-06-16");
    body["person"]["documents"] = json!([{ "type": "PASSPORT", "number": "ЗР000017", "issued_by": "РВ", "issued_at": "2025-05-20" }]);
    let app = TestApp::new(database).await;
    Clinic::new(&app).await.create(&body).await.is(201);
    let app = TestApp::with(database, &["--no-self-auth-age", "16"]).await;
    let clinic = Clinic::new(&app).await;
    refuses_field(
        &clinic.create(&body).await,
        "$.person.confidant_person",
        "Confidant person is mandatory for children",
        &[],
    );
    let today = with(body, "/person/birth_date", json!("2010-06-15"));
    clinic.create(&today).await.is(201);
}

/// §4.4 "Auth method record".
#[rstest]
#[tokio::test]
async fn how_long_a_method_through_another_lasts(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::with(database, &["--third-person-term", "10"]).await;
    let clinic = Clinic::new(&app).await;
    let id = clinic.registered(&child()).await;
    let path = format!("/api/persons/{id}/authentication_methods");
    let ends = app.now() + TimeDelta::days(10);
    let methods = clinic.api().get(&path).await.is(200).json();
    assert_eq!(
        methods["data"][0]["ended_at"],
        ends.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
    );
    app.clock.advance(TimeDelta::days(10));
    let methods = clinic.api().get(&path).await.is(200).json();
    assert_eq!(methods["data"], json!([]));
}

/// §1.5.
#[rstest]
#[tokio::test]
async fn how_long_data_are_kept(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::with(database, &["--person-request-autocleaning", "2"]).await;
    let clinic = Clinic::new(&app).await;
    let id = clinic.created(&offline()).await;
    clinic.act(&id, "reject", &json!({})).await.is(200);
    let kept = async || {
        round(&app.app, app.now()).await.unwrap();
        app.count("person_requests", "person_data IS NOT NULL")
            .await
    };
    app.clock.advance(TimeDelta::days(2));
    assert_eq!(kept().await, 1);
    app.clock.advance(TimeDelta::microseconds(1));
    assert_eq!(kept().await, 0);
}

/// §10 "newer age restriction".
#[rstest]
#[tokio::test]
async fn documents_of_an_age(#[values(Sqlite, Postgres)] database: Database) {
    let settings = [
        "--no-self-auth-age-document-types",
        "BIRTH_CERTIFICATE_FOREIGN",
        "--self-auth-age-document-types",
        "PASSPORT",
    ];
    let app = TestApp::with(database, &settings).await;
    let clinic = Clinic::new(&app).await;
    for body in [child(), adult()] {
        refuses_field(
            &clinic.create(&body).await,
            "$.person.documents.[0].type",
            "Submitted document type is not allowed",
            &[],
        );
    }
    let abroad = json!({ "type": "BIRTH_CERTIFICATE_FOREIGN", "number": "PL/1", "issued_by": "Warszawa", "issued_at": "2025-02-11" });
    let passport = json!({ "type": "PASSPORT", "number": "ЗР000017", "issued_by": "РВ", "issued_at": "2003-05-20" });
    for (body, document) in [(child(), abroad), (adult(), passport)] {
        let body = with(body, "/person/documents/0", document);
        clinic.create(&body).await.is(201);
    }
}

/// §1.3, authority §9: a client that stands for no legal entity registers nobody, and nobody acts there.
#[rstest]
#[tokio::test]
async fn a_client_without_a_legal_entity(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let request = clinic.created(&offline()).await;
    let client = json!({ "id": CLINIC, "name": "МІС", "client_type": "MIS", "redirect_uris": [], "scopes": SCOPES, "api_key": key(CLINIC), "legal_entity": null });
    clinic.import(&json!({ "clients": [client] })).await;
    assert_eq!(app.count("clients", "legal_entity_id IS NULL").await, 1);
    clinic
        .create(&offline())
        .await
        .refuses(409, "request_conflict", "Invalid legal entity type");
    let named = format!("{PATH}?legal_entity_id={CLINIC}");
    let methods = format!("/api/persons/{ADULT}/authentication_methods");
    for answer in [
        clinic.api().get(PATH).await,
        clinic.api().get(&named).await,
        clinic.api().get(&methods).await,
        clinic.get(&request).await,
        clinic.act(&request, "approve", &json!({})).await,
        clinic.act(&request, "reject", &json!({})).await,
    ] {
        answer.refuses(403, "forbidden", "Invalid legal entity type");
    }
    // What was its own is there when it stands for the legal entity again.
    let clients = &provisioning()["clients"];
    clinic.import(&json!({ "clients": clients })).await;
    let listed = clinic.api().get(PATH).await.is(200).json();
    assert_eq!(listed["data"][0]["id"], json!(request));
    assert_eq!(listed["paging"]["total_entries"], 1);
    clinic.get(&request).await.is(200);
    clinic.act(&request, "reject", &json!({})).await.is(200);
}
