//! Registration in the cabinet by its numbered cases (cabinet §8).

mod body;
mod code;
mod identity;
mod pages;
mod passwords;
mod provider;
mod success;
mod token;

use crate::support::{Database, TestApp, UNLIMITED};

/// An application without limits on codes, with more settings.
pub(crate) async fn with(database: Database, more: &[&str]) -> TestApp {
    let mut settings = UNLIMITED.to_vec();
    settings.extend(more);
    TestApp::with(database, &settings).await
}
