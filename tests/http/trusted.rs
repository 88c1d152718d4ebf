//! The routes of trusted clients (§7): one call each, and the approval is given with it.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    API_KEY, Answer, CLIENT, CONFIDANT, CONFIDANT_USER, Child,
    Database::{self, Postgres, Sqlite},
    Own, SECRET, TRUSTED_CLIENT, TestApp, World, provisioning,
};

const SIGN_IN: &str = "/api/pis/sign-in";
const CONFIDANT_SIGN_IN: &str = "/api/pis/confidant/sign-in";
const SIGN_UP: &str = "/api/pis/sign-up";
const CONFIDANT_SIGN_UP: &str = "/api/pis/confidant/sign-up";

/// The member `token` of every body.
fn credentials() -> Value {
    json!({ "grant_type": "pis_auth", "client_id": TRUSTED_CLIENT, "client_secret": SECRET, "scope": "person:read app:read_pis" })
}

/// A body with the signature where `path` wants it.
fn body(path: &str, signed: &str) -> Value {
    let mut token = credentials();
    if path == SIGN_IN {
        token["signed_content"] = json!(signed);
        token["signed_content_encoding"] = json!("base64");
        return json!({ "token": token });
    }
    json!({ "token": token, "signed_content": signed, "signed_content_encoding": "base64" })
}

/// The token of an answer.
fn token(app: &TestApp, is_confidant: bool) -> Value {
    let mut details = json!({
        "app_id": "[uuid]", "scope": "person:read app:read_pis", "refresh_token": "[token]",
        "grant_type": "pis_auth", "client_id": TRUSTED_CLIENT,
    });
    if is_confidant {
        details["applicant_user_id"] = json!(CONFIDANT_USER);
        details["applicant_person_id"] = json!(CONFIDANT);
    }
    json!({
        "id": "[uuid]", "name": "access_token", "value": "[token]", "user_id": "[uuid]",
        "user": { "person_id": "[uuid]" }, "expires_at": app.now().timestamp() + 3600, "details": details,
    })
}

/// Reads the person and gets another access token with what came of a call.
async fn is_good(world: &World<'_>, token: &Value) {
    let value = token["value"].as_str().unwrap();
    let person = world.person(value).await;
    assert_eq!(
        person.is(200).json()["data"]["id"],
        token["user"]["person_id"]
    );
    let body = json!({ "token": {
        "grant_type": "refresh_token", "client_id": TRUSTED_CLIENT, "client_secret": SECRET,
        "refresh_token": token["details"]["refresh_token"],
    } });
    let refreshed = world.app.api().post("/oauth/tokens", &body).await;
    let details = refreshed.is(201).json()["data"]["details"].clone();
    assert_eq!(details["app_id"], token["details"]["app_id"]);
}

#[rstest]
#[tokio::test]
async fn a_patient_signs_in(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let signed = world.sign(&json!({ "jwt": world.trusted_nonce().await }));
    let answer = world.trusted(SIGN_IN, &body(SIGN_IN, &signed)).await;
    let body_of = answer.is(201).json();
    crate::support::assert_json(&body_of["data"], &token(&app, false));
    assert_eq!(app.count("approvals", "1 = 1").await, 1);
    is_good(&world, &body_of["data"]).await;
    let again = world.trusted(SIGN_IN, &body(SIGN_IN, &signed)).await;
    again.refuses(401, "access_denied", "JWT is invalid.");
    // A nonce of the pages is none for trusted clients.
    let signed = world.signed_nonce().await;
    let other = world.trusted(SIGN_IN, &body(SIGN_IN, &signed)).await;
    other.refuses(401, "access_denied", "JWT is invalid.");
}

#[rstest]
#[tokio::test]
async fn a_confidant_signs_in(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let child = world.import_child(&Child::content()).await;
    world.relate(child, CONFIDANT, "VERIFIED", None).await;
    let mut content =
        json!({ "last_name": "Зразкова", "given_name": "Марʼяна", "tax_id": "4569100028" });
    let path = CONFIDANT_SIGN_IN;
    // Authority §7: what is signed carries a nonce, and one of a trusted client.
    let without = world.sign(&content);
    content["jwt"] = json!(world.nonce().await);
    for signed in [without, world.sign(&content)] {
        let refused = world.trusted(path, &body(path, &signed)).await;
        refused.refuses(401, "access_denied", "JWT is invalid.");
    }
    content["jwt"] = json!(world.trusted_nonce().await);
    let signed = world.sign(&content);
    let answer = world.trusted(path, &body(path, &signed)).await;
    let body_of = answer.is(201).json();
    crate::support::assert_json(&body_of["data"], &token(&app, true));
    assert_eq!(body_of["data"]["user"]["person_id"], json!(child));
    is_good(&world, &body_of["data"]).await;
    let again = world.trusted(path, &body(path, &signed)).await;
    again.refuses(
        409,
        "request_conflict",
        "Signed content has already been used",
    );
}

#[rstest]
#[tokio::test]
async fn a_person_signs_up(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let nonce = world.trusted_nonce().await;
    let content = Own::content(&nonce);
    let signed = Own::signer().sign(&content, app.now());
    let mut request = body(SIGN_UP, &signed);
    let answer = world.trusted(SIGN_UP, &request).await;
    assert_eq!(
        answer.is(403).json()["error"]["message"],
        "Invalid verification code"
    );
    // The code is ordered with the nonce as bearer.
    let hash = dovira::sign_up::signed::content_hash(&signed).unwrap();
    let order = json!({ "factor": Own::PHONE, "type": "SMS", "content_hash": hash });
    let api = app.api().key(API_KEY).bearer(&nonce);
    api.post("/api/sms_verifications", &order).await.is(200);
    request["otp"] = json!(app.sent_code().parse::<u64>().unwrap());
    let mut person = content["person"].clone();
    person["id"] = json!("[uuid]");
    let data = world.trusted(SIGN_UP, &request).await.gives(
        201,
        json!({
            "person": person,
            "user": { "id": "[uuid]", "tax_id": Own::tax_id() },
            "token": token(&app, false),
        }),
    );
    is_good(&world, &data["token"]).await;
    assert_eq!(app.registered().await, [2, 2, 2, 0, 2, 1]);
    let again = world.trusted(SIGN_UP, &request).await;
    again.refuses(
        409,
        "request_conflict",
        "Signed content has already been used",
    );
}

#[rstest]
#[tokio::test]
async fn a_confidant_signs_a_patient_up(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let signed = world.signed_child();
    let path = CONFIDANT_SIGN_UP;
    let answer = world.trusted(path, &body(path, &signed)).await;
    let data = answer.is(201).json()["data"].clone();
    crate::support::assert_json(&data["token"], &token(&app, true));
    crate::support::assert_json(
        &data["user"],
        &json!({ "id": "[uuid]", "tax_id": "4569100028" }),
    );
    assert_eq!(data["person"]["id"], data["token"]["user"]["person_id"]);
    assert_eq!(app.registered().await, [2, 2, 2, 1, 2, 1]);
    is_good(&world, &data["token"]).await;
    let again = world.trusted(path, &body(path, &signed)).await;
    again.refuses(
        409,
        "request_conflict",
        "Signed content has already been used",
    );
    // What the pages refuse is refused here.
    let mut content = Child::other();
    content["patient_signed"] = json!(false);
    let refused = world
        .trusted(path, &body(path, &world.sign(&content)))
        .await;
    refused.refuses_field(
        "$.patient_signed",
        "invalid",
        "expected true but got false for attribute patient_signed",
    );
    let stranger = Own::signer().sign(&Child::other(), app.now());
    let refused = world.trusted(path, &body(path, &stranger)).await;
    refused.refuses(404, "not_found", "Applicant user not found.");
}

/// `token` with `member` set or left out.
async fn with(world: &World<'_>, path: &str, member: &str, value: Option<Value>) -> Answer {
    let mut request = body(path, "QUJD");
    let token = request["token"].as_object_mut().unwrap();
    match value {
        Some(value) => token.insert(member.to_owned(), value),
        None => token.shift_remove(member),
    };
    world.trusted(path, &request).await
}

#[rstest]
#[tokio::test]
async fn who_may_call(
    #[values(Sqlite, Postgres)] database: Database,
    #[values(SIGN_IN, CONFIDANT_SIGN_IN, SIGN_UP, CONFIDANT_SIGN_UP)] path: &str,
) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let request = body(path, "QUJD");
    app.api()
        .post(path, &request)
        .await
        .refuses(401, "access_denied", "API-KEY header required");
    app.api().key("another").post(path, &request).await.refuses(
        401,
        "access_denied",
        "Invalid API-KEY",
    );
    with(&world, path, "client_id", None).await.refuses_field(
        "$.token.client_id",
        "required",
        "can't be blank",
    );
    with(&world, path, "client_secret", None)
        .await
        .refuses_field(
            "$.client_secret",
            "required",
            "required property client_secret was not present",
        );
    for (member, value) in [
        ("client_secret", json!("another")),
        ("client_id", json!("nonsense")),
        ("client_id", json!(CONFIDANT)),
    ] {
        with(&world, path, member, Some(value)).await.refuses(
            401,
            "access_denied",
            "Invalid client id or secret.",
        );
    }
    // Another type of client.
    with(&world, path, "client_id", Some(json!(CLIENT)))
        .await
        .refuses(
            401,
            "access_denied",
            "Client is not allowed to issue login token.",
        );
    with(&world, path, "grant_type", None).await.refuses(
        422,
        "request_malformed",
        "Request must include grant_type.",
    );
    with(&world, path, "grant_type", Some(json!("password")))
        .await
        .refuses(401, "access_denied", "Grant type not allowed.");
    let empty = "Requested scope is empty. Scope not passed or user has no roles or global roles.";
    for scope in [None, Some(json!("")), Some(json!(" "))] {
        with(&world, path, "scope", scope)
            .await
            .refuses(422, "request_malformed", empty);
    }
    with(&world, path, "scope", Some(json!("person:write")))
        .await
        .refuses(
            422,
            "request_malformed",
            "Scope is not allowed by client type.",
        );
    let mut client = provisioning()["clients"][2].clone();
    client["allowed_grant_types"] = json!(["refresh_token"]);
    world.import(&json!({ "clients": [client] })).await;
    world.trusted(path, &request).await.refuses(
        401,
        "access_denied",
        "Client is not allowed to issue login token.",
    );
    client["is_blocked"] = json!(true);
    world.import(&json!({ "clients": [client] })).await;
    world
        .trusted(path, &request)
        .await
        .refuses(401, "access_denied", "Client is blocked");
    assert_eq!(app.count("approvals", "1 = 1").await, 0);
}

#[rstest]
#[tokio::test]
async fn without_refresh_tokens(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let mut client = provisioning()["clients"][2].clone();
    client["allowed_grant_types"] = json!(["pis_auth"]);
    world.import(&json!({ "clients": [client] })).await;
    let signed = world.sign(&json!({ "jwt": world.trusted_nonce().await }));
    let answer = world.trusted(SIGN_IN, &body(SIGN_IN, &signed)).await;
    let data = answer.is(201).json()["data"].clone();
    assert!(data["details"].get("refresh_token").is_none());
    let api = app
        .api()
        .key(API_KEY)
        .bearer(data["value"].as_str().unwrap());
    api.get("/api/pis/person").await.is(200);
}
