//! id.gov.ua over HTTP.
//!
//! ```text
//!  GET DOVIRA_GOVID_URL/get-access-token?client_id&client_secret&grant_type=authorization_code&code
//!    200 { "access_token": "…", "user_id": "…", … }
//!  GET DOVIRA_GOVID_URL/get-user-info?user_id&access_token&fields=…
//!    200 { "drfocode": "…", "givenname": "…", "lastname": "…", "middlename": "…", "email": "…", … }
//! ```
//!
//! Secrets and what the provider says travel in addresses and bodies: the log gets a word for what went wrong and a status,
//! never an address, a body or an error of the client, which may repeat them. Tokens of the provider are not kept.
//!
//! Source: cabinet §1.2 steps 3, 6, 7.

use secrecy::ExposeSecret;
use serde_json::{Map, Value};
use url::Url;

use super::{Identity, NotIdentified, ProviderAnswer};
use crate::{
    config::GovId,
    limits,
    outside::client::{self, Failure, HttpClient},
};

/// What is asked about a person.
const FIELDS: &str = "id,drfocode,givenname,lastname,middlename,phone,email";

/// The provider.
#[derive(Debug)]
pub struct HttpProvider {
    http: HttpClient,
    settings: GovId,
}

impl HttpProvider {
    /// The provider of these settings.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(settings: GovId) -> reqwest::Result<Self> {
        Ok(Self {
            http: HttpClient::new(&settings.url, settings.timeout)?,
            settings,
        })
    }

    pub(super) fn description(&self) -> String {
        let GovId { url, auth_type, .. } = &self.settings;
        let origin = url.origin().ascii_serialization();
        format!("{origin}, offering {auth_type}")
    }

    pub(super) fn origin(&self) -> String {
        self.settings.url.origin().ascii_serialization()
    }

    pub(super) fn address(&self, callback: &str, state: &str) -> String {
        let mut url = self.settings.url.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("auth_type", &self.settings.auth_type)
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", callback)
            .append_pair("state", state);
        url.into()
    }

    /// The address of a question, below that of the provider.
    fn question(&self, name: &str, parameters: &[(&str, &str)]) -> Url {
        let mut url = self.settings.url.clone();
        let path = format!("{}/{name}", url.path().trim_end_matches('/'));
        url.set_path(&path);
        url.query_pairs_mut().extend_pairs(parameters);
        url
    }

    pub(super) async fn identify(&self, code: &str) -> Result<Identity, NotIdentified> {
        let credentials = [
            ("client_id", &*self.settings.client_id),
            ("client_secret", self.settings.client_secret.expose_secret()),
            ("grant_type", "authorization_code"),
            ("code", code),
        ];
        let exchanged = self.ask("get-access-token", &credentials).await?;
        let (access_token, user_id) = (
            text(&exchanged, "access_token"),
            text(&exchanged, "user_id"),
        );
        let (Some(access_token), Some(user_id)) = (access_token, user_id) else {
            return Err(log_failure("get-access-token", Failure::Unreadable));
        };
        let wanted = [
            ("user_id", &*user_id),
            ("access_token", &*access_token),
            ("fields", FIELDS),
        ];
        let person = self.ask("get-user-info", &wanted).await?;
        if person.contains_key("error") {
            return Err(log_failure("get-user-info", Failure::Unreadable));
        }
        let told = ProviderAnswer {
            tax_id: text(&person, "drfocode"),
            first_name: text(&person, "givenname"),
            last_name: text(&person, "lastname"),
            second_name: text(&person, "middlename"),
            email: text(&person, "email"),
        };
        told.identity()
    }

    async fn ask(
        &self,
        name: &'static str,
        parameters: &[(&str, &str)],
    ) -> Result<Map<String, Value>, NotIdentified> {
        let url = self.question(name, parameters);
        let asked = self.http.get(url).header("accept", "application/json");
        let answered = self
            .http
            .in_time(client::ask(asked, limits::PROVIDER_ANSWER))
            .await;
        answered.map_err(|failure| log_failure(name, failure))
    }
}

fn log_failure(question: &'static str, failure: Failure) -> NotIdentified {
    tracing::error!(
        question,
        reason = failure.word(),
        status = failure.status(),
        "the provider of identities does not answer"
    );
    NotIdentified::NoAnswer
}

/// A member that is text; a number is text too, as providers write ids in either way.
fn text(object: &Map<String, Value>, name: &str) -> Option<String> {
    match object.get(name)? {
        Value::String(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn provider(url: &str) -> HttpProvider {
        HttpProvider::new(GovId {
            url: url.parse().unwrap(),
            client_id: "дім & co".to_owned(),
            client_secret: "secret".into(),
            auth_type: "dig_sign,bank_id".to_owned(),
            timeout: Duration::from_secs(1),
        })
        .unwrap()
    }

    #[test]
    fn addresses() {
        let here = provider("https://id.gov.ua");
        assert_eq!(
            here.address("https://my.example/callback", "s-1"),
            "https://id.gov.ua/?response_type=code&auth_type=dig_sign%2Cbank_id\
             &client_id=%D0%B4%D1%96%D0%BC+%26+co&redirect_uri=https%3A%2F%2Fmy.example%2Fcallback&state=s-1"
        );
        let question =
            |at: &HttpProvider| at.question("get-user-info", &[("a", "b c")]).to_string();
        assert_eq!(question(&here), "https://id.gov.ua/get-user-info?a=b+c");
        let below = provider("http://127.0.0.1:8081/govid/");
        assert_eq!(
            question(&below),
            "http://127.0.0.1:8081/govid/get-user-info?a=b+c"
        );
        assert_eq!(
            here.description(),
            "https://id.gov.ua, offering dig_sign,bank_id"
        );
    }
}
