//! A request is confirmed, given up, or its code is sent again (person requests 4.3, 4.5, 4.6).

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    create::{bound_to, send_code},
    current::CurrentMethod,
    error::RequestError,
    links,
    methods::time,
    store::{self, Content, Request, RequestStatus},
    versions::Version,
    view,
};
use crate::{
    api::{
        Answer, ApiError, Call,
        members::{self, Members},
    },
    oauth::bearer::Staff,
    outside::files::UploadState,
    state::App,
    verification::{Aim, Completion, GivenCode, complete},
};

/// Finds a request to act on: it is there, of this version, and not expired; then, that it is the caller's (§2.3).
///
/// # Errors
/// 404, 403.
pub(super) async fn own(
    call: &Call,
    staff: &Staff,
    version: Version,
    id: &str,
) -> Result<(Request, RequestStatus), RequestError> {
    let (request, status) = find(call, version, id).await?;
    if request.legal_entity_id != staff.legal_entity_id() {
        return Err(RequestError::Foreign);
    }
    Ok((request, status))
}

/// Finds a request, whosever it is.
///
/// # Errors
/// 404.
pub(super) async fn find(
    call: &Call,
    version: Version,
    id: &str,
) -> Result<(Request, RequestStatus), RequestError> {
    let id = Uuid::parse_str(id).map_err(|_| RequestError::NotFound)?;
    let found = {
        let mut held = call.app.db.read().await?;
        store::request(held.link(), id).await?
    };
    let request = found.ok_or(RequestError::NotFound)?;
    let status = request.status_at(call.now, call.app.config.person_requests.expiration);
    if request.version != version || status == RequestStatus::Expired {
        return Err(RequestError::NotFound);
    }
    Ok((request, status))
}

/// The code of an approval, if the body has one (§4.3): a number, or digits.
///
/// # Errors
/// Everything that is wrong with the body.
pub(super) fn code(body: &Map<String, Value>) -> Result<Option<GivenCode>, ApiError> {
    const NAME: &str = "verification_code";
    const DIGITS: &str = "^[0-9]+$";
    let mut members = Members::of(body);
    let value = members.get(NAME);
    let code = match value {
        None => None,
        Some(Value::String(text)) => {
            if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
                members.add_broken_rule(NAME, members::format(DIGITS));
            }
            Some(GivenCode::from_text(text))
        }
        Some(value) => {
            members.number(NAME, value);
            Some(GivenCode::of_json(value))
        }
    };
    members.only(&[NAME]);
    members.finish()?;
    Ok(code)
}

/// Approves a request (§4.3).
///
/// # Errors
/// The first rule of the table there that is broken.
pub(super) async fn approve(
    call: &Call,
    staff: &Staff,
    request: Request,
    status: RequestStatus,
    code: Option<GivenCode>,
) -> Result<Answer, RequestError> {
    let (app, now) = (&call.app, call.now);
    if status != RequestStatus::New {
        return Err(RequestError::Transition);
    }
    let content = content(&request)?;
    if content.current == CurrentMethod::Undetermined {
        return Err(RequestError::Undetermined);
    }
    if let Some(phone) = content.current.phone()? {
        let code = code.ok_or(RequestError::CodeMissing)?;
        let bound_to = bound_to(request.id);
        match complete(app, &phone, code, Aim::Only(&bound_to), now).await? {
            Completion::Verified(_) => {}
            Completion::Expired(_) => return Err(RequestError::CodeExpired),
            Completion::MaxAttempts(_) => return Err(RequestError::CodeAttempts),
            Completion::InvalidCode { .. } => return Err(RequestError::CodeInvalid),
            Completion::NotFound => return Err(RequestError::CodeNotFound),
        }
    }
    settle(app, &request, content, now).await?;
    {
        let mut held = app.db.write().await?;
        if !store::approve(held.link(), request.id, staff.user.id, now).await? {
            return Err(RequestError::Transition);
        }
    }
    Ok(Answer::ok(view::data(&request, RequestStatus::Approved)))
}

/// What was not cleared yet.
pub(super) fn content(request: &Request) -> Result<&Content, RequestError> {
    request
        .content
        .as_ref()
        .ok_or_else(|| RequestError::Internal("a request that waits has no data".to_owned()))
}

/// Every copy is there, and stays as it is from now on (row 9). Before the request is approved: should that fail, the copies
/// are good for the next try.
async fn settle(
    app: &App,
    request: &Request,
    content: &Content,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<(), RequestError> {
    let mut missing = Vec::new();
    for kind in &content.documents {
        let object = links::object(request.id, kind)?;
        if app.media.check_upload(&object, now).await? != UploadState::Jpeg {
            missing.push(kind.as_str());
        }
    }
    if !missing.is_empty() {
        return Err(RequestError::NotUploaded(missing.join(", ")));
    }
    for kind in &content.documents {
        let object = links::object(request.id, kind)?;
        app.media.settle(&object, now).await?;
        // What was looked at and what stays are the same file; had somebody replaced it in between by something else, it
        // is asked for again: nothing may stay in the way of the next upload.
        if app.media.check_upload(&object, now).await? != UploadState::Jpeg {
            app.media.remove(&object, now).await?;
            return Err(RequestError::NotUploaded(kind.clone()));
        }
    }
    Ok(())
}

/// Rejects a request (§4.5).
///
/// # Errors
/// 409 when it does not wait.
pub(super) async fn reject(
    call: &Call,
    staff: &Staff,
    request: Request,
    status: RequestStatus,
) -> Result<Answer, RequestError> {
    if !status.waits() {
        return Err(RequestError::Transition);
    }
    let mut held = call.app.db.write().await?;
    if !store::reject(held.link(), request.id, staff.user.id, call.now).await? {
        return Err(RequestError::Transition);
    }
    Ok(Answer::ok(view::data(&request, RequestStatus::Rejected)))
}

/// Sends the code again (§4.6); the way to confirm is judged before the status, as the seed lists them.
///
/// # Errors
/// The first rule of the table there that is broken.
pub(super) async fn resend(
    call: &Call,
    staff: &Staff,
    request: Request,
    status: RequestStatus,
) -> Result<Answer, RequestError> {
    let number = request
        .content
        .as_ref()
        .and_then(|content| content.current.number())
        .ok_or(RequestError::NotOtp)?;
    if status != RequestStatus::New {
        return Err(RequestError::NotNew);
    }
    let sent = send_code(&call.app, staff, request.id, number, call.now).await?;
    Ok(Answer::ok(json!({
        "id": sent.id,
        "status": sent.status.as_str(),
        "code_expired_at": time(sent.code_expired_at),
        "active": sent.is_active(),
    })))
}
