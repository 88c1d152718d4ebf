//! The transaction of a person's own sign-up: the person, the evidence and the user (§5.4 steps 4–6).

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    Identified, Once, Registered, create_person, find_matching, insert_id, keep_evidence,
    one_at_a_time, patient_name, use_up,
};
use crate::{
    db::Tx,
    oauth::{
        store::{self as oauth_store, User},
        token::Subject,
    },
    person::{
        matching::{Score, score},
        registration::Person,
        rules as person_rules,
        store::{self, Known},
    },
    random::Draw,
    sign_up::{
        error::SignUpError,
        own::{Checked, Prepared},
        rules::check_person,
    },
    state::App,
};

/// Registers the person: person and user, both or none. The caller commits; a session token, a nonce and a signature are
/// used up by the commit. That the phone is theirs was shown before.
///
/// # Errors
/// The first check that fails, in the order of §5.4.
pub async fn register(
    tx: &mut Tx,
    app: &App,
    prepared: Prepared,
    now: DateTime<Utc>,
) -> Result<Registered, SignUpError> {
    // First of all: what is asked below was perhaps changed by the one who is waited for.
    one_at_a_time(tx, &prepared.content.person).await?;
    let once = Once {
        session: prepared.session.as_ref(),
        nonce: prepared.nonce.as_ref(),
        signed: &prepared.checked.signed,
    };
    use_up(tx, &once, now).await?;
    let Prepared {
        checked,
        content,
        text,
        ..
    } = prepared;
    let (person_id, user_id) = who(tx, app, &checked, &content.person, now).await?;
    keep_evidence(tx, &checked.signed, &text, person_id, now).await?;
    let identified = Identified {
        subject: Subject {
            user_id,
            applicant: None,
        },
        person_id,
        tax_id: Some(checked.drfo),
        patient_name: patient_name(&content.person),
        confidant_name: None,
    };
    let mut json = checked.json;
    let mut person = json
        .get_mut("person")
        .map(serde_json::Value::take)
        .unwrap_or_default();
    insert_id(&mut person, person_id);
    Ok(Registered { person, identified })
}

/// The person and their user, found or made.
async fn who(
    tx: &mut Tx,
    app: &App,
    checked: &Checked,
    person: &Person,
    now: DateTime<Utc>,
) -> Result<(Uuid, Uuid), SignUpError> {
    if let Some(user) = oauth_store::user_by_tax_id(tx.link(), &checked.drfo).await? {
        let known = person_of(tx, &user).await?;
        if !user.tax_id_is_trusted {
            // Somebody else typed this number once: whom they meant must be the one who signs now.
            is_the_same(tx, app, &known, person).await?;
            oauth_store::prove_tax_id(tx.link(), user.id, &checked.drfo, now).await?;
        }
        check_person(&known, &app.config.people, now)?;
        return Ok((known.id, user.id));
    }
    if let Some(known) = find_matching(tx.link(), app, person, now).await? {
        check_person(&known, &app.config.people, now)?;
        let user_id = prove_user(tx, app, known.id, &checked.drfo, now).await?;
        return Ok((known.id, user_id));
    }
    check_phones(tx, app, person, now).await?;
    let user_id = app.random.uuid();
    let id = create_person(tx, app, person, &checked.json, user_id, now).await?;
    oauth_store::add_user(tx.link(), user_id, id, Some(&checked.drfo), true, now).await?;
    Ok((id, user_id))
}

/// The current person of a user who signs and is not blocked.
///
/// # Errors
/// 401 `User is blocked.`, `Person not found.`
pub(in crate::sign_up) async fn person_of(tx: &mut Tx, user: &User) -> Result<Known, SignUpError> {
    if user.is_blocked {
        return Err(SignUpError::UserBlocked);
    }
    let person_id = user.person_id.ok_or(SignUpError::PersonNotFound)?;
    let known = store::known(tx.link(), person_id).await?;
    known
        .filter(Known::is_current)
        .ok_or(SignUpError::PersonNotFound)
}

/// The user of a person who signs, made if there is none; it gets the number of their certificate (§5.4 steps 5, 6).
///
/// # Errors
/// 401 `User is blocked.`
pub(in crate::sign_up) async fn prove_user(
    tx: &mut Tx,
    app: &App,
    person_id: Uuid,
    drfo: &str,
    now: DateTime<Utc>,
) -> Result<Uuid, SignUpError> {
    // Of two who come in at the same moment the second finds the user of the first.
    store::lock(tx.link(), person_id).await?;
    match oauth_store::user_of_person(tx.link(), person_id).await? {
        Some(User {
            is_blocked: true, ..
        }) => Err(SignUpError::UserBlocked),
        Some(user) => {
            oauth_store::prove_tax_id(tx.link(), user.id, drfo, now).await?;
            Ok(user.id)
        }
        None => {
            let id = app.random.uuid();
            oauth_store::add_user(tx.link(), id, person_id, Some(drfo), true, now).await?;
            Ok(id)
        }
    }
}

async fn is_the_same(
    tx: &mut Tx,
    app: &App,
    known: &Known,
    person: &Person,
) -> Result<(), SignUpError> {
    let people = &app.config.people;
    let threshold = Score::threshold(people.match_score)
        .ok_or_else(|| SignUpError::Internal("the match score is out of range".to_owned()))?;
    let traits = store::traits(tx.link(), known, &people.search_document_types).await?;
    if score(&traits, &person.traits(&people.search_document_types)).is_above(threshold) {
        Ok(())
    } else {
        Err(SignUpError::NotUnique)
    }
}

/// Whether one more person may be reached by each phone (§8.4): asked again where the method is made, one registration
/// with a phone after another.
async fn check_phones(
    tx: &mut Tx,
    app: &App,
    person: &Person,
    now: DateTime<Utc>,
) -> Result<(), SignUpError> {
    for (at, method) in person.authentication_methods.iter().enumerate() {
        if let Some(phone_number) = &method.phone_number {
            one_phone_at_a_time(tx, phone_number).await?;
            let others = store::methods_with_phone(tx.link(), phone_number, None, now).await?;
            let limit = app.config.people.phone_number_auth_limit;
            person_rules::check_phone_limit(at, others, limit)?;
        }
    }
    Ok(())
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
