//! The bytes of a download so far, and what they are of.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::DownloadError;

/// What the bytes of a download are of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RemoteFileFacts {
    pub(super) url: String,
    pub(super) etag: Option<String>,
    /// `Last-Modified` as the server writes it.
    pub(super) last_modified: Option<String>,
    pub(super) bytes: Option<u64>,
    /// The SHA-256 that the server names, in hexadecimal.
    pub(super) sha256: Option<String>,
    pub(super) published: Option<String>,
}

impl RemoteFileFacts {
    /// What confirms that the file is the same; a weak ETag does not.
    pub(super) fn validator(&self) -> Option<&str> {
        let strong = self.etag.as_deref().filter(|etag| !etag.starts_with("W/"));
        strong.or(self.last_modified.as_deref())
    }
}

/// A download in the making.
pub(super) struct PartialFile {
    path: PathBuf,
    pub(super) facts: RemoteFileFacts,
    pub(super) bytes: u64,
}

impl PartialFile {
    /// Continues what an earlier process left, if it is of this address and can be resumed.
    pub(super) fn open(path: &Path, url: &str) -> PartialFile {
        let facts = fs::read(facts_path(path)).ok().and_then(|text| serde_json::from_slice(&text).ok());
        let facts = facts.filter(|facts: &RemoteFileFacts| facts.url == url && facts.validator().is_some());
        let bytes = fs::metadata(path).map_or(0, |metadata| metadata.len());
        match facts {
            Some(facts) => PartialFile { path: path.to_owned(), facts, bytes },
            None => PartialFile { path: path.to_owned(), facts: RemoteFileFacts::default(), bytes: 0 },
        }
    }

    /// Begins at the first byte with a file that the server has now.
    pub(super) fn restart(&mut self, facts: RemoteFileFacts) -> Result<(), DownloadError> {
        // The old bytes go first: with the facts of another file they would be taken for its own.
        self.discard();
        self.facts = facts;
        let text = serde_json::to_vec(&self.facts).unwrap_or_default();
        fs::write(facts_path(&self.path), text).map_err(|source| self.failed(source))
    }

    /// The file, positioned after the bytes so far.
    pub(super) fn append(&self) -> Result<File, DownloadError> {
        File::options().create(true).append(true).open(&self.path).map_err(|source| self.failed(source))
    }

    /// Adds bytes.
    pub(super) fn write(&mut self, file: &mut File, bytes: &[u8]) -> Result<(), DownloadError> {
        file.write_all(bytes).map_err(|source| self.failed(source))?;
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// Removes the bytes and what they are of.
    pub(super) fn discard(&mut self) {
        let _ = fs::remove_file(&self.path);
        let _ = fs::remove_file(facts_path(&self.path));
        self.bytes = 0;
        self.facts = RemoteFileFacts::default();
    }

    #[cfg(test)]
    pub(super) fn of(facts: RemoteFileFacts, bytes: u64) -> PartialFile {
        PartialFile { path: PathBuf::new(), facts, bytes }
    }

    pub(super) fn failed(&self, source: io::Error) -> DownloadError {
        DownloadError::Write { path: self.path.clone(), source }
    }
}

/// `StockUniteLegale.parquet.facts`.
fn facts_path(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".facts");
    path.with_file_name(name)
}
