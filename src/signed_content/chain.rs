//! From the signer's certificate up to one that is trusted (signed content §10).
//!
//! ```text
//! signer ──▶ candidates with the issuer's name ──▶ rules 1–4 ──▶ is it trusted? ── yes ──▶ times ──▶ good, or out of time
//!    ▲        trusted, then intermediates,              │                 │
//!    │        then those of the message                 ▼ next            no
//!    └────────────────────────────────────────────────────────────────────┘   at most four times
//! ```

use chrono::{DateTime, Utc};

use super::{
    certificate::Certificate,
    rejection::{Reason, SignedError},
    trust_store::TrustStore,
};

/// Certificates above the signer (signed content §2).
const MAX_LENGTH: usize = 4;
/// Certificate signatures checked for one message (signed content §2).
const MAX_SIGNATURES: u8 = 12;

/// Finds a chain from `signer` to a trusted certificate that is good at `now`. Certificates of the
/// message help to build it, never to anchor it.
///
/// The chain goes from the signer to the anchor, both included.
///
/// # Errors
/// [`SignedError::Untrusted`] when no path keeps the rules, with the reason that stopped the path
/// that came furthest; [`SignedError::OutOfTime`] when one does, but not at `now`.
pub fn build<'a>(
    signer: &'a Certificate,
    message: &'a [Certificate],
    store: &'a TrustStore,
    now: DateTime<Utc>,
) -> Result<Vec<&'a Certificate>, SignedError> {
    may_sign(signer).map_err(SignedError::Untrusted)?;
    let mut search = Search {
        message,
        store,
        now,
        signatures_left: MAX_SIGNATURES,
        out_of_time: None,
        furthest: (0, Reason::UnknownIssuer),
    };
    let mut path = vec![signer];
    if search.extend(&mut path) {
        store.remember(&path);
        return Ok(path);
    }
    Err(match search {
        Search {
            furthest: (_, reason @ Reason::SignatureBudget),
            ..
        } => SignedError::Untrusted(reason),
        Search {
            out_of_time: Some(reason),
            ..
        } => SignedError::OutOfTime(reason),
        Search { .. } if signer.is_self_issued() => SignedError::Untrusted(Reason::SelfSigned),
        Search {
            furthest: (_, reason),
            ..
        } => SignedError::Untrusted(reason),
    })
}

/// Whether a certificate was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revocation {
    /// Nobody asked: lists and responders need the network, which these checks stay away from.
    NotChecked,
}

/// The place where revocation would be checked (signed content §10).
#[must_use]
pub const fn revocation(_chain: &[&Certificate]) -> Revocation {
    Revocation::NotChecked
}

/// Rules 6 and 7 for the signer.
fn may_sign(signer: &Certificate) -> Result<(), Reason> {
    if signer.is_authority() {
        Err(Reason::SignerIsAuthority)
    } else if !signer.may_sign_content() {
        Err(Reason::SignerKeyUsage)
    } else if signer.has_unknown_critical_extension() {
        Err(Reason::CriticalExtension)
    } else {
        Ok(())
    }
}

/// Rule 5 for one certificate.
pub(super) fn is_in_time(certificate: &Certificate, now: DateTime<Utc>) -> Result<(), Reason> {
    let (not_before, not_after) = certificate.validity();
    if now < not_before {
        Err(Reason::CertificateNotYetValid)
    } else if now > not_after {
        Err(Reason::CertificateExpired)
    } else {
        Ok(())
    }
}

struct Search<'a> {
    message: &'a [Certificate],
    store: &'a TrustStore,
    now: DateTime<Utc>,
    signatures_left: u8,
    /// Why a path that keeps the other rules is not good now.
    out_of_time: Option<Reason>,
    /// How long the path that came furthest was, and why it ended.
    furthest: (usize, Reason),
}

impl<'a> Search<'a> {
    /// Extends the path upwards until it ends in a trusted certificate and all of it is in time. It
    /// calls itself at most four levels deep.
    fn extend(&mut self, path: &mut Vec<&'a Certificate>) -> bool {
        let Some(&subject) = path.last() else {
            return false;
        };
        let candidates = self.candidates(subject);
        if candidates.is_empty() {
            self.record_failure(path.len(), Reason::UnknownIssuer);
        }
        for candidate in candidates {
            if let Err(reason) = self.may_issue(candidate, subject, path) {
                self.record_failure(path.len(), reason);
                if reason == Reason::SignatureBudget {
                    return false;
                }
                continue;
            }
            path.push(candidate);
            let found = if self.store.is_trusted(candidate) {
                self.is_path_in_time(path)
            } else {
                self.extend(path)
            };
            if found {
                return true;
            }
            path.pop();
            if self.furthest.1 == Reason::SignatureBudget {
                return false;
            }
        }
        false
    }

    /// Rule 1: all with the issuer's name, trusted ones first. Inside each group those that are in
    /// time come first, since the checks are counted and an authority that renewed its key has
    /// several.
    fn candidates(&self, subject: &Certificate) -> Vec<&'a Certificate> {
        let mut candidates: Vec<_> = self
            .store
            .trusted_named(subject.issuer())
            .map(|candidate| (0, candidate))
            .chain(
                self.store
                    .intermediates_named(subject.issuer())
                    .map(|candidate| (1, candidate)),
            )
            .chain(
                self.message
                    .iter()
                    .filter(|candidate| candidate.subject() == subject.issuer())
                    .map(|candidate| (2, candidate)),
            )
            .collect();
        candidates
            .sort_by_key(|(group, candidate)| (*group, is_in_time(candidate, self.now).is_err()));
        let mut seen = vec![];
        candidates.retain(|(_, candidate)| {
            let is_new = !seen.contains(&candidate.sha256());
            seen.push(candidate.sha256());
            is_new
        });
        candidates
            .into_iter()
            .map(|(_, candidate)| candidate)
            .collect()
    }

    /// Rules 1 to 3 and 7, the signature last: it is what costs.
    fn may_issue(
        &mut self,
        issuer: &Certificate,
        subject: &Certificate,
        path: &[&Certificate],
    ) -> Result<(), Reason> {
        if let (Some(named), Some(own)) = (
            subject.authority_key_identifier(),
            issuer.subject_key_identifier(),
        ) && named != own
        {
            return Err(Reason::KeyIdentifier);
        }
        if path
            .iter()
            .any(|certificate| certificate.sha256() == issuer.sha256())
        {
            return Err(Reason::UnknownIssuer);
        }
        if path.len() > MAX_LENGTH {
            return Err(Reason::ChainLength);
        }
        if !issuer.is_authority() {
            return Err(Reason::IssuerNotAuthority);
        }
        if !issuer.may_sign_certificates() {
            return Err(Reason::IssuerKeyUsage);
        }
        if issuer.has_unknown_critical_extension() {
            return Err(Reason::CriticalExtension);
        }
        let authorities_below = path
            .iter()
            .skip(1)
            .filter(|certificate| !certificate.is_self_issued())
            .count();
        if issuer.path_length().is_some_and(|limit| {
            usize::try_from(limit).is_ok_and(|limit| authorities_below > limit)
        }) {
            return Err(Reason::PathLength);
        }
        self.has_signed(issuer, subject)
    }

    /// Rule 2. A link that was once found good in a whole chain stays good; everything that time
    /// changes is looked at again.
    fn has_signed(&mut self, issuer: &Certificate, subject: &Certificate) -> Result<(), Reason> {
        if self.store.remembers(subject, issuer) {
            return Ok(());
        }
        let (Some(algorithm), Some(key)) = (subject.algorithm(), issuer.public_key()) else {
            return Err(Reason::CertificateAlgorithm);
        };
        if key.kind() != algorithm.key_kind() {
            return Err(Reason::CertificateSignature);
        }
        self.signatures_left = self
            .signatures_left
            .checked_sub(1)
            .ok_or(Reason::SignatureBudget)?;
        if subject.is_signed_by(key) {
            Ok(())
        } else {
            Err(Reason::CertificateSignature)
        }
    }

    /// Rule 5 for the whole path, the anchor included.
    fn is_path_in_time(&mut self, path: &[&Certificate]) -> bool {
        let result = path
            .iter()
            .try_for_each(|certificate| is_in_time(certificate, self.now));
        if let Err(reason) = result {
            self.out_of_time.get_or_insert(reason);
        }
        result.is_ok()
    }

    fn record_failure(&mut self, length: usize, reason: Reason) {
        if length > self.furthest.0 || reason == Reason::SignatureBudget {
            self.furthest = (length, reason);
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::{
        super::{
            issue::{Issuer, Name, Person, Template, issue},
            sign::SigningKey,
        },
        *,
    };

    #[test]
    fn links_above_the_signer_are_remembered_once_a_chain_is_good() {
        // signed content §14: cache verified CA chains
        let now: DateTime<Utc> = "2026-06-15T10:05:00Z".parse().unwrap();
        let validity = (now, now + TimeDelta::days(1));
        let key = SigningKey::generate_ecdsa_p256().unwrap();
        let public_key = key.public_key_der().unwrap();
        let authority = |name: &str, serial: u8, issuer: Option<&Certificate>| {
            let name = Name::authority("Тест", name, "UA-1");
            let template = Template::authority(name, None, public_key.clone(), &[serial], validity);
            let issuer =
                issuer.map_or(Issuer::Itself(&key), |above| Issuer::Authority(above, &key));
            issue(&template, issuer).unwrap()
        };
        let root = authority("Корінь", 1, None);
        let intermediate = authority("КНЕДП", 2, Some(&root));
        let person = Person {
            surname: "Ї",
            given_name: "Ґ",
            drfo: None,
            organisation: None,
        };
        let person = Template::person(&person, public_key.clone(), &[3], validity);
        let person = issue(&person, Issuer::Authority(&intermediate, &key)).unwrap();
        let copy = |certificate: &Certificate| Certificate::from_der(certificate.der()).unwrap();
        let store = TrustStore::new(vec![copy(&root)], vec![copy(&intermediate)]).unwrap();

        let late = now + TimeDelta::days(2);
        assert!(build(&person, &[], &store, late).is_err());
        assert!(
            !store.remembers(&intermediate, &root),
            "the chain was not good"
        );
        assert_eq!(build(&person, &[], &store, now).unwrap().len(), 3);
        assert!(store.remembers(&intermediate, &root));
        assert!(
            !store.remembers(&person, &intermediate),
            "there are too many signers"
        );
        assert!(build(&person, &[], &store, late).is_err());
    }

    #[test]
    fn a_store_is_shared_between_threads() {
        const fn is_shared<T: Send + Sync>() {}
        is_shared::<TrustStore>();
    }
}
