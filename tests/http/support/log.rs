//! What a test logs, kept apart from what others log at the same time.

use std::{
    cell::RefCell,
    io::{self, Write},
    sync::{Mutex, Once},
};

use tracing_subscriber::EnvFilter;

use super::Answer;

/// More than an operator would ever ask for.
const FILTER: &str =
    "info,dovira=trace,sqlx=debug,axum=trace,tower=trace,tower_http=trace,tower_sessions=debug";

thread_local! {
    static KEPT: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// Every statement that was logged while somebody counts: SQLite's run on threads of their own.
static STATEMENTS: Mutex<Counted> = Mutex::new(Counted {
    by: 0,
    lines: Vec::new(),
});

struct Counted {
    by: usize,
    lines: Vec<String>,
}

/// Begins to log, once per process.
pub fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new(FILTER))
            .with_writer(|| Writer)
            .with_ansi(false)
            .init();
    });
}

struct Writer;

impl Write for Writer {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        KEPT.with_borrow_mut(|kept| {
            if let Some(kept) = kept {
                kept.extend(line);
            }
        });
        let text = String::from_utf8_lossy(line);
        if text.contains("sqlx::query") {
            let mut counted = STATEMENTS.lock().unwrap();
            if counted.by > 0 {
                counted.lines.push(text.into_owned());
            }
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What this thread logs from now on: everything of a test that has one thread.
pub struct Log;

impl Log {
    /// Begins to keep it.
    pub fn begin() -> Self {
        KEPT.set(Some(Vec::new()));
        Self
    }

    /// Everything so far.
    pub fn text(&self) -> String {
        KEPT.with_borrow(|kept| String::from_utf8(kept.clone().unwrap()).unwrap())
    }

    /// Makes sure that none of these is in it.
    #[track_caller]
    pub fn says_nothing_of(&self, secrets: &[&str]) {
        for line in self.text().lines() {
            for secret in secrets {
                assert!(!line.contains(secret), "{secret} is in: {line}");
            }
        }
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        KEPT.set(None);
    }
}

/// The statements that requests send to the database from now on.
pub struct Statements;

impl Statements {
    /// Begins to count them.
    pub fn begin() -> Self {
        STATEMENTS.lock().unwrap().by += 1;
        Self
    }

    /// Those of the request that got this answer, without what a new connection of SQLite says first.
    pub fn of(&self, answer: &Answer) -> Vec<String> {
        let request = format!("request_id={} ", answer.header("x-request-id"));
        let counted = STATEMENTS.lock().unwrap();
        let own = counted.lines.iter().filter(|line| line.contains(&request));
        let own = own.filter(|line| !line.contains("PRAGMA"));
        own.cloned().collect()
    }
}

impl Drop for Statements {
    fn drop(&mut self) {
        let mut counted = STATEMENTS.lock().unwrap();
        counted.by -= 1;
        if counted.by == 0 {
            counted.lines.clear();
        }
    }
}
