//! The members of a small JSON body, looked at one by one; everything that is wrong is reported together.
//!
//! For bodies of two or three members; documents have a schema.

use serde_json::{Map, Value, json};

use super::error::ApiError;
use crate::invalid::{Invalid, Rule};

/// The longest piece of a body that is repeated in an answer, in characters.
const LONGEST_ECHO: usize = 255;
/// The most members too many that one answer reports.
const MOST_REPORTED: usize = 100;

/// A body and what is wrong with it so far.
#[derive(Debug)]
pub struct Members<'a> {
    body: &'a Map<String, Value>,
    invalid: Vec<Invalid>,
}

impl<'a> Members<'a> {
    /// The members of `body`.
    #[must_use]
    pub fn of(body: &'a Map<String, Value>) -> Self {
        Self {
            body,
            invalid: Vec::new(),
        }
    }

    /// Reports that `name` breaks `rule`.
    pub fn add_broken_rule(&mut self, name: &str, rule: Rule) {
        self.invalid
            .push(Invalid::property(format!("$.{name}"), rule));
    }

    /// The member `name`, whatever it is.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a Value> {
        self.body.get(name)
    }

    /// The member `name`; its absence is reported.
    pub fn require(&mut self, name: &'static str) -> Option<&'a Value> {
        let value = self.body.get(name);
        if value.is_none() {
            self.missing(name);
        }
        value
    }

    /// The text of the member `name`, which must be there and hold something; what is wrong is reported.
    pub fn required_text(&mut self, name: &'static str) -> Option<&'a str> {
        if self.get(name).and_then(Value::as_str) == Some("") {
            self.missing(name);
            return None;
        }
        let value = self.require(name)?;
        self.text(name, value)
    }

    fn missing(&mut self, name: &'static str) {
        let rule = Rule::with_description(
            "required",
            "required property %{property} was not present",
            json!({ "property": name }),
        );
        self.add_broken_rule(name, rule);
    }

    /// The text of `value`, which is the member `name`; anything else is reported.
    pub fn text(&mut self, name: &str, value: &'a Value) -> Option<&'a str> {
        let text = value.as_str();
        if text.is_none() {
            self.add_broken_rule(name, cast(value, "string"));
        }
        text
    }

    /// Reports `value`, which is the member `name`, unless it is a number.
    pub fn number(&mut self, name: &str, value: &Value) {
        if !value.is_number() {
            self.add_broken_rule(name, cast(value, "number"));
        }
    }

    /// Reports members that are not among `known`.
    pub fn only(&mut self, known: &[&str]) {
        let strangers = self
            .body
            .keys()
            .filter(|name| !known.contains(&name.as_str()));
        let invalid = strangers.take(MOST_REPORTED).map(|name| {
            let name: String = name.chars().take(LONGEST_ECHO).collect();
            let rule = Rule::with_description(
                "schema",
                "schema does not allow additional properties",
                json!({ "properties": [name] }),
            );
            Invalid::property(format!("$.{name}"), rule)
        });
        self.invalid.extend(invalid);
    }

    /// Whether anything is wrong.
    ///
    /// # Errors
    /// 422 with everything that is.
    pub fn finish(self) -> Result<(), ApiError> {
        let invalid = self.into_invalid();
        if invalid.is_empty() {
            Ok(())
        } else {
            Err(ApiError::validation(invalid))
        }
    }

    /// Everything that is wrong.
    #[must_use]
    pub fn into_invalid(self) -> Vec<Invalid> {
        self.invalid
    }
}

/// A text of another form than the pattern.
#[must_use]
pub fn format(pattern: &str) -> Rule {
    Rule::with_description(
        "format",
        "string does not match pattern \"%{pattern}\"",
        json!({ "pattern": pattern }),
    )
}

/// A text that is longer than `max` characters.
#[must_use]
pub fn too_long(text: &str, max: usize) -> Rule {
    Rule::with_description(
        "length",
        "expected value to have a maximum length of %{max} but was %{actual}",
        json!({ "actual": text.chars().count(), "max": max }),
    )
}

/// A value of another type than the expected one.
#[must_use]
pub fn cast(value: &Value, expected: &str) -> Rule {
    let actual = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    Rule::with_description(
        "cast",
        "type mismatch. Expected %{expected} but got %{actual}",
        json!({ "actual": actual, "expected": expected }),
    )
}
