//! What a gateway reports of its messages.

use chrono::{DateTime, Utc};

use super::{
    rules::{GatewayStatus, Reported, safe_word},
    store,
};
use crate::state::App;

/// A report.
#[derive(Debug)]
pub(super) struct DeliveryReport<'a> {
    /// Our id of the message, or the gateway's.
    pub(super) id: &'a str,
    /// What became of it.
    pub(super) says: Reported<'a>,
    /// When.
    pub(super) at: DateTime<Utc>,
}

/// Takes a report; false when there is no such message. One that is older than what is known changes nothing, nor does one
/// that settles nothing, whatever it is about: a gateway that is refused sends it again.
///
/// # Errors
/// When the database fails.
pub(super) async fn take(
    app: &App,
    report: &DeliveryReport<'_>,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    match report.says {
        Reported::Settled(status) => settle(app, report, status, now).await,
        Reported::OnItsWay => Ok(true),
        Reported::Other(word) => {
            let word = safe_word(word);
            tracing::info!(word, "the SMS gateway reports a status that is not known");
            Ok(true)
        }
    }
}

async fn settle(
    app: &App,
    report: &DeliveryReport<'_>,
    status: GatewayStatus,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let mut tx = app.db.begin().await?;
    let Some(sms_id) = store::message(tx.link(), report.id).await? else {
        return Ok(false);
    };
    let is_news = store::message_reported(tx.link(), sms_id, status, report.at).await?;
    if is_news && status.cancels() {
        let cancelled = store::cancel_undelivered(tx.link(), sms_id, now).await?;
        if cancelled > 0 {
            tracing::info!(id = %sms_id, status = status.as_str(), "a code is cancelled: its SMS did not arrive");
        }
    }
    tx.commit().await?;
    Ok(true)
}
