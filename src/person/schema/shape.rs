//! The order and the limits of a schema, without its rules.

use serde_json::{Value, json};

use super::report::{SchemaViolation, Segment};
use crate::invalid::Rule;

/// What the schema says about the members of an object or the items of a list.
#[derive(Debug, Default)]
pub(super) struct Shape {
    members: Vec<(String, Shape)>,
    items: Option<Box<Shape>>,
    most_items: Option<u64>,
}

impl Shape {
    /// Reads the shape of `schema`, whose references lead into `definitions` (or are within them).
    pub(super) fn read(schema: &Value, definitions: &Value) -> Self {
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            return reference
                .split_once('#')
                .and_then(|(_, pointer)| definitions.pointer(pointer))
                .map(|target| Self::read(target, definitions))
                .unwrap_or_default();
        }
        let members = schema.get("properties").and_then(Value::as_object);
        Self {
            members: members
                .into_iter()
                .flatten()
                .map(|(name, schema)| (name.clone(), Self::read(schema, definitions)))
                .collect(),
            items: schema
                .get("items")
                .map(|items| Box::new(Self::read(items, definitions))),
            most_items: schema.get("maxItems").and_then(Value::as_u64),
        }
    }

    /// The place of `path` in the schema: one number per step. Members the schema does not know come last.
    pub(super) fn position(&self, path: &[Segment]) -> Vec<usize> {
        let mut here = Some(self);
        path.iter()
            .map(|segment| match segment {
                Segment::Index(index) => {
                    here = here.and_then(|shape| shape.items.as_deref());
                    *index
                }
                Segment::Name(name) => {
                    let members = here.map_or(&[][..], |shape| &shape.members);
                    let place = members.iter().position(|(known, _)| known == name);
                    here = place
                        .and_then(|place| members.get(place))
                        .map(|(_, shape)| shape);
                    place.unwrap_or(usize::MAX)
                }
            })
            .collect()
    }

    /// The lists of `value` that are longer than allowed. Their items are not looked at.
    pub(super) fn too_long(&self, value: &Value) -> Vec<SchemaViolation> {
        let mut found = Vec::new();
        self.search(value, &mut Vec::new(), &mut found);
        found
    }

    fn search(&self, value: &Value, path: &mut Vec<Segment>, found: &mut Vec<SchemaViolation>) {
        match value {
            Value::Array(items) => {
                let Some(shape) = &self.items else { return };
                if let Some(most) = self.most_items.filter(|most| items.len() as u64 > *most) {
                    found.push(SchemaViolation {
                        path: path.clone(),
                        rule: Rule::with_description(
                            "length",
                            "expected a maximum of %{max} items but got %{actual}",
                            json!({ "actual": items.len(), "max": most }),
                        ),
                    });
                    return;
                }
                for (index, item) in items.iter().enumerate() {
                    path.push(Segment::Index(index));
                    shape.search(item, path, found);
                    path.pop();
                }
            }
            Value::Object(object) => {
                for (name, shape) in &self.members {
                    if let Some(member) = object.get(name) {
                        path.push(Segment::Name(name.clone()));
                        shape.search(member, path, found);
                        path.pop();
                    }
                }
            }
            _ => {}
        }
    }
}
