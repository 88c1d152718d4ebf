//! From what was given to what it means. Every problem is remembered, so that an operator mends a configuration once.

use std::{
    fmt,
    net::SocketAddr,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use axum::http::HeaderName;
use chrono::TimeDelta;
use rusty_s3::{Bucket, UrlStyle};
use secrecy::{ExposeSecret, SecretString};
use url::Url;
use uuid::Uuid;

use super::{
    Cabinet, CabinetSettings, Config, Database, DatabaseSettings, GovId, HttpSmsGateway, Lives,
    Media, MediaSettings, People, PersonRequestSettings, PersonRequests, Problems, PublicUrl,
    RelationshipRegistry, RelationshipRegistrySettings, S3Store, SecretSettings, Settings,
    SmsGateway, Storage, Verification, VerificationSettings,
};
use crate::{
    limits,
    verification::{code, rules::SendLimits},
    web::layout::Support,
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
        let token = self.token(
            "DOVIRA_RELATIONSHIP_REGISTRY_TOKEN",
            settings.relationship_registry_token.as_deref(),
        );
        let text = settings.relationship_registry.trim();
        if text.is_empty() {
            return None;
        }
        let url = read_register(
            text,
            "it must be an address such as https://register.example/relationships",
            "it must not hold a name or password; DOVIRA_RELATIONSHIP_REGISTRY_TOKEN is for that",
        )
        .map_err(|what| self.problem("DOVIRA_RELATIONSHIP_REGISTRY", what))
        .ok()?;
        Some(RelationshipRegistry {
            url,
            token,
            timeout: Duration::from_secs_f64(timeout),
            circuit_failures,
            circuit_time: TimeDelta::seconds(circuit_seconds),
        })
    }

    fn media(&mut self, settings: &MediaSettings) -> Media {
        // A presigned link lives seven days at most.
        let life = self.number(
            "DOVIRA_MEDIA_LINK_LIFETIME",
            &settings.media_link_lifetime,
            1..=604_800,
        );
        let storage = match settings.media.strip_prefix("s3:") {
            None if settings.media.trim().is_empty() => {
                self.problem("DOVIRA_MEDIA", "it must name a directory or a store");
                Storage::Directory(PathBuf::new())
            }
            None => Storage::Directory(settings.media.clone().into()),
            Some(address) => match read_bucket(address) {
                Ok(bucket) => Storage::S3(self.s3(bucket, settings)),
                Err(what) => {
                    self.problem("DOVIRA_MEDIA", what);
                    Storage::Directory(PathBuf::new())
                }
            },
        };
        Media {
            storage,
            link_life: TimeDelta::seconds(life),
        }
    }

    fn s3(&mut self, bucket: Bucket, settings: &MediaSettings) -> S3Store {
        let secret = settings.media_secret_access_key.clone().unwrap_or_default();
        for (name, value) in [
            ("DOVIRA_MEDIA_ACCESS_KEY_ID", &settings.media_access_key_id),
            ("DOVIRA_MEDIA_SECRET_ACCESS_KEY", &secret),
        ] {
            if value.is_empty() {
                self.problem(name, "a store that speaks S3 needs it");
            }
        }
        S3Store {
            bucket,
            access_key_id: settings.media_access_key_id.clone(),
            secret_access_key: secret.into(),
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

    fn verification(
        &mut self,
        settings: &VerificationSettings,
        listen: SocketAddr,
    ) -> Verification {
        let pause = self.number(
            "DOVIRA_INIT_VERIFICATION_LIMIT",
            &settings.init_verification_limit,
            // What was sent is counted for an hour.
            0..=3600,
        );
        let text = settings.otp_code_text.clone();
        if text.chars().count() > 255 || text.chars().any(char::is_control) {
            self.problem(
                "DOVIRA_OTP_CODE_TEXT",
                "it may have 255 characters, and no control character",
            );
        }
        let secret = settings
            .sms_report_secret
            .clone()
            .filter(|secret| !secret.is_empty());
        if secret.as_ref().is_some_and(|secret| secret.len() < 16) {
            self.problem(
                "DOVIRA_SMS_REPORT_SECRET",
                "it must have 16 characters or more: who knows it can cancel codes",
            );
        }
        Verification {
            code_life: TimeDelta::seconds(self.number(
                "DOVIRA_OTP_LIFETIME",
                &settings.otp_lifetime,
                1..=3600,
            )),
            most_wrong: self.number(
                "DOVIRA_OTP_MAX_FAILED_ATTEMPTS",
                &settings.otp_max_failed_attempts,
                0..=100,
            ),
            code_digits: self.number(
                "DOVIRA_OTP_CODE_LENGTH",
                &settings.otp_code_length,
                code::DIGITS,
            ),
            text,
            sends: SendLimits {
                pause: TimeDelta::seconds(pause),
                per_hour: self.number(
                    "DOVIRA_OTP_SENDS_PER_HOUR",
                    &settings.otp_sends_per_hour,
                    0..=1_000_000,
                ),
            },
            requests_per_minute: self.number(
                "DOVIRA_VERIFICATION_REQUESTS_PER_MINUTE",
                &settings.verification_requests_per_minute,
                0..=1_000_000,
            ),
            validate_all_phones: self.boolean(
                "DOVIRA_PIS_VALIDATE_ALL_PHONES",
                &settings.pis_validate_all_phones,
            ),
            kept: self.kept(&settings.validations_expiration_period_days),
            lost_after: TimeDelta::minutes(self.number(
                "DOVIRA_SMS_UPDATE_TIMEOUT_MINUTES",
                &settings.sms_update_timeout_minutes,
                1..=1440,
            )),
            gateway: self.sms_gateway(settings, listen),
            report_secret: secret.map(SecretString::from),
        }
    }

    /// How long verifications are kept. Nothing, zero and less: for ever (verifications §7.4).
    fn kept(&mut self, text: &str) -> Option<TimeDelta> {
        if text.trim().is_empty() {
            return None;
        }
        let days = self.number(
            "DOVIRA_VALIDATIONS_EXPIRATION_PERIOD_DAYS",
            text,
            -36_500..=36_500,
        );
        (days > 0).then(|| TimeDelta::days(days))
    }

    fn sms_gateway(&mut self, settings: &VerificationSettings, listen: SocketAddr) -> SmsGateway {
        const NAME: &str = "DOVIRA_SMS_GATEWAY";
        const FORM: &str =
            "it must be log:, file:PATH or an address such as https://gateway.example/messages";
        // Read in any case: what is wrong is wrong before there is an address, too.
        let token = self.token(
            "DOVIRA_SMS_GATEWAY_TOKEN",
            settings.sms_gateway_token.as_deref(),
        );
        let timeout = self.number(
            "DOVIRA_SMS_GATEWAY_TIMEOUT_SECONDS",
            &settings.sms_gateway_timeout_seconds,
            // The longest leaves time for the rest of a request (limits::REQUEST_TIME).
            0.01..=20.0,
        );
        let text = settings.sms_gateway.trim();
        if text == "log:" {
            return SmsGateway::Log;
        }
        if let Some(path) = text.strip_prefix("file:") {
            if path.is_empty() {
                self.problem(NAME, FORM);
            } else if !listen.ip().is_loopback() {
                self.problem(
                    NAME,
                    "file: is for development: DOVIRA_LISTEN must be on loopback then, since the file has codes and numbers",
                );
            }
            return SmsGateway::File(path.into());
        }
        // The problem never repeats it: somebody may have put a password into it.
        let url = Url::parse(text)
            .map_err(|_| FORM)
            .and_then(|url| match url.scheme() {
                "http" | "https" if !url.username().is_empty() || url.password().is_some() => {
                    Err("it must not hold a name or password; DOVIRA_SMS_GATEWAY_TOKEN is for that")
                }
                "http" | "https" if url.fragment().is_some() => Err("it must not have a fragment"),
                "http" | "https" => Ok(url),
                _ => Err(FORM),
            });
        match url {
            Ok(url) => SmsGateway::Http(HttpSmsGateway {
                url,
                token,
                timeout: Duration::from_secs_f64(timeout),
            }),
            Err(what) => {
                self.problem(NAME, what);
                SmsGateway::Log
            }
        }
    }

    fn cabinet(&mut self, settings: &CabinetSettings, processors: usize) -> Cabinet {
        const MOST: i64 = 60 * 24 * 30;
        let mut minutes = |name, text: &str| TimeDelta::minutes(self.number(name, text, 1..=MOST));
        let auth_request_life = minutes("DOVIRA_AUTH_REQUEST_TTL", &settings.auth_request_ttl);
        let user_request_life = minutes(
            "DOVIRA_USER_REQUEST_TTL_MINUTES",
            &settings.user_request_ttl_minutes,
        );
        let jwt_life = minutes(
            "DOVIRA_JWT_TTL_REGISTRATION",
            &settings.jwt_ttl_registration,
        );
        let role_id = settings.cabinet_role_id.trim().parse();
        Cabinet {
            provider: self.govid(settings),
            auth_request_life,
            user_request_life,
            jwt_life,
            token_life: self.seconds(
                "DOVIRA_CABINET_REGISTRATION_TOKEN_LIFETIME",
                &settings.cabinet_registration_token_lifetime,
            ),
            password_min_length: self.number(
                "DOVIRA_PASSWORD_MIN_LENGTH",
                &settings.password_min_length,
                1..=limits::PASSWORD,
            ),
            password_slots: match &settings.password_slots {
                Some(text) => self.number("DOVIRA_PASSWORD_SLOTS", text, 1..=1024),
                // The other half is for everybody who does not wait for a password.
                None => (processors / 2).max(1),
            },
            role_id: role_id.unwrap_or_else(|_| {
                self.problem("DOVIRA_CABINET_ROLE_ID", "it must be a UUID");
                Uuid::nil()
            }),
        }
    }

    fn govid(&mut self, settings: &CabinetSettings) -> Option<GovId> {
        // Read in any case: what is wrong is wrong before there is an address, too.
        let timeout = self.number(
            "DOVIRA_GOVID_TIMEOUT_SECONDS",
            &settings.govid_timeout_seconds,
            // Two answers are waited for, and there must be time for the rest of a request (limits::REQUEST_TIME).
            0.01..=10.0,
        );
        let text = settings.govid_url.trim();
        if text.is_empty() {
            return None;
        }
        let url = read_register(
            text,
            "it must be an address such as https://id.gov.ua",
            "it must not hold a name or password; DOVIRA_GOVID_CLIENT_SECRET is for that",
        )
        .map_err(|what| self.problem("DOVIRA_GOVID_URL", what));
        let client_id = settings.govid_client_id.trim();
        if client_id.is_empty() {
            self.problem(
                "DOVIRA_GOVID_CLIENT_ID",
                "it must be given with DOVIRA_GOVID_URL",
            );
        }
        let secret = settings.govid_client_secret.as_deref().unwrap_or_default();
        if secret.is_empty() {
            self.problem(
                "DOVIRA_GOVID_CLIENT_SECRET",
                "it must be given with DOVIRA_GOVID_URL",
            );
        }
        Some(GovId {
            url: url.ok()?,
            client_id: client_id.to_owned(),
            client_secret: SecretString::from(secret),
            auth_type: list(&settings.govid_auth_type).join(","),
            timeout: Duration::from_secs_f64(timeout),
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

    fn person_requests(&mut self, settings: &PersonRequestSettings) -> PersonRequests {
        let expiration = self.number(
            "DOVIRA_PERSON_REQUEST_EXPIRATION",
            &settings.person_request_expiration,
            1..=100_000,
        );
        let expiration = match settings.person_request_term_unit.trim() {
            "MINUTES" => TimeDelta::minutes(expiration),
            "HOURS" => TimeDelta::hours(expiration),
            "DAYS" => TimeDelta::days(expiration),
            other => {
                let what = format!("\"{other}\" is none of MINUTES, HOURS and DAYS");
                self.problem("DOVIRA_PERSON_REQUEST_TERM_UNIT", what);
                TimeDelta::days(expiration)
            }
        };
        let cleaning = self.number(
            "DOVIRA_PERSON_REQUEST_AUTOCLEANING",
            &settings.person_request_autocleaning,
            1..=36_500,
        );
        if expiration > TimeDelta::days(cleaning) {
            // Else the data of a request would go while it still waits.
            let what = "requests must expire before their data are cleaned";
            self.problem("DOVIRA_PERSON_REQUEST_AUTOCLEANING", what.to_owned());
        }
        let registration_document_types = list(&settings.person_registration_document_types);
        PersonRequests {
            expiration,
            cleaning: TimeDelta::days(cleaning),
            third_person_limit: self.number(
                "DOVIRA_THIRD_PERSON_LIMIT",
                &settings.third_person_limit,
                0..=1_000_000,
            ),
            person_with_third_person_limit: self.number(
                "DOVIRA_PERSON_WITH_THIRD_PERSON_LIMIT",
                &settings.person_with_third_person_limit,
                0..=1_000_000,
            ),
            third_person_offline: self.boolean(
                "DOVIRA_THIRD_PERSON_OFFLINE",
                &settings.third_person_offline,
            ),
            counts_phones: self.boolean(
                "DOVIRA_USE_PHONE_NUMBER_AUTH_LIMIT",
                &settings.use_phone_number_auth_limit,
            ),
            registration_document_types,
            legal_capacity_document_types: list(&settings.person_legal_capacity_document_types),
            child_document_types: list(&settings.no_self_auth_age_document_types),
            adult_document_types: list(&settings.self_auth_age_document_types),
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

/// The address of a register. The problem never repeats it: somebody may have put a password into it.
fn read_register(
    text: &str,
    form: &'static str,
    secret: &'static str,
) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| form)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(secret);
    }
    if url.fragment().is_some() {
        return Err("it must not have a fragment");
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if super::is_loopback(&url) => Ok(url),
        "http" => {
            Err("it must begin with https:// unless it is on loopback: what is asked is personal")
        }
        _ => Err(form),
    }
}

/// The bucket of `https://HOST/BUCKET?region=NAME`. The region is `us-east-1` unless given: stores of one's own ignore it.
fn read_bucket(address: &str) -> Result<Bucket, &'static str> {
    const FORM: &str =
        "a store must be written as s3:https://HOST/BUCKET or s3:https://HOST/BUCKET?region=NAME";
    let mut url = Url::parse(address).map_err(|_| FORM)?;
    let name = url.path().trim_matches('/').to_owned();
    let region = url
        .query_pairs()
        .find_map(|(key, value)| (key == "region").then(|| value.into_owned()))
        .unwrap_or_else(|| "us-east-1".to_owned());
    let is_plain =
        url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    if name.is_empty() || name.contains('/') || !is_plain {
        return Err(FORM);
    }
    let is_private = url.scheme() == "https" || url.scheme() == "http" && super::is_loopback(&url);
    if !is_private {
        return Err(
            "a store must be reached by https:// unless it is on loopback: documents are personal",
        );
    }
    url.set_path("/");
    url.set_query(None);
    Bucket::new(url, UrlStyle::Path, name, region).map_err(|_| FORM)
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
