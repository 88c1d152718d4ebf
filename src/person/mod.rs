//! The patient registry: who a person is, what a registration must contain, and how two records compare.
//!
//! Everything here is decided without a database and without a clock; days and times are arguments.

pub mod age;
pub mod dictionaries;
pub mod documents;
pub mod locks;
pub mod matching;
pub mod methods;
pub mod names;
pub mod origin;
pub mod registration;
pub mod rules;
pub mod samples;
pub mod schema;
pub mod signer;
pub mod store;
pub mod tax_id;
pub mod terms;
pub mod verification;
