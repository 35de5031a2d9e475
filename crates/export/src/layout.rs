//! The columns of the files, and the content of the summary.

use matchflow_labels::Words;
use matchflow_model::language::Language;
use matchflow_model::outcome::COLUMNS;
use matchflow_model::reject::Reject;
use matchflow_model::result_table::{Export, ResultColumn};

/// Alternatives that a workbook has columns for; a decision has no more.
pub(crate) const ALTERNATIVES: usize = 5;

/// The columns that depend on the pipeline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    /// The supplier's fields, in order.
    pub input_fields: Vec<String>,
    /// The registry's fields, in order.
    pub entry_fields: Vec<String>,
    /// The scorers in the evidence, in order.
    pub scorers: Vec<String>,
    /// Whether there is a match model: results then have the entry's own probability and the match weight.
    pub is_weighed: bool,
    /// The words of headings, outcomes and reasons.
    pub words: Words,
}

/// The content of a workbook's other sheets besides the counts, which are taken from the results themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// The pipeline's name.
    pub pipeline: String,
    /// Facts of the run, each with its label, in order.
    pub facts: Vec<(String, String)>,
    /// Cells that did not fit their declared type, or the first of them.
    pub rejects: Vec<Reject>,
    /// Their total number.
    pub rejects_total: u64,
}

impl Layout {
    /// The columns of the table of results that the files show.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &'static ResultColumn> {
        COLUMNS.iter().filter(|column| self.has(column))
    }

    /// Whether the files show a column.
    pub(crate) fn has(&self, column: &ResultColumn) -> bool {
        match column.export {
            Export::Hidden => false,
            Export::WeighedValue => self.is_weighed,
            _ => true,
        }
    }

    /// Headers of the CSV file: the names of the columns, `in_` and `entry_` before the fields; the same in every language.
    pub(crate) fn csv_headers(&self) -> Vec<String> {
        let prefixed = |prefix: &str, fields: &[String]| -> Vec<String> {
            fields.iter().map(|field| format!("{prefix}_{field}")).collect()
        };
        let headers = |column: &'static ResultColumn| match column.export {
            Export::InputFields => prefixed("in", &self.input_fields),
            Export::EntryFields => prefixed("entry", &self.entry_fields),
            _ => vec![column.name.to_owned()],
        };
        self.columns().flat_map(headers).collect()
    }

    /// Headers of the workbook, for people.
    pub(crate) fn workbook_headers(&self) -> Vec<String> {
        self.columns().flat_map(|column| self.headings(column)).collect()
    }

    fn headings(&self, column: &ResultColumn) -> Vec<String> {
        let or = |label: &str, otherwise: &str| if label.is_empty() { otherwise.to_owned() } else { label.to_owned() };
        let heading = column.heading.get(self.words.language);
        let heading = heading.replace("{id}", &or(&self.words.id, "id"));
        let heading = heading.replace("{group}", &or(&self.words.group, "group"));
        let qualified = |names: &[String]| -> Vec<String> {
            let in_order = |name: &String| match self.words.language {
                Language::English if column.export == Export::Scores => format!("{name} {heading}"),
                Language::English => format!("{heading} {name}"),
                Language::French if column.export == Export::Scores => format!("{heading} {name}"),
                Language::French => format!("{name} ({heading})"),
            };
            names.iter().map(in_order).collect()
        };
        match column.export {
            Export::InputFields => self.input_fields.clone(),
            Export::EntryFields => qualified(&self.entry_fields),
            Export::Scores => qualified(&self.scorers),
            Export::Alternatives => (1..=ALTERNATIVES).map(|number| format!("{heading} {number}")).collect(),
            Export::Hidden | Export::Value | Export::WeighedValue => vec![heading],
        }
    }
}
