//! Randomness as an argument.
//!
//! Ids, tokens and codes are drawn from the source in the application state, so that a test can repeat them.

use uuid::{Builder, Uuid};

/// A source of random octets fit for secrets.
pub trait Random: Send + Sync + std::fmt::Debug {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

/// OpenSSL's generator, seeded by the system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    #[expect(
        clippy::expect_used,
        reason = "without randomness nothing the program gives out is safe: it must not go on"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        openssl::rand::rand_bytes(bytes).expect("the random number generator answers");
    }
}

/// What is drawn from a source.
pub trait Draw {
    /// `N` random octets.
    fn bytes<const N: usize>(&self) -> [u8; N];
    /// A random UUID (version 4).
    fn uuid(&self) -> Uuid;
}

impl Draw for dyn Random + '_ {
    fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    fn uuid(&self) -> Uuid {
        Builder::from_random_bytes(self.bytes()).into_uuid()
    }
}
