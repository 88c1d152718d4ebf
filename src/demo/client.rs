//! The pretend client application: it signs, sends browsers to the service, takes them back, and shows what it got.
//!
//! ```text
//!  GET /  ─▶ POST /start ─▶ 303 to the service, or ─▶ GET /send/{state} (a form)
//!  GET /callback ─(state is this browser's)─▶ code exchanged, once ─▶ 303 ─▶ GET /result/{state}
//!  POST /result/{state} action=person|refresh|end ─▶ asks the service ─▶ 303 ─▶ GET /result/{state}
//!                       action=confirm ─▶ the claim that was refused is confirmed, as an operator would ─▶ 303 to the service
//! ```
//!
//! The phone of everybody here is a page too, `GET /phone`: the messages that the service sent.
//!
//! What a browser began and what came of it is kept in memory, so the pages can be reloaded; the oldest is forgotten first.

use axum::{
    Form, Router,
    extract::{DefaultBodyLimit, Path, RawQuery, Request, State, rejection::FormRejection},
    http::header,
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use chrono::DateTime;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tower_http::catch_panic::CatchPanicLayer;
use url::form_urlencoded::{self, Serializer};
use uuid::Uuid;

use super::{
    cases::{Case, Plan},
    earlier, govid,
    state::COOKIE,
    views::{
        CasesPage, DemoFrame, Exchange, GrantedPage, Notice, NoticePage, PhonePage, RefusedPage,
        SendPage, Sms,
    },
    world::{CLIENT_ID, SCOPE},
};

pub(super) use crate::{
    demo::state::{CALLBACK, Client, DemoTokens, Journey, JourneyStep, PHONE, Visitor, ask},
    http, limits,
    outside::sms::Gateway,
    paths,
    secrets::Plain,
    sign_up::{entry::Entry, error::SignUpError},
    signed_content::base64,
    web::{self, headers::FormEndsAt, page::see_other},
};

const CASES: &str = "/";
const START: &str = "/start";
const SEND: &str = "/send/{state}";
const RESULT: &str = "/result/{state}";

/// Every route of the client.
pub fn router(client: &Client) -> Router {
    let app = &client.0.app;
    let service = FormEndsAt::Origin(app.config.public_url.origin().to_owned());
    Router::new()
        .route(CASES, get(cases))
        .route(START, post(start))
        .route(SEND, get(send))
        .route(CALLBACK, get(callback))
        .route(PHONE, get(phone))
        .route(RESULT, get(result).post(act))
        .merge(govid::routes())
        .method_not_allowed_fallback(not_found)
        .fallback(not_found)
        .layer(DefaultBodyLimit::max(limits::BODY))
        .layer(CatchPanicLayer::new())
        .layer(from_fn(move |request: Request, next: Next| {
            let service = service.clone();
            async move { (service, next.run(request).await).into_response() }
        }))
        .route(web::assets::ROUTE, get(web::assets::serve))
        .layer(from_fn_with_state(app.clone(), web::language::remember))
        .layer(from_fn_with_state(app.clone(), web::headers::secure))
        .layer(from_fn_with_state(app.clone(), http::request::frame))
        .with_state(client.clone())
}

async fn cases(visitor: Visitor) -> CasesPage {
    CasesPage {
        frame: visitor.frame,
    }
}

/// What the service sent, the newest first.
async fn phone(State(client): State<Client>, visitor: Visitor) -> PhonePage {
    let messages = match &client.0.app.sms {
        Gateway::Recorder(recorder) => recorder.messages(),
        _ => Vec::new(),
    };
    PhonePage {
        frame: visitor.frame,
        messages: messages
            .into_iter()
            .rev()
            .map(|message| Sms {
                phone_number: message.phone_number.as_str().to_owned(),
                body: message.body,
                at: message.at,
            })
            .collect(),
    }
}

async fn not_found(visitor: Visitor) -> NoticePage {
    NoticePage::new(visitor.frame, Notice::NotFound)
}

#[derive(Deserialize)]
struct CaseForm {
    case: String,
}

/// Signs and sends the browser on. Whoever makes a browser ask for this gains nothing: it begins a journey, no more.
async fn start(
    State(client): State<Client>,
    visitor: Visitor,
    chosen: Result<Form<CaseForm>, FormRejection>,
) -> Response {
    let Some(case) = chosen.ok().and_then(|Form(chosen)| Case::of(&chosen.case)) else {
        return NoticePage::new(visitor.frame, Notice::NotFound).into_response();
    };
    let plan = case.plan(client.0.app.clock.now(), &*client.0.app.random);
    let prepared = match case {
        Case::Cabinet => Ok(prepare_unsigned_request(&client, &visitor.origin)),
        _ => match earlier::happen(&client, &plan).await {
            Ok(()) => prepare(&client, &plan, &visitor.origin).await,
            Err(reason) => Err(reason),
        },
    };
    let path = match case {
        Case::Cabinet => paths::CABINET_REGISTRATION,
        _ => plan.entry.path(),
    };
    set_out(&client, visitor, plan, prepared, path)
}

/// Sends the browser to the service at `path`, and remembers why.
fn set_out(
    client: &Client,
    visitor: Visitor,
    plan: Plan,
    prepared: Result<PreparedRequest, String>,
    path: &str,
) -> Response {
    let sent = match prepared {
        Ok(sent) => sent,
        Err(reason) => {
            tracing::error!(reason, "a case could not be prepared");
            return NoticePage::new(visitor.frame, Notice::Broken).into_response();
        }
    };
    let state = sent.state.clone();
    let session = visitor
        .session
        .unwrap_or_else(|| Plain::generate(&*client.0.app.random).expose().to_owned());
    let address = if plan.is_by_form {
        of_state(SEND, &state)
    } else {
        let query = Serializer::new(String::new())
            .extend_pairs(&sent.parameters)
            .finish();
        client.service(&format!("{path}?{query}"))
    };
    let cookie = format!("{COOKIE}={session}; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax");
    client.remember(Journey {
        entry: plan.entry,
        state,
        session,
        redirect_uri: sent.redirect_uri,
        step: Mutex::new(JourneyStep::Sent(if plan.is_by_form {
            sent.parameters
        } else {
            Vec::new()
        })),
        plan,
    });
    ([(header::SET_COOKIE, cookie)], see_other(&address)).into_response()
}

/// What is sent to the service.
struct PreparedRequest {
    state: String,
    redirect_uri: String,
    parameters: Vec<(&'static str, String)>,
}

/// What is sent for somebody who proves elsewhere who they are.
fn prepare_unsigned_request(client: &Client, origin: &str) -> PreparedRequest {
    let state = Plain::generate(&*client.0.app.random).expose().to_owned();
    let redirect_uri = format!("{origin}{CALLBACK}");
    PreparedRequest {
        parameters: vec![
            ("client_id", CLIENT_ID.to_string()),
            ("redirect_uri", redirect_uri.clone()),
            ("scope", SCOPE.to_owned()),
            ("state", state.clone()),
        ],
        state,
        redirect_uri,
    }
}

async fn prepare(client: &Client, plan: &Plan, origin: &str) -> Result<PreparedRequest, String> {
    let mut content = plan.content.clone();
    if let Some(jwt) = content.get_mut("jwt") {
        *jwt = json!(nonce(client).await.ok_or("no nonce")?);
    }
    let (text, at) = (content.to_string(), plan.signed_at);
    let world = &client.0.world;
    let signed = match &plan.newcomer {
        Some(new) => {
            let (names, drfo) = ((new.last_name, &*new.given_name), &*new.tax_id);
            let random = &*client.0.app.random;
            let signer = world
                .newcomer(names.0, names.1, drfo, at, random)
                .map_err(|error| error.to_string())?;
            signer.sign(text.as_bytes(), at)
        }
        None => world.signer(plan.signer).sign(text.as_bytes(), at),
    };
    let der = signed.map_err(|error| error.to_string())?;
    let state = Plain::generate(&*client.0.app.random).expose().to_owned();
    let redirect_uri = if plan.is_elsewhere {
        format!("{origin}/elsewhere")
    } else {
        format!("{origin}{CALLBACK}")
    };
    let mut parameters = vec![
        ("client_id", CLIENT_ID.to_string()),
        ("redirect_uri", redirect_uri.clone()),
        ("scope", SCOPE.to_owned()),
        ("user_data", base64::encode(&plan.send(der))),
        ("state", state.clone()),
    ];
    if plan.entry.needs().token {
        let token = client.confidants_token(plan).await?;
        parameters.push(("token", token.expose().to_owned()));
    }
    Ok(PreparedRequest {
        state,
        redirect_uri,
        parameters,
    })
}

/// A nonce to be signed (§6.1).
async fn nonce(client: &Client) -> Option<String> {
    let body = json!({ "client_id": CLIENT_ID });
    let request = client
        .0
        .http
        .post(client.service(paths::OAUTH_NONCE))
        .json(&body);
    let (_, answer) = ask("POST", paths::OAUTH_NONCE, request).await;
    let token = answer.pointer("/data/token")?.as_str()?;
    Some(token.to_owned())
}

async fn send(
    State(client): State<Client>,
    visitor: Visitor,
    Path(state): Path<String>,
) -> Response {
    let Some(journey) = client.journey(|journey| journey.state == state && visitor.owns(journey))
    else {
        return NoticePage::new(visitor.frame, Notice::UnknownState).into_response();
    };
    match &*journey.step.lock().await {
        JourneyStep::Sent(parameters) if !parameters.is_empty() => SendPage {
            frame: visitor.frame,
            action: client.service(journey.entry.path()),
            fields: parameters.clone(),
        }
        .into_response(),
        _ => see_other(&of_state(RESULT, &state)),
    }
}

/// The answer of the service, as it stands in the address.
#[derive(Default)]
struct CallbackQuery {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    description: Option<String>,
}

impl CallbackQuery {
    fn read(query: &str) -> Self {
        let mut returned = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let member = match &*name {
                "state" => &mut returned.state,
                "code" => &mut returned.code,
                "error" => &mut returned.error,
                "error_description" => &mut returned.description,
                _ => continue,
            };
            *member = Some(value.into_owned());
        }
        returned
    }
}

/// Takes the browser back. What came of a journey is settled once; a second answer to it changes nothing.
async fn callback(
    State(client): State<Client>,
    visitor: Visitor,
    RawQuery(query): RawQuery,
) -> Response {
    let returned = CallbackQuery::read(&query.unwrap_or_default());
    let Some(state) = returned.state else {
        // A page of the service that is finished leads here with empty hands.
        return match client.journey(|journey| visitor.owns(journey)) {
            Some(journey) => see_other(&of_state(RESULT, &journey.state)),
            None => see_other(CASES),
        };
    };
    // The answer must belong to a journey that this very browser began (RFC 6749 §10.12).
    let Some(journey) = client.journey(|journey| journey.state == state && visitor.owns(journey))
    else {
        return NoticePage::new(visitor.frame, Notice::UnknownState).into_response();
    };
    let mut step = journey.step.lock().await;
    if matches!(*step, JourneyStep::Sent(_)) {
        *step = match (returned.error, returned.code) {
            (Some(error), _) => JourneyStep::Refused {
                error,
                description: returned.description.unwrap_or_default(),
            },
            (None, Some(code)) => exchange(&client, &journey.redirect_uri, &code).await,
            (None, None) => {
                return NoticePage::new(visitor.frame, Notice::UnknownState).into_response();
            }
        };
    }
    see_other(&of_state(RESULT, &state))
}

async fn result(
    State(client): State<Client>,
    visitor: Visitor,
    Path(state): Path<String>,
) -> Response {
    let Some(journey) = client.journey(|journey| journey.state == state && visitor.owns(journey))
    else {
        return NoticePage::new(visitor.frame, Notice::UnknownState).into_response();
    };
    let frame = visitor.frame;
    match &*journey.step.lock().await {
        JourneyStep::Sent(_) => NoticePage::new(frame, Notice::NotBack).into_response(),
        JourneyStep::Refused { error, description } => RefusedPage {
            frame,
            confirm: (journey.claimed_person_id().is_some() && waits(description))
                .then(|| of_state(RESULT, &state)),
            error: error.clone(),
            description: description.clone(),
        }
        .into_response(),
        JourneyStep::Failed(exchange) => {
            NoticePage::with_exchange(frame, Notice::NotExchanged, exchange.clone()).into_response()
        }
        JourneyStep::Granted(granted) => {
            granted_page(frame, granted, journey.entry, &state).into_response()
        }
    }
}

/// Whether the service wrote a claim down and said no.
fn waits(description: &str) -> bool {
    description == SignUpError::RelationshipNotConfirmed.to_string()
}

fn granted_page(frame: DemoFrame, granted: &DemoTokens, entry: Entry, state: &str) -> GrantedPage {
    let text = |pointer: &str| {
        granted
            .answer
            .pointer(pointer)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    GrantedPage {
        frame,
        entry,
        access_token: granted.access_token.clone(),
        refresh_token: text("/details/refresh_token"),
        scope: text("/details/scope").unwrap_or_default(),
        expires_at: granted
            .answer
            .get("expires_at")
            .and_then(Value::as_i64)
            .and_then(|seconds| DateTime::from_timestamp(seconds, 0)),
        person_id: text("/user/person_id"),
        user_id: text("/user_id"),
        applicant_person_id: text("/details/applicant_person_id"),
        last: granted.last.clone(),
        action: of_state(RESULT, state),
    }
}

#[derive(Deserialize)]
struct Action {
    action: String,
}

async fn act(
    State(client): State<Client>,
    visitor: Visitor,
    Path(state): Path<String>,
    chosen: Result<Form<Action>, FormRejection>,
) -> Response {
    let Some(journey) = client.journey(|journey| journey.state == state && visitor.owns(journey))
    else {
        return NoticePage::new(visitor.frame, Notice::UnknownState).into_response();
    };
    let action = chosen.map_or_else(|_| String::new(), |Form(chosen)| chosen.action);
    if let ("confirm", Some(person_id)) = (action.as_str(), journey.claimed_person_id()) {
        return claim_again(&client, visitor, &journey, person_id).await;
    }
    if let JourneyStep::Granted(granted) = &mut *journey.step.lock().await {
        match action.as_str() {
            "person" => granted.last = Some(read_person(&client, granted).await),
            "refresh" => refresh(&client, granted).await,
            "end" => granted.last = Some(end(&client, granted).await),
            _ => {}
        }
    }
    // The answer stands further down the page.
    see_other(&format!("{}#answer", of_state(RESULT, &state)))
}

/// The operator confirms the claim, and whoever made it signs once more.
async fn claim_again(
    client: &Client,
    visitor: Visitor,
    journey: &Journey,
    person_id: Uuid,
) -> Response {
    let now = client.0.app.clock.now();
    let plan = Plan {
        signed_at: now,
        ..journey.plan.clone()
    };
    let prepared = match earlier::confirm(client, person_id, plan.applicant).await {
        // Confirmed already: it was tried twice.
        Ok(_) => prepare(client, &plan, &visitor.origin).await,
        Err(error) => Err(error.to_string()),
    };
    let path = plan.entry.path();
    set_out(client, visitor, plan, prepared, path)
}

fn of_state(pattern: &str, state: &str) -> String {
    pattern.replace("{state}", state)
}

/// The tokens for a code (§6.3).
async fn exchange(client: &Client, redirect_uri: &str, code: &str) -> JourneyStep {
    let body = json!({ "token": {
        "grant_type": "authorization_code",
        "client_id": CLIENT_ID,
        "client_secret": client.0.world.client_secret.expose(),
        "code": code,
        "redirect_uri": redirect_uri,
        "scope": SCOPE,
    }});
    let request = client
        .0
        .http
        .post(client.service(paths::OAUTH_TOKENS))
        .json(&body);
    let (exchange, answer) = ask("POST", paths::OAUTH_TOKENS, request).await;
    match access_token(&exchange, answer) {
        Some((answer, access_token)) => JourneyStep::Granted(Box::new(DemoTokens {
            answer,
            access_token,
            last: None,
        })),
        None => JourneyStep::Failed(exchange),
    }
}

/// The protected route that shows the patient.
async fn read_person(client: &Client, granted: &DemoTokens) -> Exchange {
    let request = client
        .0
        .http
        .get(client.service(paths::API_PERSON))
        .bearer_auth(&granted.access_token)
        .header("api-key", client.0.world.api_key.expose());
    ask("GET", paths::API_PERSON, request).await.0
}

/// A fresh access token (§6.4); the refresh token stays as it is.
async fn refresh(client: &Client, granted: &mut DemoTokens) {
    let token = granted.answer.pointer("/details/refresh_token").cloned();
    let body = json!({ "token": {
        "grant_type": "refresh_token",
        "client_id": CLIENT_ID,
        "client_secret": client.0.world.client_secret.expose(),
        "refresh_token": token,
    }});
    let request = client
        .0
        .http
        .post(client.service(paths::OAUTH_TOKENS))
        .json(&body);
    let (exchange, answer) = ask("POST", paths::OAUTH_TOKENS, request).await;
    if let Some((answer, access_token)) = access_token(&exchange, answer) {
        granted.access_token = access_token;
        if let (Some(known), Some(expires_at)) = (
            granted.answer.get_mut("expires_at"),
            answer.get("expires_at"),
        ) {
            *known = expires_at.clone();
        }
    }
    granted.last = Some(exchange);
}

/// The end of the token and of all that came with it (§6.5).
async fn end(client: &Client, granted: &DemoTokens) -> Exchange {
    let request = client
        .0
        .http
        .post(client.service(paths::AUTH_LOGOUT))
        .bearer_auth(&granted.access_token);
    ask("POST", paths::AUTH_LOGOUT, request).await.0
}

fn access_token(exchange: &Exchange, answer: Value) -> Option<(Value, String)> {
    let data = answer
        .get("data")
        .filter(|_| exchange.status == Some(201))?;
    let value = data.get("value")?.as_str()?.to_owned();
    Some((data.clone(), value))
}
