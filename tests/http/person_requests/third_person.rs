//! Who confirms for somebody else, and by what (§3.6 u11, §6.4, §6.6, §7 rule 7).

use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::support::Database::{self, Postgres, Sqlite};

/// Somebody else confirms by documents too.
const OFFLINE: [&str; 2] = ["--third-person-offline", "true"];

fn through(id: Uuid) -> Value {
    with(child(), "/person/authentication_methods/0/value", json!(id))
}

#[rstest]
#[tokio::test]
async fn the_whole_way_by_documents_of_a_third_person(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let app = TestApp::with(database, &OFFLINE).await;
    let clinic = Clinic::new(&app).await;
    let body = through(OFFLINE_PERSON);
    let created = clinic.create(&body).await;
    let id = id_of(&created);
    let kinds = [
        "confidant_person.PRIMARY.BIRTH_CERTIFICATE",
        "confidant_person.PRIMARY.PASSPORT",
        "third_person.PASSPORT",
    ];
    assert_eq!(links(&created), kinds);
    assert!(app.app.sms.recorder().unwrap().messages().is_empty());
    let mut data = body;
    data["id"] = json!(id);
    data["status"] = json!("NEW");
    data["channel"] = json!("MIS");
    data["authorize_with"] = json!(null);
    // Who they are is never shown, and a number they have not.
    data["person"]["authentication_methods"] = json!([{ "type": "THIRD_PERSON", "alias": "мама" }]);
    let got = clinic.get(&id).await;
    data["content"] = got.is(200).json()["data"]["content"].clone();
    let content = data["content"].as_str().unwrap();
    assert!(content.contains("☒ копіями") && content.contains("☐ кодом"));
    let urgent = |place: &str, is_uploaded: bool| {
        let link = |kind: &str| json!({ "type": kind, "is_uploaded": is_uploaded, "url": format!("{PUBLIC_URL}/media/{place}/person_requests/{id}/person_request_{kind}.jpeg?[proof]") });
        json!({
            "authentication_method_current": { "type": "OFFLINE", "alias": "мама" },
            "documents": kinds.map(link),
        })
    };
    assert_answer(&got, 200, data.clone(), Some(urgent("uploads", false)));
    let resend = format!("{PATH}/{id}/actions/resend_otp");
    clinic.api().post(&resend, &json!({})).await.refuses_field(
        "$.authentication_method_current",
        "invalid",
        "Auth method is not OTP",
    );
    let links = created.json()["urgent"]["documents"].clone();
    for link in &links.as_array().unwrap()[..2] {
        clinic.put(link["url"].as_str().unwrap()).await;
    }
    clinic.act(&id, "approve", &json!({})).await.refuses(
        409,
        "request_conflict",
        "Documents third_person.PASSPORT is not uploaded",
    );
    clinic.upload(&created).await;
    data["status"] = json!("APPROVED");
    let approved = clinic.act(&id, "approve", &json!({})).await;
    assert_answer(&approved, 200, data.clone(), None);
    let got = clinic.get(&id).await;
    assert_answer(&got, 200, data.clone(), Some(urgent("files", true)));
    data["patient_signed"] = json!(true);
    clinic.act(&id, "sign", &clinic.signed(&data)).await.is(200);
    let method = format!(
        "type = 'THIRD_PERSON' AND value = {} AND alias = 'мама'",
        id_in(database, OFFLINE_PERSON)
    );
    assert_eq!(app.count("person_authentication_methods", &method).await, 1);
}

/// Whoever has both ways gets a code.
#[rstest]
#[tokio::test]
async fn a_code_goes_before_documents(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::with(database, &OFFLINE).await;
    let clinic = Clinic::new(&app).await;
    let methods = json!([
        { "id": OFFLINE_METHOD, "type": "OFFLINE", "is_primary": true },
        { "id": id(0xb1, 1), "type": "OTP", "phone_number": "+380500000066" },
    ]);
    let both = person(OFFLINE_PERSON, "Олена", "1981-01-01", methods);
    clinic.import(&json!({ "persons": [both] })).await;
    let created = clinic.create(&through(OFFLINE_PERSON)).await;
    assert_eq!(
        created.is(201).json()["urgent"]["authentication_method_current"],
        json!({ "type": "OTP", "phone_number": "+38050*****66", "alias": "мама" })
    );
    assert!(!links(&created).contains(&"third_person.PASSPORT".to_owned()));
}

/// u11: a primary method that ended is none; a method of nothing known confirms nothing.
#[rstest]
#[tokio::test]
async fn u11_the_default_method(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let at = |day: &str| json!(format!("2026-05-{day}T00:00:00Z"));
    let phone = |number: u128, day: &str| json!({ "id": id(0xb5, number), "type": "OTP", "phone_number": format!("+38050000007{number}"), "started_at": at(day) });
    let mut primary = phone(1, "01");
    primary["is_primary"] = json!(true);
    let ended = with(primary.clone(), "/ended_at", json!("2026-06-15T10:05:00Z"));
    let later = with(primary.clone(), "/ended_at", json!("2027-06-15T10:05:00Z"));
    let unknown = json!({ "id": id(0xb5, 4), "type": "NA", "is_primary": true });
    for (methods, number) in [
        (json!([phone(3, "03"), phone(2, "02"), ended]), Some("72")),
        (json!([phone(3, "03"), phone(2, "02"), later]), Some("71")),
        (json!([phone(3, "03"), phone(2, "02"), primary]), Some("71")),
        (json!([phone(2, "02"), unknown]), None),
    ] {
        app.execute("DELETE FROM person_authentication_methods")
            .await;
        let adult = person(ADULT, "Ганна", "1980-01-01", methods);
        clinic.import(&json!({ "persons": [adult] })).await;
        let answer = clinic.create(&change(ADULT)).await;
        match number {
            Some(end) => assert_eq!(
                answer.is(201).json()["urgent"]["authentication_method_current"]["phone_number"],
                format!("+38050*****{end}")
            ),
            None => refuses_field(
                &answer,
                "$.authorize_with",
                "Сannot be confirmed by a method with type= NA. Use a different method.",
                &[],
            ),
        }
    }
}

/// Row 10, §6.4 row 4: whoever is fourteen today is old enough, and not the day before.
#[rstest]
#[tokio::test]
async fn somebody_of_fourteen_stands_for_another(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let sister = id(0xa1, 3);
    let born = |day: &str| {
        let methods =
            json!([{ "id": id(0xb1, 3), "type": "OTP", "phone_number": "+380500000067" }]);
        json!({ "persons": [person(sister, "Сестра", day, methods)] })
    };
    let confidant = |day: &str| {
        let body = through(sister);
        with(body, "/person/confidant_person/0/birth_date", json!(day))
    };
    let too_young = "Incorrect person age for such an action";
    clinic.import(&born("2012-06-15")).await;
    refuses_field(
        &clinic.create(&confidant("2012-06-16")).await,
        "$.person.confidant_person.[0].birth_date",
        too_young,
        &[],
    );
    clinic.create(&confidant("2012-06-15")).await.is(201);
    clinic.import(&born("2012-06-16")).await;
    refuses_field(
        &clinic.create(&confidant("2012-06-15")).await,
        "$.person.authentication_methods.[0].value",
        too_young,
        &[],
    );
}

/// §6.1: a name for a method may stand with each of them.
#[rstest]
#[case::of_a_code(json!({ "type": "OTP", "phone_number": "+380500000017", "alias": "мій" }), "OTP")]
#[case::of_documents(json!({ "type": "OFFLINE", "alias": "папери" }), "OFFLINE")]
#[tokio::test]
async fn an_alias_of_one_s_own_method(
    #[case] method: Value,
    #[case] kind: &str,
    #[values(Sqlite, Postgres)] database: Database,
) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let alias = method["alias"].as_str().unwrap().to_owned();
    let body = with(adult(), "/person/authentication_methods/0", method);
    clinic.registered(&body).await;
    let kept = format!("type = '{kind}' AND alias = '{alias}' AND is_primary = true");
    assert_eq!(app.count("person_authentication_methods", &kept).await, 1);
}
