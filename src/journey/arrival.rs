//! How a browser comes in: the parameters in their order, for every entry; then a flow that begins (sign-up §2.3).

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::{
    back::Back,
    flow::{Flow, FlowId, Stage},
    parameters::{Needs, Parameters, registered_uri},
};
use crate::{
    db::{Held, Link},
    oauth::{client::Client, redirect_uri::RedirectUri, scope::Scopes, store},
    random::{Draw, Random},
    web::{browser::Browser, error::PageError, error_page::BadLink, page::Page, stop::Stop},
};

/// Who sent a browser here, for what, and where it returns to: all of it found good.
#[derive(Debug)]
pub struct Arrival<'a> {
    /// The client.
    pub client: Client,
    /// Where the browser returns to.
    pub redirect_uri: RedirectUri,
    /// What the client asks for.
    pub scope: Scopes,
    /// What the client wants back.
    pub state: Option<String>,
    /// What was signed; empty where the entry needs nothing signed.
    pub user_data: &'a str,
    /// The confidant's access token; empty where the entry needs none.
    pub token: &'a str,
}

/// Checks the parameters in their order (rows 1 to 9). The connection that the client was read with comes back with it: what
/// follows may have a question too. `tells_client`: what is wrong goes to the client as soon as its address is known to be
/// good, and not to the person (§1.6).
///
/// # Errors
/// The first thing that is wrong.
pub async fn arrive<'a>(
    page: &Page,
    parameters: &'a Parameters,
    needs: Needs,
    tells_client: bool,
) -> Result<(Arrival<'a>, Held), Stop> {
    let (client_id, redirect_uri) = parameters.destination().map_err(PageError::bad_link)?;
    let unknown = || PageError::bad_link(BadLink::ClientUnknown);
    let client_id = Uuid::parse_str(client_id).map_err(|_| unknown())?;
    let mut held = page.app.db.read().await?;
    let client = find_client(held.link(), client_id).await?;
    let client = client.ok_or_else(unknown)?;
    let redirect_uri = registered_uri(&client, redirect_uri)
        .ok_or_else(|| PageError::bad_link(BadLink::RedirectUriMismatch))?;
    let state = parameters.state();
    let back = Back {
        client: &client,
        redirect_uri: &redirect_uri,
        state: state.as_ref().ok().copied().flatten(),
    };
    let bad_link = |link| {
        let address = back.bad_link_address(link);
        if tells_client {
            Stop::at_client(address)
        } else {
            let page = PageError::bad_link(link);
            page.return_to(&client.name, address).into()
        }
    };
    let request = parameters.request(needs, &client).map_err(bad_link)?;
    let state = state.map_err(bad_link)?.map(str::to_owned);
    let arrival = Arrival {
        redirect_uri,
        scope: request.scope,
        state,
        user_data: request.user_data,
        token: request.token,
        client,
    };
    Ok((arrival, held))
}

/// The client of that id.
///
/// # Errors
/// The page for a client that is blocked.
pub async fn find_client(link: Link<'_>, id: Uuid) -> Result<Option<Client>, PageError> {
    let client = store::client(link, id).await?;
    if client.as_ref().is_some_and(|client| client.is_blocked) {
        return Err(PageError::client_blocked());
    }
    Ok(client)
}

impl Arrival<'_> {
    /// The way back to the client.
    #[must_use]
    pub fn back(&self) -> Back<'_> {
        Back {
            client: &self.client,
            redirect_uri: &self.redirect_uri,
            state: self.state.as_deref(),
        }
    }

    /// A new flow of `browser`, at the address that `first_page` makes of its id.
    pub fn new_flow(
        &self,
        random: &dyn Random,
        browser: &Browser,
        stage: Stage,
        payload: Value,
        lives: (DateTime<Utc>, DateTime<Utc>),
        first_page: impl Fn(FlowId) -> String,
    ) -> Flow {
        let id = FlowId(Uuid::from_bytes(random.bytes()));
        let (inserted_at, expires_at) = lives;
        Flow {
            id,
            browser: browser.hash(),
            first_page: first_page(id),
            stage,
            client_id: self.client.id,
            redirect_uri: self.redirect_uri.clone(),
            scope: self.scope.clone(),
            state: self.state.clone(),
            payload,
            inserted_at,
            expires_at,
        }
    }
}
