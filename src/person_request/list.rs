//! The list of a legal entity's requests (person requests 4.2).
//!
//! Requests are counted by the day they were made on, in a small table that triggers keep. Its sum is the total, exactly; and it says
//! on which day a page begins, so that the hundredth page of a million requests costs no more than the first.

use std::{
    collections::HashMap,
    num::{IntErrorKind, ParseIntError},
};

use axum::extract::RawQuery;
use chrono::{Days, NaiveTime};
use serde_json::{Value, json};

use super::{
    error::RequestError,
    store::{self, Day, Page, RequestStatus},
    upkeep,
};
use crate::{
    api::{Answer, Call, members::cast},
    invalid::{EntryType, Invalid, Rule},
    oauth::bearer::Staff,
};

const MOST: i64 = 300;
const ORDINARY: i64 = 50;

/// What a query asks for.
#[derive(Debug, PartialEq, Eq)]
struct ListQuery {
    status: Option<RequestStatus>,
    page: i64,
    page_size: i64,
}

/// Reads the query; members that are not known are passed over.
fn read_query(query: &str, staff: &Staff) -> Result<ListQuery, RequestError> {
    let members: HashMap<_, _> = url::form_urlencoded::parse(query.as_bytes()).collect();
    let text = |name: &str| {
        let text = members.get(name).map(|text| text.trim());
        text.filter(|text| !text.is_empty())
    };
    let mut invalid = Vec::new();
    let mut broken = |name: &str, rule: Rule| {
        invalid.push(Invalid {
            entry: Some(name.to_owned()),
            entry_type: EntryType::QueryParameter,
            rules: vec![rule],
        });
    };
    let status = text("status").and_then(|text| {
        let status = RequestStatus::from_name(text);
        if status.is_none() {
            broken(
                "status",
                inclusion(&RequestStatus::ALL.map(RequestStatus::as_str)),
            );
        }
        status
    });
    let mut number = |name: &str, least: i64, otherwise: i64| {
        let rule = match text(name).map(|text| (text, integer(text))) {
            None => return otherwise,
            Some((_, Some(number))) if number >= least => return number,
            Some((_, Some(_))) => positive(),
            Some((text, None)) => cast(&json!(text), "integer"),
        };
        broken(name, rule);
        otherwise
    };
    let page = number("page", 1, 1);
    // A size out of its range is brought into it (§4.2).
    let page_size = number("page_size", i64::MIN, ORDINARY).clamp(1, MOST);
    let own = staff.legal_entity_id().to_string();
    if text("legal_entity_id").is_some_and(|id| !id.eq_ignore_ascii_case(&own)) {
        broken("legal_entity_id", inclusion(&[own.as_str()]));
    }
    if invalid.is_empty() {
        Ok(ListQuery {
            status,
            page,
            page_size,
        })
    } else {
        Err(RequestError::Schema(invalid))
    }
}

/// An integer; one that is too long to be told apart from others as long as the longest.
fn integer(text: &str) -> Option<i64> {
    text.parse().map_or_else(
        |error: ParseIntError| match error.kind() {
            IntErrorKind::PosOverflow => Some(i64::MAX),
            IntErrorKind::NegOverflow => Some(i64::MIN),
            _ => None,
        },
        Some,
    )
}

fn inclusion(values: &[&str]) -> Rule {
    Rule::with_description(
        "inclusion",
        "value is not allowed in enum",
        json!({ "values": values }),
    )
}

fn positive() -> Rule {
    Rule::with_description(
        "number",
        "expected the value to be >= %{greater_than_or_equal_to}",
        json!({ "greater_than_or_equal_to": 1 }),
    )
}

/// Answers with a page.
///
/// # Errors
/// When the query is wrong or the database fails.
pub(super) async fn list(
    call: &Call,
    staff: &Staff,
    RawQuery(query): RawQuery,
) -> Result<Answer, RequestError> {
    let asked = read_query(&query.unwrap_or_default(), staff)?;
    let legal_entity_id = staff.legal_entity_id();
    upkeep::expire_in(&call.app, legal_entity_id, call.now).await?;
    let mut held = call.app.db.read().await?;
    let days = store::days(held.link(), legal_entity_id, asked.status).await?;
    let total: i64 = days.iter().map(|day| day.requests).sum();
    let offset = (asked.page - 1).saturating_mul(asked.page_size);
    let listed = match begins(&days, offset) {
        Some((day, skip)) => {
            let page = Page {
                legal_entity_id,
                status: asked.status,
                before: (day.day + Days::new(1)).and_time(NaiveTime::MIN).and_utc(),
                skip,
                limit: asked.page_size,
            };
            store::page(held.link(), &page).await?
        }
        None => Vec::new(),
    };
    let data: Vec<Value> = listed
        .into_iter()
        .map(|request| {
            let person = request.first_name.map(|first_name| {
                json!({
                    "first_name": first_name,
                    "last_name": request.last_name,
                    "second_name": request.second_name,
                })
            });
            json!({
                "id": request.id,
                "status": request.status,
                "person": person,
                "version": request.version,
            })
        })
        .collect();
    let paging = json!({
        "page_number": asked.page,
        "page_size": asked.page_size,
        "total_entries": total,
        "total_pages": (total + asked.page_size - 1) / asked.page_size,
    });
    Ok(Answer::ok(json!(data)).paging(paging))
}

/// The day on which the request at `offset` was made, and how many later ones of that day come before it.
fn begins(days: &[Day], offset: i64) -> Option<(Day, i64)> {
    let mut before = 0;
    for day in days {
        if offset < before + day.requests {
            return Some((*day, offset - before));
        }
        before += day.requests;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_begins_on_its_day() {
        let day = |day: &str, requests| Day {
            day: day.parse().unwrap(),
            requests,
        };
        let days = [
            day("2026-06-15", 2),
            day("2026-06-14", 0),
            day("2026-06-13", 3),
        ];
        let at = |offset| begins(&days, offset).map(|(day, skip)| (day.day.to_string(), skip));
        assert_eq!(at(0), Some(("2026-06-15".to_owned(), 0)));
        assert_eq!(at(1), Some(("2026-06-15".to_owned(), 1)));
        assert_eq!(at(2), Some(("2026-06-13".to_owned(), 0)));
        assert_eq!(at(4), Some(("2026-06-13".to_owned(), 2)));
        assert_eq!(at(5), None);
        assert_eq!(begins(&[], 0), None);
    }
}
