//! Sign-in of a confidant: an adult shows by a signature that they act for a patient who is registered.
//!
//! ```text
//!  names and a number of the patient, signed ──▶ prepare: the confidant, the patient, the relationship
//!                                                   │ (a register of relationships is asked, where there is one)
//!                                                   ▼
//!                                        sign_in, in one transaction: signature used up → the patient's user
//! ```
//!
//! What is signed has no nonce, so the signature must be fresh, and is good once. Source: sign-up §1.4, §5.6, §11.5, §14.2.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    confidant::{self, Checked, Found},
    error::SignUpError,
    registration::{Identified, user_of},
    signed::{self, SignedContent},
};
use crate::{
    api::{Invalid, Rule},
    db::{Link, Tx},
    oauth::{
        jwt::{Audience, Claims, Nonce},
        store as oauth_store,
        token::{Applicant, Subject},
    },
    person::{
        names,
        relationships::{Check, Question, needs_register, together},
        schema,
        store::{self, Known},
    },
    signed_content::Policy,
    state::App,
};

/// For how long a signature is remembered where signatures do not grow old.
const REMEMBERED: TimeDelta = TimeDelta::days(1);

/// What is signed.
#[derive(Deserialize)]
struct Search {
    last_name: String,
    given_name: String,
    #[serde(default)]
    tax_id: Option<String>,
    #[serde(default)]
    document: Option<Document>,
}

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "type")]
    kind: String,
    number: String,
}

/// A sign-in that only waits for its transaction.
pub struct Prepared {
    checked: Checked,
    patient: Known,
    nonce: Option<Claims<Nonce>>,
}

/// Checks what was signed, who signed it, and that they may act for the patient whom they name (§5.6).
///
/// # Errors
/// The first check that fails.
pub async fn prepare(
    app: &App,
    found: Found<'_>,
    signed_content: &SignedContent,
    audience: Audience,
    now: DateTime<Utc>,
) -> Result<Prepared, SignUpError> {
    let policy = Policy::with_max_age(app.config.signature_max_age);
    let checked = confidant::check(app, found, signed_content, policy, now).await?;
    let nonce = signed::nonce(app, &checked.json, audience, now)?;
    let search = search(app, &checked.json)?;
    let (patient, own) = {
        let mut held = app.db.read().await?;
        let patient = patient(held.link(), &search).await?;
        let confidant_id = checked.confidant.id;
        let own = store::relationship(held.link(), patient.id, confidant_id, now).await?;
        (patient, own)
    };
    let register = match &own {
        Some(_) if needs_register(own.as_ref()) => ask(app, &patient, &checked.confidant).await?,
        _ => Check::NotFound,
    };
    match together(own.as_ref(), register) {
        Check::Approved if own.is_some() => Ok(Prepared {
            checked,
            patient,
            nonce,
        }),
        Check::Unavailable => Err(SignUpError::RegistryUnavailable),
        _ => Err(SignUpError::RelationshipNotConfirmed),
    }
}

/// The patient whom the content names, by one number or the other.
fn search(app: &App, json: &Value) -> Result<Search, SignUpError> {
    let mut invalid = schema::check_search(&app.dictionaries(), json);
    if invalid.is_empty() && json.get("tax_id").is_none() && json.get("document").is_none() {
        let raw = "required property %{property} was not present";
        let rule = Rule::described("required", raw, json!({ "property": "tax_id" }));
        invalid.push(Invalid::property("$.tax_id", rule));
    }
    if !invalid.is_empty() {
        return Err(SignUpError::Schema(invalid));
    }
    Search::deserialize(json)
        .map_err(|error| SignUpError::Internal(format!("content: {:?}", error.classify())))
}

/// The current person with these names and numbers.
async fn patient(mut link: Link<'_>, search: &Search) -> Result<Known, SignUpError> {
    let mut found = match (&search.tax_id, &search.document) {
        (Some(tax_id), _) => store::by_tax_id_alone(link.reborrow(), tax_id).await?,
        (None, Some(document)) => {
            store::by_document(link.reborrow(), &document.kind, &document.number).await?
        }
        (None, None) => Vec::new(),
    };
    if let (Some(_), Some(document)) = (&search.tax_id, &search.document) {
        let with_it = store::by_document(link.reborrow(), &document.kind, &document.number).await?;
        found.retain(|person| with_it.iter().any(|other| other.id == person.id));
    }
    found.sort_by_key(|person| person.id);
    found.dedup_by_key(|person| person.id);
    found.retain(|person| is_named(person, search));
    match (found.pop(), found.is_empty()) {
        (Some(person), true) => Ok(person),
        (Some(_), false) => Err(SignUpError::NotUnique),
        (None, _) => Err(SignUpError::PersonNotFound),
    }
}

/// Whether a person has the names that were signed. A given name is the first name, alone or with the patronymic.
fn is_named(person: &Known, search: &Search) -> bool {
    let both = person
        .second_name
        .as_ref()
        .map(|second_name| format!("{} {second_name}", person.first_name));
    names::same(&person.last_name, &search.last_name)
        && (names::same(&person.first_name, &search.given_name)
            || both.is_some_and(|both| names::same(&both, &search.given_name)))
}

/// What the register says of a relationship that waits (§11.5).
async fn ask(app: &App, patient: &Known, confidant: &Known) -> Result<Check, SignUpError> {
    let documents = {
        let mut held = app.db.read().await?;
        store::document_numbers(held.link(), patient.id).await?
    };
    Ok(match Question::new(patient, documents, confidant) {
        Some(question) => app.relationships.check(&question).await,
        None => Check::NotFound,
    })
}

/// Finds the patient's user, or makes one. The caller commits; the signature and the nonce are used up by the commit.
///
/// # Errors
/// 401 for a blocked user or a used nonce, 409 for a used signature.
pub async fn sign_in(
    tx: &mut Tx,
    app: &App,
    prepared: Prepared,
    now: DateTime<Utc>,
) -> Result<Identified, SignUpError> {
    let Prepared {
        checked,
        patient,
        nonce,
    } = prepared;
    let life = app.config.signature_max_age.unwrap_or(REMEMBERED);
    let signed_at = checked.signed.signing_time.unwrap_or(now).max(now);
    let once = once(&checked.signed.signature_sha256);
    if !oauth_store::use_jwt(tx.link(), once, signed_at + life).await? {
        return Err(SignUpError::SignatureUsed);
    }
    if let Some(nonce) = &nonce {
        signed::use_nonce(tx.link(), nonce, now).await?;
    }
    let tax_id = patient.tax_id.as_deref();
    let (user_id, tax_id) = user_of(tx, app, patient.id, tax_id, now).await?;
    Ok(Identified {
        subject: Subject {
            user_id,
            applicant: Some(Applicant {
                user_id: checked.user.id,
                person_id: checked.confidant.id,
            }),
        },
        person_id: patient.id,
        tax_id,
        patient_name: patient.full_name(),
        confidant_name: Some(checked.confidant.full_name()),
    })
}

/// A signature's name among what is good once: one-time JWTs have random ones.
fn once(signature_sha256: &[u8; 32]) -> Uuid {
    let [first @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = *signature_sha256;
    Uuid::from_bytes(first)
}
