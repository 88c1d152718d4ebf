//! Who of the registry is the person that a registration is about (§11.3, authority §2).

use chrono::{DateTime, Utc};

use super::error::SignUpError;
use crate::{
    config::People,
    db::Link,
    person::{
        age::{self, full_years, kyiv_day},
        documents::documents_signed_by,
        matching::{Score, TaxIdIs, score},
        registration::Person,
        signer::ProvenIdentity,
        store::{self, Candidate, RegisteredPerson},
    },
};

/// What the numbers of a submitted person are worth.
#[derive(Debug, Clone, Copy)]
pub(super) enum SubmittedNumbers<'a> {
    /// A confidant typed them.
    Typed,
    /// The person signed them: the one that their certificate names is proven.
    Signed(ProvenIdentity<'a>),
}

impl SubmittedNumbers<'_> {
    fn tax_id_is(&self, submitted: &Person) -> TaxIdIs {
        match self {
            Self::Signed(proven) if submitted.tax_id.as_deref() == Some(proven.number) => {
                TaxIdIs::Proven
            }
            Self::Typed | Self::Signed(_) => TaxIdIs::Typed,
        }
    }
}

/// The one registered person whose score is above the threshold (§11.3), dead or alive. A child is searched by tax number
/// and by birth certificate; others by tax number, or by documents when they have none. Whoever signs for themselves is
/// searched by the document that their certificate names, and by no other.
///
/// # Errors
/// 401 when there are several; when the database fails.
pub(super) async fn find_matching(
    link: Link<'_>,
    people: &People,
    submitted: &Person,
    numbers: SubmittedNumbers<'_>,
    now: DateTime<Utc>,
) -> Result<Option<RegisteredPerson>, SignUpError> {
    let documents = searched_documents(people, submitted, numbers, now);
    let (tax_id, born) = (submitted.tax_id.as_deref(), submitted.birth_date);
    let candidates = store::candidates(link, tax_id, born, &documents).await?;
    matching(candidates, people, submitted, numbers, now)
}

fn searched_documents(
    people: &People,
    submitted: &Person,
    numbers: SubmittedNumbers<'_>,
    now: DateTime<Utc>,
) -> Vec<(String, String)> {
    const BIRTH_CERTIFICATES: [&str; 2] = ["BIRTH_CERTIFICATE", "BIRTH_CERTIFICATE_FOREIGN"];
    let mut documents = submitted.traits(&people.search_document_types).documents;
    match numbers {
        SubmittedNumbers::Signed(proven) => documents_signed_by(proven.number, &documents),
        SubmittedNumbers::Typed => {
            let years = full_years(submitted.birth_date, kyiv_day(now));
            if years < i32::from(people.no_self_auth_age) {
                documents.retain(|(kind, _)| BIRTH_CERTIFICATES.contains(&kind.as_str()));
            } else if submitted.tax_id.is_some() {
                documents.clear();
            }
            documents
        }
    }
}

/// The one of `candidates` who is the submitted person. A record that somebody typed never makes several of one that
/// somebody answers for.
fn matching(
    candidates: Vec<Candidate>,
    people: &People,
    submitted: &Person,
    numbers: SubmittedNumbers<'_>,
    now: DateTime<Utc>,
) -> Result<Option<RegisteredPerson>, SignUpError> {
    let threshold = Score::threshold(people.match_score)
        .ok_or_else(|| SignUpError::Internal("the match score is out of range".to_owned()))?;
    let types = &people.search_document_types;
    let mut submitted_traits = submitted.traits(types);
    if let SubmittedNumbers::Signed(proven) = numbers {
        submitted_traits.documents =
            documents_signed_by(proven.number, &submitted_traits.documents);
    }
    let tax_id_is = numbers.tax_id_is(submitted);
    let (claimed, vouched): (Vec<_>, Vec<_>) = candidates
        .into_iter()
        .filter(|one| score(&one.traits(types), &submitted_traits, tax_id_is).is_above(threshold))
        .map(|one| one.known)
        .partition(RegisteredPerson::is_claimed);
    let claimed = claimed
        .into_iter()
        .filter(|known| may_match_claimed(known, people, submitted, numbers, now))
        .collect();
    match one_of(vouched)? {
        Some(known) => Ok(Some(known)),
        None => one_of(claimed),
    }
}

/// Whether a record that somebody else typed may be the submitted person's: of an adult only its owner's, who has everything
/// that it says (authority §2).
fn may_match_claimed(
    known: &RegisteredPerson,
    people: &People,
    submitted: &Person,
    numbers: SubmittedNumbers<'_>,
    now: DateTime<Utc>,
) -> bool {
    match numbers {
        SubmittedNumbers::Typed => {
            !age::is_adult(known.birth_date, people.full_legal_capacity_age, now)
        }
        SubmittedNumbers::Signed(proven) => {
            let is_by_tax_id = submitted.tax_id.as_deref() == Some(proven.number);
            if is_by_tax_id {
                proven.owns_claimed(known, people.no_self_auth_age, now)
            } else {
                proven.has_names(known)
            }
        }
    }
}

fn one_of(mut found: Vec<RegisteredPerson>) -> Result<Option<RegisteredPerson>, SignUpError> {
    match (found.pop(), found.is_empty()) {
        (_, false) => Err(SignUpError::NotUnique),
        (one, true) => Ok(one),
    }
}
