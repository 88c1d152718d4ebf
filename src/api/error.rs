//! What a JSON route answers when the answer is no.
//!
//! The shapes are those of the eHealth API manifest: an `error` object with `type`, `message` and, when a
//! field is to blame, `invalid`: which entry broke which rules.

use std::borrow::Cow;

use axum::http::StatusCode;
use serde_json::json;

use crate::invalid::{Invalid, Rule};

/// The standard message of an answer whose `invalid` list says the rest.
pub const VALIDATION_FAILED: &str = "Validation failed. You can find validators description at our API Manifest: http://docs.apimanifest.apiary.io/#introduction/interacting-with-api/errors.";

/// An error answer, complete but for the `meta` that the envelope adds.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiError {
    /// The HTTP status.
    pub status: StatusCode,
    /// `error.type`.
    pub kind: &'static str,
    /// `error.message`: the exact text of the specification, in English, for developers.
    pub message: Cow<'static, str>,
    /// `error.invalid`; left out when empty.
    pub invalid: Vec<Invalid>,
    /// Seconds of the header `Retry-After`.
    pub retry_after: Option<u64>,
}

impl ApiError {
    /// An error with the `type` that belongs to its status.
    #[must_use]
    pub fn new(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            kind: kind_of(status),
            message: message.into(),
            invalid: Vec::new(),
            retry_after: None,
        }
    }

    /// 422 with the standard message and what is wrong with which entry.
    #[must_use]
    pub fn validation(invalid: Vec<Invalid>) -> Self {
        Self {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            kind: "validation_failed",
            message: Cow::Borrowed(VALIDATION_FAILED),
            invalid,
            retry_after: None,
        }
    }

    /// 422 for a rule of the registry that is tied to a field: the text is the message and the description.
    #[must_use]
    pub fn field(entry: &str, rule: &'static str, text: impl Into<Cow<'static, str>>) -> Self {
        let message = text.into();
        Self {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            kind: "validation_failed",
            invalid: vec![Invalid::property(entry, Rule::business(rule, &message))],
            message,
            retry_after: None,
        }
    }

    /// 429, with the seconds to wait.
    #[must_use]
    pub fn too_many_requests(message: &'static str, retry_after: u64) -> Self {
        Self {
            retry_after: Some(retry_after),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, message)
        }
    }

    /// The same answer with these parameters of its rules.
    #[must_use]
    pub fn params(mut self, params: &[&str]) -> Self {
        let rules = self.invalid.iter_mut().flat_map(|item| &mut item.rules);
        for rule in rules {
            rule.params = json!(params);
        }
        self
    }

    /// 500, about which the caller learns nothing but the request id.
    #[must_use]
    pub fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error.")
    }
}

/// The `error.type` that goes with a status where the specification prints no other.
fn kind_of(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "access_denied",
        403 => "forbidden",
        404 => "not_found",
        406 | 415 => "content_type_invalid",
        409 => "request_conflict",
        413 => "request_too_large",
        424 => "failed_dependency",
        429 => "too_many_requests",
        500.. => "internal_error",
        _ => "request_malformed",
    }
}
