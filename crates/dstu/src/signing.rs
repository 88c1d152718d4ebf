//! Makes signatures (DSTU 4145-2002 §11). **Not hardened against side channels:** how long a step
//! takes and which memory it touches depends on the secret. It is for tests, demonstrations and
//! keys that protect nothing; who signs for people uses a device that was certified for it.

use core::fmt;

use crate::{
    Backend, Curve, Octets, PublicKey,
    arithmetic::Arithmetic,
    backend::Task,
    curve::Domain,
    key::{element_of_digest, scalar},
    multiply::multiply,
    words::{Pair, WORDS, from_octets, is_zero, resize, truncate},
};

/// A number d from 1 to n − 1. The public key is −d·P.
#[derive(Clone)]
pub struct SecretKey {
    curve: Curve,
    secret: [u64; WORDS],
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretKey")
            .field("curve", &self.curve)
            .finish_non_exhaustive()
    }
}

impl Drop for SecretKey {
    /// Wipes the number. Copies that the arithmetic made on the stack are not reached.
    fn drop(&mut self) {
        self.secret = [0; WORDS];
        core::hint::black_box(&self.secret);
    }
}

impl SecretKey {
    /// The key with this number, the first octet the least significant. None when it is 0, or not
    /// below n.
    #[must_use]
    pub fn from_octets(curve: Curve, octets: &[u8]) -> Option<Self> {
        scalar(curve, octets).map(|secret| Self { curve, secret })
    }

    /// A new key. `random` fills what it is given with random octets.
    ///
    /// # Errors
    /// What `random` says.
    pub fn generate<E>(
        curve: Curve,
        random: impl FnMut(&mut [u8]) -> Result<(), E>,
    ) -> Result<Self, E> {
        let secret = random_scalar(curve, random)?;
        Ok(Self { curve, secret })
    }

    /// The curve.
    #[must_use]
    pub const fn curve(&self) -> Curve {
        self.curve
    }

    /// The number in ⌈m/8⌉ octets, the first the least significant. Whoever has them can sign.
    #[must_use]
    pub fn to_octets(&self) -> Octets {
        Octets::of([&self.secret], self.curve.octets())
    }

    /// The key that checks what this one signs.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        let point = Backend::best().run(self.curve, BaseMultiple(&self.secret));
        PublicKey::from_point(self.curve, point).negate()
    }

    /// Signs `digest`, which is taken as [`PublicKey::verify`] takes it. `random` fills what it is
    /// given with random octets: were they ever the same twice, or known, so would be the key.
    ///
    /// The signature is r and s, each in as many octets as n needs.
    ///
    /// # Errors
    /// What `random` says.
    pub fn sign<E>(
        &self,
        digest: &[u8],
        mut random: impl FnMut(&mut [u8]) -> Result<(), E>,
    ) -> Result<Octets, E> {
        loop {
            let nonce = random_scalar(self.curve, &mut random)?;
            let r = Backend::best().run(
                self.curve,
                Presignature {
                    nonce: &nonce,
                    digest: from_octets(digest),
                },
            );
            let order = from_octets(self.curve.parameters().order);
            let s = add(&nonce, &multiply_by(&self.secret, &r, &order), &order);
            if !is_zero(&r) && !is_zero(&s) {
                let length = self.curve.order_bits().div_ceil(8);
                return Ok(Octets::of([&r, &s], length));
            }
        }
    }
}

/// From 1 to n − 1, each number as likely as any other.
fn random_scalar<E>(
    curve: Curve,
    mut random: impl FnMut(&mut [u8]) -> Result<(), E>,
) -> Result<[u64; WORDS], E> {
    loop {
        let mut octets = [0; 8 * WORDS];
        let (drawn, _) = octets.split_at_mut(curve.octets());
        random(drawn)?;
        let candidate = truncate(from_octets(&octets), curve.order_bits());
        let candidate: [u8; 8 * WORDS] = crate::words::to_octets(&candidate);
        if let Some(number) = scalar(curve, &candidate) {
            return Ok(number);
        }
    }
}

/// a + b mod n, both below n.
fn add(a: &[u64; WORDS], b: &[u64; WORDS], order: &[u64; WORDS]) -> [u64; WORDS] {
    let mut sum = [0; WORDS];
    let mut carry = false;
    for (to, (a, b)) in sum.iter_mut().zip(a.iter().zip(b)) {
        (*to, carry) = a.carrying_add(*b, carry);
    }
    if sum.iter().rev().lt(order.iter().rev()) {
        return sum;
    }
    let mut borrow = false;
    for (to, order) in sum.iter_mut().zip(order) {
        (*to, borrow) = to.borrowing_sub(*order, borrow);
    }
    sum
}

/// a · b mod n, a bit of b at a time.
fn multiply_by(a: &[u64; WORDS], b: &[u64; WORDS], order: &[u64; WORDS]) -> [u64; WORDS] {
    let mut product = [0; WORDS];
    for word in b.iter().rev() {
        for bit in (0..64).rev() {
            product = add(&product, &product, order);
            if word >> bit & 1 == 1 {
                product = add(&product, a, order);
            }
        }
    }
    product
}

/// k·P as (x, x + y/x).
struct BaseMultiple<'a>(&'a [u64; WORDS]);

impl Task for BaseMultiple<'_> {
    type Output = Pair<WORDS>;

    #[inline(always)]
    fn run<const N: usize, A: Arithmetic<N>>(self, by: A) -> Pair<WORDS> {
        // The other point is not used: its scalar is 0.
        let [any, ..] = A::Domain::CONSTANTS.base_multiples;
        match multiply(by, &resize(self.0), &[0; N], any) {
            Some(point) => {
                let affine = point.affine(point.z.inverse());
                [affine.x, affine.lambda].map(|element| resize(&element.words()))
            }
            None => [[0; WORDS]; 2],
        }
    }
}

/// r: what a signature begins with.
struct Presignature<'a> {
    nonce: &'a [u64; WORDS],
    digest: [u64; WORDS],
}

impl Task for Presignature<'_> {
    type Output = [u64; WORDS];

    #[inline(always)]
    fn run<const N: usize, A: Arithmetic<N>>(self, by: A) -> [u64; WORDS] {
        let [x, _] = BaseMultiple(self.nonce).run(by);
        let element = by.element(&element_of_digest::<N, A::Domain>(&self.digest));
        let product = (element * by.element(&resize(&x))).words();
        resize(&truncate(product, A::Domain::CONSTANTS.order_bits - 1))
    }
}
