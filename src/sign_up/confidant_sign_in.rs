//! Sign-in of a confidant: an adult shows by a signature that they act for a patient who is registered.
//!
//! ```text
//!  names and a number of the patient, signed ──▶ prepare: the confidant, the patient, the relationship
//!                                                   │ (a register of relationships is asked, where there is one)
//!                                                   ▼
//!                                        sign_in, in one transaction: signature used up → the patient's user
//! ```
//!
//! What is signed has a nonce of the client; an installation may do without (`DOVIRA_CONFIDANT_SIGN_IN_NONCE`). The signature
//! must be fresh, and is good once. Source: sign-up §1.4, §5.6, §11.5, §14.2; authority §3, §7.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    asked::{RegisterQueryPurpose, ask_about},
    claims::{self, ClaimConfirmation, Decision},
    confidant::{self, ConfidantLookup},
    error::SignUpError,
    prepared::CheckedConfidantContent,
    registration::{IdentifiedPatient, user_of},
    signed::{self, SignedContent},
};
use crate::{
    db::{Link, Tx},
    invalid::{Invalid, Rule},
    oauth::{
        jwt::{Audience, Claims, Nonce},
        store as oauth_store,
        token::{Applicant, Subject},
    },
    outside::relationships::Check,
    person::{
        names, schema,
        store::{self, RegisteredPerson},
    },
    signed_content::Policy,
    standing::{self, Stop},
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
pub struct PreparedConfidantSignIn {
    checked: CheckedConfidantContent,
    patient: RegisteredPerson,
    nonce: Option<Claims<Nonce>>,
    /// What the register of relationships says, where there is one.
    register: Check,
}

/// Checks what was signed, who signed it, and that they may act for the patient whom they name (§5.6).
///
/// # Errors
/// The first check that fails.
pub async fn prepare(
    app: &App,
    found: ConfidantLookup<'_>,
    signed_content: &SignedContent,
    audience: Audience,
    client_id: Uuid,
    now: DateTime<Utc>,
) -> Result<PreparedConfidantSignIn, SignUpError> {
    let policy = Policy::with_max_age(app.config.signature_max_age);
    let checked = confidant::check(app, found, signed_content, policy, now).await?;
    let nonce = signed::nonce(app, &checked.json, audience, Some(client_id), now)?;
    if nonce.is_none() && app.config.confidant_sign_in_nonce_is_required {
        return Err(SignUpError::NonceInvalid);
    }
    let search = search(app, &checked.json)?;
    let patient = {
        let mut held = app.db.read().await?;
        let found = find_patients(held.link(), &search).await?;
        one_of(held.link(), app, &checked, found, now).await?
    };
    let by = (&checked.confidant, checked.user.id);
    let register = ask_about(app, &patient, by, RegisterQueryPurpose::ToSignIn, now).await?;
    Ok(PreparedConfidantSignIn {
        checked,
        patient,
        nonce,
        register,
    })
}

/// The patient whom the content names, by one number or the other.
fn search(app: &App, json: &Value) -> Result<Search, SignUpError> {
    let mut invalid = schema::check_search(&app.dictionaries(), json);
    if invalid.is_empty() && json.get("tax_id").is_none() && json.get("document").is_none() {
        let raw = "required property %{property} was not present";
        let rule = Rule::with_description("required", raw, json!({ "property": "tax_id" }));
        invalid.push(Invalid::property("$.tax_id", rule));
    }
    if !invalid.is_empty() {
        return Err(SignUpError::Schema(invalid));
    }
    Search::deserialize(json)
        .map_err(|error| SignUpError::Internal(format!("content: {:?}", error.classify())))
}

/// The current persons with these names and numbers.
async fn find_patients(mut link: Link<'_>, search: &Search) -> sqlx::Result<Vec<RegisteredPerson>> {
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
    found.retain(|person| person.is_current() && is_named(person, search));
    Ok(found)
}

/// The one whom the confidant means: the only one, or else the only one for whom they may act. What a stranger typed about
/// somebody of the same name with the same number does not lock the confidant out.
async fn one_of(
    mut link: Link<'_>,
    app: &App,
    checked: &CheckedConfidantContent,
    mut found: Vec<RegisteredPerson>,
    now: DateTime<Utc>,
) -> Result<RegisteredPerson, SignUpError> {
    if found.len() > 1 {
        let (confidant_id, user_id) = (checked.confidant.id, checked.user.id);
        let wards = store::wards(link.reborrow(), confidant_id).await?;
        found.retain(|person| wards.contains(&person.id));
        let limits = (&app.config.people).into();
        let mut may_act = Vec::new();
        for person in found {
            let pair =
                standing::store::pair(link.reborrow(), person.id, confidant_id, user_id).await?;
            if pair.standing(&limits, now).may_act() {
                may_act.push(person);
            }
        }
        return match (may_act.pop(), may_act.is_empty()) {
            (Some(person), true) => Ok(person),
            _ => Err(SignUpError::NotUnique),
        };
    }
    found.pop().ok_or(SignUpError::PersonNotFound)
}

/// Whether a person has the names that were signed. A given name is the first name, alone or with the patronymic.
fn is_named(person: &RegisteredPerson, search: &Search) -> bool {
    let both = person
        .second_name
        .as_ref()
        .map(|second_name| format!("{} {second_name}", person.first_name));
    names::same(&person.last_name, &search.last_name)
        && (names::same(&person.first_name, &search.given_name)
            || both.is_some_and(|both| names::same(&both, &search.given_name)))
}

/// Finds the patient's user, or makes one. The caller commits; the signature and the nonce are used up by the commit.
///
/// # Errors
/// 401 for a blocked user or a used nonce, 409 for a used signature.
pub async fn sign_in(
    tx: &mut Tx,
    app: &App,
    prepared: PreparedConfidantSignIn,
    now: DateTime<Utc>,
) -> Result<IdentifiedPatient, SignUpError> {
    let PreparedConfidantSignIn {
        checked,
        patient,
        nonce,
        register,
    } = prepared;
    let by = (&checked.confidant, &checked.user);
    match claims::judge(tx, app, by, &patient, register, now).await? {
        // A sign-in makes nothing: whoever was never related claims by a registration.
        Decision::Act(ClaimConfirmation::Anew) | Decision::Refuse(_) => {
            return Err(SignUpError::RelationshipNotConfirmed);
        }
        Decision::Act(_) => {}
        Decision::Stopped(Stop::UserBlocked) => return Err(SignUpError::UserBlocked),
        Decision::Stopped(Stop::PersonNotFound) => return Err(SignUpError::PersonNotFound),
        Decision::Unavailable(_) => return Err(SignUpError::RegistryUnavailable),
    }
    let life = app.config.signature_max_age.unwrap_or(REMEMBERED);
    let signed_at = checked.signed.signing_time.unwrap_or(now).max(now);
    let once = once(&checked.signed.signature_sha256);
    if !oauth_store::use_jwt(tx.link(), once, signed_at + life).await? {
        return Err(SignUpError::SignatureUsed);
    }
    if let Some(nonce) = &nonce {
        signed::use_nonce(tx.link(), nonce, now).await?;
    }
    let user_id = user_of(tx, app, &patient, now).await?;
    Ok(IdentifiedPatient {
        subject: Subject {
            user_id,
            applicant: Some(Applicant {
                user_id: checked.user.id,
                person_id: checked.confidant.id,
            }),
        },
        person_id: patient.id,
        patient_name: patient.full_name(),
        tax_id: patient.tax_id,
        confidant_name: Some(checked.confidant.full_name()),
        has_ended_others: false,
    })
}

/// A signature's name among what is good once: one-time JWTs have random ones.
fn once(signature_sha256: &[u8; 32]) -> Uuid {
    let [first @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = *signature_sha256;
    Uuid::from_bytes(first)
}
