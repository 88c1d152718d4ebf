//! The crate from outside.

#[cfg(test)]
mod gost34311;
#[cfg(all(test, feature = "signing"))]
mod signing;
#[cfg(test)]
mod vectors;
