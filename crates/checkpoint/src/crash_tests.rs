//! Kills and faults in the middle of a commit, with a real process and a real file.
//!
//! The test program starts itself with [`ROLE`] set; the child reports its progress on its output, then waits to be
//! killed, or continues until it is.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use matchflow_model::store::{Epoch, EpochStore};
use matchflow_testkit::outcomes;

use super::*;
use crate::write_epoch::{WriteFault, append_epoch, write_epoch};

const ROLE: &str = "MATCHFLOW_SINK_TEST_ROLE";
const FILE: &str = "MATCHFLOW_SINK_TEST_FILE";

pub(crate) fn info() -> RunInfo {
    matchflow_testkit::run_info!("suppliers")
}

fn opened(path: &Path) -> Checkpoint {
    let mut checkpoint = Checkpoint::open(path, None, info()).unwrap().checkpoint;
    checkpoint.begin().unwrap();
    checkpoint
}

/// A checkpoint of 200 rows: epochs are stored in order of completion, and the last one replaces results of the first.
pub(crate) fn with_replaced_results(folder: &Path) -> Checkpoint {
    let mut checkpoint = opened(&folder.join("a.duckdb"));
    for (number, rows) in [3, 0, 2, 1, 0].into_iter().enumerate() {
        checkpoint.commit(&Epoch { number: number as u64, ..outcomes::matched(rows, 50) }).unwrap();
    }
    checkpoint
}

/// Not a test itself: runs a child in its role.
#[test]
fn child() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let mut checkpoint = opened(Path::new(&std::env::var(FILE).unwrap()));
    let mut out = std::io::stdout();
    match role.as_str() {
        "hold" => writeln!(out, "\nready").unwrap(),
        "append" => {
            checkpoint.commit(&outcomes::matched(0, 100)).unwrap();
            let connection = checkpoint.connection().unwrap();
            connection.execute_batch("BEGIN").unwrap();
            append_epoch(connection, checkpoint.run_key(), &outcomes::matched(1, 100)).unwrap();
            writeln!(out, "\nready").unwrap();
        }
        "commit" => {
            for number in 0.. {
                checkpoint.commit(&outcomes::matched(number, 50)).unwrap();
                writeln!(out, "\ncommitted {number}").unwrap();
            }
        }
        other => panic!("no role {other}"),
    }
    // Until the parent kills this process or exits.
    std::io::stdin().read_exact(&mut [0]).unwrap_err();
}

/// A child process, killed at the end of the test in any case.
pub(crate) struct KilledProcess(Child);

impl KilledProcess {
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for KilledProcess {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Starts a child and reads its output up to the line `line_expected`.
pub(crate) fn start(role: &str, file: &Path, line_expected: &str) -> (KilledProcess, BufReader<ChildStdout>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["crash_tests::child", "--exact", "--nocapture"])
        .env(ROLE, role)
        .env(FILE, file)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while line.trim() != line_expected {
        line.clear();
        assert!(output.read_line(&mut line).unwrap() > 0, "the child ended before `{line_expected}`");
    }
    (KilledProcess(child), output)
}

fn epochs(path: &Path) -> Vec<(u64, u64, u64)> {
    let results = read_results(path).unwrap();
    let by_epoch =
        "SELECT epoch, rows, (SELECT count(*) FROM results r WHERE r.run_id = e.run_id AND r.epoch = e.epoch)
                    ::UBIGINT FROM epochs e ORDER BY run_id, epoch";
    results.tables().rows_for_tests(by_epoch)
}

#[test]
fn a_kill_between_append_and_commit_leaves_only_committed_epochs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.duckdb");
    drop(start("append", &path, "ready"));
    assert_eq!(preview(&path, None, "suppliers", "c1").unwrap().unwrap().counts.matched, 100);
    let mut checkpoint = opened(&path);
    assert_eq!(checkpoint.done().unwrap().done.len(), 100);
    assert_eq!(checkpoint.tables().unwrap().statuses_for_tests(), ["killed", "running"]);
    checkpoint.commit(&outcomes::matched(0, 10)).unwrap();
    drop(checkpoint);
    assert_eq!(epochs(&path), [(0, 100, 100), (0, 10, 10)]);
}

#[test]
fn a_kill_during_commits_leaves_every_acknowledged_epoch_and_no_partial_one() {
    for commits in [0_u64, 1, 7, 20] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.duckdb");
        let (child, mut output) = start("commit", &path, &format!("committed {commits}"));
        drop(child);
        let mut rest = String::new();
        output.read_to_string(&mut rest).unwrap();
        let acknowledged = commits + 1 + rest.lines().filter(|line| line.starts_with("committed ")).count() as u64;
        let found = epochs(&path);
        assert!(found.len() as u64 >= acknowledged, "{} of {acknowledged}", found.len());
        for (number, (epoch, rows, results)) in found.into_iter().enumerate() {
            assert_eq!((epoch, rows, results), (number as u64, 50, 50));
        }
        assert!(opened(&path).done().unwrap().done.len() as u64 >= acknowledged * 50);
    }
}

#[test]
fn a_checkpoint_in_use_names_the_process_and_the_fallback_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let (path, fallback) = (folder.path().join("s.duckdb"), folder.path().join("fallback.duckdb"));
    let (child, _output) = start("hold", &path, "ready");
    let pid = child.0.id();
    for fallback in [None, Some(fallback.as_path())] {
        let refused = Checkpoint::open(&path, fallback, info()).err().unwrap();
        assert!(matches!(&refused, CheckpointError::Locked { pid: Some(found), .. } if *found == pid), "{refused}");
        assert!(refused.is_locked());
    }
    assert!(!fallback.exists());
    let seen = preview(&path, Some(&fallback), "suppliers", "c1").unwrap().unwrap();
    assert!(seen.unreadable[0].contains(&format!("PID {pid}")), "{seen:?}");
    drop(child);
    assert_eq!(Checkpoint::open(&path, Some(&fallback), info()).unwrap().path, path);
}

#[test]
fn a_transaction_dropped_before_its_commit_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.duckdb");
    let mut checkpoint = opened(&path);
    {
        let connection = checkpoint.connection().unwrap();
        let _transaction = connection.unchecked_transaction().unwrap();
        append_epoch(connection, checkpoint.run_key(), &outcomes::matched(0, 100)).unwrap();
    }
    assert!(checkpoint.done().unwrap().done.is_empty());
    checkpoint.commit(&outcomes::matched(0, 100)).unwrap();
    assert_eq!(checkpoint.counts().unwrap().matched, 100);
}

#[test]
fn a_commit_reported_as_failed_is_looked_up_before_a_retry() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.duckdb");
    let mut checkpoint = opened(&path);
    let lost_answer = |connection: &duckdb::Connection, run: &crate::write_epoch::RunKey, epoch: &_| {
        write_epoch(connection, run, epoch)?;
        Err(WriteFault("FATAL: the answer was lost".to_owned()))
    };
    checkpoint.commit_with(&outcomes::matched(0, 10), lost_answer).unwrap();
    assert_eq!(checkpoint.counts().unwrap().matched, 10);

    let tries = std::cell::Cell::new(0);
    let fails_once = |connection: &duckdb::Connection, run: &crate::write_epoch::RunKey, epoch: &_| {
        tries.set(tries.get() + 1);
        if tries.get() == 1 { Err(WriteFault("FATAL".to_owned())) } else { write_epoch(connection, run, epoch) }
    };
    checkpoint.commit_with(&outcomes::matched(1, 10), fails_once).unwrap();
    assert_eq!((tries.get(), checkpoint.counts().unwrap().matched), (2, 20));

    let never = |_: &duckdb::Connection, _: &crate::write_epoch::RunKey, _: &_| Err(WriteFault("disk full".to_owned()));
    let error = checkpoint.commit_with(&outcomes::matched(2, 10), never).unwrap_err();
    assert_eq!((error.epoch, error.reason.as_str()), (2, "disk full"));
    checkpoint.commit(&outcomes::matched(2, 10)).unwrap();
    assert_eq!(checkpoint.counts().unwrap().matched, 30);
}
