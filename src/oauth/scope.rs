//! Lists of scopes (RFC 6749 §3.3).

use std::fmt;

/// Scopes in the order in which they were named, each once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scopes(Vec<String>);

/// The most scopes of one list.
const MOST: usize = 100;

impl Scopes {
    /// Reads a list separated by spaces. None when it names a scope with a character that no scope can have,
    /// or more than a hundred.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut scopes = Vec::new();
        for scope in text.split_ascii_whitespace() {
            let is_token = scope
                .bytes()
                .all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e));
            if !is_token || scopes.len() == MOST {
                return None;
            }
            if !scopes.iter().any(|known| known == scope) {
                scopes.push(scope.to_owned());
            }
        }
        Some(Self(scopes))
    }

    /// Whether the list names nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `scope` is in the list.
    #[must_use]
    pub fn contains(&self, scope: &str) -> bool {
        self.0.iter().any(|known| known == scope)
    }

    /// Whether every scope of this list is in `other`.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.iter().all(|scope| other.contains(scope))
    }

    /// The scopes of this list, then those of `other` that are not in it.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let added = other.0.iter().filter(|scope| !self.contains(scope));
        Self(self.0.iter().chain(added).cloned().collect())
    }

    /// The scopes of this list but for `scope`.
    #[must_use]
    pub fn without(&self, scope: &str) -> Self {
        let others = self.0.iter().filter(|known| *known != scope);
        Self(others.cloned().collect())
    }

    /// The scopes, one by one.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes(text: &str) -> Scopes {
        Scopes::parse(text).unwrap()
    }

    #[test]
    fn a_list_is_read_once_and_in_order() {
        assert_eq!(scopes("b:read  a:read b:read").to_string(), "b:read a:read");
        assert!(scopes("  ").is_empty());
        assert_eq!(Scopes::parse("person:\"read"), None);
        assert_eq!(Scopes::parse("особа"), None);
        assert_eq!(
            Scopes::parse(&(0..=100).map(|i| format!("s{i} ")).collect::<String>()),
            None
        );
    }

    #[test]
    fn lists_are_compared_and_joined() {
        assert!(scopes("a").is_within(&scopes("b a")));
        assert!(!scopes("a c").is_within(&scopes("b a")));
        assert_eq!(scopes("a b").union(&scopes("c b")).to_string(), "a b c");
    }
}
