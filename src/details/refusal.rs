//! What a refused sign-up shows: a line for each thing that is wrong, and the data that the lines are about.

use std::collections::HashSet;

use askama::Template;
use serde_json::Value as Json;

use super::{
    DetailsCard, DetailsRow, DetailsValue, Extent, SignUpKind, SubmittedData, translation,
};
use crate::{
    api::ApiError,
    details,
    person::dictionaries::Dictionaries,
    signed_content::{base64, cms::Message, json_object},
    web::{
        error_page::{ErrorLine, Part},
        words::{Value, Words},
    },
};

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// What, in the person's language.
    pub text: String,
    /// The entry it is about, as the API names it.
    pub entry: Option<String>,
}

impl Wrong {
    /// Whether it is about what was signed, and not about how.
    #[must_use]
    pub fn is_about_data(&self) -> bool {
        self.entry.as_deref().is_some_and(|entry| {
            entry == "$.person"
                || entry.starts_with("$.person.")
                || entry == "$.patient_signed"
                || entry == "$.process_disclosure_data_consent"
        })
    }
}

/// What `error` says to people, in the order received. Of what broke on our side nothing is said here.
#[must_use]
pub fn wrongs(words: Words, error: &ApiError) -> Vec<Wrong> {
    if error.status.is_server_error() {
        return Vec::new();
    }
    translation::lines(error)
        .into_iter()
        .map(|line| {
            let arguments: Vec<_> = line
                .arguments
                .iter()
                .map(|(name, argument)| {
                    let text = match argument {
                        translation::Argument::Word(key) => words.text(key),
                        translation::Argument::Text(text) => text.clone(),
                    };
                    (*name, Value::Text(text.into()))
                })
                .collect();
            Wrong {
                text: words.text_with(&line.key, &arguments),
                entry: line.entry,
            }
        })
        .collect()
}

/// The lines of the summary, each leading to the row it is about where the page has that row; the rows are told too.
/// Nothing is said twice of one place.
pub fn link(
    wrongs: Vec<Wrong>,
    cards: &mut [DetailsCard],
    identifiers: &mut [DetailsRow],
) -> Vec<ErrorLine> {
    let mut rows: Vec<&mut DetailsRow> = cards
        .iter_mut()
        .flat_map(|card| card.groups.iter_mut())
        .flat_map(|group| group.rows.iter_mut())
        .chain(identifiers.iter_mut())
        .collect();
    let mut told = HashSet::new();
    let mut lines = Vec::new();
    for Wrong { text, entry } in wrongs {
        let place = entry.as_deref().and_then(|entry| place(&rows, entry));
        let row = place.and_then(|at| rows.get_mut(at));
        let href = row.as_ref().map(|row| format!("#{}", row.id()));
        if !told.insert((text.clone(), href.clone())) {
            continue;
        }
        if let Some(row) = row.filter(|row| {
            entry
                .as_deref()
                .is_some_and(|entry| is_within(entry, &row.entry))
        }) {
            row.errors.push(text.clone());
        }
        lines.push(ErrorLine { text, href });
    }
    lines
}

/// Whether `entry` is `outer` or a member of it.
fn is_within(entry: &str, outer: &str) -> bool {
    entry
        .strip_prefix(outer)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The row that shows `entry`; else the first one inside it; else the same for what encloses it, up to the person.
fn place(rows: &[&mut DetailsRow], entry: &str) -> Option<usize> {
    let mut entry = entry;
    loop {
        if let Some(at) = rows.iter().position(|row| row.entry == entry) {
            return Some(at);
        }
        if matches!(entry, "$" | "$.person") {
            return None;
        }
        let inside = rows.iter().position(|row| is_within(&row.entry, entry));
        if inside.is_some() {
            return inside;
        }
        (entry, _) = entry.rsplit_once('.')?;
    }
}

/// The JSON object that `text` encloses, whoever signed it; none when there is none. It computes: off the threads that
/// wait for the network.
#[must_use]
pub fn read_enclosed_json(text: &str) -> Option<Json> {
    let der = base64::decode(text).ok()?;
    let message = Message::read(&der).ok()?;
    json_object(message.content).ok().map(Json::Object)
}

/// The cards of refused data, part of an error page.
#[derive(Template)]
#[template(path = "parts/sent.html")]
struct SentPart {
    words: Words,
    cards: Vec<DetailsCard>,
    identifiers: Vec<DetailsRow>,
}

/// The lines of `wrongs` linked to the rows of `content`, and these rows as a part of a page, bounded.
#[must_use]
pub fn render_refused_data(
    words: Words,
    dictionaries: &Dictionaries,
    content: &Json,
    wrongs: Vec<Wrong>,
    kind: SignUpKind,
) -> (Vec<ErrorLine>, Option<Part>) {
    let person = content.get("person").unwrap_or(&Json::Null);
    let given = |member: &str| content.get(member).and_then(Json::as_bool);
    let sent = SubmittedData {
        person,
        patient_signed: given("patient_signed"),
        process_disclosure_data_consent: given("process_disclosure_data_consent"),
    };
    let mut part = SentPart {
        words,
        cards: details::cards(words, dictionaries, &sent, kind, Extent::Bounded),
        identifiers: details::identifiers(words, dictionaries, person, Extent::Bounded),
    };
    let lines = link(wrongs, &mut part.cards, &mut part.identifiers);
    (lines, part.render().ok().map(Part::from_html))
}

/// Everything that can be said of data: each name missing, each list empty, each message of the registry; on the error
/// page of an entry with the rows, on one without, and on the details after a refused confirmation.
#[cfg(test)]
pub(crate) fn samples(locale: crate::locale::Locale) -> Vec<(String, String)> {
    use crate::{
        person::{dictionaries::shipped::dictionaries, samples},
        sign_up::views::{Details, DetailsPage},
        web::{
            error_page::{ErrorPage, Problem, ReturnLink},
            layout::Switch,
            samples::{layout, noon},
        },
    };
    let words = locale.words();
    let whole = samples::confidant_registration(uuid::Uuid::from_u128(1));
    let page = |lines, sent| {
        let mut layout = layout(locale).with_print_origin("https://my.dovira.example", noon());
        layout.switch = Some(Switch::Form {
            action: "/confidant/sign-up?lang=other".to_owned(),
            fields: vec![("user_data", "QUJD".to_owned())],
        });
        let mut page = ErrorPage::new(layout, Problem::DataErrors, "E42")
            .messages(lines)
            .return_to("Ромашка", "https://pis.example.ua/callback?error=x&state=1");
        page.sent = sent;
        page.render().unwrap()
    };
    let with_rows = |content: &Json, error: &ApiError| {
        let (lines, sent) = render_refused_data(
            words,
            dictionaries(),
            content,
            wrongs(words, error),
            SignUpKind::Confidant,
        );
        page(lines, sent)
    };
    let mut pages = vec![
        (
            "error-data-required".to_owned(),
            with_rows(&Json::Null, &translation::samples::missing_entries()),
        ),
        (
            "error-data-minimums".to_owned(),
            with_rows(&whole, &translation::samples::minimums()),
        ),
        (
            "error-data-business".to_owned(),
            with_rows(&whole, &translation::samples::business()),
        ),
        (
            "error-data-business-no-rows".to_owned(),
            page(
                link(
                    wrongs(words, &translation::samples::business()),
                    &mut [],
                    &mut [],
                ),
                None,
            ),
        ),
    ];
    let person = crate::details::people::child();
    let details = Details {
        dictionaries: dictionaries(),
        person: &person,
        patient_signed: true,
        process_disclosure_data_consent: true,
        client_name: "Ромашка",
        expires_at: noon(),
        kind: SignUpKind::Confidant,
        known: None,
    };
    let return_to = ReturnLink {
        client: "Ромашка".to_owned(),
        href: "https://pis.example.ua/callback?error=x".to_owned(),
    };
    let refused = DetailsPage::new(layout(locale), &details, "/confidant/sign-up/3f1c", "csrf")
        .with_refusal(wrongs(words, &translation::samples::some()), return_to);
    pages.push((
        "error-details-refused".to_owned(),
        refused.render().unwrap(),
    ));
    pages
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::person::dictionaries::shipped::dictionaries;
    use crate::{
        invalid::{Invalid, Rule},
        locale::Locale,
        person::samples,
    };

    fn content() -> Json {
        samples::confidant_registration(uuid::Uuid::from_u128(1))
    }

    fn missing(entry: &str) -> Invalid {
        let property = entry.rsplit('.').next().unwrap();
        Invalid::property(
            entry,
            Rule::with_description(
                "required",
                "required property %{property} was not present",
                json!({ "property": property }),
            ),
        )
    }

    fn render_missing_entries(content: &Json, entries: &[&str]) -> (Vec<ErrorLine>, String) {
        let words = Locale::Uk.words();
        let error = ApiError::validation(entries.iter().map(|entry| missing(entry)).collect());
        let (lines, html) = render_refused_data(
            words,
            dictionaries(),
            content,
            wrongs(words, &error),
            SignUpKind::Confidant,
        );
        (lines, html.unwrap().html().0.to_owned())
    }

    #[rstest::rstest]
    #[case("$.person.birth_date", Some("#row-person-birth-date"))]
    #[case(
        "$.person.documents.[0].number",
        Some("#row-person-documents-0-number")
    )]
    #[case("$.person.documents.[0].scan", Some("#row-person-documents-0-type"))]
    #[case("$.person.documents", Some("#row-person-documents-0-type"))]
    #[case("$.person.phones", Some("#row-person-phones-0-type"))]
    #[case(
        "$.person.addresses.[0].settlement_id",
        Some("#row-person-addresses-0-settlement-id")
    )]
    #[case(
        "$.person.emergency_contact.first_name",
        Some("#row-person-emergency-contact-first-name")
    )]
    #[case(
        "$.person.confidant_person.person_id",
        Some("#row-person-confidant-person-person-id")
    )]
    #[case("$.patient_signed", Some("#row-patient-signed"))]
    #[case("$.person.nickname", None)]
    #[case("$.person", None)]
    #[case("$.signed_content", None)]
    fn a_line_leads_to_the_row_it_is_about(#[case] entry: &str, #[case] href: Option<&str>) {
        let (lines, html) = render_missing_entries(&content(), &[entry]);
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].href.as_deref(), href);
        if let Some(href) = href {
            assert!(html.contains(&format!("id=\"{}\"", &href[1..])), "{html}");
        }
    }

    /// signup 12.3, 12.4: whatever the tables name leads somewhere, though nothing at all was sent; the nonce has no row.
    #[test]
    fn every_name_leads_to_a_row() {
        let words = Locale::Uk.words();
        for (error, content, unlinked) in [
            (translation::samples::missing_entries(), Json::Null, 1),
            (translation::samples::missing_entries(), content(), 1),
            (translation::samples::minimums(), Json::Null, 0),
            (translation::samples::minimums(), content(), 0),
        ] {
            let count = error.invalid.len();
            let (lines, _) = render_refused_data(
                words,
                dictionaries(),
                &content,
                wrongs(words, &error),
                SignUpKind::Confidant,
            );
            assert_eq!(lines.len(), count);
            let none: Vec<_> = lines.iter().filter(|line| line.href.is_none()).collect();
            assert_eq!(none.len(), unlinked, "{none:?}");
        }
    }

    #[test]
    fn lines_are_told_once_for_each_place() {
        let (lines, html) = render_missing_entries(
            &content(),
            &[
                "$.person.documents.[0].type",
                "$.person.documents.[0].type",
                "$.person.addresses.[0].type",
                "$.person.birth_date",
            ],
        );
        let hrefs: Vec<_> = lines.iter().map(|line| line.href.as_deref()).collect();
        assert_eq!(
            hrefs,
            [
                Some("#row-person-documents-0-type"),
                Some("#row-person-addresses-0-type"),
                Some("#row-person-birth-date"),
            ]
        );
        assert_eq!(html.matches("class=\"row-error\"").count(), 3);
    }

    #[test]
    fn what_was_sent_is_shown_bounded_and_masked() {
        let mut content = content();
        content["person"]["first_name"] = json!("я".repeat(1000));
        content["person"]["gender"] = json!({ "a": 1 });
        content["person"]["no_tax_id"] = json!(5);
        content["person"]["phones"][0]["number"] = json!("+380501234567");
        let document = content["person"]["documents"][0].clone();
        content["person"]["documents"] = vec![document; 1000].into();
        let (lines, html) = render_missing_entries(&content, &["$.person.documents.[999].type"]);
        assert_eq!(lines[0].href.as_deref(), Some("#row-person-documents"));
        assert!(html.contains(&format!("{}…", "я".repeat(255))));
        assert!(!html.contains(&"я".repeat(256)));
        assert!(html.contains("row-person-documents-29-type"));
        assert!(!html.contains("row-person-documents-30-type"));
        assert!(html.contains("Ще\u{a0}970"), "{html}");
        assert!(html.contains("{…}"));
        assert!(!html.contains("синя гойдалка") && !html.contains("1234567"));
        assert!(html.contains("•••"));
    }

    #[rstest::rstest]
    #[case(json!({}))]
    #[case(json!({ "person": null }))]
    #[case(json!({ "person": [] }))]
    #[case(json!({ "person": { "documents": {}, "phones": [1, null], "confidant_person": 5, "emergency_contact": [] } }))]
    fn whatever_was_sent_gives_a_page(#[case] content: Json) {
        let (lines, html) = render_missing_entries(
            &content,
            &["$.person.documents", "$.person.confidant_person"],
        );
        assert_eq!(lines.len(), 2);
        assert!(html.contains("Не вказано"));
    }

    #[test]
    fn what_is_no_message_encloses_nothing() {
        assert_eq!(read_enclosed_json(""), None);
        assert_eq!(read_enclosed_json("@"), None);
        assert_eq!(read_enclosed_json("QUJD"), None);
    }
}
