//! The way of a browser from a client's link back to the client.
//!
//! ```text
//!  arrive ──▶ flow: Details ──▶ codes ──▶ flow: Accept ──▶ flow: Accepted ──▶ back
//!  parameters      what a person looks at   (the room consent)
//!  in their order      │
//!                      └── leave ──▶ flow: Declined ──▶ back with access_denied
//! ```
//!
//! The rooms above (sign_up, cabinet, consent) say what is looked at and registered; how a browser comes in, which flow is
//! its own, where it goes that has nothing to do here, and how it gets back is decided here, once for all entries.

pub mod arrival;
pub mod back;
pub mod code_views;
pub mod codes;
pub mod flow;
pub mod leave;
pub mod own_flow;
pub mod parameters;
pub mod payload;
