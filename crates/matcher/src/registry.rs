//! What of a plan the index of its registry is made for: how entries are cleaned, and what searches need of them.

use std::sync::Arc;

use matchflow_candidates::ShardBuilder;
use matchflow_model::plan::{CleanPlan, Plan, Search, StageKind};

/// The clean stages of the chain, as the registry goes through them before it is indexed.
pub fn cleaning(plan: &Plan) -> Arc<[CleanPlan]> {
    let plans = plan.stages.iter().filter_map(|stage| match &stage.kind {
        StageKind::Clean(plan) => Some(plan.clone()),
        _ => None,
    });
    plans.collect()
}

/// The searches of a plan's candidate stages.
fn searches(plan: &Plan) -> Vec<Search> {
    let searches = plan.stages.iter().filter_map(|stage| match &stage.kind {
        StageKind::Candidates(plan) => Some(plan.search.clone()),
        _ => None,
    });
    searches.collect()
}

/// A builder of the indexes that a plan's searches need, which counts the words of the fields `counted` too.
pub fn builder<'a>(plan: &Plan, counted: impl IntoIterator<Item = &'a str>) -> ShardBuilder {
    let searches: Vec<Search> = searches(plan);
    let counted: Vec<&str> = counted.into_iter().collect();
    let builder = ShardBuilder::new(&searches).counting(counted.iter().copied());
    match plan.dedupe {
        Some(_) => builder.counting_names(counted),
        None => builder,
    }
}

/// The identity of an index of this plan's registry: how entries are cleaned, and what searches need of them, as JSON.
/// Two plans of which it is the same can share an index.
pub fn index_definition(plan: &Plan, counted: &[String]) -> String {
    let builder = builder(plan, counted.iter().map(String::as_str));
    // The plan serializes with names of its own, which do not follow the names of types and fields in the code by chance:
    // a change of either makes another index, never a wrong one.
    let cleaning = serde_json::to_string(&cleaning(plan)).unwrap_or_default();
    format!(r#"{{"version":1,"cleaning":{cleaning},"index":{}}}"#, builder.definition())
}
