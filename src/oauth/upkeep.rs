//! Ends the tokens that a right gave, after the right ended (authority §5). It runs once a minute on every process, without
//! anybody in charge, and no answer depends on it: a token is judged wherever it is brought.
//!
//! The database itself notes about whom something changed (`standing_changes`), so that a round asks about them alone.

use chrono::{DateTime, Utc};
use sqlx::types::Json;
use uuid::Uuid;

use super::store::{self, StoreError};
use crate::{
    config::People,
    db::{Db, Link, on},
    standing,
};

/// How many changes one round looks at; the next round has the others.
const CHANGES_OF_A_ROUND: i64 = 500;

/// One round: how many relationships and tokens it ended.
///
/// # Errors
/// When the database fails.
pub async fn round(db: &Db, people: &People, now: DateTime<Utc>) -> sqlx::Result<u64> {
    let mut held = db.write().await?;
    let mut ended = standing::store::end_expired(held.link(), now).await?;
    let changes = changes(held.link()).await?;
    for token_id in tokens_for_others(held.link(), &changes, now).await? {
        let has_standing = match store::borne_by_id(held.link(), token_id).await {
            Ok(borne) => borne.is_none_or(|borne| borne.has_standing(&people.into(), now)),
            Err(StoreError::Database(error)) => return Err(error),
            // What cannot be judged opens nothing where it is brought either.
            Err(StoreError::Inconsistent(_)) => false,
        };
        if !has_standing {
            ended += end(held.link(), token_id, now).await?;
        }
    }
    ended += end_own_of_the_gone(held.link(), &changes, now).await?;
    forget(held.link(), &changes).await?;
    Ok(ended)
}

/// The ids of the next changes.
async fn changes(link: Link<'_>) -> sqlx::Result<Vec<i64>> {
    const SQL: &str = "SELECT id FROM standing_changes ORDER BY id LIMIT $1";
    on!(link, |c| sqlx::query_scalar(SQL)
        .bind(CHANGES_OF_A_ROUND)
        .fetch_all(c)
        .await)
}

/// Forgets the changes that a round looked at; one that came meanwhile keeps its own row, whatever its number.
async fn forget(link: Link<'_>, changes: &[i64]) -> sqlx::Result<()> {
    const SQLITE: &str =
        "DELETE FROM standing_changes WHERE id IN (SELECT value FROM json_each($1))";
    const POSTGRES: &str = "DELETE FROM standing_changes WHERE id = ANY($1)";
    if changes.is_empty() {
        return Ok(());
    }
    match link {
        Link::Sqlite(c) => {
            let deleting = sqlx::query(SQLITE).bind(Json(changes));
            deleting.execute(c).await.map(|_| ())
        }
        Link::Postgres(c) => {
            let deleting = sqlx::query(POSTGRES).bind(changes);
            deleting.execute(c).await.map(|_| ())
        }
    }
}

/// The live tokens by which anybody acts for those who changed, and those by which they act for anybody. A code that was used
/// stays: whoever brings it again is told of that.
async fn tokens_for_others(
    link: Link<'_>,
    changes: &[i64],
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<Uuid>> {
    const SQLITE: &str = "WITH changed AS (SELECT DISTINCT person_id FROM standing_changes WHERE id IN (SELECT value FROM json_each($1)))
        SELECT t.id FROM changed JOIN users u ON u.person_id = changed.person_id JOIN tokens t ON t.user_id = u.id
            WHERE t.applicant_person_id IS NOT NULL AND t.used_at IS NULL AND t.expires_at > $2
        UNION SELECT t.id FROM changed JOIN tokens t ON t.applicant_person_id = changed.person_id WHERE t.used_at IS NULL AND t.expires_at > $2";
    const POSTGRES: &str = "WITH changed AS (SELECT DISTINCT person_id FROM standing_changes WHERE id = ANY($1))
        SELECT t.id FROM changed JOIN users u ON u.person_id = changed.person_id JOIN tokens t ON t.user_id = u.id
            WHERE t.applicant_person_id IS NOT NULL AND t.used_at IS NULL AND t.expires_at > $2
        UNION SELECT t.id FROM changed JOIN tokens t ON t.applicant_person_id = changed.person_id WHERE t.used_at IS NULL AND t.expires_at > $2";
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    match link {
        Link::Sqlite(c) => {
            let tokens = sqlx::query_scalar(SQLITE).bind(Json(changes)).bind(now);
            tokens.fetch_all(c).await
        }
        Link::Postgres(c) => {
            let tokens = sqlx::query_scalar(POSTGRES).bind(changes).bind(now);
            tokens.fetch_all(c).await
        }
    }
}

/// Ends the own tokens of those who changed and are dead or not in the registry any more. `dovira person deceased` and
/// `deactivate` do so at once; a file that says it does not.
async fn end_own_of_the_gone(
    link: Link<'_>,
    changes: &[i64],
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    const SQLITE: &str = "UPDATE tokens SET expires_at = $2 WHERE expires_at > $2 AND used_at IS NULL AND user_id IN (SELECT u.id
        FROM standing_changes h JOIN persons p ON p.id = h.person_id JOIN users u ON u.person_id = p.id
        WHERE h.id IN (SELECT value FROM json_each($1)) AND (p.status <> 'active' OR p.is_active = false OR p.is_deceased = true))";
    const POSTGRES: &str = "UPDATE tokens SET expires_at = $2 WHERE expires_at > $2 AND used_at IS NULL AND user_id IN (SELECT u.id
        FROM standing_changes h JOIN persons p ON p.id = h.person_id JOIN users u ON u.person_id = p.id
        WHERE h.id = ANY($1) AND (p.status <> 'active' OR p.is_active = false OR p.is_deceased = true))";
    if changes.is_empty() {
        return Ok(0);
    }
    match link {
        Link::Sqlite(c) => {
            let ending = sqlx::query(SQLITE).bind(Json(changes)).bind(now);
            ending.execute(c).await.map(|done| done.rows_affected())
        }
        Link::Postgres(c) => {
            let ending = sqlx::query(POSTGRES).bind(changes).bind(now);
            ending.execute(c).await.map(|done| done.rows_affected())
        }
    }
}

async fn end(link: Link<'_>, token_id: Uuid, now: DateTime<Utc>) -> sqlx::Result<u64> {
    const SQL: &str = "UPDATE tokens SET expires_at = $2 WHERE id = $1 AND expires_at > $2";
    on!(link, |c| sqlx::query(SQL)
        .bind(token_id)
        .bind(now)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))
}
