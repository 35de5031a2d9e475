//! `matchflow test`: runs the test cases of a pipeline through the same stages as its files.

use std::io::Write;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use matchflow_flow::SilentObserver;
use matchflow_ingest::open_source;
use matchflow_matcher::MatchScratch;
use matchflow_model::one_to_one::{Claim, find_conflicts};
use matchflow_model::outcome::{Decision, Outcome, from_batch};
use matchflow_model::plan::{Plan, StageKind};
use matchflow_model::store::{CommitError, DoneRows, Epoch, EpochStore};
use matchflow_pipeline::PipelineTest;
use matchflow_plugin_host::Plugin;

use crate::arbiters::{AnswerSource, FixtureFiles};
use crate::args::TestArgs;
use crate::duplicates::{ClusterUpdate, Comparison, clusters_of};
use crate::engine::Engine;
use crate::failure::{Failure, FailureContext};
use crate::load::{LoadedPipeline, load_with_tests};
use crate::plan_matcher::plan_matcher;
use crate::sync::lock;

/// Rows per batch.
const BATCH_ROWS: usize = 512;

/// Collects the outcomes of a case in memory.
#[derive(Clone, Default)]
struct OutcomeCollector(Arc<Mutex<Vec<Decision>>>);

impl EpochStore for OutcomeCollector {
    fn commit(&mut self, epoch: &Epoch) -> Result<(), CommitError> {
        for batch in &epoch.batches {
            let decisions = from_batch(batch).map_err(|error| CommitError {
                epoch: epoch.number,
                place: "memory".to_owned(),
                reason: error.to_string(),
            })?;
            lock(&self.0).extend(decisions);
        }
        Ok(())
    }
}

/// Runs the cases; exit code 1 if one differs.
pub(crate) fn test(args: &TestArgs) -> Result<ExitCode, Failure> {
    let loaded = load_with_tests(&args.pipeline)?;
    let file = args.pipeline.pipeline.display();
    let is_selected = |test: &&PipelineTest| args.only.as_ref().is_none_or(|text| test.name.contains(text));
    let tests: Vec<_> = loaded.checked.tests.iter().filter(is_selected).collect();
    let mut out = crate::console::stdout();
    if let (true, Some(text)) = (tests.is_empty(), &args.only) {
        let names: Vec<String> = loaded.checked.tests.iter().map(|test| format!("`{}`", test.name)).collect();
        let known =
            if names.is_empty() { "it has no test cases".to_owned() } else { format!("it has {}", names.join(", ")) };
        return Err(Failure::Usage(format!("error: no test case of {file} has `{text}` in its name: {known}")));
    }
    if tests.is_empty() {
        writeln!(out, "{file} has no test case to run under `tests:`")?;
        return Ok(ExitCode::SUCCESS);
    }
    let plan = &loaded.checked.plan;
    let answers = match args.record {
        true => AnswerSource::Record(FixtureFiles::open(plan, true)?),
        false => AnswerSource::Replay(FixtureFiles::open(plan, false)?),
    };
    let mut failed = 0;
    for test in &tests {
        let differences = run_case(test, &loaded, &answers)?;
        writeln!(out, "{} {}", if differences.is_empty() { "ok    " } else { "FAILED" }, test.name)?;
        for difference in &differences {
            writeln!(out, "       {difference}")?;
        }
        failed += usize::from(!differences.is_empty());
    }
    if let AnswerSource::Record(files) = &answers {
        for (path, count) in files.save()? {
            writeln!(out, "{} ({count} recorded answers)", path.display())?;
        }
    }
    writeln!(out, "{}: {} passed, {failed} failed", file, tests.len() - failed)?;
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn run_case(test: &PipelineTest, loaded: &LoadedPipeline, answers: &AnswerSource) -> Result<Vec<String>, Failure> {
    let plan = Arc::new(test.plan(&loaded.checked.plan));
    let mut decisions = match needs_dataflow(&plan) {
        false => match_rows(&plan, &loaded.plugins)?,
        true => match run_dataflow(test, &plan, loaded, answers)? {
            CaseResult::Decisions(decisions) => decisions,
            CaseResult::Differences(differences) => return Ok(differences),
        },
    };
    if plan.one_to_one {
        assign_entries(&mut decisions);
    }
    let words = crate::report::words(&plan);
    let mut differences = Vec::new();
    for expected in &test.expect {
        let found = match &expected.key {
            Some(key) => decisions.iter().find(|decision| decision.key == *key),
            None => decisions.first(),
        };
        let key = expected.key.as_deref().or(found.map(|decision| decision.key.as_str())).unwrap_or("the row");
        let Some(decision) = found else {
            differences.push(format!("{key}: expected an outcome, found no such row"));
            continue;
        };
        for (what, expected, found) in expected.differences(decision) {
            let reason =
                decision.error.as_ref().map_or_else(|| words.reasons(&decision.reason), |error| words.error(error));
            differences.push(format!("{key}: {what}: expected {expected}, found {found} ({reason})"));
        }
    }
    Ok(differences)
}

/// The result of a case run as a dataflow.
enum CaseResult {
    Decisions(Vec<Decision>),
    /// Differences of the clusters, in a case of duplicates.
    Differences(Vec<String>),
}

/// Whether a case needs more than the matcher: an arbiter answers over (recorded) HTTP, row by row, and in `dedupe` the
/// rows are also the entries, in their order of comparison.
fn needs_dataflow(plan: &Plan) -> bool {
    let has_arbiter = plan.stages.iter().any(|stage| matches!(stage.kind, StageKind::Arbitrate(_)));
    has_arbiter || plan.dedupe.is_some()
}

/// Decides the rows of a case, batch by batch, like a run.
fn match_rows(plan: &Plan, plugins: &[Vec<Plugin>]) -> Result<Vec<Decision>, Failure> {
    let mut source = open_source(&plan.source, BATCH_ROWS).while_doing("opening the files of the pipeline")?;
    let matcher = plan_matcher(plan, plugins, "running a test case")?;
    let mut scratch = MatchScratch::default();
    let mut decisions = Vec::new();
    while let Some(batch) = source.next_batch().while_doing("running a test case")? {
        let matched = matcher.match_batch(&batch, &mut scratch, &|| false);
        decisions.extend(matched.while_doing("running a test case")?);
    }
    Ok(decisions)
}

fn run_dataflow(
    test: &PipelineTest,
    plan: &Arc<Plan>,
    loaded: &LoadedPipeline,
    answers: &AnswerSource,
) -> Result<CaseResult, Failure> {
    let outcomes = OutcomeCollector::default();
    let engine = Engine::open(plan, loaded.plugins.clone()).while_doing("opening the files of the pipeline")?;
    let arbiters = answers.start(plan, &loaded.arbiters, &engine.progress())?;
    let done = Arc::new(DoneRows::new());
    let comparison = plan.dedupe.as_ref().map(|_| Comparison::first(plan, &done));
    let update = comparison.as_ref().zip(plan.dedupe.as_ref());
    let update = update.map(|(comparison, dedupe)| ClusterUpdate::first(comparison, dedupe)).transpose()?;
    let engine = engine.with_arbiters(arbiters).with_comparison(comparison);
    let ran = engine.run(Box::new(outcomes.clone()), done, Box::new(SilentObserver));
    ran.map_err(|error| Failure::fatal(error.as_ref(), "running a test case"))?;
    let mut decisions = lock(&outcomes.0);
    Ok(match update {
        Some(update) => {
            if plan.one_to_one {
                assign_entries(&mut decisions);
            }
            CaseResult::Differences(in_clusters(test, &clusters_of(update, &decisions)?)?)
        }
        None => CaseResult::Decisions(std::mem::take(&mut *decisions)),
    })
}

/// Applies `one_to_one` like the checkpoint does at the end of a run.
fn assign_entries(decisions: &mut [Decision]) {
    let matched = decisions.iter().filter(|decision| decision.outcome == Outcome::Matched);
    let claims = matched.filter_map(|decision| {
        let (id, key) = (decision.id.clone()?, decision.key.clone());
        Some(Claim { id, key, is_by_person: false, row: decision.row, score: decision.score, weight: decision.weight })
    });
    for conflict in find_conflicts(claims.collect::<Vec<_>>()) {
        let decision = decisions.iter_mut().find(|decision| decision.key == conflict.key);
        decision.into_iter().for_each(|decision| {
            decision.outcome = Outcome::Review;
            decision.reason.push(conflict.reason.clone());
        });
    }
}

/// The differences between the actual and the expected clusters.
fn in_clusters(test: &PipelineTest, clusters: &[Vec<String>]) -> Result<Vec<String>, Failure> {
    let mut differences = Vec::new();
    for expected in &test.expect {
        let key = expected.key.as_deref().unwrap_or_default();
        let cluster = clusters.iter().find(|keys| keys.iter().any(|member| member == key));
        let is_with = |other: &String| cluster.is_some_and(|keys| keys.contains(other));
        let description =
            cluster.map_or_else(|| "found alone".to_owned(), |keys| format!("found with {}", keys.join(", ")));
        let missing = expected.same_as.iter().filter(|other| !is_with(other));
        differences.extend(missing.map(|other| format!("{key}: expected with {other}, {description}")));
        let together = expected.different_from.iter().filter(|other| is_with(other));
        differences.extend(together.map(|other| format!("{key}: expected apart from {other}, {description}")));
    }
    Ok(differences)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::PipelineArgs;

    #[test]
    fn the_matcher_decides_the_rows_of_the_sample_as_a_run_does() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../pipelines/suppliers.yaml");
        let loaded = load_with_tests(&PipelineArgs { pipeline: file.into(), set: Vec::new() }).unwrap();
        let plan = Arc::new(loaded.checked.plan);
        let outcomes = OutcomeCollector::default();
        let engine = Engine::open(&plan, loaded.plugins.clone()).unwrap();
        engine.run(Box::new(outcomes.clone()), Arc::new(DoneRows::new()), Box::new(SilentObserver)).unwrap();
        let mut of_run = lock(&outcomes.0);
        let mut of_matcher = match_rows(&plan, &loaded.plugins).unwrap();
        of_run.sort_by(|one, other| one.key.cmp(&other.key));
        of_matcher.sort_by(|one, other| one.key.cmp(&other.key));
        assert!(of_run.len() > 100);
        assert_eq!(of_run.len(), of_matcher.len());
        for (run, matcher) in of_run.iter().zip(&of_matcher) {
            assert_eq!(run, matcher);
        }
    }
}
