//! Damaged logs and files. A child is killed in the middle of its commits, so that there is a log, and then the test
//! damages the files as disks do.

use std::fs;
use std::path::{Path, PathBuf};

use matchflow_model::store::EpochStore;
use matchflow_testkit::outcomes;

use super::*;
use crate::crash_tests::{info, start};

const EPOCH_ROWS: usize = 50;

struct KilledRun {
    _folder: tempfile::TempDir,
    path: PathBuf,
    /// Complete epochs in the log.
    epochs: usize,
}

/// A checkpoint whose process was killed after some commits, with all of them in the log.
fn killed() -> KilledRun {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.duckdb");
    drop(start("commit", &path, "committed 7"));
    let copy = folder.path().join("copy.duckdb");
    fs::copy(&path, &copy).unwrap();
    fs::copy(log(&path), log(&copy)).unwrap();
    let epochs = Checkpoint::open(&copy, None, info()).unwrap().resume.done.len() / EPOCH_ROWS;
    fs::remove_file(&copy).unwrap();
    let _ = fs::remove_file(log(&copy));
    assert!(epochs >= 8);
    KilledRun { _folder: folder, path, epochs }
}

fn log(path: &Path) -> PathBuf {
    crate::quarantine::log_of(path)
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 0x10;
    fs::write(path, bytes).unwrap();
}

fn fallback(path: &Path) -> PathBuf {
    path.with_file_name("fallback.duckdb")
}

/// The epochs found with a fallback allowed; the run continues in the same place, and its rows are there afterwards.
fn epochs_found(killed: &KilledRun) -> (usize, Vec<String>) {
    let mut opened = Checkpoint::open(&killed.path, Some(&fallback(&killed.path)), info()).unwrap();
    assert_eq!((&opened.path, &opened.fell_back), (&killed.path, &None));
    let done = opened.resume.done.len();
    assert_eq!(done % EPOCH_ROWS, 0, "no epoch is there in part");
    opened.checkpoint.begin().unwrap();
    opened.checkpoint.commit(&outcomes::matched(0, 3)).unwrap();
    drop(opened.checkpoint);
    let again = Checkpoint::open(&killed.path, None, info()).unwrap();
    assert_eq!(again.warnings, Vec::<String>::new(), "it is whole now");
    assert_eq!(again.checkpoint.tables().unwrap().latest_counts().unwrap().matched as usize, again.resume.done.len());
    (done / EPOCH_ROWS, opened.warnings)
}

fn refused(killed: &KilledRun) {
    let before = (fs::read(&killed.path).unwrap(), fs::read(log(&killed.path)).unwrap());
    let error = Checkpoint::open(&killed.path, None, info()).err().unwrap();
    assert!(matches!(error, CheckpointError::Damaged { .. }), "{error}");
    assert!(error.to_string().contains("is damaged") && error.to_string().contains("fallback"), "{error}");
    assert_eq!(before, (fs::read(&killed.path).unwrap(), fs::read(log(&killed.path)).unwrap()), "nothing is touched");
}

#[test]
fn a_log_starts_with_the_bytes_that_are_checked() {
    let killed = killed();
    assert!(
        crate::repair::check_log(&killed.path).is_ok(),
        "another DuckDB writes other first bytes: change LOG_START"
    );
}

#[test]
fn a_torn_log_loses_only_its_last_epoch() {
    let killed = killed();
    let file = fs::OpenOptions::new().write(true).open(log(&killed.path)).unwrap();
    // Cuts off less than an epoch.
    file.set_len(file.metadata().unwrap().len() - 100).unwrap();
    let (found, warnings) = epochs_found(&killed);
    assert!(found == killed.epochs - 1 || found == killed.epochs, "{found} of {}", killed.epochs);
    assert_eq!(warnings, Vec::<String>::new(), "a torn log is what a kill leaves");
}

#[test]
fn zeros_at_the_end_of_a_log_lose_nothing() {
    let killed = killed();
    let damaged = [fs::read(log(&killed.path)).unwrap(), vec![0; 4096]].concat();
    fs::write(log(&killed.path), &damaged).unwrap();
    refused(&killed);
    let (found, warnings) = epochs_found(&killed);
    assert_eq!(found, killed.epochs);
    let kept = killed.path.with_file_name("s.duckdb.wal.damaged");
    assert!(warnings[0].contains(kept.to_str().unwrap()), "{warnings:?}");
    assert_eq!(fs::read(kept).unwrap(), damaged);
}

#[test]
fn a_flipped_bit_in_the_middle_of_a_log_keeps_what_is_before_it() {
    let killed = killed();
    let length = fs::metadata(log(&killed.path)).unwrap().len() as usize;
    flip(&log(&killed.path), length / 2);
    refused(&killed);
    let (found, warnings) = epochs_found(&killed);
    assert!(found > 0 && found < killed.epochs, "{found} of {}", killed.epochs);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
}

#[test]
fn a_flipped_bit_at_the_start_of_a_log_loses_nothing() {
    for at in 0..8 {
        let killed = killed();
        flip(&log(&killed.path), at);
        refused(&killed);
        assert_eq!(epochs_found(&killed).0, killed.epochs, "byte {at}");
    }
}

#[test]
fn a_flipped_bit_in_the_file_quarantines_it_with_its_log() {
    let killed = killed();
    let mut checkpoint = Checkpoint::open(&killed.path, None, info()).unwrap().checkpoint;
    checkpoint.begin().unwrap();
    checkpoint.finish(&RunSummary::default(), RunStatus::Complete).unwrap();
    drop(checkpoint);
    let length = fs::metadata(&killed.path).unwrap().len() as usize;
    flip(&killed.path, length / 2);
    let before = fs::read(&killed.path).unwrap();
    let error = Checkpoint::open(&killed.path, None, info()).err().unwrap();
    assert!(matches!(error, CheckpointError::Damaged { sound_bytes: None, .. }), "{error}");
    let (found, warnings) = epochs_found(&killed);
    assert_eq!(found, 0);
    assert!(warnings[0].contains("rows are matched again"), "{warnings:?}");
    assert_eq!(fs::read(killed.path.with_file_name("s.duckdb.damaged")).unwrap(), before);
}

#[test]
fn the_other_place_is_never_repaired_and_is_reported() {
    let killed = killed();
    flip(&log(&killed.path), 40);
    let opened = Checkpoint::open(&fallback(&killed.path), Some(&killed.path), info()).unwrap();
    assert_eq!(opened.imported_rows, 0);
    assert!(opened.warnings[0].contains("is damaged"), "{:?}", opened.warnings);
    let seen = preview(&killed.path, Some(&fallback(&killed.path)), "suppliers", "c1").unwrap().unwrap();
    assert!(seen.unreadable[0].contains("is damaged"), "{seen:?}");
}
