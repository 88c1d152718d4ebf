//! Passwords: what one must be like, and what is kept of it.
//!
//! Kept is a PHC string of Argon2id with 19 MiB, 2 passes and 1 lane. Working one out takes about 20 ms of a processor, so
//! it is done off the async threads, behind slots: whoever does not wait for a password does not wait for one.
//!
//! Source: cabinet §3.4.

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{self, PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use secrecy::{ExposeSecret, SecretString};

use crate::{limits, random::Draw, state::App};

/// Passwords that are remembered, the present one among them: none of them is taken again.
pub const REMEMBERED: usize = 3;

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// What is wrong with a password by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordWeakness {
    /// Too short.
    #[error("should be at least {min} character(s)")]
    Short {
        /// What it must have.
        min: u32,
    },
    /// Too long.
    #[error("should be at most {max} character(s)")]
    Long {
        /// What it may have.
        max: u32,
    },
    /// A small letter, a capital or a digit is missing.
    #[error("Password does not meet complexity requirements")]
    Simple,
}

/// What is wrong with `password`, by itself. Length is in characters.
#[must_use]
pub fn weaknesses(password: &str, min: u32) -> Vec<PasswordWeakness> {
    let length = u32::try_from(password.chars().count()).unwrap_or(u32::MAX);
    let mut found = Vec::new();
    if length < min {
        found.push(PasswordWeakness::Short { min });
    }
    if length > limits::PASSWORD {
        let max = limits::PASSWORD;
        found.push(PasswordWeakness::Long { max });
    }
    let is_strong = password.chars().any(is_small)
        && password.chars().any(is_capital)
        && password.chars().any(|one| one.is_ascii_digit());
    if !is_strong {
        found.push(PasswordWeakness::Simple);
    }
    found
}

fn is_small(one: char) -> bool {
    matches!(one, 'a'..='z' | 'а'..='я' | 'ё' | 'ї' | 'і' | 'є' | 'ґ')
}

fn is_capital(one: char) -> bool {
    matches!(one, 'A'..='Z' | 'А'..='Я' | 'Ё' | 'Ї' | 'І' | 'Є' | 'Ґ')
}

/// What is kept of a password.
#[derive(Clone)]
pub struct StoredPassword(String);

impl StoredPassword {
    /// The PHC string, for the database.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What a database or a flow kept.
    #[must_use]
    pub fn from_phc_string(text: String) -> Self {
        Self(text)
    }
}

impl std::fmt::Debug for StoredPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Kept(…)")
    }
}

/// Why a password was not worked out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotHashed {
    /// Too many wait already.
    #[error("too many passwords wait")]
    Busy,
    /// The function failed (out of memory).
    #[error("a password could not be hashed")]
    Failed,
}

/// Works out what is kept of `password`.
///
/// # Errors
/// When too many others wait, or there is no memory.
pub async fn keep(app: &App, password: &SecretString) -> Result<StoredPassword, NotHashed> {
    let (salt, password) = (app.random.bytes::<16>(), password.clone());
    let hashed = app
        .with_password_slot(move || hash(password.expose_secret(), &salt))
        .await;
    hashed
        .ok_or(NotHashed::Busy)?
        .map(StoredPassword)
        .map_err(|_| NotHashed::Failed)
}

/// Whether `password` is one of `known`. It takes the same time whether there are any or none: how many passwords somebody
/// had, and whether they are known at all, shows in no answer's time.
///
/// # Errors
/// When too many others wait, or there is no memory.
pub async fn is_known(
    app: &App,
    password: &SecretString,
    known: Vec<StoredPassword>,
) -> Result<bool, NotHashed> {
    let (salt, password) = (app.random.bytes::<16>(), password.clone());
    let compared = app
        .with_password_slot(move || {
            let mut is_known = false;
            for at in 0..REMEMBERED {
                match known.get(at) {
                    Some(kept) => is_known |= is_of(password.expose_secret(), kept)?,
                    None => drop(hash(password.expose_secret(), &salt)?),
                }
            }
            Ok::<_, password_hash::Error>(is_known)
        })
        .await;
    compared
        .ok_or(NotHashed::Busy)?
        .map_err(|_| NotHashed::Failed)
}

/// Argon2id as it is used from now on; a stored hash is compared by its own parameters.
fn argon2() -> Result<Argon2<'static>, password_hash::Error> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)
        .map_err(|_| password_hash::Error::ParamsInvalid)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(password: &str, salt: &[u8]) -> Result<String, password_hash::Error> {
    let hash: PasswordHash = argon2()?.hash_password_with_salt(password.as_bytes(), salt)?;
    Ok(hash.to_string())
}

/// Whether `password` is the one of `kept`.
///
/// # Errors
/// When what was kept cannot be read, or there is no memory.
fn is_of(password: &str, kept: &StoredPassword) -> Result<bool, password_hash::Error> {
    let hash =
        PasswordHash::new(kept.as_str()).map_err(|_| password_hash::Error::EncodingInvalid)?;
    match argon2()?.verify_password(password.as_bytes(), &hash) {
        Ok(()) => Ok(true),
        Err(password_hash::Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// Cabinet 8.4 E-01 to E-03, E-05, E-06
    #[rstest]
    #[case("passWoRd1", 8, &[])]
    #[case("passWoRd1", 12, &[PasswordWeakness::Short { min: 12 }])]
    #[case("pasWoR1", 8, &[PasswordWeakness::Short { min: 8 }])]
    #[case("pasWoRd1", 8, &[])]
    #[case("password1", 8, &[PasswordWeakness::Simple])]
    #[case("PASSWORD1", 8, &[PasswordWeakness::Simple])]
    #[case("passWoRds", 8, &[PasswordWeakness::Simple])]
    #[case("", 8, &[PasswordWeakness::Short { min: 8 }, PasswordWeakness::Simple])]
    #[case("ПарольДляКабінету1", 8, &[])]
    #[case("іІ345678", 8, &[])]
    #[case("ґҐ345678", 8, &[])]
    #[case("ßÇ345678", 8, &[PasswordWeakness::Simple])]
    #[case("пАролЬ٣٣", 8, &[PasswordWeakness::Simple])]
    fn what_a_password_is_like(
        #[case] password: &str,
        #[case] min: u32,
        #[case] found: &[PasswordWeakness],
    ) {
        assert_eq!(weaknesses(password, min), found);
    }

    #[test]
    fn a_password_has_128_characters_at_most() {
        let long = |length: usize| format!("aA1{}", "й".repeat(length - 3));
        assert_eq!(weaknesses(&long(128), 8), []);
        assert_eq!(
            weaknesses(&long(129), 8),
            [PasswordWeakness::Long { max: 128 }]
        );
    }

    /// Cabinet 8.4 E-07
    #[test]
    fn what_is_kept_is_argon2id() {
        let kept = StoredPassword(hash("passWoRd1", &[7; 16]).unwrap());
        let parts: Vec<_> = kept.as_str().split('$').collect();
        assert_eq!(parts[1..4], ["argon2id", "v=19", "m=19456,t=2,p=1"]);
        assert!(is_of("passWoRd1", &kept).unwrap());
        assert!(!is_of("passWoRd2", &kept).unwrap());
        assert!(is_of("passWoRd1", &StoredPassword("$argon2id$x".to_owned())).is_err());
        assert_eq!(format!("{kept:?}"), "Kept(…)");
    }
}
