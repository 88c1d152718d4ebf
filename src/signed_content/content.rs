//! The form of what was signed: one JSON object in UTF-8 that cannot be read in two ways.
//!
//! Judged by the routes, after the signature (decisions §1 "Message and status per class").

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Objects and arrays inside each other, the outermost counted.
const MAX_NESTING: u8 = 32;

/// The content is not one JSON object in UTF-8 without a byte-order mark, has a key twice in one
/// object, or is nested deeper than 32 levels.
///
/// It says no more: the texts of a JSON reader quote what they read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the content is not one JSON object")]
pub struct NotOneObject;

/// Reads signed content, keeping the order of keys.
///
/// # Errors
/// [`NotOneObject`].
pub fn json_object(content: &[u8]) -> Result<Map<String, Value>, NotOneObject> {
    let mut reader = serde_json::Deserializer::from_slice(content);
    let value = Strict {
        nesting_left: MAX_NESTING,
    }
    .deserialize(&mut reader)
    .map_err(|_| NotOneObject)?;
    reader.end().map_err(|_| NotOneObject)?;
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(NotOneObject),
    }
}

#[derive(Clone, Copy)]
struct Strict {
    nesting_left: u8,
}

impl Strict {
    fn inside<E: Error>(self) -> Result<Self, E> {
        let nesting_left = self
            .nesting_left
            .checked_sub(1)
            .ok_or_else(|| E::custom("nested too deep"))?;
        Ok(Self { nesting_left })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("not a finite number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut array = vec![];
        while let Some(item) = items.next_element_seed(inside)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut object = Map::new();
        while let Some(key) = entries.next_key()? {
            if object
                .insert(key, entries.next_value_seed(inside)?)
                .is_some()
            {
                return Err(A::Error::custom("a key twice"));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_object_and_no_key_twice() {
        // signed content §12: content is not one UTF-8 JSON object, duplicate keys in it
        for (content, is_good) in [
            (&b"{}"[..], true),
            (b" {\"a\":1}\n", true),
            (
                b"{\"a\":{\"b\":[1,-2,3.5,null,true]},\"b\":{\"b\":\"x\"}}",
                true,
            ),
            (b"", false),
            (b"[]", false),
            (b"\"a\"", false),
            (b"{} {}", false),
            (b"{\"a\":1,\"a\":1}", false),
            (b"{\"a\":1,\"\\u0061\":2}", false),
            (b"{\"x\":[{\"a\":1,\"a\":2}]}", false),
            (b"\xef\xbb\xbf{}", false),
            (b"{\"a\":\"\xff\"}", false),
            (b"{\"a\":1e999}", false),
            (b"{\"a\":1,}", false),
            (b"{\"a\":\"\\ud800\"}", false),
            (b"{\0}", false),
        ] {
            assert_eq!(
                json_object(content).is_ok(),
                is_good,
                "{}",
                String::from_utf8_lossy(content)
            );
        }
    }

    #[test]
    fn order_is_kept_and_nesting_is_bounded() {
        let object = json_object(b"{\"b\":1,\"a\":2}").unwrap();
        assert_eq!(object.keys().collect::<Vec<_>>(), ["b", "a"]);
        for (depth, is_good) in [(31, true), (32, false), (100_000, false)] {
            let content = format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
            assert_eq!(json_object(content.as_bytes()).is_ok(), is_good, "{depth}");
        }
    }
}
