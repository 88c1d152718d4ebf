//! GOST 34.311-95 against the specification's values and an independent implementation.

use dstu::{Digest, Gost34311};
use gost94::Gost94UA;
use proptest::prelude::*;

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn octets(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap())
        .collect()
}

fn message(length: u32) -> Vec<u8> {
    (0..length)
        .map(|i| (i.wrapping_mul(0x9e37_79b1) >> 11) as u8)
        .collect()
}

/// Signed content, section 5.
#[test]
fn check_values() {
    for (message, digest) in [
        (
            "",
            "da37bdf41145e39e34111775b40646e8059c2e969c1460bb98abccb26f0f76a5",
        ),
        (
            "123",
            "0d7638f766847f80f60525e3509ade2f1307a4d356b62a30e141d6ff0bb7b038",
        ),
        (
            "abc",
            "a34a53504d8ba070cb73a583146167a0a3c226d793440d9cea24465fe02251f2",
        ),
        (
            "message digest",
            "ab68a193346fd3e8d00865701ac06d591d18d57052470c51df7d71e0aaeb352a",
        ),
    ] {
        assert_eq!(hex(&Gost34311::digest(message)), digest, "{message:?}");
    }
}

#[test]
fn vectors() {
    let file = include_str!("vectors.json");
    let vectors: serde_json::Value = serde_json::from_str(file).unwrap();
    let hashes = vectors["hash"].as_array().unwrap();
    assert!(!hashes.is_empty());
    for vector in hashes {
        let message = octets(vector["message"].as_str().unwrap());
        assert_eq!(
            hex(&Gost34311::digest(&message)),
            vector["gost34311"].as_str().unwrap(),
            "{} octets",
            message.len()
        );
    }
}

#[test]
fn every_length_around_the_edges_of_blocks() {
    for length in (0..=130).chain([1023, 1024, 1025]) {
        let message = message(length);
        assert_eq!(
            Gost34311::digest(&message)[..],
            Gost94UA::digest(&message)[..],
            "{length} octets"
        );
    }
}

/// Carries run through all words of the sum of blocks.
#[test]
fn sums_that_overflow() {
    for length in [64, 96, 1000] {
        let message = vec![0xff; length];
        assert_eq!(
            Gost34311::digest(&message)[..],
            Gost94UA::digest(&message)[..]
        );
    }
}

#[test]
fn a_reset_state_is_a_new_one() {
    let mut hash = Gost34311::new();
    hash.update(message(77));
    assert_eq!(hash.finalize_reset(), Gost34311::digest(message(77)));
    hash.update(b"abc");
    assert_eq!(hash.finalize(), Gost34311::digest(b"abc"));
}

#[test]
fn debugging_shows_nothing_of_the_message() {
    let mut hash = Gost34311::new();
    hash.update(b"secret");
    assert_eq!(format!("{hash:?}"), "Gost34311 { ... }");
}

proptest! {
    #[test]
    fn any_message_in_any_parts(
        message in prop::collection::vec(any::<u8>(), 0..700),
        splits in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let mut ends: Vec<usize> = splits.iter().map(|split| split.index(message.len() + 1)).collect();
        ends.sort_unstable();
        ends.push(message.len());
        let mut hash = Gost34311::new();
        let mut start = 0;
        for end in ends {
            hash.update(&message[start..end]);
            start = end;
        }
        prop_assert_eq!(&hash.finalize()[..], &Gost94UA::digest(&message)[..]);
    }
}
