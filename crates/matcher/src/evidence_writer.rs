//! The evidence for a candidate in results: a JSON object with a member for each scorer.
//!
//! ```json
//! {"company_name": {"score": 0.93, "weight": 0.6,
//!                   "explanation": {"name": {"left": "dupont plombrie", "right": "dupont plomberie", "common": 0.93}},
//!                   "plugin": "3fa4..."}}
//! ```
//!
//! | member | content |
//! |---|---|
//! | `score` | 0 to 1, six decimals; `null` if a side had nothing to compare, or the plug-in failed |
//! | `weight` | its weight in the mean; only for the best candidate, as it is the same for the others |
//! | `compared` | `{field: [supplier's value, entry's value]}` as compared; absent if `explanation` is an object, which by convention contains them |
//! | `explanation` | the plug-in's explanation, as JSON if it is JSON; `said` in older checkpoints |
//! | `failed` | the error of the plug-in, if the row is scored without it, or it could not explain its score |
//! | `plugin` | SHA-256 of the component that scored; only for the best candidate |
//!
//! With a match model a member `_model` breaks the match weight down, in bits: the prior, the partial match weight of
//! each comparison with the level reached, and the sum.
//!
//! ```json
//! {"_model": {"prior": -17.9, "name": {"level": "same name", "bits": 18.2},
//!             "place": {"level": "same address", "bits": 13.1}, "weight": 13.4}}
//! ```
//!
//! Every row has the scores of its best candidate and the levels that it reached as lists, whether or not it keeps its evidence.
//!
//! **Limits.** A value is cut at [`VALUE_CHARS_MAX`] characters; an explanation of more than [`EXPLANATION_BYTES_MAX`]
//! bytes is cut and shown as text.

use std::borrow::Cow;

use matchflow_match_weights::{LevelFrequencies, PartialMatchWeight};
use matchflow_model::arrow::array::StringArray;
use matchflow_model::columns::{self, ALTERNATIVE};
use matchflow_model::plan::{Comparison, ScorerPlan};
use matchflow_model::reason::{ComparisonLevel, ScorerScore};
use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};

use crate::candidate_set::{CandidatePair, Explanation, ScorerEvidence};
use crate::chunk::Chunk;
use crate::display_fields::ALTERNATIVE_SEPARATOR;
use crate::error::StepError;
use crate::score::ScoringContext;
use crate::score::weighting::Weighting;

/// Maximum number of characters shown of a compared value.
const VALUE_CHARS_MAX: usize = 200;
/// Maximum number of bytes shown of a plug-in's explanation.
const EXPLANATION_BYTES_MAX: usize = 2_000;

/// Writes the evidence for one chunk's candidates.
pub(crate) struct EvidenceWriter<'a> {
    pub(crate) chunk: &'a Chunk,
    pub(crate) scorers: Vec<ScorerColumns<'a>>,
    pub(crate) weighting: Option<Weighting<'a>>,
    /// The comparisons of the match model; empty without one.
    pub(crate) comparisons: &'a [Comparison],
}

/// A scorer with the columns that it compared.
pub(crate) struct ScorerColumns<'a> {
    pub(crate) plan: &'a ScorerPlan,
    /// For each input its name, the supplier column and the registry column.
    pub(crate) compared: Vec<(Cow<'a, str>, &'a StringArray, &'a StringArray)>,
}

impl<'a> EvidenceWriter<'a> {
    /// `context` is that of the stage that scored the chunk last.
    pub(crate) fn new(chunk: &'a Chunk, context: Option<ScoringContext<'a>>) -> Result<EvidenceWriter<'a>, StepError> {
        let (Some(entries), Some(context)) = (&chunk.candidates.entries, context) else {
            return Ok(EvidenceWriter { chunk, scorers: Vec::new(), weighting: None, comparisons: &[] });
        };
        let scorer_columns = |plan: &'a ScorerPlan| -> Result<ScorerColumns<'a>, StepError> {
            let compared = plan.inputs.iter().map(|input| {
                let name = match input.left == input.right {
                    true => Cow::Borrowed(input.left.as_str()),
                    false => Cow::Owned(format!("{} = {}", input.left, input.right)),
                };
                Ok((name, columns::text(&chunk.rows.0, &input.left)?, columns::text(&entries.0, &input.right)?))
            });
            Ok(ScorerColumns { plan, compared: compared.collect::<Result<_, StepError>>()? })
        };
        let scorers = context.plan.scorers.iter().map(scorer_columns).collect::<Result<_, _>>()?;
        let comparisons = context.plan.model.as_ref().map_or(&[][..], |model| &model.comparisons);
        Ok(EvidenceWriter { chunk, scorers, weighting: Weighting::new(&chunk.candidates, context)?, comparisons })
    }

    /// The evidence for the pair at `index`; `None` if no scorer has run.
    pub(crate) fn pair_json(
        &self,
        index: usize,
        pair: &CandidatePair,
        frequencies: &LevelFrequencies,
        is_best: bool,
    ) -> Result<Option<String>, StepError> {
        let evidence = &self.chunk.candidates.evidence;
        if evidence.is_empty() {
            return Ok(None);
        }
        let mut json = String::from("{");
        for (scorer, evidence) in self.scorers.iter().zip(evidence) {
            push_member(&mut json, &scorer.plan.name, |json| json.push('{'))?;
            let score = evidence.values.get(index).copied().flatten();
            let score = score.map(|score| rounded(f64::from(score)));
            push_member(&mut json, "score", |json| json.push_str(&number_json(score)))?;
            if is_best {
                push_member(&mut json, "weight", |json| json.push_str(&number_json(Some(scorer.plan.weight))))?;
            }
            let explanation = evidence.explanations.get(index).and_then(Option::as_ref);
            let text = match explanation {
                Some(Explanation::Text(text)) => Some(explanation_json(text)?),
                _ => None,
            };
            if text.as_ref().is_none_or(|text| !text.starts_with('{')) {
                scorer.push_compared(&mut json, pair)?;
            }
            if let Some(text) = text {
                push_member(&mut json, "explanation", |json| json.push_str(&text))?;
            }
            if let Some(Explanation::Failed(error)) = explanation {
                push_member(&mut json, "failed", |json| json.push_str(&error.to_json()))?;
            }
            if is_best {
                let plugin = serde_json::to_string(&*evidence.plugin)?;
                push_member(&mut json, "plugin", |json| json.push_str(&plugin))?;
            }
            json.push('}');
        }
        if let Some(weighting) = &self.weighting {
            let breakdown = weight_breakdown(weighting, evidence, index, frequencies);
            let breakdown = serde_json::to_string(&breakdown)?;
            push_member(&mut json, "_model", |json| json.push_str(&breakdown))?;
        }
        json.push('}');
        Ok(Some(json))
    }

    /// The scores of the pair at `index`, without those that had nothing to compare.
    pub(crate) fn scores(&self, index: usize) -> Vec<ScorerScore> {
        let score = |(scorer, evidence): (&ScorerColumns<'_>, &ScorerEvidence)| {
            let score = evidence.values.get(index).copied().flatten()?;
            Some(ScorerScore { scorer: scorer.plan.name.clone(), score: rounded(f64::from(score)) })
        };
        self.scorers.iter().zip(&self.chunk.candidates.evidence).filter_map(score).collect()
    }

    /// The levels that the pair at `index` reached; none without a match model.
    pub(crate) fn comparisons(&self, index: usize, frequencies: &LevelFrequencies) -> Vec<ComparisonLevel> {
        let Some(weighting) = &self.weighting else { return Vec::new() };
        let partials = weighting.partial_weights(&self.chunk.candidates.evidence, index, frequencies);
        let level = |partial: &PartialMatchWeight<'_>| {
            let (comparison, level) = (partial.comparison.to_owned(), partial.level?.to_owned());
            Some(ComparisonLevel { comparison, level, bits: Some(in_hundredths(partial.bits)) })
        };
        partials.iter().filter_map(level).collect()
    }

    /// Whether a scorer failed on the pair at `index`, or could not explain it.
    pub(crate) fn has_failure(&self, index: usize) -> bool {
        let is_failed =
            |evidence: &ScorerEvidence| matches!(evidence.explanations.get(index), Some(Some(Explanation::Failed(_))));
        self.chunk.candidates.evidence.iter().any(is_failed)
    }

    /// The level frequencies of a row: the same for all its candidates.
    pub(crate) fn level_frequencies(&self, row: usize) -> LevelFrequencies {
        let Some(weighting) = &self.weighting else { return LevelFrequencies::default() };
        let (start, pairs) = self.chunk.row_pairs(row);
        weighting.level_frequencies(&self.chunk.candidates.evidence, start, pairs)
    }
}

/// The match weight of a pair, comparison by comparison.
fn weight_breakdown(
    weighting: &Weighting<'_>,
    evidence: &[ScorerEvidence],
    index: usize,
    frequencies: &LevelFrequencies,
) -> Map<String, Value> {
    let bits = |bits: f64| Value::from(in_hundredths(bits));
    let mut breakdown = Map::new();
    let mut weight = weighting.prior();
    breakdown.insert("prior".to_owned(), bits(weight));
    for partial in weighting.partial_weights(evidence, index, frequencies) {
        weight += partial.bits;
        let level = json!({ "level": partial.level, "bits": bits(partial.bits) });
        breakdown.insert(partial.comparison.to_owned(), level);
    }
    breakdown.insert("weight".to_owned(), bits(weight));
    breakdown
}

impl ScorerColumns<'_> {
    fn push_compared(&self, json: &mut String, pair: &CandidatePair) -> Result<(), StepError> {
        push_member(json, "compared", |json| json.push('{'))?;
        for (name, left, right) in &self.compared {
            let left = display_value(left, pair.row as usize);
            let right = display_value(right, pair.entry as usize);
            let values = serde_json::to_string(&[left, right])?;
            push_member(json, name, |json| json.push_str(&values))?;
        }
        json.push('}');
        Ok(())
    }
}

/// Bits as results show them.
fn in_hundredths(bits: f64) -> f64 {
    (bits * 100.0).round() / 100.0
}

/// Scores in JSON have six decimals: more is noise, and a float prints the same everywhere.
pub(crate) fn rounded(score: f64) -> f64 {
    (score * 1e6).round() / 1e6
}

fn number_json(value: Option<f64>) -> String {
    serde_json::Value::from(value).to_string()
}

/// Appends `"name":` and the value to the unfinished object `json`.
fn push_member(json: &mut String, name: &str, value: impl FnOnce(&mut String)) -> Result<(), StepError> {
    if !json.ends_with('{') {
        json.push(',');
    }
    json.push_str(&serde_json::to_string(name)?);
    json.push(':');
    value(json);
    Ok(())
}

/// A plug-in's explanation, unchanged if it is JSON, otherwise as a JSON string.
fn explanation_json(text: &str) -> Result<Cow<'_, str>, StepError> {
    let bytes = text.as_bytes();
    if bytes.len() <= EXPLANATION_BYTES_MAX && serde_json::from_slice::<IgnoredAny>(bytes).is_ok() {
        return Ok(Cow::Borrowed(text.trim()));
    }
    let mut end = text.len().min(EXPLANATION_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    Ok(Cow::Owned(serde_json::to_string(text.get(..end).unwrap_or_default())?))
}

fn display_value(column: &StringArray, row: usize) -> Option<Cow<'_, str>> {
    let value = columns::value(column, row)?;
    let cut = value.char_indices().nth(VALUE_CHARS_MAX).map_or(value, |(end, _)| value.get(..end).unwrap_or(value));
    Some(match cut.contains(ALTERNATIVE) {
        true => Cow::Owned(cut.replace(ALTERNATIVE, ALTERNATIVE_SEPARATOR)),
        false => Cow::Borrowed(cut),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_json_explanation_stays_json() {
        let long = format!("{{\"a\":\"{}\"}}", "é".repeat(EXPLANATION_BYTES_MAX));
        let cases = [(r#"{"a": 1}"#, r#"{"a": 1}"#), (" [1] ", "[1]"), ("close", r#""close""#), ("{", r#""{""#)];
        for (text, json) in cases {
            assert_eq!(explanation_json(text).unwrap(), json);
        }
        let cut = explanation_json(&long).unwrap();
        assert!(cut.starts_with("\"{\\\"a\\\"") && cut.len() < EXPLANATION_BYTES_MAX + 10);
        assert!(serde_json::from_str::<String>(&cut).is_ok());
    }

    #[test]
    fn values_are_cut_and_alternatives_are_separated() {
        let column = StringArray::from(vec![Some("a\u{1f}b".to_owned()), None, Some("é".repeat(300))]);
        assert_eq!(display_value(&column, 0).unwrap(), "a / b");
        assert_eq!(display_value(&column, 1), None);
        assert_eq!(display_value(&column, 2).unwrap().chars().count(), VALUE_CHARS_MAX);
    }
}
