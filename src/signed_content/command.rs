//! What `dovira verify` and `dovira sign` do, without the command line around it.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use super::{
    Policy, Signed, TrustStore, base64,
    certificate::Certificate,
    der::tag,
    hex,
    rejection::{Rejection, SignedError},
    sign::{self, SignError, SigningKey, ToSign},
    trust_store::{FileProblem, certificates_in},
    verify, verify_base64,
};

/// What `dovira verify` prints as one line of JSON. All but the first two fields are null unless
/// the verdict is `valid`: what was not verified is not told. It names a person; it is for whoever
/// asked, not for a log.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct VerdictLine {
    /// `valid`, or a [`super::Class`].
    pub verdict: &'static str,
    /// The word of a [`super::Reason`]; null when valid.
    pub reason: Option<&'static str>,
    /// Such as `dstu4145-gost34311/m257`.
    pub algorithm: Option<String>,
    /// [`super::Signer::drfo`].
    pub drfo: Option<String>,
    /// [`super::Signer::edrpou`].
    pub edrpou: Option<String>,
    /// The name in full as the certificate has it, else surname and given name.
    pub signer: Option<String>,
    /// The claimed signing time, RFC 3339 in UTC, to the second.
    pub signing_time: Option<String>,
    /// SHA-256 of the content in lower-case hexadecimal digits.
    pub content_sha256: Option<String>,
}

impl VerdictLine {
    /// Whether the verdict is `valid`.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.reason.is_none()
    }
}

impl From<Result<Signed, Rejection>> for VerdictLine {
    fn from(result: Result<Signed, Rejection>) -> Self {
        match result {
            Ok(signed) => Self::valid(signed),
            Err(Rejection { error, .. }) => Self {
                verdict: error.class().word(),
                reason: Some(error.reason().word()),
                algorithm: None,
                drfo: None,
                edrpou: None,
                signer: None,
                signing_time: None,
                content_sha256: None,
            },
        }
    }
}

impl VerdictLine {
    fn valid(signed: Signed) -> Self {
        let name = signed.signer.name;
        let signer = name.common_name.or_else(|| {
            let parts: Vec<_> = [name.surname, name.given_name]
                .into_iter()
                .flatten()
                .collect();
            (!parts.is_empty()).then(|| parts.join(" "))
        });
        Self {
            verdict: "valid",
            reason: None,
            algorithm: Some(signed.algorithm),
            drfo: signed.signer.drfo,
            edrpou: signed.signer.edrpou,
            signer,
            signing_time: signed
                .signing_time
                .map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true)),
            content_sha256: Some(hex(&openssl::sha::sha256(&signed.content))),
        }
    }
}

/// Checks a file that is DER or its base64 text. A SEQUENCE begins with the octet of the digit
/// zero, which no base64 of one does.
#[must_use]
pub fn verify_file(
    octets: &[u8],
    store: &TrustStore,
    now: DateTime<Utc>,
    policy: &Policy,
) -> VerdictLine {
    let result = if octets.first() == Some(&tag::SEQUENCE) {
        verify(octets, store, now, policy)
    } else {
        match std::str::from_utf8(octets) {
            Ok(text) => verify_base64(text, store, now, policy),
            Err(_) => Err(SignedError::NotBase64.into()),
        }
    };
    result.into()
}

/// Why `dovira sign` could not.
#[derive(Debug, thiserror::Error)]
pub enum SignFilesError {
    /// The signer's certificate.
    #[error("the signer's certificate: {0}")]
    Certificate(FileProblem),
    /// The file of the signer's certificate has several.
    #[error("the signer's certificate: it holds {0} certificates, one is needed")]
    SeveralCertificates(usize),
    /// A certificate above it.
    #[error("chain file {position}: {problem}")]
    Chain {
        /// Which file, from 1.
        position: usize,
        /// Why.
        problem: FileProblem,
    },
    /// The key, or the making of the signature.
    #[error(transparent)]
    Sign(#[from] SignError),
}

/// Signs `content` with files as they are on disk: a key (PEM or DER, no password), its
/// certificate, certificates above it (DER, PEM or PKCS #7). Returns `user_data`: base64 on one
/// line.
///
/// # Errors
/// [`SignFilesError`].
pub fn sign_files(
    key: &[u8],
    certificate: &[u8],
    chain: &[Vec<u8>],
    signing_time: DateTime<Utc>,
    content: &[u8],
) -> Result<String, SignFilesError> {
    let key = SigningKey::read(key)?;
    let read = certificates_in(certificate).map_err(SignFilesError::Certificate)?;
    let [certificate] = read.as_slice() else {
        return Err(SignFilesError::SeveralCertificates(read.len()));
    };
    let mut above: Vec<Certificate> = vec![];
    for (index, file) in chain.iter().enumerate() {
        above.extend(
            certificates_in(file).map_err(|problem| SignFilesError::Chain {
                position: index + 1,
                problem,
            })?,
        );
    }
    let what = ToSign {
        content,
        certificate,
        chain: &above,
        signing_time: Some(signing_time),
    };
    Ok(base64::encode(&sign::sign(&key, &what)?))
}

#[cfg(test)]
mod tests {
    use super::{super::Reason, *};

    #[test]
    fn bad_base64_is_malformed() {
        // decisions §1 "Message and status per class"
        for octets in [&b"!"[..], b"\xff\xfe", b"{\"a\":1}"] {
            let line = verify_file(
                octets,
                &TrustStore::default(),
                DateTime::UNIX_EPOCH,
                &Policy::default(),
            );
            assert_eq!(
                (line.verdict, line.reason),
                ("malformed", Some(Reason::Base64.word()))
            );
        }
        let line = verify_file(
            b"",
            &TrustStore::default(),
            DateTime::UNIX_EPOCH,
            &Policy::default(),
        );
        assert_eq!(
            serde_json::to_string(&line).unwrap(),
            r#"{"verdict":"malformed","reason":"der_truncated","algorithm":null,"drfo":null,"edrpou":null,"signer":null,"signing_time":null,"content_sha256":null}"#
        );
    }
}
