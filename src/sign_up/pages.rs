//! The pages of a sign-up: the details, for the one who registers themselves and for a confidant.
//!
//! ```text
//!  details ──confirm──▶ registered ──▶ consent          of a patient, by a confidant
//!  details ──confirm──▶ code ──▶ registered ──▶ consent  of oneself; without a code where the phone was proven before
//! ```

use axum::{
    extract::Path,
    http::{StatusCode, Uri},
    response::{IntoResponse, Response},
};

use super::{
    code_pages,
    confirm::{answer, declined_address, details_page, first_page_of, register, register_own},
    payload::{Registrant, SignUpPayload},
    views::DeclinedPage,
};
use crate::{
    journey::{self, own_flow::OwnFlow},
    web::{
        browser::Guarded,
        error::PageError,
        page::{Decided, Decision, Page, see_other},
        stop::Stop,
    },
};

pub(super) async fn details(
    page: Page,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Response, Stop> {
    let mut own = OwnFlow::find(&page, &id).await?;
    let taken_over = own.taken_over.take();
    own.check_details(first_page_of(&uri))?;
    let view = details_page(&page, &own)?;
    // An error of the confirmation goes to the client where it is told to.
    let ends_at = page.app.config.redirect_errors.then(|| own.form_ends_at());
    Ok((taken_over, ends_at, view).into_response())
}

pub(super) async fn decide(
    page: Page,
    Path(id): Path<String>,
    uri: Uri,
    form: Guarded<Decided>,
) -> Result<Response, Stop> {
    let (Decided { decision }, _) = form.open();
    let own = OwnFlow::find(&page, &id).await?;
    own.check_details(first_page_of(&uri))?;
    match decision {
        Decision::Confirm => confirm(&page, own).await,
        Decision::Decline => Ok(see_other(&declined_address(&own))),
        Decision::Leave => Err(PageError::of_status(StatusCode::BAD_REQUEST).into()),
    }
}

async fn confirm(page: &Page, own: OwnFlow) -> Result<Response, Stop> {
    let payload = SignUpPayload::read(&own.flow)?;
    let registered = match &payload.who {
        Registrant::Own(phone) if code_pages::is_needed(page, phone).await? => {
            return code_pages::begin(page, &own).await;
        }
        Registrant::Own(_) => register_own(page, &own, &payload).await,
        Registrant::Confidant { bearer_token_id } => {
            register(page, &own, &payload, *bearer_token_id).await
        }
    };
    answer(page, own, registered)
}

pub(super) async fn show_declined(
    page: Page,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Response, Stop> {
    let own = OwnFlow::find(&page, &id).await?;
    own.check_details(first_page_of(&uri))?;
    let path = declined_address(&own);
    let view = DeclinedPage {
        layout: page.layout(),
        client_name: own.client.name.clone(),
        back: own.flow.first_page.clone(),
        csrf: own.browser.csrf(&page.app.keys, &path)?,
        action: path,
    };
    Ok((own.form_ends_at(), view).into_response())
}

pub(super) async fn leave(
    page: Page,
    Path(id): Path<String>,
    uri: Uri,
    form: Guarded<Decided>,
) -> Result<Response, Stop> {
    let (Decided { decision }, _) = form.open();
    let own = OwnFlow::find(&page, &id).await?;
    if own.flow.first_page != first_page_of(&uri) {
        return Err(PageError::session_lost().into());
    }
    let why = "The user did not confirm the details.";
    journey::leave::leave(&page, &own, decision, why).await
}
