//! Where copies of documents go: what this room needs of a storage of files (person requests 7).

use std::fmt;

use chrono::{DateTime, Utc};

/// Why a storage did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StorageError(pub String);

/// A storage of files. The name of a file is made of ASCII letters, digits, `.`, `_`, `-` and `/`.
#[async_trait::async_trait]
pub trait Uploads: fmt::Debug + Send + Sync {
    /// The address that one JPEG image may be sent to with `PUT`, for a limited time.
    ///
    /// # Errors
    /// When none can be made.
    fn upload_link(&self, object: &str, now: DateTime<Utc>) -> Result<String, StorageError>;

    /// The address that a file may be had from with `GET`, for a limited time.
    ///
    /// # Errors
    /// When none can be made.
    fn download_link(&self, object: &str, now: DateTime<Utc>) -> Result<String, StorageError>;

    /// Whether a good image was uploaded completely.
    ///
    /// # Errors
    /// When the storage does not answer.
    async fn is_uploaded(&self, object: &str, now: DateTime<Utc>) -> Result<bool, StorageError>;

    /// Makes an upload stay as it is: nothing can replace it any more.
    ///
    /// # Errors
    /// When the storage does not answer.
    async fn settle(&self, object: &str, now: DateTime<Utc>) -> Result<(), StorageError>;

    /// Removes a file. What is not there is removed already.
    ///
    /// # Errors
    /// When the storage does not answer.
    async fn remove(&self, object: &str, now: DateTime<Utc>) -> Result<(), StorageError>;
}

/// No storage: what needs one is not available.
#[derive(Debug, Clone, Copy)]
pub struct Nowhere;

fn nowhere<T>() -> Result<T, StorageError> {
    Err(StorageError("there is none".to_owned()))
}

#[async_trait::async_trait]
impl Uploads for Nowhere {
    fn upload_link(&self, _: &str, _: DateTime<Utc>) -> Result<String, StorageError> {
        nowhere()
    }

    fn download_link(&self, _: &str, _: DateTime<Utc>) -> Result<String, StorageError> {
        nowhere()
    }

    async fn is_uploaded(&self, _: &str, _: DateTime<Utc>) -> Result<bool, StorageError> {
        nowhere()
    }

    async fn settle(&self, _: &str, _: DateTime<Utc>) -> Result<(), StorageError> {
        nowhere()
    }

    async fn remove(&self, _: &str, _: DateTime<Utc>) -> Result<(), StorageError> {
        nowhere()
    }
}
