//! Every address, in one place: for the router, the templates and the redirects.

/// What this is.
pub const HOME: &str = "/";
/// How usable the pages are.
pub const ACCESSIBILITY: &str = "/accessibility";
/// What the pages keep.
pub const PRIVACY: &str = "/privacy";
/// Static files, by a name with the hash of their content.
pub const STATIC: &str = "/static/{name}";
/// The process runs.
pub const LIVE: &str = "/health/live";
/// The process can serve.
pub const READY: &str = "/health/ready";

/// The entry of a confidant's sign-up.
pub const CONFIDANT_SIGN_UP: &str = "/confidant/sign-up";
/// The details of a confidant's sign-up.
pub const CONFIDANT_SIGN_UP_FLOW: &str = "/confidant/sign-up/{flow}";
/// The details were not confirmed.
pub const CONFIDANT_SIGN_UP_DECLINED: &str = "/confidant/sign-up/{flow}/declined";
/// The entry of a person's own sign-up.
pub const SIGN_UP: &str = "/sign-up";
/// The details of a person's own sign-up.
pub const SIGN_UP_FLOW: &str = "/sign-up/{flow}";
/// The details were not confirmed.
pub const SIGN_UP_DECLINED: &str = "/sign-up/{flow}/declined";
/// The code from a message.
pub const SIGN_UP_CODE: &str = "/sign-up/{flow}/code";
/// Another code.
pub const SIGN_UP_CODE_RESEND: &str = "/sign-up/{flow}/code/resend";
/// The entry of a patient's sign-in.
pub const SIGN_IN: &str = "/sign-in";
/// The entry of a confidant's sign-in.
pub const CONFIDANT_SIGN_IN: &str = "/confidant/sign-in";
/// The consent.
pub const ACCEPT_FLOW: &str = "/accept/{flow}";
/// What was allowed to whom.
pub const ACCEPT_APPS: &str = "/accept/{flow}/apps";
/// Takes it back.
pub const ACCEPT_APP_REVOKE: &str = "/accept/{flow}/apps/{id}/revoke";

/// The entry of a registration in the cabinet.
pub const CABINET_REGISTRATION: &str = "/cabinet/registration";
/// Where the provider of identities sends browsers back to.
pub const CABINET_CALLBACK: &str = "/cabinet/registration/callback";
/// Step 1: who the person is.
pub const CABINET_DETAILS: &str = "/cabinet/registration/{flow}/details";
/// Step 2: how they are reached.
pub const CABINET_CONTACTS: &str = "/cabinet/registration/{flow}/contacts";
/// Step 3: the password.
pub const CABINET_PASSWORD: &str = "/cabinet/registration/{flow}/password";
/// Step 4: the code from a message.
pub const CABINET_CODE: &str = "/cabinet/registration/{flow}/code";
/// Another code.
pub const CABINET_CODE_RESEND: &str = "/cabinet/registration/{flow}/code/resend";
/// The way out.
pub const CABINET_LEAVE: &str = "/cabinet/registration/{flow}/leave";

/// The addresses that a client sends a browser to with what was signed.
pub const ENTRIES: [&str; 4] = [CONFIDANT_SIGN_UP, SIGN_UP, SIGN_IN, CONFIDANT_SIGN_IN];

/// Checks signed registration data.
pub const API_CONFIDANT_VALIDATION: &str = "/api/pis/confidant/sign-up_validation";
/// Registers what was checked.
pub const API_CONFIDANT_REGISTRATION: &str = "/api/pis/confidant/sign-up_registration";
/// The older name of the same.
pub const API_CONFIDANT_REGISTER: &str = "/api/pis/confidant/register";
/// Checks data of one's own.
pub const API_OWN_VALIDATION: &str = "/api/pis/sign-up_validation";
/// Registers what was checked.
pub const API_OWN_REGISTER: &str = "/api/pis/register";
/// Another name of the same.
pub const API_OWN_REGISTRATION: &str = "/api/pis/sign-up_registration";
/// Signs a confidant in.
pub const API_CONFIDANT_LOGIN: &str = "/api/pis/confidant/login";
/// Signs a patient in to a trusted client.
pub const TRUSTED_SIGN_IN: &str = "/api/pis/sign-in";
/// Signs a confidant in to a trusted client.
pub const TRUSTED_CONFIDANT_SIGN_IN: &str = "/api/pis/confidant/sign-in";
/// Registers somebody who uses a trusted client.
pub const TRUSTED_SIGN_UP: &str = "/api/pis/sign-up";
/// Registers a patient whose confidant uses a trusted client.
pub const TRUSTED_CONFIDANT_SIGN_UP: &str = "/api/pis/confidant/sign-up";
/// The approvals of a person.
pub const API_APPS: &str = "/api/pis/apps";
/// One of them.
pub const API_APP: &str = "/api/pis/apps/{id}";
/// The token's person.
pub const API_PERSON: &str = "/api/pis/person";
/// Sends a one-time code.
pub const API_VERIFICATIONS: &str = "/api/verifications";
/// Whether a number was proven.
pub const API_VERIFICATION: &str = "/api/verifications/{phone_number}";
/// Takes a one-time code.
pub const API_VERIFICATION_COMPLETE: &str = "/api/verifications/{phone_number}/actions/complete";
/// Sends a one-time code during a sign-up.
pub const API_SMS_VERIFICATIONS: &str = "/api/sms_verifications";
/// What became of a message.
pub const SMS_REPORTS: &str = "/sms/reports";
/// Requests to register or change a person.
pub const API_PERSON_REQUESTS: &str = "/api/person_requests";
/// One of them.
pub const API_PERSON_REQUEST: &str = "/api/person_requests/{id}";
/// Its person confirmed it.
pub const API_PERSON_REQUEST_APPROVE: &str = "/api/person_requests/{id}/actions/approve";
/// An employee signed it.
pub const API_PERSON_REQUEST_SIGN: &str = "/api/person_requests/{id}/actions/sign";
/// An employee gave it up.
pub const API_PERSON_REQUEST_REJECT: &str = "/api/person_requests/{id}/actions/reject";
/// Its code is sent again.
pub const API_PERSON_REQUEST_RESEND: &str = "/api/person_requests/{id}/actions/resend_otp";
/// The second version of [`API_PERSON_REQUESTS`].
pub const API_V2_PERSON_REQUESTS: &str = "/api/v2/person_requests";
/// The second version of [`API_PERSON_REQUEST`].
pub const API_V2_PERSON_REQUEST: &str = "/api/v2/person_requests/{id}";
/// The second version of [`API_PERSON_REQUEST_APPROVE`].
pub const API_V2_PERSON_REQUEST_APPROVE: &str = "/api/v2/person_requests/{id}/actions/approve";
/// The second version of [`API_PERSON_REQUEST_SIGN`].
pub const API_V2_PERSON_REQUEST_SIGN: &str = "/api/v2/person_requests/{id}/actions/sign";
/// The second version of [`API_PERSON_REQUEST_REJECT`].
pub const API_V2_PERSON_REQUEST_REJECT: &str = "/api/v2/person_requests/{id}/actions/reject";
/// The second version of [`API_PERSON_REQUEST_RESEND`].
pub const API_V2_PERSON_REQUEST_RESEND: &str = "/api/v2/person_requests/{id}/actions/resend_otp";
/// How a person confirms.
pub const API_PERSON_METHODS: &str = "/api/persons/{id}/authentication_methods";
/// How the token's person confirms.
pub const API_OWN_METHODS: &str = "/api/pis/person/authentication_methods";
/// Registers a user of the cabinet who proved who they are at the provider.
pub const CABINET_USER_REQUEST: &str = "/private/cabinet/registration/user_request";
/// Another name of the same.
pub const API_CABINET_USER_REQUEST: &str = "/api/cabinet/registration/user_request";
/// A nonce to be signed.
pub const OAUTH_NONCE: &str = "/oauth/nonce";
/// The approval of a client.
pub const OAUTH_AUTHORIZE: &str = "/oauth/apps/authorize";
/// Tokens for a code or a refresh token.
pub const OAUTH_TOKENS: &str = "/oauth/tokens";
/// Signs a patient in.
pub const AUTH_LOGIN: &str = "/auth/login";
/// The end of a token.
pub const AUTH_LOGOUT: &str = "/auth/logout";

/// Files, where this program keeps them itself.
pub const MEDIA: &str = "/media/";
/// Where a document is sent to by a link.
pub const MEDIA_UPLOADS: &str = "/media/uploads/{*object}";
/// Where a file is had from by a link.
pub const MEDIA_FILES: &str = "/media/files/{*object}";

/// The description of the JSON routes.
pub const OPENAPI: &str = "/openapi.json";
/// The same, to be read.
pub const DOCS: &str = "/docs/";
/// The same without its slash.
pub const DOCS_BARE: &str = "/docs";
/// What that page is made of.
pub const DOCS_FILE: &str = "/docs/{name}";

/// Addresses below these answer JSON, whatever happens.
pub const JSON_PREFIXES: [&str; 6] = ["/api/", "/oauth/", "/auth/", "/private/", "/sms/", MEDIA];

/// `pattern` with its `{flow}` filled in.
#[must_use]
pub fn of_flow(pattern: &str, flow: impl std::fmt::Display) -> String {
    pattern.replace("{flow}", &flow.to_string())
}

/// Whether `path` is one that a client sends a browser to.
#[must_use]
pub fn is_entry(path: &str) -> bool {
    ENTRIES.contains(&path) || path == CABINET_REGISTRATION
}

/// Whether requests for `path` are answered in JSON.
#[must_use]
pub fn is_json(path: &str) -> bool {
    JSON_PREFIXES.iter().any(|prefix| path.starts_with(prefix))
}
