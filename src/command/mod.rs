//! What the commands do. `main.rs` only reads the line.

use std::{path::PathBuf, sync::Arc};

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use tokio::net::TcpListener;

use crate::{
    app,
    clock::{Clock, SystemClock},
    config::{Config, Database, DatabaseSettings, Problems, SecretSettings, Settings, read_secret},
    db::Db,
    housekeeping, import,
    oauth::{client::LOGIN_SCOPE, scope::Scopes, store},
    outside::sms::Gateway,
    process::{CannotRun, Outcome, begin_log},
    random::SystemRandom,
    secrets::Keys,
    server::{self, Stopped},
};

mod acts;
mod authorities;
mod clients;
mod new_files;
mod output;
mod people;
pub mod relationships;
mod signatures;
mod tokens;
mod users;

/// A command.
#[derive(Subcommand)]
pub enum Command {
    /// Serve pages and JSON routes
    Serve(Box<Serve>),
    /// Bring the database's schema up to date
    Migrate {
        /// Which database
        #[command(flatten)]
        database: DatabaseSettings,
    },
    /// Check configuration, database, certificates, clients and dictionaries
    Check(Box<Settings>),
    /// Ask a running server whether it can serve: for containers
    Healthcheck {
        /// The server's address
        #[arg(long, env = "DOVIRA_LISTEN", default_value = "127.0.0.1:8080")]
        listen: String,
    },
    /// Import a provisioning file: all of it or nothing
    Import {
        /// Where to
        #[command(flatten)]
        store: Store,
        /// The file (JSON)
        file: PathBuf,
    },
    /// Manage client applications
    #[command(subcommand)]
    Client(clients::ClientCommand),
    /// Issue, list and revoke tokens
    #[command(subcommand)]
    Token(clients::TokenCommand),
    /// Find, show, export, change and erase people
    #[command(subcommand)]
    Person(people::PersonCommand),
    /// Decide who stands for whom
    #[command(subcommand)]
    Relationship(relationships::RelationshipCommand),
    /// Block users, let them in again, sign them out
    #[command(subcommand)]
    User(users::UserCommand),
    /// Look after the certificates of certification authorities
    #[command(subcommand)]
    Ca(authorities::CaCommand),
    /// Sign content, for testing and support: prints base64
    Sign(signatures::Sign),
    /// Check a signature: prints one JSON line
    Verify(signatures::Verify),
}

/// What `serve` takes.
#[derive(Args)]
pub struct Serve {
    #[command(flatten)]
    settings: Settings,
    /// Do not bring the schema up to date first
    #[arg(long, env = "DOVIRA_NO_MIGRATE")]
    no_migrate: bool,
}

/// What every command takes that works on data.
#[derive(Args)]
pub struct Store {
    #[command(flatten)]
    database: DatabaseSettings,
    #[command(flatten)]
    secret: SecretSettings,
}

/// How a command ended.
pub type CommandResult = Result<Outcome, CannotRun>;

/// Runs a command.
///
/// # Errors
/// Why it could not run.
pub fn run(command: Command) -> CommandResult {
    match command {
        Command::Ca(command) => authorities::ca(&command),
        Command::Sign(sign) => signatures::sign(&sign),
        Command::Verify(verify) => signatures::verify(&verify),
        command => run_to_end(run_async(command)),
    }
}

/// Runs `work` on the threads of a process of its own.
///
/// # Errors
/// Those of `work`, or that no thread can be had.
pub fn run_to_end(work: impl Future<Output = CommandResult>) -> CommandResult {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| CannotRun::Io("The runtime cannot start".to_owned(), error))?;
    let ran = runtime.block_on(work);
    // Requests that were cut off must not hold the process up.
    runtime.shutdown_background();
    ran
}

async fn run_async(command: Command) -> CommandResult {
    match command {
        Command::Serve(line) => serve(*line).await,
        Command::Migrate { database } => migrate(&database).await,
        Command::Check(settings) => check(&settings).await,
        Command::Healthcheck { listen } => healthcheck(&listen).await,
        Command::Import { store, file } => import_file(&store, &file).await,
        Command::Client(command) => clients::client(command).await,
        Command::Token(command) => clients::token(command).await,
        Command::Person(command) => people::person(command).await,
        Command::Relationship(command) => relationships::relationship(command).await,
        Command::User(command) => users::user(command).await,
        Command::Ca(command) => authorities::ca(&command),
        Command::Sign(sign) => signatures::sign(&sign),
        Command::Verify(verify) => signatures::verify(&verify),
    }
}

/// The database and keys of a command that works on data, with the schema up to date.
struct Opened {
    db: Db,
    keys: Keys,
    now: DateTime<Utc>,
}

impl Store {
    async fn open(&self) -> Result<Opened, CannotRun> {
        use secrecy::ExposeSecret;
        let secret = read_secret(&self.secret);
        let database = Database::read(&self.database);
        let (secret, database) = match (secret, database) {
            (Ok(secret), Ok(database)) => (secret, database),
            (Err(Problems(mut one)), Err(Problems(other))) => {
                one.extend(other);
                return Err(Problems(one).into());
            }
            (Err(problems), _) | (_, Err(problems)) => return Err(problems.into()),
        };
        let db = Db::connect(database.url.expose_secret(), database.connections).await?;
        db.migrate().await?;
        Ok(Opened {
            db,
            keys: Keys::derive(&secret)?,
            now: SystemClock.now(),
        })
    }
}

async fn serve(line: Serve) -> CommandResult {
    begin_log(&line.settings.logging)?;
    let config = Config::read(&line.settings)?;
    let (listen, grace) = (config.listen, config.shutdown_grace);
    let app = app::open(config, Arc::new(SystemClock), Arc::new(SystemRandom), false).await?;
    if !line.no_migrate {
        app.db.migrate().await?;
    }
    // Without its schema the database has no dictionaries yet: readiness says so, and housekeeping reads them in time.
    if app.db.pending_migrations().await? == 0 {
        app.refresh_dictionaries().await?;
    }
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| CannotRun::Io(format!("Cannot listen on {listen}"), error))?;
    // Port 0 lets the system choose: what it chose is what counts.
    let listen = listener.local_addr().unwrap_or(listen);
    tracing::info!(%listen, public_url = app.config.public_url.origin(), "ready");
    if matches!(app.sms, Gateway::Log) {
        tracing::warn!(gateway = app.sms.name(), "nobody gets a code by SMS");
    }
    let housekeeping = tokio::spawn(housekeeping::run(app.clone()));
    let router = app::router(&app);
    let stopped = server::serve(listener, router, server::signal(), server::signal(), grace).await;
    housekeeping.abort();
    if stopped == Stopped::Cleanly {
        app.db.close().await;
    }
    tracing::info!(?stopped, "stopped");
    Ok(Outcome::Done)
}

async fn migrate(settings: &DatabaseSettings) -> CommandResult {
    use secrecy::ExposeSecret;
    let database = Database::read(settings)?;
    let db = Db::connect(database.url.expose_secret(), 1).await?;
    db.migrate().await?;
    db.close().await;
    println!("The schema is up to date.");
    Ok(Outcome::Done)
}

async fn check(settings: &Settings) -> CommandResult {
    let config = Config::read(settings)?;
    let app = app::open(config, Arc::new(SystemClock), Arc::new(SystemRandom), false).await?;
    let pending = app.db.pending_migrations().await?;
    let (trusted, intermediates) = app.trust.counts();
    println!("Configuration: good.");
    for sentence in weak_setting_warnings(&app.config) {
        println!("{sentence}");
    }
    println!("Certificates: {trusted} trusted, {intermediates} intermediate.");
    for certificate in app.trust.unsupported_certificates() {
        println!(
            "Certificate {}: its key cannot be used yet, so nothing it signed is accepted.",
            certificate.serial
        );
    }
    println!("SMS: {}.", app.sms.description());
    let reports = match app.config.verification.report_secret {
        Some(_) => "taken",
        None => "not taken (DOVIRA_SMS_REPORT_SECRET)",
    };
    println!("SMS reports: {reports}.");
    println!("Provider of identities: {}.", app.provider.description());
    if pending > 0 {
        println!("Database: {pending} migrations are missing; run dovira migrate.");
        return Ok(Outcome::No);
    }
    println!("Database: the schema is up to date.");
    let mut held = app.db.read().await?;
    let clients = store::clients(held.link()).await?;
    let described: Vec<String> = store::described_scopes(held.link())
        .await?
        .into_iter()
        .map(|(name, ..)| name)
        .collect();
    let mut outcome = Outcome::Done;
    for client in &clients {
        if client.scopes.contains(LOGIN_SCOPE) {
            println!("Client {}: {}.", client.id, import::NO_LOGIN_SCOPE);
            outcome = Outcome::No;
        }
        for scope in import::undescribed_scopes(&client.scopes, &described) {
            println!(
                "Client {}: the scope {scope} has no description.",
                client.id
            );
            outcome = Outcome::No;
        }
    }
    println!("Clients: {}.", clients.len());
    drop(held);
    app.refresh_dictionaries().await?;
    let dictionaries = app.dictionaries();
    let (names, values) = dictionaries.counts();
    println!("Dictionaries: {names} with {values} values.");
    for name in dictionaries.empty() {
        println!(
            "Dictionary {name}: it has no value in use, so no registration that needs one is accepted."
        );
        outcome = Outcome::No;
    }
    Ok(outcome)
}

/// What somebody could do because of settings that are there for old programs, a sentence each.
fn weak_setting_warnings(config: &Config) -> Vec<String> {
    let mut sentences = Vec::new();
    if !config.confidant_sign_in_nonce_is_required {
        let fresh = match config.signature_max_age {
            Some(age) => format!("while it is fresh ({} minutes)", age.num_minutes()),
            None => "whenever they like, since signatures are never too old".to_owned(),
        };
        sentences.push(format!(
            "DOVIRA_CONFIDANT_SIGN_IN_NONCE=optional: whoever captures what a confidant signed to sign in can sign in with it themselves, once, {fresh}."
        ));
    }
    if config.login_without_secret {
        sentences.push(
            "DOVIRA_LOGIN_WITHOUT_SECRET=true: whoever captures what a person signed to sign in can take it to the login routes in the name of a client, without being that client, and gets the login token.".to_owned(),
        );
    }
    sentences
}

async fn healthcheck(listen: &str) -> CommandResult {
    let client = reqwest::Client::builder()
        .timeout(std::time::Duration::from_secs(5))
        .no_proxy()
        .build()
        .map_err(|error| CannotRun::Other(format!("No HTTP client: {error}.")))?;
    let url = format!("http://{listen}{}", crate::paths::READY);
    match client.get(&url).send().await {
        Ok(answer) if answer.status().is_success() => Ok(Outcome::Done),
        Ok(answer) => {
            eprintln!("The server answers {}.", answer.status());
            Ok(Outcome::No)
        }
        Err(_) => {
            eprintln!("Nobody answers at {listen}.");
            Ok(Outcome::No)
        }
    }
}

async fn import_file(store: &Store, path: &PathBuf) -> CommandResult {
    let text =
        std::fs::read(path).map_err(|error| CannotRun::Io(path.display().to_string(), error))?;
    let file = match import::read(&text) {
        Ok(file) => file,
        Err(problems) => {
            eprintln!("{problems}");
            return Ok(Outcome::No);
        }
    };
    let opened = store.open().await?;
    match import::import(&opened.db, &opened.keys, &SystemRandom, &file, opened.now).await {
        Ok(imported) => {
            let import::Imported {
                clients,
                persons,
                users,
                others,
            } = imported;
            println!(
                "Imported: {clients} clients, {persons} persons, {users} users, {others} other entries."
            );
            Ok(Outcome::Done)
        }
        Err(import::ImportError::Database(error)) => Err(error.into()),
        Err(error) => {
            eprintln!("{error}");
            Ok(Outcome::No)
        }
    }
}

/// The scopes of a command line.
fn scopes(text: &str) -> Result<Scopes, CannotRun> {
    Scopes::parse(text)
        .filter(|scopes| !scopes.is_empty())
        .ok_or_else(|| CannotRun::Other(format!("\"{text}\" is not a list of scopes.")))
}
