//! What can be wrong with an OAuth request, with the exact message for the client application.

use axum::http::StatusCode;

use crate::{api::ApiError, db::is_outage};

/// Why an OAuth request is refused.
#[derive(Debug, thiserror::Error)]
pub enum OAuthError {
    /// No bearer token, an unknown one, or one out of its time.
    #[error("Invalid access token")]
    InvalidAccessToken,
    /// The token lacks a scope.
    #[error("Your scope does not allow to access this resource. Missing allowances: {0}")]
    MissingScope(&'static str),
    /// No header `api-key`.
    #[error("API-KEY header required")]
    ApiKeyRequired,
    /// An unknown key, or one of a blocked client.
    #[error("Invalid API-KEY")]
    InvalidApiKey,
    /// A member of a nonce request is missing.
    #[error("can't be blank")]
    Blank(&'static str),
    /// A trusted client asks for a nonce without its secret.
    #[error("required property client_secret was not present")]
    SecretRequired,
    /// A nonce for a client that does not exist.
    #[error("Client is not found.")]
    ClientNotFound,
    /// The client is shut out.
    #[error("Client is blocked")]
    ClientBlocked,
    /// The client or its secret is wrong.
    #[error("Invalid client id or secret.")]
    InvalidClient,
    /// Members of an authorization request are missing.
    #[error("Request must include at least client_id, redirect_uri and scopes parameters.")]
    AuthorizeIncomplete,
    /// An authorization for a client that does not exist.
    #[error("Client not found")]
    AuthorizeClientNotFound,
    /// The token's user is gone.
    #[error("User not found")]
    UserNotFound,
    /// The token's user is shut out.
    #[error("User is blocked.")]
    UserBlocked,
    /// The address is not the registered one; `exchange`: not the one of the code.
    #[error("The redirection URI provided does not match a pre-registered value.")]
    RedirectMismatch {
        /// Whether a code was being exchanged.
        exchange: bool,
    },
    /// The client may not ask for a scope.
    #[error("Scope is not allowed by client type.")]
    ScopeNotAllowed,
    /// A scope that only staff of the client can use, asked of somebody who does not work there.
    #[error("User requested scope that is not allowed by role based access policies.")]
    ScopeNotOfRole,
    /// No scope at all.
    #[error("Requested scope is empty. Scope not passed or user has no roles or global roles.")]
    ScopeEmpty,
    /// No grant type.
    #[error("Request must include grant_type.")]
    GrantTypeMissing,
    /// No grant type, where somebody signs in.
    #[error("Request must include grant_type.")]
    GrantTypeRequired,
    /// A sign-in for a client that does not exist.
    #[error("Invalid client id.")]
    LoginClientUnknown,
    /// No such approval, or it is somebody else's.
    #[error("Approval not found")]
    ApprovalNotFound,
    /// The token's user cannot be asked.
    #[error("Unauthorized")]
    Unauthorized,
    /// A grant type that this endpoint does not know.
    #[error("Grant type not allowed.")]
    GrantTypeUnknown,
    /// A grant type that the client may not use.
    #[error("Client is not allowed to issue login token.")]
    GrantTypeNotAllowed,
    /// Members of an exchange are missing.
    #[error(
        "Request must include at least client_id, client_secret, code, scopes and redirect_uri parameters."
    )]
    ExchangeIncomplete,
    /// Members of a refresh are missing.
    #[error("Request must include at least client_id, client_secret and refresh_token parameters.")]
    RefreshIncomplete,
    /// No such code or refresh token.
    #[error("Token not found.")]
    TokenNotFound,
    /// It belongs to another client.
    #[error("Token not found or expired.")]
    TokenOfAnotherClient,
    /// Its time is over.
    #[error("Token expired.")]
    TokenExpired,
    /// The code was exchanged before.
    #[error("Token has already been used.")]
    TokenUsed,
    /// The person took the access back.
    #[error("Resource owner revoked access for the client.")]
    AccessRevoked,
    /// The applicant no longer stands for the person.
    #[error("Relationship not confirmed")]
    RelationshipNotConfirmed,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// A row contradicts itself.
    #[error(transparent)]
    Inconsistent(#[from] crate::db::Inconsistent),
    /// OpenSSL failed.
    #[error("cryptography failed: {0}")]
    Crypto(String),
}

impl OAuthError {
    /// The HTTP status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::InvalidAccessToken
            | Self::ApiKeyRequired
            | Self::InvalidApiKey
            | Self::ClientBlocked
            | Self::InvalidClient
            | Self::UserBlocked
            | Self::Unauthorized
            | Self::GrantTypeUnknown
            | Self::GrantTypeNotAllowed
            | Self::TokenNotFound
            | Self::TokenOfAnotherClient
            | Self::TokenExpired
            | Self::TokenUsed
            | Self::AccessRevoked
            | Self::RedirectMismatch { exchange: true } => StatusCode::UNAUTHORIZED,
            Self::MissingScope(_) => StatusCode::FORBIDDEN,
            Self::ClientNotFound | Self::ApprovalNotFound => StatusCode::NOT_FOUND,
            Self::RelationshipNotConfirmed => StatusCode::CONFLICT,
            Self::AuthorizeIncomplete
            | Self::GrantTypeMissing
            | Self::ExchangeIncomplete
            | Self::RefreshIncomplete => StatusCode::BAD_REQUEST,
            Self::Blank(_)
            | Self::SecretRequired
            | Self::GrantTypeRequired
            | Self::LoginClientUnknown
            | Self::AuthorizeClientNotFound
            | Self::UserNotFound
            | Self::RedirectMismatch { exchange: false }
            | Self::ScopeNotAllowed
            | Self::ScopeNotOfRole
            | Self::ScopeEmpty => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Database(_) | Self::Inconsistent(_) | Self::Crypto(_) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }
}

impl OAuthError {
    /// The code of an error redirect (§2.6, RFC 6749 §4.1.2.1).
    #[must_use]
    pub fn redirect_code(&self) -> &'static str {
        match self {
            Self::ScopeNotAllowed | Self::ScopeNotOfRole | Self::ScopeEmpty => "invalid_scope",
            Self::GrantTypeNotAllowed => "unauthorized_client",
            Self::Database(error) if is_outage(error) => "temporarily_unavailable",
            _ => redirect_code_of(self.status()),
        }
    }
}

/// The code of an error redirect for an error of this status, where there is none of its own.
#[must_use]
pub fn redirect_code_of(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 | 422 => "invalid_request",
        401 | 403 | 404 | 409 => "access_denied",
        429 | 503 => "temporarily_unavailable",
        _ => "server_error",
    }
}

/// `message` as an `error_description`, which may hold printable ASCII without `"` and `\` (RFC 6749 §4.1.2.1).
#[must_use]
pub fn redirect_description(message: &str) -> String {
    let character = |c| match c {
        '"' | '\\' => '\'',
        ' '..='~' => c,
        _ => '?',
    };
    message.chars().map(character).collect()
}

impl From<OAuthError> for ApiError {
    fn from(error: OAuthError) -> Self {
        match error {
            OAuthError::Database(error) => error.into(),
            OAuthError::Inconsistent(_) | OAuthError::Crypto(_) => {
                tracing::error!(reason = %error, "internal error");
                Self::internal()
            }
            OAuthError::Blank(member) => {
                Self::field(&format!("$.{member}"), "required", error.to_string())
            }
            OAuthError::SecretRequired => {
                Self::field("$.client_secret", "required", error.to_string())
            }
            error => Self::new(error.status(), error.to_string()),
        }
    }
}
