//! `POST /api/person_requests` (§3.3 to §3.7, §3.9, §6, §7).

use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::support::{
    Database::{self, Postgres, Sqlite},
    Statements, required,
};

#[rstest]
#[tokio::test]
async fn acceptance_1_an_adult_whom_a_code_reaches(#[values(Sqlite, Postgres)] database: Database) {
    // §3.4
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let answer = clinic.create(&adult()).await;
    let mut data = adult();
    data["id"] = json!("[uuid]");
    data["status"] = json!("NEW");
    data["channel"] = json!("MIS");
    data["authorize_with"] = json!(null);
    let urgent = json!({
        "authentication_method_current": { "type": "OTP", "phone_number": "+38050*****17" },
    });
    assert_answer(&answer, 201, data, Some(urgent));
    let messages = app.app.sms.recorder().unwrap().messages();
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].phone_number.as_str(), "+380500000017");
    assert_eq!(app.count("person_requests", "status = 'NEW'").await, 1);
}

#[rstest]
#[tokio::test]
async fn rows_1_and_2_token_scope_and_key(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let body = json!({});
    let key = key(CLINIC);
    let api = app.api().bearer(&clinic.token);
    api.post(PATH, &body)
        .await
        .refuses(401, "access_denied", "API-KEY header required");
    api.clone().key("unknown").post(PATH, &body).await.refuses(
        401,
        "access_denied",
        "Invalid API-KEY",
    );
    for api in [app.api(), app.api().bearer("unknown")] {
        api.key(&key)
            .post(PATH, &body)
            .await
            .refuses(401, "access_denied", "Invalid access token");
    }
    let reader = clinic.api_of(CLINIC, DOCTOR, "person_request:read").await;
    for path in [PATH, V2] {
        reader.post(path, &body).await.refuses(
            403,
            "forbidden",
            "Your scope does not allow to access this resource. Missing allowances: person_request:write",
        );
    }
    let writer = clinic.api_of(CLINIC, DOCTOR, "person_request:write").await;
    for path in [PATH.to_owned(), format!("{PATH}/{CLINIC}")] {
        writer.get(&path).await.refuses(
            403,
            "forbidden",
            "Your scope does not allow to access this resource. Missing allowances: person_request:read",
        );
    }
    // A broker's key is as good as the client's own (decisions §3).
    let broker = app
        .api()
        .bearer(&clinic.token)
        .key(&super::key(OTHER_CLINIC));
    broker.post(PATH, &body).await.is(422);
    clinic
        .import(&json!({ "users": [{ "id": DOCTOR, "is_blocked": true }] }))
        .await;
    clinic
        .api()
        .post(PATH, &body)
        .await
        .refuses(401, "access_denied", "User is blocked.");
    clinic
        .import(&json!({ "users": [{ "id": DOCTOR, "is_blocked": false, "is_active": false }] }))
        .await;
    clinic
        .api()
        .post(PATH, &body)
        .await
        .refuses(401, "access_denied", "Invalid access token");
    assert_eq!(app.count("person_requests", "1 = 1").await, 0);
}

#[rstest]
#[tokio::test]
async fn acceptance_11_rows_3_and_4(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let pharmacy = clinic.api_of(PHARMACY, DOCTOR, SCOPES).await;
    pharmacy.post(PATH, &json!({})).await.refuses(
        409,
        "request_conflict",
        "Invalid legal entity type",
    );
    let owner = clinic.api_of(CLINIC, OWNER, SCOPES).await;
    owner
        .post(PATH, &json!({}))
        .await
        .refuses(409, "request_conflict", "Invalid employee type");
    for kind in ["SPECIALIST", "RECEPTIONIST", "ASSISTANT", "DOCTOR"] {
        let employee = json!({ "id": id(0xe0, 4), "user_id": OWNER, "legal_entity_id": CLINIC, "employee_type": kind, "status": "APPROVED", "tax_id": null });
        clinic.import(&json!({ "employees": [employee] })).await;
        owner.post(PATH, &json!({})).await.is(422);
    }
    let dismissed = json!({ "id": id(0xe0, 4), "user_id": OWNER, "legal_entity_id": CLINIC, "employee_type": "DOCTOR", "status": "DISMISSED", "tax_id": null });
    clinic.import(&json!({ "employees": [dismissed] })).await;
    owner
        .post(PATH, &json!({}))
        .await
        .refuses(409, "request_conflict", "Invalid employee type");
    for kind in ["MSP", "OUTPATIENT", "EMERGENCY", "PRIMARY_CARE"] {
        let client = json!({ "id": PHARMACY, "name": "МІС", "client_type": "MIS", "redirect_uris": [], "scopes": SCOPES,
            "legal_entity": { "type": kind, "name": "Заклад", "edrpou": null } });
        clinic.import(&json!({ "clients": [client] })).await;
        pharmacy.post(PATH, &json!({})).await.is(422);
    }
}

#[rstest]
#[tokio::test]
async fn rows_5_to_7_what_the_schema_finds(#[values(Sqlite, Postgres)] database: Database) {
    // §2.4, §3.2, §3.6 u1, u4, u6, §6.1
    const UUID: &str = "^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$";
    let format = |entry: &str, pattern: &str| {
        item(
            entry,
            "format",
            "string does not match pattern \"%{pattern}\"",
            json!({ "pattern": pattern }),
        )
    };
    let method = |value: Value| with(adult(), "/person/authentication_methods/0", value);
    let at = |member: &str| format!("$.person.authentication_methods.[0].{member}");
    let cases = [
        (
            json!({}),
            vec![
                required("$.person", "person"),
                required("$.patient_signed", "patient_signed"),
                required(
                    "$.process_disclosure_data_consent",
                    "process_disclosure_data_consent",
                ),
            ],
        ),
        (
            with(adult(), "/patient_signed", json!(true)),
            vec![inclusion("$.patient_signed", json!([false]))],
        ),
        (
            with(adult(), "/patient_signed", json!("false")),
            vec![item(
                "$.patient_signed",
                "cast",
                "type mismatch. Expected %{expected} but got %{actual}",
                json!({ "actual": "string", "expected": "boolean" }),
            )],
        ),
        (
            with(adult(), "/process_disclosure_data_consent", json!(false)),
            vec![inclusion(
                "$.process_disclosure_data_consent",
                json!([true]),
            )],
        ),
        (
            with(adult(), "/authorize_with", json!(ADULT_OTP)),
            vec![not_allowed("$.authorize_with")],
        ),
        (
            with(adult(), "/more", json!(1)),
            vec![not_allowed("$.more")],
        ),
        (
            with(adult(), "/person/more", json!(1)),
            vec![not_allowed("$.person.more")],
        ),
        (
            with(adult(), "/person/id", json!("x")),
            vec![
                format("$.person.id", UUID),
                not_allowed("$.person.authentication_methods"),
            ],
        ),
        (
            with(change(ADULT), "/authorize_with", json!("x")),
            vec![format("$.authorize_with", UUID)],
        ),
        (
            without(adult(), "/person/authentication_methods"),
            vec![required(
                "$.person.authentication_methods",
                "authentication_methods",
            )],
        ),
        (
            with(adult(), "/person/authentication_methods", json!([])),
            vec![item(
                "$.person.authentication_methods",
                "length",
                "expected a minimum of %{min} items but got %{actual}",
                json!({ "actual": 0, "min": 1 }),
            )],
        ),
        (
            with(adult(), "/person/documents", json!([])),
            vec![item(
                "$.person.documents",
                "length",
                "expected a minimum of %{min} items but got %{actual}",
                json!({ "actual": 0, "min": 1 }),
            )],
        ),
        (
            method(json!({ "type": "NA" })),
            vec![inclusion(
                &at("type"),
                json!(["OTP", "OFFLINE", "THIRD_PERSON"]),
            )],
        ),
        (
            method(json!({ "type": "OTP" })),
            vec![required(&at("phone_number"), "phone_number")],
        ),
        (
            method(json!({ "type": "OTP", "phone_number": "+381234567890" })),
            vec![format(&at("phone_number"), r"^\+380[0-9]{9}$")],
        ),
        (
            method(json!({ "type": "OTP", "phone_number": "+380500000017", "value": MOTHER })),
            vec![not_allowed(&at("value"))],
        ),
        (
            method(json!({ "type": "OFFLINE", "phone_number": "+380500000017", "value": MOTHER })),
            vec![not_allowed(&at("phone_number")), not_allowed(&at("value"))],
        ),
        (
            method(json!({ "type": "THIRD_PERSON" })),
            vec![
                required(&at("value"), "value"),
                required(&at("alias"), "alias"),
            ],
        ),
        (
            method(
                json!({ "type": "THIRD_PERSON", "value": "x", "alias": "мама", "phone_number": "+380500000017" }),
            ),
            vec![not_allowed(&at("phone_number")), format(&at("value"), UUID)],
        ),
        (
            with(
                with(adult(), "/person/tax_id", json!("311220141")),
                "/person/unzr",
                json!("1"),
            ),
            vec![
                format("$.person.tax_id", "^[0-9]{10}$"),
                format("$.person.unzr", "^[0-9]{8}-[0-9]{5}$"),
            ],
        ),
        (
            without(
                without(adult(), "/person/documents/0/issued_at"),
                "/person/documents/0/issued_by",
            ),
            vec![
                required("$.person.documents.[0].issued_by", "issued_by"),
                required("$.person.documents.[0].issued_at", "issued_at"),
            ],
        ),
        (
            with(
                child(),
                "/person/confidant_person",
                json!([{ "relation_type": "OTHER" }]),
            ),
            {
                let entry = |name: &str| format!("$.person.confidant_person.[0].{name}");
                let missing = |name: &str| required(&entry(name), name);
                vec![
                    inclusion(&entry("relation_type"), json!(["PRIMARY", "SECONDARY"])),
                    missing("first_name"),
                    missing("last_name"),
                    missing("birth_date"),
                    missing("birth_country"),
                    missing("birth_settlement"),
                    missing("gender"),
                    missing("secret"),
                    missing("documents_person"),
                    missing("documents_relationship"),
                ]
            },
        ),
    ];
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    for (body, items) in cases {
        let answer = clinic.create(&body).await;
        refuses_schema(&answer, items);
    }
    // What may be missing or empty, or null.
    let mut body = adult();
    for pointer in [
        "/person/second_name",
        "/person/email",
        "/person/preferred_way_communication",
    ] {
        body = without(body, pointer);
    }
    body["person"]["phones"] = json!([]);
    body["person"]["documents"] = json!([{ "type": "PASSPORT", "number": "ЗР000017", "issued_by": "РВ", "issued_at": "2003-05-20" }]);
    body["person"]["unzr"] = json!(null);
    clinic.create(&body).await.is(201);
    assert_eq!(app.count("person_requests", "1 = 1").await, 1);
}

#[rstest]
#[tokio::test]
async fn a_rejected_body_stores_nothing(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let of_request =
        |rule: &str| Some(json!([{ "entry_type": "request", "rules": [{ "rule": rule }] }]));
    let large = with(adult(), "/person/secret", json!("я".repeat(70_000)));
    let large = serde_json::to_vec(&large).unwrap();
    for path in [PATH, V2] {
        let send = async |kind: &str, body: &[u8]| {
            let body = axum::body::Body::from(body.to_vec());
            let post = axum::http::Method::POST;
            clinic.api().send(post, path, Some(kind), body).await
        };
        send("application/json", &large).await.refuses_with(
            413,
            "request_too_large",
            "Request body is too large.",
            of_request("size"),
        );
        send("application/json", b"[").await.refuses_with(
            400,
            "request_malformed",
            "Malformed request. Probably, you have sent corrupted JSON.",
            of_request("json"),
        );
        send("text/plain", b"{}").await.refuses_with(
            415,
            "content_type_invalid",
            "Invalid Content-Type header. Try to set 'Content-Type: application/json' header: http://docs.apimanifest.apiary.io/#introduction/interacting-with-api/content-type.",
            None,
        );
    }
    assert_eq!(app.count("person_requests", "1 = 1").await, 0);
    assert!(app.app.sms.recorder().unwrap().messages().is_empty());
}

#[rstest]
#[tokio::test]
async fn acceptance_2_section_6_3_the_phone_was_proven_before(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let body = with(
        adult(),
        "/person/authentication_methods/0/phone_number",
        json!("+380500000018"),
    );
    clinic
        .create(&body)
        .await
        .refuses(422, "unverified", "Unverified phone number");
    assert!(app.app.sms.recorder().unwrap().messages().is_empty());
    clinic
        .import(&json!({ "verified_phones": ["+380500000018"] }))
        .await;
    clinic.create(&body).await.is(201);
}

#[rstest]
#[tokio::test]
async fn section_6_5_a_phone_serves_five(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let others = |count: u128, change: fn(&mut Value)| {
        let persons: Vec<_> = (0..count)
            .map(|number| {
                let method = json!([{ "id": id(0xb1, number), "type": "OTP", "phone_number": "+380500000017", "is_active": true, "ended_at": null }]);
                let mut person = person(id(0xa1, number), "Інша", "1970-01-01", method);
                person["status"] = json!("active");
                change(&mut person);
                person
            })
            .collect();
        json!({ "persons": persons })
    };
    clinic.import(&others(4, |_| ())).await;
    clinic.create(&adult()).await.is(201);
    clinic.import(&others(5, |_| ())).await;
    refuses_field(
        &clinic.create(&adult()).await,
        "$.person.authentication_methods.[0].phone_number",
        "This phone number is present more than 5 times in the system",
        &[],
    );
    // Who is gone, or whose method is, does not count.
    for change in [
        (|person: &mut Value| person["status"] = json!("inactive")) as fn(&mut Value),
        |person| person["authentication_methods"][0]["is_active"] = json!(false),
        |person| person["authentication_methods"][0]["ended_at"] = json!("2026-06-15T00:00:00Z"),
    ] {
        clinic.import(&others(5, change)).await;
        clinic.create(&adult()).await.is(201);
        clinic.import(&others(5, |_| ())).await;
        clinic.create(&adult()).await.is(422);
    }
}

#[rstest]
#[tokio::test]
async fn section_6_5_switched_off(#[values(Sqlite, Postgres)] database: Database) {
    let settings = [
        "--use-phone-number-auth-limit",
        "false",
        "--phone-number-auth-limit",
        "1",
    ];
    let app = TestApp::with(database, &settings).await;
    let clinic = Clinic::new(&app).await;
    let method = json!([{ "id": id(0xb1, 1), "type": "OTP", "phone_number": "+380500000017" }]);
    let other = person(id(0xa1, 1), "Інша", "1970-01-01", method);
    clinic.import(&json!({ "persons": [other] })).await;
    clinic.create(&adult()).await.is(201);
}

#[rstest]
#[tokio::test]
async fn acceptance_8_a_child(#[values(Sqlite, Postgres)] database: Database) {
    // §6.4, §6.6: the third person's phone gets the code, and is shown.
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let answer = clinic.create(&child()).await;
    let data = &answer.is(201).json()["data"];
    assert_eq!(data["person"], child()["person"]);
    let link = |kind: &str| json!({ "type": kind, "url": "[url]" });
    let mut urgent = answer.json()["urgent"].clone();
    for document in urgent["documents"].as_array_mut().unwrap() {
        // §7: the object, and proof that it may be sent.
        let url = document["url"].as_str().unwrap();
        let kind = document["type"].as_str().unwrap();
        let object = format!(
            "person_requests/{}/person_request_{kind}.jpeg?",
            data["id"].as_str().unwrap()
        );
        assert!(
            url.starts_with(PUBLIC_URL) && url.contains(&object) && url.contains("signature="),
            "{url}"
        );
        document["url"] = json!("[url]");
    }
    assert_eq!(
        urgent,
        json!({
            "authentication_method_current": { "type": "OTP", "phone_number": "+38050*****33", "alias": "мама" },
            "documents": [link("confidant_person.PRIMARY.BIRTH_CERTIFICATE"), link("confidant_person.PRIMARY.PASSPORT")],
        })
    );
    let id = id_of(&answer);
    let shown = clinic.get(&id).await.is(200).json();
    assert_eq!(
        shown["data"]["person"]["authentication_methods"],
        json!([{ "type": "THIRD_PERSON", "alias": "мама", "phone_number": "+38050*****33" }])
    );
    assert!(!shown.to_string().contains(&MOTHER.to_string()));
}

#[rstest]
#[tokio::test]
async fn acceptance_7_section_6_4_third_persons(#[values(Sqlite, Postgres)] database: Database) {
    const VALUE: &str = "$.person.authentication_methods.[0].value";
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let through = |id: Uuid| with(child(), "/person/authentication_methods/0/value", json!(id));
    for (who, message) in [
        (Uuid::from_u128(1), "such person doesn't exist"),
        (GONE_PERSON, "third person must be active"),
        (YOUNG_PERSON, "Incorrect person age for such an action"),
        (
            MUTE_PERSON,
            "THIRD PERSON doesn't have active valid authentication methods",
        ),
        (
            OFFLINE_PERSON,
            "THIRD PERSON can't have OFFLINE self auth method type",
        ),
    ] {
        refuses_field(&clinic.create(&through(who)).await, VALUE, message, &[]);
    }
    for change in [
        json!({ "ended_at": "2026-06-15T00:00:00Z" }),
        json!({ "is_active": false }),
        json!({ "type": "NA", "phone_number": null }),
    ] {
        let mut method =
            json!({ "id": MOTHER_OTP, "type": "OTP", "phone_number": "+380500000033" });
        for (name, value) in change.as_object().unwrap() {
            method[name] = value.clone();
        }
        let mother = person(MOTHER, "Оксана", "1991-08-19", json!([method]));
        clinic.import(&json!({ "persons": [mother] })).await;
        refuses_field(
            &clinic.create(&child()).await,
            VALUE,
            "THIRD PERSON doesn't have active valid authentication methods",
            &[],
        );
    }
}

#[rstest]
#[tokio::test]
async fn section_6_5_third_persons_are_counted(#[values(Sqlite, Postgres)] database: Database) {
    let settings = [
        "--third-person-limit",
        "1",
        "--person-with-third-person-limit",
        "1",
    ];
    let app = TestApp::with(database, &settings).await;
    let clinic = Clinic::new(&app).await;
    clinic.create(&child()).await.is(201);
    let ward = |ended: Option<&str>| {
        let method = json!([{ "id": id(0xb1, 1), "type": "THIRD_PERSON", "value": MOTHER, "alias": "мама", "ended_at": ended }]);
        json!({ "persons": [person(id(0xa1, 1), "Донька", "2015-01-01", method)] })
    };
    clinic.import(&ward(None)).await;
    refuses_field(
        &clinic.create(&child()).await,
        "$.person.authentication_methods.[0].value",
        "This fiduciary person is present more than 1 times in the system",
        &[],
    );
    clinic.import(&ward(Some("2026-06-01"))).await;
    clinic.create(&child()).await.is(201);
    let none = TestApp::with(database, &["--person-with-third-person-limit", "0"]).await;
    let clinic = Clinic::new(&none).await;
    refuses_field(
        &clinic.create(&child()).await,
        "$.person.authentication_methods",
        "Limit of authentication methods with THIRD_PERSON type is exhausted",
        &[],
    );
}

#[rstest]
#[tokio::test]
async fn section_7_rule_7_a_third_person_who_confirms_by_documents(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let app = TestApp::with(database, &["--third-person-offline", "true"]).await;
    let clinic = Clinic::new(&app).await;
    let body = with(
        child(),
        "/person/authentication_methods/0/value",
        json!(OFFLINE_PERSON),
    );
    let answer = clinic.create(&body).await;
    assert_eq!(
        answer.is(201).json()["urgent"]["authentication_method_current"],
        json!({ "type": "OFFLINE", "alias": "мама" })
    );
    assert_eq!(
        links(&answer),
        [
            "confidant_person.PRIMARY.BIRTH_CERTIFICATE",
            "confidant_person.PRIMARY.PASSPORT",
            "third_person.PASSPORT"
        ]
    );
}

/// §7: what has to be uploaded.
#[rstest]
#[tokio::test]
async fn acceptance_4_and_5_section_7_links(#[values(Sqlite, Postgres)] database: Database) {
    let permit = json!({ "type": "PERMANENT_RESIDENCE_PERMIT", "number": "900123456", "issued_by": "0515", "issued_at": "2021-02-28", "expiration_date": "2031-02-28" });
    let foreign = |number: &str| json!({ "type": "BIRTH_CERTIFICATE_FOREIGN", "number": number, "issued_by": "Warszawa", "issued_at": "2025-02-11" });
    let refused = |body: Value| {
        with(
            without(body, "/person/tax_id"),
            "/person/no_tax_id",
            json!(true),
        )
    };
    let add = |mut body: Value, document: &Value| {
        body["person"]["documents"]
            .as_array_mut()
            .unwrap()
            .push(document.clone());
        body
    };
    let twins = |mut body: Value| {
        let mut second = body["person"]["confidant_person"][0].clone();
        second["relation_type"] = json!("SECONDARY");
        body["person"]["confidant_person"]
            .as_array_mut()
            .unwrap()
            .push(second);
        body
    };
    let confidant = [
        "confidant_person.PRIMARY.BIRTH_CERTIFICATE",
        "confidant_person.PRIMARY.PASSPORT",
    ];
    let with_confidant = |more: &[&'static str]| [more, &confidant].concat();
    let then = |more: &[&'static str]| [&confidant[..], more].concat();
    let cases: Vec<(&str, Value, Vec<&str>)> = vec![
        ("nothing to look at", adult(), vec![]),
        ("rule 1", refused(adult()), vec!["person.no_tax_id"]),
        (
            "rule 2: check digit",
            with(adult(), "/person/tax_id", json!("3112201417")),
            vec!["person.tax_id"],
        ),
        (
            "rule 2: another day",
            with(
                with(adult(), "/person/birth_date", json!("1985-03-18")),
                "/person/unzr",
                json!("19850318-00000"),
            ),
            vec!["person.tax_id"],
        ),
        (
            "rule 2: another gender",
            with(adult(), "/person/gender", json!("FEMALE")),
            vec!["person.tax_id"],
        ),
        (
            "rule 2: zeros",
            with(adult(), "/person/tax_id", json!("0000000000")),
            vec!["person.tax_id"],
        ),
        ("rule 3", child(), confidant.to_vec()),
        (
            "rule 3: two",
            twins(child()),
            then(&[
                "confidant_person.SECONDARY.BIRTH_CERTIFICATE",
                "confidant_person.SECONDARY.PASSPORT",
            ]),
        ),
        (
            "rule 3: equal types collapse",
            with(
                child(),
                "/person/confidant_person/0/documents_person",
                json!([{ "type": "BIRTH_CERTIFICATE", "number": "1-АА", "issued_by": "РВ", "issued_at": "2009-09-01" }]),
            ),
            vec![confidant[0]],
        ),
        (
            "rules 1 and 3",
            refused(child()),
            with_confidant(&["person.no_tax_id"]),
        ),
        (
            "rule 4",
            add(child(), &foreign("PL/1")),
            then(&["person.BIRTH_CERTIFICATE_FOREIGN"]),
        ),
        (
            "rule 4: the same document proves the relationship",
            with(
                add(child(), &foreign("PL/1")),
                "/person/confidant_person/0/documents_relationship",
                json!([{ "type": "BIRTH_CERTIFICATE_FOREIGN", "number": "PL/1" }]),
            ),
            vec![
                "confidant_person.PRIMARY.BIRTH_CERTIFICATE_FOREIGN",
                confidant[1],
            ],
        ),
        (
            "rule 4: another number",
            with(
                add(child(), &foreign("PL/1")),
                "/person/confidant_person/0/documents_relationship",
                json!([{ "type": "BIRTH_CERTIFICATE_FOREIGN", "number": "PL/2" }]),
            ),
            vec![
                "confidant_person.PRIMARY.BIRTH_CERTIFICATE_FOREIGN",
                confidant[1],
                "person.BIRTH_CERTIFICATE_FOREIGN",
            ],
        ),
        (
            "rule 5",
            add(adult(), &permit),
            vec!["person.PERMANENT_RESIDENCE_PERMIT"],
        ),
        (
            "rule 5: a child's does not matter",
            add(
                child(),
                &with(permit.clone(), "/issued_at", json!("2025-02-28")),
            ),
            confidant.to_vec(),
        ),
        ("rule 6", offline(), vec!["person.NATIONAL_ID"]),
        (
            "rules 5 and 6: one link",
            add(offline(), &permit),
            vec!["person.PERMANENT_RESIDENCE_PERMIT", "person.NATIONAL_ID"],
        ),
        (
            "rules 1 and 6",
            refused(offline()),
            vec!["person.no_tax_id", "person.NATIONAL_ID"],
        ),
    ];
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    for (name, body, expected) in cases {
        let answer = clinic.create(&body).await;
        answer.is(201);
        assert_eq!(links(&answer), expected, "{name}");
        assert_eq!(
            answer.json()["urgent"].get("documents").is_some(),
            !expected.is_empty(),
            "{name}"
        );
    }
}

#[rstest]
#[tokio::test]
async fn acceptance_12_section_3_7_a_newer_request_cancels(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let first = clinic.created(&adult()).await;
    // Another clinic's request is another matter.
    app.clock.advance(TimeDelta::seconds(61));
    let other = clinic.api_of(OTHER_CLINIC, DOCTOR, SCOPES).await;
    let foreign = id_of(&other.post(PATH, &adult()).await);
    let second = clinic
        .created(&with(adult(), "/person/email", json!("new@example.com")))
        .await;
    let status = async |id: &str| clinic.get(id).await.is(200).json()["data"]["status"].clone();
    assert_eq!(status(&first).await, "CANCELLED");
    assert_eq!(status(&second).await, "NEW");
    let there = other.get(&format!("{PATH}/{foreign}")).await.json();
    assert_eq!(there["data"]["status"], "NEW");
    clinic
        .act(
            &first,
            "approve",
            &json!({ "verification_code": clinic.code() }),
        )
        .await
        .refuses(409, "request_conflict", "Invalid transition");
    // An approved one is cancelled too; a signed one is not about a request any more.
    let (approved, _) = clinic.approved(&offline()).await;
    assert_eq!(status(&second).await, "CANCELLED");
    // Without a tax number: names and birth date.
    let body = with(
        without(offline(), "/person/tax_id"),
        "/person/no_tax_id",
        json!(true),
    );
    let third = clinic.created(&body).await;
    assert_eq!(status(&approved).await, "APPROVED", "another key");
    let fourth = clinic
        .created(&with(body.clone(), "/person/last_name", json!("ЗРАЗКОВИЙ")))
        .await;
    assert_eq!(status(&third).await, "CANCELLED");
    let namesake = clinic
        .created(&with(body, "/person/first_name", json!("Дем\u{2BC}яна")))
        .await;
    assert_eq!(status(&fourth).await, "NEW");
    assert_eq!(status(&namesake).await, "NEW");
    // A change is about its person.
    let one = clinic.created(&change(ADULT)).await;
    let two = clinic
        .created(&with(change(ADULT), "/person/tax_id", json!("3346809522")))
        .await;
    assert_eq!(status(&one).await, "CANCELLED");
    assert_eq!(status(&two).await, "NEW");
}

#[rstest]
#[tokio::test]
async fn two_requests_at_one_moment_leave_one(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let requests = (0..6)
        .map(|_| clinic.api().post_later(PATH, &offline()))
        .collect();
    for answer in app.at_once(requests).await {
        answer.is(201);
    }
    assert_eq!(app.count("person_requests", "status = 'NEW'").await, 1);
    assert_eq!(
        app.count("person_requests", "status = 'CANCELLED'").await,
        5
    );
}

#[rstest]
#[tokio::test]
async fn section_3_9_the_very_same_person(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let exists = |answer: &Answer| {
        answer.refuses(409, "request_conflict", "Such person already exists");
    };
    clinic.registered(&adult()).await;
    exists(&clinic.create(&adult()).await);
    exists(
        &clinic
            .create(&with(adult(), "/person/first_name", json!("ДЕМ'ЯН")))
            .await,
    );
    for change in [
        ("/person/first_name", json!("Інший")),
        ("/person/last_name", json!("Інший")),
        ("/person/second_name", json!("Інший")),
        ("/person/tax_id", json!("3112201417")),
    ] {
        clinic
            .create(&with(adult(), change.0, change.1))
            .await
            .is(201);
    }
    let born = with(adult(), "/person/birth_date", json!("1985-03-18"));
    clinic
        .create(&with(born, "/person/unzr", json!("19850318-00000")))
        .await
        .is(201);
    // Without a tax number: by a document.
    let refused = |body: Value| {
        with(
            without(body, "/person/tax_id"),
            "/person/no_tax_id",
            json!(true),
        )
    };
    let card = refused(offline());
    exists(&clinic.create(&card).await);
    clinic
        .create(&with(
            card,
            "/person/documents/0/number",
            json!("000000018"),
        ))
        .await
        .is(201);
    // A child: by the digits of the certificate.
    clinic.registered(&child()).await;
    let again = with(
        without(child(), "/person/tax_id"),
        "/person/documents/0/number",
        json!("540021-ІБК"),
    );
    exists(&clinic.create(&again).await);
    let other = with(again, "/person/documents/0/number", json!("І-БК№540022"));
    clinic.create(&other).await.is(201);
    let without_digits = with(child(), "/person/documents/0/number", json!("І-БК№"));
    clinic.create(&without_digits).await.refuses(
        422,
        "request_malformed",
        "BIRTH CERTIFICATE should contain digits",
    );
}

#[rstest]
#[tokio::test]
async fn section_6_7_a_code_is_sent_once_a_minute(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    clinic.create(&adult()).await.is(201);
    let answer = clinic.api().post(PATH, &adult()).await;
    answer.refuses(429, "too_many_requests", "too many requests");
    assert_eq!(answer.header("retry-after"), "60");
    assert_eq!(app.count("person_requests", "1 = 1").await, 1);
    assert_eq!(app.count("person_requests", "status = 'NEW'").await, 1);
}

#[rstest]
#[tokio::test]
async fn a_code_that_is_not_sent_stores_nothing(#[values(Sqlite, Postgres)] database: Database) {
    use dovira::outside::sms::NotSent;
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let gateway = app.app.sms.recorder().unwrap();
    gateway.refuse(Some(NotSent::Refused));
    clinic
        .create(&adult())
        .await
        .refuses(503, "service_unavailable", "SMS not sent. Try later");
    assert_eq!(app.count("person_requests", "1 = 1").await, 0);
    gateway.refuse(None);
    clinic.create(&adult()).await.is(201);
}

/// A request goes to PostgreSQL and back six times at most, its code included (five times here: this gateway has no ids to be
/// remembered): every statement is a way of its own, and none needs a transaction around it. On SQLite, where nothing goes anywhere, the same is written in two transactions.
#[rstest]
#[case::by_documents(offline(), 3, 4)]
#[case::by_a_code(adult(), 5, 8)]
#[tokio::test]
async fn a_request_asks_the_database_six_times(
    #[case] body: Value,
    #[case] on_postgres: usize,
    #[case] on_sqlite: usize,
    #[values(Sqlite, Postgres)] database: Database,
) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let statements = Statements::begin();
    let answer = clinic.create(&body).await;
    answer.is(201);
    let asked = statements.of(&answer);
    let is_of_transaction = |line: &&String| line.contains("BEGIN") || line.contains("COMMIT");
    let of_transactions = asked.iter().filter(is_of_transaction).count();
    match database {
        Postgres => assert_eq!(
            (asked.len(), of_transactions),
            (on_postgres, 0),
            "{asked:#?}"
        ),
        // Whether the beginning and the end of a transaction are logged differs.
        Sqlite => assert_eq!(asked.len() - of_transactions, on_sqlite, "{asked:#?}"),
    }
}
