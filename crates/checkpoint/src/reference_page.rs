//! The reference documentation page about a checkpoint's tables.

use matchflow_model::expectation::Expectation;
use matchflow_model::plugin_output::OutputProblem;
use matchflow_model::request_failure::{RequestFailure, RequestRule};
use matchflow_model::row_error::RowError;

use crate::layout::{ColumnLayout, tables};
use crate::views::VIEWS;

/// Every table and view, as a page of the reference documentation.
pub fn reference_page() -> String {
    let mut page = String::from(
        "# Tables of the checkpoint\n\n\
         A checkpoint is a DuckDB file; open it read-only with any DuckDB client while no run writes to it. Table and \
         column comments in the file say the same as this page.\n\nQuery the view `latest` for results.\n\n## Views\n\n\
         | view | a row is |\n|---|---|\n",
    );
    for (name, description, _) in VIEWS {
        page.push_str(&format!("| `{name}` | {description} |\n"));
    }
    for table in tables() {
        page.push_str(&format!(
            "\n## `{}`\n\n{}\n\n| column | SQL type | meaning |\n|---|---|---|\n",
            table.name, table.description
        ));
        for ColumnLayout { name, sql, description, .. } in &table.columns {
            let (kind, null) = match sql.split_once(" NOT NULL") {
                Some((kind, _)) => (kind, ""),
                None => (sql.as_str(), ", may be null"),
            };
            page.push_str(&format!("| `{name}` | {kind}{null} | {description} |\n"));
        }
    }
    page.push_str(
        "\n## Codes\n\nErrors, rejects and reasons are stored as JSON objects with a `code` and its values, in no language. \
         Outputs, `explain` and the workbook have them in words. The code `text` has a sentence of an older version.\n",
    );
    let tables = [
        ("`results.error`, and `error` within it and within reasons", RowError::KINDS),
        ("`rejects.expected`", Expectation::KINDS),
        ("`problem` of `plugin_output`: the fault of what a plug-in returned", OutputProblem::KINDS),
        ("`cause` of `request`: why a request of an arbiter has no answer", RequestFailure::KINDS),
        ("`rule` of `refused`: the rule that a request breaks", RequestRule::KINDS),
    ];
    for (title, kinds) in tables {
        page.push_str(&format!("\n### {title}\n\n| code | values | in English |\n|---|---|---|\n"));
        for kind in kinds {
            let values: Vec<String> = kind.values.iter().map(|value| format!("`{value}`")).collect();
            page.push_str(&format!("| `{}` | {} | {} |\n", kind.code, values.join(", "), as_read(kind.words.en)));
        }
    }
    page
}

/// The template of an expectation as shown in the documentation: `{cells|cell|cells}` as `{cells} cells`, optional
/// parts without brackets.
fn as_read(words: &str) -> String {
    let mut text = String::new();
    let mut rest = words;
    while let Some((before, after)) = rest.split_once('{') {
        let (place, after) = after.split_once('}').unwrap_or((after, ""));
        let mut parts = place.split('|');
        text.push_str(&format!("{before}{{{}}}", parts.next().unwrap_or_default()));
        if let Some(noun) = parts.nth(1) {
            text.push_str(&format!(" {noun}"));
        }
        rest = after;
    }
    text.push_str(rest);
    text.replace(['<', '>'], "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_page_is_up_to_date() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/checkpoint.md");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::create_dir_all(std::path::Path::new(path).parent().unwrap()).unwrap();
            std::fs::write(path, reference_page()).unwrap();
        }
        let page = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            page == reference_page(),
            "docs/reference/checkpoint.md is out of date: run this test with UPDATE_GOLDEN=1"
        );
    }
}
