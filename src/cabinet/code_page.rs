//! The last step of a registration in the cabinet: the code from a message, and what it sets going.

use std::{net::IpAddr, time::Duration};

use axum::{
    Router,
    extract::Path,
    response::Response,
    routing::{get, post},
};
use chrono::{DateTime, Utc};
use tracing::Instrument;

use super::{
    error::{CabinetError, NotProven},
    here::{CabinetPayload, FlowAtStep, find},
    password::StoredPassword,
    refused::answer_refusal,
    registration::{
        NewPassword, RegistrationSource, note_refusal, prepare, register, take_code, user_request,
    },
    rules::Application,
};
use crate::{
    journey::{
        code_views::{LastStep, Trouble},
        codes::{
            self, CodeForm, CodeOrder, CodeOrderOutcome, CodePageContext, JUST_NOW, Nothing,
            misread,
        },
        flow::{self, FlowId, Stage},
        payload::{self, ConsentPayload},
    },
    oauth::grants::LoginTokenFor,
    paths,
    person::store::full_name,
    state::App,
    verification::GivenCode,
    web::{
        browser::Guarded,
        error::PageError,
        page::{Page, see_other},
        stop::Stop,
    },
};

/// The routes.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(paths::CABINET_CODE, get(show).post(submit))
        .route(paths::CABINET_CODE_RESEND, post(resend))
}

/// A flow that waits for its code.
struct FlowAwaitingCode {
    here: FlowAtStep,
    application: Application,
    ordered: CodeOrder,
}

async fn find_waiting(page: &Page, id: &str) -> Result<FlowAwaitingCode, Stop> {
    let here = find(page, id).await?;
    let next = here.payload.next();
    let Some(ordered) = here.payload.ordered.filter(|_| next == paths::CABINET_CODE) else {
        let next = match next {
            paths::CABINET_CODE => paths::CABINET_PASSWORD,
            next => next,
        };
        return Err(Stop::at(&here.address(next)));
    };
    let request = here.live_request(page).await?;
    match here.application(&page.app, request, page.now) {
        Ok(application) => Ok(FlowAwaitingCode {
            here,
            application,
            ordered,
        }),
        Err(error) => Err(match answer_refusal(page, here, error).await {
            Ok(answer) => Stop::Go(Box::new(answer)),
            Err(stop) => stop,
        }),
    }
}

impl FlowAwaitingCode {
    fn place(&self) -> CodePageContext {
        CodePageContext {
            number: self.application.phone.as_str().to_owned(),
            ordered: self.ordered,
            back: self.here.address(paths::CABINET_PASSWORD),
            action: self.here.address(paths::CABINET_CODE),
            resend: self.here.address(paths::CABINET_CODE_RESEND),
            leave: self.here.address(paths::CABINET_LEAVE),
            step: Some(LastStep {
                number: 4,
                expires_at: self.here.own.flow.expires_at,
                change: self.here.address(paths::CABINET_CONTACTS),
            }),
        }
    }

    fn again(&self, page: &Page, trouble: Trouble, typed: &str) -> Result<Response, Stop> {
        Ok(self.place().again(page, &self.here.own, trouble, typed)?)
    }
}

async fn show(page: Page, Path(id): Path<String>) -> Result<Response, Stop> {
    let waiting = find_waiting(&page, &id).await?;
    Ok(waiting.place().first_response(&page, &waiting.here.own)?)
}

async fn resend(
    page: Page,
    Path(id): Path<String>,
    form: Guarded<Nothing>,
) -> Result<Response, Stop> {
    let (Nothing {}, _) = form.open();
    let waiting = find_waiting(&page, &id).await?;
    codes::order::<CabinetPayload>(&page, waiting.here.id(), CodeOrderOutcome::SentAgain).await?;
    Ok(see_other(&waiting.here.address(paths::CABINET_CODE)))
}

async fn submit(
    page: Page,
    Path(id): Path<String>,
    form: Guarded<CodeForm>,
) -> Result<Response, Stop> {
    let (CodeForm { code }, _) = form.open();
    let found = find_waiting(&page, &id).await?;
    let digits = page.app.config.verification.code_digits;
    if let Some(trouble) = misread(&code, digits) {
        return found.again(&page, trouble, &code);
    }
    if !take_turn(&page, found.here.id()).await? {
        // It was pressed twice: the first press has the answer.
        let found = find_waiting(&page, &id).await?;
        return Ok(see_other(&found.here.address(paths::CABINET_CODE)));
    }
    let (found, finished) = finish_apart(&page, found, GivenCode::from_text(&code)).await?;
    match finished {
        Ok(()) => Ok(see_other(&found.here.own.accept_address())),
        Err(error) => not_finished(&page, &id, found, error).await,
    }
}

/// A browser that does not wait for the answer (a second press) leaves no used code without its registration behind.
async fn finish_apart(
    page: &Page,
    found: FlowAwaitingCode,
    code: GivenCode,
) -> Result<(FlowAwaitingCode, Result<(), CabinetError>), PageError> {
    let (app, now, from) = (page.app.clone(), page.now, page.client_address);
    let work = async move {
        let finished = finish(&app, &found, code, from, now).await;
        if finished.is_err() {
            end_turn(&app, found.here.id()).await?;
        }
        Ok((found, finished))
    };
    let done = tokio::spawn(work.in_current_span()).await;
    done.map_err(|_| PageError::internal())?
}

async fn not_finished(
    page: &Page,
    id: &str,
    found: FlowAwaitingCode,
    error: CabinetError,
) -> Result<Response, Stop> {
    let request_id = found.here.payload.user_request_id;
    let from = page.client_address;
    note_refusal(&page.app, request_id, &error, from, page.now).await;
    let own = &found.here.own;
    match error {
        CabinetError::Code(NotProven::Wrong { left }) => {
            found.again(page, Trouble::Wrong { left }, "")
        }
        CabinetError::Code(NotProven::Expired) => found.again(page, Trouble::Expired, ""),
        CabinetError::Code(NotProven::TooMany) => Err(found.place().too_many(page, own).into()),
        CabinetError::Code(NotProven::TooOften { retry_after })
        | CabinetError::TooOften { retry_after } => {
            let again = found.here.address(paths::CABINET_CODE);
            let code = "code_too_often";
            Err(codes::too_often(own, code, page.now, retry_after, &again).into())
        }
        CabinetError::Code(NotProven::Gone) | CabinetError::RequestGone => {
            // Used somewhere else, perhaps for this registration.
            find_waiting(page, id).await?.again(page, Trouble::Used, "")
        }
        error => answer_refusal(page, found.here, error).await,
    }
}

/// How often, and after what pause, somebody looks whose turn it is not: two seconds.
const LOOKS: usize = 40;
const PAUSE: Duration = Duration::from_millis(50);

/// Waits until nobody else tries a code of the flow, and says that this request does: a code is used up before the
/// registration is made, and a second press in between is not told that the code is no good. False when the flow moved on.
async fn take_turn(page: &Page, id: FlowId) -> Result<bool, PageError> {
    for look in 0..=LOOKS {
        let is_mine = payload::change(&page.app, id, |kept: &mut CabinetPayload| {
            let is_taken = kept.tried_at.is_some_and(|at| page.now < at + JUST_NOW);
            // Whoever took it may have broken off.
            let is_mine = !is_taken || look == LOOKS;
            if is_mine {
                kept.tried_at = Some(page.now);
            }
            Ok(is_mine)
        });
        match is_mine.await? {
            None => return Ok(false),
            Some(true) => return Ok(true),
            Some(false) => tokio::time::sleep(PAUSE).await,
        }
    }
    Ok(true)
}

async fn end_turn(app: &App, id: FlowId) -> Result<(), PageError> {
    let end = |kept: &mut CabinetPayload| {
        kept.tried_at = None;
        Ok(())
    };
    payload::change(app, id, end).await?;
    Ok(())
}

/// The same registration as the JSON route's, and the flow moves on with it: both or neither.
async fn finish(
    app: &App,
    found: &FlowAwaitingCode,
    code: GivenCode,
    client_address: Option<IpAddr>,
    now: DateTime<Utc>,
) -> Result<(), CabinetError> {
    let here = &found.here;
    let request = user_request(app, here.payload.user_request_id, now).await?;
    let application = here.application(app, request, now)?;
    let kept = here.payload.password.clone().unwrap_or_default();
    let kept = NewPassword::Kept(StoredPassword::from_phc_string(kept));
    let kept = prepare(app, &application, kept, now).await?;
    take_code(app, &application.phone, code, now).await?;
    let mut tx = app.db.begin().await?;
    let stage = flow::find_locked(tx.link(), here.id())
        .await
        .map_err(|_| CabinetError::Internal("a flow cannot be read"))?
        .map(|flow| flow.stage);
    if stage != Some(Stage::Details) {
        return Err(CabinetError::RequestGone);
    }
    let from = RegistrationSource {
        whose: LoginTokenFor::Page,
        client_address,
    };
    let registered = register(&mut tx, app, application, &kept, from, now).await?;
    let person = &registered.person;
    let name = full_name(
        &person.last_name,
        &person.first_name,
        person.second_name.as_deref(),
    );
    let next = Stage::Accept {
        token_id: registered.token.token.id,
    };
    let expires_at = registered.token.token.expires_at;
    let kept = ConsentPayload::new(&name, None, registered.has_ended_others).to_value();
    flow::advance(tx.link(), &here.own.flow, next, &kept, expires_at).await?;
    tx.commit().await?;
    tracing::info!(user_request_id = %here.payload.user_request_id, "registered in the cabinet");
    Ok(())
}
