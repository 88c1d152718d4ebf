//! One-time codes by SMS: whether a phone number is in the hands of who says so.
//!
//! ```text
//!              initialize
//!                  │        ┌── right, in time ─────────────────────▶ VERIFIED ──▶ verified_phones
//!                  ▼        │
//!                 NEW ──────┼── wrong, the fourth time ─────────────▶ UNVERIFIED
//!                 │ ▲       │
//!   wrong, thrice └─┘       ├── 300 s are over ─────────────────────▶ EXPIRED
//!                           │
//!                           └── a newer code, or not delivered ─────▶ CANCELED
//! ```
//!
//! Only the latest record of a number is ever looked at. Whoever asks gets a [`Completion`] and must look at it: a right
//! code that comes too late is [`Completion::Expired`], which the JSON route answers with 200 as the seed has it, and which
//! is a failure for everybody else.
//!
//! How attempts are counted. A code is compared, then one statement writes the result into the record, if the record still
//! is what it was when it was read; only then is anything answered. Whoever was slower reads again: every such turn means
//! that somebody else counted an attempt or sent a new code, so nobody guesses for nothing and nobody waits for long. The
//! statement is its own transaction: what a caller does with the answer, and whether they fail at it, changes no count.
//!
//! Source: verifications (the whole document), decisions §4.

pub mod api;
pub mod code;
mod reports;
pub mod rules;
mod store;
pub mod upkeep;

use chrono::{DateTime, TimeDelta, Utc};
use openssl::error::ErrorStack;
use tracing::Instrument;
use uuid::Uuid;

use self::{
    code::Code,
    rules::{Verdict, judge, send_again_after, try_again_after},
};
pub use self::{
    code::GivenCode,
    rules::{Closed, CodeStatus},
};
use crate::{
    config,
    db::Link,
    http::request::database_failed,
    outside::sms::{Message, NotSent},
    phone::PhoneNumber,
    random::Draw,
    secrets::constant_time_eq,
    state::App,
};

/// A verification as others are told of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verification {
    /// Its id.
    pub id: Uuid,
    /// Where it stands.
    pub status: CodeStatus,
    /// From when on its code is too late.
    pub code_expired_at: DateTime<Utc>,
}

impl Verification {
    /// Whether its code can be tried.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.status == CodeStatus::New
    }
}

/// On whose behalf a code is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    /// The user of the access token.
    pub user_id: Uuid,
    /// Its client.
    pub client_id: Uuid,
}

/// A code that is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Initialize<'a> {
    /// To whom.
    pub phone: &'a PhoneNumber,
    /// The gateway that the caller asks for by name; there is one, so it is only remembered.
    pub provider: Option<&'a str>,
    /// MD5 (hex) of the content that the code is for: it is good for this content only.
    pub content_hash: Option<&'a str>,
    /// On whose behalf; none where there is no access token.
    pub actor: Option<Actor>,
}

/// Why no code was sent.
#[derive(Debug, thiserror::Error)]
pub enum InitializeError {
    /// Too many were sent to this number; the older code stays as it was.
    #[error("too many requests")]
    TooManyRequests {
        /// Seconds after which there may be another.
        retry_after: u64,
    },
    /// The gateway did not take the message over; the code is cancelled.
    #[error("SMS not sent. Try later")]
    SmsNotSent,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// What a code is given for.
#[derive(Debug, Clone, Copy)]
pub enum Aim<'a> {
    /// To prove the number; a code that was sent for some content is not for that.
    Number,
    /// To confirm this content (MD5, hex): with a code that was sent for it, or for nothing in particular.
    Content(&'a str),
    /// To confirm what this names, with a code that was sent for it and nothing else.
    Only(&'a str),
}

impl Aim<'_> {
    /// Whether a code that was sent for `content` will do.
    fn is_met_by(self, content: Option<&str>) -> bool {
        match (self, content) {
            (Self::Number | Self::Content(_), None) => true,
            (Self::Content(wanted) | Self::Only(wanted), Some(sent)) => wanted == sent,
            (Self::Number, Some(_)) | (Self::Only(_), None) => false,
        }
    }
}

/// What came of a code that was given. Only `Verified` is a success.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completion {
    /// The right code, in time: the number is proven.
    Verified(Verification),
    /// The right code, too late: nothing is proven.
    Expired(Verification),
    /// A wrong code, or one that is for other content.
    InvalidCode {
        /// Attempts left; none when the time is over.
        left: u32,
    },
    /// No code can be tried.
    MaxAttempts(Closed),
    /// No code was ever sent.
    NotFound,
}

/// How often a code is tried to be stored while others ask for one to the same number at the same moment (§6.4). With any
/// limit of codes that is worth having, one of the two is reached before.
const TURNS: usize = 16;

/// Sends a code to a number; an older one is cancelled.
///
/// # Errors
/// When codes were sent too often, the gateway refuses, or the database fails.
///
/// Source: verifications §5.2.
pub async fn initialize(
    app: &App,
    wanted: &Initialize<'_>,
    now: DateTime<Utc>,
) -> Result<Verification, InitializeError> {
    if wanted.provider.is_some_and(|name| name != app.sms.name()) {
        tracing::warn!(
            reason = "unknown_provider",
            gateway = app.sms.name(),
            "another SMS provider was asked for"
        );
    }
    let begun = begin(app, wanted, now).await?;
    // On a task of its own: a browser that goes away must not leave a code that nobody sent, or a refusal that nobody noted.
    let delivered = tokio::spawn(deliver(app.clone(), begun).in_current_span());
    // The process is stopping: whether the message left is not known.
    delivered.await.unwrap_or(Err(InitializeError::SmsNotSent))
}

/// Hands the message of a code over, and cancels the code when it is not taken.
async fn deliver(app: App, begun: Begun) -> Result<Verification, InitializeError> {
    match app.sms.send(&begun.message).await {
        Ok(accepted) => {
            if let Some(gateway_id) = &accepted.gateway_id {
                let noted = async {
                    let mut held = app.db.write().await?;
                    store::message_named(held.link(), begun.message.id, gateway_id).await
                };
                // The message is on its way and its code is good, whether this is noted or not.
                noted.await.unwrap_or_else(|error| database_failed(&error));
            }
            Ok(begun.verification)
        }
        Err(not_sent) => {
            let is_sent = not_sent == NotSent::NoAnswer;
            let (id, sms_id) = (begun.verification.id, begun.message.id);
            let mut tx = app.db.begin().await?;
            store::message_refused(&mut tx, id, sms_id, is_sent, app.clock.now()).await?;
            tx.commit().await?;
            Err(InitializeError::SmsNotSent)
        }
    }
}

/// A code that is stored and not sent yet.
struct Begun {
    verification: Verification,
    message: Message,
}

/// Stores a code. What was sent is read, judged, and added to if it still is what it was: as with a code that is taken,
/// every further turn means that somebody else sent one.
async fn begin(
    app: &App,
    wanted: &Initialize<'_>,
    now: DateTime<Utc>,
) -> Result<Begun, InitializeError> {
    let settings = &app.config.verification;
    let (id, sms_id) = (app.random.uuid(), app.random.uuid());
    let code = Code::generate(&*app.random, settings.code_digits);
    let code_hash = code.hash(&app.keys, id, wanted.phone).map_err(hash_error)?;
    let mut new = store::New {
        id,
        phone: wanted.phone,
        code_hash,
        code_expired_at: now + settings.code_life,
        content_hash: wanted.content_hash,
        provider: wanted.provider,
        actor: wanted.actor,
        sms_id,
        gateway: app.sms.name(),
        inserted_at: now,
    };
    for _ in 0..TURNS {
        let (sends, latest) = {
            let mut held = app.db.read().await?;
            store::sends(held.link(), wanted.phone, now).await?
        };
        if let Some(retry_after) = send_again_after(&sends, settings.sends, now) {
            tracing::warn!(
                reason = "too_many_codes",
                phone_number = wanted.phone.mask(),
                retry_after,
                "no code is sent"
            );
            return Err(InitializeError::TooManyRequests { retry_after });
        }
        // Two records of a number never have the same time, whichever process with whichever clock makes them: else
        // nobody could say which is the latest.
        let after_latest = latest.map(|latest| latest + TimeDelta::microseconds(1));
        new.inserted_at = after_latest.map_or(now, |after| after.max(now));
        if store::add(&app.db, &new, latest, now).await? {
            return Ok(Begun {
                verification: Verification {
                    id,
                    status: CodeStatus::New,
                    code_expired_at: new.code_expired_at,
                },
                message: Message {
                    id: sms_id,
                    phone_number: wanted.phone.clone(),
                    body: format!("{}{}", settings.text, code.expose()),
                    at: now,
                },
            });
        }
    }
    Err(InitializeError::TooManyRequests { retry_after: 1 })
}

/// A code that cannot be hashed cannot be a value of the database: OpenSSL is out of memory.
fn hash_error(error: ErrorStack) -> sqlx::Error {
    sqlx::Error::Encode(Box::new(error))
}

/// Takes a code for a number. Commits by itself, whatever the caller does with the answer; never to be called while a
/// transaction is held, since SQLite has one writer.
///
/// Two questions to the database: the latest record is read, and changed if it still is what it was.
///
/// # Errors
/// When the database fails.
///
/// Source: verifications §4.1, §5.6.
pub async fn complete(
    app: &App,
    phone: &PhoneNumber,
    code: GivenCode,
    aim: Aim<'_>,
    now: DateTime<Utc>,
) -> sqlx::Result<Completion> {
    let settings = &app.config.verification;
    loop {
        let mut held = app.db.read().await?;
        let latest = store::latest(held.link(), phone, kept_since(settings, now)).await?;
        let Some(record) = latest else {
            return Ok(Completion::NotFound);
        };
        let given = code.hash(&app.keys, record.id, phone).map_err(hash_error)?;
        let is_code = constant_time_eq(&given, &record.code_hash);
        let is_content = aim.is_met_by(record.content_hash.as_deref());
        let (verdict, change) = judge(
            record.facts,
            is_code && is_content,
            now,
            settings.most_wrong,
        );
        if let Some(change) = change {
            let mut held = held.writing(&app.db).await?;
            if !store::change(held.link(), &record, change, now).await? {
                // Somebody else was first.
                continue;
            }
        }
        if verdict != Verdict::Verified {
            tracing::info!(id = %record.id, reason = verdict.word(), "a code is not taken");
        }
        return Ok(match verdict {
            Verdict::Verified => Completion::Verified(record.verification_after(change)),
            Verdict::Expired => Completion::Expired(record.verification_after(change)),
            Verdict::InvalidCode { left } => Completion::InvalidCode { left },
            Verdict::MaxAttempts(why) => Completion::MaxAttempts(why),
        });
    }
}

/// From when on records count: what is older is removed at some time, and no answer depends on when.
fn kept_since(settings: &config::Verification, now: DateTime<Utc>) -> DateTime<Utc> {
    settings
        .kept
        .map_or(DateTime::UNIX_EPOCH, |kept| now - kept)
}

/// Counts a request to complete the verification of `phone`; seconds to wait where there are too many of them.
///
/// # Errors
/// When the database fails.
///
/// Source: decisions §4 (`VERIFICATION_REQUESTS_PER_MINUTE`).
pub async fn admit(
    app: &App,
    phone: &PhoneNumber,
    now: DateTime<Utc>,
) -> sqlx::Result<Result<(), u64>> {
    let per_minute = app.config.verification.requests_per_minute;
    if per_minute == 0 {
        return Ok(Ok(()));
    }
    let mut held = app.db.write().await?;
    let (requests, began_at) = store::count_request(held.link(), phone, now).await?;
    Ok(try_again_after(requests, began_at, per_minute, now).map_or(Ok(()), Err))
}

/// Whether a number was proven at any time in the past. Not a consent: that is [`complete`].
///
/// # Errors
/// When the database fails.
pub async fn is_verified_phone(link: Link<'_>, phone: &PhoneNumber) -> sqlx::Result<bool> {
    store::is_verified(link, phone).await
}
