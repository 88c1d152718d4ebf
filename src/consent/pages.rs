//! The page "Accept scopes", and how every page finds the flow of its browser.

use axum::{
    Router,
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::views::{AcceptPage, ClientView, ScopeView, SignedIn, scope_words};
use crate::{
    api::ApiError,
    journey::flow::{self, Flow, FlowId, Stage},
    locale::Locale,
    oauth::{
        client::Client,
        error::{OAuthError, redirect_description},
        grants::{self, AuthorizationRequest},
        scope::Scopes,
        store::{self, Borne, StoreError},
        token::Token,
    },
    paths,
    secrets::{Plain, Purpose},
    state::App,
    web::{
        browser::{Browser, Guarded, HandOver},
        error::{Drawn, PageError},
        error_page::{BadLink, ErrorLine, Problem},
        headers::FormEndsAt,
        page::{Decided, Decision, Page, see_other},
        words::Words,
    },
};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new().route(paths::ACCEPT_FLOW, get(show).post(decide))
}

/// The flow of an address, with the browser it belongs to and the client it came from.
#[derive(Debug)]
pub struct OwnFlow {
    /// The flow.
    pub flow: Flow,
    /// Its browser.
    pub browser: Browser,
    /// Its client.
    pub client: Client,
    /// Set when the flow was handed over with this request: the answer takes the hand-over cookie away.
    pub taken_over: Option<HandOver>,
}

impl OwnFlow {
    /// Finds the flow `id` for the browser of `page`. An unknown flow and a flow of another browser look alike.
    ///
    /// # Errors
    /// The page "session lost", or "flow expired" with the way back.
    pub async fn find(page: &Page, id: &str) -> Result<Self, PageError> {
        let id = FlowId::parse(id).ok_or_else(PageError::session_lost)?;
        let found = {
            let mut held = page.app.db.read().await?;
            flow::find_with_client(held.link(), id).await?
        };
        let (flow, client) = found.ok_or_else(PageError::session_lost)?;
        let (browser, taken_over) = Self::own(page, &flow).await?;
        let own = Self {
            flow,
            browser,
            client,
            taken_over,
        };
        if own.client.is_blocked {
            let problem = Problem::ClientBlocked;
            return Err(PageError::new(
                StatusCode::FORBIDDEN,
                problem,
                "client_blocked",
            ));
        }
        if own.flow.is_expired(page.now) {
            return Err(own.expired());
        }
        Ok(own)
    }

    async fn own(page: &Page, flow: &Flow) -> Result<(Browser, Option<HandOver>), PageError> {
        if let Some(browser) = Browser::known(&page.session).await?
            && browser.hash().same(&flow.browser)
        {
            return Ok((browser, None));
        }
        let handed_over = page
            .handed_over()
            .filter(|browser| browser.hash().same(&flow.browser));
        if handed_over.is_none() {
            return Err(PageError::session_lost());
        }
        let browser = Browser::ensure(&page.session, &*page.app.random).await?;
        let mut held = page.app.db.write().await?;
        if !flow::hand_over(held.link(), flow, &browser.hash()).await? {
            return Err(PageError::session_lost());
        }
        Ok((browser, Some(HandOver::clear(&page.app.config.public_url))))
    }

    /// The page for a flow whose time is over.
    #[must_use]
    pub fn expired(&self) -> PageError {
        let life = self.flow.expires_at - self.flow.inserted_at;
        let minutes = u32::try_from(life.num_minutes()).unwrap_or(u32::MAX);
        let problem = match self.flow.stage {
            // A sign-in registers nobody.
            Stage::Accept { .. } if self.is_sign_in() => Problem::SignInExpired { minutes },
            Stage::Accept { .. } => Problem::AccessExpired { minutes },
            _ => Problem::FlowExpired { minutes },
        };
        self.error(
            StatusCode::GONE,
            problem,
            "flow_expired",
            "The flow has expired.",
        )
    }

    /// The token of a flow that waits for its consent, if it is good still: whoever acts for another may still do so (authority
    /// §5), and its time is not over. The right is asked first: housekeeping ends the token after it, and changes no answer.
    ///
    /// # Errors
    /// 403 when the right is over; 410 when the time is.
    pub fn may_act(&self, page: &Page, borne: Option<Borne>) -> Result<Token, PageError> {
        let borne = borne.ok_or_else(|| self.expired())?;
        if borne.has_standing(&(&page.app.config.people).into(), page.now) {
            return Some(borne.token)
                .filter(|token| token.is_live(page.now))
                .ok_or_else(|| self.expired());
        }
        let words = page.locale.words();
        let line = ErrorLine::new(words.text("error-relationship-not-confirmed"));
        let (problem, why) = (Problem::NotAllowed, "Relationship not confirmed");
        let error = self.error(StatusCode::FORBIDDEN, problem, "standing_lost", why);
        Err(error.lines(vec![line]))
    }

    /// The page for a flow that is finished.
    #[must_use]
    pub fn finished(&self) -> PageError {
        PageError::new(StatusCode::CONFLICT, Problem::AlreadyDone, "flow_finished")
            .return_to(&self.client.name, self.flow.redirect_uri.as_str())
    }

    /// An error page with the way back to the client, which learns that the person was not let in.
    #[must_use]
    pub fn error(
        &self,
        status: StatusCode,
        problem: Problem,
        code: &'static str,
        description: &str,
    ) -> PageError {
        PageError::new(status, problem, code)
            .return_to(&self.client.name, self.flow.declined_address(description))
    }

    /// The same with a link that tries the page `again` once more.
    #[must_use]
    pub fn error_again(
        &self,
        status: StatusCode,
        problem: Problem,
        code: &'static str,
        again: &str,
    ) -> PageError {
        self.error(status, problem, code, "Too many requests.")
            .again(again)
    }

    /// Where a browser belongs whose flow is in the stage `Accept`.
    #[must_use]
    pub fn accept_address(&self) -> String {
        paths::of_flow(paths::ACCEPT_FLOW, self.flow.id)
    }

    /// Whether nothing comes before the consent.
    fn is_sign_in(&self) -> bool {
        self.flow.first_page == self.accept_address()
    }

    /// The answer for a browser whose flow is not at its first page, the address `first_page`, any more (or belongs to
    /// another room): where it went. None when it is there.
    #[must_use]
    pub fn elsewhere(&self, first_page: &str) -> Option<Result<Response, PageError>> {
        if self.flow.first_page != first_page {
            return Some(Err(PageError::session_lost()));
        }
        match self.flow.stage {
            Stage::Details => None,
            Stage::Accept { .. } => Some(Ok(see_other(&self.accept_address()))),
            Stage::Accepted { .. } | Stage::Declined => Some(Err(self.finished())),
        }
    }

    /// Where the form of a page of this flow may end.
    #[must_use]
    pub fn form_ends_at(&self) -> FormEndsAt {
        FormEndsAt::of(self.flow.redirect_uri.origin())
    }
}

impl From<StoreError> for PageError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Database(error) => error.into(),
            StoreError::Inconsistent(error) => {
                tracing::error!(reason = %error, "internal error");
                Self::internal()
            }
        }
    }
}

/// What a flow keeps for the page "Accept scopes": the names on it, and whether another's access ended on the way to it.
#[must_use]
pub fn names(patient: &str, confidant: Option<&str>, has_ended_others: bool) -> Value {
    json!({ "patient_name": patient, "confidant_name": confidant, "has_ended_others": has_ended_others })
}

pub(super) fn signed_in(payload: &Value) -> SignedIn {
    let name = |member: &str| {
        payload
            .get(member)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let patient = name("patient_name").unwrap_or_default();
    match name("confidant_name") {
        Some(name) => SignedIn::Confidant { name, patient },
        None => SignedIn::Patient { name: patient },
    }
}

async fn show(page: Page, Path(id): Path<String>) -> Result<Response, PageError> {
    let mut own = OwnFlow::find(&page, &id).await?;
    let taken_over = own.taken_over.take();
    match own.flow.stage {
        Stage::Details => Ok(see_other(&own.flow.first_page)),
        Stage::Accept { token_id } => {
            check_consent(&page, &own, token_id).await?;
            let view = accept_page(&page, &own, StatusCode::OK, Vec::new()).await?;
            Ok((taken_over, view).into_response())
        }
        Stage::Accepted { .. } | Stage::Declined => Err(own.finished()),
    }
}

/// What is asked before somebody sees the consent, where there is anything to ask: whether a confidant may still act, and
/// whether a scope for staff is asked of staff.
async fn check_consent(page: &Page, own: &OwnFlow, token_id: Uuid) -> Result<(), PageError> {
    let is_confidant = matches!(signed_in(&own.flow.payload), SignedIn::Confidant { .. });
    if !is_confidant && !grants::asks_for_staff(&own.client, &own.flow.scope) {
        return Ok(());
    }
    let mut held = page.app.db.read().await?;
    let borne = store::borne_by_id(held.link(), token_id).await?;
    let token = own.may_act(page, borne)?;
    let scope = &own.flow.scope;
    match grants::check_roles(held.link(), &own.client, token.subject, scope).await {
        Ok(()) => Ok(()),
        Err(OAuthError::Database(error)) => Err(error.into()),
        Err(error) => {
            let parameters = [
                ("error", error.redirect_code()),
                (
                    "error_description",
                    &*redirect_description(&error.to_string()),
                ),
            ];
            let address = own.flow.return_address(&parameters);
            let page = PageError::bad_link(BadLink::ScopeNotAllowed);
            Err(page.return_to(&own.client.name, address))
        }
    }
}

async fn accept_page(
    page: &Page,
    own: &OwnFlow,
    status: StatusCode,
    errors: Vec<ErrorLine>,
) -> Result<Response, PageError> {
    let path = own.accept_address();
    let scopes = scope_views(page, own).await?;
    let view = AcceptPage {
        layout: page.layout(),
        client: ClientView {
            name: own.client.name.clone(),
            domain: own.flow.redirect_uri.domain(),
            owner: own.client.owner.clone(),
        },
        signed_in: signed_in(&own.flow.payload),
        has_ended_others: own.flow.payload.get("has_ended_others") == Some(&Value::Bool(true)),
        scopes,
        valid_until: Some(page.now + page.app.config.lives.refresh_token),
        errors,
        apps: paths::of_flow(paths::ACCEPT_APPS, own.flow.id),
        csrf: own.browser.csrf(&page.app.keys, &path)?,
        action: path,
    };
    Ok((status, Drawn, own.form_ends_at(), view).into_response())
}

/// The scopes as sentences. One that nobody described cannot be shown, so it cannot be granted.
async fn scope_views(page: &Page, own: &OwnFlow) -> Result<Vec<ScopeView>, PageError> {
    scope_words_of(page, &own.flow.scope)
        .await?
        .into_iter()
        .map(|(scope, view)| {
            view.ok_or_else(|| {
                tracing::error!(scope, "a scope without a description was asked for");
                PageError::internal()
            })
        })
        .collect()
}

/// Each scope with its sentence; none where nobody described it.
pub(super) async fn scope_words_of(
    page: &Page,
    scopes: &Scopes,
) -> Result<Vec<(String, Option<ScopeView>)>, PageError> {
    let locale = page.locale;
    let mut known: Vec<_> = scopes
        .iter()
        .map(|scope| (scope.to_owned(), scope_words(locale, scope)))
        .collect();
    if known.iter().all(|(_, view)| view.is_some()) {
        return Ok(known);
    }
    let mut held = page.app.db.read().await?;
    let provisioned = store::described_scopes(held.link()).await?;
    for (scope, view) in known.iter_mut().filter(|(_, view)| view.is_none()) {
        *view =
            provisioned
                .iter()
                .find(|(name, ..)| name == scope)
                .map(|(_, uk, en, sensitive)| ScopeView {
                    title: match locale {
                        Locale::Uk => uk.clone(),
                        Locale::En => en.clone(),
                    },
                    detail: None,
                    sensitive: *sensitive,
                });
    }
    Ok(known)
}

async fn decide(
    page: Page,
    Path(id): Path<String>,
    form: Guarded<Decided>,
) -> Result<Response, PageError> {
    let (Decided { decision }, _) = form.open();
    let own = OwnFlow::find(&page, &id).await?;
    match decision {
        Decision::Confirm => accept(&page, own).await,
        Decision::Decline => decline(&page, own).await,
        Decision::Leave => Err(PageError::of_status(StatusCode::BAD_REQUEST)),
    }
}

async fn accept(page: &Page, mut own: OwnFlow) -> Result<Response, PageError> {
    let app = &page.app;
    let mut tx = app.db.begin().await?;
    let Some(flow) = flow::find_locked(tx.link(), own.flow.id).await? else {
        return Err(PageError::session_lost());
    };
    own.flow = flow;
    let code = code_of(app, &own.flow)?;
    let token_id = match own.flow.stage {
        Stage::Accept { token_id } => token_id,
        Stage::Details => return Ok(see_other(&own.flow.first_page)),
        // A double click: the same answer, as long as the code has not been exchanged.
        Stage::Accepted { code_id } => {
            let stored = store::token_by_id(tx.link(), code_id).await?;
            let fresh = stored.is_some_and(|code| code.used_at.is_none() && code.is_live(page.now));
            return if fresh {
                Ok(see_other(
                    &own.flow.return_address(&[("code", code.expose())]),
                ))
            } else {
                Err(own.finished())
            };
        }
        Stage::Declined => return Err(own.finished()),
    };
    let borne = store::borne_by_id(tx.link(), token_id).await?;
    let token = own.may_act(page, borne)?;
    let request = AuthorizationRequest {
        client_id: own.flow.client_id,
        redirect_uri: own.flow.redirect_uri.clone(),
        scope: own.flow.scope.clone(),
    };
    match grants::authorize(&mut tx, app, token.subject, &request, &code, page.now).await {
        Ok(authorized) => {
            let next = Stage::Accepted {
                code_id: authorized.code.id,
            };
            flow::advance(tx.link(), &own.flow, next, &json!({}), own.flow.expires_at).await?;
            tx.commit().await?;
            Ok(see_other(
                &own.flow.return_address(&[("code", code.expose())]),
            ))
        }
        // The client is told itself (§1.6).
        Err(error) if app.config.redirect_errors => {
            tracing::warn!(reason = %error, "access could not be given");
            let code = error.redirect_code();
            let api = ApiError::from(error);
            let description = match code {
                "server_error" => "Internal error.".into(),
                _ => redirect_description(&api.message),
            };
            let parameters = [("error", code), ("error_description", &*description)];
            Ok(see_other(&own.flow.return_address(&parameters)))
        }
        Err(OAuthError::Database(error)) => Err(error.into()),
        Err(error) => {
            drop(tx);
            let line = ErrorLine::new(refusal(page.locale.words(), &error));
            accept_page(page, &own, StatusCode::UNPROCESSABLE_ENTITY, vec![line]).await
        }
    }
}

/// What a person is told when the access could not be given.
fn refusal(words: Words, error: &OAuthError) -> String {
    tracing::warn!(reason = %error, "access could not be given");
    words.text(match error {
        OAuthError::UserBlocked | OAuthError::UserNotFound => "problem-blocked",
        OAuthError::ClientBlocked | OAuthError::AuthorizeClientNotFound => "problem-client-blocked",
        OAuthError::ScopeNotAllowed | OAuthError::ScopeNotOfRole | OAuthError::ScopeEmpty => {
            "bad-link-scope-not-allowed"
        }
        OAuthError::RedirectMismatch { .. } => "bad-link-redirect-uri-mismatch",
        _ => "problem-internal",
    })
}

/// The code of a flow: always the same, so that it can be given again without being stored.
fn code_of(app: &App, flow: &Flow) -> Result<Plain, PageError> {
    let mac = app
        .keys
        .mac(Purpose::Code, &[flow.id.0.as_bytes()])
        .map_err(|error| {
            tracing::error!(%error, "cryptography failed");
            PageError::internal()
        })?;
    Ok(Plain::from_bytes(&mac))
}

async fn decline(page: &Page, own: OwnFlow) -> Result<Response, PageError> {
    match own.flow.stage {
        Stage::Details => Ok(see_other(&own.flow.first_page)),
        Stage::Accept { .. } => end_declined(page, &own, "The user did not grant access.").await,
        Stage::Declined => Ok(see_other(
            &own.flow.declined_address("The user did not grant access."),
        )),
        Stage::Accepted { .. } => Err(own.finished()),
    }
}

/// Ends a flow because the person said no, and sends the browser back.
///
/// # Errors
/// The page "already finished" when another request ended it otherwise.
pub async fn end_declined(page: &Page, own: &OwnFlow, why: &str) -> Result<Response, PageError> {
    let mut held = page.app.db.write().await?;
    let (next, expires_at) = (Stage::Declined, own.flow.expires_at);
    if flow::advance(held.link(), &own.flow, next, &json!({}), expires_at).await? {
        Ok(see_other(&own.flow.declined_address(why)))
    } else {
        Err(own.finished())
    }
}
