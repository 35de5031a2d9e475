//! Each committed plug-in is built from its sources: its digest, the digest of its sources and the versions of its
//! dependencies are those that `scripts/plugins` recorded in `plugins/dist/SOURCES`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use matchflow_model::digest::sha256_hex;

/// `identifier` knows two dozen kinds of numbers; the others have less than half of it.
const SIZE_BYTES_MAX: u64 = 450_000;
const REMEDY: &str = "run scripts/plugins and commit plugins/dist";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the package is in `crates/`").to_path_buf()
}

/// The words after the name and the kind of each line, by name and kind.
fn recorded() -> BTreeMap<(String, String), Vec<String>> {
    let mut recorded: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for line in fs::read_to_string(root().join("plugins/dist/SOURCES")).unwrap().lines() {
        let mut words = line.splitn(3, ' ').map(str::to_owned);
        let (Some(name), Some(kind), Some(rest)) = (words.next(), words.next(), words.next()) else {
            panic!("plugins/dist/SOURCES has the line `{line}`: {REMEDY}");
        };
        recorded.entry((name, kind)).or_default().push(rest);
    }
    recorded
}

fn plugins() -> Vec<String> {
    let folders = fs::read_dir(root().join("plugins")).unwrap().map(|entry| entry.unwrap().path());
    let mut names: Vec<String> = folders
        .filter(|folder| folder.join("Cargo.toml").exists())
        .map(|folder| folder.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Files below `path`, as the script's `find` lists them.
fn files(path: &Path, found: &mut Vec<String>) {
    if path.is_dir() {
        fs::read_dir(path).unwrap().for_each(|entry| files(&entry.unwrap().path(), found));
        return;
    }
    let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
    if !name.ends_with(".md") && !name.contains("/proptest-regressions/") {
        found.push(name);
    }
}

/// The digest of the `sha256sum` output for the sources of a plug-in.
fn sources_digest(plugin: &str) -> String {
    let mut found = Vec::new();
    let shared = ["crates/plugin-api/src", "crates/plugin-api/wit", "crates/plugin-api/Cargo.toml", "scripts/plugins"];
    files(&root().join("plugins").join(plugin), &mut found);
    shared.iter().for_each(|path| files(&root().join(path), &mut found));
    let manifest = fs::read_to_string(root().join("plugins").join(plugin).join("Cargo.toml")).unwrap();
    if manifest.lines().any(|line| line.starts_with("matchflow-text")) {
        files(&root().join("crates/text/src"), &mut found);
        files(&root().join("crates/characters/src"), &mut found);
    }
    found.sort();
    let mut lines = String::new();
    for name in found {
        let digest = sha256_hex(&fs::read(root().join(&name)).unwrap());
        writeln!(lines, "{digest}  {name}").unwrap();
    }
    sha256_hex(lines.as_bytes())
}

#[test]
fn every_plugin_is_built_from_its_sources() {
    let recorded = recorded();
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    for plugin in plugins() {
        let values = |kind: &str| {
            let key = (plugin.clone(), kind.to_owned());
            recorded.get(&key).unwrap_or_else(|| panic!("`{plugin}` has no {kind} in SOURCES: {REMEDY}"))
        };
        let wasm = root().join("plugins/dist").join(&plugin).with_extension("wasm");
        let bytes = fs::read(&wasm).unwrap_or_else(|error| panic!("{plugin}.wasm: {error}: {REMEDY}"));
        assert_eq!(values("wasm"), &[sha256_hex(&bytes)], "{plugin}.wasm is not the one recorded: {REMEDY}");
        assert_eq!(values("sources"), &[sources_digest(&plugin)], "the sources of {plugin} changed: {REMEDY}");
        for dependency in values("dependency") {
            let (name, version) = dependency.split_once(' ').expect("a name and a version");
            let locked = format!("name = \"{name}\"\nversion = \"{version}\"\n");
            assert!(lock.contains(&locked), "{plugin} was built with {dependency}, which changed: {REMEDY}");
        }
        assert!((bytes.len() as u64) < SIZE_BYTES_MAX, "{plugin}.wasm has {} bytes", bytes.len());
    }
}

#[test]
fn every_dist_file_is_a_plugin_of_the_repository() {
    let plugins = plugins();
    for entry in fs::read_dir(root().join("plugins/dist")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "wasm") {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            assert!(plugins.contains(&name), "plugins/dist/{name}.wasm has no sources: remove it");
            let bytes = fs::read(&path).unwrap();
            let home = [b"/root/".as_slice(), b"/home/", b"/Users/", b"/work/"];
            let leaks = home.iter().any(|home| bytes.windows(home.len()).any(|window| window == *home));
            assert!(!leaks, "{name}.wasm names a folder of the machine that built it: {REMEDY}");
        }
    }
}
