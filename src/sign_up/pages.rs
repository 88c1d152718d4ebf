//! The pages of a sign-up: the details, for the one who registers themselves and for a confidant.
//!
//! ```text
//!  details ──confirm──▶ registered ──▶ consent          of a patient, by a confidant
//!  details ──confirm──▶ code ──▶ registered ──▶ consent  of oneself; without a code where the phone was proven before
//! ```

use axum::{
    Router,
    extract::{DefaultBodyLimit, Path},
    http::{StatusCode, Uri},
    middleware::from_fn_with_state,
    response::{IntoResponse, Response},
    routing::get,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{
    code_pages,
    confidant::{self, SCOPE},
    entrance::{Arrived, Back, by_form, by_link},
    entry::Entry,
    error::SignUpError,
    own,
    registration::{self, Registered, issue_token},
    signed::SignedContent,
    views::{DeclinedPage, Details, DetailsPage, KnownAs},
};
use crate::{
    consent::pages::{OwnFlow, end_declined, names},
    db::{Held, Tx},
    details::Kind as DetailsKind,
    http::request::large_body,
    journey::{
        codes::{self, Ordered},
        flow::{self, Flow, Stage},
    },
    limits,
    oauth::{
        bearer::{bearer, bearer_again},
        error::OAuthError,
        grants::LoginTokenFor,
    },
    paths,
    person::age::is_adult,
    secrets::Plain,
    signed_content::repair_url,
    state::App,
    web::{
        browser::Guarded,
        error::{Drawn, PageError},
        page::{Decided, Decision, Page, see_other},
    },
};

/// The routes.
pub fn routes(app: &App) -> Router<App> {
    let mut entries = Router::new();
    for path in paths::ENTRIES {
        entries = entries.route(path, get(by_link).post(by_form));
    }
    entries
        .layer(DefaultBodyLimit::max(limits::SIGNED_BODY))
        .layer(from_fn_with_state(app.clone(), large_body))
        .route(paths::CONFIDANT_SIGN_UP_FLOW, get(details).post(decide))
        .route(paths::CONFIDANT_SIGN_UP_DECLINED, get(declined).post(leave))
        .route(paths::SIGN_UP_FLOW, get(details).post(decide))
        .route(paths::SIGN_UP_DECLINED, get(declined).post(leave))
        .merge(code_pages::routes())
}

/// What a sign-up keeps from the entry to the confirmation.
#[derive(Serialize, Deserialize)]
pub(super) struct Payload {
    pub signed_content: String,
    session_token: String,
    person: Value,
    patient_signed: bool,
    process_disclosure_data_consent: bool,
    /// Whether the patient is registered already, as far as whoever looks may know.
    #[serde(default)]
    is_known: bool,
    pub who: Who,
}

/// Who registers whom.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Who {
    /// A confidant, with this access token.
    Confidant {
        /// The id of the token.
        bearer_token_id: Uuid,
    },
    /// A person themselves.
    Own(Phone),
}

/// The phone of somebody who registers themselves, and how far it is proven.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Phone {
    /// The number.
    pub number: String,
    /// Whether the right code was given.
    pub is_proven: bool,
    /// The code that was ordered.
    pub ordered: Option<Ordered>,
}

impl Payload {
    pub fn read(flow: &Flow) -> Result<Self, PageError> {
        codes::read(flow)
    }

    pub fn write(&self) -> Result<Value, SignUpError> {
        serde_json::to_value(self).map_err(|error| SignUpError::Internal(error.to_string()))
    }

    fn kind(&self) -> DetailsKind {
        match self.who {
            Who::Confidant { .. } => DetailsKind::Confidant,
            Who::Own(_) => DetailsKind::Own,
        }
    }

    /// What is said of a patient who is registered already.
    fn known(&self, now: DateTime<Utc>, app: &App) -> KnownAs {
        let birth_date = self.person.get("birth_date").and_then(Value::as_str);
        let birth_date = birth_date.and_then(|text| text.parse().ok());
        let age = app.config.people.full_legal_capacity_age;
        match (&self.who, birth_date) {
            (Who::Own(_), _) => KnownAs::Oneself,
            (Who::Confidant { .. }, Some(birth_date)) if is_adult(birth_date, age, now) => {
                KnownAs::Patient
            }
            (Who::Confidant { .. }, _) => KnownAs::Child,
        }
    }

    fn entry(&self) -> Entry {
        match self.who {
            Who::Confidant { .. } => Entry::ConfidantSignUp,
            Who::Own(_) => Entry::SignUp,
        }
    }
}

/// The same check as `POST /api/pis/confidant/sign-up_validation`, and a flow that begins.
pub(super) async fn begin_confidant(
    arrived: &Arrived<'_>,
    mut held: Held,
) -> Result<String, SignUpError> {
    let (app, now) = (&arrived.page.app, arrived.now());
    let token = Plain::from(arrived.token);
    let people = &app.config.people;
    let bearer = bearer(held.link(), people, Some(&token), Some(SCOPE), now).await?;
    // What was signed for one client is brought by that client (authority §7).
    if bearer.token.client_id != arrived.client.id {
        return Err(OAuthError::InvalidAccessToken.into());
    }
    // What follows computes: the connection is for others meanwhile.
    drop(held);
    let text = repair_url(arrived.user_data);
    let content = SignedContent::repaired(text.clone());
    let validated = confidant::validate(app, &bearer, &content, now).await?;
    let payload = Payload {
        is_known: confidant::is_known_ward(app, &validated, now).await?,
        signed_content: text,
        session_token: validated.session_token,
        person: validated.person,
        patient_signed: validated.content.patient_signed,
        process_disclosure_data_consent: validated.content.process_disclosure_data_consent,
        who: Who::Confidant {
            bearer_token_id: bearer.token.id,
        },
    };
    begin(arrived, &payload, paths::CONFIDANT_SIGN_UP_FLOW).await
}

/// The same check as `POST /api/pis/sign-up_validation`, and a flow that begins.
pub(super) async fn begin_own(arrived: &Arrived<'_>) -> Result<String, SignUpError> {
    let text = repair_url(arrived.user_data);
    let content = SignedContent::repaired(text.clone());
    let (app, client_id) = (&arrived.page.app, Some(arrived.client.id));
    let validated = own::validate(app, &content, client_id, arrived.now()).await?;
    let number = own::phone_number(&validated.content).unwrap_or_default();
    let payload = Payload {
        is_known: validated.is_known,
        signed_content: text,
        session_token: validated.session_token,
        patient_signed: validated.content.patient_signed,
        process_disclosure_data_consent: validated.content.process_disclosure_data_consent,
        who: Who::Own(Phone {
            number: number.to_owned(),
            is_proven: false,
            ordered: None,
        }),
        person: validated.person,
    };
    begin(arrived, &payload, paths::SIGN_UP_FLOW).await
}

async fn begin(
    arrived: &Arrived<'_>,
    payload: &Payload,
    first_page: &'static str,
) -> Result<String, SignUpError> {
    let flow = arrived.flow(Stage::Details, payload.write()?, |id| {
        paths::of_flow(first_page, id)
    });
    let mut held = arrived.page.app.db.write().await?;
    flow::begin(held.link(), &flow).await?;
    Ok(flow.first_page)
}

/// The address of the first page, where that of a page below it is asked for.
pub(super) fn first_page_of(uri: &Uri) -> &str {
    let path = uri.path();
    ["/declined", "/code/resend", "/code"]
        .into_iter()
        .find_map(|page| path.strip_suffix(page))
        .unwrap_or(path)
}

async fn details(page: Page, Path(id): Path<String>, uri: Uri) -> Result<Response, PageError> {
    let mut own = OwnFlow::find(&page, &id).await?;
    let taken_over = own.taken_over.take();
    if let Some(answer) = own.elsewhere(first_page_of(&uri)) {
        return answer;
    }
    let view = details_page(&page, &own)?;
    // An error of the confirmation goes to the client where it is told to.
    let ends_at = page.app.config.redirect_errors.then(|| own.form_ends_at());
    Ok((taken_over, ends_at, view).into_response())
}

fn details_page(page: &Page, own: &OwnFlow) -> Result<DetailsPage, PageError> {
    let payload = Payload::read(&own.flow)?;
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
        known: payload.is_known.then(|| payload.known(page.now, &page.app)),
        dictionaries: &dictionaries,
    };
    Ok(DetailsPage::new(page.layout(), &details, path, csrf))
}

async fn decide(
    page: Page,
    Path(id): Path<String>,
    uri: Uri,
    form: Guarded<Decided>,
) -> Result<Response, PageError> {
    let (Decided { decision }, _) = form.open();
    let own = OwnFlow::find(&page, &id).await?;
    if let Some(answer) = own.elsewhere(first_page_of(&uri)) {
        return answer;
    }
    match decision {
        Decision::Confirm => confirm(&page, own).await,
        Decision::Decline => Ok(see_other(&declined_address(&own))),
        Decision::Leave => Err(PageError::of_status(StatusCode::BAD_REQUEST)),
    }
}

/// The address for somebody who does not confirm.
pub(super) fn declined_address(own: &OwnFlow) -> String {
    format!("{}/declined", own.flow.first_page)
}

async fn confirm(page: &Page, own: OwnFlow) -> Result<Response, PageError> {
    let payload = Payload::read(&own.flow)?;
    let registered = match &payload.who {
        Who::Own(phone) if code_pages::is_needed(page, phone).await? => {
            return code_pages::begin(page, &own).await;
        }
        Who::Own(_) => register_own(page, &own, &payload).await,
        Who::Confidant { bearer_token_id } => {
            register(page, &own, &payload, *bearer_token_id).await
        }
    };
    answer(page, own, registered)
}

/// Where a confirmation leads: on to the consent, or to what is wrong.
pub(super) fn answer(
    page: &Page,
    own: OwnFlow,
    registered: Result<(), SignUpError>,
) -> Result<Response, PageError> {
    let error = match registered {
        Ok(()) => return Ok(see_other(&own.accept_address())),
        Err(error) => error,
    };
    let back = Back {
        entry: Payload::read(&own.flow)?.entry(),
        app: &page.app,
        words: page.locale.words(),
        client: &own.client,
        redirect_uri: &own.flow.redirect_uri,
        state: own.flow.state.as_deref(),
    };
    let refusal = match back.refusal(error) {
        Ok(refusal) => refusal,
        Err(refused) => return Ok(refused.into_response()),
    };
    if !refusal.is_about_data() {
        return Ok(refusal.without_data().into_response());
    }
    // The same page again, with what is wrong: nothing has ended.
    let view = details_page(page, &own)?.refused(refusal.wrongs, refusal.return_to);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Drawn, view).into_response())
}

/// The same registration as `POST /api/pis/confidant/sign-up_registration`. Of two confirms at the same moment the
/// second waits for the flow, and goes where the first one went.
async fn register(
    page: &Page,
    own: &OwnFlow,
    payload: &Payload,
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
    payload: &Payload,
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
    registered: &Registered,
) -> Result<(), SignUpError> {
    let (app, identified) = (&page.app, &registered.identified);
    let (client_id, whose) = (own.flow.client_id, LoginTokenFor::Page);
    let issued = issue_token(&mut tx, app, identified, client_id, whose, page.now).await?;
    let kept = names(
        &identified.patient_name,
        identified.confidant_name.as_deref(),
        identified.has_ended_others,
    );
    let next = Stage::Accept {
        token_id: issued.token.id,
    };
    // The consent has as much time as the details had.
    let expires_at = page.now + app.config.lives.registration;
    flow::advance(tx.link(), &own.flow, next, &kept, expires_at).await?;
    tx.commit().await?;
    Ok(())
}

async fn declined(page: Page, Path(id): Path<String>, uri: Uri) -> Result<Response, PageError> {
    let own = OwnFlow::find(&page, &id).await?;
    if let Some(answer) = own.elsewhere(first_page_of(&uri)) {
        return answer;
    }
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

async fn leave(
    page: Page,
    Path(id): Path<String>,
    uri: Uri,
    form: Guarded<Decided>,
) -> Result<Response, PageError> {
    let (Decided { decision }, _) = form.open();
    let own = OwnFlow::find(&page, &id).await?;
    if own.flow.first_page != first_page_of(&uri) {
        return Err(PageError::session_lost());
    }
    let why = "The user did not confirm the details.";
    match (own.flow.stage, decision) {
        (Stage::Details, Decision::Leave) => end_declined(&page, &own, why).await,
        (Stage::Declined, Decision::Leave) => Ok(see_other(&own.flow.declined_address(why))),
        (Stage::Accept { .. }, _) => Ok(see_other(&own.accept_address())),
        (Stage::Accepted { .. }, _) => Err(own.finished()),
        _ => Err(PageError::of_status(StatusCode::BAD_REQUEST)),
    }
}
