//! Persons as signed, from the fullest to the barest.

use serde_json::{Value as Json, json};

/// A child with everything that the schema knows.
pub(crate) fn child() -> Json {
    json!({
        "first_name": "Дар'я", "last_name": "Короленко", "second_name": "Захарівна",
        "birth_date": "2019-08-19", "birth_country": "Україна", "birth_settlement": "м. Кам'янець-Подільський",
        "gender": "FEMALE", "email": "korolenko.family+daria@example.ua",
        "no_tax_id": false, "tax_id": "3126509816", "unzr": "20190819-01234", "secret": "синій кит",
        "documents": [
            { "type": "BIRTH_CERTIFICATE", "number": "І-БК №123456", "issued_at": "2019-08-27",
              "issued_by": "Кам'янець-Подільський відділ державної реєстрації актів цивільного стану" },
            { "type": "NATIONAL_ID", "number": "002345678", "issued_by": "6821", "issued_at": "2024-01-10",
              "expiration_date": "2028-01-10" }
        ],
        "addresses": [
            { "type": "RESIDENCE", "country": "UA", "area": "ХМЕЛЬНИЦЬКА", "region": "КАМ'ЯНЕЦЬ-ПОДІЛЬСЬКИЙ",
              "settlement": "КАМ'ЯНЕЦЬ-ПОДІЛЬСЬКИЙ", "settlement_type": "CITY",
              "settlement_id": "b075f148-7f93-4fc2-b2ec-2d81b19a9b7b", "street_type": "STREET",
              "street": "Князів Коріатовичів", "building": "12/3А", "apartment": "45", "zip": "32300" },
            { "type": "REGISTRATION", "country": "UA", "area": "КИЇВСЬКА", "settlement": "Хотів",
              "settlement_type": "VILLAGE", "settlement_id": "adaa4abf-f530-461c-bcbf-a0ac210d955b" }
        ],
        "phones": [
            { "type": "MOBILE", "number": "+380501234567" },
            { "type": "LAND_LINE", "number": "+380384912345" }
        ],
        "authentication_methods": [
            { "type": "THIRD_PERSON", "value": "13001c60-45a0-4b5a-b425-9505e1de18bd", "alias": "мама" }
        ],
        "preferred_way_communication": "phone",
        "emergency_contact": {
            "first_name": "Зиновій", "last_name": "Короленко", "second_name": "Лук'янович",
            "phones": [{ "type": "MOBILE", "number": "+380677654321" }]
        },
        "confidant_person": {
            "person_id": "ed5a7bb8-8f5c-4c2b-9c66-2f1d3a7f0b11", "first_name": "Мар'яна",
            "last_name": "Короленко", "second_name": "Олегівна", "relation_type": "PRIMARY",
            "documents_relationship": [
                { "type": "BIRTH_CERTIFICATE", "number": "ІІ-БК 654321", "issued_by": "Відділ РАЦС",
                  "issued_at": "2019-08-28" }
            ]
        }
    })
}

/// The same child with names that hardly fit on a line.
pub(crate) fn long_names() -> Json {
    let mut person = child();
    person["last_name"] = json!("Переяславська-Голованевська-Нечуй-Левицька");
    person["first_name"] = json!("Олександра-Єлизавета-Вікторія-Соломія");
    person["second_name"] = json!("Святополківна-Костянтинопільська");
    person["email"] =
        json!("oleksandra.yelyzaveta.viktoriia.solomiia.pereiaslavska@very-long-domain.example.ua");
    person["documents"][0]["number"] = json!("ІІІ-БК№1234567890123456");
    person
}

/// An adult with nothing optional.
pub(crate) fn bare() -> Json {
    json!({
        "first_name": "Ян", "last_name": "Лі", "birth_date": "1991-08-19", "birth_country": "KR",
        "birth_settlement": "Сеул", "gender": "OTHER", "no_tax_id": true, "secret": "кодове слово",
        "documents": [{ "type": "FOREIGN_ID", "number": "АА12", "issued_by": "0001", "issued_at": "2020-02-03" }],
        "addresses": [{ "type": "RESIDENCE", "country": "UA", "area": "М.КИЇВ", "settlement": "КИЇВ",
            "settlement_type": "CITY", "settlement_id": "adaa4abf-f530-461c-bcbf-a0ac210d955b" }],
        "authentication_methods": [{ "type": "OTP", "phone_number": "+380501112233" }],
        "emergency_contact": { "first_name": "Ім", "last_name": "Лі",
            "phones": [{ "type": "MOBILE", "number": "+380671112244" }] }
    })
}
