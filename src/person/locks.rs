//! Who waits for whom where two requests are about one person, one number or one phone.

use uuid::Uuid;

use super::{registration::Person, store};
use crate::db::Tx;

/// Lets registrations of the same person follow one another, and those of the same confidant.
///
/// # Errors
/// When the database fails.
pub async fn one_at_a_time(
    tx: &mut Tx,
    person: &Person,
    confidant_id: Option<Uuid>,
) -> sqlx::Result<()> {
    let (born, tax_id) = (person.birth_date, person.tax_id.as_deref());
    store::wait_for_rivals(tx, born, tax_id, confidant_id).await
}

/// Who waits here holds the locks of [`one_at_a_time`], and who holds this one waits for none of those: nobody waits in a
/// circle.
///
/// # Errors
/// When the database fails.
pub async fn one_phone_at_a_time(tx: &mut Tx, phone_number: &str) -> sqlx::Result<()> {
    const POSTGRES: &str = "SELECT pg_advisory_xact_lock($1, $2)";
    /// Tells these locks from others of the same database.
    const PHONE: i32 = 0x0D0_71EB;
    if let Tx::Postgres(tx) = tx {
        // Nine digits fit; another form of number shares one lock.
        let digits = phone_number.strip_prefix("+380").unwrap_or_default();
        let key: i32 = digits.parse().unwrap_or_default();
        sqlx::query(POSTGRES)
            .bind(PHONE)
            .bind(key)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}
