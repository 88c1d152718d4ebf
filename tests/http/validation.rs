//! `POST /api/pis/confidant/sign-up_validation` (§5.1), row by row.

use chrono::TimeDelta;
use dovira::signed_content::base64;
use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{
    Answer, Authority, CLIENT, CONFIDANT, CONFIDANT_USER, Child,
    Database::{self, Postgres, Sqlite},
    SECRET, TRUSTED_CLIENT, TestApp, World, assert_json, authority, field, required,
};

const PATH: &str = "/api/pis/confidant/sign-up_validation";
const VALIDATION_FAILED: &str = "Validation failed. You can find validators description at our API Manifest: http://docs.apimanifest.apiary.io/#introduction/interacting-with-api/errors.";
const TAX_ID: &str = "3112201416";

/// Nothing that a refused validation could leave behind is there.
async fn assert_untouched(app: &TestApp) {
    assert_eq!(app.registered().await, [1, 1, 1, 0, 1, 0]);
    assert_eq!(app.count("used_jwts", "1 = 1").await, 0);
    assert_eq!(app.count("flows", "1 = 1").await, 0);
}

#[track_caller]
fn refused_401(answer: &Answer, message: &str) {
    answer.refuses(401, "access_denied", message);
}

#[rstest]
#[tokio::test]
async fn gives_the_person_and_a_session_token(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let mut person = Child::content()["person"].clone();
    let named = person["confidant_person"].as_object_mut().unwrap();
    named.insert("first_name".into(), json!("Демʼян"));
    named.insert("last_name".into(), json!("Зразковий"));
    named.insert("second_name".into(), json!("Миколайович"));
    let answer = world.validate(&world.signed_child()).await;
    answer.gives(200, json!({ "person": person, "token": "[jwt]" }));
    assert_untouched(&app).await;
}

#[rstest]
#[tokio::test]
async fn the_relation_is_primary_unless_it_is_said(#[values(Sqlite, Postgres)] database: Database) {
    // §8.2 `relation_type`
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let mut content = Child::content();
    content["person"]["confidant_person"]
        .as_object_mut()
        .unwrap()
        .shift_remove("relation_type");
    let body = world.validate(&world.sign(&content)).await.is(200).json();
    assert_eq!(
        body["data"]["person"]["confidant_person"]["relation_type"],
        "PRIMARY"
    );
}

#[rstest]
#[tokio::test]
async fn row_1_access_token(
    #[values(Sqlite, Postgres)] database: Database,
    #[values(
        PATH,
        "/api/pis/confidant/sign-up_registration",
        "/api/pis/confidant/register"
    )]
    path: &str,
) {
    // §4.1: it is judged before anything of the body
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let without = app.api().post(path, &json!({})).await;
    refused_401(&without, "Invalid access token");
    for value in [
        "Bearer",
        "Bearer ",
        "Bearer unknown",
        &format!("Basic {}", world.token),
        &world.token,
    ] {
        let answer = app
            .api()
            .header("authorization", value)
            .post(path, &json!({}))
            .await;
        refused_401(&answer, "Invalid access token");
    }
    let other = world
        .issue(CONFIDANT_USER, "person:read", TimeDelta::hours(1))
        .await;
    app.api().bearer(&other).post(path, &json!({})).await.refuses(
        403,
        "forbidden",
        "Your scope does not allow to access this resource. Missing allowances: confidant_person:sign_up",
    );
    let body =
        json!({ "signed_content": world.signed_child(), "signed_content_encoding": "base64" });
    app.clock
        .advance(TimeDelta::days(1) - TimeDelta::microseconds(1));
    app.api()
        .bearer(&world.token)
        .post(path, &body)
        .await
        .is(401);
    app.clock.advance(TimeDelta::microseconds(1));
    let expired = app.api().bearer(&world.token).post(path, &body).await;
    refused_401(&expired, "Invalid access token");
    // The scheme's name is not case-sensitive (RFC 9110 §11.1).
    let fresh = world
        .issue(
            CONFIDANT_USER,
            "confidant_person:sign_up",
            TimeDelta::hours(1),
        )
        .await;
    let answer = app
        .api()
        .header("authorization", &format!("bearer {fresh}"))
        .post(path, &json!({}))
        .await;
    answer.is(422);
}

#[rstest]
#[tokio::test]
async fn row_2_members_and_encoding(#[values(Sqlite, Postgres)] database: Database) {
    // §4.2 rows 1–3, authority §12: the schema's shape, with everything that is missing at once
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let api = app.api().bearer(&world.token);
    let content = world.signed_child();
    let text = || required("$.signed_content", "signed_content");
    let encoding = || required("$.signed_content_encoding", "signed_content_encoding");
    let cast = |name: &str, actual: &str| {
        let rule = json!({
            "rule": "cast",
            "params": { "actual": actual, "expected": "string" },
            "description": format!("type mismatch. Expected string but got {actual}"),
            "raw_description": "type mismatch. Expected %{expected} but got %{actual}",
        });
        field(&format!("$.{name}"), &rule)
    };
    for (body, invalid) in [
        (json!({}), json!([text(), encoding()])),
        (json!({ "signed_content": "" }), json!([text(), encoding()])),
        (
            json!({ "signed_content": "", "signed_content_encoding": "base64" }),
            json!([text()]),
        ),
        (json!({ "signed_content": content }), json!([encoding()])),
        (
            json!({ "signed_content": 5, "signed_content_encoding": "base64" }),
            json!([cast("signed_content", "integer")]),
        ),
        (
            json!({ "signed_content": null, "signed_content_encoding": true }),
            json!([
                cast("signed_content", "null"),
                cast("signed_content_encoding", "boolean")
            ]),
        ),
        (
            json!({ "signed_content_encoding": [] }),
            json!([text(), cast("signed_content_encoding", "array")]),
        ),
    ] {
        api.post(PATH, &body).await.refuses_with(
            422,
            "validation_failed",
            VALIDATION_FAILED,
            Some(invalid),
        );
    }
    for encoding in ["hex", "BASE64", "base64 "] {
        api.post(
            PATH,
            &json!({ "signed_content": content, "signed_content_encoding": encoding }),
        )
        .await
        .refuses_field("$.signed_content_encoding", "cast", "is invalid");
    }
    assert_untouched(&app).await;
}

#[rstest]
#[tokio::test]
async fn row_2_base64(#[values(Sqlite, Postgres)] database: Database) {
    // decisions §1 "Which base64": strict on the JSON routes, but for white space
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let good = world.signed_child();
    let url_safe = good.replace('+', "-").replace('/', "_");
    let unpadded = "QQ".to_owned();
    for text in [
        "@@@@",
        "особа",
        &unpadded,
        &format!("{good}!"),
        &format!("{url_safe}-"),
    ] {
        let refused = world.validate(text).await;
        refused.refuses_field("$.signed_content", "invalid", "Invalid signed content.");
    }
    let lines: Vec<&str> = good
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    world.validate(&lines.join("\r\n\t ")).await.is(200);
    assert_untouched(&app).await;
}

#[rstest]
#[tokio::test]
async fn row_2_signature(#[values(Sqlite, Postgres)] database: Database) {
    // §4.2 rows 4–7, decisions §1 "Message and status per class"
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let content = Child::content();
    let invalid =
        |answer: Answer| answer.refuses(400, "request_malformed", "Invalid signed content.");

    invalid(world.validate("QUJD").await);
    let mut der = base64::decode(&world.signed_child()).unwrap();
    der.truncate(der.len() - 1);
    invalid(world.validate(&base64::encode(&der)).await);

    let mut der = base64::decode(&world.signed_child()).unwrap();
    let inside = der
        .windows(10)
        .position(|octets| octets == b"4569100028")
        .unwrap();
    der[inside] = b'5';
    invalid(world.validate(&base64::encode(&der)).await);

    let day = |text: &str| text.parse().unwrap();
    for (from, to) in [
        ("2020-01-01T00:00:00Z", "2026-06-15T10:00:00Z"),
        ("2026-06-15T11:00:00Z", "2049-01-01T00:00:00Z"),
    ] {
        let signer = authority().person_valid(Some(TAX_ID), (day(from), day(to)));
        invalid(world.validate(&signer.sign(&content, app.now())).await);
    }

    let stranger = Authority::new("Чужий").person(Some(TAX_ID));
    let untrusted = world.validate(&stranger.sign(&content, app.now())).await;
    refused_401(&untrusted, "Unable to authenticate signer");
    let unidentified = authority().person(None);
    let nobody = world
        .validate(&unidentified.sign(&content, app.now()))
        .await;
    refused_401(&nobody, "Unable to authenticate signer");
    assert_untouched(&app).await;
}

#[rstest]
#[tokio::test]
async fn row_2_freshness(#[values(Sqlite, Postgres)] database: Database) {
    // decisions §1 "Freshness": 30 minutes, five minutes ahead
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let content = Child::content();
    let signed_at = |seconds| {
        world
            .signer
            .sign(&content, app.now() + TimeDelta::seconds(seconds))
    };
    for seconds in [-1799, 0, 299] {
        world.validate(&signed_at(seconds)).await.is(200);
    }
    for seconds in [-1801, 301] {
        refused_401(
            &world.validate(&signed_at(seconds)).await,
            "Digital signature timestamp is expired",
        );
    }
    let timeless = world
        .signer
        .sign_octets(&serde_json::to_vec(&content).unwrap(), None);
    refused_401(
        &world.validate(&timeless).await,
        "Digital signature timestamp is expired",
    );

    let off = ["--signed-content-signature-timestamp-valid-minutes", "0"];
    let app = TestApp::with(database, &off).await;
    let world = app.world().await;
    let old = world
        .signer
        .sign(&content, app.now() - TimeDelta::days(300));
    world.validate(&old).await.is(200);
}

#[rstest]
#[tokio::test]
async fn row_2_content_is_one_json_object(#[values(Sqlite, Postgres)] database: Database) {
    // §4.2 row 8
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let good = serde_json::to_vec(&Child::content()).unwrap();
    let with_mark = [b"\xef\xbb\xbf", good.as_slice()].concat();
    let twice = br#"{"person":{},"person":{},"patient_signed":true,"process_disclosure_data_consent":true}"#;
    for octets in [
        &b"null"[..],
        b"[]",
        b"\"person\"",
        b"{",
        b"{}{}",
        b"\xff\xfe",
        &with_mark,
        twice,
    ] {
        let signed = world.signer.sign_octets(octets, Some(app.now()));
        let refused = world.validate(&signed).await;
        refused.refuses_field("$.signed_content", "invalid", "Invalid signed content.");
    }
    assert_untouched(&app).await;
}

#[rstest]
#[tokio::test]
async fn row_3_the_signer_is_the_token_s_person(#[values(Sqlite, Postgres)] database: Database) {
    // §11.1
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let content = Child::content();
    let by = |drfo: &str| authority().person(Some(drfo)).sign(&content, app.now());
    // The tax number, or the number of the identity card.
    for drfo in [TAX_ID, "000000017"] {
        world.validate(&by(drfo)).await.is(200);
    }
    for drfo in ["3112201417", "000000018", "ЗР000017", "4569100028"] {
        refused_401(
            &world.validate(&by(drfo)).await,
            "Unable to authenticate signer",
        );
    }
    let mut confidant = world.confidant();
    confidant["documents"] = json!([{ "type": "PASSPORT", "number": "КР123456", "issued_by": "РВ", "issued_at": "2003-05-20" }]);
    world.import(&json!({ "persons": [confidant] })).await;
    for drfo in ["KP123456", "KR123456", "КР123456"] {
        world.validate(&by(drfo)).await.is(200);
    }
    for drfo in ["AB12345", "000000017"] {
        refused_401(
            &world.validate(&by(drfo)).await,
            "Unable to authenticate signer",
        );
    }
}

/// Changes the confidant and says how the validation is refused then.
async fn row_4(world: &World<'_>, person: Option<Value>, user: Value) -> Answer {
    let mut user = user;
    for (member, value) in [
        ("id", json!(CONFIDANT_USER)),
        ("tax_id", json!(TAX_ID)),
        ("person_id", json!(CONFIDANT)),
        ("is_active", json!(true)),
        ("is_blocked", json!(false)),
    ] {
        user.as_object_mut().unwrap().entry(member).or_insert(value);
    }
    let persons: Vec<_> = person
        .into_iter()
        .map(|mut person| {
            for (member, value) in [("status", json!("active")), ("is_active", json!(true))] {
                person
                    .as_object_mut()
                    .unwrap()
                    .entry(member)
                    .or_insert(value);
            }
            person
        })
        .collect();
    world
        .import(&json!({ "persons": persons, "users": [user] }))
        .await;
    world.validate(&world.signed_child()).await
}

#[rstest]
#[tokio::test]
async fn row_4_the_applicant(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    row_4(&world, None, json!({ "is_active": false }))
        .await
        .refuses(404, "not_found", "Applicant user not found.");
    refused_401(
        &row_4(&world, None, json!({ "is_blocked": true })).await,
        "Applicant user is blocked.",
    );
    row_4(&world, None, json!({ "person_id": null }))
        .await
        .refuses(404, "not_found", "Applicant person not found.");
    for (member, value) in [("status", json!("inactive")), ("is_active", json!(false))] {
        let mut person = world.confidant();
        person[member] = value;
        row_4(&world, Some(person), json!({})).await.refuses(
            404,
            "not_found",
            "Applicant person not found.",
        );
    }
    // §8.5: fourteen today in Kyiv is enough.
    for (birth_date, expected) in [("2012-06-15", 200), ("2012-06-16", 401)] {
        let mut person = world.confidant();
        person["birth_date"] = json!(birth_date);
        let answer = row_4(&world, Some(person), json!({})).await;
        answer.is(expected);
        if expected == 401 {
            refused_401(
                &answer,
                "Incorrect applicant person age for such an action.",
            );
        }
    }
    assert_untouched(&app).await;
}

async fn nonce(app: &TestApp, client: Uuid) -> String {
    let body = json!({ "client_id": client, "client_secret": SECRET });
    let answer = app.api().post("/oauth/nonce", &body).await;
    answer.gives(200, json!({ "token": "[jwt]" }))["token"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[rstest]
#[tokio::test]
async fn row_5_nonce(#[values(Sqlite, Postgres)] database: Database) {
    // §4.3, §14.2: optional, good for its life, once
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let with = |content: &Value, jwt: Value| {
        let mut content = content.clone();
        content["jwt"] = jwt;
        content
    };
    let child = Child::content();
    let good = nonce(&app, CLIENT).await;
    world
        .validate(&world.sign(&with(&child, json!(good))))
        .await
        .is(200);
    let trusted = nonce(&app, TRUSTED_CLIENT).await;
    let session = world.session_token(&world.signed_child()).await;
    for bad in [
        json!("nonsense"),
        json!(""),
        json!(5),
        json!(null),
        json!(trusted),
        json!(session),
        json!(format!("{good}x")),
    ] {
        let answer = world.validate(&world.sign(&with(&child, bad))).await;
        refused_401(&answer, "JWT is invalid.");
    }
    world
        .validate_and_register(&with(&child, json!(good)))
        .await
        .is(201);
    let again = world
        .validate(&world.sign(&with(&Child::other(), json!(good))))
        .await;
    refused_401(&again, "JWT is invalid.");

    let late = nonce(&app, CLIENT).await;
    app.clock
        .advance(TimeDelta::minutes(15) - TimeDelta::seconds(1));
    world
        .validate(&world.sign(&with(&Child::other(), json!(late))))
        .await
        .is(200);
    app.clock.advance(TimeDelta::seconds(1));
    let expired = world
        .validate(&world.sign(&with(&Child::other(), json!(late))))
        .await;
    refused_401(&expired, "JWT is invalid.");
}

/// The seed's samples as it prints them, the second with the rest of its answer.
const SEED_REQUIRED: &str = r#""invalid": [ { "entry": "$.person.birth_date", "entry_type": "json_data_property", "rules": [ { "description": "required property birth_date was not present", "params": { "property": "birth_date" }, "raw_description": "required property %{property} was not present", "rule": "required" } ] } ]"#;
const SEED_MINIMUM: &str = r#"{ "error": { "invalid": [ { "entry": "$.person.documents", "entry_type": "json_data_property", "rules": [ { "description": "expected a minimum of 1 items but got 0", "params": { "actual": 0, "min": 1 }, "raw_description": "expected a minimum of %{min} items but got %{actual}", "rule": "length" } ] } ], "message": "Validation failed. You can find validators description at our API Manifest: http://docs.apimanifest.apiary.io/#introduction/interacting-with-api/errors.", "type": "validation_failed" }, "meta": { "code": 422, "request_id": "8d6c1272-40fd-47a4-b9d5-d74db649fbca#15905", "type": "object", "url": "http://api-svc.il/api/pis/confidant/sign-up_validation" } }"#;

/// JSON without the white space between its signs: what is left is compared to the letter, the order of members too.
fn closed_up(json: &str) -> String {
    let mut closed = String::new();
    let mut is_text = false;
    for character in json.chars() {
        is_text ^= character == '"';
        if is_text || character != ' ' {
            closed.push(character);
        }
    }
    closed
}

#[rstest]
#[tokio::test]
async fn row_6_the_bodies_of_the_seed(#[values(Sqlite, Postgres)] database: Database) {
    // §12.2, §12.4: to the letter, but for the host and the request id
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let mut content = Child::content();
    content["person"]["documents"] = json!([]);
    let answer = world.validate(&world.sign(&content)).await;
    let expected = closed_up(SEED_MINIMUM)
        .replace(
            "8d6c1272-40fd-47a4-b9d5-d74db649fbca#15905",
            answer.header("x-request-id"),
        )
        .replace("http://api-svc.il", "https://my.dovira.example");
    assert_eq!(answer.is(422).text(), expected);

    let mut content = Child::content();
    content["person"]
        .as_object_mut()
        .unwrap()
        .shift_remove("birth_date");
    let answer = world.validate(&world.sign(&content)).await;
    let expected = closed_up(SEED_REQUIRED);
    let text = answer.is(422).text();
    assert!(text.contains(&expected), "{expected} is not in {text}");
    assert!(text.starts_with(&format!("{{\"error\":{{{expected},\"message\":")));
}

#[rstest]
#[tokio::test]
async fn row_6_schema(#[values(Sqlite, Postgres)] database: Database) {
    // §8.2, §12.2
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let mut content = Child::content();
    content["person"]
        .as_object_mut()
        .unwrap()
        .shift_remove("birth_date");
    let answer = world.validate(&world.sign(&content)).await;
    let missing = json!([required("$.person.birth_date", "birth_date")]);
    answer.refuses_with(422, "validation_failed", VALIDATION_FAILED, Some(missing));

    // A private person's application signs `{}`: every member of the top is named.
    let answer = world.validate(&world.sign(&json!({}))).await;
    let missing = json!([
        required("$.person", "person"),
        required("$.patient_signed", "patient_signed"),
        required(
            "$.process_disclosure_data_consent",
            "process_disclosure_data_consent"
        ),
    ]);
    answer.refuses_with(422, "validation_failed", VALIDATION_FAILED, Some(missing));

    let mut content = Child::content();
    content["person"]["phones"][0]["number"] = json!("0500000025");
    content["person"]["gender"] = json!("OTHER");
    content["person"]["surprise"] = json!(1);
    let body = world.validate(&world.sign(&content)).await.is(422).json();
    let mut invalid = body["error"]["invalid"].as_array().unwrap().clone();
    invalid.sort_by_key(|item| item["entry"].as_str().unwrap().to_owned());
    let expected = json!([
        field(
            "$.person.gender",
            &json!({
                "rule": "inclusion", "params": { "values": ["MALE", "FEMALE"] },
                "description": "value is not allowed in enum", "raw_description": "value is not allowed in enum",
            })
        ),
        field(
            "$.person.phones.[0].number",
            &json!({
                "rule": "format", "params": { "pattern": "^\\+38[0-9]{10}$" },
                "description": "string does not match pattern \"^\\+38[0-9]{10}$\"",
                "raw_description": "string does not match pattern \"%{pattern}\"",
            })
        ),
        field(
            "$.person.surprise",
            &json!({
                "rule": "schema", "params": { "properties": ["surprise"] },
                "description": "schema does not allow additional properties",
                "raw_description": "schema does not allow additional properties",
            })
        ),
    ]);
    assert_json(&json!(invalid), &expected);
    assert_untouched(&app).await;
}

#[rstest]
#[tokio::test]
async fn rows_13_to_19_the_confidant_and_the_consents(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let stranger = Uuid::from_u128(0x5721_0000_0000_4000_8000_0000_0000_0001);
    let changes: [(&str, Value, &str, &str); 5] = [
        (
            "/person/confidant_person/person_id",
            json!(stranger),
            "$.person.confidant_person.person_id",
            "Person who initiates registration of patient must be submitted as confidant person",
        ),
        (
            "/person/authentication_methods/0",
            json!({ "type": "OTP", "phone_number": "+380500000017", "value": CONFIDANT, "alias": "мама" }),
            "$.person.authentication_methods.[0].type",
            "Only THIRD_PERSON authentication method can be created for person",
        ),
        (
            "/person/authentication_methods/0/value",
            json!(stranger),
            "$.person.authentication_methods.[0].value",
            "Person who initiates registration of patient must be submitted as THIRD_PERSON",
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
    ];
    // Each rule alone, and with every later one broken too: the first is the one that is told.
    let mut all_later = Child::content();
    for (place, value, entry, message) in changes.iter().rev() {
        let mut alone = Child::content();
        for content in [&mut alone, &mut all_later] {
            *content.pointer_mut(place).unwrap() = value.clone();
        }
        world
            .validate(&world.sign(&alone))
            .await
            .refuses_field(entry, "invalid", message);
        world
            .validate(&world.sign(&all_later))
            .await
            .refuses_field(entry, "invalid", message);
    }
    assert_untouched(&app).await;
}

#[rstest]
#[tokio::test]
async fn row_14_the_confidant_s_verification(#[values(Sqlite, Postgres)] database: Database) {
    // §11.4
    let app = TestApp::new(database).await;
    let world = app.world().await;
    for status in [
        "VERIFIED",
        "VERIFICATION_NEEDED",
        "CHANGES_NEEDED",
        "NOT_VERIFIED",
    ] {
        let mut person = world.confidant();
        person["verification_status"] = json!(status);
        world.import(&json!({ "persons": [person] })).await;
        let answer = world.validate(&world.signed_child()).await;
        if status == "NOT_VERIFIED" {
            answer.refuses_field(
                "$.person.confidant_person.person_id",
                "invalid",
                "Person with cumulative verification status NOT_VERIFIED can not be submitted as confidant",
            );
        } else {
            answer.is(200);
        }
    }
}

#[rstest]
#[tokio::test]
async fn row_15_codes_must_reach_the_confidant(#[values(Sqlite, Postgres)] database: Database) {
    // §11.4 "OTP rule"; the day is counted in Kyiv
    let app = TestApp::new(database).await;
    let world = app.world().await;
    for (member, value, is_good) in [
        ("ended_at", json!("2026-06-15"), true),
        ("ended_at", json!("2026-06-14"), false),
        ("ended_at", json!(null), true),
        ("is_active", json!(false), false),
        ("is_active", json!(true), true),
        ("type", json!("OFFLINE"), false),
    ] {
        let mut person = world.confidant();
        person["authentication_methods"][0][member] = value;
        world.import(&json!({ "persons": [person] })).await;
        let answer = world.validate(&world.signed_child()).await;
        if is_good {
            answer.is(200);
        } else {
            answer.refuses_field(
                "$.person.confidant_person.person_id",
                "invalid",
                "Confidant person must have active authentication method with type \"OTP\" where ended_at is equal to or greater than current date",
            );
        }
    }
}

#[rstest]
#[tokio::test]
async fn a_used_signature(#[values(Sqlite, Postgres)] database: Database) {
    // decisions §1 "Replay"
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let signed = world.signed_child();
    let token = world.session_token(&signed).await;
    // Validating alone uses nothing up.
    world.session_token(&signed).await;
    world.register(&signed, &token).await.is(201);
    let again = world.validate(&signed).await;
    again.refuses(
        409,
        "request_conflict",
        "Signed content has already been used",
    );
    // The same message written in another way is the same signature.
    let spaced = format!("{} {}", &signed[..8], &signed[8..]);
    world.validate(&spaced).await.refuses(
        409,
        "request_conflict",
        "Signed content has already been used",
    );
}

#[rstest]
#[tokio::test]
async fn too_many_signatures_at_once(#[values(Sqlite, Postgres)] database: Database) {
    // design 4.6: so many wait, the others are told at once
    const TOO_MANY: usize = 10;
    let app = TestApp::without_signature_slots(database).await;
    let world = app.world().await;
    let body = json!({ "signed_content": "QUJD", "signed_content_encoding": "base64" });
    let mut asked = tokio::task::JoinSet::new();
    for _ in 0..dovira::limits::WAITING + TOO_MANY {
        let request = app.api().bearer(&world.token).post_later(PATH, &body);
        asked.spawn(app.send_later(request));
    }
    for _ in 0..TOO_MANY {
        let answer = asked.join_next().await.unwrap().unwrap();
        answer.refuses(503, "internal_error", "Service unavailable.");
    }
    // A browser is told so on a page; nothing was lost.
    let page = app.browser().get(&world.entry("QUJD")).await;
    page.page(503);
    assert_eq!(page.heading(), "Сервіс тимчасово недоступний");
    asked.shutdown().await;
    assert_untouched(&app).await;
}

#[rstest]
#[tokio::test]
async fn a_birth_date_is_possible(
    #[values(Sqlite, Postgres)] database: Database,
    #[values("2099-01-01", "1700-01-01")] birth_date: &str,
) {
    // §8.2
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let mut content = Child::content();
    content["person"]["birth_date"] = json!(birth_date);
    let answer = world.validate(&world.sign(&content)).await;
    answer.refuses_field("$.person.birth_date", "invalid", "Invalid birth date");
}
