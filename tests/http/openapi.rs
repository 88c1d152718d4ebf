//! The description of the JSON routes is true: the router answers what is described, refusals are said as the examples
//! say them, and every example is what its own schema allows.

use std::collections::{BTreeSet, HashMap};

use axum::{body::Body, http::Method};
use jsonschema::Validator;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    Answer,
    Database::{self, Postgres, Sqlite},
    TestApp,
};

/// A route of the description.
struct Route<'a> {
    path: &'a str,
    method: Method,
    described: &'a Value,
}

impl Route<'_> {
    /// The address, with something that may stand in each place.
    fn address(&self) -> String {
        address(self.path)
    }

    /// Calls it without any proof; with a JSON object where a body is asked for.
    async fn call(&self, app: &TestApp, accept: &str) -> Answer {
        let (kind, body) = match self.described["requestBody"]["content"]["application/json"] {
            Value::Null => (None, Body::empty()),
            _ => (Some("application/json"), Body::from("{}")),
        };
        let api = app.api().header("accept", accept);
        api.send(self.method.clone(), &self.address(), kind, body)
            .await
    }

    /// What the examples of an answer of this status hold, without the envelope's `meta`.
    fn refusals(&self, document: &Value, status: u16) -> Vec<Value> {
        let media = &self.described["responses"][status.to_string()]["content"]["application/json"];
        examples(document, media)
            .into_iter()
            .map(|(_, value)| value["error"].clone())
            .collect()
    }
}

fn address(path: &str) -> String {
    path.replace("{id}", "eeebb86d-5cba-43c9-885b-6482ecaf826b")
        .replace("{phone_number}", "+380508887700")
        .replace("{object}", "person_requests/one/copy.jpeg")
}

async fn document(app: &TestApp) -> Value {
    app.api().get("/openapi.json").await.is(200).json()
}

fn routes(document: &Value) -> Vec<Route<'_>> {
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, described) in item.as_object().unwrap() {
            routes.push(Route {
                path,
                method: method.to_ascii_uppercase().parse().unwrap(),
                described,
            });
        }
    }
    assert!(routes.len() > 40, "{}", routes.len());
    routes
}

/// The examples of a media type with their names, wherever they stand.
fn examples<'a>(document: &'a Value, media: &'a Value) -> Vec<(&'a str, &'a Value)> {
    let named = media["examples"].as_object().into_iter().flatten();
    let named = named.map(|(name, example)| {
        let example = match example["$ref"].as_str() {
            Some(target) => document
                .pointer(target.strip_prefix('#').unwrap())
                .expect(target),
            None => example,
        };
        (name.as_str(), &example["value"])
    });
    let single = media.get("example").map(|example| ("the one", example));
    named.chain(single).collect()
}

/// Called without a proof or with an empty body, a route that is there refuses for want of them before it looks for
/// anything: a 404 is the router's.
#[rstest]
#[tokio::test]
async fn what_is_described_is_there(#[values(Sqlite, Postgres)] database: Database) {
    let secret = ["--sms-report-secret", "a secret of a gateway"];
    let app = TestApp::with(database, &secret).await;
    let document = document(&app).await;
    for route in routes(&document) {
        let at = format!("{} {}", route.method, route.path);
        let answer = route.call(&app, "*/*").await;
        let status = answer.status.as_u16();
        assert!(status != 404 && status != 405, "{at}: {status}");
        let described = &route.described["responses"][status.to_string()];
        assert!(!described.is_null(), "{at}: {status} is not described");
        // The address beside it, which is no route, is told apart.
        let nowhere = format!("{}/nowhere/else", route.address().trim_end_matches('/'));
        if !nowhere.starts_with("/media/") {
            app.api().get(&nowhere).await.is(404);
        }
    }
}

/// RFC 9110 §15.5.6
#[rstest]
#[tokio::test]
async fn what_is_not_described_is_not_there(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let document = document(&app).await;
    for (path, item) in document["paths"].as_object().unwrap() {
        let described: BTreeSet<String> = item
            .as_object()
            .unwrap()
            .keys()
            .map(|method| method.to_ascii_uppercase())
            .collect();
        let mut allowed = described.clone();
        if allowed.contains("GET") {
            allowed.insert("HEAD".to_owned());
        }
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            if described.contains(method) {
                continue;
            }
            let method: Method = method.parse().unwrap();
            let (api, address) = (app.api(), address(path));
            let answer = api.send(method, &address, None, Body::empty()).await;
            answer.is(405);
            let allow = answer.header("allow").split(',').map(str::to_owned);
            assert_eq!(allow.collect::<BTreeSet<_>>(), allowed, "{path}");
        }
    }
}

#[rstest]
#[tokio::test]
async fn refusals_are_said_as_described(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let document = document(&app).await;
    let mut seen = BTreeSet::new();
    for route in routes(&document) {
        let at = format!("{} {}", route.method, route.path);
        for accept in ["*/*", "text/html"] {
            let answer = route.call(&app, accept).await;
            let status = answer.status.as_u16();
            let known = route.refusals(&document, status);
            // Of what has many texts there need not be each.
            if known.is_empty() || status == 422 {
                continue;
            }
            let error = answer.json()["error"].clone();
            assert!(known.contains(&error), "{at}: {error} is not in {known:?}");
            seen.insert(status);
        }
    }
    assert_eq!(seen, BTreeSet::from([400, 401, 403, 404, 406]));
}

/// OpenAPI 3.1 §4.8.14: an example is what the schema allows.
#[rstest]
#[tokio::test]
async fn examples_are_what_their_schemas_allow(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let document = document(&app).await;
    let mut schemas = Schemas::of(&document);
    let mut requests = 0;
    let mut answers = 0;
    for route in routes(&document) {
        let at = format!("{} {}", route.method, route.path);
        let body = &route.described["requestBody"]["content"]["application/json"];
        requests += schemas.check(&document, body, &at);
        if !body.is_null() {
            assert_ne!(examples(&document, body).len(), 0, "{at}");
        }
        for (status, answer) in route.described["responses"].as_object().unwrap() {
            let media = &answer["content"]["application/json"];
            answers += schemas.check(&document, media, &format!("{at} {status}"));
        }
    }
    assert!(requests > 25 && answers > 400, "{requests} {answers}");
    // Who stands for whom, and what is changed, is shown in both versions.
    for path in ["/api/person_requests", "/api/v2/person_requests"] {
        let create = &document["paths"][path]["post"];
        let body = &create["requestBody"]["content"]["application/json"];
        let names = examples(&document, body).into_iter().map(|(name, _)| name);
        assert_eq!(names.collect::<Vec<_>>(), ["adult", "change", "child"]);
    }
}

/// The schemas of a document, each made ready once.
struct Schemas<'a> {
    components: &'a Value,
    ready: HashMap<String, Validator>,
}

impl<'a> Schemas<'a> {
    fn of(document: &'a Value) -> Self {
        Self {
            components: &document["components"],
            ready: HashMap::new(),
        }
    }

    /// Checks the examples of a media type; how many there are.
    fn check(&mut self, document: &Value, media: &Value, at: &str) -> usize {
        let found = examples(document, media);
        if media.get("schema").is_none() {
            return found.len();
        }
        let ready = self
            .ready
            .entry(media["schema"].to_string())
            .or_insert_with(|| {
                let schemas = &self.components["schemas"];
                let whole =
                    json!({ "components": { "schemas": schemas }, "allOf": [media["schema"]] });
                jsonschema::options()
                    .with_draft(jsonschema::Draft::Draft202012)
                    .should_validate_formats(true)
                    .build(&whole)
                    .unwrap()
            });
        for (name, example) in &found {
            let wrong: Vec<String> = ready
                .iter_errors(example)
                .map(|error| format!("{} at {}", error, error.instance_path()))
                .collect();
            assert!(wrong.is_empty(), "{at}, {name}: {wrong:#?}");
        }
        found.len()
    }
}

/// The same headers as any other answer has (design 4.7).
#[track_caller]
fn assert_headers(answer: &Answer, kind: &str) {
    answer.is(200);
    assert_eq!(answer.header("content-type"), kind);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    assert_eq!(answer.header("x-frame-options"), "DENY");
    assert!(answer.cookies().is_empty());
}

#[rstest]
#[tokio::test]
async fn the_description_is_read_and_tried(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let api = app.api();
    let described = api.get("/openapi.json").await;
    assert_headers(&described, "application/json");
    assert_eq!(described.json()["openapi"], "3.1.0");
    assert_eq!(
        described.json()["servers"],
        json!([{ "url": "https://my.dovira.example" }])
    );

    assert_eq!(api.get("/docs").await.leads(308), "/docs/");
    let home = api.get("/docs/").await;
    assert_headers(&home, "text/html");
    assert!(home.text().contains("swagger-ui"));
    for (name, kind) in [
        ("swagger-ui.css", "text/css"),
        ("swagger-ui-bundle.js", "text/javascript"),
        ("swagger-initializer.js", "text/javascript"),
    ] {
        assert!(home.text().contains(name), "{name}");
        let file = api.get(&format!("/docs/{name}")).await;
        assert_headers(&file, kind);
        assert!(!file.body.is_empty());
    }
    let initializer = api.get("/docs/swagger-initializer.js").await;
    assert!(initializer.text().contains("\"/openapi.json\""));
    // Nothing comes from elsewhere, and nothing is told elsewhere.
    let policy = home.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; "));
    assert!(policy.contains("; connect-src 'self'; "));
    app.browser().get("/docs/none").await.page(404);
}
