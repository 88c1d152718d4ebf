//! A browser whose parameters are good, and how it is refused (§1.6, §2.6).

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{entry::Entry, error::SignUpError};
use crate::{
    api::ApiError,
    details::refusal::{self, Wrong},
    journey::{
        arrival::Arrival,
        back::Back,
        flow::{Flow, FlowId, Stage},
    },
    oauth::error::OAuthError,
    signed_content::repair_url,
    state::App,
    web::{
        browser::Browser, error::PageError, error_page::ReturnLink, page::Page, stop::Stop,
        words::Words,
    },
};

/// A sign-up or a sign-in that is refused, and where that is said.
pub(super) struct EntryRefusal<'a> {
    pub entry: Entry,
    pub app: &'a App,
    pub words: Words,
    pub back: Back<'a>,
}

/// Whether errors are told to the client and not to the person (§1.6).
pub(super) fn tells_client(entry: Entry, app: &App) -> bool {
    entry.is_sign_in() || app.config.redirect_errors
}

impl EntryRefusal<'_> {
    /// What is said of a refused sign-up or sign-in.
    ///
    /// # Errors
    /// Where there is nothing to add: the client is told itself (§2.6), or everything is registered already.
    pub(super) fn refusal(&self, error: SignUpError) -> Result<SignUpRefusal, Stop> {
        // What was signed is registered: nothing went wrong, and the client is told of no error.
        let tells_client = tells_client(self.entry, self.app);
        if matches!(error, SignUpError::SignatureUsed) && !tells_client {
            return Err(self.back.without_error(error.page()).into());
        }
        let code = error.redirect_code();
        let page = error.page();
        // The page of a blocked client says everything; the registry has no line for it.
        let is_told = matches!(error, SignUpError::OAuth(OAuthError::ClientBlocked));
        let api = ApiError::from(error);
        let message = if code == "server_error" {
            "Internal error."
        } else {
            &*api.message
        };
        let address = self.back.error_address(code, message);
        if tells_client {
            return Err(Stop::at_client(address));
        }
        Ok(SignUpRefusal {
            page: page.return_to(&self.back.client.name, &*address),
            wrongs: if is_told {
                Vec::new()
            } else {
                refusal::wrongs(self.words, &api)
            },
            return_to: self.back.link_to(address),
        })
    }

    /// The page of a refused entry: the translated lines, with the data they are about.
    pub(super) async fn refusal_page(&self, error: SignUpError, user_data: &str) -> Stop {
        let refusal = match self.refusal(error) {
            Ok(refusal) => refusal,
            Err(stop) => return stop,
        };
        if !refusal.is_about_data() {
            return refusal.without_data().into();
        }
        // Data are only judged once the signature is good: what it encloses is the signer's own.
        let text = repair_url(user_data);
        let content = tokio::task::spawn_blocking(move || refusal::read_enclosed_json(&text)).await;
        let Ok(Some(content)) = content else {
            return refusal.without_data().into();
        };
        let kind = self.entry.kind();
        let (lines, sent) = refusal::render_refused_data(
            self.words,
            &self.app.dictionaries(),
            &content,
            refusal.wrongs,
            kind,
        );
        refusal.page.lines(lines).with_submitted_data(sent).into()
    }
}

/// What is said of a refused sign-up, and where it is said.
pub(super) struct SignUpRefusal {
    pub page: PageError,
    pub wrongs: Vec<Wrong>,
    pub return_to: ReturnLink,
}

impl SignUpRefusal {
    /// Whether the data are to blame, of which the page shows the rows.
    pub fn is_about_data(&self) -> bool {
        self.wrongs.iter().any(Wrong::is_about_data)
    }

    pub fn without_data(self) -> PageError {
        self.page
            .lines(refusal::link(self.wrongs, &mut [], &mut []))
    }
}

/// A browser whose parameters are good.
pub(super) struct ValidEntry<'a> {
    pub page: &'a Page,
    pub entry: Entry,
    pub browser: &'a Browser,
    pub arrival: Arrival<'a>,
}

impl ValidEntry<'_> {
    /// A new flow of this browser, at the address that `address` makes of its id.
    pub fn new_flow(
        &self,
        stage: Stage,
        payload: Value,
        address: impl Fn(FlowId) -> String,
    ) -> Flow {
        let app = &self.page.app;
        let lives = (self.now(), self.now() + app.config.lives.registration);
        self.arrival
            .new_flow(&*app.random, self.browser, stage, payload, lives, address)
    }

    /// The moment of the request.
    pub fn now(&self) -> DateTime<Utc> {
        self.page.now
    }
}
