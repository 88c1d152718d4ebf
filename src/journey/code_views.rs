//! What the page of the code shows.

use askama::Template;
use askama_web::WebTemplate;
use chrono::{DateTime, Utc};

use crate::{
    details::mask,
    web::{
        error_page::ErrorLine,
        layout::Layout,
        words::{Rich, Value},
    },
};

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing was typed.
    Empty,
    /// Too few digits, or too many.
    Length,
    /// Something that is no digit.
    Letters,
    /// Another code.
    Wrong {
        /// Attempts left.
        left: u32,
    },
    /// The code's time is over.
    Expired,
    /// The code was used, or there is another one.
    Used,
    /// It is too soon for another code.
    TooSoon,
    /// The message could not be sent.
    NotSent,
}

impl Trouble {
    /// Whether the field is to blame, and not the order of a code.
    fn is_of_field(self) -> bool {
        !matches!(self, Self::TooSoon | Self::NotSent)
    }

    /// Whether only a new code helps.
    fn needs_new_code(self) -> bool {
        matches!(
            self,
            Self::Expired | Self::Used | Self::TooSoon | Self::NotSent
        )
    }
}

/// The page of a code as the last step of a form.
#[derive(Debug, Clone)]
pub struct LastStep {
    /// Which step: 4 of 4.
    pub number: u32,
    /// Until when the form is good.
    pub expires_at: DateTime<Utc>,
    /// Where the number can be changed.
    pub change: String,
}

/// «Введіть код із СМС»: one field, and what helps when no code comes.
///
/// Three forms: the code goes to `action` with `csrf`; another code is ordered at `resend` with `resend_csrf`; whose
/// number it is not goes back to the client by `leave` with `leave_csrf` and `decision=leave`.
#[derive(Clone, Template, WebTemplate)]
#[template(path = "code.html")]
pub struct CodePage {
    /// The frame.
    pub layout: Layout,
    /// The name of the client application.
    pub client_name: String,
    /// The number that the code went to; only its end is shown.
    pub number: String,
    /// Whether any code was sent.
    pub is_sent: bool,
    /// When another code was sent, right after it was.
    pub sent_again_at: Option<DateTime<Utc>>,
    /// When another code can be ordered; none: now.
    pub next_at: Option<DateTime<Utc>>,
    /// For how many minutes a code is good.
    pub minutes: u32,
    /// Digits of a code.
    pub digits: u32,
    /// What is wrong.
    pub trouble: Option<Trouble>,
    /// What was typed.
    pub typed: String,
    /// The address of the page before.
    pub back: String,
    /// Where the page is the last step of a form, in which the number can be changed; none: only at the client.
    pub step: Option<LastStep>,
    /// Where the code goes.
    pub action: String,
    /// Its CSRF token.
    pub csrf: String,
    /// Where another code is ordered.
    pub resend: String,
    /// Its CSRF token.
    pub resend_csrf: String,
    /// Where somebody goes whose number it is not.
    pub leave: String,
    /// Its CSRF token.
    pub leave_csrf: String,
}

impl std::fmt::Debug for CodePage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CodePage")
            .field("trouble", &self.trouble)
            .finish_non_exhaustive()
    }
}

impl CodePage {
    fn heading(&self) -> String {
        self.layout.words.text("code-heading")
    }

    fn title(&self) -> String {
        if self.trouble.is_some() {
            self.layout.error_title(&self.heading())
        } else {
            self.layout.title(&self.heading())
        }
    }

    fn progress(&self) -> Option<String> {
        let step = ("step", Value::Number(self.step.as_ref()?.number));
        Some(self.layout.words.text_with("cabinet-progress", &[step]))
    }

    fn until(&self) -> Option<Rich> {
        let time = ("time", Value::Time(self.step.as_ref()?.expires_at));
        Some(self.layout.words.rich("cabinet-until", &[time]))
    }

    fn minutes(&self) -> Rich {
        let minutes = ("minutes", Value::Number(self.minutes));
        self.layout.words.rich("code-minutes", &[minutes])
    }

    /// The last digits of the number.
    fn end(&self) -> String {
        mask(&self.number).1
    }

    fn hint(&self) -> Rich {
        let digits = ("digits", Value::Number(self.digits));
        self.layout.words.rich("code-hint", &[digits])
    }

    /// What is wrong, in words.
    fn error(&self) -> Option<String> {
        let words = self.layout.words;
        let number = |name, number| [(name, Value::Number(number))];
        Some(match self.trouble? {
            Trouble::Empty => words.text("code-error-empty"),
            Trouble::Length => words.text_with("code-error-length", &number("digits", self.digits)),
            Trouble::Letters => words.text("code-error-letters"),
            Trouble::Wrong { left } => words.text_with("code-error-wrong", &number("left", left)),
            Trouble::Expired => words.text("code-error-expired"),
            Trouble::Used => words.text("code-error-used"),
            Trouble::TooSoon => match self.next_at {
                Some(at) => {
                    let time = Value::Text(words.time(at).into());
                    words.text_with("code-error-too-soon", &[("time", time)])
                }
                None => words.text("code-error-expired"),
            },
            Trouble::NotSent => words.text("code-error-not-sent"),
        })
    }

    fn field_error(&self) -> Option<String> {
        self.trouble.filter(|trouble| trouble.is_of_field())?;
        self.error()
    }

    fn lines(&self) -> Vec<ErrorLine> {
        let place = match self.trouble {
            Some(trouble) if trouble.is_of_field() => "#code",
            _ => "#new-code",
        };
        self.error()
            .map(|text| ErrorLine {
                text,
                href: Some(place.to_owned()),
            })
            .into_iter()
            .collect()
    }

    fn is_open(&self) -> bool {
        self.trouble.is_some_and(Trouble::needs_new_code)
    }

    fn status(&self) -> Option<Rich> {
        let time = Value::Time(self.sent_again_at?);
        Some(self.layout.words.rich("code-sent-again", &[("time", time)]))
    }

    fn next(&self) -> Option<Rich> {
        let time = Value::Time(self.next_at?);
        Some(self.layout.words.rich("code-next", &[("time", time)]))
    }

    fn about_client(&self, key: &str) -> Rich {
        let client = Value::name(&self.client_name);
        self.layout.words.rich(key, &[("client", client)])
    }
}

/// The page as it is first seen.
#[cfg(test)]
pub(crate) fn sample(locale: crate::locale::Locale) -> CodePage {
    use crate::web::samples::{layout, noon};
    CodePage {
        layout: layout(locale),
        client_name: "Ромашка".to_owned(),
        number: "+380501234567".to_owned(),
        is_sent: true,
        sent_again_at: None,
        next_at: Some(noon()),
        minutes: 5,
        digits: 4,
        trouble: None,
        typed: String::new(),
        back: "/sign-up/3f1c".to_owned(),
        step: None,
        action: "/sign-up/3f1c/code".to_owned(),
        csrf: "csrf-token".to_owned(),
        resend: "/sign-up/3f1c/code/resend".to_owned(),
        resend_csrf: "csrf-token".to_owned(),
        leave: "/sign-up/3f1c/declined".to_owned(),
        leave_csrf: "csrf-token".to_owned(),
    }
}

/// The page as it is first seen, after another code, and in every trouble.
#[cfg(test)]
pub(crate) fn samples(locale: crate::locale::Locale) -> Vec<(String, String)> {
    use crate::web::samples::{LONG_CLIENT, layout, noon};
    let page = sample(locale);
    let with = |trouble, typed: &str| CodePage {
        trouble: Some(trouble),
        typed: typed.to_owned(),
        ..page.clone()
    };
    let ready = CodePage {
        next_at: None,
        layout: layout(locale).demo(true),
        client_name: LONG_CLIENT.to_owned(),
        digits: 6,
        minutes: 21,
        ..page.clone()
    };
    let again = CodePage {
        sent_again_at: Some(noon()),
        ..page.clone()
    };
    let never = CodePage {
        is_sent: false,
        ..with(Trouble::NotSent, "")
    };
    [
        ("code", page.clone()),
        ("code-ready-long-client", ready),
        ("code-sent-again", again),
        ("error-code-empty", with(Trouble::Empty, "")),
        ("error-code-length", with(Trouble::Length, "12345678901234")),
        ("error-code-letters", with(Trouble::Letters, "12аб\"<")),
        ("error-code-wrong-1", with(Trouble::Wrong { left: 1 }, "")),
        ("error-code-wrong-2", with(Trouble::Wrong { left: 2 }, "")),
        ("error-code-wrong-5", with(Trouble::Wrong { left: 5 }, "")),
        ("error-code-expired", with(Trouble::Expired, "")),
        ("error-code-used", with(Trouble::Used, "")),
        ("error-code-too-soon", with(Trouble::TooSoon, "")),
        ("error-code-not-sent", never),
    ]
    .into_iter()
    .map(|(name, page)| (name.to_owned(), page.render().unwrap()))
    .collect()
}
