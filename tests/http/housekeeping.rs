//! Removing what is over changes no answer (design 4.10).

use chrono::TimeDelta;
use dovira::housekeeping::round;
use rstest::rstest;
use serde_json::json;

use crate::support::{
    Answer, Child,
    Database::{self, Postgres, Sqlite},
    TestApp,
};

async fn go_round(app: &TestApp) -> u64 {
    round(&app.app, app.now()).await.unwrap()
}

#[rstest]
#[tokio::test]
async fn nothing_is_over_yet(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let browser = app.browser();
    let details = world.enter(&browser, &world.signed_child()).await;
    world.validate_and_register(&Child::other()).await.is(201);
    app.clock
        .advance(TimeDelta::minutes(60) - TimeDelta::microseconds(1));
    assert_eq!(go_round(&app).await, 0);
    browser.get(&details.path).await.page(200);
}

#[rstest]
#[tokio::test]
async fn an_expired_flow_keeps_nothing_personal(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let browser = app.browser();
    let details = world.enter(&browser, &world.signed_child()).await;
    let accept = world
        .enter_and_confirm(&browser, &world.sign(&Child::other()))
        .await;
    app.clock.advance(TimeDelta::minutes(60));
    let told = [
        browser.get(&details.path).await,
        browser.get(&accept.path).await,
    ];
    assert_eq!(app.count("flows", "payload <> '{}'").await, 2);
    assert_eq!(go_round(&app).await, 2);
    assert_eq!(app.count("flows", "payload <> '{}'").await, 0);
    assert_eq!(go_round(&app).await, 0);
    let again = [
        browser.get(&details.path).await,
        browser.get(&accept.path).await,
    ];
    for (before, after) in told.iter().zip(&again) {
        before.page(410);
        after.page(410);
        assert_eq!(before.way_back(), after.way_back());
    }
    // A day later the flow itself is gone: the browser is told what it is told of any flow that is not its own.
    app.clock.advance(TimeDelta::days(1));
    assert!(go_round(&app).await > 0);
    assert_eq!(app.count("flows", "1 = 1").await, 0);
    browser.get(&details.path).await.page(400);
}

#[rstest]
#[tokio::test]
async fn a_session_ends_four_hours_after_its_last_change(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let browser = app.browser();
    world.enter(&browser, &world.signed_child()).await;
    app.clock
        .advance(TimeDelta::hours(4) - TimeDelta::microseconds(1));
    go_round(&app).await;
    assert_eq!(app.count("sessions", "1 = 1").await, 1);
    app.clock.advance(TimeDelta::microseconds(1));
    go_round(&app).await;
    assert_eq!(app.count("sessions", "1 = 1").await, 0);
}

#[rstest]
#[tokio::test]
async fn tokens_stay_a_week_and_no_answer_changes(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let code = world.code().await;
    let exchanged = world.exchange(&code).await.is(201).json();
    let refresh_token = exchanged["data"]["details"]["refresh_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let access = exchanged["data"]["value"].as_str().unwrap().to_owned();
    let errors = async || -> Vec<_> {
        let message = |answer: Answer| answer.json()["error"]["message"].clone();
        vec![
            message(world.exchange(&code).await),
            message(world.person(&access).await),
            message(world.validate("QUJD").await),
        ]
    };
    app.clock
        .advance(TimeDelta::days(7) - TimeDelta::seconds(1));
    // The code and the access tokens are long over; the refresh token is not, and keeps the code that gave it.
    go_round(&app).await;
    world.refresh(&refresh_token).await.is(201);
    let told = errors().await;
    assert_eq!(
        told,
        [
            json!("Token expired."),
            json!("Invalid access token"),
            json!("Invalid access token")
        ]
    );
    // Bringing a used code again is noticed whatever was removed meanwhile.
    assert_eq!(
        world.refresh(&refresh_token).await.json()["error"]["message"],
        "Token expired."
    );
    for days in [1, 6, 1] {
        app.clock.advance(TimeDelta::days(days));
        go_round(&app).await;
        assert_eq!(errors().await[1..], told[1..]);
    }
    app.clock.advance(TimeDelta::days(1));
    go_round(&app).await;
    assert_eq!(app.count("tokens", "1 = 1").await, 0);
    assert_eq!(app.count("used_jwts", "1 = 1").await, 0);
    // What is evidence stays.
    assert_eq!(app.registered().await, [2, 2, 2, 1, 2, 1]);
}
