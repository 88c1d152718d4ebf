//! Dovira: the open front door of a patient registry.
//!
//! The rooms and the way a sign-up takes through them are drawn in `docs/architecture.md`.

pub mod api;
pub mod clock;
pub mod person;
pub mod sign_up;
