//! `GET` and `POST /confidant/sign-up`: the checks of §2.3 in their order, and where an error lands (§1.6, §2.6).

use std::time::Duration;

use chrono::TimeDelta;
use rstest::rstest;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::support::{
    Answer, Authority, CLIENT, CONFIDANT_USER, Child,
    Database::{self, Postgres, Sqlite},
    REDIRECT_URI, SECRET, TestApp, World, address, provisioning,
};

/// `parameters` with `name` set to `value`, or left out.
fn with<'p>(
    parameters: &[(&'p str, &'p str)],
    name: &'p str,
    value: Option<&'p str>,
) -> Vec<(&'p str, &'p str)> {
    let others = parameters
        .iter()
        .copied()
        .filter(|(known, _)| *known != name);
    others.chain(value.map(|value| (name, value))).collect()
}

/// The same entry by link and by form.
async fn both(app: &TestApp, parameters: &[(&str, &str)]) -> [Answer; 2] {
    let browser = app.browser();
    [
        browser.get(&address(parameters)).await,
        browser
            .post_from_elsewhere("/confidant/sign-up", parameters)
            .await,
    ]
}

#[track_caller]
fn assert_page(answer: &Answer, status: u16, heading: &str, text: &str, way_back: Option<&str>) {
    answer.page(status);
    assert_eq!(answer.heading(), heading);
    assert!(
        answer.words().contains(text),
        "{text} is not on {}",
        answer.words()
    );
    assert_eq!(answer.way_back().as_deref(), way_back);
    assert!(answer.headers.get("location").is_none());
    assert!(answer.cookies().is_empty(), "{:?}", answer.cookies());
}

/// The way back with an error (§2.6).
fn back(error: &str, description: &str) -> String {
    let mut url = url::Url::parse(REDIRECT_URI).unwrap();
    url.query_pairs_mut()
        .append_pair("error", error)
        .append_pair("error_description", description)
        .append_pair("state", "стан & co");
    url.into()
}

#[rstest]
#[tokio::test]
async fn rows_1_to_5_have_no_way_out(#[values(Sqlite, Postgres)] database: Database) {
    // §2.3, decisions §2 "A parameter given twice", "redirect_uri"
    const BAD: &str = "Посилання неправильне";
    const MISMATCH: &str = "Наданий авторизаційний адрес не співпадає з зареєстрованим. Зверніться до служби підтримки";
    const TWICE: &str = "Параметр посилання пошкоджено або вказано двічі";
    const UNKNOWN: &str = "Не знайдено додаток за вказанним ідентифікатором";
    for redirect_errors in ["false", "true"] {
        let app = TestApp::with(database, &["--redirect-errors", redirect_errors]).await;
        let world = app.world().await;
        let all = world.parameters("data");
        let twice = |name: &'static str| {
            let mut parameters = all.clone();
            let value = all.iter().find(|(known, _)| *known == name).unwrap().1;
            parameters.push((name, value));
            parameters
        };
        let mut cases = vec![
            (vec![], "Не вказаний ідентифікатор додатку для авторизації"),
            (
                with(&all, "client_id", Some("")),
                "Не вказаний ідентифікатор додатку для авторизації",
            ),
            (
                with(&all, "client_id", Some(" ")),
                "Не вказаний ідентифікатор додатку для авторизації",
            ),
            (
                with(&all[..1], "state", Some("x")),
                "Не вказано адресу зворотнього визову",
            ),
            (
                with(&all, "redirect_uri", None),
                "Не вказано адресу зворотнього визову",
            ),
            (
                with(
                    &all,
                    "client_id",
                    Some("c11e0000-0000-4000-8000-0000000000ff"),
                ),
                UNKNOWN,
            ),
            (
                with(&all, "client_id", Some("'; DROP TABLE clients --")),
                UNKNOWN,
            ),
            (twice("client_id"), TWICE),
            (twice("redirect_uri"), TWICE),
        ];
        for uri in [
            "https://evil.example/callback?from=dovira",
            "https://pis.example.evil/callback",
            "https://pis.example/callback/",
            "https://pis.example/callback/more",
            "https://pis.example:8443/callback",
            "http://pis.example/callback",
            "https://user@pis.example/callback",
            "https://pis.example/callback#fragment",
            "https://pis.example/x/../callback",
            "https://pis.example/%2e%2e/callback",
            "https://pis.example\\callback",
            "//pis.example/callback",
            "javascript:alert(1)",
            "data:text/html,x",
            "callback",
        ] {
            cases.push((with(&all, "redirect_uri", Some(uri)), MISMATCH));
        }
        for (parameters, text) in cases {
            for answer in both(&app, &parameters).await {
                assert_page(&answer, 400, BAD, text, None);
            }
        }
        let mut blocked = provisioning()["clients"][0].clone();
        blocked["is_blocked"] = json!(true);
        world.import(&json!({ "clients": [blocked] })).await;
        for parameters in [
            all.clone(),
            with(&all, "redirect_uri", Some("https://evil.example/")),
        ] {
            for answer in both(&app, &parameters).await {
                assert_page(
                    &answer,
                    403,
                    "Застосунок не може звертатися до eHealth",
                    "Додаток заблоковано",
                    None,
                );
            }
        }
        assert_eq!(app.count("flows", "1 = 1").await, 0);
    }
}

/// Parameters, then the status, the text of the page, the code and the description of the redirect.
type Row<'p> = (
    Vec<(&'p str, &'p str)>,
    u16,
    &'static str,
    &'static str,
    &'static str,
);

/// What is wrong with the parameters of rows 6–10, and what is said of it.
fn later_rows<'p>(all: &[(&'p str, &'p str)]) -> Vec<Row<'p>> {
    let malformed = "Параметр посилання пошкоджено або вказано двічі";
    let twice = |name: &'p str| {
        let mut parameters = all.to_vec();
        parameters.push((name, "again"));
        parameters
    };
    vec![
        (
            with(all, "scope", None),
            400,
            "Не вказано скоупів для авторизації",
            "invalid_scope",
            "scope missing",
        ),
        (
            with(all, "scope", Some(" ")),
            400,
            "Не вказано скоупів для авторизації",
            "invalid_scope",
            "scope missing",
        ),
        (
            with(all, "scope", Some("person:read person:write")),
            400,
            "Застосунок просить доступ, на який не має права",
            "invalid_scope",
            "Scope is not allowed by client type.",
        ),
        (
            with(all, "scope", Some("особа")),
            400,
            "Застосунок просить доступ, на який не має права",
            "invalid_scope",
            "Scope is not allowed by client type.",
        ),
        (
            with(all, "user_data", None),
            400,
            "Відсутні дані для реєстрації",
            "invalid_request",
            "user_data missing",
        ),
        (
            with(all, "user_data", Some("")),
            400,
            "Відсутні дані для реєстрації",
            "invalid_request",
            "user_data missing",
        ),
        (
            with(all, "token", None),
            400,
            "Не вказано токен особи для авторизації",
            "invalid_request",
            "token missing",
        ),
        (
            twice("scope"),
            400,
            malformed,
            "invalid_request",
            "Request is malformed.",
        ),
        (
            twice("user_data"),
            400,
            malformed,
            "invalid_request",
            "Request is malformed.",
        ),
        (
            twice("token"),
            400,
            malformed,
            "invalid_request",
            "Request is malformed.",
        ),
        (
            with(all, "token", Some("unknown")),
            403,
            "Час заповнення форми вичерпався.",
            "access_denied",
            "Invalid access token",
        ),
    ]
}

#[rstest]
#[tokio::test]
async fn rows_6_to_10_have_a_way_back(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let user_data = world.signed_child();
    let all = world.parameters(&user_data);
    for (parameters, status, text, error, description) in later_rows(&all) {
        for answer in both(&app, &parameters).await {
            let heading = if status == 403 {
                "Немає доступу"
            } else {
                "Посилання неправильне"
            };
            assert_page(
                &answer,
                status,
                heading,
                text,
                Some(&back(error, description)),
            );
            assert!(
                answer
                    .words()
                    .contains("Повернутися до застосунку Мій лікар")
            );
        }
    }
    // A token that is good, but not for this.
    let other = world
        .issue(CONFIDANT_USER, "person:read", TimeDelta::hours(1))
        .await;
    for answer in both(&app, &with(&all, "token", Some(&other))).await {
        let way_back = back(
            "access_denied",
            "Your scope does not allow to access this resource. Missing allowances: confidant_person:sign_up",
        );
        assert_page(
            &answer,
            403,
            "Немає доступу",
            "У даного користувача недостатньо прав для доступу",
            Some(&way_back),
        );
    }
    assert_eq!(app.count("flows", "1 = 1").await, 0);
}

#[rstest]
#[tokio::test]
async fn a_state_given_twice_is_returned_neither_time(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let user_data = world.signed_child();
    let mut parameters = world.parameters(&user_data);
    parameters.push(("state", "again"));
    let long = "x".repeat(2049);
    for parameters in [parameters.clone(), with(&parameters, "state", Some(&long))] {
        for answer in both(&app, &parameters).await {
            answer.page(400);
            let way_back = answer.way_back().unwrap();
            assert!(
                way_back.ends_with("error=invalid_request&error_description=Request+is+malformed."),
                "{way_back}"
            );
        }
    }
    assert_eq!(app.count("flows", "1 = 1").await, 0);
}

#[rstest]
#[tokio::test]
async fn redirect_errors_leads_the_rest_to_the_client(
    #[values(Sqlite, Postgres)] database: Database,
) {
    // §2.6
    let app = TestApp::with(database, &["--redirect-errors", "true"]).await;
    let world = app.world().await;
    let user_data = world.signed_child();
    let all = world.parameters(&user_data);
    for (parameters, _, _, error, description) in later_rows(&all) {
        for answer in both(&app, &parameters).await {
            assert_eq!(answer.leads(302), back(error, description));
        }
    }
    let mut refused_consent = Child::content();
    refused_consent["patient_signed"] = json!(false);
    let mut no_documents = Child::content();
    no_documents["person"]["documents"] = json!([]);
    let stale = world
        .signer
        .sign(&Child::content(), app.now() - TimeDelta::hours(1));
    let untrusted = Authority::new("Чужий")
        .person(Some("3112201416"))
        .sign(&Child::content(), app.now());
    for (user_data, error, description) in [
        (
            "QUJD".to_owned(),
            "invalid_request",
            "Invalid signed content.",
        ),
        (
            stale,
            "invalid_request",
            "Digital signature timestamp is expired",
        ),
        (untrusted, "access_denied", "Unable to authenticate signer"),
        (
            world.sign(&refused_consent),
            "invalid_request",
            "expected true but got false for attribute patient_signed",
        ),
        (
            world.sign(&no_documents),
            "invalid_request",
            "Validation failed. You can find validators description at our API Manifest: http://docs.apimanifest.apiary.io/#introduction/interacting-with-api/errors.",
        ),
    ] {
        for answer in both(&app, &with(&all, "user_data", Some(&user_data))).await {
            assert_eq!(answer.leads(302), back(error, description));
        }
    }
    // An error of the second step goes the same way: somebody else registered the child meanwhile (authority §4).
    let browser = app.browser();
    let details = world.enter(&browser, &user_data).await;
    world.import_child(&Child::content()).await;
    let refused = browser.decide(&details, "confirm").await;
    assert_eq!(
        refused.leads(302),
        back("access_denied", "Relationship not confirmed")
    );
}

#[rstest]
#[tokio::test]
async fn what_was_signed_is_refused_in_words(#[values(Sqlite, Postgres)] database: Database) {
    // §12, decisions §2 "Status of an error page"
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let changed = |place: &str, value| {
        let mut content = Child::content();
        *content.pointer_mut(place).unwrap() = value;
        world.sign(&content)
    };
    let mut no_birth_date = Child::content();
    no_birth_date["person"]
        .as_object_mut()
        .unwrap()
        .shift_remove("birth_date");
    let stranger = "57210000-0000-4000-8000-000000000001";
    let stale = world
        .signer
        .sign(&Child::content(), app.now() - TimeDelta::hours(1));
    let untrusted = Authority::new("Чужий")
        .person(Some("3112201416"))
        .sign(&Child::content(), app.now());
    let another = crate::support::authority()
        .person(Some("3112201417"))
        .sign(&Child::content(), app.now());
    let used = world.signed_child();
    let jwt = world.session_token(&used).await;
    world.register(&used, &jwt).await.is(201);
    for (user_data, status, heading, text) in [
        (
            "@@@@".to_owned(),
            422,
            "Не вдалося перевірити підпис",
            "Підписаний контент некоректний або прострочений.",
        ),
        (
            "QUJD".to_owned(),
            400,
            "Не вдалося перевірити підпис",
            "Підписаний контент некоректний або прострочений.",
        ),
        (
            stale,
            403,
            "Не вдалося перевірити підпис",
            "Підписаний контент некоректний або прострочений.",
        ),
        (
            untrusted,
            403,
            "Не вдалося перевірити підпис",
            "Не вдалося ідентифікувати підписанта",
        ),
        (
            another,
            403,
            "Підпис належить іншій особі",
            "Не вдалося ідентифікувати підписанта",
        ),
        (
            used,
            409,
            "Ви вже завершили цей крок",
            "Удруге підтверджувати не потрібно.",
        ),
        (
            world.sign(&no_birth_date),
            422,
            "Дані не пройшли перевірку",
            "Обовʼязковий атрибут \"Дата народження\" відсутній",
        ),
        (
            changed("/person/documents", json!([])),
            422,
            "Дані не пройшли перевірку",
            "Мінімум один документ особи що реєструється має бути вказаний",
        ),
        (
            changed("/patient_signed", json!(false)),
            422,
            "Дані не пройшли перевірку",
            "Користувач повинен погодитись з підписанням даних",
        ),
        (
            changed("/person/confidant_person/person_id", json!(stranger)),
            422,
            "Дані не пройшли перевірку",
            "Особа що створює запит на реєстрацію має бути вказана як законний представник",
        ),
    ] {
        for answer in both(&app, &world.parameters(&user_data)).await {
            answer.page(status);
            assert_eq!(answer.heading(), heading);
            assert!(
                answer.words().contains(text),
                "{text} is not on {}",
                answer.words()
            );
            // Whoever is registered already goes back without an error.
            let way_back = match status {
                409 => "https://pis.example/callback?from=dovira",
                _ => "https://pis.example/callback?from=dovira&error=",
            };
            let given = answer.way_back().unwrap();
            assert!(given.starts_with(way_back), "{given}");
            assert_eq!(given.contains("error="), status != 409, "{given}");
        }
    }
    assert_eq!(app.count("flows", "1 = 1").await, 0);
}

#[rstest]
#[tokio::test]
async fn base64_that_a_url_damaged(#[values(Sqlite, Postgres)] database: Database) {
    // §2.2, decisions §1 "Which base64"
    let app = TestApp::new(database).await;
    let world = app.world().await;
    // A signature whose text holds both letters that suffer.
    let user_data = std::iter::repeat_with(|| world.signed_child())
        .find(|text| text.contains('+') && text.contains('/'))
        .unwrap();
    let rest = |world: &World<'_>| {
        let parameters = with(&world.parameters(""), "user_data", None);
        address(&parameters)
    };
    let lines = user_data
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap());
    let damaged = [
        user_data.clone(),
        user_data.replace('+', "%20"),
        user_data.replace('+', "-").replace('/', "_"),
        user_data.trim_end_matches('=').to_owned(),
        lines.collect::<Vec<_>>().join("%0D%0A"),
    ];
    let browser = app.browser();
    let mut pages = Vec::new();
    for text in damaged {
        let entered = browser
            .get(&format!("{}&user_data={text}", rest(&world)))
            .await;
        pages.push(browser.follow(&entered).await);
        pages.last().unwrap().page(200);
    }
    // What was repaired is what is registered.
    let confirmed = browser.decide(pages.last().unwrap(), "confirm").await;
    browser.follow(&confirmed).await.page(200);
}

#[rstest]
#[tokio::test]
async fn the_registered_address_may_be_written_otherwise(
    #[values(Sqlite, Postgres)] database: Database,
) {
    // decisions §2 "redirect_uri": the case of the host and the default port do not matter; the query is the client's own
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let user_data = world.signed_child();
    let all = world.parameters(&user_data);
    for uri in [
        "https://PIS.example:443/callback",
        "https://pis.example/callback?other=1",
        "https://pis.example/callback",
    ] {
        let answer = app
            .browser()
            .get(&address(&with(&all, "redirect_uri", Some(uri))))
            .await;
        answer.is(303);
    }
    let prefix = json!({
        "id": CLIENT, "name": "Мій лікар", "client_type": "PIS", "secret": SECRET, "scopes": "person:read",
        "redirect_uris": ["https://pis.example/app"], "redirect_uri_match": "prefix",
    });
    world.import(&json!({ "clients": [prefix] })).await;
    for (uri, status) in [
        ("https://pis.example/app", 303),
        ("https://pis.example/app/back", 303),
        ("https://pis.example/application", 400),
        ("https://pis.example/", 400),
    ] {
        let answer = app
            .browser()
            .get(&address(&with(&all, "redirect_uri", Some(uri))))
            .await;
        answer.is(status);
    }
}

#[rstest]
#[tokio::test]
async fn a_target_of_64_000_octets_is_accepted(#[values(Sqlite, Postgres)] database: Database) {
    // §2.2: over a real connection
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(dovira::server::serve(
        listener,
        app.router.clone(),
        async move { drop(stopped.await) },
        std::future::pending(),
        Duration::from_secs(5),
    ));
    for (length, expected) in [(64_000, "HTTP/1.1 303"), (70_000, "HTTP/1.1 414")] {
        let mut target = world.entry(&world.signed_child());
        target.push_str(&"&".repeat(length - target.len()));
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!(
            "GET {target} HTTP/1.1\r\nHost: my.dovira.example\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with(expected), "{length}: {answer}");
    }
    stop.send(()).unwrap();
    assert_eq!(server.await.unwrap(), dovira::server::Stopped::Cleanly);
}
