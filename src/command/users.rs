//! `dovira user …`

use clap::{Args, Subcommand};
use serde_json::json;
use uuid::Uuid;

use super::{
    CommandResult, Store,
    acts::{self, Act, Subject},
    output::{self, Paged, masked_email, masked_number},
};
use crate::oauth::store::{
    self,
    users::{self, UserRecord, Which},
};

/// `dovira user …`
#[derive(Subcommand)]
pub enum UserCommand {
    /// List users, masked
    List(List),
    /// Shut a user out: their tokens end, and they get no other
    Block(Act),
    /// Let a user in again
    Unblock(Act),
    /// End every token of a user, and every one with which they act for others
    SignOut(Act),
}

/// `dovira user list`
#[derive(Args)]
pub struct List {
    #[command(flatten)]
    store: Store,
    /// Only those of this person
    #[arg(long, value_name = "ID")]
    person: Option<Uuid>,
    /// Only those who are shut out
    #[arg(long)]
    blocked: bool,
    #[command(flatten)]
    paged: Paged,
}

pub(super) async fn user(command: UserCommand) -> CommandResult {
    match command {
        UserCommand::List(line) => list(&line).await,
        UserCommand::Block(act) => set_blocked(&act, true).await,
        UserCommand::Unblock(act) => set_blocked(&act, false).await,
        UserCommand::SignOut(act) => sign_out(&act).await,
    }
}

async fn list(line: &List) -> CommandResult {
    let opened = line.store.open().await?;
    let which = Which {
        person_id: line.person,
        is_blocked: line.blocked,
    };
    let mut held = opened.db.read().await?;
    let found = users::users(held.link(), which, line.paged.part()).await?;
    let masked = |one: UserRecord| {
        json!({
            "id": one.id,
            "person_id": one.person_id,
            "tax_id": one.tax_id.as_deref().map(masked_number),
            "email": one.email.as_deref().map(masked_email),
            "is_active": one.is_active,
            "is_blocked": one.is_blocked,
            "inserted_at": one.inserted_at,
        })
    };
    let columns = [
        "id",
        "person_id",
        "is_active",
        "is_blocked",
        "tax_id",
        "email",
    ];
    let found = found.into_iter().map(masked).collect();
    output::list(found, line.paged.json, &columns)
}

async fn set_blocked(act: &Act, is_blocked: bool) -> CommandResult {
    let opened = act.store.open().await?;
    let mut tx = opened.db.begin().await?;
    let Some(user) = store::user(tx.link(), act.id).await? else {
        return output::no("user", act.id);
    };
    users::set_user_blocked(tx.link(), act.id, is_blocked, opened.now).await?;
    let (kind, word) = if is_blocked {
        users::end_tokens_of_user(tx.link(), act.id, opened.now).await?;
        ("operator.user.blocked", "blocked")
    } else {
        ("operator.user.unblocked", "not blocked")
    };
    let (subject, comment) = (
        Subject::User(act.id, user.person_id),
        act.how.comment.as_deref(),
    );
    acts::commit_act(&opened, tx, kind, subject, comment).await?;
    let after = json!({ "id": act.id, "is_blocked": is_blocked });
    output::change(after, act.how.json, &format!("User {} is {word}.", act.id))
}

async fn sign_out(act: &Act) -> CommandResult {
    let opened = act.store.open().await?;
    let mut tx = opened.db.begin().await?;
    let Some(user) = store::user(tx.link(), act.id).await? else {
        return output::no("user", act.id);
    };
    let ended = users::end_tokens_of_user(tx.link(), act.id, opened.now).await?;
    let (subject, comment) = (
        Subject::User(act.id, user.person_id),
        act.how.comment.as_deref(),
    );
    acts::commit_act(&opened, tx, "operator.user.signed_out", subject, comment).await?;
    let after = json!({ "id": act.id, "ended_tokens": ended });
    let sentence = format!("User {} is signed out: {ended} tokens ended.", act.id);
    output::change(after, act.how.json, &sentence)
}
