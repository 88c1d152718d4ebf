//! Who a signer is in the registry: the code in a certificate, and whom it belongs to (§5.4 step 4, §5.5 row 5, §11.1).

use super::error::SignUpError;
use crate::{
    db::Link,
    oauth::store::{self as oauth_store, User},
    person::{
        documents::{documents_of, signer_is},
        patterns::TAX_ID,
        store::{self, Known},
    },
};

/// The active user whose code this is; none, or none that one person has.
///
/// # Errors
/// When the database fails.
pub(super) async fn user(mut link: Link<'_>, drfo: &str) -> Result<Option<User>, SignUpError> {
    if let Some(user) = oauth_store::user_by_tax_id(link.reborrow(), drfo).await? {
        return Ok(Some(user));
    }
    match persons(link.reborrow(), drfo).await?.as_slice() {
        [person] => Ok(oauth_store::user_of_person(link, person.id).await?),
        _ => Ok(None),
    }
}

/// The one current person whose code this is; none when there is none.
///
/// # Errors
/// 401 when there are several.
pub(super) async fn person(link: Link<'_>, drfo: &str) -> Result<Option<Known>, SignUpError> {
    let mut persons = persons(link, drfo).await?;
    if persons.len() > 1 {
        return Err(SignUpError::NotUnique);
    }
    Ok(persons.pop())
}

/// Current persons whose code this is: by a number that is theirs, never by what the code alone could mean.
async fn persons(mut link: Link<'_>, drfo: &str) -> sqlx::Result<Vec<Known>> {
    let candidates = if (TAX_ID.matches)(drfo) {
        store::by_tax_id_alone(link.reborrow(), drfo).await?
    } else {
        let mut found = Vec::new();
        for (kind, number) in documents_of(drfo) {
            found.extend(store::by_document(link.reborrow(), kind, &number).await?);
        }
        found.sort_by_key(|person: &Known| person.id);
        found.dedup_by_key(|person| person.id);
        found
    };
    let mut persons = Vec::new();
    for candidate in candidates {
        let identifiers = store::identifiers(link.reborrow(), &candidate).await?;
        if signer_is(drfo, &identifiers) {
            persons.push(candidate);
        }
    }
    Ok(persons)
}
