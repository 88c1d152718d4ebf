//! The second version of the routes (§3.10, §5.9): a confidant is a person of the registry.

use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::support::Database::{self, Postgres, Sqlite};

const CONFIDANT: &str = "$.person.confidant_person";

fn paper(kind: &str) -> Value {
    json!({ "type": kind, "number": "І-БК№540021", "issued_by": "РАЦС", "issued_at": "2025-02-11" })
}

/// The mother's child.
pub fn ward() -> Value {
    let confidant =
        json!({ "person_id": MOTHER, "documents_relationship": [paper("BIRTH_CERTIFICATE")] });
    with(child(), "/person/confidant_person", confidant)
}

/// Somebody born that day who confirms by documents, without anybody.
fn born(birth_date: &str, documents: &[Value]) -> Value {
    let mut body = without(without(offline(), "/person/unzr"), "/person/tax_id");
    body["person"]["no_tax_id"] = json!(true);
    body["person"]["birth_date"] = json!(birth_date);
    body["person"]["documents"] = json!(documents);
    body
}

fn passport() -> Value {
    json!({ "type": "PASSPORT", "number": "АА120518", "issued_by": "РВ", "issued_at": "2025-01-01" })
}

fn marriage() -> Value {
    json!({ "type": "MARRIAGE_CERTIFICATE", "number": "1", "issued_by": "РАЦС", "issued_at": "2026-01-01" })
}

async fn create(clinic: &Clinic<'_>, body: &Value) -> Answer {
    clinic.app.clock.advance(TimeDelta::seconds(61));
    clinic.api().post(V2, body).await
}

#[rstest]
#[tokio::test]
async fn the_whole_way_of_a_ward(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let created = create(&clinic, &ward()).await;
    let id = id_of(&created);
    let link = format!("confidant_person.{MOTHER}.documents_relationship.BIRTH_CERTIFICATE");
    assert_eq!(links(&created), [link.as_str()]);
    assert_eq!(
        created.json()["urgent"]["authentication_method_current"],
        json!({ "type": "OTP", "phone_number": "+38050*****33", "alias": "мама" })
    );
    clinic.upload(&created).await;
    let path = format!("{V2}/{id}");
    let actions = format!("{path}/actions");
    let approve = json!({ "verification_code": clinic.code() });
    let shown = clinic
        .api()
        .patch(&format!("{actions}/approve"), &approve)
        .await
        .is(200)
        .json()["data"]
        .clone();
    assert_eq!(
        shown["person"]["authentication_methods"][0]["phone_number"],
        "+38050*****33"
    );
    let content = clinic.api().get(&path).await.is(200).json()["data"]["content"].clone();
    for text in [
        "Реєстрова Оксана",
        "19.08.1991",
        "Свідоцтво про народження І-БК№540021",
    ] {
        assert!(content.as_str().unwrap().contains(text), "{text}");
    }
    let signed = clinic.signed(&with(shown, "/patient_signed", json!(true)));
    let signed = clinic
        .api()
        .patch(&format!("{actions}/sign"), &signed)
        .await
        .is(200)
        .json();
    assert_eq!(signed["data"]["status"], "SIGNED");
    let relationship = "verification_status = 'VERIFICATION_NEEDED' AND verification_reason = 'MANUAL_CREATED_BY_DOCTOR'
        AND is_active = true AND active_to IS NOT NULL AND relation_type = 'PRIMARY' AND inserted_by IS NOT NULL";
    assert_eq!(
        app.count("confidant_person_relationships", relationship)
            .await,
        1
    );
    // Both versions stand in one list, each with its number.
    let listed = clinic.api().get(PATH).await.is(200).json();
    assert_eq!(listed["data"][0]["version"], 2);
}

#[rstest]
#[tokio::test]
async fn what_the_schema_finds(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let described = create(&clinic, &child()).await;
    let cast = item(
        CONFIDANT,
        "cast",
        "type mismatch. Expected %{expected} but got %{actual}",
        json!({ "actual": "array", "expected": "object" }),
    );
    refuses_schema(&described, vec![cast]);
    let required = |name: &str| crate::support::required(&format!("{CONFIDANT}.{name}"), name);
    let empty = with(ward(), "/person/confidant_person", json!({}));
    refuses_schema(
        &create(&clinic, &empty).await,
        vec![required("person_id"), required("documents_relationship")],
    );
    let undated = json!({ "type": "DOCUMENT", "number": "1" });
    let undated = with(
        ward(),
        "/person/confidant_person/documents_relationship/0",
        undated,
    );
    let missing = ["issued_by", "issued_at"].map(|name| {
        crate::support::required(
            &format!("{CONFIDANT}.documents_relationship.[0].{name}"),
            name,
        )
    });
    refuses_schema(&create(&clinic, &undated).await, missing.to_vec());
    // A change names no confidant.
    let mut change = change(ADULT);
    change["person"]["confidant_person"] = ward()["person"]["confidant_person"].clone();
    refuses_schema(
        &create(&clinic, &change).await,
        vec![not_allowed(CONFIDANT)],
    );
}

/// §3.10 "Necessity": fourteen and eighteen are settings.
#[rstest]
#[tokio::test]
async fn who_needs_a_confidant(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let mandatory = "Confidant person is mandatory for children";
    for (birth_date, documents, needs) in [
        ("2012-06-16", vec![passport(), marriage()], true),
        ("2012-06-15", vec![passport()], true),
        ("2012-06-15", vec![passport(), marriage()], false),
        ("2008-06-16", vec![passport()], true),
        ("2008-06-16", vec![passport(), marriage()], false),
        ("2008-06-15", vec![passport()], false),
    ] {
        let mut body = born(birth_date, &documents);
        if birth_date == "2012-06-16" {
            body["person"]["documents"].as_array_mut().unwrap().push(json!({ "type": "BIRTH_CERTIFICATE", "number": "1-АБ", "issued_by": "РАЦС", "issued_at": "2025-02-11" }));
        }
        let answer = create(&clinic, &body).await;
        if needs {
            refuses_field(&answer, CONFIDANT, mandatory, &[]);
        } else {
            answer.is(201);
        }
    }
    // Who proves legal capacity has none.
    let mut both = born("2010-01-01", &[passport(), marriage()]);
    both["person"]["confidant_person"] = ward()["person"]["confidant_person"].clone();
    both["person"]["authentication_methods"] = ward()["person"]["authentication_methods"].clone();
    refuses_field(
        &create(&clinic, &both).await,
        CONFIDANT,
        "Confidant can not be submitted for person who has document that proves legal capacity",
        &[],
    );
}

#[rstest]
#[tokio::test]
async fn section_5_9_the_confidant(#[values(Sqlite, Postgres)] database: Database) {
    const ID: &str = "$.person.confidant_person.person_id";
    const TYPE: &str = "$.person.authentication_methods.[0].type";
    const VALUE: &str = "$.person.authentication_methods.[0].value";
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let by = |id: Uuid| {
        let body = with(ward(), "/person/confidant_person/person_id", json!(id));
        with(body, "/person/authentication_methods/0/value", json!(id))
    };
    for (who, message) in [
        (Uuid::from_u128(1), "such person doesn't exist"),
        (GONE_PERSON, "such person doesn't exist"),
        (YOUNG_PERSON, "Incorrect person age for such an action"),
        (
            MUTE_PERSON,
            "Confidant person must have active authentication method with type \"OTP\" where ended_at is equal to or greater than current date",
        ),
    ] {
        refuses_field(&create(&clinic, &by(who)).await, ID, message, &[]);
    }
    let own = with(
        ward(),
        "/person/authentication_methods",
        json!([{ "type": "OFFLINE" }]),
    );
    refuses_field(
        &create(&clinic, &own).await,
        TYPE,
        "Only THIRD_PERSON authentication method can be created for person",
        &[],
    );
    let another = with(
        ward(),
        "/person/authentication_methods/0/value",
        json!(ADULT),
    );
    refuses_field(
        &create(&clinic, &another).await,
        VALUE,
        "Confidant person must be submitted as THIRD_PERSON",
        &[],
    );
    let through = with(
        adult(),
        "/person/authentication_methods",
        ward()["person"]["authentication_methods"].clone(),
    );
    refuses_schema(
        &create(&clinic, &through).await,
        vec![inclusion(TYPE, json!(["OTP", "OFFLINE"]))],
    );
    let twice = with(
        ward(),
        "/person/confidant_person/documents_relationship",
        json!([paper("DOCUMENT"), paper("DOCUMENT")]),
    );
    refuses_field(
        &create(&clinic, &twice).await,
        "$.person.confidant_person.documents_relationship.[1].type",
        "No duplicate values.",
        &["DOCUMENT"],
    );
    // Of age nobody is a ward by birth.
    let mut of_age = born("2008-06-15", &[passport()]);
    of_age["person"]["confidant_person"] = ward()["person"]["confidant_person"].clone();
    of_age["person"]["authentication_methods"] = ward()["person"]["authentication_methods"].clone();
    refuses_field(
        &create(&clinic, &of_age).await,
        "$.person.confidant_person.documents_relationship.[0].type",
        "Submitted document type is not allowed",
        &[],
    );
    create(
        &clinic,
        &with(
            of_age,
            "/person/confidant_person/documents_relationship/0/type",
            json!("COURT_DECISION"),
        ),
    )
    .await
    .is(201);
    let mut mother = person(MOTHER, "Оксана", "1991-08-19", json!([]));
    mother["verification_status"] = json!("NOT_VERIFIED");
    clinic.import(&json!({ "persons": [mother] })).await;
    refuses_field(
        &create(&clinic, &ward()).await,
        ID,
        "Person with cumulative verification status NOT_VERIFIED can not be submitted as confidant",
        &[],
    );
}

#[rstest]
#[tokio::test]
async fn documents_and_the_record_number(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::with(
        database,
        &[
            "--person-registration-document-types",
            "NATIONAL_ID,BIRTH_CERTIFICATE",
        ],
    )
    .await;
    let clinic = Clinic::new(&app).await;
    refuses_field(
        &create(&clinic, &born("1985-03-17", &[passport()])).await,
        "$.person.documents.[0].type",
        "Submitted document type is not allowed",
        &[],
    );
    // §7 rule 8: a contradiction is no error here, it is proved by a copy.
    let other = with(adult(), "/person/unzr", json!("19850318-00000"));
    let answer = create(&clinic, &other).await;
    answer.is(201);
    assert_eq!(links(&answer), ["person.unzr"]);
    let without_number = without(adult(), "/person/unzr");
    refuses_field(
        &create(&clinic, &without_number).await,
        "$.person",
        "unzr is mandatory for document type NATIONAL_ID",
        &["unzr"],
    );
}

/// §3.10: who must act through a confidant changes their data through one.
#[rstest]
#[tokio::test]
async fn a_ward_s_change(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let third = id(0xb5, 1);
    let methods = json!([
        { "id": ADULT_OTP, "type": "OTP", "phone_number": "+380500000044", "is_primary": true },
        { "id": third, "type": "THIRD_PERSON", "value": MOTHER, "alias": "мама" },
    ]);
    clinic
        .import(&json!({ "persons": [person(ADULT, "Ганна", "2013-01-01", methods)] }))
        .await;
    let mut change = without(
        without(child(), "/person/authentication_methods"),
        "/person/confidant_person",
    );
    change["person"]["id"] = json!(ADULT);
    let conflict = |answer: &Answer| {
        answer.refuses(
            409,
            "request_conflict",
            "Request must be authorized by confidant person",
        )
    };
    conflict(&create(&clinic, &change).await);
    let through = with(change, "/authorize_with", json!(third));
    create(&clinic, &through).await.is(201);
    // An adult for whom somebody is confirmed to stand.
    let adult = super::change(OFFLINE_PERSON);
    create(&clinic, &adult).await.is(201);
    clinic
        .import(&json!({ "confidant_person_relationships": [{
            "id": id(0xf0, 1), "person_id": OFFLINE_PERSON, "confidant_person_id": MOTHER, "verification_status": "VERIFIED", "verification_reason": null,
        }] }))
        .await;
    conflict(&create(&clinic, &adult).await);
    // The first version does not ask.
    clinic.create(&adult).await.is(201);
}

/// A child of the registry stays one, whatever birth date is sent; through a default method that is another's nothing has
/// to be named.
#[rstest]
#[tokio::test]
async fn a_ward_is_one_by_the_registry_too(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let through =
        json!({ "id": id(0xb5, 1), "type": "THIRD_PERSON", "value": MOTHER, "alias": "мама" });
    let own = json!({ "id": id(0xb5, 2), "type": "OFFLINE" });
    let as_adult = super::change(YOUNG_PERSON);
    let registered = |is_primary: bool| {
        let mut through = through.clone();
        through["is_primary"] = json!(is_primary);
        let mut own = own.clone();
        own["is_primary"] = json!(!is_primary);
        json!({ "persons": [person(YOUNG_PERSON, "Леся", "2016-01-01", json!([through, own]))] })
    };
    clinic.import(&registered(false)).await;
    create(&clinic, &as_adult).await.refuses(
        409,
        "request_conflict",
        "Request must be authorized by confidant person",
    );
    clinic.import(&registered(true)).await;
    let answer = create(&clinic, &as_adult).await;
    assert_eq!(
        answer.is(201).json()["urgent"]["authentication_method_current"],
        json!({ "type": "OTP", "phone_number": "+38050*****33", "alias": "мама" })
    );
    let mut as_child = without(
        without(child(), "/person/authentication_methods"),
        "/person/confidant_person",
    );
    as_child["person"]["id"] = json!(YOUNG_PERSON);
    create(&clinic, &as_child).await.is(201);
}

/// §7 rules 3 and 4: each document of the relationship, once; what proves it is not asked for again.
#[rstest]
#[tokio::test]
async fn links_of_a_relationship(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let foreign = |number: &str| json!({ "type": "BIRTH_CERTIFICATE_FOREIGN", "number": number, "issued_by": "Warszawa", "issued_at": "2025-02-11" });
    let of = |kind: &str| format!("confidant_person.{MOTHER}.documents_relationship.{kind}");
    let proves = |body: Value, papers: Value| {
        with(
            body,
            "/person/confidant_person/documents_relationship",
            papers,
        )
    };
    let born_abroad = with(ward(), "/person/documents", json!([foreign("PL/1")]));
    for (body, expected) in [
        (
            proves(
                ward(),
                json!([
                    paper("COURT_DECISION"),
                    paper("BIRTH_CERTIFICATE"),
                    paper("DOCUMENT")
                ]),
            ),
            vec![
                of("COURT_DECISION"),
                of("BIRTH_CERTIFICATE"),
                of("DOCUMENT"),
            ],
        ),
        (
            born_abroad.clone(),
            vec![
                of("BIRTH_CERTIFICATE"),
                "person.BIRTH_CERTIFICATE_FOREIGN".to_owned(),
            ],
        ),
        (
            proves(born_abroad.clone(), json!([foreign("PL/1")])),
            vec![of("BIRTH_CERTIFICATE_FOREIGN")],
        ),
        (
            proves(born_abroad, json!([foreign("PL/2")])),
            vec![
                of("BIRTH_CERTIFICATE_FOREIGN"),
                "person.BIRTH_CERTIFICATE_FOREIGN".to_owned(),
            ],
        ),
    ] {
        let answer = create(&clinic, &body).await;
        answer.is(201);
        assert_eq!(links(&answer), expected);
    }
}

/// §5.9: until when a document of a relationship is good goes into the registry with it.
#[rstest]
#[tokio::test]
async fn a_document_of_a_relationship_that_ends(#[values(Sqlite, Postgres)] database: Database) {
    const ISO_8601: &str = r"^([\+-]?\d{4}(?!\d{2}\b))((-?)((0[1-9]|1[0-2])(\3([12]\d|0[1-9]|3[01]))?|W([0-4]\d|5[0-2])(-?[1-7])?|(00[1-9]|0[1-9]\d|[12]\d{2}|3([0-5]\d|6[1-6])))?)?$";
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let mut decision = paper("COURT_DECISION");
    decision["active_to"] = json!("2027-01-31");
    let body = with(
        ward(),
        "/person/confidant_person/documents_relationship",
        json!([decision]),
    );
    let created = create(&clinic, &body).await;
    let id = id_of(&created);
    clinic.upload(&created).await;
    let actions = format!("{V2}/{id}/actions");
    let code = json!({ "verification_code": clinic.code() });
    let approve = format!("{actions}/approve");
    let shown = clinic.api().patch(&approve, &code).await.is(200).json();
    let confidant = &shown["data"]["person"]["confidant_person"];
    assert_eq!(*confidant, body["person"]["confidant_person"]);
    let content = with(shown["data"].clone(), "/patient_signed", json!(true));
    let sign = format!("{actions}/sign");
    let signed = clinic.signed(&content);
    clinic.api().patch(&sign, &signed).await.is(200);
    let kept = "CAST(documents_relationship AS TEXT) LIKE '%2027-01-31%'";
    assert_eq!(app.count("confidant_person_relationships", kept).await, 1);
    let wrong = with(
        body,
        "/person/confidant_person/documents_relationship/0/active_to",
        json!("31.01.2027"),
    );
    let entry = "$.person.confidant_person.documents_relationship.[0].active_to";
    let rule = item(
        entry,
        "date",
        "expected \"%{actual}\" to be a valid ISO 8601 date",
        json!({ "actual": "31.01.2027", "pattern": ISO_8601 }),
    );
    refuses_schema(&create(&clinic, &wrong).await, vec![rule]);
}

/// §1.3: the second version keeps to the same limits, and neither finds the other's requests.
#[rstest]
#[tokio::test]
async fn who_may_see_and_act(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let id = id_of(&create(&clinic, &ward()).await);
    let other = clinic.api_of(OTHER_CLINIC, DOCTOR, SCOPES).await;
    other
        .get(&format!("{V2}/{id}"))
        .await
        .refuses(404, "not_found", "not found");
    clinic.get(&id).await.refuses(404, "not_found", "not found");
    for (method, action) in super::approve::ACTIONS {
        let body = match action {
            "sign" => clinic.signed(&json!({ "patient_signed": true })),
            _ => json!({}),
        };
        let call = async |api: &Api<'_>, version: &str| {
            let path = format!("{version}/{id}/actions/{action}");
            if method == "POST" {
                api.post(&path, &body).await
            } else {
                api.patch(&path, &body).await
            }
        };
        call(&other, V2)
            .await
            .refuses(403, "forbidden", "Access denied");
        call(&clinic.api(), PATH)
            .await
            .refuses(404, "not_found", "not found");
        // It is not there before it is somebody else's.
        call(&other, PATH)
            .await
            .refuses(404, "not_found", "not found");
    }
    let shown = clinic.api().get(&format!("{V2}/{id}")).await.is(200).json();
    assert_eq!(shown["data"]["status"], "NEW");
}
