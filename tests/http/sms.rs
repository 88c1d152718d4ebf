//! Gateways and their reports (decisions §4 "SMS gateway", verifications §7).

use std::{fs, time::Instant};

use axum::{body::Body, http::Request};
use chrono::{DateTime, TimeDelta, Utc};
use openssl::{hash::MessageDigest, pkey::PKey, sign::Signer};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    Answer,
    Database::{self, Postgres, Sqlite},
    FakeRegistry, Log, Otp, PHONE, PUBLIC_URL, Reply, TestApp, UNLIMITED, cut_short, field, nobody,
    required, wrong,
};

/// The secret with which the gateway of the tests signs.
pub const REPORT_SECRET: &str = "what the gateway signs with";
const TOKEN: &str = "a-token-that-only-the-gateway-knows";

async fn app(database: Database, gateway: &str, more: &[&str]) -> TestApp {
    let mut settings = UNLIMITED.to_vec();
    settings.extend(["--sms-gateway", gateway]);
    settings.extend(more);
    TestApp::with(database, &settings).await
}

/// An application whose messages are kept and whose gateway may report.
async fn reported(database: Database) -> TestApp {
    let mut settings = UNLIMITED.to_vec();
    settings.extend(["--sms-report-secret", REPORT_SECRET]);
    TestApp::with(database, &settings).await
}

fn signature(body: &str) -> String {
    let key = PKey::hmac(REPORT_SECRET.as_bytes()).unwrap();
    let mac = Signer::new(MessageDigest::sha256(), &key)
        .unwrap()
        .sign_oneshot_to_vec(body.as_bytes())
        .unwrap();
    dovira::secrets::hex(&mac)
}

async fn post(app: &TestApp, body: &str, signature: Option<&str>) -> Answer {
    let mut request = Request::post("/sms/reports").header("content-type", "application/json");
    if let Some(signature) = signature {
        request = request.header("x-signature", signature);
    }
    app.send(request.body(Body::from(body.to_owned())).unwrap())
        .await
}

/// A signed report.
pub async fn report(app: &TestApp, id: &str, status: &str, at: DateTime<Utc>) -> Answer {
    let body = json!({ "id": id, "status": status, "at": at.to_rfc3339() }).to_string();
    post(app, &body, Some(&signature(&body))).await
}

/// The id of the last message.
fn last_message(app: &TestApp) -> String {
    let messages = app.app.sms.recorder().unwrap().messages();
    messages.last().unwrap().id.to_string()
}

async fn log_of(app: &TestApp, column: &str) -> Option<String> {
    let sql =
        format!("SELECT CAST({column} AS TEXT) FROM sms_logs ORDER BY inserted_at DESC LIMIT 1");
    let sql = sqlx::AssertSqlSafe(sql);
    let mut held = app.app.db.read().await.unwrap();
    dovira::on!(held.link(), |c| sqlx::query_scalar(sql).fetch_one(c).await).unwrap()
}

async fn gateway_status(app: &TestApp) -> String {
    log_of(app, "gateway_status").await.unwrap()
}

#[track_caller]
fn not_sent(answer: &Answer) {
    answer.refuses(503, "service_unavailable", "SMS not sent. Try later");
}

/// The code of a message as the gateway got it.
fn code_of(question: &Value) -> u64 {
    let text = question["body"].as_str().unwrap();
    text.rsplit_once(' ').unwrap().1.parse().unwrap()
}

#[rstest]
#[tokio::test]
async fn a_message_over_http(#[values(Sqlite, Postgres)] database: Database) {
    let gateway = FakeRegistry::new(&[Reply::Body(r#"{"id":"gw-1","more":[]}"#.to_owned())]).await;
    let app = app(
        database,
        &gateway.url(),
        &[
            "--sms-gateway-token",
            TOKEN,
            "--sms-report-secret",
            REPORT_SECRET,
        ],
    )
    .await;
    let otp = Otp::new(&app).await;
    let log = Log::begin();
    otp.send().await.is(200);
    let questions = gateway.questions();
    assert_eq!(questions.len(), 1);
    let (asked, authorization, message) = &questions[0];
    assert_eq!(asked, "POST /relationships");
    assert_eq!(
        authorization.as_deref(),
        Some(format!("Bearer {TOKEN}").as_str())
    );
    let code = code_of(message);
    let id = message["id"].as_str().unwrap();
    assert_eq!(
        message,
        &json!({
            "id": id, "phone_number": PHONE, "body": format!("Код авторизації дій в системі eHealth: {code}"),
            "report_url": format!("{PUBLIC_URL}/sms/reports"),
        })
    );
    assert_eq!(log_of(&app, "gateway_id").await.as_deref(), Some("gw-1"));
    assert_eq!(log_of(&app, "provider").await.as_deref(), Some("http"));
    assert_eq!(gateway_status(&app).await, "Accepted");
    // Both names of the message are known.
    report(&app, "gw-1", "delivered", app.now()).await.is(204);
    assert_eq!(gateway_status(&app).await, "Delivered");
    report(&app, id, "UNKNOWN", app.now()).await.is(204);
    assert_eq!(gateway_status(&app).await, "Unknown");
    otp.complete(code).await.is(200);
    log.says_nothing_of(&[
        PHONE,
        "631112233",
        TOKEN,
        REPORT_SECRET,
        &format!(": {code}"),
    ]);
}

/// Decisions §4: any 2xx is accepted, whatever is in it
#[rstest]
#[case::nothing(Reply::Body(String::new()), None)]
#[case::no_json(Reply::Body("<html>".to_owned()), None)]
#[case::no_object(Reply::Body("[1]".to_owned()), None)]
#[case::no_id(Reply::Body("{\"id\":null}".to_owned()), None)]
#[case::a_number(Reply::Body("{\"id\":7}".to_owned()), Some("7"))]
#[case::too_long(Reply::Body(format!("{{\"id\":\"{}\"}}", "x".repeat(256))), None)]
#[case::a_line_break(Reply::Body("{\"id\":\"a\\nb\"}".to_owned()), None)]
#[case::endless(Reply::Body("x".repeat(1 << 20)), None)]
#[case::created(Reply::Status(201), None)]
#[case::no_content(Reply::Status(204), None)]
#[tokio::test]
async fn answers_that_accept(
    #[values(Sqlite, Postgres)] database: Database,
    #[case] reply: Reply,
    #[case] id: Option<&str>,
) {
    let gateway = FakeRegistry::new(&[reply]).await;
    let app = app(database, &gateway.url(), &[]).await;
    let otp = Otp::new(&app).await;
    otp.send().await.is(200);
    assert_eq!(gateway.questions()[0].1, None);
    assert_eq!(gateway.questions().len(), 1);
    assert_eq!(log_of(&app, "gateway_id").await.as_deref(), id);
    assert_eq!(gateway_status(&app).await, "Accepted");
    otp.complete(code_of(&gateway.questions()[0].2))
        .await
        .is(200);
}

#[rstest]
#[case::moved(Reply::Redirect, "status=307")]
#[case::refused(Reply::Status(400), "status=400")]
#[case::unknown(Reply::Status(401), "status=401")]
#[case::busy(Reply::Status(429), "status=429")]
#[case::broken(Reply::Status(500), "status=500")]
#[tokio::test]
async fn answers_that_refuse(
    #[values(Sqlite, Postgres)] database: Database,
    #[case] reply: Reply,
    #[case] logged: &str,
) {
    let gateway = FakeRegistry::new(&[reply, Reply::Status(200)]).await;
    let app = app(database, &gateway.url(), &[]).await;
    let otp = Otp::new(&app).await;
    let log = Log::begin();
    not_sent(&otp.send().await);
    assert!(log.text().contains(logged), "{}", log.text());
    log.says_nothing_of(&[PHONE, "631112233", &gateway.url()]);
    // What was answered is not asked again.
    assert_eq!(gateway.questions().len(), 1);
    assert_eq!(gateway_status(&app).await, "Rejected");
    otp.stands("CANCELED", 0).await;
    otp.complete(code_of(&gateway.questions()[0].2))
        .await
        .refuses(403, "forbidden", "Maximum attempts exceed");
    otp.send().await.is(200);
}

#[rstest]
#[tokio::test]
async fn a_gateway_that_hangs(#[values(Sqlite, Postgres)] database: Database) {
    let gateway = FakeRegistry::new(&[Reply::Hang, Reply::Status(200)]).await;
    let app = app(
        database,
        &gateway.url(),
        &["--sms-gateway-timeout-seconds", "0.2"],
    )
    .await;
    let otp = Otp::new(&app).await;
    let began = Instant::now();
    let waiting = otp.send();
    // Nobody holds the database while they wait: other numbers go on.
    let other = async {
        while gateway.questions().is_empty() {
            tokio::task::yield_now().await;
        }
        otp.send_to("+380631112234").await.is(200);
        began.elapsed()
    };
    let (answer, other_took) = tokio::join!(waiting, other);
    not_sent(&answer);
    assert!(began.elapsed().as_secs() < 4 && other_took < began.elapsed());
    // It may have left: nobody knows.
    assert_eq!(app.count("sms_logs", "gateway_status = 'Unknown'").await, 1);
    otp.stands("CANCELED", 0).await;
}

/// A caller who goes away while the gateway is asked leaves nothing half-done.
#[rstest]
#[tokio::test]
async fn a_caller_who_does_not_wait(#[values(Sqlite, Postgres)] database: Database) {
    let gateway = FakeRegistry::new(&[Reply::Hang]).await;
    let app = app(
        database,
        &gateway.url(),
        &["--sms-gateway-timeout-seconds", "0.3"],
    )
    .await;
    let otp = Otp::new(&app).await;
    let asked = async {
        while gateway.questions().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        answer = otp.send() => panic!("{answer:?}"),
        () = asked => {}
    }
    otp.stands("NEW", 0).await;
    while app.count("verifications", "status = 'CANCELED'").await == 0 {
        tokio::task::yield_now().await;
    }
}

#[rstest]
#[tokio::test]
async fn nobody_listens(#[values(Sqlite, Postgres)] database: Database) {
    let app = app(database, &nobody().await, &[]).await;
    let otp = Otp::new(&app).await;
    let log = Log::begin();
    not_sent(&otp.send().await);
    assert!(
        log.text().contains("reason=\"unreachable\""),
        "{}",
        log.text()
    );
    assert_eq!(gateway_status(&app).await, "Rejected");
}

/// Decisions §4: what may have reached a phone is not sent twice
#[rstest]
#[case::nothing("")]
#[case::half_a_head("HTTP/1.1 200 OK\r\nContent-")]
#[tokio::test]
async fn an_answer_that_is_cut_short(
    #[values(Sqlite, Postgres)] database: Database,
    #[case] answer: &'static str,
) {
    let (url, connections) = cut_short(answer).await;
    let app = app(database, &url, &[]).await;
    let otp = Otp::new(&app).await;
    not_sent(&otp.send().await);
    assert_eq!(connections.load(std::sync::atomic::Ordering::SeqCst), 1);
    assert_eq!(gateway_status(&app).await, "Unknown");
}

/// What was accepted is accepted, also when the rest of the answer never comes.
#[rstest]
#[tokio::test]
async fn an_acceptance_that_breaks_off(#[values(Sqlite, Postgres)] database: Database) {
    let (url, connections) =
        cut_short("HTTP/1.1 202 Accepted\r\nContent-Length: 13\r\n\r\n{").await;
    let app = app(database, &url, &[]).await;
    let otp = Otp::new(&app).await;
    otp.send().await.is(200);
    assert_eq!(connections.load(std::sync::atomic::Ordering::SeqCst), 1);
    assert_eq!(gateway_status(&app).await, "Accepted");
    otp.stands("NEW", 0).await;
}

#[rstest]
#[tokio::test]
async fn a_file(#[values(Sqlite, Postgres)] database: Database) {
    let directory = crate::support::Scratch::new(Sqlite).await;
    let path = directory.directory.join("messages.jsonl");
    let gateway = format!("file:{}", path.display());
    let app = app(database, &gateway, &[]).await;
    let otp = Otp::new(&app).await;
    otp.send().await.is(200);
    otp.send_to("+380631112234").await.is(200);
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    let code = code_of(&lines[0]);
    assert_eq!(
        lines[0],
        json!({
            "id": lines[0]["id"], "phone_number": PHONE,
            "body": format!("Код авторизації дій в системі eHealth: {code}"), "at": "2026-06-15T10:05:00.000000Z",
        })
    );
    otp.complete(code).await.is(200);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    not_sent(&otp.send().await);
}

#[rstest]
#[tokio::test]
async fn a_line_in_the_log(#[values(Sqlite, Postgres)] database: Database) {
    let app = app(database, "log:", &[]).await;
    let otp = Otp::new(&app).await;
    let log = Log::begin();
    otp.send().await.is(200);
    assert!(log.text().contains("+38063*****33"), "{}", log.text());
    log.says_nothing_of(&[PHONE, "eHealth"]);
    assert_eq!(gateway_status(&app).await, "Accepted");
}

/// Verifications 10.6 J-05, J-06, 4.2 E5; 10.2 K-23; 7.3
#[rstest]
#[case::delivered("delivered", "Delivered", false)]
#[case::unknown("Unknown", "Unknown", false)]
#[case::undeliverable("undeliverable", "Undeliverable", true)]
#[case::expired("EXPIRED", "Expired", true)]
#[case::rejected("Rejected", "Rejected", true)]
#[tokio::test]
async fn j_05_reports(
    #[values(Sqlite, Postgres)] database: Database,
    #[case] status: &str,
    #[case] stored: &str,
    #[case] cancels: bool,
) {
    let app = reported(database).await;
    let otp = Otp::new(&app).await;
    let code = otp.code().await;
    app.clock.advance(TimeDelta::seconds(10));
    // Reporting twice is as good as once.
    for _ in 0..2 {
        let answer = report(&app, &last_message(&app), status, app.now()).await;
        assert_eq!(answer.is(204).text(), "");
    }
    assert_eq!(gateway_status(&app).await, stored);
    assert_eq!(
        app.count("sms_logs", "status_changed_at IS NOT NULL").await,
        1
    );
    if cancels {
        otp.stands("CANCELED", 0).await;
        otp.complete(code)
            .await
            .refuses(403, "forbidden", "Maximum attempts exceed");
        otp.find(PHONE).await.is(404);
    } else {
        otp.stands("NEW", 0).await;
        otp.complete(code).await.is(200);
    }
}

/// Verifications 4.2 E6: what is over stays as it is; 7.4: also when nobody wrote it down yet
#[rstest]
#[tokio::test]
async fn a_late_report_changes_no_answer(#[values(Sqlite, Postgres)] database: Database) {
    let app = reported(database).await;
    let otp = Otp::new(&app).await;
    let undeliverable = async |id: &str| {
        report(&app, id, "undeliverable", app.now()).await.is(204);
        gateway_status(&app).await
    };
    let code = otp.code().await;
    otp.complete(code).await.is(200);
    assert_eq!(undeliverable(&last_message(&app)).await, "Undeliverable");
    otp.stands("VERIFIED", 1).await;
    app.clock.advance(TimeDelta::seconds(1));
    let code = otp.code().await;
    for _ in 0..4 {
        otp.complete(wrong(code)).await.is(403);
    }
    undeliverable(&last_message(&app)).await;
    otp.stands("UNVERIFIED", 4).await;
    app.clock.advance(TimeDelta::seconds(1));
    // The message of an older code says nothing of the newer.
    otp.code().await;
    let old = last_message(&app);
    app.clock.advance(TimeDelta::seconds(1));
    let code = otp.code().await;
    report(&app, &old, "undeliverable", app.now()).await.is(204);
    otp.stands("NEW", 0).await;
    app.clock.advance(TimeDelta::seconds(300));
    undeliverable(&last_message(&app)).await;
    let answer = otp.complete(code).await;
    assert_eq!(answer.is(200).json()["data"]["status"], "expired");
}

/// What is older than what is known is no news.
#[rstest]
#[tokio::test]
async fn reports_in_the_wrong_order(#[values(Sqlite, Postgres)] database: Database) {
    let app = reported(database).await;
    let otp = Otp::new(&app).await;
    let code = otp.code().await;
    let id = last_message(&app);
    let later = app.now() + TimeDelta::seconds(9);
    report(&app, &id, "delivered", later).await.is(204);
    report(&app, &id, "undeliverable", app.now()).await.is(204);
    assert_eq!(gateway_status(&app).await, "Delivered");
    otp.complete(code).await.is(200);
}

/// Decisions §4: signatures; verifications 10.6 J-09
#[rstest]
#[tokio::test]
async fn j_09_reports_that_are_not_taken(#[values(Sqlite, Postgres)] database: Database) {
    let app = reported(database).await;
    let otp = Otp::new(&app).await;
    otp.code().await;
    let id = last_message(&app);
    let good = json!({ "id": id, "status": "undeliverable", "at": "2026-06-15T10:05:00Z" });
    let text = good.to_string();
    let other = signature("{}");
    let short = signature(&text)[..62].to_owned();
    for bad in [
        None,
        Some(""),
        Some("no"),
        Some(other.as_str()),
        Some(short.as_str()),
    ] {
        post(&app, &text, bad)
            .await
            .refuses(401, "access_denied", "Invalid signature");
    }
    let send = async |body: &str| post(&app, body, Some(&signature(body))).await;
    for (body, status) in [("", 400), ("{", 400), ("[]", 400)] {
        send(body).await.is(status);
    }
    let validation = crate::verifications::VALIDATION_FAILED;
    let named = |entry: &str, rule: &str| json!([field(entry, &json!({ "rule": rule }))]);
    for (member, value, invalid) in [
        ("at", json!("yesterday"), named("$.at", "date-time")),
        ("at", json!("2026-06-15"), named("$.at", "date-time")),
    ] {
        let mut body = good.clone();
        body[member] = value;
        let log = Log::begin();
        send(&body.to_string()).await.refuses_with(
            422,
            "validation_failed",
            validation,
            Some(invalid),
        );
        assert!(log.text().contains("reason=\"unreadable\""));
    }
    let missing = json!([
        required("$.id", "id"),
        required("$.status", "status"),
        required("$.at", "at"),
    ]);
    send("{}")
        .await
        .refuses_with(422, "validation_failed", validation, Some(missing));
    for unknown in ["gw-1", "00000000-0000-4000-8000-000000000001"] {
        report(&app, unknown, "undeliverable", app.now())
            .await
            .refuses(404, "not_found", "not found");
    }
    otp.stands("NEW", 0).await;
    assert_eq!(gateway_status(&app).await, "Accepted");
    // Signatures in capitals are signatures, and so is what a gateway adds.
    let mut body = good;
    body["price"] = json!(1);
    let text = body.to_string();
    post(&app, &text, Some(&signature(&text).to_ascii_uppercase()))
        .await
        .is(204);
    otp.stands("CANCELED", 0).await;
}

/// Authority §12: what settles nothing is taken, so that a gateway does not send it again and again.
#[rstest]
#[case::accepted("accepted", None)]
#[case::enroute("EnRoute", None)]
#[case::pending("PENDING", None)]
#[case::another("SOFT_BOUNCE", Some("SOFT_BOUNCE"))]
#[case::with_a_number("sent to +380631112233", Some("sent?to??????????????"))]
#[case::long("abcdefghijklmnopqrstuvwxyz", Some("abcdefghijklmnopqrstuvwx"))]
#[case::nothing("", Some(""))]
#[tokio::test]
async fn reports_that_settle_nothing(
    #[values(Sqlite, Postgres)] database: Database,
    #[case] word: &str,
    #[case] logged: Option<&str>,
) {
    let app = reported(database).await;
    let otp = Otp::new(&app).await;
    let code = otp.code().await;
    let later = app.now() + TimeDelta::seconds(9);
    let log = Log::begin();
    for id in [last_message(&app).as_str(), "gw-1"] {
        assert_eq!(report(&app, id, word, later).await.is(204).text(), "");
    }
    assert_eq!(gateway_status(&app).await, "Accepted");
    assert_eq!(
        app.count("sms_logs", "status_changed_at IS NOT NULL").await,
        0
    );
    match logged {
        Some(word) => assert!(
            log.text().contains(&format!("word=\"{word}\"")),
            "{}",
            log.text()
        ),
        None => assert!(!log.text().contains("word=")),
    }
    log.says_nothing_of(&[PHONE, "631112233"]);
    // It is no news either: what is reported after it, of an earlier moment, counts.
    report(&app, &last_message(&app), "delivered", app.now())
        .await
        .is(204);
    assert_eq!(gateway_status(&app).await, "Delivered");
    otp.complete(code).await.is(200);
}

/// Decisions §4: no secret set: 404
#[rstest]
#[tokio::test]
async fn without_a_secret_there_are_no_reports(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let otp = Otp::new(&app).await;
    otp.code().await;
    report(&app, &last_message(&app), "undeliverable", app.now())
        .await
        .refuses(404, "not_found", "not found");
    otp.stands("NEW", 0).await;
}

/// Verifications 10.5 N-07
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn n_07_a_report_while_the_code_is_given(#[values(Sqlite, Postgres)] database: Database) {
    let app = reported(database).await;
    let otp = Otp::new(&app).await;
    for _ in 0..20 {
        app.execute("DELETE FROM verified_phones").await;
        let code = otp.code().await;
        let text = json!({ "id": last_message(&app), "status": "undeliverable", "at": app.now().to_rfc3339() })
            .to_string();
        let reporting = Request::post("/sms/reports")
            .header("x-signature", signature(&text))
            .body(Body::from(text))
            .unwrap();
        let giving = otp.complete_later(crate::support::PHONE_PATH, &json!({ "code": code }));
        let answers = app.at_once(vec![reporting, giving]).await;
        answers[0].is(204);
        let proven = app.count("verified_phones", "1 = 1").await;
        if answers[1].status == 200 {
            otp.stands("VERIFIED", 1).await;
            assert_eq!(proven, 1);
        } else {
            answers[1].refuses(403, "forbidden", "Maximum attempts exceed");
            otp.stands("CANCELED", 0).await;
            assert_eq!(proven, 0);
        }
    }
}
