//! Files by links: a directory behind this program, and a store that speaks S3. Person requests §7.

use std::{
    io::{self, Cursor},
    path::Path,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use axum::{
    body::Body,
    http::{Method, Request},
};
use chrono::{DateTime, TimeDelta, Utc};
use dovira::{
    clock::{Clock, SystemClock},
    outside::files::{MediaError, Object, UploadState},
};
use rstest::rstest;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncReadExt, ReadBuf},
    net::TcpListener,
};
use tokio_util::io::ReaderStream;

use crate::{
    person_requests::{Clinic, PATH, id_of, offline, with, without},
    support::{Answer, Database::Sqlite, PUBLIC_URL, TestApp},
};

const JPEG: [u8; 3] = [0xFF, 0xD8, 0xFF];
const LONGEST: usize = 10_485_760;

fn object() -> Object {
    Object::parse(
        "person_requests/eeebb86d-5cba-43c9-885b-6482ecaf826b/person_request_person.no_tax_id.jpeg",
    )
    .unwrap()
}

/// The time of the disk and of the store, which nobody moves.
fn real_now() -> DateTime<Utc> {
    SystemClock.now()
}

/// An image of that many octets: its beginning, then nothing but this octet.
fn image(octets: usize, filler: u8) -> Vec<u8> {
    let mut image = JPEG.to_vec();
    image.resize(octets, filler);
    image
}

/// The path and query of a link to the program under test.
fn local(link: &str) -> String {
    link.strip_prefix(PUBLIC_URL).unwrap().to_owned()
}

fn put(path: &str, content_type: Option<&str>, body: Body) -> Request<Body> {
    let mut request = Request::builder().method(Method::PUT).uri(path);
    if let Some(kind) = content_type {
        request = request.header("content-type", kind);
    }
    request.body(body).unwrap()
}

async fn upload(app: &TestApp, path: &str, body: impl Into<Body>) -> Answer {
    app.send(put(path, Some("image/jpeg"), body.into())).await
}

async fn get(app: &TestApp, path: &str) -> Answer {
    app.send(Request::get(path).body(Body::empty()).unwrap())
        .await
}

async fn found(app: &TestApp) -> UploadState {
    app.app
        .media
        .check_upload(&object(), app.now())
        .await
        .unwrap()
}

/// What lies in the directory: files under way, uploads, settled files.
fn files(app: &TestApp) -> [usize; 3] {
    fn count(path: &Path) -> usize {
        std::fs::read_dir(path)
            .unwrap()
            .map(|entry| match entry.unwrap().path() {
                path if path.is_dir() => count(&path),
                _ => 1,
            })
            .sum()
    }
    ["partial", "uploads", "files"].map(|name| count(&app.media.join(name)))
}

#[tokio::test]
async fn a_document_is_sent_looked_at_settled_and_had_again() {
    let app = TestApp::new(Sqlite).await;
    let media = &app.app.media;
    let link = local(&media.upload_link(&object(), app.now()).unwrap());
    assert_eq!(found(&app).await, UploadState::Missing);
    media.settle(&object(), app.now()).await.unwrap();

    let sent = upload(&app, &link, image(100, 1)).await;
    assert!(sent.is(200).body.is_empty());
    assert_eq!(found(&app).await, UploadState::Jpeg);
    assert_eq!(files(&app), [0, 1, 0]);
    // The same link again replaces what nobody looked at yet.
    upload(&app, &link, image(200, 2)).await.is(200);
    assert_eq!(files(&app), [0, 1, 0]);

    // It can be had once it is settled, and not replaced any more.
    let download = local(&media.download_link(&object(), app.now()).unwrap());
    get(&app, &download)
        .await
        .refuses(404, "not_found", "not found");
    media.settle(&object(), app.now()).await.unwrap();
    upload(&app, &link, image(300, 3)).await.is(200);
    media.settle(&object(), app.now()).await.unwrap();
    let had = get(&app, &download).await;
    had.is(200);
    assert_eq!(had.body, image(200, 2));
    assert_eq!(had.header("content-type"), "image/jpeg");
    assert_eq!(had.header("content-length"), "200");
    assert_eq!(had.header("cache-control"), "no-store");
    assert_eq!(found(&app).await, UploadState::Jpeg);

    media.remove(&object(), app.now()).await.unwrap();
    media.remove(&object(), app.now()).await.unwrap();
    assert_eq!(files(&app), [0, 0, 0]);
    get(&app, &download).await.is(404);
}

/// A link is good for one method, one object and its time.
#[tokio::test]
async fn forged_links() {
    let app = TestApp::new(Sqlite).await;
    let media = &app.app.media;
    let up = local(&media.upload_link(&object(), app.now()).unwrap());
    upload(&app, &up, image(10, 0)).await.is(200);
    media.settle(&object(), app.now()).await.unwrap();
    let down = local(&media.download_link(&object(), app.now()).unwrap());
    let refused = |answer: Answer| answer.refuses(403, "forbidden", "Invalid or expired link");

    for wrong in [
        up.replace("no_tax_id", "tax_id"),
        up.replace("expires=1", "expires=2"),
        up.split('?').next().unwrap().to_owned(),
        up.replace("signature=", "signature=0"),
        format!("{}0", up.rsplit_once("signature=").unwrap().0),
        up.replace("person_requests", "person%5Frequests"),
        down.replace("/files/", "/uploads/"),
    ] {
        refused(upload(&app, &wrong, image(10, 9)).await);
    }
    for wrong in [
        up.replace("/uploads/", "/files/"),
        down.replace("no_tax_id", "tax_id"),
    ] {
        refused(get(&app, &wrong).await);
    }
    get(&app, &down).await.is(200);
    let wrong_method = get(&app, &up).await;
    wrong_method.refuses(405, "request_malformed", "Method not allowed.");
    for outside in [
        "/media/files/../../dovira.sqlite",
        "/media/files/%2e%2e/%2e%2e/x",
        "/media/files/a//b",
        "/media/files/.hidden",
        "/media/",
        "/media/partial/x",
    ] {
        get(&app, outside).await.is(404);
    }
    get(&app, &format!("{down}&expires=1"))
        .await
        .refuses(400, "request_malformed", "Bad Request");

    app.clock.advance(TimeDelta::seconds(3599));
    get(&app, &down).await.is(200);
    app.clock.advance(TimeDelta::seconds(1));
    refused(get(&app, &down).await);
    refused(upload(&app, &up, image(10, 9)).await);
    assert_eq!(files(&app), [0, 0, 1]);
}

#[rstest]
#[case::another_type(
    Some("image/png"),
    image(10, 0),
    415,
    "content_type_invalid",
    "Invalid Content-Type header. Try to set 'Content-Type: image/jpeg' header."
)]
#[case::no_type(
    None,
    image(10, 0),
    415,
    "content_type_invalid",
    "Invalid Content-Type header. Try to set 'Content-Type: image/jpeg' header."
)]
#[case::only_pretends(Some("image/jpeg"), b"%PDF-1.7 and more".to_vec(), 422, "request_malformed", "The document must be a JPEG image")]
#[case::ends_too_soon(Some("image/jpeg"), vec![0xFF, 0xD8], 422, "request_malformed", "The document must be a JPEG image")]
#[case::empty(
    Some("image/jpeg"),
    Vec::new(),
    422,
    "request_malformed",
    "The document must be a JPEG image"
)]
#[case::too_long(Some("image/jpeg"), image(LONGEST + 1, 0), 413, "request_too_large", "Request body is too large.")]
#[tokio::test]
async fn what_is_no_document(
    #[case] content_type: Option<&str>,
    #[case] body: Vec<u8>,
    #[case] status: u16,
    #[case] kind: &str,
    #[case] message: &str,
) {
    let app = TestApp::new(Sqlite).await;
    let link = local(&app.app.media.upload_link(&object(), app.now()).unwrap());
    // Once with its length said beforehand, once in pieces of which nobody knows how many follow.
    for in_pieces in [false, true] {
        let body = if in_pieces {
            Body::from_stream(ReaderStream::with_capacity(
                Cursor::new(body.clone()),
                65_536,
            ))
        } else {
            Body::from(body.clone())
        };
        let answer = app.send(put(&link, content_type, body)).await;
        answer.refuses(status, kind, message);
        assert_eq!(files(&app), [0, 0, 0]);
    }
    assert_eq!(found(&app).await, UploadState::Missing);
}

#[tokio::test]
async fn the_longest_document_octet_by_octet() {
    let app = TestApp::new(Sqlite).await;
    let link = local(&app.app.media.upload_link(&object(), app.now()).unwrap());
    upload(&app, &link, image(LONGEST, 7)).await.is(200);
    assert_eq!(found(&app).await, UploadState::Jpeg);
    // The beginning is read where it ends up in several pieces, too.
    let pieces = ReaderStream::with_capacity(Cursor::new(image(10, 1)), 1);
    upload(&app, &link, Body::from_stream(pieces)).await.is(200);
    let pieces = ReaderStream::with_capacity(Cursor::new(vec![0xFF, 0xD8, 0xFE]), 1);
    upload(&app, &link, Body::from_stream(pieces)).await.is(422);
    assert_eq!(files(&app), [0, 1, 0]);
}

/// A connection that breaks off.
struct Broken;

impl AsyncRead for Broken {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()))
    }
}

#[tokio::test]
async fn an_upload_that_stops_half_way_leaves_nothing() {
    let app = TestApp::new(Sqlite).await;
    let link = local(&app.app.media.upload_link(&object(), app.now()).unwrap());
    let half = Cursor::new(image(LONGEST / 2, 0)).chain(Broken);
    let answer = upload(&app, &link, Body::from_stream(ReaderStream::new(half))).await;
    answer.refuses(400, "request_malformed", "The upload broke off.");
    assert_eq!(files(&app), [0, 0, 0]);
    // What was there before stays as it was.
    upload(&app, &link, image(50, 5)).await.is(200);
    let half = Cursor::new(image(100, 0)).chain(Broken);
    upload(&app, &link, Body::from_stream(ReaderStream::new(half)))
        .await
        .is(400);
    app.app.media.settle(&object(), app.now()).await.unwrap();
    let download = local(&app.app.media.download_link(&object(), app.now()).unwrap());
    assert_eq!(get(&app, &download).await.body, image(50, 5));
}

#[tokio::test]
async fn what_a_process_left_behind_is_removed() {
    let app = TestApp::new(Sqlite).await;
    let partial = app.media.join("partial/of-a-process-that-was-killed");
    std::fs::write(&partial, JPEG).unwrap();
    let media = &app.app.media;
    let day = TimeDelta::days(1);
    assert_eq!(media.purge(day, real_now()).await.unwrap(), 0);
    let later = real_now() + TimeDelta::minutes(11);
    assert_eq!(media.purge(day, later).await.unwrap(), 1);
    assert!(!partial.exists());
}

/// A link may outlive the request that it is for: what it brings then goes, and its directory; what was settled stays.
#[tokio::test]
async fn uploads_that_nobody_waits_for_are_removed() {
    let app = TestApp::new(Sqlite).await;
    let media = &app.app.media;
    let link = local(&media.upload_link(&object(), app.now()).unwrap());
    upload(&app, &link, image(100, 1)).await.is(200);
    media.settle(&object(), app.now()).await.unwrap();
    upload(&app, &link, image(200, 2)).await.is(200);
    assert_eq!(files(&app), [0, 1, 1]);
    let day = TimeDelta::days(1);
    assert_eq!(media.purge(day, real_now()).await.unwrap(), 0);
    assert_eq!(files(&app), [0, 1, 1]);
    let later = real_now() + day + TimeDelta::minutes(1);
    assert_eq!(media.purge(day, later).await.unwrap(), 1);
    assert_eq!(files(&app), [0, 0, 1]);
    media.purge(day, later).await.unwrap();
    media.purge(day, later + day).await.unwrap();
    let left = std::fs::read_dir(app.media.join("uploads")).unwrap();
    assert_eq!(left.count(), 0, "no directory is left");
    // Whoever comes after that makes it anew.
    upload(&app, &link, image(300, 3)).await.is(200);
    assert_eq!(files(&app), [0, 1, 1]);
}

/// Nobody can write there: the caller may try again, and is told nothing of the disk.
#[tokio::test]
async fn a_directory_that_fails() {
    let app = TestApp::new(Sqlite).await;
    let link = local(&app.app.media.upload_link(&object(), app.now()).unwrap());
    std::fs::remove_dir(app.media.join("partial")).unwrap();
    let answer = upload(&app, &link, image(10, 0)).await;
    answer.refuses(503, "internal_error", "Service unavailable.");
}

/// Whether a store takes the next call; without an answer it closes the connection.
type Door = Box<dyn FnMut() -> bool + Send>;

/// A store that speaks S3 and checks signatures, on a directory.
struct Store {
    endpoint: String,
    directory: std::path::PathBuf,
    door: Arc<Mutex<Door>>,
}

const KEY_ID: &str = "dovira-tests";
const KEY: &str = "a key of the tests";

impl Store {
    async fn start(app: &TestApp) -> Self {
        let directory = app.media.with_file_name("s3");
        std::fs::create_dir_all(directory.join("documents")).unwrap();
        let files = s3s_fs::FileSystem::new(&directory).unwrap();
        let mut builder = s3s::service::S3ServiceBuilder::new(files);
        builder.set_auth(s3s::auth::SimpleAuth::from_single(KEY_ID, KEY));
        let service = builder.build();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let door: Arc<Mutex<Door>> = Arc::new(Mutex::new(Box::new(|| true)));
        let guard = Arc::clone(&door);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let takes = guard.lock().unwrap()();
                if !takes {
                    continue;
                }
                let service = service.clone();
                tokio::spawn(async move {
                    let stream = hyper_util::rt::TokioIo::new(stream);
                    // A connection for each call: the door sees them all.
                    let mut server = hyper::server::conn::http1::Builder::new();
                    server.keep_alive(false);
                    let _ = server.serve_connection(stream, service).await;
                });
            }
        });
        Self {
            endpoint,
            directory,
            door,
        }
    }

    /// From now on this decides which calls it takes.
    fn set_door(&self, door: impl FnMut() -> bool + Send + 'static) {
        *self.door.lock().unwrap() = Box::new(door);
    }

    /// An application that keeps its files there.
    async fn app(&self, key: &str) -> TestApp {
        let media = format!("s3:{}/documents?region=eu-central-1", self.endpoint);
        let settings = [
            "--media",
            &media,
            "--media-access-key-id",
            KEY_ID,
            "--media-secret-access-key",
            key,
        ];
        TestApp::with(Sqlite, &settings).await
    }
}

async fn put_there(link: &str, content_type: &str, body: Vec<u8>) -> u16 {
    let request = reqwest::Client::new()
        .put(link)
        .header("content-type", content_type)
        .body(body);
    request.send().await.unwrap().status().as_u16()
}

/// The store's clock is the real one: links are signed with it.
#[tokio::test]
async fn a_store_that_speaks_s3() {
    let home = TestApp::new(Sqlite).await;
    let store = Store::start(&home).await;
    let app = store.app(KEY).await;
    let media = &app.app.media;
    let now = real_now();
    assert_eq!(
        media.check_upload(&object(), now).await.unwrap(),
        UploadState::Missing
    );
    media.settle(&object(), now).await.unwrap();

    let link = media.upload_link(&object(), now).unwrap();
    assert!(link.starts_with(&format!(
        "{}/documents/uploads/person_requests/",
        store.endpoint
    )));
    assert_eq!(put_there(&link, "image/png", image(10, 0)).await, 403);
    assert_eq!(
        put_there(
            &link.replace("no_tax_id", "tax_id"),
            "image/jpeg",
            image(10, 0)
        )
        .await,
        403
    );
    assert_eq!(put_there(&link, "image/jpeg", b"%PDF".to_vec()).await, 200);
    assert_eq!(
        media.check_upload(&object(), now).await.unwrap(),
        UploadState::Unusable
    );
    assert_eq!(put_there(&link, "image/jpeg", vec![0xFF]).await, 200);
    assert_eq!(
        media.check_upload(&object(), now).await.unwrap(),
        UploadState::Unusable
    );
    assert_eq!(
        put_there(&link, "image/jpeg", image(LONGEST + 1, 0)).await,
        200
    );
    assert_eq!(
        media.check_upload(&object(), now).await.unwrap(),
        UploadState::Unusable
    );
    assert_eq!(put_there(&link, "image/jpeg", image(200, 2)).await, 200);
    assert_eq!(
        media.check_upload(&object(), now).await.unwrap(),
        UploadState::Jpeg
    );

    media.settle(&object(), now).await.unwrap();
    assert_eq!(put_there(&link, "image/jpeg", image(300, 3)).await, 200);
    media.settle(&object(), now).await.unwrap();
    let download = media.download_link(&object(), now).unwrap();
    let had = reqwest::get(&download).await.unwrap();
    assert_eq!(had.bytes().await.unwrap(), image(200, 2));

    let settled = store.directory.join("documents/files");
    assert!(settled.join(object().as_str()).exists());
    media.remove(&object(), now).await.unwrap();
    media.remove(&object(), now).await.unwrap();
    assert_eq!(
        media.check_upload(&object(), now).await.unwrap(),
        UploadState::Missing
    );

    // Its links lead there; this program has no files.
    get(
        &app,
        "/media/files/signed_content?expires=9999999999&signature=00",
    )
    .await
    .is(404);
    // A link of the day before yesterday.
    let old = media
        .upload_link(&object(), now - TimeDelta::days(2))
        .unwrap();
    assert_eq!(put_there(&old, "image/jpeg", image(10, 0)).await, 403);
}

#[tokio::test]
async fn a_store_that_refuses_or_is_not_there() {
    let home = TestApp::new(Sqlite).await;
    let store = Store::start(&home).await;
    let stranger = store.app("another key").await;
    let asked = stranger.app.media.check_upload(&object(), real_now()).await;
    assert!(matches!(asked, Err(MediaError::Status(403))), "{asked:?}");

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let nowhere = Store {
        endpoint,
        directory: store.directory.clone(),
        door: Arc::clone(&store.door),
    };
    let app = nowhere.app(KEY).await;
    let asked = app.app.media.settle(&object(), real_now()).await;
    assert!(matches!(asked, Err(MediaError::Unreachable)), "{asked:?}");
}

/// Somebody who confirms by one document that never ends: these tests go by the time of the machine.
fn by_passport() -> Value {
    let passport = json!([{ "type": "PASSPORT", "number": "ЗР000017", "issued_by": "РВ", "issued_at": "2003-05-20" }]);
    without(
        with(offline(), "/person/documents", passport),
        "/person/unzr",
    )
}

/// The one link of an answer, and what is said of its copy.
fn link_of(answer: &Answer) -> (String, Value) {
    let document = answer.json()["urgent"]["documents"][0].clone();
    let url = document["url"].as_str().unwrap().to_owned();
    (url, document["is_uploaded"].clone())
}

/// A request whose copy lies in a store: it is sent there, looked at, settled and had again; while the store does not answer
/// nothing is lost.
#[tokio::test]
async fn a_request_whose_copies_are_in_a_store() {
    let home = TestApp::new(Sqlite).await;
    let store = Store::start(&home).await;
    let app = store.app(KEY).await;
    app.clock.advance(real_now() - app.now());
    let clinic = Clinic::new(&app).await;
    let created = clinic.api().post(PATH, &by_passport()).await;
    let id = id_of(&created);
    let (link, _) = link_of(&created);
    let object = format!("person_requests/{id}/person_request_person.PASSPORT.jpeg");
    let expected = format!("{}/documents/uploads/{object}?", store.endpoint);
    assert!(link.starts_with(&expected), "{link}");
    assert_eq!(link_of(&clinic.get(&id).await).1, false);
    clinic.act(&id, "approve", &json!({})).await.refuses(
        409,
        "request_conflict",
        "Documents person.PASSPORT is not uploaded",
    );
    assert_eq!(put_there(&link, "image/jpeg", image(200, 2)).await, 200);
    assert_eq!(link_of(&clinic.get(&id).await).1, true);

    store.set_door(|| false);
    let unavailable =
        |answer: Answer| answer.refuses(503, "internal_error", "Service unavailable.");
    unavailable(clinic.get(&id).await);
    unavailable(clinic.act(&id, "approve", &json!({})).await);
    assert_eq!(app.count("person_requests", "status = 'NEW'").await, 1);
    store.set_door(|| true);

    clinic.act(&id, "approve", &json!({})).await.is(200);
    let (link, is_uploaded) = link_of(&clinic.get(&id).await);
    assert_eq!(is_uploaded, true);
    let had = reqwest::get(&link).await.unwrap();
    assert_eq!(had.bytes().await.unwrap(), image(200, 2));
    assert!(
        !store
            .directory
            .join("documents/uploads")
            .join(object)
            .exists()
    );
}

/// What was looked at and what is settled are two moments: somebody who sends something else in between is asked again, and
/// a good copy then is as good as ever.
#[tokio::test]
async fn a_copy_that_is_replaced_while_it_is_settled() {
    let home = TestApp::new(Sqlite).await;
    let store = Store::start(&home).await;
    let app = store.app(KEY).await;
    app.clock.advance(real_now() - app.now());
    let clinic = Clinic::new(&app).await;
    let created = clinic.api().post(PATH, &by_passport()).await;
    let id = id_of(&created);
    let (link, _) = link_of(&created);
    assert_eq!(put_there(&link, "image/jpeg", image(200, 2)).await, 200);
    let object = format!("person_requests/{id}/person_request_person.PASSPORT.jpeg");
    let [upload, settled] = ["uploads", "files"]
        .map(|place| store.directory.join("documents").join(place).join(&object));
    // Three calls look at it: is it settled, is it there, how does it begin.
    let (mut calls, path) = (0, upload.clone());
    store.set_door(move || {
        calls += 1;
        if calls == 4 {
            std::fs::write(&path, [b'%'; 200]).unwrap();
        }
        true
    });
    clinic.act(&id, "approve", &json!({})).await.refuses(
        409,
        "request_conflict",
        "Documents person.PASSPORT is not uploaded",
    );
    store.set_door(|| true);
    assert!(!upload.exists() && !settled.exists());
    assert_eq!(put_there(&link, "image/jpeg", image(300, 3)).await, 200);
    clinic.act(&id, "approve", &json!({})).await.is(200);
    assert_eq!(std::fs::read(settled).unwrap(), image(300, 3));
}
