//! The JSON routes of person requests, in two versions (person requests 3, 4), and of authentication methods (decisions §3).

use axum::{
    Router,
    extract::{DefaultBodyLimit, Path, RawQuery, rejection::PathRejection},
    http::StatusCode,
    middleware::from_fn_with_state,
    routing::{get, patch, post},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    approve, create, error::RequestError, list, methods, rules::THIRD_PERSON, sign,
    versions::Version, view,
};
use crate::{
    api::{Answer, ApiError, Body, Call, OptionalBody},
    http::request::large_body,
    limits,
    oauth::{
        bearer::{Staff, bearer, require_api_key, staff},
        error::OAuthError,
    },
    paths,
    person::methods::with_methods,
    state::App,
};

const READ: &str = "person_request:read";
const WRITE: &str = "person_request:write";

/// Where a version of the routes is.
struct Addresses {
    requests: &'static str,
    request: &'static str,
    approve: &'static str,
    sign: &'static str,
    reject: &'static str,
    resend: &'static str,
}

const V1: Addresses = Addresses {
    requests: paths::API_PERSON_REQUESTS,
    request: paths::API_PERSON_REQUEST,
    approve: paths::API_PERSON_REQUEST_APPROVE,
    sign: paths::API_PERSON_REQUEST_SIGN,
    reject: paths::API_PERSON_REQUEST_REJECT,
    resend: paths::API_PERSON_REQUEST_RESEND,
};

const V2: Addresses = Addresses {
    requests: paths::API_V2_PERSON_REQUESTS,
    request: paths::API_V2_PERSON_REQUEST,
    approve: paths::API_V2_PERSON_REQUEST_APPROVE,
    sign: paths::API_V2_PERSON_REQUEST_SIGN,
    reject: paths::API_V2_PERSON_REQUEST_REJECT,
    resend: paths::API_V2_PERSON_REQUEST_RESEND,
};

/// The routes.
pub fn routes(app: &App) -> Router<App> {
    Router::new()
        .merge(of(app, Version::V1, &V1))
        .merge(of(app, Version::V2, &V2))
        .route(paths::API_PERSON_METHODS, get(person_methods))
        .route(paths::API_OWN_METHODS, get(own_methods))
}

fn of(app: &App, version: Version, at: &Addresses) -> Router<App> {
    let signing = Router::new()
        .route(
            at.sign,
            patch(move |call, id, body| sign(version, call, id, body)),
        )
        .layer(DefaultBodyLimit::max(limits::SIGNED_BODY))
        .layer(from_fn_with_state(app.clone(), large_body));
    Router::new()
        .route(
            at.requests,
            post(move |call, body| create(version, call, body)).get(list),
        )
        .route(at.request, get(move |call, id| find(version, call, id)))
        .route(
            at.approve,
            patch(move |call, id, body| approve(version, call, id, body)),
        )
        .route(
            at.reject,
            patch(move |call, id, body| reject(version, call, id, body)),
        )
        .route(
            at.resend,
            post(move |call, id, body| resend(version, call, id, body)),
        )
        .merge(signing)
}

type AnswerResult = Result<Answer, ApiError>;
type Id = Result<Path<String>, PathRejection>;

/// The id of a path. Any text will do; what is no id is nobody's.
fn id_of_path(id: Id) -> Result<String, RequestError> {
    id.map(|Path(id)| id).map_err(|_| RequestError::NotFound)
}

/// A current employee of an institution that registers people (authority §9).
async fn employee(call: &Call, scopes: &[&'static str]) -> Result<Staff, RequestError> {
    let staff = staff(call, scopes).await?;
    match create::institution(&staff) {
        Ok(_) => Ok(staff),
        Err(RequestError::LegalEntityType) => Err(RequestError::NotRegistering),
        Err(_) => Err(RequestError::NotEmployed),
    }
}

async fn writer(call: &Call) -> Result<Staff, RequestError> {
    employee(call, &[WRITE]).await
}

async fn reader(call: &Call) -> Result<Staff, RequestError> {
    employee(call, &[READ]).await
}

async fn create(version: Version, call: Call, body: Result<Body, ApiError>) -> AnswerResult {
    // What is wrong with whoever asks is told in the words of the seed.
    let staff = staff(&call, &[WRITE]).await?;
    let Body(body) = body?;
    Ok(create::create(&call.app, &staff, version, body, call.now).await?)
}

async fn list(call: Call, query: RawQuery) -> AnswerResult {
    let staff = reader(&call).await?;
    Ok(list::list(&call, &staff, query).await?)
}

async fn find(version: Version, call: Call, id: Id) -> AnswerResult {
    let staff = reader(&call).await?;
    let (request, status) = approve::find(&call, version, &id_of_path(id)?).await?;
    // Who may only look never learns that it is there (§4.1).
    if request.legal_entity_id != staff.legal_entity_id() {
        return Err(RequestError::NotFound.into());
    }
    let answer = Answer::ok(view::data(&request, status));
    match &request.content {
        Some(content) => {
            let urgent = view::urgent_of(&call.app, &request, content, status, call.now).await?;
            Ok(answer.urgent(urgent))
        }
        None => Ok(answer),
    }
}

async fn approve(
    version: Version,
    call: Call,
    id: Id,
    body: Result<OptionalBody, ApiError>,
) -> AnswerResult {
    let staff = writer(&call).await?;
    let OptionalBody(body) = body?;
    let code = approve::code(&body)?;
    let (request, status) = approve::own(&call, &staff, version, &id_of_path(id)?).await?;
    Ok(approve::approve(&call, &staff, request, status, code).await?)
}

async fn sign(version: Version, call: Call, id: Id, body: Result<Body, ApiError>) -> AnswerResult {
    let staff = writer(&call).await?;
    let Body(body) = body?;
    let text = sign::container(&body)?;
    Ok(sign::sign(&call, &staff, version, &id_of_path(id)?, text).await?)
}

/// A body is not asked for; whatever comes is passed over.
async fn reject(
    version: Version,
    call: Call,
    id: Id,
    _: Result<OptionalBody, ApiError>,
) -> AnswerResult {
    let staff = writer(&call).await?;
    let (request, status) = approve::own(&call, &staff, version, &id_of_path(id)?).await?;
    Ok(approve::reject(&call, &staff, request, status).await?)
}

/// As [`reject`].
async fn resend(
    version: Version,
    call: Call,
    id: Id,
    _: Result<OptionalBody, ApiError>,
) -> AnswerResult {
    let staff = writer(&call).await?;
    let (request, status) = approve::own(&call, &staff, version, &id_of_path(id)?).await?;
    Ok(approve::resend(&call, &staff, request, status).await?)
}

/// The ways in which a person confirms, for the employees who ask them (§3.6 d).
async fn person_methods(call: Call, id: Id) -> AnswerResult {
    employee(&call, &["authentication_method:read", WRITE]).await?;
    let not_found = || ApiError::new(StatusCode::FORBIDDEN, "Such person not found");
    let id = id_of_path(id)
        .ok()
        .and_then(|id| Uuid::parse_str(&id).ok())
        .ok_or_else(not_found)?;
    methods_of(&call, id, false).await?.ok_or_else(not_found)
}

/// The ways in which the token's person confirms.
async fn own_methods(call: Call) -> AnswerResult {
    require_api_key(&call).await?;
    let bearer = {
        let mut held = call.app.db.read().await?;
        let scope = Some("person:read");
        let (value, people) = (call.bearer.as_ref(), &call.app.config.people);
        bearer(held.link(), people, value, scope, call.now).await?
    };
    let user = bearer
        .user
        .filter(|user| user.is_active)
        .ok_or(OAuthError::InvalidAccessToken)?;
    if user.is_blocked {
        return Err(OAuthError::UserBlocked.into());
    }
    let person_id = user.person_id.ok_or(OAuthError::UserNotFound)?;
    methods_of(&call, person_id, true)
        .await?
        .ok_or_else(|| ApiError::new(StatusCode::NOT_FOUND, "not found"))
}

async fn methods_of(call: &Call, person_id: Uuid, own: bool) -> Result<Option<Answer>, ApiError> {
    let mut held = call.app.db.read().await?;
    let found = with_methods(held.link(), person_id).await?;
    let Some((_, known)) = found.filter(|(person, _)| person.is_current()) else {
        return Ok(None);
    };
    let mut shown: Vec<Value> = Vec::new();
    for method in known.iter().filter(|method| method.is_in_use(call.now)) {
        let third_person = match method.value.filter(|_| method.kind == THIRD_PERSON) {
            None => None,
            Some(id) => with_methods(held.link(), id).await?,
        };
        let third_person = third_person.map(|(person, methods)| {
            let phone = methods
                .iter()
                .filter(|method| method.is_in_use(call.now))
                .find_map(|method| method.code_number());
            (person, phone)
        });
        shown.push(methods::authentication_method_json(
            method,
            third_person.as_ref(),
            own,
        ));
    }
    Ok(Some(Answer::ok(json!(shown))))
}
