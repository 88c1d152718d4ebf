//! Who says who somebody is.
//!
//! ```text
//!  browser ──▶ provider (signature, BankID, MobileID) ──▶ callback with a code ──▶ [`Provider::identify`] ──▶ [`Identity`]
//! ```
//!
//! One implementation speaks the exchange of id.gov.ua over HTTP ([`http`]). The demonstration has a page of its own that
//! speaks the same, on which a person is chosen; so what is shown there is what runs in earnest.
//!
//! Source: cabinet §1.2, §5.

mod http;

use crate::{
    config::GovId,
    patterns::{EMAIL, TAX_ID},
};

use http::HttpProvider;

/// The provider of an installation.
#[derive(Debug)]
pub enum Provider {
    /// None: nobody can register in the cabinet.
    Nobody,
    /// id.gov.ua, or what speaks like it.
    Http(HttpProvider),
}

/// Who the provider says somebody is. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// Tax number, ten digits.
    pub tax_id: String,
    /// First name; perhaps with the patronymic behind it.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Patronymic.
    pub second_name: Option<String>,
    /// E-mail address, in small letters.
    pub email: Option<String>,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity(…)")
    }
}

/// What a provider says of somebody, before it is looked at.
#[derive(Default)]
struct ProviderAnswer {
    tax_id: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    second_name: Option<String>,
    email: Option<String>,
}

impl ProviderAnswer {
    /// What is kept of it: a tax number and both names are needed, the rest is dropped where it is not what it should be.
    fn identity(self) -> Result<Identity, NotIdentified> {
        let said = |text: Option<String>| {
            let text = text?.trim().to_owned();
            let is_name = !text.is_empty()
                && text.chars().count() <= 255
                && !text.chars().any(char::is_control);
            is_name.then_some(text)
        };
        let tax_id = said(self.tax_id).filter(|text| (TAX_ID.matches)(text));
        let email = said(self.email).filter(|text| (EMAIL.matches)(text));
        Ok(Identity {
            tax_id: tax_id.ok_or(NotIdentified::Incomplete)?,
            first_name: said(self.first_name).ok_or(NotIdentified::Incomplete)?,
            last_name: said(self.last_name).ok_or(NotIdentified::Incomplete)?,
            second_name: said(self.second_name),
            email: email.map(|text| text.to_lowercase()),
        })
    }
}

/// Why it is not known who somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotIdentified {
    /// The provider does not answer, or not in a form that was agreed on, or refuses the code.
    #[error("the provider does not say who it is")]
    NoAnswer,
    /// It knows the person, but no tax number or no name.
    #[error("the provider does not say everything")]
    Incomplete,
}

impl Provider {
    /// The provider of these settings.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(settings: Option<&GovId>) -> reqwest::Result<Self> {
        Ok(match settings {
            None => Self::Nobody,
            Some(settings) => Self::Http(HttpProvider::new(settings.clone())?),
        })
    }

    /// Who it is, for the operator.
    #[must_use]
    pub fn description(&self) -> String {
        match self {
            Self::Nobody => {
                "none, so nobody can register in the cabinet (DOVIRA_GOVID_URL)".to_owned()
            }
            Self::Http(provider) => provider.description(),
        }
    }

    /// Where a browser shows who it is in the hands of, to come back to `callback` with `state`; none where there is no
    /// provider.
    #[must_use]
    pub fn address(&self, callback: &str, state: &str) -> Option<String> {
        match self {
            Self::Nobody => None,
            Self::Http(provider) => Some(provider.address(callback, state)),
        }
    }

    /// The origin that a browser is sent to.
    #[must_use]
    pub fn origin(&self) -> Option<String> {
        match self {
            Self::Nobody => None,
            Self::Http(provider) => Some(provider.origin()),
        }
    }

    /// Who came back with `code`.
    ///
    /// # Errors
    /// When the provider does not say so.
    pub async fn identify(&self, code: &str) -> Result<Identity, NotIdentified> {
        match self {
            Self::Nobody => Err(NotIdentified::NoAnswer),
            Self::Http(provider) => provider.identify(code).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn provider_answer() -> ProviderAnswer {
        ProviderAnswer {
            tax_id: Some("3126509816".to_owned()),
            first_name: Some(" Петро ".to_owned()),
            last_name: Some("Іванов".to_owned()),
            second_name: Some(String::new()),
            email: Some("Email@Example.com".to_owned()),
        }
    }

    #[test]
    fn what_is_kept() {
        let identity = provider_answer().identity().unwrap();
        assert_eq!(identity.first_name, "Петро");
        assert_eq!(identity.second_name, None);
        assert_eq!(identity.email.as_deref(), Some("email@example.com"));
        let strange = ProviderAnswer {
            email: Some("nobody".to_owned()),
            ..provider_answer()
        };
        assert_eq!(strange.identity().unwrap().email, None);
        assert_eq!(format!("{identity:?}"), "Identity(…)");
    }

    /// Cabinet §5: no `drfocode`, or not ten digits.
    #[rstest]
    #[case(ProviderAnswer { tax_id: None, ..provider_answer() })]
    #[case(ProviderAnswer { tax_id: Some("312650981".to_owned()), ..provider_answer() })]
    #[case(ProviderAnswer { tax_id: Some("АА123456".to_owned()), ..provider_answer() })]
    #[case(ProviderAnswer { last_name: None, ..provider_answer() })]
    #[case(ProviderAnswer { first_name: Some(" ".to_owned()), ..provider_answer() })]
    #[case(ProviderAnswer { first_name: Some("Пе\u{0}тро".to_owned()), ..provider_answer() })]
    fn what_is_missing(#[case] told: ProviderAnswer) {
        assert_eq!(told.identity(), Err(NotIdentified::Incomplete));
    }
}
