//! What a gateway reports of its messages.

use chrono::{DateTime, Utc};

use super::{rules::GatewayStatus, store};
use crate::state::App;

/// A report.
#[derive(Debug)]
pub(super) struct Report<'a> {
    /// Our id of the message, or the gateway's.
    pub(super) id: &'a str,
    /// What became of it.
    pub(super) status: GatewayStatus,
    /// When.
    pub(super) at: DateTime<Utc>,
}

/// Takes a report; false when there is no such message. One that is older than what is known changes nothing.
///
/// # Errors
/// When the database fails.
pub(super) async fn take(app: &App, report: &Report<'_>, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let mut tx = app.db.begin().await?;
    let Some(sms_id) = store::message(tx.link(), report.id).await? else {
        return Ok(false);
    };
    let is_news = store::message_reported(tx.link(), sms_id, report.status, report.at).await?;
    if is_news && report.status.cancels() {
        let cancelled = store::cancel_undelivered(tx.link(), sms_id, now).await?;
        if cancelled > 0 {
            tracing::info!(id = %sms_id, status = report.status.as_str(), "a code is cancelled: its SMS did not arrive");
        }
    }
    tx.commit().await?;
    Ok(true)
}
