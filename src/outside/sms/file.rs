//! A file that takes one line of JSON for each message: for development.

use std::path::PathBuf;

use tokio::io::AsyncWriteExt;

use super::{Accepted, Message, NotSent};

/// The file.
#[derive(Debug)]
pub struct FileGateway {
    path: PathBuf,
}

impl FileGateway {
    /// The file at `path`; it is made with the first message, readable by its owner only.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Adds a line.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn send(&self, message: &Message) -> Result<Accepted, NotSent> {
        self.append(message).await.map_err(|error| {
            tracing::error!(reason = %error.kind(), "an SMS cannot be written to its file");
            NotSent::Refused
        })?;
        Ok(Accepted { gateway_id: None })
    }

    async fn append(&self, message: &Message) -> std::io::Result<()> {
        let mut options = tokio::fs::OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        options.mode(0o600);
        let mut file = options.open(&self.path).await?;
        // One write: lines of several processes do not mix.
        let line = format!("{}\n", message.to_json());
        file.write_all(line.as_bytes()).await?;
        file.flush().await
    }
}
