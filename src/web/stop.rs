//! Why a page's handler ends before its own page.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};

use super::{
    error::{Fields, PageError},
    page::see_other,
};
use crate::paths;

/// Another answer is right, or there is none but an error page. The error of every page handler, so that `?` leaves it.
#[derive(Debug)]
pub enum Stop {
    /// This answer, which is complete.
    Go(Box<Response>),
    /// An error page.
    No(PageError),
}

impl Stop {
    /// 303 to another page of ours.
    #[must_use]
    pub fn at(address: &str) -> Self {
        Self::Go(Box::new(see_other(address)))
    }

    /// 302 to the client, as the protocol of a redirect wants it.
    #[must_use]
    pub fn at_client(address: String) -> Self {
        Self::Go(Box::new(match HeaderValue::try_from(address) {
            Ok(location) => (StatusCode::FOUND, [(header::LOCATION, location)]).into_response(),
            Err(_) => Redirect::to(paths::HOME).into_response(),
        }))
    }

    /// The same with what the browser came with: the other language of an error page is had by sending it again.
    #[must_use]
    pub fn entry(self, fields: Option<Fields>) -> Self {
        match self {
            Self::No(error) => Self::No(error.entry(fields)),
            go @ Self::Go(_) => go,
        }
    }
}

impl IntoResponse for Stop {
    fn into_response(self) -> Response {
        match self {
            Self::Go(answer) => *answer,
            Self::No(error) => error.into_response(),
        }
    }
}

impl From<PageError> for Stop {
    fn from(error: PageError) -> Self {
        Self::No(error)
    }
}

impl From<sqlx::Error> for Stop {
    fn from(error: sqlx::Error) -> Self {
        Self::No(error.into())
    }
}
