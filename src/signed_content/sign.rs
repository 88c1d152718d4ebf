//! Makes signed content: a CAdES-BES SignedData with everything that [`super::verify`] looks at.
//!
//! For `dovira sign`, the demo's people and the tests. People's real keys never come here.

use std::fmt;

use chrono::{DateTime, Utc};
use openssl::{
    ec::{EcGroup, EcKey},
    error::ErrorStack,
    hash::MessageDigest,
    nid::Nid,
    pkey::{PKey, Private},
    rsa::Rsa,
    sign::Signer,
};

use super::{
    algorithm::{
        ECDSA_P256_SHA256, KeyKind, PublicKey, RSA_SHA256, SHA256, SignatureAlgorithm,
        UnsupportedKey,
    },
    certificate::Certificate,
    der::tag,
    der_write as write, oid,
};

/// Why something could not be signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The key cannot be read, is protected by a password, or is of no supported kind or size.
    #[error(
        "the private key cannot be read or is of no supported kind (ECDSA P-256, RSA of 2048 to 4096 bits; PEM or DER, no password)"
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

/// A private key that can sign. `Debug` shows its kind only.
#[derive(Clone)]
pub enum SigningKey {
    /// ECDSA over P-256 with SHA-256.
    EcdsaP256(PKey<Private>),
    /// RSA PKCS#1 v1.5 with SHA-256.
    Rsa(PKey<Private>),
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EcdsaP256(_) => "SigningKey::EcdsaP256(..)",
            Self::Rsa(_) => "SigningKey::Rsa(..)",
        })
    }
}

impl SigningKey {
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

    /// Reads a key without a password: PKCS #8 or the key's own format, in PEM or DER.
    ///
    /// # Errors
    /// [`SignError::Key`].
    pub fn read(octets: &[u8]) -> Result<Self, SignError> {
        // With an empty password given, a protected key is refused; with none, OpenSSL would ask
        // the terminal.
        let key = PKey::private_key_from_der(octets)
            .or_else(|_| PKey::private_key_from_pem_passphrase(octets, b""))
            .map_err(|_| SignError::Key)?;
        match PublicKey::from_spki(&key.public_key_to_der()?)?.kind() {
            KeyKind::EcdsaP256 => Ok(Self::EcdsaP256(key)),
            KeyKind::Rsa => Ok(Self::Rsa(key)),
        }
    }

    /// The key as PKCS #8 in PEM, without a password.
    ///
    /// # Errors
    /// [`SignError::OpenSsl`].
    pub fn to_pem(&self) -> Result<Vec<u8>, SignError> {
        Ok(self.openssl().private_key_to_pem_pkcs8()?)
    }

    /// The public key as SubjectPublicKeyInfo in DER.
    ///
    /// # Errors
    /// [`SignError::OpenSsl`].
    pub fn public_key_der(&self) -> Result<Vec<u8>, SignError> {
        Ok(self.openssl().public_key_to_der()?)
    }

    /// How the key signs.
    #[must_use]
    pub fn algorithm(&self) -> &'static SignatureAlgorithm {
        match self {
            Self::EcdsaP256(_) => &ECDSA_P256_SHA256,
            Self::Rsa(_) => &RSA_SHA256,
        }
    }

    /// A signature of `message`.
    ///
    /// # Errors
    /// [`SignError::OpenSsl`].
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        Ok(Signer::new(MessageDigest::sha256(), self.openssl())?.sign_oneshot_to_vec(message)?)
    }

    const fn openssl(&self) -> &PKey<Private> {
        match self {
            Self::EcdsaP256(key) | Self::Rsa(key) => key,
        }
    }
}

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
        &write::unsigned(&[1]),
        &issuer_and_serial(what.certificate),
        &digest.identifier(),
        &retagged(tag::context_constructed(0), attributes),
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
        &write::unsigned(&[1]),
        &write::value(tag::SET, &[digest]),
        &write::sequence(&[
            &write::oid(oid::DATA),
            &write::explicit(0, &write::octet_string(content)),
        ]),
        &retagged(tag::context_constructed(0), write::set_of(certificates)),
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
fn retagged(tag: u8, mut value: Vec<u8>) -> Vec<u8> {
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
        for key in [
            SigningKey::generate_ecdsa_p256().unwrap(),
            SigningKey::generate_rsa_2048().unwrap(),
        ] {
            let read = SigningKey::read(&key.to_pem().unwrap()).unwrap();
            assert_eq!(
                read.public_key_der().unwrap(),
                key.public_key_der().unwrap()
            );
            let der = key.openssl().private_key_to_pkcs8().unwrap();
            assert_eq!(
                SigningKey::read(&der).unwrap().algorithm().key_kind(),
                key.algorithm().key_kind()
            );
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
        let protected = SigningKey::generate_ecdsa_p256()
            .unwrap()
            .openssl()
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
