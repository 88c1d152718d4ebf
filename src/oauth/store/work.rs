//! Medical institutions and who works there.

use sqlx::FromRow;
use uuid::Uuid;

use super::{Borne, BorneRow, Stored};
use crate::{
    db::{Inconsistent, Link, on},
    secrets::Hash,
};

/// The legal entity behind a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegalEntity {
    /// Its id.
    pub id: Uuid,
    /// `PRIMARY_CARE`, `PHARMACY`, …
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its number in the register of legal entities.
    pub edrpou: Option<String>,
    /// The licence under which it treats people, in one line.
    pub license: Option<String>,
    /// Where it is, in one line.
    pub address: Option<String>,
    /// Its number.
    pub phone: Option<String>,
    /// Its e-mail address.
    pub email: Option<String>,
}

/// An access token with whom it acts for and where they work: what every call of a medical institution asks first, in
/// one statement.
#[derive(Debug)]
pub struct AtWork {
    /// The token, its user, its client.
    pub borne: Borne,
    /// Whether the api key beside the token is one of a client that is not blocked.
    pub api_key_is_known: bool,
    /// The legal entity of the token's client.
    pub legal_entity: Option<LegalEntity>,
    /// The user's approved employee there who receives patients.
    pub employee_id: Option<Uuid>,
}

#[derive(FromRow)]
struct AtWorkRow {
    #[sqlx(flatten)]
    borne: BorneRow,
    api_key_is_known: bool,
    legal_entity_id: Option<Uuid>,
    legal_entity_type: Option<String>,
    legal_entity_name: Option<String>,
    edrpou: Option<String>,
    license: Option<String>,
    address: Option<String>,
    phone: Option<String>,
    email: Option<String>,
    employee_id: Option<Uuid>,
}

impl TryFrom<AtWorkRow> for AtWork {
    type Error = Inconsistent;

    fn try_from(row: AtWorkRow) -> Result<Self, Inconsistent> {
        let legal_entity = match (
            row.legal_entity_id,
            row.legal_entity_type,
            row.legal_entity_name,
        ) {
            (Some(id), Some(kind), Some(name)) => Some(LegalEntity {
                id,
                kind,
                name,
                edrpou: row.edrpou,
                license: row.license,
                address: row.address,
                phone: row.phone,
                email: row.email,
            }),
            _ => None,
        };
        Ok(Self {
            borne: row.borne.try_into()?,
            api_key_is_known: row.api_key_is_known,
            legal_entity,
            employee_id: row.employee_id,
        })
    }
}

/// The access token of that value, with whom it acts for, where they work, and whether the api key is known.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub async fn at_work(link: Link<'_>, value: &Hash, api_key: &Hash) -> Stored<Option<AtWork>> {
    const SQL: &str = "SELECT t.id, t.name, t.user_id, t.applicant_user_id, t.applicant_person_id, t.client_id, t.approval_id, t.parent_id, t.scope, t.grant_type, t.redirect_uri, t.expires_at, t.used_at,
            u.tax_id, u.person_id, u.is_active, u.is_blocked AS user_is_blocked, u.tax_id_is_trusted, c.is_blocked AS client_is_blocked,
            EXISTS (SELECT 1 FROM clients k WHERE k.api_key_hash = $2 AND NOT k.is_blocked) AS api_key_is_known,
            e.id AS legal_entity_id, e.type AS legal_entity_type, e.name AS legal_entity_name, e.edrpou, e.license, e.address, e.phone, e.email,
            (SELECT m.id FROM employees m WHERE m.user_id = t.user_id AND m.legal_entity_id = e.id AND m.status = 'APPROVED'
                AND m.employee_type IN ('DOCTOR', 'SPECIALIST', 'RECEPTIONIST', 'ASSISTANT') ORDER BY m.id LIMIT 1) AS employee_id
        FROM tokens t JOIN users u ON u.id = t.user_id JOIN clients c ON c.id = t.client_id LEFT JOIN legal_entities e ON e.id = c.legal_entity_id
        WHERE t.value_hash = $1 AND t.name = 'access_token'";
    let row: Option<AtWorkRow> = on!(link, |c| sqlx::query_as(SQL)
        .bind(value)
        .bind(api_key)
        .fetch_optional(c)
        .await)?;
    Ok(row.map(AtWork::try_from).transpose()?)
}

/// The tax numbers of a user's approved employees in a legal entity, and the user's own, unless somebody only typed it.
///
/// # Errors
/// When the database fails.
pub async fn tax_ids_at_work(
    link: Link<'_>,
    user_id: Uuid,
    legal_entity_id: Uuid,
) -> sqlx::Result<Vec<String>> {
    const SQL: &str = "SELECT m.tax_id FROM employees m
            WHERE m.user_id = $1 AND m.legal_entity_id = $2 AND m.status = 'APPROVED' AND m.tax_id IS NOT NULL
        UNION SELECT u.tax_id FROM users u WHERE u.id = $1 AND u.tax_id IS NOT NULL AND u.tax_id_is_trusted = true";
    on!(link, |c| sqlx::query_scalar(SQL)
        .bind(user_id)
        .bind(legal_entity_id)
        .fetch_all(c)
        .await)
}
