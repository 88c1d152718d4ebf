//! The pages of a registration in the cabinet: four steps, each with an address of its own. The last is in [`code_page`].
//!
//! ```text
//!  details ──▶ contacts ──▶ password ──▶ code ──▶ registration::register ──303──▶ /accept/{flow}
//! ```
//!
//! What was typed is kept in the flow, also what is wrong with it; of the password only what the database would keep. A step
//! whose forerunners are not done leads to the first of them. A step changes its own members of what the flow keeps and no
//! others; what it found out is dropped where what it looked at was changed in another tab.

use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;

use super::{
    error::CabinetError,
    fields::{self, CONTACTS, DETAILS, FieldFault, FieldFaults, FieldTexts},
    here::{CabinetPayload, FlowAtStep, StepAnswers, find, first_page},
    password::{PasswordWeakness, StoredPassword},
    refused::answer_refusal,
    registration::{NewPassword, check_password, prepare, user_request},
    rules::{self, UserRequest},
    views::{PasswordPage, PasswordTrouble},
};
use crate::{
    journey::{
        self,
        codes::{self, CodeOrderOutcome},
        own_flow::OwnFlow,
    },
    paths,
    person::{
        age::{full_years, kyiv_day},
        registration::Person,
        rules::BrokenRule,
    },
    state::App,
    web::{
        browser::Guarded,
        error::{CompleteAnswer, PageError},
        page::{Decided, Page, see_other},
        stop::Stop,
    },
};

pub(super) async fn details(page: Page, Path(id): Path<String>) -> Result<Response, Stop> {
    let here = find(&page, &id).await?;
    Ok(here.step_page(&page, 1, &here.payload.told_of(DETAILS), false)?)
}

pub(super) async fn take_details(
    page: Page,
    Path(id): Path<String>,
    form: Guarded<FieldTexts>,
) -> Result<Response, Stop> {
    let (form, _) = form.open();
    let mut here = find(&page, &id).await?;
    here.payload.details.typed = fields::keep(DETAILS, &form);
    let request = here.live_request(&page).await?;
    let (faults, is_locked_wrong) = details_faults(&page, &here, &request);
    let is_good = faults.is_empty() && !is_locked_wrong;
    let typed = std::mem::take(&mut here.payload.details.typed);
    here.keep(&page, |kept| {
        kept.details = StepAnswers { typed, is_good };
        kept.forget(DETAILS);
    })
    .await?;
    if is_good {
        Ok(see_other(&here.address(paths::CABINET_CONTACTS)))
    } else {
        Ok(here.step_page(&page, 1, &faults, is_locked_wrong)?)
    }
}

/// What is wrong with the first step, and whether it is something that the provider told.
fn details_faults(page: &Page, here: &FlowAtStep, request: &UserRequest) -> (FieldFaults, bool) {
    let (mut faults, is_locked_wrong) = here.schema_faults(page, 1);
    if !faults.is_empty() || is_locked_wrong {
        return (faults, is_locked_wrong);
    }
    match details_fault(page, here, request) {
        Ok(fault) => {
            faults.extend(fault);
            (faults, false)
        }
        Err(error) => {
            tracing::warn!(reason = error.code(), "what the provider told is refused");
            (faults, true)
        }
    }
}

/// What the rules say of the first step alone: nothing of the address, which is asked for later.
fn details_fault(
    page: &Page,
    here: &FlowAtStep,
    request: &UserRequest,
) -> Result<Option<(&'static str, FieldFault)>, CabinetError> {
    let CabinetPayload {
        proven, details, ..
    } = &here.payload;
    let patient = fields::patient(proven, &details.typed, &FieldTexts::new());
    let person = Person::deserialize(Value::Object(patient))
        .map_err(|_| CabinetError::Internal("a patient that the schema let through"))?;
    let (limits, today) = (page.app.config.people.limits(), kyiv_day(page.now));
    match rules::check_person(&person, &limits, today) {
        Ok(()) | Err(BrokenRule::ResidenceMissing | BrokenRule::Residences(_)) => {}
        Err(broken) => {
            return match fields::of_rule(&broken) {
                Some(fault) => Ok(Some(fault)),
                None => Err(broken.into()),
            };
        }
    }
    rules::check_identity(&person, request)?;
    let is_young = full_years(person.birth_date, today) < i32::from(limits.no_self_auth_age);
    Ok(is_young.then_some(("birth_date", FieldFault::Age)))
}

pub(super) async fn contacts(page: Page, Path(id): Path<String>) -> Result<Response, Stop> {
    let here = find(&page, &id).await?;
    if !here.payload.details.is_good {
        return Err(Stop::at(&here.next()));
    }
    Ok(here.step_page(&page, 2, &here.payload.told_of(CONTACTS), false)?)
}

pub(super) async fn take_contacts(
    page: Page,
    Path(id): Path<String>,
    form: Guarded<FieldTexts>,
) -> Result<Response, Stop> {
    let (form, _) = form.open();
    let mut here = find(&page, &id).await?;
    if !here.payload.details.is_good {
        return Err(Stop::at(&here.next()));
    }
    here.payload.contacts.typed = fields::keep(CONTACTS, &form);
    let request = here.live_request(&page).await?;
    let (faults, is_locked_wrong, refusal) = contacts_faults(&page, &here, request);
    let is_good = faults.is_empty() && !is_locked_wrong && refusal.is_none();
    keep_contacts(&page, &mut here, is_good).await?;
    match refusal {
        Some(error) => answer_refusal(&page, here, error).await,
        None if is_good => Ok(see_other(&here.next())),
        None => Ok(here.step_page(&page, 2, &faults, is_locked_wrong)?),
    }
}

/// What is wrong with the second step, whether it is something that the provider told, and why nobody can be registered so.
fn contacts_faults(
    page: &Page,
    here: &FlowAtStep,
    request: UserRequest,
) -> (FieldFaults, bool, Option<CabinetError>) {
    let (mut faults, is_locked_wrong) = here.schema_faults(page, 2);
    if !faults.is_empty() || is_locked_wrong {
        return (faults, is_locked_wrong, None);
    }
    let refusal = match here.application(&page.app, request, page.now) {
        Ok(_) => None,
        Err(CabinetError::AnotherEmail) => {
            faults.insert("email", FieldFault::AnotherEmail);
            None
        }
        Err(CabinetError::ConsentMissing) => {
            faults.insert("consent", FieldFault::Missing);
            None
        }
        Err(error) => Some(error),
    };
    (faults, false, refusal)
}

async fn keep_contacts(page: &Page, here: &mut FlowAtStep, is_good: bool) -> Result<(), PageError> {
    let looked_at = here.payload.clone();
    here.keep(page, |kept| {
        let typed = looked_at.contacts.typed;
        // A code that was ordered is for the number that it went to.
        if fields::phone(&kept.contacts.typed) != fields::phone(&typed) {
            kept.ordered = None;
        }
        // It was compared with those of the account that the address led to.
        kept.password = None;
        // The whole was judged with the details.
        let is_good = is_good && kept.details == looked_at.details;
        kept.contacts = StepAnswers { typed, is_good };
        kept.forget(CONTACTS);
    })
    .await
}

fn password_page(
    page: &Page,
    here: &FlowAtStep,
    troubles: Vec<PasswordTrouble>,
) -> Result<Response, Stop> {
    let status = if troubles.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let back = Some(paths::CABINET_CONTACTS);
    let CabinetPayload {
        proven, contacts, ..
    } = &here.payload;
    let typed = || fields::text(&contacts.typed, "email");
    let email = proven.email.as_deref().or_else(typed).unwrap_or_default();
    let view = PasswordPage {
        layout: page.layout(),
        frame: here.frame(page, paths::CABINET_PASSWORD, back)?,
        email: email.to_lowercase(),
        min: page.app.config.cabinet.password_min_length,
        troubles,
    };
    Ok((status, CompleteAnswer, here.own.form_ends_at(), view).into_response())
}

pub(super) async fn password(page: Page, Path(id): Path<String>) -> Result<Response, Stop> {
    let here = find(&page, &id).await?;
    if !here.payload.contacts.is_good {
        return Err(Stop::at(&here.next()));
    }
    password_page(&page, &here, Vec::new())
}

/// Nothing of it is ever shown again, and `Debug` shows nothing.
#[derive(Deserialize)]
pub(super) struct PasswordForm {
    #[serde(default)]
    password: SecretString,
    #[serde(default)]
    password_again: SecretString,
}

pub(super) async fn take_password(
    page: Page,
    Path(id): Path<String>,
    form: Guarded<PasswordForm>,
) -> Result<Response, Stop> {
    let (form, _) = form.open();
    let here = find(&page, &id).await?;
    if !here.payload.details.is_good || !here.payload.contacts.is_good {
        return Err(Stop::at(&here.next()));
    }
    let troubles = password_troubles(&page.app, &form);
    if !troubles.is_empty() {
        return password_page(&page, &here, troubles);
    }
    match prepare_password(&page, &here, form.password).await {
        Ok(kept) => keep_password(&page, here, kept.as_str().to_owned()).await,
        Err(CabinetError::PasswordUsed) => password_page(&page, &here, vec![PasswordTrouble::Used]),
        Err(CabinetError::TooOften { retry_after }) => {
            let again = here.address(paths::CABINET_PASSWORD);
            let code = "password_too_often";
            Err(codes::too_often(&here.own, code, page.now, retry_after, &again).into())
        }
        Err(error) => answer_refusal(&page, here, error).await,
    }
}

/// It is work, and tells who is known: it is counted.
async fn prepare_password(
    page: &Page,
    here: &FlowAtStep,
    password: SecretString,
) -> Result<StoredPassword, CabinetError> {
    let (app, now, id) = (&page.app, page.now, here.payload.user_request_id);
    let application = here.application(app, user_request(app, id, now).await?, now)?;
    prepare(app, &application, NewPassword::Typed(password), now).await
}

/// Keeps the password for the answers that it was judged with, and orders the first code.
async fn keep_password(page: &Page, mut here: FlowAtStep, kept: String) -> Result<Response, Stop> {
    let looked_at = here.payload.clone();
    here.keep(page, |payload| {
        if payload.is_answered_as(&looked_at) {
            payload.password = Some(kept);
        }
    })
    .await?;
    if here.payload.next() == paths::CABINET_CODE {
        codes::order::<CabinetPayload>(page, here.id(), CodeOrderOutcome::Sent).await?;
    }
    Ok(see_other(&here.next()))
}

fn password_troubles(app: &App, form: &PasswordForm) -> Vec<PasswordTrouble> {
    use secrecy::ExposeSecret;
    if form.password.expose_secret().is_empty() {
        return vec![PasswordTrouble::Missing];
    }
    let mut troubles = match check_password(app, &form.password) {
        Err(CabinetError::Weak(found)) => found
            .into_iter()
            .map(|weak| match weak {
                PasswordWeakness::Short { min } => PasswordTrouble::Short(min),
                PasswordWeakness::Long { max } => PasswordTrouble::Long(max),
                PasswordWeakness::Simple => PasswordTrouble::Simple,
            })
            .collect(),
        _ => Vec::new(),
    };
    if form.password.expose_secret() != form.password_again.expose_secret() {
        troubles.push(PasswordTrouble::Differs);
    }
    troubles
}

pub(super) async fn leave(
    page: Page,
    Path(id): Path<String>,
    form: Guarded<Decided>,
) -> Result<Response, Stop> {
    let (Decided { decision }, _) = form.open();
    let own = OwnFlow::find(&page, &id).await?;
    if own.flow.first_page != first_page(own.flow.id) {
        return Err(PageError::session_lost().into());
    }
    let why = "The user did not register.";
    journey::leave::leave(&page, &own, decision, why).await
}
