//! Commit, read back, resume, finish, on real files.

use std::collections::HashMap;
use std::path::Path;

use matchflow_checkpoint::{
    Checkpoint, CheckpointError, CheckpointTables, RunInfo, RunStatus, RunSummary, preview, read_results,
};
use matchflow_model::arrow::array::AsArray;
use matchflow_model::outcome::{Counts, Decision, Outcome, schema, to_batch};
use matchflow_model::store::{DoneRow, EpochStore};
use matchflow_testkit::outcomes::{decision, epoch, matched, reject};
use proptest::prelude::*;

use crate::info;

fn begun(path: &Path, info: RunInfo) -> Checkpoint {
    let mut checkpoint = Checkpoint::open(path, None, info).unwrap().checkpoint;
    checkpoint.begin().unwrap();
    checkpoint
}

fn keys(tables: CheckpointTables<'_>) -> Vec<String> {
    let batches: Vec<_> = tables.latest().unwrap().map(Result::unwrap).collect();
    batches.iter().flat_map(|batch| batch["key"].as_string::<i32>().iter().flatten().map(str::to_owned)).collect()
}

#[test]
fn committed_rows_are_read_back_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new folder/s.duckdb");
    let mut decisions: Vec<Decision> = Outcome::ALL
        .into_iter()
        .enumerate()
        .map(|(row, outcome)| decision(&format!("F{row}"), row as u64 + 2, outcome))
        .collect();
    decisions[0].input = "{\"name\":\"L'Été \\u0000\u{1f}\u{0}\"}".to_owned();
    decisions[0].digest = u64::MAX;
    let mut first = epoch(0, &decisions);
    first.rejects = vec![reject("F1", 3)];
    {
        let mut checkpoint = begun(&path, info("suppliers"));
        checkpoint.commit(&first).unwrap();
        let counts = Counts { matched: 1, review: 1, unmatched: 1, failed: 1, skipped: 0 };
        assert_eq!(checkpoint.counts().unwrap(), counts);
        let summary = RunSummary { rows_read: 4, counts, rejects: 1, ..RunSummary::default() };
        assert_eq!(checkpoint.finish(&summary, RunStatus::Partial).unwrap(), Vec::<String>::new());
    }
    let results = read_results(&path).unwrap();
    let batches: Vec<_> = results.tables().latest().unwrap().map(Result::unwrap).collect();
    assert_eq!(batches[0].schema(), schema());
    assert_eq!(batches, [to_batch(&decisions).unwrap()]);
    assert_eq!(results.tables().rejects(10).unwrap(), (vec![reject("F1", 3)], 1));
    assert_eq!(results.tables().pipeline().unwrap(), "suppliers");
    assert_eq!(results.tables().latest_counts().unwrap().committed(), 4);
    let stages = results.tables().stages().unwrap();
    let direct = stages.iter().filter(|count| count.stage.as_deref() == Some("DIRECT_ID")).count();
    assert_eq!((stages.len(), direct), (4, 2), "{stages:?}");
}

#[test]
fn a_stopped_run_keeps_its_log_and_the_next_one_folds_it_in() {
    let folder = tempfile::tempdir().unwrap();
    let (path, log) = (folder.path().join("s.duckdb"), folder.path().join("s.duckdb.wal"));
    let mut left = begun(&path, info("suppliers"));
    left.commit(&matched(0, 10)).unwrap();
    left.leave(&RunSummary::default(), RunStatus::Interrupted).unwrap();
    drop(left);
    assert!(log.exists(), "closing folds nothing in");
    let mut next = begun(&path, info("suppliers"));
    assert_eq!(next.done().unwrap().done.len(), 10);
    next.commit(&matched(0, 3)).unwrap();
    next.finish(&RunSummary::default(), RunStatus::Complete).unwrap();
    drop(next);
    assert!(!log.exists());
    assert_eq!(keys(read_results(&path).unwrap().tables()).len(), 10);
}

#[test]
fn rows_left_unasked_are_distinguished() {
    let folder = tempfile::tempdir().unwrap();
    let mut checkpoint = begun(&folder.path().join("s.duckdb"), info("suppliers"));
    let review = decision("A", 2, Outcome::Review);
    let unasked = Decision { retryable: true, ..decision("B", 3, Outcome::Review) };
    let failed = Decision { retryable: true, ..decision("C", 4, Outcome::Failed) };
    checkpoint.commit(&epoch(0, &[review, unasked, failed])).unwrap();
    let done = checkpoint.done().unwrap().done;
    assert_eq!(["A", "B", "C"].map(|key| done[key].unasked), [false, true, false]);
}

#[test]
fn a_later_result_of_a_key_replaces_the_earlier_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.duckdb");
    let mut checkpoint = begun(&path, info("suppliers"));
    checkpoint.commit(&epoch(0, &[decision("B", 3, Outcome::Failed), decision("A", 2, Outcome::Matched)])).unwrap();
    checkpoint.commit(&epoch(1, &[decision("C", 3, Outcome::Unmatched)])).unwrap();
    drop(checkpoint);

    let changed = RunInfo { config_digest: "c2".to_owned(), ..info("suppliers") };
    let mut checkpoint = begun(&path, changed);
    let resume = checkpoint.done().unwrap();
    assert_eq!(
        resume.done["B"],
        DoneRow { digest: 3, failed: true, unasked: false, stale: true, reopened: false, generation: 0 }
    );
    assert_eq!((resume.counts.failed, resume.stale), (1, 3));
    checkpoint.commit(&epoch(0, &[decision("B", 9, Outcome::Matched)])).unwrap();
    let resume = checkpoint.done().unwrap();
    assert_eq!(
        resume.done["B"],
        DoneRow { digest: 9, failed: false, unasked: false, stale: false, reopened: false, generation: 0 }
    );
    assert_eq!((resume.counts.failed, resume.counts.matched, resume.stale), (0, 2, 2));
    assert_eq!(checkpoint.counts().unwrap().committed(), 1, "this run's own");
    assert_eq!(keys(checkpoint.tables().unwrap()), ["A", "C", "B"], "by row, then key");
}

#[test]
fn an_epoch_out_of_order_or_with_wrong_counts_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut checkpoint = begun(&folder.path().join("s.duckdb"), info("suppliers"));
    assert!(checkpoint.commit(&matched(1, 2)).unwrap_err().reason.contains("the next epoch is 0"));
    let mut wrong = matched(0, 2);
    wrong.counts.matched = 3;
    assert!(checkpoint.commit(&wrong).unwrap_err().reason.contains("counts 3 rows but has 2"));
    checkpoint.commit(&epoch(0, &[])).unwrap();
    checkpoint.commit(&matched(1, 2)).unwrap();
    assert_eq!(checkpoint.counts().unwrap().matched, 2);
}

#[test]
fn more_rows_than_a_duckdb_vector_are_read_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let mut checkpoint = begun(&folder.path().join("s.duckdb"), info("suppliers"));
    let rows: Vec<Decision> = (0..5000).rev().map(|row| decision(&format!("F{row}"), row, Outcome::Matched)).collect();
    let mut large = epoch(0, &rows);
    large.batches = vec![to_batch(&rows).unwrap()];
    checkpoint.commit(&large).unwrap();
    let wanted: Vec<String> = (0..5000).map(|row| format!("F{row}")).collect();
    assert_eq!(keys(checkpoint.tables().unwrap()), wanted);
}

#[test]
fn preview_reports_what_resume_would_skip_and_creates_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let (path, fallback) = (folder.path().join("s.duckdb"), folder.path().join("it's the fallback.duckdb"));
    assert_eq!(preview(&path, Some(&fallback), "suppliers", "c1").unwrap(), None);
    assert!(matches!(read_results(&path), Err(CheckpointError::Missing { .. })));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);

    begun(&path, info("suppliers")).commit(&epoch(0, &[decision("A", 2, Outcome::Failed)])).unwrap();
    let later = RunInfo { config_digest: "c2".to_owned(), ..info("suppliers") };
    begun(&fallback, later)
        .commit(&epoch(0, &[decision("A", 2, Outcome::Matched), decision("B", 3, Outcome::Review)]))
        .unwrap();
    let both = preview(&path, Some(&fallback), "suppliers", "c2").unwrap().unwrap();
    assert_eq!(both.counts, Counts { matched: 1, review: 1, ..Counts::default() });
    assert_eq!((both.stale, both.unreadable.len()), (0, 0));
    let one = preview(&path, None, "suppliers", "c2").unwrap().unwrap();
    assert_eq!((one.counts.failed, one.stale), (1, 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// For any commits in any runs and epochs, `done` has the last result of each key.
    #[test]
    fn done_has_the_last_result_of_each_key(runs in prop::collection::vec(
        prop::collection::vec(prop::collection::hash_map(0_u8..12, 0_usize..4, 0..6), 0..4), 1..4)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.duckdb");
        let mut model: HashMap<String, DoneRow> = HashMap::new();
        let mut digest = 0;
        for epochs in &runs {
            let mut checkpoint = begun(&path, info("suppliers"));
            for (number, keys) in epochs.iter().enumerate() {
                let decisions: Vec<Decision> = keys.iter().map(|(key, outcome)| {
                    digest += 1;
                    let outcome = Outcome::ALL[*outcome];
                    model.insert(key.to_string(), DoneRow { digest, failed: outcome == Outcome::Failed, unasked: false, stale: false, reopened: false, generation: 0 });
                    decision(&key.to_string(), digest, outcome)
                }).collect();
                checkpoint.commit(&epoch(number as u64, &decisions)).unwrap();
            }
        }
        let checkpoint = begun(&path, info("suppliers"));
        let resume = checkpoint.done().unwrap();
        prop_assert_eq!(&resume.done, &model);
        prop_assert_eq!(resume.counts.committed(), model.len() as u64);
        prop_assert_eq!(keys(checkpoint.tables().unwrap()).len(), model.len());
    }
}
