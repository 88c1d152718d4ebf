//! Why signed content was refused: a class for the answer, a fixed word for the operator's log, and
//! never anything personal.

use std::fmt;

use serde::Serialize;

use super::{der::DerError, hex, identifier::CertificateId};

macro_rules! reasons {
    ($($(#[$doc:meta])+ $name:ident => $word:literal,)+) => {
        /// What exactly was wrong. The words are fixed: logs and alerts are built on them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Reason { $($(#[$doc])+ $name,)+ }

        impl Reason {
            /// Every reason.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The reason in one lower-case word, joined by underscores.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }
        }
    };
}

reasons! {
    /// The text is not strict base64.
    Base64 => "base64",
    /// The base64 text is longer than the policy allows.
    TextLength => "text_length",
    /// A value is cut short.
    DerTruncated => "der_truncated",
    /// A length is indefinite or not in its shortest form.
    DerLength => "der_length",
    /// A value has another type than the structure has there.
    DerTag => "der_tag",
    /// Octets follow the end of a value.
    DerTrailing => "der_trailing",
    /// Values are nested too deep.
    DerDepth => "der_depth",
    /// A value does not fit its type.
    DerValue => "der_value",
    /// The message is not SignedData, or its content is not id-data.
    ContentType => "content_type",
    /// A version other than 1 or 3.
    Version => "version",
    /// The content is not in the message.
    Detached => "detached",
    /// The content is empty or longer than 2 MiB.
    ContentLength => "content_length",
    /// No certificates in the message.
    NoCertificates => "no_certificates",
    /// More than 16 certificates in the message.
    TooManyCertificates => "too_many_certificates",
    /// A certificate is longer than 32 KiB.
    CertificateLength => "certificate_length",
    /// No signer, or more than one.
    SignerCount => "signer_count",
    /// The signer's certificate is not in the message, is there twice, or cannot be read.
    SignerCertificate => "signer_certificate",
    /// More than 32 signed attributes, or more than 64 KiB of them.
    AttributesLength => "attributes_length",
    /// Two signed attributes of one type.
    DuplicateAttribute => "duplicate_attribute",
    /// The attribute contentType or messageDigest is missing or does not have exactly one value.
    MissingAttribute => "missing_attribute",
    /// The signer's algorithm is not supported, or has parameters.
    Algorithm => "algorithm",
    /// The signer's digest is not the one that the signature implies.
    DigestAlgorithm => "digest_algorithm",
    /// The signing time cannot be read.
    SigningTime => "signing_time",

    /// The digest in the attributes is not the content's.
    MessageDigest => "message_digest",
    /// The content type in the attributes is not id-data.
    ContentTypeAttribute => "content_type_attribute",
    /// signing-certificate-v2 names another certificate, or cannot be read.
    SigningCertificate => "signing_certificate",
    /// The signature value is longer than 1024 octets.
    SignatureLength => "signature_length",
    /// The key in the signer's certificate is for another algorithm.
    KeyKind => "key_kind",
    /// The signature does not verify.
    Signature => "signature",

    /// The key in the signer's certificate is of no supported kind or size.
    SignerKey => "signer_key",
    /// The signer's certificate is one of a certification authority.
    SignerIsAuthority => "signer_is_authority",
    /// The signer's key may not be used for signatures.
    SignerKeyUsage => "signer_key_usage",
    /// A critical extension that is not understood.
    CriticalExtension => "critical_extension",
    /// Nobody known has the issuer's name.
    UnknownIssuer => "unknown_issuer",
    /// The signer's certificate is issued by itself.
    SelfSigned => "self_signed",
    /// The certificate names another key of its issuer.
    KeyIdentifier => "key_identifier",
    /// The issuer is not a certification authority.
    IssuerNotAuthority => "issuer_not_authority",
    /// The issuer's key may not sign certificates.
    IssuerKeyUsage => "issuer_key_usage",
    /// More authorities below an issuer than it allows.
    PathLength => "path_length",
    /// A certificate is signed with an unsupported algorithm, or its two algorithm fields differ.
    CertificateAlgorithm => "certificate_algorithm",
    /// The signature of a certificate does not verify.
    CertificateSignature => "certificate_signature",
    /// More than four certificates above the signer.
    ChainLength => "chain_length",
    /// More than 12 signatures had to be checked to find a chain.
    SignatureBudget => "signature_budget",

    /// A certificate is past its validity.
    CertificateExpired => "certificate_expired",
    /// A certificate is not valid yet.
    CertificateNotYetValid => "certificate_not_yet_valid",

    /// The signer claims no single signing time.
    SigningTimeAbsent => "signing_time_absent",
    /// The claimed signing time is too long ago.
    SigningTimeStale => "signing_time_stale",
    /// The claimed signing time is in the future.
    SigningTimeFuture => "signing_time_future",
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The classes of signed content §12, as `dovira verify` and the logs spell them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Not a message this door reads.
    Malformed,
    /// The signature is not one of this content.
    InvalidSignature,
    /// The signature holds, but nobody trusted vouches for the signer.
    Untrusted,
    /// Everything holds, but not at this time.
    Expired,
}

impl Class {
    /// The class in one lower-case word, joined by underscores.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::InvalidSignature => "invalid_signature",
            Self::Untrusted => "untrusted",
            Self::Expired => "expired",
        }
    }
}

/// Why signed content was refused. More variants than [`Class`]: the API answers them differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignedError {
    /// The text is not base64; of the class `malformed`.
    #[error("malformed: {}", Reason::Base64)]
    NotBase64,
    /// Limits or structure (signed content §2, §3).
    #[error("malformed: {0}")]
    Malformed(Reason),
    /// Digest, attributes or signature (signed content §4).
    #[error("invalid_signature: {0}")]
    InvalidSignature(Reason),
    /// No chain to a trusted certificate (signed content §10).
    #[error("untrusted: {0}")]
    Untrusted(Reason),
    /// A certificate outside its validity; of the class `expired`.
    #[error("expired: {0}")]
    OutOfTime(Reason),
    /// The signing time is missing, stale or in the future; of the class `expired`.
    #[error("expired: {0}")]
    NotFresh(Reason),
}

impl SignedError {
    /// The class in the words of signed content §12.
    #[must_use]
    pub const fn class(self) -> Class {
        match self {
            Self::NotBase64 | Self::Malformed(_) => Class::Malformed,
            Self::InvalidSignature(_) => Class::InvalidSignature,
            Self::Untrusted(_) => Class::Untrusted,
            Self::OutOfTime(_) | Self::NotFresh(_) => Class::Expired,
        }
    }

    /// What exactly was wrong.
    #[must_use]
    pub const fn reason(self) -> Reason {
        match self {
            Self::NotBase64 => Reason::Base64,
            Self::Malformed(reason)
            | Self::InvalidSignature(reason)
            | Self::Untrusted(reason)
            | Self::OutOfTime(reason)
            | Self::NotFresh(reason) => reason,
        }
    }
}

/// A refusal, with what the operator may see of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct Rejection {
    /// Why.
    pub error: SignedError,
    /// The signer's certificate, once it was found in the message.
    pub certificate: Option<CertificateId>,
}

impl Rejection {
    /// Tells the operator why a signature was refused: class, reason and certificate; never the content, the name or the
    /// number.
    pub fn log(&self) {
        let certificate = self.certificate.as_ref();
        let sha256 = certificate.map(|certificate| hex(&certificate.sha256));
        let serial = certificate.map(|certificate| certificate.serial.clone());
        tracing::warn!(
            class = self.error.class().word(),
            reason = self.error.reason().word(),
            certificate_sha256 = sha256,
            certificate_serial = serial,
            "signed content refused"
        );
    }
}

impl From<SignedError> for Rejection {
    fn from(error: SignedError) -> Self {
        Self {
            error,
            certificate: None,
        }
    }
}

impl From<DerError> for Reason {
    fn from(error: DerError) -> Self {
        match error {
            DerError::Truncated => Self::DerTruncated,
            DerError::Length => Self::DerLength,
            DerError::Tag => Self::DerTag,
            DerError::Trailing => Self::DerTrailing,
            DerError::Depth => Self::DerDepth,
            DerError::Value => Self::DerValue,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn reason_words_are_distinct_and_documented() {
        // signed content §12: a fixed reason word
        let words: HashSet<_> = Reason::ALL.iter().map(|reason| reason.word()).collect();
        assert_eq!(words.len(), Reason::ALL.len());
        let documentation = include_str!("../../docs/signed-content.md");
        for word in words {
            assert!(
                documentation.contains(&format!("`{word}`")),
                "`{word}` is not in docs/signed-content.md"
            );
        }
    }
}
