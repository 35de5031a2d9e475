//! The candidates of a stored result with the evidence for each: what `explain` prints and the review page displays.

use matchflow_model::evidence::Alternative;
use matchflow_model::outcome::Decision;
use serde_json::{Map, Value, json};

/// Smaller differences in bits are not listed.
const SMALL_BITS: f64 = 0.5;

/// A candidate as stored in a result.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StoredCandidate {
    /// Its id.
    pub id: String,
    /// Its group; empty without one.
    pub group: String,
    /// Its score.
    pub score: Option<f64>,
    /// Its fields, where the result has them.
    pub entry: Map<String, Value>,
    /// The evidence by scorer, and of the match model under `_model`.
    pub evidence: Map<String, Value>,
}

/// One comparison of the match model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ComparisonWeight<'a> {
    /// Its name.
    pub comparison: &'a str,
    /// The label of the level; `None` where there was nothing to compare.
    pub level: Option<&'a str>,
    /// What it adds to the match weight.
    pub bits: f64,
}

/// A comparison on which a candidate is behind the best one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Deficit<'a> {
    /// What the candidate has.
    pub this: ComparisonWeight<'a>,
    /// What the best one has.
    pub best: ComparisonWeight<'a>,
    /// The difference.
    pub bits: f64,
}

impl StoredCandidate {
    /// The candidates of a result, best first.
    ///
    /// # Errors
    ///
    /// A column that is no JSON.
    pub fn of_result(decision: &Decision) -> Result<Vec<StoredCandidate>, serde_json::Error> {
        let object = |json: Option<&str>| serde_json::from_str::<Map<String, Value>>(json.unwrap_or("{}"));
        let candidates = decision.alternatives.iter().map(StoredCandidate::of_alternative);
        let mut candidates: Vec<StoredCandidate> = candidates.collect::<Result<_, _>>()?;
        let evidence = match &decision.evidence {
            Some(_) => object(decision.evidence.as_deref())?,
            None => short_evidence(decision),
        };
        match (&decision.id, candidates.first_mut()) {
            // A row of a `dedupe` pipeline: its best pair is among the alternatives.
            (Some(id), Some(best)) if best.id == *id && decision.group.is_none() => {}
            (Some(id), _) => {
                let group = decision.group.clone().unwrap_or_default();
                let (entry, score) = (object(decision.entry.as_deref())?, decision.score);
                candidates.insert(0, StoredCandidate { id: id.clone(), group, score, entry, evidence });
            }
            // The best candidate is the first alternative; its evidence is in the result.
            (None, Some(best)) => best.evidence = evidence,
            (None, None) => {}
        }
        Ok(candidates)
    }

    fn of_alternative(alternative: &Alternative) -> Result<StoredCandidate, serde_json::Error> {
        let object = |json: &Option<String>| serde_json::from_str(json.as_deref().unwrap_or("{}"));
        Ok(StoredCandidate {
            id: alternative.id.clone(),
            group: alternative.group.clone().unwrap_or_default(),
            score: alternative.score,
            entry: object(&alternative.entry)?,
            evidence: object(&alternative.evidence)?,
        })
    }

    fn model(&self) -> Option<&Map<String, Value>> {
        self.evidence.get("_model")?.as_object()
    }

    /// The weight of each comparison; empty without a match model.
    pub fn comparison_weights(&self) -> Vec<ComparisonWeight<'_>> {
        fn step<'b>((comparison, step): (&'b String, &'b Value)) -> Option<ComparisonWeight<'b>> {
            let step = step.as_object()?;
            let level = step.get("level").and_then(Value::as_str);
            Some(ComparisonWeight { comparison, level, bits: step.get("bits")?.as_f64()? })
        }
        self.model().into_iter().flatten().filter_map(step).collect()
    }

    /// A number of the match model: `prior` or `weight`.
    pub fn bits(&self, name: &str) -> Option<f64> {
        self.model()?.get(name)?.as_f64()
    }

    /// The scorers and their scores, in order.
    pub fn scores(&self) -> impl Iterator<Item = (&str, Option<f64>)> {
        let scorers = self.evidence.iter().filter(|(name, _)| !name.starts_with('_'));
        scorers.map(|(name, output)| (name.as_str(), output.get("score").unwrap_or(output).as_f64()))
    }

    /// By how many bits the best candidate is ahead of this one; `None` without a match model.
    pub fn bits_behind(&self, best: &StoredCandidate) -> Option<f64> {
        Some(best.bits("weight")? - self.bits("weight")?)
    }

    /// The comparisons on which the best candidate is ahead of this one, the largest difference first.
    pub fn deficits<'a>(&'a self, best: &'a StoredCandidate) -> Vec<Deficit<'a>> {
        let pairs = self.comparison_weights().into_iter().zip(best.comparison_weights());
        let deficits = pairs.map(|(this, best)| Deficit { this, best, bits: best.bits - this.bits });
        let mut deficits: Vec<Deficit<'a>> = deficits.filter(|deficit| deficit.bits > SMALL_BITS).collect();
        deficits.sort_by(|left, right| right.bits.total_cmp(&left.bits));
        deficits
    }
}

/// The evidence of a row that does not keep the whole of it: the scores, and what each comparison added to the match weight.
fn short_evidence(decision: &Decision) -> Map<String, Value> {
    let mut evidence: Map<String, Value> =
        decision.scores.iter().map(|one| (one.scorer.clone(), one.score.into())).collect();
    if let Some(weight) = decision.weight.filter(|_| !decision.comparisons.is_empty()) {
        let added: f64 = decision.comparisons.iter().filter_map(|one| one.bits).sum();
        let steps = decision
            .comparisons
            .iter()
            .map(|one| (one.comparison.clone(), json!({ "level": one.level, "bits": one.bits.unwrap_or_default() })));
        let prior = std::iter::once(("prior".to_owned(), (weight - added).into()));
        let model: Map<String, Value> =
            prior.chain(steps).chain(std::iter::once(("weight".to_owned(), weight.into()))).collect();
        evidence.insert("_model".to_owned(), model.into());
    }
    evidence
}
