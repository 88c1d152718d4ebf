#![doc = include_str!("../README.md")]
//!
//! # Inside
//!
//! ```text
//! key, signing ── what callers see: octets in, a verdict or octets out
//! multiply ────── s·P + r·Q: digits, tables, one chain of doublings
//! point ───────── λ-coordinates
//! arithmetic ──── elements that read as formulas do; two ways to compute them:
//!   portable ──── on 64-bit words, for every processor
//!   carry_less ── on pairs of words in vector registers
//!     clmul ───── the instructions: the only unsafe code
//! curve ───────── the ten curves and what follows from them
//! ```
#![no_std]

#[cfg(feature = "std")]
extern crate std;

mod arithmetic;
mod backend;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod carry_less;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod clmul;
mod curve;
pub mod gost34311;
mod key;
mod multiply;
mod octets;
mod point;
mod portable;
#[cfg(test)]
mod reference;
#[cfg(feature = "signing")]
mod signing;
#[cfg(test)]
mod tests;
mod words;

pub use backend::Backend;
pub use curve::{Curve, Parameters};
pub use digest::{self, Digest};
pub use gost34311::Gost34311;
pub use key::{InvalidSignature, KeyError, PublicKey};
pub use kupyna::{Kupyna256, Kupyna384, Kupyna512};
pub use octets::Octets;
#[cfg(feature = "signing")]
pub use signing::SecretKey;
