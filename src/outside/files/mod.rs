//! Files: copies of documents that people upload.
//!
//! Nothing of a file passes through the memory of this program as a whole. A client uploads straight to the storage by a
//! link that is signed and runs out; the program only asks afterwards what is there.
//!
//! ```text
//!  upload_link ──▶ client PUTs ──▶ uploads/{object}            visible only when it is complete
//!                                      │ found: is it a JPEG, and not too large?
//!                                      │ settle
//!                                      ▼
//!                                  files/{object} ──▶ download_link ──▶ client GETs
//! ```
//!
//! What is settled cannot be replaced: an upload link that still lives writes beside it, where nobody looks any more.
//!
//! Two storages have the same form: a directory of this machine ([`local`]), whose links lead to this program, and one
//! that speaks S3 ([`s3`]), whose links lead there. Source: person requests §7.

mod jpeg;
pub mod local;
pub mod s3;

use std::{fmt, io, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};

use self::{local::Local, s3::S3};
use crate::{
    config::{self, PublicUrl},
    random::Random,
    secrets::Keys,
};

/// The longest name of an object, in octets.
const LONGEST_NAME: usize = 512;

/// The name of a file: words of ASCII letters, digits, `.`, `_` and `-`, with `/` between them. None begins with a dot.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Object(String);

impl Object {
    /// The object of this name; none when it is no name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let is_word = |word: &str| {
            !word.is_empty()
                && !word.starts_with('.')
                && word
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        };
        (name.len() <= LONGEST_NAME && name.split('/').all(is_word)).then(|| Self(name.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StorageArea {
    /// Where links write.
    Uploads,
    /// Where it stays.
    Files,
}

impl StorageArea {
    /// The first word of its name in the storage.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Uploads => "uploads",
            Self::Files => "files",
        }
    }

    fn name(self, object: &Object) -> String {
        format!("{}/{object}", self.prefix())
    }
}

/// What is found of an uploaded object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UploadState {
    /// Nothing that is complete.
    Missing,
    /// Something that is no JPEG image, or is longer than one may be. It counts as missing.
    Unusable,
    /// A JPEG image.
    Jpeg,
}

/// Why the storage did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// The directory.
    #[error("the directory of files: {0}")]
    Directory(#[from] io::Error),
    /// The store could not be reached, or broke off.
    #[error("the file store does not answer")]
    Unreachable,
    /// The store answered with another status than it should.
    #[error("the file store answers {0}")]
    Status(u16),
    /// OpenSSL failed.
    #[error("cryptography failed")]
    Cryptography,
}

/// The storage of this installation.
#[derive(Debug, Clone)]
pub enum Media {
    /// A directory.
    Local(Arc<Local>),
    /// A store that speaks S3.
    S3(Arc<S3>),
}

impl Media {
    /// The storage of these settings. A directory is made where it is missing.
    ///
    /// # Errors
    /// When the directory cannot be made, or no HTTP client can be.
    pub fn open(
        settings: &config::Media,
        keys: &Keys,
        public_url: &PublicUrl,
        random: Arc<dyn Random>,
    ) -> Result<Self, MediaError> {
        Ok(match &settings.storage {
            config::Storage::Directory(path) => Self::Local(Arc::new(Local::open(
                path,
                settings.link_life,
                keys.clone(),
                public_url.origin(),
                random,
            )?)),
            config::Storage::S3(store) => {
                Self::S3(Arc::new(S3::new(store.clone(), settings.link_life)?))
            }
        })
    }

    /// The address that one JPEG image may be sent to with `PUT`, from `now` on for the life of a link.
    ///
    /// # Errors
    /// When OpenSSL fails.
    pub fn upload_link(&self, object: &Object, now: DateTime<Utc>) -> Result<String, MediaError> {
        match self {
            Self::Local(local) => local.link("PUT", StorageArea::Uploads, object, now),
            Self::S3(s3) => Ok(s3.upload_link(object, now)),
        }
    }

    /// The address that a settled object may be had from with `GET`.
    ///
    /// # Errors
    /// When OpenSSL fails.
    pub fn download_link(&self, object: &Object, now: DateTime<Utc>) -> Result<String, MediaError> {
        match self {
            Self::Local(local) => local.link("GET", StorageArea::Files, object, now),
            Self::S3(s3) => Ok(s3.download_link(object, now)),
        }
    }

    /// What was uploaded, or was already settled.
    ///
    /// # Errors
    /// When the storage does not answer.
    pub async fn check_upload(
        &self,
        object: &Object,
        now: DateTime<Utc>,
    ) -> Result<UploadState, MediaError> {
        match self {
            Self::Local(local) => local.check_upload(object).await,
            Self::S3(s3) => s3.check_upload(object, now).await,
        }
    }

    /// Moves an upload to where it stays. What was settled before stays as it is; what was not uploaded is passed over.
    ///
    /// # Errors
    /// When the storage does not answer.
    pub async fn settle(&self, object: &Object, now: DateTime<Utc>) -> Result<(), MediaError> {
        match self {
            Self::Local(local) => local.settle(object).await,
            Self::S3(s3) => s3.settle(object, now).await,
        }
    }

    /// Removes an object wherever it is. What is not there is removed already.
    ///
    /// # Errors
    /// When the storage does not answer.
    pub async fn remove(&self, object: &Object, now: DateTime<Utc>) -> Result<(), MediaError> {
        match self {
            Self::Local(local) => local.remove(object).await,
            Self::S3(s3) => s3.remove(object, now).await,
        }
    }

    /// Removes what uploads left behind that broke off with the process, and uploads older than `waits` that nobody settled:
    /// they came by a link whose object is looked at no more. How many.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub async fn purge(&self, waits: TimeDelta, now: DateTime<Utc>) -> Result<u64, MediaError> {
        match self {
            Self::Local(local) => local.purge(waits, now).await,
            // A store shows no upload that is not complete and keeps no part of one; what is old goes by a rule of the bucket.
            Self::S3(_) => Ok(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("person_requests/eeebb86d/person.no_tax_id.jpeg", true)]
    #[case("a", true)]
    #[case("", false)]
    #[case("a//b", false)]
    #[case("/a", false)]
    #[case("a/", false)]
    #[case("../a", false)]
    #[case("a/../b", false)]
    #[case("a/.b", false)]
    #[case("a/b c", false)]
    #[case("a\\b", false)]
    #[case("а", false)]
    #[case("a\0", false)]
    fn names(#[case] name: &str, #[case] is_good: bool) {
        assert_eq!(Object::parse(name).is_some(), is_good);
    }

    #[test]
    fn a_name_has_a_length() {
        assert!(Object::parse(&"a".repeat(LONGEST_NAME)).is_some());
        assert!(Object::parse(&"a".repeat(LONGEST_NAME + 1)).is_none());
    }
}
