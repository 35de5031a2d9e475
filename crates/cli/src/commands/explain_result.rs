//! Shows one result to people: the decision, the weight of each comparison, and why the other candidates are behind.
//!
//! Everything is read from the result itself (see `flow::evidence` for its contents), so a result can be explained long
//! after its run, without the registry and without the plug-ins.

use std::fmt;

use matchflow_labels::{Words, comparison_text, level_text};
use matchflow_model::language::{Label, Language};
use matchflow_model::outcome::Decision;
use matchflow_review::{ComparisonWeight, StoredCandidate};
use serde_json::{Map, Value, json};

use crate::messages::result_texts::{self as texts, decimal, fill_label};

/// A result and its candidates, best first.
pub(crate) struct ResultExplanation<'a> {
    decision: &'a Decision,
    words: &'a Words,
    input: Map<String, Value>,
    candidates: Vec<StoredCandidate>,
}

impl<'a> ResultExplanation<'a> {
    /// Parses the JSON columns.
    pub(crate) fn new(decision: &'a Decision, words: &'a Words) -> Result<ResultExplanation<'a>, serde_json::Error> {
        let candidates = StoredCandidate::of_result(decision)?;
        Ok(ResultExplanation { decision, words, input: serde_json::from_str(&decision.input)?, candidates })
    }

    /// The explanation as JSON.
    pub(crate) fn json(&self) -> Result<Value, serde_json::Error> {
        let candidate = |candidate: &StoredCandidate| {
            json!({ "id": candidate.id, "group": candidate.group, "score": candidate.score, "entry": candidate.entry,
                    "evidence": candidate.evidence })
        };
        let mut columns = match serde_json::to_value(self.decision)? {
            Value::Object(columns) => columns,
            _ => Map::new(),
        };
        // Of the JSON columns, the candidates below have the content.
        for column in ["digest", "entry", "alternatives", "scores", "comparisons", "evidence"] {
            columns.remove(column);
        }
        columns.insert("reason_text".to_owned(), self.words.reasons(&self.decision.reason).into());
        columns.insert("input".to_owned(), Value::Object(self.input.clone()));
        columns.insert("candidates".to_owned(), self.candidates.iter().map(candidate).collect::<Vec<_>>().into());
        Ok(Value::Object(columns))
    }
}

/// The comparisons on which the best candidate is ahead of another, the largest difference first.
fn behind(candidate: &StoredCandidate, best: &StoredCandidate, language: Language) -> String {
    let Some(behind) = candidate.bits_behind(best) else { return String::new() };
    if behind.abs() < 0.05 {
        return texts::SAME_WEIGHT.get(language).to_owned();
    }
    let why = candidate.deficits(best).into_iter().map(|deficit| {
        let level = |one: &ComparisonWeight<'_>| level_name(one, language).to_owned();
        let comparison = comparison_text(deficit.this.comparison, language);
        fill_label!(texts::DEFICIT, language, "comparison": comparison, "level": level(&deficit.this),
            "bits": decimal(deficit.bits, 1, language), "best": level(&deficit.best))
    });
    let why = why.collect::<Vec<_>>().join(", ");
    fill_label!(texts::BITS_BEHIND, language, "bits": decimal(behind, 1, language), "why": why)
}

impl fmt::Display for ResultExplanation<'_> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (decision, language) = (self.decision, self.words.language);
        let outcome = self.words.outcome(decision.outcome);
        let head = fill_label!(texts::RESULT, language, "key": decision.key, "row": decision.row, "outcome": outcome);
        writeln!(to, "{head}")?;
        fields(to, &self.input)?;
        writeln!(to, "  {}", self.words.reasons(&decision.reason))?;
        if let Some(error) = &decision.error {
            writeln!(to, "  {}", self.words.error(error))?;
        }
        for (place, candidate) in self.candidates.iter().enumerate() {
            writeln!(to)?;
            let score = candidate.score.map(|score| decimal(score, 4, language));
            let head = fill_label!(texts::CANDIDATE, language, "place": place + 1, "id": candidate.id,
                "group": candidate.group, "score": score);
            writeln!(to, "{head}")?;
            fields(to, &candidate.entry)?;
            match self.candidates.first() {
                Some(best) if place > 0 => lines_of_other(to, candidate, best, language)?,
                _ => lines_of_best(to, candidate, language)?,
            }
        }
        if self.candidates.is_empty() {
            writeln!(to, "\n{}", texts::NO_CANDIDATES.get(language))?;
        }
        Ok(())
    }
}

fn fields(to: &mut fmt::Formatter<'_>, fields: &Map<String, Value>) -> fmt::Result {
    for (name, value) in fields {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        writeln!(to, "    {name:<14} {}", value.replace('\u{1f}', " | "))?;
    }
    Ok(())
}

/// The waterfall: where the weight starts, what each comparison adds, the sum.
fn lines_of_best(to: &mut fmt::Formatter<'_>, candidate: &StoredCandidate, language: Language) -> fmt::Result {
    if let (Some(prior), Some(weight)) = (candidate.bits("prior"), candidate.bits("weight")) {
        writeln!(to, "  {:>7} bits  {}", decimal(prior, 1, language), texts::PRIOR.get(language))?;
        for weight in candidate.comparison_weights() {
            let level = level_name(&weight, language);
            let comparison = comparison_text(weight.comparison, language);
            let text = fill_label!(texts::COMPARISON, language, "comparison": comparison, "level": level);
            writeln!(to, "  {:>7}       {text}", signed(weight.bits, language))?;
        }
        let odds = fill_label!(texts::MATCH_WEIGHT, language, "odds": odds(weight, language));
        writeln!(to, "  {:>7} bits  {odds}", signed(weight, language))?;
    }
    for (name, score) in candidate.scores() {
        let output = candidate.evidence.get(name);
        // `said`: the former name of the explanation, in old results.
        let note =
            output.and_then(|output| ["explanation", "said", "compared"].into_iter().find_map(|key| output.get(key)));
        let note = note.map(|note| format!("  {note}")).unwrap_or_default();
        let score = score.map_or("-".to_owned(), |score| decimal(score, 2, language));
        writeln!(to, "  {score:>7}       {name}{note}")?;
    }
    if let Some(arbiter) = candidate.evidence.get("_arbiter") {
        writeln!(to, "  {}", fill_label!(texts::ARBITER, language, "answer": arbiter.to_string()))?;
    }
    Ok(())
}

/// The level of a comparison in words.
fn level_name<'a>(comparison: &ComparisonWeight<'a>, language: Language) -> &'a str {
    comparison.level.map_or_else(|| texts::NOT_COMPARED.get(language), |level| level_text(level, language))
}

/// Bits with their sign.
fn signed(bits: f64, language: Language) -> String {
    let sign = if bits < 0.0 { "" } else { "+" };
    format!("{sign}{}", decimal(bits, 1, language))
}

/// A match weight in bits as odds, such as `about 870 million to 1`.
fn odds(bits: f64, language: Language) -> String {
    let about = |label: Label, count: f64| fill_label!(label, language, "count": decimal(count, 0, language));
    let count = |odds: f64| match odds {
        _ if odds >= 1e12 => texts::OVER_A_TRILLION.get(language).to_owned(),
        _ if odds >= 1e9 => about(texts::BILLIONS, odds / 1e9),
        _ if odds >= 1e6 => about(texts::MILLIONS, odds / 1e6),
        _ if odds >= 10.0 => fill_label!(texts::ABOUT, language, "count": language.grouped(odds.round() as u64)),
        _ => decimal(odds, 1, language),
    };
    let (label, odds) = if bits >= 0.0 { (texts::ODDS_FOR, bits) } else { (texts::ODDS_AGAINST, -bits) };
    fill_label!(label, language, "count": count(odds.exp2()))
}

fn lines_of_other(
    to: &mut fmt::Formatter<'_>,
    candidate: &StoredCandidate,
    best: &StoredCandidate,
    language: Language,
) -> fmt::Result {
    let scores =
        candidate.scores().filter_map(|(name, score)| Some(format!("{name} {}", decimal(score?, 2, language))));
    let scores: Vec<String> = scores.collect();
    let behind = behind(candidate, best, language);
    if !behind.is_empty() {
        writeln!(to, "    {behind}")?;
    }
    writeln!(to, "    {}", scores.join(", "))
}
