//! The SQL of the verification room.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    Actor, Verification,
    rules::{CodeChange, CodeFacts, CodeStatus, GatewayStatus, Sends, hour, minute},
};
use crate::{
    db::{Db, Inconsistent, Link, Tx, on},
    phone::PhoneNumber,
};

/// A record as a code is compared with it.
pub(super) struct Record {
    pub(super) id: Uuid,
    pub(super) facts: CodeFacts,
    pub(super) code_hash: Vec<u8>,
    pub(super) content_hash: Option<String>,
}

impl Record {
    /// What others are told of it, after `change`.
    pub(super) fn verification_after(&self, change: Option<CodeChange>) -> Verification {
        Verification {
            id: self.id,
            status: change.map_or(self.facts.status, |change| change.status),
            code_expired_at: self.facts.code_expired_at,
        }
    }
}

#[derive(FromRow)]
struct RecordRow {
    id: Uuid,
    status: String,
    code_expired_at: DateTime<Utc>,
    attempts_count: i32,
    code_hash: Vec<u8>,
    content_hash: Option<String>,
}

impl TryFrom<RecordRow> for Record {
    type Error = sqlx::Error;

    fn try_from(row: RecordRow) -> sqlx::Result<Self> {
        let inconsistent = || {
            sqlx::Error::Decode(Box::new(Inconsistent {
                table: "verifications",
                id: row.id,
            }))
        };
        Ok(Self {
            id: row.id,
            facts: CodeFacts {
                status: CodeStatus::from_name(&row.status).ok_or_else(inconsistent)?,
                code_expired_at: row.code_expired_at,
                attempts_count: u32::try_from(row.attempts_count).map_err(|_| inconsistent())?,
            },
            code_hash: row.code_hash,
            content_hash: row.content_hash,
        })
    }
}

/// The latest record of a number. What was made before `since` is as good as removed, whether it is yet or not.
pub(super) async fn latest(
    link: Link<'_>,
    phone: &PhoneNumber,
    since: DateTime<Utc>,
) -> sqlx::Result<Option<Record>> {
    const SQL: &str = "SELECT id, status, code_expired_at, attempts_count, code_hash, content_hash FROM verifications
        WHERE phone_number = $1 AND inserted_at >= $2 ORDER BY inserted_at DESC LIMIT 1";
    let row: Option<RecordRow> = on!(link, |c| sqlx::query_as(SQL)
        .bind(phone.as_str())
        .bind(since)
        .fetch_optional(c)
        .await)?;
    row.map(Record::try_from).transpose()
}

/// Changes a record that still is what it was when it was judged; false when somebody was first. A number that becomes
/// verified is remembered by the same statement: on SQLite by a trigger, on PostgreSQL, which has writing in a CTE, in plain sight.
pub(super) async fn change(
    link: Link<'_>,
    record: &Record,
    change: CodeChange,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    const SQLITE: &str =
        "UPDATE verifications SET status = $3, active = $4, attempts_count = $5, updated_at = $6
        WHERE id = $1 AND status = 'NEW' AND attempts_count = $2";
    const POSTGRES: &str = "WITH changed AS (
            UPDATE verifications SET status = $3, active = $4, attempts_count = $5, updated_at = $6
            WHERE id = $1 AND status = 'NEW' AND attempts_count = $2 RETURNING phone_number, status, updated_at),
        proven AS (
            INSERT INTO verified_phones (phone_number, inserted_at, updated_at)
            SELECT phone_number, updated_at, updated_at FROM changed WHERE status = 'VERIFIED'
            ON CONFLICT (phone_number) DO UPDATE SET updated_at = excluded.updated_at)
        SELECT count(*) FROM changed";
    let count = |attempts: u32| i32::try_from(attempts).unwrap_or(i32::MAX);
    let rows = match link {
        Link::Sqlite(c) => {
            let query = sqlx::query(SQLITE)
                .bind(record.id)
                .bind(count(record.facts.attempts_count))
                .bind(change.status.as_str())
                .bind(change.status == CodeStatus::New)
                .bind(count(change.attempts_count))
                .bind(now);
            query.execute(c).await?.rows_affected()
        }
        Link::Postgres(c) => {
            let query = sqlx::query_scalar(POSTGRES)
                .bind(record.id)
                .bind(count(record.facts.attempts_count))
                .bind(change.status.as_str())
                .bind(change.status == CodeStatus::New)
                .bind(count(change.attempts_count))
                .bind(now);
            let rows: i64 = query.fetch_one(c).await?;
            u64::from(rows == 1)
        }
    };
    Ok(rows == 1)
}

#[derive(FromRow)]
struct SendsRow {
    count: i64,
    first: Option<DateTime<Utc>>,
    last: Option<DateTime<Utc>>,
    latest: Option<DateTime<Utc>>,
}

/// The codes that were sent to a number within the last hour, and when its latest record was made, sent or not.
pub(super) async fn sends(
    link: Link<'_>,
    phone: &PhoneNumber,
    now: DateTime<Utc>,
) -> sqlx::Result<(Sends, Option<DateTime<Utc>>)> {
    const SQL: &str =
        "SELECT count(*) AS count, min(inserted_at) AS first, max(inserted_at) AS last,
            (SELECT max(inserted_at) FROM verifications WHERE phone_number = $1) AS latest
        FROM verifications WHERE phone_number = $1 AND inserted_at > $2 AND is_sent = true";
    let row: SendsRow = on!(link, |c| sqlx::query_as(SQL)
        .bind(phone.as_str())
        .bind(now - hour())
        .fetch_one(c)
        .await)?;
    let sends = Sends {
        count: u32::try_from(row.count).unwrap_or(u32::MAX),
        first: row.first,
        last: row.last,
    };
    Ok((sends, row.latest))
}

/// A record and its message, as they begin.
pub(super) struct New<'a> {
    pub(super) id: Uuid,
    pub(super) phone: &'a PhoneNumber,
    pub(super) code_hash: Vec<u8>,
    pub(super) code_expired_at: DateTime<Utc>,
    pub(super) content_hash: Option<&'a str>,
    pub(super) provider: Option<&'a str>,
    pub(super) actor: Option<Actor>,
    pub(super) sms_id: Uuid,
    /// The name of the gateway that gets the message.
    pub(super) gateway: &'static str,
    pub(super) inserted_at: DateTime<Utc>,
}

/// Adds a record and the log of its message, and cancels the live code of the number; all or nothing. False when somebody
/// else added a record since `latest` was made: then nothing is changed. On PostgreSQL it is one statement, one way there
/// and back; the index of live codes refuses the slower of two at one moment.
pub(super) async fn add(
    db: &Db,
    new: &New<'_>,
    latest: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    const SQLITE_SMS: &str =
        "INSERT INTO sms_logs (id, phone_number, body, type, gateway_status, provider, inserted_at)
        SELECT $1, $2, 'VERIFICATION', 'verification', $3, $4, $5
        WHERE (SELECT max(inserted_at) FROM verifications WHERE phone_number = $2) IS $6";
    const SQLITE_CANCEL: &str = "UPDATE verifications SET status = 'CANCELED', active = false, updated_at = $2 WHERE phone_number = $1 AND active = true";
    const SQLITE: &str = "INSERT INTO verifications (id, phone_number, code_hash, status, active, attempts_count, code_expired_at, content_hash, provider, is_sent, sms_log_id, initiated_by, client_id, inserted_at, updated_at)
        VALUES ($1, $2, $3, 'NEW', true, 0, $4, $5, $6, true, $7, $8, $9, $10, $11)";
    const POSTGRES: &str = "WITH unchanged AS (
            SELECT 1 WHERE (SELECT max(inserted_at) FROM verifications WHERE phone_number = $2) IS NOT DISTINCT FROM $12),
        cancelled AS (
            UPDATE verifications SET status = 'CANCELED', active = false, updated_at = $11
            WHERE phone_number = $2 AND active = true AND EXISTS (SELECT 1 FROM unchanged) RETURNING id),
        message AS (
            INSERT INTO sms_logs (id, phone_number, body, type, gateway_status, provider, inserted_at)
            SELECT $7, $2, 'VERIFICATION', 'verification', $13, $14, $11 FROM unchanged RETURNING id),
        added AS (
            INSERT INTO verifications (id, phone_number, code_hash, status, active, attempts_count, code_expired_at, content_hash, provider, is_sent, sms_log_id, initiated_by, client_id, inserted_at, updated_at)
            SELECT $1, $2, $3, 'NEW', true, 0, $4, $5, $6, true, message.id, $8, $9, $10, $11
            FROM message, (SELECT count(*) FROM cancelled) first RETURNING id)
        SELECT id FROM added";
    let phone = new.phone.as_str();
    // The gateway is about to be asked: only what it says otherwise is written down.
    let sms_status = GatewayStatus::Accepted.as_str();
    macro_rules! bound {
        ($query:expr) => {
            $query
                .bind(new.id)
                .bind(phone)
                .bind(&new.code_hash)
                .bind(new.code_expired_at)
                .bind(new.content_hash)
                .bind(new.provider)
                .bind(new.sms_id)
                .bind(new.actor.map(|actor| actor.user_id))
                .bind(new.actor.map(|actor| actor.client_id))
                .bind(new.inserted_at)
                .bind(now)
        };
    }
    match db {
        Db::Sqlite(_) => {
            let mut tx = db.begin().await?;
            let Link::Sqlite(c) = tx.link() else {
                return Err(sqlx::Error::BeginFailed);
            };
            let sms = sqlx::query(SQLITE_SMS)
                .bind(new.sms_id)
                .bind(phone)
                .bind(sms_status)
                .bind(new.gateway)
                .bind(now)
                .bind(latest);
            if sms.execute(&mut *c).await?.rows_affected() == 0 {
                return Ok(false);
            }
            let cancel = sqlx::query(SQLITE_CANCEL).bind(phone).bind(now);
            cancel.execute(&mut *c).await?;
            bound!(sqlx::query(SQLITE)).execute(c).await?;
            tx.commit().await?;
            Ok(true)
        }
        Db::Postgres(pool) => {
            let query = bound!(sqlx::query(POSTGRES))
                .bind(latest)
                .bind(sms_status)
                .bind(new.gateway);
            match query.execute(pool).await {
                Ok(added) => Ok(added.rows_affected() == 1),
                Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(false),
                Err(error) => Err(error),
            }
        }
    }
}

/// Remembers by what id the gateway knows a message that it took over.
pub(super) async fn message_named(
    link: Link<'_>,
    sms_id: Uuid,
    gateway_id: &str,
) -> sqlx::Result<()> {
    const SQL: &str = "UPDATE sms_logs SET gateway_id = $2 WHERE id = $1";
    on!(link, |c| sqlx::query(SQL)
        .bind(sms_id)
        .bind(gateway_id)
        .execute(c)
        .await
        .map(|_| ()))
}

/// Cancels a code whose message did not leave. `is_sent`: it may have left all the same.
pub(super) async fn message_refused(
    tx: &mut Tx,
    id: Uuid,
    sms_id: Uuid,
    is_sent: bool,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    const SMS: &str = "UPDATE sms_logs SET gateway_status = $2, status_changed_at = $3 WHERE id = $1 AND status_changed_at IS NULL";
    const CANCEL: &str = "UPDATE verifications SET status = 'CANCELED', active = false, updated_at = $2 WHERE id = $1 AND status = 'NEW'";
    const SENT: &str = "UPDATE verifications SET is_sent = $2 WHERE id = $1";
    let status = if is_sent {
        GatewayStatus::Unknown
    } else {
        GatewayStatus::Rejected
    };
    on!(tx.link(), |c| {
        sqlx::query(SMS)
            .bind(sms_id)
            .bind(status.as_str())
            .bind(now)
            .execute(&mut *c)
            .await?;
        sqlx::query(CANCEL)
            .bind(id)
            .bind(now)
            .execute(&mut *c)
            .await?;
        sqlx::query(SENT)
            .bind(id)
            .bind(is_sent)
            .execute(&mut *c)
            .await?;
        Ok(())
    })
}

/// Whether a number was proven at any time.
pub(super) async fn is_verified(link: Link<'_>, phone: &PhoneNumber) -> sqlx::Result<bool> {
    const SQL: &str = "SELECT count(*) FROM verified_phones WHERE phone_number = $1";
    let count: i64 = on!(link, |c| sqlx::query_scalar(SQL)
        .bind(phone.as_str())
        .fetch_one(c)
        .await)?;
    Ok(count > 0)
}

/// Counts a request to complete the verification of a number; how many there were in this minute, and since when.
pub(super) async fn count_request(
    link: Link<'_>,
    phone: &PhoneNumber,
    now: DateTime<Utc>,
) -> sqlx::Result<(u32, DateTime<Utc>)> {
    const SQL: &str = "INSERT INTO verification_requests (phone_number, began_at, requests) VALUES ($1, $2, 1)
        ON CONFLICT (phone_number) DO UPDATE SET
            requests = CASE WHEN verification_requests.began_at <= $3 THEN 1 ELSE verification_requests.requests + 1 END,
            began_at = CASE WHEN verification_requests.began_at <= $3 THEN excluded.began_at ELSE verification_requests.began_at END
        RETURNING requests, began_at";
    let (requests, began_at): (i32, _) = on!(link, |c| sqlx::query_as(SQL)
        .bind(phone.as_str())
        .bind(now)
        .bind(now - minute())
        .fetch_one(c)
        .await)?;
    Ok((u32::try_from(requests).unwrap_or(u32::MAX), began_at))
}

/// The message that a report is about, by our id or the gateway's.
pub(super) async fn message(link: Link<'_>, id: &str) -> sqlx::Result<Option<Uuid>> {
    const OURS: &str = "SELECT id FROM sms_logs WHERE id = $1";
    const THEIRS: &str =
        "SELECT id FROM sms_logs WHERE gateway_id = $1 ORDER BY inserted_at DESC LIMIT 1";
    on!(link, |c| {
        if let Ok(id) = Uuid::parse_str(id)
            && let Some(found) = sqlx::query_scalar(OURS)
                .bind(id)
                .fetch_optional(&mut *c)
                .await?
        {
            return Ok(Some(found));
        }
        sqlx::query_scalar(THEIRS)
            .bind(id)
            .fetch_optional(&mut *c)
            .await
    })
}

/// Remembers what became of a message, unless something newer is known; whether it was news.
pub(super) async fn message_reported(
    link: Link<'_>,
    sms_id: Uuid,
    status: GatewayStatus,
    at: DateTime<Utc>,
) -> sqlx::Result<bool> {
    const SQL: &str = "UPDATE sms_logs SET gateway_status = $2, status_changed_at = $3
        WHERE id = $1 AND (status_changed_at IS NULL OR status_changed_at <= $3)";
    let rows = on!(link, |c| sqlx::query(SQL)
        .bind(sms_id)
        .bind(status.as_str())
        .bind(at)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(rows == 1)
}

/// Cancels the code of a message that did not arrive, unless it is over already: then it has expired, whether somebody
/// wrote that down yet or not. How many there were.
pub(super) async fn cancel_undelivered(
    link: Link<'_>,
    sms_id: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    const SQL: &str =
        "UPDATE verifications SET status = 'CANCELED', active = false, updated_at = $2
        WHERE sms_log_id = $1 AND status = 'NEW' AND code_expired_at > $2";
    on!(link, |c| sqlx::query(SQL)
        .bind(sms_id)
        .bind(now)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))
}

/// Writes down that codes have expired (E7); how many.
pub(super) async fn expire(link: Link<'_>, now: DateTime<Utc>) -> sqlx::Result<u64> {
    const SQL: &str = "UPDATE verifications SET status = 'EXPIRED', active = false, updated_at = $1 WHERE active = true AND code_expired_at <= $1";
    on!(link, |c| sqlx::query(SQL)
        .bind(now)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))
}

/// Gives up messages that were handed over at `until` or before and that nobody knows the fate of, and cancels what of
/// their codes still lives; how many messages.
pub(super) async fn give_up(
    tx: &mut Tx,
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    const MESSAGES: &str = "UPDATE sms_logs SET gateway_status = 'Terminated', status_changed_at = $2
        WHERE inserted_at <= $1 AND gateway_status IN ('Accepted', 'Enroute', 'Pending', 'Unknown')";
    const CODES: &str = "UPDATE verifications SET status = 'CANCELED', active = false, updated_at = $2
        WHERE active = true AND code_expired_at > $2 AND EXISTS (SELECT 1 FROM sms_logs sms
            WHERE sms.id = verifications.sms_log_id AND sms.inserted_at <= $1 AND sms.gateway_status = 'Terminated')";
    // Messages before codes, as with a report: two who wait for each other would wait for ever.
    on!(tx.link(), |c| {
        let messages = sqlx::query(MESSAGES)
            .bind(until)
            .bind(now)
            .execute(&mut *c)
            .await?;
        sqlx::query(CODES)
            .bind(until)
            .bind(now)
            .execute(&mut *c)
            .await?;
        Ok(messages.rows_affected())
    })
}

/// Removes what was made before `since`; how many rows.
pub(super) async fn remove(link: Link<'_>, since: DateTime<Utc>) -> sqlx::Result<u64> {
    const CODES: &str = "DELETE FROM verifications WHERE inserted_at < $1";
    const MESSAGES: &str = "DELETE FROM sms_logs WHERE inserted_at < $1";
    on!(link, |c| {
        let codes = sqlx::query(CODES).bind(since).execute(&mut *c).await?;
        let messages = sqlx::query(MESSAGES).bind(since).execute(&mut *c).await?;
        Ok(codes.rows_affected() + messages.rows_affected())
    })
}

/// Removes counts of minutes that are over; how many.
pub(super) async fn forget_requests(link: Link<'_>, now: DateTime<Utc>) -> sqlx::Result<u64> {
    const SQL: &str = "DELETE FROM verification_requests WHERE began_at <= $1";
    on!(link, |c| sqlx::query(SQL)
        .bind(now - minute())
        .execute(c)
        .await
        .map(|done| done.rows_affected()))
}
