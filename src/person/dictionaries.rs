//! The codes that dictionary fields may hold, with their words (person requests 9).
//!
//! Dictionaries are data in the registry: an operator extends them. What is here is one state of them, read from the
//! database as a whole and never changed; the schemas that ask it are compiled with it ([`super::schema::Schemas`]).

use std::{collections::BTreeMap, sync::Arc};

use crate::locale::Locale;

/// The dictionaries that the schemas ask.
pub const NEEDED: &[&str] = &[
    "ADDRESS_TYPE",
    "AUTHENTICATION_METHOD",
    "CONFIDANT_PERSON_TYPE",
    "COUNTRY",
    "DOCUMENT_RELATIONSHIP_TYPE",
    "DOCUMENT_TYPE",
    "GENDER",
    "PHONE_TYPE",
    "PREFERRED_WAY_COMMUNICATION",
    "SETTLEMENT_TYPE",
    "STREET_TYPE",
];

/// One value of a dictionary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DictionaryEntry {
    /// What stands in documents.
    pub code: String,
    /// What people read, in Ukrainian.
    pub description: String,
    /// What people read in English, where somebody wrote it.
    pub description_en: Option<String>,
    /// Whether a document may hold it now. One that may not still has words, for what was signed before.
    pub is_active: bool,
}

/// The values of each dictionary in their order.
pub(super) type DictionaryEntries = BTreeMap<String, Vec<DictionaryEntry>>;

/// Every dictionary, as it was at one moment.
#[derive(Debug, Default)]
pub struct Dictionaries {
    entries: Arc<DictionaryEntries>,
}

impl Dictionaries {
    /// The dictionaries of these values, each with the name of its dictionary, in the order of each dictionary.
    pub fn new(values: impl IntoIterator<Item = (String, DictionaryEntry)>) -> Self {
        let mut entries = DictionaryEntries::new();
        for (name, entry) in values {
            entries.entry(name).or_default().push(entry);
        }
        Self {
            entries: Arc::new(entries),
        }
    }

    pub(super) fn entries(&self) -> &Arc<DictionaryEntries> {
        &self.entries
    }

    /// Whether these are the values it was made of.
    #[must_use]
    pub fn is_made_of(&self, values: &[(String, DictionaryEntry)]) -> bool {
        let mut count = 0;
        for (name, entries) in self.entries.iter() {
            let same = values
                .iter()
                .filter(|(other, _)| other == name)
                .map(|(_, entry)| entry)
                .eq(entries);
            if !same {
                return false;
            }
            count += entries.len();
        }
        count == values.len()
    }

    /// How many dictionaries there are, and how many values they have together.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        (
            self.entries.len(),
            self.entries.values().map(Vec::len).sum(),
        )
    }

    /// The dictionaries without which nobody can be registered and of which no value is in use.
    pub fn empty(&self) -> impl Iterator<Item = &'static str> {
        NEEDED
            .iter()
            .copied()
            .filter(|name| self.codes(name).next().is_none())
    }

    /// The codes of the dictionary `name` that a document may hold, in their order.
    pub fn codes<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        active(&self.entries, name)
    }

    /// What people read for a code, in use or not: the Ukrainian words where there are no English ones, none where the
    /// code is not known.
    ///
    /// An apostrophe between Ukrainian letters is shown as the letter it is, however it was typed in.
    #[must_use]
    pub fn words(&self, name: &str, code: &str, locale: Locale) -> Option<String> {
        let entry = self
            .entries
            .get(name)?
            .iter()
            .find(|entry| entry.code == code)?;
        let english = entry
            .description_en
            .as_ref()
            .filter(|_| locale == Locale::En);
        Some(with_letter_apostrophes(
            english.unwrap_or(&entry.description),
        ))
    }

    /// Every value, with the name of its dictionary.
    #[cfg(test)]
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &DictionaryEntry)> {
        self.entries
            .iter()
            .flat_map(|(name, entries)| entries.iter().map(move |entry| (name.as_str(), entry)))
    }
}

/// The codes of the dictionary `name` that a document may hold, in their order.
pub(super) fn active<'a>(
    entries: &'a DictionaryEntries,
    name: &str,
) -> impl Iterator<Item = &'a str> + use<'a> {
    entries
        .get(name)
        .into_iter()
        .flatten()
        .filter(|entry| entry.is_active)
        .map(|entry| entry.code.as_str())
}

/// `text` with U+02BC for each U+0027 and U+2019 that stands between Cyrillic letters.
fn with_letter_apostrophes(text: &str) -> String {
    let is_cyrillic = |c: Option<char>| c.is_some_and(|c| ('\u{400}'..='\u{52F}').contains(&c));
    let mut before = None;
    let mut characters = text.chars().peekable();
    let mut shown = String::with_capacity(text.len());
    while let Some(character) = characters.next() {
        let is_letter = matches!(character, '\'' | '\u{2019}')
            && is_cyrillic(before)
            && is_cyrillic(characters.peek().copied());
        shown.push(if is_letter { '\u{2BC}' } else { character });
        before = Some(character);
    }
    shown
}

/// The dictionaries of an installation that nobody has changed.
#[cfg(test)]
pub(crate) mod shipped {
    use super::*;
    use crate::person::schema::Schemas;

    const MIGRATION: &str = include_str!("../../migrations/sqlite/0004_dictionaries.sql");

    /// The values as the migration inserts them, a line each.
    pub(crate) fn values() -> Vec<(String, DictionaryEntry)> {
        MIGRATION
            .lines()
            .filter_map(|line| line.strip_prefix("    ("))
            .map(|line| {
                let text = line.replace("''", "\u{1}");
                let mut texts = text
                    .split('\'')
                    .skip(1)
                    .step_by(2)
                    .map(|text| text.replace('\u{1}', "'"));
                let mut next = || texts.next().unwrap();
                let name = next();
                let entry = DictionaryEntry {
                    code: next(),
                    description: next(),
                    description_en: Some(next()),
                    is_active: line.trim_end_matches(',').ends_with("true)"),
                };
                (name, entry)
            })
            .collect()
    }

    /// The same, compiled once for all tests.
    pub(crate) fn dictionaries() -> &'static Schemas {
        static SHIPPED: std::sync::LazyLock<Schemas> =
            std::sync::LazyLock::new(|| Schemas::compile(Dictionaries::new(values())));
        &SHIPPED
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn entry(code: &str, description: &str) -> (String, DictionaryEntry) {
        let entry = DictionaryEntry {
            code: code.to_owned(),
            description: description.to_owned(),
            description_en: None,
            is_active: true,
        };
        ("GENDER".to_owned(), entry)
    }

    #[test]
    fn every_dictionary_that_is_needed_is_shipped() {
        let shipped = shipped::dictionaries();
        assert_eq!(shipped.counts(), (11, 330));
        assert_eq!(shipped.empty().count(), 0);
        assert_eq!(Dictionaries::default().empty().count(), NEEDED.len());
    }

    #[test]
    fn countries_are_those_of_the_standard() {
        let countries: Vec<&str> = shipped::dictionaries().codes("COUNTRY").collect();
        assert_eq!(countries.len(), 249);
        assert!(countries.is_sorted());
        assert!(countries.iter().all(|code| code.len() == 2));
    }

    #[test]
    fn values_are_those_of_the_specification() {
        let shipped = shipped::dictionaries();
        assert_eq!(shipped.codes("STREET_TYPE").count(), 42);
        assert_eq!(shipped.codes("DOCUMENT_TYPE").count(), 16);
        assert_eq!(
            shipped.codes("GENDER").collect::<Vec<_>>(),
            ["MALE", "FEMALE"]
        );
        assert_eq!(
            shipped.codes("AUTHENTICATION_METHOD").collect::<Vec<_>>(),
            ["OTP", "OFFLINE", "THIRD_PERSON"],
            "NA cannot be chosen"
        );
        assert_eq!(shipped.codes("gender").count(), 0);
    }

    /// §9 of person requests: every code with its text, and no other.
    #[rstest]
    #[case("GENDER", &[
        ("MALE", "чоловіча"),
        ("FEMALE", "жіноча"),
    ])]
    #[case("PHONE_TYPE", &[
        ("MOBILE", "мобільний"),
        ("LAND_LINE", "стаціонарний"),
    ])]
    #[case("ADDRESS_TYPE", &[
        ("RESIDENCE", "проживання"),
        ("REGISTRATION", "реєстрації"),
    ])]
    #[case("SETTLEMENT_TYPE", &[
        ("CITY", "місто"),
        ("TOWNSHIP", "селище міського типу"),
        ("SETTLEMENT", "селище"),
        ("VILLAGE", "село"),
    ])]
    #[case("CONFIDANT_PERSON_TYPE", &[
        ("PRIMARY", "Законний представник пацієнта головний"),
        ("SECONDARY", "Законний представник пацієнта другорядний"),
    ])]
    #[case("AUTHENTICATION_METHOD", &[
        ("OTP", "Авторизація через СМС"),
        ("OFFLINE", "Авторизація через верифікацію документів"),
        ("THIRD_PERSON", "Авторизація через третю особу"),
        ("NA", "Не визначено"),
    ])]
    #[case("PREFERRED_WAY_COMMUNICATION", &[
        ("email", "електронна адреса"),
        ("phone", "телефон"),
    ])]
    #[case("STREET_TYPE", &[
        ("ALLEY", "алея"),
        ("ASCENT", "узвіз"),
        ("AVENUE", "проспект"),
        ("BLIND_STREET", "тупик"),
        ("BLOCK", "квартал"),
        ("BOARGING_HOUSE", "пансіонат"),
        ("BOULEVARD", "бульвар"),
        ("COUNTRY_LANE", "завулок"),
        ("CROSSROADS", "розвилка"),
        ("DACHA_COOPERATIVE", "Дачний кооператив"),
        ("ENTRANCE", "в'їзд"),
        ("FORESTRY", "лісництво"),
        ("GROVE", "гай"),
        ("HAMLET", "хутір"),
        ("HIGHWAY", "шосе"),
        ("HOUSING_AREA", "житловий масив"),
        ("ISLAND", "острів"),
        ("LANE", "провулок"),
        ("LINE", "лінія"),
        ("MAIDAN", "майдан"),
        ("MICRODISTRICT", "мікрорайон"),
        ("MILITARY_BASE", "військова частина"),
        ("MINE", "шахта"),
        ("PARK", "парк"),
        ("PASS", "прохід"),
        ("PASSAGE", "проїзд"),
        ("PASSING_LOOP", "роз'їзд"),
        ("RIVER_SIDE", "набережна"),
        ("ROAD", "дорога"),
        ("SANATORIUM", "санаторій"),
        ("SELECTION_BASE", "селекційна станція"),
        ("SETTLEMENT", "селище"),
        ("SQUARE", "площа"),
        ("GARDEN_SQUARE", "сквер"),
        ("STATE_FARM", "радгосп"),
        ("STATION", "станція"),
        ("STATION_SETTLEMENT", "будинок МПС"),
        ("STREET", "вулиця"),
        ("TRACK", "траса"),
        ("ROADWAY", "тракт"),
        ("TRACT", "урочище"),
        ("WAY", "шлях"),
    ])]
    #[case("DOCUMENT_TYPE", &[
        ("PASSPORT", "Паспорт громадянина України"),
        ("NATIONAL_ID", "Біометричний паспорт громадянина України"),
        ("BIRTH_CERTIFICATE", "Свідоцтво про народження (для осіб, які не досягли 14-річного віку)"),
        ("BIRTH_CERTIFICATE_FOREIGN", "Свідоцтво про народження іноземного зразку"),
        ("TEMPORARY_PASSPORT", "Тимчасове посвідчення громадянина України"),
        ("TEMPORARY_CERTIFICATE", "Посвідка на проживання"),
        ("PERMANENT_RESIDENCE_PERMIT", "Посвідка на постійне проживання в Україні"),
        ("REFUGEE_CERTIFICATE", "Посвідка біженця"),
        ("COMPLEMENTARY_PROTECTION_CERTIFICATE", "Посвідчення особи, яка потребує додаткового захисту"),
        ("MARRIAGE_CERTIFICATE", "Свідоцтво про шлюб"),
        ("DIVORCE_CERTIFICATE", "Свідоцтво про розірвання шлюбу"),
        ("COURT_DECISION_LEGAL_CAPACITY", "Рішення суду про надання особі повної цивільної дієздатності"),
        ("COURT_DECISION_DIVORCE", "Рішення суду про розірвання шлюбу"),
        ("GUARDIANSHIP_DECISION_LEGAL_CAPACITY", "Рішення органу опіки та піклування про надання особі повної цивільної дієздатності"),
        ("STATE_REGISTER_EXTRACT", "Виписка або витяг з ЄДР"),
        ("LEGAL_CAPACITY_DOCUMENT", "Документ про набуття повної цивільної дієздатності"),
    ])]
    #[case("DOCUMENT_RELATIONSHIP_TYPE", &[
        ("BIRTH_CERTIFICATE", "Свідоцтво про народження"),
        ("BIRTH_CERTIFICATE_FOREIGN", "Свідоцтво про народження іноземного зразку"),
        ("CONFIDANT_CERTIFICATE", "Посвідчення опікуна"),
        ("COURT_DECISION", "Рішення суду"),
        ("DOCUMENT", "Документ"),
    ])]
    fn texts_are_those_of_the_specification(#[case] name: &str, #[case] expected: &[(&str, &str)]) {
        let of_name = shipped::dictionaries().all().filter(|(of, _)| *of == name);
        let texts = of_name.map(|(_, entry)| (entry.code.as_str(), entry.description.as_str()));
        assert_eq!(texts.collect::<Vec<_>>(), expected);
    }

    /// Sign-up §2.5: no code is shown to people as it is, and every word is of one alphabet.
    #[test]
    fn every_code_has_words_in_both_languages() {
        for (name, entry) in shipped::dictionaries().all() {
            let (code, uk) = (&entry.code, &entry.description);
            let en = entry.description_en.as_ref().unwrap();
            assert!(
                !uk.chars()
                    .any(|c| c.is_ascii_alphabetic() || "ыэёъ".contains(c)),
                "{name} {code}"
            );
            assert!(
                !en.chars().any(|c| ('\u{400}'..='\u{52F}').contains(&c)),
                "{name} {code}"
            );
            assert!(!uk.trim().is_empty() && !en.trim().is_empty());
        }
    }

    #[rstest]
    #[case("в'їзд", "вʼїзд")]
    #[case("роз\u{2019}їзд", "розʼїзд")]
    #[case("обʼєкт", "обʼєкт")]
    #[case("'їжак'", "'їжак'")]
    #[case("Guardian\u{2019}s certificate", "Guardian\u{2019}s certificate")]
    #[case("'", "'")]
    #[case("", "")]
    fn an_apostrophe_is_a_letter(#[case] text: &str, #[case] shown: &str) {
        assert_eq!(with_letter_apostrophes(text), shown);
    }

    #[test]
    fn words_of_both_languages() {
        let shipped = shipped::dictionaries();
        let words = |name, code, locale| shipped.words(name, code, locale);
        assert_eq!(
            words("STREET_TYPE", "ENTRANCE", Locale::Uk).unwrap(),
            "вʼїзд"
        );
        assert_eq!(
            words("STREET_TYPE", "ENTRANCE", Locale::En).unwrap(),
            "entrance"
        );
        assert_eq!(
            words("AUTHENTICATION_METHOD", "NA", Locale::Uk).unwrap(),
            "Не визначено"
        );
        assert_eq!(words("STREET_TYPE", "NONE", Locale::Uk), None);
        assert_eq!(words("NONE", "ENTRANCE", Locale::Uk), None);
        let own = Dictionaries::new([entry("OTHER", "інша")]);
        assert_eq!(own.words("GENDER", "OTHER", Locale::En).unwrap(), "інша");
    }

    #[test]
    fn a_change_is_seen() {
        let values = shipped::values();
        let shipped = shipped::dictionaries();
        assert!(shipped.is_made_of(&values));
        assert!(!shipped.is_made_of(&[]));
        assert!(Dictionaries::default().is_made_of(&[]));
        let mut more = values.clone();
        more.push(entry("OTHER", "інша"));
        assert!(!shipped.is_made_of(&more));
        let mut other = values.clone();
        other[0].1.is_active = false;
        assert!(!shipped.is_made_of(&other));
        let mut swapped = values;
        swapped.swap(0, 1);
        assert!(!shipped.is_made_of(&swapped));
    }
}
