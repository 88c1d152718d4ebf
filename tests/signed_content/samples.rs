//! The samples and their manifest (signed content §13).

use std::{fs, path::PathBuf};

use chrono::{DateTime, Utc};
use dovira::signed_content::{
    Policy, Signed, TrustStore, base64, command::verify_file, verify, verify_base64,
};
use rstest::rstest;
use serde_json::Value;

use super::forge::off;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/signatures")
}

fn load() -> TrustStore {
    TrustStore::load(
        &folder().join("trusted"),
        Some(&folder().join("intermediates")),
    )
    .unwrap()
}

fn manifest() -> Value {
    serde_json::from_slice(&fs::read(folder().join("manifest.json")).unwrap()).unwrap()
}

fn evaluation_time() -> DateTime<Utc> {
    manifest()["evaluation_time"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap()
}

fn octets(name: &str) -> Vec<u8> {
    fs::read(folder().join(format!("samples/{name}.p7s"))).unwrap()
}

#[test]
fn every_sample_has_the_verdict_of_the_manifest() {
    // signed content §13
    let (store, now) = (load(), evaluation_time());
    let samples = manifest()["samples"].as_array().unwrap().clone();
    assert_eq!(samples.len(), 44);
    for sample in samples {
        let name = sample["name"].as_str().unwrap();
        let der = octets(name);
        let line = serde_json::to_value(verify_file(&der, &store, now, &off())).unwrap();
        assert_eq!(line["verdict"], sample["expected"], "{name}: {line}");
        if line["verdict"] == "valid" {
            for (field, expected) in [
                ("algorithm", "algorithm"),
                ("drfo", "signer_drfo"),
                ("edrpou", "signer_edrpou"),
                ("signing_time", "signing_time"),
                ("content_sha256", "content_sha256"),
            ] {
                assert_eq!(line[field], sample[expected], "{name}: {field}");
            }
            assert!(
                line["reason"].is_null() && line["signer"].is_string(),
                "{name}"
            );
        } else {
            assert!(
                line["reason"].is_string() && line["content_sha256"].is_null(),
                "{name}"
            );
        }
        let text = base64::encode(&der);
        let from_text = verify_file(text.as_bytes(), &store, now, &off());
        assert_eq!(from_text.verdict, sample["expected"], "{name} as base64");
    }
}

#[test]
fn the_freshness_rule_says_what_the_manifest_says() {
    // signed content §12 "Freshness", §13
    let (store, now) = (load(), evaluation_time());
    for sample in manifest()["samples"].as_array().unwrap() {
        if sample["expected"] == "valid" {
            let der = octets(sample["name"].as_str().unwrap());
            let line = verify_file(&der, &store, now, &Policy::default());
            let expected = if sample["freshness"] == "at" {
                "valid"
            } else {
                "expired"
            };
            assert_eq!(line.verdict, expected, "{}", sample["name"]);
        }
    }
}

#[test]
fn a_sample_read_in_full() {
    // signed content §11, §12
    let signed = verify(
        &octets("valid-ecdsa-p256-org"),
        &load(),
        evaluation_time(),
        &off(),
    )
    .unwrap();
    let Signed {
        content, signer, ..
    } = &signed;
    assert_eq!(signer.drfo.as_deref(), Some("3021809745"));
    assert_eq!(signer.edrpou.as_deref(), Some("38561234"));
    assert_eq!(signer.name.surname.as_deref(), Some("Шевченко"));
    assert_eq!(signer.name.given_name.as_deref(), Some("Оксана Петрівна"));
    assert_eq!(
        signer.name.common_name.as_deref(),
        Some("Шевченко Оксана Петрівна")
    );
    assert!(
        dovira::signed_content::json_object(content)
            .unwrap()
            .contains_key("person")
    );
    let shown = format!("{signed:?}");
    for secret in ["3021809745", "38561234", "Шевченко", "Оксана", "person\""] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

/// A good sample for each algorithm.
#[rstest]
fn every_prefix_and_every_changed_bit_fails(
    #[values(
        "valid-dstu257-gost-bes",
        "valid-dstu431-gost-bes",
        "valid-dstu257-kupyna256-bes",
        "valid-dstu431-kupyna384-bes",
        "valid-ecdsa-p256-bes",
        "valid-rsa2048-bes"
    )]
    name: &str,
) {
    // signed content §13
    let (store, now) = (load(), evaluation_time());
    let der = octets(name);
    for end in 0..der.len() {
        let result = verify(&der[..end], &store, now, &off());
        assert_eq!(
            result.unwrap_err().error.class().word(),
            "malformed",
            "[..{end}]"
        );
    }
    let good = verify(&der, &store, now, &off()).unwrap();
    let mut accepted = 0;
    for bit in 0..8 * der.len() {
        let mut changed = der.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        if let Ok(signed) = verify(&changed, &store, now, &off()) {
            assert_eq!(signed, good, "bit {bit}");
            accepted += 1;
        }
    }
    // What is left unread: the list of digests, and an intermediate that is also in the store.
    assert!(accepted < 8 * der.len() / 3, "{accepted} accepted");
}

#[test]
fn text_is_limited_and_strict() {
    // signed content §2
    let (store, now) = (load(), evaluation_time());
    let text = base64::encode(&octets("valid-ecdsa-p256-bes"));
    let word = |text: &str, policy: &Policy| match verify_base64(text, &store, now, policy) {
        Ok(_) => "valid",
        Err(rejection) => rejection.error.reason().word(),
    };
    let wrapped: String = text
        .as_bytes()
        .chunks(64)
        .flat_map(|line| [line, b"\r\n"].concat())
        .map(char::from)
        .collect();
    assert_eq!(word(&text, &off()), "valid");
    assert_eq!(word(&wrapped, &off()), "valid");
    assert_eq!(
        word(
            &text,
            &Policy {
                max_text: text.len(),
                ..off()
            }
        ),
        "valid"
    );
    assert_eq!(
        word(
            &text,
            &Policy {
                max_text: text.len() - 1,
                ..off()
            }
        ),
        "text_length"
    );
    assert_eq!(
        word(&" ".repeat(4 * 1024 * 1024 + 1), &off()),
        "text_length"
    );
    assert_eq!(word(&text.replace('+', "-"), &off()), "base64");
    assert_eq!(word("", &off()), "der_truncated");
}
