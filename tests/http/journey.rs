//! From the signed link to the access token, as a browser and a client application go it (§1.1).

use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{
    Answer, CLIENT, CONFIDANT, CONFIDANT_USER, Child,
    Database::{self, Postgres, Sqlite},
    REDIRECT_URI, TestApp, World,
};

const ENTRY: &str = "/confidant/sign-up";

/// The token object of §6.6, whole.
#[track_caller]
fn assert_token(answer: &Answer, grant_type: &str, world: &World<'_>) -> Value {
    let mut details = json!({
        "app_id": "[uuid]",
        "applicant_user_id": CONFIDANT_USER,
        "applicant_person_id": CONFIDANT,
        "scope": "person:read",
        "refresh_token": "[token]",
        "redirect_uri": REDIRECT_URI,
        "grant_type": grant_type,
        "client_id": CLIENT,
    });
    if grant_type == "refresh_token" {
        details
            .as_object_mut()
            .unwrap()
            .shift_remove("refresh_token");
    }
    answer.gives(
        201,
        json!({
            "id": "[uuid]",
            "name": "access_token",
            "value": "[token]",
            "user_id": "[uuid]",
            "user": { "person_id": "[uuid]" },
            "expires_at": world.app.now().timestamp() + 3600,
            "details": details,
        }),
    )
}

/// What `GET /api/pis/person` shows of the sample child.
fn child_as_read() -> Value {
    let mut person = Child::content()["person"].clone();
    let members = person.as_object_mut().unwrap();
    for member in ["secret", "authentication_methods", "confidant_person"] {
        members.shift_remove(member);
    }
    members.insert("id".into(), json!("[uuid]"));
    members.insert("verification_status".into(), json!("VERIFICATION_NEEDED"));
    person
}

/// From the page of the details to the end of the token.
async fn go_on(world: &World<'_>, browser: &crate::support::Browser<'_>, details: Answer) {
    details.page(200);
    assert_eq!(details.heading(), "Перевірте дані пацієнта");
    let confirmed = browser.decide(&details, "confirm").await;
    let flow = details.path.strip_prefix("/confidant/sign-up/").unwrap();
    assert_eq!(confirmed.see_other(), format!("/accept/{flow}"));

    let accept = browser.follow(&confirmed).await;
    accept.page(200);
    let words = accept.words();
    for word in [
        "Мій лікар",
        "pis.example",
        "КНП «Зразкова лікарня»",
        "переглядати персональні дані",
    ] {
        assert!(words.contains(word), "{word} is not on {words}");
    }
    let accepted = browser.decide(&accept, "confirm").await;
    let address = accepted.see_other();
    assert!(
        address.starts_with("https://pis.example/callback?from=dovira&code="),
        "{address}"
    );
    assert_eq!(accepted.parameter("state").as_deref(), Some("стан & co"));
    let code = accepted.parameter("code").unwrap();

    let exchanged = world.exchange(&code).await;
    let token = assert_token(&exchanged, "authorization_code", world);
    let access = token["value"].as_str().unwrap();
    let person = world.person(access).await.gives(200, child_as_read());
    assert_eq!(token["user"]["person_id"], person["id"]);
    let id: Uuid = person["id"].as_str().unwrap().parse().unwrap();
    assert_ne!(id, CONFIDANT);

    let refresh_token = token["details"]["refresh_token"].as_str().unwrap();
    let refreshed = world.refresh(refresh_token).await;
    let again = assert_token(&refreshed, "refresh_token", world);
    assert_ne!(again["value"], token["value"]);
    world.person(again["value"].as_str().unwrap()).await.is(200);

    let api = world.app.api().bearer(access);
    api.post("/auth/logout", &json!({}))
        .await
        .gives(200, json!({}));
    for ended in [access, again["value"].as_str().unwrap()] {
        let refused = world.person(ended).await;
        refused.refuses(401, "access_denied", "Invalid access token");
    }
    let refused = world.refresh(refresh_token).await;
    refused.refuses(401, "access_denied", "Token expired.");
}

#[rstest]
#[tokio::test]
async fn by_link(#[values(Sqlite, Postgres)] database: Database) {
    // §1.1, §13 row 5
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let browser = app.browser();
    let entered = browser.get(&world.entry(&world.signed_child())).await;
    let address = entered.see_other();
    let flow = address.strip_prefix("/confidant/sign-up/").unwrap();
    assert!(
        flow.len() == 32 && flow.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "{flow}"
    );
    let details = browser.follow(&entered).await;
    go_on(&world, &browser, details).await;
    assert_eq!(app.registered().await, [2, 2, 2, 1, 2, 1]);
}

#[rstest]
#[tokio::test]
async fn by_form(#[values(Sqlite, Postgres)] database: Database) {
    // design "Routes": the one cross-site POST carries no cookie
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let browser = app.browser();
    // Another tab is on its way already.
    let other_tab = world.enter(&browser, &world.sign(&Child::other())).await;
    let names = browser.cookie_names();

    let user_data = world.signed_child();
    let entered = browser
        .post_from_elsewhere(ENTRY, &world.parameters(&user_data))
        .await;
    assert_eq!(
        entered.cookies().len(),
        1,
        "the session is left alone: {:?}",
        entered.cookies()
    );
    let details = browser.follow(&entered).await;
    assert_eq!(
        browser.cookie_names(),
        names,
        "what was handed over is taken away"
    );
    go_on(&world, &browser, details).await;

    // The other tab goes on as if nothing had happened.
    let confirmed = browser.decide(&other_tab, "confirm").await;
    browser.follow(&confirmed).await.page(200);
    assert_eq!(app.registered().await, [3, 3, 3, 2, 3, 2]);
}

#[rstest]
#[tokio::test]
async fn by_form_without_a_session(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let browser = app.browser();
    let user_data = world.signed_child();
    let entered = browser
        .post_from_elsewhere(ENTRY, &world.parameters(&user_data))
        .await;
    assert_eq!(browser.cookie_names(), ["__Host-dovira-begin"]);
    let stranger = app.browser().get(entered.see_other()).await;
    assert_eq!(stranger.is(400).heading(), "Не вдалося продовжити");
    let details = browser.follow(&entered).await;
    assert_eq!(browser.cookie_names(), ["__Host-dovira"]);
    go_on(&world, &browser, details).await;
}

#[rstest]
#[tokio::test]
async fn the_details_show_everything_that_will_be_registered(
    #[values(Sqlite, Postgres)] database: Database,
) {
    // §2.5
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let details = world.enter(&app.browser(), &world.signed_child()).await;
    let words = details.words();
    for word in [
        "Марʼяна",
        "Зразкова",
        "Демʼянівна",
        "04.02.2025",
        "Україна",
        "Київ",
        "rodyna@example.com",
        "4569100028",
        "20250204-00000",
        "І-БК№540021",
        "Печерський відділ",
        "11.02.2025",
        "КИЇВСЬКА",
        "БІЛОЦЕРКІВСЬКИЙ",
        "БІЛА ЦЕРКВА",
        "Вигадана",
        "12-А",
        "09100",
        "Соломія",
        "Іванівна",
        "Зразковий",
        "Миколайович",
        "І-БК №540021",
        "мама",
        "Мій лікар",
    ] {
        assert!(words.contains(word), "{word} is not on {words}");
    }
    assert!(!words.contains("синя гойдалка"), "the code word is masked");
    for number in ["500000025", "000 00 25", "440000000", "000 00 00"] {
        assert!(
            !words.replace('\u{a0}', " ").contains(number),
            "phones are masked: {number}"
        );
    }
    for (number, count) in [("+380 50 ••• •• 25", 1), ("+380 44 ••• •• 00", 1)]
    {
        let shown = words.replace('\u{a0}', " ");
        assert_eq!(shown.matches(number).count(), count, "{number} in {shown}");
    }
}

#[rstest]
#[tokio::test]
async fn details_declined_back_and_leave(#[values(Sqlite, Postgres)] database: Database) {
    // decisions §2 "Confirm and decline"
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let browser = app.browser();
    let details = world.enter(&browser, &world.signed_child()).await;
    let declined = browser.decide(&details, "decline").await;
    assert_eq!(declined.see_other(), format!("{}/declined", details.path));
    let page = browser.follow(&declined).await;
    page.page(200);
    assert_eq!(page.heading(), "Ви не підтвердили дані");
    assert!(
        page.text().contains(&format!("href=\"{}\"", details.path)),
        "a way back"
    );
    // The way back is good: nothing has ended.
    browser.get(&details.path).await.page(200);

    let left = browser.decide(&page, "leave").await;
    assert_eq!(
        left.see_other(),
        "https://pis.example/callback?from=dovira&error=access_denied&error_description=The+user+did+not+confirm+the+details.&state=%D1%81%D1%82%D0%B0%D0%BD+%26+co"
    );
    // A second click goes the same way; the pages of the flow are over.
    assert_eq!(
        browser.decide(&page, "leave").await.see_other(),
        left.see_other()
    );
    for path in [&details.path, &page.path] {
        let over = browser.get(path).await;
        over.page(409);
        assert_eq!(over.heading(), "Ви вже завершили цей крок");
    }
    assert_eq!(app.registered().await, [1, 1, 1, 0, 1, 0]);
    assert_eq!(
        app.count("flows", "payload = '{}'").await,
        1,
        "nothing personal is kept"
    );
}

#[rstest]
#[tokio::test]
async fn consent_declined(#[values(Sqlite, Postgres)] database: Database) {
    // decisions §2 "Confirm and decline"
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let browser = app.browser();
    let accept = world
        .enter_and_confirm(&browser, &world.signed_child())
        .await;
    let declined = browser.decide(&accept, "decline").await;
    assert_eq!(
        declined.see_other(),
        "https://pis.example/callback?from=dovira&error=access_denied&error_description=The+user+did+not+grant+access.&state=%D1%81%D1%82%D0%B0%D0%BD+%26+co"
    );
    assert_eq!(
        browser.decide(&accept, "decline").await.see_other(),
        declined.see_other()
    );
    let confirmed = browser.decide(&accept, "confirm").await;
    confirmed.page(409);
    assert_eq!(app.count("tokens", "name = 'authorization_code'").await, 0);
    assert_eq!(
        app.registered().await,
        [2, 2, 2, 1, 2, 1],
        "what was confirmed stays"
    );
}

#[rstest]
#[tokio::test]
async fn without_state_there_is_no_state(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let browser = app.browser();
    let user_data = world.signed_child();
    let parameters = &world.parameters(&user_data)[..5];
    let entered = browser.get(&crate::support::address(parameters)).await;
    let details = browser.follow(&entered).await;
    let confirmed = browser.decide(&details, "confirm").await;
    let accept = browser.follow(&confirmed).await;
    let accepted = browser.decide(&accept, "confirm").await;
    assert_eq!(accepted.parameter("state"), None);
    assert!(accepted.parameter("code").is_some());
}
