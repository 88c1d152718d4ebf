//! The words of the pages: two languages, one catalogue each under `locales/`.
//!
//! A sentence is one message, also where a part of it is strong or a time: [`Words::rich`] puts the values in.
//! Neither the catalogue nor a value can bring markup of its own into a page.

use std::{borrow::Cow, collections::HashMap};

use askama::filters::{Escaper, Html, Safe};
use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, Utc};
use chrono_tz::Europe::Kyiv;
use fluent_templates::{LanguageIdentifier, fluent_bundle::FluentValue, langid};

use crate::locale::Locale;

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

impl Locale {
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
    /// A phone number, which a phone calls when it is touched.
    Phone(Cow<'a, str>),
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

    /// [`Value::Phone`] of a borrowed text.
    #[must_use]
    pub fn phone(text: &'a str) -> Self {
        Self::Phone(Cow::Borrowed(text))
    }

    /// [`Value::Strong`] of a borrowed text.
    #[must_use]
    pub fn strong(text: &'a str) -> Self {
        Self::Strong(Cow::Borrowed(text))
    }

    fn plain(&self, words: Words) -> FluentValue<'static> {
        match self {
            Self::Text(text) | Self::Name(text) | Self::Strong(text) | Self::Phone(text) => {
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
            Self::Name(text) => write_name(html, text, words),
            Self::Strong(text) => {
                html.push_str("<strong>");
                write_name(html, text, words);
                html.push_str("</strong>");
            }
            Self::Phone(text) => {
                let open = format!("<a class=\"phone\" href=\"{}\">", tel(text));
                element(html, &open, text, "</a>");
            }
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

    /// The language of `text` where it is not that of the page: Ukrainian letters on an English page are Ukrainian, and a
    /// screen reader has to know (WCAG 3.1.2).
    #[must_use]
    pub fn foreign(self, text: &str) -> Option<&'static str> {
        let is_cyrillic = |character: char| ('\u{400}'..='\u{52F}').contains(&character);
        (self.0 == Locale::En && text.contains(is_cyrillic)).then_some(Locale::Uk.code())
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

/// The `tel:` address of a phone number as people write it.
#[must_use]
pub fn tel(phone: &str) -> String {
    let digits: String = phone
        .chars()
        .filter(|character| character.is_ascii_digit() || *character == '+')
        .collect();
    format!("tel:{digits}")
}

fn escape(html: &mut String, text: &str) {
    // Writing into a String cannot fail.
    let _ = Html.write_escaped_str(html, text);
}

fn write_name(html: &mut String, text: &str, words: Words) {
    let open = match words.foreign(text) {
        Some(lang) => format!("<bdi lang=\"{lang}\">"),
        None => "<bdi>".to_owned(),
    };
    element(html, &open, text, "</bdi>");
}

fn element(html: &mut String, open: &str, text: &str, close: &str) {
    html.push_str(open);
    escape(html, text);
    html.push_str(close);
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::fs;
    use std::path::Path;

    use chrono::TimeZone;

    use super::*;

    /// Owned by the translator of errors, which has tests of its own; its texts are fixed by the specification.
    const FIXED_FILE: &str = "errors.ftl";
    /// Sentences fixed by signup 2.3, kept to the letter.
    const FIXED_KEYS: &str = "bad-link-";

    fn root() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR"))
    }

    /// Every message and attribute of a language: key → (file, text).
    fn catalogue(locale: Locale) -> BTreeMap<String, (String, String)> {
        let mut found: BTreeMap<String, (String, String)> = BTreeMap::new();
        for entry in fs::read_dir(root().join("locales").join(locale.code())).unwrap() {
            let path = entry.unwrap().path();
            let file = path.file_name().unwrap().to_string_lossy().into_owned();
            let mut message = String::new();
            let mut key = String::new();
            for line in fs::read_to_string(&path).unwrap().lines() {
                if line.starts_with('#') || line.trim().is_empty() {
                    continue;
                }
                let attribute = line.trim_start().strip_prefix('.');
                let text = match (line.starts_with(' '), attribute) {
                    (false, _) => {
                        let (id, text) = line.split_once(" = ").unwrap_or((line, ""));
                        message = id.trim_end_matches([' ', '=']).to_owned();
                        key.clone_from(&message);
                        text
                    }
                    (true, Some(attribute)) => {
                        let (id, text) = attribute.split_once(" = ").unwrap();
                        key = format!("{message}.{id}");
                        text
                    }
                    (true, None) => line.trim(),
                };
                let (_, whole) = found
                    .entry(key.clone())
                    .or_insert_with(|| (file.clone(), String::new()));
                if !whole.is_empty() {
                    whole.push('\n');
                }
                whole.push_str(text);
            }
        }
        found
    }

    /// The words of a text without what stands in braces.
    fn text_outside_braces(text: &str) -> String {
        let mut depth = 0_usize;
        text.chars()
            .filter(|character| {
                match character {
                    '{' => depth += 1,
                    '}' => depth = depth.saturating_sub(1),
                    _ => return depth == 0,
                }
                false
            })
            .collect()
    }

    fn is_cyrillic(character: char) -> bool {
        ('\u{0400}'..='\u{052F}').contains(&character)
    }

    fn sources(folder: &Path, extension: &str, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, extension, found);
            } else if path.extension().is_some_and(|other| other == extension) {
                let text = fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]").next().unwrap();
                found.push(code.to_owned());
            }
        }
    }

    fn literals() -> BTreeSet<String> {
        let mut texts = Vec::new();
        sources(&root().join("src"), "rs", &mut texts);
        sources(&root().join("templates"), "html", &mut texts);
        texts
            .iter()
            .flat_map(|text| text.split('"').map(str::to_owned))
            .collect()
    }

    #[test]
    fn what_is_of_another_language_is_marked() {
        assert_eq!(Locale::En.words().foreign("Олена"), Some("uk"));
        for (locale, text) in [
            (Locale::En, "Olena"),
            (Locale::En, ""),
            (Locale::Uk, "Олена"),
            (Locale::Uk, "Olena"),
        ] {
            assert_eq!(locale.words().foreign(text), None, "{text}");
        }
        let client = [("client", Value::name("Ромашка"))];
        let marked = |locale: Locale| locale.words().rich("return-button", &client).0;
        assert!(marked(Locale::En).contains("<bdi lang=\"uk\">Ромашка</bdi>"));
        assert!(marked(Locale::Uk).contains("<bdi>Ромашка</bdi>"));
    }

    #[test]
    fn both_languages_have_the_same_keys() {
        let keys = |locale| catalogue(locale).into_keys().collect::<BTreeSet<_>>();
        let (uk, en) = (keys(Locale::Uk), keys(Locale::En));
        assert_eq!(
            uk.symmetric_difference(&en).collect::<Vec<_>>(),
            Vec::<&String>::new()
        );
        assert!(uk.len() > 200);
    }

    #[test]
    fn both_languages_take_the_same_values() {
        let values = |text: &str| {
            text.split('$')
                .skip(1)
                .filter_map(|rest| rest.split([' ', '}']).next().map(str::to_owned))
                .collect::<BTreeSet<_>>()
        };
        let en = catalogue(Locale::En);
        for (key, (_, text)) in catalogue(Locale::Uk) {
            assert_eq!(values(&text), values(&en[&key].1), "{key}");
        }
    }

    #[test]
    fn no_key_is_unused() {
        let literals = literals();
        let scopes: BTreeSet<String> = crate::oauth::scope_words::DESCRIBED
            .iter()
            .map(|scope| format!("scope-{}", scope.replace(':', "-")))
            .collect();
        let months: BTreeSet<String> = (1..=12).map(|month| format!("month-{month}")).collect();
        let problems: BTreeSet<&str> = crate::web::error_page::problems()
            .iter()
            .map(|(_, problem)| problem.key())
            .collect();
        for (key, (file, _)) in catalogue(Locale::Uk) {
            if file == FIXED_FILE {
                continue;
            }
            let (message, attribute) = key.split_once('.').unwrap_or((&key, ""));
            let used = literals.contains(&key)
                || months.contains(&key)
                || (scopes.contains(message) && ["", "detail"].contains(&attribute))
                || (problems.contains(message)
                    && ["text", "text-until", "advice", "advice-client"].contains(&attribute));
            assert!(used, "{key} of {file} is not used");
        }
    }

    #[test]
    fn no_key_is_missing() {
        let known = catalogue(Locale::Uk);
        let mut texts = Vec::new();
        sources(&root().join("templates"), "html", &mut texts);
        for file in [
            "web/layout.rs",
            "web/notices.rs",
            "web/error_page.rs",
            "sign_up/views.rs",
            "consent/views.rs",
            "demo/views.rs",
        ] {
            let text = fs::read_to_string(root().join("src").join(file)).unwrap();
            texts.push(text.split("#[cfg(test)]").next().unwrap().to_owned());
        }
        let mut asked = 0;
        for text in texts {
            for call in ["text(", "rich(", "text_with(", "about_client("] {
                for rest in text.split(call).skip(1) {
                    let Some(rest) = rest.trim_start().strip_prefix('"') else {
                        continue;
                    };
                    let key = rest.split('"').next().unwrap();
                    assert!(known.contains_key(key), "{key}");
                    asked += 1;
                }
            }
        }
        assert!(asked > 60, "{asked}");
        let mut texts = Vec::new();
        sources(&root().join("src/sign_up"), "rs", &mut texts);
        for literal in texts.iter().flat_map(|text| text.split('"')) {
            if ["label-", "card-", "address-", "consent-"]
                .iter()
                .any(|prefix| literal.starts_with(prefix))
            {
                assert!(known.contains_key(literal), "{literal}");
            }
        }
    }

    #[test]
    fn no_word_mixes_scripts() {
        for locale in Locale::ALL {
            for (key, (_, text)) in catalogue(locale) {
                for word in
                    text_outside_braces(&text).split(|character: char| !character.is_alphabetic())
                {
                    let cyrillic = word.chars().any(is_cyrillic);
                    let latin = word
                        .chars()
                        .any(|character| character.is_ascii_alphabetic());
                    assert!(!(cyrillic && latin), "{key}: {word}");
                }
            }
        }
    }

    #[test]
    fn the_apostrophe_is_the_letter() {
        for (key, (_, text)) in catalogue(Locale::Uk) {
            let characters: Vec<char> = text.chars().collect();
            for window in characters.windows(3) {
                let wrong = is_cyrillic(window[0])
                    && matches!(window[1], '\'' | '\u{2019}' | '\u{2018}' | '`' | '"')
                    && is_cyrillic(window[2]);
                assert!(!wrong, "{key}: {window:?}");
            }
        }
    }

    #[test]
    fn no_letter_is_of_another_alphabet() {
        for (key, (_, text)) in catalogue(Locale::Uk) {
            let foreign = text
                .to_lowercase()
                .chars()
                .find(|character| "ыэёъ".contains(*character));
            assert_eq!(foreign, None, "{key}");
        }
    }

    #[test]
    fn spaces_and_marks_are_typographic() {
        for (key, (file, text)) in catalogue(Locale::Uk) {
            if file == FIXED_FILE || key.starts_with(FIXED_KEYS) {
                continue;
            }
            for line in text.lines() {
                assert!(!line.contains("  "), "{key}: two spaces");
                assert!(
                    !text_outside_braces(line).contains('"'),
                    "{key}: a straight quote"
                );
                assert!(
                    !line.contains(" —"),
                    "{key}: a dash after an ordinary space"
                );
                let characters: Vec<char> = format!(" {line}").chars().collect();
                for window in characters.windows(3) {
                    let alone =
                        !window[0].is_alphanumeric() && is_cyrillic(window[1]) && window[2] == ' ';
                    assert!(!alone, "{key}: an ordinary space after «{}»", window[1]);
                    let number =
                        window[0].is_ascii_digit() && window[1] == ' ' && is_cyrillic(window[2]);
                    assert!(!number, "{key}: an ordinary space after a number");
                }
            }
        }
        for locale in Locale::ALL {
            for (key, (_, text)) in catalogue(locale) {
                assert!(!text.to_lowercase().contains("будь ласка"), "{key}");
                assert!(
                    text.lines().all(|line| !line.ends_with(' ')),
                    "{key}: a space at the end"
                );
            }
        }
    }

    #[test]
    fn plurals() {
        let words = Locale::Uk.words();
        for (minutes, form) in [
            (0, "0 хвилин."),
            (1, "1 хвилину."),
            (2, "2 хвилини."),
            (5, "5 хвилин."),
            (11, "11 хвилин."),
            (21, "21 хвилину."),
            (22, "22 хвилини."),
            (111, "111 хвилин."),
        ] {
            let text = words.text_with("problem-flow-expired.text", &[("minutes", minutes.into())]);
            assert!(text.replace('\u{A0}', " ").contains(form), "{text}");
        }
        let words = Locale::En.words();
        for (minutes, form) in [(1, "1 minute."), (2, "2 minutes."), (21, "21 minutes.")] {
            let text = words.text_with("problem-flow-expired.text", &[("minutes", minutes.into())]);
            assert!(text.replace('\u{A0}', " ").contains(form), "{text}");
        }
    }

    #[test]
    fn dates_and_times_are_those_of_kyiv() {
        let words = Locale::Uk.words();
        let day = NaiveDate::from_ymd_opt(1991, 8, 19).unwrap();
        assert_eq!(words.date(day), "19.08.1991");
        assert_eq!(
            words.long_date(day).replace('\u{A0}', " "),
            "19 серпня 1991 року"
        );
        assert_eq!(Locale::En.words().long_date(day), "19 August 1991");
        let summer = Utc.with_ymd_and_hms(2026, 8, 19, 11, 35, 0).unwrap();
        assert_eq!(words.time(summer), "14:35");
        assert_eq!(
            words.time_html(summer).0,
            "<time datetime=\"2026-08-19T11:35:00Z\">14:35</time>"
        );
        let winter = Utc.with_ymd_and_hms(2026, 12, 31, 22, 30, 0).unwrap();
        assert_eq!(words.time(winter), "00:30");
        assert_eq!(
            words.day(winter),
            NaiveDate::from_ymd_opt(2027, 1, 1).unwrap()
        );
    }

    #[test]
    fn values_are_escaped_and_stay_out_of_the_catalogue() {
        let html = Locale::Uk.words().rich(
            "details-lead",
            &[("client", Value::strong("<b>{ $x } \u{E000}&"))],
        );
        assert!(
            html.0.starts_with(
                "Застосунок <strong><bdi>&#60;b&#62;{ $x } \u{E000}&#38;</bdi></strong> надіслав"
            ),
            "{}",
            html.0
        );
    }

    #[test]
    fn a_missing_key_shows_itself() {
        let words = Locale::En.words();
        assert_eq!(words.text("no-such-key"), "no-such-key");
        assert_eq!(words.rich("no-such-key", &[]).0, "no-such-key");
        assert_eq!(words.find("no-such-key"), None);
        assert_eq!(words.find("details-lead"), None, "a value is missing");
    }

    #[rstest::rstest]
    #[case("uk", Some(Locale::Uk))]
    #[case("UK-ua", Some(Locale::Uk))]
    #[case("en_GB", Some(Locale::En))]
    #[case("english", None)]
    #[case("", None)]
    fn languages_are_read_from_tags(#[case] tag: &str, #[case] locale: Option<Locale>) {
        assert_eq!(Locale::parse(tag), locale);
    }
}
