//! Which arithmetic computes, and the way from a curve's name to its types.

use crate::{
    arithmetic::Arithmetic,
    curve::{Curve, Domain, types},
    portable::Portable,
};
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use crate::{carry_less::CarryLess, clmul::Clmul};

/// The arithmetic that computes. All give the same answers; they differ in speed.
#[derive(Clone, Copy)]
pub struct Backend(Chosen);

#[derive(Clone, Copy)]
enum Chosen {
    Portable,
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    CarryLess(Clmul),
}

impl Backend {
    /// The arithmetic for every processor.
    #[must_use]
    pub const fn portable() -> Self {
        Self(Chosen::Portable)
    }

    /// The arithmetic with the processor's carry-less multiplication: PCLMULQDQ with AVX on x86-64,
    /// PMULL on aarch64. None where it is not there. Without the feature `std` only what the
    /// compiler was told of the processor counts.
    #[must_use]
    pub fn carry_less() -> Option<Self> {
        #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
        return Clmul::detect().map(|proof| Self(Chosen::CarryLess(proof)));
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        return None;
    }

    /// The fastest that this machine has: what everything uses unless told otherwise.
    #[must_use]
    pub fn best() -> Self {
        Self::carry_less().unwrap_or(Self::portable())
    }
}

impl core::fmt::Debug for Backend {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self.0 {
            Chosen::Portable => "Backend::portable",
            #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
            Chosen::CarryLess(_) => "Backend::carry_less",
        })
    }
}

/// Something to compute on any curve in any way.
pub(crate) trait Task {
    type Output;
    fn run<const N: usize, A: Arithmetic<N>>(self, by: A) -> Self::Output;
}

impl Backend {
    pub(crate) fn run<T: Task>(self, curve: Curve, task: T) -> T::Output {
        match curve {
            Curve::M163 => self.run_on_curve::<3, 2, types::M163, T>(task),
            Curve::M167 => self.run_on_curve::<3, 2, types::M167, T>(task),
            Curve::M173 => self.run_on_curve::<3, 2, types::M173, T>(task),
            Curve::M179 => self.run_on_curve::<3, 2, types::M179, T>(task),
            Curve::M191 => self.run_on_curve::<3, 2, types::M191, T>(task),
            Curve::M233 => self.run_on_curve::<4, 2, types::M233, T>(task),
            Curve::M257 => self.run_on_curve::<5, 3, types::M257, T>(task),
            Curve::M307 => self.run_on_curve::<5, 3, types::M307, T>(task),
            Curve::M367 => self.run_on_curve::<6, 3, types::M367, T>(task),
            Curve::M431 => self.run_on_curve::<7, 4, types::M431, T>(task),
        }
    }

    /// On a curve whose elements are N words, or L pairs of them.
    fn run_on_curve<const N: usize, const L: usize, D: Domain<N>, T: Task>(
        self,
        task: T,
    ) -> T::Output {
        match self.0 {
            Chosen::Portable => task.run(Portable::<D>::new()),
            #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
            Chosen::CarryLess(proof) => {
                let by = CarryLess::<D, L>::new(proof);
                by.run(
                    #[inline(always)]
                    || task.run(by),
                )
            }
        }
    }
}
