//! A person leaves the registry for good.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::db::{Link, on};

/// Whether the evidence of somebody who is erased stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// What was signed stays, with whom it was about and with what it was signed.
    Kept,
    /// Only that a signature was used up stays: it tells nothing of anybody.
    Forgotten,
}

/// Takes the signatures that are about a person, and those of claims to stand for them or by them, to a place that outlives
/// them. The claims of a signature that nobody keeps need no trace: a claim uses no signature up.
///
/// # Errors
/// When the database fails.
async fn keep_signatures(
    link: Link<'_>,
    person_id: Uuid,
    evidence: Evidence,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    const USED: &str = "INSERT INTO erased_evidence (signature_sha256, certificate_sha256, person_id, signed_content, is_used, used_at, erased_at)
        SELECT s.signature_sha256, s.certificate_sha256, s.person_id, s.signed_content, true, s.used_at, $2 FROM used_signatures s WHERE s.person_id = $1
        ON CONFLICT (signature_sha256) DO UPDATE SET is_used = true";
    const CLAIMS: &str = "INSERT INTO erased_evidence (signature_sha256, certificate_sha256, person_id, signed_content, is_used, used_at, erased_at)
        SELECT k.signature_sha256, k.certificate_sha256, r.person_id, k.signed_content, false, k.claimed_at, $2
        FROM relationship_claims k JOIN confidant_person_relationships r ON r.id = k.relationship_id WHERE r.person_id = $1 OR r.confidant_person_id = $1
        ON CONFLICT (signature_sha256) DO NOTHING";
    const HASHES: &str =
        "INSERT INTO erased_evidence (signature_sha256, is_used, used_at, erased_at)
        SELECT s.signature_sha256, true, s.used_at, $2 FROM used_signatures s WHERE s.person_id = $1
        ON CONFLICT (signature_sha256) DO UPDATE SET is_used = true";
    on!(link, |c| {
        match evidence {
            Evidence::Kept => {
                let used = sqlx::query(USED).bind(person_id).bind(now);
                used.execute(&mut *c).await?;
                let claims = sqlx::query(CLAIMS).bind(person_id).bind(now);
                claims.execute(&mut *c).await?;
            }
            Evidence::Forgotten => {
                let hashes = sqlx::query(HASHES).bind(person_id).bind(now);
                hashes.execute(&mut *c).await?;
            }
        }
        Ok(())
    })
}

/// Removes a person with everything of the registry that hangs on them: documents, methods, versions, relationships both
/// ways, ways of others to confirm through them, and proven phones that nobody else has. Their users and requests must be gone before. A
/// used signature stays refused; what was signed stays as `evidence` says.
///
/// # Errors
/// When the database fails.
pub async fn erase(
    mut link: Link<'_>,
    id: Uuid,
    evidence: Evidence,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    const PHONES: &str = "DELETE FROM verified_phones WHERE phone_number IN (SELECT m.phone_number FROM person_authentication_methods m WHERE m.person_id = $1 AND m.phone_number IS NOT NULL)
        AND NOT EXISTS (SELECT 1 FROM person_authentication_methods o WHERE o.phone_number = verified_phones.phone_number AND o.person_id <> $1)";
    const THROUGH: &str = "DELETE FROM person_authentication_methods WHERE value = $1";
    const WARDS: &str = "DELETE FROM confidant_person_relationships WHERE confidant_person_id = $1";
    const SIGN_UPS: &str = "DELETE FROM confidant_sign_ups WHERE confidant_person_id = $1";
    const BROUGHT: &str = "UPDATE persons SET origin_confidant_id = NULL WHERE origin_confidant_id = $1 AND id IN (SELECT r.person_id FROM confidant_person_relationships r WHERE r.confidant_person_id = $1)";
    const PERSON: &str = "DELETE FROM persons WHERE id = $1";
    keep_signatures(link.reborrow(), id, evidence, now).await?;
    on!(link, |c| {
        sqlx::query(PHONES).bind(id).execute(&mut *c).await?;
        sqlx::query(THROUGH).bind(id).execute(&mut *c).await?;
        sqlx::query(BROUGHT).bind(id).execute(&mut *c).await?;
        sqlx::query(WARDS).bind(id).execute(&mut *c).await?;
        sqlx::query(SIGN_UPS).bind(id).execute(&mut *c).await?;
        sqlx::query(PERSON)
            .bind(id)
            .execute(&mut *c)
            .await
            .map(|_| ())
    })
}
