//! The pages "Accept scopes" and "what was allowed to whom": a person decides what a client may do for them.
//!
//! ```text
//!  flow: Accept ──▶ pages (grant access?) ──confirm──▶ oauth::grants: approval and code ──▶ back to the client
//!                     │  ▲                 ──decline──▶ back with access_denied
//!                     ▼  │
//!                   approval_pages: what was allowed before, and taking it back
//! ```

pub mod approval_pages;
pub mod pages;
pub mod views;
