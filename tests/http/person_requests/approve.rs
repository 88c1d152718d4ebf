//! Confirming, giving up, sending again (§4.1, §4.3, §4.5, §4.6).

use axum::{body::Body, http::Method};
use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::support::Database::{self, Postgres, Sqlite};

pub const ACTIONS: [(&str, &str); 4] = [
    ("PATCH", "approve"),
    ("PATCH", "sign"),
    ("PATCH", "reject"),
    ("POST", "resend_otp"),
];

/// A body that each action takes.
fn body(clinic: &Clinic<'_>, action: &str) -> Value {
    match action {
        "sign" => clinic.signed(&json!({ "patient_signed": true })),
        _ => json!({}),
    }
}

async fn call(
    clinic: &Clinic<'_>,
    api: &Api<'_>,
    (method, action): (&str, &str),
    id: &str,
) -> Answer {
    let body = Body::from(serde_json::to_vec(&body(clinic, action)).unwrap());
    let method = method.parse::<Method>().unwrap();
    api.send(
        method,
        &format!("{PATH}/{id}/actions/{action}"),
        Some("application/json"),
        body,
    )
    .await
}

#[rstest]
#[tokio::test]
async fn who_may_act(#[values(Sqlite, Postgres)] database: Database) {
    // §1.3, §2.3, §4 "not a UUID", §11 row 26
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let id = clinic.created(&adult()).await;
    let reader = clinic.api_of(CLINIC, DOCTOR, "person_request:read").await;
    let other = clinic.api_of(OTHER_CLINIC, DOCTOR, SCOPES).await;
    for action in ACTIONS {
        call(&clinic, &reader, action, &id).await.refuses(
            403,
            "forbidden",
            "Your scope does not allow to access this resource. Missing allowances: person_request:write",
        );
        call(&clinic, &app.api().key(&key(CLINIC)), action, &id)
            .await
            .refuses(401, "access_denied", "Invalid access token");
        for nobody in ["x", "0", &Uuid::from_u128(1).to_string()] {
            call(&clinic, &clinic.api(), action, nobody).await.refuses(
                404,
                "not_found",
                "not found",
            );
        }
        call(&clinic, &other, action, &id)
            .await
            .refuses(403, "forbidden", "Access denied");
        // A request of the other version is no request of this one.
        let path = format!("{V2}/{id}/actions/{}", action.1);
        let sent = Body::from(serde_json::to_vec(&body(&clinic, action.1)).unwrap());
        clinic
            .api()
            .send(
                action.0.parse().unwrap(),
                &path,
                Some("application/json"),
                sent,
            )
            .await
            .refuses(404, "not_found", "not found");
    }
    // Authority §9: an employee of a permitted type, who works there now. The owner receives nobody.
    let owner = clinic.api_of(CLINIC, OWNER, SCOPES).await;
    for action in ACTIONS {
        call(&clinic, &owner, action, &id).await.refuses(
            403,
            "forbidden",
            "Access denied. Employee is not active or of another legal entity.",
        );
    }
    assert_eq!(app.count("person_requests", "status = 'NEW'").await, 1);
    call(&clinic, &clinic.api(), ("PATCH", "reject"), &id)
        .await
        .is(200);
    for nobody in ["x", &Uuid::from_u128(1).to_string()] {
        clinic
            .get(nobody)
            .await
            .refuses(404, "not_found", "not found");
    }
    other
        .get(&format!("{PATH}/{id}"))
        .await
        .refuses(404, "not_found", "not found");
    clinic
        .api()
        .get(&format!("{V2}/{id}"))
        .await
        .refuses(404, "not_found", "not found");
    app.execute("UPDATE person_requests SET is_active = false")
        .await;
    clinic.get(&id).await.refuses(404, "not_found", "not found");
    for action in ACTIONS {
        call(&clinic, &clinic.api(), action, &id)
            .await
            .refuses(404, "not_found", "not found");
    }
}

/// §2.1, §2.3: the key is asked for before the token, and known before the scope is looked at.
#[rstest]
#[tokio::test]
async fn no_route_without_an_api_key(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let id = clinic.created(&adult()).await;
    let token = clinic.issue(CLINIC, DOCTOR, "person:read").await;
    let stranger = app.api().bearer(&token).key("unknown");
    let methods = format!("/api/persons/{ADULT}/authentication_methods");
    for (api, message) in [
        (app.api().bearer(&clinic.token), "API-KEY header required"),
        (app.api(), "API-KEY header required"),
        (stranger, "Invalid API-KEY"),
    ] {
        for version in [PATH, V2] {
            for path in [version.to_owned(), format!("{version}/{id}")] {
                api.get(&path).await.refuses(401, "access_denied", message);
            }
            for (method, action) in ACTIONS {
                let path = format!("{version}/{id}/actions/{action}");
                let method = method.parse().unwrap();
                let answer = api.send(method, &path, None, Body::empty()).await;
                answer.refuses(401, "access_denied", message);
            }
        }
        let answer = api.get(&methods).await;
        answer.refuses(401, "access_denied", message);
    }
}

/// §4.3 rows 2 to 4, §4.4 rows 2 to 5: a body is judged before whose the request is.
#[rstest]
#[tokio::test]
async fn the_body_comes_before_the_request(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let foreign = clinic.created(&adult()).await;
    let other = clinic.api_of(OTHER_CLINIC, DOCTOR, SCOPES).await;
    for id in ["x", &Uuid::from_u128(1).to_string(), &foreign] {
        let actions = format!("{PATH}/{id}/actions");
        let act = async |action: &str, body: Value| {
            other.patch(&format!("{actions}/{action}"), &body).await
        };
        refuses_schema(
            &act("approve", json!({ "code": 1 })).await,
            vec![not_allowed("$.code")],
        );
        let missing = crate::support::required("$.signed_content", "signed_content");
        refuses_schema(&act("sign", json!({})).await, vec![missing]);
        act("sign", json!({ "signed_content": "не base64" }))
            .await
            .refuses_field("$.signed_content", "invalid", "Invalid signed content.");
        act("sign", json!({ "signed_content": "QUJD" }))
            .await
            .refuses(400, "request_malformed", "Invalid signed content.");
    }
}

#[rstest]
#[tokio::test]
async fn acceptance_1_approve_with_a_code(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let id = clinic.created(&adult()).await;
    let mut data = adult();
    data["id"] = json!(id);
    data["status"] = json!("NEW");
    data["channel"] = json!("MIS");
    data["authorize_with"] = json!(null);
    let got = clinic.get(&id).await;
    let content = got.is(200).json()["data"]["content"].clone();
    data["content"] = content.clone();
    let urgent = json!({ "authentication_method_current": { "type": "OTP", "phone_number": "+38050*****17" } });
    assert_answer(&got, 200, data.clone(), Some(urgent.clone()));
    data["status"] = json!("APPROVED");
    let approved = clinic
        .act(
            &id,
            "approve",
            &json!({ "verification_code": clinic.code() }),
        )
        .await;
    assert_answer(&approved, 200, data.clone(), None);
    assert_answer(&clinic.get(&id).await, 200, data, Some(urgent));
    let by = app
        .count(
            "person_requests",
            "status = 'APPROVED' AND updated_by IS NOT NULL AND updated_at >= inserted_at",
        )
        .await;
    assert_eq!(by, 1);
    // §3.8: what is printed.
    let content = content.as_str().unwrap();
    for text in [
        "Зразковий Дем\u{2BC}ян Миколайович",
        "☒ чоловіча",
        "☐ жіноча",
        "17.03.1985",
        "Біла Церква, Україна",
        "Біометричний паспорт громадянина України 000000017, видано 01.06.2021, 0000",
        "3112201416",
        "19850317-00000",
        "вулиця Вигадана, буд.",
        "+380500000017",
        "demyan@example.com",
        "тополя біля криниці",
        "електронна адреса",
        "Зразкова Соломія Іванівна",
        "+380440000000",
        "☒ кодом",
        "☐ копіями",
        "КНП «Зразкова лікарня»",
        "00000001",
    ] {
        assert!(
            content.replace('\u{A0}', " ").contains(text),
            "{text} is not in {content}"
        );
    }
    assert!(!content.contains("printout-"), "{content}");
}

#[rstest]
#[tokio::test]
async fn the_form_of_a_child(#[values(Sqlite)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let hostile = with(
        child(),
        "/person/documents/0/issued_by",
        json!("<script>alert(1)</script>"),
    );
    let id = clinic.created(&without(hostile, "/person/phones")).await;
    let data = clinic.get(&id).await.is(200).json()["data"].clone();
    let content = data["content"].as_str().unwrap().replace('\u{A0}', " ");
    for text in [
        "Законний представник пацієнта головний",
        "Зразкова Оксана Іванівна",
        "19.08.1991",
        "3346809522",
        "Паспорт громадянина України ЗР000001, видано 01.09.2009, Київський РВ",
        "Свідоцтво про народження І-БК№540021",
        "––",
    ] {
        assert!(content.contains(text), "{text} is not in {content}");
    }
    assert!(!content.contains("<script>"));
}

#[rstest]
#[tokio::test]
async fn section_4_3_the_body(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let id = clinic.created(&adult()).await;
    let approve = async |body: Value| clinic.act(&id, "approve", &body).await;
    let entry = "$.verification_code";
    let cast = |actual: &str| {
        item(
            entry,
            "cast",
            "type mismatch. Expected %{expected} but got %{actual}",
            json!({ "actual": actual, "expected": "number" }),
        )
    };
    refuses_schema(
        &approve(json!({ "verification_code": true })).await,
        vec![cast("boolean")],
    );
    refuses_schema(
        &approve(json!({ "verification_code": null })).await,
        vec![cast("null")],
    );
    for text in ["", "12a4", "12 34"] {
        let pattern = json!({ "pattern": "^[0-9]+$" });
        refuses_schema(
            &approve(json!({ "verification_code": text })).await,
            vec![item(
                entry,
                "format",
                "string does not match pattern \"%{pattern}\"",
                pattern,
            )],
        );
    }
    refuses_schema(
        &approve(json!({ "code": 1 })).await,
        vec![not_allowed("$.code")],
    );
    let missing = item(
        entry,
        "required",
        "required property %{property} was not present",
        json!({ "property": "verification_code" }),
    );
    refuses_schema(&approve(json!({})).await, vec![missing.clone()]);
    let path = format!("{PATH}/{id}/actions/approve");
    refuses_schema(
        &clinic
            .api()
            .send(Method::PATCH, &path, None, Body::empty())
            .await,
        vec![missing],
    );
    // Digits in a text are a code too.
    approve(json!({ "verification_code": clinic.code().to_string() }))
        .await
        .is(200);
}

#[rstest]
#[tokio::test]
async fn section_4_3_row_8_codes(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let id = clinic.created(&adult()).await;
    let wrong = json!({ "verification_code": if clinic.code() == 1234 { 1235 } else { 1234 } });
    for _ in 0..3 {
        clinic.act(&id, "approve", &wrong).await.refuses(
            422,
            "forbidden",
            "Invalid verification code",
        );
    }
    for _ in 0..2 {
        clinic.act(&id, "approve", &wrong).await.refuses(
            422,
            "forbidden",
            "Maximum attempts exceed",
        );
    }
    let right = json!({ "verification_code": clinic.code() });
    clinic
        .act(&id, "approve", &right)
        .await
        .refuses(422, "forbidden", "Maximum attempts exceed");
    assert_eq!(app.count("person_requests", "status = 'NEW'").await, 1);
    let second = clinic.created(&adult()).await;
    let right = json!({ "verification_code": clinic.code() });
    app.clock.advance(TimeDelta::seconds(300));
    clinic.act(&second, "approve", &right).await.refuses(
        422,
        "forbidden",
        "Verification code expired",
    );
    assert_eq!(app.count("person_requests", "status = 'APPROVED'").await, 0);
}

/// A code is good for its request only: the same phone may confirm for others.
#[rstest]
#[tokio::test]
async fn a_code_is_bound_to_its_request(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let first = clinic.created(&child()).await;
    let mut sister = child();
    sister["person"]["first_name"] = json!("Сестра");
    sister["person"]["tax_id"] = json!("4569100109");
    sister["person"]["documents"][0]["number"] = json!("І-БК№540023");
    let second = clinic.create(&sister).await;
    clinic.upload(&second).await;
    let code = json!({ "verification_code": clinic.code() });
    clinic.act(&first, "approve", &code).await.refuses(
        422,
        "forbidden",
        "Invalid verification code",
    );
    clinic.act(&id_of(&second), "approve", &code).await.is(200);
}

#[rstest]
#[tokio::test]
async fn acceptance_3_section_4_3_row_9_copies(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let mut body = with(
        without(offline(), "/person/tax_id"),
        "/person/no_tax_id",
        json!(true),
    );
    body = without(body, "/person/unzr");
    body["person"]["documents"] = json!([{ "type": "PASSPORT", "number": "ЗР000017", "issued_by": "РВ", "issued_at": "2003-05-20" }]);
    let created = clinic.create(&body).await;
    let id = id_of(&created);
    assert_eq!(links(&created), ["person.no_tax_id", "person.PASSPORT"]);
    let empty = Method::PATCH;
    let path = format!("{PATH}/{id}/actions/approve");
    let approve = async || {
        clinic
            .api()
            .send(empty.clone(), &path, None, Body::empty())
            .await
    };
    approve().await.refuses(
        409,
        "request_conflict",
        "Documents person.no_tax_id, person.PASSPORT is not uploaded",
    );
    let link = |at: usize| {
        created.json()["urgent"]["documents"][at]["url"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    clinic.put(&link(0)).await;
    approve().await.refuses(
        409,
        "request_conflict",
        "Documents person.PASSPORT is not uploaded",
    );
    let shown = async || {
        let mut shown = clinic.get(&id).await.is(200).json()["urgent"]["documents"].clone();
        let urls: Vec<_> = shown
            .as_array_mut()
            .unwrap()
            .iter_mut()
            .map(|link| link["url"].take())
            .collect();
        let urls: Vec<_> = urls
            .iter()
            .map(|url| {
                url.as_str()
                    .unwrap()
                    .strip_prefix(PUBLIC_URL)
                    .unwrap()
                    .to_owned()
            })
            .collect();
        (shown, urls)
    };
    let expected = |first: bool, second: bool| {
        json!([
            { "type": "person.no_tax_id", "url": null, "is_uploaded": first },
            { "type": "person.PASSPORT", "url": null, "is_uploaded": second },
        ])
    };
    assert_eq!(shown().await.0, expected(true, false));
    // What only pretends to be an image is no copy.
    let pretends = Body::from("%PDF-1.7");
    let path_of = |at: usize| link(at).strip_prefix(PUBLIC_URL).unwrap().to_owned();
    app.api()
        .send(Method::PUT, &path_of(1), Some("image/jpeg"), pretends)
        .await
        .is(422);
    assert_eq!(shown().await.0, expected(true, false));
    clinic.put(&link(1)).await;
    assert_eq!(files(&app), [2, 0]);
    approve().await.is(200);
    assert_eq!(files(&app), [0, 2], "nothing replaces them any more");
    let (settled, urls) = shown().await;
    assert_eq!(settled, expected(true, true));
    for url in urls {
        assert_eq!(
            app.api().get(&url).await.is(200).body,
            [0xFF, 0xD8, 0xFF, 0xE0]
        );
    }
    approve()
        .await
        .refuses(409, "request_conflict", "Invalid transition");
}

/// A wrong code is counted before copies are looked at; a right one is used up.
#[rstest]
#[tokio::test]
async fn section_4_3_the_code_comes_before_the_copies(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let id = clinic
        .created(&with(adult(), "/person/tax_id", json!("3112201417")))
        .await;
    let wrong = json!({ "verification_code": if clinic.code() == 1234 { 1235 } else { 1234 } });
    clinic
        .act(&id, "approve", &wrong)
        .await
        .refuses(422, "forbidden", "Invalid verification code");
    let right = json!({ "verification_code": clinic.code() });
    clinic.act(&id, "approve", &right).await.refuses(
        409,
        "request_conflict",
        "Documents person.tax_id is not uploaded",
    );
}

#[rstest]
#[tokio::test]
async fn section_4_3_row_6_nothing_is_known(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let id = clinic.created(&offline()).await;
    app.execute("UPDATE person_requests SET authentication_method_current = '{\"type\":\"NA\"}'")
        .await;
    clinic.act(&id, "approve", &json!({})).await.refuses(
        409,
        "request_conflict",
        "Person can't be authorized with NA authentication method",
    );
}

#[rstest]
#[tokio::test]
async fn acceptance_13_section_4_5_reject(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let id = clinic.created(&adult()).await;
    let mut data = clinic.get(&id).await.json()["data"].clone();
    data["status"] = json!("REJECTED");
    let path = format!("{PATH}/{id}/actions/reject");
    let answer = clinic
        .api()
        .send(Method::PATCH, &path, None, Body::empty())
        .await;
    assert_answer(&answer, 200, data.clone(), None);
    let urgent = json!({ "authentication_method_current": { "type": "OTP", "phone_number": "+38050*****17" } });
    assert_answer(&clinic.get(&id).await, 200, data, Some(urgent));
    clinic.act(&id, "reject", &json!({})).await.refuses(
        409,
        "request_conflict",
        "Invalid transition",
    );
    clinic
        .act(
            &id,
            "approve",
            &json!({ "verification_code": clinic.code() }),
        )
        .await
        .refuses(409, "request_conflict", "Invalid transition");
    let (approved, _) = clinic.approved(&offline()).await;
    clinic.act(&approved, "reject", &json!({})).await.is(200);
    // Rejected for good: a new request is no continuation.
    assert_eq!(
        app.count(
            "person_requests",
            "status = 'REJECTED' AND pending_key IS NULL"
        )
        .await,
        2
    );
}

#[rstest]
#[tokio::test]
async fn acceptance_14_section_4_6_resend(#[values(Sqlite, Postgres)] database: Database) {
    // Of nine digits two codes are never the same.
    let app = TestApp::with(database, &["--otp-code-length", "9"]).await;
    let clinic = Clinic::new(&app).await;
    let id = clinic.created(&adult()).await;
    let old = clinic.code();
    let path = format!("{PATH}/{id}/actions/resend_otp");
    let resend = async || {
        clinic
            .api()
            .send(Method::POST, &path, None, Body::empty())
            .await
    };
    let soon = resend().await;
    soon.refuses(429, "too_many_requests", "too many requests");
    app.clock.advance(TimeDelta::seconds(60));
    let expires = app.now() + TimeDelta::seconds(300);
    let answer = resend().await;
    assert_answer(
        &answer,
        200,
        json!({
            "id": "[uuid]", "status": "NEW", "active": true,
            "code_expired_at": expires.to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
        }),
        None,
    );
    let messages = app.app.sms.recorder().unwrap().messages();
    assert_eq!(messages[0].phone_number, messages[1].phone_number);
    assert_ne!(clinic.code(), old);
    clinic
        .act(&id, "approve", &json!({ "verification_code": old }))
        .await
        .refuses(422, "forbidden", "Invalid verification code");
    clinic
        .act(
            &id,
            "approve",
            &json!({ "verification_code": clinic.code() }),
        )
        .await
        .is(200);
    app.clock.advance(TimeDelta::seconds(61));
    resend()
        .await
        .refuses_field("$.status", "invalid", "incorrect status");
    // The way to confirm is judged before the status (§4.6).
    let offline = clinic.created(&offline()).await;
    let resend_offline = async || {
        clinic
            .api()
            .post(&format!("{PATH}/{offline}/actions/resend_otp"), &json!({}))
            .await
    };
    resend_offline().await.refuses_field(
        "$.authentication_method_current",
        "invalid",
        "Auth method is not OTP",
    );
    clinic.act(&offline, "reject", &json!({})).await.is(200);
    resend_offline().await.refuses_field(
        "$.authentication_method_current",
        "invalid",
        "Auth method is not OTP",
    );
    // Through a third person it is their phone.
    let child = clinic.created(&child()).await;
    app.clock.advance(TimeDelta::seconds(60));
    clinic
        .api()
        .post(&format!("{PATH}/{child}/actions/resend_otp"), &json!({}))
        .await
        .is(200);
    let messages = app.app.sms.recorder().unwrap().messages();
    assert_eq!(
        messages.last().unwrap().phone_number.as_str(),
        "+380500000033"
    );
}

/// Nothing personal is in a log, whatever happens to a request (design 4.1).
#[rstest]
#[tokio::test]
async fn nothing_personal_is_logged(#[values(Sqlite, Postgres)] database: Database) {
    // A code of four digits could stand in any line.
    let app = TestApp::with(database, &["--otp-code-length", "9"]).await;
    let clinic = Clinic::new(&app).await;
    let log = crate::support::Log::begin();
    let body = with(adult(), "/person/tax_id", json!("3112201417"));
    let created = clinic.create(&body).await;
    let id = id_of(&created);
    let link = created.json()["urgent"]["documents"][0]["url"]
        .as_str()
        .unwrap()
        .to_owned();
    let code = clinic.code().to_string();
    clinic.upload(&created).await;
    clinic
        .act(&id, "approve", &json!({ "verification_code": "1" }))
        .await
        .is(422);
    let shown = clinic
        .act(&id, "approve", &json!({ "verification_code": code }))
        .await
        .is(200)
        .json()["data"]
        .clone();
    clinic
        .act(&id, "sign", &clinic.signed(&shown))
        .await
        .is(422);
    let signed = clinic.signed(&with(shown, "/patient_signed", json!(true)));
    clinic.act(&id, "sign", &signed).await.is(200);
    clinic.get(&id).await.is(200);
    clinic.api().get(PATH).await.is(200);
    let signature = link.split("signature=").nth(1).unwrap().to_owned();
    log.says_nothing_of(&[
        "Зразковий",
        "3112201417",
        "19850317",
        "000000017",
        "+380500000017",
        "380500000017",
        "demyan@example.com",
        "тополя",
        &code,
        &clinic.token,
        &key(CLINIC),
        &signature,
    ]);
}
