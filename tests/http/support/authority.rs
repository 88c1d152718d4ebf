//! A certification authority of the tests, and the people it vouches for.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use dovira::signed_content::{
    TrustStore, base64,
    certificate::Certificate,
    issue::{Issuer, Name, Person, Template, Validity, issue},
    sign::{SigningKey, ToSign, sign},
};
use serde_json::Value;

/// An authority: its key and its certificate.
pub struct Authority {
    key: SigningKey,
    /// The certificate, which it issued itself.
    pub certificate: Certificate,
}

/// A person with a key.
pub struct Identity {
    /// The key.
    pub key: SigningKey,
    /// The certificate.
    pub certificate: Certificate,
}

fn day(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Good for the fixed time of the tests and for the time of the machine.
fn validity() -> Validity {
    (day("2020-01-01T00:00:00Z"), day("2049-12-31T00:00:00Z"))
}

/// The authority that every test trusts; made once per process.
pub fn authority() -> &'static Authority {
    static AUTHORITY: LazyLock<Authority> = LazyLock::new(|| Authority::new("Довірений"));
    &AUTHORITY
}

impl Authority {
    /// An authority that nobody trusts yet.
    pub fn new(name: &str) -> Self {
        let key = SigningKey::generate_ecdsa_p256().unwrap();
        let subject = Name::authority("Центр для перевірок", name, "UA-00000001");
        let public_key = key.public_key_der().unwrap();
        let template = Template::authority(subject, Some(0), public_key, &[1], validity());
        let certificate = issue(&template, Issuer::Itself(&key)).unwrap();
        Self { key, certificate }
    }

    /// A store that trusts this authority.
    pub fn store(&self) -> TrustStore {
        let certificate = Certificate::from_der(self.certificate.der()).unwrap();
        TrustStore::new(vec![certificate], vec![]).unwrap()
    }

    /// A person whose certificate names `drfo`.
    pub fn person(&self, drfo: Option<&str>) -> Identity {
        self.person_valid(drfo, validity())
    }

    /// The same, good from when to when.
    pub fn person_valid(&self, drfo: Option<&str>, validity: Validity) -> Identity {
        let key = SigningKey::generate_ecdsa_p256().unwrap();
        self.certify(key, drfo, validity)
    }

    /// A person with this key.
    pub fn person_with(&self, key: SigningKey, drfo: Option<&str>) -> Identity {
        self.certify(key, drfo, validity())
    }

    fn certify(&self, key: SigningKey, drfo: Option<&str>, validity: Validity) -> Identity {
        let person = Person {
            surname: "Зразковий",
            given_name: "Демʼян Миколайович",
            drfo,
            organisation: None,
        };
        let public_key = key.public_key_der().unwrap();
        let template = Template::person(&person, public_key, &[7], validity);
        let issuer = Issuer::Authority(&self.certificate, &self.key);
        let certificate = issue(&template, issuer).unwrap();
        Identity { key, certificate }
    }
}

impl Identity {
    /// `content` signed at `at`, as `user_data`.
    pub fn sign(&self, content: &Value, at: DateTime<Utc>) -> String {
        self.sign_octets(&serde_json::to_vec(content).unwrap(), Some(at))
    }

    /// Any octets signed, as `user_data`.
    pub fn sign_octets(&self, content: &[u8], signing_time: Option<DateTime<Utc>>) -> String {
        let what = ToSign {
            content,
            certificate: &self.certificate,
            chain: &[],
            signing_time,
        };
        base64::encode(&sign(&self.key, &what).unwrap())
    }
}
