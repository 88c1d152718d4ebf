//! From the validator's errors to the rules, texts and parameters of signup 3.3.

use jsonschema::{
    ValidationError, error::TypeKind, error::ValidationErrorKind as Kind, paths::LocationSegment,
};
use serde_json::{Value, json};

use super::MOST_REPORTED;
use crate::{
    invalid::{Invalid, Rule},
    patterns,
    person::dictionaries::Dictionaries,
};

/// The longest piece of the document that is repeated in an answer, in characters.
const LONGEST_ECHO: usize = 255;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Segment {
    Name(String),
    Index(usize),
}

/// A rule that is broken, and where.
#[derive(Debug)]
pub(super) struct SchemaViolation {
    pub(super) path: Vec<Segment>,
    pub(super) rule: Rule,
}

impl SchemaViolation {
    /// The order of rules broken by one entry.
    pub(super) fn rank(&self) -> usize {
        [
            "required",
            "schema",
            "cast",
            "length",
            "inclusion",
            "format",
        ]
        .iter()
        .position(|rule| *rule == self.rule.rule)
        .unwrap_or(usize::MAX)
    }

    pub(super) fn into_invalid(self) -> Invalid {
        let mut entry = String::from("$");
        for segment in &self.path {
            match segment {
                Segment::Name(name) => {
                    entry.push('.');
                    entry.push_str(&echo(name));
                }
                Segment::Index(index) => entry.push_str(&format!(".[{index}]")),
            }
        }
        Invalid::property(entry, self.rule)
    }
}

/// Adds what `error` says to `found`: one rule, or one for each extra member.
pub(super) fn add_violations(
    error: &ValidationError<'_>,
    dictionaries: &Dictionaries,
    found: &mut Vec<SchemaViolation>,
) {
    let mut path: Vec<Segment> = error
        .instance_path()
        .into_iter()
        .map(|segment| match segment {
            LocationSegment::Property(name) => Segment::Name(name.into_owned()),
            LocationSegment::Index(index) => Segment::Index(index),
        })
        .collect();
    let value = error.instance().as_ref();
    match error.kind() {
        Kind::Required { property } => {
            let property = property.as_str().unwrap_or_default();
            path.push(Segment::Name(property.to_owned()));
            let rule = Rule::with_description(
                "required",
                "required property %{property} was not present",
                json!({ "property": property }),
            );
            found.push(SchemaViolation { path, rule });
        }
        Kind::AdditionalProperties { unexpected } => {
            // More than can be reported need not be built.
            found.extend(unexpected.iter().take(MOST_REPORTED).map(|name| {
                let mut path = path.clone();
                path.push(Segment::Name(name.clone()));
                SchemaViolation {
                    path,
                    rule: not_allowed(&echo(name)),
                }
            }));
        }
        // A member that only this kind of object has not: to the client, one that is not allowed.
        Kind::FalseSchema => {
            let name = match path.last() {
                Some(Segment::Name(name)) => echo(name),
                _ => String::new(),
            };
            found.push(SchemaViolation {
                path,
                rule: not_allowed(&name),
            });
        }
        kind => found.push(SchemaViolation {
            path,
            rule: rule(kind, dictionaries, value),
        }),
    }
}

fn not_allowed(name: &str) -> Rule {
    Rule::with_description(
        "schema",
        "schema does not allow additional properties",
        json!({ "properties": [name] }),
    )
}

/// Parameters stand in the order of the seed's samples: by their names (§12.4).
fn rule(kind: &Kind, dictionaries: &Dictionaries, value: &Value) -> Rule {
    match kind {
        Kind::Type { kind } => Rule::with_description(
            "cast",
            "type mismatch. Expected %{expected} but got %{actual}",
            json!({ "actual": type_of(value), "expected": expected_types(kind) }),
        ),
        Kind::Enum { options } => inclusion(options.as_ref().clone()),
        Kind::MinItems { limit } => Rule::with_description(
            "length",
            "expected a minimum of %{min} items but got %{actual}",
            json!({ "actual": value.as_array().map_or(0, Vec::len), "min": limit }),
        ),
        Kind::MaxItems { limit } => Rule::with_description(
            "length",
            "expected a maximum of %{max} items but got %{actual}",
            json!({ "actual": value.as_array().map_or(0, Vec::len), "max": limit }),
        ),
        Kind::MinLength { limit } => Rule::with_description(
            "length",
            "expected value to have a minimum length of %{min} but was %{actual}",
            json!({ "actual": characters(value), "min": limit }),
        ),
        Kind::MaxLength { limit } => Rule::with_description(
            "length",
            "expected value to have a maximum length of %{max} but was %{actual}",
            json!({ "actual": characters(value), "max": limit }),
        ),
        Kind::Custom { keyword, message } if keyword == "pattern" => Rule::with_description(
            "format",
            "string does not match pattern \"%{pattern}\"",
            json!({ "pattern": message }),
        ),
        Kind::Custom { keyword, message } if keyword == "dictionary" => {
            inclusion(dictionaries.codes(message).collect())
        }
        Kind::Format { format } if format == "date" => date(value),
        Kind::Format { format } if format == "email" => Rule::with_description(
            "email",
            "expected \"%{actual}\" to be an email address",
            json!({ "actual": echo(text(value)), "pattern": patterns::EMAIL.source }),
        ),
        // Nothing else is in the schemas.
        _ => Rule::from_name("schema"),
    }
}

fn inclusion(values: Value) -> Rule {
    Rule::with_description(
        "inclusion",
        "value is not allowed in enum",
        json!({ "values": values }),
    )
}

/// Two questions, one after the other: is it a date of ISO 8601 at all, and does the day exist?
fn date(value: &Value) -> Rule {
    let text = text(value);
    if (patterns::DATE.matches)(text) {
        Rule::with_description(
            "date",
            "expected \"%{actual}\" to be an existing date",
            json!({ "actual": echo(text) }),
        )
    } else {
        Rule::with_description(
            "date",
            "expected \"%{actual}\" to be a valid ISO 8601 date",
            json!({ "actual": echo(text), "pattern": patterns::DATE.source }),
        )
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn characters(value: &Value) -> usize {
    text(value).chars().count()
}

/// `text`, cut where it is longer than an answer should repeat.
fn echo(text: &str) -> String {
    match text.char_indices().nth(LONGEST_ECHO) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

fn expected_types(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(single) => single.as_str().to_owned(),
        TypeKind::Multiple(several) => several
            .iter()
            .map(|one| one.as_str())
            .collect::<Vec<_>>()
            .join(", "),
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
