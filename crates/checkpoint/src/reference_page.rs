//! The page of the reference documentation about a checkpoint's tables.

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
    page
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
