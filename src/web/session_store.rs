//! Where sessions are kept: in the database, by the hash of their id, so that reading the table gives nobody a session.

use std::{collections::HashMap, fmt};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use sqlx::types::Json;
use tower_sessions::{
    Expiry, SessionStore,
    cookie::time::{Duration, OffsetDateTime},
    session::{Id, Record},
    session_store::{Error, Result},
};

use crate::{
    db::{Link, on},
    secrets::Hash,
    state::App,
};

/// How long a session lasts after it was last changed: longer than any flow.
pub const LIFE: TimeDelta = TimeDelta::hours(4);

/// How long the cookie of a session lasts: as long as the session, from when it was last changed.
#[must_use]
pub fn session_expiry() -> Expiry {
    Expiry::OnInactivity(Duration::seconds(LIFE.num_seconds()))
}

/// Sessions in the database.
#[derive(Clone)]
pub struct Sessions(pub App);

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sessions")
    }
}

impl Sessions {
    /// The record itself has an end by the clock of the system; what is kept goes by the application's.
    fn expires_at(&self) -> DateTime<Utc> {
        self.0.clock.now() + LIFE
    }
}

fn id_hash(id: Id) -> Hash {
    Hash::of(&id.0.to_be_bytes())
}

fn store_error(error: sqlx::Error) -> Error {
    crate::http::request::database_failed(&error);
    Error::Backend("the database failed".to_owned())
}

#[async_trait]
impl SessionStore for Sessions {
    /// An id is 128 random bits: a second session of the same id would be an error, not a coincidence.
    async fn create(&self, record: &mut Record) -> Result<()> {
        const SQL: &str = "INSERT INTO sessions (id_hash, data, expires_at) VALUES ($1, $2, $3)";
        let expires_at = self.expires_at();
        let mut held = self.0.db.write().await.map_err(store_error)?;
        on!(held.link(), |c| sqlx::query(SQL)
            .bind(id_hash(record.id))
            .bind(Json(&record.data))
            .bind(expires_at)
            .execute(c)
            .await
            .map(|_| ()))
        .map_err(store_error)
    }

    async fn save(&self, record: &Record) -> Result<()> {
        const SQL: &str = "INSERT INTO sessions (id_hash, data, expires_at) VALUES ($1, $2, $3)
            ON CONFLICT (id_hash) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at";
        let expires_at = self.expires_at();
        let mut held = self.0.db.write().await.map_err(store_error)?;
        on!(held.link(), |c| sqlx::query(SQL)
            .bind(id_hash(record.id))
            .bind(Json(&record.data))
            .bind(expires_at)
            .execute(c)
            .await
            .map(|_| ()))
        .map_err(store_error)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        const SQL: &str =
            "SELECT data, expires_at FROM sessions WHERE id_hash = $1 AND expires_at > $2";
        let now = self.0.clock.now();
        let mut held = self.0.db.read().await.map_err(store_error)?;
        let row: Option<(Json<HashMap<String, Value>>, DateTime<Utc>)> =
            on!(held.link(), |c| sqlx::query_as(SQL)
                .bind(id_hash(*id))
                .bind(now)
                .fetch_optional(c)
                .await)
            .map_err(store_error)?;
        Ok(row.map(|(Json(data), expires_at)| Record {
            id: *id,
            data,
            expiry_date: OffsetDateTime::from_unix_timestamp(expires_at.timestamp())
                .unwrap_or(OffsetDateTime::UNIX_EPOCH),
        }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        const SQL: &str = "DELETE FROM sessions WHERE id_hash = $1";
        let mut held = self.0.db.write().await.map_err(store_error)?;
        on!(held.link(), |c| sqlx::query(SQL)
            .bind(id_hash(*id))
            .execute(c)
            .await
            .map(|_| ()))
        .map_err(store_error)
    }
}

/// Removes sessions whose time is over.
///
/// # Errors
/// When the database fails.
pub async fn purge(link: Link<'_>, now: DateTime<Utc>) -> sqlx::Result<u64> {
    const SQL: &str = "DELETE FROM sessions WHERE expires_at <= $1";
    on!(link, |c| sqlx::query(SQL)
        .bind(now)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))
}
