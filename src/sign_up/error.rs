//! What can be wrong with a sign-up: one list for the pages and for the JSON routes.

use axum::http::StatusCode;
use chrono::{DateTime, Utc};

use crate::{
    api::ApiError,
    db::is_outage,
    invalid::{Invalid, Rule},
    oauth::{
        error::{OAuthError, redirect_code_of},
        store::StoreError,
    },
    person::{rules::BrokenRule, verification::VerificationStatus},
    signed_content::SignedError,
    state::NotVerified,
    web::{
        error::PageError,
        error_page::{Problem, Saved},
    },
};

/// Why a sign-up is refused. The text of a variant is the exact message of the API.
#[derive(Debug, thiserror::Error)]
pub enum SignUpError {
    /// The access token, or what was asked of OAuth.
    #[error(transparent)]
    OAuth(#[from] OAuthError),
    /// The encoding is not base64; the member that says so.
    #[error("is invalid")]
    EncodingUnknown(&'static str),
    /// The text is not base64, or what it encloses is not one JSON object.
    #[error("Invalid signed content.")]
    ContentUnreadable,
    /// The signature is malformed, wrong, or made with a certificate out of its time.
    #[error("Invalid signed content.")]
    SignatureInvalid,
    /// The same where the signature is all that proves who asks.
    #[error("Invalid signed content.")]
    SignatureUnauthenticated,
    /// No chain of certificates leads to a trusted one.
    #[error("Unable to authenticate signer")]
    SignerUntrusted,
    /// Somebody else signed than the one who should have.
    #[error("Unable to authenticate signer")]
    SignerIsAnother,
    /// Somebody else signed than the one who is to be registered.
    #[error("Registration person and person that sign should be the same")]
    SignerNotPerson,
    /// The certificate names somebody else than the one who is to be registered.
    #[error("Input name doesn't match name from digital signature")]
    NameMismatch,
    /// The signature is not fresh.
    #[error("Digital signature timestamp is expired")]
    SignatureStale,
    /// Something was registered with this signature before.
    #[error("Signed content has already been used")]
    SignatureUsed,
    /// The nonce in the content is not good.
    #[error("JWT is invalid.")]
    NonceInvalid,
    /// The confidant has no active user.
    #[error("Applicant user not found.")]
    ApplicantUserNotFound,
    /// The confidant is shut out.
    #[error("Applicant user is blocked.")]
    ApplicantUserBlocked,
    /// The confidant is not in the registry.
    #[error("Applicant person not found.")]
    ApplicantPersonNotFound,
    /// The confidant is too young.
    #[error("Incorrect applicant person age for such an action.")]
    ApplicantTooYoung,
    /// The content breaks the schema.
    #[error("the content breaks the schema")]
    Schema(Vec<Invalid>),
    /// The patient's data break a rule of the registry.
    #[error(transparent)]
    Data(#[from] BrokenRule),
    /// Somebody else is named as the confidant.
    #[error("Person who initiates registration of patient must be submitted as confidant person")]
    ConfidantIsAnother,
    /// The confidant's verification forbids it.
    #[error("Person with cumulative verification status {0} can not be submitted as confidant")]
    ConfidantStatus(VerificationStatus),
    /// The confidant cannot be reached by codes.
    #[error(
        "Confidant person must have active authentication method with type \"OTP\" where ended_at is equal to or greater than current date"
    )]
    ConfidantWithoutOtp,
    /// An authentication method is not through the confidant; its position.
    #[error("Only THIRD_PERSON authentication method can be created for person")]
    NotThirdPerson(usize),
    /// An authentication method is through somebody else; its position.
    #[error("Person who initiates registration of patient must be submitted as THIRD_PERSON")]
    ThirdPersonIsAnother(usize),
    /// A consent was not given; its name.
    #[error("expected true but got false for attribute {0}")]
    ConsentMissing(&'static str),
    /// The session token is not good, or was used.
    #[error("Unauthorized")]
    SessionTokenInvalid,
    /// More than one registered person looks like this one.
    #[error("It is impossible to uniquely identify the person.")]
    NotUnique,
    /// The person is registered, and the relationship waits for its verification.
    #[error("Relationship not confirmed")]
    RelationshipNotConfirmed,
    /// Who knows of the relationship does not answer.
    #[error("Service unavailable.")]
    RegistryUnavailable,
    /// Both were related by somebody else in the meantime.
    #[error("Relationship between confidant patient and related patient already exists")]
    RelationshipExists,
    /// The confidant has a confidant.
    #[error("Patient who has confidant person can not be used as confidant for other patients")]
    ConfidantHasConfidant,
    /// The confidant stands for as many persons as one may.
    #[error("This fiduciary person is present more than {0} times in the system")]
    ThirdPersonLimit(u32),
    /// The confidant registered or claimed as many persons as one may in a day.
    #[error("Too many requests")]
    TooManySignUps {
        /// When there may be another.
        retry_at: DateTime<Utc>,
        /// The moment of the request.
        now: DateTime<Utc>,
    },
    /// The patient's user is shut out.
    #[error("User is blocked.")]
    UserBlocked,
    /// The user with the patient's tax number has no person, or an inactive one.
    #[error("Person not found.")]
    PersonNotFound,
    /// The person is too young to act for themselves.
    #[error("Incorrect person age for such an action.")]
    PersonTooYoung,
    /// The code from the message is missing, wrong, or nobody asked for one.
    #[error("Invalid verification code")]
    CodeInvalid,
    /// The code's time is over.
    #[error("Verification code expired")]
    CodeExpired,
    /// Too many wrong codes.
    #[error("Maximum attempts exceed")]
    CodeAttempts,
    /// Codes for the phone are tried too often.
    #[error("Too many requests")]
    CodeTooOften {
        /// Seconds to wait.
        retry_after: u64,
    },
    /// Too many signatures are being checked.
    #[error("Service unavailable.")]
    Busy,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// A row contradicts itself, OpenSSL failed, or checked data could not be read again.
    #[error("internal: {0}")]
    Internal(String),
}

impl From<StoreError> for SignUpError {
    fn from(error: StoreError) -> Self {
        Self::OAuth(error.into())
    }
}

impl From<NotVerified> for SignUpError {
    fn from(error: NotVerified) -> Self {
        match error {
            NotVerified::Busy => Self::Busy,
            NotVerified::Rejected(rejection) => {
                rejection.log();
                match rejection.error {
                    SignedError::NotBase64 => Self::ContentUnreadable,
                    SignedError::NotFresh(_) => Self::SignatureStale,
                    SignedError::Untrusted(_) => Self::SignerUntrusted,
                    SignedError::Malformed(_)
                    | SignedError::InvalidSignature(_)
                    | SignedError::OutOfTime(_) => Self::SignatureInvalid,
                }
            }
        }
    }
}

impl SignUpError {
    fn status(&self) -> StatusCode {
        if self.database().is_some_and(is_outage) {
            return StatusCode::SERVICE_UNAVAILABLE;
        }
        match self {
            Self::SignatureInvalid => StatusCode::BAD_REQUEST,
            Self::CodeInvalid | Self::CodeExpired | Self::CodeAttempts => StatusCode::FORBIDDEN,
            Self::CodeTooOften { .. } | Self::TooManySignUps { .. } => {
                StatusCode::TOO_MANY_REQUESTS
            }
            Self::SignatureUnauthenticated
            | Self::PersonTooYoung
            | Self::SignerUntrusted
            | Self::SignerIsAnother
            | Self::SignatureStale
            | Self::NonceInvalid
            | Self::ApplicantUserBlocked
            | Self::ApplicantTooYoung
            | Self::SessionTokenInvalid
            | Self::NotUnique
            | Self::PersonNotFound
            | Self::UserBlocked => StatusCode::UNAUTHORIZED,
            Self::ApplicantUserNotFound | Self::ApplicantPersonNotFound => StatusCode::NOT_FOUND,
            Self::SignatureUsed
            | Self::SignerNotPerson
            | Self::NameMismatch
            | Self::RelationshipNotConfirmed => StatusCode::CONFLICT,
            Self::EncodingUnknown(_)
            | Self::ContentUnreadable
            | Self::Schema(_)
            | Self::Data(_)
            | Self::ConfidantIsAnother
            | Self::ConfidantStatus(_)
            | Self::ConfidantWithoutOtp
            | Self::NotThirdPerson(_)
            | Self::ThirdPersonIsAnother(_)
            | Self::ConsentMissing(_)
            | Self::RelationshipExists
            | Self::ThirdPersonLimit(_)
            | Self::ConfidantHasConfidant => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Busy | Self::RegistryUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::OAuth(error) => error.status(),
            Self::Database(_) | Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The member of the body or content that is to blame, and the rule it breaks; none when it is the request.
    fn place(&self) -> Option<(String, &'static str)> {
        let confidant = "$.person.confidant_person.person_id";
        match self {
            Self::EncodingUnknown(name) => Some((format!("$.{name}"), "cast")),
            Self::CodeInvalid | Self::CodeExpired | Self::CodeAttempts => {
                Some(("$.otp".to_owned(), "invalid"))
            }
            Self::ContentUnreadable => Some(("$.signed_content".to_owned(), "invalid")),
            Self::Data(broken) => Some((broken.entry(), "invalid")),
            Self::ConfidantIsAnother
            | Self::ConfidantStatus(_)
            | Self::ConfidantWithoutOtp
            | Self::RelationshipExists
            | Self::ConfidantHasConfidant => Some((confidant.to_owned(), "invalid")),
            Self::NotThirdPerson(at) => Some((
                format!("$.person.authentication_methods.[{at}].type"),
                "invalid",
            )),
            Self::ThirdPersonIsAnother(at) => Some((
                format!("$.person.authentication_methods.[{at}].value"),
                "invalid",
            )),
            Self::ThirdPersonLimit(_) => Some((
                "$.person.authentication_methods.[0].value".to_owned(),
                "invalid",
            )),
            Self::ConsentMissing(name) => Some((format!("$.{name}"), "invalid")),
            _ => None,
        }
    }

    /// What a person is told on a page, besides the lines of the translation.
    fn problem(&self) -> Problem {
        match self {
            Self::SignatureInvalid
            | Self::SignatureUnauthenticated
            | Self::SignerUntrusted
            | Self::SignatureStale
            | Self::NonceInvalid
            | Self::ContentUnreadable => Problem::SignatureInvalid,
            Self::SignerIsAnother => Problem::SignerMismatch,
            Self::SignerNotPerson | Self::NameMismatch => Problem::SignerNotPerson,
            Self::SignatureUsed => Problem::AlreadyDone,
            Self::ApplicantUserBlocked
            | Self::UserBlocked
            | Self::OAuth(OAuthError::UserBlocked) => Problem::Blocked,
            Self::OAuth(OAuthError::ClientBlocked) => Problem::ClientBlocked,
            // Nothing of the data was looked at yet: it is the one who asks who may not.
            Self::OAuth(OAuthError::InvalidAccessToken | OAuthError::MissingScope(_))
            | Self::ApplicantUserNotFound
            | Self::ApplicantPersonNotFound
            | Self::ApplicantTooYoung
            | Self::SessionTokenInvalid => Problem::NotAllowed,
            // Nothing that is signed again would help.
            Self::ConfidantStatus(_)
            | Self::ConfidantWithoutOtp
            | Self::ConfidantHasConfidant
            | Self::ThirdPersonLimit(_) => Problem::ConfidantUnfit,
            Self::TooManySignUps { retry_at, .. } => Problem::TooManyRequests {
                retry_at: Some(*retry_at),
            },
            _ => match self.status() {
                StatusCode::SERVICE_UNAVAILABLE => Problem::Unavailable { until: None },
                StatusCode::INTERNAL_SERVER_ERROR => Problem::Internal {
                    saved: Saved::Nothing,
                },
                StatusCode::UNPROCESSABLE_ENTITY => Problem::DataErrors,
                _ => Problem::NotCompleted,
            },
        }
    }

    /// The word for the log and the support.
    fn code(&self) -> &'static str {
        match self {
            Self::OAuth(_) => "oauth",
            Self::EncodingUnknown(_) => "encoding_unknown",
            Self::SignatureUnauthenticated => "signature_unauthenticated",
            Self::SignerNotPerson => "signer_not_person",
            Self::NameMismatch => "name_mismatch",
            Self::PersonTooYoung => "person_too_young",
            Self::CodeInvalid => "code_invalid",
            Self::CodeExpired => "code_expired",
            Self::CodeAttempts => "code_attempts",
            Self::CodeTooOften { .. } => "code_too_often",
            Self::ContentUnreadable => "content_unreadable",
            Self::SignatureInvalid => "signature_invalid",
            Self::SignerUntrusted => "signer_untrusted",
            Self::SignerIsAnother => "signer_is_another",
            Self::SignatureStale => "signature_stale",
            Self::SignatureUsed => "signature_used",
            Self::NonceInvalid => "nonce_invalid",
            Self::ApplicantUserNotFound => "applicant_user_not_found",
            Self::ApplicantUserBlocked => "applicant_user_blocked",
            Self::ApplicantPersonNotFound => "applicant_person_not_found",
            Self::ApplicantTooYoung => "applicant_too_young",
            Self::Schema(_) => "schema",
            Self::Data(broken) => broken.code(),
            Self::ConfidantIsAnother => "confidant_is_another",
            Self::ConfidantStatus(_) => "confidant_status",
            Self::ConfidantWithoutOtp => "confidant_without_otp",
            Self::NotThirdPerson(_) => "not_third_person",
            Self::ThirdPersonIsAnother(_) => "third_person_is_another",
            Self::ConsentMissing(_) => "consent_missing",
            Self::SessionTokenInvalid => "session_token_invalid",
            Self::NotUnique => "not_unique",
            Self::RelationshipNotConfirmed => "relationship_not_confirmed",
            Self::RegistryUnavailable => "registry_unavailable",
            Self::RelationshipExists => "relationship_exists",
            Self::ConfidantHasConfidant => "confidant_has_confidant",
            Self::ThirdPersonLimit(_) => "third_person_limit",
            Self::TooManySignUps { .. } => "too_many_sign_ups",
            Self::UserBlocked => "user_blocked",
            Self::PersonNotFound => "person_not_found",
            Self::Busy => "busy",
            Self::Database(_) => "database",
            Self::Internal(_) => "internal",
        }
    }

    /// The code of an error redirect (§2.6, RFC 6749 §4.1.2.1).
    #[must_use]
    pub fn redirect_code(&self) -> &'static str {
        match self {
            Self::SignatureStale | Self::SignatureUnauthenticated | Self::NonceInvalid => {
                "invalid_request"
            }
            Self::OAuth(error) => error.redirect_code(),
            Self::Data(BrokenRule::Age) => "access_denied",
            _ => redirect_code_of(self.status()),
        }
    }

    /// The error page: what happened, before the lines and the way back are added.
    #[must_use]
    pub fn page(&self) -> PageError {
        // A page offers no way to authenticate: 403 where the API says 401.
        let status = match self.status() {
            StatusCode::UNAUTHORIZED => StatusCode::FORBIDDEN,
            status => status,
        };
        PageError::new(status, self.problem(), self.code())
    }

    /// The failure of the database behind this, if there is one.
    fn database(&self) -> Option<&sqlx::Error> {
        match self {
            Self::Database(error) | Self::OAuth(OAuthError::Database(error)) => Some(error),
            _ => None,
        }
    }
}

impl From<SignUpError> for ApiError {
    fn from(error: SignUpError) -> Self {
        match error {
            SignUpError::OAuth(error) => error.into(),
            SignUpError::Database(error) => error.into(),
            SignUpError::Schema(invalid) => Self::validation(invalid),
            SignUpError::CodeTooOften { retry_after } => {
                Self::too_many_requests("Too many requests", retry_after)
            }
            SignUpError::TooManySignUps { retry_at, now } => {
                let seconds = (retry_at - now).num_seconds().max(1);
                let retry_after = u64::try_from(seconds).unwrap_or(1);
                Self::too_many_requests("Too many requests", retry_after)
            }
            SignUpError::Internal(reason) => {
                tracing::error!(reason, "internal error");
                Self::internal()
            }
            SignUpError::Data(broken) => {
                Self::field(&broken.entry(), "invalid", broken.to_string()).params(&broken.params())
            }
            error => {
                let (status, message) = (error.status(), error.to_string());
                let plain = Self::new(status, message.clone());
                match error.place() {
                    Some((entry, rule)) if status == StatusCode::UNPROCESSABLE_ENTITY => {
                        Self::field(&entry, rule, message)
                    }
                    Some((entry, rule)) => Self {
                        invalid: vec![Invalid::property(entry, Rule::business(rule, &message))],
                        ..plain
                    },
                    None => plain,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use axum::response::IntoResponse;

    use super::*;
    use crate::oauth::error::redirect_description;
    use crate::person::rules::List;

    /// One of each variant, and of what a variant holds where that decides.
    fn all() -> Vec<SignUpError> {
        let data = [
            BrokenRule::BirthDate,
            BrokenRule::TaxIdRefused,
            BrokenRule::TaxIdMissing,
            BrokenRule::Age,
            BrokenRule::DocumentType(1),
            BrokenRule::IssuedLater(1),
            BrokenRule::IssuedBeforeBirth(1),
            BrokenRule::Expired(1),
            BrokenRule::ExpirationMissing {
                at: 1,
                kind: "NATIONAL_ID",
            },
            BrokenRule::UnzrOfAnotherDay,
            BrokenRule::UnzrMissing,
            BrokenRule::TwoPassports,
            BrokenRule::Duplicate {
                list: List::EmergencyPhones,
                at: 1,
                kind: "MOBILE".to_owned(),
            },
            BrokenRule::BirthCertificateMissing,
            BrokenRule::AuthenticationMethods,
            BrokenRule::LegalCapacity,
            BrokenRule::ResidenceMissing,
            BrokenRule::Residences(2),
            BrokenRule::PhoneLimit { at: 0, limit: 5 },
        ];
        let oauth = [
            OAuthError::InvalidAccessToken,
            OAuthError::MissingScope("confidant_person:sign_up"),
            OAuthError::ClientBlocked,
            OAuthError::UserBlocked,
            OAuthError::GrantTypeNotAllowed,
            OAuthError::Database(sqlx::Error::PoolTimedOut),
            OAuthError::Inconsistent(crate::db::Inconsistent {
                table: "flows",
                id: uuid::Uuid::nil(),
            }),
            OAuthError::Crypto("nothing".to_owned()),
        ];
        let others = [
            SignUpError::EncodingUnknown("signed_content_encoding"),
            SignUpError::SignatureUnauthenticated,
            SignUpError::SignerNotPerson,
            SignUpError::NameMismatch,
            SignUpError::PersonTooYoung,
            SignUpError::CodeInvalid,
            SignUpError::CodeExpired,
            SignUpError::CodeAttempts,
            SignUpError::CodeTooOften { retry_after: 7 },
            SignUpError::ContentUnreadable,
            SignUpError::SignatureInvalid,
            SignUpError::SignerUntrusted,
            SignUpError::SignerIsAnother,
            SignUpError::SignatureStale,
            SignUpError::SignatureUsed,
            SignUpError::NonceInvalid,
            SignUpError::ApplicantUserNotFound,
            SignUpError::ApplicantUserBlocked,
            SignUpError::ApplicantPersonNotFound,
            SignUpError::ApplicantTooYoung,
            SignUpError::Schema(Vec::new()),
            SignUpError::ConfidantIsAnother,
            SignUpError::ConfidantStatus(VerificationStatus::NotVerified),
            SignUpError::ConfidantWithoutOtp,
            SignUpError::NotThirdPerson(0),
            SignUpError::ThirdPersonIsAnother(0),
            SignUpError::ConsentMissing("patient_signed"),
            SignUpError::SessionTokenInvalid,
            SignUpError::NotUnique,
            SignUpError::RelationshipNotConfirmed,
            SignUpError::ConfidantHasConfidant,
            SignUpError::ThirdPersonLimit(150),
            SignUpError::TooManySignUps {
                retry_at: DateTime::UNIX_EPOCH,
                now: DateTime::UNIX_EPOCH,
            },
            SignUpError::RelationshipExists,
            SignUpError::UserBlocked,
            SignUpError::PersonNotFound,
            SignUpError::Busy,
            SignUpError::RegistryUnavailable,
            SignUpError::Database(sqlx::Error::RowNotFound),
            SignUpError::Internal("nothing".to_owned()),
        ];
        let data = data.into_iter().map(SignUpError::Data);
        let oauth = oauth.into_iter().map(SignUpError::OAuth);
        data.chain(oauth).chain(others).collect()
    }

    /// Signup 1.6, 2.6, 5.1, 5.2 and decisions 2: the code of a redirect, the status of the answer, what a page tells.
    /// There is no arm for "any other": a new variant has to be thought of here, and a new one of OAuth as soon as a
    /// sign-up meets it.
    fn expected_answer(error: &SignUpError) -> (&'static str, u16, Problem) {
        use Problem::{
            AlreadyDone, Blocked, ClientBlocked, ConfidantUnfit, DataErrors, NotAllowed,
            NotCompleted, SignatureInvalid, SignerMismatch, SignerNotPerson,
        };
        let unavailable = Problem::Unavailable { until: None };
        let internal = Problem::Internal {
            saved: Saved::Nothing,
        };
        match error {
            SignUpError::Data(BrokenRule::Age) => ("access_denied", 422, DataErrors),
            SignUpError::Data(_)
            | SignUpError::Schema(_)
            | SignUpError::EncodingUnknown(_)
            | SignUpError::ConfidantIsAnother
            | SignUpError::NotThirdPerson(_)
            | SignUpError::ThirdPersonIsAnother(_)
            | SignUpError::ConsentMissing(_)
            | SignUpError::RelationshipExists => ("invalid_request", 422, DataErrors),
            SignUpError::ConfidantStatus(_)
            | SignUpError::ConfidantWithoutOtp
            | SignUpError::ThirdPersonLimit(_)
            | SignUpError::ConfidantHasConfidant => ("invalid_request", 422, ConfidantUnfit),
            SignUpError::TooManySignUps { retry_at, .. } => (
                "temporarily_unavailable",
                429,
                Problem::TooManyRequests {
                    retry_at: Some(*retry_at),
                },
            ),
            SignUpError::ContentUnreadable => ("invalid_request", 422, SignatureInvalid),
            SignUpError::SignatureInvalid => ("invalid_request", 400, SignatureInvalid),
            SignUpError::SignatureStale
            | SignUpError::SignatureUnauthenticated
            | SignUpError::NonceInvalid => ("invalid_request", 401, SignatureInvalid),
            SignUpError::SignerNotPerson | SignUpError::NameMismatch => {
                ("access_denied", 409, SignerNotPerson)
            }
            SignUpError::CodeInvalid | SignUpError::CodeExpired | SignUpError::CodeAttempts => {
                ("access_denied", 403, NotCompleted)
            }
            SignUpError::CodeTooOften { .. } => ("temporarily_unavailable", 429, NotCompleted),
            SignUpError::SignerUntrusted => ("access_denied", 401, SignatureInvalid),
            SignUpError::SignerIsAnother => ("access_denied", 401, SignerMismatch),
            SignUpError::SignatureUsed => ("access_denied", 409, AlreadyDone),
            SignUpError::ApplicantUserNotFound | SignUpError::ApplicantPersonNotFound => {
                ("access_denied", 404, NotAllowed)
            }
            SignUpError::ApplicantTooYoung | SignUpError::SessionTokenInvalid => {
                ("access_denied", 401, NotAllowed)
            }
            SignUpError::ApplicantUserBlocked | SignUpError::UserBlocked => {
                ("access_denied", 401, Blocked)
            }
            SignUpError::NotUnique | SignUpError::PersonNotFound | SignUpError::PersonTooYoung => {
                ("access_denied", 401, NotCompleted)
            }
            SignUpError::RelationshipNotConfirmed => ("access_denied", 409, NotCompleted),
            SignUpError::Busy | SignUpError::RegistryUnavailable => {
                ("temporarily_unavailable", 503, unavailable)
            }
            SignUpError::Database(_) | SignUpError::Internal(_) => ("server_error", 500, internal),
            SignUpError::OAuth(error) => match error {
                OAuthError::InvalidAccessToken => ("access_denied", 401, NotAllowed),
                OAuthError::MissingScope(_) => ("access_denied", 403, NotAllowed),
                OAuthError::ClientBlocked => ("access_denied", 401, ClientBlocked),
                OAuthError::UserBlocked => ("access_denied", 401, Blocked),
                OAuthError::GrantTypeNotAllowed => ("unauthorized_client", 401, NotCompleted),
                OAuthError::Database(_) => ("temporarily_unavailable", 503, unavailable),
                OAuthError::Inconsistent(_) | OAuthError::Crypto(_) => {
                    ("server_error", 500, internal)
                }
                other => panic!("a sign-up does not meet it: {other}"),
            },
        }
    }

    #[test]
    fn every_error_lands_where_it_belongs() {
        for error in all() {
            let (redirect_code, status, problem) = expected_answer(&error);
            assert_eq!(error.redirect_code(), redirect_code, "{error:?}");
            assert_eq!(error.status(), status, "{error:?}");
            assert_eq!(error.problem(), problem, "{error:?}");
            let page = error.page().into_response();
            let on_page = if status == 401 { 403 } else { status };
            assert_eq!(page.status(), on_page, "{error:?}");
            let is_data = matches!(error, SignUpError::Data(_));
            let text = error.to_string();
            let api = ApiError::from(error);
            assert_eq!(api.status, status);
            if is_data {
                assert_eq!(api.kind, "validation_failed");
                assert_eq!(api.message, text);
                assert_eq!(api.invalid.len(), 1);
            }
        }
    }

    #[test]
    fn every_error_has_a_word_of_its_own() {
        let errors = all();
        let is_oauth = |error: &&SignUpError| matches!(error, SignUpError::OAuth(_));
        let (oauth, own): (Vec<_>, Vec<_>) = errors.iter().partition(is_oauth);
        let words: HashSet<_> = own.iter().map(|error| error.code()).collect();
        assert_eq!(words.len(), own.len());
        assert!(oauth.iter().all(|error| error.code() == "oauth"));
        assert!(own.iter().all(|error| error.code().is_ascii()));
    }

    /// RFC 6749 §4.1.2.1: `%x20-21 / %x23-5B / %x5D-7E`.
    #[test]
    fn descriptions_are_written_in_the_characters_of_oauth() {
        let is_allowed =
            |c| matches!(c, '\u{20}'..='\u{21}' | '\u{23}'..='\u{5B}' | '\u{5D}'..='\u{7E}');
        for error in all() {
            let text = ApiError::from(error).message;
            let description = redirect_description(&text);
            assert!(description.chars().all(is_allowed), "{description}");
            assert_eq!(description.len(), text.len());
        }
        assert_eq!(
            redirect_description(&SignUpError::ConfidantWithoutOtp.to_string()),
            "Confidant person must have active authentication method with type 'OTP' where ended_at is equal to or greater than current date"
        );
        assert_eq!(redirect_description("a\\b\"c\nд\u{7F}"), "a'b'c???");
    }
}
