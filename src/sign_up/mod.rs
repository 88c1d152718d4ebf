//! Sign-up and sign-in: what the person sees and confirms.

pub mod details;
pub mod views;
