//! Cabinet 8.3 and 8.4.

use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};

use super::with;
use crate::support::{
    Answer, Cabinet,
    Database::{self, Postgres, Sqlite},
    USER_REQUEST, assert_json, body, changed, field, patient, required,
};

const VALIDATION_FAILED: &str = "Validation failed. You can find validators description at our API Manifest: http://docs.apimanifest.apiary.io/#introduction/interacting-with-api/errors.";

/// The entries of a 422 and the rule of each.
#[track_caller]
fn broken(answer: &Answer) -> Vec<(String, String)> {
    let body = answer.is(422).json();
    assert_eq!(body["error"]["type"], "validation_failed");
    let items = body["error"]["invalid"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    items
        .map(|item| (text(&item["entry"]), text(&item["rules"][0]["rule"])))
        .collect()
}

/// The consent is a rule of the body: it comes before the password (§3.3, §3.6 rows 4 and 5), and the password before the method.
#[rstest]
#[tokio::test]
async fn the_earlier_of_two_rows_is_told(#[values(Sqlite, Postgres)] database: Database) {
    let app = with(database, &[]).await;
    let cabinet = Cabinet::new(&app).await;
    let (_, jwt) = cabinet.proven().await;
    let code = json!(cabinet.code(&jwt).await);
    let consent = ("/patient/process_disclosure_data_consent", json!(false));
    let weak = ("/password", json!("weak"));
    let method = (
        "/patient/authentication_methods",
        json!([{ "type": "OFFLINE" }]),
    );
    let told = async |changes: &[(&str, Value)]| {
        let sent = changed(body(patient()), changes);
        broken(&cabinet.post(&jwt, &code, &sent).await)[0].0.clone()
    };
    let first = told(&[consent, weak.clone(), method.clone()]).await;
    assert_eq!(first, "$.patient.process_disclosure_data_consent");
    assert_eq!(told(&[weak, method.clone()]).await, "$.password");
    let entry = "$.patient.authentication_methods";
    assert!(told(&[method]).await.starts_with(entry));
}

/// D-01 to D-07, D-13, D-14, D-16, D-18 to D-20, D-23: what the schema refuses, by entry and rule; the code stays good.
#[rstest]
#[tokio::test]
async fn d_01_forms(#[values(Sqlite, Postgres)] database: Database) {
    let app = with(database, &[]).await;
    let cabinet = Cabinet::new(&app).await;
    let (_, jwt) = cabinet.proven().await;
    let code = json!(cabinet.code(&jwt).await.to_string());
    let good = changed(body(patient()), &[("/otp", code.clone())]);
    let cases: Vec<(&str, Value, &str, &str)> = vec![
        ("/password", json!(null), "$.password", "required"),
        ("/patient", json!(null), "$.patient", "required"),
        ("/otp", json!("1234.5"), "$.otp", "cast"),
        ("/otp", json!("1234test.5"), "$.otp", "cast"),
        ("/otp", json!(""), "$.otp", "cast"),
        ("/extra", json!(1), "$.extra", "schema"),
        (
            "/patient/no_tax_id",
            json!(false),
            "$.patient.no_tax_id",
            "schema",
        ),
        (
            "/patient/birth_date",
            json!("today"),
            "$.patient.birth_date",
            "date",
        ),
        (
            "/patient/unzr",
            json!("0-1-2-3-4"),
            "$.patient.unzr",
            "format",
        ),
        (
            "/patient/addresses/0/settlement_id",
            json!("b075f148"),
            "$.patient.addresses.[0].settlement_id",
            "format",
        ),
        (
            "/patient/addresses/0/building",
            json!(null),
            "$.patient.addresses.[0].building",
            "required",
        ),
        (
            "/patient/first_name",
            json!("Пыотр"),
            "$.patient.first_name",
            "format",
        ),
        (
            "/patient/last_name",
            json!("Иванов Э"),
            "$.patient.last_name",
            "format",
        ),
        (
            "/patient/second_name",
            json!("ёъ"),
            "$.patient.second_name",
            "format",
        ),
        (
            "/patient/process_disclosure_data_consent",
            json!(null),
            "$.patient.process_disclosure_data_consent",
            "required",
        ),
        (
            "/patient/authentication_methods/0/phone_number",
            json!("+38093*****85"),
            "$.patient.authentication_methods.[0].phone_number",
            "format",
        ),
        (
            "/patient/authentication_methods/0/phone_number",
            json!("+390931234585"),
            "$.patient.authentication_methods.[0].phone_number",
            "format",
        ),
        (
            "/patient/authentication_methods",
            json!(null),
            "$.patient.authentication_methods",
            "required",
        ),
        (
            "/patient/emergency_contact/phones",
            json!(null),
            "$.patient.emergency_contact.phones",
            "required",
        ),
        (
            "/patient/tax_id",
            json!("312650981"),
            "$.patient.tax_id",
            "format",
        ),
        (
            "/patient/gender",
            json!("OTHER"),
            "$.patient.gender",
            "inclusion",
        ),
        (
            "/patient/preferred_way_communication",
            json!("post"),
            "$.patient.preferred_way_communication",
            "inclusion",
        ),
        (
            "/patient/email",
            json!("nobody"),
            "$.patient.email",
            "email",
        ),
        (
            "/patient/secret",
            json!("слово"),
            "$.patient.secret",
            "length",
        ),
    ];
    for (pointer, value, entry, rule) in cases {
        // Less than ten calls in a minute, and all of them within the life of the code.
        app.clock.advance(TimeDelta::seconds(7));
        let answer = cabinet
            .post(&jwt, &code, &changed(good.clone(), &[(pointer, value)]))
            .await;
        assert_eq!(
            broken(&answer),
            [(entry.to_owned(), rule.to_owned())],
            "{pointer}"
        );
    }
    app.clock.advance(TimeDelta::seconds(7));
    let nothing = app.api().bearer(&jwt).post(USER_REQUEST, &json!({})).await;
    let missing = json!([
        required("$.otp", "otp"),
        required("$.password", "password"),
        required("$.patient", "patient"),
    ]);
    nothing.refuses_with(422, "validation_failed", VALIDATION_FAILED, Some(missing));
    assert_eq!(cabinet.attempts().await, 0);
    cabinet.post(&jwt, &code, &good).await.is(201);
}

/// D-05, D-07 to D-12, D-15, D-17, D-21, D-22, D-23: what the rules refuse, whole; the code stays good.
#[rstest]
#[tokio::test]
async fn d_05_rules(#[values(Sqlite, Postgres)] database: Database) {
    let app = with(database, &[]).await;
    let cabinet = Cabinet::new(&app).await;
    let id = cabinet.proof(&[("/email", json!(null))]).await;
    let jwt = cabinet.jwt(id);
    let code = json!(cabinet.code(&jwt).await);
    let own = [("/email", json!("email@example.com"))];
    let good = changed(body(changed(patient(), &own)), &[("/otp", code.clone())]);
    let national = json!({ "type": "NATIONAL_ID", "number": "000000001", "issued_by": "8001", "issued_at": "2020-01-01", "expiration_date": "2030-01-01" });
    let endless = changed(national.clone(), &[("/expiration_date", json!(null))]);
    let residence = patient()["addresses"][0].clone();
    let otp = patient()["authentication_methods"][0].clone();
    let methods = "$.patient.authentication_methods";
    let one = "Must be one and only one authentication method.";
    let of_otp = "Authentication method of type OTP is required";
    type Case<'a> = (Vec<(&'a str, Value)>, &'a str, &'a str);
    let cases: Vec<Case<'_>> = vec![
        (
            vec![
                ("/patient/birth_date", json!("2026-06-16")),
                ("/patient/unzr", json!(null)),
            ],
            "$.patient.birth_date",
            "Invalid birth date",
        ),
        (
            vec![
                ("/patient/birth_date", json!("1875-06-15")),
                ("/patient/unzr", json!(null)),
            ],
            "$.patient.birth_date",
            "Invalid birth date",
        ),
        (
            vec![("/patient/unzr", json!("20180925-01234"))],
            "$.patient.unzr",
            "Birthdate or unzr is not correct",
        ),
        (
            vec![("/patient/documents/1", national.clone())],
            "$.patient.documents",
            "Person can have only new passport NATIONAL_ID or old PASSPORT",
        ),
        (
            vec![("/patient/documents/1", patient()["documents"][0].clone())],
            "$.patient.documents.[1].type",
            "No duplicate values.",
        ),
        (
            vec![("/patient/documents", json!([endless]))],
            "$.patient.documents.[0].expiration_date",
            "expiration_date is mandatory for document_type NATIONAL_ID",
        ),
        (
            vec![("/patient/addresses/1", residence)],
            "$.patient.addresses",
            "Single address of type 'RESIDENCE' is required, got: 2",
        ),
        (
            vec![("/patient/addresses/0/type", json!("REGISTRATION"))],
            "$.patient.addresses",
            "Addresses with type RESIDENCE should be present",
        ),
        (
            vec![("/patient/process_disclosure_data_consent", json!(false))],
            "$.patient.process_disclosure_data_consent",
            "expected true but got false for attribute process_disclosure_data_consent",
        ),
        (
            vec![(
                "/patient/authentication_methods",
                json!([{ "type": "OFFLINE" }]),
            )],
            methods,
            of_otp,
        ),
        (
            vec![("/patient/authentication_methods", json!([{ "type": "NA" }]))],
            methods,
            of_otp,
        ),
        (
            vec![("/patient/authentication_methods", json!([]))],
            methods,
            one,
        ),
        (
            vec![("/patient/authentication_methods", json!([otp, otp]))],
            methods,
            one,
        ),
    ];
    for (changes, entry, text) in cases {
        app.clock.advance(TimeDelta::seconds(7));
        let answer = cabinet
            .post(&jwt, &code, &changed(good.clone(), &changes))
            .await;
        if text.starts_with("No duplicate") {
            let told = answer.is(422).json();
            assert_eq!(told["error"]["message"], text);
            assert_eq!(told["error"]["invalid"][0]["entry"], entry);
            assert_eq!(
                told["error"]["invalid"][0]["rules"][0]["params"],
                json!(["PASSPORT"])
            );
        } else {
            answer.refuses_field(entry, "invalid", text);
        }
    }
    app.clock.advance(TimeDelta::seconds(7));
    let changes = [
        ("/patient/documents", json!([national])),
        ("/patient/unzr", json!(null)),
    ];
    let answer = cabinet
        .post(&jwt, &code, &changed(good.clone(), &changes))
        .await;
    let text = "unzr is mandatory for document type NATIONAL_ID";
    let rule = json!({ "rule": "invalid", "description": text, "params": ["unzr"] });
    answer.refuses_with(
        422,
        "validation_failed",
        text,
        Some(json!([field("$.patient", &rule)])),
    );
    // D-21
    let answer = cabinet
        .post(
            &jwt,
            &code,
            &changed(good.clone(), &[("/patient/email", json!(null))]),
        )
        .await;
    let missing = json!([required("$.patient.email", "email")]);
    answer.refuses_with(422, "validation_failed", VALIDATION_FAILED, Some(missing));
    // D-22
    let broken = app.api().bearer(&jwt);
    let broken = broken
        .send(
            axum::http::Method::POST,
            USER_REQUEST,
            Some("application/json"),
            "{".into(),
        )
        .await;
    assert_eq!(broken.is(400).json()["error"]["type"], "request_malformed");
    assert_eq!(cabinet.attempts().await, 0);
    cabinet.post(&jwt, &code, &good).await.is(201);
}

fn weak(rule: &str, text: &str, params: &Value) -> Value {
    field(
        "$.password",
        &json!({ "rule": rule, "description": text, "params": params }),
    )
}

/// E-01 to E-03, E-05, E-06
#[rstest]
#[tokio::test]
async fn e_01_passwords(
    #[values(Sqlite, Postgres)] database: Database,
    #[values("8", "12")] min: &str,
) {
    let app = with(database, &["--password-min-length", min]).await;
    let cabinet = Cabinet::new(&app).await;
    let (_, jwt) = cabinet.proven().await;
    let code = json!(cabinet.code(&jwt).await);
    let post = async |password: &str| {
        app.clock.advance(TimeDelta::seconds(7));
        let sent = changed(body(patient()), &[("/password", json!(password))]);
        cabinet.post(&jwt, &code, &sent).await
    };
    let short = format!("should be at least {min} character(s)");
    let short_rule = weak(
        "length",
        &short,
        &json!({ "min": min.parse::<u32>().unwrap() }),
    );
    post("pasWo1")
        .await
        .refuses_with(422, "validation_failed", &short, Some(json!([short_rule])));
    let simple = "Password does not meet complexity requirements";
    let simple_rule = weak("format", simple, &json!([]));
    for password in ["password12345", "PASSWORD12345", "passWoRdpassWoRd"] {
        let expected = Some(json!([simple_rule]));
        post(password)
            .await
            .refuses_with(422, "validation_failed", simple, expected);
    }
    let both = Some(json!([short_rule, simple_rule]));
    post("x")
        .await
        .refuses_with(422, "validation_failed", VALIDATION_FAILED, both);
    let long = "should be at most 128 character(s)";
    let long_rule = json!([weak("length", long, &json!({ "max": 128 }))]);
    let password = format!("aA1{}", "й".repeat(126));
    post(&password)
        .await
        .refuses_with(422, "validation_failed", long, Some(long_rule));
    if min == "12" {
        post("passWoRd1").await.is(422);
    }
    post("ПарольДляКабінету1").await.is(201);
}

/// E-04: an account that is finished again does not take one of its last three passwords.
#[rstest]
#[tokio::test]
async fn e_04_passwords_of_before(#[values(Sqlite, Postgres)] database: Database) {
    let app = with(database, &[]).await;
    let cabinet = Cabinet::new(&app).await;
    let register = async |password: &str| {
        app.clock.advance(TimeDelta::seconds(61));
        app.execute("UPDATE users SET person_id = NULL WHERE email = 'email@example.com'")
            .await;
        let sent = changed(body(patient()), &[("/password", json!(password))]);
        cabinet.register(&sent).await
    };
    register("passWoRd1").await.is(201);
    let used = "This password has been used recently. Try another one";
    register("passWoRd1")
        .await
        .refuses_field("$.password", "password_used", used);
    assert_eq!(cabinet.attempts().await, 0);
    for password in ["passWoRd2", "passWoRd3"] {
        register(password).await.is(201);
    }
    register("passWoRd1")
        .await
        .refuses_field("$.password", "password_used", used);
    register("passWoRd4").await.is(201);
    register("passWoRd1").await.is(201);
    assert_eq!(app.count("password_history", "1 = 1").await, 3);
    let stored = "password_hash LIKE '%passWoRd%'";
    assert_eq!(app.count("users", stored).await, 0);
    assert_json(
        &json!(app.count("users", "email = 'email@example.com'").await),
        &json!(1),
    );
}
