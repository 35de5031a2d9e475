//! The templates of `plugin new`: the repository's examples under another name, together with the SDK.

use crate::args::{GuestLanguage, World};

include!(concat!(env!("OUT_DIR"), "/sdk.rs"));

/// The names of the examples, which `plugin new` replaces.
const NAMES: [&str; 2] = ["word-overlap", "ask-service"];

macro_rules! examples {
    ($($file:literal),*) => {
        &[$(($file, include_str!(concat!("../../../../../plugins/examples/", $file)))),*]
    };
}

/// Files with their paths in `plugins/examples`.
type Files = &'static [(&'static str, &'static str)];

const IGNORED: Files = examples![".gitignore"];
const SCORER: Files = examples!["README.md", "cases.yaml"];
const RUST: Files = examples!["rust/Cargo.toml", "rust/src/lib.rs"];
const PYTHON: Files = examples!["python/scorer.py", "python/matchflow.py"];
const JAVASCRIPT: Files = examples!["javascript/scorer.js", "javascript/matchflow.js", "javascript/package.json"];
const C: Files = examples!["c/scorer.c", "c/matchflow.h"];
const ARBITER: Files = examples!["arbiter/README.md", "arbiter/cases.yaml"];
const RUST_ARBITER: Files = examples!["arbiter/rust/Cargo.toml", "arbiter/rust/src/lib.rs"];
const PYTHON_ARBITER: Files = examples!["arbiter/python/arbiter.py"];
const JAVASCRIPT_ARBITER: Files =
    examples!["arbiter/javascript/arbiter.js", "javascript/matchflow.js", "javascript/package.json"];

/// The paths at which Rust examples find the SDK in this repository, the longer first, and in a separate project.
const SDK_IN_REPOSITORY: [&str; 2] = ["../../../../crates/plugin-api", "../../../crates/plugin-api"];
const SDK_FOLDER: &str = "sdk";

/// The files of a new plug-in: path and text; `None` if the language does not support the world.
pub(crate) fn files(language: GuestLanguage, world: World, name: &str) -> Option<Vec<(String, String)>> {
    let (shared, language_files) = match (world, language) {
        (World::Scorer, GuestLanguage::Rust) => (SCORER, RUST),
        (World::Scorer, GuestLanguage::Python) => (SCORER, PYTHON),
        (World::Scorer, GuestLanguage::Javascript) => (SCORER, JAVASCRIPT),
        (World::Scorer, GuestLanguage::C) => (SCORER, C),
        (World::Arbiter, GuestLanguage::Rust) => (ARBITER, RUST_ARBITER),
        (World::Arbiter, GuestLanguage::Python) => (ARBITER, PYTHON_ARBITER),
        (World::Arbiter, GuestLanguage::Javascript) => (ARBITER, JAVASCRIPT_ARBITER),
        (World::Arbiter, GuestLanguage::C) => return None,
    };
    let files = IGNORED.iter().chain(shared).chain(language_files);
    let mut files: Vec<(String, String)> =
        files.map(|(path, text)| (project_path(path).to_owned(), named(text, name))).collect();
    if language == GuestLanguage::Rust {
        files.extend(SDK.iter().map(|(path, text)| (format!("{SDK_FOLDER}/{path}"), (*text).to_owned())));
        files.push((format!("{SDK_FOLDER}/Cargo.toml"), sdk_manifest()));
    }
    Some(files)
}

/// The path in a folder that only has this plug-in.
fn project_path(path: &'static str) -> &'static str {
    let path = path.strip_prefix("arbiter/").unwrap_or(path);
    let folders = ["rust/", "python/", "javascript/", "c/"];
    folders.iter().find_map(|folder| path.strip_prefix(folder)).unwrap_or(path)
}

/// The interface, for tools that build components in other languages.
pub(crate) fn interface() -> impl Iterator<Item = (&'static str, &'static str)> {
    SDK.iter().filter_map(|(path, text)| Some((path.strip_prefix("wit/")?, *text)))
}

fn named(text: &str, name: &str) -> String {
    let type_name = |name: &str| -> String {
        let word = |word: &str| word.get(..1).unwrap_or_default().to_uppercase() + word.get(1..).unwrap_or_default();
        name.split('-').map(word).collect()
    };
    let mut text = text.to_owned();
    for example in NAMES {
        text = text.replace(example, name).replace(&type_name(example), &type_name(name));
    }
    SDK_IN_REPOSITORY.iter().fold(text, |text, path| text.replace(path, SDK_FOLDER))
}

fn sdk_manifest() -> String {
    format!(
        "# The plug-in SDK of matchflow {version}, as `matchflow plugin new` wrote it.\n[package]\nname = \
         \"matchflow-plugin-api\"\nversion = \"{version}\"\nedition = \"2024\"\npublish = false\n\n[dependencies]\n{}",
        SDK_DEPENDENCIES,
        version = env!("CARGO_PKG_VERSION"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const LANGUAGES: [GuestLanguage; 4] =
        [GuestLanguage::Rust, GuestLanguage::Python, GuestLanguage::Javascript, GuestLanguage::C];

    #[test]
    fn a_new_plugin_has_its_own_name_and_all_it_needs() {
        for (language, world) in LANGUAGES.iter().flat_map(|one| [(*one, World::Scorer), (*one, World::Arbiter)]) {
            let Some(files) = files(language, world, "my-first2") else {
                assert_eq!((language, world), (GuestLanguage::C, World::Arbiter));
                continue;
            };
            for (path, text) in &files {
                let left = NAMES.iter().chain(&SDK_IN_REPOSITORY).find(|word| text.contains(**word));
                assert!(left.is_none(), "{language:?} {world:?}: {path} has {left:?}");
            }
            let has = |name: &str| files.iter().any(|(path, text)| path == name && !text.is_empty());
            assert!(has("README.md") && has("cases.yaml") && has(".gitignore"), "{language:?} {world:?}");
        }
        let text = |world: World, name: &str| {
            let files = files(GuestLanguage::Rust, world, "my-first2").unwrap();
            files.into_iter().find(|(path, _)| path == name).unwrap().1
        };
        assert!(text(World::Scorer, "src/lib.rs").contains("export_scorer!(MyFirst2);"));
        assert!(text(World::Arbiter, "src/lib.rs").contains("export_arbiter!(MyFirst2);"));
        assert!(text(World::Scorer, "sdk/src/lib.rs").contains("export_scorer"));
        let manifest = text(World::Arbiter, "sdk/Cargo.toml");
        assert!(manifest.contains("wit-bindgen = {") && !manifest.contains("workspace"), "{manifest}");
    }
}
