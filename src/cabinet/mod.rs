//! The patient cabinet: a person who proved who they are at a provider of identities gets an account.
//!
//! ```text
//!  client ─303─▶ GET /cabinet/registration ─303─▶ provider ─303─▶ GET …/callback
//!                                                                     │ somebody with an account ──▶ /accept/{flow}
//!                                                                     ▼ proof of identity (user_requests), flow
//!   …/{flow}/details ─▶ …/contacts ─▶ …/password ─▶ …/code ──▶ registration::register ──303──▶ /accept/{flow}
//!
//!  POST /private/cabinet/registration/user_request, with the JWT of a proof ──▶ the same registration
//! ```
//!
//! A proof of identity is good for an hour and for one registration. What is registered is the proof's own: the tax number
//! and the names must be those that the provider told.
//!
//! Source: the seed "Patient Registration via UserRequest"; cabinet §1 to §3 and §5, decisions §5. The neighbouring flow by
//! e-mail and signature is not here.

pub mod api;
mod arrival;
mod code_page;
pub mod error;
pub mod fields;
mod here;
pub mod pages;
pub mod password;
mod refused;
pub mod registration;
pub mod routes;
pub mod rules;
pub mod store;
pub mod views;
