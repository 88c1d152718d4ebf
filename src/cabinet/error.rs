//! What can be wrong with a registration in the cabinet, with the exact message for the client application.

use std::borrow::Cow;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::password::{NotHashed, PasswordWeakness};
use crate::{
    api::{ApiError, error::VALIDATION_FAILED},
    db::Inconsistent,
    invalid::{Invalid, Rule},
    person::rules::BrokenRule,
};

/// Why a registration is refused (cabinet §3.8).
#[derive(Debug, thiserror::Error)]
pub enum CabinetError {
    /// No JWT, or none of ours for this.
    #[error("JWT is invalid")]
    JwtInvalid,
    /// Its time is over.
    #[error("JWT expired")]
    JwtExpired,
    /// It stands for no proof of identity.
    #[error("invalid JWT claim")]
    JwtClaim,
    /// The proof of identity is gone, over or used.
    #[error("User request is expired or not found")]
    RequestGone,
    /// Too many calls with one proof of identity.
    #[error("too many requests")]
    TooOften {
        /// Seconds after which there may be another.
        retry_after: u64,
    },
    /// The form of the body.
    #[error("the form of the body")]
    Schema(Vec<Invalid>),
    /// The password by itself.
    #[error("the password is weak")]
    Weak(Vec<PasswordWeakness>),
    /// The password was used before.
    #[error("This password has been used recently. Try another one")]
    PasswordUsed,
    /// The way of authentication is not one code by SMS.
    #[error("Authentication method of type OTP is required")]
    NotOtp,
    /// The consent is not given.
    #[error("expected true but got false for attribute process_disclosure_data_consent")]
    ConsentMissing,
    /// A rule that the data break.
    #[error(transparent)]
    Data(#[from] BrokenRule),
    /// Another person's tax number.
    #[error("Registration person and person that sign should be the same")]
    AnotherPerson,
    /// Another last name.
    #[error("Input last_name doesn't match name from id.gov.ua")]
    LastName,
    /// Another first name.
    #[error("Input first_name doesn't match name from id.gov.ua")]
    FirstName,
    /// No e-mail address in any place.
    #[error("required property email was not present")]
    EmailMissing,
    /// Another e-mail address.
    #[error("Email does not match data from id.gov.ua")]
    AnotherEmail,
    /// Too young to act for oneself.
    #[error("Incorrect person age for such an action.")]
    Age,
    /// The account is shut out.
    #[error("User blocked")]
    UserBlocked,
    /// There is an account for this tax number.
    #[error("User with this tax_id already exists")]
    TaxIdExists,
    /// The address belongs to another account.
    #[error("User with this email already exists")]
    EmailExists,
    /// Several persons could be meant.
    #[error("It is impossible to uniquely identify the person.")]
    NotUnique,
    /// The person is dead.
    #[error("Person is not active")]
    PersonNotActive,
    /// Too many people are reached by this phone.
    #[error("This phone number is present more than {0} times in the system")]
    PhoneLimit(u32),
    /// The code was not accepted.
    #[error("Invalid verification code")]
    Code(NotProven),
    /// No password can be worked out now.
    #[error("too many passwords wait")]
    Busy,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// A row contradicts itself.
    #[error(transparent)]
    Inconsistent(#[from] Inconsistent),
    /// Something else failed on our side.
    #[error("{0}")]
    Internal(&'static str),
}

/// Why a phone is not proven. To a program it is all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotProven {
    /// Another code; so many attempts are left.
    Wrong {
        /// Attempts left.
        left: u32,
    },
    /// The right code, too late.
    Expired,
    /// Too many wrong codes.
    TooMany,
    /// The code was used, or there is another one, or none.
    Gone,
    /// Codes of this number are tried too often.
    TooOften {
        /// Seconds to wait.
        retry_after: u64,
    },
}

impl CabinetError {
    /// The word for the log and the support.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::JwtInvalid => "jwt_invalid",
            Self::JwtExpired => "jwt_expired",
            Self::JwtClaim => "jwt_claim",
            Self::RequestGone => "user_request_gone",
            Self::TooOften { .. } => "too_often",
            Self::Schema(_) => "schema",
            Self::Weak(_) => "password_weak",
            Self::PasswordUsed => "password_used",
            Self::NotOtp => "not_otp",
            Self::ConsentMissing => "consent_missing",
            Self::Data(broken) => broken.code(),
            Self::AnotherPerson => "another_person",
            Self::LastName => "last_name",
            Self::FirstName => "first_name",
            Self::EmailMissing => "email_missing",
            Self::AnotherEmail => "another_email",
            Self::Age => "age",
            Self::UserBlocked => "user_blocked",
            Self::TaxIdExists => "tax_id_exists",
            Self::EmailExists => "email_exists",
            Self::NotUnique => "not_unique",
            Self::PersonNotActive => "person_not_active",
            Self::PhoneLimit(_) => "phone_limit",
            Self::Code(_) => "code",
            Self::Busy => "busy",
            Self::Database(_) => "database",
            Self::Inconsistent(_) | Self::Internal(_) => "internal",
        }
    }

    /// Whether the data are not those of the provider (cabinet §3.6 rows 8 to 10): kept for the audit.
    #[must_use]
    pub fn is_about_identity(&self) -> bool {
        matches!(self, Self::AnotherPerson | Self::LastName | Self::FirstName)
    }
}

impl From<NotHashed> for CabinetError {
    fn from(error: NotHashed) -> Self {
        match error {
            NotHashed::Busy => Self::Busy,
            NotHashed::Failed => Self::Internal("a password could not be hashed"),
        }
    }
}

/// The items of `invalid` for a weak password (cabinet §3.4).
fn weak(found: &[PasswordWeakness]) -> Vec<Invalid> {
    let rule = |weak: &PasswordWeakness| {
        let (rule, params) = match weak {
            PasswordWeakness::Short { min } => ("length", json!({ "min": min })),
            PasswordWeakness::Long { max } => ("length", json!({ "max": max })),
            PasswordWeakness::Simple => ("format", json!([])),
        };
        Rule {
            params,
            ..Rule::business(rule, &weak.to_string())
        }
    };
    found
        .iter()
        .map(|weak| Invalid::property("$.password", rule(weak)))
        .collect()
}

/// One text is the message too, several have the standard one (decisions §3).
fn together(invalid: Vec<Invalid>) -> ApiError {
    let text = match invalid.as_slice() {
        [one] => one.rules.first().and_then(|rule| rule.description.clone()),
        _ => None,
    };
    ApiError {
        message: text.map_or(Cow::Borrowed(VALIDATION_FAILED), Cow::Owned),
        ..ApiError::validation(invalid)
    }
}

/// The rule of a member that is missing.
pub(super) fn missing(property: &str) -> Rule {
    Rule::with_description(
        "required",
        "required property %{property} was not present",
        json!({ "property": property }),
    )
}

/// A rule of the registry, at the place that the cabinet's body has for it.
fn rule_error(broken: &BrokenRule) -> ApiError {
    let entry = broken.entry().replacen("$.person", "$.patient", 1);
    let text = match broken {
        BrokenRule::UnzrOfAnotherDay => "Birthdate or unzr is not correct".to_owned(),
        broken => broken.to_string(),
    };
    ApiError::field(&entry, "invalid", text).params(&broken.params())
}

impl From<CabinetError> for ApiError {
    fn from(error: CabinetError) -> Self {
        let message = error.to_string();
        let status = match &error {
            CabinetError::JwtInvalid
            | CabinetError::JwtExpired
            | CabinetError::JwtClaim
            | CabinetError::Age
            | CabinetError::UserBlocked => StatusCode::UNAUTHORIZED,
            _ => StatusCode::CONFLICT,
        };
        let of_kind = |kind| Self {
            kind,
            ..Self::new(status, message.clone())
        };
        match error {
            CabinetError::JwtExpired => of_kind("jwt_expired"),
            CabinetError::TaxIdExists => of_kind("tax_id_exists"),
            CabinetError::EmailExists => of_kind("email_exists"),
            CabinetError::TooOften { retry_after } => {
                Self::too_many_requests("too many requests", retry_after)
            }
            CabinetError::Code(NotProven::TooOften { retry_after }) => {
                Self::too_many_requests("too many requests", retry_after)
            }
            CabinetError::Schema(invalid) => Self::validation(invalid),
            CabinetError::Weak(found) => together(weak(&found)),
            CabinetError::PasswordUsed => Self::field("$.password", "password_used", message),
            CabinetError::NotOtp | CabinetError::PhoneLimit(_) => {
                Self::field("$.patient.authentication_methods", "invalid", message)
            }
            CabinetError::ConsentMissing => Self::field(
                "$.patient.process_disclosure_data_consent",
                "invalid",
                message,
            ),
            CabinetError::Data(rule) => rule_error(&rule),
            CabinetError::EmailMissing => {
                Self::validation(vec![Invalid::property("$.patient.email", missing("email"))])
            }
            CabinetError::Code(_) => Self::field("$.otp", "invalid", message),
            CabinetError::Busy => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "Service unavailable.")
            }
            CabinetError::Database(error) => error.into(),
            CabinetError::Inconsistent(_) | CabinetError::Internal(_) => {
                tracing::error!(reason = message, "internal error");
                Self::internal()
            }
            CabinetError::JwtInvalid
            | CabinetError::JwtClaim
            | CabinetError::RequestGone
            | CabinetError::AnotherPerson
            | CabinetError::LastName
            | CabinetError::FirstName
            | CabinetError::AnotherEmail
            | CabinetError::Age
            | CabinetError::UserBlocked
            | CabinetError::NotUnique
            | CabinetError::PersonNotActive => Self::new(status, message),
        }
    }
}

/// A code that is no code at all: neither an unsigned number nor digits.
pub(super) fn not_a_code() -> Invalid {
    let rule = Rule {
        params: Value::Array(Vec::new()),
        ..Rule::business("cast", "is invalid")
    };
    Invalid::property("$.otp", rule)
}
