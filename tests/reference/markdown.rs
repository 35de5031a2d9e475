//! Markdown elements of the pages.

use std::fmt::Write;

/// A table with a header row.
pub(crate) fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let mut out = String::new();
    let mut line = |cells: Vec<String>| writeln!(out, "| {} |", cells.join(" | ")).unwrap();
    line(headings.iter().map(|heading| (*heading).to_owned()).collect());
    line(headings.iter().map(|_| "---".to_owned()).collect());
    for row in rows {
        line(row.iter().map(|cell| escape(cell)).collect());
    }
    out
}

/// The text of a cell: on one line, with bars escaped.
fn escape(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

/// A value as code; empty for an empty value.
pub(crate) fn code(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("`{text}`") }
}
