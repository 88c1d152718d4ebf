//! The limits on what comes in, in one place.

use std::time::Duration;

/// Octets of an ordinary JSON body or form.
pub const BODY: usize = 64 * 1024;
/// Octets of a body that carries signed content: 4 MiB of base64, percent-encoded at worst, and its neighbours.
pub const SIGNED_BODY: usize = 6 * 1024 * 1024;
/// Octets of the request line and all headers together. A target alone may be 65 534 octets long: `user_data` is long.
pub const HEAD: usize = 128 * 1024;
/// Headers of one request.
pub const HEADERS: usize = 64;
/// Bodies above [`BODY`] that are read at the same time: together with their copies they stay below 200 MiB.
pub const LARGE_BODIES: usize = 16;
/// How long an answer may wait for the other side to read on.
pub const WRITE_TIME: Duration = Duration::from_secs(30);
/// How long a browser or program may take to send the head of a request.
pub const HEAD_TIME: Duration = Duration::from_secs(15);
/// How long a request may take from its head to its answer.
pub const REQUEST_TIME: Duration = Duration::from_secs(30);
/// Connections that one process keeps open at the same time.
pub const CONNECTIONS: usize = 10_000;
/// Characters of `scope`, of `state` and of `redirect_uri`.
pub const PARAMETER: usize = 2048;
/// Octets of the parameters of an entry that its error page may carry, to be sent again in the other language.
pub const REPEATED_ENTRY: usize = 128 * 1024;
/// Octets of an answer of the relationship registry: it says one word.
pub const REGISTRY_ANSWER: usize = 16 * 1024;
/// Octets of an answer of the SMS gateway: it says an id.
pub const GATEWAY_ANSWER: usize = 16 * 1024;
/// Characters of the id by which an SMS gateway knows a message.
pub const GATEWAY_ID: usize = 255;
/// How many signature checks, and how many passwords, may wait for a free slot before the next one is told to come back later.
pub const WAITING: usize = 256;
/// Characters of a password: what is longer would only keep the hash function busy.
pub const PASSWORD: u32 = 128;
/// Calls of a registration in the cabinet with one proof of identity in a minute.
pub const CABINET_CALLS: u32 = 10;
/// Octets of an answer of the provider of identities.
pub const PROVIDER_ANSWER: usize = 64 * 1024;
/// Characters of what a provider gives a browser for a proof of identity.
pub const PROVIDER_CODE: usize = 1024;
/// Days for which it is kept what came of registrations in the cabinet.
pub const REGISTRATIONS_KEPT: i64 = 3 * 365;
/// Octets of an uploaded document (person requests §7).
pub const UPLOAD: u64 = 10 * 1024 * 1024;
/// How long an upload or a download of a file may take.
pub const UPLOAD_TIME: Duration = Duration::from_secs(300);

/// The digits that a one-time code may have.
pub const CODE_DIGITS: std::ops::RangeInclusive<u32> = 4..=9;
