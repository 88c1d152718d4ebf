//! A flow at one of the steps of a registration, and what it keeps.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    error::CabinetError,
    fields::{
        self, CONTACTS, DETAILS, FieldFault, FieldFaults, FieldGroup, FieldTexts, ProviderIdentity,
        of_step,
    },
    rules::{Application, UserRequest},
    store,
    views::{StepContent, StepFrame, StepPage, document_types},
};
use crate::{
    journey::{
        codes::{CodeOrder, CodePayload},
        flow::FlowId,
        own_flow::OwnFlow,
        payload,
    },
    paths,
    person::{age::kyiv_day, schema},
    phone::PhoneNumber,
    state::App,
    web::{
        error::{CompleteAnswer, PageError},
        page::Page,
        stop::Stop,
    },
};

/// The address of the first step.
pub(super) fn first_page(id: FlowId) -> String {
    paths::of_flow(paths::CABINET_DETAILS, id)
}

/// A step as far as it was answered.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StepAnswers {
    pub typed: FieldTexts,
    pub is_good: bool,
}

/// Something that was found wrong with a field after its step.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LateFault {
    pub field: String,
    pub fault: FieldFault,
}

/// What a registration in the cabinet keeps from its beginning to its end.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct CabinetPayload {
    pub user_request_id: Uuid,
    pub proven: ProviderIdentity,
    #[serde(default)]
    pub details: StepAnswers,
    #[serde(default)]
    pub contacts: StepAnswers,
    #[serde(default)]
    pub told: Option<LateFault>,
    #[serde(default)]
    pub password: Option<String>,
    #[serde(default)]
    pub ordered: Option<CodeOrder>,
    /// Since when somebody tries a code.
    #[serde(default)]
    pub tried_at: Option<DateTime<Utc>>,
}

impl CabinetPayload {
    /// What a flow begins with.
    pub fn of(request: &UserRequest) -> Self {
        Self {
            user_request_id: request.id,
            proven: ProviderIdentity {
                tax_id: request.tax_id.clone(),
                first_name: request.first_name.clone(),
                last_name: request.last_name.clone(),
                second_name: request.second_name.clone(),
                email: request.email.clone(),
            },
            ..Self::default()
        }
    }

    /// The first step that is not done.
    pub fn next(&self) -> &'static str {
        if !self.details.is_good {
            paths::CABINET_DETAILS
        } else if !self.contacts.is_good {
            paths::CABINET_CONTACTS
        } else if self.password.is_none() {
            paths::CABINET_PASSWORD
        } else {
            paths::CABINET_CODE
        }
    }

    /// Whether both steps are answered as they are in `other`.
    pub fn is_answered_as(&self, other: &Self) -> bool {
        self.details == other.details && self.contacts == other.contacts
    }

    /// What was found wrong with these fields after their step.
    pub fn told_of(&self, groups: &'static [FieldGroup]) -> FieldFaults {
        let told = self.told.iter();
        told.filter_map(|told| {
            let field = of_step(groups).find(|field| field.name == told.field)?;
            Some((field.name, told.fault))
        })
        .collect()
    }

    /// Forgets what was found wrong with these fields: they are answered anew.
    pub fn forget(&mut self, groups: &'static [FieldGroup]) {
        if !self.told_of(groups).is_empty() {
            self.told = None;
        }
    }
}

impl CodePayload for CabinetPayload {
    fn last_order(&mut self) -> Option<&mut Option<CodeOrder>> {
        Some(&mut self.ordered)
    }

    fn number(&self) -> Result<PhoneNumber, PageError> {
        fields::phone(&self.contacts.typed).ok_or_else(|| {
            tracing::error!("a flow whose phone gets no codes");
            PageError::internal()
        })
    }

    fn content_hash(&self) -> Result<Option<String>, PageError> {
        Ok(None)
    }
}

/// A flow at one of the steps.
pub(super) struct FlowAtStep {
    pub own: OwnFlow,
    pub payload: CabinetPayload,
}

/// The flow of a request.
///
/// # Errors
/// Where it went.
pub(super) async fn find(page: &Page, id: &str) -> Result<FlowAtStep, Stop> {
    let own = OwnFlow::find(page, id).await?;
    own.check_details(&first_page(own.flow.id))?;
    let payload = payload::read(&own.flow)?;
    Ok(FlowAtStep { own, payload })
}

/// Where the flow went whose proof of identity is over or used: used by a press that was faster, it has gone where that one
/// led.
pub(super) async fn find_end(page: &Page, here: &FlowAtStep) -> Stop {
    match find(page, &here.id().to_string()).await {
        Ok(here) => here.own.finished_page().into(),
        Err(stop) => stop,
    }
}

impl FlowAtStep {
    pub fn id(&self) -> FlowId {
        self.own.flow.id
    }

    pub fn address(&self, pattern: &str) -> String {
        paths::of_flow(pattern, self.id())
    }

    /// Where the flow goes on.
    pub fn next(&self) -> String {
        self.address(self.payload.next())
    }

    pub fn frame(
        &self,
        page: &Page,
        action: &str,
        back: Option<&str>,
    ) -> Result<StepFrame, PageError> {
        let (action, leave) = (self.address(action), self.address(paths::CABINET_LEAVE));
        let csrf = |path: &str| self.own.browser.csrf(&page.app.keys, path);
        Ok(StepFrame {
            client_name: self.own.client.name.clone(),
            expires_at: self.own.flow.expires_at,
            back: back.map(|pattern| self.address(pattern)),
            csrf: csrf(&action)?,
            leave_csrf: csrf(&leave)?,
            action,
            leave,
        })
    }

    /// Changes what the flow keeps, as it stands now: another tab may have answered another step meanwhile.
    pub async fn keep(
        &mut self,
        page: &Page,
        with: impl FnOnce(&mut CabinetPayload),
    ) -> Result<(), PageError> {
        let changed = payload::change(&page.app, self.id(), |kept: &mut CabinetPayload| {
            with(kept);
            Ok(kept.clone())
        });
        // A flow that moved on meanwhile tells so itself.
        if let Some(kept) = changed.await? {
            self.payload = kept;
        }
        Ok(())
    }

    /// The proof of identity, which must be good now.
    pub async fn live_request(&self, page: &Page) -> Result<UserRequest, Stop> {
        let request = {
            let mut held = page.app.db.read().await?;
            store::user_request(held.link(), self.payload.user_request_id).await?
        };
        match request.filter(|request| request.is_live(page.now)) {
            Some(request) => Ok(request),
            None => Err(find_end(page, self).await),
        }
    }

    /// What was typed, judged whole.
    pub fn application(
        &self,
        app: &App,
        request: UserRequest,
        now: DateTime<Utc>,
    ) -> Result<Application, CabinetError> {
        let CabinetPayload {
            proven,
            details,
            contacts,
            ..
        } = &self.payload;
        let patient = fields::patient(proven, &details.typed, &contacts.typed);
        let limits = app.config.people.limits();
        Application::judge(request, patient, &limits, kyiv_day(now))
    }

    /// The schema's faults of a step, and whether the provider's own data break a rule.
    pub fn schema_faults(&self, page: &Page, number: u32) -> (FieldFaults, bool) {
        let CabinetPayload {
            proven,
            details,
            contacts,
            ..
        } = &self.payload;
        let patient = fields::patient(proven, &details.typed, &contacts.typed);
        let body = serde_json::json!({ "otp": 0, "password": "", "patient": patient });
        let invalid = schema::check_cabinet(&page.app.dictionaries(), &body);
        let (step, typed) = match number {
            1 => (DETAILS, &details.typed),
            _ => (CONTACTS, &contacts.typed),
        };
        let (mut faults, mut is_locked_wrong) = fields::faults(step, typed, &invalid);
        // What the provider told is no field: nobody could mend it.
        let locked = [
            ("second_name", proven.second_name.is_some()),
            ("email", proven.email.is_some()),
        ];
        for (name, is_locked) in locked {
            is_locked_wrong |= is_locked && faults.remove(name).is_some();
        }
        fields::missing(step, typed, proven, &mut faults);
        (faults, is_locked_wrong)
    }

    pub fn step_page(
        &self,
        page: &Page,
        number: u32,
        faults: &FieldFaults,
        is_locked_wrong: bool,
    ) -> Result<Response, PageError> {
        let (groups, typed, action, back) = match number {
            1 => (
                DETAILS,
                &self.payload.details.typed,
                paths::CABINET_DETAILS,
                None,
            ),
            _ => (
                CONTACTS,
                &self.payload.contacts.typed,
                paths::CABINET_CONTACTS,
                Some(paths::CABINET_DETAILS),
            ),
        };
        let dictionaries = page.app.dictionaries();
        let step = StepContent {
            number,
            groups,
            typed,
            proven: &self.payload.proven,
            faults,
            is_locked_wrong,
            dictionaries: &dictionaries,
            document_types: document_types(&page.app.config),
        };
        let view = StepPage::new(page.layout(), self.frame(page, action, back)?, &step);
        let status = if faults.is_empty() && !is_locked_wrong {
            StatusCode::OK
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        };
        Ok((status, CompleteAnswer, self.own.form_ends_at(), view).into_response())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What flows hold that an earlier release began: the proof alone, and everything up to the code.
    #[test]
    fn what_was_kept_before_is_read() {
        let mut kept = json!({
            "user_request_id": "00000000-0000-0000-0000-000000000001",
            "proven": { "tax_id": "3126509816", "first_name": "Петро", "last_name": "Іванов", "second_name": null, "email": null },
        });
        let read = CabinetPayload::deserialize(&kept).unwrap();
        assert_eq!(read.next(), paths::CABINET_DETAILS);
        kept["details"] = json!({ "typed": { "birth_date": "1985-08-07" }, "is_good": true });
        kept["contacts"] = json!({ "typed": { "email": "petro@example.com" }, "is_good": true });
        kept["told"] = json!({ "field": "email", "fault": "missing" });
        kept["password"] = json!("$argon2id$");
        kept["ordered"] =
            json!({ "sent_at": null, "next_at": "2026-06-15T12:01:00Z", "news": "not_sent" });
        let read = CabinetPayload::deserialize(&kept).unwrap();
        assert_eq!(read.next(), paths::CABINET_CODE);
        assert_eq!(serde_json::to_value(&read).unwrap()["told"], kept["told"]);
    }
}
