//! A second name for a file that is about to be replaced.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Gives a file a second name next to it, which remains when the file is replaced: `results.edited.xlsx`,
/// `results.edited-2.xlsx`... No existing file is touched. If the file system has no links, the file is copied.
pub fn back_up(place: &Path, word: &str) -> io::Result<PathBuf> {
    let stem = place.file_stem().unwrap_or_default().to_string_lossy();
    let extension = place.extension().map(|extension| format!(".{}", extension.to_string_lossy())).unwrap_or_default();
    let mut number = 1_u32;
    loop {
        let count = if number > 1 { format!("-{number}") } else { String::new() };
        let backup = place.with_file_name(format!("{stem}.{word}{count}{extension}"));
        match fs::hard_link(place, &backup).or_else(|error| copy_new(place, &backup, error)) {
            Ok(()) => return Ok(backup),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(error),
        }
    }
}

fn copy_new(place: &Path, backup: &Path, error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::AlreadyExists {
        return Err(error);
    }
    let mut from = File::open(place)?;
    let mut to = File::create_new(backup)?;
    let copied = io::copy(&mut from, &mut to).and_then(|_| to.sync_all());
    if copied.is_err() {
        let _ = fs::remove_file(backup);
    }
    copied
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_backup_has_its_own_name() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("a b.xlsx");
        for (text, name) in [("one", "a b.edited.xlsx"), ("two", "a b.edited-2.xlsx"), ("three", "a b.edited-3.xlsx")] {
            fs::write(&place, text).unwrap();
            let backup = back_up(&place, "edited").unwrap();
            assert_eq!(backup, folder.path().join(name));
            fs::remove_file(&place).unwrap();
            assert_eq!(fs::read_to_string(backup).unwrap(), text);
        }
        assert!(back_up(&place, "edited").is_err(), "there is no file");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }
}
