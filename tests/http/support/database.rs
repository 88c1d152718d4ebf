//! A database of its own for each test.

use std::path::PathBuf;

use dovira::{
    db::Db,
    random::{Draw, Random, SystemRandom},
};
use sqlx::{Connection, migrate::Migrator};

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    /// A temporary file.
    Sqlite,
    /// A schema of the server that `DOVIRA_TEST_POSTGRES_URL` names.
    Postgres,
}

/// A random word for names.
pub fn unique() -> String {
    (&SystemRandom as &dyn Random).uuid().simple().to_string()
}

/// The server for tests.
fn server() -> String {
    std::env::var("DOVIRA_TEST_POSTGRES_URL").unwrap_or_else(|_| {
        panic!(
            "No PostgreSQL for the tests: run script/test, or start one with `script/postgres start DIRECTORY` \
             and give the address it prints in DOVIRA_TEST_POSTGRES_URL."
        )
    })
}

/// A place for data that is removed with this value.
pub struct Scratch {
    /// A directory of its own.
    pub directory: PathBuf,
    /// The address of an empty database.
    pub url: String,
    schema: Option<String>,
}

impl Scratch {
    /// An empty database of that kind.
    pub async fn new(database: Database) -> Self {
        let name = unique();
        let directory = std::env::temp_dir().join(format!("dovira-test-{name}"));
        let created = match database {
            Database::Sqlite => Self {
                url: format!("sqlite:{}", directory.join("test.sqlite").display()),
                directory,
                schema: None,
            },
            Database::Postgres => {
                let server = server();
                let schema = format!("dovira_test_{name}");
                let created = async {
                    let mut connection = sqlx::PgConnection::connect(&server).await?;
                    let sql = sqlx::AssertSqlSafe(format!("CREATE SCHEMA {schema}"));
                    sqlx::raw_sql(sql).execute(&mut connection).await?;
                    connection.close().await
                };
                created.await.unwrap_or_else(|error| {
                    panic!(
                        "The PostgreSQL of DOVIRA_TEST_POSTGRES_URL cannot be used ({error}): \
                         `script/postgres start DIRECTORY` starts one and prints its address."
                    )
                });
                let mark = if server.contains('?') { '&' } else { '?' };
                Self {
                    url: format!("{server}{mark}options=-csearch_path%3D{schema}"),
                    directory,
                    schema: Some(schema),
                }
            }
        };
        std::fs::create_dir_all(&created.directory).unwrap();
        created
    }

    /// Migrates as a release did that knew nothing of the migration whose name begins so, nor of later ones.
    pub async fn migrate_before(&self, first_unknown: &str) {
        let folder = match &self.schema {
            None => "sqlite",
            Some(_) => "postgres",
        };
        let before = self.directory.join("before");
        std::fs::create_dir(&before).unwrap();
        let migrations = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        for file in std::fs::read_dir(migrations.join(folder)).unwrap() {
            let file = file.unwrap();
            if file.file_name().to_str().unwrap() < first_unknown {
                std::fs::copy(file.path(), before.join(file.file_name())).unwrap();
            }
        }
        let migrator = Migrator::new(before.as_path()).await.unwrap();
        if self.schema.is_none() {
            let url = format!("{}?mode=rwc", self.url);
            let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
            migrator.run(&pool).await.unwrap();
            pool.close().await;
        } else {
            let pool = sqlx::PgPool::connect(&self.url).await.unwrap();
            migrator.run(&pool).await.unwrap();
            pool.close().await;
        }
    }

    /// Connects to it, with the schema up to date.
    pub async fn open(&self) -> Db {
        let db = Db::connect(&self.url, 6).await.unwrap();
        db.migrate().await.unwrap();
        db
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
        let Some(schema) = self.schema.take() else {
            return;
        };
        let server = server();
        // The runtime of the test may be the one that is dropping this: another one, on a thread of its own.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let mut connection = sqlx::PgConnection::connect(&server).await?;
                // A transaction that the test left open is rolled back by a task that does not run any more.
                let sql = format!(
                    "SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
                         JOIN pg_namespace n ON n.oid = c.relnamespace
                         WHERE n.nspname = '{schema}' AND l.pid <> pg_backend_pid();
                     SET lock_timeout = '5s'; DROP SCHEMA {schema} CASCADE"
                );
                sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
                    .execute(&mut connection)
                    .await?;
                connection.close().await
            })
        });
        // A schema that is left behind does no harm to the next test.
        let _ = dropped.join();
    }
}
