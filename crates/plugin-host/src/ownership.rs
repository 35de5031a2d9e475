//! Folders and files that are private to this user.
//!
//! **Limits.** Only Unix permissions can be checked. Elsewhere no folder counts as private.

use std::fs::Metadata;
use std::path::Path;

#[cfg(unix)]
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};

/// The user that owns the files of this process.
pub(crate) struct Owner {
    #[cfg(unix)]
    uid: u32,
}

#[cfg(unix)]
impl Owner {
    /// Creates the folder if it is missing and makes it private; `None` if it cannot be, or belongs to another user.
    pub(crate) fn of_private_folder(folder: &Path) -> Option<Owner> {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).ok()?;
        // The user that owns the files this process creates.
        let uid = tempfile::tempfile_in(folder).and_then(|probe| probe.metadata()).ok()?.uid();
        let metadata = std::fs::symlink_metadata(folder).ok()?;
        if !metadata.is_dir() || metadata.uid() != uid {
            return None;
        }
        if metadata.mode() & 0o077 != 0 {
            std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).ok()?;
        }
        Some(Owner { uid })
    }

    /// Whether only this user can read and write the file.
    pub(crate) fn is_private_file(&self, metadata: &Metadata) -> bool {
        metadata.is_file() && metadata.uid() == self.uid && metadata.mode() & 0o077 == 0
    }
}

#[cfg(not(unix))]
impl Owner {
    pub(crate) fn of_private_folder(_folder: &Path) -> Option<Owner> {
        None
    }

    pub(crate) fn is_private_file(&self, _metadata: &Metadata) -> bool {
        false
    }
}
