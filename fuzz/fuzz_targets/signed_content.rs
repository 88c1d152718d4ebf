//! Any octets as a message that is checked whole, with the trust store of the samples: no panic, no
//! hang, and nothing told of what is not valid.
//!
//! The room is compiled by its path: see `parser.rs`.
#![no_main]

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use libfuzzer_sys::fuzz_target;

#[expect(
    dead_code,
    unused_imports,
    reason = "the target uses a part of the room"
)]
#[path = "../../src/signed_content/mod.rs"]
mod signed_content;

use signed_content::{Policy, TrustStore, certificate::Certificate, command::verify_file};

/// The certificates of these files beside the samples.
macro_rules! certificates {
    ($($file:literal),+ $(,)?) => {
        [$(Certificate::from_der(include_bytes!(concat!("../../tests/fixtures/signatures/", $file))).ok()),+]
            .into_iter()
            .flatten()
            .collect()
    };
}

static STORE: LazyLock<TrustStore> = LazyLock::new(|| {
    let trusted = certificates![
        "trusted/root-dstu257.cer",
        "trusted/root-dstu431-kupyna.cer",
        "trusted/root-ecdsa.cer",
        "trusted/root-rsa.cer",
    ];
    let intermediates = certificates![
        "intermediates/int-dstu257.cer",
        "intermediates/int-dstu257-expired.cer",
        "intermediates/int-ecdsa.cer",
    ];
    TrustStore::new(trusted, intermediates).unwrap_or_default()
});

fuzz_target!(|octets: &[u8]| {
    // The evaluation time of the samples.
    let now = DateTime::<Utc>::from_timestamp(1_781_517_900, 0).unwrap_or_default();
    let line = verify_file(octets, &STORE, now, &Policy::with_max_age(None));
    assert!(line.is_valid() == line.content_sha256.is_some());
});
