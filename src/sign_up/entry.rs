//! What a browser was sent here for.

use axum::{extract::FromRequestParts, http::request::Parts};

use crate::{
    details::SignUpKind, journey::parameters::Needs, paths, state::App, web::error::PageError,
};

/// What a browser was sent here for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// A confidant registers a patient.
    ConfidantSignUp,
    /// A person registers themselves.
    SignUp,
    /// A patient signs in.
    SignIn,
    /// A confidant signs in for a patient.
    ConfidantSignIn,
}

impl Entry {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::ConfidantSignUp,
        Self::SignUp,
        Self::SignIn,
        Self::ConfidantSignIn,
    ];

    /// Its address.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::ConfidantSignUp => paths::CONFIDANT_SIGN_UP,
            Self::SignUp => paths::SIGN_UP,
            Self::SignIn => paths::SIGN_IN,
            Self::ConfidantSignIn => paths::CONFIDANT_SIGN_IN,
        }
    }

    /// What comes with it beside what every client tells: a confidant's sign-up has their access token (§2.2).
    #[must_use]
    pub fn needs(self) -> Needs {
        Needs {
            user_data: true,
            token: self == Self::ConfidantSignUp,
        }
    }

    /// Whether an error goes to the client whatever the settings say (§1.6).
    #[must_use]
    pub fn is_sign_in(self) -> bool {
        matches!(self, Self::SignIn | Self::ConfidantSignIn)
    }

    /// Whose data are registered, where somebody is.
    #[must_use]
    pub fn kind(self) -> SignUpKind {
        match self {
            Self::SignUp | Self::SignIn => SignUpKind::Own,
            Self::ConfidantSignUp | Self::ConfidantSignIn => SignUpKind::Confidant,
        }
    }
}

/// The entry whose address was asked for.
impl FromRequestParts<App> for Entry {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, PageError> {
        Self::ALL
            .into_iter()
            .find(|entry| entry.path() == parts.uri.path())
            .ok_or_else(|| PageError::of_status(axum::http::StatusCode::NOT_FOUND))
    }
}
