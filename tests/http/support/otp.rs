//! One-time codes, as a program asks for them and a person reads them.

use axum::{
    body::Body,
    http::{Method, Request, header},
};
use chrono::TimeDelta;
use dovira::phone::PhoneNumber;
use serde_json::{Value, json};

use super::{API_KEY, Answer, Api, CONFIDANT_USER, TestApp};

/// The number that most tests are about.
pub const PHONE: &str = "+380631112233";
/// The address that takes its codes.
pub const PHONE_PATH: &str = "/api/verifications/+380631112233/actions/complete";
/// Settings without limits on how often.
pub const UNLIMITED: [&str; 6] = [
    "--init-verification-limit",
    "0",
    "--otp-sends-per-hour",
    "0",
    "--verification-requests-per-minute",
    "0",
];

/// A medical system with a token for codes.
pub struct Otp<'a> {
    /// The application that it calls.
    pub app: &'a TestApp,
    token: String,
}

impl<'a> Otp<'a> {
    /// The system, with a client, a user and a token that lives for a year.
    pub async fn new(app: &'a TestApp) -> Self {
        let world = app.world().await;
        let token = world
            .issue(CONFIDANT_USER, "otp:write otp:read", TimeDelta::days(365))
            .await;
        Self { app, token }
    }

    /// A call with key and token.
    pub fn api(&self) -> Api<'a> {
        self.app.api().key(API_KEY).bearer(&self.token)
    }

    /// `POST /api/verifications` for `phone`.
    pub async fn send_to(&self, phone: &str) -> Answer {
        let body = json!({ "phone_number": phone });
        self.api().post("/api/verifications", &body).await
    }

    /// The same for the number of the tests.
    pub async fn send(&self) -> Answer {
        self.send_to(PHONE).await
    }

    /// A code that must be sent; the code.
    pub async fn code(&self) -> u64 {
        self.send().await.is(200);
        self.last_code()
    }

    /// `PATCH …/actions/complete` with this body.
    pub async fn complete_with(&self, path: &str, body: &Value) -> Answer {
        self.app.send(self.complete_later(path, body)).await
    }

    /// The same, to be sent later.
    pub fn complete_later(&self, path: &str, body: &Value) -> Request<Body> {
        Request::builder()
            .method(Method::PATCH)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json")
            .header("api-key", API_KEY)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .body(Body::from(body.to_string()))
            .unwrap()
    }

    /// Gives a code for the number of the tests.
    pub async fn complete(&self, code: u64) -> Answer {
        self.complete_with(PHONE_PATH, &json!({ "code": code }))
            .await
    }

    /// `GET /api/verifications/{phone}`.
    pub async fn find(&self, phone: &str) -> Answer {
        self.api().get(&format!("/api/verifications/{phone}")).await
    }

    /// What was sent, the oldest first: number and text.
    pub fn messages(&self) -> Vec<(PhoneNumber, String)> {
        let messages = self.app.app.sms.recorder().expect("a recorder").messages();
        messages
            .into_iter()
            .map(|message| (message.phone_number, message.body))
            .collect()
    }

    /// The code of the last message.
    pub fn last_code(&self) -> u64 {
        let (_, text) = self.messages().pop().expect("a message");
        let (_, digits) = text.rsplit_once(' ').expect("a code");
        digits.parse().expect("digits")
    }

    /// Status, activity and attempts of the latest record of `phone`.
    pub async fn record_of(&self, phone: &str) -> (String, bool, i64) {
        let sql = format!(
            "SELECT status, active, CAST(attempts_count AS BIGINT) FROM verifications
             WHERE phone_number = '{phone}' ORDER BY inserted_at DESC LIMIT 1"
        );
        let sql = sqlx::AssertSqlSafe(sql);
        let mut held = self.app.app.db.read().await.unwrap();
        dovira::on!(held.link(), |c| sqlx::query_as(sql).fetch_one(c).await).unwrap()
    }

    /// Makes sure how the latest record of the number of the tests stands.
    #[track_caller]
    pub fn stands(&self, status: &str, attempts: i64) -> impl Future<Output = ()> {
        let expected = (status.to_owned(), status == "NEW", attempts);
        async move { assert_eq!(self.record_of(PHONE).await, expected) }
    }
}

/// A code that is not `code`.
pub fn wrong(code: u64) -> u64 {
    (code - 1000 + 1) % 9000 + 1000
}
