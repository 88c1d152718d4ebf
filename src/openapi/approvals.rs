//! What a person allowed to whom (sign-up §6.7).

use axum::http::Method;
use serde_json::{Value, json};

use super::build::{Document, Operation, Proof, object, schema, text, uuid};
use crate::paths;

const TAG: &str = "Approvals";

pub(super) fn describe(document: &mut Document) {
    document.schema("Approval", object(json!({
        "id": uuid(), "user_id": uuid(), "applicant_user_id": { "type": ["string", "null"], "format": "uuid" },
        "client_name": text(), "client_id": uuid(), "scope": text(),
        "created_at": { "type": "string", "format": "date-time" }, "updated_at": { "type": "string", "format": "date-time" },
    })));
    document.route(&Method::GET, paths::API_APPS, list());
    document.route(&Method::GET, paths::API_APP, show());
    document.route(&Method::DELETE, paths::API_APP, delete());
}

fn example() -> Value {
    json!({
        "id": "3f1c9a1e-0b1f-4d56-9d0d-5a2f3f1e2d10", "user_id": "b075f148-7f93-4fc2-b2ec-2d81b19a9b7b",
        "applicant_user_id": null, "client_name": "Ромашка", "client_id": "bc7ae8a3-1f6c-4ee5-9f65-0bd4f0e33d2e",
        "scope": "person:read", "created_at": "2026-06-15T10:05:00.000000Z", "updated_at": "2026-06-15T10:05:00.000000Z",
    })
}

fn of(scope: &'static str, summary: &'static str) -> Operation {
    Operation::new(TAG, summary)
        .token(scope)
        .proof(Proof::ApiKey)
        .refuses(401, "Unauthorized")
        .refuses(401, "User is blocked.")
}

fn list() -> Operation {
    let paging = json!({ "paging": {
        "schema": object(json!({
            "page_number": { "type": "integer" }, "page_size": { "type": "integer" },
            "total_entries": { "type": "integer" }, "total_pages": { "type": "integer" },
        })),
        "example": { "page_number": 1, "page_size": 50, "total_entries": 1, "total_pages": 1 },
    } });
    of("app:read_pis", "The approvals of the token's user")
        .query(
            "client_ids",
            text(),
            "Of these clients only: ids with commas between them.",
        )
        .query(
            "client_names",
            text(),
            "Of these clients only: names with commas between them.",
        )
        .query(
            "page_number",
            json!({ "type": "integer", "minimum": 1, "default": 1 }),
            "Which page.",
        )
        .query(
            "page_size",
            json!({ "type": "integer", "minimum": 1, "maximum": 100, "default": 50 }),
            "How many on a page.",
        )
        .answers_beside(
            200,
            json!({ "type": "array", "items": schema("Approval") }),
            json!([example()]),
            paging,
        )
        .refuses_when(422, "A number is none, or out of its range")
}

fn show() -> Operation {
    of("app:read_pis", "One approval of the token's user")
        .path("id", uuid())
        .answers(200, schema("Approval"), example())
        .refuses(404, "Approval not found")
}

fn delete() -> Operation {
    of(
        "app:delete_pis",
        "Takes an approval back: it gives no new token from now on, and login tokens for its client end",
    )
    .path("id", uuid())
    .answers_plainly(204, "It is taken back.", None)
    .refuses(404, "Approval not found")
}
