//! A few octets, without an allocator.

use core::{fmt, ops::Deref};

/// The octets of a key or a signature, the first the least significant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Octets {
    octets: [u8; Self::CAPACITY],
    length: usize,
}

impl Octets {
    /// Two scalars of the longest curve.
    const CAPACITY: usize = 108;

    /// The first `length` of each of some numbers, one after the other.
    pub(crate) fn of<const COUNT: usize>(
        numbers: [&[u64; crate::words::WORDS]; COUNT],
        length: usize,
    ) -> Self {
        let mut octets = [0; Self::CAPACITY];
        let of_number = |words: &[u64; crate::words::WORDS]| {
            let octets: [u8; 56] = crate::words::to_octets(words);
            octets.into_iter().take(length)
        };
        let all = numbers.into_iter().flat_map(of_number);
        for (to, from) in octets.iter_mut().zip(all) {
            *to = from;
        }
        Self {
            octets,
            length: (COUNT * length).min(Self::CAPACITY),
        }
    }
}

impl Deref for Octets {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.octets.get(..self.length).unwrap_or_default()
    }
}

impl AsRef<[u8]> for Octets {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl fmt::Debug for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Octets({})", self.length)
    }
}
