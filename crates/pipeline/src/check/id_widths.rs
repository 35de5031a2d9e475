//! Infers the number of digits of the registry's ids and groups from what the pipeline compares them with.

use matchflow_model::columns::{GROUP, ID};
use matchflow_model::plan::{IdWidths, SearchValue, StageKind, StagePlan};

/// Cleaners whose output is a number of fixed length.
const NUMBER_CLEANERS: [(&str, usize); 2] = [("siret", 14), ("siren", 9)];

/// The widths implied by the stages: a supplier field filled by such a cleaner is compared with the id or the group.
pub(super) fn id_widths(stages: &[StagePlan]) -> IdWidths {
    let compared =
        |column: &str| pairs(stages).filter(|(_, right)| *right == column).find_map(|(left, _)| width(stages, left));
    IdWidths { id: compared(ID), group: compared(GROUP) }
}

/// Supplier fields and registry columns that must be equal, or are scored.
fn pairs(stages: &[StagePlan]) -> impl Iterator<Item = (&str, &str)> {
    stages.iter().flat_map(|stage| {
        let pairs: Vec<(&str, &str)> = match &stage.kind {
            StageKind::Candidates(candidates) => {
                let keys = candidates.search.parameters.values().filter_map(|value| match value {
                    SearchValue::Keys(keys) => Some(keys),
                    _ => None,
                });
                keys.flatten().map(|key| (key.left.as_str(), key.right.as_str())).collect()
            }
            StageKind::Score(score) => {
                let inputs = score.scorers.iter().flat_map(|scorer| &scorer.inputs);
                inputs.map(|input| (input.left.as_str(), input.right.as_str())).collect()
            }
            StageKind::Clean(_) | StageKind::Decide(_) | StageKind::Arbitrate(_) => Vec::new(),
        };
        pairs
    })
}

/// The width of a supplier field's values, if such a cleaner fills it.
fn width(stages: &[StagePlan], field: &str) -> Option<usize> {
    let steps = stages.iter().filter_map(|stage| match &stage.kind {
        StageKind::Clean(clean) => Some(&clean.steps),
        _ => None,
    });
    let step = steps.flatten().rfind(|step| step.output == field)?;
    NUMBER_CLEANERS.iter().find(|(cleaner, _)| *cleaner == step.cleaner.name()).map(|(_, width)| *width)
}
