//! A storage of files that is a list of names: what tests upload, and what the program settles and removes.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use chrono::{DateTime, Utc};
use dovira::person_request::uploads::{StorageError, Uploads};

/// The storage.
#[derive(Debug, Clone, Default)]
pub struct Bucket(Arc<Mutex<BTreeMap<String, bool>>>);

impl Bucket {
    /// Uploads an image to a link that was given out.
    pub fn put(&self, link: &str) {
        let object = link.strip_prefix("https://storage.example/put/").unwrap();
        self.0.lock().unwrap().entry(object.to_owned()).or_default();
    }

    /// What is there, by name; whether it is settled.
    pub fn files(&self) -> Vec<(String, bool)> {
        let files = self.0.lock().unwrap();
        files.iter().map(|(name, is)| (name.clone(), *is)).collect()
    }
}

#[async_trait::async_trait]
impl Uploads for Bucket {
    fn upload_link(&self, object: &str, _: DateTime<Utc>) -> Result<String, StorageError> {
        Ok(format!("https://storage.example/put/{object}"))
    }

    fn download_link(&self, object: &str, _: DateTime<Utc>) -> Result<String, StorageError> {
        Ok(format!("https://storage.example/get/{object}"))
    }

    async fn is_uploaded(&self, object: &str, _: DateTime<Utc>) -> Result<bool, StorageError> {
        Ok(self.0.lock().unwrap().contains_key(object))
    }

    async fn settle(&self, object: &str, _: DateTime<Utc>) -> Result<(), StorageError> {
        *self.0.lock().unwrap().get_mut(object).unwrap() = true;
        Ok(())
    }

    async fn remove(&self, object: &str, _: DateTime<Utc>) -> Result<(), StorageError> {
        self.0.lock().unwrap().remove(object);
        Ok(())
    }
}
