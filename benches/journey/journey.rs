//! Browsers on their way from the client's link back to the client, and the client's exchange of the code.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{
    AnyError,
    http::{Answer, Connection, get, post},
    people::{self, Registration},
};

/// The requests of a journey, in their order.
pub const STEPS: [&str; 6] = [
    "entry, 303",
    "details, page",
    "confirm, 303",
    "accept, page",
    "accept, 303",
    "tokens, JSON",
];

const FORM: &str = "application/x-www-form-urlencoded";

/// Where a journey stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// On the page "Approve person details".
    AtDetails,
    /// On the page "Accept scopes".
    AtAccept,
}

impl Stop {
    /// The name of the page.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AtDetails => "approve person details",
            Self::AtAccept => "accept scopes",
        }
    }
}

/// All journeys to one server.
pub struct Browsing {
    address: SocketAddr,
    tokens: Vec<String>,
    /// How long each step took, step by step.
    pub times: [Vec<Duration>; 6],
}

/// One browser; each journey is a new one: a connection of its own, no cookie.
struct Browser {
    connection: Connection,
    cookie: String,
    times: Vec<Duration>,
}

impl Browser {
    async fn ask(&mut self, request: &str, status: &str) -> Result<Answer, AnyError> {
        let began = Instant::now();
        let answer = self.connection.ask(request).await?;
        self.times.push(began.elapsed());
        expect(&answer, status)?;
        Ok(answer)
    }

    async fn page(&mut self, path: &str) -> Result<String, AnyError> {
        let request = get(path, "gzip", &self.cookie);
        let page = self.ask(&request, "200").await?.text()?;
        between(&page, "name=\"csrf\" value=\"", "\"").map(str::to_owned)
    }

    async fn confirm(&mut self, path: &str, csrf: &str) -> Result<String, AnyError> {
        let body = format!("csrf={csrf}&decision=confirm");
        let request = post(path, FORM, &self.cookie, &body);
        location(&self.ask(&request, "303").await?)
    }
}

impl Browsing {
    /// Journeys to `address`, with the confidants' access tokens.
    pub fn new(address: SocketAddr, tokens: Vec<String>) -> Self {
        Self {
            address,
            tokens,
            times: Default::default(),
        }
    }

    /// Walks one journey for each of `contents`, `browsers` at once; how long that took in all.
    pub async fn walk(
        &mut self,
        contents: &[Registration],
        browsers: usize,
    ) -> Result<Duration, AnyError> {
        let next = AtomicUsize::new(0);
        let next = Arc::new(next);
        let entries: Arc<[String]> = contents.iter().map(|content| self.entry(content)).collect();
        let times = Arc::new(Mutex::new(Vec::with_capacity(entries.len())));
        let began = Instant::now();
        let walkers: Vec<_> = (0..browsers)
            .map(|_| {
                let (next, entries, times) = (next.clone(), entries.clone(), times.clone());
                tokio::spawn(walk_many(self.address, next, entries, times))
            })
            .collect();
        for walker in walkers {
            walker.await??;
        }
        let took = began.elapsed();
        for journey in times.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            for (all, time) in self.times.iter_mut().zip(journey) {
                all.push(*time);
            }
        }
        Ok(took)
    }

    /// Forgets what was timed.
    pub fn forget_times(&mut self) {
        self.times = Default::default();
    }

    /// Walks as far as `stop`; the address of that page and the cookie that opens it.
    pub async fn stop_at(
        &self,
        stop: Stop,
        content: &Registration,
    ) -> Result<(String, String), AnyError> {
        let (mut browser, mut path) = enter(self.address, &self.entry(content)).await?;
        if stop == Stop::AtAccept {
            let csrf = browser.page(&path).await?;
            path = browser.confirm(&path, &csrf).await?;
        }
        Ok((path, browser.cookie))
    }

    /// The address of the style sheet.
    pub async fn style_sheet(&self) -> Result<String, AnyError> {
        let mut connection = Connection::open(self.address).await?;
        let page = connection.ask(&get("/", "", "")).await?.text()?;
        between(&page, "rel=\"stylesheet\" href=\"", "\"").map(str::to_owned)
    }

    fn entry(&self, content: &Registration) -> String {
        let escaped = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let path = format!(
            "/confidant/sign-up?client_id={}&redirect_uri={}&scope={}&state=s&token={}&user_data={}",
            people::CLIENT,
            escaped(people::REDIRECT_URI),
            escaped(people::SCOPES),
            escaped(
                self.tokens
                    .get(content.confidant)
                    .map_or("", String::as_str)
            ),
            escaped(&content.text),
        );
        get(&path, "gzip", "")
    }
}

async fn walk_many(
    address: SocketAddr,
    next: Arc<AtomicUsize>,
    entries: Arc<[String]>,
    times: Arc<Mutex<Vec<Vec<Duration>>>>,
) -> Result<(), AnyError> {
    // The client's own server keeps its connection.
    let mut client = Connection::open(address).await?;
    while let Some(entry) = entries.get(next.fetch_add(1, Ordering::Relaxed)) {
        let walked = walk(address, entry, &mut client).await?;
        times
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(walked);
    }
    Ok(())
}

/// A browser that was let in, and the first page.
async fn enter(address: SocketAddr, entry: &str) -> Result<(Browser, String), AnyError> {
    let mut browser = Browser {
        connection: Connection::open(address).await?,
        cookie: String::new(),
        times: Vec::with_capacity(STEPS.len()),
    };
    let entered = browser.ask(entry, "303").await?;
    let cookie = entered.header("set-cookie").ok_or("no session")?;
    browser.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
    let path = location(&entered)?;
    Ok((browser, path))
}

async fn walk(
    address: SocketAddr,
    entry: &str,
    client: &mut Connection,
) -> Result<Vec<Duration>, AnyError> {
    let (mut browser, details) = enter(address, entry).await?;
    let csrf = browser.page(&details).await?;
    let accept = browser.confirm(&details, &csrf).await?;
    let csrf = browser.page(&accept).await?;
    let callback = browser.confirm(&accept, &csrf).await?;
    let code = between(&callback, "code=", "&")?;
    let body = serde_json::json!({ "token": {
        "grant_type": "authorization_code",
        "client_id": people::CLIENT,
        "client_secret": people::CLIENT_SECRET,
        "code": code,
        "redirect_uri": people::REDIRECT_URI,
        "scope": people::SCOPES,
    } });
    let exchange = post("/oauth/tokens", "application/json", "", &body.to_string());
    let began = Instant::now();
    let exchanged = client.ask(&exchange).await?;
    browser.times.push(began.elapsed());
    expect(&exchanged, "201")?;
    Ok(browser.times)
}

fn expect(answer: &Answer, status: &str) -> Result<(), AnyError> {
    if answer.status() == status {
        return Ok(());
    }
    let body = answer.text().unwrap_or_default();
    Err(format!("{status} was expected, not {}\n{body}", answer.head).into())
}

fn location(answer: &Answer) -> Result<String, AnyError> {
    Ok(answer.header("location").ok_or("no location")?.to_owned())
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Result<&'a str, AnyError> {
    text.split_once(before)
        .and_then(|(_, rest)| rest.split(after).next())
        .ok_or_else(|| format!("no {before} in the answer").into())
}
