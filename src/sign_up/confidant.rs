//! A confidant registers a patient: the two steps that the pages and the JSON routes share.
//!
//! ```text
//!  signed content ──▶ validate ──▶ session token + what will be registered
//!                                       │ (the person looks at it and confirms)
//!  signed content + session token ──▶ prepare ──▶ registration::register, in one transaction
//! ```
//!
//! Source: the seed "PIS. Confidant patient sign-up"; sign-up §5.1 (validation), §5.2 (registration), §11 (matching).

use std::sync::Arc;

use chrono::{DateTime, Utc};
use openssl::hash::{MessageDigest, hash};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    error::SignUpError,
    registration::{Asked, ask_register},
    rules::{self, ApplicantFacts},
};
use crate::{
    oauth::{
        bearer::Bearer,
        jwt::{self, Audience, Nonce, SessionToken},
        store::User,
    },
    person::{
        age::kyiv_day,
        registration::Content,
        rules as person_rules,
        schema::{self, Registration},
        store::{self, Known},
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
pub(super) struct Checked {
    pub signed: Signed,
    pub json: Value,
    pub user: User,
    pub confidant: Known,
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
    check_unused(app, &checked, now).await?;
    let invalid = schema::check(&app.dictionaries(), Registration::Confidant, &checked.json);
    if !invalid.is_empty() {
        return Err(SignUpError::Schema(invalid));
    }
    let content = typed(&checked.json)?;
    person_rules::check(&content.person, &app.config.people.limits(), kyiv_day(now))?;
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
    let found = store::known_with_otp(held.link(), person_id, rules::today(now)).await?;
    let Some((person, has_otp_method)) = found else {
        return Ok(facts);
    };
    facts.identifiers = store::identifiers(held.link(), &person).await?;
    facts.has_otp_method = has_otp_method;
    facts.person = Some(person);
    Ok(facts)
}

/// The signature was not used; then the nonce, where the content has one, is good and was not used (§4.3, §14.2). Both
/// uses are one question to the database.
async fn check_unused(app: &App, checked: &Checked, now: DateTime<Utc>) -> Result<(), SignUpError> {
    let nonce = nonce(app, &checked.json, now);
    let jti = nonce.as_ref().ok().copied().flatten();
    let mut held = app.db.read().await?;
    let signature = &checked.signed.signature_sha256;
    let (signature_is_used, jwt_is_used) =
        store::signature_or_jwt_is_used(held.link(), signature, jti).await?;
    if signature_is_used {
        return Err(SignUpError::SignatureUsed);
    }
    if nonce.is_err() || jwt_is_used {
        return Err(SignUpError::NonceInvalid);
    }
    Ok(())
}

/// The id of the nonce, if there is one.
fn nonce(app: &App, json: &Value, now: DateTime<Utc>) -> Result<Option<Uuid>, SignUpError> {
    let Some(nonce) = json.get("jwt") else {
        return Ok(None);
    };
    let text = nonce.as_str().ok_or(SignUpError::NonceInvalid)?;
    jwt::check::<Nonce>(app.keys.jwt(), &[Audience::MithrilLogin], text, now)
        .map(|claims| Some(claims.jti))
        .map_err(|_| SignUpError::NonceInvalid)
}

fn typed(json: &Value) -> Result<Content, SignUpError> {
    // The schema allows nothing that does not fit; the message names members, never values.
    Content::deserialize(json)
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
pub(super) fn with_confidant(mut json: Value, content: &Content, confidant: &Known) -> Value {
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
    pub(super) checked: Checked,
    pub(super) content: Content,
    pub(super) session: jwt::Claims<SessionToken>,
    pub(super) nonce: Option<jwt::Claims<Nonce>>,
    pub(super) text: Arc<str>,
    /// What the register of relationships said, where there is one.
    pub(super) asked: Option<Asked>,
}

/// Checks what has to be good before a registration (§5.2 rows 2–5), and asks what cannot be asked in a transaction. Whether the signature is fresh is not asked again:
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
    let asked = ask_register(app, &checked, &content, session.jti, now).await?;
    Ok(Prepared {
        asked,
        checked,
        content,
        session,
        nonce,
        text: signed_content.text,
    })
}
