//! Who is taken for the person being registered (§11.3, §13 row 9), through the whole registration.

use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{
    CONFIDANT, Child,
    Database::{self, Postgres, Sqlite},
    TestApp,
};

/// The sample child, who refused a tax number: found by the certificate of birth.
fn without_tax_id() -> Value {
    let mut content = Child::content();
    let person = content["person"].as_object_mut().unwrap();
    person.shift_remove("tax_id");
    person["no_tax_id"] = json!(true);
    content
}

/// Somebody born on that day who has these documents, and no tax number.
fn born(birth_date: &str, documents: Value) -> Value {
    let mut content = without_tax_id();
    let person = content["person"].as_object_mut().unwrap();
    person.shift_remove("unzr");
    person["birth_date"] = json!(birth_date);
    person["documents"] = documents;
    content
}

/// A document that is good for years.
fn document(kind: &str, number: &str) -> Value {
    let mut document =
        json!({ "type": kind, "number": number, "issued_by": "0000", "issued_at": "2025-06-02" });
    if kind == "REFUGEE_CERTIFICATE" {
        document["expiration_date"] = json!("2035-06-02");
    }
    document
}

/// Born at sixteen: a confidant stands for them, and any document tells who they are.
const SIXTEEN: &str = "2010-05-05";
/// Born long enough ago.
const ADULT: &str = "1950-05-05";

/// Changes members of `person`.
fn with(mut content: Value, members: &[(&str, Value)]) -> Value {
    for (name, value) in members {
        content["person"][*name] = value.clone();
    }
    content
}

/// Whom a registration took the submitted person for.
#[derive(Debug, PartialEq, Eq)]
enum Taken {
    /// The person at this place of those who were known.
    For(usize),
    /// Somebody new.
    New,
    /// Several are possible.
    NotUnique,
}

/// Registers `submitted` where `known` are registered already. Who is found without a relationship is told nothing but that
/// it is not confirmed (authority §4): the claim that is recorded tells whom the program meant, and once it is confirmed
/// the answer does.
async fn register(
    database: Database,
    settings: &[&str],
    known: &[Value],
    submitted: &Value,
) -> Taken {
    let app = TestApp::with(database, settings).await;
    let world = app.world().await;
    let mut ids: Vec<Uuid> = Vec::new();
    for content in known {
        ids.push(world.import_child(content).await);
    }
    let before = app.registered().await;
    let answer = world.validate_and_register(submitted).await;
    if answer.status == 409 {
        answer.refuses(409, "request_conflict", "Relationship not confirmed");
        let mut claimed = before;
        claimed[3] += 1;
        assert_eq!(app.registered().await, claimed);
        let verified = "UPDATE confidant_person_relationships SET verification_status = 'VERIFIED'";
        app.execute(verified).await;
        let body = world.validate_and_register(submitted).await.is(201).json();
        let id = &body["data"]["person"]["id"];
        assert_eq!(app.registered().await[0], before[0]);
        let position = ids.iter().position(|known| json!(known) == *id);
        return Taken::For(position.expect("somebody known"));
    }
    if answer.status == 401 {
        answer.refuses(
            401,
            "access_denied",
            "It is impossible to uniquely identify the person.",
        );
        assert_eq!(app.registered().await, before);
        assert_eq!(app.count("used_jwts", "1 = 1").await, 0);
        return Taken::NotUnique;
    }
    let id = answer.is(201).json()["data"]["person"]["id"].clone();
    assert!(ids.iter().all(|known| json!(known) != id));
    assert_eq!(app.registered().await[0], before[0] + 1);
    Taken::New
}

#[rstest]
#[tokio::test]
async fn none_one_and_two_candidates(#[values(Sqlite, Postgres)] database: Database) {
    for child in [Child::content(), without_tax_id()] {
        let other = Child::other();
        let known = [other, child.clone(), child.clone()];
        assert_eq!(
            register(database, &[], &known[..1], &child).await,
            Taken::New
        );
        assert_eq!(
            register(database, &[], &known[..2], &child).await,
            Taken::For(1)
        );
        assert_eq!(
            register(database, &[], &known, &child).await,
            Taken::NotUnique
        );
    }
}

#[rstest]
#[tokio::test]
async fn a_candidate_below_the_threshold_does_not_count(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let namesake = with(
        Child::content(),
        &[("first_name", json!("Інша")), ("last_name", json!("Інша"))],
    );
    let known = [namesake.clone(), Child::content()];
    assert_eq!(
        register(database, &[], &known, &Child::content()).await,
        Taken::For(1)
    );
    assert_eq!(
        register(database, &[], &[namesake], &Child::content()).await,
        Taken::New
    );
}

/// `DOVIRA_PIS_ONLINE_DEDUPLICATION_MATCH_SCORE`: a score counts above it, not at it.
/// A number that a confidant typed is worth 1.0 with both names, 0.5 with one of them (authority §2).
#[rstest]
#[case("0.49", [Taken::For(0), Taken::For(0), Taken::For(0)])]
#[case("0.5", [Taken::For(0), Taken::For(0), Taken::New])]
#[case("0.95", [Taken::For(0), Taken::For(0), Taken::New])]
#[case("0.98", [Taken::For(0), Taken::New, Taken::New])]
#[case("1.0", [Taken::New, Taken::New, Taken::New])]
#[tokio::test]
async fn a_score_at_the_threshold(
    #[values(Sqlite, Postgres)] database: Database,
    #[case] threshold: &str,
    #[case] expected: [Taken; 3],
) {
    let changed_surname = with(Child::content(), &[("last_name", json!("Новенька"))]);
    let setting = ["--pis-online-deduplication-match-score", threshold];
    let mut taken = Vec::new();
    for (known, submitted) in [
        (Child::content(), Child::content()),
        (without_tax_id(), without_tax_id()),
        (Child::content(), changed_surname),
    ] {
        taken.push(register(database, &setting, &[known], &submitted).await);
    }
    assert_eq!(taken, expected);
}

#[rstest]
#[tokio::test]
async fn a_changed_surname(#[values(Sqlite, Postgres)] database: Database) {
    // Authority §2: neither a number that somebody typed nor a document says who it is without both names.
    for content in [Child::content(), without_tax_id()] {
        for (name, changed) in [("last_name", "Новенька"), ("first_name", "Новенька")]
        {
            let submitted = with(content.clone(), &[(name, json!(changed))]);
            let taken = register(database, &[], std::slice::from_ref(&content), &submitted).await;
            assert_eq!(taken, Taken::New, "{name}");
        }
    }
}

#[rstest]
#[tokio::test]
async fn an_apostrophe_is_an_apostrophe(#[values(Sqlite, Postgres)] database: Database) {
    let named = |apostrophe: &str| {
        let names = [
            ("first_name", json!(format!("Мар{apostrophe}яна"))),
            ("last_name", json!(format!("Зна{apostrophe}єва"))),
        ];
        with(without_tax_id(), &names)
    };
    let apostrophes = ["\u{27}", "\u{2019}", "\u{2BC}"];
    for known in apostrophes {
        for submitted in apostrophes {
            assert_eq!(
                register(database, &[], &[named(known)], &named(submitted)).await,
                Taken::For(0),
                "{known} {submitted}"
            );
        }
        assert_eq!(
            register(database, &[], &[named(known)], &named("")).await,
            Taken::New,
            "{known} and none"
        );
    }
}

#[rstest]
#[tokio::test]
async fn latin_letters_in_the_number_of_a_document(#[values(Sqlite, Postgres)] database: Database) {
    // §11.2: І and К of the one are I and K of the other
    let numbered =
        |number: &str| born("2025-02-04", json!([document("BIRTH_CERTIFICATE", number)]));
    let (cyrillic, latin) = ("І-БК№540021", "I-БK№540021");
    for (known, submitted, expected) in [
        (cyrillic, latin, Taken::For(0)),
        (latin, cyrillic, Taken::For(0)),
        (latin, latin, Taken::For(0)),
        // Authority §2: the number sign, spaces and dashes do not make two children of one.
        ("І-БК540021", cyrillic, Taken::For(0)),
        ("І-БК 540021", cyrillic, Taken::For(0)),
        ("ІБК № 540021", latin, Taken::For(0)),
        ("І\u{2013}БК№540021", cyrillic, Taken::For(0)),
        // The letter Б looks like no Latin one.
        (cyrillic, "I-BK№540021", Taken::New),
        (cyrillic, "І-БК№540022", Taken::New),
    ] {
        assert_eq!(
            register(database, &[], &[numbered(known)], &numbered(submitted)).await,
            expected,
            "{known} {submitted}"
        );
    }
}

#[rstest]
#[tokio::test]
async fn a_document_of_another_type_or_of_somebody_else(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let submitted = without_tax_id();
    for (member, value) in [
        ("birth_date", json!("2025-02-05")),
        ("first_name", json!("Інша")),
        ("last_name", json!("Інша")),
        (
            "documents",
            json!([document("BIRTH_CERTIFICATE_FOREIGN", "І-БК№540021")]),
        ),
    ] {
        let known = with(without_tax_id(), &[(member, value)]);
        assert_eq!(
            register(database, &[], &[known], &submitted).await,
            Taken::New,
            "{member}"
        );
    }
}

#[rstest]
#[tokio::test]
async fn a_child_whose_tax_number_is_new_is_found_by_the_certificate(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let taken = register(database, &[], &[without_tax_id()], &Child::content()).await;
    assert_eq!(taken, Taken::For(0));
}

/// `DOVIRA_ACTIVE_PERSON_SEARCH_DOCUMENT_TYPES`
#[rstest]
#[case("PASSPORT", "ЗР000001", None, Taken::For(0))]
#[case("REFUGEE_CERTIFICATE", "ЗР000001", None, Taken::New)]
#[case(
    "REFUGEE_CERTIFICATE",
    "ЗР000001",
    Some("PASSPORT,REFUGEE_CERTIFICATE"),
    Taken::For(0)
)]
#[case("PASSPORT", "ЗР000001", Some("NATIONAL_ID"), Taken::New)]
#[tokio::test]
async fn types_that_are_searched_by(
    #[values(Sqlite, Postgres)] database: Database,
    #[case] kind: &str,
    #[case] number: &str,
    #[case] types: Option<&str>,
    #[case] expected: Taken,
) {
    let settings: Vec<_> = types
        .into_iter()
        .flat_map(|types| ["--active-person-search-document-types", types])
        .collect();
    let person = born(SIXTEEN, json!([document(kind, number)]));
    assert_eq!(
        register(database, &settings, std::slice::from_ref(&person), &person).await,
        expected
    );
}

#[rstest]
#[tokio::test]
async fn a_child_is_found_by_the_certificate_only(#[values(Sqlite, Postgres)] database: Database) {
    // §11.3, age below fourteen
    let papers = |certificate: &str| {
        let documents = json!([
            document("PASSPORT", "ЗР000001"),
            document("BIRTH_CERTIFICATE", certificate)
        ]);
        born("2025-02-04", documents)
    };
    let known = [papers("І-БК№540021")];
    assert_eq!(
        register(database, &[], &known, &papers("І-БК№540022")).await,
        Taken::New
    );
    assert_eq!(
        register(database, &[], &known, &papers("І-БК№540021")).await,
        Taken::For(0)
    );
}

#[rstest]
#[tokio::test]
async fn an_adult_found_by_a_document(#[values(Sqlite, Postgres)] database: Database) {
    // §8.5, authority §4: somebody must have confirmed who stands for them, which the validation says already
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let person = born(ADULT, json!([document("PASSPORT", "ЗР000001")]));
    let id = world.import_child(&person).await;
    let before = app.registered().await;
    let answer = world.validate(&world.sign(&person)).await;
    answer.refuses(409, "request_conflict", "Relationship not confirmed");
    assert_eq!(app.registered().await, before, "and nothing is claimed");
    world.relate(id, CONFIDANT, "VERIFIED", None).await;
    let body = world.validate_and_register(&person).await.is(201).json();
    assert_eq!(body["data"]["person"]["id"], json!(id));
}

#[rstest]
#[tokio::test]
async fn who_is_not_in_the_registry_any_more(#[values(Sqlite, Postgres)] database: Database) {
    for content in [Child::content(), without_tax_id()] {
        let known = [
            with(content.clone(), &[("status", json!("inactive"))]),
            with(content.clone(), &[("is_active", json!(false))]),
        ];
        assert_eq!(register(database, &[], &known, &content).await, Taken::New);
        let current = [known.as_slice(), std::slice::from_ref(&content)].concat();
        assert_eq!(
            register(database, &[], &current, &content).await,
            Taken::For(2)
        );
    }
}

#[rstest]
#[tokio::test]
async fn the_streams_of_verification_of_somebody_new(
    #[values(Sqlite, Postgres)] database: Database,
) {
    // §11.4, §11.6: stored with the person, and what they say together beside them
    let app = TestApp::new(database).await;
    let world = app.world().await;
    world.validate_and_register(&Child::content()).await.is(201);
    let expected = [
        ("nhs", "NOT_VERIFIED", Some("DOCUMENTS_TRIGGERED")),
        ("drfo", "VERIFICATION_NEEDED", None),
        ("dracs_death", "VERIFICATION_NEEDED", None),
        ("dracs_birth", "VERIFICATION_NEEDED", None),
        ("dracs_name_change", "VERIFICATION_NEEDED", None),
        ("unzr", "VERIFICATION_NEEDED", None),
        ("mvs_passport", "VERIFICATION_NOT_NEEDED", None),
        ("dms_passport", "VERIFICATION_NOT_NEEDED", None),
        ("legal_capacity", "VERIFICATION_NOT_NEEDED", None),
    ];
    let mut conditions = vec![
        "tax_id = '4569100028'".to_owned(),
        "verification_status = 'VERIFICATION_NEEDED'".to_owned(),
    ];
    for (stream, status, reason) in expected {
        let state = json!({ "status": status, "reason": reason });
        conditions.push(match database {
            Sqlite => format!("json(json_extract(verification, '$.{stream}')) = json('{state}')"),
            Postgres => format!("verification -> '{stream}' = '{state}'::jsonb"),
        });
    }
    conditions.push(match database {
        Sqlite => format!(
            "(SELECT count(*) FROM json_each(verification)) = {}",
            expected.len()
        ),
        Postgres => format!(
            "(SELECT count(*) FROM jsonb_object_keys(verification)) = {}",
            expected.len()
        ),
    });
    assert_eq!(app.count("persons", &conditions.join(" AND ")).await, 1);
}
