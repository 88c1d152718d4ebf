//! Removing what is over, and reading what others may have changed. Every process does so by itself, at its own pace; no
//! answer depends on when what is over is removed.

use std::time::Duration;

use crate::{
    cabinet::store as cabinet_store,
    journey::flow,
    oauth::{self, store},
    person::store as person_store,
    person_request,
    state::App,
    verification::upkeep,
    web::session_store,
};

/// The time between two rounds.
const PAUSE: Duration = Duration::from_secs(60);

/// A directory of files is looked through once an hour.
const ROUNDS_OF_FILES: u64 = 60;

/// Goes round until the process ends.
pub async fn run(app: App) {
    let mut ticks = tokio::time::interval(PAUSE);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    for turn in 0_u64.. {
        ticks.tick().await;
        match round(&app, app.clock.now()).await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(removed, "removed what is over"),
            Err(error) => crate::http::request::database_failed(&error),
        }
        if turn.is_multiple_of(ROUNDS_OF_FILES) {
            let waits = app.config.person_requests.expiration;
            match app.media.purge(waits, app.clock.now()).await {
                Ok(0) => {}
                Ok(removed) => tracing::info!(removed, "removed uploads that nobody waits for"),
                Err(error) => tracing::error!(%error, "the storage of files failed"),
            }
        }
        if let Err(error) = app.refresh_dictionaries().await {
            crate::http::request::database_failed(&error);
        }
    }
}

/// One round; how many rows it removed or cleared.
///
/// # Errors
/// When the database fails.
pub async fn round(app: &App, now: chrono::DateTime<chrono::Utc>) -> sqlx::Result<u64> {
    let mut held = app.db.write().await?;
    let sessions = session_store::purge(held.link(), now).await?;
    let flows = flow::purge(held.link(), now).await?;
    let tokens = store::purge(held.link(), now).await?;
    let cabinet = cabinet_store::purge(held.link(), now).await?;
    let sign_ups = person_store::purge_sign_ups(held.link(), now).await?;
    drop(held);
    let standing = oauth::upkeep::round(&app.db, &app.config.people, now).await?;
    let verifications = upkeep::round(&app.db, &app.config.verification, now).await?;
    let requests = person_request::upkeep::round(app, now).await?;
    Ok(sessions + flows + tokens + cabinet + sign_ups + standing + verifications.rows() + requests)
}
