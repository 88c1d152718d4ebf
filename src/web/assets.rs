//! Static files: embedded, named by the hash of their content, cached for ever.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Write;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use rust_embed::RustEmbed;

/// The route of [`serve`].
pub const ROUTE: &str = "/static/{file}";

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

struct Asset {
    path: String,
    content_type: &'static str,
    plain: Bytes,
    gzip: Option<Bytes>,
}

static ASSETS: LazyLock<HashMap<String, Asset>> = LazyLock::new(|| {
    Files::iter()
        .filter_map(|name| Some((name.to_string(), load(&name)?)))
        .collect()
});

static BY_FILE: LazyLock<HashMap<&'static str, &'static Asset>> = LazyLock::new(|| {
    ASSETS
        .values()
        .filter_map(|asset| Some((asset.path.strip_prefix("/static/")?, asset)))
        .collect()
});

fn load(name: &str) -> Option<Asset> {
    let file = Files::get(name)?;
    let (stem, extension) = name.rsplit_once('.')?;
    let hash: String = file
        .metadata
        .sha256_hash()
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let plain = match file.data {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    };
    Some(Asset {
        path: format!("/static/{stem}.{hash}.{extension}"),
        content_type: content_type(extension),
        gzip: gzip(&plain).filter(|packed| packed.len() < plain.len()),
        plain,
    })
}

fn content_type(extension: &str) -> &'static str {
    match extension {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

fn gzip(bytes: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

/// The address of the static file `name`, for templates; a file that does not exist keeps its plain name.
#[must_use]
pub fn asset(name: &str) -> &str {
    ASSETS.get(name).map_or(name, |asset| asset.path.as_str())
}

/// Answers a request for a static file by its hashed name; 404 without a body for any other name.
pub async fn serve(Path(file): Path<String>, headers: HeaderMap) -> Response {
    let Some(asset) = BY_FILE.get(file.as_str()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let packed = asset.gzip.as_ref().filter(|_| accepts_gzip(&headers));
    let mut response = packed.unwrap_or(&asset.plain).clone().into_response();
    let answer = response.headers_mut();
    answer.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(asset.content_type),
    );
    answer.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=31536000, immutable"),
    );
    answer.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    answer.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if packed.is_some() {
        answer.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// Whether `Accept-Encoding` names gzip with a weight above zero (RFC 9110, 12.5.3).
fn accepts_gzip(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            let named = parts
                .next()
                .is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
            let refused = parts
                .filter_map(|parameter| parameter.strip_prefix("q="))
                .any(|weight| weight.parse() == Ok(0.0_f32));
            named && !refused
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn get(file: &str, accept: &str) -> Response {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::ACCEPT_ENCODING,
            HeaderValue::from_str(accept).unwrap(),
        );
        serve(Path(file.to_owned()), headers).await
    }

    fn header_of(response: &Response, name: header::HeaderName) -> Option<&str> {
        response
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap())
    }

    #[tokio::test]
    async fn a_file_is_served_under_its_hash_for_ever() {
        let path = asset("app.css");
        let file = path.strip_prefix("/static/").unwrap();
        assert_eq!(file.len(), "app..css".len() + 12);
        let response = get(file, "identity").await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(
            header_of(&response, header::CONTENT_TYPE),
            Some("text/css; charset=utf-8")
        );
        assert_eq!(
            header_of(&response, header::CACHE_CONTROL),
            Some("public, max-age=31536000, immutable")
        );
        assert_eq!(header_of(&response, header::CONTENT_ENCODING), None);
    }

    #[rstest::rstest]
    #[case("gzip, deflate, br", true)]
    #[case("br;q=1.0, GZIP;q=0.5", true)]
    #[case("gzip;q=0", false)]
    #[case("gzip; q=0.0", false)]
    #[case("br", false)]
    #[tokio::test]
    async fn a_file_is_compressed_for_those_who_ask(#[case] accept: &str, #[case] packed: bool) {
        let file = asset("app.css").strip_prefix("/static/").unwrap();
        let response = get(file, accept).await;
        assert_eq!(
            header_of(&response, header::CONTENT_ENCODING).is_some(),
            packed
        );
        assert_eq!(header_of(&response, header::VARY), Some("accept-encoding"));
    }

    #[rstest::rstest]
    #[case("app.css")]
    #[case("app.000000000000.css")]
    #[case("../Cargo.toml")]
    #[tokio::test]
    async fn any_other_name_is_not_found(#[case] file: &str) {
        assert_eq!(get(file, "gzip").await.status(), StatusCode::NOT_FOUND);
    }
}
