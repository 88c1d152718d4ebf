//! What pages and JSON routes share of a request: its id, its frame in the log, where it came from.

pub mod caller;
pub mod request;
