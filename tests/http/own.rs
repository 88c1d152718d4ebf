//! `POST /api/pis/sign-up_validation`, `/api/pis/register` and its other name (§5.3, §5.4), row by row.

use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{
    Authority, Begun, CLIENT,
    Database::{self, Postgres, Sqlite},
    Own, SECRET, TestApp, World, assert_json, authority, field, required,
};

const VALIDATION: &str = "/api/pis/sign-up_validation";
const BEFORE: [i64; 6] = [1, 1, 1, 0, 1, 0];
const AFTER: [i64; 6] = [2, 2, 2, 0, 2, 1];
const STANDARD: &str = "Validation failed. You can find validators description at our API Manifest: http://docs.apimanifest.apiary.io/#introduction/interacting-with-api/errors.";

/// Somebody else of the registry, by the last digit of their id.
fn id(last: u128) -> Uuid {
    Uuid::from_u128(0x0a1b_2c3d_0000_4000_8000_0000_0000_0000 | last)
}

/// Their content with `pointer` changed, signed by them.
async fn signed(world: &World<'_>, pointer: &str, value: Value) -> String {
    let mut content = Own::content(&world.nonce().await);
    *content.pointer_mut(pointer).unwrap() = value;
    Own::signer().sign(&content, world.app.now())
}

/// `data` of their registration.
fn registered() -> Value {
    let mut person = Own::content("")["person"].clone();
    person["id"] = json!("[uuid]");
    json!({
        "person": person,
        "user": { "id": "[uuid]", "tax_id": Own::tax_id() },
        "access_token": "[token]",
        "token": {
            "id": "[uuid]", "name": "access_token", "value": "[token]", "user_id": "[uuid]",
            "user": { "person_id": "[uuid]" }, "expires_at": 0,
            "details": { "scope": "app:authorize", "grant_type": "pis_auth", "client_id": CLIENT },
        },
    })
}

#[rstest]
#[tokio::test]
async fn validates_and_registers(
    #[values(Sqlite, Postgres)] database: Database,
    #[values("register", "sign-up_registration")] name: &str,
) {
    // §14.3: both paths
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let content = Own::content(&world.nonce().await);
    let text = Own::signer().sign(&content, app.now());
    let validated = world.validate_own(&text).await;
    let data = validated.gives(
        200,
        json!({ "person": content["person"], "token": "[jwt]" }),
    );
    let begun = Begun {
        token: data["token"].as_str().unwrap().to_owned(),
        signed: text,
    };
    let code = world.order_code(&begun, Own::PHONE).await;
    let body =
        json!({ "signed_content": begun.signed, "signed_content_encoding": "base64", "otp": code });
    let api = app.api().bearer(&begun.token);
    let answer = api.post(&format!("/api/pis/{name}"), &body).await;
    let mut expected = registered();
    expected["token"]["expires_at"] = json!(app.now().timestamp() + 600);
    let data = answer.gives(201, expected);
    assert_eq!(app.registered().await, AFTER);
    assert_eq!(data["access_token"], data["token"]["value"]);
    assert_eq!(data["person"]["id"], data["token"]["user"]["person_id"]);
    assert_eq!(data["user"]["id"], data["token"]["user_id"]);
    // What was stored: the number is proven, the method has no end.
    let of_user = format!("tax_id = '{}' AND tax_id_is_trusted = true", Own::tax_id());
    assert_eq!(app.count("users", &of_user).await, 1);
    let of_method = format!(
        "type = 'OTP' AND phone_number = '{}' AND ended_at IS NULL AND is_primary = true",
        Own::PHONE
    );
    assert_eq!(
        app.count("person_authentication_methods", &of_method).await,
        1
    );
    let proven = format!("phone_number = '{}'", Own::PHONE);
    assert_eq!(app.count("verified_phones", &proven).await, 1);
    // The token approves a client, and reads nothing.
    let token = data["access_token"].as_str().unwrap();
    let body = json!({ "app": { "client_id": CLIENT, "scope": "person:read", "redirect_uri": crate::support::REDIRECT_URI } });
    let api = app.api().bearer(token);
    api.post("/oauth/apps/authorize", &body).await.is(201);
    world.person(token).await.refuses(
        403,
        "forbidden",
        "Your scope does not allow to access this resource. Missing allowances: person:read",
    );
}

#[rstest]
#[tokio::test]
async fn row_1_members_and_signature(#[values(Sqlite, Postgres)] database: Database) {
    // §4.2, decisions 1; what is missing or of another type: authority §12
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let ask = async |body: Value| app.api().post(VALIDATION, &body).await;
    let content = required("$.signed_content", "signed_content");
    let encoding = required("$.signed_content_encoding", "signed_content_encoding");
    let number = field(
        "$.signed_content",
        &json!({
            "rule": "cast", "params": { "actual": "integer", "expected": "string" },
            "description": "type mismatch. Expected string but got integer",
            "raw_description": "type mismatch. Expected %{expected} but got %{actual}",
        }),
    );
    for (body, invalid) in [
        (
            json!({ "signed_content_encoding": "base64" }),
            json!([content]),
        ),
        (json!({ "signed_content": "QUJD" }), json!([encoding])),
        (json!({}), json!([content, encoding])),
        (json!({ "signed_content": 5 }), json!([number, encoding])),
    ] {
        ask(body)
            .await
            .refuses_with(422, "validation_failed", STANDARD, Some(invalid));
    }
    let item = field(
        "$.signed_content_encoding",
        &json!({
            "rule": "inclusion", "params": { "values": ["base64"] },
            "description": "value is not allowed in enum", "raw_description": "value is not allowed in enum",
        }),
    );
    ask(json!({ "signed_content": "QUJD", "signed_content_encoding": "utf8" }))
        .await
        .refuses_with(422, "validation_failed", STANDARD, Some(json!([item])));
    let invalid = "Invalid signed content.";
    world
        .validate_own("@")
        .await
        .refuses_field("$.signed_content", "invalid", invalid);
    world
        .validate_own("QUJD")
        .await
        .refuses(401, "access_denied", invalid);
    let mut broken = dovira::signed_content::base64::decode(&world.signed_own().await).unwrap();
    *broken.last_mut().unwrap() ^= 1;
    let broken = dovira::signed_content::base64::encode(&broken);
    world
        .validate_own(&broken)
        .await
        .refuses(401, "access_denied", invalid);
    let content = Own::content(&world.nonce().await);
    let unknown = "Unable to authenticate signer";
    for stranger in [
        Authority::new("Інший").person(Some(&Own::tax_id())),
        authority().person(None),
    ] {
        let text = stranger.sign(&content, app.now());
        world
            .validate_own(&text)
            .await
            .refuses(401, "access_denied", unknown);
    }
    // A nonce stands in the place of the signing time.
    let old = Own::signer().sign(&content, app.now() - TimeDelta::days(100));
    world.validate_own(&old).await.is(200);
    for octets in ["[]", "null", "{\"a\":1,\"a\":2}", "\u{feff}{}", "no"] {
        let text = Own::signer().sign_octets(octets.as_bytes(), None);
        world
            .validate_own(&text)
            .await
            .refuses_field("$.signed_content", "invalid", invalid);
    }
    assert_eq!(app.registered().await, BEFORE);
}

#[rstest]
#[tokio::test]
async fn rows_2_to_4_signer_and_names(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let another = "Registration person and person that sign should be the same";
    for (pointer, value) in [
        ("/person/tax_id", json!("3112201416")),
        ("/person", json!({})),
        ("/person", json!(null)),
    ] {
        let text = signed(&world, pointer, value).await;
        world
            .validate_own(&text)
            .await
            .refuses(409, "request_conflict", another);
    }
    let another = "Input name doesn't match name from digital signature";
    for (pointer, value) in [
        ("/person/last_name", "Інший"),
        ("/person/first_name", "Ян"),
        ("/person/first_name", "Миколай"),
    ] {
        let text = signed(&world, pointer, json!(value)).await;
        world
            .validate_own(&text)
            .await
            .refuses(409, "request_conflict", another);
    }
    for (pointer, value) in [
        ("/person/last_name", "ЗРАЗКОВИЙ"),
        ("/person/first_name", "дем'ян"),
    ] {
        let text = signed(&world, pointer, json!(value)).await;
        world.validate_own(&text).await.is(200);
    }
    // What is not there is for the schema to miss.
    let mut content = Own::content(&world.nonce().await);
    content["person"]
        .as_object_mut()
        .unwrap()
        .shift_remove("first_name");
    let text = Own::signer().sign(&content, app.now());
    let missing = required("$.person.first_name", "first_name");
    world.validate_own(&text).await.refuses_with(
        422,
        "validation_failed",
        STANDARD,
        Some(json!([missing])),
    );
}

#[rstest]
#[case("000000018", "NATIONAL_ID", "000000018")]
#[case("KP123456", "PASSPORT", "КР123456")]
#[case("KR123456", "PASSPORT", "КР123456")]
#[tokio::test]
async fn a_signer_without_a_tax_number(
    #[values(Sqlite, Postgres)] database: Database,
    #[case] drfo: &str,
    #[case] kind: &str,
    #[case] number: &str,
) {
    // §11.1, §13 row 8
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let mut content = Own::content(&world.nonce().await);
    let person = content["person"].as_object_mut().unwrap();
    person.shift_remove("tax_id");
    person["no_tax_id"] = json!(true);
    let mut document =
        json!({ "type": kind, "number": number, "issued_by": "0000", "issued_at": "2021-06-01" });
    if kind == "NATIONAL_ID" {
        document["expiration_date"] = json!("2031-06-01");
    }
    person["documents"] = json!([document]);
    let text = authority().person(Some(drfo)).sign(&content, app.now());
    let begun = world.begin_own(text).await;
    let code = world.order_code(&begun, Own::PHONE).await;
    let answer = world.register_own(&begun, &json!(code)).await;
    // A user's number is that of their certificate (§5.4 step 5).
    assert_eq!(answer.is(201).json()["data"]["user"]["tax_id"], drfo);
    // And they can sign in with it.
    let nonce = json!({ "jwt": world.nonce().await });
    let text = authority().person(Some(drfo)).sign(&nonce, app.now());
    let body = json!({ "token": { "client_id": CLIENT, "client_secret": SECRET, "grant_type": "pis_auth", "signed_content": text, "signed_content_encoding": "base64" } });
    app.api().post("/auth/login", &body).await.is(201);
}

#[rstest]
#[tokio::test]
async fn row_5_nonce(#[values(Sqlite, Postgres)] database: Database) {
    // §4.3
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let invalid = "JWT is invalid.";
    let trusted = world.trusted_nonce().await;
    let session = world.session_token(&world.signed_child()).await;
    for nonce in [json!("nonsense"), json!(trusted), json!(session), json!(5)] {
        let text = signed(&world, "/jwt", nonce).await;
        world
            .validate_own(&text)
            .await
            .refuses(401, "access_denied", invalid);
    }
    let mut content = Own::content("");
    content.as_object_mut().unwrap().shift_remove("jwt");
    let text = Own::signer().sign(&content, app.now());
    world
        .validate_own(&text)
        .await
        .refuses(401, "access_denied", invalid);
    let text = world.signed_own().await;
    app.clock
        .advance(TimeDelta::minutes(15) - TimeDelta::seconds(1));
    world.validate_own(&text).await.is(200);
    app.clock.advance(TimeDelta::seconds(1));
    world
        .validate_own(&text)
        .await
        .refuses(401, "access_denied", invalid);
}

#[rstest]
#[tokio::test]
async fn what_registered_somebody_registers_nobody_else(
    #[values(Sqlite, Postgres)] database: Database,
) {
    // §4.3, §14.2, decisions 1 "Replay"
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let nonce = world.nonce().await;
    let content = Own::content(&nonce);
    let text = Own::signer().sign(&content, app.now());
    // Until then it may be looked at again.
    let first = world.begin_own(text.clone()).await;
    let second = world.begin_own(text.clone()).await;
    let code = world.order_code(&first, Own::PHONE).await;
    world.register_own(&first, &json!(code)).await.is(201);
    world.validate_own(&text).await.refuses(
        409,
        "request_conflict",
        "Signed content has already been used",
    );
    // The same session token, another one for the same content, the same nonce in other content.
    app.clock.advance(TimeDelta::minutes(1));
    let code = world.order_code(&second, Own::PHONE).await;
    let again = world.register_own(&first, &json!(code)).await;
    again.refuses(401, "access_denied", "Unauthorized");
    app.clock.advance(TimeDelta::minutes(1));
    let code = world.order_code(&second, Own::PHONE).await;
    let again = world.register_own(&second, &json!(code)).await;
    again.refuses(401, "access_denied", "JWT is invalid.");
    let text = Own::signer().sign(&content, app.now());
    world
        .validate_own(&text)
        .await
        .refuses(401, "access_denied", "JWT is invalid.");
    assert_eq!(app.registered().await, AFTER);
}

#[rstest]
#[tokio::test]
async fn rows_6_to_8_schema_rules_consents(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    // Row 6: no confidant, codes only.
    let mut content = Own::content(&world.nonce().await);
    content["person"]["confidant_person"] = json!({});
    content["person"]["authentication_methods"][0]["type"] = json!("THIRD_PERSON");
    let text = Own::signer().sign(&content, app.now());
    let answer = world.validate_own(&text).await;
    let error = answer.is(422).json()["error"].clone();
    let entries: Vec<_> = error["invalid"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (item["entry"].clone(), item["rules"][0]["rule"].clone()))
        .collect();
    assert_eq!(
        json!(entries),
        json!([
            ["$.person.authentication_methods.[0].type", "inclusion"],
            ["$.person.confidant_person", "schema"],
        ])
    );
    // Row 7, the rules that only this route asks, and one that both do.
    for (pointer, value, entry, text) in [
        (
            "/person/documents/0/issued_at",
            json!("2030-01-01"),
            "$.person.documents.[0].issued_at",
            "Document issued date should be in the past",
        ),
        (
            "/patient_signed",
            json!(false),
            "$.patient_signed",
            "expected true but got false for attribute patient_signed",
        ),
        (
            "/process_disclosure_data_consent",
            json!(false),
            "$.process_disclosure_data_consent",
            "expected true but got false for attribute process_disclosure_data_consent",
        ),
    ] {
        let signed = signed(&world, pointer, value).await;
        world
            .validate_own(&signed)
            .await
            .refuses_field(entry, "invalid", text);
    }
    assert_eq!(app.registered().await, BEFORE);
}

#[rstest]
#[case("2008-06-15", &[], None)]
#[case("2008-06-16", &[], Some("birth_date"))]
#[case("2012-06-15", &[], Some("birth_date"))]
#[case("2012-06-15", &["--pis-person-legal-capacity-document-types", "TEMPORARY_CERTIFICATE"], None)]
#[case("2012-06-16", &["--pis-person-legal-capacity-document-types", "TEMPORARY_CERTIFICATE"], Some("birth_date"))]
#[tokio::test]
async fn row_7_ages(
    #[values(Sqlite, Postgres)] database: Database,
    #[case] birth_date: &str,
    #[case] settings: &[&str],
    #[case] refused: Option<&str>,
) {
    // §8.5: 18 without a document that proves legal capacity, 14 with one; the day counts in Kyiv
    let app = TestApp::with(database, settings).await;
    let world = app.world().await;
    let mut content = Own::content(&world.nonce().await);
    let person = &mut content["person"];
    person["birth_date"] = json!(birth_date);
    person["unzr"] = json!(format!("{}-00000", birth_date.replace('-', "")));
    person["documents"].as_array_mut().unwrap().extend([
        json!({ "type": "TEMPORARY_CERTIFICATE", "number": "000000019", "issued_by": "0000", "issued_at": "2021-06-01", "expiration_date": "2031-06-01" }),
        json!({ "type": "BIRTH_CERTIFICATE", "number": "І-БК№540029", "issued_by": "0000", "issued_at": "2021-06-01" }),
    ]);
    let text = Own::signer().sign(&content, app.now());
    let answer = world.validate_own(&text).await;
    match refused {
        None => {
            answer.is(200);
        }
        Some(member) => answer.refuses_field(
            &format!("$.person.{member}"),
            "invalid",
            "Incorrect person age for such an action",
        ),
    }
}

#[rstest]
#[tokio::test]
async fn row_7_a_phone_for_so_many_people(#[values(Sqlite, Postgres)] database: Database) {
    // §8.4, `phone_number_auth_limit`
    let app = TestApp::with(database, &["--phone-number-auth-limit", "2"]).await;
    let world = app.world().await;
    let other = |last: u128, changes: Value| {
        let mut person = Own::person(id(last));
        person["tax_id"] = json!(format!("300000000{last}"));
        let mut method = json!({ "id": id(100 + last), "type": "OTP", "phone_number": Own::PHONE });
        for (name, value) in changes.as_object().unwrap() {
            method[name] = value.clone();
        }
        person["authentication_methods"] = json!([method]);
        person
    };
    let message = "This phone number is present more than 2 times in the system";
    let mut persons = vec![other(1, json!({})), other(2, json!({ "is_active": false }))];
    persons.push(other(3, json!({ "ended_at": "2026-06-15T10:05:00Z" })));
    let mut gone = other(4, json!({}));
    gone["status"] = json!("inactive");
    persons.push(gone);
    world.import(&json!({ "persons": persons })).await;
    // One counts: the others are not in use.
    let begun = world.begin_own(world.signed_own().await).await;
    let code = world.order_code(&begun, Own::PHONE).await;
    world
        .import(&json!({ "persons": [other(5, json!({}))] }))
        .await;
    let entry = "$.person.authentication_methods.[0].phone_number";
    world
        .validate_own(&world.signed_own().await)
        .await
        .refuses_field(entry, "invalid", message);
    // It is asked again where the method is made.
    world
        .register_own(&begun, &json!(code))
        .await
        .refuses_field(entry, "invalid", message);
    // Somebody who is registered gets no method more.
    let mut known = Own::person(id(6));
    known["authentication_methods"] =
        json!([{ "id": id(106), "type": "OTP", "phone_number": Own::PHONE }]);
    world.import(&json!({ "persons": [known] })).await;
    world
        .validate_own(&world.signed_own().await)
        .await
        .refuses_field(entry, "invalid", message);
    world
        .import(&json!({ "persons": [other(1, json!({ "is_active": false }))] }))
        .await;
    world.validate_own(&world.signed_own().await).await.is(200);
}

#[rstest]
#[tokio::test]
async fn step_2_session_token(#[values(Sqlite, Postgres)] database: Database) {
    // §5.4 step 2, §10.2
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let begun = world.begin_own(world.signed_own().await).await;
    let other = world.begin_own(world.signed_own().await).await;
    let of_confidant = world.session_token(&world.signed_child()).await;
    let nonce = world.nonce().await;
    for token in [
        &other.token,
        &of_confidant,
        &nonce,
        "nonsense",
        &world.token,
    ] {
        let wrong = Begun {
            signed: begun.signed.clone(),
            token: token.to_owned(),
        };
        world.register_own(&wrong, &json!(null)).await.refuses(
            401,
            "access_denied",
            "Unauthorized",
        );
    }
    let body = json!({ "signed_content": begun.signed, "signed_content_encoding": "base64" });
    app.api()
        .post("/api/pis/register", &body)
        .await
        .refuses(401, "access_denied", "Unauthorized");
    // A confidant's registration does not take it either.
    world
        .register(&world.signed_child(), &begun.token)
        .await
        .refuses(401, "access_denied", "Unauthorized");
    app.clock.advance(TimeDelta::minutes(60));
    world
        .register_own(&begun, &json!(null))
        .await
        .refuses(401, "access_denied", "Unauthorized");
    assert_eq!(app.registered().await, BEFORE);
}

#[rstest]
#[tokio::test]
async fn step_3_code(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let begun = world.begin_own(world.signed_own().await).await;
    let refused = async |otp: Value, message: &str| {
        let rule = json!({ "rule": "invalid", "description": message, "params": [] });
        let item = field("$.otp", &rule);
        let answer = world.register_own(&begun, &otp).await;
        answer.refuses_with(403, "forbidden", message, Some(json!([item])));
    };
    let invalid = "Invalid verification code";
    refused(json!(null), invalid).await;
    refused(json!(1234), invalid).await;
    let code = world.order_code(&begun, Own::PHONE).await;
    refused(json!(app.wrong_code()), invalid).await;
    refused(json!("code"), invalid).await;
    refused(json!(null), invalid).await;
    // The code is bound to what was signed: with other content it is wrong.
    let other = world.begin_own(world.signed_own().await).await;
    let answer = world.register_own(&other, &json!(code)).await;
    assert_eq!(answer.is(403).json()["error"]["message"], invalid);
    refused(json!({}), "Maximum attempts exceed").await;
    refused(json!(code), "Maximum attempts exceed").await;
    app.clock.advance(TimeDelta::minutes(1));
    let code = world.order_code(&begun, Own::PHONE).await;
    app.clock.advance(TimeDelta::minutes(5));
    refused(json!(code), "Verification code expired").await;
    assert_eq!(app.registered().await, BEFORE);
    // A number as well as a text.
    let code = world.order_code(&begun, Own::PHONE).await;
    let number: u64 = code.parse().unwrap();
    world.register_own(&begun, &json!(number)).await.is(201);
    assert_eq!(app.registered().await, AFTER);
}

#[rstest]
#[tokio::test]
async fn step_3_a_phone_that_was_proven_before(#[values(Sqlite, Postgres)] database: Database) {
    for (setting, needs_code) in [("true", true), ("false", false)] {
        let app = TestApp::with(database, &["--pis-validate-all-phones", setting]).await;
        let world = app.world().await;
        world
            .import(&json!({ "verified_phones": [Own::PHONE] }))
            .await;
        let begun = world.begin_own(world.signed_own().await).await;
        let answer = world.register_own(&begun, &json!(null)).await;
        answer.is(if needs_code { 403 } else { 201 });
    }
}

/// Begins, changes the registry as `file` says, and registers with the right code.
async fn register_after(world: &World<'_>, file: &Value) -> crate::support::Answer {
    let begun = world.begin_own(world.signed_own().await).await;
    let code = world.order_code(&begun, Own::PHONE).await;
    world.import(file).await;
    world.register_own(&begun, &json!(code)).await
}

#[rstest]
#[case(json!({ "is_blocked": true }), json!({}), "User is blocked.")]
#[case(json!({}), json!({ "status": "inactive" }), "Person not found.")]
#[case(json!({}), json!({ "is_active": false }), "Person not found.")]
#[case(json!({ "person_id": null }), json!({}), "Person not found.")]
#[case(json!({}), json!({ "birth_date": "2012-06-16" }), "Incorrect person age for such an action.")]
#[tokio::test]
async fn step_4_the_user_with_the_signers_number(
    #[values(Sqlite, Postgres)] database: Database,
    #[case] user: Value,
    #[case] person: Value,
    #[case] message: &str,
) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let mut known = Own::person(id(1));
    let mut of_known = json!({ "id": id(2), "tax_id": Own::tax_id(), "person_id": id(1) });
    for (changed, changes) in [(&mut known, person), (&mut of_known, user)] {
        for (name, value) in changes.as_object().unwrap() {
            changed[name] = value.clone();
        }
    }
    let answer = register_after(&world, &json!({ "persons": [known], "users": [of_known] })).await;
    answer.refuses(401, "access_denied", message);
    assert_eq!(app.count("used_signatures", "1 = 1").await, 0);
    assert_eq!(app.count("tokens", "grant_type = 'pis_auth'").await, 0);
}

#[rstest]
#[tokio::test]
async fn step_4_a_user_is_found(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let user = json!({ "id": id(2), "tax_id": Own::tax_id(), "person_id": id(1) });
    let file = json!({ "persons": [Own::person(id(1))], "users": [user] });
    let answer = register_after(&world, &file).await;
    let data = answer.is(201).json()["data"].clone();
    assert_eq!(data["person"]["id"], json!(id(1)));
    assert_json(
        &data["user"],
        &json!({ "id": id(2), "tax_id": Own::tax_id() }),
    );
    assert_eq!(app.count("persons", "1 = 1").await, 2);
}

#[rstest]
#[tokio::test]
async fn step_4_a_number_that_somebody_typed_opens_nobody_elses_record(
    #[values(Sqlite, Postgres)] database: Database,
) {
    // §14.8: a confidant registered a child with somebody else's tax number; authority §11.1: the other one signs up as if
    // nothing had happened
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let mut child = crate::support::Child::content();
    child["person"]["tax_id"] = json!(Own::tax_id());
    let of_child = world.validate_and_register(&child).await.is(201).json();
    let answer = register_after(&world, &json!({})).await;
    let data = answer.is(201).json()["data"].clone();
    assert_ne!(data["person"]["id"], of_child["data"]["person"]["id"]);
    assert_ne!(data["user"]["id"], of_child["data"]["user"]["id"]);
    assert_eq!(data["person"]["birth_date"], Own::BIRTH_DATE);
    // The number signs its owner in, and nobody else has it.
    let proven = format!("tax_id = '{}' AND tax_id_is_trusted = true", Own::tax_id());
    assert_eq!(app.count("users", &proven).await, 1);
    assert_eq!(app.count("persons", "1 = 1").await, 3);
}

#[rstest]
#[tokio::test]
async fn step_5_one_matches(#[values(Sqlite, Postgres)] database: Database) {
    // without a user, and with one that has another number
    for with_user in [false, true] {
        let app = TestApp::new(database).await;
        let world = app.world().await;
        let mut file = json!({ "persons": [Own::person(id(1))] });
        if with_user {
            file["users"] = json!([{ "id": id(2), "tax_id": "3000000001", "person_id": id(1) }]);
        }
        let answer = register_after(&world, &file).await;
        let data = answer.is(201).json()["data"].clone();
        assert_eq!(data["person"]["id"], json!(id(1)));
        assert_eq!(data["user"]["id"] == json!(id(2)), with_user);
        let proven = format!("tax_id = '{}' AND tax_id_is_trusted = true", Own::tax_id());
        assert_eq!(app.count("users", &proven).await, 1);
        assert_eq!(app.count("users", "1 = 1").await, 2);
        assert_eq!(app.count("persons", "1 = 1").await, 2);
    }
}

#[rstest]
#[case(json!({ "persons": [1, 2] }), "It is impossible to uniquely identify the person.")]
#[case(json!({ "persons": [1], "users": [{ "id": id(2), "tax_id": "3000000001", "person_id": id(1), "is_blocked": true }] }), "User is blocked.")]
#[tokio::test]
async fn step_5_what_is_refused(
    #[values(Sqlite, Postgres)] database: Database,
    #[case] mut file: Value,
    #[case] message: &str,
) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    for person in file["persons"].as_array_mut().unwrap() {
        *person = Own::person(id(person.as_u64().unwrap().into()));
    }
    let answer = register_after(&world, &file).await;
    answer.refuses(401, "access_denied", message);
    assert_eq!(app.count("used_signatures", "1 = 1").await, 0);
}

#[rstest]
#[tokio::test]
async fn two_registrations_at_once_make_one_person(#[values(Sqlite, Postgres)] database: Database) {
    // §13 row 10; the phone was proven, so that both get as far as the transaction
    let app = TestApp::with(database, &["--pis-validate-all-phones", "false"]).await;
    let world = app.world().await;
    world
        .import(&json!({ "verified_phones": [Own::PHONE] }))
        .await;
    let mut requests = Vec::new();
    for _ in 0..4 {
        let begun = world.begin_own(world.signed_own().await).await;
        requests.push(world.register_own_later(&begun, &json!(null)));
        requests.push(world.register_own_later(&begun, &json!(null)));
    }
    let answers = app.at_once(requests).await;
    let mut statuses: Vec<_> = answers
        .iter()
        .map(|answer| answer.status.as_u16())
        .collect();
    statuses.sort_unstable();
    // Of two calls with one session token one is refused; the others find the person of the first.
    assert_eq!(statuses, [201, 201, 201, 201, 401, 401, 401, 401]);
    assert_eq!(app.count("persons", "1 = 1").await, 2);
    assert_eq!(app.count("users", "1 = 1").await, 2);
}
