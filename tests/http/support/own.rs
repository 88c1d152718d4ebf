//! Somebody who is not registered yet and signs for themselves, and what comes to their phone.

use axum::{body::Body, http::Request};
use dovira::{
    outside::sms::Gateway,
    person::{samples, tax_id::TaxId},
};
use serde_json::{Value, json};

use super::{
    API_KEY, Answer, Browser, CLIENT, Identity, REDIRECT_URI, SECRET, TRUSTED_CLIENT, TestApp,
    World, authority, browser::encoded, csrf_of,
};

/// Somebody who is not registered yet. Their certificate has the name that every certificate of the tests has.
pub struct Own;

impl Own {
    /// Their phone.
    pub const PHONE: &'static str = "+380500000018";
    /// Their birthday.
    pub const BIRTH_DATE: &'static str = "1990-05-20";

    /// Their tax number.
    pub fn tax_id() -> String {
        TaxId::of(Self::BIRTH_DATE.parse().unwrap(), 11)
            .unwrap()
            .to_string()
    }

    /// Their key and certificate.
    pub fn signer() -> Identity {
        authority().person(Some(&Self::tax_id()))
    }

    /// Their registration with this nonce.
    pub fn content(jwt: &str) -> Value {
        let mut content = samples::self_registration(jwt);
        let person = &mut content["person"];
        person["birth_date"] = json!(Self::BIRTH_DATE);
        person["tax_id"] = json!(Self::tax_id());
        person["unzr"] = json!("19900520-00000");
        person["documents"][0]["number"] = json!("000000018");
        person["authentication_methods"][0]["phone_number"] = json!(Self::PHONE);
        content
    }

    /// The same as a person of the provisioning file.
    pub fn person(id: uuid::Uuid) -> Value {
        let mut person = Self::content("")["person"].clone();
        person["id"] = json!(id);
        person["authentication_methods"] = json!([]);
        person
    }
}

/// A sign-up that only waits for its second step.
pub struct Begun {
    /// What was signed.
    pub signed: String,
    /// The session token.
    pub token: String,
}

impl TestApp {
    /// The bodies of every message that was sent, the oldest first.
    pub fn messages(&self) -> Vec<(String, String)> {
        let Gateway::Recorder(recorder) = &self.app.sms else {
            panic!("another gateway was asked for");
        };
        let messages = recorder.messages();
        let told = |message: &dovira::outside::sms::Message| {
            let number = message.phone_number.as_str().to_owned();
            (number, message.body.clone())
        };
        messages.iter().map(told).collect()
    }

    /// The code of the last message.
    pub fn sent_code(&self) -> String {
        let (_, body) = self.messages().pop().expect("a message");
        let digits = body.chars().filter(char::is_ascii_digit);
        digits.collect()
    }

    /// A code that the last message does not have.
    pub fn wrong_code(&self) -> String {
        match self.sent_code().as_str() {
            "1111" => "2222".to_owned(),
            _ => "1111".to_owned(),
        }
    }
}

impl World<'_> {
    /// A nonce for the client.
    pub async fn nonce(&self) -> String {
        self.nonce_of(&json!({ "client_id": CLIENT })).await
    }

    /// A nonce for the trusted client.
    pub async fn trusted_nonce(&self) -> String {
        self.nonce_of(&json!({ "client_id": TRUSTED_CLIENT, "client_secret": SECRET }))
            .await
    }

    async fn nonce_of(&self, body: &Value) -> String {
        let answer = self.app.api().post("/oauth/nonce", body).await;
        answer.is(200).json()["data"]["token"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Their registration with a fresh nonce, signed by them.
    pub async fn signed_own(&self) -> String {
        let content = Own::content(&self.nonce().await);
        Own::signer().sign(&content, self.app.now())
    }

    /// `POST /api/pis/sign-up_validation`.
    pub async fn validate_own(&self, signed_content: &str) -> Answer {
        let body = json!({ "signed_content": signed_content, "signed_content_encoding": "base64" });
        let api = self.app.api();
        api.post("/api/pis/sign-up_validation", &body).await
    }

    /// A validation that must succeed.
    pub async fn begin_own(&self, signed: String) -> Begun {
        let answer = self.validate_own(&signed).await;
        let token = answer.is(200).json()["data"]["token"].clone();
        Begun {
            signed,
            token: token.as_str().unwrap().to_owned(),
        }
    }

    /// `POST /api/pis/register`, to be sent later.
    pub fn register_own_later(&self, begun: &Begun, otp: &Value) -> Request<Body> {
        let body = json!({ "signed_content": begun.signed, "signed_content_encoding": "base64", "otp": otp });
        let api = self.app.api().bearer(&begun.token);
        api.post_later("/api/pis/register", &body)
    }

    /// `POST /api/pis/register`.
    pub async fn register_own(&self, begun: &Begun, otp: &Value) -> Answer {
        let request = self.register_own_later(begun, otp);
        self.app.send(request).await
    }

    /// A code for their phone and for what was signed; the code.
    pub async fn order_code(&self, begun: &Begun, phone: &str) -> String {
        let number = dovira::phone::PhoneNumber::parse(phone).unwrap();
        let hash = dovira::sign_up::signed::content_hash(&begun.signed).unwrap();
        let wanted = dovira::verification::Initialize {
            phone: &number,
            provider: None,
            content_hash: Some(&hash),
            actor: None,
        };
        dovira::verification::initialize(&self.app.app, &wanted, self.app.now())
            .await
            .unwrap();
        self.app.sent_code()
    }

    /// `{"jwt": nonce}` signed by the confidant of the world, who is a patient too.
    pub async fn signed_nonce(&self) -> String {
        self.sign(&json!({ "jwt": self.nonce().await }))
    }

    /// The parameters of an entry without a token.
    pub fn parameters_of<'p>(&'p self, user_data: &'p str) -> Vec<(&'p str, &'p str)> {
        let mut parameters = self.parameters(user_data);
        parameters.retain(|(name, _)| *name != "token");
        parameters
    }

    /// The address of an entry.
    pub fn entry_at(&self, path: &str, user_data: &str) -> String {
        format!("{path}?{}", encoded(&self.parameters_of(user_data)))
    }

    /// Comes in at `path`; the first page.
    pub async fn enter_at(&self, browser: &Browser<'_>, path: &str, user_data: &str) -> Answer {
        let entered = browser.get(&self.entry_at(path, user_data)).await;
        let page = browser.follow(&entered).await;
        page.is(200);
        page
    }

    /// Comes in to register themselves, and confirms the details; the page of the code.
    pub async fn enter_and_order(&self, browser: &Browser<'_>, user_data: &str) -> Answer {
        let details = self.enter_at(browser, "/sign-up", user_data).await;
        let confirmed = browser.decide(&details, "confirm").await;
        let code = browser.follow(&confirmed).await;
        code.is(200);
        code
    }

    /// The way back to the client with an error.
    pub fn back(&self, error: &str, description: &str) -> String {
        let mut url = url::Url::parse(REDIRECT_URI).unwrap();
        url.query_pairs_mut()
            .append_pair("error", error)
            .append_pair("error_description", description)
            .append_pair("state", "стан & co");
        url.into()
    }

    /// A call of the trusted client.
    pub async fn trusted(&self, path: &str, body: &Value) -> Answer {
        self.app.api().key(API_KEY).post(path, body).await
    }
}

impl Browser<'_> {
    /// Types a code into the first form of `page`.
    pub async fn type_code(&self, page: &Answer, code: &str) -> Answer {
        let csrf = csrf_of(page);
        self.post_form(&page.path, &[("csrf", &csrf), ("code", code)])
            .await
    }

    /// Presses the button of the form of `page` that goes to `action`.
    pub async fn press(&self, page: &Answer, action: &str, fields: &[(&str, &str)]) -> Answer {
        let html = page.text();
        let (_, form) = html
            .split_once(&format!("action=\"{action}\""))
            .unwrap_or_else(|| panic!("no form to {action} on {html}"));
        let (_, rest) = form.split_once("name=\"csrf\" value=\"").unwrap();
        let csrf = rest.split('"').next().unwrap().to_owned();
        let all: Vec<(&str, &str)> = [("csrf", csrf.as_str())]
            .into_iter()
            .chain(fields.iter().copied())
            .collect();
        self.post_form(action, &all).await
    }
}
