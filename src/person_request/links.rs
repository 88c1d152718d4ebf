//! Which copies of documents have to be uploaded (person requests 7).

use super::{
    current::CurrentMethod,
    error::RequestError,
    rules::Setting,
    versions::Version,
    wanted::{Confidants, PersonRequestBody},
};
use crate::{
    outside::files::Object,
    person::{
        registration::{Document, Person},
        rules::unzr_contradicts_birth_date,
        tax_id::TaxId,
    },
};

const BIRTH_CERTIFICATE_FOREIGN: &str = "BIRTH_CERTIFICATE_FOREIGN";
const PERMANENT_RESIDENCE_PERMIT: &str = "PERMANENT_RESIDENCE_PERMIT";

/// The types of the links, each once, in the order of the rules. `third_person` are the types of the documents of the one
/// through whom `current` confirms.
pub(super) fn types(
    wanted: &PersonRequestBody,
    current: &CurrentMethod,
    third_person: &[String],
    setting: &Setting<'_>,
) -> Vec<String> {
    let person = &wanted.person;
    let is_child = setting.is_child(person.birth_date);
    let mut types = Types::default();
    if person.no_tax_id {
        types.add("person.no_tax_id");
    }
    if tax_id_contradicts(person) {
        types.add("person.tax_id");
    }
    add_confidants(&mut types, &wanted.confidants);
    for document in &person.documents {
        let is_looked_at = match document.kind.as_str() {
            BIRTH_CERTIFICATE_FOREIGN => {
                is_child && !proves_relationship(&wanted.confidants, document)
            }
            PERMANENT_RESIDENCE_PERMIT => !is_child,
            _ => false,
        };
        if is_looked_at {
            types.add(format!("person.{}", document.kind));
        }
    }
    match current {
        CurrentMethod::Offline => {
            for document in &person.documents {
                types.add(format!("person.{}", document.kind));
            }
        }
        CurrentMethod::ThirdPerson { number: None, .. } => {
            for kind in third_person {
                types.add(format!("third_person.{kind}"));
            }
        }
        _ => {}
    }
    if wanted.version == Version::V2 && unzr_contradicts_birth_date(person) {
        types.add("person.unzr");
    }
    types.0
}

/// Types in their order, each once.
#[derive(Default)]
struct Types(Vec<String>);

impl Types {
    fn add(&mut self, kind: impl Into<String>) {
        let kind = kind.into();
        if !self.0.contains(&kind) {
            self.0.push(kind);
        }
    }
}

/// Whether there is a tax number whose digits contradict each other or the person (rule 2).
pub(super) fn tax_id_contradicts(person: &Person) -> bool {
    let Some(text) = person.tax_id.as_deref().filter(|_| !person.no_tax_id) else {
        return false;
    };
    let fits = TaxId::parse(text).is_some_and(|tax_id| {
        tax_id.is_valid()
            && tax_id.birth_date() == Some(person.birth_date)
            && person.gender.as_deref() == Some(tax_id.gender())
    });
    !fits
}

fn add_confidants(types: &mut Types, confidants: &Confidants) {
    match confidants {
        Confidants::None => {}
        Confidants::Described(confidants) => {
            for confidant in confidants {
                let papers = confidant
                    .documents_relationship
                    .iter()
                    .chain(&confidant.documents_person);
                for paper in papers {
                    types.add(format!(
                        "confidant_person.{}.{}",
                        confidant.relation_type, paper.kind
                    ));
                }
            }
        }
        Confidants::Registered(confidant) => {
            for paper in &confidant.documents_relationship {
                types.add(format!(
                    "confidant_person.{}.documents_relationship.{}",
                    confidant.person_id, paper.kind
                ));
            }
        }
    }
}

/// Whether the very document proves a relationship too: then its copy is asked for already (rule 4).
fn proves_relationship(confidants: &Confidants, document: &Document) -> bool {
    let papers: Vec<_> = match confidants {
        Confidants::None => Vec::new(),
        Confidants::Described(confidants) => confidants
            .iter()
            .flat_map(|confidant| &confidant.documents_relationship)
            .collect(),
        Confidants::Registered(confidant) => confidant.documents_relationship.iter().collect(),
    };
    papers
        .into_iter()
        .any(|paper| paper.kind == document.kind && paper.number == document.number)
}

/// The file of a link (person requests 7).
///
/// # Errors
/// When a type has letters that the name of a file has not: an operator brought it.
pub(super) fn object(request_id: uuid::Uuid, kind: &str) -> Result<Object, RequestError> {
    let name = format!("person_requests/{request_id}/person_request_{kind}.jpeg");
    Object::parse(&name)
        .ok_or_else(|| RequestError::Internal(format!("{kind} cannot be the name of a file")))
}
