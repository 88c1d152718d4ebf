//! Phone numbers that codes are sent to.

use std::fmt;

use crate::patterns::CODE_PHONE;

/// A Ukrainian number in the international form, `^\+380[0-9]{9}$`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PhoneNumber(String);

/// The text is not a number that codes are sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a phone number of the form +380XXXXXXXXX")]
pub struct NotAPhoneNumber;

impl PhoneNumber {
    /// A number that is written in the international form already.
    ///
    /// # Errors
    /// When it is written in any other way.
    pub fn parse(text: &str) -> Result<Self, NotAPhoneNumber> {
        if (CODE_PHONE.matches)(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAPhoneNumber)
        }
    }

    /// A number as a person types or pastes it: `0501234567`, `380 50 123-45-67`, `+38 (050) 123 45 67`, `80501234567`,
    /// `501234567`, `00380501234567`, `+380 (0)50 123 45 67`.
    ///
    /// # Errors
    /// When it is no Ukrainian number in any of these forms.
    pub fn parse_typed(text: &str) -> Result<Self, NotAPhoneNumber> {
        let mut digits = String::new();
        let mut has_plus = false;
        for character in text.chars() {
            match character {
                '0'..='9' => digits.push(character),
                '+' if digits.is_empty() && !has_plus => has_plus = true,
                other if separates(other) => {}
                _ => return Err(NotAPhoneNumber),
            }
        }
        let international = if has_plus {
            Some(digits.as_str())
        } else {
            digits.strip_prefix("00")
        };
        let own = match (international, digits.len()) {
            (Some(digits), _) => digits.strip_prefix("38"),
            (None, 9) if !digits.starts_with('0') => Some(digits.as_str()),
            (None, 10) if digits.starts_with('0') => Some(digits.as_str()),
            (None, 11) => digits.strip_prefix('8'),
            (None, _) => digits.strip_prefix("38"),
        };
        // The trunk zero: once as a rule, twice when somebody kept their own behind the code of the country.
        let own = own.ok_or(NotAPhoneNumber)?;
        let subscriber = match own.len() {
            9 if international.is_none() => own,
            10 => own.strip_prefix('0').ok_or(NotAPhoneNumber)?,
            11 => own.strip_prefix("00").ok_or(NotAPhoneNumber)?,
            _ => return Err(NotAPhoneNumber),
        };
        Self::parse(&format!("+380{subscriber}"))
    }

    /// The number.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number as a log or a page may show it: `+38093*****85` (verifications §6.7).
    #[must_use]
    pub fn mask(&self) -> String {
        let start: String = self.0.chars().take(6).collect();
        let end: String = self.0.chars().skip(11).collect();
        format!("{start}*****{end}")
    }
}

/// What people and address books put between digits, and marks of direction that come with copying.
fn separates(character: char) -> bool {
    character.is_whitespace()
        || matches!(
            character,
            '-' | '(' | ')' | '.' | '/' | '\u{00ad}' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
        )
}

/// Masked: a number may end up in a log.
impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.mask())
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("0501234567")]
    #[case("050 123 45 67")]
    #[case("(050) 123-45-67")]
    #[case("380 50 123-45-67")]
    #[case("380501234567")]
    #[case("+380501234567")]
    #[case("+38 (050) 123 45 67")]
    #[case("38 050 123 45 67")]
    #[case("+38-050-123-45-67")]
    #[case("80501234567")]
    #[case("8 050 123 45 67")]
    #[case("501234567")]
    #[case("00380501234567")]
    #[case("00 38 050 123 45 67")]
    #[case("+380 (0)50 123 45 67")]
    #[case("380 050 123 45 67")]
    #[case("  050.123.45.67\t")]
    #[case("\u{202a}+380\u{a0}50\u{202f}123\u{2013}45\u{2212}67\u{202c}")]
    #[case("+ 380 50 1234567")]
    fn what_a_person_types(#[case] text: &str) {
        assert_eq!(
            PhoneNumber::parse_typed(text).unwrap().as_str(),
            "+380501234567"
        );
    }

    #[rstest]
    #[case("")]
    #[case("050123456")]
    #[case("05012345678")]
    #[case("+380 50 123 45 6")]
    #[case("+390501234567")]
    #[case("+0501234567")]
    #[case("1501234567")]
    #[case("050123456a")]
    #[case("050+1234567")]
    #[case("++380501234567")]
    #[case("٠٥٠١٢٣٤٥٦٧")]
    #[case("0501234567, 0501234568")]
    #[case("123456789012")]
    #[case("+501234567")]
    fn what_is_no_number(#[case] text: &str) {
        assert_eq!(PhoneNumber::parse_typed(text), Err(NotAPhoneNumber));
    }

    #[rstest]
    #[case("+38063111")]
    #[case("380631112233")]
    #[case("+390631112233")]
    #[case("+380631112233 ")]
    #[case("+380631112233\n")]
    #[case("+38063111223٣")]
    fn only_the_international_form_is_parsed(#[case] text: &str) {
        assert_eq!(PhoneNumber::parse(text), Err(NotAPhoneNumber));
    }

    #[test]
    fn a_number_is_masked() {
        let phone = PhoneNumber::parse("+380931234585").unwrap();
        assert_eq!(format!("{phone:?}"), "+38093*****85");
    }
}
