//! What came back.

use axum::http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

use super::expect::assert_json;

/// An answer with its body.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The path that was asked.
    pub path: String,
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as text.
    #[track_caller]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body is UTF-8")
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        assert_eq!(
            self.header("content-type"),
            "application/json",
            "{}",
            self.text()
        );
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }

    /// A header that must be there once.
    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        let values: Vec<_> = self.headers.get_all(name).iter().collect();
        assert_eq!(values.len(), 1, "{name}: {values:?} in {:?}", self.status);
        values[0].to_str().expect("the header is text")
    }

    /// Every `Set-Cookie`.
    pub fn cookies(&self) -> Vec<&str> {
        self.headers
            .get_all(header::SET_COOKIE)
            .iter()
            .map(|value| value.to_str().expect("the cookie is text"))
            .collect()
    }

    /// The same answer, after a look at its status.
    #[track_caller]
    pub fn is(&self, status: u16) -> &Self {
        let body = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status.as_u16(), status, "{}: {body}", self.path);
        self
    }

    /// Where a redirect of this status leads.
    #[track_caller]
    pub fn leads(&self, status: u16) -> &str {
        self.is(status).header("location")
    }

    /// A 303, the answer to a form.
    #[track_caller]
    pub fn see_other(&self) -> &str {
        self.leads(303)
    }

    /// One parameter of the address that a redirect leads to.
    #[track_caller]
    pub fn parameter(&self, name: &str) -> Option<String> {
        let address = url::Url::parse(self.header("location")).expect("an absolute address");
        let found = address.query_pairs().find(|(known, _)| known == name);
        found.map(|(_, value)| value.into_owned())
    }

    /// JSON: `meta` and `data`, whole.
    #[track_caller]
    pub fn gives(&self, status: u16, data: Value) -> Value {
        let body = self.is(status).json();
        let expected = json!({ "meta": self.meta(status, &data), "data": data });
        assert_json(&body, &expected);
        self.request_id_is_the_same(&body);
        body["data"].clone()
    }

    /// JSON: an error with its message, whole.
    #[track_caller]
    pub fn refuses(&self, status: u16, kind: &str, message: &str) {
        self.refuses_with(status, kind, message, None);
    }

    /// JSON: an error tied to entries, whole.
    #[track_caller]
    pub fn refuses_with(&self, status: u16, kind: &str, message: &str, invalid: Option<Value>) {
        let body = self.is(status).json();
        let mut error = json!({ "message": message, "type": kind });
        if let Some(invalid) = invalid {
            error["invalid"] = invalid;
        }
        assert_json(
            &body,
            &json!({ "meta": self.meta(status, &Value::Null), "error": error }),
        );
        self.request_id_is_the_same(&body);
    }

    /// 422 for one entry of the registry's own rules (decisions §3 "Shape of a business 422"), whole.
    #[track_caller]
    pub fn refuses_field(&self, entry: &str, rule: &str, message: &str) {
        let rule = json!({ "rule": rule, "description": message, "params": [] });
        let item = json!({ "entry": entry, "entry_type": "json_data_property", "rules": [rule] });
        self.refuses_with(422, "validation_failed", message, Some(json!([item])));
    }

    fn meta(&self, status: u16, data: &Value) -> Value {
        let mut url = format!("{}{}", super::PUBLIC_URL, self.path);
        if let (201, Some(_)) = (status, data.get("id")) {
            url.push_str("/[uuid]");
        }
        json!({ "code": status, "url": url, "type": "object", "request_id": "[uuid]" })
    }

    #[track_caller]
    fn request_id_is_the_same(&self, body: &Value) {
        assert_eq!(body["meta"]["request_id"], self.header("x-request-id"));
    }

    /// A page, whatever its status: HTML with the headers that every page has (§2.7, design 4.7).
    #[track_caller]
    pub fn page(&self, status: u16) -> &str {
        let html = self.is(status).text();
        assert_eq!(self.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(self.header("x-frame-options"), "DENY");
        assert_eq!(self.header("x-content-type-options"), "nosniff");
        assert_eq!(self.header("referrer-policy"), "no-referrer");
        assert_eq!(self.header("cache-control"), "no-store");
        let policy = self.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; "), "{policy}");
        assert!(policy.contains("; frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(html.matches("<h1").count(), 1, "{html}");
        html
    }

    /// The heading of a page.
    #[track_caller]
    pub fn heading(&self) -> String {
        let (_, rest) = self.text().split_once("<h1>").expect("a heading");
        text_of(rest.split_once("</h1>").expect("its end").0)
    }

    /// What a person reads on a page, without markup.
    #[track_caller]
    pub fn words(&self) -> String {
        text_of(self.text())
    }

    /// The address of the link back to the client, where there is one.
    #[track_caller]
    pub fn way_back(&self) -> Option<String> {
        let links: Vec<_> = self
            .text()
            .split("href=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .filter(|href| href.contains("://"))
            .map(unescaped)
            .collect();
        assert!(links.len() <= 1, "{links:?}");
        links.into_iter().next()
    }
}

/// HTML without tags and with its entities undone.
fn text_of(html: &str) -> String {
    let mut text = String::new();
    let mut is_inside = false;
    for character in html.chars() {
        match character {
            '<' => is_inside = true,
            '>' => {
                is_inside = false;
                text.push(' ');
            }
            _ if is_inside => {}
            other => text.push(other),
        }
    }
    unescaped(&text)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

fn unescaped(text: &str) -> String {
    text.replace("&#38;", "&")
        .replace("&amp;", "&")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#60;", "<")
        .replace("&#62;", ">")
}
