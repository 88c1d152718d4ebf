//! What a journey costs, measured from outside: `script/bench` runs this and prints one table.
//!
//! ```text
//!  one core                      the other cores
//!  bare route  ◀─┐
//!  dovira      ◀─┼── HTTP ────── this process: 32 browsers, no think time
//!   (SQLite)     │
//!  dovira      ◀─┘   ──────────▶ PostgreSQL
//! ```
//!
//! Every server is a process of its own, idle while another is measured. Rounds alternate between them, so that what
//! disturbs the machine disturbs all of them; figures are medians of rounds. The unit of cost is one request to a bare
//! axum route in processor time, so that the ratio holds on other machines. Nothing is asserted.
//!
//! Variables: `DOVIRA_BENCH_POSTGRES_URL` and `DOVIRA_BENCH_POSTGRES_PID` (required, from `script/bench`),
//! `DOVIRA_BENCH_ROUNDS` (5), `DOVIRA_BENCH_JOURNEYS` (of one round: 400), `DOVIRA_BENCH_CORE` (0),
//! `DOVIRA_BENCH_AGAINST` (another `dovira` to walk the journeys beside this one; single requests are left out then).

use std::{error::Error, path::PathBuf, time::Duration};

use axum::{Router, routing::get};
use tokio::net::TcpListener;

use crate::{
    journey::{Browsing, Stop},
    people::{Registration, Registry},
    process::{Database, Process, Spent},
};

mod http;
mod journey;
mod people;
mod process;
mod table;

/// The same as in the program: the bare route must not lose by its allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Whatever went wrong; a measurement has nothing to do about it but to say so.
type AnyError = Box<dyn Error + Send + Sync>;

/// Browsers at once.
const BROWSERS: usize = 32;
/// How long one round asks for one page again and again.
const HAMMER_TIME: Duration = Duration::from_millis(1500);
/// How often a server is started to see how long that takes.
const STARTS: usize = 7;

fn main() -> Result<(), AnyError> {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some("bare") {
        let address = arguments.next().ok_or("bare ADDRESS")?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        return runtime.block_on(bare(&address));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(measure(&Plan::read()?))
}

/// A server with one route and nothing around it, in the same loop as the program's.
async fn bare(address: &str) -> Result<(), AnyError> {
    let listener = TcpListener::bind(address).await?;
    let router = Router::new().route("/", get(async || "ok"));
    let never = std::future::pending;
    dovira::server::serve(listener, router, never(), never(), Duration::ZERO).await;
    Ok(())
}

struct Plan {
    postgres: String,
    postgres_pid: u32,
    rounds: usize,
    journeys: usize,
    core: String,
    against: Option<PathBuf>,
    directory: PathBuf,
}

impl Plan {
    fn read() -> Result<Self, AnyError> {
        let variable = |name: &str| {
            std::env::var(name).map_err(|_| format!("{name} is not set: run script/bench"))
        };
        let number = |name: &str, default| {
            std::env::var(name).map_or(Ok(default), |text| text.parse::<usize>())
        };
        Ok(Self {
            postgres: variable("DOVIRA_BENCH_POSTGRES_URL")?,
            postgres_pid: variable("DOVIRA_BENCH_POSTGRES_PID")?.parse()?,
            rounds: number("DOVIRA_BENCH_ROUNDS", 5)?,
            journeys: number("DOVIRA_BENCH_JOURNEYS", 400)?,
            core: variable("DOVIRA_BENCH_CORE").unwrap_or_else(|_| "0".to_owned()),
            against: std::env::var_os("DOVIRA_BENCH_AGAINST").map(PathBuf::from),
            directory: variable("DOVIRA_BENCH_DIR")?.into(),
        })
    }
}

/// A server with its database, and what was measured of it.
struct Side {
    name: String,
    server: Process,
    database: Database,
    browsing: Browsing,
    rounds: Vec<Round>,
}

/// One round of journeys.
struct Round {
    server: Spent,
    database: Spent,
    wall: Duration,
}

async fn measure(plan: &Plan) -> Result<(), AnyError> {
    let journeys = plan.journeys / 10 + plan.journeys * plan.rounds;
    eprintln!("signing {} registrations …", journeys + 2);
    let registry = Registry::new(&plan.directory, journeys + 2)?;

    let bare = Process::bare(&plan.core).await?;
    let ours = PathBuf::from(env!("CARGO_BIN_EXE_dovira"));
    let mut sides = Vec::new();
    for (program, suffix) in [(Some(&ours), ""), (plan.against.as_ref(), ", the other")] {
        let Some(program) = program else { continue };
        for (kind, database) in [
            ("SQLite", Database::sqlite(&plan.directory)?),
            (
                "PostgreSQL",
                Database::postgres(&plan.postgres, plan.postgres_pid).await?,
            ),
        ] {
            let tokens = database.fill(program, &registry).await?;
            let server =
                Process::serve(program, &database, &registry, &plan.core, &plan.directory).await?;
            sides.push(Side {
                name: format!("{kind}{suffix}"),
                browsing: Browsing::new(server.address, tokens),
                server,
                database,
                rounds: Vec::new(),
            });
        }
    }
    let quiet = Database::sqlite(&plan.directory)?.silent();
    quiet.fill(&ours, &registry).await?;
    let quiet = Process::serve(&ours, &quiet, &registry, &plan.core, &plan.directory).await?;

    let (shown, contents) = registry.contents.split_at(2);
    let (warm_up, contents) = contents.split_at(plan.journeys / 10);
    for side in &mut sides {
        side.browsing.walk(warm_up, BROWSERS).await?;
        side.browsing.forget_times();
    }
    let mut pages = Pages::find(&sides, shown).await?;
    let mut hammered = Hammered::default();
    for (number, contents) in contents.chunks(plan.journeys).enumerate() {
        eprintln!("round {} of {} …", number + 1, plan.rounds);
        hammered.bare.push(hammer(&bare, "/", "", "").await?);
        // Whoever comes first after the bare route pays some per cent more: in turns it is the other one.
        let mut in_turn: Vec<&mut Side> = sides.iter_mut().collect();
        if number % 2 == 1 {
            in_turn.reverse();
        }
        for side in in_turn {
            let before = (
                side.server.processor_time()?,
                side.database.processor_time()?,
            );
            let wall = side.browsing.walk(contents, BROWSERS).await?;
            side.rounds.push(Round {
                server: side.server.processor_time()? - before.0,
                database: side.database.processor_time()? - before.1,
                wall,
            });
        }
        if let (Some(side), None) = (sides.first(), &plan.against) {
            let server = &side.server;
            hammered
                .logged
                .push(hammer(server, "/health/live", "", "").await?);
            hammered
                .silent
                .push(hammer(&quiet, "/health/live", "", "").await?);
            for page in &mut pages.0 {
                let cookie = &page.cookie;
                page.packed
                    .push(hammer(server, &page.path, "gzip", cookie).await?);
                page.plain
                    .push(hammer(server, &page.path, "identity", cookie).await?);
            }
        }
    }

    let machine = process::machine(&plan.directory)?;
    table::print(plan, &machine, &sides, &pages.0, &hammered);
    for side in sides {
        let memory = side.server.memory()?;
        table::memory(&side.name, memory);
        let program = side.server.program.clone();
        side.server.stop()?;
        let mut starts = Vec::new();
        for _ in 0..STARTS {
            let server = Process::serve(
                &program,
                &side.database,
                &registry,
                &plan.core,
                &plan.directory,
            )
            .await?;
            starts.push(server.ready_after);
            server.stop()?;
        }
        table::starts(&side.name, &mut starts);
    }
    Ok(())
}

/// A page that can be asked for again and again.
struct Page {
    name: &'static str,
    path: String,
    cookie: String,
    packed_size: usize,
    plain_size: usize,
    packed: Vec<Spent>,
    plain: Vec<Spent>,
}

/// The pages of a journey on the first side, and the style sheet.
struct Pages(Vec<Page>);

impl Pages {
    async fn find(sides: &[Side], shown: &[Registration]) -> Result<Self, AnyError> {
        let side = sides.first().ok_or("nothing to measure")?;
        let mut pages = Vec::new();
        for (stop, content) in [Stop::AtDetails, Stop::AtAccept].into_iter().zip(shown) {
            let (path, cookie) = side.browsing.stop_at(stop, content).await?;
            pages.push((stop.name(), path, cookie));
        }
        pages.push((
            "the style sheet",
            side.browsing.style_sheet().await?,
            String::new(),
        ));
        let mut found = Vec::new();
        for (name, path, cookie) in pages {
            let size = async |encoding: &str| -> Result<usize, AnyError> {
                let mut connection = http::Connection::open(side.server.address).await?;
                let request = http::get(&path, encoding, &cookie);
                Ok(connection.ask(&request).await?.body.len())
            };
            found.push(Page {
                packed_size: size("gzip").await?,
                plain_size: size("identity").await?,
                name,
                path,
                cookie,
                packed: Vec::new(),
                plain: Vec::new(),
            });
        }
        Ok(Self(found))
    }
}

/// What single requests cost, one entry a round.
#[derive(Default)]
struct Hammered {
    bare: Vec<Spent>,
    logged: Vec<Spent>,
    silent: Vec<Spent>,
}

/// Asks `server` for `path` on [`BROWSERS`] connections; what one request cost it, in processor and in wall time.
async fn hammer(
    server: &Process,
    path: &str,
    encoding: &str,
    cookie: &str,
) -> Result<Spent, AnyError> {
    let request = http::get(path, encoding, cookie);
    http::hammer(server.address, &request, BROWSERS, HAMMER_TIME / 10).await?;
    let before = server.processor_time()?;
    let (requests, wall) = http::hammer(server.address, &request, BROWSERS, HAMMER_TIME).await?;
    Ok((server.processor_time()? - before).of_each(requests, wall))
}
