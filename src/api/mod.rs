//! What every JSON route shares.

pub mod error;

pub use error::{ApiError, EntryType, Invalid, Rule};
