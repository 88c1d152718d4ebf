//! A request as callers see it (person requests 3.4, 4.1).

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    current::CurrentMethod,
    error::RequestError,
    links,
    members::{mask_number, object},
    store::{Content, Request, RequestStatus},
};
use crate::{outside::files::UploadState, state::App};

/// `data` of a request that was just made: the body as it was sent.
pub(super) fn new_request_data(id: Uuid, body: &Value, authorize_with: Option<Uuid>) -> Value {
    let mut data = Map::new();
    data.insert("id".to_owned(), json!(id));
    data.insert("status".to_owned(), json!(RequestStatus::New.as_str()));
    add_body(&mut data, body);
    data.insert("channel".to_owned(), json!("MIS"));
    data.insert("authorize_with".to_owned(), json!(authorize_with));
    Value::Object(data)
}

/// `data` of a stored request: what is shown, printed and signed. A cleared one has no person and no form.
pub(super) fn data(request: &Request, status: RequestStatus) -> Value {
    let mut data = Map::new();
    data.insert("id".to_owned(), json!(request.id));
    data.insert("status".to_owned(), json!(status.as_str()));
    if let Some(content) = &request.content {
        add_body(&mut data, &content.body);
        show_third_person(&mut data, &content.current);
        data.insert("content".to_owned(), json!(content.printout));
    }
    data.insert("channel".to_owned(), json!(request.channel));
    data.insert("authorize_with".to_owned(), json!(request.authorize_with));
    Value::Object(data)
}

fn add_body(data: &mut Map<String, Value>, body: &Value) {
    for name in [
        "person",
        "patient_signed",
        "process_disclosure_data_consent",
    ] {
        if let Some(value) = body.get(name) {
            data.insert(name.to_owned(), value.clone());
        }
    }
}

/// The phone of the third person in the place of who they are (the seed; §6.4); where they have none, nothing.
fn show_third_person(data: &mut Map<String, Value>, current: &CurrentMethod) {
    let CurrentMethod::ThirdPerson { number, .. } = current else {
        return;
    };
    let methods = data
        .get_mut("person")
        .and_then(|person| person.get_mut("authentication_methods"))
        .and_then(Value::as_array_mut);
    for method in methods
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
    {
        if method.shift_remove("value").is_some()
            && let Some(number) = number
        {
            method.insert("phone_number".to_owned(), json!(mask_number(number)));
        }
    }
}

/// `urgent` of a request: how it is confirmed, and the links while they are of use.
///
/// # Errors
/// When the storage makes no links.
pub(super) fn urgent(
    app: &App,
    id: Uuid,
    current: &CurrentMethod,
    documents: &[String],
    now: DateTime<Utc>,
) -> Result<Value, RequestError> {
    let mut shown = Vec::new();
    for kind in documents {
        let url = app.media.upload_link(&links::object(id, kind)?, now)?;
        shown.push(json!({ "type": kind, "url": url }));
    }
    Ok(object([
        ("authentication_method_current", Some(current.answer_json())),
        ("documents", (!shown.is_empty()).then(|| json!(shown))),
    ]))
}

/// `urgent` of a stored request: links to upload while it is new, links to look at once it was approved, none when it
/// came to nothing.
///
/// # Errors
/// When the storage does not answer.
pub(super) async fn urgent_of(
    app: &App,
    request: &Request,
    content: &Content,
    status: RequestStatus,
    now: DateTime<Utc>,
) -> Result<Value, RequestError> {
    let mut shown = Vec::new();
    for kind in &content.documents {
        let object = links::object(request.id, kind)?;
        match status {
            RequestStatus::New => {
                let url = app.media.upload_link(&object, now)?;
                let is_uploaded = app.media.check_upload(&object, now).await? == UploadState::Jpeg;
                shown.push(json!({ "type": kind, "url": url, "is_uploaded": is_uploaded }));
            }
            RequestStatus::Approved | RequestStatus::Signed => {
                let url = app.media.download_link(&object, now)?;
                shown.push(json!({ "type": kind, "url": url, "is_uploaded": true }));
            }
            RequestStatus::Rejected | RequestStatus::Cancelled | RequestStatus::Expired => {}
        }
    }
    Ok(object([
        (
            "authentication_method_current",
            Some(content.current.answer_json()),
        ),
        ("documents", (!shown.is_empty()).then(|| json!(shown))),
    ]))
}
