//! The ten curves over polynomial bases that Ukrainian certificates use, and their constants.
//!
//! y² + xy = x³ + a·x² + b over GF(2^m). Source: DSTU 4145-2002, annex Г, with the object identifiers
//! 1.2.804.2.1.1.1.1.3.1.1.2.0 to .9. The compiler works out what follows from them; a test checks
//! that each base point is on its curve and has the order that stands beside it.

use crate::words::{Pair, hex, hex_octets, length, to_octets};

/// The multiples of the base points. A test writes this file: see there.
#[rustfmt::skip]
mod base_multiples;

/// How many odd multiples of a base point are kept.
pub(crate) const BASE_MULTIPLES: usize = 16;

/// The field GF(2^m) with f(x) = x^m + x^middle\[0\] + … + 1.
#[derive(Clone, Copy)]
pub(crate) struct Field {
    /// The degree of f.
    pub(crate) m: usize,
    /// The exponents between x^m and 1, descending; zeros where f is a trinomial.
    pub(crate) middle: [usize; 3],
}

impl Field {
    /// The coefficient of x^i in f.
    const fn has(self, i: usize) -> bool {
        let [one, two, three] = self.middle;
        i == 0 || i == self.m || i == one || i == two || i == three
    }

    /// The powers of x whose trace is 1, as bits: Tr(z) is the parity of what z has in common with
    /// them.
    ///
    /// Tr(x^i) is the sum of the i-th powers of the roots of f, which Newton's identities give from
    /// the coefficients: with c_j the one of x^(m−j), p_i = c_1·p_(i−1) + … + c_(i−1)·p_1 + i·c_i.
    #[expect(clippy::indexing_slicing, reason = "i and j are below m")]
    const fn trace_mask<const N: usize>(self) -> [u64; N] {
        let mut mask = [0; N];
        // p_0 is m, which is odd.
        mask[0] = 1;
        let mut i = 1;
        while i < self.m {
            let mut sum = i % 2 == 1 && self.has(self.m - i);
            let mut j = 1;
            while j < i {
                sum ^= self.has(self.m - j) && mask[(i - j) / 64] >> ((i - j) % 64) & 1 == 1;
                j += 1;
            }
            mask[i / 64] |= (sum as u64) << (i % 64);
            i += 1;
        }
        mask
    }
}

/// What the arithmetic needs to know of a curve whose elements take N words.
pub(crate) struct Constants<const N: usize> {
    pub(crate) field: Field,
    pub(crate) a: bool,
    pub(crate) b: [u64; N],
    /// The order n of the base point, a prime.
    pub(crate) order: [u64; N],
    pub(crate) order_bits: usize,
    /// Tr(z) is the parity of what z has in common with this.
    pub(crate) trace_mask: [u64; N],
    /// P, 3P, 5P, … as (x, x + y/x), P being the base point.
    pub(crate) base_multiples: &'static [Pair<N>; BASE_MULTIPLES],
}

/// A curve as a type, so that the compiler unrolls what depends on it.
pub(crate) trait Domain<const N: usize>: Copy {
    const CONSTANTS: &'static Constants<N>;
}

/// The parameters of a curve as certificates spell them out. Octets are in the order of the
/// standard: the first is the least significant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameters {
    /// The degree m of the field.
    pub m: u16,
    /// The exponents of the field's polynomial between x^m and 1, descending: one or three.
    pub middle_exponents: &'static [u16],
    /// The coefficient a, 0 or 1.
    pub a: u8,
    /// The coefficient b, ⌈m/8⌉ octets.
    pub b: &'static [u8],
    /// The order n of the base point, ⌈m/8⌉ octets.
    pub order: &'static [u8],
    /// The base point, compressed, ⌈m/8⌉ octets.
    pub base_point: &'static [u8],
    /// The content octets of the object identifier of the curve (ITU-T X.690 §8.19).
    pub oid: &'static [u8],
}

macro_rules! curves {
    ($($name:ident, $words:literal words, $octets:literal octets, oid $oid:literal, f [$m:literal $(, $k:literal)+], a $a:literal;
        b $b:literal, n $n:literal, base $base:literal;)+) => {
        /// One of the ten curves, named by the degree of its field.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Curve {
            $(#[doc = concat!("1.2.804.2.1.1.1.1.3.1.1.2.", $oid, ": m = ", $m, ".")] $name,)+
        }

        impl Curve {
            /// All ten, by their degree.
            pub const ALL: [Self; 10] = [$(Self::$name),+];

            /// What certificates say about the curve.
            #[must_use]
            pub const fn parameters(self) -> &'static Parameters {
                match self { $(Self::$name => &const {
                    let constants = <types::$name as Domain<$words>>::CONSTANTS;
                    Parameters {
                        m: $m,
                        middle_exponents: &[$($k),+],
                        a: $a,
                        b: &to_octets::<$words, $octets>(&constants.b),
                        order: &to_octets::<$words, $octets>(&constants.order),
                        base_point: &hex_octets::<$octets>($base),
                        oid: &[0x2a, 0x86, 0x24, 0x02, 0x01, 0x01, 0x01, 0x01, 0x03, 0x01, 0x01, 0x02, $oid],
                    }
                },)+ }
            }

            /// ⌈m/8⌉: the octets of a compressed point.
            #[must_use]
            pub const fn octets(self) -> usize {
                match self { $(Self::$name => $octets,)+ }
            }

            /// The bits of the order of the base point.
            #[must_use]
            pub const fn order_bits(self) -> usize {
                match self { $(Self::$name => <types::$name as Domain<$words>>::CONSTANTS.order_bits,)+ }
            }
        }

        pub(crate) mod types {
            use super::*;
            $(
                #[derive(Clone, Copy)]
                pub(crate) struct $name;

                impl Domain<$words> for $name {
                    const CONSTANTS: &'static Constants<$words> = &const {
                        let field = Field { m: $m, middle: middle(&[$($k),+]) };
                        let order = hex($n);
                        Constants {
                            field,
                            a: $a == 1,
                            b: hex($b),
                            order,
                            order_bits: length(&order),
                            trace_mask: field.trace_mask(),
                            base_multiples: &super::base_multiples::$name,
                        }
                    };
                }
            )+
        }
    };
}

const fn middle(exponents: &[usize]) -> [usize; 3] {
    match *exponents {
        [one] => [one, 0, 0],
        [one, two, three] => [one, two, three],
        _ => [0; 3],
    }
}

curves! {
    M163, 3 words, 21 octets, oid 0, f [163, 7, 6, 3], a 1;
        b  "5ff6108462a2dc8210ab403925e638a19c1455d21",
        n  "400000000000000000002bec12be2262d39bcf14d",
        base "be2358f3a3f8da297223c4a583e94cd75d5ff8e202";
    M167, 3 words, 21 octets, oid 1, f [167, 6], a 1;
        b  "6ee3ceeb230811759f20518a0930f1a4315a827dac",
        n  "3fffffffffffffffffffffb12ebcc7d7f29ff7701f",
        base "54cd218b01a2b2303d0a91032819686a7853661f7a";
    M173, 3 words, 22 octets, oid 2, f [173, 10, 2, 1], a 0;
        b  "108576c80499db2fc16eddf6853bbb278f6b6fb437d9",
        n  "800000000000000000000189b4e67606e3825bb2831",
        base "ca8973d381917a56ad2fa28f44f0ad6ecc9b611ad404";
    M179, 3 words, 23 octets, oid 3, f [179, 4, 2, 1], a 1;
        b  "4a6e0856526436f2f88dd07a341e32d04184572beb710",
        n  "3ffffffffffffffffffffffb981960435fe5ab64236ef",
        base "027d2c02674695a99b81487fc56dd22b4b4651fe06ba06";
    M191, 3 words, 24 octets, oid 4, f [191, 9], a 1;
        b  "7bc86e2102902ec4d5890e8b6b4981ff27e0482750fefc03",
        n  "40000000000000000000000069a779cac1dabc6788f7474f",
        base "2871ebda76fefcc2b5b958acd2a612794afff262b7144171";
    M233, 4 words, 30 octets, oid 5, f [233, 9, 4, 1], a 1;
        b  "6973b15095675534c7cf7e64a21bd54ef5dd3b8a0326aa936ece454d2c",
        n  "1000000000000000000000000000013e974e72f8a6922031d2603cfe0d7",
        base "96fe5eb2ee03d02827f345351d76313c5bf38d11a13bf8cdb626a5cd3f00";
    M257, 5 words, 33 octets, oid 6, f [257, 12], a 0;
        b  "1cef494720115657e18f938d7a7942394ff9425c1458c57861f9eea6adbe3be10",
        n  "800000000000000000000000000000006759213af182e987d3e17714907d470d",
        base "b60fd2d8dce8a93423c6101bca91c47a007e6c300b26cd556c9b0e7d20ef292a00";
    M307, 5 words, 39 octets, oid 7, f [307, 8, 4, 2], a 1;
        b  "393c7f7d53666b5054b5e6c6d3de94f4296c0c599e2e2e241050df18b6090bdc90186904968bb",
        n  "3ffffffffffffffffffffffffffffffffffffffc079c2f3825da70d390fbba588d4604022b7b7",
        base "aa32726e2dc0523c7467316d279b237a085a82cd5cf76bd1f1921e4c9824021a299d188bee1602";
    M367, 6 words, 46 octets, oid 8, f [367, 21], a 1;
        b  "43fc8ad242b0b7a6f3d1627ad5654447556b47bf6aa4a64b0c2afe42cadab8f93d92394c79a79755437b56995136",
        n  "40000000000000000000000000000000000000000000009c300b75a3fa824f22428fd28ce8812245ef44049b2d49",
        base "a0b9b34135374abf789f109ae512feb53996e081a60c401ae87b3e41767a1961f9d3e09aa9498cf012d5dd6e4a32";
    M431, 7 words, 54 octets, oid 9, f [431, 5, 3, 1], a 1;
        b  "3ce10490f6a708fc26dfe8c3d27c4f94e690134d5bff988d8d28aaeaede975936c66bac536b18ae2dc312ca493117daa469c640caf3",
        n  "3fffffffffffffffffffffffffffffffffffffffffffffffffffffba3175458009a8c0a724f02f81aa8a1fcbaf80d90c7a95110504cf",
        base "7c857c94c5433bfd991e17c22684065850a9a249ed7bc249ae5a4e878689f872ef7ad524082ec3038e9aede7ba6ba13381d979ba621a";
}

#[cfg(test)]
mod tests {
    use std::{fmt::Write, string::String};

    use super::*;
    use crate::{PublicKey, reference::Plane, words::resize};

    /// The rows of a table of multiples as they stand in the file.
    fn table<const N: usize, D: Domain<N>>(out: &mut String, curve: Curve) {
        let plane = Plane::of::<N, D>();
        let base_point = curve.parameters().base_point;
        let base = PublicKey::from_compressed(curve, base_point).unwrap();
        let base = plane.y_form(base.point());
        writeln!(
            out,
            "\npub(super) const {:?}: [Pair<{N}>; BASE_MULTIPLES] = [",
            curve
        )
        .unwrap();
        let literal = |words: [u64; N]| words.map(|word| std::format!("{word:#018x}")).join(", ");
        for multiple in plane.odd_multiples(&base) {
            let [x, lambda] = multiple.map(|words| literal(resize(&words)));
            writeln!(out, "    [[{x}], [{lambda}]],").unwrap();
        }
        out.push_str("];\n");
    }

    /// With DSTU_WRITE_TABLES in the environment the file is written instead.
    #[test]
    fn multiples_of_the_base_points_are_what_the_file_says() {
        let mut out = String::from(
            "//! P, 3P, 5P, … 31P as (x, x + y/x) for the base point P of each curve. Written by a test in `curve.rs`.\n\nuse super::{BASE_MULTIPLES, Pair};\n",
        );
        table::<3, types::M163>(&mut out, Curve::M163);
        table::<3, types::M167>(&mut out, Curve::M167);
        table::<3, types::M173>(&mut out, Curve::M173);
        table::<3, types::M179>(&mut out, Curve::M179);
        table::<3, types::M191>(&mut out, Curve::M191);
        table::<4, types::M233>(&mut out, Curve::M233);
        table::<5, types::M257>(&mut out, Curve::M257);
        table::<5, types::M307>(&mut out, Curve::M307);
        table::<6, types::M367>(&mut out, Curve::M367);
        table::<7, types::M431>(&mut out, Curve::M431);
        if std::env::var_os("DSTU_WRITE_TABLES").is_some() {
            std::fs::write(
                concat!(env!("CARGO_MANIFEST_DIR"), "/src/curve/base_multiples.rs"),
                &out,
            )
            .unwrap();
        } else {
            assert_eq!(out, include_str!("curve/base_multiples.rs"));
        }
    }
}
