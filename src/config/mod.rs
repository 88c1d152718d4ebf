//! Every setting of the program: a flag and an environment variable `DOVIRA_…`.
//!
//! [`Settings`] is what was given, as text; [`Config`] is what it means. Reading one into the other collects every problem,
//! so that an operator mends a configuration once.

mod read;
#[cfg(test)]
pub(crate) mod samples;
mod settings;
#[cfg(test)]
mod tests;

use std::{fmt, net::SocketAddr, path::PathBuf, str::FromStr, time::Duration};

use axum::http::HeaderName;
use chrono::TimeDelta;
use secrecy::SecretString;
use url::Url;
use uuid::Uuid;

use self::read::Reader;
pub use self::settings::{
    CabinetSettings, DatabaseSettings, LogFormat, LogSettings, MediaSettings,
    PersonRequestSettings, RelationshipRegistrySettings, SecretSettings, Settings,
    VerificationSettings,
};

/// What the settings mean.
#[derive(Debug, Clone)]
pub struct Config {
    /// The database.
    pub database: Database,
    /// Where the server listens.
    pub listen: SocketAddr,
    /// Scheme, host and port that the world sees, without a path.
    pub public_url: PublicUrl,
    /// Where a balancer tells the address of the caller; none: the other end of the connection is the caller.
    pub client_address_header: Option<HeaderName>,
    /// The secret of the installation.
    pub secret: SecretString,
    /// The directory of trusted certificates.
    pub trusted_certificates: PathBuf,
    /// The directory of intermediate certificates.
    pub intermediate_certificates: Option<PathBuf>,
    /// Whether errors of the sign-up pages are sent to the client.
    pub redirect_errors: bool,
    /// Whether the routes of a sign-in answer clients without their secret.
    pub login_without_secret: bool,
    /// Whether what a confidant signs to sign in must carry a nonce.
    pub confidant_sign_in_nonce_is_required: bool,
    /// How old a signature may be; none: as old as it likes.
    pub signature_max_age: Option<TimeDelta>,
    /// How many signatures are checked at the same time.
    pub signature_slots: usize,
    /// How long things live.
    pub lives: Lives,
    /// The register that is asked about relationships; none: only the database is.
    pub relationship_registry: Option<RelationshipRegistry>,
    /// Where files are kept.
    pub media: Media,
    /// One-time codes, and how they reach a phone.
    pub verification: Verification,
    /// Registration in the cabinet.
    pub cabinet: Cabinet,
    /// The rules about people.
    pub people: People,
    /// The rules about person requests.
    pub person_requests: PersonRequests,
    /// Whom people ask for help.
    pub support: Support,
    /// How long requests under way may take after the first signal.
    pub shutdown_grace: Duration,
}

/// Which database, and how much of it.
#[derive(Debug, Clone)]
pub struct Database {
    /// `sqlite:…` or `postgres:…`.
    pub url: SecretString,
    /// The most connections of one process.
    pub connections: u32,
}

impl Database {
    /// What `settings` mean.
    ///
    /// # Errors
    /// Every problem at once.
    pub fn read(settings: &DatabaseSettings) -> Result<Self, Problems> {
        let mut read = Reader::default();
        let database = read.database(settings);
        read.finish(database)
    }
}

/// The secret of `settings`.
///
/// # Errors
/// When it is missing or too short.
pub fn read_secret(settings: &SecretSettings) -> Result<SecretString, Problems> {
    let mut read = Reader::default();
    let secret = read.secret(settings);
    read.finish(secret)
}

/// How long things live.
#[derive(Debug, Clone, Copy)]
pub struct Lives {
    /// A nonce.
    pub nonce: TimeDelta,
    /// A sign-up from its entry to its confirmation; also the session token.
    pub registration: TimeDelta,
    /// An authorization code.
    pub code: TimeDelta,
    /// An access token.
    pub access_token: TimeDelta,
    /// A login token that a client holds.
    pub login_token: TimeDelta,
    /// A refresh token.
    pub refresh_token: TimeDelta,
}

/// A register that is asked about relationships, over HTTP.
#[derive(Debug, Clone)]
pub struct RelationshipRegistry {
    /// Where it takes questions.
    pub url: Url,
    /// What is shown to it.
    pub token: Option<SecretString>,
    /// How long an answer may take, a second try included.
    pub timeout: Duration,
    /// Questions without an answer in a row after which it is left alone.
    pub circuit_failures: u32,
    /// For how long.
    pub circuit_time: TimeDelta,
}

/// Where files are kept, and how long a link to one is good.
#[derive(Debug, Clone)]
pub struct Media {
    /// The storage.
    pub storage: Storage,
    /// The life of a link.
    pub link_life: TimeDelta,
}

/// A storage of files.
#[derive(Debug, Clone)]
pub enum Storage {
    /// A directory of this machine.
    Directory(PathBuf),
    /// A store that speaks S3.
    S3(S3Store),
}

/// A store that speaks S3.
#[derive(Debug, Clone)]
pub struct S3Store {
    /// Where the bucket is, by its path.
    pub bucket: rusty_s3::Bucket,
    /// The id of the key.
    pub access_key_id: String,
    /// The key.
    pub secret_access_key: SecretString,
}

/// How often codes may be sent to one number.
#[derive(Debug, Clone, Copy)]
pub struct SendLimits {
    /// The time between two codes; zero: none.
    pub pause: TimeDelta,
    /// Codes in an hour; zero: as many as one likes.
    pub per_hour: u32,
}

/// One-time codes, and how they reach a phone.
#[derive(Debug, Clone)]
pub struct Verification {
    /// For how long a code is good.
    pub code_life: TimeDelta,
    /// Wrong codes after which the next wrong one locks the code.
    pub most_wrong: u32,
    /// Digits of a code.
    pub code_digits: u32,
    /// What stands before the code in a message.
    pub text: String,
    /// How often codes are sent to one number.
    pub sends: SendLimits,
    /// How often codes of one number are tried in a minute; zero: as often as one likes.
    pub requests_per_minute: u32,
    /// Whether a sign-up sends a code also to a number that was proven before.
    pub validate_all_phones: bool,
    /// For how long verifications and messages are kept; none: for ever.
    pub kept: Option<TimeDelta>,
    /// When a message that nobody reported on counts as lost.
    pub lost_after: TimeDelta,
    /// What carries messages.
    pub gateway: SmsGateway,
    /// The key of the gateway's reports; none: no report is taken.
    pub report_secret: Option<SecretString>,
}

/// What carries messages.
#[derive(Debug, Clone)]
pub enum SmsGateway {
    /// Nothing: a masked line in the log says that there was one.
    Log,
    /// A file, for development.
    File(PathBuf),
    /// A gateway over HTTP.
    Http(HttpSmsGateway),
}

/// A gateway over HTTP.
#[derive(Debug, Clone)]
pub struct HttpSmsGateway {
    /// Where it takes messages.
    pub url: Url,
    /// What is shown to it.
    pub token: Option<SecretString>,
    /// How long an answer may take.
    pub timeout: Duration,
}

/// Registration in the cabinet.
#[derive(Debug, Clone)]
pub struct Cabinet {
    /// Who says who somebody is; none: nobody can register in the cabinet.
    pub provider: Option<GovId>,
    /// How long somebody may spend at the provider.
    pub auth_request_life: TimeDelta,
    /// For how long a proof of identity is good.
    pub user_request_life: TimeDelta,
    /// For how long the JWT of a registration is good.
    pub jwt_life: TimeDelta,
    /// For how long the token of a registration is good.
    pub token_life: TimeDelta,
    /// Characters that a password must have.
    pub password_min_length: u32,
    /// How many passwords are hashed at the same time.
    pub password_slots: usize,
    /// The role that a user of the cabinet gets.
    pub role_id: Uuid,
}

/// The provider of identities over HTTP.
#[derive(Debug, Clone)]
pub struct GovId {
    /// Where it is; with a path it is below that.
    pub url: Url,
    /// What it calls this service.
    pub client_id: String,
    /// What this service proves itself with.
    pub client_secret: SecretString,
    /// The ways of proving who one is that it offers.
    pub auth_type: String,
    /// How long each answer may take.
    pub timeout: Duration,
}

/// The rules about people that an installation can change.
#[derive(Debug, Clone)]
pub struct People {
    /// Years of age from which a person may act for themselves.
    pub no_self_auth_age: u16,
    /// Years of age from which a person may register themselves.
    pub no_self_registration_age: u16,
    /// Years of age of full legal capacity.
    pub full_legal_capacity_age: u16,
    /// Document types that a registration may have.
    pub registration_document_types: Vec<String>,
    /// Document types that prove legal capacity before its age.
    pub legal_capacity_document_types: Vec<String>,
    /// How many registrations and claims a confidant may make in a day; zero: as many as they like.
    pub confidant_sign_ups_per_day: u32,
    /// How many methods of authentication may have the same phone.
    pub phone_number_auth_limit: u32,
    /// How long a confidant's authentication method lasts at most.
    pub third_person_term: TimeDelta,
    /// The score that a match must exceed, from 0 to 1.
    pub match_score: f64,
    /// Document types by which registered persons are searched.
    pub search_document_types: Vec<String>,
    /// Cumulative verification statuses with which nobody can be a confidant.
    pub confidant_forbidden_statuses: Vec<String>,
}

impl People {
    /// What the rules about a person's data ask for.
    #[must_use]
    pub fn limits(&self) -> PersonLimits<'_> {
        PersonLimits {
            no_self_auth_age: self.no_self_auth_age,
            no_self_registration_age: self.no_self_registration_age,
            full_legal_capacity_age: self.full_legal_capacity_age,
            registration_document_types: &self.registration_document_types,
            legal_capacity_document_types: &self.legal_capacity_document_types,
        }
    }
}

/// What an installation decides about the data of a person.
#[derive(Debug, Clone, Copy)]
pub struct PersonLimits<'a> {
    /// Years of age from which a person may act for themselves.
    pub no_self_auth_age: u16,
    /// Years of age from which a person may register themselves.
    pub no_self_registration_age: u16,
    /// Years of age of full legal capacity.
    pub full_legal_capacity_age: u16,
    /// The document types that a registration may have.
    pub registration_document_types: &'a [String],
    /// The document types that prove legal capacity before that age.
    pub legal_capacity_document_types: &'a [String],
}

/// The rules about person requests that an installation can change.
#[derive(Debug, Clone)]
pub struct PersonRequests {
    /// How long a request may take to be signed.
    pub expiration: TimeDelta,
    /// How long the data of a request are kept.
    pub cleaning: TimeDelta,
    /// How many persons may have the same third person.
    pub third_person_limit: u32,
    /// How many third persons a person may have.
    pub person_with_third_person_limit: u32,
    /// Whether a third person may be one who confirms by documents.
    pub third_person_offline: bool,
    /// Whether the methods that have a phone are counted.
    pub counts_phones: bool,
    /// The document types that a request of version 2 may have.
    pub registration_document_types: Vec<String>,
    /// The document types that prove legal capacity to a request of version 2.
    pub legal_capacity_document_types: Vec<String>,
    /// The document types below the age of acting for oneself; empty: any.
    pub child_document_types: Vec<String>,
    /// The document types from that age on; empty: any.
    pub adult_document_types: Vec<String>,
}

/// Scheme, host and port of this service as the world sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
    https: bool,
}

impl PublicUrl {
    /// `https://host[:port]`, without a slash at the end.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether browsers reach the service over https: cookies are `Secure` then.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.https
    }
}

impl FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|error| error.to_string())?;
        let plain = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        match url.scheme() {
            "http" | "https" if plain => Ok(Self {
                origin: url.origin().ascii_serialization(),
                https: url.scheme() == "https",
            }),
            "http" | "https" => Err("only scheme, host and port may be given".to_owned()),
            _ => Err("it must begin with https:// or http://".to_owned()),
        }
    }
}

/// Whether what is sent to `url` stays on this machine.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Everything that is wrong with the settings, a sentence each.
#[derive(Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<String>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for Problems {}

/// Whom to ask for help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Support {
    /// The phone number as people read it.
    pub phone: String,
    /// When somebody answers; none for the words of the catalogue.
    pub hours: Option<String>,
    /// The e-mail address, if there is one.
    pub email: Option<String>,
}

impl Default for Support {
    fn default() -> Self {
        Self {
            phone: "16-77".to_owned(),
            hours: None,
            email: None,
        }
    }
}
