//! Where a refused registration leads: to the step that can mend it, or to a page that says why there is none.

use axum::{http::StatusCode, response::Response};

use super::{
    error::CabinetError,
    fields::{self, DETAILS, FieldFault},
    here::{FlowAtStep, LateFault, find_end},
};
use crate::web::{
    error::PageError,
    error_page::{ErrorLine, Problem},
    page::{Page, see_other},
    stop::Stop,
};

/// Where a refusal leads: to the step that can mend it, or to a page that says why there is none.
pub(super) async fn answer_refusal(
    page: &Page,
    mut here: FlowAtStep,
    error: CabinetError,
) -> Result<Response, Stop> {
    tracing::info!(reason = error.code(), "not registered in the cabinet");
    let mended = match &error {
        CabinetError::EmailExists if here.payload.proven.email.is_none() => {
            Some(("email", FieldFault::EmailTaken))
        }
        CabinetError::PhoneLimit(_) => Some(("phone", FieldFault::PhoneTaken)),
        CabinetError::Age => Some(("birth_date", FieldFault::Age)),
        CabinetError::Data(broken) => fields::of_rule(broken),
        _ => None,
    };
    if let Some((field, fault)) = mended {
        return lead_back(page, &mut here, field, fault).await;
    }
    let own = &here.own;
    let tell = |status, problem, key: Option<&str>| {
        let text = error.to_string();
        let lines = key.map(|key| ErrorLine::new(page.locale.words().text(key)));
        let page = own.error(status, problem, error.code(), &text);
        Err(page.lines(lines.into_iter().collect()).into())
    };
    let not_completed = |key| tell(StatusCode::CONFLICT, Problem::NotCompleted, key);
    match &error {
        CabinetError::RequestGone => Err(find_end(page, &here).await),
        CabinetError::UserBlocked => tell(StatusCode::FORBIDDEN, Problem::Blocked, None),
        CabinetError::TaxIdExists => tell(StatusCode::CONFLICT, Problem::AlreadyRegistered, None),
        CabinetError::EmailExists => not_completed(Some("cabinet-fault-email-of-another")),
        CabinetError::AnotherPerson
        | CabinetError::FirstName
        | CabinetError::LastName
        | CabinetError::Data(_) => not_completed(Some("cabinet-locked-wrong")),
        CabinetError::Busy => Err(PageError::unavailable().into()),
        CabinetError::Inconsistent(_) | CabinetError::Internal(_) => {
            tracing::error!(reason = %error, "internal error");
            Err(PageError::internal().into())
        }
        CabinetError::Database(_) => match error {
            CabinetError::Database(error) => Err(error.into()),
            _ => Err(PageError::internal().into()),
        },
        _ => not_completed(None),
    }
}

/// Leads to the step of `field`, which says what is wrong; nothing after that step is good any more.
async fn lead_back(
    page: &Page,
    here: &mut FlowAtStep,
    field: &'static str,
    fault: FieldFault,
) -> Result<Response, Stop> {
    let looked_at = here.payload.clone();
    let is_of_details = fields::of_step(DETAILS).any(|known| known.name == field);
    here.keep(page, |kept| {
        if kept.is_answered_as(&looked_at) {
            let field = field.to_owned();
            kept.told = Some(LateFault { field, fault });
            if is_of_details {
                kept.details.is_good = false;
            } else {
                kept.contacts.is_good = false;
            }
        }
    })
    .await?;
    Ok(see_other(&here.next()))
}
