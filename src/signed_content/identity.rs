//! Who signed, as the certificate says it (signed content §11).
//!
//! Nothing here refuses a signature: a certificate that names nobody is a valid one, and whoever
//! needs a person asks for the DRFO.

use std::fmt;

use super::{
    certificate::Certificate,
    der::{DerError, Reader, Tlv, tag},
    oid,
};

/// Before a DRFO in the subject's serialNumber. Without it the number is the authority's own.
const DRFO_PREFIX: &str = "TINUA-";
/// Before an EDRPOU in the subject's organizationIdentifier.
const EDRPOU_PREFIX: &str = "NTRUA-";
/// Characters in a DRFO or EDRPOU, at most.
const MAX_NUMBER: usize = 20;

/// The signer. `Debug` shows the certificate only.
#[derive(Clone, PartialEq, Eq)]
pub struct Signer {
    /// РНОКПП, or the document number of someone who declined one: upper-cased, without white
    /// space, 1 to 20 letters or digits, Cyrillic or Latin as the certificate has them. None
    /// when the certificate gives none, an unusable one, or two that differ.
    pub drfo: Option<String>,
    /// The number of the organisation, under the same rules.
    pub edrpou: Option<String>,
    /// The name.
    pub name: PersonName,
    /// SHA-256 of the certificate's whole DER.
    pub certificate_sha256: [u8; 32],
    /// The certificate's serial number in lower-case hexadecimal digits.
    pub certificate_serial: String,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("certificate_serial", &self.certificate_serial)
            .finish_non_exhaustive()
    }
}

/// A name as the certificate has it, trimmed; empty parts are none. `Debug` shows nothing.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PersonName {
    /// The surname (2.5.4.4).
    pub surname: Option<String>,
    /// First name and patronymic together (2.5.4.42).
    pub given_name: Option<String>,
    /// The name in full (2.5.4.3).
    pub common_name: Option<String>,
}

impl fmt::Debug for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PersonName").finish_non_exhaustive()
    }
}

impl Signer {
    /// What `certificate` says of its subject.
    #[must_use]
    pub fn of(certificate: &Certificate) -> Self {
        let id = certificate.id();
        let subject = name_attributes(certificate.subject()).unwrap_or_default();
        let directory = certificate.directory_attributes().map(directory_attributes);
        let number = |in_directory: &[u8], in_subject: &[u8], prefix: &str| {
            let mut values = vec![];
            match &directory {
                Some(Ok(attributes)) => values.extend(with_oid(attributes, in_directory)),
                // The number may be in what cannot be read, and differ.
                Some(Err(_)) => return None,
                None => {}
            }
            let prefixed = with_oid(&subject, in_subject)
                .filter_map(|text| text.ok()?.strip_prefix(prefix).map(str::to_owned));
            values.extend(prefixed.map(Ok));
            only_number(values)
        };
        Self {
            drfo: number(oid::DRFO, oid::SERIAL_NUMBER, DRFO_PREFIX),
            edrpou: number(oid::EDRPOU, oid::ORGANIZATION_IDENTIFIER, EDRPOU_PREFIX),
            name: PersonName {
                surname: first_text(&subject, oid::SURNAME),
                given_name: first_text(&subject, oid::GIVEN_NAME),
                common_name: first_text(&subject, oid::COMMON_NAME),
            },
            certificate_sha256: id.sha256,
            certificate_serial: id.serial,
        }
    }
}

/// The number that all places agree on. An empty place says nothing; an unusable one contradicts
/// every other.
fn only_number(values: Vec<Result<String, DerError>>) -> Option<String> {
    let mut found: Option<String> = None;
    for value in values {
        let number: String = value
            .ok()?
            .split_whitespace()
            .collect::<String>()
            .to_uppercase();
        if number.is_empty() {
            continue;
        }
        let is_usable = number.chars().count() <= MAX_NUMBER
            && number
                .chars()
                .all(|character| character.is_alphabetic() || character.is_ascii_digit());
        if !is_usable || found.as_ref().is_some_and(|other| *other != number) {
            return None;
        }
        found = Some(number);
    }
    found
}

/// Attribute type and value.
type Attribute<'a> = (&'a [u8], Tlv<'a>);

fn with_oid<'a>(
    attributes: &'a [Attribute<'a>],
    kind: &'a [u8],
) -> impl Iterator<Item = Result<String, DerError>> + 'a {
    attributes
        .iter()
        .filter(move |(other, _)| *other == kind)
        .map(|(_, value)| text(*value))
}

/// The first value of this type in an encoded Name, when it can be read and is not empty.
pub(super) fn name_text(name: &[u8], kind: &[u8]) -> Option<String> {
    first_text(&name_attributes(name).ok()?, kind)
}

fn first_text(attributes: &[Attribute<'_>], kind: &[u8]) -> Option<String> {
    let text = with_oid(attributes, kind).next()?.ok()?;
    (!text.is_empty()).then_some(text)
}

/// Name: `SEQUENCE OF SET OF SEQUENCE { type, value }` (RFC 5280 §4.1.2.4).
fn name_attributes(name: &[u8]) -> Result<Vec<Attribute<'_>>, DerError> {
    let mut attributes = vec![];
    let mut relative_names = Reader::only(name)?.is(tag::SEQUENCE)?.enter()?;
    while !relative_names.is_empty() {
        let mut relative_name = relative_names.expect(tag::SET)?.enter()?;
        while !relative_name.is_empty() {
            let mut pair = relative_name.expect(tag::SEQUENCE)?.enter()?;
            attributes.push((pair.expect(tag::OID)?.value, pair.next()?));
            pair.end()?;
        }
    }
    Ok(attributes)
}

/// SubjectDirectoryAttributes: `SEQUENCE OF SEQUENCE { type, SET OF value }` (RFC 5280 §4.2.1.8).
fn directory_attributes(extension: &[u8]) -> Result<Vec<Attribute<'_>>, DerError> {
    let mut attributes = vec![];
    let mut list = Reader::only(extension)?.is(tag::SEQUENCE)?.enter()?;
    while !list.is_empty() {
        let mut attribute = list.expect(tag::SEQUENCE)?.enter()?;
        let kind = attribute.expect(tag::OID)?.value;
        let mut values = attribute.expect(tag::SET)?.enter()?;
        attribute.end()?;
        while !values.is_empty() {
            attributes.push((kind, values.next()?));
        }
    }
    Ok(attributes)
}

/// The text of a string type that signed content §11 accepts, trimmed.
fn text(tlv: Tlv<'_>) -> Result<String, DerError> {
    let text = match tlv.tag {
        tag::UTF8_STRING => std::str::from_utf8(tlv.value)
            .map_err(|_| DerError::Value)?
            .to_owned(),
        tag::PRINTABLE_STRING | tag::IA5_STRING | tag::NUMERIC_STRING if tlv.value.is_ascii() => {
            tlv.value.iter().map(|octet| char::from(*octet)).collect()
        }
        tag::TELETEX_STRING => tlv.value.iter().map(|octet| char::from(*octet)).collect(),
        tag::BMP_STRING if tlv.value.len().is_multiple_of(2) => {
            let units: Vec<u16> = tlv
                .value
                .chunks(2)
                .map(|pair| {
                    pair.iter()
                        .fold(0, |unit, octet| unit << 8 | u16::from(*octet))
                })
                .collect();
            String::from_utf16(&units).map_err(|_| DerError::Value)?
        }
        _ => return Err(DerError::Value),
    };
    Ok(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::der_write::value;
    use super::*;

    fn numbers(values: &[&str]) -> Option<String> {
        only_number(values.iter().map(|value| Ok((*value).to_owned())).collect())
    }

    #[test]
    fn drfo_forms() {
        // decisions §1 "DRFO forms", signed content §11
        for (values, expected) in [
            (&["3021809745"][..], Some("3021809745")),
            (&[" 302 180 9745 "], Some("3021809745")),
            (&["кр123456"], Some("КР123456")),
            (&["kp123456"], Some("KP123456")),
            (&["001253408"], Some("001253408")),
            (&["3021809745", "3021809745"], Some("3021809745")),
            (&["кр123456", "КР 123456"], Some("КР123456")),
            (&["3021809745", "3021809746"], None),
            (&["3021809745", ""], Some("3021809745")),
            (&["3021809745", "?"], None),
            (&["30218-09745"], None),
            (&["123456789012345678901"], None),
            (&["12345678901234567890"], Some("12345678901234567890")),
            (&[""], None),
            (&[], None),
        ] {
            assert_eq!(numbers(values).as_deref(), expected, "{values:?}");
        }
        assert_eq!(
            only_number(vec![Ok("3021809745".to_owned()), Err(DerError::Value)]),
            None
        );
    }

    #[test]
    fn string_types() {
        // signed content §11
        for (tag, octets, expected) in [
            (tag::UTF8_STRING, " Їжак ".as_bytes(), Some("Їжак")),
            (tag::UTF8_STRING, &[0xff], None),
            (tag::PRINTABLE_STRING, b"TINUA-1", Some("TINUA-1")),
            (tag::PRINTABLE_STRING, &[0xc3], None),
            (tag::IA5_STRING, b"a@b", Some("a@b")),
            (tag::NUMERIC_STRING, b"12 ", Some("12")),
            (tag::BMP_STRING, &[0x04, 0x07, 0x00, 0x31], Some("Ї1")),
            (tag::BMP_STRING, &[0x04], None),
            (tag::BMP_STRING, &[0xd8, 0x00], None),
            (tag::TELETEX_STRING, &[0xe9], Some("é")),
            (tag::OCTET_STRING, b"1", None),
        ] {
            let encoded = value(tag, &[octets]);
            assert_eq!(
                text(Reader::only(&encoded).unwrap()).ok().as_deref(),
                expected,
                "{tag:02x} {octets:02x?}"
            );
        }
    }
}
