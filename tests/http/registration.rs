//! `POST /api/pis/confidant/sign-up_registration` and its older name (§5.2), row by row.

use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{
    Answer, CONFIDANT, CONFIDANT_USER, Child,
    Database::{self, Postgres, Sqlite},
    TestApp, World,
};

const BEFORE: [i64; 6] = [1, 1, 1, 0, 1, 0];

#[track_caller]
fn unauthorized(answer: &Answer) {
    answer.refuses(401, "access_denied", "Unauthorized");
}

/// `data` of a registration of the sample child.
fn registered() -> Value {
    let mut person = Child::content()["person"].clone();
    let named = person["confidant_person"].as_object_mut().unwrap();
    named.insert("first_name".into(), json!("Демʼян"));
    named.insert("last_name".into(), json!("Зразковий"));
    named.insert("second_name".into(), json!("Миколайович"));
    person["id"] = json!("[uuid]");
    json!({
        "person": person,
        "user": { "id": "[uuid]", "tax_id": "4569100028" },
        "access_token": "[token]",
    })
}

/// `data` of a registration that found the sample child, whom an operator imported: the registry's record without the code
/// word, and who acts for the child (authority §4).
fn joined() -> Value {
    let mut data = registered();
    let person = data["person"].as_object_mut().unwrap();
    for member in ["secret", "authentication_methods"] {
        person.shift_remove(member);
    }
    person.insert("verification_status".into(), json!("VERIFIED"));
    person["confidant_person"]["documents_relationship"] = json!([]);
    data
}

#[rstest]
#[tokio::test]
async fn registers_person_relationship_user_and_token(
    #[values(Sqlite, Postgres)] database: Database,
    #[values("sign-up_registration", "register")] name: &str,
) {
    // §14.3: both paths
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let signed = world.signed_child();
    let jwt = world.session_token(&signed).await;
    let body = json!({ "signed_content": signed, "signed_content_encoding": "base64", "jwt": jwt });
    let api = app.api().bearer(&world.token);
    let answer = api.post(&format!("/api/pis/confidant/{name}"), &body).await;
    let data = answer.gives(201, registered());
    assert_eq!(app.registered().await, [2, 2, 2, 1, 2, 1]);

    // §11.6, §14.8: what was stored, beside what was shown
    assert_eq!(
        app.count(
            "persons",
            "status = 'active' AND verification_status = 'VERIFICATION_NEEDED'"
        )
        .await,
        1
    );
    assert_eq!(
        app.count(
            "confidant_person_relationships",
            "verification_status = 'VERIFICATION_NEEDED' AND verification_reason = 'ONLINE_TRIGGERED' AND active_to IS NOT NULL"
        )
        .await,
        1
    );
    assert_eq!(
        app.count(
            "person_authentication_methods",
            "type = 'THIRD_PERSON' AND ended_at IS NOT NULL"
        )
        .await,
        1
    );
    // Authority §1: what a confidant typed stays with the person's data.
    assert_eq!(app.count("persons", "tax_id = '4569100028'").await, 1);
    assert_eq!(app.count("users", "tax_id = '4569100028'").await, 0);
    // The token approves a client, and reads nothing.
    let token = data["access_token"].as_str().unwrap();
    world.person(token).await.refuses(
        403,
        "forbidden",
        "Your scope does not allow to access this resource. Missing allowances: person:read",
    );
}

#[rstest]
#[tokio::test]
async fn row_2_signature_and_signer_are_judged_again(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let signed = world.signed_child();
    let jwt = world.session_token(&signed).await;
    world.register("@", &jwt).await.refuses_field(
        "$.signed_content",
        "invalid",
        "Invalid signed content.",
    );
    world
        .register("QUJD", &jwt)
        .await
        .refuses(400, "request_malformed", "Invalid signed content.");
    let other = crate::support::authority()
        .person(Some("3112201417"))
        .sign(&Child::content(), app.now());
    world.register(&other, &jwt).await.refuses(
        401,
        "access_denied",
        "Unable to authenticate signer",
    );
    let user = json!({ "id": CONFIDANT_USER, "person_id": CONFIDANT, "is_blocked": true });
    world.import(&json!({ "users": [user] })).await;
    world
        .register(&signed, &jwt)
        .await
        .refuses(401, "access_denied", "Applicant user is blocked.");
    assert_eq!(app.registered().await, BEFORE);
}

#[rstest]
#[tokio::test]
async fn row_4_session_token(#[values(Sqlite, Postgres)] database: Database) {
    // §13 row 6
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let signed = world.signed_child();
    let jwt = world.session_token(&signed).await;
    let other_content = world.sign(&Child::other());

    let body = json!({ "signed_content": signed, "signed_content_encoding": "base64" });
    let api = app.api().bearer(&world.token);
    unauthorized(
        &api.post("/api/pis/confidant/sign-up_registration", &body)
            .await,
    );
    let nonce = api
        .post(
            "/oauth/nonce",
            &json!({ "client_id": crate::support::CLIENT }),
        )
        .await
        .json();
    let mut altered: Vec<String> = jwt.split('.').map(str::to_owned).collect();
    altered[2] = altered[2].chars().rev().collect();
    for bad in [
        "nonsense",
        nonce["data"]["token"].as_str().unwrap(),
        &altered.join("."),
        &format!("{jwt}A"),
    ] {
        unauthorized(&world.register(&signed, bad).await);
    }
    unauthorized(&world.register(&other_content, &jwt).await);
    // Even a space more is another text than the one that was validated (§10.2).
    unauthorized(&world.register(&format!("{signed} "), &jwt).await);
    assert_eq!(app.registered().await, BEFORE);

    app.clock
        .advance(TimeDelta::minutes(60) - TimeDelta::seconds(1));
    let fresh = world.session_token(&other_content_now(&world)).await;
    assert_ne!(fresh, jwt);
    world.register(&signed, &jwt).await.is(201);
    unauthorized(&world.register(&signed, &jwt).await);
    assert_eq!(app.registered().await, [2, 2, 2, 1, 2, 1]);
}

fn other_content_now(world: &World<'_>) -> String {
    world.sign(&Child::other())
}

#[rstest]
#[tokio::test]
async fn row_4_session_token_expires_after_an_hour(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let signed = world.signed_child();
    let jwt = world.session_token(&signed).await;
    app.clock.advance(TimeDelta::minutes(60));
    unauthorized(&world.register(&signed, &jwt).await);
    assert_eq!(app.registered().await, BEFORE);
}

#[rstest]
#[tokio::test]
async fn row_4_session_token_of_another_person(#[values(Sqlite, Postgres)] database: Database) {
    // §10.2: another bearer, whom the same certificate fits, cannot use it
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let twin = Uuid::from_u128(0xad2_u128 << 116 | 0x4000_8000_0000_0000_0002);
    let twin_user = Uuid::from_u128(0xae2_u128 << 116 | 0x4000_8000_0000_0000_0002);
    let mut person = world.confidant();
    person["id"] = json!(twin);
    person["authentication_methods"][0]["id"] = json!(Uuid::from_u128(
        0xaf2_u128 << 116 | 0x4000_8000_0000_0000_0002
    ));
    world
        .import(&json!({ "persons": [person], "users": [{ "id": twin_user, "person_id": twin }] }))
        .await;
    let token = world
        .issue(twin_user, "confidant_person:sign_up", TimeDelta::hours(1))
        .await;
    let signed = world.signed_child();
    let jwt = world.session_token(&signed).await;
    let body = json!({ "signed_content": signed, "signed_content_encoding": "base64", "jwt": jwt });
    let answer = app
        .api()
        .bearer(&token)
        .post("/api/pis/confidant/register", &body)
        .await;
    unauthorized(&answer);
}

#[rstest]
#[tokio::test]
async fn row_5_what_changed_in_between(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let signed = world.signed_child();
    let jwt = world.session_token(&signed).await;
    let mut person = world.confidant();
    person["verification_status"] = json!("NOT_VERIFIED");
    world.import(&json!({ "persons": [person] })).await;
    world.register(&signed, &jwt).await.refuses_field(
        "$.person.confidant_person.person_id",
        "invalid",
        "Person with cumulative verification status NOT_VERIFIED can not be submitted as confidant",
    );
    assert_eq!(app.registered().await, BEFORE);
    // A refusal uses nothing up.
    let mut person = world.confidant();
    person["verification_status"] = json!("VERIFIED");
    world.import(&json!({ "persons": [person] })).await;
    world.register(&signed, &jwt).await.is(201);
}

#[rstest]
#[tokio::test]
async fn row_6_more_than_one_match(#[values(Sqlite, Postgres)] database: Database) {
    // §11.3
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let content = Child::content();
    world.import_child(&content).await;
    world.import_child(&content).await;
    let before = app.registered().await;
    let answer = world.validate_and_register(&content).await;
    answer.refuses(
        401,
        "access_denied",
        "It is impossible to uniquely identify the person.",
    );
    assert_eq!(app.registered().await, before);
    assert_eq!(app.count("used_jwts", "1 = 1").await, 0);
}

#[rstest]
#[tokio::test]
async fn row_6_who_is_the_same(#[values(Sqlite, Postgres)] database: Database) {
    // §11.3: one match joins, an equal score does not, an inactive person does not count. Authority §2: a typed number
    // matches only with both names.
    for (member, value, is_same) in [
        ("second_name", json!("Інша"), true),
        ("last_name", json!("ЗРАЗКОВА"), true),
        ("last_name", json!("Інша"), false),
        ("first_name", json!("Інша"), false),
        ("birth_date", json!("2025-02-05"), false),
        ("status", json!("inactive"), false),
    ] {
        let app = TestApp::new(database).await;
        let world = app.world().await;
        let mut known = Child::content();
        known["person"][member] = value.clone();
        let id = world.import_child(&known).await;
        world.relate(id, CONFIDANT, "VERIFIED", None).await;
        let answer = world.validate_and_register(&Child::content()).await;
        let body = answer.is(201).json();
        assert_eq!(
            body["data"]["person"]["id"] == json!(id),
            is_same,
            "{member} {value}"
        );
    }
}

#[rstest]
#[tokio::test]
async fn row_7_the_state_of_the_relationship(#[values(Sqlite, Postgres)] database: Database) {
    // §11.5
    for (status, reason, is_approved) in [
        ("VERIFIED", None, true),
        (
            "VERIFICATION_NEEDED",
            Some("MANUAL_CREATED_BY_DOCTOR"),
            true,
        ),
        ("VERIFICATION_NEEDED", Some("ONLINE_TRIGGERED"), false),
        ("NOT_VERIFIED", Some("MANUAL_CREATED_BY_DOCTOR"), false),
    ] {
        let app = TestApp::new(database).await;
        let world = app.world().await;
        let id = world.import_child(&Child::content()).await;
        world.relate(id, CONFIDANT, status, reason).await;
        let before = app.registered().await;
        let answer = world.validate_and_register(&Child::content()).await;
        if is_approved {
            let data = answer.gives(201, joined());
            assert_eq!(data["person"]["id"], json!(id));
            assert_eq!(
                app.registered().await,
                [2, 2, 1, 1, 2, 1],
                "only the user and the signature are new"
            );
        } else {
            answer.refuses(409, "request_conflict", "Relationship not confirmed");
            assert_eq!(app.registered().await, before);
        }
    }
}

#[rstest]
#[tokio::test]
async fn row_7_no_relationship_yet(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    // Authority §4: the claim is recorded as a relationship that waits, once; no user, no token
    world.import_child(&Child::content()).await;
    let tokens = app.count("tokens", "1 = 1").await;
    for _ in 0..2 {
        let answer = world.validate_and_register(&Child::content()).await;
        answer.refuses(409, "request_conflict", "Relationship not confirmed");
        assert_eq!(app.registered().await, [2, 2, 1, 1, 1, 0]);
        let waits = "is_active = true AND verification_status = 'VERIFICATION_NEEDED' AND verification_reason = 'ONLINE_TRIGGERED'";
        assert_eq!(app.count("confidant_person_relationships", waits).await, 1);
        assert_eq!(app.count("tokens", "1 = 1").await, tokens);
    }
    // Once it is confirmed they act, by the same relationship.
    app.execute("UPDATE confidant_person_relationships SET verification_status = 'VERIFIED'")
        .await;
    world.validate_and_register(&Child::content()).await.is(201);
    assert_eq!(app.registered().await, [2, 2, 1, 1, 2, 1]);
}

#[rstest]
#[tokio::test]
async fn row_7_what_the_confidant_brought_themselves(
    #[values(Sqlite, Postgres)] database: Database,
) {
    // Authority §3, §4: they may act, and nothing of what they sign now is stored but the evidence
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let first = world
        .validate_and_register(&Child::content())
        .await
        .gives(201, registered());
    let mut again = Child::content();
    again["person"]["email"] = json!("insha@example.com");
    let body = world.validate_and_register(&again).await.is(201).json();
    let (person, user) = (&body["data"]["person"], &body["data"]["user"]);
    assert_eq!(person["id"], first["person"]["id"]);
    assert_eq!(person["email"], first["person"]["email"]);
    assert_eq!(person.get("secret"), None);
    assert_eq!(*user, first["user"]);
    assert_eq!(app.registered().await, [2, 2, 2, 1, 2, 2]);
}

#[rstest]
#[tokio::test]
async fn row_7_a_confidant_who_has_a_confidant(#[values(Sqlite, Postgres)] database: Database) {
    // §11.5 "Create"
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let guardian = world.import_child(&Child::other()).await;
    world.relate(CONFIDANT, guardian, "VERIFIED", None).await;
    let before = app.registered().await;
    world
        .validate_and_register(&Child::content())
        .await
        .refuses_field(
            "$.person.confidant_person.person_id",
            "invalid",
            "Patient who has confidant person can not be used as confidant for other patients",
        );
    assert_eq!(app.registered().await, before);
}

#[rstest]
#[tokio::test]
async fn row_8_the_patient_s_user(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let id = world.import_child(&Child::content()).await;
    world.relate(id, CONFIDANT, "VERIFIED", None).await;
    let user = Uuid::from_u128(0xae3_u128 << 116 | 0x4000_8000_0000_0000_0003);
    let mut of_child =
        json!({ "id": user, "person_id": id, "tax_id": "4569100028", "is_blocked": true });
    world.import(&json!({ "users": [of_child] })).await;
    let blocked = world.validate_and_register(&Child::content()).await;
    blocked.refuses(401, "access_denied", "User is blocked.");
    assert_eq!(app.count("used_signatures", "1 = 1").await, 0);

    of_child["is_blocked"] = json!(false);
    world.import(&json!({ "users": [of_child] })).await;
    let data = world
        .validate_and_register(&Child::content())
        .await
        .gives(201, joined());
    assert_eq!(data["user"]["id"], json!(user));
}

#[rstest]
#[tokio::test]
async fn two_session_tokens_of_one_signature(#[values(Sqlite, Postgres)] database: Database) {
    // decisions §1 "Replay"
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let signed = world.signed_child();
    let first = world.session_token(&signed).await;
    let second = world.session_token(&signed).await;
    world.register(&signed, &first).await.is(201);
    let again = world.register(&signed, &second).await;
    again.refuses(
        409,
        "request_conflict",
        "Signed content has already been used",
    );
    assert_eq!(app.registered().await, [2, 2, 2, 1, 2, 1]);
}

#[rstest]
#[tokio::test]
async fn a_child_without_a_tax_number_is_found_by_the_certificate_of_birth(
    #[values(Sqlite, Postgres)] database: Database,
) {
    // §11.3, age below fourteen
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let mut content = Child::content();
    content["person"]
        .as_object_mut()
        .unwrap()
        .shift_remove("tax_id");
    content["person"]["no_tax_id"] = json!(true);
    let id = world.import_child(&content).await;
    world.relate(id, CONFIDANT, "VERIFIED", None).await;
    let body = world.validate_and_register(&content).await.is(201).json();
    assert_eq!(body["data"]["person"]["id"], json!(id));
    assert_eq!(body["data"]["user"]["tax_id"], json!(null));
}

#[rstest]
#[tokio::test]
async fn row_10_the_user_with_the_patient_s_tax_number(
    #[values(Sqlite, Postgres)] database: Database,
) {
    // Authority §1, §4: a user is found by the matched person, never by a number that somebody typed
    let user = Uuid::from_u128(0xae3_u128 << 116 | 0x4000_8000_0000_0000_0004);
    let known = |person_id: Value, is_blocked: bool| {
        let user = json!({ "id": user, "tax_id": "4569100028", "person_id": person_id, "is_blocked": is_blocked });
        json!({ "users": [user] })
    };
    for (is_blocked, is_of_another) in [(true, false), (false, false), (true, true), (false, true)]
    {
        let app = TestApp::new(database).await;
        let world = app.world().await;
        let person_id = if is_of_another {
            json!(world.import_child(&Child::other()).await)
        } else {
            json!(null)
        };
        world.import(&known(person_id, is_blocked)).await;
        let before = app.registered().await;
        let data = world
            .validate_and_register(&Child::content())
            .await
            .gives(201, registered());
        assert_ne!(data["user"]["id"], json!(user));
        assert_eq!(app.registered().await, before.map(|count| count + 1));
        // Theirs is as it was, and nobody else has the number.
        let theirs = format!("tax_id = '4569100028' AND is_blocked = {is_blocked}");
        assert_eq!(app.count("users", &theirs).await, 1);
        assert_eq!(app.count("users", "tax_id = '4569100028'").await, 1);
    }

    let app = TestApp::new(database).await;
    let world = app.world().await;
    let id = world.import_child(&Child::content()).await;
    world.relate(id, CONFIDANT, "VERIFIED", None).await;
    world.import(&known(json!(id), false)).await;
    let data = world
        .validate_and_register(&Child::content())
        .await
        .gives(201, joined());
    assert_eq!(data["user"]["id"], json!(user));
    assert_eq!(data["person"]["id"], json!(id));
}

#[rstest]
#[tokio::test]
async fn a_relationship_that_ran_out_is_claimed_anew(
    #[values(Sqlite, Postgres)] database: Database,
) {
    // Authority §4: "Ended by its date: a new claim is recorded, once; refused by decision: not"
    for (status, claims) in [("VERIFIED", 1), ("NOT_VERIFIED", 0)] {
        let app = TestApp::new(database).await;
        let world = app.world().await;
        let id = world.import_child(&Child::content()).await;
        world.relate(id, CONFIDANT, status, None).await;
        app.execute("UPDATE confidant_person_relationships SET active_to = inserted_at")
            .await;
        app.clock.advance(TimeDelta::seconds(1));
        let count = async |state: &str| app.count("confidant_person_relationships", state).await;
        for _ in 0..2 {
            let answer = world.validate_and_register(&Child::content()).await;
            answer.refuses(409, "request_conflict", "Relationship not confirmed");
            let waits = "is_active = true AND verification_status = 'VERIFICATION_NEEDED' AND verification_reason = 'ONLINE_TRIGGERED'";
            assert_eq!(count(waits).await, claims, "{status}");
            assert_eq!(count("1 = 1").await, 1 + claims, "{status}");
            let over = format!("is_active = false AND verification_status = '{status}'");
            assert_eq!(count(&over).await, claims, "{status}");
        }
        assert_eq!(app.count("used_signatures", "1 = 1").await, 0);
    }
}

#[rstest]
#[tokio::test]
async fn nobody_becomes_the_confidant_of_an_adult_by_themselves(
    #[values(Sqlite, Postgres)] database: Database,
) {
    // §8.5, authority §4: "409 … whether registered or not", at the validation already
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let mut content = Child::content();
    content["person"]["birth_date"] = json!("1985-02-04");
    content["person"]["unzr"] = json!("19850204-00000");
    let refused = async || {
        let before = app.registered().await;
        let answer = world.validate(&world.sign(&content)).await;
        answer.refuses(409, "request_conflict", "Relationship not confirmed");
        assert_eq!(app.registered().await, before);
    };
    refused().await;
    let id = world.import_child(&content).await;
    refused().await;

    world.relate(id, CONFIDANT, "VERIFIED", None).await;
    // It is judged again when they register.
    let signed = world.sign(&content);
    let jwt = world.session_token(&signed).await;
    let refuse = |status: &str| {
        format!("UPDATE confidant_person_relationships SET verification_status = '{status}'")
    };
    app.execute(&refuse("NOT_VERIFIED")).await;
    let before = app.registered().await;
    let answer = world.register(&signed, &jwt).await;
    answer.refuses(409, "request_conflict", "Relationship not confirmed");
    assert_eq!(app.registered().await, before);
    app.execute(&refuse("VERIFIED")).await;
    world.register(&signed, &jwt).await.is(201);
}

#[rstest]
#[tokio::test]
async fn a_claim_that_waits_shuts_nobody_out(#[values(Sqlite, Postgres)] database: Database) {
    // §11.5 "Create": only who is confirmed to have a confidant cannot be one
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let other = world.import_child(&Child::other()).await;
    let reason = Some("ONLINE_TRIGGERED");
    world
        .relate(CONFIDANT, other, "VERIFICATION_NEEDED", reason)
        .await;
    world.validate_and_register(&Child::content()).await.is(201);
}
