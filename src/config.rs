//! Every setting of the program: a flag and an environment variable `DOVIRA_…`.
//!
//! [`Settings`] is what was given, as text; [`Config`] is what it means. Reading one into the other collects every problem,
//! so that an operator mends a configuration once.

use std::{
    fmt,
    net::SocketAddr,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use chrono::TimeDelta;
use clap::{Args, ValueEnum};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::{person::rules::Limits, web::layout::Support};

/// Where the data is.
#[derive(Args, Clone)]
pub struct DatabaseSettings {
    /// The database: `sqlite:FILE` or `postgres://USER@HOST/NAME`
    #[arg(
        long,
        env = "DOVIRA_DATABASE_URL",
        default_value = "sqlite:dovira.sqlite",
        hide_env_values = true
    )]
    pub database_url: String,
    /// Connections to the database that one process holds at most
    #[arg(long, env = "DOVIRA_DATABASE_CONNECTIONS", default_value = "8")]
    pub database_connections: String,
}

/// The secret of the installation.
#[derive(Args, Clone)]
pub struct SecretSettings {
    /// 32 characters or more that nobody can guess; every key is derived from it
    #[arg(
        long,
        env = "DOVIRA_SECRET",
        hide_env_values = true,
        allow_hyphen_values = true
    )]
    pub secret: Option<String>,
}

/// Who is asked about relationships beside the database.
#[derive(Args, Clone)]
pub struct RelationshipRegistrySettings {
    /// The register that is asked whether a confidant stands for a patient: http(s)://…; empty: nobody is asked
    #[arg(long, env = "DOVIRA_RELATIONSHIP_REGISTRY", default_value = "")]
    pub relationship_registry: String,
    /// What this program shows to that register as a bearer token
    #[arg(
        long,
        env = "DOVIRA_RELATIONSHIP_REGISTRY_TOKEN",
        hide_env_values = true,
        allow_hyphen_values = true
    )]
    pub relationship_registry_token: Option<String>,
    /// Seconds that the register may take for its answer, a second try included; may have decimals
    #[arg(
        long,
        env = "DOVIRA_RELATIONSHIP_REGISTRY_TIMEOUT_SECONDS",
        default_value = "5"
    )]
    pub relationship_registry_timeout_seconds: String,
    /// Questions without an answer in a row after which the register is left alone
    #[arg(
        long,
        env = "DOVIRA_RELATIONSHIP_REGISTRY_CIRCUIT_FAILURES",
        default_value = "5"
    )]
    pub relationship_registry_circuit_failures: String,
    /// Seconds for which it is left alone
    #[arg(
        long,
        env = "DOVIRA_RELATIONSHIP_REGISTRY_CIRCUIT_SECONDS",
        default_value = "30"
    )]
    pub relationship_registry_circuit_seconds: String,
}

/// What is logged, and how.
#[derive(Args, Clone)]
pub struct LogSettings {
    /// What is logged: a level, or levels by part, as `info,sqlx=warn`
    #[arg(long, env = "DOVIRA_LOG", default_value = "info")]
    pub log: String,
    /// How it is logged
    #[arg(long, env = "DOVIRA_LOG_FORMAT", value_enum, default_value = "text")]
    pub log_format: LogFormat,
}

/// Every setting of the server, as given on the command line or in the environment.
#[derive(Args, Clone)]
pub struct Settings {
    /// Where the data is.
    #[command(flatten)]
    pub database: DatabaseSettings,
    /// The secret.
    #[command(flatten)]
    pub secret: SecretSettings,
    /// The log.
    #[command(flatten)]
    pub logging: LogSettings,
    /// The relationship registry.
    #[command(flatten)]
    pub relationship_registry: RelationshipRegistrySettings,
    /// Address and port to listen on
    #[arg(long, env = "DOVIRA_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: String,
    /// The address people and programs know this service by [default: http://LISTEN when that is on loopback]
    #[arg(long, env = "DOVIRA_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// Directory of certificates that chains end at (DER, PEM, P7B)
    #[arg(long, env = "DOVIRA_TRUSTED_CERTIFICATES")]
    pub trusted_certificates: Option<PathBuf>,
    /// Directory of certificates that may stand between a signer and a trusted one
    #[arg(long, env = "DOVIRA_INTERMEDIATE_CERTIFICATES")]
    pub intermediate_certificates: Option<PathBuf>,
    /// Errors of the sign-up pages go to the client's redirect_uri (true) or to a page (false)
    #[arg(long, env = "DOVIRA_REDIRECT_ERRORS", default_value = "false")]
    pub redirect_errors: String,
    /// Minutes for which a signature is fresh; 0 turns the rule off
    #[arg(
        long,
        env = "DOVIRA_SIGNED_CONTENT_SIGNATURE_TIMESTAMP_VALID_MINUTES",
        default_value = "30"
    )]
    pub signed_content_signature_timestamp_valid_minutes: String,
    /// Signatures checked at the same time by one process [default: the number of processors]
    #[arg(long, env = "DOVIRA_SIGNATURE_SLOTS")]
    pub signature_slots: Option<String>,
    /// Minutes for which a nonce is good
    #[arg(long, env = "DOVIRA_JWT_LOGIN_TTL", default_value = "15")]
    pub jwt_login_ttl: String,
    /// Minutes from the entry of a sign-up to its confirmation
    #[arg(long, env = "DOVIRA_PIS_REGISTRATION_TTL", default_value = "60")]
    pub pis_registration_ttl: String,
    /// Seconds for which a code can be exchanged
    #[arg(long, env = "DOVIRA_AUTH_CODE_GRANT_LIFETIME", default_value = "300")]
    pub auth_code_grant_lifetime: String,
    /// Seconds for which an access token is good
    #[arg(
        long,
        env = "DOVIRA_AUTH_ACCESS_TOKEN_LIFETIME",
        default_value = "3600"
    )]
    pub auth_access_token_lifetime: String,
    /// Seconds for which a refresh token is good
    #[arg(
        long,
        env = "DOVIRA_AUTH_REFRESH_TOKEN_LIFETIME",
        default_value = "604800"
    )]
    pub auth_refresh_token_lifetime: String,
    /// Years of age from which a person may act for themselves
    #[arg(long, env = "DOVIRA_NO_SELF_AUTH_AGE", default_value = "14")]
    pub no_self_auth_age: String,
    /// Years of age from which a person may register themselves
    #[arg(long, env = "DOVIRA_NO_SELF_REGISTRATION_AGE", default_value = "14")]
    pub no_self_registration_age: String,
    /// Years of age of full legal capacity
    #[arg(
        long,
        env = "DOVIRA_PERSON_FULL_LEGAL_CAPACITY_AGE",
        default_value = "18"
    )]
    pub person_full_legal_capacity_age: String,
    /// Document types that a registration may have
    #[arg(
        long,
        env = "DOVIRA_PIS_PERSON_REGISTRATION_DOCUMENT_TYPES",
        default_value = "PASSPORT,NATIONAL_ID,BIRTH_CERTIFICATE,COMPLEMENTARY_PROTECTION_CERTIFICATE,REFUGEE_CERTIFICATE,TEMPORARY_CERTIFICATE,TEMPORARY_PASSPORT,PERMANENT_RESIDENCE_PERMIT,BIRTH_CERTIFICATE_FOREIGN"
    )]
    pub pis_person_registration_document_types: String,
    /// Document types that prove legal capacity before its age
    #[arg(
        long,
        env = "DOVIRA_PIS_PERSON_LEGAL_CAPACITY_DOCUMENT_TYPES",
        default_value = ""
    )]
    pub pis_person_legal_capacity_document_types: String,
    /// Methods of authentication that may have the same phone
    #[arg(long, env = "DOVIRA_PHONE_NUMBER_AUTH_LIMIT", default_value = "5")]
    pub phone_number_auth_limit: String,
    /// Days for which a confidant's authentication method lasts at most
    #[arg(long, env = "DOVIRA_THIRD_PERSON_TERM", default_value = "3650")]
    pub third_person_term: String,
    /// Score above which a registered person is taken for the one being registered
    #[arg(
        long,
        env = "DOVIRA_PIS_ONLINE_DEDUPLICATION_MATCH_SCORE",
        default_value = "0.95"
    )]
    pub pis_online_deduplication_match_score: String,
    /// Document types by which registered persons are searched
    #[arg(
        long,
        env = "DOVIRA_ACTIVE_PERSON_SEARCH_DOCUMENT_TYPES",
        default_value = "NATIONAL_ID,PASSPORT,BIRTH_CERTIFICATE,BIRTH_CERTIFICATE_FOREIGN"
    )]
    pub active_person_search_document_types: String,
    /// Cumulative verification statuses with which nobody can be a confidant
    #[arg(
        long,
        env = "DOVIRA_CONFIDANT_FORBIDDEN_VERIFICATION_STATUSES",
        default_value = "NOT_VERIFIED"
    )]
    pub confidant_forbidden_verification_statuses: String,
    /// Phone of the support, on every page
    #[arg(long, env = "DOVIRA_SUPPORT_PHONE", default_value = "16-77")]
    pub support_phone: String,
    /// When the support answers, as people read it [default: every day, 8:00 to 20:00, in the language of the page]
    #[arg(long, env = "DOVIRA_SUPPORT_HOURS")]
    pub support_hours: Option<String>,
    /// E-mail address of the support, on every page [default: none]
    #[arg(long, env = "DOVIRA_SUPPORT_EMAIL")]
    pub support_email: Option<String>,
    /// Seconds that requests under way get to finish after the first signal to stop
    #[arg(long, env = "DOVIRA_SHUTDOWN_GRACE", default_value = "30")]
    pub shutdown_grace: String,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// What the settings mean.
#[derive(Debug, Clone)]
pub struct Config {
    /// The database.
    pub database: Database,
    /// Where the server listens.
    pub listen: SocketAddr,
    /// Scheme, host and port that the world sees, without a path.
    pub public_url: PublicUrl,
    /// The secret of the installation.
    pub secret: SecretString,
    /// The directory of trusted certificates.
    pub trusted_certificates: PathBuf,
    /// The directory of intermediate certificates.
    pub intermediate_certificates: Option<PathBuf>,
    /// Whether errors of the sign-up pages are sent to the client.
    pub redirect_errors: bool,
    /// How old a signature may be; none: as old as it likes.
    pub signature_max_age: Option<TimeDelta>,
    /// How many signatures are checked at the same time.
    pub signature_slots: usize,
    /// How long things live.
    pub lives: Lives,
    /// The register that is asked about relationships; none: only the database is.
    pub relationship_registry: Option<RelationshipRegistry>,
    /// The rules about people.
    pub people: People,
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
    pub fn limits(&self) -> Limits<'_> {
        Limits {
            no_self_auth_age: self.no_self_auth_age,
            no_self_registration_age: self.no_self_registration_age,
            full_legal_capacity_age: self.full_legal_capacity_age,
            registration_document_types: &self.registration_document_types,
            legal_capacity_document_types: &self.legal_capacity_document_types,
        }
    }
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

/// Everything that is wrong with the settings, a sentence each.
#[derive(Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<String>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for Problems {}

/// The longest a setting can ask anything to last.
const CENTURY_MINUTES: i64 = 60 * 24 * 365 * 100;

/// Reads values and remembers what is wrong with them.
#[derive(Default)]
struct Reader(Vec<String>);

impl Reader {
    fn problem(&mut self, name: &str, what: impl fmt::Display) {
        self.0.push(format!("{name}: {what}."));
    }

    fn number<N>(&mut self, name: &str, text: &str, range: std::ops::RangeInclusive<N>) -> N
    where
        N: FromStr + PartialOrd + fmt::Display + Copy,
    {
        match text.trim().parse() {
            Ok(number) if range.contains(&number) => number,
            _ => {
                let (least, most) = (range.start(), range.end());
                self.problem(
                    name,
                    format!("\"{text}\" is not a number from {least} to {most}"),
                );
                *least
            }
        }
    }

    fn finish<T>(self, value: T) -> Result<T, Problems> {
        if self.0.is_empty() {
            Ok(value)
        } else {
            Err(Problems(self.0))
        }
    }

    fn database(&mut self, settings: &DatabaseSettings) -> Database {
        let url = &settings.database_url;
        if !url.starts_with("sqlite:")
            && !url.starts_with("postgres:")
            && !url.starts_with("postgresql:")
        {
            self.problem(
                "DOVIRA_DATABASE_URL",
                "it must begin with sqlite: or postgres:",
            );
        }
        if url.contains(":memory:") || url.contains("mode=memory") {
            self.problem(
                "DOVIRA_DATABASE_URL",
                "it must name a file: each connection would have a memory of its own",
            );
        }
        Database {
            url: url.clone().into(),
            connections: self.number(
                "DOVIRA_DATABASE_CONNECTIONS",
                &settings.database_connections,
                1..=1000,
            ),
        }
    }

    fn secret(&mut self, settings: &SecretSettings) -> SecretString {
        let secret = SecretString::from(settings.secret.clone().unwrap_or_default());
        if secret.expose_secret().len() < 32 {
            self.problem(
                "DOVIRA_SECRET",
                "it must be given and have 32 characters or more",
            );
        }
        secret
    }

    fn minutes(&mut self, name: &str, text: &str) -> TimeDelta {
        TimeDelta::minutes(self.number(name, text, 1..=CENTURY_MINUTES))
    }

    fn seconds(&mut self, name: &str, text: &str) -> TimeDelta {
        TimeDelta::seconds(self.number(name, text, 1..=CENTURY_MINUTES * 60))
    }

    fn lives(&mut self, settings: &Settings) -> Lives {
        Lives {
            nonce: self.minutes("DOVIRA_JWT_LOGIN_TTL", &settings.jwt_login_ttl),
            registration: self.minutes(
                "DOVIRA_PIS_REGISTRATION_TTL",
                &settings.pis_registration_ttl,
            ),
            code: self.seconds(
                "DOVIRA_AUTH_CODE_GRANT_LIFETIME",
                &settings.auth_code_grant_lifetime,
            ),
            access_token: self.seconds(
                "DOVIRA_AUTH_ACCESS_TOKEN_LIFETIME",
                &settings.auth_access_token_lifetime,
            ),
            refresh_token: self.seconds(
                "DOVIRA_AUTH_REFRESH_TOKEN_LIFETIME",
                &settings.auth_refresh_token_lifetime,
            ),
        }
    }

    fn relationship_registry(
        &mut self,
        settings: &RelationshipRegistrySettings,
    ) -> Option<RelationshipRegistry> {
        // Read in any case: a number that is wrong is wrong before there is an address, too.
        let timeout = self.number(
            "DOVIRA_RELATIONSHIP_REGISTRY_TIMEOUT_SECONDS",
            &settings.relationship_registry_timeout_seconds,
            // The longest leaves time for the registration itself (limits::REQUEST_TIME).
            0.01..=20.0,
        );
        let circuit_failures = self.number(
            "DOVIRA_RELATIONSHIP_REGISTRY_CIRCUIT_FAILURES",
            &settings.relationship_registry_circuit_failures,
            1..=1000,
        );
        let circuit_seconds = self.number(
            "DOVIRA_RELATIONSHIP_REGISTRY_CIRCUIT_SECONDS",
            &settings.relationship_registry_circuit_seconds,
            1..=86_400,
        );
        let token = settings
            .relationship_registry_token
            .as_deref()
            .filter(|token| !token.is_empty());
        if token.is_some_and(|token| !token.bytes().all(|byte| byte.is_ascii_graphic())) {
            self.problem(
                "DOVIRA_RELATIONSHIP_REGISTRY_TOKEN",
                "it may have letters, digits and signs of ASCII, and no space",
            );
        }
        let text = settings.relationship_registry.trim();
        if text.is_empty() {
            return None;
        }
        let url = read_register(text)
            .map_err(|what| self.problem("DOVIRA_RELATIONSHIP_REGISTRY", what))
            .ok()?;
        Some(RelationshipRegistry {
            url,
            token: token.map(SecretString::from),
            timeout: Duration::from_secs_f64(timeout),
            circuit_failures,
            circuit_time: TimeDelta::seconds(circuit_seconds),
        })
    }

    fn people(&mut self, settings: &Settings) -> People {
        let term = self.number(
            "DOVIRA_THIRD_PERSON_TERM",
            &settings.third_person_term,
            1..=36_500,
        );
        People {
            no_self_auth_age: self.number(
                "DOVIRA_NO_SELF_AUTH_AGE",
                &settings.no_self_auth_age,
                0..=150,
            ),
            no_self_registration_age: self.number(
                "DOVIRA_NO_SELF_REGISTRATION_AGE",
                &settings.no_self_registration_age,
                0..=150,
            ),
            full_legal_capacity_age: self.number(
                "DOVIRA_PERSON_FULL_LEGAL_CAPACITY_AGE",
                &settings.person_full_legal_capacity_age,
                0..=150,
            ),
            registration_document_types: list(&settings.pis_person_registration_document_types),
            legal_capacity_document_types: list(&settings.pis_person_legal_capacity_document_types),
            phone_number_auth_limit: self.number(
                "DOVIRA_PHONE_NUMBER_AUTH_LIMIT",
                &settings.phone_number_auth_limit,
                1..=1_000_000,
            ),
            third_person_term: TimeDelta::days(term),
            match_score: self.number(
                "DOVIRA_PIS_ONLINE_DEDUPLICATION_MATCH_SCORE",
                &settings.pis_online_deduplication_match_score,
                0.0..=1.0,
            ),
            search_document_types: list(&settings.active_person_search_document_types),
            confidant_forbidden_statuses: list(&settings.confidant_forbidden_verification_statuses),
        }
    }

    fn support(&mut self, settings: &Settings) -> Support {
        let phone = settings.support_phone.trim().to_owned();
        if !phone.chars().any(|character| character.is_ascii_digit()) {
            let what = format!("\"{phone}\" is not a phone number");
            self.problem("DOVIRA_SUPPORT_PHONE", what);
        }
        let given = |text: &Option<String>| {
            let text = text.as_deref().map(str::trim);
            text.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let email = given(&settings.support_email);
        if let Some(email) = &email {
            let is_address = email
                .split_once('@')
                .is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
                && !email.contains(|character: char| {
                    character.is_whitespace()
                        || character.is_control()
                        || "?&<>\"".contains(character)
                });
            if !is_address {
                let what = format!("\"{email}\" is not an e-mail address");
                self.problem("DOVIRA_SUPPORT_EMAIL", what);
            }
        }
        Support {
            phone,
            hours: given(&settings.support_hours),
            email,
        }
    }

    fn boolean(&mut self, name: &str, text: &str) -> bool {
        match text {
            "true" => true,
            "false" => false,
            other => {
                self.problem(name, format!("\"{other}\" is neither true nor false"));
                false
            }
        }
    }

    fn directory(&mut self, name: &str, path: &Path) {
        if !path.is_dir() {
            self.problem(name, format!("{} is not a directory", path.display()));
        }
    }
}

fn list(text: &str) -> Vec<String> {
    text.split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(str::to_owned)
        .collect()
}

impl Config {
    /// What `settings` mean.
    ///
    /// # Errors
    /// Every problem at once.
    pub fn read(settings: &Settings) -> Result<Self, Problems> {
        let mut read = Reader::default();

        let database = read.database(&settings.database);
        let listen = settings.listen.parse().unwrap_or_else(|_| {
            let what = format!(
                "\"{}\" is not an address and port such as 127.0.0.1:8080",
                settings.listen
            );
            read.problem("DOVIRA_LISTEN", what);
            SocketAddr::from(([127, 0, 0, 1], 8080))
        });
        let public_url = read_public_url(settings.public_url.as_deref(), listen, &mut read);
        let secret = read.secret(&settings.secret);
        let trusted_certificates = settings.trusted_certificates.clone().unwrap_or_default();
        if settings.trusted_certificates.is_some() {
            read.directory("DOVIRA_TRUSTED_CERTIFICATES", &trusted_certificates);
        } else {
            read.problem(
                "DOVIRA_TRUSTED_CERTIFICATES",
                "it must name a directory: without trusted certificates no signature can be accepted",
            );
        }
        if let Some(path) = &settings.intermediate_certificates {
            read.directory("DOVIRA_INTERMEDIATE_CERTIFICATES", path);
        }
        let max_age = read.number(
            "DOVIRA_SIGNED_CONTENT_SIGNATURE_TIMESTAMP_VALID_MINUTES",
            &settings.signed_content_signature_timestamp_valid_minutes,
            0..=CENTURY_MINUTES,
        );
        let slots = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let signature_slots = match &settings.signature_slots {
            Some(text) => read.number("DOVIRA_SIGNATURE_SLOTS", text, 1..=1024),
            None => slots,
        };
        let config = Self {
            database,
            listen,
            public_url,
            secret,
            trusted_certificates,
            intermediate_certificates: settings.intermediate_certificates.clone(),
            redirect_errors: read.boolean("DOVIRA_REDIRECT_ERRORS", &settings.redirect_errors),
            signature_max_age: (max_age > 0).then(|| TimeDelta::minutes(max_age)),
            signature_slots,
            lives: read.lives(settings),
            relationship_registry: read.relationship_registry(&settings.relationship_registry),
            people: read.people(settings),
            support: read.support(settings),
            shutdown_grace: Duration::from_secs(read.number(
                "DOVIRA_SHUTDOWN_GRACE",
                &settings.shutdown_grace,
                0..=3600,
            )),
        };
        read.finish(config)
    }
}

/// The address of a register. The problem never repeats it: somebody may have put a password into it.
fn read_register(text: &str) -> Result<Url, &'static str> {
    const FORM: &str = "it must be an address such as https://register.example/relationships";
    let url = Url::parse(text).map_err(|_| FORM)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(
            "it must not hold a name or password; DOVIRA_RELATIONSHIP_REGISTRY_TOKEN is for that",
        );
    }
    if url.fragment().is_some() {
        return Err("it must not have a fragment");
    }
    let is_loopback = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback => Ok(url),
        "http" => {
            Err("it must begin with https:// unless it is on loopback: what is asked is personal")
        }
        _ => Err(FORM),
    }
}

fn read_public_url(text: Option<&str>, listen: SocketAddr, read: &mut Reader) -> PublicUrl {
    let fallback = PublicUrl {
        origin: format!("http://{listen}"),
        https: false,
    };
    let url = match text {
        Some(text) => match text.parse() {
            Ok(url) => url,
            Err(error) => {
                read.problem(
                    "DOVIRA_PUBLIC_URL",
                    format!("\"{text}\" cannot be used: {error}"),
                );
                return fallback;
            }
        },
        None => fallback,
    };
    if !url.is_https() && !listen.ip().is_loopback() {
        read.problem(
            "DOVIRA_PUBLIC_URL",
            "it must begin with https:// unless DOVIRA_LISTEN is on loopback: cookies and signed data must not travel in the clear",
        );
    }
    url
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        settings: Settings,
    }

    fn read(arguments: &[&str]) -> Result<Config, Problems> {
        let line = std::iter::once("dovira").chain(arguments.iter().copied());
        Config::read(&Line::parse_from(line).settings)
    }

    const GOOD: [&str; 4] = [
        "--secret",
        "0123456789abcdef0123456789abcdef",
        "--trusted-certificates",
        ".",
    ];

    #[test]
    fn the_defaults_need_only_a_secret_and_certificates() {
        let config = read(&GOOD).unwrap();
        assert_eq!(config.public_url.origin(), "http://127.0.0.1:8080");
        assert_eq!(config.signature_max_age, Some(TimeDelta::minutes(30)));
        assert!((config.people.match_score - 0.95).abs() < f64::EPSILON);
    }

    #[test]
    fn every_problem_is_named_at_once() {
        let Err(Problems(problems)) = read(&[
            "--database-url",
            "mysql:x",
            "--listen",
            "0.0.0.0:80",
            "--redirect-errors",
            "yes",
            "--jwt-login-ttl",
            "0",
            "--public-url",
            "ftp://x",
            "--intermediate-certificates",
            "/nowhere",
        ]) else {
            panic!("accepted");
        };
        let names: Vec<_> = problems
            .iter()
            .filter_map(|text| text.split(':').next())
            .collect();
        assert_eq!(
            names,
            [
                "DOVIRA_DATABASE_URL",
                "DOVIRA_PUBLIC_URL",
                "DOVIRA_SECRET",
                "DOVIRA_TRUSTED_CERTIFICATES",
                "DOVIRA_INTERMEDIATE_CERTIFICATES",
                "DOVIRA_REDIRECT_ERRORS",
                "DOVIRA_JWT_LOGIN_TTL",
            ]
        );
    }

    #[test]
    fn http_is_for_loopback_only() {
        let open: Vec<_> = GOOD
            .iter()
            .copied()
            .chain(["--listen", "0.0.0.0:8080"])
            .collect();
        assert!(read(&open).is_err());
        let https: Vec<_> = open
            .into_iter()
            .chain(["--public-url", "https://my.example/"])
            .collect();
        assert_eq!(
            read(&https).unwrap().public_url.origin(),
            "https://my.example"
        );
    }

    fn register(address: &str) -> Result<Option<RelationshipRegistry>, Problems> {
        let line = GOOD
            .iter()
            .copied()
            .chain(["--relationship-registry", address]);
        Ok(read(&line.collect::<Vec<_>>())?.relationship_registry)
    }

    #[test]
    fn a_register_of_relationships() {
        assert!(register("").unwrap().is_none());
        let built = register("https://register.example/relationships?v=1")
            .unwrap()
            .unwrap();
        assert_eq!(
            built.url.as_str(),
            "https://register.example/relationships?v=1"
        );
        assert!(built.token.is_none());
        assert_eq!(built.timeout, Duration::from_secs(5));
        assert_eq!(built.circuit_failures, 5);
        assert_eq!(built.circuit_time, TimeDelta::seconds(30));
        for loopback in [
            "http://127.0.0.1:1/x",
            "http://[::1]/",
            "http://localhost:8081",
        ] {
            assert!(register(loopback).unwrap().is_some(), "{loopback}");
        }
        for bad in [
            "register.example",
            "ftp://register.example/",
            "http://register.example/",
            "http://127.0.0.1.example/",
            "https://name:password@register.example/",
            "https://register.example/#part",
        ] {
            let Problems(problems) = register(bad).unwrap_err();
            assert_eq!(problems.len(), 1, "{bad}");
            assert!(
                problems[0].starts_with("DOVIRA_RELATIONSHIP_REGISTRY: "),
                "{bad}"
            );
            assert!(!problems[0].contains("password@"), "{bad}");
        }
    }

    #[test]
    fn every_problem_with_a_register_is_named_at_once() {
        let wrong = [
            "--relationship-registry",
            "http://register.example/",
            "--relationship-registry-token",
            "a token",
            "--relationship-registry-timeout-seconds",
            "0",
            "--relationship-registry-circuit-failures",
            "0",
            "--relationship-registry-circuit-seconds",
            "0",
        ];
        let line: Vec<_> = GOOD.into_iter().chain(wrong).collect();
        let Err(Problems(problems)) = read(&line) else {
            panic!("accepted");
        };
        let names: Vec<_> = problems
            .iter()
            .filter_map(|text| text.split(':').next())
            .collect();
        assert_eq!(
            names,
            [
                "DOVIRA_RELATIONSHIP_REGISTRY_TIMEOUT_SECONDS",
                "DOVIRA_RELATIONSHIP_REGISTRY_CIRCUIT_FAILURES",
                "DOVIRA_RELATIONSHIP_REGISTRY_CIRCUIT_SECONDS",
                "DOVIRA_RELATIONSHIP_REGISTRY_TOKEN",
                "DOVIRA_RELATIONSHIP_REGISTRY",
            ]
        );
        assert!(problems.iter().all(|text| !text.contains("a token")));
    }

    #[test]
    fn the_support_is_the_installation_s() {
        let with = |more: &[&'static str]| {
            let all: Vec<_> = GOOD.iter().chain(more).copied().collect();
            read(&all).map(|config| config.support)
        };
        assert_eq!(with(&[]).unwrap(), Support::default());
        let support = with(&[
            "--support-phone",
            "+380 44 000 00 00",
            "--support-hours",
            " 9:00–18:00 ",
            "--support-email",
            "help@example.ua",
        ])
        .unwrap();
        assert_eq!(support.phone_href(), "tel:+380440000000");
        assert_eq!(support.hours.as_deref(), Some("9:00–18:00"));
        assert_eq!(support.email.as_deref(), Some("help@example.ua"));
        for wrong in [
            ["--support-phone", "call us"],
            ["--support-email", "help"],
            ["--support-email", "a@b.c?subject=x"],
        ] {
            assert!(with(&wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn zero_turns_freshness_off() {
        let off = GOOD
            .iter()
            .copied()
            .chain(["--signed-content-signature-timestamp-valid-minutes", "0"]);
        assert_eq!(
            read(&off.collect::<Vec<_>>()).unwrap().signature_max_age,
            None
        );
    }
}
