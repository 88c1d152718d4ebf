//! How long a method and a relationship last, and who is of age (sign-up §11.5, §11.6).

use chrono::{DateTime, NaiveDate, Utc};

use super::age::{self, day_before, kyiv_day, kyiv_midnight};
use crate::config::People;

/// When the method through a confidant ends: after the term, or the day before the patient comes of age (§11.6).
#[must_use]
pub fn third_person_ends(
    birth_date: NaiveDate,
    people: &People,
    now: DateTime<Utc>,
) -> DateTime<Utc> {
    let by_term = now + people.third_person_term;
    match comes_of_age(birth_date, people, now) {
        Some(adult_on) => by_term.min(kyiv_midnight(day_before(adult_on))),
        None => by_term,
    }
}

/// When a relationship ends by itself: the day the patient comes of age; never for an adult (§11.5).
#[must_use]
pub fn relationship_ends(
    birth_date: NaiveDate,
    people: &People,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    comes_of_age(birth_date, people, now).map(kyiv_midnight)
}

/// Whether somebody is of age.
#[must_use]
pub fn is_adult(birth_date: NaiveDate, people: &People, now: DateTime<Utc>) -> bool {
    age::is_adult(birth_date, people.full_legal_capacity_age, now)
}

/// The day somebody comes of age; none when they have.
fn comes_of_age(birth_date: NaiveDate, people: &People, now: DateTime<Utc>) -> Option<NaiveDate> {
    age::comes_of_age(birth_date, people.full_legal_capacity_age, now)
}

/// The beginning of today in Kyiv: a method that ends today is still good.
#[must_use]
pub fn today(now: DateTime<Utc>) -> DateTime<Utc> {
    kyiv_midnight(kyiv_day(now))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::config::samples::people;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// Sign-up §11.5, §11.6: midnight in Kyiv is 22:00 UTC of the day before in winter.
    #[rstest]
    #[case("2025-02-04", "2036-06-12T10:00:00Z", Some("2043-02-03T22:00:00Z"))]
    #[case("2010-02-04", "2028-02-02T22:00:00Z", Some("2028-02-03T22:00:00Z"))]
    #[case("2008-06-15", "2036-06-12T10:00:00Z", None)]
    fn what_is_made_ends_when_the_patient_comes_of_age(
        #[case] birth: &str,
        #[case] method_ends: &str,
        #[case] relationship: Option<&str>,
    ) {
        let (people, now) = (people(), at("2026-06-15T10:00:00Z"));
        assert_eq!(third_person_ends(day(birth), &people, now), at(method_ends));
        assert_eq!(
            relationship_ends(day(birth), &people, now),
            relationship.map(at)
        );
    }

    #[test]
    fn today_begins_at_midnight_in_kyiv() {
        assert_eq!(
            today(at("2026-06-15T20:59:59Z")),
            at("2026-06-14T21:00:00Z")
        );
        assert_eq!(
            today(at("2026-06-15T21:00:00Z")),
            at("2026-06-15T21:00:00Z")
        );
    }
}
