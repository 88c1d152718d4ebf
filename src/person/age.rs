//! Days and full years, as Kyiv counts them.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Europe::Kyiv;

/// The day that a moment falls on in Kyiv: "today" of every rule about dates.
#[must_use]
pub fn kyiv_day(now: DateTime<Utc>) -> NaiveDate {
    now.with_timezone(&Kyiv).date_naive()
}

/// The moment at which a day begins in Kyiv.
#[must_use]
pub fn kyiv_midnight(day: NaiveDate) -> DateTime<Utc> {
    let midnight = day.and_time(NaiveTime::MIN);
    // Kyiv's clocks change at three and at four in the night: midnight is always there, once.
    Kyiv.from_local_datetime(&midnight)
        .earliest()
        .map_or_else(|| midnight.and_utc(), |at| at.with_timezone(&Utc))
}

/// The day before.
#[must_use]
pub fn day_before(day: NaiveDate) -> NaiveDate {
    day.checked_sub_days(Days::new(1)).unwrap_or(day)
}

/// Full years from `birth_date` to `day`; negative before the birth.
///
/// Who was born on 29 February grows older on 1 March in years without that day.
#[must_use]
pub fn full_years(birth_date: NaiveDate, day: NaiveDate) -> i32 {
    let had_birthday = (day.month(), day.day()) >= (birth_date.month(), birth_date.day());
    day.year() - birth_date.year() - i32::from(!had_birthday)
}

/// The first day on which [`full_years`] is `full_legal_capacity_age` (18 by law): the day a person comes of age.
/// The last day there is when the calendar ends earlier.
#[must_use]
pub fn adult_on(birth_date: NaiveDate, full_legal_capacity_age: u16) -> NaiveDate {
    let months = Months::new(u32::from(full_legal_capacity_age) * 12);
    let Some(day) = birth_date.checked_add_months(months) else {
        return NaiveDate::MAX;
    };
    if day.day() == birth_date.day() {
        day
    } else {
        day.succ_opt().unwrap_or(NaiveDate::MAX)
    }
}

/// The day on which somebody will come of age; none when they have.
#[must_use]
pub fn comes_of_age(
    birth_date: NaiveDate,
    full_legal_capacity_age: u16,
    now: DateTime<Utc>,
) -> Option<NaiveDate> {
    let day = adult_on(birth_date, full_legal_capacity_age);
    (day > kyiv_day(now)).then_some(day)
}

/// Whether somebody is of age.
#[must_use]
pub fn is_adult(birth_date: NaiveDate, full_legal_capacity_age: u16, now: DateTime<Utc>) -> bool {
    comes_of_age(birth_date, full_legal_capacity_age, now).is_none()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[rstest]
    #[case("2008-03-17", "2026-03-16", 17)]
    #[case("2008-03-17", "2026-03-17", 18)]
    #[case("2008-03-17", "2026-12-31", 18)]
    #[case("2008-02-29", "2026-02-28", 17)]
    #[case("2008-02-29", "2026-03-01", 18)]
    #[case("2008-02-29", "2024-02-28", 15)]
    #[case("2008-02-29", "2024-02-29", 16)]
    #[case("2026-01-02", "2026-01-02", 0)]
    #[case("2026-01-02", "2026-01-01", -1)]
    #[case("1876-01-01", "2026-01-01", 150)]
    fn ages(#[case] birth_date: &str, #[case] today: &str, #[case] years: i32) {
        assert_eq!(full_years(day(birth_date), day(today)), years);
    }

    #[rstest]
    #[case("2008-03-17", "2026-03-17")]
    #[case("2008-02-29", "2026-03-01")]
    #[case("2006-02-28", "2024-02-28")]
    fn adults(#[case] birth_date: &str, #[case] adult: &str) {
        assert_eq!(adult_on(day(birth_date), 18), day(adult));
    }

    #[test]
    fn the_calendar_ends_somewhere() {
        assert_eq!(adult_on(NaiveDate::MAX, u16::MAX), NaiveDate::MAX);
    }

    /// Kyiv is two hours ahead of UTC in winter and three in summer.
    #[rstest]
    #[case("2026-01-15T21:59:59Z", "2026-01-15")]
    #[case("2026-01-15T22:00:00Z", "2026-01-16")]
    #[case("2026-07-15T20:59:59Z", "2026-07-15")]
    #[case("2026-07-15T21:00:00Z", "2026-07-16")]
    #[case("2026-12-31T22:00:00Z", "2027-01-01")]
    fn days_begin_in_kyiv(#[case] now: &str, #[case] expected: &str) {
        assert_eq!(kyiv_day(now.parse().unwrap()), day(expected));
    }

    proptest! {
        #[test]
        fn an_age_is_reached_on_its_first_day(offset in 0_u64..60_000, years in 0_u16..150) {
            let birth_date = day("1900-01-01") + chrono::Days::new(offset);
            let first = adult_on(birth_date, years);
            prop_assert_eq!(full_years(birth_date, first), i32::from(years));
            prop_assert_eq!(full_years(birth_date, first.pred_opt().unwrap()), i32::from(years) - 1);
        }
    }
}
