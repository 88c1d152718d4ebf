//! OAuth: clients and their scopes, the words of scopes, nonces, approvals, codes, tokens.
//!
//! A client gets what a person allows it and nothing else; what it gets is an opaque value of which only the hash is
//! kept. The room does not know who calls it: the pages on which a person decides are those of [`crate::consent`].
//!
//! Source: RFC 6749; sign-up §2.3–2.6, §6, §10 of the specification, whose order of checks and texts are kept.

pub mod api;
pub mod approvals;
pub mod bearer;
pub mod client;
pub mod error;
pub mod grants;
pub mod jwt;
pub mod redirect_uri;
pub mod scope;
pub mod scope_words;
pub mod store;
pub mod token;
pub mod upkeep;
