//! The words in which routes are described.

use axum::http::Method;
use serde_json::{Map, Value, json};

/// A description that grows.
pub(super) struct Document {
    head: Value,
    paths: Map<String, Value>,
    schemas: Map<String, Value>,
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
            item.insert(name, operation.finish(parameters));
        }
    }

    pub(super) fn finish(self) -> Value {
        let Self {
            mut head,
            paths,
            schemas,
        } = self;
        if let Some(members) = head.as_object_mut() {
            members.insert("paths".into(), Value::Object(paths));
            members.insert("components".into(), json!({
                "schemas": schemas,
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
        mut self,
        status: u16,
        data: Value,
        example: Value,
        beside: Value,
    ) -> Self {
        let kind = if example.is_array() { "list" } else { "object" };
        let mut properties = Map::from_iter([
            ("meta".to_owned(), schema("Meta")),
            ("data".to_owned(), data),
        ]);
        let mut whole = Map::from_iter([
            (
                "meta".to_owned(),
                json!({
                    "code": status, "url": "https://my.dovira.example/…", "type": kind,
                    "request_id": "6617aeec-15e2-4d6f-b9bd-53559c358f97",
                }),
            ),
            ("data".to_owned(), example),
        ]);
        for (name, described) in beside.as_object().into_iter().flatten() {
            let member = |which: &str| described.get(which).cloned().unwrap_or_default();
            properties.insert(name.clone(), member("schema"));
            whole.insert(name.clone(), member("example"));
        }
        let body = json!({
            "type": "object", "required": ["meta", "data"], "properties": properties,
        });
        self.answers.insert(
            status.to_string(),
            json!({
                "description": "Done.",
                "content": { "application/json": { "schema": body, "example": whole } },
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

    /// An answer that says no, and when.
    pub(super) fn refuses(mut self, status: u16, when: &str) -> Self {
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

    fn finish(mut self, parameters: Vec<Value>) -> Value {
        if self.proofs.contains(&Proof::AccessToken) {
            self = self.refuses(401, "Invalid access token");
        }
        if let Some(scope) = self.scope {
            let missing = format!(
                "Your scope does not allow to access this resource. Missing allowances: {scope}"
            );
            self = self.refuses(403, &missing);
        }
        if self.proofs.contains(&Proof::ApiKey) {
            self = self
                .refuses(401, "API-KEY header required")
                .refuses(401, "Invalid API-KEY");
        }
        if self.is_json {
            self = self.refuses(406, "The caller does not accept JSON");
            if self.body.is_some() {
                self = self
                    .refuses(400, "The body is not a JSON object")
                    .refuses(413, "The body is too large")
                    .refuses(415, "The body is not declared as JSON");
            }
            self = self
                .refuses(500, "Internal server error.")
                .refuses(503, "Service unavailable.");
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
