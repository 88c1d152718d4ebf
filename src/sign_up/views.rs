//! What the pages of a sign-up show.

use askama::Template;
use askama_web::WebTemplate;
use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use crate::{
    details::{
        self, DetailsCard, DetailsRow, DetailsValue, Extent, SignUpKind, SubmittedData,
        refusal::{self, Wrong},
    },
    person::dictionaries::Dictionaries,
    web::{
        error_page::{ErrorLine, ReturnLink},
        layout::Layout,
        words::{Rich, Value},
    },
};

/// What is to be confirmed.
#[derive(Debug, Clone, Copy)]
pub struct Details<'a> {
    /// `person` of the signed content (signup 8.2), with the confidant's names (5.1).
    pub person: &'a Json,
    /// `patient_signed` as signed.
    pub patient_signed: bool,
    /// `process_disclosure_data_consent` as signed.
    pub process_disclosure_data_consent: bool,
    /// The name of the client application that sent the data.
    pub client_name: &'a str,
    /// When the flow ends.
    pub expires_at: DateTime<Utc>,
    /// Who signs for whom.
    pub kind: SignUpKind,
    /// As whom the patient is registered already; none: they are not, or whoever looks may not know.
    pub known: Option<KnownAs>,
    /// What the codes among the data mean.
    pub dictionaries: &'a Dictionaries,
}

/// Somebody who is registered already, as a page speaks of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnownAs {
    /// A child.
    Child,
    /// Somebody of age for whom another acts.
    Patient,
    /// Whoever looks at the page.
    Oneself,
}

/// «Перевірте свої дані»: everything that will be registered, and the decision.
///
/// One form, posted to `action`, with `csrf` and `decision=confirm` or `decision=decline`.
#[derive(Debug, Clone, Template, WebTemplate)]
#[template(path = "details.html")]
pub struct DetailsPage {
    layout: Layout,
    kind: SignUpKind,
    known: Option<KnownAs>,
    client_name: String,
    patient_name: String,
    expires_at: DateTime<Utc>,
    cards: Vec<DetailsCard>,
    identifiers: Vec<DetailsRow>,
    errors: Vec<ErrorLine>,
    return_to: Option<ReturnLink>,
    action: String,
    csrf: String,
}

impl DetailsPage {
    /// The page of `details`, whose form goes to `action` with the token `csrf`.
    #[must_use]
    pub fn new(
        layout: Layout,
        details: &Details<'_>,
        action: impl Into<String>,
        csrf: impl Into<String>,
    ) -> Self {
        let sent = SubmittedData {
            person: details.person,
            patient_signed: Some(details.patient_signed),
            process_disclosure_data_consent: Some(details.process_disclosure_data_consent),
        };
        let extent = Extent::Whole;
        Self {
            kind: details.kind,
            known: details.known,
            client_name: details.client_name.to_owned(),
            patient_name: details::full_name(details.person),
            expires_at: details.expires_at,
            cards: details::cards(
                layout.words,
                details.dictionaries,
                &sent,
                details.kind,
                extent,
            ),
            identifiers: details::identifiers(
                layout.words,
                details.dictionaries,
                details.person,
                extent,
            ),
            errors: Vec::new(),
            return_to: None,
            action: action.into(),
            csrf: csrf.into(),
            layout,
        }
    }

    /// The same page after a confirmation that was refused: what is wrong leads to its rows, and `return_to` to the client.
    #[must_use]
    pub fn with_refusal(mut self, wrongs: Vec<Wrong>, return_to: ReturnLink) -> Self {
        self.errors = refusal::link(wrongs, &mut self.cards, &mut self.identifiers);
        self.return_to = Some(return_to);
        self
    }

    fn heading(&self) -> String {
        self.layout.words.text(match self.kind {
            SignUpKind::Own => "details-heading",
            SignUpKind::Confidant => "details-heading-confidant",
        })
    }

    fn title(&self) -> String {
        if self.errors.is_empty() {
            self.layout.title(&self.heading())
        } else {
            self.layout.error_title(&self.heading())
        }
    }

    fn lead(&self) -> Rich {
        let client = Value::strong(&self.client_name);
        self.layout
            .words
            .rich("details-lead", &[("client", client)])
    }

    fn for_whom(&self) -> Option<Rich> {
        (self.kind == SignUpKind::Confidant).then(|| {
            let patient = Value::strong(&self.patient_name);
            self.layout
                .words
                .rich("details-for-whom", &[("patient", patient)])
        })
    }

    /// That the data in the registry will not change.
    fn registered_note(&self) -> Option<String> {
        self.known.map(|known| {
            self.layout.words.text(match known {
                KnownAs::Child => "details-known-child",
                KnownAs::Patient => "details-known-patient",
                KnownAs::Oneself => "details-known-own",
            })
        })
    }

    /// What a confirmation does.
    fn decide_what(&self) -> String {
        self.layout.words.text(match self.known {
            None => "details-decide-what",
            Some(KnownAs::Oneself) => "details-decide-known-own",
            Some(_) => "details-decide-known",
        })
    }

    fn until(&self) -> Rich {
        let time = Value::Time(self.expires_at);
        self.layout.words.rich("details-until", &[("time", time)])
    }

    fn change(&self) -> Rich {
        let client = Value::name(&self.client_name);
        self.layout
            .words
            .rich("details-change-button", &[("client", client)])
    }
}

/// «Ви не підтвердили дані»: a way back and a way out.
///
/// The way back is a link to `back`; the way out is a form posted to `action` with `csrf` and `decision=leave`.
#[derive(Debug, Clone, Template, WebTemplate)]
#[template(path = "declined.html")]
pub struct DeclinedPage {
    /// The frame.
    pub layout: Layout,
    /// The name of the client application.
    pub client_name: String,
    /// The address of the details.
    pub back: String,
    /// Where the form goes.
    pub action: String,
    /// The form's CSRF token.
    pub csrf: String,
}

impl DeclinedPage {
    fn heading(&self) -> String {
        self.layout.words.text("declined-heading")
    }

    fn title(&self) -> String {
        self.layout.title(&self.heading())
    }

    fn leave(&self) -> Rich {
        let client = Value::name(&self.client_name);
        self.layout
            .words
            .rich("declined-leave-button", &[("client", client)])
    }
}

/// The pages of a child, of long names, of an adult with nothing optional, and of a "no".
#[cfg(test)]
pub(crate) fn samples(locale: crate::locale::Locale) -> Vec<(String, String)> {
    use crate::details::people;
    use crate::web::samples::{LONG_CLIENT, layout, noon};
    let page_of = |layout, person: &Json, kind, client_name, known| {
        let details = Details {
            person,
            patient_signed: true,
            process_disclosure_data_consent: true,
            client_name,
            expires_at: noon(),
            kind,
            known,
            dictionaries: crate::person::dictionaries::shipped::dictionaries(),
        };
        DetailsPage::new(layout, &details, "/confidant/sign-up/3f1c", "csrf-token")
            .render()
            .unwrap()
    };
    let page =
        |layout, person: &Json, kind, client_name| page_of(layout, person, kind, client_name, None);
    let known =
        |person: &Json, kind, known| page_of(layout(locale), person, kind, "Ромашка", Some(known));
    let declined = |client_name: &str| {
        DeclinedPage {
            layout: layout(locale),
            client_name: client_name.to_owned(),
            back: "/confidant/sign-up/3f1c".to_owned(),
            action: "/confidant/sign-up/3f1c/declined".to_owned(),
            csrf: "csrf-token".to_owned(),
        }
        .render()
        .unwrap()
    };
    [
        (
            "details-child",
            page(
                layout(locale),
                &people::child(),
                SignUpKind::Confidant,
                "Ромашка",
            ),
        ),
        (
            "details-child-demo",
            page(
                layout(locale).demo(true),
                &people::child(),
                SignUpKind::Confidant,
                "Ромашка",
            ),
        ),
        (
            "details-long-names",
            page(
                layout(locale),
                &people::long_names(),
                SignUpKind::Confidant,
                LONG_CLIENT,
            ),
        ),
        (
            "details-own-bare",
            page(layout(locale), &people::bare(), SignUpKind::Own, "Ромашка"),
        ),
        (
            "details-known-child",
            known(&people::child(), SignUpKind::Confidant, KnownAs::Child),
        ),
        (
            "details-known-patient",
            known(&people::bare(), SignUpKind::Confidant, KnownAs::Patient),
        ),
        (
            "details-known-oneself",
            known(&people::bare(), SignUpKind::Own, KnownAs::Oneself),
        ),
        ("declined", declined("Ромашка")),
        ("declined-long-client", declined(LONG_CLIENT)),
    ]
    .into_iter()
    .map(|(name, html)| (name.to_owned(), html))
    .collect()
}
