//! §11, 1 to 5, 9 and 10: what strangers, mothers and wards try, by the JSON routes and in a browser.

use chrono::TimeDelta;
use rstest::rstest;
use serde_json::json;

use super::*;
use crate::{
    person_requests::{Clinic, with, without},
    support::Database::{self, Postgres, Sqlite},
};

/// §11.1: a child with a stranger's tax number is registered: the stranger signs in and up as if nothing had happened.
#[rstest]
#[tokio::test]
async fn try_1_a_childs_number_is_a_strangers(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let attacker = Somebody::new(&world, 1).await;
    let known = Somebody::new(&world, 2).await;
    let unknown = stranger(&world, 3).await;
    for (number, victim) in [(1, &known), (2, &unknown)] {
        let mut content = child(number);
        content["person"]["tax_id"] = json!(victim.tax_id);
        attacker.brings(&content).await.is(201);
        let typed = format!("tax_id = '{}' AND person_id IS NOT NULL", victim.tax_id);
        let users = app.count("users", &typed).await;
        assert_eq!(users, i64::from(number == 1), "nobody has a typed number");
    }
    let logged_in = known.logs_in().await;
    let data = logged_in.is(201).json()["data"].clone();
    assert_eq!(data["user_id"], json!(known.user_id));
    assert_eq!(data["user"]["person_id"], json!(known.person_id));
    let answer = known.signs_up("+380501110091").await;
    assert_eq!(person_in(&answer), known.person_id);
    unknown
        .logs_in()
        .await
        .refuses(401, "access_denied", "Person not found.");
    let own = person_in(&unknown.signs_up("+380501110092").await);
    let data = unknown.logs_in().await.is(201).json()["data"].clone();
    assert_eq!(data["user"]["person_id"], json!(own));
    // And the attacker still acts for the child alone, whatever number it has.
    let mut content = child(2);
    content["person"]["tax_id"] = json!(unknown.tax_id);
    let acts = attacker.acts_for(&content).await;
    assert_ne!(
        acts.is(201).json()["data"]["token"]["user"]["person_id"],
        json!(own)
    );
}

/// §2: a number that somebody recorded with another person by mistake neither signs its citizen in as that person nor locks
/// them out, though it was vouched for.
#[rstest]
#[tokio::test]
async fn a_number_recorded_with_another(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let known = Somebody::new(&world, 2).await;
    let unknown = stranger(&world, 3).await;
    for (number, victim) in [(1, &known), (2, &unknown)] {
        let mut content = child(number);
        content["person"]["tax_id"] = json!(victim.tax_id);
        let id = world.import_child(&content).await;
        let user = json!({ "id": app.app.random.uuid(), "person_id": id, "tax_id": victim.tax_id });
        world.import(&json!({ "users": [user] })).await;
    }
    let data = known.logs_in().await.is(201).json()["data"].clone();
    assert_eq!(data["user_id"], json!(known.user_id));
    unknown
        .logs_in()
        .await
        .refuses(401, "access_denied", "Person not found.");
    let own = person_in(&unknown.signs_up("+380501110092").await);
    let data = unknown.logs_in().await.is(201).json()["data"].clone();
    assert_eq!(data["user"]["person_id"], json!(own));
}

/// §1: a certificate with the code of a document proves no tax number: nobody signs up with somebody else's beside it.
#[rstest]
#[tokio::test]
async fn a_code_beside_a_typed_number(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let victim = Somebody::new(&world, 2).await;
    let namesake = Somebody {
        signer: authority().person(Some("100000098")),
        ..stranger(&world, 9).await
    };
    let mut content = victim.own_content("+380501110096").await;
    content["person"]["documents"][0]["number"] = json!("100000098");
    let before = app.registered().await;
    let signed = namesake.sign(&content);
    world.validate_own(&signed).await.refuses(
        409,
        "request_conflict",
        "Registration person and person that sign should be the same",
    );
    assert_eq!(app.registered().await, before);
}

/// §11.2: a fake adult with a citizen's number and surname is refused at validation, before anything is stored.
#[rstest]
#[tokio::test]
async fn try_2_a_fake_adult(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let attacker = Somebody::new(&world, 1).await;
    let known = Somebody::new(&world, 2).await;
    let unknown = stranger(&world, 3).await;
    for victim in [&known, &unknown] {
        let mut content = child(1);
        let mut person = unknown.own_content("+380501110093").await["person"].clone();
        person["tax_id"] = json!(victim.tax_id);
        for member in ["authentication_methods", "confidant_person"] {
            person[member] = content["person"][member].clone();
        }
        content["person"] = person;
        let before = app.registered().await;
        let signed = attacker.sign(&attacker.as_confidant(content.clone()));
        refuses(&attacker.validates(&signed).await, NOT_CONFIRMED);
        // The browser is shown no page to confirm.
        let browser = app.browser();
        let entered = attacker.enters_with(&browser, &content).await;
        entered.page(409);
        assert_eq!(app.registered().await, before);
    }
    known.logs_in().await.is(201);
}

/// §11.3: an adult never acts through somebody because of an online registration; whoever comes of age has their own phone
/// after their own sign-up, and nobody else's token works.
#[rstest]
#[tokio::test]
async fn try_3_whoever_comes_of_age(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let mother = Somebody::new(&world, 1).await;
    // A boy who has the name of every certificate here, and is eighteen tomorrow.
    let ward = stranger(&world, 5).await;
    let birthday = "2008-06-16";
    let tax_id = TaxId::of(birthday.parse().unwrap(), 1011)
        .unwrap()
        .to_string();
    let mut content = ward.own_content("+380501110094").await;
    content.as_object_mut().unwrap().shift_remove("jwt");
    let methods = child(1)["person"].clone();
    let person = &mut content["person"];
    person["birth_date"] = json!(birthday);
    person["tax_id"] = json!(tax_id);
    person["unzr"] = json!("20080616-00011");
    for member in ["authentication_methods", "confidant_person"] {
        person[member] = methods[member].clone();
    }
    let id = person_in(&mother.brings(&content).await);
    let tokens = mother.gets_tokens_for(&content).await;
    world.person(&tokens.access).await.is(200);

    // On the birthday her word alone is worth nothing any more.
    app.clock.advance(TimeDelta::days(1));
    refuses(&world.person(&tokens.access).await, NO_TOKEN);
    refuses(&world.refresh(&tokens.refresh).await, NOT_CONFIRMED);
    assert_ne!(mother.acts_for(&content).await.status, 201);
    assert_ne!(mother.brings(&content).await.status, 201);

    let ward = Somebody {
        signer: authority().person(Some(&tax_id)),
        tax_id,
        ..ward
    };
    let mut own = ward.own_content("+380501110094").await;
    own["person"]["birth_date"] = json!(birthday);
    own["person"]["unzr"] = json!("20080616-00011");
    let begun = world.begin_own(ward.sign(&own)).await;
    let code = world.order_code(&begun, "+380501110094").await;
    let registered = world.register_own(&begun, &json!(code)).await;
    assert_eq!(person_in(&registered), id);
    let methods = "type = 'OTP' AND phone_number = '+380501110094' AND is_primary = true AND is_active = true AND ended_at IS NULL";
    assert_eq!(app.count("person_authentication_methods", methods).await, 1);
    let through = format!(
        "type = 'THIRD_PERSON' AND is_active = true AND (ended_at IS NULL OR ended_at > '{}')",
        app.now().to_rfc3339()
    );
    assert_eq!(
        app.count("person_authentication_methods", &through).await,
        0
    );
    assert_eq!(app.between(id, mother.person_id).await.len(), 0);
    refuses(&world.person(&tokens.access).await, NO_TOKEN);
}

/// §11.4: a registered child, with a verified mother or without any relationship: strangers who know everything about it get
/// 409, one waiting claim each, and no token.
#[rstest]
#[tokio::test]
async fn try_4_strangers_and_a_registered_child(
    #[values(Sqlite, Postgres)] database: Database,
    #[values(true, false)] has_mother: bool,
) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let content = child(1);
    let id = world.import_child(&content).await;
    let mother = Somebody::new(&world, 0).await;
    if has_mother {
        world.relate(id, mother.person_id, "VERIFIED", None).await;
    }
    let tokens = app.count("tokens", "1 = 1").await;
    let users = app.count("users", "1 = 1").await;
    for number in 1..=8 {
        let stranger = Somebody::new(&world, number).await;
        // Twice by the JSON routes, once in a browser: one claim.
        refuses(&stranger.brings(&content).await, NOT_CONFIRMED);
        refuses(&stranger.brings(&content).await, NOT_CONFIRMED);
        let browser = app.browser();
        let details = browser
            .follow(&stranger.enters_with(&browser, &content).await)
            .await;
        let html = details.page(200).replace('\u{a0}', " ");
        assert!(
            !html.contains("вже є в реєстрі"),
            "whoever has no standing learns nothing"
        );
        let confirmed = browser.decide(&details, "confirm").await;
        confirmed.page(409);
        assert_eq!(
            app.between(id, stranger.person_id).await,
            ["VERIFICATION_NEEDED ONLINE_TRIGGERED"]
        );
        let refused = stranger.acts_for(&content).await;
        assert!(matches!(refused.status.as_u16(), 401 | 409), "{refused:?}");
    }
    assert_eq!(app.count("relationship_claims", "1 = 1").await, 8);
    assert_eq!(app.count("persons", "status = 'active'").await, 11);
    // The tokens that strangers brought with them are all that there are.
    assert_eq!(app.count("tokens", "1 = 1").await, tokens + 8);
    assert_eq!(
        app.count("users", "1 = 1").await,
        users + 8,
        "and none of the child"
    );
    if has_mother {
        // The mother is not in the way of anybody's claims.
        mother.gets_tokens_for(&content).await;
        let answer = mother.brings(&content).await;
        assert_eq!(person_in(&answer), id);
    }
}

/// §11.5: the mother of a new child comes back on day 8; after a doctor's version she needs an approved relationship, which
/// the doctor's request gives her when it names her.
#[rstest]
#[case::who_is_named(true)]
#[case::who_is_not(false)]
#[tokio::test]
async fn try_5_a_mother_who_comes_back(
    #[values(Sqlite, Postgres)] database: Database,
    #[case] is_named: bool,
) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let mother = Somebody::new(&world, 1).await;
    let content = child(1);
    let browser = app.browser();
    let details = browser
        .follow(&mother.enters_with(&browser, &content).await)
        .await;
    let accept = browser
        .follow(&browser.decide(&details, "confirm").await)
        .await;
    let first = mother.accepts(&browser, &accept).await;
    let read = world.person(&first.access).await;
    let id: Uuid = read.is(200).json()["data"]["id"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();

    app.clock.advance(TimeDelta::days(8));
    let second = mother.gets_tokens_for(&content).await;
    world.person(&second.access).await.is(200);
    mother.acts_for(&content).await.is(201);
    // She registers the child once more: it is there, and it is hers.
    assert_eq!(person_in(&mother.brings(&content).await), id);

    let clinic = Clinic::new(&app).await;
    clinic
        .registered(&doctors_version(&mother, &content, id, is_named))
        .await;
    if is_named {
        let between = app.between(id, mother.person_id).await;
        assert_eq!(between, ["VERIFICATION_NEEDED MANUAL_CREATED_BY_DOCTOR"]);
        world.person(&second.access).await.is(200);
        mother.gets_tokens_for(&content).await;
        assert_eq!(person_in(&mother.brings(&content).await), id);
    } else {
        refuses(&world.person(&second.access).await, NO_TOKEN);
        refuses(&world.refresh(&second.refresh).await, NOT_CONFIRMED);
        refuses(&mother.brings(&content).await, NOT_CONFIRMED);
        assert_ne!(mother.acts_for(&content).await.status, 201);
    }
}

/// A doctor's request about a registered child, confirmed by the mother's code; it names her, or another confidant.
pub fn doctors_version(mother: &Somebody<'_>, content: &Value, id: Uuid, is_named: bool) -> Value {
    let mut body = crate::person_requests::child();
    let mut person = without(body.clone(), "/person/authentication_methods")["person"].clone();
    for (member, value) in content["person"].as_object().unwrap() {
        if !matches!(
            member.as_str(),
            "authentication_methods" | "confidant_person"
        ) {
            person[member] = value.clone();
        }
    }
    person["id"] = json!(id);
    if is_named {
        let confidant = &mut person["confidant_person"][0];
        confidant["first_name"] = json!("Демʼян");
        confidant["last_name"] = json!("Зразковий");
        confidant["second_name"] = json!("Миколайович");
        confidant["gender"] = json!("MALE");
        confidant["birth_date"] = json!(BIRTH_DATE);
        confidant["tax_id"] = json!(mother.tax_id);
        confidant["unzr"] = json!("19850317-00001");
    }
    body = with(body, "/person", person);
    body
}

/// §11.9: a certificate with a code of a document opens a record of its own name only, and by one series only.
#[rstest]
#[case::another_name("КР777123", "КР777123", "Інша", false)]
#[case::the_name("КР777123", "КР777123", "Зразковий", true)]
#[case::latin_letters("KP777123", "КР777123", "Зразковий", true)]
#[tokio::test]
async fn try_9_a_code_of_a_document(
    #[values(Sqlite, Postgres)] database: Database,
    #[case] code: &str,
    #[case] number: &str,
    #[case] last_name: &str,
    #[case] is_theirs: bool,
) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let somebody = imported_with(&world, number, last_name).await;
    let signer = Somebody {
        signer: authority().person(Some(code)),
        tax_id: code.to_owned(),
        ..stranger(&world, 9).await
    };
    let answer = signer.logs_in().await;
    if is_theirs {
        let data = answer.is(201).json()["data"].clone();
        assert_eq!(data["user"]["person_id"], json!(somebody));
    } else {
        answer.refuses(401, "access_denied", "Person not found.");
    }
}

/// Somebody with this passport, from the operator.
async fn imported_with(world: &World<'_>, number: &str, last_name: &str) -> Uuid {
    let id = world.app.app.random.uuid();
    let mut person = world.confidant();
    person["id"] = json!(id);
    person["last_name"] = json!(last_name);
    person["no_tax_id"] = json!(true);
    for member in ["tax_id", "unzr"] {
        person.as_object_mut().unwrap().shift_remove(member);
    }
    person["documents"] = json!([{ "type": "PASSPORT", "number": number }]);
    person["authentication_methods"] = json!([]);
    world.import(&json!({ "persons": [person] })).await;
    id
}

/// §11.9: letters that stand for two series are good for neither, when both lead to somebody of this name.
#[rstest]
#[tokio::test]
async fn try_9_a_code_for_two_series(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    // І and И are written I alike.
    imported_with(&world, "ІВ777124", "Зразковий").await;
    let signer = Somebody {
        signer: authority().person(Some("IB777124")),
        tax_id: "IB777124".to_owned(),
        ..stranger(&world, 9).await
    };
    signer.logs_in().await.is(201);
    imported_with(&world, "ИВ777124", "Зразковий").await;
    let signed_in = signer.logs_in().await;
    // Who has an account by now keeps it; a newcomer with the same letters is nobody in particular.
    assert!(matches!(signed_in.status.as_u16(), 201 | 401));
    if signed_in.status == 401 {
        signed_in.refuses(
            401,
            "access_denied",
            "It is impossible to uniquely identify the person.",
        );
    }
}

/// §11.9: number signs, spaces and dashes do not make two children of one, whoever wrote the number first.
#[rstest]
#[tokio::test]
async fn try_9_one_certificate_written_in_many_ways(
    #[values(Sqlite, Postgres)] database: Database,
    #[values("І-ЖС139685", "І-ЖС 139685", "І-ЖС№139685")] stored: &str,
) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let attacker = Somebody::new(&world, 1).await;
    let mut content = child(1);
    content["person"]["documents"][0]["number"] = json!(stored);
    let id = world.import_child(&content).await;
    let mut typed = child(1);
    typed["person"]["documents"][0]["number"] = json!("І-ЖС№139685");
    typed["person"]["no_tax_id"] = json!(true);
    typed["person"]
        .as_object_mut()
        .unwrap()
        .shift_remove("tax_id");
    refuses(&attacker.brings(&typed).await, NOT_CONFIRMED);
    assert_eq!(app.between(id, attacker.person_id).await.len(), 1);
}

/// §11.10: a ward of eighteen signs up, and a doctor changes their data afterwards, by a code to their own phone.
#[rstest]
#[tokio::test]
async fn try_10_a_ward_of_eighteen(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let world = app.world().await;
    let mother = Somebody::new(&world, 1).await;
    let birthday = "2008-06-16";
    let tax_id = TaxId::of(birthday.parse().unwrap(), 1011)
        .unwrap()
        .to_string();
    let ward = Somebody {
        signer: authority().person(Some(&tax_id)),
        tax_id: tax_id.clone(),
        ..stranger(&world, 5).await
    };
    let phone = "+380501110095";
    let own = async || {
        let mut own = ward.own_content(phone).await;
        own["person"]["birth_date"] = json!(birthday);
        own["person"]["unzr"] = json!("20080616-00011");
        own
    };
    let mut content = own().await;
    content.as_object_mut().unwrap().shift_remove("jwt");
    for member in ["authentication_methods", "confidant_person"] {
        content["person"][member] = child(1)["person"][member].clone();
    }
    let id = person_in(&mother.brings(&content).await);
    app.clock.advance(TimeDelta::days(1));
    let begun = world.begin_own(ward.sign(&own().await)).await;
    let code = world.order_code(&begun, phone).await;
    world.register_own(&begun, &json!(code)).await.is(201);

    let clinic = Clinic::new(&app).await;
    let mut body = without(
        crate::person_requests::adult(),
        "/person/authentication_methods",
    );
    let mut person = own().await["person"].clone();
    person
        .as_object_mut()
        .unwrap()
        .shift_remove("authentication_methods");
    person["id"] = json!(id);
    person["email"] = json!("ward@example.com");
    body["person"] = person;
    assert_eq!(clinic.registered(&body).await, id.to_string());
    let (number, _) = app.messages().pop().unwrap();
    assert_eq!(number, phone);
    assert_eq!(app.count("persons", "email = 'ward@example.com'").await, 1);
}
