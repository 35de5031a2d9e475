//! The agreements and differences between a row and an entry: the facts of a reason.
//!
//! With a match model these are the levels reached, each with the two values unless it is the first, full level;
//! without one, the scores. Values are the original ones, cut at [`VALUE_CHARS_MAX`] characters.

use matchflow_match_weights::LevelFrequencies;
use matchflow_model::arrow::array::{RecordBatch, StringArray};
use matchflow_model::columns::{self, RAW_PREFIX};
use matchflow_model::plan::Comparison;
use matchflow_model::reason::{ComparedValues, Reason, ScorerScore};
use serde_json::Value;

use crate::candidate_set::{CandidatePair, Explanation};
use crate::evidence_writer::{EvidenceWriter, ScorerColumns, rounded};

/// Maximum number of characters of a value in a reason.
const VALUE_CHARS_MAX: usize = 60;

impl EvidenceWriter<'_> {
    /// The facts about the pair at `index`; `None` if nothing was compared.
    pub(crate) fn agreement(
        &self,
        index: usize,
        pair: &CandidatePair,
        frequencies: &LevelFrequencies,
    ) -> Option<Reason> {
        let evidence = &self.chunk.candidates.evidence;
        let Some(weighting) = &self.weighting else {
            let score = |scorer: &ScorerColumns<'_>, values: &[Option<f32>]| {
                let score = rounded(f64::from(values.get(index).copied().flatten()?));
                Some(ScorerScore { scorer: scorer.plan.name.clone(), score })
            };
            let scorers = self.scorers.iter().zip(evidence);
            let scores: Vec<_> = scorers.filter_map(|(scorer, evidence)| score(scorer, &evidence.values)).collect();
            return (!scores.is_empty()).then_some(Reason::Scored { scores });
        };
        let (mut agrees, mut differs) = (Vec::new(), Vec::new());
        let partial_weights = weighting.partial_weights(evidence, index, frequencies);
        for (partial, comparison) in partial_weights.iter().zip(self.comparisons) {
            let Some(level) = partial.level else { continue };
            let is_full = comparison.levels.first().is_some_and(|first| first.label == level);
            let values = if is_full { Default::default() } else { self.values(comparison, index, pair) };
            let side = if partial.bits > 0.0 { &mut agrees } else { &mut differs };
            let (row, entry) = values;
            side.push(ComparedValues { comparison: comparison.name.clone(), level: level.to_owned(), row, entry });
        }
        (!agrees.is_empty() || !differs.is_empty()).then_some(Reason::Agreement { agrees, differs })
    }

    /// The row's and the entry's values that the scorers of a comparison did not find equal.
    fn values(&self, comparison: &Comparison, index: usize, pair: &CandidatePair) -> (String, String) {
        let evidence = &self.chunk.candidates.evidence;
        let conditions = comparison.levels.iter().flat_map(|level| &level.conditions);
        let mut scorers: Vec<usize> = conditions.map(|condition| condition.scorer).collect();
        scorers.sort_unstable();
        scorers.dedup();
        let (mut rows, mut entries) = (Vec::new(), Vec::new());
        for (scorer, evidence) in
            scorers.iter().filter_map(|place| Some((self.scorers.get(*place)?, evidence.get(*place)?)))
        {
            if evidence.values.get(index).copied().flatten().is_none_or(|score| score >= 1.0) {
                continue;
            }
            let explanation = match evidence.explanations.get(index) {
                Some(Some(Explanation::Text(text))) => serde_json::from_str(text).unwrap_or(Value::Null),
                _ => Value::Null,
            };
            for ((_, left, right), input) in scorer.compared.iter().zip(&scorer.plan.inputs) {
                let registry = self.chunk.candidates.entries.as_ref().map(|entries| &entries.0);
                let compared = |side| explanation.get(&input.left)?.get(side)?.as_str();
                rows.extend(display_value(Some(&self.chunk.rows.0), &input.left, left, pair.row, compared("left")));
                entries.extend(display_value(registry, &input.right, right, pair.entry, compared("right")));
            }
        }
        let (row, entry) = (cut(rows.join(", ")), cut(entries.join(", ")));
        // If they only differ in case, they add nothing to the level.
        if row.to_lowercase() == entry.to_lowercase() { Default::default() } else { (row, entry) }
    }
}

/// The original value of a column. Among several alternatives, it is the one that was compared, if the scorer names it.
fn display_value(
    batch: Option<&RecordBatch>,
    name: &str,
    cleaned: &StringArray,
    row: u32,
    compared: Option<&str>,
) -> Option<String> {
    let raw = batch.and_then(|batch| columns::text(batch, &format!("{RAW_PREFIX}{name}")).ok());
    let cell = columns::value(raw.unwrap_or(cleaned), row as usize)?;
    let mut alternatives = columns::alternatives(cell);
    let first = alternatives.next()?;
    let value = if alternatives.next().is_none() { first } else { compared.unwrap_or(first) };
    Some(value.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn cut(value: String) -> String {
    let end = value.char_indices().nth(VALUE_CHARS_MAX).map(|(end, _)| end);
    end.map_or_else(|| value.clone(), |end| format!("{}…", value.get(..end).unwrap_or_default()))
}
