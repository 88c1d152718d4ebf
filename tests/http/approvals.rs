//! What was allowed to whom, and how it is taken back: `/api/pis/apps` and the pages before the consent (§6.7, ux 4.7).

use axum::{body::Body, http::Method};
use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{
    API_KEY, Answer, CLIENT, CONFIDANT, CONFIDANT_USER, Child,
    Database::{self, Postgres, Sqlite},
    OTHER_CLIENT, TRUSTED_CLIENT, TestApp, World, assert_json,
};

const APPS: &str = "/api/pis/apps";
const STANDARD: &str = "Validation failed. You can find validators description at our API Manifest: http://docs.apimanifest.apiary.io/#introduction/interacting-with-api/errors.";

/// An access token of the confidant, who is a patient too.
async fn token(world: &World<'_>) -> String {
    world
        .issue(
            CONFIDANT_USER,
            "app:read_pis app:delete_pis",
            TimeDelta::hours(1),
        )
        .await
}

async fn get(world: &World<'_>, path: &str) -> Answer {
    let api = world.app.api().key(API_KEY).bearer(&token(world).await);
    let mut answer = api.get(path).await;
    answer.path = path.split('?').next().unwrap().to_owned();
    answer
}

async fn delete(world: &World<'_>, id: &str) -> Answer {
    let api = world.app.api().key(API_KEY).bearer(&token(world).await);
    let path = format!("{APPS}/{id}");
    api.send(Method::DELETE, &path, None, Body::empty()).await
}

/// The confidant signs in for themselves and grants the client `person:read`; what the client gets.
async fn granted(world: &World<'_>) -> Value {
    let browser = world.app.browser();
    let signed = world.signed_nonce().await;
    let accept = world.enter_at(&browser, "/sign-in", &signed).await;
    let accepted = browser.decide(&accept, "confirm").await;
    let code = accepted.parameter("code").unwrap();
    world.exchange(&code).await.is(201).json()["data"].clone()
}

/// An approval behind the program's back.
async fn approve(world: &World<'_>, user: Uuid, client: Uuid, actor: Uuid, scope: &str) -> Uuid {
    use dovira::random::Draw;
    let id = world.app.app.random.uuid();
    let subject = dovira::oauth::token::Subject {
        user_id: user,
        applicant: (user != actor).then_some(dovira::oauth::token::Applicant {
            user_id: actor,
            person_id: CONFIDANT,
        }),
    };
    let scope = dovira::oauth::scope::Scopes::parse(scope).unwrap();
    let mut held = world.app.app.db.write().await.unwrap();
    dovira::oauth::store::save_approval(held.link(), id, subject, client, &scope, world.app.now())
        .await
        .unwrap()
}

fn paging(number: u64, size: u64, entries: u64, pages: u64) -> Value {
    json!({ "page_number": number, "page_size": size, "total_entries": entries, "total_pages": pages })
}

#[rstest]
#[tokio::test]
async fn list_and_one(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let nothing = get(&world, APPS).await;
    let body = nothing.is(200).json();
    assert_eq!(body["data"], json!([]));
    assert_eq!(body["paging"], paging(1, 50, 0, 1));
    let at = "2026-06-15T10:05:00.000000Z";
    let data = granted(&world).await;
    let item = json!({
        "id": data["details"]["app_id"], "user_id": CONFIDANT_USER, "applicant_user_id": null,
        "client_name": "Мій лікар", "client_id": CLIENT, "scope": "person:read",
        "created_at": at, "updated_at": at,
    });
    let answer = get(&world, APPS).await;
    assert_json(
        &answer.is(200).json(),
        &json!({
            "meta": { "code": 200, "url": format!("{}{APPS}", crate::support::PUBLIC_URL), "type": "list", "request_id": "[uuid]" },
            "data": [item], "paging": paging(1, 50, 1, 1),
        }),
    );
    let id = data["details"]["app_id"].as_str().unwrap();
    let path = format!("{APPS}/{id}");
    get(&world, &path).await.gives(200, item);
    // More scopes later.
    app.clock.advance(TimeDelta::minutes(1));
    approve(
        &world,
        CONFIDANT_USER,
        CLIENT,
        CONFIDANT_USER,
        "person:read app:read_pis",
    )
    .await;
    let changed = get(&world, &path).await.json()["data"].clone();
    assert_eq!(changed["scope"], "person:read app:read_pis");
    assert_eq!(changed["created_at"], at);
    assert_eq!(changed["updated_at"], "2026-06-15T10:06:00.000000Z");
}

#[rstest]
#[tokio::test]
async fn filters_and_pages(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    for client in [CLIENT, OTHER_CLIENT, TRUSTED_CLIENT] {
        approve(
            &world,
            CONFIDANT_USER,
            client,
            CONFIDANT_USER,
            "person:read",
        )
        .await;
        app.clock.advance(TimeDelta::seconds(1));
    }
    let names = async |query: &str| {
        let body = get(&world, &format!("{APPS}?{query}")).await.is(200).json();
        let names: Vec<_> = body["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["client_id"].clone())
            .collect();
        (json!(names), body["paging"].clone())
    };
    let all = json!([CLIENT, OTHER_CLIENT, TRUSTED_CLIENT]);
    assert_eq!(names("").await, (all.clone(), paging(1, 50, 3, 1)));
    assert_eq!(
        names("page_size=100&user_id=x").await,
        (all, paging(1, 100, 3, 1))
    );
    assert_eq!(
        names("page_size=2").await,
        (json!([CLIENT, OTHER_CLIENT]), paging(1, 2, 3, 2))
    );
    assert_eq!(
        names("page_size=2&page_number=2").await,
        (json!([TRUSTED_CLIENT]), paging(2, 2, 3, 2))
    );
    assert_eq!(
        names("page_number=9").await,
        (json!([]), paging(9, 50, 3, 1))
    );
    let by_id = format!("client_ids={OTHER_CLIENT},{TRUSTED_CLIENT},nonsense");
    assert_eq!(
        names(&by_id).await,
        (json!([OTHER_CLIENT, TRUSTED_CLIENT]), paging(1, 50, 2, 1))
    );
    let by_name = "client_names=%D0%9C%D1%96%D0%B9%20%D0%BB%D1%96%D0%BA%D0%B0%D1%80,x";
    assert_eq!(names(by_name).await, (json!([CLIENT]), paging(1, 50, 1, 1)));
    let both = format!("{by_name}&client_ids={OTHER_CLIENT}");
    assert_eq!(names(&both).await, (json!([]), paging(1, 50, 0, 1)));
    for (query, entry, rule) in [
        (
            "page_size=0",
            "page_size",
            json!({ "rule": "number", "params": { "greater_than_or_equal_to": 1 }, "description": "expected the value to be >= 1", "raw_description": "expected the value to be >= %{greater_than_or_equal_to}" }),
        ),
        (
            "page_size=101",
            "page_size",
            json!({ "rule": "number", "params": { "less_than_or_equal_to": 100 }, "description": "expected the value to be <= 100", "raw_description": "expected the value to be <= %{less_than_or_equal_to}" }),
        ),
        (
            "page_number=x",
            "page_number",
            json!({ "rule": "cast", "params": { "expected": "integer", "actual": "string" }, "description": "type mismatch. Expected integer but got string", "raw_description": "type mismatch. Expected %{expected} but got %{actual}" }),
        ),
    ] {
        let item = json!({ "entry": entry, "entry_type": "query_parameter", "rules": [rule] });
        get(&world, &format!("{APPS}?{query}")).await.refuses_with(
            422,
            "validation_failed",
            STANDARD,
            Some(json!([item])),
        );
    }
}

#[rstest]
#[tokio::test]
async fn who_may_see_and_revoke(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let id = approve(
        &world,
        CONFIDANT_USER,
        CLIENT,
        CONFIDANT_USER,
        "person:read",
    )
    .await;
    let path = format!("{APPS}/{id}");
    let missing = |scope: &str| {
        format!("Your scope does not allow to access this resource. Missing allowances: {scope}")
    };
    let token = token(&world).await;
    let weak = world
        .issue(CONFIDANT_USER, "person:read", TimeDelta::hours(1))
        .await;
    for (method, path, scope) in [
        (Method::GET, APPS, "app:read_pis"),
        (Method::GET, &*path, "app:read_pis"),
        (Method::DELETE, &*path, "app:delete_pis"),
    ] {
        let ask = async |api: crate::support::Api<'_>| {
            api.send(method.clone(), path, None, Body::empty()).await
        };
        ask(app.api().bearer(&token)).await.refuses(
            401,
            "access_denied",
            "API-KEY header required",
        );
        ask(app.api().key("x").bearer(&token)).await.refuses(
            401,
            "access_denied",
            "Invalid API-KEY",
        );
        ask(app.api().key(API_KEY))
            .await
            .refuses(401, "access_denied", "Invalid access token");
        ask(app.api().key(API_KEY).bearer(&weak))
            .await
            .refuses(403, "forbidden", &missing(scope));
    }
    for unknown in ["nonsense", "c11e0000-0000-4000-8000-0000000000ff"] {
        get(&world, &format!("{APPS}/{unknown}")).await.refuses(
            404,
            "not_found",
            "Approval not found",
        );
        delete(&world, unknown)
            .await
            .refuses(404, "not_found", "Approval not found");
    }
    // Somebody else's.
    world.validate_and_register(&Child::content()).await.is(201);
    let child: Uuid = { app.user_of_person("tax_id = '4569100028'").await };
    let other = approve(&world, child, CLIENT, CONFIDANT_USER, "person:read").await;
    get(&world, &format!("{APPS}/{other}"))
        .await
        .refuses(404, "not_found", "Approval not found");
    delete(&world, &other.to_string())
        .await
        .refuses(404, "not_found", "Approval not found");
    for (change, message) in [
        (json!({ "is_active": false }), "Unauthorized"),
        (
            json!({ "is_active": true, "is_blocked": true }),
            "User is blocked.",
        ),
    ] {
        let mut user =
            json!({ "id": CONFIDANT_USER, "tax_id": "3112201416", "person_id": CONFIDANT });
        for (name, value) in change.as_object().unwrap() {
            user[name] = value.clone();
        }
        world.import(&json!({ "users": [user] })).await;
        get(&world, APPS)
            .await
            .refuses(401, "access_denied", message);
    }
    assert_eq!(app.count("approvals", "1 = 1").await, 2);
}

#[rstest]
#[tokio::test]
async fn revoked_by_a_program(#[values(Sqlite, Postgres)] database: Database) {
    // §6.7: refresh stops at once
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let data = granted(&world).await;
    let refresh = data["details"]["refresh_token"].as_str().unwrap();
    let access = data["value"].as_str().unwrap();
    world.person(access).await.is(200);
    let id = data["details"]["app_id"].as_str().unwrap();
    let gone = delete(&world, id).await;
    gone.is(204);
    assert!(gone.body.is_empty());
    delete(&world, id)
        .await
        .refuses(404, "not_found", "Approval not found");
    world.refresh(refresh).await.refuses(
        401,
        "access_denied",
        "Resource owner revoked access for the client.",
    );
    world
        .person(access)
        .await
        .refuses(401, "access_denied", "Invalid access token");
    assert_eq!(app.count("approvals", "1 = 1").await, 0);
    // It can be given again; what was revoked stays so.
    granted(&world).await;
    world.refresh(refresh).await.is(401);
}

#[rstest]
#[tokio::test]
async fn revoked_on_the_page(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let data = granted(&world).await;
    let refresh = data["details"]["refresh_token"].as_str().unwrap();
    app.clock.advance(TimeDelta::days(1));
    let browser = app.browser();
    let signed = world.signed_nonce().await;
    let accept = world.enter_at(&browser, "/sign-in", &signed).await;
    let apps = format!("{}/apps", accept.path);
    assert!(accept.text().contains(&format!("href=\"{apps}\"")));
    let list = browser.get(&apps).await;
    list.page(200);
    assert_eq!(list.heading(), "Застосунки з доступом до ваших даних");
    let said = list.words();
    for part in [
        "Мій лікар",
        "переглядати персональні дані",
        "Доступ надано 15.06.2026",
        "Діє до 22.06.2026",
        "Останній вхід 15.06.2026",
    ] {
        assert!(said.contains(part), "{part} is not on {said}");
    }
    assert!(list.text().contains(&format!("href=\"{}\"", accept.path)));
    let id = data["details"]["app_id"].as_str().unwrap();
    let revoke = format!("{apps}/{id}/revoke");
    assert!(list.text().contains(&format!("href=\"{revoke}\"")));
    let ask = browser.get(&revoke).await;
    ask.page(200);
    assert_eq!(ask.heading(), "Скасувати доступ для Мій лікар ?");
    assert!(
        !ask.text()
            .split("</title>")
            .next()
            .unwrap()
            .contains("Мій лікар")
    );
    // No.
    let kept = browser.decide(&ask, "decline").await;
    assert_eq!(kept.see_other(), apps);
    world.refresh(refresh).await.is(201);
    // Yes, and once more.
    for _ in 0..2 {
        let revoked = browser.decide(&ask, "confirm").await;
        assert_eq!(revoked.see_other(), apps);
    }
    let list = browser.get(&apps).await;
    list.page(200);
    assert!(list.text().contains("role=\"status\""));
    let said = list.words();
    assert!(said.contains("Доступ скасовано: Мій лікар"), "{said}");
    assert!(said.contains("Жоден застосунок не має доступу."), "{said}");
    world.refresh(refresh).await.refuses(
        401,
        "access_denied",
        "Resource owner revoked access for the client.",
    );
    let gone = browser.get(&revoke).await;
    gone.page(404);
    // The consent is as it was.
    let accept = browser.get(&accept.path).await;
    assert!(accept.words().contains("Ви увійшли як Зразковий"));
    let accepted = browser.decide(&accept, "confirm").await;
    accepted.parameter("code").unwrap();
    browser.get(&apps).await.page(409);
    browser.get(&revoke).await.page(409);
}

#[rstest]
#[tokio::test]
async fn the_pages_are_the_browsers_own(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let data = granted(&world).await;
    let id = data["details"]["app_id"].as_str().unwrap();
    let (browser, stranger) = (app.browser(), app.browser());
    let signed = world.signed_nonce().await;
    let accept = world.enter_at(&browser, "/sign-in", &signed).await;
    let signed = world.signed_nonce().await;
    world.enter_at(&stranger, "/sign-in", &signed).await;
    let apps = format!("{}/apps", accept.path);
    let revoke = format!("{apps}/{id}/revoke");
    let ask = browser.get(&revoke).await;
    for path in [&apps, &revoke] {
        stranger.get(path).await.page(400);
    }
    stranger.decide(&ask, "confirm").await.page(403);
    app.browser().decide(&ask, "confirm").await.page(400);
    browser
        .post_form(&revoke, &[("decision", "confirm")])
        .await
        .page(403);
    for unknown in [
        "nonsense",
        &id.to_uppercase(),
        "c11e0000-0000-4000-8000-0000000000ff",
    ] {
        browser
            .get(&format!("{apps}/{unknown}/revoke"))
            .await
            .page(404);
    }
    // Before the consent nobody is known yet.
    let details = world.enter(&browser, &world.signed_child()).await;
    let flow = details.path.strip_prefix("/confidant/sign-up/").unwrap();
    let early = browser.get(&format!("/accept/{flow}/apps")).await;
    assert_eq!(early.see_other(), details.path);
    assert_eq!(app.count("approvals", "1 = 1").await, 1);
}

#[rstest]
#[tokio::test]
async fn a_confidant_sees_what_they_gave_themselves(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let browser = app.browser();
    let accept = world
        .enter_and_confirm(&browser, &world.signed_child())
        .await;
    let child: Uuid = { app.user_of_person("tax_id = '4569100028'").await };
    // The child's own, and the confidant's own for themselves: neither is theirs to see here.
    approve(&world, child, OTHER_CLIENT, child, "person:read").await;
    approve(
        &world,
        CONFIDANT_USER,
        OTHER_CLIENT,
        CONFIDANT_USER,
        "person:read",
    )
    .await;
    approve(&world, child, TRUSTED_CLIENT, CONFIDANT_USER, "person:read").await;
    let list = browser.get(&format!("{}/apps", accept.path)).await;
    list.page(200);
    let said = list.words();
    assert!(said.contains("Довірений застосунок"), "{said}");
    assert!(!said.contains("Інший застосунок"), "{said}");
    assert!(
        said.contains("Пацієнт: Зразкова Марʼяна Демʼянівна"),
        "{said}"
    );
}
