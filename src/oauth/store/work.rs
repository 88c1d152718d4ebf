//! Medical institutions and who works there.

use sqlx::FromRow;
use uuid::Uuid;

use super::{BorneRow, Stored, TokenInHand};
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
    pub borne: TokenInHand,
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
    const SQL: &str = "SELECT b.id, b.name, b.user_id, b.applicant_user_id, b.applicant_person_id, b.client_id, b.approval_id, b.parent_id, b.scope, b.grant_type, b.redirect_uri, b.expires_at, b.used_at,
            b.tax_id, b.person_id, b.is_active, b.user_is_blocked, b.tax_id_is_trusted, b.client_is_blocked, b.applicant_is_active, b.applicant_is_blocked,
            b.confidant_id, b.relationship_id, b.relationship_is_active, b.relationship_active_to, b.relationship_status, b.relationship_reason, b.relationship_confirmed_at, b.relationship_ended_reason,
            b.patient_is_current, b.patient_origin, b.patient_origin_confidant_id, b.patient_version, b.patient_owned_at, b.patient_has_another, b.confidant_is_current, b.confidant_birth_date, b.confidant_verification,
            EXISTS (SELECT 1 FROM clients k WHERE k.api_key_hash = $2 AND NOT k.is_blocked) AS api_key_is_known,
            e.id AS legal_entity_id, e.type AS legal_entity_type, e.name AS legal_entity_name, e.edrpou, e.license, e.address, e.phone, e.email,
            (SELECT m.id FROM employees m WHERE m.user_id = b.user_id AND m.legal_entity_id = e.id AND m.status = 'APPROVED' AND m.is_active = true
                AND m.employee_type IN ('DOCTOR', 'SPECIALIST', 'RECEPTIONIST', 'ASSISTANT') ORDER BY m.id LIMIT 1) AS employee_id
        FROM tokens_in_hand b LEFT JOIN legal_entities e ON e.id = b.client_legal_entity_id
        WHERE b.value_hash = $1 AND b.name = 'access_token'";
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
            WHERE m.user_id = $1 AND m.legal_entity_id = $2 AND m.status = 'APPROVED' AND m.is_active = true AND m.tax_id IS NOT NULL
        UNION SELECT u.tax_id FROM users u WHERE u.id = $1 AND u.tax_id IS NOT NULL AND u.tax_id_is_trusted = true";
    on!(link, |c| sqlx::query_scalar(SQL)
        .bind(user_id)
        .bind(legal_entity_id)
        .fetch_all(c)
        .await)
}

/// Whether a user works for the legal entity of a client now, as whatever.
///
/// # Errors
/// When the database fails.
pub async fn works_for(link: Link<'_>, user_id: Uuid, client_id: Uuid) -> sqlx::Result<bool> {
    const SQL: &str =
        "SELECT count(*) FROM employees m JOIN clients c ON c.legal_entity_id = m.legal_entity_id
        WHERE m.user_id = $1 AND c.id = $2 AND m.status = 'APPROVED' AND m.is_active = true";
    let count: i64 = on!(link, |c| sqlx::query_scalar(SQL)
        .bind(user_id)
        .bind(client_id)
        .fetch_one(c)
        .await)?;
    Ok(count > 0)
}
