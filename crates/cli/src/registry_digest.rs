//! The digest of the registry's files, cached as long as the files do not change.
//!
//! Computing the digest means reading gigabytes of registry. So digests are stored in the user's cache folder, each
//! under a digest of the files' metadata: path, device and inode, size, modification times. Files that changed within
//! the last seconds are not cached: another change might leave their times as they are.
//!
//! **Invariant:** a digest from the cache folder is used only if the folder and the file belong to this user alone.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use matchflow_files::{FileStamp, PrivateFolder};
use matchflow_ingest::files_read;
use matchflow_model::digest::sha256_hex;
use matchflow_model::plan::{Plan, TablePlan};

use crate::environment::cache_folder;
use crate::failure::{Failure, FailureContext};

/// The subfolder of the cache folder.
const FOLDER: &str = "digests";

/// A digest of the contents of the registry's files.
pub(crate) fn registry_digest(plan: &Plan) -> Result<String, Failure> {
    let table = &plan.reference.table;
    let place = remembered_place(table);
    if let Some(digest) = place.as_deref().and_then(remembered) {
        return Ok(digest);
    }
    let digest = matchflow_ingest::digest(table).while_doing("reading the registry")?;
    // Only if the files have not changed meanwhile.
    if let Some(place) = place.filter(|place| remembered_place(table).as_ref() == Some(place)) {
        remember(&place, &digest);
    }
    Ok(digest)
}

/// Where the digest of these files is cached; `None` if it is not.
fn remembered_place(table: &TablePlan) -> Option<PathBuf> {
    if table.files.is_empty() {
        return None;
    }
    let (format, options) = (&table.format, serde_json::Value::Object(table.options.clone()));
    let mut text = format!("{} {format} {options}\n", env!("MATCHFLOW_INDEX_VERSION"));
    for (key, path) in &table.files {
        text.push_str(&format!("{key} {path:?}\n"));
    }
    for path in files_read(table) {
        let stamp = FileStamp::of(&path);
        if !matches!(&stamp, Err(error) if error.kind() == ErrorKind::NotFound)
            && !stamp.as_ref().is_ok_and(FileStamp::is_stable)
        {
            return None;
        }
        let path = std::path::absolute(path).ok()?;
        text.push_str(&format!("{path:?} {:?}\n", stamp.ok()));
    }
    Some(cache_folder(FOLDER)?.join(sha256_hex(text.as_bytes())))
}

fn remembered(place: &Path) -> Option<String> {
    let folder = PrivateFolder::open(place.parent()?).ok()?;
    let metadata = fs::symlink_metadata(place).ok()?;
    let digest = folder.owns_file(&metadata).then(|| fs::read_to_string(place).ok()).flatten()?;
    let is_digest = digest.len() == sha256_hex(b"").len() && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_digest.then_some(digest)
}

/// A digest that cannot be stored is recomputed next time.
fn remember(place: &Path, digest: &str) {
    let temporary = place.with_extension(std::process::id().to_string());
    if fs::write(&temporary, digest).and_then(|()| fs::rename(&temporary, place)).is_err() {
        let _ = fs::remove_file(&temporary);
    }
}
