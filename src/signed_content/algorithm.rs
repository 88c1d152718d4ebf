//! The algorithms, as tables: an algorithm more is a row more.
//!
//! A [`SignatureAlgorithm`] says by which object identifiers it is known, which digest it implies,
//! which kind of key it needs and how a signature is checked; a row of `KEYS` says how a public
//! key is read. Everything that is in no row is unsupported: `malformed` when a signer uses it,
//! `untrusted` when a certificate does (signed content §1).

use std::sync::LazyLock;

use dstu::{Digest, Gost34311, Kupyna256, Kupyna384, Kupyna512};
use openssl::{
    bn::{BigNum, BigNumContext},
    ec::{EcGroup, EcKey, EcPoint},
    ecdsa::EcdsaSig,
    error::ErrorStack,
    hash::MessageDigest,
    nid::Nid,
    pkey::{Id, PKey, Public},
    sign::Verifier,
};

use super::{
    der::{DerError, Reader, Tlv, integer, tag},
    der_write as write, dstu4145,
    identifier::{AlgorithmIdentifier, KeyInfo},
    oid,
};

/// A digest: how it is named and computed.
#[derive(Debug)]
pub struct DigestAlgorithm {
    name: &'static str,
    oid: &'static [u8],
    hash: fn(&[u8]) -> Vec<u8>,
}

impl DigestAlgorithm {
    /// The encoded AlgorithmIdentifier, without parameters (RFC 5754 §2).
    #[must_use]
    pub fn identifier(&self) -> Vec<u8> {
        write::sequence(&[&write::oid(self.oid)])
    }

    /// The digest of `message`.
    #[must_use]
    pub fn hash(&self, message: &[u8]) -> Vec<u8> {
        (self.hash)(message)
    }
}

impl PartialEq for DigestAlgorithm {
    fn eq(&self, other: &Self) -> bool {
        self.oid == other.oid
    }
}

/// SHA-256.
pub static SHA256: DigestAlgorithm = DigestAlgorithm {
    name: "sha256",
    oid: oid::SHA256,
    hash: |message| openssl::sha::sha256(message).to_vec(),
};

/// GOST 34.311-95 with the S-box «ДКЕ № 1» and a start vector of zeros.
pub static GOST34311: DigestAlgorithm = DigestAlgorithm {
    name: "gost34311",
    oid: oid::GOST34311,
    hash: |message| Gost34311::digest(message).to_vec(),
};

/// DSTU 7564:2014 with a result of 256 bits.
pub static KUPYNA256: DigestAlgorithm = DigestAlgorithm {
    name: "kupyna256",
    oid: oid::KUPYNA256,
    hash: |message| Kupyna256::digest(message).to_vec(),
};

/// DSTU 7564:2014 with a result of 384 bits.
pub static KUPYNA384: DigestAlgorithm = DigestAlgorithm {
    name: "kupyna384",
    oid: oid::KUPYNA384,
    hash: |message| Kupyna384::digest(message).to_vec(),
};

/// DSTU 7564:2014 with a result of 512 bits.
pub static KUPYNA512: DigestAlgorithm = DigestAlgorithm {
    name: "kupyna512",
    oid: oid::KUPYNA512,
    hash: |message| Kupyna512::digest(message).to_vec(),
};

static DIGESTS: &[&DigestAlgorithm] = &[&SHA256, &GOST34311, &KUPYNA256, &KUPYNA384, &KUPYNA512];

/// What a public key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// A point of one of the ten curves of DSTU 4145.
    Dstu,
    /// A point of P-256.
    EcdsaP256,
    /// An RSA key of 2048 to 4096 bits.
    Rsa,
}

/// A public key that can check signatures.
#[derive(Debug, Clone)]
pub enum PublicKey {
    /// A point of one of the ten curves of DSTU 4145.
    Dstu(dstu::PublicKey),
    /// A point of P-256.
    EcdsaP256(PKey<Public>),
    /// An RSA key of 2048 to 4096 bits.
    Rsa(PKey<Public>),
}

/// The key is of no supported kind or size, or is not a key at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the public key is of no supported kind or size")]
pub struct UnsupportedKey;

/// How keys with these identifiers are read.
struct KeyRow {
    oids: &'static [&'static [u8]],
    read: fn(&KeyInfo<'_>) -> Option<PublicKey>,
}

static KEYS: &[KeyRow] = &[
    KeyRow {
        // One key may sign with any of the hashes: the signature's own identifier tells which.
        oids: &[
            oid::DSTU_GOST34311,
            oid::DSTU_KUPYNA256_POLYNOMIAL,
            oid::DSTU_KUPYNA384_POLYNOMIAL,
            oid::DSTU_KUPYNA512_POLYNOMIAL,
        ],
        read: |info| dstu4145::public_key(info).map(PublicKey::Dstu),
    },
    KeyRow {
        oids: &[oid::EC_PUBLIC_KEY],
        read: p256_point,
    },
    KeyRow {
        oids: &[oid::RSA_ENCRYPTION],
        read: rsa_2048_to_4096,
    },
];

/// A point of the named curve P-256, uncompressed (RFC 5480 §2; signed content §9). OpenSSL checks
/// that it is on the curve.
fn p256_point(info: &KeyInfo<'_>) -> Option<PublicKey> {
    let curve = info
        .algorithm
        .parameters
        .filter(|curve| curve.tag == tag::OID)?;
    if curve.value != oid::P256 || info.key.len() != 65 || info.key.first() != Some(&0x04) {
        return None;
    }
    // Built from the point: OpenSSL's general reader of DER takes as long as the check of a signature.
    let group = P256.as_ref()?;
    let mut context = BigNumContext::new().ok()?;
    let point = EcPoint::from_bytes(group, info.key, &mut context).ok()?;
    let key = EcKey::from_public_key(group, &point).ok()?;
    PKey::from_ec_key(key).ok().map(PublicKey::EcdsaP256)
}

/// The curve, with the tables that make it fast.
static P256: LazyLock<Option<EcGroup>> =
    LazyLock::new(|| EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).ok());

/// Bits of an RSA exponent. Everybody uses 17; with one as long as the modulus a check would take a
/// hundred times as long, and a message may ask for a dozen. OpenSSL has the same bound for moduli
/// above 3072 bits.
const MAX_RSA_EXPONENT: usize = 64;

/// RSAPublicKey with a modulus of 2048 to 4096 bits and an odd exponent of 3 or more (RFC 8017
/// §A.1.1; signed content §1, §9).
fn rsa_2048_to_4096(info: &KeyInfo<'_>) -> Option<PublicKey> {
    fn numbers(key: &[u8]) -> Result<(&[u8], &[u8]), DerError> {
        let mut reader = Reader::only(key)?.is(tag::SEQUENCE)?.enter()?;
        let modulus = integer(reader.next()?)?;
        let exponent = integer(reader.next()?)?;
        reader.end()?;
        Ok((modulus, exponent))
    }
    let (modulus, exponent) = numbers(info.key).ok()?;
    let is_odd_from_3 = matches!(exponent, [0x00..=0x7f, ..])
        && exponent.last().is_some_and(|low| low & 1 == 1)
        && exponent != [1];
    if !is_absent_or_null(info.algorithm.parameters)
        || !(2048..=4096).contains(&bits(modulus))
        || !is_odd_from_3
        || bits(exponent) > MAX_RSA_EXPONENT
    {
        return None;
    }
    let key = PKey::public_key_from_der(info.der).ok()?;
    (key.id() == Id::RSA).then_some(PublicKey::Rsa(key))
}

/// The bit length of a positive INTEGER's content octets; 0 for a negative one.
fn bits(octets: &[u8]) -> usize {
    match octets {
        [0x80..=0xff, ..] | [] => 0,
        [0, rest @ ..] => {
            rest.len() * 8 - rest.first().map_or(0, |high| high.leading_zeros() as usize)
        }
        [high, rest @ ..] => rest.len() * 8 + (8 - high.leading_zeros() as usize),
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Dstu(one), Self::Dstu(other)) => one == other,
            (Self::EcdsaP256(one), Self::EcdsaP256(other)) | (Self::Rsa(one), Self::Rsa(other)) => {
                one.public_eq(other)
            }
            _ => false,
        }
    }
}

impl PublicKey {
    /// Reads a SubjectPublicKeyInfo (RFC 5280 §4.1).
    ///
    /// # Errors
    /// [`UnsupportedKey`] for everything that no row of the table takes.
    pub fn from_spki(spki: &[u8]) -> Result<Self, UnsupportedKey> {
        let info = KeyInfo::read(spki).map_err(|_| UnsupportedKey)?;
        let mut rows = KEYS
            .iter()
            .filter(|row| row.oids.contains(&info.algorithm.oid));
        rows.find_map(|row| (row.read)(&info)).ok_or(UnsupportedKey)
    }

    /// What the key is for.
    #[must_use]
    pub const fn kind(&self) -> KeyKind {
        match self {
            Self::Dstu(_) => KeyKind::Dstu,
            Self::EcdsaP256(_) => KeyKind::EcdsaP256,
            Self::Rsa(_) => KeyKind::Rsa,
        }
    }

    /// The size of the key in bits: the degree of the field, the field's size, the modulus.
    #[must_use]
    pub fn bits(&self) -> u32 {
        match self {
            Self::Dstu(key) => key.curve().parameters().m.into(),
            Self::EcdsaP256(key) | Self::Rsa(key) => key.bits(),
        }
    }
}

/// A signature algorithm: how it is named and how a signature is checked.
#[derive(Debug)]
pub struct SignatureAlgorithm {
    digest: &'static DigestAlgorithm,
    key: KeyKind,
    /// As it is named wherever a signature is.
    oids: &'static [&'static [u8]],
    /// As a SignerInfo may name it besides.
    signer_info_oids: &'static [&'static [u8]],
    /// Whether the identifier is written with NULL, or with nothing.
    writes_null: bool,
    /// Whether a certificate has the value inside an OCTET STRING inside its BIT STRING. A
    /// SignerInfo has it as it is.
    is_wrapped_in_certificates: bool,
    name: fn(&PublicKey, &DigestAlgorithm) -> String,
    /// One value for all that are the same signature: what is used once must not come back in
    /// another guise.
    canonical: fn(&[u8]) -> Vec<u8>,
    verify: fn(&PublicKey, &DigestAlgorithm, message: &[u8], signature: &[u8]) -> bool,
}

/// DSTU 4145 with GOST 34.311-95.
pub static DSTU_GOST34311: SignatureAlgorithm = dstu(&GOST34311, &[oid::DSTU_GOST34311]);

/// DSTU 4145 with Kupyna-256.
pub static DSTU_KUPYNA256: SignatureAlgorithm = dstu(
    &KUPYNA256,
    &[oid::DSTU_KUPYNA256_POLYNOMIAL, oid::DSTU_KUPYNA256],
);

/// DSTU 4145 with Kupyna-384.
pub static DSTU_KUPYNA384: SignatureAlgorithm = dstu(
    &KUPYNA384,
    &[oid::DSTU_KUPYNA384_POLYNOMIAL, oid::DSTU_KUPYNA384],
);

/// DSTU 4145 with Kupyna-512.
pub static DSTU_KUPYNA512: SignatureAlgorithm = dstu(
    &KUPYNA512,
    &[oid::DSTU_KUPYNA512_POLYNOMIAL, oid::DSTU_KUPYNA512],
);

/// DSTU 4145-2002 with this digest (signed content §7).
const fn dstu(
    digest: &'static DigestAlgorithm,
    oids: &'static [&'static [u8]],
) -> SignatureAlgorithm {
    SignatureAlgorithm {
        digest,
        key: KeyKind::Dstu,
        oids,
        signer_info_oids: &[],
        writes_null: false,
        is_wrapped_in_certificates: true,
        name: |key, digest| format!("dstu4145-{}/m{}", digest.name, key.bits()),
        canonical: dstu4145::shortest,
        verify: |key, digest, message, signature| match key {
            PublicKey::Dstu(key) => key.verify(&digest.hash(message), signature).is_ok(),
            PublicKey::EcdsaP256(_) | PublicKey::Rsa(_) => false,
        },
    }
}

/// ECDSA over P-256 with SHA-256 (RFC 5758 §3.2).
pub static ECDSA_P256_SHA256: SignatureAlgorithm = SignatureAlgorithm {
    digest: &SHA256,
    key: KeyKind::EcdsaP256,
    oids: &[oid::ECDSA_WITH_SHA256],
    signer_info_oids: &[],
    writes_null: false,
    is_wrapped_in_certificates: false,
    name: |_, digest| format!("ecdsa-p256-{}", digest.name),
    canonical: low_s,
    verify: openssl_sha256,
};

/// RSA PKCS#1 v1.5 with SHA-256 (RFC 8017 §8.2); a SignerInfo may call it rsaEncryption (RFC 3370
/// §3.2).
pub static RSA_SHA256: SignatureAlgorithm = SignatureAlgorithm {
    digest: &SHA256,
    key: KeyKind::Rsa,
    oids: &[oid::SHA256_WITH_RSA],
    signer_info_oids: &[oid::RSA_ENCRYPTION],
    writes_null: true,
    is_wrapped_in_certificates: false,
    name: |key, digest| format!("rsa{}-{}", key.bits(), digest.name),
    canonical: <[u8]>::to_vec,
    verify: openssl_sha256,
};

static SIGNATURES: &[&SignatureAlgorithm] = &[
    &DSTU_GOST34311,
    &DSTU_KUPYNA256,
    &DSTU_KUPYNA384,
    &DSTU_KUPYNA512,
    &ECDSA_P256_SHA256,
    &RSA_SHA256,
];

/// OpenSSL computes the digest itself.
fn openssl_sha256(key: &PublicKey, _: &DigestAlgorithm, message: &[u8], signature: &[u8]) -> bool {
    let (PublicKey::EcdsaP256(key) | PublicKey::Rsa(key)) = key else {
        return false;
    };
    Verifier::new(MessageDigest::sha256(), key)
        .and_then(|mut verifier| verifier.verify_oneshot(signature, message))
        .unwrap_or(false)
}

/// With `(r, s)` also `(r, n − s)` is a signature, and anyone can make the one from the other: the
/// smaller s stands for both.
fn low_s(signature: &[u8]) -> Vec<u8> {
    fn flip_s(signature: &[u8]) -> Result<Option<Vec<u8>>, ErrorStack> {
        let signature = EcdsaSig::from_der(signature)?;
        let mut order = BigNum::new()?;
        let Some(group) = &*P256 else {
            return Ok(None);
        };
        group.order(&mut order, &mut *BigNumContext::new()?)?;
        let mut other = BigNum::new()?;
        other.checked_sub(&order, signature.s())?;
        if &*other >= signature.s() {
            return Ok(None);
        }
        EcdsaSig::from_private_components(signature.r().to_owned()?, other)?
            .to_der()
            .map(Some)
    }
    flip_s(signature)
        .ok()
        .flatten()
        .unwrap_or_else(|| signature.to_vec())
}

impl SignatureAlgorithm {
    /// The digest that the signature implies.
    #[must_use]
    pub const fn digest(&self) -> &'static DigestAlgorithm {
        self.digest
    }

    /// The kind of key that the signature needs.
    #[must_use]
    pub const fn key_kind(&self) -> KeyKind {
        self.key
    }

    /// The content octets of the object identifier that signers and issuers write.
    #[must_use]
    pub fn oid(&self) -> &'static [u8] {
        self.oids.first().copied().unwrap_or_default()
    }

    /// The encoded AlgorithmIdentifier that signers and issuers write: DSTU and ECDSA without
    /// parameters (RFC 5758 §3.2), RSA with NULL (RFC 4055 §5).
    #[must_use]
    pub fn identifier(&self) -> Vec<u8> {
        let oid = write::oid(self.oid());
        let parameters = if self.writes_null {
            write::null()
        } else {
            vec![]
        };
        write::sequence(&[&oid, &parameters])
    }

    /// The algorithm with this key in a word, such as `dstu4145-gost34311/m257` or `rsa2048-sha256`.
    #[must_use]
    pub fn name(&self, key: &PublicKey) -> String {
        (self.name)(key, self.digest)
    }

    /// The octets of a certificate's BIT STRING for a signature as a SignerInfo has it.
    #[must_use]
    pub fn to_certificate(&self, signature: Vec<u8>) -> Vec<u8> {
        if self.is_wrapped_in_certificates {
            write::octet_string(&signature)
        } else {
            signature
        }
    }

    /// The signature as a SignerInfo would have it, from the octets of a certificate's BIT STRING.
    /// The two forms do not stand for each other (signed content §7).
    #[must_use]
    pub fn of_certificate<'a>(&self, octets: &'a [u8]) -> Option<&'a [u8]> {
        if self.is_wrapped_in_certificates {
            let wrapped = Reader::only(octets).and_then(|tlv| tlv.is(tag::OCTET_STRING));
            wrapped.ok().map(|tlv| tlv.value)
        } else {
            Some(octets)
        }
    }

    /// The value that stands for a good signature in all ways to write it.
    #[must_use]
    pub fn canonical(&self, signature: &[u8]) -> Vec<u8> {
        (self.canonical)(signature)
    }

    /// Whether `signature` is one of `message` with this key. A key of another kind has made none.
    #[must_use]
    pub fn verify(&self, key: &PublicKey, message: &[u8], signature: &[u8]) -> bool {
        key.kind() == self.key && (self.verify)(key, self.digest, message, signature)
    }
}

/// The algorithm that a SignerInfo names, when it is supported and has no parameters.
#[must_use]
pub fn signature_in_signer_info(
    identifier: &AlgorithmIdentifier<'_>,
) -> Option<&'static SignatureAlgorithm> {
    find(identifier, |row| {
        row.oids.contains(&identifier.oid) || row.signer_info_oids.contains(&identifier.oid)
    })
}

/// The algorithm that a certificate names, when it is supported and has no parameters.
#[must_use]
pub fn signature_in_certificate(
    identifier: &AlgorithmIdentifier<'_>,
) -> Option<&'static SignatureAlgorithm> {
    find(identifier, |row| row.oids.contains(&identifier.oid))
}

fn find(
    identifier: &AlgorithmIdentifier<'_>,
    is: impl Fn(&SignatureAlgorithm) -> bool,
) -> Option<&'static SignatureAlgorithm> {
    let row = SIGNATURES.iter().copied().find(|row| is(row))?;
    is_absent_or_null(identifier.parameters).then_some(row)
}

/// The digest of this name, when it is supported and has no parameters.
#[must_use]
pub fn digest(identifier: &AlgorithmIdentifier<'_>) -> Option<&'static DigestAlgorithm> {
    let row = DIGESTS
        .iter()
        .copied()
        .find(|row| row.oid == identifier.oid)?;
    is_absent_or_null(identifier.parameters).then_some(row)
}

fn is_absent_or_null(parameters: Option<Tlv<'_>>) -> bool {
    parameters.is_none_or(|value| value.tag == tag::NULL && value.value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bit_lengths() {
        for (octets, expected) in [
            (&[][..], 0),
            (&[0x01], 1),
            (&[0x7f], 7),
            (&[0x00, 0x80], 8),
            (&[0x01, 0x00], 9),
            (&[0x80], 0),
        ] {
            assert_eq!(bits(octets), expected, "{octets:02x?}");
        }
    }

    #[test]
    fn parameters_are_absent_or_null() {
        // signed content §1
        let name = write::oid(oid::ECDSA_WITH_SHA256);
        for (parameters, supported) in [
            (vec![], true),
            (write::null(), true),
            (write::octet_string(&[]), false),
            (vec![5, 1, 0], false),
        ] {
            let encoded = write::sequence(&[&name, &parameters]);
            let identifier = AlgorithmIdentifier::read(Reader::only(&encoded).unwrap()).unwrap();
            assert_eq!(
                signature_in_certificate(&identifier).is_some(),
                supported,
                "{parameters:02x?}"
            );
        }
    }

    #[test]
    fn rsa_encryption_names_a_signature_in_signer_info_only() {
        // signed content §1
        let identifier = AlgorithmIdentifier {
            oid: oid::RSA_ENCRYPTION,
            parameters: None,
        };
        assert!(signature_in_signer_info(&identifier).is_some());
        assert!(signature_in_certificate(&identifier).is_none());
    }
}
