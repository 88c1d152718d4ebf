//! Keys and signatures of DSTU 4145 (signed content §1, §6, §7).

use ::dstu::{Curve, KeyError, PublicKey, SecretKey};
use dovira::signed_content::{
    Reason, SignedError,
    certificate::Certificate,
    der::Reader,
    der_write as write, oid,
    sign::{DstuHash, SigningKey},
};
use openssl::rand::rand_bytes;

use super::forge::{CONTENT, Forge, Identity, check, fault, invalid, store, untrusted};

/// The S-box that certificates carry (signed content §5).
const DKE: &str = "a9d6eb45f13c708280c4967b231f5eadf658eba4c037291d38d96bf025ca4e17f8e9720dc615b43a28975f0bc1dea36438b564ea2c179fd0123e6db8fac57904";

fn dke() -> Vec<u8> {
    openssl::bn::BigNum::from_hex_str(DKE).unwrap().to_vec()
}

fn secret(curve: Curve) -> SecretKey {
    SecretKey::generate(curve, rand_bytes).unwrap()
}

fn gost(curve: Curve) -> SigningKey {
    SigningKey::generate_dstu(curve, DstuHash::Gost34311).unwrap()
}

fn root() -> Identity {
    Identity::root("Корінь", |_| {})
}

/// What stands in a SubjectPublicKeyInfo, member by member, encoded; an empty one is left out.
struct Spki {
    oid: Vec<u8>,
    /// In place of the eight members after it.
    named: Vec<u8>,
    version: Vec<u8>,
    degree: Vec<u8>,
    exponents: Vec<Vec<u8>>,
    a: Vec<u8>,
    b: Vec<u8>,
    n: Vec<u8>,
    base_point: Vec<u8>,
    more: Vec<u8>,
    dke: Vec<u8>,
    key: Vec<u8>,
}

impl Spki {
    fn of(key: &SecretKey) -> Self {
        let parameters = key.curve().parameters();
        let number = |number: u16| write::unsigned_integer(&number.to_be_bytes());
        let exponents = parameters.middle_exponents.iter().rev();
        let order: Vec<_> = parameters.order.iter().rev().copied().collect();
        Self {
            oid: oid::DSTU_GOST34311.to_vec(),
            named: vec![],
            version: vec![],
            degree: number(parameters.m),
            exponents: exponents.map(|exponent| number(*exponent)).collect(),
            a: write::unsigned_integer(&[parameters.a]),
            b: write::octet_string(parameters.b),
            n: write::unsigned_integer(&order),
            base_point: write::octet_string(parameters.base_point),
            more: vec![],
            dke: write::octet_string(&dke()),
            key: write::octet_string(&key.public_key().to_compressed()),
        }
    }

    fn der(&self) -> Vec<u8> {
        let exponents: Vec<_> = self.exponents.iter().map(Vec::as_slice).collect();
        let exponents = match exponents.as_slice() {
            [one] => one.to_vec(),
            more => write::sequence(more),
        };
        let curve = if self.named.is_empty() {
            write::sequence(&[
                &self.version,
                &write::sequence(&[&self.degree, &exponents]),
                &self.a,
                &self.b,
                &self.n,
                &self.base_point,
                &self.more,
            ])
        } else {
            self.named.clone()
        };
        let parameters = write::sequence(&[&curve, &self.dke]);
        write::sequence(&[
            &write::sequence(&[&write::oid(&self.oid), &parameters]),
            &write::bit_string(&self.key),
        ])
    }
}

/// What a message comes to whose signer's certificate has this key, changed so.
fn fault_with(root: &Identity, curve: Curve, change: &dyn Fn(&mut Spki)) -> Option<SignedError> {
    let secret = secret(curve);
    let mut spki = Spki::of(&secret);
    change(&mut spki);
    let key = SigningKey::Dstu(secret, DstuHash::Gost34311);
    let person = root.person_with(key, |template| template.public_key = spki.der());
    fault(&Forge::new(&person).der(), &store(&[root], &[]))
}

#[test]
fn every_curve_signs_with_every_hash() {
    // signed content §1
    for curve in Curve::ALL {
        for (hash, name) in [
            (DstuHash::Gost34311, "gost34311"),
            (DstuHash::Kupyna256, "kupyna256"),
            (DstuHash::Kupyna384, "kupyna384"),
            (DstuHash::Kupyna512, "kupyna512"),
        ] {
            let key = || SigningKey::generate_dstu(curve, hash).unwrap();
            let root = Identity::root_with(key(), "Корінь", |_| {});
            let person = root.person_with(key(), |_| {});
            let signed = check(&person.signs(CONTENT, &[]), &store(&[&root], &[])).unwrap();
            let degree = curve.parameters().m;
            assert_eq!(signed.algorithm, format!("dstu4145-{name}/m{degree}"));
            assert_eq!(signed.content, CONTENT);
        }
    }
}

#[test]
fn the_signature_chooses_the_hash_and_not_the_key() {
    // signed content §1
    let root = root();
    let store = store(&[&root], &[]);
    for key_oid in [
        oid::DSTU_GOST34311,
        oid::DSTU_KUPYNA256_POLYNOMIAL,
        oid::DSTU_KUPYNA384_POLYNOMIAL,
        oid::DSTU_KUPYNA512_POLYNOMIAL,
    ] {
        let secret = secret(Curve::M257);
        let mut spki = Spki::of(&secret);
        spki.oid = key_oid.to_vec();
        for (hash, oids) in [
            (DstuHash::Gost34311, &[oid::DSTU_GOST34311][..]),
            (
                DstuHash::Kupyna256,
                &[oid::DSTU_KUPYNA256_POLYNOMIAL, oid::DSTU_KUPYNA256],
            ),
            (
                DstuHash::Kupyna384,
                &[oid::DSTU_KUPYNA384_POLYNOMIAL, oid::DSTU_KUPYNA384],
            ),
            (
                DstuHash::Kupyna512,
                &[oid::DSTU_KUPYNA512_POLYNOMIAL, oid::DSTU_KUPYNA512],
            ),
        ] {
            let key = SigningKey::Dstu(secret.clone(), hash);
            let person = root.person_with(key, |template| template.public_key = spki.der());
            for oid in oids {
                let forge = Forge {
                    algorithm: write::sequence(&[&write::oid(oid), &write::null()]),
                    ..Forge::new(&person)
                };
                assert_eq!(
                    fault(&forge.der(), &store),
                    None,
                    "{key_oid:02x?} {oid:02x?}"
                );
            }
        }
    }
}

#[test]
fn a_signature_with_another_hash_is_none() {
    // signed content §1
    let root = root();
    let person = root.person_with(gost(Curve::M257), |_| {});
    let kupyna = DstuHash::Kupyna256.algorithm();
    let forge = Forge {
        digest: kupyna.digest().identifier(),
        attributes: Some(Forge::attributes_with(kupyna.digest(), CONTENT)),
        algorithm: kupyna.identifier(),
        ..Forge::new(&person)
    };
    let store = store(&[&root], &[]);
    assert_eq!(fault(&forge.der(), &store), invalid(Reason::Signature));
}

#[test]
fn curves_are_named_or_spelled_out() {
    // signed content §6
    let root = root();
    for curve in Curve::ALL {
        let with = |change: &dyn Fn(&mut Spki)| fault_with(&root, curve, change);
        let zero = write::explicit(0, &write::unsigned_integer(&[0]));
        assert_eq!(with(&|_| {}), None, "{curve:?}");
        assert_eq!(with(&|spki| spki.version = zero.clone()), None);
        assert_eq!(with(&|spki| spki.exponents.reverse()), None, "a set");
        let named = write::oid(curve.parameters().oid);
        assert_eq!(with(&|spki| spki.named = named.clone()), None, "{curve:?}");
        assert_eq!(with(&|spki| spki.dke = vec![]), None);
    }
}

#[test]
fn a_curve_that_differs_in_one_member_is_none() {
    // signed content §6
    let root = root();
    let refused = untrusted(Reason::SignerKey);
    for curve in Curve::ALL {
        let with = |name: &str, change: &dyn Fn(&mut Spki)| {
            assert_eq!(
                fault_with(&root, curve, change),
                refused,
                "{curve:?} {name}"
            );
        };
        let flipped = |encoded: &mut Vec<u8>| *encoded.last_mut().unwrap() ^= 1;
        let other = Curve::ALL.into_iter().find(|other| *other != curve);
        let other = Spki::of(&secret(other.unwrap()));
        with("version", &|spki| {
            spki.version = write::explicit(0, &write::unsigned_integer(&[1]));
        });
        with("degree", &|spki| flipped(&mut spki.degree));
        with("another degree", &|spki| {
            spki.degree.clone_from(&other.degree);
        });
        with("exponent", &|spki| flipped(&mut spki.exponents[0]));
        with("another form", &|spki| match spki.exponents.len() {
            1 => spki.exponents = vec![spki.exponents[0].clone(); 3],
            _ => spki.exponents.truncate(1),
        });
        with("two exponents", &|spki| {
            spki.exponents = vec![spki.exponents[0].clone(); 2];
        });
        with("a", &|spki| flipped(&mut spki.a));
        with("b", &|spki| flipped(&mut spki.b));
        with("b longer", &|spki| {
            let longer = [curve.parameters().b, &[0]].concat();
            spki.b = write::octet_string(&longer);
        });
        with("b of another", &|spki| spki.b.clone_from(&other.b));
        with("n", &|spki| flipped(&mut spki.n));
        with("n of another", &|spki| spki.n.clone_from(&other.n));
        with("n as octets", &|spki| {
            spki.n = write::octet_string(curve.parameters().order);
        });
        with("base point", &|spki| flipped(&mut spki.base_point));
        with("another base point", &|spki| {
            spki.base_point.clone_from(&spki.key);
        });
        with("a member more", &|spki| {
            spki.more = write::unsigned_integer(&[1])
        });
        with("a member less", &|spki| spki.base_point = vec![]);
    }
    // A trinomial's exponent inside a SEQUENCE.
    let with = |exponents: Vec<u8>| {
        let change = |spki: &mut Spki| spki.exponents = vec![exponents.clone()];
        fault_with(&root, Curve::M257, &change)
    };
    assert_eq!(
        with(write::sequence(&[&write::unsigned_integer(&[12])])),
        refused
    );
    assert_eq!(with(write::unsigned_integer(&[12])), None);
}

#[test]
fn other_parameters_of_keys_are_unsupported() {
    // signed content §5, §6
    let root = root();
    let curve = Curve::M257;
    let with = |name: &str, change: &dyn Fn(&mut Spki)| {
        let refused = untrusted(Reason::SignerKey);
        assert_eq!(fault_with(&root, curve, change), refused, "{name}");
    };
    with("another S-box", &|spki| *spki.dke.last_mut().unwrap() ^= 1);
    with("a shorter S-box", &|spki| {
        spki.dke = write::octet_string(&dke()[..63]);
    });
    with("an S-box unpacked", &|spki| {
        let entries: Vec<_> = dke()
            .iter()
            .flat_map(|both| [both >> 4, both & 15])
            .collect();
        spki.dke = write::octet_string(&entries);
    });
    with("NULL for an S-box", &|spki| spki.dke = write::null());
    let below = |octets: &[u8]| [oid::DSTU_GOST34311, octets].concat();
    with("special parameters", &|spki| spki.oid = below(&[1]));
    with("big-endian", &|spki| spki.oid = below(&[1, 1]));
    with("a hash for a key", &|spki| {
        spki.oid = oid::DSTU_KUPYNA256.to_vec();
    });
    with("an eleventh curve", &|spki| {
        spki.named = write::oid(&below(&[2, 10]));
    });
    with("a curve of NIST", &|spki| {
        spki.named = write::oid(oid::P256)
    });
    with("no curve", &|spki| spki.named = write::null());
    with("a point without OCTET STRING", &|spki| {
        spki.key.drain(..2);
    });
    with("something after the point", &|spki| spki.key.push(0));
}

/// The first number taken for a compressed point that this is wrong with.
fn bad_point(curve: Curve, error: KeyError) -> Vec<u8> {
    let mut octets = vec![0; curve.octets()];
    (2..=u16::MAX)
        .find_map(|number| {
            octets[..2].copy_from_slice(&number.to_le_bytes());
            let key = PublicKey::from_compressed(curve, &octets);
            (key == Err(error)).then(|| octets.clone())
        })
        .unwrap()
}

#[test]
fn points_outside_the_group_are_no_keys() {
    // signed content §6
    let root = root();
    let refused = untrusted(Reason::SignerKey);
    for curve in Curve::ALL {
        let with = |name: &str, point: &[u8]| {
            let key = write::octet_string(point);
            let change = |spki: &mut Spki| spki.key.clone_from(&key);
            assert_eq!(
                fault_with(&root, curve, &change),
                refused,
                "{curve:?} {name}"
            );
        };
        let octets = curve.octets();
        let good = secret(curve).public_key().to_compressed();
        with("order 2", &vec![0; octets]);
        with("not on the curve", &bad_point(curve, KeyError::NotOnCurve));
        with("bits above m", &vec![0xff; octets]);
        with("short", &good[..octets - 1]);
        with("long", &[&good[..], &[0]].concat());
        with("empty", &[]);
        with("uncompressed", &[&[4], &good[..], &good[..]].concat());
    }
    for curve in [Curve::M173, Curve::M257] {
        let key = write::octet_string(&bad_point(curve, KeyError::WrongOrder));
        let change = |spki: &mut Spki| spki.key.clone_from(&key);
        assert_eq!(fault_with(&root, curve, &change), refused, "order 2n");
    }
}

#[test]
fn an_authority_with_a_point_of_order_two_vouches_for_nobody() {
    // signed content §6: with it forgery is trivial
    let secret = secret(Curve::M257);
    let mut spki = Spki::of(&secret);
    spki.key = write::octet_string(&[0; 33]);
    let key = SigningKey::Dstu(secret, DstuHash::Gost34311);
    let root = Identity::root_with(key, "Корінь", |template| {
        template.public_key = spki.der()
    });
    let person = root.person(|_| {});
    let store = store(&[&root], &[]);
    assert_eq!(store.unsupported_certificates().count(), 1);
    assert_eq!(
        fault(&Forge::new(&person).der(), &store),
        untrusted(Reason::CertificateAlgorithm)
    );
}

#[test]
fn signature_values() {
    // signed content §7
    let root = root();
    let store = store(&[&root], &[]);
    for curve in [Curve::M163, Curve::M257, Curve::M431] {
        let person = root.person_with(gost(curve), |_| {});
        let with = |signature: Vec<u8>| {
            let forge = Forge {
                attributes: None,
                signature: Some(signature),
                ..Forge::new(&person)
            };
            fault(&forge.der(), &store)
        };
        let signature = person.key.sign(CONTENT).unwrap();
        let (r, s) = signature.split_at(signature.len() / 2);
        let padded = |length: usize| {
            let mut padded = vec![0; 2 * length];
            padded[..r.len()].copy_from_slice(r);
            padded[length..length + s.len()].copy_from_slice(s);
            padded
        };
        for length in [r.len(), r.len() + 1, 256, 512] {
            assert_eq!(with(padded(length)), None, "halves of {length} octets");
        }
        assert_eq!(with(padded(513)), invalid(Reason::SignatureLength));

        let (zero, order) = (vec![0; r.len()], &curve.parameters().order[..r.len()]);
        let mut low = vec![0; r.len()];
        low[0] = 1;
        for (name, halves) in [
            ("r = 0", [&zero, s]),
            ("s = 0", [r, &zero]),
            ("r = n", [order, s]),
            ("s = n", [r, order]),
            ("r = s = 0", [&zero, &zero]),
            ("r = s = 1", [&low, &low]),
            ("exchanged", [s, r]),
            ("more bits than n", [&vec![0xff; r.len()], s]),
            (
                "an octet of r beyond",
                [&[r, &[1]].concat(), &[s, &[0]].concat()],
            ),
        ] {
            let result = with(halves.concat());
            assert_eq!(result, invalid(Reason::Signature), "{curve:?} {name}");
        }
        let mut beyond = padded(512);
        beyond[1023] = 1;
        for (name, value) in [
            ("empty", vec![]),
            ("odd", signature[..signature.len() - 1].to_vec()),
            ("one octet", vec![1]),
            ("an octet more", [&signature[..], &[0]].concat()),
            ("in an OCTET STRING", write::octet_string(&signature)),
            ("huge", vec![0xff; 1024]),
            ("huge and not only zeros", beyond),
        ] {
            assert_eq!(with(value), invalid(Reason::Signature), "{curve:?} {name}");
        }
    }
}

#[test]
fn halves_may_be_shorter_than_the_order() {
    // signed content §7
    let root = root();
    let person = root.person_with(gost(Curve::M167), |_| {});
    let is_short = |half: &[u8]| half.last() == Some(&0);
    let signature = std::iter::repeat_with(|| person.key.sign(CONTENT).unwrap())
        .find(|signature| {
            let (r, s) = signature.split_at(signature.len() / 2);
            is_short(r) && is_short(s)
        })
        .unwrap();
    let (r, s) = signature.split_at(signature.len() / 2);
    let short = [&r[..r.len() - 1], &s[..s.len() - 1]].concat();
    let forge = Forge {
        attributes: None,
        signature: Some(short),
        ..Forge::new(&person)
    };
    assert_eq!(fault(&forge.der(), &store(&[&root], &[])), None);
}

#[test]
fn all_ways_to_write_a_signature_are_used_once() {
    // decisions §1 "Replay"
    let root = root();
    let store = store(&[&root], &[]);
    let person = root.person_with(gost(Curve::M257), |_| {});
    let digest_of = |signature: Vec<u8>| {
        let forge = Forge {
            attributes: None,
            signature: Some(signature),
            ..Forge::new(&person)
        };
        check(&forge.der(), &store).unwrap().signature_sha256
    };
    let signature = person.key.sign(CONTENT).unwrap();
    let (r, s) = signature.split_at(32);
    let one = digest_of(signature.clone());
    for zeros in [1, 2, 31, 480] {
        let zeros = vec![0; zeros];
        assert_eq!(digest_of([r, &zeros, s, &zeros].concat()), one);
    }
    assert_ne!(digest_of(person.key.sign(CONTENT).unwrap()), one);
}

/// The same certificate with this value in the BIT STRING of its signature.
fn resigned(certificate: &Certificate, value: impl FnOnce(&[u8]) -> Vec<u8>) -> Certificate {
    let mut parts = Reader::only(certificate.der()).unwrap().enter().unwrap();
    let (tbs, algorithm) = (parts.next().unwrap(), parts.next().unwrap());
    let signature = parts.next().unwrap().bit_string_octets().unwrap();
    let der = write::sequence(&[
        tbs.raw,
        algorithm.raw,
        &write::bit_string(&value(signature)),
    ]);
    Certificate::from_der(&der).unwrap()
}

#[test]
fn a_certificate_has_its_signature_in_an_octet_string() {
    // signed content §7
    let root = Identity::root_with(gost(Curve::M257), "Корінь", |_| {});
    let person = root.person_with(gost(Curve::M257), |_| {});
    let store = store(&[&root], &[]);
    let with = |value: &dyn Fn(&[u8]) -> Vec<u8>| {
        let person = Identity {
            key: person.key.clone(),
            certificate: resigned(&person.certificate, value),
        };
        fault(&Forge::new(&person).der(), &store)
    };
    let refused = untrusted(Reason::CertificateSignature);
    assert_eq!(with(&<[u8]>::to_vec), None);
    assert_eq!(
        with(&|wrapped| wrapped[2..].to_vec()),
        refused,
        "r and s as they are"
    );
    assert_eq!(with(&write::octet_string), refused, "wrapped twice");
    assert_eq!(
        with(&|wrapped| [wrapped, &[0]].concat()),
        refused,
        "and more"
    );
    assert_eq!(with(&|_| vec![]), refused);
    let sequence = |wrapped: &[u8]| {
        let (r, s) = wrapped[2..].split_at(32);
        write::sequence(&[&write::unsigned_integer(r), &write::unsigned_integer(s)])
    };
    assert_eq!(with(&sequence), refused, "as ECDSA writes it");
    let padded = |wrapped: &[u8]| {
        let (r, s) = wrapped[2..].split_at(32);
        write::octet_string(&[r, &[0; 10], s, &[0; 10]].concat())
    };
    assert_eq!(with(&padded), None);
}

#[test]
fn chains_may_mix_algorithms() {
    // signed content §10 rule 2
    let kupyna = || SigningKey::generate_dstu(Curve::M431, DstuHash::Kupyna384).unwrap();
    let gost = || gost(Curve::M257);
    let ecdsa = || SigningKey::generate_ecdsa_p256().unwrap();
    let rsa = || SigningKey::generate_rsa_2048().unwrap();
    for [top, middle, bottom] in [
        [gost(), gost(), gost()],
        [gost(), ecdsa(), gost()],
        [ecdsa(), kupyna(), rsa()],
        [rsa(), gost(), ecdsa()],
        [kupyna(), rsa(), kupyna()],
        [gost(), kupyna(), gost()],
    ] {
        let root = Identity::root_with(top, "Корінь", |_| {});
        let intermediate = root.authority_with(middle, "КНЕДП", |_| {});
        let person = intermediate.person_with(bottom, |_| {});
        let der = person.signs(CONTENT, &[&intermediate]);
        assert_eq!(fault(&der, &store(&[&root], &[])), None);
    }
}
