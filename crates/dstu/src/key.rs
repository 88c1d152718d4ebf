//! Public keys, and what a signature must be to be one of theirs.

use core::fmt;

use crate::{
    Octets,
    arithmetic::Arithmetic,
    backend::{Backend, Task},
    curve::{Curve, Domain},
    multiply::multiply,
    words::{Pair, WORDS, from_octets, is_zero, length, resize, truncate},
};

/// Why octets are no public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyError {
    /// There are not ⌈m/8⌉ of them.
    Length,
    /// They say more than m bits, or name no point of the curve with x other than 0.
    NotOnCurve,
    /// The point is on the curve, but its order is not that of the base point. Such a key would give
    /// away parts of a secret, or let anyone sign.
    WrongOrder,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Length => "a compressed point of another length",
            Self::NotOnCurve => "not a point of the curve",
            Self::WrongOrder => "a point of another order than the base point's",
        })
    }
}

impl core::error::Error for KeyError {}

/// The octets are no signature of this digest by this key. Which of the reasons it is, is nobody's
/// business.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidSignature;

impl fmt::Display for InvalidSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the signature is not valid")
    }
}

impl core::error::Error for InvalidSignature {}

/// A point of a curve whose order is that of the base point: a key that checks signatures.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey {
    curve: Curve,
    /// x and λ = x + y/x.
    point: Pair<WORDS>,
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicKey")
            .field("curve", &self.curve)
            .finish_non_exhaustive()
    }
}

impl PublicKey {
    /// Reads a compressed point: ⌈m/8⌉ octets, the first the least significant, bit 0 the trace of
    /// y/x in place of the one of x (DSTU 4145-2002 §6.10). It is what certificates have inside an
    /// OCTET STRING inside the BIT STRING of a key.
    ///
    /// The point is checked to have the order of the base point, without a multiplication by it: on
    /// curves of cofactor 2 the trace of x decides, on those of cofactor 4 the trace of the x of half
    /// the point as well.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn from_compressed(curve: Curve, octets: &[u8]) -> Result<Self, KeyError> {
        Self::from_compressed_with(Backend::best(), curve, octets)
    }

    /// [`PublicKey::from_compressed`] with the arithmetic named.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn from_compressed_with(
        backend: Backend,
        curve: Curve,
        octets: &[u8],
    ) -> Result<Self, KeyError> {
        if octets.len() != curve.octets() {
            return Err(KeyError::Length);
        }
        let compressed = from_octets(octets);
        if length(&compressed) > usize::from(curve.parameters().m) {
            return Err(KeyError::NotOnCurve);
        }
        let point = backend.run(curve, Decompress { compressed })?;
        Ok(Self { curve, point })
    }

    /// The curve.
    #[must_use]
    pub const fn curve(&self) -> Curve {
        self.curve
    }

    /// The point compressed as [`PublicKey::from_compressed`] reads it.
    #[must_use]
    pub fn to_compressed(&self) -> Octets {
        Octets::of(
            [&Backend::portable().run(self.curve, Compress(&self.point))],
            self.curve.octets(),
        )
    }

    /// A multiple of the base point as x and x + y/x.
    #[cfg(feature = "signing")]
    pub(crate) const fn from_point(curve: Curve, point: Pair<WORDS>) -> Self {
        Self { curve, point }
    }

    /// The point on the other side: (x, λ + 1).
    #[cfg(feature = "signing")]
    pub(crate) fn negate(mut self) -> Self {
        let [_, [lambda, ..]] = &mut self.point;
        *lambda ^= 1;
        self
    }

    /// x and x + y/x.
    #[cfg(test)]
    pub(crate) const fn point(&self) -> &Pair<WORDS> {
        &self.point
    }

    /// Checks a signature of `digest`.
    ///
    /// `digest` is the hash of what was signed as its hash function gives it, of any length: the
    /// first octet is taken for the least significant and the low m bits count (DSTU 4145-2002 §5.9).
    /// `signature` is r and s one after the other, each half of it, the first octet the least
    /// significant (§12); the halves may be longer or shorter than need be.
    ///
    /// # Errors
    /// [`InvalidSignature`] for everything else.
    pub fn verify(&self, digest: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        self.verify_with(Backend::best(), digest, signature)
    }

    /// [`PublicKey::verify`] with the arithmetic named.
    ///
    /// # Errors
    /// [`InvalidSignature`].
    pub fn verify_with(
        &self,
        backend: Backend,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let (r, s) = halves(signature).ok_or(InvalidSignature)?;
        let task = Verify {
            point: &self.point,
            digest: from_octets(digest),
            r: scalar(self.curve, r).ok_or(InvalidSignature)?,
            s: scalar(self.curve, s).ok_or(InvalidSignature)?,
        };
        if backend.run(self.curve, task) {
            Ok(())
        } else {
            Err(InvalidSignature)
        }
    }
}

/// Two halves, not empty.
fn halves(signature: &[u8]) -> Option<(&[u8], &[u8])> {
    if signature.is_empty() || !signature.len().is_multiple_of(2) {
        return None;
    }
    signature.split_at_checked(signature.len() / 2)
}

/// A number from 1 to n − 1.
pub(crate) fn scalar(curve: Curve, octets: &[u8]) -> Option<[u64; WORDS]> {
    let (low, above) = octets
        .split_at_checked(curve.octets())
        .unwrap_or((octets, &[]));
    let number = from_octets(low);
    let is_below = number
        .iter()
        .rev()
        .lt(from_octets(curve.parameters().order).iter().rev());
    (above.iter().all(|&octet| octet == 0) && !is_zero(&number) && is_below).then_some(number)
}

/// The element that stands for a digest (DSTU 4145-2002 §5.9): its low m bits; 1 in place of 0.
pub(crate) fn element_of_digest<const N: usize, D: Domain<N>>(digest: &[u64; WORDS]) -> [u64; N] {
    let mut element = truncate(resize(digest), D::CONSTANTS.field.m);
    if is_zero(&element) {
        element = truncate([1; N], 1);
    }
    element
}

struct Decompress {
    compressed: [u64; WORDS],
}

impl Task for Decompress {
    type Output = Result<Pair<WORDS>, KeyError>;

    #[inline(always)]
    fn run<const N: usize, A: Arithmetic<N>>(self, by: A) -> Self::Output {
        let constants = A::Domain::CONSTANTS;
        let mut x: [u64; N] = resize(&self.compressed);
        let Some(first) = x.first_mut() else {
            return Err(KeyError::Length);
        };
        let sign = *first & 1 == 1;
        *first &= !1;
        let mut x = by.element(&x);
        if x.is_zero() && !sign {
            // (0, √b), the point of order 2: with such a key anyone could sign.
            return Err(KeyError::NotOnCurve);
        }
        // All points of the subgroup have Tr(x) = a, so bit 0 need not be told.
        if x.trace() != constants.a {
            x = x.plus_one();
        }
        if x.is_zero() {
            return Err(KeyError::NotOnCurve);
        }
        let mut of_x = x + by.element(&constants.b) * x.inverse().square();
        if constants.a {
            of_x = of_x.plus_one();
        }
        let mut z = of_x.half_trace();
        if !(z.square() + z + of_x).is_zero() {
            return Err(KeyError::NotOnCurve);
        }
        if z.trace() != sign {
            z = z.plus_one();
        }
        // y = xz, so λ = x + z. Cofactor 4: the point must be twice one that is twice one.
        if !constants.a {
            let lambda_of_half = x.half_trace();
            let square_of_x_of_half = (z + lambda_of_half).plus_one() * x;
            if square_of_x_of_half.trace() {
                return Err(KeyError::WrongOrder);
            }
        }
        Ok([resize(&x.words()), resize(&(x + z).words())])
    }
}

struct Compress<'a>(&'a Pair<WORDS>);

impl Task for Compress<'_> {
    type Output = [u64; WORDS];

    fn run<const N: usize, A: Arithmetic<N>>(self, by: A) -> Self::Output {
        let [x, lambda] = self.0.each_ref().map(|words| by.element(&resize(words)));
        let mut words = x.words();
        if let Some(first) = words.first_mut() {
            *first = *first & !1 | u64::from((x + lambda).trace());
        }
        resize(&words)
    }
}

struct Verify<'a> {
    point: &'a Pair<WORDS>,
    digest: [u64; WORDS],
    r: [u64; WORDS],
    s: [u64; WORDS],
}

impl Task for Verify<'_> {
    type Output = bool;

    #[inline(always)]
    fn run<const N: usize, A: Arithmetic<N>>(self, by: A) -> bool {
        let (r, s) = (resize(&self.r), resize(&self.s));
        let Some(point) = multiply(by, &s, &r, &self.point.each_ref().map(resize)) else {
            return false;
        };
        let element = by.element(&element_of_digest::<N, A::Domain>(&self.digest));
        let product = (element * point.x * point.z.inverse()).words();
        truncate(product, A::Domain::CONSTANTS.order_bits - 1) == r
    }
}
