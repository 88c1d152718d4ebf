//! What working out a password tells, and costs others (cabinet §3.4, §7).

use std::sync::mpsc;

use dovira::state::App;
use rstest::rstest;
use serde_json::{Value, json};
use tokio::{sync::oneshot, task::JoinHandle};

use super::with;
use crate::support::{
    Cabinet,
    Database::{self, Postgres, Sqlite},
    TestApp, USER_REQUEST, body, patient,
};

/// The only slot there is: waited for, then held until it is given back.
struct Held {
    /// Ready once the slot is held.
    begun: oneshot::Receiver<()>,
    end: mpsc::Sender<()>,
    done: JoinHandle<()>,
}

impl Held {
    /// Queues behind whoever waits already.
    fn queue(app: &App) -> Self {
        let (begin, begun) = oneshot::channel();
        let (end, ended) = mpsc::channel();
        let app = app.clone();
        let done = tokio::spawn(async move {
            let hold = move || {
                begin.send(()).unwrap();
                ended.recv().unwrap();
            };
            app.with_password_slot(hold).await.unwrap();
        });
        Self { begun, end, done }
    }

    async fn give_back(self) {
        self.end.send(()).unwrap();
        self.done.await.unwrap();
    }
}

/// Waits until so many work or wait.
async fn until(app: &App, most: usize, count: usize) {
    while most - app.passwords.free() != count {
        tokio::task::yield_now().await;
    }
}

async fn one_slot(database: Database) -> TestApp {
    with(database, &["--password-slots", "1"]).await
}

/// A password is worked out, then compared, whether the address is somebody's already or not: both want the slot twice.
#[rstest]
#[case::free(json!([]), 422)]
#[case::taken(json!([{ "id": "bb000000-0000-4000-8000-000000000001", "tax_id": "3000080053", "email": "email@example.com" }]), 409)]
#[tokio::test]
async fn a_known_address_costs_what_an_unknown_one_does(
    #[values(Sqlite, Postgres)] database: Database,
    #[case] users: Value,
    #[case] status: u16,
) {
    let app = one_slot(database).await;
    let cabinet = Cabinet::new(&app).await;
    cabinet.import(&json!({ "users": users })).await;
    let (_, jwt) = cabinet.proven().await;
    cabinet.code(&jwt).await;
    let parts = &app.app;
    let most = parts.passwords.free();
    let first = Held::queue(parts);
    until(parts, most, 1).await;
    // A wrong code, so that the free address is refused too, after everything else.
    let request = cabinet.later(USER_REQUEST, &jwt, &json!("0000"), &body(patient()));
    let answer = tokio::spawn(app.send_later(request));
    until(parts, most, 2).await;
    let mut second = Held::queue(parts);
    until(parts, most, 3).await;
    first.give_back().await;
    // The slot is the second's: the password was worked out, and must now wait for it once more to be compared.
    (&mut second.begun).await.unwrap();
    while most - parts.passwords.free() < 2 {
        assert!(!answer.is_finished(), "nothing was compared");
        tokio::task::yield_now().await;
    }
    second.give_back().await;
    answer.await.unwrap().is(status);
}

/// More than may wait are told to come back, and nothing of theirs is used up.
#[rstest]
#[tokio::test]
async fn too_many_passwords(#[values(Sqlite, Postgres)] database: Database) {
    let app = one_slot(database).await;
    let cabinet = Cabinet::new(&app).await;
    let (_, jwt) = cabinet.proven().await;
    let code = json!(cabinet.code(&jwt).await);
    let parts = &app.app;
    let most = parts.passwords.free();
    let held: Vec<_> = (0..most).map(|_| Held::queue(parts)).collect();
    until(parts, most, most).await;
    let answer = cabinet.post(&jwt, &code, &body(patient())).await;
    answer.refuses(503, "internal_error", "Service unavailable.");
    for held in held {
        held.give_back().await;
    }
    assert_eq!(cabinet.attempts().await, 0);
    cabinet.post(&jwt, &code, &body(patient())).await.is(201);
}
