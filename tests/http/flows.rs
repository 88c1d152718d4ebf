//! Sessions and flows: whose page it is, what a form must bring, and what happens twice (§2.7, decisions §2).

use chrono::TimeDelta;
use rstest::rstest;
use serde_json::json;

use crate::support::{
    Answer, Child,
    Database::{self, Postgres, Sqlite},
    TestApp, csrf_of, provisioning,
};

const LOST: &str = "Не вдалося продовжити";
const DONE: &str = "Ви вже завершили цей крок";
const STALE: &str = "Сторінка застаріла";
const UNKNOWN: &str = "0123456789abcdef0123456789abcdef";

/// The words of a page without the code for the support, which is another one each time.
fn words(answer: &Answer) -> String {
    let words = answer.words();
    let (before, rest) = words
        .split_once("Код для служби підтримки:")
        .unwrap_or((&words, ""));
    format!(
        "{before}{}",
        rest.trim_start()
            .split_once(' ')
            .map_or("", |(_, rest)| rest)
    )
}

#[rstest]
#[tokio::test]
async fn an_unknown_flow_and_another_browser_s_flow_look_alike(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let owner = app.browser();
    let details = world.enter(&owner, &world.signed_child()).await;
    let flow = details
        .path
        .strip_prefix("/confidant/sign-up/")
        .unwrap()
        .to_owned();
    let stranger = app.browser();
    world.enter(&stranger, &world.sign(&Child::other())).await;
    let nobody = app.browser();
    for pattern in [
        "/confidant/sign-up/{}",
        "/confidant/sign-up/{}/declined",
        "/accept/{}",
    ] {
        let unknown = stranger.get(&pattern.replace("{}", UNKNOWN)).await;
        assert_eq!(unknown.heading(), LOST);
        assert_eq!(unknown.way_back(), None);
        for answer in [
            stranger.get(&pattern.replace("{}", &flow)).await,
            nobody.get(&pattern.replace("{}", &flow)).await,
            stranger.get(&pattern.replace("{}", "not-a-flow")).await,
            stranger
                .get(&pattern.replace("{}", &flow.to_uppercase()))
                .await,
        ] {
            answer.page(400);
            assert_eq!(words(&answer), words(&unknown));
        }
    }
    // Nor can a stranger move it, with a token of their own for that address or without.
    for (browser, status) in [(&stranger, 403), (&nobody, 400)] {
        let fields = [("csrf", &*csrf_of(&details)), ("decision", "confirm")];
        browser.post_form(&details.path, &fields).await.page(status);
    }
    owner.get(&details.path).await.page(200);
    assert_eq!(app.registered().await, [1, 1, 1, 0, 1, 0]);
}

#[rstest]
#[tokio::test]
async fn an_expired_flow(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let browser = app.browser();
    let details = world.enter(&browser, &world.signed_child()).await;
    let accept = world
        .enter_and_confirm(&browser, &world.sign(&Child::other()))
        .await;
    app.clock
        .advance(TimeDelta::minutes(60) - TimeDelta::microseconds(1));
    browser.get(&details.path).await.page(200);
    app.clock.advance(TimeDelta::microseconds(1));
    let before = app.registered().await;
    for answer in [
        browser.get(&details.path).await,
        browser.decide(&details, "confirm").await,
        browser.get(&accept.path).await,
        browser.decide(&accept, "confirm").await,
        browser.decide(&accept, "decline").await,
    ] {
        answer.page(410);
        assert_eq!(answer.heading(), "Час на підтвердження минув");
        assert!(answer.words().contains("діяла 60 хвилин"));
        assert_eq!(
            answer.way_back().unwrap(),
            "https://pis.example/callback?from=dovira&error=access_denied&error_description=The+flow+has+expired.&state=%D1%81%D1%82%D0%B0%D0%BD+%26+co"
        );
    }
    assert_eq!(app.registered().await, before);
    assert_eq!(app.count("tokens", "name = 'authorization_code'").await, 0);
}

#[rstest]
#[tokio::test]
async fn a_finished_flow(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let browser = app.browser();
    let details = world.enter(&browser, &world.signed_child()).await;
    let confirmed = browser.decide(&details, "confirm").await;
    let accept = browser.follow(&confirmed).await;
    // Back and again: each page leads to where the flow is.
    assert_eq!(browser.get(&details.path).await.see_other(), accept.path);
    assert_eq!(
        browser.decide(&details, "confirm").await.see_other(),
        accept.path
    );
    assert_eq!(
        browser.decide(&details, "decline").await.see_other(),
        accept.path
    );
    let accepted = browser.decide(&accept, "confirm").await;
    let code = accepted.parameter("code").unwrap();
    // The same answer until the code was exchanged.
    assert_eq!(
        browser.decide(&accept, "confirm").await.see_other(),
        accepted.see_other()
    );
    browser.decide(&accept, "decline").await.page(409);
    world.exchange(&code).await.is(201);
    for answer in [
        browser.decide(&accept, "confirm").await,
        browser.get(&accept.path).await,
        browser.get(&details.path).await,
        browser.decide(&details, "confirm").await,
    ] {
        answer.page(409);
        assert_eq!(answer.heading(), DONE);
        assert_eq!(
            answer.way_back().unwrap(),
            "https://pis.example/callback?from=dovira"
        );
    }
    assert_eq!(app.count("tokens", "name = 'authorization_code'").await, 1);
}

#[rstest]
#[tokio::test]
async fn a_flow_is_asked_too_early(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let browser = app.browser();
    let details = world.enter(&browser, &world.signed_child()).await;
    let flow = details.path.strip_prefix("/confidant/sign-up/").unwrap();
    let early = browser.get(&format!("/accept/{flow}")).await;
    assert_eq!(early.see_other(), details.path);
}

#[rstest]
#[tokio::test]
async fn a_form_without_its_token(#[values(Sqlite, Postgres)] database: Database) {
    // style 8
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let browser = app.browser();
    let details = world.enter(&browser, &world.signed_child()).await;
    let other = world.enter(&browser, &world.sign(&Child::other())).await;
    let good = csrf_of(&details);
    let of_another_path = csrf_of(&other);
    let changed = format!("{}A", &good[..good.len() - 1]);
    for fields in [
        vec![("decision", "confirm")],
        vec![("csrf", ""), ("decision", "confirm")],
        vec![("csrf", &*of_another_path), ("decision", "confirm")],
        vec![
            ("csrf", if changed == good { "B" } else { &*changed }),
            ("decision", "confirm"),
        ],
    ] {
        let refused = browser.post_form(&details.path, &fields).await;
        refused.page(403);
        assert_eq!(refused.heading(), STALE);
        assert!(
            refused
                .text()
                .contains(&format!("href=\"{}\"", details.path)),
            "a way to open it again"
        );
    }
    let fields = [("csrf", &*good), ("decision", "confirm")];
    for site in ["cross-site", "same-site"] {
        let refused = browser
            .post_form_with(&details.path, &fields, &[("sec-fetch-site", site)])
            .await;
        refused.page(403);
        assert_eq!(refused.heading(), STALE);
    }
    // What the form says must be one of its buttons.
    browser
        .post_form(&details.path, &[("csrf", &good), ("decision", "maybe")])
        .await
        .page(400);
    browser
        .post_form(&details.path, &[("csrf", &good)])
        .await
        .page(400);
    assert_eq!(app.registered().await, [1, 1, 1, 0, 1, 0]);
    // A browser that does not say where it comes from is not refused.
    browser
        .post_form_with(&details.path, &fields, &[])
        .await
        .is(303);
}

#[rstest]
#[tokio::test]
async fn a_lost_session(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let browser = app.browser();
    let details = world.enter(&browser, &world.signed_child()).await;
    browser.forget("__Host-dovira");
    for answer in [
        browser.get(&details.path).await,
        browser.decide(&details, "confirm").await,
    ] {
        answer.page(400);
        assert_eq!(answer.heading(), LOST);
    }
    assert_eq!(app.registered().await, [1, 1, 1, 0, 1, 0]);
}

#[rstest]
#[tokio::test]
async fn the_token_of_the_link_ends_before_the_confirmation(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let app = TestApp::new(database).await;
    let mut world = app.world().await;
    world.token = world
        .issue(
            crate::support::CONFIDANT_USER,
            "confidant_person:sign_up",
            TimeDelta::minutes(10),
        )
        .await;
    let browser = app.browser();
    let details = world.enter(&browser, &world.signed_child()).await;
    app.clock.advance(TimeDelta::minutes(10));
    let refused = browser.decide(&details, "confirm").await;
    refused.page(403);
    assert!(refused.words().contains("Час заповнення форми вичерпався."));
    assert_eq!(app.registered().await, [1, 1, 1, 0, 1, 0]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parallel_confirms_register_one_person(#[values(Sqlite, Postgres)] database: Database) {
    // §13 row 10
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let browser = app.browser();
    let details = world.enter(&browser, &world.signed_child()).await;
    let clicks = (0..4)
        .map(|_| browser.decide_later(&details, "confirm"))
        .collect();
    let flow = details.path.strip_prefix("/confidant/sign-up/").unwrap();
    for answer in app.at_once(clicks).await {
        assert_eq!(answer.see_other(), format!("/accept/{flow}"));
    }
    assert_eq!(app.registered().await, [2, 2, 2, 1, 2, 1]);
    assert_eq!(app.count("tokens", "scope = 'app:authorize'").await, 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parallel_consents_give_one_code(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let browser = app.browser();
    let accept = world
        .enter_and_confirm(&browser, &world.signed_child())
        .await;
    let clicks = (0..4)
        .map(|_| browser.decide_later(&accept, "confirm"))
        .collect();
    let answers = app.at_once(clicks).await;
    let first = answers[0].see_other().to_owned();
    assert!(first.contains("&code="));
    for answer in answers {
        assert_eq!(answer.see_other(), first);
    }
    assert_eq!(app.count("tokens", "name = 'authorization_code'").await, 1);
    assert_eq!(app.count("approvals", "1 = 1").await, 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_flows_with_one_signature(#[values(Sqlite, Postgres)] database: Database) {
    // decisions §1 "Replay": the second confirm gets the finished page
    for is_parallel in [false, true] {
        let app = TestApp::new(database).await;
        let world = app.world().await;
        let browser = app.browser();
        let user_data = world.signed_child();
        let one = world.enter(&browser, &user_data).await;
        let two = world.enter(&browser, &user_data).await;
        assert_ne!(one.path, two.path);
        let answers = if is_parallel {
            let clicks = vec![
                browser.decide_later(&one, "confirm"),
                browser.decide_later(&two, "confirm"),
            ];
            app.at_once(clicks).await
        } else {
            vec![
                browser.decide(&one, "confirm").await,
                browser.decide(&two, "confirm").await,
            ]
        };
        let (won, lost): (Vec<_>, Vec<_>) =
            answers.into_iter().partition(|answer| answer.status == 303);
        assert_eq!((won.len(), lost.len()), (1, 1));
        lost[0].page(409);
        assert_eq!(lost[0].heading(), DONE);
        assert_eq!(app.registered().await, [2, 2, 2, 1, 2, 1]);
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_signatures_of_one_child_at_the_same_moment(
    #[values(Sqlite, Postgres)] database: Database,
) {
    // Authority §4: the second finds the child of the first, which is the confidant's own submission
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let browser = app.browser();
    let one = world.enter(&browser, &world.signed_child()).await;
    let two = world.enter(&browser, &world.signed_child()).await;
    let clicks = vec![
        browser.decide_later(&one, "confirm"),
        browser.decide_later(&two, "confirm"),
    ];
    for answer in app.at_once(clicks).await {
        let accept = browser.follow(&answer).await;
        assert!(accept.path.starts_with("/accept/"), "{}", accept.path);
        assert!(accept.page(200).contains("Зразкова"));
    }
    let child = [2, 2, 2, 1, 2];
    assert_eq!(app.registered().await[..5], child, "one child, one claim");
    assert_eq!(app.count("used_signatures", "1 = 1").await, 2);
    let waits = "is_active = true AND verification_status = 'VERIFICATION_NEEDED' AND verification_reason = 'ONLINE_TRIGGERED'";
    assert_eq!(app.count("confidant_person_relationships", waits).await, 1);
}

#[rstest]
#[tokio::test]
async fn one_tax_number_of_two_children_at_the_same_moment(
    #[values(Sqlite, Postgres)] database: Database,
) {
    // Authority §1, §4: a number that a confidant typed makes nobody's user and never makes several of one
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let first = Child::content();
    let mut second = Child::other();
    second["person"]["tax_id"] = first["person"]["tax_id"].clone();
    let mut requests = Vec::new();
    for content in [first, second] {
        let signed = world.sign(&content);
        let body = json!({
            "signed_content": signed, "signed_content_encoding": "base64",
            "jwt": world.session_token(&signed).await,
        });
        let api = app.api().bearer(&world.token);
        requests.push(api.post_later("/api/pis/confidant/sign-up_registration", &body));
    }
    let mut statuses: Vec<u16> = app
        .at_once(requests)
        .await
        .iter()
        .map(|answer| answer.status.as_u16())
        .collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 201]);
    let number = "tax_id = '4569100028'";
    assert_eq!(app.count("persons", number).await, 2);
    assert_eq!(app.count("users", number).await, 0);
    // The confidant is there already.
    assert_eq!(app.count("users", "1 = 1").await, 3);
}

#[rstest]
#[tokio::test]
async fn access_that_cannot_be_given_is_told_to_the_client(
    #[values(Sqlite, Postgres)] database: Database,
) {
    // §1.6 "error while authorizing scopes", with REDIRECT_ERRORS
    let app = TestApp::with(database, &["--redirect-errors", "true"]).await;
    let world = app.world().await;
    let browser = app.browser();
    let accept = world
        .enter_and_confirm(&browser, &world.signed_child())
        .await;
    let mut client = provisioning()["clients"][0].clone();
    client["scopes"] = json!("app:read_pis");
    world.import(&json!({ "clients": [client] })).await;
    let refused = browser.decide(&accept, "confirm").await;
    refused.is(303);
    let said = |name| refused.parameter(name).unwrap();
    assert_eq!(said("error"), "invalid_scope");
    assert_eq!(
        said("error_description"),
        "Scope is not allowed by client type."
    );
    assert_eq!(refused.parameter("code"), None);
    assert_eq!(app.count("approvals", "1 = 1").await, 0);
}

#[rstest]
#[tokio::test]
async fn access_that_cannot_be_given_is_told_on_the_page(
    #[values(Sqlite, Postgres)] database: Database,
) {
    // §1.6 "error while authorizing scopes"
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let browser = app.browser();
    let accept = world
        .enter_and_confirm(&browser, &world.signed_child())
        .await;
    let mut client = provisioning()["clients"][0].clone();
    client["scopes"] = json!("app:read_pis");
    world.import(&json!({ "clients": [client] })).await;
    let refused = browser.decide(&accept, "confirm").await;
    refused.page(422);
    assert!(
        refused
            .words()
            .contains("Застосунок просить доступ, на який не має права")
    );
    assert_eq!(app.count("tokens", "name = 'authorization_code'").await, 0);
    assert_eq!(app.count("approvals", "1 = 1").await, 0);
    world
        .import(&json!({ "clients": [provisioning()["clients"][0]] }))
        .await;
    assert!(
        browser
            .decide(&refused, "confirm")
            .await
            .parameter("code")
            .is_some()
    );
}
