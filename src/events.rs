//! What happened that somebody may ask about later: who acted, about whom. The one place through which every such act goes.
//!
//! An event is a line of the log with ids, never with names or numbers (contract of the log, CONTRIBUTING 14).

use uuid::Uuid;

/// Who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// A person, for themselves.
    Person(Uuid),
    /// A person, for another.
    Confidant(Uuid),
    /// A user of a medical institution.
    Employee(Uuid),
    /// Somebody with a command line.
    Operator,
    /// The program itself, or a register that it asked.
    System,
}

impl Actor {
    fn kind(self) -> &'static str {
        match self {
            Self::Person(_) => "person",
            Self::Confidant(_) => "confidant",
            Self::Employee(_) => "employee",
            Self::Operator => "operator",
            Self::System => "system",
        }
    }

    fn id(self) -> Option<Uuid> {
        match self {
            Self::Person(id) | Self::Confidant(id) | Self::Employee(id) => Some(id),
            Self::Operator | Self::System => None,
        }
    }
}

/// An act.
#[derive(Debug, Clone, Copy)]
pub struct Event {
    /// What happened, as `relationship.claimed`.
    pub kind: &'static str,
    /// Who did it.
    pub actor: Actor,
    /// Whom it is about.
    pub person_id: Option<Uuid>,
    /// What it changed: a relationship, a user, a request.
    pub subject_id: Option<Uuid>,
}

/// Tells that something happened. Called where the act is certain to be committed, or was.
pub fn tell(event: &Event) {
    let text = |id: Option<Uuid>| id.map(tracing::field::display);
    tracing::info!(
        event = event.kind,
        actor = event.actor.kind(),
        actor_id = text(event.actor.id()),
        person_id = text(event.person_id),
        subject_id = text(event.subject_id),
        "event"
    );
}
