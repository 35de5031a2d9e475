//! An index in a file, so that a registry is read, cleaned and indexed once and not in every run.
//!
//! ```text
//! magic, version ─ key ─ vocabulary ─ number of shards ─ shards ─ checksum of all before
//! ```
//!
//! The key identifies the inputs and the version of the index; the caller builds it. Shards are stored as built and can
//! be searched by any number of workers: results do not depend on that.
//!
//! **Invariant:** except for its first bytes, a file is not interpreted before its checksum is verified; an incomplete
//! file never has the final name (temporary file, then rename).
//!
//! Numbers are little-endian; arrays are copied as a whole, and nothing is searched, sorted or hashed: loading takes
//! only the time to read.

use std::fs::File;
use std::io::{BufReader, BufWriter, ErrorKind, Read, Seek, Write};
use std::path::Path;
use std::sync::Arc;

use matchflow_files::{StagedFile, open_regular};
use matchflow_model::digest::Checksum;

use crate::codec::{Decode, Decoder, Encode, Encoder, decode_all, encode_all};
use crate::shard::Shard;
use crate::vocabulary::Vocabulary;

/// The first bytes of a file. The last two are incremented when the format changes; a new kind of search does not
/// change it.
const MAGIC: &[u8; 10] = b"mf-index\x00\x03";
/// Maximum length of a key.
const KEY_BYTES_MAX: u64 = 4_096;
const CHECKSUM_BYTES: u64 = 8;
const BUFFER_BYTES: usize = 1 << 18;

/// An indexed registry: its shards, and the words of all of them, set in each.
#[derive(Debug, Clone)]
pub struct Index {
    /// The shards.
    pub shards: Vec<Arc<Shard>>,
    /// Their words.
    pub vocabulary: Arc<Vocabulary>,
}

/// Why an index cannot be loaded from a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IndexFileError {
    /// The file does not exist.
    #[error("there is no index")]
    Missing,
    /// It was built from another registry, for other searches, or by another version.
    #[error("the index is of another registry, other fields, searches or cleaning, or another version of matchflow")]
    Stale,
    /// Its bytes are not those that were written.
    #[error("the index is damaged ({0})")]
    Damaged(String),
    /// It could not be read or written.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

impl Index {
    /// The number of entries in all shards.
    pub fn entries(&self) -> u64 {
        self.shards.iter().map(|shard| u64::from(shard.entries())).sum()
    }

    /// Reads the file, if it has this key.
    ///
    /// # Errors
    ///
    /// [`IndexFileError`]: the index must be built then.
    pub fn load(path: &Path, key: &str) -> Result<Index, IndexFileError> {
        let file = open_regular(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => IndexFileError::Missing,
            _ => IndexFileError::Io(error),
        })?;
        let mut file = BufReader::with_capacity(BUFFER_BYTES, file);
        let length = file.get_ref().metadata()?.len();
        let body = length.checked_sub(CHECKSUM_BYTES).ok_or_else(|| damaged("it is too short"))?;
        if read_key(&mut file, body)? != key {
            return Err(IndexFileError::Stale);
        }
        file.rewind()?;
        check(&mut file, body)?;
        file.rewind()?;
        let mut from = Decoder::new(&mut file, body);
        read_key(&mut from, body)?;
        let read = (|| -> std::io::Result<Index> {
            let vocabulary = Arc::new(Vocabulary::decode(&mut from)?);
            let mut shards: Vec<Shard> = decode_all(&mut from)?;
            for shard in &mut shards {
                shard.set_vocabulary(Arc::clone(&vocabulary)).map_err(std::io::Error::other)?;
            }
            Ok(Index { shards: shards.into_iter().map(Arc::new).collect(), vocabulary })
        })();
        // The bytes are those that were written: what cannot be decoded was encoded wrongly.
        read.map_err(|error| damaged(&error.to_string()))
    }

    /// Writes the file completely or not at all. `goes_on` is polled; when it returns false, nothing is left behind.
    ///
    /// # Errors
    ///
    /// A full disk, a folder that is not writable; [`ErrorKind::Interrupted`] if it was stopped.
    pub fn save(&self, path: &Path, key: &str, goes_on: &dyn Fn() -> bool) -> Result<(), IndexFileError> {
        let (staged, file) = StagedFile::create(path, "the index")?;
        self.write(file, key, goes_on)?;
        matchflow_model::fault::point("index written");
        staged.publish()?;
        Ok(())
    }

    fn write(&self, file: File, key: &str, goes_on: &dyn Fn() -> bool) -> std::io::Result<()> {
        let mut file = BufWriter::with_capacity(BUFFER_BYTES, file);
        let mut out = Encoder::new(&mut file, goes_on);
        out.bytes(MAGIC)?;
        key.to_owned().encode(&mut out)?;
        self.vocabulary.encode(&mut out)?;
        encode_all(&self.shards, &mut out)?;
        let checksum = out.checksum();
        file.write_all(&checksum.to_le_bytes())?;
        file.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()
    }
}

/// Reads the start of a file, up to and including its key.
fn read_key(from: &mut impl Read, body: u64) -> Result<String, IndexFileError> {
    let mut magic = [0; MAGIC.len()];
    if body < magic.len() as u64 + 8 {
        return Err(damaged("it is too short"));
    }
    from.read_exact(&mut magic)?;
    if magic != *MAGIC {
        return Err(IndexFileError::Stale);
    }
    let mut length = [0; 8];
    from.read_exact(&mut length)?;
    let length = u64::from_le_bytes(length);
    if length > KEY_BYTES_MAX || length + magic.len() as u64 + 8 > body {
        return Err(damaged("its key is too long"));
    }
    let mut key = vec![0; length as usize];
    from.read_exact(&mut key)?;
    String::from_utf8(key).map_err(|_| damaged("its key is no text"))
}

/// Reads the whole file and verifies its checksum.
fn check(file: &mut impl Read, body: u64) -> Result<(), IndexFileError> {
    let (mut checksum, mut left, mut buffer) = (Checksum::default(), body, vec![0; BUFFER_BYTES]);
    while left > 0 {
        let block = buffer.get_mut(..left.min(BUFFER_BYTES as u64) as usize).unwrap_or_default();
        file.read_exact(block)?;
        checksum.update(block);
        left -= block.len() as u64;
    }
    let mut written = [0; CHECKSUM_BYTES as usize];
    file.read_exact(&mut written)?;
    if u64::from_le_bytes(written) == checksum.finish() { Ok(()) } else { Err(damaged("its checksum is another")) }
}

fn damaged(why: &str) -> IndexFileError {
    IndexFileError::Damaged(why.to_owned())
}
