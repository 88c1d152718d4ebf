//! What stands around the content of every page.

use std::fmt;

use chrono::{DateTime, Utc};

use super::words::{Value, Words, tel};
use crate::{config::Support, locale::Locale};

/// The frame of a page: language, help, the switch to the other language.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The words of the page's language.
    pub words: Words,
    /// The id of the request, shown on error pages for the support.
    pub request_id: String,
    /// The way to the same page in the other language; none where there is no such page to go to.
    pub switch: Option<Switch>,
    /// Whether this is a demonstration, said aloud on every page.
    pub demo: bool,
    /// Whom to ask for help, the same on every page (WCAG 2.2, 3.2.6).
    pub support: Support,
    /// Where and when the page was drawn, for its print.
    pub drawn: Option<PrintOrigin>,
}

/// The way to the same page in the other language.
#[derive(Clone, PartialEq, Eq)]
pub enum Switch {
    /// An address.
    Link(String),
    /// A form that sends again what the page answers: it must not be written into an address.
    Form {
        /// Where it is sent.
        action: String,
        /// The names and values that are sent.
        fields: Vec<(&'static str, String)>,
    },
}

/// The values of a form may be personal: only the kind is shown.
impl fmt::Debug for Switch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Link(_) => f.write_str("Switch::Link(…)"),
            Self::Form { .. } => f.write_str("Switch::Form(…)"),
        }
    }
}

/// Where and when a page was drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrintOrigin {
    /// The address without its query, which may hold a person's data.
    pub address: String,
    /// The moment.
    pub at: DateTime<Utc>,
}

impl Support {
    /// The `tel:` address of the phone.
    #[must_use]
    pub fn phone_href(&self) -> String {
        tel(&self.phone)
    }
}

impl Layout {
    /// A frame in `locale` for the request `request_id`, without a switch, not a demonstration.
    #[must_use]
    pub fn new(locale: Locale, request_id: impl Into<String>) -> Self {
        Self {
            words: locale.words(),
            request_id: request_id.into(),
            switch: None,
            demo: false,
            support: Support::default(),
            drawn: None,
        }
    }

    /// The same frame with a switch to the other language that leads to `href`.
    #[must_use]
    pub fn switch(mut self, href: impl Into<String>) -> Self {
        self.switch = Some(Switch::Link(href.into()));
        self
    }

    /// The same frame, marked as a demonstration or not.
    #[must_use]
    pub fn demo(mut self, demo: bool) -> Self {
        self.demo = demo;
        self
    }

    /// The same frame with another support.
    #[must_use]
    pub fn support(mut self, support: Support) -> Self {
        self.support = support;
        self
    }

    /// The same frame, drawn at this address and moment.
    #[must_use]
    pub fn with_print_origin(mut self, address: impl Into<String>, at: DateTime<Utc>) -> Self {
        let address = address.into();
        self.drawn = Some(PrintOrigin { address, at });
        self
    }

    /// When the support answers.
    #[must_use]
    pub fn support_hours(&self) -> String {
        let said = self.support.hours.clone();
        said.unwrap_or_else(|| self.words.text("help-hours"))
    }

    /// What the print of the page says of itself: where and when, nothing of the person.
    #[must_use]
    pub fn print_line(&self) -> Option<String> {
        let PrintOrigin { address, at } = self.drawn.as_ref()?;
        let day = self.words.date(self.words.day(*at));
        let time = self.words.time(*at);
        let values = [
            ("address", Value::Text(address.into())),
            ("day", Value::Text(day.into())),
            ("time", Value::Text(time.into())),
        ];
        Some(self.words.text_with("printed", &values))
    }

    /// The title of a page: what to do, then the service.
    #[must_use]
    pub fn title(&self, heading: &str) -> String {
        format!("{heading} — {}", self.words.text("service-short"))
    }

    /// The title of a page that tells of an error.
    #[must_use]
    pub fn error_title(&self, heading: &str) -> String {
        self.title(&format!("{}{heading}", self.words.text("error-prefix")))
    }
}
