//! Person requests: a medical institution asks to register a person or to change one, the person confirms, an employee signs.
//!
//! ```text
//!            create                approve                sign
//!   (none) ─────────▶  NEW  ──────────────────▶ APPROVED ──────▶ SIGNED: the person is in the registry
//!                       │                          │
//!                       ├──────── reject ──────────┤ ▶ REJECTED
//!                       ├──── a newer request ─────┤ ▶ CANCELLED
//!                       └────── its time ends ─────┘ ▶ EXPIRED: nothing personal is kept
//! ```
//!
//! Two versions of the routes ask the same questions in the same order; where they differ, [`versions::Version`] says how.
//!
//! The way of a request through the files: [`wanted`] (schema, types) ─▶ [`rules`] (what the data must keep to) ─▶ [`methods`]
//! (who confirms it, and how) ─▶ [`links`] (copies to upload) ─▶ [`printout`] (what is shown and signed) ─▶ [`store`].
//!
//! A code is sent before the transaction that stores a request: nobody holds a lock while a gateway thinks, and what cannot be
//! confirmed is not stored. When the transaction fails, a code was sent for nothing, as when somebody changes their mind.
//!
//! Source: the seeds "Create/Update person request" and "Resend authorization OTP on Person request"; person requests, whose
//! sections the files name; decisions §3.

pub mod api;
mod approve;
mod create;
mod current;
mod error;
mod links;
mod list;
mod members;
mod methods;
mod printout;
mod rules;
mod sign;
mod store;
pub mod upkeep;
mod versions;
mod view;
mod wanted;

pub use store::{RequestRecord, about, forget};
