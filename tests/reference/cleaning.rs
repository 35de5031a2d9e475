//! Cleaners, searches and file formats: the keywords available in a pipeline.

use std::fmt::Write;

use matchflow_pipeline::{KeyReference, pipeline_keys};
use matchflow_text::CLEANERS;

use crate::markdown::{code, table};

const HEAD: &str = "\
# Cleaners, searches, formats

What a pipeline chooses from by name. Their keys are in [Pipeline files](pipeline.md).

## Cleaners

`clean: { field: CLEANER }`

";

/// The page.
pub(crate) fn page() -> String {
    let keys = pipeline_keys();
    let cleaners = CLEANERS.iter().map(|cleaner| {
        let (value, cleaned) = cleaner.example;
        vec![code(cleaner.name), cleaner.help.to_owned(), code(value), code(cleaned)]
    });
    let cleaners: Vec<Vec<String>> = cleaners.collect();
    let mut out = HEAD.to_owned();
    out.push_str(&table(&["cleaner", "what it does", "value", "cleaned"], &cleaners));
    let searches = choices(&keys, "stages[].candidates");
    write!(out, "\n## Candidate searches\n\n`candidates: {{ SEARCH: ... }}`\n\n{}", list("search", &searches)).unwrap();
    for (key, title) in [("source", "Supplier files"), ("reference", "Registries")] {
        let formats = choices(&keys, key);
        write!(out, "\n## {title}\n\n`{key}: {{ FORMAT: ... }}`\n\n{}", list("format", &formats)).unwrap();
    }
    out
}

/// The keys of a map of which exactly one must be given.
fn choices(keys: &[KeyReference], map: &str) -> Vec<Vec<String>> {
    let inside =
        keys.iter().filter(|key| key.is_choice && key.path.rsplit_once('.').is_some_and(|(parent, _)| parent == map));
    let rows: Vec<Vec<String>> = inside
        .map(|key| vec![code(key.path.rsplit('.').next().unwrap_or_default()), key.description.clone()])
        .collect();
    assert!(rows.len() > 2, "`{map}` has no choices");
    rows
}

fn list(heading: &str, rows: &[Vec<String>]) -> String {
    table(&[heading, "what it is"], rows)
}
