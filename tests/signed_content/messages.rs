//! Limits and structure, wrong in one place each, and freshness (signed content §2, §3, §12).

use chrono::TimeDelta;
use dovira::signed_content::{
    Policy, Reason, SignedError, der::tag, der_write as write, oid, verify,
};

use super::forge::{
    CONTENT, Forge, Identity, attribute, fault, invalid, malformed, now, off, person, store,
    untrusted,
};

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
