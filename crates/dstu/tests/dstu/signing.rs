//! What is signed verifies, and nothing else does.

use std::convert::Infallible;

use dstu::{Backend, Curve, KeyError, PublicKey, SecretKey};
use proptest::prelude::*;

/// Octets that look random and come back in every run.
fn octets(mut seed: u64) -> impl FnMut(&mut [u8]) -> Result<(), Infallible> {
    move |to| {
        for octet in to {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            *octet = (seed >> 56) as u8;
        }
        Ok(())
    }
}

fn backends() -> impl Iterator<Item = Backend> {
    [Some(Backend::portable()), Backend::carry_less()]
        .into_iter()
        .flatten()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    #[test]
    fn signatures_verify_and_altered_ones_do_not(
        curve in prop::sample::select(Curve::ALL.to_vec()),
        seed: u64,
        digest in prop::collection::vec(any::<u8>(), 1..70),
        place: prop::sample::Index,
        bit in 0..8_u32,
    ) {
        let mut random = octets(seed);
        let Ok(secret) = SecretKey::generate(curve, &mut random);
        let Ok(signature) = secret.sign(&digest, &mut random);
        let key = secret.public_key();
        prop_assert_eq!(signature.len(), 2 * curve.order_bits().div_ceil(8));
        prop_assert_eq!(SecretKey::from_octets(curve, &secret.to_octets()).unwrap().public_key(), key);
        let mut other = digest.clone();
        other[0] ^= 2;
        let mut altered = signature.to_vec();
        altered[place.index(signature.len())] ^= 1 << bit;
        let mut longer = signature.to_vec();
        longer.splice(signature.len() / 2..signature.len() / 2, [0; 3]);
        longer.extend([0; 3]);
        for backend in backends() {
            prop_assert_eq!(PublicKey::from_compressed_with(backend, curve, &key.to_compressed()), Ok(key));
            prop_assert!(key.verify_with(backend, &digest, &signature).is_ok());
            prop_assert!(key.verify_with(backend, &digest, &longer).is_ok());
            prop_assert!(key.verify_with(backend, &digest, &altered).is_err());
            prop_assert!(key.verify_with(backend, &[&[1], &digest[..]].concat(), &signature).is_err());
            for length in 0..signature.len() {
                prop_assert!(key.verify_with(backend, &digest, &signature[..length]).is_err());
            }
        }
    }
}

#[test]
fn numbers_that_are_no_secrets() {
    for curve in Curve::ALL {
        let order = curve.parameters().order;
        let mut below = order.to_vec();
        below[0] -= 1;
        assert!(SecretKey::from_octets(curve, &[]).is_none());
        assert!(SecretKey::from_octets(curve, &[0; 60]).is_none());
        assert!(SecretKey::from_octets(curve, order).is_none());
        assert!(SecretKey::from_octets(curve, &[0xff; 60]).is_none());
        // −(n − 1)·P is P.
        let last = SecretKey::from_octets(curve, &below).unwrap();
        assert_eq!(
            &*last.public_key().to_compressed(),
            curve.parameters().base_point
        );
    }
}

#[test]
fn octets_that_are_no_keys() {
    for curve in Curve::ALL {
        let read = |octets: &[u8]| {
            let mut results =
                backends().map(|backend| PublicKey::from_compressed_with(backend, curve, octets));
            let first = results.next().unwrap();
            assert!(results.all(|other| other == first));
            first
        };
        let length = curve.octets();
        let m = usize::from(curve.parameters().m);
        assert_eq!(read(&[]), Err(KeyError::Length));
        assert_eq!(read(&vec![0; length - 1]), Err(KeyError::Length));
        assert_eq!(read(&vec![0; length + 1]), Err(KeyError::Length));
        assert_eq!(read(&vec![0; length]), Err(KeyError::NotOnCurve), "order 2");
        let mut high = curve.parameters().base_point.to_vec();
        high[m / 8] |= 1 << (m % 8);
        assert_eq!(read(&high), Err(KeyError::NotOnCurve), "bit m");
        let outcomes: Vec<_> = (2..200_u8)
            .map(|low| {
                let mut octets = vec![0; length];
                octets[0] = low;
                read(&octets)
            })
            .collect();
        let count = |wanted: fn(&Result<PublicKey, KeyError>) -> bool| {
            outcomes.iter().filter(|outcome| wanted(outcome)).count()
        };
        assert!(count(Result::is_ok) > 30, "{curve:?}");
        assert!(count(|outcome| *outcome == Err(KeyError::NotOnCurve)) > 30);
        let has_cofactor_4 = curve.parameters().a == 0;
        assert_eq!(
            count(|outcome| *outcome == Err(KeyError::WrongOrder)) > 30,
            has_cofactor_4
        );
    }
}
