//! Searches every row of a supplier file with every candidate stage, on all cores: pair counts and recall.

use std::ops::ControlFlow;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use matchflow_candidates::{PAIR_ROW, SearchCounts};
use matchflow_evaluate::{Level, Recall, RecallCounter, SearchedRow, StageCandidate, Truth};
use matchflow_ingest::{SourceReader, open_reference, open_source};
use matchflow_matcher::{BatchCandidates, MatchScratch, Matcher, survey_matcher};
use matchflow_model::arrow::array::RecordBatch;
use matchflow_model::arrow::datatypes::UInt32Type;
use matchflow_model::columns::{self, MissingColumn};
use matchflow_model::plan::{Plan, Search, StageKind};

use crate::engine::REGISTRY_BATCH_ROWS;
use crate::exit_reason::ExitReason;
use crate::failure::{Failure, FailureContext};
use crate::sync::lock;

/// Rows per search of a thread.
const BATCH_ROWS: usize = 512;

/// The limits of a survey.
pub(crate) struct SurveyOptions<'a> {
    /// The truth; without it only pairs are counted.
    pub(crate) truth: &'a Truth,
    /// Maximum number of missed rows listed as examples.
    pub(crate) missed_max: usize,
    /// Maximum number of rows to search.
    pub(crate) rows_max: u64,
    /// Minimum number of companies that a token stage returns.
    pub(crate) top_min: usize,
}

/// Pair counts, recall and costs.
pub(crate) struct SurveyReport {
    pub(crate) recall: Recall,
    /// Candidates that each stage omitted.
    pub(crate) counts: Vec<SearchCounts>,
    /// The time spent searching in each candidate stage, over all threads.
    pub(crate) search_times: Vec<Duration>,
    pub(crate) entries: u64,
    pub(crate) bytes_per_entry: f64,
    pub(crate) load_seconds: f64,
    pub(crate) search_seconds: f64,
    pub(crate) threads: usize,
}

/// Refuses a plan without a registry.
pub(crate) fn require_registry(plan: &Plan) -> Result<(), Failure> {
    let message = "error: this command needs a registry (`reference`), which a `dedupe` pipeline does not have";
    match plan.dedupe {
        Some(_) => Err(Failure::Refused(ExitReason::Pipeline, message.to_owned())),
        None => Ok(()),
    }
}

/// Searches the plan's supplier rows.
pub(crate) fn survey(plan: &Plan, options: &SurveyOptions<'_>) -> Result<SurveyReport, Failure> {
    require_registry(plan)?;
    let began = Instant::now();
    let mut reference =
        open_reference(&plan.reference, REGISTRY_BATCH_ROWS).while_doing("reading and indexing the registry")?;
    let matcher = survey_matcher(plan, options.top_min, &[], move || {
        let batch = reference.next_batch().map_err(|error| Box::new(error) as matchflow_matcher::ReadError)?;
        Ok(batch.map(|batch| batch.rows))
    });
    let matcher = matcher.while_doing("reading and indexing the registry")?;
    let load_seconds = began.elapsed().as_secs_f64();
    let source = open_source(&plan.source, BATCH_ROWS).while_doing("reading the supplier file")?;
    let rows = RemainingRows { source: Mutex::new((source, options.rows_max)), name: name_field(plan) };
    let labels = matcher.candidate_labels();
    let counter = RecallCounter::new(options.truth, &labels, options.missed_max);
    let counter = Mutex::new((counter, vec![(SearchCounts::default(), Duration::ZERO); labels.len()]));
    let threads = plan.execution.workers.max(1);
    let began = Instant::now();
    std::thread::scope(|scope| {
        let search = || search_all(&matcher, &rows, &counter);
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(search)).collect();
        // All threads are joined before the first failure is returned.
        let results: Vec<_> = threads.into_iter().map(|thread| thread.join()).collect();
        let panicked = |_| Failure::Fatal("a thread of the search panicked".to_owned());
        results.into_iter().try_for_each(|result| result.map_err(panicked)?)
    })?;
    let index = matcher.index();
    let entries = index.entries();
    let shard_bytes: usize = index.shards.iter().map(|shard| shard.memory().total_bytes()).sum();
    let (counter, counts) = counter.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let (counts, search_times) = counts.into_iter().unzip();
    Ok(SurveyReport {
        recall: counter.finish(),
        counts,
        search_times,
        entries,
        bytes_per_entry: (shard_bytes + index.vocabulary.memory_bytes()) as f64 / entries as f64,
        load_seconds,
        search_seconds: began.elapsed().as_secs_f64(),
        threads,
    })
}

/// The sums of all threads.
type Counter<'t> = Mutex<(RecallCounter<'t>, Vec<(SearchCounts, Duration)>)>;

/// The remaining supplier rows, shared by the threads.
struct RemainingRows {
    source: Mutex<(SourceReader, u64)>,
    /// The field shown in examples.
    name: Option<String>,
}

impl RemainingRows {
    fn next(&self) -> Result<ControlFlow<(), RecordBatch>, Failure> {
        let mut source = lock(&self.source);
        let Some(batch) = source.0.next_batch().while_doing("reading the supplier file")? else {
            return Ok(ControlFlow::Break(()));
        };
        let rows = batch.rows.num_rows().min(usize::try_from(source.1).unwrap_or(usize::MAX));
        source.1 -= rows as u64;
        Ok(if rows == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(batch.rows.slice(0, rows)) })
    }
}

fn search_all(matcher: &Matcher, rows: &RemainingRows, counter: &Counter<'_>) -> Result<(), Failure> {
    let mut scratch = MatchScratch::default();
    while let ControlFlow::Continue(batch) = rows.next()? {
        let found = matcher.find_candidates(batch, &mut scratch).while_doing("searching candidates")?;
        count(matcher, &found, rows.name.as_deref(), counter).while_doing("searching candidates")?;
    }
    Ok(())
}

fn count(
    matcher: &Matcher,
    batch: &BatchCandidates,
    name: Option<&str>,
    counter: &Counter<'_>,
) -> Result<(), MissingColumn> {
    let rows = &batch.rows;
    let (keys, numbers) = (columns::text(rows, columns::KEY)?, columns::numbers(rows, columns::ROW)?);
    let names = name.map(|name| columns::text(rows, name)).transpose()?;
    let mut found = Vec::with_capacity(rows.num_rows());
    found.resize_with(rows.num_rows(), || vec![Vec::new(); batch.pairs.len()]);
    for (stage, pairs) in batch.pairs.iter().enumerate() {
        let Some(pairs) = pairs else { continue };
        let row_of_pair = columns::primitive::<UInt32Type>(pairs, PAIR_ROW)?;
        let (ids, groups) = (columns::text(pairs, columns::ID)?, columns::text(pairs, columns::GROUP)?);
        for (at, row) in row_of_pair.values().iter().enumerate() {
            if let Some(candidates) = found.get_mut(*row as usize).and_then(|stages| stages.get_mut(stage)) {
                candidates.push(StageCandidate {
                    id: columns::value(ids, at).unwrap_or_default(),
                    group: columns::value(groups, at).unwrap_or_default(),
                });
            }
        }
    }
    let known = |level: Level, value: &str| {
        let entry = match level {
            Level::Group => matcher.find_group(value),
            Level::Id => matcher.find_entry(value),
        };
        let entry = entry.ok()??;
        let entry_name =
            name.and_then(|name| columns::text(&entry, name).ok()).and_then(|names| columns::value(names, 0));
        Some(entry_name.unwrap_or_default().replace(columns::ALTERNATIVE, " | "))
    };
    let mut counter = lock(counter);
    for (sum, (counts, searched)) in counter.1.iter_mut().zip(batch.counts.iter().zip(&batch.search_times)) {
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

/// The field by which the last search compares names, if both sides use the same name for it.
fn name_field(plan: &Plan) -> Option<String> {
    let of_search = |search: &Search| {
        let name = search.pair("name").ok()?;
        (name.left == name.right).then(|| name.left.clone())
    };
    plan.stages.iter().rev().find_map(|stage| match &stage.kind {
        StageKind::Candidates(plan) => of_search(&plan.search),
        _ => None,
    })
}
