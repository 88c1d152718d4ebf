//! Files by signed links, where this program keeps them itself.

use axum::http::Method;
use serde_json::json;

use super::build::{Document, Operation, text};
use crate::paths;

const TAG: &str = "Files";

pub(super) fn describe(document: &mut Document) {
    let link = |summary| {
        Operation::plain(TAG, summary)
            .query("expires", json!({ "type": "integer" }), "From the link.")
            .query("signature", text(), "From the link.")
            .refuses_when(400, "The link is not readable")
            .refuses(403, "Invalid or expired link")
            .refuses(404, "not found")
            .refuses_when(408, "It took too long")
            .refuses(503, "Service unavailable.")
    };
    let upload = link("Sends one JPEG image of at most 10 MiB")
        .content("image/jpeg")
        .answers_plainly(200, "It is stored.", None)
        .refuses(413, "Request body is too large.")
        .refuses(
            415,
            "Invalid Content-Type header. Try to set 'Content-Type: image/jpeg' header.",
        )
        .refuses(422, "The document must be a JPEG image");
    document.route(&Method::PUT, paths::MEDIA_UPLOADS, upload);
    let download = link("Gives a file that was looked at").answers_plainly(
        200,
        "The file.",
        Some("image/jpeg"),
    );
    document.route(&Method::GET, paths::MEDIA_FILES, download);
}
