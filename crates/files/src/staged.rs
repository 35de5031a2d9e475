//! A file under a temporary name next to its place: it is renamed when it is complete, or removed.

use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::follow_links;
use crate::leftovers::remove_leftovers;
use crate::protected::claim;

/// The path that means standard output.
pub const STDOUT: &str = "-";
/// The system's names for it. Where it is redirected to a file they lead to that file, which must not be replaced.
const STDOUT_NAMES: [&str; 4] = [STDOUT, "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];
const STDERR_NAMES: [&str; 3] = ["/dev/stderr", "/dev/fd/2", "/proc/self/fd/2"];

/// Whether a path means standard output.
pub fn is_stdout(path: &Path) -> bool {
    STDOUT_NAMES.iter().any(|name| path == Path::new(name))
}

/// Whether a path means standard error.
fn is_stderr(path: &Path) -> bool {
    STDERR_NAMES.iter().any(|name| path == Path::new(name))
}

/// Whether a path gets its bytes when they are complete, and is no file to be replaced.
fn is_stream(path: &Path) -> bool {
    is_stdout(path)
        || is_stderr(path)
        || fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

/// A file without its name yet.
#[derive(Debug)]
pub struct StagedFile {
    path: PathBuf,
    role: &'static str,
    target: Target,
}

#[derive(Debug)]
enum Target {
    /// A regular file, with links followed, and its temporary name in the same folder. The lock marks it as in use.
    File { place: PathBuf, temporary: PathBuf, _lock: File },
    /// A device, a pipe, standard output or standard error. It gets the bytes of the temporary file when they are complete.
    Stream { bytes: File },
}

impl StagedFile {
    /// Creates the file, and its folder if missing. Temporary files of this name whose process was killed are removed.
    /// `role` is part of messages: `an output`.
    pub fn create(path: &Path, role: &'static str) -> io::Result<(StagedFile, File)> {
        if is_stream(path) {
            let bytes = tempfile::tempfile()?;
            let file = bytes.try_clone()?;
            return Ok((StagedFile { path: path.to_owned(), role, target: Target::Stream { bytes } }, file));
        }
        claim(path, role).map_err(io::Error::other)?;
        let place = follow_links(path)?;
        if place.is_dir() {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
        }
        let folder = folder_of(&place);
        fs::create_dir_all(folder)?;
        let prefix = format!(".{}.new-", place.file_name().unwrap_or_default().to_string_lossy());
        remove_leftovers(folder, &prefix);
        let (temporary, file) = create_locked(folder, &prefix)?;
        let lock = file.try_clone()?;
        Ok((StagedFile { path: path.to_owned(), role, target: Target::File { place, temporary, _lock: lock } }, file))
    }

    /// The path as given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A folder for more temporary files.
    pub fn folder(&self) -> PathBuf {
        match &self.target {
            Target::File { place, .. } => folder_of(place).to_owned(),
            Target::Stream { .. } => std::env::temp_dir(),
        }
    }

    /// The file's path with links followed, and its temporary name; `None` if the path is not a regular file.
    pub fn places(&self) -> Option<(&Path, &Path)> {
        match &self.target {
            Target::File { place, temporary, .. } => Some((place, temporary)),
            Target::Stream { .. } => None,
        }
    }

    /// Renames the file once its bytes are on disk; copies them if the path is not a regular file.
    pub fn publish(mut self) -> io::Result<PathBuf> {
        match &mut self.target {
            Target::File { place, temporary, .. } => {
                File::options().write(true).open(&*temporary)?.sync_all()?;
                // The place may have changed since the file was created.
                claim(&self.path, self.role).map_err(io::Error::other)?;
                if let Ok(replaced) = fs::metadata(&*place) {
                    // Anyone who could read the replaced file can read the new one.
                    let _ = fs::set_permissions(&*temporary, replaced.permissions());
                }
                fs::rename(&*temporary, &*place)?;
            }
            Target::Stream { bytes } => {
                bytes.seek(SeekFrom::Start(0))?;
                if is_stdout(&self.path) {
                    io::copy(bytes, &mut io::stdout().lock())?;
                } else if is_stderr(&self.path) {
                    io::copy(bytes, &mut io::stderr().lock())?;
                } else {
                    io::copy(bytes, &mut File::options().write(true).open(&self.path)?)?;
                }
            }
        }
        Ok(self.path.clone())
    }
}

impl Drop for StagedFile {
    fn drop(&mut self) {
        if let Target::File { temporary, .. } = &self.target {
            // After `publish`, nothing is left under this name.
            let _ = fs::remove_file(temporary);
        }
    }
}

/// Creates a file that no other process has, and locks it. Another process that removes leftovers may find it before it
/// is locked: then another name is used.
fn create_locked(folder: &Path, prefix: &str) -> io::Result<(PathBuf, File)> {
    let mut number = 0_u32;
    loop {
        let suffix = if number == 0 { String::new() } else { format!("-{number}") };
        let path = folder.join(format!("{prefix}{}{suffix}", std::process::id()));
        match File::options().read(true).write(true).create_new(true).open(&path) {
            Ok(file) => {
                // If locks are not supported, nothing is ever mistaken for a leftover.
                let _ = file.try_lock();
                if path.try_exists()? {
                    return Ok((path, file));
                }
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
        number += 1;
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::Write;
    use std::os::unix::fs::{FileTypeExt, symlink};

    use super::*;

    fn write(path: &Path, text: &str) {
        let (staged, mut file) = StagedFile::create(path, "an output of a test").unwrap();
        file.write_all(text.as_bytes()).unwrap();
        staged.publish().unwrap();
    }

    #[test]
    fn a_file_gets_its_name_when_it_is_complete() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out/a.csv");
        let (staged, mut file) = StagedFile::create(&path, "an output of a test").unwrap();
        file.write_all(b"half").unwrap();
        drop(staged);
        assert_eq!(fs::read_dir(folder.path().join("out")).unwrap().count(), 0);
        fs::write(folder.path().join("out/.a.csv.new-1"), "of a process that was killed").unwrap();
        write(&path, "whole");
        write(&path, "again");
        assert_eq!(fs::read_to_string(&path).unwrap(), "again");
        assert_eq!(fs::read_dir(folder.path().join("out")).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_is_replaced_keeps_its_mode() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        write(&path, "first");
        for mode in [0o640, 0o600] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            write(&path, "next");
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, mode);
        }
    }

    #[test]
    fn links_are_followed_and_devices_are_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        symlink("target", &link).unwrap();
        write(&link, "rows");
        assert_eq!(fs::read_to_string(folder.path().join("target")).unwrap(), "rows");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        let null = folder.path().join("null");
        symlink("/dev/null", &null).unwrap();
        for path in [Path::new("/dev/null"), &null] {
            write(path, "rows");
            assert!(fs::metadata(path).unwrap().file_type().is_char_device());
        }
        assert!(StagedFile::create(folder.path(), "an output of a test").is_err());
    }
}
