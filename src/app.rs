//! The one place where rooms are joined.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::StatusCode,
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::get,
};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{CompressionLayer, CompressionLevel},
    timeout::TimeoutLayer,
};
use tower_sessions::{
    Expiry, SessionManagerLayer,
    cookie::{SameSite, time::Duration},
};

use crate::{
    api, limits, oauth, sign_up,
    state::App,
    web::{
        self, browser::cookie_name, notices, page::Page, paths, session_store::{self, Sessions},
    },
};

/// Every route with everything around it.
///
/// ```text
/// frame (id, log line) ▸ headers ▸ language cookie ▸ error pages ▸ time limit ▸ panics ─┬─▸ pages ▸ session
///                                                                                       └─▸ JSON ▸ envelope
/// ```
pub fn router(app: &App) -> Router {
    let pages = Router::new()
        .merge(sign_up::pages::routes())
        .merge(oauth::pages::routes())
        .route(paths::HOME, get(home))
        .route(paths::ACCESSIBILITY, get(accessibility))
        .route(paths::PRIVACY, get(privacy))
        .layer(sessions(app))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .route(paths::STATIC, get(web::assets::serve))
        .route(paths::LIVE, get(StatusCode::NO_CONTENT))
        .route(paths::READY, get(web::health::ready));
    let json = Router::new().merge(sign_up::api::routes()).merge(oauth::api::routes());
    Router::new()
        .merge(pages)
        .merge(json)
        .fallback(StatusCode::NOT_FOUND)
        .layer(DefaultBodyLimit::max(limits::BODY))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, limits::REQUEST_TIME))
        .layer(from_fn_with_state(app.clone(), envelope_json))
        .layer(from_fn_with_state(app.clone(), web::error::draw))
        .layer(from_fn_with_state(app.clone(), web::language::remember))
        .layer(from_fn_with_state(app.clone(), web::headers::secure))
        .layer(from_fn_with_state(app.clone(), web::request::frame))
        .with_state(app.clone())
}
