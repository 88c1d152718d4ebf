//! Applications that send people here, and what each of them may ask for.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    redirect_uri::{Match, RedirectUri},
    scope::Scopes,
};
use crate::secrets::{Hash, Keys, Plain, Purpose};

/// The kind of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[value(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ClientType {
    /// A patient information system.
    Pis,
    /// A patient information system trusted to show its own pages.
    TrustedPis,
    /// A medical information system.
    Mis,
    /// The patient cabinet.
    Cabinet,
}

impl ClientType {
    /// The name in the database and in provisioning files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pis => "PIS",
            Self::TrustedPis => "TRUSTED_PIS",
            Self::Mis => "MIS",
            Self::Cabinet => "CABINET",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Pis, Self::TrustedPis, Self::Mis, Self::Cabinet]
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }
}

impl fmt::Display for ClientType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The scope of login tokens, with which somebody who was identified approves the client that brought them. Nobody grants
/// it: a client that had it could give itself everything (authority §8).
pub const LOGIN_SCOPE: &str = "app:authorize";

/// What a client may do at `/oauth/tokens` unless it was registered with a list of its own.
pub const DEFAULT_GRANT_TYPES: [&str; 3] = ["authorization_code", "refresh_token", "pis_auth"];

/// A client.
#[derive(Debug, Clone)]
pub struct Client {
    /// `client_id`.
    pub id: Uuid,
    /// The name that people see.
    pub name: String,
    /// Its kind.
    pub client_type: ClientType,
    /// The hash of its secret ([`secret_hash`]); none: it cannot authenticate.
    pub secret_hash: Option<Hash>,
    /// Where browsers may be sent back to.
    pub redirect_uris: Vec<RedirectUri>,
    /// How an address is compared with those.
    pub redirect_uri_match: Match,
    /// The scopes that it may ask for.
    pub scopes: Scopes,
    /// The grant types that it may use.
    pub allowed_grant_types: Vec<String>,
    /// Whether it is shut out.
    pub is_blocked: bool,
    /// The legal entity behind it, by name, when it has one.
    pub owner: Option<String>,
}

impl Client {
    /// Whether a browser may be sent to `uri` for this client.
    #[must_use]
    pub fn may_redirect_to(&self, uri: &RedirectUri) -> bool {
        self.redirect_uris
            .iter()
            .any(|registered| uri.matches(registered, self.redirect_uri_match))
    }

    /// Whether the client may ask people for `scope`.
    #[must_use]
    pub fn may_ask_for(&self, scope: &Scopes) -> bool {
        scope.is_within(&self.scopes) && !scope.contains(LOGIN_SCOPE)
    }

    /// Whether the client may use `grant_type`.
    #[must_use]
    pub fn may_use(&self, grant_type: &str) -> bool {
        self.allowed_grant_types
            .iter()
            .any(|allowed| allowed == grant_type)
    }

    /// Whether `secret` is the client's, in a time that does not tell how nearly.
    #[must_use]
    pub fn has_secret(&self, keys: &Keys, secret: &str) -> bool {
        let given = secret_hash(keys, self.id, secret);
        match (&self.secret_hash, given) {
            (Some(known), Some(given)) => known.same(&given),
            _ => false,
        }
    }
}

/// What is stored of a client's secret: an HMAC under a key of this installation, so that a stolen database alone
/// does not allow guessing a weak one. None when OpenSSL fails.
#[must_use]
pub fn secret_hash(keys: &Keys, client_id: Uuid, secret: &str) -> Option<Hash> {
    keys.mac(
        Purpose::ClientSecret,
        &[client_id.as_bytes(), secret.as_bytes()],
    )
    .ok()
    .map(|mac| Hash::of(&mac))
}

/// What is stored of an api key. It is found by its hash, so the hash has no salt; keys made here have 256 random bits.
#[must_use]
pub fn api_key_hash(api_key: &Plain) -> Hash {
    api_key.hash()
}
