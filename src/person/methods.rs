//! How a person confirms: the authentication methods that are stored with them (person requests 6).

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{origin::Origin, store::RegisteredPerson};
use crate::{
    db::{Link, on},
    patterns::CODE_PHONE,
};

/// An authentication method of a person.
#[derive(Clone)]
pub struct Method {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub person_id: Uuid,
    /// `OTP`, `OFFLINE`, `THIRD_PERSON`, `NA`.
    pub kind: String,
    /// The phone of `OTP`.
    pub phone_number: Option<String>,
    /// The person of `THIRD_PERSON`.
    pub value: Option<Uuid>,
    /// What the person calls it.
    pub alias: Option<String>,
    /// Whether it was not taken out of use.
    pub is_active: bool,
    /// Whether it is the default one.
    pub is_primary: bool,
    /// From when it is good.
    pub started_at: DateTime<Utc>,
    /// Until when; none: without end.
    pub ended_at: Option<DateTime<Utc>>,
    /// When it was stored.
    pub inserted_at: DateTime<Utc>,
    /// When it was changed.
    pub updated_at: DateTime<Utc>,
    /// Who made it.
    pub origin: Origin,
}

impl std::fmt::Debug for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Method({}, {})", self.id, self.kind)
    }
}

impl Method {
    /// Whether it confirms anything at `now`: not taken out of use, not ended.
    #[must_use]
    pub fn is_in_use(&self, now: DateTime<Utc>) -> bool {
        self.is_active && self.ended_at.is_none_or(|ended_at| ended_at > now)
    }

    /// The number that gets its codes.
    #[must_use]
    pub fn code_number(&self) -> Option<String> {
        self.phone_number
            .clone()
            .filter(|number| (CODE_PHONE.matches)(number))
    }
}

/// The default one of `methods`, which stand in the order of [`with_methods`]: the primary one in use, else the oldest in use.
#[must_use]
pub fn default(methods: &[Method], now: DateTime<Utc>) -> Option<&Method> {
    methods.iter().find(|method| method.is_in_use(now))
}

#[derive(FromRow)]
struct PersonWithMethodRow {
    #[sqlx(flatten)]
    person: RegisteredPerson,
    method_id: Option<Uuid>,
    method_type: Option<String>,
    phone_number: Option<String>,
    value: Option<Uuid>,
    alias: Option<String>,
    method_is_active: Option<bool>,
    is_primary: Option<bool>,
    started_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    inserted_at: Option<DateTime<Utc>>,
    updated_at: Option<DateTime<Utc>>,
    origin: Option<Origin>,
}

impl PersonWithMethodRow {
    fn method(self) -> Option<Method> {
        Some(Method {
            id: self.method_id?,
            person_id: self.person.id,
            kind: self.method_type?,
            phone_number: self.phone_number,
            value: self.value,
            alias: self.alias,
            is_active: self.method_is_active?,
            is_primary: self.is_primary?,
            started_at: self.started_at?,
            ended_at: self.ended_at,
            inserted_at: self.inserted_at?,
            updated_at: self.updated_at?,
            origin: self.origin?,
        })
    }
}

/// The person of that id with all their methods: the primary one first, then from the oldest to the newest.
///
/// # Errors
/// When the database fails.
pub async fn with_methods(
    link: Link<'_>,
    person_id: Uuid,
) -> sqlx::Result<Option<(RegisteredPerson, Vec<Method>)>> {
    const SQL: &str = "SELECT p.id, p.first_name, p.last_name, p.second_name, p.birth_date, p.tax_id, p.status, p.is_active, p.verification_status, p.gender, p.is_deceased, p.version_origin, p.owned_at,
            m.id AS method_id, m.type AS method_type, m.phone_number, m.value, m.alias, m.is_active AS method_is_active, m.is_primary,
            m.started_at, m.ended_at, m.inserted_at, m.updated_at, m.origin
        FROM persons p LEFT JOIN person_authentication_methods m ON m.person_id = p.id
        WHERE p.id = $1 ORDER BY m.is_primary DESC, m.started_at, m.inserted_at, m.id";
    let rows: Vec<PersonWithMethodRow> = on!(link, |c| sqlx::query_as(SQL)
        .bind(person_id)
        .fetch_all(c)
        .await)?;
    let person = rows.first().map(|row| row.person.clone());
    Ok(person.map(|person| {
        (
            person,
            rows.into_iter()
                .filter_map(PersonWithMethodRow::method)
                .collect(),
        )
    }))
}
