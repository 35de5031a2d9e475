//! What the scorers said of a candidate, as results show it: a JSON object with a member for each scorer.
//!
//! ```json
//! {"company_name": {"score": 0.93, "weight": 0.6,
//!                   "said": {"name": {"left": "dupont plombrie", "right": "dupont plomberie", "common": 0.93}},
//!                   "plugin": "3fa4..."}}
//! ```
//!
//! | member | what |
//! |---|---|
//! | `score` | 0 to 1, six decimals; `null` where a side had nothing to compare, or the plug-in failed |
//! | `weight` | its share in the mean; of the best candidate only, it is the same for the others |
//! | `compared` | `{field: [supplier's value, entry's value]}` as compared; left out where `said` is an object, which by convention holds them |
//! | `said` | the plug-in's own words, as JSON where they are JSON |
//! | `failed` | what the plug-in failed with, where the row is scored without it, or it could not explain its score |
//! | `plugin` | SHA-256 of the component that scored; of the best candidate only |
//!
//! With a match model a member `_model` says how the weight came about, in bits: where it starts, what each comparison
//! added at which level, and the sum.
//!
//! ```json
//! {"_model": {"prior": -17.9, "name": {"level": "same name", "bits": 18.2},
//!             "place": {"level": "same address", "bits": 13.1}, "weight": 13.4}}
//! ```
//!
//! **Limits.** A value is cut at [`VALUE_CHARS_MAX`] characters, words that are longer than [`WORDS_BYTES_MAX`] bytes are
//! cut and shown as text.

use std::borrow::Cow;

use matchflow_match_weights::Seen;
use matchflow_model::arrow::array::StringArray;
use matchflow_model::columns::{self, ALTERNATIVE};
use matchflow_model::plan::ScorerPlan;
use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};

use crate::chunk::{Chunk, Evidence, Pair, Said};
use crate::error::StepError;
use crate::fields::ALTERNATIVE_SHOWN;
use crate::scoring::Basis;
use crate::weighing::Weighing;

/// Characters of a compared value that are shown.
const VALUE_CHARS_MAX: usize = 200;
/// A comparison that takes as many bits from a match is named in its reason: others are four times as likely there.
const AGAINST_BITS: f64 = -2.0;
/// Bytes of a plug-in's words that are shown.
const WORDS_BYTES_MAX: usize = 2_000;

/// Writes the evidence of one chunk's candidates.
pub(crate) struct Witness<'a> {
    chunk: &'a Chunk,
    scorers: Vec<Scorer<'a>>,
    weighing: Option<Weighing<'a>>,
}

struct Scorer<'a> {
    plan: &'a ScorerPlan,
    /// For each input its name, the supplier column and the registry column.
    compared: Vec<(Cow<'a, str>, &'a StringArray, &'a StringArray)>,
}

impl<'a> Witness<'a> {
    /// `basis` is what scored the chunk last.
    pub(crate) fn new(chunk: &'a Chunk, basis: Option<Basis<'a>>) -> Result<Witness<'a>, StepError> {
        let (Some(entries), Some(basis)) = (&chunk.candidates.entries, basis) else {
            return Ok(Witness { chunk, scorers: Vec::new(), weighing: None });
        };
        let scorer = |plan: &'a ScorerPlan| -> Result<Scorer<'a>, StepError> {
            let compared = plan.inputs.iter().map(|input| {
                let name = match input.left == input.right {
                    true => Cow::Borrowed(input.left.as_str()),
                    false => Cow::Owned(format!("{} = {}", input.left, input.right)),
                };
                Ok((name, columns::text(&chunk.rows.0, &input.left)?, columns::text(&entries.0, &input.right)?))
            });
            Ok(Scorer { plan, compared: compared.collect::<Result<_, StepError>>()? })
        };
        let scorers = basis.plan.scorers.iter().map(scorer).collect::<Result<_, _>>()?;
        Ok(Witness { chunk, scorers, weighing: Weighing::new(&chunk.candidates, basis)? })
    }

    /// What speaks against the pair at `index`, in words, where a match model weighs (`place: elsewhere`).
    pub(crate) fn against(&self, index: usize, seen: &Seen) -> Option<String> {
        let weighing = self.weighing.as_ref()?;
        let steps = weighing.steps(&self.chunk.candidates.evidence, index, seen);
        let against = steps.iter().filter(|step| step.bits <= AGAINST_BITS);
        let words: Vec<String> =
            against.filter_map(|step| Some(format!("{}: {}", step.comparison, step.level?))).collect();
        (!words.is_empty()).then(|| words.join(", "))
    }

    /// What was said of the pair at `index`; `None` where no scorer has run.
    pub(crate) fn of(
        &self,
        index: usize,
        pair: &Pair,
        seen: &Seen,
        is_best: bool,
    ) -> Result<Option<String>, StepError> {
        let evidence = &self.chunk.candidates.evidence;
        if evidence.is_empty() {
            return Ok(None);
        }
        let mut json = String::from("{");
        for (scorer, evidence) in self.scorers.iter().zip(evidence) {
            member(&mut json, &scorer.plan.name, |json| json.push('{'))?;
            let score = evidence.values.get(index).copied().flatten();
            let score = score.map(|score| rounded(f64::from(score)));
            member(&mut json, "score", |json| json.push_str(&number(score)))?;
            if is_best {
                member(&mut json, "weight", |json| json.push_str(&number(Some(scorer.plan.weight))))?;
            }
            let said = evidence.said.get(index).and_then(Option::as_ref);
            let words = match said {
                Some(Said::Words(words)) => Some(words_json(words)?),
                _ => None,
            };
            if words.as_ref().is_none_or(|words| !words.starts_with('{')) {
                scorer.compared(&mut json, pair)?;
            }
            if let Some(words) = words {
                member(&mut json, "said", |json| json.push_str(&words))?;
            }
            if let Some(Said::Failed(reason)) = said {
                let reason = serde_json::to_string(&**reason)?;
                member(&mut json, "failed", |json| json.push_str(&reason))?;
            }
            if is_best {
                let plugin = serde_json::to_string(&*evidence.plugin)?;
                member(&mut json, "plugin", |json| json.push_str(&plugin))?;
            }
            json.push('}');
        }
        if let Some(weighing) = &self.weighing {
            let steps = serde_json::to_string(&steps(weighing, evidence, index, seen))?;
            member(&mut json, "_model", |json| json.push_str(&steps))?;
        }
        json.push('}');
        Ok(Some(json))
    }

    /// What is seen of a row: the same for all its candidates.
    pub(crate) fn seen(&self, row: usize) -> Seen {
        let Some(weighing) = &self.weighing else { return Seen::default() };
        let (start, pairs) = self.chunk.pairs_of(row);
        weighing.seen(&self.chunk.candidates.evidence, start, pairs)
    }
}

/// How the match weight of a pair came about.
fn steps(weighing: &Weighing<'_>, evidence: &[Evidence], index: usize, seen: &Seen) -> Map<String, Value> {
    let bits = |bits: f64| Value::from((bits * 100.0).round() / 100.0);
    let mut steps = Map::new();
    let mut weight = weighing.prior();
    steps.insert("prior".to_owned(), bits(weight));
    for step in weighing.steps(evidence, index, seen) {
        weight += step.bits;
        steps.insert(step.comparison.to_owned(), json!({ "level": step.level, "bits": bits(step.bits) }));
    }
    steps.insert("weight".to_owned(), bits(weight));
    steps
}

impl Scorer<'_> {
    fn compared(&self, json: &mut String, pair: &Pair) -> Result<(), StepError> {
        member(json, "compared", |json| json.push('{'))?;
        for (name, left, right) in &self.compared {
            let (left, right) = (shown(left, pair.row as usize), shown(right, pair.entry as usize));
            let values = serde_json::to_string(&[left, right])?;
            member(json, name, |json| json.push_str(&values))?;
        }
        json.push('}');
        Ok(())
    }
}

/// Scores in JSON carry six decimals: more is noise, and a float prints the same everywhere.
pub(crate) fn rounded(score: f64) -> f64 {
    (score * 1e6).round() / 1e6
}

fn number(value: Option<f64>) -> String {
    serde_json::Value::from(value).to_string()
}

/// Adds `"name":` and the value to the object that `json` ends in.
fn member(json: &mut String, name: &str, value: impl FnOnce(&mut String)) -> Result<(), StepError> {
    if !json.ends_with('{') {
        json.push(',');
    }
    json.push_str(&serde_json::to_string(name)?);
    json.push(':');
    value(json);
    Ok(())
}

/// A plug-in's words as they are where they are JSON, else as a text.
fn words_json(words: &str) -> Result<Cow<'_, str>, StepError> {
    let bytes = words.as_bytes();
    if bytes.len() <= WORDS_BYTES_MAX && serde_json::from_slice::<IgnoredAny>(bytes).is_ok() {
        return Ok(Cow::Borrowed(words.trim()));
    }
    let mut end = words.len().min(WORDS_BYTES_MAX);
    while !words.is_char_boundary(end) {
        end -= 1;
    }
    Ok(Cow::Owned(serde_json::to_string(words.get(..end).unwrap_or_default())?))
}

fn shown(column: &StringArray, row: usize) -> Option<Cow<'_, str>> {
    let value = columns::value(column, row)?;
    let cut = value.char_indices().nth(VALUE_CHARS_MAX).map_or(value, |(end, _)| value.get(..end).unwrap_or(value));
    Some(match cut.contains(ALTERNATIVE) {
        true => Cow::Owned(cut.replace(ALTERNATIVE, ALTERNATIVE_SHOWN)),
        false => Cow::Borrowed(cut),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_json_where_they_can_be() {
        let long = format!("{{\"a\":\"{}\"}}", "é".repeat(WORDS_BYTES_MAX));
        let cases = [(r#"{"a": 1}"#, r#"{"a": 1}"#), (" [1] ", "[1]"), ("close", r#""close""#), ("{", r#""{""#)];
        for (words, json) in cases {
            assert_eq!(words_json(words).unwrap(), json);
        }
        let cut = words_json(&long).unwrap();
        assert!(cut.starts_with("\"{\\\"a\\\"") && cut.len() < WORDS_BYTES_MAX + 10);
        assert!(serde_json::from_str::<String>(&cut).is_ok());
    }

    #[test]
    fn values_are_cut_and_alternatives_are_shown_apart() {
        let column = StringArray::from(vec![Some("a\u{1f}b".to_owned()), None, Some("é".repeat(300))]);
        assert_eq!(shown(&column, 0).unwrap(), "a / b");
        assert_eq!(shown(&column, 1), None);
        assert_eq!(shown(&column, 2).unwrap().chars().count(), VALUE_CHARS_MAX);
    }
}
