//! §11.8: a dismissed doctor, a patient with scopes of staff, an employee of another institution: every route.

use axum::http::Method;
use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::{
    person_requests::{
        ADULT, CLINIC, Clinic, DOCTOR, MOTHER, OTHER_CLINIC, PATH, PHARMACY, adult, key,
    },
    support::{
        Api,
        Database::{self, Postgres, Sqlite},
    },
};

const NOT_EMPLOYED: (u16, &str, &str) = (
    403,
    "forbidden",
    "Access denied. Employee is not active or of another legal entity.",
);
const SCOPES: &str =
    "person_request:read person_request:write authentication_method_request:read person:read";

/// Every route of staff but the creation, for a request.
fn routes(id: &str) -> Vec<(Method, String, Value)> {
    let act =
        |action: &str, body: Value| (Method::PATCH, format!("{PATH}/{id}/actions/{action}"), body);
    vec![
        (Method::GET, PATH.to_owned(), json!({})),
        (Method::GET, format!("{PATH}/{id}"), json!({})),
        act("approve", json!({ "verification_code": 1234 })),
        act("reject", json!({})),
        act(
            "sign",
            json!({ "signed_content": "QUJD", "signed_content_encoding": "base64" }),
        ),
        (
            Method::POST,
            format!("{PATH}/{id}/actions/resend_otp"),
            json!({}),
        ),
    ]
}

async fn call(api: &Api<'_>, (method, path, body): &(Method, String, Value)) -> Answer {
    match *method {
        Method::GET => api.get(path).await,
        Method::PATCH => api.patch(path, body).await,
        _ => api.post(path, body).await,
    }
}

/// Who tries it, and how they came to hold a token.
#[derive(Debug, Clone, Copy)]
enum Who {
    Dismissed,
    OutOfUse,
    Patient,
    OfAnother,
    Owner,
}

#[rstest]
#[tokio::test]
async fn try_8_whoever_is_no_employee_there(
    #[values(Sqlite, Postgres)] database: Database,
    #[values(
        Who::Dismissed,
        Who::OutOfUse,
        Who::Patient,
        Who::OfAnother,
        Who::Owner
    )]
    who: Who,
) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let request = clinic.created(&adult()).await;
    let user = match who {
        Who::Dismissed => {
            app.execute("UPDATE employees SET status = 'DISMISSED'")
                .await;
            DOCTOR
        }
        Who::OutOfUse => {
            app.execute("UPDATE employees SET is_active = false").await;
            DOCTOR
        }
        Who::Patient => {
            let user = app.app.random.uuid();
            let patient = json!({ "id": user, "person_id": ADULT, "tax_id": null });
            clinic.import(&json!({ "users": [patient] })).await;
            user
        }
        Who::OfAnother => {
            let user = app.app.random.uuid();
            let employee = json!({
                "id": app.app.random.uuid(), "user_id": user, "legal_entity_id": OTHER_CLINIC,
                "employee_type": "DOCTOR", "status": "APPROVED", "tax_id": "2806800941",
            });
            clinic
                .import(&json!({ "users": [{ "id": user }], "employees": [employee] }))
                .await;
            user
        }
        Who::Owner => crate::person_requests::OWNER,
    };
    let api = clinic.api_of(CLINIC, user, SCOPES).await;
    let messages = app.messages().len();
    for route in routes(&request) {
        refuses(&call(&api, &route).await, NOT_EMPLOYED);
    }
    // At the creation it is a conflict, as the seed says.
    let answer = api.post(PATH, &adult()).await;
    assert_eq!(answer.status, 409, "{answer:?}");
    assert_eq!(app.messages().len(), messages, "nobody got a code");
    assert_eq!(app.count("person_requests", "1 = 1").await, 1);
}

/// A legal entity that registers nobody: 409 at the creation, 403 elsewhere.
#[rstest]
#[tokio::test]
async fn try_8_a_pharmacy(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let request = clinic.created(&adult()).await;
    let api = clinic.api_of(PHARMACY, DOCTOR, SCOPES).await;
    for route in routes(&request) {
        refuses(
            &call(&api, &route).await,
            (403, "forbidden", "Invalid legal entity type"),
        );
    }
    api.post(PATH, &adult())
        .await
        .refuses(409, "request_conflict", "Invalid legal entity type");
}

/// The authentication methods of a person are for employees too; the doctor still sees them.
#[rstest]
#[tokio::test]
async fn try_8_methods_of_a_person(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let path = format!("/api/persons/{MOTHER}/authentication_methods");
    let scope = "authentication_method:read";
    let doctor = clinic.api_of(CLINIC, DOCTOR, scope).await;
    let seen = doctor.get(&path).await;
    app.execute("UPDATE employees SET is_active = false").await;
    let gone = doctor.get(&path).await;
    seen.is(200);
    refuses(&gone, NOT_EMPLOYED);
}

/// §9: scopes that only staff can use are not offered to a person who works for nobody there.
#[rstest]
#[tokio::test]
async fn scopes_of_staff_are_not_for_patients(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let patient = Somebody::new(&world, 1).await;
    let clinic = Clinic::new(&app).await;
    let uri = "https://clinic.example/back";
    let mut client = json!({
        "id": CLINIC, "name": "МІС", "client_type": "MIS", "secret": SECRET, "api_key": key(CLINIC), "redirect_uris": [uri],
        "scopes": "person:read person_request:read person_request:write",
        "legal_entity": { "type": "PRIMARY_CARE", "name": "КНП «Зразкова лікарня»", "edrpou": "00000001" },
    });
    clinic.import(&json!({ "clients": [client] })).await;
    client = json!({ "client_id": CLINIC, "client_secret": SECRET });
    let nonce = app.api().post("/oauth/nonce", &client).await;
    let nonce = nonce.is(200).json()["data"]["token"].clone();
    let login = json!({ "token": {
        "client_id": CLINIC, "client_secret": SECRET, "grant_type": "pis_auth", "scope": "app:authorize",
        "signed_content": patient.sign(&json!({ "jwt": nonce })), "signed_content_encoding": "base64",
    } });
    let answer = app.api().post("/auth/login", &login).await;
    if answer.status != 201 {
        // Clients of institutions let nobody in by the pages at all.
        assert!(matches!(answer.status.as_u16(), 401 | 422), "{answer:?}");
        return;
    }
    let token = answer.json()["data"]["value"].as_str().unwrap().to_owned();
    let body = json!({ "app": { "client_id": CLINIC, "scope": "person_request:read", "redirect_uri": uri } });
    app.api()
        .bearer(&token)
        .post("/oauth/apps/authorize", &body)
        .await
        .refuses(
            422,
            "request_malformed",
            "User requested scope that is not allowed by role based access policies.",
        );
}
