//! Random calls by random callers never leave the table of §1.2, and never show one legal entity's request to another.
//!
//! The model is the table: a status for each request, who it belongs to, and which code confirms it. Whatever the program answers must be what the
//! model says, and after every call the rows must stand where the model has them.

use std::collections::BTreeMap;

use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};

use super::*;
use crate::support::{
    Database::{self, Postgres, Sqlite},
    UNLIMITED,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    New,
    Approved,
    Signed,
    Rejected,
    Cancelled,
    Expired,
}

impl Status {
    fn waits(self) -> bool {
        matches!(self, Self::New | Self::Approved)
    }

    fn name(self) -> &'static str {
        match self {
            Self::New => "NEW",
            Self::Approved => "APPROVED",
            Self::Signed => "SIGNED",
            Self::Rejected => "REJECTED",
            Self::Cancelled => "CANCELLED",
            Self::Expired => "EXPIRED",
        }
    }
}

/// Who calls: at which of the clinics, whether they may write, and whether they receive patients there.
#[derive(Debug, Clone, Copy)]
struct Caller {
    clinic: usize,
    writes: bool,
    receives: bool,
}

/// The doctor at both clinics; somebody at the first who may only look; its owner, who receives nobody.
const CALLERS: [Caller; 4] = [
    Caller {
        clinic: 0,
        writes: true,
        receives: true,
    },
    Caller {
        clinic: 1,
        writes: true,
        receives: true,
    },
    Caller {
        clinic: 0,
        writes: false,
        receives: true,
    },
    Caller {
        clinic: 0,
        writes: true,
        receives: false,
    },
];

/// What is asked: about whom, in which version of the routes. The same person may be asked about in both.
#[derive(Debug, Clone, Copy)]
struct Asked {
    subject: usize,
    is_new: bool,
    by_code: bool,
    version: &'static str,
}

const ASKED: [Asked; 6] = [
    asked(0, PATH),
    asked(0, V2),
    asked(1, PATH),
    asked(2, PATH),
    asked(3, PATH),
    asked(3, V2),
];

/// Two people of the registry, and two who are not there yet; a code confirms the last one.
const fn asked(subject: usize, version: &'static str) -> Asked {
    Asked {
        subject,
        is_new: subject > 1,
        by_code: subject == 3,
        version,
    }
}

impl Asked {
    fn body(self, clinic: usize) -> Value {
        let body = match self.subject {
            0 => change(OFFLINE_PERSON),
            1 => change(id(0xa0, 7)),
            2 => offline(),
            // The clinics ask through phones of their own, and no code of one is another's.
            _ => with(
                with(adult(), "/person/tax_id", json!("3112201417")),
                "/person/authentication_methods/0/phone_number",
                json!(format!("+38050000001{}", 7 + clinic)),
            ),
        };
        let names = ["Перша", "Друга", "Третій", "Четвертий"];
        with(body, "/person/first_name", json!(names[self.subject]))
    }
}

/// What happens: who calls, about which of the requests.
#[derive(Debug, Clone, Copy)]
enum Step {
    Create {
        caller: usize,
        asked: usize,
    },
    /// So many minutes after whatever was before, the same as one of the latest, by the same clinic.
    Again {
        before: usize,
        minutes: i64,
    },
    Get(Call),
    Approve(Call),
    Sign(Call),
    Reject(Call),
    Resend(Call),
    List {
        clinic: usize,
    },
    /// So many minutes pass.
    Wait {
        minutes: i64,
    },
    /// Somebody writes down what has expired.
    Round,
}

#[derive(Debug, Clone, Copy)]
struct Call {
    caller: usize,
    request: usize,
    /// Whether it goes to the routes of the other version.
    is_astray: bool,
}

fn step() -> impl Strategy<Value = Step> {
    // Mostly those who may do something.
    let caller = prop_oneof![6 => Just(0_usize), 4 => Just(1), 1 => Just(2), 2 => Just(3)];
    let create = (caller.clone(), 0..ASKED.len());
    let call = (caller, 0..7_usize, prop::bool::weighted(0.1));
    let call = call.prop_map(|(caller, request, is_astray)| Call {
        caller,
        request,
        is_astray,
    });
    prop_oneof![
        5 => create.prop_map(|(caller, asked)| Step::Create { caller, asked }),
        3 => (0..3_usize, 0..2000_i64).prop_map(|(before, minutes)| Step::Again { before, minutes }),
        2 => call.clone().prop_map(Step::Get),
        5 => call.clone().prop_map(Step::Approve),
        4 => call.clone().prop_map(Step::Sign),
        2 => call.clone().prop_map(Step::Reject),
        2 => call.prop_map(Step::Resend),
        1 => (0..2_usize).prop_map(|clinic| Step::List { clinic }),
        1 => (60..1200_i64).prop_map(|minutes| Step::Wait { minutes }),
        1 => (1..6_i64).prop_map(|minutes| Step::Wait { minutes }),
        1 => Just(Step::Round),
    ]
}

struct Known {
    id: String,
    clinic: usize,
    asked: Asked,
    status: Status,
    made: DateTime<Utc>,
    shown: Value,
    /// The code that confirms it, and when it was sent.
    code: Option<(u64, DateTime<Utc>)>,
}

struct World<'a> {
    clinic: Clinic<'a>,
    apis: [Api<'a>; 4],
    requests: Vec<Known>,
    /// Which subjects that were not there are now.
    registered: [bool; 4],
}

impl World<'_> {
    fn expire(&mut self) {
        let now = self.clinic.app.now();
        for known in &mut self.requests {
            if known.status.waits() && known.made + TimeDelta::days(1) < now {
                known.status = Status::Expired;
            }
        }
    }

    /// What an action on a request is answered before its own rules: who may do nothing (authority §9), nobody's, expired,
    /// of the other version, somebody else's.
    fn refused(&self, call: Call) -> Option<u16> {
        let caller = CALLERS[call.caller];
        if !caller.writes || !caller.receives {
            return Some(403);
        }
        match self.requests.get(call.request) {
            None => Some(404),
            Some(known) if known.status == Status::Expired || call.is_astray => Some(404),
            Some(known) if known.clinic != caller.clinic => Some(403),
            Some(_) => None,
        }
    }

    /// Whether somebody who only looks sees it.
    fn is_seen(&self, call: Call) -> bool {
        self.requests.get(call.request).is_some_and(|known| {
            known.status != Status::Expired
                && !call.is_astray
                && known.clinic == CALLERS[call.caller].clinic
        })
    }

    fn path(&self, call: Call) -> String {
        let (id, version) = self
            .requests
            .get(call.request)
            .map_or((Uuid::from_u128(1).to_string(), PATH), |known| {
                (known.id.clone(), known.asked.version)
            });
        let version = match (version, call.is_astray) {
            (PATH, false) | (V2, true) => PATH,
            _ => V2,
        };
        format!("{version}/{id}")
    }

    async fn take(&mut self, step: Step) {
        self.expire();
        match step {
            Step::Create { caller, asked } => self.create(caller, ASKED[asked]).await,
            Step::Again { before, minutes } => {
                self.clinic.app.clock.advance(TimeDelta::minutes(minutes));
                self.expire();
                if let Some(known) = self.requests.iter().rev().nth(before) {
                    // The doctors are the first two of those who call.
                    self.create(known.clinic, known.asked).await;
                }
            }
            Step::Get(call) => {
                let answer = self.apis[call.caller].get(&self.path(call)).await;
                if !CALLERS[call.caller].receives {
                    let text = "Access denied. Employee is not active or of another legal entity.";
                    answer.refuses(403, "forbidden", text);
                } else if self.is_seen(call) {
                    let status = self.requests[call.request].status.name();
                    assert_eq!(answer.is(200).json()["data"]["status"], status);
                } else {
                    // Who only looks never learns that it is there.
                    answer.refuses(404, "not_found", "not found");
                }
            }
            Step::Approve(call) => self.approve(call).await,
            Step::Reject(call) => {
                let answer = self.act(call, "reject", &json!({})).await;
                if let Some(known) = self.reached(call, &answer) {
                    if known.status.waits() {
                        answer.is(200);
                        known.status = Status::Rejected;
                    } else {
                        answer.is(409);
                    }
                }
            }
            Step::Sign(call) => self.sign(call).await,
            Step::Resend(call) => {
                let path = format!("{}/actions/resend_otp", self.path(call));
                let answer = self.apis[call.caller].post(&path, &json!({})).await;
                let now = self.clinic.app.now();
                let code = self.sent();
                if let Some(known) = self.reached(call, &answer) {
                    if known.status == Status::New && known.asked.by_code {
                        answer.is(200);
                        known.code = code.map(|code| (code, now));
                    } else {
                        answer.is(422);
                    }
                }
            }
            Step::List { clinic } => self.list(clinic).await,
            Step::Wait { minutes } => {
                self.clinic.app.clock.advance(TimeDelta::minutes(minutes));
                // A list would write down what has expired: let the next step meet what nobody wrote down.
                return;
            }
            Step::Round => {
                let app = self.clinic.app;
                dovira::housekeeping::round(&app.app, app.now())
                    .await
                    .unwrap();
            }
        }
        self.compare().await;
    }

    /// The last code that was sent, if there is one.
    fn sent(&self) -> Option<u64> {
        let messages = self.clinic.app.app.sms.recorder().unwrap().messages();
        messages.last().map(|_| self.clinic.code())
    }

    /// Checks the answer of an action that does not come as far as the request; else the request.
    fn reached(&mut self, call: Call, answer: &Answer) -> Option<&mut Known> {
        match self.refused(call) {
            Some(status) => {
                answer.is(status);
                None
            }
            None => Some(&mut self.requests[call.request]),
        }
    }

    async fn create(&mut self, number: usize, asked: Asked) {
        let caller = CALLERS[number];
        let body = asked.body(caller.clinic);
        let answer = self.apis[number].post(asked.version, &body).await;
        if !caller.writes || !caller.receives {
            answer.is(if caller.writes { 409 } else { 403 });
            return;
        }
        if asked.is_new && self.registered[asked.subject] {
            answer.refuses(409, "request_conflict", "Such person already exists");
            return;
        }
        let id = id_of(&answer);
        self.clinic.upload(&answer).await;
        for known in &mut self.requests {
            let is_same = known.clinic == caller.clinic && known.asked.subject == asked.subject;
            if is_same && known.status.waits() {
                known.status = Status::Cancelled;
            }
        }
        let now = self.clinic.app.now();
        let code = self.sent().filter(|_| asked.by_code);
        self.requests.push(Known {
            id,
            clinic: caller.clinic,
            asked,
            status: Status::New,
            made: now,
            shown: json!({}),
            code: code.map(|code| (code, now)),
        });
    }

    async fn act(&self, call: Call, action: &str, body: &Value) -> Answer {
        let path = format!("{}/actions/{action}", self.path(call));
        self.apis[call.caller].patch(&path, body).await
    }

    async fn approve(&mut self, call: Call) {
        let now = self.clinic.app.now();
        let code = self.requests.get(call.request).and_then(|known| known.code);
        let body = code.map_or_else(
            || json!({}),
            |(code, _)| json!({ "verification_code": code }),
        );
        let answer = self.act(call, "approve", &body).await;
        let Some(known) = self.reached(call, &answer) else {
            return;
        };
        let is_late = code.is_some_and(|(_, sent)| sent + TimeDelta::seconds(300) <= now);
        match known.status {
            Status::New if is_late => {
                answer.is(422);
            }
            Status::New => {
                known.status = Status::Approved;
                known.shown = answer.is(200).json()["data"].clone();
            }
            _ => answer.refuses(409, "request_conflict", "Invalid transition"),
        }
    }

    async fn sign(&mut self, call: Call) {
        let shown = self
            .requests
            .get(call.request)
            .map(|known| known.shown.clone());
        let content = with(
            shown.unwrap_or_else(|| json!({})),
            "/patient_signed",
            json!(true),
        );
        let answer = self.act(call, "sign", &self.clinic.signed(&content)).await;
        let registered = self.registered;
        let Some(known) = self.reached(call, &answer) else {
            return;
        };
        let Asked {
            subject, is_new, ..
        } = known.asked;
        if known.status != Status::Approved {
            answer.refuses_field("$.status", "invalid", "Incorrect status");
        } else if is_new && registered[subject] {
            answer.refuses(409, "request_conflict", "Such person already exists");
        } else {
            answer.is(200);
            known.status = Status::Signed;
            self.registered[subject] = true;
        }
    }

    async fn list(&self, clinic: usize) {
        let listed = self.apis[clinic]
            .get(&format!("{PATH}?page_size=300"))
            .await
            .is(200)
            .json();
        let listed: BTreeMap<_, _> = listed["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|request| {
                (
                    request["id"].as_str().unwrap().to_owned(),
                    request["status"].as_str().unwrap().to_owned(),
                )
            })
            .collect();
        let own = self.requests.iter().filter(|known| known.clinic == clinic);
        let expected: BTreeMap<_, _> = own
            .map(|known| (known.id.clone(), known.status.name().to_owned()))
            .collect();
        assert_eq!(listed, expected);
    }

    /// Every list has the requests of its clinic, each where the model has it, and no other; of who is new nobody is there
    /// twice.
    async fn compare(&mut self) {
        self.expire();
        for clinic in 0..2 {
            self.list(clinic).await;
        }
        let new = self.registered.iter().skip(2);
        let expected = new.map(|is_there| i64::from(*is_there)).sum::<i64>();
        let names = "first_name IN ('Третій', 'Четвертий')";
        assert_eq!(self.clinic.app.count("persons", names).await, expected);
    }
}

fn walk(database: Database, cases: u32) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let config = Config {
        cases,
        max_shrink_iters: 60,
        failure_persistence: None,
        ..Config::default()
    };
    let steps = prop::collection::vec(step(), 5..30);
    TestRunner::new(config)
        .run(&steps, |steps| {
            runtime.block_on(async {
                let app = TestApp::with(database, &UNLIMITED).await;
                let clinic = Clinic::new(&app).await;
                let second = person(
                    id(0xa0, 7),
                    "Друга",
                    "1984-01-01",
                    json!([{ "id": id(0xb0, 7), "type": "OFFLINE" }]),
                );
                let proven = ["+380500000017", "+380500000018"];
                let more = json!({ "persons": [second], "verified_phones": proven });
                clinic.import(&more).await;
                let apis = [
                    clinic.api(),
                    clinic.api_of(OTHER_CLINIC, DOCTOR, SCOPES).await,
                    clinic.api_of(CLINIC, DOCTOR, "person_request:read").await,
                    clinic.api_of(CLINIC, OWNER, SCOPES).await,
                ];
                let mut world = World {
                    clinic,
                    apis,
                    requests: Vec::new(),
                    registered: [false; 4],
                };
                for step in steps {
                    world.take(step).await;
                }
            });
            Ok(())
        })
        .unwrap();
}

#[test]
fn random_calls_never_leave_the_table_sqlite() {
    walk(Sqlite, 40);
}

#[test]
fn random_calls_never_leave_the_table_postgres() {
    walk(Postgres, 20);
}
