//! Cabinet 8.6.

use rstest::rstest;
use serde_json::{Value, json};

use super::with;
use crate::support::{
    Cabinet,
    Database::{self, Postgres, Sqlite},
    OWN_PHONE, TAX_ID, body, changed, patient,
};

/// H-01 to H-07a: in the order of §3.6, and the code stays good.
#[rstest]
#[tokio::test]
async fn h_01_whose_data_these_are(#[values(Sqlite, Postgres)] database: Database) {
    let app = with(database, &[]).await;
    let cabinet = Cabinet::new(&app).await;
    let (_, jwt) = cabinet.proven().await;
    let code = json!(cabinet.code(&jwt).await);
    type Case<'a> = (&'a [(&'a str, Value)], u16, &'a str);
    let cases: [Case<'_>; 6] = [
        (
            &[
                ("/tax_id", json!("3000080053")),
                ("/last_name", json!("Інший")),
            ],
            409,
            "Registration person and person that sign should be the same",
        ),
        (
            &[
                ("/last_name", json!("Іваненко")),
                ("/first_name", json!("Павло")),
            ],
            409,
            "Input last_name doesn't match name from id.gov.ua",
        ),
        (
            &[
                ("/first_name", json!("Павло")),
                ("/email", json!("other@example.com")),
            ],
            409,
            "Input first_name doesn't match name from id.gov.ua",
        ),
        (
            &[
                ("/email", json!("other@example.com")),
                ("/birth_date", json!("2012-06-16")),
                ("/unzr", json!(null)),
            ],
            409,
            "Email does not match data from id.gov.ua",
        ),
        (
            &[("/birth_date", json!("2012-06-16")), ("/unzr", json!(null))],
            401,
            "Incorrect person age for such an action.",
        ),
        (
            &[("/birth_date", json!("2013-01-01")), ("/unzr", json!(null))],
            401,
            "Incorrect person age for such an action.",
        ),
    ];
    for (changes, status, message) in cases {
        let kind = if status == 409 {
            "request_conflict"
        } else {
            "access_denied"
        };
        let answer = cabinet
            .post(&jwt, &code, &body(changed(patient(), changes)))
            .await;
        answer.refuses(status, kind, message);
    }
    assert_eq!(cabinet.attempts().await, 0);
    assert_eq!(app.count("cabinet_registrations", "status = 409").await, 3);
    let good = [
        ("/last_name", json!("ІВАНОВ")),
        ("/email", json!("Email@Example.COM")),
        ("/birth_date", json!("2012-06-15")),
        ("/unzr", json!(null)),
    ];
    let answer = cabinet
        .post(&jwt, &code, &body(changed(patient(), &good)))
        .await;
    answer.is(201);
}

/// H-03: the apostrophe may be any of them.
#[rstest]
#[tokio::test]
async fn h_03_apostrophes(#[values(Sqlite, Postgres)] database: Database) {
    let app = with(database, &[]).await;
    let cabinet = Cabinet::new(&app).await;
    let id = cabinet.proof(&[("/last_name", json!("ДЕМ'ЯНЕНКО"))]).await;
    let jwt = cabinet.jwt(id);
    let code = json!(cabinet.code(&jwt).await);
    let sent = changed(patient(), &[("/last_name", json!("Дем\u{2bc}яненко"))]);
    cabinet.post(&jwt, &code, &body(sent)).await.is(201);
}

fn user(id: u32, tax_id: Option<&str>, email: Option<&str>) -> Value {
    json!({ "id": format!("bb000000-0000-4000-8000-{id:012}"), "tax_id": tax_id, "email": email })
}

/// H-08 to H-10: accounts that are in the way.
#[rstest]
#[case::has_an_account(vec![user(1, Some(TAX_ID), None)], true, 409, "tax_id_exists", "User with this tax_id already exists")]
#[case::address_of_another(vec![user(1, Some("3000080053"), Some("email@example.com"))], false, 409, "email_exists", "User with this email already exists")]
#[case::two_accounts(vec![user(1, Some(TAX_ID), None), user(2, None, Some("EMAIL@example.com"))], false, 409, "email_exists", "User with this email already exists")]
#[case::blocked(vec![changed(user(1, Some(TAX_ID), None), &[("/is_blocked", json!(true))])], false, 401, "access_denied", "User blocked")]
#[case::blocked_by_email(vec![changed(user(1, None, Some("email@example.com")), &[("/is_blocked", json!(true))])], false, 401, "access_denied", "User blocked")]
#[tokio::test]
async fn h_08_accounts(
    #[values(Sqlite, Postgres)] database: Database,
    #[case] mut users: Vec<Value>,
    #[case] has_person: bool,
    #[case] status: u16,
    #[case] kind: &str,
    #[case] message: &str,
) {
    let app = with(database, &[]).await;
    let cabinet = Cabinet::new(&app).await;
    let mut persons = Vec::new();
    if has_person {
        let mut person = patient();
        for member in ["authentication_methods", "process_disclosure_data_consent"] {
            person.as_object_mut().unwrap().shift_remove(member);
        }
        person["id"] = json!("dd000000-0000-4000-8000-000000000001");
        users[0]["person_id"] = person["id"].clone();
        persons.push(person);
    }
    cabinet
        .import(&json!({ "users": users, "persons": persons }))
        .await;
    let rows = cabinet.rows().await;
    let (_, jwt) = cabinet.proven().await;
    let code = json!(cabinet.code(&jwt).await);
    let answer = cabinet.post(&jwt, &code, &body(patient())).await;
    answer.refuses(status, kind, message);
    assert_eq!(cabinet.attempts().await, 0);
    assert_eq!(cabinet.rows().await, rows);
}

fn person(id: u32, more: &[(&str, Value)]) -> Value {
    let mut person = patient();
    for member in ["authentication_methods", "process_disclosure_data_consent"] {
        person.as_object_mut().unwrap().shift_remove(member);
    }
    person["id"] = json!(format!("dd000000-0000-4000-8000-{id:012}"));
    changed(person, more)
}

/// H-11
#[rstest]
#[tokio::test]
async fn h_11_two_could_be_meant(#[values(Sqlite, Postgres)] database: Database) {
    let app = with(database, &[]).await;
    let cabinet = Cabinet::new(&app).await;
    cabinet
        .import(&json!({ "persons": [person(1, &[]), person(2, &[])] }))
        .await;
    let answer = cabinet.register(&body(patient())).await;
    let text = "It is impossible to uniquely identify the person.";
    answer.refuses(409, "request_conflict", text);
    assert_eq!(app.count("persons", "version > 1").await, 0);
}

/// H-13, authority §10: who is `DEAD` by the register of deaths; `NOT_VERIFIED` there is a question, not a death.
#[rstest]
#[tokio::test]
async fn h_13_the_dead_do_not_register(#[values(Sqlite, Postgres)] database: Database) {
    for (status, is_dead) in [("DEAD", true), ("NOT_VERIFIED", false)] {
        let app = with(database, &[]).await;
        let cabinet = Cabinet::new(&app).await;
        cabinet
            .import(&json!({ "persons": [person(1, &[])] }))
            .await;
        let stream = json!({ "dracs_death": { "status": status, "reason": "AUTO" } });
        app.execute(&format!(
            "UPDATE persons SET verification = '{stream}' WHERE tax_id = '{TAX_ID}'"
        ))
        .await;
        let answer = cabinet.register(&body(patient())).await;
        if is_dead {
            answer.refuses(409, "request_conflict", "Person is not active");
            assert_eq!(app.count("persons", "version > 1").await, 0);
        } else {
            answer.is(201);
        }
        let own = format!("tax_id = '{TAX_ID}'");
        assert_eq!(app.count("persons", &own).await, 1, "{status}");
    }
}

/// H-14
#[rstest]
#[tokio::test]
async fn h_14_a_phone_of_many(#[values(Sqlite, Postgres)] database: Database) {
    let app = with(database, &["--phone-number-auth-limit", "2"]).await;
    let cabinet = Cabinet::new(&app).await;
    let other = |id: u32| {
        let method = json!([{ "id": format!("aa000000-0000-4000-8000-{id:012}"), "type": "OTP", "phone_number": OWN_PHONE }]);
        let tax_id = json!(format!("300008005{id}"));
        person(
            id,
            &[("/tax_id", tax_id), ("/authentication_methods", method)],
        )
    };
    cabinet.import(&json!({ "persons": [other(1)] })).await;
    let (_, jwt) = cabinet.proven().await;
    let code = json!(cabinet.code(&jwt).await);
    cabinet.import(&json!({ "persons": [other(2)] })).await;
    let answer = cabinet.post(&jwt, &code, &body(patient())).await;
    let text = "This phone number is present more than 2 times in the system";
    answer.refuses_field("$.patient.authentication_methods", "invalid", text);
    app.execute("UPDATE person_authentication_methods SET is_active = false WHERE phone_number = '+380931234585' AND person_id IN (SELECT id FROM persons WHERE tax_id = '3000080052')").await;
    cabinet.post(&jwt, &code, &body(patient())).await.is(201);
}
