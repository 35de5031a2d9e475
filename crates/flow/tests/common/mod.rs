//! A small registry, supplier rows, a plan without plug-ins, and a checkpoint in memory.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use matchflow_candidates::exact_search;
use matchflow_flow::{FeedError, Progress, RunInputs, SilentObserver};
use matchflow_matcher::PluginReplacements;
use matchflow_model::RowBatch;
use matchflow_model::arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringArray, UInt64Array};
use matchflow_model::evidence::{Alternative, items, list_json};
use matchflow_model::outcome::Counts;
use matchflow_model::plan::*;
use matchflow_model::row_error::RowError;
use matchflow_model::store::{CommitError, DoneRows, Epoch, EpochStore};
use matchflow_model::{columns, digest};

/// Records every committed epoch for a test.
#[derive(Clone, Default)]
pub struct Memory {
    pub epochs: Arc<Mutex<Vec<Epoch>>>,
    /// Refuses the epoch with this number.
    pub refuse: Option<u64>,
    /// Panics on the epoch with this number.
    pub panic: Option<u64>,
}

impl EpochStore for Memory {
    fn commit(&mut self, epoch: &Epoch) -> Result<(), CommitError> {
        if self.refuse == Some(epoch.number) {
            let reason = "the disk is full".to_owned();
            return Err(CommitError { epoch: epoch.number, place: "memory".to_owned(), reason });
        }
        assert_ne!(self.panic, Some(epoch.number), "the store was told to panic");
        self.epochs.lock().unwrap().push(epoch.clone());
        Ok(())
    }
}

/// The text of a column, the alternatives as JSON; empty where it is null.
fn text_of(batch: &RecordBatch, name: &str, row: usize) -> String {
    match columns::lists(batch, name) {
        Ok(lists) => list_json(&items::<Alternative>(lists, row)),
        Err(_) => columns::value(columns::text(batch, name).unwrap(), row).unwrap_or_default().to_owned(),
    }
}

impl Memory {
    /// Key -> (outcome, id, stage, alternatives), over all epochs; fails the test if a key occurs twice.
    pub fn results(&self) -> BTreeMap<String, [String; 4]> {
        let mut results = BTreeMap::new();
        for epoch in self.epochs.lock().unwrap().iter() {
            for batch in &epoch.batches {
                let text = |name: &str, row: usize| text_of(batch, name, row);
                for row in 0..batch.num_rows() {
                    let values = ["outcome", "id", "stage", "alternatives"].map(|name| text(name, row));
                    let before = results.insert(text("key", row), values);
                    assert_eq!(before, None, "key {} was committed twice", text("key", row));
                }
            }
        }
        results
    }

    /// Key -> a text column of its outcome; empty if it is null.
    pub fn texts(&self, column: &str) -> BTreeMap<String, String> {
        let mut texts = BTreeMap::new();
        for batch in self.epochs.lock().unwrap().iter().flat_map(|epoch| &epoch.batches) {
            texts.extend((0..batch.num_rows()).map(|row| (text_of(batch, "key", row), text_of(batch, column, row))));
        }
        texts
    }

    /// Key -> the error of its outcome in English; empty if it has none.
    pub fn errors(&self) -> BTreeMap<String, String> {
        let words = |json: &str| {
            let error = RowError::from_json(json);
            assert!(!matches!(error, RowError::Text { .. }), "a sentence is stored: {json}");
            error.to_string()
        };
        let texts = self.texts("error").into_iter();
        texts.map(|(key, json)| (key, if json.is_empty() { json } else { words(&json) })).collect()
    }

    /// The number of failed rows that may be retried.
    pub fn retryable(&self) -> usize {
        let epochs = self.epochs.lock().unwrap();
        let flags = epochs.iter().flat_map(|epoch| &epoch.batches).map(|batch| columns::flags(batch, "retryable"));
        flags.map(|flags| flags.unwrap().true_count()).sum()
    }

    pub fn sizes(&self) -> Vec<usize> {
        let epochs = self.epochs.lock().unwrap();
        epochs.iter().map(|epoch| epoch.batches.iter().map(RecordBatch::num_rows).sum()).collect()
    }

    pub fn counts(&self) -> Counts {
        let mut total = Counts::default();
        for epoch in self.epochs.lock().unwrap().iter() {
            total.matched += epoch.counts.matched;
            total.review += epoch.counts.review;
            total.unmatched += epoch.counts.unmatched;
            total.failed += epoch.counts.failed;
        }
        total
    }
}

/// `name` and `siren` of entry `number`; its id is the group with `00001`.
pub fn entry(number: usize) -> (String, String) {
    (format!("maison {number} freres"), format!("{:09}", 100_000_000 + number))
}

pub fn registry(entries: usize) -> Vec<RecordBatch> {
    let all: Vec<_> = (0..entries).map(entry).collect();
    let batch = |part: &[(String, String)]| {
        let column = |values: Vec<String>| Arc::new(StringArray::from(values)) as ArrayRef;
        RecordBatch::try_from_iter_with_nullable([
            (columns::ID, column(part.iter().map(|(_, siren)| format!("{siren}00001")).collect()), false),
            (columns::GROUP, column(part.iter().map(|(_, siren)| siren.clone()).collect()), false),
            (columns::OPEN, Arc::new(BooleanArray::from(vec![true; part.len()])) as ArrayRef, false),
            ("name", column(part.iter().map(|(name, _)| name.clone()).collect()), true),
        ])
        .unwrap()
    };
    all.chunks(97).map(batch).collect()
}

/// Rows keyed `F<number>`: every third has no siren, every seventh one that is not in the registry.
pub fn suppliers(rows: usize, entries: usize, batch_rows: usize) -> Vec<RowBatch> {
    let numbers: Vec<usize> = (0..rows).collect();
    let siren = |number: &usize| match number {
        number if number % 3 == 0 => None,
        number if number % 7 == 0 => Some("999999999".to_owned()),
        number => Some(entry(number % entries).1),
    };
    let batch = |part: &[usize]| {
        let keys: Vec<_> = part.iter().map(|number| format!("F{number}")).collect();
        let sirens: Vec<_> = part.iter().map(siren).collect();
        let digests = sirens.iter().map(|siren| digest::row([siren.as_deref()]));
        let digests = UInt64Array::from_iter_values(digests);
        let numbers = UInt64Array::from_iter_values(part.iter().map(|number| *number as u64 + 2));
        let rows = RecordBatch::try_from_iter_with_nullable([
            (columns::KEY, Arc::new(StringArray::from(keys)) as ArrayRef, false),
            (columns::ROW, Arc::new(numbers) as ArrayRef, false),
            (columns::DIGEST, Arc::new(digests) as ArrayRef, false),
            ("siren", Arc::new(StringArray::from(sirens)) as ArrayRef, true),
        ]);
        RowBatch { rows: rows.unwrap(), rejects: Vec::new() }
    };
    numbers.chunks(batch_rows).map(batch).collect()
}

pub fn plan(workers: usize, batch_size: usize) -> Plan {
    let field = |name: &str| FieldPlan {
        name: name.to_owned(),
        columns: vec![name.to_owned()],
        join: Join::Space,
        data_type: FieldType::Text,
    };
    let inline = || TablePlan { format: "inline".to_owned(), files: Vec::new(), options: Default::default() };
    let keys = vec![ExactKey { left: "siren".to_owned(), right: columns::GROUP.to_owned() }];
    let candidates = CandidatesPlan { search: exact_search(keys, Vec::new()), only_if_none: false, candidates_max: 20 };
    let decide = DecidePlan {
        accept: 0.9,
        review: 0.5,
        review_worth: 0.0,
        margin: 0.0,
        entry: 0.0,
        out_of_scope: None,
        pass_on: false,
        ask: false,
        of_pairs: false,
        accept_without_name: false,
        evidence: EvidenceScope::All,
    };
    Plan {
        name: "test".to_owned(),
        source: SourcePlan { table: inline(), id: vec![IdColumn::Index], fields: vec![field("siren")] },
        reference: ReferencePlan {
            table: inline(),
            id: "siret".to_owned(),
            group: Some("siren".to_owned()),
            fields: vec![field("name")],
            filters: Vec::new(),
            status: None,
            id_widths: Default::default(),
            index_path: None,
        },
        dedupe: None,
        stages: vec![
            StagePlan { label: "DIRECT_ID".to_owned(), kind: StageKind::Candidates(candidates) },
            StagePlan { label: "DECIDE".to_owned(), kind: StageKind::Decide(decide) },
        ],
        language: matchflow_model::language::Language::English,
        evidence: EvidenceScope::All,
        one_to_one: false,
        sink: SinkPlan { checkpoint: "unused".into(), batch_size, fallback: None },
        outputs: Vec::new(),
        report: ReportPlan::default(),
        execution: ExecutionPlan {
            workers,
            scoring_threads: 1,
            chunk_rows: 16,
            in_flight_rows: 256,
            limit_rows: None,
            schedule: Schedule::Unordered,
            retry_errors: false,
            stale: StalePolicy::Keep,
        },
    }
}

/// Returns the items one by one.
pub fn reader<T: Send + 'static>(items: Vec<T>) -> Box<dyn FnMut() -> Result<Option<T>, FeedError> + Send> {
    let mut items = items.into_iter();
    Box::new(move || Ok(items.next()))
}

pub fn inputs(plan: Plan, rows: Vec<RowBatch>, entries: Vec<RecordBatch>, store: &Memory) -> RunInputs {
    let plugins = plan.stages.iter().map(|_| Vec::new()).collect();
    RunInputs {
        plan: Arc::new(plan),
        rows: reader(rows),
        entries: reader(entries),
        index: Default::default(),
        plugins,
        replacements: PluginReplacements::default(),
        arbiters: Vec::new(),
        store: Box::new(store.clone()),
        done: Arc::new(DoneRows::new()),
        decisions: Arc::default(),
        observer: Box::new(SilentObserver),
        progress: Progress::new(),
        group: None,
    }
}
