//! What a JSON route answers when the answer is no.
//!
//! The shapes are those of the eHealth API manifest: an `error` object with `type`, `message` and, when a
//! field is to blame, `invalid`: which entry broke which rules.

use std::borrow::Cow;

use axum::http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};

/// The standard message of an answer whose `invalid` list says the rest.
pub const VALIDATION_FAILED: &str = "Validation failed. You can find validators description at our API Manifest: http://docs.apimanifest.apiary.io/#introduction/interacting-with-api/errors.";

/// Where an entry of the `invalid` list lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryType {
    /// A member of the JSON body or of the signed content; the entry is a path such as `$.person.documents.[0].type`.
    JsonDataProperty,
    /// A parameter of the query; the entry is its name.
    QueryParameter,
    /// A header; the entry is its name.
    Header,
    /// The request as a whole; there is no entry.
    Request,
}

/// One broken rule of an entry.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rule {
    /// The text with its parameters filled in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What `raw_description` is filled with; `[]` where a rule has none.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub params: Value,
    /// The text with `%{name}` in the place of each parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw_description: Option<Cow<'static, str>>,
    /// The rule's name: `required`, `length`, `format`, `inclusion`, `cast`, `schema`, `invalid`, …
    pub rule: Cow<'static, str>,
}

impl Rule {
    /// A rule whose description is `raw` with every `%{name}` replaced by the parameter of that name.
    #[must_use]
    pub fn described(rule: &'static str, raw: &'static str, params: Value) -> Self {
        let description = filled(raw, &params);
        Self {
            description: Some(description),
            params,
            raw_description: Some(Cow::Borrowed(raw)),
            rule: Cow::Borrowed(rule),
        }
    }

    /// A rule of the registry itself (not of a schema): a text and no parameters.
    #[must_use]
    pub fn business(rule: &'static str, text: &str) -> Self {
        Self {
            description: Some(text.to_owned()),
            params: json!([]),
            raw_description: None,
            rule: Cow::Borrowed(rule),
        }
    }

    /// A rule that is only named.
    #[must_use]
    pub fn named(rule: &'static str) -> Self {
        Self {
            description: None,
            params: Value::Null,
            raw_description: None,
            rule: Cow::Borrowed(rule),
        }
    }
}

/// `raw` with every `%{name}` replaced by the parameter of that name, each place once: a value is never read again.
fn filled(raw: &str, params: &Value) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once("%{") {
        text.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            text.push_str("%{");
            rest = after;
            continue;
        };
        match params.get(name) {
            Some(Value::String(value)) => text.push_str(value),
            Some(value) => text.push_str(&value.to_string()),
            None => {
                text.push_str("%{");
                text.push_str(name);
                text.push('}');
            }
        }
        rest = tail;
    }
    text.push_str(rest);
    text
}

/// One entry of the `invalid` list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Invalid {
    /// The path or name of what is wrong; none when it is the request itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// What kind of place the entry is.
    pub entry_type: EntryType,
    /// The rules that it breaks, one or more.
    pub rules: Vec<Rule>,
}

impl Invalid {
    /// A member of a JSON document, by its path, and the rule it breaks.
    #[must_use]
    pub fn property(entry: impl Into<String>, rule: Rule) -> Self {
        Self {
            entry: Some(entry.into()),
            entry_type: EntryType::JsonDataProperty,
            rules: vec![rule],
        }
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_put_in_as_it_is() {
        let rule = Rule::described(
            "date",
            "%{actual} and %{other} are not \"%{pattern}\" %{",
            json!({ "actual": "%{pattern}", "pattern": 5 }),
        );
        assert_eq!(
            rule.description.as_deref(),
            Some("%{pattern} and %{other} are not \"5\" %{")
        );
    }
}
