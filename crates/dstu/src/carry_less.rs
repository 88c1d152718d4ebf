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
    curve::{Domain, Field},
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

    /// `value` times the terms of f between x^m and 1, and what goes beyond its pairs.
    #[inline(always)]
    fn times_middle<const K: usize>(self, value: [Pair; K], field: Field) -> ([Pair; K], Pair) {
        let zero = self.zero();
        match field.middle {
            [exponent, 0, 0] => {
                let exponent = exponent as u8;
                let carried = value.map(|pair| pair >> (64 - exponent));
                let below = |i: usize| if i == 0 { zero } else { carried[i - 1] };
                let shifted =
                    core::array::from_fn(|i| value[i] << exponent ^ carried[i].after(below(i)));
                (shifted, zero.after(below(K)))
            }
            [one, two, three] => {
                // Shifting by each of three costs more than multiplying by their sum.
                let terms = Pair::new(self.0, 1 << one | 1 << two | 1 << three, 0);
                let carried = value.map(|pair| terms.low_high(pair));
                let below = |i: usize| if i == 0 { zero } else { carried[i - 1] };
                let shifted =
                    core::array::from_fn(|i| value[i].low_low(terms) ^ carried[i].after(below(i)));
                (shifted, zero.after(below(K)))
            }
        }
    }

    /// m = 257: the one bit above 256 is no reason for a third pair.
    #[inline(always)]
    fn product_257(self, a: [Pair; L], b: [Pair; L]) -> [[Pair; L]; 2] {
        let [c0, c1, c2, c3] = product_2([a[0], a[1]], [b[0], b[1]], false, self.zero());
        let (top_a, top_b) = (a[2], b[2]);
        let (mask_a, mask_b) = (top_a.spread_low().negate(), top_b.spread_low().negate());
        let mut out = [[self.zero(); L]; 2];
        let words = out.as_flattened_mut();
        words[0] = c0;
        words[1] = c1;
        words[2] = c2 ^ (b[0] & mask_a) ^ (a[0] & mask_b);
        words[3] = c3 ^ (b[1] & mask_a) ^ (a[1] & mask_b);
        words[4] = top_a & top_b;
        out
    }

    /// The product of L pairs; `is_half` tells that the last has a low word only.
    #[inline(always)]
    fn product(self, a: [Pair; L], b: [Pair; L], is_half: bool) -> [[Pair; L]; 2] {
        let zero = self.zero();
        let mut out = [[zero; L]; 2];
        let words = out.as_flattened_mut();
        if L == 2 {
            words.copy_from_slice(&product_2([a[0], a[1]], [b[0], b[1]], is_half, zero));
        } else if L == 3 {
            words.copy_from_slice(&product_3(
                [a[0], a[1], a[2]],
                [b[0], b[1], b[2]],
                is_half,
                zero,
            ));
        } else {
            words.copy_from_slice(&product_4(
                [a[0], a[1], a[2], a[3]],
                [b[0], b[1], b[2], b[3]],
                is_half,
                zero,
            ));
        }
        out
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
        // Called, not merged: that costs no time, and forty copies of it would be a lot of code.
        self.0.call(
            #[inline(always)]
            || {
                if D::CONSTANTS.field.m == 257 {
                    self.product_257(a, b)
                } else {
                    self.product(a, b, N % 2 == 1)
                }
            },
        )
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
        let (shifted, out) = self.times_middle(high, field);
        let [longest, ..] = field.middle;
        let over = if bit < 64 && usize::from(bit) + longest <= 64 {
            // They are all in the low word.
            shifted[pair] >> bit
        } else {
            let next = shifted.get(pair + 1).copied().unwrap_or(out);
            from_bit(shifted[pair], next)
        };
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

    #[inline(always)]
    fn call<R>(self, task: impl FnOnce() -> R) -> R {
        self.0.call(task)
    }
}

/// Three products of a pair and a pair: at its place, one word above, two words above.
type Triple = [Pair; 3];

/// low · low, low · high + high · low, high · high.
#[inline(always)]
fn product_1(a: Pair, b: Pair) -> Triple {
    [a.low_low(b), a.low_high(b) ^ b.low_high(a), a.high_high(b)]
}

/// The same when the high words are 0.
#[inline(always)]
fn product_1_half(a: Pair, b: Pair, zero: Pair) -> Triple {
    [a.low_low(b), zero, zero]
}

#[inline(always)]
fn sum(a: Triple, b: Triple) -> Triple {
    let ([a, b, c], [d, e, f]) = (a, b);
    [a ^ d, b ^ e, c ^ f]
}

/// (a + b·x^128)(c + d·x^128) by three products (Karatsuba).
#[inline(always)]
fn product_2(a: [Pair; 2], b: [Pair; 2], is_half: bool, zero: Pair) -> [Pair; 4] {
    let ([a0, a1], [b0, b1]) = (a, b);
    let low = product_1(a0, b0);
    let high = if is_half {
        product_1_half(a1, b1, zero)
    } else {
        product_1(a1, b1)
    };
    let middle = sum(product_1(a0 ^ a1, b0 ^ b1), sum(low, high));
    let ([l, lm, lh], [m, mm, mh], [h, hm, hh]) = (low, middle, high);
    [
        l ^ lm.after(zero),
        lh ^ m ^ mm.after(lm),
        mh ^ h ^ hm.after(mm),
        hh ^ zero.after(hm),
    ]
}

/// Three pairs by six products (Weimerskirch, Paar 2003).
#[inline(always)]
fn product_3(a: [Pair; 3], b: [Pair; 3], is_half: bool, zero: Pair) -> [Pair; 6] {
    let ([a0, a1, a2], [b0, b1, b2]) = (a, b);
    let p0 = product_1(a0, b0);
    let p1 = product_1(a1, b1);
    let p2 = if is_half {
        product_1_half(a2, b2, zero)
    } else {
        product_1(a2, b2)
    };
    let p01 = sum(p0, p1);
    let p12 = sum(p1, p2);
    let t1 = sum(product_1(a0 ^ a1, b0 ^ b1), p01);
    let t2 = sum(sum(product_1(a0 ^ a2, b0 ^ b2), p01), p2);
    let t3 = sum(product_1(a1 ^ a2, b1 ^ b2), p12);
    let ([l0, m0, h0], [l1, m1, h1], [l2, m2, h2]) = (p0, t1, t2);
    let ([l3, m3, h3], [l4, m4, h4]) = (t3, p2);
    [
        l0 ^ m0.after(zero),
        h0 ^ l1 ^ m1.after(m0),
        h1 ^ l2 ^ m2.after(m1),
        h2 ^ l3 ^ m3.after(m2),
        h3 ^ l4 ^ m4.after(m3),
        h4 ^ zero.after(m4),
    ]
}

/// Four pairs by nine products: Karatsuba on two levels.
#[inline(always)]
fn product_4(a: [Pair; 4], b: [Pair; 4], is_half: bool, zero: Pair) -> [Pair; 8] {
    let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (a, b);
    let [l0, l1, l2, l3] = product_2([a0, a1], [b0, b1], false, zero);
    let [h0, h1, h2, h3] = product_2([a2, a3], [b2, b3], is_half, zero);
    let [m0, m1, m2, m3] = product_2([a0 ^ a2, a1 ^ a3], [b0 ^ b2, b1 ^ b3], false, zero);
    let (x, y) = (l2 ^ h0, l3 ^ h1);
    [
        l0,
        l1,
        x ^ l0 ^ m0,
        y ^ l1 ^ m1,
        x ^ m2 ^ h2,
        y ^ m3 ^ h3,
        h2,
        h3,
    ]
}
