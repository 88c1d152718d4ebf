//! Field arithmetic on 64-bit words, for every processor.
//!
//! Products by combs of four bits (López, Dahab 2000), squares by spreading bits, reduction word by
//! word. Everything here is public, so tables may be looked up by what is computed with.

#![expect(
    clippy::indexing_slicing,
    reason = "indices are loop counters and nibbles, below lengths known to the compiler"
)]

use core::marker::PhantomData;

use crate::{arithmetic::Arithmetic, curve::Domain};

/// The way to compute without special instructions.
#[derive(Clone, Copy)]
pub(crate) struct Portable<D>(PhantomData<D>);

impl<D> Portable<D> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<const N: usize, D: Domain<N>> Arithmetic<N> for Portable<D> {
    type Domain = D;
    type Value = [u64; N];
    /// Low half, high half.
    type Wide = [[u64; N]; 2];

    #[inline(always)]
    fn load(self, words: &[u64; N]) -> [u64; N] {
        *words
    }

    #[inline(always)]
    fn store(self, value: [u64; N]) -> [u64; N] {
        value
    }

    #[inline(always)]
    fn add(self, a: [u64; N], b: [u64; N]) -> [u64; N] {
        core::array::from_fn(|i| a[i] ^ b[i])
    }

    #[inline(always)]
    fn add_wide(self, [a, b]: Self::Wide, [c, d]: Self::Wide) -> Self::Wide {
        [self.add(a, c), self.add(b, d)]
    }

    fn multiply(self, a: [u64; N], b: [u64; N]) -> Self::Wide {
        let multiples = multiples(&b);
        let mut out = [[0; N]; 2];
        let product = out.as_flattened_mut();
        let top_nibbles = (D::CONSTANTS.field.m - 64 * (N - 1)).div_ceil(4);
        for nibble in (0..16).rev() {
            for i in 0..N {
                if i == N - 1 && nibble >= top_nibbles {
                    continue;
                }
                let (multiple, carry) = &multiples[(a[i] >> (4 * nibble)) as usize & 15];
                for j in 0..N {
                    product[i + j] ^= multiple[j];
                }
                product[i + N] ^= carry;
            }
            if nibble > 0 {
                for i in (1..2 * N).rev() {
                    product[i] = product[i] << 4 | product[i - 1] >> 60;
                }
                product[0] <<= 4;
            }
        }
        out
    }

    fn square(self, a: [u64; N]) -> Self::Wide {
        let mut out = [[0; N]; 2];
        for (pair, word) in out.as_flattened_mut().chunks_exact_mut(2).zip(a) {
            pair[0] = spread(word & 0xffff_ffff);
            pair[1] = spread(word >> 32);
        }
        out
    }

    fn reduce(self, product: Self::Wide) -> [u64; N] {
        let field = D::CONSTANTS.field;
        let mut wide = product;
        let words = wide.as_flattened_mut();
        let exponents = [0, field.middle[0], field.middle[1], field.middle[2]];
        let exponents = || {
            let middle = exponents
                .into_iter()
                .skip(1)
                .filter(|&exponent| exponent > 0);
            core::iter::once(0).chain(middle)
        };
        // x^(64i) = x^(64i − m) · (1 + x^k + …), from the top word down to the last whole one.
        for i in (N..2 * N).rev() {
            let word = words[i];
            for exponent in exponents() {
                let at = 64 * i - field.m + exponent;
                words[at / 64] ^= word << (at % 64);
                if at % 64 > 0 {
                    words[at / 64 + 1] ^= word >> (64 - at % 64);
                }
            }
        }
        // What is above x^m in the word that holds it.
        let above = words[N - 1] >> (field.m % 64);
        words[N - 1] ^= above << (field.m % 64);
        for exponent in exponents() {
            words[0] ^= above << exponent;
            if exponent > 0 {
                words[1] ^= above >> (64 - exponent);
            }
        }
        product_low(&wide)
    }

    #[inline(always)]
    fn run<R>(self, task: impl FnOnce() -> R) -> R {
        task()
    }
}

const fn product_low<const N: usize>(wide: &[[u64; N]; 2]) -> [u64; N] {
    let [low, _] = wide;
    *low
}

/// b times 0 to 15, each with the bits that do not fit into N words.
fn multiples<const N: usize>(b: &[u64; N]) -> [([u64; N], u64); 16] {
    let mut out = [([0; N], 0); 16];
    out[1].0 = *b;
    for i in 1..8 {
        let (half, carry) = out[i];
        let mut double = [0; N];
        double[0] = half[0] << 1;
        for j in 1..N {
            double[j] = half[j] << 1 | half[j - 1] >> 63;
        }
        let carry = carry << 1 | half[N - 1] >> 63;
        out[2 * i] = (double, carry);
        let mut odd = double;
        for j in 0..N {
            odd[j] ^= b[j];
        }
        out[2 * i + 1] = (odd, carry);
    }
    out
}

/// Puts a zero above each of the low 32 bits.
const fn spread(word: u64) -> u64 {
    let word = (word | word << 16) & 0x0000_ffff_0000_ffff;
    let word = (word | word << 8) & 0x00ff_00ff_00ff_00ff;
    let word = (word | word << 4) & 0x0f0f_0f0f_0f0f_0f0f;
    let word = (word | word << 2) & 0x3333_3333_3333_3333;
    (word | word << 1) & 0x5555_5555_5555_5555
}
