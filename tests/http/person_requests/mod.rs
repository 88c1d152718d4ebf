//! Person requests (person requests, whole; the seeds "Create/Update person request" and "Resend authorization OTP").
//!
//! "§" is the document "person requests".

mod approve;
mod authentication_methods;
mod codes;
mod create;
mod data;
mod life;
mod list;
mod model;
mod order;
mod settings;
mod sign;
mod third_person;
mod update;
mod version_2;
mod whole;

use axum::{body::Body, http::Method};
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

use crate::support::{Answer, Api, Database, PUBLIC_URL, TestApp, assert_json, authority};

pub const PATH: &str = "/api/person_requests";
pub const V2: &str = "/api/v2/person_requests";

const fn id(kind: u128, number: u128) -> Uuid {
    Uuid::from_u128(kind << 120 | 0x4000_8000_0000_0000_0000 | number)
}

/// A clinic that registers people.
pub const CLINIC: Uuid = id(0xc1, 1);
/// Another one.
pub const OTHER_CLINIC: Uuid = id(0xc1, 2);
/// A legal entity that does not.
pub const PHARMACY: Uuid = id(0xc1, 3);
/// A doctor of both clinics and of the pharmacy.
pub const DOCTOR: Uuid = id(0xd0, 1);
/// The owner of the clinic, who receives nobody.
pub const OWNER: Uuid = id(0xd0, 2);
/// The doctor's tax number.
pub const DOCTOR_TAX_ID: &str = "2806800940";
/// A mother whom a code reaches.
pub const MOTHER: Uuid = id(0xa0, 1);
/// Her method.
pub const MOTHER_OTP: Uuid = id(0xb0, 1);
/// An adult who is registered.
pub const ADULT: Uuid = id(0xa0, 2);
/// Their method.
pub const ADULT_OTP: Uuid = id(0xb0, 2);
/// Somebody who confirms by documents.
pub const OFFLINE_PERSON: Uuid = id(0xa0, 3);
/// Their method.
pub const OFFLINE_METHOD: Uuid = id(0xb0, 3);
/// Somebody who has no method.
pub const MUTE_PERSON: Uuid = id(0xa0, 4);
/// Somebody of ten years.
pub const YOUNG_PERSON: Uuid = id(0xa0, 5);
/// Somebody who is not in the registry any more.
pub const GONE_PERSON: Uuid = id(0xa0, 6);

pub const SCOPES: &str = "person_request:read person_request:write";

/// The clinics, the doctor, and the people who are registered.
pub struct Clinic<'a> {
    pub app: &'a TestApp,
    /// The doctor's token at the clinic.
    pub token: String,
}

pub fn person(id: Uuid, first: &str, birth_date: &str, methods: Value) -> Value {
    json!({
        "id": id, "first_name": first, "last_name": "Реєстрова", "birth_date": birth_date, "no_tax_id": true,
        "documents": [{ "type": "PASSPORT", "number": format!("РЕ{:06}", id.as_u128() & 0xffff) }],
        "authentication_methods": methods,
    })
}

fn provisioning() -> Value {
    let client = |id: Uuid, kind: &str| {
        json!({
            "id": id, "name": format!("МІС {kind}"), "client_type": "MIS", "secret": "secret", "api_key": key(id),
            "redirect_uris": [], "scopes": SCOPES,
            "legal_entity": { "type": kind, "name": "КНП «Зразкова лікарня»", "edrpou": "00000001" },
        })
    };
    let employee = |number: u128, user: Uuid, place: Uuid, kind: &str, tax_id: Option<&str>| json!({ "id": id(0xe0, number), "user_id": user, "legal_entity_id": place, "employee_type": kind, "status": "APPROVED", "tax_id": tax_id });
    let mut gone = person(GONE_PERSON, "Віра", "1983-01-01", json!([]));
    gone["status"] = json!("inactive");
    json!({
        "clients": [client(CLINIC, "PRIMARY_CARE"), client(OTHER_CLINIC, "MSP"), client(PHARMACY, "PHARMACY")],
        "users": [{ "id": DOCTOR }, { "id": OWNER, "tax_id": DOCTOR_TAX_ID }],
        "employees": [
            employee(1, DOCTOR, CLINIC, "DOCTOR", Some(DOCTOR_TAX_ID)),
            employee(2, DOCTOR, OTHER_CLINIC, "RECEPTIONIST", Some(DOCTOR_TAX_ID)),
            employee(3, DOCTOR, PHARMACY, "DOCTOR", Some(DOCTOR_TAX_ID)),
            employee(4, OWNER, CLINIC, "OWNER", Some(DOCTOR_TAX_ID)),
        ],
        "persons": [
            person(MOTHER, "Оксана", "1991-08-19", json!([{ "id": MOTHER_OTP, "type": "OTP", "phone_number": "+380500000033" }])),
            person(ADULT, "Ганна", "1980-01-01", json!([{ "id": ADULT_OTP, "type": "OTP", "phone_number": "+380500000044" }])),
            person(OFFLINE_PERSON, "Олена", "1981-01-01", json!([{ "id": OFFLINE_METHOD, "type": "OFFLINE" }])),
            person(MUTE_PERSON, "Ніна", "1982-01-01", json!([])),
            person(YOUNG_PERSON, "Леся", "2016-01-01", json!([])),
            gone,
        ],
        "verified_phones": ["+380500000017"],
    })
}

/// The api key of a client.
pub fn key(client: Uuid) -> String {
    format!("the api key of {client}")
}

impl<'a> Clinic<'a> {
    pub async fn new(app: &'a TestApp) -> Self {
        let clinic = Self {
            app,
            token: String::new(),
        };
        clinic.import(&provisioning()).await;
        let token = clinic.issue(CLINIC, DOCTOR, SCOPES).await;
        Self { token, ..clinic }
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
        .unwrap_or_else(|p| panic!("{p}"));
    }

    /// An access token of a user for a client.
    pub async fn issue(&self, client_id: Uuid, user_id: Uuid, scope: &str) -> String {
        let app = &self.app.app;
        let now = self.app.now();
        let token = Token {
            id: app.random.uuid(),
            name: TokenName::Access,
            subject: Subject {
                user_id,
                applicant: None,
            },
            client_id,
            approval_id: None,
            parent_id: None,
            scope: Scopes::parse(scope).unwrap(),
            grant_type: "operator".to_owned(),
            redirect_uri: None,
            expires_at: now + TimeDelta::days(400),
            used_at: None,
        };
        let value = Plain::generate(&*app.random);
        let mut held = app.db.write().await.unwrap();
        store::add_token(held.link(), &token, &value.hash(), now)
            .await
            .unwrap();
        value.expose().to_owned()
    }

    /// The doctor's program at the clinic.
    pub fn api(&self) -> Api<'a> {
        self.app.api().bearer(&self.token).key(&key(CLINIC))
    }

    /// A user's program at some client.
    pub async fn api_of(&self, client: Uuid, user: Uuid, scope: &str) -> Api<'a> {
        let token = self.issue(client, user, scope).await;
        self.app.api().bearer(&token).key(&key(client))
    }

    /// `POST /api/person_requests`.
    pub async fn create(&self, body: &Value) -> Answer {
        // A code may be sent to a number once a minute.
        self.app.clock.advance(TimeDelta::seconds(61));
        self.api().post(PATH, body).await
    }

    /// The id of a request that must be made.
    pub async fn created(&self, body: &Value) -> String {
        id_of(&self.create(body).await)
    }

    /// `PATCH …/actions/{action}`.
    pub async fn act(&self, id: &str, action: &str, body: &Value) -> Answer {
        self.api()
            .patch(&format!("{PATH}/{id}/actions/{action}"), body)
            .await
    }

    /// `GET /api/person_requests/{id}`.
    pub async fn get(&self, id: &str) -> Answer {
        self.api().get(&format!("{PATH}/{id}")).await
    }

    /// The last code that was sent.
    pub fn code(&self) -> u64 {
        last_code(self.app)
    }

    /// Uploads a copy to every link of an answer.
    pub async fn upload(&self, answer: &Answer) {
        let json = answer.json();
        for document in json["urgent"]["documents"].as_array().into_iter().flatten() {
            self.put(document["url"].as_str().unwrap()).await;
        }
    }

    /// Sends a copy to a link.
    pub async fn put(&self, link: &str) {
        let image = Body::from(vec![0xFF, 0xD8, 0xFF, 0xE0]);
        let path = link.strip_prefix(PUBLIC_URL).unwrap();
        let sent = self
            .app
            .api()
            .send(Method::PUT, path, Some("image/jpeg"), image)
            .await;
        assert!(sent.status.is_success(), "{}", sent.status);
    }

    /// Makes and approves a request; its id and what is shown.
    pub async fn approved(&self, body: &Value) -> (String, Value) {
        let created = self.create(body).await;
        let id = id_of(&created);
        self.upload(&created).await;
        let number = created.json()["urgent"]["authentication_method_current"]["phone_number"]
            .as_str()
            .map(str::to_owned);
        let body = match number {
            Some(_) => json!({ "verification_code": self.code() }),
            None => json!({}),
        };
        let approved = self.act(&id, "approve", &body).await;
        (id, approved.is(200).json()["data"].clone())
    }

    /// Signs `content` as the doctor.
    pub fn signed(&self, content: &Value) -> Value {
        let signer = authority().person(Some(DOCTOR_TAX_ID));
        json!({ "signed_content": signer.sign(content, self.app.now()), "signed_content_encoding": "base64" })
    }

    /// Makes, approves and signs a request; the id of the person.
    pub async fn registered(&self, body: &Value) -> String {
        let (id, mut shown) = self.approved(body).await;
        shown["patient_signed"] = json!(true);
        let signed = self.act(&id, "sign", &self.signed(&shown)).await;
        let person = &signed.is(200).json()["data"]["person_id"];
        person.as_str().unwrap().to_owned()
    }
}

/// The id in an answer that says something was made.
#[track_caller]
pub fn id_of(answer: &Answer) -> String {
    let id = &answer.is(201).json()["data"]["id"];
    id.as_str().unwrap().to_owned()
}

/// The last code that was sent.
pub fn last_code(app: &TestApp) -> u64 {
    let messages = app.app.sms.recorder().unwrap().messages();
    let body = &messages.last().expect("an SMS").body;
    body.rsplit(' ').next().unwrap().parse().unwrap()
}

/// An adult whom a code reaches.
pub fn adult() -> Value {
    samples::person_request()
}

/// An adult who confirms by documents.
pub fn offline() -> Value {
    with(
        adult(),
        "/person/authentication_methods",
        json!([{ "type": "OFFLINE" }]),
    )
}

/// A child of the mother.
pub fn child() -> Value {
    samples::child_request(MOTHER)
}

/// A change of somebody's data.
pub fn change(person_id: Uuid) -> Value {
    let mut body = without(adult(), "/person/authentication_methods");
    body["person"]["id"] = json!(person_id);
    body
}

/// `content` with the value at `pointer` replaced, or added to its object.
pub fn with(mut content: Value, pointer: &str, value: Value) -> Value {
    match content.pointer_mut(pointer) {
        Some(place) => *place = value,
        None => {
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            content.pointer_mut(parent).unwrap()[name] = value;
        }
    }
    content
}

pub fn without(mut content: Value, pointer: &str) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = content.pointer_mut(parent).unwrap();
    parent.as_object_mut().unwrap().shift_remove(name).unwrap();
    content
}

/// An id, as a statement for that database writes it.
pub fn id_in(database: Database, id: Uuid) -> String {
    match database {
        Database::Sqlite => format!("x'{}'", id.simple()),
        Database::Postgres => format!("'{id}'::uuid"),
    }
}

/// A moment, in the same way.
pub fn time_in(database: Database, at: DateTime<Utc>) -> String {
    let text = at.to_rfc3339();
    match database {
        Database::Sqlite => format!("'{text}'"),
        Database::Postgres => format!("'{text}'::timestamptz"),
    }
}

/// The types of the links of an answer.
pub fn links(answer: &Answer) -> Vec<String> {
    let json = answer.json();
    let links = json["urgent"]["documents"].as_array();
    links
        .into_iter()
        .flatten()
        .map(|link| link["type"].as_str().unwrap().to_owned())
        .collect()
}

/// The files of copies: those that wait, and those that stay.
pub fn files(app: &TestApp) -> [usize; 2] {
    fn count(path: &std::path::Path) -> usize {
        let entries = std::fs::read_dir(path).into_iter().flatten();
        entries
            .map(|entry| entry.unwrap().path())
            .map(|path| if path.is_dir() { count(&path) } else { 1 })
            .sum()
    }
    ["uploads", "files"].map(|place| count(&app.media.join(place)))
}

/// An answer with `data` and `urgent`, whole.
#[track_caller]
pub fn assert_answer(answer: &Answer, status: u16, data: Value, urgent: Option<Value>) {
    let mut url = format!("{PUBLIC_URL}{}", answer.path);
    if status == 201 {
        url.push_str("/[uuid]");
    }
    let mut expected = json!({
        "meta": { "code": status, "url": url, "type": "object", "request_id": "[uuid]" },
        "data": data,
    });
    if let Some(urgent) = urgent {
        expected["urgent"] = urgent;
    }
    assert_json(&answer.is(status).json(), &expected);
}

/// 422 of a rule with parameters, whole.
#[track_caller]
pub fn refuses_field(answer: &Answer, entry: &str, message: &str, params: &[&str]) {
    let rule = json!({ "rule": "invalid", "description": message, "params": params });
    let item = json!({ "entry": entry, "entry_type": "json_data_property", "rules": [rule] });
    answer.refuses_with(422, "validation_failed", message, Some(json!([item])));
}

pub const VALIDATION_FAILED: &str = "Validation failed. You can find validators description at our API Manifest: http://docs.apimanifest.apiary.io/#introduction/interacting-with-api/errors.";

/// 422 of the schema, whole: each item an entry with a rule.
#[track_caller]
pub fn refuses_schema(answer: &Answer, items: Vec<Value>) {
    answer.refuses_with(
        422,
        "validation_failed",
        VALIDATION_FAILED,
        Some(json!(items)),
    );
}

/// An item of the schema's answer.
pub fn item(entry: &str, rule: &str, raw: &str, params: Value) -> Value {
    let mut description = raw.to_owned();
    for (name, value) in params.as_object().unwrap() {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        description = description.replace(&format!("%{{{name}}}"), &text);
    }
    json!({
        "entry": entry, "entry_type": "json_data_property",
        "rules": [{ "rule": rule, "params": params, "description": description, "raw_description": raw }],
    })
}

/// An item about a member that is not allowed.
pub fn not_allowed(entry: &str) -> Value {
    let name = entry.rsplit('.').next().unwrap();
    item(
        entry,
        "schema",
        "schema does not allow additional properties",
        json!({ "properties": [name] }),
    )
}

/// An item about a value that is not among these.
pub fn inclusion(entry: &str, values: Value) -> Value {
    item(
        entry,
        "inclusion",
        "value is not allowed in enum",
        json!({ "values": values }),
    )
}
