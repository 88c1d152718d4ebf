//! The patient registry: who a person is, what a registration must contain, and how two records compare.
//!
//! What is decided here is decided without a clock: days and times are arguments. Its SQL is in [`store`], its locks in
//! [`locks`].

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
