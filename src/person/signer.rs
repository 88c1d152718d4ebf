//! Whether a record of the registry is that of somebody whose number and names were proven, by a certificate or by a
//! provider of identities (authority §2). What was vouched for is believed with less beside it than what somebody typed.

use chrono::{DateTime, Utc};

use super::{
    age::{full_years, kyiv_day},
    names,
    store::RegisteredPerson,
    tax_id::TaxId,
};

/// Who somebody proved to be.
#[derive(Clone, Copy)]
pub struct ProvenIdentity<'a> {
    /// The number: a tax number, or a code that stands for a document.
    pub number: &'a str,
    /// Last name.
    pub surname: Option<&'a str>,
    /// First name, alone or with the patronymic.
    pub given_name: Option<&'a str>,
}

impl std::fmt::Debug for ProvenIdentity<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Proven(…)")
    }
}

impl ProvenIdentity<'_> {
    /// Whether the given name contains the first name of `known`, in whole words.
    fn has_first_name(&self, known: &RegisteredPerson) -> bool {
        self.given_name
            .is_some_and(|given_name| names::contains(given_name, &known.first_name))
    }

    fn has_last_name(&self, known: &RegisteredPerson) -> bool {
        self.surname
            .is_some_and(|surname| names::same(surname, &known.last_name))
    }

    /// Whether both names are those of `known`.
    #[must_use]
    pub fn has_names(&self, known: &RegisteredPerson) -> bool {
        self.has_first_name(known) && self.has_last_name(known)
    }

    /// Whether one of the names is that of `known`: what is asked beside a proven number and the day of birth.
    #[must_use]
    pub fn has_a_name(&self, known: &RegisteredPerson) -> bool {
        self.has_first_name(known) || self.has_last_name(known)
    }

    /// Whether the digits of the tax number say the birth date and the gender of `known`.
    fn encodes(&self, known: &RegisteredPerson) -> bool {
        TaxId::parse(self.number).is_some_and(|tax_id| {
            tax_id.birth_date() == Some(known.birth_date)
                && known.gender.as_deref() == Some(tax_id.gender())
        })
    }

    /// Whether a record with this tax number, which was vouched for, is theirs: the first name, and the last name too,
    /// unless it changed and the number itself says when they were born and as what.
    #[must_use]
    pub fn owns_vouched(&self, known: &RegisteredPerson) -> bool {
        self.has_first_name(known) && (self.has_last_name(known) || self.encodes(known))
    }

    /// Whether a record with this tax number, which somebody else typed, is theirs: everything fits.
    #[must_use]
    pub fn owns_claimed(
        &self,
        known: &RegisteredPerson,
        no_self_auth_age: u16,
        now: DateTime<Utc>,
    ) -> bool {
        let is_old_enough =
            full_years(known.birth_date, kyiv_day(now)) >= i32::from(no_self_auth_age);
        is_old_enough && self.has_names(known) && self.encodes(known)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use uuid::Uuid;

    use super::*;
    use crate::person::origin::Origin;

    /// The number of a man born on 17 March 1985.
    const NUMBER: &str = "3112201416";

    fn registered_person(
        first: &str,
        last: &str,
        birth_date: &str,
        gender: &str,
    ) -> RegisteredPerson {
        RegisteredPerson {
            id: Uuid::nil(),
            first_name: first.to_owned(),
            last_name: last.to_owned(),
            second_name: None,
            birth_date: birth_date.parse().unwrap(),
            tax_id: Some(NUMBER.to_owned()),
            status: "active".to_owned(),
            is_active: true,
            verification_status: "VERIFIED".to_owned(),
            gender: Some(gender.to_owned()),
            is_deceased: false,
            version_origin: Origin::Operator,
            owned_at: None,
        }
    }

    /// What a record says, and whether it is that of Демʼян Миколайович Зразковий: vouched for, claimed.
    #[rstest]
    #[case::everything("Демʼян", "Зразковий", "1985-03-17", "MALE", true, true)]
    #[case::capitals_and_look_alikes("ДEМ'ЯН", "ЗPАЗКОВИЙ", "1985-03-17", "MALE", true, true)]
    #[case::another_surname("Демʼян", "Інший", "1985-03-17", "MALE", true, false)]
    #[case::another_first_name("Іван", "Зразковий", "1985-03-17", "MALE", false, false)]
    #[case::a_part_of_the_first_name("Дем", "Зразковий", "1985-03-17", "MALE", false, false)]
    #[case::another_birthday("Демʼян", "Зразковий", "1985-03-18", "MALE", true, false)]
    #[case::another_gender("Демʼян", "Зразковий", "1985-03-17", "FEMALE", true, false)]
    #[case::surname_and_birthday("Демʼян", "Інший", "1985-03-18", "MALE", false, false)]
    #[case::surname_and_gender("Демʼян", "Інший", "1985-03-17", "FEMALE", false, false)]
    #[case::a_child("Демʼян", "Зразковий", "2020-03-17", "MALE", true, false)]
    fn whose_it_is(
        #[case] first: &str,
        #[case] last: &str,
        #[case] birth_date: &str,
        #[case] gender: &str,
        #[case] vouched: bool,
        #[case] claimed: bool,
    ) {
        let proven = ProvenIdentity {
            number: NUMBER,
            surname: Some("Зразковий"),
            given_name: Some("Демʼян Миколайович"),
        };
        let known = registered_person(first, last, birth_date, gender);
        let now = "2026-06-15T10:00:00Z".parse().unwrap();
        assert_eq!(proven.owns_vouched(&known), vouched);
        assert_eq!(proven.owns_claimed(&known, 14, now), claimed);
    }

    #[test]
    fn nobody_is_owned_before_the_age_of_acting_for_oneself() {
        let proven = ProvenIdentity {
            number: NUMBER,
            surname: Some("Зразковий"),
            given_name: Some("Демʼян"),
        };
        let known = registered_person("Демʼян", "Зразковий", "1985-03-17", "MALE");
        let at = |text: &str| text.parse().unwrap();
        assert!(!proven.owns_claimed(&known, 14, at("1999-03-16T10:00:00Z")));
        assert!(proven.owns_claimed(&known, 14, at("1999-03-17T10:00:00Z")));
    }

    #[test]
    fn without_names_nothing_is_theirs() {
        let proven = ProvenIdentity {
            number: NUMBER,
            surname: None,
            given_name: None,
        };
        let known = registered_person("Демʼян", "Зразковий", "1985-03-17", "MALE");
        let now = "2026-06-15T10:00:00Z".parse().unwrap();
        assert!(!proven.owns_vouched(&known) && !proven.owns_claimed(&known, 14, now));
    }
}
