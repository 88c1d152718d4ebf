//! Cabinet 8.1.

use chrono::TimeDelta;
use dovira::http::caller::Peer;
use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

use super::with;
use crate::support::{
    API_KEY, Answer, CABINET, CABINET_URI, Cabinet,
    Database::{self, Postgres, Sqlite},
    Log, OWN_PHONE, TAX_ID, USER_REQUEST, body, changed, patient,
};

/// The answer to the body of `patient`, whole (cabinet §3.7).
fn told(patient: &Value) -> Value {
    let mut shown = patient.clone();
    let members = shown.as_object_mut().unwrap();
    for name in ["unzr", "process_disclosure_data_consent"] {
        members.shift_remove(name);
    }
    let phone = patient["authentication_methods"][0]["phone_number"]
        .as_str()
        .unwrap();
    let masked = format!("{}*****{}", &phone[..6], &phone[11..]);
    shown["authentication_methods"] = json!([{ "type": "OTP", "phone_number": masked }]);
    shown["preferred_way_communication"] = json!("phone");
    shown["email"] = json!("email@example.com");
    json!({
        "patient": shown,
        "factor": { "type": "SMS", "factor": phone, "is_active": true },
        "user": { "tax_id": patient["tax_id"], "email": "email@example.com" },
        "access_token": "[token]",
    })
}

///
#[rstest]
#[tokio::test]
async fn a_01_a_new_person(#[values(Sqlite, Postgres)] database: Database) {
    let app = with(database, &[]).await;
    let cabinet = Cabinet::new(&app).await;
    let before = cabinet.rows().await;
    let log = Log::begin();
    let answer = cabinet.register(&body(patient())).await;
    answer.gives(201, told(&patient()));
    assert_eq!(answer.header("cache-control"), "no-store");
    // E-07, style 18
    log.says_nothing_of(&[
        "passWoRd1",
        "Іванов",
        TAX_ID,
        OWN_PHONE,
        "email@example.com",
    ]);
    let data = &answer.json()["data"];
    let mut keys: Vec<_> = data["patient"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    assert_eq!(keys.len(), 16);
    keys.retain(|key| {
        matches!(
            key.as_str(),
            "id" | "unzr" | "process_disclosure_data_consent"
        )
    });
    assert!(keys.is_empty());
    let after = cabinet.rows().await;
    for (before, after) in before.iter().zip(after) {
        assert_eq!(before + 1, after);
    }
    let person = format!(
        "tax_id = '{TAX_ID}' AND status = 'active' AND is_active = true AND patient_signed = true
         AND process_disclosure_data_consent = true AND preferred_way_communication = 'phone' AND email = 'email@example.com'"
    );
    assert_eq!(app.count("persons", &person).await, 1);
    let user = format!(
        "tax_id = '{TAX_ID}' AND email = 'email@example.com' AND person_id IN (SELECT id FROM persons WHERE tax_id = '{TAX_ID}')
         AND password_hash LIKE '$argon2id$v=19$m=19456,t=2,p=1$%'"
    );
    assert_eq!(app.count("users", &user).await, 1);
    let factor = format!("type = 'SMS' AND factor = '{OWN_PHONE}' AND is_active = true");
    assert_eq!(app.count("authentication_factors", &factor).await, 1);
    assert_eq!(app.count("password_history", "1 = 1").await, 1);
    let token = "scope = 'app:authorize' AND grant_type = 'password' AND name = 'access_token'";
    assert_eq!(app.count("tokens", token).await, 1);
    let method = format!(
        "type = 'OTP' AND phone_number = '{OWN_PHONE}' AND is_active = true AND is_primary = true"
    );
    assert_eq!(app.count("person_authentication_methods", &method).await, 1);
    let proven = format!("phone_number = '{OWN_PHONE}'");
    assert_eq!(app.count("verified_phones", &proven).await, 1);
    assert_eq!(app.count("cabinet_registrations", "status = 201").await, 1);
    // Who did that, for whom (§3.6.1, §3.6.3).
    let id = |id: &str| match database {
        Sqlite => format!("X'{}'", id.replace('-', "")),
        Postgres => format!("'{id}'"),
    };
    let system = id("4261eacf-8008-4e62-899f-de1e2f7065f0");
    let by_system =
        format!("tax_id = '{TAX_ID}' AND inserted_by = {system} AND updated_by = {system}");
    assert_eq!(app.count("persons", &by_system).await, 1);
    let role = format!("role_id = {}", id("b9994457-a40a-4eae-b73c-120502d4aaa4"));
    assert_eq!(app.count("global_user_roles", &role).await, 1);
    let client = format!("{token} AND client_id = {}", id(&CABINET.to_string()));
    assert_eq!(app.count("tokens", &client).await, 1);
    // There was nothing before.
    assert_eq!(app.count("person_versions", "1 = 1").await, 0);
}

/// §7: the outcome says where the call came from, a refusal's too; behind a balancer, what the balancer says.
#[rstest]
#[case::directly(&[], "192.0.2.1")]
#[case::behind_a_balancer(&["--client-address-header", "X-Forwarded-For"], "203.0.113.7")]
#[tokio::test]
async fn the_audit_knows_the_caller(
    #[values(Sqlite, Postgres)] database: Database,
    #[case] settings: &[&str],
    #[case] address: &str,
) {
    let app = with(database, settings).await;
    let cabinet = Cabinet::new(&app).await;
    let (_, jwt) = cabinet.proven().await;
    let code = json!(cabinet.code(&jwt).await);
    let another = changed(patient(), &[("/last_name", json!("Інший"))]);
    for (sent, status) in [(another, 409), (patient(), 201)] {
        let mut request = cabinet.later(USER_REQUEST, &jwt, &code, &body(sent));
        let told = "198.51.100.1, 203.0.113.7".parse().unwrap();
        request.headers_mut().insert("x-forwarded-for", told);
        let peer = Peer("192.0.2.1".parse().unwrap());
        request.extensions_mut().insert(peer);
        app.send(request).await.is(status);
        let noted = format!("status = {status} AND client_address = '{address}'");
        assert_eq!(app.count("cabinet_registrations", &noted).await, 1);
    }
}

/// what else is a good body.
#[rstest]
#[tokio::test]
async fn a_08_other_bodies(#[values(Sqlite, Postgres)] database: Database) {
    let app = with(database, &[]).await;
    let cabinet = Cabinet::new(&app).await;
    let (_, jwt) = cabinet.proven().await;
    let code = cabinet.code(&jwt).await;
    let sent = changed(
        patient(),
        &[
            ("/secret", json!(null)),
            ("/phones", json!(null)),
            ("/second_name", json!(null)),
            ("/preferred_way_communication", json!("email")),
            ("/email", json!("EMAIL@example.com")),
        ],
    );
    let path = "/api/cabinet/registration/user_request";
    let request = cabinet.later(path, &jwt, &json!(code), &body(sent.clone()));
    app.send(request).await.gives(201, told(&sent));
    let way = "preferred_way_communication = 'phone' AND secret IS NULL AND phones = '[]'";
    assert_eq!(app.count("persons", way).await, 1);
}

/// The seed's own request, with the corrections of §3.2, and its answer compared whole.
#[rstest]
#[tokio::test]
async fn the_request_of_the_seed(#[values(Sqlite, Postgres)] database: Database) {
    let app = with(database, &[]).await;
    let cabinet = Cabinet::new(&app).await;
    let id = cabinet
        .proof(&[
            ("/tax_id", json!("1002003040")),
            ("/first_name", json!("Микола")),
            ("/last_name", json!("Івченко")),
            ("/second_name", json!("Степанович")),
        ])
        .await;
    let jwt = cabinet.jwt(id);
    let sent = changed(
        patient(),
        &[
            ("/first_name", json!("Микола")),
            ("/last_name", json!("Івченко")),
            ("/second_name", json!("Степанович")),
            ("/birth_date", json!("1968-04-23")),
            ("/birth_country", json!("Ukraine")),
            ("/birth_settlement", json!("Chernigiv")),
            ("/tax_id", json!("1002003040")),
            ("/unzr", json!("19680423-54321")),
            ("/secret", json!(null)),
        ],
    );
    let code = cabinet.code(&jwt).await;
    let answer = cabinet
        .post(&jwt, &json!(code.to_string()), &body(sent.clone()))
        .await;
    answer.gives(201, told(&sent));
}

///
#[rstest]
#[tokio::test]
async fn a_03_the_token_opens_the_consent(#[values(Sqlite, Postgres)] database: Database) {
    let app = with(database, &[]).await;
    let cabinet = Cabinet::new(&app).await;
    let answer = cabinet.register(&body(patient())).await.is(201).json();
    let token = answer["data"]["access_token"].as_str().unwrap();
    let wanted = json!({ "app": { "client_id": CABINET, "redirect_uri": CABINET_URI, "scope": "person:read" } });
    let api = app.api().key(API_KEY).bearer(token);
    let authorized = api.post("/oauth/apps/authorize", &wanted).await;
    let code = authorized.is(201).json()["data"]["value"].clone();
    api.get("/api/pis/person").await.is(403);
    // The whole way to the token of the cabinet.
    let exchange = json!({ "token": {
        "grant_type": "authorization_code", "client_id": CABINET, "client_secret": crate::support::SECRET,
        "code": code, "redirect_uri": CABINET_URI, "scope": "person:read",
    } });
    let tokens = app
        .api()
        .post("/oauth/tokens", &exchange)
        .await
        .is(201)
        .json();
    let access = tokens["data"]["value"].as_str().unwrap();
    let person = app
        .api()
        .key(API_KEY)
        .bearer(access)
        .get("/api/pis/person")
        .await;
    assert_eq!(person.is(200).json()["data"]["tax_id"], TAX_ID);
    app.clock.advance(TimeDelta::seconds(3600));
    api.post("/oauth/apps/authorize", &wanted).await.is(401);
}

/// Puts a person like the patient into the registry; their id.
async fn known(cabinet: &Cabinet<'_>, changes: &[(&str, Value)]) -> Uuid {
    let id = dovira::random::Draw::uuid(&*cabinet.app.app.random);
    let mut person = patient();
    let members = person.as_object_mut().unwrap();
    members.shift_remove("authentication_methods");
    members.shift_remove("process_disclosure_data_consent");
    person["id"] = json!(id);
    person["secret"] = json!("старе слово");
    let person = changed(person, changes);
    cabinet.import(&json!({ "persons": [person] })).await;
    id
}

fn tax_ids() -> String {
    format!("tax_id = '{TAX_ID}'")
}

///
#[rstest]
#[tokio::test]
async fn a_04_a_known_person_is_updated(#[values(Sqlite, Postgres)] database: Database) {
    let app = with(database, &[]).await;
    let cabinet = Cabinet::new(&app).await;
    let old = json!({ "id": "aa000000-0000-4000-8000-000000000001", "type": "OTP", "phone_number": "+380501112233", "is_primary": true });
    let changes = [
        ("/birth_settlement", json!("Київ")),
        ("/authentication_methods", json!([old])),
    ];
    let id = known(&cabinet, &changes).await;
    let sent = changed(
        patient(),
        &[("/secret", json!(null)), ("/unzr", json!(null))],
    );
    let answer = cabinet.register(&body(sent)).await.is(201).json();
    assert_eq!(answer["data"]["patient"]["secret"], "старе слово");
    assert_eq!(app.count("persons", &tax_ids()).await, 1);
    let stored = "birth_settlement = 'Вінниця' AND unzr = '19910819-54321' AND secret = 'старе слово' AND version = 2";
    assert_eq!(app.count("persons", stored).await, 1);
    assert_eq!(app.count("users", &tax_ids()).await, 1);
    // What they were before is kept.
    let outgoing =
        "version = 1 AND person_request_id IS NULL AND CAST(person_data AS TEXT) LIKE '%Київ%'";
    assert_eq!(app.count("person_versions", outgoing).await, 1);
    let person: Answer = {
        let token = app.world().await;
        let user = app.count("users", "person_id IS NOT NULL").await;
        assert_eq!(user, 2);
        token.person("x").await
    };
    person.is(401);
    assert_eq!(
        app.count(
            "person_authentication_methods",
            "phone_number = '+380501112233' AND is_active = false AND ended_at IS NOT NULL"
        )
        .await,
        1
    );
    let method = format!("phone_number = '{OWN_PHONE}' AND is_active = true AND is_primary = true");
    assert_eq!(app.count("person_authentication_methods", &method).await, 1);
    assert_eq!(
        app.count("person_documents", "number = 'АА120518'").await,
        1
    );
    let linked = match database {
        Sqlite => format!("person_id = X'{}'", id.simple()),
        Postgres => format!("person_id = '{id}'"),
    };
    assert_eq!(app.count("users", &linked).await, 1);
}

/// §3.6.1: only where the proven phone is the one way of a person's own does nothing change; beside another one it becomes that.
#[rstest]
#[case::the_only_one(&["+380931234585"], 1, 0)]
#[case::beside_the_default(&["+380501112233", "+380931234585"], 1, 2)]
#[tokio::test]
async fn the_proven_phone_is_the_only_way(
    #[values(Sqlite, Postgres)] database: Database,
    #[case] phones: &[&str],
    #[case] in_use: i64,
    #[case] ended: i64,
) {
    let app = with(database, &[]).await;
    let cabinet = Cabinet::new(&app).await;
    let methods: Vec<_> = phones
        .iter()
        .enumerate()
        .map(|(at, phone)| {
            let id = format!("aa000000-0000-4000-8000-{at:012}");
            json!({ "id": id, "type": "OTP", "phone_number": phone, "is_primary": at == 0 })
        })
        .collect();
    known(&cabinet, &[("/authentication_methods", json!(methods))]).await;
    cabinet.register(&body(patient())).await.is(201);
    let own = format!(
        "phone_number = '{OWN_PHONE}' AND is_active = true AND is_primary = true AND ended_at IS NULL"
    );
    let table = "person_authentication_methods";
    assert_eq!(app.count(table, &own).await, in_use);
    let of_person = format!("person_id IN (SELECT id FROM persons WHERE {})", tax_ids());
    let over = format!("{of_person} AND is_active = false AND ended_at IS NOT NULL");
    assert_eq!(app.count(table, &over).await, ended);
}

/// A-05, and H-12: another birth date, or a person who is not active, is another person.
#[rstest]
#[tokio::test]
async fn a_05_another_person(#[values(Sqlite, Postgres)] database: Database) {
    for changes in [
        [("/birth_date", json!("1991-08-20")), ("/unzr", json!(null))],
        [("/status", json!("inactive")), ("/is_active", json!(false))],
    ] {
        let app = with(database, &[]).await;
        let cabinet = Cabinet::new(&app).await;
        known(&cabinet, &changes).await;
        cabinet.register(&body(patient())).await.is(201);
        assert_eq!(app.count("persons", &tax_ids()).await, 2);
        assert_eq!(app.count("persons", "version = 1").await, 3);
    }
}

/// an account that is not finished is finished; what it was given before ends.
#[rstest]
#[case::by_email(json!({ "id": "bb000000-0000-4000-8000-000000000001", "email": "Email@Example.com" }))]
#[case::by_tax_id(json!({ "id": "bb000000-0000-4000-8000-000000000001", "tax_id": TAX_ID }))]
#[case::by_both(json!({ "id": "bb000000-0000-4000-8000-000000000001", "tax_id": TAX_ID, "email": "email@example.com" }))]
#[tokio::test]
async fn a_06_an_account_is_finished(
    #[values(Sqlite, Postgres)] database: Database,
    #[case] user: Value,
) {
    let app = with(database, &[]).await;
    let cabinet = Cabinet::new(&app).await;
    cabinet.import(&json!({ "users": [user] })).await;
    let user_id = "bb000000-0000-4000-8000-000000000001".parse().unwrap();
    let world = app.world().await;
    let old = world
        .issue(user_id, "app:authorize", TimeDelta::days(1))
        .await;
    cabinet.register(&body(patient())).await.is(201);
    let finished = format!(
        "tax_id = '{TAX_ID}' AND email = 'email@example.com' AND person_id IS NOT NULL AND password_hash IS NOT NULL"
    );
    assert_eq!(app.count("users", &finished).await, 1);
    assert_eq!(app.count("users", "1 = 1").await, 2);
    let wanted = json!({ "app": { "client_id": CABINET, "redirect_uri": CABINET_URI, "scope": "person:read" } });
    let refused = app
        .api()
        .bearer(&old)
        .post("/oauth/apps/authorize", &wanted)
        .await;
    refused.is(401);
}

///
#[rstest]
#[tokio::test]
async fn a_13_what_the_provider_leaves_open(#[values(Sqlite, Postgres)] database: Database) {
    let app = with(database, &[]).await;
    let cabinet = Cabinet::new(&app).await;
    let id = cabinet
        .proof(&[
            ("/email", json!(null)),
            ("/first_name", json!("Петро Миколайович")),
        ])
        .await;
    let jwt = cabinet.jwt(id);
    let code = json!(cabinet.code(&jwt).await);
    let sent = changed(patient(), &[("/email", json!("Own@Example.com"))]);
    let answer = cabinet.post(&jwt, &code, &body(sent)).await.is(201).json();
    assert_eq!(answer["data"]["user"]["email"], "own@example.com");
    assert_eq!(answer["data"]["patient"]["email"], "own@example.com");
}
