//! Ends the tokens that a right gave, after the right ended (authority §5). It runs once a minute on every process, without
//! anybody in charge, and no answer depends on it: a token is judged wherever it is brought.
//!
//! The database itself notes about whom something changed (`standing_changes`), so that a round asks about them alone.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::store::{self, StoreError};
use crate::{
    config::People,
    db::{Db, Link, on},
    standing,
};

/// How many people one round looks after; the next round has the others.
const PEOPLE_OF_A_ROUND: i64 = 500;

/// One round: how many relationships and tokens it ended.
///
/// # Errors
/// When the database fails.
pub async fn round(db: &Db, people: &People, now: DateTime<Utc>) -> sqlx::Result<u64> {
    let mut held = db.write().await?;
    let mut ended = standing::store::end_expired(held.link(), now).await?;
    let changes = changes(held.link()).await?;
    let mut last = None;
    for change in &changes {
        if last == Some(change.person_id) {
            continue;
        }
        last = Some(change.person_id);
        for token_id in tokens_for_others(held.link(), change.person_id, now).await? {
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
    }
    for change in &changes {
        forget(held.link(), change.id).await?;
    }
    Ok(ended)
}

#[derive(FromRow)]
struct Change {
    id: i64,
    person_id: Uuid,
}

/// The next changes, those of one person together.
async fn changes(link: Link<'_>) -> sqlx::Result<Vec<Change>> {
    const SQL: &str = "SELECT c.id, c.person_id FROM (SELECT id, person_id FROM standing_changes ORDER BY id LIMIT $1) c ORDER BY c.person_id, c.id";
    on!(link, |c| sqlx::query_as(SQL)
        .bind(PEOPLE_OF_A_ROUND)
        .fetch_all(c)
        .await)
}

/// A change that came while the round ran keeps its own row.
async fn forget(link: Link<'_>, change_id: i64) -> sqlx::Result<()> {
    const SQL: &str = "DELETE FROM standing_changes WHERE id = $1";
    on!(link, |c| sqlx::query(SQL)
        .bind(change_id)
        .execute(c)
        .await
        .map(|_| ()))
}

/// The live tokens by which anybody acts for the person, and those by which the person acts for anybody. A code that was used
/// stays: whoever brings it again is told of that.
async fn tokens_for_others(
    link: Link<'_>,
    person_id: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<Uuid>> {
    const SQL: &str = "SELECT t.id FROM users u JOIN tokens t ON t.user_id = u.id
            WHERE u.person_id = $1 AND t.applicant_person_id IS NOT NULL AND t.used_at IS NULL AND t.expires_at > $2
        UNION SELECT t.id FROM confidant_person_relationships r JOIN users u ON u.person_id = r.person_id JOIN tokens t ON t.user_id = u.id
            WHERE r.confidant_person_id = $1 AND t.applicant_person_id = $1 AND t.used_at IS NULL AND t.expires_at > $2";
    on!(link, |c| sqlx::query_scalar(SQL)
        .bind(person_id)
        .bind(now)
        .fetch_all(c)
        .await)
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
