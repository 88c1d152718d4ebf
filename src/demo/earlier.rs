//! What happened before a case begins: on other days, through other programs, by other people. It is done when the case is
//! chosen, over HTTP as those programs would do it; only what the operator does is done in the process.
//!
//! ```text
//!  mother:   POST …/confidant_person ─▶ the same with a token ─▶ the child is registered, her relationship waits
//!  doctor:   POST /api/v2/person_requests ─▶ copies ─▶ approve (the code of the mother's phone) ─▶ sign
//!  operator: a provisioning file; a claim is confirmed
//! ```

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    cases::{Before, Plan},
    flag, sqlite_url,
    state::{Client, ask, token},
    world::{CLINIC_ID, Doctor, Parent, bring, child_of_mother},
};
use crate::{
    command::relationships,
    oauth::token::Subject,
    outside::sms::Gateway,
    paths,
    process::{CannotRun, Outcome},
    secrets::Plain,
    signed_content::base64,
    standing::store as standings,
};

/// Why the operator confirms.
const COMMENT: &str = "The birth certificate was shown.";

/// The smallest thing that looks like a JPEG.
const IMAGE: [u8; 4] = [0xff, 0xd8, 0xff, 0xe0];

/// Makes it happen.
///
/// # Errors
/// What went wrong, for the log.
pub async fn happen(client: &Client, plan: &Plan) -> Result<(), String> {
    match &plan.before {
        Before::Nothing => Ok(()),
        Before::Registered(content) => register_by_confidant(client, plan, content).await,
        Before::Requested(request) => request_by_doctor(client, request).await,
        Before::Provisioned {
            person_id,
            relationship_id,
            person,
        } => {
            let app = client.app();
            let file = child_of_mother(person.clone(), *person_id, *relationship_id);
            let brought = bring(app, &file, app.clock.now()).await;
            brought.map_err(|error| error.to_string())
        }
    }
}

/// The operator saw the papers and runs `dovira relationship confirm` for what a confidant claims about somebody of the registry;
/// false when nothing waits.
///
/// # Errors
/// When the database fails, or the command.
pub async fn confirm(
    client: &Client,
    person_id: Uuid,
    confidant: Parent,
) -> Result<bool, CannotRun> {
    let (of, by) = (confidant.person_id(), confidant.user_id());
    let pair = {
        let mut held = client.app().db.read().await?;
        standings::pair(held.link(), person_id, of, by).await?
    };
    let waiting = pair.facts.filter(|facts| facts.relationship.waits());
    let Some(waiting) = waiting else {
        return Ok(false);
    };
    let world = client.world();
    let words = [
        "confirm".into(),
        waiting.relationship.id.to_string().into(),
        flag("database-url", sqlite_url(&world.database())?.as_ref()),
        flag("secret", world.secret.expose().as_ref()),
        flag("comment", COMMENT.as_ref()),
    ];
    let outcome = relationships::run_words(words).await?;
    Ok(matches!(outcome, Outcome::Done))
}

/// Calls a route as another program would; `data` and `urgent` of the answer.
async fn call(
    request: reqwest::RequestBuilder,
    path: &'static str,
    bearer: &Plain,
    api_key: &Plain,
    body: &Value,
) -> Result<Value, String> {
    let request = request
        .bearer_auth(bearer.expose())
        .header("api-key", api_key.expose())
        .json(body);
    let (exchange, answer) = ask("", path, request).await;
    match exchange.status {
        Some(200..=299) => Ok(answer),
        status => Err(format!("{path} is answered with {status:?}")),
    }
}

/// A confidant registered somebody and went on to something else (sign-up §5.1, §5.2).
async fn register_by_confidant(
    client: &Client,
    plan: &Plan,
    content: &Value,
) -> Result<(), String> {
    let now = client.app().clock.now();
    let signed = client
        .world()
        .signer(plan.signer)
        .sign(content.to_string().as_bytes(), now)
        .map_err(|error| error.to_string())?;
    let bearer = client.confidants_token(plan).await?;
    let api_key = &client.world().api_key;
    let mut body =
        json!({ "signed_content": base64::encode(&signed), "signed_content_encoding": "base64" });
    let post = |path: &str| client.http().post(client.service(path));
    let path = paths::API_CONFIDANT_VALIDATION;
    let checked = call(post(path), path, &bearer, api_key, &body).await?;
    if let Some(members) = body.as_object_mut() {
        let session = checked.pointer("/data/token").cloned().unwrap_or_default();
        members.insert("jwt".to_owned(), session);
    }
    let path = paths::API_CONFIDANT_REGISTRATION;
    call(post(path), path, &bearer, api_key, &body).await?;
    Ok(())
}

/// A doctor registered somebody whose mother sat beside them (person requests §3, §4).
async fn request_by_doctor(client: &Client, request: &Value) -> Result<(), String> {
    let doctor = Subject {
        user_id: Doctor::USER,
        applicant: None,
    };
    let life = chrono::TimeDelta::minutes(5);
    let bearer = token(client.app(), doctor, CLINIC_ID, Doctor::SCOPE, life).await?;
    let api_key = &client.world().api_key;
    let http = client.http();
    let path = paths::API_V2_PERSON_REQUESTS;
    let post = http.post(client.service(path));
    let made = call(post, path, &bearer, api_key, request).await?;
    upload(client, &made).await?;
    let id = made.pointer("/data/id").and_then(Value::as_str);
    let id = id.ok_or("a person request has no id")?;
    let of = |path: &str| client.service(&path.replace("{id}", id));
    let path = paths::API_V2_PERSON_REQUEST_APPROVE;
    let code = json!({ "verification_code": code(client)? });
    let approved = call(http.patch(of(path)), path, &bearer, api_key, &code).await?;
    let mut content = approved.get("data").cloned().unwrap_or_default();
    if let Some(members) = content.as_object_mut() {
        members.insert("patient_signed".to_owned(), json!(true));
    }
    let signed = sign(client, &content)?;
    let path = paths::API_V2_PERSON_REQUEST_SIGN;
    call(http.patch(of(path)), path, &bearer, api_key, &signed).await?;
    Ok(())
}

/// The copies that the service asked for.
async fn upload(client: &Client, made: &Value) -> Result<(), String> {
    let links = made.pointer("/urgent/documents").and_then(Value::as_array);
    for link in links.into_iter().flatten() {
        let url = link.get("url").and_then(Value::as_str).unwrap_or_default();
        let put = client.http().put(url).body(IMAGE.to_vec());
        let put = put.header("content-type", "image/jpeg");
        let sent = put
            .send()
            .await
            .and_then(reqwest::Response::error_for_status);
        // The address proves that whoever has it may upload: it is nothing for a log.
        sent.map_err(|error| error.without_url().to_string())?;
    }
    Ok(())
}

/// The code that the mother read out to the doctor.
fn code(client: &Client) -> Result<u64, String> {
    let Gateway::Recorder(recorder) = &client.app().sms else {
        return Err("messages do not come to the pretend phone".to_owned());
    };
    let sent = recorder.messages().into_iter().rev();
    let mut sent = sent.filter(|sms| sms.phone_number.as_str() == Parent::Mother.phone_number());
    let code = sent.next().and_then(|sms| {
        let (_, code) = sms.body.rsplit_once(' ')?;
        code.trim().parse().ok()
    });
    code.ok_or_else(|| "no code came to the mother's phone".to_owned())
}

/// `content` as the doctor signs it.
fn sign(client: &Client, content: &Value) -> Result<Value, String> {
    let app = client.app();
    let now = app.clock.now();
    let world = client.world();
    let signed = world
        .newcomer(
            Doctor::LAST_NAME,
            Doctor::GIVEN_NAME,
            Doctor::TAX_ID,
            now,
            &*app.random,
        )
        .and_then(|doctor| Ok(doctor.sign(content.to_string().as_bytes(), now)?))
        .map_err(|error| error.to_string())?;
    Ok(json!({ "signed_content": base64::encode(&signed), "signed_content_encoding": "base64" }))
}
