//! What a test logs, kept apart from what others log at the same time.

use std::{
    cell::RefCell,
    io::{self, Write},
    sync::Once,
};

use tracing_subscriber::EnvFilter;

/// More than an operator would ever ask for.
const FILTER: &str =
    "info,dovira=trace,sqlx=debug,axum=trace,tower=trace,tower_http=trace,tower_sessions=debug";

thread_local! {
    static KEPT: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
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
