//! `dovira client …` and `dovira token …`.

use chrono::TimeDelta;
use clap::Subcommand;
use uuid::Uuid;

use super::{CommandResult, Opened, Store, acts::Act, scopes, tokens};
use crate::{
    cabinet::{registration::issue_jwt, store as cabinet_store},
    import,
    oauth::{
        client::{ClientType, DEFAULT_GRANT_TYPES, LOGIN_SCOPE, secret_hash},
        redirect_uri::{Match, RedirectUri},
        store::{self, ClientRecord},
        token::{Subject, Token, TokenName},
    },
    process::{CannotRun, Outcome},
    random::{Draw, Random, SystemRandom},
    secrets::Plain,
};

const RANDOM: &dyn Random = &SystemRandom;

/// `dovira client …`
#[derive(Subcommand)]
pub enum ClientCommand {
    /// Register a client; its secret and api key are printed this once
    Add {
        #[command(flatten)]
        store: Store,
        /// The name that people see
        #[arg(long)]
        name: String,
        /// What kind of application it is
        #[arg(long = "type", value_enum)]
        client_type: ClientType,
        /// Where browsers may be sent back to; may be given several times
        #[arg(long = "redirect-uri", required = true)]
        redirect_uris: Vec<String>,
        /// Let a registered address stand for everything below it
        #[arg(long)]
        prefix: bool,
        /// The scopes that it may ask for, separated by spaces
        #[arg(long)]
        scope: String,
    },
    /// List the clients
    List {
        #[command(flatten)]
        store: Store,
    },
    /// Shut a client out
    Block {
        #[command(flatten)]
        store: Store,
        /// Its id
        id: Uuid,
    },
    /// Let a client in again
    Unblock {
        #[command(flatten)]
        store: Store,
        /// Its id
        id: Uuid,
    },
    /// Give a client a new secret, printed this once; the old one stops working
    RotateSecret {
        #[command(flatten)]
        store: Store,
        /// Its id
        id: Uuid,
    },
}

/// `dovira token …`
#[derive(Subcommand)]
pub enum TokenCommand {
    /// List the tokens of a user that can be used, without their values
    List(tokens::List),
    /// End a token and every one that it gave
    Revoke(Act),
    /// Print one access token
    Issue {
        #[command(flatten)]
        store: Store,
        /// The client it is for
        #[arg(long)]
        client: Uuid,
        /// The user it acts for
        #[arg(long)]
        user: Uuid,
        /// What it allows, separated by spaces
        #[arg(long)]
        scope: String,
        /// Seconds for which it is good
        #[arg(long, default_value = "3600", value_parser = clap::value_parser!(i64).range(1..=315_360_000))]
        ttl: i64,
    },
    /// Print the JWT of a proof of identity, for a registration in the cabinet
    UserRequest {
        #[command(flatten)]
        store: Store,
        /// The proof's id
        #[arg(long)]
        id: Uuid,
        /// Minutes for which it is good
        #[arg(long, env = "DOVIRA_JWT_TTL_REGISTRATION", default_value = "480", value_parser = clap::value_parser!(i64).range(1..=43_200))]
        minutes: i64,
    },
}

pub(super) async fn client(command: ClientCommand) -> CommandResult {
    match command {
        ClientCommand::Add {
            store,
            name,
            client_type,
            redirect_uris,
            prefix,
            scope,
        } => {
            let how = if prefix { Match::Prefix } else { Match::Exact };
            add(
                &store.open().await?,
                &name,
                client_type,
                &redirect_uris,
                how,
                &scope,
            )
            .await
        }
        ClientCommand::List { store } => list(&store.open().await?).await,
        ClientCommand::Block { store, id } => set_blocked(&store.open().await?, id, true).await,
        ClientCommand::Unblock { store, id } => set_blocked(&store.open().await?, id, false).await,
        ClientCommand::RotateSecret { store, id } => rotate_secret(&store.open().await?, id).await,
    }
}

async fn add(
    opened: &Opened,
    name: &str,
    client_type: ClientType,
    redirect_uris: &[String],
    redirect_uri_match: Match,
    scope: &str,
) -> CommandResult {
    for uri in redirect_uris {
        if let Err(refused) = RedirectUri::parse(uri) {
            return Err(CannotRun::Other(format!("{uri}: {refused}.")));
        }
    }
    let scopes = scopes(scope)?;
    if scopes.contains(LOGIN_SCOPE) {
        return Err(CannotRun::Other(format!("{}.", import::NO_LOGIN_SCOPE)));
    }
    let mut tx = opened.db.begin().await?;
    let described: Vec<String> = store::described_scopes(tx.link())
        .await?
        .into_iter()
        .map(|(name, ..)| name)
        .collect();
    if let Some(scope) = import::undescribed_scopes(&scopes, &described).next() {
        return Err(CannotRun::Other(format!(
            "The scope {scope} has no description, so no person could be asked for it; import one first."
        )));
    }
    let id = RANDOM.uuid();
    let (secret, api_key) = (Plain::generate(RANDOM), Plain::generate(RANDOM));
    let record = ClientRecord {
        id,
        name,
        client_type,
        secret_hash: secret_hash(&opened.keys, id, secret.expose()),
        api_key_hash: Some(api_key.hash()),
        redirect_uris,
        redirect_uri_match,
        scopes: &scopes,
        allowed_grant_types: &DEFAULT_GRANT_TYPES.map(str::to_owned),
        is_blocked: false,
        legal_entity_id: None,
    };
    store::save_client(tx.link(), &record, opened.now).await?;
    tx.commit().await?;
    println!("client_id      {id}");
    println!("client_secret  {}", secret.expose());
    println!("api_key        {}", api_key.expose());
    Ok(Outcome::Done)
}

async fn list(opened: &Opened) -> CommandResult {
    let mut held = opened.db.read().await?;
    for client in store::clients(held.link()).await? {
        let state = if client.is_blocked {
            "blocked"
        } else {
            "active"
        };
        println!(
            "{}  {}  {state}  {}",
            client.id, client.client_type, client.name
        );
    }
    Ok(Outcome::Done)
}

async fn set_blocked(opened: &Opened, id: Uuid, is_blocked: bool) -> CommandResult {
    let mut held = opened.db.write().await?;
    let found = store::set_client_blocked(held.link(), id, is_blocked, opened.now).await?;
    Ok(found_or_no(found, id))
}

async fn rotate_secret(opened: &Opened, id: Uuid) -> CommandResult {
    let secret = Plain::generate(RANDOM);
    let hash = secret_hash(&opened.keys, id, secret.expose())
        .ok_or_else(|| CannotRun::Other("The secret could not be hashed.".to_owned()))?;
    let mut held = opened.db.write().await?;
    let found = store::set_client_secret(held.link(), id, &hash, opened.now).await?;
    if found {
        println!("client_secret  {}", secret.expose());
    }
    Ok(found_or_no(found, id))
}

fn found_or_no(found: bool, id: Uuid) -> Outcome {
    if found {
        Outcome::Done
    } else {
        eprintln!("There is no client {id}.");
        Outcome::No
    }
}

pub(super) async fn token(command: TokenCommand) -> CommandResult {
    let (settings, client, user, scope, ttl) = match command {
        TokenCommand::List(line) => return tokens::list(&line).await,
        TokenCommand::Revoke(act) => return tokens::revoke(&act).await,
        TokenCommand::Issue {
            store,
            client,
            user,
            scope,
            ttl,
        } => (store, client, user, scope, ttl),
        TokenCommand::UserRequest { store, id, minutes } => {
            return user_request(&store.open().await?, id, minutes).await;
        }
    };
    let opened = settings.open().await?;
    let scope = scopes(&scope)?;
    let mut tx = opened.db.begin().await?;
    if store::client(tx.link(), client).await?.is_none() {
        eprintln!("There is no client {client}.");
        return Ok(Outcome::No);
    }
    if store::user(tx.link(), user).await?.is_none() {
        eprintln!("There is no user {user}.");
        return Ok(Outcome::No);
    }
    let token = Token {
        id: RANDOM.uuid(),
        name: TokenName::Access,
        subject: Subject {
            user_id: user,
            applicant: None,
        },
        client_id: client,
        approval_id: None,
        parent_id: None,
        scope,
        grant_type: "operator".to_owned(),
        redirect_uri: None,
        expires_at: opened.now + TimeDelta::seconds(ttl),
        used_at: None,
    };
    let value = Plain::generate(RANDOM);
    store::add_token(tx.link(), &token, &value.hash(), opened.now).await?;
    tx.commit().await?;
    println!("{}", value.expose());
    Ok(Outcome::Done)
}

/// The JWT of a proof of identity (decisions §5).
async fn user_request(opened: &Opened, id: Uuid, minutes: i64) -> CommandResult {
    crate::oauth::jwt::install_crypto();
    let mut held = opened.db.read().await?;
    if cabinet_store::user_request(held.link(), id)
        .await?
        .is_none()
    {
        eprintln!("There is no user request {id}.");
        return Ok(Outcome::No);
    }
    let life = TimeDelta::minutes(minutes);
    let jwt = issue_jwt(&opened.keys, RANDOM, id, life, opened.now)
        .map_err(|error| CannotRun::Other(format!("{error}.")))?;
    println!("{jwt}");
    Ok(Outcome::Done)
}
