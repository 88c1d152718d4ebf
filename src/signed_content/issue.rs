//! Makes certificates that look like Ukrainian qualified ones: authorities, people, organisations.
//!
//! For the demo's own little authority and for the tests. Whatever signs a certificate is behind
//! [`SigningKey`], so a kind of key more changes nothing here. Serial numbers and times are
//! arguments, like everywhere.

use chrono::{DateTime, Utc};

use super::{
    certificate::{BasicConstraints, Certificate, KeyUsage},
    der::{DerError, Reader, tag},
    der_write as write, oid,
    sign::{SignError, SigningKey},
};

/// Why a certificate could not be issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The issuer's key failed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The template gives something that makes no certificate, such as a public key that is none.
    #[error("the template makes no certificate: {0}")]
    Template(#[from] DerError),
}

/// An encoded Name, one attribute a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(Vec<u8>);

impl Name {
    /// The attributes in order: content octets of the type, text. Plain ASCII is written as
    /// PrintableString, all else as UTF8String.
    #[must_use]
    pub fn new(attributes: &[(&[u8], &str)]) -> Self {
        let steps: Vec<_> = attributes
            .iter()
            .map(|(kind, value)| {
                write::value(
                    tag::SET,
                    &[&write::sequence(&[&write::oid(kind), &text(value)])],
                )
            })
            .collect();
        Self(write::sequence(
            &steps.iter().map(Vec::as_slice).collect::<Vec<_>>(),
        ))
    }

    /// The name of a certification authority in Ukraine.
    #[must_use]
    pub fn authority(organization: &str, common_name: &str, serial_number: &str) -> Self {
        Self::new(&[
            (oid::ORGANIZATION, organization),
            (oid::COMMON_NAME, common_name),
            (oid::SERIAL_NUMBER, serial_number),
            (oid::COUNTRY, "UA"),
        ])
    }
}

/// A person, or one who signs for an organisation.
#[derive(Debug, Clone, Copy)]
pub struct Person<'a> {
    /// The surname.
    pub surname: &'a str,
    /// First name and patronymic.
    pub given_name: &'a str,
    /// РНОКПП or document number; goes into subjectDirectoryAttributes and, as `TINUA-…`, into the
    /// subject.
    pub drfo: Option<&'a str>,
    /// The organisation that the person signs for.
    pub organisation: Option<Organisation<'a>>,
}

/// An organisation.
#[derive(Debug, Clone, Copy)]
pub struct Organisation<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its number; goes into subjectDirectoryAttributes and, as `NTRUA-…`, into the subject.
    pub edrpou: &'a str,
}

/// An extension that the template does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// The content octets of its type.
    pub oid: Vec<u8>,
    /// Whether it is critical.
    pub is_critical: bool,
    /// Its encoded value.
    pub value: Vec<u8>,
}

/// What a certificate will say. Begin with [`Template::authority`] or [`Template::person`] and
/// change what should differ.
#[derive(Debug, Clone)]
pub struct Template {
    /// The serial number, big-endian.
    pub serial: Vec<u8>,
    /// Whose it is.
    pub subject: Name,
    /// The first moment of its validity, to the second.
    pub not_before: DateTime<Utc>,
    /// The last.
    pub not_after: DateTime<Utc>,
    /// The subject's SubjectPublicKeyInfo.
    pub public_key: Vec<u8>,
    /// basicConstraints, critical.
    pub basic_constraints: Option<BasicConstraints>,
    /// keyUsage, critical.
    pub key_usage: Option<KeyUsage>,
    /// subjectDirectoryAttributes: content octets of the type, text.
    pub directory_attributes: Vec<(Vec<u8>, String)>,
    /// Whether it carries the critical qcStatements of a qualified certificate.
    pub is_qualified: bool,
    /// The key that AuthorityKeyIdentifier names, if not the issuer's.
    pub authority_key_identifier: Option<Vec<u8>>,
    /// More extensions.
    pub extensions: Vec<Extension>,
}

/// From when to when.
pub type Validity = (DateTime<Utc>, DateTime<Utc>);

impl Template {
    /// A certification authority: cA, keyCertSign, cRLSign. A root when it issues itself.
    #[must_use]
    pub fn authority(
        subject: Name,
        path_length: Option<u32>,
        public_key: Vec<u8>,
        serial: &[u8],
        (not_before, not_after): Validity,
    ) -> Self {
        Self {
            serial: serial.to_vec(),
            subject,
            not_before,
            not_after,
            public_key,
            basic_constraints: Some(BasicConstraints {
                is_authority: true,
                path_length,
            }),
            key_usage: Some(KeyUsage(KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN)),
            directory_attributes: vec![],
            is_qualified: false,
            authority_key_identifier: None,
            extensions: vec![],
        }
    }

    /// A person's qualified certificate: digitalSignature, nonRepudiation.
    #[must_use]
    pub fn person(
        person: &Person<'_>,
        public_key: Vec<u8>,
        serial: &[u8],
        (not_before, not_after): Validity,
    ) -> Self {
        let common_name = format!("{} {}", person.surname, person.given_name);
        let tax_number = person.drfo.map(|drfo| format!("TINUA-{drfo}"));
        let organisation_number = person
            .organisation
            .map(|organisation| format!("NTRUA-{}", organisation.edrpou));
        let mut subject = vec![
            (oid::COMMON_NAME, common_name.as_str()),
            (oid::SURNAME, person.surname),
            (oid::GIVEN_NAME, person.given_name),
        ];
        subject.extend(
            tax_number
                .as_deref()
                .map(|number| (oid::SERIAL_NUMBER, number)),
        );
        subject.extend(
            person
                .organisation
                .map(|organisation| (oid::ORGANIZATION, organisation.name)),
        );
        subject.extend(
            organisation_number
                .as_deref()
                .map(|number| (oid::ORGANIZATION_IDENTIFIER, number)),
        );
        subject.push((oid::COUNTRY, "UA"));
        let drfo = person
            .drfo
            .map(|drfo| (oid::DRFO.to_vec(), drfo.to_owned()));
        let edrpou = person
            .organisation
            .map(|organisation| (oid::EDRPOU.to_vec(), organisation.edrpou.to_owned()));
        Self {
            serial: serial.to_vec(),
            subject: Name::new(&subject),
            not_before,
            not_after,
            public_key,
            basic_constraints: Some(BasicConstraints {
                is_authority: false,
                path_length: None,
            }),
            key_usage: Some(KeyUsage(
                KeyUsage::DIGITAL_SIGNATURE | KeyUsage::NON_REPUDIATION,
            )),
            directory_attributes: drfo.into_iter().chain(edrpou).collect(),
            is_qualified: true,
            authority_key_identifier: None,
            extensions: vec![],
        }
    }
}

/// Who signs a certificate.
#[derive(Debug, Clone, Copy)]
pub enum Issuer<'a> {
    /// The subject itself, with its own key: a root.
    Itself(&'a SigningKey),
    /// An authority.
    Authority(&'a Certificate, &'a SigningKey),
}

/// Issues a certificate (RFC 5280 §4) of version 3, with critical certificatePolicies as Ukrainian
/// authorities write them.
///
/// # Errors
/// [`IssueError`].
pub fn issue(template: &Template, issuer: Issuer<'_>) -> Result<Certificate, IssueError> {
    let subject_key = key_identifier(&template.public_key)?;
    let (issuer_name, issuer_key, key) = match issuer {
        Issuer::Itself(key) => (
            template.subject.0.as_slice(),
            Some(subject_key.as_slice()),
            key,
        ),
        Issuer::Authority(certificate, key) => (
            certificate.subject(),
            certificate.subject_key_identifier(),
            key,
        ),
    };
    let authority_key = template.authority_key_identifier.as_deref().or(issuer_key);
    let algorithm = key.algorithm().identifier();
    let tbs = write::sequence(&[
        &write::explicit(0, &write::unsigned_integer(&[2])),
        &write::unsigned_integer(&template.serial),
        &algorithm,
        issuer_name,
        &write::sequence(&[
            &write::time(template.not_before),
            &write::time(template.not_after),
        ]),
        &template.subject.0,
        &template.public_key,
        &write::explicit(3, &extensions(template, &subject_key, authority_key)),
    ]);
    let signature = write::bit_string(&key.algorithm().to_certificate(key.sign(&tbs)?));
    Ok(Certificate::from_der(&write::sequence(&[
        &tbs, &algorithm, &signature,
    ]))?)
}

fn extensions(template: &Template, subject_key: &[u8], authority_key: Option<&[u8]>) -> Vec<u8> {
    let mut list = vec![extension(
        oid::SUBJECT_KEY_IDENTIFIER,
        false,
        &write::octet_string(subject_key),
    )];
    if let Some(authority_key) = authority_key {
        let value = write::sequence(&[&write::value(tag::context(0), &[authority_key])]);
        list.push(extension(oid::AUTHORITY_KEY_IDENTIFIER, false, &value));
    }
    if let Some(usage) = template.key_usage {
        list.push(extension(oid::KEY_USAGE, true, &write::named_bits(usage.0)));
    }
    if let Some(constraints) = template.basic_constraints {
        let authority = if constraints.is_authority {
            write::yes()
        } else {
            vec![]
        };
        let path_length = constraints
            .path_length
            .map(|limit| write::unsigned_integer(&limit.to_be_bytes()))
            .unwrap_or_default();
        list.push(extension(
            oid::BASIC_CONSTRAINTS,
            true,
            &write::sequence(&[&authority, &path_length]),
        ));
    }
    list.push(extension(
        oid::CERTIFICATE_POLICIES,
        true,
        &write::sequence(&[&write::sequence(&[&write::oid(oid::QUALIFIED_POLICY)])]),
    ));
    if template.is_qualified {
        let statement = write::sequence(&[&write::oid(oid::QUALIFIED_STATEMENT)]);
        list.push(extension(
            oid::QC_STATEMENTS,
            true,
            &write::sequence(&[&statement]),
        ));
    }
    if !template.directory_attributes.is_empty() {
        let attributes: Vec<_> = template
            .directory_attributes
            .iter()
            .map(|(kind, value)| {
                write::sequence(&[&write::oid(kind), &write::value(tag::SET, &[&text(value)])])
            })
            .collect();
        let value = write::sequence(&attributes.iter().map(Vec::as_slice).collect::<Vec<_>>());
        list.push(extension(oid::SUBJECT_DIRECTORY_ATTRIBUTES, false, &value));
    }
    list.extend(
        template
            .extensions
            .iter()
            .map(|more| extension(&more.oid, more.is_critical, &more.value)),
    );
    write::sequence(&list.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

fn extension(kind: &[u8], is_critical: bool, value: &[u8]) -> Vec<u8> {
    let critical = if is_critical { write::yes() } else { vec![] };
    write::sequence(&[&write::oid(kind), &critical, &write::octet_string(value)])
}

/// The first 20 octets of SHA-256 of the key's BIT STRING (RFC 7093 §2, method 1).
fn key_identifier(spki: &[u8]) -> Result<Vec<u8>, DerError> {
    let mut reader = Reader::only(spki)?.is(tag::SEQUENCE)?.enter()?;
    reader.next()?;
    let digest = openssl::sha::sha256(reader.next()?.bit_string_octets()?);
    Ok(digest.iter().take(20).copied().collect())
}

fn text(text: &str) -> Vec<u8> {
    let is_printable = text
        .bytes()
        .all(|octet| octet.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&octet));
    if is_printable {
        write::printable(text)
    } else {
        write::utf8(text)
    }
}
