//! A person registers themselves: the steps that the pages, the JSON routes and trusted clients share.
//!
//! ```text
//!  signed content ──▶ validate ──▶ session token + what will be registered
//!                                       │ (the person looks at it, confirms, and shows that the phone is theirs)
//!  signed content + session token ──▶ prepare ──▶ registration::own::register, in one transaction
//! ```
//!
//! Source: sign-up §5.3 (validation), §5.4 (registration), §11 (matching).

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::{
    error::SignUpError,
    own_prepared::{CheckedOwnContent, PreparedOwnRegistration, ValidOwnContent},
    registration::own::find,
    rules::{self, check_names},
    signed::{self, SignedContent, parse_content},
};
use crate::{
    oauth::jwt::Audience,
    patterns::TAX_ID,
    person::{
        age::kyiv_day,
        documents::{Identifiers, signer_is},
        registration::Content,
        rules as person_rules,
        schema::Registration,
        store,
    },
    random::Draw,
    state::App,
};

/// What a validation finds.
#[derive(Debug)]
pub struct OwnValidation {
    /// `person` as it was signed.
    pub person: Value,
    /// The same by its members; both consents are given.
    pub content: Content,
    /// Whether the person is registered already: nothing of them will change but the phone.
    pub is_known: bool,
    /// The token that allows the registration of this very content.
    pub session_token: String,
}

/// Checks signed registration data (§5.3), with the nonce of `client_id` where a client is known that brought them.
///
/// # Errors
/// The first check that fails, in the order of the table there.
pub async fn validate(
    app: &App,
    signed_content: &SignedContent,
    client_id: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<OwnValidation, SignUpError> {
    let ValidOwnContent {
        mut checked,
        content,
        nonce,
        is_known,
    } = judge(app, signed_content, Audience::MithrilLogin, client_id, now).await?;
    let (sub, client_id) = (app.random.uuid(), nonce.more.client_id);
    let session_token = signed::issue_session(app, sub, signed_content, None, client_id, now)?;
    let person = checked.json.get_mut("person").map(Value::take);
    Ok(OwnValidation {
        person: person.unwrap_or_default(),
        content,
        is_known,
        session_token,
    })
}

async fn judge(
    app: &App,
    signed_content: &SignedContent,
    audience: Audience,
    client_id: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<ValidOwnContent, SignUpError> {
    let mut checked = check(app, signed_content).await?;
    let nonce = signed::nonce(app, &checked.json, audience, client_id, now);
    let nonce = signed::check_unused(app, &checked.signed, nonce).await?;
    let nonce = nonce.ok_or(SignUpError::NonceInvalid)?;
    let kind = Registration::Own;
    signed::check_schema(app, kind, &checked.signed, &mut checked.json).await?;
    let content = parse_content(&checked.json)?;
    person_rules::check_own(&content.person, &app.config.people.limits(), kyiv_day(now))?;
    let is_known = check_phone(app, &checked, &content, now).await?;
    rules::check_consents(&content)?;
    Ok(ValidOwnContent {
        checked,
        content,
        nonce,
        is_known,
    })
}

/// The signature, the signer and their name, and the form of the content: what every step checks (§5.3 rows 1–4, §5.4
/// step 1). What is not there to be compared is for the schema to miss.
async fn check(
    app: &App,
    signed_content: &SignedContent,
) -> Result<CheckedOwnContent, SignUpError> {
    let signed = signed::verify_own(app, signed_content).await?;
    let drfo = signed.signer.drfo.clone();
    let drfo = drfo.ok_or(SignUpError::SignerUntrusted)?;
    let json = signed::object(&signed)?;
    let person = json.get("person").unwrap_or(&Value::Null);
    // A certificate with the code of a document proves no tax number: whoever has one signs with it.
    let proves_number = (TAX_ID.matches)(&drfo) || person.get("tax_id").is_none_or(Value::is_null);
    if !proves_number || !signer_is(&drfo, &Identifiers::of(person)) {
        return Err(SignUpError::SignerNotPerson);
    }
    check_names(person, &signed.signer.name)?;
    Ok(CheckedOwnContent { signed, drfo, json })
}

/// Whether one more person may be reached by the phone (§8.4). Somebody who is registered already has their methods. Whether
/// they are.
async fn check_phone(
    app: &App,
    checked: &CheckedOwnContent,
    content: &Content,
    now: DateTime<Utc>,
) -> Result<bool, SignUpError> {
    let mut held = app.db.read().await?;
    let known = match find(held.link(), app, checked, &content.person, now).await {
        Ok(signer) => signer.map(|signer| signer.known.id),
        Err(SignUpError::Database(error)) => return Err(error.into()),
        // Whatever else is wrong is for the registration to say.
        Err(_) => return Ok(false),
    };
    for (at, method) in content.person.authentication_methods.iter().enumerate() {
        if let Some(phone_number) = &method.phone_number {
            let others = store::methods_with_phone(held.link(), phone_number, known, now).await?;
            let limit = app.config.people.phone_number_auth_limit;
            person_rules::check_phone_limit(at, others, limit)?;
        }
    }
    Ok(known.is_some())
}

/// Checks what has to be good before a registration (§5.4 steps 1, 2).
///
/// # Errors
/// The first check that fails.
pub async fn prepare(
    app: &App,
    signed_content: SignedContent,
    session_token: &str,
    now: DateTime<Utc>,
) -> Result<PreparedOwnRegistration, SignUpError> {
    let checked = check(app, &signed_content).await?;
    let session = signed::check_session(app, session_token, &signed_content, None, now)?;
    let content = parse_content(&checked.json)?;
    // A nonce may run out between the steps: the session token is what bounds the second one.
    let (audience, client_id) = (Audience::MithrilLogin, session.more.client_id);
    let nonce = signed::nonce(app, &checked.json, audience, client_id, now).unwrap_or(None);
    Ok(PreparedOwnRegistration {
        checked,
        content,
        content_hash: session.more.content_hash.clone(),
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
) -> Result<PreparedOwnRegistration, SignUpError> {
    let audience = Audience::TrustedClient;
    let ValidOwnContent {
        checked,
        content,
        nonce,
        ..
    } = judge(app, &signed_content, audience, Some(client_id), now).await?;
    Ok(PreparedOwnRegistration {
        checked,
        content,
        content_hash: signed::content_hash(&signed_content.text)?,
        session: None,
        nonce: Some(nonce),
        text: signed_content.text,
    })
}
