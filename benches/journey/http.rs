//! The least HTTP client that can do a journey: it must not cost what the server costs.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::AnyError;

/// `GET` of `path` as a browser asks.
pub fn get(path: &str, encoding: &str, cookie: &str) -> String {
    let mut request = format!("GET {path} HTTP/1.1\r\nhost: bench\r\n");
    for (name, value) in [("accept-encoding", encoding), ("cookie", cookie)] {
        if !value.is_empty() {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    request.push_str("\r\n");
    request
}

/// `POST` of `body` to `path`.
pub fn post(path: &str, kind: &str, cookie: &str, body: &str) -> String {
    let length = body.len();
    let cookie = match cookie {
        "" => String::new(),
        cookie => format!("cookie: {cookie}\r\n"),
    };
    format!(
        "POST {path} HTTP/1.1\r\nhost: bench\r\naccept-encoding: gzip\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n{cookie}\r\n{body}"
    )
}

/// An answer.
pub struct Answer {
    /// Status line and headers.
    pub head: String,
    /// The body as it came, without the frames of chunks.
    pub body: Vec<u8>,
}

impl Answer {
    /// The status.
    pub fn status(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }

    /// A header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.head, name)
    }

    /// The body as text, unpacked.
    pub fn text(&self) -> Result<String, AnyError> {
        use std::io::Read;
        let mut text = String::new();
        if self.header("content-encoding") == Some("gzip") {
            flate2::read::GzDecoder::new(self.body.as_slice()).read_to_string(&mut text)?;
        } else {
            text = String::from_utf8(self.body.clone())?;
        }
        Ok(text)
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (known, value) = line.split_once(": ")?;
        known.eq_ignore_ascii_case(name).then_some(value)
    })
}

/// A connection that is kept.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub async fn open(address: SocketAddr) -> Result<Self, AnyError> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(64 * 1024),
        })
    }

    /// Sends a request and reads its answer.
    pub async fn ask(&mut self, request: &str) -> Result<Answer, AnyError> {
        self.stream.write_all(request.as_bytes()).await?;
        let end = loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                break end + 4;
            }
            self.more().await?;
        };
        let head = String::from_utf8(self.buffer.drain(..end).collect())?;
        let body = if header(&head, "transfer-encoding") == Some("chunked") {
            self.chunks().await?
        } else {
            let length = header(&head, "content-length").map_or(Ok(0), str::parse)?;
            self.take(length).await?
        };
        Ok(Answer { head, body })
    }

    async fn chunks(&mut self) -> Result<Vec<u8>, AnyError> {
        let mut body = Vec::new();
        loop {
            let end = loop {
                if let Some(end) = find(&self.buffer, b"\r\n") {
                    break end + 2;
                }
                self.more().await?;
            };
            let line = String::from_utf8(self.buffer.drain(..end).collect())?;
            let length = usize::from_str_radix(line.trim(), 16)?;
            let chunk = self.take(length).await?;
            self.take(2).await?;
            if length == 0 {
                return Ok(body);
            }
            body.extend(chunk);
        }
    }

    async fn take(&mut self, length: usize) -> Result<Vec<u8>, AnyError> {
        while self.buffer.len() < length {
            self.more().await?;
        }
        Ok(self.buffer.drain(..length).collect())
    }

    async fn more(&mut self) -> Result<(), AnyError> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err("the server closed the connection".into()),
            _ => Ok(()),
        }
    }
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

/// Sends one request again and again on `connections` connections; how often it was answered, and in which time.
/// Every answer is taken to be as long as the first: nothing is parsed, so that the server is what is measured.
pub async fn hammer(
    address: SocketAddr,
    request: &str,
    connections: usize,
    time: Duration,
) -> Result<(u64, Duration), AnyError> {
    let began = Instant::now();
    let tasks: Vec<_> = (0..connections)
        .map(|_| tokio::spawn(hammer_one(address, request.to_owned(), began + time)))
        .collect();
    let mut requests = 0;
    for task in tasks {
        requests += task.await??;
    }
    Ok((requests, began.elapsed()))
}

async fn hammer_one(address: SocketAddr, request: String, until: Instant) -> Result<u64, AnyError> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut answer = vec![0; 256 * 1024];
    stream.write_all(request.as_bytes()).await?;
    let mut length = stream.read(&mut answer).await?;
    // What follows within a moment belongs to the first answer.
    while let Ok(more) =
        tokio::time::timeout(Duration::from_millis(20), stream.read(&mut answer)).await
    {
        length += more?;
    }
    if !answer.starts_with(b"HTTP/1.1 200") {
        return Err("a page is not there".into());
    }
    let mut requests = 1;
    while Instant::now() < until {
        stream.write_all(request.as_bytes()).await?;
        let mut missing = length;
        while missing > 0 {
            let read = stream.read(&mut answer).await?;
            if read == 0 {
                return Err("the server closed the connection".into());
            }
            missing = missing.saturating_sub(read);
        }
        requests += 1;
    }
    Ok(requests)
}
