//! The Ukrainian tax number (РНОКПП): what its digits say (person requests 8).
//!
//! A number whose digits contradict each other or the person is no error of a registration: it is accepted, and the
//! person is verified later.

use chrono::{Days, NaiveDate};

/// A tax number: ten digits, whatever they say.
///
/// ```text
///  3 1 1 2 2   0 1 4   1   6
///  └ days ┘    serial  │   check digit
///  since 31.12.1899    odd for men
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TaxId([u8; 10]);

impl TaxId {
    /// The largest serial number with the digit of the gender behind it.
    const LAST_SERIAL: u16 = 9999;

    /// Reads ten ASCII digits and nothing else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits: [u8; 10] = text.as_bytes().try_into().ok()?;
        digits
            .iter()
            .all(u8::is_ascii_digit)
            .then(|| Self(digits.map(|digit| digit - b'0')))
    }

    /// The number of somebody born on `birth_date`, with the right check digit: `serial` is the serial number with the
    /// digit of the gender behind it, at most 9999. None when five digits cannot hold the days, or four the serial.
    #[must_use]
    pub fn of(birth_date: NaiveDate, serial: u16) -> Option<Self> {
        let days = birth_date.signed_duration_since(zero_day()?).num_days();
        if !(0..=99_999).contains(&days) || serial > Self::LAST_SERIAL {
            return None;
        }
        let Self(mut digits) = Self::parse(&format!("{days:05}{serial:04}0"))?;
        let check = check_digit(&digits);
        let [.., last] = &mut digits;
        *last = check;
        Some(Self(digits))
    }

    /// The birth date that the number says.
    #[must_use]
    pub fn birth_date(self) -> Option<NaiveDate> {
        let [d1, d2, d3, d4, d5, ..] = self.0;
        let days = [d1, d2, d3, d4, d5]
            .iter()
            .fold(0_u64, |days, digit| days * 10 + u64::from(*digit));
        zero_day()?.checked_add_days(Days::new(days))
    }

    /// The gender that the number says: `MALE` or `FEMALE`.
    #[must_use]
    pub fn gender(self) -> &'static str {
        let [.., gender, _] = self.0;
        if gender % 2 == 1 { "MALE" } else { "FEMALE" }
    }

    /// Whether the check digit is right. That of ten zeros is, but nobody has that number.
    #[must_use]
    pub fn is_valid(self) -> bool {
        let [.., last] = self.0;
        last == check_digit(&self.0) && self.0 != [0; 10]
    }
}

impl std::fmt::Display for TaxId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|digit| write!(f, "{digit}"))
    }
}

impl std::fmt::Debug for TaxId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TaxId(…)")
    }
}

/// The day from which the days of a tax number are counted.
fn zero_day() -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(1899, 12, 31)
}

/// The tenth digit that belongs to the first nine.
fn check_digit(digits: &[u8; 10]) -> u8 {
    const WEIGHTS: [i32; 9] = [-1, 5, 7, 9, 4, 6, 10, 5, 7];
    let sum: i32 = WEIGHTS
        .iter()
        .zip(digits)
        .map(|(weight, digit)| weight * i32::from(*digit))
        .sum();
    // The first weight is negative: the remainder must not be.
    u8::try_from(sum.rem_euclid(11) % 10).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// The table of person requests 8.
    #[rstest]
    #[case("3112201416", "1985-03-17", "MALE")]
    #[case("3346809522", "1991-08-19", "FEMALE")]
    #[case("4096700752", "2012-02-29", "MALE")]
    #[case("2806800940", "1976-11-05", "FEMALE")]
    #[case("3999869394", "2009-07-05", "MALE")]
    #[case("2659719350", "1972-10-26", "MALE")]
    fn good_numbers(#[case] text: &str, #[case] birth_date: &str, #[case] gender: &str) {
        let tax_id = TaxId::parse(text).unwrap();
        assert!(tax_id.is_valid());
        assert_eq!(tax_id.birth_date(), Some(day(birth_date)));
        assert_eq!(tax_id.gender(), gender);
        assert_eq!(tax_id.to_string(), text);
        let serial = text[5..9].parse().unwrap();
        assert_eq!(TaxId::of(day(birth_date), serial), Some(tax_id));
    }

    #[rstest]
    #[case("3112201417", "1985-03-17")]
    #[case("3126509816", "1985-08-07")]
    #[case("1234567890", "1933-10-19")]
    #[case("0000000000", "1899-12-31")]
    fn numbers_that_contradict_themselves(#[case] text: &str, #[case] birth_date: &str) {
        let tax_id = TaxId::parse(text).unwrap();
        assert!(!tax_id.is_valid());
        assert_eq!(tax_id.birth_date(), Some(day(birth_date)));
    }

    #[rstest]
    #[case("")]
    #[case("311220141")]
    #[case("31122014160")]
    #[case("31122O1416")]
    #[case(" 311220141")]
    #[case("+311220141")]
    #[case("٣١١٢٢")]
    fn no_numbers(#[case] text: &str) {
        assert_eq!(TaxId::parse(text), None);
    }

    #[test]
    fn what_no_number_can_say() {
        assert_eq!(TaxId::of(day("1899-12-30"), 0), None);
        assert_eq!(TaxId::of(day("2173-10-15"), 0), None);
        assert_eq!(TaxId::of(day("2000-01-01"), 10_000), None);
        assert!(TaxId::of(day("2173-10-14"), 9999).is_some());
    }

    proptest! {
        #[test]
        fn a_made_number_says_what_it_was_made_of(days in 1_u64..99_999, serial in 0_u16..10_000) {
            let birth_date = day("1899-12-31") + Days::new(days);
            let tax_id = TaxId::of(birth_date, serial).unwrap();
            prop_assert!(tax_id.is_valid());
            prop_assert_eq!(tax_id.birth_date(), Some(birth_date));
            prop_assert_eq!(tax_id.gender(), if serial % 2 == 1 { "MALE" } else { "FEMALE" });
            prop_assert_eq!(TaxId::parse(&tax_id.to_string()), Some(tax_id));
        }

        #[test]
        fn nothing_panics(text in any::<String>()) {
            if let Some(tax_id) = TaxId::parse(&text) {
                let _ = (tax_id.birth_date(), tax_id.gender(), tax_id.is_valid());
            }
        }
    }
}
