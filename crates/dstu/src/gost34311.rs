//! GOST 34.311-95.

use digest::Digest;

/// The hash function, to come.
pub type Gost34311 = kupyna::Kupyna256;

#[allow(dead_code, clippy::allow_attributes)]
fn nothing() {
    let _ = Gost34311::digest(b"");
}
