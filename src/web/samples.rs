//! What sample pages have in common.

use chrono::{DateTime, TimeZone, Utc};

use crate::{locale::Locale, web::layout::Layout};

/// The longest client name that a provisioning file should hold.
pub(crate) const LONG_CLIENT: &str =
    "Медична інформаційна система «Здоровʼя-Перемишляни» для первинної ланки";

/// A moment: 14:35 in Kyiv.
pub(crate) fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 8, 19, 11, 35, 0).unwrap()
}

/// The frame of a sample.
pub(crate) fn layout(locale: Locale) -> Layout {
    Layout::new(locale, "8d6c1272fbca").switch("?lang=other")
}
