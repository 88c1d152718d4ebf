//! The routes that links of a directory lead to: an image is sent with `PUT`, a file is had with `GET`.
//!
//! The link is all the proof there is: it names the method, the object and when it runs out, and is signed. With a store
//! that speaks S3 these routes answer 404: its links lead there.

use std::pin::Pin;

use axum::{
    Router,
    body::{Body, HttpBody},
    extract::{Path, Query, State},
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;
use tokio_util::io::ReaderStream;
use tower_http::timeout::TimeoutLayer;

use crate::{
    api::ApiError,
    limits,
    outside::files::{
        Media, MediaError, Object, StorageArea,
        local::{Local, UploadError},
    },
    paths,
    state::App,
};

/// The routes. They have more time than others: a document comes over a slow line.
pub fn routes() -> Router<App> {
    Router::new()
        .route(paths::MEDIA_UPLOADS, axum::routing::put(upload))
        .route(paths::MEDIA_FILES, get(download))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            limits::UPLOAD_TIME,
        ))
}

/// What a link carries beside the object.
#[derive(Deserialize)]
struct Link {
    #[serde(default)]
    expires: i64,
    #[serde(default)]
    signature: String,
}

/// The object of a link that is good for this request.
fn check_link<'a>(
    app: &'a App,
    method: &Method,
    place: StorageArea,
    uri: &Uri,
    name: &str,
    link: &Link,
) -> Result<(&'a Local, Object), ApiError> {
    let not_found = || ApiError::new(StatusCode::NOT_FOUND, "not found");
    let Media::Local(local) = &app.media else {
        return Err(not_found());
    };
    let object = Object::parse(name).ok_or_else(not_found)?;
    // The path is made anew: whatever way it was written in, one object has one signature.
    let path = format!("{}{}/{object}", paths::MEDIA, place.prefix());
    let now = app.clock.now();
    let is_allowed = local
        .is_allowed(method.as_str(), &path, link.expires, &link.signature, now)
        .map_err(storage_error)?;
    if !is_allowed || uri.path() != path {
        return Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "Invalid or expired link",
        ));
    }
    Ok((local, object))
}

async fn upload(
    State(app): State<App>,
    method: Method,
    uri: Uri,
    Path(name): Path<String>,
    Query(link): Query<Link>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, ApiError> {
    let (local, object) = check_link(&app, &method, StorageArea::Uploads, &uri, &name, &link)?;
    let is_jpeg = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().eq_ignore_ascii_case(b"image/jpeg"));
    if !is_jpeg {
        return Err(ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Invalid Content-Type header. Try to set 'Content-Type: image/jpeg' header.",
        ));
    }
    // One that says beforehand that it is too long is not read at all.
    if body.size_hint().lower() > limits::UPLOAD {
        return Err(UploadError::TooLarge.into());
    }
    receive(local, &object, body).await?;
    Ok(StatusCode::OK)
}

async fn receive(local: &Local, object: &Object, mut body: Body) -> Result<(), ApiError> {
    let mut upload = local
        .begin(StorageArea::Uploads, object)
        .await
        .map_err(UploadError::from)?;
    while let Some(frame) =
        std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await
    {
        // It broke off: what was written goes with the upload.
        let frame =
            frame.map_err(|_| ApiError::new(StatusCode::BAD_REQUEST, "The upload broke off."))?;
        if let Ok(octets) = frame.into_data() {
            upload.write(&octets).await?;
        }
    }
    Ok(upload.finish().await?)
}

async fn download(
    State(app): State<App>,
    method: Method,
    uri: Uri,
    Path(name): Path<String>,
    Query(link): Query<Link>,
) -> Result<Response, ApiError> {
    let (local, object) = check_link(&app, &method, StorageArea::Files, &uri, &name, &link)?;
    let found = local.open_file(&object).await;
    let (file, length) = found
        .map_err(|error| storage_error(error.into()))?
        .ok_or_else(|| ApiError::new(StatusCode::NOT_FOUND, "not found"))?;
    let headers = [
        (header::CONTENT_TYPE, "image/jpeg".to_owned()),
        (header::CONTENT_LENGTH, length.to_string()),
        (header::CONTENT_DISPOSITION, "attachment".to_owned()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, Body::from_stream(ReaderStream::new(file))).into_response())
}

impl From<UploadError> for ApiError {
    fn from(error: UploadError) -> Self {
        match error {
            UploadError::TooLarge => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "Request body is too large.")
            }
            UploadError::NotJpeg => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "The document must be a JPEG image",
            ),
            UploadError::Directory(error) => storage_error(error.into()),
        }
    }
}

/// The storage failed: the caller learns that it may try again.
pub fn storage_error(error: MediaError) -> ApiError {
    tracing::error!(%error, "the storage of files failed");
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "Service unavailable.")
}
