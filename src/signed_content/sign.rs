//! Makes signed content: a CAdES-BES SignedData with everything that [`super::verify`] looks at.
//!
//! For `dovira sign`, the demo's people and the tests. People's real keys never come here.

use std::fmt;

use chrono::{DateTime, Utc};
use dstu::{Curve, SecretKey};
use openssl::{
    ec::{EcGroup, EcKey},
    error::ErrorStack,
    hash::MessageDigest,
    nid::Nid,
    pkey::{PKey, Private},
    rand::rand_bytes,
    rsa::Rsa,
    sign::Signer,
};

use super::{
    algorithm::{
        DSTU_GOST34311, DSTU_KUPYNA256, DSTU_KUPYNA384, DSTU_KUPYNA512, ECDSA_P256_SHA256, KeyKind,
        PublicKey, RSA_SHA256, SHA256, SignatureAlgorithm, UnsupportedKey,
    },
    certificate::Certificate,
    der::tag,
    der_write as write, dstu4145, oid, pem,
};

/// Why something could not be signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The key cannot be read, is protected by a password, or is of no supported kind or size.
    #[error(
        "the private key cannot be read or is of no supported kind (DSTU 4145, ECDSA P-256, RSA of 2048 to 4096 bits; PEM or DER, no password)"
    )]
    Key,
    /// The certificate is for another key.
    #[error("the private key does not belong to the certificate")]
    OtherKey,
    /// OpenSSL failed.
    #[error("the signature could not be made: {0}")]
    OpenSsl(#[from] ErrorStack),
}

impl From<UnsupportedKey> for SignError {
    fn from(_: UnsupportedKey) -> Self {
        Self::Key
    }
}

/// The hash functions that a key of DSTU 4145 signs with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DstuHash {
    /// GOST 34.311-95.
    Gost34311,
    /// DSTU 7564:2014 with 256 bits.
    Kupyna256,
    /// DSTU 7564:2014 with 384 bits.
    Kupyna384,
    /// DSTU 7564:2014 with 512 bits.
    Kupyna512,
}

impl DstuHash {
    /// All four.
    pub const ALL: [Self; 4] = [
        Self::Gost34311,
        Self::Kupyna256,
        Self::Kupyna384,
        Self::Kupyna512,
    ];

    /// The signature algorithm with this hash.
    #[must_use]
    pub const fn algorithm(self) -> &'static SignatureAlgorithm {
        match self {
            Self::Gost34311 => &DSTU_GOST34311,
            Self::Kupyna256 => &DSTU_KUPYNA256,
            Self::Kupyna384 => &DSTU_KUPYNA384,
            Self::Kupyna512 => &DSTU_KUPYNA512,
        }
    }
}

/// A private key that can sign. `Debug` shows its kind only.
#[derive(Clone)]
pub enum SigningKey {
    /// DSTU 4145 with one of its hashes.
    Dstu(SecretKey, DstuHash),
    /// ECDSA over P-256 with SHA-256.
    EcdsaP256(PKey<Private>),
    /// RSA PKCS#1 v1.5 with SHA-256.
    Rsa(PKey<Private>),
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dstu(..) => "SigningKey::Dstu(..)",
            Self::EcdsaP256(_) => "SigningKey::EcdsaP256(..)",
            Self::Rsa(_) => "SigningKey::Rsa(..)",
        })
    }
}

impl SigningKey {
    /// A new key of DSTU 4145.
    ///
    /// # Errors
    /// [`SignError::OpenSsl`] when there is no randomness.
    pub fn generate_dstu(curve: Curve, hash: DstuHash) -> Result<Self, SignError> {
        Ok(Self::Dstu(SecretKey::generate(curve, rand_bytes)?, hash))
    }

    /// A new key of P-256.
    ///
    /// # Errors
    /// [`SignError::OpenSsl`].
    pub fn generate_ecdsa_p256() -> Result<Self, SignError> {
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
        Ok(Self::EcdsaP256(PKey::from_ec_key(EcKey::generate(
            &group,
        )?)?))
    }

    /// A new RSA key of 2048 bits.
    ///
    /// # Errors
    /// [`SignError::OpenSsl`].
    pub fn generate_rsa_2048() -> Result<Self, SignError> {
        Ok(Self::Rsa(PKey::from_rsa(Rsa::generate(2048)?)?))
    }

    /// Reads a key without a password: PKCS #8, or the own format of ECDSA and RSA keys, in PEM or
    /// DER. A key of DSTU 4145 signs with the hash that its identifier names.
    ///
    /// # Errors
    /// [`SignError::Key`].
    pub fn read(octets: &[u8]) -> Result<Self, SignError> {
        if let Some(key) = Self::read_dstu(octets) {
            return Ok(key);
        }
        // With an empty password given, a protected key is refused; with none, OpenSSL would ask
        // the terminal.
        let key = PKey::private_key_from_der(octets)
            .or_else(|_| PKey::private_key_from_pem_passphrase(octets, b""))
            .map_err(|_| SignError::Key)?;
        match PublicKey::from_spki(&key.public_key_to_der()?)?.kind() {
            KeyKind::EcdsaP256 => Ok(Self::EcdsaP256(key)),
            KeyKind::Rsa => Ok(Self::Rsa(key)),
            KeyKind::Dstu => Err(SignError::Key),
        }
    }

    fn read_dstu(octets: &[u8]) -> Option<Self> {
        let from_der = |der: &[u8]| {
            let (oid, key) = dstu4145::private_key(der)?;
            let mut hashes = DstuHash::ALL.into_iter();
            hashes
                .find(|hash| hash.algorithm().oid() == oid)
                .map(|hash| Self::Dstu(key, hash))
        };
        if octets.first() == Some(&tag::SEQUENCE) {
            return from_der(octets);
        }
        pem::blocks(std::str::from_utf8(octets).ok()?)?
            .iter()
            .filter(|(label, _)| *label == PRIVATE_KEY)
            .find_map(|(_, der)| from_der(der))
    }

    /// The key as PKCS #8 in PEM, without a password.
    ///
    /// # Errors
    /// [`SignError::OpenSsl`].
    pub fn to_pem(&self) -> Result<Vec<u8>, SignError> {
        match self {
            Self::Dstu(key, hash) => {
                let der = dstu4145::private_key_der(hash.algorithm().oid(), key);
                Ok(pem::block(PRIVATE_KEY, &der).into_bytes())
            }
            Self::EcdsaP256(key) | Self::Rsa(key) => Ok(key.private_key_to_pem_pkcs8()?),
        }
    }

    /// The public key as SubjectPublicKeyInfo in DER.
    ///
    /// # Errors
    /// [`SignError::OpenSsl`].
    pub fn public_key_der(&self) -> Result<Vec<u8>, SignError> {
        match self {
            Self::Dstu(key, hash) => Ok(dstu4145::public_key_der(
                hash.algorithm().oid(),
                &key.public_key(),
            )),
            Self::EcdsaP256(key) | Self::Rsa(key) => Ok(key.public_key_to_der()?),
        }
    }

    /// How the key signs.
    #[must_use]
    pub const fn algorithm(&self) -> &'static SignatureAlgorithm {
        match self {
            Self::Dstu(_, hash) => hash.algorithm(),
            Self::EcdsaP256(_) => &ECDSA_P256_SHA256,
            Self::Rsa(_) => &RSA_SHA256,
        }
    }

    /// A signature of `message`, as a SignerInfo has it.
    ///
    /// # Errors
    /// [`SignError::OpenSsl`].
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        match self {
            Self::Dstu(key, hash) => {
                let digest = hash.algorithm().digest().hash(message);
                Ok(key.sign(&digest, rand_bytes)?.to_vec())
            }
            Self::EcdsaP256(key) | Self::Rsa(key) => {
                Ok(Signer::new(MessageDigest::sha256(), key)?.sign_oneshot_to_vec(message)?)
            }
        }
    }
}

/// The label of PKCS #8 without a password (RFC 7468 §10).
const PRIVATE_KEY: &str = "PRIVATE KEY";

/// What goes into a message.
#[derive(Debug, Clone, Copy)]
pub struct ToSign<'a> {
    /// The octets to sign.
    pub content: &'a [u8],
    /// The signer's certificate.
    pub certificate: &'a Certificate,
    /// Certificates that travel along: those above the signer's.
    pub chain: &'a [Certificate],
    /// When it is signed; none leaves the attribute out.
    pub signing_time: Option<DateTime<Utc>>,
}

/// Signs: SignedData in DER (RFC 5652 §5) with the attributes contentType, messageDigest,
/// signingTime and signing-certificate-v2 (CAdES-BES), all sets in the order of DER.
///
/// # Errors
/// [`SignError::OtherKey`], [`SignError::OpenSsl`].
pub fn sign(key: &SigningKey, what: &ToSign<'_>) -> Result<Vec<u8>, SignError> {
    if PublicKey::from_spki(&key.public_key_der()?)?
        != *what.certificate.public_key().ok_or(SignError::OtherKey)?
    {
        return Err(SignError::OtherKey);
    }
    let algorithm = key.algorithm();
    let digest = algorithm.digest();
    let mut attributes = vec![
        attribute(oid::CONTENT_TYPE, &write::oid(oid::DATA)),
        attribute(
            oid::MESSAGE_DIGEST,
            &write::octet_string(&digest.hash(what.content)),
        ),
        attribute(
            oid::SIGNING_CERTIFICATE_V2,
            &signing_certificate(algorithm, what.certificate),
        ),
    ];
    attributes.extend(
        what.signing_time
            .map(|at| attribute(oid::SIGNING_TIME, &write::time(at))),
    );
    let attributes = write::set_of(attributes);
    let signature = key.sign(&attributes)?;

    let signer = write::sequence(&[
        &write::unsigned_integer(&[1]),
        &issuer_and_serial(what.certificate),
        &digest.identifier(),
        &with_implicit_tag(tag::context_constructed(0), attributes),
        &algorithm.identifier(),
        &write::octet_string(&signature),
    ]);
    let certificates = std::iter::once(what.certificate)
        .chain(what.chain)
        .map(|certificate| certificate.der().to_vec())
        .collect();
    Ok(message(
        &digest.identifier(),
        what.content,
        certificates,
        &signer,
    ))
}

fn message(digest: &[u8], content: &[u8], certificates: Vec<Vec<u8>>, signer: &[u8]) -> Vec<u8> {
    let signed_data = write::sequence(&[
        &write::unsigned_integer(&[1]),
        &write::value(tag::SET, &[digest]),
        &write::sequence(&[
            &write::oid(oid::DATA),
            &write::explicit(0, &write::octet_string(content)),
        ]),
        &with_implicit_tag(tag::context_constructed(0), write::set_of(certificates)),
        &write::value(tag::SET, &[signer]),
    ]);
    write::sequence(&[
        &write::oid(oid::SIGNED_DATA),
        &write::explicit(0, &signed_data),
    ])
}

fn attribute(kind: &[u8], value: &[u8]) -> Vec<u8> {
    write::sequence(&[&write::oid(kind), &write::value(tag::SET, &[value])])
}

fn issuer_and_serial(certificate: &Certificate) -> Vec<u8> {
    write::sequence(&[
        certificate.issuer(),
        &write::value(tag::INTEGER, &[certificate.serial()]),
    ])
}

/// SigningCertificateV2 with one ESSCertIDv2 (RFC 5035 §3); the digest is left out where it is the
/// default.
fn signing_certificate(algorithm: &SignatureAlgorithm, certificate: &Certificate) -> Vec<u8> {
    let digest = algorithm.digest();
    let identifier = if *digest == SHA256 {
        vec![]
    } else {
        digest.identifier()
    };
    let issuer = write::sequence(&[&write::explicit(4, certificate.issuer())]);
    let issuer_serial = write::sequence(&[
        &issuer,
        &write::value(tag::INTEGER, &[certificate.serial()]),
    ]);
    let id = write::sequence(&[
        &identifier,
        &write::octet_string(&digest.hash(certificate.der())),
        &issuer_serial,
    ]);
    write::sequence(&[&write::sequence(&[&id])])
}

/// The same value under an IMPLICIT tag.
fn with_implicit_tag(tag: u8, mut value: Vec<u8>) -> Vec<u8> {
    if let Some(first) = value.first_mut() {
        *first = tag;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_were_written() {
        let mut keys = vec![
            SigningKey::generate_ecdsa_p256().unwrap(),
            SigningKey::generate_rsa_2048().unwrap(),
        ];
        for curve in Curve::ALL {
            let hashes = DstuHash::ALL.into_iter();
            keys.extend(hashes.map(|hash| SigningKey::generate_dstu(curve, hash).unwrap()));
        }
        for key in keys {
            let pem = key.to_pem().unwrap();
            let text = std::str::from_utf8(&pem).unwrap();
            let [(_, der)] = pem::blocks(text).unwrap().try_into().unwrap();
            for octets in [&pem, &der] {
                let read = SigningKey::read(octets).unwrap();
                assert_eq!(
                    read.public_key_der().unwrap(),
                    key.public_key_der().unwrap()
                );
                assert_eq!(read.algorithm().oid(), key.algorithm().oid());
            }
        }
    }

    #[test]
    fn dstu_keys_beside_others_or_out_of_range_are_refused() {
        let curve = Curve::M257;
        let key = SigningKey::generate_dstu(curve, DstuHash::Gost34311).unwrap();
        let pem = String::from_utf8(key.to_pem().unwrap()).unwrap();
        let [(_, der)] = pem::blocks(&pem).unwrap().try_into().unwrap();
        let secret = der.len() - curve.octets();
        let with = |octets: &[u8]| [&der[..secret], octets].concat();
        assert!(SigningKey::read(&with(&der[secret..])).is_ok());
        for octets in [
            with(&[0; 33]),
            with(curve.parameters().order),
            with(&[0xff; 33]),
            der[..secret].to_vec(),
            pem.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY").into(),
        ] {
            assert!(matches!(SigningKey::read(&octets), Err(SignError::Key)));
        }
        // Text around a block is passed over.
        assert!(SigningKey::read(format!("A key\n{pem}").as_bytes()).is_ok());
    }

    fn openssl(key: &SigningKey) -> &PKey<Private> {
        match key {
            SigningKey::EcdsaP256(key) | SigningKey::Rsa(key) => key,
            SigningKey::Dstu(..) => panic!("not a key of OpenSSL"),
        }
    }

    #[test]
    fn other_keys_are_refused() {
        let small = PKey::from_rsa(Rsa::generate(1024).unwrap())
            .unwrap()
            .private_key_to_pem_pkcs8()
            .unwrap();
        let group = EcGroup::from_curve_name(Nid::SECP384R1).unwrap();
        let other_curve = PKey::from_ec_key(EcKey::generate(&group).unwrap())
            .unwrap()
            .private_key_to_pem_pkcs8()
            .unwrap();
        let protected = openssl(&SigningKey::generate_ecdsa_p256().unwrap())
            .private_key_to_pem_pkcs8_passphrase(openssl::symm::Cipher::aes_128_cbc(), b"secret")
            .unwrap();
        for octets in [
            small,
            other_curve,
            protected,
            b"".to_vec(),
            b"-----BEGIN PRIVATE KEY-----".to_vec(),
        ] {
            assert!(matches!(SigningKey::read(&octets), Err(SignError::Key)));
        }
    }
}
