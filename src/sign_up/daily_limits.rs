//! How many people a confidant may register, and how many claims they may make, in a day.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::error::SignUpError;
use crate::{
    db::Tx,
    person::store::{self, SIGN_UPS_COUNT_FOR},
    random::Draw,
    state::App,
};

/// Counts a registration or a claim of the confidant.
///
/// # Errors
/// 429 when there were too many today.
pub(super) async fn count(
    tx: &mut Tx,
    app: &App,
    confidant_id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), SignUpError> {
    let most = app.config.people.confidant_sign_ups_per_day;
    if store::count_sign_up(tx.link(), app.random.uuid(), confidant_id, most, now).await? {
        return Ok(());
    }
    let oldest = store::oldest_sign_up(tx.link(), confidant_id, now).await?;
    let retry_at = oldest.unwrap_or(now) + SIGN_UPS_COUNT_FOR;
    Err(SignUpError::TooManySignUps { retry_at, now })
}

/// Whether the confidant may stand for one more person.
///
/// # Errors
/// 422 when they stand for too many, or somebody stands for them.
pub(super) async fn check_limits(
    tx: &mut Tx,
    app: &App,
    confidant_id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), SignUpError> {
    let limit = app.config.person_requests.third_person_limit;
    let (wards, confidants) = store::wards_and_confidants(tx.link(), confidant_id, now).await?;
    if confidants > 0 {
        Err(SignUpError::ConfidantHasConfidant)
    } else if wards >= limit {
        Err(SignUpError::ThirdPersonLimit(limit))
    } else {
        Ok(())
    }
}
