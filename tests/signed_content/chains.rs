//! From the signer up to somebody trusted (signed content §10).

use ::dstu::Curve;
use chrono::TimeDelta;
use dovira::signed_content::{
    Reason, base64,
    certificate::{BasicConstraints, Certificate, KeyUsage},
    der_write as write,
    issue::{Extension, Issuer, Name, Template, issue},
    oid,
    sign::{DstuHash, SigningKey},
    verify, verify_base64,
};

use super::forge::{
    CONTENT, Forge, Identity, check, copy, ec, fault, malformed, now, off, out_of_time, store,
    untrusted, validity,
};

fn root() -> Identity {
    Identity::root("Корінь", |_| {})
}

fn path_length(limit: u32) -> impl FnOnce(&mut Template) {
    move |template| {
        template.basic_constraints = Some(BasicConstraints {
            is_authority: true,
            path_length: Some(limit),
        });
    }
}

fn expired(template: &mut Template) {
    template.not_after = now() - TimeDelta::seconds(1);
}

#[test]
fn intermediates_come_from_the_store_or_the_message() {
    // signed content §10 rules 1, 4
    let root = root();
    let intermediate = root.authority("КНЕДП", path_length(0));
    let person = intermediate.person(|_| {});
    let alone = person.signs(CONTENT, &[]);
    let together = person.signs(CONTENT, &[&intermediate, &root]);
    assert_eq!(fault(&alone, &store(&[&root], &[&intermediate])), None);
    assert_eq!(fault(&together, &store(&[&root], &[])), None);
    assert_eq!(
        fault(&alone, &store(&[&intermediate], &[])),
        None,
        "trusted directly"
    );
    assert_eq!(
        fault(&alone, &store(&[&root], &[])),
        untrusted(Reason::UnknownIssuer)
    );
    assert_eq!(
        fault(&together, &store(&[], &[&intermediate])),
        untrusted(Reason::UnknownIssuer),
        "what travels along or helps anchors nothing"
    );
}

#[test]
fn an_authority_may_have_several_keys_under_one_name() {
    // signed content §10 rule 1
    let [old, new] = [root(), root()];
    let person = new.person(|_| {});
    let der = person.signs(CONTENT, &[]);
    assert_eq!(fault(&der, &store(&[&old, &new], &[])), None);
    assert_eq!(
        fault(&der, &store(&[&old], &[])),
        untrusted(Reason::KeyIdentifier),
        "the key identifier tells them apart"
    );
    let unnamed = new.person(|template| template.authority_key_identifier = Some(vec![9]));
    let der = unnamed.signs(CONTENT, &[]);
    assert_eq!(
        fault(&der, &store(&[&old, &new], &[])),
        untrusted(Reason::KeyIdentifier)
    );
}

#[test]
fn a_rogue_with_a_trusted_name_signs_nothing() {
    // signed content §10 rule 2
    let [root, rogue] = [root(), root()];
    let identifier = root.certificate.subject_key_identifier().unwrap().to_vec();
    let person = rogue.person(|template| template.authority_key_identifier = Some(identifier));
    let der = person.signs(CONTENT, &[&rogue]);
    assert_eq!(
        fault(&der, &store(&[&root], &[])),
        untrusted(Reason::CertificateSignature)
    );
}

#[test]
fn an_issuer_is_an_authority() {
    // signed content §10 rule 3
    let root = root();
    let fault_under = |change: fn(&mut Template)| {
        let intermediate = root.authority("КНЕДП", change);
        let person = intermediate.person(|_| {});
        fault(
            &person.signs(CONTENT, &[&intermediate]),
            &store(&[&root], &[]),
        )
    };
    assert_eq!(fault_under(|_| {}), None);
    assert_eq!(
        fault_under(|template| template.basic_constraints = None),
        untrusted(Reason::IssuerNotAuthority)
    );
    assert_eq!(
        fault_under(|template| {
            template.basic_constraints = Some(BasicConstraints {
                is_authority: false,
                path_length: None,
            });
        }),
        untrusted(Reason::IssuerNotAuthority)
    );
    assert_eq!(
        fault_under(|template| template.key_usage = Some(KeyUsage(KeyUsage::CRL_SIGN))),
        untrusted(Reason::IssuerKeyUsage)
    );
    assert_eq!(fault_under(|template| template.key_usage = None), None);
}

#[test]
fn path_length_counts_authorities_below() {
    // signed content §10 rule 3
    for (limit, expected) in [(0, untrusted(Reason::PathLength)), (1, None), (200, None)] {
        let root = root();
        let upper = root.authority("Верхній", path_length(limit));
        let lower = upper.authority("Нижній", |_| {});
        let person = lower.person(|_| {});
        let der = person.signs(CONTENT, &[&lower, &upper]);
        assert_eq!(fault(&der, &store(&[&root], &[])), expected, "{limit}");
    }
    // One issued by its own name is not counted (RFC 5280 §4.2.1.9).
    let root = root();
    let upper = root.authority("КНЕДП", path_length(0));
    let renewed = upper.authority("КНЕДП", |_| {});
    let person = renewed.person(|_| {});
    let der = person.signs(CONTENT, &[&renewed, &upper]);
    assert_eq!(fault(&der, &store(&[&root], &[])), None);
    // The limit of an anchor counts as well.
    let root = Identity::root("Корінь", path_length(0));
    let intermediate = root.authority("КНЕДП", |_| {});
    let person = intermediate.person(|_| {});
    let der = person.signs(CONTENT, &[&intermediate]);
    assert_eq!(
        fault(&der, &store(&[&root], &[])),
        untrusted(Reason::PathLength)
    );
}

#[test]
fn four_certificates_above_the_signer() {
    // signed content §2
    for (intermediates, expected) in [(3, None), (4, untrusted(Reason::ChainLength))] {
        let root = root();
        let mut above = vec![];
        for level in 0..intermediates {
            let next = above
                .last()
                .unwrap_or(&root)
                .authority(&format!("Рівень {level}"), |_| {});
            above.push(next);
        }
        let person = above.last().unwrap().person(|_| {});
        let der = person.signs(CONTENT, &above.iter().collect::<Vec<_>>());
        assert_eq!(
            fault(&der, &store(&[&root], &[])),
            expected,
            "{intermediates}"
        );
    }
}

#[test]
fn out_of_time_is_said_only_of_a_chain_that_is_good_otherwise() {
    // signed content §10 rule 5
    let root = root();
    let expired_one = root.authority("КНЕДП", expired);
    let person = expired_one.person(|_| {});
    let der = person.signs(CONTENT, &[&expired_one]);
    assert_eq!(
        fault(&der, &store(&[&root], &[])),
        out_of_time(Reason::CertificateExpired)
    );
    assert_eq!(
        fault(&der, &store(&[], &[])),
        untrusted(Reason::UnknownIssuer)
    );

    let old = root.person(expired);
    let der = old.signs(CONTENT, &[]);
    assert_eq!(
        fault(&der, &store(&[&root], &[])),
        out_of_time(Reason::CertificateExpired)
    );
    let early = root.person(|template| template.not_before = now() + TimeDelta::seconds(1));
    let der = early.signs(CONTENT, &[]);
    assert_eq!(
        fault(&der, &store(&[&root], &[])),
        out_of_time(Reason::CertificateNotYetValid)
    );

    let past = Identity::root("Корінь", expired);
    let person = past.person(|_| {});
    let der = person.signs(CONTENT, &[]);
    assert_eq!(
        fault(&der, &store(&[&past], &[])),
        out_of_time(Reason::CertificateExpired)
    );

    let limited = root.authority("КНЕДП", |template| {
        expired(template);
        path_length(0)(template);
    });
    let lower = limited.authority("Нижній", |_| {});
    let der = lower.person(|_| {}).signs(CONTENT, &[&lower, &limited]);
    assert_eq!(
        fault(&der, &store(&[&root], &[])),
        untrusted(Reason::PathLength)
    );
}

#[test]
fn both_ends_of_a_validity_are_in_it() {
    // signed content §10 rule 5
    let root = root();
    let person = root.person(|template| {
        template.not_before = now() - TimeDelta::hours(1);
        template.not_after = now() + TimeDelta::hours(1);
    });
    let (der, store) = (person.signs(CONTENT, &[]), store(&[&root], &[]));
    for (seconds, is_good) in [(-3601, false), (-3600, true), (3600, true), (3601, false)] {
        let at = now() + TimeDelta::seconds(seconds);
        assert_eq!(
            verify(&der, &store, at, &off()).is_ok(),
            is_good,
            "{seconds}"
        );
    }
}

#[test]
fn a_renewed_certificate_of_one_key_is_found_beside_the_expired_one() {
    // signed content §10 rules 1, 5
    let root = root();
    let old = root.authority("КНЕДП", expired);
    let mut template = Template::authority(
        Name::authority("Тест", "КНЕДП", "UA-2"),
        None,
        old.key.public_key_der().unwrap(),
        &[7],
        validity(),
    );
    template.not_before = now() - TimeDelta::days(1);
    let renewed = issue(&template, Issuer::Authority(&root.certificate, &root.key)).unwrap();
    let renewed = Identity {
        key: old.key.clone(),
        certificate: renewed,
    };
    let person = old.person(|_| {});
    let der = person.signs(CONTENT, &[&old, &renewed]);
    assert_eq!(fault(&der, &store(&[&root], &[])), None);
    assert_eq!(
        fault(
            &person.signs(CONTENT, &[]),
            &store(&[&root], &[&old, &renewed])
        ),
        None
    );
}

#[test]
fn a_signer_may_sign_and_is_no_authority() {
    // signed content §10 rule 6
    let root = root();
    let store = store(&[&root], &[]);
    let fault_of = |change: fn(&mut Template)| {
        let person = root.person(change);
        fault(&Forge::new(&person).der(), &store)
    };
    for (usage, expected) in [
        (KeyUsage::DIGITAL_SIGNATURE, None),
        (KeyUsage::NON_REPUDIATION, None),
        (KeyUsage::KEY_AGREEMENT, untrusted(Reason::SignerKeyUsage)),
        (KeyUsage::KEY_CERT_SIGN, untrusted(Reason::SignerKeyUsage)),
        (0, untrusted(Reason::SignerKeyUsage)),
    ] {
        let person = root.person(|template| template.key_usage = Some(KeyUsage(usage)));
        assert_eq!(
            fault(&Forge::new(&person).der(), &store),
            expected,
            "{usage:02x}"
        );
    }
    assert_eq!(fault_of(|template| template.key_usage = None), None);
    assert_eq!(fault_of(|template| template.basic_constraints = None), None);
    assert_eq!(
        fault_of(|template| {
            template.basic_constraints = Some(BasicConstraints {
                is_authority: true,
                path_length: None,
            });
        }),
        untrusted(Reason::SignerIsAuthority)
    );
}

#[test]
fn self_signed_is_untrusted() {
    // signed content §10 rule 6
    let person = Identity::root("Сам собі", |template| {
        template.basic_constraints = None;
        template.key_usage = None;
    });
    let root = root();
    let der = person.signs(CONTENT, &[]);
    assert_eq!(
        fault(&der, &store(&[&root], &[])),
        untrusted(Reason::SelfSigned)
    );
    assert_eq!(
        fault(&der, &store(&[&root], &[&person])),
        untrusted(Reason::SelfSigned)
    );
    let refused = dovira::signed_content::TrustStore::new(vec![copy(&person.certificate)], vec![]);
    assert_eq!(
        refused.unwrap_err(),
        person.certificate.id(),
        "the loader refuses it"
    );
}

#[test]
fn critical_extensions_are_understood_or_refused() {
    // signed content §10 rule 7
    let root = root();
    let store = store(&[&root], &[]);
    let name_constraints = [0x55, 0x1d, 0x1e];
    let unknown = [0x2a, 0x03, 0x04];
    for (kind, is_critical, is_good) in [
        (&unknown[..], false, true),
        (&unknown, true, false),
        (&name_constraints, true, false),
        (oid::EXTENDED_KEY_USAGE, true, true),
    ] {
        let extension = |template: &mut Template| {
            let value = write::sequence(&[]);
            template.extensions.push(Extension {
                oid: kind.to_vec(),
                is_critical,
                value,
            });
        };
        let expected = if is_good {
            None
        } else {
            untrusted(Reason::CriticalExtension)
        };
        let person = root.person(extension);
        assert_eq!(
            fault(&Forge::new(&person).der(), &store),
            expected,
            "signer {kind:02x?}"
        );
        let intermediate = root.authority("КНЕДП", extension);
        let der = intermediate.person(|_| {}).signs(CONTENT, &[&intermediate]);
        assert_eq!(fault(&der, &store), expected, "issuer {kind:02x?}");
    }
    // Ukrainian certificates have critical certificatePolicies and qcStatements: every other test
    // here does.
}

#[test]
fn a_certificate_with_one_extension_twice_is_none() {
    // RFC 5280 §4.2
    let root = root();
    let key = ec();
    let mut template = Template::authority(
        Name::authority("Тест", "КНЕДП", "UA-2"),
        None,
        key.public_key_der().unwrap(),
        &[7],
        validity(),
    );
    template.extensions.push(Extension {
        oid: oid::BASIC_CONSTRAINTS.to_vec(),
        is_critical: true,
        value: write::sequence(&[]),
    });
    assert!(issue(&template, Issuer::Authority(&root.certificate, &root.key)).is_err());
}

#[test]
fn the_two_algorithm_fields_of_a_certificate_are_equal() {
    // signed content §10 rule 2
    let root = root();
    let person = root.person(|_| {});
    let der = person.certificate.der();
    let ecdsa = root.key.algorithm().identifier();
    let place = der
        .windows(ecdsa.len())
        .rposition(|window| window == ecdsa)
        .unwrap();
    let with_null = write::sequence(&[&write::oid(oid::ECDSA_WITH_SHA256), &write::null()]);
    let changed = [&der[4..place], &with_null, &der[place + ecdsa.len()..]].concat();
    let changed = Certificate::from_der(&write::sequence(&[&changed])).unwrap();
    let person = Identity {
        key: person.key,
        certificate: changed,
    };
    assert_eq!(
        fault(&Forge::new(&person).der(), &store(&[&root], &[])),
        untrusted(Reason::CertificateAlgorithm)
    );
}

/// The certificate with this in place of its own key identifier.
fn claiming(identity: &Identity, identifier: &[u8]) -> Vec<u8> {
    let own = identity.certificate.subject_key_identifier().unwrap();
    let mut der = identity.certificate.der().to_vec();
    for place in 0..der.len() - own.len() {
        if der[place..].starts_with(own) {
            der[place..place + own.len()].copy_from_slice(identifier);
        }
    }
    der
}

#[test]
fn twelve_signatures_are_checked_at_most() {
    // signed content §2
    let real = root();
    let identifier = real.certificate.subject_key_identifier().unwrap();
    let person = real.person(|_| {});
    let message = |rogues: u8, change: fn(&mut Template), last: Option<&Identity>| {
        // Issuers that differ in key only: the key identifier of each claims to be the real one.
        let rogues = (0..rogues).map(|number| {
            let rogue = Identity::root("Корінь", |template| {
                template.serial = vec![number + 10];
                change(template);
            });
            claiming(&rogue, identifier)
        });
        let own = std::iter::once(person.certificate.der().to_vec());
        let last = last.map(|last| last.certificate.der().to_vec());
        let certificates = Some(own.chain(rogues).chain(last).collect());
        Forge {
            certificates,
            ..Forge::new(&person)
        }
        .der()
    };
    let nobody = store(&[], &[]);
    let stopped = |rogues: u8| fault(&message(rogues, |_| {}, None), &nobody);
    assert_eq!(stopped(12), untrusted(Reason::CertificateSignature));
    assert_eq!(stopped(13), untrusted(Reason::SignatureBudget));
    let trusted = store(&[&real], &[]);
    assert_eq!(
        fault(&message(13, |_| {}, None), &trusted),
        None,
        "trusted ones come first"
    );

    // Those in time come first, too: here the real issuer, certified by another root, stands last.
    let other = Identity::root("Інший", |_| {});
    let template = Template::authority(
        Name::authority("Тест", "Корінь", "UA-1"),
        None,
        real.key.public_key_der().unwrap(),
        &[9],
        validity(),
    );
    let certificate = issue(&template, Issuer::Authority(&other.certificate, &other.key)).unwrap();
    let cross = Identity {
        key: real.key.clone(),
        certificate,
    };
    let trusted = store(&[&other], &[]);
    assert_eq!(fault(&message(13, expired, Some(&cross)), &trusted), None);
    let spent = untrusted(Reason::SignatureBudget);
    assert_eq!(fault(&message(13, |_| {}, Some(&cross)), &trusted), spent);
}

#[test]
fn what_no_signature_is_checked_for_does_not_count() {
    // signed content §2: signature checks spent
    let key = SigningKey::generate_dstu(Curve::M257, DstuHash::Gost34311).unwrap();
    let root = root();
    let real = root.authority_with(key, "КНЕДП", |_| {});
    let identifier = real.certificate.subject_key_identifier().unwrap();
    let person = real.person(|_| {});
    // A key of another kind has signed nothing, and that is seen without looking.
    let others = (0..14).map(|number| {
        let other = root.authority("КНЕДП", |template| template.serial = vec![number + 10]);
        claiming(&other, identifier)
    });
    let own = std::iter::once(person.certificate.der().to_vec());
    let last = std::iter::once(real.certificate.der().to_vec());
    let forge = Forge {
        certificates: Some(own.chain(others).chain(last).collect()),
        ..Forge::new(&person)
    };
    assert_eq!(fault(&forge.der(), &store(&[&root], &[])), None);
}

#[test]
fn authorities_that_certify_each_other_lead_nowhere() {
    // signed content §10 rule 4
    let name = |name: &str| Name::authority("Тест", name, "UA-1");
    let dstu = || SigningKey::generate_dstu(Curve::M257, DstuHash::Gost34311).unwrap();
    let above = Identity::root_with(dstu(), "Б", |_| {});
    let one = above.authority_with(dstu(), "А", |template| template.subject = name("А"));
    let other = one.authority_with(above.key.clone(), "Б", |template| {
        template.subject = name("Б");
    });
    let person = one.person(|_| {});
    let der = person.signs(CONTENT, &[&one, &other]);
    let stranger = root();
    assert_eq!(
        fault(&der, &store(&[&stranger], &[&one, &other])),
        untrusted(Reason::UnknownIssuer)
    );
    assert_eq!(
        fault(&der, &store(&[&above], &[])),
        None,
        "unless one is trusted"
    );

    // A knot of certificates of one name and key, each good for each other.
    let key = dstu();
    let first = Identity::root_with(key.clone(), "Вузол", |_| {});
    let knot: Vec<_> = (0..15)
        .map(|number| {
            Identity::root_with(key.clone(), "Вузол", |template| {
                template.serial = vec![number + 10];
            })
        })
        .collect();
    let person = first.person(|_| {});
    let der = person.signs(CONTENT, &knot.iter().collect::<Vec<_>>());
    assert_eq!(
        fault(&der, &store(&[&stranger], &[])),
        untrusted(Reason::SignatureBudget)
    );
}

#[test]
fn an_authority_of_dstu_renews_its_key_under_one_name() {
    // signed content §10 rule 1
    let dstu = |curve| SigningKey::generate_dstu(curve, DstuHash::Gost34311).unwrap();
    let root = root();
    let [old, new] = [Curve::M257, Curve::M431].map(|curve| {
        root.authority_with(dstu(curve), "КНЕДП", |template| {
            template.serial = vec![u8::try_from(curve.octets()).unwrap()];
        })
    });
    for authority in [&old, &new] {
        let person = authority.person_with(dstu(Curve::M257), |_| {});
        let der = person.signs(CONTENT, &[]);
        assert_eq!(fault(&der, &store(&[&root], &[&old, &new])), None);
        assert_eq!(fault(&der, &store(&[&root], &[&new, &old])), None);
        // Named by the key of the other, it is by neither.
        let other = if std::ptr::eq(authority, &old) {
            &new
        } else {
            &old
        };
        let identifier = other.certificate.subject_key_identifier().unwrap().to_vec();
        let astray = authority.person_with(dstu(Curve::M257), |template| {
            template.authority_key_identifier = Some(identifier.clone());
        });
        assert_eq!(
            fault(
                &astray.signs(CONTENT, &[]),
                &store(&[&root], &[other, authority])
            ),
            untrusted(Reason::CertificateSignature)
        );
    }
}

#[test]
fn a_message_full_of_certificates_is_refused() {
    // signed content §2
    let person = root().person(|_| {});
    let der = person.certificate.der().to_vec();
    // Base64 makes three octets four; what is around the certificates needs some room too.
    let many = (3 * 1024 * 1024 - 4096) / der.len();
    let forge = Forge {
        certificates: Some(vec![der; many]),
        ..Forge::new(&person)
    };
    let text = base64::encode(&forge.der());
    let store = store(&[], &[]);
    let rejection = verify_base64(&text, &store, now(), &off()).unwrap_err();
    assert_eq!(
        Some(rejection.error),
        malformed(Reason::TooManyCertificates)
    );
    assert!(text.len() > 4_000_000);

    // As many and as large as may be.
    let root = root();
    let key = SigningKey::generate_dstu(Curve::M431, DstuHash::Gost34311).unwrap();
    let padding = |template: &mut Template| {
        template.extensions.push(Extension {
            oid: vec![0x2a, 0x03, 0x04],
            is_critical: false,
            value: vec![7; 31 * 1024],
        });
    };
    let large = root.person_with(key, padding);
    let others: Vec<_> = (0..15)
        .map(|number| {
            root.authority("КНЕДП", |template| {
                template.serial = vec![number + 10];
                padding(template);
            })
        })
        .collect();
    let der = large.signs(CONTENT, &others.iter().collect::<Vec<_>>());
    assert_eq!(fault(&der, &super::forge::store(&[&root], &[])), None);
}

#[test]
fn a_remembered_link_does_not_outlive_its_rules() {
    // signed content §14: cache verified CA chains
    let root = root();
    let intermediate = root.authority("КНЕДП", |template| {
        template.not_after = now() + TimeDelta::hours(1);
    });
    let [one, other] = [intermediate.person(|_| {}), intermediate.person(|_| {})];
    let store = store(&[&root], &[&intermediate]);
    for person in [&one, &one, &other] {
        assert!(check(&person.signs(CONTENT, &[]), &store).is_ok());
    }
    let later = now() + TimeDelta::hours(2);
    let rejection = verify(&one.signs(CONTENT, &[]), &store, later, &off()).unwrap_err();
    assert_eq!(
        Some(rejection.error),
        out_of_time(Reason::CertificateExpired)
    );
}
