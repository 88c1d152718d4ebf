//! What a flow keeps from one page to the next.
//!
//! Each room that begins flows has a payload of its own; what an earlier release wrote is read too, so a member that is new
//! has a default.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::flow::{self, Flow, FlowId, Stage};
use crate::{state::App, web::error::PageError};

/// What a flow keeps.
///
/// # Errors
/// 500 when it keeps something else.
pub fn read<P: DeserializeOwned>(flow: &Flow) -> Result<P, PageError> {
    P::deserialize(&flow.payload).map_err(|_| {
        tracing::error!("a flow without its payload");
        PageError::internal()
    })
}

/// A payload as a flow keeps it.
///
/// # Errors
/// 500 when it cannot be written as JSON.
pub fn write<P: Serialize>(payload: &P) -> Result<Value, PageError> {
    serde_json::to_value(payload).map_err(|error| {
        tracing::error!(%error, "internal error");
        PageError::internal()
    })
}

/// Changes what a flow keeps as it stands now, not as it stood when the request came: nobody else changes it meanwhile.
/// Gives what `with` gives; none, and nothing is changed, when the flow moved on, which tells so itself.
///
/// # Errors
/// Those of `with`; 500 or 503 when the database fails.
pub async fn change<P: Serialize + DeserializeOwned, T>(
    app: &App,
    id: FlowId,
    with: impl FnOnce(&mut P) -> Result<T, PageError>,
) -> Result<Option<T>, PageError> {
    let mut tx = app.db.begin().await?;
    let flow = flow::find_locked(tx.link(), id).await?;
    let Some(flow) = flow.filter(|flow| flow.stage == Stage::Details) else {
        return Ok(None);
    };
    let mut payload: P = read(&flow)?;
    let answer = with(&mut payload)?;
    let kept = write(&payload)?;
    if kept != flow.payload {
        flow::keep(tx.link(), &flow, &kept).await?;
        tx.commit().await?;
    }
    Ok(Some(answer))
}

/// What a flow keeps for the page "Accept scopes".
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ConsentPayload {
    /// The patient's name.
    pub patient_name: String,
    /// The name of the confidant who is signed in for them.
    pub confidant_name: Option<String>,
    /// Whether another's access ended because the patient came themselves.
    pub has_ended_others: bool,
    /// The application that just lost its access.
    pub revoked: Option<String>,
}

impl ConsentPayload {
    /// The names on the page, and whether another's access ended on the way to it.
    #[must_use]
    pub fn new(patient: &str, confidant: Option<&str>, has_ended_others: bool) -> Self {
        Self {
            patient_name: patient.to_owned(),
            confidant_name: confidant.map(str::to_owned),
            has_ended_others,
            revoked: None,
        }
    }

    /// The same as a flow keeps it.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut kept = json!({
            "patient_name": self.patient_name,
            "confidant_name": self.confidant_name,
            "has_ended_others": self.has_ended_others,
        });
        if let (Some(name), Value::Object(members)) = (&self.revoked, &mut kept) {
            members.insert("revoked".to_owned(), json!(name));
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the first release wrote, and a flow that is over.
    #[test]
    fn what_was_kept_before_is_read() {
        let first = json!({ "patient_name": "Іванов Петро", "confidant_name": null });
        let read = ConsentPayload::deserialize(&first).unwrap();
        assert_eq!(read, ConsentPayload::new("Іванов Петро", None, false));
        let over = ConsentPayload::deserialize(&json!({})).unwrap();
        assert_eq!(over, ConsentPayload::default());
    }

    #[test]
    fn what_is_kept_is_read_again() {
        let mut payload = ConsentPayload::new("Іванов Петро", Some("Іванова Ганна"), true);
        assert_eq!(payload.to_value().get("revoked"), None);
        payload.revoked = Some("Ромашка".to_owned());
        let read = ConsentPayload::deserialize(&payload.to_value()).unwrap();
        assert_eq!(read, payload);
    }
}
