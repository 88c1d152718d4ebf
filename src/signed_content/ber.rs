//! Bundles of certificates whose outer values have indefinite lengths (ITU-T X.690 §8.1.3.6), as
//! libraries write them that put a bundle together piece by piece.
//!
//! Only files of certificates are read so, never a message: the certificates inside are in DER, and
//! what is signed is not touched. Whoever adds a bundle gets the same certificates in either form.

use std::borrow::Cow;

use super::der::{DerError, Reader};
use super::der_write as write;

/// Levels with indefinite lengths. A bundle has four; its content may have some more.
const MAX_DEPTH: u8 = 16;
const CONSTRUCTED: u8 = 0x20;
const INDEFINITE: u8 = 0x80;
const END_OF_CONTENTS: [u8; 2] = [0, 0];

/// The same value with definite lengths. What has a definite length already is taken whole, as it
/// is, whatever is in it.
///
/// # Errors
/// [`DerError`] when the octets are not one value in either form.
pub fn definite(octets: &[u8]) -> Result<Cow<'_, [u8]>, DerError> {
    if !is_indefinite(octets) {
        return Ok(Cow::Borrowed(octets));
    }
    let (value, rest) = indefinite(octets, MAX_DEPTH)?;
    if rest.is_empty() {
        Ok(Cow::Owned(value))
    } else {
        Err(DerError::Trailing)
    }
}

fn is_indefinite(octets: &[u8]) -> bool {
    matches!(octets, [tag, INDEFINITE, ..] if tag & CONSTRUCTED != 0)
}

/// Rewrites the value of indefinite length that `octets` begin with; returns what follows it, too.
fn indefinite(octets: &[u8], levels: u8) -> Result<(Vec<u8>, &[u8]), DerError> {
    let levels = levels.checked_sub(1).ok_or(DerError::Depth)?;
    let [tag, INDEFINITE, rest @ ..] = octets else {
        return Err(DerError::Length);
    };
    if tag & 0x1f == 0x1f {
        return Err(DerError::Tag);
    }
    let mut inside = vec![];
    let mut rest = rest;
    loop {
        if let Some(after) = rest.strip_prefix(&END_OF_CONTENTS) {
            return Ok((write::value(*tag, &[&inside]), after));
        }
        if is_indefinite(rest) {
            let (value, after) = indefinite(rest, levels)?;
            inside.extend(value);
            rest = after;
        } else {
            let raw = Reader::new(rest).next()?.raw;
            inside.extend_from_slice(raw);
            rest = rest.get(raw.len()..).unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indefinite_lengths_become_definite() {
        for (octets, expected) in [
            (&[0x30, 0x80, 0, 0][..], Ok(&[0x30, 0][..])),
            (
                &[0x30, 0x80, 0xa0, 0x80, 4, 1, 7, 0, 0, 5, 0, 0, 0],
                Ok(&[0x30, 7, 0xa0, 3, 4, 1, 7, 5, 0]),
            ),
            // What is definite is not looked into.
            (
                &[0x30, 0x80, 0x30, 2, 0x30, 0x80, 0, 0],
                Ok(&[0x30, 4, 0x30, 2, 0x30, 0x80]),
            ),
            (&[0x30, 2, 0x30, 0x80], Ok(&[0x30, 2, 0x30, 0x80])),
            (&[0x30, 0x80, 0, 0, 0], Err(DerError::Trailing)),
            (&[0x30, 0x80], Err(DerError::Truncated)),
            (&[0x30, 0x80, 0], Err(DerError::Truncated)),
            (&[0x30, 0x80, 4, 5, 7, 0, 0], Err(DerError::Truncated)),
            (&[0x30, 0x80, 4, 0x80, 0, 0, 0, 0], Err(DerError::Length)),
            (&[0x3f, 0x80, 0, 0], Err(DerError::Tag)),
        ] {
            let read = definite(octets);
            assert_eq!(read.as_deref(), expected.as_ref().copied(), "{octets:02x?}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |levels: usize| [[0x30, 0x80].repeat(levels), vec![0; 2 * levels]].concat();
        assert!(definite(&nested(16)).is_ok());
        for levels in [17, 1_000_000] {
            assert_eq!(definite(&nested(levels)), Err(DerError::Depth));
        }
    }
}
