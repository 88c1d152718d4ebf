//! The one place where rooms are joined.

use std::sync::Arc;

use axum::{
    Router,
    extract::{DefaultBodyLimit, State},
    http::{HeaderName, StatusCode},
    middleware::from_fn_with_state,
    response::{IntoResponse, Response},
    routing::get,
};
use secrecy::ExposeSecret;
use tokio::sync::Semaphore;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{CompressionLayer, CompressionLevel},
    timeout::TimeoutLayer,
};
use tower_sessions::{SessionManagerLayer, cookie::SameSite};

use crate::{
    api, cabinet,
    clock::Clock,
    config::Config,
    consent,
    db::Db,
    http, limits, media, oauth, openapi,
    outside::{
        files::{Media, MediaError},
        identity::Provider,
        relationships::Registry,
        sms::{Gateway, Recorder},
    },
    paths, person_request,
    random::Random,
    secrets::Keys,
    sign_up,
    signed_content::{TrustStore, TrustStoreError},
    state::{App, Parts, SharedValue, Slots},
    verification,
    web::{
        self,
        cookies::cookie_name,
        error::CompleteAnswer,
        notices::{AccessibilityPage, HomePage, PrivacyPage},
        page::Page,
        session_store::{self, Sessions},
    },
};

/// Why the application cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database cannot be reached.
    #[error("The database cannot be opened: {0}.")]
    Database(#[from] sqlx::Error),
    /// The schema cannot be brought up to date.
    #[error("The database cannot be migrated: {0}.")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The certificates cannot be read.
    #[error("{0}")]
    Certificates(#[from] TrustStoreError),
    /// OpenSSL failed.
    #[error("Keys cannot be derived: {0}.")]
    Keys(#[from] openssl::error::ErrorStack),
    /// Files cannot be kept.
    #[error("Files cannot be kept: {0}.")]
    Media(#[from] MediaError),
    /// No HTTP client can be made.
    #[error("Neither registry nor gateway can be asked: {0}.")]
    Http(#[from] reqwest::Error),
}

/// Puts the application together: opens the database, reads the certificates, derives the keys. The dictionaries are
/// read when the schema is known to be there, by [`App::refresh_dictionaries`].
///
/// # Errors
/// What is missing.
pub async fn open(
    config: Config,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    demo: bool,
) -> Result<App, OpenError> {
    oauth::jwt::install_crypto();
    let db = Db::connect(
        config.database.url.expose_secret(),
        config.database.connections,
    )
    .await?;
    let trust = TrustStore::load(
        &config.trusted_certificates,
        config.intermediate_certificates.as_deref(),
    )?;
    let keys = Keys::derive(&config.secret)?;
    let signatures = Slots::new(config.signature_slots);
    let passwords = Slots::new(config.cabinet.password_slots);
    let provider = Provider::new(config.cabinet.provider.as_ref())?;
    let media = Media::open(
        &config.media,
        &keys,
        &config.public_url,
        Arc::clone(&random),
    )?;
    let relationships = Registry::new(config.relationship_registry.as_ref(), Arc::clone(&clock))?;
    let sms = if demo {
        // The demonstration shows every message itself.
        Gateway::Recorder(Recorder::default())
    } else {
        let report_url = format!("{}{}", config.public_url.origin(), paths::SMS_REPORTS);
        Gateway::new(&config.verification.gateway, report_url)?
    };
    Ok(App::new(Parts {
        config,
        db,
        clock,
        random,
        keys,
        trust: Arc::new(trust),
        demo,
        large_bodies: Semaphore::new(limits::LARGE_BODIES),
        signatures,
        passwords,
        provider,
        relationships,
        media,
        sms,
        dictionaries: SharedValue::default(),
    }))
}

/// Every route with everything around it.
///
/// ```text
/// frame (id, log line) ▸ headers ▸ language cookie ▸ error pages ▸ JSON envelope ▸ panics ─┬─▸ time limit ─┬─▸ session ▸ pages
///                                                                                          │               └─▸ JSON routes
///                                                                                          └─▸ files, with a time limit of their own
/// ```
pub fn router(app: &App) -> Router {
    let pages = Router::new()
        .merge(sign_up::routes::routes(app))
        .merge(consent::pages::routes())
        .merge(cabinet::routes::routes())
        .merge(consent::approval_pages::routes())
        .route(paths::HOME, get(home))
        .route(paths::ACCESSIBILITY, get(accessibility))
        .route(paths::PRIVACY, get(privacy))
        .layer(sessions(app))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest));
    let plain = Router::new()
        .route(web::assets::ROUTE, get(web::assets::serve))
        .route(paths::LIVE, get("live"))
        .route(paths::READY, get(ready))
        .merge(openapi::routes());
    let json = Router::new()
        .merge(sign_up::api::routes(app))
        .merge(sign_up::trusted::routes(app))
        .merge(oauth::approvals::routes())
        .merge(oauth::api::routes())
        .merge(verification::api::routes())
        .merge(person_request::api::routes(app))
        .merge(cabinet::api::routes());
    Router::new()
        .merge(pages)
        .merge(plain)
        .merge(json)
        .fallback(StatusCode::NOT_FOUND)
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            limits::REQUEST_TIME,
        ))
        // Files have a time limit of their own.
        .merge(media::api::routes())
        .layer(DefaultBodyLimit::max(limits::BODY))
        .layer(CatchPanicLayer::custom(answer_panic))
        .layer(from_fn_with_state(app.clone(), api::envelope))
        .layer(from_fn_with_state(app.clone(), web::error::draw))
        .layer(from_fn_with_state(app.clone(), web::language::remember))
        .layer(from_fn_with_state(app.clone(), web::headers::secure))
        .layer(from_fn_with_state(app.clone(), http::request::frame))
        .with_state(app.clone())
}

fn sessions(app: &App) -> SessionManagerLayer<Sessions> {
    let url = &app.config.public_url;
    SessionManagerLayer::new(Sessions(app.clone()))
        .with_name(cookie_name("dovira", url))
        .with_secure(url.is_https())
        .with_same_site(SameSite::Lax)
        .with_expiry(session_store::session_expiry())
}

/// A panic is a defect: the request fails, the process goes on. What it says may be personal, so it is not logged.
fn answer_panic(_: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!(reason = "panic", "a handler panicked");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

async fn home(page: Page) -> HomePage {
    HomePage {
        layout: page.layout(),
    }
}

async fn accessibility(page: Page) -> AccessibilityPage {
    AccessibilityPage {
        layout: page.layout(),
    }
}

async fn privacy(page: Page) -> PrivacyPage {
    PrivacyPage {
        layout: page.layout(),
    }
}

/// Whether requests can be served: the database answers and has this program's schema, and the dictionaries are read.
async fn ready(State(app): State<App>) -> Response {
    let plain = [(
        HeaderName::from_static("content-type"),
        "text/plain; charset=utf-8",
    )];
    match app.db.pending_migrations().await {
        Ok(0) if app.dictionaries().counts() == (0, 0) => (
            StatusCode::SERVICE_UNAVAILABLE,
            CompleteAnswer,
            plain,
            "the dictionaries are not read yet",
        )
            .into_response(),
        Ok(0) => (StatusCode::OK, plain, "ready").into_response(),
        Ok(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            CompleteAnswer,
            plain,
            "the schema is not up to date",
        )
            .into_response(),
        Err(error) => {
            http::request::database_failed(&error);
            (
                StatusCode::SERVICE_UNAVAILABLE,
                CompleteAnswer,
                plain,
                "the database does not answer",
            )
                .into_response()
        }
    }
}
