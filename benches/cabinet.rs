//! What registrations in the cabinet cost those who look at a page meanwhile: `cargo bench --bench cabinet` prints a table.
//!
//! A browser opens the first step of a form again and again: with nobody else there, then while fifty registrations, each
//! with its passwords to be worked out, arrive at the same moment. Half of what takes longest, the slowest in a hundred, and
//! how long the fifty took together. Nothing is asserted; the aim is 100 ms for the slowest in a hundred.
//!
//! Everything runs in this process, the pretend provider of identities included. PostgreSQL is measured when
//! `DOVIRA_BENCH_POSTGRES_URL` names an empty database. `DOVIRA_BENCH_REGISTRATIONS` (50) says how many there are.

use std::{
    error::Error,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Json, Router,
    body::Body,
    http::{Request, StatusCode, header},
    routing::get,
};
use chrono::TimeDelta;
use clap::Parser;
use dovira::{
    app,
    cabinet::registration::issue_jwt,
    clock::SystemClock,
    config::{Config, Settings},
    import,
    phone::PhoneNumber,
    random::SystemRandom,
    state::App,
    verification::{Initialize, initialize},
};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tower::ServiceExt;
use uuid::Uuid;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type AnyError = Box<dyn Error + Send + Sync>;

const CLIENT: Uuid = Uuid::from_u128(0xcab1_0000_0000_4000_8000_0000_0000_0001);
const ROUTE: &str = "/private/cabinet/registration/user_request";
/// Pages without anybody else.
const ALONE: usize = 500;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    settings: Settings,
}

fn main() -> Result<(), AnyError> {
    let registrations = match std::env::var("DOVIRA_BENCH_REGISTRATIONS") {
        Ok(text) => text.parse()?,
        Err(_) => 50,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let file = std::env::temp_dir().join(format!("dovira-bench-{}.sqlite", std::process::id()));
    let mut urls = vec![("SQLite", format!("sqlite:{}", file.display()))];
    if let Ok(url) = std::env::var("DOVIRA_BENCH_POSTGRES_URL") {
        urls.push(("PostgreSQL", url));
    }
    println!("{registrations} registrations at once");
    println!();
    println!("| Database | Meanwhile | Pages | Median | 99 % within | All registered in |");
    println!("|---|---|---|---|---|---|");
    for (name, url) in urls {
        runtime.block_on(measure(name, &url, registrations))?;
    }
    for suffix in ["", "-shm", "-wal"] {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        let _ = std::fs::remove_file(PathBuf::from(name));
    }
    Ok(())
}

/// A provider that knows one person; its address.
async fn provider() -> Result<String, AnyError> {
    let token = || async { Json(json!({ "access_token": "t", "user_id": 1 })) };
    let person = json!({ "drfocode": "3000000001", "givenname": "Ганна", "lastname": "Уявна" });
    let router = Router::new()
        .route("/get-access-token", get(token))
        .route("/get-user-info", get(move || async move { Json(person) }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(format!("http://{address}"))
}

async fn measure(name: &str, url: &str, registrations: u32) -> Result<(), AnyError> {
    let trusted = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/signatures/trusted");
    let provider = provider().await?;
    let line = [
        "bench",
        "--database-url",
        url,
        "--secret",
        "the secret of the measurement, long enough",
        "--trusted-certificates",
        trusted.to_str().ok_or("the path is no text")?,
        "--govid-url",
        &provider,
        "--govid-client-id",
        "bench",
        "--govid-client-secret",
        "bench",
    ];
    let config = Config::read(&Line::parse_from(line).settings)?;
    // A demonstration keeps its messages, so that the codes can be read.
    let app = app::open(config, Arc::new(SystemClock), Arc::new(SystemRandom), true).await?;
    app.db.migrate().await?;
    app.refresh_dictionaries().await?;
    let requests = prepare(&app, registrations).await?;
    let router = app::router(&app);
    let page = Page::open(&router).await?;

    let mut alone = Vec::with_capacity(ALONE);
    for _ in 0..ALONE {
        alone.push(page.look(&router).await?);
    }
    row(name, "nobody", &mut alone, None);

    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for request in requests {
        let router = router.clone();
        tasks.spawn(async move { Ok::<_, AnyError>(router.oneshot(request).await?.status()) });
    }
    let mut meanwhile = Vec::new();
    while !tasks.is_empty() {
        meanwhile.push(page.look(&router).await?);
        while let Some(done) = tasks.try_join_next() {
            let status = done??;
            if status != StatusCode::CREATED {
                return Err(format!("a registration was answered with {status}").into());
            }
        }
    }
    row(name, "registrations", &mut meanwhile, Some(began.elapsed()));
    app.db.close().await;
    Ok(())
}

/// Proofs of identity with their codes, as requests that only wait to be sent.
async fn prepare(app: &App, count: u32) -> Result<Vec<Request<Body>>, AnyError> {
    let now = app.clock.now();
    let proof =
        |at: u32| Uuid::from_u128(0xd000_0000_0000_4000_8000_0000_0000_0000 + u128::from(at));
    let tax_id = |at: u32| format!("{:010}", 3_100_000_000_u64 + u64::from(at));
    let proofs: Vec<Value> = (0..count)
        .map(|at| {
            json!({
                "id": proof(at), "tax_id": tax_id(at), "first_name": "Ганна", "last_name": "Уявна",
                "email": format!("{at}@example.ua"), "client_id": CLIENT, "redirect_uri": "https://cabinet.example/",
                "scope": "person:read", "expires_at": (now + TimeDelta::hours(1)).to_rfc3339(),
            })
        })
        .collect();
    let file = json!({
        "clients": [{
            "id": CLIENT, "name": "Кабінет", "client_type": "CABINET", "secret": "s", "scopes": "person:read",
            "redirect_uris": ["https://cabinet.example/"],
        }],
        "user_requests": proofs,
    });
    let file =
        import::read(file.to_string().as_bytes()).map_err(|problems| problems.to_string())?;
    import::import(&app.db, &app.keys, &*app.random, &file, now).await?;
    let mut requests = Vec::new();
    for at in 0..count {
        let phone = PhoneNumber::parse(&format!("+380{at:09}"))?;
        let wanted = Initialize {
            phone: &phone,
            provider: None,
            content_hash: None,
            actor: None,
        };
        initialize(app, &wanted, now).await?;
        let messages = app.sms.recorder().ok_or("no recorder")?.messages();
        let text = &messages.last().ok_or("no message")?.body;
        let (_, code) = text.rsplit_once(' ').ok_or("no code")?;
        let body = json!({ "otp": code, "password": "passWoRd1", "patient": {
            "first_name": "Ганна", "last_name": "Уявна", "birth_date": "1991-08-19", "birth_country": "Україна",
            "birth_settlement": "Вінниця", "gender": "FEMALE", "tax_id": tax_id(at),
            "addresses": [{
                "type": "RESIDENCE", "country": "UA", "area": "Житомирська", "settlement": "Київ", "settlement_type": "CITY",
                "settlement_id": "b075f148-7f93-4fc2-b2ec-2d81b19a9b7b", "building": "15",
            }],
            "documents": [{ "type": "PASSPORT", "number": "АА120518", "issued_by": "Відділ", "issued_at": "2017-02-28" }],
            "authentication_methods": [{ "type": "OTP", "phone_number": phone.as_str() }],
            "emergency_contact": {
                "first_name": "Петро", "last_name": "Уявний", "phones": [{ "type": "MOBILE", "number": "+380503410870" }],
            },
            "process_disclosure_data_consent": true,
        } });
        let life = TimeDelta::hours(1);
        let jwt = issue_jwt(&app.keys, &*app.random, proof(at), life, now)?;
        requests.push(
            Request::post(ROUTE)
                .header(header::CONTENT_TYPE, "application/json")
                .header(header::AUTHORIZATION, format!("Bearer {jwt}"))
                .body(Body::from(body.to_string()))?,
        );
    }
    Ok(requests)
}

/// The first step of a form, open in a browser.
struct Page {
    path: String,
    cookie: String,
}

impl Page {
    /// Comes from the client through the provider.
    async fn open(router: &Router) -> Result<Self, AnyError> {
        let entry = format!(
            "/cabinet/registration?client_id={CLIENT}&redirect_uri=https%3A%2F%2Fcabinet.example%2F&scope=person:read"
        );
        let sent = router
            .clone()
            .oneshot(Request::get(entry).body(Body::empty())?)
            .await?;
        let header = |name| {
            sent.headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let location = header(header::LOCATION).ok_or("no redirect")?;
        let (_, state) = location.rsplit_once("state=").ok_or("no state")?;
        let cookie = header(header::SET_COOKIE).ok_or("no cookie")?;
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        let callback = Request::get(format!(
            "/cabinet/registration/callback?code=c&state={state}"
        ));
        let callback = callback
            .header(header::COOKIE, &cookie)
            .body(Body::empty())?;
        let back = router.clone().oneshot(callback).await?;
        let path = back.headers().get(header::LOCATION).ok_or("not let in")?;
        Ok(Self {
            path: path.to_str()?.to_owned(),
            cookie,
        })
    }

    /// Opens the page; how long it took.
    async fn look(&self, router: &Router) -> Result<Duration, AnyError> {
        let request = Request::get(&self.path).header(header::COOKIE, &self.cookie);
        let began = Instant::now();
        let router = router.clone();
        let request = request.body(Body::empty())?;
        // On a thread of the runtime, as a request of the server is.
        let answer = tokio::spawn(router.oneshot(request)).await??;
        if answer.status() != StatusCode::OK {
            return Err(format!("the page was answered with {}", answer.status()).into());
        }
        axum::body::to_bytes(answer.into_body(), usize::MAX).await?;
        Ok(began.elapsed())
    }
}

fn row(name: &str, meanwhile: &str, took: &mut [Duration], all: Option<Duration>) {
    took.sort_unstable();
    let at = |percent: usize| {
        let index = (took.len() * percent / 100).min(took.len().saturating_sub(1));
        let time = took.get(index).copied().unwrap_or_default();
        format!("{:.1} ms", time.as_secs_f64() * 1e3)
    };
    let all = all.map_or_else(String::new, |all| format!("{:.2} s", all.as_secs_f64()));
    println!(
        "| {name} | {meanwhile} | {} | {} | {} | {all} |",
        took.len(),
        at(50),
        at(99)
    );
}
