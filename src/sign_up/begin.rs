//! How a sign-up begins: the check of what was signed, and a flow.

use super::{
    arrived::ValidEntry,
    confidant::{self, SCOPE},
    error::SignUpError,
    own, own_prepared,
    payload::{Phone, Registrant, SignUpPayload},
    signed::SignedContent,
};
use crate::{
    db::Held,
    journey::flow::{self, Stage},
    oauth::{bearer::bearer, error::OAuthError},
    paths,
    secrets::Plain,
    signed_content::repair_url,
};

/// The same check as `POST /api/pis/confidant/sign-up_validation`, and a flow that begins.
pub(super) async fn begin_confidant(
    arrived: &ValidEntry<'_>,
    mut held: Held,
) -> Result<String, SignUpError> {
    let (app, now) = (&arrived.page.app, arrived.now());
    let token = Plain::from(arrived.arrival.token);
    let people = &app.config.people;
    let bearer = bearer(held.link(), people, Some(&token), Some(SCOPE), now).await?;
    // What was signed for one client is brought by that client (authority §7).
    if bearer.token.client_id != arrived.arrival.client.id {
        return Err(OAuthError::InvalidAccessToken.into());
    }
    // What follows computes: the connection is for others meanwhile.
    drop(held);
    let text = repair_url(arrived.arrival.user_data);
    let content = SignedContent::from_text(text.clone());
    let validated = confidant::validate(app, &bearer, &content, now).await?;
    let payload = SignUpPayload {
        is_known: confidant::is_known_ward(app, &validated, now).await?,
        signed_content: text,
        session_token: validated.session_token,
        person: validated.person,
        patient_signed: validated.content.patient_signed,
        process_disclosure_data_consent: validated.content.process_disclosure_data_consent,
        who: Registrant::Confidant {
            bearer_token_id: bearer.token.id,
        },
    };
    begin(arrived, &payload, paths::CONFIDANT_SIGN_UP_FLOW).await
}

/// The same check as `POST /api/pis/sign-up_validation`, and a flow that begins.
pub(super) async fn begin_own(arrived: &ValidEntry<'_>) -> Result<String, SignUpError> {
    let text = repair_url(arrived.arrival.user_data);
    let content = SignedContent::from_text(text.clone());
    let (app, client_id) = (&arrived.page.app, Some(arrived.arrival.client.id));
    let validated = own::validate(app, &content, client_id, arrived.now()).await?;
    let number = own_prepared::phone_number(&validated.content).unwrap_or_default();
    let payload = SignUpPayload {
        is_known: validated.is_known,
        signed_content: text,
        session_token: validated.session_token,
        patient_signed: validated.content.patient_signed,
        process_disclosure_data_consent: validated.content.process_disclosure_data_consent,
        who: Registrant::Own(Phone {
            number: number.to_owned(),
            is_proven: false,
            ordered: None,
        }),
        person: validated.person,
    };
    begin(arrived, &payload, paths::SIGN_UP_FLOW).await
}

async fn begin(
    arrived: &ValidEntry<'_>,
    payload: &SignUpPayload,
    first_page: &'static str,
) -> Result<String, SignUpError> {
    let flow = arrived.new_flow(Stage::Details, payload.write()?, |id| {
        paths::of_flow(first_page, id)
    });
    let mut held = arrived.page.app.db.write().await?;
    flow::begin(held.link(), &flow).await?;
    Ok(flow.first_page)
}
