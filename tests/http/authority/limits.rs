//! §4: for how many somebody stands, and how often they may try in a day.

use chrono::TimeDelta;
use rstest::rstest;

use super::*;
use crate::support::Database::{self, Postgres, Sqlite};

/// The eleventh registration or claim of a day is one too many; a day later there is room again. Others are not in the way.
#[rstest]
#[tokio::test]
async fn ten_tries_a_day(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::with(database, &["--confidant-sign-ups-per-day", "3"]).await;
    let world = app.world().await;
    let mother = Somebody::new(&world, 1).await;
    let registered = child(9);
    world.import_child(&registered).await;
    mother.brings(&child(1)).await.is(201);
    app.clock.advance(TimeDelta::hours(1));
    // What ends in 409 counts, each time.
    refuses(&mother.brings(&registered).await, NOT_CONFIRMED);
    refuses(&mother.brings(&registered).await, NOT_CONFIRMED);
    let refused = mother.brings(&child(2)).await;
    refused.is(429);
    let seconds: i64 = refused.header("retry-after").parse().unwrap();
    assert_eq!(seconds, 23 * 3600, "until the first of them is a day old");
    assert_eq!(
        app.count("persons", "tax_id = '0'").await,
        0,
        "nothing was stored"
    );
    // In a browser it is a page that says so in words.
    let browser = app.browser();
    let details = browser
        .follow(&mother.enters_with(&browser, &child(2)).await)
        .await;
    let told = browser.decide(&details, "confirm").await;
    told.page(429);
    // Another mother has a day of her own.
    let other = Somebody::new(&world, 2).await;
    other.brings(&child(3)).await.is(201);
    app.clock.advance(TimeDelta::seconds(seconds));
    mother.brings(&child(2)).await.is(201);
}

/// 0 is no limit.
#[rstest]
#[tokio::test]
async fn no_limit_of_a_day(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::with(database, &["--confidant-sign-ups-per-day", "0"]).await;
    let world = app.world().await;
    let mother = Somebody::new(&world, 1).await;
    for number in 1..=12 {
        mother.brings(&child(number)).await.is(201);
    }
}

/// A confidant stands for so many current persons at most; one who is not in the registry any more makes room.
#[rstest]
#[tokio::test]
async fn so_many_wards(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::with(database, &["--third-person-limit", "2"]).await;
    let world = app.world().await;
    let mother = Somebody::new(&world, 1).await;
    let first = person_in(&mother.brings(&child(1)).await);
    mother.brings(&child(2)).await.is(201);
    let message = "This fiduciary person is present more than 2 times in the system";
    let refused = mother.brings(&child(3)).await;
    refused.refuses_field(
        "$.person.authentication_methods.[0].value",
        "invalid",
        message,
    );
    // A claim is one ward more, too.
    let registered = child(9);
    let claimed = world.import_child(&registered).await;
    mother.brings(&registered).await.is(422);
    assert_eq!(app.between(claimed, mother.person_id).await.len(), 0);
    // Who is hers already is no new one.
    mother.brings(&child(2)).await.is(201);
    app.change(
        "UPDATE persons SET status = 'inactive', updated_at = $2 WHERE id = $1",
        first,
    )
    .await;
    mother.brings(&child(3)).await.is(201);
}
