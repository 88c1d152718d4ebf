//! The words in which routes are described.

use axum::http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use crate::{
    api::{ApiError, error::VALIDATION_FAILED},
    invalid::{EntryType, Invalid, Rule},
    oauth::error::OAuthError,
};

const NOT_ACCEPTABLE: &str =
    "Accept header is missing or invalid. Try to set 'Accept: application/json' header.";
const NOT_JSON: &str = "Invalid Content-Type header. Try to set 'Content-Type: application/json' header: http://docs.apimanifest.apiary.io/#introduction/interacting-with-api/content-type.";
const CORRUPTED: &str = "Malformed request. Probably, you have sent corrupted JSON.";
const TOO_LARGE: &str = "Request body is too large.";

/// A description that grows.
pub(super) struct Document {
    head: Value,
    paths: Map<String, Value>,
    schemas: Map<String, Value>,
    refusals: Refusals,
}

/// The examples of answers that say no. Most are those of many routes and stand here once.
#[derive(Default)]
struct Refusals(Map<String, Value>);

impl Refusals {
    /// The name of an example for `error`, which is here from now on.
    fn name(&mut self, error: &ApiError) -> String {
        let shown = json!({ "summary": error_summary(error), "value": error_envelope(error) });
        let words = error_summary(error).to_ascii_lowercase();
        let words = words
            .split(|character: char| !character.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty());
        let words: Vec<&str> = words.take(16).collect();
        let name = format!("{}_{}", error.status.as_u16(), words.join("_"));
        // One text may be said of several entries.
        let mut numbered = name.clone();
        let mut number = 1;
        while self.0.get(&numbered).is_some_and(|known| *known != shown) {
            number += 1;
            numbered = format!("{name}_{number}");
        }
        self.0.insert(numbered.clone(), shown);
        numbered
    }
}

/// What an answer says is wrong, in one line.
fn error_summary(error: &ApiError) -> &str {
    let rule = error.invalid.first().and_then(|item| item.rules.first());
    rule.filter(|_| error.message == VALIDATION_FAILED)
        .and_then(|rule| rule.description.as_deref())
        .unwrap_or(&error.message)
}

/// An error in its envelope.
fn error_envelope(error: &ApiError) -> Value {
    let mut described = json!({ "message": error.message, "type": error.kind });
    if let (false, Some(members)) = (error.invalid.is_empty(), described.as_object_mut()) {
        members.insert("invalid".into(), json!(error.invalid));
    }
    json!({ "error": described, "meta": meta(error.status.as_u16(), "object") })
}

fn meta(status: u16, kind: &str) -> Value {
    json!({
        "code": status, "url": "https://my.dovira.example/…", "type": kind,
        "request_id": "6617aeec-15e2-4d6f-b9bd-53559c358f97",
    })
}

/// An answer with `data` and what stands beside it.
fn whole(status: u16, data: Value, beside: Map<String, Value>) -> Value {
    let kind = if data.is_array() { "list" } else { "object" };
    let mut whole = Map::from_iter([
        ("meta".to_owned(), meta(status, kind)),
        ("data".to_owned(), data),
    ]);
    whole.extend(beside);
    Value::Object(whole)
}

/// An example with a name.
pub(super) struct Example {
    name: &'static str,
    summary: &'static str,
    value: Value,
}

impl Example {
    pub(super) fn new(name: &'static str, summary: &'static str, value: Value) -> Self {
        Self {
            name,
            summary,
            value,
        }
    }
}

/// The examples by their names.
fn examples_by_name(examples: Vec<Example>) -> Value {
    let each = examples.into_iter().map(|example| {
        let shown = json!({ "summary": example.summary, "value": example.value });
        (example.name.to_owned(), shown)
    });
    Value::Object(each.collect())
}

/// 422 as a schema says it: at `entry`, a rule with its text and what it is filled with.
pub(super) fn breaks(
    entry: &str,
    rule: &'static str,
    raw: &'static str,
    params: Value,
) -> ApiError {
    ApiError::validation(vec![Invalid::property(
        entry,
        Rule::with_description(rule, raw, params),
    )])
}

/// 422: the member `property` of the body is missing.
pub(super) fn lacks(property: &str) -> ApiError {
    lacks_each(&[property])
}

/// 422: these members of the body are missing; all are named at once.
pub(super) fn lacks_each(properties: &[&str]) -> ApiError {
    let each = properties.iter().map(|property| {
        let raw = "required property %{property} was not present";
        let rule = Rule::with_description("required", raw, json!({ "property": property }));
        Invalid::property(format!("$.{property}"), rule)
    });
    ApiError::validation(each.collect())
}

/// An error of the request as a whole.
fn of_request(status: StatusCode, message: &'static str, rule: &'static str) -> ApiError {
    ApiError {
        invalid: vec![Invalid {
            entry: None,
            entry_type: EntryType::Request,
            rules: vec![Rule::from_name(rule)],
        }],
        ..ApiError::new(status, message)
    }
}

/// How a caller proves who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    /// An access token.
    AccessToken,
    /// The JWT between two steps of a registration, or a nonce.
    Jwt,
    /// The header `api-key`.
    ApiKey,
}

impl Proof {
    fn name(self) -> &'static str {
        match self {
            Self::AccessToken => "access_token",
            Self::Jwt => "jwt",
            Self::ApiKey => "api_key",
        }
    }
}

/// A reference to a schema of this document.
pub(super) fn schema(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// An object with these members, all required, and no others.
pub(super) fn object(members: Value) -> Value {
    let names: Vec<&String> = members
        .as_object()
        .into_iter()
        .flat_map(Map::keys)
        .collect();
    json!({ "type": "object", "required": names, "properties": members, "additionalProperties": false })
}

/// A text.
pub(super) fn text() -> Value {
    json!({ "type": "string" })
}

/// A UUID.
pub(super) fn uuid() -> Value {
    json!({ "type": "string", "format": "uuid" })
}

impl Document {
    pub(super) fn new(head: Value) -> Self {
        let mut document = Self {
            head,
            paths: Map::new(),
            schemas: Map::new(),
            refusals: Refusals::default(),
        };
        document.schema("Meta", json!({
            "type": "object",
            "required": ["code", "url", "type", "request_id"],
            "properties": {
                "code": { "type": "integer", "description": "The status of the answer." },
                "url": { "type": "string", "description": "The address without its query; of what was made, where something was." },
                "type": { "enum": ["object", "list"] },
                "request_id": { "type": "string", "description": "The same as the header X-Request-Id." },
                "idempotency_key": { "type": "string" },
            },
        }));
        document.schema("Error", json!({
            "type": "object",
            "required": ["error", "meta"],
            "properties": {
                "error": {
                    "type": "object",
                    "required": ["type", "message"],
                    "properties": {
                        "type": { "type": "string" },
                        "message": { "type": "string", "description": "For developers, in English." },
                        "invalid": { "type": "array", "items": schema("Invalid") },
                    },
                },
                "meta": schema("Meta"),
            },
        }));
        document.schema("Invalid", json!({
            "type": "object",
            "required": ["entry_type", "rules"],
            "properties": {
                "entry": { "type": "string", "examples": ["$.person.documents.[0].type"] },
                "entry_type": { "enum": ["json_data_property", "query_parameter", "header", "request"] },
                "rules": { "type": "array", "minItems": 1, "items": {
                    "type": "object",
                    "required": ["rule"],
                    "properties": {
                        "rule": { "type": "string" },
                        "description": { "type": "string" },
                        "raw_description": { "type": "string" },
                        "params": {},
                    },
                } },
            },
        }));
        document
    }

    /// Gives a schema a name.
    pub(super) fn schema(&mut self, name: &str, schema: Value) {
        self.schemas.insert(name.to_owned(), schema);
    }

    /// Adds a route.
    pub(super) fn route(&mut self, method: &Method, path: &str, operation: Operation) {
        let path = path.replace("{*", "{");
        let parameters: Vec<Value> = path
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split('}').next())
            .map(|name| {
                let schema = operation
                    .path_parameters
                    .get(name)
                    .cloned()
                    .unwrap_or_else(text);
                json!({ "name": name, "in": "path", "required": true, "schema": schema })
            })
            .collect();
        let item = self
            .paths
            .entry(path)
            .or_insert_with(|| Value::Object(Map::new()));
        if let Some(item) = item.as_object_mut() {
            let name = method.as_str().to_ascii_lowercase();
            item.insert(name, operation.finish(parameters, &mut self.refusals));
        }
    }

    pub(super) fn finish(self) -> Value {
        let Self {
            mut head,
            paths,
            schemas,
            refusals: Refusals(examples),
        } = self;
        if let Some(members) = head.as_object_mut() {
            members.insert("paths".into(), Value::Object(paths));
            members.insert("components".into(), json!({
                "schemas": schemas,
                "examples": examples,
                "securitySchemes": {
                    "access_token": { "type": "http", "scheme": "bearer", "description": "An access token (/oauth/tokens)." },
                    "jwt": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "The token between two steps of a registration, or a nonce." },
                    "api_key": { "type": "apiKey", "in": "header", "name": "api-key" },
                },
            }));
        }
        head
    }
}

/// The description of one route.
pub(super) struct Operation {
    summary: &'static str,
    tag: &'static str,
    scope: Option<&'static str>,
    proofs: Vec<Proof>,
    query: Vec<Value>,
    path_parameters: Map<String, Value>,
    body: Option<Value>,
    answers: Map<String, Value>,
    refusals: Vec<ApiError>,
    is_json: bool,
}

impl Operation {
    pub(super) fn new(tag: &'static str, summary: &'static str) -> Self {
        Self {
            summary,
            tag,
            scope: None,
            proofs: Vec::new(),
            query: Vec::new(),
            path_parameters: Map::new(),
            body: None,
            answers: Map::new(),
            refusals: Vec::new(),
            is_json: true,
        }
    }

    /// An operation whose answers have no envelope.
    pub(super) fn plain(tag: &'static str, summary: &'static str) -> Self {
        Self {
            is_json: false,
            ..Self::new(tag, summary)
        }
    }

    /// With an access token that has this scope.
    pub(super) fn token(mut self, scope: &'static str) -> Self {
        self.scope = Some(scope);
        self.proof(Proof::AccessToken)
    }

    /// With this proof, too.
    pub(super) fn proof(mut self, proof: Proof) -> Self {
        self.proofs.push(proof);
        self
    }

    /// With a parameter of the query.
    pub(super) fn query(mut self, name: &str, schema: Value, description: &str) -> Self {
        self.query.push(
            json!({ "name": name, "in": "query", "schema": schema, "description": description }),
        );
        self
    }

    /// What a parameter of the path looks like.
    pub(super) fn path(mut self, name: &str, schema: Value) -> Self {
        self.path_parameters.insert(name.to_owned(), schema);
        self
    }

    /// With a JSON body.
    pub(super) fn body(mut self, schema: Value, example: Value) -> Self {
        let content = json!({ "application/json": { "schema": schema, "example": example } });
        self.body = Some(json!({ "required": true, "content": content }));
        self
    }

    /// With a JSON body of several kinds.
    pub(super) fn bodies(mut self, schema: Value, examples: Vec<Example>) -> Self {
        let media = json!({ "schema": schema, "examples": examples_by_name(examples) });
        self.body = Some(json!({ "required": true, "content": { "application/json": media } }));
        self
    }

    /// With a JSON body that may be left out.
    pub(super) fn optional_body(self, schema: Value, examples: Vec<Example>) -> Self {
        let mut described = self.bodies(schema, examples);
        if let Some(members) = described.body.as_mut().and_then(Value::as_object_mut) {
            members.insert("required".into(), json!(false));
        }
        described
    }

    /// With a body of another kind.
    pub(super) fn content(mut self, kind: &str) -> Self {
        self.body = Some(json!({ "required": true, "content": { kind: {} } }));
        self
    }

    /// A good answer: `data` of the envelope.
    pub(super) fn answers(self, status: u16, data: Value, example: Value) -> Self {
        self.answers_beside(status, data, example, json!({}))
    }

    /// The same with `urgent`, `paging` beside the data: each a schema and an example.
    pub(super) fn answers_beside(
        self,
        status: u16,
        data: Value,
        example: Value,
        beside: Value,
    ) -> Self {
        let of = |which: &str| {
            let each = beside.as_object().into_iter().flatten();
            let each = each.map(|(name, described)| {
                let member = described.get(which).cloned().unwrap_or_default();
                (name.clone(), member)
            });
            each.collect::<Map<String, Value>>()
        };
        let whole = whole(status, example, of("example"));
        self.add_answer(status, data, of("schema"), ("example", whole))
    }

    /// The same with several examples: of each its data and what stands beside them.
    pub(super) fn answers_variously(
        self,
        status: u16,
        data: Value,
        beside: Map<String, Value>,
        examples: Vec<(Example, Map<String, Value>)>,
    ) -> Self {
        let each = examples.into_iter().map(|(example, beside)| Example {
            value: whole(status, example.value, beside),
            ..example
        });
        let examples = examples_by_name(each.collect());
        self.add_answer(status, data, beside, ("examples", examples))
    }

    fn add_answer(
        mut self,
        status: u16,
        data: Value,
        beside: Map<String, Value>,
        (keyword, shown): (&str, Value),
    ) -> Self {
        let mut properties = Map::from_iter([
            ("meta".to_owned(), schema("Meta")),
            ("data".to_owned(), data),
        ]);
        properties.extend(beside);
        let body = json!({
            "type": "object", "required": ["meta", "data"], "properties": properties,
        });
        self.answers.insert(
            status.to_string(),
            json!({
                "description": "Done.",
                "content": { "application/json": { "schema": body, keyword: shown } },
            }),
        );
        self
    }

    /// A good answer that is no JSON.
    pub(super) fn answers_plainly(
        mut self,
        status: u16,
        description: &str,
        kind: Option<&str>,
    ) -> Self {
        let mut answer = json!({ "description": description });
        if let (Some(kind), Some(members)) = (kind, answer.as_object_mut()) {
            members.insert("content".into(), json!({ kind: {} }));
        }
        self.answers.insert(status.to_string(), answer);
        self
    }

    /// An answer that says no with this message, and with the `type` that belongs to its status.
    pub(super) fn refuses(self, status: u16, message: &str) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or_default();
        self.refuses_as(ApiError::new(status, message.to_owned()))
    }

    /// An answer that says no as the program says it.
    pub(super) fn refuses_as(mut self, error: impl Into<ApiError>) -> Self {
        let error = error.into();
        self = self.refuses_when(error.status.as_u16(), error_summary(&error));
        self.refusals.push(error);
        self
    }

    /// An answer that says no, and when: for what has many texts.
    pub(super) fn refuses_when(mut self, status: u16, when: &str) -> Self {
        let answer = self.answers.entry(status.to_string()).or_insert_with(|| {
            json!({
                "description": "",
                "content": { "application/json": { "schema": schema("Error") } },
            })
        });
        if let Some(description) = answer.get_mut("description") {
            let said = description.as_str().unwrap_or_default();
            *description = if said.is_empty() {
                when.into()
            } else {
                format!("{said} · {when}").into()
            };
        }
        self
    }

    /// What every route of its kind refuses.
    fn with_common_refusals(mut self) -> Self {
        if self.proofs.contains(&Proof::AccessToken) {
            self = self.refuses_as(OAuthError::InvalidAccessToken);
        }
        if let Some(scope) = self.scope {
            self = self.refuses_as(OAuthError::MissingScope(scope));
        }
        if self.proofs.contains(&Proof::ApiKey) {
            self = self
                .refuses_as(OAuthError::ApiKeyRequired)
                .refuses_as(OAuthError::InvalidApiKey);
        }
        if !self.is_json {
            return self;
        }
        self = self.refuses(406, NOT_ACCEPTABLE);
        if self.body.is_some() {
            self = self
                .refuses_as(of_request(StatusCode::BAD_REQUEST, CORRUPTED, "json"))
                .refuses_as(of_request(StatusCode::PAYLOAD_TOO_LARGE, TOO_LARGE, "size"))
                .refuses(415, NOT_JSON);
        }
        self.refuses(500, "Internal server error.")
            .refuses(503, "Service unavailable.")
    }

    fn finish(mut self, parameters: Vec<Value>, refusals: &mut Refusals) -> Value {
        self = self.with_common_refusals();
        for error in std::mem::take(&mut self.refusals) {
            let name = refusals.name(&error);
            let status = error.status.as_u16();
            let answer = self.answers.get_mut(&status.to_string());
            let media = answer.and_then(|answer| answer.pointer_mut("/content/application~1json"));
            if let Some(Value::Object(media)) = media
                && let Value::Object(examples) = media.entry("examples").or_insert(json!({}))
            {
                let reference = json!({ "$ref": format!("#/components/examples/{name}") });
                examples.insert(name, reference);
            }
        }
        // Every one of them says when to come again.
        if let Some(Value::Object(answer)) = self.answers.get_mut("429") {
            let seconds = json!({ "type": "integer", "minimum": 1 });
            let described = json!({ "description": "Seconds to wait.", "schema": seconds });
            answer.insert("headers".into(), json!({ "Retry-After": described }));
        }
        let proofs: Map<String, Value> = self
            .proofs
            .iter()
            .map(|proof| (proof.name().to_owned(), json!([])))
            .collect();
        let mut parameters = parameters;
        parameters.extend(self.query);
        let mut described = Map::from_iter([
            ("summary".to_owned(), json!(self.summary)),
            ("tags".to_owned(), json!([self.tag])),
            ("responses".to_owned(), Value::Object(self.answers)),
            (
                "security".to_owned(),
                if proofs.is_empty() {
                    json!([])
                } else {
                    json!([proofs])
                },
            ),
        ]);
        if !parameters.is_empty() {
            described.insert("parameters".into(), Value::Array(parameters));
        }
        if let Some(body) = self.body {
            described.insert("requestBody".into(), body);
        }
        Value::Object(described)
    }
}
