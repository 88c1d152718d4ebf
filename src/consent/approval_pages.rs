//! The pages of what was allowed to whom, for whoever stands before the consent: they are known (ux §4.7).

use axum::{
    Router,
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use uuid::Uuid;

use super::{
    pages::consent_payload,
    views::{AppView, AppsPage, RevokePage},
};
use crate::{
    journey::{flow, own_flow::OwnFlow},
    oauth::{
        approvals::{self, ApprovalDetails},
        error::OAuthError,
        scope_words::{ScopeView, scope_words_of},
        store,
        token::Subject,
    },
    paths,
    state::App,
    web::{
        browser::Guarded,
        error::PageError,
        page::{Decided, Decision, Page, see_other},
        stop::Stop,
    },
};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route(paths::ACCEPT_APPS, get(list))
        .route(paths::ACCEPT_APP_REVOKE, get(ask).post(revoke))
}

/// A flow before its consent, and on whose behalf it acts.
struct Consent {
    own: OwnFlow,
    subject: Subject,
    /// The login token of the flow.
    token_id: Uuid,
}

async fn find(page: &Page, id: &str) -> Result<Consent, Stop> {
    let own = OwnFlow::find(page, id).await?;
    let token_id = own.check_accept()?;
    let borne = {
        let mut held = page.app.db.read().await?;
        store::borne_by_id(held.link(), token_id).await?
    };
    let token = own.may_act(page, borne)?;
    Ok(Consent {
        subject: token.subject,
        token_id,
        own,
    })
}

fn apps_address(own: &OwnFlow) -> String {
    paths::of_flow(paths::ACCEPT_APPS, own.flow.id)
}

fn revoke_address(own: &OwnFlow, id: Uuid) -> String {
    paths::of_flow(paths::ACCEPT_APP_REVOKE, own.flow.id).replace("{id}", &id.to_string())
}

fn approval_error_page(error: OAuthError) -> PageError {
    match error {
        OAuthError::ApprovalNotFound => PageError::of_status(StatusCode::NOT_FOUND),
        OAuthError::Database(error) => error.into(),
        error => {
            tracing::error!(reason = %error, "internal error");
            PageError::internal()
        }
    }
}

async fn list(page: Page, Path(id): Path<String>) -> Result<Response, Stop> {
    let Consent { own, subject, .. } = find(&page, &id).await?;
    let given = {
        let mut held = page.app.db.read().await?;
        approvals::list_approvals(held.link(), subject).await?
    };
    let mut apps = Vec::new();
    for approval in given {
        apps.push(app_view(&page, &own, approval).await?);
    }
    let kept = consent_payload(&own)?;
    let view = AppsPage {
        layout: page.layout(),
        revoked: kept.revoked.clone(),
        signed_in: kept.into(),
        apps,
        back: own.accept_address(),
    };
    Ok(view.into_response())
}

async fn app_view(
    page: &Page,
    own: &OwnFlow,
    approval: ApprovalDetails,
) -> Result<AppView, PageError> {
    let words = page.locale.words();
    let day = |at| words.date(words.day(at));
    let described = scope_words_of(&page.app.db, page.locale, &approval.scope).await?;
    let scopes = described
        .into_iter()
        .map(|(scope, view)| {
            // What nobody describes any more is told by its name.
            view.unwrap_or(ScopeView {
                title: scope,
                detail: None,
                sensitive: false,
            })
        })
        .collect();
    Ok(AppView {
        id: format!("app-{}", approval.id.simple()),
        scopes,
        since: day(approval.inserted_at),
        until: approval
            .ends_at
            .filter(|ends_at| *ends_at > page.now)
            .map(day),
        used: approval.used_at.map(day),
        by_confidant: approval.actor_user_id != approval.user_id,
        revoke: revoke_address(own, approval.id),
        name: approval.client_name,
    })
}

async fn ask(
    page: Page,
    Path((id, approval_id)): Path<(String, String)>,
) -> Result<Response, Stop> {
    let Consent { own, subject, .. } = find(&page, &id).await?;
    let approval = {
        let id = parse(&approval_id)?;
        let mut held = page.app.db.read().await?;
        approvals::one(held.link(), subject, id)
            .await
            .map_err(approval_error_page)?
    };
    let action = revoke_address(&own, approval.id);
    let view = RevokePage {
        layout: page.layout(),
        client_name: approval.client_name,
        back: apps_address(&own),
        csrf: own.browser.csrf(&page.app.keys, &action)?,
        action,
    };
    Ok(view.into_response())
}

fn parse(id: &str) -> Result<Uuid, PageError> {
    // Only the one way in which the address is written: its form carries a token made from it.
    Uuid::parse_str(id)
        .ok()
        .filter(|parsed| parsed.to_string() == id)
        .ok_or_else(|| PageError::of_status(StatusCode::NOT_FOUND))
}

async fn revoke(
    page: Page,
    Path((id, approval_id)): Path<(String, String)>,
    form: Guarded<Decided>,
) -> Result<Response, Stop> {
    let (Decided { decision }, _) = form.open();
    let Consent {
        own,
        subject,
        token_id,
    } = find(&page, &id).await?;
    let back = apps_address(&own);
    if decision != Decision::Confirm {
        return Ok(see_other(&back));
    }
    let id = parse(&approval_id)?;
    match revoke_approval(&page, subject, id, token_id).await {
        Ok(client_name) => {
            let mut kept = consent_payload(&own)?;
            kept.revoked = Some(client_name);
            let mut held = page.app.db.write().await?;
            flow::keep(held.link(), &own.flow, &kept.to_value()).await?;
            Ok(see_other(&back))
        }
        // A second click: it is gone.
        Err(OAuthError::ApprovalNotFound) => Ok(see_other(&back)),
        Err(error) => Err(approval_error_page(error).into()),
    }
}

/// Takes an approval back; the name of the client that had it.
async fn revoke_approval(
    page: &Page,
    subject: Subject,
    id: Uuid,
    token_id: Uuid,
) -> Result<String, OAuthError> {
    let approval = {
        let mut held = page.app.db.read().await?;
        approvals::one(held.link(), subject, id).await?
    };
    approvals::revoke(&page.app, subject, id, Some(token_id), page.now).await?;
    Ok(approval.client_name)
}
