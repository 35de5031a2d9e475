//! The candidates of a row other than the one chosen, as results show them.

use matchflow_match_weights::LevelFrequencies;
use matchflow_model::evidence::Alternative;

use super::decider::RowDecider;
use crate::error::StepError;
use crate::evidence_writer::rounded;
use crate::rank::RankedCandidate;

/// A candidate among the alternatives of a row that keeps its evidence.
pub(super) struct AlternativeCandidate<'a, 'b> {
    pub(super) candidate: &'b RankedCandidate<'a>,
    /// Whether it includes its evidence. That of the best candidate is in the outcome.
    pub(super) with_evidence: bool,
}

impl RowDecider<'_> {
    /// Alternatives with their fields and evidence.
    pub(super) fn whole_alternatives<'a, 'b>(
        &self,
        alternatives: impl Iterator<Item = AlternativeCandidate<'a, 'b>>,
        frequencies: &LevelFrequencies,
    ) -> Result<Vec<Alternative>, StepError>
    where
        'a: 'b,
    {
        let Some(entries) = &self.entries else { return Ok(Vec::new()) };
        let alternative = |AlternativeCandidate { candidate, with_evidence }: AlternativeCandidate<'a, 'b>| {
            let entry = entries.row_values(candidate.pair.entry as usize);
            let entry = (!entry.is_empty()).then(|| serde_json::to_string(&entry)).transpose()?;
            let evidence = match with_evidence {
                true => self.evidence.pair_json(candidate.index, &candidate.pair, frequencies, false)?,
                false => None,
            };
            Ok(Alternative { entry, evidence, ..self.alternative(candidate) })
        };
        alternatives.map(alternative).collect()
    }

    /// A candidate without its fields and evidence.
    pub(super) fn alternative(&self, candidate: &RankedCandidate<'_>) -> Alternative {
        Alternative {
            id: candidate.id.to_owned(),
            group: Some(candidate.group.to_owned()),
            score: Some(rounded(candidate.score)),
            stage: self.stages.get(usize::from(candidate.pair.stage)).cloned().unwrap_or_default(),
            ..Alternative::default()
        }
    }
}
