//! The hash function GOST 34.311-95.
//!
//! ДСТУ ГОСТ 34.311-95 is the construction of GOST R 34.11-94 over the block cipher GOST 28147-89
//! (ДСТУ ГОСТ 28147:2009). Ukrainian signatures use it with a start vector of 32 zero octets and
//! the S-box «ДКЕ № 1», the only one there is here. The result has 32 octets.
//!
//! The standard writes 256-bit numbers with the highest octet to the left. Messages and results
//! here are in the usual order of octets, the lowest first, so that the first octet of the message
//! is the lowest of the first number and the first octet of the result the lowest of the last.
//!
//! ```
//! use dstu::{Digest, Gost34311};
//!
//! let whole = Gost34311::digest(b"abc");
//! assert_eq!(whole[..4], [0xa3, 0x4a, 0x53, 0x50]);
//!
//! let mut parts = Gost34311::new();
//! parts.update(b"a");
//! parts.update(b"bc");
//! assert_eq!(parts.finalize(), whole);
//! ```
//!
//! S-boxes are tables, so the time depends on the data through the processor's caches: this is for
//! hashing what need not be kept secret, not for keyed use.

use core::{fmt, hint::black_box};

use digest::{
    HashMarker, Output,
    block_api::{
        AlgorithmName, Block, BlockSizeUser, Buffer, BufferKindUser, Eager, FixedOutputCore,
        OutputSizeUser, Reset, UpdateCore,
    },
    typenum::U32,
};

digest::buffer_fixed!(
    /// GOST 34.311-95 with the S-box «ДКЕ № 1» and a start vector of zeros.
    pub struct Gost34311(Gost34311Core);
    impl: BaseFixedTraits AlgorithmName Default Clone HashMarker Reset FixedOutputReset;
);

/// A 256-bit number in 64-bit words, the lowest first.
type Words = [u64; 4];

/// The state of [`Gost34311`] between whole blocks.
#[derive(Clone, Default)]
pub struct Gost34311Core {
    hash: Words,
    /// The sum of all blocks modulo 2²⁵⁶.
    sum: Words,
    /// The length so far. Nobody lives to hash 2⁶⁴ octets.
    octets: u64,
}

impl Gost34311Core {
    // Not inlined, or finalizing would hold the whole step three times over.
    #[inline(never)]
    fn absorb(&mut self, block: &[u8; 32]) {
        let message = words(block);
        self.hash = step(self.hash, message);
        let mut carry = false;
        for (sum, word) in self.sum.iter_mut().zip(message) {
            (*sum, carry) = sum.carrying_add(word, carry);
        }
    }
}

impl HashMarker for Gost34311Core {}

impl BlockSizeUser for Gost34311Core {
    type BlockSize = U32;
}

impl BufferKindUser for Gost34311Core {
    type BufferKind = Eager;
}

impl OutputSizeUser for Gost34311Core {
    type OutputSize = U32;
}

impl UpdateCore for Gost34311Core {
    fn update_blocks(&mut self, blocks: &[Block<Self>]) {
        for block in blocks {
            self.absorb(&block.0);
            self.octets = self.octets.wrapping_add(32);
        }
    }
}

impl FixedOutputCore for Gost34311Core {
    fn finalize_fixed_core(&mut self, buffer: &mut Buffer<Self>, out: &mut Output<Self>) {
        let rest = buffer.get_pos();
        if rest != 0 {
            self.absorb(&buffer.pad_with_zeros().0);
            self.octets = self.octets.wrapping_add(rest as u64);
        }
        let bits = [self.octets << 3, self.octets >> 61, 0, 0];
        let sum = self.sum;
        // These two are not part of the sum, but nobody asks for it any more.
        self.absorb(&octets(bits));
        self.absorb(&octets(sum));
        *out = octets(self.hash).into();
    }
}

impl Reset for Gost34311Core {
    fn reset(&mut self) {
        *self = Self::default();
    }
}

impl AlgorithmName for Gost34311Core {
    fn write_alg_name(f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gost34311")
    }
}

impl fmt::Debug for Gost34311Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gost34311Core { .. }")
    }
}

fn words(block: &[u8; 32]) -> Words {
    let mut words = Words::default();
    for (word, octets) in words.iter_mut().zip(block.as_chunks().0) {
        *word = u64::from_le_bytes(*octets);
    }
    words
}

fn octets(words: Words) -> [u8; 32] {
    let mut block = [0; 32];
    for (octets, word) in block.as_chunks_mut().0.iter_mut().zip(words) {
        *octets = word.to_le_bytes();
    }
    block
}

fn xor<const N: usize>(mut a: [u64; N], b: [u64; N]) -> [u64; N] {
    for (a, b) in a.iter_mut().zip(b) {
        *a ^= b;
    }
    a
}

/// The step function: the next hash from the last one and 256 bits of message.
#[inline(always)]
fn step(hash: Words, message: Words) -> Words {
    mix(hash, message, encrypt(hash, keys(hash, message)))
}

/// The standard's constant C₃. C₂ and C₄ are zero.
const C3: Words = [
    0xff00_ff00_ff00_ff00,
    0x00ff_00ff_00ff_00ff,
    0xff00_00ff_00ff_ff00,
    0xff00_ffff_0000_00ff,
];

/// The four keys, each as eight 32-bit words in the order in which the cipher takes them.
///
/// A is a shift register over 64-bit words, xₙ₊₄ = xₙ ⊕ xₙ₊₁, so that Aⁱ of four words is four
/// words of one sequence: `h` for the hash, `m` for the message, `c` for C₃.
#[inline(always)]
fn keys([h0, h1, h2, h3]: Words, [m0, m1, m2, m3]: Words) -> [[u32; 8]; 4] {
    let (h4, h5, h6) = (h0 ^ h1, h1 ^ h2, h2 ^ h3);
    let (m4, m5, m6) = (m0 ^ m1, m1 ^ m2, m2 ^ m3);
    let (m7, m8, m9) = (m3 ^ m4, m4 ^ m5, m5 ^ m6);
    let [c0, c1, c2, c3] = C3;
    let c4 = c0 ^ c1;
    [
        transpose([h0 ^ m0, h1 ^ m1, h2 ^ m2, h3 ^ m3]),
        transpose([h1 ^ m2, h2 ^ m3, h3 ^ m4, h4 ^ m5]),
        transpose([h2 ^ m4 ^ c0, h3 ^ m5 ^ c1, h4 ^ m6 ^ c2, h5 ^ m7 ^ c3]),
        transpose([h3 ^ m6 ^ c1, h4 ^ m7 ^ c2, h5 ^ m8 ^ c3, h6 ^ m9 ^ c4]),
    ]
}

/// The standard's P, which transposes 4 × 8 octets: first octets between two words, then pairs.
#[inline(always)]
fn transpose([w0, w1, w2, w3]: Words) -> [u32; 8] {
    /// Exchanges the bits of `low` under the mask shifted left with the bits of `high` under it.
    fn exchange(low: u64, high: u64, shift: u32, mask: u64) -> (u64, u64) {
        let differing = (low >> shift ^ high) & mask;
        (low ^ differing << shift, high ^ differing)
    }
    const OCTETS: u64 = 0x00ff_00ff_00ff_00ff;
    const PAIRS: u64 = 0x0000_ffff_0000_ffff;

    let (even01, odd01) = exchange(w0, w1, 8, OCTETS);
    let (even23, odd23) = exchange(w2, w3, 8, OCTETS);
    let (k04, k26) = exchange(even01, even23, 16, PAIRS);
    let (k15, k37) = exchange(odd01, odd23, 16, PAIRS);
    let low = |pair: u64| pair as u32;
    let high = |pair: u64| (pair >> 32) as u32;
    [
        low(k04),
        low(k15),
        low(k26),
        low(k37),
        high(k04),
        high(k15),
        high(k26),
        high(k37),
    ]
}

/// Encrypts each word of the hash with its key by GOST 28147-89 in the simple substitution mode.
///
/// A round of one cipher waits for its look-ups, so all four go abreast to keep the processor busy.
#[inline(always)]
fn encrypt(hash: Words, [key0, key1, key2, key3]: [[u32; 8]; 4]) -> Words {
    let [mut a0, mut a1, mut a2, mut a3] = hash.map(|word| word as u32);
    let [mut b0, mut b1, mut b2, mut b3] = hash.map(|word| (word >> 32) as u32);
    // Two rounds at a time, and no halves need to be exchanged.
    macro_rules! rounds {
        ($first:literal, $second:literal) => {
            b0 ^= substitute(a0.wrapping_add(key0[$first]));
            b1 ^= substitute(a1.wrapping_add(key1[$first]));
            b2 ^= substitute(a2.wrapping_add(key2[$first]));
            b3 ^= substitute(a3.wrapping_add(key3[$first]));
            a0 ^= substitute(b0.wrapping_add(key0[$second]));
            a1 ^= substitute(b1.wrapping_add(key1[$second]));
            a2 ^= substitute(b2.wrapping_add(key2[$second]));
            a3 ^= substitute(b3.wrapping_add(key3[$second]));
        };
    }
    // With AVX-512, LLVM packs the four into vectors and gathers from the tables, which takes twice as
    // long. It does not where one of them is opaque every few rounds, and that costs nothing.
    for _ in 0..3 {
        a3 = black_box(a3);
        rounds!(0, 1);
        rounds!(2, 3);
        a3 = black_box(a3);
        rounds!(4, 5);
        rounds!(6, 7);
    }
    a3 = black_box(a3);
    rounds!(7, 6);
    rounds!(5, 4);
    a3 = black_box(a3);
    rounds!(3, 2);
    rounds!(1, 0);
    // The last round exchanges no halves.
    let join = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
    [join(b0, a0), join(b1, a1), join(b2, a2), join(b3, a3)]
}

/// Substitutes eight times four bits and rotates the result left by 11.
///
/// Three look-ups take fewer instructions than four in tables of 256 entries, which is what limits
/// four ciphers abreast. 25 KB of tables still fit the first cache of 32 KB: the middle one is of
/// 16-bit entries for that reason.
#[expect(
    clippy::indexing_slicing,
    reason = "8 bits index 256 entries and 12 bits 4096"
)]
#[inline(always)]
fn substitute(x: u32) -> u32 {
    TABLES.low[(x & 0xff) as usize]
        ^ TABLES.high[(x >> 20) as usize]
        ^ u32::from(TABLES.middle[(x >> 8 & 0xfff) as usize]) << (8 + 11)
}

/// The S-boxes of neighbouring groups of four bits together.
struct Tables {
    /// Bits 0 to 7, where they come after the rotation.
    low: [u32; 256],
    /// Bits 8 to 19, shifted down to 0 to 11.
    middle: [u16; 4096],
    /// Bits 20 to 31, where they come after the rotation.
    high: [u32; 4096],
}

static TABLES: Tables = tables();

/// «ДКЕ № 1»: eight rows of eight octets with two entries each, the high half first. The first row
/// is for the lowest four bits.
const DKE: [[u8; 8]; 8] = [
    [0xa9, 0xd6, 0xeb, 0x45, 0xf1, 0x3c, 0x70, 0x82],
    [0x80, 0xc4, 0x96, 0x7b, 0x23, 0x1f, 0x5e, 0xad],
    [0xf6, 0x58, 0xeb, 0xa4, 0xc0, 0x37, 0x29, 0x1d],
    [0x38, 0xd9, 0x6b, 0xf0, 0x25, 0xca, 0x4e, 0x17],
    [0xf8, 0xe9, 0x72, 0x0d, 0xc6, 0x15, 0xb4, 0x3a],
    [0x28, 0x97, 0x5f, 0x0b, 0xc1, 0xde, 0xa3, 0x64],
    [0x38, 0xb5, 0x64, 0xea, 0x2c, 0x17, 0x9f, 0xd0],
    [0x12, 0x3e, 0x6d, 0xb8, 0xfa, 0xc5, 0x79, 0x04],
];

#[expect(
    clippy::indexing_slicing,
    reason = "only the compiler runs this and would find an index out of bounds"
)]
const fn tables() -> Tables {
    let mut tables = Tables {
        low: [0; 256],
        middle: [0; 4096],
        high: [0; 4096],
    };
    let mut i = 0;
    while i < 4096 {
        if i < 256 {
            tables.low[i] = s_boxes(i, 0, 2).rotate_left(11);
        }
        tables.middle[i] = (s_boxes(i, 2, 5) >> 8) as u16;
        tables.high[i] = s_boxes(i, 5, 8).rotate_left(11);
        i += 1;
    }
    tables
}

/// The output of the S-boxes `from..to` at its place in the word; `input` begins with that of the first.
#[expect(
    clippy::indexing_slicing,
    reason = "only the compiler runs this and would find an index out of bounds"
)]
const fn s_boxes(input: usize, from: usize, to: usize) -> u32 {
    let mut output = 0;
    let mut row = from;
    while row < to {
        let entry = input >> (4 * (row - from)) & 0xf;
        let pair = DKE[row][entry / 2];
        let value = if entry.is_multiple_of(2) {
            pair >> 4
        } else {
            pair & 0xf
        };
        output |= (value as u32) << (4 * row);
        row += 1;
    }
    output
}

/// The mixing: ψ⁶¹(H ⊕ ψ(M ⊕ ψ¹²(S))) for the hash H, the message M and the encrypted S.
///
/// ψ is a shift register over 16-bit words, linear and reversible. Written as
/// ψ⁷⁴(S ⊕ ψ⁻¹²(M ⊕ ψ⁻¹(H))), the long way is the same, but all that S has to wait for is one ⊕.
#[inline(always)]
fn mix(hash: Words, message: Words, encrypted: Words) -> Words {
    let mut early = xor(message, back_1(hash));
    for _ in 0..3 {
        early = back_4(early);
    }
    forward_74(xor(encrypted, early))
}

// Below, y₀…y₁₅ are the 16-bit words of a state, and ψ appends
// yₙ₊₁₆ = yₙ ⊕ yₙ₊₁ ⊕ yₙ₊₂ ⊕ yₙ₊₃ ⊕ yₙ₊₁₂ ⊕ yₙ₊₁₅.

/// Four 16-bit words of `high:low` beginning with word `n`, 1 to 3, of `low`.
#[inline(always)]
fn straddle(low: u64, high: u64, n: u32) -> u64 {
    low >> (16 * n) | high << (64 - 16 * n)
}

/// The four words after a state, all at once.
#[inline(always)]
fn after([w0, w1, _, w3]: Words) -> u64 {
    // yₙ ⊕ yₙ₊₁ ⊕ yₙ₊₂ ⊕ yₙ₊₃ as a sum of two sums of two
    let two = w0 ^ straddle(w0, w1, 1);
    let mut sum = two ^ straddle(two, w1 ^ w1 >> 16, 2) ^ w3 ^ w3 >> 48;
    // then each new word is a term of the next one, hence of all the later ones
    sum ^= sum << 16;
    sum ^ sum << 32
}

/// The four words before a state, all at once.
#[inline(always)]
fn before([w0, _, w2, w3]: Words) -> u64 {
    let sum = w2 ^ w3 ^ w2 >> 48 ^ (w0 ^ w3) << 16 ^ w0 << 32 ^ w0 << 48;
    // Each new word is a term of the three below it. That is 1 + z + z² + z³ = (1 + z)³ for the
    // shift z, and since (1 + z)⁴ = 1 + z⁴ is 1 in four words, 1 + z undoes it.
    sum ^ sum >> 16
}

/// ψ⁻⁴
#[inline(always)]
fn back_4(state: Words) -> Words {
    let [w0, w1, w2, _] = state;
    [before(state), w0, w1, w2]
}

/// ψ⁻¹
#[inline(always)]
fn back_1([w0, w1, w2, w3]: Words) -> Words {
    let first = w3 >> 48 ^ w3 >> 32 ^ w2 >> 48 ^ w0 ^ w0 >> 16 ^ w0 >> 32;
    [
        first & 0xffff | w0 << 16,
        straddle(w0, w1, 3),
        straddle(w1, w2, 3),
        straddle(w2, w3, 3),
    ]
}

/// ψ⁷⁴
///
/// By Cayley and Hamilton ψ⁷⁴ is a sum of ψ⁻⁸ … ψ⁷, and those are sixteen windows upon the state
/// with eight words before and eight after it, which is much less work in a row than 74 steps.
#[inline(always)]
fn forward_74([w2, w3, w4, w5]: Words) -> Words {
    /// Bit i stands for ψⁱ⁻⁸.
    const SUM: u32 = power(74 + 8);

    let w1 = before([w2, w3, w4, w5]);
    let w0 = before([w1, w2, w3, w4]);
    let w6 = after([w2, w3, w4, w5]);
    let w7 = after([w3, w4, w5, w6]);

    // Windows that begin at the same word of a group of four are added before they are shifted.
    let group = |offset: u32| {
        let mut sum = [0; 5];
        for (bit, window) in [
            (offset, [w0, w1, w2, w3, w4]),
            (offset + 4, [w1, w2, w3, w4, w5]),
            (offset + 8, [w2, w3, w4, w5, w6]),
            (offset + 12, [w3, w4, w5, w6, w7]),
        ] {
            if SUM >> bit & 1 == 1 {
                sum = xor(sum, window);
            }
        }
        sum
    };
    let shifted = |offset: u32| {
        let [g0, g1, g2, g3, g4] = group(offset);
        [
            straddle(g0, g1, offset),
            straddle(g1, g2, offset),
            straddle(g2, g3, offset),
            straddle(g3, g4, offset),
        ]
    };
    let [g0, g1, g2, g3, _] = group(0);
    xor(
        xor([g0, g1, g2, g3], shifted(1)),
        xor(shifted(2), shifted(3)),
    )
}

/// xⁿ modulo ψ's characteristic polynomial x¹⁶ + x¹⁵ + x¹² + x³ + x² + x + 1 over GF(2).
const fn power(n: u32) -> u32 {
    let mut power = 1;
    let mut i = 0;
    while i < n {
        power <<= 1;
        if power & 1 << 16 != 0 {
            power ^= 0b1_1001_0000_0000_1111;
        }
        i += 1;
    }
    power
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATE: Words = [
        0x0123_4567_89ab_cdef,
        0xfedc_ba98_7654_3210,
        0x0f1e_2d3c_4b5a_6978,
        0x8899_aabb_ccdd_eeff,
    ];

    /// ψ as the standard defines it.
    fn psi(state: Words) -> Words {
        let mut y: [u16; 16] = core::array::from_fn(|i| (state[i / 4] >> (16 * (i % 4))) as u16);
        let last = y[0] ^ y[1] ^ y[2] ^ y[3] ^ y[12] ^ y[15];
        y.rotate_left(1);
        y[15] = last;
        core::array::from_fn(|i| (0..4).fold(0, |w, j| w | u64::from(y[4 * i + j]) << (16 * j)))
    }

    fn psi_times(n: usize, state: Words) -> Words {
        (0..n).fold(state, |state, _| psi(state))
    }

    #[test]
    fn shortcuts_through_the_shift_register_end_where_its_steps_do() {
        assert_eq!(psi(back_1(STATE)), STATE);
        assert_eq!(psi_times(4, back_4(STATE)), STATE);
        assert_eq!(psi_times(4, STATE)[3], after(STATE));
        assert_eq!(forward_74(STATE), psi_times(74, STATE));
    }

    #[test]
    fn the_mixing_is_that_of_the_standard() {
        let (hash, message, encrypted) = (
            STATE,
            STATE.map(u64::swap_bytes),
            STATE.map(|w| !w.rotate_left(21)),
        );
        let inner = psi(xor(message, psi_times(12, encrypted)));
        assert_eq!(
            mix(hash, message, encrypted),
            psi_times(61, xor(hash, inner))
        );
    }

    #[test]
    fn keys_are_transposed_octets() {
        // φ(i + 1 + 4(k − 1)) = 8i + k for i = 0…3, k = 1…8
        let octet = |i: usize| STATE[i / 8].to_le_bytes()[i % 8];
        let key = core::array::from_fn(|k| {
            u32::from_le_bytes(core::array::from_fn(|i| octet(8 * i + k)))
        });
        assert_eq!(transpose(STATE), key);
    }

    #[test]
    fn look_ups_agree_with_the_s_boxes() {
        for x in [0, u32::MAX, 0x0123_4567, 0x89ab_cdef, 0xdead_beef] {
            let substituted = (0..8).fold(0, |sum, row| {
                sum | s_boxes(x as usize >> (4 * row) & 0xf, row, row + 1)
            });
            assert_eq!(substitute(x), substituted.rotate_left(11));
        }
    }

    #[test]
    fn the_first_row_is_the_specifications() {
        let row: [u32; 16] = core::array::from_fn(|i| s_boxes(i, 0, 1));
        assert_eq!(row, [10, 9, 13, 6, 14, 11, 4, 5, 15, 1, 3, 12, 7, 0, 8, 2]);
    }
}
