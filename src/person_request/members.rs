//! Members of answers.

use serde_json::{Map, Value};

use crate::phone::PhoneNumber;

/// An object of the members that are there.
pub(super) fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    let there = members
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(there.collect::<Map<_, _>>())
}

/// A number of which the first six and the last two characters are shown (§3.4).
pub(super) fn mask_number(number: &str) -> String {
    PhoneNumber::parse(number).map_or_else(|_| "*****".to_owned(), |number| number.mask())
}
