//! Leaves a service alone that keeps failing.
//!
//! ```text
//!  closed ──so many failures in a row──▶ open ──its time passes──▶ one request is let through, the others wait as long again
//!    ▲                                    ▲                               │ fails
//!    └──────────── any success            └───────────────────────────────┘
//! ```

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// Counts failures in a row, and remembers until when nothing is sent.
#[derive(Debug)]
pub(super) struct Circuit {
    most_failures: u32,
    open_for: TimeDelta,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Closed { failures: u32 },
    Open { until: DateTime<Utc> },
}

impl Circuit {
    /// Opens after `most_failures` in a row, for `open_for`.
    pub(super) fn new(most_failures: u32, open_for: TimeDelta) -> Self {
        Self {
            most_failures,
            open_for,
            state: Mutex::new(State::Closed { failures: 0 }),
        }
    }

    /// Whether a request may be sent at `now`. The one that is let through an open circuit keeps the others out for
    /// as long again, so that one that is never heard of does not keep it open for ever.
    pub(super) fn admits(&self, now: DateTime<Utc>) -> bool {
        let mut state = self.lock();
        match *state {
            State::Closed { .. } => true,
            State::Open { until } if now < until => false,
            State::Open { .. } => {
                *state = State::Open {
                    until: now + self.open_for,
                };
                true
            }
        }
    }

    /// A request was answered.
    pub(super) fn record_success(&self) {
        *self.lock() = State::Closed { failures: 0 };
    }

    /// A request failed by `now`. Whether the circuit is open now.
    pub(super) fn record_failure(&self, now: DateTime<Utc>) -> bool {
        let mut state = self.lock();
        *state = match *state {
            State::Closed { failures } if failures + 1 < self.most_failures => State::Closed {
                failures: failures + 1,
            },
            _ => State::Open {
                until: now + self.open_for,
            },
        };
        matches!(*state, State::Open { .. })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    #[test]
    fn failures_in_a_row_open_it_and_one_success_closes_it() {
        let circuit = Circuit::new(3, TimeDelta::seconds(30));
        assert!(!circuit.record_failure(at(0)));
        assert!(!circuit.record_failure(at(0)));
        circuit.record_success();
        assert!(!circuit.record_failure(at(1)));
        assert!(!circuit.record_failure(at(1)));
        assert!(circuit.admits(at(1)));
        assert!(circuit.record_failure(at(2)));
        assert!(!circuit.admits(at(2)));
        assert!(!circuit.admits(at(31)));
        assert!(circuit.admits(at(32)), "one is let through");
        assert!(!circuit.admits(at(32)), "and no other");
        assert!(circuit.record_failure(at(33)));
        assert!(!circuit.admits(at(62)));
        assert!(circuit.admits(at(63)));
        circuit.record_success();
        assert!(circuit.admits(at(63)));
        assert!(!circuit.record_failure(at(63)));
    }

    #[test]
    fn a_request_that_is_never_heard_of_does_not_keep_it_open() {
        let circuit = Circuit::new(1, TimeDelta::seconds(30));
        assert!(circuit.record_failure(at(0)));
        assert!(circuit.admits(at(30)));
        assert!(!circuit.admits(at(59)));
        assert!(circuit.admits(at(60)));
    }
}
