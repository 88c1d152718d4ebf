//! The transaction of a confidant's sign-up: the patient, the relationship, the evidence, the user and the token.
//!
//! ```text
//!  ask the register, where there is one (see `person::relationships`)
//!     │
//!  Prepared ─▶ wait for rivals ─▶ use up: session token, nonce, signature ─▶ registered already? ─┬─ one ─▶ relationship
//!                                                                               several: refused  └─ none ─▶ person, relationship
//!                                                        user, token ◀── evidence ◀───────────────────────┘
//! ```
//!
//! Source: sign-up §5.2 rows 4 and 6–11, §11.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

pub mod own;

use super::{
    confidant::{Checked, Prepared, with_confidant},
    error::SignUpError,
    rules::{self, THIRD_PERSON},
    signed,
};
use crate::{
    db::{Link, Tx},
    oauth::{
        grants::{self, Issued},
        jwt::{Claims, Nonce, SessionToken},
        store::{self as oauth_store, User},
        token::{Applicant, Subject},
    },
    person::{
        age::{full_years, kyiv_day},
        matching::{Score, score},
        registration::{Content, Person},
        relationships::{Check, Question, Registry, needs_register, together},
        store::{self, Evidence, Known, NewMethod, NewPerson, NewRelationship},
        verification::{VerificationStatus, cumulative, initial_streams},
    },
    random::Draw,
    signed_content::Signed,
    state::App,
};

/// What a registration gives.
#[derive(Debug)]
pub struct Registered {
    /// `person` as it was signed, with `id` and the confidant's names.
    pub person: Value,
    /// Who may now approve a client.
    pub identified: Identified,
}

/// Somebody whom a signature identified: what a sign-up and a sign-in both end with.
#[derive(Debug)]
pub struct Identified {
    /// On whose behalf they act.
    pub subject: Subject,
    /// The patient.
    pub person_id: Uuid,
    /// The tax number of the patient's user.
    pub tax_id: Option<String>,
    /// The name of the patient.
    pub patient_name: String,
    /// The name of the confidant, where one acts.
    pub confidant_name: Option<String>,
}

/// Registers the patient: person, relationship and user, all of them or none (§5.2 rows 4, 6–10).
/// The caller commits; a session token, a nonce and a signature are used up by the commit.
///
/// # Errors
/// The first check that fails, in the order of the table there.
pub async fn register(
    tx: &mut Tx,
    app: &App,
    prepared: Prepared,
    now: DateTime<Utc>,
) -> Result<Registered, SignUpError> {
    // First of all: what is asked below was perhaps changed by the one who is waited for.
    one_at_a_time(tx, &prepared.content.person).await?;
    let once = Once {
        session: prepared.session.as_ref(),
        nonce: prepared.nonce.as_ref(),
        signed: &prepared.checked.signed,
    };
    use_up(tx, &once, now).await?;
    let person_id = patient(tx, app, &prepared, now).await?;
    let Prepared {
        checked,
        content,
        text,
        ..
    } = prepared;
    let (confidant, applicant) = (&checked.confidant, &checked.user);
    keep_evidence(tx, &checked.signed, &text, person_id, now).await?;
    let user = user_of(tx, app, person_id, content.person.tax_id.as_deref(), now).await?;
    let identified = Identified {
        subject: Subject {
            user_id: user.0,
            applicant: Some(Applicant {
                user_id: applicant.id,
                person_id: confidant.id,
            }),
        },
        person_id,
        tax_id: user.1,
        patient_name: patient_name(&content.person),
        confidant_name: Some(confidant.full_name()),
    };
    let mut person = with_confidant(checked.json, &content, confidant);
    insert_id(&mut person, person_id);
    Ok(Registered { person, identified })
}

/// The token with which the pages approve the client, for somebody who was identified (§5.2 row 11).
///
/// # Errors
/// When the database fails.
pub async fn issue_token(
    tx: &mut Tx,
    app: &App,
    identified: &Identified,
    client_id: Uuid,
    now: DateTime<Utc>,
) -> Result<Issued, SignUpError> {
    let (random, lives, subject) = (&*app.random, &app.config.lives, identified.subject);
    Ok(grants::issue_authorize_token(tx, random, lives, subject, client_id, now).await?)
}

fn insert_id(person: &mut Value, id: Uuid) {
    if let Value::Object(members) = person {
        members.insert("id".into(), json!(id));
    }
}

/// What is good for one registration.
struct Once<'a> {
    session: Option<&'a Claims<SessionToken>>,
    nonce: Option<&'a Claims<Nonce>>,
    signed: &'a Signed,
}

/// Uses up what is good for one registration: the session token, the nonce, the signature (§5.2 row 4, §4.3, §14.2).
async fn use_up(tx: &mut Tx, once: &Once<'_>, now: DateTime<Utc>) -> Result<(), SignUpError> {
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
async fn keep_evidence(
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

/// The patient, found or made, with the relationship to the confidant (§5.2 row 7).
async fn patient(
    tx: &mut Tx,
    app: &App,
    prepared: &Prepared,
    now: DateTime<Utc>,
) -> Result<Uuid, SignUpError> {
    let (content, applicant) = (&prepared.content, &prepared.checked.user);
    match find_registered(tx.link(), app, &content.person, now).await? {
        Some(patient) => {
            relate_known(tx, app, prepared, &patient, now).await?;
            Ok(patient.id)
        }
        None => {
            let json = &prepared.checked.json;
            let inserted_by = applicant.id;
            let id = create_person(tx, app, &content.person, json, inserted_by, now).await?;
            relate(tx, app, content, id, applicant, now).await?;
            Ok(id)
        }
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

/// Lets registrations of the same person follow one another.
///
/// # Errors
/// When the database fails.
pub async fn one_at_a_time(tx: &mut Tx, person: &Person) -> sqlx::Result<()> {
    store::wait_for_rivals(tx, person.birth_date, person.tax_id.as_deref()).await
}

/// The registered person who is the submitted one: the person of the user with this tax number, if there is one
/// (§5.4 step 4), and whoever matches (§11.3). When both are there they must be the same: a tax number alone, typed by
/// somebody else, opens nobody's record.
async fn find_registered(
    mut link: Link<'_>,
    app: &App,
    submitted: &Person,
    now: DateTime<Utc>,
) -> Result<Option<Known>, SignUpError> {
    let of_user = match &submitted.tax_id {
        Some(tax_id) => person_of_user(link.reborrow(), tax_id).await?,
        None => None,
    };
    let matching = find_matching(link, app, submitted, now).await?;
    match (of_user, matching) {
        (None, matching) => Ok(matching),
        (Some(known), Some(matching)) if known.id == matching.id => Ok(Some(matching)),
        (Some(_), _) => Err(SignUpError::NotUnique),
    }
}

/// The person of the active user with this tax number.
async fn person_of_user(mut link: Link<'_>, tax_id: &str) -> Result<Option<Known>, SignUpError> {
    let Some(user) = oauth_store::user_by_tax_id(link.reborrow(), tax_id).await? else {
        return Ok(None);
    };
    if user.is_blocked {
        return Err(SignUpError::UserBlocked);
    }
    let person_id = user.person_id.ok_or(SignUpError::PersonNotFound)?;
    let person = store::known(link, person_id).await?;
    let person = person
        .filter(Known::is_current)
        .ok_or(SignUpError::PersonNotFound)?;
    Ok(Some(person))
}

/// The one registered person whose score is above the threshold (§11.3). A child is searched by tax number, else by
/// birth certificate; others by tax number, or by documents when they have none.
pub(super) async fn find_matching(
    mut link: Link<'_>,
    app: &App,
    submitted: &Person,
    now: DateTime<Utc>,
) -> Result<Option<Known>, SignUpError> {
    const BIRTH_CERTIFICATES: [&str; 2] = ["BIRTH_CERTIFICATE", "BIRTH_CERTIFICATE_FOREIGN"];
    let people = &app.config.people;
    let threshold = Score::threshold(people.match_score)
        .ok_or_else(|| SignUpError::Internal("the match score is out of range".to_owned()))?;
    let submitted_traits = submitted.traits(&people.search_document_types);
    let mut candidates = match &submitted.tax_id {
        Some(tax_id) => store::by_tax_id(link.reborrow(), tax_id, submitted.birth_date).await?,
        None => Vec::new(),
    };
    let is_child =
        full_years(submitted.birth_date, kyiv_day(now)) < i32::from(people.no_self_auth_age);
    if candidates.is_empty() && (is_child || submitted.tax_id.is_none()) {
        for (kind, number) in &submitted_traits.documents {
            if !is_child || BIRTH_CERTIFICATES.contains(&kind.as_str()) {
                candidates.extend(store::by_document(link.reborrow(), kind, number).await?);
            }
        }
    }
    candidates.sort_by_key(|candidate| candidate.id);
    candidates.dedup_by_key(|candidate| candidate.id);
    let mut found = None;
    for candidate in candidates {
        let traits =
            store::traits(link.reborrow(), &candidate, &people.search_document_types).await?;
        if score(&traits, &submitted_traits).is_above(threshold)
            && found.replace(candidate).is_some()
        {
            return Err(SignUpError::NotUnique);
        }
    }
    Ok(found)
}

/// What a register said about the relationship with one registered person.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    person_id: Option<Uuid>,
    check: Check,
}

impl Asked {
    /// The answer about that person. Somebody who was not found when the register was asked has none yet: the next
    /// try asks about them.
    fn about(self, person_id: Uuid) -> Check {
        match self {
            Self {
                person_id: Some(asked),
                check,
            } if asked == person_id => check,
            _ => Check::Unavailable,
        }
    }
}

/// Asks the register about the person whom the transaction will find, when its answer can make a difference: none
/// where there is no register or nobody to ask about. Whatever else is wrong is for the transaction to find.
pub(super) async fn ask_register(
    app: &App,
    checked: &Checked,
    content: &Content,
    session_id: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<Option<Asked>, SignUpError> {
    if matches!(app.relationships, Registry::BuiltIn) {
        return Ok(None);
    }
    let confidant = &checked.confidant;
    let nobody = Some(Asked {
        person_id: None,
        check: Check::NotFound,
    });
    let (patient, question) = {
        let mut held = app.db.read().await?;
        if let Some(id) = session_id
            && oauth_store::jwt_is_used(held.link(), id).await?
        {
            return Ok(nobody);
        }
        let patient = match find_registered(held.link(), app, &content.person, now).await {
            Ok(Some(patient)) => patient,
            Err(SignUpError::Database(error)) => return Err(error.into()),
            Ok(None) | Err(_) => return Ok(nobody),
        };
        let own = store::relationship(held.link(), patient.id, confidant.id, now).await?;
        let question = if needs_register(own.as_ref()) {
            let documents = store::document_numbers(held.link(), patient.id).await?;
            Question::new(&patient, documents, confidant)
        } else {
            None
        };
        (patient, question)
    };
    // The connection is for others while the register thinks.
    let check = match &question {
        Some(question) => app.relationships.check(question).await,
        None => Check::NotFound,
    };
    Ok(Some(Asked {
        person_id: Some(patient.id),
        check,
    }))
}

/// The relationship of a confidant with somebody who is registered (§5.2 row 7a).
async fn relate_known(
    tx: &mut Tx,
    app: &App,
    prepared: &Prepared,
    patient: &Known,
    now: DateTime<Utc>,
) -> Result<(), SignUpError> {
    let (content, applicant) = (&prepared.content, &prepared.checked.user);
    let Some(confidant) = &content.person.confidant_person else {
        return Err(SignUpError::ConfidantIsAnother);
    };
    let own = store::relationship(tx.link(), patient.id, confidant.person_id, now).await?;
    let register = prepared
        .asked
        .map_or(Check::NotFound, |asked| asked.about(patient.id));
    match together(own.as_ref(), register) {
        // A refresh token is good as long as the relationship is in the table (§6.4).
        Check::Approved if own.is_none() => {
            relate(tx, app, content, patient.id, applicant, now).await
        }
        Check::Approved => Ok(()),
        Check::NotApproved => Err(SignUpError::RelationshipNotConfirmed),
        Check::Unavailable => Err(SignUpError::RegistryUnavailable),
        // For an adult nobody stands up by themselves: somebody has to have confirmed it (§8.5).
        Check::NotFound if rules::is_adult(patient.birth_date, &app.config.people, now) => {
            Err(SignUpError::RelationshipNotConfirmed)
        }
        Check::NotFound => relate(tx, app, content, patient.id, applicant, now).await,
    }
}

/// Makes a relationship that waits for its verification (§11.5).
async fn relate(
    tx: &mut Tx,
    app: &App,
    content: &Content,
    person_id: Uuid,
    applicant: &User,
    now: DateTime<Utc>,
) -> Result<(), SignUpError> {
    let Some(confidant) = &content.person.confidant_person else {
        return Err(SignUpError::ConfidantIsAnother);
    };
    if store::has_confidant(tx.link(), confidant.person_id, now).await? {
        return Err(SignUpError::ConfidantHasConfidant);
    }
    let new = NewRelationship {
        id: app.random.uuid(),
        person_id,
        confidant,
        verification_status: VerificationStatus::VerificationNeeded.as_str(),
        verification_reason: "ONLINE_TRIGGERED",
        active_to: rules::relationship_ends(content.person.birth_date, &app.config.people, now),
        inserted_by: Some(applicant.id),
    };
    store::end_expired_relationship(tx.link(), person_id, confidant.person_id, now).await?;
    // Nobody else registers these two now, but an operator may relate them.
    match store::save_relationship(tx.link(), &new, now).await {
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
            Err(SignUpError::RelationshipExists)
        }
        saved => Ok(saved?),
    }
}

/// Stores a new person with their methods; those through a confidant end (§11.6).
async fn create_person(
    tx: &mut Tx,
    app: &App,
    person: &Person,
    json: &Value,
    inserted_by: Uuid,
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
        inserted_by: Some(inserted_by),
    };
    store::save_person(tx.link(), &new, || app.random.uuid(), now).await?;
    for (position, method) in person.authentication_methods.iter().enumerate() {
        let is_third_person = method.kind == THIRD_PERSON;
        let ends = || rules::third_person_ends(person.birth_date, &app.config.people, now);
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
        };
        store::save_method(tx.link(), &new, now).await?;
    }
    Ok(id)
}

/// The patient's user, made if there is none (§5.2 rows 8–9). It gets the patient's tax number, never the confidant's.
pub(super) async fn user_of(
    tx: &mut Tx,
    app: &App,
    person_id: Uuid,
    tax_id: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(Uuid, Option<String>), SignUpError> {
    // Of two who come in at the same moment the second finds the user of the first.
    store::lock(tx.link(), person_id).await?;
    match oauth_store::user_of_person(tx.link(), person_id).await? {
        Some(User {
            is_blocked: true, ..
        }) => Err(SignUpError::UserBlocked),
        Some(user) => Ok((user.id, user.tax_id)),
        None => {
            let id = app.random.uuid();
            oauth_store::add_user(tx.link(), id, person_id, tax_id, false, now).await?;
            Ok((id, tax_id.map(str::to_owned)))
        }
    }
}
