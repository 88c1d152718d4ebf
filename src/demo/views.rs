//! The pages of the pretend client. They use the service's stylesheet and a colour of their own, so that nobody takes one
//! for the other.

use askama::Template;
use askama_web::{WebTemplate, WebTemplateExt};
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};

use super::{cases::Case, proofs::IdentityOption};
use crate::{
    sign_up::entry::Entry,
    web::words::{Rich, Value, Words},
};

/// What stands around every page.
#[derive(Debug, Clone)]
pub struct DemoFrame {
    /// The words of the page's language.
    pub words: Words,
    /// The address of the same page in the other language.
    pub switch: Option<String>,
}

impl DemoFrame {
    fn title(&self, heading: &str) -> String {
        format!("{heading} — {}", self.words.text("romashka-name"))
    }
}

/// `/`: the ready-made cases.
#[derive(Debug, Clone, Template, WebTemplate)]
#[template(path = "demo/cases.html")]
pub struct CasesPage {
    /// The frame.
    pub frame: DemoFrame,
}

/// The heading of a list and its cases.
type Group = (&'static str, &'static [Case]);

impl CasesPage {
    const GROUPS: [Group; 4] = [
        ("romashka-good", &Case::GOOD),
        ("romashka-entries", &Case::ENTRIES),
        ("romashka-standing", &Case::STANDING),
        ("romashka-bad", &Case::BAD),
    ];

    fn title(&self) -> String {
        self.frame.title(&self.frame.words.text("romashka-cases"))
    }

    fn case_title(&self, case: &Case) -> String {
        self.frame.words.text(case_keys(*case).0)
    }

    fn case_text(&self, case: &Case) -> String {
        self.frame.words.text(case_keys(*case).1)
    }
}

/// The keys of a case's name and of what happens in it.
fn case_keys(case: Case) -> (&'static str, &'static str) {
    match case {
        Case::Ordinary => ("case-ordinary", "case-ordinary.text"),
        Case::LongNames => ("case-long-names", "case-long-names.text"),
        Case::Minimal => ("case-minimal", "case-minimal.text"),
        Case::ByForm => ("case-by-form", "case-by-form.text"),
        Case::Kupyna => ("case-kupyna", "case-kupyna.text"),
        Case::Ecdsa => ("case-ecdsa", "case-ecdsa.text"),
        Case::Rsa => ("case-rsa", "case-rsa.text"),
        Case::OwnSignUp => ("case-own-sign-up", "case-own-sign-up.text"),
        Case::SignIn => ("case-sign-in", "case-sign-in.text"),
        Case::ConfidantSignIn => ("case-confidant-sign-in", "case-confidant-sign-in.text"),
        Case::ComesBack => ("case-comes-back", "case-comes-back.text"),
        Case::DoctorsChild => ("case-doctors-child", "case-doctors-child.text"),
        Case::Claim => ("case-claim", "case-claim.text"),
        Case::Cabinet => ("case-cabinet", "case-cabinet.text"),
        Case::BirthDateMissing => ("case-birth-date-missing", "case-birth-date-missing.text"),
        Case::ConsentRefused => ("case-consent-refused", "case-consent-refused.text"),
        Case::BrokenSignature => ("case-broken-signature", "case-broken-signature.text"),
        Case::ExpiredLink => ("case-expired-link", "case-expired-link.text"),
        Case::AnotherSigner => ("case-another-signer", "case-another-signer.text"),
        Case::ExpiredToken => ("case-expired-token", "case-expired-token.text"),
        Case::UnknownAddress => ("case-unknown-address", "case-unknown-address.text"),
    }
}

/// `/send/{state}`: the form with the signed data.
#[derive(Debug, Clone, Template, WebTemplate)]
#[template(path = "demo/send.html")]
pub struct SendPage {
    /// The frame.
    pub frame: DemoFrame,
    /// The entry of the service.
    pub action: String,
    /// Names and values of the form.
    pub fields: Vec<(&'static str, String)>,
}

impl SendPage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.words.text("romashka-send"))
    }
}

/// `/govid`: who somebody is.
#[derive(Debug, Clone, Template, WebTemplate)]
#[template(path = "demo/govid.html")]
pub struct ChoosePage {
    /// The frame.
    pub frame: DemoFrame,
    /// What goes back to the service.
    pub state: String,
}

impl ChoosePage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.words.text("romashka-govid"))
    }

    fn title_of(&self, who: &IdentityOption) -> String {
        self.frame.words.text(match who {
            IdentityOption::New => "romashka-govid-new",
            IdentityOption::WithoutEmail => "romashka-govid-without-email",
            IdentityOption::Mother => "romashka-govid-mother",
            IdentityOption::WithoutTaxId => "romashka-govid-without-tax-id",
        })
    }
}

/// One request to the service and its answer.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The method.
    pub method: &'static str,
    /// The path.
    pub path: &'static str,
    /// The status; none when there was no answer.
    pub status: Option<u16>,
    /// The JSON of the answer, in lines.
    pub body: String,
}

/// `/result/{state}`: the tokens.
#[derive(Debug, Clone, Template, WebTemplate)]
#[template(path = "demo/granted.html")]
pub struct GrantedPage {
    /// The frame.
    pub frame: DemoFrame,
    /// What the browser was sent for.
    pub entry: Entry,
    /// The access token.
    pub access_token: String,
    /// The refresh token.
    pub refresh_token: Option<String>,
    /// What both allow.
    pub scope: String,
    /// The end of the access token.
    pub expires_at: Option<DateTime<Utc>>,
    /// The patient.
    pub person_id: Option<String>,
    /// The patient's user.
    pub user_id: Option<String>,
    /// The confidant.
    pub applicant_person_id: Option<String>,
    /// What was asked last.
    pub last: Option<Exchange>,
    /// Where the form goes.
    pub action: String,
}

impl GrantedPage {
    fn title(&self) -> String {
        self.frame.title(&self.heading())
    }

    fn heading(&self) -> String {
        self.frame.words.text(match self.entry {
            Entry::ConfidantSignUp => "romashka-granted",
            Entry::SignUp => "romashka-granted-own",
            Entry::SignIn | Entry::ConfidantSignIn => "romashka-signed-in",
        })
    }

    fn read_button(&self) -> String {
        self.frame.words.text(match self.entry {
            Entry::ConfidantSignUp | Entry::ConfidantSignIn => "romashka-use-person",
            Entry::SignUp | Entry::SignIn => "romashka-use-own",
        })
    }

    fn until(&self) -> Option<Rich> {
        let words = self.frame.words;
        let at = self.expires_at?;
        let values = [
            ("day", Value::Day(words.day(at))),
            ("time", Value::Time(at)),
        ];
        Some(words.rich("romashka-until", &values))
    }
}

/// A message that came to a phone.
#[derive(Clone)]
pub struct Sms {
    /// Whose.
    pub phone_number: String,
    /// What it says.
    pub body: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// `/phone`: what the service sent.
#[derive(Clone, Template, WebTemplate)]
#[template(path = "demo/phone.html")]
pub struct PhonePage {
    /// The frame.
    pub frame: DemoFrame,
    /// The messages, the newest first.
    pub messages: Vec<Sms>,
}

impl PhonePage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.words.text("romashka-phone"))
    }

    fn time(&self, message: &Sms) -> Rich {
        let time = ("time", Value::Time(message.at));
        self.frame.words.rich("romashka-phone-at", &[time])
    }
}

/// `/result/{state}`: the service said no.
#[derive(Debug, Clone, Template, WebTemplate)]
#[template(path = "demo/refused.html")]
pub struct RefusedPage {
    /// The frame.
    pub frame: DemoFrame,
    /// `error`, as it came.
    pub error: String,
    /// `error_description`, as it came.
    pub description: String,
    /// Where the form goes that confirms a claim, where one waits.
    pub confirm: Option<String>,
}

impl RefusedPage {
    fn title(&self) -> String {
        self.frame.title(&self.heading())
    }

    fn heading(&self) -> String {
        self.frame.words.text(match self.error.as_str() {
            "access_denied" => "romashka-denied",
            "server_error" | "temporarily_unavailable" => "romashka-unavailable",
            _ => "romashka-invalid",
        })
    }

    fn text(&self) -> String {
        self.frame.words.text(match self.error.as_str() {
            "access_denied" => "romashka-denied.text",
            "server_error" | "temporarily_unavailable" => "romashka-unavailable.text",
            _ => "romashka-invalid.text",
        })
    }
}

/// Something that only has to be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// No such page.
    NotFound,
    /// The answer does not belong to this browser.
    UnknownState,
    /// The browser has not come back yet.
    NotBack,
    /// The code was not accepted.
    NotExchanged,
    /// The case could not be prepared.
    Broken,
}

/// A page that says it.
#[derive(Debug, Clone, Template)]
#[template(path = "demo/notice.html")]
pub struct NoticePage {
    frame: DemoFrame,
    notice: Notice,
    exchange: Option<Exchange>,
}

impl NoticePage {
    /// The page of `notice`.
    #[must_use]
    pub fn new(frame: DemoFrame, notice: Notice) -> Self {
        Self {
            frame,
            notice,
            exchange: None,
        }
    }

    /// The page of `notice`, with what the service answered.
    #[must_use]
    pub fn with_exchange(frame: DemoFrame, notice: Notice, exchange: Exchange) -> Self {
        Self {
            exchange: Some(exchange),
            ..Self::new(frame, notice)
        }
    }

    fn title(&self) -> String {
        self.frame.title(&self.heading())
    }

    fn heading(&self) -> String {
        self.frame.words.text(match self.notice {
            Notice::NotFound => "romashka-not-found",
            Notice::UnknownState => "romashka-unknown-state",
            Notice::NotBack => "romashka-not-back",
            Notice::NotExchanged => "romashka-not-exchanged",
            Notice::Broken => "romashka-broken",
        })
    }

    fn text(&self) -> String {
        self.frame.words.text(match self.notice {
            Notice::NotFound => "romashka-not-found.text",
            Notice::UnknownState => "romashka-unknown-state.text",
            Notice::NotBack => "romashka-not-back.text",
            Notice::NotExchanged => "romashka-not-exchanged.text",
            Notice::Broken => "romashka-broken.text",
        })
    }

    fn status(&self) -> StatusCode {
        match self.notice {
            Notice::NotFound => StatusCode::NOT_FOUND,
            Notice::UnknownState => StatusCode::BAD_REQUEST,
            Notice::NotBack => StatusCode::OK,
            Notice::NotExchanged => StatusCode::BAD_GATEWAY,
            Notice::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl IntoResponse for NoticePage {
    fn into_response(self) -> Response {
        (self.status(), self.into_web_template()).into_response()
    }
}

/// Every page, with and without an answer.
#[cfg(test)]
pub(crate) fn samples(locale: crate::locale::Locale) -> Vec<(String, String)> {
    let frame = DemoFrame {
        words: locale.words(),
        switch: Some("?lang=other".to_owned()),
    };
    let exchange = Exchange {
        method: "GET",
        path: "/api/pis/person",
        status: Some(200),
        body: serde_json::to_string_pretty(&serde_json::json!({
            "meta": { "code": 200, "url": "http://127.0.0.1:8080/api/pis/person", "type": "object" },
            "data": { "first_name": "Соломія", "unzr": "20200101-00000", "long": "м".repeat(200) }
        }))
        .unwrap(),
    };
    let token = "Q3hhbXBsZS10b2tlbi1leGFtcGxlLXRva2VuLWV4YW1w";
    let granted = GrantedPage {
        frame: frame.clone(),
        entry: Entry::ConfidantSignUp,
        access_token: token.to_owned(),
        refresh_token: Some(token.to_owned()),
        scope: super::world::SCOPE.to_owned(),
        expires_at: Some(crate::web::samples::noon()),
        person_id: Some("5a3b1e00-0000-4000-8000-000000000009".to_owned()),
        user_id: Some("5a3b1e00-0000-4000-9000-000000000009".to_owned()),
        applicant_person_id: Some("5a3b1e00-0000-4000-8000-000000000001".to_owned()),
        last: None,
        action: "/result/state".to_owned(),
    };
    let mut pages = vec![
        (
            "cases".to_owned(),
            CasesPage {
                frame: frame.clone(),
            }
            .render(),
        ),
        (
            "send".to_owned(),
            SendPage {
                frame: frame.clone(),
                action: "http://127.0.0.1:8080/confidant/sign-up".to_owned(),
                fields: vec![("user_data", "MIIB\"<&".to_owned())],
            }
            .render(),
        ),
        (
            "govid".to_owned(),
            ChoosePage {
                frame: frame.clone(),
                state: "state\"<&".to_owned(),
            }
            .render(),
        ),
        ("granted".to_owned(), granted.render()),
        (
            "granted-own".to_owned(),
            GrantedPage {
                entry: Entry::SignUp,
                ..granted.clone()
            }
            .render(),
        ),
        (
            "granted-sign-in".to_owned(),
            GrantedPage {
                entry: Entry::SignIn,
                ..granted.clone()
            }
            .render(),
        ),
        (
            "phone".to_owned(),
            PhonePage {
                frame: frame.clone(),
                messages: vec![
                    Sms {
                        phone_number: "+380500000017".to_owned(),
                        body: "Код авторизації дій в системі eHealth: 3782".to_owned(),
                        at: crate::web::samples::noon(),
                    };
                    2
                ],
            }
            .render(),
        ),
        (
            "phone-silent".to_owned(),
            PhonePage {
                frame: frame.clone(),
                messages: Vec::new(),
            }
            .render(),
        ),
        (
            "granted-answer".to_owned(),
            GrantedPage {
                last: Some(exchange.clone()),
                refresh_token: None,
                applicant_person_id: None,
                ..granted.clone()
            }
            .render(),
        ),
        (
            "granted-silent".to_owned(),
            GrantedPage {
                last: Some(Exchange {
                    status: None,
                    ..exchange.clone()
                }),
                ..granted
            }
            .render(),
        ),
    ];
    for error in ["access_denied", "invalid_request", "server_error"] {
        let page = RefusedPage {
            frame: frame.clone(),
            error: error.to_owned(),
            description: "The user did not confirm the details.".to_owned(),
            confirm: None,
        };
        pages.push((format!("refused-{error}"), page.render()));
    }
    let claim = RefusedPage {
        frame: frame.clone(),
        error: "access_denied".to_owned(),
        description: "Relationship not confirmed".to_owned(),
        confirm: Some("/result/state".to_owned()),
    };
    pages.push(("refused-claim".to_owned(), claim.render()));
    for notice in [
        Notice::NotFound,
        Notice::UnknownState,
        Notice::NotBack,
        Notice::Broken,
    ] {
        let name = format!("notice-{}", format!("{notice:?}").to_lowercase());
        pages.push((name, NoticePage::new(frame.clone(), notice).render()));
    }
    let failed = NoticePage::with_exchange(frame, Notice::NotExchanged, exchange);
    pages.push(("notice-notexchanged".to_owned(), failed.render()));
    pages
        .into_iter()
        .map(|(name, html)| (format!("romashka-{name}"), html.unwrap()))
        .collect()
}
