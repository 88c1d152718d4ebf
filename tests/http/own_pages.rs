//! The pages of one's own sign-up: details, code, consent (§1.2, ux 4.3).

use chrono::TimeDelta;
use dovira::outside::sms::{Gateway, NotSent};
use rstest::rstest;
use serde_json::json;

use crate::support::{
    Answer,
    Database::{self, Postgres, Sqlite},
    Own, TestApp, World,
};

const BEFORE: [i64; 6] = [1, 1, 1, 0, 1, 0];
const AFTER: [i64; 6] = [2, 2, 2, 0, 2, 1];
const CODE: &str = "Введіть код із СМС";

/// What is said of the field, which the summary says too and leads to.
#[track_caller]
fn says(page: &Answer, error: &str) {
    let html = page.page(422).replace('\u{a0}', " ");
    assert!(html.contains("<title>Помилка: Введіть код із СМС — eHealth</title>"));
    let (summary, rest) = html.split_once("<h1>").unwrap();
    assert!(
        summary.contains(&format!("<a href=\"#code\">{error}</a>")),
        "{error} in {summary}"
    );
    let field = format!("<span class=\"visually-hidden\">Помилка: </span>{error}</p>");
    assert!(rest.contains(&field), "{error} in {rest}");
    assert!(
        page.text()
            .contains("aria-invalid=\"true\" aria-describedby=\"code-hint code-error\"")
    );
}

/// What the page says, with ordinary spaces.
fn words(page: &Answer) -> String {
    page.words().replace('\u{a0}', " ")
}

#[rstest]
#[tokio::test]
async fn by_link_to_the_tokens(#[values(Sqlite, Postgres)] database: Database) {
    // §1.2
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let browser = app.browser();
    let entered = browser
        .get(&world.entry_at("/sign-up", &world.signed_own().await))
        .await;
    let flow = entered
        .see_other()
        .strip_prefix("/sign-up/")
        .unwrap()
        .to_owned();
    assert!(flow.len() == 32 && flow.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let details = browser.follow(&entered).await;
    details.page(200);
    assert_eq!(details.heading(), "Перевірте свої дані");
    assert!(!details.words().contains("Представник"));
    assert!(
        app.messages().is_empty(),
        "nothing is sent before the details are confirmed"
    );

    let confirmed = browser.decide(&details, "confirm").await;
    assert_eq!(confirmed.see_other(), format!("/sign-up/{flow}/code"));
    let page = browser.follow(&confirmed).await;
    let html = page.page(200);
    assert_eq!(page.heading(), CODE);
    for part in [
        "inputmode=\"numeric\"",
        "autocomplete=\"one-time-code\"",
        "aria-describedby=\"code-hint\"",
        "<title>Введіть код із СМС — eHealth</title>",
    ] {
        assert!(
            html.replace('\u{a0}', " ").contains(part),
            "{part} on {html}"
        );
    }
    assert!(!html.contains("maxlength") && !html.contains("autofocus"));
    let said = words(&page);
    for part in [
        "Ми надіслали код на номер, що закінчується на •• 18 . Код діє 5 хвилин.",
        "Інколи СМС надходить за кілька хвилин.",
        "4 цифри",
        "Новий код можна замовити після 13:06 .",
        "Змінити номер можна в застосунку Мій лікар .",
    ] {
        assert!(said.contains(part), "{part} is not on {said}");
    }
    assert!(!said.contains("500000018") && !html.contains("500000018"));
    let sent = app.messages();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].0, Own::PHONE);

    let typed = browser.type_code(&page, &app.sent_code()).await;
    assert_eq!(typed.see_other(), format!("/accept/{flow}"));
    assert_eq!(app.registered().await, AFTER);
    let accept = browser.follow(&typed).await;
    accept.page(200);
    assert!(words(&accept).contains("Ви увійшли як Зразковий Демʼян Миколайович ."));
    let accepted = browser.decide(&accept, "confirm").await;
    assert_eq!(accepted.parameter("state").as_deref(), Some("стан & co"));
    let code = accepted.parameter("code").unwrap();
    let granted = world.exchange(&code).await;
    let data = granted.is(201).json()["data"].clone();
    assert!(data["details"].get("applicant_person_id").is_none());
    let person = world.person(data["value"].as_str().unwrap()).await;
    assert_eq!(
        person.is(200).json()["data"]["tax_id"],
        json!(Own::tax_id())
    );
    // The pages before are over.
    for path in [&details.path, &page.path] {
        browser.get(path).await.page(409);
    }
}

#[rstest]
#[tokio::test]
async fn by_form(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let browser = app.browser();
    let user_data = world.signed_own().await;
    let parameters = world.parameters_of(&user_data);
    let entered = browser.post_from_elsewhere("/sign-up", &parameters).await;
    assert_eq!(browser.cookie_names(), ["__Host-dovira-begin"]);
    let details = browser.follow(&entered).await;
    let confirmed = browser.decide(&details, "confirm").await;
    let page = browser.follow(&confirmed).await;
    let code = app.sent_code();
    // A code with spaces, as people copy it.
    let spaced = format!(" {} {}\u{a0}{}\n", &code[..1], &code[1..2], &code[2..]);
    let typed = browser.type_code(&page, &spaced).await;
    browser.follow(&typed).await.page(200);
    assert_eq!(app.registered().await, AFTER);
}

#[rstest]
#[tokio::test]
async fn wrong_codes(#[values(Sqlite, Postgres)] database: Database) {
    // ux 4.3
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let browser = app.browser();
    let page = world
        .enter_and_order(&browser, &world.signed_own().await)
        .await;
    // What is no code costs no attempt.
    for _ in 0..3 {
        says(&browser.type_code(&page, "").await, "Введіть код із СМС");
        says(
            &browser.type_code(&page, "12a4").await,
            "Введіть код лише цифрами",
        );
        says(
            &browser.type_code(&page, "123").await,
            "Код складається з 4 цифр",
        );
        says(
            &browser.type_code(&page, "12345").await,
            "Код складається з 4 цифр",
        );
    }
    let without = browser.press(&page, &page.path, &[]).await;
    says(&without, "Введіть код із СМС");
    let wrong = app.wrong_code();
    for left in ["3 спроби", "2 спроби", "1 спроба"] {
        let again = browser.type_code(&page, &wrong).await;
        says(&again, &format!("Код неправильний. Залишилося: {left}"));
        assert!(!again.text().contains(&format!("value=\"{wrong}\"")));
    }
    let over = browser.type_code(&page, &wrong).await;
    over.page(429);
    assert_eq!(over.heading(), "Забагато неправильних кодів");
    assert_eq!(over.header("retry-after"), "60");
    let said = words(&over);
    assert!(
        said.contains("Ви 4 рази ввели неправильний код. Спробуйте ще раз після 13:06 ."),
        "{said}"
    );
    assert!(over.text().contains(&format!("href=\"{}\"", page.path)));
    assert_eq!(
        over.way_back().unwrap(),
        world.back("access_denied", "Too many requests.")
    );
    // The right one does not help any more, a new one does.
    browser.type_code(&page, &app.sent_code()).await.page(429);
    app.clock.advance(TimeDelta::minutes(1));
    let over = browser.type_code(&page, &wrong).await;
    assert!(words(&over).contains("Замовте новий код."));
    let resend = format!("{}/resend", page.path);
    let again = browser.press(&page, &resend, &[]).await;
    let page = browser.follow(&again).await;
    let typed = browser.type_code(&page, &app.sent_code()).await;
    browser.follow(&typed).await.page(200);
    assert_eq!(app.registered().await, AFTER);
}

#[rstest]
#[tokio::test]
async fn a_double_click_orders_one_code(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let browser = app.browser();
    let details = world
        .enter_at(&browser, "/sign-up", &world.signed_own().await)
        .await;
    let clicks = (0..4).map(|_| browser.decide_later(&details, "confirm"));
    let code_page = format!("{}/code", details.path);
    for answer in app.at_once(clicks.collect()).await {
        assert_eq!(answer.see_other(), code_page);
    }
    assert_eq!(app.messages().len(), 1);
    let page = browser.get(&code_page).await;
    assert!(!page.page(200).contains("Помилка"));
    assert!(words(&page).contains("Ми надіслали код"));
    // Nor does a second click on the other button say that it is too soon.
    app.clock.advance(TimeDelta::minutes(1));
    let resend = format!("{code_page}/resend");
    for _ in 0..2 {
        browser.press(&page, &resend, &[]).await.see_other();
        app.clock.advance(TimeDelta::seconds(2));
    }
    assert_eq!(app.messages().len(), 2);
    let again = browser.get(&code_page).await;
    assert!(words(&again).contains("Новий код надіслано о 13:06"));
    let typed = browser.type_code(&again, &app.sent_code()).await;
    browser.follow(&typed).await.page(200);
}

#[rstest]
#[tokio::test]
async fn in_english(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let browser = app.browser();
    let page = world
        .enter_and_order(&browser, &world.signed_own().await)
        .await;
    let english = browser.get(&format!("{}?lang=en", page.path)).await;
    english.page(200);
    assert_eq!(english.heading(), "Enter the code from the text message");
    assert!(
        words(&english).contains("a number ending in •• 18")
            || words(&english).contains("the number ending in •• 18")
    );
    let wrong = app.wrong_code();
    for (typed, error) in [
        ("", "Enter the code from the text message"),
        ("a", "Enter the code in digits only"),
        ("1", "The code has 4 digits"),
        (&*wrong, "The code is wrong. 3 attempts left"),
        (&*wrong, "The code is wrong. 2 attempts left"),
        (&*wrong, "The code is wrong. 1 attempt left"),
    ] {
        let again = browser.type_code(&page, typed).await;
        let html = again.page(422).replace('\u{a0}', " ");
        assert!(
            html.contains(&format!("<a href=\"#code\">{error}</a>")),
            "{error} on {html}"
        );
    }
    let over = browser.type_code(&page, &wrong).await;
    assert_eq!(over.heading(), "Too many wrong codes");
    assert!(words(&over).contains("You have entered a wrong code 4 times. Try again after 13:06"));
}

#[rstest]
#[tokio::test]
async fn codes_are_not_tried_without_end(#[values(Sqlite, Postgres)] database: Database) {
    // decisions 4, `VERIFICATION_REQUESTS_PER_MINUTE`
    let app = TestApp::with(database, &["--verification-requests-per-minute", "1"]).await;
    let world = app.world().await;
    let browser = app.browser();
    let page = world
        .enter_and_order(&browser, &world.signed_own().await)
        .await;
    let wrong = app.wrong_code();
    says(
        &browser.type_code(&page, &wrong).await,
        "Код неправильний. Залишилося: 3 спроби",
    );
    let refused = browser.type_code(&page, &app.sent_code()).await;
    refused.page(429);
    assert_eq!(refused.heading(), "Забагато запитів");
    assert_eq!(refused.header("retry-after"), "60");
    assert!(refused.text().contains(&format!("href=\"{}\"", page.path)));
    // The same of the JSON route.
    let begun = world.begin_own(world.signed_own().await).await;
    let answer = world.register_own(&begun, &json!(wrong)).await;
    answer.refuses(429, "too_many_requests", "Too many requests");
    assert_eq!(answer.header("retry-after"), "60");
    app.clock.advance(TimeDelta::minutes(1));
    let typed = browser.type_code(&page, &app.sent_code()).await;
    browser.follow(&typed).await.page(200);
}

#[rstest]
#[tokio::test]
async fn another_code(#[values(Sqlite, Postgres)] database: Database) {
    // ux 4.3, decisions 4
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let browser = app.browser();
    let page = world
        .enter_and_order(&browser, &world.signed_own().await)
        .await;
    let resend = format!("{}/resend", page.path);
    let first = app.sent_code();
    // Too soon, at once and a moment before it is time: the code that was sent stays good.
    let refused = browser.press(&page, &resend, &[]).await;
    let too_soon = browser.follow(&refused).await;
    assert!(words(&too_soon).contains("Новий код можна замовити о 13:06"));
    app.clock.advance(TimeDelta::seconds(59));
    let refused = browser.press(&page, &resend, &[]).await;
    let too_soon = browser.follow(&refused).await;
    let html = too_soon.page(200);
    assert!(
        html.contains("<title>Помилка: ")
            && html.contains("<details class=\"no-code\" id=\"new-code\" open>")
    );
    assert!(words(&too_soon).contains("Новий код можна замовити о 13:06"));
    assert_eq!(app.messages().len(), 1);
    app.clock.advance(TimeDelta::seconds(1));
    assert!(!browser.get(&page.path).await.text().contains("Помилка"));
    // A minute later there is another, and the page says so once the browser asked for it again.
    let sent = browser.press(&page, &resend, &[]).await;
    assert_eq!(sent.see_other(), page.path);
    let again = browser.follow(&sent).await;
    let html = again.page(200);
    assert!(html.contains("role=\"status\""));
    assert!(
        words(&again).contains("Новий код надіслано о 13:06 . Попередній код більше не діє."),
        "{}",
        words(&again)
    );
    assert_eq!(app.messages().len(), 2);
    let second = app.sent_code();
    if first != second {
        says(
            &browser.type_code(&again, &first).await,
            "Код неправильний. Залишилося: 3 спроби",
        );
    }
    // Its time.
    app.clock
        .advance(TimeDelta::minutes(5) - TimeDelta::microseconds(1));
    browser.get(&page.path).await.page(200);
    app.clock.advance(TimeDelta::microseconds(1));
    let late = browser.type_code(&again, &second).await;
    says(&late, "Час дії коду минув. Замовте новий код");
    assert!(late.text().contains("id=\"new-code\" open"));
    says(
        &browser.type_code(&again, &app.wrong_code()).await,
        "Час дії коду минув. Замовте новий код",
    );
    // Whoever goes back to the details and confirms again gets a new one.
    let details = browser.get(page.path.strip_suffix("/code").unwrap()).await;
    details.page(200);
    let confirmed = browser.decide(&details, "confirm").await;
    let page = browser.follow(&confirmed).await;
    assert_eq!(app.messages().len(), 3);
    // While that is good, confirming sends nothing.
    let confirmed = browser.decide(&details, "confirm").await;
    assert_eq!(confirmed.see_other(), page.path);
    assert_eq!(app.messages().len(), 3);
    let typed = browser.type_code(&page, &app.sent_code()).await;
    browser.follow(&typed).await.page(200);
}

#[rstest]
#[tokio::test]
async fn a_message_that_cannot_be_sent(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let Gateway::Recorder(recorder) = &app.app.sms else {
        panic!("another gateway");
    };
    let browser = app.browser();
    recorder.refuse(Some(NotSent::Refused));
    let page = world
        .enter_and_order(&browser, &world.signed_own().await)
        .await;
    let said = words(&page);
    assert!(said.contains("Не вдалося надіслати СМС. Спробуйте ще раз за кілька хвилин."));
    assert!(!said.contains("Ми надіслали код"));
    says(
        &browser.type_code(&page, "1234").await,
        "Цей код уже не діє. Замовте новий код",
    );
    recorder.refuse(None);
    app.clock.advance(TimeDelta::minutes(1));
    let again = browser
        .press(&page, &format!("{}/resend", page.path), &[])
        .await;
    let page = browser.follow(&again).await;
    assert!(words(&page).contains("Новий код надіслано о 13:06"));
    let typed = browser.type_code(&page, &app.sent_code()).await;
    browser.follow(&typed).await.page(200);
}

#[rstest]
#[tokio::test]
async fn not_my_number(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let browser = app.browser();
    let page = world
        .enter_and_order(&browser, &world.signed_own().await)
        .await;
    let action = page.path.replace("/code", "/declined");
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains("form-action 'self' https://pis.example"),
        "{policy}"
    );
    let left = browser
        .press(&page, &action, &[("decision", "leave")])
        .await;
    assert_eq!(
        left.see_other(),
        world.back("access_denied", "The user did not confirm the details.")
    );
    browser.get(&page.path).await.page(409);
    assert_eq!(app.registered().await, BEFORE);
}

#[rstest]
#[tokio::test]
async fn details_declined(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let browser = app.browser();
    let details = world
        .enter_at(&browser, "/sign-up", &world.signed_own().await)
        .await;
    let declined = browser.decide(&details, "decline").await;
    let page = browser.follow(&declined).await;
    page.page(200);
    assert_eq!(page.heading(), "Ви не підтвердили дані");
    let left = browser.decide(&page, "leave").await;
    assert_eq!(
        left.see_other(),
        world.back("access_denied", "The user did not confirm the details.")
    );
    assert!(app.messages().is_empty());
    assert_eq!(app.registered().await, BEFORE);
}

#[rstest]
#[tokio::test]
async fn the_pages_belong_to_one_browser(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let browser = app.browser();
    let details = world
        .enter_at(&browser, "/sign-up", &world.signed_own().await)
        .await;
    // Too early: nobody ordered a code.
    let code_page = format!("{}/code", details.path);
    assert_eq!(browser.get(&code_page).await.see_other(), details.path);
    let confirmed = browser.decide(&details, "confirm").await;
    let page = browser.follow(&confirmed).await;
    let stranger = app.browser();
    world
        .enter_at(&stranger, "/sign-up", &world.signed_own().await)
        .await;
    for path in [
        &details.path,
        &page.path,
        &format!("{}/declined", details.path),
    ] {
        for other in [&stranger, &app.browser()] {
            let lost = other.get(path).await;
            lost.page(400);
            assert_eq!(lost.heading(), "Не вдалося продовжити");
        }
    }
    let resend = format!("{}/resend", page.path);
    browser.get(&resend).await.page(405);
    let code = app.sent_code();
    stranger
        .press(&page, &page.path, &[("code", &code)])
        .await
        .page(403);
    stranger.press(&page, &resend, &[]).await.page(403);
    app.browser()
        .press(&page, &page.path, &[("code", &code)])
        .await
        .page(400);
    // Nor is it a page of a confidant's sign-up.
    let flow = details.path.strip_prefix("/sign-up/").unwrap();
    browser
        .get(&format!("/confidant/sign-up/{flow}"))
        .await
        .page(400);
    let child = world.enter(&browser, &world.signed_child()).await;
    let flow = child.path.strip_prefix("/confidant/sign-up/").unwrap();
    for path in [format!("/sign-up/{flow}"), format!("/sign-up/{flow}/code")] {
        browser.get(&path).await.page(400);
    }
    assert_eq!(app.registered().await, BEFORE);
}

#[rstest]
#[tokio::test]
async fn an_expired_flow(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let browser = app.browser();
    let page = world
        .enter_and_order(&browser, &world.signed_own().await)
        .await;
    app.clock.advance(TimeDelta::minutes(60));
    let resend = format!("{}/resend", page.path);
    for answer in [
        browser.get(&page.path).await,
        browser.type_code(&page, &app.sent_code()).await,
        browser.press(&page, &resend, &[]).await,
    ] {
        answer.page(410);
        assert_eq!(answer.heading(), "Час на підтвердження минув");
        assert!(answer.words().contains("Дані не збережено."));
    }
    assert_eq!(app.registered().await, BEFORE);
}

#[rstest]
#[tokio::test]
async fn two_codes_at_the_same_moment(#[values(Sqlite, Postgres)] database: Database) {
    // decisions 1 "Replay": both lead to the same next page
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let browser = app.browser();
    let page = world
        .enter_and_order(&browser, &world.signed_own().await)
        .await;
    let code = app.sent_code();
    let accept = page
        .path
        .replace("/sign-up/", "/accept/")
        .replace("/code", "");
    let typed = browser.type_code(&page, &code).await;
    assert_eq!(typed.see_other(), accept);
    assert_eq!(browser.type_code(&page, &code).await.see_other(), accept);
    assert_eq!(app.registered().await, AFTER);
    // Another flow with the same signature is finished.
    let (one, other) = (app.browser(), app.browser());
    app.clock.advance(TimeDelta::minutes(1));
    let text = Own::signer().sign(&Own::content(&world.nonce().await), app.now());
    let first = world.enter_and_order(&one, &text).await;
    let second = world.enter_at(&other, "/sign-up", &text).await;
    one.type_code(&first, &app.sent_code()).await.see_other();
    app.clock.advance(TimeDelta::minutes(1));
    let confirmed = other.decide(&second, "confirm").await;
    let second = other.follow(&confirmed).await;
    let finished = other.type_code(&second, &app.sent_code()).await;
    finished.page(403);
}

#[rstest]
#[tokio::test]
async fn a_proven_phone_waits_for_the_registration(#[values(Sqlite, Postgres)] database: Database) {
    // What fails after the code is not asked for the code again.
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let browser = app.browser();
    let page = world
        .enter_and_order(&browser, &world.signed_own().await)
        .await;
    let id = uuid::Uuid::from_u128(0x0a1b_2c3d_0000_4000_8000_0000_0000_0001);
    let mut user =
        json!({ "id": id, "tax_id": Own::tax_id(), "person_id": id, "is_blocked": true });
    world
        .import(&json!({ "persons": [Own::person(id)], "users": [user] }))
        .await;
    let refused = browser.type_code(&page, &app.sent_code()).await;
    refused.page(403);
    assert_eq!(refused.heading(), "Вхід тимчасово недоступний");
    assert!(refused.words().contains("Користувача заблоковано"));
    user["is_blocked"] = json!(false);
    world.import(&json!({ "users": [user] })).await;
    let details = page.path.strip_suffix("/code").unwrap();
    assert_eq!(browser.get(&page.path).await.see_other(), details);
    let details = browser.get(details).await;
    let confirmed = browser.decide(&details, "confirm").await;
    assert!(confirmed.see_other().starts_with("/accept/"));
    assert_eq!(app.messages().len(), 1);
}

#[rstest]
#[tokio::test]
async fn a_phone_that_was_proven_before(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::with(database, &["--pis-validate-all-phones", "false"]).await;
    let world = app.world().await;
    world
        .import(&json!({ "verified_phones": [Own::PHONE] }))
        .await;
    let browser = app.browser();
    let details = world
        .enter_at(&browser, "/sign-up", &world.signed_own().await)
        .await;
    let confirmed = browser.decide(&details, "confirm").await;
    assert!(confirmed.see_other().starts_with("/accept/"));
    assert!(app.messages().is_empty());
    assert_eq!(app.registered().await, AFTER);
}

/// What is signed, what the page says of it, and what the client is told.
async fn refusals(
    world: &World<'_>,
) -> Vec<(String, u16, &'static str, &'static str, [&'static str; 2])> {
    let signer = Own::signer();
    let now = world.app.now();
    let mut another = Own::content(&world.nonce().await);
    another["person"]["tax_id"] = json!("3112201416");
    let mut name = Own::content(&world.nonce().await);
    name["person"]["last_name"] = json!("Інший");
    let mut young = Own::content(&world.nonce().await);
    young["person"]["birth_date"] = json!("2015-05-20");
    young["person"]["unzr"] = json!("20150520-00000");
    vec![
        (
            "@".to_owned(),
            422,
            "Не вдалося перевірити підпис",
            "Підписаний контент некоректний або прострочений.",
            ["invalid_request", "Invalid signed content."],
        ),
        (
            "QUJD".to_owned(),
            403,
            "Не вдалося перевірити підпис",
            "Підписаний контент некоректний або прострочений.",
            ["invalid_request", "Invalid signed content."],
        ),
        (
            signer.sign(&Own::content("nonsense"), now),
            403,
            "Не вдалося перевірити підпис",
            "Підписаний контент некоректний або прострочений.",
            ["invalid_request", "JWT is invalid."],
        ),
        (
            signer.sign(&another, now),
            409,
            "Підпис належить іншій особі",
            "Дані з підпису не співпадають з даними для реєстрації",
            [
                "access_denied",
                "Registration person and person that sign should be the same",
            ],
        ),
        (
            signer.sign(&name, now),
            409,
            "Підпис належить іншій особі",
            "Дані з підпису не співпадають з даними для реєстрації",
            [
                "access_denied",
                "Input name doesn't match name from digital signature",
            ],
        ),
        (
            signer.sign(&young, now),
            422,
            "Дані не пройшли перевірку",
            "Реєстрація за віком недоступна",
            ["access_denied", "Incorrect person age for such an action"],
        ),
    ]
}

#[rstest]
#[tokio::test]
async fn entries_that_are_refused(#[values(Sqlite, Postgres)] database: Database) {
    // §1.6, §2.6, §12.1
    for redirect_errors in [false, true] {
        let setting = redirect_errors.to_string();
        let app = TestApp::with(database, &["--redirect-errors", &setting]).await;
        let world = app.world().await;
        for (user_data, status, heading, text, [error, description]) in refusals(&world).await {
            let answer = app
                .browser()
                .get(&world.entry_at("/sign-up", &user_data))
                .await;
            let back = world.back(error, description);
            if redirect_errors {
                assert_eq!(answer.leads(302), back);
                continue;
            }
            answer.page(status);
            assert_eq!(answer.heading(), heading);
            assert!(answer.words().contains(text), "{}", answer.words());
            assert_eq!(answer.way_back().unwrap(), back);
        }
        // What is wrong with the client never leads out.
        let mut parameters = world.parameters_of("x");
        parameters[1].1 = "https://evil.example/";
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&parameters)
            .finish();
        for entry in ["/sign-up", "/sign-in", "/confidant/sign-in"] {
            let answer = app.browser().get(&format!("{entry}?{query}")).await;
            answer.page(400);
            assert_eq!(answer.way_back(), None);
        }
    }
}
