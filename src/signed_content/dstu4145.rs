//! Keys and signatures of DSTU 4145 as certificates and files have them (signed content §6, §7).
//!
//! ```text
//! DSTUParams ::= SEQUENCE { CHOICE { OID, ECBinary }, dke OCTET STRING (64) OPTIONAL }
//! ECBinary   ::= SEQUENCE { [0] EXPLICIT version INTEGER DEFAULT 0,
//!                           field SEQUENCE { m INTEGER, CHOICE { k INTEGER, SEQUENCE { k, j, l INTEGER } } },
//!                           a INTEGER, b OCTET STRING, n INTEGER, bp OCTET STRING }
//! ```
//!
//! Octet strings have the least significant octet first. A curve may be named or spelled out; one
//! that is spelled out is recognised, never computed with: it must equal one of the ten in every
//! member. Certificates may carry an S-box for GOST 34.311; only the one that everybody uses is
//! accepted, since verifiers disagree about what another one would apply to.

use dstu::{Curve, PublicKey, SecretKey};

use super::{
    der::{DerError, Reader, Tlv, small_integer, tag},
    der_write as write,
    identifier::{AlgorithmIdentifier, KeyInfo},
    oid,
};

/// The S-box «ДКЕ № 1», two entries an octet, the high half first (signed content §5).
pub const DKE: [u8; 64] = [
    0xa9, 0xd6, 0xeb, 0x45, 0xf1, 0x3c, 0x70, 0x82, 0x80, 0xc4, 0x96, 0x7b, 0x23, 0x1f, 0x5e, 0xad,
    0xf6, 0x58, 0xeb, 0xa4, 0xc0, 0x37, 0x29, 0x1d, 0x38, 0xd9, 0x6b, 0xf0, 0x25, 0xca, 0x4e, 0x17,
    0xf8, 0xe9, 0x72, 0x0d, 0xc6, 0x15, 0xb4, 0x3a, 0x28, 0x97, 0x5f, 0x0b, 0xc1, 0xde, 0xa3, 0x64,
    0x38, 0xb5, 0x64, 0xea, 0x2c, 0x17, 0x9f, 0xd0, 0x12, 0x3e, 0x6d, 0xb8, 0xfa, 0xc5, 0x79, 0x04,
];

/// The key of a SubjectPublicKeyInfo: the BIT STRING holds an OCTET STRING with the compressed
/// point.
pub(super) fn public_key(info: &KeyInfo<'_>) -> Option<PublicKey> {
    let curve = curve(&info.algorithm)?;
    let point = Reader::only(info.key)
        .and_then(|tlv| tlv.is(tag::OCTET_STRING))
        .ok()?;
    PublicKey::from_compressed(curve, point.value).ok()
}

/// The curve that DSTUParams name or spell out, when the S-box beside it is the one in use.
fn curve(algorithm: &AlgorithmIdentifier<'_>) -> Option<Curve> {
    fn members<'a>(parameters: Tlv<'a>) -> Result<(Tlv<'a>, Option<Tlv<'a>>), DerError> {
        let mut members = parameters.is(tag::SEQUENCE)?.enter()?;
        let curve = members.next()?;
        let dke = members.optional(tag::OCTET_STRING)?;
        members.end()?;
        Ok((curve, dke))
    }
    let (curve, dke) = members(algorithm.parameters?).ok()?;
    if dke.is_some_and(|dke| dke.value != DKE) {
        return None;
    }
    match curve.tag {
        tag::OID => Curve::ALL
            .into_iter()
            .find(|known| known.parameters().oid == curve.value),
        _ => spelled_out(curve).ok().flatten(),
    }
}

/// The one of the ten curves whose every member stands in an ECBinary.
fn spelled_out(tlv: Tlv<'_>) -> Result<Option<Curve>, DerError> {
    let mut members = tlv.is(tag::SEQUENCE)?.enter()?;
    if let Some(version) = members.optional(tag::context_constructed(0))? {
        let mut explicit = version.enter()?;
        if small_integer(explicit.next()?)? != 0 {
            return Err(DerError::Value);
        }
        explicit.end()?;
    }
    let mut field = members.expect(tag::SEQUENCE)?.enter()?;
    let degree = field.next()?;
    let mut exponents = exponents(field.next()?)?;
    field.end()?;
    let others = [
        members.next()?,
        members.next()?,
        members.next()?,
        members.next()?,
    ];
    members.end()?;

    let Some(known) = Curve::ALL
        .into_iter()
        .find(|known| encode_integer(known.parameters().m) == degree.raw)
    else {
        return Ok(None);
    };
    let members = Members::of(known);
    let mut known_exponents: Vec<_> = members.exponents.iter().map(Vec::as_slice).collect();
    known_exponents.sort_unstable();
    exponents.sort_unstable();
    let is_known = exponents == known_exponents
        && others
            .iter()
            .map(|member| member.raw)
            .eq(members.others.iter().map(Vec::as_slice));
    Ok(is_known.then_some(known))
}

fn encode_integer(number: u16) -> Vec<u8> {
    write::unsigned_integer(&number.to_be_bytes())
}

/// The exponents between x^m and 1, as encoded: one INTEGER, or three in a SEQUENCE, whose order
/// differs from writer to writer.
fn exponents(tlv: Tlv<'_>) -> Result<Vec<&[u8]>, DerError> {
    if tlv.tag == tag::INTEGER {
        return Ok(vec![tlv.raw]);
    }
    let mut list = tlv.is(tag::SEQUENCE)?.enter()?;
    let three = vec![list.next()?.raw, list.next()?.raw, list.next()?.raw];
    list.end()?;
    Ok(three)
}

/// What an ECBinary says of a curve, each member encoded.
struct Members {
    degree: Vec<u8>,
    /// Ascending.
    exponents: Vec<Vec<u8>>,
    /// a, b, n, bp.
    others: [Vec<u8>; 4],
}

impl Members {
    fn of(curve: Curve) -> Self {
        let parameters = curve.parameters();
        let order: Vec<_> = parameters.order.iter().rev().copied().collect();
        Self {
            degree: encode_integer(parameters.m),
            exponents: parameters
                .middle_exponents
                .iter()
                .rev()
                .map(|exponent| encode_integer(*exponent))
                .collect(),
            others: [
                write::unsigned_integer(&[parameters.a]),
                write::octet_string(parameters.b),
                write::unsigned_integer(&order),
                write::octet_string(parameters.base_point),
            ],
        }
    }

    fn ec_binary(&self) -> Vec<u8> {
        let exponents: Vec<_> = self.exponents.iter().map(Vec::as_slice).collect();
        let exponents = match exponents.as_slice() {
            [one] => one.to_vec(),
            three => write::sequence(three),
        };
        let field = write::sequence(&[&self.degree, &exponents]);
        let [a, b, n, bp] = &self.others;
        write::sequence(&[&field, a, b, n, bp])
    }
}

/// The AlgorithmIdentifier of a key: the curve spelled out, as certificates in circulation mostly
/// do; with GOST 34.311 also its S-box.
fn identifier(oid: &[u8], curve: Curve) -> Vec<u8> {
    let dke = if oid == oid::DSTU_GOST34311 {
        write::octet_string(&DKE)
    } else {
        vec![]
    };
    let parameters = write::sequence(&[&Members::of(curve).ec_binary(), &dke]);
    write::sequence(&[&write::oid(oid), &parameters])
}

/// SubjectPublicKeyInfo in DER.
pub(super) fn public_key_der(oid: &[u8], key: &PublicKey) -> Vec<u8> {
    let point = write::octet_string(&key.to_compressed());
    write::sequence(&[&identifier(oid, key.curve()), &write::bit_string(&point)])
}

/// PrivateKeyInfo (RFC 5208 §5) in DER. privateKey holds the number itself, the least significant
/// octet first.
pub(super) fn private_key_der(oid: &[u8], key: &SecretKey) -> Vec<u8> {
    write::sequence(&[
        &write::unsigned_integer(&[0]),
        &identifier(oid, key.curve()),
        &write::octet_string(&key.to_octets()),
    ])
}

/// The identifier and the number of a PrivateKeyInfo; its attributes are passed over. None when it
/// is none, or of another kind.
pub(super) fn private_key(der: &[u8]) -> Option<(&[u8], SecretKey)> {
    fn members(der: &[u8]) -> Result<(AlgorithmIdentifier<'_>, &[u8]), DerError> {
        let mut info = Reader::only(der)?.is(tag::SEQUENCE)?.enter()?;
        if small_integer(info.next()?)? != 0 {
            return Err(DerError::Value);
        }
        let algorithm = AlgorithmIdentifier::read(info.next()?)?;
        let secret = info.expect(tag::OCTET_STRING)?.value;
        info.optional(tag::context_constructed(0))?;
        info.end()?;
        Ok((algorithm, secret))
    }
    let (algorithm, secret) = members(der).ok()?;
    let curve = curve(&algorithm)?;
    Some((algorithm.oid, SecretKey::from_octets(curve, secret)?))
}

/// One value for all ways to write a signature: both halves may be followed by any number of zeros,
/// so the halves are cut to the longer of the two numbers.
pub(super) fn shortest(signature: &[u8]) -> Vec<u8> {
    let (r, s) = signature
        .split_at_checked(signature.len() / 2)
        .unwrap_or_default();
    let length = |half: &[u8]| {
        half.iter()
            .rposition(|octet| *octet != 0)
            .map_or(0, |last| last + 1)
    };
    let length = length(r).max(length(s));
    let [r, s] = [r, s].map(|half| half.get(..length).unwrap_or(half));
    [r, s].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_stands_for_all_ways_to_write_a_signature() {
        // decisions §1 "Replay"
        for (written, expected) in [
            (&[1, 2][..], &[1, 2][..]),
            (&[1, 0, 2, 0], &[1, 2]),
            (&[1, 0, 0, 2, 3, 0], &[1, 0, 2, 3]),
            (&[1, 0, 2, 3], &[1, 0, 2, 3]),
            (&[2, 3, 1, 0], &[2, 3, 1, 0]),
            (&[0, 1, 2, 0, 0, 0, 1, 0], &[0, 1, 2, 0, 0, 1]),
            (&[], &[]),
            (&[0; 8], &[]),
        ] {
            assert_eq!(shortest(written), expected, "{written:?}");
        }
        // What the halves say apart, they say apart here.
        let split = |r: &[u8], s: &[u8]| shortest(&[r, s].concat());
        assert_ne!(split(&[1, 2], &[3, 0]), split(&[1, 0], &[2, 3]));
    }

    #[test]
    fn every_curve_is_recognised_spelled_out() {
        // signed content §6
        for curve in Curve::ALL {
            let encoded = Members::of(curve).ec_binary();
            assert_eq!(
                spelled_out(Reader::only(&encoded).unwrap()),
                Ok(Some(curve))
            );
        }
    }
}
