//! How every page finds the flow of its browser.

use axum::http::StatusCode;
use uuid::Uuid;

use super::{
    back::Back,
    flow::{self, Flow, FlowId, Stage},
};
use crate::{
    oauth::{client::Client, store::TokenInHand, token::Token},
    paths,
    web::{
        browser::{Browser, HandOver},
        error::PageError,
        error_page::{ErrorLine, Problem},
        headers::FormEndsAt,
        page::Page,
        stop::Stop,
    },
};

/// The flow of an address, with the browser it belongs to and the client it came from.
#[derive(Debug)]
pub struct OwnFlow {
    /// The flow.
    pub flow: Flow,
    /// Its browser.
    pub browser: Browser,
    /// Its client.
    pub client: Client,
    /// Set when the flow was handed over with this request: the answer takes the hand-over cookie away.
    pub taken_over: Option<HandOver>,
}

impl OwnFlow {
    /// Finds the flow `id` for the browser of `page`. An unknown flow and a flow of another browser look alike.
    ///
    /// # Errors
    /// The page "session lost", or "flow expired" with the way back.
    pub async fn find(page: &Page, id: &str) -> Result<Self, PageError> {
        let id = FlowId::parse(id).ok_or_else(PageError::session_lost)?;
        let found = {
            let mut held = page.app.db.read().await?;
            flow::find_with_client(held.link(), id).await?
        };
        let (flow, client) = found.ok_or_else(PageError::session_lost)?;
        let (browser, taken_over) = Self::own(page, &flow).await?;
        let own = Self {
            flow,
            browser,
            client,
            taken_over,
        };
        if own.client.is_blocked {
            return Err(PageError::client_blocked());
        }
        if own.flow.is_expired(page.now) {
            return Err(own.expired_page());
        }
        Ok(own)
    }

    async fn own(page: &Page, flow: &Flow) -> Result<(Browser, Option<HandOver>), PageError> {
        if let Some(browser) = Browser::load(&page.session).await?
            && browser.hash().same(&flow.browser)
        {
            return Ok((browser, None));
        }
        let handed_over = page
            .handed_over()
            .filter(|browser| browser.hash().same(&flow.browser));
        if handed_over.is_none() {
            return Err(PageError::session_lost());
        }
        let browser = Browser::ensure(&page.session, &*page.app.random).await?;
        let mut held = page.app.db.write().await?;
        if !flow::hand_over(held.link(), flow, &browser.hash()).await? {
            return Err(PageError::session_lost());
        }
        Ok((browser, Some(HandOver::clear(&page.app.config.public_url))))
    }

    /// The page for a flow whose time is over.
    #[must_use]
    pub fn expired_page(&self) -> PageError {
        let life = self.flow.expires_at - self.flow.inserted_at;
        let minutes = u32::try_from(life.num_minutes()).unwrap_or(u32::MAX);
        let problem = match self.flow.stage {
            // A sign-in registers nobody.
            Stage::Accept { .. } if self.is_sign_in() => Problem::SignInExpired { minutes },
            Stage::Accept { .. } => Problem::AccessExpired { minutes },
            _ => Problem::FlowExpired { minutes },
        };
        self.error(
            StatusCode::GONE,
            problem,
            "flow_expired",
            "The flow has expired.",
        )
    }

    /// The token of a flow that waits for its consent, if it is good still: whoever acts for another may still do so (authority
    /// §5), and its time is not over. The right is asked first: housekeeping ends the token after it, and changes no answer.
    ///
    /// # Errors
    /// 403 when the right is over; 410 when the time is.
    pub fn may_act(&self, page: &Page, borne: Option<TokenInHand>) -> Result<Token, PageError> {
        let borne = borne.ok_or_else(|| self.expired_page())?;
        if borne.has_standing(&(&page.app.config.people).into(), page.now) {
            return Some(borne.token)
                .filter(|token| token.is_live(page.now))
                .ok_or_else(|| self.expired_page());
        }
        let words = page.locale.words();
        let line = ErrorLine::new(words.text("error-relationship-not-confirmed"));
        let (problem, why) = (Problem::NotAllowed, "Relationship not confirmed");
        let error = self.error(StatusCode::FORBIDDEN, problem, "standing_lost", why);
        Err(error.lines(vec![line]))
    }

    /// The page for a flow that is finished.
    #[must_use]
    pub fn finished_page(&self) -> PageError {
        PageError::new(StatusCode::CONFLICT, Problem::AlreadyDone, "flow_finished")
            .return_to(&self.client.name, self.flow.redirect_uri.as_str())
    }

    /// An error page with the way back to the client, which learns that the person was not let in.
    #[must_use]
    pub fn error(
        &self,
        status: StatusCode,
        problem: Problem,
        code: &'static str,
        description: &str,
    ) -> PageError {
        PageError::new(status, problem, code)
            .return_to(&self.client.name, self.flow.declined_address(description))
    }

    /// The same with a link that tries the page `again` once more.
    #[must_use]
    pub fn error_again(
        &self,
        status: StatusCode,
        problem: Problem,
        code: &'static str,
        again: &str,
    ) -> PageError {
        self.error(status, problem, code, "Too many requests.")
            .again(again)
    }

    /// Where a browser belongs whose flow is in the stage `Accept`.
    #[must_use]
    pub fn accept_address(&self) -> String {
        paths::of_flow(paths::ACCEPT_FLOW, self.flow.id)
    }

    /// Whether nothing comes before the consent.
    fn is_sign_in(&self) -> bool {
        self.flow.first_page == self.accept_address()
    }

    /// That the flow is at its first page still, the address `first_page`.
    ///
    /// # Errors
    /// Where it went; "session lost" where it belongs to another room.
    pub fn check_details(&self, first_page: &str) -> Result<(), Stop> {
        if self.flow.first_page != first_page {
            return Err(PageError::session_lost().into());
        }
        match self.flow.stage {
            Stage::Details => Ok(()),
            Stage::Accept { .. } => Err(Stop::at(&self.accept_address())),
            Stage::Accepted { .. } | Stage::Declined => Err(self.finished_page().into()),
        }
    }

    /// The token of the stage `Accept`.
    ///
    /// # Errors
    /// Where the flow is instead.
    pub fn check_accept(&self) -> Result<Uuid, Stop> {
        match self.flow.stage {
            Stage::Accept { token_id } => Ok(token_id),
            Stage::Details => Err(Stop::at(&self.flow.first_page)),
            Stage::Accepted { .. } | Stage::Declined => Err(self.finished_page().into()),
        }
    }

    /// The way back to the client.
    #[must_use]
    pub fn back(&self) -> Back<'_> {
        Back {
            client: &self.client,
            redirect_uri: &self.flow.redirect_uri,
            state: self.flow.state.as_deref(),
        }
    }

    /// Where the form of a page of this flow may end.
    #[must_use]
    pub fn form_ends_at(&self) -> FormEndsAt {
        FormEndsAt::of(self.flow.redirect_uri.origin())
    }
}
