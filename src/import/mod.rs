//! The provisioning file: what an operator puts into the registry from outside.
//!
//! ```text
//!  file ─▶ JSON ─▶ schema: every problem of form ─▶ laid over what is there ─▶ meaning: addresses, scopes, references ─▶ one transaction
//! ```
//!
//! An entry is brought to what the file says: a member that is left out stays as it is, `null` empties one that may be empty
//! (authority §10). All or nothing; importing the same file again changes nothing. Every problem is named with its path, none with its
//! value: values are personal data and secrets.

use std::{collections::HashSet, fmt};

use chrono::{DateTime, Utc};
use file::FileEntry;
use jsonschema::Validator;
use merge::{ClientChange, HashedMember};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    db::Tx,
    locale::Locale,
    oauth::{
        client::{LOGIN_SCOPE, secret_hash},
        redirect_uri::RedirectUri,
        scope::Scopes,
        store as oauth_store,
    },
    patterns,
    random::Draw,
    secrets::{Keys, Plain},
    signed_content,
};

mod file;
mod merge;
mod people;
mod store;
mod wanted;

pub use file::{File, Imported};

const SCHEMA: &str = include_str!("schema.json");

/// Everything that is wrong with a file, a line each.
#[derive(Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<String>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

/// Why a file was not imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file is wrong.
    #[error("{0}")]
    Problems(Problems),
    /// The database failed; nothing was changed.
    #[error("The database refused the import, and nothing was changed: {0}.")]
    Database(#[from] sqlx::Error),
    /// OpenSSL failed.
    #[error("A secret could not be hashed.")]
    Crypto,
}

/// Reads a provisioning file.
///
/// # Errors
/// Every problem of its form, by path; problems of meaning only when the form is right.
pub fn read(text: &[u8]) -> Result<File, Problems> {
    let json: Value = serde_json::from_slice(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Problems(vec![format!(
            "The file is not JSON: line {line}, column {column}."
        )])
    })?;
    if signed_content::json_object(text).is_err() && json.is_object() {
        let what = "The file names a member twice, or nests deeper than 32 levels.";
        return Err(Problems(vec![what.to_owned()]));
    }
    let mut problems = problems_of_form(&json)?;
    problems.extend(problems_of_dictionaries(&json));
    if !problems.is_empty() {
        return Err(Problems(problems));
    }
    serde_json::from_value(json).map_err(|error| {
        Problems(vec![format!(
            "The file cannot be read: {:?}.",
            error.classify()
        )])
    })
}

fn problems_of_form(json: &Value) -> Result<Vec<String>, Problems> {
    let broken =
        |error: &dyn fmt::Display| Problems(vec![format!("The schema is broken: {error}.")]);
    let schema: Value = serde_json::from_str(SCHEMA).map_err(|error| broken(&error))?;
    let validator: Validator = jsonschema::options()
        .offline()
        .should_validate_formats(true)
        .with_format("phone", patterns::CODE_PHONE.matches)
        .with_format("tax-id", patterns::TAX_ID.matches)
        .with_format("email", patterns::EMAIL.matches)
        .with_format("date", |text: &str| patterns::date(text).is_some())
        .with_format("date-time", |text: &str| {
            DateTime::parse_from_rfc3339(text).is_ok()
        })
        .build(&schema)
        .map_err(|error| broken(&error))?;
    Ok(validator
        .iter_errors(json)
        .map(|error| {
            format!(
                "{}: {}.",
                path(error.instance_path().as_str()),
                error.masked()
            )
        })
        .collect())
}

/// Names, codes and descriptions of dictionaries that cannot be used. They are no secrets, but may be anything until they
/// are checked: what is repeated is short and in one line.
fn problems_of_dictionaries(json: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    let dictionaries = json.get("dictionaries").and_then(Value::as_object);
    for (name, values) in dictionaries.into_iter().flatten() {
        let path = format!("$.dictionaries.{}", echo(name));
        if !is_code(name, |byte| byte.is_ascii_uppercase()) {
            problems.push(format!("{path}: a name has {CODE}."));
        }
        // The codes of this one are the source's, in small letters.
        let is_small = name == "PREFERRED_WAY_COMMUNICATION";
        for (code, description) in values.as_object().into_iter().flatten() {
            let path = format!("{path}.{}", echo(code));
            if !is_code(code, |byte| {
                byte.is_ascii_uppercase() || (is_small && byte.is_ascii_lowercase())
            }) {
                problems.push(format!("{path}: a code has {CODE}."));
            }
            if description
                .as_str()
                .is_some_and(|text| !is_description(text))
            {
                problems.push(format!(
                    "{path}: a description has 1 to 255 characters, none of them a control character."
                ));
            }
        }
    }
    problems
}

const CODE: &str = "1 to 64 of the characters A to Z, 0 to 9 and _";

fn is_code(text: &str, is_letter: impl Fn(u8) -> bool) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| is_letter(byte) || byte.is_ascii_digit() || byte == b'_')
}

fn is_description(text: &str) -> bool {
    !text.trim().is_empty()
        && text.chars().nth(255).is_none()
        && !text.chars().any(char::is_control)
}

/// The beginning of `text` without what would break a line.
fn echo(text: &str) -> String {
    text.chars().take(64).flat_map(char::escape_debug).collect()
}

/// `/clients/0/name` as `$.clients.[0].name`.
fn path(pointer: &str) -> String {
    let mut path = String::from("$");
    for member in pointer.split('/').skip(1) {
        path.push('.');
        if member.bytes().all(|byte| byte.is_ascii_digit()) && !member.is_empty() {
            path.push_str(&format!("[{member}]"));
        } else {
            path.push_str(&member.replace("~1", "/").replace("~0", "~"));
        }
    }
    path
}

/// Problems of meaning: addresses that cannot be used, scopes that nobody described or nobody is asked for, ids that stand
/// twice, times that are none.
fn problems_of_meaning(file: &File, described: &[String]) -> Vec<String> {
    let mut problems = Vec::new();
    for (at, client) in file.clients.iter().enumerate() {
        check_client(
            &format!("$.clients.[{at}]"),
            client,
            described,
            &mut problems,
        );
    }
    let methods = |person: &FileEntry| {
        let methods = file::entries(person, "authentication_methods").cloned();
        methods.collect::<Vec<_>>()
    };
    for (list, entries) in [
        ("clients", &file.clients),
        ("persons", &file.persons),
        ("users", &file.users),
        ("employees", &file.employees),
        (
            "confidant_person_relationships",
            &file.confidant_person_relationships,
        ),
        ("user_requests", &file.user_requests),
    ] {
        problems.extend(twice(list, entries.iter().map(file::id)));
    }
    let keys = file
        .clients
        .iter()
        .map(|client| file::text(client, "api_key"));
    let mut known = HashSet::new();
    for (at, key) in keys.enumerate() {
        if key.is_some_and(|key| !known.insert(key)) {
            problems.push(format!("$.clients.[{at}].api_key: another client has it."));
        }
    }
    for (at, person) in file.persons.iter().enumerate() {
        let path = format!("persons.[{at}]");
        let methods = methods(person);
        let list = format!("{path}.authentication_methods");
        problems.extend(twice(&list, methods.iter().map(file::id)));
        people::problems(&format!("$.{path}"), person, &mut problems);
        for (at, method) in methods.iter().enumerate() {
            let path = format!("$.{list}.[{at}]");
            check_times(&path, method, &["started_at", "ended_at"], &mut problems);
        }
    }
    for (at, relationship) in file.confidant_person_relationships.iter().enumerate() {
        let path = format!("$.confidant_person_relationships.[{at}]");
        check_times(&path, relationship, &["active_to"], &mut problems);
    }
    problems
}

/// Ids that stand twice in a list.
fn twice(list: &str, ids: impl Iterator<Item = Uuid>) -> Vec<String> {
    let mut known = HashSet::new();
    ids.enumerate()
        .filter(|(_, id)| !known.insert(*id))
        .map(|(at, _)| format!("$.{list}.[{at}].id: it stands above already."))
        .collect()
}

fn check_client(path: &str, client: &FileEntry, described: &[String], problems: &mut Vec<String>) {
    let uris = client.get("redirect_uris").and_then(Value::as_array);
    for (at, uri) in uris.into_iter().flatten().enumerate() {
        if let Err(refused) = RedirectUri::parse(uri.as_str().unwrap_or_default()) {
            problems.push(format!("{path}.redirect_uris.[{at}]: {refused}."));
        }
    }
    let Some(scopes) = file::text(client, "scopes") else {
        return;
    };
    match Scopes::parse(scopes) {
        None => problems.push(format!("{path}.scopes: it is not a list of scopes.")),
        Some(scopes) => {
            if scopes.contains(LOGIN_SCOPE) {
                problems.push(format!("{path}.scopes: {NO_LOGIN_SCOPE}."));
            }
            problems.extend(undescribed_scopes(&scopes, described).map(|scope| {
                format!(
                    "{path}.scopes: \"{scope}\" has no description, so no person could be asked for it."
                )
            }));
        }
    }
}

/// Why no client has the scope of login tokens (authority §8), without the final dot.
pub const NO_LOGIN_SCOPE: &str = "\"app:authorize\" is the scope of login tokens, with which somebody approves a client; no client can be granted it";

fn check_times(path: &str, entry: &FileEntry, names: &[&str], problems: &mut Vec<String>) {
    for name in names {
        let time = file::text(entry, name);
        if time.is_some_and(|time| file::time(time).is_none()) {
            problems.push(format!("{path}.{name}: it is neither a date nor a time."));
        }
    }
}

/// Scopes of a client that have no sentence in `locales/` and none among `described`.
pub fn undescribed_scopes<'a>(
    scopes: &'a Scopes,
    described: &'a [String],
) -> impl Iterator<Item = &'a str> {
    scopes.iter().filter(|scope| {
        crate::oauth::scope_words::scope_words(Locale::Uk, scope).is_none()
            && !described.iter().any(|known| known == scope)
    })
}

/// Imports a file: all of it or nothing.
///
/// # Errors
/// Every problem of meaning by its path; what the database refused.
pub async fn import(
    db: &crate::db::Db,
    keys: &Keys,
    random: &dyn crate::random::Random,
    file: &File,
    now: DateTime<Utc>,
) -> Result<Imported, ImportError> {
    let mut tx = db.begin().await?;
    let mut described: Vec<String> = oauth_store::described_scopes(tx.link())
        .await?
        .into_iter()
        .map(|(name, ..)| name)
        .collect();
    described.extend(file.scopes.keys().cloned());
    let mut problems = problems_of_meaning(file, &described);
    let wanted = merge::plan_changes(&mut tx, file, &mut problems).await?;
    problems.extend(store::missing_persons(&mut tx, file).await?);
    problems.extend(store::strange_users(&mut tx, file, &wanted).await?);
    if !problems.is_empty() {
        return Err(ImportError::Problems(Problems(problems)));
    }
    for (name, words) in &file.scopes {
        store::save_scope(tx.link(), name, words).await?;
    }
    for change in &wanted.clients {
        save_client(&mut tx, keys, change, now).await?;
    }
    for (person, methods) in &wanted.persons {
        if person.is_changed {
            store::save_person(tx.link(), person, || random.uuid(), now).await?;
        }
        for method in methods.iter().filter(|method| method.is_any()) {
            store::save_method(tx.link(), person.id, method.id, &method.after, now).await?;
        }
    }
    for user in wanted.users.iter().filter(|user| user.is_any()) {
        store::save_user(tx.link(), user.id, &user.after, now).await?;
    }
    for employee in wanted.employees.iter().filter(|one| one.is_any()) {
        store::save_employee(tx.link(), employee.id, &employee.after).await?;
    }
    for relationship in wanted.relationships.iter().filter(|one| one.is_any()) {
        store::save_relationship(tx.link(), relationship.id, &relationship.after, now).await?;
    }
    for phone in &file.verified_phones {
        store::save_verified_phone(tx.link(), phone, now).await?;
    }
    for request in wanted.user_requests.iter().filter(|one| one.is_any()) {
        store::save_user_request(tx.link(), request.id, &request.after, now).await?;
    }
    for (name, values) in &file.dictionaries {
        for (code, description) in values {
            store::save_dictionary_value(tx.link(), name, code, description).await?;
        }
    }
    tx.commit().await?;
    Ok(file.counts())
}

/// Writes down a client and its legal entity, where anything differs.
async fn save_client(
    tx: &mut Tx,
    keys: &Keys,
    change: &ClientChange,
    now: DateTime<Utc>,
) -> Result<(), ImportError> {
    if let Some(entity) = change.legal_entity.as_ref().filter(|one| one.is_any()) {
        store::save_legal_entity(tx.link(), entity.id, &entity.after).await?;
    }
    let (id, known) = (change.client.id, change.known.as_ref());
    let known_secret = known.and_then(|known| known.secret_hash.clone());
    let known_api_key = known.and_then(|known| known.api_key_hash.clone());
    let secret = match &change.secret {
        HashedMember::Nothing => known_secret.clone(),
        HashedMember::None => None,
        HashedMember::Some(secret) => {
            Some(secret_hash(keys, id, secret).ok_or(ImportError::Crypto)?)
        }
    };
    let api_key = match &change.api_key {
        HashedMember::Nothing => known_api_key.clone(),
        HashedMember::None => None,
        HashedMember::Some(key) => Some(Plain::from(key.as_str()).hash()),
    };
    let known_entity = known.and_then(|known| known.legal_entity_id);
    let is_same = (&secret, &api_key, change.legal_entity_id)
        == (&known_secret, &known_api_key, known_entity);
    if change.client.is_any() || !is_same {
        let hashes = (secret, api_key);
        let (client, entity) = (&change.client.after, change.legal_entity_id);
        store::save_client(tx.link(), id, client, hashes, entity, now).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_a_file() {
        assert!(read(b"{}").is_ok());
    }

    #[test]
    fn every_problem_of_form_is_named_by_its_path_and_no_value_is_repeated() {
        let Err(Problems(problems)) = read(
            br#"{"clients":[{"id":"x","name":"","client_type":"NEW","redirect_uris":[],"scopes":"","secret":5}],
                 "verified_phones":["+38050"],"surprise":1}"#,
        ) else {
            panic!("accepted");
        };
        let all = problems.join("\n");
        for path in [
            "$.clients.[0].id:",
            "$.clients.[0].name:",
            "$.clients.[0].client_type:",
            "$.clients.[0].secret:",
            "$.verified_phones.[0]:",
            "$: ",
        ] {
            assert!(all.contains(path), "{path} is not among\n{all}");
        }
        assert!(!all.contains("+38050") && !all.contains("NEW\""), "{all}");
    }

    #[test]
    fn a_half_of_a_file_cannot_vanish() {
        let Err(Problems(problems)) = read(br#"{"clients":[],"clients":[]}"#) else {
            panic!("accepted");
        };
        assert!(problems[0].contains("twice"), "{problems:?}");
        let user = r#"{"id":"3f2504e0-4f89-41d3-9a0c-0305e82c3301"}"#;
        let file = read(format!(r#"{{"users":[{user},{user}]}}"#).as_bytes()).unwrap();
        let problems = problems_of_meaning(&file, &[]);
        assert_eq!(problems, ["$.users.[1].id: it stands above already."]);
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let file = read(
            br#"{"clients":[{"id":"3f2504e0-4f89-41d3-9a0c-0305e82c3301","name":"A","client_type":"PIS",
                 "redirect_uris":["http://pis.example/"],"scopes":"person:read x:unknown"}]}"#,
        )
        .unwrap();
        let problems = problems_of_meaning(&file, &[]);
        assert_eq!(problems.len(), 2);
        assert!(problems[0].starts_with("$.clients.[0].redirect_uris.[0]:"));
        assert!(problems[1].contains("\"x:unknown\""));
        assert!(problems_of_meaning(&file, &["x:unknown".to_owned()]).len() == 1);
    }
}
