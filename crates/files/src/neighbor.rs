//! Names of files that belong to another file and lie beside it, such as a checkpoint's answers.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// `path` with `suffix` after its whole name: `s.duckdb` and `.answers` give `s.duckdb.answers`.
pub fn with_suffix(path: &Path, suffix: impl AsRef<OsStr>) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_stays() {
        assert_eq!(with_suffix(Path::new("a b/s.duckdb"), ".answers"), Path::new("a b/s.duckdb.answers"));
    }
}
