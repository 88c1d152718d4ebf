//! What is wrong with which member of what was sent, in the words of the eHealth API manifest: an entry, where it lies, and
//! the rules that it breaks. A schema says it, a route answers it, a page turns it into sentences.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Value, json};

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
    pub fn with_description(rule: &'static str, raw: &'static str, params: Value) -> Self {
        let description = fill_template(raw, &params);
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
    pub fn from_name(rule: &'static str) -> Self {
        Self {
            description: None,
            params: Value::Null,
            raw_description: None,
            rule: Cow::Borrowed(rule),
        }
    }
}

/// `raw` with every `%{name}` replaced by the parameter of that name, each place once: a value is never read again.
fn fill_template(raw: &str, params: &Value) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_put_in_as_it_is() {
        let rule = Rule::with_description(
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
