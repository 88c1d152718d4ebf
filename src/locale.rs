//! The languages that Dovira speaks.

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
}
