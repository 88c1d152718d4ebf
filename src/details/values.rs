//! What is read out of the data as they were sent, whatever they are.

use serde_json::Value as Json;

/// A member that is something to be read.
pub(super) fn value(owner: &Json, member: &str) -> Option<String> {
    owner.get(member).and_then(scalar)
}

/// A text with something in it, a number or a truth value as it is; of what should not be a list or an object, that it
/// is one.
pub(super) fn scalar(value: &Json) -> Option<String> {
    match value {
        Json::Null => None,
        Json::String(text) => (!text.trim().is_empty()).then(|| text.clone()),
        Json::Bool(_) | Json::Number(_) => Some(value.to_string()),
        Json::Array(_) => Some("[…]".to_owned()),
        Json::Object(_) => Some("{…}".to_owned()),
    }
}

/// The items of a member that is a list; none when it is not.
pub(super) fn list_of<'a>(owner: &'a Json, member: &str) -> &'a [Json] {
    owner
        .get(member)
        .and_then(Json::as_array)
        .map_or(&[], Vec::as_slice)
}

/// The digits after `+38` of a Ukrainian number, or none for another form.
fn national(number: &str) -> Option<&str> {
    let digits = number.strip_prefix("+38")?;
    (digits.len() == 10 && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

/// A number of which only operator and end are seen, `+380 50 ••• •• 67`, and that end.
#[must_use]
pub fn mask(number: &str) -> (String, String) {
    let end: String = {
        let mut last: Vec<char> = number.chars().rev().take(2).collect();
        last.reverse();
        last.into_iter().collect()
    };
    let start = national(number).and_then(|digits| Some((digits.get(..1)?, digits.get(1..3)?)));
    let text = match start {
        Some((zero, code)) => format!("+38{zero}\u{A0}{code}\u{A0}•••\u{A0}••\u{A0}{end}"),
        None => format!("••••\u{A0}{end}"),
    };
    (text, end)
}
