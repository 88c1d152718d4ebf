//! What the formulas for points need of a field, and elements that read as formulas do.
//!
//! Two implementations: [`crate::portable`] and [`crate::carry_less`].

use core::ops::{Add, Mul};

use crate::curve::Domain;

/// A way to compute in the field of one curve, whose elements take N words.
///
/// A product is twice as long as an element until it is reduced; several are added first where a
/// formula allows it, and reduced once.
pub(crate) trait Arithmetic<const N: usize>: Copy {
    type Domain: Domain<N>;
    type Value: Copy;
    type Wide: Copy;

    fn load(self, words: &[u64; N]) -> Self::Value;
    fn store(self, value: Self::Value) -> [u64; N];
    fn add(self, a: Self::Value, b: Self::Value) -> Self::Value;
    fn multiply(self, a: Self::Value, b: Self::Value) -> Self::Wide;
    fn square(self, a: Self::Value) -> Self::Wide;
    fn add_wide(self, a: Self::Wide, b: Self::Wide) -> Self::Wide;
    fn reduce(self, product: Self::Wide) -> Self::Value;

    /// Runs `task` where these functions are fast.
    fn run<R>(self, task: impl FnOnce() -> R) -> R;

    /// The same in a function of its own: for what is long and used in several places.
    fn call<R>(self, task: impl FnOnce() -> R) -> R;

    /// The element with these words.
    #[inline(always)]
    fn element(self, words: &[u64; N]) -> Element<N, Self> {
        Element {
            value: self.load(words),
            by: self,
        }
    }
}

/// An element of the field, with the way to compute with it.
#[derive(Clone, Copy)]
pub(crate) struct Element<const N: usize, A: Arithmetic<N>> {
    value: A::Value,
    by: A,
}

/// A product that is not reduced.
#[derive(Clone, Copy)]
pub(crate) struct Product<const N: usize, A: Arithmetic<N>> {
    value: A::Wide,
    by: A,
}

impl<const N: usize, A: Arithmetic<N>> Element<N, A> {
    #[inline(always)]
    pub(crate) fn words(self) -> [u64; N] {
        self.by.store(self.value)
    }

    #[inline(always)]
    pub(crate) fn is_zero(self) -> bool {
        self.words().iter().fold(0, |all, word| all | word) == 0
    }

    #[inline(always)]
    pub(crate) fn times(self, other: Self) -> Product<N, A> {
        Product {
            value: self.by.multiply(self.value, other.value),
            by: self.by,
        }
    }

    #[inline(always)]
    pub(crate) fn square_unreduced(self) -> Product<N, A> {
        Product {
            value: self.by.square(self.value),
            by: self.by,
        }
    }

    #[inline(always)]
    pub(crate) fn square(self) -> Self {
        self.square_unreduced().reduce()
    }

    #[inline(always)]
    pub(crate) fn plus_one(self) -> Self {
        let mut one = [0; N];
        if let Some(low) = one.first_mut() {
            *low = 1;
        }
        self + self.by.element(&one)
    }

    /// self^(2^count).
    #[inline(always)]
    fn square_times(self, count: usize) -> Self {
        (0..count).fold(self, |power, _| power.square())
    }

    /// 1/self, 0 for 0: self^(2^m − 2) with the exponent's ones doubled up (Itoh, Tsujii 1988).
    #[inline(always)]
    pub(crate) fn inverse(self) -> Self {
        self.by.call(
            #[inline(always)]
            || self.inverse_inlined(),
        )
    }

    #[inline(always)]
    fn inverse_inlined(self) -> Self {
        // m − 1 from its highest bit on: `ones` counts the ones of the exponent so far.
        let target = A::Domain::CONSTANTS.field.m - 1;
        let (mut power, mut ones) = (self, 1);
        for place in (0..target.ilog2()).rev() {
            power = power.square_times(ones) * power;
            ones *= 2;
            if target >> place & 1 == 1 {
                power = power.square() * self;
                ones += 1;
            }
        }
        power.square()
    }

    /// Tr(self).
    #[inline(always)]
    pub(crate) fn trace(self) -> bool {
        let mask = &A::Domain::CONSTANTS.trace_mask;
        let words = self.words();
        let common = words.iter().zip(mask).map(|(word, mask)| word & mask);
        common.fold(0, |sum, word| sum ^ word).count_ones() % 2 == 1
    }

    /// HTr(self) = Σ self^(2^(2i)), i = 0 … (m−1)/2: z with z² + z = self when Tr(self) = 0.
    #[inline(always)]
    pub(crate) fn half_trace(self) -> Self {
        let steps = (A::Domain::CONSTANTS.field.m - 1) / 2;
        self.by.call(
            #[inline(always)]
            || (0..steps).fold(self, |sum, _| sum.square().square() + self),
        )
    }
}

impl<const N: usize, A: Arithmetic<N>> Add for Element<N, A> {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self {
            value: self.by.add(self.value, other.value),
            by: self.by,
        }
    }
}

impl<const N: usize, A: Arithmetic<N>> Mul for Element<N, A> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.times(other).reduce()
    }
}

impl<const N: usize, A: Arithmetic<N>> Add for Product<N, A> {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self {
            value: self.by.add_wide(self.value, other.value),
            by: self.by,
        }
    }
}

impl<const N: usize, A: Arithmetic<N>> Product<N, A> {
    #[inline(always)]
    pub(crate) fn reduce(self) -> Element<N, A> {
        Element {
            value: self.by.reduce(self.value),
            by: self.by,
        }
    }
}
