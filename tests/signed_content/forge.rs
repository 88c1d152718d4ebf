//! An authority of our own, its people, and messages that are wrong in one place.

use chrono::{DateTime, TimeDelta, Utc};
use dovira::signed_content::{
    Policy, Reason, Rejection, Signed, SignedError, TrustStore,
    algorithm::{DigestAlgorithm, SHA256},
    certificate::Certificate,
    der::tag,
    der_write as write,
    issue::{Issuer, Name, Person, Template, Validity, issue},
    oid,
    sign::{SigningKey, ToSign, sign},
    verify,
};

pub fn now() -> DateTime<Utc> {
    "2026-06-15T10:05:00Z".parse().unwrap()
}

pub fn validity() -> Validity {
    (now() - TimeDelta::days(365), now() + TimeDelta::days(365))
}

pub fn off() -> Policy {
    Policy::with_max_age(None)
}

/// The same certificate once more: certificates are not for cloning.
pub fn copy(certificate: &Certificate) -> Certificate {
    Certificate::from_der(certificate.der()).unwrap()
}

pub fn ec() -> SigningKey {
    SigningKey::generate_ecdsa_p256().unwrap()
}

/// A key and its certificate.
pub struct Identity {
    pub key: SigningKey,
    pub certificate: Certificate,
}

impl Identity {
    pub fn root(name: &str, change: impl FnOnce(&mut Template)) -> Self {
        Self::root_with(ec(), name, change)
    }

    pub fn root_with(key: SigningKey, name: &str, change: impl FnOnce(&mut Template)) -> Self {
        let mut template = Template::authority(
            Name::authority("Тест", name, "UA-1"),
            None,
            key.public_key_der().unwrap(),
            &[1],
            validity(),
        );
        change(&mut template);
        let certificate = issue(&template, Issuer::Itself(&key)).unwrap();
        Self { key, certificate }
    }

    pub fn authority(&self, name: &str, change: impl FnOnce(&mut Template)) -> Self {
        self.authority_with(ec(), name, change)
    }

    pub fn authority_with(
        &self,
        key: SigningKey,
        name: &str,
        change: impl FnOnce(&mut Template),
    ) -> Self {
        let subject = Name::authority("Тест", name, "UA-2");
        let template = Template::authority(
            subject,
            None,
            key.public_key_der().unwrap(),
            &[2],
            validity(),
        );
        self.issues(key, template, change)
    }

    pub fn person(&self, change: impl FnOnce(&mut Template)) -> Self {
        self.person_with(ec(), change)
    }

    pub fn person_with(&self, key: SigningKey, change: impl FnOnce(&mut Template)) -> Self {
        let person = Person {
            surname: "Гриценко",
            given_name: "Тарас Миколайович",
            drfo: Some("2587413690"),
            organisation: None,
        };
        let template = Template::person(
            &person,
            key.public_key_der().unwrap(),
            &[0x23, 0x0c],
            validity(),
        );
        self.issues(key, template, change)
    }

    fn issues(
        &self,
        key: SigningKey,
        mut template: Template,
        change: impl FnOnce(&mut Template),
    ) -> Self {
        change(&mut template);
        let issuer = Issuer::Authority(&self.certificate, &self.key);
        let certificate = issue(&template, issuer).unwrap();
        Self { key, certificate }
    }

    pub fn signs(&self, content: &[u8], chain: &[&Identity]) -> Vec<u8> {
        let chain: Vec<_> = chain.iter().map(|above| copy(&above.certificate)).collect();
        let what = ToSign {
            content,
            certificate: &self.certificate,
            chain: &chain,
            signing_time: Some(now()),
        };
        sign(&self.key, &what).unwrap()
    }
}

/// A person under a root that is trusted.
pub fn person() -> (Identity, TrustStore) {
    let root = Identity::root("Корінь", |_| {});
    let person = root.person(|_| {});
    let store = store(&[&root], &[]);
    (person, store)
}

pub fn store(trusted: &[&Identity], intermediates: &[&Identity]) -> TrustStore {
    let copies = |all: &[&Identity]| all.iter().map(|one| copy(&one.certificate)).collect();
    TrustStore::new(copies(trusted), copies(intermediates)).unwrap()
}

pub fn check(der: &[u8], store: &TrustStore) -> Result<Signed, SignedError> {
    verify(der, store, now(), &off()).map_err(|Rejection { error, .. }| error)
}

/// What a check came to, for comparing: nothing when it is good.
pub fn fault(der: &[u8], store: &TrustStore) -> Option<SignedError> {
    check(der, store).err()
}

pub const fn malformed(reason: Reason) -> Option<SignedError> {
    Some(SignedError::Malformed(reason))
}

pub const fn invalid(reason: Reason) -> Option<SignedError> {
    Some(SignedError::InvalidSignature(reason))
}

pub const fn untrusted(reason: Reason) -> Option<SignedError> {
    Some(SignedError::Untrusted(reason))
}

pub const fn out_of_time(reason: Reason) -> Option<SignedError> {
    Some(SignedError::OutOfTime(reason))
}

/// An attribute with these encoded values.
pub fn attribute(kind: &[u8], values: &[&[u8]]) -> Vec<u8> {
    write::sequence(&[&write::oid(kind), &write::value(tag::SET, values)])
}

/// signing-certificate-v2 with this algorithm (none: left out) and hash.
pub fn ess(algorithm: &[u8], hash: &[u8]) -> Vec<u8> {
    let id = write::sequence(&[algorithm, &write::octet_string(hash)]);
    attribute(
        oid::SIGNING_CERTIFICATE_V2,
        &[&write::sequence(&[&write::sequence(&[&id])])],
    )
}

/// A message in the making. What a test does not change is as it should be.
pub struct Forge<'a> {
    pub signer: &'a Identity,
    pub outer_type: &'a [u8],
    pub content_type: &'a [u8],
    pub version: u8,
    /// What stands in `[0] EXPLICIT`; none for a detached signature.
    pub content: Option<Vec<u8>>,
    /// None leaves the field out.
    pub certificates: Option<Vec<Vec<u8>>>,
    pub id: Vec<u8>,
    pub digest: Vec<u8>,
    /// In the order written; none signs the content itself.
    pub attributes: Option<Vec<Vec<u8>>>,
    /// Whether the attributes are signed in the order of DER, whatever order they are written in.
    pub signs_sorted: bool,
    pub algorithm: Vec<u8>,
    pub signature: Option<Vec<u8>>,
    pub signers: usize,
    /// What follows the signature in SignerInfo.
    pub unsigned: Vec<u8>,
}

pub const CONTENT: &[u8] = br#"{"person":{}}"#;

impl<'a> Forge<'a> {
    pub fn new(signer: &'a Identity) -> Self {
        let certificate = &signer.certificate;
        let algorithm = signer.key.algorithm();
        Self {
            signer,
            outer_type: oid::SIGNED_DATA,
            content_type: oid::DATA,
            version: 1,
            content: Some(write::octet_string(CONTENT)),
            certificates: Some(vec![certificate.der().to_vec()]),
            id: write::sequence(&[
                certificate.issuer(),
                &write::value(tag::INTEGER, &[certificate.serial()]),
            ]),
            digest: algorithm.digest().identifier(),
            attributes: Some(Self::attributes_with(algorithm.digest(), CONTENT)),
            signs_sorted: false,
            algorithm: algorithm.identifier(),
            signature: None,
            signers: 1,
            unsigned: vec![],
        }
    }

    /// contentType, signingTime, messageDigest: in the order of DER.
    pub fn attributes_with(digest: &DigestAlgorithm, content: &[u8]) -> Vec<Vec<u8>> {
        vec![
            attribute(oid::CONTENT_TYPE, &[&write::oid(oid::DATA)]),
            attribute(oid::SIGNING_TIME, &[&write::time(now())]),
            attribute(
                oid::MESSAGE_DIGEST,
                &[&write::octet_string(&digest.hash(content))],
            ),
        ]
    }

    /// The same with SHA-256.
    pub fn attributes_of(content: &[u8]) -> Vec<Vec<u8>> {
        Self::attributes_with(&SHA256, content)
    }

    pub fn der(&self) -> Vec<u8> {
        let joined = |parts: &[Vec<u8>], tag: u8| {
            write::value(tag, &parts.iter().map(Vec::as_slice).collect::<Vec<_>>())
        };
        let message = match &self.attributes {
            None => self
                .content
                .as_ref()
                .map(|octets| inner(octets))
                .unwrap_or_default(),
            Some(attributes) => {
                let mut attributes = attributes.clone();
                if self.signs_sorted {
                    attributes.sort();
                }
                joined(&attributes, tag::SET)
            }
        };
        let signature = self
            .signature
            .clone()
            .unwrap_or_else(|| self.signer.key.sign(&message).unwrap());
        let attributes = self
            .attributes
            .as_ref()
            .map(|attributes| joined(attributes, 0xa0));
        let signer = write::sequence(&[
            &write::unsigned_integer(&[self.version]),
            &self.id,
            &self.digest,
            &attributes.unwrap_or_default(),
            &self.algorithm,
            &write::octet_string(&signature),
            &self.unsigned,
        ]);
        let content = self
            .content
            .as_ref()
            .map(|octets| write::explicit(0, octets));
        let certificates = self.certificates.as_ref().map(|each| joined(each, 0xa0));
        let signed_data = write::sequence(&[
            &write::unsigned_integer(&[self.version]),
            &write::value(tag::SET, &[&self.digest]),
            &write::sequence(&[&write::oid(self.content_type), &content.unwrap_or_default()]),
            &certificates.unwrap_or_default(),
            &joined(&vec![signer; self.signers], tag::SET),
        ]);
        write::sequence(&[
            &write::oid(self.outer_type),
            &write::explicit(0, &signed_data),
        ])
    }
}

/// The octets of an encoded OCTET STRING.
fn inner(encoded: &[u8]) -> Vec<u8> {
    dovira::signed_content::der::Reader::only(encoded)
        .unwrap()
        .value
        .to_vec()
}
