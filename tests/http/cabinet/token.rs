//! Cabinet 8.2.

use chrono::TimeDelta;
use dovira::{
    oauth::jwt::{self, Audience},
    random::Draw,
};
use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

use super::with;
use crate::support::{
    CONFIDANT_USER, Cabinet,
    Database::{self, Postgres, Sqlite},
    USER_REQUEST, body, changed, patient,
};

const GONE: &str = "User request is expired or not found";

/// B-01 to B-07, B-12
#[rstest]
#[tokio::test]
async fn b_01_tokens(#[values(Sqlite, Postgres)] database: Database) {
    let app = with(database, &[]).await;
    let cabinet = Cabinet::new(&app).await;
    let (id, jwt) = cabinet.proven().await;
    let code = json!(cabinet.code(&jwt).await);
    let sent = changed(body(patient()), &[("/otp", code.clone())]);
    let parts = &app.app;
    let issue = |key: &[u8; 64], audience, more: Value, life| {
        let jti = parts.random.uuid();
        jwt::issue(key, audience, jti, jti, more, app.now(), life).unwrap()
    };
    let (key, life) = (parts.keys.jwt(), TimeDelta::hours(1));
    let claim = json!({ "user_request_id": id });
    let good: Vec<&str> = jwt.split('.').collect();
    let invalid = "JWT is invalid";
    // The same token, but of another kind; signed with our key.
    let refresh = {
        use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
        let payload = URL_SAFE_NO_PAD.decode(good[1]).unwrap();
        let mut payload: Value = serde_json::from_slice(&payload).unwrap();
        payload["typ"] = json!("refresh");
        let text = format!(
            "{}.{}",
            good[0],
            URL_SAFE_NO_PAD.encode(payload.to_string())
        );
        let hmac = openssl::pkey::PKey::hmac(key).unwrap();
        let digest = openssl::hash::MessageDigest::sha512();
        let mut signer = openssl::sign::Signer::new(digest, &hmac).unwrap();
        let mac = signer.sign_oneshot_to_vec(text.as_bytes()).unwrap();
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(mac))
    };
    app.api()
        .post(USER_REQUEST, &sent)
        .await
        .refuses(401, "access_denied", invalid);
    let access = app
        .world()
        .await
        .issue(CONFIDANT_USER, "app:authorize", life)
        .await;
    for bad in [
        issue(&[7; 64], Audience::CabinetRegistration, claim.clone(), life),
        // {"alg":"none","typ":"JWT"}
        format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{}.", good[1]),
        // {"alg":"RS256","typ":"JWT"}
        format!(
            "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.{}.{}",
            good[1], good[2]
        ),
        issue(key, Audience::PisRegistration, claim.clone(), life),
        issue(key, Audience::MithrilLogin, claim.clone(), life),
        access,
        refresh,
        "x".to_owned(),
    ] {
        let answer = cabinet.post(&bad, &code, &sent).await;
        answer.refuses(401, "access_denied", invalid);
    }
    for more in [
        json!({ "email": "email@example.com" }),
        json!({ "user_request_id": "one" }),
        json!({ "user_request_id": null }),
    ] {
        let bad = issue(key, Audience::CabinetRegistration, more, life);
        let answer = cabinet.post(&bad, &code, &sent).await;
        answer.refuses(401, "access_denied", "invalid JWT claim");
    }
    assert_eq!(cabinet.attempts().await, 0);
    let brief = issue(
        key,
        Audience::CabinetRegistration,
        claim,
        TimeDelta::seconds(60),
    );
    app.clock.advance(TimeDelta::seconds(60));
    let answer = cabinet.post(&brief, &code, &sent).await;
    answer.refuses(401, "jwt_expired", "JWT expired");
    cabinet.post(&jwt, &code, &sent).await.is(201);
}

/// what is in the JWT of a proof (cabinet 2.3).
#[tokio::test]
async fn r_01_claims() {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let app = with(Sqlite, &[]).await;
    let cabinet = Cabinet::new(&app).await;
    let (id, jwt) = cabinet.proven().await;
    let parts: Vec<Value> = jwt
        .split('.')
        .take(2)
        .map(|part| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap())
        .collect();
    assert_eq!(parts[0], json!({ "typ": "JWT", "alg": "HS512" }));
    let now = app.now().timestamp();
    let mut claims = parts[1].clone();
    let jti = claims.as_object_mut().unwrap().shift_remove("jti").unwrap();
    assert!(Uuid::parse_str(jti.as_str().unwrap()).is_ok());
    assert_eq!(
        claims,
        json!({
            "aud": "cabinet-registration", "iss": "EHealth", "typ": "access", "sub": id, "user_request_id": id,
            "iat": now, "nbf": now - 1, "exp": now + 28_800,
        })
    );
}

/// Rows 1 and 3 come before the body, whatever it is; and such calls are counted.
#[rstest]
#[tokio::test]
async fn a_broken_body_comes_after_the_token(#[values(Sqlite, Postgres)] database: Database) {
    let app = with(database, &[]).await;
    let cabinet = Cabinet::new(&app).await;
    let (_, jwt) = cabinet.proven().await;
    let send = async |jwt: &str| {
        let api = app.api().bearer(jwt);
        let (method, kind) = (axum::http::Method::POST, Some("application/json"));
        let broken = axum::body::Body::from("{");
        api.send(method, USER_REQUEST, kind, broken).await
    };
    send("x")
        .await
        .refuses(401, "access_denied", "JWT is invalid");
    let nobody = cabinet.jwt(Uuid::from_u128(5));
    send(&nobody).await.refuses(409, "request_conflict", GONE);
    for _ in 0..10 {
        send(&jwt).await.is(400);
    }
    send(&jwt).await.is(429);
}

/// B-08, B-09, B-10
#[rstest]
#[tokio::test]
async fn b_08_proofs_that_are_gone(#[values(Sqlite, Postgres)] database: Database) {
    let app = with(database, &[]).await;
    let cabinet = Cabinet::new(&app).await;
    let refused = async |jwt: &str, code: &Value| {
        let answer = cabinet.post(jwt, code, &body(patient())).await;
        answer.refuses(409, "request_conflict", GONE);
    };
    let nobody = cabinet.jwt(Uuid::from_u128(5));
    refused(&nobody, &json!(1234)).await;
    let (_, late) = cabinet.proven().await;
    app.clock.advance(TimeDelta::minutes(60));
    let code = json!(cabinet.code(&late).await);
    refused(&late, &code).await;
    let (_, jwt) = cabinet.proven().await;
    let code = json!(cabinet.code(&jwt).await);
    cabinet.post(&jwt, &code, &body(patient())).await.is(201);
    let rows = cabinet.rows().await;
    refused(&jwt, &code).await;
    let code = json!(cabinet.code(&jwt).await);
    refused(&jwt, &code).await;
    assert_eq!(cabinet.attempts().await, 0);
    assert_eq!(cabinet.rows().await, rows);
}

/// B-11: one proof, one code, several calls at the same moment.
#[rstest]
#[tokio::test]
async fn b_11_one_proof_makes_one_account(#[values(Sqlite, Postgres)] database: Database) {
    let app = with(database, &[]).await;
    let cabinet = Cabinet::new(&app).await;
    let before = cabinet.rows().await;
    let (_, jwt) = cabinet.proven().await;
    let code = json!(cabinet.code(&jwt).await);
    let requests = (0..4)
        .map(|_| cabinet.later(USER_REQUEST, &jwt, &code, &body(patient())))
        .collect();
    let answers = app.at_once(requests).await;
    let mut statuses: Vec<_> = answers
        .iter()
        .map(|answer| answer.status.as_u16())
        .collect();
    statuses.sort_unstable();
    assert_eq!(statuses[0], 201);
    assert!(
        statuses[1..]
            .iter()
            .all(|status| matches!(status, 409 | 422)),
        "{statuses:?}"
    );
    for (before, after) in before.iter().zip(cabinet.rows().await) {
        assert_eq!(before + 1, after);
    }
}

/// Two proofs of one person, two phones, at the same moment: one account all the same.
#[rstest]
#[tokio::test]
async fn two_proofs_of_one_person_make_one_account(#[values(Sqlite, Postgres)] database: Database) {
    let app = with(database, &[]).await;
    let cabinet = Cabinet::new(&app).await;
    let mut requests = Vec::new();
    for phone in ["+380931234585", "+380931234586", "+380931234587"] {
        let (_, jwt) = cabinet.proven().await;
        let code = json!(cabinet.code_to(&jwt, phone).await);
        let pointer = "/authentication_methods/0/phone_number";
        let sent = body(changed(patient(), &[(pointer, json!(phone))]));
        requests.push(cabinet.later(USER_REQUEST, &jwt, &code, &sent));
    }
    let answers = app.at_once(requests).await;
    let good: Vec<_> = answers
        .iter()
        .filter(|answer| answer.status == 201)
        .collect();
    assert_eq!(good.len(), 1);
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        answer.refuses(409, "tax_id_exists", "User with this tax_id already exists");
    }
    assert_eq!(app.count("users", "tax_id = '3126509816'").await, 1);
    assert_eq!(app.count("persons", "tax_id = '3126509816'").await, 1);
}

/// Two people with one e-mail address at the same moment: it is the first one's.
#[rstest]
#[tokio::test]
async fn one_address_is_one_persons(#[values(Sqlite, Postgres)] database: Database) {
    let app = with(database, &[]).await;
    let cabinet = Cabinet::new(&app).await;
    let mut requests = Vec::new();
    for (tax_id, phone, day) in [
        ("3126509816", "+380931234585", "1991-08-19"),
        ("3126509817", "+380931234586", "1992-08-19"),
        ("3126509818", "+380931234587", "1993-08-19"),
    ] {
        let id = cabinet.proof(&[("/tax_id", json!(tax_id))]).await;
        let jwt = cabinet.jwt(id);
        let code = json!(cabinet.code_to(&jwt, phone).await);
        let changes = [
            ("/authentication_methods/0/phone_number", json!(phone)),
            ("/tax_id", json!(tax_id)),
            ("/birth_date", json!(day)),
            ("/unzr", json!(null)),
        ];
        let sent = body(changed(patient(), &changes));
        requests.push(cabinet.later(USER_REQUEST, &jwt, &code, &sent));
    }
    let answers = app.at_once(requests).await;
    let good: Vec<_> = answers
        .iter()
        .filter(|answer| answer.status == 201)
        .collect();
    assert_eq!(good.len(), 1);
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        answer.refuses(409, "email_exists", "User with this email already exists");
    }
    assert_eq!(app.count("users", "email = 'email@example.com'").await, 1);
}

/// B-13, B-14: nothing or everything; the code is used up, the proof is not.
#[rstest]
#[tokio::test]
async fn b_13_what_fails_leaves_nothing(#[values(Sqlite, Postgres)] database: Database) {
    let app = with(database, &[]).await;
    let cabinet = Cabinet::new(&app).await;
    let before = cabinet.rows().await;
    let (_, jwt) = cabinet.proven().await;
    let code = json!(cabinet.code(&jwt).await);
    app.execute("ALTER TABLE global_user_roles RENAME TO roles_elsewhere")
        .await;
    let answer = cabinet.post(&jwt, &code, &body(patient())).await;
    answer.refuses(500, "internal_error", "Internal server error.");
    app.execute("ALTER TABLE roles_elsewhere RENAME TO global_user_roles")
        .await;
    assert_eq!(cabinet.rows().await, before);
    assert_eq!(app.count("password_history", "1 = 1").await, 0);
    assert_eq!(app.count("cabinet_registrations", "1 = 1").await, 0);
    assert_eq!(app.count("verifications", "status = 'VERIFIED'").await, 1);
    let again = cabinet.post(&jwt, &code, &body(patient())).await;
    again.refuses_field("$.otp", "invalid", "Invalid verification code");
    let code = json!(cabinet.code(&jwt).await);
    cabinet.post(&jwt, &code, &body(patient())).await.is(201);
}

/// Cabinet §3.8: more than ten calls in a minute.
#[rstest]
#[tokio::test]
async fn calls_are_counted(#[values(Sqlite, Postgres)] database: Database) {
    let app = with(database, &[]).await;
    let cabinet = Cabinet::new(&app).await;
    let (_, jwt) = cabinet.proven().await;
    for _ in 0..10 {
        cabinet.post(&jwt, &json!(1), &json!({})).await.is(422);
    }
    let refused = cabinet.post(&jwt, &json!(1), &json!({})).await;
    refused.refuses(429, "too_many_requests", "too many requests");
    assert_eq!(refused.header("retry-after"), "60");
    let (_, other) = cabinet.proven().await;
    cabinet.post(&other, &json!(1), &json!({})).await.is(422);
    app.clock.advance(TimeDelta::seconds(60));
    cabinet.post(&jwt, &json!(1), &json!({})).await.is(422);
}
