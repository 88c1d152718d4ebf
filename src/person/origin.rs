//! Where what is known of a person comes from, and so what it is worth (authority §1).
//!
//! | Origin | Its identifiers are |
//! |---|---|
//! | own | proven: the tax number by a certificate or the provider of identities. Other numbers the owner typed |
//! | institution, operator | vouched for |
//! | confidant | claimed: somebody typed them. They sign nobody in and block nobody |

use serde::{Deserialize, Serialize};
use sqlx::{Database, Decode, Type, error::BoxDynError};

/// Who made a record, or a version of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// The person: by their own sign-up, or in the cabinet.
    Own,
    /// A confidant, online.
    Confidant,
    /// A medical institution, by a request that it signed.
    Institution,
    /// The operator, by a provisioning file.
    Operator,
}

impl Origin {
    /// Every origin.
    pub const ALL: [Self; 4] = [
        Self::Own,
        Self::Confidant,
        Self::Institution,
        Self::Operator,
    ];

    /// The name in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Confidant => "confidant",
            Self::Institution => "institution",
            Self::Operator => "operator",
        }
    }

    /// Whether the numbers of a version that comes from here are what somebody typed about somebody else.
    #[must_use]
    pub fn is_claimed(self) -> bool {
        self == Self::Confidant
    }

    /// Whether somebody who answers for it says that every number of the version is the person's: of documents too.
    #[must_use]
    pub fn is_vouched(self) -> bool {
        matches!(self, Self::Institution | Self::Operator)
    }
}

impl<D: Database> Type<D> for Origin
where
    String: Type<D>,
{
    fn type_info() -> D::TypeInfo {
        <String as Type<D>>::type_info()
    }

    fn compatible(info: &D::TypeInfo) -> bool {
        <String as Type<D>>::compatible(info)
    }
}

impl<'r, D: Database> Decode<'r, D> for Origin
where
    &'r str: Decode<'r, D>,
{
    fn decode(value: D::ValueRef<'r>) -> Result<Self, BoxDynError> {
        let name = <&str as Decode<D>>::decode(value)?;
        Self::ALL
            .into_iter()
            .find(|origin| origin.as_str() == name)
            .ok_or_else(|| "an origin that nobody knows".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_claimed_is_not_vouched_for() {
        for origin in Origin::ALL {
            assert!(!(origin.is_claimed() && origin.is_vouched()), "{origin:?}");
            assert_eq!(
                serde_json::to_value(origin).unwrap(),
                origin.as_str(),
                "the database and the provisioning file have one word"
            );
        }
    }
}
