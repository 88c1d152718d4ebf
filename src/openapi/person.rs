//! The person, from the schemas that registrations are checked with.

use serde_json::{Map, Value, json};

use super::build::Document;
use crate::person::{dictionaries::Dictionaries, schema};

/// Adds the schemas: `registration_by_confidant`, `own_registration`, and what both share.
pub(super) fn describe(document: &mut Document, dictionaries: &Dictionaries) {
    for (name, mut described) in schema::published_schemas() {
        adapt(&mut described, dictionaries);
        document.schema(&name, described);
    }
}

/// References lead to this document, and a dictionary is the list of its codes.
fn adapt(value: &mut Value, dictionaries: &Dictionaries) {
    match value {
        Value::Object(members) => {
            for keyword in ["$schema", "$id", "$comment"] {
                members.shift_remove(keyword);
            }
            if let Some(Value::String(target)) = members.get_mut("$ref")
                && let Some((_, name)) = target.rsplit_once('/')
            {
                *target = format!("#/components/schemas/{name}");
            }
            // Not every reader of regular expressions knows classes of characters.
            if let Some(Value::String(pattern)) = members.get_mut("pattern") {
                *pattern = pattern.replace("\\P{Cc}", "[^\\u0000-\\u001f\\u007f-\\u009f]");
                // The pattern of a name keeps its source's text where it is reported; more apostrophes are taken (decisions §3).
                *pattern = pattern.replace("іє\\'\\-]+", "іє\\'\u{2019}\u{2BC}\\-]+");
            }
            if let Some(Value::String(name)) = members.shift_remove("dictionary") {
                let codes: Vec<&str> = dictionaries.codes(&name).collect();
                // A schema needs one value at least; of an empty dictionary nothing is right.
                let said = if codes.is_empty() {
                    json!({ "not": {} })
                } else {
                    json!({ "enum": codes })
                };
                members.extend(said.as_object().cloned().unwrap_or_else(Map::new));
            }
            members
                .values_mut()
                .for_each(|member| adapt(member, dictionaries));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| adapt(item, dictionaries)),
        _ => {}
    }
}
