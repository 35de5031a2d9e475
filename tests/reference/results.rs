//! The columns of result files, from the table in which they are declared.

use std::fmt::Write;

use matchflow_model::outcome::COLUMNS;
use matchflow_model::result_table::{Export, ResultColumn};

use crate::markdown::{code, table};

const HEAD: &str = "\
# Result files

`outputs` lists the workbooks (`xlsx`) and CSV files (`csv`) that a run writes when it ends; its rows are those of the view `latest`
of the [checkpoint](checkpoint.md). Headings are in the language of the pipeline (`language: fr`), else in that of the locale.
`{id}` and `{group}` are what the registry calls them: `siret`, `siren`.

";

/// The page.
pub(crate) fn page() -> String {
    let displayed = COLUMNS.iter().filter(|column| column.export != Export::Hidden);
    let rows: Vec<Vec<String>> = displayed
        .map(|column| {
            let heading = |text: &str| if text.is_empty() { String::new() } else { format!("\u{201c}{text}\u{201d}") };
            let headings = (heading(column.heading.en), heading(column.heading.fr));
            vec![code(column.name), headings.0, headings.1, column.description(), place(column)]
        })
        .collect();
    let mut out = HEAD.to_owned();
    write!(out, "{}", table(&["column", "English heading", "French heading", "meaning", "where"], &rows)).unwrap();
    out
}

fn place(column: &ResultColumn) -> String {
    let text = match column.export {
        Export::Hidden => "",
        Export::Value => "every file",
        Export::WeighedValue => "every file, with a match model",
        Export::GroupValue => "every file, with groups",
        Export::StatusValue => "every file, with `status`",
        Export::ReviewValue => "every file, where people have decided rows",
        Export::InputFields => "one column for each field of the source",
        Export::EntryFields => "one column for each field of the registry",
        Export::Alternatives => "CSV: JSON; Parquet: a list; workbook: one column for each entry",
        Export::Scores => "CSV and workbook: one column for each scorer; Parquet: a list",
        Export::Comparisons => "Parquet: a list",
        Export::Evidence => "CSV and Parquet: JSON",
    };
    text.to_owned()
}
