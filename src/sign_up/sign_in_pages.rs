//! The entries of a sign-in, which have no page of their own: whoever is identified is asked at once whether the client may
//! have what it asks for.

use super::{
    arrived::ValidEntry, confidant::ConfidantLookup, confidant_sign_in, entry::Entry,
    error::SignUpError, registration::issue_token, sign_in, signed::SignedContent,
};
use crate::{
    journey::{
        flow::{self, Stage},
        payload::ConsentPayload,
    },
    oauth::{
        grants::{self, LoginTokenFor},
        jwt::Audience,
    },
    paths,
    signed_content::repair_url,
};

/// The same as `POST /auth/login` and `POST /api/pis/confidant/login`, and a flow that begins with the consent: all of it
/// or nothing (§1.3, §1.4).
pub(super) async fn begin(arrived: &ValidEntry<'_>) -> Result<String, SignUpError> {
    let (app, now) = (&arrived.page.app, arrived.now());
    let content = SignedContent::from_text(repair_url(arrived.arrival.user_data));
    grants::check_login_grant(&arrived.arrival.client, Some(grants::PIS_AUTH))?;
    let (audience, client_id) = (Audience::MithrilLogin, arrived.arrival.client.id);
    let (mut tx, identified) = if arrived.entry == Entry::ConfidantSignIn {
        // The address has no token: the confidant is who signs (§14.1).
        let found = ConfidantLookup::BySignature;
        let prepared =
            confidant_sign_in::prepare(app, found, &content, audience, client_id, now).await?;
        let mut tx = app.db.begin().await?;
        let identified = confidant_sign_in::sign_in(&mut tx, app, prepared, now).await?;
        (tx, identified)
    } else {
        let prepared = sign_in::prepare(app, &content, audience, client_id, now).await?;
        let mut tx = app.db.begin().await?;
        let identified = sign_in::sign_in(&mut tx, app, prepared, now).await?;
        (tx, identified)
    };
    let whose = LoginTokenFor::Page;
    let issued = issue_token(&mut tx, app, &identified, client_id, whose, now).await?;
    let stage = Stage::Accept {
        token_id: issued.token.id,
    };
    let payload = ConsentPayload::new(
        &identified.patient_name,
        identified.confidant_name.as_deref(),
        identified.has_ended_others,
    )
    .to_value();
    let flow = arrived.new_flow(stage, payload, |id| paths::of_flow(paths::ACCEPT_FLOW, id));
    flow::begin(tx.link(), &flow).await?;
    tx.commit().await?;
    Ok(flow.first_page)
}
