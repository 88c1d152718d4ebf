//! The steps of a registration (sign-up §5), and the token's own person.

use axum::http::Method;
use serde_json::{Value, json};

use super::build::{Document, Operation, Proof, object, text, uuid};
use crate::web::paths;

const TAG: &str = "Sign-up";

pub(super) fn describe(document: &mut Document) {
    document.route(&Method::POST, paths::API_CONFIDANT_VALIDATION, validation());
    document.route(
        &Method::POST,
        paths::API_CONFIDANT_REGISTRATION,
        registration(),
    );
    document.route(&Method::POST, paths::API_CONFIDANT_REGISTER, registration());
    let person = Operation::new("Persons", "The token's own person")
        .token("person:read")
        .proof(Proof::ApiKey)
        .answers(
            200,
            json!({ "type": "object" }),
            json!({ "id": "13001c60-45a0-4b5a-b425-9505e1de18bd" }),
        )
        .refuses(401, "User is blocked.")
        .refuses(404, "not found")
        .refuses(422, "User not found");
    document.route(&Method::GET, paths::API_PERSON, person);
}

/// The members that carry a signature: base64 of a CAdES container that encloses the JSON.
fn signed() -> Value {
    json!({
        "signed_content": { "type": "string", "description": "Base64 of a CAdES message that encloses the JSON that is signed." },
        "signed_content_encoding": { "const": "base64" },
    })
}

/// What every check of a signature may refuse.
fn checked(operation: Operation) -> Operation {
    operation
        .refuses(400, "Invalid signed content.")
        .refuses(401, "Unable to authenticate signer")
        .refuses(401, "Digital signature timestamp is expired")
        .refuses(401, "JWT is invalid.")
        .refuses(409, "Signed content has already been used")
        .refuses(422, "The signed data break a rule")
}

fn validation() -> Operation {
    let operation = Operation::new(TAG, "Checks a registration that a confidant signed for a patient")
        .token("confidant_person:sign_up")
        .body(object(signed()), json!({ "signed_content": "MIIG…", "signed_content_encoding": "base64" }))
        .answers(
            200,
            object(json!({ "person": { "type": "object" }, "token": text() })),
            json!({ "person": { "first_name": "Дарина", "…": "as signed, with the names of the confidant" }, "token": "eyJ…" }),
        )
        .refuses(401, "Applicant user is blocked.")
        .refuses(404, "Applicant user not found.")
        .refuses(404, "Applicant person not found.");
    checked(operation)
}

fn registration() -> Operation {
    let mut members = signed();
    members["jwt"] = text();
    let operation = Operation::new(TAG, "Registers what was checked")
        .token("confidant_person:sign_up")
        .body(
            object(members),
            json!({ "signed_content": "MIIG…", "signed_content_encoding": "base64", "jwt": "eyJ…" }),
        )
        .answers(
            201,
            object(json!({
                "person": { "type": "object" },
                "user": object(json!({ "id": uuid(), "tax_id": { "type": ["string", "null"] } })),
                "access_token": text(),
            })),
            json!({
                "person": { "id": "13001c60-45a0-4b5a-b425-9505e1de18bd", "…": "as signed" },
                "user": { "id": "b075f148-7f93-4fc2-b2ec-2d81b19a9b7b", "tax_id": "3000080053" },
                "access_token": "…",
            }),
        )
        .refuses(401, "Unauthorized")
        .refuses(401, "It is impossible to uniquely identify the person.")
        .refuses(401, "User is blocked.")
        .refuses(401, "Person not found.")
        .refuses(404, "Applicant user not found.")
        .refuses(404, "Applicant person not found.")
        .refuses(409, "Relationship not confirmed");
    checked(operation)
}
