//! A writer of DER: values are put together from the inside out.
//!
//! Nothing here can fail, since every length is known when it is written.

use chrono::{DateTime, Datelike, Utc};

use super::der::tag;

/// One value with this tag around `parts`, one after the other.
#[must_use]
pub fn value(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = Vec::with_capacity(length + 6);
    out.push(tag);
    let octets = length.to_be_bytes();
    let used = octets.iter().skip_while(|octet| **octet == 0);
    match u8::try_from(length) {
        Ok(short @ 0..=0x7f) => out.push(short),
        _ => {
            out.push(0x80 | u8::try_from(used.clone().count()).unwrap_or(8));
            out.extend(used);
        }
    }
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

/// SEQUENCE.
#[must_use]
pub fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    value(tag::SEQUENCE, parts)
}

/// SET OF in the order of DER: ascending by encoding (ITU-T X.690 §11.6).
#[must_use]
pub fn set_of(mut parts: Vec<Vec<u8>>) -> Vec<u8> {
    parts.sort();
    value(
        tag::SET,
        &parts.iter().map(Vec::as_slice).collect::<Vec<_>>(),
    )
}

/// `[number] EXPLICIT`.
#[must_use]
pub fn explicit(number: u8, part: &[u8]) -> Vec<u8> {
    value(tag::context_constructed(number), &[part])
}

/// OBJECT IDENTIFIER from its content octets.
#[must_use]
pub fn oid(octets: &[u8]) -> Vec<u8> {
    value(tag::OID, &[octets])
}

/// OCTET STRING.
#[must_use]
pub fn octet_string(octets: &[u8]) -> Vec<u8> {
    value(tag::OCTET_STRING, &[octets])
}

/// BIT STRING that ends at an octet.
#[must_use]
pub fn bit_string(octets: &[u8]) -> Vec<u8> {
    value(tag::BIT_STRING, &[&[0], octets])
}

/// BIT STRING of named bits, bit 0 the highest of `bits`; trailing zeros are left out (ITU-T X.690
/// §11.2.2).
#[must_use]
pub fn named_bits(bits: u8) -> Vec<u8> {
    match bits {
        0 => value(tag::BIT_STRING, &[&[0]]),
        bits => value(
            tag::BIT_STRING,
            &[&[u8::try_from(bits.trailing_zeros()).unwrap_or(0), bits]],
        ),
    }
}

/// A non-negative INTEGER from its big-endian octets.
#[must_use]
pub fn unsigned_integer(octets: &[u8]) -> Vec<u8> {
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    match octets.get(zeros..).unwrap_or_default() {
        [] => value(tag::INTEGER, &[&[0]]),
        high @ [0x80..=0xff, ..] => value(tag::INTEGER, &[&[0], high]),
        low => value(tag::INTEGER, &[low]),
    }
}

/// BOOLEAN TRUE. FALSE is the default wherever it is used here, and so never written.
#[must_use]
pub fn yes() -> Vec<u8> {
    value(tag::BOOLEAN, &[&[0xff]])
}

/// NULL.
#[must_use]
pub fn null() -> Vec<u8> {
    value(tag::NULL, &[])
}

/// UTF8String.
#[must_use]
pub fn utf8(text: &str) -> Vec<u8> {
    value(tag::UTF8_STRING, &[text.as_bytes()])
}

/// PrintableString. The caller sees to the alphabet.
#[must_use]
pub fn printable(text: &str) -> Vec<u8> {
    value(tag::PRINTABLE_STRING, &[text.as_bytes()])
}

/// UTCTime from 1950 to 2049, GeneralizedTime otherwise (RFC 5280 §4.1.2.5, RFC 5652 §11.3), to the
/// second.
#[must_use]
pub fn time(at: DateTime<Utc>) -> Vec<u8> {
    if (1950..2050).contains(&at.year()) {
        value(
            tag::UTC_TIME,
            &[at.format("%y%m%d%H%M%SZ").to_string().as_bytes()],
        )
    } else {
        value(
            tag::GENERALIZED_TIME,
            &[at.format("%Y%m%d%H%M%SZ").to_string().as_bytes()],
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::der::Reader;
    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        for length in [0, 1, 127, 128, 255, 256, 65_535, 65_536] {
            let octets = vec![7; length];
            let written = octet_string(&octets);
            assert_eq!(Reader::only(&written).unwrap().value, octets, "{length}");
        }
    }

    #[test]
    fn numbers_and_bits_are_as_short_as_they_can_be() {
        assert_eq!(unsigned_integer(&[]), [2, 1, 0]);
        assert_eq!(unsigned_integer(&[0, 0, 5]), [2, 1, 5]);
        assert_eq!(unsigned_integer(&[0x80]), [2, 2, 0, 0x80]);
        assert_eq!(named_bits(0b1100_0000), [3, 2, 6, 0b1100_0000]);
        assert_eq!(named_bits(0), [3, 1, 0]);
    }
}
