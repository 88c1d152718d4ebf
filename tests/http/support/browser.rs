//! A browser: it keeps cookies and follows nothing by itself.

use std::{collections::BTreeMap, sync::Mutex};

use axum::{
    body::Body,
    http::{Method, Request, header},
};
use url::form_urlencoded;

use super::{Answer, TestApp};

/// One browser with its cookies.
pub struct Browser<'a> {
    app: &'a TestApp,
    cookies: Mutex<BTreeMap<String, String>>,
}

impl<'a> Browser<'a> {
    /// A browser that was never here.
    pub fn new(app: &'a TestApp) -> Self {
        Self {
            app,
            cookies: Mutex::default(),
        }
    }

    /// The names of its cookies.
    pub fn cookie_names(&self) -> Vec<String> {
        self.cookies.lock().unwrap().keys().cloned().collect()
    }

    /// Forgets a cookie.
    pub fn forget(&self, name: &str) {
        self.cookies.lock().unwrap().remove(name);
    }

    /// `GET path`.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], "", true).await
    }

    /// Where a redirect leads, on this same origin.
    pub async fn follow(&self, answer: &Answer) -> Answer {
        self.get(answer.see_other()).await
    }

    /// A form posted from a page of ours.
    pub async fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_form_with(path, fields, &[("sec-fetch-site", "same-origin")])
            .await
    }

    /// The same with these headers.
    pub async fn post_form_with(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Answer {
        self.send(Method::POST, path, headers, &encoded(fields), true)
            .await
    }

    /// A form posted from another site: the browser leaves the cookies of `SameSite=Lax` at home.
    pub async fn post_from_elsewhere(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let headers = [
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://pis.example"),
        ];
        self.send(Method::POST, path, &headers, &encoded(fields), false)
            .await
    }

    /// Presses a button of the form of `page`.
    pub async fn decide(&self, page: &Answer, decision: &str) -> Answer {
        let (path, csrf) = (page.path.as_str(), csrf_of(page));
        self.post_form(path, &[("csrf", &csrf), ("decision", decision)])
            .await
    }

    /// The press of a button, to be sent later.
    pub fn decide_later(&self, page: &Answer, decision: &str) -> Request<Body> {
        let fields = [("csrf", &*csrf_of(page)), ("decision", decision)];
        self.request(Method::POST, &page.path, &[], &encoded(&fields), true)
    }

    /// A form posted from a page of ours, to be sent later.
    pub fn form_later(&self, path: &str, fields: &[(&str, &str)]) -> Request<Body> {
        self.request(Method::POST, path, &[], &encoded(fields), true)
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        form: &str,
        with_cookies: bool,
    ) -> Answer {
        let request = self.request(method, path, headers, form, with_cookies);
        let answer = self.app.send(request).await;
        self.keep(&answer);
        answer
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        form: &str,
        with_cookies: bool,
    ) -> Request<Body> {
        let mut request = Request::builder().method(&method).uri(path);
        if method == Method::POST {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let cookies: Vec<_> = self
            .cookies
            .lock()
            .unwrap()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if with_cookies && !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        request.body(Body::from(form.to_owned())).unwrap()
    }

    fn keep(&self, answer: &Answer) {
        let mut kept = self.cookies.lock().unwrap();
        for cookie in answer.cookies() {
            let mut parts = cookie.split("; ");
            let (name, value) = parts.next().unwrap().split_once('=').unwrap();
            if parts.any(|part| part == "Max-Age=0") {
                kept.remove(name);
            } else {
                kept.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

/// The CSRF token of a page's form.
#[track_caller]
pub fn csrf_of(page: &Answer) -> String {
    let html = page.text();
    let (_, rest) = html
        .split_once("name=\"csrf\" value=\"")
        .unwrap_or_else(|| panic!("no form on {html}"));
    rest.split('"').next().unwrap().to_owned()
}

/// Fields as a form or a query.
pub fn encoded(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}
