//! Who and what most tests are about: a client, a confidant with a token, a child who is not registered yet.

use chrono::{DateTime, TimeDelta, Utc};
use dovira::{
    import,
    oauth::{
        scope::Scopes,
        store,
        token::{Subject, Token, TokenName},
    },
    person::samples,
    random::Draw,
    secrets::Plain,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Answer, Browser, Identity, TestApp, authority, browser::encoded};

/// Where the client's browsers return to. It has a query of its own, which must be kept.
pub const REDIRECT_URI: &str = "https://pis.example/callback?from=dovira";
/// What the client may ask for.
pub const CLIENT_SCOPES: &str = "person:read app:read_pis";

/// The client.
pub const CLIENT: Uuid = Uuid::from_u128(0xc11e_0000_0000_4000_8000_0000_0000_0001);
/// Another client, with an address of its own.
pub const OTHER_CLIENT: Uuid = Uuid::from_u128(0xc11e_0000_0000_4000_8000_0000_0000_0002);
/// A client of the type TRUSTED_PIS.
pub const TRUSTED_CLIENT: Uuid = Uuid::from_u128(0xc11e_0000_0000_4000_8000_0000_0000_0003);
/// The confidant.
pub const CONFIDANT: Uuid = Uuid::from_u128(0xadu128 << 120 | 0x4000_8000_0000_0000_0001);
/// The confidant's user.
pub const CONFIDANT_USER: Uuid = Uuid::from_u128(0xae_u128 << 120 | 0x4000_8000_0000_0000_0001);

/// The secret of every client.
pub const SECRET: &str = "a secret that only the tests know";
/// The api key of the client.
pub const API_KEY: &str = "an api key that only the tests know";

/// The confidant's tax number.
pub const CONFIDANT_TAX_ID: &str = "3112201416";

/// What is imported before each test.
pub fn provisioning() -> Value {
    let client = |id: Uuid, name: &str, kind: &str, key: Option<&str>, uri: &str| {
        json!({
            "id": id, "name": name, "client_type": kind, "secret": SECRET, "api_key": key,
            "redirect_uris": [uri], "scopes": CLIENT_SCOPES,
            "legal_entity": { "type": "PRIMARY_CARE", "name": "КНП «Зразкова лікарня»", "edrpou": "00000001" },
        })
    };
    let mut person = samples::self_registration("")["person"].clone();
    person["id"] = json!(CONFIDANT);
    person["authentication_methods"] = json!([
        { "id": Uuid::from_u128(0xaf_u128 << 120 | 0x4000_8000_0000_0000_0001), "type": "OTP", "phone_number": "+380500000017" }
    ]);
    json!({
        "clients": [
            client(CLIENT, "Мій лікар", "PIS", Some(API_KEY), REDIRECT_URI),
            client(OTHER_CLIENT, "Інший застосунок", "PIS", None, "https://other.example/back"),
            client(TRUSTED_CLIENT, "Довірений застосунок", "TRUSTED_PIS", None, "https://trusted.example/back"),
        ],
        "persons": [person],
        "users": [{ "id": CONFIDANT_USER, "tax_id": CONFIDANT_TAX_ID, "person_id": CONFIDANT }],
    })
}

/// The client, the confidant and the child.
pub struct World<'a> {
    /// The application they are in.
    pub app: &'a TestApp,
    /// The confidant's key and certificate.
    pub signer: Identity,
    /// The confidant's access token of scope `confidant_person:sign_up`, for the client.
    pub token: String,
}

/// A child to be registered.
pub struct Child;

impl Child {
    /// The registration of the sample child by the confidant.
    pub fn content() -> Value {
        samples::confidant_registration(CONFIDANT)
    }

    /// Another child: other numbers, another birthday.
    pub fn other() -> Value {
        let mut content = Self::content();
        let person = &mut content["person"];
        person["first_name"] = json!("Назар");
        person["gender"] = json!("MALE");
        person["birth_date"] = json!("2024-03-01");
        person["tax_id"] = json!("4535100032");
        person["unzr"] = json!("20240301-00000");
        person["documents"][0]["number"] = json!("І-БК№540022");
        person["documents"][0]["issued_at"] = json!("2024-03-11");
        content
    }
}

impl<'a> World<'a> {
    pub(super) async fn new(app: &'a TestApp) -> Self {
        import_into(app, &provisioning()).await;
        let token = issue(
            app,
            CONFIDANT_USER,
            "confidant_person:sign_up",
            TimeDelta::days(1),
        )
        .await;
        Self {
            signer: authority().person(Some(CONFIDANT_TAX_ID)),
            token,
            app,
        }
    }

    /// Changes what is registered, as an operator does.
    pub async fn import(&self, file: &Value) {
        import_into(self.app, file).await;
    }

    /// The confidant as the provisioning file has them, to be changed.
    pub fn confidant(&self) -> Value {
        provisioning()["persons"][0].clone()
    }

    /// Registers a person with these data beside the confidant; their id.
    pub async fn import_child(&self, content: &Value) -> Uuid {
        let id = self.app.app.random.uuid();
        let mut person = content["person"].clone();
        for member in ["authentication_methods", "confidant_person"] {
            person.as_object_mut().unwrap().shift_remove(member);
        }
        person["id"] = json!(id);
        self.import(&json!({ "persons": [person] })).await;
        id
    }

    /// Relates the confidant to `person`.
    pub async fn relate(&self, person: Uuid, confidant: Uuid, status: &str, reason: Option<&str>) {
        let id = self.app.app.random.uuid();
        self.import(&json!({ "confidant_person_relationships": [{
            "id": id, "person_id": person, "confidant_person_id": confidant,
            "verification_status": status, "verification_reason": reason,
        }] }))
        .await;
    }

    /// An access token of `user` for the client.
    pub async fn issue(&self, user: Uuid, scope: &str, life: TimeDelta) -> String {
        issue(self.app, user, scope, life).await
    }

    /// `content` signed by the confidant at this moment.
    pub fn sign(&self, content: &Value) -> String {
        self.signer.sign(content, self.app.now())
    }

    /// The sample child signed by the confidant.
    pub fn signed_child(&self) -> String {
        self.sign(&Child::content())
    }

    /// `POST …/sign-up_validation` by the confidant.
    pub async fn validate(&self, signed_content: &str) -> Answer {
        let body = json!({ "signed_content": signed_content, "signed_content_encoding": "base64" });
        self.app
            .api()
            .bearer(&self.token)
            .post("/api/pis/confidant/sign-up_validation", &body)
            .await
    }

    /// The session token of a validation that must succeed.
    pub async fn session_token(&self, signed_content: &str) -> String {
        let answer = self.validate(signed_content).await;
        let token = &answer.is(200).json()["data"]["token"];
        token.as_str().unwrap().to_owned()
    }

    /// `POST …/sign-up_registration` by the confidant.
    pub async fn register(&self, signed_content: &str, session_token: &str) -> Answer {
        let body = json!({ "signed_content": signed_content, "signed_content_encoding": "base64", "jwt": session_token });
        self.app
            .api()
            .bearer(&self.token)
            .post("/api/pis/confidant/sign-up_registration", &body)
            .await
    }

    /// Validation and registration; the answer to the second.
    pub async fn validate_and_register(&self, content: &Value) -> Answer {
        let signed = self.sign(content);
        let token = self.session_token(&signed).await;
        self.register(&signed, &token).await
    }

    /// The parameters of an entry with `user_data`.
    pub fn parameters<'p>(&'p self, user_data: &'p str) -> Vec<(&'p str, &'p str)> {
        vec![
            ("client_id", "c11e0000-0000-4000-8000-000000000001"),
            ("redirect_uri", REDIRECT_URI),
            ("scope", "person:read"),
            ("user_data", user_data),
            ("token", &self.token),
            ("state", "стан & co"),
        ]
    }

    /// The address with which the client sends a browser here.
    pub fn entry(&self, user_data: &str) -> String {
        address(&self.parameters(user_data))
    }

    /// Enters with the signed child; the page of the details.
    pub async fn enter(&self, browser: &Browser<'_>, user_data: &str) -> Answer {
        let entered = browser.get(&self.entry(user_data)).await;
        let details = browser.follow(&entered).await;
        details.is(200);
        details
    }

    /// Enters and confirms the details; the page of the scopes.
    pub async fn enter_and_confirm(&self, browser: &Browser<'_>, user_data: &str) -> Answer {
        let details = self.enter(browser, user_data).await;
        let confirmed = browser.decide(&details, "confirm").await;
        let accept = browser.follow(&confirmed).await;
        accept.is(200);
        accept
    }

    /// The whole way of the sample child; the code.
    pub async fn code(&self) -> String {
        let browser = self.app.browser();
        let accept = self.enter_and_confirm(&browser, &self.signed_child()).await;
        let accepted = browser.decide(&accept, "confirm").await;
        accepted.parameter("code").expect("a code")
    }

    /// The body of an exchange of `code` by the client.
    pub fn exchange_body(&self, code: &str) -> Value {
        json!({ "token": {
            "grant_type": "authorization_code", "client_id": CLIENT, "client_secret": SECRET,
            "code": code, "redirect_uri": REDIRECT_URI, "scope": "person:read",
        } })
    }

    /// Exchanges `code`.
    pub async fn exchange(&self, code: &str) -> Answer {
        let body = self.exchange_body(code);
        self.app.api().post("/oauth/tokens", &body).await
    }

    /// Brings a refresh token.
    pub async fn refresh(&self, refresh_token: &str) -> Answer {
        let body = json!({ "token": {
            "grant_type": "refresh_token", "client_id": CLIENT, "client_secret": SECRET, "refresh_token": refresh_token,
        } });
        self.app.api().post("/oauth/tokens", &body).await
    }

    /// `GET /api/pis/person` with `token`.
    pub async fn person(&self, token: &str) -> Answer {
        let api = self.app.api().key(API_KEY).bearer(token);
        api.get("/api/pis/person").await
    }
}

/// The entry with these parameters.
pub fn address(parameters: &[(&str, &str)]) -> String {
    format!("/confidant/sign-up?{}", encoded(parameters))
}

async fn import_into(app: &TestApp, file: &Value) {
    let file = import::read(&serde_json::to_vec(file).unwrap()).unwrap_or_else(|p| panic!("{p}"));
    let parts = &app.app;
    import::import(&parts.db, &parts.keys, &*parts.random, &file, app.now())
        .await
        .unwrap();
}

async fn issue(app: &TestApp, user: Uuid, scope: &str, life: TimeDelta) -> String {
    let now: DateTime<Utc> = app.now();
    let token = Token {
        id: app.app.random.uuid(),
        name: TokenName::Access,
        subject: Subject {
            user_id: user,
            applicant: None,
        },
        client_id: CLIENT,
        approval_id: None,
        parent_id: None,
        scope: Scopes::parse(scope).unwrap(),
        grant_type: "operator".to_owned(),
        redirect_uri: None,
        expires_at: now + life,
        used_at: None,
    };
    let value = Plain::generate(&*app.app.random);
    let mut held = app.app.db.write().await.unwrap();
    store::add_token(held.link(), &token, &value.hash(), now)
        .await
        .unwrap();
    value.expose().to_owned()
}
