//! Adds the run path of libduckdb to this package's programs and tests, and embeds the plug-in SDK, so that `plugin new`
//! creates projects that are independent of this repository; records the engine version of an index.

use std::fmt::Write as _;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

include!("../../scripts/rpath.rs");

fn main() -> Result<(), Box<dyn std::error::Error>> {
    link_run_path();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    println!("cargo:rustc-env=MATCHFLOW_INDEX_VERSION={:016x}", index_version(&root)?);
    let api = root.join("crates/plugin-api");
    let mut files = Vec::new();
    for folder in ["src", "wit"] {
        collect(&api.join(folder), &mut files)?;
        println!("cargo:rerun-if-changed={}", api.join(folder).display());
    }
    for file in [api.join("Cargo.toml"), root.join("Cargo.toml")] {
        println!("cargo:rerun-if-changed={}", file.display());
    }
    files.sort();
    let mut text =
        String::from("/// The SDK's files, by their path in its folder.\npub(crate) const SDK: &[(&str, &str)] = &[\n");
    for file in &files {
        let name = file.strip_prefix(&api)?.display().to_string();
        writeln!(text, "    ({name:?}, include_str!({:?})),", file.display().to_string())?;
    }
    let dependencies =
        dependencies(&fs::read_to_string(api.join("Cargo.toml"))?, &fs::read_to_string(root.join("Cargo.toml"))?)?;
    writeln!(
        text,
        "];\n/// Its dependencies, as a manifest outside the workspace has them.\npub(crate) const SDK_DEPENDENCIES: &str = {dependencies:?};"
    )?;
    fs::write(PathBuf::from(std::env::var("OUT_DIR")?).join("sdk.rs"), text)?;
    Ok(())
}

/// A digest of all sources that determine the index of a registry, so that no index outlives a change to them.
fn index_version(root: &Path) -> std::io::Result<u64> {
    let mut files = vec![root.join("Cargo.lock")];
    for name in ["model", "text", "ingest", "xlsx", "candidates", "match-weights", "matcher", "flow"] {
        collect(&root.join("crates").join(name).join("src"), &mut files)?;
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        println!("cargo:rerun-if-changed={}", file.display());
        file.strip_prefix(root).unwrap_or(&file).hash(&mut hasher);
        fs::read(&file)?.hash(&mut hasher);
    }
    Ok(hasher.finish())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { collect(&path, files)? } else { files.push(path) }
    }
    Ok(())
}

/// The workspace manifest's entries for the SDK's dependencies.
fn dependencies(api: &str, workspace: &str) -> Result<String, String> {
    let section = api.split("[dependencies]").nth(1).unwrap_or_default();
    let section = section.split("\n[").next().unwrap_or_default();
    let mut found = String::new();
    for name in section.lines().filter_map(|line| line.strip_suffix(".workspace = true")) {
        let line = workspace.lines().find(|line| line.starts_with(&format!("{name} = ")) && !line.ends_with('['));
        let line = line.ok_or_else(|| format!("the workspace's `{name}` must stand on one line: the SDK uses it"))?;
        found.push_str(line);
        found.push('\n');
    }
    Ok(found)
}
