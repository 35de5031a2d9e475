//! The index of a registry: the parts of a plan that determine it, and building it on one thread.

use std::sync::Arc;

use matchflow_candidates::{Index, ShardBuilder, Vocabulary};
use matchflow_model::arrow::array::RecordBatch;
use matchflow_model::plan::{CleanPlan, Plan, Search, StageKind};
use matchflow_plugin_host::Plugin;

use crate::clean::clean_batch;
use crate::error::{MatchError, ReadError, StepError};
use crate::score::term_frequency;

/// The clean stages of a plan for the registry, applied before it is indexed.
pub fn clean_plans(plan: &Plan) -> Arc<[CleanPlan]> {
    let plans = plan.stages.iter().filter_map(|stage| match &stage.kind {
        StageKind::Clean(plan) => Some(plan.clone()),
        _ => None,
    });
    plans.collect()
}

/// Registry entries after all clean stages.
///
/// # Errors
///
/// A column to clean that is not text.
pub fn clean_entries(entries: RecordBatch, plans: &[CleanPlan]) -> Result<RecordBatch, StepError> {
    plans.iter().try_fold(entries, clean_batch)
}

/// The registry fields whose words the plan's scorers weigh by term frequency. `plugins` are those of the plan's
/// stages.
pub fn term_frequency_fields(plan: &Plan, plugins: &[Vec<Plugin>]) -> Vec<String> {
    let scores = plan.stages.iter().zip(plugins).filter_map(|(stage, plugins)| match &stage.kind {
        StageKind::Score(score) => Some(score.scorers.iter().zip(plugins)),
        _ => None,
    });
    let fields = scores
        .flatten()
        .flat_map(|(scorer, plugin)| term_frequency::weighed_fields(&plugin.description().inputs, &scorer.inputs));
    fields.map(str::to_owned).collect()
}

/// The searches of a plan's candidate stages.
fn searches(plan: &Plan) -> Vec<Search> {
    let searches = plan.stages.iter().filter_map(|stage| match &stage.kind {
        StageKind::Candidates(plan) => Some(plan.search.clone()),
        _ => None,
    });
    searches.collect()
}

/// A builder of the indexes that a plan's searches need, which also counts the words of the fields `counted`.
pub fn shard_builder<'a>(plan: &Plan, counted: impl IntoIterator<Item = &'a str>) -> ShardBuilder {
    let counted: Vec<&str> = counted.into_iter().collect();
    let builder = ShardBuilder::new(&searches(plan)).counting(counted.iter().copied());
    match plan.dedupe {
        Some(_) => builder.counting_names(counted),
        None => builder,
    }
}

/// The identity of an index of this plan's registry, as JSON: how entries are cleaned, and what searches need. Plans
/// with the same definition can share an index.
pub fn index_definition(plan: &Plan, counted: &[String]) -> String {
    let builder = shard_builder(plan, counted.iter().map(String::as_str));
    // JSON names are separate from the names of types and fields in the code. A change of either gives another index,
    // never a wrong one.
    let cleaning = serde_json::to_string(&clean_plans(plan)).unwrap_or_default();
    format!(r#"{{"version":1,"cleaning":{cleaning},"index":{}}}"#, builder.definition())
}

/// Cleans and indexes a registry as one shard, on the calling thread. `entries` returns its batches, `None` at the end;
/// the words of the fields `counted` are counted too ([`term_frequency_fields`]).
///
/// # Errors
///
/// A registry that cannot be read, is empty, or is too large for one shard.
pub fn index_entries(
    plan: &Plan,
    counted: &[String],
    mut entries: impl FnMut() -> Result<Option<RecordBatch>, ReadError>,
) -> Result<Index, MatchError> {
    let failed = |error: StepError| MatchError::stage("index", error);
    let mut builder = shard_builder(plan, counted.iter().map(String::as_str));
    let plans = clean_plans(plan);
    while let Some(batch) = entries().map_err(MatchError::Reference)? {
        let cleaned = clean_entries(batch, &plans).map_err(|error| MatchError::stage("clean registry", error))?;
        builder.push(&cleaned).map_err(|error| failed(error.into()))?;
    }
    let (mut shard, terms) = builder.finish().map_err(|error| failed(error.into()))?;
    if shard.is_empty() {
        return Err(MatchError::EmptyReference { reference: plan.reference.table.to_string() });
    }
    let vocabulary = Arc::new(Vocabulary::merge(vec![terms]).map_err(|error| failed(error.into()))?);
    shard.set_vocabulary(Arc::clone(&vocabulary)).map_err(|error| failed(error.into()))?;
    Ok(Index { shards: vec![Arc::new(shard)], vocabulary })
}
