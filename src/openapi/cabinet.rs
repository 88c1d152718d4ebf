//! Registration in the patient cabinet (cabinet §3).

use axum::http::Method;
use serde_json::{Map, Value, json};

use super::build::{Document, Operation, Proof, object, schema, text};
use crate::{
    cabinet::error::{CabinetError, NotProven},
    paths,
};

const TAG: &str = "Patient cabinet";

pub(super) fn describe(document: &mut Document) {
    for path in [paths::CABINET_USER_REQUEST, paths::API_CABINET_USER_REQUEST] {
        document.route(&Method::POST, path, registration());
    }
}

/// `patient` of the answer: the members of the seed, those that have a value.
fn patient() -> Value {
    let texts = [
        "first_name",
        "last_name",
        "second_name",
        "birth_date",
        "birth_country",
        "birth_settlement",
        "gender",
        "email",
        "tax_id",
        "secret",
        "preferred_way_communication",
    ];
    let lists = ["documents", "addresses", "phones", "authentication_methods"];
    let objects = json!({ "type": "object" });
    let members: Map<_, _> = (texts.into_iter().map(|name| (name, text())))
        .chain(lists.map(|name| (name, json!({ "type": "array", "items": objects }))))
        .chain([("emergency_contact", objects.clone())])
        .map(|(name, schema)| (name.to_owned(), schema))
        .collect();
    json!({ "type": "object", "properties": members, "additionalProperties": false })
}

fn registration() -> Operation {
    let contact = json!({
        "first_name": "Петро", "last_name": "Іванов", "second_name": "Миколайович",
        "phones": [{ "type": "MOBILE", "number": "+380503410870" }],
    });
    let documents = json!([{
        "type": "PASSPORT", "number": "АА120518", "expiration_date": "2021-02-28",
        "issued_by": "Рокитнянським РВ ГУ МВС Київської області", "issued_at": "2017-02-28",
    }]);
    let addresses = json!([{
        "type": "RESIDENCE", "country": "UA", "area": "Житомирська", "region": "Бердичівський", "settlement": "Київ",
        "settlement_type": "CITY", "settlement_id": "b075f148-7f93-4fc2-b2ec-2d81b19a9b7b", "street_type": "STREET",
        "street": "вул. Ніжинська", "building": "15", "apartment": "23", "zip": "02090",
    }]);
    let sent = json!({
        "first_name": "Петро", "last_name": "Іванов", "second_name": "Миколайович", "birth_date": "1991-08-19",
        "birth_country": "Україна", "birth_settlement": "Вінниця", "gender": "MALE", "tax_id": "3126509816",
        "unzr": "19910819-54321", "addresses": addresses, "documents": documents,
        "authentication_methods": [{ "type": "OTP", "phone_number": "+380931234585" }],
        "emergency_contact": contact, "process_disclosure_data_consent": true,
    });
    let shown = json!({
        "first_name": "Петро", "last_name": "Іванов", "second_name": "Миколайович", "birth_date": "1991-08-19",
        "birth_country": "Україна", "birth_settlement": "Вінниця", "gender": "MALE", "email": "email@example.com",
        "tax_id": "3126509816", "documents": documents, "addresses": addresses,
        "authentication_methods": [{ "type": "OTP", "phone_number": "+38093*****85" }],
        "preferred_way_communication": "phone", "emergency_contact": contact,
    });
    Operation::new(TAG, "Registers somebody who proved who they are at id.gov.ua")
        .proof(Proof::Jwt)
        .body(
            schema("cabinet_registration"),
            json!({ "otp": "1234", "password": "passWoRd1", "patient": sent }),
        )
        .answers(
            201,
            object(json!({
                "patient": patient(),
                "factor": object(json!({ "type": { "const": "SMS" }, "factor": text(), "is_active": { "type": "boolean" } })),
                "user": object(json!({ "tax_id": text(), "email": text() })),
                "access_token": text(),
            })),
            json!({
                "patient": shown,
                "factor": { "type": "SMS", "factor": "+380931234585", "is_active": true },
                "user": { "tax_id": "3126509816", "email": "email@example.com" },
                "access_token": "my-oauth-token",
            }),
        )
        .refuses_as(CabinetError::JwtInvalid)
        .refuses_as(CabinetError::JwtExpired)
        .refuses(401, "invalid JWT claim")
        .refuses(401, "Incorrect person age for such an action.")
        .refuses(401, "User blocked")
        .refuses(409, "User request is expired or not found")
        .refuses(409, "Registration person and person that sign should be the same")
        .refuses(409, "Input last_name doesn't match name from id.gov.ua")
        .refuses(409, "Input first_name doesn't match name from id.gov.ua")
        .refuses(409, "Email does not match data from id.gov.ua")
        .refuses_as(CabinetError::TaxIdExists)
        .refuses_as(CabinetError::EmailExists)
        .refuses(409, "It is impossible to uniquely identify the person.")
        .refuses(409, "Person is not active")
        .refuses_when(422, "The body breaks a rule")
        .refuses_as(CabinetError::EmailMissing)
        .refuses_as(CabinetError::Code(NotProven::Gone))
        .refuses(429, "too many requests")
}
