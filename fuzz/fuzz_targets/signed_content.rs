//! Any octets as a message, a certificate, a bundle and a content: no panic, no hang.
//!
//! The room is compiled by its path, without the rest of the application: a build of a minute
//! instead of ten, and instrumented throughout.
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

use signed_content::{
    Policy, TrustStore, certificate::Certificate, command::verify_file, identity::Signer,
    json_object, trust_store::certificates_in,
};

static STORE: LazyLock<TrustStore> = LazyLock::new(|| {
    let read = |der: &[u8]| Certificate::from_der(der).ok();
    let trusted = [
        read(include_bytes!(
            "../../tests/fixtures/signatures/trusted/root-ecdsa.cer"
        )),
        read(include_bytes!(
            "../../tests/fixtures/signatures/trusted/root-rsa.cer"
        )),
    ];
    let intermediates = [read(include_bytes!(
        "../../tests/fixtures/signatures/intermediates/int-ecdsa.cer"
    ))];
    let sets = (
        trusted.into_iter().flatten().collect(),
        intermediates.into_iter().flatten().collect(),
    );
    TrustStore::new(sets.0, sets.1).unwrap_or_default()
});

fuzz_target!(|octets: &[u8]| {
    // The evaluation time of the samples.
    let now = DateTime::<Utc>::from_timestamp(1_781_517_900, 0).unwrap_or_default();
    let line = verify_file(octets, &STORE, now, &Policy::with_max_age(None));
    assert!(line.is_valid() == line.content_sha256.is_some());
    if let Ok(certificate) = Certificate::from_der(octets) {
        let _ = Signer::of(&certificate);
        let _ = certificate.public_key();
    }
    let _ = certificates_in(octets);
    let _ = json_object(octets);
});
