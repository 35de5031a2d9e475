//! The files that this process must not overwrite, and opening of files for writing.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::identity::FileIdentity;

/// A file has two roles, and writing it in one would destroy it in the other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{role} `{}` would overwrite {other_role} `{}`: give each file a path of its own", .path.display(), .other.display())]
pub struct OverwriteError {
    /// The file to be written.
    pub path: PathBuf,
    /// Its role: `the trace`.
    pub role: &'static str,
    /// The same file, under the name that it was protected with.
    pub other: PathBuf,
    /// The role of that file.
    pub other_role: &'static str,
}

struct ProtectedFile {
    path: PathBuf,
    role: &'static str,
}

/// Global to the process on purpose: see the crate's documentation.
static PROTECTED: Mutex<Vec<ProtectedFile>> = Mutex::new(Vec::new());

/// Protects a file from being written in any other role. `role` is part of messages: `the supplier file`. The file need
/// not exist.
pub fn protect(path: &Path, role: &'static str) {
    add(path, role);
}

/// Checks that writing a file destroys no protected file and none written in another role, and protects it.
pub fn claim(path: &Path, role: &'static str) -> Result<(), OverwriteError> {
    check(path, role)?;
    add(path, role);
    Ok(())
}

fn add(path: &Path, role: &'static str) {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut files = PROTECTED.lock().unwrap_or_else(PoisonError::into_inner);
    if !files.iter().any(|file| file.path == path && file.role == role) {
        files.push(ProtectedFile { path, role });
    }
}

/// Files are compared in their current state: a checkpoint may have been created since it was protected.
fn check(path: &Path, role: &'static str) -> Result<(), OverwriteError> {
    // A path that cannot be inspected cannot be opened either, and that error is better.
    let Ok(identity) = FileIdentity::of(path) else { return Ok(()) };
    if !is_replaceable(path) {
        return Ok(());
    }
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let files = PROTECTED.lock().unwrap_or_else(PoisonError::into_inner);
    let is_same = |file: &&ProtectedFile| {
        let is_itself = file.role == role && file.path == absolute;
        !is_itself && FileIdentity::of(&file.path).is_ok_and(|other| other == identity)
    };
    match files.iter().find(is_same) {
        None => Ok(()),
        Some(file) => {
            Err(OverwriteError { path: path.to_owned(), role, other: file.path.clone(), other_role: file.role })
        }
    }
}

/// Whether two paths lead to one file, under whatever spelling, that writing both would overwrite.
pub fn is_same_file(one: &Path, other: &Path) -> bool {
    let same = FileIdentity::of(one).is_ok_and(|one| FileIdentity::of(other).is_ok_and(|other| one == other));
    same && is_replaceable(one)
}

/// Devices and pipes hold nothing that could be overwritten: two outputs may both be `/dev/null`.
fn is_replaceable(path: &Path) -> bool {
    std::fs::metadata(path).map_or(true, |metadata| metadata.is_file() || metadata.is_dir())
}

/// Creates or truncates a file, unless that would overwrite another. Creates its folder if missing.
pub fn create(path: &Path, role: &'static str) -> io::Result<File> {
    claim(path, role).map_err(io::Error::other)?;
    make_folder_of(path)?;
    File::create(path)
}

/// Creates the folder of a file to be written.
fn make_folder_of(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.map_or(Ok(()), std::fs::create_dir_all)
}

/// Opens a file for appending, unless that would damage another. Creates its folder if missing.
pub fn append(path: &Path, role: &'static str) -> io::Result<File> {
    claim(path, role).map_err(io::Error::other)?;
    make_folder_of(path)?;
    OpenOptions::new().create(true).append(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_in_one_role_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("suppliers.csv"), "rows").unwrap();
        protect(&path("suppliers.csv"), "the supplier file");
        claim(&path("s.duckdb"), "the checkpoint").unwrap();
        let error = create(&path("./suppliers.csv"), "the trace").unwrap_err().to_string();
        assert!(error.contains("the trace") && error.contains("would overwrite the supplier file"), "{error}");
        assert_eq!(std::fs::read(path("suppliers.csv")).unwrap(), b"rows");
        assert!(append(&path("s.duckdb"), "the log").is_err(), "it does not exist yet");
        assert!(!path("s.duckdb").exists());
        std::fs::write(path("s.duckdb"), "").unwrap();
        assert!(append(&path("s.duckdb"), "the log").is_err());
        claim(&path("s.duckdb"), "the checkpoint").unwrap();
        claim(&path("results.csv"), "an output").unwrap();
        claim(&path("results.csv"), "an output").unwrap();
        std::fs::create_dir(path("x")).unwrap();
        assert!(claim(&path("x/../results.csv"), "an output").is_err(), "two outputs would be one file");
        assert!(claim(&path("results.csv"), "the trace").is_err());
        claim(&path("other.csv"), "the trace").unwrap();
    }

    #[test]
    fn folders_that_do_not_exist_are_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        create(&path("a/b/trace.json"), "the trace").unwrap();
        append(&path("logs/2026/run.log"), "the log").unwrap();
        assert!(path("a/b/trace.json").is_file() && path("logs/2026/run.log").is_file());
        std::fs::write(path("file"), "").unwrap();
        assert!(create(&path("file/trace.json"), "the trace").is_err());
    }
}
