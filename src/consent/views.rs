//! What the consent page shows.

use askama::Template;
use askama_web::WebTemplate;
use chrono::{DateTime, Utc};

use crate::{
    journey::payload::ConsentPayload,
    oauth::scope_words::ScopeView,
    web::{
        error_page::ErrorLine,
        layout::Layout,
        words::{Rich, Value},
    },
};

/// The application that asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientView {
    /// Its name.
    pub name: String,
    /// The domain that the browser returns to.
    pub domain: String,
    /// The legal entity it belongs to, if known.
    pub owner: Option<String>,
}

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignedIn {
    /// The patient.
    Patient {
        /// The patient's name.
        name: String,
    },
    /// A confidant, for the patient.
    Confidant {
        /// The confidant's name.
        name: String,
        /// The patient's name.
        patient: String,
    },
}

impl From<ConsentPayload> for SignedIn {
    fn from(kept: ConsentPayload) -> Self {
        let patient = kept.patient_name;
        match kept.confidant_name {
            Some(name) => Self::Confidant { name, patient },
            None => Self::Patient { name: patient },
        }
    }
}

/// «Надати доступ застосунку …?»: who asks, for what, until when, and the decision.
///
/// One form, posted to `action`, with `csrf` and `decision=confirm` or `decision=decline`.
#[derive(Debug, Clone, Template, WebTemplate)]
#[template(path = "accept.html")]
pub struct AcceptPage {
    /// The frame.
    pub layout: Layout,
    /// The application that asks.
    pub client: ClientView,
    /// Who is signed in.
    pub signed_in: SignedIn,
    /// Whether the access of somebody else ended because the patient came themselves.
    pub has_ended_others: bool,
    /// What it asks for; never empty.
    pub scopes: Vec<ScopeView>,
    /// When the access ends, if that is known now.
    pub valid_until: Option<DateTime<Utc>>,
    /// What went wrong when the access was to be given.
    pub errors: Vec<ErrorLine>,
    /// The address of what is allowed already.
    pub apps: String,
    /// Where the form goes.
    pub action: String,
    /// The form's CSRF token.
    pub csrf: String,
}

impl AcceptPage {
    /// The client's name stands in the heading, not in the title, which browsers keep.
    fn title(&self) -> String {
        let heading = self.layout.words.text("accept-title");
        if self.errors.is_empty() {
            self.layout.title(&heading)
        } else {
            self.layout.error_title(&heading)
        }
    }

    fn about_client(&self, key: &str) -> Rich {
        let client = Value::name(&self.client.name);
        self.layout.words.rich(key, &[("client", client)])
    }

    fn who(&self) -> Rich {
        let words = self.layout.words;
        match &self.signed_in {
            SignedIn::Patient { name } => {
                words.rich("accept-signed-in", &[("name", Value::strong(name))])
            }
            SignedIn::Confidant { name, patient } => words.rich(
                "accept-signed-in-confidant",
                &[
                    ("name", Value::strong(name)),
                    ("patient", Value::strong(patient)),
                ],
            ),
        }
    }

    fn whose(&self) -> Rich {
        let words = self.layout.words;
        match &self.signed_in {
            SignedIn::Patient { .. } => words.rich("accept-whose-own", &[]),
            SignedIn::Confidant { patient, .. } => words.rich(
                "accept-whose-patient",
                &[("patient", Value::strong(patient))],
            ),
        }
    }

    fn until(&self) -> Option<Rich> {
        let words = self.layout.words;
        let until = words.day(self.valid_until?);
        Some(words.rich("accept-valid-until", &[("day", Value::Day(until))]))
    }
}

/// What was allowed to an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppView {
    /// The id of its heading on the page.
    pub id: String,
    /// The application's name.
    pub name: String,
    /// What it can do.
    pub scopes: Vec<ScopeView>,
    /// The day since when.
    pub since: String,
    /// The day until when; none: it is over.
    pub until: Option<String>,
    /// The day on which the application got its last access token.
    pub used: Option<String>,
    /// Whether somebody acts in it for the person.
    pub by_confidant: bool,
    /// Where it is taken back.
    pub revoke: String,
}

/// «Застосунки з доступом до ваших даних»: each with what it can do, and the way to take that back.
#[derive(Debug, Clone, Template, WebTemplate)]
#[template(path = "apps.html")]
pub struct AppsPage {
    /// The frame.
    pub layout: Layout,
    /// Who is signed in.
    pub signed_in: SignedIn,
    /// The application that just lost its access.
    pub revoked: Option<String>,
    /// The applications.
    pub apps: Vec<AppView>,
    /// The address of the consent.
    pub back: String,
}

impl AppsPage {
    fn is_confidant(&self) -> bool {
        matches!(self.signed_in, SignedIn::Confidant { .. })
    }

    fn heading(&self) -> String {
        self.layout.words.text(if self.is_confidant() {
            "apps-heading-patient"
        } else {
            "apps-heading"
        })
    }

    fn title(&self) -> String {
        self.layout.title(&self.heading())
    }

    fn whose(&self) -> Option<Rich> {
        let SignedIn::Confidant { patient, .. } = &self.signed_in else {
            return None;
        };
        let patient = ("patient", Value::strong(patient));
        Some(self.layout.words.rich("apps-whose-patient", &[patient]))
    }

    fn status(&self) -> Option<Rich> {
        let client = ("client", Value::name(self.revoked.as_deref()?));
        Some(self.layout.words.rich("apps-revoked", &[client]))
    }

    fn revoke(&self, client: &str) -> Rich {
        let client = ("client", Value::name(client));
        self.layout.words.rich("apps-revoke-button", &[client])
    }
}

/// «Скасувати доступ для …?»: the decision.
///
/// One form, posted to `action`, with `csrf` and `decision=confirm` or `decision=decline`.
#[derive(Debug, Clone, Template, WebTemplate)]
#[template(path = "revoke.html")]
pub struct RevokePage {
    /// The frame.
    pub layout: Layout,
    /// The application's name.
    pub client_name: String,
    /// The address of the list.
    pub back: String,
    /// Where the form goes.
    pub action: String,
    /// The form's CSRF token.
    pub csrf: String,
}

impl RevokePage {
    /// The client's name stands in the heading, not in the title, which browsers keep.
    fn title(&self) -> String {
        self.layout.title(&self.layout.words.text("revoke-title"))
    }

    fn heading(&self) -> Rich {
        let client = ("client", Value::name(&self.client_name));
        self.layout.words.rich("revoke-heading", &[client])
    }
}

/// The consent of a patient, of a confidant, with every scope there is, with long names, and after a failure.
#[cfg(test)]
pub(crate) fn samples(locale: crate::locale::Locale) -> Vec<(String, String)> {
    use crate::{
        oauth::scope_words::{DESCRIBED, scope_words},
        web::samples::{LONG_CLIENT, layout, noon},
    };
    let scopes = |names: &[&str]| {
        names
            .iter()
            .map(|name| scope_words(locale, name).unwrap())
            .collect::<Vec<_>>()
    };
    let confidant = AcceptPage {
        has_ended_others: false,
        layout: layout(locale),
        client: ClientView {
            name: "Ромашка".to_owned(),
            domain: "pis.romashka.example.ua".to_owned(),
            owner: Some("ТОВ «Ромашка Здоровʼя»".to_owned()),
        },
        signed_in: SignedIn::Confidant {
            name: "Короленко Мар'яна Олегівна".to_owned(),
            patient: "Короленко Дар'я Захарівна".to_owned(),
        },
        scopes: scopes(&["person:read", "person_request:write", "app:authorize"]),
        valid_until: Some(noon()),
        errors: Vec::new(),
        apps: "/accept/3f1c/apps".to_owned(),
        action: "/accept/3f1c".to_owned(),
        csrf: "csrf-token".to_owned(),
    };
    let mut demo = confidant.clone();
    demo.layout = layout(locale).demo(true);
    let mut patient = confidant.clone();
    patient.signed_in = SignedIn::Patient {
        name: "Лі Ян".to_owned(),
    };
    patient.client.owner = None;
    patient.valid_until = None;
    patient.scopes = scopes(&["app:authorize"]);
    let mut everything = confidant.clone();
    everything.scopes = scopes(&DESCRIBED);
    everything.client.name = LONG_CLIENT.to_owned();
    everything.client.domain =
        "perviina-lanka.medychna-informatsiina-systema.zdorovia-peremyshliany.example.ua"
            .to_owned();
    everything.client.owner = Some(
        "Комунальне некомерційне підприємство «Центр первинної медико-санітарної допомоги»"
            .to_owned(),
    );
    let mut failed = confidant.clone();
    failed.errors = vec![ErrorLine::new(
        "У даного користувача недостатньо прав для доступу",
    )];
    let day = str::to_owned;
    let app = AppView {
        id: "app-1".to_owned(),
        name: "Ромашка".to_owned(),
        scopes: scopes(&["person:read", "condition:read"]),
        since: day("28.02.2026"),
        until: Some(day("22.06.2026")),
        used: Some(day("15.06.2026")),
        by_confidant: false,
        revoke: "/accept/3f1c/apps/1/revoke".to_owned(),
    };
    let mut long = AppView {
        id: "app-2".to_owned(),
        name: LONG_CLIENT.to_owned(),
        scopes: scopes(&DESCRIBED),
        until: None,
        used: None,
        by_confidant: true,
        ..app.clone()
    };
    long.scopes.push(ScopeView {
        title: "a-scope-that-nobody-described:read".to_owned(),
        detail: None,
        sensitive: false,
    });
    let apps = AppsPage {
        layout: layout(locale),
        signed_in: patient.signed_in.clone(),
        revoked: None,
        apps: vec![app.clone(), long],
        back: "/accept/3f1c".to_owned(),
    };
    let none = AppsPage {
        revoked: Some("Ромашка".to_owned()),
        apps: Vec::new(),
        ..apps.clone()
    };
    let of_patient = AppsPage {
        signed_in: confidant.signed_in.clone(),
        apps: vec![app],
        ..apps.clone()
    };
    let revoke = |client_name: &str| RevokePage {
        layout: layout(locale),
        client_name: client_name.to_owned(),
        back: "/accept/3f1c/apps".to_owned(),
        action: "/accept/3f1c/apps/1/revoke".to_owned(),
        csrf: "csrf-token".to_owned(),
    };
    let mut pages: Vec<(String, String)> = [
        ("apps", apps.render()),
        ("apps-none", none.render()),
        ("apps-of-patient", of_patient.render()),
        ("revoke", revoke("Ромашка").render()),
        ("revoke-long-client", revoke(LONG_CLIENT).render()),
    ]
    .into_iter()
    .map(|(name, html)| (name.to_owned(), html.unwrap()))
    .collect();
    let accept = [
        ("accept-confidant", confidant),
        ("accept-demo", demo),
        (
            "accept-others-ended",
            AcceptPage {
                has_ended_others: true,
                ..patient.clone()
            },
        ),
        ("accept-patient", patient),
        ("accept-everything", everything),
        ("accept-failed", failed),
    ]
    .into_iter()
    .map(|(name, page)| (name.to_owned(), page.render().unwrap()));
    pages.extend(accept);
    pages
}
