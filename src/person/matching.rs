//! Whether a person of the registry and a person to be registered are the same one (signup 11.3).
//!
//! The original's score comes from a trained model that is not public; this one is a short list of reasons, so that
//! an operator can say why two records matched. Scores are whole thousandths: they have no rounding.

use chrono::NaiveDate;

use super::{documents::normalise_number, names};

/// How alike two records are, in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Score(u16);

impl Score {
    /// Tax number, birth date and last name are equal; the first name too, where the number was typed.
    pub const SAME_TAX_ID: Self = Self(1000);
    /// A document, birth date, last name and first name are equal.
    pub const SAME_DOCUMENT: Self = Self(980);
    /// Tax number, birth date and first name are equal: the surname has changed.
    pub const CHANGED_SURNAME: Self = Self(960);
    /// Anything less.
    pub const DIFFERENT: Self = Self(500);

    /// `PIS_ONLINE_DEDUPLICATION_MATCH_SCORE` as a score: a number from 0 to 1, `0.95` by default. None when it is not.
    #[must_use]
    pub fn threshold(setting: f64) -> Option<Self> {
        if !(0.0..=1.0).contains(&setting) {
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and 1000 after the check above"
        )]
        let thousandths = (setting * 1000.0).round() as u16;
        Some(Self(thousandths))
    }

    /// Whether the score is above `threshold`; the threshold itself is not enough.
    #[must_use]
    pub fn is_above(self, threshold: Self) -> bool {
        self > threshold
    }
}

/// What of a person is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traits {
    /// First name as written.
    pub first_name: String,
    /// Last name as written.
    pub last_name: String,
    /// Date of birth.
    pub birth_date: NaiveDate,
    /// Tax number, if any.
    pub tax_id: Option<String>,
    /// Type and number of each document that may be searched by (`ACTIVE_PERSON_SEARCH_DOCUMENT_TYPES`).
    pub documents: Vec<(String, String)>,
}

/// What a submitted tax number is worth (authority §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaxIdIs {
    /// Somebody typed it, who wants to act for the person.
    Typed,
    /// The certificate of the person themselves names it.
    Proven,
}

/// How much a candidate of the registry is the person submitted. Which of the two is which makes no difference.
///
/// A proven number needs one of the two names beside it, since one of them may have changed; one that was typed needs both.
#[must_use]
pub fn score(candidate: &Traits, submitted: &Traits, tax_id_is: TaxIdIs) -> Score {
    if candidate.birth_date != submitted.birth_date {
        return Score::DIFFERENT;
    }
    let same_first_name = names::same(&candidate.first_name, &submitted.first_name);
    let same_last_name = names::same(&candidate.last_name, &submitted.last_name);
    let same_tax_id = candidate.tax_id.is_some() && candidate.tax_id == submitted.tax_id;
    let is_proven = tax_id_is == TaxIdIs::Proven;
    if same_tax_id && same_last_name && (same_first_name || is_proven) {
        Score::SAME_TAX_ID
    } else if same_last_name && same_first_name && share_a_document(candidate, submitted) {
        Score::SAME_DOCUMENT
    } else if same_tax_id && same_first_name && is_proven {
        Score::CHANGED_SURNAME
    } else {
        Score::DIFFERENT
    }
}

fn share_a_document(candidate: &Traits, submitted: &Traits) -> bool {
    candidate.documents.iter().any(|(kind, number)| {
        let number = normalise_number(number);
        submitted
            .documents
            .iter()
            .any(|(other_kind, other)| kind == other_kind && number == normalise_number(other))
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn traits(first: &str, last: &str, birth: &str, tax_id: &str, document: &str) -> Traits {
        Traits {
            first_name: first.to_owned(),
            last_name: last.to_owned(),
            birth_date: birth.parse().unwrap(),
            tax_id: Some(tax_id.to_owned()).filter(|text| !text.is_empty()),
            documents: document
                .split_once(' ')
                .map(|(kind, number)| (kind.to_owned(), number.to_owned()))
                .into_iter()
                .collect(),
        }
    }

    #[rstest]
    #[case::everything(
        "Мар'яна",
        "Зразкова",
        "1991-08-19",
        "3346810023",
        "PASSPORT ЗР000001",
        Score::SAME_TAX_ID
    )]
    #[case::apostrophes_case_spaces(
        "МАР\u{2019}ЯНА ",
        " зразкова",
        "1991-08-19",
        "3346810023",
        "",
        Score::SAME_TAX_ID
    )]
    #[case::another_first_name(
        "Марія",
        "Зразкова",
        "1991-08-19",
        "3346810023",
        "",
        Score::SAME_TAX_ID
    )]
    #[case::document_only(
        "Мар\u{2BC}яна",
        "Зразкова",
        "1991-08-19",
        "",
        "PASSPORT зр 000001",
        Score::SAME_DOCUMENT
    )]
    #[case::latin_look_alike(
        "Мар\u{2BC}яна",
        "Зразкова",
        "1991-08-19",
        "",
        "PASSPORT ЗP000001",
        Score::SAME_DOCUMENT
    )]
    #[case::document_and_another_tax_id(
        "Мар'яна",
        "Зразкова",
        "1991-08-19",
        "3346810128",
        "PASSPORT ЗР000001",
        Score::SAME_DOCUMENT
    )]
    #[case::changed_surname(
        "мар\u{2019}яна",
        "Новенька",
        "1991-08-19",
        "3346810023",
        "",
        Score::CHANGED_SURNAME
    )]
    #[case::changed_surname_with_the_document(
        "Мар'яна",
        "Новенька",
        "1991-08-19",
        "3346810023",
        "PASSPORT ЗР000001",
        Score::CHANGED_SURNAME
    )]
    #[case::another_birth_date(
        "Мар'яна",
        "Зразкова",
        "1991-08-20",
        "3346810023",
        "PASSPORT ЗР000001",
        Score::DIFFERENT
    )]
    #[case::both_names_changed(
        "Марія",
        "Новенька",
        "1991-08-19",
        "3346810023",
        "PASSPORT ЗР000001",
        Score::DIFFERENT
    )]
    #[case::document_and_changed_surname(
        "Мар'яна",
        "Новенька",
        "1991-08-19",
        "",
        "PASSPORT ЗР000001",
        Score::DIFFERENT
    )]
    #[case::document_and_changed_first_name(
        "Марія",
        "Зразкова",
        "1991-08-19",
        "",
        "PASSPORT ЗР000001",
        Score::DIFFERENT
    )]
    #[case::document_of_another_type(
        "Мар'яна",
        "Зразкова",
        "1991-08-19",
        "",
        "REFUGEE_CERTIFICATE ЗР000001",
        Score::DIFFERENT
    )]
    #[case::names_only("Мар'яна", "Зразкова", "1991-08-19", "", "", Score::DIFFERENT)]
    fn scores(
        #[case] first: &str,
        #[case] last: &str,
        #[case] birth: &str,
        #[case] tax_id: &str,
        #[case] document: &str,
        #[case] expected: Score,
    ) {
        let known = traits(
            "Мар'яна",
            "Зразкова",
            "1991-08-19",
            "3346810023",
            "PASSPORT ЗР000001",
        );
        let submitted = traits(first, last, birth, tax_id, document);
        assert_eq!(score(&known, &submitted, TaxIdIs::Proven), expected);
        assert_eq!(
            score(&submitted, &known, TaxIdIs::Proven),
            expected,
            "both ways"
        );
        // A number that was typed is worth nothing beside one name alone (authority §2).
        let has_both_names = names::same(first, "Мар'яна") && names::same(last, "Зразкова");
        let typed = match expected {
            Score::SAME_TAX_ID | Score::CHANGED_SURNAME if !has_both_names => Score::DIFFERENT,
            other => other,
        };
        assert_eq!(score(&known, &submitted, TaxIdIs::Typed), typed);
    }

    #[test]
    fn two_people_without_a_tax_number_do_not_share_it() {
        let one = traits("Мар'яна", "Зразкова", "1991-08-19", "", "");
        for tax_id_is in [TaxIdIs::Typed, TaxIdIs::Proven] {
            assert_eq!(score(&one, &one.clone(), tax_id_is), Score::DIFFERENT);
        }
    }

    /// signup 13.9: equal to the threshold is not above it.
    #[rstest]
    #[case(0.95, &[Score::SAME_TAX_ID, Score::SAME_DOCUMENT, Score::CHANGED_SURNAME])]
    #[case(0.96, &[Score::SAME_TAX_ID, Score::SAME_DOCUMENT])]
    #[case(0.959, &[Score::SAME_TAX_ID, Score::SAME_DOCUMENT, Score::CHANGED_SURNAME])]
    #[case(0.98, &[Score::SAME_TAX_ID])]
    #[case(1.0, &[])]
    #[case(0.5, &[Score::SAME_TAX_ID, Score::SAME_DOCUMENT, Score::CHANGED_SURNAME])]
    fn the_threshold_itself_is_not_enough(#[case] setting: f64, #[case] above: &[Score]) {
        let threshold = Score::threshold(setting).unwrap();
        for score in [
            Score::SAME_TAX_ID,
            Score::SAME_DOCUMENT,
            Score::CHANGED_SURNAME,
            Score::DIFFERENT,
        ] {
            assert_eq!(
                score.is_above(threshold),
                above.contains(&score),
                "{score:?}"
            );
        }
        assert!(!threshold.is_above(threshold));
    }

    #[rstest]
    #[case(-0.1)]
    #[case(1.1)]
    #[case(f64::NAN)]
    fn a_threshold_lies_between_0_and_1(#[case] setting: f64) {
        assert_eq!(Score::threshold(setting), None);
    }
}
