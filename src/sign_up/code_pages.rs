//! The page of the code: the phone of somebody who registers themselves is theirs (§1.2 step 7).

use axum::{
    Router,
    extract::Path,
    http::Uri,
    response::Response,
    routing::{get, post},
};

use super::{
    confirm::{answer, declined_address, first_page_of, register_own},
    error::SignUpError,
    payload::{Phone, Registrant, SignUpPayload},
    signed::content_hash,
};
use crate::{
    journey::{
        code_views::Trouble,
        codes::{
            self, CodeForm, CodeOrder, CodeOrderOutcome, CodePageContext, CodePayload, Nothing,
            misread,
        },
        own_flow::OwnFlow,
        payload,
    },
    paths,
    phone::PhoneNumber,
    state::App,
    verification::{self, Aim, Closed, Completion, GivenCode},
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
        .route(paths::SIGN_UP_CODE, get(show).post(submit))
        .route(paths::SIGN_UP_CODE_RESEND, post(resend))
}

/// Whether the phone has to be proven first (§5.4 step 3).
pub(super) async fn is_needed(page: &Page, phone: &Phone) -> Result<bool, PageError> {
    if phone.is_proven {
        return Ok(false);
    }
    if page.app.config.verification.validate_all_phones {
        return Ok(true);
    }
    let number = number(phone)?;
    let mut held = page.app.db.read().await?;
    Ok(!verification::is_verified_phone(held.link(), &number).await?)
}

fn number(phone: &Phone) -> Result<PhoneNumber, PageError> {
    PhoneNumber::parse(&phone.number).map_err(|_| {
        tracing::error!("a flow whose phone gets no codes");
        PageError::internal()
    })
}

fn internal_error_page(error: &SignUpError) -> PageError {
    tracing::error!(%error, "internal error");
    PageError::internal()
}

/// The flow of a sign-up that waits for its code.
struct FlowAwaitingCode {
    own: OwnFlow,
    payload: SignUpPayload,
    phone: Phone,
    ordered: CodeOrder,
}

async fn find(page: &Page, id: &str, uri: &Uri) -> Result<FlowAwaitingCode, Stop> {
    let own = OwnFlow::find(page, id).await?;
    own.check_details(first_page_of(uri))?;
    let payload = SignUpPayload::read(&own.flow)?;
    let Registrant::Own(phone) = payload.who.clone() else {
        return Err(PageError::session_lost().into());
    };
    match phone.ordered.filter(|_| !phone.is_proven) {
        Some(ordered) => Ok(FlowAwaitingCode {
            own,
            payload,
            phone,
            ordered,
        }),
        // Nobody confirmed the details yet; or the phone is proven and only the registration is missing.
        None => Err(Stop::at(&own.flow.first_page)),
    }
}

/// Orders the first code, and leads to its page. Whoever comes back while a code is good finds the same one.
pub(super) async fn begin(page: &Page, own: &OwnFlow) -> Result<Response, Stop> {
    codes::order::<SignUpPayload>(page, own.flow.id, CodeOrderOutcome::Sent).await?;
    Ok(see_other(&paths::of_flow(paths::SIGN_UP_CODE, own.flow.id)))
}

impl CodePayload for SignUpPayload {
    fn last_order(&mut self) -> Option<&mut Option<CodeOrder>> {
        match &mut self.who {
            Registrant::Own(phone) => Some(&mut phone.ordered),
            Registrant::Confidant { .. } => None,
        }
    }

    fn number(&self) -> Result<PhoneNumber, PageError> {
        match &self.who {
            Registrant::Own(phone) => number(phone),
            Registrant::Confidant { .. } => Err(PageError::session_lost()),
        }
    }

    fn content_hash(&self) -> Result<Option<String>, PageError> {
        let hash =
            content_hash(&self.signed_content).map_err(|error| internal_error_page(&error))?;
        Ok(Some(hash))
    }
}

impl FlowAwaitingCode {
    fn place(&self) -> CodePageContext {
        let id = self.own.flow.id;
        CodePageContext {
            number: self.phone.number.clone(),
            ordered: self.ordered,
            back: self.own.flow.first_page.clone(),
            action: paths::of_flow(paths::SIGN_UP_CODE, id),
            resend: paths::of_flow(paths::SIGN_UP_CODE_RESEND, id),
            leave: declined_address(&self.own),
            step: None,
        }
    }
}

async fn show(page: Page, Path(id): Path<String>, uri: Uri) -> Result<Response, Stop> {
    let waiting = find(&page, &id, &uri).await?;
    Ok(waiting.place().first_response(&page, &waiting.own)?)
}

async fn resend(
    page: Page,
    Path(id): Path<String>,
    uri: Uri,
    form: Guarded<Nothing>,
) -> Result<Response, Stop> {
    let (Nothing {}, _) = form.open();
    let waiting = find(&page, &id, &uri).await?;
    codes::order::<SignUpPayload>(&page, waiting.own.flow.id, CodeOrderOutcome::SentAgain).await?;
    Ok(see_other(&waiting.place().action))
}

async fn submit(
    page: Page,
    Path(id): Path<String>,
    uri: Uri,
    form: Guarded<CodeForm>,
) -> Result<Response, Stop> {
    let (CodeForm { code }, _) = form.open();
    let waiting = find(&page, &id, &uri).await?;
    let (place, own) = (waiting.place(), &waiting.own);
    let again = |trouble, typed: &str| Ok(place.again(&page, own, trouble, typed)?);
    if let Some(trouble) = misread(&code, page.app.config.verification.code_digits) {
        return again(trouble, &code);
    }
    match complete(&page, &waiting, &code, uri.path()).await? {
        Completion::Verified(_) => register_proven_phone(&page, waiting).await,
        Completion::InvalidCode { left } if left > 0 => again(Trouble::Wrong { left }, ""),
        Completion::InvalidCode { .. } | Completion::Expired(_) => again(Trouble::Expired, ""),
        Completion::MaxAttempts(Closed::Attempts) => Err(place.too_many(&page, own).into()),
        Completion::MaxAttempts(Closed::Used | Closed::Canceled) | Completion::NotFound => {
            // The same code twice at the same moment: the first one has the answer.
            find(&page, &id, &uri).await?;
            again(Trouble::Used, "")
        }
    }
}

/// What comes of the code, which is for the text that was signed; none is tried where too many were, with a link to `again`.
async fn complete(
    page: &Page,
    waiting: &FlowAwaitingCode,
    code: &str,
    again: &str,
) -> Result<Completion, PageError> {
    let (app, now) = (&page.app, page.now);
    let phone = number(&waiting.phone)?;
    if let Err(seconds) = verification::admit(app, &phone, now).await? {
        let code = "code_too_often";
        return Err(codes::too_often(&waiting.own, code, now, seconds, again));
    }
    let hash = content_hash(&waiting.payload.signed_content);
    let hash = hash.map_err(|error| internal_error_page(&error))?;
    let given = GivenCode::from_text(code);
    Ok(verification::complete(app, &phone, given, Aim::Content(&hash), now).await?)
}

/// The phone is proven, whatever comes of the registration.
async fn register_proven_phone(page: &Page, waiting: FlowAwaitingCode) -> Result<Response, Stop> {
    let FlowAwaitingCode {
        own, mut payload, ..
    } = waiting;
    let prove = |payload: &mut SignUpPayload| {
        if let Registrant::Own(phone) = &mut payload.who {
            phone.is_proven = true;
        }
        Ok(())
    };
    payload::change(&page.app, own.flow.id, prove).await?;
    prove(&mut payload)?;
    let registered = register_own(page, &own, &payload).await;
    answer(page, own, registered)
}
