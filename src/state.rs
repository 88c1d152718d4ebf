//! What every request shares.

use std::{
    ops::Deref,
    sync::{Arc, PoisonError, RwLock},
};

use tokio::sync::Semaphore;

use crate::{
    clock::Clock,
    config::Config,
    db::Db,
    limits,
    outside::{files::Media, identity::Provider, relationships::Registry, sms::Gateway},
    person::{dictionaries::Dictionaries, schema::Schemas, store},
    random::Random,
    secrets::Keys,
    signed_content::{Policy, Rejection, Signed, TrustStore, verify_base64},
};

/// The application: cheap to clone, the same for all.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts of the application.
pub struct Parts {
    /// The settings.
    pub config: Config,
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// The keys of this installation.
    pub keys: Keys,
    /// The certificates that signatures are traced to.
    pub trust: Arc<TrustStore>,
    /// Whether every page says that this is a demonstration.
    pub demo: bool,
    /// Slots for bodies that are large.
    pub large_bodies: Semaphore,
    /// Slots for checking signatures.
    pub signatures: Slots,
    /// Slots for hashing passwords.
    pub passwords: Slots,
    /// Who says who somebody is, for registrations in the cabinet.
    pub provider: Provider,
    /// Who knows of relationships, beside the database.
    pub relationships: Registry,
    /// Where files are kept.
    pub media: Media,
    /// Who carries messages to phones.
    pub sms: Gateway,
    /// The dictionaries as they were last read.
    pub dictionaries: SharedValue<Schemas>,
}

/// What is replaced as a whole while requests are answered; each keeps what it began with.
#[derive(Debug, Default)]
pub struct SharedValue<T>(RwLock<Arc<T>>);

impl<T> SharedValue<T> {
    /// What it is now.
    #[must_use]
    pub fn get(&self) -> Arc<T> {
        // Nobody can panic while holding the lock, and an Arc is whole at any moment.
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces it.
    pub fn replace(&self, value: T) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(value);
    }
}

impl App {
    /// The application of these parts.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("App")
    }
}

/// Slots for work that keeps a processor busy: so many at once, so many waiting, no more.
#[derive(Debug)]
pub struct Slots {
    working: Semaphore,
    admitted: Semaphore,
}

impl Slots {
    /// Slots for `working` pieces of work at the same time.
    #[must_use]
    pub fn new(working: usize) -> Self {
        Self {
            working: Semaphore::new(working),
            admitted: Semaphore::new(working + limits::WAITING),
        }
    }

    /// How many more would be let in to wait.
    #[must_use]
    pub fn free(&self) -> usize {
        self.admitted.available_permits()
    }

    /// Does `work` off the async threads. None when too many others wait, or the process is stopping.
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let _admitted = self.admitted.try_acquire().ok()?;
        let _slot = self.working.acquire().await.ok()?;
        tokio::task::spawn_blocking(work).await.ok()
    }
}

/// Why signed content was not accepted.
#[derive(Debug)]
pub enum NotVerified {
    /// The signature is not good.
    Rejected(Rejection),
    /// Too many wait already.
    Busy,
}

impl App {
    /// Does `work` on a password off the async threads. None when too many others wait for the same.
    pub async fn with_password_slot<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        self.passwords.run(work).await
    }

    /// Checks signed content off the async threads.
    ///
    /// # Errors
    /// What is wrong with it, or that too many others are being checked.
    pub async fn verify(&self, text: Arc<str>, policy: Policy) -> Result<Signed, NotVerified> {
        let trust = Arc::clone(&self.trust);
        let now = self.clock.now();
        let check = move || verify_base64(&text, &trust, now, &policy);
        match self.signatures.run(check).await {
            Some(checked) => checked.map_err(NotVerified::Rejected),
            None => Err(NotVerified::Busy),
        }
    }

    /// The dictionaries as they were last read: no request waits for the database.
    #[must_use]
    pub fn dictionaries(&self) -> Arc<Schemas> {
        self.dictionaries.get()
    }

    /// Reads the dictionaries from the database; when they have changed, they hold from the next request on.
    ///
    /// # Errors
    /// When the database fails; they stay as they were.
    pub async fn refresh_dictionaries(&self) -> sqlx::Result<()> {
        let mut held = self.db.read().await?;
        let values = store::dictionary_values(held.link()).await?;
        drop(held);
        // Compiling what did not change would be work for nothing, every minute.
        if !self.dictionaries().is_made_of(&values) {
            let fresh =
                tokio::task::spawn_blocking(move || Schemas::compile(Dictionaries::new(values)))
                    .await;
            // It was cancelled: the process is stopping.
            let Ok(fresh) = fresh else { return Ok(()) };
            let (dictionaries, values) = fresh.counts();
            tracing::info!(dictionaries, values, "read the dictionaries");
            self.dictionaries.replace(fresh);
        }
        Ok(())
    }
}
