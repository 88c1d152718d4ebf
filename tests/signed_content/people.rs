//! Who signed, read from certificates (signed content §11, decisions §1 "DRFO forms").

use dovira::signed_content::{
    Signer,
    der::tag,
    der_write as write,
    issue::{Extension, Name, Organisation, Person, Template},
    oid,
};

use super::forge::{Identity, ec, validity};

fn read(change: impl FnOnce(&mut Template)) -> Signer {
    Signer::of(&Identity::root("Корінь", |_| {}).person(change).certificate)
}

#[test]
fn the_two_places_of_a_drfo() {
    // signed content §11
    let with = |directory: &[&str], subject: &[&str]| {
        let signer = read(|template| {
            let each = directory
                .iter()
                .map(|text| (oid::DRFO.to_vec(), (*text).to_owned()));
            template.directory_attributes = each.collect();
            let each: Vec<_> = subject
                .iter()
                .map(|text| (oid::SERIAL_NUMBER, *text))
                .collect();
            template.subject = Name::new(&each);
        });
        signer.drfo
    };
    for (directory, subject, expected) in [
        (
            &["3021809745"][..],
            &["TINUA-3021809745"][..],
            Some("3021809745"),
        ),
        (&["3021809745"], &[], Some("3021809745")),
        (&[], &["TINUA-3021809745"], Some("3021809745")),
        (
            &["3021809745"],
            &["UA-17", "TINUA-3021809745"],
            Some("3021809745"),
        ),
        (&["3021809745"], &["2587413690"], Some("3021809745")),
        (&[], &["3021809745"], None),
        (&[], &["tinua-3021809745"], None),
        (&["3021809745"], &["TINUA-2587413690"], None),
        (&["3021809745", "2587413690"], &[], None),
        (&[" кр 123456 "], &["TINUA-КР123456"], Some("КР123456")),
        (&["KP123456"], &["TINUA-КР123456"], None),
        (&["3021809745"], &["TINUA-"], Some("3021809745")),
        (&["302-180-9745"], &[], None),
        (&[], &[], None),
    ] {
        assert_eq!(
            with(directory, subject).as_deref(),
            expected,
            "{directory:?} {subject:?}"
        );
    }
}

#[test]
fn directory_attributes_that_cannot_be_read_leave_nobody() {
    // signed content §11
    for value in [vec![], write::null(), write::sequence(&[&write::null()])] {
        let signer = read(|template| {
            template.directory_attributes.clear();
            let oid = oid::SUBJECT_DIRECTORY_ATTRIBUTES.to_vec();
            template.extensions.push(Extension {
                oid,
                is_critical: false,
                value,
            });
        });
        assert_eq!(signer.drfo, None);
        assert_eq!(signer.name.surname.as_deref(), Some("Гриценко"));
    }
}

#[test]
fn a_number_may_be_any_string_type_but_nothing_else() {
    // signed content §11
    let with = |value: &[u8]| {
        let pair = write::sequence(&[&write::oid(oid::DRFO), &write::value(tag::SET, &[value])]);
        let signer = read(|template| {
            template.directory_attributes.clear();
            template.subject = Name::new(&[]);
            let oid = oid::SUBJECT_DIRECTORY_ATTRIBUTES.to_vec();
            let value = write::sequence(&[&pair]);
            template.extensions.push(Extension {
                oid,
                is_critical: false,
                value,
            });
        });
        signer.drfo
    };
    for string in [
        tag::UTF8_STRING,
        tag::PRINTABLE_STRING,
        tag::IA5_STRING,
        tag::NUMERIC_STRING,
    ] {
        let value = write::value(string, &[b"3021809745"]);
        assert_eq!(with(&value).as_deref(), Some("3021809745"));
    }
    let wide: Vec<u8> = "КР123456"
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    let bmp = write::value(tag::BMP_STRING, &[&wide]);
    assert_eq!(with(&bmp).as_deref(), Some("КР123456"));
    assert_eq!(with(&write::octet_string(b"3021809745")), None);
    assert_eq!(with(&[]), None, "no value");
}

#[test]
fn an_organisation_has_its_number_beside_the_persons() {
    // signed content §11
    let person = Person {
        surname: "Шевченко",
        given_name: "Оксана Петрівна",
        drfo: Some("3021809745"),
        organisation: Some(Organisation {
            name: "КНП «Поліклініка №1»",
            edrpou: "38561234",
        }),
    };
    let key = ec().public_key_der().unwrap();
    let template = Template::person(&person, key, &[5], validity());
    let signer = read(|other| *other = template);
    assert_eq!(signer.drfo.as_deref(), Some("3021809745"));
    assert_eq!(signer.edrpou.as_deref(), Some("38561234"));
    assert_eq!(
        signer.name.common_name.as_deref(),
        Some("Шевченко Оксана Петрівна")
    );
}

#[test]
fn a_certificate_may_name_nobody() {
    // decisions §1 "No DRFO in a valid signature"
    let signer = read(|template| {
        template.subject = Name::new(&[(oid::COMMON_NAME, " "), (oid::COUNTRY, "UA")]);
        template.directory_attributes.clear();
    });
    assert_eq!((signer.drfo, signer.edrpou), (None, None));
    assert_eq!(signer.name, dovira::signed_content::PersonName::default());
}
