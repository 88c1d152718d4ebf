//! The message: SignedData as RFC 5652 writes it, narrowed to one signer over content that travels
//! along (signed content §3, §4).
//!
//! What is read are slices of the input. The signed attributes stay exactly as received, since
//! their octets are what was signed.

use chrono::{DateTime, Utc};

use super::{
    algorithm::{self, PublicKey, SHA256, SignatureAlgorithm},
    der::{DerError, Reader, Tlv, integer, small_integer, tag},
    identifier::AlgorithmIdentifier,
    oid,
    rejection::{Reason, SignedError},
    time,
};

/// Certificates in one message (signed content §2).
const MAX_CERTIFICATES: usize = 16;
/// Octets of one certificate.
pub const MAX_CERTIFICATE: usize = 32 * 1024;
/// Signed attributes.
const MAX_ATTRIBUTES: usize = 32;
/// Octets of all signed attributes.
const MAX_ATTRIBUTES_LENGTH: usize = 64 * 1024;
/// Octets of a signature value.
const MAX_SIGNATURE: usize = 1024;
/// Octets of the content.
const MAX_CONTENT: usize = 2 * 1024 * 1024;

/// A message with one signer.
#[derive(Debug)]
pub struct Message<'a> {
    /// The X.509 certificates that travel along, as DER, in the order received.
    pub certificates: Vec<&'a [u8]>,
    /// What was signed.
    pub content: &'a [u8],
    /// Who signed and how.
    pub signer: SignerInfo<'a>,
}

/// How the message names the signer's certificate.
#[derive(Debug, Clone, Copy)]
pub enum SignerId<'a> {
    /// The encoded Name of its issuer and the content octets of its serial number.
    IssuerAndSerial(&'a [u8], &'a [u8]),
    /// The value of its SubjectKeyIdentifier extension.
    KeyIdentifier(&'a [u8]),
}

/// The one signer.
#[derive(Debug)]
pub struct SignerInfo<'a> {
    /// Which certificate is the signer's.
    pub id: SignerId<'a>,
    /// How it was signed.
    pub algorithm: &'static SignatureAlgorithm,
    /// The signature value.
    pub signature: &'a [u8],
    attributes: Option<Attributes<'a>>,
}

/// The signed attributes.
#[derive(Debug)]
struct Attributes<'a> {
    raw: &'a [u8],
    each: Vec<&'a [u8]>,
    content_type: Tlv<'a>,
    message_digest: Tlv<'a>,
    signing_certificate: Option<Reader<'a>>,
    signing_time: Option<DateTime<Utc>>,
}

impl From<Reason> for SignedError {
    fn from(reason: Reason) -> Self {
        Self::Malformed(reason)
    }
}

impl From<DerError> for SignedError {
    fn from(error: DerError) -> Self {
        Self::Malformed(error.into())
    }
}

impl<'a> Message<'a> {
    /// Reads ContentInfo with SignedData in it (RFC 5652 §3, §5.1) under the rules of signed
    /// content §3.
    ///
    /// # Errors
    /// [`SignedError::Malformed`] for each breach of a rule or limit.
    pub fn read(der: &'a [u8]) -> Result<Self, SignedError> {
        let mut data = signed_data(der)?;
        let version = small_integer(data.next()?)?;
        if !matches!(version, 1 | 3) {
            return Err(Reason::Version.into());
        }
        data.expect(tag::SET)?;
        let content = content(data.expect(tag::SEQUENCE)?)?;
        let certificates = data
            .optional(tag::context_constructed(0))?
            .ok_or(Reason::NoCertificates)?;
        let certificates = certificates_in(certificates)?;
        if certificates.len() > MAX_CERTIFICATES {
            return Err(Reason::TooManyCertificates.into());
        }
        if certificates
            .iter()
            .any(|certificate| certificate.len() > MAX_CERTIFICATE)
        {
            return Err(Reason::CertificateLength.into());
        }
        data.optional(tag::context_constructed(1))?;
        let mut signers = data.expect(tag::SET)?.enter()?;
        data.end()?;
        if signers.is_empty() {
            return Err(Reason::SignerCount.into());
        }
        let signer = signers.next()?;
        if !signers.is_empty() {
            return Err(Reason::SignerCount.into());
        }
        let signer = SignerInfo::read(signer)?;
        if !(1..=MAX_CONTENT).contains(&content.len()) {
            return Err(Reason::ContentLength.into());
        }
        Ok(Self {
            certificates,
            content,
            signer,
        })
    }

    /// Whether digest, attributes and certificate hash fit together (signed content §4).
    /// `certificate` is the signer's, as DER.
    ///
    /// # Errors
    /// [`SignedError::InvalidSignature`].
    pub fn check_attributes(&self, certificate: &[u8]) -> Result<(), SignedError> {
        let invalid = |reason| Err(SignedError::InvalidSignature(reason));
        if self.signer.signature.len() > MAX_SIGNATURE {
            return invalid(Reason::SignatureLength);
        }
        let Some(attributes) = &self.signer.attributes else {
            return Ok(());
        };
        let digest = self.signer.algorithm.digest().hash(self.content);
        if attributes.message_digest.tag != tag::OCTET_STRING
            || attributes.message_digest.value != digest
        {
            return invalid(Reason::MessageDigest);
        }
        if attributes.content_type.tag != tag::OID || attributes.content_type.value != oid::DATA {
            return invalid(Reason::ContentTypeAttribute);
        }
        match &attributes.signing_certificate {
            Some(values) if !names_certificate(values.clone(), certificate).unwrap_or(false) => {
                invalid(Reason::SigningCertificate)
            }
            _ => Ok(()),
        }
    }

    /// Whether the signature is one by this key (signed content §4): over the content, or over the
    /// attributes as received, or as they would be received had the signer sorted what it
    /// wrote.
    #[must_use]
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        let SignerInfo {
            algorithm,
            signature,
            attributes,
            ..
        } = &self.signer;
        let Some(attributes) = attributes else {
            return algorithm.verify(key, self.content, signature);
        };
        algorithm.verify(key, &attributes.as_received(), signature)
            || attributes
                .in_der_order()
                .is_some_and(|sorted| algorithm.verify(key, &sorted, signature))
    }

    /// When the signer claims to have signed: none without the attribute, or when it does not have
    /// exactly one value.
    #[must_use]
    pub fn signing_time(&self) -> Option<DateTime<Utc>> {
        self.signer
            .attributes
            .as_ref()
            .and_then(|attributes| attributes.signing_time)
    }
}

impl<'a> SignerInfo<'a> {
    /// RFC 5652 §5.3.
    fn read(tlv: Tlv<'a>) -> Result<Self, SignedError> {
        let mut info = tlv.is(tag::SEQUENCE)?.enter()?;
        if !matches!(small_integer(info.next()?)?, 1 | 3) {
            return Err(Reason::Version.into());
        }
        let id = SignerId::read(info.next()?)?;
        let digest = AlgorithmIdentifier::read(info.next()?)?;
        let attributes = info.optional(tag::context_constructed(0))?;
        let algorithm = AlgorithmIdentifier::read(info.next()?)?;
        let signature = info.expect(tag::OCTET_STRING)?.value;
        info.optional(tag::context_constructed(1))?;
        info.end()?;
        let attributes = attributes.map(Attributes::read).transpose()?;

        let algorithm = algorithm::signature_in_signer_info(&algorithm).ok_or(Reason::Algorithm)?;
        let digest = algorithm::digest(&digest).ok_or(Reason::Algorithm)?;
        if digest != algorithm.digest() {
            return Err(Reason::DigestAlgorithm.into());
        }
        Ok(Self {
            id,
            algorithm,
            signature,
            attributes,
        })
    }
}

impl<'a> SignerId<'a> {
    fn read(tlv: Tlv<'a>) -> Result<Self, DerError> {
        if tlv.tag == tag::context(0) {
            return Ok(Self::KeyIdentifier(tlv.value));
        }
        let mut id = tlv.is(tag::SEQUENCE)?.enter()?;
        let issuer = id.expect(tag::SEQUENCE)?.raw;
        let serial = integer(id.next()?)?;
        id.end()?;
        Ok(Self::IssuerAndSerial(issuer, serial))
    }
}

impl<'a> Attributes<'a> {
    fn read(tlv: Tlv<'a>) -> Result<Self, SignedError> {
        if tlv.value.len() > MAX_ATTRIBUTES_LENGTH {
            return Err(Reason::AttributesLength.into());
        }
        let mut each = vec![];
        let mut seen: Vec<(&[u8], Reader<'a>)> = vec![];
        let mut reader = tlv.enter()?;
        while !reader.is_empty() {
            if each.len() == MAX_ATTRIBUTES {
                return Err(Reason::AttributesLength.into());
            }
            let attribute = reader.expect(tag::SEQUENCE)?;
            let mut parts = attribute.enter()?;
            let kind = parts.expect(tag::OID)?.value;
            let values = parts.expect(tag::SET)?.enter()?;
            parts.end()?;
            if seen.iter().any(|(other, _)| *other == kind) {
                return Err(Reason::DuplicateAttribute.into());
            }
            seen.push((kind, values));
            each.push(attribute.raw);
        }
        let values_of = |kind: &[u8]| {
            seen.iter()
                .find(|(other, _)| *other == kind)
                .map(|(_, values)| values.clone())
        };
        let single = |kind: &[u8]| -> Result<Option<Tlv<'a>>, DerError> {
            let Some(mut values) = values_of(kind).filter(|values| !values.is_empty()) else {
                return Ok(None);
            };
            let value = values.next()?;
            Ok(values.is_empty().then_some(value))
        };
        Ok(Self {
            raw: tlv.raw,
            each,
            content_type: single(oid::CONTENT_TYPE)?.ok_or(Reason::MissingAttribute)?,
            message_digest: single(oid::MESSAGE_DIGEST)?.ok_or(Reason::MissingAttribute)?,
            signing_certificate: values_of(oid::SIGNING_CERTIFICATE_V2),
            signing_time: match single(oid::SIGNING_TIME)? {
                Some(value) => Some(time::read(value).map_err(|_| Reason::SigningTime)?),
                None => None,
            },
        })
    }

    /// The octets received, called the SET OF that they are signed as (RFC 5652 §5.4).
    fn as_received(&self) -> Vec<u8> {
        [&[tag::SET], self.raw.get(1..).unwrap_or_default()].concat()
    }

    /// The same in the order of DER, unless they came in it.
    fn in_der_order(&self) -> Option<Vec<u8>> {
        if self.each.is_sorted() {
            return None;
        }
        let mut each = self.each.clone();
        each.sort_unstable();
        Some(super::der_write::value(tag::SET, &each))
    }
}

/// Whether the first ESSCertIDv2 of the only value is this certificate (RFC 5035 §3).
fn names_certificate(mut values: Reader<'_>, certificate: &[u8]) -> Result<bool, DerError> {
    let value = values.expect(tag::SEQUENCE)?;
    values.end()?;
    let mut first = value
        .enter()?
        .expect(tag::SEQUENCE)?
        .enter()?
        .expect(tag::SEQUENCE)?
        .enter()?;
    let digest = match first.optional(tag::SEQUENCE)? {
        Some(identifier) => algorithm::digest(&AlgorithmIdentifier::read(identifier)?),
        None => Some(&SHA256),
    };
    let hash = first.expect(tag::OCTET_STRING)?.value;
    Ok(digest.is_some_and(|digest| digest.hash(certificate) == hash))
}

/// The inside of SignedData.
fn signed_data(der: &[u8]) -> Result<Reader<'_>, SignedError> {
    let mut info = Reader::only(der)?.is(tag::SEQUENCE)?.enter()?;
    if info.expect(tag::OID)?.value != oid::SIGNED_DATA {
        return Err(Reason::ContentType.into());
    }
    let mut explicit = info.expect(tag::context_constructed(0))?.enter()?;
    info.end()?;
    let data = explicit.expect(tag::SEQUENCE)?;
    explicit.end()?;
    Ok(data.enter()?)
}

/// The octets in EncapsulatedContentInfo (RFC 5652 §5.2).
fn content(tlv: Tlv<'_>) -> Result<&[u8], SignedError> {
    let mut info = tlv.enter()?;
    if info.expect(tag::OID)?.value != oid::DATA {
        return Err(Reason::ContentType.into());
    }
    let mut explicit = info
        .optional(tag::context_constructed(0))?
        .ok_or(Reason::Detached)?
        .enter()?;
    info.end()?;
    let content = explicit.expect(tag::OCTET_STRING)?.value;
    explicit.end()?;
    Ok(content)
}

/// The X.509 certificates in a CertificateSet; its other choices are passed over (RFC 5652
/// §10.2.2).
fn certificates_in(tlv: Tlv<'_>) -> Result<Vec<&[u8]>, DerError> {
    let mut reader = tlv.enter()?;
    let mut certificates = vec![];
    while !reader.is_empty() {
        let choice = reader.next()?;
        if choice.tag == tag::SEQUENCE {
            certificates.push(choice.raw);
        }
    }
    Ok(certificates)
}

/// The certificates of a file that carries nothing else: `.p7b` (RFC 5652 §5.1 without signers).
///
/// # Errors
/// [`SignedError::Malformed`].
pub fn certificate_bundle(der: &[u8]) -> Result<Vec<&[u8]>, SignedError> {
    let mut data = signed_data(der)?;
    data.expect(tag::INTEGER)?;
    data.expect(tag::SET)?;
    data.expect(tag::SEQUENCE)?;
    let certificates = data
        .optional(tag::context_constructed(0))?
        .ok_or(Reason::NoCertificates)?;
    Ok(certificates_in(certificates)?)
}
