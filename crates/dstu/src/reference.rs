//! The arithmetic as the textbook has it, one bit after the other: what the tests hold the fast
//! arithmetic against, and what the tables of multiples come from.

use crate::{
    curve::{BASE_MULTIPLES, Domain, Field},
    words::{Pair, WORDS, is_zero, length, resize},
};

/// An element of any of the fields.
pub(crate) type Element = [u64; WORDS];

pub(crate) const ONE: Element = [1, 0, 0, 0, 0, 0, 0];

fn bit(a: &Element, i: usize) -> bool {
    a[i / 64] >> (i % 64) & 1 == 1
}

fn shift_left(a: &Element, by: usize) -> Element {
    core::array::from_fn(|i| {
        let word = |back: usize| i.checked_sub(by / 64 + back).map_or(0, |at| a[at]);
        match by % 64 {
            0 => word(0),
            bits => word(0) << bits | word(1) >> (64 - bits),
        }
    })
}

/// a + b.
pub(crate) fn add(a: &Element, b: &Element) -> Element {
    core::array::from_fn(|i| a[i] ^ b[i])
}

impl Field {
    fn modulus(self) -> Element {
        let exponents = [self.m, 0].into_iter().chain(self.middle);
        exponents
            .filter(|&k| k > 0)
            .fold(ONE, |f, exponent| add(&f, &shift_left(&ONE, exponent)))
    }

    /// a · b.
    pub(crate) fn mul(self, a: &Element, b: &Element) -> Element {
        let f = self.modulus();
        (0..self.m).rev().fold([0; WORDS], |product, i| {
            let mut product = shift_left(&product, 1);
            if bit(&product, self.m) {
                product = add(&product, &f);
            }
            if bit(b, i) { add(&product, a) } else { product }
        })
    }

    /// a², `count` times.
    pub(crate) fn square(self, a: &Element, count: usize) -> Element {
        (0..count).fold(*a, |power, _| self.mul(&power, &power))
    }

    /// 1/a by the extended algorithm of Euclid; 0 for 0.
    pub(crate) fn inverse(self, a: &Element) -> Element {
        if is_zero(a) {
            return *a;
        }
        let (mut u, mut v) = (*a, self.modulus());
        let (mut g, mut h) = (ONE, [0; WORDS]);
        while u != ONE {
            if length(&u) < length(&v) {
                (u, v) = (v, u);
                (g, h) = (h, g);
            }
            let by = length(&u) - length(&v);
            u = add(&u, &shift_left(&v, by));
            g = add(&g, &shift_left(&h, by));
        }
        g
    }

    /// Tr(a) = a + a² + a⁴ + … + a^(2^(m−1)).
    pub(crate) fn trace(self, a: &Element) -> bool {
        let sum = (1..self.m).fold([*a; 2], |[sum, power], _| {
            let power = self.square(&power, 1);
            [add(&sum, &power), power]
        })[0];
        assert!(sum == ONE || is_zero(&sum));
        sum == ONE
    }
}

/// A curve, without its type.
#[derive(Clone, Copy)]
pub(crate) struct Plane {
    pub(crate) field: Field,
    pub(crate) a: bool,
    pub(crate) b: Element,
    pub(crate) order: Element,
}

impl Plane {
    pub(crate) fn of<const N: usize, D: Domain<N>>() -> Self {
        let constants = D::CONSTANTS;
        Self {
            field: constants.field,
            a: constants.a,
            b: resize(&constants.b),
            order: resize(&constants.order),
        }
    }

    /// Whether y² + xy = x³ + ax² + b.
    pub(crate) fn has(&self, [x, y]: &Pair<WORDS>) -> bool {
        let field = self.field;
        let xx = field.square(x, 1);
        let mut right = add(&field.mul(&xx, x), &self.b);
        if self.a {
            right = add(&right, &xx);
        }
        add(&field.square(y, 1), &field.mul(x, y)) == right
    }

    /// P + Q, none standing for the neutral element.
    pub(crate) fn add(
        &self,
        p: Option<Pair<WORDS>>,
        q: Option<Pair<WORDS>>,
    ) -> Option<Pair<WORDS>> {
        let (Some([x1, y1]), Some([x2, y2])) = (p, q) else {
            return p.or(q);
        };
        let field = self.field;
        let dx = add(&x1, &x2);
        let slope = if !is_zero(&dx) {
            field.mul(&add(&y1, &y2), &field.inverse(&dx))
        } else if y1 == y2 && !is_zero(&x1) {
            add(&x1, &field.mul(&y1, &field.inverse(&x1)))
        } else {
            return None;
        };
        let mut x3 = add(&add(&field.square(&slope, 1), &slope), &dx);
        if self.a {
            x3 = add(&x3, &ONE);
        }
        let y3 = add(&add(&field.mul(&slope, &add(&x1, &x3)), &x3), &y1);
        Some([x3, y3])
    }

    /// k·P.
    pub(crate) fn times(&self, k: &Element, p: &Pair<WORDS>) -> Option<Pair<WORDS>> {
        (0..length(k)).rev().fold(None, |sum, i| {
            let double = self.add(sum, sum);
            if bit(k, i) {
                self.add(double, Some(*p))
            } else {
                double
            }
        })
    }

    /// (x, λ) with λ = x + y/x, and back: the way is the same.
    pub(crate) fn lambda_form(&self, [x, y]: &Pair<WORDS>) -> Pair<WORDS> {
        [*x, add(x, &self.field.mul(y, &self.field.inverse(x)))]
    }

    /// (x, y) from (x, λ).
    pub(crate) fn y_form(&self, [x, lambda]: &Pair<WORDS>) -> Pair<WORDS> {
        [*x, self.field.mul(&add(x, lambda), x)]
    }

    /// P, 3P, 5P, … as (x, λ).
    pub(crate) fn odd_multiples(&self, p: &Pair<WORDS>) -> [Pair<WORDS>; BASE_MULTIPLES] {
        let double = self.add(Some(*p), Some(*p));
        let mut multiple = Some(*p);
        core::array::from_fn(|_| {
            let odd = self.lambda_form(&multiple.unwrap());
            multiple = self.add(multiple, double);
            odd
        })
    }
}
