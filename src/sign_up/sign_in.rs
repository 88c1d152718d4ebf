//! Sign-in: somebody who is registered shows by a signature who they are.
//!
//! ```text
//!  {"jwt": nonce}, signed ──▶ prepare ──▶ sign_in, in one transaction: nonce used up → user, found or made
//! ```
//!
//! Source: sign-up §1.3, §5.5.

use chrono::{DateTime, Utc};

use super::{
    error::SignUpError,
    registration::{
        Identified,
        own::{person_of, prove_user},
    },
    rules::check_person,
    signed::{self, SignedContent},
    signers,
};
use crate::{
    db::Tx,
    oauth::{
        jwt::{Audience, Claims, Nonce},
        store as oauth_store,
        token::Subject,
    },
    person::{names, store::Known},
    signed_content::PersonName,
    state::App,
};

/// A sign-in that only waits for its transaction.
pub struct Prepared {
    drfo: String,
    name: PersonName,
    nonce: Claims<Nonce>,
}

/// Checks what was signed: a nonce for `audience` and nothing else, so that what was signed for another purpose signs
/// nobody in (§5.5 row 3).
///
/// # Errors
/// The first check that fails.
pub async fn prepare(
    app: &App,
    signed_content: &SignedContent,
    audience: Audience,
    now: DateTime<Utc>,
) -> Result<Prepared, SignUpError> {
    let signed = signed::verify_own(app, signed_content).await?;
    let drfo = signed.signer.drfo.clone();
    let drfo = drfo.ok_or(SignUpError::SignerUntrusted)?;
    let json = signed::object(&signed)?;
    let is_alone = json
        .as_object()
        .is_some_and(|members| members.keys().all(|name| name == "jwt"));
    if !is_alone {
        return Err(SignUpError::ContentUnreadable);
    }
    let nonce = signed::nonce(app, &json, audience, now)?;
    Ok(Prepared {
        drfo,
        name: signed.signer.name,
        nonce: nonce.ok_or(SignUpError::NonceInvalid)?,
    })
}

/// Finds the user, or makes the one of a registered patient who has none (§5.5 row 5). The caller commits; the nonce is
/// used up by the commit.
///
/// # Errors
/// 401 for what is wrong.
pub async fn sign_in(
    tx: &mut Tx,
    app: &App,
    prepared: Prepared,
    now: DateTime<Utc>,
) -> Result<Identified, SignUpError> {
    let Prepared { drfo, name, nonce } = prepared;
    signed::use_nonce(tx.link(), &nonce, now).await?;
    let (known, user_id) = match oauth_store::user_by_tax_id(tx.link(), &drfo).await? {
        Some(user) => {
            let known = person_of(tx, &user).await?;
            if !user.tax_id_is_trusted {
                // Somebody else typed this number once: whom they meant must be the one who signs now.
                is_named(&known, &name)?;
                oauth_store::prove_tax_id(tx.link(), user.id, &drfo, now).await?;
            }
            check_person(&known, &app.config.people, now)?;
            (known, user.id)
        }
        None => {
            let known = signers::person(tx.link(), &drfo).await?;
            let known = known.ok_or(SignUpError::PersonNotFound)?;
            check_person(&known, &app.config.people, now)?;
            let user_id = prove_user(tx, app, known.id, &drfo, now).await?;
            (known, user_id)
        }
    };
    Ok(Identified {
        subject: Subject {
            user_id,
            applicant: None,
        },
        person_id: known.id,
        tax_id: Some(drfo),
        patient_name: known.full_name(),
        confidant_name: None,
    })
}

fn is_named(known: &Known, name: &PersonName) -> Result<(), SignUpError> {
    let surname = name.surname.as_deref().unwrap_or_default();
    if names::same(&known.last_name, surname) {
        Ok(())
    } else {
        Err(SignUpError::NotUnique)
    }
}
