//! The words of the pages: two languages, one catalogue each under `locales/`.
//!
//! A sentence is one message, also where a part of it is strong or a time: [`Words::rich`] puts the values in.
//! Neither the catalogue nor a value can bring markup of its own into a page.

use std::borrow::Cow;
use std::collections::HashMap;

use askama::filters::{Escaper, Html, Safe};
use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, Utc};
use chrono_tz::Europe::Kyiv;
use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, langid};

fluent_templates::static_loader! {
    static CATALOGUES = {
        locales: "./locales",
        fallback_language: "uk",
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

static UK: LanguageIdentifier = langid!("uk");
static EN: LanguageIdentifier = langid!("en");

/// HTML that is safe to put into a page as it is.
pub type Rich = Safe<String>;

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Locale {
    /// Ukrainian, spoken unless asked otherwise.
    #[default]
    Uk,
    /// English.
    En,
}

impl Locale {
    /// Every language there is.
    pub const ALL: [Self; 2] = [Self::Uk, Self::En];

    /// The BCP 47 tag, as in the `lang` attribute and in cookies.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Uk => "uk",
            Self::En => "en",
        }
    }

    /// The language that the switch on a page leads to.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Uk => Self::En,
            Self::En => Self::Uk,
        }
    }

    /// The language of a tag such as `uk`, `en` or `en-GB`; none when it is not spoken here.
    #[must_use]
    pub fn parse(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next()?;
        Self::ALL
            .into_iter()
            .find(|locale| primary.eq_ignore_ascii_case(locale.code()))
    }

    /// The words of this language.
    #[must_use]
    pub const fn words(self) -> Words {
        Words(self)
    }

    fn identifier(self) -> &'static LanguageIdentifier {
        match self {
            Self::Uk => &UK,
            Self::En => &EN,
        }
    }
}

/// A value put into a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// Text as it is.
    Text(Cow<'a, str>),
    /// A name from outside, kept apart from the direction of the text around it.
    Name(Cow<'a, str>),
    /// A name from outside that is the point of the sentence.
    Strong(Cow<'a, str>),
    /// A whole number; the message may choose its plural form by it.
    Number(u32),
    /// A moment, shown as Kyiv wall-clock time.
    Time(DateTime<Utc>),
    /// A day.
    Day(NaiveDate),
}

impl<'a> Value<'a> {
    /// [`Value::Name`] of a borrowed text.
    #[must_use]
    pub fn name(text: &'a str) -> Self {
        Self::Name(Cow::Borrowed(text))
    }

    /// [`Value::Strong`] of a borrowed text.
    #[must_use]
    pub fn strong(text: &'a str) -> Self {
        Self::Strong(Cow::Borrowed(text))
    }

    fn plain(&self, words: Words) -> FluentValue<'static> {
        match self {
            Self::Text(text) | Self::Name(text) | Self::Strong(text) => {
                FluentValue::from(text.clone().into_owned())
            }
            Self::Number(number) => FluentValue::from(*number),
            Self::Time(at) => FluentValue::from(words.time(*at)),
            Self::Day(day) => FluentValue::from(words.long_date(*day)),
        }
    }

    fn write_html(&self, html: &mut String, words: Words) {
        match self {
            Self::Text(text) => escape(html, text),
            Self::Name(text) => element(html, "<bdi>", text, "</bdi>"),
            Self::Strong(text) => element(html, "<strong><bdi>", text, "</bdi></strong>"),
            Self::Number(number) => html.push_str(&number.to_string()),
            Self::Time(at) => html.push_str(&words.time_html(*at).0),
            Self::Day(day) => {
                let open = format!("<time datetime=\"{}\">", day.format("%Y-%m-%d"));
                element(html, &open, &words.long_date(*day), "</time>");
            }
        }
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<u32> for Value<'_> {
    fn from(number: u32) -> Self {
        Self::Number(number)
    }
}

/// The words of one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Words(Locale);

impl Words {
    /// The language.
    #[must_use]
    pub const fn locale(self) -> Locale {
        self.0
    }

    /// The tag of the language, for `lang`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.0.code()
    }

    /// The message of a key (`key` or `key.attribute`), when the catalogue of this language has it.
    #[must_use]
    pub fn find(self, key: &str) -> Option<String> {
        self.look_up(key, &HashMap::new())
    }

    /// The message of a key; the key itself when it is missing, so that it is seen and no other language steps in.
    #[must_use]
    pub fn text(self, key: &str) -> String {
        self.find(key).unwrap_or_else(|| key.to_owned())
    }

    /// The message of a key with values, as plain text.
    #[must_use]
    pub fn text_with(self, key: &str, values: &[(&'static str, Value<'_>)]) -> String {
        let arguments = values
            .iter()
            .map(|(name, value)| (*name, value.plain(self)))
            .collect();
        self.look_up(key, &arguments)
            .unwrap_or_else(|| key.to_owned())
    }

    /// The message of a key with values, as HTML.
    ///
    /// Values stay out of the catalogue's reach: each is stood for by a private-use character while the message is
    /// formatted and escaped, and is written, itself escaped, only then.
    #[must_use]
    pub fn rich(self, key: &str, values: &[(&'static str, Value<'_>)]) -> Rich {
        self.find_rich(key, values)
            .unwrap_or_else(|| Safe(key.to_owned()))
    }

    /// [`Words::rich`], or none when the catalogue of this language has no such message for these values.
    #[must_use]
    pub fn find_rich(self, key: &str, values: &[(&'static str, Value<'_>)]) -> Option<Rich> {
        let stand_ins: Vec<(char, &Value<'_>)> = ('\u{E000}'..)
            .zip(values.iter().map(|(_, value)| value))
            .collect();
        let arguments = values
            .iter()
            .zip(&stand_ins)
            .map(|((name, value), (stand_in, _))| {
                let argument = match value {
                    Value::Number(number) => FluentValue::from(*number),
                    _ => FluentValue::from(stand_in.to_string()),
                };
                (*name, argument)
            })
            .collect();
        let message = self.look_up(key, &arguments)?;
        let mut html = String::with_capacity(message.len() + 64);
        for character in message.chars() {
            match stand_ins
                .iter()
                .find(|(stand_in, _)| *stand_in == character)
            {
                Some((_, value)) => value.write_html(&mut html, self),
                None => escape(&mut html, character.encode_utf8(&mut [0; 4])),
            }
        }
        Some(Safe(html))
    }

    /// A day in data: `19.08.1991`.
    #[must_use]
    pub fn date(self, day: NaiveDate) -> String {
        day.format("%d.%m.%Y").to_string()
    }

    /// A day in a sentence: «19 серпня 1991 року».
    #[must_use]
    pub fn long_date(self, day: NaiveDate) -> String {
        let month = self.text(&format!("month-{}", day.month()));
        self.text_with(
            "long-date",
            &[
                ("day", Value::Text(day.day().to_string().into())),
                ("month", Value::Text(month.into())),
                ("year", Value::Text(day.year().to_string().into())),
            ],
        )
    }

    /// The day of a moment in Kyiv.
    #[must_use]
    pub fn day(self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&Kyiv).date_naive()
    }

    /// A moment as Kyiv wall-clock time: `14:35`.
    #[must_use]
    pub fn time(self, at: DateTime<Utc>) -> String {
        at.with_timezone(&Kyiv).format("%H:%M").to_string()
    }

    /// [`Words::time`] in a `<time>` element.
    #[must_use]
    pub fn time_html(self, at: DateTime<Utc>) -> Rich {
        Safe(format!(
            "<time datetime=\"{}\">{}</time>",
            at.to_rfc3339_opts(SecondsFormat::Secs, true),
            self.time(at)
        ))
    }

    fn look_up(
        self,
        key: &str,
        arguments: &HashMap<&'static str, FluentValue<'_>>,
    ) -> Option<String> {
        CATALOGUES
            .lookup_single_language(self.0.identifier(), key, Some(arguments))
            .ok()
    }
}

fn escape(html: &mut String, text: &str) {
    // Writing into a String cannot fail.
    let _ = Html.write_escaped_str(html, text);
}

fn element(html: &mut String, open: &str, text: &str, close: &str) {
    html.push_str(open);
    escape(html, text);
    html.push_str(close);
}
