//! What a one-time code costs to take: `cargo bench --bench verification` prints two tables.
//!
//! The first: codes taken in a second by one process whose runtime has one thread, right and wrong ones, one after the
//! other and sixteen at a time, each with its own number; half of what takes longest, and the slowest in a hundred. The
//! second: how long wrong codes take by the digit that is wrong; were they compared digit by digit, the rows would differ.
//! Nothing is asserted.
//!
//! SQLite works in threads of its own: `taskset --cpu-list 0` keeps everything on one core. PostgreSQL is measured when
//! `DOVIRA_BENCH_POSTGRES_URL` names a server (`script/postgres start DIRECTORY --durable` starts one and prints its
//! address). `DOVIRA_BENCH_CODES` (2000) says how many codes each row takes.

use std::{
    collections::VecDeque,
    error::Error,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use clap::Parser;
use dovira::{
    app,
    clock::SystemClock,
    config::{Config, Settings},
    phone::PhoneNumber,
    random::SystemRandom,
    state::App,
    verification::{Aim, Completion, GivenCode, Initialize, complete, initialize},
};
use tokio::task::JoinSet;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type AnyError = Box<dyn Error + Send + Sync>;

/// Codes that are taken at the same time in the second row of each kind.
const AT_ONCE: usize = 16;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    settings: Settings,
}

/// A number and the code that was sent to it.
type SentCode = (PhoneNumber, u64);

fn main() -> Result<(), AnyError> {
    let codes = match std::env::var("DOVIRA_BENCH_CODES") {
        Ok(text) => text.parse()?,
        Err(_) => 2000,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let file = std::env::temp_dir().join(format!("dovira-bench-{}.sqlite", std::process::id()));
    let mut urls = vec![("SQLite", format!("sqlite:{}", file.display()))];
    if let Ok(server) = std::env::var("DOVIRA_BENCH_POSTGRES_URL") {
        urls.push(("PostgreSQL", runtime.block_on(new_database(&server))?));
    }
    let measured = urls
        .iter()
        .map(|(name, url)| runtime.block_on(measure(name, url, codes)))
        .collect::<Result<Vec<_>, _>>();
    remove(&file);
    let measured = measured?;

    println!("{codes} codes a row");
    println!();
    println!("| Database | Code | At once | Codes a second | Median | 99 % within |");
    println!("|---|---|---|---|---|---|");
    for (rates, _) in &measured {
        rates.iter().for_each(|row| println!("{row}"));
    }
    println!();
    println!("| Database | Wrong digit | Median | 95 % within |");
    println!("|---|---|---|---|");
    for (_, digits) in &measured {
        digits.iter().for_each(|row| println!("{row}"));
    }
    Ok(())
}

/// A new database of the server at `url`.
async fn new_database(url: &str) -> Result<String, AnyError> {
    use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
    let name = format!("bench_{}", std::process::id());
    let mut connection = PgConnection::connect(url).await?;
    connection
        .execute(AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .await?;
    connection.close().await?;
    let (server, _) = url.rsplit_once('/').ok_or("the URL names no database")?;
    Ok(format!("{server}/{name}"))
}

fn remove(file: &Path) {
    for suffix in ["", "-shm", "-wal"] {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        let _ = std::fs::remove_file(PathBuf::from(name));
    }
}

/// The rows of both tables for one database.
async fn measure(
    name: &str,
    url: &str,
    codes: usize,
) -> Result<(Vec<String>, Vec<String>), AnyError> {
    let trusted = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/signatures/trusted");
    let line = [
        "bench",
        "--database-url",
        url,
        "--secret",
        "the secret of the measurement, long enough",
        "--trusted-certificates",
        trusted.to_str().ok_or("the path is no text")?,
        "--init-verification-limit",
        "0",
        "--otp-sends-per-hour",
        "0",
        "--otp-max-failed-attempts",
        "100",
        "--otp-lifetime",
        "3600",
    ];
    let config = Config::read(&Line::parse_from(line).settings)?;
    // A demonstration keeps its messages, so that the codes can be read.
    let app = app::open(config, Arc::new(SystemClock), Arc::new(SystemRandom), true).await?;
    app.db.migrate().await?;
    let mut next = 0;
    let mut rates = Vec::new();
    for at_once in [1, AT_ONCE] {
        for is_right in [true, false] {
            let sent = send(&app, codes, &mut next).await?;
            let (all, mut each) = take(&app, sent, is_right, at_once).await?;
            let rate = f64::from(u32::try_from(codes)?) / all.as_secs_f64();
            let what = if is_right { "right" } else { "wrong" };
            rates.push(format!(
                "| {name} | {what} | {at_once} | {rate:.0} | {} | {} |",
                at(&mut each, 50),
                at(&mut each, 99),
            ));
        }
    }
    let digits = by_digit(&app, name, codes, &mut next).await?;
    app.db.close().await;
    Ok((rates, digits))
}

/// Sends a code to each of so many numbers.
async fn send(app: &App, count: usize, next: &mut u32) -> Result<VecDeque<SentCode>, AnyError> {
    let mut sent = VecDeque::with_capacity(count);
    for _ in 0..count {
        *next += 1;
        let phone = PhoneNumber::parse(&format!("+380{next:09}"))?;
        let wanted = Initialize {
            phone: &phone,
            provider: None,
            content_hash: None,
            actor: None,
        };
        initialize(app, &wanted, app.clock.now()).await?;
        let messages = app.sms.recorder().ok_or("no recorder")?.messages();
        let text = &messages.last().ok_or("no message")?.body;
        let (_, code) = text.rsplit_once(' ').ok_or("no code")?;
        sent.push_back((phone, code.parse()?));
    }
    Ok(sent)
}

/// Gives a code for each number; how long all took together, and each.
async fn take(
    app: &App,
    mut sent: VecDeque<SentCode>,
    is_right: bool,
    at_once: usize,
) -> Result<(Duration, Vec<Duration>), AnyError> {
    let mut each = Vec::with_capacity(sent.len());
    let mut tasks: JoinSet<Result<Duration, AnyError>> = JoinSet::new();
    let began = Instant::now();
    loop {
        while tasks.len() < at_once
            && let Some((phone, code)) = sent.pop_front()
        {
            let app = app.clone();
            let code = if is_right { code } else { wrong(code, 0) };
            tasks.spawn(async move {
                let began = Instant::now();
                let told = give(&app, &phone, code).await?;
                if matches!(told, Completion::Verified(_)) != is_right {
                    return Err(format!("{told:?}").into());
                }
                Ok(began.elapsed())
            });
        }
        match tasks.join_next().await {
            Some(took) => each.push(took??),
            None => return Ok((began.elapsed(), each)),
        }
    }
}

async fn give(app: &App, phone: &PhoneNumber, code: u64) -> Result<Completion, AnyError> {
    let code = GivenCode::from_text(&code.to_string());
    Ok(complete(app, phone, code, Aim::Number, app.clock.now()).await?)
}

/// `code` with another digit at `position`, the first of which is 0.
fn wrong(code: u64, position: u32) -> u64 {
    let place = 10_u64.pow(3 - position);
    let digit = code / place % 10;
    let other = if digit == 9 { 8 } else { digit + 1 };
    code - digit * place + other * place
}

/// How long wrong codes take, by the digit that is wrong. The four take turns.
async fn by_digit(
    app: &App,
    name: &str,
    codes: usize,
    next: &mut u32,
) -> Result<Vec<String>, AnyError> {
    let mut took: [Vec<Duration>; 4] = Default::default();
    // A number takes a hundred wrong codes.
    for (phone, code) in send(app, codes.div_ceil(25), next).await? {
        for _ in 0..25 {
            for (position, took) in (0..).zip(&mut took) {
                let code = wrong(code, position);
                let began = Instant::now();
                let told = give(app, &phone, code).await?;
                took.push(began.elapsed());
                if !matches!(told, Completion::InvalidCode { .. }) {
                    return Err(format!("{told:?}").into());
                }
            }
        }
    }
    let rows = took.iter_mut().zip(["first", "second", "third", "last"]);
    Ok(rows
        .map(|(took, digit)| format!("| {name} | {digit} | {} | {} |", at(took, 50), at(took, 95)))
        .collect())
}

/// The time within which so many in a hundred are.
fn at(took: &mut [Duration], percent: usize) -> String {
    took.sort_unstable();
    let index = (took.len() * percent / 100).min(took.len().saturating_sub(1));
    let time = took.get(index).copied().unwrap_or_default();
    format!("{:.0} µs", time.as_secs_f64() * 1e6)
}
