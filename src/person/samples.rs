//! Registrations of invented people, complete and valid: for tests, for the samples of pages and for the demonstration.
//!
//! Nobody here exists. The tax numbers have the right check digit, birth date and gender (person requests 8); their
//! serial digits are made up.

use serde_json::{Value, json};
use uuid::Uuid;

/// How much of a registration is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// What an ordinary person gives.
    Ordinary,
    /// Nothing that may be left out.
    Minimal,
    /// The longest names that are allowed, with apostrophes, and several of everything.
    Longest,
}

/// A small child registered by their confidant, as an ordinary person fills the form in.
#[must_use]
pub fn confidant_registration(confidant_person_id: Uuid) -> Value {
    confidant_registration_of(Size::Ordinary, confidant_person_id)
}

/// A child registered by their confidant.
#[must_use]
pub fn confidant_registration_of(size: Size, confidant_person_id: Uuid) -> Value {
    let mut person = match size {
        Size::Ordinary => child(),
        Size::Minimal => minimal(&child()),
        Size::Longest => longest(child()),
    };
    let mut confidant = json!({
        "person_id": confidant_person_id,
        "relation_type": "PRIMARY",
        "documents_relationship": [
            {
                "type": "BIRTH_CERTIFICATE",
                "number": "І-БК №540021",
                "issued_by": "Печерський відділ державної реєстрації актів цивільного стану",
                "issued_at": "2025-02-11"
            }
        ]
    });
    if size == Size::Minimal {
        remove(&mut confidant, "relation_type");
    }
    let methods = json!([
        { "type": "THIRD_PERSON", "value": confidant_person_id, "alias": "мама" }
    ]);
    insert(&mut person, "authentication_methods", methods);
    insert(&mut person, "confidant_person", confidant);
    with_consents(person)
}

/// An adult who registers themselves; `jwt` is the nonce.
#[must_use]
pub fn self_registration(jwt: &str) -> Value {
    self_registration_of(Size::Ordinary, jwt)
}

/// An adult who registers themselves; `jwt` is the nonce.
#[must_use]
pub fn self_registration_of(size: Size, jwt: &str) -> Value {
    let mut person = match size {
        Size::Ordinary => adult(),
        Size::Minimal => minimal(&adult()),
        Size::Longest => longest(adult()),
    };
    let methods = json!([{ "type": "OTP", "phone_number": "+380500000017" }]);
    insert(&mut person, "authentication_methods", methods);
    let mut content = with_consents(person);
    insert(&mut content, "jwt", json!(jwt));
    content
}

/// A medical institution asks to register an adult, whom a code reaches (person requests 3.2).
#[must_use]
pub fn person_request() -> Value {
    person_request_of(Size::Ordinary)
}

/// A medical institution asks to register an adult.
#[must_use]
pub fn person_request_of(size: Size) -> Value {
    let mut content = self_registration_of(size, "");
    remove(&mut content, "jwt");
    insert(&mut content, "patient_signed", json!(false));
    content
}

/// A medical institution asks to register a child: `third_person_id` confirms it, and the mother, whose data are whole,
/// stands for the child (person requests 3.2, 5.8).
#[must_use]
pub fn child_request(third_person_id: Uuid) -> Value {
    let mut person = child();
    let methods = json!([
        { "type": "THIRD_PERSON", "value": third_person_id, "alias": "мама" }
    ]);
    insert(&mut person, "authentication_methods", methods);
    let confidant = json!({
        "relation_type": "PRIMARY",
        "first_name": "Оксана",
        "last_name": "Зразкова",
        "second_name": "Іванівна",
        "birth_date": "1991-08-19",
        "birth_country": "Україна",
        "birth_settlement": "Київ",
        "gender": "FEMALE",
        "tax_id": "3346809522",
        "secret": "стара криниця",
        "documents_person": [
            { "type": "PASSPORT", "number": "ЗР000001", "issued_by": "Київський РВ", "issued_at": "2009-09-01" }
        ],
        "documents_relationship": [
            { "type": "BIRTH_CERTIFICATE", "number": "І-БК№540021" }
        ],
        "phones": [{ "type": "MOBILE", "number": "+380500000033" }],
        "preferred_way_communication": "phone"
    });
    insert(&mut person, "confidant_person", json!([confidant]));
    json!({ "person": person, "patient_signed": false, "process_disclosure_data_consent": true })
}

/// `person` with the two consents beside it.
fn with_consents(person: Value) -> Value {
    json!({ "person": person, "patient_signed": true, "process_disclosure_data_consent": true })
}

fn adult() -> Value {
    json!({
        "first_name": "Дем\u{2BC}ян",
        "last_name": "Зразковий",
        "second_name": "Миколайович",
        "birth_date": "1985-03-17",
        "birth_country": "Україна",
        "birth_settlement": "Біла Церква",
        "gender": "MALE",
        "email": "demyan@example.com",
        "no_tax_id": false,
        "tax_id": "3112201416",
        "unzr": "19850317-00000",
        "secret": "тополя біля криниці",
        "documents": [
            {
                "type": "NATIONAL_ID",
                "number": "000000017",
                "issued_by": "0000",
                "issued_at": "2021-06-01",
                "expiration_date": "2031-06-01"
            }
        ],
        "addresses": addresses(),
        "phones": [{ "type": "MOBILE", "number": "+380500000017" }],
        "preferred_way_communication": "email",
        "emergency_contact": emergency_contact()
    })
}

fn child() -> Value {
    json!({
        "first_name": "Мар\u{2BC}яна",
        "last_name": "Зразкова",
        "second_name": "Дем\u{2BC}янівна",
        "birth_date": "2025-02-04",
        "birth_country": "Україна",
        "birth_settlement": "Київ",
        "gender": "FEMALE",
        "email": "rodyna@example.com",
        "no_tax_id": false,
        "tax_id": "4569100028",
        "unzr": "20250204-00000",
        "secret": "синя гойдалка",
        "documents": [
            {
                "type": "BIRTH_CERTIFICATE",
                "number": "І-БК№540021",
                "issued_by": "Печерський відділ державної реєстрації актів цивільного стану",
                "issued_at": "2025-02-11"
            }
        ],
        "addresses": addresses(),
        "phones": [{ "type": "MOBILE", "number": "+380500000025" }],
        "preferred_way_communication": "phone",
        "emergency_contact": emergency_contact()
    })
}

fn addresses() -> Value {
    json!([
        {
            "type": "RESIDENCE",
            "country": "UA",
            "area": "КИЇВСЬКА",
            "region": "БІЛОЦЕРКІВСЬКИЙ",
            "settlement": "БІЛА ЦЕРКВА",
            "settlement_type": "CITY",
            "settlement_id": "b075f148-7f93-4fc2-b2ec-2d81b19a9b7b",
            "street_type": "STREET",
            "street": "Вигадана",
            "building": "12-А",
            "apartment": "7",
            "zip": "09100"
        }
    ])
}

fn emergency_contact() -> Value {
    json!({
        "first_name": "Соломія",
        "last_name": "Зразкова",
        "second_name": "Іванівна",
        "phones": [{ "type": "LAND_LINE", "number": "+380440000000" }]
    })
}

/// `person` without every member that may be missing.
fn minimal(person: &Value) -> Value {
    let mut person = person.clone();
    for name in [
        "second_name",
        "email",
        "tax_id",
        "unzr",
        "phones",
        "preferred_way_communication",
    ] {
        remove(&mut person, name);
    }
    insert(&mut person, "no_tax_id", json!(true));
    // An identity card needs the record number that is left out here; a passport does not.
    if person.pointer("/documents/0/type") == Some(&json!("NATIONAL_ID")) {
        let passport = json!([
            { "type": "PASSPORT", "number": "ЗР000017", "issued_by": "Білоцерківський РВ", "issued_at": "2003-05-20" }
        ]);
        insert(&mut person, "documents", passport);
    }
    if let Some(document) = person.pointer_mut("/documents/0") {
        remove(document, "expiration_date");
    }
    if let Some(address) = person.pointer_mut("/addresses/0") {
        for name in [
            "region",
            "street_type",
            "street",
            "building",
            "apartment",
            "zip",
        ] {
            remove(address, name);
        }
    }
    if let Some(contact) = person.pointer_mut("/emergency_contact") {
        remove(contact, "second_name");
    }
    person
}

/// `person` with names of 255 characters, two addresses, two phones and one more document.
fn longest(mut person: Value) -> Value {
    let name = |word: &str| {
        let mut name = vec![word; 255].join("-");
        name = name.chars().take(254).collect();
        name.push('я');
        json!(name)
    };
    insert(&mut person, "first_name", name("Мар\u{2BC}яна"));
    insert(&mut person, "last_name", name("Кам\u{2019}янецька"));
    insert(&mut person, "second_name", name("Лук'янівна"));
    insert(&mut person, "birth_settlement", name("Кам\u{2BC}янець"));
    if let Some(addresses) = person
        .pointer_mut("/addresses")
        .and_then(Value::as_array_mut)
    {
        let mut registration = addresses.first().cloned().unwrap_or_default();
        insert(&mut registration, "type", json!("REGISTRATION"));
        insert(&mut registration, "street", name("Кам\u{2BC}янецька"));
        addresses.push(registration);
    }
    if let Some(phones) = person.pointer_mut("/phones").and_then(Value::as_array_mut) {
        phones.push(json!({ "type": "LAND_LINE", "number": "+380440000001" }));
    }
    if let Some(documents) = person
        .pointer_mut("/documents")
        .and_then(Value::as_array_mut)
    {
        documents.push(json!({
            "type": "TEMPORARY_PASSPORT",
            "number": "ТП№1234567890123456789012",
            "issued_by": name("Управління"),
            "issued_at": "2025-03-01",
            "expiration_date": "2035-03-01"
        }));
    }
    person
}

fn insert(object: &mut Value, name: &str, value: Value) {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

fn remove(object: &mut Value, name: &str) {
    if let Some(members) = object.as_object_mut() {
        members.shift_remove(name);
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::person::tax_id::TaxId;

    #[rstest]
    fn tax_numbers_are_right(#[values(adult(), child())] person: Value) {
        let tax_id = TaxId::parse(person["tax_id"].as_str().unwrap()).unwrap();
        assert!(tax_id.is_valid());
        let birth_date = tax_id.birth_date().unwrap().to_string();
        assert_eq!(person["birth_date"], birth_date);
        assert_eq!(person["gender"], tax_id.gender());
    }

    #[test]
    fn the_longest_names_are_as_long_as_allowed() {
        let content = self_registration_of(Size::Longest, "jwt");
        for name in ["first_name", "last_name", "second_name", "birth_settlement"] {
            let name = content["person"][name].as_str().unwrap();
            assert_eq!(name.chars().count(), 255);
            assert!(name.contains(crate::patterns::is_apostrophe));
        }
    }
}
