//! Dovira: the open front door of a patient registry.
//!
//! The rooms and the way a sign-up takes through them are drawn in `docs/architecture.md`.

pub mod api;
pub mod app;
pub mod cabinet;
pub mod clock;
pub mod command;
pub mod config;
pub mod consent;
pub mod db;
pub mod demo;
pub mod details;
pub mod events;
pub mod housekeeping;
pub mod http;
pub mod import;
pub mod invalid;
pub mod journey;
pub mod limits;
pub mod locale;
pub mod media;
pub mod oauth;
pub mod openapi;
pub mod outside;
pub mod paths;
pub mod patterns;
pub mod person;
pub mod person_request;
pub mod phone;
pub mod process;
pub mod random;
#[cfg(test)]
pub(crate) mod samples;
pub mod secrets;
pub mod server;
pub mod sign_up;
pub mod signed_content;
pub mod standing;
pub mod state;
pub mod verification;
pub mod web;
