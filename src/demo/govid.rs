//! A provider of identities that asks for no proof: whoever comes chooses who they are. It speaks as id.gov.ua does, so the
//! service needs no other code for it.
//!
//! ```text
//!  GET /govid?client_id&redirect_uri&state ─▶ a page ─▶ POST /govid ─303─▶ the service's callback with a code
//!  GET /govid/get-access-token?…code   ─▶ a token, once
//!  GET /govid/get-user-info?…access_token ─▶ who was chosen
//! ```
//!
//! Source: cabinet §1.2 (`govid-stub`).

use axum::{
    Form, Json, Router,
    extract::{
        Query, State,
        rejection::{FormRejection, QueryRejection},
    },
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;
use serde_json::json;

use super::{
    proofs::IdentityOption,
    state::{Client, Visitor},
    views::{ChoosePage, Notice, NoticePage},
};
use crate::{
    paths,
    secrets::{Plain, constant_time_eq},
    web::page::see_other,
};

/// Where it is, below the address of the pretend client.
pub const GOVID: &str = "/govid";
/// What it calls the service.
pub const SERVICE: &str = "dovira-demonstration";
/// The routes.
pub fn routes() -> Router<Client> {
    Router::new()
        .route(GOVID, get(choose).post(redirect_with_choice))
        .route("/govid/get-access-token", get(exchange))
        .route("/govid/get-user-info", get(tell))
}

/// What a browser brings.
#[derive(Deserialize)]
struct AuthorizationQuery {
    redirect_uri: String,
    state: String,
}

/// The only address that a browser is sent back to.
fn callback(client: &Client) -> String {
    client.service(paths::CABINET_CALLBACK)
}

async fn choose(
    State(client): State<Client>,
    visitor: Visitor,
    sent: Result<Query<AuthorizationQuery>, QueryRejection>,
) -> Response {
    match sent {
        Ok(Query(sent)) if sent.redirect_uri == callback(&client) => ChoosePage {
            frame: visitor.frame,
            state: sent.state,
        }
        .into_response(),
        _ => NoticePage::new(visitor.frame, Notice::NotFound).into_response(),
    }
}

#[derive(Deserialize)]
struct ChoiceForm {
    state: String,
    who: Option<IdentityOption>,
}

async fn redirect_with_choice(
    State(client): State<Client>,
    visitor: Visitor,
    chosen: Result<Form<ChoiceForm>, FormRejection>,
) -> Response {
    let Ok(Form(chosen)) = chosen else {
        return NoticePage::new(visitor.frame, Notice::NotFound).into_response();
    };
    let answer = match chosen.who {
        Some(who) => {
            let code = Plain::generate(&*client.app().random);
            client.proofs().keep(&code, who.person(client.app()));
            ("code", code.expose().to_owned())
        }
        None => ("error", "access_denied".to_owned()),
    };
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([(answer.0, &*answer.1), ("state", &*chosen.state)])
        .finish();
    see_other(&format!("{}?{query}", callback(&client)))
}

#[derive(Deserialize)]
struct Exchanged {
    client_id: String,
    client_secret: String,
    code: String,
}

fn invalid_grant() -> Response {
    let body = json!({ "error": "invalid_grant" });
    (StatusCode::UNAUTHORIZED, Json(body)).into_response()
}

async fn exchange(
    State(client): State<Client>,
    asked: Result<Query<Exchanged>, QueryRejection>,
) -> Response {
    let Ok(Query(asked)) = asked else {
        return invalid_grant();
    };
    let secret = client.provider_secret();
    let is_service = asked.client_id == SERVICE
        && constant_time_eq(asked.client_secret.as_bytes(), secret.expose().as_bytes());
    let Some(person) = client.proofs().take(&asked.code).filter(|_| is_service) else {
        return invalid_grant();
    };
    let token = Plain::generate(&*client.app().random);
    client.proofs().keep(&token, person);
    // As id.gov.ua writes it: the number of seconds is a text.
    Json(json!({ "access_token": token.expose(), "user_id": 1, "token_type": "bearer", "expires_in": "3600" }))
        .into_response()
}

#[derive(Deserialize)]
struct UserInfoQuery {
    access_token: String,
}

async fn tell(
    State(client): State<Client>,
    asked: Result<Query<UserInfoQuery>, QueryRejection>,
) -> Response {
    let person = asked
        .ok()
        .and_then(|Query(asked)| client.proofs().take(&asked.access_token));
    person.map_or_else(invalid_grant, |person| Json(person).into_response())
}
