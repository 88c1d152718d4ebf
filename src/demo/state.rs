//! What the pretend client remembers, and how it calls the service.

use std::{
    collections::VecDeque,
    convert::Infallible,
    sync::{Arc, Mutex as Lock, PoisonError},
    time::Duration,
};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use chrono::TimeDelta;
use serde_json::Value;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::{
    cases::{Before, Plan},
    proofs::Proofs,
    views::{DemoFrame, Exchange},
    world::{CLIENT_ID, World},
};
use crate::{
    oauth::{
        scope::Scopes,
        store,
        token::{Subject, Token, TokenName},
    },
    random::Draw,
    secrets::{Plain, constant_time_eq},
    sign_up::{confidant, entry::Entry},
    state::App,
    web::{
        cookies::cookie,
        language::{locale_of, switch_of},
    },
};

/// How many journeys are remembered.
const REMEMBERED: usize = 256;

/// Where the service sends browsers back to.
pub const CALLBACK: &str = "/callback";

/// The messages that the service sent.
pub const PHONE: &str = "/phone";

/// The client application: cheap to clone, the same for all.
#[derive(Clone)]
pub struct Client(pub(super) Arc<Inner>);

pub(super) struct Inner {
    /// The service, as this process runs it: for its layers, and for the access token of the confidant.
    pub(super) app: App,
    pub(super) world: World,
    pub(super) proofs: Proofs,
    pub(super) origins: Vec<String>,
    pub(super) http: reqwest::Client,
    pub(super) journeys: Lock<VecDeque<Arc<Journey>>>,
}

/// What one browser began.
pub(super) struct Journey {
    pub(super) entry: Entry,
    pub(super) state: String,
    pub(super) session: String,
    pub(super) redirect_uri: String,
    pub(super) plan: Plan,
    pub(super) step: Mutex<JourneyStep>,
}

impl Journey {
    /// The person of the registry whom it makes a claim about, if it does.
    pub(super) fn claimed_person_id(&self) -> Option<Uuid> {
        match self.plan.before {
            Before::Provisioned { person_id, .. } => Some(person_id),
            _ => None,
        }
    }
}

/// How far it came.
pub(super) enum JourneyStep {
    /// Sent to the service; with what, where it waits to be sent by a form.
    Sent(Vec<(&'static str, String)>),
    /// The service sent the browser back with an error.
    Refused { error: String, description: String },
    /// The code could not be exchanged.
    Failed(Exchange),
    /// The client has its tokens.
    Granted(Box<DemoTokens>),
}

pub(super) struct DemoTokens {
    pub(super) answer: Value,
    pub(super) access_token: String,
    pub(super) last: Option<Exchange>,
}

impl Client {
    /// The client of the service `app`, reached at `origins`.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(app: App, world: World, origins: Vec<String>) -> reqwest::Result<Self> {
        let http = reqwest::Client::builder()
            .timeout(PATIENCE)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self(Arc::new(Inner {
            app,
            world,
            proofs: Proofs::default(),
            origins,
            http,
            journeys: Lock::default(),
        })))
    }

    pub(super) fn app(&self) -> &App {
        &self.0.app
    }

    pub(super) fn proofs(&self) -> &Proofs {
        &self.0.proofs
    }

    /// What the service proves itself to the pretend provider with.
    pub(super) fn provider_secret(&self) -> &Plain {
        &self.0.world.client_secret
    }

    pub(super) fn service(&self, path: &str) -> String {
        format!("{}{path}", self.0.app.config.public_url.origin())
    }

    pub(super) fn world(&self) -> &World {
        &self.0.world
    }

    pub(super) fn http(&self) -> &reqwest::Client {
        &self.0.http
    }

    /// The access token that the client would have from the confidant's own sign-in (§1.1, precondition).
    pub(super) async fn confidants_token(&self, plan: &Plan) -> Result<Plain, String> {
        let confidant = Subject {
            user_id: plan.applicant.user_id(),
            applicant: None,
        };
        let (scope, life) = (confidant::SCOPE, plan.token_life);
        token(self.app(), confidant, CLIENT_ID, scope, life).await
    }

    pub(super) fn remember(&self, journey: Journey) {
        let mut journeys = self
            .0
            .journeys
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if journeys.len() >= REMEMBERED {
            journeys.pop_front();
        }
        journeys.push_back(Arc::new(journey));
    }

    /// The newest journey that `wanted` is true of.
    pub(super) fn journey(&self, wanted: impl Fn(&Journey) -> bool) -> Option<Arc<Journey>> {
        let journeys = self
            .0
            .journeys
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        journeys
            .iter()
            .rev()
            .find(|journey| wanted(journey))
            .cloned()
    }
}

/// What every page needs to know of a request.
pub(super) struct Visitor {
    pub(super) frame: DemoFrame,
    pub(super) session: Option<String>,
    pub(super) origin: String,
}

impl Visitor {
    pub(super) fn owns(&self, journey: &Journey) -> bool {
        self.session
            .as_ref()
            .is_some_and(|session| constant_time_eq(session.as_bytes(), journey.session.as_bytes()))
    }
}

impl FromRequestParts<Client> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, client: &Client) -> Result<Self, Infallible> {
        let locale = locale_of(&parts.uri, &parts.headers, &client.0.app.config.public_url);
        let switch = match parts.method {
            axum::http::Method::GET => switch_of(&parts.method, &parts.uri, locale),
            _ => None,
        };
        Ok(Self {
            frame: DemoFrame {
                words: locale.words(),
                switch,
            },
            session: cookie(&parts.headers, COOKIE).map(str::to_owned),
            origin: own_origin(&client.0.origins, &parts.headers),
        })
    }
}

/// The origin that the browser used, if it is one of the client's; else the first of them.
fn own_origin(origins: &[String], headers: &HeaderMap) -> String {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let named = origins.iter().find(|origin| {
        let own = origin.split_once("://").map(|(_, host)| host);
        own == host
    });
    named
        .or_else(|| origins.first())
        .cloned()
        .unwrap_or_default()
}

/// An access token that some program would have from an earlier sign-in.
pub(super) async fn token(
    app: &App,
    subject: Subject,
    client_id: Uuid,
    scope: &str,
    life: TimeDelta,
) -> Result<Plain, String> {
    let now = app.clock.now();
    let value = Plain::generate(&*app.random);
    let token = Token {
        id: app.random.uuid(),
        name: TokenName::Access,
        subject,
        client_id,
        approval_id: None,
        parent_id: None,
        scope: Scopes::parse(scope).unwrap_or_default(),
        grant_type: "demonstration".to_owned(),
        redirect_uri: None,
        expires_at: now + life,
        used_at: None,
    };
    let saved = async {
        let mut held = app.db.write().await?;
        store::add_token(held.link(), &token, &value.hash(), now).await
    };
    let saved: sqlx::Result<()> = saved.await;
    saved.map_err(|error| error.to_string())?;
    Ok(value)
}

/// Asks the service over HTTP, as any stranger would.
pub(super) async fn ask(
    method: &'static str,
    path: &'static str,
    request: reqwest::RequestBuilder,
) -> (Exchange, Value) {
    let answered = async {
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        reqwest::Result::Ok((status, answer.bytes().await?))
    };
    let (status, body) = match answered.await {
        Ok((status, body)) => (Some(status), body),
        Err(error) => {
            tracing::warn!(
                path,
                timeout = error.is_timeout(),
                "the service does not answer"
            );
            (None, Default::default())
        }
    };
    let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
    let exchange = Exchange {
        method,
        path,
        status,
        body: serde_json::to_string_pretty(&answer).unwrap_or_default(),
    };
    (exchange, answer)
}

/// The cookie that tells one browser from another. Cookies know no ports, so its name must not be one of the service's.
pub(super) const COOKIE: &str = "romashka";

/// How long the service may take to answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
