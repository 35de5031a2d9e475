//! The tracked files and the cargo members of a repository.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::TidyError;
use super::source::blank;

/// A text file.
#[derive(Debug, Clone)]
pub struct TextFile {
    /// The content of the file.
    pub text: String,
    /// For a Rust file, the text with comments and literals blanked; lines and columns are kept.
    pub code: String,
}

/// A dependency of a member on another member.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dependency {
    /// The folder of the other member, relative to the root.
    pub folder: String,
    /// Whether it is a dev-dependency.
    pub dev: bool,
}

/// A member of the cargo workspace.
#[derive(Debug, Clone)]
pub struct Member {
    /// Its folder, relative to the root.
    pub folder: String,
    /// The members it depends on.
    pub dependencies: Vec<Dependency>,
}

impl Member {
    /// The folder's name: `model` for `crates/model`.
    pub fn name(&self) -> &str {
        self.folder.rsplit('/').next().unwrap_or(&self.folder)
    }
}

/// A repository as the rules see it.
#[derive(Debug, Clone)]
pub struct Workspace {
    folder: PathBuf,
    files: BTreeMap<String, TextFile>,
    binary: Vec<String>,
    members: Vec<Member>,
}

impl Workspace {
    /// A workspace with these files and members, for tests.
    pub fn new(files: &[(&str, &str)], members: Vec<Member>) -> Self {
        let files = files.iter().map(|(path, text)| text_file(path, (*text).to_owned())).collect();
        Self { folder: PathBuf::new(), files, binary: Vec::new(), members }
    }

    /// The workspace in a folder: files that git tracks, or would track.
    pub fn load(folder: &Path) -> Result<Self, TidyError> {
        let listing = output(
            "git ls-files",
            Command::new("git").current_dir(folder).args(["ls-files", "--cached", "--others", "--exclude-standard"]),
        )?;
        let mut files = BTreeMap::new();
        let mut binary = Vec::new();
        for path in listing.lines() {
            // A file whose removal is not committed yet is still listed.
            let Ok(bytes) = fs::read(folder.join(path)) else { continue };
            match String::from_utf8(bytes) {
                Ok(text) => files.extend([text_file(path, text)]),
                Err(_) => binary.push(path.to_owned()),
            }
        }
        let members = members(folder)?;
        Ok(Self { folder: folder.to_owned(), files, binary, members })
    }

    /// The root.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The cargo members, by folder.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The text files, by path.
    pub fn files(&self) -> impl Iterator<Item = (&str, &TextFile)> {
        self.files.iter().map(|(path, file)| (path.as_str(), file))
    }

    /// The Rust files of the workspace's members, by path.
    pub fn rust_files(&self) -> impl Iterator<Item = (&str, &TextFile)> {
        self.files().filter(|(path, _)| {
            path.ends_with(".rs")
                && (path.starts_with("tests/")
                    || self.members.iter().any(|member| path.strip_prefix(&*member.folder).is_some_and(inside)))
        })
    }

    /// The paths of all files, text or not.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().chain(&self.binary).map(String::as_str)
    }

    /// The text of a file, if it exists.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(|file| file.text.as_str())
    }

    /// The text of a file required by the rules.
    pub fn required(&self, path: &str) -> Result<&str, TidyError> {
        self.text(path).ok_or_else(|| TidyError::File {
            path: path.to_owned(),
            source: std::io::Error::from(std::io::ErrorKind::NotFound),
        })
    }

    /// Writes a file of the repository.
    pub fn write(&self, path: &str, text: &str) -> Result<(), TidyError> {
        fs::write(self.folder.join(path), text).map_err(|source| TidyError::File { path: path.to_owned(), source })
    }
}

fn inside(rest: &str) -> bool {
    rest.starts_with('/')
}

fn text_file(path: &str, text: String) -> (String, TextFile) {
    let code = match path.ends_with(".rs") {
        true => blank(&text),
        false => String::new(),
    };
    (path.to_owned(), TextFile { text, code })
}

fn output(command: &'static str, process: &mut Command) -> Result<String, TidyError> {
    let failed = |message: String| TidyError::Command { command, message };
    let output = process.output().map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    String::from_utf8(output.stdout).map_err(|error| failed(error.to_string()))
}

/// The members, as reported by cargo, which knows the kind of each dependency.
fn members(folder: &Path) -> Result<Vec<Member>, TidyError> {
    const COMMAND: &str = "cargo metadata";
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let text = output(
        COMMAND,
        Command::new(cargo).current_dir(folder).args(["metadata", "--no-deps", "--offline", "--format-version", "1"]),
    )?;
    let metadata: Value = serde_json::from_str(&text)
        .map_err(|error| TidyError::Command { command: COMMAND, message: error.to_string() })?;
    let root = folder.to_string_lossy().into_owned();
    let relative = |path: &str| path.strip_prefix(&root).map(|path| path.trim_matches('/').to_owned());
    let list = |value: &Value, key: &str| value.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let mut members: Vec<Member> = list(&metadata, "packages")
        .iter()
        .filter_map(|package| {
            let manifest = relative(package["manifest_path"].as_str()?)?;
            let folder = manifest.strip_suffix("/Cargo.toml")?.to_owned();
            let mut dependencies: Vec<Dependency> = list(package, "dependencies")
                .iter()
                .filter_map(|dependency| {
                    let folder = relative(dependency["path"].as_str()?)?;
                    Some(Dependency { folder, dev: dependency["kind"].as_str() == Some("dev") })
                })
                .collect();
            dependencies.sort();
            dependencies.dedup();
            Some(Member { folder, dependencies })
        })
        .collect();
    members.sort_by(|one, other| one.folder.cmp(&other.folder));
    Ok(members)
}
