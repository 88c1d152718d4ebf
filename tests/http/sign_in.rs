//! Sign-in: `POST /auth/login`, `POST /api/pis/confidant/login`, `/sign-in`, `/confidant/sign-in` (§1.3, §1.4, §5.5, §5.6).

use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{
    Answer, Authority, CLIENT, CONFIDANT, CONFIDANT_USER, Child,
    Database::{self, Postgres, Sqlite},
    OTHER_CLIENT, Own, SECRET, TestApp, World, authority, field, provisioning, required,
};

const STANDARD: &str = "Validation failed. You can find validators description at our API Manifest: http://docs.apimanifest.apiary.io/#introduction/interacting-with-api/errors.";
const INVALID: &str = "Invalid signed content.";

fn id(last: u128) -> Uuid {
    Uuid::from_u128(0x0a1b_2c3d_0000_4000_8000_0000_0000_0000 | last)
}

/// The body of a patient's login.
fn login(signed_content: &str) -> Value {
    json!({ "token": {
        "client_id": CLIENT, "client_secret": SECRET, "grant_type": "pis_auth", "scope": "app:authorize profile:read",
        "signed_content": signed_content, "signed_content_encoding": "base64",
    } })
}

async fn log_in(world: &World<'_>, signed_content: &str) -> Answer {
    let api = world.app.api();
    api.post("/auth/login", &login(signed_content)).await
}

/// A nonce that another client asked for.
async fn nonce_of_another(world: &World<'_>) -> String {
    let body = json!({ "client_id": OTHER_CLIENT });
    let answer = world.app.api().post("/oauth/nonce", &body).await;
    let nonce = answer.is(200).json()["data"]["token"].clone();
    nonce.as_str().unwrap().to_owned()
}

/// The token of a login, good for as long as authority §8 says.
fn token(app: &TestApp) -> Value {
    json!({
        "id": "[uuid]", "name": "access_token", "value": "[token]", "user_id": "[uuid]",
        "user": { "person_id": "[uuid]" }, "expires_at": app.now().timestamp() + 600,
        "details": { "scope": "app:authorize", "grant_type": "pis_auth", "client_id": CLIENT },
    })
}

#[track_caller]
fn gives_token(app: &TestApp, answer: &Answer) -> Value {
    let body = answer.is(201).json();
    crate::support::assert_json(&body["data"], &token(app));
    assert_eq!(body["urgent"], json!({ "next_step": "REQUEST_APPS" }));
    body["data"].clone()
}

#[rstest]
#[tokio::test]
async fn a_patient_logs_in(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let signed = world.signed_nonce().await;
    let data = gives_token(&app, &log_in(&world, &signed).await);
    assert_eq!(data["user_id"], json!(CONFIDANT_USER));
    assert_eq!(data["user"]["person_id"], json!(CONFIDANT));
    // The nonce is good once.
    log_in(&world, &signed)
        .await
        .refuses(401, "access_denied", "JWT is invalid.");
    let body = json!({ "app": { "client_id": CLIENT, "scope": "person:read", "redirect_uri": crate::support::REDIRECT_URI } });
    let api = app.api().bearer(data["value"].as_str().unwrap());
    api.post("/oauth/apps/authorize", &body).await.is(201);
}

#[rstest]
#[tokio::test]
async fn rows_1_and_2_client_and_grant_type(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let signed = world.signed_nonce().await;
    let ask = async |member: &str, value: Option<Value>| {
        let mut body = login(&signed);
        let token = body["token"].as_object_mut().unwrap();
        match value {
            Some(value) => token.insert(member.to_owned(), value),
            None => token.shift_remove(member),
        };
        app.api().post("/auth/login", &body).await
    };
    let blank = "can't be blank";
    for value in [None, Some(json!("")), Some(json!(5))] {
        ask("client_id", value)
            .await
            .refuses_field("$.token.client_id", "required", blank);
    }
    app.api()
        .post("/auth/login", &json!({}))
        .await
        .refuses_field("$.token.client_id", "required", blank);
    for unknown in [json!("nonsense"), json!(id(9))] {
        ask("client_id", Some(unknown)).await.refuses(
            422,
            "request_malformed",
            "Invalid client id.",
        );
    }
    // Authority §7: whoever calls the pages' own route proves which client they are.
    let other = {
        let mut body = login(&signed);
        body["token"]["client_secret"] = json!("another");
        body["token"]["grant_type"] = json!("password");
        app.api().post("/auth/login", &body).await
    };
    let mut unproven = vec![other];
    for secret in [
        None,
        Some(json!("")),
        Some(json!(5)),
        Some(json!("another")),
    ] {
        unproven.push(ask("client_secret", secret).await);
    }
    for answer in unproven {
        answer.refuses(401, "access_denied", "Invalid client id or secret.");
    }
    ask("grant_type", None).await.refuses(
        422,
        "request_malformed",
        "Request must include grant_type.",
    );
    ask("grant_type", Some(json!("password"))).await.refuses(
        401,
        "access_denied",
        "Grant type not allowed.",
    );
    ask("scope", Some(json!("app:authorize person:read")))
        .await
        .refuses(
            422,
            "request_malformed",
            "Scope is not allowed by client type.",
        );
    let mut client = provisioning()["clients"][0].clone();
    client["allowed_grant_types"] = json!(["authorization_code"]);
    world.import(&json!({ "clients": [client] })).await;
    ask("grant_type", Some(json!("pis_auth"))).await.refuses(
        401,
        "access_denied",
        "Client is not allowed to issue login token.",
    );
    client["is_blocked"] = json!(true);
    world.import(&json!({ "clients": [client] })).await;
    ask("grant_type", Some(json!("pis_auth"))).await.refuses(
        401,
        "access_denied",
        "Client is blocked",
    );
    // None of that used the nonce up.
    client["is_blocked"] = json!(false);
    client["allowed_grant_types"] = json!(["authorization_code", "pis_auth"]);
    world.import(&json!({ "clients": [client] })).await;
    ask("grant_type", Some(json!("pis-auth"))).await.is(201);
}

#[rstest]
#[tokio::test]
async fn without_a_secret_where_the_setting_says_so(
    #[values(Sqlite, Postgres)] database: Database,
) {
    // Authority §7
    let app = TestApp::with(database, &["--login-without-secret", "true"]).await;
    let world = app.world().await;
    let mut body = login(&world.signed_nonce().await);
    body["token"]
        .as_object_mut()
        .unwrap()
        .shift_remove("client_secret");
    gives_token(&app, &app.api().post("/auth/login", &body).await);
    related(&world, "VERIFIED", None).await;
    let mut body = confidant_login(&world.sign(&search_now(&world).await));
    body.as_object_mut().unwrap().shift_remove("client_secret");
    let api = app.api().bearer(&world.token);
    api.post("/api/pis/confidant/login", &body).await.is(201);
}

#[rstest]
#[tokio::test]
async fn row_3_signed_content(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    for (member, value, entry, rule, text) in [
        (
            "signed_content",
            None,
            "$.token.signed_content",
            "required",
            "can't be blank",
        ),
        (
            "signed_content_encoding",
            None,
            "$.token.signed_content_encoding",
            "required",
            "can't be blank",
        ),
        (
            "signed_content_encoding",
            Some("utf8"),
            "$.token.signed_content_encoding",
            "cast",
            "is invalid",
        ),
        (
            "signed_content",
            Some("@"),
            "$.signed_content",
            "invalid",
            INVALID,
        ),
    ] {
        let mut body = login("QUJD");
        let token = body["token"].as_object_mut().unwrap();
        match value {
            Some(value) => token.insert(member.to_owned(), json!(value)),
            None => token.shift_remove(member),
        };
        app.api()
            .post("/auth/login", &body)
            .await
            .refuses_field(entry, rule, text);
    }
    log_in(&world, "QUJD")
        .await
        .refuses(401, "access_denied", INVALID);
    let nonce = world.nonce().await;
    let content = json!({ "jwt": nonce });
    for stranger in [
        Authority::new("Інший").person(Some("3112201416")),
        authority().person(None),
    ] {
        log_in(&world, &stranger.sign(&content, app.now()))
            .await
            .refuses(401, "access_denied", "Unable to authenticate signer");
    }
    // What was signed for another purpose signs nobody in.
    let registration = Own::content(&nonce);
    for other in [registration, json!({ "jwt": nonce, "more": 1 }), json!([])] {
        log_in(&world, &world.sign(&other)).await.refuses_field(
            "$.signed_content",
            "invalid",
            INVALID,
        );
    }
    let trusted = world.trusted_nonce().await;
    // Authority §7: a nonce is of the client that asked for it.
    let of_another = nonce_of_another(&world).await;
    for wrong in [
        json!({}),
        json!({ "jwt": 5 }),
        json!({ "jwt": "x" }),
        json!({ "jwt": trusted }),
        json!({ "jwt": of_another }),
    ] {
        log_in(&world, &world.sign(&wrong))
            .await
            .refuses(401, "access_denied", "JWT is invalid.");
    }
    let signed = world.sign(&content);
    app.clock.advance(TimeDelta::minutes(15));
    log_in(&world, &signed)
        .await
        .refuses(401, "access_denied", "JWT is invalid.");
}

/// Changes the registry, then logs somebody in who signs with the number of [`Own`].
async fn log_in_after(world: &World<'_>, file: &Value) -> Answer {
    world.import(file).await;
    let content = json!({ "jwt": world.nonce().await });
    log_in(world, &Own::signer().sign(&content, world.app.now())).await
}

#[rstest]
#[case(json!({}), "Person not found.")]
#[case(json!({ "persons": [{ "status": "inactive" }] }), "Person not found.")]
#[case(json!({ "persons": [{}, {}] }), "It is impossible to uniquely identify the person.")]
#[case(json!({ "persons": [{ "birth_date": "2012-06-16" }] }), "Incorrect person age for such an action.")]
#[case(json!({ "persons": [{}], "users": [{ "is_blocked": true }] }), "User is blocked.")]
#[case(json!({ "persons": [{}], "users": [{ "is_blocked": true, "tax_id": "3000000001" }] }), "User is blocked.")]
#[case(json!({ "persons": [{ "is_active": false }], "users": [{}] }), "Person not found.")]
#[case(json!({ "persons": [{ "birth_date": "2012-06-16" }], "users": [{}] }), "Incorrect person age for such an action.")]
#[case(json!({ "persons": [{}], "users": [{ "person_id": null }] }), "Person not found.")]
#[tokio::test]
async fn row_5_who_is_refused(
    #[values(Sqlite, Postgres)] database: Database,
    #[case] file: Value,
    #[case] message: &str,
) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    log_in_after(&world, &filled(file))
        .await
        .refuses(401, "access_denied", message);
    assert_eq!(app.count("used_jwts", "1 = 1").await, 0);
}

/// Persons and users like [`Own`], changed as the lists say.
fn filled(mut file: Value) -> Value {
    let whole = |name: &str, at: usize| match name {
        "persons" => Own::person(id(1 + at as u128)),
        _ => json!({ "id": id(50 + at as u128), "tax_id": Own::tax_id(), "person_id": id(1) }),
    };
    for name in ["persons", "users"] {
        let Some(list) = file.get_mut(name).and_then(Value::as_array_mut) else {
            continue;
        };
        for (at, changes) in list.iter_mut().enumerate() {
            let mut one = whole(name, at);
            for (member, value) in changes.as_object().unwrap() {
                one[member] = value.clone();
            }
            *changes = one;
        }
    }
    file
}

#[rstest]
#[tokio::test]
async fn row_5_a_patient_without_a_user_gets_one(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let answer = log_in_after(&world, &filled(json!({ "persons": [{}] }))).await;
    let data = gives_token(&app, &answer);
    assert_eq!(data["user"]["person_id"], json!(id(1)));
    let made = format!("tax_id = '{}' AND tax_id_is_trusted = true", Own::tax_id());
    assert_eq!(app.count("users", &made).await, 1);
    // The next time it is there.
    let again = gives_token(&app, &log_in_after(&world, &json!({})).await);
    assert_eq!(again["user_id"], data["user_id"]);
}

#[rstest]
#[tokio::test]
async fn row_5_a_user_without_the_number_gets_it(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let file = filled(json!({ "persons": [{}], "users": [{ "tax_id": null }] }));
    let data = gives_token(&app, &log_in_after(&world, &file).await);
    assert_eq!(data["user_id"], json!(id(50)));
    let made = format!("tax_id = '{}' AND tax_id_is_trusted = true", Own::tax_id());
    assert_eq!(app.count("users", &made).await, 1);
}

#[rstest]
#[tokio::test]
async fn row_5_a_number_that_somebody_typed(#[values(Sqlite, Postgres)] database: Database) {
    // §14.8; authority §1, §11.1: it opens the child's record to nobody, and keeps nobody from their own
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let mut child = Child::content();
    child["person"]["tax_id"] = json!(Own::tax_id());
    world.validate_and_register(&child).await.is(201);
    assert_eq!(app.count("users", "tax_id IS NULL").await, 1);
    log_in_after(&world, &json!({}))
        .await
        .refuses(401, "access_denied", "Person not found.");
    let file = filled(json!({ "persons": [{}] }));
    let data = gives_token(&app, &log_in_after(&world, &file).await);
    assert_eq!(data["user"]["person_id"], json!(id(1)));
}

#[rstest]
#[tokio::test]
async fn many_at_once_make_one_user(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    world.import(&filled(json!({ "persons": [{}] }))).await;
    let mut requests = Vec::new();
    for _ in 0..4 {
        let content = json!({ "jwt": world.nonce().await });
        let signed = Own::signer().sign(&content, app.now());
        for _ in 0..2 {
            requests.push(app.api().post_later("/auth/login", &login(&signed)));
        }
    }
    let answers = app.at_once(requests).await;
    let mut statuses: Vec<_> = answers
        .iter()
        .map(|answer| answer.status.as_u16())
        .collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 201, 201, 201, 401, 401, 401, 401]);
    assert_eq!(app.count("users", "1 = 1").await, 2);
}

#[rstest]
#[tokio::test]
async fn the_page_by_link_and_by_form(#[values(Sqlite, Postgres)] database: Database) {
    // §1.3
    let app = TestApp::new(database).await;
    let world = app.world().await;
    for is_by_form in [false, true] {
        let browser = app.browser();
        let signed = world.signed_nonce().await;
        let entered = if is_by_form {
            let parameters = world.parameters_of(&signed);
            browser.post_from_elsewhere("/sign-in", &parameters).await
        } else {
            browser.get(&world.entry_at("/sign-in", &signed)).await
        };
        let accept = browser.follow(&entered).await;
        accept.page(200);
        assert!(accept.path.starts_with("/accept/"));
        assert_eq!(browser.cookie_names(), ["__Host-dovira"]);
        let said = accept.words();
        assert!(
            said.contains("Ви увійшли як Зразковий Демʼян Миколайович"),
            "{said}"
        );
        assert!(said.contains("Доступ стосується ваших даних."));
        app.browser().get(&accept.path).await.page(400);
        let accepted = browser.decide(&accept, "confirm").await;
        assert_eq!(accepted.parameter("state").as_deref(), Some("стан & co"));
        let granted = world.exchange(&accepted.parameter("code").unwrap()).await;
        let data = granted.is(201).json()["data"].clone();
        assert_eq!(data["user"]["person_id"], json!(CONFIDANT));
        assert!(data["details"].get("applicant_user_id").is_none());
        world.person(data["value"].as_str().unwrap()).await.is(200);
        // The same link again: the nonce was used.
        let again = app
            .browser()
            .get(&world.entry_at("/sign-in", &signed))
            .await;
        assert_eq!(
            again.leads(302),
            world.back("invalid_request", "JWT is invalid.")
        );
    }
    assert_eq!(app.count("approvals", "1 = 1").await, 1);
}

#[rstest]
#[tokio::test]
async fn the_page_declined_and_expired(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let browser = app.browser();
    let signed = world.signed_nonce().await;
    let accept = world.enter_at(&browser, "/sign-in", &signed).await;
    let declined = browser.decide(&accept, "decline").await;
    assert_eq!(
        declined.see_other(),
        world.back("access_denied", "The user did not grant access.")
    );
    let signed = world.signed_nonce().await;
    let accept = world.enter_at(&browser, "/sign-in", &signed).await;
    app.clock.advance(TimeDelta::minutes(60));
    let expired = browser.get(&accept.path).await;
    expired.page(410);
    assert_eq!(expired.heading(), "Час на підтвердження минув");
    let said = expired.words().replace('\u{a0}', " ");
    assert!(
        said.contains("сторінка діяла 60 хвилин. Увійдіть через застосунок Мій лікар знову."),
        "{said}"
    );
}

#[rstest]
#[tokio::test]
async fn errors_of_the_page_go_to_the_client(
    #[values(Sqlite, Postgres)] database: Database,
    #[values("false", "true")] redirect_errors: &str,
) {
    // §1.6, §2.6: whatever the setting
    let app = TestApp::with(database, &["--redirect-errors", redirect_errors]).await;
    let world = app.world().await;
    let stranger = Own::signer().sign(&json!({ "jwt": world.nonce().await }), app.now());
    for (user_data, error, description) in [
        ("@", "invalid_request", INVALID),
        ("QUJD", "invalid_request", INVALID),
        (
            &*world.sign(&json!({ "jwt": "x" })),
            "invalid_request",
            "JWT is invalid.",
        ),
        (&*stranger, "access_denied", "Person not found."),
    ] {
        let answer = app
            .browser()
            .get(&world.entry_at("/sign-in", user_data))
            .await;
        assert_eq!(answer.leads(302), world.back(error, description));
        assert!(answer.cookies().is_empty());
    }
    for (name, value, error, description) in [
        ("scope", None, "invalid_scope", "scope missing"),
        (
            "scope",
            Some("person:write"),
            "invalid_scope",
            "Scope is not allowed by client type.",
        ),
        ("user_data", None, "invalid_request", "user_data missing"),
    ] {
        for entry in ["/sign-in", "/confidant/sign-in"] {
            let mut parameters = world.parameters_of("x");
            parameters.retain(|(known, _)| *known != name);
            parameters.extend(value.map(|value| (name, value)));
            let query = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(&parameters)
                .finish();
            let answer = app.browser().get(&format!("{entry}?{query}")).await;
            assert_eq!(answer.leads(302), world.back(error, description));
            let answer = app.browser().post_from_elsewhere(entry, &parameters).await;
            assert_eq!(answer.leads(302), world.back(error, description));
        }
    }
    let mut client = provisioning()["clients"][0].clone();
    client["allowed_grant_types"] = json!(["authorization_code"]);
    world.import(&json!({ "clients": [client] })).await;
    let signed = world.signed_nonce().await;
    let answer = app
        .browser()
        .get(&world.entry_at("/sign-in", &signed))
        .await;
    assert_eq!(
        answer.leads(302),
        world.back(
            "unauthorized_client",
            "Client is not allowed to issue login token."
        )
    );
    client["is_blocked"] = json!(true);
    world.import(&json!({ "clients": [client] })).await;
    let answer = app
        .browser()
        .get(&world.entry_at("/sign-in", &signed))
        .await;
    answer.page(403);
}

// --- a confidant

/// Whom a confidant names to act for the sample child.
fn search() -> Value {
    json!({ "last_name": "Зразкова", "given_name": "Мар'яна", "tax_id": "4569100028" })
}

/// The same as it is signed: with a nonce of the client (authority §7).
async fn search_now(world: &World<'_>) -> Value {
    let mut content = search();
    content["jwt"] = json!(world.nonce().await);
    content
}

/// The sample child, registered and related as `status` says.
async fn related(world: &World<'_>, status: &str, reason: Option<&str>) -> Uuid {
    let child = world.import_child(&Child::content()).await;
    world.relate(child, CONFIDANT, status, reason).await;
    child
}

fn confidant_login(signed_content: &str) -> Value {
    json!({
        "client_id": CLIENT, "client_secret": SECRET, "grant_type": "pis-auth", "scope": "app:authorize",
        "signed_content": signed_content, "signed_content_encoding": "base64",
    })
}

async fn log_in_confidant(world: &World<'_>, signed_content: &str) -> Answer {
    let api = world.app.api().bearer(&world.token);
    api.post("/api/pis/confidant/login", &confidant_login(signed_content))
        .await
}

#[rstest]
#[case("VERIFIED", None)]
#[case("VERIFICATION_NEEDED", Some("MANUAL_CREATED_BY_DOCTOR"))]
#[tokio::test]
async fn a_confidant_logs_in(
    #[values(Sqlite, Postgres)] database: Database,
    #[case] status: &str,
    #[case] reason: Option<&str>,
) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let child = related(&world, status, reason).await;
    let signed = world.sign(&search_now(&world).await);
    let mut expected = token(&app);
    expected["details"]["applicant_user_id"] = json!(CONFIDANT_USER);
    expected["details"]["applicant_person_id"] = json!(CONFIDANT);
    let data = log_in_confidant(&world, &signed).await.gives(
        201,
        json!({
            "user": { "id": "[uuid]", "tax_id": "4569100028" },
            "access_token": "[token]", "token": expected,
        }),
    );
    assert_eq!(data["token"]["user"]["person_id"], json!(child));
    assert_eq!(data["access_token"], data["token"]["value"]);
    log_in_confidant(&world, &signed).await.refuses(
        409,
        "request_conflict",
        "Signed content has already been used",
    );
    // The nonce ends before the signature grows old.
    app.clock.advance(TimeDelta::minutes(15));
    log_in_confidant(&world, &signed)
        .await
        .refuses(401, "access_denied", "JWT is invalid.");
    app.clock
        .advance(TimeDelta::minutes(15) + TimeDelta::microseconds(1_000_000));
    log_in_confidant(&world, &signed).await.refuses(
        401,
        "access_denied",
        "Digital signature timestamp is expired",
    );
}

#[rstest]
#[tokio::test]
async fn a_confidant_without_a_nonce(#[values(Sqlite, Postgres)] database: Database) {
    // Authority §7: the published form, where the setting allows it, with single use and freshness
    let settings = ["--confidant-sign-in-nonce", "optional"];
    let app = TestApp::with(database, &settings).await;
    let world = app.world().await;
    related(&world, "VERIFIED", None).await;
    let signed = world.sign(&search());
    log_in_confidant(&world, &signed).await.is(201);
    log_in_confidant(&world, &signed).await.refuses(
        409,
        "request_conflict",
        "Signed content has already been used",
    );
    app.clock.advance(TimeDelta::minutes(30));
    log_in_confidant(&world, &signed).await.refuses(
        409,
        "request_conflict",
        "Signed content has already been used",
    );
    app.clock.advance(TimeDelta::microseconds(1_000_000));
    log_in_confidant(&world, &signed).await.refuses(
        401,
        "access_denied",
        "Digital signature timestamp is expired",
    );
}

#[rstest]
#[tokio::test]
async fn what_a_confidant_signs(#[values(Sqlite, Postgres)] database: Database) {
    // §4.2, §5.6
    let app = TestApp::new(database).await;
    let world = app.world().await;
    related(&world, "VERIFIED", None).await;
    log_in_confidant(&world, "QUJD")
        .await
        .refuses(400, "request_malformed", INVALID);
    let stranger = authority()
        .person(Some("3112201417"))
        .sign(&search(), app.now());
    log_in_confidant(&world, &stranger).await.refuses(
        401,
        "access_denied",
        "Unable to authenticate signer",
    );
    let mut content = search_now(&world).await;
    for (member, entry, name) in [
        ("last_name", "$.last_name", "last_name"),
        ("given_name", "$.given_name", "given_name"),
        ("tax_id", "$.tax_id", "tax_id"),
    ] {
        let mut content = content.clone();
        content.as_object_mut().unwrap().shift_remove(member);
        log_in_confidant(&world, &world.sign(&content))
            .await
            .refuses_with(
                422,
                "validation_failed",
                STANDARD,
                Some(json!([required(entry, name)])),
            );
    }
    content["more"] = json!(1);
    let rule = json!({ "rule": "schema", "params": { "properties": ["more"] }, "description": "schema does not allow additional properties", "raw_description": "schema does not allow additional properties" });
    let answer = log_in_confidant(&world, &world.sign(&content)).await;
    let error = answer.is(422).json()["error"]["invalid"].clone();
    assert_eq!(error[0]["entry"], "$.more");
    assert_eq!(
        error[0]["rules"][0]["rule"],
        field("", &rule)["rules"][0]["rule"]
    );
    content.as_object_mut().unwrap().shift_remove("more");
    // Authority §7: with a nonce of this client, and no other.
    let of_another = json!(nonce_of_another(&world).await);
    for nonce in [None, Some(json!("nonsense")), Some(of_another)] {
        let mut content = search();
        if let Some(nonce) = nonce {
            content["jwt"] = nonce;
        }
        log_in_confidant(&world, &world.sign(&content))
            .await
            .refuses(401, "access_denied", "JWT is invalid.");
    }
    // It is good once.
    log_in_confidant(&world, &world.sign(&content))
        .await
        .is(201);
    log_in_confidant(&world, &world.sign(&content))
        .await
        .refuses(401, "access_denied", "JWT is invalid.");
}

#[rstest]
#[case(json!({ "given_name": "МАРʼЯНА Демʼянівна" }), None)]
#[case(json!({ "tax_id": null, "document": { "type": "BIRTH_CERTIFICATE", "number": "І-БК№540021" } }), None)]
#[case(json!({ "document": { "type": "BIRTH_CERTIFICATE", "number": "І-БК№540021" } }), None)]
#[case(json!({ "document": { "type": "BIRTH_CERTIFICATE", "number": "І-БК№540022" } }), Some("Person not found."))]
#[case(json!({ "last_name": "Інша" }), Some("Person not found."))]
#[case(json!({ "given_name": "Інша" }), Some("Person not found."))]
#[case(json!({ "tax_id": "4569100029" }), Some("Person not found."))]
#[tokio::test]
async fn how_the_patient_is_found(
    #[values(Sqlite, Postgres)] database: Database,
    #[case] changes: Value,
    #[case] refused: Option<&str>,
) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    related(&world, "VERIFIED", None).await;
    let mut content = search_now(&world).await;
    for (name, value) in changes.as_object().unwrap() {
        content[name] = value.clone();
        if value.is_null() {
            content.as_object_mut().unwrap().shift_remove(name);
        }
    }
    let answer = log_in_confidant(&world, &world.sign(&content)).await;
    match refused {
        None => {
            answer.is(201);
        }
        Some(message) => answer.refuses(401, "access_denied", message),
    }
}

#[rstest]
#[case(Some("VERIFICATION_NEEDED"))]
#[case(Some("NOT_VERIFIED"))]
#[case(None)]
#[tokio::test]
async fn only_an_approved_relationship_lets_in(
    #[values(Sqlite, Postgres)] database: Database,
    #[case] status: Option<&str>,
) {
    // §11.5
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let child = world.import_child(&Child::content()).await;
    if let Some(status) = status {
        world
            .relate(child, CONFIDANT, status, Some("ONLINE_TRIGGERED"))
            .await;
    }
    let signed = world.sign(&search_now(&world).await);
    log_in_confidant(&world, &signed).await.refuses(
        409,
        "request_conflict",
        "Relationship not confirmed",
    );
    let answer = app
        .browser()
        .get(&world.entry_at("/confidant/sign-in", &signed))
        .await;
    assert_eq!(
        answer.leads(302),
        world.back("access_denied", "Relationship not confirmed")
    );
    // Nothing was used up.
    assert_eq!(app.count("used_jwts", "1 = 1").await, 0);
}

#[rstest]
#[tokio::test]
async fn who_calls_for_a_confidant(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    related(&world, "VERIFIED", None).await;
    let body = confidant_login(&world.sign(&search_now(&world).await));
    let path = "/api/pis/confidant/login";
    app.api()
        .post(path, &body)
        .await
        .refuses(401, "access_denied", "Invalid access token");
    let api = app.api().bearer(&world.token);
    let with = |name: &str, value: Value| {
        let mut body = body.clone();
        body[name] = value;
        body
    };
    api.post(path, &with("client_id", json!("")))
        .await
        .refuses_field("$.client_id", "required", "can't be blank");
    // Authority §7: the client proves itself, and the token is one of its own.
    for secret in [json!(null), json!(""), json!("another")] {
        api.post(path, &with("client_secret", secret))
            .await
            .refuses(401, "access_denied", "Invalid client id or secret.");
    }
    api.post(path, &with("client_id", json!(OTHER_CLIENT)))
        .await
        .refuses(401, "access_denied", "Invalid access token");
    api.post(path, &with("grant_type", json!("password")))
        .await
        .refuses(401, "access_denied", "Grant type not allowed.");
    api.post(path, &with("signed_content_encoding", json!("utf8")))
        .await
        .refuses_field("$.signed_content_encoding", "cast", "is invalid");
    api.post(path, &with("scope", json!("person:read")))
        .await
        .refuses(
            422,
            "request_malformed",
            "Scope is not allowed by client type.",
        );
    let user = json!({ "id": CONFIDANT_USER, "person_id": CONFIDANT, "is_blocked": true });
    world.import(&json!({ "users": [user] })).await;
    api.post(path, &body)
        .await
        .refuses(401, "access_denied", "Applicant user is blocked.");
}

#[rstest]
#[tokio::test]
async fn the_confidants_page(#[values(Sqlite, Postgres)] database: Database) {
    // §1.4, §14.1: found by the signature; the grant names both
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let child = related(&world, "VERIFIED", None).await;
    let browser = app.browser();
    let signed = world.sign(&search_now(&world).await);
    let accept = world
        .enter_at(&browser, "/confidant/sign-in", &signed)
        .await;
    let said = accept.words();
    assert!(
        said.contains("Ви увійшли як Зразковий Демʼян Миколайович"),
        "{said}"
    );
    assert!(
        said.contains("Пацієнт: Зразкова Марʼяна Демʼянівна"),
        "{said}"
    );
    let accepted = browser.decide(&accept, "confirm").await;
    let granted = world.exchange(&accepted.parameter("code").unwrap()).await;
    let data = granted.is(201).json()["data"].clone();
    assert_eq!(data["user"]["person_id"], json!(child));
    assert_eq!(data["details"]["applicant_user_id"], json!(CONFIDANT_USER));
    assert_eq!(data["details"]["applicant_person_id"], json!(CONFIDANT));
    let refresh = data["details"]["refresh_token"].as_str().unwrap();
    world.refresh(refresh).await.is(201);
    let again = app
        .browser()
        .get(&world.entry_at("/confidant/sign-in", &signed))
        .await;
    assert_eq!(
        again.leads(302),
        world.back("access_denied", "Signed content has already been used")
    );
    let stranger = Own::signer().sign(&search(), app.now());
    let answer = app
        .browser()
        .get(&world.entry_at("/confidant/sign-in", &stranger))
        .await;
    assert_eq!(
        answer.leads(302),
        world.back("access_denied", "Applicant user not found.")
    );
    let old = world
        .signer
        .sign(&search(), app.now() - TimeDelta::minutes(31));
    let answer = app
        .browser()
        .get(&world.entry_at("/confidant/sign-in", &old))
        .await;
    assert_eq!(
        answer.leads(302),
        world.back("invalid_request", "Digital signature timestamp is expired")
    );
    // A code goes to the client that asked, and to no other.
    let body = json!({ "token": { "grant_type": "authorization_code", "client_id": OTHER_CLIENT, "client_secret": SECRET, "code": "x", "redirect_uri": "https://other.example/back", "scope": "person:read" } });
    app.api().post("/oauth/tokens", &body).await.is(401);
}

#[rstest]
#[tokio::test]
async fn a_sign_in_and_a_registration_at_once_make_one_user(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let app = TestApp::with(database, &["--pis-validate-all-phones", "false"]).await;
    let world = app.world().await;
    let mut file = filled(json!({ "persons": [{}] }));
    file["verified_phones"] = json!([Own::PHONE]);
    world.import(&file).await;
    let mut requests = Vec::new();
    for _ in 0..3 {
        let begun = world.begin_own(world.signed_own().await).await;
        requests.push(world.register_own_later(&begun, &json!(null)));
        let content = json!({ "jwt": world.nonce().await });
        let signed = Own::signer().sign(&content, app.now());
        requests.push(app.api().post_later("/auth/login", &login(&signed)));
    }
    for answer in app.at_once(requests).await {
        answer.is(201);
    }
    assert_eq!(app.count("users", "1 = 1").await, 2);
    assert_eq!(app.count("persons", "1 = 1").await, 2);
}
