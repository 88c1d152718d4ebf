//! Random calls by random callers never leave the table of §1.2, and never show one legal entity's request to another.
//!
//! The model is the table: a status for each request, and who it belongs to. Whatever the program answers must be what the
//! model says, and after every call the rows must stand where the model has them.

use std::collections::BTreeMap;

use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};

use super::*;
use crate::support::Database::{self, Postgres, Sqlite};

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

/// What happens: by which clinic, to which of the requests.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// A request about one of two people.
    Create {
        clinic: usize,
        person: usize,
    },
    Get {
        clinic: usize,
        request: usize,
    },
    Approve {
        clinic: usize,
        request: usize,
    },
    Sign {
        clinic: usize,
        request: usize,
    },
    Reject {
        clinic: usize,
        request: usize,
    },
    Resend {
        clinic: usize,
        request: usize,
    },
    List {
        clinic: usize,
    },
    /// So many hours pass.
    Wait {
        hours: i64,
    },
    /// Somebody writes down what has expired.
    Round,
}

fn step() -> impl Strategy<Value = Step> {
    let clinic = 0..2_usize;
    let request = 0..6_usize;
    let both = (clinic.clone(), request);
    prop_oneof![
        4 => (clinic.clone(), 0..2_usize).prop_map(|(clinic, person)| Step::Create { clinic, person }),
        2 => both.clone().prop_map(|(clinic, request)| Step::Get { clinic, request }),
        4 => both.clone().prop_map(|(clinic, request)| Step::Approve { clinic, request }),
        3 => both.clone().prop_map(|(clinic, request)| Step::Sign { clinic, request }),
        2 => both.clone().prop_map(|(clinic, request)| Step::Reject { clinic, request }),
        1 => both.prop_map(|(clinic, request)| Step::Resend { clinic, request }),
        1 => clinic.prop_map(|clinic| Step::List { clinic }),
        1 => (1..20_i64).prop_map(|hours| Step::Wait { hours }),
        1 => Just(Step::Round),
    ]
}

struct Known {
    id: String,
    clinic: usize,
    person: usize,
    status: Status,
    made: chrono::DateTime<chrono::Utc>,
    shown: Value,
}

struct World<'a> {
    clinic: Clinic<'a>,
    apis: [Api<'a>; 2],
    requests: Vec<Known>,
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

    /// What an action on a request is answered before its own rules: nobody's, expired, somebody else's.
    fn refused(&self, clinic: usize, request: usize) -> Option<u16> {
        match self.requests.get(request) {
            None => Some(404),
            Some(known) if known.status == Status::Expired => Some(404),
            Some(known) if known.clinic != clinic => Some(403),
            Some(_) => None,
        }
    }

    fn path(&self, request: usize) -> String {
        let id = self
            .requests
            .get(request)
            .map_or_else(|| Uuid::from_u128(1).to_string(), |known| known.id.clone());
        format!("{PATH}/{id}")
    }

    async fn take(&mut self, step: Step) {
        self.expire();
        match step {
            Step::Create { clinic, person } => self.create(clinic, person).await,
            Step::Get { clinic, request } => {
                let answer = self.apis[clinic].get(&self.path(request)).await;
                match self.refused(clinic, request) {
                    // Who only looks never learns that it is there.
                    Some(_) => {
                        answer.refuses(404, "not_found", "not found");
                    }
                    None => {
                        let known = &self.requests[request];
                        assert_eq!(answer.is(200).json()["data"]["status"], known.status.name());
                    }
                }
            }
            Step::Approve { clinic, request } => {
                let body = json!({});
                let answer = self.act(clinic, request, "approve", &body).await;
                let allowed = |status| status == Status::New;
                if let Some(shown) =
                    self.moved(clinic, request, &answer, allowed, Status::Approved, 409)
                {
                    self.requests[request].shown = shown;
                }
            }
            Step::Reject { clinic, request } => {
                let answer = self.act(clinic, request, "reject", &json!({})).await;
                self.moved(
                    clinic,
                    request,
                    &answer,
                    Status::waits,
                    Status::Rejected,
                    409,
                );
            }
            Step::Sign { clinic, request } => {
                let shown = self.requests.get(request).map(|known| known.shown.clone());
                let content = with(
                    shown.unwrap_or_else(|| json!({})),
                    "/patient_signed",
                    json!(true),
                );
                let answer = self
                    .act(clinic, request, "sign", &self.clinic.signed(&content))
                    .await;
                let allowed = |status| status == Status::Approved;
                self.moved(clinic, request, &answer, allowed, Status::Signed, 422);
            }
            Step::Resend { clinic, request } => {
                let path = format!("{}/actions/resend_otp", self.path(request));
                let answer = self.apis[clinic].post(&path, &json!({})).await;
                // They all confirm by documents.
                answer.is(self.refused(clinic, request).unwrap_or(422));
            }
            Step::List { clinic } => self.list(clinic).await,
            Step::Wait { hours } => self.clinic.app.clock.advance(TimeDelta::hours(hours)),
            Step::Round => {
                let app = self.clinic.app;
                dovira::housekeeping::round(&app.app, app.now())
                    .await
                    .unwrap();
            }
        }
        self.compare().await;
    }

    async fn create(&mut self, clinic: usize, person: usize) {
        let people = [OFFLINE_PERSON, id(0xa0, 7)];
        let answer = self.apis[clinic].post(PATH, &change(people[person])).await;
        let id = id_of(&answer);
        self.clinic.upload(&answer).await;
        for known in &mut self.requests {
            if known.clinic == clinic && known.person == person && known.status.waits() {
                known.status = Status::Cancelled;
            }
        }
        self.requests.push(Known {
            id,
            clinic,
            person,
            status: Status::New,
            made: self.clinic.app.now(),
            shown: json!({}),
        });
    }

    async fn act(&self, clinic: usize, request: usize, action: &str, body: &Value) -> Answer {
        let path = format!("{}/actions/{action}", self.path(request));
        self.apis[clinic].patch(&path, body).await
    }

    /// Checks the answer of an action, and moves the model where the program moved.
    fn moved(
        &mut self,
        clinic: usize,
        request: usize,
        answer: &Answer,
        allowed: impl Fn(Status) -> bool,
        to: Status,
        otherwise: u16,
    ) -> Option<Value> {
        if let Some(status) = self.refused(clinic, request) {
            answer.is(status);
            return None;
        }
        let known = &mut self.requests[request];
        if !allowed(known.status) {
            answer.is(otherwise);
            return None;
        }
        known.status = to;
        Some(answer.is(200).json()["data"].clone())
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

    /// Every list has the requests of its clinic, each where the model has it, and no other.
    async fn compare(&mut self) {
        self.expire();
        for clinic in 0..2 {
            self.list(clinic).await;
        }
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
    let steps = prop::collection::vec(step(), 5..25);
    TestRunner::new(config)
        .run(&steps, |steps| {
            runtime.block_on(async {
                let app = TestApp::new(database).await;
                let clinic = Clinic::new(&app).await;
                let second = person(
                    id(0xa0, 7),
                    "Друга",
                    "1984-01-01",
                    json!([{ "id": id(0xb0, 7), "type": "OFFLINE" }]),
                );
                clinic.import(&json!({ "persons": [second] })).await;
                let apis = [
                    clinic.api(),
                    clinic.api_of(OTHER_CLINIC, DOCTOR, SCOPES).await,
                ];
                let mut world = World {
                    clinic,
                    apis,
                    requests: Vec::new(),
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
