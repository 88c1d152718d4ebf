//! A confidant registers somebody who is registered already: they may act, or what they say is written down as a claim and
//! gives nothing (authority §4).
//!
//! ```text
//!                     ┌ approved, own submission ─────────────────────────────▶ act
//!  what is between ───┤                   ┌ confirmed ────────────────────────▶ act; the time is kept
//!  the two            ├ waits ─▶ register ┼ not confirmed ─▶ claim refused ───▶ 409
//!                     │                   ├ unknown, none ────────────────────▶ 409
//!                     │                   └ no answer ────────────────────────▶ 503
//!                     ├ nothing, ran out ─▶ register, the same; a claim is made ▶ 409 or 503
//!                     └ refused, ended by somebody ───────────────────────────▶ 409
//! ```
//!
//! The claim is a transaction of its own: the registration that it was meant to be is undone, and its session token, nonce
//! and signature are good for another try.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    daily_limits::{check_limits, count},
    error::SignUpError,
    prepared::PreparedConfidantRegistration,
};
use crate::{
    db::Tx,
    events::{self, Actor, Event},
    oauth::store::User,
    outside::relationships::Check,
    person::{
        locks::one_at_a_time,
        registration::ConfidantPerson,
        store::{self, Evidence, NewRelationship, RegisteredPerson},
        terms,
        verification::VerificationStatus,
    },
    random::Draw,
    standing::{
        self, Limits, Standing, Stop,
        rules::{by_relationship, reasons, stop},
        store::StandingPair,
    },
    state::App,
};

/// What becomes of a confidant who wants to act for somebody registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    /// They may; what is written down first.
    Act(ClaimConfirmation),
    /// They could, but for what is told of the patient.
    Stopped(Stop),
    /// They may not; what is written down.
    Refuse(ClaimRecord),
    /// Who should know does not answer; what is written down.
    Unavailable(ClaimRecord),
}

/// What a register's word changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClaimConfirmation {
    /// It was not needed.
    Before,
    /// A relationship that waits is confirmed.
    Waiting(Uuid),
    /// A relationship is made, and is confirmed.
    Anew,
}

/// What is written down of a try that gives nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClaimRecord {
    /// Nothing more than that there was one.
    Known,
    /// A relationship that waits.
    Make,
    /// A relationship that a register refused at once.
    MakeRefused,
    /// A register refused the one that waits.
    Refuse(Uuid),
}

/// Decides by what is between the two and what a register says. `patient_is_current` matters where nothing is between them.
pub(super) fn decide(
    pair: &StandingPair,
    patient_is_current: bool,
    register: Check,
    limits: &Limits<'_>,
    now: DateTime<Utc>,
) -> Decision {
    let facts = pair.facts.as_ref();
    let relationship = facts.map(|facts| &facts.relationship);
    let can_claim = relationship.is_none_or(|one| one.can_be_claimed_anew(now));
    let says = facts.map_or(Standing::None, |facts| by_relationship(facts, now));
    let act = |confirmed: ClaimConfirmation| {
        let stopped = match facts {
            Some(facts) => stop(facts, pair.patient_user),
            None if !patient_is_current => Some(Stop::PersonNotFound),
            None => pair
                .patient_user
                .filter(|user| !user.is_good())
                .map(|_| Stop::UserBlocked),
        };
        match stopped {
            Some(stop) => Decision::Stopped(stop),
            None if confirmed == ClaimConfirmation::Before
                && !pair.standing(limits, now).may_act() =>
            {
                Decision::Refuse(ClaimRecord::Known)
            }
            None => Decision::Act(confirmed),
        }
    };
    let by_register = |confirmed, unknown, refused| match register {
        Check::Approved => act(confirmed),
        Check::NotApproved => Decision::Refuse(refused),
        Check::NotFound => Decision::Refuse(unknown),
        Check::Unavailable => Decision::Unavailable(unknown),
    };
    match (says, relationship) {
        (Standing::Approved | Standing::OwnSubmission, _) => act(ClaimConfirmation::Before),
        (Standing::Waiting, Some(waiting)) => by_register(
            ClaimConfirmation::Waiting(waiting.id),
            ClaimRecord::Known,
            ClaimRecord::Refuse(waiting.id),
        ),
        // Nobody stands for the dead.
        _ if can_claim && patient_is_current => by_register(
            ClaimConfirmation::Anew,
            ClaimRecord::Make,
            ClaimRecord::MakeRefused,
        ),
        _ => Decision::Refuse(ClaimRecord::Known),
    }
}

/// Whether a register's answer makes a difference.
pub(super) fn needs_register(
    pair: &StandingPair,
    patient_is_current: bool,
    limits: &Limits<'_>,
    now: DateTime<Utc>,
) -> bool {
    let with = |check| decide(pair, patient_is_current, check, limits, now);
    with(Check::NotFound) != with(Check::NotApproved)
}

/// Looks at what is between the confidant and somebody registered, and decides. Nobody changes it until the transaction
/// ends.
pub(super) async fn judge(
    tx: &mut Tx,
    app: &App,
    confidant: (&RegisteredPerson, &User),
    patient: &RegisteredPerson,
    register: Check,
    now: DateTime<Utc>,
) -> Result<Decision, SignUpError> {
    let (confidant, user) = confidant;
    // The person first, as whoever comes home does.
    store::lock(tx.link(), patient.id).await?;
    standing::store::hold(tx.link(), patient.id, confidant.id).await?;
    let pair = standing::store::pair(tx.link(), patient.id, confidant.id, user.id).await?;
    let limits = (&app.config.people).into();
    let decision = decide(&pair, patient.is_current(), register, &limits, now);
    if let Decision::Act(ClaimConfirmation::Waiting(id)) = decision {
        standing::store::confirm_by_register(tx.link(), id, now).await?;
        tell("relationship.confirmed", Actor::System, patient.id, id);
    }
    Ok(decision)
}

fn tell(kind: &'static str, actor: Actor, person_id: Uuid, relationship_id: Uuid) {
    events::tell(&Event {
        kind,
        actor,
        person_id: Some(person_id),
        subject_id: Some(relationship_id),
    });
}

/// How a relationship that is made here begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InitialRelationshipStatus {
    /// It waits.
    Waiting,
    /// A register confirmed it.
    Confirmed,
    /// A register refused it.
    Refused,
}

/// Makes a relationship of the confidant with a patient (§11.5); its id.
pub(super) async fn relate(
    tx: &mut Tx,
    app: &App,
    confidant: &ConfidantPerson,
    patient: (Uuid, chrono::NaiveDate),
    by: &User,
    begins: InitialRelationshipStatus,
    now: DateTime<Utc>,
) -> Result<Uuid, SignUpError> {
    let (person_id, birth_date) = patient;
    let (status, reason) = match begins {
        InitialRelationshipStatus::Waiting | InitialRelationshipStatus::Confirmed => {
            (VerificationStatus::VerificationNeeded, reasons::ONLINE)
        }
        InitialRelationshipStatus::Refused => {
            (VerificationStatus::NotVerified, reasons::REGISTER_REFUSED)
        }
    };
    let new = NewRelationship {
        id: app.random.uuid(),
        person_id,
        confidant,
        verification_status: status.as_str(),
        verification_reason: reason,
        active_to: terms::relationship_ends(birth_date, &app.config.people, now),
        register_confirmed_at: (begins == InitialRelationshipStatus::Confirmed).then_some(now),
        inserted_by: Some(by.id),
    };
    // Nobody else registers these two now, but an operator may relate them.
    match store::save_relationship(tx.link(), &new, now).await {
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
            return Err(SignUpError::RelationshipExists);
        }
        saved => saved?,
    }
    let actor = Actor::Confidant(confidant.person_id);
    tell("relationship.made", actor, person_id, new.id);
    Ok(new.id)
}

/// Writes a try down that gave nothing, in a transaction of its own, once; what the confidant is told.
pub(super) async fn record(
    app: &App,
    prepared: &PreparedConfidantRegistration,
    patient: &RegisteredPerson,
    decision: Decision,
    now: DateTime<Utc>,
) -> SignUpError {
    let (claim, told) = match decision {
        Decision::Unavailable(claim) => (claim, SignUpError::RegistryUnavailable),
        Decision::Refuse(claim) => (claim, SignUpError::RelationshipNotConfirmed),
        Decision::Stopped(Stop::UserBlocked) => return SignUpError::UserBlocked,
        Decision::Stopped(Stop::PersonNotFound) => return SignUpError::PersonNotFound,
        Decision::Act(_) => return SignUpError::RelationshipNotConfirmed,
    };
    // A question that nobody answered is asked again; the claim before it was counted.
    if claim == ClaimRecord::Known && matches!(told, SignUpError::RegistryUnavailable) {
        return told;
    }
    match write(app, prepared, patient, claim, now).await {
        Ok(()) => told,
        Err(error) => error,
    }
}

async fn write(
    app: &App,
    prepared: &PreparedConfidantRegistration,
    patient: &RegisteredPerson,
    claim: ClaimRecord,
    now: DateTime<Utc>,
) -> Result<(), SignUpError> {
    let (confidant, user) = (&prepared.checked.confidant, &prepared.checked.user);
    let mut tx = app.db.begin().await?;
    one_at_a_time(&mut tx, &prepared.content.person, Some(confidant.id)).await?;
    count(&mut tx, app, confidant.id, now).await?;
    match claim {
        ClaimRecord::Known => {}
        ClaimRecord::Refuse(id) => {
            let status = VerificationStatus::NotVerified;
            let reason = reasons::REGISTER_REFUSED;
            if standing::store::decide(tx.link(), id, status, reason, now).await? {
                tell("relationship.refused", Actor::System, patient.id, id);
            }
        }
        ClaimRecord::Make | ClaimRecord::MakeRefused => {
            // Of two claims at the same moment the second finds the first.
            let pair = standing::store::pair(tx.link(), patient.id, confidant.id, user.id).await?;
            let between = pair.facts.map(|facts| facts.relationship);
            if between.is_none_or(|one| one.can_be_claimed_anew(now)) {
                make(&mut tx, app, prepared, patient, claim, now).await?;
            }
        }
    }
    tx.commit().await?;
    Ok(())
}

async fn make(
    tx: &mut Tx,
    app: &App,
    prepared: &PreparedConfidantRegistration,
    patient: &RegisteredPerson,
    claim: ClaimRecord,
    now: DateTime<Utc>,
) -> Result<(), SignUpError> {
    let (confidant, user) = (&prepared.checked.confidant, &prepared.checked.user);
    let Some(named) = &prepared.content.person.confidant_person else {
        return Err(SignUpError::ConfidantIsAnother);
    };
    check_limits(tx, app, confidant.id, now).await?;
    store::end_expired_relationship(tx.link(), patient.id, confidant.id, now).await?;
    let begins = match claim {
        ClaimRecord::MakeRefused => InitialRelationshipStatus::Refused,
        _ => InitialRelationshipStatus::Waiting,
    };
    let of = (patient.id, patient.birth_date);
    let id = relate(tx, app, named, of, user, begins, now).await?;
    let evidence = Evidence {
        signature_sha256: &prepared.checked.signed.signature_sha256,
        certificate_sha256: &prepared.checked.signed.signer.certificate_sha256,
        signed_content: &prepared.text,
    };
    store::add_claim(tx.link(), id, &evidence, now).await?;
    tell(
        "sign_up.claimed",
        Actor::Confidant(confidant.id),
        patient.id,
        id,
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{
        person::origin::Origin,
        standing::{Relationship, StandingFacts, UserState},
    };

    const ID: Uuid = Uuid::from_u128(5);
    const MOTHER: Uuid = Uuid::from_u128(1);
    const GOOD: UserState = UserState {
        is_active: true,
        is_blocked: false,
    };
    const BLOCKED: UserState = UserState {
        is_active: true,
        is_blocked: true,
    };

    fn now() -> DateTime<Utc> {
        "2026-06-15T10:00:00Z".parse().unwrap()
    }

    /// `STATUS REASON`, and whether it is ended, and how.
    fn pair(text: &str) -> StandingPair {
        let mut words = text.split(' ');
        let status = words.next().unwrap_or_default().to_owned();
        let reason = words.next().unwrap_or_default().to_owned();
        let ended = words.next();
        let facts = (!status.is_empty()).then(|| StandingFacts {
            relationship: Relationship {
                id: ID,
                is_active: ended.is_none() || ended == Some("ran-out"),
                active_to: (ended == Some("ran-out")).then(now),
                verification_status: status,
                verification_reason: reason,
                register_confirmed_at: None,
                is_ended_by_decision: ended == Some("by-decision"),
            },
            patient_is_current: true,
            origin: Origin::Operator,
            origin_confidant_id: None,
            version: 1,
            is_owned: false,
            has_another: false,
            confidant_id: MOTHER,
            confidant_is_current: true,
            confidant_birth_date: "1991-08-19".parse().unwrap(),
            confidant_verification: VerificationStatus::Verified,
        });
        StandingPair {
            facts,
            confidant_user: GOOD,
            patient_user: None,
        }
    }

    fn decision_by_check(pair: &StandingPair, check: Check) -> Decision {
        let limits = Limits {
            no_self_auth_age: 14,
            forbidden_statuses: &[],
        };
        let decision = decide(pair, true, check, &limits, now());
        let differs = decide(pair, true, Check::NotFound, &limits, now())
            != decide(pair, true, Check::NotApproved, &limits, now());
        assert_eq!(needs_register(pair, true, &limits, now()), differs);
        decision
    }

    /// Authority §4, a minor whom one matches: by the answers confirmed, not confirmed, unknown (or none asked), no answer.
    #[rstest]
    #[case::approved("VERIFIED -", [Decision::Act(ClaimConfirmation::Before); 4])]
    #[case::by_a_doctor("VERIFICATION_NEEDED MANUAL_CREATED_BY_DOCTOR", [Decision::Act(ClaimConfirmation::Before); 4])]
    #[case::none("", [
        Decision::Act(ClaimConfirmation::Anew),
        Decision::Refuse(ClaimRecord::MakeRefused),
        Decision::Refuse(ClaimRecord::Make),
        Decision::Unavailable(ClaimRecord::Make),
    ])]
    #[case::waits("VERIFICATION_NEEDED ONLINE_TRIGGERED", [
        Decision::Act(ClaimConfirmation::Waiting(ID)),
        Decision::Refuse(ClaimRecord::Refuse(ID)),
        Decision::Refuse(ClaimRecord::Known),
        Decision::Unavailable(ClaimRecord::Known),
    ])]
    #[case::refused("NOT_VERIFIED MANUAL_NOT_CONFIRMED", [Decision::Refuse(ClaimRecord::Known); 4])]
    #[case::ended_by_somebody("VERIFIED - by-decision", [Decision::Refuse(ClaimRecord::Known); 4])]
    #[case::ran_out("VERIFIED - ran-out", [
        Decision::Act(ClaimConfirmation::Anew),
        Decision::Refuse(ClaimRecord::MakeRefused),
        Decision::Refuse(ClaimRecord::Make),
        Decision::Unavailable(ClaimRecord::Make),
    ])]
    #[case::refused_and_ran_out("NOT_VERIFIED - ran-out", [Decision::Refuse(ClaimRecord::Known); 4])]
    #[case::came_home("VERIFICATION_NEEDED ONLINE_TRIGGERED came-home", [
        Decision::Act(ClaimConfirmation::Anew),
        Decision::Refuse(ClaimRecord::MakeRefused),
        Decision::Refuse(ClaimRecord::Make),
        Decision::Unavailable(ClaimRecord::Make),
    ])]
    fn by_relationship_and_register(#[case] between: &str, #[case] expected: [Decision; 4]) {
        let answers = [
            Check::Approved,
            Check::NotApproved,
            Check::NotFound,
            Check::Unavailable,
        ];
        let pair = pair(between);
        assert_eq!(
            answers.map(|check| decision_by_check(&pair, check)),
            expected
        );
    }

    /// What is told of the patient is told to whoever may act for them.
    #[test]
    fn who_is_told_of_the_patient() {
        let blocked = |text: &str| StandingPair {
            patient_user: Some(BLOCKED),
            ..pair(text)
        };
        let stopped = Decision::Stopped(Stop::UserBlocked);
        assert_eq!(
            decision_by_check(&blocked("VERIFIED -"), Check::NotFound),
            stopped
        );
        let waiting = blocked("VERIFICATION_NEEDED ONLINE_TRIGGERED");
        assert_eq!(
            decision_by_check(&waiting, Check::NotFound),
            Decision::Refuse(ClaimRecord::Known)
        );
        assert_eq!(decision_by_check(&waiting, Check::Approved), stopped);
        assert_eq!(
            decision_by_check(&blocked(""), Check::NotFound),
            Decision::Refuse(ClaimRecord::Make)
        );
        assert_eq!(decision_by_check(&blocked(""), Check::Approved), stopped);
    }

    #[test]
    fn a_confidant_who_is_shut_out_acts_for_nobody() {
        let pair = StandingPair {
            confidant_user: BLOCKED,
            ..pair("VERIFIED -")
        };
        let limits = Limits {
            no_self_auth_age: 14,
            forbidden_statuses: &[],
        };
        let decision = decide(&pair, true, Check::NotFound, &limits, now());
        assert_eq!(decision, Decision::Refuse(ClaimRecord::Known));
    }

    #[test]
    fn nobody_claims_the_dead() {
        let limits = Limits {
            no_self_auth_age: 14,
            forbidden_statuses: &[],
        };
        let decision = decide(&pair(""), false, Check::Approved, &limits, now());
        assert_eq!(decision, Decision::Refuse(ClaimRecord::Known));
    }
}
