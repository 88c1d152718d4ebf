//! How a person says no, and goes back to the client.

use axum::{http::StatusCode, response::Response};
use serde_json::json;

use super::{
    flow::{self, Stage},
    own_flow::OwnFlow,
};
use crate::web::{
    error::PageError,
    page::{Decision, Page, see_other},
    stop::Stop,
};

/// The button "back to the application", of a flow at its details: the client learns `why`. Pressed twice it leads to the
/// same place.
///
/// # Errors
/// 400 for another button; "already finished" when the client was allowed.
pub async fn leave(
    page: &Page,
    own: &OwnFlow,
    decision: Decision,
    why: &str,
) -> Result<Response, Stop> {
    match (own.flow.stage, decision) {
        (Stage::Details, Decision::Leave) => Ok(end_declined(page, own, why).await?),
        (Stage::Declined, Decision::Leave) => Ok(see_other(&own.flow.declined_address(why))),
        (Stage::Accept { .. }, _) => Ok(see_other(&own.accept_address())),
        (Stage::Accepted { .. }, _) => Err(own.finished_page().into()),
        _ => Err(PageError::of_status(StatusCode::BAD_REQUEST).into()),
    }
}

/// Ends a flow because the person said no, and sends the browser back.
///
/// # Errors
/// The page "already finished" when another request ended it otherwise.
pub async fn end_declined(page: &Page, own: &OwnFlow, why: &str) -> Result<Response, PageError> {
    let mut held = page.app.db.write().await?;
    let (next, expires_at) = (Stage::Declined, own.flow.expires_at);
    if flow::advance(held.link(), &own.flow, next, &json!({}), expires_at).await? {
        Ok(see_other(&own.flow.declined_address(why)))
    } else {
        Err(own.finished_page())
    }
}
