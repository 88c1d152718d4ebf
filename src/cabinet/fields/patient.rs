//! The `patient` that comes of what was typed, as the API takes it.

use chrono::NaiveDate;
use openssl::sha::sha256;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{FieldTexts, text};
use crate::{patterns, phone::PhoneNumber};

/// Who the provider says somebody is, as the form shows it: locked.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct ProviderIdentity {
    /// Tax number.
    pub tax_id: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Patronymic, where the provider tells it apart.
    pub second_name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
}

impl ProviderIdentity {
    /// First name and patronymic as they are registered: a provider may write them as one name, and then a last word that
    /// ends as patronymics do is proposed as the patronymic, to be changed. «Анна Марія» are two first names.
    #[must_use]
    pub fn names(&self) -> (&str, Option<&str>) {
        if let Some(second) = &self.second_name {
            return (&self.first_name, Some(second));
        }
        let name = self.first_name.trim();
        match name.rsplit_once(char::is_whitespace) {
            Some((first, last)) if is_patronymic(last) => (first.trim_end(), Some(last)),
            _ => (name, None),
        }
    }
}

/// Whether a word ends as patronymics do: -ович, -йович, -ич, -івна, -ївна, -вна.
fn is_patronymic(word: &str) -> bool {
    let word = word.to_lowercase();
    ["ич", "вна"].iter().any(|ending| word.ends_with(ending))
}

/// The date of a text: `19.08.1991`, or as programs write it.
#[must_use]
pub fn date(text: &str) -> Option<NaiveDate> {
    let dotted = || {
        let mut parts = text.split(['.', '/', '-']).map(str::trim);
        let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
        let number = |text: &str| text.parse::<u32>().ok();
        if parts.next().is_some() || year.len() != 4 {
            return None;
        }
        NaiveDate::from_ymd_opt(year.parse().ok()?, number(month)?, number(day)?)
    };
    patterns::date(text).or_else(dotted)
}

/// Whether a text is written as a date and names a day that is in no calendar: the form is right, the day is not.
#[must_use]
pub fn names_no_day(text: &str) -> bool {
    let parts: Vec<&str> = text.split(['.', '/', '-']).map(str::trim).collect();
    let is_number =
        |text: &&str| !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
    let is_short = |text: &str| text.len() <= 2;
    let is_written = match *parts.as_slice() {
        [day, month, year] | [year, month, day] if year.len() == 4 => {
            is_short(day) && is_short(month)
        }
        _ => false,
    };
    is_written && parts.iter().all(is_number) && date(text).is_none()
}

/// The `patient` of what was typed in both steps, as the API takes it. What cannot be made of a text stays as it was typed,
/// for the rules to refuse.
#[must_use]
pub fn patient(
    proven: &ProviderIdentity,
    details: &FieldTexts,
    contacts: &FieldTexts,
) -> Map<String, Value> {
    let (first_name, _) = proven.names();
    let second_name = match &proven.second_name {
        Some(known) => Some(known.as_str()),
        None => text(details, "second_name"),
    };
    let day = |name| {
        text(details, name)
            .map(|text| date(text).map_or_else(|| text.to_owned(), |day| day.to_string()))
    };
    let number = |name| {
        text(contacts, name).map(|text| match PhoneNumber::parse_typed(text) {
            Ok(number) => number.as_str().to_owned(),
            Err(_) => text.to_owned(),
        })
    };
    let email = proven.email.as_deref().or_else(|| text(contacts, "email"));
    let mut document = Map::new();
    let mut address = Map::new();
    let mut contact = Map::new();
    let mut patient = Map::new();
    put(&mut document, "type", text(details, "document_type"));
    let document_number = text(details, "document_number").map(|text| tidy(&text.to_uppercase()));
    put(&mut document, "number", document_number);
    put(
        &mut document,
        "issued_by",
        text(details, "document_issued_by"),
    );
    put(&mut document, "issued_at", day("document_issued_at"));
    put(
        &mut document,
        "expiration_date",
        day("document_expiration_date"),
    );
    put(&mut address, "type", Some("RESIDENCE"));
    put(&mut address, "country", Some("UA"));
    for name in [
        "area",
        "region",
        "settlement_type",
        "settlement",
        "street",
        "building",
        "apartment",
        "zip",
    ] {
        put(&mut address, name, text(contacts, name));
    }
    put(
        &mut address,
        "settlement_id",
        Some(settlement_id(contacts).to_string()),
    );
    put(
        &mut contact,
        "first_name",
        text(contacts, "emergency_first_name"),
    );
    put(
        &mut contact,
        "last_name",
        text(contacts, "emergency_last_name"),
    );
    if let Some(number) = number("emergency_phone") {
        contact.insert(
            "phones".to_owned(),
            json!([{ "type": "MOBILE", "number": number }]),
        );
    }
    put(&mut patient, "first_name", Some(first_name));
    put(&mut patient, "last_name", Some(proven.last_name.as_str()));
    put(&mut patient, "second_name", second_name);
    put(&mut patient, "birth_date", day("birth_date"));
    for name in ["birth_country", "birth_settlement", "gender"] {
        put(&mut patient, name, text(details, name));
    }
    put(&mut patient, "email", email);
    put(&mut patient, "tax_id", Some(proven.tax_id.as_str()));
    put(&mut patient, "unzr", text(details, "unzr").map(unzr));
    patient.insert("documents".to_owned(), json!([document]));
    patient.insert("addresses".to_owned(), json!([address]));
    let phone = number("phone").unwrap_or_default();
    let method = json!([{ "type": "OTP", "phone_number": phone }]);
    patient.insert("authentication_methods".to_owned(), method);
    patient.insert("emergency_contact".to_owned(), Value::Object(contact));
    let consent = text(contacts, "consent") == Some("yes");
    patient.insert("process_disclosure_data_consent".to_owned(), json!(consent));
    patient
}

/// The phone that gets the code; none when it is no number.
#[must_use]
pub fn phone(contacts: &FieldTexts) -> Option<PhoneNumber> {
    PhoneNumber::parse_typed(text(contacts, "phone")?).ok()
}

fn put(object: &mut Map<String, Value>, name: &str, value: Option<impl Into<String>>) {
    if let Some(value) = value {
        object.insert(name.to_owned(), Value::String(value.into()));
    }
}

/// A number without the white space that people put into it.
fn tidy(text: &str) -> String {
    text.chars().filter(|one| !one.is_whitespace()).collect()
}

/// `1991081954321` as `19910819-54321`.
fn unzr(text: &str) -> String {
    let digits = tidy(text);
    match digits.split_at_checked(8) {
        Some((day, rest)) if digits.len() == 13 => format!("{day}-{rest}"),
        _ => digits,
    }
}

/// The id of a settlement. There is no register of addresses to ask for it: it is made of the names, the same for the same
/// place (RFC 9562 §5.5, with SHA-256 in the place of SHA-1).
fn settlement_id(contacts: &FieldTexts) -> Uuid {
    let parts = ["area", "region", "settlement_type", "settlement"];
    let place: Vec<String> = parts
        .map(|name| text(contacts, name).unwrap_or_default().to_lowercase())
        .into();
    let digest = sha256(place.join("\n").as_bytes());
    let mut octets = [0; 16];
    octets
        .iter_mut()
        .zip(digest)
        .for_each(|(octet, made)| *octet = made);
    let version = u128::from_be_bytes(octets) & !(0xf << 76) | (0x5 << 76);
    Uuid::from_u128(version & !(0x3 << 62) | (0x2 << 62))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("19.08.1991", Some("1991-08-19"))]
    #[case("1.8.1991", Some("1991-08-01"))]
    #[case("19/08/1991", Some("1991-08-19"))]
    #[case("19 . 08 . 1991", Some("1991-08-19"))]
    #[case("1991-08-19", Some("1991-08-19"))]
    #[case("31.02.1991", None)]
    #[case("19.08.91", None)]
    #[case("19.08", None)]
    #[case("вчора", None)]
    fn dates(#[case] text: &str, #[case] expected: Option<&str>) {
        assert_eq!(date(text).map(|day| day.to_string()).as_deref(), expected);
    }

    #[rstest]
    #[case("31.02.1991", true)]
    #[case("29.02.2023", true)]
    #[case("29.02.2024", false)]
    #[case("31/4/1991", true)]
    #[case("00.05.1991", true)]
    #[case("19.13.1991", true)]
    #[case("1991-02-31", true)]
    #[case("19.08.1991", false)]
    #[case("19.08.91", false)]
    #[case("31.02", false)]
    #[case("31.лют.1991", false)]
    #[case("", false)]
    fn days_that_never_come(#[case] text: &str, #[case] expected: bool) {
        assert_eq!(names_no_day(text), expected);
    }

    #[test]
    fn a_settlement_has_one_id() {
        let place = |name: &str| {
            let typed = FieldTexts::from([("settlement".to_owned(), name.to_owned())]);
            settlement_id(&typed)
        };
        assert_eq!(place("Київ"), place(" київ "));
        assert_ne!(place("Київ"), place("Львів"));
        assert!((patterns::UUID.matches)(&place("Київ").to_string()));
        assert_eq!(place("Київ").get_version_num(), 5);
    }

    #[test]
    fn names_of_the_provider() {
        let proven = |first: &str, second: Option<&str>| ProviderIdentity {
            first_name: first.to_owned(),
            second_name: second.map(str::to_owned),
            ..ProviderIdentity::default()
        };
        for (given, first, second) in [
            ("Петро", "Петро", None),
            ("Петро Миколайович", "Петро", Some("Миколайович")),
            ("ПЕТРО  ЛУКИЧ ", "ПЕТРО", Some("ЛУКИЧ")),
            ("Анна Іванівна", "Анна", Some("Іванівна")),
            ("Анна Марія Сергіївна", "Анна Марія", Some("Сергіївна")),
            ("Анна Марія", "Анна Марія", None),
            ("Ганна", "Ганна", None),
        ] {
            assert_eq!(proven(given, None).names(), (first, second), "{given}");
        }
        assert_eq!(
            proven("Анна Марія", Some("Іванівна")).names(),
            ("Анна Марія", Some("Іванівна"))
        );
    }

    #[rstest]
    #[case("1991081954321", "19910819-54321")]
    #[case("19910819-54321", "19910819-54321")]
    #[case("19910819 - 54321", "19910819-54321")]
    #[case("ї", "ї")]
    fn numbers_of_the_register(#[case] typed: &str, #[case] expected: &str) {
        assert_eq!(unzr(typed), expected);
    }
}
