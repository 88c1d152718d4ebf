//! What person requests cost where there are a million of them: `cargo bench --bench person_requests` prints one table for
//! each database, and the plans of the list's statements.
//!
//! One legal entity has a million requests, made over a thousand days. Lists ask for random pages of them, by every filter; new
//! requests have the whole body and are confirmed by documents, or by a code that goes nowhere (the gateway `log:`). Requests
//! go through the router, without a network. Nothing is asserted.
//!
//! Variables: `DOVIRA_BENCH_POSTGRES_URL` (without it SQLite alone is measured), `DOVIRA_BENCH_REQUESTS` (1000000),
//! `DOVIRA_BENCH_ROUNDS` (2000 lists, a quarter as many new requests of each kind).

use std::{
    error::Error,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode},
};
use chrono::TimeDelta;
use clap::Parser;
use dovira::{
    clock::{Clock, SystemClock},
    config::{Config, Settings},
    db::Db,
    import,
    oauth::{
        scope::Scopes,
        store,
        token::{Subject, Token, TokenName},
    },
    on,
    person::samples,
    random::{Draw, Random, SystemRandom},
    secrets::Plain,
    state::App,
};
use serde_json::{Value, json};
use tower::ServiceExt;
use uuid::Uuid;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type AnyError = Box<dyn Error + Send + Sync>;

const CLINIC: Uuid = Uuid::from_u128(0xc1 << 120 | 1);
const DOCTOR: Uuid = Uuid::from_u128(0xd0 << 120 | 1);
/// Nothing is signed, but no server starts without a certificate that it trusts.
const CERTIFICATES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/fixtures/signatures/trusted"
);
const API_KEY: &str = "an api key of the benchmark";
const PATH: &str = "/api/person_requests";
/// The days over which requests were made.
const DAYS: i64 = 1000;
/// How many requests are put in by one statement.
const BATCH: i64 = 50_000;
const FILTERS: [&str; 4] = ["", "&status=SIGNED", "&status=REJECTED", "&status=EXPIRED"];

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    settings: Settings,
}

fn number(name: &str, otherwise: i64) -> Result<i64, AnyError> {
    Ok(match std::env::var(name) {
        Ok(text) => text.parse()?,
        Err(_) => otherwise,
    })
}

fn main() -> Result<(), AnyError> {
    let requests = number("DOVIRA_BENCH_REQUESTS", 1_000_000)?;
    let rounds = number("DOVIRA_BENCH_ROUNDS", 2000)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let directory =
        std::env::temp_dir().join(format!("dovira-bench-requests-{}", std::process::id()));
    std::fs::create_dir_all(&directory)?;
    let sqlite = format!("sqlite:{}", directory.join("bench.sqlite").display());
    let mut urls = vec![sqlite];
    urls.extend(std::env::var("DOVIRA_BENCH_POSTGRES_URL").ok());
    let media = directory.join("media").display().to_string();
    let measured = runtime.block_on(async {
        for url in urls {
            measure(&url, &media, requests, rounds).await?;
        }
        Ok(())
    });
    std::fs::remove_dir_all(&directory)?;
    measured
}

async fn measure(url: &str, media: &str, requests: i64, rounds: i64) -> Result<(), AnyError> {
    let line = [
        "dovira",
        "--secret",
        "the secret of the benchmark, long enough",
        "--trusted-certificates",
        CERTIFICATES,
        "--media",
        media,
        "--database-url",
        url,
    ];
    let config = Config::read(&Line::parse_from(line).settings)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let random: Arc<dyn Random> = Arc::new(SystemRandom);
    dovira::oauth::jwt::install_crypto();
    let db = Db::connect(url, 1).await?;
    db.migrate().await?;
    fill(&db, requests).await?;
    db.close().await;
    let app = dovira::app::open(config, clock, random, false).await?;
    app.refresh_dictionaries().await?;
    let token = provision(&app, rounds / 4).await?;
    let router = dovira::app::router(&app);
    let name = if url.starts_with("sqlite:") {
        "SQLite"
    } else {
        "PostgreSQL"
    };
    println!("{name}, {requests} requests");
    println!();
    println!("| What | median | p99 | processor time |");
    println!("|---|---|---|---|");
    let pages = requests / 50;
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    for filter in FILTERS {
        let mut took = Took::begin()?;
        for _ in 0..rounds / 4 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let page = i64::try_from(random >> 33)? % pages + 1;
            let uri = format!("{PATH}?page={page}&page_size=50{filter}");
            took.take(&router, get(&uri, &token)?, StatusCode::OK)
                .await?;
        }
        took.print(&format!("a random page{}", filter.replace('&', ", ")))?;
    }
    let mut took = Took::begin()?;
    for _ in 0..rounds / 4 {
        let uri = format!("{PATH}?page_size=50");
        took.take(&router, get(&uri, &token)?, StatusCode::OK)
            .await?;
    }
    took.print("the first page")?;
    let by_documents = |_| json!({ "type": "OFFLINE" });
    let by_a_code = |serial| json!({ "type": "OTP", "phone_number": phone(serial) });
    type Method<'a> = &'a dyn Fn(i64) -> Value;
    for (how, first_tax_id, method) in [
        ("by documents", 1_000_000_000, &by_documents as Method<'_>),
        ("by a code", 1_500_000_000, &by_a_code),
    ] {
        let mut took = Took::begin()?;
        for serial in 0..rounds / 4 {
            let mut body = samples::person_request();
            if let Some(Value::Object(person)) = body.get_mut("person") {
                person.insert("authentication_methods".into(), json!([method(serial)]));
                person.insert("tax_id".into(), json!((first_tax_id + serial).to_string()));
            }
            took.take(&router, post(&body, &token)?, StatusCode::CREATED)
                .await?;
        }
        took.print(&format!("a new request, whole body, {how}"))?;
    }
    println!();
    plans(&app.db).await?;
    app.db.close().await;
    Ok(())
}

/// The number of somebody who gets a code: each gets one.
fn phone(serial: i64) -> String {
    format!("+38050{serial:07}")
}

/// What one kind of request took.
struct Took {
    each: Vec<Duration>,
    processor: Duration,
}

impl Took {
    fn begin() -> Result<Self, AnyError> {
        Ok(Self {
            each: Vec::new(),
            processor: processor_time()?,
        })
    }

    async fn take(
        &mut self,
        router: &Router,
        request: Request<Body>,
        expected: StatusCode,
    ) -> Result<(), AnyError> {
        let began = Instant::now();
        let response = router.clone().oneshot(request).await?;
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await?;
        self.each.push(began.elapsed());
        if status != expected {
            return Err(format!("{status}: {}", String::from_utf8_lossy(&body)).into());
        }
        Ok(())
    }

    fn print(mut self, what: &str) -> Result<(), AnyError> {
        let count = self.each.len();
        let processor = (processor_time()? - self.processor).as_secs_f64() * 1e3 / count as f64;
        self.each.sort_unstable();
        let at = |share: usize| {
            self.each
                .get(count * share / 100)
                .map_or(0.0, |took| took.as_secs_f64() * 1e3)
        };
        println!(
            "| {what} | {:.2} ms | {:.2} ms | {processor:.2} ms |",
            at(50),
            at(99)
        );
        Ok(())
    }
}

/// What this process has used of processors so far.
fn processor_time() -> Result<Duration, AnyError> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let (_, rest) = stat.rsplit_once(')').ok_or("no /proc/self/stat")?;
    let fields: Vec<_> = rest.split_whitespace().collect();
    let ticks =
        |at: usize| -> Result<u64, AnyError> { Ok(fields.get(at).ok_or("short stat")?.parse()?) };
    // A tick is a hundredth of a second on every Linux there is.
    Ok(Duration::from_millis((ticks(11)? + ticks(12)?) * 10))
}

fn get(uri: &str, token: &str) -> Result<Request<Body>, AnyError> {
    Ok(Request::get(uri)
        .header("authorization", format!("Bearer {token}"))
        .header("api-key", API_KEY)
        .body(Body::empty())?)
}

fn post(body: &Value, token: &str) -> Result<Request<Body>, AnyError> {
    Ok(Request::post(PATH)
        .header("authorization", format!("Bearer {token}"))
        .header("api-key", API_KEY)
        .header("content-type", "application/json")
        .body(Body::from(serde_json::to_vec(body)?))?)
}

async fn execute(db: &Db, sql: String) -> sqlx::Result<()> {
    let sql = sqlx::AssertSqlSafe(sql);
    let mut held = db.write().await?;
    on!(held.link(), |c| sqlx::query(sql)
        .execute(c)
        .await
        .map(|_| ()))
}

/// Requests that are over, as years leave them behind.
async fn fill(db: &Db, requests: i64) -> Result<(), AnyError> {
    let is_sqlite = matches!(db, Db::Sqlite(_));
    let id = if is_sqlite {
        "randomblob(16)"
    } else {
        "gen_random_uuid()"
    };
    let uuid = |id: Uuid| {
        if is_sqlite {
            format!("x'{}'", id.simple())
        } else {
            format!("'{id}'::uuid")
        }
    };
    let begin = SystemClock.now() - TimeDelta::days(DAYS + 1);
    let per_day = (requests / DAYS).max(1);
    for first in (0..requests).step_by(usize::try_from(BATCH)?) {
        let last = (first + BATCH).min(requests) - 1;
        let series = if is_sqlite {
            format!(
                "(WITH RECURSIVE s(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM s WHERE n < {last}) SELECT n FROM s)"
            )
        } else {
            format!("(SELECT generate_series({first}, {last}) AS n)")
        };
        let at = if is_sqlite {
            let from = begin.format("%Y-%m-%d %H:%M:%S");
            format!(
                "strftime('%Y-%m-%dT%H:%M:%f', '{from}', '+' || (n / {per_day}) || ' days', '+' || (n % {per_day}) || ' seconds') || '000+00:00'"
            )
        } else {
            let from = begin.to_rfc3339();
            format!(
                "'{from}'::timestamptz + n / {per_day} * interval '1 day' + n % {per_day} * interval '1 second'"
            )
        };
        execute(db, format!(
            "INSERT INTO person_requests (id, version, status, channel, is_active, legal_entity_id, employee_id, first_name, last_name, inserted_at, inserted_by, updated_at)
             SELECT {id}, 1, CASE n % 10 WHEN 0 THEN 'REJECTED' WHEN 1 THEN 'EXPIRED' WHEN 2 THEN 'CANCELLED' ELSE 'SIGNED' END, 'MIS', true, {clinic}, {doctor},
                'Імʼя', 'Прізвище', {at}, {doctor}, {at} FROM {series} s",
            clinic = uuid(CLINIC), doctor = uuid(DOCTOR),
        )).await?;
    }
    execute(db, "ANALYZE".to_owned()).await?;
    Ok(())
}

/// The clinic, its doctor, and the doctor's token; and so many proven numbers.
async fn provision(app: &App, phones: i64) -> Result<String, AnyError> {
    let scopes = "person_request:read person_request:write";
    let file = json!({
        "clients": [{ "id": CLINIC, "name": "МІС", "client_type": "MIS", "api_key": API_KEY, "redirect_uris": [], "scopes": scopes,
            "legal_entity": { "type": "PRIMARY_CARE", "name": "КНП «Зразкова лікарня»", "edrpou": "00000001" } }],
        "users": [{ "id": DOCTOR }],
        "employees": [{ "id": DOCTOR, "user_id": DOCTOR, "legal_entity_id": CLINIC, "employee_type": "DOCTOR", "status": "APPROVED", "tax_id": null }],
        "verified_phones": (0..phones).map(phone).collect::<Vec<_>>(),
    });
    let file =
        import::read(&serde_json::to_vec(&file)?).map_err(|problems| problems.to_string())?;
    let now = app.clock.now();
    import::import(&app.db, &app.keys, &*app.random, &file, now).await?;
    let token = Token {
        id: app.random.uuid(),
        name: TokenName::Access,
        subject: Subject {
            user_id: DOCTOR,
            applicant: None,
        },
        client_id: CLINIC,
        approval_id: None,
        parent_id: None,
        scope: Scopes::parse(scopes).ok_or("no scopes")?,
        grant_type: "operator".to_owned(),
        redirect_uri: None,
        expires_at: now + TimeDelta::days(1),
        used_at: None,
    };
    let value = Plain::generate(&*app.random);
    let mut held = app.db.write().await?;
    store::add_token(held.link(), &token, &value.hash(), now).await?;
    Ok(value.expose().to_owned())
}

/// How the statements of a list are answered.
async fn plans(db: &Db) -> Result<(), AnyError> {
    let source = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/src/person_request/store.rs"
    ))?;
    for sql in source.split('"').filter(|text| {
        text.contains("ORDER BY day DESC")
            || text.contains("OFFSET $4")
            || text.contains("inserted_at < $2 AND legal_entity_id = $1 ORDER BY inserted_at")
    }) {
        println!("{}", sql.split_whitespace().collect::<Vec<_>>().join(" "));
        let mut held = db.read().await?;
        match held.link() {
            dovira::db::Link::Sqlite(c) => {
                let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
                let plan: Vec<(i64, i64, i64, String)> =
                    sqlx::query_as(explain).fetch_all(c).await?;
                for (.., step) in plan {
                    println!("    {step}");
                }
            }
            dovira::db::Link::Postgres(c) => {
                let sql = sql
                    .replace("$1", &format!("'{CLINIC}'"))
                    .replace(
                        "$2",
                        if sql.contains("AND status = $2") {
                            "'SIGNED'"
                        } else {
                            "now()"
                        },
                    )
                    .replace("$3", "50")
                    .replace("$4", "500")
                    .replace("$5", "'SIGNED'");
                let explain = sqlx::AssertSqlSafe(format!("EXPLAIN (COSTS OFF) {sql}"));
                let plan: Vec<(String,)> = sqlx::query_as(explain).fetch_all(c).await?;
                for (step,) in plan {
                    println!("    {step}");
                }
            }
        }
    }
    println!();
    Ok(())
}
