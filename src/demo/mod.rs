//! Everything in one: for trying and showing.
use std::{net::SocketAddr, path::PathBuf};

use clap::Args;

use crate::command::{CannotRun, Outcome};

/// What `demo` takes.
#[derive(Args)]
pub struct Arguments {
    /// Where the service listens
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Where the pretend client application listens
    #[arg(long, default_value = "127.0.0.1:8081")]
    pub client_listen: SocketAddr,
    /// Where data are kept
    #[arg(long, default_value = ".demo")]
    pub data: PathBuf,
}

/// Runs the demonstration.
///
/// # Errors
/// Why it could not run.
pub async fn run(arguments: Arguments) -> Result<Outcome, CannotRun> {
    let _ = arguments;
    Ok(Outcome::Done)
}
