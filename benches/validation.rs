//! What the data of a registration cost to check once their signature is: `cargo bench --bench validation` prints one
//! table.
//!
//! The schema, the typed content and the rules, for each of the sample children; nothing is read from a database and nothing
//! is asserted. Everything runs on one thread, rows take turns, and figures are medians of rounds.
//! `DOVIRA_BENCH_ROUNDS` (31) changes how many.

use std::{
    error::Error,
    hint::black_box,
    time::{Duration, Instant},
};

use chrono::NaiveDate;
use dovira::{
    config::PersonLimits,
    db::Db,
    person::{
        dictionaries::Dictionaries,
        registration::Content,
        rules,
        samples::{Size, confidant_registration_of},
        schema::{self, Registration, Schemas},
        store,
    },
    signed_content::json_object,
};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type AnyError = Box<dyn Error + Send + Sync>;

/// How often one round does the work of one row.
const REPEAT: u32 = 100;
/// The document types that a registration may have.
const TYPES: [&str; 3] = ["BIRTH_CERTIFICATE", "PASSPORT", "TEMPORARY_PASSPORT"];

/// A step of the check, and all of them.
#[derive(Clone, Copy)]
enum Step {
    Json,
    Schema,
    Typed,
    Rules,
    All,
}

impl Step {
    const EACH: [Self; 5] = [
        Self::Json,
        Self::Schema,
        Self::Typed,
        Self::Rules,
        Self::All,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Json => "JSON read, duplicate keys refused",
            Self::Schema => "schema",
            Self::Typed => "typed content",
            Self::Rules => "rules",
            Self::All => "**schema, typed content, rules**",
        }
    }

    const fn goal(self) -> &'static str {
        match self {
            Self::All => "< 300 µs",
            _ => "",
        }
    }
}

struct Row {
    name: String,
    step: Step,
    text: String,
    json: Value,
    content: Content,
    took: Vec<Duration>,
}

fn main() -> Result<(), AnyError> {
    let rounds = match std::env::var("DOVIRA_BENCH_ROUNDS") {
        Ok(text) => text.parse()?,
        Err(_) => 31,
    };
    let today = NaiveDate::from_ymd_opt(2026, 6, 15).ok_or("no such day")?;
    let schemas = schemas()?;
    let types = TYPES.map(str::to_owned);
    let limits = PersonLimits {
        no_self_auth_age: 14,
        no_self_registration_age: 14,
        full_legal_capacity_age: 18,
        registration_document_types: &types,
        legal_capacity_document_types: &[],
    };
    let mut rows = Vec::new();
    for (size, name) in [
        (Size::Ordinary, "ordinary"),
        (Size::Longest, "the longest names"),
    ] {
        for step in Step::EACH {
            rows.push(Row::new(name, size, step)?);
        }
    }
    for _ in 0..rounds {
        for row in &mut rows {
            let began = Instant::now();
            for _ in 0..REPEAT {
                row.run(&schemas, &limits, today)?;
            }
            row.took.push(began.elapsed() / REPEAT);
        }
    }
    println!("{rounds} rounds, medians");
    println!();
    println!("| What | Time | Goal |");
    println!("|---|---|---|");
    for row in &rows {
        let took = row.median().as_secs_f64() * 1e6;
        println!("| {} | {took:.1} µs | {} |", row.name, row.step.goal());
    }
    Ok(())
}

/// The schemas of the dictionaries that a new database has.
fn schemas() -> Result<Schemas, AnyError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let file = std::env::temp_dir().join(format!("dovira-bench-{}.sqlite", std::process::id()));
    let url = format!("sqlite:{}", file.display());
    let values = runtime.block_on(async {
        let db = Db::connect(&url, 1).await?;
        db.migrate().await?;
        let values = store::dictionary_values(db.read().await?.link()).await?;
        db.close().await;
        Ok::<_, AnyError>(values)
    })?;
    for suffix in ["", "-shm", "-wal"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", file.display()));
    }
    Ok(Schemas::compile(Dictionaries::new(values)))
}

impl Row {
    fn new(name: &str, size: Size, step: Step) -> Result<Self, AnyError> {
        let json = confidant_registration_of(size, Uuid::from_u128(7));
        Ok(Self {
            name: format!("{name}: {}", step.name()),
            step,
            text: json.to_string(),
            content: Content::deserialize(&json)?,
            json,
            took: Vec::new(),
        })
    }

    fn run(
        &self,
        schemas: &Schemas,
        limits: &PersonLimits<'_>,
        today: NaiveDate,
    ) -> Result<(), AnyError> {
        let schema =
            || match schema::check(schemas, Registration::Confidant, black_box(&self.json)).len() {
                0 => Ok(()),
                _ => Err("the sample breaks the schema"),
            };
        match self.step {
            Step::Json => {
                let read = json_object(black_box(self.text.as_bytes()));
                black_box(read.map_err(|_| "the sample is no object")?);
            }
            Step::Schema => schema()?,
            Step::Typed => {
                black_box(Content::deserialize(black_box(&self.json))?);
            }
            Step::Rules => rules::check(black_box(&self.content.person), limits, today)?,
            Step::All => {
                schema()?;
                let content = Content::deserialize(black_box(&self.json))?;
                rules::check(&content.person, limits, today)?;
            }
        }
        Ok(())
    }

    fn median(&self) -> Duration {
        let mut sorted = self.took.clone();
        sorted.sort_unstable();
        sorted.get(sorted.len() / 2).copied().unwrap_or_default()
    }
}
