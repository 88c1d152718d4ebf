//! A gateway that keeps messages in this process: the demonstration shows them, tests read them.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{Accepted, Message, NotSent};

/// Messages that are kept: the last ones.
const KEPT: usize = 100;

/// The recorder.
#[derive(Debug, Default)]
pub struct Recorder(Mutex<Recorded>);

#[derive(Debug, Default)]
struct Recorded {
    messages: VecDeque<Message>,
    refuses: Option<NotSent>,
}

impl Recorder {
    /// The messages, the oldest first.
    #[must_use]
    pub fn messages(&self) -> Vec<Message> {
        self.lock().messages.iter().cloned().collect()
    }

    /// From now on every message ends like this; `None`: they are taken over again.
    pub fn refuse(&self, how: Option<NotSent>) {
        self.lock().refuses = how;
    }

    /// Keeps `message`.
    ///
    /// # Errors
    /// When it was told to refuse.
    pub fn send(&self, message: &Message) -> Result<Accepted, NotSent> {
        let mut recorded = self.lock();
        if let Some(how) = recorded.refuses {
            return Err(how);
        }
        if recorded.messages.len() == KEPT {
            recorded.messages.pop_front();
        }
        recorded.messages.push_back(message.clone());
        Ok(Accepted { gateway_id: None })
    }

    fn lock(&self) -> MutexGuard<'_, Recorded> {
        // Nobody can panic while holding the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
