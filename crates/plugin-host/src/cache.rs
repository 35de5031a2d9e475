//! Compiled plug-ins kept on disk, so that a second start compiles and describes nothing.
//!
//! **Limits.** [`ENTRIES_MAX`] entries, of which the least recently used go first; an entry has at most
//! [`ENTRY_BYTES_MAX`] bytes.
//!
//! **Invariants.** An entry is machine code, so it is taken only from a folder that is this user's alone (0700), from a
//! file that is this user's alone (0600), and only when all of it is what was written: its SHA-256 stands at its head.
//! Nothing about a cache is an error: what is missing, foreign, damaged or of another engine is compiled anew and
//! replaced. Processes that start at once may write the same entry: each writes a file of its own and renames it.
//!
//! **How.** An entry's name is the SHA-256 of the component and that of the engine (its version, settings and
//! processor). It holds [`MAGIC`], the SHA-256 of what follows, the length of the description (`u32`, little endian), the
//! description as JSON, and the code as wasmtime serializes it.

use std::fs::{self, DirBuilder, File, Metadata, Permissions};
use std::hash::{Hash, Hasher};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use matchflow_model::digest::{sha256, sha256_hex};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasmtime::Engine;

/// Entries kept.
const ENTRIES_MAX: usize = 256;
/// Bytes of an entry.
const ENTRY_BYTES_MAX: u64 = 256 << 20;
/// The form of entries; counts up when it changes, or when descriptions are checked in another way.
const MAGIC: &[u8; 8] = b"mflowc\0\x01";
const DIGEST_BYTES: usize = 32;
const SUFFIX: &str = "compiled";

/// A folder of compiled plug-ins for one engine.
pub(crate) struct Cache {
    folder: PathBuf,
    engine: String,
    /// The user that files of this process belong to.
    owner: u32,
}

/// A component's code that is, byte for byte, what this user's matchflow wrote: only [`Cache::read`] makes one.
pub(crate) struct TrustedCode(Vec<u8>, usize);

impl TrustedCode {
    /// What wasmtime serialized.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.get(self.1..).unwrap_or_default()
    }
}

impl Cache {
    /// The cache in `folder`, which is made where it is not there; `None` where it cannot be, or is not this user's.
    pub(crate) fn open(folder: &Path, engine: &Engine) -> Option<Cache> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder).ok()?;
        // Whose files are ours? Those that we make.
        let owner = tempfile::tempfile_in(folder).and_then(|probe| probe.metadata()).ok()?.uid();
        let found = fs::symlink_metadata(folder).ok()?;
        if !found.is_dir() || found.uid() != owner {
            return None;
        }
        if found.mode() & 0o077 != 0 {
            fs::set_permissions(folder, Permissions::from_mode(0o700)).ok()?;
        }
        Some(Cache { folder: folder.to_path_buf(), engine: fingerprint(engine), owner })
    }

    /// The entry for the component of this digest, if there is one that can be trusted.
    pub(crate) fn read<Described: DeserializeOwned>(&self, component: &str) -> Option<(Described, TrustedCode)> {
        let mut file = File::open(self.path(component)).ok()?;
        // Of the open file, not of the path: nobody can exchange it between the look and the reading.
        let metadata = file.metadata().ok()?;
        if !self.is_ours_alone(&metadata) || metadata.len() > ENTRY_BYTES_MAX {
            return None;
        }
        let mut bytes = Vec::with_capacity(metadata.len() as usize);
        file.read_to_end(&mut bytes).ok()?;
        let (digest, body) = bytes.strip_prefix(MAGIC)?.split_first_chunk::<DIGEST_BYTES>()?;
        if sha256(body) != *digest {
            return None;
        }
        let (length, rest) = body.split_first_chunk::<4>()?;
        let length = u32::from_le_bytes(*length) as usize;
        let description = serde_json::from_slice(rest.get(..length)?).ok()?;
        // For the choice of what goes when the cache is full.
        let _ = file.set_modified(SystemTime::now());
        Some((description, TrustedCode(bytes, MAGIC.len() + DIGEST_BYTES + 4 + length)))
    }

    /// Keeps the code of the component of this digest. A disk that is full or read-only keeps nothing.
    pub(crate) fn write(&self, component: &str, description: &impl Serialize, code: &[u8]) {
        let Ok(description) = serde_json::to_vec(description) else { return };
        let mut body = Vec::with_capacity(4 + description.len() + code.len());
        body.extend_from_slice(&(description.len() as u32).to_le_bytes());
        body.extend_from_slice(&description);
        body.extend_from_slice(code);
        let write = || -> std::io::Result<()> {
            // Made with mode 0600, under a name that nobody else has.
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
        self.folder.join(format!("{component}-{}.{SUFFIX}", self.engine))
    }

    fn is_ours_alone(&self, metadata: &Metadata) -> bool {
        metadata.is_file() && metadata.uid() == self.owner && metadata.mode() & 0o077 == 0
    }

    /// Takes away the entries least recently used, beyond [`ENTRIES_MAX`].
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

/// What code depends on besides the component: wasmtime, its settings, the processor's features, and this crate, whose
/// checks a description has passed.
fn fingerprint(engine: &Engine) -> String {
    /// Keeps what is hashed, for a digest that is the same in every process.
    struct Collected(Vec<u8>);
    impl Hasher for Collected {
        fn write(&mut self, bytes: &[u8]) {
            self.0.extend_from_slice(bytes);
        }
        fn finish(&self) -> u64 {
            0
        }
    }
    let mut collected = Collected(env!("CARGO_PKG_VERSION").as_bytes().to_vec());
    engine.precompile_compatibility_hash().hash(&mut collected);
    sha256_hex(&collected.0).get(..32).unwrap_or_default().to_owned()
}
