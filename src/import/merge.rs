//! What a file says, laid over what is there: a member that is left out stays as it is, `null` empties it.

use std::collections::HashMap;

use serde_json::Value;
use uuid::Uuid;

use super::{
    file::{
        self, Client, EntryShape, File, FileEntry, LegalEntity, Method, Relationship, User,
        UserRequest,
    },
    people, store,
    wanted::{ImportChanges, KnownClient},
};

pub(super) use crate::import::wanted::HashedMember;
pub(super) use crate::{
    db::Tx,
    import::wanted::{Change, ClientChange},
    oauth::{client::LOGIN_SCOPE, scope::Scopes},
};

/// Why an entry cannot be brought to what the file says, by path.
type Problems = Vec<String>;

/// Lays `said` over `known`. What a new entry needs and does not have is a problem of `path`.
fn laid<T: EntryShape>(
    path: &str,
    said: &FileEntry,
    known: Option<&FileEntry>,
    problems: &mut Problems,
) -> Option<Change<T>> {
    let found_before = problems.len();
    if known.is_none() {
        needs(path, said, T::NEEDS, problems);
    }
    let mut whole = known.cloned().unwrap_or_default();
    whole.extend(said.clone());
    // What is empty is what was never said.
    whole.retain(|_, value| !value.is_null());
    let read = |entry: FileEntry| serde_json::from_value(Value::Object(entry)).ok();
    let Some(after) = read(whole) else {
        if problems.len() == found_before {
            problems.push(format!("{path}: it cannot be read."));
        }
        return None;
    };
    let before = known.and_then(|known| {
        let mut known = known.clone();
        known.retain(|_, value| !value.is_null());
        read(known)
    });
    Some(Change {
        id: file::id(said),
        before,
        after,
    })
}

/// Members that something new cannot do without.
fn needs(path: &str, said: &FileEntry, names: &[&str], problems: &mut Problems) {
    for name in names {
        if said.get(*name).is_none_or(Value::is_null) {
            problems.push(format!("{path}.{name}: a new entry needs it."));
        }
    }
}

/// What the file wants, with the problems of entries that lack something.
///
/// # Errors
/// When the database fails.
pub(super) async fn plan_changes(
    tx: &mut Tx,
    file: &File,
    problems: &mut Problems,
) -> sqlx::Result<ImportChanges> {
    let mut wanted = ImportChanges::default();
    clients(tx, file, &mut wanted, problems).await?;
    for (at, said) in file.persons.iter().enumerate() {
        person(
            tx,
            &format!("$.persons.[{at}]"),
            said,
            &mut wanted,
            problems,
        )
        .await?;
    }
    for (at, said) in file.users.iter().enumerate() {
        let path = format!("$.users.[{at}]");
        let known = store::user(tx.link(), file::id(said)).await?;
        if let Some(mut user) = laid::<User>(&path, said, known.as_ref(), problems) {
            let email = user.after.email.as_deref().map(str::to_lowercase);
            user.after.email = email;
            // The operator vouches for a number that the file names.
            if said.contains_key("tax_id") {
                user.after.tax_id_is_trusted = user.after.tax_id.is_some();
            }
            wanted.users.push(user);
        }
    }
    for (at, said) in file.employees.iter().enumerate() {
        let path = format!("$.employees.[{at}]");
        let known = store::employee(tx.link(), file::id(said)).await?;
        let employee = laid(&path, said, known.as_ref(), problems);
        wanted.employees.extend(employee);
    }
    for (at, said) in file.confidant_person_relationships.iter().enumerate() {
        let path = format!("$.confidant_person_relationships.[{at}]");
        relationship(tx, &path, said, &mut wanted, problems).await?;
    }
    for (at, said) in file.user_requests.iter().enumerate() {
        let path = format!("$.user_requests.[{at}]");
        let known = store::user_request(tx.link(), file::id(said)).await?;
        if let Some(mut request) = laid::<UserRequest>(&path, said, known.as_ref(), problems) {
            let email = request.after.email.as_deref().map(str::to_lowercase);
            request.after.email = email;
            // It is what a consent will ask for, and nobody is asked for a login token (authority §8).
            if let Some(scopes) = Scopes::parse(&request.after.scope) {
                request.after.scope = scopes.without(LOGIN_SCOPE).to_string();
            }
            wanted.user_requests.push(request);
        }
    }
    Ok(wanted)
}

async fn clients(
    tx: &mut Tx,
    file: &File,
    wanted: &mut ImportChanges,
    problems: &mut Problems,
) -> sqlx::Result<()> {
    // Two clients of a file may be of one legal entity: the second adds to what the first says.
    let mut entities: HashMap<Uuid, FileEntry> = HashMap::new();
    for (at, said) in file.clients.iter().enumerate() {
        let path = format!("$.clients.[{at}]");
        let id = file::id(said);
        let known = store::client(tx.link(), id).await?;
        let mut own = said.clone();
        let entity = own.shift_remove("legal_entity");
        let (secret, api_key) = (
            HashedMember::of(said, "secret"),
            HashedMember::of(said, "api_key"),
        );
        own.retain(|name, _| name != "secret" && name != "api_key");
        let entry = known.as_ref().map(KnownClient::entry);
        let Some(mut client) = laid::<Client>(&path, &own, entry.as_ref(), problems) else {
            continue;
        };
        if let Some(scopes) = Scopes::parse(&client.after.scopes) {
            client.after.scopes = scopes.to_string();
        }
        let known_entity_id = known.as_ref().and_then(|known| known.legal_entity_id);
        let (legal_entity_id, legal_entity) = match entity {
            None => (known_entity_id, None),
            Some(Value::Object(entity)) => {
                // A client's legal entity has the client's id unless another is given.
                let named = file::id_of(&entity, "id").or(known_entity_id);
                let id = named.unwrap_or(id);
                let before = match entities.get(&id) {
                    Some(entity) => Some(entity.clone()),
                    None => store::legal_entity(tx.link(), id).await?,
                };
                let path = format!("{path}.legal_entity");
                let change = laid::<LegalEntity>(&path, &entity, before.as_ref(), problems);
                let mut whole = before.unwrap_or_default();
                whole.extend(entity);
                entities.insert(id, whole);
                let change = change.map(|change| Change { id, ..change });
                (Some(id), change)
            }
            Some(_) => (None, None),
        };
        wanted.clients.push(ClientChange {
            client,
            known,
            secret,
            api_key,
            legal_entity_id,
            legal_entity,
        });
    }
    Ok(())
}

async fn person(
    tx: &mut Tx,
    path: &str,
    said: &FileEntry,
    wanted: &mut ImportChanges,
    problems: &mut Problems,
) -> sqlx::Result<()> {
    let id = file::id(said);
    let known = store::person(tx, id).await?;
    let found_before = problems.len();
    if known.is_none() {
        needs(path, said, people::NEEDS, problems);
    }
    let mut methods = Vec::new();
    for (at, said) in file::entries(said, "authentication_methods").enumerate() {
        let path = format!("{path}.authentication_methods.[{at}]");
        let known = store::method(tx.link(), file::id(said)).await?;
        if known.as_ref().is_some_and(|(owner, _)| *owner != id) {
            problems.push(format!("{path}.id: it is a method of another person."));
        }
        let known = known.map(|(_, entry)| entry);
        // From when a method is good is always known: who says nothing of it leaves that as it is.
        let mut said = said.clone();
        said.retain(|name, value| name != "started_at" || !value.is_null());
        methods.extend(laid::<Method>(&path, &said, known.as_ref(), problems));
    }
    match people::merge_person(said, known.as_ref()) {
        Some(person) => wanted.persons.push((person, methods)),
        // Else it lacks something, which was said.
        None if problems.len() == found_before => {
            problems.push(format!("{path}: it cannot be read."))
        }
        None => {}
    }
    Ok(())
}

async fn relationship(
    tx: &mut Tx,
    path: &str,
    said: &FileEntry,
    wanted: &mut ImportChanges,
    problems: &mut Problems,
) -> sqlx::Result<()> {
    let known = store::relationship(tx.link(), file::id(said)).await?;
    let entry = known.as_ref().map(|known| &known.entry);
    let Some(mut relationship) = laid::<Relationship>(path, said, entry, problems) else {
        return Ok(());
    };
    let after = &mut relationship.after;
    if let Some(before) = &relationship.before {
        for (name, is_another) in [
            ("person_id", before.person_id != after.person_id),
            (
                "confidant_person_id",
                before.confidant_person_id != after.confidant_person_id,
            ),
        ] {
            if is_another {
                let what = "a relationship stays between the people whom it was made for";
                problems.push(format!("{path}.{name}: {what}."));
            }
        }
    }
    // What ran out comes back with another end. What somebody ended comes back only where the file says so in so many words: a
    // file that is imported every night must not undo a decision of the day.
    let has_expired = known.is_some_and(|known| known.has_expired);
    let names_the_end = said.contains_key("active_to") && !said.contains_key("is_active");
    let ends_otherwise = relationship
        .before
        .as_ref()
        .is_some_and(|before| before.active_to != after.active_to);
    if has_expired && names_the_end && ends_otherwise {
        after.is_active = true;
    }
    wanted.relationships.push(relationship);
    Ok(())
}
