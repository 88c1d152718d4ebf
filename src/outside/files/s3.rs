//! Files in a store that speaks S3, reached straight there by presigned links (AWS Signature Version 4, in the query).
//!
//! The store decides nothing but whether a link is good: what was uploaded is looked at here, by its length and its
//! first octets, before it counts. Requests are made as they are written, the clients of the store aside: no list, no
//! multipart, nothing that one compatible store has and another lacks.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{RequestBuilder, Response, StatusCode, header};
use rusty_s3::{
    Bucket, Credentials, S3Action,
    actions::{DeleteObject, GetObject, HeadObject, PutObject},
};
use secrecy::ExposeSecret;

use super::{MediaError, Object, StorageArea, UploadState, jpeg};
use crate::{
    config::S3Store,
    outside::client::{HttpClient, send},
};

/// How long a link lives that this program uses itself, at once.
const OWN_LINK: Duration = Duration::from_secs(60);
/// How long the store may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The header by which an object is made from another one.
const COPY_SOURCE: &str = "x-amz-copy-source";

/// The store.
#[derive(Debug)]
pub struct S3 {
    http: HttpClient,
    bucket: Bucket,
    credentials: Credentials,
    link_life: Duration,
}

impl S3 {
    /// The store of these settings; nothing is asked of it yet.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(store: S3Store, link_life: TimeDelta) -> Result<Self, MediaError> {
        let credentials =
            Credentials::new(store.access_key_id, store.secret_access_key.expose_secret());
        let http = HttpClient::direct(TIMEOUT).map_err(|_| MediaError::Unreachable)?;
        Ok(Self {
            http,
            bucket: store.bucket,
            credentials,
            link_life: link_life.to_std().unwrap_or(OWN_LINK),
        })
    }

    /// A link for one `PUT` with `Content-Type: image/jpeg`, which is signed too.
    pub(super) fn upload_link(&self, object: &Object, now: DateTime<Utc>) -> String {
        let name = StorageArea::Uploads.name(object);
        let mut put = PutObject::new(&self.bucket, Some(&self.credentials), &name);
        put.headers_mut().insert("content-type", "image/jpeg");
        presign(&put, self.link_life, now)
    }

    pub(super) fn download_link(&self, object: &Object, now: DateTime<Utc>) -> String {
        let name = StorageArea::Files.name(object);
        let get = GetObject::new(&self.bucket, Some(&self.credentials), &name);
        presign(&get, self.link_life, now)
    }

    pub(super) async fn check_upload(
        &self,
        object: &Object,
        now: DateTime<Utc>,
    ) -> Result<UploadState, MediaError> {
        for place in [StorageArea::Files, StorageArea::Uploads] {
            let name = place.name(object);
            let Some(length) = self.length(&name, now).await? else {
                continue;
            };
            // An empty range cannot be had.
            if length < jpeg::BEGINNING.len() as u64 {
                return Ok(UploadState::Unusable);
            }
            let beginning = self.beginning(&name, now).await?;
            return Ok(if jpeg::is_usable(&beginning, length) {
                UploadState::Jpeg
            } else {
                UploadState::Unusable
            });
        }
        Ok(UploadState::Missing)
    }

    /// The length of an object; none when there is none.
    async fn length(&self, name: &str, now: DateTime<Utc>) -> Result<Option<u64>, MediaError> {
        let head = HeadObject::new(&self.bucket, Some(&self.credentials), name);
        let answer = self
            .send_request(self.http.head(presign(&head, OWN_LINK, now)))
            .await?;
        match answer.status() {
            StatusCode::NOT_FOUND => Ok(None),
            StatusCode::OK => answer
                .headers()
                .get(header::CONTENT_LENGTH)
                .and_then(|length| length.to_str().ok()?.parse().ok())
                .map(Some)
                .ok_or(MediaError::Unreachable),
            other => Err(MediaError::Status(other.as_u16())),
        }
    }

    async fn beginning(&self, name: &str, now: DateTime<Utc>) -> Result<Vec<u8>, MediaError> {
        let get = GetObject::new(&self.bucket, Some(&self.credentials), name);
        let last = jpeg::BEGINNING.len() - 1;
        let request = self
            .http
            .get(presign(&get, OWN_LINK, now))
            .header(header::RANGE, format!("bytes=0-{last}"));
        let mut answer = self.send_request(request).await?;
        if !matches!(
            answer.status(),
            StatusCode::PARTIAL_CONTENT | StatusCode::OK
        ) {
            return Err(MediaError::Status(answer.status().as_u16()));
        }
        let mut beginning = Vec::new();
        // A store that knows no ranges sends everything: no more is read than is needed.
        while beginning.len() < jpeg::BEGINNING.len() {
            match answer.chunk().await {
                Ok(Some(chunk)) => beginning.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(_) => return Err(MediaError::Unreachable),
            }
        }
        Ok(beginning)
    }

    pub(super) async fn settle(
        &self,
        object: &Object,
        now: DateTime<Utc>,
    ) -> Result<(), MediaError> {
        let (from, to) = (
            StorageArea::Uploads.name(object),
            StorageArea::Files.name(object),
        );
        if self.length(&to, now).await?.is_some() || self.length(&from, now).await?.is_none() {
            return Ok(());
        }
        let source = format!("{}/{from}", self.bucket.name());
        let mut copy = PutObject::new(&self.bucket, Some(&self.credentials), &to);
        copy.headers_mut().insert(COPY_SOURCE, source.clone());
        let request = self
            .http
            .put(presign(&copy, OWN_LINK, now))
            .header(COPY_SOURCE, source)
            .header(header::CONTENT_LENGTH, 0);
        self.send_and_check(request).await?;
        self.delete(&from, now).await
    }

    pub(super) async fn remove(
        &self,
        object: &Object,
        now: DateTime<Utc>,
    ) -> Result<(), MediaError> {
        for place in [StorageArea::Uploads, StorageArea::Files] {
            self.delete(&place.name(object), now).await?;
        }
        Ok(())
    }

    async fn delete(&self, name: &str, now: DateTime<Utc>) -> Result<(), MediaError> {
        let delete = DeleteObject::new(&self.bucket, Some(&self.credentials), name);
        let answer = self
            .send_request(self.http.delete(presign(&delete, OWN_LINK, now)))
            .await?;
        match answer.status() {
            StatusCode::NOT_FOUND => Ok(()),
            status if status.is_success() => Ok(()),
            status => Err(MediaError::Status(status.as_u16())),
        }
    }

    async fn send_and_check(&self, request: RequestBuilder) -> Result<(), MediaError> {
        let answer = self.send_request(request).await?;
        if answer.status().is_success() {
            Ok(())
        } else {
            Err(MediaError::Status(answer.status().as_u16()))
        }
    }

    /// An error of the client would repeat the link, which is a secret while it lives.
    async fn send_request(&self, request: RequestBuilder) -> Result<Response, MediaError> {
        send(request).await.map_err(|_| MediaError::Unreachable)
    }
}

/// The address of `action`, good for `life` from `now`.
fn presign<'a>(action: &impl S3Action<'a>, life: Duration, now: DateTime<Utc>) -> String {
    let now = jiff::Timestamp::from_second(now.timestamp()).unwrap_or_default();
    action.sign_with_time(life, &now).into()
}
