//! The page of the code: the phone of somebody who registers themselves is theirs (§1.2 step 7).

use axum::{
    Router,
    extract::Path,
    http::Uri,
    response::Response,
    routing::{get, post},
};

use super::{
    error::SignUpError,
    pages::{Payload, Phone, Who, answer, declined_address, first_page_of, register_own},
    signed::content_hash,
};
use crate::{
    consent::pages::OwnFlow,
    journey::{
        code_views::Trouble,
        codes::{self, CodeForm, News, Nothing, Ordered, Orders, Place, misread},
    },
    paths,
    phone::PhoneNumber,
    state::App,
    verification::{self, Aim, Closed, Completion, GivenCode},
    web::{
        browser::Guarded,
        error::PageError,
        page::{Page, see_other},
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

fn broken(error: &SignUpError) -> PageError {
    tracing::error!(%error, "internal error");
    PageError::internal()
}

/// The flow of a sign-up that waits for its code.
struct Waiting {
    own: OwnFlow,
    payload: Payload,
    phone: Phone,
    ordered: Ordered,
}

/// What a request finds.
enum Found {
    /// A flow that waits for its code.
    Waiting(Box<Waiting>),
    /// Another place to go to.
    Elsewhere(Response),
}

async fn find(page: &Page, id: &str, uri: &Uri) -> Result<Found, PageError> {
    let own = OwnFlow::find(page, id).await?;
    if let Some(answer) = own.elsewhere(first_page_of(uri)) {
        return answer.map(Found::Elsewhere);
    }
    let payload = Payload::read(&own.flow)?;
    let Who::Own(phone) = payload.who.clone() else {
        return Err(PageError::session_lost());
    };
    match phone.ordered.filter(|_| !phone.is_proven) {
        Some(ordered) => Ok(Found::Waiting(Box::new(Waiting {
            own,
            payload,
            phone,
            ordered,
        }))),
        // Nobody confirmed the details yet; or the phone is proven and only the registration is missing.
        None => Ok(Found::Elsewhere(see_other(&own.flow.first_page))),
    }
}

/// Orders the first code, and leads to its page. Whoever comes back while a code is good finds the same one.
pub(super) async fn begin(page: &Page, own: &OwnFlow) -> Result<Response, PageError> {
    codes::order::<Payload>(page, own.flow.id, News::Sent).await?;
    Ok(see_other(&paths::of_flow(paths::SIGN_UP_CODE, own.flow.id)))
}

impl Orders for Payload {
    fn ordered(&mut self) -> Option<&mut Option<Ordered>> {
        match &mut self.who {
            Who::Own(phone) => Some(&mut phone.ordered),
            Who::Confidant { .. } => None,
        }
    }

    fn number(&self) -> Result<PhoneNumber, PageError> {
        match &self.who {
            Who::Own(phone) => number(phone),
            Who::Confidant { .. } => Err(PageError::session_lost()),
        }
    }

    fn content_hash(&self) -> Result<Option<String>, PageError> {
        let hash = content_hash(&self.signed_content).map_err(|error| broken(&error))?;
        Ok(Some(hash))
    }
}

impl Waiting {
    fn place(&self) -> Place {
        let id = self.own.flow.id;
        Place {
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

async fn show(page: Page, Path(id): Path<String>, uri: Uri) -> Result<Response, PageError> {
    match find(&page, &id, &uri).await? {
        Found::Waiting(waiting) => waiting.place().shown(&page, &waiting.own),
        Found::Elsewhere(answer) => Ok(answer),
    }
}

async fn resend(
    page: Page,
    Path(id): Path<String>,
    uri: Uri,
    form: Guarded<Nothing>,
) -> Result<Response, PageError> {
    let (Nothing {}, _) = form.open();
    let waiting = match find(&page, &id, &uri).await? {
        Found::Waiting(waiting) => waiting,
        Found::Elsewhere(answer) => return Ok(answer),
    };
    codes::order::<Payload>(&page, waiting.own.flow.id, News::SentAgain).await?;
    Ok(see_other(&waiting.place().action))
}

async fn submit(
    page: Page,
    Path(id): Path<String>,
    uri: Uri,
    form: Guarded<CodeForm>,
) -> Result<Response, PageError> {
    let (CodeForm { code }, _) = form.open();
    let waiting = match find(&page, &id, &uri).await? {
        Found::Waiting(waiting) => waiting,
        Found::Elsewhere(answer) => return Ok(answer),
    };
    let (place, own) = (waiting.place(), &waiting.own);
    let again = |trouble, typed: &str| place.again(&page, own, trouble, typed);
    if let Some(trouble) = misread(&code, page.app.config.verification.code_digits) {
        return again(trouble, &code);
    }
    let phone = number(&waiting.phone)?;
    if let Err(seconds) = verification::admit(&page.app, &phone, page.now).await? {
        let code = "code_too_often";
        return Err(codes::too_often(own, code, page.now, seconds, uri.path()));
    }
    let hash = content_hash(&waiting.payload.signed_content).map_err(|error| broken(&error))?;
    let given = GivenCode::typed(&code);
    match verification::complete(&page.app, &phone, given, Aim::Content(&hash), page.now).await? {
        Completion::Verified(_) => proven(&page, *waiting).await,
        Completion::InvalidCode { left } if left > 0 => again(Trouble::Wrong { left }, ""),
        Completion::InvalidCode { .. } | Completion::Expired(_) => again(Trouble::Expired, ""),
        Completion::MaxAttempts(Closed::Attempts) => Err(place.too_many(&page, own)),
        Completion::MaxAttempts(Closed::Used | Closed::Canceled) | Completion::NotFound => {
            // The same code twice at the same moment: the first one has the answer.
            match find(&page, &id, &uri).await? {
                Found::Elsewhere(answer) => Ok(answer),
                Found::Waiting(_) => again(Trouble::Used, ""),
            }
        }
    }
}

/// The phone is proven, whatever comes of the registration.
async fn proven(page: &Page, waiting: Waiting) -> Result<Response, PageError> {
    let Waiting {
        own, mut payload, ..
    } = waiting;
    let prove = |payload: &mut Payload| {
        if let Who::Own(phone) = &mut payload.who {
            phone.is_proven = true;
        }
        Ok(())
    };
    codes::change(&page.app, own.flow.id, prove).await?;
    prove(&mut payload)?;
    let registered = register_own(page, &own, &payload).await;
    answer(page, own, registered)
}
