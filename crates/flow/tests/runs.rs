//! Whole runs of the dataflow, without files, plug-ins or a database.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use common::{Memory, inputs, plan, reader, registry, suppliers};
use matchflow_flow::{EpochReport, FlowError, IndexOptions, Observer, Progress, index_registry, run};
use matchflow_model::plan::Schedule;
use matchflow_model::store::DoneRow;
use matchflow_model::{columns, outcome::Counts};
use proptest::prelude::*;

const ROWS: usize = 1_003;
const ENTRIES: usize = 500;

#[test]
fn every_row_has_one_outcome_and_all_epochs_but_the_last_are_full() {
    let store = Memory::default();
    let summary = run(inputs(plan(2, 100), suppliers(ROWS, ENTRIES, 64), registry(ENTRIES), &store)).unwrap();
    assert_eq!(store.results().len(), ROWS);
    assert_eq!(summary.counts.committed(), ROWS as u64);
    assert_eq!(summary.counts, store.counts());
    assert_eq!(store.sizes(), [vec![100; 10], vec![3]].concat());
    let numbers: Vec<_> = store.epochs.lock().unwrap().iter().map(|epoch| epoch.number).collect();
    assert_eq!(numbers, (0..11).collect::<Vec<_>>());
    assert_eq!(summary.entries, ENTRIES as u64);
}

#[test]
fn outcomes_are_as_expected_for_each_row() {
    let store = Memory::default();
    run(inputs(plan(2, 100), suppliers(50, ENTRIES, 64), registry(ENTRIES), &store)).unwrap();
    let results = store.results();
    assert_eq!(results["F1"][..3], ["matched", "10000000100001", "DIRECT_ID"]);
    assert_eq!(results["F3"][..3], ["unmatched", "", ""], "a row without an identifier has no candidate");
    assert_eq!(results["F7"][..3], ["unmatched", "", ""], "an identifier that the registry does not have");
}

#[test]
fn workers_and_chunks_never_change_a_result() {
    let mut answers = Vec::new();
    let ways = [(1, 1, 7), (1, 64, 4096), (2, 16, 64), (3, 5, 1), (4, 1000, 2)];
    let schedules = [Schedule::Unordered, Schedule::Chunked];
    for ((workers, chunk_rows, in_flight_rows), schedule) in
        ways.into_iter().flat_map(|way| schedules.map(|s| (way, s)))
    {
        let store = Memory::default();
        let mut plan = plan(workers, 64);
        plan.execution.schedule = schedule;
        plan.execution.chunk_rows = chunk_rows;
        plan.execution.in_flight_rows = in_flight_rows;
        run(inputs(plan, suppliers(ROWS, ENTRIES, 100), registry(ENTRIES), &store)).unwrap();
        answers.push(store.results());
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn done_rows_are_skipped_and_changed_ones_are_redone() {
    let store = Memory::default();
    let rows = suppliers(ROWS, ENTRIES, 100);
    let mut inputs = inputs(plan(2, 100), rows.clone(), registry(ENTRIES), &store);
    for batch in &rows {
        let keys = columns::text(&batch.rows, columns::KEY).unwrap();
        let digests = columns::numbers(&batch.rows, columns::DIGEST).unwrap();
        for (key, digest) in keys.iter().flatten().zip(digests.values()) {
            match key {
                "F10" => Arc::make_mut(&mut inputs.done).insert(
                    key.to_owned(),
                    DoneRow {
                        digest: digest ^ 1,
                        failed: false,
                        unasked: false,
                        stale: false,
                        reopened: false,
                        generation: 0,
                    },
                ),
                "F11" => Arc::make_mut(&mut inputs.done).insert(
                    key.to_owned(),
                    DoneRow {
                        digest: *digest,
                        failed: true,
                        unasked: false,
                        stale: false,
                        reopened: false,
                        generation: 0,
                    },
                ),
                "F12" => None,
                _ => Arc::make_mut(&mut inputs.done).insert(
                    key.to_owned(),
                    DoneRow {
                        digest: *digest,
                        failed: false,
                        unasked: false,
                        stale: false,
                        reopened: false,
                        generation: 0,
                    },
                ),
            };
        }
    }
    let summary = run(inputs).unwrap();
    assert_eq!(store.results().into_keys().collect::<Vec<_>>(), ["F10", "F12"]);
    assert_eq!(summary.counts.skipped, ROWS as u64 - 2);
    assert_eq!(summary.rows_read, ROWS as u64);
}

#[test]
fn failed_rows_are_only_retried_on_request() {
    let store = Memory::default();
    let rows = suppliers(4, ENTRIES, 100);
    let digests = columns::numbers(&rows[0].rows, columns::DIGEST).unwrap().clone();
    let mut plan = plan(1, 100);
    plan.execution.retry_errors = true;
    let mut inputs = inputs(plan, rows, registry(ENTRIES), &store);
    Arc::make_mut(&mut inputs.done).insert(
        "F1".to_owned(),
        DoneRow {
            digest: digests.value(1),
            failed: true,
            unasked: false,
            stale: false,
            reopened: false,
            generation: 0,
        },
    );
    Arc::make_mut(&mut inputs.done).insert(
        "F2".to_owned(),
        DoneRow {
            digest: digests.value(2),
            failed: false,
            unasked: false,
            stale: false,
            reopened: false,
            generation: 0,
        },
    );
    let progress = Arc::clone(&inputs.progress);
    let summary = run(inputs).unwrap();
    assert_eq!(store.results().into_keys().collect::<Vec<_>>(), ["F1"], "those alone");
    assert_eq!((summary.rows_read, summary.counts.skipped, progress.left()), (2, 1, 2));
}

#[test]
fn the_limit_counts_new_rows_only() {
    let store = Memory::default();
    let rows = suppliers(ROWS, ENTRIES, 100);
    let mut plan = plan(2, 100);
    plan.execution.limit_rows = Some(250);
    let mut inputs = inputs(plan, rows.clone(), registry(ENTRIES), &store);
    let keys = columns::text(&rows[0].rows, columns::KEY).unwrap();
    let digests = columns::numbers(&rows[0].rows, columns::DIGEST).unwrap();
    for (key, digest) in keys.iter().flatten().zip(digests.values()) {
        Arc::make_mut(&mut inputs.done).insert(
            key.to_owned(),
            DoneRow { digest: *digest, failed: false, unasked: false, stale: false, reopened: false, generation: 0 },
        );
    }
    let summary = run(inputs).unwrap();
    assert_eq!(summary.counts.committed(), 250);
    assert_eq!(summary.counts.skipped, 100);
}

#[test]
fn a_refused_commit_ends_the_run_with_its_cause_and_keeps_what_was_committed() {
    for workers in [1, 2, 4] {
        let store = Memory { refuse: Some(3), ..Memory::default() };
        let rows = suppliers(ROWS, ENTRIES, 64);
        let failed = run(inputs(plan(workers, 100), rows, registry(ENTRIES), &store)).unwrap_err();
        assert!(matches!(failed.error, FlowError::Commit(_)), "{:?}", failed.error);
        assert!(failed.to_string().contains("the disk is full"));
        assert_eq!(store.sizes(), [100, 100, 100]);
        assert_eq!(failed.summary.counts.committed(), 300);
    }
}

#[test]
fn a_panic_on_the_commit_thread_ends_the_run_on_every_worker() {
    for workers in [1, 2, 4] {
        let store = Memory { panic: Some(1), ..Memory::default() };
        let rows = suppliers(ROWS, ENTRIES, 64);
        let failed = run(inputs(plan(workers, 100), rows, registry(ENTRIES), &store)).unwrap_err();
        assert!(failed.to_string().contains("told to panic"), "{failed}");
    }
}

#[test]
fn errors_and_panics_of_readers_end_the_run_with_their_cause() {
    let store = Memory::default();
    let mut broken = inputs(plan(2, 100), Vec::new(), registry(ENTRIES), &store);
    let mut rows = reader(suppliers(300, ENTRIES, 64));
    broken.rows = Box::new(move || rows()?.map(Some).ok_or_else(|| "sheet1.xml is cut at byte 99".into()));
    let failed = run(broken).unwrap_err();
    assert!(failed.to_string().contains("sheet1.xml is cut at byte 99"), "{failed}");

    let mut broken = inputs(plan(2, 100), suppliers(300, ENTRIES, 64), Vec::new(), &store);
    broken.entries = Box::new(|| panic!("a reader's own fault"));
    let failed = run(broken).unwrap_err();
    assert!(failed.to_string().contains("a reader's own fault"), "{failed}");
}

#[test]
fn an_empty_registry_is_an_error_and_an_empty_file_is_not() {
    let store = Memory::default();
    let failed = run(inputs(plan(2, 100), suppliers(10, ENTRIES, 64), Vec::new(), &store)).unwrap_err();
    assert!(matches!(failed.error, FlowError::EmptyReference { .. }), "{:?}", failed.error);
    assert!(store.sizes().is_empty());

    let summary = run(inputs(plan(2, 100), Vec::new(), registry(ENTRIES), &store)).unwrap();
    assert_eq!(summary.counts, Counts::default());
    assert!(store.sizes().is_empty());
}

/// Stops the run at the second commit.
struct StopAtSecond(Arc<Progress>, Arc<AtomicBool>);

impl Observer for StopAtSecond {
    fn epoch(&mut self, report: &EpochReport) {
        if report.epoch == 1 {
            self.0.stop();
            self.1.store(true, Ordering::SeqCst);
        }
    }
}

#[test]
fn a_stopped_run_commits_rows_in_flight_and_the_next_run_continues() {
    let store = Memory::default();
    let rows = suppliers(ROWS, ENTRIES, 32);
    let mut first = inputs(plan(2, 100), rows.clone(), registry(ENTRIES), &store);
    let seen = Arc::new(AtomicBool::new(false));
    first.observer = Box::new(StopAtSecond(Arc::clone(&first.progress), Arc::clone(&seen)));
    let summary = run(first).unwrap();
    assert!(seen.load(Ordering::SeqCst) && summary.stopped);
    let committed = store.results();
    assert_eq!(committed.len() as u64, summary.rows_read, "rows in flight are finished, not abandoned");
    assert!(committed.len() < ROWS);

    let mut second = inputs(plan(2, 100), rows.clone(), registry(ENTRIES), &store);
    for batch in &rows {
        let keys = columns::text(&batch.rows, columns::KEY).unwrap();
        let digests = columns::numbers(&batch.rows, columns::DIGEST).unwrap();
        for (key, digest) in keys.iter().flatten().zip(digests.values()) {
            if committed.contains_key(key) {
                Arc::make_mut(&mut second.done).insert(
                    key.to_owned(),
                    DoneRow {
                        digest: *digest,
                        failed: false,
                        unasked: false,
                        stale: false,
                        reopened: false,
                        generation: 0,
                    },
                );
            }
        }
    }
    let summary = run(second).unwrap();
    assert_eq!(summary.counts.skipped, committed.len() as u64);
    assert_eq!(store.results().len(), ROWS, "no key twice (results() checks that), none missing");
}

/// Stops the run at its first commit.
struct StopAtFirst(Arc<Progress>);

impl Observer for StopAtFirst {
    fn epoch(&mut self, _: &EpochReport) {
        self.0.stop();
    }
}

#[test]
fn a_slow_read_does_not_delay_finished_rows() {
    let store = Memory::default();
    let mut stopped = inputs(plan(2, 1), Vec::new(), registry(ENTRIES), &store);
    stopped.observer = Box::new(StopAtFirst(Arc::clone(&stopped.progress)));
    let mut rows = suppliers(128, ENTRIES, 64).into_iter();
    let (open, gate) = std::sync::mpsc::channel::<()>();
    stopped.rows = Box::new(move || {
        // After its two batches, it reads until the run is over.
        Ok(rows.next().or_else(|| gate.recv().ok().and(None)))
    });
    let summary = run(stopped).unwrap();
    drop(open);
    assert!(summary.stopped);
    assert_eq!(store.results().len() as u64, summary.rows_read, "rows in flight are finished, not abandoned");
}

/// The rows in an order made from a seed, in batches of uneven sizes.
fn shuffled(seed: u64, batch_rows: usize) -> Vec<matchflow_model::RowBatch> {
    let mut rows: Vec<_> = suppliers(PROPERTY_ROWS, ENTRIES, 1);
    let mut state = seed | 1;
    for place in (1..rows.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        rows.swap(place, (state >> 33) as usize % (place + 1));
    }
    let join = |part: &[matchflow_model::RowBatch]| {
        let batches: Vec<_> = part.iter().map(|batch| batch.rows.clone()).collect();
        let rows = matchflow_model::arrow::compute::concat_batches(&batches[0].schema(), &batches).unwrap();
        matchflow_model::RowBatch { rows, rejects: Vec::new() }
    };
    rows.chunks(batch_rows).map(join).collect()
}

const PROPERTY_ROWS: usize = 150;

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn no_order_and_no_schedule_changes_a_result(
        seed: u64, workers in 1..5usize, chunk in 1..40usize, in_flight in 1..100usize, chunked: bool,
        batch_size in 1..60usize, batch_rows in 1..80usize,
    ) {
        let expected = Memory::default();
        run(inputs(plan(1, 100), suppliers(PROPERTY_ROWS, ENTRIES, 64), registry(ENTRIES), &expected)).unwrap();
        let store = Memory::default();
        let mut plan = plan(workers, batch_size);
        plan.execution.chunk_rows = chunk;
        plan.execution.in_flight_rows = in_flight;
        plan.execution.schedule = if chunked { Schedule::Chunked } else { Schedule::Unordered };
        run(inputs(plan, shuffled(seed, batch_rows), registry(ENTRIES), &store)).unwrap();
        prop_assert_eq!(store.results(), expected.results());
        let full = PROPERTY_ROWS / batch_size;
        prop_assert!(store.sizes()[..full].iter().all(|rows| *rows == batch_size), "{:?}", store.sizes());
    }
}

#[test]
fn a_stored_index_gives_the_same_results_with_any_shards_and_workers() {
    let store = Memory::default();
    run(inputs(plan(1, 100), suppliers(ROWS, ENTRIES, 64), registry(ENTRIES), &store)).unwrap();
    let wanted = store.results();
    for shards in 1..=3 {
        // Stored by a run, and by `index_registry`.
        let stored = Arc::new(std::sync::Mutex::new(None));
        let mut first = inputs(plan(shards, 100), suppliers(ROWS, ENTRIES, 64), registry(ENTRIES), &Memory::default());
        let slot = Arc::clone(&stored);
        first.index.store =
            Some(Box::new(move |index, is_running| *slot.lock().unwrap() = is_running().then_some(index)));
        run(first).unwrap();
        let alone = index_registry(&plan(shards, 100), &[], reader(registry(ENTRIES))).unwrap();
        for index in [stored.lock().unwrap().take().unwrap(), alone] {
            assert_eq!((index.shards.len(), index.entries()), (shards, ENTRIES as u64));
            for workers in [1, 2, 4] {
                let store = Memory::default();
                // Nothing to read: reading the registry would find it empty.
                let mut inputs = inputs(plan(workers, 100), suppliers(ROWS, ENTRIES, 64), Vec::new(), &store);
                inputs.index = IndexOptions { loaded: Some(index.clone()), store: None };
                let summary = run(inputs).unwrap();
                assert_eq!(summary.entries, ENTRIES as u64);
                assert_eq!(store.results(), wanted, "{shards} shards, {workers} workers");
            }
        }
    }
    let empty = index_registry(&plan(2, 100), &[], reader(Vec::new()));
    assert!(matches!(empty, Err(FlowError::EmptyReference { .. })), "{empty:?}");
}
