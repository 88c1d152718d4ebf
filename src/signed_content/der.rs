//! A reader of DER that copies nothing: tag, length, value, one after the other.
//!
//! It knows the distinguished encoding only (ITU-T X.690 §10): definite lengths in their shortest
//! form, tags of one octet. A length is believed only when the octets are there, so a lying length
//! costs nothing. A value is entered only when the caller knows what is in it; everything else is
//! passed over whole, and nesting that nobody enters does no harm (signed content §2).

/// Tags of one octet: class, constructed bit, number.
pub mod tag {
    /// BOOLEAN.
    pub const BOOLEAN: u8 = 0x01;
    /// INTEGER.
    pub const INTEGER: u8 = 0x02;
    /// BIT STRING.
    pub const BIT_STRING: u8 = 0x03;
    /// OCTET STRING.
    pub const OCTET_STRING: u8 = 0x04;
    /// NULL.
    pub const NULL: u8 = 0x05;
    /// OBJECT IDENTIFIER.
    pub const OID: u8 = 0x06;
    /// UTF8String.
    pub const UTF8_STRING: u8 = 0x0c;
    /// NumericString.
    pub const NUMERIC_STRING: u8 = 0x12;
    /// PrintableString.
    pub const PRINTABLE_STRING: u8 = 0x13;
    /// TeletexString.
    pub const TELETEX_STRING: u8 = 0x14;
    /// IA5String.
    pub const IA5_STRING: u8 = 0x16;
    /// UTCTime.
    pub const UTC_TIME: u8 = 0x17;
    /// GeneralizedTime.
    pub const GENERALIZED_TIME: u8 = 0x18;
    /// BMPString.
    pub const BMP_STRING: u8 = 0x1e;
    /// SEQUENCE, SEQUENCE OF.
    pub const SEQUENCE: u8 = 0x30;
    /// SET, SET OF.
    pub const SET: u8 = 0x31;

    /// `[number]`, primitive: an IMPLICIT tag over a primitive type.
    #[must_use]
    pub const fn context(number: u8) -> u8 {
        0x80 | number
    }

    /// `[number]`, constructed: EXPLICIT, or IMPLICIT over a SEQUENCE or SET.
    #[must_use]
    pub const fn context_constructed(number: u8) -> u8 {
        0xa0 | number
    }
}

/// How deep values are entered (signed content §2).
const MAX_DEPTH: u8 = 32;

/// What is wrong with an encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DerError {
    /// The value reaches past the end of what encloses it.
    #[error("a value is cut short")]
    Truncated,
    /// Indefinite, longer than it must be, or given in more than four octets.
    #[error("a length is not in the distinguished form")]
    Length,
    /// Another type than the structure has at this place, or a tag of several octets.
    #[error("a value has an unexpected type")]
    Tag,
    /// Octets follow where the structure ends.
    #[error("octets follow the end of a value")]
    Trailing,
    /// Values are nested too deep.
    #[error("values are nested too deep")]
    Depth,
    /// The type is right, its content is not.
    #[error("a value does not fit its type")]
    Value,
}

/// One encoded value.
#[derive(Debug, Clone, Copy)]
pub struct Tlv<'a> {
    /// The identifier octet.
    pub tag: u8,
    /// The content octets.
    pub value: &'a [u8],
    /// Identifier, length and content octets as received.
    pub raw: &'a [u8],
    depth: u8,
}

impl<'a> Tlv<'a> {
    /// The values inside this one.
    ///
    /// # Errors
    /// [`DerError::Depth`] 32 levels down.
    pub fn enter(&self) -> Result<Reader<'a>, DerError> {
        if self.depth >= MAX_DEPTH {
            return Err(DerError::Depth);
        }
        Ok(Reader {
            rest: self.value,
            depth: self.depth + 1,
        })
    }

    /// The value when its tag is `tag`.
    ///
    /// # Errors
    /// [`DerError::Tag`] when it is another.
    pub fn is(self, tag: u8) -> Result<Self, DerError> {
        if self.tag == tag {
            Ok(self)
        } else {
            Err(DerError::Tag)
        }
    }

    /// The octets of a BIT STRING that ends at an octet.
    ///
    /// # Errors
    /// [`DerError::Tag`], or [`DerError::Value`] when bits are left unused.
    pub fn bit_string_octets(self) -> Result<&'a [u8], DerError> {
        match self.is(tag::BIT_STRING)?.value.split_first() {
            Some((0, octets)) => Ok(octets),
            _ => Err(DerError::Value),
        }
    }
}

/// Values one after the other, read from the front.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    rest: &'a [u8],
    depth: u8,
}

impl<'a> Reader<'a> {
    /// Reads `octets` from the outermost level.
    #[must_use]
    pub const fn new(octets: &'a [u8]) -> Self {
        Self {
            rest: octets,
            depth: 0,
        }
    }

    /// The one value that `octets` are.
    ///
    /// # Errors
    /// What [`Reader::next`] says; [`DerError::Trailing`] when something follows it.
    pub fn only(octets: &'a [u8]) -> Result<Tlv<'a>, DerError> {
        let mut reader = Self::new(octets);
        let tlv = reader.next()?;
        reader.end()?;
        Ok(tlv)
    }

    /// Whether everything was read.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Nothing may follow.
    ///
    /// # Errors
    /// [`DerError::Trailing`] when something does.
    pub const fn end(&self) -> Result<(), DerError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(DerError::Trailing)
        }
    }

    /// The tag of the next value, without reading it.
    #[must_use]
    pub fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The next value.
    ///
    /// # Errors
    /// [`DerError::Truncated`] at the end or when the length says more than there is,
    /// [`DerError::Length`], [`DerError::Tag`].
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator that fails must not be continued; `?` on each value says so"
    )]
    pub fn next(&mut self) -> Result<Tlv<'a>, DerError> {
        let input = self.rest;
        let (&tag, after_tag) = input.split_first().ok_or(DerError::Truncated)?;
        if tag & 0x1f == 0x1f {
            return Err(DerError::Tag);
        }
        let (length, after_length) = length(after_tag)?;
        let (value, rest) = after_length
            .split_at_checked(length)
            .ok_or(DerError::Truncated)?;
        let (raw, _) = input
            .split_at_checked(input.len() - rest.len())
            .ok_or(DerError::Truncated)?;
        self.rest = rest;
        Ok(Tlv {
            tag,
            value,
            raw,
            depth: self.depth,
        })
    }

    /// The next value, which must have this tag.
    ///
    /// # Errors
    /// What [`Reader::next`] says; [`DerError::Tag`] when it has another.
    pub fn expect(&mut self, tag: u8) -> Result<Tlv<'a>, DerError> {
        self.next()?.is(tag)
    }

    /// The next value if it has this tag.
    ///
    /// # Errors
    /// What [`Reader::next`] says about a value with this tag.
    pub fn optional(&mut self, tag: u8) -> Result<Option<Tlv<'a>>, DerError> {
        if self.peek() == Some(tag) {
            self.next().map(Some)
        } else {
            Ok(None)
        }
    }
}

/// The length and what follows it (ITU-T X.690 §8.1.3, §10.1).
fn length(input: &[u8]) -> Result<(usize, &[u8]), DerError> {
    let (&first, rest) = input.split_first().ok_or(DerError::Truncated)?;
    if first < 0x80 {
        return Ok((usize::from(first), rest));
    }
    let count = usize::from(first & 0x7f);
    if count == 0 || count > 4 {
        return Err(DerError::Length);
    }
    let (octets, rest) = rest.split_at_checked(count).ok_or(DerError::Truncated)?;
    let length = octets
        .iter()
        .fold(0_u64, |length, &octet| length << 8 | u64::from(octet));
    let shortest = if count == 1 {
        0x80
    } else {
        1_u64 << (8 * (count - 1))
    };
    if length < shortest {
        return Err(DerError::Length);
    }
    Ok((usize::try_from(length).map_err(|_| DerError::Length)?, rest))
}

/// Checks that an INTEGER is there in its shortest form, and gives its content octets.
///
/// # Errors
/// [`DerError::Tag`]; [`DerError::Value`] for an empty or padded number.
pub fn integer<'a>(tlv: Tlv<'a>) -> Result<&'a [u8], DerError> {
    match tlv.is(tag::INTEGER)?.value {
        [] | [0x00, 0x00..=0x7f, ..] | [0xff, 0x80..=0xff, ..] => Err(DerError::Value),
        octets => Ok(octets),
    }
}

/// A small, non-negative INTEGER.
///
/// # Errors
/// [`DerError::Tag`]; [`DerError::Value`] for a negative number or one above 127.
pub fn small_integer(tlv: Tlv<'_>) -> Result<u8, DerError> {
    match integer(tlv)? {
        &[number @ 0..=0x7f] => Ok(number),
        _ => Err(DerError::Value),
    }
}

/// A BOOLEAN.
///
/// # Errors
/// [`DerError::Tag`]; [`DerError::Value`] for anything but one octet 00 or FF (ITU-T X.690 §11.1).
pub fn boolean(tlv: Tlv<'_>) -> Result<bool, DerError> {
    match tlv.is(tag::BOOLEAN)?.value {
        [0x00] => Ok(false),
        [0xff] => Ok(true),
        _ => Err(DerError::Value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_definite_shortest_and_backed_by_octets() {
        // signed content §2
        for (input, expected) in [
            (&[0x04, 0x00][..], Ok(0)),
            (&[0x04, 0x01, 7], Ok(1)),
            (&[0x04], Err(DerError::Truncated)),
            (&[0x04, 0x02, 7], Err(DerError::Truncated)),
            (&[0x04, 0x80, 0, 0], Err(DerError::Length)),
            (&[0x04, 0x81, 0x01, 7], Err(DerError::Length)),
            (&[0x04, 0x82, 0x00, 0x81], Err(DerError::Length)),
            (
                &[0x04, 0x84, 0xff, 0xff, 0xff, 0xff],
                Err(DerError::Truncated),
            ),
            (&[0x04, 0x85, 0, 0, 0, 0, 1, 7], Err(DerError::Length)),
            (&[0x04, 0xff], Err(DerError::Length)),
            (&[0x04, 0x82, 0x01], Err(DerError::Truncated)),
            (&[0x1f, 0x81, 0x00, 0x00], Err(DerError::Tag)),
            (&[0x04, 0x00, 0x00], Err(DerError::Trailing)),
        ] {
            assert_eq!(
                Reader::only(input).map(|tlv| tlv.value.len()),
                expected,
                "{input:02x?}"
            );
        }
        let long = [&[0x04, 0x81, 0x80][..], &[9; 128]].concat();
        assert_eq!(
            Reader::only(&long).map(|tlv| (tlv.value.len(), tlv.raw.len())),
            Ok((128, 131))
        );
    }

    #[test]
    fn nesting_stops_at_32() {
        // signed content §2
        let mut octets = vec![];
        for _ in 0..40 {
            octets = super::super::der_write::sequence(&[&octets]);
        }
        let mut tlv = Reader::only(&octets).unwrap();
        let mut levels = 0;
        let error = loop {
            match tlv.enter() {
                Ok(mut reader) => tlv = reader.next().unwrap(),
                Err(error) => break error,
            }
            levels += 1;
        };
        assert_eq!((levels, error), (32, DerError::Depth));
    }

    #[test]
    fn numbers_are_in_their_shortest_form() {
        for (input, expected) in [
            (&[0x02, 0x00][..], Err(DerError::Value)),
            (&[0x02, 0x01, 0x05], Ok(5)),
            (&[0x02, 0x02, 0x00, 0x05], Err(DerError::Value)),
            (&[0x02, 0x02, 0xff, 0x85], Err(DerError::Value)),
            (&[0x02, 0x01, 0x85], Err(DerError::Value)),
            (&[0x02, 0x02, 0x00, 0x85], Err(DerError::Value)),
            (&[0x04, 0x01, 0x05], Err(DerError::Tag)),
        ] {
            assert_eq!(
                Reader::only(input).and_then(small_integer),
                expected,
                "{input:02x?}"
            );
        }
    }
}
