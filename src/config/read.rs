//! From what was given to what it means. Every problem is remembered, so that an operator mends a configuration once.

mod codes;
mod people;
mod services;

use std::{fmt, net::SocketAddr, path::Path, str::FromStr, time::Duration};

use axum::http::HeaderName;
use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};

use super::{
    Config, Database, DatabaseSettings, Lives, Problems, PublicUrl, SecretSettings, Settings,
    Support,
};

/// The longest a setting can ask anything to last.
const CENTURY_MINUTES: i64 = 60 * 24 * 365 * 100;

/// Reads values and remembers what is wrong with them.
#[derive(Default)]
pub(super) struct Reader(Vec<String>);

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

    pub(super) fn finish<T>(self, value: T) -> Result<T, Problems> {
        if self.0.is_empty() {
            Ok(value)
        } else {
            Err(Problems(self.0))
        }
    }

    pub(super) fn database(&mut self, settings: &DatabaseSettings) -> Database {
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

    pub(super) fn secret(&mut self, settings: &SecretSettings) -> SecretString {
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
            login_token: self.seconds(
                "DOVIRA_AUTH_LOGIN_TOKEN_LIFETIME",
                &settings.auth_login_token_lifetime,
            ),
            refresh_token: self.seconds(
                "DOVIRA_AUTH_REFRESH_TOKEN_LIFETIME",
                &settings.auth_refresh_token_lifetime,
            ),
        }
    }

    /// Whether something must be there.
    fn required_or_optional(&mut self, name: &str, text: &str) -> bool {
        match text.trim() {
            "required" => true,
            "optional" => false,
            other => {
                let what = format!("\"{other}\" is neither required nor optional");
                self.problem(name, what);
                true
            }
        }
    }

    /// A bearer token: none when it is empty.
    fn token(&mut self, name: &str, text: Option<&str>) -> Option<SecretString> {
        let token = text.filter(|token| !token.is_empty())?;
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            self.problem(
                name,
                "it may have letters, digits and signs of ASCII, and no space",
            );
        }
        Some(SecretString::from(token))
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
        let client_address_header = match settings.client_address_header.trim() {
            "" => None,
            text => HeaderName::try_from(text)
                .inspect_err(|_| {
                    let what = format!("\"{text}\" is not the name of a header");
                    read.problem("DOVIRA_CLIENT_ADDRESS_HEADER", what);
                })
                .ok(),
        };
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
            client_address_header,
            secret,
            trusted_certificates,
            intermediate_certificates: settings.intermediate_certificates.clone(),
            redirect_errors: read.boolean("DOVIRA_REDIRECT_ERRORS", &settings.redirect_errors),
            login_without_secret: read.boolean(
                "DOVIRA_LOGIN_WITHOUT_SECRET",
                &settings.login_without_secret,
            ),
            confidant_sign_in_nonce_is_required: read.required_or_optional(
                "DOVIRA_CONFIDANT_SIGN_IN_NONCE",
                &settings.confidant_sign_in_nonce,
            ),
            signature_max_age: (max_age > 0).then(|| TimeDelta::minutes(max_age)),
            signature_slots,
            lives: read.lives(settings),
            relationship_registry: read.relationship_registry(&settings.relationship_registry),
            media: read.media(&settings.media),
            verification: read.verification(&settings.verification, listen),
            cabinet: read.cabinet(&settings.cabinet, slots),
            people: read.people(settings),
            person_requests: read.person_requests(&settings.person_requests),
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
