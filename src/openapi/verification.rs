//! One-time codes, and the reports of a gateway (verifications §5, decisions §4).

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::build::{Document, Operation, Proof, lacks, object, schema, text};
use crate::{api::ApiError, oauth::error::OAuthError, paths};

const TAG: &str = "One-time codes";

pub(super) fn describe(document: &mut Document) {
    document.schema(
        "Verification",
        object(json!({
            "id": { "type": "string", "format": "uuid" },
            "status": { "enum": ["NEW", "VERIFIED", "UNVERIFIED", "CANCELED", "expired"] },
            "code_expired_at": { "type": "string", "format": "date-time" },
            "active": { "type": "boolean" },
        })),
    );
    document.route(&Method::POST, paths::API_VERIFICATIONS, send());
    document.route(&Method::GET, paths::API_VERIFICATION, find());
    document.route(&Method::PATCH, paths::API_VERIFICATION_COMPLETE, complete());
    document.route(
        &Method::POST,
        paths::API_SMS_VERIFICATIONS,
        send_for_registration(),
    );
    document.route(&Method::POST, paths::SMS_REPORTS, report());
}

/// A number that codes are sent to.
fn phone() -> Value {
    json!({ "type": "string", "pattern": "^\\+380[0-9]{9}$" })
}

fn example(status: &str, active: bool) -> Value {
    json!({
        "id": "7d23bebb-1cf3-4221-bf21-18aada444756", "status": status,
        "code_expired_at": "2017-07-10T12:20:16.300597Z", "active": active,
    })
}

/// 503: the gateway took no message.
pub(super) fn sms_not_sent() -> ApiError {
    ApiError {
        kind: "service_unavailable",
        ..ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "SMS not sent. Try later")
    }
}

/// 401 for a JWT, with a `type` of its own.
fn jwt(kind: &'static str, message: &'static str) -> ApiError {
    ApiError {
        kind,
        ..ApiError::new(StatusCode::UNAUTHORIZED, message)
    }
}

fn send() -> Operation {
    Operation::new(
        TAG,
        "Sends a code to a phone number; the one before it becomes useless",
    )
    .token("otp:write")
    .proof(Proof::ApiKey)
    .body(
        json!({
            "type": "object", "required": ["phone_number"], "additionalProperties": false,
            "properties": { "phone_number": phone(), "provider": text() },
        }),
        json!({ "phone_number": "+380508887700" }),
    )
    .answers(200, schema("Verification"), example("NEW", true))
    .refuses(401, "User is blocked.")
    .refuses_when(422, "The number is no number")
    .refuses_as(lacks("phone_number"))
    .refuses(429, "too many requests")
    .refuses_as(sms_not_sent())
}

fn complete() -> Operation {
    Operation::new(TAG, "Takes the code. Only the status VERIFIED is a success: a right code that comes too late is answered with 200 and `expired`")
        .token("otp:write")
        .proof(Proof::ApiKey)
        .path("phone_number", json!({ "type": "string", "examples": ["+380508887700"] }))
        .body(object(json!({ "code": { "type": "number" } })), json!({ "code": 3782 }))
        .answers(200, schema("Verification"), example("VERIFIED", false))
        .refuses(401, "User is blocked.")
        .refuses(403, "Invalid verification code")
        .refuses(403, "Maximum attempts exceed")
        .refuses(404, "not found")
        .refuses_when(422, "The code is no number")
        .refuses_as(lacks("code"))
        .refuses(429, "too many requests")
}

fn find() -> Operation {
    Operation::new(TAG, "Whether a number was ever proven")
        .token("otp:read")
        .proof(Proof::ApiKey)
        .path(
            "phone_number",
            json!({ "type": "string", "examples": ["+380508887700"] }),
        )
        .answers(
            200,
            object(json!({ "phone_number": text() })),
            json!({ "phone_number": "+380508887700" }),
        )
        .refuses(401, "User is blocked.")
        .refuses(404, "not found")
}

fn send_for_registration() -> Operation {
    let urgent = json!({ "urgent": {
        "schema": { "type": "object", "properties": { "next_step": { "const": "REQUEST_OTP" } } },
        "example": { "next_step": "REQUEST_OTP" },
    } });
    Operation::new(TAG, "Sends the code of a registration")
        .proof(Proof::Jwt)
        .body(
            json!({
                "type": "object", "required": ["factor", "type"], "additionalProperties": false,
                "properties": {
                    "factor": phone(), "type": { "const": "SMS" },
                    "content_hash": { "type": "string", "pattern": "^[0-9a-f]{32}$", "description": "MD5 of what is registered." },
                },
            }),
            json!({ "factor": "+380501112233", "type": "SMS", "content_hash": "76dea970d89477ed03dc5289f297443c" }),
        )
        .answers_beside(
            200,
            object(json!({ "result": { "enum": ["OTP sent", "Verified"] } })),
            json!({ "result": "OTP sent" }),
            urgent,
        )
        .refuses(401, "JWT is invalid")
        .refuses_as(jwt("jwt_expired", "JWT expired"))
        .refuses_as(jwt(
            "jwt_aud_invalid",
            "JWT is not permitted for this action",
        ))
        .refuses_as(OAuthError::ApiKeyRequired)
        .refuses_as(OAuthError::InvalidApiKey)
        .refuses_when(422, "A member is missing or wrong")
        .refuses_as(ApiError::field("$.factor", "required", "can't be blank"))
        .refuses(429, "Too many attemts")
        .refuses_as(sms_not_sent())
}

fn report() -> Operation {
    Operation::plain(TAG, "What a gateway says of a message; signed in X-Signature (hexadecimal HMAC-SHA-256 of the body)")
        .body(
            json!({
                "type": "object", "required": ["id", "status"],
                "properties": {
                    "id": text(), "at": { "type": "string", "format": "date-time" },
                    "status": { "type": "string", "description": "What settles a message, in any case; any other word is taken and changes nothing.", "examples": ["delivered", "undeliverable", "expired", "rejected", "unknown", "accepted", "enroute", "pending"] },
                },
            }),
            json!({ "id": "7d23bebb-1cf3-4221-bf21-18aada444756", "status": "delivered", "at": "2026-06-15T10:05:00Z" }),
        )
        .answers_plainly(204, "It is noted, or changes nothing.", None)
        .refuses(400, "Malformed request. Probably, you have sent corrupted JSON.")
        .refuses(401, "Invalid signature")
        .refuses(404, "not found")
        .refuses_when(413, "The body is too large")
        .refuses_when(422, "The body says nothing of a message")
        .refuses(500, "Internal server error.")
        .refuses(503, "Service unavailable.")
}
