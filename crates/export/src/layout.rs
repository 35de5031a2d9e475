//! The columns of the files, and the content of the summary.

use matchflow_labels::Words;
use matchflow_model::language::Label;
use matchflow_model::outcome::COLUMNS;
use matchflow_model::plan::FieldType;
use matchflow_model::reject::Reject;
use matchflow_model::result_table::{Export, ResultColumn};

/// A field of the supplier file or the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldColumn {
    /// Its name in the pipeline.
    pub name: String,
    /// Its header in the file.
    pub header: String,
    /// The type of its values.
    pub data_type: FieldType,
}

/// The columns that depend on the pipeline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    /// The header of the key in the supplier file; empty if the key is the row number.
    pub key_header: String,
    /// The supplier's fields, in order.
    pub input_fields: Vec<FieldColumn>,
    /// The supplier's field with the amount at stake in a row.
    pub amount: Option<String>,
    /// The registry's fields, in order.
    pub entry_fields: Vec<FieldColumn>,
    /// The URL template of a company's page in a public register, with `{id}` or `{group}`.
    pub page: Option<String>,
    /// Whether the registry's entries have groups: results then have a level.
    pub has_groups: bool,
    /// Whether the registry has open and closed entries.
    pub has_status: bool,
    /// Whether people have decided rows: results then have what became of their decisions.
    pub has_decisions: bool,
    /// The scorers in the evidence, in order.
    pub scorers: Vec<String>,
    /// Whether there is a match model: results then have the entry's individual probability and the match weight.
    pub is_weighed: bool,
    /// Whether candidates have their fields and evidence in CSV files (`evidence: all`).
    pub is_evidence_whole: bool,
    /// The words of headings, outcomes and reasons.
    pub words: Words,
}

/// The content of a workbook's other sheets, except for the counts, which are taken from the results themselves.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// The pipeline's name.
    pub pipeline: String,
    /// The time and subject of the results, in one line.
    pub subtitle: String,
    /// Facts of the run, each with its label, in order. The English label is the key in Parquet files.
    pub facts: Vec<(Label, Fact)>,
    /// Cells that did not fit their declared type, possibly only the first ones.
    pub rejects: Vec<Reject>,
    /// Their total number.
    pub rejects_total: u64,
}

/// A fact of a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact {
    /// A name, a path, a time.
    Text(String),
    /// A count.
    Count(u64),
    /// A decimal number.
    Decimal(f64),
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
            Export::GroupValue => self.has_groups,
            Export::StatusValue => self.has_status,
            Export::ReviewValue => self.has_decisions,
            _ => true,
        }
    }

    /// The header of the amount in the supplier file.
    pub(crate) fn amount_header(&self) -> Option<&str> {
        let name = self.amount.as_deref()?;
        let field = self.input_fields.iter().find(|field| field.name == name);
        Some(field.map_or(name, |field| field.header.as_str()))
    }

    /// Headers of the CSV file: the names of the columns, `in_` and `entry_` before the fields; the same in every
    /// language.
    pub(crate) fn csv_headers(&self) -> Vec<String> {
        let prefixed = |prefix: &str, fields: &[FieldColumn]| -> Vec<String> {
            fields.iter().map(|field| format!("{prefix}_{}", field.name)).collect()
        };
        let headers = |column: &'static ResultColumn| match column.export {
            Export::InputFields => prefixed("in", &self.input_fields),
            Export::EntryFields => prefixed("entry", &self.entry_fields),
            Export::Scores => self.scorers.iter().map(|scorer| format!("score_{scorer}")).collect(),
            Export::Comparisons => Vec::new(),
            _ => vec![column.name.to_owned()],
        };
        self.columns().flat_map(headers).collect()
    }
}
