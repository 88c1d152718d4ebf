//! Who may act for whom, at this moment.
//!
//! One sentence rules it all: nobody gains anything over another person by what they typed. What counts is what was
//! proven, by whom, and whether it still holds. So the question is asked anew each time: where a token of a confidant is
//! read, exchanged or refreshed, at a sign-in, at a registration, on the page of the consent.
//!
//! ```text
//!  Facts (a relationship, the record it is about, the confidant) ─┐
//!  the users of both ─────────────────────────────────────────────┼─▶ rules::standing ─▶ Approved │ OwnSubmission │ Waiting │ Refused │ None
//!  now, the settings ─────────────────────────────────────────────┘                       └──── may act ────┘
//! ```
//!
//! [`rules`] decides, without a database; [`store`] looks up, in one statement, or as a part of the statement that reads a
//! token; [`home`] is what happens when a record meets its owner. No other place decides it.
//!
//! Source: authority §3, §5, §6 (`docs/authority.md`).

pub mod home;
pub mod rules;
pub mod store;

pub use rules::{Limits, Relationship, Standing, StandingFacts, Stop, UserState};
