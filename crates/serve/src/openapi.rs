//! The OpenAPI 3.1 document, made from the table of routes and the table of result columns.

use matchflow_model::outcome::{COLUMNS, MatchLevel, Outcome};
use serde_json::{Map, Value, json};

use crate::media::MediaType;
use crate::problem::{PROBLEM_JSON, ProblemKind};
use crate::route_table::{Endpoint, ParameterForm, QueryParameter, ROUTES, Route};

/// Problems that every route can return.
const COMMON_PROBLEMS: [ProblemKind; 3] = [ProblemKind::Malformed, ProblemKind::Unauthorized, ProblemKind::Invalid];

/// The document.
pub(crate) fn document() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for route in ROUTES {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(route.method.to_lowercase(), operation(route));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "matchflow",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Matches suppliers with the entries of a company registry.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "paths": paths,
        "components": {
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
            "schemas": {
                "Problem": problem(),
                "Rows": rows(),
                "Results": results(),
                "Entry": entry(),
                "Suggestions": suggestions(),
                "Pipelines": { "type": "object", "required": ["pipelines"], "properties": { "pipelines": { "type": "array" } } },
                "Status": { "type": "object", "required": ["status"], "properties": { "status": { "const": "ok" } } },
                "Object": { "type": "object" },
            },
        },
    })
}

fn operation(route: &Route<Endpoint>) -> Value {
    let (schema, media): (&str, &[&str]) = match route.endpoint {
        Endpoint::Match => ("Results", &MediaType::ALL.map(MediaType::name)),
        Endpoint::Entry => ("Entry", &[MediaType::Json.name()]),
        Endpoint::Health => ("Status", &[MediaType::Json.name()]),
        Endpoint::Ready | Endpoint::Reload => ("Pipelines", &[MediaType::Json.name()]),
        Endpoint::Metrics => ("", &["text/plain"]),
        Endpoint::ReconcilePreview | Endpoint::DraftPreview => ("", &["text/html"]),
        Endpoint::Suggest => ("Suggestions", &[MediaType::Json.name()]),
        // Their schemas are those of the reconciliation API.
        _ => ("Object", &[MediaType::Json.name()]),
    };
    let mut responses = Map::new();
    responses.insert("200".to_owned(), json!({ "description": "The answer.", "content": content(schema, media) }));
    let problems = route.problems.iter().chain(&COMMON_PROBLEMS);
    for problem in problems.filter(|problem| !route.is_open || **problem != ProblemKind::Unauthorized) {
        let content = content("Problem", &[PROBLEM_JSON]);
        let description = problem.type_urn();
        responses
            .entry(problem.status().to_string())
            .or_insert_with(|| json!({ "description": description, "content": content }));
    }
    let mut operation = json!({
        "operationId": format!("{:?}", route.endpoint),
        "summary": route.summary,
        "parameters": parameters(route),
        "responses": responses,
        "security": if route.is_open { json!([]) } else { json!([{ "token": [] }, {}]) },
    });
    let body = match route.endpoint {
        Endpoint::Match => Some(content("Rows", &MediaType::ALL.map(MediaType::name))),
        Endpoint::ReconcileForm => Some(content("", &["application/x-www-form-urlencoded"])),
        Endpoint::DraftMatch | Endpoint::DraftExtend => Some(content("Object", &[MediaType::Json.name()])),
        _ => None,
    };
    if let (Some(body), Some(operation)) = (body, operation.as_object_mut()) {
        operation.insert("requestBody".to_owned(), json!({ "required": true, "content": body }));
    }
    operation
}

/// The content of a body: a schema where it is JSON.
fn content(schema: &str, media: &[&str]) -> Value {
    let schema = |media: &str| match media.ends_with("json") {
        true => json!({ "schema": { "$ref": format!("#/components/schemas/{schema}") } }),
        false => json!({}),
    };
    Value::Object(media.iter().map(|media| ((*media).to_owned(), schema(media))).collect())
}

fn parameters(route: &Route<Endpoint>) -> Vec<Value> {
    let segments = route.path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    let of_path =
        segments.map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }));
    let of_query = route.query.iter().map(|parameter: &QueryParameter| {
        let schema = match parameter.form {
            ParameterForm::Words(words) => json!({ "type": "string", "enum": words }),
            ParameterForm::Text => json!({ "type": "string" }),
            ParameterForm::Number { min, max } => json!({ "type": "integer", "minimum": min, "maximum": max }),
        };
        let (name, about) = (parameter.name, parameter.about);
        json!({ "name": name, "in": "query", "description": about, "required": parameter.is_required, "schema": schema })
    });
    of_path.chain(of_query).collect()
}

fn problem() -> Value {
    let types: Vec<String> = ProblemKind::ALL.map(ProblemKind::type_urn).to_vec();
    json!({
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": { "enum": types },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string" },
            "errors": { "type": "array", "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {
                    "pointer": { "type": "string", "description": "A JSON Pointer into the body, or a parameter (`?name`)." },
                    "detail": { "type": "string" },
                    "allowed": { "type": "array", "items": { "type": "string" } },
                },
            } },
            "errors_left_out": { "type": "integer" },
        },
    })
}

fn rows() -> Value {
    json!({
        "type": "object",
        "required": ["rows"],
        "additionalProperties": false,
        "properties": { "rows": {
            "type": "array",
            "minItems": 1,
            "items": { "type": "object", "additionalProperties": { "type": ["string", "number", "boolean", "null"] } },
        } },
    })
}

fn results() -> Value {
    let about = |name: &str| COLUMNS.iter().find(|column| column.name == name).map(|column| column.description());
    let mut properties = Map::new();
    let mut add = |name: &str, schema: Value| {
        let mut schema = schema;
        if let (Some(about), Some(schema)) = (about(name), schema.as_object_mut()) {
            schema.insert("description".to_owned(), about.into());
        }
        properties.insert(name.to_owned(), schema);
    };
    for name in ["stage", "id", "group", "closed_on"] {
        add(name, json!({ "type": ["string", "null"] }));
    }
    for name in ["score", "margin", "entry_score", "weight"] {
        add(name, json!({ "type": ["number", "null"] }));
    }
    for (name, schema) in [
        ("key", json!({ "type": "string" })),
        ("row", json!({ "type": "integer", "minimum": 1 })),
        ("outcome", json!({ "enum": Outcome::ALL.map(Outcome::as_str) })),
        ("level", json!({ "enum": [MatchLevel::Establishment.as_str(), MatchLevel::Company.as_str(), null] })),
        ("closed", json!({ "type": ["boolean", "null"] })),
        ("entry", json!({ "type": ["object", "null"] })),
        ("candidates", json!({ "type": "integer" })),
        ("reasons", json!({ "type": "array", "items": { "type": "object", "required": ["code"] } })),
        ("alternatives", json!({ "type": "array", "items": { "type": "object", "required": ["id", "score"] } })),
        ("rejects", json!({ "type": "array", "items": { "type": "object", "required": ["field", "expected"] } })),
        ("evidence", json!({ "type": ["object", "null"] })),
        ("error", json!({ "type": "string" })),
    ] {
        add(name, schema);
    }
    let optional = ["evidence", "error"];
    let required: Vec<String> = properties.keys().filter(|name| !optional.contains(&name.as_str())).cloned().collect();
    properties.insert("reason".to_owned(), json!({ "type": "string", "description": "Why, in words." }));
    let result = json!({
        "type": "object", "required": required, "additionalProperties": false, "properties": properties,
    });
    json!({
        "type": "object",
        "required": ["results"],
        "additionalProperties": false,
        "properties": { "results": { "type": "array", "items": result } },
    })
}

fn suggestions() -> Value {
    let suggestion = json!({
        "type": "object",
        "required": ["id", "name", "description"],
        "additionalProperties": false,
        "properties": {
            "id": { "type": "string" },
            "group": { "type": ["string", "null"] },
            "name": { "type": "string" },
            "description": { "type": "string" },
            "closed": { "type": ["boolean", "null"] },
        },
    });
    json!({
        "type": "object",
        "required": ["suggestions"],
        "properties": { "suggestions": { "type": "array", "items": suggestion } },
    })
}

fn entry() -> Value {
    json!({
        "type": "object",
        "required": ["id", "fields"],
        "additionalProperties": false,
        "properties": {
            "id": { "type": "string" },
            "group": { "type": ["string", "null"] },
            "closed": { "type": ["boolean", "null"] },
            "fields": { "type": "object", "additionalProperties": { "type": "string" } },
        },
    })
}
