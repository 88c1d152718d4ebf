//! What an operator did, and why: every change of a command leaves a line in the database and an event.

use chrono::{DateTime, Utc};
use clap::Args;
use serde::Serialize;
use sqlx::FromRow;
use uuid::Uuid;

use super::{CannotRun, Opened, Store};
use crate::{
    db::{Link, Tx, on},
    events::{self, Actor, Event},
    random::{Draw as _, Random, SystemRandom},
};

const RANDOM: &dyn Random = &SystemRandom;

/// What every command takes that changes one thing.
#[derive(Args)]
pub struct Act {
    #[command(flatten)]
    pub(super) store: Store,
    /// Its id
    pub(super) id: Uuid,
    #[command(flatten)]
    pub(super) how: How,
}

/// How a change is told.
#[derive(Args)]
pub struct How {
    /// Why; it is kept
    #[arg(long, value_parser = comment)]
    pub(super) comment: Option<String>,
    /// Print what is so now as a list of objects (JSON)
    #[arg(long)]
    pub(super) json: bool,
}

/// The longest comment, in characters.
const LONGEST_COMMENT: usize = 2000;

fn comment(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() || text.chars().nth(LONGEST_COMMENT).is_some() {
        return Err(format!("a comment has 1 to {LONGEST_COMMENT} characters"));
    }
    Ok(text.to_owned())
}

/// What an act is about.
#[derive(Debug, Clone, Copy)]
pub(super) enum Subject {
    Person(Uuid),
    /// A relationship, and for whom it is.
    Relationship(Uuid, Uuid),
    /// A user, and who they are.
    User(Uuid, Option<Uuid>),
    /// A token, and the person whose it is.
    Token(Uuid, Option<Uuid>),
}

impl Subject {
    fn kind(self) -> &'static str {
        match self {
            Self::Person(_) => "person",
            Self::Relationship(..) => "relationship",
            Self::User(..) => "user",
            Self::Token(..) => "token",
        }
    }

    fn id(self) -> Uuid {
        match self {
            Self::Person(id)
            | Self::Relationship(id, _)
            | Self::User(id, _)
            | Self::Token(id, _) => id,
        }
    }

    fn person_id(self) -> Option<Uuid> {
        match self {
            Self::Person(id) | Self::Relationship(_, id) => Some(id),
            Self::User(_, person_id) | Self::Token(_, person_id) => person_id,
        }
    }
}

/// Ends a change: writes down what was done, commits, and tells it. `kind` is the event's: `operator.person.deactivated`.
pub(super) async fn commit_act(
    opened: &Opened,
    mut tx: Tx,
    kind: &'static str,
    subject: Subject,
    comment: Option<&str>,
) -> Result<(), CannotRun> {
    add(tx.link(), kind, subject, comment, opened.now).await?;
    tx.commit().await?;
    events::tell(&Event {
        kind,
        actor: Actor::Operator,
        person_id: subject.person_id(),
        subject_id: Some(subject.id()),
    });
    Ok(())
}

async fn add(
    link: Link<'_>,
    kind: &str,
    subject: Subject,
    comment: Option<&str>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    const SQL: &str = "INSERT INTO operator_acts (id, act, subject_type, subject_id, person_id, comment, inserted_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let act = kind.strip_prefix("operator.").unwrap_or(kind);
    on!(link, |c| sqlx::query(SQL)
        .bind(RANDOM.uuid())
        .bind(act)
        .bind(subject.kind())
        .bind(subject.id())
        .bind(subject.person_id())
        .bind(comment)
        .bind(now)
        .execute(c)
        .await
        .map(|_| ()))
}

/// An act, as it is shown.
#[derive(FromRow, Serialize)]
pub(super) struct ActRecord {
    id: Uuid,
    act: String,
    subject_type: String,
    subject_id: Uuid,
    comment: Option<String>,
    inserted_at: DateTime<Utc>,
}

/// What operators did about a person: themselves, their users and tokens, relationships both ways.
pub(super) async fn about_person(link: Link<'_>, person_id: Uuid) -> sqlx::Result<Vec<ActRecord>> {
    const SQL: &str = "SELECT o.id, o.act, o.subject_type, o.subject_id, o.comment, o.inserted_at FROM operator_acts o
        WHERE o.person_id = $1 OR o.subject_id IN (SELECT w.id FROM confidant_person_relationships w WHERE w.confidant_person_id = $1)
        ORDER BY o.inserted_at, o.id";
    on!(link, |c| sqlx::query_as(SQL)
        .bind(person_id)
        .fetch_all(c)
        .await)
}

/// What operators did about a relationship.
pub(super) async fn about(link: Link<'_>, subject_id: Uuid) -> sqlx::Result<Vec<ActRecord>> {
    const SQL: &str = "SELECT o.id, o.act, o.subject_type, o.subject_id, o.comment, o.inserted_at FROM operator_acts o WHERE o.subject_id = $1 ORDER BY o.inserted_at, o.id";
    on!(link, |c| sqlx::query_as(SQL)
        .bind(subject_id)
        .fetch_all(c)
        .await)
}

/// Forgets what operators said of somebody who is erased: comments are free text. That something was done stays, by ids.
pub(super) async fn forget_comments(link: Link<'_>, person_id: Uuid) -> sqlx::Result<()> {
    const SQL: &str = "UPDATE operator_acts SET comment = NULL
        WHERE person_id = $1 OR subject_id IN (SELECT w.id FROM confidant_person_relationships w WHERE w.confidant_person_id = $1)";
    on!(link, |c| sqlx::query(SQL)
        .bind(person_id)
        .execute(c)
        .await
        .map(|_| ()))
}
