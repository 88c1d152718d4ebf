//! Somebody who proved who they are at the provider, and registers in the cabinet.

use axum::{body::Body, http::Request};
use chrono::{DateTime, TimeDelta, Utc};
use dovira::{cabinet::registration::issue_jwt, import, random::Draw};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Answer, SECRET, TestApp};

/// The client of the cabinet.
pub const CABINET: Uuid = Uuid::from_u128(0xcab1_0000_0000_4000_8000_0000_0000_0001);
/// Where its browsers return to.
pub const CABINET_URI: &str = "https://cabinet.example/callback";
/// The phone of most tests.
pub const OWN_PHONE: &str = "+380931234585";
/// The tax number of most tests.
pub const TAX_ID: &str = "3126509816";
/// The address of the JSON route.
pub const USER_REQUEST: &str = "/private/cabinet/registration/user_request";

/// An installation with a client of the cabinet.
pub struct Cabinet<'a> {
    /// The application.
    pub app: &'a TestApp,
}

/// `patient` of the seed's request, with the corrections of cabinet §3.2 and the data of Петро Іванов.
pub fn patient() -> Value {
    json!({
        "first_name": "Петро", "last_name": "Іванов", "second_name": "Миколайович",
        "birth_date": "1991-08-19", "birth_country": "Україна", "birth_settlement": "Вінниця",
        "gender": "MALE", "tax_id": TAX_ID, "unzr": "19910819-54321", "secret": "таємниця",
        "addresses": [{
            "type": "RESIDENCE", "country": "UA", "area": "Житомирська", "region": "Бердичівський",
            "settlement": "Київ", "settlement_type": "CITY", "settlement_id": "b075f148-7f93-4fc2-b2ec-2d81b19a9b7b",
            "street_type": "STREET", "street": "вул. Ніжинська", "building": "15", "apartment": "23", "zip": "02090"
        }],
        "documents": [{
            "type": "PASSPORT", "number": "АА120518", "expiration_date": "2021-02-28",
            "issued_by": "Рокитнянським РВ ГУ МВС Київської області", "issued_at": "2017-02-28"
        }],
        "phones": [{ "type": "MOBILE", "number": "+380503410870" }],
        "authentication_methods": [{ "type": "OTP", "phone_number": OWN_PHONE }],
        "emergency_contact": {
            "first_name": "Петро", "last_name": "Іванов", "second_name": "Миколайович",
            "phones": [{ "type": "MOBILE", "number": "+380503410870" }]
        },
        "process_disclosure_data_consent": true,
    })
}

/// The body with `patient`; the code is filled in when it is sent.
pub fn body(patient: Value) -> Value {
    json!({ "otp": null, "password": "passWoRd1", "patient": patient })
}

/// The same with other members: `/pointer` and what stands there; null takes it away.
pub fn changed(mut value: Value, changes: &[(&str, Value)]) -> Value {
    for (pointer, new) in changes {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let parent = value.pointer_mut(parent).unwrap();
        match (parent, name.parse::<usize>()) {
            (Value::Array(items), Ok(at)) if new.is_null() => drop(items.remove(at)),
            (Value::Array(items), Ok(at)) if at < items.len() => items[at] = new.clone(),
            (Value::Array(items), _) => items.push(new.clone()),
            (Value::Object(members), _) if new.is_null() => drop(members.shift_remove(name)),
            (parent, _) => parent[name] = new.clone(),
        }
    }
    value
}

impl<'a> Cabinet<'a> {
    /// The installation.
    pub async fn new(app: &'a TestApp) -> Self {
        app.world().await;
        let this = Self { app };
        this.import(&json!({ "clients": [{
            "id": CABINET, "name": "Кабінет пацієнта", "client_type": "CABINET", "secret": SECRET, "api_key": "the key of the cabinet",
            "redirect_uris": [CABINET_URI], "scopes": "person:read",
        }] }))
        .await;
        this
    }

    /// Changes what is registered, as an operator does.
    pub async fn import(&self, file: &Value) {
        let file =
            import::read(&serde_json::to_vec(file).unwrap()).unwrap_or_else(|p| panic!("{p}"));
        let parts = &self.app.app;
        import::import(
            &parts.db,
            &parts.keys,
            &*parts.random,
            &file,
            self.app.now(),
        )
        .await
        .unwrap();
    }

    /// A proof of identity of Петро Іванов, with changes.
    pub async fn proof(&self, changes: &[(&str, Value)]) -> Uuid {
        let id = self.app.app.random.uuid();
        let expires_at: DateTime<Utc> = self.app.now() + TimeDelta::minutes(60);
        let request = json!({
            "id": id, "tax_id": TAX_ID, "first_name": "Петро", "last_name": "Іванов", "second_name": null,
            "email": "email@example.com", "client_id": CABINET, "redirect_uri": CABINET_URI,
            "scope": "person:read", "expires_at": expires_at.to_rfc3339(),
        });
        let request = changed(request, changes);
        self.import(&json!({ "user_requests": [request] })).await;
        id
    }

    /// The JWT of a proof.
    pub fn jwt(&self, id: Uuid) -> String {
        let parts = &self.app.app;
        let life = parts.config.cabinet.jwt_life;
        issue_jwt(&parts.keys, &*parts.random, id, life, self.app.now()).unwrap()
    }

    /// A proof with its JWT.
    pub async fn proven(&self) -> (Uuid, String) {
        let id = self.proof(&[]).await;
        (id, self.jwt(id))
    }

    /// Orders a code to `phone` with the JWT of a proof; the code.
    pub async fn code_to(&self, jwt: &str, phone: &str) -> u64 {
        let wanted = json!({ "factor": phone, "type": "SMS" });
        let ordered = self.app.api().bearer(jwt);
        ordered
            .post("/api/sms_verifications", &wanted)
            .await
            .is(200);
        self.last_code()
    }

    /// The same to the phone of the tests.
    pub async fn code(&self, jwt: &str) -> u64 {
        self.code_to(jwt, OWN_PHONE).await
    }

    /// The code of the last message.
    pub fn last_code(&self) -> u64 {
        let messages = self.app.app.sms.recorder().expect("a recorder").messages();
        let text = &messages.last().expect("a message").body;
        text.rsplit_once(' ').unwrap().1.parse().unwrap()
    }

    /// Sends a body with a code.
    pub async fn post(&self, jwt: &str, code: &Value, body: &Value) -> Answer {
        self.app
            .send(self.later(USER_REQUEST, jwt, code, body))
            .await
    }

    /// The same, to be sent later.
    pub fn later(&self, path: &str, jwt: &str, code: &Value, body: &Value) -> Request<Body> {
        let mut body = body.clone();
        if body["otp"].is_null() {
            body["otp"] = code.clone();
        }
        self.app.api().bearer(jwt).post_later(path, &body)
    }

    /// A proof, a code and a registration with this body.
    pub async fn register(&self, body: &Value) -> Answer {
        let (_, jwt) = self.proven().await;
        let phone = body.pointer("/patient/authentication_methods/0/phone_number");
        let phone = phone.and_then(Value::as_str).unwrap_or(OWN_PHONE);
        let code = self.code_to(&jwt, phone).await;
        self.post(&jwt, &json!(code.to_string()), body).await
    }

    /// Attempts at the last code of the phone of the tests.
    pub async fn attempts(&self) -> i64 {
        let sql = format!(
            "SELECT CAST(attempts_count AS BIGINT) FROM verifications WHERE phone_number = '{OWN_PHONE}' ORDER BY inserted_at DESC LIMIT 1"
        );
        self.app.number(&sql).await
    }

    /// How many rows a registration adds: persons, users, factors, roles, tokens, used proofs.
    pub async fn rows(&self) -> [i64; 6] {
        let mut counts = [0; 6];
        for (count, (table, condition)) in counts.iter_mut().zip([
            ("persons", "1 = 1"),
            ("users", "1 = 1"),
            ("authentication_factors", "1 = 1"),
            ("global_user_roles", "1 = 1"),
            ("tokens", "grant_type = 'password'"),
            ("user_requests", "consumed_at IS NOT NULL"),
        ]) {
            *count = self.app.count(table, condition).await;
        }
        counts
    }
}
