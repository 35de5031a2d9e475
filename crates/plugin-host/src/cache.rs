//! Caches compiled plug-ins on disk, so that a second start neither compiles nor describes them.
//!
//! **Limits.** [`ENTRIES_MAX`] entries, of which the least recently used are removed first; an entry has at most
//! [`ENTRY_BYTES_MAX`] bytes.
//!
//! **Invariants.** An entry is machine code, so it is only read from a folder private to this user (0700), from a file
//! private to this user (0600), and only if it is exactly what was written: it starts with its SHA-256. An entry
//! contains its own name, so it is not accepted under another one. Only regular files are opened. No fault of a cache
//! is an error: a missing, foreign or damaged entry, or one of another engine, is compiled again and replaced. Systems
//! other than Unix have no cache, since their permissions are not checked. Processes that start concurrently may write
//! the same entry: each writes a temporary file and renames it.
//!
//! **How.** An entry's name is the SHA-256 of the component and that of the engine (its version, settings and
//! processor). It consists of [`MAGIC`], the SHA-256 of the rest, then its name and the description as JSON, each
//! preceded by its length (`u32`, little-endian), and the code as serialized by wasmtime.

use std::fs::{self, File};
use std::hash::{Hash, Hasher};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use matchflow_files::PrivateFolder;
use matchflow_model::digest::{sha256, sha256_hex};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasmtime::Engine;

/// Maximum number of entries stored.
const ENTRIES_MAX: usize = 256;
/// Maximum size of an entry in bytes.
const ENTRY_BYTES_MAX: u64 = 256 << 20;
/// The format of entries; its version is incremented with each change, including changes to the checks of descriptions.
const MAGIC: &[u8; 8] = b"mflowc\0\x02";
const DIGEST_BYTES: usize = 32;
const SUFFIX: &str = "compiled";

/// A folder of compiled plug-ins for one engine.
pub(crate) struct CompilationCache {
    folder: PathBuf,
    engine: String,
    owner: PrivateFolder,
}

/// A component's code, byte for byte as written by this user's matchflow: only [`CompilationCache::read`] creates one.
pub(crate) struct TrustedCode(Vec<u8>, usize);

impl TrustedCode {
    /// The code as wasmtime serialized it.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.get(self.1..).unwrap_or_default()
    }
}

impl CompilationCache {
    /// The cache in `folder`, created if it is missing; `None` unless the folder is private to this user.
    pub(crate) fn open(folder: &Path, engine: &Engine) -> Option<CompilationCache> {
        let owner = PrivateFolder::open(folder).ok()?;
        Some(CompilationCache { folder: folder.to_path_buf(), engine: fingerprint(engine), owner })
    }

    /// The entry for the component with this digest, if there is a trusted one.
    pub(crate) fn read<Description: DeserializeOwned>(&self, component: &str) -> Option<(Description, TrustedCode)> {
        let path = self.path(component);
        // Opening a pipe would block. Only this user can replace the file after this check.
        if !fs::symlink_metadata(&path).ok()?.is_file() {
            return None;
        }
        let mut file = File::open(path).ok()?;
        // Metadata of the open file, not of the path: it cannot be replaced between the check and the read.
        let metadata = file.metadata().ok()?;
        if !self.owner.is_private_file(&metadata) || metadata.len() > ENTRY_BYTES_MAX {
            return None;
        }
        let mut bytes = Vec::with_capacity(metadata.len() as usize);
        file.read_to_end(&mut bytes).ok()?;
        let (digest, body) = bytes.strip_prefix(MAGIC)?.split_first_chunk::<DIGEST_BYTES>()?;
        if sha256(body) != *digest {
            return None;
        }
        let (name, rest) = split_part(body)?;
        if name != self.name(component).as_bytes() {
            return None;
        }
        let (description, code) = split_part(rest)?;
        let description = serde_json::from_slice(description).ok()?;
        let code_start = bytes.len() - code.len();
        // `prune` removes the entries with the oldest times.
        let _ = file.set_modified(SystemTime::now());
        Some((description, TrustedCode(bytes, code_start)))
    }

    /// Stores the code of the component with this digest. Does nothing if the disk is full or read-only.
    pub(crate) fn write(&self, component: &str, description: &impl Serialize, code: &[u8]) {
        let Ok(description) = serde_json::to_vec(description) else { return };
        let name = self.name(component);
        let mut body = Vec::with_capacity(8 + name.len() + description.len() + code.len());
        for part in [name.as_bytes(), &description] {
            body.extend_from_slice(&(part.len() as u32).to_le_bytes());
            body.extend_from_slice(part);
        }
        body.extend_from_slice(code);
        let write = || -> std::io::Result<()> {
            // Created with mode 0600, under a unique name.
            let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
            file.write_all(MAGIC)?;
            file.write_all(&sha256(&body))?;
            file.write_all(&body)?;
            file.persist(self.path(component))?;
            Ok(())
        };
        if write().is_ok() {
            self.prune();
        }
    }

    fn path(&self, component: &str) -> PathBuf {
        self.folder.join(format!("{}.{SUFFIX}", self.name(component)))
    }

    /// The name of the component's entry.
    fn name(&self, component: &str) -> String {
        format!("{component}-{}", self.engine)
    }

    /// Removes the least recently used entries beyond [`ENTRIES_MAX`].
    fn prune(&self) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        let is_entry = |path: &PathBuf| path.extension().is_some_and(|suffix| suffix == SUFFIX);
        let paths = entries.flatten().map(|entry| entry.path()).filter(is_entry);
        let used = |path: PathBuf| Some((fs::metadata(&path).and_then(|data| data.modified()).ok()?, path));
        let mut entries: Vec<_> = paths.filter_map(used).collect();
        entries.sort();
        for (_, path) in entries.iter().take(entries.len().saturating_sub(ENTRIES_MAX)) {
            let _ = fs::remove_file(path);
        }
    }
}

/// Splits off a part that starts with its length; returns what follows it, too.
fn split_part(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(u32::from_le_bytes(*length) as usize)
}

/// A digest of everything that code depends on apart from the component: wasmtime, its settings, the processor's
/// features, and the version of this crate, whose checks the description has passed.
fn fingerprint(engine: &Engine) -> String {
    /// Collects the hashed bytes, for a digest that is the same in every process.
    struct ByteCollector(Vec<u8>);
    impl Hasher for ByteCollector {
        fn write(&mut self, bytes: &[u8]) {
            self.0.extend_from_slice(bytes);
        }
        fn finish(&self) -> u64 {
            0
        }
    }
    let mut collector = ByteCollector(env!("CARGO_PKG_VERSION").as_bytes().to_vec());
    engine.precompile_compatibility_hash().hash(&mut collector);
    sha256_hex(&collector.0).get(..32).unwrap_or_default().to_owned()
}
