//! The patient registry: who a person is, what a registration must contain, and how two records compare.
//!
//! Everything here is decided without a database and without a clock; days and times are arguments.

pub mod dictionaries;
pub mod patterns;
pub mod samples;
pub mod schema;
