//! The four steps of the form (decisions §5; ux §1).

mod refusals;
mod twice;

use chrono::TimeDelta;
use rstest::rstest;
use serde_json::json;

use super::{
    provider::{back, entry, person, sent, settings, tells},
    with,
};
use crate::support::{
    Answer, Browser, Cabinet,
    Database::{self, Postgres, Sqlite},
    FakeRegistry, OWN_PHONE, Reply, SECRET, TAX_ID, TestApp, csrf_of,
};

const DETAILS: [(&str, &str); 10] = [
    ("birth_date", "19.08.1991"),
    ("birth_country", "Україна"),
    ("birth_settlement", "Вінниця"),
    ("gender", "MALE"),
    ("unzr", "1991081954321"),
    ("document_type", "PASSPORT"),
    ("document_number", "аа 120518"),
    ("document_issued_by", "Рокитнянським РВ"),
    ("document_issued_at", "28.02.2017"),
    ("document_expiration_date", ""),
];

const CONTACTS: [(&str, &str); 13] = [
    ("phone", "093 123-45-85"),
    ("area", "Житомирська"),
    ("region", ""),
    ("settlement_type", "CITY"),
    ("settlement", "Київ"),
    ("street", "вул. Ніжинська"),
    ("building", "15"),
    ("apartment", "23"),
    ("zip", "02090"),
    ("emergency_last_name", "Іванова"),
    ("emergency_first_name", "Ганна"),
    ("emergency_phone", "0503410870"),
    ("consent", "yes"),
];

/// The fields with changes; an empty text for a mark takes it away.
fn with_changes<'a>(
    fields: &[(&'a str, &'a str)],
    changes: &[(&'a str, &'a str)],
) -> Vec<(&'a str, &'a str)> {
    let mut all = fields.to_vec();
    for (name, value) in changes {
        all.retain(|(known, _)| known != name);
        if !(*name == "consent" && value.is_empty()) {
            all.push((name, value));
        }
    }
    all
}

/// Fills in the form of `page`.
async fn fill(browser: &Browser<'_>, page: &Answer, fields: &[(&str, &str)]) -> Answer {
    let csrf = csrf_of(page);
    let mut all = vec![("csrf", csrf.as_str())];
    all.extend(fields);
    browser.post_form(&page.path, &all).await
}

/// Comes back from the provider; the page of the first step.
async fn begin(browser: &Browser<'_>) -> Answer {
    let state = sent(browser).await;
    let returned = back(browser, &state).await;
    let page = browser.follow(&returned).await;
    page.page(200);
    page
}

/// What a browser may fill into a field.
#[track_caller]
fn autocomplete<'a>(page: &'a Answer, id: &str) -> &'a str {
    let (_, rest) = page.text().split_once(&format!(" id=\"{id}\"")).unwrap();
    let tag = rest.split('>').next().unwrap();
    let (_, rest) = tag.split_once("autocomplete=\"").unwrap();
    rest.split('"').next().unwrap()
}

/// Makes sure that the page says `error` beside the field and in the summary.
#[track_caller]
fn says(page: &Answer, field: &str, error: &str) {
    let html = page.page(422).replace('\u{a0}', " ");
    assert!(html.contains("<title>Помилка: "), "{html}");
    let (summary, rest) = html.split_once("<h1>").unwrap();
    let line = format!("<a href=\"#{field}\">{error}</a>");
    assert!(summary.contains(&line), "{line} in {summary}");
    let beside = format!(
        "<p id=\"{field}-error\" class=\"row-error\"><span class=\"visually-hidden\">Помилка: </span>{error}</p>"
    );
    let rest = rest
        .replace("<span class=\"line\">", "")
        .replace("</span></p>", "</p>");
    assert!(rest.contains(&beside), "{beside} in {rest}");
}

const PASSWORD: [(&str, &str); 2] = [("password", "passWoRd1"), ("password_again", "passWoRd1")];

/// The page of the password.
async fn to_the_password(browser: &Browser<'_>) -> Answer {
    let page = begin(browser).await;
    let page = browser.follow(&fill(browser, &page, &DETAILS).await).await;
    let page = browser.follow(&fill(browser, &page, &CONTACTS).await).await;
    page.page(200);
    page
}

/// The page of the code.
async fn steps(browser: &Browser<'_>) -> Answer {
    let page = to_the_password(browser).await;
    let page = browser.follow(&fill(browser, &page, &PASSWORD).await).await;
    page.page(200);
    page
}

/// What a page says, with ordinary spaces.
fn said(page: &Answer) -> String {
    page.words().replace('\u{a0}', " ")
}

fn heading(page: &Answer) -> String {
    page.heading().replace('\u{a0}', " ")
}

/// 256 letters.
const LONG: &str = "йййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййййй";

async fn installation(database: Database, replies: &[Reply]) -> (TestApp, FakeRegistry) {
    let provider = FakeRegistry::new(replies).await;
    let app = with(database, &settings(&provider.url())).await;
    (app, provider)
}

/// The whole way from the client through the provider to the token.
#[rstest]
#[tokio::test]
async fn the_whole_way(#[values(Sqlite, Postgres)] database: Database) {
    let (app, _provider) = installation(database, &tells(&person(&[]))).await;
    let cabinet = Cabinet::new(&app).await;
    let browser = app.browser();
    let page = begin(&browser).await;
    assert_eq!(
        page.heading().replace('\u{a0}', " "),
        "Заповніть дані про себе"
    );
    for word in ["Крок 1 з 4", "Іванов", "Петро", "Миколайович", TAX_ID]
    {
        assert!(page.words().replace('\u{a0}', " ").contains(word), "{word}");
    }
    for (name, filled) in [("birth_date", "bday"), ("gender", "sex"), ("unzr", "off")] {
        assert_eq!(autocomplete(&page, name), filled);
    }
    assert!(said(&page).contains("В ID-картки — лише 9 цифр"));
    assert!(said(&page).contains("Для ID-картки — обовʼязково"));
    assert!(page.text().contains(
        "<abbr title=\"реєстраційний номер облікової картки платника податків\">РНОКПП</abbr>"
    ));
    // What the provider told is no field.
    assert!(
        !page.text().contains("name=\"second_name\"") && !page.text().contains("name=\"tax_id\"")
    );
    let page = browser.follow(&fill(&browser, &page, &DETAILS).await).await;
    assert_eq!(
        page.heading().replace('\u{a0}', " "),
        "Вкажіть контакти й адресу"
    );
    assert!(page.words().contains("email@example.com") && !page.text().contains("name=\"email\""));
    for (name, filled) in [
        ("phone", "tel"),
        ("area", "address-level1"),
        ("region", "off"),
        ("settlement", "address-level2"),
        ("zip", "postal-code"),
        ("emergency_last_name", "off"),
        ("emergency_first_name", "off"),
        ("emergency_phone", "off"),
    ] {
        assert_eq!(autocomplete(&page, name), filled);
    }
    let page = browser
        .follow(&fill(&browser, &page, &CONTACTS).await)
        .await;
    assert_eq!(page.heading().replace('\u{a0}', " "), "Придумайте пароль");
    // A password keeper learns whose password it is.
    assert_eq!(autocomplete(&page, "username"), "username");
    assert!(page.text().contains("value=\"email@example.com\""));
    assert!(said(&page).contains("Літери — українські або латинські"));
    let password = [("password", "passWoRd1"), ("password_again", "passWoRd1")];
    let page = browser
        .follow(&fill(&browser, &page, &password).await)
        .await;
    assert_eq!(page.heading().replace('\u{a0}', " "), "Введіть код із СМС");
    assert!(said(&page).contains("Крок 4 з 4"));
    assert!(said(&page).contains("Заповніть форму до"));
    let back = page.path.replace("/code", "/password");
    let link = format!("<a class=\"back\" href=\"{back}\">Повернутися на крок назад</a>");
    assert!(page.text().replace('\u{a0}', " ").contains(&link));
    assert_eq!(
        app.count("flows", "CAST(payload AS TEXT) LIKE '%passWoRd1%'")
            .await,
        0
    );
    let code = cabinet.last_code().to_string();
    let done = fill(&browser, &page, &[("code", &code)]).await;
    assert!(done.see_other().starts_with("/accept/"));
    let accept = browser.follow(&done).await;
    accept.page(200);
    assert!(accept.words().contains("Іванов Петро Миколайович"));
    let stored = format!(
        "tax_id = '{TAX_ID}' AND birth_date = '1991-08-19' AND unzr = '19910819-54321' AND second_name = 'Миколайович'
         AND email = 'email@example.com' AND preferred_way_communication = 'phone'"
    );
    assert_eq!(app.count("persons", &stored).await, 1);
    assert_eq!(
        app.count("person_documents", "number = 'АА120518'").await,
        1
    );
    let factor = format!("factor = '{OWN_PHONE}'");
    assert_eq!(app.count("authentication_factors", &factor).await, 1);
    let accepted = browser.decide(&accept, "confirm").await;
    let code = accepted.parameter("code").unwrap();
    assert_eq!(accepted.parameter("state").as_deref(), Some("стан & co"));
    let exchange = json!({ "token": {
        "grant_type": "authorization_code", "client_id": crate::support::CABINET, "client_secret": SECRET,
        "code": code, "redirect_uri": crate::support::CABINET_URI, "scope": "person:read",
    } });
    app.api().post("/oauth/tokens", &exchange).await.is(201);
    // Nothing of it can be done twice.
    browser.get(&page.path).await.page(409);
}

/// ux §1.3: every fault beside its field and in the summary, and nothing typed is lost.
#[rstest]
#[tokio::test]
async fn faults_of_the_details(#[values(Sqlite, Postgres)] database: Database) {
    let (app, _provider) =
        installation(database, &tells(&person(&[("/middlename", json!(null))]))).await;
    Cabinet::new(&app).await;
    let browser = app.browser();
    let page = begin(&browser).await;
    let post = async |changes: &[(&str, &str)]| {
        fill(&browser, &page, &with_changes(&DETAILS, changes)).await
    };
    let empty = fill(&browser, &page, &[]).await;
    says(&empty, "birth_date", "Заповніть поле «Дата народження»");
    says(&empty, "document_type", "Заповніть поле «Тип документа»");
    for (changes, field, error) in [
        (
            &[("birth_date", "19.08.91")],
            "birth_date",
            "Введіть дату в полі «Дата народження» як 19.08.1991",
        ),
        // The form is right, the day is not (authority §12).
        (
            &[("birth_date", "31.02.1991")],
            "birth_date",
            "Такого дня немає. Перевірте поле «Дата народження»",
        ),
        (
            &[("document_issued_at", "1991-02-31")],
            "document_issued_at",
            "Такого дня немає. Перевірте поле «Дата видачі»",
        ),
        (
            &[("document_number", "120518")],
            "document_number",
            "Введіть номер документа як АА123456: дві українські літери й 6 цифр",
        ),
        (
            &[("second_name", "Nikolaevich")],
            "second_name",
            "Пишіть у полі «По батькові» українськими літерами",
        ),
        (
            &[("unzr", "1991")],
            "unzr",
            "Введіть УНЗР як 19910819-12345",
        ),
        (
            &[("birth_settlement", "#1")],
            "birth_settlement",
            "Пишіть у полі «Місце народження» українськими літерами, без знаків на кшталт @, # чи %",
        ),
        (
            &[("birth_country", LONG)],
            "birth_country",
            "Скоротіть поле «Країна народження»: можна щонайбільше 255 символів",
        ),
        (
            &[("birth_date", "20.08.1991")],
            "unzr",
            "УНЗР починається з іншої дати народження",
        ),
        (
            &[("document_issued_at", "торік")],
            "document_issued_at",
            "Введіть дату в полі «Дата видачі» як 19.08.1991",
        ),
    ] {
        let answer = post(changes).await;
        says(&answer, field, error);
        let kept = format!("value=\"{}\"", changes[0].1);
        assert!(answer.text().contains(&kept), "{kept}");
        assert!(answer.text().contains("value=\"Рокитнянським РВ\""));
        // It is there when the page is opened again, too.
        assert!(browser.get(&page.path).await.page(200).contains(&kept));
    }
    // The number of a document has the form of its type.
    for (kind, number, error) in [
        ("NATIONAL_ID", "12345678", "Введіть номер ID-картки: 9 цифр"),
        (
            "PERMANENT_RESIDENCE_PERMIT",
            "АА1",
            "Введіть номер документа як АА123456 або 9 цифр",
        ),
        (
            "TEMPORARY_PASSPORT",
            "А.",
            "Введіть номер документа: від 2 до 25 великих літер і цифр, без пробілів і крапок",
        ),
    ] {
        let answer = post(&[("document_type", kind), ("document_number", number)]).await;
        says(&answer, "document_number", error);
    }
    let young = post(&[("birth_date", "16.06.2012"), ("unzr", "")]).await;
    says(&young, "birth_date", "Зареєструватися можна з 14 років");
    let national = [
        ("document_type", "NATIONAL_ID"),
        ("document_number", "000000001"),
        ("unzr", ""),
    ];
    let answer = post(&national).await;
    says(
        &answer,
        "unzr",
        "Введіть УНЗР: без нього ID-картку не зареєструвати",
    );
    // No step is skipped.
    let contacts = page.path.replace("details", "contacts");
    assert_eq!(browser.get(&contacts).await.see_other(), page.path);
    let code = page.path.replace("details", "code");
    assert_eq!(browser.get(&code).await.see_other(), page.path);
    post(&[]).await.see_other();
    browser.get(&contacts).await.page(200);
}

#[rstest]
#[tokio::test]
async fn faults_of_the_contacts(#[values(Sqlite, Postgres)] database: Database) {
    let (app, _provider) =
        installation(database, &tells(&person(&[("/email", json!(null))]))).await;
    let cabinet = Cabinet::new(&app).await;
    let taken = json!({ "id": "bb000000-0000-4000-8000-000000000001", "tax_id": "3000080053", "email": "taken@example.com" });
    cabinet.import(&json!({ "users": [taken] })).await;
    let browser = app.browser();
    let page = begin(&browser).await;
    let page = browser.follow(&fill(&browser, &page, &DETAILS).await).await;
    let post = async |changes: &[(&str, &str)]| {
        let mut all = vec![("email", "own@example.com")];
        all.extend(changes);
        fill(&browser, &page, &with_changes(&CONTACTS, &all)).await
    };
    for (changes, field, error) in [
        (
            &[("phone", "123")],
            "phone",
            "Введіть номер у полі «Телефон для кодів із СМС» як +380 50 123 45 67",
        ),
        (
            &[("phone", "")],
            "phone",
            "Заповніть поле «Телефон для кодів із СМС»",
        ),
        (
            &[("email", "own")],
            "email",
            "Введіть адресу як name@example.com",
        ),
        (
            &[("email", "")],
            "email",
            "Заповніть поле «Електронна пошта»",
        ),
        (&[("building", "")], "building", "Заповніть поле «Будинок»"),
        (
            &[("zip", "2090")],
            "zip",
            "Введіть у полі «Індекс» 5 цифр, наприклад, 02090",
        ),
        (
            &[("building", "корпус 2")],
            "building",
            "Почніть поле «Будинок» із цифри, наприклад, 15 або 15/2",
        ),
        (
            &[("emergency_first_name", "Hanna")],
            "emergency_first_name",
            "Пишіть у полі «Імʼя контактної особи» українськими літерами",
        ),
        (
            &[("settlement_type", "MOON")],
            "settlement_type",
            "Виберіть значення зі списку «Тип населеного пункту»",
        ),
        (
            &[("emergency_phone", "")],
            "emergency_phone",
            "Заповніть поле «Телефон контактної особи»",
        ),
        (
            &[("consent", "")],
            "consent",
            "Поставте позначку, щоб дати згоду на обробку даних",
        ),
    ] {
        let answer = post(changes).await;
        says(&answer, field, error);
        assert!(answer.text().contains("value=\"вул. Ніжинська\""));
    }
    // Somebody else's address is found when the password is there; the step that can mend it says so.
    let next = post(&[("email", "Taken@example.com")]).await;
    let password = browser.follow(&next).await;
    let fields = [("password", "passWoRd1"), ("password_again", "passWoRd1")];
    let answer = fill(&browser, &password, &fields).await;
    assert_eq!(answer.see_other(), page.path);
    let told = browser.follow(&answer).await;
    says(&told, "email", "Ця адреса вже зареєстрована. Введіть іншу");
    assert!(app.app.sms.recorder().unwrap().messages().is_empty());
    post(&[]).await.see_other();
    fill(&browser, &password, &fields).await.see_other();
    assert_eq!(app.app.sms.recorder().unwrap().messages().len(), 1);
}

#[rstest]
#[tokio::test]
async fn faults_of_the_password(#[values(Sqlite, Postgres)] database: Database) {
    let (app, _provider) = installation(database, &tells(&person(&[]))).await;
    Cabinet::new(&app).await;
    let browser = app.browser();
    let page = begin(&browser).await;
    let page = browser.follow(&fill(&browser, &page, &DETAILS).await).await;
    let page = browser
        .follow(&fill(&browser, &page, &CONTACTS).await)
        .await;
    let long = format!("aA1{}", "й".repeat(126));
    for (password, again, field, error) in [
        ("", "", "password", "Введіть пароль"),
        (
            "aA1",
            "aA1",
            "password",
            "Пароль закороткий: треба щонайменше 8 символів",
        ),
        (
            "password1",
            "password1",
            "password",
            "Додайте до пароля велику й малу літери, українські або латинські, і цифру",
        ),
        (
            &long,
            &long,
            "password",
            "Пароль задовгий: можна щонайбільше 128 символів",
        ),
        (
            "passWoRd1",
            "passWoRd2",
            "password_again",
            "Паролі не збігаються",
        ),
    ] {
        let answer = fill(
            &browser,
            &page,
            &[("password", password), ("password_again", again)],
        )
        .await;
        says(&answer, field, error);
        // Of a password nothing is shown again (cabinet §7).
        assert!(password.is_empty() || !answer.text().contains(password));
    }
}

/// The page of the code: its troubles, another code, and one registration for two presses at once.
#[rstest]
#[tokio::test]
async fn codes(#[values(Sqlite, Postgres)] database: Database) {
    let (app, _provider) = installation(database, &tells(&person(&[]))).await;
    let cabinet = Cabinet::new(&app).await;
    let browser = app.browser();
    let page = steps(&browser).await;
    let post = async |code: &str| fill(&browser, &page, &[("code", code)]).await;
    for (code, error) in [
        ("", "Введіть код із СМС"),
        ("12", "Код складається з 4 цифр"),
        ("12а4", "Введіть код лише цифрами"),
    ] {
        says(&post(code).await, "code", error);
    }
    assert_eq!(cabinet.attempts().await, 0);
    let wrong = crate::support::wrong(cabinet.last_code()).to_string();
    says(
        &post(&wrong).await,
        "code",
        "Код неправильний. Залишилося: 3 спроби",
    );
    assert!(page.text().contains("/contacts\">Змінити номер</a>"));
    // Another code: the one before is of no use.
    app.clock.advance(TimeDelta::seconds(61));
    let before = cabinet.last_code().to_string();
    let resend = format!("{}/resend", page.path);
    let csrf = page
        .text()
        .split(&format!("action=\"{resend}\""))
        .nth(1)
        .unwrap();
    let csrf = csrf
        .split("name=\"csrf\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let resent = browser.post_form(&resend, &[("csrf", csrf)]).await;
    assert!(
        browser
            .follow(&resent)
            .await
            .words()
            .contains("Новий код надіслано")
    );
    let code = cabinet.last_code().to_string();
    if code != before {
        post(&before).await.page(422);
    }
    let requests = (0..2)
        .map(|_| {
            let csrf = csrf_of(&page);
            browser.form_later(&page.path, &[("csrf", &csrf), ("code", &code)])
        })
        .collect();
    let answers = app.at_once(requests).await;
    let accept = browser.get(&page.path).await;
    for answer in &answers {
        assert_eq!(answer.see_other(), accept.see_other());
    }
    assert_eq!(app.count("users", "tax_id = '3126509816'").await, 1);
}

/// A code too late, and too many of them.
#[rstest]
#[tokio::test]
async fn codes_that_are_over(#[values(Sqlite, Postgres)] database: Database) {
    let (app, _provider) = installation(database, &tells(&person(&[]))).await;
    let cabinet = Cabinet::new(&app).await;
    let browser = app.browser();
    let page = steps(&browser).await;
    let post = async |code: &str| fill(&browser, &page, &[("code", code)]).await;
    let code = cabinet.last_code();
    app.clock.advance(TimeDelta::seconds(300));
    says(
        &post(&code.to_string()).await,
        "code",
        "Час дії коду минув. Замовте новий код",
    );
    // The password once more orders another one.
    let password = browser.get(&page.path.replace("/code", "/password")).await;
    let fields = [("password", "passWoRd1"), ("password_again", "passWoRd1")];
    fill(&browser, &password, &fields).await.see_other();
    let wrong = crate::support::wrong(cabinet.last_code()).to_string();
    for _ in 0..3 {
        post(&wrong).await.page(422);
    }
    let locked = post(&wrong).await;
    locked.page(429);
    assert_eq!(
        locked.heading().replace('\u{a0}', " "),
        "Забагато неправильних кодів"
    );
    // The whole form has an hour.
    app.clock.advance(TimeDelta::minutes(60));
    let late = browser.get(&page.path).await;
    late.page(410);
    assert!(late.way_back().unwrap().contains("error=access_denied"));
}

/// Goes back to the client from `page`, once.
async fn leaves(browser: &Browser<'_>, page: &Answer) {
    assert!(said(page).contains("Повернутися до застосунку Кабінет пацієнта"));
    let (flow, _) = page.path.rsplit_once('/').unwrap();
    let leave = format!("{flow}/leave");
    let left = browser.press(page, &leave, &[("decision", "leave")]).await;
    assert_eq!(left.parameter("error").as_deref(), Some("access_denied"));
    assert_eq!(left.parameter("state").as_deref(), Some("стан & co"));
    browser.get(&page.path).await.page(409);
}

/// ux §1.7: every step has a way out, and another browser sees nothing.
#[rstest]
#[tokio::test]
async fn ways_out(#[values(Sqlite, Postgres)] database: Database) {
    let (app, provider) = installation(database, &tells(&person(&[]))).await;
    Cabinet::new(&app).await;
    let browser = app.browser();
    let page = begin(&browser).await;
    app.browser().get(&page.path).await.page(400);
    let stale = browser.post_form(&page.path, &[("csrf", "x")]).await;
    stale.page(403);
    for step in 1..4 {
        provider.replies(&tells(&person(&[])));
        let browser = app.browser();
        let page = match step {
            1 => {
                let page = begin(&browser).await;
                browser.follow(&fill(&browser, &page, &DETAILS).await).await
            }
            2 => to_the_password(&browser).await,
            _ => steps(&browser).await,
        };
        leaves(&browser, &page).await;
    }
    leaves(&browser, &page).await;
    // Somebody registered meanwhile with the same number.
    provider.replies(&tells(&person(&[])));
    let first = steps(&browser).await;
    provider.replies(&tells(&person(&[])));
    let other = app.browser();
    let second = steps(&other).await;
    let cabinet = Cabinet { app: &app };
    let code = cabinet.last_code().to_string();
    fill(&other, &second, &[("code", &code)]).await.see_other();
    let told = fill(&browser, &first, &[("code", "1234")]).await;
    told.page(409);
    assert_eq!(
        told.heading().replace('\u{a0}', " "),
        "Ви вже зареєстровані"
    );
}

/// What the provider tells and the registry does not take: nobody can mend it here, and the page says so.
#[rstest]
#[case("/middlename", "Nikolaevich")]
#[case("/lastname", "Ivanov")]
#[case("/givenname", "Petro")]
#[tokio::test]
async fn data_of_the_provider_that_cannot_be_registered(#[case] pointer: &str, #[case] name: &str) {
    let (app, _provider) = installation(Sqlite, &tells(&person(&[(pointer, json!(name))]))).await;
    Cabinet::new(&app).await;
    let browser = app.browser();
    let page = begin(&browser).await;
    let told = fill(&browser, &page, &DETAILS).await;
    let html = told.page(422).replace('\u{a0}', " ");
    let error = "Дані з id.gov.ua не вдається зареєструвати";
    let (summary, rest) = html.split_once("<h1>").unwrap();
    // It stands first on the page, and first in the summary.
    let line = format!("<ul> <li><a href=\"#locked\">{error}</a></li>");
    let summary = summary.replace(['\n'], " ");
    assert!(summary.contains(&line), "{summary}");
    let card = rest.split("</section>").next().unwrap();
    assert!(card.contains("<section class=\"card wrong\" aria-labelledby=\"locked\">"));
    assert!(card.contains("<h2 id=\"locked\" tabindex=\"-1\" aria-describedby=\"locked-error\">"));
    let beside = format!(
        "<p id=\"locked-error\" class=\"row-error\"><span class=\"visually-hidden\">Помилка: </span>{error}</p>"
    );
    assert!(card.contains(&beside), "{card}");
    assert!(card.contains("href=\"tel:1677\""), "{card}");
    assert!(card.contains(name));
}

/// WCAG 3.1.2: what is Ukrainian on an English page is marked, and so is what a screen reader has to spell.
#[tokio::test]
async fn in_english() {
    let (app, _provider) = installation(Sqlite, &tells(&person(&[]))).await;
    Cabinet::new(&app).await;
    let browser = app.browser();
    let page = begin(&browser).await;
    let page = browser.get(&format!("{}?lang=en", page.path)).await;
    let html = page.page(200);
    assert!(html.contains("<dd><span lang=\"uk\">Петро</span></dd>"));
    assert!(
        html.contains("<abbr title=\"unique number of the record in the register\">UNZR</abbr>")
    );
    assert!(html.contains(" lang=\"uk\" value=\"Україна\""));
    let path = page.path.replace("?lang=en", "");
    let filled = fill(&browser, &browser.get(&path).await, &DETAILS).await;
    let contacts = browser.follow(&filled).await;
    let html = contacts.page(200);
    assert!(html.contains("For example, <bdi lang=\"uk\">вул. Ніжинська</bdi>"));
    let wrong = fill(
        &browser,
        &contacts,
        &with_changes(&CONTACTS, &[("zip", "1")]),
    )
    .await;
    let html = wrong.page(422);
    assert!(html.contains("Enter 5 digits in “Postcode”, for example, 02090"));
    assert!(html.contains(" lang=\"uk\" value=\"вул. Ніжинська\""));
    // The other language keeps what was typed.
    let switched = browser.get(&format!("{}?lang=uk", contacts.path)).await;
    assert!(switched.page(200).contains("value=\"вул. Ніжинська\""));
}
