//! Every key of a pipeline file, from its JSON Schema.

use std::fmt::Write;

use serde_json::{Map, Value};

use crate::examples::Examples;
use crate::markdown::{code, table};

const HEAD: &str = "\
# Pipeline files

A pipeline is one YAML file. `matchflow validate FILE` reports every problem in it at once, and `matchflow schema` prints the
JSON Schema that this page is made from, for editors.

Paths are relative to the pipeline file. `${NAME}` in a value is replaced by the environment variable `NAME`, and
`${NAME:-default}` has a default. `--set source.xlsx.sheet=2` changes a value for one command. A number may also be such a variable.

In the headings `[]` is each item of a list and `*` a name that you choose.
";

/// The page.
pub(crate) fn page(schema: &Value) -> String {
    let examples = Examples::load();
    let mut sections = Vec::new();
    section("", schema, &examples, &mut sections);
    let missing: Vec<&str> = sections.iter().flat_map(|section| &section.without_example).map(String::as_str).collect();
    assert!(
        missing.is_empty(),
        "no pipeline has these keys; add examples of them to tests/reference/examples.txt: {missing:#?}"
    );
    let mut out = HEAD.to_owned();
    for section in &sections {
        write!(out, "\n## {}\n\n{}\n\n{}", section.title, section.about, section.table).unwrap();
    }
    out
}

/// A map of the file.
struct Section {
    title: String,
    about: String,
    table: String,
    without_example: Vec<String>,
}

/// The sections of a map and of those inside it.
fn section(path: &str, schema: &Value, examples: &Examples, sections: &mut Vec<Section>) {
    let Some(properties) = schema["properties"].as_object() else { return };
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let either: Vec<&str> = alternatives(schema, "oneOf").filter_map(|one| one["required"][0].as_str()).collect();
    let mut without_example = Vec::new();
    let rows: Vec<Vec<String>> = properties
        .iter()
        .map(|(key, schema)| {
            let inner = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            let (meaning, default) = about(schema);
            let presence = match default {
                _ if required.contains(&key.as_str()) => "required".to_owned(),
                _ if either.contains(&key.as_str()) => format!("one of {}", listed(&either)),
                Some(default) => default,
                None => "none".to_owned(),
            };
            let example = examples.of(&inner);
            if example.is_empty() {
                without_example.push(inner);
            }
            vec![code(key), kind(schema), presence, meaning, example]
        })
        .collect();
    sections.push(Section {
        title: if path.is_empty() { "The file".to_owned() } else { code(path) },
        about: about(schema).0,
        table: table(&["key", "type", "default", "meaning", "example"], &rows),
        without_example,
    });
    for (key, schema) in properties {
        let inner = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        for (path, map) in maps(&inner, schema) {
            section(&path, map, examples, sections);
        }
    }
}

/// The maps with fixed keys that a value may hold, each with its path.
fn maps<'a>(path: &str, schema: &'a Value) -> Vec<(String, &'a Value)> {
    let mut found = Vec::new();
    if schema["properties"].is_object() {
        found.push((path.to_owned(), schema));
    }
    if schema["items"].is_object() {
        found.extend(maps(&format!("{path}[]"), &schema["items"]));
    }
    if schema["additionalProperties"].is_object() {
        found.extend(maps(&format!("{path}.*"), &schema["additionalProperties"]));
    }
    for one in alternatives(schema, "anyOf") {
        found.extend(maps(path, one));
    }
    // One value or a list of such: the same map twice.
    let mut unique: Vec<(String, &Value)> = Vec::new();
    for (path, map) in found {
        if !unique.iter().any(|(_, other)| other["properties"] == map["properties"]) {
            unique.push((path, map));
        }
    }
    unique
}

fn alternatives<'a>(schema: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    schema[key].as_array().into_iter().flatten()
}

/// The description, and the default that ends it.
fn about(schema: &Value) -> (String, Option<String>) {
    let text = schema["description"].as_str().unwrap_or_default();
    match text.split_once("Default: ") {
        Some((meaning, rest)) => {
            // `Default: none, a score is the mean.` explains the default.
            let (default, more) = rest
                .split_once(['.', ',', ';'])
                .filter(|_| !rest.starts_with(|c: char| c.is_ascii_digit()))
                .unwrap_or((rest.trim_end_matches('.'), ""));
            let more = more.trim().trim_end_matches('.');
            let meaning = meaning.trim_end();
            let meaning =
                if more.is_empty() { meaning.to_owned() } else { format!("{meaning} Default: {default}: {more}.") };
            (meaning, Some(default.trim().to_owned()))
        }
        None => (text.to_owned(), None),
    }
}

/// The type of a value, in words.
fn kind(schema: &Value) -> String {
    if let Some(words) = schema["enum"].as_array() {
        return words.iter().filter_map(Value::as_str).map(code).collect::<Vec<_>>().join(" or ");
    }
    if schema["anyOf"].is_array() {
        let mut kinds: Vec<String> = alternatives(schema, "anyOf").filter(|one| !is_variable(one)).map(kind).collect();
        kinds.dedup();
        return kinds.join(" or ");
    }
    if let Some(words) = alternatives(schema, "oneOf").map(|one| one["const"].as_str()).collect::<Option<Vec<_>>>()
        && !words.is_empty()
    {
        return words.into_iter().map(code).collect::<Vec<_>>().join(" or ");
    }
    if let Some(word) = schema["const"].as_str() {
        return code(word);
    }
    if let Some(kinds) = schema["type"].as_array() {
        return kinds.iter().filter_map(Value::as_str).map(name_of).collect::<Vec<_>>().join(" or ");
    }
    match schema["type"].as_str() {
        Some("array") => format!("list of {}", kind(&schema["items"])),
        Some("object") if schema["properties"].is_object() => "map".to_owned(),
        Some("object") => match schema["additionalProperties"].is_object() {
            true => format!("map of names to {}", kind(&schema["additionalProperties"])),
            false => "map".to_owned(),
        },
        Some("string") if schema["pattern"].as_str().is_some_and(|pattern| pattern.contains("ms|s|m")) => {
            "time with unit (`ms`, `s`, `m`)".to_owned()
        }
        Some("string") if schema["pattern"].as_str().is_some_and(|pattern| pattern.contains("KiB")) => {
            "size with unit (`KiB`, `MiB`, `GiB`)".to_owned()
        }
        Some(word @ ("integer" | "number")) => format!("{}{}", name_of(word), range(schema)),
        Some(word) => name_of(word).to_owned(),
        None => "any".to_owned(),
    }
}

/// The form of a value that only is there for `${NAME}`.
fn is_variable(schema: &Value) -> bool {
    schema["pattern"].as_str().is_some_and(|pattern| pattern.starts_with("\\$"))
}

fn name_of(kind: &str) -> &'static str {
    match kind {
        "string" => "text",
        "integer" => "integer",
        "number" => "number",
        "boolean" => "`true` or `false`",
        "null" => "nothing",
        "array" => "list",
        _ => "map",
    }
}

fn range(schema: &Value) -> String {
    let of = |key: &str| schema[key].as_f64().map(|number| number.to_string());
    match (of("minimum"), of("exclusiveMinimum"), of("maximum")) {
        (Some(low), _, Some(high)) => format!(", {low} to {high}"),
        (_, Some(low), Some(high)) => format!(", above {low} to {high}"),
        (Some(low), ..) => format!(", at least {low}"),
        (_, Some(low), _) => format!(", above {low}"),
        (.., Some(high)) => format!(", at most {high}"),
        _ => String::new(),
    }
}

fn listed(names: &[&str]) -> String {
    names.iter().map(|name| code(name)).collect::<Vec<_>>().join(", ")
}

/// The words of an `enum`, each with its description where the schema has one.
pub(crate) fn words(schema: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let plain = schema["enum"].as_array().into_iter().flatten();
    let described = alternatives(schema, "oneOf").chain(alternatives(schema, "anyOf"));
    let about = |word: &str| {
        let texts: Option<&Map<String, Value>> = schema["enumDescriptions"].as_object();
        texts.and_then(|texts| texts.get(word)).map(text).unwrap_or_default()
    };
    let listed = schema["enumDescriptions"].as_array().cloned().unwrap_or_default();
    let plain = plain.enumerate().map(|(index, word)| {
        let word = text(word);
        let help = listed.get(index).map_or_else(|| about(&word), text);
        (word, help)
    });
    let described =
        described.filter(|one| one["const"].is_string()).map(|one| (text(&one["const"]), text(&one["description"])));
    plain.chain(described).collect()
}
