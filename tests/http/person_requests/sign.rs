//! `PATCH …/actions/sign` (§4.4).

use dovira::signed_content::base64;
use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::support::{
    self, Authority, Cabinet,
    Database::{self, Postgres, Sqlite},
};

async fn text(app: &TestApp, sql: &str) -> String {
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    let mut held = app.app.db.read().await.unwrap();
    dovira::on!(held.link(), |c| sqlx::query_scalar(sql).fetch_one(c).await).unwrap()
}

#[rstest]
#[tokio::test]
async fn acceptance_1_a_person_is_registered(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let mut body = adult();
    body["person"]["email"] = json!("Demyan@Example.COM");
    body["person"]["last_name"] = json!("Зразковий\u{A0}Другий");
    let people = app.count("persons", "1 = 1").await;
    let (id, mut shown) = clinic.approved(&body).await;
    shown["patient_signed"] = json!(true);
    app.clock.advance(TimeDelta::minutes(1));
    let sent = clinic.signed(&shown);
    let answer = clinic.act(&id, "sign", &sent).await;
    let time =
        |at: chrono::DateTime<chrono::Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    assert_answer(
        &answer,
        200,
        json!({
            "id": id, "person_id": "[uuid]", "status": "SIGNED",
            "inserted_at": time(app.now() - TimeDelta::minutes(1)), "updated_at": time(app.now()),
        }),
        None,
    );
    assert_eq!(app.count("persons", "1 = 1").await, people + 1);
    let sql = "SELECT last_name FROM persons WHERE tax_id = '3112201416' AND email = 'demyan@example.com' AND version = 1 AND status = 'active' AND is_active = true AND inserted_by IS NOT NULL";
    assert_eq!(text(&app, sql).await, "Зразковий Другий");
    // What was signed is kept as it came.
    let evidence = text(&app, "SELECT signed_content FROM used_signatures").await;
    assert_eq!(json!(evidence), sent["signed_content"]);
    let is_own = "IN (SELECT id FROM persons WHERE tax_id = '3112201416')";
    for (table, condition) in [
        ("person_documents", "number = '000000017'"),
        (
            "person_authentication_methods",
            "type = 'OTP' AND phone_number = '+380500000017' AND is_primary = true AND is_active = true AND ended_at IS NULL",
        ),
        ("used_signatures", "1 = 1"),
        (
            "person_versions",
            "version = 1 AND person_request_id IS NOT NULL AND inserted_by IS NOT NULL",
        ),
        ("person_requests", "status = 'SIGNED'"),
        (
            "persons",
            "patient_signed = true AND process_disclosure_data_consent = true",
        ),
    ] {
        let id = if table == "persons" {
            "id"
        } else {
            "person_id"
        };
        assert_eq!(
            app.count(table, &format!("{id} {is_own} AND {condition}"))
                .await,
            1,
            "{table}"
        );
    }
    // The same signature again, and the same request with another one.
    for signed in [clinic.signed(&shown), clinic.signed(&shown)] {
        clinic.act(&id, "sign", &signed).await.refuses_field(
            "$.status",
            "invalid",
            "Incorrect status",
        );
    }
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
    clinic.get(&id).await.is(200);
}

/// The value with this tag, and what follows it.
fn value(der: &[u8]) -> (&[u8], &[u8]) {
    let (length, head) = match der[1] {
        short @ 0..0x80 => (usize::from(short), 2),
        long => {
            let octets = usize::from(long & 0x7F);
            let length = &der[2..2 + octets];
            let fold = |sum: usize, octet: &u8| sum << 8 | usize::from(*octet);
            (length.iter().fold(0, fold), 2 + octets)
        }
    };
    (&der[head..head + length], &der[head + length..])
}

fn enclosed(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x84], &length[..], content].concat()
}

/// A container in which the signature stands two times (RFC 5652 §5.1).
fn with_signer_twice(text: &str) -> String {
    let container = base64::decode(text).unwrap();
    let (information, _) = value(&container);
    let (_, explicit) = value(information);
    let kind = &information[..information.len() - explicit.len()];
    let (data, _) = value(value(explicit).0);
    // Version, algorithms, content and certificates; the signers come last.
    let mut signers = data;
    while !value(signers).1.is_empty() {
        signers = value(signers).1;
    }
    let before = &data[..data.len() - signers.len()];
    let signer = value(signers).0;
    let signers = enclosed(0x31, &[signer, signer].concat());
    let data = enclosed(0x30, &[before, &signers].concat());
    base64::encode(&enclosed(0x30, &[kind, &enclosed(0xA0, &data)].concat()))
}

#[rstest]
#[tokio::test]
async fn rows_2_to_4_the_container(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let (id, mut shown) = clinic.approved(&offline()).await;
    shown["patient_signed"] = json!(true);
    let good = clinic.signed(&shown);
    let sign = async |body: Value| clinic.act(&id, "sign", &body).await;
    let missing = item(
        "$.signed_content",
        "required",
        "required property %{property} was not present",
        json!({ "property": "signed_content" }),
    );
    refuses_schema(&sign(json!({})).await, vec![missing]);
    let cast = item(
        "$.signed_content",
        "cast",
        "type mismatch. Expected %{expected} but got %{actual}",
        json!({ "actual": "integer", "expected": "string" }),
    );
    refuses_schema(&sign(json!({ "signed_content": 5 })).await, vec![cast]);
    let encoding = inclusion("$.signed_content_encoding", json!(["base64"]));
    refuses_schema(
        &sign(with(good.clone(), "/signed_content_encoding", json!("hex"))).await,
        vec![encoding],
    );
    refuses_schema(
        &sign(with(good.clone(), "/more", json!(1))).await,
        vec![not_allowed("$.more")],
    );
    let unreadable = |answer: &Answer| {
        answer.refuses_field("$.signed_content", "invalid", "Invalid signed content.")
    };
    unreadable(&sign(json!({ "signed_content": "не base64" })).await);
    let signer = authority().person(Some(DOCTOR_TAX_ID));
    for content in [&b"[]"[..], b"{\"a\":1,\"a\":2}", b"\xef\xbb\xbf{}", b"\xff"] {
        unreadable(
            &sign(json!({ "signed_content": signer.sign_octets(content, Some(app.now())) })).await,
        );
    }
    let malformed = sign(json!({ "signed_content": "QUJD" })).await;
    malformed.refuses(400, "request_malformed", "Invalid signed content.");
    let stranger = Authority::new("Недовірений").person(Some(DOCTOR_TAX_ID));
    let untrusted = json!({ "signed_content": stranger.sign(&shown, app.now()) });
    sign(untrusted)
        .await
        .refuses(401, "access_denied", "Unable to authenticate signer");
    let invalid = |answer: &Answer| {
        answer.refuses(400, "request_malformed", "Invalid signed content.");
    };
    // Another content than the one that was signed, and a signature of nothing.
    let container = base64::decode(good["signed_content"].as_str().unwrap()).unwrap();
    let mut altered = container.clone();
    let at = altered.windows(8).position(|part| part == b"APPROVED");
    altered[at.unwrap()] = b'a';
    let mut broken = container;
    *broken.last_mut().unwrap() ^= 1;
    for container in [altered, broken] {
        invalid(&sign(json!({ "signed_content": base64::encode(&container) })).await);
    }
    // A certificate that was good before, and one that is not yet.
    let day = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    for (from, until) in [
        ("2020-01-01T00:00:00Z", "2026-06-14T00:00:00Z"),
        ("2026-06-16T00:00:00Z", "2049-01-01T00:00:00Z"),
    ] {
        let signer = authority().person_valid(Some(DOCTOR_TAX_ID), (day(from), day(until)));
        invalid(&sign(json!({ "signed_content": signer.sign(&shown, app.now()) })).await);
    }
    let twice = with_signer_twice(good["signed_content"].as_str().unwrap());
    invalid(&sign(json!({ "signed_content": twice })).await);
    // Without the encoding it is base64; how old a signature is does not matter here.
    app.clock.advance(TimeDelta::hours(5));
    sign(json!({ "signed_content": good["signed_content"] }))
        .await
        .is(200);
}

#[rstest]
#[tokio::test]
async fn acceptance_16_rows_6_to_10(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let new = clinic.created(&adult()).await;
    clinic
        .act(&new, "sign", &clinic.signed(&json!({})))
        .await
        .refuses_field("$.status", "invalid", "Incorrect status");
    let (id, shown) = clinic.approved(&offline()).await;
    let right = with(shown.clone(), "/patient_signed", json!(true));
    let by = |drfo: Option<&str>| json!({ "signed_content": authority().person(drfo).sign(&right, app.now()) });
    let sign = async |body: Value| clinic.act(&id, "sign", &body).await;
    sign(by(None))
        .await
        .refuses(422, "request_malformed", "Invalid drfo");
    sign(by(Some("2806800941"))).await.refuses(
        422,
        "request_malformed",
        "Does not match the signer drfo",
    );
    let unsigned = |answer: &Answer| {
        answer.refuses_field(
            "$.patient_signed",
            "invalid",
            "expected true but got false for attribute patient_signed",
        )
    };
    unsigned(&sign(clinic.signed(&shown)).await);
    unsigned(&sign(clinic.signed(&without(right.clone(), "/patient_signed"))).await);
    for (pointer, value) in [
        ("/person/first_name", json!("Інший")),
        ("/status", json!("NEW")),
        ("/id", json!(Uuid::from_u128(1))),
        ("/content", json!("<html></html>")),
        ("/channel", json!("PIS")),
        ("/authorize_with", json!(MOTHER_OTP)),
        ("/process_disclosure_data_consent", json!(false)),
        ("/more", json!(1)),
    ] {
        let answer = sign(clinic.signed(&with(right.clone(), pointer, value))).await;
        answer.refuses_field(
            "$.content",
            "invalid",
            "Signed content does not match the previously created content",
        );
    }
    let fewer = without(right.clone(), "/authorize_with");
    sign(clinic.signed(&fewer)).await.refuses_field(
        "$.content",
        "invalid",
        "Signed content does not match the previously created content",
    );
    assert_eq!(app.count("used_signatures", "1 = 1").await, 0);
    assert_eq!(app.count("person_versions", "1 = 1").await, 0);
    // The order of members does not matter.
    let mut members: Vec<_> = right.as_object().unwrap().clone().into_iter().collect();
    members.reverse();
    sign(clinic.signed(&Value::Object(members.into_iter().collect())))
        .await
        .is(200);
}

/// Row 8: look-alike letters of both alphabets; who has no tax number cannot sign (§11 row 29).
#[rstest]
#[tokio::test]
async fn row_8_who_signs(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let employee = |tax_id: Value| json!({ "employees": [{ "id": id(0xe0, 1), "user_id": DOCTOR, "legal_entity_id": CLINIC, "employee_type": "DOCTOR", "status": "APPROVED", "tax_id": tax_id }] });
    let (request, shown) = clinic.approved(&offline()).await;
    let right = with(shown, "/patient_signed", json!(true));
    let sign = async |drfo: &str| {
        let body =
            json!({ "signed_content": authority().person(Some(drfo)).sign(&right, app.now()) });
        clinic.act(&request, "sign", &body).await
    };
    clinic.import(&employee(json!(null))).await;
    sign(DOCTOR_TAX_ID)
        .await
        .refuses(422, "request_malformed", "Does not match the signer drfo");
    // The doctor's number at another clinic is not the number here.
    clinic.import(&employee(json!("АВ123456"))).await;
    sign(DOCTOR_TAX_ID)
        .await
        .refuses(422, "request_malformed", "Does not match the signer drfo");
    sign("AB123457")
        .await
        .refuses(422, "request_malformed", "Does not match the signer drfo");
    sign("ab123456").await.is(200);
}

/// Row 8: a number of the user's own is enough, where it is not only typed; a number of an employment that ended is not.
/// Who works there no longer does not come that far (authority §9).
#[rstest]
#[tokio::test]
async fn row_8_whose_numbers_count(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let (request, shown) = clinic.approved(&offline()).await;
    let right = with(shown, "/patient_signed", json!(true));
    let path = format!("{PATH}/{request}/actions/sign");
    let refused = |answer: &Answer| {
        answer.refuses(422, "request_malformed", "Does not match the signer drfo");
    };
    let employee = |number: u128, user: Uuid, status: &str, tax_id: Option<&str>| json!({ "id": id(0xe0, number), "user_id": user, "legal_entity_id": CLINIC, "employee_type": "DOCTOR", "status": status, "tax_id": tax_id });
    let employees = json!([
        employee(1, DOCTOR, "DISMISSED", Some(DOCTOR_TAX_ID)),
        employee(4, OWNER, "APPROVED", None),
    ]);
    clinic.import(&json!({ "employees": employees })).await;
    let gone = clinic.api().patch(&path, &clinic.signed(&right)).await;
    let text = "Access denied. Employee is not active or of another legal entity.";
    gone.refuses(403, "forbidden", text);
    let again = employee(5, DOCTOR, "APPROVED", None);
    clinic.import(&json!({ "employees": [again] })).await;
    refused(&clinic.api().patch(&path, &clinic.signed(&right)).await);
    let owner = clinic.api_of(CLINIC, OWNER, SCOPES).await;
    app.execute("UPDATE users SET tax_id_is_trusted = false")
        .await;
    refused(&owner.patch(&path, &clinic.signed(&right)).await);
    app.execute("UPDATE users SET tax_id_is_trusted = true")
        .await;
    owner.patch(&path, &clinic.signed(&right)).await.is(200);
}

/// Rows 11 and 12: somebody was registered, or left, while the request waited.
#[rstest]
#[tokio::test]
async fn rows_11_and_12(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let (waits, shown) = clinic.approved(&offline()).await;
    let other = clinic.api_of(OTHER_CLINIC, DOCTOR, SCOPES).await;
    let created = other.post(PATH, &offline()).await;
    clinic.upload(&created).await;
    let path = format!("{PATH}/{}/actions", id_of(&created));
    let theirs = other
        .patch(&format!("{path}/approve"), &json!({}))
        .await
        .is(200)
        .json()["data"]
        .clone();
    let signed = clinic.signed(&with(theirs, "/patient_signed", json!(true)));
    other.patch(&format!("{path}/sign"), &signed).await.is(200);
    let signed = clinic.signed(&with(shown, "/patient_signed", json!(true)));
    clinic.act(&waits, "sign", &signed).await.refuses(
        409,
        "request_conflict",
        "Such person already exists",
    );
    assert_eq!(app.count("persons", "tax_id = '3112201416'").await, 1);
    let (change_of, shown) = clinic.approved(&change(OFFLINE_PERSON)).await;
    let signed = clinic.signed(&with(shown, "/patient_signed", json!(true)));
    let gone = {
        let mut gone = person(OFFLINE_PERSON, "Олена", "1981-01-01", json!([]));
        gone["status"] = json!("inactive");
        gone
    };
    clinic.import(&json!({ "persons": [gone] })).await;
    clinic.act(&change_of, "sign", &signed).await.refuses(
        409,
        "request_conflict",
        "person is not active",
    );
    app.execute("UPDATE person_requests SET person_id = NULL WHERE status = 'APPROVED'")
        .await;
    let gone = id_in(database, OFFLINE_PERSON);
    app.execute(&format!("DELETE FROM persons WHERE id = {gone}"))
        .await;
    clinic.act(&change_of, "sign", &signed).await.refuses(
        409,
        "request_conflict",
        "person is not found",
    );
    assert_eq!(app.count("person_requests", "status = 'APPROVED'").await, 2);
    assert_eq!(app.count("used_signatures", "1 = 1").await, 1);
}

/// Of the versions of a person none is lost: who, when, from which request.
#[rstest]
#[tokio::test]
async fn a_change_keeps_what_was_before(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let first = with(
        change(OFFLINE_PERSON),
        "/person/email",
        json!("first@example.com"),
    );
    assert_eq!(clinic.registered(&first).await, OFFLINE_PERSON.to_string());
    let second = with(
        change(OFFLINE_PERSON),
        "/person/email",
        json!("second@example.com"),
    );
    clinic.registered(&second).await;
    let own =
        "person_id IN (SELECT id FROM persons WHERE email = 'second@example.com' AND version = 3)";
    assert_eq!(app.count("person_versions", own).await, 3);
    for (version, name, made_here) in [
        (1, "Олена", "IS NULL"),
        (2, "first@example.com", "IS NOT NULL"),
        (3, "second@example.com", "IS NOT NULL"),
    ] {
        let condition = format!(
            "version = {version} AND CAST(person_data AS TEXT) LIKE '%{name}%' AND person_request_id {made_here}"
        );
        assert_eq!(
            app.count("person_versions", &condition).await,
            1,
            "{version}"
        );
    }
    assert_eq!(
        app.count(
            "person_documents",
            &format!("{own} AND number = '000000017'")
        )
        .await,
        1
    );
    assert_eq!(
        app.count("person_documents", own).await,
        1,
        "lists are replaced"
    );
    assert_eq!(
        app.count(
            "person_authentication_methods",
            &format!("{own} AND type = 'OFFLINE'")
        )
        .await,
        1,
        "methods are untouched"
    );
}

/// The version that a change replaces is told with who made it, and when.
#[rstest]
#[tokio::test]
async fn the_version_before_is_as_old_as_it_was(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let person = id_in(database, OFFLINE_PERSON);
    let made_at = app.now() - TimeDelta::days(90);
    let made = [id_in(database, OWNER), time_in(database, made_at)];
    let [by, at] = &made;
    app.execute(&format!(
        "UPDATE persons SET updated_by = {by}, updated_at = {at} WHERE id = {person}"
    ))
    .await;
    clinic.registered(&change(OFFLINE_PERSON)).await;
    let changed = [id_in(database, DOCTOR), time_in(database, app.now())];
    clinic.registered(&change(OFFLINE_PERSON)).await;
    let changed_again = [id_in(database, DOCTOR), time_in(database, app.now())];
    for (version, [by, at]) in [(1, made), (2, changed), (3, changed_again)] {
        let condition = format!(
            "person_id = {person} AND version = {version} AND inserted_by = {by} AND inserted_at = {at}"
        );
        assert_eq!(
            app.count("person_versions", &condition).await,
            1,
            "{version}"
        );
    }
}

/// A version that the cabinet made is one of the person's, too, kept when the next one comes.
#[rstest]
#[tokio::test]
async fn a_change_in_the_cabinet_is_a_version(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let cabinet = Cabinet::new(&app).await;
    let patient = support::patient();
    let person_id = id(0xa1, 5);
    let mut known = without(patient.clone(), "/process_disclosure_data_consent");
    known["id"] = json!(person_id);
    known["authentication_methods"] = json!([{ "id": id(0xb1, 5), "type": "OFFLINE" }]);
    clinic.import(&json!({ "persons": [known] })).await;
    let mut body = change(person_id);
    for name in [
        "first_name",
        "last_name",
        "second_name",
        "birth_date",
        "tax_id",
        "unzr",
    ] {
        body["person"][name] = patient[name].clone();
    }
    body["person"]["birth_settlement"] = json!("Київ");
    clinic.registered(&body).await;
    let cabinet_at = time_in(database, app.now());
    let registered = cabinet.register(&support::body(patient)).await;
    registered.is(201);
    body["person"]["birth_settlement"] = json!("Одеса");
    clinic.registered(&body).await;
    let own = format!("person_id = {}", id_in(database, person_id));
    for (version, settlement, told) in [
        (1, "Вінниця", "person_request_id IS NULL"),
        (2, "Київ", "person_request_id IS NOT NULL"),
        (
            3,
            "Вінниця",
            "person_request_id IS NULL AND inserted_by IS NOT NULL",
        ),
        (4, "Одеса", "person_request_id IS NOT NULL"),
    ] {
        let condition = format!(
            "{own} AND version = {version} AND CAST(person_data AS TEXT) LIKE '%{settlement}%' AND {told}"
        );
        let count = app.count("person_versions", &condition).await;
        assert_eq!(count, 1, "{version}");
    }
    let by_cabinet = format!("{own} AND version = 3 AND inserted_at = {cabinet_at}");
    assert_eq!(app.count("person_versions", &by_cabinet).await, 1);
    assert_eq!(app.count("person_versions", &own).await, 4);
}

/// §4.4 "Auth method record": through another until the child comes of age or the term is over.
#[rstest]
#[tokio::test]
async fn a_child_is_registered(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let id = clinic.registered(&child()).await;
    let id = Uuid::parse_str(&id).unwrap();
    let methods = clinic
        .api()
        .get(&format!("/api/persons/{id}/authentication_methods"))
        .await
        .is(200)
        .json()["data"]
        .clone();
    let ends = app.now() + TimeDelta::days(3650);
    assert_eq!(methods[0]["type"], "THIRD_PERSON");
    assert_eq!(methods[0]["value"], json!(MOTHER));
    assert_eq!(methods[0]["alias"], "мама");
    assert_eq!(
        methods[0]["ended_at"],
        ends.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
    );
    let mut older = child();
    older["person"]["birth_date"] = json!("2013-02-04");
    for name in ["tax_id", "unzr"] {
        older = without(older, &format!("/person/{name}"));
    }
    older["person"]["documents"][0]["number"] = json!("І-БК№540029");
    let id = clinic.registered(&older).await;
    let methods = clinic
        .api()
        .get(&format!("/api/persons/{id}/authentication_methods"))
        .await
        .is(200)
        .json()["data"]
        .clone();
    // The day before the eighteenth birthday begins in Kyiv.
    assert_eq!(methods[0]["ended_at"], "2031-02-02T22:00:00.000000Z");
}

/// §4.4 "Verification flag".
#[rstest]
#[tokio::test]
async fn what_needs_a_look(#[values(Sqlite, Postgres)] database: Database) {
    // More people than a phone may serve.
    let app = TestApp::with(database, &["--use-phone-number-auth-limit", "false"]).await;
    let clinic = Clinic::new(&app).await;
    let permit = json!({ "type": "PERMANENT_RESIDENCE_PERMIT", "number": "900123456", "issued_by": "0515", "issued_at": "2021-02-28", "expiration_date": "2031-02-28" });
    let mut foreigner = adult();
    foreigner["person"]["documents"]
        .as_array_mut()
        .unwrap()
        .push(permit.clone());
    let mut child_with_permit = child();
    child_with_permit["person"]["documents"]
        .as_array_mut()
        .unwrap()
        .push(with(permit, "/issued_at", json!("2025-02-28")));
    let mut born_abroad = child();
    born_abroad["person"]["documents"] = json!([{ "type": "BIRTH_CERTIFICATE_FOREIGN", "number": "PL/1", "issued_by": "Warszawa", "issued_at": "2025-02-11" }]);
    let mut born_abroad_before = adult();
    born_abroad_before["person"]["documents"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "type": "BIRTH_CERTIFICATE_FOREIGN", "number": "PL/1", "issued_by": "Warszawa", "issued_at": "1985-04-01" }));
    let another_day = with(
        with(adult(), "/person/birth_date", json!("1985-03-18")),
        "/person/unzr",
        json!("19850318-00000"),
    );
    let named = |mut body: Value, name: &str| {
        body["person"]["first_name"] = json!(name);
        body
    };
    for (name, body, reason) in [
        ("Перший", adult(), "RULES_PASSED"),
        ("Другий", offline(), "RULES_TRIGGERED"),
        (
            "Третій",
            with(
                without(adult(), "/person/tax_id"),
                "/person/no_tax_id",
                json!(true),
            ),
            "RULES_TRIGGERED",
        ),
        (
            "Четвертий",
            with(adult(), "/person/gender", json!("FEMALE")),
            "RULES_TRIGGERED",
        ),
        ("Шостий", foreigner, "RULES_TRIGGERED"),
        ("Сьома", child(), "RULES_PASSED"),
        (
            "Восьма",
            with(
                without(child(), "/person/tax_id"),
                "/person/no_tax_id",
                json!(true),
            ),
            "RULES_PASSED",
        ),
        ("Девʼята", born_abroad, "RULES_TRIGGERED"),
        (
            "Десятий",
            with(adult(), "/person/tax_id", json!("3112201417")),
            "RULES_TRIGGERED",
        ),
        ("Одинадцятий", another_day, "RULES_TRIGGERED"),
        ("Дванадцятий", born_abroad_before, "RULES_PASSED"),
        ("Тринадцята", child_with_permit, "RULES_PASSED"),
        ("Змінена", change(ADULT), "RULES_PASSED"),
        ("Змінений", change(OFFLINE_PERSON), "RULES_TRIGGERED"),
    ] {
        clinic.registered(&named(body, name)).await;
        let verification = text(&app, &format!("SELECT CAST(verification AS TEXT) FROM persons WHERE first_name = '{name}' AND verification_status = 'VERIFICATION_NEEDED'")).await;
        let verification: Value = serde_json::from_str(&verification).unwrap();
        assert_eq!(
            verification["nhs"],
            json!({ "status": "VERIFICATION_NEEDED", "reason": reason, "comment": null }),
            "{name}"
        );
    }
}

/// Two signatures at the same moment register one person.
#[rstest]
#[tokio::test]
async fn signed_at_one_moment(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let (id, shown) = clinic.approved(&offline()).await;
    let right = with(shown, "/patient_signed", json!(true));
    let requests: Vec<_> = (0..4)
        .map(|_| {
            let body = serde_json::to_vec(&clinic.signed(&right)).unwrap();
            axum::http::Request::builder()
                .method("PATCH")
                .uri(format!("{PATH}/{id}/actions/sign"))
                .header("content-type", "application/json")
                .header("authorization", format!("Bearer {}", clinic.token))
                .header("api-key", key(CLINIC))
                .body(axum::body::Body::from(body))
                .unwrap()
        })
        .collect();
    let answers = app.at_once(requests).await;
    let (signed, refused): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.status == 200);
    assert_eq!(signed.len(), 1);
    for answer in refused {
        answer.refuses_field("$.status", "invalid", "Incorrect status");
    }
    assert_eq!(app.count("persons", "tax_id = '3112201416'").await, 1);
    assert_eq!(app.count("used_signatures", "1 = 1").await, 1);
}
