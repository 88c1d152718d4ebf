//! §5: housekeeping ends what a right gave, asks about nobody in whom nothing changed, and no answer depends on it.

use chrono::TimeDelta;
use rstest::rstest;

use super::*;
use crate::support::Database::{self, Postgres, Sqlite};

#[rstest]
#[tokio::test]
async fn it_ends_relationships_that_ran_out_and_their_tokens(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let (mother, father) = (
        Somebody::new(&world, 1).await,
        Somebody::new(&world, 2).await,
    );
    let content = child(1);
    let id = world.import_child(&content).await;
    for parent in [&mother, &father] {
        world.relate(id, parent.person_id, "VERIFIED", None).await;
    }
    let (of_mother, of_father) = (
        mother.gets_tokens_for(&content).await,
        father.gets_tokens_for(&content).await,
    );
    let live = format!(
        "applicant_person_id IS NOT NULL AND used_at IS NULL AND expires_at > '{}'",
        (app.now() + TimeDelta::minutes(1)).to_rfc3339()
    );
    let of_both = app.count("tokens", &live).await;
    let relationship = app.relationship(id, mother.person_id).await;
    app.change(
        "UPDATE confidant_person_relationships SET active_to = $2 WHERE id = $1",
        relationship,
    )
    .await;
    app.clock.advance(TimeDelta::minutes(1));
    dovira::housekeeping::round(&app.app, app.now())
        .await
        .unwrap();
    let ended = "is_active = false AND ended_reason = 'EXPIRED' AND ended_at = active_to";
    assert_eq!(app.count("confidant_person_relationships", ended).await, 1);
    assert_eq!(app.count("tokens", &live).await * 2, of_both);
    assert_eq!(app.count("standing_changes", "1 = 1").await, 0);
    refuses(&world.person(&of_mother.access).await, NO_TOKEN);
    world.person(&of_father.access).await.is(200);
    world.refresh(&of_father.refresh).await.is(201);
}

/// Where nothing changed nothing ends, and a change that takes nothing away takes nothing away.
#[rstest]
#[tokio::test]
async fn it_ends_nothing_else(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let mother = Somebody::new(&world, 1).await;
    let content = child(1);
    let id = person_in(&mother.brings(&content).await);
    let tokens = mother.gets_tokens_for(&content).await;
    let own = mother.allowed("person:read").await;
    let confirmed = "UPDATE confidant_person_relationships SET verification_status = 'VERIFIED', updated_at = $2 WHERE id = $1";
    let relationship = app.relationship(id, mother.person_id).await;
    app.change(confirmed, relationship).await;
    assert_eq!(app.count("standing_changes", "1 = 1").await, 1);
    let people = &app.app.config.people;
    for _ in 0..2 {
        let ended = dovira::oauth::upkeep::round(&app.app.db, people, app.now()).await;
        assert_eq!(ended.unwrap(), 0);
    }
    assert_eq!(app.count("standing_changes", "1 = 1").await, 0);
    world.person(&tokens.access).await.is(200);
    world.person(&own).await.is(200);
}

/// A file says that somebody died, or is not in the registry any more: what they signed in with ends.
#[rstest]
#[tokio::test]
async fn it_ends_what_the_gone_have(
    #[values(Sqlite, Postgres)] database: Database,
    #[values(true, false)] is_death: bool,
) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let (gone, other) = (
        Somebody::new(&world, 1).await,
        Somebody::new(&world, 2).await,
    );
    let own = gone.allowed("person:read").await;
    let of_other = other.allowed("person:read").await;
    let mut says = json!({ "id": gone.person_id });
    if is_death {
        says["verification"] = json!({ "dracs_death": { "status": "DEAD" } });
    } else {
        says["status"] = json!("inactive");
    }
    world.import(&json!({ "persons": [says] })).await;
    dovira::housekeeping::round(&app.app, app.now())
        .await
        .unwrap();
    refuses(&world.person(&own).await, NO_TOKEN);
    world.person(&of_other).await.is(200);
    assert_eq!(app.count("standing_changes", "1 = 1").await, 0);
}

/// An account is given another person, and the old one back: what it could do for a child as the old one does not come back.
#[rstest]
#[tokio::test]
async fn it_ends_what_an_account_had_as_another_person(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let mother = Somebody::new(&world, 1).await;
    let content = child(1);
    mother.brings(&content).await;
    let tokens = mother.gets_tokens_for(&content).await;
    world.person(&tokens.access).await.is(200);
    let given = |person_id: Value| {
        let (id, tax_id) = (mother.user_id, mother.tax_id.as_str());
        json!({ "users": [{ "id": id, "tax_id": tax_id, "person_id": person_id }] })
    };
    world.import(&given(Value::Null)).await;
    let people = &app.app.config.people;
    let ended = dovira::oauth::upkeep::round(&app.app.db, people, app.now()).await;
    assert!(ended.unwrap() > 0);
    world.import(&given(json!(mother.person_id))).await;
    refuses(&world.person(&tokens.access).await, NO_TOKEN);
}
