//! The routes of the pages.

use axum::{
    Router,
    routing::{get, post},
};

use super::{
    arrival, code_page,
    pages::{contacts, details, leave, password, take_contacts, take_details, take_password},
};
use crate::{paths, state::App};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route(paths::CABINET_REGISTRATION, get(arrival::enter))
        .route(paths::CABINET_CALLBACK, get(arrival::callback))
        .route(paths::CABINET_DETAILS, get(details).post(take_details))
        .route(paths::CABINET_CONTACTS, get(contacts).post(take_contacts))
        .route(paths::CABINET_PASSWORD, get(password).post(take_password))
        .route(paths::CABINET_LEAVE, post(leave))
        .merge(code_page::routes())
}
