//! Who tries, what they know, what they do, what they must get.
//!
//! One registered child with a verified mother; one who wants its data and is an honest citizen otherwise. Whatever they
//! know and do, in the end no token is theirs for the child, and nobody else lost anything.

use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};

use crate::{
    authority::{NOT_CONFIRMED, Somebody, Tokens, child, refuses},
    support::{
        Answer,
        Database::{self, Postgres, Sqlite},
        REDIRECT_URI, SECRET, TestApp,
    },
};

/// What somebody does with what they know.
#[derive(Debug, Clone, Copy)]
enum Does {
    /// Registers the child, with all of its data.
    Brings,
    /// The same with its birth certificate alone, written in another way.
    BringsByCertificate,
    /// The same with its number and another child's birthday: that is another child.
    BringsAnotherWithItsNumber,
    /// Signs in to act for it.
    SignsIn,
    /// Does so right after they claimed it.
    ClaimsAndSignsIn,
    /// Signs what the mother should, and brings her token.
    SignsWithHerToken,
    /// Brings what the mother signed with their own token.
    BringsWhatSheSigned,
    /// Registers with the mother's session token.
    RegistersWithHerSession,
    /// Names the mother as the confidant, and signs themselves.
    NamesHer,
    /// Brings her as their ward.
    BringsTheMother,
    /// Registers themselves under the mother's number.
    SignsUpAsTheMother,
    /// Registers themselves with the mother's phone.
    SignsUpWithHerPhone,
    /// Exchanges the code that her browser was given, as another client.
    ExchangesHerCode,
    /// Refreshes with her refresh token, as another client.
    RefreshesHers,
    /// Uses the login token of a sign-in for themselves to read the child.
    ReadsWithTheirLogin,
    /// Brings the child eleven times.
    BringsItElevenTimes,
}

/// Who tries, what they know, what they do, what they must get.
const ATTACKS: [(&str, &str, Does, u16); 16] = [
    ("a citizen", "all data of the child", Does::Brings, 409),
    (
        "a citizen",
        "its birth certificate",
        Does::BringsByCertificate,
        409,
    ),
    (
        "a citizen",
        "its tax number",
        Does::BringsAnotherWithItsNumber,
        201,
    ),
    ("a citizen", "its names and number", Does::SignsIn, 409),
    (
        "a citizen",
        "all data of the child",
        Does::ClaimsAndSignsIn,
        409,
    ),
    (
        "a thief",
        "the mother's token",
        Does::SignsWithHerToken,
        401,
    ),
    ("a thief", "what she signed", Does::BringsWhatSheSigned, 401),
    (
        "a thief",
        "her session token",
        Does::RegistersWithHerSession,
        401,
    ),
    ("a citizen", "who the mother is", Does::NamesHer, 422),
    ("a citizen", "the mother's data", Does::BringsTheMother, 409),
    (
        "a citizen",
        "the mother's number",
        Does::SignsUpAsTheMother,
        409,
    ),
    (
        "a citizen",
        "the mother's phone",
        Does::SignsUpWithHerPhone,
        201,
    ),
    ("a client", "her code", Does::ExchangesHerCode, 401),
    ("a client", "her refresh token", Does::RefreshesHers, 401),
    ("a citizen", "nothing", Does::ReadsWithTheirLogin, 403),
    (
        "a citizen",
        "all data of the child",
        Does::BringsItElevenTimes,
        429,
    ),
];

#[rstest]
#[tokio::test]
async fn nobody_gains_anything_by_what_they_typed(#[values(Sqlite, Postgres)] database: Database) {
    for (who, knows, does, gets) in ATTACKS {
        let app = TestApp::new(database).await;
        let world = app.world().await;
        let mother = Somebody::new(&world, 1).await;
        let thief = Somebody::new(&world, 2).await;
        let content = child(1);
        let id = world.import_child(&content).await;
        world.relate(id, mother.person_id, "VERIFIED", None).await;
        let hers = mother.gets_tokens_for(&content).await;
        let answer = attack(does, &thief, &mother, &content, &hers).await;
        assert_eq!(
            answer.status, gets,
            "{who} who knows {knows}: {does:?}: {answer:?}"
        );
        // No token of the child is theirs, whatever came of it.
        let theirs = format!(
            "applicant_person_id = {} AND user_id IN (SELECT id FROM users WHERE person_id = {})",
            crate::person_requests::id_in(database, thief.person_id),
            crate::person_requests::id_in(database, id),
        );
        assert_eq!(app.count("tokens", &theirs).await, 0, "{does:?}");
        // The mother has lost nothing.
        world.person(&hers.access).await.is(200);
        world.refresh(&hers.refresh).await.is(201);
        mother.gets_tokens_for(&content).await;
        let data = mother.logs_in().await.is(201).json()["data"].clone();
        assert_eq!(data["user_id"], json!(mother.user_id), "{does:?}");
    }
}

async fn attack(
    does: Does,
    thief: &Somebody<'_>,
    mother: &Somebody<'_>,
    content: &Value,
    hers: &Tokens,
) -> Answer {
    let world = thief.world;
    let app = world.app;
    let register = async |token: &str, signed: &str, jwt: &str| {
        let body =
            json!({ "signed_content": signed, "signed_content_encoding": "base64", "jwt": jwt });
        let api = app.api().bearer(token);
        api.post("/api/pis/confidant/sign-up_registration", &body)
            .await
    };
    match does {
        Does::Brings => thief.brings(content).await,
        Does::BringsByCertificate => {
            let mut content = content.clone();
            let person = &mut content["person"];
            person.as_object_mut().unwrap().shift_remove("tax_id");
            person["no_tax_id"] = json!(true);
            person["documents"][0]["number"] = json!("І-БК600001");
            thief.brings(&content).await
        }
        Does::BringsAnotherWithItsNumber => {
            let mut other = child(2);
            other["person"]["tax_id"] = content["person"]["tax_id"].clone();
            thief.brings(&other).await
        }
        Does::SignsIn => thief.acts_for(content).await,
        Does::ClaimsAndSignsIn => {
            refuses(&thief.brings(content).await, NOT_CONFIRMED);
            thief.acts_for(content).await
        }
        Does::SignsWithHerToken => {
            let signed = thief.sign(&mother.as_confidant(content.clone()));
            mother.validates(&signed).await
        }
        Does::BringsWhatSheSigned => {
            let signed = mother.sign(&mother.as_confidant(content.clone()));
            thief.validates(&signed).await
        }
        Does::RegistersWithHerSession => {
            let signed = mother.sign(&mother.as_confidant(content.clone()));
            let jwt = mother.validates(&signed).await.is(200).json()["data"]["token"].clone();
            let own = thief.sign(&thief.as_confidant(content.clone()));
            register(&thief.token, &own, jwt.as_str().unwrap()).await
        }
        Does::NamesHer => {
            let signed = thief.sign(&mother.as_confidant(content.clone()));
            thief.validates(&signed).await
        }
        Does::BringsTheMother => {
            let mut content = content.clone();
            let mut person = mother.own_content("+380501110001").await["person"].clone();
            for member in ["authentication_methods", "confidant_person"] {
                person[member] = content["person"][member].clone();
            }
            content["person"] = person;
            thief.brings(&content).await
        }
        Does::SignsUpAsTheMother => {
            let signed = thief.sign(&mother.own_content("+380501110097").await);
            world.validate_own(&signed).await
        }
        Does::SignsUpWithHerPhone => thief.signs_up("+380501110001").await,
        Does::ExchangesHerCode => {
            let browser = app.browser();
            let signed = mother.sign(&mother.search(content).await);
            let accept = world
                .enter_at(&browser, "/confidant/sign-in", &signed)
                .await;
            let code = browser.decide(&accept, "confirm").await.parameter("code");
            let body = json!({ "token": {
                "grant_type": "authorization_code", "client_id": crate::support::OTHER_CLIENT, "client_secret": SECRET,
                "code": code, "redirect_uri": REDIRECT_URI, "scope": "person:read",
            } });
            app.api().post("/oauth/tokens", &body).await
        }
        Does::RefreshesHers => {
            let body = json!({ "token": {
                "grant_type": "refresh_token", "client_id": crate::support::OTHER_CLIENT, "client_secret": SECRET,
                "refresh_token": hers.refresh,
            } });
            app.api().post("/oauth/tokens", &body).await
        }
        Does::ReadsWithTheirLogin => {
            let data = thief.logs_in().await.is(201).json()["data"].clone();
            world.person(data["value"].as_str().unwrap()).await
        }
        Does::BringsItElevenTimes => {
            for _ in 0..10 {
                refuses(&thief.brings(content).await, NOT_CONFIRMED);
                app.clock.advance(TimeDelta::minutes(1));
            }
            thief.brings(content).await
        }
    }
}
