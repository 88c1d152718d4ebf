//! Who confirms a request, and how (person requests 3.6, 6): the rules that only the registry can answer.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    current::CurrentMethod,
    error::RequestError,
    members::{mask_number, object},
    rules::{NA, OFFLINE, OTP, Setting, THIRD_PERSON},
    store::{self, AuthenticationMethodCounts},
    versions::Version,
    wanted::PersonRequestBody,
};
use crate::{
    db::Link,
    person::{
        age::kyiv_midnight,
        methods::{Method, default, with_methods},
        registration::AuthenticationMethod,
        rules::check_phone_limit,
        store::{self as person_store, RegisteredPerson},
    },
};

const THIRD_PERSON_OF_BODY: &str = "$.person.authentication_methods.[0].value";
const CONFIDANT_OF_BODY: &str = "$.person.confidant_person.person_id";
const AUTHORIZE_WITH: &str = "$.authorize_with";

/// Who confirms.
#[derive(Debug)]
pub(super) struct Confirmation {
    pub(super) current: CurrentMethod,
    /// The types of the third person's documents, where copies of those are asked for.
    pub(super) third_person_documents: Vec<String>,
    /// The person of the registry who stands for the one of the request.
    pub(super) confidant: Option<RegisteredPerson>,
}

impl From<CurrentMethod> for Confirmation {
    fn from(current: CurrentMethod) -> Self {
        Self {
            current,
            third_person_documents: Vec::new(),
            confidant: None,
        }
    }
}

/// Who confirms that somebody is registered (§3.3 rows 17 and 18, §6.2 to 6.5). `facts` are those of the body's method.
///
/// # Errors
/// The first rule that is broken.
pub(super) async fn of_new(
    link: Link<'_>,
    wanted: &PersonRequestBody,
    facts: &AuthenticationMethodCounts,
    setting: &Setting<'_>,
    now: DateTime<Utc>,
) -> Result<Confirmation, RequestError> {
    let Some(method) = wanted.method() else {
        return Err(RequestError::Methods);
    };
    match method.kind.as_str() {
        OTP => own_phone(method, facts, setting),
        THIRD_PERSON => through(link, method, facts, setting, now).await,
        // The schema allows no other.
        _ => Ok(CurrentMethod::Offline.into()),
    }
}

fn own_phone(
    method: &AuthenticationMethod,
    facts: &AuthenticationMethodCounts,
    setting: &Setting<'_>,
) -> Result<Confirmation, RequestError> {
    let number = method.phone_number.clone().unwrap_or_default();
    if !facts.is_phone_verified {
        return Err(RequestError::Unverified);
    }
    if setting.requests.counts_phones {
        check_phone_limit(0, facts.phones, setting.people.phone_number_auth_limit)?;
    }
    Ok(CurrentMethod::Otp { number }.into())
}

async fn through(
    link: Link<'_>,
    method: &AuthenticationMethod,
    facts: &AuthenticationMethodCounts,
    setting: &Setting<'_>,
    now: DateTime<Utc>,
) -> Result<Confirmation, RequestError> {
    let entry = THIRD_PERSON_OF_BODY;
    let id = method.value.ok_or(RequestError::PersonUnknown(entry))?;
    let confirmation = third_person(link, id, method.alias.clone(), entry, setting, now).await?;
    let limits = setting.requests;
    if facts.wards >= limits.third_person_limit {
        return Err(RequestError::ThirdPersonLimit(limits.third_person_limit));
    }
    // Somebody new has none yet.
    if limits.person_with_third_person_limit == 0 {
        return Err(RequestError::ThirdPersons);
    }
    Ok(confirmation)
}

/// Who confirms through themselves for somebody else (§6.4 rows 2 to 6).
async fn third_person(
    mut link: Link<'_>,
    id: Uuid,
    alias: Option<String>,
    entry: &'static str,
    setting: &Setting<'_>,
    now: DateTime<Utc>,
) -> Result<Confirmation, RequestError> {
    let found = with_methods(link.reborrow(), id).await?;
    let (person, methods) = found.ok_or(RequestError::PersonUnknown(entry))?;
    if !person.is_current() {
        return Err(RequestError::ThirdPersonInactive(entry));
    }
    if setting.is_child(person.birth_date) {
        return Err(RequestError::TooYoung(entry.to_owned()));
    }
    let in_use: Vec<_> = methods
        .iter()
        .filter(|method| method.is_in_use(now))
        .collect();
    let mut by_code = in_use.iter().filter(|method| method.kind == OTP);
    let number = by_code.find_map(|method| method.code_number());
    let mut third_person_documents = Vec::new();
    if number.is_none() {
        if in_use.iter().all(|method| method.kind != OFFLINE) {
            return Err(RequestError::ThirdPersonWithoutMethod(entry));
        }
        if !setting.requests.third_person_offline {
            return Err(RequestError::ThirdPersonOffline(entry));
        }
        let documents = person_store::document_numbers(link, id).await?;
        third_person_documents = documents.into_iter().map(|(kind, _)| kind).collect();
    }
    Ok(Confirmation {
        current: CurrentMethod::ThirdPerson {
            person_id: id,
            alias,
            number,
        },
        third_person_documents,
        confidant: None,
    })
}

/// The person of the registry who is to stand for somebody, if they may (§3.3 row 10, §5.9).
///
/// # Errors
/// The first rule that is broken.
pub(super) async fn confidant(
    link: Link<'_>,
    id: Uuid,
    setting: &Setting<'_>,
) -> Result<RegisteredPerson, RequestError> {
    let today = kyiv_midnight(setting.today);
    let found = person_store::known_with_otp(link, id, today).await?;
    let (person, has_otp_method) = found
        .filter(|(person, _)| person.is_current())
        .ok_or(RequestError::PersonUnknown(CONFIDANT_OF_BODY))?;
    if setting.is_child(person.birth_date) {
        return Err(RequestError::TooYoung(CONFIDANT_OF_BODY.to_owned()));
    }
    let status = person.verification();
    let forbidden = &setting.people.confidant_forbidden_statuses;
    if forbidden
        .iter()
        .any(|forbidden| forbidden == status.as_str())
    {
        return Err(RequestError::ConfidantStatus(status));
    }
    if !has_otp_method {
        return Err(RequestError::ConfidantWithoutOtp);
    }
    Ok(person)
}

/// Who confirms a change (§3.6 u2 to u11, §3.10).
///
/// # Errors
/// The first rule that is broken.
pub(super) async fn of_change(
    mut link: Link<'_>,
    wanted: &PersonRequestBody,
    person_id: Uuid,
    setting: &Setting<'_>,
    now: DateTime<Utc>,
) -> Result<Confirmation, RequestError> {
    let found = with_methods(link.reborrow(), person_id).await?;
    let (person, methods) = found.ok_or(RequestError::PersonUnknown("$.person.id"))?;
    if !person.is_current() {
        return Err(RequestError::PersonInactive);
    }
    let method = match wanted.authorize_with {
        Some(id) => match methods.iter().find(|method| method.id == id) {
            Some(method) => method,
            None => return Err(foreign_or_unknown(link, id).await?),
        },
        None => default(&methods, now).ok_or(RequestError::MethodUndetermined)?,
    };
    if method.kind == NA {
        return Err(RequestError::MethodUndetermined);
    }
    if !method.is_in_use(now) {
        return Err(RequestError::MethodInactive);
    }
    if wanted.version == Version::V2
        && method.kind != THIRD_PERSON
        && is_ward(link.reborrow(), wanted, &person, setting, now).await?
    {
        return Err(RequestError::ConfidantMustAuthorize);
    }
    match method.kind.as_str() {
        THIRD_PERSON => {
            let entry = AUTHORIZE_WITH;
            let id = method.value.ok_or(RequestError::PersonUnknown(entry))?;
            third_person(link, id, method.alias.clone(), entry, setting, now).await
        }
        OFFLINE => Ok(CurrentMethod::Offline.into()),
        _ => match method.code_number() {
            Some(number) => Ok(CurrentMethod::Otp { number }.into()),
            None => Err(RequestError::MethodUndetermined),
        },
    }
}

async fn foreign_or_unknown(link: Link<'_>, id: Uuid) -> sqlx::Result<RequestError> {
    Ok(if store::method_exists(link, id).await? {
        RequestError::MethodForeign
    } else {
        RequestError::MethodUnknown
    })
}

/// Whether somebody must act through a confidant: by age, as the registry knows it or as it would be changed, or because
/// there is one (§3.10).
async fn is_ward(
    link: Link<'_>,
    wanted: &PersonRequestBody,
    person: &RegisteredPerson,
    setting: &Setting<'_>,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let is_too_young = |birth_date| setting.needs_confidant(&wanted.person, birth_date);
    Ok(is_too_young(person.birth_date)
        || is_too_young(wanted.person.birth_date)
        || person_store::has_confidant(link, person.id, now).await?)
}

/// The methods of a person as callers see them (decisions §3): the default one first, those in use only.
pub(super) fn authentication_method_json(
    method: &Method,
    third_person: Option<&(RegisteredPerson, Option<String>)>,
    own: bool,
) -> Value {
    let number = |number: &str| {
        if own {
            number.to_owned()
        } else {
            mask_number(number)
        }
    };
    let confidant = third_person.map(|(person, phone)| {
        let phones: Vec<_> = phone
            .iter()
            .map(|phone| json!({ "type": "MOBILE", "number": mask_number(phone) }))
            .collect();
        json!({ "id": person.id, "name": initials(person), "phones": phones })
    });
    object([
        ("id", Some(json!(method.id))),
        ("type", Some(json!(method.kind))),
        (
            "phone_number",
            method
                .phone_number
                .as_deref()
                .map(|text| number(text).into()),
        ),
        ("value", method.value.map(|id| json!(id))),
        ("alias", method.alias.as_deref().map(Value::from)),
        ("is_active", Some(json!(method.is_active))),
        ("is_primary", Some(json!(method.is_primary))),
        ("started_at", Some(json!(time(method.started_at)))),
        (
            "ended_at",
            Some(method.ended_at.map_or(Value::Null, |at| json!(time(at)))),
        ),
        ("person_id", Some(json!(method.person_id))),
        ("inserted_at", Some(json!(time(method.inserted_at)))),
        ("updated_at", Some(json!(time(method.updated_at)))),
        ("confidant_person", confidant),
    ])
}

/// A moment as answers write it.
pub(super) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

/// `Петров А.А.`
fn initials(person: &RegisteredPerson) -> String {
    let mut name = format!("{} ", person.last_name);
    let given = [Some(&person.first_name), person.second_name.as_ref()];
    for initial in given
        .into_iter()
        .flatten()
        .filter_map(|name| name.chars().next())
    {
        name.push(initial);
        name.push('.');
    }
    name
}

/// What of the registry a body's method asks for: the phone that is counted, the person whose wards are.
pub(super) fn phone_and_third_person(wanted: &PersonRequestBody) -> (Option<&str>, Option<Uuid>) {
    match wanted.method() {
        Some(method) => (
            method
                .phone_number
                .as_deref()
                .filter(|_| method.kind == OTP),
            method.value.filter(|_| method.kind == THIRD_PERSON),
        ),
        None => (None, None),
    }
}
