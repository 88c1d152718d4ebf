//! The whole application in this process, on a database of its own.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    http::{Method, Request, header},
};
use chrono::{DateTime, Utc};
use clap::Parser;
use dovira::{
    clock::{Clock, ManualClock},
    config::{Config, Settings},
    outside::{
        files::Media,
        identity::Provider,
        relationships::Registry,
        sms::{Gateway, Recorder},
    },
    paths,
    random::SystemRandom,
    secrets::Keys,
    state::{App, Parts, SharedValue, Slots},
};
use serde_json::Value;
use tower::ServiceExt;

use super::{Answer, Browser, Database, Scratch, World, authority};

/// What the world knows the service by.
pub const PUBLIC_URL: &str = "https://my.dovira.example";

/// The moment at which every test begins.
fn now() -> DateTime<Utc> {
    "2026-06-15T10:05:00Z".parse().unwrap()
}

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    settings: Settings,
}

/// The application under test.
pub struct TestApp {
    /// The application itself.
    pub app: App,
    /// Its clock, which stands still until it is moved.
    pub clock: Arc<ManualClock>,
    /// Its doors.
    pub router: Router,
    /// Where its files are, unless the settings say otherwise.
    pub media: std::path::PathBuf,
    /// Where its data is. Last: what uses it goes first.
    _scratch: Scratch,
}

impl TestApp {
    /// An application with nothing in it.
    pub async fn new(database: Database) -> Self {
        Self::with(database, &[]).await
    }

    /// The same with more settings.
    pub async fn with(database: Database, settings: &[&str]) -> Self {
        Self::on(Scratch::new(database).await, settings).await
    }

    /// The same on data that are there already.
    pub async fn on(scratch: Scratch, settings: &[&str]) -> Self {
        Self::build(scratch, settings, None).await
    }

    /// An application in which no signature is ever checked: whoever asks for it waits.
    pub async fn without_signature_slots(database: Database) -> Self {
        Self::build(Scratch::new(database).await, &[], Some(0)).await
    }

    async fn build(scratch: Scratch, settings: &[&str], slots: Option<usize>) -> Self {
        let directory = scratch.directory.to_str().unwrap().to_owned();
        let mut line = vec![
            "dovira",
            "--secret",
            "the secret of the tests, long enough",
            "--trusted-certificates",
            &directory,
        ];
        if !settings.contains(&"--public-url") {
            line.extend(["--public-url", PUBLIC_URL]);
        }
        let media = scratch.directory.join("media").display().to_string();
        if !settings.contains(&"--media") {
            line.extend(["--media", &media]);
        }
        line.extend(settings);
        let config = Config::read(&Line::parse_from(line).settings).unwrap();
        super::log::install();
        dovira::oauth::jwt::install_crypto();
        let clock = Arc::new(ManualClock::at(now()));
        let relationships = Registry::new(
            config.relationship_registry.as_ref(),
            Arc::clone(&clock) as Arc<dyn Clock>,
        );
        let keys = Keys::derive(&config.secret).unwrap();
        let media = Media::open(
            &config.media,
            &keys,
            &config.public_url,
            Arc::new(SystemRandom),
        );
        // Where no test asks for another gateway, messages are kept to be read.
        let sms = if settings.contains(&"--sms-gateway") {
            let report_url = format!("{PUBLIC_URL}{}", paths::SMS_REPORTS);
            Gateway::new(&config.verification.gateway, report_url).unwrap()
        } else {
            Gateway::Recorder(Recorder::default())
        };
        let app = App::new(Parts {
            sms,
            relationships: relationships.unwrap(),
            media: media.unwrap(),
            large_bodies: tokio::sync::Semaphore::new(dovira::limits::LARGE_BODIES),
            db: scratch.open().await,
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            random: Arc::new(SystemRandom),
            keys,
            trust: Arc::new(authority().store()),
            demo: false,
            passwords: Slots::new(config.cabinet.password_slots),
            provider: Provider::new(config.cabinet.provider.as_ref()).unwrap(),
            signatures: Slots::new(slots.unwrap_or(config.signature_slots)),
            config,
            dictionaries: SharedValue::default(),
        });
        app.refresh_dictionaries().await.unwrap();
        Self {
            router: dovira::app::router(&app),
            media: scratch.directory.join("media"),
            app,
            clock,
            _scratch: scratch,
        }
    }

    /// The time of the application.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The client, the confidant and the child that most tests are about.
    pub async fn world(&self) -> World<'_> {
        World::new(self).await
    }

    /// A browser that was never here.
    pub fn browser(&self) -> Browser<'_> {
        Browser::new(self)
    }

    /// A program that calls the JSON routes.
    pub fn api(&self) -> Api<'_> {
        Api {
            app: self,
            headers: Vec::new(),
        }
    }

    /// Sends any request at all.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        send(self.router.clone(), request).await
    }

    /// The same on a task of its own.
    pub fn send_later(
        &self,
        request: Request<Body>,
    ) -> impl Future<Output = Answer> + Send + 'static + use<> {
        send(self.router.clone(), request)
    }

    /// Sends requests at the same moment, each on a task of its own.
    pub async fn at_once(&self, requests: Vec<Request<Body>>) -> Vec<Answer> {
        let start = Arc::new(tokio::sync::Barrier::new(requests.len()));
        let sent: Vec<_> = requests
            .into_iter()
            .map(|request| {
                let (router, start) = (self.router.clone(), Arc::clone(&start));
                tokio::spawn(async move {
                    start.wait().await;
                    send(router, request).await
                })
            })
            .collect();
        let mut answers = Vec::new();
        for answer in sent {
            answers.push(answer.await.unwrap());
        }
        answers
    }

    /// How many rows `table` has for which `condition` holds.
    pub async fn count(&self, table: &str, condition: &str) -> i64 {
        self.number(&format!("SELECT count(*) FROM {table} WHERE {condition}"))
            .await
    }

    /// One number from the database.
    pub async fn number(&self, sql: &str) -> i64 {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        let mut held = self.app.db.read().await.unwrap();
        dovira::on!(held.link(), |c| sqlx::query_scalar(sql).fetch_one(c).await).unwrap()
    }

    /// The id of the user of the one person whom `condition` names.
    pub async fn user_of_person(&self, condition: &str) -> uuid::Uuid {
        let sql = format!(
            "SELECT u.id FROM users u JOIN persons p ON p.id = u.person_id WHERE p.{condition}"
        );
        let sql = sqlx::AssertSqlSafe(sql);
        let mut held = self.app.db.read().await.unwrap();
        dovira::on!(held.link(), |c| sqlx::query_scalar(sql).fetch_one(c).await).unwrap()
    }

    /// Changes the database behind the program's back.
    pub async fn execute(&self, sql: &str) {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        let mut held = self.app.db.write().await.unwrap();
        dovira::on!(held.link(), |c| sqlx::query(sql)
            .execute(c)
            .await
            .map(|_| ()))
        .unwrap();
    }

    /// How many rows all tables together have that a registration writes to.
    pub async fn registered(&self) -> [i64; 6] {
        let mut counts = [0; 6];
        for (count, table) in counts.iter_mut().zip([
            "persons",
            "person_documents",
            "person_authentication_methods",
            "confidant_person_relationships",
            "users",
            "used_signatures",
        ]) {
            *count = self.count(table, "1 = 1").await;
        }
        counts
    }
}

async fn send(router: Router, request: Request<Body>) -> Answer {
    let path = request.uri().path().to_owned();
    let response = router.oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    Answer {
        path,
        status: parts.status,
        headers: parts.headers,
        body: body.to_vec(),
    }
}

/// A program that calls the JSON routes, with the headers it sends each time.
#[derive(Clone)]
pub struct Api<'a> {
    app: &'a TestApp,
    headers: Vec<(String, String)>,
}

impl Api<'_> {
    /// With a header more.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With an access token.
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// With an api key.
    pub fn key(self, key: &str) -> Self {
        self.header("api-key", key)
    }

    /// `POST` of a JSON body.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        let body = Body::from(serde_json::to_vec(body).unwrap());
        self.send(Method::POST, path, Some("application/json"), body)
            .await
    }

    /// `PATCH` of a JSON body.
    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        let body = Body::from(serde_json::to_vec(body).unwrap());
        self.send(Method::PATCH, path, Some("application/json"), body)
            .await
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, Body::empty()).await
    }

    /// Anything.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        content_type: Option<&str>,
        body: Body,
    ) -> Answer {
        let request = self.request(method, path, content_type, body);
        self.app.send(request).await
    }

    /// A `POST` of a JSON body, to be sent later.
    pub fn post_later(&self, path: &str, body: &Value) -> Request<Body> {
        let body = Body::from(serde_json::to_vec(body).unwrap());
        self.request(Method::POST, path, Some("application/json"), body)
    }

    /// Any request with a JSON body, to be sent later.
    pub fn later(&self, method: Method, path: &str, body: &Value) -> Request<Body> {
        let body = Body::from(serde_json::to_vec(body).unwrap());
        self.request(method, path, Some("application/json"), body)
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        content_type: Option<&str>,
        body: Body,
    ) -> Request<Body> {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(content_type) = content_type {
            request = request.header(header::CONTENT_TYPE, content_type);
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request.body(body).unwrap()
    }
}
