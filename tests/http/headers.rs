//! Headers and cookies of pages (§2.7, design 4.7).

use rstest::rstest;
use serde_json::json;

use crate::support::{
    CLIENT, Child,
    Database::{self, Postgres, Sqlite},
    SECRET, TestApp, address,
};

#[rstest]
#[tokio::test]
async fn every_page_has_them(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    for path in ["/", "/accessibility", "/privacy", "/?lang=en"] {
        let answer = app.browser().get(path).await;
        answer.page(200);
        assert_eq!(
            answer.header("strict-transport-security"),
            "max-age=31536000"
        );
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin");
        assert!(
            answer
                .header("content-security-policy")
                .ends_with("; form-action 'self'")
        );
    }
    // Redirects and plain answers too.
    let world = app.world().await;
    let entered = app.browser().get(&world.entry(&world.signed_child())).await;
    assert_eq!(entered.header("x-frame-options"), "DENY");
    assert_eq!(entered.header("referrer-policy"), "no-referrer");
    assert_eq!(entered.header("cache-control"), "no-store");
}

#[rstest]
#[tokio::test]
async fn a_form_may_end_at_the_client_where_it_does(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let browser = app.browser();
    let details = world.enter(&browser, &world.signed_child()).await;
    let own = "; form-action 'self'";
    let clients = "; form-action 'self' https://pis.example";
    assert!(details.header("content-security-policy").ends_with(own));
    let declined = browser.get(&format!("{}/declined", details.path)).await;
    declined.page(200);
    assert!(
        declined
            .header("content-security-policy")
            .ends_with(clients)
    );
    let confirmed = browser.decide(&details, "confirm").await;
    let accept = browser.follow(&confirmed).await;
    assert!(accept.header("content-security-policy").ends_with(clients));

    // An application's own scheme has no origin: the directive is left out.
    let native = json!({
        "id": CLIENT, "name": "Мій лікар", "client_type": "PIS", "secret": SECRET, "scopes": "person:read",
        "redirect_uris": ["com.example.doctor:/callback"],
    });
    world.import(&json!({ "clients": [native] })).await;
    let user_data = world.sign(&Child::other());
    let mut parameters = world.parameters(&user_data);
    parameters[1].1 = "com.example.doctor:/callback";
    let entered = browser.get(&address(&parameters)).await;
    let details = browser.follow(&entered).await;
    assert!(details.header("content-security-policy").ends_with(own));
    let confirmed = browser.decide(&details, "confirm").await;
    let accept = browser.follow(&confirmed).await;
    accept.page(200);
    assert!(
        !accept
            .header("content-security-policy")
            .contains("form-action")
    );
    let accepted = browser.decide(&accept, "confirm").await;
    assert!(
        accepted
            .see_other()
            .starts_with("com.example.doctor:/callback?code=")
    );
}

#[rstest]
#[tokio::test]
async fn cookies(
    #[values(Sqlite, Postgres)] database: Database,
    #[values(true, false)] is_https: bool,
) {
    // RFC 6265bis §4.1.3.2
    let settings: &[&str] = if is_https {
        &[]
    } else {
        &["--public-url", "http://127.0.0.1:8080"]
    };
    let app = TestApp::with(database, settings).await;
    let world = app.world().await;
    let user_data = world.signed_child();
    let by_link = app.browser().get(&world.entry(&user_data)).await;
    let browser = app.browser();
    let by_form = browser
        .post_from_elsewhere("/confidant/sign-up", &world.parameters(&user_data))
        .await;
    let details = browser.follow(&by_form).await;
    let language = app.browser().get("/?lang=en").await;
    language.page(200);
    let told: Vec<_> = [&by_link, &by_form, &details, &language]
        .iter()
        .flat_map(|answer| answer.cookies())
        .map(|cookie| {
            let (name, rest) = cookie.split_once('=').unwrap();
            let (value, attributes) = rest.split_once("; ").unwrap();
            let mut attributes: Vec<_> = attributes.split("; ").collect();
            attributes.sort_unstable();
            (name.to_owned(), value.len(), attributes.join("; "))
        })
        .collect();
    let (prefix, secure) = if is_https {
        ("__Host-", "; Secure")
    } else {
        ("", "")
    };
    let cookie = |name: &str, length, age: &str| {
        (
            format!("{prefix}{name}"),
            length,
            format!("HttpOnly; Max-Age={age}; Path=/; SameSite=Lax{secure}"),
        )
    };
    let mut told = told;
    told.sort();
    let mut expected = vec![
        cookie("dovira", 22, "14400"),
        cookie("dovira", 22, "14400"),
        cookie("dovira-begin", 22, "600"),
        cookie("dovira-begin", 0, "0"),
        cookie("dovira-lang", 2, "31536000"),
    ];
    expected.sort();
    assert_eq!(told, expected);
    assert_eq!(
        by_link.headers.contains_key("strict-transport-security"),
        is_https
    );
    // Only the entry and the hand-over set cookies: no page that is merely looked at does.
    assert!(browser.get(&details.path).await.cookies().is_empty());
}

#[rstest]
#[tokio::test]
async fn static_files_are_kept_for_ever(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let home = app.browser().get("/").await;
    let (_, rest) = home.text().split_once("href=\"/static/").unwrap();
    let path = format!("/static/{}", rest.split('"').next().unwrap());
    let answer = app.browser().get(&path).await;
    assert_eq!(
        answer.is(200).header("cache-control"),
        "public, max-age=31536000, immutable"
    );
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
}
