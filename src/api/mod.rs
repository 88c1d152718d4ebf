//! What every JSON route shares: the envelope of answers and errors, bodies, tokens.
//!
//! ```text
//! request ─▶ envelope ─▶ Call (406) ─▶ Body (413, 415, 400) ─▶ handler ─▶ Answer | ApiError ─▶ envelope ─▶ response
//! ```

pub mod answer;
pub mod call;
pub mod error;
pub mod members;

pub use answer::{Answer, envelope};
pub use call::{Body, Call, OptionalBody};
pub use error::ApiError;
