//! The meaning of a stage's scores: what they were computed with, and their scale.

use matchflow_match_weights::MatchWeightModel;
use matchflow_model::plan::{MatchModel, ScorePlan};

/// The plan and the registry that the scores of a chunk were computed with.
#[derive(Clone, Copy)]
pub struct ScoringContext<'a> {
    pub(crate) plan: &'a ScorePlan,
    /// The number of companies in the registry.
    groups: u64,
}

/// The scale of a pair's score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum ScoreScale<'a> {
    /// Means of scores, 0 to 1.
    Mean,
    /// Match weights of candidates, at most one of which is the row's match.
    OneMatch(&'a MatchModel),
    /// Match weights of pairs that are decided each by itself.
    EachPair(&'a MatchModel),
}

impl<'a> ScoringContext<'a> {
    pub(crate) fn new(plan: &'a ScorePlan, groups: u64) -> ScoringContext<'a> {
        ScoringContext { plan, groups }
    }

    pub(crate) fn scale(self) -> ScoreScale<'a> {
        ScoreScale::from_plan(self.plan)
    }

    /// The match model, if the plan has one.
    pub(crate) fn weight_model(self) -> Option<MatchWeightModel<'a>> {
        self.plan.model.as_ref().map(|model| MatchWeightModel::new(model, self.groups))
    }
}

impl<'a> ScoreScale<'a> {
    pub(crate) fn from_plan(plan: &'a ScorePlan) -> ScoreScale<'a> {
        match (&plan.model, plan.of_pairs) {
            (None, _) => ScoreScale::Mean,
            (Some(model), false) => ScoreScale::OneMatch(model),
            (Some(model), true) => ScoreScale::EachPair(model),
        }
    }
}
