//! Errors that end the reading of a file. A single cell that does not fit is never one: it becomes a reject.

mod hints;

use std::io;

use self::hints::{archive_hint, closest_hint, columns_hint, folder_hint, list, not_found, place, refers_hint};

/// A file that cannot be read as planned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// No file of that name.
    #[error("{}", not_found(file))]
    NotFound {
        /// The file.
        file: String,
    },
    /// A folder instead of a file.
    #[error("`{file}` is a folder{}", folder_hint(extension.as_deref()))]
    IsFolder {
        /// The folder.
        file: String,
        /// The extension of data files in it, if there are any.
        extension: Option<String>,
    },
    /// A pipe or a device instead of a file.
    #[error(
        "`{file}` is a pipe or a device, which can be read once only: pipe the table into the command and give `-`"
    )]
    NotAFile {
        /// The path.
        file: String,
    },
    /// The system refuses to read: permissions, a lost network drive.
    #[error("`{file}` cannot be read")]
    Unreadable {
        /// The file.
        file: String,
        /// The operating system's error.
        source: io::Error,
    },
    /// An empty file.
    #[error("`{file}` is empty (0 bytes)")]
    EmptyFile {
        /// The file.
        file: String,
    },
    /// A file that is not a zip archive: a renamed CSV file, an HTML export.
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
        /// The zip reader's error.
        reason: String,
    },
    /// A zip archive that is not a workbook, or violates the standard.
    #[error("the workbook `{file}` cannot be read: {reason}")]
    Workbook {
        /// The file.
        file: String,
        /// The reader's error.
        reason: String,
    },
    /// No sheet of that name or position.
    #[error("`{file}` has no sheet {requested}; its sheets are {}", list(sheets))]
    SheetNotFound {
        /// The file.
        file: String,
        /// The sheet in the plan, as shown to people.
        requested: String,
        /// The sheets of the file.
        sheets: Vec<String>,
    },
    /// No named table of that name, or one without rows.
    #[error("`{file}` has no table `{table}`; its tables are {}", list(tables))]
    TableNotFound {
        /// The file.
        file: String,
        /// The table in the plan.
        table: String,
        /// The tables of the file.
        tables: Vec<String>,
    },
    /// A range that is neither an area of cells nor the name of one.
    #[error(
        "`{range}` {} for `{file}`; write cells like `B3:F500`, `B:F` or `Feuille1!B3:F500`, or a name: {}",
        refers_hint(refers_to.as_deref()), list(names)
    )]
    Range {
        /// The file.
        file: String,
        /// The range in the plan.
        range: String,
        /// What the name refers to in the workbook, if it is a name.
        refers_to: Option<String>,
        /// The names of the file.
        names: Vec<String>,
    },
    /// A name that several sheets define for different cells.
    #[error("`{name}` is defined in several sheets of `{file}`; set `sheet` to one of {}", list(sheets))]
    NameOfSheets {
        /// The file.
        file: String,
        /// The name in the plan.
        name: String,
        /// The sheets that define it.
        sheets: Vec<String>,
    },
    /// All worksheets are hidden, or there is none.
    #[error("`{file}` has no visible worksheet; name one of {}", list(sheets))]
    NoVisibleSheet {
        /// The file.
        file: String,
        /// The sheets of the file, all hidden.
        sheets: Vec<String>,
    },
    /// A sheet without any non-empty cell.
    #[error("the sheet `{sheet}` of `{file}` is empty")]
    EmptySheet {
        /// The file.
        file: String,
        /// The sheet.
        sheet: String,
    },
    /// The header row has no text.
    #[error("{} has no header in row {row}, which must have the column names", place(file, sheet))]
    NoHeader {
        /// The file.
        file: String,
        /// The sheet; empty where the format has none.
        sheet: String,
        /// The row in which it was expected.
        row: u64,
    },
    /// A column named in the plan but missing in the header.
    #[error(
        "{} has no column `{column}`{}; its columns are {}",
        place(file, sheet), closest_hint(closest.as_deref()), list(columns)
    )]
    ColumnNotFound {
        /// The file.
        file: String,
        /// The sheet; empty where the format has none.
        sheet: String,
        /// The column in the plan.
        column: String,
        /// The column with the most similar name.
        closest: Option<String>,
        /// The columns of the file.
        columns: Vec<String>,
    },
    /// A plan with a format that has no reader.
    #[error("there is no reader for the format `{format}`; the formats are {}", list(formats))]
    UnknownFormat {
        /// The format in the plan.
        format: String,
        /// The known formats.
        formats: Vec<String>,
    },
    /// A plan whose options do not fit its format.
    #[error("the options of the {format} table cannot be read: {reason}")]
    InvalidOptions {
        /// The format.
        format: String,
        /// The cause.
        reason: String,
    },
    /// A plan without the file that its format requires.
    #[error("the {format} table names no file")]
    NoFile {
        /// The format.
        format: String,
    },
    /// The contents are not of the declared format.
    #[error("`{file}` is {contents}; {remedy}")]
    OtherContents {
        /// The file.
        file: String,
        /// Its contents, as a noun phrase.
        contents: String,
        /// What to do.
        remedy: String,
    },
    /// A file whose columns differ from those of the files before it.
    #[error(
        "`{file}` does not have the columns of `{first}`: {}; files of one table must have the same columns",
        columns_hint(missing, others)
    )]
    PartColumns {
        /// The file.
        file: String,
        /// The first file.
        first: String,
        /// Columns of the first file that are missing.
        missing: Vec<String>,
        /// Columns that are not in the first file.
        others: Vec<String>,
    },
    /// A compressed file that is truncated, damaged, or a decompression bomb.
    #[error("`{file}` cannot be decompressed ({compression}, at byte {offset} of the file): {reason}")]
    Decompression {
        /// The file.
        file: String,
        /// The compression.
        compression: &'static str,
        /// The offset in the file.
        offset: u64,
        /// The cause, and what to do.
        reason: String,
    },
    /// A zip archive without a table, or with several.
    #[error("the zip archive `{file}` must have one file, the table; {}", archive_hint(members))]
    ArchiveMembers {
        /// The file.
        file: String,
        /// The first of its members.
        members: Vec<String>,
    },
    /// Not Parquet, truncated, or compressed in a way that this build does not support.
    #[error("the Parquet file `{file}` cannot be read: {reason}")]
    Parquet {
        /// The file.
        file: String,
        /// The reader's error.
        reason: String,
    },
    /// A column of lists or structures instead of plain values.
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
    /// A column compressed in a way that this build does not support.
    #[error("`{file}` is compressed with {compression}; write it again with Zstandard, Snappy or gzip")]
    ColumnCompression {
        /// The file.
        file: String,
        /// The compression.
        compression: &'static str,
    },
    /// A database that cannot be opened, or a query that fails.
    #[error("the DuckDB database `{file}` cannot be read: {reason}")]
    Database {
        /// The file.
        file: String,
        /// DuckDB's message.
        reason: String,
    },
    /// A database of several tables, or none, of which the plan names none.
    #[error("`{file}` has {} tables; name one (`table` in a pipeline, `--sheet` on the command line): {}", tables.len(), list(tables))]
    DatabaseTables {
        /// The file.
        file: String,
        /// Its tables.
        tables: Vec<String>,
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
    /// An INSEE file under the wrong key.
    #[error("`{file}` cannot be the file of legal units (`StockUniteLegale`): {reason}")]
    NotSireneUnits {
        /// The file given as `units`.
        file: String,
        /// The cause.
        reason: String,
    },
    /// An encoding label that is not in the WHATWG list.
    #[error(
        "`{label}`, for `{file}`, is not a known encoding; use for example utf-8, windows-1252, iso-8859-15 or utf-16le"
    )]
    UnknownEncoding {
        /// The file.
        file: String,
        /// The label.
        label: String,
    },
    /// A text file in an unsupported encoding.
    #[error("`{file}` is {encoding}, which is not supported; save it as UTF-8")]
    UnsupportedEncoding {
        /// The file.
        file: String,
        /// Its encoding.
        encoding: &'static str,
    },
    /// A quoted cell without an end: all rows after it could be part of it.
    #[error(
        "row {row} of `{file}` opens a quote that is never closed: {start}; close it, or, if quotes in this file are \
         ordinary characters, add `quote: none`"
    )]
    UnclosedQuote {
        /// The file.
        file: String,
        /// The row.
        row: u64,
        /// The start of the row, truncated.
        start: String,
    },
    /// A record longer than the limit: usually a quote that is never closed.
    #[error("the record in row {row} of `{file}` is longer than {bytes_max} bytes; is a quote left open there?")]
    RecordTooLong {
        /// The file.
        file: String,
        /// The row where the record begins.
        row: u64,
        /// The limit.
        bytes_max: u64,
    },
    /// A row of a pipeline's test whose number of cells differs from the number of columns.
    #[error("row {row} of the inline table has {cells} cells; it must have {columns}")]
    InlineRow {
        /// The row, from 1, not counting the header.
        row: usize,
        /// Its cells.
        cells: usize,
        /// The table's columns.
        columns: usize,
    },
    /// A library panicked on the contents of a file.
    #[error("the reader of `{file}` failed on its contents ({message}); please report the file")]
    ReaderPanic {
        /// The file.
        file: String,
        /// The panic's message.
        message: String,
    },
    /// A batch that Arrow refuses: a bug in this crate.
    #[error("a batch of `{file}` could not be built")]
    Batch {
        /// The file.
        file: String,
        /// Arrow's error.
        source: arrow::error::ArrowError,
    },
}
