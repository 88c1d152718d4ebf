//! Numbers and polynomials as 64-bit words, the lowest first.

#![expect(
    clippy::indexing_slicing,
    reason = "every index is a loop counter below the length of its array; iterators are not const"
)]

/// Words of the longest element and of the longest scalar.
pub(crate) const WORDS: usize = 7;

/// A point as two coordinates.
pub(crate) type Pair<const N: usize> = [[u64; N]; 2];

/// The number of bits; 0 for 0.
pub(crate) const fn length<const N: usize>(words: &[u64; N]) -> usize {
    let mut i = N;
    while i > 0 {
        i -= 1;
        if words[i] != 0 {
            return 64 * i + 64 - words[i].leading_zeros() as usize;
        }
    }
    0
}

pub(crate) const fn is_zero<const N: usize>(words: &[u64; N]) -> bool {
    length(words) == 0
}

/// Keeps the low `bits` bits.
pub(crate) fn truncate<const N: usize>(mut words: [u64; N], bits: usize) -> [u64; N] {
    for (i, word) in words.iter_mut().enumerate() {
        let kept = bits.saturating_sub(64 * i);
        if kept < 64 {
            *word &= (1 << kept) - 1;
        }
    }
    words
}

/// The low words of more, or the same words with zeros above.
pub(crate) fn resize<const N: usize, const M: usize>(words: &[u64; N]) -> [u64; M] {
    core::array::from_fn(|i| words.get(i).copied().unwrap_or(0))
}

/// Octets, the lowest first; what does not fit is left out.
pub(crate) fn from_octets(octets: &[u8]) -> [u64; WORDS] {
    let mut words = [0; WORDS];
    for (word, octets) in words.iter_mut().zip(octets.chunks(8)) {
        let mut whole = [0; 8];
        for (to, from) in whole.iter_mut().zip(octets) {
            *to = *from;
        }
        *word = u64::from_le_bytes(whole);
    }
    words
}

/// The low octets, the lowest first.
pub(crate) const fn to_octets<const N: usize, const OCTETS: usize>(
    words: &[u64; N],
) -> [u8; OCTETS] {
    let mut octets = [0; OCTETS];
    let mut i = 0;
    while i < OCTETS {
        octets[i] = words[i / 8].to_le_bytes()[i % 8];
        i += 1;
    }
    octets
}

const fn digit(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => digit - b'a' + 10,
    }
}

/// A number in hexadecimal digits, the highest first.
pub(crate) const fn hex<const N: usize>(digits: &str) -> [u64; N] {
    let digits = digits.as_bytes();
    let mut words = [0; N];
    let mut i = 0;
    while i < digits.len() {
        let value = digit(digits[digits.len() - 1 - i]) as u64;
        words[i / 16] |= value << (4 * (i % 16));
        i += 1;
    }
    words
}

/// Octets in pairs of hexadecimal digits.
pub(crate) const fn hex_octets<const OCTETS: usize>(digits: &str) -> [u8; OCTETS] {
    let digits = digits.as_bytes();
    let mut octets = [0; OCTETS];
    let mut i = 0;
    while i < OCTETS {
        octets[i] = digit(digits[2 * i]) << 4 | digit(digits[2 * i + 1]);
        i += 1;
    }
    octets
}
