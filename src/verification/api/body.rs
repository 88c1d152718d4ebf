//! What the bodies must look like.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::{
    api::{
        ApiError,
        members::{self, Members},
    },
    invalid::Rule,
    limits,
    patterns::CODE_PHONE,
    phone::PhoneNumber,
    verification::{GivenCode, reports::DeliveryReport, rules::Reported},
};

type Object = Map<String, Value>;

/// Characters of the name of a provider.
const PROVIDER: usize = 255;

/// The number and the provider of `POST /api/verifications`.
pub(super) fn read_code_request(body: &Object) -> Result<(PhoneNumber, Option<&str>), ApiError> {
    let mut members = Members::of(body);
    let text = members
        .require("phone_number")
        .and_then(|value| members.text("phone_number", value));
    let phone = text.and_then(|text| {
        let phone = PhoneNumber::parse(text).ok();
        if phone.is_none() {
            members.add_broken_rule("phone_number", members::format(CODE_PHONE.source));
        }
        phone
    });
    let provider = members
        .get("provider")
        .and_then(|value| members.text("provider", value));
    if let Some(name) = provider.filter(|name| name.chars().count() > PROVIDER) {
        members.add_broken_rule("provider", members::too_long(name, PROVIDER));
    }
    members.only(&["phone_number", "provider"]);
    members.finish()?;
    // Without a number something was reported.
    let phone = phone.ok_or_else(ApiError::internal)?;
    Ok((phone, provider))
}

/// The code of `PATCH …/actions/complete`: any number is a code, a wrong one at worst.
pub(super) fn code(body: &Object) -> Result<GivenCode, ApiError> {
    let mut members = Members::of(body);
    let value = members.require("code");
    if let Some(value) = value {
        members.number("code", value);
    }
    members.only(&["code"]);
    members.finish()?;
    Ok(GivenCode::of_json(value.unwrap_or(&Value::Null)))
}

/// A report of a gateway. Members that a gateway adds are passed over.
pub(super) fn report(body: &Object) -> Result<DeliveryReport<'_>, ApiError> {
    let mut members = Members::of(body);
    let mut text = |name| {
        let value = members.require(name)?;
        members.text(name, value)
    };
    let (id, status, at) = (text("id"), text("status"), text("at"));
    let at = at.and_then(|text| {
        let at = DateTime::parse_from_rfc3339(text);
        if at.is_err() {
            members.add_broken_rule("at", Rule::from_name("date-time"));
        }
        at.ok().map(|at| at.with_timezone(&Utc))
    });
    if let Some(id) = id.filter(|id| id.chars().count() > limits::GATEWAY_ID) {
        members.add_broken_rule("id", members::too_long(id, limits::GATEWAY_ID));
    }
    members.finish()?;
    match (id, status, at) {
        (Some(id), Some(word), Some(at)) => Ok(DeliveryReport {
            id,
            says: Reported::of(word),
            at,
        }),
        // Something was reported.
        _ => Err(ApiError::internal()),
    }
}
