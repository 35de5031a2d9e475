//! Documentation of every key of a file, generated from its JSON Schema: the contents of reference pages.

use serde_json::{Map, Value};

use crate::decode::Decode;
use crate::raw::{KeyFile, Model, Pipeline, add_deprecated_keys};

/// The entry of a key in a reference page.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyReference {
    /// The key's path: keys joined with dots, `[]` for each item of a list, `<name>` for a name chosen by the user.
    pub path: String,
    /// The kind of its value: `text`, `integer from 1 to 100`, `map`, ..., several joined with `or`.
    pub value: String,
    /// Whether it is required.
    pub is_required: bool,
    /// Whether it is one of several keys of which exactly one must be given.
    pub is_choice: bool,
    /// Its default in YAML, if it is a value. Other defaults are part of the description.
    pub default: Option<String>,
    /// Its meaning, in Markdown.
    pub description: String,
    /// The allowed keywords and their meanings.
    pub keywords: Vec<(String, String)>,
}

/// The JSON Schema (draft 2020-12) of pipeline files, for editors.
pub fn schema() -> String {
    let mut schema = Map::new();
    schema.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
    schema.insert("title".into(), "matchflow pipeline".into());
    let mut pipeline = Pipeline::schema();
    add_deprecated_keys(&mut pipeline, KeyFile::Pipeline);
    if let Value::Object(pipeline) = pipeline {
        schema.extend(pipeline);
    }
    format!("{:#}", Value::Object(schema))
}

/// All keys of a pipeline file, in the order in which they are documented.
pub fn pipeline_keys() -> Vec<KeyReference> {
    let mut keys = Vec::new();
    collect(&Pipeline::schema(), "", &mut keys);
    keys
}

/// All keys of a match model file.
pub fn match_model_keys() -> Vec<KeyReference> {
    let mut keys = Vec::new();
    collect(&Model::schema(), "", &mut keys);
    keys
}

/// Adds the keys at and below `path`.
fn collect(schema: &Value, path: &str, keys: &mut Vec<KeyReference>) {
    if let Some(Value::Object(properties)) = schema.get("properties") {
        for (name, inner) in properties {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            keys.push(key(schema, name, inner, path.clone()));
            collect(inner, &path, keys);
        }
    }
    if let Some(items) = schema.get("items") {
        collect(items, &format!("{path}[]"), keys);
    }
    if let Some(inner) = schema.get("additionalProperties").filter(|inner| inner.is_object()) {
        collect(inner, &format!("{path}.<name>"), keys);
    }
    // If a value may also be a list of such values, the keys are listed once.
    for form in forms(schema).filter(|form| form.get("items").is_none_or(|items| forms(schema).all(|one| one != items)))
    {
        collect(form, path, keys);
    }
}

fn key(map: &Value, name: &str, schema: &Value, path: String) -> KeyReference {
    let is_named = |list: &Value| list.as_array().is_some_and(|names| names.iter().any(|one| one == name));
    let is_choice = |choice: &Value| choice.get("required").is_some_and(is_named);
    let mut values: Vec<String> = Vec::new();
    describe(schema, &mut values);
    KeyReference {
        path,
        value: values.join(" or "),
        is_required: [map.get("required"), map.get("then").and_then(|then| then.get("required"))]
            .into_iter()
            .flatten()
            .any(is_named),
        is_choice: map.get("oneOf").and_then(Value::as_array).is_some_and(|choices| choices.iter().any(is_choice)),
        default: schema
            .get("default")
            .map(|default| default.as_str().map_or_else(|| default.to_string(), str::to_owned)),
        description: text(schema, "description"),
        keywords: keywords(schema),
    }
}

fn text(schema: &Value, key: &str) -> String {
    schema.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The alternative forms of a value; a variable in its place does not count.
fn forms(schema: &Value) -> impl Iterator<Item = &Value> {
    let forms = schema.get("anyOf").and_then(Value::as_array).into_iter().flatten();
    forms.filter(|form| !text(form, "pattern").starts_with("\\$\\{"))
}

fn keywords(schema: &Value) -> Vec<(String, String)> {
    let constants = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    let here = constants.filter(|constant| constant.get("const").is_some());
    let here = here.map(|constant| (text(constant, "const"), text(constant, "description")));
    let inner = forms(schema).chain(schema.get("items")).flat_map(keywords);
    let mut all: Vec<(String, String)> = Vec::new();
    for keyword in here.chain(inner) {
        if !all.contains(&keyword) {
            all.push(keyword);
        }
    }
    all
}

/// Adds the kinds of a value, without duplicates.
fn describe(schema: &Value, values: &mut Vec<String>) {
    if forms(schema).next().is_some() {
        return forms(schema).for_each(|form| describe(form, values));
    }
    let value = match text(schema, "title") {
        title if !title.is_empty() => title,
        _ => describe_type(schema),
    };
    if !values.contains(&value) {
        values.push(value);
    }
}

fn describe_type(schema: &Value) -> String {
    if let Some(constant) = schema.get("const") {
        return format!("`{}`", constant.as_str().unwrap_or_default());
    }
    let bound = |name: &str| schema.get(name).map(Value::to_string);
    let bounds = match (bound("minimum"), bound("exclusiveMinimum"), bound("maximum")) {
        (Some(low), _, Some(high)) => format!(" from {low} to {high}"),
        (None, Some(low), Some(high)) => format!(" above {low}, at most {high}"),
        _ => String::new(),
    };
    match schema.get("type") {
        Some(Value::String(kind)) => match kind.as_str() {
            "array" => {
                let mut items = Vec::new();
                schema.get("items").into_iter().for_each(|item| describe(item, &mut items));
                format!("list of {}", items.join(" or "))
            }
            "object" => "map".to_owned(),
            "boolean" => "`true` or `false`".to_owned(),
            "string" => "text".to_owned(),
            "null" => "nothing".to_owned(),
            number => format!("{number}{bounds}"),
        },
        // Text that YAML would read as a number or a boolean is taken as written.
        Some(Value::Array(_)) => "text".to_owned(),
        _ => "keyword".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_documented() {
        let keys = [pipeline_keys(), match_model_keys()].concat();
        assert!(keys.len() > 100, "{}", keys.len());
        for key in &keys {
            assert!(key.description.ends_with('.') || key.description.ends_with("`."), "{key:?}");
            assert!(!key.value.is_empty(), "{key:?}");
            // An optional key has a default or documents what happens without it; a check of a test has neither.
            let is_described = key.default.is_some() || key.description.contains("Default: ");
            let is_section = ["tests[].expect[].", "execution"].iter().any(|section| key.path.starts_with(section));
            let is_parameters = key.path.ends_with(".parameters") || key.path.ends_with("].label");
            assert!(
                key.is_required || key.is_choice || is_described || is_section || is_parameters,
                "{} has no default",
                key.path
            );
            assert!(key.keywords.iter().all(|(_, help)| help.ends_with('.')), "{key:?}");
        }
        let paths: Vec<&str> = keys.iter().map(|key| key.path.as_str()).collect();
        for (index, path) in paths.iter().enumerate() {
            assert!(!paths[..index].contains(path) || path.starts_with("head_office"), "{path} is listed twice");
        }
    }

    #[test]
    fn a_key_describes_its_value() {
        let keys = pipeline_keys();
        let key = |path: &str| keys.iter().find(|key| key.path == path).unwrap_or_else(|| panic!("{path}: {keys:#?}"));
        let distance = key("stages[].candidates.blocked.distance");
        assert_eq!((distance.value.as_str(), distance.default.as_deref()), ("integer from 0 to 8", Some("3")));
        assert!(key("stages[].candidates.exact").is_choice && key("sink.checkpoint").is_required);
        let cleaner = key("stages[].clean.<name>.as");
        assert_eq!(cleaner.keywords.len(), matchflow_text::CLEANERS.len());
        assert_eq!(key("stages[].score.<name>.timeout").value, "duration");
    }
}
