//! Points in λ-coordinates: a point (x, y) as (x, λ) with λ = x + y/x.
//!
//! Source: Oliveira, López, Aranha, Rodríguez-Henríquez, "Two is the fastest prime: lambda
//! coordinates for binary elliptic curves", 2013. All points here are multiples of points whose
//! order is the odd prime n, so x is never 0 and a double is never the neutral element.

use crate::{
    arithmetic::{Arithmetic, Element},
    curve::Domain,
};

/// A point other than the neutral element.
#[derive(Clone, Copy)]
pub(crate) struct Affine<const N: usize, A: Arithmetic<N>> {
    pub(crate) x: Element<N, A>,
    pub(crate) lambda: Element<N, A>,
}

/// The same with a denominator: x = X/Z, λ = L/Z, Z not 0.
#[derive(Clone, Copy)]
pub(crate) struct Projective<const N: usize, A: Arithmetic<N>> {
    pub(crate) x: Element<N, A>,
    pub(crate) l: Element<N, A>,
    pub(crate) z: Element<N, A>,
}

impl<const N: usize, A: Arithmetic<N>> Affine<N, A> {
    /// −P = (x, λ + 1).
    #[inline(always)]
    pub(crate) fn negate(self) -> Self {
        Self {
            x: self.x,
            lambda: self.lambda.plus_one(),
        }
    }

    #[inline(always)]
    pub(crate) fn projective(self, one: Element<N, A>) -> Projective<N, A> {
        Projective {
            x: self.x,
            l: self.lambda,
            z: one,
        }
    }
}

impl<const N: usize, A: Arithmetic<N>> Projective<N, A> {
    /// 2P: four multiplications.
    #[inline(always)]
    pub(crate) fn double(self) -> Self {
        let Self { x, l, z } = self;
        let zz = z.square();
        let lz = l * z;
        let mut t = l.square() + lz;
        if A::Domain::CONSTANTS.a {
            t = t + zz;
        }
        let x3 = t.square();
        let z3 = t * zz;
        let l3 = ((x * z).square_unreduced() + t.times(lz)).reduce() + x3 + z3;
        Self {
            x: x3,
            l: l3,
            z: z3,
        }
    }

    /// P + Q: eight multiplications. None stands for the neutral element.
    #[inline(always)]
    pub(crate) fn add(self, q: Affine<N, A>) -> Option<Self> {
        let Self { x, l, z } = self;
        let xq = q.x * z;
        let a = l + q.lambda * z;
        let b = (x + xq).square();
        let axq = a * xq;
        let ab = a * b;
        let x3 = (a * x) * axq;
        let z3 = ab * z;
        let l3 = ((axq + b).square_unreduced() + ab.times(l + z)).reduce();
        if z3.is_zero() {
            // The two have the same x: Q is P or −P. (With different x, `a` could be 0 only if the
            // sum were the point of order 2.)
            return a.is_zero().then(|| self.double());
        }
        Some(Self {
            x: x3,
            l: l3,
            z: z3,
        })
    }

    /// 2P + Q: ten multiplications, two fewer than one after the other.
    #[inline(always)]
    pub(crate) fn double_and_add(self, q: Affine<N, A>) -> Option<Self> {
        let Self { x, l, z } = self;
        let zz = z.square();
        let ll = l.square();
        let mut t = ll + l * z;
        let lambda_1 = q.lambda.plus_one();
        let mut slope = lambda_1 * zz + ll;
        if A::Domain::CONSTANTS.a {
            t = t + zz;
            slope = slope + zz;
        }
        let a = (x.square().times(zz) + t.times(slope)).reduce();
        let xq = q.x * zz;
        let b = (xq + t).square();
        let x3 = xq * a.square();
        let z3 = (a * b) * zz;
        let l3 = (t.times((a + b).square()) + lambda_1.times(z3)).reduce();
        if z3.is_zero() {
            return self.double().add(q);
        }
        Some(Self {
            x: x3,
            l: l3,
            z: z3,
        })
    }

    /// P + Q, both with denominators and different x: eleven multiplications.
    #[inline(always)]
    pub(crate) fn add_projective(self, q: Self) -> Self {
        let (xp, xq) = (self.x * q.z, q.x * self.z);
        let a = self.l * q.z + q.l * self.z;
        let b = (xp + xq).square();
        let axq = a * xq;
        let abz = a * b * q.z;
        Self {
            x: (a * xp) * axq,
            l: ((axq + b).square_unreduced() + abz.times(self.l + self.z)).reduce(),
            z: abz * self.z,
        }
    }

    #[inline(always)]
    pub(crate) fn affine(self, inverse_of_z: Element<N, A>) -> Affine<N, A> {
        Affine {
            x: self.x * inverse_of_z,
            lambda: self.l * inverse_of_z,
        }
    }
}
