//! Provokes each DuckDB message that [`matchflow_database::duckdb_message`] reads: an upgrade with another wording fails here.

use std::fs;

use crate::crash_tests::{info, start};
use crate::quarantine::log_of;
use crate::{Checkpoint, CheckpointError};

fn error_of(path: &std::path::Path) -> CheckpointError {
    Checkpoint::open(path, None, info()).err().unwrap()
}

#[test]
fn a_file_locked_by_another_process() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.duckdb");
    let (child, _output) = start("commit", &path, "committed 1");
    match error_of(&path) {
        CheckpointError::Locked { pid, .. } => assert_eq!(pid, Some(child.id())),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_of_another_format() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.duckdb");
    fs::write(&path, "Auxiliaire;Nom\n".repeat(5000)).unwrap();
    assert!(matches!(error_of(&path), CheckpointError::NotADatabase { .. }));
}

#[test]
fn a_damaged_log_and_its_sound_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.duckdb");
    drop(start("commit", &path, "committed 7"));
    let mut log = fs::read(log_of(&path)).unwrap();
    let middle = log.len() / 2;
    log[middle] ^= 0x10;
    fs::write(log_of(&path), &log).unwrap();
    match error_of(&path) {
        CheckpointError::Damaged { sound_bytes: Some(bytes), reason, .. } => {
            assert!(bytes > 0 && bytes < log.len() as u64, "{bytes}");
            assert!(reason.starts_with("Corrupt"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_damaged_block_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.duckdb");
    let mut checkpoint = Checkpoint::open(&path, None, info()).unwrap().checkpoint;
    checkpoint.begin().unwrap();
    checkpoint.finish(&crate::RunSummary::default(), crate::RunStatus::Complete).unwrap();
    drop(checkpoint);
    let mut bytes = fs::read(&path).unwrap();
    // Every block from the second one on is damaged; the headers before them are intact.
    bytes.iter_mut().skip(3 * 4096).step_by(512).for_each(|byte| *byte ^= 0x10);
    fs::write(&path, bytes).unwrap();
    assert!(matches!(error_of(&path), CheckpointError::Damaged { sound_bytes: None, .. }), "{:?}", error_of(&path));
}

#[test]
fn a_truncated_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.duckdb");
    drop(Checkpoint::open(&path, None, info()).unwrap());
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    assert!(matches!(error_of(&path), CheckpointError::Damaged { sound_bytes: None, .. }), "{:?}", error_of(&path));
}
