//! A register of civil status on loopback that answers as it is told.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

/// What the register does with a question.
#[derive(Debug, Clone)]
pub enum Reply {
    /// 200 with this status.
    Says(&'static str),
    /// This status with a good body.
    Status(u16),
    /// 200 with this body.
    Body(String),
    /// A redirect to another of its addresses.
    Redirect,
    /// Nothing, ever.
    Hang,
}

/// A question as it arrived: method and path, the `Authorization`, the body.
pub type Question = (String, Option<String>, Value);

#[derive(Debug, Default)]
struct Inner {
    replies: VecDeque<Reply>,
    questions: Vec<Question>,
}

/// The register. It stops when the test does.
pub struct FakeRegistry {
    address: SocketAddr,
    inner: Arc<Mutex<Inner>>,
}

impl FakeRegistry {
    /// One that gives these replies in their order, and the last of them from then on.
    pub async fn new(replies: &[Reply]) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let inner = Arc::new(Mutex::new(Inner {
            replies: replies.iter().cloned().collect(),
            questions: Vec::new(),
        }));
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, inner }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}/relationships", self.address)
    }

    /// What it replies from now on.
    pub fn replies(&self, replies: &[Reply]) {
        self.inner.lock().unwrap().replies = replies.iter().cloned().collect();
    }

    /// What it was asked so far.
    pub fn questions(&self) -> Vec<Question> {
        self.inner.lock().unwrap().questions.clone()
    }
}

/// An address where nobody listens.
pub async fn nobody() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}/relationships", listener.local_addr().unwrap())
}

/// An address where every connection ends after `answer`, and how many there were.
pub async fn cut_short(answer: &'static str) -> (String, Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/relationships", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            // Unread octets would make the end of the connection a reset, which takes the answer with it.
            let mut question = Vec::new();
            while !is_whole(&question) {
                stream.readable().await.unwrap();
                let mut octets = [0; 4096];
                match stream.try_read(&mut octets) {
                    Ok(0) => break,
                    Ok(count) => question.extend(&octets[..count]),
                    Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock),
                }
            }
            let _ = stream.try_write(answer.as_bytes());
        }
    });
    (url, connections)
}

/// Whether a request has arrived with all of its JSON.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    text.split_once("\r\n\r\n")
        .is_some_and(|(_, body)| serde_json::from_str::<Value>(body).is_ok())
}

async fn answer(
    State(inner): State<Arc<Mutex<Inner>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let authorization = headers
        .get(header::AUTHORIZATION)
        .map(|value| value.to_str().unwrap().to_owned());
    let question = serde_json::from_slice(&body).unwrap_or_default();
    let reply = {
        let mut inner = inner.lock().unwrap();
        inner
            .questions
            .push((format!("{method} {uri}"), authorization, question));
        match inner.replies.len() {
            0 | 1 => inner.replies.front().cloned().unwrap(),
            _ => inner.replies.pop_front().unwrap(),
        }
    };
    let good = Json(json!({ "status": "confirmed", "checked_at": "2026-06-15T10:05:00Z" }));
    match reply {
        Reply::Says(status) => Json(json!({ "status": status })).into_response(),
        Reply::Status(status) => (StatusCode::from_u16(status).unwrap(), good).into_response(),
        Reply::Body(body) => body.into_response(),
        Reply::Redirect => (
            StatusCode::TEMPORARY_REDIRECT,
            [(header::LOCATION, "/elsewhere")],
            good,
        )
            .into_response(),
        Reply::Hang => std::future::pending().await,
    }
}
