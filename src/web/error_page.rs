//! The page for everything that does not go on: what happened, what to do, where to go.
//!
//! The words of a case do not depend on its HTTP status; the handler (or the outer layer) sets that.

use std::{fmt, sync::Arc};

use askama::{Template, filters::Safe};
use askama_web::WebTemplate;
use chrono::{DateTime, Utc};

use super::{
    layout::Layout,
    words::{Rich, Value},
};

/// What is wrong with the link that led here (signup 2.3), each with its own sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadLink {
    /// No `client_id`.
    ClientIdMissing,
    /// No `redirect_uri`.
    RedirectUriMissing,
    /// No such client.
    ClientUnknown,
    /// The `redirect_uri` is not a registered one.
    RedirectUriMismatch,
    /// No `scope`.
    ScopeMissing,
    /// A scope that the client's type may not ask for, or that nobody described.
    ScopeNotAllowed,
    /// No `user_data`.
    UserDataMissing,
    /// No `token`.
    TokenMissing,
    /// A parameter given twice, or not readable.
    Malformed,
}

impl BadLink {
    /// Every case.
    pub const ALL: [Self; 9] = [
        Self::ClientIdMissing,
        Self::RedirectUriMissing,
        Self::ClientUnknown,
        Self::RedirectUriMismatch,
        Self::ScopeMissing,
        Self::ScopeNotAllowed,
        Self::UserDataMissing,
        Self::TokenMissing,
        Self::Malformed,
    ];

    /// The key of the sentence.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::ClientIdMissing => "bad-link-client-id-missing",
            Self::RedirectUriMissing => "bad-link-redirect-uri-missing",
            Self::ClientUnknown => "bad-link-client-unknown",
            Self::RedirectUriMismatch => "bad-link-redirect-uri-mismatch",
            Self::ScopeMissing => "bad-link-scope-missing",
            Self::ScopeNotAllowed => "bad-link-scope-not-allowed",
            Self::UserDataMissing => "bad-link-user-data-missing",
            Self::TokenMissing => "bad-link-token-missing",
            Self::Malformed => "bad-link-malformed",
        }
    }
}

/// What became of the data when something broke on our side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// Nothing was stored.
    Nothing,
    /// What the person confirmed is stored.
    Confirmed,
    /// There was nothing to store, or it is not known.
    Unknown,
}

/// Why a page cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// The flow's time is over; it lasted this many minutes.
    FlowExpired {
        /// How long the flow was good for.
        minutes: u32,
    },
    /// The flow's time is over after the details were confirmed: they are registered, the access is not given.
    AccessExpired {
        /// How long the flow was good for.
        minutes: u32,
    },
    /// The time of a consent that nothing came before is over.
    SignInExpired {
        /// How long the flow was good for.
        minutes: u32,
    },
    /// The browser brought no session, or one of another flow.
    SessionLost,
    /// The form's CSRF token is not good.
    StalePage,
    /// The flow is finished, or the signature was used.
    AlreadyDone,
    /// The patient has an account already.
    AlreadyRegistered,
    /// The signature did not verify.
    SignatureInvalid,
    /// Somebody else signed.
    SignerMismatch,
    /// Somebody else signed than the one whose data these are.
    SignerNotPerson,
    /// Too many wrong codes from a message.
    TooManyCodes {
        /// How many.
        attempts: u32,
        /// When another code may be ordered; none: now.
        retry_at: Option<DateTime<Utc>>,
    },
    /// The link from the application is wrong.
    BadLink(BadLink),
    /// The client application is blocked.
    ClientBlocked,
    /// The person is blocked.
    Blocked,
    /// The person, or the token of the link, lacks the right.
    NotAllowed,
    /// The data are good, but the registration cannot be completed; the lines say why.
    NotCompleted,
    /// The signed data broke rules; the lines say which.
    DataErrors,
    /// The data are good, but the one who sent them cannot be a confidant as things are; the lines say why.
    ConfidantUnfit,
    /// Somebody came back from the provider of identities without a proof.
    IdentityDeclined,
    /// The provider of identities does not say who somebody is.
    IdentityUnavailable,
    /// The provider of identities does not know enough of somebody.
    IdentityIncomplete,
    /// No such page.
    NotFound,
    /// Too many requests.
    TooManyRequests {
        /// When to try again, if known.
        retry_at: Option<DateTime<Utc>>,
    },
    /// The address does not know this method.
    MethodNotAllowed,
    /// The request could not be read.
    BadRequest,
    /// The request was too large.
    PayloadTooLarge,
    /// Something broke on our side.
    Internal {
        /// What became of the data.
        saved: Saved,
    },
    /// The service is resting.
    Unavailable {
        /// Until when, if known.
        until: Option<DateTime<Utc>>,
    },
}

impl Problem {
    /// The key of the heading; `.text` and `.advice` are its attributes.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::FlowExpired { .. } => "problem-flow-expired",
            Self::AccessExpired { .. } => "problem-access-expired",
            Self::SignInExpired { .. } => "problem-sign-in-expired",
            Self::SignerNotPerson => "problem-signer-not-person",
            Self::TooManyCodes { .. } => "problem-too-many-codes",
            Self::NotCompleted => "problem-not-completed",
            Self::SessionLost => "problem-session-lost",
            Self::StalePage => "problem-stale-page",
            Self::AlreadyDone => "problem-already-done",
            Self::AlreadyRegistered => "problem-already-registered",
            Self::SignatureInvalid => "problem-signature-invalid",
            Self::SignerMismatch => "problem-signer-mismatch",
            Self::BadLink(_) => "problem-bad-link",
            Self::ClientBlocked => "problem-client-blocked",
            Self::Blocked => "problem-blocked",
            Self::NotAllowed => "problem-not-allowed",
            Self::DataErrors => "problem-data-errors",
            Self::ConfidantUnfit => "problem-confidant-unfit",
            Self::IdentityDeclined => "problem-identity-declined",
            Self::IdentityUnavailable => "problem-identity-unavailable",
            Self::IdentityIncomplete => "problem-identity-incomplete",
            Self::NotFound => "problem-not-found",
            Self::TooManyRequests { .. } => "problem-too-many-requests",
            Self::MethodNotAllowed => "problem-method-not-allowed",
            Self::BadRequest => "problem-bad-request",
            Self::PayloadTooLarge => "problem-payload-too-large",
            Self::Internal { .. } => "problem-internal",
            Self::Unavailable { .. } => "problem-unavailable",
        }
    }

    /// When to try again, where that is known.
    #[must_use]
    pub const fn retry_at(self) -> Option<DateTime<Utc>> {
        match self {
            Self::TooManyRequests { retry_at } | Self::TooManyCodes { retry_at, .. } => retry_at,
            Self::Unavailable { until } => until,
            _ => None,
        }
    }

    /// Whether something went wrong: a finished step is told of, but is no error.
    #[must_use]
    pub const fn is_error(self) -> bool {
        !matches!(self, Self::AlreadyDone | Self::AlreadyRegistered)
    }
}

impl Problem {
    /// Whether an entry has it whatever was signed and whoever sent it: the parameters that name the client decide.
    #[must_use]
    pub const fn is_impersonal(self) -> bool {
        matches!(
            self,
            Self::ClientBlocked
                | Self::BadLink(
                    BadLink::ClientIdMissing
                        | BadLink::RedirectUriMissing
                        | BadLink::ClientUnknown
                        | BadLink::RedirectUriMismatch
                        | BadLink::ScopeMissing
                        | BadLink::ScopeNotAllowed
                        | BadLink::UserDataMissing
                )
        )
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorLine {
    /// What is wrong, in the person's language.
    pub text: String,
    /// The place on the same page, `#id`, if there is one.
    pub href: Option<String>,
}

impl ErrorLine {
    /// A line that leads nowhere.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            href: None,
        }
    }
}

/// The way back to the client application; only after `client_id` and `redirect_uri` were found good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnLink {
    /// The client's name.
    pub client: String,
    /// Where it leads.
    pub href: String,
}

/// A part of a page that is drawn already, as HTML. `Debug` shows nothing of it: it may hold a person's data.
#[derive(Clone)]
pub struct Part(Arc<str>);

impl Part {
    /// The part that a template drew.
    #[must_use]
    pub fn from_html(html: String) -> Self {
        Self(html.into())
    }

    /// The part, to be put into a page as it is.
    #[must_use]
    pub fn html(&self) -> Safe<&str> {
        Safe(&self.0)
    }
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Part({} octets)", self.0.len())
    }
}

/// A page that tells why it does not go on.
#[derive(Debug, Clone, Template, WebTemplate)]
#[template(path = "error.html")]
pub struct ErrorPage {
    /// The frame.
    pub layout: Layout,
    /// The case.
    pub kind: Problem,
    /// What is wrong in particular; the sentence of a [`BadLink`] comes by itself.
    pub messages: Vec<ErrorLine>,
    /// The class of the error, for the support; empty for none.
    pub code: String,
    /// The way back to the client.
    pub return_to: Option<ReturnLink>,
    /// Where to try the same again.
    pub again: Option<String>,
    /// The data that the lines are about, as a part of the page.
    pub sent: Option<Part>,
}

impl ErrorPage {
    /// The page of a case, with no lines and no way out.
    #[must_use]
    pub fn new(layout: Layout, kind: Problem, code: impl Into<String>) -> Self {
        Self {
            layout,
            kind,
            messages: Vec::new(),
            code: code.into(),
            return_to: None,
            again: None,
            sent: None,
        }
    }

    /// The same page with these lines.
    #[must_use]
    pub fn messages(mut self, messages: Vec<ErrorLine>) -> Self {
        self.messages = messages;
        self
    }

    /// The same page with a way back to the client.
    #[must_use]
    pub fn return_to(mut self, client: impl Into<String>, href: impl Into<String>) -> Self {
        self.return_to = Some(ReturnLink {
            client: client.into(),
            href: href.into(),
        });
        self
    }

    /// The same page with a link that tries again.
    #[must_use]
    pub fn again(mut self, href: impl Into<String>) -> Self {
        self.again = Some(href.into());
        self
    }

    fn heading(&self) -> String {
        self.layout.words.text(self.kind.key())
    }

    fn title(&self) -> String {
        if self.kind.is_error() {
            self.layout.error_title(&self.heading())
        } else {
            self.layout.title(&self.heading())
        }
    }

    /// What happened.
    fn text(&self) -> Rich {
        let words = self.layout.words;
        let key = format!("{}.text", self.kind.key());
        match self.kind {
            Problem::FlowExpired { minutes }
            | Problem::AccessExpired { minutes }
            | Problem::SignInExpired { minutes } => {
                words.rich(&key, &[("minutes", minutes.into())])
            }
            Problem::TooManyCodes { attempts, retry_at } => {
                let mut values = vec![("attempts", attempts.into())];
                let time = retry_at.map(|at| ("time", Value::Time(at)));
                values.extend(time);
                let until = if retry_at.is_some() { "-until" } else { "" };
                words.rich(&format!("{key}{until}"), &values)
            }
            Problem::TooManyRequests { retry_at: Some(at) }
            | Problem::Unavailable { until: Some(at) } => {
                words.rich(&format!("{key}-until"), &[("time", Value::Time(at))])
            }
            Problem::Internal { saved } => {
                let key = match saved {
                    Saved::Nothing => "problem-internal.text-nothing-saved",
                    Saved::Confirmed => "problem-internal.text-saved",
                    Saved::Unknown => "problem-internal.text",
                };
                words.rich(key, &[])
            }
            Problem::BadLink(link) => words.rich(link.key(), &[]),
            _ => words.rich(&key, &[]),
        }
    }

    /// What to do, with the client's name where it may be said.
    fn advice(&self) -> Option<Rich> {
        let words = self.layout.words;
        let key = format!("{}.advice", self.kind.key());
        self.return_to
            .as_ref()
            .and_then(|link| {
                let named = format!("{key}-client");
                words.find_rich(&named, &[("client", Value::name(&link.client))])
            })
            .or_else(|| {
                let phone = Value::phone(&self.layout.support.phone);
                words.find_rich(&key, &[("phone", phone)])
            })
    }

    fn steps(&self) -> &'static [&'static str] {
        match self.kind {
            Problem::SessionLost => &[
                "problem-session-lost.step-same-browser",
                "problem-session-lost.step-cookies",
                "problem-session-lost.step-restart",
            ],
            _ => &[],
        }
    }

    fn support_reference(&self) -> String {
        match (self.code.is_empty(), self.layout.request_id.is_empty()) {
            (false, false) => format!("{}-{}", self.code, self.layout.request_id),
            (true, _) => self.layout.request_id.clone(),
            (false, true) => self.code.clone(),
        }
    }
}

/// Every case, once or more.
#[cfg(test)]
pub(crate) fn problems() -> Vec<(String, Problem)> {
    use crate::web::samples::noon;
    let mut all: Vec<(String, Problem)> = [
        ("flow-expired", Problem::FlowExpired { minutes: 30 }),
        ("access-expired", Problem::AccessExpired { minutes: 61 }),
        ("sign-in-expired", Problem::SignInExpired { minutes: 60 }),
        ("signer-not-person", Problem::SignerNotPerson),
        (
            "too-many-codes",
            Problem::TooManyCodes {
                attempts: 4,
                retry_at: None,
            },
        ),
        (
            "too-many-codes-until",
            Problem::TooManyCodes {
                attempts: 21,
                retry_at: Some(noon()),
            },
        ),
        ("not-completed", Problem::NotCompleted),
        ("session-lost", Problem::SessionLost),
        ("stale-page", Problem::StalePage),
        ("already-done", Problem::AlreadyDone),
        ("already-registered", Problem::AlreadyRegistered),
        ("signature-invalid", Problem::SignatureInvalid),
        ("signer-mismatch", Problem::SignerMismatch),
        ("client-blocked", Problem::ClientBlocked),
        ("blocked", Problem::Blocked),
        ("not-allowed", Problem::NotAllowed),
        ("data-errors", Problem::DataErrors),
        ("confidant-unfit", Problem::ConfidantUnfit),
        ("identity-declined", Problem::IdentityDeclined),
        ("identity-unavailable", Problem::IdentityUnavailable),
        ("identity-incomplete", Problem::IdentityIncomplete),
        ("not-found", Problem::NotFound),
        (
            "too-many-requests",
            Problem::TooManyRequests { retry_at: None },
        ),
        (
            "too-many-requests-until",
            Problem::TooManyRequests {
                retry_at: Some(noon()),
            },
        ),
        ("method-not-allowed", Problem::MethodNotAllowed),
        ("bad-request", Problem::BadRequest),
        ("payload-too-large", Problem::PayloadTooLarge),
        (
            "internal",
            Problem::Internal {
                saved: Saved::Unknown,
            },
        ),
        (
            "internal-nothing-saved",
            Problem::Internal {
                saved: Saved::Nothing,
            },
        ),
        (
            "internal-saved",
            Problem::Internal {
                saved: Saved::Confirmed,
            },
        ),
        ("unavailable", Problem::Unavailable { until: None }),
        (
            "unavailable-until",
            Problem::Unavailable {
                until: Some(noon()),
            },
        ),
    ]
    .into_iter()
    .map(|(name, problem)| (name.to_owned(), problem))
    .collect();
    all.extend(
        BadLink::ALL
            .into_iter()
            .map(|link| (link.key().to_owned(), Problem::BadLink(link))),
    );
    all
}

/// Every case alone and with a way back, and data errors with many lines.
#[cfg(test)]
pub(crate) fn samples(locale: crate::locale::Locale) -> Vec<(String, String)> {
    use crate::web::samples::{LONG_CLIENT, layout};
    let mut pages: Vec<(String, ErrorPage)> = Vec::new();
    for (name, kind) in problems() {
        let page = ErrorPage::new(layout(locale), kind, "E42");
        if !matches!(kind, Problem::BadLink(_)) {
            pages.push((
                format!("error-{name}-return"),
                page.clone().return_to(
                    LONG_CLIENT,
                    "https://pis.example.ua/callback?error=x&state=1",
                ),
            ));
        }
        pages.push((format!("error-{name}"), page));
    }
    let lines = [
        "Обовʼязковий атрибут \"Дата народження\" відсутній",
        "Мінімум один телефон контактної особи для екстрених випадків має бути вказаний",
        "Некоректне значення атрибуту \"Ідентифікатор населеного пункту прописки (проживання)\"",
    ];
    pages.push((
        "error-data-errors-lines".to_owned(),
        ErrorPage::new(layout(locale), Problem::DataErrors, "E42")
            .messages(lines.into_iter().map(ErrorLine::new).collect())
            .return_to("Ромашка", "https://pis.example.ua/callback"),
    ));
    pages.push((
        "error-stale-page-again".to_owned(),
        ErrorPage::new(layout(locale).demo(true), Problem::StalePage, "")
            .again("/confidant/sign-up/abc"),
    ));
    pages
        .into_iter()
        .map(|(name, page)| (name, page.render().unwrap()))
        .collect()
}
