//! The short-lived JWTs: the nonce that a person signs, the session token between validation and registration, and that of a
//! registration in the cabinet.
//!
//! All are HS512 (RFC 7518 §3.2) under a key of this installation, issued by `EHealth`. Times are checked against the
//! clock of the application, not the system's.

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation,
    crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils},
    errors::{Error, ErrorKind},
    signature,
};
use openssl::{hash::MessageDigest, pkey::PKey, sign::Signer};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::secrets::constant_time_eq;

const ISSUER: &str = "EHealth";

/// For whom a JWT is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Audience {
    /// A nonce for the pages.
    MithrilLogin,
    /// A nonce for a trusted client.
    TrustedClient,
    /// A session token of a sign-up.
    PisRegistration,
    /// A registration in the cabinet.
    CabinetRegistration,
}

/// The claims that every JWT of ours has.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Claims<T> {
    /// For whom it is.
    pub aud: Audience,
    /// The end of its life, in seconds since 1970.
    pub exp: i64,
    /// When it was made.
    pub iat: i64,
    /// Who made it: `EHealth`.
    pub iss: String,
    /// Its own id.
    pub jti: Uuid,
    /// From when it is good.
    pub nbf: i64,
    /// Whom it is about.
    pub sub: Uuid,
    /// Always `access`.
    pub typ: String,
    /// What this kind of token adds.
    #[serde(flatten)]
    pub more: T,
}

/// What a nonce adds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Nonce {
    /// The value itself.
    pub nonce: Uuid,
    /// The client that asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<Uuid>,
}

/// What a session token adds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SessionToken {
    /// MD5 (hex) of the text of the field `signed_content` that was validated.
    pub content_hash: String,
    /// SHA-256 (hex) of the same text.
    pub content_sha256: String,
    /// The person who began: the confidant; none of a person's own sign-up, who is not registered yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person_id: Option<Uuid>,
    /// The client that a person's own sign-up came from; a confidant's access token names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<Uuid>,
}

/// What the JWT of a registration in the cabinet adds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UserRequestToken {
    /// The proof of identity that it stands for.
    pub user_request_id: Uuid,
}

/// The text is not a JWT of ours, for this audience, at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the JWT is not valid")]
pub struct InvalidJwt;

/// Makes a JWT that lives from `now` for `life`.
///
/// # Errors
/// When OpenSSL fails (out of memory).
pub fn issue<T: Serialize>(
    key: &[u8; 64],
    audience: Audience,
    jti: Uuid,
    sub: Uuid,
    more: T,
    now: DateTime<Utc>,
    life: TimeDelta,
) -> Result<String, Error> {
    let claims = Claims {
        aud: audience,
        exp: (now + life).timestamp(),
        iat: now.timestamp(),
        iss: ISSUER.to_owned(),
        jti,
        nbf: now.timestamp() - 1,
        sub,
        typ: "access".to_owned(),
        more,
    };
    jsonwebtoken::encode(
        &Header::new(Algorithm::HS512),
        &claims,
        &EncodingKey::from_secret(key),
    )
}

/// The claims of `text`.
///
/// # Errors
/// When it was not made by [`issue`] with this key for one of `audiences`, or is not good at `now`.
pub fn check<T: DeserializeOwned>(
    key: &[u8; 64],
    audiences: &[Audience],
    text: &str,
    now: DateTime<Utc>,
) -> Result<Claims<T>, InvalidJwt> {
    let claims: Claims<T> = open(key, text)?;
    let now = now.timestamp();
    let good = claims.iss == ISSUER
        && audiences.contains(&claims.aud)
        && claims.nbf <= now
        && now < claims.exp
        && claims.typ == "access";
    if good { Ok(claims) } else { Err(InvalidJwt) }
}

/// Why a JWT that opens a door is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JwtRefusal {
    /// It is none of ours, or not good yet.
    Invalid,
    /// Its time is over.
    Expired,
    /// It is for something else.
    Audience,
}

/// What of a JWT of ours is looked at where several kinds open the same door.
#[derive(Deserialize)]
struct AnyClaims {
    aud: serde_json::Value,
    exp: i64,
    iss: String,
    nbf: i64,
    typ: String,
}

/// For which of `audiences` the JWT `text` is, whatever else it says.
///
/// # Errors
/// When it is none of ours, then when its time is over, then when it is for somebody else (verifications §5.5).
pub fn audience(
    key: &[u8; 64],
    audiences: &[Audience],
    text: &str,
    now: DateTime<Utc>,
) -> Result<Audience, JwtRefusal> {
    let claims: AnyClaims = open(key, text).map_err(|InvalidJwt| JwtRefusal::Invalid)?;
    let now = now.timestamp();
    if claims.iss != ISSUER || claims.typ != "access" || now < claims.nbf {
        return Err(JwtRefusal::Invalid);
    }
    if claims.exp <= now {
        return Err(JwtRefusal::Expired);
    }
    Audience::deserialize(claims.aud)
        .ok()
        .filter(|audience| audiences.contains(audience))
        .ok_or(JwtRefusal::Audience)
}

/// The claims of a JWT with our signature, not looked at yet.
fn open<T: DeserializeOwned>(key: &[u8; 64], text: &str) -> Result<T, InvalidJwt> {
    let mut validation = Validation::new(Algorithm::HS512);
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation.set_required_spec_claims::<&str>(&[]);
    jsonwebtoken::decode::<T>(text, &DecodingKey::from_secret(key), &validation)
        .map(|token| token.claims)
        .map_err(|_| InvalidJwt)
}

/// Makes the JWT library use OpenSSL. Must be called before the first JWT; calling it again does no harm.
pub fn install_crypto() {
    static PROVIDER: CryptoProvider = CryptoProvider {
        signer_factory: |algorithm, key| Ok(Box::new(Hs512::new(*algorithm, key.as_bytes())?)),
        verifier_factory: |algorithm, key| {
            Ok(Box::new(Hs512::new(*algorithm, key.try_get_as_bytes()?)?))
        },
        key_utils: KeyUtils::new_unimplemented(),
    };
    // An error says that it is installed already.
    let _ = PROVIDER.install_default();
}

/// HMAC with SHA-512 by OpenSSL.
struct Hs512(Vec<u8>);

impl Hs512 {
    fn new(algorithm: Algorithm, key: &[u8]) -> Result<Self, Error> {
        match algorithm {
            Algorithm::HS512 => Ok(Self(key.to_vec())),
            _ => Err(ErrorKind::InvalidAlgorithm.into()),
        }
    }

    fn mac(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        let key = PKey::hmac(&self.0).map_err(signature::Error::from_source)?;
        let mut signer =
            Signer::new(MessageDigest::sha512(), &key).map_err(signature::Error::from_source)?;
        signer
            .sign_oneshot_to_vec(message)
            .map_err(signature::Error::from_source)
    }
}

impl signature::Signer<Vec<u8>> for Hs512 {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        self.mac(message)
    }
}

impl signature::Verifier<Vec<u8>> for Hs512 {
    fn verify(&self, message: &[u8], mac: &Vec<u8>) -> Result<(), signature::Error> {
        if constant_time_eq(&self.mac(message)?, mac) {
            Ok(())
        } else {
            Err(signature::Error::new())
        }
    }
}

impl JwtSigner for Hs512 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS512
    }
}

impl JwtVerifier for Hs512 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS512
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    const KEY: [u8; 64] = [7; 64];

    fn now() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 6, 15, 10, 0, 0).unwrap()
    }

    fn nonce() -> String {
        install_crypto();
        let id = Uuid::from_u128(1);
        issue(
            &KEY,
            Audience::MithrilLogin,
            id,
            id,
            Nonce {
                nonce: id,
                client_id: None,
            },
            now(),
            TimeDelta::minutes(15),
        )
        .unwrap()
    }

    #[test]
    fn a_nonce_is_good_for_its_life() {
        let text = nonce();
        let check = |at| check::<Nonce>(&KEY, &[Audience::MithrilLogin], &text, at);
        assert_eq!(check(now()).unwrap().more.nonce, Uuid::from_u128(1));
        assert!(check(now() + TimeDelta::seconds(899)).is_ok());
        assert!(check(now() + TimeDelta::seconds(900)).is_err());
        assert!(check(now() - TimeDelta::seconds(2)).is_err());
    }

    #[test]
    fn a_door_tells_why_it_stays_shut() {
        let text = nonce();
        let pis = [Audience::PisRegistration, Audience::TrustedClient];
        let asked = |audiences: &[Audience], text: &str, at| audience(&KEY, audiences, text, at);
        assert_eq!(
            asked(&[Audience::MithrilLogin], &text, now()),
            Ok(Audience::MithrilLogin)
        );
        assert_eq!(asked(&pis, &text, now()), Err(JwtRefusal::Audience));
        let late = now() + TimeDelta::seconds(900);
        assert_eq!(asked(&pis, &text, late), Err(JwtRefusal::Expired));
        let early = now() - TimeDelta::seconds(2);
        assert_eq!(asked(&pis, &text, early), Err(JwtRefusal::Invalid));
        assert_eq!(asked(&pis, "a.b.c", now()), Err(JwtRefusal::Invalid));
        // Audiences of others, signed by us.
        for aud in ["email-verification", "", "MithrilLogin"] {
            let claims = serde_json::json!({
                "aud": aud, "exp": now().timestamp() + 1, "iss": ISSUER, "nbf": 0, "typ": "access",
            });
            let key = EncodingKey::from_secret(&KEY);
            let text = jsonwebtoken::encode(&Header::new(Algorithm::HS512), &claims, &key).unwrap();
            assert_eq!(asked(&pis, &text, now()), Err(JwtRefusal::Audience));
        }
        let other = audience(&[8; 64], &[Audience::MithrilLogin], &text, now());
        assert_eq!(other, Err(JwtRefusal::Invalid));
    }

    #[test]
    fn nothing_else_is_taken_for_one() {
        let text = nonce();
        assert!(check::<Nonce>(&[8; 64], &[Audience::MithrilLogin], &text, now()).is_err());
        assert!(check::<Nonce>(&KEY, &[Audience::PisRegistration], &text, now()).is_err());
        assert!(check::<SessionToken>(&KEY, &[Audience::MithrilLogin], &text, now()).is_err());
        let mut parts: Vec<&str> = text.split('.').collect();
        parts[2] = "";
        assert!(check::<Nonce>(&KEY, &[Audience::MithrilLogin], &parts.join("."), now()).is_err());
        // {"alg":"none","typ":"JWT"}
        parts[0] = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0";
        assert!(check::<Nonce>(&KEY, &[Audience::MithrilLogin], &parts.join("."), now()).is_err());
    }
}
