//! The routes of files: see [`crate::outside::files`].

pub mod api;
