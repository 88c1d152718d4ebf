//! The way to the provider of identities and back.
//!
//! ```text
//!  GET /cabinet/registration?client_id&redirect_uri&scope&state ──303──▶ provider, with a state of our own
//!  GET /cabinet/registration/callback?code&state ──▶ whose state, used once ──▶ who it is ──▶ an account? sign in : register
//! ```
//!
//! The state is 256 random bits, of which the hash is stored with the browser that was sent: nobody can bring another's
//! proof here, and nobody's answer is taken twice.
//!
//! Source: cabinet §1.2, §5; decisions §5.

use axum::{
    extract::RawQuery,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use url::form_urlencoded;
use uuid::Uuid;

use super::{
    here::{Payload, first_page},
    rules::{Account, UserRequest},
    store::{self, AuthRequest},
};
use crate::{
    consent::pages::names,
    journey::flow::{self, Flow, FlowId, Stage, return_address},
    limits,
    oauth::{
        client::Client,
        grants::{self, LoginTokenFor},
        redirect_uri::RedirectUri,
        scope::Scopes,
        store as oauth_store,
        token::Subject,
    },
    outside::identity::{Identity, NotIdentified, Provider},
    paths,
    person::{
        age::{full_years, kyiv_day},
        store::{self as person_store, Known},
    },
    random::Draw,
    secrets::{Hash, Plain},
    sign_up::entry::{self, Parameters},
    standing::home::{self, Arrival},
    web::{
        browser::Browser,
        error::PageError,
        error_page::{BadLink, Problem},
        page::{Page, see_other},
        session_store::session_expiry,
    },
};

/// Lets a browser in and sends it on to the provider.
pub(super) async fn enter(page: Page, RawQuery(query): RawQuery) -> Response {
    let parameters = Parameters::read(query.unwrap_or_default().as_bytes());
    match send(&page, &parameters).await {
        Ok(answer) => answer,
        Err(error) => error.into_response(),
    }
}

/// The way back to a client whose address was found good.
struct Back<'a> {
    client: &'a Client,
    redirect_uri: &'a RedirectUri,
    state: Option<&'a str>,
}

impl Back<'_> {
    fn to(&self, page: PageError, code: &str, description: &str) -> PageError {
        let parameters = [("error", code), ("error_description", description)];
        let address = return_address(self.redirect_uri, self.state, &parameters);
        page.return_to(&self.client.name, address)
    }

    fn denied(
        &self,
        status: StatusCode,
        problem: Problem,
        code: &'static str,
        why: &str,
    ) -> PageError {
        self.to(PageError::new(status, problem, code), "access_denied", why)
    }
}

/// The checks of an entry in their order (sign-up §2.3 rows 1 to 7), and a visit to the provider.
async fn send(page: &Page, parameters: &Parameters) -> Result<Response, PageError> {
    let app = &page.app;
    let (client_id, redirect_uri) = parameters.destination().map_err(PageError::bad_link)?;
    let unknown = || PageError::bad_link(BadLink::ClientUnknown);
    let client_id = Uuid::parse_str(client_id).map_err(|_| unknown())?;
    let client = client(page, client_id).await?.ok_or_else(unknown)?;
    let redirect_uri = entry::registered(&client, redirect_uri)
        .ok_or_else(|| PageError::bad_link(BadLink::RedirectUriMismatch))?;
    let state = parameters.state();
    let back = Back {
        client: &client,
        redirect_uri: &redirect_uri,
        state: state.as_ref().ok().copied().flatten(),
    };
    let bad = |link: BadLink| {
        let code = match link {
            BadLink::ScopeMissing | BadLink::ScopeNotAllowed => "invalid_scope",
            _ => "invalid_request",
        };
        back.to(PageError::bad_link(link), code, entry::description(link))
    };
    let scope = parameters.scopes(&client).map_err(bad)?;
    let state = state.map_err(bad)?;
    let value = Plain::generate(&*app.random);
    let callback = format!(
        "{}{}",
        app.config.public_url.origin(),
        paths::CABINET_CALLBACK
    );
    let Some(address) = app.provider.address(&callback, value.expose()) else {
        tracing::error!("nobody can register in the cabinet: there is no provider");
        return Err(back.to(PageError::unavailable(), "server_error", "Internal error."));
    };
    let browser = Browser::known_or_new(&page.session, &*app.random).await?;
    let request = AuthRequest {
        id: value.hash(),
        browser_hash: browser.hash(),
        client_id: client.id,
        redirect_uri: redirect_uri.as_str().to_owned(),
        scope: scope.to_string(),
        state: state.map(str::to_owned),
        inserted_at: page.now,
        expires_at: page.now + app.config.cabinet.auth_request_life,
        used_at: None,
    };
    let mut held = app.db.write().await?;
    store::add_auth_request(held.link(), &request).await?;
    drop(held);
    browser.keep(&page.session).await?;
    page.session.set_expiry(Some(session_expiry()));
    Ok(see_other(&address))
}

/// The client of that id, which must not be blocked.
async fn client(page: &Page, id: Uuid) -> Result<Option<Client>, PageError> {
    let mut held = page.app.db.read().await?;
    let client = oauth_store::client(held.link(), id).await?;
    if client.as_ref().is_some_and(|client| client.is_blocked) {
        let (status, problem) = (StatusCode::FORBIDDEN, Problem::ClientBlocked);
        return Err(PageError::new(status, problem, "client_blocked"));
    }
    Ok(client)
}

/// The answer of a provider, as it stands in the address.
#[derive(Default)]
struct Returned {
    code: Option<String>,
    state: Option<String>,
}

impl Returned {
    fn read(query: &str) -> Self {
        let mut returned = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let member = match &*name {
                "code" => &mut returned.code,
                "state" => &mut returned.state,
                _ => continue,
            };
            // Given twice, nobody can say which was meant: none is.
            *member = match member {
                None => Some(value.into_owned()),
                Some(_) => Some(String::new()),
            };
        }
        returned
    }
}

/// Takes a browser back from the provider.
pub(super) async fn callback(page: Page, RawQuery(query): RawQuery) -> Result<Response, PageError> {
    let app = &page.app;
    let returned = Returned::read(&query.unwrap_or_default());
    let state = returned.state.ok_or_else(PageError::session_lost)?;
    let browser = Browser::known(&page.session).await?;
    let browser = browser.ok_or_else(PageError::session_lost)?;
    let id = Hash::of(state.as_bytes());
    let request = {
        let mut held = app.db.read().await?;
        store::auth_request(held.link(), &id).await?
    };
    // An unknown visit and one of another browser look alike.
    let request = request
        .filter(|request| browser.hash().same(&request.browser_hash))
        .ok_or_else(PageError::session_lost)?;
    let client = client(&page, request.client_id).await?;
    let client = client.ok_or_else(PageError::session_lost)?;
    let destination = RedirectUri::parse(&request.redirect_uri).ok();
    let (Some(redirect_uri), Some(scope)) = (destination, Scopes::parse(&request.scope)) else {
        tracing::error!("a visit to the provider that cannot be read");
        return Err(PageError::internal());
    };
    let back = Back {
        client: &client,
        redirect_uri: &redirect_uri,
        state: request.state.as_deref(),
    };
    let done = || {
        PageError::new(StatusCode::CONFLICT, Problem::AlreadyDone, "visit_finished")
            .return_to(&client.name, redirect_uri.as_str())
    };
    if request.used_at.is_some() {
        return Err(done());
    }
    if request.expires_at <= page.now {
        let life = app.config.cabinet.auth_request_life.num_minutes();
        let minutes = u32::try_from(life).unwrap_or(u32::MAX);
        let problem = Problem::FlowExpired { minutes };
        let why = "The flow has expired.";
        return Err(back.denied(StatusCode::GONE, problem, "visit_expired", why));
    }
    let is_first = {
        let mut held = app.db.write().await?;
        store::use_auth_request(held.link(), &id, page.now).await?
    };
    if !is_first {
        return Err(done());
    }
    let code = returned
        .code
        .filter(|code| !code.is_empty() && code.len() <= limits::PROVIDER_CODE);
    let Some(code) = code else {
        let why = "The user did not prove who they are.";
        let problem = Problem::IdentityDeclined;
        return Err(back.denied(StatusCode::FORBIDDEN, problem, "identity_declined", why));
    };
    let identity = identify(&app.provider, &code, &back).await?;
    let arrived = Arrived {
        page: &page,
        browser: &browser,
        back: &back,
        scope,
    };
    let address = arrived.begin(identity).await?;
    Ok(see_other(&address))
}

async fn identify(provider: &Provider, code: &str, back: &Back<'_>) -> Result<Identity, PageError> {
    provider.identify(code).await.map_err(|error| match error {
        NotIdentified::NoAnswer => {
            let problem = Problem::IdentityUnavailable;
            let code = "identity_unavailable";
            let page = PageError::new(StatusCode::SERVICE_UNAVAILABLE, problem, code);
            back.to(page, "server_error", "Internal error.")
        }
        NotIdentified::Incomplete => {
            let problem = Problem::IdentityIncomplete;
            let why = "DRFO in DS not present";
            back.denied(StatusCode::CONFLICT, problem, "drfo_not_present", why)
        }
    })
}

/// A browser that came back.
struct Arrived<'a> {
    page: &'a Page,
    browser: &'a Browser,
    back: &'a Back<'a>,
    scope: Scopes,
}

impl Arrived<'_> {
    /// Somebody with an account signs in; everybody else begins a registration (cabinet §1.2 steps 8, 9). The address of
    /// the first page.
    async fn begin(&self, identity: Identity) -> Result<String, PageError> {
        let mut held = self.page.app.db.read().await?;
        let account = store::account_by_tax_id(held.link(), &identity.tax_id).await?;
        let person = match &account {
            Some(Account {
                person_is_current: true,
                person_id: Some(id),
                ..
            }) => person_store::known(held.link(), *id).await?,
            _ => None,
        };
        drop(held);
        if account.as_ref().is_some_and(|account| account.is_blocked) {
            let (status, problem) = (StatusCode::FORBIDDEN, Problem::Blocked);
            return Err(self
                .back
                .denied(status, problem, "user_blocked", "User blocked"));
        }
        match (account, person) {
            (Some(account), Some(person)) => self.sign_in(&account, &person).await,
            (account, _) => self.register(account, identity).await,
        }
    }

    async fn sign_in(&self, account: &Account, person: &Known) -> Result<String, PageError> {
        let (page, app) = (self.page, &self.page.app);
        let age = full_years(person.birth_date, kyiv_day(page.now));
        if age < i32::from(app.config.people.no_self_auth_age) {
            let (status, problem) = (StatusCode::FORBIDDEN, Problem::NotAllowed);
            let why = "Incorrect person age for such an action.";
            return Err(self.back.denied(status, problem, "age", why));
        }
        let subject = Subject {
            user_id: account.id,
            applicant: None,
        };
        let mut tx = app.db.begin().await?;
        let (people, arrival) = (&app.config.people, Arrival::BySignature);
        let has_ended_others =
            home::come_home(&mut tx, person, account.id, arrival, people, page.now).await?;
        let (random, lives, client_id) = (&*app.random, &app.config.lives, self.back.client.id);
        let whose = LoginTokenFor::Page;
        let issued =
            grants::issue_login_token(&mut tx, random, lives, subject, client_id, whose, page.now)
                .await?;
        let stage = Stage::Accept {
            token_id: issued.token.id,
        };
        let payload = names(&person.full_name(), None, has_ended_others);
        let expires_at = page.now + lives.registration;
        let accept = |id| paths::of_flow(paths::ACCEPT_FLOW, id);
        let flow = self.flow(stage, payload, expires_at, accept);
        flow::begin(tx.link(), &flow).await?;
        tx.commit().await?;
        Ok(flow.first_page)
    }

    async fn register(
        &self,
        account: Option<Account>,
        identity: Identity,
    ) -> Result<String, PageError> {
        let (page, app) = (self.page, &self.page.app);
        let request = UserRequest {
            id: app.random.uuid(),
            tax_id: identity.tax_id,
            first_name: identity.first_name,
            last_name: identity.last_name,
            second_name: identity.second_name,
            email: identity.email,
            user_id: account.map(|account| account.id),
            client_id: self.back.client.id,
            redirect_uri: self.back.redirect_uri.as_str().to_owned(),
            scope: self.scope.to_string(),
            expires_at: page.now + app.config.cabinet.user_request_life,
            consumed_at: None,
        };
        let payload = Payload::of(&request).write()?;
        let flow = self.flow(Stage::Details, payload, request.expires_at, first_page);
        let mut tx = app.db.begin().await?;
        store::add_user_request(tx.link(), &request, page.now).await?;
        flow::begin(tx.link(), &flow).await?;
        tx.commit().await?;
        tracing::info!(user_request_id = %request.id, "somebody proved who they are");
        Ok(flow.first_page)
    }

    fn flow(
        &self,
        stage: Stage,
        payload: serde_json::Value,
        expires_at: DateTime<Utc>,
        address: impl Fn(FlowId) -> String,
    ) -> Flow {
        let id = FlowId(Uuid::from_bytes(self.page.app.random.bytes()));
        Flow {
            id,
            browser: self.browser.hash(),
            first_page: address(id),
            stage,
            client_id: self.back.client.id,
            redirect_uri: self.back.redirect_uri.clone(),
            scope: self.scope.clone(),
            state: self.back.state.map(str::to_owned),
            payload,
            inserted_at: self.page.now,
            expires_at,
        }
    }
}
