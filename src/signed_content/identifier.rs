//! What names a certificate or an algorithm.

use super::der::{DerError, Reader, Tlv, tag};

/// What the operator may know of a certificate: enough to find it, nothing about whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateId {
    /// SHA-256 of the whole DER.
    pub sha256: [u8; 32],
    /// The serial number in lower-case hexadecimal digits, two for each octet.
    pub serial: String,
}

/// SubjectPublicKeyInfo (RFC 5280 §4.1).
pub(super) struct KeyInfo<'a> {
    pub(super) algorithm: AlgorithmIdentifier<'a>,
    /// The octets of the BIT STRING.
    pub(super) key: &'a [u8],
    /// All of it.
    pub(super) der: &'a [u8],
}

impl<'a> KeyInfo<'a> {
    pub(super) fn read(der: &'a [u8]) -> Result<Self, DerError> {
        let mut reader = Reader::only(der)?.is(tag::SEQUENCE)?.enter()?;
        let algorithm = AlgorithmIdentifier::read(reader.next()?)?;
        let key = reader.next()?.bit_string_octets()?;
        reader.end()?;
        Ok(Self {
            algorithm,
            key,
            der,
        })
    }
}

/// AlgorithmIdentifier (RFC 5280 §4.1.1.2).
#[derive(Debug, Clone, Copy)]
pub struct AlgorithmIdentifier<'a> {
    /// The content octets of the object identifier.
    pub oid: &'a [u8],
    /// What follows it.
    pub parameters: Option<Tlv<'a>>,
}

impl<'a> AlgorithmIdentifier<'a> {
    /// Reads `SEQUENCE { OBJECT IDENTIFIER, ANY OPTIONAL }`.
    ///
    /// # Errors
    /// [`DerError`] when it is anything else.
    pub fn read(tlv: Tlv<'a>) -> Result<Self, DerError> {
        let mut reader = tlv.is(tag::SEQUENCE)?.enter()?;
        let oid = reader.expect(tag::OID)?.value;
        let parameters = if reader.is_empty() {
            None
        } else {
            Some(reader.next()?)
        };
        reader.end()?;
        Ok(Self { oid, parameters })
    }
}
