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
use serde_json::{Value, json};

use super::{
    error::SignUpError,
    registration::{Asked, ask_register},
    rules::{self, ApplicantFacts},
    signed::{self, SignedContent, typed},
    signers,
};
use crate::{
    oauth::{
        bearer::Bearer,
        jwt::{Audience, Claims, Nonce, SessionToken},
        store::User,
    },
    person::{
        age::kyiv_day,
        registration::Content,
        rules as person_rules,
        schema::Registration,
        store::{self, Known},
    },
    signed_content::{Policy, Signed},
    state::App,
};

/// The scope that the confidant's access token must have.
pub const SCOPE: &str = "confidant_person:sign_up";

/// How the confidant is found.
#[derive(Debug, Clone, Copy)]
pub enum Found<'a> {
    /// By their access token.
    ByToken(&'a Bearer),
    /// By the code in their certificate, where there is no token (§14.1).
    BySignature,
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

/// Content that passed every check of §5.1.
pub(super) struct Good {
    pub checked: Checked,
    pub content: Content,
    pub nonce: Option<Claims<Nonce>>,
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
    let found = Found::ByToken(bearer);
    let Good {
        checked, content, ..
    } = judge(app, found, signed_content, Audience::MithrilLogin, now).await?;
    let confidant = checked.confidant;
    let session = SessionToken {
        content_hash: signed::content_hash(&signed_content.text)?,
        person_id: Some(confidant.id),
        client_id: None,
    };
    let session_token = signed::issue_session(app, confidant.id, session, now)?;
    let person = with_confidant(checked.json, &content, &confidant);
    Ok(Validated {
        person,
        content,
        confidant,
        session_token,
    })
}

/// Every check of §5.1, with a nonce for `audience` where the content has one.
///
/// # Errors
/// The first check that fails, in the order of the table there.
pub(super) async fn judge(
    app: &App,
    found: Found<'_>,
    signed_content: &SignedContent,
    audience: Audience,
    now: DateTime<Utc>,
) -> Result<Good, SignUpError> {
    let policy = Policy::with_max_age(app.config.signature_max_age);
    let mut checked = check(app, found, signed_content, policy, now).await?;
    let nonce = signed::nonce(app, &checked.json, audience, now);
    let nonce = signed::check_unused(app, &checked.signed, nonce).await?;
    let kind = Registration::Confidant;
    signed::check_schema(app, kind, &checked.signed, &mut checked.json).await?;
    let content = typed(&checked.json)?;
    person_rules::check(&content.person, &app.config.people.limits(), kyiv_day(now))?;
    rules::check_confidant(
        &content,
        &checked.confidant,
        checked.has_otp_method,
        &app.config.people,
    )?;
    Ok(Good {
        checked,
        content,
        nonce,
    })
}

/// The signature, the signer, and the form of the content: what every step checks (§5.1 rows 2–4, §5.2 rows 2–3).
pub(super) async fn check(
    app: &App,
    found: Found<'_>,
    signed_content: &SignedContent,
    policy: Policy,
    now: DateTime<Utc>,
) -> Result<Checked, SignUpError> {
    let signed = app.verify(Arc::clone(&signed_content.text), policy).await?;
    let drfo = signed.signer.drfo.as_deref();
    let mut facts = applicant_facts(app, found, drfo, now).await?;
    rules::check_applicant(&facts, drfo, &app.config.people, now)?;
    let json = signed::object(&signed)?;
    let (Some(user), Some(confidant)) = (facts.user.take(), facts.person.take()) else {
        return Err(SignUpError::ApplicantUserNotFound);
    };
    Ok(Checked {
        signed,
        json,
        user,
        confidant,
        has_otp_method: facts.has_otp_method,
    })
}

async fn applicant_facts(
    app: &App,
    found: Found<'_>,
    drfo: Option<&str>,
    now: DateTime<Utc>,
) -> Result<ApplicantFacts, SignUpError> {
    let mut held = app.db.read().await?;
    let user = match (found, drfo) {
        (Found::ByToken(bearer), _) => bearer.user.clone(),
        (Found::BySignature, Some(drfo)) => signers::user(held.link(), drfo).await?,
        (Found::BySignature, None) => None,
    };
    let mut facts = ApplicantFacts {
        user,
        person: None,
        identifiers: Default::default(),
        has_otp_method: false,
    };
    let Some(person_id) = facts.user.as_ref().and_then(|user| user.person_id) else {
        return Ok(facts);
    };
    let known = store::known_with_otp(held.link(), person_id, rules::today(now)).await?;
    let Some((person, has_otp_method)) = known else {
        return Ok(facts);
    };
    facts.identifiers = store::identifiers(held.link(), &person).await?;
    facts.has_otp_method = has_otp_method;
    facts.person = Some(person);
    Ok(facts)
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
    /// The session token that is used up; none where validation and registration are one call.
    pub(super) session: Option<Claims<SessionToken>>,
    pub(super) nonce: Option<Claims<Nonce>>,
    pub(super) text: Arc<str>,
    /// What the register of relationships said, where there is one.
    pub(super) asked: Option<Asked>,
}

/// Checks what has to be good before a registration (§5.2 rows 2–5), and asks what cannot be asked in a transaction.
/// Whether the signature is fresh is not asked again: the session token bounds that.
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
    let policy = Policy::with_max_age(None);
    let checked = check(app, Found::ByToken(bearer), &signed_content, policy, now).await?;
    let person_id = Some(checked.confidant.id);
    let session = signed::check_session(app, session_token, &signed_content, person_id, now)?;
    let content = typed(&checked.json)?;
    rules::check_confidant(
        &content,
        &checked.confidant,
        checked.has_otp_method,
        &app.config.people,
    )?;
    // A nonce may run out between the steps: the session token is what bounds the second one.
    let nonce = signed::nonce(app, &checked.json, Audience::MithrilLogin, now).unwrap_or(None);
    let asked = ask_register(app, &checked, &content, Some(session.jti), now).await?;
    Ok(Prepared {
        asked,
        checked,
        content,
        session: Some(session),
        nonce,
        text: signed_content.text,
    })
}

/// Validation and preparation in one call, for a client that shows its own pages (§7).
///
/// # Errors
/// As [`validate`].
pub async fn prepare_trusted(
    app: &App,
    signed_content: SignedContent,
    now: DateTime<Utc>,
) -> Result<Prepared, SignUpError> {
    let (found, audience) = (Found::BySignature, Audience::TrustedClient);
    let Good {
        checked,
        content,
        nonce,
    } = judge(app, found, &signed_content, audience, now).await?;
    let asked = ask_register(app, &checked, &content, None, now).await?;
    Ok(Prepared {
        asked,
        checked,
        content,
        session: None,
        nonce,
        text: signed_content.text,
    })
}
