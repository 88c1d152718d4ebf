//! The description says what the router does, no less and no more.

use std::collections::BTreeSet;

use super::*;
use crate::person::dictionaries::shipped::dictionaries;

fn whole() -> Value {
    build_document("https://my.dovira.example", dictionaries())
}

/// Every address of the service, as the one list of them has it.
fn addresses() -> Vec<&'static str> {
    include_str!("../paths.rs")
        .lines()
        .filter(|line| line.starts_with("pub const ") && line.contains(": &str = \"/"))
        .filter_map(|line| line.split('"').nth(1))
        .collect()
}

#[test]
fn every_json_address_is_described() {
    let document = whole();
    let described: BTreeSet<String> = document["paths"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    let is_json = |path: &&str| paths::is_json(path) && *path != paths::MEDIA;
    let expected: BTreeSet<String> = addresses()
        .into_iter()
        .filter(is_json)
        .chain([paths::LIVE, paths::READY, paths::OPENAPI])
        .map(|path| path.replace("{*", "{"))
        .collect();
    assert_eq!(described, expected);
}

#[test]
fn every_reference_leads_somewhere() {
    let document = whole();
    let text = document.to_string();
    for target in text.split("\"$ref\":\"").skip(1) {
        let target = target.split('"').next().unwrap();
        let pointer = target.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{target}");
    }
    assert!(!text.contains("\"dictionary\"") && !text.contains("$defs"));
}

/// Each operation says how it ends well, and a route with a proof how it ends without.
#[test]
fn operations_are_whole() {
    let document = whole();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let answers = operation["responses"].as_object().unwrap();
            assert!(
                answers.keys().any(|status| status.starts_with('2')),
                "{method} {path}"
            );
            let is_open = operation["security"].as_array().unwrap().is_empty();
            assert!(is_open || answers.contains_key("401"), "{method} {path}");
            for (status, answer) in answers {
                assert_ne!(answer["description"], "", "{method} {path} {status}");
            }
        }
    }
}
