//! Probes and this description.

use axum::http::Method;

use super::build::{Document, Operation};
use crate::paths;

const TAG: &str = "Service";

pub(super) fn describe(document: &mut Document) {
    let live =
        Operation::plain(TAG, "The process runs").answers_plainly(200, "live", Some("text/plain"));
    document.route(&Method::GET, paths::LIVE, live);
    let ready = Operation::plain(
        TAG,
        "The process can serve: its database answers and has the right schema",
    )
    .answers_plainly(200, "ready", Some("text/plain"))
    .answers_plainly(503, "Why it cannot.", Some("text/plain"));
    document.route(&Method::GET, paths::READY, ready);
    let openapi = Operation::plain(TAG, "This description").answers_plainly(
        200,
        "OpenAPI 3.1",
        Some("application/json"),
    );
    document.route(&Method::GET, paths::OPENAPI, openapi);
}
