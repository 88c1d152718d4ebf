//! A change of somebody's data (§3.6).

use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::support::Database::{self, Postgres, Sqlite};

const NA: &str = "Сannot be confirmed by a method with type= NA. Use a different method.";

fn method(number: u128, kind: &str) -> Value {
    json!({ "id": id(0xb5, number), "type": kind })
}

#[rstest]
#[tokio::test]
async fn acceptance_10_u1_to_u11(#[values(Sqlite, Postgres)] database: Database) {
    assert!(NA.starts_with('\u{421}'), "the first letter is Cyrillic");
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let by = |method: Uuid| with(change(ADULT), "/authorize_with", json!(method));
    refuses_field(
        &clinic.create(&change(Uuid::from_u128(1))).await,
        "$.person.id",
        "such person doesn't exist",
        &[],
    );
    clinic.create(&change(GONE_PERSON)).await.refuses(
        409,
        "request_conflict",
        "person is not active",
    );
    let entry = "$.authorize_with";
    refuses_field(
        &clinic.create(&by(Uuid::from_u128(1))).await,
        entry,
        "such authentication method doesn't exist",
        &[],
    );
    refuses_field(
        &clinic.create(&by(MOTHER_OTP)).await,
        entry,
        "such authentication method does not belong to this person",
        &[],
    );
    let mut ended = method(3, "OFFLINE");
    ended["ended_at"] = json!("2026-06-15T10:00:00Z");
    let mut inactive = method(4, "OFFLINE");
    inactive["is_active"] = json!(false);
    let methods = json!([
        { "id": ADULT_OTP, "type": "OTP", "phone_number": "+380500000044" },
        method(2, "NA"), ended, inactive, method(5, "OFFLINE"),
        { "id": id(0xb5, 6), "type": "THIRD_PERSON", "value": MOTHER, "alias": "сестра" },
        { "id": id(0xb5, 7), "type": "THIRD_PERSON", "value": OFFLINE_PERSON, "alias": "подруга" },
    ]);
    clinic
        .import(&json!({ "persons": [person(ADULT, "Ганна", "1980-01-01", methods)] }))
        .await;
    refuses_field(&clinic.create(&by(id(0xb5, 2))).await, entry, NA, &[]);
    for ended in [3, 4] {
        refuses_field(
            &clinic.create(&by(id(0xb5, ended))).await,
            entry,
            "Authentication method isn't active",
            &[],
        );
    }
    refuses_field(
        &clinic.create(&by(id(0xb5, 7))).await,
        entry,
        "THIRD PERSON can't have OFFLINE self auth method type",
        &[],
    );
    // u11
    refuses_field(&clinic.create(&change(MUTE_PERSON)).await, entry, NA, &[]);
    assert_eq!(app.count("person_requests", "1 = 1").await, 0);
    let current = async |body: &Value| {
        let answer = clinic.create(body).await;
        answer.is(201).json()["urgent"]["authentication_method_current"].clone()
    };
    let otp = json!({ "type": "OTP", "phone_number": "+38050*****44" });
    assert_eq!(current(&change(ADULT)).await, otp, "the oldest one");
    assert_eq!(current(&by(ADULT_OTP)).await, otp);
    assert_eq!(
        current(&by(id(0xb5, 5))).await,
        json!({ "type": "OFFLINE" })
    );
    assert_eq!(
        current(&by(id(0xb5, 6))).await,
        json!({ "type": "OTP", "phone_number": "+38050*****33", "alias": "сестра" })
    );
    let mut offline = method(5, "OFFLINE");
    offline["is_primary"] = json!(true);
    clinic
        .import(&json!({ "persons": [person(ADULT, "Ганна", "1980-01-01", json!([offline]))] }))
        .await;
    assert_eq!(
        current(&change(ADULT)).await,
        json!({ "type": "OFFLINE" }),
        "the primary one"
    );
}

#[rstest]
#[tokio::test]
async fn the_whole_answer(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let body = with(change(ADULT), "/authorize_with", json!(ADULT_OTP));
    let mut data = body.clone();
    data["id"] = json!("[uuid]");
    data["status"] = json!("NEW");
    data["channel"] = json!("MIS");
    let urgent = json!({ "authentication_method_current": { "type": "OTP", "phone_number": "+38050*****44" } });
    assert_answer(&clinic.create(&body).await, 201, data, Some(urgent));
}

/// u5: the data keep to the same rules; the phone of a known method is not counted again (§6.5).
#[rstest]
#[tokio::test]
async fn u5_the_rules_of_data(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::with(database, &["--phone-number-auth-limit", "1"]).await;
    let clinic = Clinic::new(&app).await;
    clinic.create(&change(ADULT)).await.is(201);
    let with_both = with(change(ADULT), "/person/no_tax_id", json!(true));
    refuses_field(
        &clinic.create(&with_both).await,
        "$.person.tax_id",
        "Persons who refused the tax_id should be without tax_id",
        &[],
    );
    let unzr = with(change(ADULT), "/person/unzr", json!("19850318-00000"));
    refuses_field(
        &clinic.create(&unzr).await,
        "$.person.unzr",
        "unzr or birthdate are not correct",
        &[],
    );
    let mut child = without(child(), "/person/authentication_methods");
    child["person"]["id"] = json!(ADULT);
    refuses_field(
        &clinic
            .create(&without(child.clone(), "/person/confidant_person"))
            .await,
        "$.person.confidant_person",
        "Confidant person is mandatory for children",
        &[],
    );
    let answer = clinic.create(&child).await;
    answer.is(201);
    assert_eq!(
        links(&answer).len(),
        2,
        "confidants of a change are looked at too"
    );
    // Rule 6 looks at the method that confirms.
    let offline = clinic.create(&change(OFFLINE_PERSON)).await;
    offline.is(201);
    assert_eq!(links(&offline), ["person.NATIONAL_ID"]);
}
