//! What is asked over a network, or kept outside the database: who somebody is, a message to a phone, a register of civil
//! status, files.
//!
//! ```text
//!  identity       who says who somebody is: id.gov.ua, or nobody
//!  sms            who carries a message to a phone: a gateway, a file, the log
//!  relationships  who knows whose child somebody is: a register, or nobody
//!  files          where uploads are kept: a directory, or a store that speaks S3
//!  client         how all of them ask over HTTP: one way to fail, to limit and to log
//!  circuit        leaves alone who keeps failing
//! ```
//!
//! None of them knows who asks. Nobody asks while a transaction is open.

mod circuit;
pub mod client;
pub mod files;
pub mod identity;
pub mod relationships;
pub mod sms;
