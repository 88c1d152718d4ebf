//! The way to the provider and back (cabinet §1.2, §5, 8.7; decisions §5).

use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};

use super::with;
use crate::support::{
    Answer, Browser, CABINET, CABINET_URI, Cabinet,
    Database::{self, Postgres, Sqlite},
    FakeRegistry, Log, Reply, TAX_ID, TestApp, body, cut_short, nobody, patient,
};

/// What the provider says of Петро Іванов, with changes.
pub(super) fn person(changes: &[(&str, Value)]) -> Value {
    let person = json!({
        "id": 17, "drfocode": TAX_ID, "givenname": "Петро", "lastname": "Іванов", "middlename": "Миколайович",
        "phone": "+380931234585", "email": "Email@Example.com",
    });
    crate::support::changed(person, changes)
}

/// The two answers that say so.
pub(super) fn tells(person: &Value) -> [Reply; 2] {
    let token = json!({
        "access_token": "the token of the provider", "user_id": 17, "token_type": "bearer", "expires_in": "3600", "refresh_token": "another",
    });
    [
        Reply::Body(token.to_string()),
        Reply::Body(person.to_string()),
    ]
}

/// Settings with a provider at this address.
pub(super) fn settings(url: &str) -> [&str; 8] {
    [
        "--govid-url",
        url,
        "--govid-client-id",
        "dovira-at-govid",
        "--govid-client-secret",
        "a secret of the provider",
        "--govid-timeout-seconds",
        "0.3",
    ]
}

/// The address with which the client sends a browser.
pub(super) fn entry(changes: &[(&str, &str)]) -> String {
    let client = CABINET.to_string();
    let mut parameters = vec![
        ("client_id", client.as_str()),
        ("redirect_uri", CABINET_URI),
        ("scope", "person:read"),
        ("state", "стан & co"),
    ];
    for (name, value) in changes {
        parameters.retain(|(known, _)| known != name);
        if !value.is_empty() {
            parameters.push((name, value));
        }
    }
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish();
    format!("/cabinet/registration?{query}")
}

/// Sends a browser to the provider; the state that it brings there.
pub(super) async fn sent(browser: &Browser<'_>) -> String {
    let answer = browser.get(&entry(&[])).await;
    answer.is(303);
    answer.parameter("state").unwrap()
}

pub(super) async fn back(browser: &Browser<'_>, state: &str) -> Answer {
    browser
        .get(&format!(
            "/cabinet/registration/callback?code=c-1&state={state}"
        ))
        .await
}

async fn nothing_is_stored(app: &TestApp) {
    assert_eq!(app.count("user_requests", "1 = 1").await, 0);
    assert_eq!(app.count("flows", "1 = 1").await, 0);
}

/// R-01, R-05
#[rstest]
#[tokio::test]
async fn r_01_somebody_new(#[values(Sqlite, Postgres)] database: Database) {
    let provider = FakeRegistry::new(&tells(&person(&[]))).await;
    let app = with(database, &settings(&provider.url())).await;
    let cabinet = Cabinet::new(&app).await;
    let log = Log::begin();
    let browser = app.browser();
    let answer = browser.get(&entry(&[])).await;
    let address = url::Url::parse(answer.see_other()).unwrap();
    assert!(address.as_str().starts_with(&provider.url()));
    let query: Vec<(String, String)> = address.query_pairs().into_owned().collect();
    let state = query[4].1.clone();
    let expected = [
        ("response_type", "code"),
        ("auth_type", "dig_sign,bank_id,mobile_id"),
        ("client_id", "dovira-at-govid"),
        (
            "redirect_uri",
            "https://my.dovira.example/cabinet/registration/callback",
        ),
        ("state", &state),
    ];
    assert_eq!(
        query,
        expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
    assert_eq!(state.len(), 43);
    let returned = back(&browser, &state).await;
    let path = returned.see_other();
    let flow = path
        .strip_prefix("/cabinet/registration/")
        .unwrap()
        .strip_suffix("/details")
        .unwrap();
    assert_eq!(flow.len(), 32);
    let asked: Vec<_> = provider
        .questions()
        .into_iter()
        .map(|(address, ..)| address)
        .collect();
    assert_eq!(
        asked[0],
        "GET /relationships/get-access-token?client_id=dovira-at-govid&client_secret=a+secret+of+the+provider&grant_type=authorization_code&code=c-1"
    );
    assert_eq!(
        asked[1],
        "GET /relationships/get-user-info?user_id=17&access_token=the+token+of+the+provider&fields=id%2Cdrfocode%2Cgivenname%2Clastname%2Cmiddlename%2Cphone%2Cemail"
    );
    assert_eq!(asked.len(), 2);
    log.says_nothing_of(&[
        TAX_ID,
        "Іванов",
        "provider secret",
        "the token of the provider",
        "c-1",
        &state,
    ]);
    let stored = format!(
        "tax_id = '{TAX_ID}' AND first_name = 'Петро' AND last_name = 'Іванов' AND second_name = 'Миколайович' AND email = 'email@example.com' AND consumed_at IS NULL"
    );
    assert_eq!(app.count("user_requests", &stored).await, 1);
    // The JWT of the proof orders a code.
    let id = {
        let mut held = app.app.db.read().await.unwrap();
        let sql = sqlx::AssertSqlSafe("SELECT id FROM user_requests".to_owned());
        dovira::on!(held.link(), |c| sqlx::query_scalar(sql).fetch_one(c).await).unwrap()
    };
    cabinet.code(&cabinet.jwt(id)).await;
}

/// R-02: a visit is one browser's, once, for ten minutes.
#[rstest]
#[tokio::test]
async fn r_02_visits(#[values(Sqlite, Postgres)] database: Database) {
    let provider = FakeRegistry::new(&tells(&person(&[]))).await;
    let app = with(database, &settings(&provider.url())).await;
    Cabinet::new(&app).await;
    let browser = app.browser();
    let state = sent(&browser).await;
    let lost = "Не вдалося продовжити";
    let other = app.browser();
    sent(&other).await;
    for answer in [
        back(&app.browser(), &state).await,
        back(&other, &state).await,
        back(&browser, "x").await,
        browser.get("/cabinet/registration/callback").await,
        browser
            .get(&format!(
                "/cabinet/registration/callback?state={state}&state={state}&code=1"
            ))
            .await,
    ] {
        answer.page(400);
        assert_eq!(answer.heading().replace('\u{a0}', " "), lost);
        assert_eq!(answer.way_back(), None);
    }
    assert!(provider.questions().is_empty());
    nothing_is_stored(&app).await;
    app.clock.advance(TimeDelta::minutes(10));
    let late = back(&browser, &state).await;
    late.page(410);
    assert!(late.way_back().unwrap().starts_with(CABINET_URI));
    assert!(provider.questions().is_empty());
    let state = sent(&browser).await;
    back(&browser, &state).await.see_other();
    let again = back(&browser, &state).await;
    again.page(409);
    assert_eq!(again.way_back().as_deref(), Some(CABINET_URI));
    assert_eq!(app.count("user_requests", "1 = 1").await, 1);
    assert_eq!(provider.questions().len(), 2);
}

/// R-03: somebody with an account signs in.
#[rstest]
#[tokio::test]
async fn r_03_somebody_with_an_account(#[values(Sqlite, Postgres)] database: Database) {
    let provider = FakeRegistry::new(&tells(&person(&[]))).await;
    let app = with(database, &settings(&provider.url())).await;
    let cabinet = Cabinet::new(&app).await;
    let mut known = patient();
    for member in ["authentication_methods", "process_disclosure_data_consent"] {
        known.as_object_mut().unwrap().shift_remove(member);
    }
    known["id"] = json!("dd000000-0000-4000-8000-000000000001");
    let user = json!({ "id": "bb000000-0000-4000-8000-000000000001", "tax_id": TAX_ID, "person_id": known["id"] });
    cabinet
        .import(&json!({ "persons": [known], "users": [user] }))
        .await;
    let browser = app.browser();
    let state = sent(&browser).await;
    let returned = back(&browser, &state).await;
    assert!(returned.see_other().starts_with("/accept/"));
    let accept = browser.follow(&returned).await;
    accept.page(200);
    assert!(accept.words().contains("Іванов Петро Миколайович"));
    let accepted = browser.decide(&accept, "confirm").await;
    assert!(accepted.parameter("code").is_some());
    assert_eq!(accepted.parameter("state").as_deref(), Some("стан & co"));
    assert_eq!(app.count("user_requests", "1 = 1").await, 0);
    // Authority §1: a number that somebody else typed signs nobody in, and blocks nobody. Whoever proved it registers.
    for is_blocked in [false, true] {
        app.execute(&format!(
            "UPDATE users SET tax_id_is_trusted = false, is_blocked = {is_blocked}"
        ))
        .await;
        for lastname in ["Іваненко", "Іванов"] {
            provider.replies(&tells(&person(&[("/lastname", json!(lastname))])));
            let state = sent(&browser).await;
            let registers = back(&browser, &state).await;
            assert!(registers.see_other().starts_with("/cabinet/registration/"));
        }
    }
    assert_eq!(app.count("user_requests", "user_id IS NULL").await, 4);
    let untouched = "tax_id = '3126509816' AND tax_id_is_trusted = false";
    assert_eq!(app.count("users", untouched).await, 1);
    // Shut out.
    app.execute("UPDATE users SET tax_id_is_trusted = true, is_blocked = true")
        .await;
    provider.replies(&tells(&person(&[])));
    let state = sent(&browser).await;
    let blocked = back(&browser, &state).await;
    blocked.page(403);
    assert_eq!(
        blocked.heading().replace('\u{a0}', " "),
        "Вхід тимчасово недоступний"
    );
}

/// R-03, its other side: an account that nobody in the registry belongs to is finished, so its owner registers.
#[rstest]
#[case::without_a_person(None)]
#[case::of_an_inactive_person(Some("inactive"))]
#[tokio::test]
async fn r_03_an_account_that_is_not_finished(
    #[values(Sqlite, Postgres)] database: Database,
    #[case] status: Option<&str>,
) {
    let provider = FakeRegistry::new(&tells(&person(&[]))).await;
    let app = with(database, &settings(&provider.url())).await;
    let cabinet = Cabinet::new(&app).await;
    let (user, person) = (
        "bb000000-0000-4000-8000-000000000001",
        "dd000000-0000-4000-8000-000000000001",
    );
    let persons: Vec<_> = status
        .map(|status| own_record(person, &[("/status", json!(status))]))
        .into_iter()
        .collect();
    let person_id = status.map(|_| person);
    let users = json!([{ "id": user, "tax_id": TAX_ID, "person_id": person_id }]);
    cabinet
        .import(&json!({ "persons": persons, "users": users }))
        .await;
    let browser = app.browser();
    let state = sent(&browser).await;
    let answer = back(&browser, &state).await;
    assert!(answer.see_other().starts_with("/cabinet/registration/"));
    let of_user = match database {
        Sqlite => format!("user_id = X'{}'", user.replace('-', "")),
        Postgres => format!("user_id = '{user}'"),
    };
    assert_eq!(app.count("user_requests", &of_user).await, 1);
}

/// Whoever is too young to act for themselves does not sign in either (sign-up 8.5).
#[rstest]
#[tokio::test]
async fn a_child_does_not_sign_in(#[values(Sqlite, Postgres)] database: Database) {
    let provider = FakeRegistry::new(&tells(&person(&[]))).await;
    let app = with(database, &settings(&provider.url())).await;
    let cabinet = Cabinet::new(&app).await;
    let id = "dd000000-0000-4000-8000-000000000001";
    let birth_date = |day: &str| [("/birth_date", json!(day)), ("/unzr", json!(null))];
    let users = json!([{ "id": "bb000000-0000-4000-8000-000000000001", "tax_id": TAX_ID, "person_id": id }]);
    let browser = app.browser();
    for (day, is_old_enough) in [("2012-06-16", false), ("2012-06-15", true)] {
        let persons = json!([own_record(id, &birth_date(day))]);
        cabinet
            .import(&json!({ "persons": persons, "users": users }))
            .await;
        provider.replies(&tells(&person(&[])));
        let state = sent(&browser).await;
        let answer = back(&browser, &state).await;
        if is_old_enough {
            assert!(answer.see_other().starts_with("/accept/"));
        } else {
            answer.page(403);
        }
    }
}

/// The record of Петро Іванов in the registry, with changes.
fn own_record(id: &str, changes: &[(&str, Value)]) -> Value {
    let mut record = patient();
    for member in ["authentication_methods", "process_disclosure_data_consent"] {
        record.as_object_mut().unwrap().shift_remove(member);
    }
    record["id"] = json!(id);
    crate::support::changed(record, changes)
}

/// R-04, and whoever comes back without a proof.
#[rstest]
#[tokio::test]
async fn r_04_what_is_missing(#[values(Sqlite, Postgres)] database: Database) {
    let provider = FakeRegistry::new(&tells(&person(&[]))).await;
    let app = with(database, &settings(&provider.url())).await;
    Cabinet::new(&app).await;
    let browser = app.browser();
    for changes in [
        [("/drfocode", json!(null))],
        [("/drfocode", json!(""))],
        [("/drfocode", json!("АА123456"))],
        [("/lastname", json!(" "))],
    ] {
        provider.replies(&tells(&person(&changes)));
        let state = sent(&browser).await;
        let refused = back(&browser, &state).await;
        refused.page(409);
        assert_eq!(
            refused.heading().replace('\u{a0}', " "),
            "У даних id.gov.ua немає РНОКПП"
        );
        assert!(refused.way_back().unwrap().contains("error=access_denied"));
    }
    let state = sent(&browser).await;
    let declined = browser
        .get(&format!(
            "/cabinet/registration/callback?error=access_denied&state={state}"
        ))
        .await;
    declined.page(403);
    assert_eq!(
        declined.heading().replace('\u{a0}', " "),
        "Ви не підтвердили свою особу"
    );
    nothing_is_stored(&app).await;
}

/// Whatever the provider does instead of answering: nothing is stored, and the person is told.
#[rstest]
#[case::refuses(vec![Reply::Status(401)])]
#[case::breaks(vec![Reply::Status(500)])]
#[case::redirects(vec![Reply::Redirect])]
#[case::hangs(vec![Reply::Hang])]
#[case::garbage(vec![Reply::Body("<html>".to_owned())])]
#[case::a_list(vec![Reply::Body("[]".to_owned())])]
#[case::an_error(vec![Reply::Body(r#"{"error":2,"message":"bad code"}"#.to_owned())])]
#[case::far_too_much(vec![Reply::Body(format!(r#"{{"access_token":"{}"}}"#, "x".repeat(70_000)))])]
#[case::refuses_the_second(vec![tells(&person(&[]))[0].clone(), Reply::Status(403)])]
#[case::hangs_at_the_second(vec![tells(&person(&[]))[0].clone(), Reply::Hang])]
#[case::an_error_at_the_second(vec![tells(&person(&[]))[0].clone(), Reply::Body(r#"{"error":"invalid_token"}"#.to_owned())])]
#[tokio::test]
async fn a_provider_that_does_not_answer(#[case] replies: Vec<Reply>) {
    let provider = FakeRegistry::new(&replies).await;
    let app = with(Sqlite, &settings(&provider.url())).await;
    Cabinet::new(&app).await;
    let browser = app.browser();
    let state = sent(&browser).await;
    does_not_answer(&app, &back(&browser, &state).await).await;
}

async fn does_not_answer(app: &TestApp, answer: &Answer) {
    answer.page(503);
    assert_eq!(
        answer.heading().replace('\u{a0}', " "),
        "Сервіс id.gov.ua не відповідає"
    );
    assert!(answer.way_back().unwrap().contains("error=server_error"));
    nothing_is_stored(app).await;
}

#[tokio::test]
async fn a_provider_that_is_not_there() {
    let (cut, _) = cut_short("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{").await;
    for url in [nobody().await, cut] {
        let app = with(Sqlite, &settings(&url)).await;
        Cabinet::new(&app).await;
        let browser = app.browser();
        let state = sent(&browser).await;
        does_not_answer(&app, &back(&browser, &state).await).await;
    }
    let app = with(Sqlite, &[]).await;
    Cabinet::new(&app).await;
    app.browser().get(&entry(&[])).await.page(503);
}

/// Sign-up §2.3 rows 1 to 7
#[rstest]
#[case(&[("client_id", "")], 400, false)]
#[case(&[("redirect_uri", "")], 400, false)]
#[case(&[("client_id", "c11e0000-0000-4000-8000-0000000000ff")], 400, false)]
#[case(&[("client_id", "x")], 400, false)]
#[case(&[("redirect_uri", "https://elsewhere.example/")], 400, false)]
#[case(&[("scope", "")], 400, true)]
#[case(&[("scope", "person:write")], 400, true)]
#[case(&[("scope", "\"")], 400, true)]
#[tokio::test]
async fn entries(
    #[case] changes: &[(&str, &str)],
    #[case] status: u16,
    #[case] has_way_back: bool,
) {
    let app = with(Sqlite, &settings("https://id.example")).await;
    Cabinet::new(&app).await;
    let answer = app.browser().get(&entry(changes)).await;
    answer.page(status);
    assert_eq!(answer.way_back().is_some(), has_way_back);
    assert_eq!(app.count("auth_requests", "1 = 1").await, 0);
    app.execute("UPDATE clients SET is_blocked = true").await;
    app.browser().get(&entry(&[])).await.page(403);
}

/// Removing what is over changes no answer (design 4.10).
#[rstest]
#[tokio::test]
async fn what_is_over_is_removed(#[values(Sqlite, Postgres)] database: Database) {
    let provider = FakeRegistry::new(&tells(&person(&[]))).await;
    let app = with(database, &settings(&provider.url())).await;
    Cabinet::new(&app).await;
    let browser = app.browser();
    let state = sent(&browser).await;
    back(&browser, &state).await.see_other();
    let round = async || {
        dovira::housekeeping::round(&app.app, app.now())
            .await
            .unwrap()
    };
    app.clock.advance(TimeDelta::minutes(69));
    round().await;
    assert_eq!(app.count("auth_requests", "1 = 1").await, 1);
    app.clock.advance(TimeDelta::minutes(1));
    round().await;
    assert_eq!(app.count("auth_requests", "1 = 1").await, 0);
    assert_eq!(app.count("user_requests", "1 = 1").await, 1);
    app.clock.advance(TimeDelta::hours(24));
    round().await;
    assert_eq!(app.count("user_requests", "1 = 1").await, 0);
}

/// What came of registrations is kept for three years.
#[rstest]
#[tokio::test]
async fn outcomes_are_removed_in_the_end(#[values(Sqlite, Postgres)] database: Database) {
    let app = with(database, &[]).await;
    let cabinet = Cabinet::new(&app).await;
    cabinet.register(&body(patient())).await.is(201);
    let left = async || {
        dovira::housekeeping::round(&app.app, app.now())
            .await
            .unwrap();
        app.count("cabinet_registrations", "1 = 1").await
    };
    app.clock
        .advance(TimeDelta::days(3 * 365) - TimeDelta::seconds(1));
    assert_eq!(left().await, 1);
    app.clock.advance(TimeDelta::seconds(1));
    assert_eq!(left().await, 0);
}
