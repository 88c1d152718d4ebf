//! What differs between the two versions of the routes (person requests 3.10).

use crate::person::schema::Registration;

/// A version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    /// Confidants are described in full.
    V1,
    /// A confidant is a person of the registry.
    V2,
}

/// What a request does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// It registers somebody.
    Create,
    /// It changes somebody's data.
    Update,
}

impl Version {
    /// As it is stored and listed.
    pub(super) fn number(self) -> i64 {
        match self {
            Self::V1 => 1,
            Self::V2 => 2,
        }
    }

    /// The version that is stored as `number`.
    pub(super) fn from_number(number: i64) -> Option<Self> {
        [Self::V1, Self::V2]
            .into_iter()
            .find(|version| version.number() == number)
    }

    /// What the body must look like.
    pub(super) fn schema(self, action: Action) -> Registration {
        match (self, action) {
            (Self::V1, Action::Create) => Registration::RequestCreate,
            (Self::V1, Action::Update) => Registration::RequestUpdate,
            (Self::V2, Action::Create) => Registration::RequestCreateV2,
            (Self::V2, Action::Update) => Registration::RequestUpdateV2,
        }
    }
}
