//! The order of the report and the limits of its size.

use super::{members::required_pointers, *};

#[test]
fn what_is_no_object_is_one_error() {
    for value in [Value::Null, json!([]), json!("x"), json!(1)] {
        assert_eq!(reported_rules(&check(Registration::Own, &value)).len(), 1);
    }
}

#[test]
fn items_follow_the_order_of_the_schema_and_not_of_the_document() {
    let mut content = confidant();
    let person = content["person"].as_object_mut().unwrap();
    *person = person.clone().into_iter().rev().collect();
    let content = ["gender", "last_name", "secret"]
        .iter()
        .fold(content, |content, name| {
            with(content, &format!("/person/{name}"), json!(1))
        });
    let content = without(content, "/person/birth_date");
    let content = without(content, "/person/emergency_contact/phones/0/number");
    let content = without(content, "/patient_signed");
    let found = check(Registration::Confidant, &content);
    let entries: Vec<_> = found
        .iter()
        .filter_map(|invalid| invalid.entry.as_deref())
        .collect();
    assert_eq!(
        entries,
        [
            "$.person.last_name",
            "$.person.birth_date",
            "$.person.gender",
            "$.person.secret",
            "$.person.emergency_contact.phones.[0].number",
            "$.patient_signed",
        ]
    );
    assert_eq!(found, check(Registration::Confidant, &content));
}

#[test]
fn a_list_beyond_its_limit_is_told_alone() {
    let content = with(confidant(), "/person/documents", json!(vec![1; 1000]));
    let content = with(content, "/person/first_name", json!(1));
    assert_eq!(
        one(Registration::Confidant, &content),
        item(
            "$.person.documents",
            "length",
            "expected a maximum of 30 items but got 1000"
        )
    );
}

#[test]
fn no_more_items_than_the_limit_are_told() {
    let mut content = confidant();
    for number in 0..1000 {
        content["person"][format!("extra{number}")] = json!(1);
    }
    content["person"]["documents"] = json!(vec![json!({}); 20]);
    let found = check(Registration::Confidant, &content);
    assert_eq!(found.len(), MOST_REPORTED);
    assert_eq!(
        found[0].entry.as_deref(),
        Some("$.person.documents.[0].type")
    );
}

#[test]
fn long_pieces_of_the_document_are_not_repeated() {
    let long = "ї".repeat(100_000);
    let content = with(confidant(), "/person/birth_date", json!(long));
    let content = with(content, "/person/email", json!(long));
    let content = with(content, &format!("/person/{long}"), json!(long));
    let answer = serde_json::to_string(&check(Registration::Confidant, &content)).unwrap();
    assert!(answer.len() < 20_000, "{}", answer.len());
}

/// Whatever is thrown at it, the answer is a bounded list; the times are printed with `--nocapture`.
#[test]
fn hostile_documents_get_a_bounded_answer() {
    let two_mebibytes = "а".repeat(1 << 20);
    let mut everywhere = confidant();
    for pointer in required_pointers(Registration::Confidant, &everywhere) {
        if everywhere.pointer(&pointer).is_some_and(Value::is_string) {
            everywhere = with(everywhere, &pointer, json!("-'".repeat(1 << 16)));
        }
    }
    let mut members = confidant();
    members["person"] = (0..200_000)
        .map(|n| (format!("m{n}"), json!(1)))
        .collect::<Map<_, _>>()
        .into();
    let document = confidant()["person"]["documents"][0].clone();
    let cases = [
        ("valid", confidant()),
        (
            "name of 2 MiB",
            with(confidant(), "/person/first_name", json!(two_mebibytes)),
        ),
        (
            "2 MiB of words",
            with(
                confidant(),
                "/person/first_name",
                json!("а ".repeat(700_000)),
            ),
        ),
        (
            "settlement of 2 MiB",
            with(
                confidant(),
                "/person/birth_settlement",
                json!(two_mebibytes),
            ),
        ),
        (
            "number of 2 MiB",
            with(
                confidant(),
                "/person/documents/0/number",
                json!(two_mebibytes),
            ),
        ),
        (
            "date of 2 MiB",
            with(
                confidant(),
                "/person/birth_date",
                json!("2".repeat(1 << 21)),
            ),
        ),
        (
            "address of 2 MiB",
            with(confidant(), "/person/email", json!("a.".repeat(1 << 20))),
        ),
        (
            "type of 2 MiB",
            with(
                confidant(),
                "/person/documents/0/type",
                json!(two_mebibytes),
            ),
        ),
        ("long strings everywhere", everywhere),
        (
            "a thousand documents",
            with(
                confidant(),
                "/person/documents",
                json!(vec![document.clone(); 1000]),
            ),
        ),
        (
            "thirty documents",
            with(confidant(), "/person/documents", json!(vec![document; 30])),
        ),
        (
            "a million items",
            with(confidant(), "/person/documents", json!(vec![1; 1_000_000])),
        ),
        ("two hundred thousand members", members),
        (
            "a member's name of 2 MiB",
            with(confidant(), &format!("/person/{two_mebibytes}"), json!(1)),
        ),
    ];
    for (name, content) in cases {
        let start = std::time::Instant::now();
        let found = check(Registration::Confidant, &content);
        println!("{name}: {:?}, {} items", start.elapsed(), found.len());
        let is_fine = matches!(name, "valid" | "thirty documents");
        assert_eq!(found.is_empty(), is_fine, "{name}");
        assert!(found.len() <= MOST_REPORTED, "{name}");
        assert!(
            serde_json::to_string(&found).unwrap().len() < 200_000,
            "{name}"
        );
    }
}
