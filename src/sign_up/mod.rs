//! Sign-up and sign-in: a browser arrives with signed data, a person confirms them, and they are registered; or a
//! signature says who somebody is who is registered already.
//!
//! ```text
//!  /confidant/sign-up ──▶ confidant::validate ──303──▶ details ──confirm──▶ registration::register ──303──▶ /accept/{flow}
//!  /sign-up ───────────▶ own::validate ────────303──▶ details ──confirm──▶ code ──▶ registration::own::register ──303──▶ /accept/{flow}
//!  /sign-in ───────────▶ sign_in ───────────────────────────────────────────────────────────────────────303──▶ /accept/{flow}
//!  /confidant/sign-in ─▶ confidant_sign_in ─────────────────────────────────────────────────────────────303──▶ /accept/{flow}
//! ```
//!
//! The JSON routes of [`api`] and those of [`trusted`] clients, which show pages of their own, call the same functions.
//! Source: the seed "PIS. Confidant patient sign-up" and the sections of the sign-up specification named in each file.

pub mod api;
mod arrived;
mod asked;
mod begin;
mod claims;
pub mod code_pages;
pub mod confidant;
pub mod confidant_sign_in;
mod confirm;
mod daily_limits;
pub mod entrance;
pub mod entry;
pub mod error;
pub mod own;
pub mod own_prepared;
pub mod pages;
mod payload;
pub mod prepared;
pub mod registration;
pub mod routes;
pub mod rules;
mod search;
pub mod sign_in;
mod sign_in_pages;
pub mod signed;
mod signers;
pub mod trusted;
pub mod views;
