//! Which rows are known to be right: by a truth, or by what people decided. Their counts at each threshold.
//!
//! Decisions are of the rows that people looked at, which is not a random sample unless they were drawn as one.

use matchflow_decisions::{Decisions, ProposedResult, RowDecision};
use matchflow_evaluate::{Evaluation, LevelFigures};
use matchflow_model::review_verdict::ReviewVerdict;
use serde::Serialize;

use crate::figures::{Figures, share};
use crate::sections::{StageSection, ThresholdSection};

/// Where the knowledge is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum JudgementSource {
    /// A file with the true matches.
    Truth,
    /// The decisions of people.
    Decisions,
}

/// The rows whose right entry is known.
#[derive(Debug, Clone)]
pub(crate) struct Judgement {
    pub(crate) source: JudgementSource,
    /// Matched with the right one.
    right: u64,
    /// Matched with a wrong one.
    wrong: u64,
    /// Rows that have an entry.
    with_entry: u64,
    /// Rows judged.
    known_rows: u64,
    /// Score, rows with at least this score, the right ones of them; descending.
    curve: Vec<(f64, u64, u64)>,
}

impl Judgement {
    /// By a truth: by groups where it has them.
    pub(crate) fn by_truth(evaluation: &Evaluation) -> Option<Judgement> {
        let level = truth_level(evaluation)?;
        Some(Judgement {
            source: JudgementSource::Truth,
            right: level.right,
            wrong: level.wrong,
            with_entry: level.curve.last().and_then(entries_of).unwrap_or(level.right + level.missed),
            known_rows: level.with_truth,
            curve: level.curve.iter().map(|point| (point.score, point.rows, point.right)).collect(),
        })
    }

    /// By the verdicts that name what was proposed; `None` without one.
    pub(crate) fn by_decisions(decisions: &Decisions) -> Option<Judgement> {
        let mut judgement = Judgement {
            source: JudgementSource::Decisions,
            right: 0,
            wrong: 0,
            with_entry: 0,
            known_rows: 0,
            curve: Vec::new(),
        };
        let mut scores = Vec::new();
        for (_, verdict) in decisions.verdicts() {
            let Some(proposed) = &verdict.proposed else { continue };
            let (has_entry, is_right) = match verdict.verdict {
                ReviewVerdict::Entry | ReviewVerdict::Closed => (true, is_chosen(verdict, proposed)),
                ReviewVerdict::OtherEstablishment => (true, true),
                ReviewVerdict::NotInRegistry => (false, false),
                _ => continue,
            };
            judgement.known_rows += 1;
            judgement.with_entry += u64::from(has_entry);
            if proposed.outcome == "matched" {
                judgement.right += u64::from(is_right);
                judgement.wrong += u64::from(!is_right);
            }
            scores.extend(proposed.score.map(|score| (score, is_right)));
        }
        scores.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        let mut right = 0;
        for (number, (score, is_right)) in scores.into_iter().enumerate() {
            right += u64::from(is_right);
            judgement.curve.push((score, number as u64 + 1, right));
        }
        (judgement.known_rows > 0).then_some(judgement)
    }

    pub(crate) fn add_to(&self, figures: &mut Figures, thresholds: &mut [ThresholdSection]) {
        let [right, with_entry] = [self.right, self.with_entry].map(|count| Some(count as f64));
        figures.judged = Some(self.known_rows as f64);
        figures.precision = share(right, Some((self.right + self.wrong) as f64));
        figures.recall = share(right, with_entry);
        figures.f1 = figures
            .precision
            .zip(figures.recall)
            .and_then(|(precision, recall)| share(Some(2.0 * precision * recall), Some(precision + recall)));
        for threshold in thresholds {
            let reached = self.curve.partition_point(|(score, ..)| *score >= threshold.score - 1e-9);
            let (_, rows, right) =
                reached.checked_sub(1).and_then(|last| self.curve.get(last)).copied().unwrap_or_default();
            let missed = self.with_entry.saturating_sub(right);
            threshold.right = Some(right);
            threshold.wrong = Some(rows.saturating_sub(right));
            threshold.missed = Some(missed);
            threshold.rightly_none = Some(self.known_rows.saturating_sub(rows).saturating_sub(missed));
        }
    }
}

/// Whether the entry that a person chose is the one that was proposed, or the company where only that was.
fn is_chosen(verdict: &RowDecision, proposed: &ProposedResult) -> bool {
    match (&verdict.entry, &proposed.id) {
        (Some(chosen), Some(proposed)) => chosen == proposed,
        (None, None) => verdict.group.is_some() && proposed.outcome != "unmatched",
        _ => false,
    }
}

/// The rows that have an entry, by a point with a recall: right / rows that have one.
fn entries_of(point: &matchflow_evaluate::Point) -> Option<u64> {
    let recall = point.recall.filter(|recall| *recall > 0.0)?;
    Some((point.right as f64 / recall).round() as u64)
}

fn truth_level(evaluation: &Evaluation) -> Option<&LevelFigures> {
    evaluation.group.as_ref().or(evaluation.id.as_ref())
}

/// Adds to each stage's matched rows how many of them are right.
pub(crate) fn add_right(stages: &mut [StageSection], evaluation: &Evaluation) {
    let Some(level) = truth_level(evaluation) else { return };
    for stage in stages.iter_mut().filter(|stage| stage.outcome == "matched") {
        let found = stage.stage.as_ref().and_then(|name| level.stages.get(name));
        stage.right = found.map(|figures| figures.right);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_company_that_was_proposed_without_an_entry_may_be_the_right_one() {
        let is_chosen = |entry: &str, group: &str, outcome: &str, id: &str| {
            let optional = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            let json = r#"{"key":"F1","digest":"0000000000000001","verdict":"entry"}"#;
            let mut verdict: RowDecision = serde_json::from_str(json).unwrap();
            (verdict.entry, verdict.group) = (optional(entry), optional(group));
            let outcome = outcome.to_owned();
            super::is_chosen(&verdict, &ProposedResult { outcome, id: optional(id), ..ProposedResult::default() })
        };
        assert!(is_chosen("A1", "A", "review", "A1"));
        assert!(!is_chosen("A2", "A", "review", "A1"));
        assert!(is_chosen("", "A", "review", ""));
        assert!(!is_chosen("", "A", "unmatched", ""));
        assert!(!is_chosen("A1", "A", "review", ""));
    }
}
