//! Certificates of authorities as an operator handles them: what a certificate says, and which of a
//! file's certificates go into which set.
//!
//! Everything here is decided from certificates and a time; files and the terminal are for `dovira
//! ca`. Names come from files that others wrote: whatever is shown of them goes through [`printable_text`](super::text::printable_text) or
//! [`json_line`].

use std::collections::HashSet;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use super::{
    algorithm_name, certificate::Certificate, chain, hex, identity, oid, rejection::Reason,
    text::printable_text,
};

/// Characters of a name, at most. X.520 allows 64; real ones are longer.
const MAX_NAME: usize = 256;
/// Characters of a serial number or key identifier, at most. Real ones have up to 64.
const MAX_HEX: usize = 128;

/// The sets of the trust store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Set {
    /// Those that end a chain.
    Trusted,
    /// Those that help to build one.
    Intermediate,
}

/// Where a time lies in a certificate's validity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Inside.
    Good,
    /// Behind it.
    Expired,
    /// Before it.
    NotYetValid,
}

impl State {
    /// The state of `certificate` at `now`.
    #[must_use]
    pub fn of(certificate: &Certificate, now: DateTime<Utc>) -> Self {
        match chain::is_in_time(certificate, now) {
            Ok(()) => Self::Good,
            Err(Reason::CertificateNotYetValid) => Self::NotYetValid,
            Err(_) => Self::Expired,
        }
    }

    /// The state in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Expired => "expired",
            Self::NotYetValid => "not yet valid",
        }
    }
}

/// What is told of a certificate. Its own words are shortened, never altered: whoever prints them
/// sees to control characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Description {
    /// The subject's commonName.
    pub common_name: Option<String>,
    /// The subject's organizationName.
    pub organization: Option<String>,
    /// The key, such as `ecdsa-p256`; an object identifier when it has no word.
    pub key_algorithm: String,
    /// Whether the key can check signatures here: one that cannot vouches for nobody.
    pub is_key_supported: bool,
    /// How it is signed, such as `rsa4096-sha256`; without the size when the issuer is not known.
    pub signature_algorithm: String,
    /// Whether that signature can be checked.
    pub is_signature_supported: bool,
    /// basicConstraints cA.
    pub is_authority: bool,
    /// Whether subject and issuer have the same name and the same key.
    pub is_self_signed: bool,
    /// The first moment of its validity, RFC 3339 in UTC.
    pub not_before: String,
    /// The last.
    pub not_after: String,
    /// SubjectKeyIdentifier in lower-case hexadecimal digits.
    pub key_id: Option<String>,
    /// The serial number likewise.
    pub serial: String,
    /// SHA-256 of the whole certificate likewise.
    pub sha256: String,
}

impl Description {
    /// Describes `certificate`; `others` are those among which its issuer is looked for.
    #[must_use]
    pub fn of(certificate: &Certificate, others: &[&Certificate]) -> Self {
        let issuer = others.iter().copied().find(|other| {
            other.subject() == certificate.issuer()
                && other
                    .public_key()
                    .is_some_and(|key| certificate.is_signed_by(key))
        });
        let key = algorithm_name::of_key(certificate);
        let signature = algorithm_name::of_signature(certificate, issuer);
        let name = |kind| {
            identity::name_text(certificate.subject(), kind).map(|text| truncate(&text, MAX_NAME))
        };
        let id = certificate.id();
        let (not_before, not_after) = certificate.validity();
        Self {
            common_name: name(oid::COMMON_NAME),
            organization: name(oid::ORGANIZATION),
            key_algorithm: key.word,
            is_key_supported: key.is_supported,
            signature_algorithm: signature.word,
            is_signature_supported: signature.is_supported,
            is_authority: certificate.is_authority(),
            is_self_signed: is_self_signed(certificate),
            not_before: moment(not_before),
            not_after: moment(not_after),
            key_id: certificate
                .subject_key_identifier()
                .map(|octets| truncate(&hex(octets), MAX_HEX)),
            serial: truncate(&id.serial, MAX_HEX),
            sha256: hex(&id.sha256),
        }
    }

    /// The subject on one line, safe to show.
    #[must_use]
    pub fn subject(&self, most: usize) -> String {
        let parts: Vec<_> = [&self.common_name, &self.organization]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        if parts.is_empty() {
            "(no name)".to_owned()
        } else {
            printable_text(&parts.join(", "), most)
        }
    }
}

/// Subject and issuer have one name, and the certificate names no other key as its issuer's. Whether
/// the signature holds is another question. A certificate for an authority's old key under its new
/// one has one name and two keys: it is none.
fn is_self_signed(certificate: &Certificate) -> bool {
    let names_other_key = matches!(
        (certificate.authority_key_identifier(), certificate.subject_key_identifier()),
        (Some(issuer), Some(own)) if issuer != own
    );
    certificate.is_self_issued() && !names_other_key
}

/// What the operator asked for.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// Into which set, when it was said.
    pub set: Option<Set>,
    /// SHA-256 of the certificates that were named one by one; empty: all of the file.
    pub named: Vec<[u8; 32]>,
}

/// SHA-256 of what the sets hold already.
#[derive(Debug, Clone, Default)]
pub struct ExistingDigests {
    /// The trusted.
    pub trusted: HashSet<[u8; 32]>,
    /// The intermediates.
    pub intermediates: HashSet<[u8; 32]>,
}

/// What becomes of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It is added to this set.
    Add(Set),
    /// It is there already.
    Present,
    /// It is left out.
    Skip(Unusable),
}

/// Why a certificate is not added.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// A person's, a responder's.
    #[error("it is not a certification authority's (basicConstraints cA)")]
    NotAuthority,
    /// keyUsage is there without keyCertSign.
    #[error("its key may not sign certificates (keyUsage keyCertSign)")]
    KeyUsage,
    /// Every chain through it would be refused.
    #[error("it has a critical extension that is not understood")]
    CriticalExtension,
    /// Its validity is over.
    #[error("it expired at {0}")]
    Expired(String),
    /// Its validity has not begun.
    #[error("it is valid only from {0}")]
    NotYetValid(String),
    /// It could vouch for nobody.
    #[error("its key is of no supported kind or size ({0})")]
    Key(String),
    /// Nobody could vouch for it.
    #[error("it is signed with an algorithm that is not supported ({0})")]
    Algorithm(String),
    /// Forged or damaged.
    #[error("it is self-signed, but the signature is not one by its own key")]
    OwnSignature,
    /// A root, and nobody said that it shall be trusted.
    #[error(
        "it is self-signed: compare its SHA-256 with the one that the authority publishes, then trust it with --as trusted"
    )]
    TrustNotAsked,
    /// One of several, not a root, and not named.
    #[error("it is not self-signed: to trust it directly, name it with --sha256")]
    TrustNotNamed,
}

/// Decides about each certificate of a file at `now`, in order.
///
/// The file's certificates are distinct. Only what can be part of a good chain is added. What
/// becomes trusted vouches for everyone below it, so nothing becomes trusted that was not asked for:
/// a self-signed one by [`Wish::set`], another one besides by being the only one or named.
#[must_use]
pub fn decide(
    certificates: &[&Certificate],
    wish: &Wish,
    known: &ExistingDigests,
    now: DateTime<Utc>,
) -> Vec<Decision> {
    let is_named = certificates.len() == 1 || !wish.named.is_empty();
    certificates
        .iter()
        .map(|certificate| {
            decide_one(certificate, wish.set, is_named, known, now).unwrap_or_else(Decision::Skip)
        })
        .collect()
}

fn decide_one(
    certificate: &Certificate,
    set: Option<Set>,
    is_named: bool,
    known: &ExistingDigests,
    now: DateTime<Utc>,
) -> Result<Decision, Unusable> {
    can_vouch(certificate, now)?;
    let is_self_signed = is_self_signed(certificate);
    let is_trusted = known.trusted.contains(&certificate.sha256());
    if is_self_signed || set != Some(Set::Trusted) {
        has_supported_signature(certificate)?;
    }
    let is_own_key = certificate
        .public_key()
        .is_some_and(|key| certificate.is_signed_by(key));
    if is_self_signed && !is_own_key {
        return Err(Unusable::OwnSignature);
    }
    match set {
        _ if is_trusted => Ok(Decision::Present),
        Some(Set::Trusted) if is_self_signed || is_named => Ok(Decision::Add(Set::Trusted)),
        Some(Set::Trusted) => Err(Unusable::TrustNotNamed),
        None if is_self_signed => Err(Unusable::TrustNotAsked),
        Some(Set::Intermediate) | None => {
            Ok(if known.intermediates.contains(&certificate.sha256()) {
                Decision::Present
            } else {
                Decision::Add(Set::Intermediate)
            })
        }
    }
}

/// The rules for an issuer (signed content §10), without those that need a whole chain.
fn can_vouch(certificate: &Certificate, now: DateTime<Utc>) -> Result<(), Unusable> {
    let (not_before, not_after) = certificate.validity();
    if !certificate.is_authority() {
        return Err(Unusable::NotAuthority);
    }
    if !certificate.may_sign_certificates() {
        return Err(Unusable::KeyUsage);
    }
    match State::of(certificate, now) {
        State::Good => {}
        State::Expired => return Err(Unusable::Expired(moment(not_after))),
        State::NotYetValid => return Err(Unusable::NotYetValid(moment(not_before))),
    }
    if certificate.has_unknown_critical_extension() {
        return Err(Unusable::CriticalExtension);
    }
    match certificate.public_key() {
        Some(_) => Ok(()),
        None => Err(Unusable::Key(algorithm_name::of_key(certificate).word)),
    }
}

fn has_supported_signature(certificate: &Certificate) -> Result<(), Unusable> {
    if certificate.algorithm().is_some() {
        Ok(())
    } else {
        let name = algorithm_name::of_signature(certificate, None);
        Err(Unusable::Algorithm(name.word))
    }
}

fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// `text` with at most so many characters, the last of them `…` when some are left out.
fn truncate(text: &str, most: usize) -> String {
    if text.chars().nth(most).is_none() {
        return text.to_owned();
    }
    let kept = text.chars().take(most.saturating_sub(1));
    kept.chain(['…']).collect()
}

/// `value` as JSON on one line. Characters that are not printed as themselves are written as escapes
/// of JSON, so that the line is the same data and harmless on a terminal.
///
/// # Errors
/// When `value` cannot be written as JSON.
pub fn json_line(value: &impl Serialize) -> Result<String, serde_json::Error> {
    let text = serde_json::to_string(value)?;
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        // Outside of strings JSON is ASCII, and inside of them ASCII controls are escaped but DEL.
        let is_itself = character.is_ascii_graphic()
            || character == ' '
            || character.escape_debug().next() == Some(character);
        if is_itself {
            line.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                line.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    Ok(line)
}

#[cfg(test)]
mod tests {
    use openssl::{hash::MessageDigest, pkey::PKey, rsa::Rsa, sign::Signer};
    use serde_json::{Value, json};

    use super::{
        super::{
            certificate::{BasicConstraints, KeyUsage},
            der_write as write,
            issue::{Extension, Issuer, Name, Template, issue},
            sign::SigningKey,
        },
        *,
    };

    const NOW: &str = "2026-06-15T10:00:00Z";

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// An authority with a key, a certificate of its own, and one below it.
    struct World {
        key: SigningKey,
        root: Certificate,
        below: Certificate,
    }

    fn template(key: &SigningKey, name: &str, serial: u8) -> Template {
        let validity = (at("2022-01-01T00:00:00Z"), at("2032-01-01T00:00:00Z"));
        let name = Name::authority("Центр", name, "UA-1");
        Template::authority(
            name,
            None,
            key.public_key_der().unwrap(),
            &[serial],
            validity,
        )
    }

    impl World {
        fn new() -> Self {
            let key = SigningKey::generate_ecdsa_p256().unwrap();
            let root = issue(&template(&key, "Корінь", 1), Issuer::Itself(&key)).unwrap();
            let other = SigningKey::generate_ecdsa_p256().unwrap();
            let template = template(&other, "Надавач", 2);
            let below = issue(&template, Issuer::Authority(&root, &key)).unwrap();
            Self { key, root, below }
        }

        /// A certificate below the root that differs from a good one in what `change` changes.
        fn issue_with(&self, change: impl Fn(&mut Template)) -> Certificate {
            let key = SigningKey::generate_ecdsa_p256().unwrap();
            let mut template = template(&key, "Інший", 3);
            change(&mut template);
            issue(&template, Issuer::Authority(&self.root, &self.key)).unwrap()
        }
    }

    fn copy(certificate: &Certificate) -> Certificate {
        Certificate::from_der(certificate.der()).unwrap()
    }

    fn decide_alone(
        certificate: &Certificate,
        set: Option<Set>,
        known: &ExistingDigests,
    ) -> Decision {
        let wish = Wish { set, named: vec![] };
        decide(&[certificate], &wish, known, at(NOW)).remove(0)
    }

    #[test]
    fn only_what_can_be_part_of_a_good_chain_is_added() {
        // signed content §10
        let world = World::new();
        let small = PKey::from_rsa(Rsa::generate(1024).unwrap()).unwrap();
        for (certificate, reason) in [
            (world.issue_with(|_| {}), None),
            (
                world.issue_with(|template| template.basic_constraints = None),
                Some("it is not a certification authority's (basicConstraints cA)"),
            ),
            (
                world.issue_with(|template| {
                    template.basic_constraints = Some(BasicConstraints {
                        is_authority: false,
                        path_length: None,
                    });
                }),
                Some("it is not a certification authority's (basicConstraints cA)"),
            ),
            (
                world
                    .issue_with(|template| template.key_usage = Some(KeyUsage(KeyUsage::CRL_SIGN))),
                Some("its key may not sign certificates (keyUsage keyCertSign)"),
            ),
            (world.issue_with(|template| template.key_usage = None), None),
            (
                world.issue_with(|template| {
                    template.extensions = vec![Extension {
                        oid: vec![0x55, 0x1d, 0x1e],
                        is_critical: true,
                        value: write::sequence(&[]),
                    }];
                }),
                Some("it has a critical extension that is not understood"),
            ),
            (
                world.issue_with(|template| {
                    template.public_key = small.public_key_to_der().unwrap()
                }),
                Some("its key is of no supported kind or size (rsa1024)"),
            ),
            (
                world.issue_with(|template| template.not_after = at("2026-06-15T09:59:59Z")),
                Some("it expired at 2026-06-15T09:59:59Z"),
            ),
            (
                world.issue_with(|template| template.not_after = at(NOW)),
                None,
            ),
            (
                world.issue_with(|template| template.not_before = at(NOW)),
                None,
            ),
            (
                world.issue_with(|template| template.not_before = at("2026-06-15T10:00:01Z")),
                Some("it is valid only from 2026-06-15T10:00:01Z"),
            ),
        ] {
            for set in [None, Some(Set::Trusted), Some(Set::Intermediate)] {
                let expected = if set == Some(Set::Trusted) {
                    Decision::Add(Set::Trusted)
                } else {
                    Decision::Add(Set::Intermediate)
                };
                match (
                    decide_alone(&certificate, set, &ExistingDigests::default()),
                    reason,
                ) {
                    (Decision::Skip(unusable), Some(reason)) => {
                        assert_eq!(unusable.to_string(), reason, "{set:?}");
                    }
                    (decision, reason) => assert_eq!((decision, reason), (expected, None)),
                }
            }
        }
    }

    #[test]
    fn nothing_becomes_trusted_that_was_not_asked_for() {
        use Decision::{Add, Present, Skip};
        use Set::{Intermediate, Trusted};
        let world = World::new();
        let (root, below) = (&world.root, &world.below);
        let known = |trusted: &[&Certificate], intermediates: &[&Certificate]| ExistingDigests {
            trusted: trusted.iter().map(|one| one.sha256()).collect(),
            intermediates: intermediates.iter().map(|one| one.sha256()).collect(),
        };
        let nobody = &known(&[], &[]);
        let root_trusted = &known(&[root], &[]);
        let both = &known(&[below], &[root, below]);
        let (not_asked, not_named) = (Skip(Unusable::TrustNotAsked), Skip(Unusable::TrustNotNamed));
        // Root and one below it in one file: what becomes of each.
        for (set, named, known, expected) in [
            (None, false, nobody, [not_asked.clone(), Add(Intermediate)]),
            (None, false, root_trusted, [Present, Add(Intermediate)]),
            (None, true, nobody, [not_asked.clone(), Add(Intermediate)]),
            (None, false, both, [not_asked, Present]),
            (Some(Trusted), false, nobody, [Add(Trusted), not_named]),
            (Some(Trusted), true, nobody, [Add(Trusted), Add(Trusted)]),
            (Some(Trusted), false, both, [Add(Trusted), Present]),
            (
                Some(Intermediate),
                false,
                nobody,
                [Add(Intermediate), Add(Intermediate)],
            ),
            (
                Some(Intermediate),
                false,
                root_trusted,
                [Present, Add(Intermediate)],
            ),
            (Some(Intermediate), false, both, [Present, Present]),
        ] {
            let named = if named {
                vec![root.sha256(), below.sha256()]
            } else {
                vec![]
            };
            let wish = Wish { set, named };
            let decisions = decide(&[root, below], &wish, known, at(NOW));
            assert_eq!(decisions, expected, "{wish:?} {known:?}");
        }
        // The only one of its file is as good as named.
        assert_eq!(decide_alone(below, Some(Trusted), nobody), Add(Trusted));
        assert_eq!(
            decide_alone(root, None, nobody),
            Skip(Unusable::TrustNotAsked)
        );
    }

    #[test]
    fn a_self_signed_one_is_signed_by_its_own_key() {
        let world = World::new();
        let other = SigningKey::generate_ecdsa_p256().unwrap();
        // The root's name, but another key; it says that it is the issuer's.
        let mut forged = template(&other, "Корінь", 4);
        let own = issue(&forged, Issuer::Itself(&other)).unwrap();
        forged.authority_key_identifier = own.subject_key_identifier().map(<[u8]>::to_vec);
        let forged = issue(&forged, Issuer::Authority(&world.root, &world.key)).unwrap();
        for set in [None, Some(Set::Trusted), Some(Set::Intermediate)] {
            assert_eq!(
                decide_alone(&forged, set, &ExistingDigests::default()),
                Decision::Skip(Unusable::OwnSignature)
            );
        }
        // A new key of the root, vouched for by the old one, is not self-signed.
        let renewed = issue(
            &template(&other, "Корінь", 5),
            Issuer::Authority(&world.root, &world.key),
        )
        .unwrap();
        assert_eq!(
            decide_alone(&renewed, None, &ExistingDigests::default()),
            Decision::Add(Set::Intermediate)
        );
    }

    #[test]
    fn an_unsupported_signature_matters_to_chains_only() {
        let world = World::new();
        let der = sha1_signed(&world.below);
        let certificate = Certificate::from_der(&der).unwrap();
        for set in [None, Some(Set::Intermediate)] {
            assert_eq!(
                decide_alone(&certificate, set, &ExistingDigests::default()),
                Decision::Skip(Unusable::Algorithm("rsa-sha1".to_owned()))
            );
        }
        assert_eq!(
            decide_alone(
                &certificate,
                Some(Set::Trusted),
                &ExistingDigests::default()
            ),
            Decision::Add(Set::Trusted)
        );
    }

    /// The certificate, as if an old authority had signed it.
    fn sha1_signed(certificate: &Certificate) -> Vec<u8> {
        use super::super::der::{Reader, tag};
        let mut outer = Reader::only(certificate.der()).unwrap().enter().unwrap();
        let mut fields = outer.next().unwrap().enter().unwrap();
        let sha1 = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5];
        let algorithm = write::sequence(&[&write::oid(&sha1), &write::null()]);
        let mut parts = vec![];
        while !fields.is_empty() {
            let part = fields.next().unwrap().raw;
            let is_algorithm = parts.len() == 2;
            parts.push(if is_algorithm {
                algorithm.clone()
            } else {
                part.to_vec()
            });
        }
        let parts: Vec<_> = parts.iter().map(Vec::as_slice).collect();
        let tbs = write::value(tag::SEQUENCE, &parts);
        let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
        let mut signer = Signer::new(MessageDigest::sha1(), &key).unwrap();
        let signature = signer.sign_oneshot_to_vec(&tbs).unwrap();
        write::sequence(&[&tbs, &algorithm, &write::bit_string(&signature)])
    }

    #[test]
    fn states_include_both_bounds() {
        let world = World::new();
        for (now, expected) in [
            ("2021-12-31T23:59:59Z", State::NotYetValid),
            ("2022-01-01T00:00:00Z", State::Good),
            ("2032-01-01T00:00:00Z", State::Good),
            ("2032-01-01T00:00:01Z", State::Expired),
        ] {
            assert_eq!(State::of(&world.root, at(now)), expected, "{now}");
        }
    }

    #[test]
    fn a_description_is_bounded() {
        let world = World::new();
        let long = world.issue_with(|template| {
            template.subject = Name::new(&[(oid::COMMON_NAME, &"ї".repeat(10_000))]);
            template.serial = vec![0x11; 5_000];
        });
        let description = Description::of(&long, &[&world.below, &world.root]);
        let name = description.common_name.clone().unwrap();
        assert_eq!(name.chars().count(), MAX_NAME);
        assert!(name.ends_with("її…"));
        assert_eq!(description.serial.chars().count(), MAX_HEX);
        assert_eq!(description.subject(98).chars().count(), 98);
        assert_eq!(description.signature_algorithm, "ecdsa-p256-sha256");
        assert!(!description.is_self_signed);
        let nameless = world.issue_with(|template| template.subject = Name::new(&[]));
        assert_eq!(Description::of(&nameless, &[]).subject(98), "(no name)");
        let root = copy(&world.root);
        assert_eq!(Description::of(&root, &[]).subject(98), "Корінь, Центр");
    }

    #[test]
    fn what_is_shown_is_harmless_and_short() {
        for (text, most, expected) in [
            ("ДП «Дія», м. Київ", 98, "ДП «Дія», м. Київ"),
            ("Обʼєднання \"Дніпро's\"", 98, "Обʼєднання \"Дніпро's\""),
            ("a\u{1b}[31m\n", 98, "a\\u{1b}[31m\\n"),
            (
                "\u{202e}\u{200b}\u{7f}\u{9b}\u{301}",
                98,
                "\\u{202e}\\u{200b}\\u{7f}\\u{9b}\\u{301}",
            ),
            ("\\u{1b}", 98, "\\\\u{1b}"),
            ("абвгґ", 5, "абвгґ"),
            ("абвгґд", 5, "абвг…"),
            ("абв\u{202e}", 5, "абв…"),
            ("\u{202e}", 5, "…"),
            ("", 0, ""),
            ("а", 0, "…"),
        ] {
            assert_eq!(printable_text(text, most), expected, "{text:?} {most}");
        }
    }

    #[test]
    fn a_line_of_json_is_the_same_data() {
        let hostile = "\u{1b}[2J\n\r\u{202e}\u{7f}\u{85}\u{2028}\"\\'\u{e0001}їʼ";
        let line = json_line(&json!({ "name": hostile })).unwrap();
        assert_eq!(
            line,
            r#"{"name":"\u001b[2J\n\r\u202e\u007f\u0085\u2028\"\\'\udb40\udc01їʼ"}"#
        );
        assert_eq!(
            serde_json::from_str::<Value>(&line).unwrap()["name"],
            hostile
        );
    }
}
