//! Signed content through the library: the samples, and whatever no sample shows, made on the spot.
//!
//! The first line of a test names its place in the specification.

#[cfg(test)]
mod arbitrary;
#[cfg(test)]
mod chains;
#[cfg(test)]
mod dstu;
#[cfg(test)]
mod forge;
#[cfg(test)]
mod messages;
#[cfg(test)]
mod people;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod signatures;
#[cfg(test)]
mod stores;
