//! The transaction of a person's own sign-up: the person, the evidence and the user (§5.4 steps 4–6), or a record that comes
//! home (authority §6).

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    Author, IdentifiedPatient, RegistrationOutcome, SingleUseProofs, create_person, insert_id,
    keep_evidence, patient_name, person_json, use_up,
};
use crate::{
    db::{Link, Tx},
    oauth::{
        store::{self as oauth_store, User},
        token::Subject,
    },
    person::{
        locks::{one_at_a_time, one_phone_at_a_time},
        origin::Origin,
        registration::Person,
        rules as person_rules,
        store::{self, RegisteredPerson},
    },
    random::Draw,
    sign_up::{
        error::SignUpError,
        own_prepared::{CheckedOwnContent, PreparedOwnRegistration, phone_number_of},
        rules::check_person,
        search::{SubmittedNumbers, find_matching},
        signers::{self, Signer, SignerRecords},
    },
    standing::home::{self, Arrival},
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
    prepared: PreparedOwnRegistration,
    now: DateTime<Utc>,
) -> Result<RegistrationOutcome, SignUpError> {
    // First of all: what is asked below was perhaps changed by the one who is waited for.
    one_at_a_time(tx, &prepared.content.person, None).await?;
    let once = SingleUseProofs {
        session: prepared.session.as_ref(),
        nonce: prepared.nonce.as_ref(),
        signed: &prepared.checked.signed,
    };
    use_up(tx, &once, now).await?;
    let PreparedOwnRegistration {
        checked,
        content,
        text,
        ..
    } = prepared;
    let who = who(tx, app, &checked, &content.person, now).await?;
    let person_id = who.person_id;
    keep_evidence(tx, &checked.signed, &text, person_id, now).await?;
    let person = match &who.known {
        Some(known) => person_json(tx, known.id).await?,
        None => {
            let mut json = checked.json;
            let person = json.get_mut("person").map(serde_json::Value::take);
            let mut person = person.unwrap_or_default();
            insert_id(&mut person, person_id);
            person
        }
    };
    let name = who.known.as_ref().map(RegisteredPerson::full_name);
    let identified = IdentifiedPatient {
        subject: Subject {
            user_id: who.user_id,
            applicant: None,
        },
        person_id,
        tax_id: Some(checked.drfo),
        patient_name: name.unwrap_or_else(|| patient_name(&content.person)),
        confidant_name: None,
        has_ended_others: who.has_ended_others,
    };
    Ok(RegistrationOutcome { person, identified })
}

/// Whoever registered themselves.
struct OwnRegistrant {
    person_id: Uuid,
    user_id: Uuid,
    /// Their record, where there was one.
    known: Option<RegisteredPerson>,
    has_ended_others: bool,
}

/// The registered person who signs, and their user: by the number in the certificate, else by the data.
///
/// # Errors
/// 401 of §5.4 steps 4, 5.
pub(in crate::sign_up) async fn find(
    mut link: Link<'_>,
    app: &App,
    checked: &CheckedOwnContent,
    person: &Person,
    now: DateTime<Utc>,
) -> Result<Option<Signer>, SignUpError> {
    let people = &app.config.people;
    let proven = signers::certificate_proof(&checked.drfo, &checked.signed.signer.name);
    let signer = signers::find(link.reborrow(), people, &proven, SignerRecords::All, now).await?;
    if signer.is_some() {
        return Ok(signer);
    }
    let known = find_matching(link, people, person, SubmittedNumbers::Signed(proven), now).await?;
    match known {
        Some(known) if !known.is_current() => Err(SignUpError::PersonNotFound),
        known => Ok(known.map(|known| Signer { known, user: None })),
    }
}

/// The person and their user, found or made.
async fn who(
    tx: &mut Tx,
    app: &App,
    checked: &CheckedOwnContent,
    person: &Person,
    now: DateTime<Utc>,
) -> Result<OwnRegistrant, SignUpError> {
    let signer = find(tx.link(), app, checked, person, now).await?;
    let known_id = signer.as_ref().map(|signer| signer.known.id);
    let Some(Signer { known, user }) = signer else {
        check_phones(tx, app, person, known_id, now).await?;
        let user_id = app.random.uuid();
        let author = Author {
            user_id,
            origin: Origin::Own,
            confidant_id: None,
        };
        let person_id = create_person(tx, app, person, &checked.json, author, now).await?;
        let number = Some(checked.drfo.as_str());
        oauth_store::add_user(tx.link(), user_id, person_id, number, now).await?;
        return Ok(OwnRegistrant {
            person_id,
            user_id,
            known: None,
            has_ended_others: false,
        });
    };
    let people = &app.config.people;
    check_person(&known, people, now)?;
    check_phones(tx, app, person, known_id, now).await?;
    let user_id = match user {
        Some(user) => user.id,
        None => prove_user(tx, app, known.id, &checked.drfo, now).await?,
    };
    let arrival = match phone_number_of(person) {
        Some(number) => Arrival::WithPhone {
            number,
            method_id: app.random.uuid(),
        },
        None => Arrival::BySignature,
    };
    let has_ended_others = home::come_home(tx, &known, user_id, arrival, people, now).await?;
    Ok(OwnRegistrant {
        person_id: known.id,
        user_id,
        known: Some(known),
        has_ended_others,
    })
}

/// The user of a person who signs, made if there never was one; it gets the number of their certificate (§5.4 steps 5, 6).
///
/// # Errors
/// 401 `User is blocked.` when the only one is shut out or not in use.
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
            id,
            is_active: true,
            is_blocked: false,
            ..
        }) => {
            oauth_store::prove_tax_id(tx.link(), id, drfo, now).await?;
            Ok(id)
        }
        Some(_) => Err(SignUpError::UserBlocked),
        None => {
            let id = app.random.uuid();
            oauth_store::add_user(tx.link(), id, person_id, Some(drfo), now).await?;
            Ok(id)
        }
    }
}

/// Whether one more person may be reached by each phone (§8.4), whose own methods do not count: asked again where the method is made, one registration
/// with a phone after another.
async fn check_phones(
    tx: &mut Tx,
    app: &App,
    person: &Person,
    known: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<(), SignUpError> {
    for (at, method) in person.authentication_methods.iter().enumerate() {
        if let Some(phone_number) = &method.phone_number {
            one_phone_at_a_time(tx, phone_number).await?;
            let others = store::methods_with_phone(tx.link(), phone_number, known, now).await?;
            let limit = app.config.people.phone_number_auth_limit;
            person_rules::check_phone_limit(at, others, limit)?;
        }
    }
    Ok(())
}
