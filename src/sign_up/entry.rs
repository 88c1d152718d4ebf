//! The parameters with which a client sends a browser here, and the order in which they are checked (§2.2, §2.3).

use axum::{extract::FromRequestParts, http::request::Parts};
use url::form_urlencoded;

use crate::{
    details::Kind,
    limits,
    oauth::{client::Client, redirect_uri::RedirectUri, scope::Scopes},
    paths,
    state::App,
    web::{error::PageError, error_page::BadLink},
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

    /// Whether the confidant's access token comes with it (§2.2).
    #[must_use]
    pub fn has_token(self) -> bool {
        self == Self::ConfidantSignUp
    }

    /// Whether an error goes to the client whatever the settings say (§1.6).
    #[must_use]
    pub fn is_sign_in(self) -> bool {
        matches!(self, Self::SignIn | Self::ConfidantSignIn)
    }

    /// Whose data are registered, where somebody is.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self {
            Self::SignUp | Self::SignIn => Kind::Own,
            Self::ConfidantSignUp | Self::ConfidantSignIn => Kind::Confidant,
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

/// A parameter as it was given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Given {
    /// Not at all, or empty.
    #[default]
    Absent,
    /// Once.
    Once(String),
    /// More than once: nobody can say which was meant.
    Repeatedly,
}

/// The parameters of an entry.
#[derive(Default)]
pub struct Parameters {
    /// The client.
    pub client_id: Given,
    /// Where the browser returns to.
    pub redirect_uri: Given,
    /// What the client asks for.
    pub scope: Given,
    /// What was signed.
    pub user_data: Given,
    /// The confidant's access token.
    pub token: Given,
    /// What the client wants back.
    pub state: Given,
}

impl Parameters {
    /// Reads a query or a form body.
    #[must_use]
    pub fn read(encoded: &[u8]) -> Self {
        let mut all = Self::default();
        for (name, value) in form_urlencoded::parse(encoded) {
            let given = match &*name {
                "client_id" => &mut all.client_id,
                "redirect_uri" => &mut all.redirect_uri,
                "scope" => &mut all.scope,
                "user_data" => &mut all.user_data,
                "token" => &mut all.token,
                "state" => &mut all.state,
                _ => continue,
            };
            *given = match given {
                Given::Absent if value.is_empty() => Given::Absent,
                Given::Absent => Given::Once(value.into_owned()),
                Given::Once(_) | Given::Repeatedly => Given::Repeatedly,
            };
        }
        all
    }

    /// The parameters as a form that sends them again; none where one is doubtful, or where they are longer than a page
    /// should carry.
    #[must_use]
    pub fn fields(&self) -> Option<Vec<(&'static str, String)>> {
        let all = [
            ("client_id", &self.client_id),
            ("redirect_uri", &self.redirect_uri),
            ("scope", &self.scope),
            ("user_data", &self.user_data),
            ("token", &self.token),
            ("state", &self.state),
        ];
        let mut fields = Vec::new();
        for (name, given) in all {
            match given {
                Given::Absent => {}
                Given::Once(value) => fields.push((name, value.clone())),
                Given::Repeatedly => return None,
            }
        }
        let length: usize = fields.iter().map(|(_, value)| value.len()).sum();
        (length <= limits::REPEATED_ENTRY).then_some(fields)
    }

    /// The two that decide whether the browser may ever be sent back (rows 1, 2).
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn destination(&self) -> Result<(&str, &str), BadLink> {
        let client_id = once(&self.client_id, BadLink::ClientIdMissing)?;
        let redirect_uri = once(&self.redirect_uri, BadLink::RedirectUriMissing)?;
        Ok((client_id, redirect_uri))
    }

    /// `state`: returned as it came, so nothing is asked of it but its length, and that it can be stored: PostgreSQL keeps
    /// no U+0000.
    ///
    /// # Errors
    /// When it is given twice, is longer than a client needs, or holds U+0000.
    pub fn state(&self) -> Result<Option<&str>, BadLink> {
        match &self.state {
            Given::Absent => Ok(None),
            Given::Once(state) if state.len() <= limits::PARAMETER && !state.contains('\0') => {
                Ok(Some(state))
            }
            Given::Once(_) | Given::Repeatedly => Err(BadLink::Malformed),
        }
    }

    /// The scopes (rows 6, 7), once the client is known.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn scopes(&self, client: &Client) -> Result<Scopes, BadLink> {
        let scope = once(&self.scope, BadLink::ScopeMissing)?;
        let scope = Scopes::parse(scope)
            .filter(|_| scope.len() <= limits::PARAMETER)
            .ok_or(BadLink::ScopeNotAllowed)?;
        if scope.is_empty() {
            return Err(BadLink::ScopeMissing);
        }
        if !client.may_ask_for(&scope) {
            return Err(BadLink::ScopeNotAllowed);
        }
        Ok(scope)
    }

    /// The rest (rows 6–9), once the client is known.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn request(&self, entry: Entry, client: &Client) -> Result<Request<'_>, BadLink> {
        let scope = self.scopes(client)?;
        let user_data = once(&self.user_data, BadLink::UserDataMissing)?;
        let token = if entry.has_token() {
            once(&self.token, BadLink::TokenMissing)?
        } else {
            ""
        };
        Ok(Request {
            scope,
            user_data,
            token,
        })
    }
}

fn once(given: &Given, missing: BadLink) -> Result<&str, BadLink> {
    match given {
        Given::Once(value) if !value.trim().is_empty() => Ok(value),
        Given::Once(_) | Given::Absent => Err(missing),
        Given::Repeatedly => Err(BadLink::Malformed),
    }
}

/// What a client asks for.
#[derive(Debug)]
pub struct Request<'a> {
    /// The scopes.
    pub scope: Scopes,
    /// What was signed.
    pub user_data: &'a str,
    /// The confidant's access token; empty where none is asked for.
    pub token: &'a str,
}

/// The English words of a refused parameter, for an error redirect.
#[must_use]
pub fn description(link: BadLink) -> &'static str {
    match link {
        BadLink::ScopeMissing => "scope missing",
        BadLink::ScopeNotAllowed => "Scope is not allowed by client type.",
        BadLink::UserDataMissing => "user_data missing",
        BadLink::TokenMissing => "token missing",
        BadLink::ClientIdMissing
        | BadLink::RedirectUriMissing
        | BadLink::ClientUnknown
        | BadLink::RedirectUriMismatch
        | BadLink::Malformed => "Request is malformed.",
    }
}

/// The address of `text` if the client registered it (row 5).
#[must_use]
pub fn registered(client: &Client, text: &str) -> Option<RedirectUri> {
    RedirectUri::parse(text)
        .ok()
        .filter(|uri| client.may_redirect_to(uri))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use uuid::Uuid;

    use super::*;
    use crate::oauth::{client::ClientType, redirect_uri::Match};

    fn client() -> Client {
        Client {
            id: Uuid::nil(),
            name: "Ромашка".to_owned(),
            client_type: ClientType::Pis,
            secret_hash: None,
            redirect_uris: vec![RedirectUri::parse("https://pis.example/cb").unwrap()],
            redirect_uri_match: Match::Exact,
            scopes: Scopes::parse("person:read person:write").unwrap(),
            allowed_grant_types: Vec::new(),
            is_blocked: false,
            owner: None,
        }
    }

    /// Sign-up §2.3 rows 1 and 2: the client first.
    #[rstest]
    #[case("", BadLink::ClientIdMissing)]
    #[case("client_id=&redirect_uri=x", BadLink::ClientIdMissing)]
    #[case("client_id=%20&redirect_uri=x", BadLink::ClientIdMissing)]
    #[case("client_id=a", BadLink::RedirectUriMissing)]
    #[case("client_id=a&redirect_uri=", BadLink::RedirectUriMissing)]
    #[case("client_id=a&client_id=a&redirect_uri=x", BadLink::Malformed)]
    #[case("client_id=a&redirect_uri=x&redirect_uri=x", BadLink::Malformed)]
    fn destinations(#[case] query: &str, #[case] expected: BadLink) {
        assert_eq!(
            Parameters::read(query.as_bytes()).destination(),
            Err(expected)
        );
    }

    /// Sign-up §2.3 rows 6 to 9, in their order.
    #[rstest]
    #[case("user_data=x&token=t", BadLink::ScopeMissing)]
    #[case("scope=%20&user_data=x&token=t", BadLink::ScopeMissing)]
    #[case("scope=person:read+other:read&token=t", BadLink::ScopeNotAllowed)]
    #[case("scope=person:read&scope=person:read", BadLink::Malformed)]
    #[case("scope=%22", BadLink::ScopeNotAllowed)]
    #[case("scope=person:read&token=t", BadLink::UserDataMissing)]
    #[case("scope=person:read&user_data=&token=t", BadLink::UserDataMissing)]
    #[case("scope=person:read&user_data=x", BadLink::TokenMissing)]
    #[case("scope=person:read&user_data=x&token=t&token=t", BadLink::Malformed)]
    fn requests(#[case] query: &str, #[case] expected: BadLink) {
        let parameters = Parameters::read(query.as_bytes());
        let request = parameters.request(Entry::ConfidantSignUp, &client());
        assert_eq!(request.map(|_| ()), Err(expected));
    }

    #[test]
    fn a_good_request_is_read_as_it_was_written() {
        let query =
            "scope=person:write+person:read&user_data=a%2Bb+c&token=t&state=%D1%97&unknown=1";
        let parameters = Parameters::read(query.as_bytes());
        let request = parameters
            .request(Entry::ConfidantSignUp, &client())
            .unwrap();
        assert_eq!(request.scope.to_string(), "person:write person:read");
        assert_eq!((request.user_data, request.token), ("a+b c", "t"));
        assert_eq!(parameters.state(), Ok(Some("ї")));
    }

    /// Sign-up §2.2: the other entries have no token, and nobody asks for one.
    #[rstest]
    #[case(Entry::SignUp)]
    #[case(Entry::SignIn)]
    #[case(Entry::ConfidantSignIn)]
    fn only_a_confidants_sign_up_has_a_token(#[case] entry: Entry) {
        for query in [
            "scope=person:read&user_data=x",
            "scope=person:read&user_data=x&token=a&token=b",
        ] {
            let parameters = Parameters::read(query.as_bytes());
            let request = parameters.request(entry, &client()).unwrap();
            assert_eq!((request.user_data, request.token), ("x", ""));
        }
    }

    #[test]
    fn a_state_has_a_length_and_comes_once() {
        let long = format!("state={}", "s".repeat(limits::PARAMETER + 1));
        for query in [long.as_str(), "state=a&state=b"] {
            assert_eq!(
                Parameters::read(query.as_bytes()).state(),
                Err(BadLink::Malformed)
            );
        }
        assert_eq!(Parameters::read(b"state=").state(), Ok(None));
    }
}
