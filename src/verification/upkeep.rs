//! What is done once a minute, on every process, without anybody in charge. Whether it runs, or how often, changes no
//! answer: an expired code is expired before it is written down, and what is too old is not looked at.

use chrono::{DateTime, Utc};

use super::store;
use crate::{config::Verification, db::Db};

/// What one round did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    /// Codes that were written down as expired.
    pub expired: u64,
    /// Messages that were given up.
    pub given_up: u64,
    /// Rows that were removed.
    pub removed: u64,
}

impl Done {
    /// How many rows that is.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.expired + self.given_up + self.removed
    }
}

/// One round (verifications §7.4).
///
/// # Errors
/// When the database fails.
pub async fn round(db: &Db, settings: &Verification, now: DateTime<Utc>) -> sqlx::Result<Done> {
    let mut tx = db.begin().await?;
    let given_up = store::give_up(&mut tx, now - settings.lost_after, now).await?;
    tx.commit().await?;
    let mut held = db.write().await?;
    let expired = store::expire(held.link(), now).await?;
    let mut removed = store::forget_requests(held.link(), now).await?;
    if let Some(kept) = settings.kept {
        removed += store::remove(held.link(), now - kept).await?;
    }
    Ok(Done {
        expired,
        given_up,
        removed,
    })
}
