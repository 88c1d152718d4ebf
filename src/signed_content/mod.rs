//! Signed content: from the base64 text of a signature to what was signed and by whom.
//!
//! A patient's or a confidant's application sends `user_data`: a CMS SignedData (RFC 5652, in the
//! CAdES-BES profile) made with a Ukrainian qualified electronic signature, the registration data
//! inside it. This room reads it, checks it and says who signed. It knows nothing of the data, of
//! the person expected or of the route that asks. Its facts are told in `docs/signed-content.md`.
//!
//! ```text
//!  text ─▶ base64 ─▶ cms: limits, structure ─▶ digest, attributes ─▶ signature ─▶ chain ─▶ times ─▶ freshness ─▶ identity ─▶ Signed
//!            │                │                        │                 │           │        │          │
//!        malformed        malformed            invalid_signature  invalid_signature untrusted expired  expired
//! ```
//!
//! The first failure decides. All of it is computing (some hundred microseconds, more for large
//! content): callers keep it off the threads that wait for the network. Time is an argument, and
//! nothing is logged: a [`Rejection`] carries what a log may have.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

pub mod algorithm;
pub mod algorithm_name;
pub mod authorities;
pub mod base64;
mod ber;
pub mod certificate;
pub mod chain;
pub mod cms;
pub mod command;
pub mod content;
pub mod der;
pub mod der_write;
mod dstu4145;
mod identifier;
pub mod identity;
pub mod issue;
pub mod oid;
mod pem;
pub mod rejection;
pub mod sign;
pub mod text;
mod time;
pub mod trust_store;

pub use self::{
    base64::repair_url,
    content::json_object,
    identity::{PersonName, Signer},
    rejection::{Class, Reason, Rejection, SignedError},
    trust_store::{TrustStore, TrustStoreError},
};

use self::{algorithm::PublicKey, certificate::Certificate, cms::Message};

/// How far ahead of ours a signer's clock may be (signed content §12 "Freshness").
const CLOCK_SKEW: TimeDelta = TimeDelta::seconds(300);

/// What may vary from place to place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// How long ago the claimed signing time may be; none turns the freshness rule off, and a
    /// message without a signing time is fine.
    pub max_age: Option<TimeDelta>,
    /// How many octets of base64 text are read.
    pub max_text: usize,
}

impl Default for Policy {
    /// 30 minutes, 4 MiB.
    fn default() -> Self {
        Self {
            max_age: Some(TimeDelta::minutes(30)),
            max_text: 4 * 1024 * 1024,
        }
    }
}

impl Policy {
    /// The default with this freshness rule; none turns it off.
    #[must_use]
    pub fn with_max_age(max_age: Option<TimeDelta>) -> Self {
        Self {
            max_age,
            ..Self::default()
        }
    }
}

/// Content with a signature that holds. `Debug` shows neither content nor signer.
#[derive(Clone, PartialEq, Eq)]
pub struct Signed {
    /// What was signed. Its form is for the routes to judge: [`json_object`].
    pub content: Vec<u8>,
    /// Who signed.
    pub signer: Signer,
    /// When the signer claims to have signed, when they claim one time.
    pub signing_time: Option<DateTime<Utc>>,
    /// The algorithm and size of the signer's key: `dstu4145-gost34311/m257`,
    /// `ecdsa-p256-sha256`.
    pub algorithm: String,
    /// SHA-256 of the signature value, the same for every way to write one signature: what is used
    /// once is kept under it.
    pub signature_sha256: [u8; 32],
}

impl fmt::Debug for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signed")
            .field("content", &format_args!("{} octets", self.content.len()))
            .field("signer", &self.signer)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

/// Checks the base64 text of a message at `now`: [`base64::decode`], then [`verify`].
///
/// # Errors
/// [`SignedError::NotBase64`], [`SignedError::Malformed`] for a text that is too long, and whatever
/// [`verify`] says.
pub fn verify_base64(
    text: &str,
    store: &TrustStore,
    now: DateTime<Utc>,
    policy: &Policy,
) -> Result<Signed, Rejection> {
    if text.len() > policy.max_text {
        return Err(SignedError::Malformed(Reason::TextLength).into());
    }
    let der = base64::decode(text).map_err(|_| SignedError::NotBase64)?;
    verify(&der, store, now, policy)
}

/// Checks a message in DER at `now`. It never panics, whatever the octets are.
///
/// # Errors
/// [`Rejection`] with the first thing found wrong, in the order of the diagram above.
pub fn verify(
    der: &[u8],
    store: &TrustStore,
    now: DateTime<Utc>,
    policy: &Policy,
) -> Result<Signed, Rejection> {
    let message = Message::read(der)?;
    let mut certificates: Vec<_> = message
        .certificates
        .iter()
        .filter_map(|der| Certificate::from_der(der).ok())
        .collect();
    let signer = take_signer(&message, &mut certificates)?;
    let refuse = |error| Rejection {
        error,
        certificate: Some(signer.id()),
    };

    message.check_attributes(signer.der()).map_err(refuse)?;
    let key = check_signature(&message, &signer).map_err(refuse)?;
    let chain = chain::build(&signer, &certificates, store, now).map_err(refuse)?;
    match chain::revocation(&chain) {
        chain::Revocation::NotChecked => {}
    }
    check_freshness(message.signing_time(), now, policy).map_err(refuse)?;

    let algorithm = message.signer.algorithm;
    Ok(Signed {
        content: message.content.to_vec(),
        signer: Signer::of(&signer),
        signing_time: message.signing_time(),
        algorithm: algorithm.name(key),
        signature_sha256: openssl::sha::sha256(&algorithm.canonical(message.signer.signature)),
    })
}

/// Takes the one certificate that the message names as its signer's out of the others (signed
/// content §3 rule 3).
fn take_signer(
    message: &Message<'_>,
    certificates: &mut Vec<Certificate>,
) -> Result<Certificate, SignedError> {
    let mut matching = certificates.extract_if(.., |certificate| certificate.is(message.signer.id));
    let (first, second) = (matching.next(), matching.next());
    match (first, second) {
        (Some(signer), None) => Ok(signer),
        _ => Err(SignedError::Malformed(Reason::SignerCertificate)),
    }
}

/// The signature with the signer's key, which is returned (signed content §4).
fn check_signature<'a>(
    message: &Message<'_>,
    signer: &'a Certificate,
) -> Result<&'a PublicKey, SignedError> {
    let key = signer
        .public_key()
        .ok_or(SignedError::Untrusted(Reason::SignerKey))?;
    if key.kind() != message.signer.algorithm.key_kind() {
        Err(SignedError::InvalidSignature(Reason::KeyKind))
    } else if !message.is_signed_by(key) {
        Err(SignedError::InvalidSignature(Reason::Signature))
    } else {
        Ok(key)
    }
}

/// `now − max_age ≤ signing time ≤ now + 300 s` (signed content §12 "Freshness").
fn check_freshness(
    signing_time: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
    policy: &Policy,
) -> Result<(), SignedError> {
    let Some(max_age) = policy.max_age else {
        return Ok(());
    };
    let signing_time = signing_time.ok_or(SignedError::NotFresh(Reason::SigningTimeAbsent))?;
    let age = now.signed_duration_since(signing_time);
    if age > max_age {
        Err(SignedError::NotFresh(Reason::SigningTimeStale))
    } else if age < -CLOCK_SKEW {
        Err(SignedError::NotFresh(Reason::SigningTimeFuture))
    } else {
        Ok(())
    }
}

/// Lower-case hexadecimal digits, two for each octet.
fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn freshness_bounds_are_included() {
        // signed content §12 "Freshness"
        let now: DateTime<Utc> = "2026-06-15T10:00:00Z".parse().unwrap();
        let policy = Policy::default();
        for (age, expected) in [
            (TimeDelta::zero(), None),
            (TimeDelta::minutes(30), None),
            (
                TimeDelta::minutes(30) + TimeDelta::microseconds(1),
                Some(Reason::SigningTimeStale),
            ),
            (-TimeDelta::seconds(300), None),
            (-TimeDelta::seconds(301), Some(Reason::SigningTimeFuture)),
        ] {
            let result = check_freshness(Some(now - age), now, &policy);
            assert_eq!(result.err(), expected.map(SignedError::NotFresh), "{age}");
        }
        assert_eq!(
            check_freshness(None, now, &policy),
            Err(SignedError::NotFresh(Reason::SigningTimeAbsent))
        );
        let off = Policy::with_max_age(None);
        assert_eq!(check_freshness(None, now, &off), Ok(()));
        assert_eq!(
            check_freshness(Some(now - TimeDelta::days(9000)), now, &off),
            Ok(())
        );
    }
}
