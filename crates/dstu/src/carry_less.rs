//! Field arithmetic with the processor's carry-less multiplication.
//!
//! An element is L pairs of words, which stay in vector registers from one operation to the next:
//! a word that goes to a general register and comes back costs as much as a multiplication.

#![expect(
    clippy::indexing_slicing,
    reason = "indices are loop counters, below lengths known to the compiler"
)]

use core::marker::PhantomData;

use crate::{
    arithmetic::Arithmetic,
    clmul::{Clmul, Pair},
    curve::Domain,
};

/// The way to compute with it.
#[derive(Clone, Copy)]
pub(crate) struct CarryLess<D, const L: usize>(Clmul, PhantomData<D>);

impl<D: Copy, const L: usize> CarryLess<D, L> {
    pub(crate) const fn new(proof: Clmul) -> Self {
        Self(proof, PhantomData)
    }

    #[inline(always)]
    fn zero(self) -> Pair {
        Pair::new(self.0, 0, 0)
    }

    /// The product of the first `count` pairs of each: all products of a pair with itself, and for
    /// each two pairs one of their sums (Weimerskirch, Paar 2003).
    #[inline(always)]
    fn product(self, a: [Pair; L], b: [Pair; L], count: usize) -> [[Pair; L]; 2] {
        // Sums of products at whole pairs, and at a word above them.
        let mut whole = [[self.zero(); L]; 2];
        let mut between = [[self.zero(); L]; 2];
        let mut add = |at: usize, [low, middle, high]: [Pair; 3]| {
            let (whole, between) = (whole.as_flattened_mut(), between.as_flattened_mut());
            whole[at] = whole[at] ^ low;
            between[at] = between[at] ^ middle;
            whole[at + 1] = whole[at + 1] ^ high;
        };
        let own: [[Pair; 3]; L] = core::array::from_fn(|i| {
            if i < count {
                words_product(a[i], b[i])
            } else {
                [self.zero(); 3]
            }
        });
        for i in 0..count {
            add(2 * i, own[i]);
            for j in i + 1..count {
                let both = words_product(a[i] ^ a[j], b[i] ^ b[j]);
                add(
                    i + j,
                    core::array::from_fn(|part| both[part] ^ own[i][part] ^ own[j][part]),
                );
            }
        }
        let out = whole.as_flattened_mut();
        let between = between.as_flattened();
        let mut carry = self.zero();
        for i in 0..2 * L {
            out[i] = out[i] ^ between[i].after(carry);
            carry = between[i];
        }
        whole
    }
}

impl<const N: usize, const L: usize, D: Domain<N>> Arithmetic<N> for CarryLess<D, L> {
    type Domain = D;
    type Value = [Pair; L];
    /// Low half, high half.
    type Wide = [[Pair; L]; 2];

    #[inline(always)]
    fn load(self, words: &[u64; N]) -> [Pair; L] {
        core::array::from_fn(|i| {
            let word = |j: usize| words.get(j).copied().unwrap_or(0);
            Pair::new(self.0, word(2 * i), word(2 * i + 1))
        })
    }

    #[inline(always)]
    fn store(self, value: [Pair; L]) -> [u64; N] {
        let words = value.map(Pair::words);
        core::array::from_fn(|i| words.as_flattened().get(i).copied().unwrap_or(0))
    }

    #[inline(always)]
    fn add(self, a: [Pair; L], b: [Pair; L]) -> [Pair; L] {
        core::array::from_fn(|i| a[i] ^ b[i])
    }

    #[inline(always)]
    fn add_wide(self, [a, b]: Self::Wide, [c, d]: Self::Wide) -> Self::Wide {
        let add = |a: [Pair; L], b: [Pair; L]| core::array::from_fn(|i| a[i] ^ b[i]);
        [add(a, c), add(b, d)]
    }

    #[inline(always)]
    fn multiply(self, a: [Pair; L], b: [Pair; L]) -> Self::Wide {
        // m = 257: the one bit above 256 is no reason for a third pair.
        if D::CONSTANTS.field.m == 257 {
            let mut out = self.product(a, b, 2);
            let (top_a, top_b) = (a[2], b[2]);
            let (mask_a, mask_b) = (top_a.spread_low().negate(), top_b.spread_low().negate());
            let words = out.as_flattened_mut();
            words[2] = words[2] ^ (b[0] & mask_a) ^ (a[0] & mask_b);
            words[3] = words[3] ^ (b[1] & mask_a) ^ (a[1] & mask_b);
            words[4] = top_a & top_b;
            out
        } else {
            self.product(a, b, L)
        }
    }

    #[inline(always)]
    fn square(self, a: [Pair; L]) -> Self::Wide {
        let mut out = [[self.zero(); L]; 2];
        for (pairs, a) in out.as_flattened_mut().chunks_exact_mut(2).zip(a) {
            pairs[0] = a.low_low(a);
            pairs[1] = a.high_high(a);
        }
        if D::CONSTANTS.field.m == 257 {
            out.as_flattened_mut()[4] = a[2];
        }
        out
    }

    #[inline(always)]
    fn reduce(self, product: Self::Wide) -> [Pair; L] {
        let field = D::CONSTANTS.field;
        let wide = product.as_flattened();
        let zero = self.zero();
        // Where x^m stands.
        let (pair, bit) = (field.m / 128, (field.m % 128) as u8);
        let from_bit = |this: Pair, next: Pair| {
            let middle = next.after(this);
            if bit < 64 {
                this >> bit ^ middle << (64 - bit)
            } else {
                middle >> (bit - 64) ^ next << (128 - bit)
            }
        };
        // What is above x^m, moved down to bit 0: m − 1 bits.
        let high: [Pair; L] = core::array::from_fn(|i| {
            if i < (field.m - 1).div_ceil(128) {
                let next = wide.get(pair + i + 1).copied().unwrap_or(zero);
                from_bit(wide[pair + i], next)
            } else {
                zero
            }
        });
        // The same times x^k + …, which reaches a few bits above x^m again.
        let mut shifted = [zero; L];
        let mut out = zero;
        for exponent in field.middle {
            if exponent > 0 {
                let exponent = exponent as u8;
                let mut carry = zero;
                for i in 0..L {
                    let next = high[i] >> (64 - exponent);
                    shifted[i] = shifted[i] ^ high[i] << exponent ^ next.after(carry);
                    carry = next;
                }
                out = out ^ zero.after(carry);
            }
        }
        let next = shifted.get(pair + 1).copied().unwrap_or(out);
        let over = from_bit(shifted[pair], next);
        let mut low: [Pair; L] = core::array::from_fn(|i| wide[i] ^ high[i] ^ shifted[i]);
        low[0] = low[0] ^ over;
        for exponent in field.middle {
            if exponent > 0 {
                low[0] = low[0] ^ over << exponent as u8;
            }
        }
        let mask = (1_u128 << bit) - 1;
        low[pair] = low[pair] & Pair::new(self.0, mask as u64, (mask >> 64) as u64);
        for above in low.iter_mut().skip(pair + 1) {
            *above = zero;
        }
        low
    }

    #[inline(always)]
    fn run<R>(self, task: impl FnOnce() -> R) -> R {
        self.0.run(task)
    }
}

/// low · low, low · high + high · low, high · high.
#[inline(always)]
fn words_product(a: Pair, b: Pair) -> [Pair; 3] {
    [a.low_low(b), a.low_high(b) ^ b.low_high(a), a.high_high(b)]
}
