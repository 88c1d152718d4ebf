//! Of two rules that are broken the earlier one is told (§3.3), where they are asked in different places: what the body alone
//! decides is told by the tests beside `src/person_request/rules.rs`.

use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::support::Database::{self, Postgres, Sqlite};

const VALUE: &str = "$.person.authentication_methods.[0].value";

#[rstest]
#[tokio::test]
async fn row_3_comes_before_row_4(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    // The owner of the clinic is no employee of the pharmacy.
    let owner = clinic.api_of(PHARMACY, OWNER, SCOPES).await;
    owner
        .post(PATH, &adult())
        .await
        .refuses(409, "request_conflict", "Invalid legal entity type");
}

#[rstest]
#[tokio::test]
async fn section_3_6_comes_before_row_8(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let unborn = |person: Uuid| with(change(person), "/person/birth_date", json!("2026-06-16"));
    refuses_field(
        &clinic.create(&unborn(Uuid::from_u128(1))).await,
        "$.person.id",
        "such person doesn't exist",
        &[],
    );
    clinic.create(&unborn(GONE_PERSON)).await.refuses(
        409,
        "request_conflict",
        "person is not active",
    );
    let foreign = with(unborn(ADULT), "/authorize_with", json!(MOTHER_OTP));
    refuses_field(
        &clinic.create(&foreign).await,
        "$.authorize_with",
        "such authentication method does not belong to this person",
        &[],
    );
    refuses_field(
        &clinic.create(&unborn(ADULT)).await,
        "$.person.birth_date",
        "Invalid birth date",
        &[],
    );
}

/// Row 16 before row 18, row 18 before §3.9.
#[rstest]
#[tokio::test]
async fn rules_about_the_phone_have_their_place(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::with(database, &["--phone-number-auth-limit", "1"]).await;
    let clinic = Clinic::new(&app).await;
    clinic.registered(&offline()).await;
    // Another person's phone, which was never proven.
    let mut body = with(
        adult(),
        "/person/authentication_methods/0/phone_number",
        json!("+380500000044"),
    );
    let homeless = with(
        body.clone(),
        "/person/addresses/0/type",
        json!("REGISTRATION"),
    );
    refuses_field(
        &clinic.create(&homeless).await,
        "$.person.addresses",
        "Addresses with type RESIDENCE should be present",
        &[],
    );
    clinic
        .create(&body)
        .await
        .refuses(422, "unverified", "Unverified phone number");
    let proven = json!({ "verified_phones": ["+380500000044"] });
    clinic.import(&proven).await;
    refuses_field(
        &clinic.create(&body).await,
        "$.person.authentication_methods.[0].phone_number",
        "This phone number is present more than 1 times in the system",
        &[],
    );
    body = adult();
    clinic
        .create(&body)
        .await
        .refuses(409, "request_conflict", "Such person already exists");
}

/// Rows 17 and 18 before §3.9.
#[rstest]
#[tokio::test]
async fn rules_about_the_third_person_come_before_section_3_9(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    clinic.registered(&child()).await;
    let through = |id: Uuid| with(child(), "/person/authentication_methods/0/value", json!(id));
    refuses_field(
        &clinic.create(&through(MUTE_PERSON)).await,
        VALUE,
        "THIRD PERSON doesn't have active valid authentication methods",
        &[],
    );
    clinic.create(&through(MOTHER)).await.refuses(
        409,
        "request_conflict",
        "Such person already exists",
    );
}

/// §6.4: a third person is there, in use, old enough, and reached by a code, in this order.
#[rstest]
#[tokio::test]
async fn of_the_rules_about_a_third_person_the_earlier_is_told(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let app = TestApp::with(database, &["--third-person-limit", "0"]).await;
    let clinic = Clinic::new(&app).await;
    let someone = id(0xa1, 9);
    let body = with(
        child(),
        "/person/authentication_methods/0/value",
        json!(someone),
    );
    // Each time one fault less.
    for (status, birth_date, methods, told) in [
        (
            "inactive",
            "2016-01-01",
            json!([]),
            "third person must be active",
        ),
        (
            "active",
            "2016-01-01",
            json!([]),
            "Incorrect person age for such an action",
        ),
        (
            "active",
            "1990-01-01",
            json!([]),
            "THIRD PERSON doesn't have active valid authentication methods",
        ),
        (
            "active",
            "1990-01-01",
            json!([{ "id": id(0xb1, 9), "type": "OFFLINE" }]),
            "THIRD PERSON can't have OFFLINE self auth method type",
        ),
        (
            "active",
            "1990-01-01",
            json!([{ "id": id(0xb1, 9), "type": "OTP", "phone_number": "+380500000055" }]),
            "This fiduciary person is present more than 0 times in the system",
        ),
    ] {
        let mut person = person(someone, "Третя", birth_date, methods);
        person["status"] = json!(status);
        clinic.import(&json!({ "persons": [person] })).await;
        refuses_field(&clinic.create(&body).await, VALUE, told, &[]);
    }
}

/// Version 2: the confidant (row 10) before the data (row 11), the data before the confidant's method (row 17).
#[rstest]
#[tokio::test]
async fn row_10_comes_before_row_11_in_version_2(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let refused = with(super::version_2::ward(), "/person/no_tax_id", json!(true));
    let through = |id: Uuid| {
        let body = with(
            refused.clone(),
            "/person/confidant_person/person_id",
            json!(id),
        );
        with(body, "/person/authentication_methods/0/value", json!(id))
    };
    let create = async |body: &Value| clinic.api().post(V2, body).await;
    refuses_field(
        &create(&through(YOUNG_PERSON)).await,
        "$.person.confidant_person.person_id",
        "Incorrect person age for such an action",
        &[],
    );
    let by_itself = with(
        through(MOTHER),
        "/person/authentication_methods",
        json!([{ "type": "OFFLINE" }]),
    );
    refuses_field(
        &create(&by_itself).await,
        "$.person.tax_id",
        "Persons who refused the tax_id should be without tax_id",
        &[],
    );
}
