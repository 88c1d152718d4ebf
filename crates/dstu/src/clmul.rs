//! The only unsafe code of the crate: pairs of 64-bit words in a vector register, and the
//! processor's carry-less multiplication of them (PCLMULQDQ on x86-64, PMULL on aarch64).
//!
//! # Why it is sound
//!
//! An instruction that the processor does not have is undefined behaviour. [`Clmul`] can only be
//! made by [`Clmul::detect`], which asks the processor (or, without `std`, the target that the
//! compiler was told). Every way to make a [`Pair`] takes a `Clmul`, so who has a `Pair` may use
//! the instructions. None of them touches memory: operands and results are values.
//!
//! # Why `run`
//!
//! The compiler merges an instruction of this kind into a function only if that function is
//! compiled for a processor that has it. [`Clmul::run`] is such a function; the arithmetic above is
//! `inline(always)` and becomes a part of it.

#![expect(
    unsafe_code,
    reason = "intrinsics of processor features; the argument is above"
)]

use core::ops::{BitAnd, BitXor, Shl, Shr};

#[cfg(target_arch = "aarch64")]
use core::arch::aarch64 as arch;
#[cfg(target_arch = "x86_64")]
use core::arch::x86_64 as arch;

/// Proof that the processor multiplies without carries.
#[derive(Clone, Copy)]
pub(crate) struct Clmul(());

/// Two words: the low one first.
#[derive(Clone, Copy)]
pub(crate) struct Pair(Register);

#[cfg(target_arch = "x86_64")]
type Register = arch::__m128i;
#[cfg(target_arch = "aarch64")]
type Register = arch::uint64x2_t;

/// Asks for `$feature`s: at run time with `std`, otherwise at compile time.
#[cfg(feature = "std")]
macro_rules! has {
    ($ask:ident: $($feature:tt),+) => { $(std::arch::$ask!($feature))&&+ };
}
#[cfg(not(feature = "std"))]
macro_rules! has {
    ($ask:ident: $($feature:tt),+) => { cfg!(all($(target_feature = $feature),+)) };
}

#[cfg(target_arch = "x86_64")]
impl Clmul {
    /// The proof, if there is one. AVX is asked for besides: its instructions of three operands
    /// save a tenth of the time, and every processor since 2011 that has the one has the other.
    pub(crate) fn detect() -> Option<Self> {
        has!(is_x86_feature_detected: "pclmulqdq", "avx").then_some(Self(()))
    }

    /// Runs `task` in a function compiled for such a processor.
    #[inline(always)]
    pub(crate) fn run<R>(self, task: impl FnOnce() -> R) -> R {
        #[target_feature(enable = "pclmulqdq,avx")]
        fn run_with_features<R>(task: impl FnOnce() -> R) -> R {
            task()
        }
        // SAFETY: `self` proves the features.
        unsafe { run_with_features(task) }
    }

    /// The same in a function of its own, which is called and never merged.
    #[inline(always)]
    pub(crate) fn call<R>(self, task: impl FnOnce() -> R) -> R {
        #[target_feature(enable = "pclmulqdq,avx")]
        #[inline(never)]
        fn run_with_features<R>(task: impl FnOnce() -> R) -> R {
            task()
        }
        // SAFETY: as above.
        unsafe { run_with_features(task) }
    }
}

#[cfg(target_arch = "x86_64")]
impl Pair {
    #[inline(always)]
    pub(crate) fn new(_: Clmul, low: u64, high: u64) -> Self {
        // SAFETY: SSE2 is part of every x86-64 processor.
        Self(unsafe { arch::_mm_set_epi64x(high.cast_signed(), low.cast_signed()) })
    }

    #[inline(always)]
    pub(crate) fn words(self) -> [u64; 2] {
        // SAFETY: SSE2, as above.
        let (low, high) = unsafe {
            let high = arch::_mm_unpackhi_epi64(self.0, self.0);
            (
                arch::_mm_cvtsi128_si64(self.0),
                arch::_mm_cvtsi128_si64(high),
            )
        };
        [low.cast_unsigned(), high.cast_unsigned()]
    }

    /// Carry-less products: low · low.
    #[inline(always)]
    pub(crate) fn low_low(self, other: Self) -> Self {
        // SAFETY: a pair exists only where PCLMULQDQ does.
        Self(unsafe { arch::_mm_clmulepi64_si128::<0x00>(self.0, other.0) })
    }

    /// High · high.
    #[inline(always)]
    pub(crate) fn high_high(self, other: Self) -> Self {
        // SAFETY: as above.
        Self(unsafe { arch::_mm_clmulepi64_si128::<0x11>(self.0, other.0) })
    }

    /// Low of this · high of the other.
    #[inline(always)]
    pub(crate) fn low_high(self, other: Self) -> Self {
        // SAFETY: as above.
        Self(unsafe { arch::_mm_clmulepi64_si128::<0x10>(self.0, other.0) })
    }

    /// The high word of `low`, then the low word of `self`.
    #[inline(always)]
    pub(crate) fn after(self, low: Self) -> Self {
        // SAFETY: SSE2, as above; the two casts change the type only.
        Self(unsafe {
            let (low, high) = (
                arch::_mm_castsi128_pd(low.0),
                arch::_mm_castsi128_pd(self.0),
            );
            arch::_mm_castpd_si128(arch::_mm_shuffle_pd::<0b01>(low, high))
        })
    }

    /// The low word in both places.
    #[inline(always)]
    pub(crate) fn spread_low(self) -> Self {
        // SAFETY: SSE2, as above.
        Self(unsafe { arch::_mm_unpacklo_epi64(self.0, self.0) })
    }

    /// Each word subtracted from 0: all ones for 1, 0 for 0.
    #[inline(always)]
    pub(crate) fn negate(self) -> Self {
        // SAFETY: SSE2, as above.
        Self(unsafe { arch::_mm_sub_epi64(arch::_mm_setzero_si128(), self.0) })
    }
}

#[cfg(target_arch = "x86_64")]
impl BitXor for Pair {
    type Output = Self;
    #[inline(always)]
    fn bitxor(self, other: Self) -> Self {
        // SAFETY: SSE2, as above.
        Self(unsafe { arch::_mm_xor_si128(self.0, other.0) })
    }
}

#[cfg(target_arch = "x86_64")]
impl BitAnd for Pair {
    type Output = Self;
    #[inline(always)]
    fn bitand(self, other: Self) -> Self {
        // SAFETY: SSE2, as above.
        Self(unsafe { arch::_mm_and_si128(self.0, other.0) })
    }
}

/// Each word by itself.
#[cfg(target_arch = "x86_64")]
impl Shl<u8> for Pair {
    type Output = Self;
    #[inline(always)]
    fn shl(self, bits: u8) -> Self {
        // SAFETY: SSE2, as above.
        Self(unsafe { arch::_mm_sll_epi64(self.0, arch::_mm_cvtsi32_si128(i32::from(bits))) })
    }
}

/// Each word by itself.
#[cfg(target_arch = "x86_64")]
impl Shr<u8> for Pair {
    type Output = Self;
    #[inline(always)]
    fn shr(self, bits: u8) -> Self {
        // SAFETY: SSE2, as above.
        Self(unsafe { arch::_mm_srl_epi64(self.0, arch::_mm_cvtsi32_si128(i32::from(bits))) })
    }
}

#[cfg(target_arch = "aarch64")]
impl Clmul {
    /// The proof, if there is one.
    pub(crate) fn detect() -> Option<Self> {
        has!(is_aarch64_feature_detected: "neon", "aes").then_some(Self(()))
    }

    /// Runs `task` in a function compiled for such a processor.
    #[inline(always)]
    pub(crate) fn run<R>(self, task: impl FnOnce() -> R) -> R {
        // PMULL on 64-bit words comes with the feature that brings AES.
        #[target_feature(enable = "neon,aes")]
        fn compile_for_clmul<R>(task: impl FnOnce() -> R) -> R {
            task()
        }
        // SAFETY: `self` proves the features.
        unsafe { compile_for_clmul(task) }
    }

    /// The same in a function of its own, which is called and never merged.
    #[inline(always)]
    pub(crate) fn call<R>(self, task: impl FnOnce() -> R) -> R {
        #[target_feature(enable = "neon,aes")]
        #[inline(never)]
        fn compile_for_clmul<R>(task: impl FnOnce() -> R) -> R {
            task()
        }
        // SAFETY: as above.
        unsafe { compile_for_clmul(task) }
    }
}

#[cfg(target_arch = "aarch64")]
impl Pair {
    #[inline(always)]
    pub(crate) fn new(_: Clmul, low: u64, high: u64) -> Self {
        // SAFETY: NEON was detected with PMULL.
        Self(unsafe { arch::vcombine_u64(arch::vcreate_u64(low), arch::vcreate_u64(high)) })
    }

    #[inline(always)]
    pub(crate) fn words(self) -> [u64; 2] {
        // SAFETY: as above.
        unsafe {
            [
                arch::vgetq_lane_u64::<0>(self.0),
                arch::vgetq_lane_u64::<1>(self.0),
            ]
        }
    }

    #[inline(always)]
    fn product(a: u64, b: u64) -> Self {
        // SAFETY: a pair exists only where PMULL does, and only pairs call this.
        Self(unsafe { arch::vreinterpretq_u64_p128(arch::vmull_p64(a, b)) })
    }

    /// Carry-less products: low · low.
    #[inline(always)]
    pub(crate) fn low_low(self, other: Self) -> Self {
        let ([a, _], [b, _]) = (self.words(), other.words());
        Self::product(a, b)
    }

    /// High · high.
    #[inline(always)]
    pub(crate) fn high_high(self, other: Self) -> Self {
        let ([_, a], [_, b]) = (self.words(), other.words());
        Self::product(a, b)
    }

    /// Low of this · high of the other.
    #[inline(always)]
    pub(crate) fn low_high(self, other: Self) -> Self {
        let ([a, _], [_, b]) = (self.words(), other.words());
        Self::product(a, b)
    }

    /// The high word of `low`, then the low word of `self`.
    #[inline(always)]
    pub(crate) fn after(self, low: Self) -> Self {
        // SAFETY: NEON, as above.
        Self(unsafe { arch::vextq_u64::<1>(low.0, self.0) })
    }

    /// The low word in both places.
    #[inline(always)]
    pub(crate) fn spread_low(self) -> Self {
        // SAFETY: NEON, as above.
        Self(unsafe { arch::vdupq_laneq_u64::<0>(self.0) })
    }

    /// Each word subtracted from 0: all ones for 1, 0 for 0.
    #[inline(always)]
    pub(crate) fn negate(self) -> Self {
        // SAFETY: NEON, as above.
        Self(unsafe { arch::vsubq_u64(arch::vdupq_n_u64(0), self.0) })
    }
}

#[cfg(target_arch = "aarch64")]
impl BitXor for Pair {
    type Output = Self;
    #[inline(always)]
    fn bitxor(self, other: Self) -> Self {
        // SAFETY: NEON, as above.
        Self(unsafe { arch::veorq_u64(self.0, other.0) })
    }
}

#[cfg(target_arch = "aarch64")]
impl BitAnd for Pair {
    type Output = Self;
    #[inline(always)]
    fn bitand(self, other: Self) -> Self {
        // SAFETY: NEON, as above.
        Self(unsafe { arch::vandq_u64(self.0, other.0) })
    }
}

/// Each word by itself.
#[cfg(target_arch = "aarch64")]
impl Shl<u8> for Pair {
    type Output = Self;
    #[inline(always)]
    fn shl(self, bits: u8) -> Self {
        // SAFETY: NEON, as above.
        Self(unsafe { arch::vshlq_u64(self.0, arch::vdupq_n_s64(i64::from(bits))) })
    }
}

/// Each word by itself.
#[cfg(target_arch = "aarch64")]
impl Shr<u8> for Pair {
    type Output = Self;
    #[inline(always)]
    fn shr(self, bits: u8) -> Self {
        // SAFETY: NEON, as above; a negative count shifts to the right.
        Self(unsafe { arch::vshlq_u64(self.0, arch::vdupq_n_s64(-i64::from(bits))) })
    }
}
