//! What is done twice: a button pressed twice, a form in two tabs.

use super::*;

/// Two presses at the same moment lead to the same page, and order one code (ux §1.4).
#[rstest]
#[tokio::test]
async fn codes_are_ordered_once(#[values(Sqlite, Postgres)] database: Database) {
    let provider = FakeRegistry::new(&tells(&person(&[]))).await;
    let app = TestApp::with(database, &settings(&provider.url())).await;
    Cabinet::new(&app).await;
    let browser = app.browser();
    let page = to_the_password(&browser).await;
    let csrf = csrf_of(&page);
    let mut fields = vec![("csrf", csrf.as_str())];
    fields.extend(PASSWORD);
    let presses = (0..4).map(|_| browser.form_later(&page.path, &fields));
    let code_page = page.path.replace("/password", "/code");
    for answer in app.at_once(presses.collect()).await {
        assert_eq!(answer.see_other(), code_page);
    }
    assert_eq!(app.messages().len(), 1);
    let page = browser.get(&code_page).await;
    assert!(!page.page(200).contains("Помилка"));
    assert!(said(&page).contains("Ми надіслали код"));
    // Nor does a second press on the other button say that it is too soon.
    app.clock.advance(TimeDelta::minutes(1));
    let resend = format!("{code_page}/resend");
    for _ in 0..2 {
        browser.press(&page, &resend, &[]).await.see_other();
        app.clock.advance(TimeDelta::seconds(2));
    }
    assert_eq!(app.messages().len(), 2);
    let again = browser.get(&code_page).await;
    assert!(said(&again).contains("Новий код надіслано"));
    assert!(!again.page(200).contains("Помилка"));
    // Later it is too soon, and the page says until when.
    app.clock.advance(TimeDelta::seconds(10));
    browser.press(&page, &resend, &[]).await.see_other();
    let soon = browser.get(&code_page).await;
    assert!(soon.page(200).contains("<title>Помилка: "));
    assert!(said(&soon).contains("Новий код можна замовити о"));
    browser.type_code(&soon, &app.sent_code()).await.see_other();
}

/// Whoever holds a flow makes everybody wait who changes it.
struct Held<'a> {
    app: &'a TestApp,
    tx: dovira::db::Tx,
}

impl<'a> Held<'a> {
    async fn new(app: &'a TestApp) -> Self {
        let mut tx = app.app.db.begin().await.unwrap();
        let sql = "SELECT COUNT(*) FROM (SELECT id FROM flows FOR UPDATE) held";
        dovira::on!(tx.link(), |c| sqlx::query(sql).execute(c).await.map(|_| ())).unwrap();
        Self { app, tx }
    }

    /// Whoever waits for this transaction, or for one that waits for it.
    async fn waiting(&mut self) -> i64 {
        let sql = "WITH RECURSIVE blocked (pid) AS (
                SELECT pg_backend_pid() UNION
                SELECT l.pid FROM pg_locks l JOIN blocked b ON b.pid = ANY (pg_blocking_pids(l.pid)) WHERE NOT l.granted)
            SELECT count(*) - 1 FROM blocked";
        let dovira::db::Link::Postgres(c) = self.tx.link() else {
            panic!("PostgreSQL was asked for");
        };
        sqlx::query_scalar(sql).fetch_one(c).await.unwrap()
    }

    /// Sends the requests one after another, each once the one before waits; lets go, and gives their answers.
    async fn send(mut self, requests: Vec<axum::http::Request<axum::body::Body>>) -> Vec<Answer> {
        let mut sent = Vec::new();
        for (before, request) in (0..).zip(requests) {
            let answer = tokio::spawn(self.app.send_later(request));
            while self.waiting().await == before {
                assert!(!answer.is_finished(), "it did not wait");
                tokio::task::yield_now().await;
            }
            sent.push(answer);
        }
        drop(self.tx);
        let mut answers = Vec::new();
        for answer in sent {
            answers.push(answer.await.unwrap());
        }
        answers
    }
}

/// The second press comes while the first one is at it: both lead to the same page, and there is one account.
#[tokio::test]
async fn a_code_that_is_just_being_used() {
    let (app, _provider) = installation(Postgres, &tells(&person(&[]))).await;
    Cabinet::new(&app).await;
    let browser = app.browser();
    let page = steps(&browser).await;
    let (csrf, code) = (csrf_of(&page), app.sent_code());
    let press = || browser.form_later(&page.path, &[("csrf", &csrf), ("code", &code)]);
    let held = Held::new(&app).await;
    let answers = held.send(vec![press(), press()]).await;
    let accept = browser.get(&page.path).await;
    for answer in answers {
        assert_eq!(answer.see_other(), accept.see_other());
    }
    assert_eq!(app.count("users", "tax_id = '3126509816'").await, 1);
}

/// A press that broke off does not keep the next one waiting for ever; and a wrong code leaves nobody's turn behind.
#[rstest]
#[case::just_now(0)]
#[case::a_while_ago(5)]
#[tokio::test]
async fn a_press_that_broke_off(
    #[values(Sqlite, Postgres)] database: Database,
    #[case] seconds: i64,
) {
    let (app, _provider) = installation(database, &tells(&person(&[]))).await;
    Cabinet::new(&app).await;
    let browser = app.browser();
    let page = steps(&browser).await;
    let now = app.now().to_rfc3339();
    let (taken, is_free) = match database {
        Sqlite => (
            format!("json_set(payload, '$.tried_at', '{now}')"),
            "json_extract(payload, '$.tried_at') IS NULL",
        ),
        Postgres => (
            format!("jsonb_set(payload, '{{tried_at}}', '\"{now}\"')"),
            "payload ->> 'tried_at' IS NULL",
        ),
    };
    app.execute(&format!("UPDATE flows SET payload = {taken}"))
        .await;
    assert_eq!(app.count("flows", is_free).await, 0);
    app.clock.advance(TimeDelta::seconds(seconds));
    let wrong = app.wrong_code();
    says(
        &browser.type_code(&page, &wrong).await,
        "code",
        "Код неправильний. Залишилося: 3 спроби",
    );
    assert_eq!(app.count("flows", is_free).await, 1);
    browser.type_code(&page, &app.sent_code()).await.see_other();
}

/// Two tabs, two steps: what one wrote the other does not undo.
#[tokio::test]
async fn two_steps_at_the_same_moment() {
    let (app, _provider) = installation(Postgres, &tells(&person(&[]))).await;
    Cabinet::new(&app).await;
    let browser = app.browser();
    let details = begin(&browser).await;
    let contacts = browser
        .follow(&fill(&browser, &details, &DETAILS).await)
        .await;
    let csrf = csrf_of(&contacts);
    let other = csrf_of(&details);
    let mut one = with_changes(&DETAILS, &[("birth_settlement", "Немирів")]);
    one.push(("csrf", &other));
    let mut two = CONTACTS.to_vec();
    two.push(("csrf", &csrf));
    let held = Held::new(&app).await;
    let requests = vec![
        browser.form_later(&details.path, &one),
        browser.form_later(&contacts.path, &two),
    ];
    let answers = held.send(requests).await;
    assert_eq!(answers[0].see_other(), contacts.path);
    // The contacts were judged with other details: nothing of them is lost, and they are to be sent once more.
    assert_eq!(answers[1].see_other(), contacts.path);
    let details = browser.get(&details.path).await;
    assert!(details.page(200).contains("value=\"Немирів\""));
    let contacts = browser.get(&contacts.path).await;
    assert!(contacts.page(200).contains("value=\"вул. Ніжинська\""));
    let next = fill(&browser, &contacts, &CONTACTS).await;
    assert!(next.see_other().ends_with("/password"));
}

/// A password is compared with those of the account that the contacts led to, and the code goes to their phone.
#[tokio::test]
async fn a_password_for_other_contacts() {
    let (app, _provider) = installation(Postgres, &tells(&person(&[]))).await;
    Cabinet::new(&app).await;
    let browser = app.browser();
    let password = to_the_password(&browser).await;
    let contacts = browser
        .get(&password.path.replace("password", "contacts"))
        .await;
    let (csrf, other) = (csrf_of(&contacts), csrf_of(&password));
    let mut one = with_changes(&CONTACTS, &[("phone", "+380671112233")]);
    one.push(("csrf", &csrf));
    let mut two = PASSWORD.to_vec();
    two.push(("csrf", &other));
    let held = Held::new(&app).await;
    let requests = vec![
        browser.form_later(&contacts.path, &one),
        browser.form_later(&password.path, &two),
    ];
    let answers = held.send(requests).await;
    for answer in &answers {
        assert_eq!(answer.see_other(), password.path);
    }
    assert!(app.messages().is_empty());
    fill(&browser, &password, &PASSWORD).await.see_other();
    assert_eq!(app.messages()[0].0, "+380671112233");
}
