//! The programs that compile sources to WebAssembly: how they are found and run.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::failure::Failure;

/// The newest version of a Debian system's clangs to look for.
const CLANG_NEWEST: u32 = 25;

/// The first of these programs in one of the folders, or else on the path.
pub(crate) fn find(names: &[String], folders: &[PathBuf]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places: Vec<PathBuf> = folders.iter().cloned().chain(std::env::split_paths(&path)).collect();
    let candidates = names.iter().flat_map(|name| places.iter().map(move |place| place.join(name)));
    candidates.filter_map(|path| std::path::absolute(path).ok()).find(|path| path.is_file())
}

/// A program by its name, with or without a version suffix (`clang-22`), newest first.
fn find_versioned(name: &str) -> Option<PathBuf> {
    let versioned = (11..=CLANG_NEWEST).rev().map(|version| format!("{name}-{version}"));
    find(&std::iter::once(name.to_owned()).chain(versioned).collect::<Vec<_>>(), &[])
}

/// Two programs of the same version, if there are such, else each by itself: a linker does not know the arguments of a newer
/// compiler.
pub(crate) fn find_same_version(first: &str, second: &str) -> (Option<PathBuf>, Option<PathBuf>) {
    let suffixes = (11..=CLANG_NEWEST).rev().map(|version| format!("-{version}"));
    let pair = |suffix: String| {
        let program = |name: &str| find(&[format!("{name}{suffix}")], &[]);
        Some((program(first)?, program(second)?))
    };
    match std::iter::once(String::new()).chain(suffixes).find_map(pair) {
        Some((first, second)) => (Some(first), Some(second)),
        None => (find_versioned(first), find_versioned(second)),
    }
}

/// Runs a program in `folder` to completion. Its messages go to standard error, and so does its output unless it is
/// captured.
pub(crate) fn run(command: &mut Command, folder: &Path) -> Result<Vec<u8>, Failure> {
    let command_line = format!("{command:?}").replace('"', "");
    let failed = |reason: String| Failure::Fatal(format!("{reason}\n  the command was: {command_line}"));
    let name = Path::new(command.get_program()).display().to_string();
    let child = command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let output = child.output().map_err(|error| failed(format!("`{name}` cannot be started: {error}")))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let printed = String::from_utf8_lossy(&output.stdout);
    message!("{}", printed.trim_end());
    Err(failed(format!("`{name}` failed: {}", output.status)))
}
