//! The routes of the pages.

use axum::{Router, extract::DefaultBodyLimit, middleware::from_fn_with_state, routing::get};

use super::{
    code_pages,
    entrance::{by_form, by_link},
    pages::{decide, details, leave, show_declined},
};
use crate::{http::request::large_body, limits, paths, state::App};

/// The routes.
pub fn routes(app: &App) -> Router<App> {
    let mut entries = Router::new();
    for path in paths::ENTRIES {
        entries = entries.route(path, get(by_link).post(by_form));
    }
    entries
        .layer(DefaultBodyLimit::max(limits::SIGNED_BODY))
        .layer(from_fn_with_state(app.clone(), large_body))
        .route(paths::CONFIDANT_SIGN_UP_FLOW, get(details).post(decide))
        .route(
            paths::CONFIDANT_SIGN_UP_DECLINED,
            get(show_declined).post(leave),
        )
        .route(paths::SIGN_UP_FLOW, get(details).post(decide))
        .route(paths::SIGN_UP_DECLINED, get(show_declined).post(leave))
        .merge(code_pages::routes())
}
