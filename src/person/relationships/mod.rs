//! Whether somebody stands for a patient, and who is asked.
//!
//! The registry's own table is asked always. An installation may name a register of civil status beside it
//! (`DOVIRA_RELATIONSHIP_REGISTRY`), which knows from a birth record whose child somebody is: its word approves a
//! relationship that the table does not have yet, or that waits there for its verification.
//!
//! ```text
//!                  ┌─ in force, approved ──────────────────────────────────────▶ Approved
//!  own table ──────┼─ in force, refused ───────────────────────────────────────▶ NotApproved
//!                  ├─ in force, waits ─┐            ┌─ confirmed ──────────────▶ Approved
//!                  └─ none ────────────┴─▶ register ┼─ not confirmed ──────────▶ NotApproved
//!                                                   ├─ no answer ──────────────▶ Unavailable
//!                                                   └─ unknown, or no register ▶ NotApproved if it waits, else NotFound
//! ```
//!
//! A register is asked before the transaction of a registration: SQLite has one writer, and nobody may wait for a
//! network while they hold it. The table is asked inside.
//!
//! Source: sign-up §5.2 row 7, §11.5. The register's protocol is ours (`docs/contract.md` §11.5).

pub mod builtin;
mod circuit;
pub mod http;

use std::sync::Arc;

use chrono::NaiveDate;
use serde::Serialize;

use self::http::HttpRegistry;
use super::store::{Known, Relationship};
use crate::{clock::Clock, config::RelationshipRegistry};

/// What is known of a relationship between a patient and a confidant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// The confidant may act.
    Approved,
    /// There is one, and the confidant may not act (yet).
    NotApproved,
    /// Nobody knows of one.
    NotFound,
    /// Who should know does not answer.
    Unavailable,
}

/// A person as a register is told of them.
#[derive(Clone, Serialize)]
pub struct Party {
    /// Last name.
    pub last_name: String,
    /// First name.
    pub first_name: String,
    /// Patronymic.
    pub second_name: Option<String>,
    /// Date of birth.
    pub birth_date: NaiveDate,
    /// Tax number.
    pub tax_id: Option<String>,
}

impl From<&Known> for Party {
    fn from(person: &Known) -> Self {
        Self {
            last_name: person.last_name.clone(),
            first_name: person.first_name.clone(),
            second_name: person.second_name.clone(),
            birth_date: person.birth_date,
            tax_id: person.tax_id.clone(),
        }
    }
}

/// What a register is asked: does this birth record name the one as a parent of the other?
///
/// Patient and certificate are those that the registry has. What a confidant typed would let the birth record of one
/// child open the record of another.
#[derive(Clone, Serialize)]
pub struct Question {
    /// The patient.
    pub patient: Party,
    /// Number of the patient's certificate of birth.
    pub birth_certificate_number: String,
    /// Who wants to stand for them.
    pub confidant: Party,
}

impl Question {
    /// The question about a registered patient with these documents, by type and number; none when no certificate of
    /// birth is among them: there is no record to look at.
    #[must_use]
    pub fn new(
        patient: &Known,
        documents: Vec<(String, String)>,
        confidant: &Known,
    ) -> Option<Self> {
        let (_, number) = documents
            .into_iter()
            .find(|(kind, _)| kind == "BIRTH_CERTIFICATE")?;
        Some(Self {
            patient: patient.into(),
            birth_certificate_number: number,
            confidant: confidant.into(),
        })
    }
}

impl std::fmt::Debug for Question {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Question(…)")
    }
}

/// Who is asked beside the registry's own table.
#[derive(Debug)]
pub enum Registry {
    /// Nobody.
    BuiltIn,
    /// A register, over HTTP.
    Http(Box<HttpRegistry>),
}

impl Registry {
    /// The one that the settings name.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(
        settings: Option<&RelationshipRegistry>,
        clock: Arc<dyn Clock>,
    ) -> reqwest::Result<Self> {
        Ok(match settings {
            None => Self::BuiltIn,
            Some(settings) => Self::Http(Box::new(HttpRegistry::new(settings.clone(), clock)?)),
        })
    }

    /// What it knows of a relationship. Never while a transaction is held.
    pub async fn check(&self, question: &Question) -> Check {
        match self {
            Self::BuiltIn => Check::NotFound,
            Self::Http(registry) => registry.check(question).await,
        }
    }
}

/// What the relationship `own` of the registry's table and the answer of a register say together. A refusal in the
/// table is a decision that somebody made; a register does not undo it.
#[must_use]
pub fn together(own: Option<&Relationship>, register: Check) -> Check {
    match (builtin::check(own), register) {
        (Check::NotApproved, _) if own.is_some_and(|own| !own.waits()) => Check::NotApproved,
        (own, Check::NotFound) => own,
        (Check::NotApproved | Check::NotFound, answered) => answered,
        (own, _) => own,
    }
}

/// Whether the answer of a register can make a difference to what the table says.
#[must_use]
pub fn needs_register(own: Option<&Relationship>) -> bool {
    own.is_none_or(Relationship::waits)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use uuid::Uuid;

    use super::{
        Check::{Approved, NotApproved, NotFound, Unavailable},
        *,
    };

    fn relationship(text: &str) -> Option<Relationship> {
        let (status, reason) = text.split_once(' ')?;
        Some(Relationship {
            id: Uuid::nil(),
            verification_status: status.to_owned(),
            verification_reason: reason.to_owned(),
        })
    }

    /// Sign-up §11.5: by the answers confirmed, not confirmed, unknown, none.
    #[rstest]
    #[case::verified("VERIFIED ONLINE_TRIGGERED", [Approved; 4])]
    #[case::by_a_doctor("VERIFICATION_NEEDED MANUAL_CREATED_BY_DOCTOR", [Approved; 4])]
    #[case::waits(
        "VERIFICATION_NEEDED ONLINE_TRIGGERED",
        [Approved, NotApproved, NotApproved, Unavailable]
    )]
    #[case::refused("NOT_VERIFIED MANUAL_NOT_CONFIRMED", [NotApproved; 4])]
    #[case::refused_after_a_doctor("NOT_VERIFIED MANUAL_CREATED_BY_DOCTOR", [NotApproved; 4])]
    #[case::none("", [Approved, NotApproved, NotFound, Unavailable])]
    fn the_table_and_a_register(#[case] own: &str, #[case] expected: [Check; 4]) {
        let own = relationship(own);
        let answers = [Approved, NotApproved, NotFound, Unavailable];
        assert_eq!(
            answers.map(|answer| together(own.as_ref(), answer)),
            expected
        );
        // Whoever is not asked makes no difference.
        let differs = expected.iter().any(|check| *check != expected[0]);
        assert_eq!(needs_register(own.as_ref()), differs);
    }
}
