//! Whatever happens in whatever order, the program answers as a small model of the table of states (verifications §4).

use chrono::{DateTime, TimeDelta, Utc};
use dovira::{
    housekeeping,
    phone::PhoneNumber,
    verification::{
        Aim, Closed, Completion, GivenCode, Initialize, complete, initialize, is_verified_phone,
    },
};
use proptest::{collection::vec, prelude::*, test_runner::TestRunner};
use rstest::rstest;

use crate::{
    sms::{REPORT_SECRET, report},
    support::{
        Database::{self, Postgres, Sqlite},
        Otp, TestApp, UNLIMITED, wrong,
    },
};

#[derive(Debug, Clone, Copy)]
enum Event {
    Send,
    Right,
    Wrong,
    /// The code before the latest.
    Old,
    /// A report on the message before the latest, or on the latest, that is good or bad.
    Report {
        is_latest: bool,
        is_good: bool,
    },
    Housekeeping,
    Wait(TimeDelta),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let wait = prop_oneof![
        Just(TimeDelta::microseconds(1)),
        Just(TimeDelta::seconds(60)),
        Just(TimeDelta::seconds(300) - TimeDelta::microseconds(1)),
        Just(TimeDelta::seconds(300)),
        Just(TimeDelta::days(30)),
    ];
    let event = prop_oneof![
        3 => Just(Event::Send),
        3 => Just(Event::Right),
        6 => Just(Event::Wrong),
        1 => Just(Event::Old),
        2 => (any::<bool>(), any::<bool>()).prop_map(|(is_latest, is_good)| Event::Report { is_latest, is_good }),
        2 => Just(Event::Housekeeping),
        3 => wait.prop_map(Event::Wait),
    ];
    vec(event, 1..25)
}

/// What the table of states needs to know of a code.
struct Modelled {
    code: u64,
    message: String,
    sent_at: DateTime<Utc>,
    /// The time of its record: no two of a number are the same.
    made_at: DateTime<Utc>,
    wrongs: u32,
    closed: Option<Closed>,
}

#[derive(Debug, PartialEq)]
enum Told {
    Verified,
    Expired,
    Invalid(u32),
    Max(Closed),
    NotFound,
}

impl From<Completion> for Told {
    fn from(completion: Completion) -> Self {
        match completion {
            Completion::Verified(_) => Self::Verified,
            Completion::Expired(_) => Self::Expired,
            Completion::InvalidCode { left } => Self::Invalid(left),
            Completion::MaxAttempts(why) => Self::Max(why),
            Completion::NotFound => Self::NotFound,
        }
    }
}

/// The table of states, as short as it can be said.
fn model(code: Option<&mut Modelled>, given: u64, now: DateTime<Utc>) -> Told {
    let Some(code) = code.filter(|code| now - code.made_at <= TimeDelta::days(30)) else {
        return Told::NotFound;
    };
    let is_late = now - code.sent_at >= TimeDelta::seconds(300);
    match (code.closed, is_late, given == code.code) {
        (Some(why), ..) => return Told::Max(why),
        (None, true, true) => return Told::Expired,
        (None, true, false) => return Told::Invalid(0),
        (None, false, true) => code.closed = Some(Closed::Used),
        (None, false, false) => code.wrongs += 1,
    }
    match code.wrongs {
        _ if code.closed.is_some() => Told::Verified,
        4 => {
            code.closed = Some(Closed::Attempts);
            Told::Max(Closed::Attempts)
        }
        wrongs => Told::Invalid(4 - wrongs),
    }
}

async fn play(app: &TestApp, otp: &Otp<'_>, phone: &PhoneNumber, events: Vec<Event>) {
    let mut codes: Vec<Modelled> = Vec::new();
    let mut is_proven = false;
    for event in events {
        let now = app.now();
        let given = match (event, codes.as_slice()) {
            (Event::Right, [.., latest]) => Some(latest.code),
            (Event::Wrong, [.., latest]) => Some(wrong(latest.code)),
            (Event::Old, [.., old, _]) => Some(old.code),
            (Event::Right | Event::Wrong | Event::Old, _) => Some(1234),
            _ => None,
        };
        if let Some(given) = given {
            let expected = model(codes.last_mut(), given, now);
            is_proven |= expected == Told::Verified;
            let given = GivenCode::from_text(&given.to_string());
            let told = complete(&app.app, phone, given, Aim::Number, now)
                .await
                .unwrap();
            assert_eq!(Told::from(told), expected);
        }
        match event {
            Event::Send => {
                let wanted = Initialize {
                    phone,
                    provider: None,
                    content_hash: None,
                    actor: None,
                };
                initialize(&app.app, &wanted, now).await.unwrap();
                let message = app.app.sms.recorder().unwrap().messages().pop().unwrap();
                let after_last = codes
                    .last()
                    .map_or(now, |last| last.made_at + TimeDelta::microseconds(1));
                codes.push(Modelled {
                    code: otp.last_code(),
                    message: message.id.to_string(),
                    sent_at: now,
                    made_at: now.max(after_last),
                    wrongs: 0,
                    closed: None,
                });
            }
            Event::Report { is_latest, is_good } => {
                let at = codes.len().checked_sub(if is_latest { 1 } else { 2 });
                if let Some(code) = at.and_then(|at| codes.get_mut(at)) {
                    let status = if is_good {
                        "delivered"
                    } else {
                        "undeliverable"
                    };
                    let answer = report(app, &code.message, status, now).await;
                    let is_kept = now - code.sent_at <= TimeDelta::days(30);
                    assert!(answer.status == 204 || !is_kept, "{answer:?}");
                    // A late code is expired, whatever became of its message.
                    let is_late = now - code.sent_at >= TimeDelta::seconds(300);
                    if !is_good && !is_late && code.closed.is_none() {
                        code.closed = Some(Closed::Canceled);
                    }
                }
            }
            Event::Housekeeping => {
                housekeeping::round(&app.app, now).await.unwrap();
            }
            Event::Wait(time) => app.clock.advance(time),
            Event::Right | Event::Wrong | Event::Old => {}
        }
        let mut held = app.app.db.read().await.unwrap();
        let found = is_verified_phone(held.link(), phone).await.unwrap();
        assert_eq!(found, is_proven);
    }
}

/// Verifications 4.1, 4.2, C5
#[rstest]
fn the_program_is_as_good_as_the_model(#[values(Sqlite, Postgres)] database: Database) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut settings = UNLIMITED.to_vec();
    settings.extend(["--sms-report-secret", REPORT_SECRET]);
    let app = runtime.block_on(TestApp::with(database, &settings));
    let otp = runtime.block_on(Otp::new(&app));
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 96,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    // Each game has a number of its own.
    let games = std::cell::Cell::new(0);
    let played = runner.run(&events(), |events| {
        games.set(games.get() + 1);
        let phone = PhoneNumber::parse(&format!("+380{:09}", games.get())).unwrap();
        runtime.block_on(play(&app, &otp, &phone, events));
        Ok(())
    });
    played.unwrap_or_else(|failure| panic!("{failure}"));
}
