//! The JSON routes of one-time codes.

use axum::Router;

use crate::state::App;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
}
