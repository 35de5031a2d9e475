//! Places where a checkpoint cannot be opened: each fault by name, with and without a fallback.

use std::fs;
use std::path::Path;

use matchflow_checkpoint::{Checkpoint, CheckpointError, LAYOUT_VERSION, preview, read_results};

use crate::{commit, info, open};

/// Without a fallback the fault is an error, with one the run continues there, and the file stays unchanged.
fn check(path: &Path, is_fault: impl Fn(&CheckpointError) -> bool, words: &str) {
    let before = fs::read(path).ok();
    let error = open(path, None).err().unwrap();
    assert!(is_fault(&error), "{error:?}");
    assert!(error.to_string().contains(words), "{error}");
    let folder = tempfile::tempdir().unwrap();
    let fallback = folder.path().join("fallback.duckdb");
    let opened = open(path, Some(&fallback)).unwrap();
    assert_eq!(opened.path, fallback);
    assert!(opened.fell_back.as_deref().unwrap().contains(words), "{:?}", opened.fell_back);
    commit(opened, 0, 5);
    assert_eq!(read_results(&fallback).unwrap().tables().latest_counts().unwrap().matched, 5);
    assert_eq!(fs::read(path).ok(), before);
}

#[test]
fn a_file_that_is_not_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.duckdb");
    fs::write(&path, "Auxiliaire;Nom\n".repeat(5000)).unwrap();
    check(&path, |error| matches!(error, CheckpointError::NotADatabase { .. }), "is not a DuckDB database");
}

#[test]
fn a_folder_that_cannot_be_created() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let path = folder.path().join("file/s.duckdb");
    check(&path, |error| matches!(error, CheckpointError::Unusable { .. }), "cannot be opened");
}

/// `/proc` accepts no new files, not even from root.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_accepts_no_new_file() {
    let path = Path::new("/proc/s.duckdb");
    check(path, |error| matches!(error, CheckpointError::Unusable { .. }), "cannot be opened");
}

#[test]
fn a_folder_in_the_place_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    check(folder.path(), |error| matches!(error, CheckpointError::Unusable { .. }), "cannot be opened");
}

#[test]
fn the_checkpoint_of_another_pipeline() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.duckdb");
    drop(Checkpoint::open(&path, None, info("decp")).unwrap());
    check(
        &path,
        |error| matches!(error, CheckpointError::OtherPipeline { .. }),
        "of pipeline `decp`, not of `suppliers`",
    );
}

#[test]
fn a_foreign_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.duckdb");
    let connection = duckdb::Connection::open(&path).unwrap();
    connection.execute_batch("CREATE TABLE orders(id INTEGER); INSERT INTO orders VALUES (1); CHECKPOINT").unwrap();
    drop(connection);
    check(&path, |error| matches!(error, CheckpointError::NotACheckpoint { .. }), "not a matchflow checkpoint");
}

#[test]
fn a_checkpoint_of_a_newer_layout() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.duckdb");
    drop(open(&path, None).unwrap());
    let connection = duckdb::Connection::open(&path).unwrap();
    connection.execute("UPDATE meta SET layout_version = ?", [LAYOUT_VERSION + 1]).unwrap();
    connection.execute_batch("CHECKPOINT").unwrap();
    drop(connection);
    check(
        &path,
        |error| matches!(error, CheckpointError::OtherLayout { .. }),
        &format!("has checkpoint layout {}", LAYOUT_VERSION + 1),
    );
}

#[test]
fn an_empty_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.duckdb");
    fs::write(&path, "").unwrap();
    check(&path, |error| matches!(error, CheckpointError::NotADatabase { .. }), "is not a DuckDB database");
}

#[test]
fn creating_a_checkpoint_leaves_no_other_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.duckdb");
    commit(open(&path, None).unwrap(), 0, 5);
    assert_eq!(open(&path, None).unwrap().checkpoint.done().unwrap().done.len(), 5);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn neither_place_can_be_used() {
    let folder = tempfile::tempdir().unwrap();
    let garbage = folder.path().join("s.duckdb");
    fs::write(&garbage, "x".repeat(5000)).unwrap();
    let error = open(&garbage, Some(&garbage.join("s.duckdb"))).err().unwrap();
    assert!(matches!(error, CheckpointError::NoPlace { .. }), "{error}");
}

#[test]
fn resume_finds_the_rows_of_both_places() {
    let folder = tempfile::tempdir().unwrap();
    let (path, fallback) = (folder.path().join("s.duckdb"), folder.path().join("fallback.duckdb"));
    commit(open(&path, None).unwrap(), 0, 5);
    commit(open(&fallback, None).unwrap(), 1, 7);
    assert_eq!(preview(&path, Some(&fallback), "suppliers", "c1").unwrap().unwrap().counts.matched, 12);

    let opened = open(&path, Some(&fallback)).unwrap();
    assert_eq!((opened.imported_rows, opened.fell_back, opened.warnings), (7, None, Vec::new()));
    assert_eq!(opened.checkpoint.done().unwrap().done.len(), 12);
    drop(opened.checkpoint);

    let again = open(&path, Some(&fallback)).unwrap();
    assert_eq!(again.imported_rows, 0, "a run is taken over once");
    assert_eq!(again.checkpoint.tables().unwrap().latest_counts().unwrap().matched, 12);
    drop(again);
    assert_eq!(open(&fallback, Some(&path)).unwrap().imported_rows, 5, "and the other way round");
}

/// The run in the other place is from the future: the clock was set back since.
#[test]
fn a_clock_set_back_changes_no_order() {
    let folder = tempfile::tempdir().unwrap();
    let (path, fallback) = (folder.path().join("s.duckdb"), folder.path().join("fallback.duckdb"));
    commit(open(&fallback, None).unwrap(), 0, 3);
    let connection = duckdb::Connection::open(&fallback).unwrap();
    let future = "21000101T000000.000000-1";
    for table in ["runs", "epochs", "results"] {
        connection.execute(&format!("UPDATE {table} SET run_id = '{future}'"), []).unwrap();
    }
    connection.execute_batch("UPDATE results SET outcome = 'review'; CHECKPOINT").unwrap();
    drop(connection);
    let opened = open(&path, Some(&fallback)).unwrap();
    assert_eq!(opened.imported_rows, 3);
    assert!(opened.checkpoint.run_id() > future, "{}", opened.checkpoint.run_id());
    commit(opened, 0, 3);
    let counts = read_results(&path).unwrap().tables().latest_counts().unwrap();
    assert_eq!((counts.matched, counts.review), (3, 0), "the later run decides, whatever its clock says");
}

#[test]
fn the_fallback_of_another_pipeline_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (path, fallback) = (folder.path().join("s.duckdb"), folder.path().join("fallback.duckdb"));
    drop(Checkpoint::open(&fallback, None, info("decp")).unwrap());
    let opened = open(&path, Some(&fallback)).unwrap();
    assert_eq!((opened.imported_rows, opened.warnings), (0, Vec::new()));
}

#[cfg(unix)]
fn make_pipe(path: &Path) {
    assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// Opening a pipe blocks until its other end is opened.
#[cfg(unix)]
#[test]
fn a_pipe_or_a_device() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.duckdb");
    make_pipe(&path);
    let link = folder.path().join("link.duckdb");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    for place in [&*path, &*link, Path::new("/dev/null")] {
        let error = open(place, None).err().unwrap();
        assert!(error.to_string().contains("it is a device or a pipe"), "{error}");
        assert!(read_results(place).is_err());
        let preview = preview(place, None, "suppliers", "").unwrap().unwrap();
        assert_eq!(preview.unreadable.len(), 1, "{preview:?}");
        let fallback = folder.path().join("fallback.duckdb");
        assert_eq!(open(place, Some(&fallback)).unwrap().path, fallback);
    }
}

#[cfg(unix)]
#[test]
fn a_checkpoint_behind_links_is_created_and_found_at_their_target() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    symlink("disk/s.duckdb", path("link.duckdb")).unwrap();
    symlink("link.duckdb", path("link-2.duckdb")).unwrap();
    let opened = open(&path("link-2.duckdb"), None).unwrap();
    assert_eq!(opened.path, path("disk/s.duckdb"));
    commit(opened, 0, 5);
    for name in ["disk/s.duckdb", "link.duckdb", "link-2.duckdb"] {
        assert_eq!(open(&path(name), Some(&path("link.duckdb"))).unwrap().resume.done.len(), 5, "{name}");
    }
    assert!(fs::symlink_metadata(path("link.duckdb")).unwrap().is_symlink());
    symlink("circle.duckdb", path("circle.duckdb")).unwrap();
    assert!(open(&path("circle.duckdb"), None).is_err());
}

/// A log as left by a kill, with damage in its first bytes.
fn damage_log(path: &Path, log: &Path) {
    let connection = duckdb::Connection::open(path).unwrap();
    connection
        .execute_batch("PRAGMA disable_checkpoint_on_shutdown; COMMENT ON TABLE runs IS 'a change for the log'")
        .unwrap();
    drop(connection);
    let mut bytes = fs::read(log).unwrap();
    bytes[..4].fill(0);
    fs::write(log, bytes).unwrap();
}

#[cfg(unix)]
#[test]
fn a_damaged_log_is_found_behind_a_link_and_for_a_name_with_a_question_mark() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    for (file, link, log) in
        [("s.duckdb", Some("link.duckdb"), "s.duckdb.wal"), ("what?.duckdb", None, "what.wal?.duckdb")]
    {
        commit(open(&path(file), None).unwrap(), 0, 5);
        damage_log(&path(file), &path(log));
        if let Some(link) = link {
            std::os::unix::fs::symlink(file, path(link)).unwrap();
        }
        let place = path(link.unwrap_or(file));
        let before = fs::read(path(log)).unwrap();
        let error = open(&place, None).err().unwrap();
        assert!(matches!(error, CheckpointError::Damaged { .. }), "{error:?}");
        assert!(fs::read(path(log)).unwrap() == before, "the log stays");
        let opened = open(&place, Some(&path("unused.duckdb"))).unwrap();
        assert_eq!((opened.resume.done.len(), opened.warnings.len()), (5, 1), "{:?}", opened.warnings);
        let kept = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        assert!(
            kept.into_iter().any(|kept| fs::read(kept).is_ok_and(|bytes| bytes == before)),
            "the damaged log stays"
        );
    }
}

#[cfg(unix)]
#[test]
fn files_with_a_question_mark_in_their_name_are_locked_down_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x?.duckdb");
    commit(open(&path, None).unwrap(), 0, 5);
    commit(open(&path, None).unwrap(), 5, 9);
    assert_eq!(open(&path, None).unwrap().resume.done.len(), 14);
    let secret = folder.path().join("secret.txt");
    fs::write(&secret, "a secret").unwrap();
    let view = format!("CREATE OR REPLACE VIEW newest AS SELECT * FROM read_text('{}')", secret.display());
    duckdb::Connection::open(&path).unwrap().execute_batch(&view).unwrap();
    let reader = read_results(&path).unwrap();
    assert!(reader.tables().latest().unwrap().all(|rows| !format!("{rows:?}").contains("a secret")));
}

#[test]
fn foreign_views_and_functions_are_not_run() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret.txt");
    fs::write(&secret, "a secret").unwrap();
    let path = folder.path().join("s.duckdb");
    commit(open(&path, None).unwrap(), 0, 5);
    let change = |sql: &str| duckdb::Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    change(&format!(
        "CREATE OR REPLACE VIEW newest AS SELECT * REPLACE (coalesce(s.content, '') AS reason) FROM results, \
         read_text('{}') AS s",
        secret.display()
    ));
    let reasons = || {
        let reader = read_results(&path).unwrap();
        let batches: Vec<_> = reader.tables().latest().unwrap().map(Result::unwrap).collect();
        format!("{batches:?}")
    };
    assert!(!reasons().contains("a secret"));
    assert_eq!(open(&path, None).unwrap().resume.done.len(), 5);
    change("CREATE MACRO arg_max(a, b) AS a");
    assert!(matches!(open(&path, None).err().unwrap(), CheckpointError::NotACheckpoint { .. }));
    change("DROP MACRO arg_max");
    assert_eq!(open(&path, None).unwrap().resume.done.len(), 5);
    change("ALTER TABLE results RENAME TO hidden; CREATE VIEW results AS SELECT * FROM hidden");
    for fallback in [None, Some(folder.path().join("fallback.duckdb"))] {
        match open(&path, fallback.as_deref()) {
            Err(error) => assert!(matches!(error, CheckpointError::NotACheckpoint { .. }), "{error:?}"),
            Ok(opened) => assert_eq!((opened.imported_rows, opened.resume.done.len()), (0, 0)),
        }
    }
}
