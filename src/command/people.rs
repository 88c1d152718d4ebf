//! `dovira person …`

use std::{
    fs::OpenOptions,
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use chrono::NaiveDate;
use clap::{ArgAction, Args, Subcommand, builder::PossibleValuesParser};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    CannotRun, CommandResult, Opened, Store,
    acts::{self, Act, How, Subject},
    output::{self, Paged, masked_name, masked_number},
    relationships,
};
use crate::{
    db::Link,
    oauth::store::users,
    person::{
        store::{self, ErasedEvidence, lookup, related},
        verification,
    },
    person_request,
};

/// `dovira person …`
#[derive(Subcommand)]
pub enum PersonCommand {
    /// Find people: prints ids, the rest masked
    Find(Find),
    /// Show everything that is kept about one person
    Show {
        #[command(flatten)]
        store: Store,
        /// Their id
        id: Uuid,
        /// Print a list of one object (JSON)
        #[arg(long)]
        json: bool,
    },
    /// Write everything that is kept about one person to a file (JSON), for them
    ///
    /// What they signed is in it; hashes of passwords and values of tokens never are. It is written
    /// down that it was done.
    Export {
        #[command(flatten)]
        store: Store,
        /// Their id
        id: Uuid,
        /// The file, which must not be there yet; "-": stdout
        file: PathBuf,
        /// Why; it is kept
        #[arg(long)]
        comment: Option<String>,
    },
    /// Remove one person and everything that hangs on them, for ever
    Erase(Erase),
    /// Take a person out of the registry: they enter nowhere, and nobody acts for them
    Deactivate(Act),
    /// Write down that a person is dead: they enter nowhere, and nobody acts for them
    Deceased(Act),
    /// Set one stream of a person's verification; what the streams say together follows
    Verification(Verification),
}

/// `dovira person find`
#[derive(Args)]
pub struct Find {
    #[command(flatten)]
    store: Store,
    #[command(flatten)]
    criteria: Criteria,
    #[command(flatten)]
    paged: Paged,
}

/// By what people are looked for: every one that is given applies.
#[derive(Args)]
#[group(required = true, multiple = true)]
pub struct Criteria {
    /// Tax number
    #[arg(long)]
    tax_id: Option<String>,
    /// Number of a document, however it is written
    #[arg(long)]
    document_number: Option<String>,
    /// Last name, with a first name
    #[arg(long, requires = "first_name")]
    last_name: Option<String>,
    /// First name, with a last name
    #[arg(long, requires = "last_name")]
    first_name: Option<String>,
    /// Date of birth (YYYY-MM-DD)
    #[arg(long)]
    birth_date: Option<NaiveDate>,
}

/// `dovira person erase`
#[derive(Args)]
pub struct Erase {
    #[command(flatten)]
    act: Act,
    /// Really do it
    #[arg(long)]
    yes: bool,
    /// Whether what was signed about them stays as evidence (true or false). That a signature was used up stays in any case
    #[arg(long, env = "DOVIRA_ERASE_KEEPS_EVIDENCE", default_value = "true", action = ArgAction::Set)]
    keeps_evidence: bool,
}

/// `dovira person verification`
#[derive(Args)]
pub struct Verification {
    #[command(flatten)]
    act: Act,
    /// Which stream
    #[arg(long, value_parser = PossibleValuesParser::new(verification::STREAMS))]
    stream: String,
    /// What it says; DEAD is for dracs_death alone
    #[arg(long, value_parser = PossibleValuesParser::new(verification::STREAM_STATUSES))]
    status: String,
    /// Why, in one word: capital letters, digits and _
    #[arg(long, value_parser = reason)]
    reason: Option<String>,
}

/// A reason is a code, not a text: what is to be said in words is a comment.
fn reason(text: &str) -> Result<String, String> {
    let is_code = (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    if is_code {
        Ok(text.to_owned())
    } else {
        Err("a reason has 1 to 64 of the characters A to Z, 0 to 9 and _".to_owned())
    }
}

pub(super) async fn person(command: PersonCommand) -> CommandResult {
    match command {
        PersonCommand::Find(line) => find(&line).await,
        PersonCommand::Show { store, id, json } => show(&store, id, json).await,
        PersonCommand::Export {
            store,
            id,
            file,
            comment,
        } => export(&store, id, &file, comment.as_deref()).await,
        PersonCommand::Erase(line) => erase(&line).await,
        PersonCommand::Deactivate(act) => deactivate(&act).await,
        PersonCommand::Deceased(act) => {
            let (stream, status) = (verification::DEATH, verification::DEAD);
            set_stream(&act, stream, status, None, "operator.person.deceased").await
        }
        PersonCommand::Verification(line) => {
            let (stream, status) = (line.stream.as_str(), line.status.as_str());
            if !verification::can_have(stream, status) {
                let known = verification::statuses_of(stream).join(", ");
                return Err(CannotRun::Other(format!(
                    "The stream {stream} cannot be {status}: it is one of {known}."
                )));
            }
            let (reason, kind) = (line.reason.as_deref(), "operator.person.verified");
            set_stream(&line.act, stream, status, reason, kind).await
        }
    }
}

async fn find(line: &Find) -> CommandResult {
    let opened = line.store.open().await?;
    let criteria = &line.criteria;
    let last_name = criteria.last_name.as_deref();
    let wanted = lookup::Criteria {
        tax_id: criteria.tax_id.as_deref().map(str::trim),
        document_number: criteria.document_number.as_deref(),
        names: last_name.zip(criteria.first_name.as_deref()),
        birth_date: criteria.birth_date,
    };
    let mut held = opened.db.read().await?;
    let found = lookup::find(held.link(), &wanted, line.paged.part()).await?;
    let masked = |one: lookup::FoundPerson| {
        json!({
            "id": one.id,
            "name": masked_name(&one.last_name, &one.first_name, one.second_name.as_deref()),
            "birth_year": one.birth_date.format("%Y").to_string(),
            "tax_id": one.tax_id.as_deref().map(masked_number),
            "status": one.status,
            "is_active": one.is_active,
            "is_deceased": one.is_deceased,
            "verification_status": one.verification_status,
            "origin": one.origin,
        })
    };
    let columns = [
        "id",
        "status",
        "verification_status",
        "origin",
        "birth_year",
        "tax_id",
        "name",
    ];
    let found = found.into_iter().map(masked).collect();
    output::list(found, line.paged.json, &columns)
}

/// Everything that is kept about one person, as an object: what `show` and `export` tell.
async fn everything(
    mut link: Link<'_>,
    id: Uuid,
    opened: &Opened,
) -> Result<Option<Value>, CannotRun> {
    let Some(kept) = lookup::everything(link.reborrow(), id).await? else {
        return Ok(None);
    };
    let all = lookup::Part {
        limit: i64::MAX,
        offset: 0,
    };
    let of = |person_id, confidant_id| related::Which {
        is_waiting: false,
        person_id,
        confidant_id,
    };
    let now = opened.now;
    let confidants = related::relationships(link.reborrow(), of(Some(id), None), all, now).await?;
    let wards = related::relationships(link.reborrow(), of(None, Some(id)), all, now).await?;
    let (accounts, approvals) = users::accounts(link.reborrow(), id).await?;
    let requests = person_request::about(link.reborrow(), id).await?;
    let acts = acts::about_person(link, id).await?;
    let masked = |list: Vec<related::RelationshipRecord>| -> Vec<Value> {
        list.iter()
            .map(relationships::masked_relationship)
            .collect()
    };
    let mut about = Map::new();
    about.insert("id".to_owned(), json!(id));
    // Names of others are theirs.
    for (name, value) in [
        ("confidants", json!(masked(confidants))),
        ("wards", json!(masked(wards))),
        ("users", json!(accounts)),
        ("approvals", json!(approvals)),
        ("person_requests", json!(requests)),
        ("operator_acts", json!(acts)),
    ] {
        about.insert(name.to_owned(), value);
    }
    if let Value::Object(kept) = json!(kept) {
        about.extend(kept);
    }
    // The record first, what follows from it after.
    let order = [
        "id",
        "person",
        "documents",
        "authentication_methods",
        "confidants",
        "wards",
        "users",
        "approvals",
        "evidence",
        "versions",
        "person_requests",
        "operator_acts",
    ];
    let ordered = order
        .into_iter()
        .filter_map(|name| about.shift_remove_entry(name));
    Ok(Some(Value::Object(ordered.collect())))
}

async fn show(store: &Store, id: Uuid, is_json: bool) -> CommandResult {
    let opened = store.open().await?;
    let mut held = opened.db.read().await?;
    let Some(mut about) = everything(held.link(), id, &opened).await? else {
        return output::no("person", id);
    };
    // What was signed is long, and written for machines: its hash tells it apart, `export` has it whole.
    let evidence = about.get_mut("evidence").and_then(Value::as_array_mut);
    for one in evidence
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
    {
        one.shift_remove("signed_content");
    }
    output::page(about, is_json)
}

async fn export(store: &Store, id: Uuid, file: &Path, comment: Option<&str>) -> CommandResult {
    let opened = store.open().await?;
    let mut tx = opened.db.begin().await?;
    let Some(about) = everything(tx.link(), id, &opened).await? else {
        return output::no("person", id);
    };
    let text = format!("{about:#}\n");
    if file == Path::new("-") {
        output::print(&text)?;
    } else {
        let failed = |error: io::Error| CannotRun::Io(file.display().to_string(), error);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        let mut written = options.open(file).map_err(failed)?;
        written.write_all(text.as_bytes()).map_err(failed)?;
        written.sync_all().map_err(failed)?;
    }
    let kind = "operator.person.exported";
    acts::commit_act(&opened, tx, kind, Subject::Person(id), comment).await?;
    Ok(super::Outcome::Done)
}

async fn erase(line: &Erase) -> CommandResult {
    let Act { store, id, how } = &line.act;
    if !line.yes {
        return Err(CannotRun::Other(
            "Whoever is erased cannot be brought back: give --yes to do it.".to_owned(),
        ));
    }
    let opened = store.open().await?;
    let mut tx = opened.db.begin().await?;
    store::lock(tx.link(), *id).await?;
    if store::find_person(tx.link(), *id).await?.is_none() {
        return output::no("person", *id);
    }
    let evidence = if line.keeps_evidence {
        ErasedEvidence::Kept
    } else {
        ErasedEvidence::Forgotten
    };
    let requests = person_request::about(tx.link(), *id).await?;
    acts::forget_comments(tx.link(), *id).await?;
    person_request::forget(tx.link(), *id, opened.now).await?;
    users::erase_users(tx.link(), *id).await?;
    store::erase(tx.link(), *id, evidence, opened.now).await?;
    let comment = how.comment.as_deref();
    acts::commit_act(
        &opened,
        tx,
        "operator.person.erased",
        Subject::Person(*id),
        comment,
    )
    .await?;
    let requests: Vec<_> = requests.iter().map(|request| request.id).collect();
    let kept = if line.keeps_evidence { "kept" } else { "gone" };
    let mut sentence = format!("Person {id} is erased; what was signed about them is {kept}.");
    if !requests.is_empty() {
        let ids: Vec<_> = requests.iter().map(Uuid::to_string).collect();
        sentence.push_str(&format!(
            "\nCopies of documents may be left in the storage of files, under person_requests/ and these ids: {}.",
            ids.join(", ")
        ));
    }
    let after = json!({
        "id": id,
        "is_erased": true,
        "keeps_evidence": line.keeps_evidence,
        "person_requests": requests,
    });
    output::change(after, how.json, &sentence)
}

async fn deactivate(act: &Act) -> CommandResult {
    let opened = act.store.open().await?;
    let mut tx = opened.db.begin().await?;
    if !lookup::deactivate(tx.link(), act.id, opened.now).await? {
        return output::no("person", act.id);
    }
    users::end_tokens_of_person(tx.link(), act.id, opened.now).await?;
    let How { comment, json } = &act.how;
    let kind = "operator.person.deactivated";
    acts::commit_act(
        &opened,
        tx,
        kind,
        Subject::Person(act.id),
        comment.as_deref(),
    )
    .await?;
    let after = json!({ "id": act.id, "status": "inactive", "is_active": false });
    output::change(after, *json, &format!("Person {} is inactive.", act.id))
}

/// Sets one stream, and with it what all of them say together ([`verification::with_stream`]).
async fn set_stream(
    act: &Act,
    stream: &str,
    status: &str,
    reason: Option<&str>,
    kind: &'static str,
) -> CommandResult {
    let opened = act.store.open().await?;
    let mut tx = opened.db.begin().await?;
    let Some((streams, together)) = lookup::streams(tx.link(), act.id).await? else {
        return output::no("person", act.id);
    };
    let streams = verification::with_stream(streams, together, stream, status, reason);
    let together = verification::cumulative(&streams);
    lookup::save_streams(tx.link(), act.id, &streams, together, opened.now).await?;
    if status == verification::DEAD {
        users::end_tokens_of_person(tx.link(), act.id, opened.now).await?;
    }
    let How { comment, json } = &act.how;
    acts::commit_act(
        &opened,
        tx,
        kind,
        Subject::Person(act.id),
        comment.as_deref(),
    )
    .await?;
    let after = json!({ "id": act.id, "verification": streams, "verification_status": together });
    let sentence = format!(
        "Person {}: {stream} is {status}; together: {together}.",
        act.id
    );
    output::change(after, *json, &sentence)
}
