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
use serde_json::Value;
use uuid::Uuid;

use super::{
    asked::ask_register,
    error::SignUpError,
    prepared::{
        CheckedConfidantContent, PreparedConfidantRegistration, ValidConfidantContent,
        with_confidant,
    },
    rules::{self, ApplicantFacts},
    search::{SubmittedNumbers, find_matching},
    signed::{self, SignedContent, parse_content},
    signers::{self, Signer, SignerRecords},
};
use crate::{
    db::Link,
    oauth::{
        bearer::Bearer,
        jwt::Audience,
        store::{self as oauth_store, User},
    },
    person::{
        age::kyiv_day,
        documents::{Identifiers, is_tax_id},
        registration::Content,
        rules as person_rules,
        schema::Registration,
        store::{self, RegisteredPerson},
        terms,
    },
    signed_content::{PersonName, Policy},
    standing,
    state::App,
};

/// The scope that the confidant's access token must have.
pub const SCOPE: &str = "confidant_person:sign_up";

/// How the confidant is found.
#[derive(Debug, Clone, Copy)]
pub enum ConfidantLookup<'a> {
    /// By their access token.
    ByToken(&'a Bearer),
    /// By the code in their certificate, where there is no token (§14.1).
    BySignature,
}

/// What a validation finds.
#[derive(Debug)]
pub struct ConfidantValidation {
    /// `person` as it was signed, with the confidant's names.
    pub person: Value,
    /// Both consents are given: [`rules::check_confidant`] saw to that. Kept for the page.
    pub content: Content,
    /// The confidant.
    pub confidant: RegisteredPerson,
    /// Their user.
    pub confidant_user_id: Uuid,
    /// The token that allows the registration of this very content.
    pub session_token: String,
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
) -> Result<ConfidantValidation, SignUpError> {
    let (found, audience) = (ConfidantLookup::ByToken(bearer), Audience::MithrilLogin);
    let client_id = bearer.token.client_id;
    let ValidConfidantContent {
        checked, content, ..
    } = judge(app, found, signed_content, audience, client_id, now).await?;
    let CheckedConfidantContent {
        json,
        user,
        confidant,
        ..
    } = checked;
    let (id, client_id) = (confidant.id, Some(client_id));
    let session_token = signed::issue_session(app, id, signed_content, Some(id), client_id, now)?;
    let person = with_confidant(json, &content, &confidant);
    Ok(ConfidantValidation {
        person,
        content,
        confidant,
        confidant_user_id: user.id,
        session_token,
    })
}

/// Whether the patient is registered already and the confidant may act for them: what a page says before anybody confirms.
/// Who may not learns nothing.
///
/// # Errors
/// When the database fails.
pub(super) async fn is_known_ward(
    app: &App,
    validated: &ConfidantValidation,
    now: DateTime<Utc>,
) -> Result<bool, SignUpError> {
    let (content, confidant) = (&validated.content, validated.confidant.id);
    may_act_for(app, content, confidant, validated.confidant_user_id, now).await
}

/// Whether one registered person is the patient of `content`, and the confidant may act for them.
async fn may_act_for(
    app: &App,
    content: &Content,
    confidant_id: Uuid,
    user_id: Uuid,
    now: DateTime<Utc>,
) -> Result<bool, SignUpError> {
    let people = &app.config.people;
    let mut held = app.db.read().await?;
    let found = find_matching(
        held.link(),
        people,
        &content.person,
        SubmittedNumbers::Typed,
        now,
    )
    .await;
    let patient = match found {
        Ok(Some(patient)) => patient,
        // Several: whoever registers is told, after they confirmed.
        Ok(None) | Err(SignUpError::NotUnique) => return Ok(false),
        Err(error) => return Err(error),
    };
    let pair = standing::store::pair(held.link(), patient.id, confidant_id, user_id).await?;
    Ok(pair.standing(&people.into(), now).may_act())
}

/// For an adult nobody stands by themselves: somebody has to have confirmed it, whether the adult is registered or not
/// (authority §4).
async fn check_adult(
    app: &App,
    content: &Content,
    checked: &CheckedConfidantContent,
    now: DateTime<Utc>,
) -> Result<(), SignUpError> {
    if !terms::is_adult(content.person.birth_date, &app.config.people, now) {
        return Ok(());
    }
    let (confidant_id, user_id) = (checked.confidant.id, checked.user.id);
    if may_act_for(app, content, confidant_id, user_id, now).await? {
        Ok(())
    } else {
        Err(SignUpError::RelationshipNotConfirmed)
    }
}

/// Every check of §5.1, with a nonce for `audience` where the content has one.
///
/// # Errors
/// The first check that fails, in the order of the table there.
pub(super) async fn judge(
    app: &App,
    found: ConfidantLookup<'_>,
    signed_content: &SignedContent,
    audience: Audience,
    client_id: Uuid,
    now: DateTime<Utc>,
) -> Result<ValidConfidantContent, SignUpError> {
    let policy = Policy::with_max_age(app.config.signature_max_age);
    let mut checked = check(app, found, signed_content, policy, now).await?;
    let nonce = signed::nonce(app, &checked.json, audience, Some(client_id), now);
    let nonce = signed::check_unused(app, &checked.signed, nonce).await?;
    let kind = Registration::Confidant;
    signed::check_schema(app, kind, &checked.signed, &mut checked.json).await?;
    let content = parse_content(&checked.json)?;
    person_rules::check(&content.person, &app.config.people.limits(), kyiv_day(now))?;
    rules::check_confidant(
        &content,
        &checked.confidant,
        checked.has_otp_method,
        &app.config.people,
    )?;
    check_adult(app, &content, &checked, now).await?;
    Ok(ValidConfidantContent {
        checked,
        content,
        nonce,
    })
}

/// The signature, the signer, and the form of the content: what every step checks (§5.1 rows 2–4, §5.2 rows 2–3).
pub(super) async fn check(
    app: &App,
    found: ConfidantLookup<'_>,
    signed_content: &SignedContent,
    policy: Policy,
    now: DateTime<Utc>,
) -> Result<CheckedConfidantContent, SignUpError> {
    let signed = app.verify(Arc::clone(&signed_content.text), policy).await?;
    let (drfo, name) = (signed.signer.drfo.as_deref(), &signed.signer.name);
    let mut facts = applicant_facts(app, found, drfo, name, now).await?;
    rules::check_applicant(&facts, drfo, name, &app.config.people, now)?;
    let json = signed::object(&signed)?;
    let (Some(user), Some(confidant)) = (facts.user.take(), facts.person.take()) else {
        return Err(SignUpError::ApplicantUserNotFound);
    };
    Ok(CheckedConfidantContent {
        signed,
        json,
        user,
        confidant,
        has_otp_method: facts.has_otp_method,
    })
}

async fn applicant_facts(
    app: &App,
    found: ConfidantLookup<'_>,
    drfo: Option<&str>,
    name: &PersonName,
    now: DateTime<Utc>,
) -> Result<ApplicantFacts, SignUpError> {
    let mut held = app.db.read().await?;
    let user = match (found, drfo) {
        (ConfidantLookup::ByToken(bearer), _) => bearer.user.clone(),
        (ConfidantLookup::BySignature, Some(drfo)) => {
            let (people, proven) = (&app.config.people, signers::certificate_proof(drfo, name));
            let signer =
                signers::find(held.link(), people, &proven, SignerRecords::Vouched, now).await;
            applicant_user(held.link(), signer).await?
        }
        (ConfidantLookup::BySignature, None) => None,
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
    let known = store::known_with_otp(held.link(), person_id, terms::today(now)).await?;
    let Some((person, has_otp_method)) = known else {
        return Ok(facts);
    };
    facts.identifiers = match drfo {
        Some(drfo) if !is_tax_id(drfo) => store::identifiers(held.link(), &person).await?,
        _ => Identifiers {
            tax_id: person.tax_id.clone(),
            documents: Vec::new(),
        },
    };
    facts.has_otp_method = has_otp_method;
    facts.person = Some(person);
    Ok(facts)
}

/// The user of a confidant who was found by their certificate.
async fn applicant_user(
    link: Link<'_>,
    signer: Result<Option<Signer>, SignUpError>,
) -> Result<Option<User>, SignUpError> {
    match signer {
        Ok(Some(Signer {
            user: Some(user), ..
        })) => Ok(Some(user)),
        Ok(Some(Signer { known, user: None })) => {
            Ok(oauth_store::user_of_person(link, known.id).await?)
        }
        Ok(None) => Ok(None),
        // What is said of whoever comes for themselves is said of a confidant in other words.
        Err(SignUpError::UserBlocked) => Err(SignUpError::ApplicantUserBlocked),
        Err(SignUpError::PersonNotFound) => Err(SignUpError::ApplicantPersonNotFound),
        Err(SignUpError::NotUnique) => Ok(None),
        Err(error) => Err(error),
    }
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
) -> Result<PreparedConfidantRegistration, SignUpError> {
    let policy = Policy::with_max_age(None);
    let checked = check(
        app,
        ConfidantLookup::ByToken(bearer),
        &signed_content,
        policy,
        now,
    )
    .await?;
    let person_id = Some(checked.confidant.id);
    let session = signed::check_session(app, session_token, &signed_content, person_id, now)?;
    // It is good at the client for which it was made, and at no other.
    if session.more.client_id != Some(bearer.token.client_id) {
        return Err(SignUpError::SessionTokenInvalid);
    }
    let content = parse_content(&checked.json)?;
    rules::check_confidant(
        &content,
        &checked.confidant,
        checked.has_otp_method,
        &app.config.people,
    )?;
    // A nonce may run out between the steps: the session token is what bounds the second one.
    let client_id = Some(bearer.token.client_id);
    let audience = Audience::MithrilLogin;
    let nonce = signed::nonce(app, &checked.json, audience, client_id, now).unwrap_or(None);
    let asked = ask_register(app, &checked, &content, Some(session.jti), now).await?;
    Ok(PreparedConfidantRegistration {
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
    client_id: Uuid,
    now: DateTime<Utc>,
) -> Result<PreparedConfidantRegistration, SignUpError> {
    let (found, audience) = (ConfidantLookup::BySignature, Audience::TrustedClient);
    let ValidConfidantContent {
        checked,
        content,
        nonce,
    } = judge(app, found, &signed_content, audience, client_id, now).await?;
    let asked = ask_register(app, &checked, &content, None, now).await?;
    Ok(PreparedConfidantRegistration {
        asked,
        checked,
        content,
        session: None,
        nonce,
        text: signed_content.text,
    })
}
