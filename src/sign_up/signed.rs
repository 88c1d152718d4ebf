//! What every route of this room does with signed content: reads it, takes the JSON and the nonce out of it, and binds a
//! session token to its text (§4.2, §4.3, §10.2).

use std::sync::Arc;

use chrono::{DateTime, Utc};
use openssl::{
    hash::{MessageDigest, hash},
    sha::sha256,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::error::SignUpError;
use crate::{
    api::{call::text as text_of, members::Members},
    invalid::{Invalid, Rule},
    limits,
    oauth::{
        error::OAuthError,
        jwt::{self, Audience, Claims, Nonce, SessionToken},
        store as oauth_store,
    },
    person::{
        registration::Content,
        schema::{self, Registration},
        store,
    },
    random::Draw,
    secrets::hex,
    signed_content::{Policy, Signed, json_object},
    state::App,
};

/// The member that names the encoding.
const ENCODING: &str = "signed_content_encoding";

/// The members of a request that carry the signature.
#[derive(Debug, Clone)]
pub struct SignedContent {
    /// The base64 text as it was sent.
    pub text: Arc<str>,
}

impl SignedContent {
    /// What a page was given: the encoding is ours.
    #[must_use]
    pub fn from_text(text: String) -> Self {
        Self { text: text.into() }
    }

    /// Reads `signed_content` and `signed_content_encoding` of a confidant's route (§4.2 rows 1, 3).
    ///
    /// # Errors
    /// 422 for everything that is missing, of another type or unknown.
    pub fn read(body: &Map<String, Value>) -> Result<Self, SignUpError> {
        let (text, encoding) = Self::members(body)?;
        match encoding {
            "base64" => Ok(Self { text: text.into() }),
            _ => Err(SignUpError::EncodingUnknown(ENCODING)),
        }
    }

    /// The same of a route of one's own sign-up, which says another thing of an unknown encoding.
    ///
    /// # Errors
    /// 422 for everything that is missing, of another type or unknown.
    pub fn read_own(body: &Map<String, Value>) -> Result<Self, SignUpError> {
        Self::read(body).map_err(|error| match error {
            SignUpError::EncodingUnknown(name) => {
                let raw = "value is not allowed in enum";
                let rule =
                    Rule::with_description("inclusion", raw, json!({ "values": ["base64"] }));
                SignUpError::Schema(vec![Invalid::property(format!("$.{name}"), rule)])
            }
            error => error,
        })
    }

    fn members(body: &Map<String, Value>) -> Result<(&str, &str), SignUpError> {
        let mut members = Members::of(body);
        let text = members.required_text("signed_content");
        let encoding = members.required_text(ENCODING);
        match (text, encoding) {
            (Some(text), Some(encoding)) => Ok((text, encoding)),
            _ => Err(SignUpError::Schema(members.into_invalid())),
        }
    }

    /// The same of a sign-in, whose members stand inside `token`.
    ///
    /// # Errors
    /// 422 for what is missing or unknown.
    pub fn read_token(token: &Map<String, Value>) -> Result<Self, SignUpError> {
        let text =
            text_of(token, "signed_content").ok_or(OAuthError::Blank("token.signed_content"))?;
        match text_of(token, ENCODING) {
            None => Err(OAuthError::Blank("token.signed_content_encoding").into()),
            Some("base64") => Ok(Self { text: text.into() }),
            Some(_) => Err(SignUpError::EncodingUnknown(
                "token.signed_content_encoding",
            )),
        }
    }
}

/// Checks the signature of content that is signed by the one it is about: what is wrong with it is 401 there, where a
/// confidant's routes say 400 (§4.2 row 4). It has a nonce in the place of a signing time.
///
/// # Errors
/// What is wrong with the signature.
pub(super) async fn verify_own(app: &App, content: &SignedContent) -> Result<Signed, SignUpError> {
    let policy = Policy::with_max_age(None);
    let verified = app.verify(Arc::clone(&content.text), policy).await;
    verified.map_err(|error| match error.into() {
        SignUpError::SignatureInvalid => SignUpError::SignatureUnauthenticated,
        error => error,
    })
}

/// The object that was signed.
///
/// # Errors
/// When it is something else.
pub(super) fn object(signed: &Signed) -> Result<Value, SignUpError> {
    json_object(&signed.content)
        .map(Value::Object)
        .map_err(|_| SignUpError::ContentUnreadable)
}

/// The nonce in the content, if there is one (§4.3). Where a client comes with it, it is that client's (authority §7).
///
/// # Errors
/// When it is not a live nonce of ours for `audience` and `client_id`.
pub(super) fn nonce(
    app: &App,
    json: &Value,
    audience: Audience,
    client_id: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<Option<Claims<Nonce>>, SignUpError> {
    let Some(nonce) = json.get("jwt") else {
        return Ok(None);
    };
    let text = nonce.as_str().ok_or(SignUpError::NonceInvalid)?;
    let nonce = jwt::check::<Nonce>(app.keys.jwt(), &[audience], text, now)
        .map_err(|_| SignUpError::NonceInvalid)?;
    if client_id.is_some() && nonce.more.client_id != client_id {
        return Err(SignUpError::NonceInvalid);
    }
    Ok(Some(nonce))
}

/// The signature was not used; then the nonce, where the content has one, is good and was not used (§4.3, §14.2). Both
/// uses are one question to the database.
///
/// # Errors
/// 409 for the signature, 401 for the nonce.
pub(super) async fn check_unused(
    app: &App,
    signed: &Signed,
    nonce: Result<Option<Claims<Nonce>>, SignUpError>,
) -> Result<Option<Claims<Nonce>>, SignUpError> {
    let jti = match &nonce {
        Ok(Some(nonce)) => Some(nonce.jti),
        Ok(None) | Err(_) => None,
    };
    let mut held = app.db.read().await?;
    let signature = &signed.signature_sha256;
    let (signature_is_used, jwt_is_used) =
        store::signature_or_jwt_is_used(held.link(), signature, jti).await?;
    if signature_is_used {
        return Err(SignUpError::SignatureUsed);
    }
    if jwt_is_used {
        return Err(SignUpError::NonceInvalid);
    }
    nonce
}

/// Uses a nonce up.
///
/// # Errors
/// 401 when somebody did so before.
pub(super) async fn use_nonce(
    link: crate::db::Link<'_>,
    nonce: &Claims<Nonce>,
    now: DateTime<Utc>,
) -> Result<(), SignUpError> {
    let expires_at = DateTime::from_timestamp(nonce.exp, 0).unwrap_or(now);
    if oauth_store::use_jwt(link, nonce.jti, expires_at).await? {
        Ok(())
    } else {
        Err(SignUpError::NonceInvalid)
    }
}

/// Checks the form of what was signed. Much of it is checked off the threads that wait for the network.
///
/// # Errors
/// 422 with everything that is wrong.
pub(super) async fn check_schema(
    app: &App,
    kind: Registration,
    signed: &Signed,
    json: &mut Value,
) -> Result<(), SignUpError> {
    let dictionaries = app.dictionaries();
    let invalid = if signed.content.len() <= limits::BODY {
        schema::check(&dictionaries, kind, json)
    } else {
        let taken = json.take();
        let check = move || (schema::check(&dictionaries, kind, &taken), taken);
        let checked = tokio::task::spawn_blocking(check).await;
        // The check was cancelled: the process is stopping.
        let (invalid, taken) = checked.map_err(|_| SignUpError::Busy)?;
        *json = taken;
        invalid
    };
    if invalid.is_empty() {
        Ok(())
    } else {
        Err(SignUpError::Schema(invalid))
    }
}

/// Content that passed the schema, by its members.
///
/// # Errors
/// When schema and types contradict each other.
pub(super) fn parse_content(json: &Value) -> Result<Content, SignUpError> {
    // The schema allows nothing that does not fit; the message names members, never values.
    Content::deserialize(json)
        .map_err(|error| SignUpError::Internal(format!("content: {:?}", error.classify())))
}

/// MD5 of the text, as the specification binds a session token and a code to what was validated.
///
/// # Errors
/// When OpenSSL fails.
pub fn content_hash(text: &str) -> Result<String, SignUpError> {
    hash(MessageDigest::md5(), text.as_bytes())
        .map(|digest| hex(&digest))
        .map_err(|error| SignUpError::Internal(error.to_string()))
}

/// SHA-256 of the text, beside the published MD5: two texts of one MD5 can be made.
fn content_sha256(text: &str) -> String {
    hex(&sha256(text.as_bytes()))
}

/// A session token about `sub`, for this very content (§10.2): of the confidant `person_id`, or of whoever registers
/// themselves through `client_id`.
///
/// # Errors
/// When OpenSSL fails.
pub(super) fn issue_session(
    app: &App,
    sub: Uuid,
    content: &SignedContent,
    person_id: Option<Uuid>,
    client_id: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<String, SignUpError> {
    let session = SessionToken {
        content_hash: content_hash(&content.text)?,
        content_sha256: content_sha256(&content.text),
        person_id,
        client_id,
    };
    let life = app.config.lives.registration;
    let (audience, jti) = (Audience::PisRegistration, app.random.uuid());
    jwt::issue(app.keys.jwt(), audience, jti, sub, session, now, life)
        .map_err(|error| SignUpError::Internal(error.to_string()))
}

/// The session token `text`, which must be ours, for this very content and for `person_id` (§5.2 row 4).
///
/// # Errors
/// 401 `Unauthorized`.
pub(super) fn check_session(
    app: &App,
    text: &str,
    content: &SignedContent,
    person_id: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<Claims<SessionToken>, SignUpError> {
    let audience = &[Audience::PisRegistration];
    let session = jwt::check::<SessionToken>(app.keys.jwt(), audience, text, now)
        .map_err(|_| SignUpError::SessionTokenInvalid)?;
    let is_good = session.more.content_hash == content_hash(&content.text)?
        && session.more.content_sha256 == content_sha256(&content.text)
        && session.more.person_id == person_id;
    if is_good {
        Ok(session)
    } else {
        Err(SignUpError::SessionTokenInvalid)
    }
}
