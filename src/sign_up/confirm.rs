//! How details are confirmed: the registration, and where it leads.

use axum::{
    http::{StatusCode, Uri},
    response::{IntoResponse, Response},
};
use uuid::Uuid;

use super::{
    arrived::EntryRefusal,
    confidant::{self, SCOPE},
    error::SignUpError,
    own,
    payload::SignUpPayload,
    registration::{self, RegistrationOutcome, issue_token},
    signed::SignedContent,
    views::{Details, DetailsPage},
};
use crate::{
    db::Tx,
    journey::{
        flow::{self, Stage},
        own_flow::OwnFlow,
        payload::ConsentPayload,
    },
    oauth::{bearer::bearer_again, grants::LoginTokenFor},
    web::{
        error::{CompleteAnswer, PageError},
        page::{Page, see_other},
        stop::Stop,
    },
};

/// The address of the first page, where that of a page below it is asked for.
pub(super) fn first_page_of(uri: &Uri) -> &str {
    let path = uri.path();
    ["/declined", "/code/resend", "/code"]
        .into_iter()
        .find_map(|page| path.strip_suffix(page))
        .unwrap_or(path)
}

pub(super) fn details_page(page: &Page, own: &OwnFlow) -> Result<DetailsPage, PageError> {
    let payload = SignUpPayload::read(&own.flow)?;
    let path = own.flow.first_page.clone();
    let csrf = own.browser.csrf(&page.app.keys, &path)?;
    let dictionaries = page.app.dictionaries();
    let details = Details {
        person: &payload.person,
        patient_signed: payload.patient_signed,
        process_disclosure_data_consent: payload.process_disclosure_data_consent,
        client_name: &own.client.name,
        expires_at: own.flow.expires_at,
        kind: payload.kind(),
        known: payload
            .is_known
            .then(|| payload.registered_as(page.now, &page.app)),
        dictionaries: &dictionaries,
    };
    Ok(DetailsPage::new(page.layout(), &details, path, csrf))
}

/// The address for somebody who does not confirm.
pub(super) fn declined_address(own: &OwnFlow) -> String {
    format!("{}/declined", own.flow.first_page)
}

/// Where a confirmation leads: on to the consent, or to what is wrong.
pub(super) fn answer(
    page: &Page,
    own: OwnFlow,
    registered: Result<(), SignUpError>,
) -> Result<Response, Stop> {
    let error = match registered {
        Ok(()) => return Ok(see_other(&own.accept_address())),
        Err(error) => error,
    };
    let refusing = EntryRefusal {
        entry: SignUpPayload::read(&own.flow)?.entry(),
        app: &page.app,
        words: page.locale.words(),
        back: own.back(),
    };
    let refusal = refusing.refusal(error)?;
    if !refusal.is_about_data() {
        return Ok(refusal.without_data().into_response());
    }
    // The same page again, with what is wrong: nothing has ended.
    let view = details_page(page, &own)?.with_refusal(refusal.wrongs, refusal.return_to);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, CompleteAnswer, view).into_response())
}

/// The same registration as `POST /api/pis/confidant/sign-up_registration`. Of two confirms at the same moment the
/// second waits for the flow, and goes where the first one went.
pub(super) async fn register(
    page: &Page,
    own: &OwnFlow,
    payload: &SignUpPayload,
    bearer_token_id: Uuid,
) -> Result<(), SignUpError> {
    let (app, now) = (&page.app, page.now);
    let bearer = {
        let mut held = app.db.read().await?;
        let people = &app.config.people;
        bearer_again(held.link(), people, bearer_token_id, Some(SCOPE), now).await?
    };
    let content = SignedContent {
        text: payload.signed_content.as_str().into(),
    };
    let prepared = confidant::prepare(app, &bearer, content, &payload.session_token, now).await?;
    let mut tx = app.db.begin().await?;
    if !is_here(&mut tx, own).await? {
        return Ok(());
    }
    let (tx, registered) = registration::register(tx, app, prepared, now).await?;
    advance(page, own, tx, &registered).await
}

/// The same registration as `POST /api/pis/register`, once the phone is proven.
pub(super) async fn register_own(
    page: &Page,
    own: &OwnFlow,
    payload: &SignUpPayload,
) -> Result<(), SignUpError> {
    let (app, now) = (&page.app, page.now);
    let content = SignedContent {
        text: payload.signed_content.as_str().into(),
    };
    let prepared = own::prepare(app, content, &payload.session_token, now).await?;
    let mut tx = app.db.begin().await?;
    if !is_here(&mut tx, own).await? {
        return Ok(());
    }
    let registered = registration::own::register(&mut tx, app, prepared, now).await?;
    advance(page, own, tx, &registered).await
}

/// Whether the flow still waits for its registration. It is locked from now on.
async fn is_here(tx: &mut Tx, own: &OwnFlow) -> Result<bool, SignUpError> {
    let flow = flow::find_locked(tx.link(), own.flow.id).await?;
    Ok(flow.is_some_and(|flow| flow.stage == Stage::Details))
}

/// Gives the pages the token that approves the client, moves the flow on, and commits.
async fn advance(
    page: &Page,
    own: &OwnFlow,
    mut tx: Tx,
    registered: &RegistrationOutcome,
) -> Result<(), SignUpError> {
    let (app, identified) = (&page.app, &registered.identified);
    let (client_id, whose) = (own.flow.client_id, LoginTokenFor::Page);
    let issued = issue_token(&mut tx, app, identified, client_id, whose, page.now).await?;
    let kept = ConsentPayload::new(
        &identified.patient_name,
        identified.confidant_name.as_deref(),
        identified.has_ended_others,
    )
    .to_value();
    let next = Stage::Accept {
        token_id: issued.token.id,
    };
    // The consent has as much time as the details had.
    let expires_at = page.now + app.config.lives.registration;
    flow::advance(tx.link(), &own.flow, next, &kept, expires_at).await?;
    tx.commit().await?;
    Ok(())
}
