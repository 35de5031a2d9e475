//! The JSON Schema agrees with the reader.

use serde_json::Value;

use crate::world::{SMALL, samples};

/// Whether `value` is valid, for the keywords used in this schema; an unknown keyword fails the test.
fn valid(schema: &Value, value: &Value) -> bool {
    let any = |list: &Value| list.as_array().unwrap().iter().filter(|schema| valid(schema, value)).count();
    schema.as_object().unwrap().iter().all(|(word, rule)| match word.as_str() {
        "$schema" | "title" | "description" | "default" | "deprecated" => true,
        "additionalProperties" => {
            rule.is_boolean() || value.as_object().is_none_or(|map| map.values().all(|one| valid(rule, one)))
        }
        "type" => match rule {
            Value::Array(types) => types.iter().any(|kind| is(kind, value)),
            kind => is(kind, value),
        },
        "properties" => value.as_object().is_none_or(|map| {
            let closed = schema["additionalProperties"] == Value::Bool(false);
            map.iter().all(|(key, value)| rule.get(key).map_or(!closed, |schema| valid(schema, value)))
        }),
        "not" => !valid(rule, value),
        "if" => !valid(rule, value) || valid(&schema["then"], value),
        "then" => true,
        "required" => rule.as_array().unwrap().iter().all(|key| value.get(key.as_str().unwrap()).is_some()),
        "items" => value.as_array().is_none_or(|items| items.iter().all(|item| valid(rule, item))),
        "anyOf" => any(rule) > 0,
        "oneOf" => any(rule) == 1,
        "const" => rule == value,
        "minimum" => value.as_f64().is_none_or(|number| number >= rule.as_f64().unwrap()),
        "maximum" => value.as_f64().is_none_or(|number| number <= rule.as_f64().unwrap()),
        "exclusiveMinimum" => value.as_f64().is_none_or(|number| number > rule.as_f64().unwrap()),
        "minLength" => value.as_str().is_none_or(|text| text.len() as u64 >= rule.as_u64().unwrap()),
        "maxLength" => value.as_str().is_none_or(|text| text.len() as u64 <= rule.as_u64().unwrap()),
        "minItems" => value.as_array().is_none_or(|items| items.len() as u64 >= rule.as_u64().unwrap()),
        "minProperties" => value.as_object().is_none_or(|map| map.len() as u64 >= rule.as_u64().unwrap()),
        // The patterns of this schema are those of durations, sizes and variables.
        "pattern" => value.as_str().is_none_or(|text| text.contains("${") || text.starts_with(char::is_numeric)),
        other => panic!("the test does not know the word {other}"),
    })
}

fn is(kind: &Value, value: &Value) -> bool {
    match kind.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("the test does not know the type {other}"),
    }
}

fn schema() -> Value {
    serde_json::from_str(&matchflow_pipeline::schema()).unwrap()
}

#[test]
fn good_pipelines_are_valid() {
    let schema = schema();
    let files = samples().into_iter().map(|path| std::fs::read_to_string(path).unwrap());
    for text in files.chain([SMALL.to_owned()]) {
        let value = crate::yaml::value(&text);
        for (key, value) in value.as_object().unwrap() {
            assert!(valid(&schema["properties"][key], value), "{key}: {value:#}");
        }
        assert!(valid(&schema, &value));
    }
}

#[test]
fn old_names_are_valid_and_deprecated() {
    let schema = schema();
    let old = SMALL.replace("token:", "broad:");
    assert!(old != SMALL && valid(&schema, &crate::yaml::value(&old)));
    let aside = SMALL.replace("decide: { ", "decide: { aside: { label: X, field: postcode, home: '1' }, ");
    assert!(aside != SMALL && valid(&schema, &crate::yaml::value(&aside)));
    let both = SMALL.replace("token:", "token: { name: name }, broad:");
    assert!(!valid(&schema, &crate::yaml::value(&both)));
    assert!(schema.to_string().matches("\"deprecated\":true").count() >= 8);
}

#[test]
fn broken_shapes_are_not_valid() {
    let schema = schema();
    for (from, to) in [
        ("name: small", "nom: small"),
        ("id: siret", "idd: siret"),
        ("accept: 0.85", "accept: 1.5"),
        ("as: siren", "as: sirene"),
        ("type: date", "type: day"),
        ("timeout: 500ms", "timeout: soon"),
        ("sink: { checkpoint: small.duckdb }", "sink: small.duckdb"),
        ("exact: { siret: _id, siren: _group }", "when: always"),
        ("outcome: matched", "outcome: found"),
    ] {
        assert!(SMALL.contains(from), "{from}");
        assert!(!valid(&schema, &crate::yaml::value(&SMALL.replace(from, to))), "{to}");
    }
}

#[test]
fn every_key_of_the_schema_is_described() {
    fn walk(path: &str, schema: &Value) {
        if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
            for (key, value) in properties {
                let about = value["description"].as_str().unwrap_or_default();
                assert!(about.len() > 5, "{path}.{key} is not described");
                walk(&format!("{path}.{key}"), value);
            }
        }
        for word in ["items", "additionalProperties"] {
            schema.get(word).filter(|schema| schema.is_object()).into_iter().for_each(|schema| walk(path, schema));
        }
        schema.get("anyOf").and_then(Value::as_array).into_iter().flatten().for_each(|schema| walk(path, schema));
    }
    walk("", &schema());
}
