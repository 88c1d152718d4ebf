//! The OAuth routes, table by table (§6).

use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    API_KEY, Answer, CLIENT, CLIENT_SCOPES, CONFIDANT, CONFIDANT_USER, Child,
    Database::{self, Postgres, Sqlite},
    OTHER_CLIENT, REDIRECT_URI, SECRET, TRUSTED_CLIENT, TestApp, World, assert_json, provisioning,
};

const UNKNOWN: &str = "c11e0000-0000-4000-8000-0000000000ff";

#[track_caller]
fn refused_401(answer: &Answer, message: &str) {
    answer.refuses(401, "access_denied", message);
}

/// `body` with a member of `token` or `app` set, or left out.
fn with(body: &Value, name: &str, value: Option<Value>) -> Value {
    let mut body = body.clone();
    let inner = body.as_object_mut().unwrap().values_mut().next().unwrap();
    match value {
        Some(value) => inner[name] = value,
        None => {
            inner.as_object_mut().unwrap().shift_remove(name);
        }
    }
    body
}

/// Changes the client as the operator would.
async fn change_client(world: &World<'_>, member: &str, value: Value) {
    let mut client = provisioning()["clients"][0].clone();
    // What a file does not say stays as it is.
    client["is_blocked"] = json!(false);
    client["allowed_grant_types"] = json!(["authorization_code", "refresh_token", "pis_auth"]);
    client[member] = value;
    world.import(&json!({ "clients": [client] })).await;
}

#[rstest]
#[tokio::test]
async fn nonce(#[values(Sqlite, Postgres)] database: Database) {
    // §6.1
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let ask = async |body: Value| app.api().post("/oauth/nonce", &body).await;
    for missing in [
        json!({}),
        json!({ "client_id": "" }),
        json!({ "client_id": null }),
    ] {
        ask(missing)
            .await
            .refuses_field("$.client_id", "required", "can't be blank");
    }
    for id in [UNKNOWN, "nonsense"] {
        ask(json!({ "client_id": id }))
            .await
            .refuses(404, "not_found", "Client is not found.");
    }
    ask(json!({ "client_id": TRUSTED_CLIENT }))
        .await
        .refuses_field(
            "$.client_secret",
            "required",
            "required property client_secret was not present",
        );
    let wrong = ask(json!({ "client_id": TRUSTED_CLIENT, "client_secret": "wrong" })).await;
    refused_401(&wrong, "Invalid client id or secret.");
    let one = ask(json!({ "client_id": CLIENT }))
        .await
        .gives(200, json!({ "token": "[jwt]" }));
    let two = ask(json!({ "client_id": CLIENT }))
        .await
        .gives(200, json!({ "token": "[jwt]" }));
    assert_ne!(one, two);
    let trusted = json!({ "client_id": TRUSTED_CLIENT, "client_secret": SECRET });
    ask(trusted).await.gives(200, json!({ "token": "[jwt]" }));

    // §10.1: the claims, whole
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let parts: Vec<Value> = one["token"]
        .as_str()
        .unwrap()
        .split('.')
        .take(2)
        .map(|part| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap())
        .collect();
    assert_json(&parts[0], &json!({ "typ": "JWT", "alg": "HS512" }));
    let at = app.now().timestamp();
    assert_json(
        &parts[1],
        &json!({
            "aud": "mithril-login", "exp": at + 900, "iat": at, "iss": "EHealth", "jti": "[uuid]",
            "nbf": at - 1, "sub": "[uuid]", "typ": "access", "nonce": "[uuid]", "client_id": CLIENT,
        }),
    );
    assert_eq!(parts[1]["sub"], parts[1]["nonce"]);

    change_client(&world, "is_blocked", json!(true)).await;
    refused_401(
        &ask(json!({ "client_id": CLIENT })).await,
        "Client is blocked",
    );
}

/// The body of an authorization of the client.
fn authorization(scope: &str) -> Value {
    json!({ "app": { "client_id": CLIENT, "scope": scope, "redirect_uri": REDIRECT_URI } })
}

/// The users of the child, and of the confidant.
const CHILD: &str = "person_id IN (SELECT id FROM persons WHERE tax_id = '4569100028')";
const OWN: &str = "person_id IN (SELECT id FROM persons WHERE tax_id = '3112201416')";

/// Sets what shuts the users out, or lets them in again.
async fn set_users(app: &TestApp, change: &str, whose: &str) {
    app.execute(&format!("UPDATE users SET {change} WHERE {whose}"))
        .await;
}

/// A code for the confidant, who acts for themselves.
async fn own_code(world: &World<'_>) -> String {
    let life = TimeDelta::minutes(10);
    let token = world.issue(CONFIDANT_USER, "app:authorize", life).await;
    let api = world.app.api().bearer(&token);
    let path = "/oauth/apps/authorize";
    let answer = api.post(path, &authorization("person:read")).await;
    let code = answer.is(201).json()["data"]["value"].clone();
    code.as_str().unwrap().to_owned()
}

/// A login token for the child.
async fn authorize_token(world: &World<'_>) -> String {
    let body = world
        .validate_and_register(&Child::content())
        .await
        .is(201)
        .json();
    body["data"]["access_token"].as_str().unwrap().to_owned()
}

#[rstest]
#[tokio::test]
async fn authorize(#[values(Sqlite, Postgres)] database: Database) {
    // §6.2: idempotent, an approval gets the union of old and new scopes
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let token = authorize_token(&world).await;
    for (scope, approved) in [
        ("person:read", "person:read"),
        ("app:read_pis", CLIENT_SCOPES),
        ("person:read person:read", CLIENT_SCOPES),
    ] {
        let answer = app
            .api()
            .bearer(&token)
            .post("/oauth/apps/authorize", &authorization(scope))
            .await;
        let body = answer.is(201).json();
        let asked = if scope == "person:read person:read" {
            "person:read"
        } else {
            scope
        };
        assert_json(
            &body,
            &json!({
                "meta": {
                    "code": 201, "url": "https://my.dovira.example/oauth/apps/authorize/[uuid]", "type": "object", "request_id": "[uuid]",
                },
                "data": {
                    "id": "[uuid]", "name": "authorization_code", "value": "[token]", "user_id": "[uuid]",
                    "expires_at": app.now().timestamp() + 300,
                    "details": { "scope_request": asked, "redirect_uri": REDIRECT_URI, "grant_type": "password", "client_id": CLIENT },
                },
                "urgent": { "redirect_uri": "https://pis.example/callback?from=dovira&code=[token]" },
            }),
        );
        assert_eq!(answer.header("location"), body["urgent"]["redirect_uri"]);
        let code = body["data"]["value"].as_str().unwrap();
        assert!(answer.header("location").ends_with(code));
        assert_eq!(app.count("approvals", "1 = 1").await, 1);
        assert_eq!(
            app.count("approvals", &format!("scope = '{approved}'"))
                .await,
            1
        );
        // The code carries what was asked, not what was approved before.
        let exchanged = world.exchange(code).await.is(201).json();
        assert_eq!(exchanged["data"]["details"]["scope"], asked);
    }
}

#[rstest]
#[tokio::test]
async fn authorize_refused(#[values(Sqlite, Postgres)] database: Database) {
    // §6.2, row by row
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let token = authorize_token(&world).await;
    let path = "/oauth/apps/authorize";
    let good = authorization("person:read");
    refused_401(&app.api().post(path, &good).await, "Invalid access token");
    app.api()
        .bearer(&world.token)
        .post(path, &good)
        .await
        .refuses(
            403,
            "forbidden",
            "Your scope does not allow to access this resource. Missing allowances: app:authorize",
        );
    let ask = async |body: Value| app.api().bearer(&token).post(path, &body).await;
    let incomplete = "Request must include at least client_id, redirect_uri and scopes parameters.";
    for body in [
        json!({}),
        json!({ "app": [] }),
        with(&good, "client_id", None),
        with(&good, "redirect_uri", None),
        with(&good, "scope", None),
        with(&good, "scope", Some(json!(["person:read"]))),
    ] {
        ask(body)
            .await
            .refuses(400, "request_malformed", incomplete);
    }
    // Authority §8: a login token approves the client it was made for, and no other.
    for id in [UNKNOWN, "nonsense", &OTHER_CLIENT.to_string()] {
        ask(with(&good, "client_id", Some(json!(id))))
            .await
            .refuses(422, "request_malformed", "Client not found");
    }
    for uri in [
        "https://evil.example/",
        "https://pis.example/callback/",
        "nonsense",
    ] {
        ask(with(&good, "redirect_uri", Some(json!(uri))))
            .await
            .refuses(
                422,
                "request_malformed",
                "The redirection URI provided does not match a pre-registered value.",
            );
    }
    for scope in [
        "person:write",
        "person:read person:write",
        "особа",
        "app:authorize",
    ] {
        ask(with(&good, "scope", Some(json!(scope)))).await.refuses(
            422,
            "request_malformed",
            "Scope is not allowed by client type.",
        );
    }
    for scope in ["", "  "] {
        ask(with(&good, "scope", Some(json!(scope)))).await.refuses(
            422,
            "request_malformed",
            "Requested scope is empty. Scope not passed or user has no roles or global roles.",
        );
    }
    // Authority §5: whoever may not act for another any more, by whichever of the two, has no token.
    for whose in [CHILD, OWN] {
        for (change, back) in [
            ("is_blocked = true", "is_blocked = false"),
            ("is_active = false", "is_active = true"),
        ] {
            set_users(&app, change, whose).await;
            refused_401(&ask(good.clone()).await, "Invalid access token");
            set_users(&app, back, whose).await;
        }
    }
    // Whoever acts for themselves is told what is wrong.
    let life = TimeDelta::minutes(10);
    let own_token = world.issue(CONFIDANT_USER, "app:authorize", life).await;
    let ask_own = async || app.api().bearer(&own_token).post(path, &good).await;
    set_users(&app, "is_blocked = true", OWN).await;
    refused_401(&ask_own().await, "User is blocked.");
    set_users(&app, "is_blocked = false, is_active = false", OWN).await;
    ask_own()
        .await
        .refuses(422, "request_malformed", "User not found");
    set_users(&app, "is_active = true", OWN).await;
    change_client(&world, "is_blocked", json!(true)).await;
    refused_401(&ask(good.clone()).await, "Client is blocked");
    change_client(&world, "is_blocked", json!(false)).await;
    assert_eq!(app.count("approvals", "1 = 1").await, 0);
    // Authority §8: for ten minutes.
    app.clock
        .advance(TimeDelta::seconds(600) - TimeDelta::microseconds(1));
    ask(good.clone()).await.is(201);
    app.clock.advance(TimeDelta::microseconds(1));
    refused_401(&ask(good).await, "Invalid access token");
}

#[rstest]
#[tokio::test]
async fn exchange_refused(#[values(Sqlite, Postgres)] database: Database) {
    // §6.3, row by row
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let code = world.code().await;
    let good = world.exchange_body(&code);
    let ask = async |body: Value| app.api().post("/oauth/tokens", &body).await;
    for body in [
        json!({}),
        json!({ "token": 5 }),
        with(&good, "grant_type", None),
        with(&good, "grant_type", Some(json!(""))),
    ] {
        ask(body)
            .await
            .refuses(400, "request_malformed", "Request must include grant_type.");
    }
    for grant_type in ["password", "client_credentials", "AUTHORIZATION_CODE"] {
        refused_401(
            &ask(with(&good, "grant_type", Some(json!(grant_type)))).await,
            "Grant type not allowed.",
        );
    }
    for member in [
        "client_id",
        "client_secret",
        "code",
        "redirect_uri",
        "scope",
    ] {
        for value in [None, Some(json!("")), Some(json!(null))] {
            ask(with(&good, member, value)).await.refuses(
                400,
                "request_malformed",
                "Request must include at least client_id, client_secret, code, scopes and redirect_uri parameters.",
            );
        }
    }
    for (member, value) in [
        ("client_id", UNKNOWN),
        ("client_id", "nonsense"),
        ("client_secret", "wrong"),
        ("client_secret", "a secret that only the tests kno"),
    ] {
        refused_401(
            &ask(with(&good, member, Some(json!(value)))).await,
            "Invalid client id or secret.",
        );
    }
    refused_401(
        &ask(with(&good, "code", Some(json!("unknown")))).await,
        "Token not found.",
    );
    refused_401(
        &ask(with(&good, "code", Some(json!(world.token)))).await,
        "Token not found.",
    );
    let other = with(&good, "client_id", Some(json!(OTHER_CLIENT)));
    refused_401(&ask(other).await, "Token not found or expired.");
    for uri in [
        "https://pis.example/callback",
        "https://other.example/back",
        "nonsense",
    ] {
        refused_401(
            &ask(with(&good, "redirect_uri", Some(json!(uri)))).await,
            "The redirection URI provided does not match a pre-registered value.",
        );
    }
    change_client(&world, "is_blocked", json!(true)).await;
    refused_401(&ask(good.clone()).await, "Client is blocked");
    change_client(&world, "allowed_grant_types", json!(["refresh_token"])).await;
    refused_401(
        &ask(good.clone()).await,
        "Client is not allowed to issue login token.",
    );
    change_client(&world, "is_blocked", json!(false)).await;
    // Authority §5: of a code for another it is asked whether they may act; of one's own, who one is.
    let own = world.exchange_body(&own_code(&world).await);
    set_users(&app, "is_blocked = true", CHILD).await;
    ask(good.clone())
        .await
        .refuses(409, "request_conflict", "Relationship not confirmed");
    set_users(&app, "is_blocked = false", CHILD).await;
    set_users(&app, "is_blocked = true", OWN).await;
    refused_401(&ask(own).await, "User is blocked.");
    ask(good.clone())
        .await
        .refuses(409, "request_conflict", "Relationship not confirmed");
    set_users(&app, "is_blocked = false", OWN).await;
    assert_eq!(app.count("tokens", "name = 'refresh_token'").await, 0);
    // None of that used the code up.
    app.clock
        .advance(TimeDelta::seconds(300) - TimeDelta::microseconds(1));
    ask(good).await.is(201);
}

#[rstest]
#[tokio::test]
async fn a_code_expires_after_300_seconds(#[values(Sqlite, Postgres)] database: Database) {
    // §6.3 row 6
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let code = world.code().await;
    app.clock.advance(TimeDelta::seconds(300));
    refused_401(&world.exchange(&code).await, "Token expired.");
    assert_eq!(app.count("tokens", "name = 'refresh_token'").await, 0);
}

#[rstest]
#[tokio::test]
async fn a_revoked_approval_ends_code_and_refresh_token(
    #[values(Sqlite, Postgres)] database: Database,
) {
    // §6.3 row 8, §6.4
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let code = world.code().await;
    let refresh_token = {
        let body = world.exchange(&code).await.is(201).json();
        body["data"]["details"]["refresh_token"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let token = authorize_again(&world).await;
    app.execute("DELETE FROM approvals").await;
    refused_401(
        &world.exchange(&token).await,
        "Resource owner revoked access for the client.",
    );
    refused_401(
        &world.refresh(&refresh_token).await,
        "Resource owner revoked access for the client.",
    );
}

/// Another code for the same child, by the other way: a second sign-up of a relationship that was approved meanwhile.
async fn authorize_again(world: &World<'_>) -> String {
    world
        .app
        .execute("UPDATE confidant_person_relationships SET verification_status = 'VERIFIED'")
        .await;
    let token = authorize_token(world).await;
    let answer = world
        .app
        .api()
        .bearer(&token)
        .post("/oauth/apps/authorize", &authorization("person:read"))
        .await;
    answer.is(201).json()["data"]["value"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// The access token and the refresh token of an exchange.
fn tokens(answer: &Answer) -> (String, String) {
    let body = answer.is(201).json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (
        text(&body["data"]["value"]),
        text(&body["data"]["details"]["refresh_token"]),
    )
}

#[rstest]
#[tokio::test]
async fn the_second_use_of_a_code_revokes_what_the_first_gave(
    #[values(Sqlite, Postgres)] database: Database,
) {
    // §6.3 row 9, RFC 6749 §4.1.2
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let code = world.code().await;
    let (access, refresh_token) = tokens(&world.exchange(&code).await);
    let refreshed = world.refresh(&refresh_token).await.is(201).json();
    let second = refreshed["data"]["value"].as_str().unwrap();
    world.person(second).await.is(200);

    // Somebody else's attempt ends nothing.
    let body = with(
        &world.exchange_body(&code),
        "client_id",
        Some(json!(OTHER_CLIENT)),
    );
    refused_401(
        &app.api().post("/oauth/tokens", &body).await,
        "Token not found or expired.",
    );
    world.person(&access).await.is(200);

    refused_401(&world.exchange(&code).await, "Token has already been used.");
    for value in [&*access, second] {
        refused_401(&world.person(value).await, "Invalid access token");
    }
    refused_401(&world.refresh(&refresh_token).await, "Token expired.");
    // The confidant's own token has nothing to do with it.
    world.validate(&world.sign(&Child::other())).await.is(200);
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_exchanges_at_the_same_moment_one_wins_for_nothing(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let code = world.code().await;
    let body = world.exchange_body(&code);
    let requests = (0..2)
        .map(|_| app.api().post_later("/oauth/tokens", &body))
        .collect();
    let answers = app.at_once(requests).await;
    let (won, lost): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|answer| answer.status == 201);
    assert_eq!((won.len(), lost.len()), (1, 1));
    refused_401(&lost[0], "Token has already been used.");
    let (access, refresh_token) = tokens(&won[0]);
    refused_401(&world.person(&access).await, "Invalid access token");
    refused_401(&world.refresh(&refresh_token).await, "Token expired.");
    assert_eq!(app.count("tokens", "name = 'refresh_token'").await, 1);
}

#[rstest]
#[tokio::test]
async fn a_client_without_refresh_tokens_gets_none(#[values(Sqlite, Postgres)] database: Database) {
    // decisions §2 "allowed_grant_types"
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let code = world.code().await;
    change_client(&world, "allowed_grant_types", json!(["authorization_code"])).await;
    let body = world.exchange(&code).await.is(201).json();
    assert_eq!(body["data"]["details"].get("refresh_token"), None);
    world
        .person(body["data"]["value"].as_str().unwrap())
        .await
        .is(200);
    refused_401(&world.exchange(&code).await, "Token has already been used.");
    refused_401(
        &world.person(body["data"]["value"].as_str().unwrap()).await,
        "Invalid access token",
    );
}

#[rstest]
#[tokio::test]
async fn refresh(#[values(Sqlite, Postgres)] database: Database) {
    // §6.4, row by row
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let (_, refresh_token) = tokens(&world.exchange(&world.code().await).await);
    let good = json!({ "token": {
        "grant_type": "refresh_token", "client_id": CLIENT, "client_secret": SECRET, "refresh_token": refresh_token,
    } });
    let ask = async |body: Value| app.api().post("/oauth/tokens", &body).await;
    for member in ["client_id", "client_secret", "refresh_token"] {
        ask(with(&good, member, None)).await.refuses(
            400,
            "request_malformed",
            "Request must include at least client_id, client_secret and refresh_token parameters.",
        );
    }
    refused_401(
        &ask(with(&good, "client_secret", Some(json!("wrong")))).await,
        "Invalid client id or secret.",
    );
    refused_401(
        &ask(with(&good, "refresh_token", Some(json!("unknown")))).await,
        "Token not found.",
    );
    let other = with(&good, "client_id", Some(json!(OTHER_CLIENT)));
    refused_401(&ask(other).await, "Token not found or expired.");
    change_client(&world, "allowed_grant_types", json!(["authorization_code"])).await;
    refused_401(
        &ask(good.clone()).await,
        "Client is not allowed to issue login token.",
    );
    change_client(&world, "is_blocked", json!(true)).await;
    refused_401(&ask(good.clone()).await, "Client is blocked");
    change_client(
        &world,
        "allowed_grant_types",
        json!(["authorization_code", "refresh_token"]),
    )
    .await;

    // Any number of times, each access token for an hour.
    app.clock
        .advance(TimeDelta::days(7) - TimeDelta::seconds(3600));
    for _ in 0..3 {
        let body = ask(good.clone()).await.is(201).json();
        world
            .person(body["data"]["value"].as_str().unwrap())
            .await
            .is(200);
    }
    // A confidant who no longer stands for the person gets nothing more.
    app.execute("UPDATE confidant_person_relationships SET is_active = false")
        .await;
    ask(good.clone())
        .await
        .refuses(409, "request_conflict", "Relationship not confirmed");
    app.execute("UPDATE confidant_person_relationships SET is_active = true")
        .await;
    // Authority §5: so for whoever is blocked, on either side.
    for whose in [CHILD, OWN] {
        set_users(&app, "is_blocked = true", whose).await;
        ask(good.clone())
            .await
            .refuses(409, "request_conflict", "Relationship not confirmed");
        set_users(&app, "is_blocked = false", whose).await;
    }
    let (_, own) = tokens(&world.exchange(&own_code(&world).await).await);
    set_users(&app, "is_blocked = true", OWN).await;
    refused_401(&world.refresh(&own).await, "User is blocked.");
    set_users(&app, "is_blocked = false", OWN).await;

    app.clock
        .advance(TimeDelta::seconds(3600) - TimeDelta::microseconds(1));
    ask(good.clone()).await.is(201);
    app.clock.advance(TimeDelta::microseconds(1));
    refused_401(&ask(good).await, "Token expired.");
}

#[rstest]
#[tokio::test]
async fn logout(#[values(Sqlite, Postgres)] database: Database) {
    // §6.5: the refresh token that gave an access token ends with it
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let log_out = async |api: crate::support::Api<'_>| api.post("/auth/logout", &json!({})).await;
    refused_401(&log_out(app.api()).await, "Invalid access token");
    refused_401(
        &log_out(app.api().bearer("unknown")).await,
        "Invalid access token",
    );
    let (access, refresh_token) = tokens(&world.exchange(&world.code().await).await);
    refused_401(
        &log_out(app.api().bearer(&refresh_token)).await,
        "Invalid access token",
    );
    let body = world.refresh(&refresh_token).await.is(201).json();
    let refreshed = body["data"]["value"].as_str().unwrap();

    log_out(app.api().bearer(refreshed))
        .await
        .gives(200, json!({}));
    for value in [&*access, refreshed] {
        refused_401(&world.person(value).await, "Invalid access token");
        refused_401(
            &log_out(app.api().bearer(value)).await,
            "Invalid access token",
        );
    }
    refused_401(&world.refresh(&refresh_token).await, "Token expired.");
    // No other token of the same client is touched; nor does logout need a body.
    let sent = app.api().bearer(&world.token);
    let empty = sent
        .send(
            axum::http::Method::POST,
            "/auth/logout",
            None,
            axum::body::Body::empty(),
        )
        .await;
    empty.gives(200, json!({}));
    refused_401(
        &world.validate(&world.signed_child()).await,
        "Invalid access token",
    );
}

#[rstest]
#[tokio::test]
async fn person_needs_api_key_and_scope(#[values(Sqlite, Postgres)] database: Database) {
    // decisions §3 "`api-key`", "`GET /api/pis/person`"
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let path = "/api/pis/person";
    let token = world
        .issue(CONFIDANT_USER, "person:read", TimeDelta::hours(1))
        .await;
    refused_401(
        &app.api().bearer(&token).get(path).await,
        "API-KEY header required",
    );
    refused_401(
        &app.api().bearer(&token).key("wrong").get(path).await,
        "Invalid API-KEY",
    );
    refused_401(
        &app.api().key(API_KEY).get(path).await,
        "Invalid access token",
    );
    let body = world.person(&token).await.is(200).json();
    assert_eq!(body["data"]["id"], json!(CONFIDANT));
    assert_eq!(body["data"]["verification_status"], "VERIFIED");
    assert_eq!(body["data"].get("secret"), None);
    world.person(&world.token).await.refuses(
        403,
        "forbidden",
        "Your scope does not allow to access this resource. Missing allowances: person:read",
    );
    change_client(&world, "is_blocked", json!(true)).await;
    refused_401(&world.person(&token).await, "Invalid API-KEY");
}

#[rstest]
#[tokio::test]
async fn what_is_given_out_is_kept_as_a_hash(#[values(Sqlite, Postgres)] database: Database) {
    // style 12
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let code = world.code().await;
    let (access, refresh_token) = tokens(&world.exchange(&code).await);
    for value in [
        &code,
        &access,
        &refresh_token,
        &world.token,
        SECRET,
        API_KEY,
    ] {
        let hexadecimal: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
        for (table, column) in [
            ("tokens", "value_hash"),
            ("clients", "secret_hash"),
            ("clients", "api_key_hash"),
        ] {
            let condition = match database {
                Sqlite => format!("instr(lower(hex({column})), '{hexadecimal}') > 0"),
                Postgres => format!("position('{hexadecimal}' in encode({column}, 'hex')) > 0"),
            };
            assert_eq!(app.count(table, &condition).await, 0);
        }
    }
}

#[rstest]
#[tokio::test]
async fn who_is_shut_out_reads_nothing(#[values(Sqlite, Postgres)] database: Database) {
    // §4.1: a token is no good without its client and its user
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let code = world.code().await;
    let tokens = world.exchange(&code).await.is(201).json();
    let token = tokens["data"]["value"].as_str().unwrap();
    world.person(token).await.is(200);
    // Authority §5: a token for another is judged each time, by either of the two.
    for whose in [CHILD, OWN] {
        for (change, back) in [
            ("is_blocked = true", "is_blocked = false"),
            ("is_active = false", "is_active = true"),
        ] {
            set_users(&app, change, whose).await;
            refused_401(&world.person(token).await, "Invalid access token");
            set_users(&app, back, whose).await;
            world.person(token).await.is(200);
        }
    }
    let life = TimeDelta::hours(1);
    let own = world.issue(CONFIDANT_USER, "person:read", life).await;
    world.person(&own).await.is(200);
    set_users(&app, "is_blocked = true", OWN).await;
    refused_401(&world.person(&own).await, "User is blocked.");
    set_users(&app, "is_blocked = false, is_active = false", OWN).await;
    refused_401(&world.person(&own).await, "Invalid access token");
}
