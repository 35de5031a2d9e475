//! Cleaners, searches and file formats: the words that a pipeline chooses from.

use std::fmt::Write;

use serde_json::Value;

use crate::markdown::{code, table};
use crate::pipeline::words;

const HEAD: &str = "\
# Cleaners, searches, formats

What a pipeline chooses from by name. The keys of each are in [Pipeline files](pipeline.md).
";

/// The page.
pub(crate) fn page(schema: &Value) -> String {
    let stage = &schema["properties"]["stages"]["items"]["properties"];
    let cleaners = choices(&stage["clean"]["additionalProperties"]);
    assert!(cleaners.len() > 10, "the schema lists no cleaners: {stage}");
    let mut out = HEAD.to_owned();
    let rows: Vec<Vec<String>> =
        cleaners.into_iter().map(|(word, help)| vec![code(&word), sentence(&word, help)]).collect();
    write!(out, "\n## Cleaners\n\n`clean: {{ field: CLEANER }}`\n\n{}", table(&["cleaner", "what it does"], &rows))
        .unwrap();
    let searches = one_of(&stage["candidates"]);
    write!(out, "\n## Candidate searches\n\n`candidates: {{ SEARCH: ... }}`\n\n{}", keys("search", &searches)).unwrap();
    for (key, title) in [("source", "Supplier files"), ("reference", "Registries")] {
        let formats = one_of(&schema["properties"][key]);
        write!(out, "\n## {title}\n\n`{key}: {{ FORMAT: ... }}`\n\n{}", keys("format", &formats)).unwrap();
    }
    out
}

/// The words of a choice, which may be one of several forms of a value.
fn choices(schema: &Value) -> Vec<(String, String)> {
    let own = words(schema);
    if !own.is_empty() {
        return own;
    }
    schema["anyOf"].as_array().into_iter().flatten().flat_map(choices).collect()
}

/// The keys of a map of which exactly one is given.
fn one_of(schema: &Value) -> Vec<(String, String)> {
    let names = schema["oneOf"].as_array().into_iter().flatten().filter_map(|one| one["required"][0].as_str());
    let about = |name: &str| schema["properties"][name]["description"].as_str().unwrap_or_default().to_owned();
    names.map(|name| (name.to_owned(), about(name))).collect()
}

fn keys(heading: &str, keys: &[(String, String)]) -> String {
    let rows: Vec<Vec<String>> = keys.iter().map(|(name, help)| vec![code(name), help.clone()]).collect();
    table(&[heading, "what it is"], &rows)
}

fn sentence(word: &str, help: String) -> String {
    assert!(!help.is_empty(), "the cleaner `{word}` has no description");
    help
}
