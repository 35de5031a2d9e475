//! One result for people: the decision, the weight of each comparison, and the other candidates with what set them back.
//!
//! Everything is read from the result itself (`flow::evidence` says what it holds), so a result can be explained long
//! after its run, without the registry and without the plug-ins.

use std::fmt;

use matchflow_bench::grouped;
use matchflow_labels::Words;
use matchflow_model::outcome::Decision;
use serde_json::{Map, Value, json};

/// Smaller differences in bits are not listed.
const SMALL_BITS: f64 = 0.5;

/// A result and its candidates, the best first.
pub(crate) struct ResultExplanation<'a> {
    decision: &'a Decision,
    words: &'a Words,
    input: Map<String, Value>,
    candidates: Vec<StoredCandidate>,
}

/// A candidate as stored in the result.
struct StoredCandidate {
    id: String,
    group: String,
    score: Option<f64>,
    entry: Map<String, Value>,
    evidence: Map<String, Value>,
}

/// One comparison of the match model.
struct ComparisonWeight<'a> {
    comparison: &'a str,
    level: &'a str,
    bits: f64,
}

impl<'a> ResultExplanation<'a> {
    /// Parses the JSON columns.
    pub(crate) fn new(decision: &'a Decision, words: &'a Words) -> Result<ResultExplanation<'a>, serde_json::Error> {
        let object = |json: Option<&str>| serde_json::from_str::<Map<String, Value>>(json.unwrap_or("{}"));
        let alternatives: Vec<Map<String, Value>> = serde_json::from_str(&decision.alternatives)?;
        let mut candidates: Vec<StoredCandidate> =
            alternatives.into_iter().map(StoredCandidate::of_alternative).collect();
        let evidence = object(decision.evidence.as_deref())?;
        match (&decision.id, candidates.first_mut()) {
            // A row of a `dedupe` pipeline: its best pair is among the alternatives.
            (Some(id), Some(best)) if best.id == *id && decision.group.is_none() => {}
            (Some(id), _) => {
                let group = decision.group.clone().unwrap_or_default();
                let (entry, score) = (object(decision.entry.as_deref())?, decision.score);
                candidates.insert(0, StoredCandidate { id: id.clone(), group, score, entry, evidence });
            }
            // The best candidate is the first alternative; the result has its evidence.
            (None, Some(best)) => best.evidence = evidence,
            (None, None) => {}
        }
        Ok(ResultExplanation { decision, words, input: object(Some(&decision.input))?, candidates })
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
        for column in ["digest", "entry", "alternatives", "evidence"] {
            columns.remove(column);
        }
        columns.insert("reason_text".to_owned(), self.words.reasons(&self.decision.reason).into());
        columns.insert("input".to_owned(), Value::Object(self.input.clone()));
        columns.insert("candidates".to_owned(), self.candidates.iter().map(candidate).collect::<Vec<_>>().into());
        Ok(Value::Object(columns))
    }
}

impl StoredCandidate {
    fn of_alternative(mut alternative: Map<String, Value>) -> StoredCandidate {
        let mut object = |name: &str| match alternative.remove(name) {
            Some(Value::Object(object)) => object,
            _ => Map::new(),
        };
        let (entry, evidence) = (object("entry"), object("evidence"));
        let text = |name: &str| alternative.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let score = alternative.get("score").and_then(Value::as_f64);
        StoredCandidate { id: text("id"), group: text("group"), score, entry, evidence }
    }

    fn model(&self) -> Option<&Map<String, Value>> {
        self.evidence.get("_model")?.as_object()
    }

    /// The weight of each comparison; empty without a match model.
    fn comparison_weights(&self) -> Vec<ComparisonWeight<'_>> {
        fn step<'b>((comparison, step): (&'b String, &'b Value)) -> Option<ComparisonWeight<'b>> {
            let step = step.as_object()?;
            let level = step.get("level").and_then(Value::as_str).unwrap_or("nothing to compare");
            Some(ComparisonWeight { comparison, level, bits: step.get("bits")?.as_f64()? })
        }
        self.model().into_iter().flatten().filter_map(step).collect()
    }

    fn bits(&self, name: &str) -> Option<f64> {
        self.model()?.get(name)?.as_f64()
    }

    /// The scorers and their scores, in order.
    fn scores(&self) -> impl Iterator<Item = (&str, Option<f64>)> {
        let scorers = self.evidence.iter().filter(|(name, _)| !name.starts_with('_'));
        scorers.map(|(name, output)| (name.as_str(), output.get("score").unwrap_or(output).as_f64()))
    }

    /// The comparisons on which the best candidate is ahead of this one, the largest difference first.
    fn behind(&self, best: &StoredCandidate) -> String {
        let (Some(this), Some(other)) = (self.bits("weight"), best.bits("weight")) else { return String::new() };
        let ahead = best.comparison_weights();
        let mut deficits: Vec<(f64, String)> = self
            .comparison_weights()
            .iter()
            .zip(&ahead)
            .filter(|(this, best)| best.bits - this.bits > SMALL_BITS)
            .map(|(this, best)| {
                let deficit = best.bits - this.bits;
                (deficit, format!("{}: {} ({deficit:.1} bits less than {})", this.comparison, this.level, best.level))
            })
            .collect();
        deficits.sort_by(|(left, _), (right, _)| right.total_cmp(left));
        let why: Vec<String> = deficits.into_iter().map(|(_, why)| why).collect();
        match (other - this, why.as_slice()) {
            (behind, _) if behind.abs() < 0.05 => "has the same weight; ordered by id".to_owned(),
            (behind, []) => format!("{behind:.1} bits behind"),
            (behind, why) => format!("{behind:.1} bits behind; {}", why.join(", ")),
        }
    }
}

impl fmt::Display for ResultExplanation<'_> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decision = self.decision;
        writeln!(to, "{}, row {}: {}", decision.key, decision.row, self.words.outcome(decision.outcome))?;
        fields(to, &self.input)?;
        writeln!(to, "  {}", self.words.reasons(&decision.reason))?;
        if let Some(error) = &decision.error {
            writeln!(to, "  {}", self.words.error(error))?;
        }
        for (place, candidate) in self.candidates.iter().enumerate() {
            writeln!(to)?;
            let score = candidate.score.map(|score| format!(", score {score:.4}")).unwrap_or_default();
            let of = if candidate.group.is_empty() { String::new() } else { format!(" of {}", candidate.group) };
            writeln!(to, "{}. {}{of}{score}", place + 1, candidate.id)?;
            fields(to, &candidate.entry)?;
            match self.candidates.first() {
                Some(best) if place > 0 => lines_of_other(to, candidate, best)?,
                _ => lines_of_best(to, candidate)?,
            }
        }
        if self.candidates.is_empty() {
            writeln!(to, "\nno candidates were found")?;
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
fn lines_of_best(to: &mut fmt::Formatter<'_>, candidate: &StoredCandidate) -> fmt::Result {
    if let (Some(prior), Some(weight)) = (candidate.bits("prior"), candidate.bits("weight")) {
        writeln!(to, "  {:>7.1} bits  starting point (a random pair)", prior)?;
        for ComparisonWeight { comparison, level, bits } in candidate.comparison_weights() {
            writeln!(to, "  {bits:>+7.1}       {comparison}: {level}")?;
        }
        writeln!(to, "  {weight:>+7.1} bits  match weight: {}", odds(weight))?;
    }
    for (name, score) in candidate.scores() {
        let output = candidate.evidence.get(name);
        // `said`: in results of before the explanation had this name.
        let note =
            output.and_then(|output| ["explanation", "said", "compared"].into_iter().find_map(|key| output.get(key)));
        let note = note.map(|note| format!("  {note}")).unwrap_or_default();
        writeln!(to, "  {:>7}       {name}{note}", score.map_or("-".to_owned(), |score| format!("{score:.2}")))?;
    }
    if let Some(arbiter) = candidate.evidence.get("_arbiter") {
        writeln!(to, "  arbiter: {arbiter}")?;
    }
    Ok(())
}

/// A match weight in bits as odds, such as `about 870 million to 1`.
fn odds(bits: f64) -> String {
    let count = |odds: f64| match odds {
        _ if odds >= 1e12 => "more than a trillion".to_owned(),
        _ if odds >= 1e9 => format!("about {:.0} billion", odds / 1e9),
        _ if odds >= 1e6 => format!("about {:.0} million", odds / 1e6),
        _ if odds >= 10.0 => format!("about {}", grouped(odds.round() as u64)),
        _ => format!("{odds:.1}"),
    };
    if bits >= 0.0 { format!("{} to 1", count(bits.exp2())) } else { format!("1 to {}", count((-bits).exp2())) }
}

fn lines_of_other(to: &mut fmt::Formatter<'_>, candidate: &StoredCandidate, best: &StoredCandidate) -> fmt::Result {
    let scores = candidate.scores().filter_map(|(name, score)| Some(format!("{name} {:.2}", score?)));
    let scores: Vec<String> = scores.collect();
    let behind = candidate.behind(best);
    if !behind.is_empty() {
        writeln!(to, "    {behind}")?;
    }
    writeln!(to, "    {}", scores.join(", "))
}
