//! `manifest.json`: what an edition is, and of what it was made.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::edition::Edition;
use crate::error::RegistryError;

/// The name of the file.
pub(crate) const MANIFEST: &str = "manifest.json";
/// The layout of the file; another one is not read.
const FORMAT: u32 = 1;

/// What an edition is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    format: u32,
    /// The registry: `sirene`.
    pub registry: String,
    /// The edition.
    pub edition: Edition,
    /// When it was made, in UTC.
    pub created_at: String,
    /// The version that made it.
    pub tool_version: String,
    /// The licence of the data.
    pub licence: String,
    /// The publisher's page.
    pub page: String,
    /// The table.
    pub table: TableFile,
    /// The files that it was made of, by their keys.
    pub sources: BTreeMap<String, SourceFacts>,
    /// Its entries.
    pub counts: EntryCounts,
}

/// The table of an edition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableFile {
    /// Its name.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: String,
    /// Its columns.
    pub columns: Vec<String>,
}

/// A file that an edition was made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFacts {
    /// Its address, or its name if it was given as a file.
    pub url: String,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: String,
    /// The server's ETag, by which an unchanged file is recognised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Its rows.
    pub rows: u64,
    /// The last day on which the publisher changed one of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processed: Option<String>,
    /// Columns that are not in the table.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread_columns: Vec<String>,
}

/// Counts of the entries of an edition.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryCounts {
    /// All entries.
    pub entries: u64,
    /// Those that are open.
    pub open: u64,
    /// Groups of entries.
    pub groups: u64,
    /// Entries whose group is in no other file.
    pub without_group: u64,
    /// Rows without an id, which are no entries.
    pub without_id: u64,
    /// Entries with a successor.
    pub with_successor: u64,
    /// Cells and rows that could not be read as they should be.
    pub rejected: u64,
}

impl Manifest {
    pub(crate) fn new(descriptor: &crate::Descriptor, edition: Edition, table: TableFile) -> Manifest {
        Manifest {
            format: FORMAT,
            registry: descriptor.name.clone(),
            edition,
            created_at: chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            licence: descriptor.licence.clone(),
            page: descriptor.page.clone(),
            table,
            sources: BTreeMap::new(),
            counts: EntryCounts::default(),
        }
    }

    /// Reads the manifest in a folder; `None` if there is none.
    pub(crate) fn read(folder: &Path) -> Result<Option<Manifest>, RegistryError> {
        let path = folder.join(MANIFEST);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(source) => return Err(RegistryError::Io { path, source }),
        };
        let invalid = |reason: String| RegistryError::Manifest { path: path.clone(), reason };
        let manifest: Manifest = serde_json::from_slice(&text).map_err(|error| invalid(error.to_string()))?;
        if manifest.format != FORMAT {
            return Err(invalid(format!("its format is {}, and this version reads {FORMAT}", manifest.format)));
        }
        Ok(Some(manifest))
    }

    /// Writes it into a folder.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), RegistryError> {
        let path = folder.join(MANIFEST);
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        let written = fs::write(&path, text + "\n").and_then(|()| fs::File::open(&path)?.sync_all());
        written.map_err(|source| RegistryError::Io { path, source })
    }
}

/// The manifest beside a registry file, if it is the table of an edition. One that cannot be read is as good as none here:
/// the table is what a run reads.
pub fn manifest_beside(table: &Path) -> Option<Manifest> {
    let folder = table.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let manifest = Manifest::read(folder).ok().flatten()?;
    table.file_name().is_some_and(|name| name.to_str() == Some(manifest.table.name.as_str())).then_some(manifest)
}
