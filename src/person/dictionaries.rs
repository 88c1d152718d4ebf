//! The codes that dictionary fields may hold (person requests 9): the one list that the schemas ask.
//!
//! Dictionaries are data in the registry; until they are loaded from there, their codes stand here.

/// Kinds of addresses.
pub const ADDRESS_TYPE: &[&str] = &["RESIDENCE", "REGISTRATION"];

/// Kinds of authentication methods that a person may choose.
pub const AUTHENTICATION_METHOD: &[&str] = &["OTP", "OFFLINE", "THIRD_PERSON"];

/// Kinds of confidants.
pub const CONFIDANT_PERSON_TYPE: &[&str] = &["PRIMARY", "SECONDARY"];

/// Countries by ISO 3166-1 alpha-2.
pub const COUNTRY: &[&str] = &[
    "AD", "AE", "AF", "AG", "AI", "AL", "AM", "AO", "AQ", "AR", "AS", "AT", "AU", "AW", "AX", "AZ",
    "BA", "BB", "BD", "BE", "BF", "BG", "BH", "BI", "BJ", "BL", "BM", "BN", "BO", "BQ", "BR", "BS",
    "BT", "BV", "BW", "BY", "BZ", "CA", "CC", "CD", "CF", "CG", "CH", "CI", "CK", "CL", "CM", "CN",
    "CO", "CR", "CU", "CV", "CW", "CX", "CY", "CZ", "DE", "DJ", "DK", "DM", "DO", "DZ", "EC", "EE",
    "EG", "EH", "ER", "ES", "ET", "FI", "FJ", "FK", "FM", "FO", "FR", "GA", "GB", "GD", "GE", "GF",
    "GG", "GH", "GI", "GL", "GM", "GN", "GP", "GQ", "GR", "GS", "GT", "GU", "GW", "GY", "HK", "HM",
    "HN", "HR", "HT", "HU", "ID", "IE", "IL", "IM", "IN", "IO", "IQ", "IR", "IS", "IT", "JE", "JM",
    "JO", "JP", "KE", "KG", "KH", "KI", "KM", "KN", "KP", "KR", "KW", "KY", "KZ", "LA", "LB", "LC",
    "LI", "LK", "LR", "LS", "LT", "LU", "LV", "LY", "MA", "MC", "MD", "ME", "MF", "MG", "MH", "MK",
    "ML", "MM", "MN", "MO", "MP", "MQ", "MR", "MS", "MT", "MU", "MV", "MW", "MX", "MY", "MZ", "NA",
    "NC", "NE", "NF", "NG", "NI", "NL", "NO", "NP", "NR", "NU", "NZ", "OM", "PA", "PE", "PF", "PG",
    "PH", "PK", "PL", "PM", "PN", "PR", "PS", "PT", "PW", "PY", "QA", "RE", "RO", "RS", "RU", "RW",
    "SA", "SB", "SC", "SD", "SE", "SG", "SH", "SI", "SJ", "SK", "SL", "SM", "SN", "SO", "SR", "SS",
    "ST", "SV", "SX", "SY", "SZ", "TC", "TD", "TF", "TG", "TH", "TJ", "TK", "TL", "TM", "TN", "TO",
    "TR", "TT", "TV", "TW", "TZ", "UA", "UG", "UM", "US", "UY", "UZ", "VA", "VC", "VE", "VG", "VI",
    "VN", "VU", "WF", "WS", "YE", "YT", "ZA", "ZM", "ZW",
];

/// Documents that prove who a person's confidant is.
pub const DOCUMENT_RELATIONSHIP_TYPE: &[&str] = &[
    "BIRTH_CERTIFICATE",
    "BIRTH_CERTIFICATE_FOREIGN",
    "CONFIDANT_CERTIFICATE",
    "COURT_DECISION",
    "DOCUMENT",
];

/// Documents of a person, those that prove legal capacity included: which of them a route takes is its setting.
pub const DOCUMENT_TYPE: &[&str] = &[
    "PASSPORT",
    "NATIONAL_ID",
    "BIRTH_CERTIFICATE",
    "BIRTH_CERTIFICATE_FOREIGN",
    "TEMPORARY_PASSPORT",
    "TEMPORARY_CERTIFICATE",
    "PERMANENT_RESIDENCE_PERMIT",
    "REFUGEE_CERTIFICATE",
    "COMPLEMENTARY_PROTECTION_CERTIFICATE",
    "MARRIAGE_CERTIFICATE",
    "DIVORCE_CERTIFICATE",
    "COURT_DECISION_LEGAL_CAPACITY",
    "COURT_DECISION_DIVORCE",
    "GUARDIANSHIP_DECISION_LEGAL_CAPACITY",
    "STATE_REGISTER_EXTRACT",
    "LEGAL_CAPACITY_DOCUMENT",
];

/// Genders.
pub const GENDER: &[&str] = &["MALE", "FEMALE"];

/// Kinds of phones.
pub const PHONE_TYPE: &[&str] = &["MOBILE", "LAND_LINE"];

/// Ways to reach a person.
pub const PREFERRED_WAY_COMMUNICATION: &[&str] = &["email", "phone"];

/// Kinds of settlements.
pub const SETTLEMENT_TYPE: &[&str] = &["CITY", "TOWNSHIP", "SETTLEMENT", "VILLAGE"];

/// Kinds of streets; the spelling BOARGING_HOUSE is the original's.
pub const STREET_TYPE: &[&str] = &[
    "ALLEY",
    "ASCENT",
    "AVENUE",
    "BLIND_STREET",
    "BLOCK",
    "BOARGING_HOUSE",
    "BOULEVARD",
    "COUNTRY_LANE",
    "CROSSROADS",
    "DACHA_COOPERATIVE",
    "ENTRANCE",
    "FORESTRY",
    "GROVE",
    "HAMLET",
    "HIGHWAY",
    "HOUSING_AREA",
    "ISLAND",
    "LANE",
    "LINE",
    "MAIDAN",
    "MICRODISTRICT",
    "MILITARY_BASE",
    "MINE",
    "PARK",
    "PASS",
    "PASSAGE",
    "PASSING_LOOP",
    "RIVER_SIDE",
    "ROAD",
    "SANATORIUM",
    "SELECTION_BASE",
    "SETTLEMENT",
    "SQUARE",
    "GARDEN_SQUARE",
    "STATE_FARM",
    "STATION",
    "STATION_SETTLEMENT",
    "STREET",
    "TRACK",
    "ROADWAY",
    "TRACT",
    "WAY",
];

/// Every dictionary by its name.
const ALL: &[(&str, &[&str])] = &[
    ("ADDRESS_TYPE", ADDRESS_TYPE),
    ("AUTHENTICATION_METHOD", AUTHENTICATION_METHOD),
    ("CONFIDANT_PERSON_TYPE", CONFIDANT_PERSON_TYPE),
    ("COUNTRY", COUNTRY),
    ("DOCUMENT_RELATIONSHIP_TYPE", DOCUMENT_RELATIONSHIP_TYPE),
    ("DOCUMENT_TYPE", DOCUMENT_TYPE),
    ("GENDER", GENDER),
    ("PHONE_TYPE", PHONE_TYPE),
    ("PREFERRED_WAY_COMMUNICATION", PREFERRED_WAY_COMMUNICATION),
    ("SETTLEMENT_TYPE", SETTLEMENT_TYPE),
    ("STREET_TYPE", STREET_TYPE),
];

/// Every dictionary: its name and its codes.
pub fn all() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    ALL.iter().copied()
}

/// The codes of the dictionary `name`, if there is such a dictionary.
#[must_use]
pub fn codes(name: &str) -> Option<&'static [&'static str]> {
    find(name).map(|(_, codes)| codes)
}

/// The dictionary `name`, with its name and codes.
pub(super) fn find(name: &str) -> Option<(&'static str, &'static [&'static str])> {
    ALL.iter().find(|(known, _)| *known == name).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_are_those_of_the_standard() {
        assert_eq!(COUNTRY.len(), 249);
        assert!(COUNTRY.is_sorted());
        assert!(COUNTRY.iter().all(|code| code.len() == 2));
    }

    #[test]
    fn streets_are_those_of_the_dictionary() {
        assert_eq!(STREET_TYPE.len(), 42);
    }

    #[test]
    fn an_unknown_dictionary_has_no_codes() {
        assert_eq!(codes("GENDER"), Some(GENDER));
        assert_eq!(codes("gender"), None);
    }
}
