//! Numbers of documents, and whether the code in a signer's certificate belongs to a person (signup 11.1, 11.2).

use serde_json::Value;

use crate::patterns::{NATIONAL_ID, SERIES_NUMBER, TAX_ID};

/// What a person can be recognised by in a certificate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identifiers {
    /// The tax number, if the person has one.
    pub tax_id: Option<String>,
    /// Type and number of each document.
    pub documents: Vec<(String, String)>,
}

impl Identifiers {
    /// Those of a person written as in a registration; members that are not strings are not there.
    #[must_use]
    pub fn of(person: &Value) -> Self {
        let text = |value: &Value, name: &str| {
            let member = value.get(name).and_then(Value::as_str);
            member.map(str::to_owned)
        };
        let documents = person.get("documents").and_then(Value::as_array);
        Self {
            tax_id: text(person, "tax_id"),
            documents: documents
                .into_iter()
                .flatten()
                .filter_map(|document| Some((text(document, "type")?, text(document, "number")?)))
                .collect(),
        }
    }

    fn has_document(&self, kind: &str, is_it: impl Fn(&str) -> bool) -> bool {
        self.documents
            .iter()
            .any(|(known, number)| known == kind && is_it(&normal(number)))
    }
}

/// A document number as it is compared: without white space, number signs and dashes, in upper case, Latin letters that
/// look like Cyrillic ones read as Cyrillic (signup 11.2, authority §2).
#[must_use]
pub fn normalise_number(number: &str) -> String {
    let is_written = |c: &char| !is_dash(*c) && *c != '№';
    let letters = normal(number);
    let written = letters.chars().filter(is_written);
    written.map(cyrillic_look_alike).collect()
}

/// The dashes that people and programs write. The migrations fold the same ones.
fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2014}' | '\u{2212}')
}

/// Whether the person is the one whose code `drfo` stands in a certificate.
///
/// Ten digits are compared with the tax number, nine with identity cards. Anything with letters is read as a passport,
/// by looks (`KP` is КР) and by sound (`KR` is КР); the two readings of one code may differ, so what counts is always
/// that a number of this person equals it, never what the code alone could mean.
#[must_use]
pub fn signer_is(drfo: &str, person: &Identifiers) -> bool {
    let drfo = normal(drfo);
    if (TAX_ID.matches)(&drfo) {
        return person
            .tax_id
            .as_deref()
            .is_some_and(|own| normal(own) == drfo);
    }
    if (NATIONAL_ID.matches)(&drfo) {
        return person.has_document("NATIONAL_ID", |number| number == drfo);
    }
    if !drfo.contains(char::is_alphabetic) {
        return false;
    }
    let by_looks: String = drfo.chars().map(cyrillic_look_alike).collect();
    person.has_document("PASSPORT", |number| {
        let number: String = number.chars().map(cyrillic_look_alike).collect();
        (SERIES_NUMBER.matches)(&number) && (number == by_looks || by_sound(&number) == drfo)
    })
}

/// Whether the code `drfo` in a certificate is a tax number: no document is compared with it then.
#[must_use]
pub fn is_tax_id(drfo: &str) -> bool {
    (TAX_ID.matches)(&normal(drfo))
}

/// Which of a person's documents the code `drfo` in a certificate names: type and number.
#[must_use]
pub fn documents_signed_by(drfo: &str, documents: &[(String, String)]) -> Vec<(String, String)> {
    let names_it = |document: &&(String, String)| {
        let alone = Identifiers {
            tax_id: None,
            documents: vec![(*document).clone()],
        };
        signer_is(drfo, &alone)
    };
    documents.iter().filter(names_it).cloned().collect()
}

/// The documents that the code `drfo` may stand for, by type and number: whom they belong to is for [`signer_is`] to say.
#[must_use]
pub fn documents_of(drfo: &str) -> Vec<(&'static str, String)> {
    let drfo = normal(drfo);
    if (NATIONAL_ID.matches)(&drfo) {
        return vec![("NATIONAL_ID", drfo)];
    }
    let letters = drfo.trim_end_matches(|c: char| c.is_ascii_digit());
    let Some(digits) = drfo.strip_prefix(letters).filter(|_| !letters.is_empty()) else {
        return Vec::new();
    };
    let mut numbers = vec![normalise_number(&drfo)];
    // At most six letters sound like two: nothing longer is compared with every pair there is.
    if letters.chars().count() <= 8 {
        for first in ALPHABET.chars() {
            for second in ALPHABET.chars() {
                let number = format!("{first}{second}{digits}");
                if by_sound(&number) == drfo && !numbers.contains(&number) {
                    numbers.push(number);
                }
            }
        }
    }
    numbers.retain(|number| (SERIES_NUMBER.matches)(number));
    numbers
        .into_iter()
        .map(|number| ("PASSPORT", number))
        .collect()
}

/// The letters of passport series.
const ALPHABET: &str = "АБВГҐДЕЄЖЗИІЇЙКЛМНОПРСТУФХЦЧШЩЬЮЯ";

fn normal(number: &str) -> String {
    number
        .chars()
        .filter(|c| !c.is_whitespace())
        .flat_map(char::to_uppercase)
        .collect()
}

/// The Cyrillic letter that a Latin capital looks like; any other character is itself.
pub(super) fn cyrillic_look_alike(c: char) -> char {
    match c {
        'A' => 'А',
        'B' => 'В',
        'C' => 'С',
        'E' => 'Е',
        'H' => 'Н',
        'I' => 'І',
        'K' => 'К',
        'M' => 'М',
        'O' => 'О',
        'P' => 'Р',
        'T' => 'Т',
        'X' => 'Х',
        other => other,
    }
}

/// A passport number by the national table of transliteration (Cabinet of Ministers, No. 55 of 27 January 2010).
fn by_sound(passport: &str) -> String {
    // The one pair with a rule of its own: "Зг" is "Zgh", since "Zh" is Ж.
    if let Some(digits) = passport.strip_prefix("ЗГ") {
        return format!("ZGH{digits}");
    }
    passport
        .chars()
        .enumerate()
        .map(|(at, c)| (c, latin_sound(c, at == 0)))
        .fold(String::new(), |mut text, (c, sound)| {
            match sound {
                Some(sound) => text.push_str(sound),
                None => text.push(c),
            }
            text
        })
}

fn latin_sound(letter: char, first: bool) -> Option<&'static str> {
    Some(match (letter, first) {
        ('А', _) => "A",
        ('Б', _) => "B",
        ('В', _) => "V",
        ('Г', _) => "H",
        ('Ґ', _) => "G",
        ('Д', _) => "D",
        ('Е', _) => "E",
        ('Є', true) => "YE",
        ('Є', false) => "IE",
        ('Ж', _) => "ZH",
        ('З', _) => "Z",
        ('И', _) => "Y",
        ('І', _) => "I",
        ('Ї', true) => "YI",
        ('Ї', false) => "I",
        ('Й', true) => "Y",
        ('Й', false) => "I",
        ('К', _) => "K",
        ('Л', _) => "L",
        ('М', _) => "M",
        ('Н', _) => "N",
        ('О', _) => "O",
        ('П', _) => "P",
        ('Р', _) => "R",
        ('С', _) => "S",
        ('Т', _) => "T",
        ('У', _) => "U",
        ('Ф', _) => "F",
        ('Х', _) => "KH",
        ('Ц', _) => "TS",
        ('Ч', _) => "CH",
        ('Ш', _) => "SH",
        ('Щ', _) => "SHCH",
        ('Ь', _) => "",
        ('Ю', true) => "YU",
        ('Ю', false) => "IU",
        ('Я', true) => "YA",
        ('Я', false) => "IA",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::{patterns::is_ukrainian_capital, person::samples};

    fn person(kind: &str, number: &str) -> Identifiers {
        Identifiers {
            tax_id: None,
            documents: vec![(kind.to_owned(), number.to_owned())],
        }
    }

    #[rstest]
    #[case("001234567", &["NATIONAL_ID 001234567"])]
    #[case("KP123456", &["PASSPORT КР123456", "PASSPORT КП123456"])]
    #[case("kr 123456", &["PASSPORT КР123456"])]
    #[case("КР123456", &["PASSPORT КР123456"])]
    #[case("ZGH123456", &["PASSPORT ЗГ123456"])]
    #[case("KR12345", &[])]
    #[case("3112201416", &[])]
    #[case("ABCDEFGHIJ123456", &[])]
    fn codes_and_the_documents_they_may_stand_for(#[case] drfo: &str, #[case] expected: &[&str]) {
        let found: Vec<_> = documents_of(drfo)
            .into_iter()
            .map(|(kind, number)| format!("{kind} {number}"))
            .collect();
        assert_eq!(found, expected);
    }

    /// signup 13.8 and more.
    #[rstest]
    #[case("3112201416", "TAX_ID", "3112201416", true)]
    #[case(" 31122 01416 ", "TAX_ID", "3112201416", true)]
    #[case("3112201417", "TAX_ID", "3112201416", false)]
    #[case("3112201416", "NATIONAL_ID", "3112201416", false)]
    #[case("001234567", "NATIONAL_ID", "001234567", true)]
    #[case("001234568", "NATIONAL_ID", "001234567", false)]
    #[case("001234567", "PASSPORT", "001234567", false)]
    #[case("001234567", "TAX_ID", "001234567", false)]
    #[case("KP123456", "PASSPORT", "КР123456", true)]
    #[case("KR123456", "PASSPORT", "КР123456", true)]
    #[case("КР123456", "PASSPORT", "КР123456", true)]
    #[case("кр123456", "PASSPORT", "КР123456", true)]
    #[case("kp 123456", "PASSPORT", "КР123456", true)]
    #[case("КP123456", "PASSPORT", "КР123456", true)]
    #[case("KP123456", "PASSPORT", "КР 123456", true)]
    #[case("KP123456", "PASSPORT", "КР123457", false)]
    #[case("KP123456", "PASSPORT", "КП123456", true)]
    #[case("KR123456", "PASSPORT", "КП123456", false)]
    #[case("KP123456", "NATIONAL_ID", "КР123456", false)]
    #[case("KP123456", "REFUGEE_CERTIFICATE", "КР123456", false)]
    #[case("AB12345", "PASSPORT", "АВ12345", false)]
    #[case("AB1234567", "PASSPORT", "АВ1234567", false)]
    #[case("AB123456", "PASSPORT", "АВ123456", true)]
    #[case("AB123456", "PASSPORT", "АБ123456", true)]
    #[case("AV123456", "PASSPORT", "АВ123456", true)]
    #[case("CH123456", "PASSPORT", "СН123456", true)]
    #[case("SN123456", "PASSPORT", "СН123456", true)]
    #[case("HA123456", "PASSPORT", "ГА123456", true)]
    #[case("YIZH123456", "PASSPORT", "ЇЖ123456", true)]
    #[case("ZHI123456", "PASSPORT", "ЖЇ123456", true)]
    #[case("YEIU123456", "PASSPORT", "ЄЮ123456", true)]
    #[case("SHCHIA123456", "PASSPORT", "ЩЯ123456", true)]
    #[case("ZGH123456", "PASSPORT", "ЗГ123456", true)]
    #[case("ZH123456", "PASSPORT", "ЗГ123456", false)]
    #[case("ЫЪ123456", "PASSPORT", "ЫЪ123456", false)]
    #[case("", "PASSPORT", "", false)]
    #[case("123456", "PASSPORT", "КР123456", false)]
    #[case("12345678", "NATIONAL_ID", "12345678", false)]
    #[case("12345-6789", "NATIONAL_ID", "12345-6789", false)]
    #[case("٠٠١٢٣٤٥٦٧", "NATIONAL_ID", "٠٠١٢٣٤٥٦٧", false)]
    fn signers(#[case] drfo: &str, #[case] kind: &str, #[case] number: &str, #[case] is: bool) {
        let person = if kind == "TAX_ID" {
            Identifiers {
                tax_id: Some(number.to_owned()),
                documents: Vec::new(),
            }
        } else {
            person(kind, number)
        };
        assert_eq!(signer_is(drfo, &person), is, "{drfo} {kind} {number}");
        assert!(
            !signer_is(drfo, &Identifiers::default()),
            "nobody is nobody"
        );
    }

    #[test]
    fn every_series_of_passports_is_recognised_by_its_own_sound_and_looks() {
        let capitals: Vec<char> = ('А'..='Я')
            .chain(['Ґ', 'Є', 'І', 'Ї'])
            .filter(|c| is_ukrainian_capital(*c))
            .collect();
        assert_eq!(capitals.len(), 33, "the Ukrainian alphabet");
        for one in &capitals {
            assert!(latin_sound(*one, true).is_some());
            for other in &capitals {
                let number = format!("{one}{other}654321");
                let own = person("PASSPORT", &number);
                // A soft sign has no sound; two of them leave no letter to tell a passport by.
                let silent = number.starts_with("ЬЬ");
                assert_eq!(signer_is(&by_sound(&number), &own), !silent, "{number}");
                assert!(signer_is(&number, &own), "{number}");
                assert!(by_sound(&number).is_ascii());
            }
        }
    }

    #[test]
    fn identifiers_are_read_from_a_registration() {
        let content = samples::self_registration("jwt");
        assert_eq!(
            Identifiers::of(&content["person"]),
            Identifiers {
                tax_id: Some("3112201416".to_owned()),
                documents: vec![("NATIONAL_ID".to_owned(), "000000017".to_owned())],
            }
        );
        let child = samples::confidant_registration_of(samples::Size::Minimal, Uuid::nil());
        assert_eq!(Identifiers::of(&child["person"]).tax_id, None);
        assert_eq!(
            Identifiers::of(&json!({ "tax_id": 1, "documents": [1, {}] })),
            Identifiers::default()
        );
    }

    #[rstest]
    #[case("kp 123 456", "КР123456")]
    #[case("І-БК №540021", "ІБК540021")]
    #[case("i-бк№540021", "ІБК540021")]
    #[case("ІБК540021", "ІБК540021")]
    #[case("І\u{2011}БК \u{2014} 540021", "ІБК540021")]
    #[case("", "")]
    fn numbers_are_normalised(#[case] number: &str, #[case] expected: &str) {
        assert_eq!(normalise_number(number), expected);
    }
}
