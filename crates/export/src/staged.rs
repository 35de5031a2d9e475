//! An output that is not yet where others see it: a file under a temporary name (see [`matchflow_files::StagedFile`]), a table
//! in a transaction.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use matchflow_database::{DatabaseError, TableWriter};
use matchflow_files::back_up;
use matchflow_model::digest::Hasher;

use crate::error::ExportError;
use crate::register::OutputRegister;

/// What outputs are called in messages.
pub(crate) const ROLE: &str = "an output";
/// What the name of a file says that somebody changed since it was written.
const EDITED: &str = "edited";
const BUFFER_BYTES: usize = 1 << 16;

/// A file that does not have its final name yet.
#[derive(Debug)]
pub(crate) struct StagedFile(matchflow_files::StagedFile);

/// A table whose rows are complete and not committed.
pub(crate) struct StagedTable {
    /// The file or the server.
    pub(crate) place: String,
    pub(crate) table: String,
    pub(crate) writer: Box<dyn TableWriter>,
}

impl StagedTable {
    pub(crate) fn failed(&self, source: DatabaseError) -> ExportError {
        ExportError::Table { place: self.place.clone(), table: self.table.clone(), source }
    }
}

/// What is complete and not yet where others see it.
pub(crate) enum StagedOutput {
    File(StagedFile),
    Table(StagedTable),
}

impl StagedOutput {
    /// Gives a file its name, and commits a table.
    pub(crate) fn publish(self, register: &mut dyn OutputRegister) -> Result<PublishedOutput, ExportError> {
        match self {
            StagedOutput::File(file) => file.publish(register),
            StagedOutput::Table(StagedTable { place, table, writer }) => {
                let failed = |source| ExportError::Table { place: place.clone(), table: table.clone(), source };
                writer.commit().map_err(failed)?;
                Ok(PublishedOutput { path: PathBuf::from(place), table: Some(table), backup: None })
            }
        }
    }
}

/// A file that has its name, or a table that has its rows.
pub(crate) struct PublishedOutput {
    /// The file, or the address of the server.
    pub(crate) path: PathBuf,
    pub(crate) table: Option<String>,
    /// The name of the file that it replaced, where no export wrote that.
    pub(crate) backup: Option<PathBuf>,
}

impl StagedFile {
    /// Creates the file, and its folder if missing.
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

    /// Gives the file its name, once its bytes are on the disk. A file there that no export wrote gets another name.
    pub(crate) fn publish(self, register: &mut dyn OutputRegister) -> Result<PublishedOutput, ExportError> {
        let path = self.target().to_owned();
        let failed = |source| ExportError::Write { path: path.clone(), source };
        let backup = match self.0.places() {
            Some((place, temporary)) => {
                let backup = back_up_foreign(place, register).map_err(failed)?;
                // Recorded before the rename, so that the file is known after a kill in between.
                register.record(place, &digest_of(temporary).map_err(failed)?)?;
                backup
            }
            // A device or a pipe.
            None => None,
        };
        let path = self.0.publish().map_err(failed)?;
        Ok(PublishedOutput { path, table: None, backup })
    }
}

/// Renames the file at `place`, unless an export wrote it.
fn back_up_foreign(place: &Path, register: &dyn OutputRegister) -> io::Result<Option<PathBuf>> {
    let digest = match digest_of(place) {
        Ok(digest) => digest,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if register.has_written(&digest) { Ok(None) } else { back_up(place, EDITED).map(Some) }
}

fn digest_of(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = Hasher::default();
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hasher.finish_hex()),
            length => hasher.update(buffer.get(..length).unwrap_or_default()),
        }
    }
}
