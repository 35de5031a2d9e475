//! Standard input as a table (`-`): a copy in a file next to the checkpoint, which every reader of the run uses.
//!
//! The copy is needed by a resumed run, by `explain` and by the check for changes: the same input is the same table, by
//! its digest. It is only accessible to this user, and is kept until the next run replaces it. On a terminal, where
//! there is no input, the copy of the last run is used.
//!
//! **Invariants.** A process reads standard input once, to its end, before it does anything else. A copy gets its name
//! when it is complete; an interrupted one leaves the previous one in place. Empty input is an error, never the
//! previous copy.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use matchflow_files::StagedFile;
use matchflow_model::InputCondition;
use tempfile::TempDir;

use crate::sync::lock;

/// Standard input, as a path, and the system's names for it, which cannot be read twice.
const STANDARD_INPUT_NAMES: [&str; 4] = ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"];
/// The end of the copy's name.
const SUFFIX: &str = ".stdin";
const ROLE: &str = "the copy of standard input";

/// The copy of this process, once there is one. Of the process, as standard input is.
static COPY: Mutex<Option<InputCopy>> = Mutex::new(None);

struct InputCopy {
    path: PathBuf,
    /// Its folder, where it is next to no checkpoint. It belongs to this user alone: in the common folder others could leave
    /// a link under a name that they know.
    folder: Option<TempDir>,
}

/// Why standard input has no table.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StandardInputError {
    /// A terminal, and no copy of an earlier run.
    #[error("standard input is a terminal: pipe a table into the command (`cat suppliers.csv | matchflow ...`)")]
    Terminal,
    /// The input is empty.
    #[error("standard input is empty: the command before the pipe has written nothing")]
    Empty,
    /// The copy cannot be written, or standard input cannot be read.
    #[error("standard input cannot be copied to `{}`: {source}", .path.display())]
    Copy {
        /// The copy.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
}

impl StandardInputError {
    /// The reported condition of the input.
    pub(crate) fn condition(&self) -> Option<InputCondition> {
        match self {
            StandardInputError::Terminal => Some(InputCondition::Missing),
            StandardInputError::Empty => Some(InputCondition::Empty),
            StandardInputError::Copy { .. } => None,
        }
    }
}

/// Whether a path is standard input.
pub(crate) fn is_standard_input(path: &Path) -> bool {
    STANDARD_INPUT_NAMES.iter().any(|name| path == Path::new(name))
}

/// The path of the copy: next to the checkpoint, or in the folder for temporary files.
pub(crate) fn copy_next_to(checkpoint: Option<&Path>) -> Result<PathBuf, StandardInputError> {
    let mut known = lock(&COPY);
    if let Some(copy) = &*known {
        return Ok(copy.path.clone());
    }
    let (path, folder) = match checkpoint {
        Some(checkpoint) => (matchflow_files::with_suffix(checkpoint, SUFFIX), None),
        None => {
            let folder = temporary_folder()?;
            (folder.path().join(format!("table{SUFFIX}")), Some(folder))
        }
    };
    let input = io::stdin();
    if input.is_terminal() {
        if !path.is_file() {
            return Err(StandardInputError::Terminal);
        }
        message!("standard input is a terminal: reading `{}`, its copy of the last run", path.display());
    } else {
        let failed = |source| StandardInputError::Copy { path: path.clone(), source };
        let (staged, mut file) = StagedFile::create(&path, ROLE).map_err(failed)?;
        make_private(&file).map_err(failed)?;
        if io::copy(&mut input.lock(), &mut file).map_err(failed)? == 0 {
            return Err(StandardInputError::Empty);
        }
        drop(file);
        staged.publish().map_err(failed)?;
    }
    Ok(known.insert(InputCopy { path, folder }).path.clone())
}

/// Whether a path is the copy of this process.
pub(crate) fn is_copy(path: &Path) -> bool {
    lock(&COPY).as_ref().is_some_and(|copy| copy.path == path)
}

/// Removes a copy that is next to no checkpoint, with its folder.
pub(crate) fn remove_temporary() {
    drop(lock(&COPY).take_if(|copy| copy.folder.is_some()));
}

/// A new folder for temporary files.
fn temporary_folder() -> Result<TempDir, StandardInputError> {
    let parent = std::env::temp_dir();
    let made = tempfile::Builder::new().prefix("matchflow-").tempdir_in(&parent);
    made.map_err(|source| StandardInputError::Copy { path: parent, source })
}

#[cfg(unix)]
fn make_private(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn make_private(_file: &File) -> io::Result<()> {
    Ok(())
}
