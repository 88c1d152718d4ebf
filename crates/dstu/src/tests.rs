//! The fast arithmetic against the textbook's, in both ways and on every curve.

use std::{vec, vec::Vec};

use proptest::prelude::*;

use crate::{
    Backend, Curve, PublicKey,
    arithmetic::Arithmetic,
    backend::Task,
    multiply::multiply,
    reference::{self, ONE, Plane},
    words::{Pair, WORDS, length, resize, truncate},
};

fn backends() -> Vec<Backend> {
    [Some(Backend::portable()), Backend::carry_less()]
        .into_iter()
        .flatten()
        .collect()
}

fn any_curve() -> impl Strategy<Value = Curve> {
    prop::sample::select(Curve::ALL.to_vec())
}

/// Words with long runs of equal bits now and then, which is where carries go wrong.
fn any_words() -> impl Strategy<Value = [u64; WORDS]> {
    let word = prop_oneof![3 => any::<u64>(), 1 => Just(0), 1 => Just(u64::MAX), 1 => (0..64_u32).prop_map(|bit| 1 << bit)];
    prop::array::uniform7(word)
}

/// What a curve is, without its type.
struct Describe;

impl Task for Describe {
    type Output = Plane;
    fn run<const N: usize, A: Arithmetic<N>>(self, _: A) -> Plane {
        Plane::of::<N, A::Domain>()
    }
}

fn plane(curve: Curve) -> Plane {
    Backend::portable().run(curve, Describe)
}

/// Some results on two elements.
struct Compute([[u64; WORDS]; 2]);

impl Task for Compute {
    type Output = Vec<[u64; WORDS]>;

    #[inline(always)]
    fn run<const N: usize, A: Arithmetic<N>>(self, by: A) -> Self::Output {
        let [a, b] = self.0.map(|words| by.element(&resize(&words)));
        let trace = if a.trace() { ONE } else { [0; WORDS] };
        let results = [
            a + b,
            a * b,
            a.square(),
            (a.times(b) + a.square_unreduced()).reduce(),
            a.inverse(),
            a.half_trace(),
            a.plus_one(),
        ];
        let mut results: Vec<_> = results
            .iter()
            .map(|result| resize(&result.words()))
            .collect();
        results.push(trace);
        results
    }
}

/// Two words of any length, shortened to elements.
fn elements(plane: &Plane, words: [[u64; WORDS]; 2]) -> [[u64; WORDS]; 2] {
    words.map(|words| truncate(words, plane.field.m))
}

proptest! {
    #[test]
    fn fields(curve in any_curve(), words in [any_words(), any_words()]) {
        let plane = plane(curve);
        let field = plane.field;
        let [a, b] = elements(&plane, words);
        let half_trace = (0..=(field.m - 1) / 2)
            .map(|i| field.square(&a, 2 * i))
            .fold([0; WORDS], |sum, power| reference::add(&sum, &power));
        let expected = vec![
            reference::add(&a, &b),
            field.mul(&a, &b),
            field.mul(&a, &a),
            reference::add(&field.mul(&a, &b), &field.mul(&a, &a)),
            field.inverse(&a),
            half_trace,
            reference::add(&a, &ONE),
            if field.trace(&a) { ONE } else { [0; WORDS] },
        ];
        for backend in backends() {
            prop_assert_eq!(&backend.run(curve, Compute([a, b])), &expected, "{:?} {:?}", curve, backend);
        }
    }
}

/// s·P + r·Q as (x, λ).
struct Multiply<'a> {
    s: [u64; WORDS],
    r: [u64; WORDS],
    q: &'a Pair<WORDS>,
}

impl Task for Multiply<'_> {
    type Output = Option<Pair<WORDS>>;

    #[inline(always)]
    fn run<const N: usize, A: Arithmetic<N>>(self, by: A) -> Self::Output {
        let q = self.q.map(|words| resize(&words));
        let sum = multiply(by, &resize(&self.s), &resize(&self.r), &q)?;
        let affine = sum.affine(sum.z.inverse());
        Some([affine.x, affine.lambda].map(|element| resize(&element.words())))
    }
}

fn base(curve: Curve) -> Pair<WORDS> {
    let key = PublicKey::from_compressed(curve, curve.parameters().base_point).unwrap();
    *key.point()
}

/// The same in every way there is, as (x, y).
fn sums(curve: Curve, s: [u64; WORDS], r: [u64; WORDS], q: &Pair<WORDS>) -> Option<Pair<WORDS>> {
    let plane = plane(curve);
    let mut sums = backends().into_iter().map(|backend| {
        let sum = backend.run(curve, Multiply { s, r, q });
        sum.map(|point| plane.y_form(&point))
    });
    let first = sums.next().unwrap();
    for other in sums {
        assert_eq!(first, other, "{curve:?}");
    }
    first
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn sums_of_multiples(curve in any_curve(), words in [any_words(), any_words(), any_words()]) {
        let plane = plane(curve);
        let [s, r, k] = words.map(|words| truncate(words, length(&plane.order) - 1));
        let point = plane.y_form(&base(curve));
        let k = if k == [0; WORDS] { ONE } else { k };
        let q = plane.times(&k, &point).unwrap();
        let expected = plane.add(plane.times(&s, &point), plane.times(&r, &q));
        prop_assert_eq!(sums(curve, s, r, &plane.lambda_form(&q)), expected);
    }
}

/// Small scalars with small multiples of P for Q meet every special case of an addition: equal
/// points, opposite points, the neutral element in between and at the end.
#[test]
fn sums_that_meet_themselves() {
    for curve in Curve::ALL {
        let plane = plane(curve);
        let point = plane.y_form(&base(curve));
        let mut multiples = vec![None];
        for i in 0..200 {
            multiples.push(plane.add(multiples[i], Some(point)));
        }
        let negative = |[x, y]: Pair<WORDS>| [x, reference::add(&x, &y)];
        for (k, sign) in [(1, 1), (1, -1), (2, -1), (3, 1)] {
            let q = multiples[k].unwrap();
            let q = if sign < 0 { negative(q) } else { q };
            let q = plane.lambda_form(&q);
            for (s, r) in (0..36).flat_map(|s| (0..36).map(move |r| (s, r))) {
                let sum = s as i64 + sign * (r * k) as i64;
                let expected = multiples[sum.unsigned_abs() as usize];
                let expected = if sum < 0 {
                    expected.map(negative)
                } else {
                    expected
                };
                let task = Multiply {
                    s: resize(&[s as u64]),
                    r: resize(&[r as u64]),
                    q: &q,
                };
                let got = Backend::best().run(curve, task);
                let got = got.map(|point| plane.y_form(&point));
                assert_eq!(got, expected, "{curve:?}: {s} P + {r} · {sign} · {k} P");
            }
        }
    }
}

#[test]
fn base_points_are_on_their_curves_and_have_the_order_beside_them() {
    for curve in Curve::ALL {
        let plane = plane(curve);
        let point = plane.y_form(&base(curve));
        assert!(plane.has(&point), "{curve:?}");
        assert_eq!(plane.times(&plane.order, &point), None, "{curve:?}");
        assert_eq!(sums(curve, plane.order, [0; WORDS], &base(curve)), None);
        assert_eq!(sums(curve, [0; WORDS], plane.order, &base(curve)), None);
    }
}
