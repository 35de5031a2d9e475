//! Resolves a path to files: one file, all files that match a pattern (`registry/**/*.parquet`), or those of a folder.
//!
//! **Limits.** Hidden files and folders are skipped, and `**` does not follow links to folders.
//!
//! **Invariants.** Files are sorted by path, whatever the order on disk. An existing file whose name looks like a
//! pattern is that file.

use std::path::{Component, Path, PathBuf};

use glob::{MatchOptions, Pattern, glob_with};
use matchflow_model::digest::Hasher;
use matchflow_model::plan::TablePlan;

use crate::contents::table_extension;
use crate::error::IngestError;
use crate::file;

const OPTIONS: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// The files of a path that is a pattern, or a folder, in which files with these extensions count; `None` if it is a
/// single file, or missing.
pub(crate) fn files_of(path: &Path, extensions: &[&str]) -> Option<Vec<PathBuf>> {
    let is_of_format =
        |file: &Path| table_extension(file).is_some_and(|extension| extensions.contains(&extension.as_str()));
    let mut files: Vec<PathBuf> = if path.is_dir() {
        let folder = Pattern::escape(path.to_str()?);
        matches(&format!("{folder}/**/*")).filter(|file| is_of_format(file)).collect()
    } else if is_pattern(path) {
        matches(path.to_str()?).collect()
    } else {
        return None;
    };
    files.sort();
    (!files.is_empty()).then_some(files)
}

/// The files that match; files in folders that cannot be read are silently skipped.
fn matches(pattern: &str) -> impl Iterator<Item = PathBuf> + use<> {
    let found = glob_with(pattern, OPTIONS).into_iter().flatten();
    found.flatten().filter(|path| path.is_file())
}

/// The first file that matches a pattern, in path order.
pub(crate) fn first_match(pattern: &Path) -> Option<PathBuf> {
    matches(pattern.to_str()?).min()
}

/// Whether a path is a pattern: it has pattern characters, and no file has this name.
pub(crate) fn is_pattern(path: &Path) -> bool {
    path.to_str().is_some_and(|path| path.contains(['*', '?', '['])) && !path.exists()
}

/// Whether a table consists of several files.
pub(crate) fn has_parts(table: &TablePlan) -> bool {
    parts(table).nth(1).is_some()
}

/// The files that make up a table: those under its first key.
pub(crate) fn parts(table: &TablePlan) -> impl Iterator<Item = &Path> {
    let key = table.files.first().map(|(key, _)| key);
    table.files.iter().filter(move |(known, _)| Some(known) == key).map(|(_, path)| path.as_path())
}

/// Adds the parts to a digest, each with its length and its path below the common folder: adding, removing, renaming or
/// changing a part gives another table.
pub(crate) fn digest_parts(table: &TablePlan, hasher: &mut Hasher) -> Result<(), IngestError> {
    let paths: Vec<&Path> = parts(table).collect();
    let base = common_folder(&paths);
    for path in paths {
        let name = path.strip_prefix(&base).unwrap_or(path).to_string_lossy();
        let length = file::open(path)?.metadata().map_or(0, |facts| facts.len());
        hasher.update(&(name.len() as u64).to_le_bytes());
        hasher.update(name.as_bytes());
        hasher.update(&length.to_le_bytes());
        file::digest_file(hasher, path)?;
    }
    Ok(())
}

/// The deepest folder that contains all of the files.
fn common_folder(paths: &[&Path]) -> PathBuf {
    let mut paths = paths.iter();
    let first = paths.next().and_then(|path| path.parent()).unwrap_or(Path::new(""));
    paths.fold(first.to_owned(), |folder, path| {
        folder.components().zip(path.components()).take_while(|(one, other)| one == other).map(|(one, _)| one).collect()
    })
}

/// The partitions of a file: columns named by its folders (`dept=75/year=2026/part-0.parquet`). The value
/// `__HIVE_DEFAULT_PARTITION__` means none.
pub(crate) fn partitions(path: &Path) -> Vec<(String, Option<String>)> {
    let folders = path.parent().into_iter().flat_map(Path::components).filter_map(|component| match component {
        Component::Normal(name) => name.to_str(),
        _ => None,
    });
    let partition = |folder: &str| {
        let (name, value) = folder.split_once('=')?;
        let is_name = !name.is_empty() && !name.contains(char::is_whitespace);
        let value = (value != "__HIVE_DEFAULT_PARTITION__").then(|| unescaped(value));
        is_name.then(|| (unescaped(name), value))
    };
    folders.filter_map(partition).collect()
}

/// Decodes `%2F` and the like; the text is unchanged if the result is not UTF-8.
fn unescaped(text: &str) -> String {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match (first, after) {
            (b'%', [high, low, behind @ ..]) if digit(*high).is_some() && digit(*low).is_some() => {
                bytes.push(digit(*high).unwrap_or(0) * 16 + digit(*low).unwrap_or(0));
                rest = behind;
            }
            _ => bytes.push(*first),
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(path: &Path) -> TablePlan {
        crate::format::with_files(TablePlan::new("csv", path.to_owned()))
    }

    fn names(table: &TablePlan) -> Vec<String> {
        table.files.iter().map(|(_, path)| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn patterns_and_folders_are_their_files_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("in/b")).unwrap();
        for name in ["in/10.csv", "in/9.csv", "in/b/1.csv.gz", "in/b/x.json", "in/.hidden.csv", "a[1].csv", "a1.csv"] {
            std::fs::write(at(name), "Nom\nA\n").unwrap();
        }
        assert_eq!(names(&table(&at("in/*.csv"))), ["10.csv", "9.csv"]);
        assert_eq!(names(&table(&at("in/**/*.csv*"))), ["10.csv", "9.csv", "1.csv.gz"]);
        assert_eq!(names(&table(&at("in"))), ["10.csv", "9.csv", "1.csv.gz"]);
        assert_eq!(names(&table(&at("in/1?.csv"))), ["10.csv"]);
        assert_eq!(names(&table(&at("a[1].csv"))), ["a[1].csv"], "the file of that name");
        assert_eq!(names(&table(&at("none/*.csv"))), ["*.csv"], "which its reader does not find");
    }

    #[test]
    fn folders_name_partitions() {
        let pairs = |path: &str| partitions(Path::new(path));
        let own = |name: &str, value: &str| (name.to_owned(), Some(value.to_owned()));
        assert_eq!(pairs("r/dept=75/town=Paris%2FNord/p.parquet"), [own("dept", "75"), own("town", "Paris/Nord")]);
        assert_eq!(pairs("r/dept=__HIVE_DEFAULT_PARTITION__/p"), [("dept".to_owned(), None)]);
        assert_eq!(pairs("r/=75/a b=1/p=1.csv"), []);
        assert_eq!(unescaped("100%"), "100%");
    }

    #[test]
    fn a_digest_covers_names_and_contents() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let digest = || {
            let mut hasher = Hasher::default();
            digest_parts(&table(&at("*.csv")), &mut hasher).unwrap();
            hasher.finish_hex()
        };
        std::fs::write(at("a.csv"), "Nom\nA\n").unwrap();
        std::fs::write(at("b.csv"), "Nom\nB\n").unwrap();
        let mut digests = vec![digest()];
        std::fs::write(at("b.csv"), "Nom\nC\n").unwrap();
        digests.push(digest());
        std::fs::rename(at("b.csv"), at("c.csv")).unwrap();
        digests.push(digest());
        std::fs::write(at("d.csv"), "Nom\nD\n").unwrap();
        digests.push(digest());
        digests.sort();
        digests.dedup();
        assert_eq!(digests.len(), 4);
    }
}
