//! Paths whose accents are spelled differently on disk and in the pipeline: `é` is one character (NFC) or two (NFD),
//! and archives made on a Mac have two.

use std::path::{Component, Path, PathBuf};

use unicode_normalization::UnicodeNormalization;

/// The path with each existing folder and file as spelled on disk; `None` if nothing is spelled differently.
pub(crate) fn spelling(path: &Path) -> Option<PathBuf> {
    let mut spelled = PathBuf::new();
    for component in path.components() {
        let next = spelled.join(component);
        spelled = match component {
            Component::Normal(name) if !next.exists() => {
                name.to_str().and_then(|name| alike(&spelled, name)).unwrap_or(next)
            }
            _ => next,
        };
    }
    (spelled != path).then_some(spelled)
}

/// The first entry of a folder that looks like `name`.
fn alike(folder: &Path, name: &str) -> Option<PathBuf> {
    if name.is_ascii() {
        return None;
    }
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = folder.read_dir().ok()?.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let found = entries.filter(|entry| entry.nfc().eq(name.nfc())).min()?;
    Some(if folder == Path::new(".") { PathBuf::from(found) } else { folder.join(found) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_with_any_spelling_of_accents() {
        let folder = tempfile::tempdir().unwrap();
        let (composed, decomposed) = ("soci\u{e9}t\u{e9}s", "socie\u{301}te\u{301}s");
        let disk = folder.path().join(decomposed);
        std::fs::create_dir(&disk).unwrap();
        std::fs::write(disk.join("liste\u{e9}.csv"), "x").unwrap();
        let asked = folder.path().join(composed).join("listee\u{301}.csv");
        if asked.exists() {
            println!("skipped: this disk finds either spelling");
            return;
        }
        assert_eq!(spelling(&asked), Some(disk.join("liste\u{e9}.csv")));
        assert_eq!(spelling(&folder.path().join(composed).join("new.csv")), Some(disk.join("new.csv")));
        assert_eq!(spelling(&folder.path().join("none.csv")), None);
    }
}
