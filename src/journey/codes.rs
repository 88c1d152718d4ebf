//! What every page of a code shares, whichever room it belongs to: the order, which is made once however often its button
//! is pressed, the forms, and how too many attempts are told.
//!
//! Every order and every attempt is counted by the room of codes; what a flow remembers of them is only what its page says.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tracing::Instrument;

use super::{
    code_views::{CodePage, LastStep, Trouble},
    flow::FlowId,
    own_flow::OwnFlow,
    payload,
};
use crate::{
    config::Verification,
    phone::PhoneNumber,
    state::App,
    verification::{self, Initialize, InitializeError},
    web::{
        error::{CompleteAnswer, PageError},
        error_page::Problem,
        page::Page,
    },
};

/// A code that was ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeOrder {
    /// When the last one was sent; none: none could be.
    pub sent_at: Option<DateTime<Utc>>,
    /// When there may be another.
    pub next_at: DateTime<Utc>,
    /// What came of the last order.
    pub news: CodeOrderOutcome,
}

/// What came of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeOrderOutcome {
    /// The first code was sent.
    Sent,
    /// Another one was.
    SentAgain,
    /// It was too soon.
    TooSoon,
    /// The message could not be sent.
    NotSent,
}

impl CodeOrder {
    /// What the page of the code says before anything was typed.
    #[must_use]
    pub fn trouble(self, now: DateTime<Utc>) -> Option<Trouble> {
        match self.news {
            CodeOrderOutcome::TooSoon if now < self.next_at => Some(Trouble::TooSoon),
            CodeOrderOutcome::NotSent => Some(Trouble::NotSent),
            _ => None,
        }
    }
}

/// What a flow keeps whose room orders codes.
pub trait CodePayload: Serialize + DeserializeOwned {
    /// The last order; the outer none: no code belongs to this flow.
    fn last_order(&mut self) -> Option<&mut Option<CodeOrder>>;

    /// The phone that a code goes to.
    ///
    /// # Errors
    /// 500 when it gets no codes.
    fn number(&self) -> Result<PhoneNumber, PageError>;

    /// MD5 (hex) of what the code is for; none: for the phone alone.
    ///
    /// # Errors
    /// 500 when it cannot be worked out.
    fn content_hash(&self) -> Result<Option<String>, PageError>;
}

/// What two presses of one button may be apart to count as one.
pub const JUST_NOW: TimeDelta = TimeDelta::seconds(5);

/// What the flow is to say of an order of a code that is about to be made; none when there is nothing to order.
fn claim(
    ordered: Option<CodeOrder>,
    wanted: CodeOrderOutcome,
    now: DateTime<Utc>,
    settings: &Verification,
) -> Option<CodeOrder> {
    let is_younger = |age: TimeDelta| {
        let sent_at = ordered.and_then(|ordered| ordered.sent_at);
        sent_at.is_some_and(|sent_at| now < sent_at + age)
    };
    let sent = CodeOrder {
        sent_at: Some(now),
        next_at: now + settings.sends.pause,
        news: wanted,
    };
    match ordered {
        // Whoever comes back while a code is good finds the same one.
        _ if wanted == CodeOrderOutcome::Sent => (!is_younger(settings.code_life)).then_some(sent),
        // The second of two presses.
        Some(ordered) if ordered.news == wanted && is_younger(JUST_NOW) => None,
        Some(ordered) if now < ordered.next_at => Some(CodeOrder {
            news: CodeOrderOutcome::TooSoon,
            ..ordered
        }),
        _ => Some(sent),
    }
}

/// Orders a code: the first one ([`News::Sent`]) or another ([`News::SentAgain`]). The flow says so first, so that of two
/// presses at the same moment only one orders. It does, also when its browser does not wait for the answer: what is said
/// is true.
///
/// # Errors
/// 500 or 503 when something fails; that a message could not be sent is remembered instead.
pub async fn order<P: CodePayload + Send + 'static>(
    page: &Page,
    id: FlowId,
    wanted: CodeOrderOutcome,
) -> Result<(), PageError> {
    let (app, now) = (page.app.clone(), page.now);
    let ordered = async move { place_order::<P>(&app, id, wanted, now).await };
    let ordered = tokio::spawn(ordered.in_current_span()).await;
    ordered.map_err(|_| PageError::internal())?
}

async fn place_order<P: CodePayload>(
    app: &App,
    id: FlowId,
    wanted: CodeOrderOutcome,
    now: DateTime<Utc>,
) -> Result<(), PageError> {
    let claimed = payload::change(app, id, |kept: &mut P| {
        let Some(ordered) = kept.last_order() else {
            return Err(PageError::session_lost());
        };
        let before = *ordered;
        let Some(claimed) = claim(before, wanted, now, &app.config.verification) else {
            return Ok(None);
        };
        *ordered = Some(claimed);
        Ok(Some((
            before,
            claimed,
            kept.number()?,
            kept.content_hash()?,
        )))
    });
    let Some(Some((before, claimed, number, hash))) = claimed.await? else {
        return Ok(());
    };
    if claimed.news == CodeOrderOutcome::TooSoon {
        return Ok(());
    }
    let wanted = Initialize {
        phone: &number,
        provider: None,
        content_hash: hash.as_deref(),
        actor: None,
    };
    let failed = match verification::initialize(app, &wanted, now).await {
        Ok(_) => return Ok(()),
        Err(InitializeError::TooManyRequests { retry_after }) => CodeOrder {
            sent_at: before.and_then(|before| before.sent_at),
            next_at: after(now, retry_after),
            news: CodeOrderOutcome::TooSoon,
        },
        Err(InitializeError::SmsNotSent) => CodeOrder {
            sent_at: None,
            news: CodeOrderOutcome::NotSent,
            ..claimed
        },
        Err(InitializeError::Database(error)) => return Err(error.into()),
    };
    payload::change(app, id, |kept: &mut P| {
        // Another order, made meanwhile, has its own end.
        if let Some(ordered) = kept.last_order()
            && *ordered == Some(claimed)
        {
            *ordered = Some(failed);
        }
        Ok(())
    })
    .await?;
    Ok(())
}

/// The moment so many seconds after `now`.
#[must_use]
pub fn after(now: DateTime<Utc>, seconds: u64) -> DateTime<Utc> {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    TimeDelta::try_seconds(seconds)
        .and_then(|wait| now.checked_add_signed(wait))
        .unwrap_or(now)
}

/// The form with a code.
#[derive(Deserialize)]
pub struct CodeForm {
    /// What was typed.
    #[serde(default)]
    pub code: String,
}

/// A form that is only a button.
#[derive(Deserialize)]
pub struct Nothing {}

/// What the page of a code in one room says that it does not in another.
#[derive(Clone)]
pub struct CodePageContext {
    /// The phone that a code goes to.
    pub number: String,
    /// The last order.
    pub ordered: CodeOrder,
    /// The address of the page before.
    pub back: String,
    /// Where a code goes.
    pub action: String,
    /// Where another code is ordered.
    pub resend: String,
    /// Where somebody goes who gives up.
    pub leave: String,
    /// Where the page is the last step of a form.
    pub step: Option<LastStep>,
}

impl CodePageContext {
    /// The page of the code.
    ///
    /// # Errors
    /// 500 when cryptography fails.
    pub fn page(
        &self,
        page: &Page,
        own: &OwnFlow,
        trouble: Option<Trouble>,
        typed: &str,
    ) -> Result<CodePage, PageError> {
        let CodeOrder {
            sent_at,
            next_at,
            news,
        } = self.ordered;
        let settings = &page.app.config.verification;
        let csrf = |path: &str| own.browser.csrf(&page.app.keys, path);
        Ok(CodePage {
            layout: page.layout(),
            client_name: own.client.name.clone(),
            number: self.number.clone(),
            is_sent: sent_at.is_some(),
            sent_again_at: sent_at
                .filter(|_| news == CodeOrderOutcome::SentAgain && trouble.is_none()),
            next_at: Some(next_at).filter(|next_at| *next_at > page.now),
            minutes: u32::try_from(settings.code_life.num_minutes()).unwrap_or(u32::MAX),
            digits: settings.code_digits,
            trouble,
            typed: typed.to_owned(),
            back: self.back.clone(),
            step: self.step.clone(),
            csrf: csrf(&self.action)?,
            resend_csrf: csrf(&self.resend)?,
            leave_csrf: csrf(&self.leave)?,
            action: self.action.clone(),
            resend: self.resend.clone(),
            leave: self.leave.clone(),
        })
    }

    /// The page as it is first seen.
    ///
    /// # Errors
    /// 500 when cryptography fails.
    pub fn first_response(&self, page: &Page, own: &OwnFlow) -> Result<Response, PageError> {
        let view = self.page(page, own, self.ordered.trouble(page.now), "")?;
        Ok((own.form_ends_at(), view).into_response())
    }

    /// The same page with what is wrong: 422.
    ///
    /// # Errors
    /// 500 when cryptography fails.
    pub fn again(
        &self,
        page: &Page,
        own: &OwnFlow,
        trouble: Trouble,
        typed: &str,
    ) -> Result<Response, PageError> {
        let view = self.page(page, own, Some(trouble), typed)?;
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Ok((status, CompleteAnswer, own.form_ends_at(), view).into_response())
    }

    /// The page of its own for somebody who typed too many wrong codes.
    #[must_use]
    pub fn too_many(&self, page: &Page, own: &OwnFlow) -> PageError {
        let attempts = page.app.config.verification.most_wrong.saturating_add(1);
        let next_at = self.ordered.next_at;
        let retry_at = Some(next_at).filter(|next_at| *next_at > page.now);
        let problem = Problem::TooManyCodes { attempts, retry_at };
        let status = StatusCode::TOO_MANY_REQUESTS;
        own.error_again(status, problem, "too_many_codes", &self.action)
    }
}

/// The page of its own for somebody who tries too often, with a link to the page `again`.
#[must_use]
pub fn too_often(
    own: &OwnFlow,
    code: &'static str,
    now: DateTime<Utc>,
    retry_after: u64,
    again: &str,
) -> PageError {
    let retry_at = Some(after(now, retry_after));
    let problem = Problem::TooManyRequests { retry_at };
    own.error_again(StatusCode::TOO_MANY_REQUESTS, problem, code, again)
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
