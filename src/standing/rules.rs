//! The decision: what is known of two people goes in, whether the one may act for the other comes out (authority §3).

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::{
    config::People,
    person::{
        age::{full_years, kyiv_day},
        origin::Origin,
        verification::VerificationStatus,
    },
};

/// Whether somebody may act for somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Somebody who answers for it said so: an institution, the operator, a register of civil status.
    Approved,
    /// Nobody said so yet, but the record holds nothing that they did not bring themselves.
    OwnSubmission,
    /// They said so themselves, and nobody else did yet.
    Waiting,
    /// Somebody said no, or it is over.
    Refused,
    /// There is nothing between the two, or one of them cannot act or be acted for now.
    None,
}

impl Standing {
    /// Whether they may act.
    #[must_use]
    pub fn may_act(self) -> bool {
        matches!(self, Self::Approved | Self::OwnSubmission)
    }
}

/// A relationship between a person and a confidant, in use or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relationship {
    /// Its id.
    pub id: Uuid,
    /// Whether it was not ended.
    pub is_active: bool,
    /// When it ends by itself; none: never.
    pub active_to: Option<DateTime<Utc>>,
    /// `VERIFIED`, `VERIFICATION_NEEDED`, `NOT_VERIFIED`, …
    pub verification_status: String,
    /// Why it has that status.
    pub verification_reason: String,
    /// When a register of civil status confirmed it.
    pub register_confirmed_at: Option<DateTime<Utc>>,
    /// Whether somebody decided to end it.
    pub is_ended_by_decision: bool,
}

/// Reasons that are written with a relationship.
pub mod reasons {
    /// Seen by a doctor.
    pub const BY_DOCTOR: &str = "MANUAL_CREATED_BY_DOCTOR";
    /// Claimed online.
    pub const ONLINE: &str = "ONLINE_TRIGGERED";
    /// An operator said yes.
    pub const CONFIRMED: &str = "MANUAL_CONFIRMED";
    /// An operator said no.
    pub const REFUSED: &str = "MANUAL_NOT_CONFIRMED";
    /// A register of civil status said no.
    pub const REGISTER_REFUSED: &str = "REGISTER_NOT_CONFIRMED";
}

impl Relationship {
    /// Whether it was not ended and did not run out.
    #[must_use]
    pub fn is_in_force(&self, now: DateTime<Utc>) -> bool {
        self.is_active && self.active_to.is_none_or(|active_to| active_to > now)
    }

    /// Whether somebody who answers for it confirmed it, in force or not.
    #[must_use]
    pub fn is_approved(&self) -> bool {
        self.is_decided() || (self.is_needed() && self.register_confirmed_at.is_some())
    }

    /// Whether an institution or the operator confirmed it.
    #[must_use]
    pub fn is_decided(&self) -> bool {
        self.verification_status == VerificationStatus::Verified.as_str()
            || (self.is_needed() && self.verification_reason == reasons::BY_DOCTOR)
    }

    fn is_needed(&self) -> bool {
        self.verification_status == VerificationStatus::VerificationNeeded.as_str()
    }

    /// Whether it waits for somebody to confirm it.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.is_needed() && !self.is_approved()
    }

    /// Whether a register of civil status said no, and nobody else did. Whoever saw the papers knows better.
    #[must_use]
    pub fn is_unknown_there(&self) -> bool {
        self.verification_status == VerificationStatus::NotVerified.as_str()
            && self.verification_reason == reasons::REGISTER_REFUSED
    }

    /// Whether the confidant may claim anew where this one is the last that there was: it ran out, or the record came home.
    /// What somebody decided stays decided.
    #[must_use]
    pub fn can_be_claimed_anew(&self, now: DateTime<Utc>) -> bool {
        let is_refused = !self.is_approved() && !self.waits();
        !self.is_in_force(now) && !is_refused && !self.is_ended_by_decision
    }
}

/// A user, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserState {
    /// Whether the record is in use.
    pub is_active: bool,
    /// Whether they are shut out.
    pub is_blocked: bool,
}

impl UserState {
    /// Whether they may do anything.
    #[must_use]
    pub fn is_good(self) -> bool {
        self.is_active && !self.is_blocked
    }
}

/// A relationship with what is known of both sides, but for their users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingFacts {
    /// The relationship.
    pub relationship: Relationship,
    /// Whether the patient is in the registry, and alive.
    pub patient_is_current: bool,
    /// Who made the patient's record.
    pub origin: Origin,
    /// The confidant who made it, where one did.
    pub origin_confidant_id: Option<Uuid>,
    /// How often the record was written.
    pub version: i64,
    /// Whether the patient ever acted for themselves.
    pub is_owned: bool,
    /// Whether somebody else is confirmed to stand for the patient, or was until it ended.
    pub has_another: bool,
    /// Who wants to act.
    pub confidant_id: Uuid,
    /// Whether they are in the registry, and alive.
    pub confidant_is_current: bool,
    /// When they were born.
    pub confidant_birth_date: NaiveDate,
    /// What the streams of verification say of them.
    pub confidant_verification: VerificationStatus,
}

/// What an installation asks of whoever acts for another.
#[derive(Debug, Clone, Copy)]
pub struct Limits<'a> {
    /// Years of age from which somebody acts at all.
    pub no_self_auth_age: u16,
    /// Statuses of verification with which nobody acts for another.
    pub forbidden_statuses: &'a [String],
}

impl<'a> From<&'a People> for Limits<'a> {
    fn from(people: &'a People) -> Self {
        Self {
            no_self_auth_age: people.no_self_auth_age,
            forbidden_statuses: &people.confidant_forbidden_statuses,
        }
    }
}

/// What of the patient alone stops a standing that is good otherwise. It is told only to whoever has that standing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Their user is shut out or not in use.
    UserBlocked,
    /// Their record is not in the registry any more.
    PersonNotFound,
}

/// Whether the confidant of `facts` may act for its patient at `now`. `confidant_user` is who acts, `patient_user` for whom;
/// none: the patient has no user.
#[must_use]
pub fn standing(
    facts: Option<&StandingFacts>,
    confidant_user: UserState,
    patient_user: Option<UserState>,
    limits: &Limits<'_>,
    now: DateTime<Utc>,
) -> Standing {
    let Some(facts) = facts else {
        return Standing::None;
    };
    let is_stopped = !confidant_user.is_good()
        || !confidant_is_fit(facts, limits, now)
        || stop(facts, patient_user).is_some();
    if is_stopped {
        Standing::None
    } else {
        by_relationship(facts, now)
    }
}

/// What the patient's side alone has against it.
#[must_use]
pub fn stop(facts: &StandingFacts, patient_user: Option<UserState>) -> Option<Stop> {
    if !facts.patient_is_current {
        Some(Stop::PersonNotFound)
    } else if patient_user.is_some_and(|user| !user.is_good()) {
        Some(Stop::UserBlocked)
    } else {
        None
    }
}

/// Whether the confidant is somebody who may act for others at all.
fn confidant_is_fit(facts: &StandingFacts, limits: &Limits<'_>, now: DateTime<Utc>) -> bool {
    let status = facts.confidant_verification.as_str();
    let is_old_enough =
        full_years(facts.confidant_birth_date, kyiv_day(now)) >= i32::from(limits.no_self_auth_age);
    let is_forbidden = limits
        .forbidden_statuses
        .iter()
        .any(|forbidden| forbidden == status);
    facts.confidant_is_current && is_old_enough && !is_forbidden
}

/// What the relationship says, whoever the two are.
#[must_use]
pub fn by_relationship(facts: &StandingFacts, now: DateTime<Utc>) -> Standing {
    let relationship = &facts.relationship;
    if !relationship.is_in_force(now) {
        Standing::Refused
    } else if relationship.is_approved() {
        Standing::Approved
    } else if !relationship.waits() {
        Standing::Refused
    } else if holds_only_what_the_confidant_brought(facts) {
        Standing::OwnSubmission
    } else {
        Standing::Waiting
    }
}

/// Whether nobody but this confidant added anything to the record.
fn holds_only_what_the_confidant_brought(facts: &StandingFacts) -> bool {
    facts.origin == Origin::Confidant
        && facts.origin_confidant_id == Some(facts.confidant_id)
        && facts.version == 1
        && !facts.has_another
        && !facts.is_owned
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const MOTHER: Uuid = Uuid::from_u128(1);

    fn now() -> DateTime<Utc> {
        "2026-06-15T10:00:00Z".parse().unwrap()
    }

    /// A mother who just registered her child.
    fn facts() -> StandingFacts {
        StandingFacts {
            relationship: Relationship {
                id: Uuid::nil(),
                is_active: true,
                active_to: Some("2043-02-03T22:00:00Z".parse().unwrap()),
                verification_status: "VERIFICATION_NEEDED".to_owned(),
                verification_reason: reasons::ONLINE.to_owned(),
                register_confirmed_at: None,
                is_ended_by_decision: false,
            },
            patient_is_current: true,
            origin: Origin::Confidant,
            origin_confidant_id: Some(MOTHER),
            version: 1,
            is_owned: false,
            has_another: false,
            confidant_id: MOTHER,
            confidant_is_current: true,
            confidant_birth_date: "1991-08-19".parse().unwrap(),
            confidant_verification: VerificationStatus::Verified,
        }
    }

    const GOOD: UserState = UserState {
        is_active: true,
        is_blocked: false,
    };
    const BLOCKED: UserState = UserState {
        is_active: true,
        is_blocked: true,
    };
    const GONE: UserState = UserState {
        is_active: false,
        is_blocked: false,
    };

    fn judge(facts: &StandingFacts, confidant: UserState, patient: Option<UserState>) -> Standing {
        let forbidden = ["NOT_VERIFIED".to_owned()];
        let limits = Limits {
            no_self_auth_age: 14,
            forbidden_statuses: &forbidden,
        };
        standing(Some(facts), confidant, patient, &limits, now())
    }

    fn set(status: &str, reason: &str) -> impl Fn(&mut StandingFacts) {
        let (status, reason) = (status.to_owned(), reason.to_owned());
        move |facts: &mut StandingFacts| {
            facts.relationship.verification_status.clone_from(&status);
            facts.relationship.verification_reason.clone_from(&reason);
        }
    }

    /// Authority §3, by the relationship: what changes, and what it is worth then.
    #[rstest]
    #[case::just_registered(|_: &mut StandingFacts| (), Standing::OwnSubmission)]
    #[case::verified(set("VERIFIED", ""), Standing::Approved)]
    #[case::by_a_doctor(set("VERIFICATION_NEEDED", reasons::BY_DOCTOR), Standing::Approved)]
    #[case::by_a_register(|f: &mut StandingFacts| f.relationship.register_confirmed_at = Some(now()), Standing::Approved)]
    #[case::refused(set("NOT_VERIFIED", reasons::REFUSED), Standing::Refused)]
    #[case::refused_after_a_doctor(set("NOT_VERIFIED", reasons::BY_DOCTOR), Standing::Refused)]
    #[case::a_status_nobody_knows(set("IN_REVIEW", ""), Standing::Refused)]
    #[case::ended(|f: &mut StandingFacts| f.relationship.is_active = false, Standing::Refused)]
    #[case::ends_now(|f: &mut StandingFacts| f.relationship.active_to = Some(now()), Standing::Refused)]
    #[case::without_end(|f: &mut StandingFacts| f.relationship.active_to = None, Standing::OwnSubmission)]
    #[case::of_another_confidant(|f: &mut StandingFacts| f.origin_confidant_id = Some(Uuid::nil()), Standing::Waiting)]
    #[case::of_nobody_known(|f: &mut StandingFacts| f.origin_confidant_id = None, Standing::Waiting)]
    #[case::by_the_operator(|f: &mut StandingFacts| f.origin = Origin::Operator, Standing::Waiting)]
    #[case::by_an_institution(|f: &mut StandingFacts| f.origin = Origin::Institution, Standing::Waiting)]
    #[case::a_later_version(|f: &mut StandingFacts| f.version = 2, Standing::Waiting)]
    #[case::another_is_confirmed(|f: &mut StandingFacts| f.has_another = true, Standing::Waiting)]
    #[case::acts_for_themselves(|f: &mut StandingFacts| f.is_owned = true, Standing::Waiting)]
    fn relationships(#[case] change: impl Fn(&mut StandingFacts), #[case] expected: Standing) {
        let mut facts = facts();
        change(&mut facts);
        assert_eq!(judge(&facts, GOOD, Some(GOOD)), expected);
        assert_eq!(judge(&facts, GOOD, None), expected, "without a user");
        assert_eq!(
            expected.may_act(),
            matches!(expected, Standing::Approved | Standing::OwnSubmission)
        );
    }

    /// A register's word falls with the relationship that it was about.
    #[test]
    fn what_a_register_confirmed_can_be_refused() {
        let mut facts = facts();
        facts.relationship.register_confirmed_at = Some(now());
        set("NOT_VERIFIED", reasons::REFUSED)(&mut facts);
        assert_eq!(judge(&facts, GOOD, None), Standing::Refused);
    }

    /// Authority §3: first, whatever the relationship.
    #[rstest]
    #[case::confidant_gone(|f: &mut StandingFacts| f.confidant_is_current = false)]
    #[case::confidant_not_verified(|f: &mut StandingFacts| f.confidant_verification = VerificationStatus::NotVerified)]
    #[case::confidant_too_young(|f: &mut StandingFacts| f.confidant_birth_date = "2012-06-16".parse().unwrap())]
    #[case::patient_gone(|f: &mut StandingFacts| f.patient_is_current = false)]
    fn people(#[case] change: fn(&mut StandingFacts)) {
        let mut facts = facts();
        set("VERIFIED", "")(&mut facts);
        assert_eq!(judge(&facts, GOOD, Some(GOOD)), Standing::Approved);
        change(&mut facts);
        assert_eq!(judge(&facts, GOOD, Some(GOOD)), Standing::None);
    }

    #[rstest]
    #[case(GOOD, Some(BLOCKED))]
    #[case(GOOD, Some(GONE))]
    #[case(BLOCKED, Some(GOOD))]
    #[case(GONE, None)]
    fn users(#[case] confidant: UserState, #[case] patient: Option<UserState>) {
        assert_eq!(judge(&facts(), confidant, patient), Standing::None);
    }

    #[test]
    fn without_a_relationship_there_is_nothing() {
        let limits = Limits {
            no_self_auth_age: 14,
            forbidden_statuses: &[],
        };
        let judged = standing(None, GOOD, Some(GOOD), &limits, now());
        assert_eq!(judged, Standing::None);
    }

    #[test]
    fn what_stops_the_patient_is_known_apart() {
        let mut facts = facts();
        assert_eq!(stop(&facts, Some(GOOD)), None);
        assert_eq!(stop(&facts, Some(BLOCKED)), Some(Stop::UserBlocked));
        assert_eq!(stop(&facts, Some(GONE)), Some(Stop::UserBlocked));
        facts.patient_is_current = false;
        assert_eq!(stop(&facts, Some(BLOCKED)), Some(Stop::PersonNotFound));
    }

    /// Authority §4: ended by its date: claimed anew; refused or ended by decision: not.
    #[rstest]
    #[case::in_force(|_: &mut Relationship| (), false)]
    #[case::ran_out(|r: &mut Relationship| r.active_to = Some(now()), true)]
    #[case::was_ended(|r: &mut Relationship| r.is_active = false, true)]
    #[case::by_decision(|r: &mut Relationship| { r.is_active = false; r.is_ended_by_decision = true; }, false)]
    #[case::refused_and_ran_out(|r: &mut Relationship| { r.active_to = Some(now()); r.verification_status = "NOT_VERIFIED".to_owned(); }, false)]
    #[case::verified_and_ran_out(|r: &mut Relationship| { r.active_to = Some(now()); r.verification_status = "VERIFIED".to_owned(); }, true)]
    fn claims_anew(#[case] change: fn(&mut Relationship), #[case] expected: bool) {
        let mut relationship = facts().relationship;
        change(&mut relationship);
        assert_eq!(relationship.can_be_claimed_anew(now()), expected);
    }
}
