//! The page "Accept scopes".

use axum::{
    Router,
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;
use uuid::Uuid;

use super::views::{AcceptPage, ClientView};
use crate::{
    api::ApiError,
    db::Tx,
    journey::{
        flow::{self, Flow, Stage},
        leave::end_declined,
        own_flow::OwnFlow,
        payload::{self, ConsentPayload},
    },
    oauth::{
        error::OAuthError,
        grants::{self, AuthorizationRequest},
        scope_words::{ScopeView, scope_words_of},
        store,
    },
    paths,
    secrets::{Plain, Purpose},
    state::App,
    web::{
        browser::Guarded,
        error::{CompleteAnswer, PageError},
        error_page::{BadLink, ErrorLine},
        page::{Decided, Decision, Page, see_other},
        stop::Stop,
        words::Words,
    },
};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new().route(paths::ACCEPT_FLOW, get(show).post(decide))
}

async fn show(page: Page, Path(id): Path<String>) -> Result<Response, Stop> {
    let mut own = OwnFlow::find(&page, &id).await?;
    let taken_over = own.taken_over.take();
    let token_id = own.check_accept()?;
    check_consent(&page, &own, token_id).await?;
    let view = accept_page(&page, &own, StatusCode::OK, Vec::new()).await?;
    Ok((taken_over, view).into_response())
}

/// What is asked before somebody sees the consent, where there is anything to ask: whether a confidant may still act, and
/// whether a scope for staff is asked of staff.
async fn check_consent(page: &Page, own: &OwnFlow, token_id: Uuid) -> Result<(), Stop> {
    let is_confidant = consent_payload(own)?.confidant_name.is_some();
    let scope = &own.flow.scope;
    if !is_confidant && !grants::asks_for_staff(&own.client, scope) {
        return Ok(());
    }
    let mut held = page.app.db.read().await?;
    let borne = store::borne_by_id(held.link(), token_id).await?;
    let token = own.may_act(page, borne)?;
    match grants::check_roles(held.link(), &own.client, token.subject, scope).await {
        Ok(()) => Ok(()),
        Err(OAuthError::Database(error)) => Err(error.into()),
        Err(error) => {
            let page = PageError::bad_link(BadLink::ScopeNotAllowed);
            let (code, why) = (error.redirect_code(), error.to_string());
            Err(own.back().link_on(page, code, &why).into())
        }
    }
}

async fn accept_page(
    page: &Page,
    own: &OwnFlow,
    status: StatusCode,
    errors: Vec<ErrorLine>,
) -> Result<Response, Stop> {
    let path = own.accept_address();
    let scopes = scope_views(page, own).await?;
    let kept = consent_payload(own)?;
    let view = AcceptPage {
        layout: page.layout(),
        client: ClientView {
            name: own.client.name.clone(),
            domain: own.flow.redirect_uri.domain(),
            owner: own.client.owner.clone(),
        },
        has_ended_others: kept.has_ended_others,
        signed_in: kept.into(),
        scopes,
        valid_until: Some(page.now + page.app.config.lives.refresh_token),
        errors,
        apps: paths::of_flow(paths::ACCEPT_APPS, own.flow.id),
        csrf: own.browser.csrf(&page.app.keys, &path)?,
        action: path,
    };
    Ok((status, CompleteAnswer, own.form_ends_at(), view).into_response())
}

/// The scopes as sentences. One that nobody described cannot be shown, so it cannot be granted.
async fn scope_views(page: &Page, own: &OwnFlow) -> Result<Vec<ScopeView>, PageError> {
    scope_words_of(&page.app.db, page.locale, &own.flow.scope)
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

async fn decide(
    page: Page,
    Path(id): Path<String>,
    form: Guarded<Decided>,
) -> Result<Response, Stop> {
    let (Decided { decision }, _) = form.open();
    let own = OwnFlow::find(&page, &id).await?;
    match decision {
        Decision::Confirm => accept(&page, own).await,
        Decision::Decline => decline(&page, own).await,
        Decision::Leave => Err(PageError::of_status(StatusCode::BAD_REQUEST).into()),
    }
}

async fn accept(page: &Page, mut own: OwnFlow) -> Result<Response, Stop> {
    let mut tx = page.app.db.begin().await?;
    let flow = flow::find_locked(tx.link(), own.flow.id).await?;
    own.flow = flow.ok_or_else(PageError::session_lost)?;
    let code = code_of(&page.app, &own.flow)?;
    if let Stage::Accepted { code_id } = own.flow.stage {
        return give_again(page, &mut tx, &own, &code, code_id).await;
    }
    let token_id = own.check_accept()?;
    let borne = store::borne_by_id(tx.link(), token_id).await?;
    let token = own.may_act(page, borne)?;
    let request = authorization_request(&own.flow);
    let (app, now) = (&page.app, page.now);
    match grants::authorize(&mut tx, app, token.subject, &request, &code, now).await {
        Ok(authorized) => {
            let code_id = authorized.code.id;
            let (next, ends) = (Stage::Accepted { code_id }, own.flow.expires_at);
            flow::advance(tx.link(), &own.flow, next, &json!({}), ends).await?;
            tx.commit().await?;
            Ok(see_other(&code_address(&own, &code)))
        }
        Err(error) => {
            drop(tx);
            not_authorized(page, &own, error).await
        }
    }
}

fn authorization_request(flow: &Flow) -> AuthorizationRequest {
    AuthorizationRequest {
        client_id: flow.client_id,
        redirect_uri: flow.redirect_uri.clone(),
        scope: flow.scope.clone(),
    }
}

fn code_address(own: &OwnFlow, code: &Plain) -> String {
    own.flow.return_address(&[("code", code.expose())])
}

/// A double click: the same answer, as long as the code has not been exchanged.
async fn give_again(
    page: &Page,
    tx: &mut Tx,
    own: &OwnFlow,
    code: &Plain,
    code_id: Uuid,
) -> Result<Response, Stop> {
    let stored = store::token_by_id(tx.link(), code_id).await?;
    let is_fresh = stored.is_some_and(|code| code.used_at.is_none() && code.is_live(page.now));
    if is_fresh {
        Ok(see_other(&code_address(own, code)))
    } else {
        Err(own.finished_page().into())
    }
}

/// The access could not be given: the client is told where it is to be (§1.6), else the person.
async fn not_authorized(page: &Page, own: &OwnFlow, error: OAuthError) -> Result<Response, Stop> {
    if page.app.config.redirect_errors {
        tracing::warn!(reason = %error, "access could not be given");
        let code = error.redirect_code();
        let api = ApiError::from(error);
        let description = match code {
            "server_error" => "Internal error.",
            _ => &*api.message,
        };
        return Ok(see_other(&own.back().error_address(code, description)));
    }
    if let OAuthError::Database(error) = error {
        return Err(error.into());
    }
    let line = ErrorLine::new(refusal(page.locale.words(), &error));
    accept_page(page, own, StatusCode::UNPROCESSABLE_ENTITY, vec![line]).await
}

/// What the flow keeps for these pages.
pub(super) fn consent_payload(own: &OwnFlow) -> Result<ConsentPayload, PageError> {
    payload::read(&own.flow)
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

async fn decline(page: &Page, own: OwnFlow) -> Result<Response, Stop> {
    let why = "The user did not grant access.";
    match own.flow.stage {
        Stage::Details => Ok(see_other(&own.flow.first_page)),
        Stage::Accept { .. } => Ok(end_declined(page, &own, why).await?),
        Stage::Declined => Ok(see_other(&own.flow.declined_address(why))),
        Stage::Accepted { .. } => Err(own.finished_page().into()),
    }
}
