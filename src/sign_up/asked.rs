//! What a register of civil status says of the confidant and the patient whom a registration is about: asked before its
//! transaction, since nobody waits for a network while they hold the right to write.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    claims::needs_register,
    error::SignUpError,
    prepared::{CheckedConfidantContent, RegisterAnswer},
    search::{SubmittedNumbers, find_matching},
};
use crate::{
    oauth::store as oauth_store,
    outside::relationships::{Check, Question, Registry},
    person::{
        registration::Content,
        store::{self, RegisteredPerson},
    },
    standing,
    state::App,
};

/// Asks the register about the person whom the transaction will find, when its answer can make a difference: none where
/// there is no register or nobody to ask about. Whatever else is wrong is for the transaction to find.
pub(super) async fn ask_register(
    app: &App,
    checked: &CheckedConfidantContent,
    content: &Content,
    session_id: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<Option<RegisterAnswer>, SignUpError> {
    if matches!(app.relationships, Registry::BuiltIn) {
        return Ok(None);
    }
    let nobody = Some(RegisterAnswer {
        person_id: None,
        check: Check::NotFound,
    });
    let people = &app.config.people;
    let patient = {
        let mut held = app.db.read().await?;
        if let Some(id) = session_id
            && oauth_store::jwt_is_used(held.link(), id).await?
        {
            return Ok(nobody);
        }
        // Who may not register any more today asks nobody either.
        let most = people.confidant_sign_ups_per_day;
        let counted = store::count_of_sign_ups(held.link(), checked.confidant.id, now).await?;
        if most > 0 && counted >= most {
            return Ok(nobody);
        }
        match find_matching(
            held.link(),
            people,
            &content.person,
            SubmittedNumbers::Typed,
            now,
        )
        .await
        {
            Ok(Some(patient)) => patient,
            Err(SignUpError::Database(error)) => return Err(error.into()),
            Ok(None) | Err(_) => return Ok(nobody),
        }
    };
    let (confidant, user_id) = (&checked.confidant, checked.user.id);
    let check = ask_about(
        app,
        &patient,
        (confidant, user_id),
        RegisterQueryPurpose::ToRegister,
        now,
    )
    .await?;
    Ok(Some(RegisterAnswer {
        person_id: Some(patient.id),
        check,
    }))
}

/// What the answer is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RegisterQueryPurpose {
    /// A registration, which makes a relationship where there is none.
    ToRegister,
    /// A sign-in, which makes none: nobody is asked about people with whom the confidant has nothing to do.
    ToSignIn,
}

/// Asks the register about two people, when its answer can make a difference.
pub(super) async fn ask_about(
    app: &App,
    patient: &RegisteredPerson,
    (confidant, confidant_user_id): (&RegisteredPerson, Uuid),
    asks: RegisterQueryPurpose,
    now: DateTime<Utc>,
) -> Result<Check, SignUpError> {
    let question = {
        let mut held = app.db.read().await?;
        let (of, by) = (patient.id, confidant.id);
        let pair = standing::store::pair(held.link(), of, by, confidant_user_id).await?;
        let limits = (&app.config.people).into();
        let in_force = |facts: &standing::StandingFacts| facts.relationship.is_in_force(now);
        let is_wanted =
            asks == RegisterQueryPurpose::ToRegister || pair.facts.as_ref().is_some_and(in_force);
        if is_wanted && needs_register(&pair, patient.is_current(), &limits, now) {
            let documents = store::document_numbers(held.link(), patient.id).await?;
            Question::new(patient, documents, confidant)
        } else {
            None
        }
    };
    // The connection is for others while the register thinks.
    Ok(match &question {
        Some(question) => app.relationships.check(question).await,
        None => Check::NotFound,
    })
}
