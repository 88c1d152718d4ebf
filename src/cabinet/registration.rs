//! The registration itself: what the JSON route and the pages share.
//!
//! ```text
//!  JWT ──▶ proof of identity, its calls counted ──▶ form, password, rules, identity (rules.rs) ──▶ Application
//!                                                                                                     │
//!      one transaction ◀── code taken, whatever comes of it ◀── account, person, phone looked at ◀── password worked out
//! ```
//!
//! Harmless checks come first, so that nobody loses a code to a typing error. What was looked at before the code is looked at
//! again in the transaction, when nobody else registers the same tax number, birthday or phone.
//!
//! Source: cabinet §3.6.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    error::{CabinetError, NotProven},
    password::{self, StoredPassword},
    rules::{self, Application, Plan, RegistrationFacts, UserRequest},
    store::{self, NewAccount, Outcome, RegistrantSearch},
};
use crate::{
    db::{Link, Tx},
    limits,
    oauth::{
        grants::{AUTHORIZE_SCOPE, Issued, LoginTokenFor},
        jwt::{self, Audience, JwtRefusal, UserRequestToken},
        scope::Scopes,
        store as oauth_store,
        token::{Subject, Token, TokenName},
    },
    person::{
        locks::{one_at_a_time, one_phone_at_a_time},
        origin::Origin,
        registration::Person,
        signer::ProvenIdentity,
        store::{self as person_store, NewPerson, RegisteredPerson},
    },
    phone::PhoneNumber,
    random::Draw,
    secrets::Plain,
    standing::home::{self, Arrival},
    state::App,
    verification::{self, Aim, Closed, Completion, GivenCode},
};

/// Who registers people that have no account yet (cabinet §3.6.1).
const SYSTEM_USER: Uuid = Uuid::from_u128(0x4261_eacf_8008_4e62_899f_de1e_2f70_65f0);

/// The proof of identity that a JWT stands for (rows 1, 2).
///
/// # Errors
/// 401 for what is wrong with it.
pub fn open_jwt(
    app: &App,
    bearer: Option<&Plain>,
    now: DateTime<Utc>,
) -> Result<Uuid, CabinetError> {
    const AUDIENCES: [Audience; 1] = [Audience::CabinetRegistration];
    let text = bearer.map_or("", |bearer| bearer.expose());
    jwt::audience(app.keys.jwt(), &AUDIENCES, text, now).map_err(|refused| match refused {
        JwtRefusal::Expired => CabinetError::JwtExpired,
        JwtRefusal::Invalid | JwtRefusal::Audience => CabinetError::JwtInvalid,
    })?;
    jwt::check::<UserRequestToken>(app.keys.jwt(), &AUDIENCES, text, now)
        .map(|claims| claims.more.user_request_id)
        .map_err(|_| CabinetError::JwtClaim)
}

/// The JWT of a proof of identity.
///
/// # Errors
/// When OpenSSL fails.
pub fn issue_jwt(
    keys: &crate::secrets::Keys,
    random: &dyn crate::random::Random,
    id: Uuid,
    life: chrono::TimeDelta,
    now: DateTime<Utc>,
) -> Result<String, CabinetError> {
    let more = UserRequestToken {
        user_request_id: id,
    };
    let (audience, jti) = (Audience::CabinetRegistration, random.uuid());
    jwt::issue(keys.jwt(), audience, jti, id, more, now, life)
        .map_err(|_| CabinetError::Internal("a JWT could not be made"))
}

/// The proof of identity of that id, good now; the call is counted (row 3).
///
/// # Errors
/// 409 when it is gone, 429 when it was tried too often.
pub async fn user_request(
    app: &App,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<UserRequest, CabinetError> {
    let counted = {
        let mut held = app.db.write().await?;
        store::count_call(held.link(), id, now).await?
    };
    let (request, calls, began_at) = counted.ok_or(CabinetError::RequestGone)?;
    if !request.is_live(now) {
        return Err(CabinetError::RequestGone);
    }
    match rules::wait(calls, began_at, limits::CABINET_CALLS, now) {
        Some(retry_after) => Err(CabinetError::TooOften { retry_after }),
        None => Ok(request),
    }
}

/// A password that an account is to have.
pub enum NewPassword {
    /// As it was typed: it is worked out, and compared with those before.
    Typed(SecretString),
    /// Both was done when it was typed, on an earlier page.
    Kept(StoredPassword),
}

/// Looks at what is stored, and compares a password with those before (rows 13 to 16). A password is worked out and compared
/// whatever is found: the time is the same whoever is known.
///
/// # Errors
/// The first row that refuses.
pub async fn prepare(
    app: &App,
    application: &Application,
    password: NewPassword,
    now: DateTime<Utc>,
) -> Result<StoredPassword, CabinetError> {
    let (typed, kept) = match password {
        NewPassword::Typed(typed) => {
            let kept = password::keep(app, &typed).await?;
            (Some(typed), kept)
        }
        NewPassword::Kept(kept) => (None, kept),
    };
    let looked = {
        let mut held = app.db.read().await?;
        match look(held.link(), app, application, now).await {
            Ok((_, plan)) => Ok(store::passwords(held.link(), plan.user_id).await?),
            Err(error) => Err(error),
        }
    };
    let (known, refused) = match looked {
        Ok(known) => (known, None),
        Err(error) => (Vec::new(), Some(error)),
    };
    let is_used = match &typed {
        Some(typed) => password::is_known(app, typed, known).await?,
        None => false,
    };
    match refused {
        Some(error) => Err(error),
        None if is_used => Err(CabinetError::PasswordUsed),
        None => Ok(kept),
    }
}

async fn look(
    link: Link<'_>,
    app: &App,
    application: &Application,
    now: DateTime<Utc>,
) -> Result<(RegistrationFacts, Plan), CabinetError> {
    let proven = ProvenIdentity {
        number: &application.request.tax_id,
        surname: Some(&application.request.last_name),
        given_name: Some(&application.request.first_name),
    };
    let no_self_auth_age = app.config.people.no_self_auth_age;
    let is_theirs = |known: &RegisteredPerson| {
        if known.version_origin.is_claimed() {
            proven.owns_claimed(known, no_self_auth_age, now)
        } else {
            proven.has_a_name(known)
        }
    };
    let who = RegistrantSearch {
        is_theirs: &is_theirs,
        tax_id: &application.request.tax_id,
        birth_date: application.person.birth_date,
        email: &application.email,
        email_is_proven: application.request.email.is_some(),
        phone: &application.phone,
    };
    let facts = store::facts(link, &who, now).await?;
    let plan = rules::plan(&facts, app.config.people.phone_number_auth_limit)?;
    Ok((facts, plan))
}

/// Takes the code (row 17). The attempt counts, whatever comes of the registration.
///
/// # Errors
/// Anything but a right code in time.
pub async fn take_code(
    app: &App,
    phone: &PhoneNumber,
    code: GivenCode,
    now: DateTime<Utc>,
) -> Result<(), CabinetError> {
    if let Err(retry_after) = verification::admit(app, phone, now).await? {
        return Err(CabinetError::Code(NotProven::TooOften { retry_after }));
    }
    let why = match verification::complete(app, phone, code, Aim::Number, now).await? {
        Completion::Verified(_) => return Ok(()),
        Completion::Expired(_) | Completion::InvalidCode { left: 0 } => NotProven::Expired,
        Completion::InvalidCode { left } => NotProven::Wrong { left },
        Completion::MaxAttempts(Closed::Attempts) => NotProven::TooMany,
        Completion::MaxAttempts(Closed::Used | Closed::Canceled) | Completion::NotFound => {
            NotProven::Gone
        }
    };
    Err(CabinetError::Code(why))
}

/// A person with an account.
pub struct RegisteredAccount {
    /// The person as they were registered.
    pub person: Person,
    /// The same as it was sent.
    pub patient: Map<String, Value>,
    /// Their id.
    pub person_id: Uuid,
    /// The account.
    pub user_id: Uuid,
    /// The second factor.
    pub phone: PhoneNumber,
    /// The token that opens the consent.
    pub token: Issued,
    /// Whether the access of others ended because the person came themselves.
    pub has_ended_others: bool,
}

/// Where a registration came from.
#[derive(Debug, Clone, Copy)]
pub struct RegistrationSource {
    /// Whether the token goes to a program or stays here.
    pub whose: LoginTokenFor,
    /// The address of the caller, as far as it is known.
    pub client_address: Option<IpAddr>,
}

/// Registers the person: person, account, factor, role and token, all of them or none (row 18). The caller commits; the
/// proof of identity is used up by the commit.
///
/// # Errors
/// 409 when the proof was used meanwhile, and what rows 13 to 15 say now.
pub async fn register(
    tx: &mut Tx,
    app: &App,
    application: Application,
    password: &StoredPassword,
    from: RegistrationSource,
    now: DateTime<Utc>,
) -> Result<RegisteredAccount, CabinetError> {
    // First of all: what is asked below was perhaps changed by the one who is waited for.
    one_at_a_time(tx, &application.person, None).await?;
    one_phone_at_a_time(tx, application.phone.as_str()).await?;
    if !store::consume(tx.link(), application.request.id, now).await? {
        return Err(CabinetError::RequestGone);
    }
    let (facts, plan) = look(tx.link(), app, &application, now).await?;
    let known = rules::find_registered_person(&facts.alike)?;
    let Application {
        request,
        mut person,
        patient,
        phone,
        email,
    } = application;
    if let Some(known) = known {
        rules::fill(&mut person, known);
    }
    let (verification, verification_status) = rules::verification(&patient, known);
    let person_id = plan.person_id.unwrap_or_else(|| app.random.uuid());
    let new = NewPerson {
        id: person_id,
        person: &person,
        status: "active",
        is_active: true,
        verification_status,
        verification,
        inserted_by: Some(SYSTEM_USER),
        origin: Origin::Own,
        confidant_id: None,
    };
    if known.is_some() {
        person_store::keep_outgoing(tx.link(), person_id).await?;
    }
    person_store::save_person(tx.link(), &new, || app.random.uuid(), now).await?;
    person_store::save_consents(tx.link(), person_id).await?;
    let user_id = plan.user_id.unwrap_or_else(|| app.random.uuid());
    let account = NewAccount {
        id: user_id,
        tax_id: &request.tax_id,
        email: &email,
        person_id,
        password,
    };
    store::save_account(tx.link(), &account, now)
        .await
        .map_err(account_error)?;
    let (number, method_id) = (phone.as_str(), app.random.uuid());
    let has_ended_others = match known {
        Some(known) => {
            let arrival = Arrival::WithPhone { number, method_id };
            let people = &app.config.people;
            home::come_home(tx, &known.known, user_id, arrival, people, now).await?
        }
        None => {
            person_store::prove_by_code(tx.link(), method_id, person_id, number, now).await?;
            false
        }
    };
    store::remember_password(tx.link(), app.random.uuid(), user_id, password, now).await?;
    store::save_factor(tx.link(), app.random.uuid(), user_id, &phone, now).await?;
    store::save_role(tx.link(), user_id, app.config.cabinet.role_id, now).await?;
    store::end_tokens(tx.link(), user_id, now).await?;
    let token = issue(tx, app, &request, user_id, from.whose, now).await?;
    let outcome = Outcome {
        user_request_id: request.id,
        status: 201,
        reason: None,
        person_id: Some(person_id),
        user_id: Some(user_id),
        client_address: from.client_address,
    };
    store::note(tx.link(), app.random.uuid(), &outcome, now).await?;
    Ok(RegisteredAccount {
        has_ended_others,
        person,
        patient,
        person_id,
        user_id,
        phone,
        token,
    })
}

/// Another registration made an account with the same address, or for the same person, at the same moment.
fn account_error(error: sqlx::Error) -> CabinetError {
    match &error {
        sqlx::Error::Database(refused) if refused.is_unique_violation() => {
            let is_email = refused.constraint() == Some("users_email")
                || refused.message().contains("users.email");
            if is_email {
                CabinetError::EmailExists
            } else {
                CabinetError::TaxIdExists
            }
        }
        _ => error.into(),
    }
}

/// The token that opens the consent, for the client that the browser came from (cabinet §3.6.3, decisions §2).
async fn issue(
    tx: &mut Tx,
    app: &App,
    request: &UserRequest,
    user_id: Uuid,
    whose: LoginTokenFor,
    now: DateTime<Utc>,
) -> Result<Issued, CabinetError> {
    let token_life = app.config.cabinet.token_life;
    let life = match whose {
        LoginTokenFor::Caller => token_life.min(app.config.lives.login_token),
        LoginTokenFor::Page => token_life,
    };
    let token = Token {
        id: app.random.uuid(),
        name: TokenName::Access,
        subject: Subject {
            user_id,
            applicant: None,
        },
        client_id: request.client_id,
        approval_id: None,
        parent_id: None,
        scope: Scopes::parse(AUTHORIZE_SCOPE).unwrap_or_default(),
        grant_type: "password".to_owned(),
        redirect_uri: None,
        expires_at: now + life,
        used_at: None,
    };
    let value = Plain::generate(&*app.random);
    oauth_store::add_token(tx.link(), &token, &value.hash(), now).await?;
    Ok(Issued { token, value })
}

/// Writes down a refusal that is about who somebody is. That it could not be written down changes no answer.
pub async fn note_refusal(
    app: &App,
    id: Uuid,
    error: &CabinetError,
    client_address: Option<IpAddr>,
    now: DateTime<Utc>,
) {
    if !error.is_about_identity() {
        return;
    }
    let outcome = Outcome {
        user_request_id: id,
        status: 409,
        reason: Some(error.code()),
        person_id: None,
        user_id: None,
        client_address,
    };
    let noted = async {
        let mut held = app.db.write().await?;
        store::note(held.link(), app.random.uuid(), &outcome, now).await
    };
    if let Err(error) = noted.await {
        crate::http::request::database_failed(&error);
    }
}

/// The object `patient` of an answer: what the seed shows, in its order, and nothing else (cabinet §3.7).
#[must_use]
pub fn patient_json(registered: &RegisteredAccount) -> Value {
    let person = &registered.person;
    let text = |value: &Option<String>| value.as_ref().map(|text| json!(text));
    let sent = |name: &str| registered.patient.get(name).cloned();
    let phones = (!person.phones.is_empty()).then(|| json!(person.phones));
    let method = json!([{ "type": "OTP", "phone_number": registered.phone.mask() }]);
    let members = [
        ("first_name", Some(json!(person.first_name))),
        ("last_name", Some(json!(person.last_name))),
        ("second_name", text(&person.second_name)),
        ("birth_date", Some(json!(person.birth_date))),
        ("birth_country", text(&person.birth_country)),
        ("birth_settlement", text(&person.birth_settlement)),
        ("gender", text(&person.gender)),
        ("email", text(&person.email)),
        ("tax_id", text(&person.tax_id)),
        ("secret", text(&person.secret)),
        ("documents", sent("documents")),
        ("addresses", sent("addresses")),
        ("phones", phones),
        ("authentication_methods", Some(method)),
        (
            "preferred_way_communication",
            text(&person.preferred_way_communication),
        ),
        ("emergency_contact", sent("emergency_contact")),
    ];
    let there = members
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(there.collect())
}

/// Whether a password is good by itself (row 5).
///
/// # Errors
/// What is wrong with it.
pub fn check_password(app: &App, password: &SecretString) -> Result<(), CabinetError> {
    let min = app.config.cabinet.password_min_length;
    let found = password::weaknesses(password.expose_secret(), min);
    if found.is_empty() {
        Ok(())
    } else {
        Err(CabinetError::Weak(found))
    }
}
