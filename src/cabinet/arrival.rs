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

use axum::{extract::RawQuery, http::StatusCode, response::Response};
use chrono::{DateTime, Utc};
use serde_json::Value;
use url::form_urlencoded;

use super::{
    here::{CabinetPayload, first_page},
    rules::{Account, UserRequest},
    store::{self, AuthRequest},
};
use crate::{
    journey::{
        arrival::{Arrival, arrive, find_client},
        flow::{self, Flow, FlowId, Stage},
        parameters::{Needs, Parameters},
        payload::{self, ConsentPayload},
    },
    limits,
    oauth::{
        grants::{self, LoginTokenFor},
        redirect_uri::RedirectUri,
        scope::Scopes,
        token::Subject,
    },
    outside::identity::{Identity, NotIdentified},
    paths,
    person::{
        age::{full_years, kyiv_day},
        store::{self as person_store, RegisteredPerson},
    },
    random::Draw,
    secrets::{Hash, Plain},
    standing::home,
    web::{
        browser::Browser,
        error::PageError,
        error_page::Problem,
        page::{Page, see_other},
        session_store::session_expiry,
        stop::Stop,
    },
};

/// Lets a browser in and sends it on to the provider: the checks of an entry in their order (sign-up §2.3 rows 1 to 7), and a
/// visit to the provider.
pub(super) async fn enter(page: Page, RawQuery(query): RawQuery) -> Result<Response, Stop> {
    let app = &page.app;
    let parameters = Parameters::read(query.unwrap_or_default().as_bytes());
    let (arrival, held) = arrive(&page, &parameters, Needs::default(), false).await?;
    drop(held);
    let value = Plain::generate(&*app.random);
    let address = provider_address(&page, &arrival, &value)?;
    let browser = Browser::known_or_new(&page.session, &*app.random).await?;
    let request = AuthRequest {
        id: value.hash(),
        browser_hash: browser.hash(),
        client_id: arrival.client.id,
        redirect_uri: arrival.redirect_uri.as_str().to_owned(),
        scope: arrival.scope.to_string(),
        state: arrival.state,
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

/// Where the browser proves who it is, to come back with `state`.
fn provider_address(
    page: &Page,
    arrival: &Arrival<'_>,
    state: &Plain,
) -> Result<String, PageError> {
    let origin = page.app.config.public_url.origin();
    let callback = format!("{origin}{}", paths::CABINET_CALLBACK);
    let address = page.app.provider.address(&callback, state.expose());
    address.ok_or_else(|| {
        tracing::error!("nobody can register in the cabinet: there is no provider");
        let (page, why) = (PageError::unavailable(), "Internal error.");
        arrival.back().link_on(page, "server_error", why)
    })
}

/// The answer of a provider, as it stands in the address.
#[derive(Default)]
struct CallbackParameters {
    code: Option<String>,
    state: Option<String>,
}

impl CallbackParameters {
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
pub(super) async fn callback(page: Page, RawQuery(query): RawQuery) -> Result<Response, Stop> {
    let returned = CallbackParameters::read(&query.unwrap_or_default());
    let state = returned.state.ok_or_else(PageError::session_lost)?;
    let browser = Browser::load(&page.session).await?;
    let browser = browser.ok_or_else(PageError::session_lost)?;
    let id = Hash::of(state.as_bytes());
    let request = find_request(&page, &browser, &id).await?;
    let arrival = arrival_of(&page, &request).await?;
    let arrived = ReturnedBrowser {
        page: &page,
        browser: &browser,
        arrival,
    };
    arrived.use_request(&request).await?;
    let identity = arrived.identify(returned.code).await?;
    let address = arrived.begin(identity).await?;
    Ok(see_other(&address))
}

/// The visit that `browser` was sent on. An unknown visit and one of another browser look alike.
async fn find_request(page: &Page, browser: &Browser, id: &Hash) -> Result<AuthRequest, PageError> {
    let mut held = page.app.db.read().await?;
    store::auth_request(held.link(), id)
        .await?
        .filter(|request| browser.hash().same(&request.browser_hash))
        .ok_or_else(PageError::session_lost)
}

/// Who sent the browser here, as the visit remembers it.
async fn arrival_of(page: &Page, request: &AuthRequest) -> Result<Arrival<'static>, PageError> {
    let mut held = page.app.db.read().await?;
    let client = find_client(held.link(), request.client_id).await?;
    let client = client.ok_or_else(PageError::session_lost)?;
    let redirect_uri = RedirectUri::parse(&request.redirect_uri).ok();
    let (Some(redirect_uri), Some(scope)) = (redirect_uri, Scopes::parse(&request.scope)) else {
        tracing::error!("a visit to the provider that cannot be read");
        return Err(PageError::internal());
    };
    Ok(Arrival {
        client,
        redirect_uri,
        scope,
        state: request.state.clone(),
        user_data: "",
        token: "",
    })
}

/// A browser that came back.
struct ReturnedBrowser<'a> {
    page: &'a Page,
    browser: &'a Browser,
    arrival: Arrival<'static>,
}

impl ReturnedBrowser<'_> {
    fn deny(&self, problem: Problem, code: &'static str, why: &str) -> PageError {
        let status = StatusCode::FORBIDDEN;
        self.arrival.back().deny(status, problem, code, why)
    }

    /// Uses the visit up: it is good once, and not for ever.
    async fn use_request(&self, request: &AuthRequest) -> Result<(), PageError> {
        let (page, back) = (self.page, self.arrival.back());
        let done = || {
            let (status, problem) = (StatusCode::CONFLICT, Problem::AlreadyDone);
            back.without_error(PageError::new(status, problem, "visit_finished"))
        };
        if request.used_at.is_some() {
            return Err(done());
        }
        if request.expires_at <= page.now {
            let life = page.app.config.cabinet.auth_request_life.num_minutes();
            let minutes = u32::try_from(life).unwrap_or(u32::MAX);
            let problem = Problem::FlowExpired { minutes };
            let why = "The flow has expired.";
            return Err(back.deny(StatusCode::GONE, problem, "visit_expired", why));
        }
        let mut held = page.app.db.write().await?;
        if store::use_auth_request(held.link(), &request.id, page.now).await? {
            Ok(())
        } else {
            Err(done())
        }
    }

    /// Who the provider says it is.
    async fn identify(&self, code: Option<String>) -> Result<Identity, PageError> {
        let code = code.filter(|code| !code.is_empty() && code.len() <= limits::PROVIDER_CODE);
        let Some(code) = code else {
            let why = "The user did not prove who they are.";
            return Err(self.deny(Problem::IdentityDeclined, "identity_declined", why));
        };
        let back = self.arrival.back();
        let identified = self.page.app.provider.identify(&code).await;
        identified.map_err(|error| match error {
            NotIdentified::NoAnswer => {
                let problem = Problem::IdentityUnavailable;
                let code = "identity_unavailable";
                let page = PageError::new(StatusCode::SERVICE_UNAVAILABLE, problem, code);
                back.link_on(page, "server_error", "Internal error.")
            }
            NotIdentified::Incomplete => {
                let problem = Problem::IdentityIncomplete;
                let why = "DRFO in DS not present";
                back.deny(StatusCode::CONFLICT, problem, "drfo_not_present", why)
            }
        })
    }

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
            }) => person_store::find_person(held.link(), *id).await?,
            _ => None,
        };
        drop(held);
        if account.as_ref().is_some_and(|account| account.is_blocked) {
            return Err(self.deny(Problem::Blocked, "user_blocked", "User blocked"));
        }
        match (account, person) {
            (Some(account), Some(person)) => self.sign_in(&account, &person).await,
            (account, _) => self.register(account, identity).await,
        }
    }

    async fn sign_in(
        &self,
        account: &Account,
        person: &RegisteredPerson,
    ) -> Result<String, PageError> {
        let (page, app) = (self.page, &self.page.app);
        let age = full_years(person.birth_date, kyiv_day(page.now));
        if age < i32::from(app.config.people.no_self_auth_age) {
            let why = "Incorrect person age for such an action.";
            return Err(self.deny(Problem::NotAllowed, "age", why));
        }
        let subject = Subject {
            user_id: account.id,
            applicant: None,
        };
        let mut tx = app.db.begin().await?;
        let (people, arrival) = (&app.config.people, home::Arrival::BySignature);
        let has_ended_others =
            home::come_home(&mut tx, person, account.id, arrival, people, page.now).await?;
        let (random, lives, client_id) = (&*app.random, &app.config.lives, self.arrival.client.id);
        let whose = LoginTokenFor::Page;
        let issued =
            grants::issue_login_token(&mut tx, random, lives, subject, client_id, whose, page.now)
                .await?;
        let stage = Stage::Accept {
            token_id: issued.token.id,
        };
        let payload = ConsentPayload::new(&person.full_name(), None, has_ended_others).to_value();
        let expires_at = page.now + lives.registration;
        let accept = |id| paths::of_flow(paths::ACCEPT_FLOW, id);
        let flow = self.new_flow(stage, payload, expires_at, accept);
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
            client_id: self.arrival.client.id,
            redirect_uri: self.arrival.redirect_uri.as_str().to_owned(),
            scope: self.arrival.scope.to_string(),
            expires_at: page.now + app.config.cabinet.user_request_life,
            consumed_at: None,
        };
        let payload = payload::write(&CabinetPayload::of(&request))?;
        let flow = self.new_flow(Stage::Details, payload, request.expires_at, first_page);
        let mut tx = app.db.begin().await?;
        store::add_user_request(tx.link(), &request, page.now).await?;
        flow::begin(tx.link(), &flow).await?;
        tx.commit().await?;
        tracing::info!(user_request_id = %request.id, "somebody proved who they are");
        Ok(flow.first_page)
    }

    fn new_flow(
        &self,
        stage: Stage,
        payload: Value,
        expires_at: DateTime<Utc>,
        first_page: impl Fn(FlowId) -> String,
    ) -> Flow {
        let lives = (self.page.now, expires_at);
        let random = &*self.page.app.random;
        self.arrival
            .new_flow(random, self.browser, stage, payload, lives, first_page)
    }
}
