//! What the data of a request must keep to (§3.3 rows 8 to 16, §5): each rule with its entry, text and parameters.

use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::support::Database::{self, Postgres, Sqlite};

fn document(kind: &str, number: &str) -> Value {
    json!({ "type": kind, "number": number, "issued_by": "0515", "issued_at": "2021-02-28", "expiration_date": "2031-02-28" })
}

fn documents(documents: &[Value]) -> Value {
    with(offline(), "/person/documents", json!(documents))
}

/// A rule that is broken: what is sent, where the fault lies, what is told, and with which parameters.
type Case = (Value, &'static str, &'static str, &'static [&'static str]);

fn person_cases() -> Vec<Case> {
    const CONFIDANT: &str = "$.person.confidant_person";
    let born = |day: &str| {
        with(
            without(adult(), "/person/unzr"),
            "/person/birth_date",
            json!(day),
        )
    };
    let both = documents(&[
        document("NATIONAL_ID", "001234567"),
        document("PASSPORT", "АА120518"),
    ]);
    let twice = documents(&[
        document("REFUGEE_CERTIFICATE", "РБ123456"),
        document("REFUGEE_CERTIFICATE", "РБ123457"),
    ]);
    let phone = json!({ "type": "MOBILE", "number": "+380503410870" });
    let residence = adult()["person"]["addresses"][0].clone();
    let registration = with(residence.clone(), "/type", json!("REGISTRATION"));
    vec![
        // Row 8: the birth date.
        (
            born("2026-06-16"),
            "$.person.birth_date",
            "Invalid birth date",
            &[],
        ),
        (
            born("1875-06-15"),
            "$.person.birth_date",
            "Invalid birth date",
            &[],
        ),
        // Row 9: fourteen tomorrow.
        (
            without(child(), "/person/confidant_person"),
            CONFIDANT,
            "Confidant person is mandatory for children",
            &[],
        ),
        (
            born("2012-06-16"),
            CONFIDANT,
            "Confidant person is mandatory for children",
            &[],
        ),
        // Row 10.
        (
            with(
                child(),
                "/person/confidant_person/0/birth_date",
                json!("2012-06-16"),
            ),
            "$.person.confidant_person.[0].birth_date",
            "Incorrect person age for such an action",
            &[],
        ),
        // Row 12.
        (
            with(adult(), "/person/no_tax_id", json!(true)),
            "$.person.tax_id",
            "Persons who refused the tax_id should be without tax_id",
            &[],
        ),
        (
            without(adult(), "/person/tax_id"),
            "$.person.tax_id",
            "Only persons who refused the tax_id could be without tax_id",
            &[],
        ),
        // Row 13: dates.
        (
            with(
                adult(),
                "/person/documents/0/issued_at",
                json!("2026-06-16"),
            ),
            "$.person.documents.[0].issued_at",
            "Document issued date should be in the past",
            &[],
        ),
        (
            with(
                adult(),
                "/person/documents/0/issued_at",
                json!("1985-03-16"),
            ),
            "$.person.documents.[0].issued_at",
            "Document issued date should greater than person.birth_date",
            &[],
        ),
        (
            with(
                adult(),
                "/person/documents/0/expiration_date",
                json!("2026-06-15"),
            ),
            "$.person.documents.[0].expiration_date",
            "Document expiration_date should be in future",
            &[],
        ),
        (
            with(
                adult(),
                "/person/documents/0/expiration_date",
                json!("2026-06-14"),
            ),
            "$.person.documents.[0].expiration_date",
            "Document expiration_date should be in future",
            &[],
        ),
        // Row 13: sets.
        (
            both,
            "$.person.documents",
            "Person can have only new passport NATIONAL_ID or old PASSPORT",
            &[],
        ),
        (
            twice,
            "$.person.documents.[1].type",
            "No duplicate values.",
            &["REFUGEE_CERTIFICATE"],
        ),
        (
            with(
                child(),
                "/person/documents/0",
                without(document("PASSPORT", "АА120518"), "/issued_at")
                    .as_object()
                    .map(|o| {
                        let mut o = o.clone();
                        o.insert("issued_at".into(), json!("2025-02-28"));
                        json!(o)
                    })
                    .unwrap(),
            ),
            "$.person.documents",
            "Must contain required item.",
            &["BIRTH_CERTIFICATE"],
        ),
        // Row 14.
        (
            with(adult(), "/person/unzr", json!("19850318-00000")),
            "$.person.unzr",
            "unzr or birthdate are not correct",
            &[],
        ),
        (
            without(adult(), "/person/unzr"),
            "$.person",
            "unzr is mandatory for document type NATIONAL_ID",
            &["unzr"],
        ),
        (
            with(adult(), "/person/unzr", json!(null)),
            "$.person",
            "unzr is mandatory for document type NATIONAL_ID",
            &["unzr"],
        ),
        // Row 15.
        (
            with(adult(), "/person/phones", json!([phone, phone])),
            "$.person.phones.[1].type",
            "No duplicate values.",
            &["MOBILE"],
        ),
        (
            with(
                adult(),
                "/person/emergency_contact/phones",
                json!([phone, phone]),
            ),
            "$.person.emergency_contact.phones.[1].type",
            "No duplicate values.",
            &["MOBILE"],
        ),
        (
            with(
                child(),
                "/person/confidant_person/0/phones",
                json!([phone, phone]),
            ),
            "$.person.confidant_person.[0].phones.[1].type",
            "No duplicate values.",
            &["MOBILE"],
        ),
        (
            with(
                child(),
                "/person/confidant_person/0/documents_person",
                json!([
                    document("PASSPORT", "АА120518"),
                    document("PASSPORT", "АА120519")
                ]),
            ),
            "$.person.confidant_person.[0].documents_person.[1].type",
            "No duplicate values.",
            &["PASSPORT"],
        ),
        (
            with(
                child(),
                "/person/confidant_person/0/documents_relationship",
                json!([{ "type": "DOCUMENT", "number": "1" }, { "type": "DOCUMENT", "number": "2" }]),
            ),
            "$.person.confidant_person.[0].documents_relationship.[1].type",
            "No duplicate values.",
            &["DOCUMENT"],
        ),
        (
            with(
                child(),
                "/person/confidant_person",
                json!([
                    child()["person"]["confidant_person"][0],
                    child()["person"]["confidant_person"][0]
                ]),
            ),
            "$.person.confidant_person.[1].relation_type",
            "No duplicate values.",
            &["PRIMARY"],
        ),
        (
            with(
                child(),
                "/person/confidant_person/0/relation_type",
                json!("SECONDARY"),
            ),
            "$.person.confidant_person.[0].relation_type",
            "Must contain required item.",
            &["PRIMARY"],
        ),
        // Row 16.
        (
            with(adult(), "/person/addresses", json!([registration])),
            "$.person.addresses",
            "Addresses with type RESIDENCE should be present",
            &[],
        ),
        (
            with(adult(), "/person/addresses", json!([residence, residence])),
            "$.person.addresses",
            "Single address of type 'RESIDENCE' is required, got: 2",
            &[],
        ),
        // Row 17.
        (
            with(
                adult(),
                "/person/authentication_methods",
                json!([{ "type": "OFFLINE" }, { "type": "OFFLINE" }]),
            ),
            "$.person.authentication_methods.[0].type",
            "Must be one and only one authentication method.",
            &[],
        ),
        (
            with(
                child(),
                "/person/authentication_methods",
                json!([{ "type": "OFFLINE" }]),
            ),
            "$.person.authentication_methods.[0].type",
            "Such person cannot have self authentication method",
            &[],
        ),
        (
            with(
                child(),
                "/person/authentication_methods",
                json!([{ "type": "OTP", "phone_number": "+380500000017" }]),
            ),
            "$.person.authentication_methods.[0].type",
            "Such person cannot have self authentication method",
            &[],
        ),
    ]
}

#[rstest]
#[tokio::test]
async fn acceptance_6_7_9_rows_8_to_17(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    for (body, entry, message, params) in person_cases() {
        refuses_field(&clinic.create(&body).await, entry, message, params);
    }
    // §6.2: through another only with a confidant.
    let through = with(
        adult(),
        "/person/authentication_methods",
        json!([{ "type": "THIRD_PERSON", "value": MOTHER, "alias": "сестра" }]),
    );
    refuses_schema(
        &clinic.create(&through).await,
        vec![inclusion(
            "$.person.authentication_methods.[0].type",
            json!(["OTP", "OFFLINE"]),
        )],
    );
    let confidant = child()["person"]["confidant_person"].clone();
    clinic
        .create(&with(through, "/person/confidant_person", confidant))
        .await
        .is(201);
    assert_eq!(app.count("person_requests", "1 = 1").await, 1);
}

/// §5.4: the documents that must say until when they are good.
#[rstest]
#[tokio::test]
async fn documents_that_expire(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    for (kind, number) in [
        ("NATIONAL_ID", "001234567"),
        ("COMPLEMENTARY_PROTECTION_CERTIFICATE", "СТ123456"),
        ("PERMANENT_RESIDENCE_PERMIT", "900123456"),
        ("REFUGEE_CERTIFICATE", "РБ123456"),
        ("TEMPORARY_CERTIFICATE", "ІВ1234"),
        ("TEMPORARY_PASSPORT", "ТП/1234"),
    ] {
        let paper = document(kind, number);
        let message = format!("expiration_date is mandatory for document_type {kind}");
        let answer = clinic
            .create(&documents(&[without(paper.clone(), "/expiration_date")]))
            .await;
        refuses_field(
            &answer,
            "$.person.documents.[0].expiration_date",
            &message,
            &[],
        );
        let tomorrow = with(paper, "/expiration_date", json!("2026-06-16"));
        clinic.create(&documents(&[tomorrow])).await.is(201);
    }
    for (kind, number) in [
        ("PASSPORT", "АА120518"),
        ("BIRTH_CERTIFICATE", "І-БК№123456"),
        ("BIRTH_CERTIFICATE_FOREIGN", "PL/1"),
    ] {
        let paper = without(document(kind, number), "/expiration_date");
        clinic.create(&documents(&[paper])).await.is(201);
    }
    // Today and the day of birth are good days to be issued on.
    for day in ["2026-06-15", "1985-03-17"] {
        clinic
            .create(&with(adult(), "/person/documents/0/issued_at", json!(day)))
            .await
            .is(201);
    }
}

/// §5.4: the forms of numbers, for the person and for confidants.
#[rstest]
#[tokio::test]
async fn numbers_of_documents(#[values(Sqlite, Postgres)] database: Database) {
    const SERIES: &str = r"^((?![ЫЪЭЁ])([А-ЯҐЇІЄ])){2}[0-9]{6}$";
    const CERTIFICATE: &str = r"^((?![ЫЪЭЁыъэё@%&$^#`~:,.*|}{?!])[A-ZА-ЯҐЇІЄ0-9№\/()-]){2,25}$";
    const PERMIT: &str = r"^(((?![ЫЪЭЁ])([А-ЯҐЇІЄ])){2}[0-9]{4,6}|[0-9]{9}|((?![ЫЪЭЁ])([А-ЯҐЇІЄ])){2}[0-9]{5}\/[0-9]{5})$";
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    for (kind, pattern, good, bad) in [
        (
            "PASSPORT",
            SERIES,
            &["АА120518"][..],
            &["AA120518", "ЫЫ120518", "АА12051", "аа120518"][..],
        ),
        (
            "NATIONAL_ID",
            "^[0-9]{9}$",
            &["001234567"],
            &["АА120518", "00123456"],
        ),
        (
            "BIRTH_CERTIFICATE",
            CERTIFICATE,
            &["І-БК№123456", "1234567890123456789012345"],
            &["і-бк 123", "1", "12345678901234567890123456"],
        ),
        (
            "COMPLEMENTARY_PROTECTION_CERTIFICATE",
            SERIES,
            &["СТ123456"],
            &["СТ12345"],
        ),
        ("REFUGEE_CERTIFICATE", SERIES, &["РБ123456"], &["РБ1234567"]),
        (
            "TEMPORARY_CERTIFICATE",
            PERMIT,
            &["ІВ1234", "ІВ123456", "900123456", "ІВ12345/12345"],
            &["ІВ123", "ІВ12345\\12345"],
        ),
        (
            "TEMPORARY_PASSPORT",
            CERTIFICATE,
            &["ТП/1234"],
            &["ТП:1234"],
        ),
        (
            "PERMANENT_RESIDENCE_PERMIT",
            PERMIT,
            &["900123456", "ІВ1234"],
            &["x"],
        ),
        (
            "BIRTH_CERTIFICATE_FOREIGN",
            r"^\P{Cc}{2,25}$",
            &["Nr. 12/ą"],
            &["1", "12345678901234567890123456"],
        ),
        (
            "MARRIAGE_CERTIFICATE",
            r"^\P{Cc}{1,25}$",
            &["1"],
            &["", "12345678901234567890123456"],
        ),
    ] {
        let format = |entry: &str| {
            item(
                entry,
                "format",
                "string does not match pattern \"%{pattern}\"",
                json!({ "pattern": pattern }),
            )
        };
        for number in good {
            clinic
                .create(&documents(&[document(kind, number)]))
                .await
                .is(201);
        }
        for number in bad {
            let answer = clinic.create(&documents(&[document(kind, number)])).await;
            refuses_schema(&answer, vec![format("$.person.documents.[0].number")]);
            let body = with(
                child(),
                "/person/confidant_person/0/documents_person/0",
                document(kind, number),
            );
            refuses_schema(
                &clinic.create(&body).await,
                vec![format(
                    "$.person.confidant_person.[0].documents_person.[0].number",
                )],
            );
        }
    }
}

/// §8: every tax number of ten digits is taken; the copy is asked for where it does not fit.
#[rstest]
#[tokio::test]
async fn tax_numbers(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::with(database, &["--otp-sends-per-hour", "0"]).await;
    let clinic = Clinic::new(&app).await;
    for (tax_id, birth_date, gender, fits) in [
        ("3112201416", "1985-03-17", "MALE", true),
        ("3346809522", "1991-08-19", "FEMALE", true),
        ("2806800940", "1976-11-05", "FEMALE", true),
        ("3999869394", "2009-07-05", "MALE", true),
        ("2659719350", "1972-10-26", "MALE", true),
        ("3112201417", "1985-03-17", "MALE", false),
        ("3126509816", "1991-08-19", "MALE", false),
        ("1234567890", "1985-03-17", "MALE", false),
        ("0000000000", "1985-03-17", "MALE", false),
        ("3112201416", "1985-03-18", "MALE", false),
        ("3112201416", "1985-03-17", "FEMALE", false),
    ] {
        let mut body = without(adult(), "/person/unzr");
        body["person"]["tax_id"] = json!(tax_id);
        body["person"]["birth_date"] = json!(birth_date);
        body["person"]["gender"] = json!(gender);
        body["person"]["documents"] = json!([document("PASSPORT", "АА120518")]);
        let answer = clinic.create(&body).await;
        answer.is(201);
        let expected: &[&str] = if fits { &[] } else { &["person.tax_id"] };
        assert_eq!(links(&answer), expected, "{tax_id} {birth_date} {gender}");
    }
    for tax_id in ["311220141", "31122O1416", "31122014160", ""] {
        let answer = clinic
            .create(&with(adult(), "/person/tax_id", json!(tax_id)))
            .await;
        let pattern = json!({ "pattern": "^[0-9]{10}$" });
        refuses_schema(
            &answer,
            vec![item(
                "$.person.tax_id",
                "format",
                "string does not match pattern \"%{pattern}\"",
                pattern,
            )],
        );
    }
}

/// Row 9 and §6.2 on the day before, on and after a birthday; who was born on 29 February grows older on 1 March.
#[rstest]
#[tokio::test]
async fn ages(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    app.clock.advance(
        "2026-02-28T20:00:00Z"
            .parse::<chrono::DateTime<chrono::Utc>>()
            .unwrap()
            - app.now(),
    );
    let teenager = |birth_date: &str| {
        let mut body = without(without(offline(), "/person/unzr"), "/person/tax_id");
        body["person"]["no_tax_id"] = json!(true);
        body["person"]["birth_date"] = json!(birth_date);
        body["person"]["documents"] = json!([{ "type": "PASSPORT", "number": "АА120518", "issued_by": "РВ", "issued_at": "2025-01-01" }]);
        body
    };
    let token = clinic.token.clone();
    let clinic = Clinic { app: &app, token };
    // It is 22:00 in Kyiv on 28 February.
    for (birth_date, is_child) in [
        ("2012-02-27", false),
        ("2012-02-28", false),
        ("2012-02-29", true),
        ("2012-03-01", true),
    ] {
        let answer = clinic.create(&teenager(birth_date)).await;
        if is_child {
            refuses_field(
                &answer,
                "$.person.confidant_person",
                "Confidant person is mandatory for children",
                &[],
            );
        } else {
            answer.is(201);
        }
    }
    app.clock.advance(TimeDelta::hours(2));
    // It is 1 March.
    clinic.create(&teenager("2012-02-29")).await.is(201);
    clinic.create(&teenager("2012-03-01")).await.is(201);
    clinic.create(&teenager("2012-03-02")).await.is(422);
}

/// §10: types of documents by age, where an installation names them.
#[rstest]
#[tokio::test]
async fn types_of_documents_by_age(#[values(Sqlite, Postgres)] database: Database) {
    let settings = [
        "--self-auth-age-document-types",
        "PASSPORT",
        "--no-self-auth-age-document-types",
        "BIRTH_CERTIFICATE_FOREIGN",
    ];
    let app = TestApp::with(database, &settings).await;
    let clinic = Clinic::new(&app).await;
    for (pointer, body) in [
        ("$.person.documents.[0].type", adult()),
        ("$.person.documents.[0].type", child()),
    ] {
        refuses_field(
            &clinic.create(&body).await,
            pointer,
            "Submitted document type is not allowed",
            &[],
        );
    }
    clinic
        .create(&documents(&[document("PASSPORT", "АА120518")]))
        .await
        .is(201);
}

/// Whatever stands in the place of a member, the answer is one of those that are documented.
#[test]
fn hostile_bodies() {
    use proptest::{
        prelude::*,
        sample::{Index, select},
        test_runner::{Config, TestRunner},
    };

    fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
        found.push(at.to_owned());
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    pointers(value, &format!("{at}/{name}"), found);
                }
            }
            Value::Array(items) => {
                for (index, value) in items.iter().enumerate() {
                    pointers(value, &format!("{at}/{index}"), found);
                }
            }
            _ => {}
        }
    }

    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _entered = runtime.enter();
    let app = runtime.block_on(TestApp::new(Sqlite));
    let clinic = runtime.block_on(Clinic::new(&app));
    let odd = select(vec![
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(-1.5),
        json!(""),
        json!("x"),
        json!("\u{0}"),
        json!("2026-02-30"),
        json!("0000-01-01"),
        json!("9999-12-31"),
        json!("00000000-0000-0000-0000-000000000000"),
        json!("АА120518"),
        json!("THIRD_PERSON"),
        json!("NA"),
        json!([]),
        json!({}),
        json!([[[]]]),
        json!({ "type": "OTP" }),
        json!("я".repeat(256)),
        json!(ADULT),
        json!("NATIONAL_ID"),
    ]);
    let changes = prop::collection::vec((any::<Index>(), odd), 1..4);
    let bodies = select(vec![
        offline(),
        child(),
        change(ADULT),
        without(child(), "/person/confidant_person"),
    ]);
    let paths = select(vec![PATH, V2]);
    let config = Config {
        cases: 400,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&(paths, bodies, changes), |(path, mut body, changes)| {
            for (index, value) in changes {
                let mut found = Vec::new();
                pointers(&body, "", &mut found);
                let pointer = index.get(&found).clone();
                if let Some(place) = body.pointer_mut(&pointer) {
                    *place = value;
                }
            }
            let answer = runtime.block_on(clinic.api().post(path, &body));
            let status = answer.status.as_u16();
            prop_assert!(
                [201, 400, 409, 422, 429].contains(&status),
                "{status}: {}",
                answer.text()
            );
            Ok(())
        })
        .unwrap();
}
