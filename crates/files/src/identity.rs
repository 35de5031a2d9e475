//! The file that a path refers to.

use std::ffi::OsString;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};

/// Maximum number of links followed in sequence; the system's own limit.
const LINKS_MAX: usize = 40;

/// The file that a path refers to, whatever its spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileIdentity {
    /// An existing file.
    Existing(FileNumber),
    /// A file that does not exist yet: its folder and its name, or the rest of the path if the folder is missing too.
    Missing {
        /// The deepest existing folder.
        folder: FileNumber,
        /// The path below it.
        rest: OsString,
    },
}

/// Device and inode; the canonical path if the system has no such numbers.
#[cfg(unix)]
pub type FileNumber = (u64, u64);
/// Device and inode; the canonical path if the system has no such numbers.
#[cfg(not(unix))]
pub type FileNumber = PathBuf;

impl FileIdentity {
    /// The file at `path`, following links, including dangling ones.
    pub fn of(path: &Path) -> io::Result<FileIdentity> {
        let path = std::path::absolute(follow_links(path)?)?;
        let mut rest = OsString::new();
        for folder in path.ancestors() {
            match std::fs::metadata(folder) {
                Ok(metadata) if rest.is_empty() => return Ok(FileIdentity::Existing(number(folder, &metadata)?)),
                Ok(metadata) => return Ok(FileIdentity::Missing { folder: number(folder, &metadata)?, rest }),
                Err(error) if is_missing(&error) => {
                    let mut name = comparable(folder.file_name().unwrap_or_default().to_owned());
                    if !rest.is_empty() {
                        name.push("/");
                        name.push(&rest);
                    }
                    rest = name;
                }
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::new(io::ErrorKind::NotFound, "there is no such folder"))
    }
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// A name as compared by systems that ignore case by default.
fn comparable(name: OsString) -> OsString {
    match cfg!(any(windows, target_os = "macos")) {
        true => name.to_string_lossy().to_lowercase().into(),
        false => name,
    }
}

#[cfg(unix)]
fn number(_: &Path, metadata: &Metadata) -> io::Result<FileNumber> {
    use std::os::unix::fs::MetadataExt;
    Ok((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn number(path: &Path, _: &Metadata) -> io::Result<FileNumber> {
    path.canonicalize()
}

/// The target of the last component of `path` after following links; it need not exist. A path that is not a link is
/// returned unchanged.
pub fn follow_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..LINKS_MAX {
        match std::fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_symlink() => {
                let target = std::fs::read_link(&path)?;
                path = path.parent().unwrap_or(Path::new("")).join(target);
            }
            Ok(_) => return Ok(path),
            Err(error) if is_missing(&error) => return Ok(path),
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other(format!("`{}` leads through more than {LINKS_MAX} links", path.display())))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn every_spelling_of_a_file_is_the_same_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::create_dir(path("sub")).unwrap();
        std::fs::write(path("file"), "").unwrap();
        symlink("file", path("link")).unwrap();
        symlink("link", path("link to link")).unwrap();
        symlink(".", path("here")).unwrap();
        std::fs::hard_link(path("file"), path("hard")).unwrap();
        let identity = |name: &str| FileIdentity::of(&path(name)).unwrap();
        for name in
            ["./file", "sub/../file", "here/file", "here/here/file", "link", "link to link", "here/link", "hard"]
        {
            assert_eq!(identity(name), identity("file"), "{name}");
        }
        assert_ne!(identity("sub"), identity("file"));
        symlink("new", path("dangling")).unwrap();
        symlink("deep/er/new", path("deeper")).unwrap();
        for (name, other) in
            [("./new", "new"), ("here/new", "new"), ("dangling", "new"), ("deeper", "here/deep/er/new")]
        {
            assert_eq!(identity(name), identity(other), "{name}");
        }
        assert_ne!(identity("new"), identity("newer"));
        assert_ne!(identity("sub/new"), identity("new"));
        symlink("circle", path("circle")).unwrap();
        assert!(FileIdentity::of(&path("circle")).is_err());
    }
}
