//! A request is made (person requests 3).

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    current::CurrentMethod,
    error::RequestError,
    links,
    methods::{self, Confirmation},
    printout,
    rules::{self, Setting},
    store::{self, New},
    versions::Version,
    view,
    wanted::{Confidants, PersonRequestBody},
};
use crate::{
    api::Answer,
    oauth::{bearer::Staff, store::LegalEntity},
    person::age::kyiv_day,
    phone::PhoneNumber,
    random::Draw,
    state::App,
    verification::{Actor, Initialize, Verification, initialize},
};

/// How often a request is tried to be stored while others about the same person come at the same moment.
const TRIES: usize = 8;

/// Who may make requests: a legal entity and an employee (§3.3 rows 3 and 4).
///
/// # Errors
/// 409 for what is missing.
pub(super) fn institution(staff: &Staff) -> Result<(&LegalEntity, Uuid), RequestError> {
    let legal_entity = staff
        .legal_entity
        .as_ref()
        .filter(|entity| rules::registers(&entity.kind))
        .ok_or(RequestError::LegalEntityType)?;
    let employee_id = staff.employee_id.ok_or(RequestError::EmployeeType)?;
    Ok((legal_entity, employee_id))
}

/// The rules as they hold now.
pub(super) fn setting(app: &App, now: DateTime<Utc>) -> Setting<'_> {
    Setting {
        people: &app.config.people,
        requests: &app.config.person_requests,
        today: kyiv_day(now),
    }
}

/// Makes a request of `body`.
///
/// # Errors
/// The first rule of §3.3 that is broken.
pub(super) async fn create(
    app: &App,
    staff: &Staff,
    version: Version,
    body: Map<String, Value>,
    now: DateTime<Utc>,
) -> Result<Answer, RequestError> {
    let (legal_entity, employee_id) = institution(staff)?;
    let dictionaries = app.dictionaries();
    let wanted = PersonRequestBody::read(version, body, &dictionaries)?;
    let setting = setting(app, now);
    let confirmation = confirmation(app, &wanted, &setting, now).await?;
    let current = &confirmation.current;
    let documents = links::types(
        &wanted,
        current,
        &confirmation.third_person_documents,
        &setting,
    );
    let id = app.random.uuid();
    let urgent = view::urgent(app, id, current, &documents, now)?;
    let confidant = confirmation.confidant.as_ref();
    let printout = printout::form(&wanted, current, confidant, legal_entity, &dictionaries)
        .map_err(|error| RequestError::Internal(error.to_string()))?;
    if let Some(number) = current.number() {
        send_code(app, staff, id, number, now).await?;
    }
    let new = New {
        id,
        version,
        legal_entity_id: legal_entity.id,
        employee_id,
        person_id: wanted.person_id,
        person: &wanted.person,
        body: &wanted.body,
        current,
        authorize_with: wanted.authorize_with,
        documents: &documents,
        printout: &printout,
        inserted_by: staff.user.id,
    };
    add(app, &new, now).await?;
    let data = view::new_request_data(id, &wanted.body, wanted.authorize_with);
    Ok(Answer::created_resource(data).urgent(urgent))
}

/// Every rule after the schema, and who confirms the request (§3.3 rows 7 to 18, §3.9).
async fn confirmation(
    app: &App,
    wanted: &PersonRequestBody,
    setting: &Setting<'_>,
    now: DateTime<Utc>,
) -> Result<Confirmation, RequestError> {
    if let Some(person_id) = wanted.person_id {
        let confirmation = {
            let mut held = app.db.read().await?;
            methods::of_change(held.link(), wanted, person_id, setting, now).await?
        };
        rules::check_ages(wanted, setting)?;
        rules::check_data(wanted, setting)?;
        return Ok(confirmation);
    }
    rules::check_ages(wanted, setting)?;
    let confidant = match &wanted.confidants {
        Confidants::Registered(confidant) => {
            let mut held = app.db.read().await?;
            let confidant = methods::confidant(held.link(), confidant.person_id, setting);
            Some(confidant.await?)
        }
        Confidants::None | Confidants::Described(_) => None,
    };
    rules::check_data(wanted, setting)?;
    let mut held = app.db.read().await?;
    let asked = methods::phone_and_third_person(wanted);
    let is_adult = setting.is_adult(wanted.person.birth_date);
    let person = &wanted.person;
    let (facts, namesakes) = store::facts(held.link(), person, asked, is_adult, now).await?;
    let confirmation = methods::of_new(held.link(), wanted, &facts, setting, now).await?;
    rules::check_certificate_digits(&wanted.person, setting)?;
    let is_child = setting.is_child(wanted.person.birth_date);
    if namesakes
        .iter()
        .any(|namesake| namesake.is(&wanted.person, is_child))
    {
        return Err(RequestError::Exists);
    }
    Ok(Confirmation {
        confidant,
        ..confirmation
    })
}

/// Sends the code by which a request is confirmed: it is good for this request only.
///
/// # Errors
/// When codes were sent too often, or the gateway refuses.
pub(super) async fn send_code(
    app: &App,
    staff: &Staff,
    request_id: Uuid,
    number: &str,
    now: DateTime<Utc>,
) -> Result<Verification, RequestError> {
    let phone = PhoneNumber::parse(number)
        .map_err(|_| RequestError::Internal("a stored number gets no codes".to_owned()))?;
    let wanted = Initialize {
        phone: &phone,
        provider: None,
        content_hash: Some(&bound_to(request_id)),
        actor: Some(Actor {
            user_id: staff.user.id,
            client_id: staff.token.client_id,
        }),
    };
    Ok(initialize(app, &wanted, now).await?)
}

/// What binds a code to its request.
pub(super) fn bound_to(request_id: Uuid) -> String {
    request_id.simple().to_string()
}

/// Stores a request. Somebody who asks for the same person at the same moment is waited for, and cancelled.
async fn add(app: &App, new: &New<'_>, now: DateTime<Utc>) -> Result<(), RequestError> {
    let overdue = now - app.config.person_requests.expiration;
    for _ in 0..TRIES {
        if store::add(&app.db, new, overdue, now).await? {
            return Ok(());
        }
    }
    Err(RequestError::Busy)
}

impl CurrentMethod {
    /// The number that gets codes, when there is one.
    pub(super) fn phone(&self) -> Result<Option<PhoneNumber>, RequestError> {
        self.number()
            .map(|number| {
                PhoneNumber::parse(number)
                    .map_err(|_| RequestError::Internal("a stored number gets no codes".to_owned()))
            })
            .transpose()
    }
}
