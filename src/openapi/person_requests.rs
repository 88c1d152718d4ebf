//! Person requests and authentication methods (person requests 3, 4; decisions §3).

use axum::http::Method;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    build::{Document, Example, Operation, Proof, breaks, lacks, object, schema, text, uuid},
    verification::sms_not_sent,
};
use crate::{api::ApiError, invalid::EntryType, paths, person::samples};

const TAG: &str = "Person requests";
const READ: &str = "person_request:read";
const WRITE: &str = "person_request:write";
const ID: &str = "eeebb86d-5cba-43c9-885b-6482ecaf826b";
/// Somebody of the registry: who is changed, and who stands for a child.
const PERSON: Uuid = Uuid::from_u128(0x1300_1c60_45a0_4b5a_b425_9505_e1de_18bd);
/// How they confirm.
const METHOD: &str = "cc949559-5dfe-420f-ac05-065e443b2cc6";
const LINK: &str = "https://my.dovira.example/media/uploads/person_requests/…";
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

/// `body` as it is shown of a request in this status: with the form, once it is asked for.
fn request_example(body: Value, status: &str, content: bool) -> Value {
    let mut shown = json!({ "id": ID, "status": status });
    if let (Value::Object(members), Value::Object(body)) = (&mut shown, body) {
        let authorize_with = body.get("authorize_with").cloned().unwrap_or_default();
        members.extend(body);
        if content {
            members.insert("content".into(), json!("<!DOCTYPE html>…"));
        }
        members.insert("channel".into(), json!("MIS"));
        members.insert("authorize_with".into(), authorize_with);
    }
    shown
}

fn example(status: &str, content: bool) -> Value {
    request_example(samples::person_request(), status, content)
}

/// A change of somebody's data, which one of their methods confirms (§3.2).
fn change() -> Value {
    let mut body = samples::person_request();
    put(&mut body, "/person", "id", json!(PERSON));
    if let Some(Value::Object(person)) = body.pointer_mut("/person") {
        person.shift_remove("authentication_methods");
    }
    put(&mut body, "", "authorize_with", json!(METHOD));
    body
}

/// A child for whom somebody of the registry stands (§3.10).
fn child_of_registered() -> Value {
    let mut body = samples::confidant_registration(PERSON);
    put(&mut body, "", "patient_signed", json!(false));
    if let Some(Value::Object(confidant)) = body.pointer_mut("/person/confidant_person") {
        confidant.shift_remove("relation_type");
    }
    body
}

/// An adult whose copies confirm (§6.1).
fn offline() -> Value {
    let mut body = samples::person_request();
    let methods = json!([{ "type": "OFFLINE" }]);
    put(&mut body, "/person", "authentication_methods", methods);
    body
}

fn put(whole: &mut Value, at: &str, name: &str, value: Value) {
    if let Some(Value::Object(members)) = whole.pointer_mut(at) {
        members.insert(name.to_owned(), value);
    }
}

/// The bodies of a version.
fn bodies(version: &str) -> Vec<Example> {
    let child = if version.is_empty() {
        let body = samples::child_request(PERSON);
        Example::new("child", "A child; a confidant is described", body)
    } else {
        let body = child_of_registered();
        Example::new("child", "A child; a confidant is in the registry", body)
    };
    let adult = samples::person_request();
    vec![
        Example::new("adult", "An adult whom a code reaches", adult),
        Example::new("change", "A change of somebody\u{2019}s data", change()),
        child,
    ]
}

fn beside() -> Map<String, Value> {
    Map::from_iter([("urgent".to_owned(), schema("PersonRequestUrgent"))])
}

/// `urgent` of a request that a code confirms.
fn by_code() -> Map<String, Value> {
    let current = json!({ "type": "OTP", "phone_number": "+38050*****17" });
    urgent(json!({ "authentication_method_current": current }))
}

/// `urgent` of a request that copies confirm; `is_uploaded` of each, where it is shown.
fn by_copies(is_uploaded: Option<bool>) -> Map<String, Value> {
    let mut link = json!({ "type": "person.NATIONAL_ID", "url": LINK });
    if let Some(is_uploaded) = is_uploaded {
        put(&mut link, "", "is_uploaded", json!(is_uploaded));
    }
    let current = json!({ "type": "OFFLINE" });
    urgent(json!({ "authentication_method_current": current, "documents": [link] }))
}

fn urgent(value: Value) -> Map<String, Value> {
    Map::from_iter([("urgent".to_owned(), value)])
}

/// What was made of a body: a code was sent, or links were given.
fn creation_examples() -> Vec<(Example, Map<String, Value>)> {
    let sent = Example::new("code", "A code was sent", example("NEW", false));
    let links = request_example(offline(), "NEW", false);
    let links = Example::new("links", "Copies are waited for, by these links", links);
    vec![(sent, by_code()), (links, by_copies(None))]
}

/// What is shown of a request.
fn lookup_examples() -> Vec<(Example, Map<String, Value>)> {
    let new = Example::new("code", "A code is waited for", example("NEW", true));
    let links = request_example(offline(), "NEW", true);
    let links = Example::new("links", "A copy is there", links);
    vec![(new, by_code()), (links, by_copies(Some(true)))]
}

/// 422 of a rule that is tied to a member.
fn field(entry: &str, message: &'static str) -> ApiError {
    ApiError::field(entry, "invalid", message)
}

/// 422 with a `type` of its own.
fn of_kind(kind: &'static str, message: &'static str) -> ApiError {
    ApiError {
        kind,
        ..ApiError::new(axum::http::StatusCode::UNPROCESSABLE_ENTITY, message)
    }
}

/// What all of them refuse.
fn operation(summary: &'static str, scope: &'static str) -> Operation {
    Operation::new(TAG, summary)
        .token(scope)
        .proof(Proof::ApiKey)
        .refuses(401, "User is blocked.")
}

/// The same of a route that only staff may use (authority §9); who makes a request is told the same in other words.
fn of_staff(summary: &'static str, scope: &'static str) -> Operation {
    operation(summary, scope)
        .refuses(
            403,
            "Access denied. Employee is not active or of another legal entity.",
        )
        .refuses(403, "Invalid legal entity type")
}

fn create(version: &str) -> Operation {
    let kinds = ["create", "update"].map(|kind| schema(&format!("person_request_{version}{kind}")));
    operation("Asks to register a person, or with `person.id` to change one; a code is sent, or links for copies are given", WRITE)
        .bodies(json!({ "anyOf": kinds }), bodies(version))
        .answers_variously(201, schema("PersonRequest"), beside(), creation_examples())
        .refuses(409, "Invalid legal entity type")
        .refuses(409, "Invalid employee type")
        .refuses(409, "person is not active")
        .refuses(409, "Request must be authorized by confidant person")
        .refuses(409, "Such person already exists")
        .refuses_when(422, "The data break the schema or a rule")
        .refuses_as(breaks(
            "$.person.birth_date",
            "required",
            "required property %{property} was not present",
            json!({ "property": "birth_date" }),
        ))
        .refuses_as(field(
            "$.person.confidant_person",
            "Confidant person is mandatory for children",
        ))
        .refuses_as(field("$.authorize_with", "such authentication method doesn't exist"))
        .refuses_as(of_kind("unverified", "Unverified phone number"))
        .refuses_as(ApiError::too_many_requests("too many requests", 60))
        .refuses_as(sms_not_sent())
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
    of_staff("The requests of the caller\u{2019}s legal entity, the latest first", READ)
        .query("legal_entity_id", uuid(), "The caller\u{2019}s own, if it is given")
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
        .refuses_when(422, "A parameter is wrong")
        .refuses_as(wrong_status(&statuses))
}

/// A status that there is not.
fn wrong_status(statuses: &[&str]) -> ApiError {
    let raw = "value is not allowed in enum";
    let mut error = breaks("status", "inclusion", raw, json!({ "values": statuses }));
    for item in &mut error.invalid {
        item.entry_type = EntryType::QueryParameter;
    }
    error
}

fn find() -> Operation {
    of_staff("One request, with the form to be signed", READ)
        .answers_variously(200, schema("PersonRequest"), beside(), lookup_examples())
        .refuses_when(
            404,
            "There is none, it expired, or it is another legal entity\u{2019}s",
        )
        .refuses(404, "not found")
}

/// An action on one request.
fn action(summary: &'static str) -> Operation {
    of_staff(summary, WRITE)
        .refuses(403, "Access denied")
        .refuses_when(404, "There is none, or it expired")
        .refuses(404, "not found")
}

fn approve() -> Operation {
    action("The person confirmed: with a code, or nothing where documents confirm")
        .optional_body(
            json!({
                "type": "object", "additionalProperties": false,
                "properties": { "verification_code": { "anyOf": [{ "type": "number" }, { "type": "string", "pattern": "^[0-9]+$" }] } },
            }),
            vec![
                Example::new("code", "The code from the message", json!({ "verification_code": 6598 })),
                Example::new("documents", "Copies confirm", json!({})),
            ],
        )
        .answers(200, schema("PersonRequest"), example("APPROVED", true))
        .refuses(409, "Invalid transition")
        .refuses(409, "Person can't be authorized with NA authentication method")
        .refuses(409, "Documents person.PASSPORT, person.no_tax_id is not uploaded")
        .refuses(404, "Verification not found")
        .refuses_as(lacks("verification_code"))
        .refuses_as(of_kind("forbidden", "Invalid verification code"))
        .refuses_as(of_kind("forbidden", "Maximum attempts exceed"))
        .refuses_as(of_kind("forbidden", "Verification code expired"))
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
        .refuses_as(lacks("signed_content"))
        .refuses_as(field("$.signed_content", "Invalid signed content."))
        .refuses_as(field("$.status", "Incorrect status"))
        .refuses(422, "Invalid drfo")
        .refuses(422, "Does not match the signer drfo")
        .refuses_as(field(
            "$.patient_signed",
            "expected true but got false for attribute patient_signed",
        ))
        .refuses_as(field(
            "$.content",
            "Signed content does not match the previously created content",
        ))
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
        .refuses_as(field("$.authentication_method_current", "Auth method is not OTP"))
        .refuses_as(field("$.status", "incorrect status"))
        .refuses_as(ApiError::too_many_requests("too many requests", 60))
        .refuses_as(sms_not_sent())
}

fn method_list() -> (Value, Value) {
    let example = json!([{
        "id": METHOD, "type": "OTP", "phone_number": "+38050*****17", "is_active": true, "is_primary": true,
        "started_at": AT, "ended_at": null, "person_id": PERSON, "inserted_at": AT, "updated_at": AT,
    }]);
    (
        json!({ "type": "array", "items": schema("AuthenticationMethod") }),
        example,
    )
}

fn methods() -> Operation {
    let (list, example) = method_list();
    of_staff(
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
    .refuses_when(404, "The person is not in the registry")
    .refuses(404, "not found")
    .refuses(422, "User not found")
}
