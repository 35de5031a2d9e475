//! What `plugin new` writes: the examples of the repository, under another name, with the SDK beside them.

use crate::args::Language;

include!(concat!(env!("OUT_DIR"), "/sdk.rs"));

/// What the examples are called; `plugin new` puts the new name in its place.
pub(crate) const NAME: &str = "word-overlap";

macro_rules! examples {
    ($($file:literal),*) => {
        &[$(($file, include_str!(concat!("../../../../../plugins/examples/", $file)))),*]
    };
}

/// Files by their path in `plugins/examples`.
type Files = &'static [(&'static str, &'static str)];

const SHARED: Files = examples!["README.md", "cases.yaml", ".gitignore"];
const RUST: Files = examples!["rust/Cargo.toml", "rust/src/lib.rs"];
const PYTHON: Files = examples!["python/scorer.py", "python/matchflow.py"];
const JAVASCRIPT: Files = examples!["javascript/scorer.js", "javascript/matchflow.js", "javascript/package.json"];
const C: Files = examples!["c/scorer.c", "c/matchflow.h"];

/// Where the Rust example finds the SDK in this repository, and where a project of its own does.
const SDK_IN_REPOSITORY: &str = "../../../crates/plugin-api";
const SDK_FOLDER: &str = "sdk";

/// The files of a new scorer: path and text.
pub(crate) fn scorer(language: Language, name: &str) -> Vec<(String, String)> {
    let (folder, own) = match language {
        Language::Rust => ("rust/", RUST),
        Language::Python => ("python/", PYTHON),
        Language::Javascript => ("javascript/", JAVASCRIPT),
        Language::C => ("c/", C),
    };
    let mut files: Vec<(String, String)> = SHARED
        .iter()
        .chain(own)
        .map(|(path, text)| {
            let path = path.strip_prefix(folder).unwrap_or(path);
            (path.to_owned(), named(text, name))
        })
        .collect();
    if language == Language::Rust {
        files.extend(SDK.iter().map(|(path, text)| (format!("{SDK_FOLDER}/{path}"), (*text).to_owned())));
        files.push((format!("{SDK_FOLDER}/Cargo.toml"), sdk_manifest()));
    }
    files
}

/// The interface, for the tools that make components of other languages.
pub(crate) fn interface() -> impl Iterator<Item = (&'static str, &'static str)> {
    SDK.iter().filter_map(|(path, text)| Some((path.strip_prefix("wit/")?, *text)))
}

fn named(text: &str, name: &str) -> String {
    let type_name = |name: &str| -> String {
        let word = |word: &str| word.get(..1).unwrap_or_default().to_uppercase() + word.get(1..).unwrap_or_default();
        name.split('-').map(word).collect()
    };
    text.replace(NAME, name).replace(&type_name(NAME), &type_name(name)).replace(SDK_IN_REPOSITORY, SDK_FOLDER)
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

    #[test]
    fn a_new_scorer_has_its_own_name_and_all_it_needs() {
        for language in [Language::Rust, Language::Python, Language::Javascript, Language::C] {
            let files = scorer(language, "my-first2");
            for (path, text) in &files {
                assert!(!text.contains(NAME) && !text.contains(SDK_IN_REPOSITORY), "{language:?}: {path}");
            }
            let has = |name: &str| files.iter().any(|(path, text)| path == name && !text.is_empty());
            assert!(has("README.md") && has("cases.yaml") && has(".gitignore"), "{language:?}");
        }
        let rust = scorer(Language::Rust, "my-first2");
        let text = |name: &str| &rust.iter().find(|(path, _)| path == name).unwrap().1;
        assert!(text("src/lib.rs").contains("export_scorer!(MyFirst2);"));
        assert!(text("sdk/src/lib.rs").contains("export_scorer"));
        let manifest = text("sdk/Cargo.toml");
        assert!(manifest.contains("wit-bindgen = {") && !manifest.contains("workspace"), "{manifest}");
    }
}
