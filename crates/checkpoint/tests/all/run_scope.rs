//! Which results a checkpoint imports from its fallback, and rows that are no longer in the supplier file.

use std::fs;
use std::path::Path;

use matchflow_checkpoint::{Checkpoint, CheckpointError, RunInfo, preview, read_results};

use crate::{commit, info, open};

/// Settings other than those of [`info`].
fn other_settings() -> RunInfo {
    RunInfo { config_digest: "other settings".to_owned(), ..info("suppliers") }
}

#[test]
fn an_experiment_inherits_no_results_of_other_settings() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (first, second, fallback) = (path("first.duckdb"), path("second.duckdb"), path("fallback.duckdb"));
    fs::write(&first, "no database\n".repeat(5_000)).unwrap();
    let opened = open(&first, Some(&fallback)).unwrap();
    assert_eq!(opened.path, fallback);
    commit(opened, 0, 5);
    let count = |path: &Path, info: &RunInfo| {
        let seen = preview(path, Some(&fallback), "suppliers", &info.config_digest).unwrap();
        seen.map_or(0, |seen| seen.counts.matched)
    };

    assert_eq!(count(&second, &other_settings()), 0);
    let experiment = Checkpoint::open(&second, Some(&fallback), other_settings()).unwrap();
    assert_eq!((experiment.imported_rows, experiment.resume.done.len()), (0, 0));
    drop(experiment);
    // Nor if the fallback replaces the experiment's checkpoint.
    let broken = path("third.duckdb");
    fs::write(&broken, "no database\n".repeat(5_000)).unwrap();
    let error = Checkpoint::open(&broken, Some(&fallback), other_settings()).err().unwrap();
    assert!(matches!(&error, CheckpointError::NoPlace { .. }), "{error:?}");
    assert!(error.to_string().contains("first.duckdb") && error.to_string().contains("other settings"), "{error}");

    // The checkpoint itself imports its results whatever the current settings, other checkpoints only those of the same
    // settings.
    assert_eq!(count(&path("fourth.duckdb"), &info("suppliers")), 5);
    assert_eq!(open(&path("fourth.duckdb"), Some(&fallback)).unwrap().imported_rows, 5);
    fs::remove_file(&first).unwrap();
    assert_eq!(count(&first, &other_settings()), 5);
    let back = Checkpoint::open(&first, Some(&fallback), other_settings()).unwrap();
    assert_eq!((back.imported_rows, back.resume.stale), (5, 5));
}

#[test]
fn removed_rows_leave_results_and_totals_and_can_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.duckdb");
    commit(open(&path, None).unwrap(), 0, 5);
    let removed: Vec<String> = {
        let opened = open(&path, None).unwrap();
        let mut keys: Vec<String> = opened.resume.done.keys().cloned().collect();
        keys.sort();
        keys.truncate(2);
        let mut checkpoint = opened.checkpoint;
        checkpoint.begin().unwrap();
        checkpoint.write_removed_rows(&keys).unwrap();
        keys
    };
    let reader = read_results(&path).unwrap();
    let tables = reader.tables();
    assert_eq!(tables.latest_counts().unwrap().matched, 3);
    assert_eq!(tables.latest().unwrap().map(|batch| batch.unwrap().num_rows()).sum::<usize>(), 3);
    assert_eq!(tables.removed(1).unwrap(), (2, vec![removed[0].clone()]));
    assert!(
        tables.is_removed(&removed[0]).unwrap() && tables.result(&removed[0]).unwrap().is_some(),
        "explained as before"
    );
    drop(reader);
    let seen = preview(&path, None, "suppliers", &info("suppliers").config_digest).unwrap().unwrap();
    assert_eq!(seen.counts.matched, 3);
    let opened = open(&path, None).unwrap();
    assert_eq!(opened.resume.done.len(), 3, "a row that comes back is matched anew");
    commit(opened, 0, 5);
    assert_eq!(read_results(&path).unwrap().tables().latest_counts().unwrap().matched, 5);
}
