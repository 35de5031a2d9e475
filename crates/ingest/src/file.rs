//! Opening files and naming what is wrong with them; their digests; panics of foreign readers turned into errors.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use matchflow_model::digest::Hasher;
use matchflow_model::panic_message;
use matchflow_model::plan::{Format, InlineTable, ReferenceFormat};

use crate::error::IngestError;

const DIGEST_BUFFER_BYTES: usize = 1 << 18;

/// The file's name as messages and rejects show it.
pub(crate) fn name(path: &Path) -> String {
    path.display().to_string()
}

/// Opens a file that has at least one byte.
pub(crate) fn open(path: &Path) -> Result<File, IngestError> {
    let file = name(path);
    let handle = File::open(path).map_err(|source| match source.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => IngestError::NotFound { file: file.clone() },
        ErrorKind::IsADirectory => IngestError::IsFolder { file: file.clone() },
        _ => IngestError::Unreadable { file: file.clone(), source },
    })?;
    let facts = handle.metadata().map_err(|source| IngestError::Unreadable { file: file.clone(), source })?;
    if facts.is_dir() {
        return Err(IngestError::IsFolder { file });
    }
    if facts.is_file() && facts.len() == 0 {
        return Err(IngestError::EmptyFile { file });
    }
    Ok(handle)
}

/// SHA-256 of what a supplier file's bytes (or an inline table's cells) are, in lower-case hexadecimal.
pub fn digest(format: &Format) -> Result<String, IngestError> {
    let mut hasher = Hasher::default();
    update(&mut hasher, format)?;
    Ok(hasher.finish_hex())
}

/// SHA-256 of the registry's file or files, in lower-case hexadecimal.
pub fn reference_digest(format: &ReferenceFormat) -> Result<String, IngestError> {
    let mut hasher = Hasher::default();
    match format {
        ReferenceFormat::Flat(flat) => update(&mut hasher, flat)?,
        ReferenceFormat::Sirene { units, establishments, successions } => {
            update_file(&mut hasher, units)?;
            update_file(&mut hasher, establishments)?;
            successions.iter().try_for_each(|successions| update_file(&mut hasher, successions))?;
        }
    }
    Ok(hasher.finish_hex())
}

fn update(hasher: &mut Hasher, format: &Format) -> Result<(), IngestError> {
    match format {
        Format::Xlsx(xlsx) => update_file(hasher, &xlsx.path),
        Format::Old(old) => update_file(hasher, &old.table.path),
        Format::Csv(csv) => update_file(hasher, &csv.path),
        Format::Parquet { path } => update_file(hasher, path),
        Format::Inline(table) => {
            update_inline(hasher, table);
            Ok(())
        }
    }
}

fn update_file(hasher: &mut Hasher, path: &Path) -> Result<(), IngestError> {
    let mut handle = open(path)?;
    let mut buffer = vec![0_u8; DIGEST_BUFFER_BYTES];
    loop {
        match handle.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(length) => hasher.update(buffer.get(..length).unwrap_or_default()),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(source) => return Err(IngestError::Unreadable { file: name(path), source }),
        }
    }
}

fn update_inline(hasher: &mut Hasher, table: &InlineTable) {
    let header = table.columns.iter().map(|name| Some(name.as_str()));
    let cells = table.rows.iter().flatten().map(Option::as_deref);
    for value in header.chain(cells) {
        // Length-prefixed as in `matchflow_model::digest::row`: no two tables have the same bytes.
        hasher.update(&value.map_or(u64::MAX, |text| text.len() as u64).to_le_bytes());
        hasher.update(value.unwrap_or_default().as_bytes());
    }
}

/// Runs foreign code that reads `file`; its panic becomes an error.
pub(crate) fn guard<T>(file: &str, read: impl FnOnce() -> Result<T, IngestError>) -> Result<T, IngestError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|payload| {
        Err(IngestError::ReaderPanic { file: file.to_owned(), message: panic_message(payload.as_ref()) })
    })
}
