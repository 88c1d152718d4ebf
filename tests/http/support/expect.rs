//! Comparing JSON whole, with words for what is different every time.

use serde_json::{Value, json};
use uuid::Uuid;

/// Compares `actual` with `expected` whole. In `expected`, `[uuid]`, `[token]` (43 characters of URL-safe base64), `[jwt]`
/// and `[proof]` (end and signature of a link to a file) stand for anything of that form, also within a text.
#[track_caller]
pub fn assert_json(actual: &Value, expected: &Value) {
    let shown = masked(actual, expected);
    assert!(
        &shown == expected,
        "expected {expected:#}\nbut got {shown:#}"
    );
}

/// `actual` with the words of `expected` in the place of what has their form.
fn masked(actual: &Value, expected: &Value) -> Value {
    match (actual, expected) {
        (Value::Object(actual), Value::Object(expected)) => actual
            .iter()
            .map(|(name, value)| {
                let expected = expected.get(name).unwrap_or(&Value::Null);
                (name.clone(), masked(value, expected))
            })
            .collect(),
        (Value::Array(actual), Value::Array(expected)) => actual
            .iter()
            .enumerate()
            .map(|(at, value)| masked(value, expected.get(at).unwrap_or(&Value::Null)))
            .collect(),
        (Value::String(actual), Value::String(expected)) => masked_text(actual, expected).into(),
        (other, _) => other.clone(),
    }
}

fn masked_text(actual: &str, expected: &str) -> String {
    type Form = fn(&str) -> bool;
    let forms: [(&str, Form); 4] = [
        ("[uuid]", is_uuid),
        ("[token]", is_token),
        ("[jwt]", is_jwt),
        ("[proof]", is_proof),
    ];
    for (word, has_form) in forms {
        if let Some((before, after)) = expected.split_once(word)
            && let Some(rest) = actual.strip_prefix(before)
            && let Some(middle) = rest.strip_suffix(after)
            && has_form(middle)
        {
            return expected.to_owned();
        }
    }
    actual.to_owned()
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && Uuid::parse_str(text).is_ok_and(|id| !id.is_nil())
}

fn is_url_safe(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn is_token(text: &str) -> bool {
    text.len() == 43 && is_url_safe(text)
}

fn is_jwt(text: &str) -> bool {
    let parts: Vec<_> = text.split('.').collect();
    parts.len() == 3
        && parts
            .iter()
            .all(|part| part.len() > 10 && is_url_safe(part))
}

fn is_proof(text: &str) -> bool {
    let parts = text
        .strip_prefix("expires=")
        .and_then(|rest| rest.split_once("&signature="));
    parts.is_some_and(|(expires, signature)| {
        expires.parse::<i64>().is_ok()
            && signature.len() == 64
            && signature.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// An item of `invalid`: one entry, one rule (§3.2).
pub fn field(entry: &str, rule: &Value) -> Value {
    json!({ "entry": entry, "entry_type": "json_data_property", "rules": [rule] })
}

/// The item of a missing member, as the seed has it (§12.2).
pub fn required(entry: &str, property: &str) -> Value {
    field(
        entry,
        &json!({
            "rule": "required",
            "params": { "property": property },
            "description": format!("required property {property} was not present"),
            "raw_description": "required property %{property} was not present",
        }),
    )
}
