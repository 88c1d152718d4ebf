//! A confidant registers a patient: the two steps that the pages and the JSON routes share.
//!
//! ```text
//!  signed content ──▶ validate ──▶ session token + what will be registered
//!                                       │ (the person looks at it and confirms)
//!  signed content + session token ──▶ prepare ──▶ register, in one transaction ──▶ person, relationship, user, token
//! ```
//!
//! Source: the seed "PIS. Confidant patient sign-up"; sign-up §5.1 (validation), §5.2 (registration), §11 (matching).

use std::sync::Arc;

use chrono::{DateTime, Utc};
use openssl::hash::{MessageDigest, hash};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    error::SignUpError,
    rules::{self, ApplicantFacts, THIRD_PERSON},
};
use crate::{
    db::{Link, Tx},
    oauth::{
        bearer::Bearer,
        grants::{self, Issued},
        jwt::{self, Audience, Nonce, SessionToken},
        store::{self as oauth_store, User},
        token::{Applicant, Subject},
    },
    person::{
        age::{full_years, kyiv_day},
        matching::{Score, score},
        registration::{Content, Person},
        schema::{self, Registration},
        store::{self, Evidence, Known, NewMethod, NewPerson, NewRelationship},
        verification::{VerificationStatus, initial_streams},
    },
    random::Draw,
    secrets::hex,
    signed_content::{Policy, Signed, json_object},
    state::App,
};

/// The scope that the confidant's access token must have.
pub const SCOPE: &str = "confidant_person:sign_up";

/// The members of a request that carry the signature.
#[derive(Debug, Clone)]
pub struct SignedContent {
    /// The base64 text as it was sent.
    pub text: Arc<str>,
}

impl SignedContent {
    /// Reads `signed_content` and `signed_content_encoding` (§4.2 rows 1, 3).
    ///
    /// # Errors
    /// 422 for what is missing or unknown.
    pub fn new(text: Option<&str>, encoding: Option<&str>) -> Result<Self, SignUpError> {
        let text = text.ok_or(SignUpError::FieldMissing("signed_content"))?;
        match encoding {
            None => Err(SignUpError::FieldMissing("signed_content_encoding")),
            Some("base64") => Ok(Self { text: text.into() }),
            Some(_) => Err(SignUpError::EncodingUnknown),
        }
    }
}

/// What a validation finds.
#[derive(Debug)]
pub struct Validated {
    /// `person` as it was signed, with the confidant's names.
    pub person: Value,
    /// Both consents are given: [`rules::check_confidant`] saw to that. Kept for the page.
    pub content: Content,
    /// The confidant.
    pub confidant: Known,
    /// The token that allows the registration of this very content.
    pub session_token: String,
}

/// Content whose signature, signer and form are good.
struct Checked {
    signed: Signed,
    json: Value,
    user: User,
    confidant: Known,
    has_otp_method: bool,
}

/// Checks signed registration data (§5.1).
///
/// # Errors
/// The first check that fails, in the order of the table there.
pub async fn validate(
    app: &App,
    bearer: &Bearer,
    signed_content: &SignedContent,
    now: DateTime<Utc>,
) -> Result<Validated, SignUpError> {
    let policy = Policy::with_max_age(app.config.signature_max_age);
    let checked = check(app, bearer, signed_content, policy, now).await?;
    {
        let mut held = app.db.read().await?;
        if store::signature_is_used(held.link(), &checked.signed.signature_sha256).await? {
            return Err(SignUpError::SignatureUsed);
        }
        check_nonce(app, held.link(), &checked.json, now).await?;
    }
    let invalid = schema::check(Registration::Confidant, &checked.json);
    if !invalid.is_empty() {
        return Err(SignUpError::Schema(invalid));
    }
    let content = typed(&checked.json)?;
    rules::check_birth_date(content.person.birth_date, now)?;
    let confidant = checked.confidant;
    rules::check_confidant(
        &content,
        &confidant,
        checked.has_otp_method,
        &app.config.people,
    )?;
    let session = SessionToken {
        content_hash: content_hash(&signed_content.text)?,
        person_id: confidant.id,
    };
    let life = app.config.lives.registration;
    let jti = app.random.uuid();
    let audience = Audience::PisRegistration;
    let session_token = jwt::issue(
        app.keys.jwt(),
        audience,
        jti,
        confidant.id,
        session,
        now,
        life,
    )
    .map_err(|error| SignUpError::Internal(error.to_string()))?;
    let person = with_confidant(checked.json, &content, &confidant);
    Ok(Validated {
        person,
        content,
        confidant,
        session_token,
    })
}

/// The signature, the signer, and the form of the content: what both steps check (§5.1 rows 2–4, §5.2 rows 2–3).
async fn check(
    app: &App,
    bearer: &Bearer,
    signed_content: &SignedContent,
    policy: Policy,
    now: DateTime<Utc>,
) -> Result<Checked, SignUpError> {
    let signed = app.verify(Arc::clone(&signed_content.text), policy).await?;
    let mut facts = applicant_facts(app, bearer, now).await?;
    rules::check_applicant(
        &facts,
        signed.signer.drfo.as_deref(),
        &app.config.people,
        now,
    )?;
    let json = json_object(&signed.content).map_err(|_| SignUpError::ContentUnreadable)?;
    let (Some(user), Some(confidant)) = (facts.user.take(), facts.person.take()) else {
        return Err(SignUpError::ApplicantUserNotFound);
    };
    Ok(Checked {
        signed,
        json: Value::Object(json),
        user,
        confidant,
        has_otp_method: facts.has_otp_method,
    })
}

async fn applicant_facts(
    app: &App,
    bearer: &Bearer,
    now: DateTime<Utc>,
) -> Result<ApplicantFacts, SignUpError> {
    let mut facts = ApplicantFacts {
        user: bearer.user.clone(),
        person: None,
        identifiers: Default::default(),
        has_otp_method: false,
    };
    let Some(person_id) = facts.user.as_ref().and_then(|user| user.person_id) else {
        return Ok(facts);
    };
    let mut held = app.db.read().await?;
    let Some(person) = store::known(held.link(), person_id).await? else {
        return Ok(facts);
    };
    facts.identifiers = store::identifiers(held.link(), &person).await?;
    facts.has_otp_method = store::has_otp_method(held.link(), person_id, rules::today(now)).await?;
    facts.person = Some(person);
    Ok(facts)
}

/// The nonce, where the content has one: good, and not used (§4.3, §14.2).
async fn check_nonce(
    app: &App,
    link: Link<'_>,
    json: &Value,
    now: DateTime<Utc>,
) -> Result<(), SignUpError> {
    let Some(nonce) = json.get("jwt") else {
        return Ok(());
    };
    let text = nonce.as_str().ok_or(SignUpError::NonceInvalid)?;
    let claims = jwt::check::<Nonce>(app.keys.jwt(), &[Audience::MithrilLogin], text, now)
        .map_err(|_| SignUpError::NonceInvalid)?;
    if oauth_store::jwt_is_used(link, claims.jti).await? {
        return Err(SignUpError::NonceInvalid);
    }
    Ok(())
}

fn typed(json: &Value) -> Result<Content, SignUpError> {
    // The schema allows nothing that does not fit; the message names members, never values.
    serde_json::from_value(json.clone())
        .map_err(|error| SignUpError::Internal(format!("content: {:?}", error.classify())))
}

/// MD5 of the text, as the specification binds a session token to what was validated. A collision gains nothing: both
/// texts would have to be signed by the same person.
fn content_hash(text: &str) -> Result<String, SignUpError> {
    hash(MessageDigest::md5(), text.as_bytes())
        .map(|digest| hex(&digest))
        .map_err(|error| SignUpError::Internal(error.to_string()))
}

/// `person` as it was signed, with the names of the confidant as the registry has them.
fn with_confidant(mut json: Value, content: &Content, confidant: &Known) -> Value {
    let mut person = json.get_mut("person").map(Value::take).unwrap_or_default();
    if let Some(Value::Object(named)) = person.get_mut("confidant_person") {
        named.insert("first_name".into(), json!(confidant.first_name));
        named.insert("last_name".into(), json!(confidant.last_name));
        if let Some(second_name) = &confidant.second_name {
            named.insert("second_name".into(), json!(second_name));
        }
        let relation = content
            .person
            .confidant_person
            .as_ref()
            .map(|named| named.relation_type);
        named.insert(
            "relation_type".into(),
            json!(relation.unwrap_or_default().as_str()),
        );
    }
    person
}

/// A registration that only waits for its transaction.
pub struct Prepared {
    checked: Checked,
    content: Content,
    session: jwt::Claims<SessionToken>,
    nonce: Option<jwt::Claims<Nonce>>,
    text: Arc<str>,
}

/// Checks what has to be good before a registration (§5.2 rows 2–5). Whether the signature is fresh is not asked again:
/// the session token bounds that.
///
/// # Errors
/// The first check that fails, in the order of the table there.
pub async fn prepare(
    app: &App,
    bearer: &Bearer,
    signed_content: SignedContent,
    session_token: &str,
    now: DateTime<Utc>,
) -> Result<Prepared, SignUpError> {
    let checked = check(
        app,
        bearer,
        &signed_content,
        Policy::with_max_age(None),
        now,
    )
    .await?;
    let session = jwt::check::<SessionToken>(
        app.keys.jwt(),
        &[Audience::PisRegistration],
        session_token,
        now,
    )
    .map_err(|_| SignUpError::SessionTokenInvalid)?;
    if session.more.content_hash != content_hash(&signed_content.text)?
        || session.more.person_id != checked.confidant.id
    {
        return Err(SignUpError::SessionTokenInvalid);
    }
    let content = typed(&checked.json)?;
    rules::check_confidant(
        &content,
        &checked.confidant,
        checked.has_otp_method,
        &app.config.people,
    )?;
    // A nonce may run out between the steps: the session token is what bounds the second one.
    let nonce = content
        .jwt
        .as_deref()
        .and_then(|text| jwt::check(app.keys.jwt(), &[Audience::MithrilLogin], text, now).ok());
    Ok(Prepared {
        checked,
        content,
        session,
        nonce,
        text: signed_content.text,
    })
}

/// What a registration gives.
#[derive(Debug)]
pub struct Registered {
    /// `person` as it was signed, with `id` and the confidant's names.
    pub person: Value,
    /// The name of the patient.
    pub patient_name: String,
    /// The name of the confidant.
    pub confidant_name: String,
    /// The user of the patient: id and tax number.
    pub user: (Uuid, Option<String>),
    /// The token with which the pages approve the client.
    pub token: Issued,
}

/// Registers the patient: person, relationship, user and token, all of them or none (§5.2 rows 4, 6–11).
/// The caller commits; a session token, a nonce and a signature are used up by the commit.
///
/// # Errors
/// The first check that fails, in the order of the table there.
pub async fn register(
    tx: &mut Tx,
    app: &App,
    prepared: Prepared,
    client_id: Uuid,
    now: DateTime<Utc>,
) -> Result<Registered, SignUpError> {
    let Prepared {
        checked,
        content,
        session,
        nonce,
        text,
    } = prepared;
    // First of all: what is asked below was perhaps changed by the one who is waited for.
    one_at_a_time(tx, &content.person).await?;
    let expires_at = DateTime::from_timestamp(session.exp, 0).unwrap_or(now);
    if !oauth_store::use_jwt(tx.link(), session.jti, expires_at).await? {
        return Err(SignUpError::SessionTokenInvalid);
    }
    if let Some(nonce) = nonce {
        let expires_at = DateTime::from_timestamp(nonce.exp, 0).unwrap_or(now);
        if !oauth_store::use_jwt(tx.link(), nonce.jti, expires_at).await? {
            return Err(SignUpError::NonceInvalid);
        }
    }
    if store::signature_is_used(tx.link(), &checked.signed.signature_sha256).await? {
        return Err(SignUpError::SignatureUsed);
    }
    let (confidant, applicant) = (&checked.confidant, &checked.user);
    let person_id = match find_registered(tx, app, &content.person, now).await? {
        Some(patient) => {
            relate_known(tx, app, &content, &patient, applicant, now).await?;
            patient.id
        }
        None => {
            let id = create_person(tx, app, &content.person, &checked.json, applicant, now).await?;
            relate(tx, app, &content, id, applicant, now).await?;
            id
        }
    };
    let evidence = Evidence {
        signature_sha256: &checked.signed.signature_sha256,
        certificate_sha256: &checked.signed.signer.certificate_sha256,
        signed_content: &text,
    };
    if !store::use_signature(tx.link(), &evidence, person_id, now).await? {
        return Err(SignUpError::SignatureUsed);
    }
    let user = user_of(tx, app, person_id, content.person.tax_id.as_deref(), now).await?;
    let subject = Subject {
        user_id: user.0,
        applicant: Some(Applicant {
            user_id: applicant.id,
            person_id: confidant.id,
        }),
    };
    let token =
        grants::issue_authorize_token(tx, &*app.random, &app.config.lives, subject, client_id, now)
            .await?;
    let patient_name = patient_name(&content.person);
    let confidant_name = confidant.full_name();
    let mut person = with_confidant(checked.json, &content, confidant);
    if let Value::Object(members) = &mut person {
        members.insert("id".into(), json!(person_id));
    }
    Ok(Registered {
        person,
        patient_name,
        confidant_name,
        user,
        token,
    })
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

/// Lets registrations of people born on the same day follow one another: whoever could be the same person was, since
/// every match needs an equal birth date. SQLite writes one at a time anyway.
async fn one_at_a_time(tx: &mut Tx, person: &Person) -> sqlx::Result<()> {
    const POSTGRES: &str = "SELECT pg_advisory_xact_lock($1, $2)";
    /// Tells these locks from others of the same database.
    const REGISTRATION: i32 = 0x0D0_71EA;
    if let Tx::Postgres(tx) = tx {
        use chrono::Datelike;
        let day = person.birth_date.num_days_from_ce();
        sqlx::query(POSTGRES)
            .bind(REGISTRATION)
            .bind(day)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// The registered person who is the submitted one: the person of the user with this tax number, if there is one
/// (§5.4 step 4), and whoever matches (§11.3). When both are there they must be the same: a tax number alone, typed by
/// somebody else, opens nobody's record.
async fn find_registered(
    tx: &mut Tx,
    app: &App,
    submitted: &Person,
    now: DateTime<Utc>,
) -> Result<Option<Known>, SignUpError> {
    let of_user = match &submitted.tax_id {
        Some(tax_id) => person_of_user(tx, tax_id).await?,
        None => None,
    };
    let matching = find_matching(tx, app, submitted, now).await?;
    match (of_user, matching) {
        (None, matching) => Ok(matching),
        (Some(known), Some(matching)) if known.id == matching.id => Ok(Some(matching)),
        (Some(_), _) => Err(SignUpError::NotUnique),
    }
}

/// The person of the active user with this tax number.
async fn person_of_user(tx: &mut Tx, tax_id: &str) -> Result<Option<Known>, SignUpError> {
    let Some(user) = oauth_store::user_by_tax_id(tx.link(), tax_id).await? else {
        return Ok(None);
    };
    if user.is_blocked {
        return Err(SignUpError::UserBlocked);
    }
    let person_id = user.person_id.ok_or(SignUpError::PersonNotFound)?;
    let person = store::known(tx.link(), person_id).await?;
    let person = person
        .filter(Known::is_current)
        .ok_or(SignUpError::PersonNotFound)?;
    Ok(Some(person))
}

/// The one registered person whose score is above the threshold (§11.3). A child is searched by tax number, else by
/// birth certificate; others by tax number, or by documents when they have none.
async fn find_matching(
    tx: &mut Tx,
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
        Some(tax_id) => store::by_tax_id(tx.link(), tax_id, submitted.birth_date).await?,
        None => Vec::new(),
    };
    let is_child =
        full_years(submitted.birth_date, kyiv_day(now)) < i32::from(people.no_self_auth_age);
    if candidates.is_empty() && (is_child || submitted.tax_id.is_none()) {
        for (kind, number) in &submitted_traits.documents {
            if !is_child || BIRTH_CERTIFICATES.contains(&kind.as_str()) {
                candidates.extend(store::by_document(tx.link(), kind, number).await?);
            }
        }
    }
    candidates.sort_by_key(|candidate| candidate.id);
    candidates.dedup_by_key(|candidate| candidate.id);
    let mut found = None;
    for candidate in candidates {
        let traits = store::traits(tx.link(), &candidate, &people.search_document_types).await?;
        if score(&traits, &submitted_traits).is_above(threshold)
            && found.replace(candidate).is_some()
        {
            return Err(SignUpError::NotUnique);
        }
    }
    Ok(found)
}

/// The relationship of a confidant with somebody who is registered (§5.2 row 7a).
async fn relate_known(
    tx: &mut Tx,
    app: &App,
    content: &Content,
    patient: &Known,
    applicant: &User,
    now: DateTime<Utc>,
) -> Result<(), SignUpError> {
    let Some(confidant) = &content.person.confidant_person else {
        return Err(SignUpError::ConfidantIsAnother);
    };
    match store::relationship(tx.link(), patient.id, confidant.person_id, now).await? {
        Some(known) if known.is_approved() => Ok(()),
        Some(_) => Err(SignUpError::RelationshipNotConfirmed),
        None => relate(tx, app, content, patient.id, applicant, now).await,
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
    store::save_relationship(tx.link(), &new, now).await?;
    Ok(())
}

/// Stores a new person with the methods through the confidant (§11.6).
async fn create_person(
    tx: &mut Tx,
    app: &App,
    person: &Person,
    json: &Value,
    applicant: &User,
    now: DateTime<Utc>,
) -> Result<Uuid, SignUpError> {
    let id = app.random.uuid();
    let new = NewPerson {
        id,
        person,
        status: "active",
        is_active: true,
        verification_status: VerificationStatus::VerificationNeeded,
        verification: initial_streams(json.get("person").unwrap_or(&Value::Null)),
        inserted_by: Some(applicant.id),
    };
    store::save_person(tx.link(), &new, || app.random.uuid(), now).await?;
    for (position, method) in person.authentication_methods.iter().enumerate() {
        let new = NewMethod {
            id: app.random.uuid(),
            person_id: id,
            kind: THIRD_PERSON,
            phone_number: None,
            value: method.value,
            alias: method.alias.as_deref(),
            is_active: true,
            is_primary: position == 0,
            started_at: now,
            ended_at: Some(rules::third_person_ends(
                person.birth_date,
                &app.config.people,
                now,
            )),
        };
        store::save_method(tx.link(), &new, now).await?;
    }
    Ok(id)
}

/// The patient's user, made if there is none (§5.2 rows 8–9). It gets the patient's tax number, never the confidant's.
async fn user_of(
    tx: &mut Tx,
    app: &App,
    person_id: Uuid,
    tax_id: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(Uuid, Option<String>), SignUpError> {
    match oauth_store::user_of_person(tx.link(), person_id).await? {
        Some(User {
            is_blocked: true, ..
        }) => Err(SignUpError::UserBlocked),
        Some(user) => Ok((user.id, user.tax_id)),
        None => {
            let id = app.random.uuid();
            oauth_store::add_user(tx.link(), id, person_id, tax_id, now).await?;
            Ok((id, tax_id.map(str::to_owned)))
        }
    }
}
