//! What is read: the supplier file, the registry, and the fields made of their columns.

use std::path::PathBuf;

use serde::Serialize;

/// The supplier file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourcePlan {
    /// The format and where the file is.
    pub format: Format,
    /// The record's key is the first of these that is not empty.
    pub id: Vec<IdColumn>,
    /// The fields, in the order of the batch's columns.
    pub fields: Vec<FieldPlan>,
}

/// A table with a header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Format {
    /// An Excel workbook (`.xlsx`).
    Xlsx(XlsxFormat),
    /// Delimited text.
    Csv(CsvFormat),
    /// Parquet.
    Parquet {
        /// The file.
        path: PathBuf,
    },
    /// Rows written in the pipeline file (its tests).
    Inline(InlineTable),
}

/// A sheet of a workbook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct XlsxFormat {
    /// The file.
    pub path: PathBuf,
    /// Which sheet.
    pub sheet: SheetChoice,
    /// The row of the header, counted from 1; `None` takes the first row that has a cell.
    pub header_row: Option<u32>,
}

/// Which sheet of a workbook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum SheetChoice {
    /// The first visible one.
    First,
    /// By name, as written on its tab.
    Name(String),
    /// By position, from 1.
    Position(usize),
}

/// Delimited text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CsvFormat {
    /// The file.
    pub path: PathBuf,
    /// The delimiter; `None` finds it in the header line among `,`, `;`, tab and `|`.
    pub delimiter: Option<u8>,
    /// The encoding's WHATWG label (`utf-8`, `windows-1252`, `utf-16le`); `None` finds it.
    pub encoding: Option<String>,
}

/// A small table held in memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InlineTable {
    /// The column names.
    pub columns: Vec<String>,
    /// The rows, each as long as `columns`.
    pub rows: Vec<Vec<Option<String>>>,
}

/// A column that may hold the record's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum IdColumn {
    /// The value of a column.
    Column(String),
    /// The row's number in its file, never empty.
    Index,
}

/// A field of the engine, made of one or more columns of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldPlan {
    /// The field's name: lower-case letters, digits and `_`, not starting with `_`.
    pub name: String,
    /// The columns it is made of, at least one.
    pub columns: Vec<String>,
    /// How several columns become one value.
    pub join: Join,
    /// What the cells must be.
    pub data_type: FieldType,
}

/// How several columns become one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Join {
    /// Joined with a space, empty ones left out (an address in three columns).
    Space,
    /// Kept apart as alternatives, empty ones and repetitions left out (the names of a company).
    Alternatives,
}

/// What the cells of a field must be. Anything else is a [`crate::reject::Reject`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum FieldType {
    /// `Utf8`: what the cell says; a number keeps its digits.
    Text,
    /// `Int64`.
    Integer,
    /// `Float64`.
    Decimal,
    /// `Date32`.
    Date,
    /// `Boolean`.
    Boolean,
}

/// The registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReferencePlan {
    /// The format and where the files are.
    pub format: ReferenceFormat,
    /// The column with the entry's id (SIRET).
    pub id: String,
    /// The column with what entries belong to (SIREN).
    pub group: Option<String>,
    /// The fields, in the order of the batch's columns.
    pub fields: Vec<FieldPlan>,
    /// Only entries that pass every filter are read; pushed down into Parquet.
    pub filters: Vec<Filter>,
    /// How to tell open entries from closed ones; `None`: all count as open.
    pub status: Option<StatusPlan>,
}

/// The registry's format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum ReferenceFormat {
    /// One table, an entry a row.
    Flat(Format),
    /// INSEE's two Parquet files, joined on `siren`.
    Sirene {
        /// `StockUniteLegale`.
        units: PathBuf,
        /// `StockEtablissement`.
        establishments: PathBuf,
    },
}

impl std::fmt::Display for Format {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Format::Xlsx(XlsxFormat { path, .. }) | Format::Csv(CsvFormat { path, .. }) | Format::Parquet { path } => {
                path.display().fmt(out)
            }
            Format::Inline(_) => out.write_str("rows in the pipeline file"),
        }
    }
}

impl std::fmt::Display for ReferenceFormat {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ReferenceFormat::Flat(format) => format.fmt(out),
            ReferenceFormat::Sirene { establishments, .. } => establishments.display().fmt(out),
        }
    }
}

/// Keeps the entries whose `column` is one of `values`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Filter {
    /// The column.
    pub column: String,
    /// The values kept.
    pub values: Vec<String>,
}

/// How to tell open entries from closed ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatusPlan {
    /// The column.
    pub column: String,
    /// The values that mean open.
    pub open: Vec<String>,
    /// Whether closed entries are read too.
    pub keep_closed: bool,
}
