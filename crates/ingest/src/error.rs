//! What stops the reading of a file. A single cell that does not fit never does: it becomes a reject.

use std::io;

use matchflow_model::InputCondition;
use matchflow_model::excerpt::excerpt;

/// A file that cannot be read as the plan asks.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// No file of that name.
    #[error("there is no file `{file}`")]
    NotFound {
        /// The file.
        file: String,
    },
    /// A folder where a file is wanted.
    #[error("`{file}` is a folder{}", folder_hint(file, extension.as_deref()))]
    IsFolder {
        /// The folder.
        file: String,
        /// The extension of data files in it, if there are any.
        extension: Option<String>,
    },
    /// The system refuses to read: permissions, a lost network drive.
    #[error("`{file}` cannot be read")]
    Unreadable {
        /// The file.
        file: String,
        /// The operating system's error.
        source: io::Error,
    },
    /// A file of no bytes.
    #[error("`{file}` is empty (0 bytes)")]
    EmptyFile {
        /// The file.
        file: String,
    },
    /// Any file that is not a zip archive: a CSV renamed, an HTML export.
    #[error("`{file}` is not an .xlsx workbook; export it as .xlsx, or declare it as csv or parquet")]
    NotAWorkbook {
        /// The file.
        file: String,
    },
    /// An OLE container: what Excel writes for a password, and for `.xls`.
    #[error("`{file}` is encrypted or an old .xls; save it without a password as .xlsx")]
    Encrypted {
        /// The file.
        file: String,
    },
    /// The zip archive ends early or is damaged: an interrupted download or copy.
    #[error("`{file}` is cut or damaged ({reason}); copy or export it again")]
    CutWorkbook {
        /// The file.
        file: String,
        /// What the zip reader said.
        reason: String,
    },
    /// A zip archive whose contents are not those of a workbook, or not as the standard has them.
    #[error("the workbook `{file}` cannot be read: {reason}")]
    Workbook {
        /// The file.
        file: String,
        /// What the reader said.
        reason: String,
    },
    /// No sheet of that name or position.
    #[error("`{file}` has no sheet {requested}; its sheets are {}", list(sheets))]
    SheetNotFound {
        /// The file.
        file: String,
        /// The sheet asked for, as shown to people.
        requested: String,
        /// The sheets that there are.
        sheets: Vec<String>,
    },
    /// No named table of that name, or one without rows.
    #[error("`{file}` has no table `{table}`; its tables are {}", list(tables))]
    TableNotFound {
        /// The file.
        file: String,
        /// The table asked for.
        table: String,
        /// The tables that there are.
        tables: Vec<String>,
    },
    /// Neither cells nor the name of cells.
    #[error(
        "`{range}` {} for `{file}`; write cells like `B3:F500`, `B:F` or `Feuille1!B3:F500`, or a name: {}",
        refers_hint(refers_to.as_deref()), list(names)
    )]
    Range {
        /// The file.
        file: String,
        /// The range asked for.
        range: String,
        /// What the workbook says the name stands for, where it is one.
        refers_to: Option<String>,
        /// The names that there are.
        names: Vec<String>,
    },
    /// A name that stands for cells of several sheets, each its own.
    #[error("`{name}` is a name of several sheets of `{file}`; choose with `sheet` one of {}", list(sheets))]
    NameOfSheets {
        /// The file.
        file: String,
        /// The name asked for.
        name: String,
        /// The sheets that have it.
        sheets: Vec<String>,
    },
    /// Every worksheet is hidden, or there is none.
    #[error("`{file}` has no visible worksheet; name one of {}", list(sheets))]
    NoVisibleSheet {
        /// The file.
        file: String,
        /// The sheets that there are, all hidden.
        sheets: Vec<String>,
    },
    /// A sheet without any cell that says something.
    #[error("the sheet `{sheet}` of `{file}` is empty")]
    EmptySheet {
        /// The file.
        file: String,
        /// The sheet.
        sheet: String,
    },
    /// The header's row has no text.
    #[error("{} has no header in row {row}; a row of column names is wanted there", place(file, sheet))]
    NoHeader {
        /// The file.
        file: String,
        /// The sheet; empty where the format has none.
        sheet: String,
        /// The row where it was looked for.
        row: u64,
    },
    /// A column that the plan names and the header lacks.
    #[error(
        "{} has no column `{column}`{}; its columns are {}",
        place(file, sheet), closest_hint(closest.as_deref()), list(columns)
    )]
    ColumnNotFound {
        /// The file.
        file: String,
        /// The sheet; empty where the format has none.
        sheet: String,
        /// The column asked for.
        column: String,
        /// The column that comes nearest.
        closest: Option<String>,
        /// The columns that there are.
        columns: Vec<String>,
    },
    /// A plan that names a format which no reader has.
    #[error("there is no reader for the format `{format}`; the formats are {}", list(formats))]
    UnknownFormat {
        /// The format asked for.
        format: String,
        /// The formats that there are.
        formats: Vec<String>,
    },
    /// A plan whose options are not those of its format.
    #[error("the options of the {format} table cannot be read: {reason}")]
    InvalidOptions {
        /// The format.
        format: String,
        /// The cause.
        reason: String,
    },
    /// A plan without the file that its format reads.
    #[error("the {format} table names no file")]
    NoFile {
        /// The format.
        format: String,
    },
    /// Contents of another kind than the format that the plan declares.
    #[error("`{file}` is {contents}; {remedy}")]
    OtherContents {
        /// The file.
        file: String,
        /// Its contents, as a noun phrase.
        contents: String,
        /// What to do.
        remedy: String,
    },
    /// Not Parquet, cut, or compressed in a way that is not built in.
    #[error("the Parquet file `{file}` cannot be read: {reason}")]
    Parquet {
        /// The file.
        file: String,
        /// What the reader said.
        reason: String,
    },
    /// A column of lists or structures where plain values are wanted.
    #[error(
        "column `{column}` of `{file}` has the type {data_type}; it must be text, numbers, dates or booleans: convert it"
    )]
    ColumnType {
        /// The file.
        file: String,
        /// The column.
        column: String,
        /// Its Arrow type.
        data_type: String,
    },
    /// A column compressed in a way that is not built in.
    #[error("`{file}` is compressed with {compression}; write it again with Zstandard, Snappy or gzip")]
    ColumnCompression {
        /// The file.
        file: String,
        /// The compression.
        compression: &'static str,
    },
    /// INSEE's files in each other's place.
    #[error(
        "`units` and `establishments` are swapped: `{units}` has the column `siret` and `{establishments}` does not"
    )]
    SireneFilesSwapped {
        /// The file given as `units`.
        units: String,
        /// The file given as `establishments`.
        establishments: String,
    },
    /// A file of INSEE that is not what its key asks for.
    #[error("`{file}` cannot be the file of legal units (`StockUniteLegale`): {reason}")]
    NotSireneUnits {
        /// The file given as `units`.
        file: String,
        /// The cause.
        reason: String,
    },
    /// An encoding label that the WHATWG list does not have.
    #[error("`{label}` is no encoding for `{file}`; use for example utf-8, windows-1252, iso-8859-15 or utf-16le")]
    UnknownEncoding {
        /// The file.
        file: String,
        /// The label.
        label: String,
    },
    /// A record without an end in sight: mostly a quote that is never closed.
    #[error("the record in row {row} of `{file}` is longer than {bytes_max} bytes; is a quote left open there?")]
    RecordTooLong {
        /// The file.
        file: String,
        /// The row where the record begins.
        row: u64,
        /// The limit.
        bytes_max: u64,
    },
    /// A row of a pipeline's test that has not as many cells as the table has columns.
    #[error("row {row} of the inline table has {cells} cells; {columns} are wanted")]
    InlineRow {
        /// The row, from 1, the header not counted.
        row: usize,
        /// Its cells.
        cells: usize,
        /// The table's columns.
        columns: usize,
    },
    /// A library met a file that it did not expect and panicked; the run goes on without it.
    #[error("the reader of `{file}` failed on its contents ({message}); please report the file")]
    ReaderPanic {
        /// The file.
        file: String,
        /// The panic's message.
        message: String,
    },
    /// A batch that Arrow refuses: a fault of this crate.
    #[error("a batch of `{file}` could not be built")]
    Batch {
        /// The file.
        file: String,
        /// What Arrow said.
        source: arrow::error::ArrowError,
    },
}

impl IngestError {
    /// The condition of the file that the error reports; `None` where the pipeline or this crate is at fault.
    pub fn condition(&self) -> Option<InputCondition> {
        use IngestError as Error;
        match self {
            Error::NotFound { .. } | Error::IsFolder { .. } | Error::Unreadable { .. } => Some(InputCondition::Missing),
            Error::EmptyFile { .. } | Error::EmptySheet { .. } => Some(InputCondition::Empty),
            Error::NotAWorkbook { .. }
            | Error::Encrypted { .. }
            | Error::CutWorkbook { .. }
            | Error::Workbook { .. }
            | Error::Parquet { .. }
            | Error::RecordTooLong { .. }
            | Error::OtherContents { .. }
            | Error::ColumnCompression { .. }
            | Error::ReaderPanic { .. } => Some(InputCondition::Damaged),
            Error::SheetNotFound { .. }
            | Error::TableNotFound { .. }
            | Error::Range { .. }
            | Error::NameOfSheets { .. }
            | Error::NoVisibleSheet { .. }
            | Error::NoHeader { .. }
            | Error::ColumnNotFound { .. }
            | Error::UnknownFormat { .. }
            | Error::InvalidOptions { .. }
            | Error::NoFile { .. }
            | Error::ColumnType { .. }
            | Error::SireneFilesSwapped { .. }
            | Error::NotSireneUnits { .. }
            | Error::UnknownEncoding { .. }
            | Error::InlineRow { .. }
            | Error::Batch { .. } => None,
        }
    }
}

fn place(file: &str, sheet: &str) -> String {
    if sheet.is_empty() { format!("`{file}`") } else { format!("the sheet `{sheet}` of `{file}`") }
}

fn folder_hint(folder: &str, extension: Option<&str>) -> String {
    match extension {
        Some("parquet") => format!(
            " of Parquet files; one file is read: write them as one, for example with DuckDB: \
             COPY (FROM read_parquet('{folder}/**/*.parquet', hive_partitioning = true)) TO 'one.parquet'"
        ),
        Some(extension) => format!(" of .{extension} files; one file is read: name one of them, or join them to one"),
        None => "; name a file".to_owned(),
    }
}

fn refers_hint(refers_to: Option<&str>) -> String {
    refers_to.map_or("is no range".to_owned(), |to| format!("stands for `{to}`, which is no range of cells,"))
}

fn closest_hint(closest: Option<&str>) -> String {
    closest.map(|name| format!(" (did you mean `{name}`?)")).unwrap_or_default()
}

/// Names in backticks, cut where a list of them would hide the message.
fn list(names: &[String]) -> String {
    const NAMES_MAX: usize = 40;
    if names.is_empty() {
        return "none".to_owned();
    }
    let listed: Vec<String> = names.iter().take(NAMES_MAX).map(|name| format!("`{}`", excerpt(name))).collect();
    let more = names.len().saturating_sub(NAMES_MAX);
    if more == 0 { listed.join(", ") } else { format!("{} and {more} more", listed.join(", ")) }
}
