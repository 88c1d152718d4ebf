//! The way back to a client whose address was found good.

use axum::http::StatusCode;

use super::{flow::return_address, parameters::description};
use crate::{
    oauth::{client::Client, error::redirect_description, redirect_uri::RedirectUri},
    web::{
        error::PageError,
        error_page::{BadLink, Problem, ReturnLink},
    },
};

/// A client, where the browser returns to, and what the client wants back.
#[derive(Debug, Clone, Copy)]
pub struct Back<'a> {
    /// The client.
    pub client: &'a Client,
    /// Where the browser returns to.
    pub redirect_uri: &'a RedirectUri,
    /// `state`.
    pub state: Option<&'a str>,
}

impl Back<'_> {
    /// The client's address with the error `code`.
    #[must_use]
    pub fn error_address(&self, code: &str, description: &str) -> String {
        let description = redirect_description(description);
        let parameters = [("error", code), ("error_description", &*description)];
        return_address(self.redirect_uri, self.state, &parameters)
    }

    /// The address of a wrong parameter (sign-up §2.3 rows 6–9).
    #[must_use]
    pub fn bad_link_address(&self, link: BadLink) -> String {
        let code = match link {
            BadLink::ScopeMissing | BadLink::ScopeNotAllowed => "invalid_scope",
            _ => "invalid_request",
        };
        self.error_address(code, description(link))
    }

    /// The link of an error page to `address` of the client.
    #[must_use]
    pub fn link_to(&self, address: String) -> ReturnLink {
        ReturnLink {
            client: self.client.name.clone(),
            href: address,
        }
    }

    /// `page` with the way back, on which the client learns `code` and why.
    #[must_use]
    pub fn link_on(&self, page: PageError, code: &str, description: &str) -> PageError {
        page.return_to(&self.client.name, self.error_address(code, description))
    }

    /// The error page of somebody who is not let in, with the way back.
    #[must_use]
    pub fn deny(
        &self,
        status: StatusCode,
        problem: Problem,
        code: &'static str,
        why: &str,
    ) -> PageError {
        self.link_on(PageError::new(status, problem, code), "access_denied", why)
    }

    /// `page` with the way back, of which the client learns nothing: nothing went wrong.
    #[must_use]
    pub fn without_error(&self, page: PageError) -> PageError {
        page.return_to(&self.client.name, self.redirect_uri.as_str())
    }
}
