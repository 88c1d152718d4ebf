//! How a browser comes in to a sign-up or a sign-in: what was signed, and a flow that begins; or a refusal, on a page or at
//! the client (§1.6, §2.3, §2.6).

use axum::{
    body::Bytes,
    extract::{RawQuery, rejection::BytesRejection},
    response::{IntoResponse, Response},
};

use super::{
    arrived::{EntryRefusal, ValidEntry, tells_client},
    begin,
    entry::Entry,
    error::SignUpError,
    sign_in_pages,
};
use crate::{
    db::Held,
    journey::{arrival::arrive, parameters::Parameters},
    web::{
        browser::{Browser, HandOver},
        error::PageError,
        page::{Page, see_other},
        session_store::session_expiry,
        stop::Stop,
    },
};

/// Comes in by a link.
pub async fn by_link(
    entry: Entry,
    page: Page,
    RawQuery(query): RawQuery,
) -> Result<Response, Stop> {
    let parameters = Parameters::read(query.unwrap_or_default().as_bytes());
    let begun = async {
        let browser = Browser::known_or_new(&page.session, &*page.app.random).await?;
        let address = enter(&page, entry, &parameters, &browser).await?;
        browser.keep(&page.session).await?;
        // The session lasts from now on as long as this flow may.
        page.session.set_expiry(Some(session_expiry()));
        Ok(see_other(&address))
    };
    begun
        .await
        .map_err(|stop: Stop| stop.entry(parameters.fields()))
}

/// The same by a form, since a container can outgrow an address. It comes from another site by nature: it carries no
/// cookie and needs none, since all it does is begin a flow.
pub async fn by_form(
    entry: Entry,
    page: Page,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Stop> {
    let body = body.map_err(|rejection| PageError::of_status(rejection.status()))?;
    let parameters = Parameters::read(&body);
    let browser = Browser::new(&*page.app.random);
    let address = enter(&page, entry, &parameters, &browser)
        .await
        .map_err(|stop| stop.entry(parameters.fields()))?;
    let hand_over = HandOver::give(&browser, &page.app.config.public_url);
    Ok((hand_over, see_other(&address)).into_response())
}

/// Checks the parameters in their order, then what was signed (§2.3, §5), and begins a flow; the address of its first page.
async fn enter(
    page: &Page,
    entry: Entry,
    parameters: &Parameters,
    browser: &Browser,
) -> Result<String, Stop> {
    let app = &page.app;
    let tells_client = tells_client(entry, app);
    let (arrival, held) = arrive(page, parameters, entry.needs(), tells_client).await?;
    let arrived = ValidEntry {
        page,
        entry,
        browser,
        arrival,
    };
    match begin(&arrived, held).await {
        Ok(address) => Ok(address),
        Err(error) => {
            let refusing = EntryRefusal {
                entry,
                app,
                words: page.locale.words(),
                back: arrived.arrival.back(),
            };
            Err(refusing
                .refusal_page(error, arrived.arrival.user_data)
                .await)
        }
    }
}

async fn begin(arrived: &ValidEntry<'_>, held: Held) -> Result<String, SignUpError> {
    match arrived.entry {
        Entry::ConfidantSignUp => begin::begin_confidant(arrived, held).await,
        Entry::SignUp => {
            // What follows computes: the connection is for others meanwhile.
            drop(held);
            begin::begin_own(arrived).await
        }
        Entry::SignIn | Entry::ConfidantSignIn => {
            drop(held);
            sign_in_pages::begin(arrived).await
        }
    }
}
