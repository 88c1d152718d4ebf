//! Structure, attributes and signatures, wrong in one place each (signed content §1 to §4).

use chrono::TimeDelta;
use dovira::signed_content::{
    Policy, Reason, SignedError, TrustStore, der::tag, der_write as write, oid, sign::SigningKey,
    verify,
};
use openssl::{hash::MessageDigest, pkey::PKey, rsa::Padding, sign::RsaPssSaltlen};

use super::forge::{
    CONTENT, Forge, Identity, attribute, check, ess, fault, invalid, malformed, now, off, store,
    untrusted,
};

/// A person under a root that is trusted.
fn person() -> (Identity, TrustStore) {
    let root = Identity::root("Корінь", |_| {});
    let person = root.person(|_| {});
    let store = store(&[&root], &[]);
    (person, store)
}

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
fn structure() {
    // signed content §3
    let (person, store) = person();
    let other = Identity::root("Інший", |_| {}).person(|_| {});
    let with = |change: &dyn Fn(&mut Forge<'_>)| {
        let mut forge = Forge::new(&person);
        change(&mut forge);
        fault(&forge.der(), &store)
    };
    let certificate = person.certificate.der().to_vec();
    let identifier = person.certificate.subject_key_identifier().unwrap();

    assert_eq!(with(&|_| {}), None);
    assert_eq!(
        with(&|forge| forge.outer_type = oid::DATA),
        malformed(Reason::ContentType)
    );
    assert_eq!(
        with(&|forge| forge.content_type = oid::SIGNED_DATA),
        malformed(Reason::ContentType)
    );
    assert_eq!(with(&|forge| forge.version = 3), None);
    assert_eq!(with(&|forge| forge.version = 2), malformed(Reason::Version));
    assert_eq!(
        with(&|forge| forge.content = None),
        malformed(Reason::Detached)
    );
    assert_eq!(
        with(&|forge| forge.content = Some(write::value(0x24, &[&write::octet_string(CONTENT)]))),
        malformed(Reason::DerTag),
        "a constructed OCTET STRING"
    );
    assert_eq!(
        with(&|forge| forge.signers = 0),
        malformed(Reason::SignerCount)
    );
    assert_eq!(
        with(&|forge| forge.signers = 2),
        malformed(Reason::SignerCount)
    );
    assert_eq!(
        with(&|forge| forge.certificates = None),
        malformed(Reason::NoCertificates)
    );
    assert_eq!(
        with(&|forge| forge.certificates = Some(vec![])),
        malformed(Reason::SignerCertificate)
    );
    assert_eq!(
        with(&|forge| forge.certificates = Some(vec![other.certificate.der().to_vec()])),
        malformed(Reason::SignerCertificate)
    );
    assert_eq!(
        with(&|forge| forge.certificates = Some(vec![certificate.clone(); 2])),
        malformed(Reason::SignerCertificate),
        "the signer's certificate twice"
    );
    assert_eq!(
        with(&|forge| {
            let attribute_certificate = write::value(0xa2, &[b"anything"]);
            let unreadable = write::sequence(&[b"\x01\x01\xff"]);
            let other = other.certificate.der().to_vec();
            forge.certificates = Some(vec![
                other,
                attribute_certificate,
                unreadable,
                certificate.clone(),
            ]);
        }),
        None,
        "found by its name among others"
    );
    assert_eq!(
        with(&|forge| forge.id = write::value(0x80, &[identifier])),
        None
    );
    assert_eq!(
        with(&|forge| forge.id = write::value(0x80, &[b"another"])),
        malformed(Reason::SignerCertificate)
    );
    assert_eq!(
        with(&|forge| forge.unsigned = write::value(0xa1, &[b"\x30\x80unread"])),
        None
    );
    assert_eq!(
        with(&|forge| forge.unsigned = write::value(0xa2, &[])),
        malformed(Reason::DerTrailing)
    );
    assert_eq!(
        fault(&[Forge::new(&person).der(), vec![0]].concat(), &store),
        malformed(Reason::DerTrailing)
    );
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
    let dstu = [
        0x2a, 0x86, 0x24, 0x02, 0x01, 0x01, 0x01, 0x01, 0x03, 0x01, 0x01,
    ];
    let gost = [0x2a, 0x86, 0x24, 0x02, 0x01, 0x01, 0x01, 0x01, 0x02, 0x01];

    assert_eq!(with(identifier(oid::SHA256, &write::null()), ecdsa()), None);
    assert_eq!(
        with(sha256(), identifier(oid::ECDSA_WITH_SHA256, &write::null())),
        None
    );
    for (digest, algorithm) in [
        (identifier(&sha1, &[]), ecdsa()),
        (sha256(), identifier(&rsa_pss, &[])),
        (sha256(), identifier(&dstu, &[])),
        (identifier(&gost, &[]), identifier(&dstu, &[])),
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
fn attributes_are_complete_and_single() {
    // signed content §3 rule 5
    let (person, store) = person();
    let with = |attributes: Vec<Vec<u8>>| {
        fault(
            &Forge {
                attributes: Some(attributes),
                ..Forge::new(&person)
            }
            .der(),
            &store,
        )
    };
    let good = Forge::attributes_of(CONTENT);
    let data = write::oid(oid::DATA);
    let digest = write::octet_string(&openssl::sha::sha256(CONTENT));
    let unknown = |number: u8| attribute(&[0x2a, 0x03, number], &[&write::null()]);

    assert_eq!(with(vec![]), malformed(Reason::MissingAttribute));
    assert_eq!(
        with(good[..2].to_vec()),
        malformed(Reason::MissingAttribute),
        "no digest"
    );
    assert_eq!(
        with(good[1..].to_vec()),
        malformed(Reason::MissingAttribute),
        "no content type"
    );
    for values in [&[][..], &[&digest[..], &digest]] {
        let digests = attribute(oid::MESSAGE_DIGEST, values);
        assert_eq!(
            with(vec![good[0].clone(), digests]),
            malformed(Reason::MissingAttribute)
        );
    }
    assert_eq!(
        with([&good[..], &good[..1]].concat()),
        malformed(Reason::DuplicateAttribute)
    );
    assert_eq!(
        with([good.clone(), vec![unknown(1)]].concat()),
        None,
        "unknown ones are ignored"
    );
    assert_eq!(
        with([good.clone(), vec![unknown(1), unknown(1)]].concat()),
        malformed(Reason::DuplicateAttribute)
    );
    let many = |count: u8| [good.clone(), (0..count).map(unknown).collect()].concat();
    assert_eq!(with(many(29)), None, "32 attributes");
    assert_eq!(
        with(many(30)),
        malformed(Reason::AttributesLength),
        "33 attributes"
    );
    let long = attribute(&[0x2a, 0x03], &[&write::octet_string(&vec![0; 64 * 1024])]);
    assert_eq!(
        with([good.clone(), vec![long]].concat()),
        malformed(Reason::AttributesLength)
    );

    let of_type = attribute(oid::CONTENT_TYPE, &[&write::oid(oid::SIGNED_DATA)]);
    let typed = vec![of_type, good[2].clone()];
    assert_eq!(with(typed), invalid(Reason::ContentTypeAttribute));
    for wrong in [
        write::octet_string(&openssl::sha::sha256(b"other")),
        write::octet_string(&openssl::sha::sha256(CONTENT)[..31]),
        write::value(tag::UTF8_STRING, &[&openssl::sha::sha256(CONTENT)]),
    ] {
        let digests = attribute(oid::MESSAGE_DIGEST, &[&wrong]);
        let attributes = vec![attribute(oid::CONTENT_TYPE, &[&data]), digests];
        assert_eq!(with(attributes), invalid(Reason::MessageDigest));
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
fn limits() {
    // signed content §2
    let (person, store) = person();
    let content = |length: usize| {
        let octets = vec![b'x'; length];
        let attributes = Some(Forge::attributes_of(&octets));
        let content = Some(write::octet_string(&octets));
        fault(
            &Forge {
                content,
                attributes,
                ..Forge::new(&person)
            }
            .der(),
            &store,
        )
    };
    assert_eq!(content(0), malformed(Reason::ContentLength));
    assert_eq!(content(1), None);
    assert_eq!(content(2 * 1024 * 1024), None);
    assert_eq!(
        content(2 * 1024 * 1024 + 1),
        malformed(Reason::ContentLength)
    );

    let signature = |length: usize| {
        let signature = Some(vec![0x30; length]);
        fault(
            &Forge {
                signature,
                ..Forge::new(&person)
            }
            .der(),
            &store,
        )
    };
    assert_eq!(signature(0), invalid(Reason::Signature));
    assert_eq!(signature(1024), invalid(Reason::Signature));
    assert_eq!(signature(1025), invalid(Reason::SignatureLength));

    let certificates = |more: Vec<Vec<u8>>| {
        let own = vec![person.certificate.der().to_vec()];
        let certificates = Some([own, more].concat());
        fault(
            &Forge {
                certificates,
                ..Forge::new(&person)
            }
            .der(),
            &store,
        )
    };
    let small = write::sequence(&[]);
    assert_eq!(certificates(vec![small.clone(); 15]), None);
    assert_eq!(
        certificates(vec![small; 16]),
        malformed(Reason::TooManyCertificates)
    );
    let padded = |length: usize| write::sequence(&[&vec![0; length - 4]]);
    assert_eq!(certificates(vec![padded(32 * 1024)]), None);
    assert_eq!(
        certificates(vec![padded(32 * 1024 + 1)]),
        malformed(Reason::CertificateLength)
    );
}

#[test]
fn lengths_are_those_of_der() {
    // signed content §2
    let (person, store) = person();
    let der = Forge::new(&person).der();
    let body = &der[4..];
    let with = |header: &[u8]| fault(&[header, body].concat(), &store);
    let [high, low] = [der[2], der[3]];
    assert_eq!(der[1], 0x82);
    assert_eq!(with(&[0x30, 0x82, high, low]), None);
    assert_eq!(
        with(&[0x30, 0x83, 0, high, low]),
        malformed(Reason::DerLength),
        "a leading zero"
    );
    assert_eq!(
        with(&[0x30, 0x84, 0, 0, high, low]),
        malformed(Reason::DerLength)
    );
    assert_eq!(
        with(&[0x30, 0x85, 0, 0, 0, high, low]),
        malformed(Reason::DerLength)
    );
    assert_eq!(
        with(&[0x30, 0x80]),
        malformed(Reason::DerLength),
        "indefinite"
    );
    assert_eq!(
        with(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]),
        malformed(Reason::DerTruncated)
    );
    assert_eq!(
        with(&[0x30, 0x82, 0xff, 0xff]),
        malformed(Reason::DerTruncated)
    );
    assert_eq!(
        with(&[0x30, 0x82, high, low - 1]),
        malformed(Reason::DerTrailing)
    );
    assert_eq!(with(&[0x31, 0x82, high, low]), malformed(Reason::DerTag));
}

#[test]
fn freshness_is_judged_last() {
    // signed content §12 "Freshness"
    let (person, store) = person();
    let der = Forge::new(&person).der();
    let at = |offset: i64, policy: &Policy, der: &[u8]| {
        verify(der, &store, now() + TimeDelta::seconds(offset), policy)
            .err()
            .map(|rejection| rejection.error)
    };
    let stale = Some(SignedError::NotFresh(Reason::SigningTimeStale));
    let future = Some(SignedError::NotFresh(Reason::SigningTimeFuture));
    let absent = Some(SignedError::NotFresh(Reason::SigningTimeAbsent));
    let policy = Policy::default();
    assert_eq!(at(0, &policy, &der), None);
    assert_eq!(at(1800, &policy, &der), None);
    assert_eq!(at(1801, &policy, &der), stale);
    assert_eq!(at(-300, &policy, &der), None);
    assert_eq!(at(-301, &policy, &der), future);
    assert_eq!(at(1801, &off(), &der), None);

    let with = |attributes: Option<Vec<Vec<u8>>>| {
        Forge {
            attributes,
            ..Forge::new(&person)
        }
        .der()
    };
    let timed = |values: &[&[u8]]| {
        let mut attributes = Forge::attributes_of(CONTENT);
        attributes[1] = attribute(oid::SIGNING_TIME, values);
        with(Some(attributes))
    };
    assert_eq!(at(0, &policy, &with(None)), absent);
    let without = |kept: [usize; 2]| kept.map(|index| Forge::attributes_of(CONTENT)[index].clone());
    assert_eq!(
        at(0, &policy, &with(Some(without([0, 2]).to_vec()))),
        absent
    );
    let time = write::time(now());
    assert_eq!(
        at(0, &policy, &timed(&[&time, &time])),
        absent,
        "two values"
    );
    assert_eq!(at(0, &off(), &timed(&[&time, &time])), None);
    let general = write::value(tag::GENERALIZED_TIME, &[b"20260615100500Z"]);
    assert_eq!(at(0, &policy, &timed(&[&general])), None);
    let unreadable = write::value(tag::UTC_TIME, &[b"2606151005Z"]);
    for policy in [policy, off()] {
        assert_eq!(
            at(0, &policy, &timed(&[&unreadable])),
            malformed(Reason::SigningTime)
        );
    }

    let stranger = Identity::root("Інший", |_| {}).person(|_| {});
    let der = Forge::new(&stranger).der();
    assert_eq!(
        at(9999, &policy, &der),
        untrusted(Reason::UnknownIssuer),
        "the chain comes first"
    );
}

#[test]
fn a_refusal_names_the_certificate_for_the_operator() {
    // signed content §12
    let (person, _) = person();
    let nobody = store(&[], &[]);
    let rejection = verify(&Forge::new(&person).der(), &nobody, now(), &off()).unwrap_err();
    assert_eq!(rejection.to_string(), "untrusted: unknown_issuer");
    assert_eq!(rejection.certificate, Some(person.certificate.id()));
    let rejection = verify(b"{", &nobody, now(), &off()).unwrap_err();
    assert_eq!(rejection.certificate, None);
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
