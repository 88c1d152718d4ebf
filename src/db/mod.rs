//! One program over two databases.
//!
//! SQLite is the embedded default, PostgreSQL is for several processes at once. Statements are ordinary sqlx, written once
//! with `$1`; [`on!`] runs the same expression on whichever database is there. Where the dialects differ, two literals
//! stand side by side.
//!
//! ```text
//! Db ── read()  ──▶ Held  ┐
//!    ── write() ──▶ Held  ├── .link() ──▶ Link ──▶ on!(link, |c| sqlx::query(…).execute(c).await)
//!    ── begin() ──▶ Tx    ┘
//! ```
//!
//! Time always comes bound from the clock, never from the database; SQLite keeps it as RFC 3339 text, whose order is the
//! order of time since it is always written by the same encoder in UTC.

use std::{str::FromStr, time::Duration};

use sqlx::{
    Connection, PgConnection, Pool, Postgres, Sqlite, SqliteConnection, Transaction,
    migrate::{MigrateError, Migrator},
    pool::{PoolConnection, PoolOptions},
    postgres::PgConnectOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

/// One of two, by database.
#[derive(Debug, Clone)]
pub enum Either<S, P> {
    /// The embedded database.
    Sqlite(S),
    /// The server.
    Postgres(P),
}

/// Runs one expression on whichever database is there: a match with two equal arms that looks like a closure.
#[macro_export]
macro_rules! on {
    ($either:expr, |$name:ident| $body:expr) => {
        match $either {
            $crate::db::Either::Sqlite($name) => $body,
            $crate::db::Either::Postgres($name) => $body,
        }
    };
}
pub use on;

/// SQLite has one writer at a time. A pool of one connection lets writers queue in order,
/// where the database's own waiting would make them sleep and retry.
#[derive(Debug, Clone)]
pub struct SqlitePools {
    read: Pool<Sqlite>,
    write: Pool<Sqlite>,
}

/// The database.
pub type Db = Either<SqlitePools, Pool<Postgres>>;
/// A connection taken from the pool.
pub type Held = Either<PoolConnection<Sqlite>, PoolConnection<Postgres>>;
/// A transaction; rolled back unless committed.
pub type Tx = Either<Transaction<'static, Sqlite>, Transaction<'static, Postgres>>;
/// A connection borrowed for one statement.
pub type Link<'c> = Either<&'c mut SqliteConnection, &'c mut PgConnection>;

static SQLITE_MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES_MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// How long a request waits for a connection before it is told that the service is not available.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// How much of the file a connection to SQLite keeps in memory at most: 16 MB, as SQLite says it. What a journey touches fits
/// (docs/performance.md).
const PAGE_CACHE: &str = "-16000";

/// How long after its last use a connection to PostgreSQL is taken to be good without a question. It was asked when it
/// was given back.
const TRUSTED_FOR: Duration = Duration::from_secs(1);

impl Db {
    /// Connects to `url`, `sqlite:…` or `postgres:…`. A SQLite file that is not there is made.
    ///
    /// # Errors
    /// When the URL cannot be read or the database cannot be reached.
    pub async fn connect(url: &str, connections: u32) -> sqlx::Result<Self> {
        if url.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(url)?
                .create_if_missing(true)
                .foreign_keys(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .pragma("cache_size", PAGE_CACHE)
                .busy_timeout(ACQUIRE_TIMEOUT);
            if let Some(path) = options.get_filename().to_str() {
                create_private(path);
            }
            let pool = |most: u32| {
                PoolOptions::<Sqlite>::new()
                    .max_connections(most)
                    .min_connections(1)
                    .test_before_acquire(false)
                    .acquire_timeout(ACQUIRE_TIMEOUT)
                    .connect_with(options.clone())
            };
            let write = pool(1).await?;
            let read = pool(connections).await?;
            Ok(Self::Sqlite(SqlitePools { read, write }))
        } else {
            let options = PgConnectOptions::from_str(url)?.application_name("dovira");
            let pool = PoolOptions::<Postgres>::new()
                .max_connections(connections)
                .test_before_acquire(false)
                .before_acquire(|connection, about| {
                    Box::pin(async move {
                        if about.idle_for >= TRUSTED_FOR {
                            connection.ping().await?;
                        }
                        Ok(true)
                    })
                })
                .acquire_timeout(ACQUIRE_TIMEOUT)
                .connect_with(options)
                .await?;
            Ok(Self::Postgres(pool))
        }
    }

    /// Brings the schema up to date. Safe to call on every process at once.
    ///
    /// # Errors
    /// When a migration fails, or the database was migrated by a newer program.
    pub async fn migrate(&self) -> Result<(), MigrateError> {
        match self {
            Self::Sqlite(pools) => SQLITE_MIGRATIONS.run(&pools.write).await,
            Self::Postgres(pool) => POSTGRES_MIGRATIONS.run(pool).await,
        }
    }

    /// How many migrations of this program the database does not have yet.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn pending_migrations(&self) -> sqlx::Result<usize> {
        const APPLIED: &str = "SELECT count(*) FROM _sqlx_migrations WHERE success";
        let known = match self {
            Self::Sqlite(_) => SQLITE_MIGRATIONS.iter().count(),
            Self::Postgres(_) => POSTGRES_MIGRATIONS.iter().count(),
        };
        let mut held = self.read().await?;
        let applied: Result<i64, _> = on!(held.link(), |c| sqlx::query_scalar(APPLIED)
            .fetch_one(c)
            .await);
        match applied {
            Ok(applied) => Ok(known.saturating_sub(usize::try_from(applied).unwrap_or(0))),
            Err(sqlx::Error::Database(_)) => Ok(known),
            Err(error) => Err(error),
        }
    }

    /// A connection for reading.
    ///
    /// # Errors
    /// When none is free in time or the database is gone.
    pub async fn read(&self) -> sqlx::Result<Held> {
        Ok(match self {
            Self::Sqlite(pools) => Held::Sqlite(pools.read.acquire().await?),
            Self::Postgres(pool) => Held::Postgres(pool.acquire().await?),
        })
    }

    /// A connection for a single writing statement. Never ask for another one, or begin a transaction, while it is held.
    ///
    /// # Errors
    /// When none is free in time or the database is gone.
    pub async fn write(&self) -> sqlx::Result<Held> {
        Ok(match self {
            Self::Sqlite(pools) => Held::Sqlite(pools.write.acquire().await?),
            Self::Postgres(pool) => Held::Postgres(pool.acquire().await?),
        })
    }

    /// A transaction. On SQLite it holds the one right to write from its beginning.
    ///
    /// # Errors
    /// When no connection is free in time or the database is gone.
    pub async fn begin(&self) -> sqlx::Result<Tx> {
        Ok(match self {
            Self::Sqlite(pools) => Tx::Sqlite(begin_immediate(&pools.write).await?),
            Self::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }

    /// Closes every connection, after what runs on them has ended.
    pub async fn close(&self) {
        match self {
            Self::Sqlite(pools) => {
                pools.read.close().await;
                pools.write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Held {
    /// Goes on from reading to a single writing statement, with no connection more than are needed: on PostgreSQL it is the
    /// same one.
    ///
    /// # Errors
    /// When none is free in time or the database is gone.
    pub async fn writing(self, db: &Db) -> sqlx::Result<Self> {
        match self {
            Self::Sqlite(reading) => {
                drop(reading);
                db.write().await
            }
            Self::Postgres(connection) => Ok(Self::Postgres(connection)),
        }
    }

    /// Borrows the connection for one statement.
    pub fn link(&mut self) -> Link<'_> {
        match self {
            Self::Sqlite(connection) => Link::Sqlite(connection),
            Self::Postgres(connection) => Link::Postgres(connection),
        }
    }
}

impl Tx {
    /// Borrows the transaction's connection for one statement.
    pub fn link(&mut self) -> Link<'_> {
        match self {
            Self::Sqlite(tx) => Link::Sqlite(tx),
            Self::Postgres(tx) => Link::Postgres(tx),
        }
    }

    /// Makes everything of the transaction durable, or nothing.
    ///
    /// # Errors
    /// When the database cannot commit; nothing was changed then.
    pub async fn commit(self) -> sqlx::Result<()> {
        on!(self, |tx| tx.commit().await)
    }
}

impl Link<'_> {
    /// Borrows the connection once more, for a statement before another.
    pub fn reborrow(&mut self) -> Link<'_> {
        match self {
            Self::Sqlite(connection) => Link::Sqlite(connection),
            Self::Postgres(connection) => Link::Postgres(connection),
        }
    }
}

/// Begins a transaction that holds the right to write.
///
/// SQLite ends a transaction by itself when the disk is full or fails; the driver then believes that it goes on and
/// begins no other on that connection. Such a connection is closed, and the next one begins anew.
async fn begin_immediate(pool: &Pool<Sqlite>) -> sqlx::Result<Transaction<'static, Sqlite>> {
    const BEGIN: &str = "BEGIN IMMEDIATE";
    match pool.begin_with(BEGIN).await {
        Err(sqlx::Error::InvalidSavePointStatement | sqlx::Error::BeginFailed) => {
            pool.acquire().await?.close().await?;
            pool.begin_with(BEGIN).await
        }
        begun => begun,
    }
}

/// Makes the file of a new database readable by its owner only; what SQLite puts beside it gets the same rights.
fn create_private(path: &str) {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // A file that is there keeps its rights; one that cannot be made is reported when it is opened.
    let _ = options.open(path);
}

/// Whether `error` says that the database cannot do its work now, rather than that it refused something: out of reach,
/// out of space, busy, going down, or undone for the sake of another transaction.
#[must_use]
pub fn is_outage(error: &sqlx::Error) -> bool {
    /// SQLITE_BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN: the low octet of an extended code.
    const SQLITE: [u32; 6] = [5, 6, 8, 10, 13, 14];
    /// Connection, resources, operator intervention, rolled back by the server, lock not available.
    const POSTGRES: [&str; 5] = ["08", "53", "57", "40", "55P03"];
    match error {
        sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::Io(_)
        | sqlx::Error::Tls(_) => true,
        sqlx::Error::Database(error) => {
            error.code().is_some_and(|code| match code.parse::<u32>() {
                Ok(number) if code.len() < 5 => SQLITE.contains(&(number & 0xff)),
                _ => POSTGRES.iter().any(|class| code.starts_with(class)),
            })
        }
        _ => false,
    }
}

/// A row that no rule of the program could have written.
#[derive(Debug, thiserror::Error)]
#[error("row {id} of {table} contradicts itself")]
pub struct Inconsistent {
    /// The table's name.
    pub table: &'static str,
    /// The row's id.
    pub id: uuid::Uuid,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was acknowledged survives a power cut: the log is synchronised at every commit.
    #[tokio::test]
    async fn sqlite_writes_are_durable_and_references_hold() {
        let file =
            std::env::temp_dir().join(format!("dovira-durable-{}.sqlite", std::process::id()));
        let db = Db::connect(&format!("sqlite:{}", file.display()), 2)
            .await
            .unwrap();
        let Db::Sqlite(pools) = &db else {
            panic!("not SQLite")
        };
        for pool in [&pools.read, &pools.write] {
            let pragma = async |name: &'static str| -> String {
                sqlx::query_scalar::<_, String>(name)
                    .fetch_one(pool)
                    .await
                    .unwrap()
            };
            assert_eq!(
                pragma("SELECT journal_mode FROM pragma_journal_mode").await,
                "wal"
            );
            assert_eq!(
                pragma("SELECT CAST(synchronous AS TEXT) FROM pragma_synchronous").await,
                "2"
            );
            assert_eq!(
                pragma("SELECT CAST(foreign_keys AS TEXT) FROM pragma_foreign_keys").await,
                "1"
            );
        }
        db.close().await;
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", file.display()));
        }
    }

    /// A full disk fails what needs space, and nothing after there is space again.
    #[tokio::test]
    async fn a_full_disk_is_an_outage_and_no_more() {
        let file = std::env::temp_dir().join(format!("dovira-full-{}.sqlite", std::process::id()));
        let db = Db::connect(&format!("sqlite:{}", file.display()), 2)
            .await
            .unwrap();
        let run = async |sql: &'static str| -> sqlx::Result<()> {
            let Tx::Sqlite(mut tx) = db.begin().await? else {
                panic!("not SQLite")
            };
            sqlx::query::<Sqlite>(sql).execute(&mut *tx).await?;
            tx.commit().await
        };
        run("CREATE TABLE heap (stuff BLOB)").await.unwrap();
        run("PRAGMA max_page_count = 4").await.unwrap();
        let full = run("INSERT INTO heap VALUES (zeroblob(1000000))")
            .await
            .unwrap_err();
        assert!(is_outage(&full), "{full:?}");
        run("INSERT INTO heap VALUES (zeroblob(10))").await.unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        db.close().await;
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", file.display()));
        }
    }

    #[test]
    fn both_databases_have_the_same_migrations() {
        let names = |migrator: &Migrator| -> Vec<_> {
            migrator
                .iter()
                .map(|one| (one.version, one.description.to_string()))
                .collect()
        };
        assert_eq!(names(&SQLITE_MIGRATIONS), names(&POSTGRES_MIGRATIONS));
    }
}
