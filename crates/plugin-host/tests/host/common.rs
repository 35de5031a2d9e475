//! Plug-ins for the tests: those of `plugins/dist`, and hostile ones.

use std::path::{Path, PathBuf};

use matchflow_model::arrow::array::StringArray;
use matchflow_plugin_host::{Host, HostOptions, Limits, PairBatch, Plugin, ScorerInstance};

use matchflow_testkit::scorer_guest::guest;

pub(crate) fn host() -> Host {
    Host::new(HostOptions::default()).expect("an engine starts on this machine")
}

pub(crate) fn dist(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins/dist").join(name).with_extension("wasm")
}

/// A folder for one test with a file in it.
pub(crate) fn file(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).expect("the folder is writable");
    (folder, path)
}

/// A scorer with these bodies.
pub(crate) fn scorer(host: &Host, describe: &str, configure: &str, score: &str, limits: Limits) -> ScorerInstance {
    let (_folder, path) = file("hostile.wasm", &guest(describe, configure, score));
    Plugin::load(host, &path).expect("it loads").scorer("{}", limits).expect("it takes its parameters")
}

/// Scores `pairs` pairs of the same two rows.
pub(crate) fn score(
    scorer: &mut ScorerInstance,
    pairs: usize,
) -> Result<matchflow_plugin_host::Scores, matchflow_plugin_host::HostError> {
    let rows = StringArray::from(vec!["dupont"]);
    let index = vec![0; pairs];
    scorer.score(&PairBatch {
        left: &[&rows],
        right: &[&rows],
        left_index: &index,
        right_index: &index,
        ..PairBatch::default()
    })
}
