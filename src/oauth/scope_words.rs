//! Scopes in the words of people: what a client will be able to do.

use super::{scope::Scopes, store};
use crate::{db::Db, locale::Locale};

/// A scope as a person understands it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeView {
    /// What the application will be able to do.
    pub title: String,
    /// What that means in particular.
    pub detail: Option<String>,
    /// Whether it opens health data or the ways to prove who one is.
    pub sensitive: bool,
}

/// Scopes that open health data, contacts or the ways to prove who one is.
const SENSITIVE: [&str; 10] = [
    "allergy_intolerance:read",
    "authentication_factor:read",
    "authentication_factor:write",
    "authentication_method:read",
    "condition:read",
    "declaration:terminate",
    "immunization:read",
    "medication_request:read",
    "observation:read",
    "patient_summary:read",
];

/// Every scope described in the catalogues.
pub const DESCRIBED: [&str; 24] = [
    "allergy_intolerance:read",
    "app:authorize",
    "app:delete_pis",
    "app:read_pis",
    "authentication_factor:read",
    "authentication_factor:write",
    "authentication_method:read",
    "condition:read",
    "confidant_person:sign_up",
    "declaration:read",
    "declaration:terminate",
    "declaration_request:read",
    "declaration_request:write",
    "immunization:read",
    "medication_request:read",
    "observation:read",
    "otp:read",
    "otp:write",
    "patient_summary:read",
    "person:read",
    "person:write",
    "person_request:read",
    "person_request:write",
    "profile:read",
];

/// A scope in the words of `locale`; none when nobody described it: such a scope must not reach a page.
#[must_use]
pub fn scope_words(locale: Locale, scope: &str) -> Option<ScopeView> {
    let described = DESCRIBED.iter().find(|described| **described == scope)?;
    let words = locale.words();
    let key = format!("scope-{}", described.replace(':', "-"));
    Some(ScopeView {
        title: words.find(&key)?,
        detail: words.find(&format!("{key}.detail")),
        sensitive: SENSITIVE.contains(described),
    })
}

/// Each scope with its sentence, from the catalogues or as it was provisioned; none where nobody described it.
///
/// # Errors
/// When the database fails.
pub async fn scope_words_of(
    db: &Db,
    locale: Locale,
    scopes: &Scopes,
) -> sqlx::Result<Vec<(String, Option<ScopeView>)>> {
    let mut known: Vec<_> = scopes
        .iter()
        .map(|scope| (scope.to_owned(), scope_words(locale, scope)))
        .collect();
    if known.iter().all(|(_, view)| view.is_some()) {
        return Ok(known);
    }
    let mut held = db.read().await?;
    let provisioned = store::described_scopes(held.link()).await?;
    for (scope, view) in known.iter_mut().filter(|(_, view)| view.is_none()) {
        *view =
            provisioned
                .iter()
                .find(|(name, ..)| name == scope)
                .map(|(_, uk, en, sensitive)| ScopeView {
                    title: match locale {
                        Locale::Uk => uk.clone(),
                        Locale::En => en.clone(),
                    },
                    detail: None,
                    sensitive: *sensitive,
                });
    }
    Ok(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_described_scope_has_words_in_both_languages() {
        for locale in Locale::ALL {
            for scope in DESCRIBED {
                assert!(
                    scope_words(locale, scope).is_some(),
                    "{scope} in {locale:?}"
                );
            }
        }
    }

    #[test]
    fn every_sensitive_scope_is_described() {
        for scope in SENSITIVE {
            assert!(DESCRIBED.contains(&scope), "{scope}");
            assert!(scope_words(Locale::Uk, scope).unwrap().sensitive);
        }
        assert!(!scope_words(Locale::Uk, "app:authorize").unwrap().sensitive);
    }

    #[rstest::rstest]
    #[case("x:read")]
    #[case("person-read")]
    #[case("person:read.detail")]
    #[case("")]
    fn an_undescribed_scope_has_no_words(#[case] scope: &str) {
        assert_eq!(scope_words(Locale::Uk, scope), None);
    }
}
