//! `dovira relationship …`

use std::ffi::OsString;

use clap::{Args, Parser, Subcommand};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    CannotRun, CommandResult, Opened, Outcome, Store,
    acts::{self, Act, Subject},
    output::{self, Paged, masked_name},
};
use crate::{
    db::Tx,
    oauth::store::users,
    person::{
        store::{
            full_name,
            related::{self, RelationshipRecord, Which},
        },
        verification::VerificationStatus,
    },
    standing::{
        rules::reasons,
        store::{self as standing, Ended},
    },
};

/// `dovira relationship …`
#[derive(Subcommand)]
pub enum RelationshipCommand {
    /// List who stands for whom, names masked
    List(List),
    /// Show one relationship: who made it and when, what proves it, with what it was signed, what operators did
    Show {
        /// Where it is
        #[command(flatten)]
        store: Store,
        /// Its id
        id: Uuid,
        /// Print a list of one object (JSON)
        #[arg(long)]
        json: bool,
    },
    /// Say yes: the confidant may act for the person
    Confirm(Act),
    /// Say no: the confidant may not act for the person, and cannot claim it again
    Refuse(Act),
    /// Say that it is over: the confidant may not act for the person any more
    End(Act),
}

/// Runs `dovira relationship` with these words, as the command line does: what a demonstration shows of an operator.
///
/// # Errors
/// What is wrong with the words, and why it could not run.
pub async fn run_words(words: impl IntoIterator<Item = OsString>) -> CommandResult {
    #[derive(Parser)]
    #[command(name = "dovira relationship", no_binary_name = true)]
    struct Line {
        #[command(subcommand)]
        command: RelationshipCommand,
    }
    match Line::try_parse_from(words) {
        Ok(line) => relationship(line.command).await,
        Err(error) => Err(CannotRun::Other(error.to_string())),
    }
}

/// `dovira relationship list`
#[derive(Args)]
pub struct List {
    #[command(flatten)]
    store: Store,
    /// Only those that wait for somebody to confirm them
    #[arg(long)]
    waiting: bool,
    /// Only those for this person
    #[arg(long, value_name = "ID")]
    person: Option<Uuid>,
    /// Only those of this confidant
    #[arg(long, value_name = "ID")]
    confidant: Option<Uuid>,
    #[command(flatten)]
    paged: Paged,
}

/// What is decided.
#[derive(Clone, Copy)]
enum Decision {
    Confirm,
    Refuse,
    End,
}

pub(super) async fn relationship(command: RelationshipCommand) -> CommandResult {
    match command {
        RelationshipCommand::List(line) => list(&line).await,
        RelationshipCommand::Show { store, id, json } => show(&store, id, json).await,
        RelationshipCommand::Confirm(act) => decide(&act, Decision::Confirm).await,
        RelationshipCommand::Refuse(act) => decide(&act, Decision::Refuse).await,
        RelationshipCommand::End(act) => decide(&act, Decision::End).await,
    }
}

/// A relationship as lists show it: with the names masked, without what proves it.
pub(super) fn masked_relationship(record: &RelationshipRecord) -> Value {
    let (patient, confidant) = (&record.patient, &record.confidant);
    json!({
        "id": record.id,
        "person_id": record.person_id,
        "person_name": masked_name(&patient.patient_last_name, &patient.patient_first_name, patient.patient_second_name.as_deref()),
        "confidant_person_id": record.confidant_person_id,
        "confidant_name": masked_name(&confidant.confidant_last_name, &confidant.confidant_first_name, confidant.confidant_second_name.as_deref()),
        "relation_type": record.relation_type,
        "is_active": record.is_active,
        "verification_status": record.verification_status,
        "verification_reason": record.verification_reason,
        "active_to": record.active_to,
        "inserted_at": record.inserted_at,
        "ended_at": record.ended_at,
        "ended_reason": record.ended_reason,
    })
}

async fn list(line: &List) -> CommandResult {
    let opened = line.store.open().await?;
    let which = Which {
        is_waiting: line.waiting,
        person_id: line.person,
        confidant_id: line.confidant,
    };
    let mut held = opened.db.read().await?;
    let part = line.paged.part();
    let found = related::relationships(held.link(), which, part, opened.now).await?;
    let columns = [
        "id",
        "inserted_at",
        "is_active",
        "verification_status",
        "verification_reason",
        "person_id",
        "person_name",
        "confidant_person_id",
        "confidant_name",
    ];
    let found = found.iter().map(masked_relationship).collect();
    output::list(found, line.paged.json, &columns)
}

async fn show(store: &Store, id: Uuid, is_json: bool) -> CommandResult {
    let opened = store.open().await?;
    let mut held = opened.db.read().await?;
    let Some(record) = related::relationship(held.link(), id).await? else {
        return output::no("relationship", id);
    };
    let evidence = related::evidence_of_relationship(held.link(), &record).await?;
    let acts = acts::about(held.link(), id).await?;
    let mut about = json!(record);
    let (patient, confidant) = (&record.patient, &record.confidant);
    if let Value::Object(members) = &mut about {
        let person_name = full_name(
            &patient.patient_last_name,
            &patient.patient_first_name,
            patient.patient_second_name.as_deref(),
        );
        let confidant_name = full_name(
            &confidant.confidant_last_name,
            &confidant.confidant_first_name,
            confidant.confidant_second_name.as_deref(),
        );
        for (name, value) in [
            ("person_name", json!(person_name)),
            ("confidant_name", json!(confidant_name)),
            ("evidence", json!(evidence)),
            ("operator_acts", json!(acts)),
        ] {
            members.insert(name.to_owned(), value);
        }
    }
    output::page(about, is_json)
}

/// Decides about a relationship. Whoever loses a right by it loses the tokens that it gave in the same transaction.
async fn decide(act: &Act, decision: Decision) -> CommandResult {
    let opened = act.store.open().await?;
    let mut tx = opened.db.begin().await?;
    let Some(before) = related::relationship(tx.link(), act.id).await? else {
        return output::no("relationship", act.id);
    };
    // It waits for whoever gives a token on the strength of the relationship, who holds it: their token is seen below.
    if !write(&mut tx, &opened, act.id, decision).await? {
        eprintln!("The relationship {} was ended before.", act.id);
        return Ok(Outcome::No);
    }
    if !matches!(decision, Decision::Confirm) {
        let (person_id, confidant_id) = (before.person_id, before.confidant_person_id);
        users::end_tokens_between(tx.link(), person_id, confidant_id, opened.now).await?;
    }
    let comment = act.how.comment.as_deref();
    if let Some(comment) = comment {
        related::comment_relationship(tx.link(), act.id, comment).await?;
    }
    let after = related::relationship(tx.link(), act.id).await?;
    let (kind, word) = match decision {
        Decision::Confirm => ("operator.relationship.confirmed", "confirmed"),
        Decision::Refuse => ("operator.relationship.refused", "refused"),
        Decision::End => ("operator.relationship.ended", "ended"),
    };
    let subject = Subject::Relationship(act.id, before.person_id);
    acts::commit_act(&opened, tx, kind, subject, comment).await?;
    let after = after.as_ref().map(masked_relationship).unwrap_or_default();
    let sentence = format!("The relationship {} is {word}.", act.id);
    output::change(after, act.how.json, &sentence)
}

/// Whether the relationship was in use, so that there was something to decide.
async fn write(tx: &mut Tx, opened: &Opened, id: Uuid, decision: Decision) -> sqlx::Result<bool> {
    let now = opened.now;
    match decision {
        Decision::Confirm => {
            let status = VerificationStatus::Verified;
            standing::decide(tx.link(), id, status, reasons::CONFIRMED, now).await
        }
        Decision::Refuse => {
            let status = VerificationStatus::NotVerified;
            standing::decide(tx.link(), id, status, reasons::REFUSED, now).await
        }
        Decision::End => standing::end(tx.link(), id, Ended::Decision, now).await,
    }
}
