//! A register of civil status that is asked whether somebody is a parent of a patient.
//!
//! The registry's own table decides (`crate::standing`). An installation may name a register beside it
//! (`DOVIRA_RELATIONSHIP_REGISTRY`), which knows from a birth record whose child somebody is: its word confirms a
//! relationship that waits there or is not there yet, with the time at which it was given, or refuses it.
//!
//! A register is asked before the transaction of a registration: SQLite has one writer, and nobody may wait for a
//! network while they hold it. The table is asked inside.
//!
//! Source: sign-up §5.2 row 7, §11.5; authority §4. The register's protocol is ours (`docs/contract.md` §11.5).

pub mod http;

use std::sync::Arc;

use chrono::NaiveDate;
use serde::Serialize;

use self::http::HttpRegistry;
use crate::{clock::Clock, config::RelationshipRegistry};

/// What a register says of a relationship between a patient and a confidant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// The confidant is a parent of the patient, and may act.
    Approved,
    /// They are not, or may not.
    NotApproved,
    /// It does not know, or was not asked.
    NotFound,
    /// It does not answer.
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
        patient: impl Into<Party>,
        documents: Vec<(String, String)>,
        confidant: impl Into<Party>,
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
