//! What every page shares: words, layout, static files, error pages.

pub mod assets;
pub mod error_page;
pub mod layout;
pub mod notices;
pub mod words;

#[cfg(test)]
pub(crate) mod samples;
