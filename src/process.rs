//! How a command begins to log and how it ends.

use std::io;

use crate::{
    app,
    config::{LogFormat, LogSettings, Problems},
    oauth::store,
};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It did what was asked.
    Done,
    /// The answer is no.
    No,
}

/// Why a command could not run, in plain sentences.
#[derive(Debug, thiserror::Error)]
pub enum CannotRun {
    /// The settings are wrong.
    #[error("{0}")]
    Settings(#[from] Problems),
    /// The application cannot be put together.
    #[error("{0}")]
    Open(#[from] app::OpenError),
    /// The database failed.
    #[error("The database failed: {0}.")]
    Database(#[from] sqlx::Error),
    /// The schema cannot be brought up to date.
    #[error("The database cannot be migrated: {0}.")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A file cannot be read or written, or an address cannot be used.
    #[error("{0}: {1}.")]
    Io(String, io::Error),
    /// Anything else, in a sentence.
    #[error("{0}")]
    Other(String),
}

impl From<openssl::error::ErrorStack> for CannotRun {
    fn from(error: openssl::error::ErrorStack) -> Self {
        Self::Other(format!("OpenSSL failed: {error}."))
    }
}

impl From<store::StoreError> for CannotRun {
    fn from(error: store::StoreError) -> Self {
        match error {
            store::StoreError::Database(error) => Self::Database(error),
            store::StoreError::Inconsistent(error) => Self::Other(format!("{error}.")),
        }
    }
}

/// Begins to log. What is logged goes to stderr: stdout is for what a command answers.
///
/// # Errors
/// When the filter cannot be read.
pub fn begin_log(settings: &LogSettings) -> Result<(), CannotRun> {
    use tracing_subscriber::{EnvFilter, fmt};
    let filter = EnvFilter::try_new(&settings.log)
        .map_err(|error| CannotRun::Other(format!("DOVIRA_LOG: {error}.")))?;
    let lines = fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_target(false);
    // An error says that a log was begun before, which does no harm.
    let _ = match settings.log_format {
        LogFormat::Text => lines.with_ansi(false).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    Ok(())
}
