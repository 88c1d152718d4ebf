//! Trusted certificates as they lie on disk (signed content §10).

use std::{
    fs,
    path::{Path, PathBuf},
};

use dovira::signed_content::{
    TrustStore, base64, command::sign_files, der::tag, der_write as write, oid,
};
use openssl::{
    ec::{EcGroup, EcKey},
    nid::Nid,
    pkey::PKey,
};

use super::forge::{CONTENT, Identity, fault, now};

/// An empty directory of this test.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("trust-stores")
        .join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = base64::encode(der);
    let lines: Vec<_> = text
        .as_bytes()
        .chunks(64)
        .map(String::from_utf8_lossy)
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

/// A PKCS #7 bundle without signers.
fn bundle(certificates: &[&Identity]) -> Vec<u8> {
    let certificates: Vec<_> = certificates
        .iter()
        .map(|one| one.certificate.der())
        .collect();
    let data = write::sequence(&[
        &write::unsigned_integer(&[1]),
        &write::value(tag::SET, &[]),
        &write::sequence(&[&write::oid(oid::DATA)]),
        &write::value(0xa0, &certificates),
        &write::value(tag::SET, &[]),
    ]);
    write::sequence(&[&write::oid(oid::SIGNED_DATA), &write::explicit(0, &data)])
}

#[test]
fn der_pem_and_bundles_are_read() {
    // signed content §10
    let root = Identity::root("Корінь", |_| {});
    let other = Identity::root("Інший", |_| {});
    let intermediate = root.authority("КНЕДП", |_| {});
    let person = intermediate.person(|_| {});
    let der = person.signs(CONTENT, &[]);

    let trusted = folder("trusted");
    fs::write(trusted.join("root.cer"), root.certificate.der()).unwrap();
    let both = format!(
        "Certificates of two\n{}{}",
        pem("CERTIFICATE", root.certificate.der()),
        pem("CERTIFICATE", other.certificate.der())
    );
    fs::write(trusted.join("both.pem"), both).unwrap();
    fs::write(trusted.join(".hidden"), "unread").unwrap();
    fs::create_dir(trusted.join("sub")).unwrap();
    for (name, file) in [
        ("bundle", bundle(&[&intermediate, &root, &person])),
        (
            "bundle-pem",
            pem("PKCS7", &bundle(&[&intermediate])).into_bytes(),
        ),
    ] {
        let intermediates = folder(name);
        fs::write(intermediates.join("ca.p7b"), file).unwrap();
        let store = TrustStore::load(&trusted, Some(&intermediates)).unwrap();
        assert_eq!(store.counts().0, 2, "one certificate in two files is one");
        assert_eq!(fault(&der, &store), None, "{name}");
    }
    let single = TrustStore::load(&trusted.join("root.cer"), None).unwrap();
    assert_eq!(single.counts(), (1, 0));
}

#[test]
fn every_problem_is_named_at_once() {
    // signed content §10: a bad file stops the start
    let root = Identity::root("Корінь", |_| {});
    let person = root.person(|_| {});
    let trusted = folder("bad");
    let key = pem("PRIVATE KEY", b"secret");
    for (name, octets) in [
        ("1-good.cer", root.certificate.der()),
        ("2-cut.cer", &root.certificate.der()[..100]),
        ("3-empty.cer", b""),
        ("4-text.txt", "це не сертифікат".as_bytes()),
        ("5-key.pem", key.as_bytes()),
        ("6-person.cer", person.certificate.der()),
        ("7-other.der", &write::sequence(&[&write::null()])),
        ("8-no-certificates.p7b", &bundle(&[])),
    ] {
        fs::write(trusted.join(name), octets).unwrap();
    }
    let absent = trusted.join("absent");
    let error = TrustStore::load(&trusted, Some(&absent)).unwrap_err();
    let names: Vec<_> = error
        .problems
        .iter()
        .map(|problem| problem.path.file_name().unwrap().to_str().unwrap())
        .collect();
    let expected = [
        "2-cut.cer",
        "3-empty.cer",
        "4-text.txt",
        "5-key.pem",
        "6-person.cer",
        "7-other.der",
        "8-no-certificates.p7b",
        "absent",
    ];
    assert_eq!(names, expected);
    let text = error.to_string();
    assert_eq!(text.lines().count(), 8);
    assert!(
        text.contains("6-person.cer: certificate with serial 230c cannot be trusted"),
        "{text}"
    );
    assert!(text.contains("5-key.pem: it holds something other than certificates: PRIVATE KEY"));
}

#[test]
fn nothing_trusted_is_a_problem() {
    // signed content §10
    let error = TrustStore::load(&folder("empty"), None).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("empty: it holds no certificates"),
        "{error}"
    );
}

#[test]
fn unsupported_keys_are_kept_and_named() {
    // signed content §1
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/signatures");
    let store = TrustStore::load(
        &fixtures.join("trusted"),
        Some(&fixtures.join("intermediates")),
    )
    .unwrap();
    assert_eq!(store.counts(), (4, 3));
    assert_eq!(store.unsupported_certificates().count(), 0);

    let group = EcGroup::from_curve_name(Nid::SECP384R1).unwrap();
    let other_curve = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
    let root = Identity::root("Корінь", |template| {
        template.public_key = other_curve.public_key_to_der().unwrap();
    });
    let store = super::forge::store(&[&root], &[]);
    let unsupported: Vec<_> = store.unsupported_certificates().collect();
    assert_eq!(unsupported, [root.certificate.id()]);
}

#[test]
fn files_are_signed_as_they_lie_on_disk() {
    // design §3 `dovira sign`
    let root = Identity::root("Корінь", |_| {});
    let intermediate = root.authority("КНЕДП", |_| {});
    let person = intermediate.person(|_| {});
    let key = person.key.to_pem().unwrap();
    let certificate = pem("CERTIFICATE", person.certificate.der());
    let chain = vec![bundle(&[&intermediate])];
    let text = sign_files(&key, certificate.as_bytes(), &chain, now(), CONTENT).unwrap();
    let store = super::forge::store(&[&root], &[]);
    assert_eq!(fault(&base64::decode(&text).unwrap(), &store), None);

    let other = intermediate.person(|_| {});
    let refused = |key: &[u8], certificate: &[u8], chain: &[Vec<u8>]| {
        sign_files(key, certificate, chain, now(), CONTENT)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        refused(&key, other.certificate.der(), &[]),
        "the private key does not belong to the certificate"
    );
    assert!(
        refused(b"", certificate.as_bytes(), &[]).starts_with("the private key cannot be read")
    );
    assert!(refused(&key, b"", &[]).starts_with("the signer's certificate: "));
    assert!(refused(&key, &bundle(&[&person, &root]), &[]).contains("it holds 2 certificates"));
    let chain = [bundle(&[&root]), b"x".to_vec()];
    assert!(refused(&key, certificate.as_bytes(), &chain).starts_with("chain file 2: "));
}
