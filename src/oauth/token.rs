//! Tokens and codes: opaque values of 256 random bits of which only the hash is kept.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::scope::Scopes;
use crate::secrets::Plain;

/// The kind of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenName {
    /// What a client shows with each request.
    Access,
    /// What a client gets new access tokens for.
    Refresh,
    /// What a browser carries to the client, to be exchanged once.
    Code,
}

impl TokenName {
    /// The name in the database and in answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access_token",
            Self::Refresh => "refresh_token",
            Self::Code => "authorization_code",
        }
    }
}

/// On whose behalf a token acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject {
    /// The user whose data it opens.
    pub user_id: Uuid,
    /// The confidant who acts for them; none when they act themselves.
    pub applicant: Option<Applicant>,
}

impl Subject {
    /// The user who acts: the confidant, or the user themselves.
    #[must_use]
    pub fn actor_user_id(&self) -> Uuid {
        self.applicant
            .map_or(self.user_id, |applicant| applicant.user_id)
    }
}

/// A confidant who acts for somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applicant {
    /// Their user.
    pub user_id: Uuid,
    /// Their person.
    pub person_id: Uuid,
}

/// A token as it is stored, without its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub id: Uuid,
    /// Its kind.
    pub name: TokenName,
    /// On whose behalf it acts.
    pub subject: Subject,
    /// The client it was given to.
    pub client_id: Uuid,
    /// The approval it rests on; none for tokens of the pages themselves and of the operator.
    pub approval_id: Option<Uuid>,
    /// The code that gave it, or the refresh token that gave it.
    pub parent_id: Option<Uuid>,
    /// What it allows.
    pub scope: Scopes,
    /// How it was obtained.
    pub grant_type: String,
    /// Where its code went.
    pub redirect_uri: Option<String>,
    /// The end of its life.
    pub expires_at: DateTime<Utc>,
    /// When it was exchanged; only codes are.
    pub used_at: Option<DateTime<Utc>>,
}

impl Token {
    /// Whether it is good at `now`.
    #[must_use]
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        now < self.expires_at
    }
}

/// The object `Access_Token` of an answer: the token with its value, shown this once.
#[must_use]
pub fn answer(
    token: &Token,
    value: &Plain,
    refresh_token: Option<&Plain>,
    person_id: Option<Uuid>,
) -> Value {
    let mut details = Map::new();
    let mut add = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            details.insert(name.to_owned(), value);
        }
    };
    add("app_id", token.approval_id.map(|id| json!(id)));
    add(
        "applicant_user_id",
        token
            .subject
            .applicant
            .map(|applicant| json!(applicant.user_id)),
    );
    add(
        "applicant_person_id",
        token
            .subject
            .applicant
            .map(|applicant| json!(applicant.person_id)),
    );
    add("scope", Some(json!(token.scope.to_string())));
    add(
        "refresh_token",
        refresh_token.map(|value| json!(value.expose())),
    );
    add(
        "redirect_uri",
        token.redirect_uri.as_ref().map(|uri| json!(uri)),
    );
    add("grant_type", Some(json!(token.grant_type)));
    add("client_id", Some(json!(token.client_id)));
    let mut user = Map::new();
    if let Some(person_id) = person_id {
        user.insert("person_id".to_owned(), json!(person_id));
    }
    json!({
        "id": token.id,
        "name": token.name.as_str(),
        "value": value.expose(),
        "user_id": token.subject.user_id,
        "user": user,
        "expires_at": token.expires_at.timestamp(),
        "details": details,
    })
}
