//! Any octets as a message, a certificate, a bundle and a content: no panic, no hang.
//!
//! The room is compiled by its path, without the rest of the application: a build of a minute
//! instead of ten, and instrumented throughout.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[expect(
    dead_code,
    unused_imports,
    reason = "the target uses a part of the room"
)]
#[path = "../../src/signed_content/mod.rs"]
mod signed_content;

use signed_content::{
    certificate::Certificate, cms::Message, identity::Signer, json_object, repair_url,
    trust_store::certificates_in,
};

fuzz_target!(|octets: &[u8]| {
    if let Ok(message) = Message::read(octets) {
        for certificate in &message.certificates {
            read(certificate);
        }
        let _ = message.check_attributes(octets);
        let _ = message.signing_time();
    }
    read(octets);
    let _ = certificates_in(octets);
    let _ = json_object(octets);
    if let Ok(text) = std::str::from_utf8(octets) {
        let _ = repair_url(text);
    }
});

/// Keys are read too: points are decompressed, curves compared.
fn read(der: &[u8]) {
    if let Ok(certificate) = Certificate::from_der(der) {
        let _ = Signer::of(&certificate);
        let _ = certificate.public_key();
    }
}
