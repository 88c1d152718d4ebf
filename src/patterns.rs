//! The forms that values of a person take, each as the source's pattern text and a check by hand.
//!
//! The texts are what a client sees in `params.pattern` (signup 8.2 and 8.3, person requests 5.2 to 5.4, settled
//! by decisions 3). They use look-ahead and were written for a backtracking engine; none runs here. Each check reads
//! its value once, so the time grows with the length and with nothing else.
//!
//! Where a check is narrower or wider than its text, the function says so. All of them refuse control
//! characters: no database and no page has a use for them.

use chrono::NaiveDate;

/// One form: the text that is reported and the check that decides.
#[derive(Debug, Clone, Copy)]
pub struct Pattern {
    /// The regular expression as the source prints it.
    pub source: &'static str,
    /// Whether a value has the form.
    pub matches: fn(&str) -> bool,
}

/// Names of people.
pub const PERSON_NAME: Pattern = Pattern {
    source: r"^(?!.*[ЫЪЭЁыъэё@%&$^#])[А-ЯҐЇІЄа-яґїіє\'\-]+(\s(?!.*[ЫЪЭЁыъэё@%&$^#])[А-ЯҐЇІЄа-яґїіє\'\-]+)*$",
    matches: is_person_name,
};

/// Names of places and the secret word.
pub const NAME: Pattern = Pattern {
    source: r#"^(?!.*[ЫЪЭЁыъэё@%&$^#])[a-zA-ZА-ЯҐЇІЄа-яґїіє0-9№\"!\^\*)\]\[(._-].*$"#,
    matches: is_name,
};

/// Numbers of houses.
pub const BUILDING: Pattern = Pattern {
    source: r"^[1-9]((?![ЫЪЭЁыъэё])()([А-ЯҐЇІЄа-яґїіє \/\'\-0-9])){0,20}$",
    matches: is_building,
};

/// Phone numbers that are only written down.
pub const CONTACT_PHONE: Pattern = Pattern {
    source: r"^\+38[0-9]{10}$",
    matches: |text| {
        text.strip_prefix("+38")
            .is_some_and(|rest| digits(rest, 10))
    },
};

/// Phone numbers that get codes.
pub const CODE_PHONE: Pattern = Pattern {
    source: r"^\+380[0-9]{9}$",
    matches: |text| {
        text.strip_prefix("+380")
            .is_some_and(|rest| digits(rest, 9))
    },
};

/// Tax numbers (РНОКПП).
pub const TAX_ID: Pattern = Pattern {
    source: r"^[0-9]{10}$",
    matches: |text| digits(text, 10),
};

/// Record numbers of the demographic register (УНЗР).
pub const UNZR: Pattern = Pattern {
    source: r"^[0-9]{8}-[0-9]{5}$",
    matches: |text| {
        text.split_once('-')
            .is_some_and(|(birth, serial)| digits(birth, 8) && digits(serial, 5))
    },
};

/// Postal codes.
pub const ZIP: Pattern = Pattern {
    source: r"^[0-9]{5}$",
    matches: |text| digits(text, 5),
};

/// Identifiers. Wider than its text: any version and either case (person requests 5.2).
pub const UUID: Pattern = Pattern {
    source: r"^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
    matches: is_uuid,
};

/// Two Ukrainian capitals and six digits: passports and certificates of protection.
pub const SERIES_NUMBER: Pattern = Pattern {
    source: r"^((?![ЫЪЭЁ])([А-ЯҐЇІЄ])){2}[0-9]{6}$",
    matches: is_series_number,
};

/// Numbers of identity cards.
pub const NATIONAL_ID: Pattern = Pattern {
    source: r"^[0-9]{9}$",
    matches: |text| digits(text, 9),
};

/// Numbers of birth certificates and temporary passports.
pub const CERTIFICATE: Pattern = Pattern {
    source: r"^((?![ЫЪЭЁыъэё@%&$^#`~:,.*|}{?!])[A-ZА-ЯҐЇІЄ0-9№\/()-]){2,25}$",
    matches: is_certificate,
};

/// Numbers of residence permits.
pub const RESIDENCE_PERMIT: Pattern = Pattern {
    source: r"^(((?![ЫЪЭЁ])([А-ЯҐЇІЄ])){2}[0-9]{4,6}|[0-9]{9}|((?![ЫЪЭЁ])([А-ЯҐЇІЄ])){2}[0-9]{5}\/[0-9]{5})$",
    matches: is_residence_permit,
};

/// Numbers of foreign birth certificates: the text is ours, the source has none (decisions 3).
pub const FOREIGN_CERTIFICATE: Pattern = Pattern {
    source: r"^\P{Cc}{2,25}$",
    matches: |text| printable(text, 2, 25),
};

/// Numbers of documents about which nothing is known but that they are short: the text is ours (person requests 5.4).
pub const SHORT_TEXT: Pattern = Pattern {
    source: r"^\P{Cc}{1,25}$",
    matches: |text| printable(text, 1, 25),
};

/// Any text: what the source leaves open. The pattern text is ours.
pub const TEXT: Pattern = Pattern {
    source: r"^\P{Cc}*$",
    matches: |text| !text.chars().any(char::is_control),
};

/// Dates of ISO 8601 in every notation, as the `date` rule reports it. An existing date is a further question: [`date`].
pub const DATE: Pattern = Pattern {
    source: r"^([\+-]?\d{4}(?!\d{2}\b))((-?)((0[1-9]|1[0-2])(\3([12]\d|0[1-9]|3[01]))?|W([0-4]\d|5[0-2])(-?[1-7])?|(00[1-9]|0[1-9]\d|[12]\d{2}|3([0-5]\d|6[1-6])))?)?$",
    matches: is_iso_8601_date,
};

/// E-mail addresses. The source ends in `[A-Z]{2,6}`; longer and punycode top-level names exist by now.
pub const EMAIL: Pattern = Pattern {
    source: r"^[\w!#$%&'*+/=?`{|}~^-]+(?:\.[\w!#$%&'*+/=?`{|}~^-]+)*@(?:[A-Z0-9-]+\.)+(?:[A-Z]{2,63}|XN--[A-Z0-9-]{1,59})$",
    matches: is_email,
};

/// Every form that the schemas name by its text.
pub const ALL: &[Pattern] = &[
    PERSON_NAME,
    NAME,
    BUILDING,
    CONTACT_PHONE,
    CODE_PHONE,
    TAX_ID,
    UNZR,
    ZIP,
    UUID,
    SERIES_NUMBER,
    NATIONAL_ID,
    CERTIFICATE,
    RESIDENCE_PERMIT,
    FOREIGN_CERTIFICATE,
    SHORT_TEXT,
    TEXT,
];

/// The form whose text is `source`, if there is one.
#[must_use]
pub fn by_source(source: &str) -> Option<&'static Pattern> {
    ALL.iter().find(|pattern| pattern.source == source)
}

/// The day that `text` names, written as `YYYY-MM-DD` and in no other way.
#[must_use]
pub fn date(text: &str) -> Option<NaiveDate> {
    let (year, rest) = text.split_at_checked(4)?;
    let (month, day) = rest.strip_prefix('-')?.split_once('-')?;
    if !(digits(year, 4) && digits(month, 2) && digits(day, 2)) {
        return None;
    }
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

/// Whether `c` is a capital of the Ukrainian alphabet, which has no Ы, Ъ, Э and Ё.
#[must_use]
pub fn is_ukrainian_capital(c: char) -> bool {
    matches!(c, 'А'..='Щ' | 'Ь' | 'Ю' | 'Я' | 'Ґ' | 'Ї' | 'І' | 'Є')
}

fn is_ukrainian_small(c: char) -> bool {
    matches!(c, 'а'..='щ' | 'ь' | 'ю' | 'я' | 'ґ' | 'ї' | 'і' | 'є')
}

fn is_ukrainian(c: char) -> bool {
    is_ukrainian_capital(c) || is_ukrainian_small(c)
}

/// Whether `c` is one of the three characters that people's keyboards give them for an apostrophe.
#[must_use]
pub fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2019}' | '\u{2BC}')
}

/// What the sources' look-ahead keeps out of names.
fn is_banned_in_names(c: char) -> bool {
    matches!(
        c,
        'Ы' | 'Ъ' | 'Э' | 'Ё' | 'ы' | 'ъ' | 'э' | 'ё' | '@' | '%' | '&' | '$' | '^' | '#'
    )
}

fn digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn printable(text: &str, least: usize, most: usize) -> bool {
    // A character has at least one byte and at most four: a long text is refused without being read.
    text.len() <= 4 * most
        && (least..=most).contains(&text.chars().count())
        && !text.chars().any(char::is_control)
}

/// Wider than its text: all three apostrophes count (decisions 3).
fn is_person_name(text: &str) -> bool {
    text.split(|c: char| c.is_whitespace() && !c.is_control())
        .all(|word| {
            !word.is_empty()
                && word
                    .chars()
                    .all(|c| is_ukrainian(c) || is_apostrophe(c) || c == '-')
        })
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| {
        c.is_ascii_alphanumeric()
            || is_ukrainian(c)
            || matches!(
                c,
                '№' | '"' | '!' | '*' | ')' | ']' | '[' | '(' | '.' | '_' | '-'
            )
    }) && !text
        .chars()
        .any(|c| is_banned_in_names(c) || c.is_control())
}

fn is_building(text: &str) -> bool {
    let mut characters = text.chars();
    characters
        .next()
        .is_some_and(|first| matches!(first, '1'..='9'))
        && text.chars().nth(21).is_none()
        && characters
            .all(|c| is_ukrainian(c) || c.is_ascii_digit() || matches!(c, ' ' | '/' | '\'' | '-'))
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// What follows two Ukrainian capitals at the beginning of `text`.
fn after_series(text: &str) -> Option<&str> {
    text.strip_prefix(is_ukrainian_capital)?
        .strip_prefix(is_ukrainian_capital)
}

fn is_series_number(text: &str) -> bool {
    after_series(text).is_some_and(|number| digits(number, 6))
}

fn is_certificate(text: &str) -> bool {
    text.len() <= 4 * 25
        && (2..=25).contains(&text.chars().count())
        && text.chars().all(|c| {
            c.is_ascii_uppercase()
                || c.is_ascii_digit()
                || is_ukrainian_capital(c)
                || matches!(c, '№' | '/' | '(' | ')' | '-')
        })
}

fn is_residence_permit(text: &str) -> bool {
    match after_series(text) {
        None => digits(text, 9),
        Some(number) => match number.split_once('/') {
            None => (4..=6).any(|count| digits(number, count)),
            Some((before, after)) => digits(before, 5) && digits(after, 5),
        },
    }
}

/// The notations of [`DATE`]: `YYYY`, `YYYY-MM`, `YYYYMMDD`, `YYYY-MM-DD`, `YYYY-Www`, `YYYY-Www-D`, `YYYY-DDD`.
fn is_iso_8601_date(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let Some((year, rest)) = unsigned.split_at_checked(4) else {
        return false;
    };
    if !digits(year, 4) || digits(rest, 2) {
        return false;
    }
    let (separator, rest) = match rest.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", rest),
    };
    rest.is_empty()
        || is_month_and_day(rest, separator)
        || is_week_and_day(rest)
        || is_day_of_year(rest)
}

fn number_within(text: &str, count: usize, range: std::ops::RangeInclusive<u16>) -> bool {
    digits(text, count) && text.parse().is_ok_and(|number| range.contains(&number))
}

fn is_month_and_day(text: &str, separator: &str) -> bool {
    text.split_at_checked(2).is_some_and(|(month, rest)| {
        number_within(month, 2, 1..=12)
            && (rest.is_empty()
                || rest
                    .strip_prefix(separator)
                    .is_some_and(|day| number_within(day, 2, 1..=31)))
    })
}

fn is_week_and_day(text: &str) -> bool {
    text.strip_prefix('W')
        .and_then(|week| week.split_at_checked(2))
        .is_some_and(|(week, day)| {
            let day = day.strip_prefix('-').unwrap_or(day);
            number_within(week, 2, 0..=52)
                && (day.is_empty() || number_within(day, 1, 1..=7))
                && !text.ends_with('-')
        })
}

fn is_day_of_year(text: &str) -> bool {
    number_within(text, 3, 1..=366) && text != "360"
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let Some((labels, top)) = domain.rsplit_once('.') else {
        return false;
    };
    let label = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let top_is_word =
        (2..=63).contains(&top.len()) && top.bytes().all(|byte| byte.is_ascii_alphabetic());
    let top_is_punycode = (5..=63).contains(&top.len())
        && top
            .get(..4)
            .is_some_and(|prefix| prefix.eq_ignore_ascii_case("xn--"))
        && label(top);
    local.split('.').all(is_email_word)
        && labels.split('.').all(label)
        && (top_is_word || top_is_punycode)
}

fn is_email_word(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_!#$%&'*+/=?`{|}~^-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(PERSON_NAME, &["Петренко", "Ґалаґан", "Мар'яна", "Мар\u{2019}яна", "Мар\u{2BC}яна", "Нечуй-Левицький", "ван дер Берг", "І"],
        &["", " ", "Петренко ", " Петренко", "ван  дер", "Petrenko", "Пыж", "Объект", "Ёлка", "Петро1", "Петро@", "Петро\n", "Петро\tІван", "Петро\0", "м\u{2018}я"])]
    #[case(NAME, &["Київ", "м. Київ", "1 Травня", "№5", "\"Лісова\"", "Kyiv", "(центр)", "_", "-", "Кам\u{2BC}янець", "*", "!а, б: в?"],
        &["", " Київ", "'я", "Сокыринці", "a@b", "50%", "^", "a^b", "a\nb", "a\n", "a\0", "Ґрунт #1", "ё"])]
    #[case(BUILDING, &["1", "12", "12а", "12-А", "12/2", "12 Б корпус 3", "1'", "123456789012345678901"],
        &["", "0", "а1", "12A", "12ы", "1234567890123456789012", "1\n", "-1", "№1", "1\u{2BC}"])]
    #[case(CONTACT_PHONE, &["+380501112233", "+381234567890"], &["", "380501112233", "+38050111223", "+3805011122334", "+38050111223a", "+380501112233\n", "+380٠01112233"])]
    #[case(CODE_PHONE, &["+380501112233"], &["", "+381234567890", "+38050111223", "+3805011122331"])]
    #[case(TAX_ID, &["3112201416", "0000000000"], &["", "311220141", "31122014160", "31122O1416", "３112201416", "3112201416\n"])]
    #[case(UNZR, &["19850317-12345"], &["", "1985031712345", "19850317-1234", "1985-0317-12345", "19850317-123456"])]
    #[case(ZIP, &["01001"], &["", "1001", "010011", "0100a"])]
    #[case(UUID, &["b075f148-7f93-4fc2-b2ec-2d81b19a9b7b", "B075F148-7F93-4FC2-B2EC-2D81B19A9B7B", "01890a5d-ac96-774b-bcce-b302099a8057"],
        &["", "b075f1487f934fc2b2ec2d81b19a9b7b", "{b075f148-7f93-4fc2-b2ec-2d81b19a9b7b}", "b075f148-7f93-4fc2-b2ec-2d81b19a9b7", "g075f148-7f93-4fc2-b2ec-2d81b19a9b7b", "b075f1487-f93-4fc2-b2ec-2d81b19a9b7b"])]
    #[case(SERIES_NUMBER, &["АА120518", "КР123456", "ҐЇ000000", "ЬЄ123456"], &["", "AA120518", "ЫЫ120518", "ЪА120518", "ЭА120518", "ЁА120518", "АА12051", "АА1205188", "аа120518", "А120518", "АА 120518"])]
    #[case(NATIONAL_ID, &["001234567"], &["", "АА120518", "00123456", "0012345678"])]
    #[case(CERTIFICATE, &["І-БК№123456", "AB", "ТП/1234", "(1)-2", "1234567890123456789012345"],
        &["", "А", "і-бк 123", "12345678901234567890123456", "ЫБ1", "АБ\\1", "АБ:1", "АБ.1", "АБ,1", "АБ`1", "аб1", "ab1"])]
    #[case(RESIDENCE_PERMIT, &["ІВ1234", "ІВ12345", "ІВ123456", "900123456", "ІВ12345/12345"],
        &["", "ІВ123", "ІВ1234567", "IB1234", "ІВ12345\\12345", "ІВ1234/12345", "ІВ12345/1234", "90012345", "ЫВ1234", "12345/12345"])]
    #[case(FOREIGN_CERTIFICATE, &["Nr. 12/ą", "ab"], &["", "a", "12345678901234567890123456", "a\nb"])]
    #[case(SHORT_TEXT, &["1", "довідка 12"], &["", "12345678901234567890123456", "a\0"])]
    #[case(TEXT, &["", "будь-що", "👩‍⚕️"], &["a\0", "a\nb", "\u{85}"])]
    #[case(DATE, &["2020-01-31", "20200131", "2020", "2020-", "2020-02", "2020-W08-7", "2020W08", "2020-366", "2020001", "+2020-01-01", "-2020-02-31"],
        &["", "invalid date", "2018-8-t", "01.02.2020", "2020-1-1", "2020-13-01", "2020-01-32", "202001", "2020-0131", "202001-31", "2020-W53", "2020-367", "2020-01-01T00:00:00", "2020-01-01\n", "２020-01-01"])]
    #[case(EMAIL, &["a@b.ua", "first.last+tag@sub.example.com", "A!#$%&'*+/=?`{|}~^-_@EX-AMPLE.ORG", "a@b.technology", "a@xn--e1afmkfd.xn--j1amh"],
        &["", "a", "@b.ua", "a@", "a@b", "a@b.u", "a@.ua", "a@b..ua", ".a@b.ua", "a.@b.ua", "a..b@b.ua", "a b@c.ua", "a@b@c.ua", "a@b.u1", "іван@b.ua", "a@пошта.укр", "a@b.ua\n"])]
    fn takes_and_refuses(#[case] pattern: Pattern, #[case] good: &[&str], #[case] bad: &[&str]) {
        for text in good {
            assert!(
                (pattern.matches)(text),
                "{text:?} has the form {}",
                pattern.source
            );
        }
        for text in bad {
            assert!(
                !(pattern.matches)(text),
                "{text:?} has not the form {}",
                pattern.source
            );
        }
    }

    /// A value near one that is right: some characters put in, left out or replaced.
    fn nearly_right() -> impl Strategy<Value = String> {
        let right = prop::sample::select(vec![
            "Мар'яна ван-дер Єжова",
            "м. Київ № 1",
            "12-А/3 б",
            "+380501112233",
            "3112201416",
            "19850317-12345",
            "01001",
            "b075f148-7f93-4fc2-b2ec-2d81b19a9b7b",
            "КР123456",
            "001234567",
            "І-БК№123456(1)/Z",
            "ІВ1234",
            "ІВ12345/12345",
            "",
        ]);
        let letters: Vec<char> = "АЯЬЩЫЪЭЁҐЇІЄаящьыъэёґїієAZaz059№@%&$^#'\" -/\\!*()[]._+,:`~|{}?"
            .chars()
            .collect();
        let edit = (
            0_usize..40,
            prop::option::of(prop::sample::select(letters)),
            any::<bool>(),
        );
        (right, prop::collection::vec(edit, 0..4)).prop_map(|(right, edits)| {
            let mut text: Vec<char> = right.chars().collect();
            for (at, letter, replace) in edits {
                let at = at % (text.len() + 1);
                let end = if replace {
                    (at + 1).min(text.len())
                } else {
                    at
                };
                text.splice(at..end, letter);
            }
            text.into_iter().collect()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// A backtracking engine that reads the texts agrees with the checks, where they do not differ on purpose.
        #[test]
        fn checks_agree_with_their_texts(text in nearly_right()) {
            thread_local! {
                static ENGINE: Vec<jsonschema::Validator> = ALL
                    .iter()
                    .map(|pattern| jsonschema::validator_for(&serde_json::json!({ "pattern": pattern.source })).unwrap())
                    .collect();
            }
            let value = serde_json::Value::String(text.clone());
            ENGINE.with(|engine| {
                for (pattern, engine) in ALL.iter().zip(engine) {
                    // Identifiers of any version and case are taken on purpose.
                    if pattern.source != UUID.source {
                        prop_assert_eq!((pattern.matches)(&text), engine.is_valid(&value), "{:?} {}", text, pattern.source);
                    }
                }
                Ok(())
            })?;
        }
    }

    #[test]
    fn texts_are_distinct() {
        for pattern in ALL {
            assert_eq!(
                by_source(pattern.source).unwrap().matches as usize,
                pattern.matches as usize
            );
        }
        assert!(by_source("^.*$").is_none());
    }

    #[rstest]
    #[case("2024-02-29", true)]
    #[case("2023-02-29", false)]
    #[case("2023-02-31", false)]
    #[case("2023-2-01", false)]
    #[case("20230201", false)]
    #[case("2023-W08-7", false)]
    #[case("2023-01-01T", false)]
    #[case("+2023-01-01", false)]
    #[case("²023-01-01", false)]
    fn only_existing_days_in_the_one_notation(#[case] text: &str, #[case] exists: bool) {
        assert_eq!(date(text).is_some(), exists, "{text}");
    }
}
