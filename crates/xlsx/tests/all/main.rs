//! Real and hostile files, through the public API only.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod archive;
mod corpus;
mod fuzz;
mod hostile;
mod split;
#[allow(unreachable_pub, reason = "a crate of its own, but for these tests")]
#[path = "../../fuzz/src/lib.rs"]
mod targets;

/// The workbooks that other readers are tested with, if present; prints a message otherwise.
fn foreign_workbooks() -> Option<std::path::PathBuf> {
    let beside = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("MATCHFLOW_SHARED").map_or(beside, std::path::PathBuf::from);
    let folder = shared.join("data/xlsx-corpus");
    if !folder.is_dir() {
        println!("skipped: no shared data");
        return None;
    }
    Some(folder)
}
