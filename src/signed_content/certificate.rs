//! A certificate, reduced to what the checks ask of it (RFC 5280 §4).

use std::{fmt, ops::Range, sync::OnceLock};

use chrono::{DateTime, Utc};

use super::{
    algorithm::{self, PublicKey, SignatureAlgorithm},
    cms::{MAX_CERTIFICATE, SignerId},
    der::{DerError, Reader, Tlv, boolean, integer, small_integer, tag},
    hex,
    identifier::{AlgorithmIdentifier, CertificateId},
    oid, time,
};

/// Extensions that may be critical (signed content §10 rule 7). nameConstraints is not among them:
/// nobody here enforces it.
const UNDERSTOOD: &[&[u8]] = &[
    oid::KEY_USAGE,
    oid::BASIC_CONSTRAINTS,
    oid::CERTIFICATE_POLICIES,
    oid::EXTENDED_KEY_USAGE,
    oid::QC_STATEMENTS,
    oid::SUBJECT_DIRECTORY_ATTRIBUTES,
];

/// basicConstraints (RFC 5280 §4.2.1.9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BasicConstraints {
    /// Whether the subject is a certification authority.
    pub is_authority: bool,
    /// How many authorities may stand between this one and a signer.
    pub path_length: Option<u32>,
}

/// keyUsage (RFC 5280 §4.2.1.3), as its first octet: bit 0 is the highest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyUsage(pub u8);

impl KeyUsage {
    /// digitalSignature.
    pub const DIGITAL_SIGNATURE: u8 = 0x80;
    /// nonRepudiation, also called contentCommitment.
    pub const NON_REPUDIATION: u8 = 0x40;
    /// keyAgreement.
    pub const KEY_AGREEMENT: u8 = 0x08;
    /// keyCertSign.
    pub const KEY_CERT_SIGN: u8 = 0x04;
    /// cRLSign.
    pub const CRL_SIGN: u8 = 0x02;

    const fn has(self, bits: u8) -> bool {
        self.0 & bits != 0
    }
}

/// A certificate that could be read. Whether it is worth anything is for the chain to say.
pub struct Certificate {
    der: Vec<u8>,
    tbs: Range<usize>,
    sha256: [u8; 32],
    serial: Vec<u8>,
    issuer: Vec<u8>,
    subject: Vec<u8>,
    not_before: DateTime<Utc>,
    not_after: DateTime<Utc>,
    spki: Vec<u8>,
    key: OnceLock<Option<PublicKey>>,
    algorithm: Option<&'static SignatureAlgorithm>,
    /// The octets of the BIT STRING.
    signature: Vec<u8>,
    extensions: Extensions,
}

#[derive(Default)]
struct Extensions {
    basic_constraints: Option<BasicConstraints>,
    key_usage: Option<KeyUsage>,
    subject_key_identifier: Option<Vec<u8>>,
    authority_key_identifier: Option<Vec<u8>>,
    directory_attributes: Option<Vec<u8>>,
    has_unknown_critical: bool,
}

impl fmt::Debug for Certificate {
    /// By its digest only: a subject is a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("sha256", &hex(&self.sha256))
            .finish_non_exhaustive()
    }
}

impl Certificate {
    /// Reads one certificate.
    ///
    /// # Errors
    /// [`DerError`] when it is not a certificate in DER, is longer than 32 KiB, or has an extension
    /// twice or one of those it needs in a form that cannot be read. An unsupported algorithm
    /// is no error here.
    pub fn from_der(der: &[u8]) -> Result<Self, DerError> {
        if der.len() > MAX_CERTIFICATE {
            return Err(DerError::Length);
        }
        let outer = Reader::only(der)?.is(tag::SEQUENCE)?;
        let mut certificate = outer.enter()?;
        let tbs = certificate.expect(tag::SEQUENCE)?;
        let outer_algorithm = certificate.next()?;
        let signature = certificate.next()?.bit_string_octets()?;
        certificate.end()?;
        let header = der.len() - outer.value.len();

        let mut fields = tbs.enter()?;
        if let Some(version) = fields.optional(tag::context_constructed(0))? {
            let mut explicit = version.enter()?;
            if small_integer(explicit.next()?)? > 2 {
                return Err(DerError::Value);
            }
            explicit.end()?;
        }
        let serial = integer(fields.next()?)?;
        let inner_algorithm = fields.next()?;
        let identifier = AlgorithmIdentifier::read(inner_algorithm)?;
        let issuer = fields.expect(tag::SEQUENCE)?.raw;
        let (not_before, not_after) = validity(fields.next()?)?;
        let subject = fields.expect(tag::SEQUENCE)?.raw;
        let spki = fields.expect(tag::SEQUENCE)?.raw;
        fields.optional(tag::context(1))?;
        fields.optional(tag::context(2))?;
        let extensions = fields
            .optional(tag::context_constructed(3))?
            .map(Extensions::read)
            .transpose()?;
        fields.end()?;

        // The two fields must be equal, or the algorithm could be swapped outside of what is signed
        // (RFC 5280 §4.1.1.2).
        let algorithm = algorithm::signature_in_certificate(&identifier)
            .filter(|_| inner_algorithm.raw == outer_algorithm.raw);
        Ok(Self {
            der: der.to_vec(),
            tbs: header..header + tbs.raw.len(),
            sha256: openssl::sha::sha256(der),
            serial: serial.to_vec(),
            issuer: issuer.to_vec(),
            subject: subject.to_vec(),
            not_before,
            not_after,
            spki: spki.to_vec(),
            key: OnceLock::new(),
            algorithm,
            signature: signature.to_vec(),
            extensions: extensions.unwrap_or_default(),
        })
    }

    /// The whole certificate as received.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// SHA-256 of the whole DER.
    #[must_use]
    pub const fn sha256(&self) -> [u8; 32] {
        self.sha256
    }

    /// Digest and serial number.
    #[must_use]
    pub fn id(&self) -> CertificateId {
        CertificateId {
            sha256: self.sha256,
            serial: hex(&self.serial),
        }
    }

    /// The content octets of the serial number.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// The encoded issuer Name.
    #[must_use]
    pub fn issuer(&self) -> &[u8] {
        &self.issuer
    }

    /// The encoded subject Name.
    #[must_use]
    pub fn subject(&self) -> &[u8] {
        &self.subject
    }

    /// The subject's SubjectPublicKeyInfo.
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// The first and the last moment of its validity, both included.
    #[must_use]
    pub const fn validity(&self) -> (DateTime<Utc>, DateTime<Utc>) {
        (self.not_before, self.not_after)
    }

    /// The subject's key, when it is of a supported kind. Read at the first call, then kept.
    #[must_use]
    pub fn public_key(&self) -> Option<&PublicKey> {
        self.key
            .get_or_init(|| PublicKey::from_spki(&self.spki).ok())
            .as_ref()
    }

    /// How the certificate is signed: none when the algorithm is unsupported or its two fields
    /// differ.
    #[must_use]
    pub const fn algorithm(&self) -> Option<&'static SignatureAlgorithm> {
        self.algorithm
    }

    /// Whether the certificate is signed by this key.
    #[must_use]
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        let tbs = self.der.get(self.tbs.clone()).unwrap_or_default();
        self.algorithm.is_some_and(|algorithm| {
            algorithm
                .of_certificate(&self.signature)
                .is_some_and(|signature| algorithm.verify(key, tbs, signature))
        })
    }

    /// Whether a message that names its signer so means this certificate.
    #[must_use]
    pub fn is(&self, id: SignerId<'_>) -> bool {
        match id {
            SignerId::IssuerAndSerial(issuer, serial) => {
                self.issuer == issuer && self.serial == serial
            }
            SignerId::KeyIdentifier(identifier) => {
                self.subject_key_identifier() == Some(identifier)
            }
        }
    }

    /// Whether the issuer has the subject's own name.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.issuer == self.subject
    }

    /// Whether the subject is a certification authority.
    #[must_use]
    pub fn is_authority(&self) -> bool {
        self.extensions
            .basic_constraints
            .is_some_and(|constraints| constraints.is_authority)
    }

    /// How many authorities may stand between this one and a signer, when that is limited.
    #[must_use]
    pub fn path_length(&self) -> Option<u32> {
        self.extensions
            .basic_constraints
            .and_then(|constraints| constraints.path_length)
    }

    /// Whether the key may sign certificates: keyUsage is absent or says so.
    #[must_use]
    pub fn may_sign_certificates(&self) -> bool {
        self.extensions
            .key_usage
            .is_none_or(|usage| usage.has(KeyUsage::KEY_CERT_SIGN))
    }

    /// Whether the key may sign content: keyUsage is absent or says so.
    #[must_use]
    pub fn may_sign_content(&self) -> bool {
        self.extensions
            .key_usage
            .is_none_or(|usage| usage.has(KeyUsage::DIGITAL_SIGNATURE | KeyUsage::NON_REPUDIATION))
    }

    /// Whether an extension is critical that nobody here understands.
    #[must_use]
    pub const fn has_unknown_critical_extension(&self) -> bool {
        self.extensions.has_unknown_critical
    }

    /// The value of SubjectKeyIdentifier.
    #[must_use]
    pub fn subject_key_identifier(&self) -> Option<&[u8]> {
        self.extensions.subject_key_identifier.as_deref()
    }

    /// The keyIdentifier of AuthorityKeyIdentifier.
    #[must_use]
    pub fn authority_key_identifier(&self) -> Option<&[u8]> {
        self.extensions.authority_key_identifier.as_deref()
    }

    /// The encoded value of subjectDirectoryAttributes.
    #[must_use]
    pub fn directory_attributes(&self) -> Option<&[u8]> {
        self.extensions.directory_attributes.as_deref()
    }
}

fn validity(tlv: Tlv<'_>) -> Result<(DateTime<Utc>, DateTime<Utc>), DerError> {
    let mut reader = tlv.is(tag::SEQUENCE)?.enter()?;
    let not_before = time::read(reader.next()?)?;
    let not_after = time::read(reader.next()?)?;
    reader.end()?;
    Ok((not_before, not_after))
}

impl Extensions {
    fn read(explicit: Tlv<'_>) -> Result<Self, DerError> {
        let mut explicit = explicit.enter()?;
        let mut list = explicit.expect(tag::SEQUENCE)?.enter()?;
        explicit.end()?;
        let mut extensions = Self::default();
        let mut seen: Vec<&[u8]> = vec![];
        while !list.is_empty() {
            let mut extension = list.expect(tag::SEQUENCE)?.enter()?;
            let kind = extension.expect(tag::OID)?.value;
            let is_critical = extension
                .optional(tag::BOOLEAN)?
                .map(boolean)
                .transpose()?
                .unwrap_or(false);
            let value = extension.expect(tag::OCTET_STRING)?.value;
            extension.end()?;
            // One extension twice leaves open which one holds (RFC 5280 §4.2).
            if seen.contains(&kind) {
                return Err(DerError::Value);
            }
            seen.push(kind);
            extensions.has_unknown_critical |= is_critical && !UNDERSTOOD.contains(&kind);
            extensions.take(kind, value)?;
        }
        Ok(extensions)
    }

    fn take(&mut self, kind: &[u8], value: &[u8]) -> Result<(), DerError> {
        match kind {
            oid::BASIC_CONSTRAINTS => self.basic_constraints = Some(basic_constraints(value)?),
            oid::KEY_USAGE => self.key_usage = Some(key_usage(value)?),
            oid::SUBJECT_KEY_IDENTIFIER => {
                self.subject_key_identifier =
                    Some(Reader::only(value)?.is(tag::OCTET_STRING)?.value.to_vec());
            }
            oid::AUTHORITY_KEY_IDENTIFIER => {
                let mut fields = Reader::only(value)?.is(tag::SEQUENCE)?.enter()?;
                self.authority_key_identifier = fields
                    .optional(tag::context(0))?
                    .map(|identifier| identifier.value.to_vec());
            }
            oid::SUBJECT_DIRECTORY_ATTRIBUTES => self.directory_attributes = Some(value.to_vec()),
            _ => {}
        }
        Ok(())
    }
}

fn basic_constraints(value: &[u8]) -> Result<BasicConstraints, DerError> {
    let mut fields = Reader::only(value)?.is(tag::SEQUENCE)?.enter()?;
    let is_authority = fields
        .optional(tag::BOOLEAN)?
        .map(boolean)
        .transpose()?
        .unwrap_or(false);
    let path_length = fields
        .optional(tag::INTEGER)?
        .map(path_length)
        .transpose()?;
    fields.end()?;
    Ok(BasicConstraints {
        is_authority,
        path_length,
    })
}

/// A path length; one beyond every real chain is as good as the greatest.
fn path_length(tlv: Tlv<'_>) -> Result<u32, DerError> {
    match integer(tlv)? {
        [0x80..=0xff, ..] => Err(DerError::Value),
        octets => Ok(octets.iter().fold(0_u32, |number, &octet| {
            number.saturating_mul(256).saturating_add(u32::from(octet))
        })),
    }
}

fn key_usage(value: &[u8]) -> Result<KeyUsage, DerError> {
    match Reader::only(value)?.is(tag::BIT_STRING)?.value {
        [0..=7, first, ..] => Ok(KeyUsage(*first)),
        [0] => Ok(KeyUsage(0)),
        _ => Err(DerError::Value),
    }
}
