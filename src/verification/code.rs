//! Codes: those that are sent, and those that come back.

use std::fmt;

use openssl::error::ErrorStack;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    limits,
    phone::PhoneNumber,
    random::{Draw, Random},
    secrets::{Keys, Purpose},
};

/// A code that is sent. Its first digit is no zero, so that it survives being a JSON number (verifications §6.1).
pub struct Code(u64);

impl Code {
    /// A code of `digits` digits, each of all the codes as likely as any other.
    #[must_use]
    pub fn generate(random: &dyn Random, digits: u32) -> Self {
        let digits = digits.clamp(*limits::CODE_DIGITS.start(), *limits::CODE_DIGITS.end());
        let least = 10_u64.pow(digits - 1);
        let count = 9 * least;
        // The last, incomplete round of all numbers would make some codes likelier.
        let end = u64::MAX - u64::MAX % count;
        loop {
            let drawn = u64::from_be_bytes(random.bytes());
            if drawn < end {
                return Self(least + drawn % count);
            }
        }
    }

    /// The digits, for the message.
    #[must_use]
    pub fn expose(&self) -> String {
        self.0.to_string()
    }

    /// What is stored in its place.
    ///
    /// # Errors
    /// When OpenSSL fails (out of memory).
    pub fn hash(&self, keys: &Keys, id: Uuid, phone: &PhoneNumber) -> Result<Vec<u8>, ErrorStack> {
        hash(keys, id, phone, &self.expose())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(…)")
    }
}

/// A code that somebody gives: a number, or something that no code is like and that is simply wrong.
#[derive(Clone, Copy)]
pub struct GivenCode(Option<u64>);

impl GivenCode {
    /// A JSON value. Anything but an unsigned integer is wrong (verifications §5.3).
    #[must_use]
    pub fn of_json(value: &Value) -> Self {
        Self(value.as_u64())
    }

    /// What was typed on a page; white space is passed over. Anything but digits is wrong.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        let digits: String = text.chars().filter(|one| !one.is_whitespace()).collect();
        let is_number = digits.bytes().all(|octet| octet.is_ascii_digit());
        // "03782" is not the code 3782.
        Self(match digits.parse() {
            Ok(number) if is_number && !digits.starts_with('0') => Some(number),
            _ => None,
        })
    }

    /// What would be stored if this were the code. As much work for what is no number at all.
    ///
    /// # Errors
    /// When OpenSSL fails (out of memory).
    pub fn hash(self, keys: &Keys, id: Uuid, phone: &PhoneNumber) -> Result<Vec<u8>, ErrorStack> {
        let text = self.0.map_or_else(String::new, |number| number.to_string());
        hash(keys, id, phone, &text)
    }
}

impl fmt::Debug for GivenCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GivenCode(…)")
    }
}

/// HMAC of a code, bound to its record and number: equal codes look different, and one is of no use elsewhere.
fn hash(keys: &Keys, id: Uuid, phone: &PhoneNumber, code: &str) -> Result<Vec<u8>, ErrorStack> {
    let parts = [id.as_bytes(), phone.as_str().as_bytes(), code.as_bytes()];
    keys.mac(Purpose::VerificationCode, &parts)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use secrecy::SecretString;
    use serde_json::json;

    use super::*;
    use crate::random::SystemRandom;

    /// Verifications 10.1 I-27
    #[test]
    fn i_27_codes_are_spread_over_the_whole_range() {
        let codes: Vec<String> = (0..10_000)
            .map(|_| Code::generate(&SystemRandom, 4).expose())
            .collect();
        assert!(codes.iter().all(|code| {
            code.len() == 4
                && !code.starts_with('0')
                && code.bytes().all(|digit| digit.is_ascii_digit())
        }));
        for position in 0..4 {
            let digits: HashSet<_> = codes.iter().map(|code| code.as_bytes()[position]).collect();
            assert_eq!(digits.len(), if position == 0 { 9 } else { 10 });
        }
        // Of 9000 codes 6037 are expected among 10 000; 729 is what the scheme with a check digit has.
        let distinct: HashSet<_> = codes.iter().collect();
        assert!(distinct.len() > 5_700, "{}", distinct.len());
        for digits in limits::CODE_DIGITS {
            let code = Code::generate(&SystemRandom, digits).expose();
            assert_eq!(code.len(), digits as usize);
        }
    }

    /// A source that gives these octets again and again.
    #[derive(Debug)]
    struct Constant(std::sync::Mutex<Vec<u64>>);

    impl Random for Constant {
        fn fill(&self, bytes: &mut [u8]) {
            let next = self.0.lock().unwrap().pop().unwrap();
            bytes.copy_from_slice(&next.to_be_bytes());
        }
    }

    #[test]
    fn both_ends_of_the_range_and_the_incomplete_round() {
        let draw = |numbers: &[u64]| {
            let numbers = numbers.iter().rev().copied().collect();
            Code::generate(&Constant(std::sync::Mutex::new(numbers)), 4).expose()
        };
        assert_eq!(draw(&[0]), "1000");
        assert_eq!(draw(&[8_999]), "9999");
        assert_eq!(draw(&[9_000]), "1000");
        assert_eq!(draw(&[u64::MAX, 1]), "1001");
    }

    #[test]
    fn what_is_given() {
        let of_json = |value: Value| GivenCode::of_json(&value).0;
        assert_eq!(of_json(json!(3782)), Some(3782));
        for wrong in [json!(3782.0), json!(3782.5), json!(-1), json!(1e30)] {
            assert_eq!(of_json(wrong), None);
        }
        let typed = |text| GivenCode::from_text(text).0;
        assert_eq!(typed(" 37 82\u{a0}"), Some(3782));
        for wrong in [
            "",
            "03782",
            "3782a",
            "+3782",
            "-1",
            "37.82",
            "３７８２",
            "99999999999999999999",
        ] {
            assert_eq!(typed(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_hash_belongs_to_its_record_and_number() {
        let keys = Keys::derive(&SecretString::from("k".repeat(32))).unwrap();
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let phone = PhoneNumber::parse("+380631112233").unwrap();
        let neighbour = PhoneNumber::parse("+380631112234").unwrap();
        let code = Code(3782);
        let stored = code.hash(&keys, one, &phone).unwrap();
        let given = |code: Value, id, phone| GivenCode::of_json(&code).hash(&keys, id, phone);
        assert_eq!(stored.len(), 32);
        assert_eq!(given(json!(3782), one, &phone).unwrap(), stored);
        assert_ne!(given(json!(3783), one, &phone).unwrap(), stored);
        assert_ne!(given(json!(3782.5), one, &phone).unwrap(), stored);
        assert_ne!(given(json!(3782), other, &phone).unwrap(), stored);
        assert_ne!(given(json!(3782), one, &neighbour).unwrap(), stored);
        assert_eq!(format!("{code:?}"), "Code(…)");
    }
}
