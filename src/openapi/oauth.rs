//! Nonces, codes and tokens (sign-up §6.1–6.6).

use axum::http::Method;
use serde_json::{Value, json};

use super::build::{Document, Operation, Proof, object, schema, text, uuid};
use crate::{oauth::error::OAuthError, paths};

const TAG: &str = "OAuth";

pub(super) fn describe(document: &mut Document) {
    document.schema(
        "AccessToken",
        json!({
            "type": "object",
            "required": ["id", "name", "value", "user_id", "user", "expires_at", "details"],
            "properties": {
                "id": uuid(),
                "name": { "const": "access_token" },
                "value": text(),
                "user_id": uuid(),
                "user": { "type": "object", "properties": { "person_id": uuid() } },
                "expires_at": { "type": "integer", "description": "Seconds since 1970." },
                "details": { "type": "object" },
            },
        }),
    );
    document.route(&Method::POST, paths::OAUTH_NONCE, nonce());
    document.route(&Method::POST, paths::OAUTH_AUTHORIZE, authorize());
    document.route(&Method::POST, paths::OAUTH_TOKENS, tokens());
    document.route(&Method::POST, paths::AUTH_LOGOUT, log_out());
}

fn nonce() -> Operation {
    Operation::new(TAG, "A nonce, to be put inside what is signed")
        .body(
            json!({
                "type": "object",
                "required": ["client_id"],
                "properties": { "client_id": uuid(), "client_secret": text() },
            }),
            json!({ "client_id": "bc7ae8a3-1f6c-4ee5-9f65-0bd4f0e33d2e" }),
        )
        .answers(
            200,
            object(json!({ "token": text() })),
            json!({ "token": "eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9.…" }),
        )
        .refuses(401, "Client is blocked")
        .refuses(401, "Invalid client id or secret.")
        .refuses(404, "Client is not found.")
        .refuses_as(OAuthError::Blank("client_id"))
        .refuses_as(OAuthError::SecretRequired)
}

fn authorize() -> Operation {
    let app = object(json!({ "client_id": uuid(), "redirect_uri": text(), "scope": text() }));
    Operation::new(
        TAG,
        "Approves the client that a login token was made for, and gives a code for it",
    )
        .token("app:authorize")
        .body(
            object(json!({ "app": app })),
            json!({ "app": {
                "client_id": "bc7ae8a3-1f6c-4ee5-9f65-0bd4f0e33d2e",
                "redirect_uri": "https://pis.example.ua/callback",
                "scope": "person:read",
            } }),
        )
        .answers_beside(
            201,
            json!({ "type": "object" }),
            json!({
                "id": "0cb8b2e4-6f09-4e43-8b6b-2f1d2e6a3a55", "name": "authorization_code", "value": "…",
                "user_id": "b075f148-7f93-4fc2-b2ec-2d81b19a9b7b", "expires_at": 1_781_518_200,
                "details": { "scope_request": "person:read", "redirect_uri": "https://pis.example.ua/callback",
                    "grant_type": "password", "client_id": "bc7ae8a3-1f6c-4ee5-9f65-0bd4f0e33d2e" },
            }),
            json!({ "urgent": {
                "schema": object(json!({ "redirect_uri": text() })),
                "example": { "redirect_uri": "https://pis.example.ua/callback?code=…" },
            } }),
        )
        .refuses(400, "Request must include at least client_id, redirect_uri and scopes parameters.")
        .refuses(401, "User is blocked.")
        .refuses(422, "Client not found")
        .refuses(422, "User not found")
        .refuses(422, "The redirection URI provided does not match a pre-registered value.")
        .refuses(422, "Scope is not allowed by client type.")
        .refuses_as(OAuthError::ScopeNotOfRole)
        .refuses(422, "Requested scope is empty. Scope not passed or user has no roles or global roles.")
}

fn tokens() -> Operation {
    let of = |grant_type: &str, members: Value| {
        let mut whole = object(members);
        if let Some(properties) = whole
            .pointer_mut("/properties")
            .and_then(Value::as_object_mut)
        {
            properties.insert("grant_type".into(), json!({ "const": grant_type }));
        }
        whole
    };
    let code = of(
        "authorization_code",
        json!({
            "grant_type": {}, "client_id": uuid(), "client_secret": text(), "code": text(),
            "redirect_uri": text(), "scope": text(),
        }),
    );
    let refresh = of(
        "refresh_token",
        json!({
            "grant_type": {}, "client_id": uuid(), "client_secret": text(), "refresh_token": text(),
        }),
    );
    Operation::new(TAG, "Tokens for a code, or a new access token for a refresh token")
        .body(
            object(json!({ "token": { "oneOf": [code, refresh] } })),
            json!({ "token": {
                "grant_type": "authorization_code", "client_id": "bc7ae8a3-1f6c-4ee5-9f65-0bd4f0e33d2e",
                "client_secret": "…", "code": "…", "redirect_uri": "https://pis.example.ua/callback", "scope": "person:read",
            } }),
        )
        .answers(201, schema("AccessToken"), token_example())
        .refuses(400, "Request must include grant_type.")
        .refuses(400, "Request must include at least client_id, client_secret, code, scopes and redirect_uri parameters.")
        .refuses(400, "Request must include at least client_id, client_secret and refresh_token parameters.")
        .refuses(401, "Grant type not allowed.")
        .refuses(401, "Invalid client id or secret.")
        .refuses(401, "Token not found.")
        .refuses(401, "Token not found or expired.")
        .refuses(401, "Token expired.")
        .refuses(401, "Token has already been used.")
        .refuses(401, "The redirection URI provided does not match a pre-registered value.")
        .refuses(401, "Resource owner revoked access for the client.")
        .refuses(401, "User is blocked.")
        .refuses_when(409, "Whoever acts for the patient may not do so any more")
        .refuses(409, "Relationship not confirmed")
        .refuses(422, "User not found")
}

/// An access token as it is answered.
pub(super) fn token_example() -> Value {
    json!({
        "id": "2e3a1f0c-77b5-4b0e-9d6e-7f3b7a6f1f11", "name": "access_token", "value": "…",
        "user_id": "b075f148-7f93-4fc2-b2ec-2d81b19a9b7b",
        "user": { "person_id": "13001c60-45a0-4b5a-b425-9505e1de18bd" },
        "expires_at": 1_781_521_800,
        "details": {
            "app_id": "3f1c9a1e-0b1f-4d56-9d0d-5a2f3f1e2d10", "scope": "person:read", "refresh_token": "…",
            "redirect_uri": "https://pis.example.ua/callback", "grant_type": "authorization_code",
            "client_id": "bc7ae8a3-1f6c-4ee5-9f65-0bd4f0e33d2e",
        },
    })
}

fn log_out() -> Operation {
    Operation::new(TAG, "Ends an access token and its refresh token")
        .proof(Proof::AccessToken)
        .answers(200, json!({ "type": "object" }), json!({}))
}
