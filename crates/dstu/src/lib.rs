//! Ukrainian signatures and hashes.
#![no_std]

pub mod gost34311;

pub use digest::{self, Digest};
pub use gost34311::Gost34311;
pub use kupyna::{Kupyna256, Kupyna384, Kupyna512};
