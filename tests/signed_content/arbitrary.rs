//! Octets nobody would send: no panic, and never a signature.

use dovira::signed_content::{
    certificate::Certificate, command::verify_file, repair_url, trust_store::certificates_in,
};
use proptest::prelude::*;

use super::forge::{Forge, Identity, check, now, off, store};

proptest! {
    #[test]
    fn arbitrary_octets_are_refused(octets in prop::collection::vec(any::<u8>(), 0..600)) {
        // signed content §13
        let store = store(&[], &[]);
        prop_assert!(!verify_file(&octets, &store, now(), &off()).is_valid());
        let _ = Certificate::from_der(&octets);
        let _ = certificates_in(&octets);
    }

    #[test]
    fn arbitrary_text_is_repaired_without_panic(text in any::<String>()) {
        // signup §2.2
        let _ = repair_url(&text);
    }
}

#[test]
fn cuts_and_splices_of_a_message_are_refused_or_harmless() {
    // signed content §13
    let root = Identity::root("Корінь", |_| {});
    let person = root.person(|_| {});
    let store = store(&[&root], &[]);
    let der = Forge::new(&person).der();
    let good = check(&der, &store).unwrap();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let places = (
        0..der.len(),
        0..der.len(),
        prop::collection::vec(any::<u8>(), 0..8),
    );
    runner
        .run(&places, |(one, other, octets)| {
            let (from, to) = (one.min(other), one.max(other));
            let spliced = [&der[..from], &octets, &der[to..]].concat();
            if let Ok(signed) = check(&spliced, &store) {
                prop_assert_eq!(&signed, &good);
            }
            Ok(())
        })
        .unwrap();
}
