//! What stops a registration, told on the page that can mend it or on one of its own.

use dovira::outside::sms::{Gateway, NotSent};

use super::*;

/// A person as an operator imports them.
fn known(id: u32, more: &[(&str, serde_json::Value)]) -> serde_json::Value {
    let mut person = crate::support::patient();
    for member in ["authentication_methods", "process_disclosure_data_consent"] {
        person.as_object_mut().unwrap().shift_remove(member);
    }
    person["id"] = json!(format!("dd000000-0000-4000-8000-{id:012}"));
    crate::support::changed(person, more)
}

fn account(id: u32, more: &[(&str, serde_json::Value)]) -> serde_json::Value {
    let user = json!({ "id": format!("bb000000-0000-4000-8000-{id:012}"), "tax_id": TAX_ID });
    crate::support::changed(user, more)
}

/// A page of its own, with the way back.
#[track_caller]
fn ends(page: &Answer, status: u16, title: &str) {
    page.page(status);
    assert_eq!(heading(page), title);
    let back = page.way_back().unwrap();
    assert!(back.starts_with(crate::support::CABINET_URI), "{back}");
}

/// Row 15
#[rstest]
#[tokio::test]
async fn a_phone_of_many(#[values(Sqlite, Postgres)] database: Database) {
    let provider = FakeRegistry::new(&tells(&person(&[]))).await;
    let url = provider.url();
    let mut more = settings(&url).to_vec();
    more.extend(["--phone-number-auth-limit", "1"]);
    let app = with(database, &more).await;
    let cabinet = Cabinet::new(&app).await;
    let method = json!([{ "id": "aa000000-0000-4000-8000-000000000001", "type": "OTP", "phone_number": OWN_PHONE }]);
    let tax_id = json!("3000080053");
    let other = known(
        1,
        &[("/tax_id", tax_id), ("/authentication_methods", method)],
    );
    cabinet.import(&json!({ "persons": [other] })).await;
    let browser = app.browser();
    let password = to_the_password(&browser).await;
    let refused = fill(&browser, &password, &PASSWORD).await;
    let contacts = browser.follow(&refused).await;
    let error = "Цим номером уже користується забагато людей. Введіть інший";
    says(&contacts, "phone", error);
    assert!(contacts.path.ends_with("/contacts"));
    // It is said until the step is answered anew; what comes after it waits.
    says(&browser.get(&contacts.path).await, "phone", error);
    assert_eq!(browser.get(&password.path).await.see_other(), contacts.path);
    let mended = with_changes(&CONTACTS, &[("phone", "+380671112233")]);
    let next = fill(&browser, &contacts, &mended).await;
    assert_eq!(next.see_other(), password.path);
    assert!(app.messages().is_empty());
}

/// Row 13, where nobody can type another address.
#[rstest]
#[tokio::test]
async fn the_address_of_the_provider_is_of_another(#[values(Sqlite, Postgres)] database: Database) {
    let (app, _provider) = installation(database, &tells(&person(&[]))).await;
    let cabinet = Cabinet::new(&app).await;
    let changes = [
        ("/tax_id", json!("3000080053")),
        ("/email", json!("email@example.com")),
    ];
    cabinet
        .import(&json!({ "users": [account(1, &changes)] }))
        .await;
    let browser = app.browser();
    let page = to_the_password(&browser).await;
    let told = fill(&browser, &page, &PASSWORD).await;
    ends(&told, 409, "Реєстрацію не завершено");
    assert!(said(&told).contains("Цю адресу вже має інша особа"));
}

/// Row 13: the account was shut out after its phone was asked for.
#[rstest]
#[tokio::test]
async fn blocked_meanwhile(#[values(Sqlite, Postgres)] database: Database) {
    let (app, _provider) = installation(database, &tells(&person(&[]))).await;
    let cabinet = Cabinet::new(&app).await;
    let browser = app.browser();
    let page = steps(&browser).await;
    let blocked = account(1, &[("/is_blocked", json!(true))]);
    cabinet.import(&json!({ "users": [blocked] })).await;
    let told = browser.type_code(&page, &app.sent_code()).await;
    ends(&told, 403, "Вхід тимчасово недоступний");
    assert_eq!(cabinet.attempts().await, 0);
}

/// Row 14
#[rstest]
#[tokio::test]
async fn persons_that_are_in_the_way(#[values(Sqlite, Postgres)] database: Database) {
    let (app, _provider) = installation(database, &tells(&person(&[]))).await;
    let cabinet = Cabinet::new(&app).await;
    let browser = app.browser();
    let page = to_the_password(&browser).await;
    cabinet
        .import(&json!({ "persons": [known(1, &[]), known(2, &[])] }))
        .await;
    let told = fill(&browser, &page, &PASSWORD).await;
    ends(&told, 409, "Реєстрацію не завершено");
    let dead = r#"{"dracs_death":{"status":"NOT_VERIFIED","reason":"AUTO"}}"#;
    app.execute(&format!("UPDATE persons SET verification = '{dead}'"))
        .await;
    let told = fill(&browser, &page, &PASSWORD).await;
    ends(&told, 409, "Реєстрацію не завершено");
    assert!(app.messages().is_empty());
}

/// Row 16
#[rstest]
#[tokio::test]
async fn a_password_that_was_used(#[values(Sqlite, Postgres)] database: Database) {
    let (app, _provider) = installation(database, &tells(&person(&[]))).await;
    let cabinet = Cabinet::new(&app).await;
    let registered = crate::support::body(crate::support::patient());
    cabinet.register(&registered).await.is(201);
    app.execute("UPDATE users SET person_id = NULL WHERE email = 'email@example.com'")
        .await;
    app.clock.advance(TimeDelta::minutes(10));
    let browser = app.browser();
    let page = to_the_password(&browser).await;
    let told = fill(&browser, &page, &PASSWORD).await;
    says(&told, "password", "Цей пароль уже був. Придумайте інший");
    let another = [("password", "passWoRd2"), ("password_again", "passWoRd2")];
    let next = fill(&browser, &page, &another).await;
    assert!(next.see_other().ends_with("/code"));
}

/// What is looked at for a password is counted: row 3.
#[rstest]
#[tokio::test]
async fn passwords_are_not_tried_without_end(#[values(Sqlite, Postgres)] database: Database) {
    let (app, _provider) = installation(database, &tells(&person(&[]))).await;
    Cabinet::new(&app).await;
    let browser = app.browser();
    let page = to_the_password(&browser).await;
    // What is wrong with a password by itself costs nothing.
    for _ in 0..3 {
        fill(&browser, &page, &[("password", "x")]).await.page(422);
    }
    for _ in 0..10 {
        fill(&browser, &page, &PASSWORD).await.see_other();
    }
    let told = fill(&browser, &page, &PASSWORD).await;
    ends(&told, 429, "Забагато запитів");
    assert_eq!(told.header("retry-after"), "60");
    assert!(told.text().contains(&format!("href=\"{}\"", page.path)));
    // A code is counted with them.
    let code_page = page.path.replace("/password", "/code");
    let code_page = browser.get(&code_page).await;
    let told = browser.type_code(&code_page, &app.sent_code()).await;
    ends(&told, 429, "Забагато запитів");
    assert!(
        told.text()
            .contains(&format!("href=\"{}\"", code_page.path))
    );
    app.clock.advance(TimeDelta::minutes(1));
    browser
        .type_code(&code_page, &app.sent_code())
        .await
        .see_other();
}

#[rstest]
#[tokio::test]
async fn a_message_that_cannot_be_sent(#[values(Sqlite, Postgres)] database: Database) {
    let (app, _provider) = installation(database, &tells(&person(&[]))).await;
    Cabinet::new(&app).await;
    let Gateway::Recorder(recorder) = &app.app.sms else {
        panic!("another gateway");
    };
    let browser = app.browser();
    recorder.refuse(Some(NotSent::Refused));
    let page = steps(&browser).await;
    assert!(page.text().contains("<title>Помилка: "));
    assert!(said(&page).contains("Не вдалося надіслати СМС. Спробуйте ще раз за кілька хвилин."));
    assert!(!said(&page).contains("Ми надіслали код"));
    recorder.refuse(None);
    app.clock.advance(TimeDelta::minutes(1));
    let resend = format!("{}/resend", page.path);
    let page = browser
        .follow(&browser.press(&page, &resend, &[]).await)
        .await;
    assert!(said(&page).contains("Новий код надіслано"));
    browser.type_code(&page, &app.sent_code()).await.see_other();
}

/// The JSON route used the proof of identity while the form was open.
#[rstest]
#[tokio::test]
async fn registered_by_the_other_way(#[values(Sqlite, Postgres)] database: Database) {
    let (app, _provider) = installation(database, &tells(&person(&[]))).await;
    let cabinet = Cabinet::new(&app).await;
    let browser = app.browser();
    let code_page = steps(&browser).await;
    let password = browser
        .get(&code_page.path.replace("/code", "/password"))
        .await;
    let contacts = browser
        .get(&code_page.path.replace("/code", "/contacts"))
        .await;
    let details = browser
        .get(&code_page.path.replace("/code", "/details"))
        .await;
    let id = {
        let mut held = app.app.db.read().await.unwrap();
        let sql = "SELECT id FROM user_requests";
        dovira::on!(held.link(), |c| sqlx::query_scalar(sql).fetch_one(c).await).unwrap()
    };
    let code = json!(app.sent_code());
    let sent = crate::support::body(crate::support::patient());
    cabinet.post(&cabinet.jwt(id), &code, &sent).await.is(201);
    for answer in [
        browser.get(&code_page.path).await,
        browser.type_code(&code_page, &app.sent_code()).await,
        fill(&browser, &password, &PASSWORD).await,
        fill(&browser, &contacts, &CONTACTS).await,
        fill(&browser, &details, &DETAILS).await,
    ] {
        answer.page(409);
        assert_eq!(heading(&answer), "Ви вже завершили цей крок");
        assert_eq!(
            answer.way_back().as_deref(),
            Some(crate::support::CABINET_URI)
        );
    }
}

/// A rule that is broken after its step: the step says so.
#[rstest]
#[case(
    "19.08.1991",
    "20.08.1991",
    "unzr",
    "УНЗР починається з іншої дати народження"
)]
#[case(
    "1991081954321",
    "",
    "unzr",
    "Введіть УНЗР: без нього ID-картку не зареєструвати"
)]
#[tokio::test]
async fn details_that_are_good_no_longer(
    #[values(Sqlite, Postgres)] database: Database,
    #[case] before: &str,
    #[case] after: &str,
    #[case] field: &str,
    #[case] error: &str,
) {
    let (app, _provider) = installation(database, &tells(&person(&[]))).await;
    Cabinet::new(&app).await;
    let browser = app.browser();
    let page = begin(&browser).await;
    let card = [
        ("document_type", "NATIONAL_ID"),
        ("document_number", "000000001"),
        ("document_expiration_date", "28.02.2030"),
    ];
    let filled = with_changes(&DETAILS, &card);
    let contacts = browser.follow(&fill(&browser, &page, &filled).await).await;
    let password = browser
        .follow(&fill(&browser, &contacts, &CONTACTS).await)
        .await;
    let changed = format!("replace(CAST(payload AS TEXT), '{before}', '{after}')");
    app.execute(&match database {
        Sqlite => format!("UPDATE flows SET payload = {changed}"),
        Postgres => format!("UPDATE flows SET payload = CAST({changed} AS JSONB)"),
    })
    .await;
    let refused = fill(&browser, &password, &PASSWORD).await;
    assert_eq!(refused.see_other(), page.path);
    says(&browser.follow(&refused).await, field, error);
    // Answered anew it is forgotten.
    fill(&browser, &page, &filled).await.see_other();
    browser.get(&page.path).await.page(200);
}

#[rstest]
#[tokio::test]
async fn too_young_by_now(#[values(Sqlite, Postgres)] database: Database) {
    let (app, _provider) = installation(database, &tells(&person(&[]))).await;
    Cabinet::new(&app).await;
    let browser = app.browser();
    let page = begin(&browser).await;
    let filled = with_changes(&DETAILS, &[("unzr", "")]);
    let contacts = browser.follow(&fill(&browser, &page, &filled).await).await;
    let changed = "replace(CAST(payload AS TEXT), '19.08.1991', '16.06.2013')";
    app.execute(&match database {
        Sqlite => format!("UPDATE flows SET payload = {changed}"),
        Postgres => format!("UPDATE flows SET payload = CAST({changed} AS JSONB)"),
    })
    .await;
    let refused = fill(&browser, &contacts, &CONTACTS).await;
    assert_eq!(refused.see_other(), page.path);
    says(
        &browser.follow(&refused).await,
        "birth_date",
        "Зареєструватися можна з 14 років",
    );
}

/// Sign-up §2.3: a parameter given twice is none.
#[rstest]
#[case("client_id", false)]
#[case("redirect_uri", false)]
#[case("scope", true)]
#[case("state", true)]
#[tokio::test]
async fn entries_with_a_parameter_given_twice(#[case] name: &str, #[case] has_way_back: bool) {
    let app = with(Sqlite, &settings("https://id.example")).await;
    Cabinet::new(&app).await;
    let good = entry(&[]);
    let (_, query) = good.split_once('?').unwrap();
    let again = query
        .split('&')
        .find(|part| part.starts_with(&format!("{name}=")))
        .unwrap();
    let answer = app.browser().get(&format!("{good}&{again}")).await;
    answer.page(400);
    assert_eq!(heading(&answer), "Посилання неправильне");
    assert_eq!(answer.way_back().is_some(), has_way_back);
    assert_eq!(app.count("auth_requests", "1 = 1").await, 0);
}
