//! How somebody confirms: for employees and for the person (decisions §3 "Read back authentication methods").

use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::support::{
    Answer,
    Database::{self, Postgres, Sqlite},
};

#[track_caller]
fn assert_list(answer: &Answer, data: Value) {
    let meta = json!({ "code": 200, "url": format!("{PUBLIC_URL}{}", answer.path), "type": "list", "request_id": "[uuid]" });
    assert_json(
        &answer.is(200).json(),
        &json!({ "meta": meta, "data": data }),
    );
}

#[rstest]
#[tokio::test]
async fn the_methods_of_a_person(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let now = app
        .now()
        .to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    let third = id(0xb5, 2);
    let methods = json!([
        { "id": ADULT_OTP, "type": "OTP", "phone_number": "+380500000044", "alias": "мій" },
        { "id": third, "type": "THIRD_PERSON", "value": MOTHER, "alias": "сестра", "is_primary": true, "ended_at": "2030-01-01T00:00:00Z" },
        { "id": id(0xb5, 3), "type": "OFFLINE", "is_active": false },
        { "id": id(0xb5, 4), "type": "OFFLINE", "ended_at": "2026-06-01" },
    ]);
    clinic.import(&json!({ "persons": [person(ADULT, "Ганна", "1980-01-01", methods)], "users": [{ "id": id(0xae, 1), "person_id": ADULT }] })).await;
    let expected = |own_number: &str| {
        json!([
            {
                "id": third, "type": "THIRD_PERSON", "value": MOTHER, "alias": "сестра", "is_active": true, "is_primary": true,
                "started_at": now, "ended_at": "2030-01-01T00:00:00.000000Z", "person_id": ADULT, "inserted_at": now, "updated_at": now,
                "confidant_person": { "id": MOTHER, "name": "Реєстрова О.", "phones": [{ "type": "MOBILE", "number": "+38050*****33" }] },
            },
            {
                "id": ADULT_OTP, "type": "OTP", "phone_number": own_number, "alias": "мій", "is_active": true, "is_primary": false,
                "started_at": now, "ended_at": null, "person_id": ADULT, "inserted_at": now, "updated_at": now,
            },
        ])
    };
    let path = format!("/api/persons/{ADULT}/authentication_methods");
    for scope in ["authentication_method:read", "person_request:write"] {
        let api = clinic.api_of(CLINIC, DOCTOR, scope).await;
        assert_list(&api.get(&path).await, expected("+38050*****44"));
    }
    let own = "/api/pis/person/authentication_methods";
    let patient = clinic.api_of(CLINIC, id(0xae, 1), "person:read").await;
    assert_list(&patient.get(own).await, expected("+380500000044"));
    let reader = clinic.api_of(CLINIC, DOCTOR, "person_request:read").await;
    reader.get(&path).await.refuses(403, "forbidden", "Your scope does not allow to access this resource. Missing allowances: authentication_method:read");
    for nobody in [
        "x".to_owned(),
        Uuid::from_u128(1).to_string(),
        GONE_PERSON.to_string(),
    ] {
        clinic
            .api()
            .get(&format!("/api/persons/{nobody}/authentication_methods"))
            .await
            .refuses(403, "forbidden", "Such person not found");
    }
    assert_list(
        &clinic
            .api()
            .get(&format!(
                "/api/persons/{MUTE_PERSON}/authentication_methods"
            ))
            .await,
        json!([]),
    );
    app.api()
        .get(own)
        .await
        .refuses(401, "access_denied", "API-KEY header required");
    app.api()
        .get(&path)
        .await
        .refuses(401, "access_denied", "API-KEY header required");
    clinic.api().get(own).await.refuses(
        403,
        "forbidden",
        "Your scope does not allow to access this resource. Missing allowances: person:read",
    );
}

/// A person's own methods: whose token it is decides.
#[rstest]
#[tokio::test]
async fn whose_own_methods(#[values(Sqlite, Postgres)] database: Database) {
    const OWN: &str = "/api/pis/person/authentication_methods";
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let user = id(0xae, 2);
    let set = async |change: Value| {
        // What a file does not say stays as it is.
        let mut settings =
            json!({ "id": user, "person_id": ADULT, "is_active": true, "is_blocked": false });
        for (name, value) in change.as_object().unwrap() {
            settings[name] = value.clone();
        }
        clinic.import(&json!({ "users": [settings] })).await;
    };
    set(json!({})).await;
    let token = clinic.issue(CLINIC, user, "person:read").await;
    let with_key = app.api().key(&key(CLINIC));
    let patient = with_key.clone().bearer(&token);
    patient.get(OWN).await.is(200);
    for (api, message) in [
        (app.api().bearer(&token), "API-KEY header required"),
        (app.api().bearer(&token).key("unknown"), "Invalid API-KEY"),
        (with_key.clone(), "Invalid access token"),
        (with_key.bearer("unknown"), "Invalid access token"),
    ] {
        api.get(OWN).await.refuses(401, "access_denied", message);
    }
    for (change, status, kind, message) in [
        (
            json!({ "is_blocked": true }),
            401,
            "access_denied",
            "User is blocked.",
        ),
        (
            json!({ "is_active": false }),
            401,
            "access_denied",
            "Invalid access token",
        ),
        (
            json!({ "person_id": null }),
            422,
            "request_malformed",
            "User not found",
        ),
        (
            json!({ "person_id": GONE_PERSON }),
            404,
            "not_found",
            "not found",
        ),
    ] {
        set(change).await;
        patient.get(OWN).await.refuses(status, kind, message);
    }
    app.clock.advance(TimeDelta::days(400));
    let answer = patient.get(OWN).await;
    answer.refuses(401, "access_denied", "Invalid access token");
}

/// `Петров А.А.`: of two given names two initials.
#[rstest]
#[tokio::test]
async fn a_confidant_by_initials(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let mut father = person(MOTHER, "Андрій", "1985-01-01", json!([]));
    father["last_name"] = json!("Петров");
    father["second_name"] = json!("Андрійович");
    let through =
        json!([{ "id": id(0xb5, 1), "type": "THIRD_PERSON", "value": MOTHER, "alias": "тато" }]);
    let ward = person(YOUNG_PERSON, "Леся", "2016-01-01", through);
    clinic.import(&json!({ "persons": [father, ward] })).await;
    let path = format!("/api/persons/{YOUNG_PERSON}/authentication_methods");
    let methods = clinic.api().get(&path).await.is(200).json();
    assert_eq!(
        methods["data"][0]["confidant_person"],
        json!({ "id": MOTHER, "name": "Петров А.А.", "phones": [{ "type": "MOBILE", "number": "+38050*****33" }] })
    );
}
