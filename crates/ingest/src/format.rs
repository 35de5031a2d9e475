//! File formats: each is a file in `table/` and a line in [`FORMATS`].
//!
//! Everything that depends on a format asks this table: the pipeline file for names, keys and help ([`TableFormat`]),
//! this crate for readers ([`FormatReader`]), `inspect` for file extensions.
//!
//! To add a format: add a file in `table/` that implements both traits, its `mod` line there, and its line in
//! [`FORMATS`].

use std::fmt::Debug;
use std::path::{Path, PathBuf};

use matchflow_model::digest::Hasher;
use matchflow_model::header::ROW;
use matchflow_model::plan::TablePlan;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::compression;
use crate::contents::FileContents;
use crate::error::IngestError;
use crate::file;
use crate::file_set::files_of;
use crate::sheets::WorkbookFacts;
use crate::table::{self, Table};

/// All formats, in the order in which help lists them.
pub(crate) static FORMATS: &[&dyn FormatReader] = &[
    &table::Xlsx,
    &table::XLS,
    &table::XLSB,
    &table::ODS,
    &table::Csv,
    &table::jsonl::Jsonl,
    &table::Parquet,
    &table::Duckdb,
    &table::Sirene,
    &table::Inline,
];

/// The key for the file or files of a table.
pub(crate) const PATH_KEY: FormatKey = FormatKey {
    name: "path",
    about: "The file, relative to the pipeline file; a folder, or a pattern such as `suppliers/**/*.csv`, of files that have \
            the same columns; `-` for standard input.",
    is_required: true,
    value: KeyType::File,
};

/// The two roles of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableRole {
    /// The supplier file.
    Source,
    /// The registry.
    Reference,
}

/// A key of a format in the pipeline file.
#[derive(Debug)]
pub struct FormatKey {
    /// The key's name.
    pub name: &'static str,
    /// Its help text, shown by editors.
    pub about: &'static str,
    /// Whether it is required.
    pub is_required: bool,
    /// Its value's type.
    pub value: KeyType,
}

/// The type of a key's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyType {
    /// A path; it becomes one of [`TablePlan::files`]. Keys of all other types become options.
    File,
    /// Text.
    Text,
    /// A sheet: its name (text), or its position from 1 (a number).
    Sheet,
    /// The row of the header from 1 (a number), or `auto`.
    HeaderRow,
    /// One ASCII character, or `tab` (which becomes the tab character).
    Delimiter,
    /// A text encoding, by its WHATWG label.
    Encoding,
    /// One of several words.
    Word {
        /// What the word selects, with its article.
        what: &'static str,
        /// The words.
        words: &'static [&'static str],
    },
}

/// Options by their keys.
pub type TableOptions = Map<String, Value>;

/// Two keys of a table that contradict each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyConflict {
    /// The key at fault.
    pub key: &'static str,
    /// What is wrong.
    pub message: String,
    /// The key that it contradicts, and a label for it.
    pub other: (&'static str, &'static str),
    /// What to do.
    pub help: &'static str,
}

/// A file format as pipeline files, schemas and help know it.
pub trait TableFormat: Debug + Sync {
    /// The format's key under `source` and `reference`.
    fn name(&self) -> &'static str;

    /// The help text of that key; `None` if a table of this role cannot have the format.
    fn about(&self, role: TableRole) -> Option<&'static str>;

    /// What the map under the key describes.
    fn summary(&self) -> &'static str;

    /// The extensions of its files, in lower case, without the dot.
    fn extensions(&self) -> &'static [&'static str] {
        &[]
    }

    /// The keys of the map; the first [`KeyType::File`] is the main file.
    fn keys(&self) -> &'static [FormatKey];

    /// Keys that contradict each other.
    fn conflicts(&self, _options: &TableOptions) -> Vec<KeyConflict> {
        Vec::new()
    }

    /// Converts the options of the pipeline file to those of the plan. `expected` are the columns that the pipeline
    /// names, by which a header can be found.
    fn options(&self, options: TableOptions, _expected: &[String]) -> TableOptions {
        options
    }

    /// Columns that the reader adds to those of the file.
    fn row_columns(&self, _table: &TablePlan) -> &'static [&'static str] {
        &[ROW]
    }

    /// A file that has changes which are not in the file `path` yet, where the format has such files.
    fn log_of(&self, _path: &Path) -> Option<PathBuf> {
        None
    }

    /// The table in words, for people who look at a plan.
    fn describe(&self, table: &TablePlan) -> String {
        format!("{} {table}", self.name())
    }
}

/// A format's reader.
pub(crate) trait FormatReader: TableFormat {
    /// Opens the table and reads its header.
    fn open(&self, table: &TablePlan) -> Result<Box<dyn Table>, IngestError>;

    /// Whether it is read as a stream, so that its files may be compressed.
    fn takes_compressed(&self) -> bool {
        false
    }

    /// Whether such contents are of this format, or left to the reader to refuse.
    fn takes(&self, contents: &FileContents) -> bool {
        self.takes_compressed() && contents.compression().is_some()
    }

    /// The sheets and ranges of the file, if it has any.
    fn workbook(&self, _table: &TablePlan) -> Result<WorkbookFacts, IngestError> {
        Ok(WorkbookFacts::default())
    }

    /// The row that looks most like a header, if the header can be anywhere and can be guessed.
    fn guess_header(&self, _table: &TablePlan, _sheet: &str) -> Result<Option<u32>, IngestError> {
        Ok(None)
    }

    /// Adds the table's contents to a digest.
    fn digest(&self, table: &TablePlan, hasher: &mut Hasher) -> Result<(), IngestError> {
        table.files.iter().try_for_each(|(_, path)| file::digest_file(hasher, path))
    }
}

/// The key that names a part of a file: a sheet, or a table of a database.
pub fn part_key(format: &dyn TableFormat) -> Option<&'static str> {
    ["sheet", "table"].into_iter().find(|name| format.keys().iter().any(|key| key.name == *name))
}

/// All formats.
pub fn formats() -> impl Iterator<Item = &'static dyn TableFormat> + Clone {
    FORMATS.iter().map(|format| *format as &dyn TableFormat)
}

/// The format with that name.
pub fn format(name: &str) -> Option<&'static dyn TableFormat> {
    formats().find(|format| format.name() == name)
}

/// The plan of a table in one file, or in several (a pattern or a folder), with options as in the pipeline file; keys
/// that the format does not have are ignored.
pub fn table_plan(format: &dyn TableFormat, path: PathBuf, mut options: TableOptions) -> TablePlan {
    options.retain(|name, _| format.keys().iter().any(|key| key.name == name));
    with_files(TablePlan { options: format.options(options, &[]), ..TablePlan::new(format.name(), path) })
}

/// The table with a pattern or folder replaced by its files; unchanged if there are none, which its reader reports.
pub fn with_files(mut table: TablePlan) -> TablePlan {
    let Some(format) = format(&table.format) else { return table };
    if let [(key, path)] = table.files.as_slice()
        && let Some(files) = files_of(path, format.extensions())
    {
        table.files = files.into_iter().map(|file| (key.clone(), file)).collect();
    }
    table
}

/// Every file that a table's rows depend on, whether or not it exists: a change of one may be a change of the rows.
pub fn files_read(table: &TablePlan) -> Vec<PathBuf> {
    let format = format(&table.format);
    let with_log = |(_, path): &(String, PathBuf)| {
        let log = format.and_then(|format| format.log_of(path));
        std::iter::once(path.clone()).chain(log)
    };
    table.files.iter().flat_map(with_log).collect()
}

/// The key of the pipeline file that an error of a table is about.
pub fn key_at_fault(error: &IngestError, table: &TablePlan) -> Option<&'static str> {
    let key = match error {
        IngestError::SheetNotFound { .. } | IngestError::NoVisibleSheet { .. } => "sheet",
        IngestError::NoHeader { .. } => "header",
        IngestError::TableNotFound { .. } | IngestError::DatabaseTables { .. } => "table",
        IngestError::Range { .. } => "range",
        IngestError::Database { .. } if table.options.contains_key("query") => "query",
        _ => {
            let is_at_fault = |path: &PathBuf| error.file().is_some_and(|named| named == file::name(path));
            let named = table.files.iter().find(|(_, path)| is_at_fault(path)).or(table.files.first());
            named.map_or("path", |(key, _)| key.as_str())
        }
    };
    format(&table.format)?.keys().iter().map(|known| known.name).find(|known| *known == key)
}

/// The reader of a table.
pub(crate) fn reader(table: &TablePlan) -> Result<&'static dyn FormatReader, IngestError> {
    let unknown = || IngestError::UnknownFormat {
        format: table.format.clone(),
        formats: formats().map(|format| format.name().to_owned()).collect(),
    };
    FORMATS.iter().copied().find(|format| format.name() == table.format).ok_or_else(unknown)
}

/// The reader of a table, after checking that the contents of its files are of its format.
pub(crate) fn checked_reader(table: &TablePlan) -> Result<&'static dyn FormatReader, IngestError> {
    let reader = reader(table)?;
    for (_, path) in &table.files {
        match file::contents(path)? {
            Some(contents) if !reader.takes(&contents) => return Err(contents.refusal(path)),
            Some(contents) if reader.takes_compressed() => check_within(reader, path, &contents)?,
            _ => {}
        }
    }
    Ok(reader)
}

/// Checks the contents of a compressed file.
fn check_within(reader: &dyn FormatReader, path: &std::path::Path, contents: &FileContents) -> Result<(), IngestError> {
    let Some(outer) = contents.compression() else { return Ok(()) };
    match compression::inner_contents(path)? {
        Some(inner) if inner.compression().is_some() || !reader.takes(&inner) => Err(inner.refusal_within(path, outer)),
        _ => Ok(()),
    }
}

/// The main file of a table.
pub(crate) fn main_file(table: &TablePlan) -> Result<&std::path::Path, IngestError> {
    table.main_file().ok_or_else(|| IngestError::NoFile { format: table.format.clone() })
}

/// The options of a table, deserialized as its reader declares them.
pub(crate) fn read_options<T: DeserializeOwned>(table: &TablePlan) -> Result<T, IngestError> {
    let invalid = |error: serde_json::Error| IngestError::InvalidOptions {
        format: table.format.clone(),
        reason: error.to_string(),
    };
    serde_json::from_value(Value::Object(table.options.clone())).map_err(invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_at_fault_is_that_of_the_file_in_the_error() {
        // One name is a prefix of the other.
        let [units, establishments] = ["stock.parquet", "stock.parquet.establishments"];
        let table = TablePlan {
            files: vec![("units".to_owned(), units.into()), ("establishments".to_owned(), establishments.into())],
            ..TablePlan::new("sirene", units.into())
        };
        let missing = |file: &str| IngestError::NotFound { file: file.to_owned() };
        assert_eq!(key_at_fault(&missing(units), &table), Some("units"));
        assert_eq!(key_at_fault(&missing(establishments), &table), Some("establishments"));
        let sheet = IngestError::NoVisibleSheet { file: units.to_owned(), sheets: Vec::new() };
        assert_eq!(key_at_fault(&sheet, &table), None, "the format has no such key");
    }

    #[test]
    fn names_and_extensions_are_unique_and_every_file_format_has_a_main_file() {
        let mut names: Vec<&str> = formats().map(TableFormat::name).collect();
        let mut extensions: Vec<&str> = formats().flat_map(TableFormat::extensions).copied().collect();
        for list in [&mut names, &mut extensions] {
            let length = list.len();
            list.sort_unstable();
            list.dedup();
            assert_eq!(list.len(), length);
        }
        for format in formats() {
            let is_offered = [TableRole::Source, TableRole::Reference].iter().any(|role| format.about(*role).is_some());
            let main = format.keys().iter().find(|key| key.value == KeyType::File);
            assert_eq!(is_offered, main.is_some_and(|key| key.is_required), "{}", format.name());
        }
    }
}
