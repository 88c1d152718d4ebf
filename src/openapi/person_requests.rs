//! Person requests and authentication methods (person requests 3, 4; decisions §3).

use axum::http::Method;
use serde_json::{Value, json};

use super::build::{Document, Operation, Proof, object, schema, text, uuid};
use crate::{person::samples, web::paths};

const TAG: &str = "Person requests";
const READ: &str = "person_request:read";
const WRITE: &str = "person_request:write";
const ID: &str = "eeebb86d-5cba-43c9-885b-6482ecaf826b";
const AT: &str = "2026-06-15T10:05:00.000000Z";

pub(super) fn describe(document: &mut Document) {
    describe_schemas(document);
    for (version, [requests, request, approve, sign, reject, resend]) in [
        (
            "",
            [
                paths::API_PERSON_REQUESTS,
                paths::API_PERSON_REQUEST,
                paths::API_PERSON_REQUEST_APPROVE,
                paths::API_PERSON_REQUEST_SIGN,
                paths::API_PERSON_REQUEST_REJECT,
                paths::API_PERSON_REQUEST_RESEND,
            ],
        ),
        (
            "v2_",
            [
                paths::API_V2_PERSON_REQUESTS,
                paths::API_V2_PERSON_REQUEST,
                paths::API_V2_PERSON_REQUEST_APPROVE,
                paths::API_V2_PERSON_REQUEST_SIGN,
                paths::API_V2_PERSON_REQUEST_REJECT,
                paths::API_V2_PERSON_REQUEST_RESEND,
            ],
        ),
    ] {
        document.route(&Method::POST, requests, create(version));
        document.route(&Method::GET, requests, list());
        document.route(&Method::GET, request, find());
        document.route(&Method::PATCH, approve, self::approve());
        document.route(&Method::PATCH, sign, self::sign());
        document.route(&Method::PATCH, reject, self::reject());
        document.route(&Method::POST, resend, self::resend());
    }
    document.route(&Method::GET, paths::API_PERSON_METHODS, methods());
    document.route(&Method::GET, paths::API_OWN_METHODS, own_methods());
}

fn describe_schemas(document: &mut Document) {
    document.schema(
        "PersonRequest",
        json!({
            "type": "object",
            "required": ["id", "status", "channel", "authorize_with"],
            "properties": {
                "id": uuid(),
                "status": { "enum": ["NEW", "APPROVED", "SIGNED", "REJECTED", "CANCELLED"] },
                "person": { "type": "object", "description": "As it was sent; none once it was cleared." },
                "patient_signed": { "type": "boolean" },
                "process_disclosure_data_consent": { "type": "boolean" },
                "content": { "type": "string", "description": "The form that the patient reads and signs (HTML)." },
                "channel": { "enum": ["MIS", "PIS"] },
                "authorize_with": { "type": ["string", "null"], "format": "uuid" },
            },
            "additionalProperties": false,
        }),
    );
    document.schema(
        "PersonRequestUrgent",
        json!({
            "type": "object",
            "required": ["authentication_method_current"],
            "properties": {
                "authentication_method_current": {
                    "type": "object",
                    "required": ["type"],
                    "properties": {
                        "type": { "enum": ["OTP", "OFFLINE", "NA"] },
                        "phone_number": { "type": "string", "description": "Masked." },
                        "alias": text(),
                    },
                },
                "documents": { "type": "array", "items": {
                    "type": "object",
                    "required": ["type", "url"],
                    "properties": { "type": text(), "url": text(), "is_uploaded": { "type": "boolean" } },
                } },
            },
        }),
    );
    document.schema(
        "AuthenticationMethod",
        json!({
            "type": "object",
            "required": ["id", "type", "is_active", "is_primary", "started_at", "ended_at", "person_id", "inserted_at", "updated_at"],
            "properties": {
                "id": uuid(),
                "type": { "enum": ["OTP", "OFFLINE", "THIRD_PERSON", "NA"] },
                "phone_number": text(),
                "value": uuid(),
                "alias": text(),
                "is_active": { "type": "boolean" },
                "is_primary": { "type": "boolean" },
                "started_at": text(),
                "ended_at": { "type": ["string", "null"] },
                "person_id": uuid(),
                "inserted_at": text(),
                "updated_at": text(),
                "confidant_person": { "type": "object" },
            },
        }),
    );
}

fn example(status: &str, content: bool) -> Value {
    let mut example = samples::person_request();
    if let Value::Object(members) = &mut example {
        members.insert("id".into(), json!(ID));
        members.insert("status".into(), json!(status));
        members.insert("channel".into(), json!("MIS"));
        members.insert("authorize_with".into(), Value::Null);
        if content {
            members.insert("content".into(), json!("<!DOCTYPE html>…"));
        }
    }
    example
}

fn urgent() -> Value {
    json!({ "urgent": {
        "schema": schema("PersonRequestUrgent"),
        "example": { "authentication_method_current": { "type": "OTP", "phone_number": "+38050*****17" } },
    } })
}

/// What all of them refuse.
fn operation(summary: &'static str, scope: &'static str) -> Operation {
    Operation::new(TAG, summary)
        .token(scope)
        .proof(Proof::ApiKey)
        .refuses(401, "User is blocked.")
}

fn create(version: &str) -> Operation {
    let kinds = ["create", "update"].map(|kind| schema(&format!("person_request_{version}{kind}")));
    operation("Asks to register a person, or with `person.id` to change one; a code is sent, or links for copies are given", WRITE)
        .body(json!({ "anyOf": kinds }), samples::person_request())
        .answers_beside(201, schema("PersonRequest"), example("NEW", false), urgent())
        .refuses(409, "Invalid legal entity type")
        .refuses(409, "Invalid employee type")
        .refuses(409, "person is not active")
        .refuses(409, "Request must be authorized by confidant person")
        .refuses(409, "Such person already exists")
        .refuses(422, "The data break the schema or a rule; Unverified phone number")
        .refuses(429, "too many requests")
        .refuses(503, "SMS not sent. Try later")
}

fn list() -> Operation {
    let statuses = [
        "NEW",
        "APPROVED",
        "SIGNED",
        "REJECTED",
        "CANCELLED",
        "EXPIRED",
    ];
    let number = json!({ "type": "integer" });
    let listed = object(json!({
        "id": uuid(), "status": { "enum": statuses }, "person": { "type": ["object", "null"] }, "version": { "enum": [1, 2] },
    }));
    let paging = object(
        json!({ "page_number": number, "page_size": number, "total_entries": number, "total_pages": number }),
    );
    operation("The requests of the caller\u{2019}s legal entity, the latest first", READ)
        .query("status", json!({ "enum": statuses }), "Only these")
        .query("page", json!({ "type": "integer", "minimum": 1, "default": 1 }), "Which page")
        .query("page_size", json!({ "type": "integer", "default": 50 }), "How many on a page: 1 to 300; brought into that range")
        .answers_beside(
            200,
            json!({ "type": "array", "items": listed }),
            json!([{ "id": ID, "status": "NEW", "version": 1,
                "person": { "first_name": "Петро", "last_name": "Іванов", "second_name": "Миколайович" } }]),
            json!({ "paging": {
                "schema": paging,
                "example": { "page_number": 1, "page_size": 50, "total_entries": 1, "total_pages": 1 },
            } }),
        )
        .refuses(422, "A parameter is wrong")
}

fn find() -> Operation {
    operation("One request, with the form to be signed", READ)
        .answers_beside(200, schema("PersonRequest"), example("NEW", true), urgent())
        .refuses(
            404,
            "There is none, it expired, or it is another legal entity\u{2019}s",
        )
}

/// An action on one request.
fn action(summary: &'static str) -> Operation {
    operation(summary, WRITE)
        .refuses(403, "Access denied")
        .refuses(404, "There is none, or it expired")
}

fn approve() -> Operation {
    action("The person confirmed: with a code, or nothing where documents confirm")
        .body(
            json!({
                "type": "object", "additionalProperties": false,
                "properties": { "verification_code": { "anyOf": [{ "type": "number" }, { "type": "string", "pattern": "^[0-9]+$" }] } },
            }),
            json!({ "verification_code": 6598 }),
        )
        .answers(200, schema("PersonRequest"), example("APPROVED", true))
        .refuses(409, "Invalid transition")
        .refuses(409, "Person can't be authorized with NA authentication method")
        .refuses(409, "Documents … is not uploaded")
        .refuses(422, "Invalid verification code")
        .refuses(422, "Maximum attempts exceed")
        .refuses(422, "Verification code expired")
}

fn sign() -> Operation {
    let signed = object(
        json!({ "id": uuid(), "person_id": uuid(), "status": { "const": "SIGNED" }, "inserted_at": text(), "updated_at": text() }),
    );
    action("An employee signed `data` of approve with `patient_signed` true; the person is registered or changed")
        .body(
            json!({
                "type": "object", "required": ["signed_content"], "additionalProperties": false,
                "properties": { "signed_content": text(), "signed_content_encoding": { "const": "base64" } },
            }),
            json!({ "signed_content": "MIIN…", "signed_content_encoding": "base64" }),
        )
        .answers(200, signed, json!({ "id": ID, "person_id": "b075f148-7f93-4fc2-b2ec-2d81b19a9b7b", "status": "SIGNED", "inserted_at": AT, "updated_at": AT }))
        .refuses(400, "Invalid signed content.")
        .refuses(401, "Unable to authenticate signer")
        .refuses(409, "person is not found")
        .refuses(409, "person is not active")
        .refuses(409, "Such person already exists")
        .refuses(422, "Incorrect status")
        .refuses(422, "Invalid drfo")
        .refuses(422, "Does not match the signer drfo")
        .refuses(422, "Signed content does not match the previously created content")
}

fn reject() -> Operation {
    action("The request is given up; a body is passed over")
        .answers(200, schema("PersonRequest"), example("REJECTED", true))
        .refuses(409, "Invalid transition")
}

fn resend() -> Operation {
    let code = object(
        json!({ "id": uuid(), "status": text(), "code_expired_at": text(), "active": { "type": "boolean" } }),
    );
    action("The code is sent again; a body is passed over")
        .answers(200, code, json!({ "id": "7d23bebb-1cf3-4221-bf21-18aada444756", "status": "NEW", "code_expired_at": AT, "active": true }))
        .refuses(422, "Auth method is not OTP")
        .refuses(422, "incorrect status")
        .refuses(429, "too many requests")
        .refuses(503, "SMS not sent. Try later")
}

fn method_list() -> (Value, Value) {
    let example = json!([{
        "id": "cc949559-5dfe-420f-ac05-065e443b2cc6", "type": "OTP", "phone_number": "+38050*****17", "is_active": true, "is_primary": true,
        "started_at": AT, "ended_at": null, "person_id": "13001c60-45a0-4b5a-b425-9505e1de18bd", "inserted_at": AT, "updated_at": AT,
    }]);
    (
        json!({ "type": "array", "items": schema("AuthenticationMethod") }),
        example,
    )
}

fn methods() -> Operation {
    let (list, example) = method_list();
    operation(
        "How a person confirms; `person_request:write` is as good as the scope",
        "authentication_method:read",
    )
    .answers(200, list, example)
    .refuses(403, "Such person not found")
}

fn own_methods() -> Operation {
    let (list, example) = method_list();
    operation(
        "How the token\u{2019}s person confirms, own numbers whole",
        "person:read",
    )
    .answers(200, list, example)
    .refuses(404, "The person is not in the registry")
    .refuses(422, "User not found")
}
