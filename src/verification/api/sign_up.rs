//! `POST /api/sms_verifications`: a code for a number during a sign-up, for the bearer of a JWT (verifications §5.5).

use std::borrow::Cow;

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::{Answered, Words};
use crate::{
    api::{Answer, ApiError, Body, Call, error::VALIDATION_FAILED, members::Members},
    invalid::{Invalid, Rule},
    oauth::{
        bearer::require_api_key,
        jwt::{self, Audience, JwtRefusal},
    },
    phone::PhoneNumber,
    verification::{Initialize, initialize, is_verified_phone},
};

const WORDS: Words = Words {
    // As the source spells it.
    too_many: "Too many attemts",
};

pub(super) async fn send_code(call: Call, Body(body): Body) -> Answered {
    let audience = audience(&call)?;
    if audience == Audience::TrustedClient {
        // A nonce is no session: who brings one is asked for their key as on all trusted routes (decisions §3).
        require_api_key(&call).await?;
    }
    let wanted = SignUpCodeRequest::read(&body, audience)?;
    let app = &call.app;
    if audience != Audience::CabinetRegistration && !app.config.verification.validate_all_phones {
        let mut held = app.db.read().await?;
        if is_verified_phone(held.link(), &wanted.phone).await? {
            return Ok(Answer::ok(json!({ "result": "Verified" })).urgent(json!({})));
        }
    }
    let wanted = Initialize {
        phone: &wanted.phone,
        provider: None,
        content_hash: wanted.content_hash,
        actor: None,
    };
    initialize(app, &wanted, call.now)
        .await
        .map_err(|error| WORDS.refusal(error))?;
    Ok(Answer::ok(json!({ "result": "OTP sent" })).urgent(json!({ "next_step": "REQUEST_OTP" })))
}

/// For whom the JWT of the call is.
fn audience(call: &Call) -> Result<Audience, ApiError> {
    const AUDIENCES: [Audience; 3] = [
        Audience::CabinetRegistration,
        Audience::PisRegistration,
        Audience::TrustedClient,
    ];
    let text = call.bearer.as_ref().map_or("", |bearer| bearer.expose());
    jwt::audience(call.app.keys.jwt(), &AUDIENCES, text, call.now).map_err(|refused| {
        let (kind, message) = match refused {
            JwtRefusal::Invalid => ("access_denied", "JWT is invalid"),
            JwtRefusal::Expired => ("jwt_expired", "JWT expired"),
            JwtRefusal::Audience => ("jwt_aud_invalid", "JWT is not permitted for this action"),
        };
        ApiError {
            kind,
            ..ApiError::new(StatusCode::UNAUTHORIZED, message)
        }
    })
}

/// What a good body asks for.
struct SignUpCodeRequest<'a> {
    phone: PhoneNumber,
    content_hash: Option<&'a str>,
}

impl<'a> SignUpCodeRequest<'a> {
    fn read(body: &'a Map<String, Value>, audience: Audience) -> Result<Self, ApiError> {
        let mut wrong = Vec::new();
        let mut text = |name: &str| match body.get(name) {
            None | Some(Value::Null) => Some(""),
            Some(Value::String(text)) => Some(text.as_str()),
            Some(_) => {
                wrong.push((name.to_owned(), "cast", "is invalid"));
                None
            }
        };
        let factor = text("factor");
        let kind = text("type");
        let content_hash = match audience {
            Audience::CabinetRegistration => None,
            _ => text("content_hash"),
        };
        let mut phone = None;
        let mut refuse = |name: &str, rule, why| wrong.push((name.to_owned(), rule, why));
        match factor.map(|factor| (factor, PhoneNumber::parse(factor))) {
            None => {}
            Some(("", _)) => refuse("factor", "required", "can't be blank"),
            Some((_, Ok(number))) => phone = Some(number),
            Some((_, Err(_))) => refuse("factor", "format", "invalid phone"),
        }
        match kind {
            None | Some("SMS") => {}
            Some("") => refuse("type", "required", "can't be blank"),
            Some(_) => refuse("type", "inclusion", "is invalid"),
        }
        match content_hash {
            Some("") => refuse(
                "content_hash",
                "required",
                "content hash is required for pis and trusted_pis clients",
            ),
            Some(hash) if !is_md5(hash) => refuse("content_hash", "format", "has invalid format"),
            _ => {}
        }
        let mut members = Members::of(body);
        members.only(&["factor", "type", "content_hash"]);
        match phone {
            Some(phone) if wrong.is_empty() => {
                members.finish()?;
                Ok(Self {
                    phone,
                    content_hash,
                })
            }
            _ => Err(refusal(&wrong)),
        }
    }
}

/// Lower-case hexadecimal digits of an MD5.
fn is_md5(text: &str) -> bool {
    text.len() == 32
        && text
            .bytes()
            .all(|octet| octet.is_ascii_digit() || matches!(octet, b'a'..=b'f'))
}

/// 422 with every broken rule. One text is the message too (decisions §3 "Shape of a business 422"); several have the
/// standard message.
fn refusal(wrong: &[(String, &'static str, &'static str)]) -> ApiError {
    let mut texts: Vec<_> = wrong.iter().map(|(.., text)| *text).collect();
    texts.dedup();
    let message = match texts.as_slice() {
        [text] => *text,
        _ => VALIDATION_FAILED,
    };
    let invalid = wrong.iter().map(|(name, rule, text)| {
        Invalid::property(format!("$.{name}"), Rule::business(rule, text))
    });
    ApiError {
        message: Cow::Borrowed(message),
        ..ApiError::validation(invalid.collect())
    }
}
