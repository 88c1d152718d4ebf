//! Who may be chosen at the pretend provider of identities, and what was proven there.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use serde::Deserialize;
use serde_json::Value;

use super::{cases::Newcomer, world::Parent};
use crate::{
    person::age::kyiv_day,
    secrets::{Plain, constant_time_eq},
    state::App,
};

/// How many proofs are remembered.
const REMEMBERED: usize = 64;

/// The proofs that were not asked for yet: a code or a token, and who it stands for.
#[derive(Clone, Default)]
pub struct Proofs(Arc<Mutex<VecDeque<(String, Value)>>>);

impl Proofs {
    pub(super) fn keep(&self, key: &Plain, person: Value) {
        let mut proofs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if proofs.len() >= REMEMBERED {
            proofs.pop_front();
        }
        proofs.push_back((key.expose().to_owned(), person));
    }

    pub(super) fn take(&self, key: &str) -> Option<Value> {
        let mut proofs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = proofs
            .iter()
            .position(|(known, _)| constant_time_eq(known.as_bytes(), key.as_bytes()))?;
        proofs.remove(at).map(|(_, person)| person)
    }
}

/// Who can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IdentityOption {
    /// Somebody who was never here.
    New,
    /// The same, whose e-mail address the provider does not know.
    WithoutEmail,
    /// Somebody with an account.
    Mother,
    /// Somebody without a tax number.
    WithoutTaxId,
}

impl IdentityOption {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::New,
        Self::WithoutEmail,
        Self::Mother,
        Self::WithoutTaxId,
    ];

    /// The name in a form.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::WithoutEmail => "without-email",
            Self::Mother => "mother",
            Self::WithoutTaxId => "without-tax-id",
        }
    }

    pub(super) fn person(self, app: &App) -> Value {
        let mut person = match self {
            Self::Mother => Parent::Mother.identity(),
            _ => Newcomer::invent(kyiv_day(app.clock.now()), &*app.random).identity(),
        };
        let dropped = match self {
            Self::WithoutEmail => Some("email"),
            Self::WithoutTaxId => Some("drfocode"),
            Self::New | Self::Mother => None,
        };
        if let (Some(name), Some(members)) = (dropped, person.as_object_mut()) {
            members.shift_remove(name);
        }
        person
    }
}
