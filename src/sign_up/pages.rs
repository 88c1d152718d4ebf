//! The pages of a confidant's sign-up.

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, RawQuery},
    http::{StatusCode, header},
    middleware::from_fn_with_state,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{
    confidant::{self, SCOPE, SignedContent},
    details::Kind as DetailsKind,
    entry::{self, Parameters},
    error::{SignUpError, redirect_description},
    refusal::{self, Wrong},
    registration,
    views::{DeclinedPage, Details, DetailsPage},
};
use crate::{
    api::ApiError,
    db::Held,
    limits,
    oauth::{
        bearer::{bearer, bearer_again},
        client::Client,
        error::OAuthError,
        flow::{self, Flow, FlowId, Stage, return_address},
        pages::{OwnFlow, end_declined, names},
        redirect_uri::RedirectUri,
        store as oauth_store,
    },
    random::Draw,
    secrets::Plain,
    signed_content::repair_url,
    state::App,
    web::{
        browser::{Browser, Guarded, HandOver},
        error::{Drawn, PageError},
        error_page::{BadLink, Problem, ReturnLink},
        page::{Decided, Decision, Page, see_other},
        paths,
        request::large_body,
        session_store::session_expiry,
        words::Words,
    },
};

/// The routes.
pub fn routes(app: &App) -> Router<App> {
    Router::new()
        .route(
            paths::CONFIDANT_SIGN_UP,
            get(enter_by_link).post(enter_by_form),
        )
        .layer(DefaultBodyLimit::max(limits::SIGNED_BODY))
        .layer(from_fn_with_state(app.clone(), large_body))
        .route(paths::CONFIDANT_SIGN_UP_FLOW, get(details).post(decide))
        .route(paths::CONFIDANT_SIGN_UP_DECLINED, get(declined).post(leave))
}

/// The address of the details.
fn first_page(id: FlowId) -> String {
    paths::of_flow(paths::CONFIDANT_SIGN_UP_FLOW, id)
}

/// What a confidant's sign-up keeps from the entry to the confirmation.
#[derive(Serialize, Deserialize)]
struct Payload {
    bearer_token_id: Uuid,
    signed_content: String,
    session_token: String,
    person: Value,
    patient_signed: bool,
    process_disclosure_data_consent: bool,
}

impl Payload {
    fn read(flow: &Flow) -> Result<Self, PageError> {
        Self::deserialize(&flow.payload).map_err(|_| {
            tracing::error!("a flow without its payload");
            PageError::internal()
        })
    }
}

async fn enter_by_link(page: Page, RawQuery(query): RawQuery) -> Response {
    let parameters = Parameters::read(query.unwrap_or_default().as_bytes());
    match enter(&page, &parameters).await {
        Ok(entered) => {
            let begun = async {
                let browser = Browser::ensure(&page.session, &*page.app.random).await?;
                // The session lasts from now on as long as this flow may.
                page.session.set_expiry(Some(session_expiry()));
                entered.begin(&page, &browser).await
            };
            begun
                .await
                .map_or_else(IntoResponse::into_response, |address| see_other(&address))
        }
        Err(refused) => refused.entered(&parameters).into_response(),
    }
}

/// The same by a form, since a container can outgrow an address. It comes from another site by nature: it carries no
/// cookie and needs none, since all it does is begin a flow.
async fn enter_by_form(
    page: Page,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return PageError::of_status(rejection.status()).into_response(),
    };
    let parameters = Parameters::read(&body);
    match enter(&page, &parameters).await {
        Ok(entered) => {
            let browser = Browser::new(&*page.app.random);
            match entered.begin(&page, &browser).await {
                Ok(address) => {
                    let hand_over = HandOver::give(&browser, &page.app.config.public_url);
                    (hand_over, see_other(&address)).into_response()
                }
                Err(error) => error.into_response(),
            }
        }
        Err(refused) => refused.entered(&parameters).into_response(),
    }
}

/// Where a browser goes that is not let in.
enum Refused {
    /// A page of ours.
    Page(Box<PageError>),
    /// The client, with an error.
    Client(String),
}

impl Refused {
    /// The same with what the browser came with, for the other language.
    fn entered(self, parameters: &Parameters) -> Self {
        match self {
            Self::Page(error) => error.entry(parameters.fields()).into(),
            client @ Self::Client(_) => client,
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Page(error) => error.into_response(),
            Self::Client(address) => match axum::http::HeaderValue::try_from(address) {
                Ok(location) => (StatusCode::FOUND, [(header::LOCATION, location)]).into_response(),
                Err(_) => Redirect::to(paths::HOME).into_response(),
            },
        }
    }
}

impl From<PageError> for Refused {
    fn from(error: PageError) -> Self {
        Self::Page(Box::new(error))
    }
}

impl From<sqlx::Error> for Refused {
    fn from(error: sqlx::Error) -> Self {
        PageError::from(error).into()
    }
}

/// The way back to a client whose address was found good.
struct Back<'a> {
    app: &'a App,
    words: Words,
    client: &'a Client,
    redirect_uri: &'a RedirectUri,
    state: Option<&'a str>,
}

impl Back<'_> {
    fn address(&self, code: &str, description: &str) -> String {
        let description = redirect_description(description);
        let parameters = [("error", code), ("error_description", &*description)];
        return_address(self.redirect_uri, self.state, &parameters)
    }

    /// A wrong parameter (§2.3 rows 6–9).
    fn bad_link(&self, link: BadLink) -> Refused {
        let code = match link {
            BadLink::ScopeMissing | BadLink::ScopeNotAllowed => "invalid_scope",
            _ => "invalid_request",
        };
        let address = self.address(code, entry::description(link));
        if self.app.config.redirect_errors {
            Refused::Client(address)
        } else {
            PageError::bad_link(link)
                .return_to(&self.client.name, address)
                .into()
        }
    }

    /// What is said of a refused sign-up.
    ///
    /// # Errors
    /// Where there is nothing to add: the client is told itself (§2.6), or everything is registered already.
    fn refusal(&self, error: SignUpError) -> Result<Refusal, Refused> {
        // What was signed is registered: nothing went wrong, and the client is told of no error.
        if matches!(error, SignUpError::SignatureUsed) && !self.app.config.redirect_errors {
            let page = error.page();
            return Err(page
                .return_to(&self.client.name, self.redirect_uri.as_str())
                .into());
        }
        let code = error.redirect_code();
        let page = error.page();
        // The page of a blocked client says everything; the registry has no line for it.
        let is_told = matches!(error, SignUpError::OAuth(OAuthError::ClientBlocked));
        let api = ApiError::from(error);
        let message = if code == "server_error" {
            "Internal error."
        } else {
            &*api.message
        };
        let address = self.address(code, message);
        if self.app.config.redirect_errors {
            return Err(Refused::Client(address));
        }
        Ok(Refusal {
            page: page.return_to(&self.client.name, &*address),
            wrongs: if is_told {
                Vec::new()
            } else {
                refusal::wrongs(self.words, &api)
            },
            return_to: ReturnLink {
                client: self.client.name.clone(),
                href: address,
            },
        })
    }

    /// A refused entry: the translated lines on a page, with the data they are about.
    async fn refused(&self, error: SignUpError, user_data: &str) -> Refused {
        let refusal = match self.refusal(error) {
            Ok(refusal) => refusal,
            Err(refused) => return refused,
        };
        if !refusal.is_about_data() {
            return refusal.without_data().into();
        }
        // Data are only judged once the signature is good: what it encloses is the signer's own.
        let text = repair_url(user_data);
        let content = tokio::task::spawn_blocking(move || refusal::enclosed(&text)).await;
        let Ok(Some(content)) = content else {
            return refusal.without_data().into();
        };
        let kind = DetailsKind::Confidant;
        let (lines, sent) = refusal::shown(
            self.words,
            &self.app.dictionaries(),
            &content,
            refusal.wrongs,
            kind,
        );
        refusal.page.lines(lines).sent(sent).into()
    }
}

/// What is said of a refused sign-up, and where it is said.
struct Refusal {
    page: PageError,
    wrongs: Vec<Wrong>,
    return_to: ReturnLink,
}

impl Refusal {
    /// Whether the data are to blame, of which the page shows the rows.
    fn is_about_data(&self) -> bool {
        self.wrongs.iter().any(Wrong::is_about_data)
    }

    fn without_data(self) -> PageError {
        self.page
            .lines(refusal::link(self.wrongs, &mut [], &mut []))
    }
}

/// A browser that is let in.
struct Entered {
    client_id: Uuid,
    redirect_uri: RedirectUri,
    scope: crate::oauth::scope::Scopes,
    state: Option<String>,
    payload: Payload,
}

/// Checks the parameters in their order, then what was signed (§2.3, §5.1).
async fn enter(page: &Page, parameters: &Parameters) -> Result<Entered, Refused> {
    let app = &page.app;
    let (client_id, redirect_uri) = parameters.destination().map_err(PageError::bad_link)?;
    let unknown = || PageError::bad_link(BadLink::ClientUnknown);
    let client_id = Uuid::parse_str(client_id).map_err(|_| unknown())?;
    let mut held = app.db.read().await?;
    let client = oauth_store::client(held.link(), client_id)
        .await
        .map_err(PageError::from)?
        .ok_or_else(unknown)?;
    if client.is_blocked {
        return Err(PageError::new(
            StatusCode::FORBIDDEN,
            Problem::ClientBlocked,
            "client_blocked",
        )
        .into());
    }
    let redirect_uri = entry::registered(&client, redirect_uri)
        .ok_or_else(|| PageError::bad_link(BadLink::RedirectUriMismatch))?;
    let state = parameters.state();
    let back = Back {
        app,
        words: page.locale.words(),
        client: &client,
        redirect_uri: &redirect_uri,
        state: state.as_ref().ok().copied().flatten(),
    };
    let request = parameters
        .request(&client)
        .map_err(|link| back.bad_link(link))?;
    let state = state.map_err(|link| back.bad_link(link))?;
    let payload = match validate(page, held, request.token, request.user_data).await {
        Ok(payload) => payload,
        Err(error) => return Err(back.refused(error, request.user_data).await),
    };
    let state = state.map(str::to_owned);
    Ok(Entered {
        client_id,
        scope: request.scope,
        state,
        payload,
        redirect_uri: redirect_uri.clone(),
    })
}

/// The same check as `POST /api/pis/confidant/sign-up_validation`.
async fn validate(
    page: &Page,
    mut held: Held,
    token: &str,
    user_data: &str,
) -> Result<Payload, SignUpError> {
    let app = &page.app;
    let token = Plain::from(token);
    let bearer = bearer(held.link(), Some(&token), Some(SCOPE), page.now).await?;
    // What follows computes: the connection is for others meanwhile.
    drop(held);
    let text = repair_url(user_data);
    let content = SignedContent::new(Some(&text), Some("base64"))?;
    let validated = confidant::validate(app, &bearer, &content, page.now).await?;
    Ok(Payload {
        bearer_token_id: bearer.token.id,
        signed_content: text,
        session_token: validated.session_token,
        person: validated.person,
        patient_signed: validated.content.patient_signed,
        process_disclosure_data_consent: validated.content.process_disclosure_data_consent,
    })
}

impl Entered {
    /// Begins the flow of `browser`; the address of its first page.
    async fn begin(self, page: &Page, browser: &Browser) -> Result<String, PageError> {
        let app = &page.app;
        let id = FlowId(Uuid::from_bytes(app.random.bytes()));
        let flow = Flow {
            id,
            browser: browser.hash(),
            first_page: first_page(id),
            stage: Stage::Details,
            client_id: self.client_id,
            redirect_uri: self.redirect_uri,
            scope: self.scope,
            state: self.state,
            payload: serde_json::to_value(&self.payload).map_err(|_| PageError::internal())?,
            inserted_at: page.now,
            expires_at: page.now + app.config.lives.registration,
        };
        let mut held = app.db.write().await?;
        flow::begin(held.link(), &flow).await?;
        Ok(flow.first_page)
    }
}

async fn details(page: Page, Path(id): Path<String>) -> Result<Response, PageError> {
    let mut own = OwnFlow::find(&page, &id).await?;
    let taken_over = own.taken_over.take();
    if let Some(answer) = own.elsewhere(&first_page(own.flow.id)) {
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
        kind: DetailsKind::Confidant,
        dictionaries: &dictionaries,
    };
    Ok(DetailsPage::new(page.layout(), &details, path, csrf))
}

async fn decide(
    page: Page,
    Path(id): Path<String>,
    form: Guarded<Decided>,
) -> Result<Response, PageError> {
    let (Decided { decision }, _) = form.open();
    let own = OwnFlow::find(&page, &id).await?;
    if let Some(answer) = own.elsewhere(&first_page(own.flow.id)) {
        return answer;
    }
    match decision {
        Decision::Confirm => confirm(&page, own).await,
        Decision::Decline => Ok(see_other(&paths::of_flow(
            paths::CONFIDANT_SIGN_UP_DECLINED,
            own.flow.id,
        ))),
        Decision::Leave => Err(PageError::of_status(StatusCode::BAD_REQUEST)),
    }
}

/// The same registration as `POST /api/pis/confidant/sign-up_registration`. Of two confirms at the same moment the
/// second waits for the flow, and goes where the first one went.
async fn confirm(page: &Page, own: OwnFlow) -> Result<Response, PageError> {
    let next = own.accept_address();
    match register(page, &own).await {
        Ok(()) => Ok(see_other(&next)),
        Err(error) => {
            let back = Back {
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
    }
}

async fn register(page: &Page, own: &OwnFlow) -> Result<(), SignUpError> {
    let app = &page.app;
    let payload = Payload::deserialize(&own.flow.payload)
        .map_err(|_| SignUpError::Internal("a flow without its payload".to_owned()))?;
    let bearer = {
        let mut held = app.db.read().await?;
        bearer_again(held.link(), payload.bearer_token_id, Some(SCOPE), page.now).await?
    };
    let content = SignedContent {
        text: payload.signed_content.into(),
    };
    let prepared =
        confidant::prepare(app, &bearer, content, &payload.session_token, page.now).await?;
    let mut tx = app.db.begin().await?;
    let flow = flow::find_locked(tx.link(), own.flow.id).await?;
    let is_here = flow
        .as_ref()
        .is_some_and(|flow| flow.stage == Stage::Details);
    if !is_here {
        return Ok(());
    }
    let registered =
        registration::register(&mut tx, app, prepared, own.flow.client_id, page.now).await?;
    let kept = names(&registered.patient_name, &registered.confidant_name);
    let next = Stage::Accept {
        token_id: registered.token.token.id,
    };
    // The consent has as much time as the details had.
    let expires_at = page.now + app.config.lives.registration;
    flow::advance(tx.link(), &own.flow, next, &kept, expires_at).await?;
    tx.commit().await?;
    Ok(())
}

async fn declined(page: Page, Path(id): Path<String>) -> Result<Response, PageError> {
    let own = OwnFlow::find(&page, &id).await?;
    if let Some(answer) = own.elsewhere(&first_page(own.flow.id)) {
        return answer;
    }
    let path = paths::of_flow(paths::CONFIDANT_SIGN_UP_DECLINED, own.flow.id);
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
    form: Guarded<Decided>,
) -> Result<Response, PageError> {
    let (Decided { decision }, _) = form.open();
    let own = OwnFlow::find(&page, &id).await?;
    let why = "The user did not confirm the details.";
    match (own.flow.stage, decision) {
        (Stage::Details, Decision::Leave) => end_declined(&page, &own, why).await,
        (Stage::Declined, Decision::Leave) => Ok(see_other(&own.flow.declined_address(why))),
        (Stage::Accept { .. }, _) => Ok(see_other(&own.accept_address())),
        (Stage::Accepted { .. }, _) => Err(own.finished()),
        _ => Err(PageError::of_status(StatusCode::BAD_REQUEST)),
    }
}
