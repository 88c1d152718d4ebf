//! Every answer that says yes, whole (§3.4, §4), and the form that is printed (§3.8).
//!
//! Ids and links are checked by their form, times exactly. The forms are files in `tests/fixtures/person_requests`;
//! `DOVIRA_WRITE_FIXTURES=1` writes them anew, to be read before they are kept.

use axum::{body::Body, http::Method};
use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::support::Database::{self, Postgres, Sqlite};

/// A request that is made, and what is to be seen of it.
struct Seen {
    path: &'static str,
    body: Value,
    /// `authentication_methods` when it is looked at.
    methods: Value,
    /// `urgent.authentication_method_current`.
    current: Value,
    /// The types of its links.
    kinds: Vec<String>,
    /// The file of the form.
    form: &'static str,
}

fn own(path: &'static str, form: &'static str) -> Seen {
    let body = adult();
    Seen {
        path,
        methods: body["person"]["authentication_methods"].clone(),
        current: json!({ "type": "OTP", "phone_number": "+38050*****17" }),
        kinds: Vec::new(),
        form,
        body,
    }
}

fn by_documents(path: &'static str) -> Seen {
    let body = offline();
    Seen {
        path,
        methods: json!([{ "type": "OFFLINE" }]),
        current: json!({ "type": "OFFLINE" }),
        kinds: vec!["person.NATIONAL_ID".to_owned()],
        form: "by_documents",
        body,
    }
}

fn through_mother(path: &'static str, body: Value, kinds: Vec<String>, form: &'static str) -> Seen {
    Seen {
        path,
        body,
        methods: json!([{ "type": "THIRD_PERSON", "alias": "мама", "phone_number": "+38050*****33" }]),
        current: json!({ "type": "OTP", "phone_number": "+38050*****33", "alias": "мама" }),
        kinds,
        form,
    }
}

fn of_child() -> Seen {
    let kinds = ["BIRTH_CERTIFICATE", "PASSPORT"];
    let kinds = kinds.map(|kind| format!("confidant_person.PRIMARY.{kind}"));
    through_mother(PATH, child(), kinds.to_vec(), "child")
}

fn of_ward() -> Seen {
    let kind = format!("confidant_person.{MOTHER}.documents_relationship.BIRTH_CERTIFICATE");
    through_mother(V2, super::version_2::ward(), vec![kind], "ward")
}

fn of_change(path: &'static str) -> Seen {
    Seen {
        path,
        body: with(
            change(OFFLINE_PERSON),
            "/authorize_with",
            json!(OFFLINE_METHOD),
        ),
        methods: json!(null),
        current: json!({ "type": "OFFLINE" }),
        kinds: vec!["person.NATIONAL_ID".to_owned()],
        form: "by_documents",
    }
}

impl Seen {
    /// `data` when it was just made.
    fn created(&self, id: &str) -> Value {
        let mut data = self.body.clone();
        data["id"] = json!(id);
        data["status"] = json!("NEW");
        data["channel"] = json!("MIS");
        data["authorize_with"] = self.body["authorize_with"].clone();
        data
    }

    /// `data` at any later time.
    fn shown(&self, id: &str, status: &str) -> Value {
        let mut data = self.created(id);
        data["status"] = json!(status);
        data["content"] = json!(form(self.form));
        if !self.methods.is_null() {
            data["person"]["authentication_methods"] = self.methods.clone();
        }
        data
    }

    /// `urgent` with links of this kind, and what each says of its copy.
    fn urgent(&self, id: &str, place: &str, is_uploaded: Option<bool>) -> Value {
        let links = self.kinds.iter().map(|kind| {
            let object = format!("person_requests/{id}/person_request_{kind}.jpeg");
            let url = format!("{PUBLIC_URL}/media/{place}/{object}?[proof]");
            match is_uploaded {
                None => json!({ "type": kind, "url": url }),
                Some(is_uploaded) => {
                    json!({ "type": kind, "url": url, "is_uploaded": is_uploaded })
                }
            }
        });
        let links: Vec<_> = links.collect();
        let mut urgent = self.confirmed_by();
        if !links.is_empty() {
            urgent["documents"] = json!(links);
        }
        urgent
    }

    /// `urgent` without links.
    fn confirmed_by(&self) -> Value {
        json!({ "authentication_method_current": self.current })
    }

    /// The body of an approval.
    fn approval(&self, clinic: &Clinic<'_>) -> Value {
        match self.current.get("phone_number") {
            Some(_) => json!({ "verification_code": clinic.code() }),
            None => json!({}),
        }
    }

    /// Makes it; its id.
    async fn made(&self, clinic: &Clinic<'_>) -> (String, Answer) {
        clinic.app.clock.advance(TimeDelta::seconds(61));
        let answer = clinic.api().post(self.path, &self.body).await;
        let id = id_of(&answer);
        let urgent = self.urgent(&id, "uploads", None);
        assert_answer(&answer, 201, self.created(&id), Some(urgent));
        (id, answer)
    }
}

/// The form in a file; `actual` is written to it when that is asked for.
fn form(name: &str) -> String {
    let path = path_of_form(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn path_of_form(name: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/person_requests")
        .join(format!("{name}.html"))
}

#[track_caller]
fn assert_form(answer: &Answer, name: &str) {
    let content = answer.is(200).json()["data"]["content"].clone();
    let content = content.as_str().unwrap();
    if std::env::var_os("DOVIRA_WRITE_FIXTURES").is_some() {
        std::fs::write(path_of_form(name), content).unwrap();
    }
    assert_eq!(content, form(name), "{name}");
}

#[rstest]
#[case::of_an_adult(own(PATH, "adult"))]
#[case::of_an_adult_in_version_2(own(V2, "adult"))]
#[case::by_documents(by_documents(PATH))]
#[case::by_documents_in_version_2(by_documents(V2))]
#[case::of_a_child(of_child())]
#[case::of_a_ward_in_version_2(of_ward())]
#[case::of_a_change(of_change(PATH))]
#[case::of_a_change_in_version_2(of_change(V2))]
#[tokio::test]
async fn every_answer_from_creation_to_signature(
    #[case] seen: Seen,
    #[values(Sqlite, Postgres)] database: Database,
) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let (id, created) = seen.made(&clinic).await;
    let made_at = app.now();
    let path = format!("{}/{id}", seen.path);
    let got = async || clinic.api().get(&path).await;
    assert_form(&got().await, seen.form);
    for is_uploaded in [false, true] {
        let urgent = seen.urgent(&id, "uploads", Some(is_uploaded));
        assert_answer(&got().await, 200, seen.shown(&id, "NEW"), Some(urgent));
        clinic.upload(&created).await;
    }
    let act = async |action: &str, body: &Value| {
        let path = format!("{path}/actions/{action}");
        clinic.api().patch(&path, body).await
    };
    let shown = seen.shown(&id, "APPROVED");
    let approved = act("approve", &seen.approval(&clinic)).await;
    assert_answer(&approved, 200, shown.clone(), None);
    let settled = seen.urgent(&id, "files", Some(true));
    assert_answer(&got().await, 200, shown, Some(settled.clone()));
    app.clock.advance(TimeDelta::minutes(1));
    let content = approved.json()["data"].clone();
    let signed = clinic.signed(&with(content, "/patient_signed", json!(true)));
    let time =
        |at: chrono::DateTime<chrono::Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    let person_id = seen.body["person"]["id"].as_str().unwrap_or("[uuid]");
    let ended = json!({ "id": id, "person_id": person_id, "status": "SIGNED", "inserted_at": time(made_at), "updated_at": time(app.now()) });
    assert_answer(&act("sign", &signed).await, 200, ended, None);
    let shown = seen.shown(&id, "SIGNED");
    assert_answer(&got().await, 200, shown, Some(settled));
}

/// Of what came to nothing there are no links.
#[rstest]
#[case::of_an_adult(own(PATH, "adult"))]
#[case::by_documents(by_documents(PATH))]
#[case::by_documents_in_version_2(by_documents(V2))]
#[case::of_a_child(of_child())]
#[case::of_a_ward_in_version_2(of_ward())]
#[tokio::test]
async fn every_answer_of_a_rejection(
    #[case] seen: Seen,
    #[values(Sqlite, Postgres)] database: Database,
    #[values(false, true)] is_approved: bool,
) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let (id, created) = seen.made(&clinic).await;
    let actions = format!("{}/{id}/actions", seen.path);
    if is_approved {
        clinic.upload(&created).await;
        let approval = seen.approval(&clinic);
        let approve = format!("{actions}/approve");
        clinic.api().patch(&approve, &approval).await.is(200);
    }
    let reject = format!("{actions}/reject");
    let sent = clinic.api();
    let rejected = sent.send(Method::PATCH, &reject, None, Body::empty()).await;
    let shown = seen.shown(&id, "REJECTED");
    assert_answer(&rejected, 200, shown.clone(), None);
    let got = clinic.api().get(&format!("{}/{id}", seen.path)).await;
    assert_answer(&got, 200, shown, Some(seen.confirmed_by()));
}

#[rstest]
#[case::of_an_adult(own(PATH, "adult"))]
#[case::of_an_adult_in_version_2(own(V2, "adult"))]
#[case::of_a_child(of_child())]
#[case::of_a_ward_in_version_2(of_ward())]
#[tokio::test]
async fn every_answer_of_a_code_sent_again(
    #[case] seen: Seen,
    #[values(Sqlite, Postgres)] database: Database,
) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let (id, _) = seen.made(&clinic).await;
    app.clock.advance(TimeDelta::seconds(60));
    let expires = app.now() + TimeDelta::seconds(300);
    let path = format!("{}/{id}/actions/resend_otp", seen.path);
    let sent = clinic.api();
    let answer = sent.send(Method::POST, &path, None, Body::empty()).await;
    let data = json!({
        "id": "[uuid]", "status": "NEW", "active": true,
        "code_expired_at": expires.to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
    });
    assert_answer(&answer, 200, data, None);
}

/// A request that a newer one cancelled.
#[rstest]
#[tokio::test]
async fn what_is_seen_of_a_cancelled_request(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let seen = by_documents(V2);
    let (first, _) = seen.made(&clinic).await;
    seen.made(&clinic).await;
    let got = clinic.api().get(&format!("{V2}/{first}")).await;
    let shown = seen.shown(&first, "CANCELLED");
    assert_answer(&got, 200, shown, Some(seen.confirmed_by()));
}

/// §3.8: what the provisioning file says of the institution stands on the form; the other forms have `––` there.
#[rstest]
#[tokio::test]
async fn the_form_of_an_institution_that_says_more(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let client = json!({
        "id": CLINIC, "name": "МІС", "client_type": "MIS", "redirect_uris": [], "scopes": SCOPES, "api_key": key(CLINIC),
        "legal_entity": {
            "type": "PRIMARY_CARE", "name": "КНП «Зразкова & Ко»", "edrpou": "00000001",
            "license": "АВ № 000001 від 01.02.2020", "address": "вул. Вигадана, 1, м. Біла Церква",
            "phone": "+380440000002", "email": "likarnia@example.com",
        },
    });
    clinic.import(&json!({ "clients": [client] })).await;
    let id = clinic.created(&adult()).await;
    assert_form(&clinic.get(&id).await, "institution");
}

/// What may be missing stands as `––`; what a person typed is text, whatever it looks like.
#[rstest]
#[tokio::test]
async fn the_form_of_somebody_who_says_little(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let mut body = samples::person_request_of(samples::Size::Minimal);
    body["person"]["documents"][0]["issued_by"] = json!("<b>&\"РВ'</b>");
    let id = clinic.created(&body).await;
    assert_form(&clinic.get(&id).await, "minimal");
}
