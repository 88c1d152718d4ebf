//! What is logged names places and ids, never the person (design 4.1, style 18).

use rstest::rstest;
use serde_json::json;

use crate::support::{
    API_KEY, Child,
    Database::{self, Postgres, Sqlite},
    Log, Own, SECRET, TestApp, csrf_of,
};

/// What belongs to the people of the tests.
const PERSONAL: [&str; 20] = [
    "Марʼяна",
    "Зразков",
    "Демʼян",
    "Соломія",
    "Миколайович",
    "4569100028",
    "3112201416",
    "20250204",
    "2025-02-04",
    "№540021",
    "000000017",
    "500000025",
    "440000000",
    "500000017",
    "rodyna@",
    "Вигадана",
    "гойдалка",
    "стан",
    SECRET,
    API_KEY,
];

#[rstest]
#[tokio::test]
async fn a_whole_journey(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let log = Log::begin();
    let browser = app.browser();
    let user_data = world.signed_child();
    let details = world.enter(&browser, &user_data).await;
    let confirmed = browser.decide(&details, "confirm").await;
    let accept = browser.follow(&confirmed).await;
    let accepted = browser.decide(&accept, "confirm").await;
    let code = accepted.parameter("code").unwrap();
    let tokens = world.exchange(&code).await.is(201).json();
    let access = tokens["data"]["value"].as_str().unwrap();
    let refresh_token = tokens["data"]["details"]["refresh_token"].as_str().unwrap();
    world.person(access).await.is(200);
    world.refresh(refresh_token).await.is(201);
    let session_token = {
        let signed = world.sign(&Child::other());
        let token = world.session_token(&signed).await;
        world.register(&signed, &token).await.is(201);
        token
    };
    app.api()
        .bearer(access)
        .post("/auth/logout", &json!({}))
        .await
        .is(200);
    // A second exchange is worth a warning.
    world.exchange(&code).await.is(401);

    let flow = details.path.strip_prefix("/confidant/sign-up/").unwrap();
    let csrf = csrf_of(&details);
    log.says_nothing_of(&PERSONAL);
    let user_data = &user_data[40..120];
    log.says_nothing_of(&[
        user_data,
        &world.token,
        &code,
        access,
        refresh_token,
        &session_token,
        &csrf,
        flow,
    ]);
    let text = log.text();
    for place in [
        "method=GET route=\"/confidant/sign-up\"",
        "method=POST route=\"/confidant/sign-up/{flow}\"",
        "method=POST route=\"/accept/{flow}\"",
        "route=\"/oauth/tokens\"",
        "status=303",
        "reason=\"code_reused\"",
    ] {
        assert!(text.contains(place), "{place} is not in {text}");
    }
    for answer in [&details, &accept, &accepted] {
        assert!(
            text.contains(answer.header("x-request-id")),
            "every answer can be found by its id"
        );
    }
}

#[rstest]
#[tokio::test]
async fn the_other_ways_in(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let log = Log::begin();
    let browser = app.browser();
    // Of oneself, with a wrong code first.
    let own = world.signed_own().await;
    let page = world.enter_and_order(&browser, &own).await;
    let (code, wrong) = (app.sent_code(), app.wrong_code());
    browser.type_code(&page, &wrong).await.page(422);
    let typed = browser.type_code(&page, &code).await;
    let accept = browser.follow(&typed).await;
    let apps = browser.get(&format!("{}/apps", accept.path)).await;
    apps.page(200);
    // Sign-in, on the page and as JSON; a stranger; a confidant without a relationship.
    let nonce = world.nonce().await;
    let signed = world.sign(&json!({ "jwt": nonce }));
    world.enter_at(&browser, "/sign-in", &signed).await;
    browser
        .get(&world.entry_at("/sign-in", &signed))
        .await
        .is(302);
    let search =
        json!({ "last_name": "Зразкова", "given_name": "Марʼяна", "tax_id": "4569100028" });
    let searched = world.sign(&search);
    browser
        .get(&world.entry_at("/confidant/sign-in", &searched))
        .await
        .is(302);
    let begun = world.begin_own(world.signed_own().await).await;
    world.register_own(&begun, &json!("7654")).await.is(403);
    log.says_nothing_of(&PERSONAL);
    let tax_id = Own::tax_id();
    log.says_nothing_of(&[
        &tax_id,
        "500000018",
        "1990-05-20",
        &own[40..120],
        &signed[40..120],
        &nonce,
        &begun.token,
        &format!("={code}"),
        &format!("\"{code}\""),
        &csrf_of(&page),
    ]);
    let text = log.text();
    for place in [
        "route=\"/sign-up\"",
        "route=\"/sign-up/{flow}/code\"",
        "route=\"/sign-in\"",
        "route=\"/confidant/sign-in\"",
        "route=\"/accept/{flow}/apps\"",
        "route=\"/api/pis/register\"",
    ] {
        assert!(text.contains(place), "{place} is not in {text}");
    }
}

#[rstest]
#[tokio::test]
async fn what_was_refused(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let log = Log::begin();
    let browser = app.browser();
    let good = world.signed_child();
    let stranger = crate::support::Authority::new("Чужий").person(Some("3112201416"));
    let other = crate::support::authority().person(Some("7777777777"));
    let mut wrong = Child::content();
    wrong["person"]["documents"] = json!([]);
    wrong["person"]["first_name"] = json!("Ыгорь");
    wrong["person"]["phones"][0]["number"] = json!("0679999999");
    for user_data in [
        "@@@@".to_owned(),
        stranger.sign(&Child::content(), app.now()),
        other.sign(&Child::content(), app.now()),
        world.sign(&wrong),
        world
            .signer
            .sign(&Child::content(), app.now() - chrono::TimeDelta::hours(1)),
        world
            .signer
            .sign_octets("{\"person\":\"Марʼяна\"".as_bytes(), Some(app.now())),
    ] {
        let page = browser.get(&world.entry(&user_data)).await;
        assert!(page.status.is_client_error());
        let answer = world.validate(&user_data).await;
        assert!(answer.status.is_client_error());
    }
    world.register(&good, "a.session.token").await.is(401);
    browser
        .get(
            "/confidant/sign-up?client_id=Марʼяна"
                .replace("Марʼяна", "%D0%9C")
                .as_str(),
        )
        .await
        .page(400);
    browser
        .get("/nothing/4569100028?user_data=x")
        .await
        .page(404);
    world.exchange("a-code-that-nobody-gave").await.is(401);
    app.execute("DROP TABLE used_signatures").await;
    browser.get(&world.entry(&good)).await.page(500);

    log.says_nothing_of(&PERSONAL);
    log.says_nothing_of(&[
        "7777777777",
        "Ыгорь",
        "0679999999",
        "a.session.token",
        "a-code-that-nobody-gave",
        &world.token,
        &good[40..120],
    ]);
    let text = log.text();
    for word in [
        "class=\"untrusted\"",
        "class=\"expired\"",
        "reason=\"unknown_issuer\"",
        "certificate_sha256=",
        "code=\"signer_is_another\"",
        "code=\"schema\"",
        "code=\"bad-link-redirect-uri-missing\"",
        "route=\"unmatched\"",
        "database failed",
    ] {
        assert!(text.contains(word), "{word} is not in {text}");
    }
}
