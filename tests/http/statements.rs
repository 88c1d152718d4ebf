//! Every SQL statement of the program is prepared against both databases (style 14).

use std::{
    fs,
    path::{Path, PathBuf},
};

use dovira::db::Held;
use rstest::rstest;
use sqlx::{Executor, SqlSafeStr};

use crate::support::{
    Database::{self, Postgres, Sqlite},
    TestApp,
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Every source file of the program.
fn program() -> Vec<(PathBuf, String)> {
    let mut paths = Vec::new();
    sources(&root().join("src"), &mut paths);
    paths.sort();
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        (path, text)
    };
    paths.into_iter().map(read).collect()
}

/// The constants `const NAME: &str = "SQL";` of a source: name and statement.
fn statements(source: &str) -> Vec<(String, String)> {
    source
        .split("const ")
        .skip(1)
        .filter_map(|rest| {
            let (name, rest) = rest.split_once(": &str =")?;
            let literal = rest.trim_start().strip_prefix('"')?;
            let sql = literal.split_once('"')?.0;
            let verb = sql.split_whitespace().next()?;
            matches!(verb, "SELECT" | "INSERT" | "UPDATE" | "DELETE" | "WITH")
                .then(|| (name.to_owned(), sql.to_owned()))
        })
        .collect()
}

#[rstest]
#[tokio::test]
async fn every_statement_can_be_prepared(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let mut held = app.app.db.read().await.unwrap();
    let mut prepared = 0;
    for (path, source) in program() {
        for (name, sql) in statements(&source) {
            // Where the dialects differ, the literals of a pair are named after their database.
            let is_other = match database {
                Sqlite => name.starts_with("POSTGRES"),
                Postgres => name.starts_with("SQLITE"),
            };
            if is_other {
                continue;
            }
            let sql = sqlx::AssertSqlSafe(sql).into_sql_str();
            let result = match &mut held {
                Held::Sqlite(connection) => (&mut **connection).prepare(sql).await.map(|_| ()),
                Held::Postgres(connection) => (&mut **connection).prepare(sql).await.map(|_| ()),
            };
            result.unwrap_or_else(|error| panic!("{name} in {}: {error}", path.display()));
            prepared += 1;
        }
    }
    assert!(prepared > 40, "only {prepared} statements were found");
}

#[tokio::test]
async fn no_statement_reads_a_table_that_grows_from_end_to_end() {
    // An index with a condition serves a statement only when both write the condition alike: `= 1` is not `= true`.
    const SMALL: [&str; 11] = [
        "clients",
        "c",
        "scopes",
        "legal_entities",
        "dictionary_values",
        "_sqlx_migrations",
        // One row of counts, each by an index.
        "counted",
        // What waits for housekeeping: read from its beginning, up to a limit.
        "standing_changes",
        // Those of a round, and a list that is bound.
        "changed",
        "json_each",
        // A day of them, once a minute.
        "confidant_sign_ups",
    ];
    /// Whoever is erased by an operator may have acted with any token; an index for that would be written with every token.
    const ERASES: &str = "DELETE FROM users WHERE person_id";
    let app = TestApp::new(Sqlite).await;
    let Held::Sqlite(connection) = &mut app.app.db.read().await.unwrap() else {
        panic!("SQLite was asked for");
    };
    for (path, source) in program() {
        for (name, sql) in statements(&source) {
            // The plan of an INSERT tells of foreign keys only, which it looks at when one is broken already.
            if name.starts_with("POSTGRES") || sql.contains("pg_") || sql.starts_with("INSERT") {
                continue;
            }
            let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
            let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(explain)
                .fetch_all(&mut **connection)
                .await
                .unwrap_or_else(|error| panic!("{name} in {}: {error}", path.display()));
            for (.., step) in plan {
                let scanned = step.strip_prefix("SCAN ").filter(|rest| {
                    let table = rest.split(' ').next().unwrap_or_default();
                    // The row of a SELECT without a table.
                    let is_no_table = *rest == "CONSTANT ROW";
                    let is_erasure = table == "tokens" && sql.starts_with(ERASES);
                    let is_small = SMALL.contains(&table) || is_no_table || is_erasure;
                    !is_small && !rest.contains("USING")
                });
                assert!(scanned.is_none(), "{name} in {}: {step}", path.display());
            }
        }
    }
}

/// PostgreSQL keeps a plan that it made while tables were small, and joins whole tables by it later: each row that hangs at a
/// token is fenced off (docs/architecture.md).
#[tokio::test]
async fn postgres_looks_a_token_up_row_by_row() {
    let app = TestApp::new(Postgres).await;
    let Held::Postgres(connection) = &mut app.app.db.read().await.unwrap() else {
        panic!("PostgreSQL was asked for");
    };
    let definition: String =
        sqlx::query_scalar("SELECT pg_get_viewdef('tokens_in_hand'::regclass)")
            .fetch_one(&mut **connection)
            .await
            .unwrap();
    let (_, from) = definition.split_once("tokens t").unwrap();
    assert_eq!(from.matches("JOIN").count(), 6, "{definition}");
    assert_eq!(from.matches("JOIN LATERAL").count(), 6, "{definition}");
    assert_eq!(from.matches("OFFSET 0").count(), 6, "{definition}");
}

#[test]
fn every_query_takes_a_constant() {
    // What the test above finds is then everything there is.
    for (path, source) in program() {
        for call in [
            "sqlx::query(",
            "sqlx::query_as(",
            "sqlx::query_scalar(",
            "sqlx::raw_sql(",
        ] {
            for rest in source.split(call).skip(1) {
                let argument = rest.split([')', ',']).next().unwrap_or_default().trim();
                let is_constant = !argument.is_empty()
                    && argument
                        .bytes()
                        .all(|byte| byte.is_ascii_uppercase() || byte == b'_');
                assert!(
                    is_constant || argument == "…",
                    "{call}{argument} in {}",
                    path.display()
                );
                let is_known =
                    argument == "…" || statements(&source).iter().any(|(name, _)| name == argument);
                assert!(is_known, "{argument} in {} is not found", path.display());
            }
        }
    }
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |directory: &str| {
        let mut names: Vec<_> = fs::read_dir(root().join("migrations").join(directory))
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names("sqlite"), names("postgres"));
    assert!(!names("sqlite").is_empty());
}

/// The columns of each table and view, as each database tells them, generated ones among them.
async fn columns(app: &TestApp) -> Vec<(String, String)> {
    match &mut app.app.db.read().await.unwrap() {
        Held::Sqlite(connection) => sqlx::query_as(
            "SELECT m.name, c.name FROM sqlite_master m, pragma_table_xinfo(m.name) c
             WHERE m.type IN ('table', 'view') AND m.name NOT LIKE '\\_sqlx%' ESCAPE '\\' AND m.name NOT LIKE 'sqlite%' ORDER BY 1, 2",
        )
        .fetch_all(&mut **connection)
        .await
        .unwrap(),
        Held::Postgres(connection) => sqlx::query_as(
            "SELECT table_name::text, column_name::text FROM information_schema.columns
             WHERE table_schema = current_schema() AND table_name NOT LIKE '\\_sqlx%' ORDER BY 1, 2",
        )
        .fetch_all(&mut **connection)
        .await
        .unwrap(),
    }
}

#[tokio::test]
async fn both_databases_have_the_same_columns() {
    let (sqlite, postgres) = (TestApp::new(Sqlite).await, TestApp::new(Postgres).await);
    let (mut one, mut other) = (columns(&sqlite).await, columns(&postgres).await);
    one.sort();
    other.sort();
    assert_eq!(one, other);
}
