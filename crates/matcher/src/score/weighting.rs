//! Match weights of a chunk's pairs, given the other candidates of their rows.
//!
//! **Invariant:** scores and their explanations are both computed here, so that the bits of an explanation add up to
//! the weight.

use matchflow_match_weights::{LevelFrequencies, MatchWeightModel, PartialMatchWeight, ScorerOutput};
use matchflow_model::arrow::array::StringArray;
use matchflow_model::columns;

use super::context::{ScoreScale, ScoringContext};
use crate::candidate_set::{CandidatePair, CandidateSet, ScorerEvidence};
use crate::error::StepError;

/// Computes the match weights of one chunk's pairs by the plan's model.
pub(crate) struct Weighting<'a> {
    model: MatchWeightModel<'a>,
    /// The group of each entry; `None` if pairs are decided separately, without rivals.
    groups: Option<&'a StringArray>,
}

impl<'a> Weighting<'a> {
    /// `None` if the plan has no model, or there are no candidates.
    pub(crate) fn new(
        candidates: &'a CandidateSet,
        context: ScoringContext<'a>,
    ) -> Result<Option<Weighting<'a>>, StepError> {
        let (Some(model), Some(entries)) = (context.weight_model(), &candidates.entries) else { return Ok(None) };
        let groups = match context.scale() {
            ScoreScale::EachPair(_) => None,
            ScoreScale::Mean | ScoreScale::OneMatch(_) => Some(columns::text(&entries.0, columns::GROUP)?),
        };
        Ok(Some(Weighting { model, groups }))
    }

    /// The log odds of every pair before any comparison, in bits.
    pub(crate) fn prior(&self) -> f64 {
        self.model.prior()
    }

    /// The level frequencies of a row with these `pairs`, the first of which is at `start` in `evidence`.
    pub(crate) fn level_frequencies(
        &self,
        evidence: &[ScorerEvidence],
        start: usize,
        pairs: &[CandidatePair],
    ) -> LevelFrequencies {
        let Some(groups) = self.groups else { return LevelFrequencies::default() };
        let group = |pair: &CandidatePair| columns::value(groups, pair.entry as usize).unwrap_or_default();
        let candidates: Vec<_> =
            pairs.iter().zip(start..).map(|(pair, index)| (group(pair), outputs(evidence, index))).collect();
        self.model.level_frequencies(&candidates)
    }

    /// The match weight of the pair at `index`.
    pub(crate) fn weight(&self, evidence: &[ScorerEvidence], index: usize, frequencies: &LevelFrequencies) -> f64 {
        self.model.weight(outputs(evidence, index), frequencies)
    }

    /// The partial match weights of the pair at `index`.
    pub(crate) fn partial_weights(
        &self,
        evidence: &[ScorerEvidence],
        index: usize,
        frequencies: &LevelFrequencies,
    ) -> Vec<PartialMatchWeight<'a>> {
        self.model.partial_weights(outputs(evidence, index), frequencies)
    }
}

/// The outputs of the scorers for a pair, by the scorer's position.
fn outputs(evidence: &[ScorerEvidence], index: usize) -> impl Fn(usize) -> ScorerOutput {
    move |scorer| evidence.get(scorer).map(|evidence| evidence.output(index)).unwrap_or_default()
}
