//! Field arithmetic on 64-bit words, for every processor.
//!
//! Products by a comb of four bits (López, Dahab 2000), squares by spreading bits, reduction word by
//! word. Nothing here is secret, so a table may be looked up by what is computed with.

#![expect(
    clippy::indexing_slicing,
    reason = "indices are loop counters, below lengths known to the compiler"
)]

use core::marker::PhantomData;

use crate::{
    arithmetic::Arithmetic,
    curve::{Domain, Field},
    words::WORDS,
};

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

    fn multiply(self, mut a: [u64; N], b: [u64; N]) -> Self::Wide {
        let mut out = [[0; N]; 2];
        let words = out.as_flattened_mut();
        // A single bit in the last word is no reason for a longer comb.
        let has_single_bit = D::CONSTANTS.field.m == 64 * (N - 1) + 1;
        let count = if has_single_bit { N - 1 } else { N };
        let (top_a, top_b) = (a[N - 1], b[N - 1]);
        let multiples = multiples(&b, count);
        for _ in 0..16 {
            for i in (0..2 * count).rev() {
                let below = if i == 0 { 0 } else { words[i - 1] };
                words[i] = shifted_by_4(words[i], below);
            }
            for i in 0..count {
                a[i] = a[i].rotate_left(4);
                let multiple = &multiples[a[i] as usize & 15];
                for j in 0..=count {
                    words[i + j] ^= multiple[j];
                }
            }
        }
        if has_single_bit {
            let (mask_a, mask_b) = (top_a.wrapping_neg(), top_b.wrapping_neg());
            for i in 0..count {
                words[count + i] ^= a[i] & mask_b ^ b[i] & mask_a;
            }
            words[2 * count] = top_a & top_b;
        }
        out
    }

    fn square(self, a: [u64; N]) -> Self::Wide {
        let mut out = [[0; N]; 2];
        for (pair, word) in out.as_flattened_mut().chunks_exact_mut(2).zip(a) {
            pair[0] = spread_bits(word & 0xffff_ffff);
            pair[1] = spread_bits(word >> 32);
        }
        out
    }

    fn reduce(self, product: Self::Wide) -> [u64; N] {
        let Field { m, middle } = D::CONSTANTS.field;
        let mut wide = product;
        let words = wide.as_flattened_mut();
        let [one, two, three] = middle;
        // x^(64i) = x^(64i − m) · (1 + x^k + …), from the top word down to the last whole one.
        for i in (N..2 * N).rev() {
            let (word, at) = (words[i], 64 * i - m);
            add_at(words, at, word);
            add_at(words, at + one, word);
            if three > 0 {
                add_at(words, at + two, word);
                add_at(words, at + three, word);
            }
        }
        // What is above x^m in the word that holds it.
        let above = words[N - 1] >> (m % 64);
        words[N - 1] ^= above << (m % 64);
        add_at(words, 0, above);
        add_at(words, one, above);
        if three > 0 {
            add_at(words, two, above);
            add_at(words, three, above);
        }
        let [low, _] = wide;
        low
    }

    #[inline(always)]
    fn run<R>(self, task: impl FnOnce() -> R) -> R {
        task()
    }

    #[inline(never)]
    fn call<R>(self, task: impl FnOnce() -> R) -> R {
        task()
    }
}

/// Adds a word at a bit.
#[inline(always)]
const fn add_at(words: &mut [u64], bit: usize, word: u64) {
    words[bit / 64] ^= word << (bit % 64);
    if !bit.is_multiple_of(64) {
        words[bit / 64 + 1] ^= word >> (64 - bit % 64);
    }
}

/// The word 4 bits up, with the highest of the word below. (Written with rotations: the compiler
/// turns the two shifts into an instruction that some processors take six steps for.)
#[inline(always)]
const fn shifted_by_4(word: u64, below: u64) -> u64 {
    let (word, below) = (word.rotate_left(4), below.rotate_left(4));
    word ^ (word ^ below) & 15
}

/// The first `count` words of b times 0 to 15, each in one word more.
#[inline(always)]
fn multiples<const N: usize>(b: &[u64; N], count: usize) -> [[u64; WORDS + 1]; 16] {
    let mut out = [[0; WORDS + 1]; 16];
    out[1][..count].copy_from_slice(&b[..count]);
    for i in 1..8 {
        let mut carry = false;
        for j in 0..count {
            let word = out[i][j];
            (out[2 * i][j], carry) = word.carrying_add(word, carry);
            out[2 * i + 1][j] = out[2 * i][j] ^ b[j];
        }
        let above = out[i][count] << 1 | u64::from(carry);
        out[2 * i][count] = above;
        out[2 * i + 1][count] = above;
    }
    out
}

/// Puts a zero above each of the low 32 bits.
const fn spread_bits(word: u64) -> u64 {
    let word = (word | word << 16) & 0x0000_ffff_0000_ffff;
    let word = (word | word << 8) & 0x00ff_00ff_00ff_00ff;
    let word = (word | word << 4) & 0x0f0f_0f0f_0f0f_0f0f;
    let word = (word | word << 2) & 0x3333_3333_3333_3333;
    (word | word << 1) & 0x5555_5555_5555_5555
}
