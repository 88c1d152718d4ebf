//! What a registration must look like, and what is reported when it does not (signup 3.2, 3.3, 8.1 to 8.3).
//!
//! The schemas are JSON Schema of draft 2020-12, compiled from the files beside this one, once for each state of the
//! dictionaries. Three keywords are decided by our own code: `pattern` and `format` by [`patterns`], `dictionary` by
//! [`dictionaries`]; so no regular expression engine ever sees a value.
//!
//! Every broken rule is one item of the answer with one rule in it. Items follow the order of the schema's properties,
//! whatever the order of the document. Two limits keep the answer to a hostile document short: a list longer than
//! its `maxItems` is reported alone, before anything inside it is looked at, and no more than [`MOST_REPORTED`] items
//! are reported.

mod report;
mod shape;

use std::{collections::HashSet, ops::Deref, sync::Arc};

use jsonschema::{Keyword, Registry, Resource, ValidationError, Validator, paths::Location};
use serde_json::{Map, Value};

use self::shape::Shape;
use super::dictionaries::{self, Dictionaries, DictionaryEntries};
use crate::{
    invalid::{Invalid, Rule},
    patterns,
};

/// The most items that one answer reports.
pub const MOST_REPORTED: usize = 100;

const DEFINITIONS: &str = include_str!("schema/definitions.json");
const CONFIDANT: &str = include_str!("schema/confidant_registration.json");
const SELF: &str = include_str!("schema/self_registration.json");
const REQUEST_CREATE: &str = include_str!("schema/request_create.json");
const REQUEST_UPDATE: &str = include_str!("schema/request_update.json");
const REQUEST_V2_CREATE: &str = include_str!("schema/request_v2_create.json");
const REQUEST_V2_UPDATE: &str = include_str!("schema/request_v2_update.json");
const SEARCH: &str = include_str!("schema/patient_search.json");
const CABINET: &str = include_str!("schema/cabinet_registration.json");
const BASE: &str = "https://dovira.example/schema/person/";

/// Who registers the person, or asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    /// A confidant, who signs for somebody else.
    Confidant,
    /// The person themselves.
    Own,
    /// A medical institution that registers somebody new.
    RequestCreate,
    /// A medical institution that changes somebody's data.
    RequestUpdate,
    /// The second version of [`Self::RequestCreate`].
    RequestCreateV2,
    /// The second version of [`Self::RequestUpdate`].
    RequestUpdateV2,
}

/// What is wrong with `content`, the signed document of a registration of this kind, by these schemas; empty when
/// nothing is.
#[must_use]
pub fn check(schemas: &Schemas, kind: Registration, content: &Value) -> Vec<Invalid> {
    let compiled = match kind {
        Registration::Confidant => &schemas.confidant,
        Registration::Own => &schemas.own,
        Registration::RequestCreate => &schemas.request_create,
        Registration::RequestUpdate => &schemas.request_update,
        Registration::RequestCreateV2 => &schemas.request_v2_create,
        Registration::RequestUpdateV2 => &schemas.request_v2_update,
    };
    judge(compiled, schemas, content)
}

/// The same of what a confidant signs to act for a patient who is registered.
#[must_use]
pub fn check_search(schemas: &Schemas, content: &Value) -> Vec<Invalid> {
    judge(&schemas.search, schemas, content)
}

/// The same of the body of a registration in the cabinet, whose `patient` is the person (cabinet 3.3).
#[must_use]
pub fn check_cabinet(schemas: &Schemas, body: &Value) -> Vec<Invalid> {
    judge(&schemas.cabinet, schemas, body)
}

fn judge(
    compiled: &Result<Schema, SchemaError>,
    dictionaries: &Dictionaries,
    content: &Value,
) -> Vec<Invalid> {
    // A test proves that the embedded schemas compile. Were it ever otherwise, nothing would pass.
    let Ok(schema) = compiled else {
        return vec![Invalid::property("$", Rule::from_name("schema"))];
    };
    schema.check(dictionaries, content)
}

/// The schemas as they are published: those of registrations, and each definition they share, by its name.
///
/// References are as in the files: `definitions.json#/$defs/NAME`, and `#/$defs/NAME` within the definitions.
#[must_use]
pub fn published_schemas() -> Vec<(String, Value)> {
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let mut all = vec![
        ("registration_by_confidant".to_owned(), read(CONFIDANT)),
        ("own_registration".to_owned(), read(SELF)),
        ("patient_search".to_owned(), read(SEARCH)),
        ("person_request_create".to_owned(), read(REQUEST_CREATE)),
        ("person_request_update".to_owned(), read(REQUEST_UPDATE)),
        (
            "person_request_v2_create".to_owned(),
            read(REQUEST_V2_CREATE),
        ),
        (
            "person_request_v2_update".to_owned(),
            read(REQUEST_V2_UPDATE),
        ),
        ("cabinet_registration".to_owned(), read(CABINET)),
    ];
    if let Some(Value::Object(definitions)) = read(DEFINITIONS).get("$defs") {
        let each = definitions.iter();
        all.extend(each.map(|(name, schema)| (name.clone(), schema.clone())));
    }
    all
}

/// One state of the dictionaries, and the schemas that ask it.
#[derive(Debug)]
pub struct Schemas {
    dictionaries: Dictionaries,
    confidant: Result<Schema, SchemaError>,
    own: Result<Schema, SchemaError>,
    request_create: Result<Schema, SchemaError>,
    request_update: Result<Schema, SchemaError>,
    request_v2_create: Result<Schema, SchemaError>,
    request_v2_update: Result<Schema, SchemaError>,
    search: Result<Schema, SchemaError>,
    cabinet: Result<Schema, SchemaError>,
}

impl Default for Schemas {
    fn default() -> Self {
        Self::compile(Dictionaries::default())
    }
}

impl Deref for Schemas {
    type Target = Dictionaries;

    fn deref(&self) -> &Dictionaries {
        &self.dictionaries
    }
}

impl Schemas {
    /// Compiles them all. It takes milliseconds: once for each state of the dictionaries, never for a document.
    #[must_use]
    pub fn compile(dictionaries: Dictionaries) -> Self {
        let compile = |text| Schema::compile(text, dictionaries.entries());
        Self {
            confidant: compile(CONFIDANT),
            own: compile(SELF),
            request_create: compile(REQUEST_CREATE),
            request_update: compile(REQUEST_UPDATE),
            request_v2_create: compile(REQUEST_V2_CREATE),
            request_v2_update: compile(REQUEST_V2_UPDATE),
            search: compile(SEARCH),
            cabinet: compile(CABINET),
            dictionaries,
        }
    }
}

/// Why an embedded schema is of no use.
#[derive(Debug, thiserror::Error)]
enum SchemaError {
    #[error("not JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("a reference leads nowhere: {0}")]
    Reference(#[from] jsonschema::ReferencingError),
    #[error("not a schema: {0}")]
    Schema(String),
}

/// A compiled schema and the order and limits read from it.
#[derive(Debug)]
struct Schema {
    validator: Validator,
    shape: Shape,
}

impl Schema {
    fn compile(text: &str, entries: &Arc<DictionaryEntries>) -> Result<Self, SchemaError> {
        let entries = Arc::clone(entries);
        let schema: Value = serde_json::from_str(text)?;
        let definitions: Value = serde_json::from_str(DEFINITIONS)?;
        let shape = Shape::read(&schema, &definitions);
        let registry = Registry::new()
            .add(
                format!("{BASE}definitions.json"),
                Resource::from_contents(definitions),
            )?
            .prepare()?;
        let validator = jsonschema::options()
            .with_registry(&registry)
            .offline()
            .should_validate_formats(true)
            .should_ignore_unknown_formats(false)
            .with_format("date", |text: &str| patterns::date(text).is_some())
            .with_format("email", patterns::EMAIL.matches)
            .with_keyword("pattern", pattern)
            .with_keyword(
                "dictionary",
                move |_: &Map<String, Value>, value: &Value, _: Location| {
                    dictionary(&entries, value)
                },
            )
            .build(&schema)
            .map_err(|error| SchemaError::Schema(error.to_string()))?;
        Ok(Self { validator, shape })
    }

    fn check(&self, dictionaries: &Dictionaries, content: &Value) -> Vec<Invalid> {
        let mut found = self.shape.too_long(content);
        if found.is_empty() {
            for error in self.validator.iter_errors(content) {
                report::add_violations(&error, dictionaries, &mut found);
            }
        }
        found.sort_by_cached_key(|broken| (self.shape.position(&broken.path), broken.rank()));
        found.truncate(MOST_REPORTED);
        found
            .into_iter()
            .map(report::SchemaViolation::into_invalid)
            .collect()
    }
}

/// A keyword that asks one question about a string; other values are the business of `type`.
struct Question {
    /// What the report finds the rule's parameters by.
    name: &'static str,
    ask: Ask,
}

enum Ask {
    Pattern(fn(&str) -> bool),
    Codes(HashSet<String>),
}

impl<'i> Keyword<'i> for Question {
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        if Keyword::is_valid(self, instance) {
            Ok(())
        } else {
            Err(ValidationError::custom(self.name))
        }
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        instance.as_str().is_none_or(|text| match &self.ask {
            Ask::Pattern(matches) => matches(text),
            Ask::Codes(codes) => codes.contains(text),
        })
    }
}

type Factory<'a> = Result<Box<dyn for<'i> Keyword<'i>>, ValidationError<'a>>;

/// The keyword `pattern`: its text names one of [`patterns::ALL`].
fn pattern<'a>(_: &'a Map<String, Value>, value: &'a Value, _: Location) -> Factory<'a> {
    let known = value.as_str().and_then(patterns::by_source);
    let known = known.ok_or_else(|| ValidationError::custom("a pattern that nothing checks"))?;
    Ok(Box::new(Question {
        name: known.source,
        ask: Ask::Pattern(known.matches),
    }))
}

/// The keyword `dictionary`: one of [`dictionaries::NEEDED`]. Of one that nobody filled no code is right.
fn dictionary(entries: &DictionaryEntries, value: &Value) -> Factory<'static> {
    let known = value
        .as_str()
        .and_then(|name| dictionaries::NEEDED.iter().find(|known| **known == name));
    let name = known.ok_or_else(|| ValidationError::custom("a dictionary that does not exist"))?;
    let codes = dictionaries::active(entries, name).map(str::to_owned);
    Ok(Box::new(Question {
        name,
        ask: Ask::Codes(codes.collect()),
    }))
}

#[cfg(test)]
mod tests;
