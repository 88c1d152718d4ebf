//! Who may act for whom: the tries that must fail, and what must not fail beside them (`docs/authority.md`).
//!
//! "§" is the document "authority". Everybody here signs with a certificate of the same name; their tax numbers tell them apart.

mod limits;
mod migration;
mod model;
mod parallel;
mod staff;
mod tokens;
mod tries;
mod upkeep;

use axum::{body::Body, http::Request};
use chrono::{DateTime, TimeDelta, Utc};
use dovira::{person::tax_id::TaxId, random::Draw};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{
    Answer, Browser, CLIENT, Child, Identity, Own, SECRET, TestApp, World, address, authority,
};

/// What is told to whoever may not act for somebody.
pub const NOT_CONFIRMED: (u16, &str, &str) =
    (409, "request_conflict", "Relationship not confirmed");
/// What is told to a token that is good for nothing.
pub const NO_TOKEN: (u16, &str, &str) = (401, "access_denied", "Invalid access token");

/// The birth date of every adult here.
pub const BIRTH_DATE: &str = "1985-03-17";

/// Somebody with a certificate, perhaps in the registry.
pub struct Somebody<'a> {
    pub world: &'a World<'a>,
    pub person_id: Uuid,
    pub user_id: Uuid,
    pub tax_id: String,
    pub signer: Identity,
    /// A token by which they bring children to the client.
    pub token: String,
}

/// The tax number of a man born on [`BIRTH_DATE`].
pub fn tax_id_of(number: u16) -> String {
    let birth_date = BIRTH_DATE.parse().unwrap();
    TaxId::of(birth_date, 1001 + 10 * number)
        .unwrap()
        .to_string()
}

impl<'a> Somebody<'a> {
    /// An adult whom the operator brought, with an account.
    pub async fn new(world: &'a World<'a>, number: u16) -> Self {
        let draw = || world.app.app.random.uuid();
        let (person_id, user_id, tax_id) = (draw(), draw(), tax_id_of(number));
        let mut person = world.confidant();
        person["id"] = json!(person_id);
        person["tax_id"] = json!(tax_id);
        person["birth_date"] = json!(BIRTH_DATE);
        person["unzr"] = json!(format!("19850317-{number:05}"));
        person["documents"][0]["number"] = json!(format!("1000000{number:02}"));
        person["authentication_methods"] = json!([
            { "id": draw(), "type": "OTP", "phone_number": format!("+3805011100{number:02}") }
        ]);
        let user = json!({ "id": user_id, "tax_id": tax_id, "person_id": person_id });
        world
            .import(&json!({ "persons": [person], "users": [user] }))
            .await;
        let signer = authority().person(Some(&tax_id));
        let mut somebody = Self {
            world,
            person_id,
            user_id,
            tax_id,
            signer,
            token: String::new(),
        };
        somebody.token = somebody.allowed("confidant_person:sign_up").await;
        somebody
    }

    /// A token of their own for the client.
    pub async fn allowed(&self, scope: &str) -> String {
        self.world
            .issue(self.user_id, scope, TimeDelta::days(400))
            .await
    }

    /// What they sign to register a child.
    pub fn as_confidant(&self, mut content: Value) -> Value {
        content["person"]["confidant_person"]["person_id"] = json!(self.person_id);
        content["person"]["authentication_methods"][0]["value"] = json!(self.person_id);
        content
    }

    /// What they sign, at this moment.
    pub fn sign(&self, content: &Value) -> String {
        self.signer.sign(content, self.world.app.now())
    }

    /// `POST …/sign-up_validation` for `content`.
    pub async fn validates(&self, signed: &str) -> Answer {
        let body = json!({ "signed_content": signed, "signed_content_encoding": "base64" });
        let api = self.world.app.api().bearer(&self.token);
        api.post("/api/pis/confidant/sign-up_validation", &body)
            .await
    }

    /// A registration that only waits to be sent.
    pub async fn brings_later(&self, content: &Value) -> Request<Body> {
        let signed = self.sign(&self.as_confidant(content.clone()));
        let validated = self.validates(&signed).await;
        let jwt = validated.is(200).json()["data"]["token"].clone();
        let body =
            json!({ "signed_content": signed, "signed_content_encoding": "base64", "jwt": jwt });
        let api = self.world.app.api().bearer(&self.token);
        api.post_later("/api/pis/confidant/sign-up_registration", &body)
    }

    /// Registers a child; where the validation refuses, its answer.
    pub async fn brings(&self, content: &Value) -> Answer {
        let signed = self.sign(&self.as_confidant(content.clone()));
        let validated = self.validates(&signed).await;
        if validated.status != 200 {
            return validated;
        }
        let jwt = validated.json()["data"]["token"].clone();
        let body =
            json!({ "signed_content": signed, "signed_content_encoding": "base64", "jwt": jwt });
        let api = self.world.app.api().bearer(&self.token);
        api.post("/api/pis/confidant/sign-up_registration", &body)
            .await
    }

    /// `POST /auth/login`, to be sent later.
    pub async fn logs_in_later(&self) -> Request<Body> {
        let signed = self.sign(&json!({ "jwt": self.world.nonce().await }));
        let body = json!({ "token": {
            "client_id": CLIENT, "client_secret": SECRET, "grant_type": "pis_auth", "scope": "app:authorize",
            "signed_content": signed, "signed_content_encoding": "base64",
        } });
        self.world.app.api().post_later("/auth/login", &body)
    }

    /// `POST /auth/login`.
    pub async fn logs_in(&self) -> Answer {
        let request = self.logs_in_later().await;
        self.world.app.send(request).await
    }

    /// What they sign to act for the patient of `content`.
    pub async fn search(&self, content: &Value) -> Value {
        let person = &content["person"];
        json!({
            "last_name": person["last_name"], "given_name": person["first_name"], "tax_id": person["tax_id"],
            "jwt": self.world.nonce().await,
        })
    }

    /// `POST /api/pis/confidant/login` for the patient of `content`.
    pub async fn acts_for(&self, content: &Value) -> Answer {
        let signed = self.sign(&self.search(content).await);
        let body = json!({
            "client_id": CLIENT, "client_secret": SECRET, "grant_type": "pis-auth", "scope": "app:authorize",
            "signed_content": signed, "signed_content_encoding": "base64",
        });
        let api = self.world.app.api().bearer(&self.token);
        api.post("/api/pis/confidant/login", &body).await
    }

    /// The whole way of a sign-in for the patient of `content`, in a browser; what the exchange of the code answers.
    pub async fn gets_tokens_for(&self, content: &Value) -> Tokens {
        let browser = self.world.app.browser();
        let signed = self.sign(&self.search(content).await);
        let accept = self
            .world
            .enter_at(&browser, "/confidant/sign-in", &signed)
            .await;
        self.accepts(&browser, &accept).await
    }

    /// Comes in with a child to register; the first answer.
    pub async fn enters_with(&self, browser: &Browser<'_>, content: &Value) -> Answer {
        let signed = self.sign(&self.as_confidant(content.clone()));
        let mut parameters = self.world.parameters(&signed);
        for parameter in &mut parameters {
            if parameter.0 == "token" {
                parameter.1 = &self.token;
            }
        }
        browser.get(&address(&parameters)).await
    }

    /// Says yes to the scopes and exchanges the code.
    pub async fn accepts(&self, browser: &Browser<'_>, accept: &Answer) -> Tokens {
        let accepted = browser.decide(accept, "confirm").await;
        let code = accepted.parameter("code").expect("a code");
        Tokens::of(&self.world.exchange(&code).await)
    }

    /// What they sign to register themselves, with this phone.
    pub async fn own_content(&self, phone: &str) -> Value {
        let mut content = Own::content(&self.world.nonce().await);
        let person = &mut content["person"];
        person["birth_date"] = json!(BIRTH_DATE);
        person["tax_id"] = json!(self.tax_id);
        person["unzr"] = json!("19850317-00099");
        person["documents"][0]["number"] = json!("100000099");
        person["authentication_methods"][0]["phone_number"] = json!(phone);
        content
    }

    /// Registers themselves, with this phone.
    pub async fn signs_up(&self, phone: &str) -> Answer {
        let signed = self.sign(&self.own_content(phone).await);
        let validated = self.world.validate_own(&signed).await;
        if validated.status != 200 {
            return validated;
        }
        let token = validated.json()["data"]["token"]
            .as_str()
            .unwrap()
            .to_owned();
        let begun = crate::support::Begun { signed, token };
        let code = self.world.order_code(&begun, phone).await;
        self.world.register_own(&begun, &json!(code)).await
    }
}

/// Somebody whom nobody registered.
pub async fn stranger<'a>(world: &'a World<'a>, number: u16) -> Somebody<'a> {
    let tax_id = tax_id_of(number);
    Somebody {
        world,
        person_id: Uuid::nil(),
        user_id: Uuid::nil(),
        signer: authority().person(Some(&tax_id)),
        tax_id,
        token: String::new(),
    }
}

/// What an exchange gave.
pub struct Tokens {
    pub access: String,
    pub refresh: String,
}

impl Tokens {
    /// The tokens of an exchange or a refresh that must succeed.
    #[track_caller]
    pub fn of(answer: &Answer) -> Self {
        let data = &answer.is(201).json()["data"];
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            access: text(&data["value"]),
            refresh: text(&data["details"]["refresh_token"]),
        }
    }
}

/// Whether the answer refuses so.
#[track_caller]
pub fn refuses(answer: &Answer, told: (u16, &str, &str)) {
    answer.refuses(told.0, told.1, told.2);
}

/// The id of the person in the answer of a registration.
#[track_caller]
pub fn person_in(answer: &Answer) -> Uuid {
    let id = answer.is(201).json()["data"]["person"]["id"].clone();
    id.as_str().unwrap().parse().unwrap()
}

/// A child with a number of their own; each number is another child.
pub fn child(number: u16) -> Value {
    let mut content = Child::content();
    let person = &mut content["person"];
    let day = format!("2024-03-{:02}", 1 + number);
    person["birth_date"] = json!(day);
    person["tax_id"] = json!(
        TaxId::of(day.parse().unwrap(), 1002 + 10 * number)
            .unwrap()
            .to_string()
    );
    person["unzr"] = json!(format!("{}-{number:05}", day.replace('-', "")));
    person["documents"][0]["number"] = json!(format!("І-БК№6{number:05}"));
    person["documents"][0]["issued_at"] = json!("2024-05-11");
    content
}

impl TestApp {
    /// The relationships between two people that are in use, as `STATUS REASON`.
    pub async fn between(&self, person_id: Uuid, confidant_id: Uuid) -> Vec<String> {
        const SQL: &str = "SELECT verification_status || ' ' || COALESCE(verification_reason, '-') FROM confidant_person_relationships
            WHERE person_id = $1 AND confidant_person_id = $2 AND is_active = true";
        let mut held = self.app.db.read().await.unwrap();
        dovira::on!(held.link(), |c| sqlx::query_scalar(SQL)
            .bind(person_id)
            .bind(confidant_id)
            .fetch_all(c)
            .await)
        .unwrap()
    }

    /// The relationship in use between two people.
    pub async fn relationship(&self, person_id: Uuid, confidant_id: Uuid) -> Uuid {
        const SQL: &str = "SELECT id FROM confidant_person_relationships WHERE person_id = $1 AND confidant_person_id = $2 AND is_active = true";
        let mut held = self.app.db.read().await.unwrap();
        dovira::on!(held.link(), |c| sqlx::query_scalar(SQL)
            .bind(person_id)
            .bind(confidant_id)
            .fetch_one(c)
            .await)
        .unwrap()
    }

    /// Changes rows whose id is bound as `$1`, at `$2`.
    pub async fn change(&self, sql: &'static str, id: Uuid) {
        let now: DateTime<Utc> = self.now();
        let mut held = self.app.db.write().await.unwrap();
        dovira::on!(held.link(), |c| sqlx::query(sql)
            .bind(id)
            .bind(now)
            .execute(c)
            .await
            .map(|_| ()))
        .unwrap();
    }
}
