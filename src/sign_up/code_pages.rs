//! The page of the code: the phone of somebody who registers themselves is theirs (§1.2 step 7).
//!
//! Every order and every attempt is counted by the room of codes; what this page remembers of them, in the flow, is only
//! what it says.

use axum::{
    Router,
    extract::Path,
    http::{StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use super::{
    code_views::{CodePage, Trouble},
    error::SignUpError,
    pages::{
        News, Ordered, Payload, Phone, Who, answer, declined_address, first_page_of, register_own,
    },
    signed::content_hash,
};
use crate::{
    config::Verification,
    oauth::{
        flow::{self, Stage},
        pages::OwnFlow,
    },
    state::App,
    verification::{
        self, Aim, Closed, Completion, GivenCode, Initialize, InitializeError, PhoneNumber,
    },
    web::{
        browser::Guarded,
        error::{Drawn, PageError},
        error_page::Problem,
        page::{Page, see_other},
        paths,
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
    order(page, own, News::Sent).await?;
    Ok(see_other(&paths::of_flow(paths::SIGN_UP_CODE, own.flow.id)))
}

/// What two presses of one button may be apart to count as one.
const JUST_NOW: TimeDelta = TimeDelta::seconds(5);

/// What the flow is to say of an order of a code that is about to be made; none when there is nothing to order.
fn claim(
    ordered: Option<Ordered>,
    wanted: News,
    now: DateTime<Utc>,
    settings: &Verification,
) -> Option<Ordered> {
    let is_younger = |age: TimeDelta| {
        let sent_at = ordered.and_then(|ordered| ordered.sent_at);
        sent_at.is_some_and(|sent_at| now < sent_at + age)
    };
    let sent = Ordered {
        sent_at: Some(now),
        next_at: now + settings.sends.pause,
        news: wanted,
    };
    match ordered {
        _ if wanted == News::Sent => (!is_younger(settings.code_life)).then_some(sent),
        Some(ordered) if now < ordered.next_at => {
            let is_second_press = ordered.news == wanted && is_younger(JUST_NOW);
            (!is_second_press).then_some(Ordered {
                news: News::TooSoon,
                ..ordered
            })
        }
        _ => Some(sent),
    }
}

/// Orders a code. The flow says so first, so that of two presses at the same moment only one orders.
async fn order(page: &Page, own: &OwnFlow, wanted: News) -> Result<(), PageError> {
    let app = &page.app;
    let mut tx = app.db.begin().await?;
    let flow = flow::find_locked(tx.link(), own.flow.id).await?;
    // A flow that moved on meanwhile tells so itself.
    let Some(flow) = flow.filter(|flow| flow.stage == Stage::Details) else {
        return Ok(());
    };
    let mut payload = Payload::read(&flow)?;
    let Who::Own(phone) = &mut payload.who else {
        return Err(PageError::session_lost());
    };
    let before = phone.ordered;
    let settings = &app.config.verification;
    let Some(claimed) = claim(before, wanted, page.now, settings) else {
        return Ok(());
    };
    phone.ordered = Some(claimed);
    let number = number(phone)?;
    let kept = payload.write().map_err(|error| broken(&error))?;
    flow::keep(tx.link(), &flow, &kept).await?;
    tx.commit().await?;
    if claimed.news == News::TooSoon {
        return Ok(());
    }
    let hash = content_hash(&payload.signed_content).map_err(|error| broken(&error))?;
    let wanted = Initialize {
        phone: &number,
        provider: None,
        content_hash: Some(&hash),
        actor: None,
    };
    let failed = match verification::initialize(app, &wanted, page.now).await {
        Ok(_) => return Ok(()),
        Err(InitializeError::TooManyRequests { retry_after }) => Ordered {
            sent_at: before.and_then(|before| before.sent_at),
            next_at: after(page.now, retry_after),
            news: News::TooSoon,
        },
        Err(InitializeError::SmsNotSent) => Ordered {
            sent_at: None,
            news: News::NotSent,
            ..claimed
        },
        Err(InitializeError::Database(error)) => return Err(error.into()),
    };
    if let Who::Own(phone) = &mut payload.who {
        phone.ordered = Some(failed);
    }
    keep(page, own, &payload).await
}

async fn keep(page: &Page, own: &OwnFlow, payload: &Payload) -> Result<(), PageError> {
    let kept = payload.write().map_err(|error| broken(&error))?;
    let mut held = page.app.db.write().await?;
    // A flow that moved on meanwhile tells so itself.
    flow::keep(held.link(), &own.flow, &kept).await?;
    Ok(())
}

fn after(now: DateTime<Utc>, seconds: u64) -> DateTime<Utc> {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    TimeDelta::try_seconds(seconds)
        .and_then(|wait| now.checked_add_signed(wait))
        .unwrap_or(now)
}

async fn show(page: Page, Path(id): Path<String>, uri: Uri) -> Result<Response, PageError> {
    let waiting = match find(&page, &id, &uri).await? {
        Found::Waiting(waiting) => waiting,
        Found::Elsewhere(answer) => return Ok(answer),
    };
    let trouble = match waiting.ordered.news {
        News::TooSoon if page.now < waiting.ordered.next_at => Some(Trouble::TooSoon),
        News::NotSent => Some(Trouble::NotSent),
        _ => None,
    };
    let view = code_page(&page, &waiting, trouble, "")?;
    Ok((waiting.own.form_ends_at(), view).into_response())
}

fn code_page(
    page: &Page,
    waiting: &Waiting,
    trouble: Option<Trouble>,
    typed: &str,
) -> Result<CodePage, PageError> {
    let Waiting { own, ordered, .. } = waiting;
    let action = paths::of_flow(paths::SIGN_UP_CODE, own.flow.id);
    let resend = paths::of_flow(paths::SIGN_UP_CODE_RESEND, own.flow.id);
    let leave = declined_address(own);
    let settings = &page.app.config.verification;
    let csrf = |path: &str| own.browser.csrf(&page.app.keys, path);
    Ok(CodePage {
        client_name: own.client.name.clone(),
        number: waiting.phone.number.clone(),
        is_sent: ordered.sent_at.is_some(),
        sent_again_at: ordered
            .sent_at
            .filter(|_| ordered.news == News::SentAgain && trouble.is_none()),
        next_at: Some(ordered.next_at).filter(|next_at| *next_at > page.now),
        minutes: u32::try_from(settings.code_life.num_minutes()).unwrap_or(u32::MAX),
        digits: settings.code_digits,
        trouble,
        typed: typed.to_owned(),
        back: own.flow.first_page.clone(),
        change: None,
        csrf: csrf(&action)?,
        resend_csrf: csrf(&resend)?,
        leave_csrf: csrf(&leave)?,
        layout: page.layout(),
        action,
        resend,
        leave,
    })
}

#[derive(Deserialize)]
struct CodeForm {
    #[serde(default)]
    code: String,
}

#[derive(Deserialize)]
struct ResendForm {}

async fn resend(
    page: Page,
    Path(id): Path<String>,
    uri: Uri,
    form: Guarded<ResendForm>,
) -> Result<Response, PageError> {
    let (ResendForm {}, _) = form.open();
    let waiting = match find(&page, &id, &uri).await? {
        Found::Waiting(waiting) => *waiting,
        Found::Elsewhere(answer) => return Ok(answer),
    };
    order(&page, &waiting.own, News::SentAgain).await?;
    let code_page = paths::of_flow(paths::SIGN_UP_CODE, waiting.own.flow.id);
    Ok(see_other(&code_page))
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
    let again = |trouble, typed: &str| {
        let view = code_page(&page, &waiting, Some(trouble), typed)?;
        let ends_at = waiting.own.form_ends_at();
        Ok((StatusCode::UNPROCESSABLE_ENTITY, Drawn, ends_at, view).into_response())
    };
    if let Some(trouble) = misread(&code, page.app.config.verification.code_digits) {
        return again(trouble, &code);
    }
    let phone = number(&waiting.phone)?;
    if let Err(seconds) = verification::admit(&page.app, &phone, page.now).await? {
        let retry_at = Some(after(page.now, seconds));
        let problem = Problem::TooManyRequests { retry_at };
        return Err(waiting.own.error_again(
            StatusCode::TOO_MANY_REQUESTS,
            problem,
            "code_too_often",
            uri.path(),
        ));
    }
    let hash = content_hash(&waiting.payload.signed_content).map_err(|error| broken(&error))?;
    let given = GivenCode::typed(&code);
    match verification::complete(&page.app, &phone, given, Aim::Content(&hash), page.now).await? {
        Completion::Verified(_) => proven(&page, *waiting).await,
        Completion::InvalidCode { left } if left > 0 => again(Trouble::Wrong { left }, ""),
        Completion::InvalidCode { .. } | Completion::Expired(_) => again(Trouble::Expired, ""),
        Completion::MaxAttempts(Closed::Attempts) => Err(too_many(&page, &waiting, uri.path())),
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
        own,
        mut payload,
        mut phone,
        ..
    } = waiting;
    phone.is_proven = true;
    payload.who = Who::Own(phone);
    keep(page, &own, &payload).await?;
    let registered = register_own(page, &own, &payload).await;
    answer(page, own, registered)
}

/// The page of its own for somebody who tried too often.
fn too_many(page: &Page, waiting: &Waiting, code_page: &str) -> PageError {
    let attempts = page.app.config.verification.most_wrong.saturating_add(1);
    let retry_at = Some(waiting.ordered.next_at).filter(|next_at| *next_at > page.now);
    let problem = Problem::TooManyCodes { attempts, retry_at };
    waiting.own.error_again(
        StatusCode::TOO_MANY_REQUESTS,
        problem,
        "too_many_codes",
        code_page,
    )
}

/// What is wrong with what was typed, before it is compared with anything: it costs no attempt. White space is passed over.
#[must_use]
pub fn misread(typed: &str, digits: u32) -> Option<Trouble> {
    let code: Vec<char> = typed.chars().filter(|c| !c.is_whitespace()).collect();
    if code.is_empty() {
        Some(Trouble::Empty)
    } else if !code.iter().all(char::is_ascii_digit) {
        Some(Trouble::Letters)
    } else if usize::try_from(digits) != Ok(code.len()) {
        Some(Trouble::Length)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("", Some(Trouble::Empty))]
    #[case(" \u{A0}", Some(Trouble::Empty))]
    #[case("12a4", Some(Trouble::Letters))]
    #[case("١٢٣٤", Some(Trouble::Letters))]
    #[case("12-34", Some(Trouble::Letters))]
    #[case("123", Some(Trouble::Length))]
    #[case("12345", Some(Trouble::Length))]
    #[case("1234", None)]
    #[case(" 12 34\n", None)]
    #[case("12\u{A0}34", None)]
    fn what_was_typed(#[case] typed: &str, #[case] expected: Option<Trouble>) {
        assert_eq!(misread(typed, 4), expected);
    }
}
