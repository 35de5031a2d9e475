//! Tests of the checkpoint on real files; one binary, linked once.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod commits;
mod older_layouts;
mod places;
mod run_scope;
mod stored_messages;

use std::path::Path;

use matchflow_checkpoint::{Checkpoint, CheckpointError, OpenedCheckpoint, RunInfo};
use matchflow_model::store::EpochStore;
use matchflow_testkit::outcomes::matched;

fn info(pipeline: &str) -> RunInfo {
    matchflow_testkit::run_info!(pipeline)
}

fn open(path: &Path, fallback: Option<&Path>) -> Result<OpenedCheckpoint, CheckpointError> {
    Checkpoint::open(path, fallback, info("suppliers"))
}

/// Commits epoch `number` with `rows` matched rows, after empty epochs before it.
fn commit(mut opened: OpenedCheckpoint, number: u64, rows: u64) {
    opened.checkpoint.begin().unwrap();
    for before in 0..number {
        opened.checkpoint.commit(&matched(before, 0)).unwrap();
    }
    opened.checkpoint.commit(&matched(number, rows)).unwrap();
}
