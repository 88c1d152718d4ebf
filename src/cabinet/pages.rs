//! The pages of a registration in the cabinet: four steps, each with an address of its own.
//!
//! ```text
//!  details ──▶ contacts ──▶ password ──▶ code ──▶ registration::register ──303──▶ /accept/{flow}
//! ```
//!
//! What was typed is kept in the flow, also what is wrong with it; of the password only what the database would keep. A step
//! whose forerunners are not done leads to the first of them.

use axum::{
    Router,
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{
    arrival,
    error::{CabinetError, NotProven},
    fields::{self, CONTACTS, DETAILS, Fault, Faults, Proven, Typed},
    password::{Kept, Weak},
    registration::{
        NewPassword, check_password, note_refusal, prepare, register, take_code, user_request,
    },
    rules::{self, Application, UserRequest},
    store,
    views::{Frame, PasswordPage, PasswordTrouble, Step, StepPage, document_types},
};
use crate::{
    oauth::{
        flow::{self, FlowId, Stage},
        pages::{OwnFlow, end_declined, names},
    },
    person::{
        age::{full_years, kyiv_day},
        registration::Person,
        rules::Broken,
        schema,
        store::full_name,
    },
    sign_up::{
        code_pages::misread,
        code_views::{CodePage, Trouble},
    },
    state::App,
    verification::{self, GivenCode, Initialize, InitializeError},
    web::{
        browser::Guarded,
        error::{Drawn, PageError},
        error_page::{ErrorLine, Problem},
        page::{Decided, Decision, Page, see_other},
        paths,
    },
};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route(paths::CABINET_REGISTRATION, get(arrival::enter))
        .route(paths::CABINET_CALLBACK, get(arrival::callback))
        .route(paths::CABINET_DETAILS, get(details).post(take_details))
        .route(paths::CABINET_CONTACTS, get(contacts).post(take_contacts))
        .route(paths::CABINET_PASSWORD, get(password).post(take_password))
        .route(paths::CABINET_CODE, get(code).post(take_code_page))
        .route(paths::CABINET_CODE_RESEND, post(resend))
        .route(paths::CABINET_LEAVE, post(leave))
}

/// The address of the first step.
pub(super) fn first_page(id: FlowId) -> String {
    paths::of_flow(paths::CABINET_DETAILS, id)
}

/// A step as far as it was answered.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Answered {
    typed: Typed,
    is_good: bool,
}

/// What the page of the code says of the last order.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum News {
    Sent,
    SentAgain,
    TooSoon,
    NotSent,
}

/// The last order of a code.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Ordered {
    sent_at: Option<DateTime<Utc>>,
    next_at: DateTime<Utc>,
    news: News,
}

/// Something that was found wrong with a contact after its step.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Taken {
    Email,
    Phone,
}

/// What a registration in the cabinet keeps from its beginning to its end.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Payload {
    user_request_id: Uuid,
    proven: Proven,
    #[serde(default)]
    details: Answered,
    #[serde(default)]
    contacts: Answered,
    #[serde(default)]
    taken: Option<Taken>,
    #[serde(default)]
    password: Option<String>,
    #[serde(default)]
    is_password_used: bool,
    #[serde(default)]
    ordered: Option<Ordered>,
}

impl Payload {
    /// What a flow begins with.
    pub(super) fn of(request: &UserRequest) -> Self {
        Self {
            user_request_id: request.id,
            proven: Proven {
                tax_id: request.tax_id.clone(),
                first_name: request.first_name.clone(),
                last_name: request.last_name.clone(),
                second_name: request.second_name.clone(),
                email: request.email.clone(),
            },
            ..Self::default()
        }
    }

    pub(super) fn write(&self) -> Result<Value, PageError> {
        serde_json::to_value(self).map_err(|_| PageError::internal())
    }

    /// The first step that is not done.
    fn next(&self) -> &'static str {
        if !self.details.is_good {
            paths::CABINET_DETAILS
        } else if !self.contacts.is_good {
            paths::CABINET_CONTACTS
        } else if self.password.is_none() {
            paths::CABINET_PASSWORD
        } else {
            paths::CABINET_CODE
        }
    }
}

/// A flow at one of the steps.
struct Here {
    own: OwnFlow,
    payload: Payload,
}

/// The flow of a request, or where it went.
async fn find(page: &Page, id: &str) -> Result<Result<Here, Response>, PageError> {
    let own = OwnFlow::find(page, id).await?;
    if let Some(answer) = own.elsewhere(&first_page(own.flow.id)) {
        return answer.map(Err);
    }
    let payload = Payload::deserialize(&own.flow.payload).map_err(|_| {
        tracing::error!("a flow without its payload");
        PageError::internal()
    })?;
    Ok(Ok(Here { own, payload }))
}

impl Here {
    fn address(&self, pattern: &str) -> String {
        paths::of_flow(pattern, self.own.flow.id)
    }

    fn frame(&self, page: &Page, action: &str, back: Option<&str>) -> Result<Frame, PageError> {
        let (action, leave) = (self.address(action), self.address(paths::CABINET_LEAVE));
        let csrf = |path: &str| self.own.browser.csrf(&page.app.keys, path);
        Ok(Frame {
            client_name: self.own.client.name.clone(),
            expires_at: self.own.flow.expires_at,
            back: back.map(|pattern| self.address(pattern)),
            csrf: csrf(&action)?,
            leave_csrf: csrf(&leave)?,
            action,
            leave,
        })
    }

    async fn keep(&self, page: &Page) -> Result<(), PageError> {
        let kept = self.payload.write()?;
        let mut held = page.app.db.write().await?;
        // A flow that moved on meanwhile tells so itself.
        flow::keep(held.link(), &self.own.flow, &kept).await?;
        Ok(())
    }

    /// The proof of identity, if it is good now.
    async fn live_request(&self, page: &Page) -> Result<Option<UserRequest>, PageError> {
        let mut held = page.app.db.read().await?;
        let request = store::user_request(held.link(), self.payload.user_request_id).await?;
        Ok(request.filter(|request| request.is_live(page.now)))
    }

    /// The proof of identity, good now.
    async fn request(&self, page: &Page) -> Result<UserRequest, PageError> {
        let request = self.live_request(page).await?;
        request.ok_or_else(|| self.own.finished())
    }

    /// What was typed, judged whole.
    fn application(&self, page: &Page, request: UserRequest) -> Result<Application, CabinetError> {
        let Payload {
            proven,
            details,
            contacts,
            ..
        } = &self.payload;
        let patient = fields::patient(proven, &details.typed, &contacts.typed);
        let limits = page.app.config.people.limits();
        Application::judge(request, patient, &limits, kyiv_day(page.now))
    }

    /// The schema's faults of a step, and whether the provider's own data break a rule.
    fn schema_faults(&self, page: &Page, number: u32) -> (Faults, bool) {
        let Payload {
            proven,
            details,
            contacts,
            ..
        } = &self.payload;
        let patient = fields::patient(proven, &details.typed, &contacts.typed);
        let body = serde_json::json!({ "otp": 0, "password": "", "patient": patient });
        let invalid = schema::check_cabinet(&page.app.dictionaries(), &body);
        let (step, typed) = match number {
            1 => (DETAILS, &details.typed),
            _ => (CONTACTS, &contacts.typed),
        };
        let (mut faults, mut is_locked_wrong) = fields::faults(step, &invalid);
        // What the provider told is no field: nobody could mend it.
        let locked = [
            ("second_name", proven.second_name.is_some()),
            ("email", proven.email.is_some()),
        ];
        for (name, is_locked) in locked {
            is_locked_wrong |= is_locked && faults.remove(name).is_some();
        }
        fields::missing(step, typed, proven, &mut faults);
        (faults, is_locked_wrong)
    }

    fn step_page(
        &self,
        page: &Page,
        number: u32,
        faults: &Faults,
        is_locked_wrong: bool,
    ) -> Result<Response, PageError> {
        let (groups, typed, action, back) = match number {
            1 => (
                DETAILS,
                &self.payload.details.typed,
                paths::CABINET_DETAILS,
                None,
            ),
            _ => (
                CONTACTS,
                &self.payload.contacts.typed,
                paths::CABINET_CONTACTS,
                Some(paths::CABINET_DETAILS),
            ),
        };
        let dictionaries = page.app.dictionaries();
        let step = Step {
            number,
            groups,
            typed,
            proven: &self.payload.proven,
            faults,
            is_locked_wrong,
            dictionaries: &dictionaries,
            document_types: document_types(&page.app.config),
        };
        let view = StepPage::new(page.layout(), self.frame(page, action, back)?, &step);
        let status = if faults.is_empty() && !is_locked_wrong {
            StatusCode::OK
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        };
        Ok((status, Drawn, self.own.form_ends_at(), view).into_response())
    }
}

macro_rules! here {
    ($page:expr, $id:expr) => {
        match find($page, $id).await? {
            Ok(here) => here,
            Err(elsewhere) => return Ok(elsewhere),
        }
    };
}

async fn details(page: Page, Path(id): Path<String>) -> Result<Response, PageError> {
    let here = here!(&page, &id);
    here.step_page(&page, 1, &Faults::new(), false)
}

async fn take_details(
    page: Page,
    Path(id): Path<String>,
    form: Guarded<Typed>,
) -> Result<Response, PageError> {
    let (form, _) = form.open();
    let mut here = here!(&page, &id);
    here.payload.details.typed = fields::keep(DETAILS, &form);
    let request = here.request(&page).await?;
    let (mut faults, mut is_locked_wrong) = here.schema_faults(&page, 1);
    if faults.is_empty() && !is_locked_wrong {
        match details_fault(&page, &here, &request) {
            Ok(Some((name, fault))) => drop(faults.insert(name, fault)),
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(reason = error.code(), "what the provider told is refused");
                is_locked_wrong = true;
            }
        }
    }
    here.payload.details.is_good = faults.is_empty() && !is_locked_wrong;
    here.keep(&page).await?;
    if here.payload.details.is_good {
        Ok(see_other(&here.address(paths::CABINET_CONTACTS)))
    } else {
        here.step_page(&page, 1, &faults, is_locked_wrong)
    }
}

/// What the rules say of the first step alone: nothing of the address, which is asked for later.
fn details_fault(
    page: &Page,
    here: &Here,
    request: &UserRequest,
) -> Result<Option<(&'static str, Fault)>, CabinetError> {
    let Payload {
        proven, details, ..
    } = &here.payload;
    let patient = fields::patient(proven, &details.typed, &Typed::new());
    let person = Person::deserialize(Value::Object(patient))
        .map_err(|_| CabinetError::Internal("a patient that the schema let through"))?;
    let (limits, today) = (page.app.config.people.limits(), kyiv_day(page.now));
    match rules::check_person(&person, &limits, today) {
        Ok(()) | Err(Broken::ResidenceMissing | Broken::Residences(_)) => {}
        Err(broken) => {
            return match fields::of_rule(&broken) {
                Some(fault) => Ok(Some(fault)),
                None => Err(broken.into()),
            };
        }
    }
    rules::check_identity(&person, request)?;
    let is_young = full_years(person.birth_date, today) < i32::from(limits.no_self_auth_age);
    Ok(is_young.then_some(("birth_date", Fault::Age)))
}

async fn contacts(page: Page, Path(id): Path<String>) -> Result<Response, PageError> {
    let here = here!(&page, &id);
    if !here.payload.details.is_good {
        return Ok(see_other(&here.address(here.payload.next())));
    }
    let mut faults = Faults::new();
    match here.payload.taken {
        Some(Taken::Email) => drop(faults.insert("email", Fault::EmailTaken)),
        Some(Taken::Phone) => drop(faults.insert("phone", Fault::PhoneTaken)),
        None => {}
    }
    here.step_page(&page, 2, &faults, false)
}

async fn take_contacts(
    page: Page,
    Path(id): Path<String>,
    form: Guarded<Typed>,
) -> Result<Response, PageError> {
    let (form, _) = form.open();
    let mut here = here!(&page, &id);
    if !here.payload.details.is_good {
        return Ok(see_other(&here.address(here.payload.next())));
    }
    let was = here.application(&page, here.request(&page).await?).ok();
    here.payload.contacts.typed = fields::keep(CONTACTS, &form);
    here.payload.taken = None;
    // It was compared with those of the account that the address led to.
    here.payload.password = None;
    let request = here.request(&page).await?;
    let (mut faults, is_locked_wrong) = here.schema_faults(&page, 2);
    let mut told = None;
    if faults.is_empty() && !is_locked_wrong {
        match here.application(&page, request) {
            // A code that was ordered is for the number that it went to.
            Ok(now) if was.is_some_and(|was| was.phone == now.phone) => {}
            Ok(_) => here.payload.ordered = None,
            Err(CabinetError::AnotherEmail) => drop(faults.insert("email", Fault::AnotherEmail)),
            Err(CabinetError::ConsentMissing) => drop(faults.insert("consent", Fault::Missing)),
            Err(error) => told = Some(error),
        }
    }
    here.payload.contacts.is_good = faults.is_empty() && !is_locked_wrong && told.is_none();
    here.keep(&page).await?;
    match told {
        Some(error) => refused(&page, here, error).await,
        None if here.payload.contacts.is_good => {
            Ok(see_other(&here.address(paths::CABINET_PASSWORD)))
        }
        None => here.step_page(&page, 2, &faults, is_locked_wrong),
    }
}

fn password_page(
    page: &Page,
    here: &Here,
    troubles: Vec<PasswordTrouble>,
) -> Result<Response, PageError> {
    let status = if troubles.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let back = Some(paths::CABINET_CONTACTS);
    let view = PasswordPage {
        layout: page.layout(),
        frame: here.frame(page, paths::CABINET_PASSWORD, back)?,
        min: page.app.config.cabinet.password_min_length,
        troubles,
    };
    Ok((status, Drawn, here.own.form_ends_at(), view).into_response())
}

async fn password(page: Page, Path(id): Path<String>) -> Result<Response, PageError> {
    let here = here!(&page, &id);
    if !here.payload.contacts.is_good {
        return Ok(see_other(&here.address(here.payload.next())));
    }
    let used = here.payload.is_password_used;
    let troubles = used.then_some(PasswordTrouble::Used).into_iter().collect();
    password_page(&page, &here, troubles)
}

/// Nothing of it is ever shown again, and `Debug` shows nothing.
#[derive(Deserialize)]
struct PasswordForm {
    #[serde(default)]
    password: SecretString,
    #[serde(default)]
    password_again: SecretString,
}

async fn take_password(
    page: Page,
    Path(id): Path<String>,
    form: Guarded<PasswordForm>,
) -> Result<Response, PageError> {
    let (form, _) = form.open();
    let mut here = here!(&page, &id);
    if !here.payload.contacts.is_good {
        return Ok(see_other(&here.address(here.payload.next())));
    }
    let troubles = password_troubles(&page.app, &form);
    if !troubles.is_empty() {
        return password_page(&page, &here, troubles);
    }
    let application = match here.application(&page, here.request(&page).await?) {
        Ok(application) => application,
        Err(error) => return refused(&page, here, error).await,
    };
    let typed = NewPassword::Typed(form.password);
    match prepare(&page.app, &application, typed, page.now).await {
        Ok(kept) => here.payload.password = Some(kept.as_str().to_owned()),
        Err(CabinetError::PasswordUsed) => {
            return password_page(&page, &here, vec![PasswordTrouble::Used]);
        }
        Err(error) => return refused(&page, here, error).await,
    }
    here.payload.is_password_used = false;
    // Whoever comes back while a code is good finds the same one.
    let is_waiting = here.payload.ordered.and_then(|ordered| ordered.sent_at);
    let life = page.app.config.verification.code_life;
    if is_waiting.is_none_or(|sent_at| page.now >= sent_at + life) {
        order(&page, &mut here, &application, News::Sent).await?;
    }
    here.keep(&page).await?;
    Ok(see_other(&here.address(paths::CABINET_CODE)))
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
                Weak::Short { min } => PasswordTrouble::Short(min),
                Weak::Long { max } => PasswordTrouble::Long(max),
                Weak::Simple => PasswordTrouble::Simple,
            })
            .collect(),
        _ => Vec::new(),
    };
    if form.password.expose_secret() != form.password_again.expose_secret() {
        troubles.push(PasswordTrouble::Differs);
    }
    troubles
}

/// Orders a code, and remembers what came of it.
async fn order(
    page: &Page,
    here: &mut Here,
    application: &Application,
    good_news: News,
) -> Result<(), PageError> {
    let app = &page.app;
    let wanted = Initialize {
        phone: &application.phone,
        provider: None,
        content_hash: None,
        actor: None,
    };
    let sent_at = here.payload.ordered.and_then(|ordered| ordered.sent_at);
    let next_at = page.now + app.config.verification.sends.pause;
    let (sent_at, next_at, news) = match verification::initialize(app, &wanted, page.now).await {
        Ok(_) => (Some(page.now), next_at, good_news),
        Err(InitializeError::TooManyRequests { retry_after }) => {
            (sent_at, after(page.now, retry_after), News::TooSoon)
        }
        Err(InitializeError::SmsNotSent) => (None, next_at, News::NotSent),
        Err(InitializeError::Database(error)) => return Err(error.into()),
    };
    here.payload.ordered = Some(Ordered {
        sent_at,
        next_at,
        news,
    });
    Ok(())
}

fn after(now: DateTime<Utc>, seconds: u64) -> DateTime<Utc> {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    TimeDelta::try_seconds(seconds)
        .and_then(|wait| now.checked_add_signed(wait))
        .unwrap_or(now)
}

/// A flow that waits for its code.
struct Waiting {
    here: Here,
    application: Application,
    ordered: Ordered,
}

async fn waiting(page: &Page, id: &str) -> Result<Result<Waiting, Response>, PageError> {
    let here = match find(page, id).await? {
        Ok(here) => here,
        Err(elsewhere) => return Ok(Err(elsewhere)),
    };
    let next = here.payload.next();
    let Some(ordered) = here.payload.ordered.filter(|_| next == paths::CABINET_CODE) else {
        let next = match next {
            paths::CABINET_CODE => paths::CABINET_PASSWORD,
            next => next,
        };
        return Ok(Err(see_other(&here.address(next))));
    };
    let Some(request) = here.live_request(page).await? else {
        // It was used between the look at the flow and the look at it: the flow has gone where that led.
        return match find(page, id).await? {
            Ok(here) => Err(here.own.finished()),
            Err(elsewhere) => Ok(Err(elsewhere)),
        };
    };
    match here.application(page, request) {
        Ok(application) => Ok(Ok(Waiting {
            here,
            application,
            ordered,
        })),
        Err(error) => refused(page, here, error).await.map(Err),
    }
}

fn code_page(
    page: &Page,
    waiting: &Waiting,
    trouble: Option<Trouble>,
    typed: &str,
) -> Result<CodePage, PageError> {
    let Waiting {
        here,
        application,
        ordered,
    } = waiting;
    let back = Some(paths::CABINET_PASSWORD);
    let frame = here.frame(page, paths::CABINET_CODE, back)?;
    let resend = here.address(paths::CABINET_CODE_RESEND);
    let settings = &page.app.config.verification;
    Ok(CodePage {
        client_name: frame.client_name,
        number: application.phone.as_str().to_owned(),
        is_sent: ordered.sent_at.is_some(),
        sent_again_at: ordered
            .sent_at
            .filter(|_| ordered.news == News::SentAgain && trouble.is_none()),
        next_at: Some(ordered.next_at).filter(|next_at| *next_at > page.now),
        minutes: u32::try_from(settings.code_life.num_minutes()).unwrap_or(u32::MAX),
        digits: settings.code_digits,
        trouble,
        typed: typed.to_owned(),
        back: here.address(paths::CABINET_DETAILS),
        change: Some(here.address(paths::CABINET_CONTACTS)),
        resend_csrf: here.own.browser.csrf(&page.app.keys, &resend)?,
        action: frame.action,
        csrf: frame.csrf,
        resend,
        leave: frame.leave,
        leave_csrf: frame.leave_csrf,
        layout: page.layout(),
    })
}

macro_rules! waiting {
    ($page:expr, $id:expr) => {
        match waiting($page, $id).await? {
            Ok(waiting) => waiting,
            Err(elsewhere) => return Ok(elsewhere),
        }
    };
}

async fn code(page: Page, Path(id): Path<String>) -> Result<Response, PageError> {
    let waiting = waiting!(&page, &id);
    let trouble = match waiting.ordered.news {
        News::TooSoon if page.now < waiting.ordered.next_at => Some(Trouble::TooSoon),
        News::NotSent => Some(Trouble::NotSent),
        _ => None,
    };
    let view = code_page(&page, &waiting, trouble, "")?;
    Ok((waiting.here.own.form_ends_at(), view).into_response())
}

#[derive(Deserialize)]
struct Nothing {}

async fn resend(
    page: Page,
    Path(id): Path<String>,
    form: Guarded<Nothing>,
) -> Result<Response, PageError> {
    let (Nothing {}, _) = form.open();
    let Waiting {
        mut here,
        application,
        ..
    } = waiting!(&page, &id);
    order(&page, &mut here, &application, News::SentAgain).await?;
    here.keep(&page).await?;
    Ok(see_other(&here.address(paths::CABINET_CODE)))
}

#[derive(Deserialize)]
struct CodeForm {
    #[serde(default)]
    code: String,
}

async fn take_code_page(
    page: Page,
    Path(id): Path<String>,
    form: Guarded<CodeForm>,
) -> Result<Response, PageError> {
    let (CodeForm { code }, _) = form.open();
    let found = waiting!(&page, &id);
    let digits = page.app.config.verification.code_digits;
    if let Some(trouble) = misread(&code, digits) {
        return code_again(&page, &found, trouble, &code);
    }
    let address = found.here.address(paths::CABINET_CODE);
    let error = match finish(&page, &found, GivenCode::typed(&code)).await {
        Ok(()) => return Ok(see_other(&found.here.own.accept_address())),
        Err(error) => error,
    };
    note_refusal(
        &page.app,
        found.here.payload.user_request_id,
        &error,
        page.client_address,
        page.now,
    )
    .await;
    let now = page.now;
    match error {
        CabinetError::Code(NotProven::Wrong { left }) => {
            code_again(&page, &found, Trouble::Wrong { left }, "")
        }
        CabinetError::Code(NotProven::Expired) => code_again(&page, &found, Trouble::Expired, ""),
        CabinetError::Code(NotProven::TooMany) => {
            let attempts = page.app.config.verification.most_wrong.saturating_add(1);
            let retry_at = Some(found.ordered.next_at).filter(|next_at| *next_at > now);
            let problem = Problem::TooManyCodes { attempts, retry_at };
            Err(too_many(&found, problem, "too_many_codes", &address))
        }
        CabinetError::Code(NotProven::TooOften { retry_after })
        | CabinetError::TooOften { retry_after } => {
            let retry_at = Some(after(now, retry_after));
            let problem = Problem::TooManyRequests { retry_at };
            Err(too_many(&found, problem, "code_too_often", &address))
        }
        CabinetError::Code(NotProven::Gone) | CabinetError::RequestGone => {
            // The same code twice at the same moment: the first one has the answer.
            match waiting(&page, &id).await? {
                Err(elsewhere) => Ok(elsewhere),
                Ok(found) => code_again(&page, &found, Trouble::Used, ""),
            }
        }
        error => refused(&page, found.here, error).await,
    }
}

fn too_many(found: &Waiting, problem: Problem, code: &'static str, again: &str) -> PageError {
    let status = StatusCode::TOO_MANY_REQUESTS;
    found.here.own.error_again(status, problem, code, again)
}

fn code_again(
    page: &Page,
    waiting: &Waiting,
    trouble: Trouble,
    typed: &str,
) -> Result<Response, PageError> {
    let view = code_page(page, waiting, Some(trouble), typed)?;
    let ends_at = waiting.here.own.form_ends_at();
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Drawn, ends_at, view).into_response())
}

/// The same registration as the JSON route's, and the flow moves on with it: both or neither.
async fn finish(page: &Page, found: &Waiting, code: GivenCode) -> Result<(), CabinetError> {
    let (app, now, here) = (&page.app, page.now, &found.here);
    let request = user_request(app, here.payload.user_request_id, now).await?;
    let application = here.application(page, request)?;
    let kept = here.payload.password.clone().unwrap_or_default();
    let kept = NewPassword::Kept(Kept::stored(kept));
    let kept = prepare(app, &application, kept, now).await?;
    take_code(app, &application.phone, code, now).await?;
    let mut tx = app.db.begin().await?;
    let stage = flow::find_locked(tx.link(), here.own.flow.id)
        .await
        .map_err(|_| CabinetError::Internal("a flow cannot be read"))?
        .map(|flow| flow.stage);
    if stage != Some(Stage::Details) {
        return Err(CabinetError::RequestGone);
    }
    let registered = register(&mut tx, app, application, &kept, page.client_address, now).await?;
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
    flow::advance(
        tx.link(),
        &here.own.flow,
        next,
        &names(&name, None),
        expires_at,
    )
    .await?;
    tx.commit().await?;
    tracing::info!(user_request_id = %here.payload.user_request_id, "registered in the cabinet");
    Ok(())
}

/// Where a refusal leads: to the step that can mend it, or to a page that says why there is none.
async fn refused(page: &Page, mut here: Here, error: CabinetError) -> Result<Response, PageError> {
    tracing::info!(reason = error.code(), "not registered in the cabinet");
    let step = match &error {
        CabinetError::EmailExists if here.payload.proven.email.is_none() => {
            here.payload.taken = Some(Taken::Email);
            Some(paths::CABINET_CONTACTS)
        }
        CabinetError::PhoneLimit(_) => {
            here.payload.taken = Some(Taken::Phone);
            Some(paths::CABINET_CONTACTS)
        }
        CabinetError::PasswordUsed => {
            here.payload.is_password_used = true;
            Some(paths::CABINET_PASSWORD)
        }
        CabinetError::Data(_) | CabinetError::Age => {
            here.payload.details.is_good = false;
            Some(paths::CABINET_DETAILS)
        }
        _ => None,
    };
    if let Some(step) = step {
        here.keep(page).await?;
        return Ok(see_other(&here.address(step)));
    }
    if let CabinetError::Database(error) = error {
        return Err(error.into());
    }
    let own = &here.own;
    let tell = |status, problem, key: Option<&str>| {
        let text = error.to_string();
        let lines = key.map(|key| ErrorLine::new(page.locale.words().text(key)));
        let page = own.error(status, problem, error.code(), &text);
        page.lines(lines.into_iter().collect())
    };
    Err(match &error {
        CabinetError::Inconsistent(_) | CabinetError::Internal(_) => {
            tracing::error!(reason = %error, "internal error");
            PageError::internal()
        }
        CabinetError::Busy => PageError::unavailable(),
        CabinetError::RequestGone => own.finished(),
        CabinetError::UserBlocked => tell(StatusCode::FORBIDDEN, Problem::Blocked, None),
        CabinetError::TaxIdExists => tell(StatusCode::CONFLICT, Problem::AlreadyRegistered, None),
        CabinetError::EmailExists => tell(
            StatusCode::CONFLICT,
            Problem::NotCompleted,
            Some("cabinet-fault-email-of-another"),
        ),
        CabinetError::AnotherPerson | CabinetError::FirstName | CabinetError::LastName => tell(
            StatusCode::CONFLICT,
            Problem::NotCompleted,
            Some("cabinet-locked-wrong"),
        ),
        _ => tell(StatusCode::CONFLICT, Problem::NotCompleted, None),
    })
}

async fn leave(
    page: Page,
    Path(id): Path<String>,
    form: Guarded<Decided>,
) -> Result<Response, PageError> {
    let (Decided { decision }, _) = form.open();
    let own = OwnFlow::find(&page, &id).await?;
    if own.flow.first_page != first_page(own.flow.id) {
        return Err(PageError::session_lost());
    }
    let why = "The user did not register.";
    match (own.flow.stage, decision) {
        (Stage::Details, Decision::Leave) => end_declined(&page, &own, why).await,
        (Stage::Declined, Decision::Leave) => Ok(see_other(&own.flow.declined_address(why))),
        (Stage::Accept { .. }, _) => Ok(see_other(&own.accept_address())),
        (Stage::Accepted { .. }, _) => Err(own.finished()),
        _ => Err(PageError::of_status(StatusCode::BAD_REQUEST)),
    }
}
