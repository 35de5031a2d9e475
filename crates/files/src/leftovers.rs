//! Temporary files of processes that were killed.

use std::fs::{self, File};
use std::path::Path;

/// Removes the files in `folder` whose name is `prefix` and a number, possibly followed by a hyphen and more, and which
/// no process has locked: those of [`StagedFile`](crate::StagedFile)s whose process was killed.
pub fn remove_leftovers(folder: &Path, prefix: &str) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let is_ours = name.to_str().and_then(|name| name.strip_prefix(prefix)).is_some_and(is_number);
        // Links are not followed, and opening a pipe would block.
        if !is_ours || !entry.file_type().is_ok_and(|kind| kind.is_file()) {
            continue;
        }
        let path = entry.path();
        if File::options().write(true).open(&path).is_ok_and(|file| file.try_lock().is_ok()) {
            // A leftover that cannot be removed is harmless.
            let _ = fs::remove_file(&path);
        }
    }
}

fn is_number(suffix: &str) -> bool {
    let mut parts = suffix.split('-');
    parts.all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unlocked_files_of_this_name_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let names = [".a.csv.new-17", ".a.csv.new-18", ".a.csv.new-x", ".a.csv.new-", "a.csv.new-17", ".b.csv.new-17"];
        names.iter().for_each(|name| fs::write(folder.path().join(name), "").unwrap());
        let locked = File::open(folder.path().join(".a.csv.new-18")).unwrap();
        locked.lock().unwrap();
        remove_leftovers(folder.path(), ".a.csv.new-");
        let is_there = |name: &&&str| folder.path().join(name).exists();
        assert_eq!(names.iter().filter(is_there).collect::<Vec<_>>(), names.iter().skip(1).collect::<Vec<_>>());
    }
}
