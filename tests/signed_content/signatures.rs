//! Algorithms, keys and what exactly is signed (signed content §1, §4, §9).

use dovira::signed_content::{
    Reason, algorithm::GOST34311, der::tag, der_write as write, oid, sign::SigningKey,
};
use openssl::{hash::MessageDigest, pkey::PKey, rsa::Padding, sign::RsaPssSaltlen};

use super::forge::{
    CONTENT, Forge, Identity, attribute, check, ess, fault, invalid, malformed, now, person, store,
    untrusted,
};

#[test]
fn what_the_own_signer_makes_is_good() {
    // signed content §4
    let root = Identity::root("Корінь", |_| {});
    let intermediate = root.authority("КНЕДП", |_| {});
    let store = store(&[&root], &[]);
    for (key, algorithm) in [
        (
            SigningKey::generate_ecdsa_p256().unwrap(),
            "ecdsa-p256-sha256",
        ),
        (SigningKey::generate_rsa_2048().unwrap(), "rsa2048-sha256"),
    ] {
        let person = intermediate.person_with(key, |_| {});
        let signed = check(&person.signs(CONTENT, &[&intermediate]), &store).unwrap();
        assert_eq!(signed.content, CONTENT);
        assert_eq!(signed.algorithm, algorithm);
        assert_eq!(signed.signing_time, Some(now()));
        assert_eq!(signed.signer.drfo.as_deref(), Some("2587413690"));
        assert_eq!(
            signed.signer.certificate_sha256,
            person.certificate.sha256()
        );
        assert_eq!(signed.signer.certificate_serial, "230c");
    }
}

#[test]
fn openssl_agrees_with_the_own_signer_and_issuer() {
    // RFC 5652 §5, RFC 5280 §4
    use openssl::{
        cms::{CMSOptions, CmsContentInfo},
        x509::{X509, store::X509StoreBuilder},
    };
    let root = Identity::root("Корінь", |_| {});
    let intermediate = root.authority("КНЕДП", |_| {});
    let empty = X509StoreBuilder::new().unwrap().build();
    for key in [
        SigningKey::generate_ecdsa_p256().unwrap(),
        SigningKey::generate_rsa_2048().unwrap(),
    ] {
        let person = intermediate.person_with(key, |_| {});
        let der = person.signs(CONTENT, &[&intermediate]);
        let mut content = vec![];
        CmsContentInfo::from_der(&der)
            .unwrap()
            .verify(
                None,
                Some(&empty),
                None,
                Some(&mut content),
                CMSOptions::NO_SIGNER_CERT_VERIFY | CMSOptions::BINARY,
            )
            .unwrap();
        assert_eq!(content, CONTENT);
        let read = |one: &Identity| X509::from_der(one.certificate.der()).unwrap();
        for (subject, issuer) in [
            (&person, &intermediate),
            (&intermediate, &root),
            (&root, &root),
        ] {
            assert!(
                read(subject)
                    .verify(&read(issuer).public_key().unwrap())
                    .unwrap()
            );
        }
    }
}

#[test]
fn algorithms() {
    // signed content §1
    let (person, store) = person();
    let with = |digest: Vec<u8>, algorithm: Vec<u8>| {
        fault(
            &Forge {
                digest,
                algorithm,
                ..Forge::new(&person)
            }
            .der(),
            &store,
        )
    };
    let identifier =
        |oid: &[u8], parameters: &[u8]| write::sequence(&[&write::oid(oid), parameters]);
    let sha256 = || identifier(oid::SHA256, &[]);
    let ecdsa = || identifier(oid::ECDSA_WITH_SHA256, &[]);
    let sha1 = [0x2b, 0x0e, 0x03, 0x02, 0x1a];
    let rsa_pss = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
    let dstu = |parameters: &[u8]| identifier(oid::DSTU_GOST34311, parameters);
    let gost = |parameters: &[u8]| identifier(oid::GOST34311, parameters);
    let special = [oid::DSTU_GOST34311, &[1]].concat();

    assert_eq!(with(identifier(oid::SHA256, &write::null()), ecdsa()), None);
    assert_eq!(
        with(sha256(), identifier(oid::ECDSA_WITH_SHA256, &write::null())),
        None
    );
    for (digest, algorithm) in [
        (identifier(&sha1, &[]), ecdsa()),
        (sha256(), identifier(&rsa_pss, &[])),
        (gost(&[]), identifier(&special, &[])),
        (gost(&[]), dstu(&write::octet_string(b"x"))),
        (gost(&write::octet_string(b"x")), dstu(&[])),
        (identifier(oid::SHA256, &write::octet_string(b"x")), ecdsa()),
        (
            sha256(),
            identifier(oid::ECDSA_WITH_SHA256, &write::oid(oid::P256)),
        ),
        (sha256(), identifier(oid::EC_PUBLIC_KEY, &[])),
    ] {
        assert_eq!(with(digest, algorithm), malformed(Reason::Algorithm));
    }
    assert_eq!(
        with(sha256(), identifier(oid::SHA256_WITH_RSA, &[])),
        invalid(Reason::KeyKind),
        "an RSA signature under a certificate of P-256"
    );
    assert_eq!(
        with(sha256(), dstu(&[])),
        malformed(Reason::DigestAlgorithm),
        "the digest is the one that the signature implies"
    );
    let attributes = Some(Forge::attributes_with(&GOST34311, CONTENT));
    let forge = Forge {
        digest: gost(&[]),
        algorithm: dstu(&[]),
        attributes,
        ..Forge::new(&person)
    };
    assert_eq!(
        fault(&forge.der(), &store),
        invalid(Reason::KeyKind),
        "a DSTU signature under a certificate of P-256"
    );
}

#[test]
fn rsa_signatures_and_keys() {
    // signed content §1, §9
    let root = Identity::root("Корінь", |_| {});
    let store = store(&[&root], &[]);
    let person = root.person_with(SigningKey::generate_rsa_2048().unwrap(), |_| {});
    let rsa_encryption = write::sequence(&[&write::oid(oid::RSA_ENCRYPTION), &write::null()]);
    let named = Forge {
        algorithm: rsa_encryption,
        ..Forge::new(&person)
    };
    assert_eq!(
        fault(&named.der(), &store),
        None,
        "rsaEncryption implies SHA-256"
    );

    // A PSS signature that calls itself PKCS #1 v1.5.
    let key = PKey::private_key_from_pem(&person.key.to_pem().unwrap()).unwrap();
    let mut pss = openssl::sign::Signer::new(MessageDigest::sha256(), &key).unwrap();
    pss.set_rsa_padding(Padding::PKCS1_PSS).unwrap();
    pss.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)
        .unwrap();
    let signature = pss.sign_oneshot_to_vec(CONTENT).unwrap();
    let forge = Forge {
        attributes: None,
        signature: Some(signature),
        ..Forge::new(&person)
    };
    assert_eq!(fault(&forge.der(), &store), invalid(Reason::Signature));

    let small = PKey::from_rsa(openssl::rsa::Rsa::generate(1024).unwrap()).unwrap();
    let weak = root.person(|template| template.public_key = small.public_key_to_der().unwrap());
    assert_eq!(
        fault(&Forge::new(&weak).der(), &store),
        untrusted(Reason::SignerKey)
    );
}

#[test]
fn rsa_exponents_that_would_take_long_are_no_keys() {
    // signed content §9: a check takes no longer than anybody needs
    use openssl::{bn::BigNum, rsa::Rsa};
    let root = Identity::root("Корінь", |_| {});
    let store = store(&[&root], &[]);
    let modulus = Rsa::generate(2048).unwrap().n().to_owned().unwrap();
    for (exponent, reason) in [
        ("03", Reason::Signature),
        ("ffffffffffffffff", Reason::Signature),
        ("010000000000000001", Reason::SignerKey),
        ("01", Reason::SignerKey),
        ("04", Reason::SignerKey),
    ] {
        let exponent_number = BigNum::from_hex_str(exponent).unwrap();
        let key =
            Rsa::from_public_components(modulus.to_owned().unwrap(), exponent_number).unwrap();
        let key = PKey::from_rsa(key).unwrap().public_key_to_der().unwrap();
        let person = root.person(|template| template.public_key = key);
        let rsa = Forge {
            digest: write::sequence(&[&write::oid(oid::SHA256)]),
            algorithm: write::sequence(&[&write::oid(oid::SHA256_WITH_RSA)]),
            signature: Some(vec![1; 256]),
            ..Forge::new(&person)
        };
        let expected = match reason {
            Reason::Signature => invalid(reason),
            _ => untrusted(reason),
        };
        assert_eq!(fault(&rsa.der(), &store), expected, "{exponent}");
    }
}

#[test]
fn other_curves_and_points_are_no_keys() {
    // signed content §1, §9
    use openssl::{
        ec::{Asn1Flag, EcGroup, EcKey, PointConversionForm},
        nid::Nid,
    };
    let root = Identity::root("Корінь", |_| {});
    let store = store(&[&root], &[]);
    let key = |curve: Nid, flag: Asn1Flag| {
        let mut group = EcGroup::from_curve_name(curve).unwrap();
        group.set_asn1_flag(flag);
        let key = EcKey::generate(&group).unwrap();
        PKey::from_ec_key(key).unwrap().public_key_to_der().unwrap()
    };
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let mut context = openssl::bn::BigNumContext::new().unwrap();
    let compressed = EcKey::generate(&group)
        .unwrap()
        .public_key()
        .to_bytes(&group, PointConversionForm::COMPRESSED, &mut context)
        .unwrap();
    let p256 = write::sequence(&[&write::oid(oid::EC_PUBLIC_KEY), &write::oid(oid::P256)]);
    let mut off_curve = key(Nid::X9_62_PRIME256V1, Asn1Flag::NAMED_CURVE);
    *off_curve.last_mut().unwrap() ^= 1;
    for public_key in [
        key(Nid::SECP384R1, Asn1Flag::NAMED_CURVE),
        key(Nid::SECP256K1, Asn1Flag::NAMED_CURVE),
        key(Nid::X9_62_PRIME256V1, Asn1Flag::EXPLICIT_CURVE),
        write::sequence(&[&p256, &write::bit_string(&compressed)]),
        off_curve,
    ] {
        let person = root.person(|template| template.public_key = public_key);
        assert_eq!(
            fault(&Forge::new(&person).der(), &store),
            untrusted(Reason::SignerKey)
        );
    }
}

#[test]
fn attributes_are_signed_as_written_or_in_order() {
    // signed content §4
    let (person, store) = person();
    let sorted = Forge::attributes_of(CONTENT);
    let mut reversed = sorted.clone();
    reversed.reverse();
    let with = |attributes: &[Vec<u8>], signs_sorted: bool, signature: Option<Vec<u8>>| {
        let attributes = Some(attributes.to_vec());
        let forge = Forge {
            attributes,
            signs_sorted,
            signature,
            ..Forge::new(&person)
        };
        fault(&forge.der(), &store)
    };
    assert!(sorted.is_sorted());
    assert_eq!(with(&sorted, false, None), None);
    assert_eq!(with(&reversed, false, None), None, "as written, unsorted");
    assert_eq!(
        with(&reversed, true, None),
        None,
        "written unsorted, signed sorted"
    );
    let of_reversed = {
        let parts: Vec<_> = reversed.iter().map(Vec::as_slice).collect();
        person.key.sign(&write::value(tag::SET, &parts)).unwrap()
    };
    assert_eq!(
        with(&sorted, false, Some(of_reversed)),
        invalid(Reason::Signature),
        "an order that is neither"
    );
    let of_content = person.key.sign(CONTENT).unwrap();
    assert_eq!(
        with(&sorted, false, Some(of_content)),
        invalid(Reason::Signature)
    );
}

#[test]
fn without_attributes_the_content_is_signed() {
    // signed content §4
    let (person, store) = person();
    let forge = Forge {
        attributes: None,
        ..Forge::new(&person)
    };
    let signed = check(&forge.der(), &store).unwrap();
    assert_eq!(signed.signing_time, None);
    let signature = Some(person.key.sign(b"other").unwrap());
    let forge = Forge {
        attributes: None,
        signature,
        ..Forge::new(&person)
    };
    assert_eq!(fault(&forge.der(), &store), invalid(Reason::Signature));
}

#[test]
fn signing_certificate_names_the_signer() {
    // signed content §4
    let (person, store) = person();
    let with = |attribute: Vec<u8>| {
        let attributes = Some([Forge::attributes_of(CONTENT), vec![attribute]].concat());
        fault(
            &Forge {
                attributes,
                ..Forge::new(&person)
            }
            .der(),
            &store,
        )
    };
    let hash = openssl::sha::sha256(person.certificate.der());
    let sha256 = write::sequence(&[&write::oid(oid::SHA256)]);
    let sha1 = write::sequence(&[&write::oid(&[0x2b, 0x0e, 0x03, 0x02, 0x1a])]);
    assert_eq!(with(ess(&[], &hash)), None, "SHA-256 is the default");
    assert_eq!(with(ess(&sha256, &hash)), None);
    let mut other = hash;
    other[31] ^= 1;
    for wrong in [
        ess(&[], &other),
        ess(&[], &hash[..20]),
        ess(&sha1, &openssl::sha::sha1(person.certificate.der())),
        attribute(oid::SIGNING_CERTIFICATE_V2, &[]),
        attribute(oid::SIGNING_CERTIFICATE_V2, &[&write::null()]),
        attribute(
            oid::SIGNING_CERTIFICATE_V2,
            &[&write::sequence(&[&write::sequence(&[])])],
        ),
    ] {
        assert_eq!(with(wrong), invalid(Reason::SigningCertificate));
    }
    let old = [
        0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x0c,
    ];
    assert_eq!(
        with(attribute(&old, &[&write::null()])),
        None,
        "the older attribute is ignored"
    );
}

#[test]
fn both_ways_to_write_an_ecdsa_signature_are_used_once() {
    // decisions §1 "Replay"
    use openssl::{bn::BigNum, ec::EcGroup, ecdsa::EcdsaSig, nid::Nid};
    let (person, store) = person();
    let message = Forge {
        attributes: None,
        ..Forge::new(&person)
    };
    let signature = EcdsaSig::from_der(&person.key.sign(CONTENT).unwrap()).unwrap();
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let mut order = BigNum::new().unwrap();
    group
        .order(&mut order, &mut openssl::bn::BigNumContext::new().unwrap())
        .unwrap();
    let twin = EcdsaSig::from_private_components(
        signature.r().to_owned().unwrap(),
        &order - signature.s(),
    )
    .unwrap();
    let [one, other] = [signature, twin].map(|signature| {
        let signature = Some(signature.to_der().unwrap());
        let forge = Forge {
            signature,
            attributes: None,
            ..Forge::new(&person)
        };
        check(&forge.der(), &store).unwrap().signature_sha256
    });
    assert_eq!(one, other);
    assert_ne!(one, check(&message.der(), &store).unwrap().signature_sha256);
}
