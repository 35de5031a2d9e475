//! A file under a temporary name beside its place: it gets its name when complete, or is removed.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::error::ExportError;

/// A file without its name yet.
#[derive(Debug)]
pub(crate) struct StagedFile {
    target: PathBuf,
    temporary: PathBuf,
}

impl StagedFile {
    /// Makes the file, and its folder where that is missing.
    pub(crate) fn create(target: &Path) -> Result<(StagedFile, File), ExportError> {
        let failed = |source| ExportError::Write { path: target.to_owned(), source };
        let staged = StagedFile { target: target.to_owned(), temporary: temporary_path(target) };
        fs::create_dir_all(staged.folder()).map_err(failed)?;
        let file = File::create(&staged.temporary).map_err(failed)?;
        Ok((staged, file))
    }

    /// The file's place.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// The folder of the place.
    pub(crate) fn folder(&self) -> &Path {
        self.target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    /// Gives the file its name, once its bytes are on the disk.
    pub(crate) fn publish(self) -> Result<PathBuf, ExportError> {
        let failed = |source| ExportError::Write { path: self.target.clone(), source };
        File::options().write(true).open(&self.temporary).and_then(|file| file.sync_all()).map_err(failed)?;
        fs::rename(&self.temporary, &self.target).map_err(failed)?;
        Ok(self.target.clone())
    }
}

impl Drop for StagedFile {
    fn drop(&mut self) {
        // After `publish` there is nothing left under this name.
        let _ = fs::remove_file(&self.temporary);
    }
}

fn temporary_path(target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!(".{name}.new-{}", std::process::id()))
}
