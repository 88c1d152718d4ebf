//! What can be wrong with a person request. The text of a variant is the exact message of the API.

use axum::http::StatusCode;
use serde_json::json;

use crate::{
    api::ApiError,
    invalid::{Invalid, Rule},
    oauth::{error::OAuthError, store::StoreError},
    outside::files::MediaError,
    person::{rules::BrokenRule, verification::VerificationStatus},
    signed_content::SignedError,
    state::NotVerified,
    verification::InitializeError,
};

/// Why a person request is refused.
#[derive(Debug, thiserror::Error)]
pub(super) enum RequestError {
    #[error(transparent)]
    OAuth(#[from] OAuthError),
    /// There is none of that id; or it expired; or, for who only looks, it is somebody else's.
    #[error("not found")]
    NotFound,
    /// It is another legal entity's.
    #[error("Access denied")]
    Foreign,
    /// The legal entity does not register people (§3.3 row 3).
    #[error("Invalid legal entity type")]
    LegalEntityType,
    /// The user receives no patients there (row 4).
    #[error("Invalid employee type")]
    EmployeeType,
    /// The same of every route but the one that makes requests (authority §9).
    #[error("Invalid legal entity type")]
    NotRegistering,
    /// The user does not work there now, or not with patients (authority §9).
    #[error("Access denied. Employee is not active or of another legal entity.")]
    NotEmployed,
    /// What the schema finds (rows 5 to 7).
    #[error("the body breaks the schema")]
    Schema(Vec<Invalid>),
    /// A rule about the data of any person.
    #[error(transparent)]
    Data(#[from] BrokenRule),
    /// A rule about a list that only requests have: where, and which type is there twice.
    #[error("No duplicate values.")]
    Duplicate { entry: String, kind: String },
    /// No confidant is the first one.
    #[error("Must contain required item.")]
    PrimaryMissing,
    /// Nobody stands for a child (row 9).
    #[error("Confidant person is mandatory for children")]
    ConfidantMissing,
    /// The one at that path is too young (row 10, §6.4 row 4).
    #[error("Incorrect person age for such an action")]
    TooYoung(String),
    /// A confidant whose verification forbids it (§5.9).
    #[error("Person with cumulative verification status {0} can not be submitted as confidant")]
    ConfidantStatus(VerificationStatus),
    /// A confidant whom no code reaches (§5.9).
    #[error(
        "Confidant person must have active authentication method with type \"OTP\" where ended_at is equal to or greater than current date"
    )]
    ConfidantWithoutOtp,
    /// What proves the relationship is not allowed for the age (§5.9).
    #[error("Submitted document type is not allowed")]
    RelationshipDocument(usize),
    /// More than one method of somebody new (§5.1).
    #[error("Must be one and only one authentication method.")]
    Methods,
    /// A child who would confirm by themselves (§6.2).
    #[error("Such person cannot have self authentication method")]
    SelfMethod,
    /// A type of method that the person may not have (§6.2); those they may.
    #[error("value is not allowed in enum")]
    MethodType(&'static [&'static str]),
    /// With a confidant only the method through them (§5.9).
    #[error("Only THIRD_PERSON authentication method can be created for person")]
    NotThirdPerson,
    /// The method is through somebody else than the confidant (§6.4).
    #[error("Confidant person must be submitted as THIRD_PERSON")]
    ThirdPersonIsAnother,
    /// The phone was never proven (§6.3).
    #[error("Unverified phone number")]
    Unverified,
    /// Nobody has that id (§3.6 u2, §6.4 row 2).
    #[error("such person doesn't exist")]
    PersonUnknown(&'static str),
    /// The person to be changed is not in the registry any more (u3, §4.4 row 11).
    #[error("person is not active")]
    PersonInactive,
    /// The person to be changed is gone (§4.4 row 11).
    #[error("person is not found")]
    PersonGone,
    /// u7.
    #[error("such authentication method doesn't exist")]
    MethodUnknown,
    /// u8.
    #[error("such authentication method does not belong to this person")]
    MethodForeign,
    /// u9, u11. The first letter is Cyrillic, as the seed has it.
    #[error("Сannot be confirmed by a method with type= NA. Use a different method.")]
    MethodUndetermined,
    /// u10.
    #[error("Authentication method isn't active")]
    MethodInactive,
    /// A change that a confidant has to confirm (§3.10).
    #[error("Request must be authorized by confidant person")]
    ConfidantMustAuthorize,
    /// §6.4 row 3.
    #[error("third person must be active")]
    ThirdPersonInactive(&'static str),
    /// §6.4 row 5.
    #[error("THIRD PERSON doesn't have active valid authentication methods")]
    ThirdPersonWithoutMethod(&'static str),
    /// §6.4 row 6.
    #[error("THIRD PERSON can't have OFFLINE self auth method type")]
    ThirdPersonOffline(&'static str),
    /// §6.5.
    #[error("This fiduciary person is present more than {0} times in the system")]
    ThirdPersonLimit(u32),
    /// §6.5.
    #[error("Limit of authentication methods with THIRD_PERSON type is exhausted")]
    ThirdPersons,
    /// A child is looked for by the digits of the certificate (§3.9).
    #[error("BIRTH CERTIFICATE should contain digits")]
    CertificateWithoutDigits,
    /// The very same person is registered (§3.9).
    #[error("Such person already exists")]
    Exists,
    /// The request is not where it would have to be (§1.2).
    #[error("Invalid transition")]
    Transition,
    /// Nothing is known that could confirm it (§4.3 row 6).
    #[error("Person can't be authorized with NA authentication method")]
    Undetermined,
    /// §4.3 row 7.
    #[error("required property verification_code was not present")]
    CodeMissing,
    /// §4.3 row 8.
    #[error("Invalid verification code")]
    CodeInvalid,
    /// No code was ever sent, or it is removed already.
    #[error("Verification not found")]
    CodeNotFound,
    #[error("Maximum attempts exceed")]
    CodeAttempts,
    #[error("Verification code expired")]
    CodeExpired,
    /// Copies that are not there (§4.3 row 9).
    #[error("Documents {0} is not uploaded")]
    NotUploaded(String),
    /// §4.6 row 4.
    #[error("Auth method is not OTP")]
    NotOtp,
    /// §4.6 row 5.
    #[error("incorrect status")]
    NotNew,
    /// §4.4 row 6.
    #[error("Incorrect status")]
    NotApproved,
    /// A container that is not base64, or does not hold one JSON object (decisions §1).
    #[error("Invalid signed content.")]
    ContentUnreadable,
    /// A signature that is no signature of this content.
    #[error("Invalid signed content.")]
    SignatureInvalid,
    /// No chain leads to a trusted certificate.
    #[error("Unable to authenticate signer")]
    SignerUntrusted,
    /// §4.4 row 7.
    #[error("Invalid drfo")]
    DrfoMissing,
    /// §4.4 row 8.
    #[error("Does not match the signer drfo")]
    SignerIsAnother,
    /// §4.4 row 9.
    #[error("expected true but got false for attribute patient_signed")]
    NotSignedByPatient,
    /// §4.4 row 10.
    #[error("Signed content does not match the previously created content")]
    ContentDiffers,
    /// No code could be sent.
    #[error(transparent)]
    Code(#[from] InitializeError),
    /// Two requests about one person at the same moment, again and again.
    #[error("Service unavailable.")]
    Busy,
    /// The storage of files does not do its work.
    #[error("Service unavailable.")]
    Storage(#[from] MediaError),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// A row contradicts itself, or stored data could not be read again.
    #[error("internal: {0}")]
    Internal(String),
}

impl From<StoreError> for RequestError {
    fn from(error: StoreError) -> Self {
        Self::OAuth(error.into())
    }
}

impl From<NotVerified> for RequestError {
    fn from(error: NotVerified) -> Self {
        match error {
            NotVerified::Busy => Self::Busy,
            NotVerified::Rejected(rejection) => {
                rejection.log();
                match rejection.error {
                    SignedError::NotBase64 => Self::ContentUnreadable,
                    SignedError::Untrusted(_) => Self::SignerUntrusted,
                    SignedError::Malformed(_)
                    | SignedError::InvalidSignature(_)
                    | SignedError::OutOfTime(_)
                    | SignedError::NotFresh(_) => Self::SignatureInvalid,
                }
            }
        }
    }
}

const METHOD_TYPE: &str = "$.person.authentication_methods.[0].type";
const METHOD_VALUE: &str = "$.person.authentication_methods.[0].value";

impl RequestError {
    /// The member that is to blame; none when it is not one.
    fn entry(&self) -> Option<String> {
        let entry = match self {
            Self::Data(broken) => return Some(broken.entry()),
            Self::Duplicate { entry, .. } | Self::TooYoung(entry) => return Some(entry.clone()),
            Self::RelationshipDocument(at) => {
                return Some(format!(
                    "$.person.confidant_person.documents_relationship.[{at}].type"
                ));
            }
            Self::PersonUnknown(entry)
            | Self::ThirdPersonInactive(entry)
            | Self::ThirdPersonWithoutMethod(entry)
            | Self::ThirdPersonOffline(entry) => entry,
            Self::PrimaryMissing => "$.person.confidant_person.[0].relation_type",
            Self::ConfidantMissing => "$.person.confidant_person",
            Self::ConfidantStatus(_) | Self::ConfidantWithoutOtp => {
                "$.person.confidant_person.person_id"
            }
            Self::Methods | Self::SelfMethod | Self::MethodType(_) | Self::NotThirdPerson => {
                METHOD_TYPE
            }
            Self::ThirdPersonIsAnother | Self::ThirdPersonLimit(_) => METHOD_VALUE,
            Self::ThirdPersons => "$.person.authentication_methods",
            Self::MethodUnknown
            | Self::MethodForeign
            | Self::MethodUndetermined
            | Self::MethodInactive => "$.authorize_with",
            Self::CodeMissing => "$.verification_code",
            Self::NotOtp => "$.authentication_method_current",
            Self::NotNew | Self::NotApproved => "$.status",
            Self::ContentUnreadable => "$.signed_content",
            Self::NotSignedByPatient => "$.patient_signed",
            Self::ContentDiffers => "$.content",
            _ => return None,
        };
        Some(entry.to_owned())
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::NotFound | Self::CodeNotFound => StatusCode::NOT_FOUND,
            Self::Foreign | Self::NotRegistering | Self::NotEmployed => StatusCode::FORBIDDEN,
            Self::SignatureInvalid => StatusCode::BAD_REQUEST,
            Self::SignerUntrusted => StatusCode::UNAUTHORIZED,
            Self::LegalEntityType
            | Self::EmployeeType
            | Self::PersonInactive
            | Self::PersonGone
            | Self::ConfidantMustAuthorize
            | Self::Exists
            | Self::Transition
            | Self::Undetermined
            | Self::NotUploaded(_) => StatusCode::CONFLICT,
            Self::Busy | Self::Storage(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) | Self::Database(_) => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    /// The `type` of an answer that has another one than its status (§3.4, §4.3 row 8).
    fn kind(&self) -> Option<&'static str> {
        match self {
            Self::Unverified => Some("unverified"),
            Self::CodeInvalid | Self::CodeAttempts | Self::CodeExpired => Some("forbidden"),
            _ => None,
        }
    }
}

impl From<RequestError> for ApiError {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::OAuth(error) => error.into(),
            RequestError::Database(error) => error.into(),
            RequestError::Schema(invalid) => Self::validation(invalid),
            RequestError::Code(InitializeError::TooManyRequests { retry_after }) => {
                Self::too_many_requests("too many requests", retry_after)
            }
            RequestError::Code(InitializeError::SmsNotSent) => Self {
                kind: "service_unavailable",
                ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "SMS not sent. Try later")
            },
            RequestError::Code(InitializeError::Database(error)) => error.into(),
            RequestError::Internal(reason) => {
                tracing::error!(reason, "internal error");
                Self::internal()
            }
            RequestError::Storage(error) => {
                tracing::error!(reason = %error, "the storage of files failed");
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "Service unavailable.")
            }
            // The words of the schema, and its form.
            RequestError::MethodType(values) => Self::validation(vec![Invalid::property(
                METHOD_TYPE,
                Rule::with_description(
                    "inclusion",
                    "value is not allowed in enum",
                    json!({ "values": values }),
                ),
            )]),
            RequestError::CodeMissing => Self::validation(vec![Invalid::property(
                "$.verification_code",
                Rule::with_description(
                    "required",
                    "required property %{property} was not present",
                    json!({ "property": "verification_code" }),
                ),
            )]),
            error => {
                let text = error.to_string();
                match error.entry() {
                    Some(entry) => {
                        let answer = Self::field(&entry, "invalid", text);
                        match &error {
                            RequestError::Data(broken) => answer.params(&broken.params()),
                            RequestError::Duplicate { kind, .. } => answer.params(&[kind]),
                            RequestError::PrimaryMissing => answer.params(&["PRIMARY"]),
                            _ => answer,
                        }
                    }
                    None => {
                        let mut answer = Self::new(error.status(), text);
                        if let Some(kind) = error.kind() {
                            answer.kind = kind;
                        }
                        answer
                    }
                }
            }
        }
    }
}
