//! What the algorithms of a certificate are called, the unsupported ones too: for people who look
//! at certificates. Nothing is decided here.

use std::fmt;

use super::{
    algorithm::PublicKey,
    certificate::Certificate,
    der::{DerError, Reader, tag},
    identifier::AlgorithmIdentifier,
};

/// The algorithm of a key or a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlgorithmName {
    /// In a word, such as `ecdsa-p256` or `rsa2048-sha256`; the object identifier with dots when
    /// nothing shorter is known.
    pub word: String,
    /// Whether it can be used here.
    pub is_supported: bool,
}

impl fmt::Display for AlgorithmName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { word, is_supported } = self;
        let remark = if *is_supported { "" } else { " (unsupported)" };
        write!(f, "{word}{remark}")
    }
}

/// The algorithm of the subject's key.
#[must_use]
pub fn of_key(certificate: &Certificate) -> AlgorithmName {
    let key = certificate.public_key();
    let word = key_word(certificate.spki(), key.map(PublicKey::bits));
    AlgorithmName {
        word: word.unwrap_or_else(|_| UNREADABLE.to_owned()),
        is_supported: key.is_some(),
    }
}

/// The algorithm that the certificate is signed with: as a signature with the key of `issuer` when
/// that is known, else without the size of a key.
#[must_use]
pub fn of_signature(certificate: &Certificate, issuer: Option<&Certificate>) -> AlgorithmName {
    let key = issuer.and_then(Certificate::public_key);
    let word = match (certificate.algorithm(), key) {
        (Some(algorithm), Some(key)) if algorithm.key_kind() == key.kind() => algorithm.name(key),
        _ => signature_word(certificate.der()).unwrap_or_else(|_| UNREADABLE.to_owned()),
    };
    AlgorithmName {
        word,
        is_supported: certificate.algorithm().is_some(),
    }
}

const UNREADABLE: &str = "unreadable";
/// The arc of DSTU 4145.
const DSTU4145: &str = "1.2.804.2.1.1.1.1.3.";

/// SubjectPublicKeyInfo (RFC 5280 §4.1) in a word.
fn key_word(spki: &[u8], bits: Option<u32>) -> Result<String, DerError> {
    let mut info = Reader::only(spki)?.is(tag::SEQUENCE)?.enter()?;
    let algorithm = AlgorithmIdentifier::read(info.next()?)?;
    let oid = dotted_decimal(algorithm.oid);
    Ok(match oid.as_str() {
        "1.2.840.10045.2.1" => match algorithm.parameters {
            Some(curve) if curve.tag == tag::OID => match dotted_decimal(curve.value).as_str() {
                "1.2.840.10045.3.1.7" => "ecdsa-p256".to_owned(),
                "1.3.132.0.34" => "ecdsa-p384".to_owned(),
                "1.3.132.0.35" => "ecdsa-p521".to_owned(),
                other => format!("ecdsa-{other}"),
            },
            _ => "ecdsa".to_owned(),
        },
        "1.2.840.113549.1.1.1" => match bits.or_else(|| openssl_bits(spki)) {
            Some(bits) => format!("rsa{bits}"),
            None => "rsa".to_owned(),
        },
        "1.3.101.112" => "ed25519".to_owned(),
        "1.3.101.113" => "ed448".to_owned(),
        other if other.starts_with(DSTU4145) => match bits {
            Some(bits) => format!("dstu4145/m{bits}"),
            None => "dstu4145".to_owned(),
        },
        _ => oid,
    })
}

fn openssl_bits(spki: &[u8]) -> Option<u32> {
    let key = openssl::pkey::PKey::public_key_from_der(spki).ok()?;
    Some(key.bits())
}

/// The outer signatureAlgorithm of a certificate in a word.
fn signature_word(der: &[u8]) -> Result<String, DerError> {
    let mut certificate = Reader::only(der)?.is(tag::SEQUENCE)?.enter()?;
    certificate.next()?;
    let oid = dotted_decimal(AlgorithmIdentifier::read(certificate.next()?)?.oid);
    let known = match oid.as_str() {
        "1.2.840.10045.4.1" => "ecdsa-sha1",
        "1.2.840.10045.4.3.2" => "ecdsa-sha256",
        "1.2.840.10045.4.3.3" => "ecdsa-sha384",
        "1.2.840.10045.4.3.4" => "ecdsa-sha512",
        "1.2.840.113549.1.1.4" => "rsa-md5",
        "1.2.840.113549.1.1.5" => "rsa-sha1",
        "1.2.840.113549.1.1.10" => "rsa-pss",
        "1.2.840.113549.1.1.11" => "rsa-sha256",
        "1.2.840.113549.1.1.12" => "rsa-sha384",
        "1.2.840.113549.1.1.13" => "rsa-sha512",
        "1.2.804.2.1.1.1.1.3.1.1" => "dstu4145-gost34311",
        "1.2.804.2.1.1.1.1.3.6.1" | "1.2.804.2.1.1.1.1.3.6.1.1" => "dstu4145-kupyna256",
        "1.2.804.2.1.1.1.1.3.6.2" | "1.2.804.2.1.1.1.1.3.6.2.1" => "dstu4145-kupyna384",
        "1.2.804.2.1.1.1.1.3.6.3" | "1.2.804.2.1.1.1.1.3.6.3.1" => "dstu4145-kupyna512",
        _ => return Ok(oid),
    };
    Ok(known.to_owned())
}

/// An object identifier as numbers with dots, from its content octets (ITU-T X.690 §8.19). One that
/// is long beyond reason, or cut short, ends in `…`.
fn dotted_decimal(oid: &[u8]) -> String {
    const MAX: usize = 20;
    let mut text = String::new();
    let mut number: u64 = 0;
    for octet in oid.iter().take(MAX) {
        number = number.saturating_mul(128) | u64::from(octet & 0x7f);
        if octet & 0x80 != 0 {
            continue;
        }
        if text.is_empty() {
            let first = (number / 40).min(2);
            text = format!("{first}.{}", number - 40 * first);
        } else {
            text.push_str(&format!(".{number}"));
        }
        number = 0;
    }
    let is_cut = oid.last().is_none_or(|octet| octet & 0x80 != 0);
    if oid.len() > MAX || is_cut {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use openssl::{
        ec::{EcGroup, EcKey},
        nid::Nid,
        pkey::PKey,
        rsa::Rsa,
    };

    use super::{
        super::{der_write as write, sign::SigningKey},
        *,
    };

    #[test]
    fn object_identifiers_have_dots() {
        for (octets, expected) in [
            (
                &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01][..],
                "1.2.840.10045.2.1",
            ),
            (&[0x2b, 0x81, 0x04, 0x00, 0x22], "1.3.132.0.34"),
            (&[0x88, 0x37], "2.999"),
            (&[0x00], "0.0"),
            (&[0x2a, 0x86], "1.2…"),
            (&[], "…"),
        ] {
            assert_eq!(dotted_decimal(octets), expected, "{octets:02x?}");
        }
        let long = dotted_decimal(&[0x7f; 10_000]);
        assert!(long.len() < 200 && long.ends_with('…'), "{long}");
        assert!(dotted_decimal(&[0xff; 20]).ends_with('…'));
    }

    #[test]
    fn keys_in_a_word() {
        let curve = |nid| {
            let key = EcKey::generate(&EcGroup::from_curve_name(nid).unwrap()).unwrap();
            PKey::from_ec_key(key).unwrap().public_key_to_der().unwrap()
        };
        let rsa = |bits| {
            let key = PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap();
            key.public_key_to_der().unwrap()
        };
        let other = |oid: &[u8]| {
            let algorithm = write::sequence(&[&write::oid(oid)]);
            write::sequence(&[&algorithm, &write::bit_string(&[1])])
        };
        let dstu = [0x2a, 0x86, 0x24, 2, 1, 1, 1, 1, 3, 1, 1];
        for (spki, bits, expected) in [
            (curve(Nid::X9_62_PRIME256V1), Some(256), "ecdsa-p256"),
            (curve(Nid::SECP384R1), None, "ecdsa-p384"),
            (curve(Nid::SECP256K1), None, "ecdsa-1.3.132.0.10"),
            (rsa(2048), Some(2048), "rsa2048"),
            (rsa(1024), None, "rsa1024"),
            (
                other(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1]),
                None,
                "rsa",
            ),
            (other(&dstu), None, "dstu4145"),
            (other(&dstu), Some(257), "dstu4145/m257"),
            (other(&[0x2b, 0x65, 0x70]), None, "ed25519"),
            (other(&[0x2a, 3]), None, "1.2.3"),
        ] {
            assert_eq!(key_word(&spki, bits).as_deref(), Ok(expected));
        }
        assert!(key_word(b"0", None).is_err());
    }

    #[test]
    fn signatures_in_a_word() {
        let certificate = |oid: &[u8]| {
            let algorithm = write::sequence(&[&write::oid(oid)]);
            write::sequence(&[&write::sequence(&[]), &algorithm])
        };
        for (oid, expected) in [
            (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2][..], "ecdsa-sha256"),
            (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5], "rsa-sha1"),
            (
                &[0x2a, 0x86, 0x24, 2, 1, 1, 1, 1, 3, 6, 1, 1],
                "dstu4145-kupyna256",
            ),
            (&[0x2a, 3], "1.2.3"),
        ] {
            assert_eq!(signature_word(&certificate(oid)).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn a_supported_algorithm_is_called_as_everywhere() {
        use super::super::issue::{Issuer, Name, Template, issue};
        let key = SigningKey::generate_rsa_2048().unwrap();
        let validity = ("2020-01-01T00:00:00Z", "2040-01-01T00:00:00Z");
        let validity = (validity.0.parse().unwrap(), validity.1.parse().unwrap());
        let name = Name::authority("О", "Ц", "1");
        let public_key = key.public_key_der().unwrap();
        let template = Template::authority(name, None, public_key, &[1], validity);
        let root = issue(&template, Issuer::Itself(&key)).unwrap();
        assert_eq!(of_key(&root).to_string(), "rsa2048");
        assert_eq!(
            of_signature(&root, Some(&root)).to_string(),
            "rsa2048-sha256"
        );
        assert_eq!(of_signature(&root, None).to_string(), "rsa-sha256");
        let unsupported = AlgorithmName {
            word: "rsa1024".to_owned(),
            is_supported: false,
        };
        assert_eq!(unsupported.to_string(), "rsa1024 (unsupported)");
    }
}
