//! The JSON route of a registration in the cabinet (cabinet §3).

use axum::{Router, routing::post};
use serde_json::{Map, Value, json};

use super::{
    error::CabinetError,
    registration::{
        NewPassword, RegistrationSource, check_password, note_refusal, open_jwt, patient_json,
        prepare, register, take_code, user_request,
    },
    rules::{Application, Form, UserRequest, check_consent},
};
use crate::{
    api::{Answer, ApiError, Body, Call},
    oauth::grants::LoginTokenFor,
    paths,
    person::age::kyiv_day,
    state::App,
};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route(paths::CABINET_USER_REQUEST, post(answer))
        .route(paths::API_CABINET_USER_REQUEST, post(answer))
}

async fn answer(call: Call, body: Result<Body, ApiError>) -> Result<Answer, ApiError> {
    let app = &call.app;
    let id = open_jwt(app, call.bearer.as_ref(), call.now)?;
    let answered = match user_request(app, id, call.now).await {
        Ok(request) => {
            let Body(body) = body?;
            registration(&call, request, body).await
        }
        Err(error) => Err(error),
    };
    match &answered {
        Ok(_) => tracing::info!(user_request_id = %id, "registered in the cabinet"),
        Err(error) => {
            tracing::info!(user_request_id = %id, reason = error.code(), "not registered in the cabinet");
            note_refusal(app, id, error, call.client_address, call.now).await;
        }
    }
    Ok(answered?)
}

/// The registration in the order of §3.6, from row 4 on.
async fn registration(
    call: &Call,
    request: UserRequest,
    body: Map<String, Value>,
) -> Result<Answer, CabinetError> {
    let (app, now) = (&call.app, call.now);
    let form = Form::read(&app.dictionaries(), body)?;
    check_consent(&form.patient)?;
    check_password(app, &form.password)?;
    let limits = app.config.people.limits();
    let application = Application::judge(request, form.patient, &limits, kyiv_day(now))?;
    let typed = NewPassword::Typed(form.password);
    let password = prepare(app, &application, typed, now).await?;
    take_code(app, &application.phone, form.otp, now).await?;
    let mut tx = app.db.begin().await?;
    let registered = register(
        &mut tx,
        app,
        application,
        &password,
        RegistrationSource {
            whose: LoginTokenFor::Caller,
            client_address: call.client_address,
        },
        now,
    )
    .await?;
    tx.commit().await?;
    let (person, phone) = (&registered.person, &registered.phone);
    Ok(Answer::created_resource(json!({
        "patient": patient_json(&registered),
        "factor": { "type": "SMS", "factor": phone.as_str(), "is_active": true },
        "user": { "tax_id": person.tax_id, "email": person.email },
        "access_token": registered.token.value.expose(),
    })))
}
