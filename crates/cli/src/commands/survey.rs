//! Searches every row of a supplier file with every candidate stage, on all cores: pair counts and recall.

use std::ops::ControlFlow;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use matchflow_candidates::{PAIR_ROW, Scratch, SearchCounts};
use matchflow_evaluate::{Candidate, Level, Recall, RecallCounter, SearchedRow, Truth};
use matchflow_ingest::{SourceReader, open_reference, open_source};
use matchflow_matcher::{Survey, Surveyed};
use matchflow_model::arrow::array::RecordBatch;
use matchflow_model::arrow::datatypes::UInt32Type;
use matchflow_model::columns::{self, MissingColumn};
use matchflow_model::plan::{Plan, Search, StageKind};

use crate::engine::lock;
use crate::failure::Failure;

/// Rows searched at once by one thread.
const BATCH_ROWS: usize = 512;
/// Registry entries read at once.
const ENTRIES_AT_ONCE: usize = 8_192;

/// What a survey is to tell.
pub(crate) struct Wanted<'a> {
    /// The truth; without it pairs are counted and nothing is judged.
    pub(crate) truth: &'a Truth,
    /// Missed rows kept as examples.
    pub(crate) missed_max: usize,
    /// Rows searched, at most.
    pub(crate) rows_max: u64,
    /// Companies that a broad stage keeps, at least.
    pub(crate) top_min: usize,
}

/// What a survey saw.
pub(crate) struct Seen {
    pub(crate) recall: Recall,
    /// What each candidate stage left out.
    pub(crate) counts: Vec<SearchCounts>,
    /// How long the searches of each candidate stage took, over all threads.
    pub(crate) searched: Vec<Duration>,
    pub(crate) entries: u64,
    pub(crate) bytes_per_entry: f64,
    pub(crate) load_seconds: f64,
    pub(crate) search_seconds: f64,
    pub(crate) threads: usize,
}

/// Fails where the plan has no registry.
pub(crate) fn wants_registry(plan: &Plan) -> Result<(), Failure> {
    let message = "error: this is for pipelines with a registry (`reference`); with `dedupe` the rows are compared with \
                   each other";
    if plan.dedupe.is_some() { Err(Failure::Usage(message.to_owned())) } else { Ok(()) }
}

/// Searches the plan's supplier rows.
pub(crate) fn survey(plan: &Plan, wanted: &Wanted<'_>) -> Result<Seen, Failure> {
    wants_registry(plan)?;
    let began = Instant::now();
    let mut reference = open_reference(&plan.reference, ENTRIES_AT_ONCE).map_err(|error| Failure::fatal(&error))?;
    let survey = Survey::load(plan, wanted.top_min, &[], move || {
        let batch = reference.next_batch().map_err(|error| Box::new(error) as matchflow_matcher::ReadError)?;
        Ok(batch.map(|batch| batch.rows))
    });
    let survey = survey.map_err(|error| Failure::fatal(&error))?;
    let load_seconds = began.elapsed().as_secs_f64();
    let source = open_source(&plan.source, BATCH_ROWS).map_err(|error| Failure::fatal(&error))?;
    let rows = Rows { source: Mutex::new((source, wanted.rows_max)), name: name_field(plan) };
    let labels = survey.labels();
    let counter = RecallCounter::new(wanted.truth, &labels, wanted.missed_max);
    let counter = Mutex::new((counter, vec![(SearchCounts::default(), Duration::ZERO); labels.len()]));
    let threads = plan.execution.workers.max(1);
    let began = Instant::now();
    std::thread::scope(|scope| {
        let search = || search_all(&survey, &rows, &counter);
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(search)).collect();
        // Every thread is waited for before the first failure is told.
        let results: Vec<_> = threads.into_iter().map(|thread| thread.join()).collect();
        let panicked = |_| Failure::Fatal("a thread of the search panicked".to_owned());
        results.into_iter().try_for_each(|result| result.map_err(panicked)?)
    })?;
    let (memory, vocabulary_bytes) = survey.memory();
    let entries = u64::from(survey.entries());
    let (counter, counts) = counter.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let (counts, searched) = counts.into_iter().unzip();
    Ok(Seen {
        recall: counter.finish(),
        counts,
        searched,
        entries,
        bytes_per_entry: (memory.total_bytes() + vocabulary_bytes) as f64 / entries as f64,
        load_seconds,
        search_seconds: began.elapsed().as_secs_f64(),
        threads,
    })
}

/// What the threads add up together.
type Counter<'t> = Mutex<(RecallCounter<'t>, Vec<(SearchCounts, Duration)>)>;

/// The supplier rows that are left, shared by the threads.
struct Rows {
    source: Mutex<(SourceReader, u64)>,
    /// The field that examples show.
    name: Option<String>,
}

impl Rows {
    fn next(&self) -> Result<ControlFlow<(), RecordBatch>, Failure> {
        let mut source = lock(&self.source);
        let Some(batch) = source.0.next_batch().map_err(|error| Failure::fatal(&error))? else {
            return Ok(ControlFlow::Break(()));
        };
        let rows = batch.rows.num_rows().min(usize::try_from(source.1).unwrap_or(usize::MAX));
        source.1 -= rows as u64;
        Ok(if rows == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(batch.rows.slice(0, rows)) })
    }
}

fn search_all(survey: &Survey, rows: &Rows, counter: &Counter<'_>) -> Result<(), Failure> {
    let mut scratch = Scratch::default();
    while let ControlFlow::Continue(batch) = rows.next()? {
        let surveyed = survey.search(batch, &mut scratch).map_err(|error| Failure::fatal(&error))?;
        count(survey, &surveyed, rows.name.as_deref(), counter).map_err(|error| Failure::fatal(&error))?;
    }
    Ok(())
}

fn count(survey: &Survey, surveyed: &Surveyed, name: Option<&str>, counter: &Counter<'_>) -> Result<(), MissingColumn> {
    let rows = &surveyed.rows;
    let (keys, numbers) = (columns::text(rows, columns::KEY)?, columns::numbers(rows, columns::ROW)?);
    let names = name.map(|name| columns::text(rows, name)).transpose()?;
    let mut found = Vec::with_capacity(rows.num_rows());
    found.resize_with(rows.num_rows(), || vec![Vec::new(); surveyed.found.len()]);
    for (stage, pairs) in surveyed.found.iter().enumerate() {
        let Some(pairs) = pairs else { continue };
        let of = columns::primitive::<UInt32Type>(pairs, PAIR_ROW)?;
        let (ids, groups) = (columns::text(pairs, columns::ID)?, columns::text(pairs, columns::GROUP)?);
        for (at, row) in of.values().iter().enumerate() {
            if let Some(own) = found.get_mut(*row as usize).and_then(|stages| stages.get_mut(stage)) {
                own.push(Candidate {
                    id: columns::value(ids, at).unwrap_or_default(),
                    group: columns::value(groups, at).unwrap_or_default(),
                });
            }
        }
    }
    let known = |level: Level, value: &str| {
        let key = if level == Level::Group { columns::GROUP } else { columns::ID };
        let entry = survey.entry(key, value).ok()??;
        let shown = name.and_then(|name| columns::text(&entry, name).ok()).and_then(|names| columns::value(names, 0));
        Some(shown.unwrap_or_default().replace(columns::ALTERNATIVE, " | "))
    };
    let mut counter = lock(counter);
    for (sum, (counts, searched)) in counter.1.iter_mut().zip(surveyed.counts.iter().zip(&surveyed.searched)) {
        sum.0.add(*counts);
        sum.1 += *searched;
    }
    for (row, found) in found.iter().enumerate() {
        let searched = SearchedRow {
            key: columns::value(keys, row).unwrap_or_default(),
            number: numbers.values().get(row).copied().unwrap_or_default(),
            name: names.and_then(|names| columns::value(names, row)).unwrap_or_default(),
        };
        counter.0.add(searched, found, &known);
    }
    Ok(())
}

/// The field by which the broad (or local) search compares names, where both sides call it the same.
fn name_field(plan: &Plan) -> Option<String> {
    let of_search = |search: &Search| match search {
        Search::Token { name, .. } | Search::Blocked { name, .. } => {
            (name.left == name.right).then(|| name.left.clone())
        }
        Search::Exact { .. } => None,
    };
    plan.stages.iter().rev().find_map(|stage| match &stage.kind {
        StageKind::Candidates(plan) => of_search(&plan.search),
        _ => None,
    })
}
