//! What every page shares: words, layout, static files, sessions, forms, headers, error pages, how a handler ends
//! early.

pub mod assets;
pub mod browser;
pub mod cookies;
pub mod error;
pub mod error_page;
pub mod headers;
pub mod language;
pub mod layout;
pub mod notices;
pub mod page;
pub mod session_store;
pub mod stop;
pub mod words;

#[cfg(test)]
pub(crate) mod samples;
