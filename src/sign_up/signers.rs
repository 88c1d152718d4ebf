//! Who a signer is in the registry: the number in a certificate, the names beside it, and whose they are (§11.1,
//! authority §2).
//!
//! | Row | Found by | Beside it |
//! |---|---|---|
//! | 1 | a user whose number it is | nothing where it was proven; as row 2 where it was vouched for; both names for a code of a document |
//! | 2 | a current person with that tax number, vouched for | first name, and last name or what the number encodes |
//! | 3 | the same, claimed | both names, the age of acting for oneself, and all that the number encodes: the record comes home |
//! | 4 | a current person with the document that the code stands for, vouched for | both names |
//!
//! The first row that finds anybody decides; a person whose names differ is as if not there. Several in a row are refused.

use chrono::{DateTime, Utc};

use super::error::SignUpError;
use crate::{
    config::People,
    db::Link,
    oauth::store::{self as oauth_store, User},
    patterns::TAX_ID,
    person::{
        documents::documents_of,
        signer::ProvenIdentity,
        store::{self, RegisteredPerson},
    },
    signed_content::PersonName,
};

/// Who signed.
pub(super) struct Signer {
    /// Their record.
    pub known: RegisteredPerson,
    /// Their user, where the number led to one.
    pub user: Option<User>,
}

/// What a certificate proves.
pub(super) fn certificate_proof<'a>(drfo: &'a str, name: &'a PersonName) -> ProvenIdentity<'a> {
    ProvenIdentity {
        number: drfo,
        surname: name.surname.as_deref(),
        given_name: name.given_name.as_deref(),
    }
}

/// Which records a signer may be found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SignerRecords {
    /// All of them: whoever comes for themselves.
    All,
    /// Not those that somebody else typed: whoever wants to act for another comes for themselves first.
    Vouched,
}

/// The signer in the registry; none when nobody there is theirs.
///
/// # Errors
/// 401 when several could be meant, when the user is shut out, or has no record that is in use.
pub(super) async fn find(
    mut link: Link<'_>,
    people: &People,
    proven: &ProvenIdentity<'_>,
    rows: SignerRecords,
    now: DateTime<Utc>,
) -> Result<Option<Signer>, SignUpError> {
    let is_tax_id = (TAX_ID.matches)(proven.number);
    let users = oauth_store::users_by_tax_id(link.reborrow(), proven.number).await?;
    let users = theirs(link.reborrow(), proven, users).await?;
    if let Some((user, known)) = one_user(users)? {
        let known = known
            .filter(RegisteredPerson::is_current)
            .ok_or(SignUpError::PersonNotFound)?;
        let user = Some(user);
        return Ok(Some(Signer { known, user }));
    }
    let known = if is_tax_id {
        let with_number = store::by_tax_id_alone(link, proven.number).await?;
        // What an owner typed of a number that is not on their user was never proven.
        let (vouched, others): (Vec<_>, Vec<_>) = with_number
            .into_iter()
            .partition(|known| known.version_origin.is_vouched());
        let claimed = others
            .into_iter()
            .filter(|known| known.version_origin.is_claimed());
        let vouched = vouched
            .into_iter()
            .filter(|known| proven.owns_vouched(known));
        match one_person(vouched)? {
            Some(known) => Some(known),
            None if rows == SignerRecords::Vouched => None,
            None => one_person(
                claimed.filter(|known| proven.owns_claimed(known, people.no_self_auth_age, now)),
            )?,
        }
    } else {
        let mut found: Vec<RegisteredPerson> = Vec::new();
        for (kind, number) in documents_of(proven.number) {
            found.extend(store::by_document(link.reborrow(), kind, &number).await?);
        }
        found.sort_by_key(|known| known.id);
        found.dedup_by_key(|known| known.id);
        one_person(
            found
                .into_iter()
                .filter(|known| known.version_origin.is_vouched() && proven.has_names(known)),
        )?
    };
    match known {
        None => Ok(None),
        Some(known) if known.is_current() => Ok(Some(Signer { known, user: None })),
        // A register says that they are dead.
        Some(_) => Err(SignUpError::PersonNotFound),
    }
}

/// The users of a number who are the signer, with their records. A number that was proven needs nothing beside it. One that
/// was only vouched for is theirs when the record says so still, and their names; so is the code of a document, whose
/// letters are written alike in two series.
async fn theirs(
    mut link: Link<'_>,
    proven: &ProvenIdentity<'_>,
    users: Vec<User>,
) -> Result<Vec<(User, Option<RegisteredPerson>)>, SignUpError> {
    let mut found = Vec::new();
    for user in users {
        let known = match user.person_id {
            Some(person_id) => store::find_person(link.reborrow(), person_id).await?,
            None => None,
        };
        let is_theirs = known.as_ref().is_none_or(|known| {
            if (TAX_ID.matches)(proven.number) {
                let says_so = known.tax_id.as_deref() == Some(proven.number);
                known.owned_at.is_some() || (says_so && proven.owns_vouched(known))
            } else {
                proven.has_names(known)
            }
        });
        if is_theirs {
            found.push((user, known));
        }
    }
    Ok(found)
}

/// The one user among those of a number, in the order of [`oauth_store::users_by_tax_id`].
fn one_user(
    users: Vec<(User, Option<RegisteredPerson>)>,
) -> Result<Option<(User, Option<RegisteredPerson>)>, SignUpError> {
    let Some((first, known)) = users.first().cloned() else {
        return Ok(None);
    };
    if !first.is_active || first.is_blocked {
        return Err(SignUpError::UserBlocked);
    }
    let is_another = |user: &User| {
        user.is_active && user.person_id.is_some() && user.person_id != first.person_id
    };
    if users.iter().any(|(user, _)| is_another(user)) {
        return Err(SignUpError::NotUnique);
    }
    Ok(Some((first, known)))
}

fn one_person(
    found: impl Iterator<Item = RegisteredPerson>,
) -> Result<Option<RegisteredPerson>, SignUpError> {
    let mut found = found;
    match (found.next(), found.next()) {
        (_, Some(_)) => Err(SignUpError::NotUnique),
        (one, None) => Ok(one),
    }
}
