//! Small pages that say the same to everyone.

use askama::Template;
use askama_web::WebTemplate;

use super::layout::Layout;

/// `/`: what this is and where to begin.
#[derive(Debug, Clone, Template, WebTemplate)]
#[template(path = "home.html")]
pub struct HomePage {
    /// The frame.
    pub layout: Layout,
}

impl HomePage {
    fn title(&self) -> String {
        self.layout.title(&self.layout.words.text("home-heading"))
    }
}

/// `/accessibility`: how usable these pages are and whom to tell when they are not.
#[derive(Debug, Clone, Template, WebTemplate)]
#[template(path = "accessibility.html")]
pub struct AccessibilityPage {
    /// The frame.
    pub layout: Layout,
}

impl AccessibilityPage {
    fn title(&self) -> String {
        self.layout
            .title(&self.layout.words.text("accessibility-heading"))
    }
}

/// `/privacy`: what these pages keep, and for how long.
#[derive(Debug, Clone, Template, WebTemplate)]
#[template(path = "privacy.html")]
pub struct PrivacyPage {
    /// The frame.
    pub layout: Layout,
}

impl PrivacyPage {
    fn title(&self) -> String {
        self.layout
            .title(&self.layout.words.text("privacy-heading"))
    }
}

/// Each notice once.
#[cfg(test)]
pub(crate) fn samples(locale: crate::locale::Locale) -> Vec<(String, String)> {
    use crate::config::Support;
    use crate::web::samples::layout;
    let support = Support {
        phone: "+380 44 123 45 67".to_owned(),
        hours: Some("9:00–18:00".to_owned()),
        email: Some("pidtrymka@ehealth.example.ua".to_owned()),
    };
    let pages = [
        (
            "home",
            HomePage {
                layout: layout(locale),
            }
            .render(),
        ),
        (
            "home-demo",
            HomePage {
                layout: layout(locale).demo(true),
            }
            .render(),
        ),
        (
            "accessibility",
            AccessibilityPage {
                layout: layout(locale),
            }
            .render(),
        ),
        (
            "privacy",
            PrivacyPage {
                layout: layout(locale).support(support),
            }
            .render(),
        ),
    ];
    pages
        .into_iter()
        .map(|(name, html)| (name.to_owned(), html.unwrap()))
        .collect()
}
