//! Every setting as given: a flag and an environment variable `DOVIRA_…`, text until it is read.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

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

/// Where files are kept.
#[derive(Args, Clone)]
pub struct MediaSettings {
    /// Where files are kept: a directory, or a store that speaks S3: `s3:https://HOST/BUCKET[?region=NAME]`
    #[arg(long, env = "DOVIRA_MEDIA", default_value = "media")]
    pub media: String,
    /// The id of the key that the store knows this program by
    #[arg(long, env = "DOVIRA_MEDIA_ACCESS_KEY_ID", default_value = "")]
    pub media_access_key_id: String,
    /// The key itself
    #[arg(
        long,
        env = "DOVIRA_MEDIA_SECRET_ACCESS_KEY",
        hide_env_values = true,
        allow_hyphen_values = true
    )]
    pub media_secret_access_key: Option<String>,
    /// Seconds for which a link to a file is good
    #[arg(long, env = "DOVIRA_MEDIA_LINK_LIFETIME", default_value = "3600")]
    pub media_link_lifetime: String,
}

/// One-time codes, and how they reach a phone.
#[derive(Args, Clone)]
pub struct VerificationSettings {
    /// Seconds for which a code is good
    #[arg(long, env = "DOVIRA_OTP_LIFETIME", default_value = "300")]
    pub otp_lifetime: String,
    /// Wrong codes after which the next wrong one locks the code
    #[arg(long, env = "DOVIRA_OTP_MAX_FAILED_ATTEMPTS", default_value = "3")]
    pub otp_max_failed_attempts: String,
    /// Digits of a code
    #[arg(long, env = "DOVIRA_OTP_CODE_LENGTH", default_value = "4")]
    pub otp_code_length: String,
    /// What an SMS says; the code follows it
    #[arg(
        long,
        env = "DOVIRA_OTP_CODE_TEXT",
        default_value = "Код авторизації дій в системі eHealth: "
    )]
    pub otp_code_text: String,
    /// Seconds between two codes to one number; 0 turns the rule off
    #[arg(long, env = "DOVIRA_INIT_VERIFICATION_LIMIT", default_value = "60")]
    pub init_verification_limit: String,
    /// Codes to one number in an hour; 0: as many as one likes
    #[arg(long, env = "DOVIRA_OTP_SENDS_PER_HOUR", default_value = "10")]
    pub otp_sends_per_hour: String,
    /// Requests to complete the verification of one number in a minute; 0: as many as one likes
    #[arg(
        long,
        env = "DOVIRA_VERIFICATION_REQUESTS_PER_MINUTE",
        default_value = "60"
    )]
    pub verification_requests_per_minute: String,
    /// A sign-up sends a code also to a number that was proven before (true)
    #[arg(long, env = "DOVIRA_PIS_VALIDATE_ALL_PHONES", default_value = "true")]
    pub pis_validate_all_phones: String,
    /// Days after which verifications and the log of messages are removed; empty or 0: never
    #[arg(
        long,
        env = "DOVIRA_VALIDATIONS_EXPIRATION_PERIOD_DAYS",
        default_value = "30",
        allow_hyphen_values = true
    )]
    pub validations_expiration_period_days: String,
    /// Minutes after which a message that nobody reported on counts as lost
    #[arg(long, env = "DOVIRA_SMS_UPDATE_TIMEOUT_MINUTES", default_value = "30")]
    pub sms_update_timeout_minutes: String,
    /// What carries messages: log: (a masked line), file:PATH (development only), or http(s)://…
    #[arg(
        long,
        env = "DOVIRA_SMS_GATEWAY",
        default_value = "log:",
        hide_env_values = true
    )]
    pub sms_gateway: String,
    /// What this program shows to the gateway as a bearer token
    #[arg(
        long,
        env = "DOVIRA_SMS_GATEWAY_TOKEN",
        hide_env_values = true,
        allow_hyphen_values = true
    )]
    pub sms_gateway_token: Option<String>,
    /// Seconds that the gateway may take for its answer; may have decimals
    #[arg(long, env = "DOVIRA_SMS_GATEWAY_TIMEOUT_SECONDS", default_value = "5")]
    pub sms_gateway_timeout_seconds: String,
    /// The key with which the gateway signs its reports; without one no report is taken
    #[arg(
        long,
        env = "DOVIRA_SMS_REPORT_SECRET",
        hide_env_values = true,
        allow_hyphen_values = true
    )]
    pub sms_report_secret: Option<String>,
}

/// Person requests.
#[derive(Args, Clone)]
pub struct PersonRequestSettings {
    /// How long a person request may take to be signed, in the unit of DOVIRA_PERSON_REQUEST_TERM_UNIT
    #[arg(long, env = "DOVIRA_PERSON_REQUEST_EXPIRATION", default_value = "1")]
    pub person_request_expiration: String,
    /// The unit of that time: MINUTES, HOURS or DAYS
    #[arg(long, env = "DOVIRA_PERSON_REQUEST_TERM_UNIT", default_value = "DAYS")]
    pub person_request_term_unit: String,
    /// Days after which the data of any person request are cleared
    #[arg(long, env = "DOVIRA_PERSON_REQUEST_AUTOCLEANING", default_value = "30")]
    pub person_request_autocleaning: String,
    /// Persons for whom one person may stand as their third person
    #[arg(long, env = "DOVIRA_THIRD_PERSON_LIMIT", default_value = "150")]
    pub third_person_limit: String,
    /// Third persons that one person may have
    #[arg(
        long,
        env = "DOVIRA_PERSON_WITH_THIRD_PERSON_LIMIT",
        default_value = "5"
    )]
    pub person_with_third_person_limit: String,
    /// Whether a third person may be one who confirms by documents (true or false)
    #[arg(long, env = "DOVIRA_THIRD_PERSON_OFFLINE", default_value = "false")]
    pub third_person_offline: String,
    /// Whether a person request counts the methods that have its phone (true or false)
    #[arg(
        long,
        env = "DOVIRA_USE_PHONE_NUMBER_AUTH_LIMIT",
        default_value = "true"
    )]
    pub use_phone_number_auth_limit: String,
    /// Document types that a person request of version 2 may have
    #[arg(
        long,
        env = "DOVIRA_PERSON_REGISTRATION_DOCUMENT_TYPES",
        default_value = "PASSPORT,NATIONAL_ID,BIRTH_CERTIFICATE,COMPLEMENTARY_PROTECTION_CERTIFICATE,REFUGEE_CERTIFICATE,TEMPORARY_CERTIFICATE,TEMPORARY_PASSPORT,PERMANENT_RESIDENCE_PERMIT,BIRTH_CERTIFICATE_FOREIGN"
    )]
    pub person_registration_document_types: String,
    /// Document types that prove legal capacity to a person request of version 2, which may have them too
    #[arg(
        long,
        env = "DOVIRA_PERSON_LEGAL_CAPACITY_DOCUMENT_TYPES",
        default_value = "MARRIAGE_CERTIFICATE,DIVORCE_CERTIFICATE,COURT_DECISION_LEGAL_CAPACITY,COURT_DECISION_DIVORCE,GUARDIANSHIP_DECISION_LEGAL_CAPACITY,STATE_REGISTER_EXTRACT,LEGAL_CAPACITY_DOCUMENT"
    )]
    pub person_legal_capacity_document_types: String,
    /// Document types of persons below DOVIRA_NO_SELF_AUTH_AGE in a person request; empty: any
    #[arg(
        long,
        env = "DOVIRA_NO_SELF_AUTH_AGE_DOCUMENT_TYPES",
        default_value = ""
    )]
    pub no_self_auth_age_document_types: String,
    /// Document types of persons from that age on; empty: any
    #[arg(long, env = "DOVIRA_SELF_AUTH_AGE_DOCUMENT_TYPES", default_value = "")]
    pub self_auth_age_document_types: String,
}

/// Registration in the cabinet, and the provider that says who somebody is.
#[derive(Args, Clone)]
pub struct CabinetSettings {
    /// The provider of identities (id.gov.ua): https://…; empty: nobody can register in the cabinet
    #[arg(long, env = "DOVIRA_GOVID_URL", default_value = "")]
    pub govid_url: String,
    /// What the provider calls this service
    #[arg(long, env = "DOVIRA_GOVID_CLIENT_ID", default_value = "")]
    pub govid_client_id: String,
    /// What this service proves itself to the provider with
    #[arg(
        long,
        env = "DOVIRA_GOVID_CLIENT_SECRET",
        hide_env_values = true,
        allow_hyphen_values = true
    )]
    pub govid_client_secret: Option<String>,
    /// Ways of proving who one is that the provider offers
    #[arg(
        long,
        env = "DOVIRA_GOVID_AUTH_TYPE",
        default_value = "dig_sign,bank_id,mobile_id"
    )]
    pub govid_auth_type: String,
    /// Seconds that the provider may take for each of its answers; may have decimals
    #[arg(long, env = "DOVIRA_GOVID_TIMEOUT_SECONDS", default_value = "5")]
    pub govid_timeout_seconds: String,
    /// Minutes that somebody may spend at the provider
    #[arg(long, env = "DOVIRA_AUTH_REQUEST_TTL", default_value = "10")]
    pub auth_request_ttl: String,
    /// Minutes for which a proof of identity is good
    #[arg(long, env = "DOVIRA_USER_REQUEST_TTL_MINUTES", default_value = "60")]
    pub user_request_ttl_minutes: String,
    /// Minutes for which the JWT of a registration in the cabinet is good
    #[arg(long, env = "DOVIRA_JWT_TTL_REGISTRATION", default_value = "480")]
    pub jwt_ttl_registration: String,
    /// Characters that a password must have
    #[arg(long, env = "DOVIRA_PASSWORD_MIN_LENGTH", default_value = "8")]
    pub password_min_length: String,
    /// Passwords hashed at the same time by one process [default: half of the processors]
    #[arg(long, env = "DOVIRA_PASSWORD_SLOTS")]
    pub password_slots: Option<String>,
    /// The role that a user of the cabinet gets
    #[arg(
        long,
        env = "DOVIRA_CABINET_ROLE_ID",
        default_value = "b9994457-a40a-4eae-b73c-120502d4aaa4"
    )]
    pub cabinet_role_id: String,
    /// Seconds for which the token of a registration is good, which opens the consent
    #[arg(
        long,
        env = "DOVIRA_CABINET_REGISTRATION_TOKEN_LIFETIME",
        default_value = "3600"
    )]
    pub cabinet_registration_token_lifetime: String,
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
    /// Where files are kept.
    #[command(flatten)]
    pub media: MediaSettings,
    /// One-time codes.
    #[command(flatten)]
    pub verification: VerificationSettings,
    /// Person requests.
    #[command(flatten)]
    pub person_requests: PersonRequestSettings,
    /// Registration in the cabinet.
    #[command(flatten)]
    pub cabinet: CabinetSettings,
    /// Address and port to listen on
    #[arg(long, env = "DOVIRA_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: String,
    /// The address people and programs know this service by [default: http://LISTEN when that is on loopback]
    #[arg(long, env = "DOVIRA_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// The header in which a balancer tells where a call came from, such as x-forwarded-for; empty: calls come directly
    #[arg(long, env = "DOVIRA_CLIENT_ADDRESS_HEADER", default_value = "")]
    pub client_address_header: String,
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
    /// Seconds for which a login token is good, with which a client has somebody approve it
    #[arg(long, env = "DOVIRA_AUTH_LOGIN_TOKEN_LIFETIME", default_value = "600")]
    pub auth_login_token_lifetime: String,
    /// Whether a client may call the routes of a sign-in without its secret (true or false): only for programs that cannot be
    /// changed yet
    #[arg(long, env = "DOVIRA_LOGIN_WITHOUT_SECRET", default_value = "false")]
    pub login_without_secret: String,
    /// Whether what a confidant signs to sign in carries a nonce: required, or optional for programs that cannot be changed yet
    #[arg(
        long,
        env = "DOVIRA_CONFIDANT_SIGN_IN_NONCE",
        default_value = "required"
    )]
    pub confidant_sign_in_nonce: String,
    /// Registrations and claims of one confidant in 24 hours; 0: as many as one likes
    #[arg(long, env = "DOVIRA_CONFIDANT_SIGN_UPS_PER_DAY", default_value = "10")]
    pub confidant_sign_ups_per_day: String,
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
