//! How names are compared: never as they were typed.

use super::documents::cyrillic_look_alike;
use crate::patterns::is_apostrophe;

/// `name` as it is compared: trimmed, inner white space collapsed to one space, every apostrophe U+02BC, upper case
/// (signup 11.3). What is stored and shown stays as it was signed.
#[must_use]
pub fn fold_name(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    for word in name.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        for c in word.chars() {
            // ‘ and ` are no apostrophes of the schema; certificates write them all the same.
            if is_apostrophe(c) || matches!(c, '\u{2018}' | '`') {
                folded.push('\u{2BC}');
            } else {
                folded.extend(c.to_uppercase());
            }
        }
    }
    folded
}

/// `name` as two are compared: [`fold_name`], with Latin letters that look like Cyrillic ones read as Cyrillic (authority §2).
fn comparison_key(name: &str) -> String {
    fold_name(name).chars().map(cyrillic_look_alike).collect()
}

/// Whether two names are the same one, written perhaps differently.
#[must_use]
pub fn same(one: &str, other: &str) -> bool {
    comparison_key(one) == comparison_key(other)
}

/// Whether `name` contains `part`, in whole words.
#[must_use]
pub fn contains(name: &str, part: &str) -> bool {
    let part = comparison_key(part);
    !part.is_empty() && format!(" {} ", comparison_key(name)).contains(&format!(" {part} "))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("Мар'яна", "МАР\u{2BC}ЯНА")]
    #[case("мар\u{2019}яна", "МАР\u{2BC}ЯНА")]
    #[case("Мар`яна", "МАР\u{2BC}ЯНА")]
    #[case("Мар\u{2018}яна", "МАР\u{2BC}ЯНА")]
    #[case("  ван \u{A0} дер\tБерг ", "ВАН ДЕР БЕРГ")]
    #[case("ґалаґан-їжакевич", "ҐАЛАҐАН-ЇЖАКЕВИЧ")]
    #[case("", "")]
    #[case("   ", "")]
    fn names_are_folded(#[case] name: &str, #[case] expected: &str) {
        assert_eq!(fold_name(name), expected);
        assert_eq!(
            fold_name(expected),
            expected,
            "folding twice changes nothing"
        );
    }

    #[rstest]
    #[case("Мар'яна Дем'янівна", "МАР\u{2BC}ЯНА", true)]
    #[case("Анна Марія Петрівна", "Анна  Марія", true)]
    #[case("Марія", "марія", true)]
    #[case("Демʼян", "Ян", false)]
    #[case("Марія", "", false)]
    #[case("", "Марія", false)]
    fn names_with_others_around(#[case] name: &str, #[case] part: &str, #[case] expected: bool) {
        assert_eq!(contains(name, part), expected);
    }

    #[rstest]
    #[case("Мар'яна", "МАР\u{2BC}ЯНА", true)]
    #[case("Мар яна", "Мар'яна", false)]
    #[case("Маряна", "Мар'яна", false)]
    #[case("Петренко", "Петренкo", true)]
    #[case("Петренко", "Петренка", false)]
    fn same_names(#[case] one: &str, #[case] other: &str, #[case] expected: bool) {
        assert_eq!(same(one, other), expected);
    }
}
