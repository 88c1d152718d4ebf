//! s·P + r·Q: what a verification spends its time on.
//!
//! Both scalars are written with signed odd digits far apart (width-w NAF), one doubling a bit
//! serves both, and the multiples that the digits name are looked up. Everything here is public, so
//! nothing is hidden from who measures time.

#![expect(
    clippy::indexing_slicing,
    reason = "indices are bit positions below the length of the arrays, and digits"
)]

use crate::{
    arithmetic::{Arithmetic, Element},
    curve::{BASE_MULTIPLES, Domain},
    point::{Affine, Projective},
    words::{Pair, length},
};

/// Bits of the longest scalar and a carry.
const DIGITS: usize = 432;
/// Digits of P: odd, below 2^5 in amount.
const BASE_WIDTH: usize = BASE_MULTIPLES.ilog2() as usize + 2;
/// Digits of Q: odd, below 2^3 in amount.
const KEY_WIDTH: usize = 4;
const KEY_MULTIPLES: usize = 1 << (KEY_WIDTH - 2);

/// A scalar as Σ digits\[i\]·2^i, each digit 0 or odd, and of `width` in a row at most one not 0.
struct Digits {
    digits: [i8; DIGITS],
    length: usize,
}

impl Digits {
    fn of<const N: usize>(scalar: &[u64; N], width: usize) -> Self {
        let mut digits = [0; DIGITS];
        let bits = length(scalar);
        let window = |at: usize| {
            let (word, bit) = (at / 64, at % 64);
            let low = scalar.get(word).map_or(0, |word| word >> bit);
            let high = match scalar.get(word + 1) {
                Some(word) if bit > 0 => word << (64 - bit),
                _ => 0,
            };
            low | high
        };
        let (mut at, mut carry, mut length) = (0, 0, 0);
        while at < bits || carry > 0 {
            let word = window(at);
            if word & 1 == carry {
                at += 1;
                continue;
            }
            let digit = (word & ((1 << width) - 1)) + carry;
            carry = digit >> (width - 1) & 1;
            digits[at] = (digit as i64 - ((carry as i64) << width)) as i8;
            length = at + 1;
            at += width;
        }
        Self { digits, length }
    }

    fn at(&self, place: usize) -> i8 {
        if place < self.length {
            self.digits[place]
        } else {
            0
        }
    }
}

/// The multiple that an odd digit names, from a table of odd multiples.
#[inline(always)]
fn multiple_of_digit<const N: usize, A: Arithmetic<N>>(
    table: &[Affine<N, A>],
    digit: i8,
) -> Affine<N, A> {
    let multiple = table[usize::from(digit.unsigned_abs() / 2)];
    if digit < 0 {
        multiple.negate()
    } else {
        multiple
    }
}

/// Q, 3Q, 5Q, 7Q.
#[inline(always)]
fn odd_multiples<const N: usize, A: Arithmetic<N>>(
    q: Affine<N, A>,
    one: Element<N, A>,
) -> [Affine<N, A>; KEY_MULTIPLES] {
    let first = q.projective(one);
    let double = first.double();
    let mut multiples = [first; KEY_MULTIPLES];
    for i in 1..KEY_MULTIPLES {
        multiples[i] = multiples[i - 1].add_projective(double);
    }
    // One inversion for all (Montgomery's trick).
    let mut products = [one; KEY_MULTIPLES];
    for i in 1..KEY_MULTIPLES {
        products[i] = products[i - 1] * multiples[i].z;
    }
    let mut inverse = products[KEY_MULTIPLES - 1].inverse();
    let mut table = [q; KEY_MULTIPLES];
    for i in (1..KEY_MULTIPLES).rev() {
        table[i] = multiples[i].affine(inverse * products[i - 1]);
        inverse = inverse * multiples[i].z;
    }
    table
}

/// s·P + r·Q with P the base point and Q as (x, λ); none when that is the neutral element.
#[inline(always)]
pub(crate) fn multiply<const N: usize, A: Arithmetic<N>>(
    by: A,
    s: &[u64; N],
    r: &[u64; N],
    q: &Pair<N>,
) -> Option<Projective<N, A>> {
    by.call(
        #[inline(always)]
        || sum_of_multiples(by, s, r, q),
    )
}

#[inline(always)]
fn sum_of_multiples<const N: usize, A: Arithmetic<N>>(
    by: A,
    s: &[u64; N],
    r: &[u64; N],
    q: &Pair<N>,
) -> Option<Projective<N, A>> {
    let mut unit = [0; N];
    unit[0] = 1;
    let one = by.element(&unit);
    let affine = |[x, lambda]: &Pair<N>| Affine {
        x: by.element(x),
        lambda: by.element(lambda),
    };
    let base_table = A::Domain::CONSTANTS.base_multiples.each_ref().map(affine);
    let key_table = odd_multiples(affine(q), one);
    let base_digits = Digits::of(s, BASE_WIDTH);
    let key_digits = Digits::of(r, KEY_WIDTH);

    let mut sum: Option<Projective<N, A>> = None;
    for place in (0..base_digits.length.max(key_digits.length)).rev() {
        let (of_key, of_base) = (key_digits.at(place), base_digits.at(place));
        sum = match (sum, of_key) {
            (None, 0) => None,
            (None, digit) => Some(multiple_of_digit(&key_table, digit).projective(one)),
            (Some(sum), 0) => Some(sum.double()),
            (Some(sum), digit) => sum.double_and_add(multiple_of_digit(&key_table, digit)),
        };
        if of_base != 0 {
            let multiple = multiple_of_digit(&base_table, of_base);
            sum = match sum {
                None => Some(multiple.projective(one)),
                Some(sum) => sum.add(multiple),
            };
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_odd_far_apart_and_sum_to_the_scalar() {
        for scalar in [
            0,
            1,
            2,
            3,
            15,
            16,
            0x7fff_ffff_ffff_ffff,
            u64::MAX,
            0xdead_beef_0bad_cafe,
            1 << 63,
        ] {
            for width in [2, 4, 6, 8] {
                let digits = Digits::of(&[scalar, 0], width);
                let mut sum = 0_i128;
                let mut last = None;
                for place in 0..digits.length {
                    let digit = digits.at(place);
                    sum += i128::from(digit) << place;
                    if digit != 0 {
                        assert_eq!(digit.rem_euclid(2), 1);
                        assert!(i32::from(digit).unsigned_abs() < 1 << (width - 1));
                        assert!(last.is_none_or(|last| place >= last + width));
                        last = Some(place);
                    }
                }
                assert_eq!(sum, i128::from(scalar), "{scalar:x} {width}");
            }
        }
    }
}
