//! Opening files that are read whole, or more than once: regular files only.

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Opens a regular file for reading, at the end of its links. Opening a pipe would wait for its other end, and a device
/// may have no end.
pub fn open_regular(path: &Path) -> io::Result<File> {
    refuse_irregular(path)?;
    File::open(path)
}

/// Refuses a pipe, a device or a socket. A path without a file passes, and a folder, which has errors of its own.
pub fn refuse_irregular(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(facts) if !facts.is_file() && !facts.is_dir() => {
            Err(io::Error::new(io::ErrorKind::InvalidInput, "it is a pipe or a device, not a file"))
        }
        _ => Ok(()),
    }
}

/// Whether a file could not be opened because this process, or the system, has too many open.
pub fn is_out_of_file_handles(error: &io::Error) -> bool {
    #[cfg(unix)]
    return matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE));
    // ERROR_TOO_MANY_OPEN_FILES
    #[cfg(not(unix))]
    return error.raw_os_error() == Some(4);
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn pipes_and_devices_are_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("file"), "x").unwrap();
        std::os::unix::fs::symlink("file", path("link")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", path("zero")).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(path("pipe")).status().unwrap().success());
        for name in ["file", "link"] {
            open_regular(&path(name)).unwrap();
        }
        for name in ["pipe", "zero"] {
            assert_eq!(open_regular(&path(name)).unwrap_err().kind(), io::ErrorKind::InvalidInput, "{name}");
        }
        assert_eq!(open_regular(&path("none")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
