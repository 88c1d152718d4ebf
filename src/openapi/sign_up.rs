//! The steps of a registration (sign-up §5), and the token's own person.

use axum::http::Method;
use serde_json::{Value, json};

use super::{
    build::{Document, Operation, Proof, lacks_each, object, schema, text, uuid},
    oauth::token_example,
};
use crate::{
    api::{ApiError, members},
    invalid::Invalid,
    oauth::error::OAuthError,
    paths,
    sign_up::error::SignUpError,
};

const TAG: &str = "Sign-up and sign-in";
const TRUSTED: &str = "Trusted clients";

pub(super) fn describe(document: &mut Document) {
    document.route(&Method::POST, paths::API_CONFIDANT_VALIDATION, validation());
    document.route(
        &Method::POST,
        paths::API_CONFIDANT_REGISTRATION,
        registration(),
    );
    document.route(&Method::POST, paths::API_CONFIDANT_REGISTER, registration());
    document.route(&Method::POST, paths::API_OWN_VALIDATION, own_validation());
    document.route(
        &Method::POST,
        paths::API_OWN_REGISTRATION,
        own_registration(),
    );
    document.route(&Method::POST, paths::API_OWN_REGISTER, own_registration());
    document.route(&Method::POST, paths::AUTH_LOGIN, login());
    document.route(&Method::POST, paths::API_CONFIDANT_LOGIN, confidant_login());
    document.route(&Method::POST, paths::TRUSTED_SIGN_IN, trusted_sign_in());
    document.route(
        &Method::POST,
        paths::TRUSTED_CONFIDANT_SIGN_IN,
        trusted_confidant_sign_in(),
    );
    document.route(&Method::POST, paths::TRUSTED_SIGN_UP, trusted_sign_up());
    document.route(
        &Method::POST,
        paths::TRUSTED_CONFIDANT_SIGN_UP,
        trusted_confidant_sign_up(),
    );
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
fn signature_members() -> Value {
    json!({
        "signed_content": { "type": "string", "description": "Base64 of a CAdES message that encloses the JSON that is signed." },
        "signed_content_encoding": { "const": "base64" },
    })
}

/// The same of a confidant's sign-in.
fn signed_search() -> Value {
    let description = "Base64 of a CAdES message that encloses the JSON of the schema `patient_search`, whose `jwt` is a nonce of this client; a service may be set to do without the nonce.";
    let mut members = signature_members();
    put(
        &mut members,
        "signed_content",
        json!({ "type": "string", "description": description }),
    );
    members
}

/// The members that carry the signature, where they stand in the body itself.
fn in_body(operation: Operation) -> Operation {
    let is_no_text = members::cast(&json!(1), "string");
    operation
        .refuses_when(422, "`signed_content` or its encoding is missing or wrong")
        .refuses_as(lacks_each(&SIGNED))
        .refuses_as(ApiError::validation(vec![Invalid::property(
            "$.signed_content",
            is_no_text,
        )]))
}

/// What every check of a signature may refuse.
fn with_signature_refusals(operation: Operation) -> Operation {
    operation
        .refuses(400, "Invalid signed content.")
        .refuses(401, "Unable to authenticate signer")
        .refuses(401, "Digital signature timestamp is expired")
        .refuses(401, "JWT is invalid.")
        .refuses(409, "Signed content has already been used")
        .refuses_when(422, "The signed data break a rule")
        .refuses_as(SignUpError::ContentUnreadable)
}

/// What is said of the confidant, whoever the patient is.
fn of_confidant(operation: Operation) -> Operation {
    operation
        .refuses(401, "Applicant user is blocked.")
        .refuses(401, "Incorrect applicant person age for such an action.")
        .refuses(404, "Applicant user not found.")
        .refuses(404, "Applicant person not found.")
}

/// What only a registration by a confidant may refuse (authority §4).
fn claiming(operation: Operation) -> Operation {
    operation
        .refuses(401, "It is impossible to uniquely identify the person.")
        .refuses(401, "User is blocked.")
        .refuses(401, "Person not found.")
        .refuses_when(
            409,
            "The confidant may not act for the patient: what they signed is kept as a claim, and gives no token",
        )
        .refuses(409, "Relationship not confirmed")
        .refuses_as(SignUpError::ThirdPersonLimit(150))
        .refuses_as(SignUpError::ConfidantHasConfidant)
        .refuses_when(429, "Too many registrations or claims of one confidant in 24 hours")
        .refuses_as(too_many_sign_ups())
        .refuses_when(503, "A register of civil status does not answer: the same `jwt` is good for another try")
}

/// 429: another confidant's registration is possible tomorrow.
fn too_many_sign_ups() -> ApiError {
    ApiError::too_many_requests("Too many requests", 86_400)
}

/// `person` of a registration by a confidant.
fn registered_by_confidant() -> Value {
    json!({
        "type": "object",
        "description": "As it was signed, with `id` and the names of the confidant; of somebody who was registered already, the record of the registry without `secret`.",
    })
}

fn validation() -> Operation {
    let operation = Operation::new(TAG, "Checks a registration that a confidant signed for a patient")
        .token("confidant_person:sign_up")
        .body(object(signature_members()), json!({ "signed_content": "MIIG…", "signed_content_encoding": "base64" }))
        .answers(
            200,
            object(json!({ "person": { "type": "object" }, "token": text() })),
            json!({ "person": { "first_name": "Дарина", "…": "as signed, with the names of the confidant" }, "token": "eyJ…" }),
        )
        .refuses_when(
            409,
            "The patient is of age, and nobody confirmed that the confidant may act for them",
        )
        .refuses(409, "Relationship not confirmed");
    with_signature_refusals(in_body(of_confidant(operation)))
}

fn registration() -> Operation {
    let mut members = signature_members();
    put(&mut members, "jwt", text());
    let operation = Operation::new(TAG, "Registers what was checked")
        .token("confidant_person:sign_up")
        .body(
            object(members),
            json!({ "signed_content": "MIIG…", "signed_content_encoding": "base64", "jwt": "eyJ…" }),
        )
        .answers(
            201,
            object(json!({
                "person": registered_by_confidant(),
                "user": object(json!({ "id": uuid(), "tax_id": { "type": ["string", "null"] } })),
                "access_token": text(),
            })),
            json!({
                "person": { "id": "13001c60-45a0-4b5a-b425-9505e1de18bd", "…": "as signed" },
                "user": { "id": "b075f148-7f93-4fc2-b2ec-2d81b19a9b7b", "tax_id": "3000080053" },
                "access_token": "…",
            }),
        )
        .refuses(401, "Unauthorized");
    with_signature_refusals(in_body(claiming(of_confidant(operation))))
}

/// What is answered about somebody who is registered or identified.
fn person_and_user_schema(more: Value) -> Value {
    let mut members = json!({
        "person": { "type": "object" },
        "user": object(json!({ "id": uuid(), "tax_id": { "type": ["string", "null"] } })),
    });
    if let (Some(members), Value::Object(more)) = (members.as_object_mut(), more) {
        members.extend(more);
    }
    object(members)
}

fn user_example() -> Value {
    json!({ "id": "b075f148-7f93-4fc2-b2ec-2d81b19a9b7b", "tax_id": "3000080053" })
}

fn person_example() -> Value {
    json!({ "id": "13001c60-45a0-4b5a-b425-9505e1de18bd", "…": "as signed" })
}

/// What checks of one's own data may refuse besides the signature.
fn of_own(operation: Operation) -> Operation {
    with_signature_refusals(operation)
        .refuses(401, "Invalid signed content.")
        .refuses(
            409,
            "Registration person and person that sign should be the same",
        )
        .refuses(409, "Input name doesn't match name from digital signature")
}

/// What a registration of one's own may refuse besides.
fn registering_oneself(operation: Operation) -> Operation {
    of_own(operation)
        .refuses(401, "User is blocked.")
        .refuses(401, "Person not found.")
        .refuses(401, "Incorrect person age for such an action.")
        .refuses(401, "It is impossible to uniquely identify the person.")
        .refuses_as(SignUpError::CodeInvalid)
        .refuses_as(SignUpError::CodeTooOften { retry_after: 60 })
}

fn own_validation() -> Operation {
    let operation = Operation::new(
        TAG,
        "Checks a registration that somebody signed for themselves",
    )
    .body(
        object(signature_members()),
        json!({ "signed_content": "MIIG…", "signed_content_encoding": "base64" }),
    )
    .answers(
        200,
        object(json!({ "person": { "type": "object" }, "token": text() })),
        json!({ "person": { "first_name": "Марта", "…": "as signed" }, "token": "eyJ…" }),
    );
    in_body(of_own(operation))
}

/// The signature with the code from a message.
fn with_code(required: &[&str], more: Value) -> Value {
    let mut members = signature_members();
    let otp = json!({ "type": "integer", "description": "The code from a message." });
    put(&mut members, "otp", otp);
    if let (Some(members), Value::Object(more)) = (members.as_object_mut(), more) {
        members.extend(more);
    }
    json!({ "type": "object", "required": required, "properties": members })
}

const SIGNED: [&str; 2] = ["signed_content", "signed_content_encoding"];

fn own_registration() -> Operation {
    let operation = Operation::new(TAG, "Registers whoever signed for themselves")
        .proof(Proof::Jwt)
        .body(
            with_code(&SIGNED, json!({})),
            json!({ "signed_content": "MIIG…", "signed_content_encoding": "base64", "otp": 3782 }),
        )
        .answers(
            201,
            person_and_user_schema(json!({ "access_token": text(), "token": schema("AccessToken") })),
            json!({ "person": person_example(), "user": user_example(), "access_token": "…", "token": token_example() }),
        )
        .refuses(401, "Unauthorized");
    in_body(registering_oneself(operation))
}

/// What every sign-in may refuse.
fn signing_in(operation: Operation) -> Operation {
    with_signature_refusals(operation)
        .refuses(401, "Invalid signed content.")
        .refuses(401, "Grant type not allowed.")
        .refuses(401, "Client is not allowed to issue login token.")
        .refuses(401, "Invalid client id or secret.")
        .refuses(401, "Client is blocked")
        .refuses(401, "User is blocked.")
        .refuses(401, "Person not found.")
        .refuses(401, "Incorrect person age for such an action.")
        .refuses(401, "It is impossible to uniquely identify the person.")
        .refuses_when(422, "can't be blank")
        .refuses(422, "Invalid client id.")
        .refuses(422, "Request must include grant_type.")
        .refuses(422, "Scope is not allowed by client type.")
}

/// What a confidant's sign-in may refuse besides.
fn for_somebody(operation: Operation) -> Operation {
    signing_in(of_confidant(operation)).refuses(409, "Relationship not confirmed")
}

fn login() -> Operation {
    let token = object(json!({
        "client_id": uuid(), "client_secret": text(), "grant_type": { "const": "pis_auth" }, "scope": text(),
        "signed_content": text(), "signed_content_encoding": { "const": "base64" },
    }));
    let urgent = json!({ "urgent": {
        "schema": object(json!({ "next_step": { "const": "REQUEST_APPS" } })),
        "example": { "next_step": "REQUEST_APPS" },
    } });
    let operation = Operation::new(TAG, "Signs a patient in: what is signed is a nonce of this client")
        .body(
            object(json!({ "token": token })),
            json!({ "token": {
                "client_id": "bc7ae8a3-1f6c-4ee5-9f65-0bd4f0e33d2e", "client_secret": "…", "grant_type": "pis_auth",
                "scope": "app:authorize", "signed_content": "MIIG…", "signed_content_encoding": "base64",
            } }),
        )
        .answers_beside(201, schema("AccessToken"), token_example(), urgent);
    signing_in(operation)
}

fn confidant_login() -> Operation {
    let mut members = signed_search();
    for (name, schema) in [
        ("client_id", uuid()),
        ("client_secret", text()),
        ("grant_type", json!({ "enum": ["pis_auth", "pis-auth"] })),
        ("scope", text()),
    ] {
        put(&mut members, name, schema);
    }
    let operation = Operation::new(TAG, "Signs a confidant in for a patient, whom the signed content names")
        .proof(Proof::AccessToken)
        .body(
            object(members),
            json!({
                "client_id": "bc7ae8a3-1f6c-4ee5-9f65-0bd4f0e33d2e", "client_secret": "…", "grant_type": "pis_auth",
                "scope": "app:authorize", "signed_content": "MIIG…", "signed_content_encoding": "base64",
            }),
        )
        .answers(
            201,
            object(json!({
                "user": object(json!({ "id": uuid(), "tax_id": { "type": ["string", "null"] } })),
                "access_token": text(), "token": schema("AccessToken"),
            })),
            json!({ "user": user_example(), "access_token": "…", "token": token_example() }),
        );
    in_body(for_somebody(operation))
}

/// The client of a trusted route.
fn trusted_token(more: Value) -> Value {
    let mut members = json!({
        "grant_type": { "const": "pis_auth" }, "client_id": uuid(), "client_secret": text(), "scope": text(),
    });
    if let (Some(members), Value::Object(more)) = (members.as_object_mut(), more) {
        members.extend(more);
    }
    object(members)
}

fn trusted_example() -> Value {
    json!({
        "grant_type": "pis_auth", "client_id": "bc7ae8a3-1f6c-4ee5-9f65-0bd4f0e33d2e", "client_secret": "…", "scope": "person:read",
    })
}

/// What every trusted route may refuse.
fn with_trusted_refusals(operation: Operation) -> Operation {
    operation.refuses_as(OAuthError::SecretRequired).refuses(
        422,
        "Requested scope is empty. Scope not passed or user has no roles or global roles.",
    )
}

fn trusted_body(more: Value) -> Value {
    with_code(
        &["token", "signed_content", "signed_content_encoding"],
        more,
    )
}

fn trusted_sign_in() -> Operation {
    let mut example = trusted_example();
    put(&mut example, "signed_content", json!("MIIG…"));
    put(&mut example, "signed_content_encoding", json!("base64"));
    let operation = Operation::new(TRUSTED, "Signs a patient in to a trusted client")
        .proof(Proof::ApiKey)
        .body(
            object(json!({ "token": trusted_token(signature_members()) })),
            json!({ "token": example }),
        )
        .answers(201, schema("AccessToken"), token_example());
    with_trusted_refusals(signing_in(operation))
}

fn trusted_confidant_sign_in() -> Operation {
    let operation = Operation::new(TRUSTED, "Signs a confidant in to a trusted client")
        .proof(Proof::ApiKey)
        .body(
            trusted_body(json!({
                "token": trusted_token(json!({})),
                "signed_content": signed_search().get("signed_content").cloned().unwrap_or_default(),
            })),
            json!({ "token": trusted_example(), "signed_content": "MIIG…", "signed_content_encoding": "base64" }),
        )
        .answers(201, schema("AccessToken"), token_example());
    with_trusted_refusals(in_body(for_somebody(operation)))
}

fn trusted_sign_up() -> Operation {
    let operation = Operation::new(TRUSTED, "Registers somebody who uses a trusted client")
        .proof(Proof::ApiKey)
        .body(
            trusted_body(json!({ "token": trusted_token(json!({})) })),
            json!({ "token": trusted_example(), "signed_content": "MIIG…", "signed_content_encoding": "base64", "otp": 3782 }),
        )
        .answers(
            201,
            person_and_user_schema(json!({ "token": schema("AccessToken") })),
            json!({ "person": person_example(), "user": user_example(), "token": token_example() }),
        );
    with_trusted_refusals(in_body(signing_in(registering_oneself(operation))))
}

fn trusted_confidant_sign_up() -> Operation {
    let operation = Operation::new(TRUSTED, "Registers a patient whose confidant uses a trusted client")
        .proof(Proof::ApiKey)
        .body(
            trusted_body(json!({ "token": trusted_token(json!({})) })),
            json!({ "token": trusted_example(), "signed_content": "MIIG…", "signed_content_encoding": "base64" }),
        )
        .answers(
            201,
            person_and_user_schema(json!({ "token": schema("AccessToken"), "person": registered_by_confidant() })),
            json!({ "person": person_example(), "user": user_example(), "token": token_example() }),
        );
    with_trusted_refusals(in_body(signing_in(claiming(of_confidant(operation)))))
}

/// Gives an object a member.
fn put(object: &mut Value, name: &str, value: Value) {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}
