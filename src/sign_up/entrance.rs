//! How a browser comes in: the parameters in their order, what was signed, and a flow that begins; or a refusal, on a page
//! or at the client (§1.6, §2.3, §2.6).

use axum::{
    body::Bytes,
    extract::{RawQuery, rejection::BytesRejection},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::{
    entry::{self, Entry, Parameters},
    error::SignUpError,
    pages, sign_in_pages,
};
use crate::{
    api::ApiError,
    db::Held,
    details::refusal::{self, Wrong},
    journey::flow::{Flow, FlowId, Stage, return_address},
    oauth::{
        client::Client,
        error::{OAuthError, redirect_description},
        redirect_uri::RedirectUri,
        scope::Scopes,
        store as oauth_store,
    },
    paths,
    random::Draw,
    signed_content::repair_url,
    state::App,
    web::{
        browser::{Browser, HandOver},
        error::PageError,
        error_page::{BadLink, Problem, ReturnLink},
        page::{Page, see_other},
        session_store::session_expiry,
        words::Words,
    },
};

/// Comes in by a link.
pub async fn by_link(entry: Entry, page: Page, RawQuery(query): RawQuery) -> Response {
    let parameters = Parameters::read(query.unwrap_or_default().as_bytes());
    let begun = async {
        let browser = Browser::known_or_new(&page.session, &*page.app.random).await?;
        let address = enter(&page, entry, &parameters, &browser).await?;
        browser.keep(&page.session).await?;
        // The session lasts from now on as long as this flow may.
        page.session.set_expiry(Some(session_expiry()));
        Ok(address)
    };
    match begun.await {
        Ok(address) => see_other(&address),
        Err(refused) => Refused::entered(refused, &parameters).into_response(),
    }
}

/// The same by a form, since a container can outgrow an address. It comes from another site by nature: it carries no
/// cookie and needs none, since all it does is begin a flow.
pub async fn by_form(entry: Entry, page: Page, body: Result<Bytes, BytesRejection>) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return PageError::of_status(rejection.status()).into_response(),
    };
    let parameters = Parameters::read(&body);
    let browser = Browser::new(&*page.app.random);
    match enter(&page, entry, &parameters, &browser).await {
        Ok(address) => {
            let hand_over = HandOver::give(&browser, &page.app.config.public_url);
            (hand_over, see_other(&address)).into_response()
        }
        Err(refused) => refused.entered(&parameters).into_response(),
    }
}

/// Where a browser goes that is not let in.
pub(super) enum Refused {
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
            Self::Client(address) => match HeaderValue::try_from(address) {
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
pub(super) struct Back<'a> {
    pub entry: Entry,
    pub app: &'a App,
    pub words: Words,
    pub client: &'a Client,
    pub redirect_uri: &'a RedirectUri,
    pub state: Option<&'a str>,
}

impl Back<'_> {
    fn address(&self, code: &str, description: &str) -> String {
        let description = redirect_description(description);
        let parameters = [("error", code), ("error_description", &*description)];
        return_address(self.redirect_uri, self.state, &parameters)
    }

    /// Whether errors are told to the client and not to the person (§1.6).
    fn tells_client(&self) -> bool {
        self.entry.is_sign_in() || self.app.config.redirect_errors
    }

    /// A wrong parameter (§2.3 rows 6–9).
    fn bad_link(&self, link: BadLink) -> Refused {
        let code = match link {
            BadLink::ScopeMissing | BadLink::ScopeNotAllowed => "invalid_scope",
            _ => "invalid_request",
        };
        let address = self.address(code, entry::description(link));
        if self.tells_client() {
            Refused::Client(address)
        } else {
            PageError::bad_link(link)
                .return_to(&self.client.name, address)
                .into()
        }
    }

    /// What is said of a refused sign-up or sign-in.
    ///
    /// # Errors
    /// Where there is nothing to add: the client is told itself (§2.6), or everything is registered already.
    pub(super) fn refusal(&self, error: SignUpError) -> Result<Refusal, Refused> {
        // What was signed is registered: nothing went wrong, and the client is told of no error.
        if matches!(error, SignUpError::SignatureUsed) && !self.tells_client() {
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
        if self.tells_client() {
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
        let kind = self.entry.kind();
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
pub(super) struct Refusal {
    pub page: PageError,
    pub wrongs: Vec<Wrong>,
    pub return_to: ReturnLink,
}

impl Refusal {
    /// Whether the data are to blame, of which the page shows the rows.
    pub fn is_about_data(&self) -> bool {
        self.wrongs.iter().any(Wrong::is_about_data)
    }

    pub fn without_data(self) -> PageError {
        self.page
            .lines(refusal::link(self.wrongs, &mut [], &mut []))
    }
}

/// A browser whose parameters are good.
pub(super) struct Arrived<'a> {
    pub page: &'a Page,
    pub entry: Entry,
    pub browser: &'a Browser,
    pub client: &'a Client,
    pub redirect_uri: RedirectUri,
    pub scope: Scopes,
    pub state: Option<String>,
    pub user_data: &'a str,
    pub token: &'a str,
}

impl Arrived<'_> {
    /// A new flow of this browser, at the address that `address` makes of its id.
    pub fn flow(&self, stage: Stage, payload: Value, address: impl Fn(FlowId) -> String) -> Flow {
        let app = &self.page.app;
        let id = FlowId(Uuid::from_bytes(app.random.bytes()));
        Flow {
            id,
            browser: self.browser.hash(),
            first_page: address(id),
            stage,
            client_id: self.client.id,
            redirect_uri: self.redirect_uri.clone(),
            scope: self.scope.clone(),
            state: self.state.clone(),
            payload,
            inserted_at: self.now(),
            expires_at: self.now() + app.config.lives.registration,
        }
    }

    /// The moment of the request.
    pub fn now(&self) -> DateTime<Utc> {
        self.page.now
    }
}

/// Checks the parameters in their order, then what was signed (§2.3, §5), and begins a flow; the address of its first page.
async fn enter(
    page: &Page,
    entry: Entry,
    parameters: &Parameters,
    browser: &Browser,
) -> Result<String, Refused> {
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
        entry,
        app,
        words: page.locale.words(),
        client: &client,
        redirect_uri: &redirect_uri,
        state: state.as_ref().ok().copied().flatten(),
    };
    let request = parameters
        .request(entry, &client)
        .map_err(|link| back.bad_link(link))?;
    let state = state.map_err(|link| back.bad_link(link))?;
    let arrived = Arrived {
        page,
        entry,
        browser,
        client: &client,
        redirect_uri: redirect_uri.clone(),
        scope: request.scope,
        state: state.map(str::to_owned),
        user_data: request.user_data,
        token: request.token,
    };
    match begin(&arrived, held).await {
        Ok(address) => Ok(address),
        Err(error) => Err(back.refused(error, request.user_data).await),
    }
}

async fn begin(arrived: &Arrived<'_>, held: Held) -> Result<String, SignUpError> {
    match arrived.entry {
        Entry::ConfidantSignUp => pages::begin_confidant(arrived, held).await,
        Entry::SignUp => {
            // What follows computes: the connection is for others meanwhile.
            drop(held);
            pages::begin_own(arrived).await
        }
        Entry::SignIn | Entry::ConfidantSignIn => {
            drop(held);
            sign_in_pages::begin(arrived).await
        }
    }
}
