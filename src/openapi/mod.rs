//! The description of the JSON routes: OpenAPI 3.1 at `/openapi.json`, to be read and tried at `/docs/`.
//!
//! Each room has a file here that describes its routes in the words of [`build`]. What a registration looks like is not
//! written twice: the schemas are those that data are checked with, and the values of dictionaries are those in use. A
//! test asks the router for every path and method that is described, and the list of addresses for every one that is not.

mod approvals;
mod build;
mod cabinet;
mod media;
mod oauth;
mod page;
mod person;
mod person_requests;
mod service;
mod sign_up;
mod verification;

use axum::{Json, Router, extract::State, routing::get};
use serde_json::{Value, json};

use self::build::Document;
use crate::{paths, person::dictionaries::Dictionaries, state::App};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route(paths::OPENAPI, get(document))
        .route(paths::DOCS_BARE, get(page::bare))
        .route(paths::DOCS, get(page::home))
        .route(paths::DOCS_FILE, get(page::file))
}

async fn document(State(app): State<App>) -> Json<Value> {
    Json(build_document(
        app.config.public_url.origin(),
        &app.dictionaries(),
    ))
}

/// The whole description, of a service that is reached at `origin`.
fn build_document(origin: &str, dictionaries: &Dictionaries) -> Value {
    let mut document = Document::new(json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Dovira",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "The front door of a patient registry",
            "license": { "name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT" },
        },
        "servers": [{ "url": origin }],
    }));
    person::describe(&mut document, dictionaries);
    sign_up::describe(&mut document);
    oauth::describe(&mut document);
    approvals::describe(&mut document);
    verification::describe(&mut document);
    person_requests::describe(&mut document);
    cabinet::describe(&mut document);
    media::describe(&mut document);
    service::describe(&mut document);
    document.finish()
}

#[cfg(test)]
mod tests;
