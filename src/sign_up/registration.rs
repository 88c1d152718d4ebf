//! The transaction of a confidant's sign-up: the patient, the relationship, the evidence, the user and the token.
//!
//! ```text
//!  ask the register, where there is one (see `person::relationships`)
//!     │
//!  Prepared ─▶ wait for rivals ─▶ use up: session token, nonce, signature ─▶ count ─▶ registered already? ─┬─ none ──▶ person, relationship
//!                                                                                       several: refused   └─ one ──▶ may they act (`claims`)? ──▶ nothing is stored
//!                                                                                                                            └─ no: all of it is undone; a claim
//!                                                        user, token ◀── evidence ◀────────────────────────────────────────────┘
//! ```
//!
//! Source: sign-up §5.2 rows 4 and 6–11, §11; authority §4.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    claims::{self, ClaimConfirmation, Decision, InitialRelationshipStatus},
    daily_limits::{check_limits, count},
    error::SignUpError,
    prepared::{PreparedConfidantRegistration, answer_about, name_confidant, with_confidant},
    rules::THIRD_PERSON,
    search::{SubmittedNumbers, find_matching},
    signed,
};
use crate::{
    db::Tx,
    events::{self, Actor, Event},
    oauth::{
        grants::{self, Issued, LoginTokenFor},
        jwt::{Claims, Nonce, SessionToken},
        store::{self as oauth_store, User},
        token::{Applicant, Subject},
    },
    person::{
        locks::one_at_a_time,
        origin::Origin,
        registration::Person,
        store::{self, Evidence, NewMethod, NewPerson, RegisteredPerson},
        terms,
        verification::{cumulative, initial_streams},
    },
    random::Draw,
    signed_content::Signed,
    state::App,
};

pub mod own;

/// What a registration gives.
#[derive(Debug)]
pub struct RegistrationOutcome {
    /// `person` as it was signed, with `id` and the confidant's names; of somebody who was registered already, as the
    /// registry has them.
    pub person: Value,
    /// Who may now approve a client.
    pub identified: IdentifiedPatient,
}

/// Somebody whom a signature identified: what a sign-up and a sign-in both end with.
#[derive(Debug)]
pub struct IdentifiedPatient {
    /// On whose behalf they act.
    pub subject: Subject,
    /// The patient.
    pub person_id: Uuid,
    /// The tax number of the patient.
    pub tax_id: Option<String>,
    /// The name of the patient.
    pub patient_name: String,
    /// The name of the confidant, where one acts.
    pub confidant_name: Option<String>,
    /// Whether the access of others ended because the patient came themselves.
    pub has_ended_others: bool,
}

/// Registers the patient: person, relationship and user, all of them or none (§5.2 rows 4, 6–10).
/// The caller commits; a session token, a nonce and a signature are used up by the commit.
///
/// # Errors
/// The first check that fails, in the order of the table there. The transaction is undone then; a claim to stand for
/// somebody who is registered already is written down by another one.
pub async fn register(
    mut tx: Tx,
    app: &App,
    prepared: PreparedConfidantRegistration,
    now: DateTime<Utc>,
) -> Result<(Tx, RegistrationOutcome), SignUpError> {
    let (confidant, applicant) = (&prepared.checked.confidant, &prepared.checked.user);
    // First of all: what is asked below was perhaps changed by the one who is waited for.
    one_at_a_time(&mut tx, &prepared.content.person, Some(confidant.id)).await?;
    let once = SingleUseProofs {
        session: prepared.session.as_ref(),
        nonce: prepared.nonce.as_ref(),
        signed: &prepared.checked.signed,
    };
    use_up(&mut tx, &once, now).await?;
    count(&mut tx, app, confidant.id, now).await?;
    let (people, submitted) = (&app.config.people, &prepared.content.person);
    let found = find_matching(tx.link(), people, submitted, SubmittedNumbers::Typed, now).await;
    let is_adult = terms::is_adult(submitted.birth_date, people, now);
    let patient = match found {
        // Of an adult nothing is told to whoever may not act for them (authority §4).
        Ok(None) | Err(SignUpError::NotUnique) if is_adult => {
            return Err(SignUpError::RelationshipNotConfirmed);
        }
        Err(error) => return Err(error),
        Ok(None) => None,
        Ok(Some(known)) => {
            let register = answer_about(prepared.asked, known.id);
            let register = register.ok_or(SignUpError::RegistryUnavailable)?;
            let by = (confidant, applicant);
            let decision = claims::judge(&mut tx, app, by, &known, register, now).await?;
            match decision {
                Decision::Act(confirmed) => Some((known, confirmed)),
                // An adult is claimed by nobody.
                Decision::Refuse(_) if is_adult => {
                    return Err(SignUpError::RelationshipNotConfirmed);
                }
                _ => {
                    drop(tx);
                    return Err(claims::record(app, &prepared, &known, decision, now).await);
                }
            }
        }
    };
    let person_id = match &patient {
        None => make(&mut tx, app, &prepared, now).await?,
        Some((known, confirmed)) => {
            join(&mut tx, app, &prepared, known, *confirmed, now).await?;
            known.id
        }
    };
    let registered = answer(&mut tx, app, prepared, person_id, patient, now).await?;
    Ok((tx, registered))
}

/// A new patient, with the relationship that waits (§5.2 row 7b).
async fn make(
    tx: &mut Tx,
    app: &App,
    prepared: &PreparedConfidantRegistration,
    now: DateTime<Utc>,
) -> Result<Uuid, SignUpError> {
    let (person, by) = (&prepared.content.person, &prepared.checked.user);
    let confidant_id = prepared.checked.confidant.id;
    check_limits(tx, app, confidant_id, now).await?;
    let Some(named) = &person.confidant_person else {
        return Err(SignUpError::ConfidantIsAnother);
    };
    let author = Author {
        user_id: by.id,
        origin: Origin::Confidant,
        confidant_id: Some(confidant_id),
    };
    let json = &prepared.checked.json;
    let id = create_person(tx, app, person, json, author, now).await?;
    let of = (id, person.birth_date);
    claims::relate(
        tx,
        app,
        named,
        of,
        by,
        InitialRelationshipStatus::Waiting,
        now,
    )
    .await?;
    Ok(id)
}

/// Somebody registered whom the confidant may act for: nothing of them is stored but a relationship that a register
/// confirmed just now.
async fn join(
    tx: &mut Tx,
    app: &App,
    prepared: &PreparedConfidantRegistration,
    known: &RegisteredPerson,
    confirmed: ClaimConfirmation,
    now: DateTime<Utc>,
) -> Result<(), SignUpError> {
    if confirmed != ClaimConfirmation::Anew {
        return Ok(());
    }
    let confidant_id = prepared.checked.confidant.id;
    check_limits(tx, app, confidant_id, now).await?;
    let Some(named) = &prepared.content.person.confidant_person else {
        return Err(SignUpError::ConfidantIsAnother);
    };
    store::end_expired_relationship(tx.link(), known.id, confidant_id, now).await?;
    let (of, by) = ((known.id, known.birth_date), &prepared.checked.user);
    claims::relate(
        tx,
        app,
        named,
        of,
        by,
        InitialRelationshipStatus::Confirmed,
        now,
    )
    .await?;
    Ok(())
}

/// The evidence, the patient's user, and what the caller is told.
async fn answer(
    tx: &mut Tx,
    app: &App,
    prepared: PreparedConfidantRegistration,
    person_id: Uuid,
    patient: Option<(RegisteredPerson, ClaimConfirmation)>,
    now: DateTime<Utc>,
) -> Result<RegistrationOutcome, SignUpError> {
    let PreparedConfidantRegistration {
        checked,
        content,
        text,
        ..
    } = prepared;
    let (confidant, applicant) = (&checked.confidant, &checked.user);
    keep_evidence(tx, &checked.signed, &text, person_id, now).await?;
    let known = patient.map(|(known, _)| known);
    let user_id = match &known {
        Some(known) => user_of(tx, app, known, now).await?,
        None => {
            // Nobody vouches for a number that a confidant typed.
            let id = app.random.uuid();
            oauth_store::add_user(tx.link(), id, person_id, None, now).await?;
            id
        }
    };
    events::tell(&Event {
        kind: "sign_up.registered",
        actor: Actor::Confidant(confidant.id),
        person_id: Some(person_id),
        subject_id: Some(user_id),
    });
    let identified = IdentifiedPatient {
        subject: Subject {
            user_id,
            applicant: Some(Applicant {
                user_id: applicant.id,
                person_id: confidant.id,
            }),
        },
        person_id,
        tax_id: match &known {
            Some(known) => known.tax_id.clone(),
            None => content.person.tax_id.clone(),
        },
        patient_name: known.as_ref().map_or_else(
            || patient_name(&content.person),
            RegisteredPerson::full_name,
        ),
        confidant_name: Some(confidant.full_name()),
        has_ended_others: false,
    };
    let person = match known {
        Some(known) => registry_answer(tx, &known, confidant).await?,
        None => {
            let mut person = with_confidant(checked.json, &content, confidant);
            insert_id(&mut person, person_id);
            person
        }
    };
    Ok(RegistrationOutcome { person, identified })
}

/// What the registry has of somebody who was registered already, with who acts for them.
async fn registry_answer(
    tx: &mut Tx,
    known: &RegisteredPerson,
    confidant: &RegisteredPerson,
) -> Result<Value, SignUpError> {
    let mut person = person_json(tx, known.id).await?;
    let between = store::as_answered(tx.link(), known.id, confidant.id).await?;
    let (relation_type, documents) = between.unzip();
    let mut named = json!({
        "person_id": confidant.id,
        "documents_relationship": documents.unwrap_or_else(|| json!([])),
    });
    name_confidant(&mut named, confidant, relation_type.as_deref());
    if let Value::Object(members) = &mut person {
        members.insert("confidant_person".into(), named);
    }
    Ok(person)
}

/// The record of somebody who was registered already, without the code word.
pub(super) async fn person_json(tx: &mut Tx, id: Uuid) -> Result<Value, SignUpError> {
    let described = store::find_person_json(tx.link(), id).await?;
    described.ok_or(SignUpError::PersonNotFound)
}

/// The token with which the pages approve the client, for somebody who was identified (§5.2 row 11).
///
/// # Errors
/// When the database fails.
pub async fn issue_token(
    tx: &mut Tx,
    app: &App,
    identified: &IdentifiedPatient,
    client_id: Uuid,
    whose: LoginTokenFor,
    now: DateTime<Utc>,
) -> Result<Issued, SignUpError> {
    let (random, lives, subject) = (&*app.random, &app.config.lives, identified.subject);
    Ok(grants::issue_login_token(tx, random, lives, subject, client_id, whose, now).await?)
}

pub(super) fn insert_id(person: &mut Value, id: Uuid) {
    if let Value::Object(members) = person {
        members.insert("id".into(), json!(id));
    }
}

/// What is good for one registration.
pub(super) struct SingleUseProofs<'a> {
    session: Option<&'a Claims<SessionToken>>,
    nonce: Option<&'a Claims<Nonce>>,
    signed: &'a Signed,
}

/// Uses up what is good for one registration: the session token, the nonce, the signature (§5.2 row 4, §4.3, §14.2).
pub(super) async fn use_up(
    tx: &mut Tx,
    once: &SingleUseProofs<'_>,
    now: DateTime<Utc>,
) -> Result<(), SignUpError> {
    if let Some(session) = once.session {
        let expires_at = DateTime::from_timestamp(session.exp, 0).unwrap_or(now);
        if !oauth_store::use_jwt(tx.link(), session.jti, expires_at).await? {
            return Err(SignUpError::SessionTokenInvalid);
        }
    }
    if let Some(nonce) = once.nonce {
        signed::use_nonce(tx.link(), nonce, now).await?;
    }
    // Kept with the person once they have an id; asked now, so that nothing else is told instead.
    if store::signature_is_used(tx.link(), &once.signed.signature_sha256).await? {
        return Err(SignUpError::SignatureUsed);
    }
    Ok(())
}

/// Keeps what a person was registered with; the signature is used up by it.
pub(super) async fn keep_evidence(
    tx: &mut Tx,
    signed: &Signed,
    text: &str,
    person_id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), SignUpError> {
    let evidence = Evidence {
        signature_sha256: &signed.signature_sha256,
        certificate_sha256: &signed.signer.certificate_sha256,
        signed_content: text,
    };
    if store::use_signature(tx.link(), &evidence, person_id, now).await? {
        Ok(())
    } else {
        Err(SignUpError::SignatureUsed)
    }
}

/// Last name, first name and patronymic of the patient.
#[must_use]
pub fn patient_name(person: &Person) -> String {
    store::full_name(
        &person.last_name,
        &person.first_name,
        person.second_name.as_deref(),
    )
}

/// Who makes a person.
#[derive(Debug, Clone, Copy)]
pub(super) struct Author {
    user_id: Uuid,
    origin: Origin,
    confidant_id: Option<Uuid>,
}

/// Stores a new person with their methods; those through a confidant end (§11.6).
pub(super) async fn create_person(
    tx: &mut Tx,
    app: &App,
    person: &Person,
    json: &Value,
    author: Author,
    now: DateTime<Utc>,
) -> Result<Uuid, SignUpError> {
    let id = app.random.uuid();
    let verification = initial_streams(json.get("person").unwrap_or(&Value::Null));
    let new = NewPerson {
        id,
        person,
        status: "active",
        is_active: true,
        verification_status: cumulative(&verification),
        verification,
        inserted_by: Some(author.user_id),
        origin: author.origin,
        confidant_id: author.confidant_id,
    };
    store::save_person(tx.link(), &new, || app.random.uuid(), now).await?;
    for (position, method) in person.authentication_methods.iter().enumerate() {
        let is_third_person = method.kind == THIRD_PERSON;
        let ends = || terms::third_person_ends(person.birth_date, &app.config.people, now);
        let phone_number = method.phone_number.as_deref();
        let new = NewMethod {
            id: app.random.uuid(),
            person_id: id,
            kind: &method.kind,
            phone_number: phone_number.filter(|_| !is_third_person),
            value: method.value.filter(|_| is_third_person),
            alias: method.alias.as_deref(),
            is_active: true,
            is_primary: position == 0,
            started_at: now,
            ended_at: is_third_person.then(ends),
            origin: author.origin,
        };
        store::save_method(tx.link(), &new, now).await?;
    }
    Ok(id)
}

/// The user of a registered patient, made if there never was one (§5.2 rows 8–9). A number comes with it only where somebody
/// vouches for it (authority §1).
///
/// # Errors
/// 401 `User is blocked.` when the only one is shut out or not in use: nobody gets a second one.
pub(super) async fn user_of(
    tx: &mut Tx,
    app: &App,
    known: &RegisteredPerson,
    now: DateTime<Utc>,
) -> Result<Uuid, SignUpError> {
    // Of two who come in at the same moment the second finds the user of the first.
    store::lock(tx.link(), known.id).await?;
    match oauth_store::user_of_person(tx.link(), known.id).await? {
        Some(User {
            id,
            is_active: true,
            is_blocked: false,
            ..
        }) => Ok(id),
        Some(_) => Err(SignUpError::UserBlocked),
        None => {
            let id = app.random.uuid();
            let tax_id = known.tax_id.as_deref();
            let tax_id = tax_id.filter(|_| known.version_origin.is_vouched());
            oauth_store::add_user(tx.link(), id, known.id, tax_id, now).await?;
            Ok(id)
        }
    }
}
