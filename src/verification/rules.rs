//! What is decided about codes: pure functions of what is stored and what time it is.

use chrono::{DateTime, TimeDelta, Utc};

use crate::config::SendLimits;

/// Where a verification stands (verifications §2.1). All but `New` are for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeStatus {
    /// The code can be tried.
    New,
    /// The right code was given in time.
    Verified,
    /// Too many wrong ones were given.
    Unverified,
    /// Its time ran out.
    Expired,
    /// A newer code was sent, or this one could not be delivered.
    Canceled,
}

impl CodeStatus {
    /// As it is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "NEW",
            Self::Verified => "VERIFIED",
            Self::Unverified => "UNVERIFIED",
            Self::Expired => "EXPIRED",
            Self::Canceled => "CANCELED",
        }
    }

    /// The status that is stored as `text`.
    #[must_use]
    pub fn from_name(text: &str) -> Option<Self> {
        Some(match text {
            "NEW" => Self::New,
            "VERIFIED" => Self::Verified,
            "UNVERIFIED" => Self::Unverified,
            "EXPIRED" => Self::Expired,
            "CANCELED" => Self::Canceled,
            _ => return None,
        })
    }
}

/// What of a record decides about a code that is given for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeFacts {
    /// Where it stands.
    pub status: CodeStatus,
    /// From when on its code is too late.
    pub code_expired_at: DateTime<Utc>,
    /// Attempts that were judged, right and wrong.
    pub attempts_count: u32,
}

/// Why a code can no longer be tried; to a program it is all the same: `Maximum attempts exceed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// Too many wrong codes.
    Attempts,
    /// It was used: the number is verified.
    Used,
    /// A newer code was sent, or this one was not delivered.
    Canceled,
}

/// What a given code is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Right, in time.
    Verified,
    /// Right, too late: no success.
    Expired,
    /// Wrong; so many attempts are left, none when the time is over.
    InvalidCode {
        /// Attempts left.
        left: u32,
    },
    /// Nothing can be tried.
    MaxAttempts(Closed),
}

impl Verdict {
    /// A word for the log.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Expired => "expired",
            Self::InvalidCode { left: 0 } => "wrong_and_late",
            Self::InvalidCode { .. } => "wrong",
            Self::MaxAttempts(Closed::Attempts) => "locked",
            Self::MaxAttempts(Closed::Used) => "used",
            Self::MaxAttempts(Closed::Canceled) => "canceled",
        }
    }
}

/// How the record changes with the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeChange {
    /// Where it stands then.
    pub status: CodeStatus,
    /// Attempts then.
    pub attempts_count: u32,
}

/// Judges a code: rows T2 to T11 of verifications §4.1. Time is looked at before attempts, and at exactly
/// `code_expired_at` it is over. After `most_wrong` wrong codes the next one decides: right is verified, wrong locks.
#[must_use]
pub fn judge(
    facts: CodeFacts,
    is_right: bool,
    now: DateTime<Utc>,
    most_wrong: u32,
) -> (Verdict, Option<CodeChange>) {
    let late = if is_right {
        Verdict::Expired
    } else {
        Verdict::InvalidCode { left: 0 }
    };
    match facts.status {
        CodeStatus::Expired => (late, None),
        CodeStatus::Unverified => (Verdict::MaxAttempts(Closed::Attempts), None),
        CodeStatus::Verified => (Verdict::MaxAttempts(Closed::Used), None),
        CodeStatus::Canceled => (Verdict::MaxAttempts(Closed::Canceled), None),
        CodeStatus::New if now >= facts.code_expired_at => {
            let change = CodeChange {
                status: CodeStatus::Expired,
                attempts_count: facts.attempts_count,
            };
            (late, Some(change))
        }
        CodeStatus::New => {
            let attempts_count = facts.attempts_count.saturating_add(1);
            let (verdict, status) = if is_right {
                (Verdict::Verified, CodeStatus::Verified)
            } else if attempts_count > most_wrong {
                (
                    Verdict::MaxAttempts(Closed::Attempts),
                    CodeStatus::Unverified,
                )
            } else {
                let left = most_wrong - facts.attempts_count;
                (Verdict::InvalidCode { left }, CodeStatus::New)
            };
            let change = CodeChange {
                status,
                attempts_count,
            };
            (verdict, Some(change))
        }
    }
}

/// The codes that were sent to one number within the last hour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sends {
    /// How many.
    pub count: u32,
    /// The first of them.
    pub first: Option<DateTime<Utc>>,
    /// The last of them.
    pub last: Option<DateTime<Utc>>,
}

/// The time in which sends are counted.
#[must_use]
pub fn hour() -> TimeDelta {
    TimeDelta::hours(1)
}

/// Seconds after which a code may be sent; none: now (verifications §6.5).
#[must_use]
pub fn send_again_after(sends: &Sends, limits: SendLimits, now: DateTime<Utc>) -> Option<u64> {
    // The last one may seem to be sent in the future: another process has another clock.
    let has_pause = limits.pause > TimeDelta::zero();
    let pause = sends
        .last
        .filter(|_| has_pause)
        .map(|last| last + limits.pause);
    let is_full = limits.per_hour > 0 && sends.count >= limits.per_hour;
    let hour = sends.first.filter(|_| is_full).map(|first| first + hour());
    seconds_until(pause.max(hour)?, now)
}

/// The time in which requests to complete a verification are counted.
#[must_use]
pub fn minute() -> TimeDelta {
    TimeDelta::minutes(1)
}

/// Seconds after which a code may be tried; none: now. `requests` were made since `began_at`, this one included.
#[must_use]
pub fn try_again_after(
    requests: u32,
    began_at: DateTime<Utc>,
    per_minute: u32,
    now: DateTime<Utc>,
) -> Option<u64> {
    if requests <= per_minute {
        return None;
    }
    seconds_until(began_at + minute(), now)
}

/// Whole seconds until `moment`, rounded up; none when it is now or was.
fn seconds_until(moment: DateTime<Utc>, now: DateTime<Utc>) -> Option<u64> {
    let microseconds = (moment - now).num_microseconds().unwrap_or(i64::MAX);
    let microseconds = u64::try_from(microseconds).ok()?;
    (microseconds > 0).then(|| microseconds.div_ceil(1_000_000))
}

/// What a gateway says of a message (verifications §7.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GatewayStatus {
    /// Taken over.
    Accepted,
    /// Delivered.
    Delivered,
    /// Nobody knows.
    Unknown,
    /// Cannot be delivered.
    Undeliverable,
    /// Refused.
    Rejected,
    /// The time for delivery ran out.
    Expired,
    /// Nobody reported within our own time.
    Terminated,
}

impl GatewayStatus {
    /// As it is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "Accepted",
            Self::Delivered => "Delivered",
            Self::Unknown => "Unknown",
            Self::Undeliverable => "Undeliverable",
            Self::Rejected => "Rejected",
            Self::Expired => "Expired",
            Self::Terminated => "Terminated",
        }
    }

    /// Whether a live code of the message is cancelled.
    #[must_use]
    pub fn cancels(self) -> bool {
        match self {
            Self::Accepted | Self::Delivered | Self::Unknown => false,
            Self::Undeliverable | Self::Rejected | Self::Expired | Self::Terminated => true,
        }
    }
}

/// What a delivery report says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reported<'a> {
    /// What became of the message.
    Settled(GatewayStatus),
    /// It is on its way: that was known.
    OnItsWay,
    /// A word that is not known here. What does not know a gateway's word must not make it say it again.
    Other(&'a str),
}

impl<'a> Reported<'a> {
    /// The meaning of the word of a report, in any case.
    #[must_use]
    pub fn of(word: &'a str) -> Self {
        let is_word = |known: &&str| known.eq_ignore_ascii_case(word);
        if ["accepted", "enroute", "pending"].iter().any(is_word) {
            return Self::OnItsWay;
        }
        let settled = [
            GatewayStatus::Delivered,
            GatewayStatus::Unknown,
            GatewayStatus::Undeliverable,
            GatewayStatus::Rejected,
            GatewayStatus::Expired,
        ];
        let status = settled.into_iter().find(|status| is_word(&status.as_str()));
        status.map_or(Self::Other(word), Self::Settled)
    }
}

/// A word from outside as it may stand in a log: short, of letters only, since a number could be a phone's.
#[must_use]
pub fn safe_word(word: &str) -> String {
    const LONGEST: usize = 24;
    let safe = |one: char| match one {
        'a'..='z' | 'A'..='Z' | '_' | '-' => one,
        _ => '?',
    };
    word.chars().take(LONGEST).map(safe).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::{CodeStatus::*, *};

    fn at(microseconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(1_781_518_000_000_000 + microseconds).unwrap()
    }

    const LIFE: i64 = 300_000_000;

    /// Verifications 4.1 T2 to T11, one line each: status, attempts, microseconds since it was sent, right?
    #[rstest]
    #[case::t2(New, 0, 0, true, Verdict::Verified, Some((Verified, 1)))]
    #[case::t2_after_three(New, 3, LIFE - 1, true, Verdict::Verified, Some((Verified, 4)))]
    #[case::t3_first(New, 0, 0, false, Verdict::InvalidCode { left: 3 }, Some((New, 1)))]
    #[case::t3_second(New, 1, 0, false, Verdict::InvalidCode { left: 2 }, Some((New, 2)))]
    #[case::t3_third(New, 2, 0, false, Verdict::InvalidCode { left: 1 }, Some((New, 3)))]
    #[case::t4(New, 3, 0, false, Verdict::MaxAttempts(Closed::Attempts), Some((Unverified, 4)))]
    #[case::t5(New, 0, LIFE, true, Verdict::Expired, Some((Expired, 0)))]
    #[case::t5_after_three(New, 3, LIFE + 1, true, Verdict::Expired, Some((Expired, 3)))]
    #[case::t6(New, 0, LIFE, false, Verdict::InvalidCode { left: 0 }, Some((Expired, 0)))]
    #[case::t6_after_three(New, 3, LIFE, false, Verdict::InvalidCode { left: 0 }, Some((Expired, 3)))]
    #[case::t7(Expired, 2, LIFE, true, Verdict::Expired, None)]
    #[case::t7_by_another_clock(Expired, 2, 0, true, Verdict::Expired, None)]
    #[case::t8(Expired, 3, LIFE, false, Verdict::InvalidCode { left: 0 }, None)]
    #[case::t9_right(Unverified, 4, 0, true, Verdict::MaxAttempts(Closed::Attempts), None)]
    #[case::t9_wrong(Unverified, 4, 0, false, Verdict::MaxAttempts(Closed::Attempts), None)]
    #[case::t9_late(
        Unverified,
        4,
        LIFE,
        true,
        Verdict::MaxAttempts(Closed::Attempts),
        None
    )]
    #[case::t10_right(Verified, 1, 0, true, Verdict::MaxAttempts(Closed::Used), None)]
    #[case::t10_wrong(Verified, 1, LIFE, false, Verdict::MaxAttempts(Closed::Used), None)]
    #[case::t11_right(Canceled, 0, 0, true, Verdict::MaxAttempts(Closed::Canceled), None)]
    #[case::t11_wrong(Canceled, 0, LIFE, false, Verdict::MaxAttempts(Closed::Canceled), None)]
    fn the_table_of_states(
        #[case] status: CodeStatus,
        #[case] attempts_count: u32,
        #[case] since: i64,
        #[case] is_right: bool,
        #[case] verdict: Verdict,
        #[case] change: Option<(CodeStatus, u32)>,
    ) {
        let facts = CodeFacts {
            status,
            code_expired_at: at(LIFE),
            attempts_count,
        };
        let change = change.map(|(status, attempts_count)| CodeChange {
            status,
            attempts_count,
        });
        assert_eq!(judge(facts, is_right, at(since), 3), (verdict, change));
    }

    #[test]
    fn a_late_right_code_is_never_a_success() {
        for status in [New, Verified, Unverified, Expired, Canceled] {
            for attempts_count in 0..6 {
                for late in [0, 1, LIFE] {
                    let facts = CodeFacts {
                        status,
                        code_expired_at: at(LIFE),
                        attempts_count,
                    };
                    let (verdict, change) = judge(facts, true, at(LIFE + late), 3);
                    assert_ne!(verdict, Verdict::Verified);
                    assert!(change.is_none_or(|change| change.status == Expired));
                }
            }
        }
    }

    #[rstest]
    #[case::nothing_sent(None, 0, 60, 10, 0, None)]
    #[case::at_once(Some((0, 0)), 1, 60, 10, 0, Some(60))]
    #[case::a_moment_early(Some((0, 0)), 1, 60, 10, 59_999_999, Some(1))]
    #[case::in_time(Some((0, 0)), 1, 60, 10, 60_000_000, None)]
    #[case::no_pause(Some((0, 0)), 1, 0, 10, 0, None)]
    #[case::no_pause_and_another_clock(Some((0, 5_000_000)), 2, 0, 10, 0, None)]
    #[case::full(Some((0, 540_000_000)), 10, 60, 10, 600_000_000, Some(3_000))]
    #[case::full_and_early(Some((0, 3_599_000_000)), 10, 60, 10, 3_599_500_000, Some(60))]
    #[case::no_limit(Some((0, 540_000_000)), 99, 60, 0, 600_000_000, None)]
    fn codes_are_sent_again(
        #[case] sent: Option<(i64, i64)>,
        #[case] count: u32,
        #[case] pause: i64,
        #[case] per_hour: u32,
        #[case] now: i64,
        #[case] expected: Option<u64>,
    ) {
        let sends = Sends {
            count,
            first: sent.map(|(first, _)| at(first)),
            last: sent.map(|(_, last)| at(last)),
        };
        let limits = SendLimits {
            pause: TimeDelta::seconds(pause),
            per_hour,
        };
        assert_eq!(send_again_after(&sends, limits, at(now)), expected);
    }

    #[test]
    fn requests_in_a_minute() {
        assert_eq!(try_again_after(60, at(0), 60, at(0)), None);
        assert_eq!(try_again_after(61, at(0), 60, at(0)), Some(60));
        assert_eq!(try_again_after(61, at(0), 60, at(59_000_001)), Some(1));
    }

    #[test]
    fn a_status_is_stored_and_read() {
        for status in [New, Verified, Unverified, Expired, Canceled] {
            assert_eq!(CodeStatus::from_name(status.as_str()), Some(status));
        }
    }

    #[test]
    fn words_of_reports() {
        for (word, status) in [
            ("UNDELIVERABLE", GatewayStatus::Undeliverable),
            ("delivered", GatewayStatus::Delivered),
        ] {
            assert_eq!(Reported::of(word), Reported::Settled(status));
        }
        for word in ["accepted", "EnRoute", "PENDING"] {
            assert_eq!(Reported::of(word), Reported::OnItsWay);
        }
        for word in ["terminated", "lost", ""] {
            assert_eq!(Reported::of(word), Reported::Other(word));
        }
    }

    #[rstest]
    #[case("SOFT_BOUNCE", "SOFT_BOUNCE")]
    #[case("sent to +380631112233", "sent?to??????????????")]
    #[case("втрачено\n", "?????????")]
    #[case("", "")]
    fn words_that_may_be_logged(#[case] word: &str, #[case] expected: &str) {
        assert_eq!(safe_word(word), expected);
        assert_eq!(safe_word(&"a".repeat(99)).len(), 24);
    }
}
