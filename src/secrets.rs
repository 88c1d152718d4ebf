//! Secrets as types.
//!
//! A plain value is seen once, by the one it is given to; what is stored is its hash; nothing of either is printed.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use openssl::{
    error::ErrorStack,
    hash::MessageDigest,
    md::Md,
    pkey::{Id, PKey},
    pkey_ctx::PkeyCtx,
    sha::sha256,
    sign::Signer,
};
use secrecy::{ExposeSecret, SecretString};
use sqlx::Type;

use crate::random::{Draw, Random};

/// SHA-256 of something secret or one-time; what the database keeps in its place.
#[derive(Clone, PartialEq, Eq, Type)]
#[sqlx(transparent)]
pub struct Hash(Vec<u8>);

impl Hash {
    /// The hash of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha256(bytes).to_vec())
    }

    /// Whether both are equal, in a time that does not tell where they differ.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        constant_time_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hash(…)")
    }
}

impl From<[u8; 32]> for Hash {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes.to_vec())
    }
}

/// `bytes` in lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Whether `a` and `b` are equal, in a time that depends on their lengths only.
#[must_use]
pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && openssl::memcmp::eq(a, b)
}

/// An opaque value that proves something: a token, a code, a client's secret, an api key.
#[derive(Clone)]
pub struct Plain(SecretString);

impl Plain {
    /// 32 random octets in URL-safe base64 without padding: 43 characters.
    #[must_use]
    pub fn generate(random: &dyn Random) -> Self {
        Self::from_bytes(&random.bytes::<32>())
    }

    /// `bytes` in URL-safe base64 without padding.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(bytes).into())
    }

    /// The value as it is given out.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// What is stored in its place.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::of(self.expose().as_bytes())
    }
}

impl From<String> for Plain {
    fn from(value: String) -> Self {
        Self(value.into())
    }
}

impl From<&str> for Plain {
    fn from(value: &str) -> Self {
        Self(value.into())
    }
}

impl fmt::Debug for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Plain(…)")
    }
}

/// A purpose for which a key is derived from the one secret of the installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Signing nonces and session tokens (JWT, HS512).
    Jwt,
    /// Form tokens against cross-site requests.
    Csrf,
    /// Hashing client secrets: a stolen database alone does not allow guessing them.
    ClientSecret,
    /// Codes of the pages: a repeated consent gives the same code again without storing it.
    Code,
    /// Links to files.
    Media,
    /// Hashing one-time codes: there are only 9000, so a plain hash of one could be undone at once.
    VerificationCode,
}

impl Purpose {
    fn info(self) -> &'static [u8] {
        match self {
            Self::Jwt => b"dovira jwt",
            Self::Csrf => b"dovira csrf",
            Self::ClientSecret => b"dovira client secret",
            Self::Code => b"dovira code",
            Self::Media => b"dovira media",
            Self::VerificationCode => b"dovira verification code",
        }
    }
}

/// The keys of this installation, one for each purpose, derived from `DOVIRA_SECRET` by HKDF-SHA-256 (RFC 5869).
#[derive(Clone)]
pub struct Keys {
    jwt: [u8; 64],
    csrf: [u8; 32],
    client_secret: [u8; 32],
    code: [u8; 32],
    media: [u8; 32],
    verification_code: [u8; 32],
}

impl Keys {
    /// Derives every key.
    ///
    /// # Errors
    /// When OpenSSL cannot derive (out of memory, a build without HKDF).
    pub fn derive(secret: &SecretString) -> Result<Self, ErrorStack> {
        let secret = secret.expose_secret().as_bytes();
        Ok(Self {
            jwt: hkdf(secret, Purpose::Jwt)?,
            csrf: hkdf(secret, Purpose::Csrf)?,
            client_secret: hkdf(secret, Purpose::ClientSecret)?,
            code: hkdf(secret, Purpose::Code)?,
            media: hkdf(secret, Purpose::Media)?,
            verification_code: hkdf(secret, Purpose::VerificationCode)?,
        })
    }

    /// The key that signs JWTs with HS512.
    #[must_use]
    pub fn jwt(&self) -> &[u8; 64] {
        &self.jwt
    }

    /// HMAC-SHA-256 of `parts` under the key of `purpose`; each part is preceded by its length.
    ///
    /// # Errors
    /// When OpenSSL fails (out of memory).
    pub fn mac(&self, purpose: Purpose, parts: &[&[u8]]) -> Result<Vec<u8>, ErrorStack> {
        let key: &[u8] = match purpose {
            Purpose::Jwt => &self.jwt,
            Purpose::Csrf => &self.csrf,
            Purpose::ClientSecret => &self.client_secret,
            Purpose::Code => &self.code,
            Purpose::Media => &self.media,
            Purpose::VerificationCode => &self.verification_code,
        };
        let key = PKey::hmac(key)?;
        let mut signer = Signer::new(MessageDigest::sha256(), &key)?;
        for part in parts {
            signer.update(&(part.len() as u64).to_be_bytes())?;
            signer.update(part)?;
        }
        signer.sign_to_vec()
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
    }
}

fn hkdf<const N: usize>(secret: &[u8], purpose: Purpose) -> Result<[u8; N], ErrorStack> {
    let mut context = PkeyCtx::new_id(Id::HKDF)?;
    context.derive_init()?;
    context.set_hkdf_md(Md::sha256())?;
    context.set_hkdf_key(secret)?;
    context.add_hkdf_info(purpose.info())?;
    let mut key = [0; N];
    context.derive(Some(&mut key))?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_differ_by_purpose_and_by_secret() {
        let one = Keys::derive(&SecretString::from("a".repeat(32))).unwrap();
        let two = Keys::derive(&SecretString::from("b".repeat(32))).unwrap();
        let message: &[&[u8]] = &[b"same"];
        let macs = [
            one.mac(Purpose::Csrf, message).unwrap(),
            one.mac(Purpose::Code, message).unwrap(),
            one.mac(Purpose::VerificationCode, message).unwrap(),
            one.mac(Purpose::ClientSecret, message).unwrap(),
            two.mac(Purpose::Csrf, message).unwrap(),
        ];
        for (i, a) in macs.iter().enumerate() {
            assert!(macs.iter().skip(i + 1).all(|b| a != b));
        }
        assert_ne!(
            one.mac(Purpose::Csrf, &[b"ab", b"c"]).unwrap(),
            one.mac(Purpose::Csrf, &[b"a", b"bc"]).unwrap()
        );
    }

    #[test]
    fn nothing_secret_is_printed() {
        let plain = Plain::from("open sesame");
        assert_eq!(format!("{plain:?} {:?}", plain.hash()), "Plain(…) Hash(…)");
    }
}
