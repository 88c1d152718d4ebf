//! Sign-in: somebody who is registered shows by a signature who they are.
//!
//! ```text
//!  {"jwt": nonce}, signed ──▶ prepare ──▶ sign_in, in one transaction: nonce used up → whose record (`signers`) → user, found or made
//!                                                                                                    → the record comes home
//! ```
//!
//! Source: sign-up §1.3, §5.5; authority §2, §6, §7.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    error::SignUpError,
    registration::{IdentifiedPatient, own::prove_user},
    rules::check_person,
    signed::{self, SignedContent},
    signers::{self, Signer, SignerRecords},
};
use crate::{
    db::Tx,
    oauth::{
        jwt::{Audience, Claims, Nonce},
        token::Subject,
    },
    signed_content::PersonName,
    standing::home::{self, Arrival},
    state::App,
};

/// A sign-in that only waits for its transaction.
pub struct PreparedSignIn {
    drfo: String,
    name: PersonName,
    nonce: Claims<Nonce>,
}

/// Checks what was signed: a nonce for `audience` that `client_id` asked for, and nothing else, so that what was signed for
/// another purpose or another client signs nobody in (§5.5 row 3).
///
/// # Errors
/// The first check that fails.
pub async fn prepare(
    app: &App,
    signed_content: &SignedContent,
    audience: Audience,
    client_id: Uuid,
    now: DateTime<Utc>,
) -> Result<PreparedSignIn, SignUpError> {
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
    let nonce = signed::nonce(app, &json, audience, Some(client_id), now)?;
    Ok(PreparedSignIn {
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
    prepared: PreparedSignIn,
    now: DateTime<Utc>,
) -> Result<IdentifiedPatient, SignUpError> {
    let PreparedSignIn { drfo, name, nonce } = prepared;
    let people = &app.config.people;
    signed::use_nonce(tx.link(), &nonce, now).await?;
    let proven = signers::certificate_proof(&drfo, &name);
    let signer = signers::find(tx.link(), people, &proven, SignerRecords::All, now).await?;
    let Signer { known, user } = signer.ok_or(SignUpError::PersonNotFound)?;
    check_person(&known, people, now)?;
    let user_id = match user {
        Some(user) => user.id,
        None => prove_user(tx, app, known.id, &drfo, now).await?,
    };
    let arrival = Arrival::BySignature;
    let has_ended_others = home::come_home(tx, &known, user_id, arrival, people, now).await?;
    Ok(IdentifiedPatient {
        subject: Subject {
            user_id,
            applicant: None,
        },
        person_id: known.id,
        tax_id: Some(drfo),
        patient_name: known.full_name(),
        confidant_name: None,
        has_ended_others,
    })
}
