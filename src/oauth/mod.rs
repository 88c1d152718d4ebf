//! Clients, scopes and the consent of the person.

pub mod views;
