//! What a confidant signed, checked and ready to be registered.

use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    oauth::{
        jwt::{Claims, Nonce, SessionToken},
        store::User,
    },
    outside::relationships::Check,
    person::{
        registration::{Content, RelationType},
        store::RegisteredPerson,
    },
    signed_content::Signed,
};

/// Content whose signature, signer and form are good.
pub(super) struct CheckedConfidantContent {
    pub signed: Signed,
    pub json: Value,
    pub user: User,
    pub confidant: RegisteredPerson,
    pub(super) has_otp_method: bool,
}

/// Content that passed every check of §5.1.
pub(super) struct ValidConfidantContent {
    pub checked: CheckedConfidantContent,
    pub content: Content,
    pub nonce: Option<Claims<Nonce>>,
}

/// `person` as it was signed, with the names of the confidant as the registry has them.
pub(super) fn with_confidant(
    mut json: Value,
    content: &Content,
    confidant: &RegisteredPerson,
) -> Value {
    let mut person = json.get_mut("person").map(Value::take).unwrap_or_default();
    if let Some(named) = person.get_mut("confidant_person") {
        let relation = content.person.confidant_person.as_ref();
        let relation = relation.map(|named| named.relation_type.as_str());
        name_confidant(named, confidant, relation);
    }
    person
}

/// Adds the names of the confidant to what is said of them, and as which they act.
pub(super) fn name_confidant(
    named: &mut Value,
    confidant: &RegisteredPerson,
    relation_type: Option<&str>,
) {
    if let Value::Object(named) = named {
        named.insert("first_name".into(), json!(confidant.first_name));
        named.insert("last_name".into(), json!(confidant.last_name));
        if let Some(second_name) = &confidant.second_name {
            named.insert("second_name".into(), json!(second_name));
        }
        let relation_type = relation_type.unwrap_or_else(|| RelationType::default().as_str());
        named.insert("relation_type".into(), json!(relation_type));
    }
}

/// A registration that only waits for its transaction.
pub struct PreparedConfidantRegistration {
    pub(super) checked: CheckedConfidantContent,
    pub(super) content: Content,
    /// The session token that is used up; none where validation and registration are one call.
    pub(super) session: Option<Claims<SessionToken>>,
    pub(super) nonce: Option<Claims<Nonce>>,
    pub(super) text: Arc<str>,
    /// What the register of relationships said, where there is one.
    pub(super) asked: Option<RegisterAnswer>,
}

/// What a register said about the relationship with one registered person.
#[derive(Debug, Clone, Copy)]
pub(super) struct RegisterAnswer {
    pub(super) person_id: Option<Uuid>,
    pub(super) check: Check,
}

/// The answer about that person; where there is no register, it knows nothing. None for somebody who was not found when the
/// register was asked: the next try asks about them.
pub(super) fn answer_about(asked: Option<RegisterAnswer>, person_id: Uuid) -> Option<Check> {
    match asked {
        None => Some(Check::NotFound),
        Some(RegisterAnswer {
            person_id: Some(asked),
            check,
        }) if asked == person_id => Some(check),
        Some(_) => None,
    }
}
