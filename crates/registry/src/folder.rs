//! The folder of a registry: its editions, the link to the newest, and what is in the making.
//!
//! ```text
//! registries/sirene/2026-09-30/sirene.parquet, manifest.json
//!                   2026-10-31/sirene.parquet, manifest.json
//!                   latest -> 2026-10-31
//!                   .downloads/    files of publishers, until an edition is made of them
//!                   .staging/      an edition in the making, or one that is being removed
//!                   .lock          locked by the process that works here
//! ```
//!
//! An edition appears, and goes, by a rename; the link is replaced by a rename. What a killed process leaves is in
//! `.staging`, which the next one empties.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use matchflow_model::fault;

use crate::descriptor::Descriptor;
use crate::edition::Edition;
use crate::error::RegistryError;
use crate::manifest::{MANIFEST, Manifest};

/// The link to the newest edition.
pub const LATEST: &str = "latest";
/// Editions that stay.
const EDITIONS_MAX: usize = 2;

/// The folder of a registry.
#[derive(Debug, Clone)]
pub struct RegistryFolder {
    path: PathBuf,
}

/// An edition in its folder.
#[derive(Debug, Clone)]
pub struct StoredEdition {
    /// The folder.
    pub folder: PathBuf,
    /// What it is.
    pub manifest: Manifest,
}

impl StoredEdition {
    /// The edition in a folder.
    pub fn open(folder: &Path) -> Result<Option<StoredEdition>, RegistryError> {
        let manifest = Manifest::read(folder)?;
        Ok(manifest.map(|manifest| StoredEdition { folder: folder.to_owned(), manifest }))
    }

    /// The table.
    pub fn table(&self) -> PathBuf {
        self.folder.join(&self.manifest.table.name)
    }
}

/// The lock of a folder, and its staging folder.
pub(crate) struct LockedFolder {
    folder: RegistryFolder,
    /// Locked until it is dropped.
    _lock: File,
}

impl RegistryFolder {
    /// The folder of a registry in `registries`.
    pub fn new(registries: &Path, descriptor: &Descriptor) -> RegistryFolder {
        RegistryFolder { path: registries.join(&descriptor.name) }
    }

    /// The folder that the folder of an edition is in.
    pub fn of_edition(edition: &StoredEdition) -> Result<RegistryFolder, RegistryError> {
        let failed = |source| RegistryError::Io { path: edition.folder.clone(), source };
        // `latest` is a link.
        let folder = edition.folder.canonicalize().map_err(failed)?;
        Ok(RegistryFolder { path: folder.parent().unwrap_or(Path::new(".")).to_owned() })
    }

    /// The edition of this name.
    pub fn edition(&self, edition: &Edition) -> Result<StoredEdition, RegistryError> {
        let mut editions = self.editions()?;
        let at = editions.iter().position(|stored| stored.manifest.edition == *edition);
        at.map(|at| editions.swap_remove(at)).ok_or_else(|| RegistryError::UnknownEdition {
            folder: self.path.clone(),
            name: edition.to_string(),
            found: self.editions().unwrap_or_default().into_iter().map(|stored| stored.manifest.edition).collect(),
        })
    }

    /// The edition before another one, if it is there.
    pub fn before(&self, edition: &Edition) -> Result<Option<StoredEdition>, RegistryError> {
        Ok(self.editions()?.into_iter().rfind(|stored| stored.manifest.edition < *edition))
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The editions, the oldest first.
    pub fn editions(&self) -> Result<Vec<StoredEdition>, RegistryError> {
        let entries = match fs::read_dir(&self.path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(RegistryError::Io { path: self.path.clone(), source }),
        };
        let mut editions = Vec::new();
        for entry in entries.flatten() {
            let name = entry.file_name().into_string().unwrap_or_default();
            if name.parse::<Edition>().is_ok() {
                editions.extend(StoredEdition::open(&entry.path())?);
            }
        }
        editions.sort_by(|one, other| one.manifest.edition.cmp(&other.manifest.edition));
        Ok(editions)
    }

    /// The newest edition.
    pub fn latest(&self) -> Result<Option<StoredEdition>, RegistryError> {
        Ok(self.editions()?.pop())
    }

    /// Locks the folder, makes it if it is missing, and removes what killed processes left.
    pub(crate) fn lock(&self) -> Result<LockedFolder, RegistryError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| RegistryError::Io { path, source }
        };
        fs::create_dir_all(&self.path).map_err(failed(&self.path))?;
        let path = self.path.join(".lock");
        let lock = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed(&path))?;
        if let Err(fs::TryLockError::WouldBlock) = lock.try_lock() {
            return Err(RegistryError::Locked { folder: self.path.clone() });
        }
        let locked = LockedFolder { folder: self.clone(), _lock: lock };
        locked.empty_staging()?;
        Ok(locked)
    }
}

impl LockedFolder {
    /// The folder of downloads, which stay until an edition is made of them.
    pub(crate) fn downloads(&self) -> Result<PathBuf, RegistryError> {
        let path = self.folder.path.join(".downloads");
        fs::create_dir_all(&path).map_err(|source| RegistryError::Io { path: path.clone(), source })?;
        Ok(path)
    }

    fn staging(&self) -> PathBuf {
        self.folder.path.join(".staging")
    }

    fn empty_staging(&self) -> Result<(), RegistryError> {
        let path = self.staging();
        match fs::remove_dir_all(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(RegistryError::Io { path, source }),
            _ => Ok(()),
        }
    }

    /// A new folder in the staging folder.
    pub(crate) fn stage(&self, name: &str) -> Result<PathBuf, RegistryError> {
        let path = self.staging().join(name);
        fs::create_dir_all(&path).map_err(|source| RegistryError::Io { path: path.clone(), source })?;
        Ok(path)
    }

    /// Gives a complete edition its name, makes it the latest, and removes those before the last two.
    pub(crate) fn publish(&self, staged: &Path, manifest: Manifest) -> Result<StoredEdition, RegistryError> {
        manifest.write(staged)?;
        let folder = self.folder.path.join(manifest.edition.to_string());
        fault::point("registry before publish");
        // A folder of that name without a manifest is no edition: somebody else's files are not touched.
        fs::rename(staged, &folder).map_err(|source| RegistryError::Io { path: folder.clone(), source })?;
        fault::point("registry before link");
        let edition = StoredEdition { folder, manifest };
        self.complete(&edition)?;
        Ok(edition)
    }

    /// Makes an edition the latest, and removes those before the last two.
    pub(crate) fn complete(&self, edition: &StoredEdition) -> Result<(), RegistryError> {
        self.link(edition)?;
        fault::point("registry before prune");
        self.prune()?;
        self.empty_staging()
    }

    /// Makes an edition the one that `latest` leads to.
    #[cfg(unix)]
    fn link(&self, edition: &StoredEdition) -> Result<(), RegistryError> {
        let link = self.folder.path.join(LATEST);
        let target = Path::new(edition.folder.file_name().unwrap_or_default());
        if fs::read_link(&link).is_ok_and(|found| found == target) {
            return Ok(());
        }
        let new = self.stage("links")?.join(LATEST);
        let replaced = std::os::unix::fs::symlink(target, &new).and_then(|()| fs::rename(&new, &link));
        replaced.map_err(|source| RegistryError::Io { path: link, source })
    }

    /// Links need rights here that most users do not have: pipelines name the folder of an edition.
    #[cfg(not(unix))]
    fn link(&self, _edition: &StoredEdition) -> Result<(), RegistryError> {
        Ok(())
    }

    /// Removes the editions before the last two, each with its indexes.
    fn prune(&self) -> Result<(), RegistryError> {
        let editions = self.folder.editions()?;
        let surplus = editions.len().saturating_sub(EDITIONS_MAX);
        for old in editions.iter().take(surplus) {
            let away = self.stage("removed")?.join(old.folder.file_name().unwrap_or_default());
            fs::rename(&old.folder, &away).map_err(|source| RegistryError::Io { path: old.folder.clone(), source })?;
            fault::point("registry prune");
        }
        Ok(())
    }

    /// The name for an edition of this day: that of the day, or the next free number.
    pub(crate) fn free_name(&self, mut edition: Edition) -> Edition {
        while self.folder.path.join(edition.to_string()).join(MANIFEST).exists() {
            edition = edition.next_of_day();
        }
        edition
    }

    /// Removes the downloads, of which an edition has been made.
    pub(crate) fn remove_downloads(&self) -> Result<(), RegistryError> {
        let path = self.folder.path.join(".downloads");
        match fs::remove_dir_all(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(RegistryError::Io { path, source }),
            _ => Ok(()),
        }
    }
}
