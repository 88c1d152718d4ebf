//! The ways in which people confirm.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    db::{Link, on},
    person::origin::Origin,
};

/// How many authentication methods of current persons have this phone and are in use at `now`, without those of
/// `except` (§8.4).
///
/// # Errors
/// When the database fails.
pub async fn methods_with_phone(
    link: Link<'_>,
    phone_number: &str,
    except: Option<Uuid>,
    now: DateTime<Utc>,
) -> sqlx::Result<u32> {
    const SQL: &str =
        "SELECT count(*) FROM person_authentication_methods m JOIN persons p ON p.id = m.person_id
        WHERE m.phone_number = $1 AND m.is_active = true AND (m.ended_at IS NULL OR m.ended_at > $2)
            AND p.status = 'active' AND p.is_active = true AND p.id <> $3";
    let count: i64 = on!(link, |c| sqlx::query_scalar(SQL)
        .bind(phone_number)
        .bind(now)
        .bind(except.unwrap_or_default())
        .fetch_one(c)
        .await)?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Makes the one-time code to `phone_number` the way to ask a person for their consent. Nothing changes where it is the only
/// one of their own already; else the ways of their own end, and ways through others are the default no more (cabinet 3.6.1).
///
/// # Errors
/// When the database fails.
pub async fn prove_by_code(
    mut link: Link<'_>,
    id: Uuid,
    person_id: Uuid,
    phone_number: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    const OWN: &str = "SELECT count(*), count(*) FILTER (WHERE type = 'OTP' AND phone_number = $2), count(*) FILTER (WHERE is_primary = true) FROM person_authentication_methods
        WHERE person_id = $1 AND type <> 'THIRD_PERSON' AND is_active = true AND (ended_at IS NULL OR ended_at > $3)";
    const PRIMARY: &str = "UPDATE person_authentication_methods SET is_primary = (type = 'OTP' AND phone_number = $2), updated_at = $3
        WHERE person_id = $1 AND is_active = true";
    const END: &str = "UPDATE person_authentication_methods SET is_active = false, is_primary = false, ended_at = $2, updated_at = $2
        WHERE person_id = $1 AND type <> 'THIRD_PERSON' AND is_active = true";
    const OTHERS: &str =
        "UPDATE person_authentication_methods SET is_primary = false, updated_at = $2
        WHERE person_id = $1 AND is_active = true AND is_primary = true";
    let own: (i64, i64, i64) = on!(link.reborrow(), |c| sqlx::query_as(OWN)
        .bind(person_id)
        .bind(phone_number)
        .bind(now)
        .fetch_one(c)
        .await)?;
    match own {
        (1, 1, 1) => return Ok(()),
        // The phone is theirs already, and somebody else is asked first.
        (1, 1, _) => {
            return on!(link, |c| sqlx::query(PRIMARY)
                .bind(person_id)
                .bind(phone_number)
                .bind(now)
                .execute(c)
                .await
                .map(|_| ()));
        }
        _ => {}
    }
    on!(link.reborrow(), |c| {
        sqlx::query(END)
            .bind(person_id)
            .bind(now)
            .execute(&mut *c)
            .await?;
        sqlx::query(OTHERS)
            .bind(person_id)
            .bind(now)
            .execute(&mut *c)
            .await
            .map(|_| ())
    })?;
    let new = NewMethod {
        id,
        person_id,
        kind: "OTP",
        phone_number: Some(phone_number),
        value: None,
        alias: None,
        is_active: true,
        is_primary: true,
        started_at: now,
        ended_at: None,
        origin: Origin::Own,
    };
    save_method(link, &new, now).await
}

/// An authentication method that is to be stored.
#[derive(Debug)]
pub struct NewMethod<'a> {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub person_id: Uuid,
    /// `OTP`, `THIRD_PERSON`, `OFFLINE`, `NA`.
    pub kind: &'a str,
    /// The phone of `OTP`.
    pub phone_number: Option<&'a str>,
    /// The person of `THIRD_PERSON`.
    pub value: Option<Uuid>,
    /// What the person calls it.
    pub alias: Option<&'a str>,
    /// Whether it is in use.
    pub is_active: bool,
    /// Whether it is the default one.
    pub is_primary: bool,
    /// From when it is good.
    pub started_at: DateTime<Utc>,
    /// Until when; none: without end.
    pub ended_at: Option<DateTime<Utc>>,
    /// Who makes it.
    pub origin: Origin,
}

/// Stores an authentication method, or replaces the one of that id.
///
/// # Errors
/// When the database fails.
pub async fn save_method(
    link: Link<'_>,
    method: &NewMethod<'_>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    const SQL: &str = "INSERT INTO person_authentication_methods (id, person_id, type, phone_number, value, alias, is_active, is_primary, started_at, ended_at, inserted_at, updated_at, origin)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12)
        ON CONFLICT (id) DO UPDATE SET type = excluded.type, phone_number = excluded.phone_number, value = excluded.value, alias = excluded.alias,
            is_active = excluded.is_active, is_primary = excluded.is_primary, started_at = excluded.started_at, ended_at = excluded.ended_at, updated_at = excluded.updated_at";
    on!(link, |c| sqlx::query(SQL)
        .bind(method.id)
        .bind(method.person_id)
        .bind(method.kind)
        .bind(method.phone_number)
        .bind(method.value)
        .bind(method.alias)
        .bind(method.is_active)
        .bind(method.is_primary)
        .bind(method.started_at)
        .bind(method.ended_at)
        .bind(now)
        .bind(method.origin.as_str())
        .execute(c)
        .await
        .map(|_| ()))
}
