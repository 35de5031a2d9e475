//! Opens files with errors that name the problem; digests files; turns panics of third-party readers into errors.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use matchflow_model::digest::Hasher;
use matchflow_model::panic_message;

use crate::contents::{FileContents, START_BYTES, folder_extension};
use crate::error::IngestError;

const DIGEST_BUFFER_BYTES: usize = 1 << 18;

/// The file's name as shown in messages and rejects.
pub(crate) fn name(path: &Path) -> String {
    path.display().to_string()
}

/// Opens a file of at least one byte.
pub(crate) fn open(path: &Path) -> Result<File, IngestError> {
    let file = name(path);
    // Opening a pipe would wait for its other end, and a file is opened several times.
    if std::fs::metadata(path).is_ok_and(|facts| !facts.is_file() && !facts.is_dir()) {
        return Err(IngestError::NotAFile { file });
    }
    let handle = File::open(path).map_err(|source| match source.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => IngestError::NotFound { file: file.clone() },
        ErrorKind::IsADirectory => folder_error(path),
        _ => IngestError::Unreadable { file: file.clone(), source },
    })?;
    let facts = handle.metadata().map_err(|source| IngestError::Unreadable { file: file.clone(), source })?;
    if facts.is_dir() {
        return Err(folder_error(path));
    }
    if facts.is_file() && facts.len() == 0 {
        return Err(IngestError::EmptyFile { file });
    }
    Ok(handle)
}

/// The contents of the file at `path`, if they are recognised.
pub(crate) fn contents(path: &Path) -> Result<Option<FileContents>, IngestError> {
    let handle = open(path)?;
    let unreadable = |source| IngestError::Unreadable { file: name(path), source };
    let mut start = Vec::new();
    handle.take(START_BYTES).read_to_end(&mut start).map_err(unreadable)?;
    Ok(FileContents::recognise(&start))
}

/// Refuses a file with contents that no reader takes.
pub fn refuse_foreign(path: &Path) -> Result<(), IngestError> {
    match contents(path)? {
        Some(contents @ (FileContents::Foreign(_) | FileContents::Archive(_) | FileContents::Compressed(_))) => {
            Err(contents.refusal(path))
        }
        _ => Ok(()),
    }
}

fn folder_error(path: &Path) -> IngestError {
    IngestError::IsFolder { file: name(path), extension: folder_extension(path) }
}

/// Adds the bytes of a file to a digest.
pub(crate) fn digest_file(hasher: &mut Hasher, path: &Path) -> Result<(), IngestError> {
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

/// Runs third-party code that reads `file`; a panic becomes an error.
pub(crate) fn guard<T>(file: &str, read: impl FnOnce() -> Result<T, IngestError>) -> Result<T, IngestError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|payload| {
        Err(IngestError::ReaderPanic { file: file.to_owned(), message: panic_message(payload.as_ref()) })
    })
}
