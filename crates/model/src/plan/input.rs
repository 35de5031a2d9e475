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
    /// A workbook of another format.
    Old(OldFormat),
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

/// A table in a workbook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct XlsxFormat {
    /// The file.
    pub path: PathBuf,
    /// Which sheet.
    pub sheet: SheetChoice,
    /// Which part of it.
    pub area: AreaChoice,
    /// Where the header is.
    pub header: HeaderChoice,
    /// What becomes of hidden rows.
    pub hidden_rows: HiddenRows,
    /// What merged cells say.
    pub merged: MergedCells,
    /// Whether a row of totals at the foot is a record.
    pub totals: Totals,
}

impl XlsxFormat {
    /// The first visible sheet from the first row that has a cell; hidden rows and totals are records.
    pub fn new(path: PathBuf) -> Self {
        XlsxFormat {
            path,
            sheet: SheetChoice::First,
            area: AreaChoice::Sheet,
            header: HeaderChoice::First,
            hidden_rows: HiddenRows::Keep,
            merged: MergedCells::TopLeft,
            totals: Totals::Keep,
        }
    }
}

/// A sheet of a workbook of another format than `.xlsx`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OldFormat {
    /// Which format.
    pub kind: OldKind,
    /// The table; hidden rows are kept and merged cells say what their first one does.
    pub table: XlsxFormat,
}

/// A format of workbooks that is read through calamine, the slow way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum OldKind {
    /// Excel 97 to 2003.
    Xls,
    /// Excel's binary workbook.
    Xlsb,
    /// OpenDocument.
    Ods,
}

impl OldKind {
    /// The ending of its files, without the point.
    pub fn extension(self) -> &'static str {
        match self {
            OldKind::Xls => "xls",
            OldKind::Xlsb => "xlsb",
            OldKind::Ods => "ods",
        }
    }
}

/// Which part of a sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum AreaChoice {
    /// All of it.
    Sheet,
    /// The table of that name, wherever it is.
    Table(String),
    /// Cells like `B3:F500` or `B:F`, perhaps with a sheet (`Feuille1!B3:F500`); or the name of such a range.
    Range(String),
}

/// Where the header is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum HeaderChoice {
    /// The first row that has a cell.
    First,
    /// The row of this number in the sheet, from 1.
    Row(u32),
    /// Of the first rows that have a cell, the one with most of these names; the first row where none has any.
    Names(Vec<String>),
}

/// What becomes of hidden rows, hidden by hand or by a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum HiddenRows {
    /// They are records.
    Keep,
    /// They are left out.
    Skip,
    /// They are records, and the column `_hidden` says which they are.
    Flag,
}

/// What merged cells say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum MergedCells {
    /// The first cell says it, the others are empty.
    TopLeft,
    /// Each says what the first does, in rows that say something of their own.
    Fill,
}

/// Whether a row of totals at the foot is a record. A table's own row of totals never is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Totals {
    /// It is.
    Keep,
    /// The last row is left out where its first text begins with `Total` or the like.
    Skip,
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
    /// Where its index is kept between runs; `None`: beside it, if it was put there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index_path: Option<PathBuf>,
}

/// The registry's format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum ReferenceFormat {
    /// One table, an entry a row.
    Flat(Format),
    /// INSEE's Parquet files, joined on `siren` and `siret`.
    Sirene {
        /// `StockUniteLegale`.
        units: PathBuf,
        /// `StockEtablissement`.
        establishments: PathBuf,
        /// `StockEtablissementLiensSuccession`, where it is given.
        #[serde(skip_serializing_if = "Option::is_none")]
        successions: Option<PathBuf>,
    },
}

impl std::fmt::Display for Format {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Format::Xlsx(XlsxFormat { path, .. })
            | Format::Old(OldFormat { table: XlsxFormat { path, .. }, .. })
            | Format::Csv(CsvFormat { path, .. })
            | Format::Parquet { path } => path.display().fmt(out),
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
