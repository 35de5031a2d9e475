//! Folders and files that are private to this user.
//!
//! **Limits.** Only Unix permissions can be checked. On other systems, no folder counts as private.

use std::fs::Metadata;
use std::path::{Path, PathBuf};

#[cfg(unix)]
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};

/// A folder cannot be made private to this user.
#[derive(Debug, thiserror::Error)]
#[error("the folder `{}` cannot be used: {reason}", .folder.display())]
pub struct NotPrivate {
    /// The folder.
    pub folder: PathBuf,
    /// The cause.
    pub reason: String,
}

/// A folder that only this user can read and write, and the user that owns the files of this process.
pub struct PrivateFolder {
    #[cfg(unix)]
    uid: u32,
}

#[cfg(unix)]
impl PrivateFolder {
    /// Creates the folder if it is missing and makes it private.
    pub fn open(folder: &Path) -> Result<PrivateFolder, NotPrivate> {
        let refused = |reason: String| NotPrivate { folder: folder.to_owned(), reason };
        let failed = |error: std::io::Error| refused(error.to_string());
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
        let metadata = std::fs::symlink_metadata(folder).map_err(failed)?;
        if !metadata.is_dir() {
            return Err(refused("it is a link or a file".to_owned()));
        }
        // The user that owns files created by this process.
        let uid = tempfile::tempfile_in(folder).and_then(|probe| probe.metadata()).map_err(failed)?.uid();
        if metadata.uid() != uid {
            return Err(refused("it belongs to another user".to_owned()));
        }
        if metadata.mode() & 0o077 != 0 {
            std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).map_err(failed)?;
        }
        Ok(PrivateFolder { uid })
    }

    /// Whether only this user can read and write the file.
    pub fn is_private_file(&self, metadata: &Metadata) -> bool {
        self.owns_file(metadata) && metadata.mode() & 0o077 == 0
    }

    /// Whether it is a regular file of this user.
    pub fn owns_file(&self, metadata: &Metadata) -> bool {
        metadata.is_file() && metadata.uid() == self.uid
    }
}

#[cfg(not(unix))]
impl PrivateFolder {
    /// Never succeeds here.
    pub fn open(folder: &Path) -> Result<PrivateFolder, NotPrivate> {
        Err(NotPrivate { folder: folder.to_owned(), reason: "this system has no owners to check".to_owned() })
    }

    /// Never true here.
    pub fn is_private_file(&self, _metadata: &Metadata) -> bool {
        false
    }

    /// Never true here.
    pub fn owns_file(&self, _metadata: &Metadata) -> bool {
        false
    }
}
