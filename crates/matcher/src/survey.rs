//! A [`Matcher`] with only the candidate stages: for counting pairs, recall and training, before a run.

use matchflow_model::arrow::array::RecordBatch;
use matchflow_model::plan::{CandidatesPlan, Plan, SearchValue, StageKind};

use crate::error::{MatchError, ReadError};
use crate::matcher::Matcher;
use crate::registry::index_entries;

/// Reads, cleans and indexes the registry of a plan, and keeps only the parts of the plan that find candidates: no
/// plug-in is needed.
///
/// Token searches return at least `top_min` companies. They may find more here than in a run, so that recall at 50 can
/// be computed; their order is that of a run. The words of the fields `counted` are counted in addition to those that a
/// search needs.
///
/// # Errors
///
/// A registry that cannot be read, is empty, or is too large for one shard.
pub fn survey_matcher(
    plan: &Plan,
    top_min: usize,
    counted: &[String],
    entries: impl FnMut() -> Result<Option<RecordBatch>, ReadError>,
) -> Result<Matcher, MatchError> {
    let mut plan = plan.clone();
    plan.stages.retain(|stage| matches!(stage.kind, StageKind::Clean(_) | StageKind::Candidates(_)));
    for stage in &mut plan.stages {
        if let StageKind::Candidates(candidates) = &mut stage.kind {
            raise_top(candidates, top_min);
        }
    }
    let index = index_entries(&plan, counted, entries)?;
    Matcher::new(&plan, Vec::new(), index)
}

/// Makes a search with a limit on groups per row find at least `top_min` of them.
fn raise_top(plan: &mut CandidatesPlan, top_min: usize) {
    if let (Ok(top), Ok(per_group)) = (plan.search.number("top"), plan.search.number("per_group"))
        && top < top_min
    {
        plan.search.parameters.insert("top".to_owned(), SearchValue::Number(top_min));
        plan.candidates_max = plan.candidates_max.max(top_min.saturating_mul(per_group));
    }
}
