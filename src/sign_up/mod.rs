//! Sign-up: a browser arrives with signed data, a person confirms them, and they are registered.
//!
//! ```text
//!  GET, POST /confidant/sign-up ──▶ entry ──▶ confidant::validate ──▶ flow ──303──▶ /confidant/sign-up/{flow}
//!                                                                                      │ confirm
//!                                          confidant::prepare, registration::register (one transaction) ──303──▶ /accept/{flow}
//! ```
//!
//! The JSON routes of [`api`] call the same two functions. Source: the seed "PIS. Confidant patient sign-up" and the
//! sections of the sign-up specification named in each file.

pub mod api;
pub mod confidant;
pub mod details;
pub mod entry;
pub mod error;
pub mod pages;
pub mod refusal;
pub mod registration;
pub mod rules;
pub mod translation;
pub mod views;
