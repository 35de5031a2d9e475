//! A file of the export under a temporary name: see [`matchflow_files::StagedFile`].

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::error::ExportError;

/// What outputs are called in messages.
const ROLE: &str = "an output";

/// A file without its name yet.
#[derive(Debug)]
pub(crate) struct StagedFile(matchflow_files::StagedFile);

impl StagedFile {
    /// Creates the file, and its folder where that is missing.
    pub(crate) fn create(target: &Path) -> Result<(StagedFile, File), ExportError> {
        let failed = |source| ExportError::Write { path: target.to_owned(), source };
        let (staged, file) = matchflow_files::StagedFile::create(target, ROLE).map_err(failed)?;
        Ok((StagedFile(staged), file))
    }

    /// The file's path.
    pub(crate) fn target(&self) -> &Path {
        self.0.path()
    }

    /// A folder for more temporary files.
    pub(crate) fn folder(&self) -> PathBuf {
        self.0.folder()
    }

    /// Gives the file its name, once its bytes are on the disk.
    pub(crate) fn publish(self) -> Result<PathBuf, ExportError> {
        let path = self.target().to_owned();
        self.0.publish().map_err(|source| ExportError::Write { path, source })
    }
}
