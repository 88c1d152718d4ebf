//! Vectors made and checked by independent implementations (`vectors.json`).

use dstu::{Backend, Curve, Digest, Gost34311, Kupyna256, Kupyna384, Kupyna512, PublicKey};
use serde_json::Value;

fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors.json")).unwrap()
}

fn octets(value: &Value) -> Vec<u8> {
    let digits = value.as_str().unwrap().as_bytes();
    let octet = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(octet).collect()
}

fn curve(row: &Value) -> Curve {
    let m = row["m"].as_u64().unwrap();
    let is = |curve: &Curve| u64::from(curve.parameters().m) == m;
    Curve::ALL.into_iter().find(is).unwrap()
}

fn backends() -> Vec<Backend> {
    [Some(Backend::portable()), Backend::carry_less()]
        .into_iter()
        .flatten()
        .collect()
}

#[test]
fn hashes() {
    let vectors = vectors();
    let rows = vectors["hash"].as_array().unwrap();
    assert_eq!(rows.len(), 14);
    for row in rows {
        let message = octets(&row["message"]);
        for (name, digest) in [
            ("gost34311", Gost34311::digest(&message).to_vec()),
            ("kupyna256", Kupyna256::digest(&message).to_vec()),
            ("kupyna384", Kupyna384::digest(&message).to_vec()),
            ("kupyna512", Kupyna512::digest(&message).to_vec()),
        ] {
            assert_eq!(digest, octets(&row[name]), "{name} of {}", row["message"]);
        }
    }
}

#[test]
fn signatures() {
    let vectors = vectors();
    let rows: Vec<_> = ["dstu4145", "published"]
        .iter()
        .flat_map(|list| vectors[list].as_array().unwrap())
        .collect();
    assert_eq!(rows.len(), 45);
    for backend in backends() {
        for row in &rows {
            let key =
                PublicKey::from_compressed_with(backend, curve(row), &octets(&row["public_key"]));
            let verdict = key.unwrap().verify_with(
                backend,
                &octets(&row["hash"]),
                &octets(&row["signature"]),
            );
            assert_eq!(
                verdict.is_ok(),
                row["valid"].as_bool().unwrap(),
                "{backend:?}: {row}"
            );
        }
    }
}
