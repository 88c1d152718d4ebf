//! §11, 6 and 7: what a token, a code and a nonce are worth after the right ended, and in the hands of another client.

use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::support::{
    API_KEY,
    Database::{self, Postgres, Sqlite},
    OTHER_CLIENT, REDIRECT_URI, Statements, TRUSTED_CLIENT,
};

/// Ways in which a right ends, each as an operator or the time makes it end.
#[derive(Debug, Clone, Copy)]
enum Ends {
    Refused,
    Ended,
    Expired,
    ConfidantBlocked,
    ConfidantOutOfUse,
    ConfidantDeactivated,
    ConfidantNotVerified,
    ConfidantDied,
    PatientBlocked,
    PatientDeactivated,
    PatientDied,
    OperatorsOwn,
}

const DEAD: &str = r#"{"dracs_death": {"status": "DEAD"}}"#;

impl Ends {
    async fn happens(self, app: &TestApp, relationship: Uuid, mother: &Somebody<'_>, child: Uuid) {
        let (sql, id) = match self {
            Self::Refused => (
                "UPDATE confidant_person_relationships SET verification_status = 'NOT_VERIFIED', updated_at = $2 WHERE id = $1",
                relationship,
            ),
            Self::Ended => (
                "UPDATE confidant_person_relationships SET is_active = false, ended_at = $2, ended_reason = 'DECISION', updated_at = $2 WHERE id = $1",
                relationship,
            ),
            Self::Expired => (
                "UPDATE confidant_person_relationships SET active_to = $2 WHERE id = $1",
                relationship,
            ),
            Self::ConfidantBlocked => (
                "UPDATE users SET is_blocked = true, updated_at = $2 WHERE id = $1",
                mother.user_id,
            ),
            Self::ConfidantOutOfUse => (
                "UPDATE users SET is_active = false, updated_at = $2 WHERE id = $1",
                mother.user_id,
            ),
            Self::ConfidantDeactivated => (
                "UPDATE persons SET status = 'inactive', updated_at = $2 WHERE id = $1",
                mother.person_id,
            ),
            Self::ConfidantNotVerified => (
                "UPDATE persons SET verification_status = 'NOT_VERIFIED', updated_at = $2 WHERE id = $1",
                mother.person_id,
            ),
            Self::PatientBlocked => (
                "UPDATE users SET is_blocked = true, updated_at = $2 WHERE person_id = $1",
                child,
            ),
            Self::PatientDeactivated => (
                "UPDATE persons SET status = 'inactive', updated_at = $2 WHERE id = $1",
                child,
            ),
            // By another version of the record the word of the confidant alone ends; an approved relationship does not.
            Self::OperatorsOwn => (
                "UPDATE persons SET version = version + 1, updated_at = $2 WHERE id = $1",
                child,
            ),
            Self::ConfidantDied => return app.die(mother.person_id).await,
            Self::PatientDied => return app.die(child).await,
        };
        app.change(sql, id).await;
    }
}

impl TestApp {
    async fn die(&self, id: Uuid) {
        const SQLITE: &str = "UPDATE persons SET verification = $2 WHERE id = $1";
        const POSTGRES: &str = "UPDATE persons SET verification = $2::jsonb WHERE id = $1";
        let mut held = self.app.db.write().await.unwrap();
        match held.link() {
            dovira::db::Link::Sqlite(c) => sqlx::query(SQLITE)
                .bind(id)
                .bind(DEAD)
                .execute(c)
                .await
                .map(|_| ()),
            dovira::db::Link::Postgres(c) => sqlx::query(POSTGRES)
                .bind(id)
                .bind(DEAD)
                .execute(c)
                .await
                .map(|_| ()),
        }
        .unwrap();
    }
}

/// §11.6: the next call, refresh, exchange and authorize fail, each; the confidant's own tokens go on where only the
/// relationship ended.
#[rstest]
#[tokio::test]
async fn try_6_a_right_that_ended(
    #[values(Sqlite, Postgres)] database: Database,
    #[values(
        Ends::Refused,
        Ends::Ended,
        Ends::Expired,
        Ends::ConfidantBlocked,
        Ends::ConfidantOutOfUse,
        Ends::ConfidantDeactivated,
        Ends::ConfidantNotVerified,
        Ends::ConfidantDied,
        Ends::PatientBlocked,
        Ends::PatientDeactivated,
        Ends::PatientDied
    )]
    ends: Ends,
) {
    let settings = [
        "--confidant-forbidden-verification-statuses",
        "NOT_VERIFIED",
    ];
    let app = TestApp::with(database, &settings).await;
    let world = app.world().await;
    let mother = Somebody::new(&world, 1).await;
    let content = child(1);
    let id = world.import_child(&content).await;
    world.relate(id, mother.person_id, "VERIFIED", None).await;
    let relationship = app.relationship(id, mother.person_id).await;
    let held = Held::new(&mother, &content).await;
    ends.happens(&app, relationship, &mother, id).await;
    held.is_worthless(&mother, &content).await;
    let own = world.person_with(&held.own).await.status;
    if matches!(ends, Ends::Refused | Ends::Ended | Ends::Expired) {
        assert_eq!(own, 200, "the confidant's own");
    }
    // Housekeeping ends the tokens; the answers stay as they are.
    dovira::housekeeping::round(&app.app, app.now())
        .await
        .unwrap();
    let live = format!(
        "applicant_person_id IS NOT NULL AND used_at IS NULL AND expires_at > '{}'",
        app.now().to_rfc3339()
    );
    assert_eq!(app.count("tokens", &live).await, 0);
    held.is_worthless(&mother, &content).await;
}

/// §11.6: what only the confidant's own word gave ends with the first version of somebody else.
#[rstest]
#[tokio::test]
async fn try_6_ones_own_submission(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let mother = Somebody::new(&world, 1).await;
    let content = child(1);
    let id = person_in(&mother.brings(&content).await);
    let relationship = app.relationship(id, mother.person_id).await;
    let held = Held::new(&mother, &content).await;
    Ends::OperatorsOwn
        .happens(&app, relationship, &mother, id)
        .await;
    held.is_worthless(&mother, &content).await;
}

/// Everything that a confidant may hold for a patient.
struct Held<'a> {
    world: &'a World<'a>,
    tokens: Tokens,
    /// A code that was not exchanged.
    code: String,
    /// A login token.
    login: String,
    /// A page of the scopes, in a browser of its own.
    browser: Browser<'a>,
    accept: Answer,
    /// The confidant's own token.
    own: String,
}

impl<'a> Held<'a> {
    async fn new(mother: &Somebody<'a>, content: &Value) -> Self {
        let world = mother.world;
        let tokens = mother.gets_tokens_for(content).await;
        let page = async || {
            let browser = world.app.browser();
            let signed = mother.sign(&mother.search(content).await);
            let accept = world
                .enter_at(&browser, "/confidant/sign-in", &signed)
                .await;
            (browser, accept)
        };
        let (with_code, asks) = page().await;
        let code = with_code
            .decide(&asks, "confirm")
            .await
            .parameter("code")
            .unwrap();
        let (browser, accept) = page().await;
        let login = mother.acts_for(content).await;
        let login = login.is(201).json()["data"]["access_token"].clone();
        world.person(&tokens.access).await.is(200);
        Self {
            world,
            tokens,
            code,
            login: login.as_str().unwrap().to_owned(),
            browser,
            accept,
            own: mother.allowed("person:read").await,
        }
    }

    async fn is_worthless(&self, mother: &Somebody<'_>, content: &Value) {
        let world = self.world;
        refuses(&world.person(&self.tokens.access).await, NO_TOKEN);
        refuses(&world.refresh(&self.tokens.refresh).await, NOT_CONFIRMED);
        refuses(&world.exchange(&self.code).await, NOT_CONFIRMED);
        refuses(&world.authorize(&self.login).await, NO_TOKEN);
        let confirmed = self.browser.decide(&self.accept, "confirm").await;
        confirmed.page(403);
        self.browser.get(&self.accept.path).await.page(403);
        let again = mother.acts_for(content).await;
        assert!(
            matches!(again.status.as_u16(), 401 | 404 | 409),
            "{again:?}"
        );
    }
}

impl World<'_> {
    /// `POST /oauth/apps/authorize` of the client with a login token.
    pub async fn authorize(&self, login: &str) -> Answer {
        self.authorize_for(login, CLIENT, REDIRECT_URI).await
    }

    /// The same for any client.
    pub async fn authorize_for(&self, login: &str, client: Uuid, uri: &str) -> Answer {
        let body =
            json!({ "app": { "client_id": client, "scope": "person:read", "redirect_uri": uri } });
        self.app
            .api()
            .bearer(login)
            .post("/oauth/apps/authorize", &body)
            .await
    }

    async fn person_with(&self, token: &str) -> Answer {
        let api = self.app.api().key(API_KEY).bearer(token);
        api.get("/api/pis/person").await
    }

    async fn nonce_for(&self, client: Uuid) -> String {
        let body = json!({ "client_id": client, "client_secret": SECRET });
        let answer = self.app.api().post("/oauth/nonce", &body).await;
        answer.is(200).json()["data"]["token"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}

/// §5: whoever acts for another costs no question more than whoever acts for themselves.
#[rstest]
#[tokio::test]
async fn a_token_of_a_confidant_costs_no_question_more(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let mother = Somebody::new(&world, 1).await;
    let content = child(1);
    mother.brings(&content).await.is(201);
    let for_child = mother.gets_tokens_for(&content).await;
    let own = mother.allowed("person:read").await;
    let statements = Statements::begin();
    for (token, read) in [(&for_child.access, 200), (&own, 200)] {
        let answer = world.person(token).await;
        answer.is(read);
        let asked = statements.of(&answer);
        assert_eq!(asked.len(), QUESTIONS_OF_A_READ, "{asked:#?}");
    }
}

/// The api key, the token with everybody whom it is about, the person, their documents.
const QUESTIONS_OF_A_READ: usize = 4;

const INVALID_NONCE: (u16, &str, &str) = (401, "access_denied", "JWT is invalid.");

/// §11.7: client N's nonce at client B, wherever a nonce comes with a client.
#[rstest]
#[tokio::test]
async fn try_7_a_nonce_of_another_client(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let somebody = Somebody::new(&world, 1).await;
    let content = child(1);
    let id = world.import_child(&content).await;
    world.relate(id, somebody.person_id, "VERIFIED", None).await;
    let nonce = world.nonce_for(OTHER_CLIENT).await;
    let signed = somebody.sign(&json!({ "jwt": nonce }));

    let login = json!({ "token": {
        "client_id": CLIENT, "client_secret": SECRET, "grant_type": "pis_auth", "scope": "app:authorize",
        "signed_content": signed, "signed_content_encoding": "base64",
    } });
    refuses(&app.api().post("/auth/login", &login).await, INVALID_NONCE);
    let browser = app.browser();
    let entered = browser.get(&world.entry_at("/sign-in", &signed)).await;
    assert_eq!(
        entered.leads(302),
        world.back("invalid_request", "JWT is invalid.")
    );

    // One's own sign-up, by the pages.
    let mut own = stranger(&world, 2).await.own_content("+380501110091").await;
    own["jwt"] = json!(nonce);
    let signed_own = stranger(&world, 2).await.sign(&own);
    let browser = app.browser();
    let entered = browser.get(&world.entry_at("/sign-up", &signed_own)).await;
    let told = entered.page(entered.status.as_u16());
    assert!(told.contains("Не вдалося перевірити підпис"));
    assert_eq!(app.count("flows", "1 = 1").await, 0);

    // The confidant's sign-in, both ways.
    let mut search = somebody.search(&content).await;
    search["jwt"] = json!(nonce);
    let signed = somebody.sign(&search);
    let body = json!({
        "client_id": CLIENT, "client_secret": SECRET, "grant_type": "pis-auth", "scope": "app:authorize",
        "signed_content": signed, "signed_content_encoding": "base64",
    });
    let api = app.api().bearer(&somebody.token);
    refuses(
        &api.post("/api/pis/confidant/login", &body).await,
        INVALID_NONCE,
    );
    let entered = app
        .browser()
        .get(&world.entry_at("/confidant/sign-in", &signed))
        .await;
    assert_eq!(
        entered.leads(302),
        world.back("invalid_request", "JWT is invalid.")
    );

    // The trusted client.
    let token = json!({
        "grant_type": "pis_auth", "client_id": TRUSTED_CLIENT, "client_secret": SECRET, "scope": "person:read",
        "signed_content": somebody.sign(&json!({ "jwt": nonce })), "signed_content_encoding": "base64",
    });
    refuses(
        &world
            .trusted("/api/pis/sign-in", &json!({ "token": token }))
            .await,
        INVALID_NONCE,
    );
    // Nobody used it up: at its own client it is still good.
    assert_eq!(app.count("used_jwts", "1 = 1").await, 0);
}

/// §11.7, §7: what a confidant signs to sign in without a nonce is refused, and taken where the operator says so, once.
#[rstest]
#[tokio::test]
async fn try_7_without_a_nonce(#[values(Sqlite, Postgres)] database: Database) {
    for (setting, status) in [("required", 401), ("optional", 201)] {
        let settings = ["--confidant-sign-in-nonce", setting];
        let app = TestApp::with(database, &settings).await;
        let world = app.world().await;
        let mother = Somebody::new(&world, 1).await;
        let content = child(1);
        let id = world.import_child(&content).await;
        world.relate(id, mother.person_id, "VERIFIED", None).await;
        let mut search = mother.search(&content).await;
        search.as_object_mut().unwrap().shift_remove("jwt");
        let body = json!({
            "client_id": CLIENT, "client_secret": SECRET, "grant_type": "pis-auth", "scope": "app:authorize",
            "signed_content": mother.sign(&search), "signed_content_encoding": "base64",
        });
        let api = app.api().bearer(&mother.token);
        let answer = api.post("/api/pis/confidant/login", &body).await;
        answer.is(status);
        if status == 401 {
            refuses(&answer, INVALID_NONCE);
        } else {
            let again = api.post("/api/pis/confidant/login", &body).await;
            again.refuses(
                409,
                "request_conflict",
                "Signed content has already been used",
            );
        }
    }
}

/// §11.7: A's confidant token at B: the page and the JSON routes.
#[rstest]
#[tokio::test]
async fn try_7_a_confidants_token_at_another_client(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let mother = Somebody::new(&world, 1).await;
    let content = child(1);
    let signed = mother.sign(&mother.as_confidant(content.clone()));
    let other = OTHER_CLIENT.to_string();
    let parameters = [
        ("client_id", other.as_str()),
        ("redirect_uri", "https://other.example/back"),
        ("scope", "person:read"),
        ("user_data", &signed),
        ("token", &mother.token),
    ];
    let entered = app.browser().get(&address(&parameters)).await;
    assert!(entered.page(403).contains("Немає доступу"));
    let id = world.import_child(&content).await;
    world.relate(id, mother.person_id, "VERIFIED", None).await;
    let body = json!({
        "client_id": OTHER_CLIENT, "client_secret": SECRET, "grant_type": "pis-auth", "scope": "app:authorize",
        "signed_content": mother.sign(&mother.search(&content).await), "signed_content_encoding": "base64",
    });
    let api = app.api().bearer(&mother.token);
    refuses(&api.post("/api/pis/confidant/login", &body).await, NO_TOKEN);
}

/// §7: a session token is good at the client for which it was made.
#[rstest]
#[tokio::test]
async fn try_7_a_session_token_at_another_client(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let mother = Somebody::new(&world, 1).await;
    let signed = mother.sign(&mother.as_confidant(child(1)));
    let jwt = mother.validates(&signed).await.is(200).json()["data"]["token"].clone();
    let body = json!({ "signed_content": signed, "signed_content_encoding": "base64", "jwt": jwt });
    let clinic = crate::person_requests::Clinic {
        app: &app,
        token: String::new(),
    };
    let scope = "confidant_person:sign_up";
    let elsewhere = clinic.issue(OTHER_CLIENT, mother.user_id, scope).await;
    let path = "/api/pis/confidant/sign-up_registration";
    app.api()
        .bearer(&elsewhere)
        .post(path, &body)
        .await
        .refuses(401, "access_denied", "Unauthorized");
    app.api()
        .bearer(&mother.token)
        .post(path, &body)
        .await
        .is(201);
}

/// §11.7, §8: a login token approves its own client, for ten minutes, until the approval is revoked.
#[rstest]
#[tokio::test]
async fn try_7_a_login_token(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let somebody = Somebody::new(&world, 1).await;
    let login = async || {
        let data = somebody.logs_in().await.is(201).json()["data"].clone();
        data["value"].as_str().unwrap().to_owned()
    };
    let token = login().await;
    world
        .authorize_for(&token, OTHER_CLIENT, "https://other.example/back")
        .await
        .refuses(422, "request_malformed", "Client not found");
    let asks_too_much = json!({ "app": { "client_id": CLIENT, "scope": "app:authorize", "redirect_uri": REDIRECT_URI } });
    let api = app.api().bearer(&token);
    api.post("/oauth/apps/authorize", &asks_too_much)
        .await
        .refuses(
            422,
            "request_malformed",
            "Scope is not allowed by client type.",
        );
    world.authorize(&token).await.is(201);

    let late = login().await;
    app.clock
        .advance(TimeDelta::minutes(10) - TimeDelta::seconds(1));
    world.authorize(&late).await.is(201);
    app.clock.advance(TimeDelta::minutes(1));
    refuses(&world.authorize(&late).await, NO_TOKEN);

    // Revoking the approval ends every login token of this user and client.
    let revoked = login().await;
    world.authorize(&revoked).await.is(201);
    let tokens = {
        let code = world.authorize(&revoked).await.is(201).json()["data"]["value"].clone();
        Tokens::of(&world.exchange(code.as_str().unwrap()).await)
    };
    world.person(&tokens.access).await.is(200);
    let own = somebody.allowed("app:read_pis app:delete_pis").await;
    let api = app.api().key(API_KEY).bearer(&own);
    let apps = api.get("/api/pis/apps").await.is(200).json()["data"].clone();
    let path = format!("/api/pis/apps/{}", apps[0]["id"].as_str().unwrap());
    let method = axum::http::Method::DELETE;
    let removed = api.send(method, &path, None, Body::empty()).await;
    assert!(removed.status.is_success(), "{removed:?}");
    refuses(&world.authorize(&revoked).await, NO_TOKEN);
    refuses(&world.person(&tokens.access).await, NO_TOKEN);
}
