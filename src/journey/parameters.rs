//! The parameters with which a client sends a browser here, and the order in which they are checked (sign-up §2.2, §2.3).

use url::form_urlencoded;

use crate::{
    limits,
    oauth::{client::Client, redirect_uri::RedirectUri, scope::Scopes},
    web::error_page::BadLink,
};

/// A parameter as it was given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ParameterValue {
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
    pub client_id: ParameterValue,
    /// Where the browser returns to.
    pub redirect_uri: ParameterValue,
    /// What the client asks for.
    pub scope: ParameterValue,
    /// What was signed.
    pub user_data: ParameterValue,
    /// The confidant's access token.
    pub token: ParameterValue,
    /// What the client wants back.
    pub state: ParameterValue,
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
                ParameterValue::Absent if value.is_empty() => ParameterValue::Absent,
                ParameterValue::Absent => ParameterValue::Once(value.into_owned()),
                ParameterValue::Once(_) | ParameterValue::Repeatedly => ParameterValue::Repeatedly,
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
                ParameterValue::Absent => {}
                ParameterValue::Once(value) => fields.push((name, value.clone())),
                ParameterValue::Repeatedly => return None,
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
            ParameterValue::Absent => Ok(None),
            ParameterValue::Once(state)
                if state.len() <= limits::PARAMETER && !state.contains('\0') =>
            {
                Ok(Some(state))
            }
            ParameterValue::Once(_) | ParameterValue::Repeatedly => Err(BadLink::Malformed),
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
    pub fn request(&self, needs: Needs, client: &Client) -> Result<Request<'_>, BadLink> {
        let scope = self.scopes(client)?;
        let needed = |is_needed, given, missing| match is_needed {
            true => once(given, missing),
            false => Ok(""),
        };
        let user_data = needed(needs.user_data, &self.user_data, BadLink::UserDataMissing)?;
        let token = needed(needs.token, &self.token, BadLink::TokenMissing)?;
        Ok(Request {
            scope,
            user_data,
            token,
        })
    }
}

fn once(given: &ParameterValue, missing: BadLink) -> Result<&str, BadLink> {
    match given {
        ParameterValue::Once(value) if !value.trim().is_empty() => Ok(value),
        ParameterValue::Once(_) | ParameterValue::Absent => Err(missing),
        ParameterValue::Repeatedly => Err(BadLink::Malformed),
    }
}

/// What an entry needs beside what every client tells.
#[derive(Debug, Clone, Copy, Default)]
pub struct Needs {
    /// Signed content.
    pub user_data: bool,
    /// A confidant's access token.
    pub token: bool,
}

/// What a client asks for.
#[derive(Debug)]
pub struct Request<'a> {
    /// The scopes.
    pub scope: Scopes,
    /// What was signed; empty where nothing is.
    pub user_data: &'a str,
    /// The confidant's access token; empty where none is needed.
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
pub fn registered_uri(client: &Client, text: &str) -> Option<RedirectUri> {
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

    const WITH_TOKEN: Needs = Needs {
        user_data: true,
        token: true,
    };

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
        let request = parameters.request(WITH_TOKEN, &client());
        assert_eq!(request.map(|_| ()), Err(expected));
    }

    #[test]
    fn a_good_request_is_read_as_it_was_written() {
        let query =
            "scope=person:write+person:read&user_data=a%2Bb+c&token=t&state=%D1%97&unknown=1";
        let parameters = Parameters::read(query.as_bytes());
        let request = parameters.request(WITH_TOKEN, &client()).unwrap();
        assert_eq!(request.scope.to_string(), "person:write person:read");
        assert_eq!((request.user_data, request.token), ("a+b c", "t"));
        assert_eq!(parameters.state(), Ok(Some("ї")));
    }

    /// Sign-up §2.2: the other entries have no token, the cabinet has no signed content, and nobody asks for them.
    #[rstest]
    #[case(true, "x")]
    #[case(false, "")]
    fn what_is_not_needed_is_passed_over(#[case] user_data: bool, #[case] expected: &str) {
        for query in [
            "scope=person:read&user_data=x",
            "scope=person:read&user_data=x&token=a&token=b",
        ] {
            let parameters = Parameters::read(query.as_bytes());
            let needs = Needs {
                user_data,
                token: false,
            };
            let request = parameters.request(needs, &client()).unwrap();
            assert_eq!((request.user_data, request.token), (expected, ""));
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
