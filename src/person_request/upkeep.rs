//! Requests that are over (person requests 1.5): written down as expired, cleared, their copies removed.
//!
//! No answer waits for this: [`super::store::Request::status_at`] knows by itself that a time is over, and a list writes down
//! what is overdue before it counts.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    links::object,
    store::{self, Over},
};
use crate::state::App;

/// One round; how many requests it expired or cleared.
///
/// # Errors
/// When the database fails.
pub async fn round(app: &App, now: DateTime<Utc>) -> sqlx::Result<u64> {
    let expired = expire(app, now).await?;
    let mut cleared = 0;
    let until = now - app.config.person_requests.cleaning;
    loop {
        let over = {
            let mut held = app.db.read().await?;
            store::requests_to_clear(held.link(), until).await?
        };
        let mut changed = 0;
        for over in over {
            // Copies that a signed request rests on stay: they are evidence of what is in the registry.
            if !over.is_signed() {
                remove_copies(app, &over, now).await;
            }
            let mut held = app.db.write().await?;
            changed += store::clean(held.link(), over.id).await?;
        }
        if changed == 0 {
            return Ok(expired + cleared);
        }
        cleared += changed;
    }
}

/// Expires every request whose time is over; how many.
async fn expire(app: &App, now: DateTime<Utc>) -> sqlx::Result<u64> {
    let until = now - app.config.person_requests.expiration;
    let mut expired = 0;
    loop {
        let over = {
            let mut held = app.db.read().await?;
            store::overdue(held.link(), until).await?
        };
        match write_down(app, over, now).await? {
            0 => return Ok(expired),
            changed => expired += changed,
        }
    }
}

/// Expires what is overdue in one legal entity, so that its list counts right.
pub(super) async fn expire_in(
    app: &App,
    legal_entity_id: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let until = now - app.config.person_requests.expiration;
    loop {
        let over = {
            let mut held = app.db.read().await?;
            store::overdue_in(held.link(), legal_entity_id, until).await?
        };
        if write_down(app, over, now).await? == 0 {
            return Ok(());
        }
    }
}

/// Writes down that requests have expired; how many nobody else had.
async fn write_down(app: &App, over: Vec<Over>, now: DateTime<Utc>) -> sqlx::Result<u64> {
    let mut changed = 0;
    for over in over {
        remove_copies(app, &over, now).await;
        let mut held = app.db.write().await?;
        changed += store::expire(held.link(), over.id, now).await?;
    }
    Ok(changed)
}

/// Removes the copies before the list of them is cleared: a storage that does not answer now leaves files behind, and the
/// log says so.
async fn remove_copies(app: &App, over: &Over, now: DateTime<Utc>) {
    for kind in over.kinds() {
        let Ok(object) = object(over.id, kind) else {
            continue;
        };
        if let Err(error) = app.media.remove(&object, now).await {
            tracing::warn!(request = %over.id, reason = %error, "copies of an expired person request could not be removed");
            return;
        }
    }
}
