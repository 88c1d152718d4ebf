//! What somebody signed about themselves, checked and ready to be registered.

use std::sync::Arc;

use serde_json::Value;

use super::error::SignUpError;
use crate::{
    oauth::{
        jwt::{Claims, Nonce, SessionToken},
        store as oauth_store,
    },
    person::registration::{Content, Person},
    signed_content::Signed,
    state::App,
};

/// Content whose signature, signer and form are good.
pub(super) struct CheckedOwnContent {
    pub signed: Signed,
    pub drfo: String,
    pub json: Value,
}

/// Content that passed every check of §5.3.
pub(super) struct ValidOwnContent {
    pub(super) checked: CheckedOwnContent,
    pub(super) content: Content,
    pub(super) nonce: Claims<Nonce>,
    pub(super) is_known: bool,
}

/// The phone that a code goes to: that of the one method.
#[must_use]
pub fn phone_number(content: &Content) -> Option<&str> {
    phone_number_of(&content.person)
}

/// The same of a person.
#[must_use]
pub fn phone_number_of(person: &Person) -> Option<&str> {
    let methods = &person.authentication_methods;
    methods
        .iter()
        .find_map(|method| method.phone_number.as_deref())
}

/// A registration that only waits for its transaction.
pub struct PreparedOwnRegistration {
    pub(super) checked: CheckedOwnContent,
    /// What was signed, by its members.
    pub content: Content,
    /// MD5 of the text: what a code is bound to.
    pub content_hash: String,
    pub(super) session: Option<Claims<SessionToken>>,
    pub(super) nonce: Option<Claims<Nonce>>,
    pub(super) text: Arc<str>,
}

impl PreparedOwnRegistration {
    /// The client that the sign-up came from, as its session token says.
    #[must_use]
    pub fn client_id(&self) -> Option<uuid::Uuid> {
        self.session.as_ref()?.more.client_id
    }
}

impl PreparedOwnRegistration {
    /// Makes sure that the session token was not used up: a client that tries again after a lost answer must not be told of
    /// its user's code, which was used with it (authority §12).
    ///
    /// # Errors
    /// 401 `Unauthorized`.
    pub(super) async fn check_unused(&self, app: &App) -> Result<(), SignUpError> {
        let Some(session) = &self.session else {
            return Ok(());
        };
        let mut held = app.db.read().await?;
        if oauth_store::jwt_is_used(held.link(), session.jti).await? {
            return Err(SignUpError::SessionTokenInvalid);
        }
        Ok(())
    }
}
