//! `dovira token list` and `dovira token revoke`.

use clap::Args;
use serde_json::json;
use uuid::Uuid;

use super::{
    CommandResult, Store,
    acts::{self, Act, Subject},
    output::{self, Paged},
};
use crate::oauth::store::{self, users};

/// `dovira token list`
#[derive(Args)]
pub struct List {
    #[command(flatten)]
    store: Store,
    /// Whose: theirs, and those with which they act for others
    #[arg(long, value_name = "ID")]
    user: Uuid,
    #[command(flatten)]
    paged: Paged,
}

pub(super) async fn list(line: &List) -> CommandResult {
    let opened = line.store.open().await?;
    let mut held = opened.db.read().await?;
    if store::user(held.link(), line.user).await?.is_none() {
        return output::no("user", line.user);
    }
    let part = line.paged.part();
    let found = users::live_tokens(held.link(), line.user, part, opened.now).await?;
    let columns = [
        "id",
        "name",
        "expires_at",
        "user_id",
        "applicant_user_id",
        "client_id",
        "client_name",
        "scope",
    ];
    let found = found.iter().map(|token| json!(token)).collect();
    output::list(found, line.paged.json, &columns)
}

/// Ends a token and every one that it gave.
pub(super) async fn revoke(act: &Act) -> CommandResult {
    let opened = act.store.open().await?;
    let mut tx = opened.db.begin().await?;
    let Some(token) = store::token_by_id(tx.link(), act.id).await? else {
        return output::no("token", act.id);
    };
    let user = store::user(tx.link(), token.subject.user_id).await?;
    store::end_token_family(tx.link(), act.id, opened.now).await?;
    let subject = Subject::Token(act.id, user.and_then(|user| user.person_id));
    let comment = act.how.comment.as_deref();
    acts::commit_act(&opened, tx, "operator.token.revoked", subject, comment).await?;
    let after = json!({ "id": act.id, "expires_at": token.expires_at.min(opened.now) });
    let sentence = format!("The token {} and all that it gave are over.", act.id);
    output::change(after, act.how.json, &sentence)
}
