//! How far the registry has verified a person (signup 11.4, 11.6).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// What all streams of verification say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum VerificationStatus {
    /// Everything that had to be verified is.
    Verified,
    /// Something waits to be verified.
    VerificationNeeded,
    /// Some stream did not verify; the person is not blocked by it.
    ChangesNeeded,
    /// Set by hand: the person is not who they claim to be.
    NotVerified,
}

impl VerificationStatus {
    /// Every status, from the best to the worst.
    pub const ALL: [Self; 4] = [
        Self::Verified,
        Self::VerificationNeeded,
        Self::ChangesNeeded,
        Self::NotVerified,
    ];

    /// The status as the registry writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "VERIFIED",
            Self::VerificationNeeded => "VERIFICATION_NEEDED",
            Self::ChangesNeeded => "CHANGES_NEEDED",
            Self::NotVerified => "NOT_VERIFIED",
        }
    }

    /// The one of both that weighs more.
    #[must_use]
    pub fn or_worse(self, other: Self) -> Self {
        let weight = |status: Self| Self::ALL.iter().position(|known| *known == status);
        if weight(other) > weight(self) {
            other
        } else {
            self
        }
    }

    /// The status that the registry writes as `text`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

impl std::fmt::Display for VerificationStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What the streams say together (signup 11.4): a register says that the person is dead, or somebody set the manual stream
/// to `NOT_VERIFIED`; else another stream found a contradiction; else something waits, the look at documents among it
/// (`DOCUMENTS_TRIGGERED`, signup 11.6); else everything is verified. A stream whose status nobody knows waits: it vouches
/// for nothing. `NOT_VERIFIED` of the register of deaths is a question, not a death (authority §10).
#[must_use]
pub fn cumulative(streams: &Map<String, Value>) -> VerificationStatus {
    let text = |stream: &Value, name: &str| {
        let text = stream.get(name).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let mut together = VerificationStatus::Verified;
    for (name, stream) in streams {
        let status = text(stream, "status");
        let says = match status.as_str() {
            "VERIFIED" | "VERIFICATION_NOT_NEEDED" => VerificationStatus::Verified,
            DEAD if name == DEATH => VerificationStatus::NotVerified,
            "CHANGES_NEEDED" if name == MANUAL => VerificationStatus::ChangesNeeded,
            "NOT_VERIFIED" if name != MANUAL => VerificationStatus::ChangesNeeded,
            "NOT_VERIFIED" if text(stream, "reason") != DOCUMENTS_TRIGGERED => {
                VerificationStatus::NotVerified
            }
            _ => VerificationStatus::VerificationNeeded,
        };
        together = together.or_worse(says);
    }
    together
}

/// The stream of the health service, which people set by hand.
const MANUAL: &str = "nhs";
/// The stream of the register of deaths.
pub const DEATH: &str = "dracs_death";
/// What that stream alone can say: the person is dead. They enter nowhere, and nobody acts for them.
pub const DEAD: &str = "DEAD";
/// Every stream, the manual one first.
pub const STREAMS: [&str; 9] = [
    MANUAL,
    "drfo",
    DEATH,
    "dracs_birth",
    "dracs_name_change",
    "unzr",
    "mvs_passport",
    "dms_passport",
    "legal_capacity",
];
/// Every status that some stream can have.
pub const STREAM_STATUSES: [&str; 6] = [
    "VERIFIED",
    "VERIFICATION_NEEDED",
    "VERIFICATION_NOT_NEEDED",
    "NOT_VERIFIED",
    "CHANGES_NEEDED",
    DEAD,
];
/// The reason with which it begins when the documents need a look.
const DOCUMENTS_TRIGGERED: &str = "DOCUMENTS_TRIGGERED";

/// Whether `stream` can have this status: the first four of [`STREAM_STATUSES`] any can, [`DEAD`] the register of deaths, and
/// `CHANGES_NEEDED` the manual one, which can hold what was said of everything together ([`with_stream`]).
#[must_use]
pub fn can_have(stream: &str, status: &str) -> bool {
    match status {
        DEAD => stream == DEATH,
        "CHANGES_NEEDED" => stream == MANUAL,
        _ => STREAM_STATUSES.contains(&status),
    }
}

/// The statuses that `stream` can have.
#[must_use]
pub fn statuses_of(stream: &str) -> Vec<&'static str> {
    let can_have = |status: &&str| can_have(stream, status);
    STREAM_STATUSES.into_iter().filter(can_have).collect()
}

/// `streams` with one of them replaced whole: a reason that belonged to another status does not stay.
///
/// Somebody who was imported with a status and without streams has `together` from the operator's word alone. Were the new
/// stream the only one, it would decide everything: a good tax number would verify somebody who is not verified. So that
/// word becomes the manual stream first, as it was, and one other stream neither mends nor worsens it. Who wants another word sets
/// the manual stream.
#[must_use]
pub fn with_stream(
    mut streams: Map<String, Value>,
    together: VerificationStatus,
    name: &str,
    status: &str,
    reason: Option<&str>,
) -> Map<String, Value> {
    if streams.is_empty() {
        let word = json!({ "status": together.as_str(), "reason": null });
        streams.insert(MANUAL.to_owned(), word);
    }
    let stream = json!({ "status": status, "reason": reason });
    streams.insert(name.to_owned(), stream);
    streams
}

/// The streams of verification of a person who is being registered: for each its `status` and `reason` (or null).
///
/// `person` is the registration's `person`. The manual stream of the health service begins `NOT_VERIFIED` when the
/// documents need a look: a confidant acts for the person, a permanent residence permit is among the documents, or
/// the record number does not begin with the birth date (signup 11.6). Every other stream waits where there is
/// something to compare and is not needed where there is nothing.
#[must_use]
pub fn initial_streams(person: &Value) -> Map<String, Value> {
    let has = |name: &str| person.get(name).is_some_and(|value| !value.is_null());
    let has_document = |kinds: &[&str]| {
        let documents = person.get("documents").and_then(Value::as_array);
        documents.into_iter().flatten().any(|document| {
            let kind = document.get("type").and_then(Value::as_str);
            kind.is_some_and(|kind| kinds.contains(&kind))
        })
    };
    let documents_need_a_look = has("confidant_person")
        || has_document(&["PERMANENT_RESIDENCE_PERMIT"])
        || unzr_contradicts_birth_date(person);
    let stream = |name: &str, needed: bool| {
        let status = if needed {
            "VERIFICATION_NEEDED"
        } else {
            "VERIFICATION_NOT_NEEDED"
        };
        (name.to_owned(), json!({ "status": status, "reason": null }))
    };
    let manual = if documents_need_a_look {
        let state = json!({ "status": "NOT_VERIFIED", "reason": DOCUMENTS_TRIGGERED });
        (MANUAL.to_owned(), state)
    } else {
        stream(MANUAL, false)
    };
    [
        manual,
        stream("drfo", has("tax_id")),
        stream("dracs_death", true),
        stream("dracs_birth", has_document(&["BIRTH_CERTIFICATE"])),
        stream("dracs_name_change", true),
        stream("unzr", has("unzr")),
        stream("mvs_passport", has_document(&["PASSPORT"])),
        stream(
            "dms_passport",
            has_document(&[
                "NATIONAL_ID",
                "PASSPORT",
                "PERMANENT_RESIDENCE_PERMIT",
                "TEMPORARY_CERTIFICATE",
            ]),
        ),
        stream("legal_capacity", has_document(LEGAL_CAPACITY_DOCUMENTS)),
    ]
    .into_iter()
    .collect()
}

/// Documents that can prove the legal capacity of somebody who is not of age.
const LEGAL_CAPACITY_DOCUMENTS: &[&str] = &[
    "MARRIAGE_CERTIFICATE",
    "DIVORCE_CERTIFICATE",
    "COURT_DECISION_LEGAL_CAPACITY",
    "COURT_DECISION_DIVORCE",
    "GUARDIANSHIP_DECISION_LEGAL_CAPACITY",
    "STATE_REGISTER_EXTRACT",
    "LEGAL_CAPACITY_DOCUMENT",
];

fn unzr_contradicts_birth_date(person: &Value) -> bool {
    let text = |name: &str| person.get(name).and_then(Value::as_str);
    let (Some(unzr), Some(birth_date)) = (text("unzr"), text("birth_date")) else {
        return false;
    };
    let digits: String = birth_date.chars().filter(|c| *c != '-').collect();
    !unzr.starts_with(&digits)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use uuid::Uuid;

    use super::*;
    use crate::person::samples;

    #[test]
    fn statuses_are_written_and_read_the_same_way() {
        for status in VerificationStatus::ALL {
            assert_eq!(VerificationStatus::parse(status.as_str()), Some(status));
            assert_eq!(json!(status), status.as_str());
        }
        assert_eq!(VerificationStatus::parse("verified"), None);
    }

    /// signup 11.4: `name status reason`, a stream each.
    #[rstest]
    #[case::nothing(&[], VerificationStatus::Verified)]
    #[case::verified(&["nhs VERIFIED", "drfo VERIFIED"], VerificationStatus::Verified)]
    #[case::not_needed(&["nhs VERIFICATION_NOT_NEEDED", "drfo VERIFIED"], VerificationStatus::Verified)]
    #[case::waits(&["nhs VERIFIED", "drfo VERIFICATION_NEEDED"], VerificationStatus::VerificationNeeded)]
    #[case::manual_waits(&["nhs VERIFICATION_NEEDED", "drfo VERIFIED"], VerificationStatus::VerificationNeeded)]
    #[case::documents(&["nhs NOT_VERIFIED DOCUMENTS_TRIGGERED", "drfo VERIFIED"], VerificationStatus::VerificationNeeded)]
    #[case::contradiction(&["nhs VERIFIED", "drfo NOT_VERIFIED"], VerificationStatus::ChangesNeeded)]
    #[case::contradiction_while_others_wait(
        &["drfo NOT_VERIFIED", "unzr VERIFICATION_NEEDED", "nhs NOT_VERIFIED DOCUMENTS_TRIGGERED"],
        VerificationStatus::ChangesNeeded
    )]
    #[case::the_reason_is_the_manual_stream_s(&["nhs VERIFIED", "drfo NOT_VERIFIED DOCUMENTS_TRIGGERED"], VerificationStatus::ChangesNeeded)]
    #[case::by_hand(&["nhs NOT_VERIFIED MANUAL_NOT_CONFIRMED", "drfo VERIFIED"], VerificationStatus::NotVerified)]
    #[case::by_hand_without_a_reason(&["nhs NOT_VERIFIED", "drfo VERIFIED"], VerificationStatus::NotVerified)]
    #[case::by_hand_above_all(
        &["drfo NOT_VERIFIED", "unzr VERIFICATION_NEEDED", "nhs NOT_VERIFIED MANUAL_NOT_CONFIRMED"],
        VerificationStatus::NotVerified
    )]
    #[case::dead(&["nhs VERIFIED", "dracs_death DEAD"], VerificationStatus::NotVerified)]
    #[case::a_question_about_a_death(&["nhs VERIFIED", "dracs_death NOT_VERIFIED"], VerificationStatus::ChangesNeeded)]
    #[case::only_the_register_of_deaths_knows_the_dead(&["nhs VERIFIED", "drfo DEAD"], VerificationStatus::VerificationNeeded)]
    #[case::a_status_nobody_knows(&["nhs VERIFIED", "drfo IN_REVIEW"], VerificationStatus::VerificationNeeded)]
    fn together(#[case] streams: &[&str], #[case] expected: VerificationStatus) {
        let streams = streams
            .iter()
            .map(|stream| {
                let mut words = stream.split(' ').map(str::to_owned);
                let name = words.next().unwrap();
                (
                    name,
                    json!({ "status": words.next(), "reason": words.next() }),
                )
            })
            .collect();
        assert_eq!(cumulative(&streams), expected);
    }

    /// Authority §10: a stream of somebody who has none leaves what was said of them as it was.
    #[test]
    fn one_stream_does_not_decide_for_those_that_are_not_there() {
        for status in VerificationStatus::ALL {
            let streams = with_stream(Map::new(), status, "drfo", "VERIFIED", None);
            assert_eq!(cumulative(&streams), status);
            let dead = with_stream(streams, status, DEATH, DEAD, None);
            assert_eq!(cumulative(&dead), VerificationStatus::NotVerified);
            let alive = with_stream(
                dead,
                VerificationStatus::NotVerified,
                DEATH,
                "VERIFIED",
                None,
            );
            assert_eq!(cumulative(&alive), status);
        }
        let looked_at =
            json!({ "nhs": { "status": "NOT_VERIFIED", "reason": DOCUMENTS_TRIGGERED } });
        let Value::Object(streams) = looked_at else {
            panic!("no object")
        };
        let by_hand = with_stream(
            streams,
            VerificationStatus::VerificationNeeded,
            MANUAL,
            "NOT_VERIFIED",
            None,
        );
        assert_eq!(cumulative(&by_hand), VerificationStatus::NotVerified);
    }

    #[test]
    fn the_streams_of_a_registration_are_the_ones_that_are_known() {
        let streams = initial_streams(&samples::self_registration("jwt")["person"]);
        assert_eq!(streams.keys().collect::<Vec<_>>(), STREAMS);
        for (stream, state) in &streams {
            assert!(can_have(stream, state["status"].as_str().unwrap()));
        }
        assert!(can_have(DEATH, DEAD) && !can_have("drfo", DEAD) && !can_have("drfo", "verified"));
    }

    /// signup 11.6: whoever is registered online waits for the registers, whatever their documents.
    #[test]
    fn a_new_person_waits() {
        for content in [
            samples::self_registration("jwt"),
            samples::confidant_registration(Uuid::nil()),
        ] {
            let streams = initial_streams(&content["person"]);
            assert_eq!(cumulative(&streams), VerificationStatus::VerificationNeeded);
        }
    }

    #[test]
    fn the_streams_of_an_adult() {
        let content = samples::self_registration("jwt");
        let needed = json!({ "status": "VERIFICATION_NEEDED", "reason": null });
        let idle = json!({ "status": "VERIFICATION_NOT_NEEDED", "reason": null });
        assert_eq!(
            Value::Object(initial_streams(&content["person"])),
            json!({
                "nhs": idle,
                "drfo": needed,
                "dracs_death": needed,
                "dracs_birth": idle,
                "dracs_name_change": needed,
                "unzr": needed,
                "mvs_passport": idle,
                "dms_passport": needed,
                "legal_capacity": idle,
            })
        );
    }

    #[rstest]
    #[case::confidant(|person: &mut Value| person["confidant_person"] = json!({}), true)]
    #[case::permit(|person: &mut Value| person["documents"][0]["type"] = json!("PERMANENT_RESIDENCE_PERMIT"), true)]
    #[case::unzr(|person: &mut Value| person["unzr"] = json!("19850318-00000"), true)]
    #[case::no_unzr(|person: &mut Value| person["unzr"] = json!(null), false)]
    #[case::no_confidant(|person: &mut Value| person["confidant_person"] = json!(null), false)]
    #[case::nothing(|_: &mut Value| (), false)]
    fn documents_that_need_a_look(#[case] change: fn(&mut Value), #[case] look: bool) {
        let mut person = samples::self_registration("jwt")["person"].clone();
        change(&mut person);
        let expected = if look {
            json!({ "status": "NOT_VERIFIED", "reason": "DOCUMENTS_TRIGGERED" })
        } else {
            json!({ "status": "VERIFICATION_NOT_NEEDED", "reason": null })
        };
        assert_eq!(initial_streams(&person)["nhs"], expected);
    }

    #[test]
    fn a_child_of_a_confidant_is_looked_at() {
        let content = samples::confidant_registration(Uuid::nil());
        let streams = initial_streams(&content["person"]);
        assert_eq!(streams["nhs"]["status"], "NOT_VERIFIED");
        assert_eq!(streams["dracs_birth"]["status"], "VERIFICATION_NEEDED");
    }
}
