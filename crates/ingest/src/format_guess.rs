//! Guesses the format of a file from its name or its contents.

use std::io::Read;
use std::path::Path;

use crate::compression::{TableBytes, read_error};
use crate::contents::{FileContents, START_BYTES, folder_extension, table_extension};
use crate::error::IngestError;
use crate::file;
use crate::file_set::{first_match, is_pattern};
use crate::format::{TableFormat, format, formats};

/// Guesses the format of a file, of a folder of files, or of a pattern, by its extension. A compressed file is guessed
/// by the extension before (`s.csv.gz`), or without one, by its contents.
pub fn guess_format(path: &Path) -> Option<&'static dyn TableFormat> {
    if is_pattern(path) {
        return first_match(path).and_then(|file| guess_format(&file));
    }
    let extension = if path.is_dir() { folder_extension(path) } else { table_extension(path) };
    let by_name =
        extension.and_then(|extension| formats().find(|format| format.extensions().contains(&extension.as_str())));
    let is_compressed = || file::contents(path).is_ok_and(|found| found.is_some_and(|it| it.compression().is_some()));
    by_name.or_else(|| is_compressed().then(|| format_of_contents(path).ok()).flatten().flatten())
}

/// Guesses the format of a file without a name (such as standard input) from its first bytes: text is JSON lines if it
/// begins with `{`, otherwise delimited text.
pub fn format_of_contents(path: &Path) -> Result<Option<&'static dyn TableFormat>, IngestError> {
    Ok(match file::contents(path)? {
        Some(FileContents::Parquet) => format("parquet"),
        Some(FileContents::OfficeArchive) => format("xlsx"),
        Some(FileContents::OpenDocument) => format("ods"),
        Some(FileContents::Ole) => format("xls"),
        Some(FileContents::Duckdb) => format("duckdb"),
        Some(FileContents::Foreign(_)) => None,
        Some(FileContents::Archive(_) | FileContents::Compressed(_)) | None => {
            let mut start = Vec::new();
            let read = TableBytes::open(path)?.take(START_BYTES).read_to_end(&mut start);
            read.map_err(|error| read_error(&file::name(path), error))?;
            let text = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&start);
            format(if text.trim_ascii_start().starts_with(b"{") { "jsonl" } else { "csv" })
        }
    })
}
