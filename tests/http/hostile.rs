//! Input that nobody sends by mistake: an error of the client, never of the server, and nothing stored.

use std::time::{Duration, Instant};

use axum::{
    body::Body,
    http::{Method, Request},
};
use rstest::rstest;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::support::{
    API_KEY, Answer, CLIENT, Child,
    Database::{self, Postgres, Sqlite},
    Own, REDIRECT_URI, TestApp, World,
};

const MEBIBYTE: usize = 1024 * 1024;

#[track_caller]
fn assert_refused(answer: &Answer, what: &str) {
    assert!(
        answer.status.is_client_error(),
        "{what}: {} {}",
        answer.status,
        String::from_utf8_lossy(&answer.body[..answer.body.len().min(2000)])
    );
}

async fn assert_nothing_stored(app: &TestApp) {
    assert_eq!(app.registered().await, [1, 1, 1, 0, 1, 0]);
    for table in ["flows", "sessions", "used_jwts", "approvals"] {
        assert_eq!(app.count(table, "1 = 1").await, 0, "{table}");
    }
}

/// The parameters of an entry, percent-encoded, with one of them replaced by text that is so already.
fn query(world: &World<'_>, user_data: &str, name: &str, raw: &str) -> String {
    world
        .parameters(user_data)
        .iter()
        .map(|(known, value)| {
            let encoded: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
            format!("{known}={}", if *known == name { raw } else { &encoded })
        })
        .collect::<Vec<_>>()
        .join("&")
}

async fn post(app: &TestApp, form: String) -> Answer {
    let request = Request::builder()
        .method("POST")
        .uri("/confidant/sign-up")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(form))
        .unwrap();
    app.send(request).await
}

#[rstest]
#[tokio::test]
async fn parameters_of_the_entry(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let user_data = world.signed_child();
    let huge = "x".repeat(2 * MEBIBYTE);
    for name in [
        "client_id",
        "redirect_uri",
        "scope",
        "user_data",
        "token",
        "state",
    ] {
        let answer = post(&app, query(&world, &user_data, name, &huge)).await;
        assert_refused(&answer, &format!("huge {name}"));
        for raw in [
            "%ff%fe",
            "%00",
            "a%00b",
            "%0d%0aSet-Cookie:%20x=y",
            "%u0041",
            "%",
            "%zz",
            "%F0%28%8C%28",
            "+",
            "%E2%80%AE",
        ] {
            // A state is the client's own: whatever can be returned as it came is no business of ours.
            if name == "state" && !raw.contains("%00") {
                continue;
            }
            let query = query(&world, &user_data, name, raw);
            let by_form = post(&app, query.clone()).await;
            assert_refused(&by_form, &format!("{name}={raw} by form"));
            let by_link = app
                .browser()
                .get(&format!("/confidant/sign-up?{query}"))
                .await;
            assert_refused(&by_link, &format!("{name}={raw} by link"));
            assert!(by_link.cookies().is_empty());
        }
    }
    assert_refused(
        &post(&app, "&".repeat(MEBIBYTE)).await,
        "nothing but separators",
    );
    assert_refused(
        &post(&app, "a=b&".repeat(MEBIBYTE / 4)).await,
        "many parameters",
    );
    assert_nothing_stored(&app).await;
}

#[rstest]
#[tokio::test]
async fn a_state_is_returned_as_it_came(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let browser = app.browser();
    let user_data = world.signed_child();
    for state in [
        "\"><script>alert(1)</script>",
        "\r\nLocation: https://evil.example/",
        "\u{202e}\u{1f469}",
        "a=b&error=x#y",
        " ",
    ] {
        let raw: String = url::form_urlencoded::byte_serialize(state.as_bytes()).collect();
        let entered = browser
            .get(&format!(
                "/confidant/sign-up?{}",
                query(&world, &user_data, "state", &raw)
            ))
            .await;
        let details = browser.follow(&entered).await;
        assert!(!details.text().contains("<script>alert"));
        let declined = browser.decide(&details, "decline").await;
        let page = browser.follow(&declined).await;
        let left = browser.decide(&page, "leave").await;
        assert!(left.see_other().starts_with(REDIRECT_URI));
        assert_eq!(left.parameter("state").as_deref(), Some(state));
        assert_eq!(left.parameter("error").as_deref(), Some("access_denied"));
    }
}

#[rstest]
#[tokio::test]
async fn paths_cookies_and_forms(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    app.world().await;
    for path in [
        "/confidant/sign-up/%00",
        "/confidant/sign-up/%ff%fe",
        "/confidant/sign-up/00000000000000000000000000000000",
        "/confidant/sign-up/%2e%2e%2f%2e%2e%2fetc%2fpasswd/declined",
        "/accept/0x0000000000000000000000000000ff",
        "/accept/{flow}",
        "/accept/00000000000000000000000000000000/apps/%00/revoke",
        "/sign-up/%00/code",
        "/sign-up/{flow}/declined",
        "/sign-in/00000000000000000000000000000000",
        "/static/..%2f..%2fCargo.toml",
        "/static/%00",
        "//evil.example/",
        "/?lang=%00",
    ] {
        let answer = app.browser().get(path).await;
        assert!(
            !answer.status.is_server_error() && !answer.status.is_redirection(),
            "{path}: {}",
            answer.status
        );
    }
    let long = format!("/confidant/sign-up/{}", "a".repeat(60_000));
    assert_refused(&app.browser().get(&long).await, "a long path");
    let flow = "/accept/0123456789abcdef0123456789abcdef";
    for cookie in [
        "__Host-dovira=",
        "__Host-dovira=\u{1}",
        "__Host-dovira=AAAAAAAAAAAAAAAAAAAAAA",
        "__Host-dovira=AAAAAAAAAAAAAAAAAAAAAA; __Host-dovira=BBBBBBBBBBBBBBBBBBBBBB",
        "__Host-dovira-begin=%00; ;;; =; a",
        &format!("__Host-dovira={}", "A".repeat(60_000)),
    ] {
        let Ok(request) = Request::builder()
            .uri(flow)
            .header("cookie", cookie)
            .body(Body::empty())
        else {
            continue;
        };
        assert_refused(&app.send(request).await, cookie);
    }
    for (kind, body) in [
        (
            "application/x-www-form-urlencoded",
            b"csrf=%ff&decision=%00".to_vec(),
        ),
        (
            "application/x-www-form-urlencoded",
            b"\xff\xfe\x00".to_vec(),
        ),
        ("application/x-www-form-urlencoded", vec![b'a'; 70_000]),
        ("multipart/form-data; boundary=x", b"--x--".to_vec()),
        ("text/plain", b"csrf=a&decision=confirm".to_vec()),
        ("", b"".to_vec()),
    ] {
        let request = Request::builder()
            .method("POST")
            .uri(flow)
            .header("content-type", kind)
            .body(Body::from(body))
            .unwrap();
        assert_refused(&app.send(request).await, kind);
    }
    for (name, value) in [
        ("authorization", &b"Bearer \xff\xfe"[..]),
        ("accept", b"\xff"),
        ("api-key", b"\xff"),
    ] {
        let request = Request::builder()
            .uri("/api/pis/person")
            .header(name, value)
            .body(Body::empty())
            .unwrap();
        assert_refused(&app.send(request).await, name);
    }
    assert_nothing_stored(&app).await;
}

#[rstest]
#[tokio::test]
async fn json_bodies(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let kind = Some("application/json");
    let bodies = [
        "[".repeat(60_000).into_bytes(),
        format!("{}1{}", "{\"a\":".repeat(10_000), "}".repeat(10_000)).into_bytes(),
        b"{\"client_id\":\"\\ud800\"}".to_vec(),
        b"{\"client_id\":\"\xff\"}".to_vec(),
        b"{\"client_id\":\"\\u0000\",\"token\":{\"grant_type\":\"\\u0000\"}}".to_vec(),
        b"{\"client_id\":1e999}".to_vec(),
        b"\xef\xbb\xbf{}".to_vec(),
        vec![0; 1000],
    ];
    for path in [
        "/oauth/nonce",
        "/oauth/tokens",
        "/oauth/apps/authorize",
        "/api/pis/confidant/sign-up_validation",
        "/api/pis/confidant/register",
        "/api/pis/sign-up_validation",
        "/api/pis/register",
        "/auth/login",
        "/api/pis/confidant/login",
        "/api/pis/sign-in",
        "/api/pis/confidant/sign-in",
        "/api/pis/sign-up",
        "/api/pis/confidant/sign-up",
    ] {
        for body in &bodies {
            let api = app.api().key(API_KEY).bearer(&world.token);
            let answer = api
                .send(Method::POST, path, kind, body.clone().into())
                .await;
            assert_refused(&answer, path);
            answer.json();
        }
    }
    let nul = "a\u{0}b";
    for grant in [
        json!({ "grant_type": "authorization_code", "client_id": nul, "client_secret": nul, "code": nul, "redirect_uri": nul, "scope": nul }),
        json!({ "grant_type": "refresh_token", "client_id": crate::support::CLIENT, "client_secret": nul, "refresh_token": nul }),
        json!({ "grant_type": ["authorization_code"], "client_id": {}, "client_secret": 1, "code": true, "redirect_uri": [], "scope": null }),
    ] {
        assert_refused(
            &app.api()
                .post("/oauth/tokens", &json!({ "token": grant }))
                .await,
            "token",
        );
    }
    assert_nothing_stored(&app).await;
}

/// Every text of `value`, by its place.
fn texts(value: &Value, place: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => members
            .iter()
            .for_each(|(name, value)| texts(value, &format!("{place}/{name}"), found)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(at, value)| texts(value, &format!("{place}/{at}"), found)),
        Value::String(_) => found.push(place.to_owned()),
        _ => {}
    }
}

#[rstest]
#[tokio::test]
async fn a_nul_in_any_signed_text(#[values(Sqlite, Postgres)] database: Database) {
    // PostgreSQL keeps no U+0000 in text or jsonb: it must be refused before it gets there.
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let mut places = Vec::new();
    texts(&Child::content(), "", &mut places);
    assert!(places.len() > 30);
    for place in places {
        let mut content = Child::content();
        let text = content.pointer_mut(&place).unwrap();
        *text = json!(format!("{}\u{0}", text.as_str().unwrap()));
        let answer = world.validate(&world.sign(&content)).await;
        assert_refused(&answer, &place);
    }
    assert_nothing_stored(&app).await;
}

#[rstest]
#[tokio::test]
async fn a_nul_in_what_people_sign_for_themselves(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let nonce = world.nonce().await;
    let own = Own::content(&nonce);
    let search = json!({
        "last_name": "Зразкова", "given_name": "Марʼяна", "tax_id": "4569100028", "jwt": nonce,
        "document": { "type": "BIRTH_CERTIFICATE", "number": "І-БК№540021" },
    });
    let login = json!({ "jwt": nonce });
    for whole in [&own, &search, &login] {
        let mut places = Vec::new();
        texts(whole, "", &mut places);
        for place in places {
            let mut content = whole.clone();
            let text = content.pointer_mut(&place).unwrap();
            *text = json!(format!("{}\u{0}", text.as_str().unwrap()));
            let signed = if whole == &own {
                Own::signer().sign(&content, app.now())
            } else {
                world.sign(&content)
            };
            let body = json!({
                "client_id": CLIENT, "grant_type": "pis_auth",
                "signed_content": signed, "signed_content_encoding": "base64",
            });
            let api = app.api().bearer(&world.token);
            let answer = if whole == &own {
                world.validate_own(&signed).await
            } else if whole == &search {
                api.post("/api/pis/confidant/login", &body).await
            } else {
                api.post("/auth/login", &json!({ "token": body })).await
            };
            assert_refused(&answer, &place);
        }
    }
    assert_nothing_stored(&app).await;
}

#[rstest]
#[tokio::test]
async fn signed_content(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    for text in [
        "A".repeat(2 * MEBIBYTE),
        "A".repeat(4 * MEBIBYTE + 4),
        "MIIF".repeat(MEBIBYTE),
        " ".repeat(MEBIBYTE),
    ] {
        assert_refused(&world.validate(&text).await, "a long text");
    }
    let deep = format!("{}{}", "{\"person\":".repeat(5000), "}".repeat(5000));
    let wide = format!(
        "{{{}\"z\":1}}",
        (0..50_000)
            .map(|at| format!("\"m{at}\":0,"))
            .collect::<String>()
    );
    let long = {
        let mut content = Child::content();
        content["person"]["first_name"] = json!("Я".repeat(500_000));
        content.to_string()
    };
    let many = {
        let mut content = Child::content();
        let document = content["person"]["documents"][0].clone();
        content["person"]["documents"] = vec![document; 5000].into();
        content.to_string()
    };
    for octets in [
        deep,
        wide,
        long,
        many,
        "{\"person\":{\"first_name\":\"\\ud800\"}}".to_owned(),
    ] {
        let signed = world.signer.sign_octets(octets.as_bytes(), Some(app.now()));
        let answer = world.validate(&signed).await;
        assert_refused(&answer, &octets[..20]);
        assert!(
            answer.body.len() < MEBIBYTE,
            "an error of {} octets",
            answer.body.len()
        );
        let fields = world.parameters(&signed);
        let page = app
            .browser()
            .post_from_elsewhere("/confidant/sign-up", &fields)
            .await;
        assert_refused(&page, &octets[..20]);
        assert!(
            page.body.len() < MEBIBYTE,
            "a page of {} octets",
            page.body.len()
        );
    }
    assert_nothing_stored(&app).await;
}

/// Content that is as large as it may be: a document of exactly two mebibytes, a thousand documents, a name of a million
/// letters. What is sent, by its name.
fn giants() -> Vec<(&'static str, String)> {
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut content = Child::content();
        change(&mut content["person"]);
        content.to_string()
    };
    let exact = {
        let short = changed(&|person| person["secret"] = json!(""));
        let filler = "x".repeat(2 * MEBIBYTE - short.len());
        changed(&|person| person["secret"] = json!(filler))
    };
    assert_eq!(exact.len(), 2 * MEBIBYTE);
    let documents = changed(&|person| {
        let document = person["documents"][0].clone();
        person["documents"] = vec![document; 1000].into();
    });
    let name = changed(&|person| person["first_name"] = json!("Я".repeat(1_000_000)));
    vec![
        ("content of 2 MiB", exact),
        ("a thousand documents", documents),
        ("a name of a million letters", name),
    ]
}

#[rstest]
#[tokio::test]
async fn content_as_large_as_it_may_be(#[values(Sqlite, Postgres)] database: Database) {
    // design: limits on every input; an error of the client, nothing stored, and no long answer. How long it takes
    // (the best of three) is printed: a test cannot say what is long on another machine.
    let app = TestApp::new(database).await;
    let world = app.world().await;
    for (what, octets) in giants() {
        let signed = world.signer.sign_octets(octets.as_bytes(), Some(app.now()));
        let fields = world.parameters(&signed);
        let (mut by_program, mut by_browser) = (Duration::MAX, Duration::MAX);
        for _ in 0..3 {
            let begun = Instant::now();
            let answer = world.validate(&signed).await;
            by_program = by_program.min(begun.elapsed());
            answer.is(422);
            assert_eq!(answer.json()["error"]["type"], "validation_failed");
            assert!(answer.body.len() < MEBIBYTE / 4, "{}", answer.body.len());

            let begun = Instant::now();
            let page = app
                .browser()
                .post_from_elsewhere("/confidant/sign-up", &fields)
                .await;
            by_browser = by_browser.min(begun.elapsed());
            page.page(422);
            assert_eq!(page.heading(), "Дані не пройшли перевірку");
            assert!(page.body.len() < MEBIBYTE / 4, "{}", page.body.len());
        }
        println!("{what}: JSON {by_program:?}, page {by_browser:?}");
    }
    assert_nothing_stored(&app).await;
}

#[tokio::test]
async fn a_flood_of_headers() {
    // design 4.5: over a real connection
    let app = TestApp::new(Sqlite).await;
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
    let few = "X-Flood: a\r\n".repeat(40);
    let many = "X-Flood: a\r\n".repeat(100);
    let long = format!("X-Flood: {}\r\n", "a".repeat(200_000));
    for (headers, expected) in [(few, "200"), (many, "431"), (long, "431")] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!(
            "GET /health/live HTTP/1.1\r\nHost: my.dovira.example\r\nConnection: close\r\n{headers}\r\n"
        );
        // The server may answer and close before it has read everything.
        let _ = stream.write_all(head.as_bytes()).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer);
        assert!(
            answer.is_empty() && expected == "431"
                || answer.starts_with(&format!("HTTP/1.1 {expected}")),
            "{answer}"
        );
    }
    stop.send(()).unwrap();
    server.await.unwrap();
}

#[rstest]
#[tokio::test]
async fn large_bodies_have_so_many_slots(#[values(Sqlite, Postgres)] database: Database) {
    // design: limits on every input; what is too many is told so and holds no memory
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let large =
        json!({ "signed_content": "A".repeat(100_000), "signed_content_encoding": "base64" });
    let path = "/api/pis/confidant/sign-up_validation";
    let all = app.app.large_bodies.acquire_many(16).await.unwrap();
    let answer = app.api().bearer(&world.token).post(path, &large).await;
    answer.refuses(503, "internal_error", "Service unavailable.");
    assert_eq!(answer.header("retry-after"), "5");
    world.validate(&world.signed_child()).await.is(200);
    drop(all);
    app.api()
        .bearer(&world.token)
        .post(path, &large)
        .await
        .is(400);
}
