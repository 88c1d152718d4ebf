//! What the registry's own table says (sign-up §11.5).

use super::{super::store::Relationship, Check};

/// What the relationship in force says, when there is one: approved when `VERIFIED`, or when a doctor made it and it
/// waits for its verification.
#[must_use]
pub fn check(own: Option<&Relationship>) -> Check {
    match own {
        None => Check::NotFound,
        Some(own) if own.is_approved() => Check::Approved,
        Some(_) => Check::NotApproved,
    }
}
